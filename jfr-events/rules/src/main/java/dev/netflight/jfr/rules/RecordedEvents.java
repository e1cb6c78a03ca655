package dev.netflight.jfr.rules;

import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.openjdk.jmc.common.IMCFrame;
import org.openjdk.jmc.common.IMCStackTrace;
import org.openjdk.jmc.common.item.IAccessorKey;
import org.openjdk.jmc.common.item.IItem;
import org.openjdk.jmc.common.item.IItemCollection;
import org.openjdk.jmc.common.item.IItemIterable;
import org.openjdk.jmc.common.item.IMemberAccessor;
import org.openjdk.jmc.common.item.ItemFilters;
import org.openjdk.jmc.common.unit.IQuantity;
import org.openjdk.jmc.common.unit.IUnit;
import org.openjdk.jmc.common.unit.UnitLookup;

/** Events of one type, their fields by name. */
final class RecordedEvents {
    private static final List<String> PLATFORM = List.of("java.", "javax.", "jdk.", "sun.", "com.sun.");

    private RecordedEvents() {}

    static List<RecordedEvent> of(IItemCollection items, String type) {
        var events = new ArrayList<RecordedEvent>();
        for (IItemIterable some : items.apply(ItemFilters.type(type))) {
            Map<String, IMemberAccessor<?, IItem>> fields = new HashMap<>();
            for (IAccessorKey<?> key : some.getType().getAccessorKeys().keySet()) {
                fields.put(key.getIdentifier(), some.getType().getAccessor(key));
            }
            some.forEach(item -> events.add(new RecordedEvent(item, fields)));
        }
        return events;
    }

    /** For each connection its event at the end, or the newest of those while it was open. */
    static Collection<RecordedEvent> connections(IItemCollection items) {
        Map<Long, RecordedEvent> newest = new LinkedHashMap<>();
        of(items, "netflight.OpenConnection").forEach(event -> newest.merge(event.number("connectionId"), event,
                (a, b) -> a.startNanos() > b.startNanos() ? a : b));
        of(items, NetworkRule.CONNECTION).forEach(event -> newest.put(event.number("connectionId"), event));
        return newest.values();
    }

    /** One of them. A field that the recording does not have is 0, {@code null} or {@code false}. */
    record RecordedEvent(IItem item, Map<String, IMemberAccessor<?, IItem>> fields) {
        private Object value(String field) {
            IMemberAccessor<?, IItem> accessor = fields.get(field);
            return accessor == null ? null : accessor.getMember(item);
        }

        boolean has(String field) {
            return value(field) != null;
        }

        long number(String field) {
            Object value = value(field);
            return value instanceof IQuantity quantity ? quantity.longValue() : value instanceof Number number
                    ? number.longValue() : 0;
        }

        long number(String field, IUnit unit) {
            return value(field) instanceof IQuantity quantity ? quantity.clampedLongValueIn(unit) : 0;
        }

        String text(String field) {
            return value(field) instanceof String text ? text : null;
        }

        boolean is(String field) {
            return Boolean.TRUE.equals(value(field));
        }

        long startNanos() {
            return number("startTime", UnitLookup.EPOCH_NS);
        }

        /** {@return the first frame of its stack that is not the platform's, or {@code null}} */
        String frame() {
            if (!(value("stackTrace") instanceof IMCStackTrace stack)) {
                return null;
            }
            for (IMCFrame frame : stack.getFrames()) {
                String type = frame.getMethod().getType().getFullName();
                if (PLATFORM.stream().noneMatch(type::startsWith)) {
                    return type + '.' + frame.getMethod().getMethodName() + ':' + frame.getFrameLineNumber();
                }
            }
            return null;
        }
    }
}
