package dev.netflight.cli;

import dev.netflight.libbpf.OfflineFilter;
import dev.netflight.libbpf.PcapException;
import dev.netflight.read.CapturedPacket;
import dev.netflight.text.JavaContext;
import java.util.HashMap;
import java.util.Map;

/** Which packets are wanted: by expression, direction, thread and frame. */
final class Selection implements AutoCloseable {
    private final String expression;
    private final CapturedPacket.Direction direction;
    private final String thread;
    private final String frame;
    /** A file may have several link types, and the expression is another program for each. */
    private final Map<Integer, OfflineFilter> filters = new HashMap<>();

    Selection(String expression, PacketFlags flags) {
        this.expression = expression;
        this.direction = flags.direction();
        this.thread = flags.value("--thread");
        this.frame = flags.value("--frame");
    }

    /** @throws PcapException where the expression is none, for packets of this link type */
    boolean accepts(CapturedPacket packet, JavaContext context) throws PcapException {
        if (direction != null && packet.direction() != direction) {
            return false;
        }
        if (thread != null && context.operations().stream().noneMatch(operation -> operation.thread().contains(thread))) {
            return false;
        }
        if (frame != null && context.operations().stream()
                .noneMatch(operation -> operation.frames().stream().anyMatch(line -> line.contains(frame)))) {
            return false;
        }
        return expression.isEmpty() || filter(packet.on().linkType()).accepts(packet.data(), packet.offset(),
                packet.capturedLength(), packet.originalLength());
    }

    /** {@return the expression compiled for packets of this link type} */
    OfflineFilter filter(int linkType) throws PcapException {
        OfflineFilter filter = filters.get(linkType);
        if (filter == null) {
            filter = new OfflineFilter(linkType, expression);
            filters.put(linkType, filter);
        }
        return filter;
    }

    boolean hasExpression() {
        return !expression.isEmpty();
    }

    @Override
    public void close() {
        filters.values().forEach(OfflineFilter::close);
    }
}
