package dev.netflight.it.app;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.PrintWriter;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Queue;
import java.util.SplittableRandom;

/**
 * One side of conversations in which a client's bytes come back from a server, with an account of which call moved which
 * byte. Client and server each come on platform threads, on virtual threads and on one event loop.
 *
 * <p>Arguments: an address to listen on and a file for the account, or {@code -}.
 */
public final class Endpoint extends Side {
    private static final int EACH = 3;
    private static final int LARGEST = 32 << 10;

    private final List<Conversation> conversations = Collections.synchronizedList(new ArrayList<>());
    private final List<Conversation> clients = new ArrayList<>();
    private final List<Thread> serving = Collections.synchronizedList(new ArrayList<>());
    private final Loop serverLoop = new Loop("server-loop");
    private final Loop clientLoop = new Loop("client-loop");
    private final InetAddress address;

    private Endpoint(InetAddress address) throws IOException {
        this.address = address;
    }

    public static void main(String[] args) throws Exception {
        new Endpoint(InetAddress.getByName(args[0])).obey(args[1]);
    }

    // ---- server ----------------------------------------------------------------------------------------------------

    @Override
    String listen() throws IOException {
        var platform = new ServerSocket(0, 100, address);
        var virtual = ServerSocketChannel.open().bind(new InetSocketAddress(address, 0), 100);
        var loop = ServerSocketChannel.open().bind(new InetSocketAddress(address, 0), 100);
        Work.start(false, "accept-platform", () -> {
            for (int i = 0; ; i++) {
                Socket socket = platform.accept();
                var conversation = new StreamConversation("server", socket);
                serve(false, "server-platform-" + i, conversation);
            }
        });
        Work.start(true, "accept-virtual", () -> {
            for (int i = 0; ; i++) {
                SocketChannel channel = virtual.accept();
                serve(true, "server-virtual-" + i, new ChannelConversation("server", "virtual", channel));
            }
        });
        serverLoop.accept(loop);
        return platform.getLocalPort() + " " + virtual.socket().getLocalPort() + ' ' + loop.socket().getLocalPort();
    }

    private void serve(boolean virtual, String name, Conversation conversation) {
        conversations.add(conversation);
        serving.add(Work.start(virtual, name, () -> {
            ByteBuffer buffer = ByteBuffer.allocate(LARGEST);
            while (conversation.read(buffer.clear())) {
                conversation.number(buffer);
                conversation.write(buffer.flip());
            }
            conversation.close();
        }));
    }

    // ---- client ----------------------------------------------------------------------------------------------------

    @Override
    void connect(String peer, int[] ports, int firstNumber) throws IOException {
        int number = firstNumber;
        for (int i = 0; i < EACH; i++) {
            Socket socket = new Socket(peer, ports[0]);
            add(new StreamConversation("client", socket), number++);
            SocketChannel channel = SocketChannel.open(new InetSocketAddress(peer, ports[1]));
            add(new ChannelConversation("client", "virtual", channel), number++);
            SocketChannel inLoop = SocketChannel.open(new InetSocketAddress(peer, ports[2]));
            add(new ChannelConversation("client", "loop", inLoop), number++);
        }
    }

    private void add(Conversation conversation, int number) {
        conversation.number = number;
        conversations.add(conversation);
        clients.add(conversation);
    }

    @Override
    void talk(int bytes) throws InterruptedException {
        var threads = new ArrayList<Thread>();
        var inLoop = new ArrayList<ChannelConversation>();
        for (Conversation client : clients) {
            client.goal = client.written + bytes / Client.MARK * Client.MARK;
            if (client.threads.equals("loop")) {
                inLoop.add((ChannelConversation) client);
                continue;
            }
            boolean virtual = client.threads.equals("virtual");
            String name = "client-" + client.threads + '-' + client.number;
            threads.add(Work.start(virtual, name + "-writer", () -> {
                var random = new SplittableRandom(client.number);
                while (client.written < client.goal) {
                    client.write(client.next(random));
                }
            }));
            threads.add(Work.start(virtual, name + "-reader", () -> {
                var random = new SplittableRandom(1_000 + client.number);
                ByteBuffer buffer = ByteBuffer.allocate(LARGEST);
                while (client.back < client.goal) {
                    client.read(buffer.clear().limit(1 + random.nextInt(LARGEST)));
                }
            }));
        }
        clientLoop.talk(inLoop);
        for (Thread thread : threads) {
            thread.join();
        }
        clientLoop.awaitTalked(inLoop);
    }

