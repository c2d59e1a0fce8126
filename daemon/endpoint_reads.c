/* What is read of endpoints; see endpoint_reads.h. */
#include "endpoint_reads.h"

#include "answer.h"
#include "log.h"
#include "notice.h"
#include "push.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct pg_statement page_statement = PG_STATEMENT("queries/endpoint_page");
static struct pg_statement replays_statement = PG_STATEMENT("queries/endpoint_replays");
static struct pg_statement deliveries_statement = PG_STATEMENT("queries/endpoint_deliveries");

/* One read in flight; owned by it, freed with its answer. */
struct lookup {
	int64_t endpoint; /* 0: a page */
	int limit;
	enum deliveries_show show;
	uint64_t request_id;
	reads_done *done;
	void *arg;
};

static struct lookup *
lookup_new(int64_t endpoint, int limit, uint64_t request_id, reads_done *done, void *arg)
{
	struct lookup *l = xmalloc(sizeof(*l));

	*l = (struct lookup){.endpoint = endpoint,
	    .limit = limit,
	    .request_id = request_id,
	    .done = done,
	    .arg = arg};
	return l;
}

static void
lookup_end(struct lookup *l, enum reads_outcome outcome, struct writer *w)
{
	l->done(l->arg, l->request_id, outcome, w->text, w->len);
	free(w->text);
	free(l);
}

/* ---- Endpoints ---- */

static void
text_member(struct writer *w, const char *name, struct pg_text text)
{
	if (text.text == NULL) {
		answer_null(w, name);
		return;
	}
	answer_key(w, name);
	writer_string(w, text.text, text.len);
}

/* Their names: what they say may be a secret. */
static void
headers_member(struct writer *w, const PGresult *rows, size_t row, int column)
{
	struct pg_text names[PUSH_HEADERS_MAX];
	size_t count = pg_get_texts(rows, row, column, names, PUSH_HEADERS_MAX);

	answer_key(w, "headers");
	answer_open(w, '[');
	for (size_t i = 0; i < count && i < PUSH_HEADERS_MAX; i++) {
		char *name = strndup(names[i].text, names[i].len);

		require(name != NULL);
		answer_element(w, name);
		free(name);
	}
	answer_close(w, ']');
}

void
endpoint_view(const PGresult *rows, size_t row, const char *secret, struct writer *w)
{
	enum {
		COL_ENDPOINT,
		COL_UNIT,
		COL_URL,
		COL_STATUS,
		COL_CREATED,
		COL_BEFORE_UNTIL,
		COL_NEXT_SEQ,
		COL_FAILING,
		COL_ERROR,
		COL_SUCCESS,
		COL_UNDELIVERED,
		COL_GIVEN_UP,
		COL_HEADERS,
		COL_CA,
		COL_CERT
	};

	answer_open(w, '{');
	answer_int(w, "endpoint", pg_get_int(rows, row, COL_ENDPOINT));
	text_member(w, "unit", pg_get_text(rows, row, COL_UNIT));
	text_member(w, "url", pg_get_text(rows, row, COL_URL));
	text_member(w, "status", pg_get_text(rows, row, COL_STATUS));
	answer_instant(w, "created_at", pg_get_instant(rows, row, COL_CREATED));
	answer_instant(w, "secret_before_until", pg_get_instant(rows, row, COL_BEFORE_UNTIL));
	answer_int(w, "next_seq", pg_get_int(rows, row, COL_NEXT_SEQ));
	answer_instant(w, "failing_since", pg_get_instant(rows, row, COL_FAILING));
	text_member(w, "last_error", pg_get_text(rows, row, COL_ERROR));
	answer_instant(w, "last_success_at", pg_get_instant(rows, row, COL_SUCCESS));
	answer_int(w, "undelivered", pg_get_int(rows, row, COL_UNDELIVERED));
	answer_int(w, "given_up", pg_get_int(rows, row, COL_GIVEN_UP));
	headers_member(w, rows, row, COL_HEADERS);
	answer_bool(w, "has_ca", pg_get_bool(rows, row, COL_CA));
	answer_bool(w, "has_client_cert", pg_get_bool(rows, row, COL_CERT));
	if (secret != NULL)
		answer_text(w, "secret", secret);
	answer_close(w, '}');
}

void
endpoint_page_bind(struct pg_params *params, unit_id unit, int64_t after, int limit)
{
	pg_bind_int4(params, unit);
	pg_bind_int8(params, after);
	pg_bind_int8(params, limit);
	pg_bind_int8(params, ENDPOINT_COUNTED_MAX);
}

