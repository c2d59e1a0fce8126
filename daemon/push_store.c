/*
 * Push: what is written to and read from the database. Knows no HTTP; decides nothing about what is
 * sent.
 */
#include "push_internal.h"

#include "clock.h"
#include "feed.h"
#include "log.h"
#include "metrics.h"
#include "rules/episode.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define TURN_TIMEOUT_MS 30000

static struct pg_statement statements[PUSH_STEPS] = {
    [STEP_CURSOR] = PG_STATEMENT("queries/push_cursor"),
    [STEP_DELIVERED] = PG_STATEMENT("queries/push_delivered"),
    [STEP_UNDELIVERED] = PG_STATEMENT("queries/push_undelivered"),
    [STEP_LIFT] = PG_STATEMENT("queries/push_lift"),
    [STEP_PROMOTE] = PG_STATEMENT("queries/push_promote"),
    [STEP_ATTEMPT] = PG_STATEMENT("queries/push_attempt"),
    [STEP_PAUSE] = PG_STATEMENT("queries/push_pause"),
    [STEP_RELEASE] = PG_STATEMENT("queries/push_release"),
    [STEP_RENEW] = PG_STATEMENT("queries/push_renew"),
    [STEP_LEASE] = PG_STATEMENT("queries/push_lease"),
    [STEP_REVIVE] = PG_STATEMENT("queries/push_revive"),
    [STEP_PAGE] = PG_STATEMENT("queries/push_page"),
    [STEP_DUE] = PG_STATEMENT("queries/push_due"),
};
static struct pg_statement status_endpoints = PG_STATEMENT("queries/push_status_endpoints");
static struct pg_statement status_waiting = PG_STATEMENT("queries/push_status_waiting");
static struct pg_statement waiting = PG_STATEMENT("queries/push_waiting");
static struct pg_statement status_oldest = PG_STATEMENT("queries/push_status_oldest");

/* A turn being put together. */
struct batch {
	struct push *push;
	struct pg_call calls[PUSH_STEPS];
	size_t count;
};

static void
batch_add(struct batch *batch, enum push_step step, struct pg_params *params)
{
	batch->push->steps[batch->count] = step;
	batch->calls[batch->count++] = (struct pg_call){&statements[step], params};
}

/* ---- Recording ---- */

/* undelivered.state (sql/migrations/0003, 0004). */
enum { ROW_WAITS, ROW_GIVEN_UP, ROW_SUPERSEDED };

/* The arrays of the statements that record lanes, filled side by side. */
struct record {
	struct pg_params *cursor, *delivered, *rows, *lift, *promote;
	struct pg_array *cursor_endpoint, *cursor_token, *cursor_next, *cursor_failures,
	    *cursor_failing, *cursor_error, *cursor_success;
	struct pg_array *delivered_endpoint, *delivered_token, *delivered_seq;
	struct pg_array *row_endpoint, *row_token, *row_seq, *row_episode, *row_attempts,
	    *row_state, *row_delay, *row_urgent_after;
	struct pg_array *lift_endpoint, *lift_token, *lift_seq, *lift_episode, *lift_step;
	struct pg_array *promote_endpoint, *promote_episode;
};

static void
record_init(struct record *r)
{
	r->cursor = pg_params_new();
	r->cursor_endpoint = pg_bind_array(r->cursor, PG_INT8);
	r->cursor_token = pg_bind_array(r->cursor, PG_INT8);
	r->cursor_next = pg_bind_array(r->cursor, PG_INT8);
	r->cursor_failures = pg_bind_array(r->cursor, PG_INT4);
	r->cursor_failing = pg_bind_array(r->cursor, PG_TIMESTAMPTZ);
	r->cursor_error = pg_bind_array(r->cursor, PG_TEXT);
	r->cursor_success = pg_bind_array(r->cursor, PG_TIMESTAMPTZ);
	r->delivered = pg_params_new();
	r->delivered_endpoint = pg_bind_array(r->delivered, PG_INT8);
	r->delivered_token = pg_bind_array(r->delivered, PG_INT8);
	r->delivered_seq = pg_bind_array(r->delivered, PG_INT8);
	r->rows = pg_params_new();
	r->row_endpoint = pg_bind_array(r->rows, PG_INT8);
	r->row_token = pg_bind_array(r->rows, PG_INT8);
	r->row_seq = pg_bind_array(r->rows, PG_INT8);
	r->row_episode = pg_bind_array(r->rows, PG_INT8);
	r->row_attempts = pg_bind_array(r->rows, PG_INT2);
	r->row_state = pg_bind_array(r->rows, PG_INT2);
	r->row_delay = pg_bind_array(r->rows, PG_INT8);
	r->row_urgent_after = pg_bind_array(r->rows, PG_INT2);
	r->lift = pg_params_new();
	r->lift_endpoint = pg_bind_array(r->lift, PG_INT8);
	r->lift_token = pg_bind_array(r->lift, PG_INT8);
	r->lift_seq = pg_bind_array(r->lift, PG_INT8);
	r->lift_episode = pg_bind_array(r->lift, PG_INT8);
	r->lift_step = pg_bind_array(r->lift, PG_INT8);
	r->promote = pg_params_new();
	r->promote_endpoint = pg_bind_array(r->promote, PG_INT8);
	r->promote_episode = pg_bind_array(r->promote, PG_INT8);
}

