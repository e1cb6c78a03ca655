/**
 * The binding to libbpf and to the few functions of libc that go with it, by the Foreign Function and Memory API.
 *
 * <p>It knows nothing of capture: it opens, loads, attaches, runs and closes BPF objects, and says in one sentence what
 * failed and what to do about it. C functions keep their C names ({@link dev.netflight.libbpf.Libbpf},
 * {@link dev.netflight.libbpf.Libc}); the classes above them own lifetimes.
 *
 * <p><b>Threads.</b> {@link dev.netflight.libbpf.BpfObjectFile} and {@link dev.netflight.libbpf.BpfObject} belong to the
 * thread that controls a capture. {@link dev.netflight.libbpf.BpfMap} may be read and written by any thread as long as
 * its object is open. {@link dev.netflight.libbpf.ProgramRun} is made to be called by application threads, virtual ones
 * included. All {@code close()} methods are idempotent.
 *
 * <p>May import: {@code java.base} only.
 */
package dev.netflight.libbpf;
