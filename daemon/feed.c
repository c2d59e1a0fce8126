/*
 * Pages of feeds and those who wait for the next notice (see feed.h). Owns the waiting readers and
 * the body of an answer; knows no HTTP and no rights.
 */
#include "feed.h"

#include "log.h"
#include "metrics.h"
#include "rules/task.h"
#include "uuid.h"

#include <event2/event.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>

#define READ_TIMEOUT_MS 10000

enum reader_state { READER_READS, READER_WAITS };

struct reader {
	TAILQ_ENTRY(reader) link;
	struct feed *feed;
	uint64_t id;
	enum reader_state state;
	unit_id unit;
	int64_t after;
	int limit;
	struct event *deadline; /* armed from the start: reading takes part of the time */
	bool expired;
	/* The feed's when the last read was sent: a wake since then must not be missed. */
	uint64_t wakes;
	feed_callback *callback;
	void *arg;
};

struct feed {
	struct event_base *base;
	struct pg *reads;
	const struct config *config;
	TAILQ_HEAD(, reader) readers;
	uint64_t last_id;
	uint64_t wakes;
	int waiting;
	enum { HEADS_IDLE, HEADS_ASKED, HEADS_ASK_AGAIN } heads;
	bool draining;
};

/* What is in flight to the database: the reader by its id. */
struct read_call {
	struct feed *feed;
	uint64_t reader;
};

static struct pg_statement feed_range = PG_STATEMENT("queries/feed_range");
static struct pg_statement feed_page = PG_STATEMENT("queries/feed_page");
static struct pg_statement feed_heads = PG_STATEMENT("queries/feed_heads");

static void on_page(struct pg *pg, const struct pg_result *result, void *arg);
static void ask_heads(struct feed *feed);

/* ---- The event ---- */

/* The columns of queries/feed_page, and the first ones of push_page and push_due. */
enum {
	COL_UNIT,
	COL_SEQ,
	COL_AT,
	COL_TYPE,
	COL_HSA,
	COL_EPOCH,
	COL_EPISODE,
	COL_FACT_NR,
	COL_TASK_NR,
	COL_TASK_KIND,
	COL_DUE_AT,
	COL_DETAIL,
	COL_TRACEPARENT,
	COL_OF_ENDPOINT,
	COL_SINCE
};

char *
feed_event(
    const PGresult *rows, size_t row, const struct config *config, struct notice *out, size_t *len)
{
	int64_t type = pg_get_int(rows, row, COL_TYPE);
	int64_t kind = pg_get_int_or(rows, row, COL_TASK_KIND, -1);
	if (type < 0 || type >= NOTICE_TYPE_COUNT || kind >= TASK_KIND_COUNT)
		return NULL;
	const unsigned char *episode = pg_get_uuid(rows, row, COL_EPISODE);
	*out = (struct notice){
	    .unit = (unit_id)pg_get_int(rows, row, COL_UNIT),
	    .seq = pg_get_int(rows, row, COL_SEQ),
	    .at = pg_get_instant(rows, row, COL_AT),
	    .type = (enum notice_type)type,
	    .unit_hsa = pg_get_text(rows, row, COL_HSA).text,
	    .has_episode = episode != NULL,
	    .fact_nr = (int32_t)pg_get_int(rows, row, COL_FACT_NR),
	    .task_nr = (int32_t)pg_get_int(rows, row, COL_TASK_NR),
	    .task_kind = kind >= 0 ? task_table[kind].word : NULL,
	    .due_at = pg_get_instant(rows, row, COL_DUE_AT),
	    .detail = pg_get_text(rows, row, COL_DETAIL).text,
	    .traceparent = pg_get_text(rows, row, COL_TRACEPARENT).text,
	    .endpoint = pg_get_int_or(rows, row, COL_OF_ENDPOINT, 0),
	    .since = pg_get_instant(rows, row, COL_SINCE),
	};
	memcpy(out->epoch, pg_get_uuid(rows, row, COL_EPOCH), UUID_BYTES);
	if (episode != NULL)
		memcpy(out->episode, episode, UUID_BYTES);
	return notice_event(out, config->instance, config->base_url, len);
}

/* ---- The body ---- */

struct body {
	char *text;
	size_t len, size;
};

static void
body_add(struct body *body, const char *text, size_t len)
{
	if (body->len + len + 1 > body->size) {
		body->size = 2 * body->size + len + 1;
		body->text = xrealloc(body->text, body->size);
	}
	memcpy(body->text + body->len, text, len);
	body->len += len;
	body->text[body->len] = '\0';
}

__attribute__((format(printf, 2, 3))) static void
body_print(struct body *body, const char *format, ...)
{
	char text[256];
	va_list args;
	va_start(args, format);
	int len = vsnprintf(text, sizeof text, format, args);
	va_end(args);
	require(len >= 0 && (size_t)len < sizeof text);
	body_add(body, text, (size_t)len);
}

