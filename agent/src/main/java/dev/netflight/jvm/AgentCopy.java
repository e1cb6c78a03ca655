package dev.netflight.jvm;

import dev.netflight.libbpf.AsUser;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.zip.CRC32;

/**
 * The agent for a JVM that does not see our files, as in a container: a copy of the jar in its {@code /tmp}. It stays there,
 * since the JVM opens it again for each command; its name tells its content, so that there is one for each version.
 */
final class AgentCopy {
    private AgentCopy() {}

    /**
     * {@return the path of the jar as the target sees it}
     *
     * @param root the target's root folder
     * @throws RefusedException where it could not be put there, with what to do by hand
     */
    static String in(Path root, Path jar, JavaProcess target, long gid) throws RefusedException {
        try {
            byte[] content = Files.readAllBytes(jar);
            CRC32 sum = new CRC32();
            sum.update(content);
            String name = "netflight-" + Long.toHexString(sum.getValue()) + ".jar";
            try (TargetFiles tmp = TargetFiles.open(root, "tmp")) {
                if (!tmp.exists(name)) {
                    create(tmp, name, content, target.uid(), gid);
                } else if (!Arrays.equals(tmp.read(name, content.length), content)) {
                    throw new IOException("/tmp/" + name + " is there already and is another file");
                }
            }
            return "/tmp/" + name;
        } catch (IOException failure) {
            throw new RefusedException("Process " + target.pid() + " has a file system of its own, as in a container, and the agent "
                    + "cannot be put into its /tmp: " + failure.getMessage() + ". Run this command as root, or copy "
                    + jar.getFileName() + " into the container and run it there.", failure);
        }
    }

    /** Root makes it as the target's user: there may be no such user as root in its file system. */
    private static void create(TargetFiles tmp, String name, byte[] content, long uid, long gid) throws IOException {
        if (Users.own() != 0 || uid == 0) {
            tmp.create(name, content);
            return;
        }
        try (AsUser _ = AsUser.forFiles(uid, gid)) {
            tmp.create(name, content);
        }
    }
}
