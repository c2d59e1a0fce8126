/*
 * The same statements and batches for the command-line verbs, which may block. Not for the daemon's
 * loop.
 */
#include "pg.h"

#include <string.h>

#include "log.h"
#include "pg_values.h"

#define CONNECT_TIMEOUT_S "10"

static void
ignore_notice(void *arg, const PGresult *notice)
{
	(void)arg;
	(void)notice;
}

PGconn *
pg_sync_connect(const char *conninfo, char why[static PG_WHY_MAX])
{
	static const char *const keywords[] = {"target_session_attrs", "connect_timeout",
	    "fallback_application_name", "client_encoding", "dbname", NULL};
	/* A conninfo given as dbname is taken apart where it stands, so what it says counts. */
	const char *const values[] = {
	    "read-write", CONNECT_TIMEOUT_S, "samordnad", "UTF8", conninfo, NULL};
	PGconn *conn = PQconnectdbParams(keywords, values, 1);

	if (conn == NULL)
		log_abort("out of memory", __FILE__, __LINE__);
	if (PQstatus(conn) == CONNECTION_OK) {
		PQsetNoticeReceiver(conn, ignore_notice, NULL);
		return conn;
	}
	pg_first_line(why, PG_WHY_MAX, PQerrorMessage(conn));
	PQfinish(conn);
	return NULL;
}

/* All results of one statement; the last of them is what counts. */
static void
statement_take(PGconn *conn, struct pg_result *result, size_t index)
{
	PGresult *rows;

	while ((rows = PQgetResult(conn)) != NULL) {
		ExecStatusType status = PQresultStatus(rows);

		if (status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK) {
			PQclear(result->rows[index]);
			result->rows[index] = rows;
			continue;
		}
		if (status != PGRES_PIPELINE_ABORTED)
			pg_result_fail(result, index, rows);
		PQclear(rows);
	}
}

/* Up to the sync, where the transaction commits or fails to. */
static void
sync_take(PGconn *conn, struct pg_result *result)
{
	while (PQstatus(conn) == CONNECTION_OK) {
		PGresult *rows = PQgetResult(conn);
		ExecStatusType status = rows == NULL ? PGRES_EMPTY_QUERY : PQresultStatus(rows);

		if (status == PGRES_FATAL_ERROR)
			pg_result_fail(result, result->count, rows);
		PQclear(rows);
		if (status == PGRES_PIPELINE_SYNC)
			return;
	}
	result->outcome = PG_LOST;
}

struct pg_result *
pg_sync_run(PGconn *conn, const struct pg_call *calls, size_t count)
{
	struct pg_result *result = pg_result_new(count);
	struct pg_wire wire;
	bool sent = PQenterPipelineMode(conn) == 1;

	for (size_t i = 0; i < count && sent; i++) {
		pg_params_wire(calls[i].params, &wire);
		pg_statement_use(calls[i].statement, &wire);
		sent = PQsendQueryParams(conn, calls[i].statement->text, wire.count, wire.types,
			   wire.values, wire.lengths, wire.formats, 1) == 1;
	}
	if (!sent || PQpipelineSync(conn) != 1) {
		result->outcome = PG_LOST;
		return result;
	}
	for (size_t i = 0; i < count; i++)
		statement_take(conn, result, i);
	sync_take(conn, result);
	if (result->outcome != PG_LOST)
		require(PQexitPipelineMode(conn) == 1);
	return result;
}

bool
pg_sync_script(PGconn *conn, const char *text, char why[static PG_WHY_MAX])
{
	PGresult *answer = PQexec(conn, text);
	ExecStatusType status = PQresultStatus(answer);
	bool done =
	    status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK || status == PGRES_EMPTY_QUERY;

	if (!done)
		pg_first_line(why, PG_WHY_MAX, PQerrorMessage(conn));
	PQclear(answer);
	return done;
}
