package dev.netflight.instrument;

import static net.bytebuddy.matcher.ElementMatchers.hasDescriptor;
import static net.bytebuddy.matcher.ElementMatchers.isAbstract;
import static net.bytebuddy.matcher.ElementMatchers.isNative;
import static net.bytebuddy.matcher.ElementMatchers.named;
import static net.bytebuddy.matcher.ElementMatchers.not;

import dev.netflight.instrument.HookTable.Body;
import dev.netflight.instrument.HookTable.Call;
import dev.netflight.instrument.HookTable.Hook;
import dev.netflight.instrument.HookTable.Lookup;
import java.io.IOException;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import net.bytebuddy.ByteBuddy;
import net.bytebuddy.asm.Advice;
import net.bytebuddy.asm.Advice.OffsetMapping;
import net.bytebuddy.asm.Advice.OffsetMapping.Target;
import net.bytebuddy.asm.AsmVisitorWrapper;
import net.bytebuddy.description.method.MethodDescription;
import net.bytebuddy.description.method.ParameterDescription;
import net.bytebuddy.description.type.TypeDescription;
import net.bytebuddy.dynamic.ClassFileLocator;
import net.bytebuddy.dynamic.DynamicType;
import net.bytebuddy.dynamic.TypeResolutionStrategy;
import net.bytebuddy.dynamic.scaffold.MethodGraph;
import net.bytebuddy.dynamic.scaffold.TypeValidation;
import net.bytebuddy.implementation.Implementation;
import net.bytebuddy.implementation.bytecode.StackManipulation;
import net.bytebuddy.implementation.bytecode.assign.InstanceCheck;
import net.bytebuddy.implementation.bytecode.assign.primitive.PrimitiveWideningDelegate;
import net.bytebuddy.implementation.bytecode.constant.IntegerConstant;
import net.bytebuddy.implementation.bytecode.constant.LongConstant;
import net.bytebuddy.implementation.bytecode.constant.NullConstant;
import net.bytebuddy.implementation.bytecode.member.MethodVariableAccess;
import net.bytebuddy.jar.asm.MethodVisitor;
import net.bytebuddy.jar.asm.Opcodes;
import net.bytebuddy.matcher.ElementMatcher;
import net.bytebuddy.matcher.ElementMatchers;
import net.bytebuddy.pool.TypePool;
import net.bytebuddy.utility.OpenedClassReader;

/**
 * Weaves one class with Byte Buddy, in its cheap form: no AgentBuilder, no validation, no look at superclasses, only visitors
 * over a class file in memory.
 */
final class ByteBuddyWeaver {
    private static final TypeDescription LONG = TypeDescription.ForLoadedType.of(long.class);

    private final ByteBuddy byteBuddy = new ByteBuddy()
            .with(TypeValidation.DISABLED)
            .with(MethodGraph.Compiler.ForDeclaredMethods.INSTANCE)
            .with(Implementation.Context.Disabled.Factory.INSTANCE);
    private final ClassFileLocator ownClasses = new OwnClasses();

    /**
     * Puts into a class what the table wants there.
     *
     * @param owner    internal name of the class
     * @param original its class file, which is not changed
     */
    Woven weave(String owner, byte[] original) {
        String name = owner.replace('/', '.');
        ClassFileLocator locator = ClassFileLocator.Simple.of(name, original);
        TypePool pool = TypePool.Default.WithLazyResolution.of(locator); // other types are only names to us
        TypeDescription type = pool.describe(name).resolve();

        Map<Hook, String> leftOut = new IdentityHashMap<>();
        Redirect redirect = new Redirect();
        DynamicType.Builder<?> builder = byteBuddy.decorate(type, locator);
        for (Hook hook : HookTable.in(owner)) {
            switch (hook) {
                case Body body -> {
                    if (hasBody(type, body.name(), body.descriptor())) {
                        builder = builder.visit(advice(body).on(method(body.name(), body.descriptor())));
                    } else {
                        leftOut.put(hook, "this JDK's class has no such method");
                    }
                }
                case Lookup lookup -> {
                    if (hasBody(type, lookup.name(), lookup.descriptor())) {
                        builder = builder.visit(Advice.to(LookupAdvice.class, ownClasses)
                                .on(method(lookup.name(), lookup.descriptor())));
                    } else {
                        leftOut.put(hook, "this JDK's class has no such method");
                    }
                }
                case Call call -> redirect.wanted.put(call.name() + call.descriptor(), call);
            }
        }
        if (!redirect.wanted.isEmpty()) {
            builder = builder.visit(new AsmVisitorWrapper.ForDeclaredMethods().method(ElementMatchers.any(), redirect));
        }
        byte[] bytes = builder.make(TypeResolutionStrategy.Disabled.INSTANCE, pool).getBytes();
        for (Call call : redirect.wanted.values()) {
            if (!redirect.seen.contains(call)) {
                leftOut.put(call, "this JDK's class has no such call");
            }
        }
        return new Woven(leftOut.size() == HookTable.in(owner).size() ? null : bytes, leftOut);
    }

