package dev.netflight.jvm;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.UnixDomainSocketAddress;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import org.junit.jupiter.api.Test;

class StreamSocketTest {
    @Test
    void only_the_two_users_can_reach_it_and_it_is_gone_once_one_has() throws Exception {
        JavaProcess self = JavaProcess.of(new ProcessEntry(ProcessHandle.current().pid()), Path.of("/nowhere")).orElseThrow();
        try (StreamSocket socket = StreamSocket.listen(self)) {
            Path path = Path.of(socket.path());
            assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(path))).isEqualTo("rw-------");
            assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(path.getParent()))).isEqualTo("rwx------");
            try (SocketChannel target = SocketChannel.open(UnixDomainSocketAddress.of(path));
                    SocketChannel connection = socket.connection()) {
                assertThat(connection.isConnected()).isTrue();
                assertThat(target.isConnected()).isTrue();
                assertThat(path.getParent()).doesNotExist();
            }
        }
    }
}
