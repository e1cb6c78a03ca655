package dev.netflight.it.app;

import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.DatagramChannel;

/** The calls that {@link Datagrams} and {@link DatagramEndpoint} make, each in a method of its own: its frame is looked for. */
public final class DatagramCalls {
    private DatagramCalls() {}

    static void sendWithSocket(DatagramSocket socket, DatagramPacket packet) throws IOException {
        socket.send(packet);
    }

    static void sendOtherwiseWithSocket(DatagramSocket socket, DatagramPacket packet) throws IOException {
        socket.send(packet);
    }

    static void receiveWithSocket(DatagramSocket socket, DatagramPacket packet) throws IOException {
        socket.receive(packet);
    }

    static void receiveOtherwiseWithSocket(DatagramSocket socket, DatagramPacket packet) throws IOException {
        socket.receive(packet);
    }

    static void sendWithChannel(DatagramChannel channel, ByteBuffer data, InetSocketAddress to) throws IOException {
        channel.send(data, to);
    }

    static void sendDirectWithChannel(DatagramChannel channel, byte[] data, InetSocketAddress to)
            throws IOException {
        channel.send(ByteBuffer.allocateDirect(data.length).put(data).flip(), to);
    }

    static void writeWithChannel(DatagramChannel channel, ByteBuffer data) throws IOException {
        channel.write(data);
    }

    static void gatherWithChannel(DatagramChannel channel, byte[] data) throws IOException {
        channel.write(new ByteBuffer[] {ByteBuffer.wrap(data, 0, 8), ByteBuffer.wrap(data, 8, data.length - 8)});
    }

    static InetSocketAddress receiveWithChannel(DatagramChannel channel, ByteBuffer into) throws IOException {
        return (InetSocketAddress) channel.receive(into);
    }

    static void receiveDirectWithChannel(DatagramChannel channel, byte[] into) throws IOException {
        ByteBuffer direct = ByteBuffer.allocateDirect(into.length);
        channel.receive(direct);
        direct.flip().get(into, 0, direct.limit());
    }

    static void readWithChannel(DatagramChannel channel, ByteBuffer into) throws IOException {
        channel.read(into);
    }

    static void scatterWithChannel(DatagramChannel channel, byte[] into) throws IOException {
        channel.read(new ByteBuffer[] {ByteBuffer.wrap(into, 0, 8), ByteBuffer.wrap(into, 8, into.length - 8)});
    }

    /** @return whether there was one */
    static boolean receiveWhenReady(DatagramChannel channel, ByteBuffer into) throws IOException {
        return channel.receive(into) != null;
    }

    static boolean receiveOtherwiseWhenReady(DatagramChannel channel, ByteBuffer into) throws IOException {
        return channel.receive(into) != null;
    }

    static void sendInLoop(DatagramChannel channel, ByteBuffer data, InetSocketAddress to) throws IOException {
        channel.send(data, to);
    }

    /** @return whom it is from, {@code null} if there was none */
    static InetSocketAddress receiveInLoop(DatagramChannel channel, ByteBuffer into) throws IOException {
        return (InetSocketAddress) channel.receive(into);
    }
}
