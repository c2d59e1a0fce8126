/* daemon/pg.c, pg_values.c, pg_sync.c against a real PostgreSQL of its own. */
#include <check.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <event2/event.h>

#include "cluster.h"
#include "log.h"
#include "pg.h"

#define TIMEOUT_MS 20000
#define ITEMS(array) (sizeof(array) / sizeof((array)[0]))

static const char *conninfo;

/* ---- The loop, and what came of what was sent ---- */

static struct event_base *base;
static int ups, downs, notices;
static char last_notice[64];

static void
on_up(struct pg *pg, void *arg)
{
	(void)arg;
	ck_assert(pg_is_up(pg));
	ups++;
}

static void
on_down(struct pg *pg, const char *why, void *arg)
{
	(void)arg;
	(void)why;
	ck_assert(!pg_is_up(pg));
	ck_assert_uint_eq(pg_in_flight(pg), 0);
	downs++;
}

static void
on_notice(struct pg *pg, const char *channel, const char *payload, void *arg)
{
	(void)pg;
	(void)arg;
	snprintf(last_notice, sizeof(last_notice), "%s:%s", channel, payload);
	notices++;
}

static void
on_guard(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	(void)arg;
	ck_abort_msg("waited in vain");
}

/* Turns the loop until *value is at least `least`. */
static void
wait_for(const int *value, int least)
{
	struct timeval limit = {.tv_sec = 30};
	struct event *guard = evtimer_new(base, on_guard, NULL);

	event_add(guard, &limit);
	while (*value < least)
		event_base_loop(base, EVLOOP_ONCE);
	event_free(guard);
}

struct answer {
	int came;
	enum pg_outcome outcome;
	size_t failed;
	char sqlstate[6];
	char constraint[64];
	char message[200];
	/* The first column of the first row of the last statement, if it is an integer. */
	int64_t first;
	size_t row_count;
	int downs; /* when it came */
};

static void
on_answer(struct pg *pg, const struct pg_result *result, void *arg)
{
	struct answer *answer = arg;

	(void)pg;
	answer->came++;
	answer->outcome = result->outcome;
	answer->failed = result->failed;
	answer->downs = downs;
	memcpy(answer->sqlstate, result->sqlstate, sizeof(answer->sqlstate));
	memcpy(answer->constraint, result->constraint, sizeof(answer->constraint));
	memcpy(answer->message, result->message, sizeof(answer->message));
	if (result->outcome == PG_OK) {
		const PGresult *rows = pg_rows(result, result->count - 1);

		answer->row_count = pg_row_count(rows);
		if (answer->row_count > 0 && PQnfields(rows) > 0 && PQftype(rows, 0) == 23)
			answer->first = pg_get_int(rows, 0, 0);
	}
}

static struct pg *
pg_open_at(const char *where, const char *const *setup)
{
	char why[PG_WHY_MAX] = "";
	const struct pg_options options = {.conninfo = where,
	    .name = "test",
	    .setup = setup,
	    .connected = on_up,
	    .lost = on_down,
	    .notified = on_notice,
	    .attempt_ms = 300};
	struct pg *pg = pg_new(base, &options, why);

	ck_assert_msg(pg != NULL, "%s", why);
	return pg;
}

static struct pg *
pg_open(void)
{
	struct pg *pg = pg_open_at(conninfo, NULL);

	wait_for(&ups, 1);
	return pg;
}

static struct answer
run(struct pg *pg, const struct pg_call *calls, size_t count)
{
	struct answer answer = {0};

	pg_send(pg, calls, count, TIMEOUT_MS, on_answer, &answer);
	ck_assert_int_eq(answer.came, 0);
	wait_for(&answer.came, 1);
	return answer;
}

static struct answer
run_one(struct pg *pg, struct pg_statement *statement, struct pg_params *params)
{
	const struct pg_call call = {statement, params};

	return run(pg, &call, 1);
}

static void
set_up(void)
{
	ups = downs = notices = 0;
	log_level_set(LOG_ERROR);
	base = event_base_new();
}

static void
tear_down(void)
{
	event_base_free(base);
}

/* ---- Values ---- */

static const unsigned char uuid[16] = "\x01\x92\x00\xff\x7f"
				      "abcdefghij";

