/*
 * The verb `load`: a region's file into the register, all of it or nothing. What is in the file is
 * put by HSA-id, what a given list no longer has is ended. Owns the statements register_put_*,
 * _end_*, _drop_*; the file's shape is region_file's.
 */
#include "verbs.h"

#include "log.h"
#include "region_file.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define COMPLAINTS_SHOWN 50

enum category {
	UNITS,
	STAFF,
	ABSENCES,
	SLOTS,
	STANDING_DECISIONS,
	POLICIES,
	ENDPOINTS,
	CATEGORY_COUNT
};
static const char *const category_words[CATEGORY_COUNT] = {
    "units", "staff", "absences", "slots", "standing decisions", "policies", "endpoints"};

/*
 * What a statement's rows are: counted as they are, or named (HSA-id, whether added) and counted
 * once each.
 */
enum effect { ADDED, CHANGED, ENDED, NAMED };

/* Parameters after $1, the rows: in this order. */
enum { OF = 1, GIVEN = 2, NOW = 4 };

static struct step {
	enum category category;
	enum effect effect;
	unsigned params;
	struct pg_statement statement;
} steps[] = {
    {UNITS, NAMED, 0, PG_STATEMENT("queries/register_put_units")},
    {STAFF, NAMED, 0, PG_STATEMENT("queries/register_put_staff")},
    {STAFF, NAMED, 0, PG_STATEMENT("queries/register_put_ersattare")},
    {STAFF, ENDED, OF | NOW, PG_STATEMENT("queries/register_end_staff")},
    {UNITS, NAMED, 0, PG_STATEMENT("queries/register_put_chefer")},
    {ABSENCES, ENDED, OF, PG_STATEMENT("queries/register_drop_absences")},
    {ABSENCES, ADDED, 0, PG_STATEMENT("queries/register_put_absences")},
    {SLOTS, ENDED, OF | NOW, PG_STATEMENT("queries/register_end_slots")},
    {SLOTS, ADDED, 0, PG_STATEMENT("queries/register_put_slots")},
    {STANDING_DECISIONS, ENDED, OF | NOW, PG_STATEMENT("queries/register_end_standing_decisions")},
    {STANDING_DECISIONS, ADDED, NOW, PG_STATEMENT("queries/register_put_standing_decisions")},
    {POLICIES, ENDED, OF | GIVEN | NOW, PG_STATEMENT("queries/register_drop_policies")},
    {POLICIES, ENDED, OF | GIVEN | NOW, PG_STATEMENT("queries/register_end_policies")},
    {POLICIES, CHANGED, NOW, PG_STATEMENT("queries/register_put_policy_ends")},
    {POLICIES, ADDED, NOW, PG_STATEMENT("queries/register_put_policies")},
    {ENDPOINTS, ENDED, OF, PG_STATEMENT("queries/register_end_endpoints")},
    {ENDPOINTS, CHANGED, 0, PG_STATEMENT("queries/register_change_endpoints")},
    {ENDPOINTS, ADDED, 0, PG_STATEMENT("queries/register_put_endpoints")},
};

static struct pg_statement lock_statement = PG_STATEMENT("queries/register_lock");
static struct pg_statement known_statement = PG_STATEMENT("queries/register_persons_known");

/* What can only be seen in the database, by the name of the constraint that said no. */
static const struct {
	const char *constraint, *what;
} constraints[] = {
    {"policy_one_at_a_time",
	"policies of one name and scope overlap, or one that has begun was given another "
	"value: end it by to_at and add another from then on"},
    {"standing_decision_a_year", "a standing decision is for more than a year (B4)"},
};

/* A load under way. */
struct load {
	PGconn *conn;
	struct region_file file;
	char *rows[CATEGORY_COUNT]; /* as JSON text */
	const json_t *lists[CATEGORY_COUNT], *of[CATEGORY_COUNT];
	json_t *named[CATEGORY_COUNT]; /* HSA-id → true if added, false if changed */
	int64_t added[CATEGORY_COUNT], changed[CATEGORY_COUNT], ended[CATEGORY_COUNT];
	json_t *secrets; /* URL → a secret made here, to be shown once all is committed */
	instant now;
};

/* ---- Reading and checking ---- */

static void
complain(const char *pointer, const char *what, void *arg)
{
	int *shown = arg;

	if (++*shown <= COMPLAINTS_SHOWN)
		fprintf(stderr, "%s: %s\n", pointer, what);
}

