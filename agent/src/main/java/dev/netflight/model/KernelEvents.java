package dev.netflight.model;

/** Takes kernel events in the order of the ring. */
public interface KernelEvents {

    /** An empty event for the next packet, to be filled and given to {@link #packet}. */
    PacketEvent acquire();

    void packet(PacketEvent event);

    void socket(SocketEvent event);

    void nativeOperation(NativeOperationEvent event);

    void process(ProcessEvent event);

    void socketOwner(SocketOwnerEvent event);

    void device(DeviceEvent event);

    void datagram(DatagramEvent event);

    void trouble(TroubleEvent event);
}
