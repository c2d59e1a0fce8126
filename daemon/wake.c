/*
 * Listening for what is new (see wake.h). Owns the connection that listens and the timer; knows no
 * table and nobody who is told.
 */
#include "wake.h"

#include "log.h"
#include "pg.h"

#include <event2/event.h>
#include <stdlib.h>
#include <string.h>

struct wake {
	struct pg *pg;
	struct event *poll;
	wake_callback *callback;
	void *arg;
};

static const char *const setup[] = {
    "listen " WAKE_NOTICE_CHANNEL, "listen " WAKE_ENDPOINT_CHANNEL, NULL};

/* Of numbers between commas; 0, for any, if it is not that or there are too many. */
static size_t
units_of(const char *payload, unit_id units[WAKE_UNITS_MAX])
{
	size_t count = 0;
	const char *at = payload;

	for (char *end; count < WAKE_UNITS_MAX; at = end + 1) {
		long unit = strtol(at, &end, 10);
		if (end == at || unit <= 0 || unit > INT32_MAX)
			return 0;
		units[count++] = (unit_id)unit;
		if (*end == '\0')
			return count;
		if (*end != ',')
			return 0;
	}
	return 0;
}

static void
notified(struct pg *pg, const char *channel, const char *payload, void *arg)
{
	struct wake *wake = arg;
	unit_id units[WAKE_UNITS_MAX];
	(void)pg;
	if (strcmp(channel, WAKE_ENDPOINT_CHANNEL) == 0)
		wake->callback(WAKE_ENDPOINT, NULL, 0, wake->arg);
	else
		wake->callback(WAKE_NOTICE, units, units_of(payload, units), wake->arg);
}

static void
polled(evutil_socket_t fd, short what, void *arg)
{
	struct wake *wake = arg;
	(void)fd, (void)what;
	wake->callback(WAKE_POLL, NULL, 0, wake->arg);
}

struct wake *
wake_new(
    struct event_base *base, const char *conninfo, wake_callback *callback, void *arg, char *why)
{
	struct wake *wake = xcalloc(1, sizeof *wake);
	wake->callback = callback;
	wake->arg = arg;
	struct pg_options options = {.conninfo = conninfo,
	    .name = "wake",
	    .setup = setup,
	    .notified = notified,
	    .arg = wake};
	wake->pg = pg_new(base, &options, why);
	if (wake->pg == NULL) {
		free(wake);
		return NULL;
	}
	wake->poll = event_new(base, -1, EV_PERSIST, polled, wake);
	struct timeval every = {
	    .tv_sec = WAKE_POLL_MS / 1000, .tv_usec = WAKE_POLL_MS % 1000 * 1000};
	require(wake->poll != NULL && event_add(wake->poll, &every) == 0);
	return wake;
}

void
wake_free(struct wake *wake)
{
	if (wake == NULL)
		return;
	event_free(wake->poll);
	pg_free(wake->pg);
	free(wake);
}
