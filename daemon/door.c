/*
 * The door: queue, lock, batches. One batch at a time: load, load what hangs on it, process, write,
 * answer. What waits meanwhile goes together in the next (law 4). A batch that the database refuses
 * is halved until the one bad fact stands alone. Owns the submissions and the connection that holds
 * the lock.
 */
#include "door.h"

#include "batch.h"
#include "clock.h"
#include "metrics.h"
#include "names.h"
#include "store.h"
#include "uuid.h"

#include <stdlib.h>
#include <string.h>

#define LOCK_RETRY_MS 250
#define TICK_MS 100
#define TIMEOUT_MS 10000
#define PAUSE_MS 100 /* before trying again what the database may take later; doubles up to */
#define PAUSE_MAX_MS 5000
#define INSTANTS_WITH_OTHERS 64 /* of a batch, while messages wait */

struct submission {
	uint64_t ticket;
	struct caller caller;
	struct message *messages;
	int count, left;
	size_t bytes; /* of its bodies */
	struct door_answer *answers;
	door_done done;
	void *arg;
	int64_t since_ms;
	struct submission *next; /* among those that are answered */
};

/* What waits: a message of a submission, or (submission NULL) an instant of an episode, or an event
 * of an endpoint (event not 0). */
struct queued {
	struct submission *submission;
	int index;
	int64_t episode, event;
};

struct queue {
	struct queued *rows;
	int first, count, cap;
};

enum step { IDLE, FIRST, FILES, REREAD, REST, IDENTITIES, WRITE };

struct door {
	struct event_base *base;
	const struct config *config;
	struct register_ *reg;
	struct pg *pg;
	struct store *store;
	struct event *retry, *tick, *go, *pause;
	enum door_state state;
	instant state_since;
	struct queue messages, instants;
	size_t bytes; /* of the bodies of all submissions */
	struct submission *answered, **answered_last;
	uint64_t tickets;

	enum step step;
	struct queued *taken; /* of the batch */
	struct item *items;
	int taken_count;
	struct batch batch;
	struct counters counters;
	struct heads heads;
	int64_t version; /* that the first load saw */
	bool reread;
	struct queue refused; /* what a refused batch held: goes again in parts, before all else */
	int limit;    /* of a batch of these: half as many after a refusal, twice after a success */
	int pause_ms; /* of the last wait for a database that may take it later, or 0 */
	int64_t lost_instants;
	int64_t sent_ms;

	int64_t batches, facts;
	instant last_commit_at, legal_now;
	int64_t clock_offset_us;
	void (*committed)(void *arg);
	void *committed_arg;
	void (*drained)(void *arg);
	void *drained_arg;
};

static struct pg_statement lock_statement = PG_STATEMENT("queries/door_lock");
static struct pg_statement counters_statement = PG_STATEMENT("queries/door_counters");
static struct pg_statement recognise_statement = PG_STATEMENT("queries/door_recognise");
static struct pg_statement heads_statement = PG_STATEMENT("queries/door_heads");
static struct pg_statement postpone_statement = PG_STATEMENT("queries/door_postpone");

/*
 * The loads must not keep plans made for empty tables; index scans suit them at every size. A
 * backend whose client vanished must not hold the lock.
 */
static const char *const setup[] = {
    "set search_path = samordnad, public",
    "set plan_cache_mode = force_generic_plan",
    "set enable_seqscan = off",
    "set enable_hashjoin = off",
    "set enable_mergejoin = off",
    "set jit = off",
    "set client_connection_check_interval = '1s'",
    NULL,
};

static void next_batch(struct door *d);
static void run(struct door *d);

static void
after_ms(struct event *e, int ms)
{
	struct timeval tv = {ms / 1000, ms % 1000 * 1000};
	event_add(e, &tv);
}

const char *
door_state_word(enum door_state s)
{
	static const char *const words[] = {"away", "standby", "taking", "open", "closed"};
	return words[s];
}

static void
set_state(struct door *d, enum door_state state)
{
	if (d->state == state)
		return;
	d->state = state;
	d->state_since = clock_real();
	metrics_set(METRIC_DOOR_HELD, state == DOOR_OPEN);
	log_event(LOG_NOTICE, "door", "state", "%s", door_state_word(state), NULL);
}

