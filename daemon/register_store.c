/*
 * Stores a region's file: one transaction, one statement a kind of row. Owns the statements
 * register_put_*, _end_*, _drop_*; what was complained of before it came here is region_file's.
 */
#include "register_store.h"

#include "log.h"
#include "seal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const char *
register_category_word(enum register_category category)
{
	switch (category) {
	case REGISTER_UNITS:
		return "units";
	case REGISTER_HOURS:
		return "hours";
	case REGISTER_STAFF:
		return "staff";
	case REGISTER_ABSENCES:
		return "absences";
	case REGISTER_SLOTS:
		return "slots";
	case REGISTER_STANDING_DECISIONS:
		return "standing decisions";
	case REGISTER_POLICIES:
		return "policies";
	case REGISTER_ENDPOINTS:
		return "endpoints";
	case REGISTER_CATEGORY_COUNT:
		break;
	}
	return NULL;
}

/*
 * What a statement's rows are: counted as they are, or named (HSA-id, whether added) and counted
 * once each; or complaints (pointer, what), and then nothing is stored.
 */
enum effect { ADDED, CHANGED, ENDED, NAMED, REFUSED };

/* Parameters after $1, the rows: in this order. */
enum { OF = 1, AT = 2, GIVEN = 4, NOW = 8 };

static struct step {
	enum register_category category;
	enum effect effect;
	unsigned params;
	struct pg_statement statement;
} steps[] = {
    {REGISTER_STAFF, REFUSED, OF | NOW, PG_STATEMENT("queries/register_staff_elsewhere")},
    {REGISTER_UNITS, NAMED, 0, PG_STATEMENT("queries/register_put_units")},
    {REGISTER_HOURS, NAMED, 0, PG_STATEMENT("queries/register_put_hours")},
    {REGISTER_STAFF, NAMED, 0, PG_STATEMENT("queries/register_put_staff")},
    {REGISTER_STAFF, NAMED, 0, PG_STATEMENT("queries/register_put_ersattare")},
    {REGISTER_STAFF, ENDED, OF | NOW, PG_STATEMENT("queries/register_end_staff")},
    {REGISTER_UNITS, NAMED, 0, PG_STATEMENT("queries/register_put_chefer")},
    {REGISTER_STAFF, REFUSED, OF | AT | NOW, PG_STATEMENT("queries/register_chefer_ended")},
    {REGISTER_ABSENCES, ENDED, OF, PG_STATEMENT("queries/register_drop_absences")},
    {REGISTER_ABSENCES, ADDED, 0, PG_STATEMENT("queries/register_put_absences")},
    {REGISTER_SLOTS, ENDED, OF | NOW, PG_STATEMENT("queries/register_end_slots")},
    {REGISTER_SLOTS, ADDED, 0, PG_STATEMENT("queries/register_put_slots")},
    {REGISTER_STANDING_DECISIONS, REFUSED, 0, PG_STATEMENT("queries/register_decisions_too_long")},
    {REGISTER_STANDING_DECISIONS, REFUSED, 0, PG_STATEMENT("queries/register_decisions_strangers")},
    {REGISTER_STANDING_DECISIONS, ENDED, OF | NOW,
	PG_STATEMENT("queries/register_end_standing_decisions")},
    {REGISTER_STANDING_DECISIONS, ADDED, NOW,
	PG_STATEMENT("queries/register_put_standing_decisions")},
    {REGISTER_POLICIES, ENDED, OF | GIVEN | NOW, PG_STATEMENT("queries/register_drop_policies")},
    {REGISTER_POLICIES, ENDED, OF | GIVEN | NOW, PG_STATEMENT("queries/register_end_policies")},
    {REGISTER_POLICIES, REFUSED, NOW, PG_STATEMENT("queries/register_policies_overlap")},
    {REGISTER_POLICIES, CHANGED, NOW, PG_STATEMENT("queries/register_put_policy_ends")},
    {REGISTER_POLICIES, ADDED, NOW, PG_STATEMENT("queries/register_put_policies")},
    {REGISTER_ENDPOINTS, REFUSED, 0, PG_STATEMENT("queries/register_secrets_promised")},
    {REGISTER_ENDPOINTS, ENDED, OF, PG_STATEMENT("queries/register_end_endpoints")},
    {REGISTER_ENDPOINTS, CHANGED, 0, PG_STATEMENT("queries/register_change_endpoints")},
    {REGISTER_ENDPOINTS, ADDED, 0, PG_STATEMENT("queries/register_put_endpoints")},
};

