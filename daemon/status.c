/* How it stands; see status.h. */
#include "status.h"

#include "access_sealer.h"
#include "answer.h"
#include "clock.h"
#include "log.h"
#include "metrics.h"
#include "sql.h"
#include "uuid.h"

#include <event2/event.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PROBE_TIMEOUT_MS 5000

static struct pg_statement probe_statement = PG_STATEMENT("queries/status_probe");
static struct pg_statement heard_statement = PG_STATEMENT("queries/status_heard");

struct status {
	struct status_parts parts;
	struct event *timer;
	instant started_at;
	int64_t started_ms; /* monotonic */
	bool draining;
	bool exposed;
	bool probing, heard_asked;
	bool was_up;
	instant up_since; /* of the reads connection being up or down; real time */
	/* What the last probe said. */
	int64_t answered_ms; /* monotonic; 0: never */
	char server_version[64];
	int64_t schema_version, schema_min_daemon, register_version;
	int64_t clock_offset_us;
	char epoch[UUID_TEXT_MAX]; /* of the feeds */
	bool owner;		   /* it may do what the schema's owner may */
	/* By unit number: when it was last heard, or INSTANT_NONE. */
	instant *heard;
	int heard_count;
};

/* The number of the newest migration that this daemon carries: it is of that version (0001). */
static int64_t
own_version(void)
{
	int newest = 0, number;

	for (const struct sql_text *t = sql_texts; t->name != NULL; t++)
		if (sscanf(t->name, "migrations/%4d_", &number) == 1 && number > newest)
			newest = number;
	return newest;
}

/* ---- Who was heard ---- */

void
status_heard(void *arg, unit_id unit, instant at)
{
	struct status *st = arg;

	if (unit >= st->heard_count) {
		int count = unit * 2 + 64;
		st->heard = xrealloc(st->heard, sizeof(*st->heard) * (size_t)count);
		for (int i = st->heard_count; i < count; i++)
			st->heard[i] = INSTANT_NONE;
		st->heard_count = count;
	}
	if (st->heard[unit] < at)
		st->heard[unit] = at;
}

static void
heard_read(struct pg *pg, const struct pg_result *result, void *arg)
{
	struct status *st = arg;

	(void)pg;
	if (result->outcome != PG_OK) {
		st->heard_asked = false;
		return;
	}
	const PGresult *rows = pg_rows(result, 0);
	for (size_t i = 0; i < pg_row_count(rows); i++)
		status_heard(st, (unit_id)pg_get_int(rows, i, 0), pg_get_instant(rows, i, 1));
}

/* ---- The probe ---- */

static void
probe_read(struct pg *pg, const struct pg_result *result, void *arg)
{
	struct status *st = arg;

	(void)pg;
	st->probing = false;
	if (result->outcome != PG_OK || pg_row_count(pg_rows(result, 0)) != 1)
		return;
	const PGresult *rows = pg_rows(result, 0);
	snprintf(
	    st->server_version, sizeof(st->server_version), "%s", pg_get_text(rows, 0, 0).text);
	st->schema_version = pg_get_int_or(rows, 0, 1, 0);
	st->schema_min_daemon = pg_get_int_or(rows, 0, 2, 0);
	st->register_version = pg_get_int(rows, 0, 3);
	st->clock_offset_us = pg_get_instant(rows, 0, 4) - clock_real();
	uuid_format(pg_get_uuid(rows, 0, 5), st->epoch);
	bool owner = pg_get_bool(rows, 0, 6);
	if (owner && !st->owner && st->parts.config->daemon_role[0] != '\0')
		log_event(LOG_WARNING, "runs_as_owner", "daemon_role", "%s",
		    st->parts.config->daemon_role, "why", "%s",
		    "the database lets this daemon do what the schema's owner may: connect as "
		    "daemon_role",
		    NULL);
	st->owner = owner;
	st->answered_ms = clock_monotonic_ms();
}

/* From the timer, and from who asks how it stands and would otherwise hear of a while ago. */
static void
probe(struct status *st)
{
	struct pg_params *params;
	struct pg_call call = {&probe_statement, NULL};

	if (st->probing || !pg_is_up(st->parts.reads) ||
	    (st->answered_ms != 0 && clock_monotonic_ms() - st->answered_ms < STATUS_PROBE_MS / 2))
		return;
	st->probing = true;
	pg_send(st->parts.reads, &call, 1, PROBE_TIMEOUT_MS, probe_read, st);
	if (st->heard_asked)
		return;
	st->heard_asked = true;
	params = pg_params_new();
	pg_bind_int8(params, STATUS_HEARD_EPISODES);
	call = (struct pg_call){&heard_statement, params};
	pg_send(st->parts.reads, &call, 1, PROBE_TIMEOUT_MS, heard_read, st);
	pg_params_free(params);
}

