/*
 * The verbs of the access log: `verify-log` goes through the chain of its seals, `access-log`
 * writes what was done in a time as CSV.
 */
#include "verbs.h"

#include "access_log.h"
#include "access_sealer.h"
#include "rules/region.h"
#include "uuid.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define SEALS_AT_ONCE 100
#define ENTRIES_AT_ONCE 10000
#define UNSEALED_MS_MAX 3600000 /* since when an entry that no seal holds is a fault */

static struct pg_statement verify_statement = PG_STATEMENT("queries/access_verify");
static struct pg_statement unsealed_statement = PG_STATEMENT("queries/access_unsealed");
static struct pg_statement export_statement = PG_STATEMENT("queries/access_export");

/* ---- verify-log ---- */

/* How far the chain was gone through. */
struct chain {
	int64_t seal, entries, forgotten;
	char hash[ACCESS_SEAL_HEX];
	int64_t noted; /* the seal that was noted elsewhere, or 0 */
	const char *noted_hash;
	bool noted_found;
};

/* One seal. False: it has been said what is wrong with it. */
static bool
follow(struct chain *c, const PGresult *rows, size_t row)
{
	int64_t seal = pg_get_int(rows, row, 0);
	bool forgotten = pg_get_null(rows, row, 5);
	struct pg_text hash = pg_get_text(rows, row, 3);

	if (seal != c->seal + 1 || !pg_get_bool(rows, row, 4)) {
		verb_fail(EXIT_FAILED,
		    "the chain is broken: seal %" PRId64
		    " does not hang on the one before it, or is not as it was made",
		    seal);
		return false;
	}
	/* What is forgotten is older than all that is kept. */
	if (forgotten ? c->forgotten + 1 != seal : !pg_get_bool(rows, row, 5)) {
		verb_fail(EXIT_FAILED,
		    "the entries of seal %" PRId64 " are not those that were sealed", seal);
		return false;
	}
	if (seal == c->noted) {
		c->noted_found = strcasecmp(hash.text, c->noted_hash) == 0;
		if (!c->noted_found) {
			verb_fail(
			    EXIT_FAILED, "seal %" PRId64 " has another hash than was noted", seal);
			return false;
		}
	}
	c->seal = seal;
	c->entries += pg_get_int(rows, row, 1);
	c->forgotten += forgotten;
	snprintf(c->hash, sizeof(c->hash), "%s", hash.text);
	return true;
}

/* The next seals. False: it has been said why not; *more: there may be others. */
static bool
follow_some(PGconn *conn, struct chain *c, bool *more)
{
	struct pg_params *params = pg_params_new();
	struct pg_result *result;
	bool good = true;

	pg_bind_int8(params, c->seal);
	pg_bind_int8(params, SEALS_AT_ONCE);
	pg_bind_int4(params, (int32_t)policy_table[POLICY_ACCESS_LOG_MONTHS].min);
	result = verb_run(conn, &verify_statement, params);
	pg_params_free(params);
	if (result == NULL)
		return false;
	*more = pg_row_count(pg_rows(result, 0)) == SEALS_AT_ONCE;
	for (size_t r = 0; good && r < pg_row_count(pg_rows(result, 0)); r++)
		good = follow(c, pg_rows(result, 0), r);
	pg_result_free(result);
	return good;
}

/* What no seal holds. False: it has been said why that is wrong. */
static bool
look_at_unsealed(PGconn *conn, int64_t *count)
{
	struct pg_params *params = pg_params_new();
	struct pg_result *result;
	bool late;

	pg_bind_int8(params, UNSEALED_MS_MAX);
	result = verb_run(conn, &unsealed_statement, params);
	pg_params_free(params);
	if (result == NULL)
		return false;
	*count = pg_get_int(pg_rows(result, 0), 0, 0);
	late = pg_get_bool(pg_rows(result, 0), 0, 1);
	pg_result_free(result);
	if (late)
		verb_fail(EXIT_FAILED,
		    "%" PRId64
		    " entries are in no seal, and one of them was there for more than an "
		    "hour when others were sealed",
		    *count);
	return !late;
}

static bool
verify(PGconn *conn, struct chain *c)
{
	int64_t unsealed;
	bool more = true;

	while (more)
		if (!follow_some(conn, c, &more))
			return false;
	if (c->noted != 0 && !c->noted_found) {
		verb_fail(EXIT_FAILED,
		    "seal %" PRId64 ", which was noted, is not there: the last is %" PRId64,
		    c->noted, c->seal);
		return false;
	}
	if (!look_at_unsealed(conn, &unsealed))
		return false;
	printf(
	    "the access log is whole: %" PRId64 " seals, %" PRId64 " entries", c->seal, c->entries);
	if (c->forgotten > 0)
		printf(", those of %" PRId64 " seals forgotten", c->forgotten);
	printf("; %" PRId64 " entries not sealed yet\n", unsealed);
	if (c->seal > 0)
		printf("the last seal: %" PRId64 " %s\n", c->seal, c->hash);
	return true;
}

