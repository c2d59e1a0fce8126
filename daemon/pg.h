/*
 * libpq on libevent: connections that keep themselves up, and statements that go out in pipelined
 * batches. Owns the connection, its retries, the binary format of parameters and results. Knows no
 * table. Nothing here blocks except the pg_sync_* functions at the end, which are for the command-
 * line verbs.
 */
#ifndef SAMORDNAD_PG_H
#define SAMORDNAD_PG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <libpq-fe.h>

#include "date.h"
#include "instant.h"

struct event_base;

#define PG_PARAMS_MAX 64
#define PG_WHY_MAX 200

/*
 * A statement, prepared on each connection the first time it is sent there. Declare it static in
 * the file that owns the query; its text is the embedded SQL file of that name (sql.h), a missing
 * one is a bug. The types of its parameters are those of its first use; another use with other
 * types is a bug.
 *	static struct pg_statement feed_page = PG_STATEMENT("queries/feed_page");
 */
struct pg_statement {
	const char *name;
	const char *text;
	/* The rest is pg.c's. */
	unsigned number;
	int param_count;
	Oid param_types[PG_PARAMS_MAX];
};
#define PG_STATEMENT(file) \
	{ \
		.name = (file) \
	}
/*
 * A statement with its text here, for a handful that are not worth a file: LISTEN, advisory locks,
 * tests.
 */
#define PG_STATEMENT_TEXT(short_name, sql) \
	{ \
		.name = (short_name), .text = (sql) \
	}

/* ---- Parameters: $1, $2 … in the order in which they are bound. ---- */

enum pg_type {
	PG_BOOL,
	PG_INT2,
	PG_INT4,
	PG_INT8,
	PG_TEXT,
	PG_BYTEA,
	PG_TIMESTAMPTZ,
	PG_DATE,
	PG_UUID,
};

struct pg_params;
struct pg_array;

struct pg_params *pg_params_new(void);
void pg_params_free(struct pg_params *params); /* NULL is allowed */
/* Forgets what was bound, arrays included; keeps the memory for the next use. */
void pg_params_reset(struct pg_params *params);

/* At most PG_PARAMS_MAX. Bytes are copied. Text is UTF-8 without NUL; a NULL pointer binds NULL. */
void pg_bind_bool(struct pg_params *params, bool value);
void pg_bind_int2(struct pg_params *params, int16_t value);
void pg_bind_int4(struct pg_params *params, int32_t value);
void pg_bind_int8(struct pg_params *params, int64_t value);
void pg_bind_text(struct pg_params *params, const char *text, size_t len);
void pg_bind_string(struct pg_params *params, const char *text); /* ended by NUL */
void pg_bind_bytea(struct pg_params *params, const void *bytes, size_t len);
/*
 * INSTANT_NONE binds NULL, INSTANT_NEVER 'infinity'. Must not be before 4713 BC or after 294276 AD.
 */
void pg_bind_instant(struct pg_params *params, instant value);
void pg_bind_date(struct pg_params *params, civil_date value); /* DATE_NONE binds NULL */
void pg_bind_uuid(struct pg_params *params, const unsigned char uuid[static 16]);
void pg_bind_null(struct pg_params *params, enum pg_type type);

/*
 * Binds a one-dimensional array (bigint[], text[] …), for set-based statements (unnest). The array
 * belongs to params and may be filled, side by side with others, until params is reset or freed.
 */
struct pg_array *pg_bind_array(struct pg_params *params, enum pg_type type);

/*
 * Appends one element; the function must fit the array's type. As above, a NULL pointer,
 * INSTANT_NONE and DATE_NONE put NULL.
 */
void pg_put_bool(struct pg_array *array, bool value);
void pg_put_int2(struct pg_array *array, int16_t value);
void pg_put_int4(struct pg_array *array, int32_t value);
void pg_put_int8(struct pg_array *array, int64_t value);
void pg_put_text(struct pg_array *array, const char *text, size_t len);
void pg_put_string(struct pg_array *array, const char *text);
void pg_put_bytea(struct pg_array *array, const void *bytes, size_t len);
void pg_put_instant(struct pg_array *array, instant value);
void pg_put_date(struct pg_array *array, civil_date value);
void pg_put_uuid(struct pg_array *array, const unsigned char uuid[static 16]);
void pg_put_null(struct pg_array *array);
size_t pg_array_count(const struct pg_array *array);

/* ---- Results ---- */

enum pg_outcome {
	/* Every statement done, and committed. */
	PG_OK,
	/* Class 23: a constraint said no; its name is in the result. Nothing committed. */
	PG_CONSTRAINT,
	/* Deadlock, lock timeout, short of resources: may succeed later. Nothing committed. */
	PG_RETRY,
	/* Any other error: a bug of ours, or data that does not fit. Nothing committed. */
	PG_BAD,
	/* No connection, nothing was sent. */
	PG_AWAY,
	/* The connection broke or was too slow: committed or not, nobody knows. */
	PG_LOST,
};

/* "ok", "constraint" …: for logs and metrics. */
const char *pg_outcome_text(enum pg_outcome outcome);

/* Borrowed: valid until the callback returns. */
struct pg_result {
	enum pg_outcome outcome;
	size_t count; /* statements in the batch */
	/* Index of the statement that failed; count if none did, or the commit itself. */
	size_t failed;
	char sqlstate[6];    /* "" unless the server said one */
	char constraint[64]; /* "" unless the server named one */
	/* The server's sentence where it cannot hold data (not classes 22, 23, P0), else "". */
	char message[200];
	PGresult **rows; /* [count]; those from `failed` on may be NULL */
};

