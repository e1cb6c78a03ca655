// SPDX-License-Identifier: Apache-2.0
/*
 * What Debian's static archives of libelf, libpcap and libbpf need to become one shared object that depends on the C
 * library alone. The archives are compiled as position-independent for executables (PIE), not for shared objects (PIC),
 * which leaves two things that a linker refuses in a shared object: thread-local storage at a fixed offset, and variables
 * of another library reached relative to the program counter.
 */
#include <stdio.h>

#define INTERNAL __attribute__((visibility("hidden")))

/*
 * libelf's error number is thread-local at a fixed offset. The archive's member that owns it, elf_error.o, is left out
 * and this takes its place. Messages are numbers: libbpf prints them in a log line, which says itself what it was doing.
 */
static __thread int elf_error;

INTERNAL void __libelf_seterrno(int value)
{
	elf_error = value;
}

INTERNAL int elf_errno(void)
{
	int value = elf_error;

	elf_error = 0;
	return value;
}

INTERNAL const char *elf_errmsg(int error)
{
	static __thread char message[32];

	/* 0 asks for the last error, or none; -1 for the last error in any case */
	if (error == 0 && elf_error == 0)
		return NULL;
	snprintf(message, sizeof(message), "libelf error %d", error == 0 || error == -1 ? elf_error : error);
	return message;
}

/*
 * stdio's streams are variables of the C library. In the copies of the archives that are linked, objcopy has put these
 * names in their place.
 */
INTERNAL FILE *netflight_stdin, *netflight_stdout, *netflight_stderr;

__attribute__((constructor)) static void take_streams(void)
{
	netflight_stdin = stdin;
	netflight_stdout = stdout;
	netflight_stderr = stderr;
}

/*
 * libpcap captures from D-Bus too, through libdbus. Netflight compiles filters with libpcap and captures nothing, so
 * pcap-dbus.o is left out; these two answer for it that there is no such device.
 */
INTERNAL int dbus_findalldevs(void *devices, char *error)
{
	(void)devices;
	(void)error;
	return 0;
}

INTERNAL void *dbus_create(const char *device, char *error, int *is_ours)
{
	(void)device;
	(void)error;
	*is_ours = 0;
	return NULL;
}
