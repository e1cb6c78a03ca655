package dev.netflight.cli;

import dev.netflight.control.CaptureException;
import dev.netflight.control.CapturePrograms;
import dev.netflight.control.Options;
import dev.netflight.control.OptionsException;
import dev.netflight.helper.Helper;
import dev.netflight.jvm.Attachment;
import dev.netflight.jvm.JavaProcess;
import dev.netflight.jvm.RefusedException;
import dev.netflight.libbpf.Capabilities;
import java.io.IOException;

/**
 * Starts a capture in another JVM. Where that may not load kernel programs and we may, we load them for it: by the options of
 * this command line, whatever the other side would like to have.
 */
final class Starting {
    private Starting() {}

    /**
     * {@return the agent's answer}
     *
     * @param options the agent's, with the verb start
     */
    static String tell(JavaProcess target, Attachment attachment, String options) throws RefusedException {
        if (attachment.mayLoadPrograms() || !Capabilities.current().missingForTracing().isEmpty()) {
            return attachment.tell(options);
        }
        Helper helper;
        try {
            helper = Helper.offer(CapturePrograms.loadFor(Options.parse(options), attachment.sharesNetwork(),
                    attachment.hasSystemCallFilter()),
                    new Helper.Target(target.pid(), target.uid(), attachment.gid(), attachment.folder(),
                            attachment.sharesMounts(), attachment.folderSeen()));
        } catch (CaptureException | OptionsException refused) {
            return "ERROR " + refused.getMessage();
        } catch (IOException failure) {
            throw new RefusedException("Process " + target.pid() + " may not load kernel programs, and they cannot be handed to"
                    + " it: no socket can be made in its /tmp: " + failure.getMessage() + ". Give it CAP_BPF and CAP_PERFMON.",
                    failure);
        }
        String answer;
        try (helper) {
            StringBuilder text = new StringBuilder(options);
            Options.append(text, "helper", helper.socket());
            answer = attachment.tell(text.toString());
        }
        return helper.failure().isEmpty() ? answer : "ERROR " + helper.failure();
    }
}
