package dev.netflight.read;

import java.io.IOException;

/** What is read is no capture, or a damaged one. The message says what is wrong and at which byte. */
public final class CaptureFormatException extends IOException {
    private static final long serialVersionUID = 1;

    CaptureFormatException(String message) {
        super(message);
    }
}
