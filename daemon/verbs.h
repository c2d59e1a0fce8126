/*
 * The verbs of the command line but for `serve`: each runs to its end, may block, prints for people
 * on stdout and complaints on stderr, and returns the exit code. They are to be run by the role
 * that owns the schema.
 */
#ifndef SAMORDNAD_VERBS_H
#define SAMORDNAD_VERBS_H

#include "config.h"
#include "pg.h"

#include <sysexits.h>

#define EXIT_DONE 0
#define EXIT_FAILED 1 /* it cannot be done, or cannot start; stderr says why */
/*
 * And of sysexits.h: EX_USAGE 64 wrong command line, EX_TEMPFAIL 75 the database is away: try
 * again, EX_CONFIG 78.
 */

/*
 * A verb and what stands behind it on the command line; --config and --set are already taken out.
 */
struct command {
	const struct config *config;
	int argc; /* of argv, the verb itself not among them */
	char **argv;
};

int verb_migrate(const struct command *command);
int verb_maintain(const struct command *command);
int verb_gallra(const struct command *command);
int verb_rederive(const struct command *command);
int verb_reservlista(const struct command *command);
int verb_restored(const struct command *command);
int verb_load(const struct command *command);
int verb_client(const struct command *command);
int verb_check_config(const struct command *command);
int verb_verify_log(const struct command *command);
int verb_access_log(const struct command *command);
int verb_outcomes(const struct command *command);

/*
 * Connects, with the schema in the search path, and sees to it that the schema is one that this
 * version can use. Returns NULL, with the exit code in *code, after it has said why.
 */
PGconn *verb_connect(const struct command *command, int *code);

/* Runs one statement; NULL after it has said why, else rows to be freed with pg_result_free. */
struct pg_result *verb_run(PGconn *conn, struct pg_statement *statement, struct pg_params *params);

/*
 * Brings what endpoints keep secret, where it is plain (of before 0022) or under an older key,
 * under the first key of secrets_key; conn has the schema in its search path. SEAL_TABLE: then has
 * the table say that nothing plain is left in it, and written anew if there was. Returns the exit
 * code, after it has said why if it is not EXIT_DONE: no key where one is needed, or endpoints that
 * no key opens; those are left as they are.
 */
enum seal_reach { SEAL_ROWS, SEAL_TABLE };
int verb_seal(const struct command *command, PGconn *conn, enum seal_reach reach);

/* One line on stderr that begins with "samordnad: "; returns code. */
int verb_fail(int code, const char *format, ...) __attribute__((format(printf, 2, 3)));

#endif
