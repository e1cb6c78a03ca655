/// The agent's core. It lives in a module layer of its own, built by the boot classes from the agent's jar, so that the
/// application neither sees nor meets any of it; native access and the few packages of `java.base` that it needs are
/// given to this module alone.
///
/// What an application may have left out of its image (`--limit-modules`) is optional here: without it the core resolves
/// all the same and does without what depends on it.
module dev.netflight.agent {
    requires net.bytebuddy;

    requires static transitive java.instrument; // in the signature of Entry

    requires static dev.netflight.jfr;
    requires static dev.netflight.jmx;
    requires static info.picocli;
    requires static java.management;
    requires static jdk.attach; // the command line's
    requires static jdk.jfr;

    // the one door: Boot, in the application's unnamed module, calls Entry
    exports dev.netflight.agent;
}
