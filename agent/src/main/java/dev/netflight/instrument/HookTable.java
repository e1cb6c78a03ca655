package dev.netflight.instrument;

import java.lang.constant.MethodTypeDesc;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/**
 * The hooks inside the JVM: every way of a TCP or UDP socket's bytes through JDK 25 passes exactly one of them.
 *
 * <p>They lie as near to the system call as there is Java code. So a virtual thread does not change its carrier inside one
 * (to wait for a socket means to park above the dispatcher, and each retry is a call of its own).
 */
final class HookTable {
    private static final String CHANNELS = "sun/nio/ch/";
    private static final String FD = "Ljava/io/FileDescriptor;";

    /** Extends {@code UnixDispatcher}, as does the datagrams' dispatcher, and inherits {@code close}. */
    private static final String SOCKETS = CHANNELS + "SocketDispatcher";

    /** Where every {@code ProcessBuilder.start} ends; woven only where other processes than the JVM are followed. */
    static final String PROCESSES = "java/lang/ProcessImpl";
    private static final String DATAGRAMS = CHANNELS + "DatagramDispatcher";
    private static final String DATAGRAM_CHANNEL = CHANNELS + "DatagramChannelImpl";

    private static final String NETWORK = "java/net/";
    private static final String LOOKUP_ALL =
            "(Ljava/lang/String;Ljava/net/spi/InetAddressResolver$LookupPolicy;)[Ljava/net/InetAddress;";

    // OperationKind's codes; this package does not know the model
    private static final int CONNECT = 1;
    private static final int READ = 3;
    private static final int WRITE = 4;
    private static final int SEND = 5;
    private static final int RECEIVE = 6;
    private static final int SENDFILE = 7;
    private static final int CLOSE = 9;
    private static final int START = 10;

    static final List<Hook> HOOKS = List.of(
            new Body("connect", CONNECT, CHANNELS + "Net", "connect",
                    "(Ljava/net/ProtocolFamily;" + FD + "Ljava/net/InetAddress;I)I", 1, null,
                    "SYN: every kind of socket ends there"),

            new Call("accept", CHANNELS + "NioSocketImpl", "accept",
                    "(" + FD + FD + "[Ljava/net/InetSocketAddress;)I",
                    "ServerSocket"),
            new Call("accept", CHANNELS + "ServerSocketChannelImpl", "accept",
                    "(" + FD + FD + "[Ljava/net/InetSocketAddress;)I",
                    "ServerSocketChannel"),
            new Call("accept", CHANNELS + "UnixAsynchronousServerSocketChannelImpl", "accept",
                    "(" + FD + FD + "[Ljava/net/InetSocketAddress;)I",
                    "AsynchronousServerSocketChannel"),

            new Body("read", READ, SOCKETS, "read", "(" + FD + "JI)I", 0, null,
                    "Socket, SocketChannel, HttpClient, HttpServer, asynchronous channels"),
            new Body("read", READ, SOCKETS, "readv", "(" + FD + "JI)J", 0, null,
                    "scattering reads"),
            new Body("write", WRITE, SOCKETS, "write", "(" + FD + "JI)I", 0, null,
                    "Socket, SocketChannel, HttpClient, HttpServer, asynchronous channels"),
            new Body("write", WRITE, SOCKETS, "writev", "(" + FD + "JI)J", 0, null,
                    "gathering writes"),
            new Call("write", CHANNELS + "NioSocketImpl", "sendOOB", "(" + FD + "B)I",
                    "urgent data of Socket"),
            new Call("write", CHANNELS + "SocketChannelImpl", "sendOOB", "(" + FD + "B)I",
                    "urgent data of a SocketChannel's socket"),
            new Body("sendfile", SENDFILE, CHANNELS + "FileDispatcherImpl", "transferTo",
                    "(" + FD + "JJ" + FD + "Z)J", 3, null,
                    "FileChannel.transferTo a socket"),

            new Body("receive", RECEIVE, DATAGRAMS, "read", "(" + FD + "JI)I", 0, null,
                    "connected DatagramChannel"),
            new Body("receive", RECEIVE, DATAGRAMS, "readv", "(" + FD + "JI)J", 0, null,
                    "scattering reads of a DatagramChannel"),
            new Body("receive", RECEIVE, DATAGRAM_CHANNEL, "receiveIntoNativeBuffer", "(Ljava/nio/ByteBuffer;IIZ)I",
                    Body.FIELD, null, "DatagramSocket, DatagramChannel"),
            new Body("send", SEND, DATAGRAMS, "write", "(" + FD + "JI)I", 0, null,
                    "connected DatagramSocket and DatagramChannel"),
            new Body("send", SEND, DATAGRAMS, "writev", "(" + FD + "JI)J", 0, null,
                    "gathering writes of a DatagramChannel"),
            new Body("send", SEND, DATAGRAM_CHANNEL, "sendFromNativeBuffer",
                    "(" + FD + "Ljava/nio/ByteBuffer;Ljava/net/InetSocketAddress;)I", 0, null,
                    "DatagramSocket, DatagramChannel"),
            new Call("address", DATAGRAM_CHANNEL, "localAddress", "(" + FD + ")Ljava/net/InetSocketAddress;",
                    "a datagram socket's bind, connect and disconnect"),

            new Call("shutdown", CHANNELS + "NioSocketImpl", "shutdown", "(" + FD + "I)V",
                    "FIN of Socket"),
            new Call("shutdown", CHANNELS + "SocketChannelImpl", "shutdown", "(" + FD + "I)V",
                    "FIN of SocketChannel"),
            new Call("shutdown", CHANNELS + "AsynchronousSocketChannelImpl", "shutdown", "(" + FD + "I)V",
                    "FIN of AsynchronousSocketChannel"),

            new Body("close", CLOSE, CHANNELS + "UnixDispatcher", "close", "(" + FD + ")V", 0, SOCKETS,
                    "FIN or RST"),
            new Body("close", CLOSE, CHANNELS + "UnixDispatcher", "implPreClose", "(" + FD + "JJ)V", 0, SOCKETS,
                    "FIN or RST while other threads use the socket: its dup2 is the real close"),

            new Lookup("lookup", NETWORK + "Inet6AddressImpl", "lookupAllHostAddr", LOOKUP_ALL,
                    "hosts whose addresses are asked for"),
            new Lookup("lookup", NETWORK + "Inet4AddressImpl", "lookupAllHostAddr", LOOKUP_ALL,
                    "the same with -Djava.net.preferIPv4Stack=true"),

            new Body("start", START, PROCESSES, "start", "([Ljava/lang/String;Ljava/util/Map;Ljava/lang/String;"
                    + "[Ljava/lang/ProcessBuilder$Redirect;Z)Ljava/lang/Process;", Body.NONE, null,
                    "which call started a process, where processes are followed that the JVM starts"));

