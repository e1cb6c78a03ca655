package dev.netflight.instrument;

import dev.netflight.instrument.HookTable.Hook;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;

/**
 * Weaving at build time: the classes of the build's JDK, woven by the same {@link ByteBuddyWeaver}, go into the jar. A JVM whose
 * class has the same {@link ClassFingerprint} takes them, and neither loads Byte Buddy nor waits for it.
 */
public final class WeaveAhead {
    private static final String WOVEN = "woven/";

    private WeaveAhead() {}

    /**
     * Called by the build, with the JDK that is to be woven ahead. Output is the same for the same JDK and Byte Buddy.
     *
     * @param args the folder for {@code woven/…}: the root of this module's classes
     */
    public static void main(String[] args) throws IOException {
        if (args.length != 1) {
            throw new IllegalArgumentException("one argument needed: the folder to write woven/ into");
        }
        Path folder = Path.of(args[0]);
        deleteFiles(folder.resolve(WOVEN)); // of an earlier build, perhaps with another JDK and an older table
        ByteBuddyWeaver weaver = new ByteBuddyWeaver();
        for (String owner : HookTable.owners()) {
            byte[] original = original(owner);
            ByteBuddyWeaver.Woven woven = weaver.weave(owner, original);
            for (Map.Entry<Hook, String> hook : woven.leftOut().entrySet()) {
                throw new IllegalStateException(
                        "JDK " + Runtime.version() + ": " + hook.getKey().method() + ": " + hook.getValue());
            }
            Path file = folder.resolve(path(owner, original));
            Files.createDirectories(file.getParent());
            Files.write(file, woven.bytes());
        }
    }

    private static void deleteFiles(Path folder) throws IOException {
        if (Files.isDirectory(folder)) {
            try (DirectoryStream<Path> files = Files.newDirectoryStream(folder)) {
                for (Path file : files) {
                    Files.delete(file);
                }
            }
        }
    }

    /** The woven form of a class, or {@code null} if the build has not met it. */
    static byte[] find(String owner, byte[] original) throws IOException {
        return OwnResources.read(path(owner, original));
    }

    /** The class file as it lies in this JVM's image. */
    static byte[] original(String owner) throws IOException {
        try (InputStream in = Object.class.getModule().getResourceAsStream(owner + ".class")) {
            if (in == null) {
                throw new IOException(owner + " is not in java.base of JDK " + Runtime.version());
            }
            return in.readAllBytes();
        }
    }

    /** Where the woven form lies, from the root of the module. */
    static String path(String owner, byte[] original) {
        String print = Long.toHexString(ClassFingerprint.of(original));
        return WOVEN + owner.substring(owner.lastIndexOf('/') + 1) + '-' + print + ".class";
    }
}
