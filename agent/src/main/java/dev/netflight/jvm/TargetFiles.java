package dev.netflight.jvm;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.SeekableByteChannel;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.OpenOption;
import java.nio.file.Path;
import java.nio.file.SecureDirectoryStream;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributeView;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Set;

/**
 * Files in a folder of another process, perhaps of a container, which may do with it what it likes while we look: so each is
 * opened relative to the folder's own descriptor and no symbolic link is followed (openat(2), O_NOFOLLOW). Otherwise a
 * link in the container's {@code /tmp} would lead root to a file of the host.
 */
final class TargetFiles implements AutoCloseable {
    private final SecureDirectoryStream<Path> folder;

    private TargetFiles(SecureDirectoryStream<Path> folder) {
        this.folder = folder;
    }

    /**
     * Opens {@code root/name/name…}.
     *
     * @param root the target's root folder; this one is followed where it is a link, as {@code /proc/PID/root} is
     * @throws IOException also where one of the names is a symbolic link or no folder
     */
    static TargetFiles open(Path root, String... names) throws IOException {
        SecureDirectoryStream<Path> folder = secure(Files.newDirectoryStream(root));
        for (String name : names) {
            try (SecureDirectoryStream<Path> parent = folder) {
                folder = parent.newDirectoryStream(Path.of(name), LinkOption.NOFOLLOW_LINKS);
            }
        }
        return new TargetFiles(folder);
    }

    private static SecureDirectoryStream<Path> secure(DirectoryStream<Path> stream) throws IOException {
        if (stream instanceof SecureDirectoryStream<Path> secure) {
            return secure;
        }
        stream.close();
        throw new IOException("this system cannot open files relative to a folder");
    }

    /** {@return the names of what is in the folder} To be asked once at most. */
    Iterable<Path> names() {
        return folder;
    }

    /**
     * {@return the content of a regular file}
     *
     * @throws IOException also where it is something else, or longer than {@code longest}
     */
    byte[] read(String name, int longest) throws IOException {
        // a pipe would block whoever opens it
        requireRegular(name);
        try (SeekableByteChannel channel = channel(name, Set.of(StandardOpenOption.READ, LinkOption.NOFOLLOW_LINKS));
                InputStream in = Channels.newInputStream(channel)) {
            byte[] bytes = in.readNBytes(longest + 1);
            if (bytes.length > longest) {
                throw new IOException(name + " is longer than " + longest + " bytes");
            }
            return bytes;
        }
    }

    /** Creates a file that was not there, readable by all. */
    void create(String name, byte[] content) throws IOException {
        Set<OpenOption> options = Set.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE, LinkOption.NOFOLLOW_LINKS);
        try (SeekableByteChannel channel = folder.newByteChannel(Path.of(name), options,
                PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-r--r--")))) {
            ByteBuffer bytes = ByteBuffer.wrap(content);
            while (bytes.hasRemaining()) {
                channel.write(bytes);
            }
        }
    }

    boolean exists(String name) {
        try {
            requireRegular(name);
            return true;
        } catch (IOException missing) {
            return false;
        }
    }

    void delete(String name) throws IOException {
        try {
            folder.deleteFile(Path.of(name));
        } catch (NoSuchFileException gone) {
            // as wanted
        }
    }

    /** {@return whether there is something of this name that is no file, folder or link, as a socket is} */
    boolean isSpecial(String name) throws IOException {
        try {
            return attributes(name).isOther();
        } catch (NoSuchFileException missing) {
            return false;
        }
    }

    private void requireRegular(String name) throws IOException {
        if (!attributes(name).isRegularFile()) {
            throw new IOException(name + " is not a regular file");
        }
    }

    private BasicFileAttributes attributes(String name) throws IOException {
        return folder.getFileAttributeView(Path.of(name), BasicFileAttributeView.class, LinkOption.NOFOLLOW_LINKS)
                .readAttributes();
    }

    private SeekableByteChannel channel(String name, Set<OpenOption> options) throws IOException {
        return folder.newByteChannel(Path.of(name), options);
    }

    @Override
    public void close() throws IOException {
        folder.close();
    }
}