    @Override
    void end() throws IOException, InterruptedException {
        for (Conversation client : clients) {
            client.close();
        }
        for (Thread thread : List.copyOf(serving)) {
            thread.join();
        }
    }

    @Override
    void account(PrintWriter out) {
        for (Conversation each : List.copyOf(conversations)) {
            out.println("C\t" + each.number + '\t' + each.ports + '\t' + each.role + '\t' + each.threads);
            each.writes.forEach(entry -> out.println("W\t" + each.number + '\t' + entry.line()));
            each.reads.forEach(entry -> out.println("R\t" + each.number + '\t' + entry.line()));
        }
    }

    /** Its own port and its peer's, as accounts have them: clients of different servers may have the same. */
    static String ports(Socket socket) {
        return socket.getLocalPort() + "\t" + socket.getPort();
    }

    // ---- the calls whose frames are looked for -----------------------------------------------------------------------

    private static void streamWrite(OutputStream out, ByteBuffer data) throws IOException {
        out.write(data.array(), data.position(), data.remaining());
    }

    private static int streamRead(InputStream in, ByteBuffer into) throws IOException {
        return in.read(into.array(), into.position(), into.remaining());
    }

    private static int channelWrite(SocketChannel channel, ByteBuffer data) throws IOException {
        return channel.write(data);
    }

    private static int channelRead(SocketChannel channel, ByteBuffer into) throws IOException {
        return channel.read(into);
    }

    private record Entry(long from, long to, Thread thread, String method, long begin) {
        String line() {
            return from + "\t" + to + '\t' + thread.threadId() + '\t' + thread.getName() + "\tEndpoint." + method + '\t'
                    + begin;
        }
    }

    /** One writes, one reads: each list has one thread, and is looked at when both are through. */
    private abstract static class Conversation {
        final String role;
        final String threads;
        final String ports;
        final List<Entry> writes = new ArrayList<>();
        final List<Entry> reads = new ArrayList<>();
        int number = -1;
        volatile long written;
        volatile long back;
        long goal;

        Conversation(String role, String threads, Socket socket) {
            this.role = role;
            this.threads = threads;
            this.ports = ports(socket);
        }

        /** A server learns it from the first mark. */
        void number(ByteBuffer received) {
            if (number < 0) {
                number = received.get(2) & 0xff;
            }
        }

        /** Marks: where each byte stands in the stream. */
        ByteBuffer next(SplittableRandom random) {
            int largest = random.nextInt(10) < 7 ? 512 : LARGEST;
            int length = (int) Math.min(goal - written, Client.MARK * (1 + random.nextInt(largest / Client.MARK)));
            ByteBuffer data = ByteBuffer.allocate(length);
            for (long at = written; data.hasRemaining(); at += Client.MARK) {
                data.putShort((short) Client.MAGIC).put((byte) number).put((byte) 0).putInt(0).putLong(at);
            }
            return data.flip();
        }

        /** Writes all. */
        abstract void write(ByteBuffer data) throws IOException;

        /** @return {@code false} at the end */
        abstract boolean read(ByteBuffer into) throws IOException;

        abstract void close() throws IOException;

        void wrote(int bytes, String method, long begin) {
            writes.add(new Entry(written, written + bytes, Thread.currentThread(), method, begin));
            written += bytes;
        }

        void read(int bytes, String method, long begin) {
            reads.add(new Entry(back, back + bytes, Thread.currentThread(), method, begin));
            back += bytes;
        }
    }

    private static final class StreamConversation extends Conversation {
        private final Socket socket;

        StreamConversation(String role, Socket socket) {
            super(role, "platform", socket);
            this.socket = socket;
        }

        @Override
        void write(ByteBuffer data) throws IOException {
            long begin = System.nanoTime();
            streamWrite(socket.getOutputStream(), data);
            wrote(data.remaining(), "streamWrite", begin);
        }

        @Override
        boolean read(ByteBuffer into) throws IOException {
            long begin = System.nanoTime();
            int n = streamRead(socket.getInputStream(), into);
            if (n <= 0) {
                return false;
            }
            into.position(into.position() + n);
            read(n, "streamRead", begin);
            return true;
        }

        @Override
        void close() throws IOException {
            socket.close();
        }
    }

    private static final class ChannelConversation extends Conversation {
        final SocketChannel channel;
        /** In a loop: what is on its way. */
        ByteBuffer pending = ByteBuffer.allocate(LARGEST).limit(0);
        final ByteBuffer arrived = ByteBuffer.allocate(LARGEST);
        final SplittableRandom random;

