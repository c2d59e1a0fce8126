/*
 * Addresses that a delivery must not go to unless a network is allowed by name: whoever may name an
 * endpoint could otherwise have the daemon talk to what only it can reach. Owns the table of
 * special ranges (IANA's special-purpose registries), and which are this machine's own. Pure:
 * resolves nothing, connects nowhere, knows no setting.
 */
#ifndef SAMORDNAD_ADDRESS_H
#define SAMORDNAD_ADDRESS_H

#include <stdbool.h>
#include <sys/socket.h>

/*
 * Why this address is not one of the open internet: a static word ("loopback", "private" …), or
 * NULL if it is one. IPv4 inside IPv6 (mapped, NAT64 by the well-known prefix, 6to4) is judged by
 * the IPv4 address within. Another family is refused.
 */
const char *address_special(const struct sockaddr *address);

/*
 * Whether only this machine can be behind it: loopback, also as IPv4-mapped, or a unix socket. Not
 * by the table: what is loopback within 6to4 or NAT64 can come from anywhere.
 */
bool address_is_local(const struct sockaddr *address);

#endif