static void
record_promote(struct record *r, const struct push_endpoint *e, const struct lane_item *item)
{
	if (item->episode == 0)
		return;
	pg_put_int8(r->promote_endpoint, e->endpoint);
	pg_put_int8(r->promote_episode, item->episode);
}

static void
record_lift(struct record *r, const struct push_endpoint *e, const struct lane_item *item)
{
	if (item->episode == 0 || item->class != NOTICE_URGENT)
		return;
	pg_put_int8(r->lift_endpoint, e->endpoint);
	pg_put_int8(r->lift_token, e->token);
	pg_put_int8(r->lift_seq, item->seq);
	pg_put_int8(r->lift_episode, item->episode);
	pg_put_int8(r->lift_step, lane_lift_ms(push_random32()));
}

/* delay_ms -1: no time is set. */
static void
record_row(
    struct record *r, const struct push_endpoint *e, const struct lane_item *item, int64_t delay_ms)
{
	pg_put_int8(r->row_endpoint, e->endpoint);
	pg_put_int8(r->row_token, e->token);
	pg_put_int8(r->row_seq, item->seq);
	pg_put_int8(r->row_episode, item->episode);
	pg_put_int2(r->row_attempts, (int16_t)item->attempts);
	pg_put_int2(r->row_state, item->state == LANE_GIVEN_UP	   ? ROW_GIVEN_UP
				  : item->state == LANE_SUPERSEDED ? ROW_SUPERSEDED
								   : ROW_WAITS);
	if (delay_ms < 0)
		pg_put_null(r->row_delay);
	else
		pg_put_int8(r->row_delay, delay_ms);
	if (item->class == NOTICE_URGENT)
		pg_put_int2(r->row_urgent_after, (int16_t)item->urgent_after);
	else
		pg_put_null(r->row_urgent_after);
}

static void
record_item(struct record *r, const struct push *push, const struct push_endpoint *e,
    struct lane_item *item, int64_t next_seq)
{
	switch (item->state) {
	case LANE_READY:
	case LANE_IN_FLIGHT:
		/*
		 * Whoever takes over if we fall silent sends it then. We go on with it meanwhile.
		 */
		if (!lane_needs_row(item, next_seq))
			return;
		record_row(r, e, item, e->leaving ? 0 : push->config->push_lease_ms);
		break;
	case LANE_DELIVERED:
		if (item->stored) {
			pg_put_int8(r->delivered_endpoint, e->endpoint);
			pg_put_int8(r->delivered_token, e->token);
			pg_put_int8(r->delivered_seq, item->seq);
			record_promote(r, e, item);
		}
		break;
	case LANE_FAILED:
		record_row(r, e, item, item->delay_ms);
		if (item->supersedes) /* the rows that it supersedes go as they fall due */
			record_lift(r, e, item);
		break;
	case LANE_GIVEN_UP:
	case LANE_SUPERSEDED:
		record_row(r, e, item, -1);
		record_promote(r, e, item);
		break;
	case LANE_PARKED:
		record_row(r, e, item, item->episode == 0 ? 0 : -1);
		record_lift(r, e, item);
		record_promote(r, e, item);
		break;
	}
	item->writing = true;
}

static void
record_endpoint(struct record *r, const struct push *push, struct push_endpoint *e)
{
	int64_t next_seq = e->held ? 0 : lane_next_seq(&e->lane);
	pg_put_int8(r->cursor_endpoint, e->endpoint);
	pg_put_int8(r->cursor_token, e->token);
	pg_put_int8(r->cursor_next, next_seq);
	pg_put_int4(r->cursor_failures, e->failures);
	pg_put_instant(r->cursor_failing, e->failing_since);
	pg_put_string(r->cursor_error, e->error[0] != '\0' ? e->error : NULL);
	pg_put_instant(r->cursor_success, e->success_at);
	for (int i = 0; i < e->lane.count && !e->held; i++)
		record_item(r, push, e, &e->lane.items[i], next_seq);
	e->dirty = false;
	e->writing = true;
}

/* Adds the statement if its arrays hold anything; otherwise drops its parameters. */
static void
batch_add_filled(struct batch *batch, enum push_step step, struct pg_params *params,
    const struct pg_array *array)
{
	if (pg_array_count(array) > 0)
		batch_add(batch, step, params);
	else
		pg_params_free(params);
}

