package dev.netflight.text;

import java.util.Locale;

/** Domain names, RFC 1035, and multicast DNS, RFC 6762. */
final class Dns {
    private static final int HEADER = 12;
    private static final int RESPONSE = 0x8000;
    private static final int AUTHORITATIVE = 0x400;
    private static final int TRUNCATED = 0x200;
    private static final int RECURSION_DESIRED = 0x100;
    private static final int RECURSION_AVAILABLE = 0x80;
    private static final int AUTHENTIC = 0x20;
    private static final int CHECKING_DISABLED = 0x10;

    private static final int IN = 1;
    private static final int OPT = 41;
    /** In multicast: answer directly; forget what was known before. */
    private static final int TOP_BIT = 0x8000;
    /** A name has at most 255 bytes; pointers that go in circles are not followed for longer. */
    private static final int MOST_LABELS = 128;
    private static final int LONGEST_NAME = 1_024;

    private static final String[] OPERATIONS = {"", " inv_q", " stat", " op3", " notify", " update", " op6", " op7", " op8",
        " updateA", " updateD", " updateDA", " updateM", " updateMA", " zoneInit", " zoneRef"};
    private static final String[] RESULTS = {"", " FormErr", " ServFail", " NXDomain", " NotImp", " Refused", " YXDomain",
        " YXRRSet", " NXRRSet", " NotAuth", " NotZone", " Resp11", " Resp12", " Resp13", " Resp14", " NoChange"};

    private final Line line;
    private final Octets message;
    private final boolean multicast;
    private int at = HEADER;

    private Dns(Line line, Octets message, boolean multicast) {
        this.line = line;
        this.message = message;
        this.multicast = multicast;
    }

    /** @param length of the message on the wire */
    static void print(Line line, Octets message, int length, boolean multicast) {
        line.protocol = "domain";
        message.need(0, HEADER);
        new Dns(line, message.atMost(length), multicast).print(length);
    }

    private void print(int length) {
        int flags = message.u16(2);
        int questions = message.u16(4);
        int answers = message.u16(6);
        int authorities = message.u16(8);
        int additionals = message.u16(10);
        line.add(message.u16(0)).add(OPERATIONS[flags >> 11 & 15]);
        if ((flags & RESPONSE) != 0) {
            line.add(RESULTS[flags & 15]).add((flags & AUTHORITATIVE) != 0 ? "*" : "")
                    .add((flags & RECURSION_AVAILABLE) != 0 ? "" : "-").add((flags & TRUNCATED) != 0 ? "|" : "")
                    .add((flags & AUTHENTIC) != 0 ? "$" : "");
            if (questions != 1) {
                line.add(" [").add(questions).add("q]");
            }
            for (int i = 0; i < questions; i++) {
                line.add(i == 0 ? "" : ",");
                if (line.options.verbose() > 1) {
                    line.add(" q:");
                    question();
                } else {
                    name();
                    at += 4;
                }
            }
            line.add(' ').add(answers).add('/').add(authorities).add('/').add(additionals);
            records(answers, "");
            if (line.options.verbose() > 1) {
                records(authorities, " ns:");
                records(additionals, " ar:");
            }
        } else {
            line.add((flags & RECURSION_DESIRED) != 0 ? "+" : "").add((flags & CHECKING_DISABLED) != 0 ? "%" : "");
            if ((flags & 0x6cf) != 0) {
                line.add(" [b2&3=0x").hex(flags, 1).add(']');
            }
            count(answers, "a");
            if (questions != 1) {
                line.add(" [").add(questions).add("q]");
            }
            count(authorities, "n");
            count(additionals, "au");
            for (int i = 0; i < questions; i++) {
                question();
            }
        }
        line.add(" (").add(length).add(')');
    }

    private void count(int number, String what) {
        if (number > 0) {
            line.add(" [").add(number).add(what).add(']');
        }
    }

    private void question() {
        String name = name();
        int type = message.u16(at);
        int wanted = message.u16(at + 2);
        at += 4;
        line.add(' ').add(type(type));
        if (multicast) {
            line.add((wanted & TOP_BIT) != 0 ? " (QU)" : " (QM)");
            wanted &= ~TOP_BIT;
        }
        if (wanted != IN) {
            line.add(' ').add(wanted == 255 ? "ANY" : "Class" + wanted);
        }
        line.add("? ").add(name);
    }

    private void records(int number, String heading) {
        for (int i = 0; i < number; i++) {
            line.add(i == 0 ? heading : ",");
            record();
        }
    }

