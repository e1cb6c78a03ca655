package dev.netflight.control;

import dev.netflight.filter.PacketFilter;
import dev.netflight.kernel.BackendChoice;
import dev.netflight.kernel.KernelFeatures;
import dev.netflight.kernel.PacketBackend;
import dev.netflight.libbpf.BpfException;
import dev.netflight.libbpf.Capabilities;
import dev.netflight.libbpf.NativeLibrary;
import java.lang.instrument.Instrumentation;
import java.util.List;

/** What this machine and this JVM allow, and what to do about what they do not. Captures nothing. */
public final class Preflight {
    private static final String YES = "a capture can start here";
    private static final String NO = "a capture cannot start here: ";

    private Preflight() {}

    /** {@return {@code OK …} or {@code ERROR …}: what this machine allows to a process with the rights of this one} */
    public static String machine() {
        StringBuilder text = new StringBuilder();
        String refusal = kernel(text, null);
        return (refusal == null ? "OK " + YES : "ERROR " + NO + refusal) + text;
    }

    /** @param options whose filter is looked at too */
    static String report(Instrumentation inst, Options options) {
        StringBuilder text = new StringBuilder();
        String refusal = kernel(text, options.backend().kernels());
        if (refusal == null && options.filter().isPresent()) {
            refusal = filter(text, options);
        }
        text.append("\nin the JVM:");
        Status.row(text, true, "JDK", Runtime.version().toString());
        boolean retransform = inst != null && inst.isRetransformClassesSupported();
        Status.row(text, retransform, "retransformation", retransform
                ? "the JDK's socket classes can be woven"
                : "this JVM cannot retransform classes: packets have connections, but no thread and no stack");
        module(text, "jdk.jfr", "JFR events", "add it to the image (--add-modules jdk.jfr)");
        module(text, "java.management", "JMX bean", "add it to the image (--add-modules java.management)");
        return (refusal == null ? YES : NO + refusal) + text;
    }

    /** @param wanted {@code null} for the best @return why nothing can be captured, or {@code null} */
    private static String kernel(StringBuilder text, PacketBackend wanted) {
        String os = System.getProperty("os.name") + " " + System.getProperty("os.version") + " "
                + System.getProperty("os.arch");
        text.append("\non the machine:");
        Status.row(text, os.startsWith("Linux"), "system", os);
        if (NativeLibrary.find() instanceof NativeLibrary.Missing missing) {
            Status.row(text, false, "native library", missing.message());
            return missing.message();
        }
        Status.row(text, true, "native library", NativeLibrary.required().origin());
        List<String> lacking = Capabilities.current().missingForTracing();
        String capabilities = lacking.isEmpty() ? "CAP_BPF and CAP_PERFMON"
                : "the process lacks " + String.join(" and ", lacking) + ": run it as root, or give it the capabilities"
                        + " (systemd: AmbientCapabilities=CAP_BPF CAP_PERFMON; a container: cap-add BPF and PERFMON), or let root load"
                        + " the programs for it: sudo java -jar netflight.jar start PID";
        Status.row(text, lacking.isEmpty(), "capabilities", capabilities);
        KernelFeatures features;
        try {
            features = KernelFeatures.detect();
        } catch (BpfException failure) {
            Status.row(text, false, "BTF", failure.getMessage());
            return failure.getMessage();
        }
        Status.row(text, features.btf() == null, "BTF", features.btf() == null ? "/sys/kernel/btf/vmlinux" : features.btf());
        if (features.btf() == null) {
            Status.hooks(text, features, hook -> true, false);
        }
        BackendChoice choice = BackendChoice.of(features, wanted);
        for (PacketBackend backend : PacketBackend.values()) {
            String refusal = choice.refusals().get(backend);
            Status.row(text, refusal == null, "backend=" + backend, refusal == null
                    ? "packets " + backend.sees + (backend == choice.backend() ? " (this one)" : "") : refusal);
        }
        return choice.refusal() != null ? choice.refusal() : lacking.isEmpty() ? null : capabilities + ".";
    }

    private static String filter(StringBuilder text, Options options) {
        try {
            PacketFilter filter = Filters.of(options);
            Status.row(text, true, "filter", filter.classicLength() + " instructions of libpcap's");
            return null;
        } catch (CaptureException refused) {
            Status.row(text, false, "filter", refused.getMessage());
            return refused.getMessage();
        }
    }

    private static void module(StringBuilder text, String module, String gives, String remedy) {
        boolean there = ModuleLayer.boot().findModule(module).isPresent();
        Status.row(text, there, gives, there ? "available" : "this JVM runs without " + module + ": " + remedy);
    }
}
