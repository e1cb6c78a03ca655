package dev.netflight.control;

import dev.netflight.hook.ExceptionHook;
import dev.netflight.hook.OriginHook;
import dev.netflight.hook.SocketHook;

/** Switches the woven calls on and off. Apart, because its code mentions a class that is defined only at a start. */
final class HookSwitch {
    private HookSwitch() {}

    static void on(SocketHook hook, OriginHook origins) {
        NetflightOrigin1.install(origins);
        NetflightHook1.install(hook);
    }

    /** @param exceptions told of exceptions whose classes are woven; {@code null} for nobody */
    static void exceptions(ExceptionHook exceptions) {
        NetflightThrown1.install(exceptions);
    }

    static void off() {
        NetflightThrown1.install(null);
        NetflightOrigin1.install(null);
        NetflightHook1.install(null);
    }
}
