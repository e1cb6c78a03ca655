package dev.netflight.text;

/**
 * How lines look: tcpdump's flags.
 *
 * @param numeric     {@code -n}: no names of hosts and ports
 * @param quiet       {@code -q}
 * @param verbose     how many {@code -v}
 * @param link        {@code -e}: the link layer's header
 * @param time        how many {@code -t}, 0 to 5
 * @param nano        {@code --nano}: nine digits of the second
 * @param absolute    {@code -S}: sequence numbers as they are
 * @param numbered    {@code -#}
 * @param dump        {@code -x -xx -X -XX -A}
 * @param frames      {@code --stack}: frames below the line, 0 for none
 */
public record TextOptions(boolean numeric, boolean quiet, int verbose, boolean link, int time, boolean nano,
        boolean absolute, boolean numbered, Dump dump, int frames) {
    /** How bytes are shown below the line. */
    public enum Dump {
        NONE, HEX, HEX_WITH_LINK, HEX_AND_ASCII, HEX_AND_ASCII_WITH_LINK, ASCII, ASCII_WITH_LINK;

        boolean withLink() {
            return this == HEX_WITH_LINK || this == HEX_AND_ASCII_WITH_LINK || this == ASCII_WITH_LINK;
        }
    }
}