static void
batch_record(struct batch *batch)
{
	struct push *push = batch->push;
	struct record r;
	record_init(&r);
	size_t limit = push->endpoints_limit, count = 0;
	struct push_endpoint *e;
	LIST_FOREACH(e, &push->endpoints, link)
	{
		if (!e->dirty || (limit > 0 && (!e->refused || count == limit)))
			continue;
		record_endpoint(&r, push, e);
		count++;
	}
	pg_bind_int8(r.cursor, push->holder);
	pg_bind_int8(r.delivered, push->holder);
	pg_bind_int8(r.rows, push->holder);
	pg_bind_int8(r.lift, push->holder);
	batch_add_filled(batch, STEP_CURSOR, r.cursor, r.cursor_endpoint);
	batch_add_filled(batch, STEP_DELIVERED, r.delivered, r.delivered_endpoint);
	batch_add_filled(batch, STEP_UNDELIVERED, r.rows, r.row_endpoint);
	batch_add_filled(batch, STEP_LIFT, r.lift, r.lift_endpoint);
	batch_add_filled(batch, STEP_PROMOTE, r.promote, r.promote_endpoint);
}

/* The first that wait are those to be written now. */
static void
attempts_take(struct push *push)
{
	struct push_attempts *all = &push->attempts, *taken = &push->attempts_writing;
	size_t count = all->count;
	if (push->attempts_limit > 0)
		count = push->attempts_limit < push->attempts_refused ? push->attempts_limit
								      : push->attempts_refused;
	if (count == 0)
		return;
	if (taken->size < count) {
		taken->rows = xrealloc(taken->rows, count * sizeof *taken->rows);
		taken->size = count;
	}
	memcpy(taken->rows, all->rows, count * sizeof *taken->rows);
	taken->count = count;
	all->count -= count;
	memmove(all->rows, all->rows + count, all->count * sizeof *all->rows);
}

static void
batch_attempts(struct batch *batch)
{
	struct push *push = batch->push;
	attempts_take(push);
	if (push->attempts_writing.count == 0)
		return;
	struct pg_params *params = pg_params_new();
	struct pg_array *endpoint = pg_bind_array(params, PG_INT8),
			*seq = pg_bind_array(params, PG_INT8),
			*at = pg_bind_array(params, PG_TIMESTAMPTZ),
			*nr = pg_bind_array(params, PG_INT2),
			*duration = pg_bind_array(params, PG_INT4),
			*status = pg_bind_array(params, PG_INT2),
			*error = pg_bind_array(params, PG_TEXT),
			*address = pg_bind_array(params, PG_TEXT),
			*answer = pg_bind_array(params, PG_BYTEA),
			*delay = pg_bind_array(params, PG_INT8);
	for (size_t i = 0; i < push->attempts_writing.count; i++) {
		const struct push_attempt *a = &push->attempts_writing.rows[i];
		pg_put_int8(endpoint, a->endpoint);
		pg_put_int8(seq, a->seq);
		pg_put_instant(at, a->at);
		pg_put_int2(nr, (int16_t)a->nr);
		pg_put_int4(duration, a->duration_ms);
		if (a->status != 0)
			pg_put_int2(status, (int16_t)a->status);
		else
			pg_put_null(status);
		pg_put_string(error, a->error[0] != '\0' ? a->error : NULL);
		pg_put_string(address, a->address[0] != '\0' ? a->address : NULL);
		pg_put_bytea(answer, a->answer_len > 0 ? a->answer : NULL, a->answer_len);
		if (a->delay_ms >= 0)
			pg_put_int8(delay, a->delay_ms);
		else
			pg_put_null(delay);
	}
	batch_add(batch, STEP_ATTEMPT, params);
}

/* ---- Leases ---- */

static void
batch_leaving(struct batch *batch)
{
	struct push *push = batch->push;
	struct pg_params *pause = pg_params_new(), *release = pg_params_new();
	struct pg_array *gone = pg_bind_array(pause, PG_INT8),
			*gone_token = pg_bind_array(pause, PG_INT8);
	struct pg_array *endpoint = pg_bind_array(release, PG_INT8),
			*token = pg_bind_array(release, PG_INT8);
	struct push_endpoint *e;
	LIST_FOREACH(e, &push->endpoints, link)
	{
		if (e->leaving == PUSH_STAYS || e->lane.in_flight > 0 || e->dirty || e->held)
			continue;
		if (e->leaving == PUSH_LEAVES_GONE) {
			pg_put_int8(gone, e->endpoint);
			pg_put_int8(gone_token, e->token);
		}
		pg_put_int8(endpoint, e->endpoint);
		pg_put_int8(token, e->token);
		e->releasing = true;
	}
	pg_bind_int8(pause, push->holder);
	pg_bind_int8(release, push->holder);
	batch_add_filled(batch, STEP_PAUSE, pause, gone);
	batch_add_filled(batch, STEP_RELEASE, release, endpoint);
}

