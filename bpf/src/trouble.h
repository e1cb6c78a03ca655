/* SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause */
/*
 * What goes wrong on the way of followed sockets: segments that are sent again, resets, and packets that the kernel throws
 * away. Rare, each with a record of its own; which of them have one says reader.wanted.
 */
#ifndef NETFLIGHT_TROUBLE_H
#define NETFLIGHT_TROUBLE_H

#define TCP_RST		4
#define TCP_HEADER	20
#define ROUTE_NOT_COUNTED 1ULL	/* SKB_DST_NOREF, in the address of a packet's route */

/* A place in the kernel's code whose name stands in a record already. */
struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 256);
	__type(key, __u64);
	__type(value, __u8);
} told_places SEC(".maps");

static __always_inline struct trouble_record *reserve_trouble(__u8 what, __u64 cookie, const struct tuple *t)
{
	struct trouble_record *r = bpf_ringbuf_reserve(&records, sizeof(*r), 0);

	if (!r) {
		COUNT(records_lost);
		return 0;
	}
	__builtin_memset(r, 0, sizeof(*r));
	r->header.mono_nanos = bpf_ktime_get_ns();
	r->header.cookie = cookie;
	r->header.kind = RECORD_TROUBLE;
	r->header.netns = t->netns;
	__builtin_memcpy(r->local_address, t->local, 16);
	__builtin_memcpy(r->remote_address, t->remote, 16);
	r->local_port = t->ports;
	r->remote_port = t->ports >> 16;
	r->what = what;
	r->protocol = IPPROTO_TCP;
	r->reason = REASON_UNKNOWN;
	return r;
}

/* Under which cookie a TCP socket is followed, and its addresses; 0 if it is not. Not for mini sockets. */
static __always_inline __u64 followed_stream(struct sock *sk, struct tuple *t)
{
	if (!tuple_of(sk, t, 0))
		return 0;
	if (BPF_CORE_READ(sk, __sk_common.skc_state) == TCP_SYN_SENT) {
		/* before its SYN has left, or had to, it is in no table of tuples */
		__u64 cookie = BPF_CORE_READ(sk, __sk_common.skc_cookie.counter);

		return bpf_map_lookup_elem(&connecting, &cookie) ? cookie : 0;
	}
	return is_followed_port(t->ports & 0xffff) ? find_connection(t) : 0;
}

static __always_inline int is_mini_socket(struct sock *sk)
{
	__u8 state = BPF_CORE_READ(sk, __sk_common.skc_state);

	return state == TCP_TIME_WAIT || state == TCP_NEW_SYN_RECV;
}

/* The kernel counts segments, of which one buffer may have several. */
SEC("tp_btf/tcp_retransmit_skb")
int BPF_PROG(handle_retransmission, struct sock *sk, struct sk_buff *skb)
{
	struct tcp_skb_cb *cb = (void *)skb + bpf_core_field_offset(skb->cb);
	struct tuple t;
	__u64 cookie;

	if (!(reader.wanted & WANTED_RETRANSMISSIONS))
		return 0;
	cookie = followed_stream(sk, &t);
	if (!cookie)
		return 0;
	struct trouble_record *r = reserve_trouble(TROUBLE_RETRANSMISSION, cookie, &t);

	if (!r)
		return 0;
	r->seq = BPF_CORE_READ(cb, seq);
	r->tcp_flags = BPF_CORE_READ(cb, tcp_flags);
	r->payload_length = BPF_CORE_READ(cb, end_seq) - r->seq - !!(r->tcp_flags & TCP_SYN) - !!(r->tcp_flags & TCP_FIN);
	r->segments = BPF_CORE_READ(cb, tcp_gso_segs);
	r->state = BPF_CORE_READ(sk, __sk_common.skc_state);
	r->outbound = 1;
	bpf_ringbuf_submit(r, wakeup());
	return 0;
}

