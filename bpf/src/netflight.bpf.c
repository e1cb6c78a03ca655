// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/*
 * The kernel side of a capture. Three groups of programs: what threads of the process do to sockets (operations),
 * what becomes of the sockets (life cycle), and which packets are theirs. All are tp_btf programs, which look and
 * never change, but for the packets of some backends (backends.h), whose programs always let pass; the syscall programs at
 * the end are called by the process itself through BPF_PROG_RUN.
 */
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>
#include <bpf/bpf_core_read.h>
#include <bpf/bpf_endian.h>
#include "netflight.h"

struct reader reader SEC(".data.reader") = {};

#include "connections.h"

char LICENSE[] SEC("license") = "Dual BSD/GPL";

#define AF_INET		2
#define AF_INET6	10
#define ETH_P_IP	0x0800
#define ETH_P_IPV6	0x86DD
#define ETH_HLEN	14
#define ARPHRD_ETHER	1
#define ARPHRD_LOOPBACK	772
#define V4_MAPPED	0xffff0000ULL	/* ::ffff:0:0/96 in the low word of an address read as two little-endian words */
#define TCP_FIN		1
#define TCP_SYN		2
#define TCP_ACK		16
#define MSG_PEEK	2
#define S_IFMT		0170000
#define S_IFSOCK	0140000

const volatile struct config config = {};
/* 0: only calls and what becomes of sockets are of interest, and no program sees packets */
const volatile __u32 sees_packets = 1;
struct control control = {};	/* not mapped: who may read packets must not choose whose */

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 16 << 20);
} records SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, MAX_CPUS);
	__type(key, __u32);
	__type(value, struct counters);
} counters SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, MAX_SLOTS);
	__type(key, __u32);
	__type(value, struct thread_slot);
} slots SEC(".maps");

/* Task to slot index + 1. */
struct {
	__uint(type, BPF_MAP_TYPE_TASK_STORAGE);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, int);
	__type(value, __u32);
} threads SEC(".maps");

/* keeps the records' types in the object's BTF, where a test compares them with Java's */
const struct packet_record *packet_record_type __attribute__((unused));
const struct socket_record *socket_record_type __attribute__((unused));
const struct operation_record *operation_record_type __attribute__((unused));
const struct process_record *process_record_type __attribute__((unused));
const struct owner_record *owner_record_type __attribute__((unused));
const struct interface_record *interface_record_type __attribute__((unused));
const struct datagram_record *datagram_record_type __attribute__((unused));
const struct trouble_record *trouble_record_type __attribute__((unused));

#include "backends.h"

/*
 * A program that the process calls. Of type syscall, which nothing but BPF_PROG_RUN can run: its descriptor may be in the hands
 * of a process without any rights, and one of type raw_tp that could attach to any tracepoint, to be run by others. Its body can
 * be called in another way as well, see door.h.
 */
#define CALLED(name)						\
	static int do_##name(struct arguments *ctx);		\
	SEC("syscall") int name(struct arguments *ctx)		\
	{							\
		return do_##name(ctx);				\
	}							\
	static __noinline int do_##name(struct arguments *ctx)

/* ---- common -------------------------------------------------------------------------------------------------- */

static __always_inline struct counters *my_counters(void)
{
	__u32 cpu = bpf_get_smp_processor_id() & (MAX_CPUS - 1);

	return bpf_map_lookup_elem(&counters, &cpu);
}

/* Programs of one processor interrupt each other: a plain increment could be undone. */
#define COUNT(field)								\
	do {									\
		struct counters *c = my_counters();				\
		if (c)								\
			__sync_fetch_and_add(&c->field, 1);			\
	} while (0)

/*
 * A wake-up costs the sender microseconds, so a reader that polls gets none. The reader may hold records back, hence
 * FORCE: the kernel's own rule compares with the released position and would stay silent.
 */
static __always_inline __u64 wakeup(void)
{
	if (!reader.consumer_sleeping)
		return BPF_RB_NO_WAKEUP;
	reader.consumer_sleeping = 0;
	return BPF_RB_FORCE_WAKEUP;
}

static __always_inline struct thread_slot *my_slot(void)
{
	__u32 *slot1 = bpf_task_storage_get(&threads, bpf_get_current_task_btf(), 0, 0);

	if (!slot1 || !*slot1)
		return 0;
	__u32 index = *slot1 - 1;

	return bpf_map_lookup_elem(&slots, &index);
}

#include "scope.h"

/*
 * The kernel hands tracepoints pointers that may be followed directly; what is found by way of a descriptor must be read
 * through a helper.
 */
#define READ_OF(sk, trusted, field) ((trusted) ? (sk)->field : BPF_CORE_READ(sk, field))

static __always_inline __u16 local_port_of(struct sock *sk)
{
	/* skc_num is 0 already when a socket is on its way to CLOSE, the port in network order stays */
	return bpf_ntohs(BPF_CORE_READ((struct inet_sock *)sk, inet_sport));
}

/* Returns 0 for a socket of another family. */
static __always_inline int tuple_of(struct sock *sk, struct tuple *t, const int trusted)
{
	__u16 family = READ_OF(sk, trusted, __sk_common.skc_family);
	__u32 remote_port = bpf_ntohs(READ_OF(sk, trusted, __sk_common.skc_dport));

	__builtin_memset(t, 0, sizeof(*t));
	if (family == AF_INET) {
		t->local[1] = V4_MAPPED | (__u64)READ_OF(sk, trusted, __sk_common.skc_rcv_saddr) << 32;
		t->remote[1] = V4_MAPPED | (__u64)READ_OF(sk, trusted, __sk_common.skc_daddr) << 32;
	} else if (family == AF_INET6) {
		BPF_CORE_READ_INTO(&t->local, sk, __sk_common.skc_v6_rcv_saddr);
		BPF_CORE_READ_INTO(&t->remote, sk, __sk_common.skc_v6_daddr);
	} else {
		return 0;
	}
	t->ports = local_port_of(sk) | remote_port << 16;
	t->netns = trusted ? sk->__sk_common.skc_net.net->ns.inum : BPF_CORE_READ(sk, __sk_common.skc_net.net, ns.inum);
	return 1;
}