static void
batch_renew(struct batch *batch)
{
	struct push *push = batch->push;
	if (clock_monotonic_ms() < push->renew_at_ms || push->endpoint_count == 0)
		return;
	int64_t third_ms = push->config->push_lease_ms / 3;
	push->renew_at_ms =
	    clock_monotonic_ms() + (third_ms < PUSH_RENEW_MS_MAX ? third_ms : PUSH_RENEW_MS_MAX);
	struct pg_params *params = pg_params_new();
	struct pg_array *endpoint = pg_bind_array(params, PG_INT8),
			*token = pg_bind_array(params, PG_INT8);
	struct pg_array *version;
	struct push_endpoint *e;

	pg_bind_int8(params, push->holder);
	pg_bind_int8(params, push->config->push_lease_ms);
	version = pg_bind_array(params, PG_TEXT);
	LIST_FOREACH(e, &push->endpoints, link)
	{
		if (e->releasing)
			continue;
		e->renewing = true;
		pg_put_int8(endpoint, e->endpoint);
		pg_put_int8(token, e->token);
		pg_put_string(version, e->version);
	}
	batch_add_filled(batch, STEP_RENEW, params, endpoint);
}

static void
batch_lease(struct batch *batch)
{
	struct push *push = batch->push;
	if (!push->woken && !push->polled && push->told_count == 0)
		return;
	struct pg_params *params = pg_params_new();
	pg_bind_int8(params, push->holder);
	pg_bind_int8(params, push->config->push_lease_ms);
	pg_bind_int8(params, PUSH_LEASES_MAX);
	pg_bind_bool(params, push->polled);
	pg_bind_int2(params, PHASE_AVLIDEN);
	pg_bind_bool(params, push->woken || push->polled);
	struct pg_array *told = pg_bind_array(params, PG_INT4);
	for (size_t i = 0; i < push->told_count; i++)
		pg_put_int4(told, push->told[i]);
	batch_add(batch, STEP_LEASE, params);
}

/* ---- Reading ---- */

static int
least(size_t a, size_t b)
{
	return (int)(a < b ? a : b);
}

/*
 * An endpoint of which nothing good is heard holds but a few notices, so that the others find room
 * in memory however many there are. At the beginning of a turn, when no page is under way.
 */
static void
lanes_fit(struct push *push)
{
	int64_t now_ms = clock_monotonic_ms();
	struct push_endpoint *e;
	LIST_FOREACH(e, &push->endpoints, link)
	{
		int before = e->lane.count;
		if (push_hears(e, now_ms) ? lane_widen(&e->lane) : lane_narrow(&e->lane))
			e->more_log = e->more_rows = true;
		push->items -= (size_t)(before - e->lane.count);
	}
}

static int
compare_units(const void *a, const void *b)
{
	unit_id x = *(const unit_id *)a, y = *(const unit_id *)b;

	return (x > y) - (x < y);
}

/* May there be something new in the endpoint's feed? The units are in order. */
static bool
is_told(const struct push *push, const struct push_endpoint *e)
{
	return push->woken || push->polled ||
	       bsearch(&e->unit, push->told, push->told_count, sizeof push->told[0],
		   compare_units) != NULL;
}

static void
batch_page(struct batch *batch)
{
	struct push *push = batch->push;
	struct pg_params *lives = pg_params_new(), *params = pg_params_new();
	struct pg_array *reviving = pg_bind_array(lives, PG_INT8);
	struct pg_array *endpoint = pg_bind_array(params, PG_INT8),
			*unit = pg_bind_array(params, PG_INT4),
			*after = pg_bind_array(params, PG_INT8),
			*most = pg_bind_array(params, PG_INT8);
	size_t room = push->items < PUSH_ITEMS_MAX ? PUSH_ITEMS_MAX - push->items : 0;
	struct push_endpoint *e;
	qsort(push->told, push->told_count, sizeof push->told[0], compare_units);
	LIST_FOREACH(e, &push->endpoints, link)
	{
		if (e->leaving != PUSH_STAYS || !(e->more_log || is_told(push, e)))
			continue;
		e->asked_log = least((size_t)lane_room(&e->lane, LANE_FROM_LOG), room);
		e->more_log = true;
		if (e->asked_log < (push->polled ? 1 : lane_size(&e->lane, LANE_FROM_LOG) / 4))
			continue;
		e->asked_log_made = true;
		room -= (size_t)e->asked_log;
		pg_put_int8(reviving, e->endpoint);
		pg_put_int8(endpoint, e->endpoint);
		pg_put_int4(unit, e->unit);
		pg_put_int8(after, e->lane.read_seq);
		pg_put_int8(most, e->asked_log);
	}
	pg_bind_int2(params, PHASE_AVLIDEN);
	batch_add_filled(batch, STEP_PAGE, params, endpoint);
	pg_bind_int2(lives, PHASE_AVLIDEN);
	batch_add_filled(batch, STEP_REVIVE, lives, reviving);
}

