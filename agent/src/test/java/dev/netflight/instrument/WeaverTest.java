package dev.netflight.instrument;

import static dev.netflight.model.OperationKind.ACCEPT;
import static dev.netflight.model.OperationKind.CLOSE;
import static dev.netflight.model.OperationKind.READ;
import static dev.netflight.model.OperationKind.SENDFILE;
import static dev.netflight.model.OperationKind.WRITE;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import com.sun.net.httpserver.HttpServer;
import dev.netflight.instrument.RecordingHook.Call;
import dev.netflight.model.OperationKind;
import java.io.FileDescriptor;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.lang.instrument.ClassFileTransformer;
import java.lang.instrument.Instrumentation;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketAddress;
import java.net.StandardProtocolFamily;
import java.net.URI;
import java.net.UnixDomainSocketAddress;
import java.net.UnknownHostException;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.ByteBuffer;
import java.nio.channels.AsynchronousServerSocketChannel;
import java.nio.channels.AsynchronousSocketChannel;
import java.nio.channels.DatagramChannel;
import java.nio.channels.FileChannel;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.ProtectionDomain;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.FutureTask;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Real sockets in this JVM, woven, and what of them reaches the hook. */
@Timeout(60)
class WeaverTest {
    private static final InetAddress LOOPBACK = InetAddress.getLoopbackAddress();
    private static Instrumentation inst;

    private final RecordingHook hook = new RecordingHook();
    private Weaver weaver;

    @BeforeAll
    static void attach() throws Exception {
        inst = SelfAttach.instrumentation();
    }

    @BeforeEach
    void weave() {
        weaver = Weaver.weave(inst);
        NetflightHook1.install(hook);
    }

    @AfterEach
    void takeOut() {
        NetflightHook1.install(null);
        weaver.close();
    }

    @Test
    void every_hook_of_the_table_fits_this_jdk() {
        assertThat(weaver.status()).hasSize(HookTable.HOOKS.size()).allMatch(HookStatus::active);
    }

    @Test
    void a_sockets_connect_write_read_and_close_are_seen_on_a_platform_thread() throws Exception {
        List<Call> calls = callsOn(Thread.ofPlatform(), WeaverTest::talk);
        assertThat(calls).hasToString("[connect 1, write 5, read 5, shutdown 0, read -1, shutdown 0, close 0]");
        assertThat(calls).extracting(Call::fd).containsOnly(calls.getFirst().fd());
    }

    @Test
    void a_sockets_connect_write_read_and_close_are_seen_on_a_virtual_thread() throws Exception {
        List<Call> calls = callsOn(Thread.ofVirtual(), WeaverTest::talk);
        assertThat(calls).hasToString("[connect -2, write 5, read 5, shutdown 0, read -1, shutdown 0, close 0]");
        assertThat(calls).allMatch(call -> call.thread().isVirtual());
    }

    private static void talk() throws IOException {
        try (Echo echo = new Echo(); Socket socket = new Socket(LOOPBACK, echo.address().getPort())) {
            socket.getOutputStream().write("hello".getBytes());
            InputStream in = socket.getInputStream();
            assertThat(in.readNBytes(5)).asString().isEqualTo("hello");
            socket.shutdownOutput();
            assertThat(in.read()).isEqualTo(-1);
        }
    }

    @Test
    void an_accepted_sockets_operations_carry_the_descriptor_that_the_accept_ended_with() throws Exception {
        try (ServerSocket server = new ServerSocket(0, 1, LOOPBACK)) {
            List<Call> calls = callsOn(Thread.ofPlatform(), () -> {
                try (Socket client = new Socket(LOOPBACK, server.getLocalPort()); Socket accepted = server.accept()) {
                    accepted.getOutputStream().write(1);
                    client.shutdownOutput();
                    assertThat(accepted.getInputStream().read()).isEqualTo(-1);
                }
            });
            assertThat(calls).hasToString(
                    "[connect 1, accept 1, write 1, shutdown 0, read -1, shutdown 0, close 0, shutdown 0, close 0]");
            int accepted = calls.get(1).fd();
            assertThat(accepted).isNotEqualTo(calls.get(0).fd());
            assertThat(List.of(calls.get(2).fd(), calls.get(4).fd(), calls.get(6).fd())).containsOnly(accepted);
        }
    }

