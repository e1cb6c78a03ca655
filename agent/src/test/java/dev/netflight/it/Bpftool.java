package dev.netflight.it;

import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** What there is of BPF in the kernel, as {@code bpftool} tells it. */
final class Bpftool {
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

    private static Set<Integer> ids(String kind) {
        var ids = new TreeSet<Integer>();
        Matcher found = ID.matcher(Run.well("bpftool", "-j", kind, "show"));
        while (found.find()) {
            ids.add(Integer.valueOf(found.group(1)));
        }
        return ids;
    }
}
