package dev.netflight.hook;

import dev.netflight.model.Operation;

/** Where {@link Operations} hands over what it drained; called on the capture thread. */
@FunctionalInterface
public interface OperationSink {

    /**
     * @param operation the operation with its thread and stack
     * @param ranges    what the kernel said of it: cookie, sequence ranges, addresses
     */
    void operation(Operation operation, OperationRecord ranges);
}
