/* SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause */
/*
 * Which processes are followed. With `scope=process` it is the JVM alone, known by one comparison: `scope` is fixed
 * before load, so that the verifier takes out what the other scopes need. With them a process is looked at once, at its
 * first use of a socket, and found in a table from then on.
 */
#ifndef NETFLIGHT_SCOPE_H
#define NETFLIGHT_SCOPE_H

#define MOST_ANCESTORS	32	/* looked at to find the JVM among them */

const volatile struct scope scope = {};

/* Found when the JVM says who it is (follow_process). */
__u64 own_cgroup;
__u32 own_netns;
struct pid_namespace *own_pid_namespace;
__u32 own_pid_level;

/* A followed process that is not the JVM. */
struct process {
	__u64 operation;	/* the start that it comes from */
	__u8 told;		/* user space knows it as it is now */
	__u8 known;		/* user space knew it before its last exec */
	__u8 pad[6];
	__u8 file[LONGEST_FILE];
};

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__uint(max_entries, 8192);
	__type(key, __u32);
	__type(value, struct process);
} processes SEC(".maps");

/* Processes that have been looked at and are not followed. */
struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 8192);
	__type(key, __u32);
	__type(value, __u8);
} strangers SEC(".maps");

/* The tgid of the process that used a socket last, 0 for the JVM, by its cookie. */
struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 32768);
	__type(key, __u64);
	__type(value, __u32);
} owners SEC(".maps");

/* What bpf_get_current_pid_tgid tells, which programs of packets have since 6.10. */
static __always_inline __u32 current_tgid(void)
{
	return bpf_get_current_task_btf()->tgid;
}

static __always_inline __u32 current_tid(void)
{
	return bpf_get_current_task_btf()->pid;
}

static __always_inline struct process *follow(__u32 tgid, struct process *as)
{
	if (bpf_map_update_elem(&processes, &tgid, as, BPF_NOEXIST)) {
		COUNT(processes_refused);
		return 0;
	}
	return bpf_map_lookup_elem(&processes, &tgid);
}

/* Whether the current process descends from the JVM. One whose ancestors in between have ended does not show it. */
static __always_inline int is_descendant(void)
{
	struct task_struct *task = (void *)bpf_get_current_task_btf();

	for (int i = 0; i < MOST_ANCESTORS; i++) {
		__u32 tgid = BPF_CORE_READ(task, tgid);

		if (tgid == control.tgid)
			return 1;
		if (tgid <= 1)
			return 0;
		task = BPF_CORE_READ(task, real_parent);
	}
	return 0;
}

/*
 * The current process where it is followed beside the JVM, else 0. One that has found the table full is not followed:
 * its packets would be taken for the JVM's.
 */
static __noinline struct process *followed_process(__u32 tgid)
{
	struct process *known = bpf_map_lookup_elem(&processes, &tgid);
	struct process unknown = {};
	__u8 one = 1;

	if (known)
		return known;
	if (scope.kind == SCOPE_CGROUP) {
		if (bpf_get_current_ancestor_cgroup_id(control.cgroup_level) != own_cgroup)
			return 0;
	} else {
		if (bpf_map_lookup_elem(&strangers, &tgid))
			return 0;
		if (!is_descendant()) {
			bpf_map_update_elem(&strangers, &tgid, &one, BPF_ANY);
			return 0;
		}
	}
	return follow(tgid, &unknown);
}

/* As the followed process counts; 0 for one that it cannot see. */
static __always_inline __u32 number_for_us(struct pid *pid)
{
	struct upid here = {};

	if (!pid || BPF_CORE_READ(pid, level) < own_pid_level)
		return 0;
	bpf_probe_read_kernel(&here, sizeof(here), (void *)pid + bpf_core_field_offset(pid->numbers) +
						   own_pid_level * sizeof(struct upid));
	return here.ns == own_pid_namespace ? here.nr : 0;
}

static __always_inline __u32 pid_for_us(struct task_struct *task)
{
	return number_for_us(BPF_CORE_READ(task, group_leader, thread_pid));
}

/* Once for each program that a process runs: whose the packets of its sockets are. In the process itself. */
static __always_inline void tell_process(__u32 tgid, struct process *process)
{
	struct task_struct *task = (void *)bpf_get_current_task_btf();
	struct task_struct *parent = BPF_CORE_READ(task, group_leader, real_parent);
	struct process_record *r;

	if (process->told)
		return;
	r = bpf_ringbuf_reserve(&records, sizeof(*r), 0);
	if (!r) {
		COUNT(records_lost);
		return;
	}
	r->header.mono_nanos = bpf_ktime_get_ns();
	r->header.cookie = 0;
	r->header.kind = RECORD_PROCESS;
	r->header.netns = 0;
	r->operation = process->operation;
	r->tgid = tgid;
	r->pid = pid_for_us(task);
	r->parent_tgid = BPF_CORE_READ(parent, tgid);
	r->parent_pid = pid_for_us(parent);
	r->flags = process->known ? 0 : PROCESS_IS_NEW;
	BPF_CORE_READ_INTO(&r->comm, task, group_leader, comm);
	__builtin_memcpy(r->file, process->file, sizeof(r->file));

	unsigned long start = BPF_CORE_READ(task, mm, arg_start);
	__u64 length = BPF_CORE_READ(task, mm, arg_end) - start;

	barrier_var(length);	/* the verifier must see the bound on the very register that the call takes */
	if (length > sizeof(r->arguments))
		length = sizeof(r->arguments);
	r->arguments_length = bpf_probe_read_user(r->arguments, length, (void *)start) ? 0 : length;
	process->told = process->known = 1;
	bpf_ringbuf_submit(r, wakeup());
}

