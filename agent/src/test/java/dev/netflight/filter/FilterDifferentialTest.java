package dev.netflight.filter;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.netflight.filter.KernelAndLibpcap.View;
import dev.netflight.libbpf.Libpcap;
import dev.netflight.libbpf.NativeLibrary;
import dev.netflight.libbpf.PcapException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/**
 * The truth of the translation: our code in the kernel and libpcap's interpreter must agree on every pair of filter and
 * packet. Another seed than the usual one is set by {@code -Dnetflight.seed}.
 */
class FilterDifferentialTest {
    private static final long SEED = Long.getLong("netflight.seed", 20_261_121);

    private static KernelAndLibpcap judges;
    private static Libpcap libpcap;
    private static Random random;
    private static List<byte[]> packets;
    private static long pairs;
    private static long accepted;

    @BeforeAll
    static void open() {
        judges = KernelAndLibpcap.open();
        libpcap = new Libpcap(NativeLibrary.required());
        random = new Random(SEED);
        HostilePackets hostile = new HostilePackets(random);
        packets = new ArrayList<>(HostilePackets.real());
        while (packets.size() < KernelAndLibpcap.PACKETS) {
            packets.add(hostile.next());
        }
        for (int i = 0; i < packets.size(); i++) {
            judges.packet(i, packets.get(i));
        }
    }

    @AfterAll
    static void close() {
        if (judges != null) {
            judges.close();
            System.out.println("FilterDifferentialTest: " + pairs + " pairs, " + accepted + " accepted, seed " + SEED);
        }
    }

    static List<String> expressions() throws IOException {
        try (InputStream in = FilterDifferentialTest.class.getResourceAsStream("expressions.txt")) {
            return new String(in.readAllBytes(), StandardCharsets.UTF_8).lines().filter(line -> !line.startsWith("#")).toList();
        }
    }

    private static List<ClassicInstruction> classic(int linkType, String expression) throws PcapException {
        return Arrays.stream(libpcap.compile(linkType, expression, PacketFilter.NO_NETMASK))
                .mapToObj(ClassicInstruction::of).toList();
    }

    private static void agree(String filter, View view) {
        int verdict = judges.kernel(view);
        boolean expected = judges.libpcap(view);
        pairs++;
        if (verdict == 1) {
            accepted++;
        }
        if (verdict == 1 != expected || verdict == 2 && view.captured() >= KernelAndLibpcap.ROOM) {
            throw new AssertionError(filter + "\nlibpcap " + (expected ? "accepts" : "rejects") + ", our verdict " + verdict + ": "
                    + view + "\n" + java.util.HexFormat.of().formatHex(packets.get(view.index())));
        }
    }

    private static int size(int index) {
        return Math.min(packets.get(index).length, KernelAndLibpcap.ROOM);
    }

    /** Every packet whole, and cut anywhere. */
    private static void agreeOnAll(String filter) {
        for (int index = 0; index < packets.size(); index++) {
            int size = size(index);
            agree(filter, new View(index, size, size, false));
            agree(filter, new View(index, size + random.nextInt(3) * 700, random.nextInt(size + 1), true));
        }
    }

    @Test
    void expressions_of_the_manual_on_real_packets_cut_at_every_length() throws Exception {
        int refused = 0;
        int real = HostilePackets.real().size();
        for (String expression : expressions()) {
            PacketFilter filter;
            try {
                filter = PacketFilter.compile(libpcap, expression, PacketFilter.NO_NETMASK);
            } catch (FilterException by) {
                refused++;
                continue;
            }
            judges.judge(classic(Libpcap.DLT_EN10MB, expression), filter.ethernet(), filter.ip(), false);
            for (int index = 0; index < real; index++) {
                int size = size(index);
                for (int captured = size; captured >= 0; captured -= captured > 200 ? 97 : 1) {
                    agree(expression, new View(index, size, captured, false));
                }
            }
            agreeOnAll(expression);
        }
        assertTrue(refused < 12, refused + " expressions were refused by libpcap");
    }

    @Test
    void expressions_for_devices_without_a_link_layer() throws Exception {
        for (String expression : expressions()) {
            PacketFilter filter;
            List<ClassicInstruction> original;
            try {
                filter = PacketFilter.compile(libpcap, expression, PacketFilter.NO_NETMASK);
            } catch (FilterException refused) {
                continue;
            }
            try {
                original = classic(Libpcap.DLT_RAW, expression);
            } catch (PcapException needsLinkLayer) {
                original = List.of(new ClassicInstruction(Classic.RET, 0, 0, 0));
            }
            judges.judge(original, filter.ethernet(), filter.ip(), true);
            agreeOnAll(expression + " without a link layer");
        }
    }

