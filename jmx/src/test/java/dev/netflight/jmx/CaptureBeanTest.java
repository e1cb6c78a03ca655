package dev.netflight.jmx;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import javax.management.InstanceNotFoundException;
import javax.management.MBeanAttributeInfo;
import javax.management.MBeanInfo;
import javax.management.MBeanNotificationInfo;
import javax.management.MBeanOperationInfo;
import javax.management.MBeanParameterInfo;
import javax.management.MBeanServer;
import javax.management.Notification;
import javax.management.ObjectName;
import javax.management.RuntimeMBeanException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator.ReplaceUnderscores;
import org.junit.jupiter.api.Test;

@DisplayNameGeneration(ReplaceUnderscores.class)
class CaptureBeanTest {
    private final MBeanServer server = ManagementFactory.getPlatformMBeanServer();
    private final List<String> commands = new ArrayList<>();
    private String answer = "OK capturing to shop.pcapng";
    private ObjectName name;
    private CaptureBean bean;

    private final CaptureControl control = new CaptureControl() {
        @Override
        public String run(String options) {
            commands.add(options);
            return answer;
        }

        @Override
        public String state() {
            return "capturing";
        }

        @Override
        public String file() {
            return "shop.pcapng";
        }

        @Override
        public String filter() {
            return null;
        }

        @Override
        public long packetsCaptured() {
            return 1;
        }

        @Override
        public long packetsLost() {
            return 2;
        }

        @Override
        public long packetsDropped() {
            return 3;
        }

        @Override
        public long packetsUnattributed() {
            return 4;
        }

        @Override
        public long bytesWritten() {
            return 5;
        }

        @Override
        public long operationsSeen() {
            return 6;
        }
    };

    @BeforeEach
    void register() throws Exception {
        name = new ObjectName("dev.netflight:type=Capture");
        bean = CaptureBean.register(control);
    }

    @AfterEach
    void unregister() {
        bean.unregister();
    }

    @Test
    void attributes_are_scalar_and_never_null() throws Exception {
        assertThat(server.getAttribute(name, "State")).isEqualTo("capturing");
        assertThat(server.getAttribute(name, "File")).isEqualTo("shop.pcapng");
        assertThat(server.getAttribute(name, "Filter")).isEqualTo("");
        assertThat(server.getAttribute(name, "PacketsCaptured")).isEqualTo(1L);
        assertThat(server.getAttribute(name, "PacketsLost")).isEqualTo(2L);
        assertThat(server.getAttribute(name, "PacketsDropped")).isEqualTo(3L);
        assertThat(server.getAttribute(name, "PacketsUnattributed")).isEqualTo(4L);
        assertThat(server.getAttribute(name, "BytesWritten")).isEqualTo(5L);
        assertThat(server.getAttribute(name, "OperationsSeen")).isEqualTo(6L);
        assertThat(server.getMBeanInfo(name).getAttributes()).hasSize(9).noneMatch(MBeanAttributeInfo::isWritable);
    }

    @Test
    void an_operation_is_a_command_of_the_agent() throws Exception {
        assertThat(invoke("start", "file=shop.pcapng")).isEqualTo("capturing to shop.pcapng");
        invoke("start", "");
        invoke("start", " start,file=shop.pcapng ");
        invoke("stop");
        invoke("status");
        invoke("dump", "a,b.pcapng");
        invoke("dump", (String) null);
        invoke("rotate");
        assertThat(commands).containsExactly("start,file=shop.pcapng", "start", "start,file=shop.pcapng", "stop",
                "status", "dump,file=a\\,b.pcapng", "dump", "rotate");
    }

    @Test
    void another_verb_is_not_smuggled_in_as_an_option() throws Exception {
        invoke("start", "stop");
        assertThat(commands).containsExactly("start,stop");
    }

