package dev.netflight.helper;

import dev.netflight.kernel.Door;
import dev.netflight.kernel.KernelFeatures;
import dev.netflight.kernel.KernelPrograms;
import dev.netflight.libbpf.BpfLink;
import dev.netflight.libbpf.BpfMap;
import dev.netflight.libbpf.BpfProgram;
import dev.netflight.libbpf.DescriptorSocket;
import dev.netflight.libbpf.DescriptorSocket.Message;
import dev.netflight.libbpf.Libbpf;
import dev.netflight.libbpf.NativeLibrary;
import dev.netflight.libbpf.ProgramCalls;
import dev.netflight.libbpf.ProgramRun;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Programs that a helper has loaded for this process, which may not. It holds their last descriptors. */
public final class HandedPrograms implements KernelPrograms {
    /** A helper has loaded before it is connected to: what is waited for takes milliseconds. */
    private static final int PATIENCE_SECONDS = 30;
    private static final int MOST = 64;

    private final DescriptorSocket helper;
    private final Offer offer;
    private final int[] descriptors;
    private final Map<String, BpfMap> maps = new HashMap<>();
    private final Map<String, BpfProgram> programs = new HashMap<>();
    /** {@code null} where this process may use bpf(2). */
    private final Door door;
    private final List<BpfLink> links = new ArrayList<>();
    private boolean closed;

    private HandedPrograms(DescriptorSocket helper, Offer offer, int[] descriptors) {
        this.helper = helper;
        this.offer = offer;
        this.descriptors = descriptors;
        Libbpf libbpf = new Libbpf(NativeLibrary.required());
        int at = 0;
        for (Offer.MapSize map : offer.maps()) {
            maps.put(map.name(), BpfMap.ofDescriptor(libbpf, map.name(), descriptors[at++], map.key(), map.value(), map.entries()));
        }
        for (String program : offer.programs()) {
            programs.put(program, BpfProgram.ofDescriptor(libbpf, program, descriptors[at++]));
        }
        door = offer.hasDoor() ? new Door(map("requests"), descriptors[at]) : null;
    }

    /**
     * Takes them from the helper that listens at {@code socket}; attached to nothing yet.
     *
     * @throws HelperException with a sentence
     */
    public static HandedPrograms take(String socket) {
        DescriptorSocket helper;
        try {
            helper = DescriptorSocket.connect(socket);
        } catch (IOException failure) {
            throw nothingFrom(socket, failure);
        }
        int[] descriptors = {};
        try {
            helper.patience(PATIENCE_SECONDS);
            Message message = helper.receive(MOST);
            if (message == null) {
                throw new IOException("it has ended");
            }
            descriptors = message.descriptors();
            return new HandedPrograms(helper, Offer.read(message.text(), descriptors.length), descriptors);
        } catch (IOException failure) {
            release(helper, descriptors);
            throw nothingFrom(socket, failure);
        } catch (RuntimeException | Error failure) {
            release(helper, descriptors);
            throw failure;
        }
    }

    private static HelperException nothingFrom(String socket, IOException failure) {
        return new HelperException("The helper at " + socket + " gave no kernel programs: " + failure.getMessage() + ".", failure);
    }

    private static void release(DescriptorSocket helper, int[] descriptors) {
        helper.close();
        DescriptorSocket.closeAll(descriptors);
    }

    @Override
    public KernelFeatures features() {
        return offer.features();
    }

    @Override
    public BpfMap map(String name) {
        return known(maps, name);
    }

    @Override
    public ProgramCalls calls(String name, int contextSize, int slots) {
        return door != null ? door.calls(name, slots) : new ProgramRun(known(programs, name), contextSize, slots);
    }

    private static <T> T known(Map<String, T> all, String name) {
        T found = all.get(name);
        if (found == null) {
            throw new HelperException("The helper has left out " + name + ".", null);
        }
        return found;
    }

    /** Asks the helper for it, who is not needed any more then. */
    @Override
    public List<BpfLink> attach(boolean withCalls) {
        try {
            helper.send(Offer.ATTACH);
            Message answer = helper.receive(MOST);
            if (answer == null) {
                throw new IOException("it has ended before they were attached");
            }
            for (int link : answer.descriptors()) {
                links.add(BpfLink.ofDescriptor(null, "", link));
            }
            if (!answer.text().equals(Offer.ATTACHED)) {
                throw new IOException(answer.text().startsWith(Offer.FAILED)
                        ? answer.text().substring(Offer.FAILED.length()) : "its answer is not understood");
            }
            return links;
        } catch (IOException failure) {
            throw new HelperException("The helper (process " + offer.pid() + ") did not attach the kernel programs: "
                    + failure.getMessage(), failure);
        } finally {
            helper.close();
        }
    }

    /** Is not known here: what tells of it could also attach a program again. */
    @Override
    public long recursionMisses() {
        return 0;
    }

    @Override
    public String loader() {
        return "loaded and attached by the helper, process " + offer.pid() + "; they end with this capture or this JVM";
    }

    @Override
    public void close() {
        if (!closed) {
            closed = true;
            helper.close();
            links.forEach(BpfLink::close);
            DescriptorSocket.closeAll(descriptors);
        }
    }
}
