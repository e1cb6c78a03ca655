package dev.netflight.control;

import dev.netflight.hook.OriginHook;
import dev.netflight.hook.SocketHook;

/** Switches the woven calls on and off. Apart, because its code mentions a class that is defined only at a start. */
final class HookSwitch {
    private HookSwitch() {}

    static void on(SocketHook hook, OriginHook origins) {
        NetflightOrigin1.install(origins);
        NetflightHook1.install(hook);
    }

    static void off() {
        NetflightOrigin1.install(null);
        NetflightHook1.install(null);
    }
}