/* ---- The queue ---- */

static struct queued *
queue_add(struct queue *q)
{
	if (q->first + q->count == q->cap) {
		if (q->first > q->cap / 2) {
			memmove(q->rows, q->rows + q->first, (size_t)q->count * sizeof *q->rows);
		} else {
			int cap = q->cap == 0 ? 256 : 2 * q->cap;
			struct queued *rows = xmalloc((size_t)cap * sizeof *rows);
			if (q->count > 0)
				memcpy(rows, q->rows + q->first, (size_t)q->count * sizeof *rows);
			free(q->rows);
			q->rows = rows;
			q->cap = cap;
		}
		q->first = 0;
	}
	return &q->rows[q->first + q->count++];
}

static struct queued
queue_take(struct queue *q)
{
	struct queued row = q->rows[q->first++];
	if (--q->count == 0)
		q->first = 0;
	return row;
}

/* Back to the front, in the order in which they were taken. */
static void
queue_back(struct queue *q, const struct queued *rows, int count)
{
	struct queue fresh = {xmalloc((size_t)(count + q->count + 256) * sizeof *rows), 0, 0, 0};

	fresh.cap = count + q->count + 256;
	memcpy(fresh.rows, rows, (size_t)count * sizeof *rows);
	if (q->count > 0)
		memcpy(fresh.rows + count, q->rows + q->first, (size_t)q->count * sizeof *rows);
	fresh.count = count + q->count;
	free(q->rows);
	*q = fresh;
}

/* What waits to go again in parts goes back to where it came from, in its order. */
static void
refused_back(struct door *d)
{
	struct queue *q = &d->refused;

	for (int i = q->first + q->count - 1; q->count > 0; i--, q->count--)
		queue_back(
		    q->rows[i].submission != NULL ? &d->messages : &d->instants, &q->rows[i], 1);
	q->first = 0;
	d->limit = 0;
}

/* ---- Answers ---- */

static void
answer_item(struct door *d, const struct queued *q, const struct door_answer *a)
{
	struct submission *s = q->submission;

	if (s == NULL)
		return;
	s->answers[q->index] = *a;
	if (--s->left > 0)
		return;
	s->next = NULL;
	*d->answered_last = s;
	d->answered_last = &s->next;
}

static void
answer_submissions(struct door *d)
{
	while (d->answered != NULL) {
		struct submission *s = d->answered;
		d->answered = s->next;
		if (d->answered == NULL)
			d->answered_last = &d->answered;
		s->done(s->arg, s->ticket, s->answers, s->count);
		d->bytes -= s->bytes;
		messages_free(s->messages, s->count);
		free(s->answers);
		free(s);
	}
	metrics_set(METRIC_QUEUE, d->messages.count);
	if (d->drained != NULL && d->messages.count + d->refused.count == 0 && d->step == IDLE) {
		void (*drained)(void *) = d->drained;
		d->drained = NULL;
		drained(d->drained_arg);
	}
}

static const struct door_answer unavailable = {
    .status = 503,
    .detail = "the message was not taken, or it is not known whether it was: send it again with "
	      "the same id",
};

static const struct door_answer not_taken = {
    .status = 503,
    .detail = "the message was not taken: this daemon cannot write now; send it again, or to "
	      "another daemon",
};

static const struct door_answer queue_full = {
    .status = 503,
    .detail = "the message was not taken: too many wait already; send it again",
};

/* Nobody waits longer than door_wait_ms for a door to open. */
static void
expire(struct door *d)
{
	int64_t limit_ms = clock_monotonic_ms() - d->config->door_wait_ms;

	if (d->state == DOOR_OPEN)
		return;
	while (d->messages.count > 0) {
		struct queued *q = &d->messages.rows[d->messages.first];
		if (q->submission->since_ms > limit_ms && d->state != DOOR_CLOSED)
			break;
		struct queued row = queue_take(&d->messages);
		answer_item(d, &row, &not_taken);
	}
}

static void
on_tick(evutil_socket_t fd, short what, void *arg)
{
	struct door *d = arg;

	(void)fd;
	(void)what;
	expire(d);
	answer_submissions(d);
	after_ms(d->tick, TICK_MS);
}

