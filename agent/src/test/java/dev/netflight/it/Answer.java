package dev.netflight.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** What Netflight answered to a command, as it stands in the file named by {@code result=}. */
record Answer(String text) {
    boolean isOk() {
        return text.startsWith("OK");
    }

    Answer assertOk() {
        assertThat(text).startsWith("OK");
        return this;
    }

    /** Asserts that it is an error, said in one line without a stack trace, and gives the line. */
    String assertError() {
        assertThat(text).startsWith("ERROR ");
        String sentence = text.substring("ERROR ".length()).strip();
        assertThat(sentence).as("one line").doesNotContain("\n").doesNotContain("Exception");
        return sentence;
    }

    /** The books that {@code status} and {@code stop} tell. */
    Books books() {
        return Books.in(text);
    }

    /**
     * {@code matched = emitted + lost + dropped + waiting}.
     *
     * @param matched packets that were of the capture
     * @param lost    those that found the ring full
     */
    record Books(long matched, long emitted, long lost, long dropped, long waiting) {
        private static final Pattern BOOKS = Pattern.compile("matched ([\\d,]+) = emitted ([\\d,]+) \\+ lost ([\\d,]+)"
                + " \\(ring full\\) \\+ dropped ([\\d,]+)(?: \\+ waiting ([\\d,]+))?");

        static Books in(String text) {
            Matcher found = BOOKS.matcher(text);
            assertThat(found.find()).as("books in: %s", text).isTrue();
            return new Books(number(found.group(1)), number(found.group(2)), number(found.group(3)),
                    number(found.group(4)), found.group(5) == null ? 0 : number(found.group(5)));
        }

        private static long number(String text) {
            return Long.parseLong(text.replace(",", ""));
        }

        /** Nothing is missing in the books and nothing waits, as must be after the end. */
        Books assertClosed() {
            assertThat(waiting).as("waiting in %s", this).isZero();
            assertThat(matched).as("matched in %s", this).isEqualTo(emitted + lost + dropped);
            return this;
        }
    }
}
