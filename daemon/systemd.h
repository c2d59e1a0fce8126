/*
 * What systemd asks of a service that it started: sd_notify(3)'s datagrams, and its watchdog. Does
 * nothing if something else started the daemon. An address that systemd listens at is the setting
 * listen = fd:3.
 */
#ifndef SAMORDNAD_SYSTEMD_H
#define SAMORDNAD_SYSTEMD_H

#include <event2/event.h>
#include <stdbool.h>
#include <stdint.h>

/* Tells systemd: "READY=1", "STOPPING=1", … A datagram that does not arrive is logged, once. */
void systemd_notify(const char *state);

/* Does the work move? limit_ms: longer than that nothing may have stood still. */
typedef bool systemd_works(int64_t limit_ms, void *arg);

/* Feeds the watchdog thrice an interval (WATCHDOG_USEC) while works() says so. NULL, if systemd
 * wants none. */
struct systemd_watchdog;
struct systemd_watchdog *systemd_watchdog_start(
    struct event_base *base, systemd_works *works, void *arg);
void systemd_watchdog_free(struct systemd_watchdog *watchdog); /* NULL is allowed */

#endif