static void
batch_due(struct batch *batch)
{
	struct push *push = batch->push;
	struct pg_params *params = pg_params_new();
	struct pg_array *endpoint = pg_bind_array(params, PG_INT8),
			*unit = pg_bind_array(params, PG_INT4),
			*most = pg_bind_array(params, PG_INT8);
	struct push_endpoint *e;
	LIST_FOREACH(e, &push->endpoints, link)
	{
		if (e->leaving != PUSH_STAYS || !(e->more_rows || push->polled))
			continue;
		int room = lane_room(&e->lane, LANE_FROM_ROWS);
		if (room < (push->polled ? 1 : lane_size(&e->lane, LANE_FROM_ROWS) / 2) ||
		    push->items >= PUSH_ITEMS_MAX)
			continue;
		/* Rows of what is in the lane already may come first. */
		e->asked_rows = room + e->lane.count;
		e->more_rows = false;
		pg_put_int8(endpoint, e->endpoint);
		pg_put_int4(unit, e->unit);
		pg_put_int8(most, e->asked_rows);
	}
	pg_bind_int2(params, PHASE_AVLIDEN);
	batch_add_filled(batch, STEP_DUE, params, endpoint);
}

/*
 * One row into its lane. False if it is of a newer daemon's type: the pages of an endpoint end
 * before it, and that daemon will tell of it when this one has gone.
 */
static bool
take_notice(struct push *push, struct push_endpoint *e, const PGresult *rows, size_t row,
    enum lane_origin origin)
{
	enum { COL_EPISODE_NR = 16, COL_ATTEMPTS, COL_BEHIND, COL_DEAD, COL_URGENT_AFTER };
	struct notice notice;
	size_t len;
	char *event = feed_event(rows, row, push->config, &notice, &len);
	if (event == NULL)
		return false;
	uuid_format(notice.epoch, e->epoch);
	bool urgent = !pg_get_null(rows, row, COL_URGENT_AFTER);
	bool dead = pg_get_bool(rows, row, COL_DEAD);
	struct lane_item item = {.seq = notice.seq,
	    .episode = pg_get_int(rows, row, COL_EPISODE_NR),
	    .class = urgent ? NOTICE_URGENT : notice_type_class(notice.type),
	    .urgent_after = urgent ? (int)pg_get_int(rows, row, COL_URGENT_AFTER) : 0,
	    .supersedes = dead && notice.type == NOTICE_AVLIDEN,
	    .superseded = dead && notice.type != NOTICE_AVLIDEN,
	    .origin = origin,
	    .attempts = (int)pg_get_int(rows, row, COL_ATTEMPTS),
	    .event = event,
	    .event_len = len};
	if (lane_add(&e->lane, &item, pg_get_bool(rows, row, COL_BEHIND)))
		push->items++;
	e->dirty = e->dirty || lane_is_dirty(&e->lane);
	e->busy_at_ms = clock_monotonic_ms();
	push_queue(push, e);
	return true;
}

static void
take_notices(struct push *push, const PGresult *rows, enum lane_origin origin)
{
	enum { COL_SEQ = 1, COL_ENDPOINT = 15 };
	int64_t stopped = 0;
	for (size_t i = 0; i < pg_row_count(rows); i++) {
		struct push_endpoint *e = push_find(push, pg_get_int(rows, i, COL_ENDPOINT));
		int64_t seq = pg_get_int(rows, i, COL_SEQ);
		/* What was asked for an earlier lease is not what this one is to read. */
		if (e == NULL || e->endpoint == stopped ||
		    (origin == LANE_FROM_LOG && !e->asked_log_made))
			continue;
		if (origin == LANE_FROM_LOG)
			e->asked_log--;
		else if (--e->asked_rows == 0 || lane_room(&e->lane, origin) == 0)
			e->more_rows = true;
		if (lane_room(&e->lane, origin) == 0 || lane_find(&e->lane, seq) != NULL ||
		    (origin == LANE_FROM_LOG && seq <= e->lane.read_seq))
			continue;
		if (!take_notice(push, e, rows, i, origin))
			stopped = e->endpoint;
	}
}

static void
see_none(struct push *push)
{
	struct push_endpoint *e;
	LIST_FOREACH(e, &push->endpoints, link)
	{
		e->seen = false;
	}
}

/* What was written is written, where the lease was still ours. */
static void
take_written(struct push *push, const PGresult *rows)
{
	see_none(push);
	struct push_endpoint *e, *next;
	for (size_t i = 0; i < pg_row_count(rows); i++)
		if ((e = push_find(push, pg_get_int(rows, i, 0))) != NULL)
			e->seen = true;
	for (e = LIST_FIRST(&push->endpoints); e != NULL; e = next) {
		next = LIST_NEXT(e, link);
		if (!e->writing)
			continue;
		if (!e->seen) {
			push_drop(push, e, "lease_lost");
			continue;
		}
		int before = e->lane.count;
		lane_written(&e->lane, LANE_WRITE_OK);
		push->items -= (size_t)(before - e->lane.count);
		e->busy_at_ms = clock_monotonic_ms();
		push_queue(push, e);
	}
}

