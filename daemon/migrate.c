/*
 * Applies the embedded files migrations/NNNN_name in the order of their numbers. A file's line "--
 * min_daemon: N" says which daemons can still live with the schema after it; without one nothing
 * changes in that.
 */
#include "migrate.h"

#include "log.h"
#include "sql.h"

#include <stdlib.h>
#include <string.h>

#define MIGRATIONS "migrations/"
#define MIN_DAEMON "-- min_daemon: "
#define MIGRATE_LOCK INT64_C(0x73616d6d6967) /* "sammig": one migrates at a time */
#define CHECK_TIMEOUT_MS 10000

/* The number of migrations/NNNN_name, or 0 if the text is no migration. */
static int
migration_number(const struct sql_text *sql)
{
	if (strncmp(sql->name, MIGRATIONS, sizeof(MIGRATIONS) - 1) != 0)
		return 0;
	return (int)strtol(sql->name + sizeof(MIGRATIONS) - 1, NULL, 10);
}

int
migrate_newest(void)
{
	int newest = 0;

	for (const struct sql_text *sql = sql_texts; sql->name != NULL; sql++)
		if (migration_number(sql) > newest)
			newest = migration_number(sql);
	return newest;
}

enum schema_fit
schema_fit(int version, int min_daemon)
{
	if (version == 0)
		return SCHEMA_MISSING;
	if (min_daemon > migrate_newest())
		return SCHEMA_NEW;
	return version < migrate_newest() ? SCHEMA_OLD : SCHEMA_FITS;
}

const char *
schema_fit_text(enum schema_fit fit)
{
	switch (fit) {
	case SCHEMA_FITS:
		return "the schema fits";
	case SCHEMA_MISSING:
		return "the database has no schema yet: run `samordnad migrate`";
	case SCHEMA_OLD:
		return "the schema is older than this samordnad: run its `samordnad migrate`";
	case SCHEMA_NEW:
		return "the schema is too new for this samordnad: install a newer one";
	case SCHEMA_UNKNOWN:
		return "the database did not say which schema it has";
	}
	return "";
}

/* ---- Asking ---- */

static struct pg_statement version_statement = PG_STATEMENT("queries/schema_version");

static enum schema_fit
fit_of(const struct pg_result *result)
{
	const PGresult *rows;

	/* 42P01 no such table, 3F000 no such schema */
	if (result->outcome == PG_BAD &&
	    (strcmp(result->sqlstate, "42P01") == 0 || strcmp(result->sqlstate, "3F000") == 0))
		return SCHEMA_MISSING;
	if (result->outcome != PG_OK)
		return SCHEMA_UNKNOWN;
	rows = pg_rows(result, 0);
	return schema_fit((int)pg_get_int(rows, 0, 0), (int)pg_get_int(rows, 0, 1));
}

struct check {
	schema_check_done *done;
	void *arg;
};

static void
checked(struct pg *pg, const struct pg_result *result, void *arg)
{
	struct check *check = arg;

	(void)pg;
	check->done(fit_of(result), check->arg);
	free(check);
}

void
schema_check(struct pg *pg, schema_check_done *done, void *arg)
{
	const struct pg_call call = {&version_statement, NULL};
	struct check *check = xmalloc(sizeof(*check));

	*check = (struct check){done, arg};
	pg_send(pg, &call, 1, CHECK_TIMEOUT_MS, checked, check);
}

enum schema_fit
schema_check_sync(PGconn *conn)
{
	const struct pg_call call = {&version_statement, NULL};
	struct pg_result *result = pg_sync_run(conn, &call, 1);
	enum schema_fit fit = fit_of(result);

	pg_result_free(result);
	return fit;
}

/* ---- Migrating ---- */

/*
 * The newest applied migration and the schema's min_daemon, 0 and 0 before the first. False: why
 * says.
 */
static bool
versions_read(PGconn *conn, int *version, int *min_daemon, char why[static MIGRATE_WHY_MAX])
{
	const struct pg_call call = {&version_statement, NULL};
	struct pg_result *result = pg_sync_run(conn, &call, 1);
	enum schema_fit fit = fit_of(result);

	*version = *min_daemon = 0;
	if (fit == SCHEMA_UNKNOWN)
		snprintf(why, MIGRATE_WHY_MAX, "%s (%s)", schema_fit_text(fit), result->message);
	else if (fit != SCHEMA_MISSING) {
		*version = (int)pg_get_int(pg_rows(result, 0), 0, 0);
		*min_daemon = (int)pg_get_int(pg_rows(result, 0), 0, 1);
	}
	pg_result_free(result);
	return fit != SCHEMA_UNKNOWN;
}