/* What the call that found the socket has moved itself is taken back: those bytes are not from before the capture. */
static __always_inline void emit_socket(struct sock *sk, __u64 cookie, __u64 operation, __u8 old_state, __u8 new_state,
					__u8 flags, __u32 just_sent, __u32 just_received)
{
	struct socket_record *r = bpf_ringbuf_reserve(&records, sizeof(*r), 0);
	struct tcp_sock *tp = (struct tcp_sock *)sk;
	struct tuple t;

	if (!r) {
		COUNT(records_lost);
		return;
	}
	tuple_of(sk, &t, 0);
	r->header.mono_nanos = bpf_ktime_get_ns();
	r->header.cookie = cookie;
	r->header.kind = RECORD_SOCKET;
	r->header.netns = t.netns;
	r->operation = operation;
	__builtin_memcpy(r->local_address, t.local, 16);
	__builtin_memcpy(r->remote_address, t.remote, 16);
	r->local_port = t.ports;
	r->remote_port = t.ports >> 16;
	r->tid = bpf_get_current_pid_tgid();
	r->bytes_acked = BPF_CORE_READ(tp, bytes_acked);
	r->bytes_received = BPF_CORE_READ(tp, bytes_received);
	r->write_seq = BPF_CORE_READ(tp, write_seq) - just_sent;
	r->copied_seq = BPF_CORE_READ(tp, copied_seq) - just_received;
	r->rcv_nxt = BPF_CORE_READ(tp, rcv_nxt);
	r->srtt_us = BPF_CORE_READ(tp, srtt_us) >> 3;
	r->min_rtt_us = BPF_CORE_READ(tp, rtt_min.s[0].v);
	r->retransmissions = BPF_CORE_READ(tp, total_retrans);
	r->snd_cwnd = BPF_CORE_READ(tp, snd_cwnd);
	r->protocol = IPPROTO_TCP;
	r->old_state = old_state;
	r->new_state = new_state;
	r->flags = flags;
	r->error = BPF_CORE_READ(sk, sk_err);
	r->pad = 0;
	bpf_ringbuf_submit(r, wakeup());
}

static __always_inline void follow_listener(struct sock *sk, __u64 cookie)
{
	struct port_key key = { .netns = BPF_CORE_READ(sk, __sk_common.skc_net.net, ns.inum),
				.port = BPF_CORE_READ(sk, __sk_common.skc_num) };
	__u8 one = 1;

	struct listening first = { .cookie = cookie, .count = 1 };
	struct listening *listening;

	if (bpf_map_update_elem(&listeners, &cookie, &one, BPF_NOEXIST)) {
		if (!bpf_map_lookup_elem(&listeners, &cookie))
			COUNT(connections_refused);
		return;
	}
	listening = bpf_map_lookup_elem(&listening_ports, &key);
	if (listening)
		__sync_fetch_and_add(&listening->count, 1);
	else
		bpf_map_update_elem(&listening_ports, &key, &first, BPF_ANY);
	count_port(key.port, 1);
}

/* Of a SYN, before anything else is known of its connection. */
static __always_inline __u64 listener_of(const struct tuple *t)
{
	struct port_key key = { .netns = t->netns, .port = t->ports & 0xffff };
	struct listening *listening = bpf_map_lookup_elem(&listening_ports, &key);

	return listening ? listening->cookie : 0;
}

#include "vlan.h"
#include "left_out.h"

/* in datagrams.h */
static int datagram_read(struct sock *sk, int bytes);
static void name_datagram_socket(struct sock *sk);

/* ---- operations: what a thread of the process does to a socket ------------------------------------------- */

static __always_inline void remember(struct thread_slot *slot, __u64 cookie, struct tuple *t)
{
	slot->cookie = cookie;
	__builtin_memcpy(slot->remote_address, t->remote, 16);
	slot->remote_port = t->ports >> 16;
	slot->local_port = t->ports;
}

/* Tells the thread, through its slot, that this call touched a captured socket. */
static __always_inline void mark(struct thread_slot *slot, struct sock *sk, __u64 cookie, __u64 operation,
				 const int trusted)
{
	if (slot->result_operation == operation && slot->cookie == cookie)
		return;
	slot->flags = 0;
	slot->srtt_us = 0;
	slot->snd_cwnd = 0;
	if (slot->cookie != cookie) {
		struct tuple t;

		if (!tuple_of(sk, &t, trusted))
			return;
		remember(slot, cookie, &t);
	}
	slot->result_operation = operation;
}

/* No more of it is recorded. What user space has of it, it may forget. */
static __always_inline void leave_out(struct sock *sk, struct thread_slot *slot, __u64 cookie, const struct tuple *t)
{
	if (remove_connection(t, cookie))
		emit_socket(sk, cookie, 0, sk->__sk_common.skc_state, TCP_CLOSE, SOCKET_LEFT_OUT, 0, 0);
	if (slot)
		slot->cookie = cookie | LEFT_OUT;
}

/* Whether the thread's last call was on this socket too, and it was left out then. */
static __always_inline int is_known_left_out(struct sock *sk, struct thread_slot *slot)
{
	__u64 cookie = sk->__sk_common.skc_cookie.counter;

	return filter_by_connection && slot && slot->cookie == (cookie | LEFT_OUT) && !wants_all_connections();
}

/*
 * The cookie of a socket that the process uses, 0 for one that is left out; one that no hook has met before is followed from
 * now on, unless it is closed: its addresses may be another's by then. The slot remembers the last, so that a thread that stays
 * with a socket pays for one comparison.
 */
