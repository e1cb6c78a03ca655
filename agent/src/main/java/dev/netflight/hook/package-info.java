/**
 * What the woven socket methods of the JDK call, and how what they learn reaches the capture thread.
 *
 * <p>{@link dev.netflight.hook.SocketHook} runs on the application's threads: it marks the operation in the thread's
 * slot of a shared kernel map, and after the call takes from there what the kernel programs saw. Only a captured
 * operation makes an object, an {@link dev.netflight.hook.OperationRecord}, which waits in a queue of its thread.
 * {@link dev.netflight.hook.Operations} runs on the capture thread: it drains the queues, resolves stacks
 * ({@link dev.netflight.hook.StackCache}) and frees the slots of dead threads. Between the two there is no lock.
 *
 * <p>May import: {@code dev.netflight.model}, and of {@code java.base} also {@code jdk.internal.misc} and
 * {@code jdk.internal.access}. The kernel is reached through {@link dev.netflight.hook.KernelThreads}, JFR through
 * {@link dev.netflight.hook.OperationListener}; both are implemented elsewhere.
 */
package dev.netflight.hook;
