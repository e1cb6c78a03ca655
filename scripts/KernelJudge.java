import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * Compares what the agent captured on the kernel under test with the account that KernelTraffic kept, and looks at the
 * agent's answers. Run from its source by scripts/test-kernel: {@code java KernelJudge.java FOLDER}; tshark reads the
 * captures. Prints one line for each thing that must be so, and exits with 1 if one is not.
 */
final class KernelJudge {
    private static final int FIN = 1;
    private static final int SYN = 2;
    /** Between the comments of a packet. */
    private static final String BETWEEN = "\u0002";

    private record Call(String kind, long from, long to, String thread, String method) {}

    private record Operation(String kind, String number, int bytes, String thread, boolean exact, String text) {}

    private record Packet(String number, boolean outbound, int from, int to, int flags, int seq, int ack, int length,
            byte[] payload, List<Operation> operations) {
        String ports(boolean asSeenByItsEnd) {
            return asSeenByItsEnd == outbound ? from + "\t" + to : to + "\t" + from;
        }

        @Override
        public String toString() {
            return "packet " + number + ", " + from + " > " + to + (outbound ? " outbound" : " inbound") + ", flags " + flags
                    + ", length " + length + ": " + operations;
        }
    }

    private final Path folder;
    private final List<String> wrong = new ArrayList<>();

    private KernelJudge(Path folder) {
        this.folder = folder;
    }

    public static void main(String[] args) throws Exception {
        System.exit(new KernelJudge(Path.of(args[0])).judge() ? 0 : 1);
    }

    private boolean judge() throws Exception {
        String check = Files.readString(folder.resolve("check"));
        boolean whole = check.contains("\n  + bpf_dynptr_from_skb");
        System.out.println(check);
        tellOfCrashes();
        for (String name : List.of("first.start", "status", "stop", "check", "start", "status.second", "children", "cgroup")) {
            say(Files.readString(folder.resolve(name)).startsWith("OK "), "the agent answers OK to " + name);
        }
        String during = Files.readString(folder.resolve("programs.during"));
        say(during.contains("handle_egress"), "bpftool shows the programs during the capture");
        for (String after : List.of("programs.after", "programs.killed")) {
            String list = Files.readString(folder.resolve(after));
            say(!list.contains("handle_") && !list.contains("register_thread"), "bpftool shows none of them in " + after);
        }
        packets(folder, whole, true);
        List<Packet> second = read(folder.resolve("second.pcapng"));
        say(second.stream().anyMatch(p -> p.length > 0), "tshark reads " + second.size()
                + " packets of the capture that was killed");
        // one end waited in a read that had begun before the hooks were there
        List<Packet> bare = second.stream().filter(p -> p.length > 0
                && (p.operations.isEmpty() || !p.operations.stream().allMatch(Operation::exact))).toList();
        say(bare.size() <= 1 && bare.stream().allMatch(p -> !p.outbound), "on its connection, open since before, each data"
                + " packet is exact, but for that of the read in progress: " + bare.size());
        for (String scope : List.of("children", "cgroup")) {
            List<String> comments = comments(folder.resolve(scope + ".pcapng"));
            List<String> its = comments.stream().filter(text -> text.contains("Args: bash -c exec")).toList();
            say(its.size() >= 6, "scope=" + scope + ": the child's packets have its arguments: " + its.size());
            say(its.stream().filter(text -> text.contains("StartStack:") && text.contains("KernelChild.startChild(")).count()
                    == 1, "scope=" + scope + ": one of them has the stack that started it");
            say(comments.stream().anyMatch(text -> text.contains("Operation: accept ")),
                    "scope=" + scope + ": the JVM's own have their calls");
        }
        for (String backend : List.of("tc", "cgroup")) {
            backend(backend, check.contains("\n  + backend=" + backend));
        }
        wrong.forEach(what -> System.out.println("  WRONG " + what));
        System.out.println(wrong.isEmpty() ? "all is well" : wrong.size() + " things are wrong");
        return wrong.isEmpty();
    }

    /** HotSpot's own reports. Compiled code has met SIGILL in qemu's emulation: then what that JVM captured is missing below. */
    private void tellOfCrashes() throws IOException {
        try (DirectoryStream<Path> reports = Files.newDirectoryStream(folder, "hs_err_pid*.log")) {
            for (Path report : reports) {
                List<String> lines = Files.readAllLines(report);
                String signal = lines.stream().filter(line -> line.startsWith("#  SIG")).findFirst().orElse("#").substring(1).strip();
                int frame = lines.indexOf("# Problematic frame:") + 1;
                say(false, "a JVM crashed: " + signal + (frame == 0 ? "" : ", in" + lines.get(frame).substring(1)));
            }
        }
    }

    /** The same packets by another backend, or a sentence where this kernel cannot. */
    private void backend(String backend, boolean isPossible) throws IOException, InterruptedException {
        Path its = folder.resolve("backend-" + backend);
        String answer = Files.readString(its.resolve("first.start"));
        if (!isPossible) {
            say(answer.startsWith("ERROR ") && answer.contains("mainline since"), "backend=" + backend + ": " + answer.strip());
            return;
        }
        say(answer.startsWith("OK "), "backend=" + backend + ": " + answer.strip());
        if (answer.startsWith("OK ")) {
            // a control group does not see what comes to a socket that is gone
            packets(its, true, !backend.equals("cgroup"));
        }
    }

