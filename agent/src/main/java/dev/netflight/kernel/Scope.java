package dev.netflight.kernel;

/** Which processes the programs follow; {@code SCOPE_…} of netflight.h in their order. */
public enum Scope {
    /** The JVM. */
    PROCESS,
    /** And what it starts. */
    CHILDREN,
    /** And what runs in its control group (version 2) or below it. */
    CGROUP
}
