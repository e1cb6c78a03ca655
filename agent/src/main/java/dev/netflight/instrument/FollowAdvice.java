package dev.netflight.instrument;

import java.io.FileDescriptor;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import net.bytebuddy.asm.Advice;

/**
 * What Byte Buddy puts around the body of each {@link HookTable.Body}. Never called: its code is copied into the JDK's class,
 * with the annotated parameters replaced by what the table says.
 *
 * <p>The hook swallows what it throws; {@code suppress} holds also for a stack overflow on the way to it.
 */
final class FollowAdvice {
    /** The operation kind's code. */
    @Retention(RetentionPolicy.RUNTIME)
    @interface Kind {}

    /** The argument that is the socket, {@code null} where none is. */
    @Retention(RetentionPolicy.RUNTIME)
    @interface Socket {}

    /** Whether {@code this} is of the class wanted. */
    @Retention(RetentionPolicy.RUNTIME)
    @interface Wanted {}

    /** The method's result as {@code long}, 0 where it is no number. */
    @Retention(RetentionPolicy.RUNTIME)
    @interface Result {}

    /** {@code sun.nio.ch.IOStatus.THROWN}. A literal to the compiler, so that the JDK's class does not refer to this one. */
    private static final long THROWN = -5;

    private FollowAdvice() {}

    @Advice.OnMethodEnter(suppress = Throwable.class)
    static long enter(@Wanted boolean wanted, @Kind int kind, @Socket FileDescriptor fd) {
        return wanted ? NetflightHook1.enter(kind, fd) : 0;
    }

    @Advice.OnMethodExit(onThrowable = Throwable.class, suppress = Throwable.class, backupArguments = false)
    static void exit(
            @Advice.Enter long operation,
            @Kind int kind,
            @Socket FileDescriptor fd,
            @Result long result,
            @Advice.Thrown Throwable thrown) {
        if (operation != 0) {
            NetflightHook1.exit(operation, kind, fd, thrown == null ? result : THROWN);
        }
    }
}
