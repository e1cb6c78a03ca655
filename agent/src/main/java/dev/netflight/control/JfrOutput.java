package dev.netflight.control;

import dev.netflight.hook.OperationListener;
import dev.netflight.model.Wants;
import dev.netflight.sink.CaptureAnchor;
import dev.netflight.sink.Sink;
import dev.netflight.sink.jfr.JfrSettings;
import dev.netflight.sink.jfr.JfrSink;
import java.nio.file.Path;
import java.util.function.Consumer;

/** The JFR output, apart from {@link Capture} because its classes cannot be linked in a JVM without {@code jdk.jfr}. */
final class JfrOutput {
    private final JfrSink sink;

    private JfrOutput(JfrSink sink) {
        this.sink = sink;
    }

    /** Whether this JVM has JFR: then a capture feeds it, whether or not anything is recorded yet. */
    static boolean isPossible() {
        return ModuleLayer.boot().findModule("jdk.jfr").isPresent();
    }

    /**
     * @param hooks tracepoints in use, in words
     * @param seesPackets whether those are among them that see packets
     * @param wants told which troubles recordings want to know of
     * @param openConnections has the sinks told of the open connections, and returns when they have been
     * @return {@code null} where JFR is in the image but switched off
     */
    static JfrOutput open(Options options, Path file, CaptureAnchor anchor, String hooks,
            boolean seesPackets, Consumer<Wants> wants, Runnable openConnections) {
        if (!JfrSink.isAvailable()) {
            return null;
        }
        return new JfrOutput(JfrSink.open(new JfrSettings(Version.application(), options.asGiven(),
                file == null ? null : file.toString(), options.filter().orElse(null), options.snaplen(),
                options.interfaces().isEmpty() ? "any" : String.join("+", options.interfaces()),
                OptionValues.text(options.direction()), OptionValues.text(options.scope()), options.stacks().toString(),
                options.stackDepth(), hooks, seesPackets), anchor, wants,
                openConnections));
    }

    Sink sink() {
        return sink;
    }

    /** Whether a recording wants to know who handed bytes over. Any thread. */
    boolean wantsOrigins() {
        return sink.wantsOrigins();
    }

    /** What commits the operations' events, on the application's threads. */
    OperationListener operations() {
        return sink.operations();
    }
}
