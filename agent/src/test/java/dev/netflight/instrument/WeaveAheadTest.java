package dev.netflight.instrument;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.lang.instrument.ClassFileTransformer;
import java.lang.instrument.Instrumentation;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.ProtectionDomain;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class WeaveAheadTest {
    @Test
    void each_class_of_the_table_is_woven_once_and_the_same_the_next_time(@TempDir Path one, @TempDir Path other)
            throws IOException {
        WeaveAhead.main(new String[] {one.toString()});
        WeaveAhead.main(new String[] {other.toString()});
        assertThat(files(one)).hasSameSizeAs(HookTable.owners());
        for (Path file : files(one)) {
            assertThat(other.resolve(one.relativize(file))).hasSameBinaryContentAs(file);
        }
    }

    /**
     * HotSpot writes the methods of a loaded class in an order of its own, and the constants that weaving adds follow that order:
     * so the code is compared as it reads. Of the file as it lies in the image Byte Buddy makes the very same bytes.
     */
    @Test
    void ready_bytes_are_those_that_byte_buddy_makes_of_the_class_met_in_the_jvm(@TempDir Path folder) throws Exception {
        WeaveAhead.main(new String[] {folder.toString()});
        Map<String, byte[]> met = met();
        for (String owner : HookTable.owners()) {
            byte[] ready = Files.readAllBytes(folder.resolve(WeaveAhead.path(owner, met.get(owner))));
            byte[] byByteBuddy = new ByteBuddyWeaver().weave(owner, met.get(owner)).bytes();
            assertThat(byByteBuddy).as(owner).hasSameSizeAs(ready);
            assertThat(ClassFiles.readable(byByteBuddy)).as(owner).isEqualTo(ClassFiles.readable(ready));
            assertThat(new ByteBuddyWeaver().weave(owner, WeaveAhead.original(owner)).bytes()).as(owner).isEqualTo(ready);
        }
    }

    /** The class files as a transformer meets them. */
    private static Map<String, byte[]> met() throws Exception {
        Map<String, byte[]> met = new ConcurrentHashMap<>();
        List<Class<?>> types = new ArrayList<>();
        for (String owner : HookTable.owners()) {
            types.add(Class.forName(owner.replace('/', '.')));
        }
        ClassFileTransformer observer = new ClassFileTransformer() {
            @Override
            public byte[] transform(
                    ClassLoader loader, String name, Class<?> type, ProtectionDomain domain, byte[] bytes) {
                if (types.contains(type)) {
                    met.put(name, bytes);
                }
                return null;
            }
        };
        Instrumentation inst = SelfAttach.instrumentation();
        inst.addTransformer(observer, true);
        try {
            inst.retransformClasses(types.toArray(new Class<?>[0]));
        } finally {
            inst.removeTransformer(observer);
        }
        return met;
    }

    private static List<Path> files(Path folder) throws IOException {
        try (Stream<Path> files = Files.walk(folder)) {
            return files.filter(Files::isRegularFile).toList();
        }
    }
}
