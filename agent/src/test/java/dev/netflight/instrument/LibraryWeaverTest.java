package dev.netflight.instrument;

import static org.assertj.core.api.Assertions.assertThat;

import dev.netflight.instrument.LibraryHooks.Library;
import dev.netflight.instrument.LibraryHooks.Site;
import java.io.IOException;
import java.io.InputStream;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class LibraryWeaverTest {
    @ParameterizedTest
    @ValueSource(strings = {"io/", "io/grpc/netty/shaded/io/"})
    void every_site_is_in_netty_and_in_the_copy_that_grpc_carries(String prefix) throws IOException {
        for (Library library : List.of(LibraryHooks.NETTY_NATIVE, LibraryHooks.NETTY_ORIGIN, LibraryHooks.NETTY_HANDLER)) {
            assertFits(library, prefix);
        }
    }

    @Test
    void every_site_is_in_the_jdk() throws IOException {
        for (Library library : List.of(LibraryHooks.HTTP_ORIGIN, LibraryHooks.WEBSOCKET_ORIGIN, LibraryHooks.ASYNC_ORIGIN)) {
            assertFits(library, "");
        }
    }

    private static void assertFits(Library library, String prefix) throws IOException {
        Set<String> owners = new LinkedHashSet<>();
        library.sites().forEach(site -> owners.add(site.owner()));
        for (String owner : owners) {
            LibraryWeaver.Woven woven = LibraryWeaver.weave(owner, prefix + owner, original(prefix + owner));
            assertThat(woven.leftOut()).as(prefix + owner).isEmpty();
            assertThat(woven.bytes()).as(prefix + owner).isNotNull();
        }
    }

    @Test
    void a_class_without_the_natives_stays_as_it_is_and_says_what_is_missing() throws IOException {
        String owner = "netty/channel/unix/Socket";
        LibraryWeaver.Woven woven = LibraryWeaver.weave(owner, "io/" + owner, original("io/netty/channel/unix/Unix"));
        assertThat(woven.bytes()).isNull();
        assertThat(woven.leftOut().keySet()).containsExactlyElementsOf(LibraryHooks.sites(owner));
        assertThat(woven.leftOut().values()).containsOnly("the class has no such native");
    }

    @Test
    void what_fits_is_woven_where_something_else_does_not() throws IOException {
        String owner = "netty/channel/unix/Socket";
        // under another name the natives are there, but nothing of the class calls them
        LibraryWeaver.Woven woven = LibraryWeaver.weave(owner, "other/" + owner, original("io/" + owner));
        assertThat(woven.bytes()).isNull();
        assertThat(woven.leftOut()).hasSameSizeAs(LibraryHooks.sites(owner));
        assertThat(woven.leftOut().keySet()).extracting(Site::place).contains("Socket.connect");
    }

    private static byte[] original(String name) throws IOException {
        try (InputStream in = ClassLoader.getSystemResourceAsStream(name + ".class")) {
            assertThat(in).as(name).isNotNull();
            return in.readAllBytes();
        }
    }
}