/* ---- The lock, and what lives in memory while it is held ---- */

static void
on_heads(struct pg *pg, const struct pg_result *result, void *arg)
{
	struct door *d = arg;

	if (result->outcome != PG_OK) {
		log_event(LOG_ERROR, "door_take_failed", "why", "%s",
		    pg_outcome_text(result->outcome), NULL);
		pg_reconnect(pg, "the door's counters could not be read");
		return;
	}
	const PGresult *recognised = pg_rows(result, 0), *counters = pg_rows(result, 1),
		       *heads = pg_rows(result, 2);
	if (pg_row_count(recognised) > 0 && pg_get_bool(recognised, 0, 0)) {
		char epoch[UUID_TEXT_MAX];

		uuid_format(pg_get_uuid(recognised, 0, 1), epoch);
		log_event(LOG_WARNING, "feeds_in_another_epoch", "why", "%s",
		    "this database is a copy, or was restored", "epoch", "%s", epoch, NULL);
	}
	d->counters.episode = pg_get_int(counters, 0, 0);
	d->counters.patient = pg_get_int(counters, 0, 1);
	if (d->heads.cap > 0)
		memset(d->heads.seq, 0, (size_t)d->heads.cap * sizeof *d->heads.seq);
	for (size_t r = 0; r < pg_row_count(heads); r++)
		*heads_of(&d->heads, (unit_id)pg_get_int(heads, r, 0)) = pg_get_int(heads, r, 1);
	if (d->state == DOOR_TAKING)
		set_state(d, DOOR_OPEN);
	if (d->committed != NULL)
		d->committed(d->committed_arg);
	next_batch(d);
}

static void
on_region(const struct register_read *read, void *arg)
{
	struct door *d = arg;
	const struct pg_call calls[] = {
	    {&recognise_statement, NULL}, {&counters_statement, NULL}, {&heads_statement, NULL}};

	if (read->outcome != PG_OK) {
		if (pg_is_up(d->pg))
			pg_reconnect(d->pg, "the register could not be read");
		return;
	}
	register_put(d->reg, read->region, read->clients);
	door_clock(d, read->legal_now);
	d->reread = false;
	pg_send(d->pg, calls, 3, TIMEOUT_MS, on_heads, d);
}

/* Reads all that the door keeps in memory: at the start, and when a batch failed after it had
 * changed the copies. */
static void
read_memory(struct door *d)
{
	set_state(d, DOOR_TAKING);
	register_load(d->pg, REGISTER_FOR_DOOR, on_region, d);
}

static void
on_lock(struct pg *pg, const struct pg_result *result, void *arg)
{
	struct door *d = arg;

	(void)pg;
	if (result->outcome != PG_OK)
		return; /* lost: on_lost has said so */
	if (pg_get_bool(pg_rows(result, 0), 0, 0)) {
		read_memory(d);
		return;
	}
	set_state(d, DOOR_STANDBY);
	after_ms(d->retry, LOCK_RETRY_MS);
}

static void
try_lock(struct door *d)
{
	const struct pg_call call = {&lock_statement, NULL};
	pg_send(d->pg, &call, 1, TIMEOUT_MS, on_lock, d);
}

static void
on_retry(evutil_socket_t fd, short what, void *arg)
{
	struct door *d = arg;

	(void)fd;
	(void)what;
	if (pg_is_up(d->pg) && d->state == DOOR_STANDBY)
		try_lock(d);
}

static void
on_connected(struct pg *pg, void *arg)
{
	struct door *d = arg;

	(void)pg;
	metrics_set(METRIC_DATABASE_UP, 1);
	if (d->state != DOOR_CLOSED)
		try_lock(d);
}

static void
on_lost(struct pg *pg, const char *why, void *arg)
{
	struct door *d = arg;

	(void)pg;
	(void)why;
	metrics_set(METRIC_DATABASE_UP, 0);
	metrics_add(METRIC_DATABASE_LOST, 1);
	event_del(d->retry);
	event_del(d->pause);
	refused_back(d);
	d->lost_instants += d->instants.count;
	d->instants.count = d->instants.first = 0; /* they are due, and will be seen again */
	if (d->state != DOOR_CLOSED)
		set_state(d, DOOR_AWAY);
}