static __always_inline void emit_owner(__u64 cookie, __u32 tgid)
{
	struct owner_record *r = bpf_ringbuf_reserve(&records, sizeof(*r), 0);

	if (!r) {
		COUNT(records_lost);
		return;
	}
	r->header.mono_nanos = bpf_ktime_get_ns();
	r->header.cookie = cookie;
	r->header.kind = RECORD_OWNER;
	r->header.netns = 0;
	r->tgid = tgid;
	r->pad = 0;
	bpf_ringbuf_submit(r, wakeup());
}

/*
 * The current process uses this socket. Tells user space where that is another one than before; a socket of which
 * nothing was told is the JVM's. Comes after the record that has told of the socket itself.
 */
static __noinline void own_socket(__u64 cookie)
{
	__u32 tgid = current_tgid();
	__u32 *before = bpf_map_lookup_elem(&owners, &cookie);
	__u32 owner = 0;

	if (tgid != control.tgid) {
		struct process *process = bpf_map_lookup_elem(&processes, &tgid);

		if (!process)
			return;
		tell_process(tgid, process);
		owner = tgid;
	}
	if (before ? *before == owner : !owner)
		return;
	bpf_map_update_elem(&owners, &cookie, &owner, BPF_ANY);
	emit_owner(cookie, owner);
}

/* An accepted socket is its listener's owner's, until another process uses it. */
static __always_inline void inherit_owner(__u64 listener, __u64 cookie)
{
	__u32 *owner = bpf_map_lookup_elem(&owners, &listener);

	if (owner && *owner) {
		__u32 tgid = *owner;

		bpf_map_update_elem(&owners, &cookie, &tgid, BPF_ANY);
		emit_owner(cookie, tgid);
	}
}

static __always_inline int is_own_process(void)
{
	return current_tgid() == control.tgid;
}

/* Whether what the current process does to sockets is of the capture. */
static __always_inline int is_in_scope(void)
{
	__u32 tgid = current_tgid();

	return tgid == control.tgid || (scope.kind != SCOPE_PROCESS && followed_process(tgid));
}

/* ---- life of processes --------------------------------------------------------------------------------------- */

/* In the parent, before the child runs. */
SEC("tp_btf/sched_process_fork")
int BPF_PROG(handle_fork, struct task_struct *parent, struct task_struct *child)
{
	__u32 parent_tgid = parent->tgid, tgid = child->tgid;
	struct process process = {};

	if (child->pid != child->tgid)
		return 0;
	if (parent_tgid == control.tgid) {
		struct thread_slot *slot = my_slot();

		if (slot && slot->operation && slot->kind == OPERATION_START) {
			process.operation = slot->operation;
			slot->cookie = STARTED_PROCESS | tgid;
			slot->local_port = 0;
			slot->flags = SLOT_STATE;
			slot->result_operation = process.operation;
		}
	} else {
		struct process *known = bpf_map_lookup_elem(&processes, &parent_tgid);

		if (!known)
			return 0;
		process.operation = known->operation;
		__builtin_memcpy(process.file, known->file, sizeof(process.file));
	}
	bpf_map_delete_elem(&strangers, &tgid);
	bpf_map_delete_elem(&processes, &tgid);
	follow(tgid, &process);
	return 0;
}

SEC("tp_btf/sched_process_exec")
int BPF_PROG(handle_exec, struct task_struct *task, pid_t old_pid, struct linux_binprm *program)
{
	__u32 tgid = task->tgid;
	struct process *process = bpf_map_lookup_elem(&processes, &tgid);

	if (!process)
		return 0;
	process->told = 0;
	process->file[0] = 0;
	bpf_probe_read_kernel_str(process->file, sizeof(process->file), program->filename);
	return 0;
}

SEC("tp_btf/sched_process_exit")
int BPF_PROG(handle_exit, struct task_struct *task)
{
	__u32 tgid = task->tgid;

	if (BPF_CORE_READ(task, signal, live.counter))
		return 0;
	if (bpf_map_delete_elem(&processes, &tgid))
		bpf_map_delete_elem(&strangers, &tgid);
	return 0;
}

#endif
