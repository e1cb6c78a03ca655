package dev.netflight.text;

import java.io.IOException;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;

/** Names of hosts and ports, as the system knows them; with {@code -n} the numbers. What was asked once is remembered. */
final class Names {
    private static final int MOST_HOSTS = 4_096;

    private final boolean numeric;
    private final Map<String, String> hosts = new LinkedHashMap<>(64, 0.75f, true) {
        private static final long serialVersionUID = 1;

        @Override
        protected boolean removeEldestEntry(Map.Entry<String, String> eldest) {
            return size() > MOST_HOSTS;
        }
    };
    private Map<String, String> services;

    Names(boolean numeric) {
        this.numeric = numeric;
    }

    /** {@return the name of a host, which may ask DNS} @param address as text */
    String host(String address) {
        return numeric ? address : hosts.computeIfAbsent(address, Names::lookUp);
    }

    /** A host's name as the capture has it, which is believed more than what is known today. @param address as text */
    void learn(String address, String name) {
        if (!numeric && !name.isEmpty()) {
            hosts.put(address, JavaContext.printable(name));
        }
    }

    private static String lookUp(String address) {
        try {
            return InetAddress.getByName(address).getCanonicalHostName();
        } catch (UnknownHostException notAnAddress) {
            return address;
        }
    }

    /** {@return the name of a port} @param protocol tcp or udp */
    String port(int port, String protocol) {
        if (numeric) {
            return Integer.toString(port);
        }
        if (services == null) {
            services = services();
        }
        return services.getOrDefault(port + "/" + protocol, Integer.toString(port));
    }

    private static Map<String, String> services() {
        Map<String, String> services = new HashMap<>();
        try {
            for (String line : Files.readAllLines(Path.of("/etc/services"), StandardCharsets.ISO_8859_1)) {
                String[] words = line.split("#", 2)[0].strip().split("\\s+");
                if (words.length >= 2) {
                    services.putIfAbsent(words[1], words[0]);
                }
            }
        } catch (IOException unreadable) {
            // numbers then
        }
        return services;
    }
}