static __always_inline __u64 followed_cookie(struct sock *sk, struct thread_slot *slot, __u32 just_sent,
					     __u32 just_received)
{
	__u64 cookie = sk->__sk_common.skc_cookie.counter;
	struct tuple t;

	/* at its connect a socket had no port yet, unless its SYN has told this thread; a door (door.h) adopts without asking */
	if (cookie && slot && slot->cookie == cookie && slot->local_port &&
	    !(filter_by_connection && slot->flags & SLOT_ADOPTED))
		return cookie;
	if (!cookie)
		cookie = bpf_get_socket_cookie(sk);
	if (!tuple_of(sk, &t, 1))
		return 0;
	if (t.ports >> 16 && is_left_out(&t)) {
		leave_out(sk, slot, cookie, &t);
		return 0;
	}
	if (t.ports >> 16 && sk->__sk_common.skc_state != TCP_CLOSE && find_connection(&t) != cookie) {
		if (add_connection(&t, cookie))
			COUNT(connections_refused);
		emit_socket(sk, cookie, 0, 0, sk->__sk_common.skc_state, SOCKET_FOUND, just_sent,
			    just_received);
	}
	if (scope.kind != SCOPE_PROCESS)
		own_socket(cookie);
	if (slot)
		remember(slot, cookie, &t);
	return cookie;
}

static __always_inline void emit_operation(struct sock *sk, __u64 cookie, __u32 from, __u32 to, __u8 sent)
{
	struct operation_record *r = bpf_ringbuf_reserve(&records, sizeof(*r), 0);

	if (!r) {
		COUNT(records_lost);
		return;
	}
	r->header.mono_nanos = bpf_ktime_get_ns();
	r->header.cookie = cookie;
	r->header.kind = RECORD_OPERATION;
	r->header.netns = 0;
	r->tid = number_for_us(BPF_CORE_READ((struct task_struct *)bpf_get_current_task_btf(), thread_pid));
	r->from = from;
	r->to = to;
	r->sent = sent;
	__builtin_memset(r->pad, 0, sizeof(r->pad));
	bpf_get_current_comm(r->comm, sizeof(r->comm));
	bpf_ringbuf_submit(r, wakeup());
}

/* One past the last byte that was queued; a FIN that another thread has queued behind it does not count. */
static __always_inline __u32 queued_end(__u8 state, __u32 write_seq)
{
	return state == TCP_ESTABLISHED || state == TCP_CLOSE_WAIT ? write_seq : write_seq - 1;
}

static __always_inline void sent(struct sock *sk, struct tcp_sock *tp, struct thread_slot *slot, int bytes)
{
	__u64 cookie = followed_cookie(sk, slot, bytes, 0);
	__u32 end = queued_end(sk->__sk_common.skc_state, tp->write_seq);

	if (!cookie)
		return;
	__u64 operation = slot ? slot->operation : 0;

	if (!operation) {
		emit_operation(sk, cookie, end - bytes, end, 1);
		return;
	}
	mark(slot, sk, cookie, operation, 1);
	if (slot->flags & SLOT_BEGUN) {
		slot->tx1 += bytes;
	} else {
		if (!(slot->flags & SLOT_SENT))
			slot->tx0 = end - bytes;
		slot->tx1 = end;
	}
	slot->srtt_us = tp->srtt_us >> 3;
	slot->snd_cwnd = tp->snd_cwnd;
	slot->flags |= SLOT_SENT;
}

static __always_inline void received(struct sock *sk, struct tcp_sock *tp, struct thread_slot *slot, int bytes)
{
	__u32 end = tp->copied_seq;
	/* a consumed FIN counts as a byte: the one who read up to it, or read the end of the stream, has it */
	__u32 fin = sk->__sk_common.skc_flags >> SOCK_DONE & 1 && end == tp->rcv_nxt;

	if (!bytes && !fin)
		return;
	__u64 cookie = followed_cookie(sk, slot, 0, fin + bytes);

	if (!cookie)
		return;
	__u64 operation = slot ? slot->operation : 0;

	if (!operation) {
		emit_operation(sk, cookie, end - fin - bytes, end, 0);
		return;
	}
	mark(slot, sk, cookie, operation, 1);
	if (!(slot->flags & SLOT_RECEIVED))
		slot->rx0 = end - fin - bytes;
	slot->rx1 = end;
	slot->srtt_us = tp->srtt_us >> 3;
	slot->snd_cwnd = tp->snd_cwnd;
	slot->flags |= SLOT_RECEIVED;
}

/* 6.16+: under the socket lock, before each part is queued. Exact also where writers are not serialised. */
SEC("tp_btf/tcp_sendmsg_locked")
int BPF_PROG(handle_send_begin, struct sock *sk)
{
	if (!is_own_process())
		return 0;
	struct thread_slot *slot = my_slot();

	if (!slot || !slot->operation || is_known_left_out(sk, slot))
		return 0;
	__u64 operation = slot->operation;

	if (slot->result_operation == operation && slot->flags & SLOT_BEGUN)
		return 0;
	struct tcp_sock *tp = bpf_skc_to_tcp_sock(sk);

	if (!tp)
		return 0;
	__u64 cookie = followed_cookie(sk, slot, 0, 0);

	if (!cookie)
		return 0;
	mark(slot, sk, cookie, operation, 1);
	slot->tx0 = slot->tx1 = tp->write_seq;
	slot->flags |= SLOT_BEGUN;
	return 0;
}

