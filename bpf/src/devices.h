/* SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause */
/*
 * Network devices: their names in namespaces other than the JVM's, and which of several stacked ones counts for a packet
 * that passes them all.
 */
#ifndef NETFLIGHT_DEVICES_H
#define NETFLIGHT_DEVICES_H

struct device_key {
	__u32 netns;
	__u32 ifindex;
};

struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 1024);
	__type(key, struct device_key);
	__type(value, __u8);
} told_devices SEC(".maps");

/*
 * The JVM can ask for names in its own network namespace only. A device that was renamed keeps its name in the capture, as
 * one in the JVM's namespace does.
 */
static __noinline int tell_device(struct net_device *dev, __u32 netns)
{
	struct device_key key = { .netns = netns, .ifindex = BPF_CORE_READ(dev, ifindex) };
	struct interface_record *r;
	__u8 one = 1;

	if (bpf_map_lookup_elem(&told_devices, &key))
		return 0;
	r = bpf_ringbuf_reserve(&records, sizeof(*r), 0);
	if (!r) {
		COUNT(records_lost);
		return 0;
	}
	r->header.mono_nanos = bpf_ktime_get_ns();
	r->header.cookie = 0;
	r->header.kind = RECORD_INTERFACE;
	r->header.netns = netns;
	r->ifindex = key.ifindex;
	r->pad = 0;
	BPF_CORE_READ_INTO(&r->name, dev, name);
	bpf_ringbuf_submit(r, wakeup());
	bpf_map_update_elem(&told_devices, &key, &one, BPF_ANY);
	return 0;
}

/* Where a packet that no route is known of was seen first. */
struct first_device {
	__u32 ifindex;
	__u32 seq;
};

struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 1024);
	__type(key, __u64);
	__type(value, struct first_device);
} unrouted SEC(".maps");

/* A SYN-ACK, or a packet of no socket: its way through the devices is known by the buffer that it lies in. */
static __noinline int was_seen_before(struct sk_buff *skb, __u32 ifindex, __u32 seq)
{
	__u64 key = (__u64)skb;
	struct first_device *first = bpf_map_lookup_elem(&unrouted, &key);
	struct first_device here = { .ifindex = ifindex, .seq = seq };

	/* the same buffer on the same device again is another packet, be it a copy */
	if (first && first->seq == seq && first->ifindex != ifindex)
		return 1;
	bpf_map_update_elem(&unrouted, &key, &here, BPF_ANY);
	return 0;
}

/* What a bridge or a virtual switch receives is received once more, by the device that has the IP address. */
static __always_inline int is_received_again(struct net_device *dev)
{
	__u32 flags = BPF_CORE_READ_BITFIELD_PROBED(dev, priv_flags);
	__u32 again = 0;

	if (bpf_core_enum_value_exists(enum netdev_priv_flags, IFF_BRIDGE_PORT))
		again |= bpf_core_enum_value(enum netdev_priv_flags, IFF_BRIDGE_PORT);
	if (bpf_core_enum_value_exists(enum netdev_priv_flags, IFF_OVS_DATAPATH))
		again |= bpf_core_enum_value(enum netdev_priv_flags, IFF_OVS_DATAPATH);
	return (flags & again) != 0;
}

/* Of a device that lies on another of this namespace, which has seen the packet first; bridges are told apart above. */
static __noinline int was_received_below(struct net_device *dev)
{
	struct list_head *first = BPF_CORE_READ(dev, adj_list.lower.next);
	__u32 flags = BPF_CORE_READ_BITFIELD_PROBED(dev, priv_flags), bridge = 0;

	if ((void *)first == (void *)dev + bpf_core_field_offset(dev->adj_list.lower))
		return 0;
	if (bpf_core_enum_value_exists(enum netdev_priv_flags, IFF_EBRIDGE))
		bridge |= bpf_core_enum_value(enum netdev_priv_flags, IFF_EBRIDGE);
	if (bpf_core_enum_value_exists(enum netdev_priv_flags, IFF_OPENVSWITCH))
		bridge |= bpf_core_enum_value(enum netdev_priv_flags, IFF_OPENVSWITCH);
	if (flags & bridge)
		return 0;
	struct netdev_adjacent *below = (void *)first - bpf_core_field_offset(struct netdev_adjacent, list);

	return BPF_CORE_READ(below, dev, nd_net.net) == BPF_CORE_READ(dev, nd_net.net);
}

/*
 * Stacked devices pass a packet on, and it counts once. Outbound at the upper one, to which the route leads. Inbound at the
 * lowest, where the tracepoint is: bonds, VLANs and macvlans take a packet from there after that, without a word but to tc.
 */
static __always_inline int is_passed_on(struct sk_buff *skb, struct net_device *dev, const int where, const int egress,
					__u32 seq)
{
	if (where == AT_CGROUP)
		return 0;
	if (!egress)
		return is_received_again(dev) || (where == AT_TC && was_received_below(dev));
	struct sock *sk = skb->sk;

	if (!sk)
		return was_seen_before(skb, dev->ifindex, seq);
	__u8 state = sk->__sk_common.skc_state;

	/* mini sockets have no route */
	if (state == TCP_TIME_WAIT || state == TCP_NEW_SYN_RECV)
		return was_seen_before(skb, dev->ifindex, seq);
	struct dst_entry *route = sk->sk_dst_cache;
	struct net_device *routed = route ? route->dev : 0;

	return routed ? routed != dev : was_seen_before(skb, dev->ifindex, seq);
}

#endif
