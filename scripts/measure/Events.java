import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * How much longer a round trip of 64 bytes takes while a recording asks for one class of events, and so brings what that needs.
 * One armed JVM, pinned as {@link PingPong}'s, takes all recordings in turn; what they are compared with is a recording of
 * nothing.
 */
final class Events {
    private static final String NOTHING = "a recording of nothing";

    private final Setup setup;
    private final int trips;
    private final Series series = new Series();

    Events(Setup setup) {
        this.setup = setup;
        this.trips = setup.samples(60_000, 10_000);
    }

    void run() throws IOException, InterruptedException {
        int rounds = setup.samples(6, 1);
        Path folder = setup.fresh("jfc").getParent();
        Command.run(List.of(setup.tool("java"), "-jar", setup.agent().toString(), "jfc", folder.toString()));
        Map<String, String[]> recordings = new LinkedHashMap<>();
        recordings.put(NOTHING, none());
        recordings.put("`DnsLookup`", none("DnsLookup"));
        recordings.put("`SocketConnect`, `SocketAccept`, `SocketClose`", none("SocketConnect", "SocketAccept", "SocketClose"));
        recordings.put("`SocketRead`", none("SocketRead"));
        recordings.put("`SocketWrite`", none("SocketWrite"));
        recordings.put("`SocketRead`, `SocketWrite`", none("SocketRead", "SocketWrite"));
        recordings.put("the same from 10 ms", new String[] {"settings=none", "+netflight.SocketRead#enabled=true",
            "+netflight.SocketRead#threshold=10ms", "+netflight.SocketWrite#enabled=true",
            "+netflight.SocketWrite#threshold=10ms"});
        recordings.put("`Retransmission`, `Reset`", none("Retransmission", "Reset"));
        recordings.put("`PacketDrop`", none("PacketDrop"));
        recordings.put("`Connection`, `OpenConnection`", none("Connection", "OpenConnection"));
        recordings.put("`WriteLatency`, `ReadLatency`", none("WriteLatency", "ReadLatency"));
        recordings.put("`WriteOrigin`", none("WriteOrigin"));
        recordings.put("`Packet`", none("Packet"));
        recordings.put("`netflight.jfc`", new String[] {"settings=" + folder.resolve("netflight.jfc")});
        recordings.put("`netflight-profile.jfc`", new String[] {"settings=" + folder.resolve("netflight-profile.jfc")});
        try (Jvm echo = PingPong.pinned(setup, List.of(), List.of(), "echo");
                Jvm client = PingPong.pinned(setup, List.of(), List.of(setup.armed()), "client", echo.port())) {
            client.ask(Integer.toString(trips));
            for (int round = 0; round < rounds; round++) {
                List<Map.Entry<String, String[]>> order = new ArrayList<>(recordings.entrySet());
                if (round % 2 == 1) {
                    Collections.reverse(order);
                }
                for (Map.Entry<String, String[]> recording : order) {
                    series.add(recording.getKey(), nanos(client, recording.getValue()));
                }
            }
        }
        print(recordings.keySet(), rounds);
    }

    /** The events by name, without threshold; {@code -} switches off those that JFR would record unasked. */
    private static String[] none(String... events) {
        List<String> settings = new ArrayList<>(List.of("settings=none"));
        for (String event : List.of("SocketConnect", "SocketAccept", "SocketRead", "SocketWrite", "SocketClose", "DnsLookup",
                "Connection", "OpenConnection", "Retransmission", "Reset", "PacketDrop")) {
            if (!List.of(events).contains(event)) {
                settings.add("+netflight." + event + "#enabled=false");
            }
        }
        for (String event : events) {
            settings.add("+netflight." + event + "#enabled=true");
        }
        return settings.toArray(new String[0]);
    }

    private double nanos(Jvm client, String[] settings) throws IOException, InterruptedException {
        List<String> start = new ArrayList<>(List.of("JFR.start", "name=measured"));
        start.addAll(List.of(settings));
        client.jcmd(start.toArray(new String[0]));
        client.ask(Integer.toString(trips / 3)); // the JIT, after weaving
        double nanos = Neighbours.undisturbed(() -> Double.parseDouble(client.ask(Integer.toString(trips))));
        client.jcmd("JFR.stop", "name=measured");
        return nanos;
    }

    private void print(Iterable<String> recordings, int rounds) {
        System.out.printf(Locale.ROOT, "%nRound trips of 64 bytes while a recording asks for events: %d rounds of %,d%n", rounds,
                trips);
        System.out.println("ratios of their time: median (quartiles) of the pairs of a round\n");
        System.out.println("| Recording of | µs | to a recording of nothing |");
        System.out.println("|---|---|---|");
        for (String each : recordings) {
            System.out.printf(Locale.ROOT, "| %s | %.2f | %s |%n", each, series.median(each) / 1e3, series.ratio(each, NOTHING));
        }
    }
}
