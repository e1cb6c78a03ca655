package sun.nio.ch;

import java.io.FileDescriptor;
import java.io.IOException;
import java.net.InetSocketAddress;
import jdk.internal.vm.annotation.ForceInline;
import jdk.internal.vm.annotation.Hidden;

/**
 * Methods of {@link Net} that have no Java body to weave into, or are followed only where some classes call them,
 * wrapped: woven classes call these instead.
 *
 * <p>Hidden, so that an exception thrown by the native has the same stack trace as without us. Defined once per JVM beside
 * {@link NetflightHook1}, under the same rules.
 */
final class NetflightNet1 {
    private static final int ACCEPT = 2;
    private static final int WRITE = 4;
    private static final int SHUTDOWN = 8;

    private NetflightNet1() {}

    /** {@link Net#accept}; the operation ends with the new descriptor where there is one. */
    @Hidden
    @ForceInline
    static int accept(FileDescriptor fd, FileDescriptor newfd, InetSocketAddress[] isaa) throws IOException {
        long operation = NetflightHook1.enter(ACCEPT, fd);
        if (operation == 0) {
            return Net.accept(fd, newfd, isaa);
        }
        int n = IOStatus.THROWN;
        try {
            n = Net.accept(fd, newfd, isaa);
            return n;
        } finally {
            NetflightHook1.exit(operation, ACCEPT, n > 0 ? newfd : fd, n);
        }
    }

    /** {@link Net#shutdown}. */
    @Hidden
    @ForceInline
    static void shutdown(FileDescriptor fd, int how) throws IOException {
        long operation = NetflightHook1.enter(SHUTDOWN, fd);
        if (operation == 0) {
            Net.shutdown(fd, how);
            return;
        }
        long result = IOStatus.THROWN;
        try {
            Net.shutdown(fd, how);
            result = 0;
        } finally {
            NetflightHook1.exit(operation, SHUTDOWN, fd, result);
        }
    }

    /** {@link Net#localAddress}, which a datagram channel asks for whenever its socket may have got another. */
    @Hidden
    @ForceInline
    static InetSocketAddress localAddress(FileDescriptor fd) throws IOException {
        NetflightHook1.addressed(fd);
        return Net.localAddress(fd);
    }

    /** {@link Net#sendOOB}: one urgent byte, which is a byte of the stream all the same. */
    @Hidden
    @ForceInline
    static int sendOOB(FileDescriptor fd, byte data) throws IOException {
        long operation = NetflightHook1.enter(WRITE, fd);
        if (operation == 0) {
            return Net.sendOOB(fd, data);
        }
        int n = IOStatus.THROWN;
        try {
            n = Net.sendOOB(fd, data);
            return n;
        } finally {
            NetflightHook1.exit(operation, WRITE, fd, n);
        }
    }
}