int
verb_verify_log(const struct command *command)
{
	struct chain chain = {0};
	int code = EXIT_FAILED;
	PGconn *conn;
	char *end;

	if (command->argc != 0 && command->argc != 2)
		return verb_fail(EX_USAGE, "verify-log takes no arguments, or a seal and its hash");
	if (command->argc == 2) {
		chain.noted = strtoll(command->argv[0], &end, 10);
		chain.noted_hash = command->argv[1];
		if (*end != '\0' || chain.noted < 1 ||
		    strlen(chain.noted_hash) != ACCESS_SEAL_HEX - 1)
			return verb_fail(EX_USAGE,
			    "a seal is a number of 1 or more, its hash 64 hexadecimal digits");
	}
	conn = verb_connect(command, &code);
	if (conn == NULL)
		return code;
	code = verify(conn, &chain) ? EXIT_DONE : EXIT_FAILED;
	PQfinish(conn);
	return code;
}

/* ---- access-log ---- */

static void
print_quoted(const char *text)
{
	putchar('"');
	for (; *text != '\0'; text++) {
		if (*text == '"')
			putchar('"');
		putchar(*text);
	}
	putchar('"');
}

static void
print_entry(const PGresult *rows, size_t row)
{
	char at[INSTANT_TEXT_MAX], patient[UUID_TEXT_MAX] = "", episode[UUID_TEXT_MAX] = "";
	int64_t action = pg_get_int(rows, row, 2), type = pg_get_int_or(rows, row, 3, -1);
	int64_t number = pg_get_int_or(rows, row, 4, 0);
	const unsigned char *uuid = pg_get_uuid(rows, row, 5);
	struct pg_text unit = pg_get_text(rows, row, 6);
	uint8_t of_patient[UUID_BYTES];

	instant_format(pg_get_instant(rows, row, 1), at);
	if (number != 0) {
		uuid_from_patient(number, of_patient);
		uuid_format(of_patient, patient);
	}
	if (uuid != NULL)
		uuid_format(uuid, episode);
	printf("%" PRId64 ",%s,%s,%s,%s,%s,%s,%010" PRId64 ",", pg_get_int(rows, row, 0), at,
	    action >= 0 && action < ACCESS_ACTION_COUNT
		? access_action_word((enum access_action)action)
		: "",
	    type >= 0 && type < MESSAGE_TYPE_COUNT ? message_type_word((enum message_type)type)
						   : "",
	    patient, episode, unit.text != NULL ? unit.text : "", pg_get_int(rows, row, 7));
	print_quoted(pg_get_text(rows, row, 8).text);
	printf(",%s\r\n", pg_get_text(rows, row, 9).text);
}

/* The next entries of the time, behind *nr. False: it has been said why not. */
static bool
print_some(PGconn *conn, instant from, instant to, int64_t *nr, bool *more)
{
	struct pg_params *params = pg_params_new();
	struct pg_result *result;
	size_t count;

	pg_bind_instant(params, from);
	pg_bind_instant(params, to);
	pg_bind_int8(params, *nr);
	pg_bind_int8(params, ENTRIES_AT_ONCE);
	result = verb_run(conn, &export_statement, params);
	pg_params_free(params);
	if (result == NULL)
		return false;
	count = pg_row_count(pg_rows(result, 0));
	for (size_t r = 0; r < count; r++)
		print_entry(pg_rows(result, 0), r);
	if (count > 0)
		*nr = pg_get_int(pg_rows(result, 0), count - 1, 0);
	*more = count == ENTRIES_AT_ONCE;
	pg_result_free(result);
	return true;
}

static const char *
parse(const struct command *command, int i, instant *out)
{
	return instant_parse(command->argv[i], strlen(command->argv[i]), out);
}

int
verb_access_log(const struct command *command)
{
	bool good = true, more = true;
	int code = EXIT_FAILED;
	int64_t nr = 0;
	instant from, to;
	PGconn *conn;

	if (command->argc != 2 || parse(command, 0, &from) != NULL ||
	    parse(command, 1, &to) != NULL)
		return verb_fail(EX_USAGE,
		    "access-log takes two times, from and to before: RFC 3339 with offset");
	conn = verb_connect(command, &code);
	if (conn == NULL)
		return code;
	printf("nr,at,action,type,patient,episode,unit,organisation,client,person\r\n");
	while (good && more)
		good = print_some(conn, from, to, &nr, &more);
	PQfinish(conn);
	if (good && (fflush(stdout) != 0 || ferror(stdout)))
		return verb_fail(EXIT_FAILED, "the output cannot be written");
	return good ? EXIT_DONE : EXIT_FAILED;
}