/* What the file's line says, else what held before it. */
static int
min_daemon_of(const struct sql_text *sql, int before)
{
	const char *line = strstr(sql->text, MIN_DAEMON);

	return line != NULL ? (int)strtol(line + sizeof(MIN_DAEMON) - 1, NULL, 10) : before;
}

static bool
migration_apply(PGconn *conn, const struct sql_text *sql, int number, int min_daemon,
    char why[static MIGRATE_WHY_MAX])
{
	static const char form[] = "begin;\n%s\n"
				   "insert into samordnad.schema_version (version, min_daemon, "
				   "name) values (%d, %d, '%s');\n"
				   "commit;\n";
	size_t size = sizeof(form) + strlen(sql->text) + strlen(sql->name) + 32;
	char *script = xmalloc(size), ignored[PG_WHY_MAX], reason[PG_WHY_MAX];
	bool applied;

	require(strchr(sql->name, '\'') == NULL);
	snprintf(
	    script, size, form, sql->text, number, min_daemon, sql->name + sizeof(MIGRATIONS) - 1);
	applied = pg_sync_script(conn, script, reason);
	free(script);
	if (!applied) {
		(void)pg_sync_script(conn, "rollback", ignored);
		snprintf(why, MIGRATE_WHY_MAX, "%s: %s", sql->name, reason);
	}
	return applied;
}

static int
missing_apply(PGconn *conn, FILE *out, char why[static MIGRATE_WHY_MAX])
{
	int version, min_daemon, count = 0;

	if (!versions_read(conn, &version, &min_daemon, why))
		return -1;
	if (min_daemon > migrate_newest()) {
		snprintf(why, MIGRATE_WHY_MAX, "%s", schema_fit_text(SCHEMA_NEW));
		return -1;
	}
	for (const struct sql_text *sql = sql_texts; sql->name != NULL; sql++) {
		int number = migration_number(sql);

		if (number <= version)
			continue;
		min_daemon = min_daemon_of(sql, min_daemon);
		if (!migration_apply(conn, sql, number, min_daemon, why))
			return -1;
		fprintf(out, "applied %s\n", sql->name + sizeof(MIGRATIONS) - 1);
		count++;
	}
	return count;
}

/*
 * Lets the role of a setting do its work (sql/grants, sql/report_grants); "": there is none. False:
 * why says.
 */
static bool
role_grant(PGconn *conn, const char *setting, const char *role, const char *file,
    char why[static MIGRATE_WHY_MAX])
{
	static struct pg_statement role_statement = PG_STATEMENT("queries/migrate_role");
	const struct sql_text *grants = sql_texts;
	char reason[PG_WHY_MAX];

	if (role[0] == '\0')
		return true;
	struct pg_params *params = pg_params_new();
	const struct pg_call call = {&role_statement, params};
	while (strcmp(grants->name, file) != 0)
		grants++;
	pg_bind_string(params, setting);
	pg_bind_string(params, role);
	pg_result_free(pg_sync_run(conn, &call, 1)); /* if that fails, so does what follows */
	pg_params_free(params);
	bool granted = pg_sync_script(conn, grants->text, reason);
	if (!granted)
		snprintf(why, MIGRATE_WHY_MAX, "%s: %s", setting, reason);
	return granted;
}

int
migrate_run(
    PGconn *conn, const struct migrate_roles *roles, FILE *out, char why[static MIGRATE_WHY_MAX])
{
	char lock[96], unlock[96], reason[PG_WHY_MAX];
	int count;

	snprintf(lock, sizeof(lock), "select pg_advisory_lock(%lld)", (long long)MIGRATE_LOCK);
	snprintf(
	    unlock, sizeof(unlock), "select pg_advisory_unlock(%lld)", (long long)MIGRATE_LOCK);
	if (!pg_sync_script(conn, "set search_path to samordnad, public", reason) ||
	    !pg_sync_script(conn, lock, reason)) {
		snprintf(why, MIGRATE_WHY_MAX, "%s", reason);
		return -1;
	}
	count = missing_apply(conn, out, why);
	if (count >= 0 &&
	    (!role_grant(conn, "daemon_role", roles->daemon, "grants", why) ||
		!role_grant(conn, "report_role", roles->report, "report_grants", why)))
		count = -1;
	(void)pg_sync_script(conn, unlock, reason);
	return count;
}
