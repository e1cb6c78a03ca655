package dev.netflight.it.app;

import java.io.IOException;
import java.io.PrintWriter;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketException;
import java.nio.ByteBuffer;
import java.nio.channels.AsynchronousCloseException;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.DatagramChannel;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Queue;
import java.util.SplittableRandom;
import java.util.StringJoiner;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * {@link Endpoint} over UDP: a client's datagrams come back from a server, as far as the network brings them. Client and
 * server each come on platform threads (a {@link DatagramSocket}), on virtual threads (a channel that blocks, the client's
 * connected) and on one event loop (a channel with a selector).
 *
 * <p>Takes the arguments of {@link Endpoint}; {@code talk BYTES} sends that many on each conversation. The account
 * and the marks in the datagrams are those of {@link Datagrams}, the kind of socket in it is {@code client} or {@code server};
 * an answer has the marks of what it answers.
 */
public final class DatagramEndpoint extends Side {
    private static final int LARGEST = 1_400;
    /** How many datagrams of a client may be without an answer before it waits for one, and for how long it does. */
    private static final int AHEAD = 8;
    private static final int PATIENCE_MILLIS = 100;

    private final InetAddress address;
    private final List<Client> clients = new ArrayList<>();
    private final List<Server> servers = new ArrayList<>();
    private final Queue<String> calls = new ConcurrentLinkedQueue<>();

    private DatagramEndpoint(InetAddress address) {
        this.address = address;
    }

    public static void main(String[] args) throws Exception {
        new DatagramEndpoint(InetAddress.getByName(args[0])).obey(args[1]);
    }

    /** On which threads, and with which socket, one side works. */
    private enum Kind {
        PLATFORM, VIRTUAL, LOOP;

        String title() {
            return name().toLowerCase(Locale.ROOT);
        }

        End open(InetAddress address, InetSocketAddress peer) throws IOException {
            var any = new InetSocketAddress(address, 0);
            if (this == PLATFORM) {
                return new SocketEnd(new DatagramSocket(any));
            }
            DatagramChannel channel = DatagramChannel.open().bind(any);
            if (this == VIRTUAL) {
                return peer == null ? new ChannelEnd(channel) : new ConnectedEnd(channel.connect(peer));
            }
            return new LoopEnd(channel);
        }

        Thread start(String name, Work work) {
            return Work.start(this == VIRTUAL, name + '-' + title(), work);
        }
    }

    private void account(char way, ByteBuffer datagram, String method, long begin) {
        Thread thread = Thread.currentThread();
        calls.add(way + "\t" + datagram.getShort(2) + '\t' + datagram.getInt(8) + '\t' + thread.threadId() + '\t'
                + thread.getName() + '\t' + method + '\t' + begin);
    }

    // ---- server ----------------------------------------------------------------------------------------------------

    @Override
    String listen() throws IOException {
        var ports = new StringJoiner(" ");
        for (Kind kind : Kind.values()) {
            Server server = new Server(kind, kind.open(address, null));
            servers.add(server);
            ports.add(Integer.toString(server.end.port()));
        }
        return ports.toString();
    }

    /** Sends back whatever comes, and to whom it came from. */
    private final class Server {
        private final Kind kind;
        private final End end;
        private final Queue<Integer> conversations = new ConcurrentLinkedQueue<>();
        private final Thread thread;

        Server(Kind kind, End end) {
            this.kind = kind;
            this.end = end;
            this.thread = kind.start("server", this::serve);
        }

        private void serve() throws IOException {
            ByteBuffer buffer = ByteBuffer.allocate(LARGEST);
            while (true) {
                long begin = System.nanoTime();
                InetSocketAddress from = end.receive(buffer.clear(), 0);
                if (from == null) {
                    return;
                }
                buffer.flip();
                account('R', buffer, end.receiveMethod(), begin);
                int conversation = buffer.getShort(2);
                if (!conversations.contains(conversation)) {
                    conversations.add(conversation);
                }
                begin = System.nanoTime();
                end.send(buffer, from);
                account('S', buffer, end.sendMethod(), begin);
            }
        }
    }

    // ---- client ----------------------------------------------------------------------------------------------------

