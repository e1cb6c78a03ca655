package dev.netflight.instrument;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Predicate;

/**
 * The hooks in classes that may be loaded at any time, by any loader and more than once: Netty's, also where another library
 * carries them under a name of its own (grpc-netty-shaded), and those of the JDK in which one thread writes what another has
 * handed over.
 *
 * <p>Netty's own natives are followed where they are called, since there is no Java code nearer to the system call. Who handed
 * bytes over is followed by the objects that stand for them on their way: see {@code docs/attribution.md}.
 */
final class LibraryHooks {
    // OperationKind's codes; this package does not know the model
    private static final int CONNECT = 1;
    private static final int ACCEPT = 2;
    private static final int READ = 3;
    private static final int WRITE = 4;
    private static final int SENDFILE = 7;
    private static final int SHUTDOWN = 8;
    private static final int CLOSE = 9;

    private static final String BUFFER = "Ljava/nio/ByteBuffer;";
    private static final String LIST = "Ljava/util/List;";

    private static final String NETTY = "netty/channel/";
    private static final String DESCRIPTOR = NETTY + "unix/FileDescriptor";
    private static final String SOCKET = NETTY + "unix/Socket";
    private static final String CONTEXT = NETTY + "AbstractChannelHandlerContext";
    private static final String TASK = CONTEXT + "$WriteTask";
    private static final String QUEUE = NETTY + "ChannelOutboundBuffer";
    private static final String ENTRY = QUEUE + "$Entry";
    private static final String PROMISE = "L%" + NETTY + "ChannelPromise;";

    private static final String HTTP = "jdk/internal/net/http/";
    private static final String MULTI = HTTP + "MultiExchange";
    private static final String EXCHANGE = HTTP + "Exchange";
    private static final String FRAME = HTTP + "frame/DataFrame";
    private static final String TLS = HTTP + "common/SSLFlowDelegate";
    private static final String WRITER = TLS + "$Writer";
    private static final String SOCKETS = HTTP + "websocket/";
    private static final String SEND_TASK = SOCKETS + "TransportImpl$SendTask";
    private static final String FUTURE = "Ljava/util/concurrent/CompletableFuture;";
    private static final String ASYNC = "sun/nio/ch/UnixAsynchronousSocketChannelImpl";

    /** Argument of {@code begin}, as {@code java.lang.NetflightOrigin1} has it. */
    private static final Value ITEM = Value.number(1);
    private static final Value QUEUEING = Value.number(2);
    private static final Value WRITING = Value.number(3);
    private static final Value READING = Value.number(4);

    /** What is woven together: a row of {@code status}. */
    record Library(String word, String gives, List<Site> sites) {}

    static final Library NETTY_NATIVE = new Library("netty-native",
            "Netty's epoll transport; of io_uring's packets only the connection is known", List.of(
            new NativeCall(DESCRIPTOR, CLOSE, "close", "(I)I"),
            new NativeCall(DESCRIPTOR, WRITE, "write", "(I" + BUFFER + "II)I"),
            new NativeCall(DESCRIPTOR, WRITE, "writeAddress", "(IJII)I"),
            new NativeCall(DESCRIPTOR, WRITE, "writev", "(I[" + BUFFER + "IIJ)J"),
            new NativeCall(DESCRIPTOR, WRITE, "writevAddresses", "(IJI)J"),
            new NativeCall(DESCRIPTOR, READ, "read", "(I" + BUFFER + "II)I"),
            new NativeCall(DESCRIPTOR, READ, "readAddress", "(IJII)I"),
            new NativeCall(SOCKET, CONNECT, "connect", "(IZ[BII)I"),
            new NativeCall(SOCKET, ACCEPT, "accept", "(I[B)I"),
            new NativeCall(SOCKET, WRITE, "send", "(I" + BUFFER + "II)I"),
            new NativeCall(SOCKET, WRITE, "sendAddress", "(IJII)I"),
            new NativeCall(SOCKET, READ, "recv", "(I" + BUFFER + "II)I"),
            new NativeCall(SOCKET, READ, "recvAddress", "(IJII)I"),
            new NativeCall(SOCKET, SHUTDOWN, "shutdown", "(IZZ)I"),
            new NativeCall(NETTY + "epoll/LinuxSocket", SENDFILE, "sendFile",
                    "(IL%" + NETTY + "DefaultFileRegion;JJJ)J")));

    static final Library NETTY_ORIGIN = new Library("netty-origin", "who called Channel.write", List.of(
            new Mark(TASK, "newInstance", "(L%" + CONTEXT + ";Ljava/lang/Object;" + PROMISE + "Z)L%" + TASK + ";",
                    Point.EXIT, "submitted", Value.RESULT, Value.parameter(0)),
            new Mark(TASK, "run", "()V", Point.AROUND, "begin", Value.THIS,
                    Value.field("promise", PROMISE), QUEUEING),
            new CallMark(CONTEXT, null, null, "flush", "(L%" + NETTY + "ChannelHandlerContext;)V", false,
                    "flushing"),
            new Mark(ENTRY, "newInstance", "(Ljava/lang/Object;IJ" + PROMISE + ")L%" + ENTRY + ";",
                    Point.EXIT, "queued", Value.RESULT),
            new Mark(QUEUE, "progress", "(J)V", Point.ENTRY, "sent",
                    Value.field("flushedEntry", "L%" + ENTRY + ";"), Value.parameter(0)),
            new Mark(NETTY + "AbstractChannel$AbstractUnsafe", "flush0", "()V", Point.AROUND, "begin",
                    Value.NULL, Value.NULL, WRITING)));