/*
 * The events into a list; *next_after moves to the last one. A page ends before a notice of a newer
 * daemon's type: that daemon will serve it.
 */
static void
body_events(
    struct body *list, const PGresult *rows, const struct config *config, int64_t *next_after)
{
	for (size_t i = 0; i < pg_row_count(rows); i++) {
		struct notice notice;
		size_t len;
		char *event = feed_event(rows, i, config, &notice, &len);
		if (event == NULL)
			return;
		if (i > 0)
			body_add(list, ",", 1);
		body_add(list, event, len);
		free(event);
		*next_after = notice.seq;
	}
}

/* ---- Readers ---- */

static struct reader *
reader_find(struct feed *feed, uint64_t id)
{
	struct reader *reader;
	TAILQ_FOREACH(reader, &feed->readers, link)
	{
		if (reader->id == id)
			return reader;
	}
	return NULL;
}

static void
reader_state_set(struct reader *reader, enum reader_state state)
{
	reader->feed->waiting += (state == READER_WAITS) - (reader->state == READER_WAITS);
	reader->state = state;
	metrics_set(METRIC_FEED_WAITING, reader->feed->waiting);
}

static void
reader_free(struct reader *reader)
{
	reader_state_set(reader, READER_READS);
	TAILQ_REMOVE(&reader->feed->readers, reader, link);
	event_free(reader->deadline);
	free(reader);
}

static void
reader_answer(struct reader *reader, const struct feed_answer *answer)
{
	feed_callback *callback = reader->callback;
	void *arg = reader->arg;
	reader_free(reader);
	callback(answer, arg);
}

static void
reader_read(struct reader *reader)
{
	struct feed *feed = reader->feed;
	struct read_call *call = xmalloc(sizeof *call);
	*call = (struct read_call){feed, reader->id};
	struct pg_params *range = pg_params_new(), *page = pg_params_new();
	pg_bind_int4(range, reader->unit);
	pg_bind_int4(page, reader->unit);
	pg_bind_int8(page, reader->after);
	pg_bind_int8(page, reader->limit);
	struct pg_call calls[] = {{&feed_range, range}, {&feed_page, page}};
	reader_state_set(reader, READER_READS);
	reader->wakes = feed->wakes;
	pg_send(feed->reads, calls, 2, READ_TIMEOUT_MS, on_page, call);
	pg_params_free(range);
	pg_params_free(page);
}

/* Nothing to tell yet: the reader waits. False if it must not. */
static bool
reader_wait(struct reader *reader)
{
	struct feed *feed = reader->feed;
	if (reader->expired || feed->draining || feed->waiting >= FEED_WAITERS_MAX)
		return false;
	reader_state_set(reader, READER_WAITS);
	if (reader->wakes != feed->wakes)
		ask_heads(feed);
	return true;
}

static void
reader_page(struct reader *reader, const PGresult *range, const PGresult *page)
{
	struct feed_answer answer = {.outcome = FEED_NO_UNIT};
	if (pg_row_count(range) == 0) {
		reader_answer(reader, &answer);
		return;
	}
	struct feed *feed = reader->feed;
	int64_t head = pg_get_int(range, 0, 2);
	int64_t next_after = reader->after;
	uuid_format(pg_get_uuid(range, 0, 1), answer.epoch);
	/*
	 * To go on from the end instead would skip what was told since the restore; to wait would
	 * keep it back.
	 */
	answer.outcome = FEED_BEYOND;
	answer.last_seq = head;
	if (reader->after > head && pg_row_count(page) == 0) {
		reader_answer(reader, &answer);
		return;
	}
	answer.outcome = FEED_GONE;
	answer.first_seq = pg_get_int(range, 0, 3);
	if (reader->after + 1 < answer.first_seq) {
		reader_answer(reader, &answer);
		return;
	}
	struct body events = {0}, body = {0};
	body_events(&events, page, feed->config, &next_after);
	if (events.len == 0 && reader_wait(reader))
		return;
	bool full = events.len == 0 && !reader->expired && !feed->draining;
	answer.outcome = full ? FEED_FULL : FEED_OK;
	/* An HSA-id needs no escapes: the schema checks what it is made of. */
	body_print(&body, "{\"unit\":\"%s\",\"epoch\":\"%s\",\"first_seq\":%" PRId64,
	    pg_get_text(range, 0, 0).text, answer.epoch, answer.first_seq);
	body_print(&body, ",\"next_after\":%" PRId64 ",\"events\":[", next_after);
	if (events.len > 0)
		body_add(&body, events.text, events.len);
	body_add(&body, "]}", 2);
	answer.body = body.text;
	answer.body_len = body.len;
	reader_answer(reader, &answer);
	free(events.text);
	free(body.text);
}

