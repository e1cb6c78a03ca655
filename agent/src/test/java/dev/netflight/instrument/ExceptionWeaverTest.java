package dev.netflight.instrument;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.netflight.hook.ExceptionHook;
import java.net.SocketTimeoutException;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

final class ExceptionWeaverTest {
    private final List<String> made = new ArrayList<>();

    private static class Loaded extends Exception {
        private static final long serialVersionUID = 1;

        Loaded(int depth) {
            this(Integer.toString(depth));
        }

        Loaded(String message) {
            super(message == null ? "none" : message);
            if (message == null) {
                return;
            }
            StackTraceElement top = getStackTrace()[0];
            if (!top.getClassName().startsWith(ExceptionWeaverTest.class.getName())) {
                throw new IllegalStateException("the stack begins at " + top);
            }
        }
    }

    private static final class OfASubclass extends Loaded {
        private static final long serialVersionUID = 1;

        OfASubclass() {
            super(null);
        }
    }

    private static final class NoException {}

    private ExceptionWeaver weave(Class<?>... classes) throws Exception {
        NetflightThrown1.install(new ExceptionHook(made::add));
        return ExceptionWeaver.weave(SelfAttach.instrumentation(),
                Set.of(java.util.stream.Stream.of(classes).map(Class::getName).toArray(String[]::new)));
    }

    @AfterEach
    void nobodyAsks() {
        NetflightThrown1.install(null);
    }

    @Test
    void an_exception_of_a_loaded_class_or_of_a_subclass_is_told_until_the_class_is_put_back() throws Exception {
        assertThat(new Loaded("before")).hasMessage("before");
        try (ExceptionWeaver weaver = weave(Loaded.class, SocketTimeoutException.class)) {
            assertThat(made).isEmpty();
            assertThat(new Loaded("now")).hasMessage("now");
            assertThat(new OfASubclass()).hasMessage("none");
            assertThat(new SocketTimeoutException()).hasNoCause();
            assertThat(made).containsExactly(Loaded.class.getName(), OfASubclass.class.getName(),
                    SocketTimeoutException.class.getName());
            assertThat(new Loaded(7)).as("by way of another constructor").hasMessage("7");
            assertThat(weaver.status()).contains(Loaded.class.getName() + ": woven", "SocketTimeoutException: woven");
        }
        made.clear();
        assertThat(new Loaded("after")).hasMessage("after");
        assertThat(made).isEmpty();
    }

    @Test
    void a_class_that_is_loaded_later_is_woven_then_and_what_is_no_exception_tells_nothing() throws Exception {
        // a local class: nobody has looked at it yet
        class LoadedLater extends RuntimeException {
            private static final long serialVersionUID = 1;
        }
        String name = ExceptionWeaverTest.class.getName() + "$1LoadedLater";
        NetflightThrown1.install(new ExceptionHook(made::add));
        try (ExceptionWeaver weaver = ExceptionWeaver.weave(SelfAttach.instrumentation(),
                Set.of(name, ExceptionWeaverTest.class.getName() + "$NoException"))) {
            assertThat(weaver.status()).contains(name + ": not loaded yet");
            assertThat(Class.forName(name).getDeclaredConstructor(ExceptionWeaverTest.class)
                    .newInstance(this)).isInstanceOf(RuntimeException.class);
            assertThat(new NoException()).isNotNull();
            assertThat(made).containsExactly(name);
            assertThat(weaver.status()).contains(name + ": woven");
        }
    }

    @Test
    void what_goes_wrong_with_the_receiver_is_not_the_applications_affair() throws Exception {
        try (ExceptionWeaver weaver = weave(Loaded.class)) {
            NetflightThrown1.install(new ExceptionHook(name -> {
                throw new IllegalStateException(name);
            }));
            assertThat(new Loaded("as ever")).hasMessage("as ever");
            assertThatThrownBy(() -> {
                throw new Loaded("thrown");
            }).isInstanceOf(Loaded.class);
            assertThat(weaver.status()).contains("woven");
        }
    }
}
