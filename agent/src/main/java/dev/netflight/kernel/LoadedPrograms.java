package dev.netflight.kernel;

import dev.netflight.filter.FilterSplice;
import dev.netflight.filter.PacketFilter;
import dev.netflight.libbpf.BpfException;
import dev.netflight.libbpf.BpfLink;
import dev.netflight.libbpf.BpfMap;
import dev.netflight.libbpf.BpfObject;
import dev.netflight.libbpf.BpfObjectFile;
import dev.netflight.libbpf.BpfProgram;
import dev.netflight.libbpf.DoorSocket;
import dev.netflight.libbpf.KernelBtf;
import dev.netflight.libbpf.Libbpf;
import dev.netflight.libbpf.NativeLibrary;
import dev.netflight.libbpf.ProgramCalls;
import dev.netflight.libbpf.ProgramKind;
import dev.netflight.libbpf.ProgramRun;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Predicate;

/** Programs that this process has loaded itself, out of the agent's jar. */
public final class LoadedPrograms implements KernelPrograms {
    /** What serves a door. */
    private static final String ASKING = "handle_request";
    private static final String ADOPT = "adopt_socket";
    private static final String OBJECT = "/dev/netflight/bpf/netflight.bpf.o";
    /** {@code CGROUP_ROOMS} and {@code CONNECTION_ROOMS} of filter.h. */
    private static final int FILTER_ROOMS_OF_CGROUP = 8 + 2;

    private final KernelFeatures features;
    private final BpfObject object;
    private final Map<KernelHook, BpfProgram> programs = new EnumMap<>(KernelHook.class);
    /** Those that the process calls and that have the filter in them, by name. */
    private final Map<String, BpfProgram> filtered = new HashMap<>();
    /** The tracepoints in use: one that is attached twice would run twice. */
    private final Set<KernelHook> traced = EnumSet.noneOf(KernelHook.class);
    private final boolean callsCanSleep;
    private final boolean datagramsWakeCalls;
    /** Of another backend than the tracepoints, once attached. */
    private volatile PacketLinks packetLinks;
    /** {@code null} where the process that is followed may use bpf(2). */
    private final DoorSocket door;

    private LoadedPrograms(KernelFeatures features, Set<KernelHook> used, BpfObject object, DoorSocket door,
            boolean callsCanSleep, boolean datagramsWakeCalls) {
        this.features = features;
        this.object = object;
        this.door = door;
        this.callsCanSleep = callsCanSleep;
        this.datagramsWakeCalls = datagramsWakeCalls;
        for (KernelHook hook : used) {
            programs.put(hook, object.program(hook.program));
        }
    }

    /**
     * Loads the programs that the kernel can take, attached to nothing yet. Some 40 ms.
     *
     * @param wanted which hooks are of use; those of them that the kernel has are loaded
     * @param door   by which they are called, or {@code null}; closed with them, also where this fails
     * @throws BpfException with the remedy, if the kernel refuses them
     */
    public static LoadedPrograms load(KernelFeatures features, CaptureProgram.Setup setup, Scope scope,
            Predicate<KernelHook> wanted, DoorSocket door) {
        try {
            return loadWith(features, setup, scope, wanted, door);
        } catch (RuntimeException | Error failure) {
            if (door != null) {
                door.close();
            }
            throw failure;
        }
    }

    private static LoadedPrograms loadWith(KernelFeatures features, CaptureProgram.Setup setup, Scope scope,
            Predicate<KernelHook> wanted, DoorSocket door) {
        Set<KernelHook> used = features.used(scope);
        used.removeIf(wanted.negate());
        PacketFilter filter = setup.filter();
        boolean callsCanSleep = features.callsCanSleep(filter, scope) && door == null;
        boolean datagramsWake = callsCanSleep && !filter.rejectsDatagrams();
        Libbpf libbpf = new Libbpf(NativeLibrary.required());
        BpfObject object;
        try (BpfObjectFile file = BpfObjectFile.open(libbpf, "netflight", objectBytes())) {
            for (KernelHook hook : KernelHook.values()) {
                file.autoload(hook.program, used.contains(hook));
            }
            file.autoload(ASKING, door != null);
            if (door != null) {
                file.constant("door", door.cookie());
                file.maxEntries("requests", Door.PLACES);
            }
            file.maxEntries("records", setup.ringBytes());
            file.constant("backend", features.backend().ordinal());
            if (features.backend() == PacketBackend.CGROUP) {
                file.maxEntries("filter_rooms", FILTER_ROOMS_OF_CGROUP);
            }
            file.constant("scope", scope.ordinal());
            if (scope == Scope.PROCESS) {
                // never used then
                file.maxEntries("strangers", 1).maxEntries("owners", 1);
            }
            file.constant("config", setup.toBytes(features.wholePackets()));
            file.constant("sees_packets", used.stream().anyMatch(KernelHook::takesPackets) ? 1 : 0);
            file.constant("has_filter", filter == null ? 0 : 1);
            file.constant("filter_sees_tags", filter != null && filter.speaksOfTags() ? 1 : 0);
            file.constant("datagrams_wake", datagramsWake ? 1 : 0);
            file.constant("filter_by_connection", features.leavesOut(filter) ? 1 : 0);
            object = file.load();
        }
        try {
            LoadedPrograms loaded = new LoadedPrograms(features, used, object, door, callsCanSleep, datagramsWake);
            if (filter != null) {
                loaded.filter(libbpf, filter);
            }
            return loaded;
        } catch (RuntimeException | Error failure) {
            object.close();
            throw failure;
        }
    }

