package dev.netflight.jvm;

import dev.netflight.libbpf.AsUser;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;

/**
 * A listening Unix socket that only this user and the target's can reach: it lies in a folder of mode 0700 with a random name in
 * the target's {@code /tmp}. Takes one connection. Any thread.
 */
public final class StreamSocket implements AutoCloseable {
    private static final String NAME = "stream";

    private final Owner owner;
    private final Path folder;
    private final String seen;
    private final ServerSocketChannel listening;

    /** Whose folder and socket they are, and with whose rights they are made and removed. */
    private record Owner(long uid, long gid) {
        /** Nobody but root can be another than himself. */
        AsUser here() {
            return Users.own() == 0 && uid != 0 ? AsUser.forFiles(uid, gid) : null;
        }
    }

    private StreamSocket(Owner owner, Path folder, String seen, ServerSocketChannel listening) {
        this.owner = owner;
        this.folder = folder;
        this.seen = seen;
        this.listening = listening;
    }

    /** @throws RefusedException where the target's {@code /tmp} does not allow it */
    public static StreamSocket listen(JavaProcess target) throws RefusedException {
        ProcessEntry entry = new ProcessEntry(target.pid());
        boolean shared = entry.sharesMounts();
        Path root = shared ? Path.of("/") : entry.root().orElse(Path.of("/"));
        Path tmp = root.resolve("tmp");
        var owner = new Owner(target.uid(), entry.gid());
        try (AsUser _ = owner.here()) {
            if (!shared && !Files.isDirectory(tmp, LinkOption.NOFOLLOW_LINKS)) {
                throw new IOException("it is a symbolic link, which is not followed into a container");
            }
            Path folder = Files.createTempDirectory(tmp, "netflight-",
                    PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
            try {
                return listen(folder, "/tmp/" + folder.getFileName() + '/' + NAME, owner);
            } catch (IOException failure) {
                Files.deleteIfExists(folder);
                throw failure;
            }
        } catch (IOException failure) {
            throw new RefusedException("The packets of process " + target.pid() + " cannot be streamed: no socket can be made in "
                    + "its /tmp: " + failure.getMessage() + ". Capture to a file with start.", failure);
        }
    }

    private static StreamSocket listen(Path folder, String seen, Owner owner) throws IOException {
        ServerSocketChannel listening = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
        try {
            Path socket = folder.resolve(NAME);
            listening.bind(UnixDomainSocketAddress.of(socket), 1);
            Files.setPosixFilePermissions(socket, PosixFilePermissions.fromString("rw-------"));
            return new StreamSocket(owner, folder, seen, listening);
        } catch (IOException failure) {
            listening.close();
            Files.deleteIfExists(folder.resolve(NAME));
            throw failure;
        }
    }

    /** {@return its path as the target sees it} */
    public String path() {
        return seen;
    }

    /**
     * Waits for the target's connection. From then on there is no socket to be found, so that nothing is left behind whatever
     * becomes of this process. Closing the socket ends the wait with an exception.
     */
    public SocketChannel connection() throws IOException {
        SocketChannel connection = listening.accept();
        close();
        return connection;
    }

    /** Removes socket and folder; a connection that was accepted goes on. Idempotent. */
    @Override
    public void close() {
        try (AsUser _ = owner.here()) {
            listening.close();
            Files.deleteIfExists(folder.resolve(NAME));
            Files.deleteIfExists(folder);
        } catch (IOException gone) {
            // with its container
        }
    }
}