static void
page_write(const struct lookup *l, const PGresult *rows, struct writer *w)
{
	size_t count = pg_row_count(rows),
	       shown = count < (size_t)l->limit ? count : (size_t)l->limit;
	char next[24];

	answer_open(w, '{');
	answer_key(w, "endpoints");
	answer_open(w, '[');
	for (size_t i = 0; i < shown; i++)
		endpoint_view(rows, i, NULL, w);
	answer_close(w, ']');
	if (count > shown) {
		snprintf(next, sizeof(next), "%" PRId64, pg_get_int(rows, shown - 1, 0));
		answer_text(w, "next", next);
	}
	answer_close(w, '}');
}

static void
on_page(struct pg *pg, const struct pg_result *result, void *arg)
{
	struct lookup *l = arg;
	enum reads_outcome outcome = reads_outcome_of(result);
	struct writer w = {0};

	(void)pg;
	if (outcome == READS_OK && l->endpoint == 0)
		page_write(l, pg_rows(result, 0), &w);
	else if (outcome == READS_OK && (pg_row_count(pg_rows(result, 0)) == 0 ||
					    pg_get_int(pg_rows(result, 0), 0, 0) != l->endpoint))
		outcome = READS_NOT_FOUND;
	else if (outcome == READS_OK)
		endpoint_view(pg_rows(result, 0), 0, NULL, &w);
	lookup_end(l, outcome, &w);
}

static void
page_send(struct pg *pg, unit_id unit, int64_t after, struct lookup *l)
{
	struct pg_params *params = pg_params_new();
	const struct pg_call call = {&page_statement, params};

	/* One more than is shown, to see whether there is more. */
	endpoint_page_bind(params, unit, after, l->limit + 1);
	pg_send(pg, &call, 1, READS_TIMEOUT_MS, on_page, l);
	pg_params_free(params);
}

void
endpoints_read_page(struct pg *pg, unit_id unit, int64_t after, int limit, uint64_t request_id,
    reads_done *done, void *arg)
{
	page_send(pg, unit, after, lookup_new(0, limit, request_id, done, arg));
}

void
endpoints_read_one(
    struct pg *pg, int64_t endpoint, uint64_t request_id, reads_done *done, void *arg)
{
	page_send(pg, 0, endpoint - 1, lookup_new(endpoint, 1, request_id, done, arg));
}

/* ---- Deliveries ---- */

enum {
	COL_SEQ,
	COL_ID,
	COL_TYPE,
	COL_TOLD,
	COL_STATE,
	COL_NEXT,
	COL_AT,
	COL_NR,
	COL_DURATION,
	COL_HTTP_STATUS,
	COL_ATTEMPT_ERROR,
	COL_ADDRESS,
	COL_ANSWER,
	COL_THEN
};

const char *
delivery_state_word(enum delivery_state state)
{
	switch (state) {
	case DELIVERY_WAITING:
		return "waiting";
	case DELIVERY_GIVEN_UP:
		return "given_up";
	case DELIVERY_SUPERSEDED:
		return "superseded";
	case DELIVERY_DELIVERED:
		return "delivered";
	case DELIVERY_ANY:
	case DELIVERY_STATE_COUNT:
		break;
	}
	return NULL;
}

static void
attempt_write(const struct lookup *l, const PGresult *rows, size_t row, struct writer *w)
{
	answer_open(w, '{');
	answer_instant(w, "at", pg_get_instant(rows, row, COL_AT));
	answer_int(w, "nr", pg_get_int(rows, row, COL_NR));
	answer_int(w, "duration_ms", pg_get_int(rows, row, COL_DURATION));
	text_member(w, "address", pg_get_text(rows, row, COL_ADDRESS));
	if (pg_get_null(rows, row, COL_HTTP_STATUS))
		answer_null(w, "status");
	else
		answer_int(w, "status", pg_get_int(rows, row, COL_HTTP_STATUS));
	text_member(w, "error", pg_get_text(rows, row, COL_ATTEMPT_ERROR));
	if (l->show == DELIVERIES_WITH_ANSWERS) {
		struct pg_text said = pg_get_bytes(rows, row, COL_ANSWER);
		answer_foreign(w, "answer", said.text, said.len);
	}
	answer_instant(w, "next_at", pg_get_instant(rows, row, COL_THEN));
	answer_close(w, '}');
}

/* The type of a notice that is still kept, and of which this version knows. */
static void
type_member(struct writer *w, const PGresult *rows, size_t row)
{
	int64_t type = pg_get_int_or(rows, row, COL_TYPE, NOTICE_TYPE_COUNT);
	char text[128];

	if (type < 0 || type >= NOTICE_TYPE_COUNT) {
		answer_null(w, "type");
		return;
	}
	snprintf(text, sizeof(text), "samordnad.%s.v1", notice_type_word((enum notice_type)type));
	answer_text(w, "type", text);
}

