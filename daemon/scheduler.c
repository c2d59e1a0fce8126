/*
 * One timer for the earliest instant owed. Each look asks the database what has come by its clock
 * and hands that over; the next look is at the next instant, in a second, after a commit, or when a
 * test says that the clock was stepped.
 */
#include "scheduler.h"

#include "clock.h"
#include "metrics.h"
#include "pg.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>
#include <time.h>

#define LOOK_MAX 256 /* instants handed over at a look */
#define LOOK_MS 1000 /* the longest pause between looks */
#define TIMEOUT_MS 10000
#define AGAIN_MAX 64	/* open episodes planned anew at a look, after a change of the region */
#define PARKED_EVERY 10 /* looks between two counts of the parked */
#define FEEDS_MS \
	60000 /* the longest pause between looks for silent feeds (policy heartbeat_hours) */

struct scheduler {
	struct event_base *base;
	const struct config *config;
	struct register_ *reg;
	struct door *door;
	struct pg *pg;
	struct event *timer;
	struct pg_params *params, *events_params, *parked_params;
	bool looking;
	bool again; /* something changed while looking */
	int looks;
	int64_t
	    again_version; /* of the region by which open episodes are being planned anew, or 0 */
	instant
	    again_due; /* how far that has come: the last one's place in the order of instants */
	int64_t again_episode;
	bool again_asking, again_handed_over;
	int64_t again_lost; /* instants that the door had lost when this began */
	bool feeds_asking;
	int64_t feeds_at_ms; /* not before, by the monotonic clock */
	struct scheduler_status status;
};

static struct pg_statement due_statement = PG_STATEMENT("queries/scheduler_due");
static struct pg_statement events_statement = PG_STATEMENT("queries/scheduler_events");
static struct pg_statement parked_statement = PG_STATEMENT("queries/scheduler_parked");
static struct pg_statement open_statement = PG_STATEMENT("queries/scheduler_open");
static struct pg_statement units_statement = PG_STATEMENT("queries/scheduler_units");
static struct pg_statement planned_statement = PG_STATEMENT("queries/scheduler_planned");
static struct pg_statement feeds_statement = PG_STATEMENT("queries/scheduler_feeds");
static struct pg_statement heartbeats_statement = PG_STATEMENT("queries/scheduler_heartbeats");
static struct pg_statement listen_statement =
    PG_STATEMENT_TEXT("listen_clock", "listen " SCHEDULER_CLOCK_CHANNEL);
static struct pg_statement listen_event_statement =
    PG_STATEMENT_TEXT("listen_event", "listen " SCHEDULER_EVENT_CHANNEL);

static const char *const setup[] = {
    "set search_path = samordnad, public",
    "set plan_cache_mode = force_generic_plan",
    "set enable_seqscan = off",
    "set jit = off",
    NULL,
};

static void
look_in(struct scheduler *s, int64_t us)
{
	if (us > LOOK_MS * 1000)
		us = LOOK_MS * 1000;
	if (us < 1000)
		us = 1000;
	struct timeval tv = {us / 1000000, us % 1000000};
	event_add(s->timer, &tv);
}

static void
take_parked(struct scheduler *s, const PGresult *rows)
{
	int before = s->status.parked_overdue;

	s->status.parked = (int)pg_get_int(rows, 0, 0);
	s->status.parked_overdue = (int)pg_get_int(rows, 0, 1);
	s->status.parked_since = pg_get_instant(rows, 0, 2);
	/* domain.md section 2: operations are told, once a case */
	if (s->status.parked_overdue > before)
		log_event(LOG_WARNING, "parked", "episodes", "%d", s->status.parked_overdue, NULL);
}

