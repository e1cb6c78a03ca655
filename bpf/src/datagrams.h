/* SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause */
/*
 * UDP. A datagram has no sequence number, so it gets one: outbound where its sender queues it, inbound where it
 * arrives. User space joins by these numbers as it joins TCP by positions in the stream.
 *
 * Outbound the sender's own thread meets the datagram in net_dev_queue, unless it has to wait; its skb leads from there to
 * the device, however much later. The packet hooks of tc and cgroup come before that: there the packet gets its number, and
 * net_dev_queue tells whose it is. Inbound the reader's thread is met when its read has ended, and then the datagram is gone. But what lies
 * first in the socket's queue at that moment is what the next read will take: so each read but that of a datagram which
 * came to an idle socket is exact. For those the record says what is still queued, and user space sees what is left.
 *
 * A datagram is known by the address of its buffer (skb->head), which clones and reassembly keep. Where something on its
 * way has copied it, nothing is found under the new address, and nothing is claimed.
 */
#ifndef NETFLIGHT_DATAGRAMS_H
#define NETFLIGHT_DATAGRAMS_H

#define MAX_DATAGRAM_SOCKETS	16384
#define MAX_WAITING		16384	/* datagrams between device and call */
#define MADE_UP_COOKIE		(1ULL << 62)	/* sockets of native code have no cookie when they first send */
#define UDP_HEADER		8
#define IP_MF			0x2000
#define IP_OFFSET		0x1fff
#define UNCERTAIN_NANOS		10000000	/* how long a datagram may be on its way from the device to the socket */

/* datagram_socket.next: what the next read will take */
#define NEXT_UNKNOWN	0	/* one of which there is no record */
#define NEXT_EMPTY	1	/* one that has not come yet */
#define NEXT_KNOWN	2

#define PORT_IPV4	1
#define PORT_IPV6	2
#define PORT_SHARED	4	/* several of our sockets have this address */

struct datagram_socket {
	__u64 id;		/* what records call its cookie */
	__u64 cookie;		/* 0 while it has none */
	struct tuple tuple;	/* local address 0 for any */
	__u64 next_head;
	__u64 read_nanos;	/* when the last read ended */
	__u64 empty_nanos;	/* when it was last seen empty */
	__u32 next_number;
	__u32 next;
	__u64 sending;		/* the operation that sent the last datagram, and its number */
	__u32 sent_number;
	__u32 pad;
};

/* By the address of the kernel's struct sock. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__uint(max_entries, MAX_DATAGRAM_SOCKETS);
	__type(key, __u64);
	__type(value, struct datagram_socket);
} datagram_sockets SEC(".maps");

struct datagram_address {
	__u64 address[2];
	__u32 port;
	__u32 netns;
};

struct datagram_port {
	__u64 socket;
	__u64 id;
	__u64 cookie;
	__u64 remote[2];
	__u64 unrecorded_nanos;	/* when a datagram last came that left no record */
	__u32 remote_port;	/* 0: not connected */
	__u32 flags;
};

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__uint(max_entries, MAX_DATAGRAM_SOCKETS);
	__type(key, struct datagram_address);
	__type(value, struct datagram_port);
} datagram_ports SEC(".maps");

struct departure {
	__u64 operation;
	__u32 number;		/* 0: has passed the device; with tc and cgroup: its call has been told */
	__u32 ifindex;
	__u64 flow;		/* with tc and cgroup: where to, to know a packet from a later one in the same buffer */
};

/* By the address of the skb. */
struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, MAX_WAITING);
	__type(key, __u64);
	__type(value, struct departure);
} departures SEC(".maps");

struct arrival {
	__u64 id;
	__u64 nanos;
	__u64 remote[2];
	__u32 remote_port;
	__u32 number;
	__u32 length;
	__u32 shared;		/* several sockets may get it */
};

/* By the address of the skb's buffer. */
struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, MAX_WAITING);
	__type(key, __u64);
	__type(value, struct arrival);
} arrivals SEC(".maps");

struct fragment_key {
	__u64 local[2];
	__u64 remote[2];
	__u32 netns;
	__u32 identification;
};

struct fragment_owner {
	__u64 id;
	__u32 number;
	__u32 ports;
};