/* Rows of statement number index; requires outcome PG_OK. */
const PGresult *pg_rows(const struct pg_result *result, size_t index);
size_t pg_row_count(const PGresult *rows);
/* How many rows an INSERT, UPDATE, DELETE or SELECT touched. */
int64_t pg_affected(const PGresult *rows);

struct pg_text {
	/* NULL if NULL. A NUL follows that len does not count, but not in arrays */
	const char *text;
	size_t len;
};

/*
 * One value; a type that does not fit, a row or column out of range, and NULL where it says "not
 * NULL" are bugs. Pointers are borrowed from rows.
 */
bool pg_get_null(const PGresult *rows, size_t row, int column);
bool pg_get_bool(const PGresult *rows, size_t row, int column);	  /* not NULL */
int64_t pg_get_int(const PGresult *rows, size_t row, int column); /* int2, int4, int8; not NULL */
int64_t pg_get_int_or(const PGresult *rows, size_t row, int column, int64_t if_null);
double pg_get_double(const PGresult *rows, size_t row, int column); /* float8; not NULL */
/* text, varchar, char(n), "char", name, json, jsonb. */
struct pg_text pg_get_text(const PGresult *rows, size_t row, int column);
struct pg_text pg_get_bytes(const PGresult *rows, size_t row, int column); /* bytea */
/* NULL: INSTANT_NONE; infinity: INSTANT_NEVER. */
instant pg_get_instant(const PGresult *rows, size_t row, int column);
/* NULL: DATE_NONE. */
civil_date pg_get_date(const PGresult *rows, size_t row, int column);
/* 16 bytes; NULL: a NULL pointer. */
const unsigned char *pg_get_uuid(const PGresult *rows, size_t row, int column);

/*
 * Copies an int2[] or int4[] without NULLs to out, at most max elements; returns how many there
 * are, which may be more than max. A NULL array has 0.
 */
size_t pg_get_int2s(const PGresult *rows, size_t row, int column, int16_t *out, size_t max);
size_t pg_get_int4s(const PGresult *rows, size_t row, int column, int32_t *out, size_t max);
/* The same for int8[], text[] (borrowed; a NULL element has text NULL) and uuid[]. */
size_t pg_get_int8s(const PGresult *rows, size_t row, int column, int64_t *out, size_t max);
size_t pg_get_texts(const PGresult *rows, size_t row, int column, struct pg_text *out, size_t max);
size_t pg_get_uuids(
    const PGresult *rows, size_t row, int column, unsigned char (*out)[16], size_t max);

/* ---- A connection ---- */

struct pg;

struct pg_options {
	/*
	 * Copied. Several hosts are tried in their order; target_session_attrs is read-write unless
	 * given. No service=.
	 */
	const char *conninfo;
	const char *name; /* "door", "reads": for the log and pg_stat_activity; static */
	/*
	 * Statements without parameters, one batch on each new connection before `connected`; ended
	 * by NULL; static.
	 */
	const char *const *setup;
	/* Any may be NULL. Called from the event loop only. */
	void (*connected)(struct pg *pg, void *arg);
	/* After the callbacks of all that was in flight. */
	void (*lost)(struct pg *pg, const char *why, void *arg);
	void (*notified)(struct pg *pg, const char *channel, const char *payload, void *arg);
	void *arg;
	unsigned attempt_ms; /* how long one attempt at one address may take; 0: 5000 */
};

/*
 * Starts to connect at the next turn of the loop, and keeps at it: each host and each of its
 * addresses in turn, then a pause of 100 ms doubling to 5 s with jitter. Connects again by itself
 * when the connection is lost. Returns NULL, and a sentence in why, if conninfo is malformed.
 */
struct pg *pg_new(
    struct event_base *base, const struct pg_options *options, char why[static PG_WHY_MAX]);

/*
 * Not from within one of pg's callbacks. What is in flight is answered PG_LOST before this returns.
 * NULL is allowed.
 */
void pg_free(struct pg *pg);

bool pg_is_up(const struct pg *pg);	  /* between connected and lost */
size_t pg_in_flight(const struct pg *pg); /* batches */
int pg_backend_pid(const struct pg *pg);  /* 0 when down */
/*
 * Where it is connected, or why the last attempt failed; without secrets; valid until the loop
 * turns.
 */
const char *pg_where(const struct pg *pg);

/* Drops the connection at the next turn of the loop, as if it were lost, and connects again. */
void pg_reconnect(struct pg *pg, const char *why);

struct pg_call {
	struct pg_statement *statement;
	struct pg_params *params; /* borrowed until pg_send returns; NULL: none */
};

typedef void pg_callback(struct pg *pg, const struct pg_result *result, void *arg);

/*
 * Sends count > 0 statements as one batch: one transaction, committed at its end, unless the
 * statements say BEGIN and COMMIT themselves. The callback is called once, from the event loop.
 * Batches may be in flight together; they are done and answered in order. When no answer came
 * within timeout_ms > 0 the connection is dropped (PG_LOST), since a cancel would block. Statements
 * after the one that failed are not done.
 */
void pg_send(struct pg *pg, const struct pg_call *calls, size_t count, unsigned timeout_ms,
    pg_callback *callback, void *arg);

/* ---- Blocking, for the command-line verbs only ---- */

/* Returns NULL, and a sentence without secrets in why, if that fails. PQfinish() closes. */
PGconn *pg_sync_connect(const char *conninfo, char why[static PG_WHY_MAX]);
/* The same batch as pg_send's. Returns a result that the caller gives to pg_result_free. */
struct pg_result *pg_sync_run(PGconn *conn, const struct pg_call *calls, size_t count);
void pg_result_free(struct pg_result *result);
/*
 * Runs a script of several statements, one transaction unless it says otherwise. False, and a
 * sentence in why, if it failed.
 */
bool pg_sync_script(PGconn *conn, const char *text, char why[static PG_WHY_MAX]);

#endif