static void
tick(evutil_socket_t fd, short events, void *arg)
{
	struct status *st = arg;
	bool up = pg_is_up(st->parts.reads);

	(void)fd;
	(void)events;
	if (up != st->was_up) {
		st->was_up = up;
		st->up_since = clock_real();
	}
	probe(st);
}

struct status *
status_new(const struct status_parts *parts)
{
	struct status *st = xcalloc(1, sizeof(*st));
	struct timeval every = {
	    .tv_sec = STATUS_PROBE_MS / 1000, .tv_usec = STATUS_PROBE_MS % 1000 * 1000};

	st->parts = *parts;
	st->started_at = st->up_since = clock_real();
	st->started_ms = clock_monotonic_ms();
	st->timer = event_new(parts->base, -1, EV_PERSIST, tick, st);
	require(st->timer != NULL);
	event_add(st->timer, &every);
	return st;
}

void
status_free(struct status *st)
{
	if (st == NULL)
		return;
	event_free(st->timer);
	free(st->heard);
	free(st);
}

void
status_drain(struct status *st)
{
	st->draining = true;
}

void
status_exposed(struct status *st)
{
	st->exposed = true;
}

/* ---- Ready ---- */

static bool
database_answers(const struct status *st)
{
	return pg_is_up(st->parts.reads) && st->answered_ms != 0 &&
	       clock_monotonic_ms() - st->answered_ms < STATUS_SILENT_MS;
}

/* What to say of a database that does not answer: one that has not had the time is not away yet. */
static const char *
silence(const struct status *st)
{
	return st->answered_ms == 0 && clock_monotonic_ms() - st->started_ms < STATUS_SILENT_MS
		   ? "starting: the database has not answered yet"
		   : "the database does not answer";
}

/* 0001: a daemon whose own newest migration is N runs if max(min_daemon) <= N <= max(version). */
static bool
schema_fits(const struct status *st)
{
	int64_t own = own_version();
	return st->schema_min_daemon <= own && own <= st->schema_version;
}

/* How long the door has been open, or, if that is shorter, the scheduler has not looked. */
static int64_t
look_age_ms(const struct status *st, const struct door_status *door)
{
	struct scheduler_status due;

	scheduler_status(st->parts.scheduler, &due);
	instant since = due.looked_at > door->state_since ? due.looked_at : door->state_since;
	return (clock_real() - since) / 1000;
}

bool
status_work_moves(const struct status *st, int64_t limit_ms)
{
	const struct push_status *push = push_status(st->parts.push);
	struct door_status door;

	if (st->draining)
		return true; /* that has its own time */
	door_status(st->parts.door, &door);
	if (door.state == DOOR_OPEN &&
	    (door.oldest_waiting_ms > limit_ms || look_age_ms(st, &door) > limit_ms))
		return false;
	return !push->connected || push->turn_age_ms <= limit_ms;
}

const char *
status_ready(struct status *st, enum status_ready what)
{
	struct door_status door;

	if (st->draining)
		return "this daemon is ending";
	probe(st);
	if (!database_answers(st))
		return silence(st);
	if (!schema_fits(st))
		return "the database's schema is not one that this daemon can use";
	if (register_region(st->parts.reg)->version == 0)
		return "the register has not been read yet";
	door_status(st->parts.door, &door);
	if (door.state != DOOR_OPEN && (what == STATUS_DOOR || door.state != DOOR_STANDBY))
		return what == STATUS_DOOR ? "this daemon is not the door"
					   : "the door is neither open nor standing by";
	if (door.state == DOOR_OPEN && look_age_ms(st, &door) > STATUS_LOOK_MS)
		return "the scheduler stands still";
	if (st->parts.push != NULL &&
	    push_status(st->parts.push)->turn_age_ms > STATUS_PUSH_TURN_MS)
		return "the push worker stands still";
	return NULL;
}

/* ---- /status ---- */