    /** The comments of each packet in one text. */
    private static List<String> comments(Path file) throws Exception {
        Process tshark = new ProcessBuilder("tshark", "-n", "-r", file.toString(), "-T", "fields", "-e", "frame.comment")
                .redirectError(ProcessBuilder.Redirect.DISCARD).start();
        try (BufferedReader lines = tshark.inputReader()) {
            return lines.lines().toList();
        }
    }

    private void say(boolean so, String what) {
        if (so) {
            System.out.println("  ok    " + what);
        } else {
            wrong.add(what);
        }
    }

    /** Calls by local port, remote port and kind. */
    private static Map<String, List<Call>> account(Path folder) throws IOException {
        Map<String, List<Call>> account = new HashMap<>();
        for (String line : Files.readAllLines(folder.resolve("account"))) {
            String[] f = line.split("\t");
            account.computeIfAbsent(f[0] + "\t" + f[1] + "\t" + f[2], key -> new ArrayList<>())
                    .add(new Call(f[2], Long.parseLong(f[3]), Long.parseLong(f[4]), f[5], f[6]));
        }
        return account;
    }

    /** @param seesEnds whether no FIN may be missing */
    private void packets(Path folder, boolean whole, boolean seesEnds) throws IOException, InterruptedException {
        Map<String, List<Call>> account = account(folder);
        List<Packet> packets = read(folder.resolve("first.pcapng"));
        Map<String, Integer> first = new HashMap<>();
        for (Packet p : packets) {
            if ((p.flags & SYN) != 0) {
                first.put(p.from + "\t" + p.to, p.seq + 1);
            }
        }
        Map<String, int[]> counts = new TreeMap<>();
        Map<String, Map<String, Integer>> numbers = new HashMap<>();
        Map<String, Long> captured = new HashMap<>();
        int wholePackets = 0;
        int bare = 0;
        for (Packet p : packets) {
            List<Call> both = account.get(p.ports(true) + "\tconnect");
            boolean client = both != null;
            Integer start = first.get(p.from + "\t" + p.to);
            if (start == null) {
                wrong.add("the SYN of " + p + " is missing");
                continue;
            }
            long offset = Integer.toUnsignedLong(p.seq - start);
            if (p.length > 0) {
                String kind = p.outbound ? "write" : "read";
                String stream = p.ports(true) + "\t" + kind;
                boolean right = isOf(p, offset, account.getOrDefault(stream, List.of()),
                        numbers.computeIfAbsent(stream, key -> new HashMap<>()));
                count(counts, "data, " + (p.outbound ? "outbound" : "inbound"), right, p);
                captured.merge(stream, (long) p.length, Long::sum);
                if (p.payload.length == p.length && contentIsRight(p, offset)) {
                    wholePackets++;
                } else if (p.payload.length == 0) {
                    bare++;
                } else {
                    wrong.add("the payload of " + p);
                }
            } else if ((p.flags & SYN) != 0) {
                boolean right = only(p, client ? "connect" : "accept", client ? both.getFirst().method : "accept");
                count(counts, "SYN, " + (client ? "client" : "server"), right, p);
            } else if ((p.flags & FIN) != 0 && p.outbound) {
                count(counts, "FIN, outbound", only(p, "shutdown", client ? "" : "serve") || only(p, "close", ""), p);
            } else if ((p.flags & FIN) != 0) {
                count(counts, "FIN, inbound", only(p, "read", "read"), p);
            } else {
                Integer acknowledges = first.get(p.to + "\t" + p.from);
                String stream = p.ports(true) + "\t" + (p.outbound ? "read" : "write");
                count(counts, "pure ACK", acknowledges != null && isOfLastByte(p, Integer.toUnsignedLong(p.ack - acknowledges),
                        client, account.getOrDefault(stream, List.of()),
                        numbers.computeIfAbsent(stream, key -> new HashMap<>())), p);
            }
        }
        long bytes = 0;
        for (var stream : account.entrySet()) {
            if (stream.getKey().endsWith("write") || stream.getKey().endsWith("read")) {
                long moved = stream.getValue().getLast().to;
                bytes += moved;
                if (captured.getOrDefault(stream.getKey(), 0L) != moved) {
                    wrong.add("of stream " + stream.getKey() + " " + moved + " bytes were moved and "
                            + captured.get(stream.getKey()) + " captured");
                }
            }
        }
        counts.forEach((what, n) -> System.out.printf("  %-16s %5d packets, %5d with exactly their operations%n", what, n[0],
                n[1]));
        int ends = 2 * (int) account.keySet().stream().filter(key -> key.endsWith("connect")).count();
        for (String what : List.of("SYN, client", "SYN, server", "FIN, outbound", "FIN, inbound")) {
            if (seesEnds || what.startsWith("SYN")) {
                say(counts.containsKey(what) && counts.get(what)[0] == ends, what + ": none is missing");
            }
        }
        say(counts.containsKey("pure ACK") && bytes > 0, "the streams of all ends have " + bytes + " bytes");
        say(whole ? bare == 0 : wholePackets == 0, "data packets with their payload " + wholePackets
                + ", with headers only " + bare);
    }