    @Test
    void a_timed_accept_that_finds_nobody_ends_without_a_descriptor() throws Exception {
        try (ServerSocket server = new ServerSocket(0, 1, LOOPBACK)) {
            server.setSoTimeout(1);
            assertThat(catchThrowable(server::accept)).isInstanceOf(java.net.SocketTimeoutException.class);
        }
        assertThat(hook.all()).filteredOn(call -> call.kind() == ACCEPT).isNotEmpty()
                .allMatch(call -> call.result() == RecordingHook.UNAVAILABLE);
    }

    @Test
    void urgent_data_is_a_write_of_one_byte() throws Exception {
        List<Call> calls = callsOn(Thread.ofPlatform(), () -> {
            try (ServerSocketChannel server = listen();
                    Socket socket = new Socket(LOOPBACK, port(server));
                    SocketChannel channel = SocketChannel.open(server.getLocalAddress())) {
                socket.sendUrgentData(1);
                channel.socket().sendUrgentData(1);
            }
        });
        assertThat(calls).filteredOn(call -> call.kind() == WRITE).hasToString("[write 1, write 1]");
    }

    @Test
    void a_blocking_channels_gathering_writes_and_scattering_reads_are_seen_as_one_operation_each() throws Exception {
        for (Thread.Builder threads : List.of(Thread.ofPlatform(), Thread.ofVirtual())) {
            List<Call> calls = callsOn(threads, () -> {
                try (Echo echo = new Echo(); SocketChannel channel = SocketChannel.open(echo.address())) {
                    ByteBuffer[] out = {ByteBuffer.wrap(new byte[3]), ByteBuffer.allocateDirect(4)};
                    assertThat(channel.write(out)).isEqualTo(7);
                    ByteBuffer[] in = {ByteBuffer.allocate(3), ByteBuffer.allocateDirect(4)};
                    for (long got = 0; got < 7;) {
                        got += channel.read(in);
                    }
                    channel.shutdownOutput();
                    assertThat(channel.read(ByteBuffer.allocate(1))).isEqualTo(-1);
                }
            });
            assertThat(sum(calls, WRITE)).isEqualTo(7);
            assertThat(calls).filteredOn(call -> call.kind() == WRITE).hasSize(1);
            assertThat(sum(calls, READ)).isEqualTo(7 - 1);
            assertThat(calls).extracting(Call::kind).contains(OperationKind.CONNECT, OperationKind.SHUTDOWN)
                    .endsWith(CLOSE);
        }
    }

    @Test
    void a_selector_channels_attempts_are_seen_also_those_that_would_block() throws Exception {
        List<Call> calls = callsOn(Thread.ofPlatform(), () -> {
            try (Echo echo = new Echo(); SocketChannel channel = SocketChannel.open(); Selector selector = Selector.open()) {
                channel.configureBlocking(false);
                if (!channel.connect(echo.address())) {
                    channel.register(selector, SelectionKey.OP_CONNECT);
                    selector.select();
                    assertThat(channel.finishConnect()).isTrue();
                }
                ByteBuffer in = ByteBuffer.allocate(10);
                assertThat(channel.read(in)).isZero(); // nothing was sent
                channel.write(ByteBuffer.wrap("hello".getBytes()));
                channel.register(selector, SelectionKey.OP_READ);
                while (in.position() < 5) {
                    selector.select();
                    selector.selectedKeys().clear();
                    channel.read(in);
                }
            }
        });
        assertThat(calls.getFirst().kind()).isEqualTo(OperationKind.CONNECT);
        assertThat(sum(calls, WRITE)).isEqualTo(5);
        assertThat(sum(calls, READ)).isEqualTo(5);
        assertThat(calls.getLast().kind()).isEqualTo(CLOSE);
        assertThat(hook.all()).filteredOn(call -> call.kind() == READ && call.fd() == calls.getFirst().fd())
                .first().hasToString("read " + RecordingHook.UNAVAILABLE);
    }

