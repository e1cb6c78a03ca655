package dev.netflight.instrument;

import java.lang.instrument.Instrumentation;
import java.util.List;
import java.util.function.BiConsumer;

/** Lets all transformers at loaded classes once more. */
final class Retransformation {
    private Retransformation() {}

    /**
     * All at once, which costs one safepoint; where that fails, one by one, to leave out only what does not go.
     *
     * @param failed gets each class that does not go, with the reason
     */
    static void of(Instrumentation inst, List<Class<?>> types, BiConsumer<Class<?>, String> failed) {
        try {
            if (!types.isEmpty()) {
                inst.retransformClasses(types.toArray(new Class<?>[0]));
            }
            return;
        } catch (Exception | LinkageError | InternalError e) {
            // below, to see which
        }
        for (Class<?> type : types) {
            try {
                inst.retransformClasses(type);
            } catch (Exception | LinkageError | InternalError e) {
                failed.accept(type, e.toString());
            }
        }
    }
}
