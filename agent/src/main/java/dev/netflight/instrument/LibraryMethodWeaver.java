package dev.netflight.instrument;

import dev.netflight.instrument.LibraryHooks.CallMark;
import dev.netflight.instrument.LibraryHooks.Mark;
import dev.netflight.instrument.LibraryHooks.NativeCall;
import dev.netflight.instrument.LibraryHooks.Point;
import dev.netflight.instrument.LibraryHooks.Site;
import dev.netflight.instrument.LibraryHooks.Value;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import net.bytebuddy.jar.asm.Label;
import net.bytebuddy.jar.asm.MethodVisitor;
import net.bytebuddy.jar.asm.Opcodes;
import net.bytebuddy.jar.asm.Type;
import net.bytebuddy.utility.OpenedClassReader;

/** Weaves one method; see {@link LibraryWeaver}. */
final class LibraryMethodWeaver extends MethodVisitor {
    private static final String HOOK = "java/lang/NetflightHook1";
    private static final String ORIGIN = "java/lang/NetflightOrigin1";
    /** What {@code NetflightHook1.exit(long)} takes for a native that threw. */
    private static final long THROWN = -1000;

    private final String name;
    private final String prefix;
    private final boolean isStatic;
    private final String method;
    private final String descriptor;
    private final Type[] parameters;
    private final int locals;
    private final List<Mark> marks = new ArrayList<>();
    private final Set<Site> fitting;
    private final Set<Site> seen;
    private final List<Runnable> handlersBefore = new ArrayList<>();
    private final List<Runnable> handlers = new ArrayList<>();
    /** Where the catch-all of {@link Point#AROUND} begins, or {@code null}. */
    private Label begin;
    private int moreLocals;

    /** @param locals how many the method has of its own */
    LibraryMethodWeaver(MethodVisitor next, String name, String prefix, int access, String method, String descriptor, int locals,
            Set<Site> fitting, Set<Site> seen) {
        super(OpenedClassReader.ASM_API, next);
        this.name = name;
        this.prefix = prefix;
        this.isStatic = (access & Opcodes.ACC_STATIC) != 0;
        this.method = method;
        this.descriptor = descriptor;
        this.parameters = Type.getArgumentTypes(descriptor);
        this.locals = locals;
        this.fitting = fitting;
        this.seen = seen;
        for (Site site : fitting) {
            if (site instanceof Mark mark && LibraryWeaver.isIn(mark, prefix, method, descriptor)) {
                marks.add(mark);
                seen.add(mark);
            }
        }
    }

    @Override
    public void visitCode() {
        super.visitCode();
        for (Mark mark : marks) {
            if (mark.point() != Point.EXIT) {
                call(mark.call(), mark.values());
            }
            if (mark.point() == Point.AROUND) {
                begin = new Label();
                super.visitLabel(begin);
            }
        }
    }

    @Override
    public void visitInsn(int opcode) {
        if (opcode >= Opcodes.IRETURN && opcode <= Opcodes.RETURN) {
            for (Mark mark : marks) {
                if (mark.point() == Point.EXIT) {
                    call(mark.call(), mark.values());
                }
            }
            if (begin != null) {
                end();
            }
        }
        super.visitInsn(opcode);
    }

    @Override
    public void visitMethodInsn(int opcode, String owner, String called, String calledDescriptor, boolean isInterface) {
        for (Site site : fitting) {
            if (site instanceof NativeCall call && opcode == Opcodes.INVOKESTATIC && owner.equals(name)
                    && call.name().equals(called) && LibraryWeaver.in(prefix, call.descriptor()).equals(calledDescriptor)) {
                seen.add(site);
                follow(call, () -> super.visitMethodInsn(opcode, owner, called, calledDescriptor, isInterface), calledDescriptor);
                return;
            }
            if (site instanceof CallMark call && isCalled(call, called, calledDescriptor)) {
                seen.add(site);
                if (call.values().contains(Value.RECEIVER)) {
                    int[] places = store(calledDescriptor);
                    call(call.call(), call.values());
                    load(calledDescriptor, places);
                } else {
                    call(call.call(), call.values());
                }
                Runnable original = () -> super.visitMethodInsn(opcode, owner, called, calledDescriptor, isInterface);
                if (call.around()) {
                    guarded(original, this::end);
                    end();
                } else {
                    original.run();
                }
                return;
            }
        }
        super.visitMethodInsn(opcode, owner, called, calledDescriptor, isInterface);
    }

    private boolean isCalled(CallMark call, String called, String calledDescriptor) {
        return call.called().equals(called)
                && (call.calledDescriptor() == null
                        || LibraryWeaver.in(prefix, call.calledDescriptor()).equals(calledDescriptor))
                && (call.method() == null || call.method().equals(method))
                && (call.descriptor() == null || LibraryWeaver.in(prefix, call.descriptor()).equals(descriptor));
    }

