package dev.netflight.instrument;

import static dev.netflight.instrument.WovenJvm.LOOPBACK;
import static dev.netflight.instrument.WovenJvm.listen;
import static dev.netflight.instrument.WovenJvm.loopback;
import static dev.netflight.instrument.WovenJvm.port;
import static dev.netflight.instrument.WovenJvm.sum;
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
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.ByteBuffer;
import java.nio.channels.AsynchronousServerSocketChannel;
import java.nio.channels.AsynchronousSocketChannel;
import java.nio.channels.FileChannel;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/** Real stream sockets in this JVM, woven, and what of them reaches the hook. */
@Timeout(60)
class WovenStreamSocketsTest {
    @RegisterExtension
    private final WovenJvm jvm = new WovenJvm();

    @Test
    void a_sockets_connect_write_read_and_close_are_seen_on_a_platform_thread() throws Exception {
        List<Call> calls = jvm.callsOn(Thread.ofPlatform(), WovenJvm::talk);
        assertThat(calls).hasToString("[connect 1, write 5, read 5, shutdown 0, read -1, shutdown 0, close 0]");
        assertThat(calls).extracting(Call::fd).containsOnly(calls.getFirst().fd());
    }

    @Test
    void a_sockets_connect_write_read_and_close_are_seen_on_a_virtual_thread() throws Exception {
        List<Call> calls = jvm.callsOn(Thread.ofVirtual(), WovenJvm::talk);
        assertThat(calls).hasToString("[connect -2, write 5, read 5, shutdown 0, read -1, shutdown 0, close 0]");
        assertThat(calls).allMatch(call -> call.thread().isVirtual());
    }

    @Test
    void an_accepted_sockets_operations_carry_the_descriptor_that_the_accept_ended_with() throws Exception {
        try (ServerSocket server = new ServerSocket(0, 1, LOOPBACK)) {
            List<Call> calls = jvm.callsOn(Thread.ofPlatform(), () -> {
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
        assertThat(jvm.hook.all()).filteredOn(call -> call.kind() == ACCEPT).isNotEmpty()
                .allMatch(call -> call.result() == RecordingHook.UNAVAILABLE);
    }

    @Test
    void urgent_data_is_a_write_of_one_byte() throws Exception {
        List<Call> calls = jvm.callsOn(Thread.ofPlatform(), () -> {
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
            List<Call> calls = jvm.callsOn(threads, () -> {
                try (WovenJvm.Echo echo = new WovenJvm.Echo(); SocketChannel channel = SocketChannel.open(echo.address())) {
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
        List<Call> calls = jvm.callsOn(Thread.ofPlatform(), () -> {
            try (WovenJvm.Echo echo = new WovenJvm.Echo(); SocketChannel channel = SocketChannel.open(); Selector selector = Selector.open()) {
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
        assertThat(jvm.hook.all()).filteredOn(call -> call.kind() == READ && call.fd() == calls.getFirst().fd())
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
        List<Call> calls = jvm.hook.all();
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
        List<Call> calls = jvm.hook.all();
        assertThat(calls).extracting(Call::kind).contains(OperationKind.CONNECT, ACCEPT, WRITE, READ, CLOSE);
        assertThat(sum(calls, WRITE)).isGreaterThan(1000).isEqualTo(
                calls.stream().filter(call -> call.kind() == READ && call.result() > 0).mapToLong(Call::result).sum());
    }

    @Test
    void a_file_sent_to_a_socket_is_a_sendfile_of_the_socket(@TempDir Path folder) throws Exception {
        Path file = Files.write(folder.resolve("file"), new byte[10_000]);
        List<Call> calls = jvm.callsOn(Thread.ofPlatform(), () -> {
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
            while (jvm.hook.begun() < 2) { // connect, read
                Thread.onSpinWait();
            }
            List<Call> calls = jvm.callsOn(Thread.ofPlatform(), () -> {
                channel.close();
            });
            assertThat(calls).extracting(Call::kind).isNotEmpty().containsOnly(CLOSE);
            reader.join();
        }
    }
}
