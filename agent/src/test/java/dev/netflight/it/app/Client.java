package dev.netflight.it.app;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.io.PrintWriter;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.concurrent.locks.ReentrantLock;

/**
 * Writes to an echo server and reads what comes back, and at its end says the truth about it: which thread wrote, and
 * which read, which bytes of which connection, and in which method of this class.
 *
 * <p>Every 16 bytes say where they stand: magic (u16), connection (u8), thread (u8), operation (u32), offset in the
 * connection's stream (u64), big-endian. Each connection is written and read by several threads in turn, of the same
 * kind; each way to write and to read has a method of its own, and odd threads use another than even ones.
 *
 * <p>Arguments: the server's port, the file for the truth, the least number of operations, the pause between a thread's
 * operations in microseconds, {@code mixed} sizes, most of them small, or {@code large} ones, and {@code told} to go on
 * until a line {@code finish} comes and to keep the connections until another line. Prints {@code operations N} now and then and
 * {@code finished} when all that was written has come back and the truth is there.
 */
public final class Client {
    /** Begins each 16 bytes. */
    public static final int MAGIC = 0x4e46;
    /** How far apart two marks are. */
    public static final int MARK = 16;

    private static final int PLATFORM_THREADS = 4;
    private static final int VIRTUAL_THREADS = 8;
    private static final int READERS = 2;
    private static final int LARGEST_OPERATION = 256 << 10;

    private final AtomicInteger operations = new AtomicInteger();
    private final List<Connection> connections = new ArrayList<>();
    private final int least;
    private final long pauseNanos;
    private final boolean large;
    private final boolean told;
    private volatile boolean finish;

    private Client(int least, long pauseNanos, boolean large, boolean told) {
        this.least = least;
        this.pauseNanos = pauseNanos;
        this.large = large;
        this.told = told;
    }

    public static void main(String[] args) throws Exception {
        InetSocketAddress server = new InetSocketAddress(InetAddress.getByName("127.0.0.1"), Integer.parseInt(args[0]));
        new Client(Integer.parseInt(args[2]), Long.parseLong(args[3]) * 1_000, args[4].equals("large"),
                args.length > 5 && args[5].equals("told")).run(server, Path.of(args[1]));
    }

    private void run(InetSocketAddress server, Path truth) throws Exception {
        List<Connection> platform = connect(server, false);
        List<Connection> virtual = connect(server, true);
        var writers = new ArrayList<Thread>();
        for (int i = 0; i < PLATFORM_THREADS; i++) {
            int number = i;
            writers.add(Work.start(false, "writer-" + i, () -> write(platform, number, share(PLATFORM_THREADS))));
        }
        for (int i = 0; i < VIRTUAL_THREADS; i++) {
            int number = PLATFORM_THREADS + i;
            writers.add(Work.start(true, "virtual-writer-" + i, () -> write(virtual, number, share(VIRTUAL_THREADS))));
        }
        var readers = new ArrayList<Thread>();
        for (Connection connection : connections) {
            for (int i = 0; i < READERS; i++) {
                int number = i;
                String name = "reader-" + connection.number + '-' + i;
                readers.add(Work.start(connection.virtual, (connection.virtual ? "virtual-" : "") + name,
                        () -> read(connection, number)));
            }
        }
        var input = new BufferedReader(new InputStreamReader(System.in));
        if (told) {
            while (!"finish".equals(input.readLine())) {
                // other lines say nothing
            }
            finish = true;
        }
        for (Thread writer : writers) {
            writer.join();
        }
        for (Connection connection : connections) {
            connection.awaitAllBack();
        }
        writeTruth(truth);
        System.out.println("finished");
        if (told) {
            input.readLine();
        }
        for (Connection connection : connections) {
            connection.shutdownOutput();
        }
        for (Thread reader : readers) {
            reader.join();
        }
        for (Connection connection : connections) {
            connection.close();
        }
    }

    /** What each of so many threads writes at least; both kinds write half. */
    private int share(int threads) {
        return Math.ceilDiv(least, 2 * threads);
    }