    private void count(Map<String, int[]> counts, String what, boolean right, Packet packet) {
        int[] n = counts.computeIfAbsent(what, key -> new int[2]);
        n[0]++;
        if (right) {
            n[1]++;
        } else {
            wrong.add(what + ": " + packet);
        }
    }

    private static boolean only(Packet packet, String kind, String method) {
        return packet.operations.size() == 1 && packet.operations.getFirst().exact
                && packet.operations.getFirst().kind.equals(kind)
                && packet.operations.getFirst().text.contains("KernelTraffic." + method);
    }

    /** Whether the packet lists exactly the calls that moved its bytes: threads, bytes, frames, and each call one number. */
    private static boolean isOf(Packet p, long offset, List<Call> calls, Map<String, Integer> numbers) {
        int at = 0;
        for (int i = 0; i < calls.size(); i++) {
            Call call = calls.get(i);
            long from = Math.max(call.from, offset);
            long to = Math.min(call.to, offset + p.length);
            if (from >= to) {
                continue;
            }
            if (at == p.operations.size()) {
                return false;
            }
            Operation operation = p.operations.get(at++);
            Integer known = numbers.putIfAbsent(operation.number, i);
            if (!operation.exact || !operation.kind.equals(call.kind) || operation.bytes != to - from
                    || !operation.thread.equals(call.thread) || known != null && known != i
                    || !operation.text.contains("\tKernelTraffic." + call.method + "(KernelTraffic.java:")) {
                return false;
            }
        }
        return at > 0 && at == p.operations.size();
    }

    /** Whether a pure ACK names the one call that moved the last byte, SYN or FIN that it acknowledges. */
    private static boolean isOfLastByte(Packet p, long acknowledged, boolean client, List<Call> calls,
            Map<String, Integer> numbers) {
        if (acknowledged == 0) {
            return only(p, client ? "connect" : "accept", "");
        }
        for (int i = 0; i < calls.size(); i++) {
            Call call = calls.get(i);
            if (call.from < acknowledged && acknowledged <= call.to) {
                Integer known = p.operations.isEmpty() ? null : numbers.putIfAbsent(p.operations.getFirst().number, i);
                return only(p, call.kind, call.method + "(") && p.operations.getFirst().thread.equals(call.thread)
                        && (known == null || known == i);
            }
        }
        return p.outbound ? only(p, "read", "read") : only(p, "shutdown", "") || only(p, "close", "");
    }

    private static boolean contentIsRight(Packet packet, long offset) {
        for (int i = 0; i < packet.length; i++) {
            if (packet.payload[i] != (byte) ((offset + i) * 31 >> 3)) {
                return false;
            }
        }
        return true;
    }

    private static List<Packet> read(Path file) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(List.of("tshark", "-n", "-r", file.toString(), "-Y", "tcp", "-o",
                "tcp.desegment_tcp_streams:false", "-o", "tcp.try_heuristic_first:false", "-T", "fields", "-E",
                "occurrence=a", "-E", "aggregator=" + BETWEEN));
        for (String field : List.of("frame.number", "frame.packet_flags_direction", "tcp.srcport", "tcp.dstport", "tcp.flags",
                "tcp.seq_raw", "tcp.ack_raw", "tcp.len", "tcp.payload", "frame.comment")) {
            command.addAll(List.of("-e", field));
        }
        Process tshark = new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.DISCARD).start();
        List<Packet> packets = new ArrayList<>();
        try (BufferedReader lines = tshark.inputReader()) {
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                String[] f = line.split("\t", -1);
                List<Operation> operations = new ArrayList<>();
                for (String comment : f[9].split(BETWEEN)) {
                    if (comment.startsWith("JavaThread: ")) {
                        operations.add(operation(comment.replace("\\n", "\n").replace("\\t", "\t")));
                    }
                }
                packets.add(new Packet(f[0], Integer.decode(f[1]) == 2, Integer.parseInt(f[2]), Integer.parseInt(f[3]),
                        Integer.decode(f[4]), Integer.parseUnsignedInt(f[5]), Integer.parseUnsignedInt(f[6]),
                        Integer.parseInt(f[7]), HexFormat.of().parseHex(f[8].replace(":", "")), operations));
            }
        }
        tshark.waitFor();
        return packets;
    }

    private static Operation operation(String comment) {
        Map<String, String> values = new HashMap<>();
        comment.lines().filter(line -> line.contains(": ")).forEach(line ->
                values.putIfAbsent(line.substring(0, line.indexOf(':')), line.substring(line.indexOf(": ") + 2)));
        String[] operation = values.getOrDefault("Operation", "none 0").split(" ");
        return new Operation(operation[0], operation[1], Integer.parseInt(values.getOrDefault("OperationBytes", "0")),
                values.get("JavaThread"), "exact".equals(values.get("Attribution"))
                && comment.contains("\nJavaStack:\n"), comment);
    }
}
