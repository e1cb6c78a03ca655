package dev.netflight.samples.stream;

import com.sun.tools.attach.AttachNotSupportedException;
import com.sun.tools.attach.VirtualMachine;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import javax.management.remote.JMXConnector;
import javax.management.remote.JMXConnectorFactory;
import javax.management.remote.JMXServiceURL;
import jdk.jfr.consumer.RecordedEvent;
import jdk.jfr.consumer.RecordedFrame;
import jdk.management.jfr.RemoteRecordingStream;

/**
 * Prints the slow socket operations and the ended connections of another JVM as they happen. In an armed JVM the stream's
 * recording starts the capture, and its end stops it. Arguments: the process id, milliseconds from which an operation is
 * slow (20), seconds to watch (60).
 */
public final class SlowSockets {
    private SlowSockets() {}

    public static void main(String[] args) throws IOException, AttachNotSupportedException, InterruptedException {
        Duration slow = Duration.ofMillis(args.length > 1 ? Long.parseLong(args[1]) : 20);
        Duration watch = Duration.ofSeconds(args.length > 2 ? Long.parseLong(args[2]) : 60);
        VirtualMachine jvm = VirtualMachine.attach(args[0]);
        try (JMXConnector connector = JMXConnectorFactory.connect(new JMXServiceURL(jvm.startLocalManagementAgent()));
                var stream = new RemoteRecordingStream(connector.getMBeanServerConnection())) {
            for (String name : List.of("netflight.SocketConnect", "netflight.SocketRead", "netflight.SocketWrite")) {
                stream.enable(name).withThreshold(slow).withStackTrace();
                stream.onEvent(name, SlowSockets::operation);
            }
            stream.enable("netflight.Connection");
            stream.onEvent("netflight.Connection", SlowSockets::connection);
            stream.startAsync();
            System.out.println("watching");
            stream.awaitTermination(watch);
        } finally {
            jvm.detach();
        }
    }

    private static void operation(RecordedEvent event) {
        System.out.printf(Locale.ROOT, "%-12s %6d ms  %s  %s%n", event.getEventType().getLabel(),
                event.getDuration().toMillis(), peer(event), frame(event));
    }

    private static void connection(RecordedEvent event) {
        System.out.printf(Locale.ROOT, "Connection   %6d ms  %s  %d bytes sent, %d received, %s%n",
                event.getDuration("lifetime").toMillis(), peer(event), event.getLong("bytesSent"),
                event.getLong("bytesReceived"), event.getString("closeReason"));
    }

    private static String peer(RecordedEvent event) {
        return event.getString("remoteAddress") + '.' + event.getInt("remotePort");
    }

    /** The first frame that is not the platform's. */
    private static String frame(RecordedEvent event) {
        if (event.getStackTrace() == null) {
            return "";
        }
        for (RecordedFrame frame : event.getStackTrace().getFrames()) {
            String type = frame.getMethod().getType().getName();
            if (!type.startsWith("java.") && !type.startsWith("sun.") && !type.startsWith("jdk.")) {
                return type + '.' + frame.getMethod().getName() + ':' + frame.getLineNumber();
            }
        }
        return "";
    }
}
