package dev.netflight.control;

/** Of which captured operations the stack is kept. */
public sealed interface StackSampling {
    /** Of every one. */
    record All() implements StackSampling {
        @Override
        public String toString() {
            return "all";
        }
    }

    /** Of none; thread and operation are still known. */
    record Off() implements StackSampling {
        @Override
        public String toString() {
            return "off";
        }
    }

    /**
     * Of so many in a second.
     *
     * @param perSecond stacks a second on each connection, from 1 to {@value #HIGHEST}
     */
    record Rate(int perSecond) implements StackSampling {
        static final int HIGHEST = 1_000_000;

        @Override
        public String toString() {
            return perSecond + "/s";
        }
    }

    /** {@return the sampling that a value of the key {@code stacks} names} */
    static StackSampling parse(String value) throws BadValue {
        if (value.equals("all")) {
            return new All();
        }
        if (value.equals("off")) {
            return new Off();
        }
        if (!value.endsWith("/s")) {
            throw new BadValue("it is neither all, off nor a rate");
        }
        return new Rate((int) OptionValues.number(value.substring(0, value.length() - 2), 1, Rate.HIGHEST));
    }
}