    @Test
    void a_command_that_fails_is_an_exception_with_the_agents_sentence() {
        answer = "ERROR a capture is running; stop it first";
        assertThatThrownBy(() -> invoke("start", "")).isInstanceOf(RuntimeMBeanException.class)
                .hasRootCauseInstanceOf(IllegalStateException.class)
                .hasRootCauseMessage("a capture is running; stop it first");
    }

    @Test
    void everything_has_a_description_for_people() throws Exception {
        MBeanInfo info = server.getMBeanInfo(name);
        assertThat(info.getDescription()).contains("packet");
        for (MBeanAttributeInfo attribute : info.getAttributes()) {
            assertThat(attribute.getDescription()).isNotBlank().isNotEqualTo(attribute.getName());
        }
        assertThat(Stream.of(info.getOperations()).map(MBeanOperationInfo::getName))
                .containsExactlyInAnyOrder("start", "stop", "status", "dump", "rotate");
        for (MBeanOperationInfo operation : info.getOperations()) {
            assertThat(operation.getDescription()).isNotBlank().isNotEqualTo(operation.getName());
            assertThat(operation.getImpact()).isNotEqualTo(MBeanOperationInfo.UNKNOWN);
            assertThat(operation.getReturnType()).isEqualTo("java.lang.String");
            for (MBeanParameterInfo parameter : operation.getSignature()) {
                assertThat(parameter.getName()).isIn("options", "file");
                assertThat(parameter.getDescription()).isNotBlank();
            }
        }
        assertThat(Stream.of(info.getNotifications()).map(MBeanNotificationInfo::getNotifTypes).flatMap(Stream::of))
                .containsExactlyInAnyOrder(
                        CaptureBean.STARTED, CaptureBean.STOPPED, CaptureBean.LOSS, CaptureBean.DUMPED,
                        CaptureBean.FAILED);
    }

    @Test
    void notifications_reach_a_listener_in_order_and_on_another_thread() throws Exception {
        BlockingQueue<Notification> heard = new ArrayBlockingQueue<>(10);
        Thread caller = Thread.currentThread();
        server.addNotificationListener(name, (notification, _) -> {
            if (Thread.currentThread() != caller) {
                heard.add(notification);
            }
        }, null, null);
        bean.captureStarted("capturing");
        bean.packetsLost("7 packets lost", 7);
        bean.captureFailed("no space");
        bean.captureStopped("stopped");

        List<Notification> all = new ArrayList<>();
        for (int i = 0; i < 4; i++) {
            all.add(heard.poll(30, TimeUnit.SECONDS));
        }
        assertThat(all).extracting(Notification::getType).containsExactly(
                CaptureBean.STARTED, CaptureBean.LOSS, CaptureBean.FAILED, CaptureBean.STOPPED);
        assertThat(all).extracting(Notification::getSequenceNumber).containsExactly(1L, 2L, 3L, 4L);
        assertThat(all.get(1).getUserData()).isEqualTo(7L);
        assertThat(all.get(1).getMessage()).isEqualTo("7 packets lost");
        assertThat(all.get(1).getSource()).isEqualTo(name);
    }

    @Test
    void a_second_bean_is_refused_and_the_first_goes_on() throws Exception {
        assertThatThrownBy(() -> CaptureBean.register(control)).isInstanceOf(IllegalStateException.class)
                .hasMessage("dev.netflight:type=Capture is registered already, by another agent");
        assertThat(server.getAttribute(name, "State")).isEqualTo("capturing");
    }

    @Test
    void after_unregistering_the_bean_is_gone_and_may_come_back() throws Exception {
        bean.unregister();
        bean.unregister();
        assertThatThrownBy(() -> server.getMBeanInfo(name)).isInstanceOf(InstanceNotFoundException.class);
        bean = CaptureBean.register(control);
        assertThat(server.isRegistered(name)).isTrue();
    }

    private Object invoke(String operation, String... arguments) throws Exception {
        String[] signature = Stream.of(arguments).map(_ -> "java.lang.String").toArray(String[]::new);
        return server.invoke(name, operation, arguments, signature);
    }
}