    @Test
    void asynchronous_channels_are_seen_on_both_sides() throws Exception {
        try (AsynchronousServerSocketChannel server = AsynchronousServerSocketChannel.open().bind(loopback());
                AsynchronousSocketChannel client = AsynchronousSocketChannel.open()) {
            client.connect(server.getLocalAddress()).get();
            try (AsynchronousSocketChannel accepted = server.accept().get()) {
                client.write(ByteBuffer.wrap("hello".getBytes())).get();
                ByteBuffer in = ByteBuffer.allocate(10);
                assertThat(accepted.read(in).get()).isEqualTo(5);
                client.shutdownOutput();
                assertThat(accepted.read(in).get()).isEqualTo(-1);
            }
        }
        List<Call> calls = hook.all();
        assertThat(calls).extracting(Call::kind).contains(OperationKind.CONNECT, OperationKind.SHUTDOWN, CLOSE);
        assertThat(sum(calls, WRITE)).isEqualTo(5);
        List<Call> accepts = calls.stream().filter(call -> call.kind() == ACCEPT && call.result() > 0).toList();
        assertThat(accepts).hasSize(1);
        assertThat(calls).filteredOn(call -> call.kind() == READ && call.result() == 5)
                .extracting(Call::fd).containsExactly(accepts.getFirst().fd());
    }

    @Test
    void an_http_exchange_is_seen_on_both_sides() throws Exception {
        HttpServer server = HttpServer.create(loopback(), 0);
        server.createContext("/", exchange -> {
            exchange.sendResponseHeaders(200, 1000);
            exchange.getResponseBody().write(new byte[1000]);
            exchange.close();
        });
        server.start();
        try (HttpClient client = HttpClient.newHttpClient()) {
            HttpResponse<byte[]> answer = client.send(
                    HttpRequest.newBuilder(URI.create("http://localhost:" + server.getAddress().getPort())).build(),
                    HttpResponse.BodyHandlers.ofByteArray());
            assertThat(answer.body()).hasSize(1000);
        } finally {
            server.stop(0);
        }
        List<Call> calls = hook.all();
        assertThat(calls).extracting(Call::kind).contains(OperationKind.CONNECT, ACCEPT, WRITE, READ, CLOSE);
        assertThat(sum(calls, WRITE)).isGreaterThan(1000).isEqualTo(
                calls.stream().filter(call -> call.kind() == READ && call.result() > 0).mapToLong(Call::result).sum());
    }

    @Test
    void a_file_sent_to_a_socket_is_a_sendfile_of_the_socket(@TempDir Path folder) throws Exception {
        Path file = Files.write(folder.resolve("file"), new byte[10_000]);
        List<Call> calls = callsOn(Thread.ofPlatform(), () -> {
            try (ServerSocketChannel server = listen();
                    SocketChannel channel = SocketChannel.open(server.getLocalAddress());
                    FileChannel from = FileChannel.open(file)) {
                assertThat(from.transferTo(0, 10_000, channel)).isEqualTo(10_000);
            }
        });
        assertThat(sum(calls, SENDFILE)).isEqualTo(10_000);
        assertThat(calls).filteredOn(call -> call.kind() == SENDFILE)
                .extracting(Call::fd).containsOnly(calls.getFirst().fd());
    }

    @Test
    @SuppressWarnings("try") // the close is what is tested
    void a_close_while_another_thread_reads_is_seen_where_the_kernel_closes() throws Exception {
        try (ServerSocketChannel server = listen(); SocketChannel channel = SocketChannel.open(server.getLocalAddress())) {
            Thread reader = Thread.ofPlatform().start(() -> catchThrowable(() -> channel.read(ByteBuffer.allocate(1))));
            while (hook.begun() < 2) { // connect, read
                Thread.onSpinWait();
            }
            List<Call> calls = callsOn(Thread.ofPlatform(), () -> {
                channel.close();
            });
            assertThat(calls).extracting(Call::kind).isNotEmpty().containsOnly(CLOSE);
            reader.join();
        }
    }