static void
write_door(const struct status *st, const struct door_status *door, struct writer *w)
{
	const char *why = door->state == DOOR_OPEN	? NULL
			  : door->state == DOOR_STANDBY ? "another daemon is the door"
			  : door->state == DOOR_TAKING	? "the door is being taken"
			  : door->state == DOOR_CLOSED	? "this daemon is ending"
							: silence(st);

	if (why == NULL && door->waiting >= st->parts.config->queue_max)
		why = "the queue is full";
	answer_key(w, "door");
	answer_open(w, '{');
	answer_text(w, "state", door_state_word(door->state));
	answer_instant(w, "since", door->state_since);
	answer_int(w, "batches", door->batches);
	answer_int(w, "facts", door->facts);
	answer_instant(w, "last_commit_at", door->last_commit_at);
	answer_close(w, '}');
	answer_bool(w, "taking_messages", why == NULL);
	answer_text(w, "why_not", why);
	answer_key(w, "queue");
	answer_open(w, '{');
	answer_int(w, "waiting", door->waiting);
	answer_int(w, "oldest_ms", door->oldest_waiting_ms);
	answer_int(w, "limit", st->parts.config->queue_max);
	answer_close(w, '}');
}

/* What is due. A scheduler that stands still counts nothing; what it last saw ahead tells. */
static struct scheduler_status
due_now(const struct status *st, const struct door_status *door)
{
	struct scheduler_status due;
	instant legal_now = clock_real() + door->clock_offset_us;

	scheduler_status(st->parts.scheduler, &due);
	if (door->state == DOOR_OPEN && due.overdue == 0 && due.next_due != INSTANT_NONE &&
	    due.next_due != INSTANT_NEVER &&
	    legal_now - due.next_due > STATUS_OVERDUE_MS * INT64_C(1000)) {
		due.overdue = 1;
		due.overdue_since = due.next_due;
	}
	return due;
}

static void
write_due(const struct status *st, const struct door_status *door, struct writer *w)
{
	struct scheduler_status due = due_now(st, door);

	answer_key(w, "due");
	answer_open(w, '{');
	answer_instant(w, "next_due", due.next_due);
	answer_int(w, "overdue", due.overdue);
	answer_instant(w, "overdue_since", due.overdue_since);
	answer_close(w, '}');
	answer_key(w, "parked");
	answer_open(w, '{');
	answer_int(w, "count", due.parked);
	answer_int(w, "overdue", due.parked_overdue);
	answer_instant(w, "since", due.parked_since);
	answer_close(w, '}');
}

static void
write_failing(const struct push_status_endpoint *e, struct writer *w)
{
	answer_open(w, '{');
	answer_int(w, "endpoint", e->endpoint);
	answer_text(w, "unit", e->unit_hsa);
	answer_instant(w, "since", e->failing_since);
	answer_text(w, "error", e->last_error);
	answer_bool(w, "paused", e->paused);
	answer_close(w, '}');
}

static void
write_waiting(const struct push_status_waiting *e, struct writer *w)
{
	answer_open(w, '{');
	answer_int(w, "endpoint", e->endpoint);
	answer_text(w, "unit", e->unit_hsa);
	answer_instant(w, "since", e->since);
	answer_close(w, '}');
}

static void
write_delivery(struct push *push, struct writer *w)
{
	answer_key(w, "delivery");
	if (push == NULL) {
		writer_literal(w, "null");
		return;
	}
	const struct push_status *p = push_status(push);
	answer_open(w, '{');
	answer_bool(w, "connected", p->connected);
	answer_int(w, "turn_age_ms", p->turn_age_ms);
	answer_int(w, "in_flight", (int64_t)p->in_flight);
	answer_key(w, "oldest_undelivered");
	if (p->any_undelivered) {
		answer_open(w, '{');
		answer_text(w, "unit", p->oldest_unit_hsa);
		answer_int(w, "seq", p->oldest_seq);
		answer_instant(w, "since", p->oldest_at);
		answer_int(w, "age_ms", p->oldest_age_ms);
		answer_close(w, '}');
	} else {
		writer_literal(w, "null");
	}
	answer_int(w, "failing_count", p->failing);
	answer_key(w, "failing");
	answer_open(w, '[');
	for (size_t i = 0; i < p->endpoint_count; i++)
		write_failing(&p->endpoints[i], w);
	answer_close(w, ']');
	answer_key(w, "waiting");
	answer_open(w, '[');
	for (size_t i = 0; i < p->waiting_count; i++)
		write_waiting(&p->waiting[i], w);
	answer_close(w, ']');
	answer_int(w, "given_up", p->given_up);
	answer_close(w, '}');
}

