package dev.netflight.it.app;

import java.io.IOException;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.ValueLayout;
import java.lang.instrument.Instrumentation;
import java.lang.reflect.Constructor;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ProtocolFamily;
import java.net.Socket;
import java.net.SocketAddress;
import java.net.StandardProtocolFamily;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.channels.spi.SelectorProvider;

/**
 * Uses sockets that came by another way than its own connect or accept. The first argument says which:
 *
 * <ul>
 *   <li>{@code inherited}: standard input, as from inetd, by {@code System.inheritedChannel()}
 *   <li>{@code passed}: a descriptor of another process, taken when a line comes; arguments: its pid and the descriptor
 *   <li>{@code agent}: one that this class has opened as an agent before the next agent and main; its option is the port
 * </ul>
 *
 * Writes and reads back some bytes on a thread {@code given} and prints {@code done}.
 */
public final class Given {
    /** Of the generic table, which x86-64 shares for these: include/uapi/asm-generic/unistd.h. */
    private static final long PIDFD_OPEN = 434;
    private static final long PIDFD_GETFD = 438;

    private static Socket opened;

    private Given() {}

    public static void premain(String port, Instrumentation inst) throws IOException {
        opened = new Socket(InetAddress.getByName("127.0.0.1"), Integer.parseInt(port));
    }

    private interface Conversation {
        void run() throws Throwable;
    }

    public static void main(String[] args) throws Exception {
        Conversation conversation = switch (args[0]) {
            case "inherited" -> () -> talk((SocketChannel) System.inheritedChannel());
            case "passed" -> {
                System.out.println("ready");
                System.in.read();
                SocketChannel channel = taken(Long.parseLong(args[1]), Integer.parseInt(args[2]));
                yield () -> talk(channel);
            }
            default -> () -> {
                writeGiven(opened);
                opened.getInputStream().readNBytes(5);
                opened.close();
            };
        };
        Thread.ofPlatform().name("given").start(() -> {
            try {
                conversation.run();
                System.out.println("done");
            } catch (Throwable problem) {
                problem.printStackTrace();
                System.exit(1);
            }
        }).join();
    }

    private static void writeGiven(Socket socket) throws IOException {
        socket.getOutputStream().write("hello".getBytes());
    }

    private static void talk(SocketChannel channel) throws IOException {
        writeGiven(channel);
        ByteBuffer back = ByteBuffer.allocate(5);
        while (back.hasRemaining()) {
            if (readGiven(channel, back) < 0) {
                throw new IOException("the end");
            }
        }
        channel.shutdownOutput();
    }

    private static void writeGiven(SocketChannel channel) throws IOException {
        channel.write(ByteBuffer.wrap("hello".getBytes()));
    }

    private static int readGiven(SocketChannel channel, ByteBuffer into) throws IOException {
        return channel.read(into);
    }

    /** pidfd_getfd(2), and the constructor that {@code inheritedChannel} uses. */
    private static SocketChannel taken(long pid, int fd) throws Exception {
        Linker linker = Linker.nativeLinker();
        var call = linker.downcallHandle(linker.defaultLookup().find("syscall").orElseThrow(), FunctionDescriptor.of(
                ValueLayout.JAVA_LONG, ValueLayout.JAVA_LONG, ValueLayout.JAVA_LONG, ValueLayout.JAVA_LONG,
                ValueLayout.JAVA_LONG), Linker.Option.firstVariadicArg(1));
        long own;
        try {
            long process = (long) call.invokeExact(PIDFD_OPEN, pid, 0L, 0L);
            own = (long) call.invokeExact(PIDFD_GETFD, process, (long) fd, 0L);
        } catch (Throwable problem) {
            throw new IOException(problem);
        }
        if (own < 0) {
            throw new IOException("no descriptor " + fd + " of " + pid);
        }
        Constructor<java.io.FileDescriptor> descriptor = java.io.FileDescriptor.class.getDeclaredConstructor(int.class);
        descriptor.setAccessible(true);
        Constructor<?> channel = Class.forName("sun.nio.ch.SocketChannelImpl").getDeclaredConstructor(
                SelectorProvider.class, ProtocolFamily.class, java.io.FileDescriptor.class, SocketAddress.class);
        channel.setAccessible(true);
        return (SocketChannel) channel.newInstance(SelectorProvider.provider(), StandardProtocolFamily.INET,
                descriptor.newInstance((int) own), new InetSocketAddress(InetAddress.getByName("127.0.0.1"), 9));
    }
}
