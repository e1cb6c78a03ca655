package dev.netflight.architecture;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** The rules of docs/contributing.md about who may know whom, held against the class files. */
class WhoKnowsWhomTest {
    private static JavaClasses ours;

    @BeforeAll
    static void read() {
        ours = new ClassFileImporter().withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
                .importPackages("dev.netflight");
    }

    private static void onlyKnows(String room, String... others) {
        String[] allowed = new String[others.length + 1];
        allowed[0] = "dev.netflight." + room;
        for (int i = 0; i < others.length; i++) {
            allowed[i + 1] = "dev.netflight." + others[i];
        }
        noClasses().that().resideInAPackage("dev.netflight." + room)
                .should().dependOnClassesThat(
                        com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage("dev.netflight..")
                                .and(com.tngtech.archunit.base.DescribedPredicate.not(
                                        com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage(allowed))))
                .check(ours);
    }

    @Test
    void the_model_knows_the_jdk_only_and_no_memory_segment() {
        onlyKnows("model");
        noClasses().that().resideInAPackage("dev.netflight.model")
                .should().dependOnClassesThat().resideInAnyPackage("java.lang.foreign..", "jdk..", "sun..").check(ours);
    }

    @Test
    void memory_segments_end_at_the_decoder() {
        noClasses().that().resideOutsideOfPackages("dev.netflight.libbpf", "dev.netflight.ring", "dev.netflight.kernel")
                .should().dependOnClassesThat().resideInAPackage("java.lang.foreign..").check(ours);
    }

    @Test
    void the_native_binding_knows_nothing_of_capture() {
        onlyKnows("libbpf");
        onlyKnows("ring", "libbpf");
    }

    @Test
    void the_kernel_side_knows_its_binding_and_the_model() {
        onlyKnows("filter", "libbpf");
        onlyKnows("kernel", "libbpf", "ring", "filter", "model");
        onlyKnows("helper", "kernel", "libbpf");
        onlyKnows("decode", "kernel", "model");
    }

    @Test
    void hooks_and_attribution_know_the_model() {
        onlyKnows("hook", "model");
        onlyKnows("attribute", "model");
    }

    @Test
    void instrumentation_is_the_only_user_of_byte_buddy_and_knows_none_of_us() {
        onlyKnows("instrument");
        noClasses().that().resideOutsideOfPackage("dev.netflight.instrument")
                .should().dependOnClassesThat().resideInAPackage("net.bytebuddy..").check(ours);
    }

    @Test
    void sinks_know_the_model_and_never_each_other() {
        onlyKnows("sink", "model");
        onlyKnows("sink.pcapng", "sink", "model");
        onlyKnows("sink.pcap", "sink", "model");
        onlyKnows("sink.flight", "sink", "model");
        onlyKnows("sink.jfr", "sink", "model", "jfr", "hook");
    }

    @Test
    void the_events_and_the_bean_depend_on_nothing_of_ours() {
        onlyKnows("jfr");
        onlyKnows("jmx");
    }

    @Test
    void the_entry_knows_control_and_nothing_knows_the_entry() {
        onlyKnows("agent", "control", "cli");
        classes().that().resideInAPackage("dev.netflight.agent")
                .should().onlyHaveDependentClassesThat().resideInAPackage("dev.netflight.agent").check(ours);
    }

    @Test
    void only_the_entry_knows_the_command_line_and_nobody_else_uses_picocli() {
        classes().that().resideInAPackage("dev.netflight.cli")
                .should().onlyHaveDependentClassesThat().resideInAnyPackage("dev.netflight.agent", "dev.netflight.cli")
                .check(ours);
        noClasses().that().resideOutsideOfPackage("dev.netflight.cli")
                .should().dependOnClassesThat().resideInAPackage("picocli..").check(ours);
    }

    @Test
    void readers_and_text_know_no_capture() {
        onlyKnows("read");
        onlyKnows("text", "read", "model");
    }

    @Test
    void the_search_for_jvms_knows_the_native_binding_only_and_is_the_only_one_that_attaches() {
        onlyKnows("jvm", "libbpf");
        noClasses().that().resideOutsideOfPackage("dev.netflight.jvm")
                .should().dependOnClassesThat().resideInAPackage("com.sun.tools.attach..").check(ours);
    }

    @Test
    void nothing_ends_the_jvm() {
        noClasses().that().resideOutsideOfPackages("dev.netflight.agent", "dev.netflight.boot", "dev.netflight.instrument")
                .should().callMethod(System.class, "exit", int.class).check(ours);
    }
}
