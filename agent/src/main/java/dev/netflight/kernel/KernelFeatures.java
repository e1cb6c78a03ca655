package dev.netflight.kernel;

import dev.netflight.filter.PacketFilter;
import dev.netflight.libbpf.BpfException;
import dev.netflight.libbpf.KernelBtf;
import dev.netflight.libbpf.Libbpf;
import dev.netflight.libbpf.NativeLibrary;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.Map;
import java.util.Set;

/**
 * What the running kernel offers, as far as a capture asks. The kernel's BTF decides; the system property
 * {@value #WITHOUT} takes features away again, so that the behaviour of another kernel can be seen on this one.
 *
 * @param btf         {@code null}, or why the kernel's BTF cannot be read, with the remedy
 * @param hooks       the hooks that it has
 * @param dynptr      whether tracing programs can read payload in pages ({@code bpf_dynptr_from_skb}, 6.12)
 * @param backend     what takes the packets
 */
public record KernelFeatures(String btf, Set<KernelHook> hooks, boolean dynptr, PacketBackend backend) {

    /** Comma-separated: {@code btf}, {@code payload}, or names of tracepoints that are to count as missing. */
    public static final String WITHOUT = "netflight.without";

    private static final int MAJOR = 6;
    private static final int MINOR = 12;

    /** Reads the kernel's BTF, some 10 ms. @throws BpfException if the native library is missing */
    public static KernelFeatures detect() {
        String without = "," + System.getProperty(WITHOUT, "") + ",";
        if (without.contains(",btf,")) {
            return none("it was taken away by -D" + WITHOUT + '.');
        }
        Set<KernelHook> hooks = EnumSet.noneOf(KernelHook.class);
        boolean dynptr;
        try (KernelBtf btf = KernelBtf.load(new Libbpf(NativeLibrary.required()))) {
            for (KernelHook hook : KernelHook.values()) {
                if (has(btf, hook) && !without.contains("," + hook.tracepoint + ",")) {
                    hooks.add(hook);
                }
            }
            dynptr = btf.hasFunction("bpf_dynptr_from_skb");
        } catch (BpfException failure) {
            if (!failure.function().startsWith("btf__")) {
                throw failure;
            }
            return none(failure.getMessage());
        }
        // the function is older than its admission to tracing programs, and BTF does not tell
        boolean whole = dynptr && isAtLeast(System.getProperty("os.version", ""), MAJOR, MINOR)
                && !without.contains(",payload,");
        return new KernelFeatures(null, hooks, whole, PacketBackend.TRACEPOINT);
    }

    private static KernelFeatures none(String why) {
        return new KernelFeatures(why, Set.of(), false, PacketBackend.TRACEPOINT);
    }

    private static boolean has(KernelBtf btf, KernelHook hook) {
        if (hook.isTracepoint()) {
            return btf.hasTracepoint(hook.tracepoint);
        }
        return btf.hasFunction("bpf_cast_to_kern_ctx")
                && (hook.backend == PacketBackend.TC ? btf.hasStruct("tcx_link") : btf.hasFunction("__cgroup_bpf_run_filter_skb"));
    }

    /** The same with packets taken by another backend. */
    public KernelFeatures by(PacketBackend other) {
        return new KernelFeatures(btf, hooks, dynptr, other);
    }

    /** Whether payload in pages can be read: the programs of traffic control and of control groups always can. */
    public boolean wholePackets() {
        return dynptr || backend != PacketBackend.TRACEPOINT;
    }

    /** A sentence with the remedy if no capture is possible, else {@code null}. */
    public String refusal() {
        return refusal(backend);
    }

    /** The same for one backend. */
    String refusal(PacketBackend by) {
        if (btf != null) {
            return "The kernel's type information (BTF) cannot be used: " + btf
                    + " Netflight needs a kernel built with CONFIG_DEBUG_INFO_BTF=y, as those of all current distributions"
                    + " are, and /sys/kernel/btf/vmlinux visible in this mount namespace.";
        }
        for (KernelHook hook : KernelHook.values()) {
            if (hook.need != KernelHook.Need.REQUIRED || hooks.contains(hook) || hook.backend != null && hook.backend != by) {
                continue;
            }
            return "The kernel has no " + hook.kind() + ' ' + hook.tracepoint + " (mainline since " + hook.since
                    + "), without which " + hook.without + ". Use "
                    + (hook.takesPackets() ? "another backend, or " : "") + "a kernel that has it.";
        }
        return null;
    }

    /** Whether calls are seen by tracepoints at their end; if not, each thread asks after its call. */
    public boolean seesCalls() {
        return hooks.contains(KernelHook.SEND_END) && hooks.contains(KernelHook.RECEIVE_END);
    }

    /** Whether connections of which a filter accepts no packet need not be followed. @param filter {@code null} for none */
    public boolean leavesOut(PacketFilter filter) {
        return filter != null && filter.isByConnection() && seesCalls();
    }

    /**
     * Whether nothing need be known of calls as long as no socket is followed: each is met before its first call then. Those of
     * other processes are not.
     */
    boolean callsCanSleep(PacketFilter filter, Scope scope) {
        return leavesOut(filter) && scope == Scope.PROCESS;
    }

    /** For each hook why it is left out, or an empty string where it is used. */
    public Map<KernelHook, String> reasons() {
        Map<KernelHook, String> reasons = new EnumMap<>(KernelHook.class);
        for (KernelHook hook : KernelHook.values()) {
            boolean pair = hook == KernelHook.SEND_END || hook == KernelHook.RECEIVE_END;
            if (!hooks.contains(hook)) {
                reasons.put(hook, "this kernel has no such " + hook.kind() + " (mainline since " + hook.since + "): "
                        + hook.without);
            } else if ((pair || hook == KernelHook.SEND_BEGIN) && !seesCalls()) {
                reasons.put(hook, "its counterpart is missing: " + KernelHook.SEND_END.without);
            } else {
                reasons.put(hook, "");
            }
        }
        return reasons;
    }

    /** The hooks that a capture of this scope uses, in the order in which they are attached. */
    public Set<KernelHook> used(Scope scope) {
        Set<KernelHook> used = EnumSet.noneOf(KernelHook.class);
        reasons().forEach((hook, reason) -> {
            if (reason.isEmpty() && concerns(hook) && (scope != Scope.PROCESS || hook.need != KernelHook.Need.SCOPED)) {
                used.add(hook);
            }
        });
        return used;
    }

    /** Whether the backend has to do with it. */
    public boolean concerns(KernelHook hook) {
        return hook.backend == null || hook.backend == backend;
    }

    static boolean isAtLeast(String version, int major, int minor) {
        String[] parts = version.split("[^0-9]+", 3);
        if (parts.length < 2 || parts[0].isEmpty() || parts[1].isEmpty()) {
            return false;
        }
        int itsMajor = Integer.parseInt(parts[0]);
        return itsMajor > major || itsMajor == major && Integer.parseInt(parts[1]) >= minor;
    }
}
