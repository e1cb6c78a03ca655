package dev.netflight.samples.shop;

import java.io.BufferedReader;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.Semaphore;

/**
 * A bounded pool of connections to one server. Connections are made when first needed; the one used last is used next,
 * so that a pool that has shrunk in use lets the others be idle.
 */
final class SocketPool implements AutoCloseable {
    private static final int CONNECT_MILLIS = 1_000;
    private static final int READ_MILLIS = 2_000;

    private final InetSocketAddress server;
    private final Semaphore permits;
    private final Deque<Connection> idle = new ArrayDeque<>(); // guarded by itself
    private boolean closed; // guarded by idle

    /**
     * @param server to connect to
     * @param most   connections that may be in use at a time; who wants one more waits
     */
    SocketPool(InetSocketAddress server, int most) {
        this.server = server;
        this.permits = new Semaphore(most, true);
    }

    /** {@return a connection that is nobody else's until it is given back or discarded} */
    Connection take() throws IOException, InterruptedException {
        permits.acquire();
        try {
            synchronized (idle) {
                Connection connection = idle.pollFirst();
                if (connection != null) {
                    return connection;
                }
            }
            return connect();
        } catch (IOException | RuntimeException e) {
            permits.release();
            throw e;
        }
    }

    void giveBack(Connection connection) {
        boolean kept;
        synchronized (idle) {
            kept = !closed;
            if (kept) {
                idle.addFirst(connection);
            }
        }
        if (!kept) {
            connection.close();
        }
        permits.release();
    }

    void discard(Connection connection) {
        connection.close();
        permits.release();
    }

    @Override
    public void close() {
        Deque<Connection> last;
        synchronized (idle) {
            closed = true;
            last = new ArrayDeque<>(idle);
            idle.clear();
        }
        last.forEach(Connection::close);
    }

    private Connection connect() throws IOException {
        Socket socket = new Socket();
        try {
            socket.connect(server, CONNECT_MILLIS);
            socket.setSoTimeout(READ_MILLIS);
            socket.setTcpNoDelay(true);
            return new Connection(socket);
        } catch (IOException e) {
            socket.close();
            throw e;
        }
    }

    /** A connection that speaks in lines. */
    static final class Connection {
        private final Socket socket;
        private final BufferedReader in;
        private final OutputStream out;

        private Connection(Socket socket) throws IOException {
            this.socket = socket;
            this.in = new BufferedReader(new InputStreamReader(socket.getInputStream(), StandardCharsets.US_ASCII));
            this.out = socket.getOutputStream();
        }

        void writeLine(String line) throws IOException {
            out.write((line + "\n").getBytes(StandardCharsets.US_ASCII));
        }

        /** {@return the next line; never {@code null}: an end here is a failure} */
        String readLine() throws IOException {
            String line = in.readLine();
            if (line == null) {
                throw new EOFException("the server closed the connection");
            }
            return line;
        }

        private void close() {
            try {
                socket.close();
            } catch (IOException e) {
                // It is given up anyway.
            }
        }
    }
}
