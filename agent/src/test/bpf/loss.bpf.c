// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/* Bad links, for a clsact queueing discipline: IPv4 packets are dropped by chance, neither ARP nor what IPv6 says unasked. */
#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <linux/pkt_cls.h>
#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>

char LICENSE[] SEC("license") = "Dual BSD/GPL";

static int lose(struct __sk_buff *skb, __u32 one_in)
{
	if (skb->protocol != bpf_htons(ETH_P_IP))
		return TC_ACT_OK;
	return bpf_get_prandom_u32() % one_in ? TC_ACT_OK : TC_ACT_SHOT;
}

SEC("tc")
int lose_one_in_a_hundred(struct __sk_buff *skb)
{
	return lose(skb, 100);
}

SEC("bad")
int lose_three_in_a_hundred(struct __sk_buff *skb)
{
	return lose(skb, 33);
}

SEC("worse")
int lose_one_in_ten(struct __sk_buff *skb)
{
	return lose(skb, 10);
}
