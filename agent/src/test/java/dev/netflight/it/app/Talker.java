package dev.netflight.it.app;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.ValueLayout;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.concurrent.locks.LockSupport;

/**
 * Talks to an echo server as it is told. Arguments: the port; the address, if not 127.0.0.1. Lines: {@code say N} sends N
 * messages, waits for each to come back as it was and prints how many it has said in all; {@code say N P} does so with a
 * pause of P microseconds after each; {@code new} takes a new connection; {@code port N} has the next one go elsewhere;
 * {@code user N} goes on as another user, and prints {@code changed}. Ends with
 * its input. Prints {@code ready} first.
 */
public final class Talker {
    private static int said;

    private Talker() {}

    public static void main(String[] args) throws IOException {
        InetAddress address = InetAddress.getByName(args.length > 1 ? args[1] : "127.0.0.1");
        int port = Integer.parseInt(args[0]);
        Thread.currentThread().setName("talker");
        System.out.println("ready");
        Socket socket = null;
        var input = new BufferedReader(new InputStreamReader(System.in));
        for (String line = input.readLine(); line != null; line = input.readLine()) {
            if (line.startsWith("port ")) {
                port = Integer.parseInt(line.substring("port ".length()));
            } else if (line.startsWith("user ")) {
                becomeUser(Integer.parseInt(line.substring("user ".length())));
                System.out.println("changed");
            } else if (socket == null || line.equals("new")) {
                if (socket != null) {
                    socket.close();
                }
                socket = new Socket(address, port);
            }
            if (line.startsWith("say ")) {
                String[] words = line.split(" ");
                int messages = Integer.parseInt(words[1]);
                long pauseNanos = words.length > 2 ? Long.parseLong(words[2]) * 1_000 : 0;
                for (int i = 0; i < messages; i++) {
                    said++;
                    say(socket);
                    if (pauseNanos > 0) {
                        LockSupport.parkNanos(pauseNanos);
                    }
                }
                System.out.println("said " + said);
            }
        }
        if (socket != null) {
            socket.close();
        }
    }

    /** All of its threads. */
    private static void becomeUser(int uid) {
        Linker linker = Linker.nativeLinker();
        try {
            int result = (int) linker.downcallHandle(linker.defaultLookup().find("setuid").orElseThrow(),
                    FunctionDescriptor.of(ValueLayout.JAVA_INT, ValueLayout.JAVA_INT)).invokeExact(uid);
            if (result != 0) {
                throw new IllegalStateException("setuid: " + result);
            }
        } catch (Throwable failure) {
            throw new IllegalStateException(failure);
        }
    }

    private static void say(Socket socket) throws IOException {
        byte[] message = ("message " + said + '\n').getBytes(StandardCharsets.US_ASCII);
        socket.getOutputStream().write(message);
        if (!Arrays.equals(socket.getInputStream().readNBytes(message.length), message)) {
            throw new IOException("the echo has ended or is another");
        }
    }
}