/* Of this daemon, if it is the door; else another seals. */
static void
write_access_log(const struct status *st, struct writer *w)
{
	const struct access_sealer_status *sealed = access_sealer_status(st->parts.sealer);

	answer_key(w, "access_log");
	answer_open(w, '{');
	answer_int(w, "seal", sealed->seal);
	answer_text(w, "hash", sealed->hash[0] != '\0' ? sealed->hash : NULL);
	answer_instant(w, "sealed_until", sealed->sealed_until);
	answer_close(w, '}');
}

void
status_level_metrics(const struct status *st)
{
	struct door_status door;

	door_status(st->parts.door, &door);
	struct scheduler_status due = due_now(st, &door);
	instant sealed_until = access_sealer_status(st->parts.sealer)->sealed_until;
	if (sealed_until == INSTANT_NONE)
		sealed_until = door.state_since;
	metrics_set(METRIC_ACCESS_UNSEALED_SECONDS,
	    door.state == DOOR_OPEN ? (clock_real() - sealed_until) / SECOND : 0);
	metrics_set(METRIC_INSTANTS_OVERDUE, due.overdue);
	metrics_set(METRIC_PARKED, due.parked);
	metrics_set(METRIC_PARKED_OVERDUE, due.parked_overdue);
	if (st->parts.push == NULL)
		return;
	const struct push_status *p = push_status(st->parts.push);
	metrics_set(METRIC_ENDPOINTS_FAILING, p->failing);
	metrics_set(METRIC_GIVEN_UP, p->given_up);
	metrics_set(METRIC_UNDELIVERED_SECONDS, p->any_undelivered ? p->oldest_age_ms / 1000 : 0);
}

/* Every unit that speaks for a ward, also one that was never heard. */
static void
write_hospitals(const struct status *st, struct writer *w)
{
	const struct region *r = register_region(st->parts.reg);

	answer_key(w, "hospitals");
	answer_open(w, '[');
	for (int i = 0; i < r->unit_count; i++) {
		const struct unit *u = &r->units[i];
		if (u->slag != SLUTENVARD)
			continue;
		answer_open(w, '{');
		answer_text(w, "unit", u->hsa_id);
		answer_instant(w, "last_heard_at",
		    u->unit < st->heard_count ? st->heard[u->unit] : INSTANT_NONE);
		answer_close(w, '}');
	}
	answer_close(w, ']');
}

static void
write_database(const struct status *st, struct writer *w)
{
	bool answers = database_answers(st);

	answer_key(w, "database");
	answer_open(w, '{');
	answer_bool(w, "connected", pg_is_up(st->parts.reads));
	answer_bool(w, "answers", answers);
	answer_instant(w, "since", st->up_since);
	answer_text(w, "error", pg_is_up(st->parts.reads) ? NULL : pg_where(st->parts.reads));
	answer_text(w, "server_version", st->server_version[0] != '\0' ? st->server_version : NULL);
	answer_int(w, "schema_version", st->schema_version);
	answer_bool(w, "owner", st->owner);
	answer_close(w, '}');
}

/* The door's reading is the one that counts; a daemon that is not the door has its probe. */
static int64_t
offset_of(const struct status *st, const struct door_status *door)
{
	return door->state == DOOR_OPEN ? door->clock_offset_us : st->clock_offset_us;
}

instant
status_legal_now(const struct status *st)
{
	struct door_status door;

	door_status(st->parts.door, &door);
	return clock_real() + offset_of(st, &door);
}

static void
write_clock(const struct status *st, const struct door_status *door, struct writer *w)
{
	int64_t offset_us = offset_of(st, door);

	answer_key(w, "clock");
	answer_open(w, '{');
	answer_instant(w, "legal_now", clock_real() + offset_us);
	answer_int(w, "offset_s", offset_us / SECOND);
	answer_close(w, '}');
}

void
status_write(struct status *st, struct writer *w)
{
	struct door_status door;

	probe(st);
	door_status(st->parts.door, &door);
	answer_open(w, '{');
	answer_text(w, "version", SAMORDNAD_VERSION);
	answer_text(w, "instance", st->parts.config->instance);
	answer_int(w, "uptime_s", (clock_real() - st->started_at) / SECOND);
	answer_bool(w, "exposed", st->exposed);
	write_door(st, &door, w);
	write_due(st, &door, w);
	write_delivery(st->parts.push, w);
	write_access_log(st, w);
	write_hospitals(st, w);
	write_database(st, w);
	write_clock(st, &door, w);
	answer_int(w, "register_version", register_region(st->parts.reg)->version);
	answer_text(w, "epoch", st->epoch[0] != '\0' ? st->epoch : NULL);
	answer_int(w, "daemon_schema", own_version());
	answer_close(w, '}');
}