/* A SYN-ACK, which no socket has sent but a request for one. */
SEC("tp_btf/tcp_retransmit_synack")
int BPF_PROG(handle_synack_again, struct sock *sk, struct request_sock *request)
{
	struct sock *as_sock = (struct sock *)request;
	struct tuple t;
	__u64 cookie;

	if (!(reader.wanted & WANTED_RETRANSMISSIONS) || !tuple_of(as_sock, &t, 0))
		return 0;
	/* of a request the port lies elsewhere than of a socket */
	t.ports = (t.ports & 0xffff0000) | BPF_CORE_READ(as_sock, __sk_common.skc_num);
	if (!is_followed_port(t.ports & 0xffff))
		return 0;
	cookie = find_connection(&t);
	if (!cookie)
		return 0;
	struct trouble_record *r = reserve_trouble(TROUBLE_RETRANSMISSION, cookie, &t);

	if (!r)
		return 0;
	r->seq = BPF_CORE_READ((struct tcp_request_sock *)request, snt_isn);
	r->tcp_flags = TCP_SYN | TCP_ACK;
	r->segments = 1;
	r->state = TCP_NEW_SYN_RECV;
	r->outbound = 1;
	bpf_ringbuf_submit(r, wakeup());
	return 0;
}

static __always_inline void *network_header(struct sk_buff *skb)
{
	return (void *)BPF_CORE_READ(skb, head) + BPF_CORE_READ(skb, network_header);
}

/*
 * In answer to a packet, for which there may be no socket any more; or by a socket that is closed in the middle of its
 * work. Either may be NULL.
 */
SEC("tp_btf/tcp_send_reset")
int BPF_PROG(handle_reset_sent, struct sock *sk, struct sk_buff *skb)
{
	struct packet p = { .protocol = IPPROTO_TCP };
	__u64 cookie;

	if (!(reader.wanted & WANTED_RESETS))
		return 0;
	if (skb) {
		if (!parse(network_header(skb), BPF_CORE_READ(skb, protocol), 0, &p) || p.protocol != IPPROTO_TCP)
			return 0;
		/* a packet that a socket has got has lost its device */
		if (sk)
			p.tuple.netns = BPF_CORE_READ(sk, __sk_common.skc_net.net, ns.inum);
		else
			p.tuple.netns = BPF_CORE_READ(skb, dev, nd_net.net, ns.inum);
		cookie = find_connection(&p.tuple);
	} else {
		if (!sk || is_mini_socket(sk))
			return 0;
		cookie = followed_stream(sk, &p.tuple);
	}
	if (!cookie)
		return 0;
	struct trouble_record *r = reserve_trouble(TROUBLE_RESET, cookie, &p.tuple);

	if (!r)
		return 0;
	r->tcp_flags = TCP_RST;
	r->outbound = 1;
	if (sk)
		r->state = BPF_CORE_READ(sk, __sk_common.skc_state);
	if (bpf_core_type_exists(enum sk_rst_reason))	/* 6.10+, and with it the argument */
		r->reason = ctx[2];
	bpf_ringbuf_submit(r, wakeup());
	return 0;
}

SEC("tp_btf/tcp_receive_reset")
int BPF_PROG(handle_reset_received, struct sock *sk)
{
	struct tuple t;
	__u64 cookie;

	if (!(reader.wanted & WANTED_RESETS))
		return 0;
	cookie = followed_stream(sk, &t);
	if (!cookie)
		return 0;
	struct trouble_record *r = reserve_trouble(TROUBLE_RESET, cookie, &t);

	if (!r)
		return 0;
	r->tcp_flags = TCP_RST;
	r->state = BPF_CORE_READ(sk, __sk_common.skc_state);
	bpf_ringbuf_submit(r, wakeup());
	return 0;
}

/* ---- packets that are thrown away ------------------------------------------------------------------------------ */

/* Outbound TCP, with or without an IP header yet. Returns whether it is of a followed socket. */
static __always_inline int dropped_stream(struct sk_buff *skb, struct sock *sk, struct packet *p)
{
	__u64 tcp = (__u64)BPF_CORE_READ(skb, head) + skb->transport_header;
	__u64 end = (__u64)BPF_CORE_READ(skb, data) + skb->len;
	__u8 b[TCP_HEADER] __attribute__((aligned(4)));

	p->cookie = followed_stream(sk, &p->tuple);
	if (!p->cookie || bpf_probe_read_kernel(b, sizeof(b), (void *)tcp))
		return 0;
	p->seq = bpf_ntohl(*(__u32 *)(b + 4));
	p->ack = bpf_ntohl(*(__u32 *)(b + 8));
	p->tcp_flags = b[13];
	p->payload_length = end - tcp - (b[12] >> 4) * 4;
	return 1;
}