/* Datagrams of ours whose first fragment has come: only that one has ports. */
struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 4096);
	__type(key, struct fragment_key);
	__type(value, struct fragment_owner);
} fragments SEC(".maps");

__u32 datagram_number;
__u64 made_up_cookies;

/* Never 0. */
static __always_inline __u32 next_datagram_number(void)
{
	__u32 number = __sync_fetch_and_add(&datagram_number, 1) + 1;

	return number ? number : __sync_fetch_and_add(&datagram_number, 1) + 1;
}

/* ---- whose they are ------------------------------------------------------------------------------------------- */

/* A struct sock may be gone: its memory stays a UDP socket's, and a closed one has no port any more. */
static __always_inline int is_open(__u64 socket, __u64 cookie, __u32 port)
{
	struct sock *sk = (struct sock *)socket;

	if (BPF_CORE_READ(sk, __sk_common.skc_num) != port)
		return 0;
	return !cookie || BPF_CORE_READ(sk, __sk_common.skc_cookie.counter) == cookie;
}

static __always_inline void address_of(const struct tuple *t, struct datagram_address *a)
{
	a->address[0] = t->local[0];
	a->address[1] = t->local[1];
	a->port = t->ports & 0xffff;
	a->netns = t->netns;
}

/*
 * What new entries begin as. They are filled in their places: until 6.12 all functions that call each other have 512 bytes
 * of stack.
 */
const struct datagram_port no_port = {};
const struct datagram_socket no_socket = {};

static __noinline int list_datagrams(__u64 socket, struct datagram_socket *s)
{
	struct sock *sk = (struct sock *)socket;
	struct datagram_address at;

	if (!s || !(s->tuple.ports & 0xffff))
		return 0;
	address_of(&s->tuple, &at);
	struct datagram_port *port = bpf_map_lookup_elem(&datagram_ports, &at);

	if (port && port->socket != socket && is_open(port->socket, port->cookie, at.port)) {
		port->flags |= PORT_SHARED;
		return 0;
	}
	if (!port) {
		if (bpf_map_update_elem(&datagram_ports, &at, (void *)&no_port, BPF_NOEXIST)) {
			COUNT(connections_refused);
			return 0;
		}
		count_port(at.port, 1);
		port = bpf_map_lookup_elem(&datagram_ports, &at);
		if (!port)
			return 0;
	}
	if (port->socket != socket) {
		port->flags = 0;
		port->unrecorded_nanos = 0;
	}
	port->socket = socket;
	port->id = s->id;
	port->cookie = s->cookie;
	port->remote[0] = s->tuple.remote[0];
	port->remote[1] = s->tuple.remote[1];
	port->remote_port = s->tuple.ports >> 16;
	if (BPF_CORE_READ(sk, __sk_common.skc_family) == AF_INET)
		port->flags |= PORT_IPV4;
	else if (BPF_CORE_READ_BITFIELD_PROBED(sk, __sk_common.skc_ipv6only))
		port->flags |= PORT_IPV6;
	else
		port->flags |= PORT_IPV4 | PORT_IPV6;
	return 0;
}

static __noinline int unlist_datagrams(__u64 socket, struct datagram_socket *s)
{
	struct datagram_address at;

	if (!s)
		return 0;
	address_of(&s->tuple, &at);
	struct datagram_port *there = bpf_map_lookup_elem(&datagram_ports, &at);

	if (there && there->socket == socket && !bpf_map_delete_elem(&datagram_ports, &at))
		count_port(at.port, -1);
	return 0;
}

static __noinline int emit_datagram_socket(struct datagram_socket *s, __u8 state, __u8 flags)
{
	struct socket_record *r;

	if (!s)
		return 0;
	r = bpf_ringbuf_reserve(&records, sizeof(*r), 0);
	if (!r) {
		COUNT(records_lost);
		return 0;
	}
	__builtin_memset(r, 0, sizeof(*r));
	r->header.mono_nanos = bpf_ktime_get_ns();
	r->header.cookie = s->id;
	r->header.kind = RECORD_SOCKET;
	r->header.netns = s->tuple.netns;
	__builtin_memcpy(r->local_address, s->tuple.local, 16);
	__builtin_memcpy(r->remote_address, s->tuple.remote, 16);
	r->local_port = s->tuple.ports;
	r->remote_port = s->tuple.ports >> 16;
	r->tid = current_tid();
	r->protocol = IPPROTO_UDP;
	r->new_state = state;
	r->flags = flags;
	bpf_ringbuf_submit(r, wakeup());
	return 0;
}

