package dev.netflight.it.app;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.ValueLayout;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;

/**
 * One process with sockets in several network namespaces. Each pair of arguments is the file of a namespace and the port of
 * an echo server on its loopback; a thread of its own goes there and talks. Prints {@code done} for each.
 */
public final class InNamespaces {
    private static final int O_RDONLY = 0;
    private static final int CLONE_NEWNET = 0x40000000;

    private InNamespaces() {}

    public static void main(String[] args) throws InterruptedException {
        for (int i = 0; i < args.length; i += 2) {
            String namespace = args[i];
            int port = Integer.parseInt(args[i + 1]);
            Thread.ofPlatform().name("in-" + i / 2).start(() -> {
                try {
                    enter(namespace);
                    talk(port);
                    System.out.println("done");
                } catch (Throwable problem) {
                    problem.printStackTrace();
                }
            }).join();
        }
    }

    private static void talk(int port) throws IOException {
        try (Socket socket = new Socket()) {
            socket.connect(new InetSocketAddress(InetAddress.getByName("127.0.0.1"), port));
            socket.getOutputStream().write("hello".getBytes());
            socket.shutdownOutput();
            socket.getInputStream().readAllBytes();
        }
    }

    /** setns(2), for the calling thread. */
    private static void enter(String namespace) throws Throwable {
        Linker linker = Linker.nativeLinker();
        var open = linker.downcallHandle(linker.defaultLookup().find("open").orElseThrow(), FunctionDescriptor.of(
                ValueLayout.JAVA_INT, ValueLayout.ADDRESS, ValueLayout.JAVA_INT), Linker.Option.firstVariadicArg(2));
        var setns = linker.downcallHandle(linker.defaultLookup().find("setns").orElseThrow(), FunctionDescriptor.of(
                ValueLayout.JAVA_INT, ValueLayout.JAVA_INT, ValueLayout.JAVA_INT));
        try (Arena arena = Arena.ofConfined()) {
            int fd = (int) open.invokeExact(arena.allocateFrom(namespace), O_RDONLY);
            if (fd < 0 || (int) setns.invokeExact(fd, CLONE_NEWNET) != 0) {
                throw new IOException("enter " + namespace);
            }
        }
    }
}