/* Returns the exit code; EXIT_DONE: out is filled. */
static int
file_read(const char *path, struct region_file *out)
{
	json_error_t error;
	FILE *file = strcmp(path, "-") == 0 ? stdin : fopen(path, "rb");
	json_t *root;
	int shown = 0, complaints;

	memset(out, 0, sizeof(*out));
	if (file == NULL)
		return verb_fail(EXIT_FAILED, "%s: %s", path, strerror(errno));
	root = json_loadf(file, JSON_REJECT_DUPLICATES, &error);
	if (file != stdin)
		fclose(file);
	if (root == NULL)
		return verb_fail(
		    EXIT_FAILED, "%s:%d:%d: %s", path, error.line, error.column, error.text);
	complaints = region_file_read(root, out, complain, &shown);
	json_decref(root);
	if (complaints == 0)
		return EXIT_DONE;
	if (complaints > COMPLAINTS_SHOWN)
		fprintf(stderr, "and %d more\n", complaints - COMPLAINTS_SHOWN);
	return verb_fail(EXIT_FAILED, "%s: %d to mend; nothing was loaded", path, complaints);
}

/*
 * Persons who are named but not in the file must be in the register. Returns how many are not, -1
 * after an error.
 */
static int
persons_check(struct load *load)
{
	struct pg_params *params = pg_params_new();
	struct pg_array *names = pg_bind_array(params, PG_TEXT);
	struct pg_result *result;
	const char *hsa_id;
	json_t *pointer;
	int unknown = 0;

	json_object_foreach(load->file.persons, hsa_id, pointer)
	{
		pg_put_string(names, hsa_id);
	}
	result = verb_run(load->conn, &known_statement, params);
	pg_params_free(params);
	if (result == NULL)
		return -1;
	for (size_t i = 0; i < pg_row_count(pg_rows(result, 0)); i++) {
		struct pg_text known = pg_get_text(pg_rows(result, 0), i, 0);
		char *copy = strndup(known.text, known.len);

		require(copy != NULL);
		json_object_del(load->file.persons, copy);
		free(copy);
	}
	pg_result_free(result);
	json_object_foreach(load->file.persons, hsa_id, pointer)
	{
		complain(json_string_value(pointer),
		    "names a person who is neither in the file nor in the register", &unknown);
	}
	return unknown;
}

/* ---- Storing ---- */

static void
lists_take(struct load *load)
{
	struct region_file *f = &load->file;
	json_t *const lists[] = {f->units, f->staff, f->absences, f->slots, f->standing_decisions,
	    f->policies, f->endpoints};
	json_t *const of[] = {NULL, f->staff_of, f->absences_of, f->slots_of,
	    f->standing_decisions_of, f->policies_of, f->endpoints_of};

	for (int i = 0; i < CATEGORY_COUNT; i++) {
		load->lists[i] = lists[i];
		load->of[i] = of[i];
		load->rows[i] = json_dumps(lists[i], JSON_COMPACT);
		require(load->rows[i] != NULL);
		load->named[i] = json_object();
	}
	load->secrets = json_object();
}

static void
load_end(struct load *load)
{
	for (int i = 0; i < CATEGORY_COUNT; i++) {
		free(load->rows[i]);
		json_decref(load->named[i]);
	}
	json_decref(load->secrets);
	region_file_free(&load->file);
	PQfinish(load->conn);
}

static struct pg_params *
step_params(const struct load *load, const struct step *step)
{
	struct pg_params *params = pg_params_new();

	pg_bind_string(params, load->rows[step->category]);
	if (step->params & OF) {
		struct pg_array *of = pg_bind_array(params, PG_TEXT);

		for (size_t i = 0; i < json_array_size(load->of[step->category]); i++)
			pg_put_string(
			    of, json_string_value(json_array_get(load->of[step->category], i)));
	}
	if (step->params & GIVEN)
		pg_bind_bool(params, load->file.policies_given);
	if (step->params & NOW)
		pg_bind_instant(params, load->now);
	return params;
}

static void
named_take(struct load *load, enum category category, const PGresult *rows)
{
	for (size_t i = 0; i < pg_row_count(rows); i++) {
		struct pg_text text = pg_get_text(rows, i, 0);
		char *hsa_id = strndup(text.text, text.len);

		require(hsa_id != NULL);
		if (json_object_get(load->named[category], hsa_id) == NULL) {
			bool added = pg_get_bool(rows, i, 1);

			json_object_set_new(load->named[category], hsa_id, json_boolean(added));
			load->added[category] += added;
			load->changed[category] += !added;
		}
		free(hsa_id);
	}
}

/* Secrets that were made here must be told once; those of the file are known to who wrote it. */
static void
secrets_take(struct load *load, const PGresult *rows)
{
	json_t *endpoint;
	size_t i;

	for (size_t row = 0; row < pg_row_count(rows); row++) {
		json_t *secret =
		    json_stringn(pg_get_text(rows, row, 1).text, pg_get_text(rows, row, 1).len);

		json_array_foreach(load->file.endpoints, i, endpoint)
		{
			if (json_object_get(endpoint, "secret") == NULL &&
			    json_equal(json_object_get(endpoint, "fresh"), secret))
				json_object_set(load->secrets,
				    json_string_value(json_object_get(endpoint, "url")), secret);
		}
		json_decref(secret);
	}
}