    @Test
    void a_refused_connect_ends_with_minus_one_and_throws_what_it_throws_without_us() throws Exception {
        int port;
        try (ServerSocket server = new ServerSocket(0, 1, LOOPBACK)) {
            port = server.getLocalPort();
        }
        Throwable woven = catchThrowable(() -> new Socket(LOOPBACK, port));
        assertThat(hook.all()).extracting(Call::toString).contains("connect -5");
        List<String> frames = jdkFrames(woven);
        weaver.close();
        Throwable plain = catchThrowable(() -> new Socket(LOOPBACK, port));
        assertThat(frames).isEqualTo(jdkFrames(plain));
        assertThat(woven).hasSameClassAs(plain).hasMessage(plain.getMessage());
    }

    @Test
    void an_exception_from_a_wrapped_native_has_the_same_frames_as_without_us() throws Exception {
        try (ServerSocketChannel server = ServerSocketChannel.open()) {
            Throwable woven = acceptOnBadDescriptor(server);
            assertThat(hook.all()).hasToString("[accept -5]");
            List<String> frames = jdkFrames(woven);
            weaver.close();
            Throwable plain = acceptOnBadDescriptor(server);
            assertThat(plain).isInstanceOf(IOException.class);
            assertThat(frames).isEqualTo(jdkFrames(plain));
            assertThat(frames.getFirst()).contains("sun.nio.ch.Net.accept");
            assertThat(woven).hasSameClassAs(plain).hasMessage(plain.getMessage());
        }
    }

    private static Throwable acceptOnBadDescriptor(ServerSocketChannel server) throws ReflectiveOperationException {
        Method accept = server.getClass().getDeclaredMethod(
                "implAccept", FileDescriptor.class, FileDescriptor.class, SocketAddress[].class);
        accept.setAccessible(true);
        try {
            accept.invoke(server, new FileDescriptor(), new FileDescriptor(), new SocketAddress[1]);
            throw new AssertionError("accepted");
        } catch (InvocationTargetException e) {
            return e.getCause();
        }
    }

    @Test
    void what_a_hook_throws_stays_inside() throws Exception {
        NetflightHook1.install(new NetflightHook1() {
            @Override
            protected long begin(int kind, FileDescriptor fd) {
                if (kind == WRITE.code) {
                    throw new IllegalStateException("begin");
                }
                return 1;
            }

            @Override
            protected void end(long operation, int kind, FileDescriptor fd, long result) {
                throw new StackOverflowError("end");
            }

            @Override
            protected void begin(int kind, int fd) {
                throw new AssertionError("the JDK has no numbers");
            }

            @Override
            protected void end(long result) {
                throw new AssertionError("the JDK has no numbers");
            }

            @Override
            protected void follow(FileDescriptor fd) {
                throw new IllegalStateException("follow");
            }

            @Override
            protected long beginLookup(String host) {
                return 1;
            }

            @Override
            protected void endLookup(long operation, String host, InetAddress[] addresses, Throwable thrown) {
                throw new IllegalStateException("lookup");
            }
        });
        callsOn(Thread.ofPlatform(), WeaverTest::talk);
        callsOn(Thread.ofVirtual(), WeaverTest::talk);
    }

    @Test
    void unix_sockets_work_as_before(@TempDir Path folder) throws Exception {
        UnixDomainSocketAddress address = UnixDomainSocketAddress.of(folder.resolve("socket"));
        try (ServerSocketChannel server = ServerSocketChannel.open(StandardProtocolFamily.UNIX).bind(address);
                SocketChannel client = SocketChannel.open(address);
                SocketChannel accepted = server.accept()) {
            client.write(ByteBuffer.wrap("hello".getBytes()));
            ByteBuffer in = ByteBuffer.allocate(10);
            assertThat(accepted.read(in)).isEqualTo(5);
            client.shutdownOutput();
            assertThat(accepted.read(in)).isEqualTo(-1);
        }
    }

