package dev.netflight.read;

import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;

/** The blocks of a capture, one after the other. */
public abstract sealed class CaptureReader implements Closeable permits PcapngReader, PcapReader {
    /** libpcap's and Wireshark's limit for a packet. */
    static final int LONGEST_PACKET = 262_144;

    final Input in;

    CaptureReader(Input in) {
        this.in = in;
    }

    /**
     * Opens a capture by its first bytes.
     *
     * @param stream closed by {@link #close}
     * @throws CaptureFormatException where it is no pcapng and no pcap
     */
    public static CaptureReader open(InputStream stream) throws IOException {
        Input in = Input.open(stream);
        byte[] start = new byte[4];
        if (!in.fill(start, 0, start.length, "the magic number")) {
            throw new CaptureFormatException("it is empty");
        }
        int magic = ByteBuffer.wrap(start).getInt();
        if (magic == Pcapng.SECTION_HEADER_BLOCK) {
            return new PcapngReader(in);
        }
        PcapReader pcap = PcapReader.open(in, magic);
        if (pcap == null) {
            throw new CaptureFormatException(String.format("it is no pcapng and no pcap: it begins with %08x", magic));
        }
        return pcap;
    }

    /**
     * {@return the next block, {@code null} at the end} Its bytes are the caller's.
     *
     * @throws CaptureFormatException where nothing more can be read; all blocks before it were good
     */
    public abstract Block next() throws IOException;

    @Override
    public void close() throws IOException {
        in.close();
    }
}
