package dev.netflight.control;

import dev.netflight.sink.jfr.AskingRecording;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * Whether a capture is wanted for the sake of JFR recordings, and whether the one that runs is such a one. It has no
 * file. A capture that a user has started serves recordings as well, and goes on when they end. Guarded by the class
 * {@link Verbs}.
 */
final class RecordedCapture {
    static final Options OPTIONS = options();

    private List<AskingRecording> asking = List.of();
    /** Recordings whose capture could not start, failed, or was stopped by hand: it is not tried again for them. */
    private final Set<Long> without = new HashSet<>();
    private boolean running;

    private static Options options() {
        try {
            return Options.parse("start");
        } catch (OptionsException impossible) {
            throw new IllegalStateException(impossible);
        }
    }

    /** @param now the running recordings that name events of ours */
    void asking(List<AskingRecording> now) {
        asking = now;
        without.retainAll(now.stream().map(AskingRecording::id).toList());
    }

    boolean isWanted() {
        return asking.stream().anyMatch(recording -> !without.contains(recording.id()));
    }

    /** What their events need, all together. */
    EventNeeds needs() {
        return asking.stream().filter(recording -> !without.contains(recording.id()))
                .map(recording -> EventNeeds.of(recording.events())).reduce(EventNeeds.NOTHING, EventNeeds::and);
    }

    /** Whether the capture that runs is here for recordings alone. */
    boolean isRunning() {
        return running;
    }

    void started() {
        running = true;
    }

    void ended() {
        running = false;
    }

    /** {@return what to tell the user} */
    String refused(String reason) {
        String sentence = names() + (asking.size() == 1 ? " goes" : " go") + " on without Netflight's events: " + reason;
        stoppedByHand();
        return Character.toUpperCase(sentence.charAt(0)) + sentence.substring(1);
    }

    void stoppedByHand() {
        asking.forEach(recording -> without.add(recording.id()));
    }

    /** The recordings that ask, in words. */
    String names() {
        return (asking.size() == 1 ? "recording " : "recordings ")
                + asking.stream().map(AskingRecording::name).collect(Collectors.joining(", "));
    }

    /** A line of the status, or nothing. */
    String status() {
        if (asking.isEmpty()) {
            return "";
        }
        var text = new StringBuilder();
        Status.line(text, "asked by", names() + (isWanted() ? running ? "; the capture ends with it" : "" : "; in vain"));
        return text.toString();
    }
}
