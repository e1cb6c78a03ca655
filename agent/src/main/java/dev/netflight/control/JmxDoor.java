package dev.netflight.control;

import dev.netflight.jmx.CaptureBean;
import dev.netflight.jmx.CaptureControl;
import dev.netflight.model.Counters;
import java.lang.instrument.Instrumentation;
import java.nio.file.Path;
import javax.management.MBeanServerFactory;

/**
 * The bean {@code dev.netflight:type=Capture}. Its classes cannot be linked in a JVM without {@code java.management}, so
 * only {@link Verbs} calls here, after it has asked whether that module is there.
 *
 * <p>The bean comes as soon as the application, or somebody who attached to it, has made the JVM's MBean server, and stays
 * for as long as the JVM lives. Netflight never makes the server itself: application servers configure it first.
 */
final class JmxDoor implements CaptureControl {
    private static CaptureBean bean;

    private final Instrumentation inst;
    private final Path folder;

    private JmxDoor(Instrumentation inst, Path folder) {
        this.inst = inst;
        this.folder = folder;
    }

    /** Whether there is a server and no bean in it yet. */
    static synchronized boolean isMissing() {
        return bean == null && !MBeanServerFactory.findMBeanServer(null).isEmpty();
    }

    /** Registers the bean if it is missing. @param folder below which a JMX client may name files */
    static synchronized void open(Instrumentation inst, Path folder) {
        if (isMissing()) {
            bean = CaptureBean.register(new JmxDoor(inst, folder));
        }
    }

    static synchronized void started(String answer) {
        if (bean != null) {
            bean.captureStarted(answer);
        }
    }

    static synchronized void stopped(String answer) {
        if (bean != null) {
            bean.captureStopped(answer);
        }
    }

    static synchronized void failed(String sentence) {
        if (bean != null) {
            bean.captureFailed(sentence);
        }
    }

    static synchronized void dumped(String sentence, Path file) {
        if (bean != null) {
            bean.captureDumped(sentence, file.toString());
        }
    }

    /** @param total since the capture began */
    static synchronized void lost(String sentence, long total) {
        if (bean != null) {
            bean.packetsLost(sentence, total);
        }
    }

    @Override
    public String run(String options) {
        if (options.equals("rotate")) {
            return Verbs.rotate();
        }
        return Verbs.runBelow(folder, options, inst);
    }

    @Override
    public String state() {
        return Verbs.state();
    }

    @Override
    public String file() {
        Capture shown = Verbs.shown();
        return shown == null || shown.file() == null ? null : shown.file().toString();
    }

    @Override
    public String filter() {
        Capture shown = Verbs.shown();
        return shown == null ? null : shown.options().filter().orElse(null);
    }

    @Override
    public long packetsCaptured() {
        return counters().emitted();
    }

    @Override
    public long packetsLost() {
        return counters().lost();
    }

    @Override
    public long packetsDropped() {
        return counters().dropped();
    }

    @Override
    public long packetsUnattributed() {
        return counters().unattributed();
    }

    @Override
    public long bytesWritten() {
        return counters().bytesWritten();
    }

    @Override
    public long operationsSeen() {
        Capture shown = Verbs.shown();
        return shown == null ? 0 : shown.operationsSeen();
    }

    private static Counters counters() {
        Capture shown = Verbs.shown();
        return shown == null ? Counters.NONE : shown.counters();
    }
}