/*
 * A datagram of this socket by the address of its buffer. An entry that stayed behind, since nobody could tell when its
 * datagram was read, is of another socket or from before this one was last seen empty.
 */
static __always_inline struct arrival *find_arrival(__u64 head, struct datagram_socket *s)
{
	struct arrival *a = bpf_map_lookup_elem(&arrivals, &head);

	if (!a || (a->id != s->id && !a->shared) || a->nanos + UNCERTAIN_NANOS < s->empty_nanos)
		return 0;
	return a;
}

/* Keeps in mind what the next read will take. */
static __always_inline void look_at_queue(struct sock *sk, struct datagram_socket *s)
{
	__u64 now = bpf_ktime_get_ns();
	struct udp_sock *up = (struct udp_sock *)sk;
	struct sk_buff *first = BPF_CORE_READ(up, reader_queue.next);

	/* a reader empties its own queue before it turns to the one that packets are put into */
	if ((__u64)first == (__u64)&up->reader_queue)
		first = BPF_CORE_READ(sk, sk_receive_queue.next);
	if ((__u64)first == (__u64)&sk->sk_receive_queue) {
		s->next = NEXT_EMPTY;
		s->empty_nanos = now;
		return;
	}
	__u64 head = (__u64)BPF_CORE_READ(first, head);
	struct arrival *a = find_arrival(head, s);

	s->next_head = head;
	s->next_number = a ? a->number : 0;
	s->next = a ? NEXT_KNOWN : NEXT_UNKNOWN;
}

/* Follows a socket from now on, or as it is now. Returns 0 where there is no room. */
static __noinline struct datagram_socket *follow_datagrams(struct sock *sk, __u64 cookie, __u8 flags)
{
	__u64 key = (__u64)sk;
	struct datagram_socket *s = bpf_map_lookup_elem(&datagram_sockets, &key);
	struct tuple t;

	if (!tuple_of(sk, &t, 0))
		return 0;
	if (!t.local[0] && t.local[1] == V4_MAPPED)
		t.local[1] = 0;
	if (s && (!s->cookie || s->cookie == cookie)) {
		if (!s->id)
			return 0;	/* another thread is about to fill it */
		s->cookie = cookie;
		if (same_tuple(&s->tuple, &t))
			return s;
		unlist_datagrams(key, s);
		s->tuple = t;
		list_datagrams(key, s);
		emit_datagram_socket(s, TCP_ESTABLISHED, 0);
		return s;
	}
	if (s)
		unlist_datagrams(key, s);
	if (bpf_map_update_elem(&datagram_sockets, &key, (void *)&no_socket, BPF_ANY)) {
		COUNT(connections_refused);
		return 0;
	}
	s = bpf_map_lookup_elem(&datagram_sockets, &key);
	if (!s)
		return 0;
	s->cookie = cookie;
	s->tuple = t;
	s->id = cookie ? cookie : MADE_UP_COOKIE | (__sync_fetch_and_add(&made_up_cookies, 1) + 1);
	s->read_nanos = bpf_ktime_get_ns();
	if (datagrams_wake)
		wake_calls(FOLLOWED_SOCKET);
	look_at_queue(sk, s);
	list_datagrams(key, s);
	emit_datagram_socket(s, TCP_ESTABLISHED, flags);
	return s;
}

/* What is known of a socket that the process uses; one that no hook has met before is followed from now on. */
static __always_inline struct datagram_socket *followed_datagrams(struct sock *sk)
{
	__u64 key = (__u64)sk;
	__u64 cookie = BPF_CORE_READ(sk, __sk_common.skc_cookie.counter);
	struct datagram_socket *s = bpf_map_lookup_elem(&datagram_sockets, &key);

	if (s && s->cookie == cookie && (s->tuple.ports & 0xffff) == BPF_CORE_READ(sk, __sk_common.skc_num))
		return s;
	return follow_datagrams(sk, cookie, s ? 0 : SOCKET_FOUND);
}

