package dev.netflight.it.app;

import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.NetworkInterface;
import java.net.SocketException;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.DatagramChannel;
import java.nio.channels.Selector;
import java.nio.channels.SelectionKey;

/** A socket; its methods answer with the name of the method that did it, {@code null} when it is closed. */
interface DatagramEnd {
    String send(byte[] data, InetSocketAddress to) throws IOException;

    String sendOtherwise(byte[] data, InetSocketAddress to) throws IOException;

    String receive(byte[] into) throws IOException;

    String receiveOtherwise(byte[] into) throws IOException;

    InetSocketAddress address() throws IOException;

    void connect(InetSocketAddress to) throws IOException;

    void join(InetAddress group) throws IOException;

    void buffer(int bytes) throws IOException;

    void close() throws IOException;

    record OfSocket(DatagramSocket socket, boolean connected) implements DatagramEnd {
        private DatagramPacket packet(byte[] data, InetSocketAddress to) {
            return connected ? new DatagramPacket(data, data.length) : new DatagramPacket(data, data.length, to);
        }

        @Override
        public String send(byte[] data, InetSocketAddress to) throws IOException {
            DatagramCalls.sendWithSocket(socket, packet(data, to));
            return "sendWithSocket";
        }

        @Override
        public String sendOtherwise(byte[] data, InetSocketAddress to) throws IOException {
            DatagramCalls.sendOtherwiseWithSocket(socket, packet(data, to));
            return "sendOtherwiseWithSocket";
        }

        @Override
        public String receive(byte[] into) throws IOException {
            try {
                DatagramCalls.receiveWithSocket(socket, new DatagramPacket(into, into.length));
                return "receiveWithSocket";
            } catch (SocketException closed) {
                return ended(closed);
            }
        }

        @Override
        public String receiveOtherwise(byte[] into) throws IOException {
            try {
                DatagramCalls.receiveOtherwiseWithSocket(socket, new DatagramPacket(into, into.length));
                return "receiveOtherwiseWithSocket";
            } catch (SocketException closed) {
                return ended(closed);
            }
        }

        private String ended(SocketException problem) throws SocketException {
            if (socket.isClosed()) {
                return null;
            }
            throw problem;
        }

        @Override
        public InetSocketAddress address() {
            return (InetSocketAddress) socket.getLocalSocketAddress();
        }

        @Override
        public void connect(InetSocketAddress to) throws IOException {
            socket.connect(to);
        }

        @Override
        public void join(InetAddress group) throws IOException {
            socket.joinGroup(new InetSocketAddress(group, 0), NetworkInterface.getByName("lo"));
        }

        @Override
        public void buffer(int bytes) throws IOException {
            socket.setReceiveBufferSize(bytes);
        }

        @Override
        public void close() {
            socket.close();
        }
    }

    record OfChannel(DatagramChannel channel, boolean connected) implements DatagramEnd {
        @Override
        public String send(byte[] data, InetSocketAddress to) throws IOException {
            if (connected) {
                DatagramCalls.writeWithChannel(channel, ByteBuffer.wrap(data));
                return "writeWithChannel";
            }
            DatagramCalls.sendWithChannel(channel, ByteBuffer.wrap(data), to);
            return "sendWithChannel";
        }

        @Override
        public String sendOtherwise(byte[] data, InetSocketAddress to) throws IOException {
            if (connected) {
                DatagramCalls.gatherWithChannel(channel, data);
                return "gatherWithChannel";
            }
            DatagramCalls.sendDirectWithChannel(channel, data, to);
            return "sendDirectWithChannel";
        }

        @Override
        public String receive(byte[] into) throws IOException {
            try {
                if (connected) {
                    DatagramCalls.readWithChannel(channel, ByteBuffer.wrap(into));
                    return "readWithChannel";
                }
                DatagramCalls.receiveWithChannel(channel, ByteBuffer.wrap(into));
                return "receiveWithChannel";
            } catch (ClosedChannelException closed) {
                return null;
            }
        }

        @Override
        public String receiveOtherwise(byte[] into) throws IOException {
            try {
                if (connected) {
                    DatagramCalls.scatterWithChannel(channel, into);
                    return "scatterWithChannel";
                }
                DatagramCalls.receiveDirectWithChannel(channel, into);
                return "receiveDirectWithChannel";
            } catch (ClosedChannelException closed) {
                return null;
            }
        }

        @Override
        public InetSocketAddress address() throws IOException {
            return (InetSocketAddress) channel.getLocalAddress();
        }

        @Override
        public void connect(InetSocketAddress to) throws IOException {
            channel.connect(to);
        }

        @Override
        public void join(InetAddress group) throws IOException {
            channel.join(group, NetworkInterface.getByName("lo"));
        }

        @Override
        public void buffer(int bytes) throws IOException {
            channel.setOption(StandardSocketOptions.SO_RCVBUF, bytes);
        }

        @Override
        public void close() throws IOException {
            channel.close();
        }
    }

    /** A channel that does not block; who waits for it looks at a selector of its own. */
    final class OfSelector implements DatagramEnd {
        private final DatagramChannel channel;
        private final OfChannel blocking;

        OfSelector(DatagramChannel channel) throws IOException {
            this.channel = channel;
            this.blocking = new OfChannel(channel, false);
            channel.configureBlocking(false);
        }

        private interface Attempt {
            boolean succeeds(ByteBuffer into) throws IOException;
        }

        private boolean await(byte[] bytes, Attempt attempt) throws IOException {
            try (Selector selector = Selector.open()) {
                channel.register(selector, SelectionKey.OP_READ);
                while (!attempt.succeeds(ByteBuffer.wrap(bytes))) {
                    selector.select(100);
                    selector.selectedKeys().clear();
                }
                return true;
            } catch (ClosedChannelException closed) {
                return false;
            }
        }

        @Override
        public String send(byte[] data, InetSocketAddress to) throws IOException {
            return blocking.send(data, to);
        }

        @Override
        public String sendOtherwise(byte[] data, InetSocketAddress to) throws IOException {
            return blocking.sendOtherwise(data, to);
        }

        @Override
        public String receive(byte[] into) throws IOException {
            return await(into, buffer -> DatagramCalls.receiveWhenReady(channel, buffer)) ? "receiveWhenReady" : null;
        }

        @Override
        public String receiveOtherwise(byte[] into) throws IOException {
            return await(into, buffer -> DatagramCalls.receiveOtherwiseWhenReady(channel, buffer)) ? "receiveOtherwiseWhenReady" : null;
        }

        @Override
        public InetSocketAddress address() throws IOException {
            return blocking.address();
        }

        @Override
        public void connect(InetSocketAddress to) throws IOException {
            blocking.connect(to);
        }

        @Override
        public void join(InetAddress group) throws IOException {
            blocking.join(group);
        }

        @Override
        public void buffer(int bytes) throws IOException {
            blocking.buffer(bytes);
        }

        @Override
        public void close() throws IOException {
            channel.close();
        }
    }
}
