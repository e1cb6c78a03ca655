package dev.netflight.it.app;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintWriter;
import java.lang.reflect.Field;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.StandardProtocolFamily;
import java.nio.ByteBuffer;
import java.nio.channels.DatagramChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Queue;
import java.util.SplittableRandom;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;

/**
 * Sends datagrams to itself over each kind of datagram socket, and at its end says the truth about it: which thread sent,
 * and which received, which datagram, and in which method of {@link DatagramCalls}.
 *
 * <p>Every 16 bytes of a datagram say whose they are: magic (u16), conversation (u16), thread (u32), number of the
 * datagram in the conversation (u32), offset (u32), big-endian; a shorter rest is zero. Each conversation has two threads that
 * send and two that receive; odd ones use another method than even ones.
 *
 * <p>Arguments, each {@code name=value}: {@code truth} the file; {@code count} datagrams of a conversation; {@code largest}
 * size; {@code ahead} how many may be sent and not received, 0 for all, which are then sent before the first is received;
 * {@code buffer} SO_RCVBUF of those who receive, 0 for the default; {@code families} of {@code ipv4}, {@code ipv6},
 * {@code mapped}, {@code multicast}, separated by a plus; {@code told}: go on until a line {@code finish} comes;
 * {@code cleaning}: the lock of the JDK's cleaner, which each piece of off-heap memory goes with, is taken every other
 * millisecond; that needs {@link #OPENS}. Prints {@code sent N} now and then and {@code finished} when the truth is
 * there.
 */
public final class Datagrams {
    /** Begins each 16 bytes. */
    public static final int MAGIC = 0x4e55;
    /** How far apart two marks are. */
    public static final int MARK = 16;

    /** What the JVM must be told for {@code cleaning}. */
    public static final List<String> OPENS = List.of("--add-opens=java.base/jdk.internal.ref=ALL-UNNAMED",
            "--add-opens=java.base/java.lang.ref=ALL-UNNAMED");

    private static final String GROUP = "239.1.2.3";
    private static final long PATIENCE_NANOS = 500_000_000L;

    private final AtomicInteger sent = new AtomicInteger();
    private final List<Conversation> conversations = new ArrayList<>();
    private final int count;
    private final int largest;
    private final int ahead;
    private final int buffer;
    private final boolean told;
    private volatile boolean finish;

    private Datagrams(Arguments arguments) {
        count = arguments.number("count", 200);
        largest = arguments.number("largest", 1400);
        ahead = arguments.number("ahead", 50);
        buffer = arguments.number("buffer", 0);
        told = arguments.number("told", 0) != 0;
    }

    /** {@code name=value}. */
    private record Arguments(List<String> words) {
        String text(String name, String otherwise) {
            return words.stream().filter(word -> word.startsWith(name + '=')).findFirst()
                    .map(word -> word.substring(name.length() + 1)).orElse(otherwise);
        }

        int number(String name, int otherwise) {
            return Integer.parseInt(text(name, Integer.toString(otherwise)));
        }
    }

    public static void main(String[] args) throws Exception {
        var arguments = new Arguments(Arrays.asList(args));
        if (arguments.number("cleaning", 0) != 0) {
            Work.start(false, "cleaning", Datagrams::clean);
        }
        new Datagrams(arguments).run(arguments.text("families", "ipv4+ipv6+mapped").split("\\+"),
                Path.of(arguments.text("truth", "truth")));
    }

    private static void clean() throws Exception {
        Object cleaner = Class.forName("jdk.internal.ref.CleanerFactory").getMethod("cleaner").invoke(null);
        Object lock = field(field(cleaner, "impl"), "activeList");
        while (true) {
            synchronized (lock) {
                Thread.sleep(1);
            }
            Thread.sleep(1);
        }
    }

    private static Object field(Object of, String name) throws ReflectiveOperationException {
        Field field = of.getClass().getDeclaredField(name);
        field.setAccessible(true);
        return field.get(of);
    }

    private void run(String[] families, Path truth) throws Exception {
        for (String family : families) {
            for (boolean virtual : new boolean[] {false, true}) {
                for (Kind kind : Kind.values()) {
                    if (!family.equals("multicast") || !kind.connected) {
                        conversations.add(new Conversation(conversations.size(), kind, family, virtual));
                    }
                }
            }
        }
        System.out.println("open");
        var senders = new ArrayList<Thread>();
        for (Conversation conversation : conversations) {
            senders.addAll(conversation.startSenders());
        }
        if (ahead > 0) {
            conversations.forEach(Conversation::startReceivers);
        }
        if (told) {
            var input = new BufferedReader(new InputStreamReader(System.in));
            while (!"finish".equals(input.readLine())) {
                // other lines say nothing
            }
            finish = true;
        }
        for (Thread sender : senders) {
            sender.join();
        }
        if (ahead == 0) {
            conversations.forEach(Conversation::startReceivers);
        }
        awaitAll();
        for (Conversation conversation : conversations) {
            conversation.finish();
        }
        try (PrintWriter out = new PrintWriter(Files.newBufferedWriter(truth))) {
            conversations.forEach(conversation -> conversation.tell(out));
        }
        System.out.println("finished");
    }

    /** Waits until all has come that will. */
    private void awaitAll() {
        long last = System.nanoTime();
        int before = -1;
        for (int missing = missing(); missing > 0 && System.nanoTime() - last < PATIENCE_NANOS; missing = missing()) {
            if (missing != before) {
                before = missing;
                last = System.nanoTime();
            }
            LockSupport.parkNanos(1_000_000);
        }
    }

    private int missing() {
        return conversations.stream().mapToInt(Conversation::missing).sum();
    }