/* ---- A batch ---- */

/* What was taken goes: answered, or (back) to the front of its queue. */
static void
end_batch(struct door *d)
{
	batch_free(&d->batch);
	d->taken_count = 0;
	d->step = IDLE;
}

static void
answer_batch(struct door *d, const struct door_answer *all)
{
	for (int i = 0; i < d->taken_count; i++)
		answer_item(d, &d->taken[i], all != NULL ? all : &d->items[i].answer);
}

static void
on_postponed(struct pg *pg, const struct pg_result *result, void *arg)
{
	(void)pg;
	(void)arg;
	if (result->outcome != PG_OK && result->outcome != PG_LOST && result->outcome != PG_AWAY)
		log_event(LOG_ERROR, "postpone_failed", "sqlstate", "%s", result->sqlstate, NULL);
}

/* An instant that cannot be handled now is looked at again later; an event stays where it is, and
 * is seen again. */
static void
postpone(struct door *d, const struct queued *q)
{
	if (q->event != 0)
		return;
	struct pg_params *p = pg_params_new();
	const struct pg_call call = {&postpone_statement, p};

	pg_bind_int8(p, q->episode);
	pg_send(d->pg, &call, 1, TIMEOUT_MS, on_postponed, d);
	pg_params_free(p);
}

/* Committed: answer, tell the scheduler, go on. */
static void
batch_done(struct door *d)
{
	if (d->taken_count > 0) {
		d->batches++;
		d->facts += d->taken_count;
		d->last_commit_at = d->batch.now;
		metrics_add(METRIC_DOOR_BATCHES, 1);
		metrics_observe(METRIC_DOOR_BATCH_FACTS, d->taken_count);
		metrics_observe(
		    METRIC_COMMIT_SECONDS, (double)(clock_monotonic_ms() - d->sent_ms) / 1000);
	}
	d->pause_ms = 0;
	d->limit = d->refused.count > 0 ? 2 * d->limit : 0;
	if (d->limit > (int)d->config->door_batch_max)
		d->limit = (int)d->config->door_batch_max;
	for (int i = 0; i < d->taken_count; i++)
		if (d->taken[i].submission == NULL && d->items[i].answer.status != 200)
			postpone(d, &d->taken[i]);
	answer_batch(d, NULL);
	end_batch(d);
	answer_submissions(d);
	if (d->committed != NULL)
		d->committed(d->committed_arg);
	next_batch(d);
}

/* One fact that the database will not take: it fails alone. */
static void
fail_alone(struct door *d, const struct pg_result *result)
{
	static const struct door_answer failed = {
	    .status = 500,
	    .detail = "the message could not be stored; operations have been told",
	};

	log_event(LOG_ERROR, "fact_failed", "why", "%s", pg_outcome_text(result->outcome),
	    "sqlstate", "%s", result->sqlstate, "constraint", "%s", result->constraint, "message",
	    "%s", result->message, NULL);
	if (d->taken[0].submission == NULL)
		postpone(d, &d->taken[0]);
	answer_batch(d, &failed);
}

/*
 * The database is there but cannot take it now (full, shutting down): everything waits, longer each
 * time. Said once.
 */
static void
wait_for_database(struct door *d, const struct pg_result *result)
{
	if (d->pause_ms == 0)
		log_event(LOG_ERROR, "database_cannot_write", "sqlstate", "%s", result->sqlstate,
		    "message", "%s", result->message, NULL);
	d->pause_ms = d->pause_ms == 0 ? PAUSE_MS : 2 * d->pause_ms;
	if (d->pause_ms > PAUSE_MAX_MS)
		d->pause_ms = PAUSE_MAX_MS;
	set_state(d, DOOR_TAKING);
	after_ms(d->pause, d->pause_ms);
}

static void
on_pause(evutil_socket_t fd, short what, void *arg)
{
	struct door *d = arg;

	(void)fd;
	(void)what;
	if (pg_is_up(d->pg) && d->state == DOOR_TAKING)
		read_memory(d);
}

/*
 * Nothing was committed. One alone fails; more go again in halves, before all else and in their
 * order, after what is in memory has been read anew, since the failed batch changed it.
 */
