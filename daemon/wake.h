/*
 * Tells that new notices may lie in the feeds, by the door's NOTIFY, or that an endpoint was
 * changed, by its table's: listened for on a connection of its own, and every second in any case,
 * for a NOTIFY can be lost with the connection. Knows no table; who is told looks for itself.
 */
#ifndef SAMORDNAD_WAKE_H
#define SAMORDNAD_WAKE_H

struct event_base;
struct wake;

#define WAKE_NOTICE_CHANNEL "samordnad_notice"
#define WAKE_ENDPOINT_CHANNEL "samordnad_endpoint"
#define WAKE_POLL_MS 1000

enum wake_reason { WAKE_NOTICE, WAKE_ENDPOINT, WAKE_POLL };

/* Called from the loop only. */
typedef void wake_callback(enum wake_reason reason, void *arg);

/*
 * conninfo: of libpq. Starts to listen. NULL, and the reason in why (PG_WHY_MAX), if conninfo is
 * malformed.
 */
struct wake *wake_new(
    struct event_base *base, const char *conninfo, wake_callback *callback, void *arg, char *why);
/* Not from within its callback. NULL is allowed. */
void wake_free(struct wake *wake);

#endif