static void
on_scalars(struct pg *pg, const struct pg_result *result, void *arg)
{
	int *came = arg;
	const PGresult *rows;

	(void)pg;
	*came = 1;
	ck_assert_msg(result->outcome == PG_OK, "%s %s", result->sqlstate, result->message);
	rows = pg_rows(result, 0);
	ck_assert(pg_get_bool(rows, 0, 0));
	ck_assert_int_eq(pg_get_int(rows, 0, 1), -12345);
	ck_assert_int_eq(pg_get_int(rows, 0, 2), INT32_MIN);
	ck_assert_int_eq(pg_get_int(rows, 0, 3), INT64_C(-1234567890123456789));
	ck_assert_str_eq(pg_get_text(rows, 0, 4).text, "h\xc3\xa4lsa");
	ck_assert_uint_eq(pg_get_bytes(rows, 0, 5).len, 3);
	ck_assert_mem_eq(pg_get_bytes(rows, 0, 5).text, "\0\xff\n", 3);
	ck_assert_int_eq(pg_get_instant(rows, 0, 6), INT64_C(1774743000123456));
	ck_assert_int_eq(pg_get_date(rows, 0, 7), 20541);
	ck_assert_mem_eq(pg_get_uuid(rows, 0, 8), uuid, 16);
	ck_assert_uint_eq(pg_get_text(rows, 0, 9).len, 0);
	ck_assert_ptr_nonnull(pg_get_text(rows, 0, 9).text);
	for (int column = 10; column < 16; column++)
		ck_assert(pg_get_null(rows, 0, column));
	ck_assert_ptr_null(pg_get_text(rows, 0, 10).text);
	ck_assert_int_eq(pg_get_instant(rows, 0, 11), INSTANT_NONE);
	ck_assert_int_eq(pg_get_date(rows, 0, 12), DATE_NONE);
	ck_assert_int_eq(pg_get_int_or(rows, 0, 13, 7), 7);
	ck_assert_ptr_null(pg_get_uuid(rows, 0, 14));
	/* What PostgreSQL itself makes of the same values. */
	for (int column = 16; column < 20; column++)
		ck_assert_msg(pg_get_bool(rows, 0, column), "column %d", column);
	ck_assert_str_eq(pg_get_text(rows, 0, 20).text, "{\"a\": 1}");
	ck_assert(pg_get_double(rows, 0, 21) == 0.5);
}

START_TEST(test_scalars)
{
	static struct pg_statement statement = PG_STATEMENT_TEXT("scalars",
	    "SELECT $1::bool, $2::int2, $3::int4, $4::int8, $5::text, $6::bytea, $7::timestamptz,"
	    " $8::date, $9::uuid, $10::text, $11::text, $12::timestamptz, $13::date, $14::int8,"
	    " $15::uuid, $16::bytea, $7::timestamptz = '2026-03-29T01:10:00.123456+01:00',"
	    " $8::date = '2026-03-29', $9::uuid = '019200ff-7f61-6263-6465-666768696a00',"
	    " $5::text = 'h' || chr(228) || 'lsa', '{\"a\":1}'::jsonb, 0.5::float8");
	struct pg *pg = pg_open();
	struct pg_params *params = pg_params_new();
	const struct pg_call call = {&statement, params};
	int came = 0;

	pg_bind_bool(params, true);
	pg_bind_int2(params, -12345);
	pg_bind_int4(params, INT32_MIN);
	pg_bind_int8(params, INT64_C(-1234567890123456789));
	pg_bind_string(params, "h\xc3\xa4lsa");
	pg_bind_bytea(params, "\0\xff\n", 3);
	pg_bind_instant(params, INT64_C(1774743000123456));
	pg_bind_date(params, 20541);
	pg_bind_uuid(params, uuid);
	pg_bind_text(params, "", 0);
	pg_bind_string(params, NULL);
	pg_bind_instant(params, INSTANT_NONE);
	pg_bind_date(params, DATE_NONE);
	pg_bind_null(params, PG_INT8);
	pg_bind_null(params, PG_UUID);
	pg_bind_bytea(params, NULL, 0);
	pg_send(pg, &call, 1, TIMEOUT_MS, on_scalars, &came);
	wait_for(&came, 1);
	pg_params_free(params);
	pg_free(pg);
}
END_TEST

static void
on_instant(struct pg *pg, const struct pg_result *result, void *arg)
{
	int64_t *out = arg;

	(void)pg;
	ck_assert_int_eq(result->outcome, PG_OK);
	out[0] = pg_get_instant(pg_rows(result, 0), 0, 0);
	out[1] = pg_get_int_or(pg_rows(result, 0), 0, 1, INSTANT_NONE);
	event_base_loopbreak(base);
}

START_TEST(test_instants)
{
	static struct pg_statement statement = PG_STATEMENT_TEXT("instants",
	    "SELECT $1::timestamptz, CASE WHEN isfinite($1::timestamptz)"
	    " THEN (extract(epoch FROM $1::timestamptz) * 1000000)::int8 END");
	static const instant rows[] = {0, 1, -1, INT64_C(946684800000000), INT64_C(946684799999999),
	    -62135596800 * SECOND, INT64_C(9223371331199999999) / 2, INSTANT_NONE, INSTANT_NEVER};
	struct pg *pg = pg_open();
	struct pg_params *params = pg_params_new();
	const struct pg_call call = {&statement, params};

	for (size_t i = 0; i < ITEMS(rows); i++) {
		bool finite = rows[i] != INSTANT_NONE && rows[i] != INSTANT_NEVER;
		int64_t out[2] = {42, 42};

		pg_params_reset(params);
		pg_bind_instant(params, rows[i]);
		pg_send(pg, &call, 1, TIMEOUT_MS, on_instant, out);
		event_base_dispatch(base);
		ck_assert_int_eq(out[0], rows[i]);
		ck_assert_int_eq(out[1], finite ? rows[i] : INSTANT_NONE);
	}
	pg_params_free(params);
	pg_free(pg);
}
END_TEST

