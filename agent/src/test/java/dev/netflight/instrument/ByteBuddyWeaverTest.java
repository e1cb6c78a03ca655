package dev.netflight.instrument;

import static org.assertj.core.api.Assertions.assertThat;

import dev.netflight.instrument.HookTable.Hook;
import java.io.IOException;
import java.lang.classfile.ClassFile;
import java.lang.classfile.ClassModel;
import java.lang.classfile.MethodModel;
import java.lang.classfile.instruction.InvokeInstruction;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Weaving of class files, outside of any JVM's classes. */
class ByteBuddyWeaverTest {
    private static final String SOCKETS = "sun/nio/ch/SocketDispatcher";
    private static final String SERVER = "sun/nio/ch/ServerSocketChannelImpl";

    static List<String> owners() {
        return List.copyOf(HookTable.owners());
    }

    @ParameterizedTest
    @MethodSource("owners")
    void a_woven_class_passes_the_verifier_and_has_the_members_it_had(String owner) throws IOException {
        byte[] original = WeaveAhead.original(owner);
        byte[] woven = new ByteBuddyWeaver().weave(owner, original).bytes();
        ClassFile context = ClassFile.of();
        assertThat(context.verify(woven)).isEmpty();
        assertThat(members(context.parse(woven))).isEqualTo(members(context.parse(original)));
    }

    private static List<String> members(ClassModel model) {
        return model.methods().stream()
                .map(method -> method.flags().flagsMask() + " " + method.methodName() + method.methodType())
                .toList();
    }

    @Test
    void a_method_that_is_missing_leaves_out_its_hook_alone() throws IOException {
        byte[] other = ClassFiles.withoutMethod("readv", WeaveAhead.original(SOCKETS));
        ByteBuddyWeaver.Woven woven = new ByteBuddyWeaver().weave(SOCKETS, other);
        assertThat(woven.leftOut().keySet()).extracting(Hook::method)
                .containsExactly("sun.nio.ch.SocketDispatcher.readv(FileDescriptor,long,int)long");
        assertThat(woven.leftOut().values()).containsExactly("this JDK's class has no such method");
        assertThat(callsOf("NetflightHook1", woven.bytes())).containsExactly("read", "read", "write", "write", "writev", "writev");
    }

    @Test
    void a_call_that_is_missing_leaves_out_its_hook_alone() throws IOException {
        String owner = "sun/nio/ch/NioSocketImpl";
        byte[] other = ClassFiles.withoutCall("sendOOB", WeaveAhead.original(owner));
        ByteBuddyWeaver.Woven woven = new ByteBuddyWeaver().weave(owner, other);
        assertThat(woven.leftOut().keySet()).extracting(Hook::method)
                .containsExactly("sun.nio.ch.Net.sendOOB(FileDescriptor,byte)int in sun.nio.ch.NioSocketImpl");
        assertThat(callsOf("NetflightNet1", woven.bytes())).contains("timedAccept", "shutdownOutput");
    }

    @Test
    void a_class_that_no_hook_fits_stays_as_it_is() throws IOException {
        byte[] other = ClassFiles.withoutCall("accept", WeaveAhead.original(SERVER));
        assertThat(new ByteBuddyWeaver().weave(SERVER, other).bytes()).isNull();
    }

    /** The methods that call a class of ours, once for each call. */
    private static List<String> callsOf(String simpleName, byte[] classFile) {
        return ClassFile.of().parse(classFile).methods().stream()
                .flatMap(method -> method.code().stream().flatMap(code -> code.elementStream())
                        .filter(element -> element instanceof InvokeInstruction call
                                && call.owner().asInternalName().endsWith('/' + simpleName))
                        .map(element -> name(method)))
                .toList();
    }

    private static String name(MethodModel method) {
        return method.methodName().stringValue();
    }
}