    private static ElementMatcher.Junction<MethodDescription> method(String name, String descriptor) {
        return named(name).and(hasDescriptor(descriptor)).and(not(isNative())).and(not(isAbstract()));
    }

    private static boolean hasBody(TypeDescription type, String name, String descriptor) {
        return !type.getDeclaredMethods().filter(method(name, descriptor)).isEmpty();
    }

    private Advice advice(Body hook) {
        return Advice.withCustomMapping()
                .bind(FollowAdvice.Kind.class, (Object) hook.kind())
                .bind(FollowAdvice.Wanted.class, (OffsetMapping) (type, method, assigner, arguments, sort) -> value(
                        hook.onlyIf() == null ? IntegerConstant.ONE : isInstance(hook.onlyIf())))
                .bind(FollowAdvice.Socket.class, (OffsetMapping) (type, method, assigner, arguments, sort) -> {
                    if (hook.socket() == Body.NONE) {
                        return value(NullConstant.INSTANCE);
                    }
                    if (hook.socket() == Body.FIELD) {
                        return new Target.ForField.ReadOnly(type.getDeclaredFields().filter(named("fd")).getOnly());
                    }
                    ParameterDescription socket = method.getParameters().get(hook.socket());
                    return new Target.ForVariable.ReadOnly(
                            socket.getType(), arguments.argument(socket.getOffset()), StackManipulation.Trivial.INSTANCE);
                })
                .bind(FollowAdvice.Result.class, (OffsetMapping) (type, method, assigner, arguments, sort) -> value(
                        result(method.getReturnType().asErasure(), arguments)))
                .to(FollowAdvice.class, ownClasses);
    }

    private static Target value(StackManipulation value) {
        return new Target.ForStackManipulation(value);
    }

    private static StackManipulation isInstance(String internalName) {
        TypeDescription wanted = new TypeDescription.Latent(internalName.replace('/', '.'), 0, null);
        return new StackManipulation.Compound(MethodVariableAccess.loadThis(), InstanceCheck.of(wanted));
    }

    private static StackManipulation result(TypeDescription type, Advice.ArgumentHandler arguments) {
        if (!type.isPrimitive() || type.represents(void.class)) {
            return LongConstant.ZERO;
        }
        return new StackManipulation.Compound(
                MethodVariableAccess.of(type).loadFrom(arguments.returned()),
                PrimitiveWideningDelegate.forPrimitive(type).widenTo(LONG));
    }

    /**
     * A class after weaving.
     *
     * @param bytes   its new class file, or {@code null} if no hook fits it and it stays as it is
     * @param leftOut the hooks that do not fit, with the reason
     */
    record Woven(byte[] bytes, Map<Hook, String> leftOut) {}

    /** Sends the calls of some natives to their wrappers, and keeps in mind which it met. */
    private static final class Redirect implements AsmVisitorWrapper.ForDeclaredMethods.MethodVisitorWrapper {
        final Map<String, Call> wanted = new HashMap<>();
        final Set<Call> seen = new HashSet<>();

        @Override
        public MethodVisitor wrap(
                TypeDescription type,
                MethodDescription method,
                MethodVisitor visitor,
                Implementation.Context context,
                TypePool pool,
                int writerFlags,
                int readerFlags) {
            return new MethodVisitor(OpenedClassReader.ASM_API, visitor) {
                @Override
                public void visitMethodInsn(int opcode, String owner, String name, String descriptor, boolean isInterface) {
                    Call call = opcode == Opcodes.INVOKESTATIC && owner.equals(Call.FROM) ? wanted.get(name + descriptor) : null;
                    if (call != null) {
                        seen.add(call);
                    }
                    super.visitMethodInsn(opcode, call == null ? owner : Call.TO, name, descriptor, isInterface);
                }
            };
        }
    }

    /** Finds the advice's class file, which a module layer's loader would give by way of a URL connection. */
    private static final class OwnClasses implements ClassFileLocator {
        @Override
        public Resolution locate(String name) throws IOException {
            byte[] bytes = OwnResources.read(name.replace('.', '/') + ".class");
            return bytes == null ? new Resolution.Illegal(name) : new Resolution.Explicit(bytes);
        }

        @Override
        public void close() {}
    }
}