/* Binds all types as arrays of n elements, every third NULL except for integers and uuids. */
static void
bind_arrays(struct pg_params *params, int n)
{
	static const enum pg_type types[] = {PG_INT2, PG_INT4, PG_INT8, PG_TEXT, PG_UUID, PG_BOOL,
	    PG_BYTEA, PG_TIMESTAMPTZ, PG_DATE};
	struct pg_array *columns[ITEMS(types)];

	pg_params_reset(params);
	for (size_t i = 0; i < ITEMS(types); i++)
		columns[i] = pg_bind_array(params, types[i]);
	for (int i = 0; i < n; i++) {
		char text[24];

		snprintf(text, sizeof(text), "text %d", i);
		pg_put_int2(columns[0], (int16_t)(i - 5));
		pg_put_int4(columns[1], -i * 100000);
		pg_put_int8(columns[2], i * INT64_C(10000000000));
		pg_put_string(columns[3], i % 3 == 2 ? NULL : text);
		pg_put_uuid(columns[4], uuid);
		if (i % 3 == 2)
			pg_put_null(columns[5]);
		else
			pg_put_bool(columns[5], i % 2 == 0);
		pg_put_bytea(columns[6], i % 3 == 2 ? NULL : text, (size_t)(i % 3));
		pg_put_instant(columns[7], i % 3 == 2 ? INSTANT_NONE : i * SECOND);
		pg_put_date(columns[8], i % 3 == 2 ? DATE_NONE : i);
	}
	ck_assert_uint_eq(pg_array_count(columns[7]), (size_t)n);
}

static void
check_whole_arrays(const PGresult *rows, int n)
{
	static int16_t int2s[1000];
	static int32_t int4s[1000];
	static int64_t int8s[1000];
	static struct pg_text texts[1000];
	static unsigned char uuids[1000][16];

	ck_assert_uint_eq(pg_get_int2s(rows, 0, 0, int2s, 1000), (size_t)n);
	ck_assert_uint_eq(pg_get_int4s(rows, 0, 1, int4s, 1000), (size_t)n);
	ck_assert_uint_eq(pg_get_int8s(rows, 0, 2, int8s, 1000), (size_t)n);
	ck_assert_uint_eq(pg_get_texts(rows, 0, 3, texts, 1000), (size_t)n);
	ck_assert_uint_eq(pg_get_uuids(rows, 0, 4, uuids, 1000), (size_t)n);
	for (int i = 0; i < n; i++) {
		ck_assert_int_eq(int2s[i], i - 5);
		ck_assert_int_eq(int4s[i], -i * 100000);
		ck_assert_int_eq(int8s[i], i * INT64_C(10000000000));
		ck_assert_mem_eq(uuids[i], uuid, 16);
		if (i % 3 == 2)
			ck_assert_ptr_null(texts[i].text);
		else
			ck_assert_mem_eq(texts[i].text, "text ", 5);
	}
	/* Fewer than there are: the count says so. */
	if (n > 1) {
		int8s[1] = 4711;
		ck_assert_uint_eq(pg_get_int8s(rows, 0, 2, int8s, 1), (size_t)n);
		ck_assert_int_eq(int8s[1], 4711);
	}
}

static void
check_unnested(const PGresult *rows, int n)
{
	ck_assert_uint_eq(pg_row_count(rows), (size_t)n);
	for (int i = 0; i < n; i++) {
		size_t row = (size_t)i;
		bool absent = i % 3 == 2;

		ck_assert_int_eq(pg_get_null(rows, row, 0), absent);
		if (!absent)
			ck_assert_int_eq(pg_get_bool(rows, row, 0), i % 2 == 0);
		ck_assert_int_eq(pg_get_null(rows, row, 1), absent);
		ck_assert_uint_eq(pg_get_bytes(rows, row, 1).len, absent ? 0 : (size_t)(i % 3));
		ck_assert_int_eq(pg_get_instant(rows, row, 2), absent ? INSTANT_NONE : i * SECOND);
		ck_assert_int_eq(pg_get_date(rows, row, 3), absent ? DATE_NONE : i);
	}
}

static int arrays_expected;

static void
on_arrays(struct pg *pg, const struct pg_result *result, void *arg)
{
	(void)pg;
	(void)arg;
	ck_assert_msg(result->outcome == PG_OK, "%s %s", result->sqlstate, result->message);
	check_whole_arrays(pg_rows(result, 0), arrays_expected);
	check_unnested(pg_rows(result, 1), arrays_expected);
	event_base_loopbreak(base);
}