/* Hands over what has come; returns how long until the next look. */
static int64_t
take_due(struct scheduler *s, const PGresult *rows)
{
	size_t count = pg_row_count(rows);

	s->status.next_due = INSTANT_NEVER;
	s->status.overdue = 0;
	s->status.overdue_since = INSTANT_NONE;
	for (size_t r = 0; r < count; r++) {
		instant now = pg_get_instant(rows, r, 0), due = pg_get_instant(rows, r, 4);
		if (due == INSTANT_NONE) /* nothing is owed: the row is the clock's */
			break;
		if (due > now) {
			s->status.next_due = due;
			return due - now;
		}
		if (s->status.overdue++ == 0)
			s->status.overdue_since = due;
		if (!door_instant(s->door, pg_get_int(rows, r, 3)))
			continue;
		metrics_add(METRIC_INSTANTS_FIRED, 1);
		metrics_observe(METRIC_INSTANT_LATENESS, (double)(now - due) / SECOND);
	}
	return LOOK_MS * 1000;
}

static void
take_events(struct scheduler *s, const PGresult *rows)
{
	for (size_t r = 0; r < pg_row_count(rows); r++)
		door_event(s->door, pg_get_int(rows, r, 0));
}

/* ---- A change of staff or policy: the open episodes are planned anew, some at each look ---- */

static void
on_planned(struct pg *pg, const struct pg_result *result, void *arg)
{
	struct scheduler *s = arg;

	(void)pg;
	if (result->outcome == PG_OK)
		log_event(
		    LOG_INFO, "planned_anew", "region_version", "%" PRId64, s->again_version, NULL);
	s->again_version = 0;
	s->again_asking = false;
}

/* All were handed over: when all are committed, and none was lost on the way, it is done. */
static void
planned(struct scheduler *s)
{
	int64_t lost;

	if (!door_instants_done(s->door, &lost))
		return;
	if (lost != s->again_lost) {
		s->again_version = 0; /* once more, from the beginning */
		return;
	}
	struct pg_params *p = pg_params_new();
	const struct pg_call call = {&planned_statement, p};
	pg_bind_int8(p, s->again_version);
	s->again_asking = true;
	pg_send(s->pg, &call, 1, TIMEOUT_MS, on_planned, s);
	pg_params_free(p);
}

static void
on_open(struct pg *pg, const struct pg_result *result, void *arg)
{
	struct scheduler *s = arg;

	(void)pg;
	s->again_asking = false;
	if (result->outcome != PG_OK) {
		s->again_version = 0; /* from the beginning, at a later look */
		return;
	}
	const PGresult *rows = pg_rows(result, 0);
	size_t count = pg_row_count(rows);
	/* The units' own files, whose numbers stand below 0 (door_instant). */
	for (size_t r = 0; result->count > 1 && r < pg_row_count(pg_rows(result, 1)); r++)
		door_instant(s->door, -pg_get_int(pg_rows(result, 1), r, 0));
	for (size_t r = 0; r < count; r++) {
		s->again_episode = pg_get_int(rows, r, 0);
		s->again_due = pg_get_instant(rows, r, 1);
		door_instant(s->door, s->again_episode);
	}
	s->again_handed_over = count < AGAIN_MAX;
}

/* The next of the open episodes, if the region is another than they were planned by. */
static void
plan_again(struct scheduler *s, int64_t region_version, int64_t planned_version)
{
	int64_t lost;

	if (region_version == planned_version || s->again_asking)
		return;
	if (s->again_version != region_version) {
		s->again_version = region_version;
		s->again_due = INSTANT_NONE;
		s->again_episode = 0;
		s->again_handed_over = false;
		door_instants_done(s->door, &lost);
		s->again_lost = lost;
	}
	if (s->again_handed_over) {
		planned(s);
		return;
	}
	struct pg_params *p = pg_params_new();
	const struct pg_call calls[] = {{&open_statement, p}, {&units_statement, NULL}};
	bool first = s->again_episode == 0;
	pg_bind_instant(p, s->again_due);
	pg_bind_int8(p, s->again_episode);
	pg_bind_int8(p, AGAIN_MAX);
	s->again_asking = true;
	pg_send(s->pg, calls, first ? 2 : 1, TIMEOUT_MS, on_open, s);
	pg_params_free(p);
}

