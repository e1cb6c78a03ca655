// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/* Fills a ring buffer on demand, for the tests of dev.netflight.libbpf and dev.netflight.ring. */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

char LICENSE[] SEC("license") = "Dual BSD/GPL";

struct generate {
	__u64 sequence;		/* of the first record; comes back as that of the next */
	__u64 written;		/* out */
	__u64 lost;		/* out: failed reserves */
	__u32 count;
	__u32 size;		/* bytes of a record: 24, 128, 1500 or 1536 */
	__u32 discard_every;	/* every nth record is discarded; 0: none */
	__u32 pad;
};
_Static_assert(sizeof(struct generate) == 40, "generate");

struct record {
	__u64 sequence;
	__u64 mono_nanos;
	__u32 size;
	__u32 pad;
};
_Static_assert(sizeof(struct record) == 24, "record");

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 1 << 20);
} ring SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 4);
	__type(key, __u32);
	__type(value, __u64);
} table SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, 8);
	__type(key, __u32);
	__type(value, struct record);
} slots SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, __u64);
} counted SEC(".maps");

const volatile __u32 answer;
const volatile __u8 small_knob;
const volatile __u8 label[8];

__u32 other;			/* so that consumer_sleeping need not stand first */
volatile __u32 consumer_sleeping;

/* The size is a constant for the verifier, so one copy of this per size. */
static __always_inline void emit(struct generate *g, const __u32 size)
{
	struct record *r = bpf_ringbuf_reserve(&ring, size, 0);
	__u64 sequence = g->sequence++;

	if (!r) {
		g->lost++;
		return;
	}
	r->sequence = sequence;
	r->mono_nanos = bpf_ktime_get_ns();
	r->size = size;
	r->pad = 0;
	if (size > sizeof(*r) + 8)	/* the last word, to see that records are whole */
		*(__u64 *)((char *)r + size / 8 * 8 - 8) = ~sequence;
	__u64 flags = consumer_sleeping ? 0 : BPF_RB_NO_WAKEUP;
	if (g->discard_every && sequence % g->discard_every == 0) {
		bpf_ringbuf_discard(r, flags);
		return;
	}
	g->written++;
	bpf_ringbuf_submit(r, flags);
}

static long one(__u32 i, struct generate *g)
{
	switch (g->size) {
	case 24:
		emit(g, 24);
		break;
	case 128:
		emit(g, 128);
		break;
	case 1500:
		emit(g, 1500);
		break;
	case 1536:
		emit(g, 1536);
		break;
	default:
		return 1;
	}
	return 0;
}

SEC("syscall")
int generate(struct generate *g)
{
	struct generate local = *g;	/* bpf_loop wants the stack, not the context */
	__u32 count = local.count;

	/*
	 * Where the verifier inlines bpf_loop (Linux 5.19) it compares all 64 bits of the count, while clang may leave the
	 * neighbouring field in the upper half of a u32 argument: make it load the count alone.
	 */
	asm volatile("" : "+r"(count));
	if (bpf_loop(count, one, &local, 0) < 0)
		return -1;
	g->sequence = local.sequence;
	g->written = local.written;
	g->lost = local.lost;
	return 0;
}

SEC("raw_tp/sys_enter")
int sum(__u64 *args)
{
	__u32 zero = 0;
	__u64 *c = bpf_map_lookup_elem(&counted, &zero);

	if (c)
		*c += 1;
	return args[0] + args[1] + args[2];
}

SEC("raw_tp/sys_enter")
int thread(__u64 *args)
{
	return (__u32)bpf_get_current_pid_tgid();
}

SEC("raw_tp/sys_enter")
int constants(__u64 *args)
{
	return answer + small_knob + label[7];
}

/* Not loaded unless a test asks for it: the verifier refuses it. */
SEC("?raw_tp/sys_enter")
int refused(__u64 *args)
{
	__u32 key = args[0];
	__u64 *c = bpf_map_lookup_elem(&table, &key);

	return *c;
}

/* Loads only where such a hook exists: nowhere. */
SEC("?tp_btf/netflight_no_such_hook")
int no_hook(__u64 *args)
{
	return 0;
}
