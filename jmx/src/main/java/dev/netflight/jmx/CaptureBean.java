package dev.netflight.jmx;

import java.lang.management.ManagementFactory;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import javax.management.InstanceAlreadyExistsException;
import javax.management.InstanceNotFoundException;
import javax.management.JMException;
import javax.management.MBeanAttributeInfo;
import javax.management.MBeanInfo;
import javax.management.MBeanNotificationInfo;
import javax.management.MBeanOperationInfo;
import javax.management.MBeanParameterInfo;
import javax.management.MBeanServer;
import javax.management.MalformedObjectNameException;
import javax.management.Notification;
import javax.management.NotificationBroadcasterSupport;
import javax.management.ObjectName;
import javax.management.StandardEmitterMBean;

/**
 * The bean in the JVM's MBean server, with descriptions for people who meet it in a browser of beans.
 *
 * <p>Notifications are delivered by a thread of its own, so that a slow listener holds up nobody; where a thousand wait,
 * the oldest are forgotten.
 */
public final class CaptureBean extends StandardEmitterMBean implements CaptureMXBean {
    /** Types of the notifications; the message is a sentence. */
    public static final String STARTED = "dev.netflight.capture.started";
    public static final String STOPPED = "dev.netflight.capture.stopped";
    /** Packets were lost since the notification before; the user data is how many in all, a {@code Long}. */
    public static final String LOSS = "dev.netflight.capture.loss";
    /** A capture in flight mode was dumped, whoever asked for it; the user data is the file, a {@code String}. */
    public static final String DUMPED = "dev.netflight.capture.dumped";
    public static final String FAILED = "dev.netflight.capture.failed";

    private static final String OK = "OK";
    private static final String ERROR = "ERROR";
    private static final int MOST_WAITING = 1_000;

    private final CaptureControl control;
    private final MBeanServer server;
    private final NotificationBroadcasterSupport broadcaster;
    private final AtomicLong sequence = new AtomicLong();

    private CaptureBean(CaptureControl control, MBeanServer server, NotificationBroadcasterSupport broadcaster) {
        super(CaptureMXBean.class, true, broadcaster);
        this.control = control;
        this.server = server;
        this.broadcaster = broadcaster;
    }

    /**
     * Puts a bean into the platform's MBean server. This creates the server if nobody has: not to be done before the
     * application's {@code main}, as some application servers configure it and their logging first.
     *
     * @throws IllegalStateException if there is one already, or the server refuses
     */
    public static CaptureBean register(CaptureControl control) {
        return register(control, ManagementFactory.getPlatformMBeanServer());
    }

    static CaptureBean register(CaptureControl control, MBeanServer server) {
        var bean = new CaptureBean(control, server, new NotificationBroadcasterSupport(notifier(), notifications()));
        try {
            server.registerMBean(bean, name());
            return bean;
        } catch (InstanceAlreadyExistsException e) {
            throw new IllegalStateException(OBJECT_NAME + " is registered already, by another agent", e);
        } catch (JMException e) {
            throw new IllegalStateException("cannot register " + OBJECT_NAME + ": " + e.getMessage(), e);
        }
    }

    /** Takes the bean out of the server. Idempotent. */
    public void unregister() {
        try {
            server.unregisterMBean(name());
        } catch (InstanceNotFoundException e) {
            // somebody did already
        } catch (JMException e) {
            throw new IllegalStateException("cannot unregister " + OBJECT_NAME + ": " + e.getMessage(), e);
        }
    }

    /** Any thread; returns at once. */
    public void captureStarted(String message) {
        send(STARTED, message, null);
    }

    /** Any thread; returns at once. */
    public void captureStopped(String message) {
        send(STOPPED, message, null);
    }

    /**
     * Any thread; returns at once.
     *
     * @param total packets lost since the capture began
     */
    public void packetsLost(String message, long total) {
        send(LOSS, message, total);
    }

    /** Any thread; returns at once. */
    public void captureDumped(String message, String file) {
        send(DUMPED, message, file);
    }

    /** Any thread; returns at once. */
    public void captureFailed(String message) {
        send(FAILED, message, null);
    }

    private void send(String type, String message, Object userData) {
        // As its source the server puts the bean's name in place of the bean.
        var notification = new Notification(
                type, this, sequence.incrementAndGet(), System.currentTimeMillis(), message);
        notification.setUserData(userData);
        broadcaster.sendNotification(notification);
    }

    @Override
    public String getState() {
        return control.state();
    }

    @Override
    public String getFile() {
        return orEmpty(control.file());
    }

    @Override
    public String getFilter() {
        return orEmpty(control.filter());
    }

    @Override
    public long getPacketsCaptured() {
        return control.packetsCaptured();
    }

    @Override
    public long getPacketsLost() {
        return control.packetsLost();
    }

    @Override
    public long getPacketsDropped() {
        return control.packetsDropped();
    }

    @Override
    public long getPacketsUnattributed() {
        return control.packetsUnattributed();
    }

    @Override
    public long getBytesWritten() {
        return control.bytesWritten();
    }

    @Override
    public long getOperationsSeen() {
        return control.operationsSeen();
    }

