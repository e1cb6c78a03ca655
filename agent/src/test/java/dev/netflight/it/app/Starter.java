package dev.netflight.it.app;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;

/**
 * Starts processes: each line of its input is a kind of thread ({@code platform} or {@code virtual}) and a command, words
 * separated by blanks. Prints {@code pid N} when one was started and {@code exit N} when it has ended; what the process
 * prints comes between. A line {@code background} before lets the next one run on.
 */
public final class Starter {
    private Starter() {}

    public static void main(String[] args) throws IOException, InterruptedException {
        var input = new BufferedReader(new InputStreamReader(System.in));
        System.out.println("ready");
        boolean background = false;
        for (String line = input.readLine(); line != null; line = input.readLine()) {
            if (line.equals("background")) {
                background = true;
                continue;
            }
            boolean waits = !background;
            background = false;
            String[] words = line.split(" ", 2);
            Thread.Builder builder = words[0].equals("virtual") ? Thread.ofVirtual() : Thread.ofPlatform();
            builder.name("starter-" + words[0]).start(() -> run(waits, words[1].split(" "))).join();
        }
    }

    private static void run(boolean waits, String... command) {
        try {
            Process process = startIt(command);
            System.out.println("pid " + process.pid());
            if (waits) {
                System.out.println("exit " + process.waitFor());
            }
        } catch (IOException | InterruptedException problem) {
            problem.printStackTrace();
        }
    }

    private static Process startIt(String... command) throws IOException {
        return new ProcessBuilder(command).redirectOutput(ProcessBuilder.Redirect.INHERIT).start();
    }
}