        ChannelConversation(String role, String threads, SocketChannel channel) {
            super(role, threads, channel.socket());
            this.channel = channel;
            this.random = new SplittableRandom(channel.socket().getLocalPort());
        }

        @Override
        void write(ByteBuffer data) throws IOException {
            while (data.hasRemaining()) {
                tryWrite(data);
            }
        }

        void tryWrite(ByteBuffer data) throws IOException {
            long begin = System.nanoTime();
            int n = channelWrite(channel, data);
            if (n > 0) {
                wrote(n, "channelWrite", begin);
            }
        }

        @Override
        boolean read(ByteBuffer into) throws IOException {
            return tryRead(into) >= 0;
        }

        int tryRead(ByteBuffer into) throws IOException {
            long begin = System.nanoTime();
            int n = channelRead(channel, into);
            if (n > 0) {
                read(n, "channelRead", begin);
            }
            return n;
        }

        @Override
        void close() throws IOException {
            channel.close();
        }
    }

    // ---- event loop ------------------------------------------------------------------------------------------------

    /** One thread for all its connections. */
    private final class Loop {
        private final Selector selector = Selector.open();
        private final Queue<Work> tasks = new ArrayDeque<>();
        private final Object talked = new Object();

        Loop(String name) throws IOException {
            Work.start(false, name, this::run);
        }

        private void run() throws Exception {
            while (true) {
                selector.select(key -> {
                    try {
                        ready(key);
                    } catch (IOException problem) {
                        Work.fail(problem);
                    }
                });
                for (Work task = poll(); task != null; task = poll()) {
                    task.run();
                }
            }
        }

        private void submit(Work task) {
            synchronized (tasks) {
                tasks.add(task);
            }
            selector.wakeup();
        }

        private Work poll() {
            synchronized (tasks) {
                return tasks.poll();
            }
        }

        void accept(ServerSocketChannel server) throws IOException {
            server.configureBlocking(false);
            submit(() -> server.register(selector, SelectionKey.OP_ACCEPT));
        }

        void talk(List<ChannelConversation> clients) {
            submit(() -> {
                for (ChannelConversation client : clients) {
                    client.channel.configureBlocking(false);
                    client.channel.register(selector, SelectionKey.OP_READ | SelectionKey.OP_WRITE, client);
                }
            });
        }

        void awaitTalked(List<ChannelConversation> clients) throws InterruptedException {
            synchronized (talked) {
                while (clients.stream().anyMatch(client -> client.back < client.goal)) {
                    talked.wait();
                }
            }
        }

        private void ready(SelectionKey key) throws IOException {
            if (key.isAcceptable()) {
                SocketChannel channel = ((ServerSocketChannel) key.channel()).accept();
                channel.configureBlocking(false);
                var conversation = new ChannelConversation("server", "loop", channel);
                conversations.add(conversation);
                channel.register(selector, SelectionKey.OP_READ, conversation);
                return;
            }
            ChannelConversation conversation = (ChannelConversation) key.attachment();
            if (conversation.role.equals("server")) {
                echo(key, conversation);
            } else {
                converse(key, conversation);
            }
        }

        private void echo(SelectionKey key, ChannelConversation conversation) throws IOException {
            if (!conversation.pending.hasRemaining()) {
                int n = conversation.tryRead(conversation.arrived.clear());
                if (n < 0) {
                    key.cancel();
                    conversation.close();
                    return;
                }
                conversation.number(conversation.arrived);
                conversation.pending = conversation.arrived.flip();
            }
            if (conversation.pending.hasRemaining()) {
                conversation.tryWrite(conversation.pending);
            }
            key.interestOps(conversation.pending.hasRemaining() ? SelectionKey.OP_WRITE : SelectionKey.OP_READ);
        }

        private void converse(SelectionKey key, ChannelConversation conversation) throws IOException {
            if (key.isReadable()) {
                conversation.tryRead(conversation.arrived.clear());
            }
            if (key.isWritable()) {
                if (!conversation.pending.hasRemaining() && conversation.written < conversation.goal) {
                    conversation.pending = conversation.next(conversation.random);
                }
                conversation.tryWrite(conversation.pending);
            }
            boolean more = conversation.pending.hasRemaining() || conversation.written < conversation.goal;
            key.interestOps(SelectionKey.OP_READ | (more ? SelectionKey.OP_WRITE : 0));
            if (conversation.back >= conversation.goal) {
                key.interestOps(0);
                synchronized (talked) {
                    talked.notifyAll();
                }
            }
        }
    }
}
