package dev.netflight.sink.jfr;

import java.util.Set;

/**
 * A recording that runs and asks for events of ours by name.
 *
 * @param id     JFR's number of it, as {@code jcmd PID JFR.check} shows
 * @param name   as it was given; JFR's default is the number
 * @param events the names of the events that it asks for
 */
public record AskingRecording(long id, String name, Set<String> events) {}