static struct pg_statement lock_statement = PG_STATEMENT("queries/register_lock");
static struct pg_statement known_statement = PG_STATEMENT("queries/register_persons_known");
static struct pg_statement endpoints_statement = PG_STATEMENT("queries/register_endpoints");
static struct pg_statement version_statement = PG_STATEMENT("queries/register_version");

/* A store under way. */
struct store {
	PGconn *conn;
	const struct region_file *file;
	region_file_complain *complain;
	void *arg;
	struct register_stored *out;
	const json_t *lists[REGISTER_CATEGORY_COUNT], *of[REGISTER_CATEGORY_COUNT];
	json_t *endpoints;			/* the file's, without what they keep secret */
	char *rows[REGISTER_CATEGORY_COUNT];	/* the lists as JSON text */
	json_t *named[REGISTER_CATEGORY_COUNT]; /* HSA-ids that were counted */
	instant now;
};

static json_t *
endpoints_bare(const json_t *endpoints)
{
	json_t *bare = json_deep_copy(endpoints), *row;
	size_t i;

	require(bare != NULL);
	json_array_foreach(bare, i, row)
	{
		json_object_del(row, "secret");
		json_object_del(row, "fresh");
	}
	return bare;
}

static void
lists_take(struct store *s)
{
	const struct region_file *f = s->file;
	json_t *endpoints = s->endpoints = endpoints_bare(f->endpoints);
	const json_t *const lists[] = {f->units, f->hours, f->staff, f->absences, f->slots,
	    f->standing_decisions, f->policies, endpoints};
	const json_t *const of[] = {NULL, NULL, f->staff_of, f->absences_of, f->slots_of,
	    f->standing_decisions_of, f->policies_of, f->endpoints_of};

	for (int i = 0; i < REGISTER_CATEGORY_COUNT; i++) {
		s->lists[i] = lists[i];
		s->of[i] = of[i];
		s->rows[i] = json_dumps(lists[i], JSON_COMPACT);
		require(s->rows[i] != NULL);
		s->named[i] = json_object();
		s->out->count[i].listed = (int64_t)json_array_size(lists[i]);
	}
}

static void
lists_free(struct store *s)
{
	for (int i = 0; i < REGISTER_CATEGORY_COUNT; i++) {
		free(s->rows[i]);
		json_decref(s->named[i]);
	}
	json_decref(s->endpoints);
}

/* What a statement's failure means; says why. */
static enum register_outcome
failure(struct store *s, const char *what, const struct pg_result *result)
{
	snprintf(s->out->why, sizeof(s->out->why), "%s: %s%s%s %s", what,
	    pg_outcome_text(result->outcome), result->constraint[0] != '\0' ? " " : "",
	    result->constraint, result->message);
	switch (result->outcome) {
	case PG_RETRY:
	case PG_AWAY:
	case PG_LOST:
		return REGISTER_AWAY;
	case PG_OK:
	case PG_CONSTRAINT:
	case PG_BAD:
		break;
	}
	return REGISTER_FAILED;
}

/* Runs one statement; its result, which is to be freed, or NULL with *outcome. */
static struct pg_result *
run(struct store *s, struct pg_statement *statement, struct pg_params *params,
    enum register_outcome *outcome)
{
	const struct pg_call call = {statement, params};
	struct pg_result *result = pg_sync_run(s->conn, &call, 1);

	*outcome = REGISTER_STORED;
	if (result->outcome == PG_OK)
		return result;
	*outcome = failure(s, statement->name, result);
	pg_result_free(result);
	return NULL;
}

/* Persons who are named but not listed must be in the register. */
static enum register_outcome
persons_check(struct store *s)
{
	struct pg_params *params = pg_params_new();
	struct pg_array *names = pg_bind_array(params, PG_TEXT);
	json_t *unknown = json_copy(s->file->persons), *pointer;
	enum register_outcome outcome;
	struct pg_result *result;
	const char *hsa_id;

	json_object_foreach(unknown, hsa_id, pointer)
	{
		pg_put_string(names, hsa_id);
	}
	result = run(s, &known_statement, params, &outcome);
	pg_params_free(params);
	for (size_t i = 0; result != NULL && i < pg_row_count(pg_rows(result, 0)); i++) {
		struct pg_text known = pg_get_text(pg_rows(result, 0), i, 0);
		char *copy = strndup(known.text, known.len);

		require(copy != NULL);
		json_object_del(unknown, copy);
		free(copy);
	}
	pg_result_free(result);
	if (outcome == REGISTER_STORED) {
		json_object_foreach(unknown, hsa_id, pointer)
		{
			s->complain(json_string_value(pointer),
			    "names a person who is neither listed here nor in the register",
			    s->arg);
			outcome = REGISTER_REFUSED;
		}
	}
	json_decref(unknown);
	return outcome;
}

