package dev.netflight.hook;

import java.util.function.Consumer;

/**
 * What the woven constructors of exception classes call, on the application's threads: passes the class's name on and does
 * nothing else.
 */
public final class ExceptionHook extends NetflightThrown1 {
    private final Consumer<String> made;

    /** @param made gets the name of the class of each exception, on the thread that makes it; must return at once */
    public ExceptionHook(Consumer<String> made) {
        this.made = made;
    }

    @Override
    protected void thrown(Object object) {
        if (object instanceof Throwable) {
            made.accept(object.getClass().getName());
        }
    }
}
