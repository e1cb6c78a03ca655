package dev.netflight.sink.jfr;

/**
 * A recording that runs and asks for events of ours by name.
 *
 * @param id   JFR's number of it, as {@code jcmd PID JFR.check} shows
 * @param name as it was given; JFR's default is the number
 */
public record AskingRecording(long id, String name) {}
