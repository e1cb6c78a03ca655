package dev.netflight.text;

import dev.netflight.model.AddressText;
import dev.netflight.read.CapturedPacket;
import dev.netflight.read.NameRecords;
import dev.netflight.read.OtherBlock;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.Locale;

/** Makes lines of packets, one after the other: some of what a line says depends on those before. */
public final class PacketText {
    private final TextOptions options;
    private final Names names;
    private final Conversations conversations = new Conversations();
    private final Timestamps timestamps;
    private long number;

    public PacketText(TextOptions options) {
        this.options = options;
        this.names = new Names(options.numeric());
        this.timestamps = new Timestamps(options);
    }

    /** Names of hosts that the capture itself brings; of use without {@code -n}. */
    public void learn(OtherBlock block) {
        NameRecords.of(block).forEach((address, name) -> {
            try {
                byte[] bytes = new byte[address.remaining()];
                address.get(bytes);
                names.learn(AddressText.of(InetAddress.getByAddress(bytes)), name);
            } catch (UnknownHostException impossible) {
                throw new IllegalStateException(impossible); // they have 4 or 16 bytes
            }
        });
    }

    /** Appends the packet's line or lines, without a line feed at the end. */
    public void print(CapturedPacket packet, JavaContext context, StringBuilder text) {
        number++;
        if (options.numbered()) {
            text.append(String.format(Locale.ROOT, "%5d  ", number));
        }
        timestamps.print(text, packet.seconds(), packet.nanos());
        if (!packet.on().name().isEmpty()) {
            text.append(JavaContext.printable(packet.on().name())).append(' ');
        }
        text.append(switch (packet.direction()) {
            case INBOUND -> "In ";
            case OUTBOUND -> "Out ";
            case UNKNOWN -> "";
        });
        var octets = new Octets(packet.data(), packet.offset(), packet.capturedLength());
        int header = protocols(packet, octets, text);
        context.print(text);
        if (options.frames() > 0) {
            context.printStacks(text, options.frames());
        }
        if (options.dump() != TextOptions.Dump.NONE) {
            HexDump.print(text, options.dump(), options.dump().withLink() ? octets
                    : octets.from(Math.min(header, octets.length())));
        }
    }

    /** @return length of the link layer's header */
    private int protocols(CapturedPacket packet, Octets octets, StringBuilder text) {
        var line = new Line(text, options, names, conversations);
        try {
            return LinkLayer.print(line, packet.on().linkType(), octets, packet.originalLength());
        } catch (Octets.CutOff end) {
            text.append(" [|").append(line.protocol).append(']');
            return LinkLayer.length(packet.on().linkType());
        }
    }
}