    static final Library NETTY_HANDLER = new Library("netty-handler", "which of Netty's handlers got what was read", List.of(
            new Mark(NETTY + "epoll/AbstractEpollStreamChannel$EpollStreamUnsafe", "epollInReady", "()V", Point.AROUND, "begin",
                    Value.NULL, Value.NULL, READING),
            new Mark(NETTY + "nio/AbstractNioByteChannel$NioByteUnsafe", "read", "()V", Point.AROUND, "begin",
                    Value.NULL, Value.NULL, READING),
            new CallMark(CONTEXT, null, null, "channelRead", "(L%" + NETTY + "ChannelHandlerContext;Ljava/lang/Object;)V", false,
                    "reached", Value.RECEIVER)));

    static final Library HTTP_ORIGIN = new Library("httpclient-origin", "who called HttpClient.send", List.of(
            new Mark(MULTI, "<init>", "(Ljava/net/http/HttpRequest;L" + HTTP + "HttpRequestImpl;L" + HTTP
                            + "HttpClientImpl;Ljava/net/http/HttpResponse$BodyHandler;"
                            + "Ljava/net/http/HttpResponse$PushPromiseHandler;)V",
                    Point.EXIT, "submitted", Value.THIS, Value.NULL),
            new Mark(MULTI, "<init>", "(Ljava/net/http/HttpRequest;L" + HTTP + "HttpRequestImpl;L" + HTTP
                            + "HttpClientImpl;Ljava/net/http/HttpResponse$BodyHandler;"
                            + "Ljava/net/http/HttpResponse$PushPromiseHandler;)V",
                    Point.EXIT, "passed", Value.field("exchange", "L" + EXCHANGE + ";"), Value.THIS),
            new Mark(EXCHANGE, "<init>", "(L" + HTTP + "HttpRequestImpl;L" + MULTI + ";)V",
                    Point.EXIT, "passed", Value.THIS, Value.parameter(1)),
            new Mark(HTTP + "ExchangeImpl", "<init>", "(L" + EXCHANGE + ";)V",
                    Point.EXIT, "passed", Value.THIS, Value.parameter(0)),
            new Mark(HTTP + "Http1Exchange", "appendToOutgoing", "(" + LIST + ")V",
                    Point.ENTRY, "passed", Value.parameter(0), Value.THIS),
            new Mark(HTTP + "Http2Connection", "encodeHeaders",
                    "(L" + HTTP + "frame/OutgoingHeaders;L" + HTTP + "Stream;)" + LIST,
                    Point.EXIT, "passed", Value.RESULT, Value.parameter(1)),
            new Mark(HTTP + "Http2Connection", "encodeFrame", "(L" + HTTP + "frame/Http2Frame;)" + LIST,
                    Point.EXIT, "passed", Value.RESULT, Value.parameter(0)),
            new Mark(HTTP + "Stream", "sendDataFrame", "(L" + FRAME + ";)V",
                    Point.ENTRY, "passed", Value.parameter(0), Value.THIS),
            new Mark(HTTP + "Stream", "getEmptyEndStreamDataFrame", "()L" + FRAME + ";",
                    Point.EXIT, "passed", Value.RESULT, Value.THIS),
            new Mark(WRITER, "incoming", "(" + LIST + "Z)V", Point.ENTRY, "spread", Value.parameter(0)),
            new Mark(WRITER, "wrapBuffers", "([" + BUFFER + ")L" + TLS + "$EngineResult;",
                    Point.ENTRY, "consuming", Value.parameter(0)),
            new Mark(WRITER, "wrapBuffers", "([" + BUFFER + ")L" + TLS + "$EngineResult;",
                    Point.EXIT, "consumed", Value.RESULT, Value.parameter(0)),
            new Mark(WRITER, "sendResultBytes", "(L" + TLS + "$EngineResult;)V", Point.AROUND, "begin",
                    Value.parameter(0), Value.NULL, QUEUEING),
            new Mark(HTTP + "common/SubscriberWrapper", "outgoing", "(" + LIST + "Z)V", Point.ENTRY, "queued",
                    Value.parameter(0)),
            new Mark(HTTP + "SocketTube", "writeAvailable", "(" + LIST + ")J",
                    Point.AROUND, "begin", Value.parameter(0), Value.NULL, ITEM)));