    @Test
    void random_expressions_on_random_and_hostile_packets() throws Exception {
        RandomExpressions expressions = new RandomExpressions(random);
        for (int tried = 0; tried < 220;) {
            String expression = expressions.next();
            List<ClassicInstruction> original;
            try {
                original = classic(Libpcap.DLT_EN10MB, expression);
            } catch (PcapException refused) {
                continue;
            }
            tried++;
            PacketFilter filter = PacketFilter.compile(libpcap, expression, PacketFilter.NO_NETMASK);
            judges.judge(original, filter.ethernet(), filter.ip(), false);
            agreeOnAll(expression);
        }
    }

    @Test
    void random_programs_that_no_expression_compiles_to() throws Exception {
        RandomPrograms programs = new RandomPrograms(random);
        for (int i = 0; i < 250; i++) {
            List<ClassicInstruction> original = programs.next();
            long[] code = Translator.translate(original);
            judges.judge(original, code, code, false);
            agreeOnAll(original.toString());
        }
    }

    @Test
    void shifts_by_32_and_more_give_zero_and_division_by_zero_rejects() throws Exception {
        for (int operation : new int[] {Classic.LSH, Classic.RSH, Classic.DIV, Classic.MOD}) {
            for (int x : new int[] {0, 1, 31, 32, 33, 255, -1}) {
                List<ClassicInstruction> original = List.of(new ClassicInstruction(Classic.LDX | Classic.IMM, 0, 0, x),
                        new ClassicInstruction(Classic.LD | Classic.IMM, 0, 0, 0xdead_beef),
                        new ClassicInstruction(Classic.ALU | operation | Classic.X, 0, 0, 0),
                        new ClassicInstruction(Classic.RET | Classic.RETURNS_A, 0, 0, 0));
                long[] code = Translator.translate(original);
                judges.judge(original, code, code, false);
                agree("operation " + operation + " by " + x, new View(0, 60, 60, false));
            }
        }
    }

    @Test
    void inbound_and_outbound_look_at_the_way_a_packet_goes() throws Exception {
        for (String expression : List.of("inbound", "outbound", "not inbound and ip or outbound", "inbound and tcp port 8080")) {
            PacketFilter filter = PacketFilter.compile(libpcap, expression, PacketFilter.NO_NETMASK);
            judges.judge(classic(Libpcap.DLT_EN10MB, expression), filter.ethernet(), filter.ip(), false);
            for (int index = 0; index < HostilePackets.real().size(); index++) {
                boolean port = judgeTcp8080(index);
                boolean ip = packets.get(index)[12] == 8 && packets.get(index)[13] == 0;
                for (boolean leaves : new boolean[] {true, false}) {
                    boolean expected = switch (expression) {
                        case "inbound" -> !leaves;
                        case "outbound" -> leaves;
                        case "inbound and tcp port 8080" -> !leaves && port;
                        default -> leaves && ip || leaves;
                    };
                    assertEquals(expected ? 1 : 0, judges.kernel(new View(index, size(index), size(index), leaves)), expression);
                }
            }
        }
    }

    private static boolean judgeTcp8080(int index) {
        byte[] p = packets.get(index);
        int at = p[12] == 8 && p[13] == 0 && p[23] == 6 ? 34 : (p[12] & 0xff) == 0x86 && p[20] == 6 ? 54 : -1;
        return at > 0 && ((p[at] & 0xff) << 8 | p[at + 1] & 0xff) == 8080 || at > 0
                && ((p[at + 2] & 0xff) << 8 | p[at + 3] & 0xff) == 8080;
    }

    @Test
    void what_was_not_copied_is_asked_for() throws Exception {
        String expression = "tcp[20:4] = 0x47455420";
        PacketFilter filter = PacketFilter.compile(libpcap, expression, PacketFilter.NO_NETMASK);
        judges.judge(classic(Libpcap.DLT_EN10MB, expression), filter.ethernet(), filter.ip(), false);
        int syn = 10;
        assertEquals(2, judges.kernel(new View(syn, 74, 54, false)));
        assertEquals(0, judges.kernel(new View(syn, 74, 74, false)));
    }
}