START_TEST(test_arrays)
{
	static struct pg_statement whole = PG_STATEMENT_TEXT("whole",
	    "SELECT $1::int2[], $2::int4[], $3::int8[], $4::text[], $5::uuid[], $6::bool[],"
	    " $7::bytea[], $8::timestamptz[], $9::date[]");
	static struct pg_statement unnested = PG_STATEMENT_TEXT("unnested",
	    "SELECT b, c, d, e FROM unnest($1::int2[], $2::int4[], $3::int8[], $4::text[],"
	    " $5::uuid[], $6::bool[], $7::bytea[], $8::timestamptz[], $9::date[])"
	    " WITH ORDINALITY AS t(i2, i4, i8, a, u, b, c, d, e, n) ORDER BY n");
	static const int counts[] = {0, 1, 7, 1000, 3};
	struct pg *pg = pg_open();
	struct pg_params *params = pg_params_new();
	const struct pg_call calls[] = {{&whole, params}, {&unnested, params}};

	for (size_t i = 0; i < ITEMS(counts); i++) {
		arrays_expected = counts[i];
		bind_arrays(params, counts[i]);
		pg_send(pg, calls, 2, TIMEOUT_MS, on_arrays, NULL);
		event_base_dispatch(base);
	}
	pg_params_free(params);
	pg_free(pg);
}
END_TEST

/* A value that is read as what it is not is a bug, and ends the process. */
START_TEST(test_wrong_type)
{
	PGresult *rows = PQmakeEmptyPGresult(NULL, PGRES_TUPLES_OK);
	PGresAttDesc column = {.name = "n", .format = 1, .typid = 25, .typlen = -1};
	char text[] = "12345678";

	log_level_set((enum log_level)0);
	PQsetResultAttrs(rows, 1, &column);
	PQsetvalue(rows, 0, 0, text, 8);
	ck_assert_uint_eq(pg_get_text(rows, 0, 0).len, 8);
	pg_get_int(rows, 0, 0);
}
END_TEST

/* ---- Batches ---- */

static struct pg_statement select_one = PG_STATEMENT_TEXT("select_one", "SELECT 1::int4");
static struct pg_statement count_kept =
    PG_STATEMENT_TEXT("count_kept", "SELECT count(*)::int4 FROM kept");
static struct pg_statement keep =
    PG_STATEMENT_TEXT("keep", "INSERT INTO kept (n) VALUES ($1::int4)");
static const char *const with_table[] = {
    "CREATE TEMPORARY TABLE kept (n integer CONSTRAINT kept_small CHECK (n < 100),"
    " CONSTRAINT kept_once UNIQUE (n) DEFERRABLE INITIALLY DEFERRED)",
    NULL};

static void
run_with(struct pg *pg, const int32_t *numbers, size_t count, struct answer *answer)
{
	struct pg_params *params[8];
	struct pg_call calls[8];

	for (size_t i = 0; i < count; i++) {
		params[i] = pg_params_new();
		pg_bind_int4(params[i], numbers[i]);
		calls[i] = (struct pg_call){&keep, params[i]};
	}
	*answer = run(pg, calls, count);
	for (size_t i = 0; i < count; i++)
		pg_params_free(params[i]);
}

START_TEST(test_failures)
{
	static const struct {
		int32_t numbers[3];
		enum pg_outcome outcome;
		size_t failed;
		const char *sqlstate, *constraint;
		int kept_after;
	} rows[] = {
	    {{1, 2, 3}, PG_OK, 3, "", "", 3},
	    {{4, 100, 5}, PG_CONSTRAINT, 1, "23514", "kept_small", 3},
	    {{100, 4, 5}, PG_CONSTRAINT, 0, "23514", "kept_small", 3},
	    {{4, 5, 100}, PG_CONSTRAINT, 2, "23514", "kept_small", 3},
	    /* Deferred: the commit itself says no. */
	    {{4, 5, 5}, PG_CONSTRAINT, 3, "23505", "kept_once", 3},
	    {{4, 5, 6}, PG_OK, 3, "", "", 6},
	};
	struct pg *pg = pg_open_at(conninfo, with_table);

	wait_for(&ups, 1);
	for (size_t i = 0; i < ITEMS(rows); i++) {
		struct answer answer;

		run_with(pg, rows[i].numbers, 3, &answer);
		ck_assert_int_eq(answer.outcome, rows[i].outcome);
		ck_assert_uint_eq(answer.failed, rows[i].failed);
		ck_assert_str_eq(answer.sqlstate, rows[i].sqlstate);
		ck_assert_str_eq(answer.constraint, rows[i].constraint);
		ck_assert_str_eq(answer.message, "");
		answer = run_one(pg, &count_kept, NULL);
		ck_assert_int_eq(answer.first, rows[i].kept_after);
	}
	ck_assert_int_eq(ups, 1);
	pg_free(pg);
}
END_TEST

