package dev.netflight.instrument;

import java.io.IOException;
import java.lang.instrument.ClassFileTransformer;
import java.lang.instrument.Instrumentation;
import java.security.ProtectionDomain;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Collectors;
import net.bytebuddy.jar.asm.ClassReader;
import net.bytebuddy.jar.asm.ClassVisitor;
import net.bytebuddy.jar.asm.ClassWriter;
import net.bytebuddy.jar.asm.MethodVisitor;
import net.bytebuddy.jar.asm.Opcodes;
import net.bytebuddy.utility.OpenedClassReader;

/**
 * Has certain exception classes tell when one of them is made: at the end of each of their constructors stands a call, which
 * those of a subclass come through as well. Classes that are loaded already are woven at once, the others when they are
 * loaded, by whatever loader; every other class costs one look-up of its name.
 */
public final class ExceptionWeaver implements ClassFileTransformer, AutoCloseable {
    private static final String RECEIVER = "java/lang/NetflightThrown1";

    private final Instrumentation inst;
    /** Internal names. */
    private final Set<String> names;
    /** What became of those that were met, by their names. */
    private final Map<String, String> met = new ConcurrentHashMap<>();
    private volatile boolean open = true;

    private ExceptionWeaver(Instrumentation inst, Set<String> classes) {
        this.inst = inst;
        this.names = classes.stream().map(name -> name.replace('.', '/')).collect(Collectors.toUnmodifiableSet());
    }

    /** @param classes names as {@link Class#getName} has them; what is not there, or does not fit, is in {@link #status} */
    public static ExceptionWeaver weave(Instrumentation inst, Set<String> classes) {
        ExceptionWeaver weaver = new ExceptionWeaver(inst, classes);
        prime();
        inst.addTransformer(weaver, true);
        Retransformation.of(inst, weaver.loaded(), weaver::failed);
        return weaver;
    }

    /** Loads what weaving needs, so that an application's thread that loads one of the classes does not have to. */
    private static void prime() {
        try {
            write(OpenedClassReader.of(OwnResources.read(ExceptionWeaver.class.getName().replace('.', '/') + ".class")));
        } catch (IOException | RuntimeException | LinkageError e) {
            // then the first one does it; what is wrong shows there
        }
    }

    private List<Class<?>> loaded() {
        List<Class<?>> found = new ArrayList<>();
        for (Class<?> type : inst.getAllLoadedClasses()) {
            if (!type.isArray() && !type.isPrimitive() && !type.isHidden()
                    && names.contains(type.getName().replace('.', '/'))) {
                found.add(type);
            }
        }
        return found;
    }

    private void failed(Class<?> type, String reason) {
        met.put(type.getName().replace('.', '/'), "left out: " + reason);
    }

    @Override
    public byte[] transform(
            Module module, ClassLoader loader, String name, Class<?> type, ProtectionDomain domain, byte[] bytes) {
        // the JVM calls this for every class that is loaded anywhere
        if (name == null || !open || !names.contains(name)) {
            return null;
        }
        try {
            byte[] woven = write(OpenedClassReader.of(bytes));
            met.put(name, "woven");
            return woven;
        } catch (RuntimeException | LinkageError e) {
            met.put(name, "left out: " + e);
            return null;
        }
    }

    private static byte[] write(ClassReader reader) {
        ClassWriter writer = new ClassWriter(reader, ClassWriter.COMPUTE_MAXS);
        reader.accept(new ClassVisitor(OpenedClassReader.ASM_API, writer) {
            @Override
            public MethodVisitor visitMethod(int access, String method, String descriptor, String signature, String[] exceptions) {
                MethodVisitor visitor = super.visitMethod(access, method, descriptor, signature, exceptions);
                return method.equals("<init>") ? new ConstructorWeaver(visitor) : visitor;
            }
        }, 0);
        return writer.toByteArray();
    }

    /** No branch is added, so that the frames of the class file stay right. */
    private static final class ConstructorWeaver extends MethodVisitor {
        ConstructorWeaver(MethodVisitor next) {
            super(OpenedClassReader.ASM_API, next);
        }

        @Override
        public void visitInsn(int opcode) {
            if (opcode == Opcodes.RETURN) {
                super.visitVarInsn(Opcodes.ALOAD, 0);
                super.visitMethodInsn(Opcodes.INVOKESTATIC, RECEIVER, "made", "(Ljava/lang/Object;)V", false);
            }
            super.visitInsn(opcode);
        }
    }

    /** What became of each class, in words. */
    public String status() {
        return names.stream().sorted().map(name -> name.replace('/', '.') + ": "
                + met.getOrDefault(name, "not loaded yet, woven when it is")).collect(Collectors.joining("; "));
    }

    /** Puts the classes back. To be called once. */
    @Override
    public void close() {
        open = false;
        // removed last, for the reason that Weaver has
        Retransformation.of(inst, loaded(), (type, reason) -> { });
        inst.removeTransformer(this);
    }
}