static void
on_page(struct pg *pg, const struct pg_result *result, void *arg)
{
	struct read_call call = *(struct read_call *)arg;
	(void)pg;
	free(arg);
	struct reader *reader = reader_find(call.feed, call.reader);
	if (reader == NULL)
		return;
	if (result->outcome == PG_OK) {
		reader_page(reader, pg_rows(result, 0), pg_rows(result, 1));
		return;
	}
	log_event(LOG_WARNING, "feed_read_failed", "outcome", "%s",
	    pg_outcome_text(result->outcome), "why", "%s", result->message, NULL);
	reader_answer(reader, &(struct feed_answer){.outcome = FEED_AWAY});
}

/*
 * The time to wait is over. A reader that waits reads once more: the answer needs the feed's range.
 */
static void
on_deadline(evutil_socket_t fd, short what, void *arg)
{
	struct reader *reader = arg;
	(void)fd, (void)what;
	reader->expired = true;
	if (reader->state == READER_WAITS)
		reader_read(reader);
}

uint64_t
feed_read(struct feed *feed, unit_id unit, int64_t after, int limit, int wait_s,
    feed_callback *callback, void *arg)
{
	require(after >= 0 && limit >= 1 && limit <= FEED_LIMIT_MAX);
	require(wait_s >= 0 && wait_s <= FEED_WAIT_S_MAX);
	struct reader *reader = xcalloc(1, sizeof *reader);
	*reader = (struct reader){.feed = feed,
	    .id = ++feed->last_id,
	    .unit = unit,
	    .after = after,
	    .limit = limit,
	    .expired = wait_s == 0,
	    .callback = callback,
	    .arg = arg};
	reader->deadline = event_new(feed->base, -1, 0, on_deadline, reader);
	struct timeval wait = {.tv_sec = wait_s};
	require(
	    reader->deadline != NULL && (wait_s == 0 || event_add(reader->deadline, &wait) == 0));
	TAILQ_INSERT_TAIL(&feed->readers, reader, link);
	reader_read(reader);
	return reader->id;
}

bool
feed_cancel(struct feed *feed, uint64_t id)
{
	struct reader *reader = reader_find(feed, id);
	if (reader != NULL)
		reader_free(reader);
	return reader != NULL;
}

/* ---- Waking ---- */

static void
on_heads(struct pg *pg, const struct pg_result *result, void *arg)
{
	struct feed *feed = arg;
	(void)pg;
	bool again = feed->heads == HEADS_ASK_AGAIN;
	feed->heads = HEADS_IDLE;
	if (result->outcome == PG_OK) {
		const PGresult *rows = pg_rows(result, 0);
		for (size_t i = 0; i < pg_row_count(rows); i++) {
			struct reader *reader;
			TAILQ_FOREACH(reader, &feed->readers, link)
			{
				if (reader->state == READER_WAITS &&
				    reader->unit == pg_get_int(rows, i, 0) &&
				    reader->after < pg_get_int(rows, i, 1))
					reader_read(reader);
			}
		}
	}
	if (again)
		ask_heads(feed);
}

/* Which of the units that are waited for have something new? At most one question is under way. */
static void
ask_heads(struct feed *feed)
{
	if (feed->heads != HEADS_IDLE) {
		feed->heads = HEADS_ASK_AGAIN;
		return;
	}
	if (feed->waiting == 0)
		return;
	struct pg_params *params = pg_params_new();
	struct pg_array *units = pg_bind_array(params, PG_INT4);
	struct reader *reader;
	TAILQ_FOREACH(reader, &feed->readers, link)
	{
		if (reader->state == READER_WAITS)
			pg_put_int4(units, reader->unit);
	}
	feed->heads = HEADS_ASKED;
	pg_send(feed->reads, &(struct pg_call){&feed_heads, params}, 1, READ_TIMEOUT_MS, on_heads,
	    feed);
	pg_params_free(params);
}

void
feed_wake(struct feed *feed)
{
	feed->wakes++;
	ask_heads(feed);
}

void
feed_drain(struct feed *feed)
{
	feed->draining = true;
	struct reader *reader;
	TAILQ_FOREACH(reader, &feed->readers, link)
	{
		if (reader->state == READER_WAITS)
			reader_read(reader);
	}
}

struct feed *
feed_new(struct event_base *base, struct pg *reads, const struct config *config)
{
	struct feed *feed = xcalloc(1, sizeof *feed);
	feed->base = base;
	feed->reads = reads;
	feed->config = config;
	TAILQ_INIT(&feed->readers);
	return feed;
}

void
feed_free(struct feed *feed)
{
	if (feed == NULL)
		return;
	struct reader *reader;
	while ((reader = TAILQ_FIRST(&feed->readers)) != NULL)
		reader_free(reader);
	free(feed);
}
