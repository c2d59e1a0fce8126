/* The sealer of the access log; see access_sealer.h. */
#include "access_sealer.h"

#include "clock.h"
#include "log.h"

#include <event2/event.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#define TIMEOUT_MS 30000
#define SOON_MS 1000 /* until the next look for an open door */

struct access_sealer {
	struct pg *pg;
	const struct config *config;
	const struct door *door;
	struct event *timer;
	struct pg_params *params;
	struct access_sealer_status status;
	instant asked_at;
};

static struct pg_statement seal_statement = PG_STATEMENT("queries/access_seal");

static const char *const setup[] = {
    "set search_path = samordnad, public", "set enable_seqscan = off", "set jit = off", NULL};

static void
look_in(struct access_sealer *s, int ms)
{
	const struct timeval tv = {ms / 1000, ms % 1000 * 1000};

	event_add(s->timer, &tv);
}

static void
on_sealed(struct pg *pg, const struct pg_result *result, void *arg)
{
	struct access_sealer *s = arg;
	const PGresult *rows;
	int64_t entries = 0;

	(void)pg;
	if (result->outcome != PG_OK) {
		log_event(LOG_WARNING, "access_log_not_sealed", "why", "%s",
		    pg_outcome_text(result->outcome), "sqlstate", "%s", result->sqlstate, NULL);
		look_in(s, (int)s->config->access_seal_ms);
		return;
	}
	rows = pg_rows(result, 0);
	if (pg_row_count(rows) > 0) {
		entries = pg_get_int(rows, 0, 1);
		s->status.seal = pg_get_int(rows, 0, 0);
		snprintf(
		    s->status.hash, sizeof(s->status.hash), "%s", pg_get_text(rows, 0, 3).text);
		log_event(LOG_INFO, "access_log_sealed", "seal", "%" PRId64, s->status.seal,
		    "entries", "%" PRId64, entries, "hash", "%s", s->status.hash, NULL);
	}
	if (entries < ACCESS_SEAL_ENTRIES)
		s->status.sealed_until = s->asked_at;
	look_in(s, entries < ACCESS_SEAL_ENTRIES ? (int)s->config->access_seal_ms : 0);
}

static void
look(evutil_socket_t fd, short what, void *arg)
{
	struct access_sealer *s = arg;
	const struct pg_call call = {&seal_statement, s->params};
	struct door_status door;

	(void)fd;
	(void)what;
	door_status(s->door, &door);
	if (door.state != DOOR_OPEN || !pg_is_up(s->pg)) {
		s->status.sealed_until = INSTANT_NONE;
		look_in(s, SOON_MS);
		return;
	}
	s->asked_at = clock_real();
	pg_send(s->pg, &call, 1, TIMEOUT_MS, on_sealed, s);
}

struct access_sealer *
access_sealer_new(struct event_base *base, const struct config *config, const struct door *door,
    char why[static PG_WHY_MAX])
{
	struct access_sealer *s = xcalloc(1, sizeof(*s));
	const struct pg_options options = {
	    .conninfo = config->database, .name = "access_sealer", .setup = setup, .arg = s};

	s->config = config;
	s->door = door;
	s->status.sealed_until = INSTANT_NONE;
	s->params = pg_params_new();
	pg_bind_int8(s->params, ACCESS_SEAL_ENTRIES);
	pg_bind_int8(s->params, ACCESS_SEAL_BACK);
	s->timer = evtimer_new(base, look, s);
	require(s->timer != NULL);
	look_in(s, SOON_MS);
	s->pg = pg_new(base, &options, why);
	if (s->pg != NULL)
		return s;
	access_sealer_free(s);
	return NULL;
}

void
access_sealer_free(struct access_sealer *s)
{
	if (s == NULL)
		return;
	pg_free(s->pg);
	event_free(s->timer);
	pg_params_free(s->params);
	free(s);
}

const struct access_sealer_status *
access_sealer_status(const struct access_sealer *s)
{
	return &s->status;
}
