package dev.netflight.libbpf;

/**
 * {@code struct bpf_prog_info} (uapi/linux/bpf.h), as far as it is used: offsets in bytes. The kernel fills no more than
 * the caller's buffer and says how much it knows.
 *
 * <pre>
 *  0      4    8                            192           200       208                216
 *  +------+----+----- … --------------------+-------------+---------+------------------+- …
 *  | type | id |                            | run_time_ns | run_cnt | recursion_misses |
 *  +------+----+----- … --------------------+-------------+---------+------------------+- …
 * </pre>
 */
final class ProgramInfo {
    static final int ID = 4;
    /** u64 since Linux 5.12. */
    static final int RECURSION_MISSES = 208;
    static final int SIZE = 232;

    private ProgramInfo() {
    }
}