static __always_inline int fits(struct datagram_port *port, struct packet *p)
{
	int ipv4 = !p->tuple.local[0] && (__u32)p->tuple.local[1] == (__u32)V4_MAPPED;

	if (!(port->flags & (ipv4 ? PORT_IPV4 : PORT_IPV6)))
		return 0;
	return !port->remote_port || (port->remote_port == p->tuple.ports >> 16 &&
				      port->remote[1] == p->tuple.remote[1] && port->remote[0] == p->tuple.remote[0]);
}

/* The socket that gets an inbound datagram. */
static __noinline struct datagram_port *port_of(struct packet *p)
{
	struct datagram_address at;
	struct datagram_port *port;

	if (!p)
		return 0;
	address_of(&p->tuple, &at);
	port = bpf_map_lookup_elem(&datagram_ports, &at);
	if (!port || !fits(port, p)) {
		at.address[0] = at.address[1] = 0;
		port = bpf_map_lookup_elem(&datagram_ports, &at);
	}
	if (!port || !fits(port, p))
		return 0;
	if (!is_open(port->socket, port->cookie, at.port)) {
		/* the next sweep tells of its end */
		if (!bpf_map_delete_elem(&datagram_ports, &at))
			count_port(at.port, -1);
		return 0;
	}
	return port;
}

/* ---- packets --------------------------------------------------------------------------------------------------- */

/* `b` has the first 44 bytes from the IP header on. Returns 0 for what is no datagram or has no port of ours. */
static __always_inline int parse_datagram(void *network, __u8 *b, int egress, struct packet *p)
{
	__u32 transport, total, offset = 0, more = 0, ports;

	if (b[0] >> 4 == 4) {
		if (b[9] != IPPROTO_UDP)
			return 0;
		transport = (b[0] & 15) * 4;
		total = bpf_ntohs(*(__u16 *)(b + 2));
		offset = (bpf_ntohs(*(__u16 *)(b + 6)) & IP_OFFSET) * 8;
		more = bpf_ntohs(*(__u16 *)(b + 6)) & IP_MF;
		p->identification = *(__u16 *)(b + 4);
		p->tuple.local[1] = V4_MAPPED | (__u64)*(__u32 *)(b + (egress ? 12 : 16)) << 32;
		p->tuple.remote[1] = V4_MAPPED | (__u64)*(__u32 *)(b + (egress ? 16 : 12)) << 32;
		ports = *(__u32 *)(b + 20);
		if (transport != 20 && bpf_probe_read_kernel(&ports, 4, network + transport))
			return 0;
	} else {
		transport = 40;
		total = 40 + bpf_ntohs(*(__u16 *)(b + 4));
		ports = *(__u32 *)(b + 40);
		if (b[6] == IPPROTO_FRAGMENT) {
			if (b[40] != IPPROTO_UDP)
				return 0;
			offset = bpf_ntohs(*(__u16 *)(b + 42)) & 0xfff8;
			more = bpf_ntohs(*(__u16 *)(b + 42)) & 1;
			transport = 48;
			if (bpf_probe_read_kernel(&p->identification, 4, network + 44) ||
			    bpf_probe_read_kernel(&ports, 4, network + 48))
				return 0;
		} else if (b[6] != IPPROTO_UDP) {
			return 0;
		}
		__builtin_memcpy(p->tuple.local, b + (egress ? 8 : 24), 16);
		__builtin_memcpy(p->tuple.remote, b + (egress ? 24 : 8), 16);
	}
	p->protocol = IPPROTO_UDP;
	p->fragment = offset ? 2 : more ? 1 : 0;
	p->payload_length = total - transport;
	p->ack = more ? LENGTH_UNKNOWN : offset + p->payload_length - UDP_HEADER;
	if (p->fragment == 2)
		return 1;
	__u32 from = bpf_ntohs(ports & 0xffff), to = bpf_ntohs(ports >> 16);

	if (!is_followed_port(egress ? from : to)) {
		if (datagrams_wake && !egress)
			wake_calls(FOLLOWED_PERHAPS);
		return 0;
	}
	p->tuple.ports = egress ? from | to << 16 : to | from << 16;
	p->payload_length -= UDP_HEADER;
	return 1;
}

/* What two packets have in common that lie in one buffer, one after the other, on their way through stacked devices. */
static __always_inline __u64 flow_of(const struct packet *p)
{
	return p->tuple.remote[0] ^ p->tuple.remote[1] ^ (__u64)p->tuple.ports << 16 ^ p->identification;
}