    @Test
    void each_datagram_is_one_send_and_one_receive_and_a_close_is_no_operation() throws Exception {
        for (Thread.Builder threads : List.of(Thread.ofPlatform(), Thread.ofVirtual())) {
            List<Call> calls = callsOn(threads, () -> {
                try (DatagramChannel one = DatagramChannel.open().bind(loopback());
                        DatagramChannel other = DatagramChannel.open()) {
                    other.send(ByteBuffer.allocate(5), one.getLocalAddress());
                    one.receive(ByteBuffer.allocate(10));
                    other.send(ByteBuffer.allocateDirect(0), one.getLocalAddress());
                    one.receive(ByteBuffer.allocateDirect(10));
                }
            });
            assertThat(calls).hasToString("[send 5, receive 5, send 0, receive 0]");
        }
    }

    @Test
    void connected_datagram_channels_are_seen_with_their_gathering_writes_and_scattering_reads() throws Exception {
        List<Call> calls = callsOn(Thread.ofPlatform(), () -> {
            try (DatagramChannel one = DatagramChannel.open().bind(loopback());
                    DatagramChannel other = DatagramChannel.open().connect(one.getLocalAddress())) {
                one.connect(other.getLocalAddress());
                other.write(ByteBuffer.allocate(5));
                one.read(ByteBuffer.allocate(10));
                other.write(new ByteBuffer[] {ByteBuffer.allocate(3), ByteBuffer.allocate(4)});
                one.read(new ByteBuffer[] {ByteBuffer.allocate(3), ByteBuffer.allocate(9)});
            }
        });
        assertThat(calls).hasToString("[connect 1, connect 1, send 5, receive 5, send 7, receive 7]");
    }

    @Test
    void a_datagram_socket_is_seen_as_the_channel_below_it() throws Exception {
        List<Call> calls = callsOn(Thread.ofPlatform(), () -> {
            try (DatagramSocket one = new DatagramSocket(loopback()); DatagramSocket other = new DatagramSocket(loopback())) {
                other.send(new DatagramPacket(new byte[5], 5, one.getLocalSocketAddress()));
                one.receive(new DatagramPacket(new byte[3], 3)); // cut off
                other.connect(one.getLocalSocketAddress());
                other.send(new DatagramPacket(new byte[7], 7));
                one.setSoTimeout(1000);
                one.receive(new DatagramPacket(new byte[10], 10));
            }
        });
        assertThat(calls).hasToString("[send 5, receive 3, connect 1, send 7, receive 7]");
    }

    @Test
    void a_lookup_is_seen_on_both_kinds_of_threads() throws Exception {
        callsOn(Thread.ofPlatform(), () -> lookUpInVain("platform.invalid"));
        callsOn(Thread.ofVirtual(), () -> lookUpInVain("virtual.invalid"));
        assertThat(hook.lookups()).contains("platform.invalid fails", "virtual.invalid fails");
    }

    private static void lookUpInVain(String host) {
        assertThat(catchThrowable(() -> InetAddress.getByName(host))).isInstanceOf(UnknownHostException.class);
    }

    @Test
    void a_datagram_sockets_bind_connect_and_disconnect_are_told() throws Exception {
        try (DatagramChannel channel = DatagramChannel.open()) {
            channel.bind(loopback());
            assertThat(hook.addressed()).hasSize(1);
            channel.connect(channel.getLocalAddress());
            assertThat(hook.addressed()).hasSize(2);
            channel.disconnect();
            assertThat(hook.addressed()).hasSizeGreaterThan(2);
            assertThat(hook.addressed()).containsOnly(hook.addressed().getFirst());
        }
    }

    @Test
    void after_close_nothing_reaches_the_hook_and_the_classes_are_what_they_were() throws Exception {
        weaver.close();
        weaver.close(); // the second does nothing
        callsOn(Thread.ofPlatform(), WeaverTest::talk);
        callsOn(Thread.ofVirtual(), WeaverTest::talk);
        assertThat(hook.begun()).isZero();
        assertThat(weaver.status()).noneMatch(HookStatus::active);
        for (String owner : HookTable.owners()) {
            assertThat(ClassFingerprint.of(met(owner))).as(owner).isEqualTo(ClassFingerprint.of(WeaveAhead.original(owner)));
        }
    }