/*
 * Gives an endpoint of the list its number, and the secret that the file has for it, sealed, unless
 * that is the one which is stored.
 */
static void
endpoint_seal(json_t *row, const json_t *given, int64_t endpoint, struct pg_text stored)
{
	const char *secret = json_string_value(json_object_get(given, "secret")), *why;
	char *known = NULL, *hex;
	struct sealed sealed;

	json_object_set_new(row, "endpoint", json_integer(endpoint));
	if (stored.text == NULL && secret == NULL)
		secret = json_string_value(json_object_get(given, "fresh"));
	else if (stored.text != NULL)
		known = seal_open(SEAL_SECRET, endpoint, stored.text, stored.len, &why);
	if (secret != NULL && (known == NULL || strcmp(known, secret) != 0)) {
		sealed = seal(SEAL_SECRET, endpoint, secret);
		hex = xcalloc(2, sealed.len + 1);
		for (size_t i = 0; i < sealed.len; i++)
			snprintf(hex + 2 * i, 3, "%02x", sealed.bytes[i]);
		json_object_set_new(row, "sealed", json_string(hex));
		free(hex);
		free(sealed.bytes);
	}
	seal_wipe(known);
}

/* What the database is told of an endpoint's secret is sealed for its number: first that. */
static enum register_outcome
endpoints_seal(struct store *s)
{
	struct pg_params *params;
	enum register_outcome outcome;
	struct pg_result *result;

	if (json_array_size(s->endpoints) == 0)
		return REGISTER_STORED;
	params = pg_params_new();
	pg_bind_string(params, s->rows[REGISTER_ENDPOINTS]);
	result = run(s, &endpoints_statement, params, &outcome);
	pg_params_free(params);
	if (result == NULL)
		return outcome;
	for (size_t i = 0; i < json_array_size(s->endpoints); i++)
		endpoint_seal(json_array_get(s->endpoints, i),
		    json_array_get(s->file->endpoints, i), pg_get_int(pg_rows(result, 0), i, 0),
		    pg_get_bytes(pg_rows(result, 0), i, 1));
	pg_result_free(result);
	free(s->rows[REGISTER_ENDPOINTS]);
	s->rows[REGISTER_ENDPOINTS] = json_dumps(s->endpoints, JSON_COMPACT);
	require(s->rows[REGISTER_ENDPOINTS] != NULL);
	return outcome;
}

static void
texts_bind(struct pg_params *params, const json_t *texts)
{
	struct pg_array *array = pg_bind_array(params, PG_TEXT);

	for (size_t i = 0; i < json_array_size(texts); i++)
		pg_put_string(array, json_string_value(json_array_get(texts, i)));
}

static struct pg_params *
step_params(const struct store *s, const struct step *step)
{
	struct pg_params *params = pg_params_new();

	pg_bind_string(params, s->rows[step->category]);
	if (step->params & OF)
		texts_bind(params, s->of[step->category]);
	if (step->params & AT)
		texts_bind(params, s->file->staff_at);
	if (step->params & GIVEN)
		pg_bind_bool(params, s->file->policies_given);
	if (step->params & NOW)
		pg_bind_instant(params, s->now);
	return params;
}

static void
named_take(struct store *s, enum register_category category, const PGresult *rows)
{
	struct register_count *count = &s->out->count[category];

	for (size_t i = 0; i < pg_row_count(rows); i++) {
		struct pg_text text = pg_get_text(rows, i, 0);
		char *hsa_id = strndup(text.text, text.len);

		require(hsa_id != NULL);
		if (json_object_get(s->named[category], hsa_id) == NULL) {
			bool added = pg_get_bool(rows, i, 1);

			json_object_set_new(s->named[category], hsa_id, json_true());
			count->added += added;
			count->changed += !added;
		}
		free(hsa_id);
	}
}

/* Secrets that were made here must be told once; those of the file are known to who wrote it. */
static void
secrets_take(struct store *s, const PGresult *rows)
{
	json_t *given, *row;
	size_t i;

	json_array_foreach(s->file->endpoints, i, given)
	{
		if (json_object_get(given, "secret") != NULL)
			continue;
		row = json_array_get(s->endpoints, i);
		for (size_t at = 0; at < pg_row_count(rows); at++)
			if (pg_get_int(rows, at, 0) ==
			    json_integer_value(json_object_get(row, "endpoint")))
				json_object_set(s->out->secrets,
				    json_string_value(json_object_get(given, "url")),
				    json_object_get(given, "fresh"));
	}
}

