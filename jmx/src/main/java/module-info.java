/// The MXBean by which a capture is controlled and watched. Its package is exported to everyone, which JMX asks of an
/// MXBean's interface.
module dev.netflight.jmx {
    requires transitive java.management;

    exports dev.netflight.jmx;
}
