/// The JFR event classes of Netflight, and nothing else: they can be read, filtered and documented without the agent.
module dev.netflight.jfr {
    requires transitive jdk.jfr;

    exports dev.netflight.jfr;
}
