package dev.netflight.it;

import dev.netflight.it.app.DatagramEndpoint;
import dev.netflight.it.app.Endpoint;

/** Has two {@link Endpoint}s or {@link DatagramEndpoint}s talk to each other, each as client and as server. */
record Talk(App app, App peer) {
    /** Opens nine conversations each way. */
    Talk connect(Network network) {
        String ownPorts = app.await("ports ");
        app.tell("connect " + network.peerAddress() + ' ' + peer.await("ports ") + " 0");
        peer.tell("connect " + network.ownAddress() + ' ' + ownPorts + " 100");
        app.await("connected");
        peer.await("connected");
        return this;
    }

    /** On each conversation so many bytes go there and back. */
    Talk talk(int bytes) {
        long before = app.out().lines().filter("talked"::equals).count();
        app.tell("talk " + bytes);
        peer.tell("talk " + bytes);
        app.awaitLines("talked", before + 1);
        peer.awaitLines("talked", before + 1);
        return this;
    }

    /** Closes all, and has the account written. */
    void end() {
        peer.tell("end");
        app.tell("end");
        app.await("finished");
    }
}