/* 6.3+ */
SEC("tp_btf/sock_send_length")
int BPF_PROG(handle_send_end, struct sock *sk, int ret, int flags)
{
	int is_own = is_own_process();

	if (ret <= 0 || (scope.kind == SCOPE_PROCESS && !is_own))
		return 0;
	if (sk->sk_protocol == IPPROTO_UDP) {
		name_datagram_socket(sk);
		return 0;
	}
	struct thread_slot *slot = is_own ? my_slot() : 0;

	if (is_known_left_out(sk, slot))
		return 0;
	struct tcp_sock *tp = bpf_skc_to_tcp_sock(sk);

	if (!tp)
		return 0;
	if (is_own)
		sent(sk, tp, slot, ret);
	else if (is_in_scope())
		followed_cookie(sk, 0, ret, 0);
	return 0;
}

/* 6.3+ */
SEC("tp_btf/sock_recv_length")
int BPF_PROG(handle_receive_end, struct sock *sk, int ret, int flags)
{
	int is_own = is_own_process();

	if (ret < 0 || flags & MSG_PEEK || (scope.kind == SCOPE_PROCESS && !is_own))
		return 0;
	if (sk->sk_protocol == IPPROTO_UDP) {
		if (is_own || is_in_scope())
			datagram_read(sk, ret);
		return 0;
	}
	struct thread_slot *slot = is_own ? my_slot() : 0;

	if (is_known_left_out(sk, slot))
		return 0;
	struct tcp_sock *tp = bpf_skc_to_tcp_sock(sk);

	if (!tp)
		return 0;
	if (is_own)
		received(sk, tp, slot, ret);
	else if (is_in_scope())
		followed_cookie(sk, 0, 0, ret);
	return 0;
}

/* ---- life cycle ---------------------------------------------------------------------------------------------- */

/*
 * The operation that changes the state of this socket, which its slot then learns; 0 where no call of ours does.
 * A packet that arrives may be worked on in the middle of a call to another socket: on loopback always, elsewhere by
 * chance. So the call must be of a kind that can make this change, and must hold the socket's lock.
 */
static __always_inline __u64 causing_operation(struct sock *sk, __u64 cookie, int new_state)
{
	if (!is_own_process() || !BPF_CORE_READ(sk, sk_lock.owned))
		return 0;
	struct thread_slot *slot = my_slot();
	__u64 operation = slot ? slot->operation : 0;

	if (!operation)
		return 0;
	switch (new_state) {
	case TCP_SYN_SENT:
		if (slot->kind != OPERATION_CONNECT)
			return 0;
		break;
	case TCP_FIN_WAIT1:
	case TCP_LAST_ACK:
	case TCP_CLOSE:
		if (slot->kind != OPERATION_SHUTDOWN && slot->kind != OPERATION_CLOSE)
			return 0;
		break;
	default:
		return 0;
	}
	mark(slot, sk, cookie, operation, 1);
	slot->flags |= SLOT_STATE;
	return operation;
}

SEC("tp_btf/inet_sock_set_state")
int BPF_PROG(handle_state, struct sock *sk, int old_state, int new_state)
{
	__u64 cookie, known, operation;
	struct tuple t;
	__u8 one = 1;

	if (sk->sk_protocol != IPPROTO_TCP)
		return 0;
	if (new_state == TCP_SYN_SENT || new_state == TCP_LISTEN) {
		if (!is_in_scope())
			return 0;
		cookie = bpf_get_socket_cookie(sk);
		if (new_state == TCP_LISTEN)
			follow_listener(sk, cookie);
		else
			bpf_map_update_elem(&connecting, &cookie, &one, BPF_ANY);
		operation = causing_operation(sk, cookie, new_state);
		emit_socket(sk, cookie, operation, old_state, new_state, 0, 0, 0);
		if (scope.kind != SCOPE_PROCESS)
			own_socket(cookie);
		return 0;
	}
	if (old_state == TCP_LISTEN) {
		/* a child begins as a copy of its listener; 6.1 and 6.12 tell of it while it has the listener's cookie */
		if (new_state != TCP_CLOSE)
			return 0;
		struct port_key key = { .netns = BPF_CORE_READ(sk, __sk_common.skc_net.net, ns.inum),
					.port = local_port_of(sk) };

		cookie = sk->__sk_common.skc_cookie.counter;
		if (cookie && !bpf_map_delete_elem(&listeners, &cookie)) {
			struct listening *listening = bpf_map_lookup_elem(&listening_ports, &key);

			if (listening && __sync_fetch_and_add(&listening->count, -1) <= 1)
				bpf_map_delete_elem(&listening_ports, &key);
			count_port(key.port, -1);
		}
		return 0;
	}
	/* before its SYN has left a connecting socket may have no port, so the port cannot reject it */
	if (old_state != TCP_SYN_SENT && !is_followed_port(local_port_of(sk)))
		return 0;
	if (!tuple_of(sk, &t, 1))
		return 0;
	known = find_connection(&t);
	cookie = bpf_get_socket_cookie(sk);
	if (old_state == TCP_SYN_SENT) {
		__u8 *how = bpf_map_lookup_elem(&connecting, &cookie);

		if (!how)
			return 0;
		if (filter_by_connection && *how == CONNECTING_LEFT_OUT) {
			bpf_map_delete_elem(&connecting, &cookie);
			emit_socket(sk, cookie, 0, old_state, TCP_CLOSE, SOCKET_LEFT_OUT, 0, 0);
			return 0;
		}
		bpf_map_delete_elem(&connecting, &cookie);
	} else if (new_state == TCP_ESTABLISHED) {
		/* a child: followed since its SYN-ACK if that is seen, until now under its listener's cookie */
		if (!known && (sees_packets || !listener_of(&t)))
			return 0;
	} else if (known != cookie) {
		return 0;
	}
	if (new_state == TCP_ESTABLISHED && add_connection(&t, cookie))
		COUNT(connections_refused);
	operation = causing_operation(sk, cookie, new_state);
	emit_socket(sk, cookie, operation, old_state, new_state,
		    new_state == TCP_ESTABLISHED && old_state != TCP_SYN_SENT ? SOCKET_ACCEPTED : 0, 0, 0);
	if (scope.kind != SCOPE_PROCESS && known && known != cookie)
		inherit_owner(known, cookie);
	if (new_state == TCP_CLOSE)
		close_connection(&t, cookie);
	return 0;
}

