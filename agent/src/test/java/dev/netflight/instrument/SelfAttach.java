package dev.netflight.instrument;

import com.sun.tools.attach.VirtualMachine;
import java.io.OutputStream;
import java.lang.instrument.Instrumentation;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.jar.Attributes;
import java.util.jar.JarOutputStream;
import java.util.jar.Manifest;

/** The JVM that runs the tests, instrumented: attaches to itself an agent that is a manifest and nothing else. */
public final class SelfAttach {
    private static Instrumentation instrumentation;

    private SelfAttach() {}

    /** Called by the JVM. */
    public static void agentmain(String options, Instrumentation inst) {
        instrumentation = inst;
    }

    /** Attaches the first time. */
    public static synchronized Instrumentation instrumentation() throws Exception {
        if (instrumentation == null) {
            Manifest manifest = new Manifest();
            Attributes attributes = manifest.getMainAttributes();
            attributes.put(Attributes.Name.MANIFEST_VERSION, "1.0");
            attributes.putValue("Agent-Class", SelfAttach.class.getName());
            attributes.putValue("Can-Retransform-Classes", "true");
            Path jar = Files.createTempFile("self-attach", ".jar");
            try (OutputStream out = Files.newOutputStream(jar)) {
                new JarOutputStream(out, manifest).close();
            }
            VirtualMachine vm = VirtualMachine.attach(Long.toString(ProcessHandle.current().pid()));
            try {
                vm.loadAgent(jar.toString());
            } finally {
                vm.detach();
                Files.delete(jar);
            }
        }
        return instrumentation;
    }
}
