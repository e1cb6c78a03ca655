/* SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause */
/*
 * VLAN tags. One may stand in the packet, where the wire has it, or beside it in the sk_buff, where devices put it that
 * add and remove tags themselves. A capture shows both in the frame, as tcpdump does.
 */
#ifndef NETFLIGHT_VLAN_H
#define NETFLIGHT_VLAN_H

#define ETH_P_8021Q	0x8100
#define ETH_P_8021AD	0x88A8
#define ETH_ALEN	6
#define TAG_LENGTH	4
#define TAG_AT		(2 * ETH_ALEN)	/* behind the addresses */
#define MOST_TAGS	2		/* that may stand in a packet */

static __always_inline int is_tag(__be16 protocol)
{
	return protocol == bpf_htons(ETH_P_8021Q) || protocol == bpf_htons(ETH_P_8021AD);
}

/* The tag that stands beside a packet, as it would stand in it; 0 for none. Network order. */
static __always_inline __u32 tag_beside(struct sk_buff *skb)
{
	int present;

	if (bpf_core_field_exists(skb->vlan_present))	/* until 6.1 */
		present = BPF_CORE_READ_BITFIELD(skb, vlan_present);
	else
		present = skb->vlan_all != 0;
	return present ? (__u32)bpf_htons(skb->vlan_tci) << 16 | skb->vlan_proto : 0;
}

/*
 * Passes over the tags in an inbound packet, whose data begins behind the link-layer header that has none. Returns the
 * protocol above them; *tags becomes their length.
 */
static __noinline __be16 protocol_above_tags(void *network, __be16 protocol, __u32 *tags)
{
	__be16 above[2];	/* what a tag says of itself, and of what follows */

	if (!tags)
		return 0;
	for (int i = 0; i < MOST_TAGS && is_tag(protocol); i++) {
		if (bpf_probe_read_kernel(above, sizeof(above), network + *tags))
			return 0;
		protocol = above[1];
		*tags += TAG_LENGTH;
	}
	return protocol;
}

/* The same for an outbound one, of which the kernel knows where the network header is. */
static __noinline __be16 protocol_below_network(struct sk_buff *skb)
{
	__be16 protocol = 0;

	bpf_probe_read_kernel(&protocol, sizeof(protocol), skb->head + skb->network_header - sizeof(protocol));
	return protocol;
}

/* Fills a record's data for a packet whose tag stands beside it; n bytes, the tag counted. room: of the record's data. */
static __noinline int fill_tagged(struct packet_record *r, struct sk_buff *skb, struct packet *p, __u64 n,
				  const __u32 room)
{
	if (!p)
		return 0;
	__u32 in_front = backend == AT_TC || r->direction == EGRESS ? 0 : ETH_HLEN;	/* of the data */
	__u64 linear = skb->len - skb->data_len + in_front;
	void *link = skb->head + skb->mac_header;

	r->captured_length = 0;
	if (linear < ETH_HLEN || bpf_probe_read_kernel(r->data, TAG_AT, link))
		return 0;
	if (n <= TAG_AT) {
		r->captured_length = n;
		return 0;
	}
	*(__u32 *)(r->data + TAG_AT) = p->tag;
	if (n <= ETH_HLEN + TAG_LENGTH || n - TAG_LENGTH <= linear || !config.whole_packets) {
		n -= TAG_AT + TAG_LENGTH;
		if ((__s64)n < 0)
			n = 0;
		if (n > linear - TAG_AT)
			n = linear - TAG_AT;
		barrier_var(n);
		if (n > room - TAG_AT - TAG_LENGTH)
			n = room - TAG_AT - TAG_LENGTH;
		if (!bpf_probe_read_kernel(r->data + TAG_AT + TAG_LENGTH, n, link + TAG_AT))
			r->captured_length = TAG_AT + TAG_LENGTH + n;
		return 0;
	}
	if (bpf_probe_read_kernel(r->data + TAG_AT + TAG_LENGTH, ETH_HLEN - TAG_AT, link + TAG_AT))
		return 0;
	n -= ETH_HLEN + TAG_LENGTH;
	barrier_var(n);
	if (n <= room - ETH_HLEN - TAG_LENGTH &&
	    !read_packet(r->data + ETH_HLEN + TAG_LENGTH, n, skb, p->context, ETH_HLEN - in_front))
		r->captured_length = ETH_HLEN + TAG_LENGTH + n;
	return 0;
}

#endif
