package dev.netflight.control;

import dev.netflight.hook.SocketHook;

/** Switches the woven calls on and off. Apart, because its code mentions a class that is defined only at a start. */
final class HookSwitch {
    private HookSwitch() {}

    static void on(SocketHook hook) {
        NetflightHook1.install(hook);
    }

    static void off() {
        NetflightHook1.install(null);
    }
}