    private List<Connection> connect(InetSocketAddress server, boolean virtual) throws IOException {
        var made = new ArrayList<Connection>();
        for (int i = 0; i < 2; i++) {
            made.add(new SocketConnection(connections.size() + made.size(), virtual, server));
            made.add(new BlockingConnection(connections.size() + made.size(), virtual, server));
            made.add(new SelectorConnection(connections.size() + made.size(), virtual, server));
        }
        connections.addAll(made);
        return made;
    }

    private void write(List<Connection> among, int thread, int atLeast) throws IOException {
        var random = new SplittableRandom(thread);
        for (int i = 0; i < atLeast || told && !finish; i++) {
            int operation = operations.getAndIncrement();
            if (operation % 500 == 0) {
                System.out.println("operations " + operation);
            }
            Connection connection = among.get(random.nextInt(among.size()));
            int length = size(random);
            connection.writing.lock();
            try {
                byte[] data = connection.marked(length, thread, operation);
                long begin = System.nanoTime();
                long from = connection.written;
                String method = connection.write(data, thread % 2 != 0);
                connection.written = from + length;
                connection.writes.add(new Entry(from, connection.written, Thread.currentThread(), method, begin));
            } finally {
                connection.writing.unlock();
            }
            if (pauseNanos > 0) {
                LockSupport.parkNanos(pauseNanos);
            }
        }
    }

    /** 16 B to 256 KiB, a multiple of the mark's length. */
    private int size(SplittableRandom random) {
        int of100 = large ? 99 : random.nextInt(100);
        int largest = of100 < 70 ? 512 : of100 < 90 ? 8 << 10 : of100 < 98 ? 64 << 10 : LARGEST_OPERATION;
        return MARK * random.nextInt(1, largest / MARK + 1);
    }

    private void read(Connection connection, int number) throws IOException {
        var random = new SplittableRandom(1_000 + connection.number * READERS + number);
        ByteBuffer buffer = ByteBuffer.allocateDirect(1 << 16);
        while (true) {
            connection.reading.lock();
            try {
                int limit = random.nextInt(10) < 3 ? random.nextInt(1, 1 << 16) : random.nextInt(1, 2048);
                buffer.clear().limit(limit);
                long begin = System.nanoTime();
                long from = connection.back;
                String method = connection.read(buffer, number % 2 != 0);
                if (buffer.position() == 0) {
                    return;
                }
                connection.reads.add(new Entry(from, from + buffer.position(), Thread.currentThread(), method, begin));
                connection.back = from + buffer.position();
            } finally {
                connection.reading.unlock();
            }
            // another reader's turn
            Thread.yield();
        }
    }

    private void writeTruth(Path file) throws IOException {
        try (PrintWriter out = new PrintWriter(Files.newBufferedWriter(file))) {
            for (Connection connection : connections) {
                out.println("C\t" + connection.number + '\t' + connection.ports + '\t' + connection.variant() + '\t'
                        + (connection.virtual ? "virtual" : "platform"));
                connection.writing.lock();
                try {
                    connection.writes.forEach(entry -> out.println("W\t" + connection.number + '\t' + entry.line()));
                } finally {
                    connection.writing.unlock();
                }
                connection.reads.forEach(entry -> out.println("R\t" + connection.number + '\t' + entry.line()));
            }
            if (out.checkError()) {
                throw new IOException("the truth could not be written");
            }
        }
    }

    private record Entry(long from, long to, Thread thread, String method, long begin) {
        String line() {
            return from + "\t" + to + '\t' + thread.threadId() + '\t' + thread.getName() + "\tClient." + method + '\t' + begin;
        }
    }

    // ---- the ways to write and to read: each its own method ------------------------------------------------------

    private static void writeWithSocket(OutputStream out, byte[] data) throws IOException {
        out.write(data);
    }