START_TEST(test_outcomes)
{
	static struct {
		struct pg_statement statement;
		enum pg_outcome outcome;
		const char *sqlstate;
		const char *message; /* NULL: must not be shown */
	} rows[] = {
	    {PG_STATEMENT_TEXT("division", "SELECT 1 / (SELECT 0)"), PG_BAD, "22012", NULL},
	    {PG_STATEMENT_TEXT("raised", "DO $$ BEGIN RAISE EXCEPTION 'secret'; END $$"), PG_BAD,
		"P0001", NULL},
	    {PG_STATEMENT_TEXT("serial", "DO $$ BEGIN RAISE SQLSTATE '40001'; END $$"), PG_RETRY,
		"40001", "40001"},
	    {PG_STATEMENT_TEXT("no_table", "SELECT * FROM nowhere"), PG_BAD, "42P01",
		"relation \"nowhere\" does not exist"},
	    {PG_STATEMENT_TEXT("syntax", "SELEC"), PG_BAD, "42601",
		"syntax error at or near \"SELEC\""},
	};
	struct pg *pg = pg_open();

	/* The log is told of those that cannot be prepared. */
	log_level_set((enum log_level)0);
	for (size_t i = 0; i < ITEMS(rows); i++) {
		const struct pg_call calls[] = {{&select_one, NULL}, {&rows[i].statement, NULL}};
		/* Twice: what could not be prepared is tried anew. */
		for (int again = 0; again < 2; again++) {
			struct answer answer = run(pg, calls, 2);

			ck_assert_int_eq(answer.outcome, rows[i].outcome);
			ck_assert_str_eq(answer.sqlstate, rows[i].sqlstate);
			ck_assert_uint_eq(answer.failed, 1);
			ck_assert_str_eq(
			    answer.message, rows[i].message == NULL ? "" : rows[i].message);
		}
		ck_assert_int_eq(run_one(pg, &select_one, NULL).first, 1);
	}
	ck_assert_int_eq(ups, 1);
	pg_free(pg);
}
END_TEST

static int order_next;

static void
on_ordered(struct pg *pg, const struct pg_result *result, void *arg)
{
	int number = (int)(intptr_t)arg;

	(void)pg;
	ck_assert_int_eq(number, order_next++);
	if (number % 10 == 3) {
		ck_assert_int_eq(result->outcome, PG_CONSTRAINT);
		return;
	}
	ck_assert_int_eq(result->outcome, PG_OK);
	ck_assert_int_eq(pg_affected(pg_rows(result, 0)), 1);
}

START_TEST(test_many_in_flight)
{
	struct pg *pg = pg_open_at(conninfo, with_table);
	struct pg_params *params = pg_params_new();
	const struct pg_call call = {&keep, params};

	wait_for(&ups, 1);
	order_next = 0;
	for (int i = 0; i < 100; i++) {
		pg_params_reset(params);
		pg_bind_int4(params, i % 10 == 3 ? 1000 : i);
		pg_send(pg, &call, 1, TIMEOUT_MS, on_ordered, (void *)(intptr_t)i);
	}
	ck_assert_int_eq(order_next, 0);
	wait_for(&order_next, 100);
	ck_assert_uint_eq(pg_in_flight(pg), 0);
	ck_assert_int_eq(run_one(pg, &count_kept, NULL).first, 90);
	pg_params_free(params);
	pg_free(pg);
}
END_TEST

/* Much to send and much to read at once: neither side may wait for the other. */
START_TEST(test_big)
{
	static struct pg_statement echo = PG_STATEMENT_TEXT("echo",
	    "SELECT length(t)::int4, t FROM unnest($1::text[]) AS t, generate_series(1, 3)");
	struct pg *pg = pg_open();
	struct pg_params *params = pg_params_new();
	struct pg_array *texts = pg_bind_array(params, PG_TEXT);
	char *text = malloc(100000);
	struct answer answers[4] = {0};
	const struct pg_call call = {&echo, params};

	memset(text, 'x', 100000);
	for (int i = 0; i < 100; i++)
		pg_put_text(texts, text, 100000);
	for (int i = 0; i < 4; i++)
		pg_send(pg, &call, 1, TIMEOUT_MS, on_answer, &answers[i]);
	pg_params_reset(params);
	pg_params_free(params);
	for (int i = 0; i < 4; i++) {
		wait_for(&answers[i].came, 1);
		ck_assert_int_eq(answers[i].outcome, PG_OK);
		ck_assert_uint_eq(answers[i].row_count, 300);
		ck_assert_int_eq(answers[i].first, 100000);
	}
	free(text);
	pg_free(pg);
}
END_TEST

/* ---- Connections that fail ---- */

static struct pg_statement sleep_long = PG_STATEMENT_TEXT("sleep_long", "SELECT pg_sleep(60)");

