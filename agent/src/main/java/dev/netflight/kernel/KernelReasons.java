package dev.netflight.kernel;

import dev.netflight.libbpf.BpfException;
import dev.netflight.libbpf.KernelBtf;
import dev.netflight.libbpf.Libbpf;
import dev.netflight.libbpf.NativeLibrary;
import java.util.Map;

/**
 * How the running kernel calls its reasons for a packet thrown away (since 5.17) and a reset sent (since 6.10). The numbers
 * differ from kernel to kernel; its BTF has the names.
 */
public final class KernelReasons {
    /** {@code REASON_UNKNOWN} of netflight.h. */
    private static final int UNKNOWN = -1;
    private static final String DROP_PREFIX = "SKB_DROP_REASON_";
    private static final String SKB_PREFIX = "SKB_";
    private static final String RESET_PREFIX = "SK_RST_REASON_";

    private final Map<Integer, String> drops;
    private final Map<Integer, String> resets;

    KernelReasons(Map<Integer, String> drops, Map<Integer, String> resets) {
        this.drops = drops;
        this.resets = resets;
    }

    /** Reads the kernel's BTF, some 10 ms. Where that cannot be read reasons have numbers only. */
    public static KernelReasons read() {
        try (KernelBtf btf = KernelBtf.load(new Libbpf(NativeLibrary.required()))) {
            return new KernelReasons(btf.enumerators("skb_drop_reason"), btf.enumerators("sk_rst_reason"));
        } catch (BpfException unreadable) {
            return new KernelReasons(Map.of(), Map.of());
        }
    }

    /** {@return such as {@code SOCKET_RCVBUFF}; a number where the kernel's modules have reasons of their own; or {@code null}} */
    public String ofDrop(int reason) {
        String name = name(drops, reason, DROP_PREFIX);
        return name != null && name.startsWith(SKB_PREFIX) ? name.substring(SKB_PREFIX.length()) : name;
    }

    /** {@return such as {@code TCP_ABORT_ON_CLOSE}, or {@code null} where the kernel does not tell} */
    public String ofReset(int reason) {
        return name(resets, reason, RESET_PREFIX);
    }

    private static String name(Map<Integer, String> names, int reason, String prefix) {
        if (reason == UNKNOWN) {
            return null;
        }
        String name = names.get(reason);
        return name == null ? Integer.toUnsignedString(reason) : name.startsWith(prefix) ? name.substring(prefix.length()) : name;
    }
}