static bool
step_run(struct load *load, struct step *step)
{
	struct pg_params *params = step_params(load, step);
	const struct pg_call call = {&step->statement, params};
	struct pg_result *result = pg_sync_run(load->conn, &call, 1);
	bool done = result->outcome == PG_OK;
	const char *what = NULL;

	pg_params_free(params);
	if (done) {
		const PGresult *rows = pg_rows(result, 0);

		switch (step->effect) {
		case ADDED:
			load->added[step->category] += pg_affected(rows);
			if (step->category == ENDPOINTS)
				secrets_take(load, rows);
			break;
		case CHANGED:
			load->changed[step->category] += pg_affected(rows);
			break;
		case ENDED:
			load->ended[step->category] += pg_affected(rows);
			break;
		case NAMED:
			named_take(load, step->category, rows);
			break;
		}
	} else {
		for (size_t i = 0; i < sizeof(constraints) / sizeof(*constraints); i++)
			if (strcmp(constraints[i].constraint, result->constraint) == 0)
				what = constraints[i].what;
		if (what != NULL)
			(void)verb_fail(EXIT_FAILED, "%s", what);
		else
			(void)verb_fail(EXIT_FAILED, "%s: %s %s %s", step->statement.name,
			    pg_outcome_text(result->outcome), result->constraint, result->message);
	}
	pg_result_free(result);
	return done;
}

/* Begins the transaction and takes the register for it; one change at a time. */
static bool
load_begin(struct load *load)
{
	char why[PG_WHY_MAX];
	struct pg_result *result;

	/*
	 * Tables that were just filled have no statistics yet, and then nested loops over 10,000
	 * rows seem cheap.
	 */
	if (!pg_sync_script(load->conn, "begin; set local enable_nestloop to off", why)) {
		(void)verb_fail(EXIT_FAILED, "%s", why);
		return false;
	}
	result = verb_run(load->conn, &lock_statement, NULL);
	if (result == NULL)
		return false;
	load->now = pg_get_instant(pg_rows(result, 0), 0, 0);
	pg_result_free(result);
	return true;
}

/* Everything between BEGIN and COMMIT; the exit code. What fails is undone with the connection. */
static int
load_store(struct load *load)
{
	char why[PG_WHY_MAX];
	int unknown;

	if (!load_begin(load))
		return EXIT_FAILED;
	unknown = persons_check(load);
	if (unknown != 0)
		return unknown < 0
			   ? EXIT_FAILED
			   : verb_fail(EXIT_FAILED, "%d to mend; nothing was loaded", unknown);
	for (size_t i = 0; i < sizeof(steps) / sizeof(*steps); i++)
		if (!step_run(load, &steps[i]))
			return EXIT_FAILED;
	if (!pg_sync_script(load->conn, "commit", why))
		return verb_fail(EXIT_FAILED, "%s", why);
	return EXIT_DONE;
}

static void
load_report(const struct load *load)
{
	bool changes = false;
	const char *url;
	json_t *secret;

	for (int i = 0; i < CATEGORY_COUNT; i++) {
		int64_t listed = (int64_t)json_array_size(load->lists[i]);

		if (listed == 0 && load->ended[i] == 0)
			continue;
		printf("%s: %" PRId64 " added, %" PRId64 " changed, ", category_words[i],
		    load->added[i], load->changed[i]);
		if (load->ended[i] > 0)
			printf("%" PRId64 " ended, ", load->ended[i]);
		printf("%" PRId64 " unchanged\n", listed - load->added[i] - load->changed[i]);
		changes = changes || load->added[i] + load->changed[i] + load->ended[i] > 0;
	}
	json_object_foreach(load->secrets, url, secret)
	{
		printf("new endpoint %s signs with %s\n", url, json_string_value(secret));
	}
	if (!changes)
		printf("nothing changed\n");
}

int
verb_load(const struct command *command)
{
	struct load load = {0};
	int code;

	if (command->argc != 1)
		return verb_fail(EX_USAGE, "load takes one file (- is standard input)");
	code = file_read(command->argv[0], &load.file);
	if (code == EXIT_DONE) {
		load.conn = verb_connect(command, &code);
		lists_take(&load);
		if (load.conn != NULL)
			code = load_store(&load);
		if (load.conn != NULL && code == EXIT_DONE)
			load_report(&load);
	}
	load_end(&load);
	return code;
}
