package dev.netflight.it;

import static org.assertj.core.api.Assertions.assertThat;

import dev.netflight.it.app.ForeignLinks;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Somebody else's programs that count the packets of a device: TCX links, and filters of a clsact queueing discipline. */
final class ForeignPrograms implements AutoCloseable {
    private static final Pattern VALUE = Pattern.compile("\"value\":\\s*(\\d+)\\s*}");

    /** Packets that each of them has counted. */
    record Counts(long tcxIn, long tcxOut, long clsactIn, long clsactOut) {
        Counts since(Counts before) {
            return new Counts(tcxIn - before.tcxIn, tcxOut - before.tcxOut, clsactIn - before.clsactIn,
                    clsactOut - before.clsactOut);
        }
    }

    private final Path pins;
    private final String[] through;
    private final String device;
    private final App links;

    private ForeignPrograms(Path pins, String[] through, String device, App links) {
        this.pins = pins;
        this.through = through;
        this.device = device;
        this.links = links;
    }

    /** Attaches them. @param name of these among others of this test @param through a command that enters the namespace */
    static ForeignPrograms attach(Path folder, String name, String device, int priority, String... through) {
        Needs.tool("bpftool");
        Needs.tool("tc");
        Path pins = Path.of("/sys/fs/bpf", "nf" + ProcessHandle.current().pid() + name);
        Run.well("bpftool", "prog", "loadall", TestPrograms.compiled(folder, "count.bpf.c"), pins, "pinmaps", pins);
        App links = App.of(folder, ForeignLinks.class, device, pins.resolve("tcx_in"), pins.resolve("tcx_out"))
                .jvm("--enable-native-access=ALL-UNNAMED").through(through).start();
        var attached = new ForeignPrograms(pins, through, device, links);
        try {
            links.await("attached");
            attached.tc("qdisc", "add", "dev", device, "clsact"); // may be there
            for (String side : List.of("ingress", "egress")) {
                Run added = attached.tc("filter", "add", "dev", device, side, "prio", priority, "bpf", "da", "pinned",
                        pins.resolve("clsact_" + (side.equals("ingress") ? "in" : "out")));
                assertThat(added.exit()).as(added.err()).isZero();
            }
            return attached;
        } catch (RuntimeException | Error problem) {
            attached.close();
            throw problem;
        }
    }

    /** Through nsenter, for {@code tc -n} would hide the pinned programs. */
    private Run tc(Object... arguments) {
        var command = new ArrayList<Object>(List.of((Object[]) through));
        command.add("tc");
        command.addAll(List.of(arguments));
        return Run.of(command.toArray());
    }

    Counts counts() {
        Matcher values = VALUE.matcher(Run.well("bpftool", "-j", "map", "dump", "pinned", pins.resolve("counts")));
        long[] counts = new long[4];
        for (int i = 0; i < counts.length && values.find(); i++) {
            counts[i] = Long.parseLong(values.group(1));
        }
        return new Counts(counts[0], counts[1], counts[2], counts[3]);
    }

    @Override
    public void close() {
        links.close();
        tc("qdisc", "del", "dev", device, "clsact");
        Run.of("rm", "-r", pins);
    }
}
