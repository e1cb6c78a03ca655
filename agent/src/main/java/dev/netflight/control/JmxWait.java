package dev.netflight.control;

/**
 * Waits beside the application's start for the MBean server that the JVM's own management agent makes after us, so that an agent
 * that is only armed can be started over JMX. Only where that agent was asked for on the command line: otherwise there may never be a
 * server, and an armed agent has no thread.
 */
final class JmxWait {
    private static final String ASKED_FOR = "com.sun.management.jmxremote";
    private static final long PAUSE_MILLIS = 100;
    /** After a minute it has failed, and the JVM said so. */
    private static final int MOST_PAUSES = 600;

    private JmxWait() {}

    static boolean isWorthwhile() {
        for (String name : System.getProperties().stringPropertyNames()) {
            if (name.startsWith(ASKED_FOR)) {
                return true;
            }
        }
        return false;
    }

    /** @param open called once there is a server */
    static void begin(Runnable open) {
        Thread thread = new Thread(null, () -> await(open), "netflight-jmx-wait", 0, false);
        thread.setDaemon(true);
        thread.start();
    }

    private static void await(Runnable open) {
        try {
            for (int i = 0; i < MOST_PAUSES && !JmxDoor.isMissing(); i++) {
                Thread.sleep(PAUSE_MILLIS);
            }
            open.run();
        } catch (InterruptedException ending) {
            Thread.currentThread().interrupt();
        }
    }
}