    /** The native's arguments go through locals, since the first of them, the descriptor, lies below the others. */
    private void follow(NativeCall call, Runnable original, String nativeDescriptor) {
        int[] places = store(nativeDescriptor);
        push(call.kind());
        super.visitVarInsn(Opcodes.ILOAD, places[0]);
        super.visitMethodInsn(Opcodes.INVOKESTATIC, HOOK, "enter", "(II)V", false);
        load(nativeDescriptor, places);
        guarded(original, () -> {
            super.visitLdcInsn(THROWN);
            super.visitMethodInsn(Opcodes.INVOKESTATIC, HOOK, "exit", "(J)V", false);
        });
        if (Type.getReturnType(nativeDescriptor).getSize() == 2) {
            super.visitInsn(Opcodes.DUP2);
        } else {
            super.visitInsn(Opcodes.DUP);
            super.visitInsn(Opcodes.I2L);
        }
        super.visitMethodInsn(Opcodes.INVOKESTATIC, HOOK, "exit", "(J)V", false);
    }

    /** Takes a call's arguments from the operand stack into locals. @return which */
    private int[] store(String calledDescriptor) {
        Type[] arguments = Type.getArgumentTypes(calledDescriptor);
        int[] places = new int[arguments.length];
        int place = locals;
        for (int i = 0; i < arguments.length; i++) {
            places[i] = place;
            place += arguments[i].getSize();
        }
        moreLocals = Math.max(moreLocals, place - locals);
        for (int i = arguments.length - 1; i >= 0; i--) {
            super.visitVarInsn(arguments[i].getOpcode(Opcodes.ISTORE), places[i]);
        }
        return places;
    }

    private void load(String calledDescriptor, int[] places) {
        Type[] arguments = Type.getArgumentTypes(calledDescriptor);
        for (int i = 0; i < arguments.length; i++) {
            super.visitVarInsn(arguments[i].getOpcode(Opcodes.ILOAD), places[i]);
        }
    }

    /** Code of which a catch-all runs {@code last} when it throws, and throws on. */
    private void guarded(Runnable code, Runnable last) {
        Label from = new Label();
        Label to = new Label();
        super.visitLabel(from);
        code.run();
        super.visitLabel(to);
        handler(from, to, last);
    }

    private void handler(Label from, Label to, Runnable last) {
        Label handler = new Label();
        // before the method's own, which may hold the same code: the first that fits is taken
        handlers.add(() -> {
            super.visitLabel(handler);
            super.visitFrame(Opcodes.F_FULL, 0, null, 1, new Object[] {"java/lang/Throwable"});
            last.run();
            super.visitInsn(Opcodes.ATHROW);
        });
        super.visitTryCatchBlock(from, to, handler, null);
    }

    /** The method's own come behind ours. */
    @Override
    public void visitTryCatchBlock(Label from, Label to, Label handler, String type) {
        handlersBefore.add(() -> super.visitTryCatchBlock(from, to, handler, type));
    }

    @Override
    public void visitMaxs(int maxStack, int maxLocals) {
        handlersBefore.forEach(Runnable::run);
        if (begin != null) {
            Label end = new Label();
            super.visitLabel(end);
            handler(begin, end, this::end); // behind the method's own
        }
        handlers.forEach(Runnable::run);
        super.visitMaxs(maxStack + 6, maxLocals + moreLocals);
    }

    private void end() {
        super.visitMethodInsn(Opcodes.INVOKESTATIC, ORIGIN, "end", "()V", false);
    }

    private void call(String hook, List<Value> values) {
        StringBuilder signature = new StringBuilder("(");
        for (Value value : values) {
            signature.append(load(value));
        }
        super.visitMethodInsn(Opcodes.INVOKESTATIC, ORIGIN, hook, signature.append(")V").toString(), false);
    }

    /** Puts a value on the stack, and says as what a hook takes it. A result or a receiver has to come first. */
    private String load(Value value) {
        switch (value.kind()) {
            case THIS -> super.visitVarInsn(Opcodes.ALOAD, 0);
            case RESULT, RECEIVER -> super.visitInsn(Opcodes.DUP);
            case NULL -> super.visitInsn(Opcodes.ACONST_NULL);
            case FIELD -> {
                super.visitVarInsn(Opcodes.ALOAD, 0);
                super.visitFieldInsn(Opcodes.GETFIELD, name, value.name(), LibraryWeaver.in(prefix, value.descriptor()));
            }
            case NUMBER -> {
                push(value.number());
                return "I";
            }
            case PARAMETER -> {
                int place = isStatic ? 0 : 1;
                for (int i = 0; i < value.number(); i++) {
                    place += parameters[i].getSize();
                }
                Type type = parameters[value.number()];
                super.visitVarInsn(type.getOpcode(Opcodes.ILOAD), place);
                return type.getSort() == Type.LONG ? "J" : "Ljava/lang/Object;";
            }
        }
        return "Ljava/lang/Object;";
    }

    /** -1 to 5, or a byte. */
    private void push(int number) {
        if (number <= 5) {
            super.visitInsn(Opcodes.ICONST_0 + number);
        } else {
            super.visitIntInsn(Opcodes.BIPUSH, number);
        }
    }
}