    /** Each kind of client with each kind of server. */
    @Override
    void connect(String peer, int[] ports, int firstNumber) throws IOException {
        int conversation = firstNumber;
        for (Kind kind : Kind.values()) {
            for (int port : ports) {
                clients.add(new Client(conversation++, kind, new InetSocketAddress(peer, port)));
            }
        }
    }

    @Override
    void talk(int bytes) throws Exception {
        var talking = new ArrayList<Thread>();
        for (Client client : clients) {
            talking.add(client.kind.start("client-" + client.conversation, () -> client.talk(bytes)));
        }
        for (Thread thread : talking) {
            thread.join();
        }
    }

    private final class Client {
        private final int conversation;
        private final Kind kind;
        private final InetSocketAddress server;
        private final End end;
        private final SplittableRandom random;
        private final AtomicInteger waiting = new AtomicInteger();
        private final Semaphore answered = new Semaphore(0);
        private final Thread reading;
        private int number;

        Client(int conversation, Kind kind, InetSocketAddress server) throws IOException {
            this.conversation = conversation;
            this.kind = kind;
            this.server = server;
            this.end = kind.open(address, server);
            this.random = new SplittableRandom(conversation);
            // an event loop reads between its writes
            this.reading = kind == Kind.LOOP ? null : kind.start("client-reads-" + conversation, this::read);
        }

        void talk(int bytes) throws Exception {
            for (int left = bytes; left > 0; ) {
                ByteBuffer data = marked(Datagrams.MARK + random.nextInt(LARGEST - Datagrams.MARK));
                left -= data.remaining();
                long begin = System.nanoTime();
                end.send(data, server);
                account('S', data, end.sendMethod(), begin);
                if (waiting.incrementAndGet() >= AHEAD) {
                    await();
                }
            }
            while (waiting.get() > 0) {
                await();
            }
        }

        /** For an answer; if none comes all are lost. */
        private void await() throws Exception {
            boolean one = kind == Kind.LOOP ? answer(PATIENCE_MILLIS)
                    : answered.tryAcquire(PATIENCE_MILLIS, TimeUnit.MILLISECONDS);
            if (one) {
                waiting.decrementAndGet();
            } else {
                waiting.set(0);
            }
        }

        private void read() throws IOException {
            while (answer(0)) {
                answered.release();
            }
        }

        private boolean answer(int millis) throws IOException {
            ByteBuffer buffer = ByteBuffer.allocate(LARGEST);
            long begin = System.nanoTime();
            if (end.receive(buffer, millis) == null) {
                return false;
            }
            account('R', buffer.flip(), end.receiveMethod(), begin);
            return true;
        }

        private ByteBuffer marked(int length) {
            ByteBuffer data = ByteBuffer.allocate(length);
            while (data.remaining() >= Datagrams.MARK) {
                int at = data.position();
                data.putShort((short) Datagrams.MAGIC).putShort((short) conversation).putInt(0).putInt(number).putInt(at);
            }
            number++;
            return data.clear();
        }
    }

    // ---- end -------------------------------------------------------------------------------------------------------

    @Override
    void end() throws Exception {
        for (Client client : clients) {
            client.end.close();
            if (client.reading != null) {
                client.reading.join();
            }
        }
        for (Server server : servers) {
            server.end.close();
            server.thread.join();
        }
    }

    @Override
    void account(PrintWriter out) {
        for (Client client : clients) {
            out.println("C\t" + client.conversation + "\tclient\tUDP\t" + client.kind.title());
        }
        for (Server server : servers) {
            for (int conversation : server.conversations) {
                out.println("C\t" + conversation + "\tserver\tUDP\t" + server.kind.title());
            }
        }
        calls.forEach(out::println);
    }

    // ---- the sockets --------------------------------------------------------------------------------------------------

    /** A socket of one side. */
    private interface End {
        void send(ByteBuffer data, InetSocketAddress to) throws IOException;

        /**
         * @param millis how long to wait if this is no more than an attempt; 0 for as long as it takes
         * @return whom it is from, {@code null} if none came or this is closed
         */
        InetSocketAddress receive(ByteBuffer into, int millis) throws IOException;

        String sendMethod();

