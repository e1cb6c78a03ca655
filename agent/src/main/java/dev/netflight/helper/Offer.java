package dev.netflight.helper;

import dev.netflight.kernel.KernelFeatures;
import dev.netflight.kernel.KernelHook;
import dev.netflight.kernel.PacketBackend;
import dev.netflight.kernel.KernelPrograms;
import dev.netflight.kernel.LoadedPrograms;
import dev.netflight.libbpf.BpfMap;
import java.io.IOException;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * The words that go with the descriptors: a line for each fact, then one for each descriptor, in their order.
 *
 * <pre>
 * netflight-helper PID BUILD
 * kernel WHOLE-PACKETS HOOK,HOOK…
 * map NAME KEY-SIZE VALUE-SIZE MAX-ENTRIES
 * program NAME
 * door       three descriptors: the end that is sent on, the other, the link of the program that answers
 * </pre>
 *
 * @param pid      the helper's, as it counts itself
 * @param features what it has found of the kernel
 * @param maps     sizes, by the descriptors' order
 * @param programs names, whose descriptors follow those of the maps
 * @param hasDoor  whether programs are called by a door instead, whose descriptors are then the last
 */
record Offer(long pid, KernelFeatures features, List<MapSize> maps, List<String> programs, boolean hasDoor) {
    static final int DOOR_DESCRIPTORS = 3;

    /** What the JVM says when it is ready, and the answers. */
    static final String ATTACH = "attach";
    static final String ATTACHED = "attached";
    static final String FAILED = "failed ";

    private static final String MAGIC = "netflight-helper";

    /** Of a map. Bytes, and elements. */
    record MapSize(String name, int key, int value, int entries) {}

    static Offer of(LoadedPrograms loaded, boolean hasDoor) {
        List<MapSize> maps = new ArrayList<>();
        for (String name : KernelPrograms.MAPS) {
            BpfMap map = loaded.map(name);
            maps.add(new MapSize(name, map.keySize(), map.valueSize(), map.maxEntries()));
        }
        return new Offer(ProcessHandle.current().pid(), loaded.features(), maps,
                hasDoor ? List.of() : KernelPrograms.CALLED, hasDoor);
    }

    String text() {
        StringBuilder text = new StringBuilder(MAGIC).append(' ').append(pid).append(' ').append(build()).append("\nkernel ")
                .append(features.wholePackets()).append(' ')
                .append(features.hooks().stream().map(KernelHook::name).collect(Collectors.joining(",")));
        for (MapSize map : maps) {
            text.append("\nmap ").append(map.name).append(' ').append(map.key).append(' ').append(map.value).append(' ')
                    .append(map.entries);
        }
        programs.forEach(program -> text.append("\nprogram ").append(program));
        if (hasDoor) {
            text.append("\ndoor");
        }
        return text.toString();
    }

    /** @throws IOException where it is of another build, with which ours could not work */
    static Offer read(String text, int descriptors) throws IOException {
        String[] lines = text.split("\n");
        String[] first = lines[0].split(" ");
        if (first.length != 3 || !first[0].equals(MAGIC) || !first[2].equals(build())) {
            throw new IOException("it is of another build than the agent in this JVM: use the same netflight.jar, or start the"
                    + " JVM anew");
        }
        try {
            String[] kernel = lines[1].split(" ");
            Set<KernelHook> hooks = EnumSet.noneOf(KernelHook.class);
            for (String hook : kernel[2].split(",")) {
                hooks.add(KernelHook.valueOf(hook));
            }
            List<MapSize> maps = new ArrayList<>();
            List<String> programs = new ArrayList<>();
            boolean hasDoor = false;
            for (int i = 2; i < lines.length; i++) {
                String[] words = lines[i].split(" ");
                if (words[0].equals("map")) {
                    maps.add(new MapSize(words[1], Integer.parseInt(words[2]), Integer.parseInt(words[3]),
                            Integer.parseInt(words[4])));
                } else if (words[0].equals("door")) {
                    hasDoor = true;
                } else {
                    programs.add(words[1]);
                }
            }
            if (maps.size() + programs.size() + (hasDoor ? DOOR_DESCRIPTORS : 0) != descriptors) {
                throw new IOException(descriptors + " descriptors came for " + maps.size() + " maps and " + programs.size()
                        + " programs");
            }
            return new Offer(Long.parseLong(first[1]), new KernelFeatures(null, hooks, Boolean.parseBoolean(kernel[1]),
                    PacketBackend.TRACEPOINT), maps, programs, hasDoor);
        } catch (IllegalArgumentException | IndexOutOfBoundsException malformed) {
            throw new IOException("its words are malformed: " + malformed.getMessage(), malformed);
        }
    }

    /** By the programs themselves: equal ones have equal records and maps. */
    private static String build() {
        try {
            return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(LoadedPrograms.objectBytes()));
        } catch (NoSuchAlgorithmException impossible) {
            throw new IllegalStateException(impossible); // each Java platform has it
        }
    }
}
