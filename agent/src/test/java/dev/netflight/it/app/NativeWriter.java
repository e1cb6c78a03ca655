package dev.netflight.it.app;

import java.io.FileDescriptor;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.lang.reflect.Field;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.channels.SocketChannel;

/**
 * Opens a channel and then calls write(2) and read(2) itself: first on the thread {@code opener}, which has opened it, then on the
 * thread {@code native-mover}, which makes no other call. Argument: the port of an echo server. Prints {@code done}.
 */
public final class NativeWriter {
    private static final MethodHandle WRITE = call("write");
    private static final MethodHandle READ = call("read");

    private NativeWriter() {}

    private static MethodHandle call(String name) {
        Linker linker = Linker.nativeLinker();
        return linker.downcallHandle(linker.defaultLookup().find(name).orElseThrow(), FunctionDescriptor.of(
                ValueLayout.JAVA_LONG, ValueLayout.JAVA_INT, ValueLayout.ADDRESS, ValueLayout.JAVA_LONG));
    }

    public static void main(String[] args) throws Exception {
        Thread.ofPlatform().name("opener").start(() -> run(Integer.parseInt(args[0]))).join();
        System.out.println("done");
    }

    private static void run(int port) {
        try (SocketChannel channel = SocketChannel.open(new InetSocketAddress(InetAddress.getByName("127.0.0.1"), port))) {
            int fd = number(channel);
            move(fd, "first");
            Thread.ofPlatform().name("native-mover").start(() -> move(fd, "other")).join();
        } catch (Exception problem) {
            throw new IllegalStateException(problem);
        }
    }

    private static int number(SocketChannel channel) throws ReflectiveOperationException {
        Field descriptor = channel.getClass().getDeclaredField("fd");
        descriptor.setAccessible(true);
        Field number = FileDescriptor.class.getDeclaredField("fd");
        number.setAccessible(true);
        return number.getInt(descriptor.get(channel));
    }

    private static void move(int fd, String word) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment bytes = arena.allocateFrom(word);
            long length = bytes.byteSize() - 1;
            if ((long) WRITE.invokeExact(fd, bytes, length) != length || (long) READ.invokeExact(fd, bytes, length) != length) {
                throw new IllegalStateException("not all");
            }
        } catch (Throwable problem) {
            throw new IllegalStateException(problem);
        }
    }
}