static void
batch_refused(struct door *d, const struct pg_result *result)
{
	bool later = result->outcome == PG_RETRY;

	metrics_add(METRIC_DOOR_BATCHES_FAILED, 1);
	if (d->taken_count == 1 && !later) {
		fail_alone(d, result);
	} else {
		if (!later)
			log_event(LOG_WARNING, "batch_refused", "facts", "%d", d->taken_count,
			    "sqlstate", "%s", result->sqlstate, "constraint", "%s",
			    result->constraint, NULL);
		d->limit = d->taken_count > 1 ? d->taken_count / 2 : 1;
		queue_back(&d->refused, d->taken, d->taken_count);
	}
	end_batch(d);
	answer_submissions(d);
	if (later) {
		refused_back(d);
		wait_for_database(d, result);
	} else {
		read_memory(d);
	}
}

/* The connection broke: committed or not, nobody knows; the sender asks again with the same id. */
static void
batch_lost(struct door *d)
{
	metrics_add(METRIC_DOOR_BATCHES_FAILED, 1);
	for (int i = 0; i < d->taken_count; i++)
		d->lost_instants += d->taken[i].submission == NULL;
	answer_batch(d, &unavailable);
	end_batch(d);
	answer_submissions(d);
}

/* What may not go together with what comes before it is for the next batch. */
static void
keep_together(struct door *d)
{
	int count = batch_together(&d->batch), messages = count;

	while (messages < d->taken_count && d->taken[messages].submission != NULL)
		messages++;
	if (d->limit > 0) {
		queue_back(&d->refused, d->taken + count, d->taken_count - count);
	} else { /* instants come after the messages */
		queue_back(&d->messages, d->taken + count, messages - count);
		queue_back(&d->instants, d->taken + messages, d->taken_count - messages);
	}
	d->batch.item_count = d->taken_count = count;
}

static void
on_result(struct pg *pg, const struct pg_result *result, void *arg)
{
	struct door *d = arg;

	(void)pg;
	if (result->outcome == PG_LOST || result->outcome == PG_AWAY) {
		batch_lost(d);
		return;
	}
	if (result->outcome != PG_OK) {
		batch_refused(d, result);
		return;
	}
	switch (d->step) {
	case FIRST:
		store_take_first(d->store, &d->batch, result, &d->version);
		keep_together(d);
		d->legal_now = d->batch.now;
		d->clock_offset_us = d->batch.now - d->batch.real_now;
		d->reread |= d->version != d->batch.region->version;
		break;
	case FILES:
		store_take_files(d->store, &d->batch, result);
		break;
	case REST:
		store_take_rest(d->store, &d->batch, result);
		break;
	case IDENTITIES:
		store_take_identities(d->store, &d->batch, result);
		break;
	case WRITE:
		batch_done(d);
		return;
	case REREAD:
	case IDLE:
		break;
	}
	run(d);
}

static void
send_calls(struct door *d, const struct store_calls *calls)
{
	d->sent_ms = clock_monotonic_ms();
	pg_send(d->pg, calls->call, calls->count, TIMEOUT_MS, on_result, d);
}

static void
on_reread(const struct register_read *read, void *arg)
{
	struct door *d = arg;

	if (read->outcome != PG_OK) {
		batch_lost(d);
		if (pg_is_up(d->pg))
			pg_reconnect(d->pg, "the register could not be read");
		return;
	}
	/* What the door itself keeps true goes over into the new copy. */
	region_inherit(read->region, register_region(d->reg));
	register_put(d->reg, read->region, read->clients);
	d->reread = false;
	d->batch.region = register_region(d->reg);
	d->batch.names = names_of(d->batch.region);
	run(d);
}