/* A notice and its attempts, rows first to last of the same seq. Returns the row after them. */
static size_t
delivery_write(const struct lookup *l, const PGresult *rows, size_t row, struct writer *w)
{
	int64_t seq = pg_get_int(rows, row, COL_SEQ);

	answer_open(w, '{');
	answer_int(w, "seq", seq);
	text_member(w, "id", pg_get_text(rows, row, COL_ID));
	type_member(w, rows, row);
	answer_instant(w, "at", pg_get_instant(rows, row, COL_TOLD));
	answer_text(
	    w, "state", delivery_state_word((enum delivery_state)pg_get_int(rows, row, COL_STATE)));
	answer_instant(w, "next_at", pg_get_instant(rows, row, COL_NEXT));
	answer_key(w, "attempts");
	answer_open(w, '[');
	for (; row < pg_row_count(rows) && pg_get_int(rows, row, COL_SEQ) == seq; row++)
		if (!pg_get_null(rows, row, COL_AT))
			attempt_write(l, rows, row, w);
	answer_close(w, ']');
	answer_close(w, '}');
	return row;
}

static void
replay_write(const PGresult *rows, size_t row, struct writer *w)
{
	enum {
		REPLAY_AT,
		REPLAY_CLIENT,
		REPLAY_PERSON,
		REPLAY_WORD,
		REPLAY_SEQ,
		REPLAY_SINCE,
		REPLAY_COUNT
	};

	answer_open(w, '{');
	answer_instant(w, "at", pg_get_instant(rows, row, REPLAY_AT));
	text_member(w, "client", pg_get_text(rows, row, REPLAY_CLIENT));
	text_member(w, "person", pg_get_text(rows, row, REPLAY_PERSON));
	text_member(w, "what", pg_get_text(rows, row, REPLAY_WORD));
	if (pg_get_null(rows, row, REPLAY_SEQ))
		answer_instant(w, "since", pg_get_instant(rows, row, REPLAY_SINCE));
	else
		answer_int(w, "seq", pg_get_int(rows, row, REPLAY_SEQ));
	answer_int(w, "count", pg_get_int(rows, row, REPLAY_COUNT));
	answer_close(w, '}');
}

static void
replays_write(const PGresult *rows, struct writer *w)
{
	answer_key(w, "replays");
	answer_open(w, '[');
	for (size_t i = 0; i < pg_row_count(rows); i++)
		if (!pg_get_null(rows, i, 0))
			replay_write(rows, i, w);
	answer_close(w, ']');
}

static void
deliveries_write(
    const struct lookup *l, const PGresult *rows, const PGresult *replays, struct writer *w)
{
	size_t row = 0;
	char next[24];
	int shown = 0;

	answer_open(w, '{');
	answer_key(w, "deliveries");
	answer_open(w, '[');
	for (; row < pg_row_count(rows) && shown < l->limit; shown++)
		row = delivery_write(l, rows, row, w);
	answer_close(w, ']');
	replays_write(replays, w);
	if (row < pg_row_count(rows)) {
		snprintf(next, sizeof(next), "%" PRId64, pg_get_int(rows, row - 1, COL_SEQ));
		answer_text(w, "next", next);
	}
	answer_close(w, '}');
}

static void
on_deliveries(struct pg *pg, const struct pg_result *result, void *arg)
{
	struct lookup *l = arg;
	enum reads_outcome outcome = reads_outcome_of(result);
	struct writer w = {0};

	(void)pg;
	if (outcome == READS_OK && pg_row_count(pg_rows(result, 0)) == 0)
		outcome = READS_NOT_FOUND;
	else if (outcome == READS_OK)
		deliveries_write(l, pg_rows(result, 1), pg_rows(result, 0), &w);
	lookup_end(l, outcome, &w);
}

void
endpoint_read_deliveries(struct pg *pg, const struct deliveries_query *query, uint64_t request_id,
    reads_done *done, void *arg)
{
	struct lookup *l = lookup_new(query->endpoint, query->limit, request_id, done, arg);
	struct pg_params *replays = pg_params_new(), *page = pg_params_new();
	const struct pg_call calls[] = {
	    {&replays_statement, replays}, {&deliveries_statement, page}};

	l->show = query->show;
	pg_bind_int8(replays, query->endpoint);
	pg_bind_int8(replays, DELIVERIES_REPLAYS_MAX);
	pg_bind_int8(page, query->endpoint);
	pg_bind_int8(page, query->before);
	pg_bind_int8(page, query->limit + 1);
	pg_bind_int4(page, query->state);
	pg_bind_int8(page, DELIVERIES_ATTEMPTS_MAX);
	pg_send(pg, calls, 2, READS_TIMEOUT_MS, on_deliveries, l);
	pg_params_free(replays);
	pg_params_free(page);
}