    /** One line of the table. */
    sealed interface Hook {
        /** What it follows; an operation kind's word. */
        String word();

        /** Internal name of the class to weave. */
        String owner();

        /** What is seen there, for people. */
        String gives();

        /** Where it is, for people. */
        String method();
    }

    /**
     * A method with a Java body, followed from its begin to its end.
     *
     * @param kind   the operation kind's code
     * @param socket which argument is the socket's file descriptor, from 0; {@link #FIELD}: the field {@code fd} of
     *               {@code this}; {@link #NONE}
     * @param onlyIf internal name of the class that {@code this} must be an instance of, or {@code null}
     */
    record Body(String word, int kind, String owner, String name, String descriptor, int socket, String onlyIf, String gives)
            implements Hook {
        static final int NONE = -1;
        static final int FIELD = -2;

        @Override
        public String method() {
            return readable(owner, name, descriptor);
        }
    }

    /** A method with a Java body that answers with the addresses of the host that is its first argument. */
    record Lookup(String word, String owner, String name, String descriptor, String gives) implements Hook {
        @Override
        public String method() {
            return readable(owner, name, descriptor);
        }
    }

    /**
     * A method of {@code sun.nio.ch.Net} that has no body, or is followed only here: the calls of it in {@code owner} go
     * instead to the method of the same name and descriptor in {@code sun.nio.ch.NetflightNet1}, which knows the operation's
     * kind.
     *
     * @param name the method's name
     */
    record Call(String word, String owner, String name, String descriptor, String gives) implements Hook {
        static final String FROM = CHANNELS + "Net";
        static final String TO = CHANNELS + "NetflightNet1";

        @Override
        public String method() {
            return readable(FROM, name, descriptor) + " in " + owner.replace('/', '.');
        }
    }

    private HookTable() {}

    /** The classes to weave, internal names, in the table's order. */
    static Set<String> owners() {
        Set<String> owners = new LinkedHashSet<>();
        for (Hook hook : HOOKS) {
            owners.add(hook.owner());
        }
        return owners;
    }

    /** The hooks in one class. */
    static List<Hook> in(String owner) {
        List<Hook> hooks = new ArrayList<>();
        for (Hook hook : HOOKS) {
            if (hook.owner().equals(owner)) {
                hooks.add(hook);
            }
        }
        return hooks;
    }

    /** Such as {@code sun.nio.ch.SocketDispatcher.read(FileDescriptor,long,int)int}. */
    private static String readable(String owner, String name, String descriptor) {
        return owner.replace('/', '.') + '.' + name + MethodTypeDesc.ofDescriptor(descriptor).displayDescriptor();
    }
}