/* The batch's next step; steps that have nothing to ask are passed over. */
static void
run(struct door *d)
{
	const struct store_calls *calls = NULL;

	for (;;) {
		switch (d->step) {
		case IDLE:
			d->step = FIRST;
			calls = store_load_first(d->store, &d->batch);
			break;
		case FIRST:
			d->step = FILES;
			calls = store_load_files(d->store, &d->batch);
			break;
		case FILES:
			d->step = REREAD;
			if (d->reread) {
				register_load(d->pg, REGISTER_FOR_READS, on_reread, d);
				return;
			}
			continue;
		case REREAD:
			d->step = REST;
			batch_choose_history(&d->batch);
			calls = store_load_rest(d->store, &d->batch);
			break;
		case REST:
			d->step = IDENTITIES;
			if (!batch_gather_identities(&d->batch))
				continue;
			calls = store_load_identities(d->store, &d->batch);
			break;
		case IDENTITIES:
			d->step = WRITE;
			batch_process(&d->batch);
			calls = store_write(d->store, &d->batch);
			if (calls->count == 0) {
				batch_done(d);
				return;
			}
			break;
		case WRITE:
			require(!"a batch is written once");
		}
		if (calls->count > 0) {
			send_calls(d, calls);
			return;
		}
	}
}

static void
take_queued(struct door *d, struct queue *q, int max)
{
	for (; q->count > 0 && max > 0; max--) {
		struct queued row = queue_take(q);
		struct item *item = &d->items[d->taken_count];
		memset(item, 0, sizeof *item);
		if (row.submission != NULL) {
			item->message = &row.submission->messages[row.index];
			item->caller = &row.submission->caller;
			const struct unit *source =
			    region_unit(register_region(d->reg), item->message->fact.source);
			item->org = source != NULL ? source->org : 0;
		}
		item->episode = row.episode;
		item->told.event = row.event;
		d->taken[d->taken_count++] = row;
	}
}

/* Messages first; instants have at least INSTANTS_WITH_OTHERS places of a batch. */
static void
fill_batch(struct door *d, int max)
{
	int instants =
	    d->instants.count < INSTANTS_WITH_OTHERS ? d->instants.count : INSTANTS_WITH_OTHERS;

	if (d->refused.count > 0) {
		take_queued(d, &d->refused, d->limit < max ? d->limit : max);
		return;
	}
	take_queued(d, &d->messages, max > instants ? max - instants : 1);
	take_queued(d, &d->instants, max - d->taken_count);
}

static void
next_batch(struct door *d)
{
	int max = (int)d->config->door_batch_max;

	if (d->state != DOOR_OPEN || d->step != IDLE)
		return;
	if (d->refused.count + d->messages.count + d->instants.count == 0 && !d->reread)
		return; /* a register to be read anew is reason enough for a batch of nothing */
	d->taken = xrealloc(d->taken, (size_t)max * sizeof *d->taken);
	d->items = xrealloc(d->items, (size_t)max * sizeof *d->items);
	fill_batch(d, max);
	batch_init(&d->batch, d->items, d->taken_count);
	d->batch.region = register_region(d->reg);
	d->batch.names = names_of(d->batch.region);
	d->batch.counters = &d->counters;
	d->batch.heads = &d->heads;
	batch_gather(&d->batch);
	run(d);
}

/* ---- From outside ---- */

static void
on_go(evutil_socket_t fd, short what, void *arg)
{
	struct door *d = arg;

	(void)fd;
	(void)what;
	answer_submissions(d);
	next_batch(d);
}

static void
go(struct door *d)
{
	event_active(d->go, EV_TIMEOUT, 0);
}

uint64_t
door_submit(struct door *d, const struct caller *caller, struct message *messages, int count,
    door_done done, void *arg)
{
	struct submission *s = xcalloc(1, sizeof *s);

	require(count > 0);
	s->ticket = ++d->tickets;
	s->caller = *caller;
	s->messages = messages;
	s->count = s->left = count;
	s->answers = xcalloc((size_t)count, sizeof *s->answers);
	s->done = done;
	s->arg = arg;
	s->since_ms = clock_monotonic_ms();
	const struct door_answer *refusal = d->state == DOOR_CLOSED ? &not_taken : NULL;
	for (int i = 0; i < count; i++)
		s->bytes += messages[i].body_len;
	d->bytes += s->bytes;
	if (d->messages.count + count > d->config->queue_max ||
	    d->bytes > (size_t)d->config->bodies_total_bytes_max)
		refusal = &queue_full;
	for (int i = 0; i < count; i++) {
		struct queued row = {.submission = s, .index = i};
		if (refusal != NULL)
			answer_item(d, &row, refusal);
		else
			*queue_add(&d->messages) = row;
	}
	metrics_set(METRIC_QUEUE, d->messages.count);
	go(d);
	return s->ticket;
}

