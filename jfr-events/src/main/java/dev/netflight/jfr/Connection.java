package dev.netflight.jfr;

import jdk.jfr.Category;
import jdk.jfr.Description;
import jdk.jfr.Label;
import jdk.jfr.Name;
import jdk.jfr.Registered;
import jdk.jfr.StackTrace;

/** One for each connection, when it ends or the capture does. */
@Name("netflight.Connection")
@Label("Connection")
@Category("Netflight")
@Description("A connection ended, or the capture did while it was open: what it carried and how the network treated it")
@Registered(false)
@StackTrace(false)
public final class Connection extends ConnectionTotals {}
