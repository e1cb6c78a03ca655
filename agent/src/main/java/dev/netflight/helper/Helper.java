package dev.netflight.helper;

import dev.netflight.kernel.KernelPrograms;
import dev.netflight.kernel.LoadedPrograms;
import dev.netflight.libbpf.BpfLink;
import dev.netflight.libbpf.DescriptorServer;
import dev.netflight.libbpf.DescriptorSocket;
import dev.netflight.libbpf.DescriptorSocket.Message;
import java.io.IOException;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;

/**
 * Hands loaded programs to one process and to no other, attaches them when it says so, and is done. A thread of its own serves;
 * the rest belongs to the thread that made it.
 */
public final class Helper implements AutoCloseable {
    /**
     * Who gets them.
     *
     * @param pid       as we count
     * @param uid       as we count
     * @param gid       as we count
     * @param folder    one of its folders, as we see it
     * @param isTrusted whether that is of our own file system
     * @param seen      the same folder as it sees it
     */
    public record Target(long pid, long uid, long gid, String folder, boolean isTrusted, String seen) {}

    private final LoadedPrograms programs;
    private final Target target;
    private final String name;
    private final DescriptorServer server;
    private final Thread serving = new Thread(null, this::serve, "netflight-helper", 0, false);
    /** Guarded by this. */
    private DescriptorSocket connection;
    private boolean ended;
    private volatile String failure = "";

    private Helper(LoadedPrograms programs, Target target, String name, DescriptorServer server) {
        this.programs = programs;
        this.target = target;
        this.name = name;
        this.server = server;
        serving.setDaemon(true);
    }

    /**
     * Begins to offer.
     *
     * @param programs are closed with this, or where this fails
     */
    public static Helper offer(LoadedPrograms programs, Target target) throws IOException {
        byte[] random = new byte[16];
        new SecureRandom().nextBytes(random);
        String name = ".netflight-" + HexFormat.of().formatHex(random) + ".helper";
        try {
            Helper helper = new Helper(programs, target, name,
                    DescriptorServer.listen(target.folder, target.isTrusted, name, (int) target.uid,
                            (int) target.gid));
            helper.serving.start();
            return helper;
        } catch (IOException | RuntimeException | Error problem) {
            programs.close();
            throw problem;
        }
    }

    /** Where the target must connect, as it sees it. */
    public String socket() {
        return target.seen + '/' + name;
    }

    /** {@return what went wrong here, a sentence; empty where nothing did} After {@link #close}. */
    public String failure() {
        return failure;
    }

    private void serve() {
        try {
            for (DescriptorSocket caller = server.accept(); caller != null; caller = server.accept()) {
                if (caller.peer().pid() != target.pid || !begin(caller)) {
                    caller.close(); // nobody else gets to know anything
                    continue;
                }
                handOver(caller);
                return;
            }
        } catch (IOException gone) {
            // the target says what it misses
        } catch (RuntimeException refused) {
            failure = refused.getMessage();
        }
    }

    private synchronized boolean begin(DescriptorSocket caller) {
        if (!ended) {
            connection = caller;
        }
        return !ended;
    }

    private void handOver(DescriptorSocket caller) throws IOException {
        List<Integer> descriptors = new ArrayList<>();
        KernelPrograms.MAPS.forEach(map -> descriptors.add(programs.map(map).fd()));
        List<Integer> door = programs.openDoor();
        if (door.isEmpty()) {
            KernelPrograms.CALLED.forEach(program -> descriptors.add(programs.program(program).fd()));
        }
        descriptors.addAll(door);
        caller.send(Offer.of(programs, !door.isEmpty()).text(), array(descriptors));
        Message answer = caller.receive(0);
        if (answer == null || !answer.text().equals(Offer.ATTACH)) {
            return;
        }
        try {
            caller.send(Offer.ATTACHED, array(programs.attach(true).stream().map(BpfLink::fd).toList()));
        } catch (RuntimeException refused) {
            caller.send(Offer.FAILED + refused.getMessage());
            throw refused;
        }
    }

    private static int[] array(List<Integer> numbers) {
        return numbers.stream().mapToInt(Integer::intValue).toArray();
    }

    /** Ends the offer: what was not taken leaves the kernel. */
    @Override
    public void close() {
        synchronized (this) {
            ended = true;
            if (connection != null) {
                connection.interrupt();
            }
        }
        server.interrupt();
        try {
            serving.join();
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            return; // its descriptors end with this process
        }
        server.close();
        if (connection != null) {
            connection.close();
        }
        programs.close();
    }
}