/* ---- packets ------------------------------------------------------------------------------------------------- */

#include "devices.h"

#include "packet.h"

static __always_inline struct sock *socket_of_descriptor(__u32 fd)
{
	struct task_struct *task = bpf_get_current_task_btf();
	struct fdtable *table = task->files->fdt;
	struct file *file = 0;

	if (fd >= table->max_fds)
		return 0;
	bpf_probe_read_kernel(&file, sizeof(file), table->fd + fd);
	if (!file || (BPF_CORE_READ(file, f_inode, i_mode) & S_IFMT) != S_IFSOCK)
		return 0;
	struct socket *socket = BPF_CORE_READ(file, private_data);

	return BPF_CORE_READ(socket, sk);
}

#include "datagrams.h"

static __always_inline int is_wanted_interface(struct net_device *dev)
{
	__u64 name[2];

	if (!config.interface_count)
		return 1;
	BPF_CORE_READ_INTO(&name, dev, name);
	for (__u32 i = 0; i < MAX_INTERFACES; i++)
		if (i < config.interface_count && name[0] == config.interfaces[i][0] &&
		    name[1] == config.interfaces[i][1])
			return 1;
	return 0;
}

/* Reads what names the flow. Returns 0 for a packet that is neither TCP nor UDP or has no port of ours. */
static __always_inline int parse(void *network, __be16 ethertype, int egress, struct packet *p)
{
	/* IPv4 with TCP, or IPv6 and the ports: all that most packets need, in one read */
	__u8 b[64] __attribute__((aligned(8)));
	__u8 *tcp = b + 20;
	__u32 transport, total;

	if (ethertype != bpf_htons(ETH_P_IP) && ethertype != bpf_htons(ETH_P_IPV6))
		return 0;
	if (bpf_probe_read_kernel(b, 44, network))
		return 0;
	__u64 source[2] = {}, target[2] = {};

	if (b[0] >> 4 == 4) {
		if (b[9] != IPPROTO_TCP)
			return parse_datagram(network, b, egress, p);
		if (*(__u16 *)(b + 6) & bpf_htons(IP_OFFSET))
			return 0;
		transport = (b[0] & 15) * 4;
		total = bpf_ntohs(*(__u16 *)(b + 2));
		source[1] = V4_MAPPED | (__u64)*(__u32 *)(b + 12) << 32;
		target[1] = V4_MAPPED | (__u64)*(__u32 *)(b + 16) << 32;
		if (transport != 20 && bpf_probe_read_kernel(b + 20, 20, network + transport))
			return 0;
	} else if (b[0] >> 4 == 6) {
		if (b[6] != IPPROTO_TCP)
			return parse_datagram(network, b, egress, p);
		transport = 40;
		total = 40 + bpf_ntohs(*(__u16 *)(b + 4));
		__builtin_memcpy(source, b + 8, 16);
		__builtin_memcpy(target, b + 24, 16);
		/* an outbound one may be a SYN, which only the rest of its header tells */
		if (!egress && !is_followed_port(bpf_ntohs(*(__u16 *)(b + 42))))
			return 0;
		if (bpf_probe_read_kernel(b + 20, 20, network + transport))
			return 0;
	} else {
		return 0;
	}
	__u32 from = bpf_ntohs(*(__u16 *)tcp), to = bpf_ntohs(*(__u16 *)(tcp + 2));

	if (!is_followed_port(egress ? from : to)) {
		/* the SYN of a socket whose port was chosen a moment ago is on its way to be followed */
		if (!egress || (tcp[13] & (TCP_SYN | TCP_ACK)) != TCP_SYN)
			return 0;
	}
	if (egress) {
		__builtin_memcpy(p->tuple.local, source, 16);
		__builtin_memcpy(p->tuple.remote, target, 16);
		p->tuple.ports = from | to << 16;
	} else {
		__builtin_memcpy(p->tuple.local, target, 16);
		__builtin_memcpy(p->tuple.remote, source, 16);
		p->tuple.ports = to | from << 16;
	}
	p->seq = bpf_ntohl(*(__u32 *)(tcp + 4));
	p->ack = bpf_ntohl(*(__u32 *)(tcp + 8));
	p->tcp_flags = tcp[13];
	/* a super-packet of 64 KiB and more has no length in its IP header (BIG TCP) */
	if (total <= transport)
		total = p->original_length - p->link_length;
	p->payload_length = total - transport - (tcp[12] >> 4) * 4;
	return 1;
}

/*
 * Whether a packet leaves a TCP socket that is not followed: what most packets of other processes are known by, before any of
 * their bytes is read. Mini sockets have no protocol, and one that connects may be followed under a port that came a moment ago.
 */
static __always_inline int is_foreign_stream(struct sk_buff *skb)
{
	struct sock *sk = skb->sk;

	if (!sk)
		return 0;
	__u8 state = sk->__sk_common.skc_state;
	__u16 port = sk->__sk_common.skc_num;

	return state != TCP_SYN_SENT && state != TCP_NEW_SYN_RECV && state != TCP_TIME_WAIT && port &&
	       sk->sk_protocol == IPPROTO_TCP && !is_followed_port(port);
}