/* At a hook before net_dev_queue, which tells of the call. Returns 0 for what a stacked device has passed on. */
static __noinline int number_outbound(__u64 at, struct packet *p, __u32 ifindex)
{
	if (!p)
		return 0;
	struct departure *before = bpf_map_lookup_elem(&departures, &at);
	struct departure d = { .ifindex = ifindex, .flow = flow_of(p) };

	if (backend == AT_TC && before && before->flow == d.flow && before->ifindex != ifindex)
		return 0;
	p->seq = d.number = next_datagram_number();
	bpf_map_update_elem(&departures, &at, &d, BPF_ANY);
	return 1;
}

static __always_inline int identify_outbound(struct sk_buff *skb, struct net_device *dev, struct packet *p,
					     const int where)
{
	struct sock *sk = skb->sk;
	__u64 key = (__u64)sk, at = (__u64)skb;

	/* a tunnel carries packets of TCP sockets, mini sockets among them */
	if (!sk || sk->__sk_common.skc_state == TCP_TIME_WAIT || sk->__sk_common.skc_state == TCP_NEW_SYN_RECV ||
	    sk->sk_protocol != IPPROTO_UDP)
		return 0;
	if (p->fragment == 2 && !is_followed_port(sk->__sk_common.skc_num))
		return 0;
	struct datagram_socket *s = bpf_map_lookup_elem(&datagram_sockets, &key);

	if (!s || (s->cookie && s->cookie != sk->__sk_common.skc_cookie.counter))
		return 0;
	p->cookie = s->id;
	if (where != AT_TRACEPOINT)
		return number_outbound(at, p, dev->ifindex);
	struct departure *d = bpf_map_lookup_elem(&departures, &at);

	if (d) {
		if (!d->number && d->operation)
			return 0;	/* a stacked device has passed it on */
		p->seq = d->number;
		d->number = 0;
	}
	return 1;
}

static __always_inline int identify_inbound(struct sk_buff *skb, struct packet *p, struct datagram_port **port)
{
	struct fragment_key key = {};
	struct fragment_owner owner = {};

	if (p->fragment) {
		key.local[0] = p->tuple.local[0];
		key.local[1] = p->tuple.local[1];
		key.remote[0] = p->tuple.remote[0];
		key.remote[1] = p->tuple.remote[1];
		key.netns = p->tuple.netns;
		key.identification = p->identification;
	}
	if (p->fragment == 2) {
		struct fragment_owner *first = bpf_map_lookup_elem(&fragments, &key);

		if (!first)
			return 0;
		p->cookie = first->id;
		p->seq = first->number;
		p->tuple.ports = first->ports;
		return 1;
	}
	*port = port_of(p);
	if (!*port)
		return 0;
	p->cookie = (*port)->id;
	p->seq = next_datagram_number();
	if (p->fragment) {
		owner.id = p->cookie;
		owner.number = p->seq;
		owner.ports = p->tuple.ports;
		bpf_map_update_elem(&fragments, &key, &owner, BPF_ANY);
	}
	return 1;
}

/* The packet will have a record. */
static __always_inline void datagram_arrives(struct sk_buff *skb, struct packet *p, struct datagram_port *port)
{
	__u64 head = (__u64)skb->head;
	struct arrival a = { .id = p->cookie, .nanos = bpf_ktime_get_ns(), .number = p->seq, .length = p->ack, .remote_port = p->tuple.ports >> 16 };

	if (p->fragment == 2)
		return;
	a.remote[0] = p->tuple.remote[0];
	a.remote[1] = p->tuple.remote[1];
	a.shared = port && port->flags & PORT_SHARED;
	bpf_map_update_elem(&arrivals, &head, &a, BPF_ANY);
}

/* It has none after all, so what is read may be this one. */
static __always_inline void datagram_unrecorded(struct sk_buff *skb, struct datagram_port *port)
{
	__u64 head = (__u64)skb->head;

	bpf_map_delete_elem(&arrivals, &head);
	if (port)
		port->unrecorded_nanos = bpf_ktime_get_ns();
}

/* ---- what threads do ------------------------------------------------------------------------------------------- */