/* ---- Heartbeats: a word in feeds in which there was none for long ---- */

static bool
wants_heartbeats(const struct region *region)
{
	for (int i = 0; i < region->policy_count; i++)
		if (region->policies[i].policy == POLICY_HEARTBEAT_HOURS &&
		    region->policies[i].value > 0)
			return true;
	return false;
}

/* A look that is to come sooner anyway stays. */
static void
look_at_feeds_in(struct scheduler *s, int64_t ms)
{
	if (clock_monotonic_ms() + ms < s->feeds_at_ms)
		s->feeds_at_ms = clock_monotonic_ms() + ms;
}

static void
on_heartbeats(struct pg *pg, const struct pg_result *result, void *arg)
{
	struct scheduler *s = arg;

	(void)pg;
	s->feeds_asking = false;
	if (result->outcome != PG_OK)
		s->feeds_at_ms = 0;
}

static void
on_feeds(struct pg *pg, const struct pg_result *result, void *arg)
{
	struct scheduler *s = arg;
	const struct region *region = register_region(s->reg);

	if (result->outcome != PG_OK) {
		on_heartbeats(pg, result, arg);
		return;
	}
	const PGresult *rows = pg_rows(result, 0);
	struct pg_params *p = pg_params_new();
	const struct pg_call call = {&heartbeats_statement, p};
	struct pg_array *units = pg_bind_array(p, PG_INT4), *seqs = pg_bind_array(p, PG_INT8);
	for (size_t r = 0; r < pg_row_count(rows); r++) {
		instant now = pg_get_instant(rows, r, 0), since = pg_get_instant(rows, r, 2);
		unit_id unit = (unit_id)pg_get_int(rows, r, 1);
		int64_t hours = region_policy(region, POLICY_HEARTBEAT_HOURS, unit, now, NULL);
		instant due = since + hours * HOUR;
		if (hours == 0)
			continue;
		if (due > now) {
			look_at_feeds_in(s, (due - now) / 1000 + 1);
			continue;
		}
		pg_put_int4(units, unit);
		pg_put_int8(seqs, pg_get_int(rows, r, 3));
	}
	if (pg_array_count(units) > 0)
		pg_send(pg, &call, 1, TIMEOUT_MS, on_heartbeats, s);
	else
		s->feeds_asking = false;
	pg_params_free(p);
}

static void
look_at_feeds(struct scheduler *s)
{
	const struct pg_call call = {&feeds_statement, NULL};

	if (s->feeds_asking || clock_monotonic_ms() < s->feeds_at_ms ||
	    !wants_heartbeats(register_region(s->reg)))
		return;
	s->feeds_asking = true;
	s->feeds_at_ms = clock_monotonic_ms() + FEEDS_MS;
	pg_send(s->pg, &call, 1, TIMEOUT_MS, on_feeds, s);
}

static void
on_looked(struct pg *pg, const struct pg_result *result, void *arg)
{
	struct scheduler *s = arg;
	int64_t wait_us = LOOK_MS * 1000;

	(void)pg;
	s->looking = false;
	if (result->outcome == PG_OK) {
		const PGresult *rows = pg_rows(result, 0);
		door_clock(s->door, pg_get_instant(rows, 0, 0));
		wait_us = take_due(s, rows);
		plan_again(s, pg_get_int(rows, 0, 1), pg_get_int(rows, 0, 2));
		take_events(s, pg_rows(result, 1));
		if (result->count > 2)
			take_parked(s, pg_rows(result, 2));
		look_at_feeds(s);
		s->status.looked_at = clock_real();
	} else if (result->outcome != PG_LOST && result->outcome != PG_AWAY) {
		log_event(LOG_ERROR, "look_failed", "sqlstate", "%s", result->sqlstate, NULL);
	}
	look_in(s, s->again ? 0 : wait_us);
	s->again = false;
}

