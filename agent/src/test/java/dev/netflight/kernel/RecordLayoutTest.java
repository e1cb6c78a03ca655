package dev.netflight.kernel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import java.lang.reflect.Field;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** Holds the layouts in Java against the BTF of the compiled object, field by field. */
class RecordLayoutTest {
    private static final Pattern STRUCT = Pattern.compile("^\\[\\d+] STRUCT '(\\w+)' size=(\\d+)");
    private static final Pattern MEMBER = Pattern.compile("^\\t'(\\w+)' type_id=\\d+ bits_offset=(\\d+)");

    private static Map<String, Map<String, Integer>> structsOfTheObject() throws Exception {
        Path object = Files.createTempFile("netflight", ".bpf.o");
        try (var in = RecordLayoutTest.class.getResourceAsStream("/dev/netflight/bpf/netflight.bpf.o")) {
            Files.write(object, in.readAllBytes());
            Path bpftool = Path.of("/usr/sbin/bpftool");
            assumeThat(bpftool).as("bpftool, which reads the object's BTF").exists();
            Process process = new ProcessBuilder(bpftool.toString(), "btf", "dump", "file", object.toString()).start();
            Map<String, Map<String, Integer>> structs = new LinkedHashMap<>();
            Map<String, Integer> current = null;
            for (String line : new String(process.getInputStream().readAllBytes()).split("\n")) {
                Matcher struct = STRUCT.matcher(line);
                Matcher member = MEMBER.matcher(line);
                if (struct.find()) {
                    current = new LinkedHashMap<>();
                    current.put("size", Integer.parseInt(struct.group(2)));
                    structs.put(struct.group(1), current);
                } else if (member.find() && current != null) {
                    current.put(member.group(1), Integer.parseInt(member.group(2)) / 8);
                }
            }
            assertThat(process.waitFor()).isZero();
            return structs;
        } finally {
            Files.delete(object);
        }
    }

    private static void compare(Map<String, Integer> struct, Class<?> layout) throws Exception {
        for (Map.Entry<String, Integer> member : struct.entrySet()) {
            if (member.getKey().equals("size") || member.getKey().equals("header")) {
                continue;
            }
            Field constant = layout.getField(member.getKey().toUpperCase(Locale.ROOT));
            assertThat(constant.getInt(null)).as("%s.%s", layout.getSimpleName(), constant.getName())
                    .isEqualTo(member.getValue());
        }
    }

    @Test
    void records_lie_in_java_as_they_lie_in_the_object() throws Exception {
        Map<String, Map<String, Integer>> structs = structsOfTheObject();
        compare(structs.get("record_header"), RecordLayout.class);
        compare(structs.get("packet_record"), RecordLayout.Packet.class);
        compare(structs.get("socket_record"), RecordLayout.Socket.class);
        compare(structs.get("operation_record"), RecordLayout.NativeOperation.class);
        compare(structs.get("process_record"), RecordLayout.Process.class);
        compare(structs.get("owner_record"), RecordLayout.Owner.class);
        compare(structs.get("interface_record"), RecordLayout.Interface.class);
        compare(structs.get("datagram_record"), RecordLayout.Datagram.class);
        compare(structs.get("trouble_record"), RecordLayout.Trouble.class);
    }

    @Test
    void the_config_has_the_size_that_java_writes() throws Exception {
        int size = structsOfTheObject().get("config").get("size");
        assertThat(new CaptureProgram.Setup(0, true, true, java.util.List.of("lo"), 1 << 20, null).toBytes(true)).hasSize(size);
    }
}