    private static void writeHalvesWithSocket(OutputStream out, byte[] data) throws IOException {
        out.write(data, 0, data.length / 2);
        out.write(data, data.length / 2, data.length - data.length / 2);
    }

    private static void writeWithChannel(SocketChannel channel, ByteBuffer data) throws IOException {
        while (data.hasRemaining()) {
            channel.write(data);
        }
    }

    private static void gatherWrite(SocketChannel channel, ByteBuffer[] parts) throws IOException {
        while (parts[parts.length - 1].hasRemaining()) {
            channel.write(parts);
        }
    }

    private static void writeWhenReady(SocketChannel channel, Selector selector, ByteBuffer data) throws IOException {
        while (data.hasRemaining()) {
            if (channel.write(data) == 0) {
                awaitReady(selector);
            }
        }
    }

    private static void gatherWhenReady(SocketChannel channel, Selector selector, ByteBuffer[] parts) throws IOException {
        while (parts[parts.length - 1].hasRemaining()) {
            if (channel.write(parts) == 0) {
                awaitReady(selector);
            }
        }
    }

    private static int readWithSocket(InputStream in, byte[] buffer) throws IOException {
        return in.read(buffer);
    }

    private static int readFullyWithSocket(InputStream in, byte[] buffer) throws IOException {
        return in.readNBytes(buffer, 0, buffer.length);
    }

    private static int readWithChannel(SocketChannel channel, ByteBuffer buffer) throws IOException {
        return channel.read(buffer);
    }

    private static long scatterRead(SocketChannel channel, ByteBuffer[] parts) throws IOException {
        return channel.read(parts);
    }

    private static int readWhenReady(SocketChannel channel, Selector selector, ByteBuffer buffer) throws IOException {
        while (true) {
            int n = channel.read(buffer);
            if (n != 0) {
                return n;
            }
            awaitReady(selector);
        }
    }

    private static long scatterWhenReady(SocketChannel channel, Selector selector, ByteBuffer[] parts)
            throws IOException {
        while (true) {
            long n = channel.read(parts);
            if (n != 0) {
                return n;
            }
            awaitReady(selector);
        }
    }

    private static void awaitReady(Selector selector) throws IOException {
        selector.select();
        selector.selectedKeys().clear();
    }

    // ---- connections ---------------------------------------------------------------------------------------------

    /** What is written and read is told in these; each direction has a lock, which its threads take in turn. */
    private abstract static class Connection {
        final int number;
        final boolean virtual;
        final ReentrantLock writing = new ReentrantLock();
        final ReentrantLock reading = new ReentrantLock(true);
        final List<Entry> writes = new ArrayList<>();
        /** Only safe to look at when all is back. */
        final List<Entry> reads = new ArrayList<>();
        long written;
        volatile long back;
        /** Its own port and the server's. */
        String ports;

        Connection(int number, boolean virtual) {
            this.number = number;
            this.virtual = virtual;
        }

        byte[] marked(int length, int thread, int operation) {
            ByteBuffer data = ByteBuffer.allocate(length);
            for (long at = written; data.hasRemaining(); at += MARK) {
                data.putShort((short) MAGIC).put((byte) number).put((byte) thread).putInt(operation).putLong(at);
            }
            return data.array();
        }

        void awaitAllBack() {
            while (back < written) {
                LockSupport.parkNanos(1_000_000);
            }
        }

        /** @return the method that wrote */
        abstract String write(byte[] data, boolean other) throws IOException;

        /** @return the method that read; nothing is read at the end */
        abstract String read(ByteBuffer buffer, boolean other) throws IOException;

        abstract String variant();

        abstract void shutdownOutput() throws IOException;

        abstract void close() throws IOException;
    }

    private static final class SocketConnection extends Connection {
        private final Socket socket;
        private final OutputStream out;
        private final InputStream in;

        SocketConnection(int number, boolean virtual, InetSocketAddress server) throws IOException {
            super(number, virtual);
            socket = new Socket();
            socket.connect(server);
            ports = Endpoint.ports(socket);
            out = socket.getOutputStream();
            in = socket.getInputStream();
        }

