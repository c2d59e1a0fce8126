/*
 * Between pg_values.c and pg.c: what libpq wants of bound parameters, and what its errors mean to
 * us.
 */
#ifndef SAMORDNAD_PG_VALUES_H
#define SAMORDNAD_PG_VALUES_H

#include "pg.h"

/* Parameters in libpq's form; valid until params changes. */
struct pg_wire {
	int count;
	Oid types[PG_PARAMS_MAX];
	const char *values[PG_PARAMS_MAX];
	int lengths[PG_PARAMS_MAX];
	int formats[PG_PARAMS_MAX];
};

/* NULL params: count 0. */
void pg_params_wire(struct pg_params *params, struct pg_wire *out);

/*
 * Fills in what the statement leaves to its first use, and requires that the types are those of
 * that use.
 */
void pg_statement_use(struct pg_statement *statement, const struct pg_wire *wire);

/* A result for count statements, outcome PG_OK, no rows yet. */
struct pg_result *pg_result_new(size_t count);

/* Notes that the statement at index failed with what error says, unless an earlier one did. */
void pg_result_fail(struct pg_result *result, size_t index, const PGresult *error);

/* Copies the first line of a message of libpq's, without its newline. */
void pg_first_line(char *out, size_t size, const char *message);

#endif