static void
terminate(int backend_pid)
{
	static struct pg_statement kill_backend =
	    PG_STATEMENT_TEXT("terminate", "SELECT pg_terminate_backend($1::int4)");
	char why[PG_WHY_MAX];
	PGconn *conn = pg_sync_connect(conninfo, why);
	struct pg_params *params = pg_params_new();
	const struct pg_call call = {&kill_backend, params};
	struct pg_result *result;

	ck_assert_ptr_nonnull(conn);
	pg_bind_int4(params, backend_pid);
	result = pg_sync_run(conn, &call, 1);
	ck_assert_int_eq(result->outcome, PG_OK);
	ck_assert(pg_get_bool(pg_rows(result, 0), 0, 0));
	pg_result_free(result);
	pg_params_free(params);
	PQfinish(conn);
}

START_TEST(test_lost_and_found)
{
	struct pg *pg = pg_open();
	struct answer answers[3] = {0};
	const struct pg_call one = {&select_one, NULL}, slow = {&sleep_long, NULL};

	pg_send(pg, &one, 1, TIMEOUT_MS, on_answer, &answers[0]);
	pg_send(pg, &slow, 1, TIMEOUT_MS, on_answer, &answers[1]);
	pg_send(pg, &one, 1, TIMEOUT_MS, on_answer, &answers[2]);
	wait_for(&answers[0].came, 1);
	terminate(pg_backend_pid(pg));
	wait_for(&downs, 1);
	ck_assert_int_eq(answers[0].outcome, PG_OK);
	for (int i = 1; i < 3; i++) {
		ck_assert_int_eq(answers[i].came, 1);
		ck_assert_int_eq(answers[i].outcome, PG_LOST);
		ck_assert_int_eq(answers[i].downs, 0);
	}
	ck_assert_int_eq(pg_backend_pid(pg), 0);
	ck_assert_int_eq(run_one(pg, &select_one, NULL).outcome, PG_AWAY);
	wait_for(&ups, 2);
	/* Prepared anew. */
	ck_assert_int_eq(run_one(pg, &select_one, NULL).first, 1);
	/* Lost while nothing is in flight. */
	terminate(pg_backend_pid(pg));
	wait_for(&ups, 3);
	ck_assert_int_eq(downs, 2);
	ck_assert_int_eq(run_one(pg, &select_one, NULL).first, 1);
	pg_free(pg);
}
END_TEST

START_TEST(test_timeout)
{
	struct pg *pg = pg_open();
	struct answer answers[2] = {0};
	const struct pg_call one = {&select_one, NULL}, slow = {&sleep_long, NULL};

	pg_send(pg, &slow, 1, 200, on_answer, &answers[0]);
	pg_send(pg, &one, 1, TIMEOUT_MS, on_answer, &answers[1]);
	wait_for(&downs, 1);
	ck_assert_int_eq(answers[0].outcome, PG_LOST);
	ck_assert_int_eq(answers[1].outcome, PG_LOST);
	wait_for(&ups, 2);
	ck_assert_int_eq(run_one(pg, &select_one, NULL).first, 1);
	ck_assert_int_eq(answers[0].came, 1);
	pg_free(pg);
}
END_TEST

START_TEST(test_away_and_free)
{
	struct pg *pg = pg_open_at(conninfo, NULL);
	struct answer answers[3] = {0};
	const struct pg_call one = {&select_one, NULL}, slow = {&sleep_long, NULL};

	pg_send(pg, &one, 1, TIMEOUT_MS, on_answer, &answers[0]);
	ck_assert_int_eq(answers[0].came, 0);
	wait_for(&answers[0].came, 1);
	ck_assert_int_eq(answers[0].outcome, PG_AWAY);
	wait_for(&ups, 1);
	pg_send(pg, &slow, 1, TIMEOUT_MS, on_answer, &answers[1]);
	pg_reconnect(pg, "a test wants it");
	pg_send(pg, &one, 1, TIMEOUT_MS, on_answer, &answers[2]);
	pg_free(pg);
	ck_assert_int_eq(answers[1].came, 1);
	ck_assert_int_eq(answers[1].outcome, PG_LOST);
	ck_assert_int_eq(answers[2].came, 1);
	ck_assert_int_eq(answers[2].outcome, PG_AWAY);
}
END_TEST

START_TEST(test_reconnect)
{
	struct pg *pg = pg_open();
	int before = pg_backend_pid(pg);

	pg_reconnect(pg, "a test wants it");
	ck_assert_int_eq(downs, 0);
	wait_for(&ups, 2);
	ck_assert_int_eq(downs, 1);
	ck_assert_int_ne(before, pg_backend_pid(pg));
	pg_free(pg);
}
END_TEST