static __always_inline __u64 cookie_of_syn(struct sk_buff *skb, struct packet *p, const int where)
{
	struct sock *sk = skb->sk;
	__u64 cookie;

	if (!p->egress) {	/* one with ACK answers ours, which is known by its tuple */
		cookie = p->tcp_flags & TCP_ACK ? 0 : listener_of(&p->tuple);
		return cookie && is_left_out(&p->tuple) ? 0 : cookie;
	}
	if (p->tcp_flags & TCP_ACK) {
		/* a SYN-ACK hangs on a request, which knows its listener; with SYN cookies on nothing */
		if (!sk)
			cookie = listener_of(&p->tuple);
		else if (sk->__sk_common.skc_state == TCP_NEW_SYN_RECV)
			cookie = BPF_CORE_READ((struct request_sock *)sk, __req_common.skc_listener, __sk_common.skc_cookie.counter);
		else
			cookie = sk->__sk_common.skc_cookie.counter;
		if (!cookie || (sk && !bpf_map_lookup_elem(&listeners, &cookie)) || is_left_out(&p->tuple))
			return 0;
	} else {
		if (!sk)
			return 0;
		__u8 state = sk->__sk_common.skc_state, *how;
		struct thread_slot *slot = 0;

		cookie = sk->__sk_common.skc_cookie.counter;
		how = cookie ? bpf_map_lookup_elem(&connecting, &cookie) : 0;
		if (state != TCP_SYN_SENT || !how)
			return 0;
		/* task storage is for tracepoints */
		if (where == AT_TRACEPOINT && is_own_process())
			slot = my_slot();
		if (slot && (!slot->operation || slot->cookie != cookie))
			slot = 0;
		if (is_left_out(&p->tuple)) {
			*how = CONNECTING_LEFT_OUT;
			/* its connect need not take a stack */
			if (slot)
				slot->result_operation = 0;
			return 0;
		}
		/* spares the thread's next call a search */
		if (slot)
			slot->local_port = p->tuple.ports;
	}
	if (add_connection(&p->tuple, cookie))
		COUNT(connections_refused);
	return cookie;
}

static __always_inline void fill(struct packet_record *r, struct packet *p, struct sk_buff *skb,
				 struct net_device *dev, __u32 length, const int where, const int egress,
				 const __u32 room)
{
	const int at_link = begins_at_link(where, egress);
	void *link = (void *)skb->head + skb->mac_header;
	__u32 linear = skb->len - skb->data_len + (!at_link && p->link_length ? ETH_HLEN : 0);
	__u64 n = length;

	r->header.mono_nanos = bpf_ktime_get_ns();
	r->header.cookie = p->cookie;
	r->header.kind = RECORD_PACKET;
	r->header.netns = p->tuple.netns;
	r->ifindex = dev->ifindex;
	r->original_length = p->original_length;
	r->seq = p->seq;
	r->ack = p->ack;
	r->payload_length = p->payload_length;
	r->direction = egress ? EGRESS : INGRESS;
	r->protocol = p->protocol;
	r->tcp_flags = p->protocol == IPPROTO_TCP ? p->tcp_flags : p->fragment;
	r->link_length = p->link_length;
	r->cpu = bpf_get_smp_processor_id();
	if (p->tag) {
		fill_tagged(r, skb, p, n, room);
		return;
	}
	if (!p->link_length)	/* layer 3: the data begins with the IP header, whatever lies before */
		link = at_link ? (void *)skb->head + skb->network_header : (void *)skb->data;
	barrier_var(n);		/* the verifier must see the bound on the very register that the call takes */
	if (n > room)
		n = room;
	if (n <= linear || !config.whole_packets) {
		if (n > linear)
			n = linear;
		barrier_var(n);
		if (n > room)
			n = room;
		bpf_probe_read_kernel(r->data, n, link);
		r->captured_length = n;
		return;
	}
	/* TCP payload lies in pages, and the data may begin behind the link-layer header */
	__u32 skipped = at_link && !p->link_length ? skb->network_header - skb->mac_header : 0;

	r->captured_length = 0;
	if (at_link || !p->link_length) {
		if (!read_packet(r->data, n, skb, p->context, skipped))
			r->captured_length = n;
	} else if (n > ETH_HLEN) {
		bpf_probe_read_kernel(r->data, ETH_HLEN, link);
		n -= ETH_HLEN;
		barrier_var(n);
		if (n <= room - ETH_HLEN && !read_packet(r->data + ETH_HLEN, n, skb, p->context, 0))
			r->captured_length = n + ETH_HLEN;
	}
}

/* The ring takes constant sizes only: a record is at most half as long again as what it carries, never snaplen. */
#define EMIT_IN(room)									\
	do {										\
		if (length <= (room)) {							\
			struct packet_record *r =					\
				bpf_ringbuf_reserve(&records, sizeof(*r) + (room), 0);	\
			if (!r)								\
				goto lost;						\
			fill(r, &p, skb, dev, length, where, egress, (room));		\
			bpf_ringbuf_submit(r, wakeup());				\
			return;								\
		}									\
	} while (0)

