package dev.netflight.it.app;

import java.util.Arrays;

/**
 * Runs another of these programs as soon as a line has come, so that something can be begun before. Arguments: its class's name,
 * and its own. Prints {@code ready}.
 */
public final class Later {
    private Later() {}

    public static void main(String[] args) throws Exception {
        System.out.println("ready");
        for (int next = System.in.read(); next != '\n'; next = System.in.read()) {
            if (next < 0) {
                return;
            }
        }
        Class.forName(args[0]).getMethod("main", String[].class).invoke(null,
                (Object) Arrays.copyOfRange(args, 1, args.length));
    }
}
