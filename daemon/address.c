/*
 * The table of special address ranges, and looking an address up in it (see address.h). Knows no
 * setting: what is allowed in spite of the table is for others to say.
 */
#include "address.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct range4 {
	uint32_t first;
	int bits;
	const char *what;
};

#define IP4(a, b, c, d) \
	((uint32_t)(a) << 24 | (uint32_t)(b) << 16 | (uint32_t)(c) << 8 | (uint32_t)(d))

/* IANA IPv4 Special-Purpose Address Registry, and multicast. */
static const struct range4 ranges4[] = {
    {IP4(0, 0, 0, 0), 8, "this network"},
    {IP4(10, 0, 0, 0), 8, "private"},
    {IP4(100, 64, 0, 0), 10, "shared (carrier-grade NAT)"},
    {IP4(127, 0, 0, 0), 8, "loopback"},
    {IP4(169, 254, 0, 0), 16, "link-local"},
    {IP4(172, 16, 0, 0), 12, "private"},
    {IP4(192, 0, 0, 0), 24, "protocol assignments"},
    {IP4(192, 0, 2, 0), 24, "documentation"},
    {IP4(192, 31, 196, 0), 24, "AS112"},
    {IP4(192, 52, 193, 0), 24, "AMT"},
    {IP4(192, 88, 99, 0), 24, "6to4 relay"},
    {IP4(192, 168, 0, 0), 16, "private"},
    {IP4(192, 175, 48, 0), 24, "AS112"},
    {IP4(198, 18, 0, 0), 15, "benchmarking"},
    {IP4(198, 51, 100, 0), 24, "documentation"},
    {IP4(203, 0, 113, 0), 24, "documentation"},
    {IP4(224, 0, 0, 0), 4, "multicast"},
    {IP4(240, 0, 0, 0), 4, "reserved"},
};

struct range6 {
	uint8_t first[16];
	int bits;
	int ip4_at; /* the byte where an IPv4 address stands by which it is judged; 0: none */
	const char *what;
};

/*
 * IANA IPv6 Special-Purpose Address Registry. The first row that fits counts; what fits none and is
 * not in 2000::/3, the only space given out for the open internet, is reserved.
 */
static const struct range6 ranges6[] = {
    {{[15] = 1}, 128, 0, "loopback"},
    {{0}, 128, 0, "unspecified"},
    {{[10] = 0xff, 0xff}, 96, 12, "IPv4-mapped"},
    {{0}, 96, 12, "IPv4-compatible"},
    {{0x00, 0x64, 0xff, 0x9b}, 96, 12, "NAT64"},
    {{0x00, 0x64, 0xff, 0x9b, 0x00, 0x01}, 48, 0, "local-use NAT64"},
    {{0x01}, 64, 0, "discard"},
    {{0x20, 0x02}, 16, 2, "6to4"},
    {{0x20, 0x01}, 23, 0, "protocol assignments"}, /* Teredo, benchmarking, ORCHID among them */
    {{0x20, 0x01, 0x0d, 0xb8}, 32, 0, "documentation"},
    {{0x26, 0x20, 0x00, 0x4f, 0x80, 0x00}, 48, 0, "AS112"},
    {{0x3f, 0xff}, 20, 0, "documentation"},
    {{0x5f, 0x00}, 16, 0, "segment routing"},
    {{0xfc}, 7, 0, "private (unique local)"},
    {{0xfe, 0x80}, 10, 0, "link-local"},
    {{0xfe, 0xc0}, 10, 0, "site-local"},
    {{0xff}, 8, 0, "multicast"},
};

static const char *
special4(uint32_t ip)
{
	for (size_t i = 0; i < sizeof ranges4 / sizeof *ranges4; i++)
		if ((ip ^ ranges4[i].first) >> (32 - ranges4[i].bits) == 0)
			return ranges4[i].what;
	return NULL;
}

static bool
starts_alike(const uint8_t *a, const uint8_t *b, int bits)
{
	int bytes = bits / 8, rest = bits % 8;
	return memcmp(a, b, (size_t)bytes) == 0 &&
	       (rest == 0 || (a[bytes] ^ b[bytes]) >> (8 - rest) == 0);
}

static const char *
special6(const uint8_t ip[16])
{
	for (size_t i = 0; i < sizeof ranges6 / sizeof *ranges6; i++) {
		const struct range6 *r = &ranges6[i];
		if (!starts_alike(ip, r->first, r->bits))
			continue;
		if (r->ip4_at == 0)
			return r->what;
		const uint8_t *v4 = ip + r->ip4_at;
		return special4(IP4(v4[0], v4[1], v4[2], v4[3]));
	}
	return ip[0] >> 5 == 1 ? NULL : "reserved";
}

const char *
address_special(const struct sockaddr *address)
{
	if (address->sa_family == AF_INET) {
		struct sockaddr_in in;
		memcpy(&in, address, sizeof in);
		return special4(ntohl(in.sin_addr.s_addr));
	}
	if (address->sa_family == AF_INET6) {
		struct sockaddr_in6 in6;
		memcpy(&in6, address, sizeof in6);
		return special6(in6.sin6_addr.s6_addr);
	}
	return "not an internet address";
}

bool
address_is_local(const struct sockaddr *address)
{
	if (address->sa_family == AF_INET) {
		struct sockaddr_in in;
		memcpy(&in, address, sizeof in);
		return ntohl(in.sin_addr.s_addr) >> 24 == IN_LOOPBACKNET;
	}
	if (address->sa_family == AF_INET6) {
		struct sockaddr_in6 in6;
		memcpy(&in6, address, sizeof in6);
		return IN6_IS_ADDR_LOOPBACK(&in6.sin6_addr) ||
		       (IN6_IS_ADDR_V4MAPPED(&in6.sin6_addr) &&
			   in6.sin6_addr.s6_addr[12] == IN_LOOPBACKNET);
	}
	return address->sa_family == AF_UNIX;
}
