package dev.netflight.it.app;

import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Eight threads, {@code submit-0} to {@code submit-7}, that each hand over requests from a method of their own. A request's
 * mark tells who: {@code <submit-3:three:000042:…>}, padded to a fixed length with what nobody can guess.
 */
public final class Submitters {
    static final int THREADS = 8;
    static final int MARK = 64;

    public static final List<String> NAMES = List.of("zero", "one", "two", "three", "four", "five", "six", "seven");
    private static final AtomicInteger NUMBER = new AtomicInteger();

    /** Hands a request over. */
    interface Submit {
        void request(String mark) throws Exception;
    }

    private Submitters() {}

    /** Runs {@code requests} requests on each thread; returns when all have been handed over. */
    static void run(int requests, Submit submit) throws InterruptedException {
        Thread[] threads = new Thread[THREADS];
        for (int i = 0; i < THREADS; i++) {
            int thread = i;
            threads[i] = Thread.ofPlatform().name("submit-" + i).start(() -> {
                try {
                    for (int request = 0; request < requests; request++) {
                        submit(thread, submit, mark(thread));
                    }
                } catch (Exception problem) {
                    System.out.println("failed: " + problem);
                    problem.printStackTrace();
                }
            });
        }
        for (Thread thread : threads) {
            thread.join();
        }
    }

    /** Whose mark it is. */
    static int thread(String mark) {
        return mark.charAt("<submit-".length()) - '0';
    }

    private static String mark(int thread) {
        StringBuilder mark = new StringBuilder("<submit-" + thread + ':' + NAMES.get(thread) + ':')
                .append(String.format("%06d", NUMBER.incrementAndGet())).append(':');
        while (mark.length() < MARK - 1) {
            mark.append((char) ('a' + (int) (Math.random() * 26)));
        }
        return mark.append('>').toString();
    }

    private static void submit(int thread, Submit submit, String mark) throws Exception {
        switch (thread) {
            case 0 -> zero(submit, mark);
            case 1 -> one(submit, mark);
            case 2 -> two(submit, mark);
            case 3 -> three(submit, mark);
            case 4 -> four(submit, mark);
            case 5 -> five(submit, mark);
            case 6 -> six(submit, mark);
            default -> seven(submit, mark);
        }
    }

    private static void zero(Submit submit, String mark) throws Exception {
        submit.request(mark);
    }

    private static void one(Submit submit, String mark) throws Exception {
        submit.request(mark);
    }

    private static void two(Submit submit, String mark) throws Exception {
        submit.request(mark);
    }

    private static void three(Submit submit, String mark) throws Exception {
        submit.request(mark);
    }

    private static void four(Submit submit, String mark) throws Exception {
        submit.request(mark);
    }

    private static void five(Submit submit, String mark) throws Exception {
        submit.request(mark);
    }

    private static void six(Submit submit, String mark) throws Exception {
        submit.request(mark);
    }

    private static void seven(Submit submit, String mark) throws Exception {
        submit.request(mark);
    }
}