static bool
waits(const struct door *d, const struct queued *q)
{
	const struct queue *queues[] = {&d->instants, &d->refused};

	for (int k = 0; k < 2; k++)
		for (int i = 0; i < queues[k]->count; i++) {
			const struct queued *row = &queues[k]->rows[queues[k]->first + i];
			if (row->submission == NULL && row->episode == q->episode &&
			    row->event == q->event)
				return true;
		}
	for (int i = 0; i < d->taken_count; i++)
		if (d->taken[i].submission == NULL && d->taken[i].episode == q->episode &&
		    d->taken[i].event == q->event)
			return true;
	return false;
}

static bool
hand_over(struct door *d, const struct queued *q)
{
	if (waits(d, q))
		return false;
	*queue_add(&d->instants) = *q;
	go(d);
	return true;
}

bool
door_instant(struct door *d, int64_t episode)
{
	return hand_over(d, &(struct queued){.episode = episode});
}

bool
door_event(struct door *d, int64_t event)
{
	return hand_over(d, &(struct queued){.event = event});
}

bool
door_instants_done(const struct door *d, int64_t *lost)
{
	*lost = d->lost_instants;
	return d->instants.count + d->refused.count == 0 && d->step == IDLE;
}

void
door_clock(struct door *d, instant legal_now)
{
	d->legal_now = legal_now;
	d->clock_offset_us = legal_now - clock_real();
}

void
door_reread(struct door *d)
{
	if (d->state != DOOR_OPEN)
		return;
	d->reread = true;
	go(d);
}

void
door_on_commit(struct door *d, void (*committed)(void *arg), void *arg)
{
	d->committed = committed;
	d->committed_arg = arg;
}

struct door *
door_new(struct event_base *base, const struct config *config, struct register_ *reg)
{
	struct door *d = xcalloc(1, sizeof *d);

	d->base = base;
	d->config = config;
	d->reg = reg;
	d->state_since = clock_real();
	d->last_commit_at = d->legal_now = INSTANT_NONE;
	d->answered_last = &d->answered;
	d->store = store_new();
	d->retry = evtimer_new(base, on_retry, d);
	d->tick = evtimer_new(base, on_tick, d);
	d->go = evtimer_new(base, on_go, d);
	d->pause = evtimer_new(base, on_pause, d);
	after_ms(d->tick, TICK_MS);
	return d;
}

void
door_start(struct door *d)
{
	const struct pg_options options = {
	    .conninfo = d->config->database,
	    .name = "door",
	    .setup = setup,
	    .connected = on_connected,
	    .lost = on_lost,
	    .arg = d,
	};
	char why[PG_WHY_MAX];

	d->pg = pg_new(d->base, &options, why);
	require(d->pg != NULL);
}

void
door_drain(struct door *d, void (*done)(void *arg), void *arg)
{
	d->drained = done;
	d->drained_arg = arg;
	if (d->state != DOOR_OPEN) {
		set_state(d, DOOR_CLOSED);
		refused_back(d);
	}
	go(d);
}

void
door_free(struct door *d)
{
	if (d == NULL)
		return;
	pg_free(d->pg);
	d->pg = NULL;
	d->state = DOOR_CLOSED;
	refused_back(d);
	expire(d);
	answer_submissions(d);
	event_free(d->retry);
	event_free(d->tick);
	event_free(d->go);
	event_free(d->pause);
	store_free(d->store);
	free(d->messages.rows);
	free(d->instants.rows);
	free(d->refused.rows);
	free(d->taken);
	free(d->items);
	free(d->heads.seq);
	free(d);
}

void
door_status(const struct door *d, struct door_status *out)
{
	memset(out, 0, sizeof *out);
	out->state = d->state;
	out->state_since = d->state_since;
	out->waiting = d->messages.count;
	if (d->messages.count > 0)
		out->oldest_waiting_ms =
		    clock_monotonic_ms() - d->messages.rows[d->messages.first].submission->since_ms;
	out->batches = d->batches;
	out->facts = d->facts;
	out->last_commit_at = d->last_commit_at;
	out->legal_now = d->legal_now;
	out->clock_offset_us = d->clock_offset_us;
}