    /** Puts other programs, with the filter in them, in the place of those that see packets and those that leave connections out. */
    private void filter(Libbpf libbpf, PacketFilter filter) {
        if (features.leavesOut(filter)) {
            BpfProgram adopt = object.program(ADOPT);
            filtered.put(ADOPT, object.replace(adopt, ProgramKind.SYSCALL, FilterSplice.into(adopt.instructions(), filter)));
        }
        try (KernelBtf btf = KernelBtf.load(libbpf)) {
            for (Map.Entry<KernelHook, BpfProgram> each : programs.entrySet()) {
                if (each.getKey().takesPackets() || features.leavesOut(filter) && each.getKey().seesCalls()) {
                    each.setValue(object.replace(each.getValue(), PacketLinks.kind(each.getKey(), btf),
                            FilterSplice.into(each.getValue().instructions(), filter)));
                }
            }
        }
    }

    /** The programs as they are in the jar. */
    public static byte[] objectBytes() {
        try (InputStream in = LoadedPrograms.class.getResourceAsStream(OBJECT)) {
            if (in == null) {
                throw new IllegalStateException("The agent's jar is incomplete: it has no " + OBJECT + ". Build it anew.");
            }
            return in.readAllBytes();
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
    }

    @Override
    public KernelFeatures features() {
        return features;
    }

    @Override
    public BpfMap map(String name) {
        return object.map(name);
    }

    @Override
    public ProgramCalls calls(String name, int contextSize, int slots) {
        return new ProgramRun(program(name), contextSize, slots);
    }

    /** @param name one of {@link #CALLED} */
    public BpfProgram program(String name) {
        BpfProgram replaced = filtered.get(name);
        return replaced != null ? replaced : object.program(name);
    }

    /** Has the door answered from now on. @return what it needs: its two ends and the link; empty where there is none */
    public List<Integer> openDoor() {
        if (door == null) {
            return List.of();
        }
        int[] ends = door.descriptors();
        return List.of(ends[0], ends[1], object.program(ASKING).attach().fd());
    }

    @Override
    public List<BpfLink> attach(boolean withCalls) {
        List<BpfLink> links = attachTracepoints(withCalls, true);
        packetLinks = PacketLinks.open(features.backend(), programs);
        return links;
    }

    @Override
    public boolean callsCanSleep() {
        return callsCanSleep;
    }

    @Override
    public boolean datagramsWakeCalls() {
        return datagramsWakeCalls;
    }

    @Override
    public List<BpfLink> attachCalls() {
        return attachTracepoints(true, false);
    }

    /** On an application's thread where they are of calls alone: so no lambda is linked here, and it can be tried again. */
    private List<BpfLink> attachTracepoints(boolean ofCalls, boolean others) {
        List<BpfLink> links = new ArrayList<>();
        for (Map.Entry<KernelHook, BpfProgram> each : programs.entrySet()) {
            KernelHook hook = each.getKey();
            if (hook.isTracepoint() && (hook.tellsOfCalls() ? ofCalls : others) && !traced.contains(hook)) {
                links.add(each.getValue().attach());
                traced.add(hook);
            }
        }
        return links;
    }

    @Override
    public void detach() {
        if (packetLinks != null) {
            packetLinks.close();
        }
    }

    @Override
    public String trouble() {
        return packetLinks == null ? null : packetLinks.trouble();
    }

    @Override
    public long recursionMisses() {
        long misses = 0;
        for (BpfProgram program : programs.values()) {
            misses += program.recursionMisses();
        }
        return misses;
    }

    @Override
    public String loader() {
        return "";
    }

    @Override
    public void close() {
        detach();
        object.close();
        if (door != null) {
            door.close();
        }
    }
}
