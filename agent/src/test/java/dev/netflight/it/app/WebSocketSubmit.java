package dev.netflight.it.app;

import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.WebSocket;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/**
 * {@link Submitters} that send messages over two WebSockets, one thread at a time. Arguments: the server's port, how many messages
 * on each thread. A message is its mark, over and over; some are larger than what is written at once. Prints {@code done}, and
 * ends when its input ends.
 */
public final class WebSocketSubmit {
    private static final int SOCKETS = 2;
    private static final int LARGE = 700;

    private WebSocketSubmit() {}

    public static void main(String[] args) throws Exception {
        try (HttpClient client = HttpClient.newHttpClient()) {
            List<WebSocket> sockets = new ArrayList<>();
            for (int i = 0; i < SOCKETS; i++) {
                sockets.add(client.newWebSocketBuilder()
                        .buildAsync(URI.create("ws://127.0.0.1:" + args[0] + "/"), new WebSocket.Listener() {}).get());
            }
            Submitters.run(Integer.parseInt(args[1]), mark -> send(sockets.get(mark.hashCode() & SOCKETS - 1), mark));
            System.out.println("done");
            while (System.in.read() >= 0) {
                // wait for the end of the test
            }
            sockets.forEach(WebSocket::abort);
        }
    }

    private static void send(WebSocket socket, String mark) {
        String message = mark.repeat(mark.hashCode() % 3 == 0 ? LARGE : 1);
        synchronized (socket) {
            (mark.hashCode() % 2 == 0
                    ? socket.sendText(message, true)
                    : socket.sendBinary(ByteBuffer.wrap(message.getBytes(StandardCharsets.US_ASCII)), true)).join();
        }
    }
}
