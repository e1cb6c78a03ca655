package dev.netflight.samples.shop;

import java.net.InetSocketAddress;
import java.util.HashMap;
import java.util.Map;

/**
 * A command line of the form {@code mode --name=value …}.
 *
 * @param mode  the first word
 * @param named the values by name
 */
record Arguments(String mode, Map<String, String> named) {
    static Arguments of(String... args) {
        if (args.length == 0) {
            throw new IllegalArgumentException("a mode is missing");
        }
        Map<String, String> named = new HashMap<>();
        for (int i = 1; i < args.length; i++) {
            int equals = args[i].indexOf('=');
            if (!args[i].startsWith("--") || equals < 0) {
                throw new IllegalArgumentException("not of the form --name=value: " + args[i]);
            }
            named.put(args[i].substring(2, equals), args[i].substring(equals + 1));
        }
        return new Arguments(args[0], Map.copyOf(named));
    }

    /** {@return the port that is called so; 0, which leaves the choice to the kernel, when none is given} */
    int port(String name) {
        return number(name, 0);
    }

    int number(String name, int otherwise) {
        String text = named.get(name);
        return text == null ? otherwise : Integer.parseInt(text);
    }

    InetSocketAddress address(String name) {
        if (!named.containsKey(name)) {
            throw new IllegalArgumentException("--" + name + "=HOST:PORT is missing");
        }
        return address(name, null);
    }

    InetSocketAddress address(String name, InetSocketAddress otherwise) {
        String text = named.get(name);
        if (text == null) {
            return otherwise;
        }
        int colon = text.lastIndexOf(':');
        if (colon < 1) {
            throw new IllegalArgumentException("not of the form HOST:PORT: " + text);
        }
        return new InetSocketAddress(text.substring(0, colon), Integer.parseInt(text.substring(colon + 1)));
    }
}
