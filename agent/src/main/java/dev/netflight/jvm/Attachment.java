package dev.netflight.jvm;

import com.sun.tools.attach.AgentInitializationException;
import com.sun.tools.attach.AgentLoadException;
import com.sun.tools.attach.AttachNotSupportedException;
import com.sun.tools.attach.AttachOperationFailedException;
import com.sun.tools.attach.VirtualMachine;
import dev.netflight.libbpf.AsUser;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.HexFormat;

/**
 * Gives the agent in another JVM a command and brings back its answer. The agent is loaded by the Attach API, which needs the
 * same user or root, and answers in a file of a random name in the target's {@code /tmp}.
 */
public final class Attachment {
    /** A status of many hooks has some kilobytes. */
    private static final int LONGEST_ANSWER = 1 << 20;
    private static final String TMP = "tmp";

    /** uapi/linux/capability.h. */
    private static final int CAP_SYS_ADMIN = 21;
    private static final int CAP_PERFMON = 38;
    private static final int CAP_BPF = 39;

    private final JavaProcess target;
    private final Path root;
    private final long gid;
    private final boolean sharesMounts;
    private final boolean sharesUsers;
    private final Path jar;

    /** @param jar our own, which becomes the agent */
    public Attachment(JavaProcess target, Path jar) {
        ProcessEntry entry = new ProcessEntry(target.pid());
        this.target = target;
        this.root = entry.root().orElse(Path.of("/"));
        this.gid = entry.gid();
        this.sharesMounts = entry.sharesMounts();
        this.sharesUsers = entry.sharesNamespace("user");
        this.jar = jar;
    }

    /** Whether a path means the same file there and here. */
    public boolean sharesMounts() {
        return sharesMounts;
    }

    /** Whether both see the same network devices. */
    public boolean sharesNetwork() {
        return new ProcessEntry(target.pid()).sharesNamespace("net");
    }

    /** Whether the target may load kernel programs itself: its rights count in our user namespace only. */
    public boolean mayLoadPrograms() {
        long mask = new ProcessEntry(target.pid()).capabilities();
        return sharesUsers && ((mask >>> CAP_SYS_ADMIN & 1) != 0
                || (mask >>> CAP_BPF & 1) != 0 && (mask >>> CAP_PERFMON & 1) != 0);
    }

    /** Whether a seccomp filter decides which system calls the target may make, as in most containers. */
    public boolean hasSystemCallFilter() {
        return new ProcessEntry(target.pid()).hasSystemCallFilter();
    }

    /** {@return the target's group, as we count} */
    public long gid() {
        return gid;
    }

    /** {@return the target's {@code /tmp} as we see it} Ours may be a link; another file system's must not be. */
    public String folder() {
        return sharesMounts ? "/" + TMP : root.resolve(TMP).toString();
    }

    /** {@return the same folder as the target sees it} */
    public String folderSeen() {
        return "/" + TMP;
    }

    /**
     * Carries out one command and waits for its end.
     *
     * @param options the agent's, without {@code result}
     * @return the answer, {@code OK …} or {@code ERROR …}, without characters that a terminal would obey
     * @throws RefusedException if there is none
     */
    public String tell(String options) throws RefusedException {
        String agent = sharesMounts ? jar.toString() : AgentCopy.in(root, jar, target, gid);
        String name = ".netflight-" + random() + ".answer";
        try {
            String all = options + (options.isEmpty() ? "" : ",") + "result=/" + TMP + '/' + name;
            if (sharesUsers || Users.own() != 0) {
                load(agent, all);
            } else {
                // who we are is nobody there, and a JVM obeys its own user and its own root only
                try (AsUser _ = AsUser.whole(target.uid(), gid)) {
                    load(agent, all);
                }
            }
            return answer(name);
        } finally {
            forget(name);
        }
    }

    private void load(String agent, String options) throws RefusedException {
        String process = "Process " + target.pid();
        VirtualMachine machine = null;
        try {
            machine = attached();
            machine.loadAgent(agent, options);
        } catch (AttachNotSupportedException failure) {
            throw new RefusedException(process + " does not let us attach: " + failure.getMessage() + ". It may be in a long "
                    + "pause or still starting: try again. Else start it with -javaagent.", failure);
        } catch (AgentLoadException | AgentInitializationException | AttachOperationFailedException failure) {
            String reason = String.valueOf(failure.getMessage()).strip();
            throw new RefusedException(reason.contains("loading is not enabled")
                    ? process + " runs with -XX:-EnableDynamicAgentLoading and takes no agent any more. Start it without that "
                            + "option, or with -javaagent:/path/to/netflight.jar=start,…"
                    : process + " could not load " + agent + ": " + reason + ". The file must be readable for its user, "
                            + target.user() + ", in its own file system: check with  ls -l /proc/" + target.pid() + "/root"
                            + agent, failure);
        } catch (IOException failure) {
            throw new RefusedException(process + " cannot be attached to: " + failure.getMessage() + ". If it has ended, "
                    + "list shows what is left; if it is another user's, run this command as root.", failure);
        } finally {
            detach(machine);
        }
    }

    /** The Attach API takes the socket of a dead JVM for that of the living one with the same id, and does not ask for another. */
    private VirtualMachine attached() throws AttachNotSupportedException, IOException {
        String id = Long.toString(target.pid());
        try {
            return VirtualMachine.attach(id);
        } catch (IOException failure) {
            try (TargetFiles tmp = tmp()) {
                if (!new AttachSocket(tmp, folder(), new ProcessEntry(target.pid()).innerPid()).deleteIfDead()) {
                    throw failure;
                }
            } catch (IOException notOurs) {
                throw failure;
            }
            return VirtualMachine.attach(id);
        }
    }

    private static void detach(VirtualMachine machine) {
        if (machine != null) {
            try {
                machine.detach();
            } catch (IOException gone) {
                // the connection ends anyhow
            }
        }
    }

    private String answer(String name) throws RefusedException {
        try (TargetFiles tmp = tmp()) {
            return Terminal.safe(new String(tmp.read(name, LONGEST_ANSWER), StandardCharsets.UTF_8)).strip();
        } catch (IOException missing) {
            throw new RefusedException("Process " + target.pid() + " has loaded the agent, but its answer cannot be read: "
                    + missing.getMessage() + ". It is written to /tmp there, which must be writable for " + target.user()
                    + "; the log of the JVM may say more.", missing);
        }
    }

    private void forget(String name) {
        try (TargetFiles tmp = tmp()) {
            tmp.delete(name);
        } catch (IOException gone) {
            // with its container
        }
    }

    /** Our own {@code /tmp} may be a link; another file system's must not be. */
    private TargetFiles tmp() throws IOException {
        return sharesMounts ? TargetFiles.open(Path.of("/", TMP)) : TargetFiles.open(root, TMP);
    }

    private static String random() {
        byte[] bits = new byte[16];
        new SecureRandom().nextBytes(bits);
        return HexFormat.of().formatHex(bits);
    }
}