static __always_inline void mark_datagram(struct thread_slot *slot, struct datagram_socket *s, __u64 operation,
					  const __u64 *remote, __u32 remote_port)
{
	if (slot->result_operation != operation || slot->cookie != s->id) {
		slot->flags = 0;
		slot->srtt_us = 0;
		slot->snd_cwnd = 0;
	}
	slot->cookie = s->id;
	__builtin_memcpy(slot->remote_address, remote, 16);
	slot->remote_port = remote_port;
	slot->local_port = s->tuple.ports;
	slot->flags |= SLOT_RECORDED;
	slot->result_operation = operation;
}

static __always_inline struct datagram_record *reserve_datagram(__u64 id, __u64 operation, __u32 number, __u32 length,
								__u8 fate)
{
	struct datagram_record *r = bpf_ringbuf_reserve(&records, sizeof(*r), 0);

	if (!r) {
		COUNT(records_lost);
		return 0;
	}
	__builtin_memset(r, 0, sizeof(*r));
	r->header.mono_nanos = bpf_ktime_get_ns();
	r->header.cookie = id;
	r->header.kind = RECORD_DATAGRAM;
	r->operation = operation;
	r->tid = current_tid();
	r->number = number;
	r->length = length;
	r->fate = fate;
	return r;
}

/* A function of its own for the sake of the stack. */
static __noinline int mark_sent(struct sk_buff *skb, struct thread_slot *slot, struct datagram_socket *s)
{
	struct packet p = {};
	__u8 b[44] __attribute__((aligned(8)));

	if (!slot || !s)
		return 0;
	bpf_probe_read_kernel(b, 44, (void *)BPF_CORE_READ(skb, head) + BPF_CORE_READ(skb, network_header));
	if (parse_datagram(0, b, 1, &p) && p.fragment != 2)
		mark_datagram(slot, s, slot->operation, p.tuple.remote, p.tuple.ports >> 16);
	else
		mark_datagram(slot, s, slot->operation, s->tuple.remote, s->tuple.ports >> 16);
	return 0;
}

/*
 * Whether the calling thread is in a system call on this very socket. A datagram that has waited, for the address of its
 * neighbour above all, is queued in a softirq, in the middle of whatever call.
 */
static __always_inline int is_callers(struct sock *sk)
{
	struct pt_regs *regs = (struct pt_regs *)bpf_task_pt_regs(bpf_get_current_task_btf());

	return socket_of_descriptor(PT_REGS_PARM1_CORE(regs)) == sk;
}

/*
 * At a packet hook before net_dev_queue, or where no program is there yet, a socket of native code is met for the first time; its
 * port must be a followed one.
 */
static __always_inline void follow_sender(struct sk_buff *skb)
{
	struct sock *sk = skb->sk;

	if (!sk || sk->__sk_common.skc_state == TCP_TIME_WAIT || sk->__sk_common.skc_state == TCP_NEW_SYN_RECV)
		return;
	if (sk->sk_protocol == IPPROTO_UDP && !is_followed_port(sk->__sk_common.skc_num) && is_in_scope() && is_callers(sk))
		followed_datagrams(sk);
}

static __always_inline int is_fragment(struct sk_buff *skb)
{
	void *network = (void *)BPF_CORE_READ(skb, head) + BPF_CORE_READ(skb, network_header);
	__u8 b[8] = {};

	bpf_probe_read_kernel(b, sizeof(b), network);
	if (b[0] >> 4 == 4)
		return bpf_ntohs(*(__u16 *)(b + 6)) & (IP_MF | IP_OFFSET);
	return b[6] == IPPROTO_FRAGMENT;
}

static __always_inline void tell_sent(struct datagram_socket *s, __u64 operation, __u32 number)
{
	struct datagram_record *r = reserve_datagram(s->id, operation, number, 0, DATAGRAM_SENT);

	if (r)
		bpf_ringbuf_submit(r, wakeup());
}