        String receiveMethod();

        int port() throws IOException;

        void close() throws IOException;
    }

    private record SocketEnd(DatagramSocket socket) implements End {
        @Override
        public void send(ByteBuffer data, InetSocketAddress to) throws IOException {
            DatagramCalls.sendWithSocket(socket, new DatagramPacket(data.array(), data.limit(), to));
        }

        @Override
        public InetSocketAddress receive(ByteBuffer into, int millis) throws IOException {
            var packet = new DatagramPacket(into.array(), into.limit());
            try {
                DatagramCalls.receiveWithSocket(socket, packet);
            } catch (SocketException problem) {
                if (socket.isClosed()) {
                    return null;
                }
                throw problem;
            }
            into.position(packet.getLength());
            return (InetSocketAddress) packet.getSocketAddress();
        }

        @Override
        public String sendMethod() {
            return "sendWithSocket";
        }

        @Override
        public String receiveMethod() {
            return "receiveWithSocket";
        }

        @Override
        public int port() {
            return socket.getLocalPort();
        }

        @Override
        public void close() {
            socket.close();
        }
    }

    private interface OfChannel extends End {
        DatagramChannel channel();

        @Override
        default int port() throws IOException {
            return ((InetSocketAddress) channel().getLocalAddress()).getPort();
        }

        @Override
        default void close() throws IOException {
            channel().close();
        }
    }

    private record ChannelEnd(DatagramChannel channel) implements OfChannel {
        @Override
        public void send(ByteBuffer data, InetSocketAddress to) throws IOException {
            DatagramCalls.sendWithChannel(channel, data.duplicate(), to);
        }

        @Override
        public InetSocketAddress receive(ByteBuffer into, int millis) throws IOException {
            try {
                return DatagramCalls.receiveWithChannel(channel, into);
            } catch (AsynchronousCloseException closed) {
                return null;
            }
        }

        @Override
        public String sendMethod() {
            return "sendWithChannel";
        }

        @Override
        public String receiveMethod() {
            return "receiveWithChannel";
        }
    }

    private record ConnectedEnd(DatagramChannel channel) implements OfChannel {
        @Override
        public void send(ByteBuffer data, InetSocketAddress to) throws IOException {
            DatagramCalls.writeWithChannel(channel, data.duplicate());
        }

        @Override
        public InetSocketAddress receive(ByteBuffer into, int millis) throws IOException {
            try {
                DatagramCalls.readWithChannel(channel, into);
                return (InetSocketAddress) channel.getRemoteAddress();
            } catch (ClosedChannelException closed) {
                return null;
            }
        }

        @Override
        public String sendMethod() {
            return "writeWithChannel";
        }

        @Override
        public String receiveMethod() {
            return "readWithChannel";
        }
    }

    /** Asks a selector of its own when there is something to read. */
    private static final class LoopEnd implements OfChannel {
        private final DatagramChannel channel;
        private final Selector selector = Selector.open();

        LoopEnd(DatagramChannel channel) throws IOException {
            this.channel = channel;
            channel.configureBlocking(false).register(selector, SelectionKey.OP_READ);
        }

        @Override
        public void send(ByteBuffer data, InetSocketAddress to) throws IOException {
            DatagramCalls.sendInLoop(channel, data.duplicate(), to);
        }

        @Override
        public InetSocketAddress receive(ByteBuffer into, int millis) throws IOException {
            try {
                InetSocketAddress from = DatagramCalls.receiveInLoop(channel, into);
                while (from == null && channel.isOpen()) {
                    int ready = selector.select(millis);
                    selector.selectedKeys().clear();
                    from = DatagramCalls.receiveInLoop(channel, into);
                    if (from == null && ready == 0 && millis > 0) {
                        return null;
                    }
                }
                return from;
            } catch (ClosedChannelException closed) {
                return null;
            }
        }

        @Override
        public String sendMethod() {
            return "sendInLoop";
        }

        @Override
        public String receiveMethod() {
            return "receiveInLoop";
        }

        @Override
        public DatagramChannel channel() {
            return channel;
        }

        @Override
        public void close() throws IOException {
            channel.close();
            selector.wakeup();
        }
    }
}
