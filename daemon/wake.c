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

static void
notified(struct pg *pg, const char *channel, const char *payload, void *arg)
{
	struct wake *wake = arg;
	(void)pg, (void)payload;
	wake->callback(
	    strcmp(channel, WAKE_ENDPOINT_CHANNEL) == 0 ? WAKE_ENDPOINT : WAKE_NOTICE, wake->arg);
}

static void
polled(evutil_socket_t fd, short what, void *arg)
{
	struct wake *wake = arg;
	(void)fd, (void)what;
	wake->callback(WAKE_POLL, wake->arg);
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