/* Before queueing disciplines; in the sender's thread, or elsewhere with a datagram that has waited. */
static __noinline int datagram_queued(struct sk_buff *skb, struct sock *sk, int is_senders)
{
	__u64 key = (__u64)sk, at = (__u64)skb;
	struct datagram_socket *s = is_senders ? followed_datagrams(sk) : bpf_map_lookup_elem(&datagram_sockets, &key);
	struct thread_slot *slot = is_senders ? my_slot() : 0;
	__u64 operation = slot && slot->kind != OPERATION_READ && slot->kind != OPERATION_RECEIVE ? slot->operation : 0;
	struct departure d = { .operation = operation, .ifindex = BPF_CORE_READ(skb, dev, ifindex) };
	struct departure *before = bpf_map_lookup_elem(&departures, &at);

	if (!s)
		return 0;
	if (is_senders && scope.kind != SCOPE_PROCESS)
		own_socket(s->id);
	if (!sees_packets)
		return operation ? mark_sent(skb, slot, s) : 0;
	if (before && operation && before->operation == operation && before->ifindex != d.ifindex && !before->number)
		return 0;	/* the same again at the device below */
	__u32 number = d.number = next_datagram_number();

	if (backend != AT_TRACEPOINT) {
		/* the packet has it already, if one was recorded */
		number = before && before->ifindex == d.ifindex ? before->number : 0;
		d.flow = before ? before->flow : 0;
		d.number = 0;
	}
	bpf_map_update_elem(&departures, &at, &d, BPF_ANY);
	if (operation && operation == s->sending && slot->kind != OPERATION_LOOKUP && !is_fragment(skb)) {
		/* a call sends one datagram: the other is an earlier call's, and has waited */
		if (s->sent_number)
			tell_sent(s, 0, s->sent_number);
		operation = 0;
	}
	if (number)
		tell_sent(s, operation, number);
	if (operation) {
		s->sending = operation;
		if (number)
			s->sent_number = number;
		mark_sent(skb, slot, s);
	}
	return 0;
}

/* The numbers of what is still queued, the queue's front first. */
static __always_inline void list_queued(struct sock *sk, struct datagram_socket *s,
					struct datagram_record *r)
{
	struct udp_sock *up = (struct udp_sock *)sk;
	__u64 reader = (__u64)&up->reader_queue, receive = (__u64)&sk->sk_receive_queue;
	struct sk_buff *skb = BPF_CORE_READ(up, reader_queue.next);

	for (int i = 0; i <= MAX_QUEUED; i++) {
		if ((__u64)skb == reader)
			skb = BPF_CORE_READ(sk, sk_receive_queue.next);
		if ((__u64)skb == receive || !skb)
			return;
		r->queued_count = i + 1;
		if (i < MAX_QUEUED) {
			__u64 head = (__u64)BPF_CORE_READ(skb, head);
			struct arrival *a = find_arrival(head, s);

			r->queued[i] = a ? a->number : 0;
		}
		skb = BPF_CORE_READ(skb, next);
	}
}

static __noinline int is_uncertain(struct datagram_socket *s)
{
	struct datagram_address at;

	if (!s)
		return 1;
	address_of(&s->tuple, &at);
	struct datagram_port *port = bpf_map_lookup_elem(&datagram_ports, &at);

	return !port || port->flags & PORT_SHARED || port->unrecorded_nanos + UNCERTAIN_NANOS > s->read_nanos;
}

/* In the reader's thread, when the datagram is gone. */
static __noinline int datagram_read(struct sock *sk, int bytes)
{
	struct datagram_socket *s = followed_datagrams(sk);
	struct thread_slot *slot = my_slot();
	__u64 operation = slot ? slot->operation : 0;
	struct datagram_record *r;

	if (!s)
		return 0;
	if (scope.kind != SCOPE_PROCESS)
		own_socket(s->id);
	struct arrival *a = 0;
	__u32 next = s->next, number = s->next_number;
	int was_empty = next == NEXT_EMPTY;
	__u64 head = s->next_head, now = bpf_ktime_get_ns();

	if (next == NEXT_KNOWN) {
		a = find_arrival(head, s);
		if (a && (a->number != number || bytes > a->length))
			a = 0;
		if (!a)
			next = NEXT_EMPTY;	/* thrown away before it was read */
	}
	look_at_queue(sk, s);
	if (operation) {
		if (a)
			mark_datagram(slot, s, operation, a->remote, a->remote_port);
		else
			mark_datagram(slot, s, operation, s->tuple.remote, s->tuple.ports >> 16);
	}
	if (!sees_packets) {
		/* nobody asks which packet it was */
	} else if (a) {
		r = reserve_datagram(s->id, operation, number, bytes, DATAGRAM_READ);
		if (r)
			bpf_ringbuf_submit(r, wakeup());
		if (!a->shared)
			bpf_map_delete_elem(&arrivals, &head);
	} else if (next == NEXT_EMPTY) {
		int uncertain = is_uncertain(s);

		r = reserve_datagram(s->id, operation, 0, bytes, DATAGRAM_TAKEN);
		if (r) {
			r->uncertain = uncertain;
			if (was_empty)
				r->idle_since = s->read_nanos;
			list_queued(sk, s, r);
			bpf_ringbuf_submit(r, wakeup());
		}
	}
	s->read_nanos = now;
	return 0;
}