static void
look(struct scheduler *s)
{
	struct door_status door;
	struct pg_call calls[] = {{&due_statement, s->params},
	    {&events_statement, s->events_params}, {&parked_statement, s->parked_params}};

	door_status(s->door, &door);
	if (s->looking) {
		s->again = true;
		return;
	}
	if (door.state != DOOR_OPEN || !pg_is_up(s->pg)) {
		look_in(s, LOOK_MS * 1000);
		return;
	}
	s->looking = true;
	pg_params_reset(s->params);
	pg_bind_int8(s->params, LOOK_MAX);
	pg_params_reset(s->events_params);
	pg_bind_int8(s->events_params, LOOK_MAX);
	pg_params_reset(s->parked_params);
	pg_bind_int8(s->parked_params, s->config->ops_parked_ms);
	pg_send(s->pg, calls, s->looks++ % PARKED_EVERY == 0 ? 3 : 2, TIMEOUT_MS, on_looked, s);
}

static void
on_timer(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	look(arg);
}

/* A commit may have brought an earlier instant; many commits bring one look, which the later of
 * them do not put off. */
static void
on_commit(void *arg)
{
	struct scheduler *s = arg;
	struct timeval at, soon, now;
	const struct timeval pause = {.tv_usec = 5000};

	if (s->looking) {
		s->again = true;
		return;
	}
	gettimeofday(&now, NULL);
	evutil_timeradd(&now, &pause, &soon);
	if (!event_pending(s->timer, EV_TIMEOUT, &at) || evutil_timercmp(&at, &soon, >))
		look_in(s, 5000);
}

static void
on_listening(struct pg *pg, const struct pg_result *result, void *arg)
{
	(void)arg;
	if (result->outcome != PG_OK && pg_is_up(pg))
		pg_reconnect(pg, "listen failed");
}

static void
on_connected(struct pg *pg, void *arg)
{
	const struct pg_call calls[] = {{&listen_statement, NULL}, {&listen_event_statement, NULL}};
	pg_send(pg, calls, 2, TIMEOUT_MS, on_listening, arg);
	look(arg);
}

static void
on_notified(struct pg *pg, const char *channel, const char *payload, void *arg)
{
	struct scheduler *s = arg;

	(void)pg;
	(void)payload;
	if (strcmp(channel, SCHEDULER_CLOCK_CHANNEL) == 0)
		s->looks = s->feeds_at_ms = 0; /* the parked and silent, too, go by the clock */
	look(s);
}

struct scheduler *
scheduler_new(
    struct event_base *base, const struct config *config, struct register_ *reg, struct door *door)
{
	struct scheduler *s = xcalloc(1, sizeof *s);

	s->base = base;
	s->config = config;
	s->reg = reg;
	s->door = door;
	s->status.next_due = INSTANT_NEVER;
	s->status.overdue_since = s->status.parked_since = s->status.looked_at = INSTANT_NONE;
	s->params = pg_params_new();
	s->events_params = pg_params_new();
	s->parked_params = pg_params_new();
	s->timer = evtimer_new(base, on_timer, s);
	return s;
}

void
scheduler_start(struct scheduler *s)
{
	const struct pg_options options = {
	    .conninfo = s->config->database,
	    .name = "scheduler",
	    .setup = setup,
	    .connected = on_connected,
	    .notified = on_notified,
	    .arg = s,
	};
	char why[PG_WHY_MAX];

	s->pg = pg_new(s->base, &options, why);
	require(s->pg != NULL);
	door_on_commit(s->door, on_commit, s);
}

void
scheduler_free(struct scheduler *s)
{
	if (s == NULL)
		return;
	pg_free(s->pg);
	event_free(s->timer);
	pg_params_free(s->params);
	pg_params_free(s->events_params);
	pg_params_free(s->parked_params);
	free(s);
}

void
scheduler_status(const struct scheduler *s, struct scheduler_status *out)
{
	*out = s->status;
}
