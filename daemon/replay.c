/* Replay; see replay.h. */
#include "replay.h"

#include "answer.h"
#include "identity.h"
#include "log.h"
#include "notice.h"
#include "pointer.h"
#include "rules/episode.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

static struct pg_statement scope_statement = PG_STATEMENT("queries/replay_scope");
static struct pg_statement one_statement = PG_STATEMENT("queries/replay_one");
static struct pg_statement failed_statement = PG_STATEMENT("queries/replay_failed");
static struct pg_statement missing_statement = PG_STATEMENT("queries/replay_missing");
static struct pg_statement put_statement = PG_STATEMENT("queries/replay_put");
static struct pg_statement due_statement = PG_STATEMENT("queries/replay_due");
static struct pg_statement record_statement = PG_STATEMENT("queries/replay_record");

enum replay_what { REPLAY_ONE, REPLAY_FAILED, REPLAY_MISSING, REPLAY_WHAT_COUNT };
static const char *const what_members[] = {
    [REPLAY_ONE] = "seq", [REPLAY_FAILED] = "failed_since", [REPLAY_MISSING] = "missing_since"};
static const char *const what_words[] = {
    [REPLAY_ONE] = "one", [REPLAY_FAILED] = "failed_since", [REPLAY_MISSING] = "missing_since"};

/* A replay under way; the thread's own. */
struct replay {
	struct caller caller;
	char *body;
	size_t len;
	/* What it asks for. */
	enum replay_what what; /* REPLAY_WHAT_COUNT: nothing yet */
	int64_t endpoint, seq;
	instant since;
	/* Where the endpoint is. */
	unit_id unit;
	int64_t next_seq;
	size_t count;
	PGconn *conn;
	struct register_told *told;
};

static void
replay_free(void *input)
{
	struct replay *r = input;

	free(r->body);
	free(r);
}

/* False, so that it can be returned. */
static bool
refuse(struct replay *r, const char *pointer, const char *what)
{
	register_told_complain(pointer, what, r->told);
	return false;
}

/* ---- What is asked for ---- */

static bool
value_read(struct replay *r, enum replay_what what, const json_t *value)
{
	const char *text = json_string_value(value);

	if (r->what != REPLAY_WHAT_COUNT)
		return refuse(r, "", "must have only one of seq, failed_since and missing_since");
	r->what = what;
	r->since = INSTANT_NONE;
	if (what == REPLAY_ONE) {
		r->seq = json_is_integer(value) ? json_integer_value(value) : 0;
		return r->seq > 0 || refuse(r, "/seq", "must be the number of a notice");
	}
	return (text != NULL && instant_parse(text, strlen(text), &r->since) == NULL) ||
	       refuse(r, what == REPLAY_FAILED ? "/failed_since" : "/missing_since",
		   "must be an RFC 3339 time with offset");
}

static bool
member_read(struct replay *r, const char *name, const json_t *value)
{
	char pointer[POINTER_TOKEN_MAX + 2] = "";

	if (strcmp(name, "endpoint") == 0) {
		r->endpoint = json_is_integer(value) ? json_integer_value(value) : 0;
		return r->endpoint > 0 ||
		       refuse(r, "/endpoint", "must be the number of an endpoint");
	}
	for (int what = 0; what < REPLAY_WHAT_COUNT; what++)
		if (strcmp(name, what_members[what]) == 0)
			return value_read(r, (enum replay_what)what, value);
	pointer_enter(pointer, sizeof(pointer), name);
	return refuse(r, pointer, "is no member of this object");
}

static bool
wish_read(struct replay *r)
{
	json_t *object = json_loadb(r->body, r->len, JSON_REJECT_DUPLICATES, NULL), *value;
	bool good = json_is_object(object);
	const char *name;

	r->what = REPLAY_WHAT_COUNT;
	if (!good)
		refuse(r, "", "must be one JSON object in UTF-8, without doubled members");
	json_object_foreach(object, name, value)
	{
		good = member_read(r, name, value) && good;
	}
	if (good && r->endpoint == 0)
		good = refuse(r, "/endpoint", "is missing");
	if (good && r->what == REPLAY_WHAT_COUNT)
		good = refuse(r, "", "must have one of seq, failed_since and missing_since");
	json_decref(object);
	return good;
}

