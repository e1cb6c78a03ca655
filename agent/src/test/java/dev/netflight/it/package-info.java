/**
 * Tests of the finished jar. Each forks real JVMs, moves real bytes over real sockets and reads the result with readers
 * that share no code with Netflight: tshark, tcpdump, capinfos, bpftool.
 *
 * <p>They need permission to load BPF programs. Where that is missing they are left out and say so; where the kernel
 * should have what they need and has it not, they fail.
 */
package dev.netflight.it;