static void
take_renewed(struct push *push, const PGresult *rows)
{
	see_none(push);
	struct push_endpoint *e, *next;
	for (size_t i = 0; i < pg_row_count(rows); i++) {
		if ((e = push_find(push, pg_get_int(rows, i, 0))) == NULL)
			continue;
		e->seen = true;
		e->valid_until_ms = push->turn_sent_ms + push->config->push_lease_ms;
		push_endpoint_set(e, pg_get_text(rows, i, 1).text, pg_get_bytes(rows, i, 2),
		    pg_get_bytes(rows, i, 3));
		push_manner_set(e, rows, i, 4);
		if (!pg_get_bool(rows, i, 9))
			push_leave(e, PUSH_LEAVES);
	}
	for (e = LIST_FIRST(&push->endpoints); e != NULL; e = next) {
		next = LIST_NEXT(e, link);
		if (e->renewing && !e->seen)
			push_drop(push, e, "lease_lost");
	}
}

static void
take_leases(struct push *push, const PGresult *rows)
{
	for (size_t i = 0; i < pg_row_count(rows); i++) {
		struct push_endpoint *e = push_take(push, rows, i);
		e->valid_until_ms = push->turn_sent_ms + push->config->push_lease_ms;
	}
	/* There may be more than were taken at once. */
	if (pg_row_count(rows) == PUSH_LEASES_MAX)
		push->woken = true;
}

/* A lane with a notice that was due behind another one is looked at again. */
static void
take_promoted(struct push *push, const PGresult *rows)
{
	for (size_t i = 0; i < pg_row_count(rows); i++) {
		struct push_endpoint *e = push_find(push, pg_get_int(rows, i, 0));
		if (e != NULL)
			e->more_rows = true;
	}
}

/* A death was withdrawn (G1): what it had superseded is told after all. One row an endpoint. */
static void
take_revived(struct push *push, const PGresult *rows)
{
	for (size_t i = 0; i < pg_row_count(rows); i++) {
		struct push_endpoint *e = push_find(push, pg_get_int(rows, i, 0));
		if (e == NULL)
			continue;
		e->more_rows = true;
		log_event(LOG_NOTICE, "notices_superseded_no_more", "endpoint", "%" PRId64,
		    e->endpoint, "unit", "%s", e->unit_hsa, "count", "%" PRId64,
		    pg_get_int(rows, i, 1), NULL);
	}
}

/* What was asked for has come; where less came than asked for, there is no more. */
static void
take_page(struct push *push, const PGresult *rows)
{
	take_notices(push, rows, LANE_FROM_LOG);
	struct push_endpoint *e;
	LIST_FOREACH(e, &push->endpoints, link)
	{
		if (e->asked_log_made)
			e->more_log = e->asked_log == 0;
	}
}

static void
take_step(struct push *push, enum push_step step, const PGresult *rows)
{
	switch (step) {
	case STEP_CURSOR:
		take_written(push, rows);
		break;
	case STEP_PROMOTE:
		take_promoted(push, rows);
		break;
	case STEP_RENEW:
		take_renewed(push, rows);
		break;
	case STEP_REVIVE:
		take_revived(push, rows);
		break;
	case STEP_LEASE:
		take_leases(push, rows);
		break;
	case STEP_PAGE:
		take_page(push, rows);
		break;
	case STEP_DUE:
		take_notices(push, rows, LANE_FROM_ROWS);
		break;
	case STEP_DELIVERED:
	case STEP_UNDELIVERED:
	case STEP_LIFT:
	case STEP_ATTEMPT:
	case STEP_PAUSE:
	case STEP_RELEASE:
		break;
	}
}

/* The attempts that could not be recorded go before those that came since. */
static void
attempts_return(struct push *push)
{
	struct push_attempts *old = &push->attempts_writing, *fresh = &push->attempts;
	if (old->count == 0)
		return;
	old->rows = xrealloc(old->rows, (old->count + fresh->count) * sizeof *old->rows);
	if (fresh->count > 0)
		memcpy(old->rows + old->count, fresh->rows, fresh->count * sizeof *old->rows);
	old->count += fresh->count;
	old->size = old->count;
	fresh->count = 0;
	struct push_attempts both = *old;
	*old = *fresh;
	*fresh = both;
}

/* An attempt that the database will not take: without what was said of it, or not at all. */
static void
attempt_refused(struct push *push, const struct pg_result *result)
{
	struct push_attempt *a = &push->attempts_writing.rows[0];
	log_event(LOG_ERROR, a->bare ? "attempt_not_recorded" : "attempt_recorded_bare", "endpoint",
	    "%" PRId64, a->endpoint, "seq", "%" PRId64, a->seq, "nr", "%d", a->nr, "sqlstate", "%s",
	    result->sqlstate, "constraint", "%s", result->constraint, NULL);
	free(a->answer);
	if (a->bare) {
		push->attempts_writing.count = 0;
		push->attempts_refused--;
		return;
	}
	snprintf(a->error, sizeof a->error, "%s",
	    a->status != 0 ? "" : "what was said of it cannot be recorded");
	a->address[0] = '\0';
	a->answer = NULL;
	a->answer_len = 0;
	a->bare = true;
}