    private void record() {
        String name = name();
        if (line.isVerbose()) {
            line.add(' ').add(name);
        }
        int type = message.u16(at);
        int wanted = message.u16(at + 2);
        if (type != OPT) {
            if (multicast && (wanted & TOP_BIT) != 0) {
                line.add(" (Cache flush)");
                wanted &= ~TOP_BIT;
            }
            if (wanted != IN) {
                line.add(" Class").add(wanted);
            }
            if (line.options.verbose() > 2) {
                line.add(" [").add(duration(message.u32(at + 4))).add(']');
            }
        }
        line.add(' ').add(type(type));
        int length = message.u16(at + 8);
        int value = at + 10;
        if (type == OPT) {
            line.add(" UDPsize=").add(wanted).add((message.u16(at + 6) & TOP_BIT) != 0 ? " DO" : "");
        } else {
            value(type, value, length);
        }
        at = value + length;
        message.need(at, 0);
    }

    /** Seconds as tcpdump has them: {@code 1h2m3s}. */
    private static String duration(long seconds) {
        StringBuilder text = new StringBuilder();
        long rest = seconds;
        for (int[] unit : new int[][] {{604_800, 'w'}, {86_400, 'd'}, {3_600, 'h'}, {60, 'm'}}) {
            if (rest >= unit[0]) {
                text.append(rest / unit[0]).append((char) unit[1]);
                rest %= unit[0];
            }
        }
        return rest > 0 || text.isEmpty() ? text.append(rest).append('s').toString() : text.toString();
    }

    private void value(int type, int value, int length) {
        message.need(value, length);
        switch (type) {
            case 1 -> line.add(' ').add(length == 4 ? Ip.v4(message, value) : "bad length");
            case 28 -> line.add(' ').add(length == 16 ? Ip.v6(message, value) : "bad length");
            case 2, 5, 12 -> line.add(' ').add(nameAt(value));
            case 6 -> line.add(line.isVerbose() ? " " + nameAt(value) : "");
            case 15 -> line.add(' ').add(nameAt(value + 2)).add(' ').add(message.u16(value));
            case 16 -> {
                for (int i = value; i < value + length; i += 1 + message.u8(i)) {
                    int size = message.u8(i);
                    line.add(" \"").add(message.ascii(i + 1, Math.min(size, value + length - i - 1))).add('"');
                }
            }
            case 33 -> line.add(' ').add(nameAt(value + 6)).add(':').add(message.u16(value + 4)).add(' ')
                    .add(message.u16(value)).add(' ').add(message.u16(value + 2));
            default -> { }
        }
    }

    /** {@return the name at the current position, which moves behind it} */
    private String name() {
        StringBuilder name = new StringBuilder();
        at = name(name, at);
        return name.toString();
    }

    private String nameAt(int position) {
        StringBuilder name = new StringBuilder();
        name(name, position);
        return name.toString();
    }

    /** @return where what follows the name begins */
    private int name(StringBuilder name, int begin) {
        int position = begin;
        int end = -1;
        for (int labels = 0; ; labels++) {
            int length = message.u8(position);
            if (length == 0) {
                name.append(name.isEmpty() ? "." : "");
                return end < 0 ? position + 1 : end;
            }
            if (labels > MOST_LABELS || name.length() > LONGEST_NAME) {
                name.append("<LOOP>");
                return end < 0 ? position + 1 : end;
            }
            if ((length & 0xc0) == 0xc0) {
                int target = message.u16(position) & 0x3fff;
                end = end < 0 ? position + 2 : end;
                position = target;
            } else if ((length & 0xc0) != 0) {
                name.append("<EDNS label>");
                return end < 0 ? position + 1 : end;
            } else {
                for (int i = 1; i <= length; i++) {
                    int c = message.u8(position + i);
                    name.append(c > ' ' && c < 0x7f ? Character.toString(c) : String.format(Locale.ROOT, "^%02x", c));
                }
                name.append('.');
                position += length + 1;
            }
        }
    }

    private static String type(int type) {
        return switch (type) {
            case 1 -> "A";
            case 2 -> "NS";
            case 5 -> "CNAME";
            case 6 -> "SOA";
            case 12 -> "PTR";
            case 13 -> "HINFO";
            case 15 -> "MX";
            case 16 -> "TXT";
            case 28 -> "AAAA";
            case 33 -> "SRV";
            case 35 -> "NAPTR";
            case OPT -> "OPT";
            case 43 -> "DS";
            case 46 -> "RRSIG";
            case 47 -> "NSEC";
            case 48 -> "DNSKEY";
            case 64 -> "SVCB";
            case 65 -> "HTTPS";
            case 252 -> "AXFR";
            case 255 -> "ANY";
            default -> "Type" + type;
        };
    }
}