    /** A message is known by its future. */
    static final Library WEBSOCKET_ORIGIN = new Library("websocket-origin", "who called WebSocket.send…", List.of(
            new Mark(SOCKETS + "MessageQueue", "add", "(L" + SOCKETS + "MessageQueue$Type;Ljava/util/function/Supplier;" + BUFFER
                            + "Ljava/nio/CharBuffer;ZILjava/lang/Object;Ljava/util/function/BiConsumer;" + FUTURE + ")V",
                    Point.ENTRY, "submitted", Value.parameter(8), Value.NULL),
            new CallMark(SEND_TASK, "tryCompleteWrite", "()Z", "write", "()Z", true, "begin",
                    Value.field("future", FUTURE), Value.NULL, QUEUEING),
            new Mark(HTTP + "RawChannelTube", "copy", "([" + BUFFER + "II)" + LIST, Point.EXIT, "queued", Value.RESULT)));

    static final Library ASYNC_ORIGIN = new Library("async-origin", "who called AsynchronousSocketChannel.write", List.of(
            new CallMark(ASYNC, "implWrite", null, "updateEvents", "()V", false, "submitted", Value.THIS, Value.NULL),
            new CallMark(ASYNC, "finishWrite", "(Z)V", "write", null, true, "begin", Value.THIS,
                    Value.NULL, ITEM)));

    static final List<Library> ALL = List.of(NETTY_NATIVE, NETTY_ORIGIN, NETTY_HANDLER, HTTP_ORIGIN, WEBSOCKET_ORIGIN, ASYNC_ORIGIN);

    private LibraryHooks() {}

    /** The owners of all sites in some libraries, each once: what a class's name is compared with. */
    static String[] owners(Predicate<Library> wanted) {
        Set<String> owners = new LinkedHashSet<>();
        for (Library library : ALL) {
            if (!wanted.test(library)) {
                continue;
            }
            for (Site site : library.sites()) {
                owners.add(site.owner());
            }
        }
        return owners.toArray(new String[0]);
    }

    /** A place in a library's class. In descriptors {@code %} stands for what its package's name begins with. */
    sealed interface Site {
        /** Internal name, without what a copy of the library puts before it. */
        String owner();

        /** For people. */
        String place();
    }

    /**
     * The calls of one of the owner's own static natives, whose first argument is a socket's descriptor: followed from before to
     * after.
     *
     * @param kind the operation kind's code
     */
    record NativeCall(String owner, int kind, String name, String descriptor) implements Site {
        @Override
        public String place() {
            return simple(owner) + '.' + name;
        }
    }

    /** Where in a method. */
    enum Point {
        ENTRY, EXIT,
        /** From the first instruction to each end, also by an exception; {@code end()} is called there. */
        AROUND
    }

    /** A call of {@code NetflightOrigin1} in a method. */
    record Mark(String owner, String method, String descriptor, Point point, String call, List<Value> values)
            implements Site {
        Mark(String owner, String method, String descriptor, Point point, String call, Value... values) {
            this(owner, method, descriptor, point, call, List.of(values));
        }

        @Override
        public String place() {
            return simple(owner) + '.' + method;
        }
    }

    /**
     * A call of {@code NetflightOrigin1} before each call of some method.
     *
     * @param method     in which, or {@code null} for any
     * @param descriptor that one's, or {@code null} for any
     * @param called     the method called, of whatever class
     * @param calledDescriptor that one's, or {@code null} for any
     * @param around     whether {@code end()} follows, also after an exception
     */
    record CallMark(String owner, String method, String descriptor, String called, String calledDescriptor, boolean around,
            String call, List<Value> values) implements Site {
        CallMark(String owner, String method, String descriptor, String called, String calledDescriptor, boolean around,
                String call, Value... values) {
            this(owner, method, descriptor, called, calledDescriptor, around, call, List.of(values));
        }

        @Override
        public String place() {
            return called + " in " + simple(owner) + (method == null ? "" : '.' + method);
        }
    }

    /** An argument of such a call. */
    record Value(Kind kind, int number, String name, String descriptor) {
        enum Kind { THIS, RESULT, RECEIVER, NULL, NUMBER, PARAMETER, FIELD }

        static final Value THIS = new Value(Kind.THIS, 0, null, null);
        /** What the method returns. */
        static final Value RESULT = new Value(Kind.RESULT, 0, null, null);
        /** Whose method is called; of a {@link CallMark}, and then the only one. */
        static final Value RECEIVER = new Value(Kind.RECEIVER, 0, null, null);
        static final Value NULL = new Value(Kind.NULL, 0, null, null);

        static Value number(int number) {
            return new Value(Kind.NUMBER, number, null, null);
        }

        /** A parameter, from 0. */
        static Value parameter(int index) {
            return new Value(Kind.PARAMETER, index, null, null);
        }

        /** A field of {@code this}. */
        static Value field(String name, String descriptor) {
            return new Value(Kind.FIELD, 0, name, descriptor);
        }
    }

    static List<Site> sites(String owner) {
        List<Site> sites = new ArrayList<>();
        for (Library library : ALL) {
            for (Site site : library.sites()) {
                if (site.owner().equals(owner)) {
                    sites.add(site);
                }
            }
        }
        return sites;
    }

    private static String simple(String owner) {
        return owner.substring(owner.lastIndexOf('/') + 1).replace('$', '.');
    }
}
