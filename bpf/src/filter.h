/* SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause */
/*
 * Where a pcap-filter(7) expression stands in the programs of packets. User space has libpcap compile it, translates the
 * result into eBPF and puts a call to that into the two stubs below (dev.netflight.filter). Without an expression
 * has_filter is 0 before load, and the verifier takes all of it out.
 */
#ifndef NETFLIGHT_FILTER_H
#define NETFLIGHT_FILTER_H

#define FILTER_FIRST	256	/* bytes that a filter gets to see at first, of the packet's linear part */
#define FILTER_ROOM	2048	/* the most that it can ever see: packets of an Ethernet are shorter */
#define LINK_ROOM	32	/* the longest link-layer header, with its tag */

/* verdicts of a filter */
#define FILTER_REJECTS	0
#define FILTER_ACCEPTS	1
#define FILTER_WANTS_MORE 2	/* it asked for a byte that was not copied */

/* what marks the stubs */
#define FILTER_ETHERNET	0x70634d01
#define FILTER_IP	0x70634d02

struct filter_room {
	__u8 bytes[FILTER_ROOM];
};

/* One for each direction: on one processor the program of arriving packets interrupts that of leaving ones. */
struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 2);
	__type(key, __u32);
	__type(value, struct filter_room);
} filter_rooms SEC(".maps");

const volatile __u32 has_filter = 0;

/* bytes: of a filter_room; length: on the wire; captured: of it in the room */
static __noinline int filter_ethernet(const __u8 *bytes, __u32 length, __u32 captured, __u32 egress)
{
	int verdict;

	asm volatile("%0 = %1" : "=r"(verdict) : "i"(FILTER_ETHERNET), "r"(bytes), "r"(length), "r"(captured), "r"(egress));
	return verdict;
}

/* The same for a device without a link layer: the bytes begin with the IP header. */
static __noinline int filter_ip(const __u8 *bytes, __u32 length, __u32 captured, __u32 egress)
{
	int verdict;

	asm volatile("%0 = %1" : "=r"(verdict) : "i"(FILTER_IP), "r"(bytes), "r"(length), "r"(captured), "r"(egress));
	return verdict;
}

/* A VLAN tag that stands beside the packet and not in it, as it would stand in it; 0 for none. Network order. */
static __always_inline __u32 tag_beside(struct sk_buff *skb)
{
	int present;

	if (bpf_core_field_exists(skb->vlan_present))	/* until 6.1 */
		present = BPF_CORE_READ_BITFIELD(skb, vlan_present);
	else
		present = skb->vlan_all != 0;
	return present ? (__u32)bpf_htons(skb->vlan_tci) << 16 | skb->vlan_proto : 0;
}

/* Copies the front of the linear part, a tag put where a reader of the frame expects it. Returns its length. */
static __always_inline __u32 copy_front(__u8 *to, struct sk_buff *skb, __u32 link_length, __u32 tag, const int egress)
{
	void *from = (void *)skb->head + skb->mac_header;
	__u64 n = skb->len - skb->data_len + (egress ? 0 : link_length);

	if (!link_length)	/* the IP header, whatever lies before */
		from = egress ? (void *)skb->head + skb->network_header : (void *)skb->data;
	if (!tag) {
		barrier_var(n);
		if (n > FILTER_FIRST)
			n = FILTER_FIRST;
		return bpf_probe_read_kernel(to, n, from) ? 0 : n;
	}
	n -= 2 * ETH_ALEN;
	barrier_var(n);
	if (n > FILTER_FIRST)
		n = FILTER_FIRST;
	*(__u32 *)(to + 2 * ETH_ALEN) = tag;
	if (bpf_probe_read_kernel(to, 2 * ETH_ALEN, from) ||
	    bpf_probe_read_kernel(to + 2 * ETH_ALEN + sizeof(tag), n, from + 2 * ETH_ALEN))
		return 0;
	return n + 2 * ETH_ALEN + sizeof(tag);
}

/* Copies what lies above the link layer, pages too. Returns how much of the whole frame is there then. */
static __always_inline __u32 copy_more(__u8 *to, struct sk_buff *skb, __u32 link_length, __u32 tag, const int egress)
{
	__u32 skipped = egress ? link_length : 0;	/* inbound the data begins behind the link-layer header */
	__u64 header = link_length + (tag ? sizeof(tag) : 0), n = skb->len - skipped;
	struct bpf_dynptr packet;

	if (bpf_dynptr_from_skb(skb, 0, &packet))
		return 0;
	barrier_var(header);
	if (header > LINK_ROOM)
		return 0;
	barrier_var(n);
	if (n > FILTER_ROOM - LINK_ROOM)
		n = FILTER_ROOM - LINK_ROOM;
	return bpf_dynptr_read(to + header, n, &packet, skipped, 0) ? 0 : header + n;
}

/*
 * Whether the filter accepts a packet. It sees what tcpdump's would: the frame with its tag. Most filters ask for
 * headers, so these are copied first, and payload only for one that asks for it; where it cannot be read
 * (!config.whole_packets) such a filter does not accept. length: without a tag that stands beside the packet.
 */
static __always_inline int passes_filter(struct sk_buff *skb, __u32 link_length, __u32 length, const int egress)
{
	__u32 tag = link_length ? tag_beside(skb) : 0, key = egress, there;
	struct filter_room *room = bpf_map_lookup_elem(&filter_rooms, &key);
	int verdict;

	if (!room)
		return 0;
	if (tag)
		length += sizeof(tag);
	there = copy_front(room->bytes, skb, link_length, tag, egress);
	for (int attempt = 0; ; attempt++) {
		if (link_length)
			verdict = filter_ethernet(room->bytes, length, there, egress);
		else
			verdict = filter_ip(room->bytes, length, there, egress);
		if (verdict != FILTER_WANTS_MORE || attempt || there >= length || !config.whole_packets)
			return verdict == FILTER_ACCEPTS;
		there = copy_more(room->bytes, skb, link_length, tag, egress);
	}
}

#endif
