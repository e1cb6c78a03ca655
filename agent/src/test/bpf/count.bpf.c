// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/* Somebody else's programs on a device: they count every packet, by TCX and by a clsact queueing discipline. */
#include <linux/bpf.h>
#include <linux/pkt_cls.h>
#include <bpf/bpf_helpers.h>

#define TCX_NEXT	-1

char LICENSE[] SEC("license") = "Dual BSD/GPL";

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 4);
	__type(key, __u32);
	__type(value, __u64);
} counts SEC(".maps");

static __always_inline int count(__u32 key, int verdict)
{
	__u64 *count = bpf_map_lookup_elem(&counts, &key);

	if (count)
		__sync_fetch_and_add(count, 1);
	return verdict;
}

SEC("tc")
int tcx_in(struct __sk_buff *skb)
{
	return count(0, TCX_NEXT);
}

SEC("tc")
int tcx_out(struct __sk_buff *skb)
{
	return count(1, TCX_NEXT);
}

SEC("tc")
int clsact_in(struct __sk_buff *skb)
{
	return count(2, TC_ACT_OK);
}

SEC("tc")
int clsact_out(struct __sk_buff *skb)
{
	return count(3, TC_ACT_OK);
}