static __always_inline void handle_packet(struct sk_buff *skb, struct net_device *dev, void *context, const int where,
					  const int egress)
{
	const int at_link = begins_at_link(where, egress);
	if (where == AT_TRACEPOINT && egress && is_foreign_stream(skb))
		return;
	struct packet p = { .egress = egress, .protocol = IPPROTO_TCP, .context = context };
	struct datagram_port *port = 0;
	void *network = at_link ? (void *)skb->head + skb->network_header : (void *)skb->data;
	__be16 protocol = skb->protocol;
	__u16 type = dev->type;
	__u32 length = skb->len, tags = 0;

	if (where != AT_CGROUP && (type == ARPHRD_ETHER || type == ARPHRD_LOOPBACK)) {
		p.link_length = at_link ? skb->network_header - skb->mac_header : ETH_HLEN;
		if (is_tag(protocol)) {
			protocol = egress ? protocol_below_network(skb) : protocol_above_tags(network, protocol, &tags);
			network += tags;
		}
		if (!at_link)
			length += ETH_HLEN;
		p.tag = tag_beside(skb);
		if (p.tag)
			length += TAG_LENGTH;
		p.link_length += tags + (p.tag ? TAG_LENGTH : 0);
	} else if (at_link) {
		length -= skb->network_header - skb->mac_header;
	}
	p.original_length = length;
	if ((where != AT_TRACEPOINT || datagrams_wake) && egress)
		follow_sender(skb);
	if (!parse(network, protocol, egress, &p))
		return;
	p.tuple.netns = dev->nd_net.net->ns.inum;
	if (p.protocol == IPPROTO_UDP) {
		if (egress ? !identify_outbound(skb, dev, &p, where) : !identify_inbound(skb, &p, &port))
			return;
	} else {
		/* first: the tuple may still stand for a connection that has ended, and its ports have come round again */
		if (p.tcp_flags & TCP_SYN)
			p.cookie = cookie_of_syn(skb, &p, where);
		if (!p.cookie)
			p.cookie = find_connection(&p.tuple);
		if (!p.cookie)
			return;
	}
	if (is_passed_on(skb, dev, where, egress, p.seq))
		return;
	if (!(config.directions & (egress ? 2 : 1)) || !is_wanted_interface(dev))
		goto unrecorded;
	if (has_filter) {
		int verdict = passes_filter(skb, &p, length, tags, where, egress);

		if (verdict == FILTER_REJECTS)
			goto unrecorded;
		if (verdict == FILTER_CANNOT_SAY) {
			COUNT(matched);
			goto lost;
		}
	}
	if (p.tuple.netns != own_netns)
		tell_device(dev, p.tuple.netns);
	COUNT(matched);
	if (!egress && p.protocol == IPPROTO_UDP)
		datagram_arrives(skb, &p, port);
	if (length > config.snaplen)
		length = config.snaplen;
	EMIT_IN(96);
	EMIT_IN(128);
	EMIT_IN(256);
	EMIT_IN(512);
	EMIT_IN(1024);
	EMIT_IN(1536);
	EMIT_IN(3072);
	EMIT_IN(6144);
	EMIT_IN(9216);
	EMIT_IN(16384);
	EMIT_IN(24576);
	EMIT_IN(34816);
	EMIT_IN(49152);
	EMIT_IN(66048);
	if (where == AT_TRACEPOINT) {
		/* BIG TCP goes beyond: the front of it is kept */
		length = 66048;
		EMIT_IN(66048);
	} else {
		/* before segmentation TCP has two segments of its MSS in a packet, which on loopback is nearly 64 KiB */
		EMIT_IN(98304);
		EMIT_IN(132096);
		length = 132096;
		EMIT_IN(132096);
	}
lost:
	COUNT(lost);
unrecorded:
	if (!egress && p.protocol == IPPROTO_UDP)
		datagram_unrecorded(skb, port);
}

/* After queueing disciplines and segmentation, where tcpdump sees a packet too. */
SEC("tp_btf/net_dev_start_xmit")
int BPF_PROG(handle_egress, struct sk_buff *skb, struct net_device *dev)
{
	handle_packet(skb, dev, 0, AT_TRACEPOINT, 1);
	return 0;
}

/* Before traffic control and netfilter, after GRO. */
SEC("tp_btf/netif_receive_skb")
int BPF_PROG(handle_ingress, struct sk_buff *skb)
{
	handle_packet(skb, skb->dev, 0, AT_TRACEPOINT, 0);
	return 0;
}

/* ---- the same at other hooks (backends.h) ---------------------------------------------------------------------- */

static __always_inline void handle_context(struct __sk_buff *context, const int where, const int egress)
{
	struct sk_buff *skb = bpf_cast_to_kern_ctx(context);

	handle_packet(skb, skb->dev, context, where, egress);
}

/* Before queueing disciplines and segmentation, in front of other programs of the device. */
SEC("tc")
int handle_tc_egress(struct __sk_buff *context)
{
	handle_context(context, AT_TC, 1);
	return TCX_NEXT;
}

/* After tcpdump, before netfilter, in front of other programs of the device. */
SEC("tc")
int handle_tc_ingress(struct __sk_buff *context)
{
	handle_context(context, AT_TC, 0);
	return TCX_NEXT;
}

/* After netfilter, before neighbours and fragmentation. */
SEC("cgroup_skb/egress")
int handle_cgroup_egress(struct __sk_buff *context)
{
	handle_context(context, AT_CGROUP, 1);
	return CGROUP_PASS;
}

/* After netfilter and reassembly, before the socket's queue. */
SEC("cgroup_skb/ingress")
int handle_cgroup_ingress(struct __sk_buff *context)
{
	handle_context(context, AT_CGROUP, 0);
	return CGROUP_PASS;
}

#include "trouble.h"

/* ---- called by the process itself through BPF_PROG_RUN -------------------------------------------------------- */

/*
 * args[0]: 1 makes the caller's process the followed one, once; from then on it stays so. Returns its tgid as the
 * initial PID namespace counts; for 2 how deep its control group of version 2 lies.
 */
CALLED(follow_process)
{
	__u32 tgid = bpf_get_current_pid_tgid() >> 32;

	if (ctx->args[0] == 2)
		return control.cgroup_level;
	if (ctx->args[0] == 1 && !control.tgid) {
		struct task_struct *task = (void *)bpf_get_current_task_btf();
		struct pid *pid = BPF_CORE_READ(task, thread_pid);
		struct upid here = {};

		control.tgid = tgid;
		own_cgroup = bpf_get_current_cgroup_id();
		control.cgroup_level = BPF_CORE_READ(task, cgroups, dfl_cgrp, level);
		own_netns = BPF_CORE_READ(task, nsproxy, net_ns, ns.inum);
		own_pid_level = BPF_CORE_READ(pid, level);
		bpf_probe_read_kernel(&here, sizeof(here), (void *)pid + bpf_core_field_offset(pid->numbers) +
							   own_pid_level * sizeof(struct upid));
		own_pid_namespace = here.ns;
	}
	return tgid;
}

