package dev.netflight.instrument;

import java.lang.classfile.ClassBuilder;
import java.lang.classfile.ClassElement;
import java.lang.classfile.ClassFile;
import java.lang.classfile.ClassModel;
import java.lang.classfile.ClassTransform;
import java.lang.classfile.CodeBuilder;
import java.lang.classfile.CodeElement;
import java.lang.classfile.CodeModel;
import java.lang.classfile.CodeTransform;
import java.lang.classfile.MethodModel;
import java.lang.classfile.instruction.InvokeInstruction;
import java.lang.classfile.instruction.LabelTarget;
import java.util.Map;
import java.util.TreeMap;

/** Class files changed a little, as another agent or another JDK might. */
final class ClassFiles {
    private ClassFiles() {}

    /** Each method of that name begins with an instruction that does nothing. */
    static byte[] withNopIn(String method, byte[] classFile) {
        CodeTransform nop = new CodeTransform() {
            @Override
            public void atStart(CodeBuilder builder) {
                builder.nop();
            }

            @Override
            public void accept(CodeBuilder builder, CodeElement element) {
                builder.with(element);
            }
        };
        return transform(classFile, ClassTransform.transformingMethodBodies(
                model -> model.methodName().equalsString(method), nop));
    }

    /** Each method of that name is called otherwise. */
    static byte[] withoutMethod(String method, byte[] classFile) {
        return transform(classFile, (builder, element) -> {
            if (element instanceof MethodModel model && model.methodName().equalsString(method)) {
                builder.withMethod(method + "Renamed", model.methodTypeSymbol(), model.flags().flagsMask(), renamed -> model.forEach(renamed));
            } else {
                builder.with(element);
            }
        });
    }

    /** Calls of that method go to one of another name. */
    static byte[] withoutCall(String method, byte[] classFile) {
        return transform(classFile, ClassTransform.transformingMethodBodies((builder, element) -> {
            if (element instanceof InvokeInstruction call && call.name().equalsString(method)) {
                builder.invoke(call.opcode(), call.owner().asSymbol(), method + "Renamed", call.typeSymbol(), call.isInterface());
            } else {
                builder.with(element);
            }
        }));
    }

    /** Members in the other order, as HotSpot may write a class anew. */
    static byte[] withMethodsReversed(byte[] classFile) {
        ClassFile context = ClassFile.of();
        ClassModel model = context.parse(classFile);
        return context.transformClass(model, new ClassTransform() {
            @Override
            public void accept(ClassBuilder builder, ClassElement element) {
                if (!(element instanceof MethodModel)) {
                    builder.with(element);
                }
            }

            @Override
            public void atEnd(ClassBuilder builder) {
                model.methods().reversed().forEach(builder);
            }
        });
    }

    /** The instructions of each method, without the numbers of constants. */
    static Map<String, String> readable(byte[] classFile) {
        Map<String, String> methods = new TreeMap<>();
        for (MethodModel method : ClassFile.of().parse(classFile).methods()) {
            methods.put(
                    method.flags().flagsMask() + " " + method.methodName() + method.methodType(),
                    method.code().map(ClassFiles::readable).orElse("none"));
        }
        return methods;
    }

    private static String readable(CodeModel code) {
        StringBuilder text = new StringBuilder();
        for (CodeElement element : code) {
            text.append(element instanceof LabelTarget ? "label" : element).append('\n');
        }
        return text.toString();
    }

    private static byte[] transform(byte[] classFile, ClassTransform transform) {
        ClassFile context = ClassFile.of();
        return context.transformClass(context.parse(classFile), transform);
    }
}