    @Override
    public String start(String options) {
        String text = orEmpty(options).strip();
        if (text.equals("start") || text.startsWith("start,")) {
            return run(text);
        }
        return run(text.isEmpty() ? "start" : "start," + text);
    }

    @Override
    public String stop() {
        return run("stop");
    }

    @Override
    public String status() {
        return run("status");
    }

    @Override
    public String dump(String file) {
        String text = orEmpty(file).strip();
        return run(text.isEmpty() ? "dump" : "dump,file=" + text.replace(",", "\\,"));
    }

    @Override
    public String rotate() {
        return run("rotate");
    }

    private String run(String options) {
        String answer = control.run(options);
        if (answer.startsWith(ERROR)) {
            throw new IllegalStateException(answer.substring(ERROR.length()).strip());
        }
        return answer.startsWith(OK) ? answer.substring(OK.length()).strip() : answer;
    }

    @Override
    protected String getDescription(MBeanInfo info) {
        return "Every packet of this JVM, with the Java thread and stack that caused it. Counters are those of the running"
                + " capture, else of the last one.";
    }

    @Override
    protected String getDescription(MBeanAttributeInfo attribute) {
        return switch (attribute.getName()) {
            case "State" -> "armed (ready, nothing captured), capturing, or failed";
            case "File" -> "The capture file; empty if there is none";
            case "Filter" -> "The capture's pcap-filter(7) expression; empty if there is none";
            case "PacketsCaptured" -> "Packets given to the outputs";
            case "PacketsLost" -> "Packets that found the ring buffer full";
            case "PacketsDropped" -> "Packets that Netflight itself left out, for a reason that its log names";
            case "PacketsUnattributed" -> "Packets kept without a known operation where one was looked for";
            case "BytesWritten" -> "Bytes written to the capture file";
            case "OperationsSeen" -> "Reads, writes, connects, accepts and closes seen on captured sockets";
            default -> super.getDescription(attribute);
        };
    }

    @Override
    protected String getDescription(MBeanOperationInfo operation) {
        return switch (operation.getName()) {
            case "start" -> "Starts a capture; fails if one is running";
            case "stop" -> "Stops the capture, completes its file and removes every hook";
            case "status" -> "State, options, counters, and each hook with what it uses or why it is left out";
            case "dump" -> "Flight mode: writes what is kept; the capture goes on";
            case "rotate" -> "Ends the capture file and begins the next one";
            default -> super.getDescription(operation);
        };
    }

    @Override
    protected String getDescription(MBeanOperationInfo operation, MBeanParameterInfo parameter, int sequence) {
        return switch (operation.getName()) {
            case "start" -> "Options as for the agent, such as file=shop.pcapng,snaplen=0; empty for the defaults. Files only"
                    + " below the folder configured when the agent was loaded";
            case "dump" -> "The file to write, below the folder configured when the agent was loaded; empty for the capture's"
                    + " own";
            default -> super.getDescription(operation, parameter, sequence);
        };
    }

    @Override
    protected String getParameterName(MBeanOperationInfo operation, MBeanParameterInfo parameter, int sequence) {
        return switch (operation.getName()) {
            case "start" -> "options";
            case "dump" -> "file";
            default -> super.getParameterName(operation, parameter, sequence);
        };
    }

    @Override
    protected int getImpact(MBeanOperationInfo operation) {
        return operation.getName().equals("status") ? MBeanOperationInfo.INFO : MBeanOperationInfo.ACTION;
    }

    private static MBeanNotificationInfo[] notifications() {
        String type = Notification.class.getName();
        return new MBeanNotificationInfo[] {
            new MBeanNotificationInfo(new String[] {STARTED}, type, "A capture has started"),
            new MBeanNotificationInfo(new String[] {STOPPED}, type, "The capture has stopped, its file is complete"),
            new MBeanNotificationInfo(new String[] {LOSS}, type, "Packets were lost; the user data is how many in all"),
            new MBeanNotificationInfo(new String[] {DUMPED}, type, "What was kept was written to a file, the user data"),
            new MBeanNotificationInfo(new String[] {FAILED}, type, "A capture, or one of its outputs, has failed"),
        };
    }

    /** One daemon thread while there is something to deliver, with nothing of the application's in its context. */
    private static ThreadPoolExecutor notifier() {
        var notifier = new ThreadPoolExecutor(1, 1, 10, TimeUnit.SECONDS, new LinkedBlockingQueue<>(MOST_WAITING),
                task -> {
                    var thread = new Thread(null, task, "netflight-notifier", 0, false);
                    thread.setDaemon(true);
                    thread.setContextClassLoader(CaptureBean.class.getClassLoader());
                    return thread;
                },
                new ThreadPoolExecutor.DiscardOldestPolicy());
        notifier.allowCoreThreadTimeOut(true);
        return notifier;
    }

    private static ObjectName name() {
        try {
            return new ObjectName(OBJECT_NAME);
        } catch (MalformedObjectNameException e) {
            throw new AssertionError(e);
        }
    }

    private static String orEmpty(String text) {
        return text == null ? "" : text;
    }
}
