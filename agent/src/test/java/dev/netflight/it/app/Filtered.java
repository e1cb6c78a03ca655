package dev.netflight.it.app;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.lang.management.ManagementFactory;
import java.net.ConnectException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import javax.management.MBeanServer;
import javax.management.ObjectName;

/**
 * Some traffic of each kind, captured again and again by way of the management bean. Arguments: addresses that echo servers
 * listen on, each followed by its port; {@code udp:} stands in front of one for datagrams. Lines: {@code start OPTIONS},
 * {@code talk}, {@code stop}; each is answered by a line that begins with the next number from 1.
 */
public final class Filtered {
    private Filtered() {}

    public static void main(String[] args) throws Exception {
        MBeanServer beans = ManagementFactory.getPlatformMBeanServer();
        ObjectName capture = new ObjectName("dev.netflight:type=Capture");
        System.out.println("ready");
        var input = new BufferedReader(new InputStreamReader(System.in));
        int number = 0;
        for (String line = input.readLine(); line != null; line = input.readLine()) {
            String answer;
            if (line.startsWith("start ")) {
                answer = (String) beans.invoke(capture, "start", new Object[] {line.substring("start ".length())},
                        new String[] {String.class.getName()});
            } else if (line.equals("stop")) {
                answer = (String) beans.invoke(capture, "stop", null, null);
            } else if (line.equals("bean")) {
                while (!beans.isRegistered(capture)) {
                    Thread.onSpinWait();
                }
                answer = "there";
            } else {
                for (int i = 0; i < args.length; i += 2) {
                    int port = Integer.parseInt(args[i + 1]);
                    if (args[i].startsWith("udp:")) {
                        talkInDatagrams(InetAddress.getByName(args[i].substring("udp:".length())), port);
                    } else {
                        talk(InetAddress.getByName(args[i]), port);
                    }
                }
                answer = "said";
            }
            System.out.println("answer " + ++number + ' ' + answer.replace('\n', ' '));
        }
    }

    /** A handshake, small and large data both ways, data that looks like HTTP, an end, and a connection that is refused. */
    private static void talk(InetAddress address, int port) throws IOException {
        try (Socket socket = new Socket(address, port)) {
            socket.setTcpNoDelay(true);
            exchange(socket, "GET / HTTP/1.1\r\nHost: x\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
            exchange(socket, new byte[1]);
            exchange(socket, new byte[3_000]);
            // the peer's end too belongs to this talk and not to the next
            socket.shutdownOutput();
            if (socket.getInputStream().read() >= 0) {
                throw new IOException("more than the echo");
            }
        }
        try (Socket refused = new Socket()) {
            refused.connect(new InetSocketAddress(address, 1), 1_000);
        } catch (ConnectException expected) {
            // nobody listens there
        }
    }

    /** Small and large ones both ways, connected and not, and some that are cut into fragments. */
    private static void talkInDatagrams(InetAddress address, int port) throws IOException {
        try (DatagramSocket socket = new DatagramSocket()) {
            for (int length : new int[] {0, 1, 700, 3_000}) {
                exchange(socket, new byte[length], address, port);
            }
            socket.connect(address, port);
            exchange(socket, "GET /".getBytes(StandardCharsets.US_ASCII), address, port);
        }
    }

    private static void exchange(DatagramSocket socket, byte[] message, InetAddress address, int port) throws IOException {
        socket.send(new DatagramPacket(message, message.length, address, port));
        var back = new DatagramPacket(new byte[message.length + 1], message.length + 1);
        socket.receive(back);
        if (back.getLength() != message.length) {
            throw new IOException("the echo is another");
        }
    }

    private static void exchange(Socket socket, byte[] message) throws IOException {
        OutputStream out = socket.getOutputStream();
        out.write(message);
        if (socket.getInputStream().readNBytes(message.length).length != message.length) {
            throw new IOException("the echo has ended");
        }
    }
}
