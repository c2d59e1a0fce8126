/*
 * What the verbs migrate and maintain do with what endpoints keep secret: all of it under the first
 * key, in one transaction.
 */
#include "verbs.h"

#include "seal.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

static struct pg_statement lacking_statement = PG_STATEMENT("queries/seal_lacking");
static struct pg_statement put_statement = PG_STATEMENT("queries/seal_put");
static struct pg_statement rewrite_statement = PG_STATEMENT("queries/seal_rewrite");
static struct pg_statement analyze_statement = PG_STATEMENT("queries/seal_analyze");
static struct pg_statement validate_statement = PG_STATEMENT("queries/seal_validate");

enum { COL_ENDPOINT, COL_IN_USE, COL_FIRST };
enum { SECRET, SECRET_BEFORE, HEADER_LINES, CLIENT_KEY, COLUMNS }; /* from COL_FIRST on */
static const enum seal_what kinds[COLUMNS] = {
    SEAL_SECRET, SEAL_SECRET, SEAL_HEADERS, SEAL_CLIENT_KEY};

/* What is to be stored, and what came of it. */
struct work {
	struct pg_params *params;
	struct pg_array *endpoints, *columns[COLUMNS];
	int64_t sealed, plain, shut, first_shut;
};

/* The text of a value; NULL: no key opens it. */
static char *
value_open(enum seal_what what, int64_t endpoint, struct pg_text value)
{
	const char *why;
	char *text;

	if (seal_is(value.text, value.len))
		return seal_open(what, endpoint, value.text, value.len, &why);
	text = strndup(value.text, value.len);
	require(text != NULL);
	return text;
}

/* Opens an endpoint's values, all or none. */
static bool
row_open(const PGresult *rows, size_t row, char *texts[static COLUMNS], bool *plain)
{
	int64_t endpoint = pg_get_int(rows, row, COL_ENDPOINT);

	for (int i = 0; i < COLUMNS; i++) {
		struct pg_text value = pg_get_bytes(rows, row, COL_FIRST + i);

		texts[i] = NULL;
		if (value.text == NULL)
			continue;
		*plain = *plain || !seal_is(value.text, value.len);
		texts[i] = value_open(kinds[i], endpoint, value);
		if (texts[i] != NULL)
			continue;
		while (--i >= 0)
			seal_wipe(texts[i]);
		return false;
	}
	return true;
}

static void
row_seal(struct work *w, const PGresult *rows, size_t row)
{
	int64_t endpoint = pg_get_int(rows, row, COL_ENDPOINT);
	char *texts[COLUMNS];
	bool plain = false;

	if (!row_open(rows, row, texts, &plain)) {
		if (pg_get_bool(rows, row, COL_IN_USE) && w->shut++ == 0)
			w->first_shut = endpoint;
		return;
	}
	pg_put_int8(w->endpoints, endpoint);
	for (int i = 0; i < COLUMNS; i++) {
		struct sealed sealed = seal(kinds[i], endpoint, texts[i]);

		pg_put_bytea(w->columns[i], sealed.bytes, sealed.len);
		free(sealed.bytes);
		seal_wipe(texts[i]);
	}
	w->sealed++;
	w->plain += plain;
}

static bool
rows_seal(struct work *w, PGconn *conn, const PGresult *rows)
{
	struct pg_result *result;

	w->params = pg_params_new();
	w->endpoints = pg_bind_array(w->params, PG_INT8);
	for (int i = 0; i < COLUMNS; i++)
		w->columns[i] = pg_bind_array(w->params, PG_BYTEA);
	for (size_t i = 0; i < pg_row_count(rows); i++)
		row_seal(w, rows, i);
	result = verb_run(conn, &put_statement, w->params);
	pg_params_free(w->params);
	pg_result_free(result);
	return result != NULL;
}

/* The endpoints that lack it; they are held. NULL: it has been said why. */
static struct pg_result *
lacking(PGconn *conn)
{
	struct pg_params *params = pg_params_new();
	uint8_t head[SEAL_HEAD_BYTES];
	struct pg_result *result;

	pg_bind_bytea(params, head, seal_head(head));
	result = verb_run(conn, &lacking_statement, params);
	pg_params_free(params);
	return result;
}

static int
report(const struct work *w)
{
	if (w->sealed > 0)
		printf("sealed under the first key of secrets_key: what %" PRId64
		       " endpoints keep secret\n",
		    w->sealed);
	if (w->plain > 0)
		printf("of %" PRId64 " of them it was plain: dumps and archived WAL of before hold "
		       "it still\n",
		    w->plain);
	if (w->shut == 0)
		return EXIT_DONE;
	return verb_fail(EXIT_FAILED,
	    "no key of secrets_key opens what %" PRId64
	    " endpoints keep secret, the first is %" PRId64
	    ": put back the key, or give each endpoint a new secret, headers and client key",
	    w->shut, w->first_shut);
}

static bool
run(PGconn *conn, struct pg_statement *statement)
{
	struct pg_result *result = verb_run(conn, statement, NULL);

	pg_result_free(result);
	return result != NULL;
}

/* In a transaction. Rows that were replaced keep their bytes for as long as anybody may look at
 * them, and after; a table that is written anew has none, and the planner's statistics hold none of
 * its values. */
static bool
table_prove(const struct work *w, PGconn *conn)
{
	if (w->plain > 0 && (!run(conn, &rewrite_statement) || !run(conn, &analyze_statement)))
		return false;
	return run(conn, &validate_statement);
}

static int
table_seal(struct work *w, PGconn *conn, enum seal_reach reach, const PGresult *rows)
{
	char why[PG_WHY_MAX];

	if (!rows_seal(w, conn, rows))
		return EXIT_FAILED;
	if (reach == SEAL_TABLE && !table_prove(w, conn))
		return EXIT_FAILED;
	if (!pg_sync_script(conn, "commit", why))
		return verb_fail(EXIT_FAILED, "%s", why);
	return report(w);
}

int
verb_seal(const struct command *command, PGconn *conn, enum seal_reach reach)
{
	const char *path = command->config->secrets_key;
	struct work work = {.sealed = 0};
	char why[SEAL_WHY_MAX], reason[PG_WHY_MAX];
	bool keys = seal_keys_read(path, why);
	struct pg_result *result;
	int code;

	if (!keys && path[0] != '\0')
		return verb_fail(EX_CONFIG, "%s", why);
	if (!pg_sync_script(conn, "begin", reason))
		return verb_fail(EXIT_FAILED, "%s", reason);
	result = lacking(conn);
	if (result == NULL)
		return EXIT_FAILED;
	if (pg_row_count(pg_rows(result, 0)) > 0 && !keys)
		code = verb_fail(EX_CONFIG, "%s", why);
	else
		code = table_seal(&work, conn, reach, pg_rows(result, 0));
	pg_result_free(result);
	return code;
}