static void
ended_take(struct store *s, enum register_category category, const PGresult *rows)
{
	json_t **ended = &s->out->ended[category];

	for (size_t row = 0; row < pg_row_count(rows); row++) {
		struct pg_text text = pg_get_text(rows, row, 0);

		if (*ended == NULL)
			*ended = json_array();
		require(json_array_append_new(*ended, json_stringn(text.text, text.len)) == 0);
	}
}

static void
complaints_take(struct store *s, const PGresult *rows)
{
	for (size_t i = 0; i < pg_row_count(rows); i++) {
		struct pg_text pointer = pg_get_text(rows, i, 0), what = pg_get_text(rows, i, 1);
		char *at = strndup(pointer.text, pointer.len),
		     *words = strndup(what.text, what.len);

		require(at != NULL && words != NULL);
		s->complain(at, words, s->arg);
		free(at);
		free(words);
	}
}

static enum register_outcome
step_run(struct store *s, struct step *step)
{
	struct register_count *count = &s->out->count[step->category];
	struct pg_params *params = step_params(s, step);
	enum register_outcome outcome;
	struct pg_result *result = run(s, &step->statement, params, &outcome);
	const PGresult *rows;

	pg_params_free(params);
	if (result == NULL)
		return outcome;
	rows = pg_rows(result, 0);
	switch (step->effect) {
	case ADDED:
		count->added += pg_affected(rows);
		if (step->category == REGISTER_ENDPOINTS)
			secrets_take(s, rows);
		break;
	case CHANGED:
		count->changed += pg_affected(rows);
		break;
	case ENDED:
		count->ended += pg_affected(rows);
		ended_take(s, step->category, rows);
		break;
	case NAMED:
		named_take(s, step->category, rows);
		break;
	case REFUSED:
		complaints_take(s, rows);
		if (pg_row_count(rows) > 0)
			outcome = REGISTER_REFUSED;
		break;
	}
	pg_result_free(result);
	return outcome;
}

/* A statement without rows to give: how it went. */
static enum register_outcome
script(struct store *s, const char *text)
{
	if (pg_sync_script(s->conn, text, s->out->why))
		return REGISTER_STORED;
	return PQstatus(s->conn) == CONNECTION_OK ? REGISTER_FAILED : REGISTER_AWAY;
}

/* Begins the transaction and takes the register for it; one change at a time. */
static enum register_outcome
begin(struct store *s)
{
	/*
	 * Tables that were just filled have no statistics yet, and then nested loops over 10,000
	 * rows seem cheap.
	 */
	enum register_outcome outcome = script(s, "begin; set local enable_nestloop to off");
	struct pg_result *result;

	if (outcome != REGISTER_STORED)
		return outcome;
	result = run(s, &lock_statement, NULL, &outcome);
	if (result != NULL)
		s->now = pg_get_instant(pg_rows(result, 0), 0, 0);
	pg_result_free(result);
	return outcome;
}

static enum register_outcome
commit(struct store *s)
{
	enum register_outcome outcome;
	struct pg_result *result = run(s, &version_statement, NULL, &outcome);

	if (result == NULL)
		return outcome;
	s->out->version = pg_get_int(pg_rows(result, 0), 0, 0);
	pg_result_free(result);
	return script(s, "commit");
}

enum register_outcome
register_store(PGconn *conn, const struct region_file *file, enum register_end end,
    region_file_complain *complain, void *arg, struct register_stored *out)
{
	struct store s = {.conn = conn, .file = file, .complain = complain, .arg = arg, .out = out};
	enum register_outcome outcome;

	memset(out, 0, sizeof(*out));
	out->secrets = json_object();
	lists_take(&s);
	outcome = begin(&s);
	if (outcome == REGISTER_STORED)
		outcome = persons_check(&s);
	if (outcome == REGISTER_STORED)
		outcome = endpoints_seal(&s);
	for (size_t i = 0; i < sizeof(steps) / sizeof(*steps) && outcome == REGISTER_STORED; i++)
		outcome = step_run(&s, &steps[i]);
	if (outcome == REGISTER_STORED)
		outcome = end == REGISTER_COMMIT ? commit(&s) : script(&s, "rollback");
	lists_free(&s);
	return outcome;
}

void
register_stored_free(struct register_stored *stored)
{
	json_decref(stored->secrets);
	stored->secrets = NULL;
	for (int i = 0; i < REGISTER_CATEGORY_COUNT; i++) {
		json_decref(stored->ended[i]);
		stored->ended[i] = NULL;
	}
}
