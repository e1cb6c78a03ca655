package dev.netflight.control;

import dev.netflight.filter.FilterException;
import dev.netflight.filter.PacketFilter;
import dev.netflight.libbpf.BpfException;
import dev.netflight.libbpf.Libpcap;
import dev.netflight.libbpf.NativeLibrary;
import java.net.Inet4Address;
import java.net.InterfaceAddress;
import java.net.NetworkInterface;
import java.net.SocketException;

/** The filter that options ask for. */
final class Filters {
    private Filters() {}

    /**
     * {@return the compiled filter, or {@code null} where none is asked for}
     *
     * @throws CaptureException with a sentence for its author
     */
    static PacketFilter of(Options options) throws CaptureException {
        return of(options, true);
    }

    /** @param seesDevices whether the devices of the capture are those that this process sees */
    static PacketFilter of(Options options, boolean seesDevices) throws CaptureException {
        if (options.filter().isEmpty()) {
            return null;
        }
        try {
            return PacketFilter.compile(new Libpcap(NativeLibrary.required()), options.filter().get(),
                    seesDevices ? netmask(options) : PacketFilter.NO_NETMASK);
        } catch (FilterException refused) {
            throw new CaptureException(refused.getMessage());
        } catch (BpfException noLibrary) {
            throw new CaptureException(noLibrary.getMessage(), noLibrary);
        }
    }

    /** As tcpdump has it: the mask of the one device that is named, none for several or all. */
    private static int netmask(Options options) {
        if (options.interfaces().size() != 1) {
            return PacketFilter.NO_NETMASK;
        }
        try {
            NetworkInterface device = NetworkInterface.getByName(options.interfaces().getFirst());
            if (device != null) {
                for (InterfaceAddress address : device.getInterfaceAddresses()) {
                    int prefix = address.getNetworkPrefixLength();
                    if (address.getAddress() instanceof Inet4Address && prefix > 0) {
                        return Integer.reverseBytes(-1 << Math.max(0, 32 - prefix));
                    }
                }
            }
        } catch (SocketException unknown) {
            // as for a device without an address
        }
        return PacketFilter.NO_NETMASK;
    }
}
