// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/*
 * Makes tagged packets of plain ones and the reverse, for kernels without VLAN devices too: tc puts one program behind,
 * the other before the device, where captures see the tag.
 */
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_endian.h>

char LICENSE[] SEC("license") = "Dual BSD/GPL";

SEC("push")
int push_tag(struct __sk_buff *skb)
{
	bpf_skb_vlan_push(skb, bpf_htons(0x8100), 5);
	return 0;
}

SEC("pop")
int pop_tag(struct __sk_buff *skb)
{
	bpf_skb_vlan_pop(skb);
	return 0;
}
