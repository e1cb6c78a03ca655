package dev.netflight.kernel;

import dev.netflight.libbpf.Capabilities;
import java.util.EnumMap;
import java.util.Map;

/**
 * Which backend takes the packets of a capture, and why others cannot.
 *
 * @param backend  the one; where none can it is the one that was asked for, or the first
 * @param isAsked  whether it was asked for by name
 * @param refusals of those that cannot, a sentence with the remedy each
 */
public record BackendChoice(PacketBackend backend, boolean isAsked, Map<PacketBackend, String> refusals) {

    /** @param wanted {@code null} for the best that there is */
    public static BackendChoice of(KernelFeatures features, PacketBackend wanted) {
        Map<PacketBackend, String> refusals = new EnumMap<>(PacketBackend.class);
        PacketBackend best = null;
        for (PacketBackend each : PacketBackend.values()) {
            String refusal = refusal(features, each);
            if (refusal != null) {
                refusals.put(each, refusal);
            } else if (best == null) {
                best = each;
            }
        }
        return new BackendChoice(wanted != null ? wanted : best != null ? best : PacketBackend.TRACEPOINT, wanted != null,
                refusals);
    }

    private static String refusal(KernelFeatures features, PacketBackend backend) {
        String refusal = features.refusal(backend);
        if (refusal != null || backend == PacketBackend.TRACEPOINT) {
            return refusal;
        }
        Capabilities capabilities = Capabilities.current();
        if (!capabilities.has(Capabilities.CAP_NET_ADMIN) && !capabilities.has(Capabilities.CAP_SYS_ADMIN)) {
            return "backend=" + backend + " needs CAP_NET_ADMIN, which the process lacks: run it as root, give it the capability,"
                    + " or use backend=tracepoint, which does without.";
        }
        return backend == PacketBackend.CGROUP ? OwnControlGroup.find().refusal() : null;
    }

    /** Why no packet can be taken this way, or {@code null}. */
    public String refusal() {
        return refusals.get(backend);
    }

    /** The backend, what it sees and why it is this one. */
    public String explained() {
        StringBuilder text = new StringBuilder(backend.title).append(": packets ").append(backend.sees);
        if (!isAsked) {
            refusals.forEach((other, refusal) -> {
                if (other.compareTo(backend) < 0) {
                    text.append("; not ").append(other).append(": ").append(refusal);
                }
            });
        }
        return text.toString();
    }
}
