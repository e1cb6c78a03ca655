package dev.netflight.control;

import dev.netflight.instrument.HookStatus;
import dev.netflight.kernel.KernelFeatures;
import dev.netflight.kernel.KernelHook;
import dev.netflight.model.Counters;
import java.time.Duration;
import java.time.Instant;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.function.Predicate;
import java.util.stream.Collectors;

/** How a capture stands, as text for people. */
final class Status {
    private static final String ASLEEP = "asleep until a socket is used that the filter can accept: ";

    private Status() {}

    /**
     * @param current the capture that runs, or {@code null}
     * @param before  the one that ran last, or {@code null}
     * @param refusal why the last start failed, or {@code null}
     */
    static String of(Capture current, Capture before, String refusal) {
        StringBuilder text = new StringBuilder();
        if (current == null) {
            text.append("armed: nothing is captured");
            if (refusal != null) {
                line(text, "last start", "failed: " + refusal);
            }
            if (before != null) {
                line(text, "last capture", "began " + before.started());
                describe(text, before);
            }
            return text.toString();
        }
        text.append("capturing since ").append(current.started()).append(" (")
                .append(Duration.between(current.started(), Instant.now()).toSeconds()).append(" s)");
        describe(text, current);
        hooks(text, current.features(), current::concerns, current.areCallsAsleep());
        text.append("\nhooks in the JVM:");
        for (HookStatus hook : current.hooks()) {
            row(text, hook.active(), hook.hook(), hook.method() + (hook.reason().isEmpty() ? "" : ": " + hook.reason()));
        }
        text.append("\nhooks in libraries:");
        for (HookStatus hook : current.libraries()) {
            row(text, hook.active(), hook.hook(), hook.method() + ": " + hook.reason());
        }
        return text.toString();
    }

    private static void describe(StringBuilder text, Capture capture) {
        Counters counters = capture.counters();
        line(text, "options", capture.options().asGiven());
        if (capture.filter() != null) {
            line(text, "filter", capture.filter().expression() + " (" + capture.filter().classicLength()
                    + " instructions of libpcap's, in the kernel"
                    + (capture.leavesOut() ? "; connections that it cannot accept are not followed)" : ")"));
        }
        line(text, "backend", capture.backend().explained());
        if (capture.file() != null && capture.flight() == null) {
            line(text, "file", capture.file() + " (" + number(counters.bytesWritten()) + " bytes)");
        }
        line(text, "outputs", capture.sinkNames().isEmpty() ? "none" : String.join(", ", capture.sinkNames()));
        if (!capture.without().isEmpty()) {
            line(text, "without", capture.without());
        }
        if (!capture.loader().isEmpty()) {
            line(text, "programs", capture.loader());
        }
        line(text, "packets", packets(counters));
        if (capture.flight() != null) {
            line(text, "flight", capture.flight().status());
            if (capture.flight().failure() != null) {
                line(text, "dump failed", capture.flight().failure());
            }
        }
        line(text, "operations", number(counters.operations()) + " on captured sockets of "
                + number(capture.operationsSeen()) + " seen; dropped " + number(counters.operationsDropped())
                + " (queue full); threads without a slot " + number(capture.threadsWithoutSlot()));
        line(text, "sockets", number(capture.openSockets()) + " were open at the start");
        if (counters.recordsLost() + counters.recursionMisses() + counters.connectionsEvicted()
                + counters.rangesEvicted() + capture.originsEvicted() > 0) {
            line(text, "other losses", "socket records " + number(counters.recordsLost())
                    + " (ring full); skipped runs of programs " + number(counters.recursionMisses())
                    + "; connections evicted " + number(counters.connectionsEvicted())
                    + "; byte ranges evicted " + number(counters.rangesEvicted())
                    + "; origins evicted " + number(capture.originsEvicted()));
        }
        if (capture.processesRefused() > 0) {
            line(text, "processes", number(capture.processesRefused()) + " of the scope are not followed (table full)");
        }
        for (String failure : capture.sinkFailures()) {
            line(text, "output failed", failure);
        }
        if (capture.trouble() != null) {
            line(text, "trouble", capture.trouble());
        }
    }

    /** The books of a capture: {@code matched = emitted + lost + dropped + waiting}. */
    static String packets(Counters counters) {
        long waiting = counters.matched() - counters.emitted() - counters.lost() - counters.dropped();
        return "matched " + number(counters.matched()) + " = emitted " + number(counters.emitted())
                + " + lost " + number(counters.lost()) + " (ring full) + dropped " + number(counters.dropped())
                + (waiting > 0 ? " + waiting " + number(waiting) : "")
                + "; unattributed " + number(counters.unattributed());
    }

    /** @param callsAsleep whether those that tell of calls are not attached yet */
    static void hooks(StringBuilder text, KernelFeatures features, Predicate<KernelHook> wanted, boolean callsAsleep) {
        text.append("\nhooks in the kernel:");
        Map<KernelHook, String> reasons = features.reasons();
        for (KernelHook hook : KernelHook.values()) {
            String reason = reasons.get(hook);
            if (!wanted.test(hook)) {
                continue;
            }
            String gives = callsAsleep && hook.tellsOfCalls() ? ASLEEP + hook.gives : hook.gives;
            row(text, reason.isEmpty(), hook.tracepoint, reason.isEmpty() ? gives : reason);
        }
        row(text, features.wholePackets(), "bpf_dynptr_from_skb", features.wholePackets()
                ? "whole payload of each packet"
                : "this kernel has it not for tracing programs (mainline since 6.12): only the linear part of a packet is"
                        + " kept, which for TCP is its headers");
    }

    /** Names of the tracepoints in use, blank-separated. */
    static String hooksInUse(Set<KernelHook> used) {
        return used.stream().map(hook -> hook.tracepoint).collect(Collectors.joining(" "));
    }

    static void line(StringBuilder text, String what, String value) {
        text.append('\n').append(String.format(Locale.ROOT, "%-13s %s", what + ":", value));
    }

    static void row(StringBuilder text, boolean active, String what, String value) {
        text.append('\n').append(String.format(Locale.ROOT, "  %s %-22s %s", active ? "+" : "-", what, value));
    }

    static String number(long value) {
        return String.format(Locale.ROOT, "%,d", value);
    }
}