        @Override
        String write(byte[] data, boolean other) throws IOException {
            if (other) {
                writeHalvesWithSocket(out, data);
                return "writeHalvesWithSocket";
            }
            writeWithSocket(out, data);
            return "writeWithSocket";
        }

        @Override
        String read(ByteBuffer buffer, boolean other) throws IOException {
            // up to the next mark: to wait for more could be to wait for the end
            byte[] bytes = new byte[other ? (int) Math.min(MARK - back % MARK, buffer.remaining())
                    : buffer.remaining()];
            int n = other ? readFullyWithSocket(in, bytes) : readWithSocket(in, bytes);
            buffer.position(Math.max(n, 0));
            return other ? "readFullyWithSocket" : "readWithSocket";
        }

        @Override
        String variant() {
            return "Socket";
        }

        @Override
        void shutdownOutput() throws IOException {
            socket.shutdownOutput();
        }

        @Override
        void close() throws IOException {
            socket.close();
        }
    }

    private static final class BlockingConnection extends Connection {
        private final SocketChannel channel;

        BlockingConnection(int number, boolean virtual, InetSocketAddress server) throws IOException {
            super(number, virtual);
            channel = SocketChannel.open(server);
            ports = Endpoint.ports(channel.socket());
        }

        @Override
        String write(byte[] data, boolean other) throws IOException {
            if (other) {
                gatherWrite(channel, inParts(ByteBuffer.wrap(data)));
                return "gatherWrite";
            }
            writeWithChannel(channel, ByteBuffer.wrap(data));
            return "writeWithChannel";
        }

        @Override
        String read(ByteBuffer buffer, boolean other) throws IOException {
            if (other) {
                ByteBuffer[] parts = inParts(buffer);
                buffer.position((int) Math.max(scatterRead(channel, parts), 0));
                return "scatterRead";
            }
            readWithChannel(channel, buffer);
            return "readWithChannel";
        }

        @Override
        String variant() {
            return "blocking channel";
        }

        @Override
        void shutdownOutput() throws IOException {
            channel.shutdownOutput();
        }

        @Override
        void close() throws IOException {
            channel.close();
        }
    }

    private static final class SelectorConnection extends Connection {
        private final SocketChannel channel;
        private final Selector readable;
        private final Selector writable;

        SelectorConnection(int number, boolean virtual, InetSocketAddress server) throws IOException {
            super(number, virtual);
            channel = SocketChannel.open(server);
            ports = Endpoint.ports(channel.socket());
            channel.configureBlocking(false);
            readable = Selector.open();
            writable = Selector.open();
            channel.register(readable, SelectionKey.OP_READ);
            channel.register(writable, SelectionKey.OP_WRITE);
        }

        @Override
        String write(byte[] data, boolean other) throws IOException {
            if (other) {
                gatherWhenReady(channel, writable, inParts(ByteBuffer.wrap(data)));
                return "gatherWhenReady";
            }
            writeWhenReady(channel, writable, ByteBuffer.wrap(data));
            return "writeWhenReady";
        }

        @Override
        String read(ByteBuffer buffer, boolean other) throws IOException {
            if (other) {
                ByteBuffer[] parts = inParts(buffer);
                buffer.position((int) Math.max(scatterWhenReady(channel, readable, parts), 0));
                return "scatterWhenReady";
            }
            readWhenReady(channel, readable, buffer);
            return "readWhenReady";
        }

        @Override
        String variant() {
            return "selector channel";
        }

        @Override
        void shutdownOutput() throws IOException {
            channel.shutdownOutput();
        }

        @Override
        void close() throws IOException {
            channel.close();
            readable.close();
            writable.close();
        }
    }

    private static ByteBuffer[] inParts(ByteBuffer whole) {
        int third = whole.remaining() / 3;
        return new ByteBuffer[] {whole.slice(0, third), whole.slice(third, third),
                whole.slice(2 * third, whole.remaining() - 2 * third)};
    }
}
