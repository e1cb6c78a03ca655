package dev.netflight.control;

import java.util.List;

/**
 * Tells JMX listeners what goes wrong in a capture, once a second at most: losses, an output that failed, a capture that has ended by
 * itself. Capture thread; nothing here waits.
 */
final class JmxNews {
    /** Comes when the capture has started, on another thread. */
    private volatile Capture capture;
    private long lost;
    private int failures;
    private String trouble;

    void of(Capture started) {
        capture = started;
    }

    void secondPassed() {
        Capture watched = capture;
        if (watched == null) {
            return;
        }
        long now = watched.counters().lost();
        if (now > lost) {
            JmxDoor.lost((now - lost) + " packets were lost because the ring was full, " + now + " since the capture began. Take "
                    + "a larger ring or a smaller snaplen.", now);
            lost = now;
        }
        List<String> failed = watched.sinkFailures();
        for (; failures < failed.size(); failures++) {
            JmxDoor.failed(failed.get(failures));
        }
        String said = watched.trouble();
        if (said != null && !said.equals(trouble)) {
            JmxDoor.failed(said);
        }
        trouble = said;
    }
}
