package dev.netflight.control;

import dev.netflight.helper.HelperException;
import dev.netflight.libbpf.BpfException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;

/** A part of a capture's start that goes on beside the others, on a thread of its own. */
final class StartPart<T> {
    interface Work<T> {
        T run() throws CaptureException;
    }

    private final FutureTask<T> task;

    private StartPart(FutureTask<T> task) {
        this.task = task;
    }

    /** Begins it. @param name of its thread */
    static <T> StartPart<T> begin(String name, Work<T> work) {
        FutureTask<T> task = new FutureTask<>(work::run);
        Thread thread = new Thread(null, task, name, 0, false);
        thread.setDaemon(true);
        thread.start();
        return new StartPart<>(task);
    }

    /** Waits for its end. @return what it has made, or {@code null} if it failed */
    T settled() {
        try {
            return task.get();
        } catch (ExecutionException failed) {
            return null;
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            return null;
        }
    }

    /** Waits for its end. @throws CaptureException with a sentence and the remedy if it failed */
    void check() throws CaptureException {
        try {
            task.get();
        } catch (ExecutionException failed) {
            throw explained(failed.getCause());
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            throw new CaptureException("The start of the capture was interrupted.", interrupted);
        }
    }

    /** A failure of a start in a sentence. */
    static CaptureException explained(Throwable failure) {
        return switch (failure) {
            case CaptureException told -> told;
            case BpfException known -> new CaptureException(known.getMessage(), known);
            case HelperException known -> new CaptureException(known.getMessage(), known);
            default -> new CaptureException("The capture could not start: " + failure, failure);
        };
    }
}
