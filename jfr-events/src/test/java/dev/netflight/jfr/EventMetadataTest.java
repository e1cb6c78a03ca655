package dev.netflight.jfr;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.lang.reflect.Field;
import java.lang.reflect.Modifier;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Stream;
import jdk.jfr.AnnotationElement;
import jdk.jfr.Category;
import jdk.jfr.DataAmount;
import jdk.jfr.Event;
import jdk.jfr.EventType;
import jdk.jfr.FlightRecorder;
import jdk.jfr.Relational;
import jdk.jfr.SettingDescriptor;
import jdk.jfr.Timespan;
import jdk.jfr.Timestamp;
import jdk.jfr.ValueDescriptor;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator.ReplaceUnderscores;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

@DisplayNameGeneration(ReplaceUnderscores.class)
class EventMetadataTest {
    private static final List<String> IMPLICIT = List.of("startTime", "duration", "eventThread", "stackTrace");
    /** Fields that join events, and the annotation that says so. */
    private static final Map<String, Class<?>> JOINING = Map.of(
            "operationId", OperationId.class, "connectionId", ConnectionId.class, "packetNumber", PacketNumber.class);

    static List<Class<? extends Event>> events() throws IOException, ClassNotFoundException {
        Path classes = Path.of(URI.create(
                SocketRead.class.getProtectionDomain().getCodeSource().getLocation().toString()));
        List<Path> files;
        try (Stream<Path> found = Files.list(classes.resolve("dev/netflight/jfr"))) {
            files = found.toList();
        }
        var events = new ArrayList<Class<? extends Event>>();
        for (Path file : files) {
            String name = file.getFileName().toString().replace(".class", "");
            Class<?> type = Class.forName("dev.netflight.jfr." + name);
            if (Event.class.isAssignableFrom(type) && !Modifier.isAbstract(type.getModifiers())) {
                events.add(type.asSubclass(Event.class));
            }
        }
        return events;
    }

    @BeforeAll
    static void register() throws Exception {
        for (Class<? extends Event> event : events()) {
            FlightRecorder.register(event);
        }
    }

    @Test
    void every_documented_event_is_there() throws Exception {
        assertThat(events().stream().map(event -> EventType.getEventType(event).getName())).containsExactlyInAnyOrder(
                "netflight.SocketConnect", "netflight.SocketAccept", "netflight.SocketRead", "netflight.SocketWrite",
                "netflight.SocketClose", "netflight.DatagramSend", "netflight.DatagramReceive", "netflight.DnsLookup",
                "netflight.Connection", "netflight.OpenConnection", "netflight.Packet", "netflight.Retransmission", "netflight.Reset",
                "netflight.PacketDrop", "netflight.WriteLatency", "netflight.ReadLatency", "netflight.WriteOrigin",
                "netflight.CaptureStatistics", "netflight.CaptureConfiguration");
    }

    @ParameterizedTest
    @MethodSource("events")
    void an_event_has_a_name_a_label_a_description_and_our_category(Class<? extends Event> event) {
        EventType type = EventType.getEventType(event);
        assertThat(type.getName()).isEqualTo("netflight." + event.getSimpleName());
        assertThat(type.getLabel()).isNotBlank();
        assertThat(type.getDescription()).isNotBlank();
        assertThat(type.getCategoryNames()).containsExactly("Netflight");
        assertThat(event.getAnnotation(Category.class)).isNotNull();
    }

    @ParameterizedTest
    @MethodSource("events")
    void a_field_has_a_label_and_survives_in_the_recording(Class<? extends Event> event) {
        EventType type = EventType.getEventType(event);
        List<String> declared = Stream.of(event.getFields()).filter(field -> !Modifier.isStatic(field.getModifiers()))
                .map(Field::getName).toList();
        List<String> recorded = type.getFields().stream().map(ValueDescriptor::getName)
                .filter(name -> !IMPLICIT.contains(name)).toList();
        // JFR leaves out, and does not say so, what it cannot store.
        assertThat(recorded).containsExactlyInAnyOrderElementsOf(declared);
        assertThat(type.getFields()).allMatch(field -> field.getLabel() != null && !field.getLabel().isBlank());
    }

    @ParameterizedTest
    @MethodSource("events")
    void a_field_that_joins_events_is_marked_as_such_and_has_the_same_type_everywhere(Class<? extends Event> event) {
        for (ValueDescriptor field : EventType.getEventType(event).getFields()) {
            Class<?> mark = JOINING.get(field.getName());
            if (mark != null) {
                assertThat(field.getTypeName()).isEqualTo("long");
                AnnotationElement element = field.getAnnotationElements().stream()
                        .filter(a -> a.getTypeName().equals("netflight." + mark.getSimpleName())).findFirst().orElseThrow();
                Relational relational = element.getAnnotation(Relational.class);
                assertThat(relational).isNotNull();
            }
        }
    }

    @ParameterizedTest
    @MethodSource("events")
    void a_quantity_has_a_unit(Class<? extends Event> event) {
        for (ValueDescriptor field : EventType.getEventType(event).getFields()) {
            String name = field.getName().toLowerCase(Locale.ROOT);
            if (name.contains("bytes") || name.equals("snaplen") || name.equals("length") || name.equals("payload") || name.equals("offset")) {
                assertThat(field.getAnnotation(DataAmount.class)).as(field.getName()).isNotNull();
            }
            if (name.endsWith("rtt") || name.equals("age") || name.equals("lifetime")) {
                assertThat(field.getAnnotation(Timespan.class)).as(field.getName()).isNotNull();
            }
            if (name.endsWith("at") && field.getTypeName().equals("long")) {
                assertThat(field.getAnnotation(Timestamp.class)).as(field.getName()).isNotNull();
            }
        }
    }

    @ParameterizedTest
    @MethodSource("events")
    void only_operations_have_a_stack_and_only_packets_latencies_and_origins_are_off(Class<? extends Event> event) {
        boolean isOff = event == Packet.class || event == WriteOrigin.class || CallLatency.class.isAssignableFrom(event);
        assertThat(setting(event, "enabled")).isEqualTo(Boolean.toString(!isOff));
        assertThat(setting(event, "stackTrace"))
                .isEqualTo(Boolean.toString(SocketOperation.class.isAssignableFrom(event) || event == DnsLookup.class));
    }

    private static String setting(Class<? extends Event> event, String name) {
        return EventType.getEventType(event).getSettingDescriptors().stream()
                .filter(setting -> setting.getName().equals(name)).map(SettingDescriptor::getDefaultValue)
                .findFirst().orElse(null);
    }
}
