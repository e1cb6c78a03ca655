package dev.netflight.instrument;

import static dev.netflight.instrument.WovenJvm.LOOPBACK;
import static dev.netflight.model.OperationKind.WRITE;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import dev.netflight.instrument.RecordingHook.Call;
import java.io.FileDescriptor;
import java.io.IOException;
import java.lang.instrument.ClassFileTransformer;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketAddress;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import java.security.ProtectionDomain;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/** Weaving and its end: the classes are what they should be, and programs notice nothing. */
@Timeout(60)
class WeaverTest {
    @RegisterExtension
    private final WovenJvm jvm = new WovenJvm();

    @Test
    void every_hook_of_the_table_fits_this_jdk() {
        assertThat(jvm.weaver.status()).hasSize(HookTable.HOOKS.size()).allMatch(HookStatus::active);
    }

    @Test
    void a_refused_connect_ends_with_minus_one_and_throws_what_it_throws_without_us() throws Exception {
        int port;
        try (ServerSocket server = new ServerSocket(0, 1, LOOPBACK)) {
            port = server.getLocalPort();
        }
        Throwable woven = catchThrowable(() -> new Socket(LOOPBACK, port));
        assertThat(jvm.hook.all()).extracting(Call::toString).contains("connect -5");
        List<String> frames = jdkFrames(woven);
        jvm.weaver.close();
        Throwable plain = catchThrowable(() -> new Socket(LOOPBACK, port));
        assertThat(frames).isEqualTo(jdkFrames(plain));
        assertThat(woven).hasSameClassAs(plain).hasMessage(plain.getMessage());
    }

    @Test
    void an_exception_from_a_wrapped_native_has_the_same_frames_as_without_us() throws Exception {
        try (ServerSocketChannel server = ServerSocketChannel.open()) {
            Throwable woven = acceptOnBadDescriptor(server);
            assertThat(jvm.hook.all()).hasToString("[accept -5]");
            List<String> frames = jdkFrames(woven);
            jvm.weaver.close();
            Throwable plain = acceptOnBadDescriptor(server);
            assertThat(plain).isInstanceOf(IOException.class);
            assertThat(frames).isEqualTo(jdkFrames(plain));
            assertThat(frames.getFirst()).contains("sun.nio.ch.Net.accept");
            assertThat(woven).hasSameClassAs(plain).hasMessage(plain.getMessage());
        }
    }

    private static Throwable acceptOnBadDescriptor(ServerSocketChannel server) throws ReflectiveOperationException {
        Method accept = server.getClass().getDeclaredMethod(
                "implAccept", FileDescriptor.class, FileDescriptor.class, SocketAddress[].class);
        accept.setAccessible(true);
        try {
            accept.invoke(server, new FileDescriptor(), new FileDescriptor(), new SocketAddress[1]);
            throw new AssertionError("accepted");
        } catch (InvocationTargetException e) {
            return e.getCause();
        }
    }

    @Test
    void what_a_hook_throws_stays_inside() throws Exception {
        NetflightHook1.install(new NetflightHook1() {
            @Override
            protected long begin(int kind, FileDescriptor fd) {
                if (kind == WRITE.code) {
                    throw new IllegalStateException("begin");
                }
                return 1;
            }

            @Override
            protected void end(long operation, int kind, FileDescriptor fd, long result) {
                throw new StackOverflowError("end");
            }

            @Override
            protected void begin(int kind, int fd) {
                throw new AssertionError("the JDK has no numbers");
            }

            @Override
            protected void end(long result) {
                throw new AssertionError("the JDK has no numbers");
            }

            @Override
            protected void follow(FileDescriptor fd) {
                throw new IllegalStateException("follow");
            }

            @Override
            protected long beginLookup(String host) {
                return 1;
            }

            @Override
            protected void endLookup(long operation, String host, InetAddress[] addresses, Throwable thrown) {
                throw new IllegalStateException("lookup");
            }
        });
        jvm.callsOn(Thread.ofPlatform(), WovenJvm::talk);
        jvm.callsOn(Thread.ofVirtual(), WovenJvm::talk);
    }