/* ---- Carrying it out ---- */

/* Runs one statement and drops its parameters. NULL: it has been told. */
static struct pg_result *
run(struct replay *r, struct pg_statement *statement, struct pg_params *params)
{
	const struct pg_call call = {statement, params};
	struct pg_result *result = pg_sync_run(r->conn, &call, 1);

	pg_params_free(params);
	if (result->outcome == PG_OK)
		return result;
	register_told_result(r->told, statement->name, result);
	pg_result_free(result);
	return NULL;
}

/* What has arrived is known as far back as the delivery log is kept. */
static bool
since_check(
    struct replay *r, instant made_at, int64_t first_seq, instant first_at, instant known_from)
{
	if (r->what != REPLAY_MISSING)
		return true;
	if (r->since < known_from && made_at < known_from)
		return refuse(r, "/missing_since",
		    "lies too far back: it is not known any more what had arrived");
	return first_seq <= 1 || r->since >= first_at ||
	       refuse(r, "/missing_since", "lies too far back: not all notices since are kept");
}

static bool
scope_take(struct replay *r)
{
	struct pg_params *params = pg_params_new();
	struct pg_result *result;
	const PGresult *rows;
	bool good;

	pg_bind_int8(params, r->endpoint);
	result = run(r, &scope_statement, params);
	if (result == NULL)
		return false;
	rows = pg_rows(result, 0);
	if (pg_row_count(rows) == 0) {
		good = refuse(r, "/endpoint", "there is no such endpoint");
	} else {
		r->unit = (unit_id)pg_get_int(rows, 0, 0);
		r->next_seq = pg_get_int(rows, 0, 1);
		good = since_check(r, pg_get_instant(rows, 0, 2), pg_get_int_or(rows, 0, 3, 1),
		    pg_get_instant(rows, 0, 4), pg_get_instant(rows, 0, 5));
	}
	pg_result_free(result);
	return good;
}

static struct pg_result *
choose(struct replay *r)
{
	struct pg_params *params = pg_params_new();
	struct pg_statement *statement = r->what == REPLAY_ONE	    ? &one_statement
					 : r->what == REPLAY_FAILED ? &failed_statement
								    : &missing_statement;

	if (r->what != REPLAY_ONE)
		pg_bind_int8(params, r->endpoint);
	pg_bind_int4(params, r->unit);
	if (r->what == REPLAY_ONE) {
		pg_bind_int8(params, r->seq);
	} else {
		pg_bind_instant(params, r->since);
		pg_bind_int8(params, REPLAY_MAX + 1);
	}
	pg_bind_int2(params, NOTICE_AVLIDEN);
	pg_bind_int2(params, PHASE_AVLIDEN);
	if (r->what == REPLAY_MISSING)
		pg_bind_int8(params, r->next_seq);
	return run(r, statement, params);
}

/* Whether what was chosen may be sent again. */
static bool
chosen_check(struct replay *r, const PGresult *rows)
{
	if (pg_row_count(rows) > REPLAY_MAX)
		return refuse(r, r->what == REPLAY_FAILED ? "/failed_since" : "/missing_since",
		    "there are more than 100000 since then: take a later time");
	if (r->what != REPLAY_ONE)
		return true;
	if (pg_row_count(rows) == 0)
		return refuse(r, "/seq", "there is no such notice, or it is not kept any more");
	return !pg_get_bool(rows, 0, 2) ||
	       refuse(r, "/seq", "is superseded: it would speak of a living patient");
}

