package dev.netflight.instrument;

import java.net.InetAddress;
import net.bytebuddy.asm.Advice;

/** What Byte Buddy puts around the body of each {@link HookTable.Lookup}, under the same rules as {@link FollowAdvice}. */
final class LookupAdvice {
    private LookupAdvice() {}

    @Advice.OnMethodEnter(suppress = Throwable.class)
    static long enter(@Advice.Argument(0) String host) {
        return NetflightHook1.enterLookup(host);
    }

    @Advice.OnMethodExit(onThrowable = Throwable.class, suppress = Throwable.class, backupArguments = false)
    static void exit(
            @Advice.Enter long operation,
            @Advice.Argument(0) String host,
            @Advice.Return InetAddress[] addresses,
            @Advice.Thrown Throwable thrown) {
        if (operation != 0) {
            NetflightHook1.exitLookup(operation, host, addresses, thrown);
        }
    }
}
