package dev.netflight.it.app;

import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketAddress;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.AsynchronousSocketChannel;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.LockSupport;

/**
 * {@link Submitters} that each write to an asynchronous channel of their own more than a slow peer takes at once, so that a pool
 * thread goes on with it. Argument: how many requests on each thread. Prints {@code port N}, the peer's, and {@code done}; ends
 * when its input ends.
 */
public final class AsyncSubmit {
    private static final int MARKS = 8_192;

    private AsyncSubmit() {}

    public static void main(String[] args) throws Exception {
        Map<Thread, AsynchronousSocketChannel> channels = new ConcurrentHashMap<>();
        try (ServerSocket server = new ServerSocket()) {
            server.setReceiveBufferSize(1 << 16);
            server.bind(new InetSocketAddress(InetAddress.getByName("127.0.0.1"), 0));
            System.out.println("port " + server.getLocalPort());
            Thread.ofPlatform().daemon().start(() -> accept(server));
            Submitters.run(Integer.parseInt(args[0]), mark -> request(
                    channels.computeIfAbsent(Thread.currentThread(), any -> connect(server.getLocalSocketAddress())), mark));
            for (AsynchronousSocketChannel channel : channels.values()) {
                channel.close();
            }
            System.out.println("done");
            while (System.in.read() >= 0) {
                // wait for the end of the test
            }
        }
    }

    private static AsynchronousSocketChannel connect(SocketAddress server) {
        try {
            AsynchronousSocketChannel channel = AsynchronousSocketChannel.open();
            channel.setOption(StandardSocketOptions.SO_SNDBUF, 1 << 14);
            channel.connect(server).get();
            return channel;
        } catch (Exception problem) {
            throw new IllegalStateException(problem);
        }
    }

    private static void request(AsynchronousSocketChannel channel, String mark) throws Exception {
        ByteBuffer request = ByteBuffer.wrap(mark.repeat(MARKS).getBytes(StandardCharsets.US_ASCII));
        while (request.hasRemaining()) {
            channel.write(request).get();
        }
    }

    private static void accept(ServerSocket server) {
        try {
            while (true) {
                Socket socket = server.accept();
                Thread.ofVirtual().start(() -> read(socket));
            }
        } catch (IOException closed) {
            // the end
        }
    }

    private static void read(Socket socket) {
        try (socket) {
            InputStream in = socket.getInputStream();
            byte[] buffer = new byte[1 << 16];
            while (in.read(buffer) >= 0) {
                LockSupport.parkNanos(1_000_000); // slow on purpose
            }
        } catch (IOException reset) {
            // the end
        }
    }
}
