package dev.netflight.instrument;

import static org.assertj.core.api.Assertions.assertThat;

import dev.netflight.instrument.RecordingHook.Call;
import dev.netflight.model.OperationKind;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.lang.instrument.Instrumentation;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.util.List;
import java.util.concurrent.FutureTask;
import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.BeforeEachCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/** This JVM with its socket classes woven for each test, as a JUnit extension, and things to do with sockets. */
final class WovenJvm implements BeforeEachCallback, AfterEachCallback {
    static final InetAddress LOOPBACK = InetAddress.getLoopbackAddress();

    final RecordingHook hook = new RecordingHook();
    Instrumentation inst;
    Weaver weaver;

    @Override
    public void beforeEach(ExtensionContext context) throws Exception {
        inst = SelfAttach.instrumentation();
        weave();
        NetflightHook1.install(hook);
    }

    void weave() {
        weaver = Weaver.weave(inst);
    }

    @Override
    public void afterEach(ExtensionContext context) {
        NetflightHook1.install(null);
        weaver.close();
    }

    /** Does something on a new thread, and answers what the hook saw of that thread. */
    List<Call> callsOn(Thread.Builder threads, Task task) throws Exception {
        FutureTask<Void> future = new FutureTask<>(() -> {
            task.run();
            return null;
        });
        Thread thread = threads.start(future);
        future.get();
        return hook.of(thread);
    }

    interface Task {
        void run() throws Exception;
    }

    /** How many bytes the calls of one kind moved. */
    static long sum(List<Call> calls, OperationKind kind) {
        return calls.stream().filter(call -> call.kind() == kind && call.result() != RecordingHook.UNAVAILABLE)
                .mapToLong(Call::result).sum();
    }

    /** Each way to use a socket once: seven calls. */
    static void talk() throws IOException {
        try (Echo echo = new Echo(); Socket socket = new Socket(LOOPBACK, echo.address().getPort())) {
            socket.getOutputStream().write("hello".getBytes());
            InputStream in = socket.getInputStream();
            assertThat(in.readNBytes(5)).asString().isEqualTo("hello");
            socket.shutdownOutput();
            assertThat(in.read()).isEqualTo(-1);
        }
    }

    static InetSocketAddress loopback() {
        return new InetSocketAddress(LOOPBACK, 0);
    }

    static ServerSocketChannel listen() throws IOException {
        return ServerSocketChannel.open().bind(loopback());
    }

    static int port(ServerSocketChannel server) throws IOException {
        return ((InetSocketAddress) server.getLocalAddress()).getPort();
    }

    /** A server on a thread of its own that sends one connection its bytes back. */
    static final class Echo implements AutoCloseable {
        private final ServerSocketChannel server = listen();
        private final Thread thread = Thread.ofPlatform().start(this::run);

        Echo() throws IOException {}

        InetSocketAddress address() throws IOException {
            return (InetSocketAddress) server.getLocalAddress();
        }

        private void run() {
            try (SocketChannel channel = server.accept()) {
                ByteBuffer buffer = ByteBuffer.allocate(1000);
                while (channel.read(buffer) >= 0) {
                    channel.write(buffer.flip());
                    buffer.clear();
                }
                server.close(); // here, for the client's thread to have its own operations only
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }

        @Override
        public void close() throws IOException {
            try {
                thread.join();
            } catch (InterruptedException e) {
                throw new IOException(e);
            }
        }
    }
}
