package dev.netflight.cli;

import dev.netflight.jvm.RefusedException;
import dev.netflight.libbpf.BpfException;
import dev.netflight.libbpf.PcapException;
import dev.netflight.libbpf.ZstdInputStream;
import dev.netflight.read.Block;
import dev.netflight.read.CaptureFormatException;
import dev.netflight.read.CaptureReader;
import java.io.BufferedInputStream;
import java.io.FileDescriptor;
import java.io.FileInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.PositionalParamSpec;

/** {@code read}: the packets of a capture file as lines, a summary or another file. */
final class ReadCommand implements Callable<Integer> {
    private static final String STANDARD_INPUT = "-";
    private static final int BUFFER = 1 << 16;

    private final CommandSpec spec = CommandSpec.wrapWithoutInspection(this);
    private final PacketFlags flags;

    private ReadCommand() {
        spec.addPositional(PositionalParamSpec.builder().index("0").arity("1").required(true).paramLabel("FILE")
                .type(String.class).description("pcapng or pcap, also packed by gzip or zstd; - is standard input").build());
        spec.addPositional(PositionalParamSpec.builder().index("1..*").arity("0..*").paramLabel("EXPRESSION")
                .type(String[].class).description("which packets, as in pcap-filter(7)").build());
        flags = PacketFlags.addTo(spec);
        spec.usageMessage().description("Prints the packets of a capture file as tcpdump does, each with the Java thread and frame"
                + " that caused it.");
        spec.usageMessage().sortOptions(false);
    }

    static CommandSpec spec() {
        return new ReadCommand().spec;
    }

    @Override
    public Integer call() throws Exception {
        String file = spec.positionalParameters().get(0).getValue();
        String[] words = spec.positionalParameters().get(1).getValue();
        String expression = flags.expression(words == null ? List.of() : Arrays.asList(words));
        keepWhatIsRead(file);
        try (InputStream in = unpacked(file, open(file)); PacketOutput output = new PacketOutput(flags, expression, false)) {
            String trouble = read(in, output);
            output.finish();
            if (trouble != null) {
                throw new RefusedException((file.equals(STANDARD_INPUT) ? "standard input" : file) + ": " + trouble + ".");
            }
        } catch (PcapException wrong) {
            throw flags.wrong("'" + expression + "' is no pcap-filter(7) expression: " + wrong.getMessage() + ".");
        } catch (BpfException missing) {
            throw new RefusedException(missing.getMessage(), missing);
        }
        return 0;
    }

    /** Written into while it is read it would be lost. */
    private void keepWhatIsRead(String file) throws IOException {
        WrittenFiles.Rotation written = flags.rotation();
        if (written == null || written.pattern().equals("-") || file.equals(STANDARD_INPUT)) {
            return;
        }
        Path first = written.path(0, 0);
        if (Files.isRegularFile(first) && Files.isRegularFile(Path.of(file)) && Files.isSameFile(first, Path.of(file))) {
            throw flags.wrong("-w " + first + " is the file that is read, whose packets would be lost: name another.");
        }
    }

    /** @return what is wrong with the file, {@code null} where it is good */
    private static String read(InputStream in, PacketOutput output) throws IOException, PcapException {
        try {
            CaptureReader reader = CaptureReader.open(in);
            for (Block block = reader.next(); block != null; block = reader.next()) {
                if (!output.accept(block)) {
                    break;
                }
            }
            return null;
        } catch (CaptureFormatException wrong) {
            return wrong.getMessage();
        }
    }

    /** What gzip has packed the reader itself unpacks. */
    private static InputStream unpacked(String file, InputStream in) throws IOException, RefusedException {
        var buffered = new BufferedInputStream(in, BUFFER);
        buffered.mark(Integer.BYTES);
        byte[] start = buffered.readNBytes(Integer.BYTES);
        buffered.reset();
        if (start.length < Integer.BYTES || ByteBuffer.wrap(start).getInt() != ZstdInputStream.MAGIC) {
            return buffered;
        }
        try {
            return new ZstdInputStream(buffered);
        } catch (IOException missing) {
            throw new RefusedException(file + " is packed by zstd, and " + missing.getMessage() + ". Install it (Debian: apt-get"
                    + " install libzstd1), or unpack it on the way:  zstd -dc FILE | " + CommandLineInterface.NAME + " read -",
                    missing);
        }
    }

    private static InputStream open(String file) throws RefusedException {
        if (file.equals(STANDARD_INPUT)) {
            return new FileInputStream(FileDescriptor.in);
        }
        try {
            if (Files.isDirectory(Path.of(file))) {
                throw new RefusedException(file + " is a folder: name a capture file in it.");
            }
            return Files.newInputStream(Path.of(file));
        } catch (NoSuchFileException missing) {
            throw new RefusedException("There is no file " + file + ".", missing);
        } catch (AccessDeniedException denied) {
            throw new RefusedException(file + " may not be read by this user: capture files are their owner's alone. Run this "
                    + "command as that user, or change the file's mode.", denied);
        } catch (IOException | RuntimeException failure) {
            throw new RefusedException(file + " cannot be read: " + failure.getMessage() + ".", failure);
        }
    }
}
