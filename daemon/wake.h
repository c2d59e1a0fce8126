/*
 * Tells that new notices may lie in the feeds, by the door's NOTIFY, or that an endpoint was
 * changed, by its table's: listened for on a connection of its own, and every second in any case,
 * for a NOTIFY can be lost with the connection. Knows no table; who is told looks for itself.
 * In the feeds of which units, the door's NOTIFY says if they are not too many.
 */
#ifndef SAMORDNAD_WAKE_H
#define SAMORDNAD_WAKE_H

#include "rules/region.h"

#include <stddef.h>

struct event_base;
struct wake;

#define WAKE_NOTICE_CHANNEL "samordnad_notice"
#define WAKE_ENDPOINT_CHANNEL "samordnad_endpoint"
#define WAKE_POLL_MS 1000
#define WAKE_UNITS_MAX 600 /* as queries/door_notify has it */

enum wake_reason { WAKE_NOTICE, WAKE_ENDPOINT, WAKE_POLL };

/*
 * Called from the loop only. units: of WAKE_NOTICE, those in whose feeds there is something new,
 * borrowed for the call; count 0: any.
 */
typedef void wake_callback(enum wake_reason reason, const unit_id *units, size_t count, void *arg);

/*
 * conninfo: of libpq. Starts to listen. NULL, and the reason in why (PG_WHY_MAX), if conninfo is
 * malformed.
 */
struct wake *wake_new(
    struct event_base *base, const char *conninfo, wake_callback *callback, void *arg, char *why);
/* Not from within its callback. NULL is allowed. */
void wake_free(struct wake *wake);

#endif
