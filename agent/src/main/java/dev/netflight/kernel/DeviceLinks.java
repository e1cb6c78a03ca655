package dev.netflight.kernel;

import dev.netflight.libbpf.BpfException;
import dev.netflight.libbpf.BpfLink;
import dev.netflight.libbpf.BpfProgram;
import dev.netflight.libbpf.Errno;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Two programs on every device of the JVM's network namespace, by TCX links (Linux 6.6), and on each that comes later. They
 * stand in front of the programs of others, since one of those may end the chain with its verdict; ours never does.
 *
 * <p>Opened and closed by the thread that controls the capture. A thread of its own waits for devices.
 */
final class DeviceLinks implements AutoCloseable {
    /** {@code enum bpf_attach_type} and a flag of {@code BPF_LINK_CREATE} (uapi/linux/bpf.h). */
    private static final int BPF_TCX_INGRESS = 46;
    private static final int BPF_TCX_EGRESS = 47;
    private static final int BPF_F_BEFORE = 1 << 3;

    private final BpfProgram ingress;
    private final BpfProgram egress;
    private final NetworkDevices devices;
    private final Map<Integer, List<BpfLink>> links = new HashMap<>();
    private Thread watcher;
    private volatile String trouble;
    private boolean isClosed;

    private DeviceLinks(BpfProgram ingress, BpfProgram egress, NetworkDevices devices) {
        this.ingress = ingress;
        this.egress = egress;
        this.devices = devices;
    }

    /** When it returns both programs see packets of all devices that are there. @throws BpfException with the remedy */
    static DeviceLinks open(BpfProgram ingress, BpfProgram egress) {
        DeviceLinks opened = new DeviceLinks(ingress, egress, NetworkDevices.open());
        try {
            opened.devices.list(opened.new Attaching(false));
        } catch (RuntimeException | Error failure) {
            opened.close();
            throw failure;
        }
        opened.watcher = new Thread(null, opened::watch, "netflight-devices", 0, false);
        opened.watcher.setDaemon(true);
        opened.watcher.start();
        return opened;
    }

    private void watch() {
        try {
            NetworkDevices.Listener listener = new Attaching(true);
            while (devices.watch(listener)) {
                // until it is woken
            }
        } catch (RuntimeException | Error failure) {
            trouble = "Packets of network devices that come later are not captured: " + failure.getMessage();
        }
    }

    private final class Attaching implements NetworkDevices.Listener {
        /** Whether one that fails is told, and the others go on. */
        private final boolean isLenient;

        Attaching(boolean isLenient) {
            this.isLenient = isLenient;
        }

        @Override
        public void present(int ifindex) {
            if (links.containsKey(ifindex)) {
                return;
            }
            try {
                BpfLink in = ingress.link(ifindex, BPF_TCX_INGRESS, BPF_F_BEFORE);
                try {
                    links.put(ifindex, List.of(in, egress.link(ifindex, BPF_TCX_EGRESS, BPF_F_BEFORE)));
                } catch (BpfException failure) {
                    in.close();
                    throw failure;
                }
            } catch (BpfException failure) {
                if (failure.errno() == Errno.ENODEV) {
                    return; // gone again
                }
                if (!isLenient) {
                    throw failure;
                }
                trouble = "Packets of the network device with ifindex " + ifindex + " are not captured: "
                        + failure.getMessage();
            }
        }

        @Override
        public void gone(int ifindex) {
            List<BpfLink> its = links.remove(ifindex);
            if (its != null) {
                its.forEach(BpfLink::close);
            }
        }
    }

    /** A sentence if some device is left out, else {@code null}. Any thread. */
    String trouble() {
        return trouble;
    }

    /** Detaches from all devices. Idempotent. */
    @Override
    public void close() {
        if (watcher != null) {
            devices.wakeup();
            boolean isInterrupted = false;
            while (watcher.isAlive()) {
                try {
                    watcher.join();
                } catch (InterruptedException interrupted) {
                    isInterrupted = true;
                }
            }
            if (isInterrupted) {
                Thread.currentThread().interrupt();
            }
        }
        if (!isClosed) {
            isClosed = true;
            links.values().forEach(its -> its.forEach(BpfLink::close));
            devices.close();
        }
    }
}
