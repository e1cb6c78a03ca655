// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/* Runs a filter on packets that a test brings: with the stubs of the product's own header, into which the test splices. */
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_core_read.h>
#include <bpf/bpf_endian.h>

#include "netflight.h"

#define ETH_HLEN	14
#define PACKETS		1024

const volatile struct {
	__u32 whole_packets;
} config = {};

#include "backends.h"
#include "packet.h"
#include "vlan.h"
#include "filter.h"

char LICENSE[] SEC("license") = "Dual BSD/GPL";

/* of the uapi, which vmlinux.h does without */
struct bpf_raw_tracepoint_args {
	__u64 args[0];
};

struct packet_bytes {
	__u8 bytes[FILTER_ROOM];
};

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, PACKETS);
	__type(key, __u32);
	__type(value, struct packet_bytes);
} packets SEC(".maps");

/* args: [0] index, [1] length, [2] captured, [3] egress, [4] 1 for a device without a link layer. Returns the verdict. */
SEC("raw_tp")
int run_filter(struct bpf_raw_tracepoint_args *ctx)
{
	__u32 index = ctx->args[0];
	struct packet_bytes *packet = bpf_map_lookup_elem(&packets, &index);

	if (!packet)
		return -1;
	if (ctx->args[4])
		return filter_ip(packet->bytes, ctx->args[1], ctx->args[2], ctx->args[3]);
	return filter_ethernet(packet->bytes, ctx->args[1], ctx->args[2], ctx->args[3]);
}
