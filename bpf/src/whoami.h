/* SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause */
/*
 * The names of the control groups that the JVM is in, which name its container. A private control group namespace shows
 * only "/" of them in /proc.
 */
#ifndef NETFLIGHT_WHOAMI_H
#define NETFLIGHT_WHOAMI_H

/* Nearest first; those that are not there are empty. */
struct control_group {
	__u8 names[CONTROL_GROUP_LEVELS][CONTROL_GROUP_NAME];
};

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, 2);		/* version 2's, and version 1's of the controller "memory" */
	__type(key, __u32);
	__type(value, struct control_group);
} control_groups SEC(".maps");

/* 633488947ef6 ("kernfs: Use RCU to access kernfs_node::parent.", 6.15) gave the member another name. */
struct kernfs_node___6_15 {
	struct kernfs_node *__parent;
} __attribute__((preserve_access_index));

static __always_inline struct kernfs_node *parent_of(struct kernfs_node *node)
{
	struct kernfs_node___6_15 *newer = (void *)node;

	if (bpf_core_field_exists(newer->__parent))
		return BPF_CORE_READ(newer, __parent);
	return BPF_CORE_READ(node, parent);
}

static __always_inline void write_names(struct cgroup *group, __u32 at)
{
	struct control_group *names = bpf_map_lookup_elem(&control_groups, &at);
	struct kernfs_node *node = BPF_CORE_READ(group, kn);

	if (!names)
		return;
	for (int i = 0; i < CONTROL_GROUP_LEVELS && node; i++) {
		bpf_probe_read_kernel_str(names->names[i], CONTROL_GROUP_NAME, BPF_CORE_READ(node, name));
		node = parent_of(node);
	}
}

CALLED(find_control_groups)
{
	struct task_struct *task = (void *)bpf_get_current_task_btf();
	struct css_set *set = BPF_CORE_READ(task, cgroups);

	write_names(BPF_CORE_READ(set, dfl_cgrp), 0);
	if (bpf_core_enum_value_exists(enum cgroup_subsys_id, memory_cgrp_id)) {
		struct cgroup_subsys_state *memory = 0;

		bpf_probe_read_kernel(&memory, sizeof(memory), (void *)set + bpf_core_field_offset(set->subsys) +
			bpf_core_enum_value(enum cgroup_subsys_id, memory_cgrp_id) * sizeof(memory));
		if (memory)
			write_names(BPF_CORE_READ(memory, cgroup), 1);
	}
	return 0;
}

#endif
