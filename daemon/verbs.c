/*
 * What the verbs share, and the short ones: migrate, rederive, check-config, outcomes.
 */
#include "verbs.h"

#include "migrate.h"
#include "seal.h"
#include "uuid.h"
#include "rules/outcomes.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

int
verb_fail(int code, const char *format, ...)
{
	va_list arguments;

	fputs("samordnad: ", stderr);
	va_start(arguments, format);
	vfprintf(stderr, format, arguments);
	va_end(arguments);
	fputc('\n', stderr);
	return code;
}

PGconn *
verb_connect(const struct command *command, int *code)
{
	char why[PG_WHY_MAX];
	PGconn *conn = pg_sync_connect(command->config->database, why);
	enum schema_fit fit;

	if (conn == NULL) {
		*code = verb_fail(EX_TEMPFAIL, "%s", why);
		return NULL;
	}
	if (!pg_sync_script(conn, "set search_path to samordnad, public; set jit to off", why)) {
		*code = verb_fail(EXIT_FAILED, "%s", why);
		PQfinish(conn);
		return NULL;
	}
	fit = schema_check_sync(conn);
	if (fit != SCHEMA_FITS) {
		*code = verb_fail(EXIT_FAILED, "%s", schema_fit_text(fit));
		PQfinish(conn);
		return NULL;
	}
	return conn;
}

struct pg_result *
verb_run(PGconn *conn, struct pg_statement *statement, struct pg_params *params)
{
	const struct pg_call call = {statement, params};
	struct pg_result *result = pg_sync_run(conn, &call, 1);

	if (result->outcome == PG_OK)
		return result;
	(void)verb_fail(EXIT_FAILED, "%s: %s%s%s %s", statement->name,
	    pg_outcome_text(result->outcome), result->constraint[0] != '\0' ? " " : "",
	    result->constraint, result->message);
	pg_result_free(result);
	return NULL;
}

int
verb_migrate(const struct command *command)
{
	const struct migrate_roles roles = {
	    command->config->daemon_role, command->config->report_role};
	char why[MIGRATE_WHY_MAX];
	PGconn *conn;
	int count, code = EXIT_FAILED;

	if (command->argc > 0)
		return verb_fail(EX_USAGE, "migrate takes no arguments");
	conn = pg_sync_connect(command->config->database, why);
	if (conn == NULL)
		return verb_fail(EX_TEMPFAIL, "%s", why);
	count = migrate_run(conn, &roles, stdout, why);
	if (count < 0)
		(void)verb_fail(EXIT_FAILED, "%s", why);
	else
		code = verb_seal(command, conn, SEAL_TABLE);
	PQfinish(conn);
	if (count == 0 && code == EXIT_DONE)
		printf("nothing to migrate: the schema is at %d\n", migrate_newest());
	return code;
}

int
verb_check_config(const struct command *command)
{
	char why[SEAL_WHY_MAX];

	if (command->argc > 0)
		return verb_fail(EX_USAGE, "check-config takes no arguments");
	config_describe(command->config, stdout);
	if (strcmp(command->config->instance, "urn:samordnad:example") == 0)
		(void)verb_fail(EXIT_DONE, "instance is still the example's: it is the source of "
					   "this service's own notices");
	if (strcmp(command->config->base_url, "https://samordnad.example") == 0)
		(void)verb_fail(EXIT_DONE, "base_url is still the example's: receivers are given "
					   "links that begin with it");
	if (!seal_keys_read(command->config->secrets_key, why))
		(void)verb_fail(EXIT_DONE, "%s: `serve` will not start", why);
	if (config_is_exposed(command->config))
		(void)verb_fail(EXIT_DONE,
		    "listen is reached from beyond this machine, in plain HTTP: tokens and "
		    "patients "
		    "can be read on the way. Listen at 127.0.0.1, and let a proxy end TLS in front "
		    "(proxy_listen)");
	return EXIT_DONE;
}

int
verb_outcomes(const struct command *command)
{
	if (command->argc > 0)
		return verb_fail(EX_USAGE, "outcomes takes no arguments");
	outcomes_print(stdout);
	return EXIT_DONE;
}

/* ---- restored ---- */

static struct pg_statement restored_statement = PG_STATEMENT("queries/restored");

int
verb_restored(const struct command *command)
{
	int code = EXIT_FAILED;
	struct pg_result *result;
	PGconn *conn;

	if (command->argc > 0)
		return verb_fail(EX_USAGE, "restored takes no arguments");
	conn = verb_connect(command, &code);
	if (conn == NULL)
		return code;
	result = verb_run(conn, &restored_statement, NULL);
	if (result != NULL && pg_row_count(pg_rows(result, 0)) == 0) {
		code =
		    verb_fail(EXIT_FAILED, "a daemon runs on this database: stop every one first");
	} else if (result != NULL) {
		char epoch[UUID_TEXT_MAX];

		uuid_format(pg_get_uuid(pg_rows(result, 0), 0, 0), epoch);
		printf("the feeds go on in epoch %s\n", epoch);
		code = EXIT_DONE;
	}
	pg_result_free(result);
	PQfinish(conn);
	return code;
}

/* ---- rederive ---- */

static struct pg_statement rederive_statement = PG_STATEMENT("queries/rederive");

int
verb_rederive(const struct command *command)
{
	int code = EXIT_FAILED;
	struct pg_result *result;
	PGconn *conn;

	if (command->argc > 0)
		return verb_fail(EX_USAGE, "rederive takes no arguments");
	conn = verb_connect(command, &code);
	if (conn == NULL)
		return code;
	result = verb_run(conn, &rederive_statement, NULL);
	if (result != NULL) {
		const PGresult *rows = pg_rows(result, 0);

		printf(
		    "%" PRId64 " open episodes, and %" PRId64
		    " of which the reports lack something, are planned anew%s, as version %" PRId64
		    " of the region: its log says planned_anew\n",
		    pg_get_int(rows, 0, 1), pg_get_int(rows, 0, 2),
		    pg_get_bool(rows, 0, 3) ? " by the running daemon"
					    : " as soon as a daemon runs, and none does now",
		    pg_get_int(rows, 0, 0));
		code = EXIT_DONE;
	}
	pg_result_free(result);
	PQfinish(conn);
	return code;
}
