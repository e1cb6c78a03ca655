package dev.netflight.kernel;

import dev.netflight.libbpf.BpfException;
import dev.netflight.libbpf.BpfLink;
import dev.netflight.libbpf.BpfProgram;
import dev.netflight.libbpf.KernelBtf;
import dev.netflight.libbpf.Libc;
import dev.netflight.libbpf.ProgramKind;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** How the programs that take packets are attached by backends other than the tracepoints. */
final class PacketLinks implements AutoCloseable {
    /** {@code enum bpf_attach_type} (uapi/linux/bpf.h). */
    private static final int BPF_CGROUP_INET_INGRESS = 0;
    private static final int BPF_CGROUP_INET_EGRESS = 1;

    private final List<BpfLink> links = new ArrayList<>();
    private DeviceLinks devices;

    private PacketLinks() {}

    /** What the kernel must know of a program to load it. */
    static ProgramKind kind(KernelHook hook, KernelBtf btf) {
        if (hook.isTracepoint()) {
            return ProgramKind.tracepoint(btf.tracepointId(hook.tracepoint));
        }
        return hook.backend == PacketBackend.TC ? ProgramKind.TRAFFIC_CONTROL : ProgramKind.cgroupSkb(
                hook == KernelHook.CGROUP_INGRESS ? BPF_CGROUP_INET_INGRESS : BPF_CGROUP_INET_EGRESS);
    }

    /** @throws BpfException with the remedy; nothing is attached then */
    static PacketLinks open(PacketBackend backend, Map<KernelHook, BpfProgram> programs) {
        PacketLinks opened = new PacketLinks();
        switch (backend) {
            case TRACEPOINT -> { }
            case TC -> opened.devices = DeviceLinks.open(programs.get(KernelHook.TC_INGRESS),
                    programs.get(KernelHook.TC_EGRESS));
            case CGROUP -> opened.group(programs.get(KernelHook.CGROUP_INGRESS), programs.get(KernelHook.CGROUP_EGRESS));
        }
        return opened;
    }

    private void group(BpfProgram ingress, BpfProgram egress) {
        String folder = OwnControlGroup.find().folder().toString();
        int group = Libc.open(folder, Libc.O_RDONLY | Libc.O_CLOEXEC);
        if (group < 0) {
            throw new BpfException("open", folder, -group);
        }
        try {
            links.add(ingress.link(group, BPF_CGROUP_INET_INGRESS, 0));
            links.add(egress.link(group, BPF_CGROUP_INET_EGRESS, 0));
        } catch (BpfException failure) {
            close();
            throw failure;
        } finally {
            Libc.close(group);
        }
    }

    /** A sentence if some packets are left out, else {@code null}. Any thread. */
    String trouble() {
        return devices == null ? null : devices.trouble();
    }

    /** Idempotent. */
    @Override
    public void close() {
        if (devices != null) {
            devices.close();
        }
        links.forEach(BpfLink::close);
    }
}