    @Test
    void unix_sockets_work_as_before(@TempDir Path folder) throws Exception {
        UnixDomainSocketAddress address = UnixDomainSocketAddress.of(folder.resolve("socket"));
        try (ServerSocketChannel server = ServerSocketChannel.open(StandardProtocolFamily.UNIX).bind(address);
                SocketChannel client = SocketChannel.open(address);
                SocketChannel accepted = server.accept()) {
            client.write(ByteBuffer.wrap("hello".getBytes()));
            ByteBuffer in = ByteBuffer.allocate(10);
            assertThat(accepted.read(in)).isEqualTo(5);
            client.shutdownOutput();
            assertThat(accepted.read(in)).isEqualTo(-1);
        }
    }

    @Test
    void after_close_nothing_reaches_the_hook_and_the_classes_are_what_they_were() throws Exception {
        jvm.weaver.close();
        jvm.weaver.close(); // the second does nothing
        jvm.callsOn(Thread.ofPlatform(), WovenJvm::talk);
        jvm.callsOn(Thread.ofVirtual(), WovenJvm::talk);
        assertThat(jvm.hook.begun()).isZero();
        assertThat(jvm.weaver.status()).noneMatch(HookStatus::active);
        for (String owner : HookTable.owners()) {
            assertThat(ClassFingerprint.of(met(owner))).as(owner).isEqualTo(ClassFingerprint.of(WeaveAhead.original(owner)));
        }
    }

    @Test
    void a_second_capture_meets_the_same_classes_and_weaves_the_same() throws Exception {
        List<HookStatus> first = jvm.weaver.status();
        jvm.weaver.close();
        jvm.weave();
        assertThat(jvm.weaver.status()).isEqualTo(first);
        assertThat(jvm.callsOn(Thread.ofPlatform(), WovenJvm::talk)).hasSize(7);
    }

    @Test
    void hooks_stay_when_another_agent_retransforms_the_class() throws Exception {
        jvm.inst.retransformClasses(Class.forName("sun.nio.ch.SocketDispatcher"), Class.forName("sun.nio.ch.NioSocketImpl"));
        assertThat(jvm.callsOn(Thread.ofPlatform(), WovenJvm::talk)).hasSize(7);
    }

    @Test
    void a_class_that_another_agent_has_changed_keeps_the_change_and_is_woven_by_byte_buddy() throws Exception {
        jvm.weaver.close();
        ClassFileTransformer other = new ClassFileTransformer() {
            @Override
            public byte[] transform(
                    ClassLoader loader, String name, Class<?> type, ProtectionDomain domain, byte[] bytes) {
                return "sun/nio/ch/SocketDispatcher".equals(name) ? ClassFiles.withNopIn("read", bytes) : null;
            }
        };
        jvm.inst.addTransformer(other, true);
        try {
            jvm.weave();
            assertThat(jvm.weaver.status()).allMatch(HookStatus::active)
                    .filteredOn(status -> status.method().contains("SocketDispatcher"))
                    .extracting(HookStatus::reason).containsOnly("woven by Byte Buddy");
            assertThat(jvm.callsOn(Thread.ofPlatform(), WovenJvm::talk)).hasSize(7);
            jvm.weaver.close();
            assertThat(ClassFingerprint.of(met("sun/nio/ch/SocketDispatcher")))
                    .isEqualTo(ClassFingerprint.of(ClassFiles.withNopIn("read", WeaveAhead.original("sun/nio/ch/SocketDispatcher"))));
        } finally {
            jvm.inst.removeTransformer(other);
            jvm.inst.retransformClasses(Class.forName("sun.nio.ch.SocketDispatcher"));
        }
    }

    /** From the leaf down to the first frame that is not the JDK's socket code. */
    private static List<String> jdkFrames(Throwable e) {
        return Arrays.stream(e.getStackTrace())
                .takeWhile(frame -> frame.getClassName().startsWith("sun.nio.ch.") || frame.getClassName().startsWith("java.net."))
                .map(StackTraceElement::toString)
                .toList();
    }

    /** The class file that the JVM hands to the last of the transformers. */
    private byte[] met(String owner) throws Exception {
        AtomicReference<byte[]> met = new AtomicReference<>();
        ClassFileTransformer observer = new ClassFileTransformer() {
            @Override
            public byte[] transform(
                    ClassLoader loader, String name, Class<?> type, ProtectionDomain domain, byte[] bytes) {
                if (owner.equals(name)) {
                    met.set(bytes);
                }
                return null;
            }
        };
        jvm.inst.addTransformer(observer, true);
        try {
            jvm.inst.retransformClasses(Class.forName(owner.replace('/', '.')));
        } finally {
            jvm.inst.removeTransformer(observer);
        }
        return met.get();
    }
}
