package dev.netflight.libbpf;

/**
 * {@code struct bpf_test_run_opts} (bpf.h of libbpf 1.x): offsets in bytes.
 *
 * <pre>
 *  0          8          16         24             28              32
 *  +----------+----------+----------+--------------+---------------+
 *  | sz       | data_in  | data_out | data_size_in | data_size_out |
 *  +----------+----------+----------+--------------+---------------+
 *  32         40         48         52             56       60     64
 *  +----------+----------+----------+--------------+--------+------+
 *  | ctx_in   | ctx_out  |ctx_size_in| ctx_size_out| retval |repeat|
 *  +----------+----------+----------+--------------+--------+------+
 *  64         68         72         76             80
 *  +----------+----------+----------+--------------+
 *  | duration | flags    | cpu      | batch_size   |
 *  +----------+----------+----------+--------------+
 * </pre>
 *
 * <p>Plain offsets instead of VarHandles of a layout: this struct is written on an application's thread, where neither
 * class initialisation nor a first-time method handle may happen.
 */
final class TestRunOptions {
    static final int SZ = 0;
    static final int CTX_IN = 32;
    static final int CTX_SIZE_IN = 48;
    static final int RETVAL = 56;
    static final int SIZE = 80;

    private TestRunOptions() {
    }
}