static void
attempts_split(struct push *push, const struct pg_result *result)
{
	size_t count = push->attempts_writing.count;
	if (push->attempts_refused < count)
		push->attempts_refused = count;
	push->attempts_limit = count > 1 ? count / 2 : 1;
	if (count == 1)
		attempt_refused(push, result);
	if (push->attempts_refused == 0)
		push->attempts_limit = 0;
}

static void
endpoints_split(struct push *push, const struct pg_result *result)
{
	struct push_endpoint *e, *alone = NULL;
	size_t count = 0;
	LIST_FOREACH(e, &push->endpoints, link)
	{
		if (!e->writing)
			continue;
		e->refused = true;
		alone = e;
		count++;
	}
	push->endpoints_limit = count > 1 ? count / 2 : 1;
	if (count == 1)
		push_hold(push, alone, result->sqlstate);
}

/* A value that is no value (class 22), or breaks a constraint (class 23): another row may do. */
static bool
is_of_a_row(const struct pg_result *result)
{
	return strncmp(result->sqlstate, "22", 2) == 0 || strncmp(result->sqlstate, "23", 2) == 0;
}

/* Whether what is recorded was refused, for what it is and not for when; if so it goes in parts. */
static bool
split(struct push *push, const struct pg_result *result)
{
	if (!is_of_a_row(result) || result->failed >= push->step_count)
		return false;
	switch (push->steps[result->failed]) {
	case STEP_CURSOR:
	case STEP_DELIVERED:
	case STEP_UNDELIVERED:
	case STEP_LIFT:
	case STEP_PROMOTE:
		endpoints_split(push, result);
		return true;
	case STEP_ATTEMPT:
		attempts_split(push, result);
		return true;
	case STEP_PAUSE:
	case STEP_RELEASE:
	case STEP_RENEW:
	case STEP_LEASE:
	case STEP_REVIVE:
	case STEP_PAGE:
	case STEP_DUE:
		return false;
	}
	log_abort("bug: no such step", __FILE__, __LINE__);
}

/* What went again in parts is recorded, or some of it: more goes next. */
static void
parts_grow(struct push *push)
{
	struct push_endpoint *e;
	size_t refused = 0, written = push->attempts_writing.count;
	LIST_FOREACH(e, &push->endpoints, link)
	{
		e->refused = e->refused && !e->writing;
		refused += e->refused;
	}
	push->endpoints_limit = refused > 0 ? 2 * push->endpoints_limit : 0;
	push->attempts_refused -=
	    written < push->attempts_refused ? written : push->attempts_refused;
	push->attempts_limit = push->attempts_refused > 0 ? 2 * push->attempts_limit : 0;
}

static void
turn_ends(struct push *push, enum pg_outcome outcome)
{
	if (outcome == PG_OK)
		parts_grow(push);
	else
		push->woken = true; /* it is to look again for what it was to look for */
	struct push_endpoint *e, *next;
	for (e = LIST_FIRST(&push->endpoints); e != NULL; e = next) {
		next = LIST_NEXT(e, link);
		if (outcome != PG_OK) {
			lane_written(&e->lane, LANE_WRITE_AGAIN);
			e->dirty = e->dirty || e->writing;
		}
		bool released = outcome == PG_OK && e->releasing;
		e->writing = e->releasing = e->renewing = e->asked_log_made = false;
		push->woken |= released; /* for what its unit was told while it was leaving */
		if (released)
			push_drop(push, e, NULL);
	}
	if (outcome == PG_OK)
		push_attempts_clear(&push->attempts_writing);
	else
		attempts_return(push);
}

static void
on_turn(struct pg *pg, const struct pg_result *result, void *arg)
{
	struct push *push = arg;
	(void)pg;
	push->turning = false;
	enum push_turn_end end = PUSH_TURN_DONE;
	if (result->outcome == PG_OK) {
		push->turn_ended_ms = clock_monotonic_ms();
		for (size_t i = 0; i < push->step_count; i++)
			take_step(push, push->steps[i], pg_rows(result, i));
	} else {
		const char *step = result->failed < push->step_count
				       ? statements[push->steps[result->failed]].name
				       : "commit";
		log_event(LOG_WARNING, "push_turn_failed", "outcome", "%s",
		    pg_outcome_text(result->outcome), "statement", "%s", step, "sqlstate", "%s",
		    result->sqlstate, "why", "%s", result->message, NULL);
		push->renew_at_ms = 0;
		end = split(push, result) ? PUSH_TURN_SPLIT : PUSH_TURN_FAILED;
	}
	turn_ends(push, result->outcome);
	push_turned(push, end);
}

bool
push_turn(struct push *push)
{
	require(!push->turning);
	struct batch batch = {.push = push};
	batch_record(&batch);
	batch_attempts(&batch);
	batch_leaving(&batch);
	if (push->state == PUSH_RUNS || push->state == PUSH_DRAINS)
		batch_renew(&batch);
	if (push->state == PUSH_RUNS) {
		batch_lease(&batch);
		lanes_fit(push);
		batch_page(&batch);
		batch_due(&batch);
	}
	push->woken = push->polled = false;
	push->told_count = 0;
	push->step_count = batch.count;
	if (batch.count == 0)
		return false;
	push->turning = true;
	push->turn_sent_ms = clock_monotonic_ms();
	pg_send(push->pg, batch.calls, batch.count, TURN_TIMEOUT_MS, on_turn, push);
	for (size_t i = 0; i < batch.count; i++)
		pg_params_free(batch.calls[i].params);
	return true;
}

