package dev.netflight.it.app;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * One side of conversations in which a client's bytes come back from a server, each side as client and as server, with an
 * account of which call moved which of them. It prints {@code ports P V L} and does what the lines of its input say:
 *
 * <pre>
 * connect ADDRESS P V L BASE   opens clients of the servers at these ports, numbered from BASE; prints "connected"
 * talk BYTES                   each client writes so much and reads it back; prints "talked"
 * end                          closes all, writes the account, prints "finished"
 * </pre>
 */
abstract class Side {
    /** Opens the servers: on platform threads, on virtual ones, on an event loop. @return their ports, with spaces between */
    abstract String listen() throws IOException;

    /** @param servers three ports, as {@link #listen} gives them */
    abstract void connect(String address, int[] servers, int firstNumber) throws IOException;

    abstract void talk(int bytes) throws Exception;

    abstract void end() throws Exception;

    /** What the conversations did; all have ended. */
    abstract void account(PrintWriter out);

    /** Listens, and then does what the lines of the standard input say. @param account a file, or {@code -} for none */
    final void obey(String account) throws Exception {
        System.out.println("ports " + listen());
        var input = new BufferedReader(new InputStreamReader(System.in));
        for (String line = input.readLine(); line != null; line = input.readLine()) {
            String[] words = line.split(" ");
            switch (words[0]) {
                case "connect" -> {
                    int[] servers = {Integer.parseInt(words[2]), Integer.parseInt(words[3]), Integer.parseInt(words[4])};
                    connect(words[1], servers, Integer.parseInt(words[5]));
                    System.out.println("connected");
                }
                case "talk" -> {
                    talk(Integer.parseInt(words[1]));
                    System.out.println("talked");
                }
                default -> {
                    end();
                    if (!account.equals("-")) {
                        try (PrintWriter out = new PrintWriter(Files.newBufferedWriter(Path.of(account)))) {
                            account(out);
                        }
                    }
                    System.out.println("finished");
                    return;
                }
            }
        }
    }
}
