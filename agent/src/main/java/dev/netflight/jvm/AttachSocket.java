package dev.netflight.jvm;

import java.io.IOException;
import java.net.ConnectException;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;

/**
 * The Unix socket {@code .java_pidN} in a JVM's {@code /tmp}, at which HotSpot listens for the Attach API once it was asked to. A
 * JVM that is killed leaves it. A later one with the same id removes it at its start, unless it is another user's; then nobody
 * can attach to that one, since the Attach API sees a socket and does not ask the JVM for one.
 */
final class AttachSocket {
    private final TargetFiles tmp;
    private final Path path;
    private final String name;

    /**
     * @param tmp    the JVM's {@code /tmp}
     * @param folder its path here
     * @param pid    in the JVM's own PID namespace
     */
    AttachSocket(TargetFiles tmp, String folder, long pid) {
        this.tmp = tmp;
        this.name = ".java_pid" + pid;
        this.path = Path.of(folder, name);
    }

    /**
     * {@return whether nobody listens at it and it has been deleted} HotSpot gives it this name when it listens already, so that one
     * that refuses will never be listened at.
     *
     * @throws IOException if it is another user's, and we are not root
     */
    boolean deleteIfDead() throws IOException {
        if (!tmp.isSpecial(name)) {
            return false;
        }
        try {
            SocketChannel.open(UnixDomainSocketAddress.of(path)).close();
            return false;
        } catch (ConnectException nobodyListens) {
            tmp.delete(name);
            return true;
        }
    }
}
