/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A cable that changes the order of packets. It makes a TUN device in each of two network namespaces and hands over what leaves
 * the one to the other. Of each flow every fifth packet with payload, TCP or UDP over IPv4, is kept back until one, two or three
 * others of its flow have overtaken it, or until 5 ms are over. None is lost.
 *
 * Arguments: the devices' name, the namespaces' files. Prints "ready" when both devices are there. Answers each line of its input
 * with how many packets were overtaken so far, "overtaken TCP UDP", and ends with its input, the devices with it.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/if.h>
#include <linux/if_tun.h>
#include <netinet/ip.h>
#include <netinet/tcp.h>
#include <netinet/udp.h>
#include <poll.h>
#include <sched.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

#define EVERY 5
#define LONGEST_NANOS 5000000
#define LARGEST 2048
/* More than the conversations of a test by far. Where two flows meet in one place, the second passes as it is. */
#define FLOWS 256
/* How many packets one side hands over before the other has its turn. */
#define BURST 64

struct flow {
	uint32_t ports;
	uint8_t protocol;
	uint32_t packets;
	/* The packet that is kept back; no bytes if none is. */
	int length;
	int overtaking;
	int wanted;
	int64_t until;
	char bytes[LARGEST];
};

struct side {
	int from;
	int to;
	struct flow flows[FLOWS];
};

static struct side sides[2];
static int kept;
static unsigned long overtaken_tcp, overtaken_udp;

static void fail(const char *what)
{
	perror(what);
	exit(1);
}

static int64_t now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return time.tv_sec * 1000000000LL + time.tv_nsec;
}

/* A device belongs to the namespace of the thread that opens the file. */
static int device(const char *name, const char *namespace)
{
	struct ifreq request = { .ifr_flags = IFF_TUN | IFF_NO_PI };
	int space = open(namespace, O_RDONLY | O_CLOEXEC);
	int file;

	if (space < 0 || setns(space, CLONE_NEWNET))
		fail(namespace);
	close(space);
	file = open("/dev/net/tun", O_RDWR | O_NONBLOCK | O_CLOEXEC);
	strncpy(request.ifr_name, name, IFNAMSIZ - 1);
	if (file < 0 || ioctl(file, TUNSETIFF, &request))
		fail("/dev/net/tun");
	return file;
}

/* A device that is not up takes nothing. That is a loss as on any cable, and no packet of a test comes so early. */
static void hand_over(struct side *side, const char *bytes, int length)
{
	while (write(side->to, bytes, length) < 0 && errno == EINTR)
		;
}

static void release(struct side *side, struct flow *flow)
{
	if (flow->overtaking > 0)
		++*(flow->protocol == IPPROTO_TCP ? &overtaken_tcp : &overtaken_udp);
	hand_over(side, flow->bytes, flow->length);
	flow->length = 0;
	kept--;
}

/* The flow of a packet with payload, NULL for any other. */
static struct flow *flow_of(struct side *side, const char *bytes, int length)
{
	const struct iphdr *ip = (const void *)bytes;
	int headers = length < (int)sizeof(*ip) || ip->version != 4 ? length : ip->ihl * 4;
	const struct tcphdr *tcp = (const void *)(bytes + headers);
	struct flow *flow;
	uint32_t ports;

	if (length < headers + (int)sizeof(struct udphdr))
		return NULL;
	if (ip->protocol == IPPROTO_UDP)
		headers += sizeof(struct udphdr);
	else if (ip->protocol == IPPROTO_TCP && length >= headers + (int)sizeof(*tcp))
		headers += tcp->doff * 4;
	else
		return NULL;
	if (length <= headers)
		return NULL;
	memcpy(&ports, tcp, sizeof(ports));
	flow = &side->flows[ports * 2654435761u >> 24];
	if (flow->packets && (flow->ports != ports || flow->protocol != ip->protocol))
		return NULL;
	flow->ports = ports;
	flow->protocol = ip->protocol;
	return flow;
}

static void packet(struct side *side, const char *bytes, int length)
{
	struct flow *flow = flow_of(side, bytes, length);

	if (flow && ++flow->packets % EVERY == 0 && !flow->length) {
		memcpy(flow->bytes, bytes, length);
		flow->length = length;
		flow->overtaking = 0;
		flow->wanted = 1 + flow->packets / EVERY % 3;
		flow->until = now() + LONGEST_NANOS;
		kept++;
		return;
	}
	hand_over(side, bytes, length);
	if (flow && flow->length && ++flow->overtaking == flow->wanted)
		release(side, flow);
}

static void release_old(void)
{
	int64_t time = now();

	for (int i = 0; i < 2; i++)
		for (struct flow *flow = sides[i].flows; flow < sides[i].flows + FLOWS; flow++)
			if (flow->length && flow->until <= time)
				release(&sides[i], flow);
}

int main(int count, char **words)
{
	struct pollfd ready[3] = { { .events = POLLIN }, { .events = POLLIN }, { .fd = STDIN_FILENO, .events = POLLIN } };
	char bytes[LARGEST];

	if (count != 4) {
		fprintf(stderr, "usage: reorder DEVICE NAMESPACE NAMESPACE\n");
		return 1;
	}
	for (int i = 0; i < 2; i++)
		sides[i].from = sides[1 - i].to = ready[i].fd = device(words[1], words[2 + i]);
	setvbuf(stdout, NULL, _IOLBF, 0);
	printf("ready\n");
	for (;;) {
		poll(ready, 3, kept ? 1 : -1);
		for (int i = 0; i < 2; i++)
			for (int j = 0, length; j < BURST && (length = read(sides[i].from, bytes, sizeof(bytes))) > 0; j++)
				packet(&sides[i], bytes, length);
		if (kept)
			release_old();
		if (ready[2].revents) {
			if (read(STDIN_FILENO, bytes, 1) <= 0)
				return 0;
			if (*bytes == '\n')
				printf("overtaken %lu %lu\n", overtaken_tcp, overtaken_udp);
		}
	}
}