    /** The kinds of sockets, and whether the two ends are connected. */
    private enum Kind {
        SOCKET(false), CONNECTED_SOCKET(true), CHANNEL(false), CONNECTED_CHANNEL(true), SELECTOR(false);

        final boolean connected;

        Kind(boolean connected) {
            this.connected = connected;
        }
    }

    private record Entry(char way, int number, Thread thread, String method, long begin) {}

    /** Two sockets, two threads that send and two that receive. */
    private final class Conversation {
        private final int id;
        private final Kind kind;
        private final String family;
        private final boolean virtual;
        private final DatagramEnd from;
        private final DatagramEnd to;
        private final InetSocketAddress target;
        private final AtomicInteger numbers = new AtomicInteger();
        private final AtomicInteger received = new AtomicInteger();
        private final Queue<Entry> entries = new ConcurrentLinkedQueue<>();
        private final List<Thread> receivers = new ArrayList<>();
        private final CountDownLatch senders = new CountDownLatch(2);

        Conversation(int id, Kind kind, String family, boolean virtual) throws IOException {
            this.id = id;
            this.kind = kind;
            this.family = family;
            this.virtual = virtual;
            InetAddress any = InetAddress.getByName(family.equals("ipv6") ? "::1" : "127.0.0.1");
            from = open(any);
            // who is sent to by multicast is bound to any address
            to = open(family.equals("multicast") ? InetAddress.getByName("0.0.0.0") : any);
            if (buffer > 0) {
                to.buffer(buffer);
            }
            if (family.equals("multicast")) {
                to.join(InetAddress.getByName(GROUP));
                target = new InetSocketAddress(GROUP, to.address().getPort());
            } else {
                target = to.address();
            }
            if (kind.connected) {
                from.connect(to.address());
                to.connect(from.address());
            }
        }

        private DatagramEnd open(InetAddress address) throws IOException {
            if (kind == Kind.SOCKET || kind == Kind.CONNECTED_SOCKET) {
                return new DatagramEnd.OfSocket(new DatagramSocket(new InetSocketAddress(address, 0)), kind.connected);
            }
            DatagramChannel channel = family.equals("ipv4") || family.equals("multicast")
                    ? DatagramChannel.open(StandardProtocolFamily.INET) : DatagramChannel.open();
            channel.bind(new InetSocketAddress(address, 0));
            return kind == Kind.SELECTOR ? new DatagramEnd.OfSelector(channel) : new DatagramEnd.OfChannel(channel, kind.connected);
        }

        private Thread start(String role, int number, Work work) {
            return Work.start(virtual, role + '-' + id + '-' + number, work);
        }

        List<Thread> startSenders() {
            var started = new ArrayList<Thread>();
            for (int i = 0; i < 2; i++) {
                int number = i;
                started.add(start("sender", i, () -> send(number)));
            }
            return started;
        }

        void startReceivers() {
            for (int i = 0; i < 2; i++) {
                int number = i;
                receivers.add(start("receiver", i, () -> receive(number)));
            }
        }

        private void send(int thread) throws IOException {
            var random = new SplittableRandom(id * 2 + thread);
            for (int i = 0; told ? !finish : i < count / 2; i++) {
                while (ahead > 0 && numbers.get() - received.get() >= ahead) {
                    LockSupport.parkNanos(20_000);
                }
                int number = numbers.getAndIncrement();
                // one of 50 is empty but for its mark, which a datagram without payload could not have
                byte[] data = marked(i % 50 == 0 ? MARK : random.nextInt(MARK, largest + 1), thread, number);
                long begin = System.nanoTime();
                String method = thread == 0 ? from.send(data, target) : from.sendOtherwise(data, target);
                entries.add(new Entry('S', number, Thread.currentThread(), method, begin));
                int all = sent.incrementAndGet();
                if (all % 500 == 0) {
                    System.out.println("sent " + all);
                }
                if (told) {
                    LockSupport.parkNanos(10_000_000);
                }
            }
            senders.countDown();
        }

        private byte[] marked(int length, int thread, int number) {
            ByteBuffer data = ByteBuffer.allocate(length);
            while (data.remaining() >= MARK) {
                int at = data.position();
                data.putShort((short) MAGIC).putShort((short) id).putInt(thread).putInt(number).putInt(at);
            }
            return data.array();
        }

        private void receive(int thread) throws IOException {
            byte[] bytes = new byte[1 << 16];
            while (true) {
                long begin = System.nanoTime();
                String method = thread == 0 ? to.receive(bytes) : to.receiveOtherwise(bytes);
                if (method == null) {
                    return;
                }
                ByteBuffer got = ByteBuffer.wrap(bytes);
                if (got.getShort(0) != MAGIC || got.getShort(2) != id) {
                    throw new IOException("another datagram in conversation " + id);
                }
                entries.add(new Entry('R', got.getInt(8), Thread.currentThread(), method, begin));
                received.incrementAndGet();
            }
        }

        int missing() {
            return numbers.get() - received.get();
        }

        void finish() throws IOException, InterruptedException {
            senders.await();
            from.close();
            to.close();
            for (Thread receiver : receivers) {
                receiver.join();
            }
        }

        void tell(PrintWriter out) {
            out.println("C\t" + id + '\t' + kind + '\t' + family + '\t' + (virtual ? "virtual" : "platform"));
            for (Entry entry : entries) {
                out.println(entry.way + "\t" + id + '\t' + entry.number + '\t' + entry.thread.threadId() + '\t'
                        + entry.thread.getName() + '\t' + entry.method + '\t' + entry.begin);
            }
        }
    }
}
