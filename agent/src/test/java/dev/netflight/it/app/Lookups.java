package dev.netflight.it.app;

import java.io.IOException;
import java.io.PrintWriter;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.locks.LockSupport;

/**
 * Looks up hosts, each once, at a name server of its own, which answers on 127.0.0.1:53: a host whose name begins with
 * {@code known} has the address 192.0.2.7, any other none. Names of hosts name the thread. At its end it says which thread has
 * asked for which host in which method.
 *
 * <p>Arguments: the file for the truth, how many hosts each thread looks up, after how many milliseconds the server answers (0).
 * Prints {@code finished}.
 */
public final class Lookups {
    private static final int PORT = 53;
    private static final int THREADS = 2;
    private static final int HEADER = 12;
    private static final int TYPE_A = 1;

    private static final Queue<String> TRUTH = new ConcurrentLinkedQueue<>();

    private Lookups() {}

    public static void main(String[] args) throws Exception {
        int count = Integer.parseInt(args[1]);
        DatagramSocket socket = new DatagramSocket(new InetSocketAddress(InetAddress.ofLiteral("127.0.0.1"), PORT));
        long delayNanos = args.length > 2 ? Long.parseLong(args[2]) * 1_000_000 : 0;
        Thread.ofPlatform().name("name-server").daemon().start(() -> serve(socket, delayNanos));
        var threads = new ArrayList<Thread>();
        for (int i = 0; i < THREADS; i++) {
            int number = i;
            threads.add(Thread.ofPlatform().name("platform-" + i).start(() -> ask("platform", number, count)));
            threads.add(Thread.ofVirtual().name("virtual-" + i).start(() -> ask("virtual", number, count)));
        }
        for (Thread thread : threads) {
            thread.join();
        }
        try (PrintWriter out = new PrintWriter(Files.newBufferedWriter(Path.of(args[0])))) {
            TRUTH.forEach(out::println);
        }
        System.out.println("finished");
    }

    private static void ask(String kind, int thread, int count) {
        try {
            for (int i = 0; i < count; i++) {
                String host = (i % 3 == 2 ? "unknown-" : "known-") + i + '.' + kind + '-' + thread + ".test";
                TRUTH.add(host + '\t' + Thread.currentThread().threadId() + '\t' + Thread.currentThread().getName() + '\t'
                        + (i % 2 == 0 ? lookUp(host) : lookUpAll(host)));
            }
        } catch (Throwable problem) {
            problem.printStackTrace();
            System.exit(1);
        }
    }

    private static String lookUp(String host) throws IOException {
        try {
            check(host, InetAddress.getByName(host + '.'));
        } catch (UnknownHostException asItShould) {
            check(host, null);
        }
        return "lookUp";
    }

    private static String lookUpAll(String host) throws IOException {
        try {
            check(host, InetAddress.getAllByName(host + '.')[0]);
        } catch (UnknownHostException asItShould) {
            check(host, null);
        }
        return "lookUpAll";
    }

    private static void check(String host, InetAddress answer) throws IOException {
        boolean known = host.startsWith("known");
        if (known != (answer != null) || known && !answer.getHostAddress().equals("192.0.2.7")) {
            throw new IOException(host + " has " + answer);
        }
    }

    /** RFC 1035, as far as a stub resolver asks. */
    private static void serve(DatagramSocket socket, long delayNanos) {
        try {
            while (true) {
                DatagramPacket packet = new DatagramPacket(new byte[512], 512);
                socket.receive(packet);
                if (delayNanos > 0) {
                    LockSupport.parkNanos(delayNanos);
                }
                ByteBuffer query = ByteBuffer.wrap(packet.getData(), 0, packet.getLength());
                int end = HEADER;
                while (query.get(end) != 0) {
                    end += 1 + query.get(end);
                }
                int type = query.getShort(end + 1);
                int question = end + 5 - HEADER;
                boolean known = new String(packet.getData(), HEADER + 1, 5, StandardCharsets.US_ASCII).equals("known");
                boolean answers = known && type == TYPE_A;
                ByteBuffer answer = ByteBuffer.allocate(512);
                answer.putShort(query.getShort(0)).putShort((short) (known ? 0x8180 : 0x8183)); // or no such name
                answer.putShort((short) 1).putShort((short) (answers ? 1 : 0)).putInt(0);
                answer.put(packet.getData(), HEADER, question);
                if (answers) {
                    answer.putShort((short) (0xc000 | HEADER)).putShort((short) TYPE_A).putShort((short) 1).putInt(60);
                    answer.putShort((short) 4).put(new byte[] {(byte) 192, 0, 2, 7});
                }
                socket.send(new DatagramPacket(answer.array(), answer.position(), packet.getSocketAddress()));
            }
        } catch (IOException problem) {
            problem.printStackTrace();
            System.exit(1);
        }
    }
}
