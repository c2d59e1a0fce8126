/*
 * The verb `maintain`: forgets what is past its time, renews statistics, and seals under the first
 * key what is under an older one. What waits is never past its time, nor is a fact or a notice of a
 * feed.
 */
#include "verbs.h"

#include "rules/region.h"

#include <inttypes.h>
#include <stdio.h>

#define TOKEN_DAYS 30 /* after they expired */
/* Rows of the delivery log looked at in one transaction: it is gone through while pushes go on. */
#define PIECE_ROWS 10000

static struct pg_statement begin_statement = PG_STATEMENT("queries/maintain_begin");
static struct pg_statement undelivered_statement = PG_STATEMENT("queries/maintain_undelivered");
static struct pg_statement attempts_statement = PG_STATEMENT("queries/maintain_attempts");
static struct pg_statement replays_statement = PG_STATEMENT("queries/maintain_replays");
static struct pg_statement access_statement = PG_STATEMENT("queries/maintain_access");
static struct pg_statement tokens_statement = PG_STATEMENT("queries/maintain_tokens");

/* For how long the delivery log is kept: until when it is forgotten now. */
struct kept {
	int days;
	instant before;
};

static bool
log_begin(PGconn *conn, struct kept *kept)
{
	const struct policy_info *policy = &policy_table[POLICY_DELIVERY_LOG_DAYS];
	struct pg_params *params = pg_params_new();
	struct pg_result *result;

	pg_bind_string(params, policy->word);
	pg_bind_int4(params, (int32_t)policy->standard);
	result = verb_run(conn, &begin_statement, params);
	if (result != NULL) {
		kept->days = (int)pg_get_int(pg_rows(result, 0), 0, 0);
		kept->before = pg_get_instant(pg_rows(result, 0), 0, 1);
	}
	pg_result_free(result);
	pg_params_free(params);
	return result != NULL;
}

/*
 * Goes through a table of the delivery log piece by piece, and adds up what the statement counts,
 * behind the last endpoint and seq of each piece. False: it has been said why.
 */
static bool
go_through(PGconn *conn, struct pg_statement *statement, const struct kept *kept, int64_t *counts,
    size_t n)
{
	int64_t endpoint = 0, seq = 0;
	bool more = true;

	while (more) {
		struct pg_params *params = pg_params_new();
		struct pg_result *result;
		const PGresult *rows;

		pg_bind_instant(params, kept->before);
		pg_bind_int8(params, endpoint);
		pg_bind_int8(params, seq);
		pg_bind_int8(params, PIECE_ROWS);
		result = verb_run(conn, statement, params);
		pg_params_free(params);
		if (result == NULL)
			return false;
		rows = pg_rows(result, 0);
		more = pg_row_count(rows) > 0;
		if (more) {
			endpoint = pg_get_int(rows, 0, 0);
			seq = pg_get_int(rows, 0, 1);
		}
		for (size_t i = 0; more && i < n; i++)
			counts[i] += pg_get_int(rows, 0, 2 + i);
		pg_result_free(result);
	}
	return true;
}

/* Runs a statement that deletes, and drops its parameters; how many rows, -1: it has said why. */
static int64_t
forget(PGconn *conn, struct pg_statement *statement, struct pg_params *params)
{
	struct pg_result *result = verb_run(conn, statement, params);
	int64_t count = result != NULL ? pg_affected(pg_rows(result, 0)) : -1;

	pg_result_free(result);
	pg_params_free(params);
	return count;
}

/* The attempts last: those of what is listed still stay with it. */
static bool
log_forget(PGconn *conn)
{
	struct pg_params *params;
	struct kept kept;
	int64_t undelivered[3] = {0}, attempts = 0, replays;

	if (!log_begin(conn, &kept) ||
	    !go_through(conn, &undelivered_statement, &kept, undelivered, 3) ||
	    !go_through(conn, &attempts_statement, &kept, &attempts, 1))
		return false;
	params = pg_params_new();
	pg_bind_instant(params, kept.before);
	replays = forget(conn, &replays_statement, params);
	if (replays < 0)
		return false;
	printf("forgotten of the delivery log, older than %d days: given up %" PRId64
	       ", superseded %" PRId64 ", of deleted endpoints %" PRId64 ", attempts %" PRId64
	       ", replays %" PRId64 "\n",
	    kept.days, undelivered[0], undelivered[1], undelivered[2], attempts, replays);
	return true;
}

static bool
tokens_forget(PGconn *conn)
{
	struct pg_params *params = pg_params_new();
	int64_t count;

	pg_bind_int4(params, TOKEN_DAYS);
	count = forget(conn, &tokens_statement, params);
	if (count >= 0)
		printf(
		    "forgotten of tokens, expired for %d days: %" PRId64 "\n", TOKEN_DAYS, count);
	return count >= 0;
}

/* Whole blocks, the oldest first. */
static bool
access_log_forget(PGconn *conn)
{
	const struct policy_info *policy = &policy_table[POLICY_ACCESS_LOG_MONTHS];
	int64_t entries = 0, blocks = 0;
	bool more = true;

	while (more) {
		struct pg_params *params = pg_params_new();
		struct pg_result *result;

		pg_bind_string(params, policy->word);
		pg_bind_int4(params, (int32_t)policy->standard);
		result = verb_run(conn, &access_statement, params);
		pg_params_free(params);
		if (result == NULL)
			return false;
		more = pg_row_count(pg_rows(result, 0)) > 0;
		if (more)
			entries += pg_get_int(pg_rows(result, 0), 0, 0);
		blocks += more;
		pg_result_free(result);
	}
	printf("forgotten of the access log: %" PRId64 " entries, of %" PRId64 " seals\n", entries,
	    blocks);
	return true;
}

/* For the planner: the tables grow faster than autovacuum looks after a quiet night. */
static bool
statistics_renew(PGconn *conn)
{
	char why[PG_WHY_MAX];

	if (!pg_sync_script(conn,
		"analyze episode, fact, participant, task, notice, kontakt, identitet, booking, "
		"undelivered, attempt, access_entry",
		why)) {
		verb_fail(EXIT_FAILED, "%s", why);
		return false;
	}
	printf("statistics renewed\n");
	return true;
}

int
verb_maintain(const struct command *command)
{
	int code = EXIT_FAILED;
	PGconn *conn;

	if (command->argc > 0)
		return verb_fail(EX_USAGE, "maintain takes no arguments");
	conn = verb_connect(command, &code);
	if (conn == NULL)
		return code;
	code = log_forget(conn) && tokens_forget(conn) && access_log_forget(conn) &&
		       statistics_renew(conn)
		   ? verb_seal(command, conn, SEAL_ROWS)
		   : EXIT_FAILED;
	PQfinish(conn);
	return code;
}