/* Native code's socket has sent before the kernel was asked for its cookie. Here it can be. */
static __noinline void name_datagram_socket(struct sock *sk)
{
	struct datagram_address at;
	__u64 key = (__u64)sk;

	if (sk->__sk_common.skc_cookie.counter)
		return;
	struct datagram_socket *s = bpf_map_lookup_elem(&datagram_sockets, &key);

	if (!s || s->cookie)
		return;
	s->cookie = bpf_get_socket_cookie(sk);
	address_of(&s->tuple, &at);
	struct datagram_port *port = bpf_map_lookup_elem(&datagram_ports, &at);

	if (port && port->socket == key)
		port->cookie = s->cookie;
}

/* All that is sent by the host passes here. */
SEC("tp_btf/net_dev_queue")
int BPF_PROG(handle_datagram_queued, struct sk_buff *skb)
{
	struct sock *sk = skb->sk;

	if (!sk || sk->sk_protocol != IPPROTO_UDP)
		return 0;
	if (sk->__sk_common.skc_state == TCP_TIME_WAIT || sk->__sk_common.skc_state == TCP_NEW_SYN_RECV)
		return 0;
	int is_senders = is_in_scope() && is_callers(sk);

	if (is_senders || is_followed_port(sk->__sk_common.skc_num))
		datagram_queued(skb, sk, is_senders);
	return 0;
}

/* Whether a packet with these addresses can be the one that an entry is of: it may have stayed behind, and its buffer come round again. */
static __always_inline int is_of(const struct tuple *t, const struct arrival *a)
{
	return t->ports >> 16 == a->remote_port && t->remote[1] == a->remote[1] && t->remote[0] == a->remote[0];
}

/* The buffer may be another packet's by now: one on its way out, most likely. */
static __noinline int is_from_peer_of(struct sk_buff *skb, struct arrival *a)
{
	struct packet p = {};
	__u8 b[44] __attribute__((aligned(8)));

	if (!a)
		return 0;
	void *network = (void *)BPF_CORE_READ(skb, head) + BPF_CORE_READ(skb, network_header);

	bpf_probe_read_kernel(b, 44, network);
	return parse_datagram(network, b, 0, &p) && p.fragment != 2 && is_of(&p.tuple, a);
}

/* Nobody will read it. */
SEC("tp_btf/kfree_skb")
int BPF_PROG(handle_datagram_dropped, struct sk_buff *skb)
{
	__u64 head = (__u64)skb->head;
	struct arrival *a = bpf_map_lookup_elem(&arrivals, &head);

	if (!a)
		return 0;
	if (!is_from_peer_of(skb, a)) {
		bpf_map_delete_elem(&arrivals, &head);
		return 0;
	}
	struct datagram_record *r = reserve_datagram(a->id, 0, a->number, 0, DATAGRAM_DROPPED);

	if (r)
		bpf_ringbuf_submit(r, wakeup());
	bpf_map_delete_elem(&arrivals, &head);
	return 0;
}

/* ---- called by the process itself ------------------------------------------------------------------------------ */

static int sweep_socket(void *map, __u64 *key, struct datagram_socket *s, void *context)
{
	__u64 socket = *key;

	if (is_open(socket, s->cookie, s->tuple.ports & 0xffff) && s->tuple.ports & 0xffff) {
		list_datagrams(socket, s);	/* one that shared its port may be alone now */
		return 0;
	}
	unlist_datagrams(socket, s);
	emit_datagram_socket(s, TCP_CLOSE, 0);
	bpf_map_delete_elem(&datagram_sockets, &socket);
	return 0;
}

/* Forgets the sockets that were closed: the kernel tells of that by nothing. */
CALLED(sweep_datagrams)
{
	bpf_for_each_map_elem(&datagram_sockets, sweep_socket, 0, 0);
	return 0;
}

#endif
