package dev.netflight.control;

import dev.netflight.filter.PacketFilter;
import dev.netflight.kernel.BackendChoice;
import dev.netflight.kernel.CaptureProgram;
import dev.netflight.kernel.KernelFeatures;
import dev.netflight.kernel.KernelHook;
import dev.netflight.kernel.LoadedPrograms;
import dev.netflight.kernel.PacketBackend;
import dev.netflight.kernel.Scope;
import dev.netflight.libbpf.BpfException;
import dev.netflight.libbpf.DoorSocket;
import java.io.IOException;
import java.util.function.Predicate;

/** Loads the kernel programs that a capture's options ask for, in the JVM itself or in a helper. */
public final class CapturePrograms {
    private CapturePrograms() {}

    /**
     * Loads them for another process.
     *
     * @param sharesNetwork whether it sees the same network devices
     * @param isFiltered    whether a seccomp filter may keep it from bpf(2), even with descriptors that it was given
     * @throws CaptureException with a sentence and the remedy
     */
    public static LoadedPrograms loadFor(Options options, boolean sharesNetwork, boolean isFiltered) throws CaptureException {
        if (options.backend() == Options.Backend.TC || options.backend() == Options.Backend.CGROUP) {
            throw new CaptureException("backend=" + options.backend().kernels() + " attaches to devices or control groups of the"
                    + " JVM, which another process cannot do for it: use backend=tracepoint, or give the JVM the rights.");
        }
        try {
            return load(options, Filters.of(options, sharesNetwork), PacketBackend.TRACEPOINT, any -> true, isFiltered);
        } catch (BpfException refused) {
            throw new CaptureException(refused.getMessage(), refused);
        } catch (IOException failure) {
            throw new CaptureException("No socket could be made for the programs' caller: " + failure.getMessage() + ".", failure);
        }
    }

    /**
     * @param filter compiled from the options, or {@code null}
     * @param hooks  which hooks are of use
     */
    static LoadedPrograms load(Options options, PacketFilter filter, Predicate<KernelHook> hooks) throws CaptureException {
        try {
            return load(options, filter, options.backend().kernels(), hooks, false);
        } catch (IOException impossible) {
            throw new IllegalStateException(impossible); // without a door
        }
    }

    /** @param wanted {@code null} for the best that there is */
    private static LoadedPrograms load(Options options, PacketFilter filter, PacketBackend wanted,
            Predicate<KernelHook> hooks, boolean isFiltered) throws CaptureException, IOException {
        KernelFeatures detected = KernelFeatures.detect();
        BackendChoice choice = BackendChoice.of(detected, wanted);
        if (choice.refusal() != null) {
            throw new CaptureException(choice.refusal());
        }
        if (choice.backend() == PacketBackend.CGROUP && filter != null && filter.whyNoIp() != null) {
            throw new CaptureException("filter=" + filter + " asks for the link layer, of which backend=cgroup sees nothing ("
                    + filter.whyNoIp() + "). Use backend=tracepoint or tc, or an expression that begins with the IP header.");
        }
        KernelFeatures features = detected.by(choice.backend());
        // an older kernel has no such tracepoint; then the seccomp filter decides
        DoorSocket door = isFiltered && features.hooks().contains(KernelHook.SEND_END) ? DoorSocket.open() : null;
        return LoadedPrograms.load(features, new CaptureProgram.Setup(options.snaplen(),
                options.direction() != Options.Directions.OUT, options.direction() != Options.Directions.IN,
                options.interfaces(), options.ring().orElseGet(() -> RingSize.byDefault(options.snaplen())), filter),
                scope(options), hooks, door);
    }

    static Scope scope(Options options) {
        return switch (options.scope()) {
            case PROCESS -> Scope.PROCESS;
            case CHILDREN -> Scope.CHILDREN;
            case CGROUP -> Scope.CGROUP;
        };
    }
}