/* ---- Status ---- */

static void
copy_text(char *to, size_t size, struct pg_text text)
{
	size_t len = text.len < size - 1 ? text.len : size - 1;
	if (text.text != NULL)
		memcpy(to, text.text, len);
	to[text.text != NULL ? len : 0] = '\0';
}

/* The alarm of notices that do not arrive goes out, or is over: once each, by one daemon of all. */
static void
tell_waiting(const PGresult *rows)
{
	for (size_t i = 0; i < pg_row_count(rows); i++) {
		bool waits = !pg_get_null(rows, i, 2);
		char since[INSTANT_TEXT_MAX] = "";
		if (waits)
			instant_format(pg_get_instant(rows, i, 2), since);
		log_event(waits ? LOG_WARNING : LOG_NOTICE,
		    waits ? "notice_undelivered" : "notice_undelivered_over", "endpoint",
		    "%" PRId64, pg_get_int(rows, i, 0), "unit", "%s", pg_get_text(rows, i, 1).text,
		    waits ? "since" : NULL, "%s", since, NULL);
	}
}

static void
take_waiting(struct push_status *s, const PGresult *rows)
{
	size_t count = pg_row_count(rows);
	metrics_set(METRIC_PUSH_WAITING, count > 0 ? pg_get_int(rows, 0, 0) : 0);
	s->waiting_count = 0;
	for (size_t i = 0; i < count && !pg_get_bool(rows, i, 4); i++) {
		struct push_status_waiting *w = &s->waiting[s->waiting_count++];
		w->endpoint = pg_get_int(rows, i, 1);
		copy_text(w->unit_hsa, sizeof w->unit_hsa, pg_get_text(rows, i, 2));
		w->since = pg_get_instant(rows, i, 3);
	}
}

static void
on_status(struct pg *pg, const struct pg_result *result, void *arg)
{
	struct push *push = arg;
	struct push_status *s = &push->status;
	(void)pg;
	push->asking_status = false;
	if (result->outcome != PG_OK)
		return;
	tell_waiting(pg_rows(result, 0));
	take_waiting(s, pg_rows(result, 1));
	const PGresult *rows = pg_rows(result, 2);
	s->endpoint_count = pg_row_count(rows);
	s->failing = s->endpoint_count > 0 ? pg_get_int(rows, 0, 5) : 0;
	for (size_t i = 0; i < s->endpoint_count; i++) {
		s->endpoints[i].endpoint = pg_get_int(rows, i, 0);
		copy_text(s->endpoints[i].unit_hsa, sizeof s->endpoints[i].unit_hsa,
		    pg_get_text(rows, i, 1));
		s->endpoints[i].failing_since = pg_get_instant(rows, i, 2);
		copy_text(s->endpoints[i].last_error, sizeof s->endpoints[i].last_error,
		    pg_get_text(rows, i, 3));
		s->endpoints[i].paused = pg_get_bool(rows, i, 4);
	}
	rows = pg_rows(result, 3);
	s->any_undelivered = !pg_get_null(rows, 0, 0);
	s->given_up = pg_get_int(rows, 0, 4);
	if (!s->any_undelivered)
		return;
	s->oldest_endpoint = pg_get_int(rows, 0, 0);
	copy_text(s->oldest_unit_hsa, sizeof s->oldest_unit_hsa, pg_get_text(rows, 0, 1));
	s->oldest_seq = pg_get_int(rows, 0, 2);
	s->oldest_at = pg_get_instant(rows, 0, 3);
	s->oldest_age_ms = pg_get_int(rows, 0, 5);
}

void
push_ask_status(struct push *push)
{
	if (push->asking_status || !pg_is_up(push->pg))
		return;
	struct pg_params *too_long = pg_params_new(), *waits = pg_params_new(),
			 *endpoints = pg_params_new(), *oldest = pg_params_new();
	pg_bind_int8(too_long, PUSH_WAITING_MS);
	pg_bind_int8(waits, PUSH_STATUS_ROWS);
	pg_bind_int8(endpoints, PUSH_STATUS_ROWS);
	pg_bind_int8(oldest, PUSH_GIVEN_UP_COUNTED);
	struct pg_call calls[] = {{&waiting, too_long}, {&status_waiting, waits},
	    {&status_endpoints, endpoints}, {&status_oldest, oldest}};
	push->asking_status = true;
	pg_send(push->pg, calls, sizeof calls / sizeof *calls, TURN_TIMEOUT_MS, on_status, push);
	pg_params_free(too_long);
	pg_params_free(waits);
	pg_params_free(endpoints);
	pg_params_free(oldest);
}
