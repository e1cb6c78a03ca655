package dev.netflight.jfr;

import jdk.jfr.Category;
import jdk.jfr.Description;
import jdk.jfr.Label;
import jdk.jfr.Name;
import jdk.jfr.Period;
import jdk.jfr.Registered;
import jdk.jfr.StackTrace;

/**
 * One for each connection that has no {@link Connection} event yet and was in use since the last such event, at the end of each
 * chunk of a recording: so also when the recording stops or the JVM ends.
 */
@Name("netflight.OpenConnection")
@Label("Open Connection")
@Category("Netflight")
@Description("What a connection that goes on has carried so far: at the end of each part of a recording in which it was used")
@Period("endChunk")
@Registered(false)
@StackTrace(false)
public final class OpenConnection extends ConnectionTotals {}
