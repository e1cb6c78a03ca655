package dev.netflight.text;

import dev.netflight.read.CaptureInterface;

/** What stands before the network's header, by link type. */
final class LinkLayer {
    private static final int ETHERNET = 14;
    private static final int SLL = 16;
    private static final int SLL2 = 20;
    private static final int FAMILY = 4;

    private static final int IPV4 = 0x0800;
    private static final int ARP = 0x0806;
    private static final int IPV6 = 0x86dd;
    private static final int VLAN = 0x8100;
    private static final int VLAN_OUTER = 0x88a8;
    /** What is less is a length, IEEE 802.3. */
    private static final int LEAST_TYPE = 0x0600;
    private static final int MOST_TAGS = 4;

    private static final String[] PACKET_TYPES = {"In", "B", "M", "P", "Out"};

    private LinkLayer() {}

    /** @return how long the header is; a hex dump leaves so much out */
    static int print(Line line, int linkType, Octets octets, int length) {
        return switch (linkType) {
            case CaptureInterface.LINKTYPE_ETHERNET -> ethernet(line, octets, length);
            case CaptureInterface.LINKTYPE_LINUX_SLL -> sll(line, octets, length);
            case CaptureInterface.LINKTYPE_LINUX_SLL2 -> sll2(line, octets, length);
            case CaptureInterface.LINKTYPE_RAW, CaptureInterface.LINKTYPE_IPV4, CaptureInterface.LINKTYPE_IPV6 ->
                raw(line, octets, length, 0);
            case CaptureInterface.LINKTYPE_NULL, CaptureInterface.LINKTYPE_LOOP -> {
                octets.need(0, FAMILY);
                yield raw(line, octets, length, FAMILY);
            }
            default -> {
                line.add("[link type ").add(linkType).add(" is not known], length ").add(length);
                yield 0;
            }
        };
    }

    /** {@return the usual length of a header} */
    static int length(int linkType) {
        return switch (linkType) {
            case CaptureInterface.LINKTYPE_ETHERNET -> ETHERNET;
            case CaptureInterface.LINKTYPE_LINUX_SLL -> SLL;
            case CaptureInterface.LINKTYPE_LINUX_SLL2 -> SLL2;
            case CaptureInterface.LINKTYPE_NULL, CaptureInterface.LINKTYPE_LOOP -> FAMILY;
            default -> 0;
        };
    }

    private static int ethernet(Line line, Octets octets, int length) {
        line.protocol = "ether";
        octets.need(0, ETHERNET);
        int type = octets.u16(12);
        int header = ETHERNET;
        if (line.options.link()) {
            line.hardware(octets, 6, 6).add(" > ").hardware(octets, 0, 6).add(", ");
            if (type >= LEAST_TYPE) {
                typed(line, type);
            } else {
                line.add("802.3");
            }
            line.add(", length ").add(length).add(": ");
        }
        for (int tags = 0; tags < MOST_TAGS && (type == VLAN || type == VLAN_OUTER); tags++) {
            int tag = octets.u16(header);
            type = octets.u16(header + 2);
            header += 4;
            if (line.options.link()) {
                line.add("vlan ").add(tag & 0xfff).add(", p ").add(tag >> 13).add((tag & 0x1000) != 0 ? ", DEI, " : ", ");
                typed(line, type);
                line.add(", ");
            }
        }
        network(line, type, octets, length, header);
        return header;
    }

    private static void typed(Line line, int type) {
        line.add("ethertype ").add(switch (type) {
            case IPV4 -> "IPv4";
            case ARP -> "ARP";
            case IPV6 -> "IPv6";
            case VLAN -> "802.1Q";
            case VLAN_OUTER -> "802.1Q-QinQ";
            default -> "Unknown";
        }).add(" (0x").hex(type, 4).add(')');
    }

    private static int sll(Line line, Octets octets, int length) {
        line.protocol = "sll";
        octets.need(0, SLL);
        int type = octets.u16(14);
        if (line.options.link()) {
            line.add(String.format("%3s ", packetType(octets.u16(0))));
            if (octets.u16(4) == 6) {
                line.hardware(octets, 6, 6).add(' ');
            }
            typed(line, type);
            line.add(", length ").add(length).add(": ");
        }
        network(line, type, octets, length, SLL);
        return SLL;
    }

    private static int sll2(Line line, Octets octets, int length) {
        line.protocol = "sll2";
        octets.need(0, SLL2);
        int type = octets.u16(0);
        // its name is the capturing machine's own business: only the number is in the file
        line.add(String.format("%-5s %-3s ", "if" + octets.u32(4), packetType(octets.u8(10))));
        if (line.options.link()) {
            line.add("ifindex ").add(octets.u32(4)).add(' ');
            if (octets.u8(11) == 6) {
                line.hardware(octets, 12, 6).add(' ');
            }
            typed(line, type);
            line.add(", length ").add(length).add(": ");
        }
        network(line, type, octets, length, SLL2);
        return SLL2;
    }

    private static String packetType(int type) {
        return type < PACKET_TYPES.length ? PACKET_TYPES[type] : "?";
    }

    private static int raw(Line line, Octets octets, int length, int header) {
        line.protocol = "ip";
        int version = octets.u8(header) >> 4;
        network(line, version == 4 ? IPV4 : version == 6 ? IPV6 : 0, octets, length, header);
        return header;
    }

    private static void network(Line line, int type, Octets octets, int length, int header) {
        int above = length - header;
        Octets network = octets.from(header);
        boolean named = line.options.link();
        switch (type) {
            case IPV4 -> {
                line.add(named ? "" : "IP ");
                Ipv4.print(line, network, above);
            }
            case IPV6 -> {
                line.add(named ? "" : "IP6 ");
                Ipv6.print(line, network, above);
            }
            case ARP -> {
                line.add(named ? "" : "ARP, ");
                Arp.print(line, network, above);
            }
            default -> {
                if (type < LEAST_TYPE) {
                    line.add(type == 0 ? "[no network protocol]" : "802.3").add(", length ").add(above);
                } else {
                    if (!line.options.link()) {
                        typed(line, type);
                        line.add(", ");
                    }
                    line.add("length ").add(above);
                }
            }
        }
    }
}
