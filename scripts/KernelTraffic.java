import com.sun.tools.attach.VirtualMachine;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketAddress;
import java.nio.channels.Channels;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;

/**
 * What scripts/test-kernel runs on the kernel under test: client and server in one JVM, which keeps an account of each of
 * its calls. It makes one capture from the start of the JVM and one, with a filter, from the middle of a connection, has the agent answer
 * {@code status}, {@code stop} and {@code check}, and kills itself during the second capture.
 *
 * <p>{@code java -javaagent:JAR=start,… -Djdk.attach.allowAttachSelf=true KernelTraffic.java JAR FOLDER}
 */
final class KernelTraffic {
    private static final int[] SIZES = {1, 100, 4000, 30000, 5};
    /** On a virtual thread the JDK's socket does not block, and may take a long write in several calls. */
    private static final int LONGEST_ON_VIRTUAL = 4000;

    private static final Queue<String> ACCOUNT = new ConcurrentLinkedQueue<>();

    private final String jar;
    private final Path folder;

    private KernelTraffic(String jar, Path folder) {
        this.jar = jar;
        this.folder = folder;
    }

    public static void main(String[] args) throws Exception {
        new KernelTraffic(args[0], Path.of(args[1])).run();
    }

    private void run() throws Exception {
        try (ServerSocket server = new ServerSocket(0)) {
            Thread.ofPlatform().daemon().name("acceptor").start(() -> accept(server));
            int port = server.getLocalPort();
            finished(Thread.ofPlatform().name("client-ipv4").start(() -> socket("127.0.0.1", port)));
            finished(Thread.ofPlatform().name("client-ipv6").start(() -> channel("::1", port)));
            finished(Thread.ofVirtual().name("client-virtual").start(() -> socket("127.0.0.1", port)));
            // only the client's end of a connection says when it is over; its server's last words follow
            while (ACCOUNT.stream().filter(line -> line.contains("\tserver-") && line.contains("\tend\t")).count() < 3) {
                Thread.sleep(10);
            }
            Files.write(folder.resolve("account"), ACCOUNT);
            answer("status", "status");
            programs("programs.during");
            answer("stop", "stop");
            programs("programs.after");
            answer("check", "check");

            try (Socket open = new Socket("127.0.0.1", port)) {
                answer("start", "start,filter=tcp port " + port + ",file=" + folder.resolve("second.pcapng"));
                End end = new End(open.getLocalSocketAddress(), open.getRemoteSocketAddress(),
                        open.getInputStream(), open.getOutputStream());
                for (int i = 0; i < 20; i++) {
                    write(end, 10);
                    for (int n = 10; n > 0; ) {
                        n -= read(end, n);
                    }
                }
                while (Files.size(folder.resolve("second.pcapng")) < 10_000) {
                    Thread.sleep(10);
                }
                answer("status.second", "status");
                System.out.println("killing myself");
                new ProcessBuilder("kill", "-9", Long.toString(ProcessHandle.current().pid())).start().waitFor();
            }
        }
    }

    private static void finished(Thread thread) throws InterruptedException {
        if (!thread.join(Duration.ofSeconds(60))) {
            throw new IllegalStateException(thread + " hangs");
        }
    }

    private void answer(String name, String command) throws Exception {
        VirtualMachine vm = VirtualMachine.attach(Long.toString(ProcessHandle.current().pid()));
        try {
            vm.loadAgent(jar, command + ",result=" + folder.resolve(name));
        } finally {
            vm.detach();
        }
    }

    private void programs(String name) throws IOException, InterruptedException {
        new ProcessBuilder("bpftool", "prog", "list").redirectErrorStream(true)
                .redirectOutput(folder.resolve(name).toFile()).start().waitFor(30, TimeUnit.SECONDS);
    }

    /** One end of a connection, and how far its two streams are. */
    private static final class End {
        final String ports;
        final InputStream in;
        final OutputStream out;
        long sent;
        long received;

        End(SocketAddress local, SocketAddress remote, InputStream in, OutputStream out) {
            ports = ((InetSocketAddress) local).getPort() + "\t" + ((InetSocketAddress) remote).getPort();
            this.in = in;
            this.out = out;
        }

        void account(String kind, long from, long to, String method) {
            ACCOUNT.add(ports + "\t" + kind + "\t" + from + "\t" + to + "\t" + Thread.currentThread().getName() + "\t"
                    + method);
        }
    }

    private static void socket(String host, int port) {
        try (Socket socket = new Socket()) {
            connect(socket, host, port);
            End end = new End(socket.getLocalSocketAddress(), socket.getRemoteSocketAddress(), socket.getInputStream(),
                    socket.getOutputStream());
            end.account("connect", 0, 0, "connect");
            talk(end);
            socket.shutdownOutput();
            read(end, 1);
        } catch (IOException failure) {
            throw new AssertionError(failure);
        }
    }

    private static void connect(Socket socket, String host, int port) throws IOException {
        socket.connect(new InetSocketAddress(host, port));
    }

    private static void channel(String host, int port) {
        try (SocketChannel channel = SocketChannel.open(new InetSocketAddress(InetAddress.getByName(host), port))) {
            End end = new End(channel.getLocalAddress(), channel.getRemoteAddress(), Channels.newInputStream(channel),
                    Channels.newOutputStream(channel));
            end.account("connect", 0, 0, "channel");
            talk(end);
            channel.shutdownOutput();
            read(end, 1);
        } catch (IOException failure) {
            throw new AssertionError(failure);
        }
    }

    private static void talk(End end) throws IOException {
        for (int size : SIZES) {
            if (size > LONGEST_ON_VIRTUAL && Thread.currentThread().isVirtual()) {
                continue;
            }
            write(end, size);
            for (int left = size; left > 0; ) {
                left -= read(end, Math.min(left, 3000));
            }
        }
    }

    private static void accept(ServerSocket server) {
        try {
            while (true) {
                Socket socket = server.accept();
                Thread.ofPlatform().daemon().name("server-" + socket.getPort()).start(() -> serve(socket));
            }
        } catch (IOException failure) {
            throw new AssertionError(failure);
        }
    }

    private static void serve(Socket socket) {
        try (socket) {
            End end = new End(socket.getLocalSocketAddress(), socket.getRemoteSocketAddress(), socket.getInputStream(),
                    socket.getOutputStream());
            for (int n = read(end, 4096); n > 0; n = read(end, 4096)) {
                echo(end, n);
            }
            socket.close();
            end.account("end", end.sent, end.sent, "serve");
        } catch (IOException failure) {
            throw new AssertionError(failure);
        }
    }

    private static int read(End end, int most) throws IOException {
        int n = end.in.read(new byte[most]);
        if (n > 0) {
            end.account("read", end.received, end.received + n, "read");
            end.received += n;
        }
        return n;
    }

    private static void write(End end, int size) throws IOException {
        end.out.write(bytes(end.sent, size));
        end.account("write", end.sent, end.sent + size, "write");
        end.sent += size;
    }

    private static void echo(End end, int size) throws IOException {
        end.out.write(bytes(end.sent, size));
        end.account("write", end.sent, end.sent + size, "echo");
        end.sent += size;
    }

    /** What the judge expects to find in the packets, byte by byte. */
    private static byte[] bytes(long from, int size) {
        byte[] bytes = new byte[size];
        for (int i = 0; i < size; i++) {
            bytes[i] = (byte) ((from + i) * 31 >> 3);
        }
        return bytes;
    }
}
