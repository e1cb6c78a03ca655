package dev.netflight.control;

import dev.netflight.filter.PacketFilter;
import dev.netflight.kernel.CaptureProgram;
import dev.netflight.kernel.KernelFeatures;
import dev.netflight.kernel.LoadedPrograms;
import dev.netflight.kernel.Scope;
import dev.netflight.libbpf.BpfException;

/** Loads the kernel programs that a capture's options ask for, in the JVM itself or in a helper. */
public final class CapturePrograms {
    private CapturePrograms() {}

    /**
     * Loads them for another process.
     *
     * @param sharesNetwork whether it sees the same network devices
     * @throws CaptureException with a sentence and the remedy
     */
    public static LoadedPrograms loadFor(Options options, boolean sharesNetwork) throws CaptureException {
        try {
            return load(options, Filters.of(options, sharesNetwork));
        } catch (BpfException refused) {
            throw new CaptureException(refused.getMessage(), refused);
        }
    }

    /** @param filter compiled from the options, or {@code null} */
    static LoadedPrograms load(Options options, PacketFilter filter) throws CaptureException {
        KernelFeatures features = KernelFeatures.detect();
        String refusal = features.refusal();
        if (refusal != null) {
            throw new CaptureException(refusal);
        }
        return LoadedPrograms.load(features, new CaptureProgram.Setup(options.snaplen(),
                options.direction() != Options.Directions.OUT, options.direction() != Options.Directions.IN,
                options.interfaces(), options.ring().orElseGet(() -> RingSize.byDefault(options.snaplen())), filter),
                scope(options));
    }

    static Scope scope(Options options) {
        return switch (options.scope()) {
            case PROCESS -> Scope.PROCESS;
            case CHILDREN -> Scope.CHILDREN;
            case CGROUP -> Scope.CGROUP;
        };
    }
}