#include "whoami.h"

/* args[0]: slot index + 1 for the calling thread, 0 to part from it. */
CALLED(register_thread)
{
	__u32 slot1 = ctx->args[0];
	__u32 *s = bpf_task_storage_get(&threads, bpf_get_current_task_btf(), 0, BPF_LOCAL_STORAGE_GET_F_CREATE);

	if (!s)
		return -1;
	*s = slot1;
	return 0;
}

/*
 * args[0]: a descriptor of the process; its TCP or UDP socket is followed from now on, one of UDP as it is bound and
 * connected now; a connection that is left out is not. The caller's slot, if it is in a call on a TCP socket, is told.
 * args[1]: whether the socket was open before the capture. Returns 0, -1 no such socket, -2 the socket has no cookie yet
 * (SO_COOKIE gives it one).
 */
CALLED(adopt_socket)
{
	struct sock *sk = socket_of_descriptor(ctx->args[0]);
	struct tuple t;

	if (!sk || !tuple_of(sk, &t, 0))
		return -1;
	__u16 protocol = BPF_CORE_READ(sk, sk_protocol);
	__u64 cookie = BPF_CORE_READ(sk, __sk_common.skc_cookie.counter);
	__u8 state = BPF_CORE_READ(sk, __sk_common.skc_state);

	if (protocol != IPPROTO_TCP && protocol != IPPROTO_UDP)
		return -1;
	if (!cookie)
		return -2;
	if (protocol == IPPROTO_UDP) {
		follow_datagrams(sk, cookie, ctx->args[1] ? SOCKET_FOUND : 0);
		return 0;
	}
	if (state == TCP_LISTEN) {
		follow_listener(sk, cookie);
		emit_socket(sk, cookie, 0, 0, TCP_LISTEN, 0, 0, 0);
	} else if (t.ports >> 16 && state != TCP_CLOSE) {
		__u64 known = find_connection(&t);

		if (!known && is_left_out(&t))
			return 0;
		if (known != cookie) {
			if (add_connection(&t, cookie))
				COUNT(connections_refused);
			emit_socket(sk, cookie, 0, 0, state, SOCKET_FOUND, 0, 0);
		}
	}
	struct thread_slot *slot = my_slot();

	if (slot && slot->operation) {
		mark(slot, sk, cookie, slot->operation, 0);
		slot->srtt_us = BPF_CORE_READ((struct tcp_sock *)sk, srtt_us) >> 3;
		slot->snd_cwnd = BPF_CORE_READ((struct tcp_sock *)sk, snd_cwnd);
		slot->flags |= SLOT_ADOPTED;
	}
	return 0;
}

/*
 * For kernels below 6.3, which have no tracepoint at the end of a call: the thread itself asks. Like a hook there, it
 * follows a socket that nothing has met before.
 * args[0] descriptor, args[1] bytes moved, args[2] 1 sent, 0 received. Returns as adopt_socket does.
 */
CALLED(query_socket)
{
	struct sock *sk = socket_of_descriptor(ctx->args[0]);
	struct thread_slot *slot = my_slot();
	__u32 bytes = ctx->args[1], is_send = ctx->args[2], fin = 0, end;
	struct tuple t;

	if (!sk || !slot || !slot->operation || !tuple_of(sk, &t, 0))
		return -1;
	if (BPF_CORE_READ(sk, sk_protocol) == IPPROTO_UDP) {
		if (!is_send)
			datagram_read(sk, bytes);
		return 0;
	}
	if (BPF_CORE_READ(sk, sk_protocol) != IPPROTO_TCP)
		return -1;
	struct tcp_sock *tp = (struct tcp_sock *)sk;
	__u64 cookie = BPF_CORE_READ(sk, __sk_common.skc_cookie.counter);
	__u8 state = BPF_CORE_READ(sk, __sk_common.skc_state);

	if (!cookie)
		return -2;
	if (is_send) {
		end = queued_end(state, BPF_CORE_READ(tp, write_seq));
	} else {
		end = BPF_CORE_READ(tp, copied_seq);
		fin = BPF_CORE_READ(sk, __sk_common.skc_flags) >> SOCK_DONE & 1 && end == BPF_CORE_READ(tp, rcv_nxt);
		if (!bytes && !fin)
			return 0;
	}
	if ((slot->cookie != cookie || !slot->local_port) && t.ports >> 16 && state != TCP_CLOSE &&
	    find_connection(&t) != cookie) {
		if (add_connection(&t, cookie))
			COUNT(connections_refused);
		emit_socket(sk, cookie, 0, 0, state, SOCKET_FOUND, is_send ? bytes : 0, is_send ? 0 : fin + bytes);
	}
	mark(slot, sk, cookie, slot->operation, 0);
	if (is_send) {
		slot->tx0 = end - bytes;
		slot->tx1 = end;
		slot->flags |= SLOT_SENT;
	} else {
		slot->rx0 = end - fin - bytes;
		slot->rx1 = end;
		slot->flags |= SLOT_RECEIVED;
	}
	slot->srtt_us = BPF_CORE_READ(tp, srtt_us) >> 3;
	slot->snd_cwnd = BPF_CORE_READ(tp, snd_cwnd);
	return 0;
}

/* args[0..3] addresses, [4] ports, [5] netns, [6] cookie: a connection whose last packet has been waited for. */
CALLED(forget_connection)
{
	struct tuple t = { .local = { ctx->args[0], ctx->args[1] }, .remote = { ctx->args[2], ctx->args[3] },
			   .ports = ctx->args[4], .netns = ctx->args[5] };

	return remove_connection(&t, ctx->args[6]);
}

#include "door.h"