    @Test
    void a_second_capture_meets_the_same_classes_and_weaves_the_same() throws Exception {
        List<HookStatus> first = weaver.status();
        weaver.close();
        weaver = Weaver.weave(inst);
        assertThat(weaver.status()).isEqualTo(first);
        assertThat(callsOn(Thread.ofPlatform(), WeaverTest::talk)).hasSize(7);
    }

    @Test
    void hooks_stay_when_another_agent_retransforms_the_class() throws Exception {
        inst.retransformClasses(Class.forName("sun.nio.ch.SocketDispatcher"), Class.forName("sun.nio.ch.NioSocketImpl"));
        assertThat(callsOn(Thread.ofPlatform(), WeaverTest::talk)).hasSize(7);
    }

    @Test
    void a_class_that_another_agent_has_changed_keeps_the_change_and_is_woven_by_byte_buddy() throws Exception {
        weaver.close();
        ClassFileTransformer other = new ClassFileTransformer() {
            @Override
            public byte[] transform(
                    ClassLoader loader, String name, Class<?> type, ProtectionDomain domain, byte[] bytes) {
                return "sun/nio/ch/SocketDispatcher".equals(name) ? ClassFiles.withNopIn("read", bytes) : null;
            }
        };
        inst.addTransformer(other, true);
        try {
            weaver = Weaver.weave(inst);
            assertThat(weaver.status()).allMatch(HookStatus::active)
                    .filteredOn(status -> status.method().contains("SocketDispatcher"))
                    .extracting(HookStatus::reason).containsOnly("woven by Byte Buddy");
            assertThat(callsOn(Thread.ofPlatform(), WeaverTest::talk)).hasSize(7);
            weaver.close();
            assertThat(ClassFingerprint.of(met("sun/nio/ch/SocketDispatcher")))
                    .isEqualTo(ClassFingerprint.of(ClassFiles.withNopIn("read", WeaveAhead.original("sun/nio/ch/SocketDispatcher"))));
        } finally {
            inst.removeTransformer(other);
            inst.retransformClasses(Class.forName("sun.nio.ch.SocketDispatcher"));
        }
    }

    /** The class file that the JVM hands to the last of the transformers. */
    private static byte[] met(String owner) throws Exception {
        AtomicReference<byte[]> met = new AtomicReference<>();
        ClassFileTransformer observer = new ClassFileTransformer() {
            @Override
            public byte[] transform(
                    ClassLoader loader, String name, Class<?> type, ProtectionDomain domain, byte[] bytes) {
                if (owner.equals(name)) {
                    met.set(bytes);
                }
                return null;
            }
        };
        inst.addTransformer(observer, true);
        try {
            inst.retransformClasses(Class.forName(owner.replace('/', '.')));
        } finally {
            inst.removeTransformer(observer);
        }
        return met.get();
    }

    private static long sum(List<Call> calls, OperationKind kind) {
        return calls.stream().filter(call -> call.kind() == kind && call.result() != RecordingHook.UNAVAILABLE)
                .mapToLong(Call::result).sum();
    }

    /** From the leaf down to the first frame that is not the JDK's socket code. */
    private static List<String> jdkFrames(Throwable e) {
        return Arrays.stream(e.getStackTrace())
                .takeWhile(frame -> frame.getClassName().startsWith("sun.nio.ch.") || frame.getClassName().startsWith("java.net."))
                .map(StackTraceElement::toString)
                .toList();
    }

    private static InetSocketAddress loopback() {
        return new InetSocketAddress(LOOPBACK, 0);
    }

    private static ServerSocketChannel listen() throws IOException {
        return ServerSocketChannel.open().bind(loopback());
    }

    private static int port(ServerSocketChannel server) throws IOException {
        return ((InetSocketAddress) server.getLocalAddress()).getPort();
    }

    /** Does something on a new thread, and answers what the hook saw of that thread. */
    private List<Call> callsOn(Thread.Builder threads, Task task) throws Exception {
        FutureTask<Void> future = new FutureTask<>(() -> {
            task.run();
            return null;
        });
        Thread thread = threads.start(future);
        future.get();
        return hook.of(thread);
    }

    private interface Task {
        void run() throws Exception;
    }

    /** A server on a thread of its own that sends one connection its bytes back. */
    private static final class Echo implements AutoCloseable {
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