/* A server that became read-only is left, for the primary may be elsewhere now. */
START_TEST(test_read_only)
{
	static struct pg_statement freeze =
	    PG_STATEMENT_TEXT("freeze", "SELECT set_config('transaction_read_only', 'on', false)");
	static struct pg_statement create =
	    PG_STATEMENT_TEXT("create", "CREATE TABLE never_made (n integer)");
	const struct pg_call calls[] = {{&freeze, NULL}, {&create, NULL}};
	struct pg *pg = pg_open();
	struct answer answer = run(pg, calls, 2);

	ck_assert_int_eq(answer.outcome, PG_RETRY);
	ck_assert_str_eq(answer.sqlstate, "25006");
	wait_for(&ups, 2);
	pg_free(pg);
}
END_TEST

/* ---- Hosts ---- */

/* A socket at <directory>/.s.PGSQL.<port> that takes connections and never says a word. */
static int
silent_server(char directory[static 64], int port)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);

	snprintf(directory, 64, "/tmp/samordnad-XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(directory));
	snprintf(address.sun_path, sizeof(address.sun_path), "%.60s/.s.PGSQL.%d", directory, port);
	ck_assert_int_eq(bind(fd, (struct sockaddr *)&address, sizeof(address)), 0);
	ck_assert_int_eq(listen(fd, 5), 0);
	return fd;
}

static void
remove_directory(const char *directory)
{
	char command[128];

	snprintf(command, sizeof(command), "rm -rf %s", directory);
	ck_assert_int_eq(system(command), 0);
}

START_TEST(test_hosts_in_turn)
{
	char directory[64], where[512];
	int fd = silent_server(directory, 5432);
	struct pg *pg;

	/*
	 * Silent; nobody there; a name that resolves to a closed port; a name that does not; good.
	 */
	snprintf(where, sizeof(where),
	    "host=%s,/tmp/samordnad-none,localhost,name.invalid,%s port=5432,5432,1,5432,5432"
	    " user=postgres dbname=postgres",
	    directory, cluster_directory);
	pg = pg_open_at(where, NULL);
	wait_for(&ups, 1);
	ck_assert_ptr_nonnull(strstr(pg_where(pg), cluster_directory));
	ck_assert_int_eq(run_one(pg, &select_one, NULL).first, 1);
	pg_free(pg);
	close(fd);
	remove_directory(directory);
}
END_TEST

START_TEST(test_session_attributes)
{
	char where[512];
	struct pg *pg;
	struct timeval turn = {.tv_usec = 10000};

	/* read-write is wanted unless the conninfo says otherwise. */
	snprintf(
	    where, sizeof(where), "%s options='-c default_transaction_read_only=on'", conninfo);
	pg = pg_open_at(where, NULL);
	for (int i = 0; i < 2000 && strstr(pg_where(pg), "read-only") == NULL; i++) {
		event_base_loopexit(base, &turn);
		event_base_dispatch(base);
	}
	ck_assert_int_eq(ups, 0);
	ck_assert_msg(strstr(pg_where(pg), "read-only") != NULL, "%s", pg_where(pg));
	pg_free(pg);
	snprintf(where, sizeof(where),
	    "%s options='-c default_transaction_read_only=on' target_session_attrs=any", conninfo);
	pg = pg_open_at(where, NULL);
	wait_for(&ups, 1);
	pg_free(pg);
}
END_TEST

START_TEST(test_setup_fails)
{
	static const char *const bad[] = {"SELECT 1", "SELECT nothing", "SELECT 2", NULL};
	struct pg *pg = pg_open_at(conninfo, bad);
	struct timeval turn = {.tv_usec = 10000};

	for (int i = 0; i < 2000 && strstr(pg_where(pg), "42703") == NULL; i++) {
		event_base_loopexit(base, &turn);
		event_base_dispatch(base);
	}
	ck_assert_int_eq(ups, 0);
	ck_assert_int_eq(downs, 0);
	ck_assert_msg(strstr(pg_where(pg), "42703") != NULL, "%s", pg_where(pg));
	pg_free(pg);
}
END_TEST

START_TEST(test_conninfo)
{
	static const struct {
		const char *conninfo, *why; /* NULL: taken */
	} rows[] = {
	    {"", NULL},
	    {"postgresql://a@/b?host=/tmp/x&host=/tmp/y", NULL},
	    {"host=/tmp/x,/tmp/y port=1,2", NULL},
	    {"hostt=x", "invalid connection option \"hostt\""},
	    {"host=a,b,c port=1,2", "host and port name different numbers of hosts"},
	    {"host=a,b hostaddr=127.0.0.1", "host and hostaddr name different numbers of hosts"},
	    {"service=x", "service= is not supported: its hosts would be tried by libpq itself"},
	    {"host=a,a,a,a,a,a,a,a,a,a,a,a,a,a,a,a,a", "more than 16 hosts"},
	};

	for (size_t i = 0; i < ITEMS(rows); i++) {
		char why[PG_WHY_MAX] = "";
		const struct pg_options options = {.conninfo = rows[i].conninfo, .name = "test"};
		struct pg *pg = pg_new(base, &options, why);

		ck_assert_int_eq(pg != NULL, rows[i].why == NULL);
		ck_assert_str_eq(why, rows[i].why == NULL ? "" : rows[i].why);
		pg_free(pg);
	}
}
END_TEST

