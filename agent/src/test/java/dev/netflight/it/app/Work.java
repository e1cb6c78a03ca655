package dev.netflight.it.app;

/** What a thread does. A problem of it ends the program: a thread that is missing would look like a slow one. */
interface Work {
    void run() throws Exception;

    /** Starts a thread for it; a platform thread is a daemon. */
    static Thread start(boolean virtual, String name, Work work) {
        return (virtual ? Thread.ofVirtual() : Thread.ofPlatform().daemon()).name(name).start(() -> {
            try {
                work.run();
            } catch (Throwable problem) {
                fail(problem);
            }
        });
    }

    static void fail(Throwable problem) {
        problem.printStackTrace();
        System.exit(1);
    }
}