/* One that the endpoint has not come to yet is on its way. */
static bool
put(struct replay *r, const PGresult *rows)
{
	struct pg_params *params = pg_params_new();
	struct pg_array *seqs, *episodes;
	struct pg_result *result;

	pg_bind_int8(params, r->endpoint);
	seqs = pg_bind_array(params, PG_INT8);
	episodes = pg_bind_array(params, PG_INT8);
	for (size_t i = 0; i < pg_row_count(rows); i++) {
		if (pg_get_int(rows, i, 0) >= r->next_seq)
			continue;
		pg_put_int8(seqs, pg_get_int(rows, i, 0));
		pg_put_int8(episodes, pg_get_int(rows, i, 1));
		r->count++;
	}
	if (r->count == 0) { /* nobody's lease ends for nothing */
		pg_params_free(params);
		return true;
	}
	result = run(r, &put_statement, params);
	pg_result_free(result);
	return result != NULL;
}

static bool
due(struct replay *r)
{
	struct pg_params *params = pg_params_new();
	struct pg_result *result;

	pg_bind_int8(params, r->endpoint);
	result = run(r, &due_statement, params);
	pg_result_free(result);
	return result != NULL;
}

static bool
record(struct replay *r)
{
	struct pg_params *params = pg_params_new();
	struct pg_result *result;

	pg_bind_int8(params, r->endpoint);
	pg_bind_int8(params, r->caller.client);
	pg_bind_string(params, r->caller.person[0] != '\0' ? r->caller.person : NULL);
	pg_bind_string(params, what_words[r->what]);
	if (r->what == REPLAY_ONE)
		pg_bind_int8(params, r->seq);
	else
		pg_bind_null(params, PG_INT8);
	pg_bind_instant(params, r->since);
	pg_bind_int4(params, (int32_t)r->count);
	result = run(r, &record_statement, params);
	pg_result_free(result);
	return result != NULL;
}

static bool
carry_out(struct replay *r)
{
	struct pg_result *chosen;
	bool good;

	if (!scope_take(r) || (chosen = choose(r)) == NULL)
		return false;
	good = chosen_check(r, pg_rows(chosen, 0)) && put(r, pg_rows(chosen, 0)) && due(r) &&
	       record(r);
	pg_result_free(chosen);
	return good;
}

static void
transact(struct replay *r)
{
	struct writer *w = &r->told->body;
	char why[PG_WHY_MAX];

	if (!pg_sync_script(r->conn, "begin", why)) {
		register_told_fail(r->told, 503, "The database does not answer.");
		return;
	}
	if (!carry_out(r))
		return;
	if (!pg_sync_script(r->conn, "commit", why)) {
		register_told_fail(
		    r->told, 503, "The database did not answer; look whether it was recorded.");
		return;
	}
	answer_open(w, '{');
	answer_int(w, "endpoint", r->endpoint);
	answer_text(w, "what", what_words[r->what]);
	answer_int(w, "count", (int64_t)r->count);
	answer_close(w, '}');
	r->told->status = 200;
}

static void
replay_do(void *input, const char *database, struct register_told *told)
{
	struct replay *r = input;

	r->told = told;
	if (wish_read(r)) {
		r->conn = register_writer_connect(database, &r->caller, told);
		if (r->conn != NULL)
			transact(r);
		PQfinish(r->conn);
	}
	log_event(LOG_NOTICE, "replay", "endpoint", "%" PRId64, r->endpoint, "client", "%" PRId64,
	    r->caller.client, "status", "%d", told->status, "count", "%zu", r->count, NULL);
}

bool
replay_run(struct register_writer *writer, const struct replay_wish *wish, uint64_t request_id,
    register_writer_done *done, void *arg)
{
	struct replay *r = xcalloc(1, sizeof(*r));
	const struct register_job job = {replay_do, replay_free, r};

	r->caller = wish->caller;
	r->len = wish->len;
	r->body = xmalloc(wish->len + 1);
	if (wish->len > 0)
		memcpy(r->body, wish->body, wish->len);
	if (register_writer_run(writer, &job, request_id, done, arg))
		return true;
	replay_free(r);
	return false;
}
