/* SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause */
/*
 * The hooks where packets can be taken, and what is different there. All else is the same code: whose a packet is, the
 * filter, the record.
 *
 *              in                        out                          data begins at     of a socket
 * tracepoint   netif_receive_skb         net_dev_start_xmit           in L3, out L2      any
 * tc           TCX, after the tracepoint TCX, before queueing         L2                 any of the network namespace
 * cgroup       the socket's own filter   behind routing, netfilter    L3                 of the control group
 *
 * Programs of the last two get a struct __sk_buff, which the kernel turns into its own (bpf_cast_to_kern_ctx, 6.2). They
 * always let pass what they see.
 */
#ifndef NETFLIGHT_BACKENDS_H
#define NETFLIGHT_BACKENDS_H

#define AT_TRACEPOINT	0
#define AT_TC		1
#define AT_CGROUP	2

/* what programs return: to let the next one decide, and to let pass */
#define TCX_NEXT	-1
#define CGROUP_PASS	1

/* Fixed before load: one of those above. */
const volatile __u32 backend = AT_TRACEPOINT;

extern int bpf_dynptr_from_skb(struct sk_buff *skb, __u64 flags, struct bpf_dynptr *ptr) __ksym __weak;
extern void *bpf_cast_to_kern_ctx(void *context) __ksym __weak;

/* Whether a packet's data begins with the link-layer header, if it has one; else it begins behind that. */
static __always_inline int begins_at_link(const int where, const int egress)
{
	return where == AT_TC || (where == AT_TRACEPOINT && egress);
}

/*
 * Reads bytes of a packet wherever they lie, pages too; offset: from the packet's data on. Programs that have a context
 * read by it; only the others need bpf_dynptr_from_skb. Which they are the verifier knows by `backend`: to it a context may
 * be 0. It must see the bounds of n in the caller. Returns 0 if it could.
 */
static __always_inline int read_packet(void *to, __u64 n, struct sk_buff *skb, void *context, __u32 offset)
{
	struct bpf_dynptr packet;

	if (backend != AT_TRACEPOINT)
		return n ? bpf_skb_load_bytes(context, offset, to, n) : 0;
	return bpf_dynptr_from_skb(skb, 0, &packet) || bpf_dynptr_read(to, n, &packet, offset, 0);
}

#endif
