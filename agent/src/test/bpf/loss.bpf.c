// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/* A bad link, for a clsact queueing discipline: one packet in a hundred is dropped, by chance. */
#include <linux/bpf.h>
#include <linux/pkt_cls.h>
#include <bpf/bpf_helpers.h>

char LICENSE[] SEC("license") = "Dual BSD/GPL";

SEC("tc")
int lose(struct __sk_buff *skb)
{
	return bpf_get_prandom_u32() % 100 ? TC_ACT_OK : TC_ACT_SHOT;
}