/* One that a socket has got has lost its device, and mostly still has its route. */
static __always_inline __u32 namespace_of(struct sk_buff *skb)
{
	struct net_device *dev = skb->dev;
	struct sock *sk = skb->sk;

	if (sk)
		return BPF_CORE_READ(sk, __sk_common.skc_net.net, ns.inum);
	if (!dev) {
		struct dst_entry *route = (void *)(skb->_skb_refdst & ~ROUTE_NOT_COUNTED);

		dev = route ? BPF_CORE_READ(route, dev) : 0;
	}
	return dev ? BPF_CORE_READ(dev, nd_net.net, ns.inum) : own_netns;
}

static __always_inline int dropped_segment(struct sk_buff *skb, struct packet *p)
{
	p->cookie = find_connection(&p->tuple);
	if (!p->cookie && !p->egress && (p->tcp_flags & (TCP_SYN | TCP_ACK)) == TCP_SYN)
		p->cookie = listener_of(&p->tuple);
	if (!p->egress && (__u64)BPF_CORE_READ(skb, data) > (__u64)BPF_CORE_READ(skb, head) + skb->transport_header) {
		/* in a receive queue several segments become one buffer with the first one's header; a FIN alone is no loss */
		p->payload_length = skb->len;
		if (!p->payload_length)
			return 0;
	}
	return p->cookie != 0;
}

static __noinline int dropped_datagram(struct sk_buff *skb, struct packet *p)
{
	__u64 head = (__u64)BPF_CORE_READ(skb, head), at = (__u64)skb;

	if (!p || p->fragment == 2)
		return 0;
	if (p->egress) {
		__u64 socket = (__u64)BPF_CORE_READ(skb, sk);
		struct datagram_socket *s = bpf_map_lookup_elem(&datagram_sockets, &socket);
		struct departure *d = bpf_map_lookup_elem(&departures, &at);

		if (!s || !is_open(socket, s->cookie, s->tuple.ports & 0xffff))
			return 0;
		p->cookie = s->id;
		p->seq = d ? d->number : 0;
		return 1;
	}
	struct arrival *a = bpf_map_lookup_elem(&arrivals, &head);

	if (a && !a->shared && is_of(&p->tuple, a)) {
		p->cookie = a->id;
		p->seq = a->number;
		return 1;
	}
	struct datagram_port *port = port_of(p);

	if (!port)
		return 0;
	p->cookie = port->id;
	return 1;
}

/* By its headers: what has arrived, and what is sent on behalf of no full socket, or of one of UDP. */
static __always_inline int dropped_packet(struct sk_buff *skb, struct packet *p)
{
	if (!parse(network_header(skb), skb->protocol, p->egress, p))
		return 0;
	p->tuple.netns = namespace_of(skb);
	return p->protocol == IPPROTO_UDP ? dropped_datagram(skb, p) : dropped_segment(skb, p);
}

static __always_inline void name_place(struct trouble_record *r, __u64 place)
{
	__u8 one = 1;

	r->place = place;
	if (bpf_map_lookup_elem(&told_places, &place))
		return;
	BPF_SNPRINTF((char *)r->place_name, sizeof(r->place_name), "%pB", place);
	bpf_map_update_elem(&told_places, &place, &one, BPF_ANY);
}

/* Before handle_datagram_dropped, which forgets the datagram. */
SEC("tp_btf/kfree_skb")
int BPF_PROG(handle_drop, struct sk_buff *skb, void *place)
{
	struct packet p = { .protocol = IPPROTO_TCP };
	struct sock *sk = skb->sk;

	if (!(reader.wanted & WANTED_DROPS))
		return 0;
	/* what has been received has a device that it came by; what has no sender has arrived too */
	p.egress = sk && !skb->skb_iif;
	if (!(p.egress && !is_mini_socket(sk) && BPF_CORE_READ(sk, sk_protocol) == IPPROTO_TCP &&
	      dropped_stream(skb, sk, &p)) && !dropped_packet(skb, &p))
		return 0;
	struct trouble_record *r = reserve_trouble(TROUBLE_DROP, p.cookie, &p.tuple);

	if (!r)
		return 0;
	r->protocol = p.protocol;
	r->seq = p.seq;
	r->ack = p.ack;
	r->tcp_flags = p.protocol == IPPROTO_TCP ? p.tcp_flags : p.fragment;
	r->payload_length = p.payload_length;
	r->outbound = p.egress;
	if (bpf_core_type_exists(enum skb_drop_reason))	/* 5.17+, and with it the argument */
		r->reason = ctx[2];
	name_place(r, (__u64)place);
	bpf_ringbuf_submit(r, wakeup());
	return 0;
}

#endif
