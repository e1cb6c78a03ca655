package dev.netflight.instrument;

import dev.netflight.instrument.LibraryHooks.CallMark;
import dev.netflight.instrument.LibraryHooks.Mark;
import dev.netflight.instrument.LibraryHooks.NativeCall;
import dev.netflight.instrument.LibraryHooks.Site;
import dev.netflight.instrument.LibraryHooks.Value;
import java.io.IOException;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import net.bytebuddy.jar.asm.ClassReader;
import net.bytebuddy.jar.asm.ClassVisitor;
import net.bytebuddy.jar.asm.ClassWriter;
import net.bytebuddy.jar.asm.FieldVisitor;
import net.bytebuddy.jar.asm.MethodVisitor;
import net.bytebuddy.jar.asm.Opcodes;
import net.bytebuddy.utility.OpenedClassReader;

/**
 * Weaves one class with the ASM that Byte Buddy carries, and no more of Byte Buddy: this runs where an application's thread
 * loads the class, which must not wait for hundreds of classes of ours.
 *
 * <p>No member is added, as the class may have been loaded before. Added code keeps to the operand stack and to locals above
 * the method's own, and no frame of the method has to know of those.
 */
final class LibraryWeaver {
    /** Class files have stack map frames from version 50 on: before, the verifier takes other ways. */
    private static final int JAVA_6 = 50;

    /**
     * A class after weaving.
     *
     * @param bytes   its new class file, or {@code null} if nothing fits and it stays as it is
     * @param leftOut the sites that do not fit, with the reason
     */
    record Woven(byte[] bytes, Map<Site, String> leftOut) {}

    private LibraryWeaver() {}

    /**
     * @param owner the name's end, as the table has it
     * @param name  the class's internal name
     */
    static Woven weave(String owner, String name, byte[] original) {
        List<Site> sites = LibraryHooks.sites(owner);
        ClassReader reader = OpenedClassReader.of(original);
        Shape shape = new Shape();
        reader.accept(shape, ClassReader.SKIP_DEBUG);
        Map<Site, String> leftOut = new LinkedHashMap<>();
        Set<Site> fitting = new LinkedHashSet<>();
        String prefix = name.substring(0, name.length() - owner.length());
        for (Site site : sites) {
            String missing = shape.version < JAVA_6 ? "the class is compiled for Java 5 or older" : shape.misses(site, prefix);
            if (missing == null) {
                fitting.add(site);
            } else {
                leftOut.put(site, missing);
            }
        }
        if (fitting.isEmpty()) {
            return new Woven(null, leftOut);
        }
        Set<Site> seen = new HashSet<>();
        byte[] bytes = write(reader, name, prefix, shape, fitting, seen);
        for (Site site : fitting) {
            if (!seen.contains(site)) {
                leftOut.put(site, "the class has no such call");
            }
        }
        return new Woven(seen.isEmpty() ? null : bytes, leftOut);
    }

    private static byte[] write(
            ClassReader reader, String name, String prefix, Shape shape, Set<Site> fitting, Set<Site> seen) {
        ClassWriter writer = new ClassWriter(reader, 0);
        reader.accept(new ClassVisitor(OpenedClassReader.ASM_API, writer) {
            @Override
            public MethodVisitor visitMethod(int access, String method, String descriptor, String signature, String[] exceptions) {
                MethodVisitor visitor = super.visitMethod(access, method, descriptor, signature, exceptions);
                if ((access & (Opcodes.ACC_ABSTRACT | Opcodes.ACC_NATIVE)) != 0) {
                    return visitor;
                }
                return new LibraryMethodWeaver(visitor, name, prefix, access, method, descriptor,
                        shape.locals.get(method + descriptor), fitting, seen);
            }
        }, 0);
        return writer.toByteArray();
    }

    /**
     * Loads what {@link #weave} needs, some 80 ms of work, so that the first application's thread that loads one of the
     * libraries does not have to. On a thread of ours.
     */
    static void prime() {
        try {
            byte[] any = OwnResources.read(LibraryWeaver.class.getName().replace('.', '/') + ".class");
            ClassReader reader = OpenedClassReader.of(any);
            Shape shape = new Shape();
            reader.accept(shape, ClassReader.SKIP_DEBUG);
            for (String owner : LibraryHooks.owners(library -> true)) {
                LibraryHooks.sites(owner).forEach(site -> shape.misses(site, ""));
            }
            write(reader, reader.getClassName(), "", shape, Set.of(), new HashSet<>());
        } catch (IOException | RuntimeException | LinkageError e) {
            // then the first one does it; what is wrong shows there
        }
    }

    /** A descriptor of the table in a copy of the library whose packages begin with {@code prefix}. */
    static String in(String prefix, String descriptor) {
        return descriptor == null ? null : descriptor.replace("%", prefix);
    }

    /** What a class has, before anything is changed. */
    private static final class Shape extends ClassVisitor {
        private final Map<String, Integer> locals = new HashMap<>();
        private final Set<String> natives = new HashSet<>();
        private final Set<String> fields = new HashSet<>();
        private int version;

        Shape() {
            super(OpenedClassReader.ASM_API);
        }

        @Override
        public void visit(int version, int access, String name, String signature, String superName, String[] interfaces) {
            this.version = version & 0xffff;
        }

        @Override
        public FieldVisitor visitField(int access, String name, String descriptor, String signature, Object value) {
            if ((access & Opcodes.ACC_STATIC) == 0) {
                fields.add(name + descriptor);
            }
            return null;
        }

        @Override
        public MethodVisitor visitMethod(int access, String name, String descriptor, String signature, String[] exceptions) {
            if ((access & Opcodes.ACC_NATIVE) != 0) {
                if ((access & Opcodes.ACC_STATIC) != 0) {
                    natives.add(name + descriptor);
                }
                return null;
            }
            return new MethodVisitor(OpenedClassReader.ASM_API) {
                @Override
                public void visitMaxs(int maxStack, int maxLocals) {
                    locals.put(name + descriptor, maxLocals);
                }
            };
        }

        /** Why a site does not fit, as far as that shows without its code; {@code null} if it may. */
        String misses(Site site, String prefix) {
            return switch (site) {
                case NativeCall call -> natives.contains(call.name() + in(prefix, call.descriptor()))
                        ? null : "the class has no such native";
                case Mark mark -> locals.containsKey(mark.method() + in(prefix, mark.descriptor()))
                        ? missingField(mark.values(), prefix) : "the class has no such method";
                case CallMark call -> call.descriptor() == null
                                || locals.containsKey(call.method() + in(prefix, call.descriptor()))
                        ? missingField(call.values(), prefix) : "the class has no such method";
            };
        }

        private String missingField(List<Value> values, String prefix) {
            for (Value value : values) {
                if (value.kind() == Value.Kind.FIELD && !fields.contains(value.name() + in(prefix, value.descriptor()))) {
                    return "the class has no field " + value.name();
                }
            }
            return null;
        }
    }

    /** Whether a mark is of the method. */
    static boolean isIn(Mark mark, String prefix, String method, String descriptor) {
        return mark.method().equals(method) && in(prefix, mark.descriptor()).equals(descriptor);
    }
}
