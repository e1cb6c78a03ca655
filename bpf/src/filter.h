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
#define FILTER_CANNOT_SAY 3	/* not of a filter: there was no room to copy to */

/* what marks the stubs */
#define FILTER_ETHERNET	0x70634d01
#define FILTER_IP	0x70634d02

struct filter_room {
	__u8 bytes[FILTER_ROOM];
	__u64 taken;		/* of one that is not a direction's */
};

/*
 * One for each direction: on one processor the program of arriving packets interrupts that of leaving ones. Outbound
 * programs of control groups run where others may interrupt and preempt them: they take one that is free. So do those that ask
 * about connections (left_out.h), of the last ones.
 */
#define CGROUP_ROOMS	8	/* and CONNECTION_ROOMS, set before load */
#define CONNECTION_ROOMS 2
struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 2 + CONNECTION_ROOMS);
	__type(key, __u32);
	__type(value, struct filter_room);
} filter_rooms SEC(".maps");

static __always_inline struct filter_room *take_free_room(__u32 first, const int count)
{
	for (int i = 0; i < count; i++) {
		__u32 key = first + i;
		struct filter_room *room = bpf_map_lookup_elem(&filter_rooms, &key);

		if (room && !__sync_val_compare_and_swap(&room->taken, 0, 1))
			return room;
	}
	return 0;
}

static __always_inline void leave_room(struct filter_room *room)
{
	__sync_lock_test_and_set(&room->taken, 0);
}

static __always_inline struct filter_room *take_room(const int where, __u32 egress)
{
	return where == AT_CGROUP ? take_free_room(0, CGROUP_ROOMS) : bpf_map_lookup_elem(&filter_rooms, &egress);
}

const volatile __u32 has_filter = 0;
const volatile __u32 filter_sees_tags = 0;	/* the expression speaks of vlan */

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

/*
 * What a filter is to see of the link layer. tcpdump's filter runs behind the place where the kernel takes a tag out of a
 * packet: to an expression that says nothing of vlan the tag is not there, and its length never counts. One that does
 * gets it where it stood on the wire.
 */
struct filter_view {
	__u32 link_length;	/* in the packet, with tags that stand in it */
	__u32 in_front;		/* of that what stands before the data */
	__u32 insert;		/* a tag to put in, network order, 0 for none */
	__u32 cut;		/* length of a tag to leave out */
};

/* Copies the front of the linear part. Returns its length. */
static __always_inline __u32 copy_front(__u8 *to, struct sk_buff *skb, struct filter_view *view, const int at_link)
{
	void *from = (void *)skb->head + skb->mac_header;
	__u64 n = skb->len - skb->data_len + view->in_front;

	if (!view->link_length)	/* the IP header, whatever lies before */
		from = at_link ? (void *)skb->head + skb->network_header : (void *)skb->data;
	if (!view->insert && !view->cut) {
		barrier_var(n);
		if (n > FILTER_FIRST)
			n = FILTER_FIRST;
		return bpf_probe_read_kernel(to, n, from) ? 0 : n;
	}
	if (bpf_probe_read_kernel(to, TAG_AT, from))
		return 0;
	n -= TAG_AT + view->cut;
	barrier_var(n);
	if (n > FILTER_FIRST)
		n = FILTER_FIRST;
	if (view->cut)
		return bpf_probe_read_kernel(to + TAG_AT, n, from + TAG_AT + TAG_LENGTH) ? 0 : n + TAG_AT;
	*(__u32 *)(to + TAG_AT) = view->insert;
	return bpf_probe_read_kernel(to + TAG_AT + TAG_LENGTH, n, from + TAG_AT) ? 0 : n + TAG_AT + TAG_LENGTH;
}

/* Copies what lies above the link layer, pages too. Returns how much of the whole frame is there then. */
static __always_inline __u32 copy_more(__u8 *to, struct sk_buff *skb, void *context, struct filter_view *view)
{
	__u32 skipped = view->link_length - view->in_front;
	__u64 header = view->link_length + (view->insert ? TAG_LENGTH : 0) - view->cut, n = skb->len - skipped;

	barrier_var(header);
	if (header > LINK_ROOM)
		return 0;
	barrier_var(n);
	if (n > FILTER_ROOM - LINK_ROOM)
		n = FILTER_ROOM - LINK_ROOM;
	return read_packet(to + header, n, skb, context, skipped) ? 0 : header + n;
}

/* Not in a loop: the verifier of 6.1 takes a call of our own at its end for a jump back. */
static __always_inline int ask_filter(const __u8 *bytes, __u32 link_length, __u32 length, __u32 there, __u32 egress)
{
	return link_length ? filter_ethernet(bytes, length, there, egress) : filter_ip(bytes, length, there, egress);
}

/*
 * A filter's verdict on a packet: FILTER_ACCEPTS, FILTER_REJECTS or FILTER_CANNOT_SAY. Most filters ask for headers, so these
 * are copied first, and payload only for one that asks for it; where it cannot be read (!config.whole_packets) such a filter
 * does not accept. length: with all tags; inside: length of the tags in the packet.
 */
static __always_inline int passes_filter(struct sk_buff *skb, struct packet *p, __u32 length, __u32 inside,
					 const int where, const int egress)
{
	const int at_link = begins_at_link(where, egress);
	/* behind the tracepoint the kernel takes the outer tag out of an arriving packet */
	const int has_outer = where == AT_TRACEPOINT && !egress;
	__u32 link_length = p->link_length, beside = p->tag, there;
	struct filter_view view = { .link_length = link_length - (beside ? TAG_LENGTH : 0) };
	struct filter_room *room = take_room(where, egress);
	int verdict;

	if (!room)
		return FILTER_CANNOT_SAY;
	view.in_front = !at_link && link_length ? ETH_HLEN : 0;
	if (beside || (has_outer && inside))
		length -= TAG_LENGTH;
	if (filter_sees_tags)
		view.insert = beside;
	else if (!beside && has_outer && inside)
		view.cut = TAG_LENGTH;
	there = copy_front(room->bytes, skb, &view, at_link);
	verdict = ask_filter(room->bytes, link_length, length, there, egress);
	if (verdict == FILTER_WANTS_MORE && there < length + TAG_LENGTH && config.whole_packets) {
		there = copy_more(room->bytes, skb, p->context, &view);
		verdict = ask_filter(room->bytes, link_length, length, there, egress);
	}
	if (where == AT_CGROUP)
		leave_room(room);
	return verdict == FILTER_ACCEPTS ? FILTER_ACCEPTS : FILTER_REJECTS;
}

#endif