START_TEST(test_notify)
{
	static const char *const listen_setup[] = {"LISTEN samordnad_test", NULL};
	static struct pg_statement notify =
	    PG_STATEMENT_TEXT("notify", "SELECT pg_notify('samordnad_test', 'hello')");
	struct pg *listener = pg_open_at(conninfo, listen_setup), *sender;

	wait_for(&ups, 1);
	sender = pg_open_at(conninfo, NULL);
	wait_for(&ups, 2);
	ck_assert_int_eq(run_one(sender, &notify, NULL).outcome, PG_OK);
	wait_for(&notices, 1);
	ck_assert_str_eq(last_notice, "samordnad_test:hello");
	/* One's own, between other batches. */
	ck_assert_int_eq(run_one(listener, &notify, NULL).outcome, PG_OK);
	ck_assert_int_eq(run_one(listener, &select_one, NULL).first, 1);
	wait_for(&notices, 2);
	pg_free(sender);
	pg_free(listener);
}
END_TEST

/* ---- Blocking ---- */

START_TEST(test_sync)
{
	static struct pg_statement bad = PG_STATEMENT_TEXT("bad", "SELECT 1 / (SELECT 0)");
	char why[PG_WHY_MAX] = "";
	PGconn *conn = pg_sync_connect(conninfo, why);
	const struct pg_call calls[] = {{&select_one, NULL}, {&bad, NULL}, {&select_one, NULL}};
	struct pg_result *result;

	ck_assert_ptr_nonnull(conn);
	result = pg_sync_run(conn, calls, 3);
	ck_assert_int_eq(result->outcome, PG_BAD);
	ck_assert_uint_eq(result->failed, 1);
	pg_result_free(result);
	result = pg_sync_run(conn, calls, 1);
	ck_assert_int_eq(pg_get_int(pg_rows(result, 0), 0, 0), 1);
	pg_result_free(result);
	ck_assert(pg_sync_script(conn, "SELECT 1; SELECT 2;", why));
	ck_assert(!pg_sync_script(conn, "SELECT 1; SELECT nothing;", why));
	ck_assert_str_eq(why, "ERROR:  column \"nothing\" does not exist");
	ck_assert(pg_sync_script(conn, with_table[0], why));
	for (int32_t same = 0; same < 2; same++) {
		struct pg_params *params = pg_params_new();
		const struct pg_call twice[] = {{&keep, params}, {&keep, params}};

		/* Deferred: fails at the commit. */
		pg_bind_int4(params, 7);
		result = pg_sync_run(conn, twice, same == 0 ? 2 : 1);
		ck_assert_int_eq(result->outcome, same == 0 ? PG_CONSTRAINT : PG_OK);
		ck_assert_uint_eq(result->failed, same == 0 ? 2 : 1);
		pg_result_free(result);
		pg_params_free(params);
	}
	PQfinish(conn);
	ck_assert_ptr_null(pg_sync_connect("host=/tmp/samordnad-none", why));
	ck_assert_int_ne(why[0], '\0');
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("pg");
	TCase *values = tcase_create("values"), *batches = tcase_create("batches"),
	      *hosts = tcase_create("hosts");
	TCase *cases[] = {values, batches, hosts};
	SRunner *runner = srunner_create(suite);
	int failed;

	conninfo = cluster_start();
	tcase_add_test(values, test_scalars);
	tcase_add_test(values, test_instants);
	tcase_add_test(values, test_arrays);
	tcase_add_test_raise_signal(values, test_wrong_type, SIGABRT);
	tcase_add_test(batches, test_failures);
	tcase_add_test(batches, test_outcomes);
	tcase_add_test(batches, test_many_in_flight);
	tcase_add_test(batches, test_big);
	tcase_add_test(batches, test_notify);
	tcase_add_test(batches, test_sync);
	tcase_add_test(hosts, test_lost_and_found);
	tcase_add_test(hosts, test_timeout);
	tcase_add_test(hosts, test_away_and_free);
	tcase_add_test(hosts, test_reconnect);
	tcase_add_test(hosts, test_read_only);
	tcase_add_test(hosts, test_hosts_in_turn);
	tcase_add_test(hosts, test_session_attributes);
	tcase_add_test(hosts, test_setup_fails);
	tcase_add_test(hosts, test_conninfo);
	for (size_t i = 0; i < ITEMS(cases); i++) {
		tcase_add_checked_fixture(cases[i], set_up, tear_down);
		tcase_set_timeout(cases[i], 60);
		suite_add_tcase(suite, cases[i]);
	}
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? 0 : 1;
}
