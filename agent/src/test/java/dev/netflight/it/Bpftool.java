package dev.netflight.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** What there is of BPF in the kernel, as {@code bpftool} tells it. */
final class Bpftool {
    private static final Pattern NAMED_MAP = Pattern.compile("\\{\"id\":(\\d+),\"type\":\"\\w+\",\"name\":\"([^\"]+)\"");
    private static final Pattern PORTS = Pattern.compile("\"ports\":\\[([^]]*)]");
    private static final Pattern LINK = Pattern.compile("\\{\"id\":(\\d+),\"type\":\"\\w+\",\"prog_id\":(\\d+)");
    private static final Pattern NAME = Pattern.compile("\"name\":\"(\\w+)\"");
    private static final Pattern ID = Pattern.compile("\\{\"id\":(\\d+)");

    /** The kernel's ids, which it does not use again for a long time. */
    record Objects(Set<Integer> programs, Set<Integer> maps, Set<Integer> links) {
        boolean isEmpty() {
            return programs.isEmpty() && maps.isEmpty() && links.isEmpty();
        }

        /** Those of them that are still in the kernel. */
        Objects remaining() {
            Objects all = all();
            return new Objects(both(programs, all.programs), both(maps, all.maps), both(links, all.links));
        }

        private static Set<Integer> both(Set<Integer> some, Set<Integer> others) {
            var both = new TreeSet<>(some);
            both.retainAll(others);
            return both;
        }
    }

    private Bpftool() {}

    /** All of this machine's. */
    static Objects all() {
        Needs.tool("bpftool");
        return new Objects(ids("prog"), ids("map"), ids("link"));
    }

    /** The names of the programs that are attached. */
    static Set<String> attached(Objects of) {
        Needs.tool("bpftool");
        var names = new TreeSet<String>();
        Matcher found = LINK.matcher(Run.well("bpftool", "-j", "link", "show"));
        while (found.find()) {
            if (of.links().contains(Integer.valueOf(found.group(1)))) {
                Matcher name = NAME.matcher(Run.well("bpftool", "-j", "prog", "show", "id", found.group(2)));
                assertThat(name.find()).isTrue();
                names.add(name.group(1));
            }
        }
        return names;
    }

    /** How many entries a hash map has. */
    static int entries(Objects of, String map) {
        return Run.well("bpftool", "-j", "map", "dump", "id", id(of, map)).split("\"formatted\"", -1).length - 1;
    }

    /** The sum over all local ports of the sockets that are followed there. */
    static int portsInUse(Objects of) {
        Matcher ports = PORTS.matcher(Run.well("bpftool", "-j", "map", "dump", "id", id(of, "netfligh.bss")));
        assertThat(ports.find()).as("counts of ports in the programs' variables").isTrue();
        return Stream.of(ports.group(1).split(",")).mapToInt(Integer::parseInt).sum();
    }

    private static int id(Objects of, String map) {
        Matcher found = NAMED_MAP.matcher(Run.well("bpftool", "-j", "map", "show"));
        while (found.find()) {
            int id = Integer.parseInt(found.group(1));
            if (found.group(2).equals(map) && of.maps().contains(id)) {
                return id;
            }
        }
        throw new AssertionError("no map " + map + " among " + of);
    }

    private static Set<Integer> ids(String kind) {
        var ids = new TreeSet<Integer>();
        Matcher found = ID.matcher(Run.well("bpftool", "-j", kind, "show"));
        while (found.find()) {
            ids.add(Integer.valueOf(found.group(1)));
        }
        return ids;
    }
}
