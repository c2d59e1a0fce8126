/* What is read of endpoints; see endpoint_reads.h. */
#include "endpoint_reads.h"

#include "answer.h"
#include "log.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

static struct pg_statement page_statement = PG_STATEMENT("queries/endpoint_page");

/* One read in flight; owned by it, freed with its answer. */
struct lookup {
	int64_t endpoint; /* 0: a page */
	int limit;
	uint64_t request_id;
	reads_done *done;
	void *arg;
};

static struct lookup *
lookup_new(int64_t endpoint, int limit, uint64_t request_id, reads_done *done, void *arg)
{
	struct lookup *l = xmalloc(sizeof(*l));

	*l = (struct lookup){endpoint, limit, request_id, done, arg};
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
		COL_GIVEN_UP
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
