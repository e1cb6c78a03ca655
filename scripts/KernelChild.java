import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;

/** Has a process of its own connect to it, for a capture with {@code scope=children} on the kernel under test. */
final class KernelChild {
    private KernelChild() {}

    public static void main(String[] args) throws IOException, InterruptedException {
        try (ServerSocket server = new ServerSocket(0, 1, InetAddress.getByName("127.0.0.1"))) {
            Process child = startChild("exec 3<>/dev/tcp/127.0.0.1/" + server.getLocalPort() + "; echo hello >&3; read <&3");
            try (Socket socket = server.accept()) {
                socket.getOutputStream().write("well\n".getBytes());
                socket.getInputStream().readAllBytes();
            }
            child.waitFor();
        }
    }

    private static Process startChild(String commands) throws IOException {
        return new ProcessBuilder("bash", "-c", commands).inheritIO().start();
    }
}
