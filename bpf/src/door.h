/* SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause */
/*
 * Calls of a process that may not use bpf(2), as the seccomp filters of most containers have it. It writes what it asks for into
 * a place of its own and sends as many bytes as that place's number on a socket which is made for that: a classic filter on the
 * other end throws every message away. What is asked for is done in the middle of the send, by the thread itself.
 */
#ifndef NETFLIGHT_DOOR_H
#define NETFLIGHT_DOOR_H

/* The cookie of the socket; 0 where there is none, and this program is not loaded. */
const volatile __u64 door = 0;

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, 1);		/* one for each thread slot and some more, where there is a door */
	__type(key, __u32);
	__type(value, struct request);
} requests SEC(".maps");

/* 6.3+ */
SEC("tp_btf/sock_send_length")
int BPF_PROG(handle_request, struct sock *sk, int ret, int flags)
{
	__u32 place = ret - 1;
	struct request *r;

	if (sk->__sk_common.skc_cookie.counter != door)
		return 0;
	r = bpf_map_lookup_elem(&requests, &place);
	if (!r)
		return 0;
	switch (r->call) {
	case CALL_FOLLOW_PROCESS:
		r->answer = do_follow_process(&r->arguments);
		break;
	case CALL_REGISTER_THREAD:
		r->answer = do_register_thread(&r->arguments);
		break;
	case CALL_ADOPT_SOCKET:
		r->answer = do_adopt_socket(&r->arguments);
		break;
	case CALL_FORGET_CONNECTION:
		r->answer = do_forget_connection(&r->arguments);
		break;
	case CALL_SWEEP_DATAGRAMS:
		r->answer = do_sweep_datagrams(&r->arguments);
		break;
	case CALL_FIND_CONTROL_GROUPS:
		r->answer = do_find_control_groups(&r->arguments);
		break;
	case CALL_QUERY_SOCKET:
		r->answer = do_query_socket(&r->arguments);
		break;
	}
	return 0;
}

#endif
