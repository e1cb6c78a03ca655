package dev.netflight.control;

import dev.netflight.libbpf.NamedPipe;
import dev.netflight.model.ProcessInfo;
import dev.netflight.sink.CaptureAnchor;
import dev.netflight.sink.FileSink;
import dev.netflight.sink.RotatingSink;
import dev.netflight.sink.RotatingSink.Rotation;
import dev.netflight.sink.pcap.PcapSink;
import dev.netflight.sink.pcapng.PcapngSettings;
import dev.netflight.sink.pcapng.PcapngSink;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZonedDateTime;
import java.util.function.Consumer;
import java.util.function.IntFunction;

/**
 * The file that the packets of a capture go to, or one file after another.
 *
 * @param file the first one
 * @param sink also where no rotation is wanted: it can be asked for later
 */
record PacketOutput(Path file, RotatingSink sink) {

    /**
     * Opens what the options name.
     *
     * @param onTurn told each further file of a rotation, on the capture thread
     * @throws CaptureException with the reason and the remedy
     */
    static PacketOutput open(Options options, OutputFile output, ProcessInfo process, PcapngSettings settings,
            Instant started, CaptureAnchor anchor, Consumer<Path> onTurn) throws CaptureException {
        boolean rotates = options.maxSize().isPresent() || options.maxAge().isPresent();
        OutputFile first = rotates ? output.numbered() : output;
        ZonedDateTime start = started.atZone(ZoneId.systemDefault());
        IntFunction<Path> names = number -> (number == 0 ? first : output.numbered()).path(process.pid(), start, number)
                .toAbsolutePath();
        Path file = names.apply(0);
        try (NamedPipe _ = NamedPipe.hold(file)) {
            FileSink sink = create(file, options, settings, anchor);
            return new PacketOutput(file, new RotatingSink(sink, rotation(options), names, onTurn));
        } catch (IOException failure) {
            throw new CaptureException("The capture file cannot be written: " + failure.getMessage()
                    + ". Choose a file=… in a folder that user " + System.getProperty("user.name") + " may write to.", failure);
        }
    }

    /** Begins a file in the format that its name asks for. @throws IOException that names the file and the reason */
    static FileSink create(Path file, Options options, PcapngSettings settings, CaptureAnchor anchor) throws IOException {
        return OutputFile.isPcap(file.toString()) ? PcapSink.create(file, options.snaplen(), anchor)
                : PcapngSink.create(file, settings, anchor);
    }

    private static Rotation rotation(Options options) {
        return new Rotation(options.maxSize().orElse(0), options.maxAge().map(Duration::toNanos).orElse(0L),
                options.files().orElse(0));
    }
}
