/*
 * Owns PostgreSQL's binary format of parameters and results, and what its errors mean to us. Knows
 * no connection and no table.
 */
#include "pg_values.h"

#include <endian.h>
#include <limits.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "log.h"
#include "sql.h"

/* Oids of the types that every PostgreSQL has (pg_type.dat). */
enum {
	OID_BOOL = 16,
	OID_BYTEA = 17,
	OID_CHAR = 18,
	OID_NAME = 19,
	OID_INT8 = 20,
	OID_INT2 = 21,
	OID_INT4 = 23,
	OID_TEXT = 25,
	OID_JSON = 114,
	OID_FLOAT8 = 701,
	OID_BPCHAR = 1042,
	OID_VARCHAR = 1043,
	OID_DATE = 1082,
	OID_TIMESTAMPTZ = 1184,
	OID_UUID = 2950,
	OID_JSONB = 3802,
};

/* From 1970-01-01 to PostgreSQL's 2000-01-01. */
#define EPOCH_US INT64_C(946684800000000)
#define EPOCH_DAYS 10957

/* The bounds of timestamptz: 4713-11-24 BC and 294277-01-01, microseconds from 2000-01-01. */
#define TIMESTAMPTZ_MIN INT64_C(-211813488000000000)
#define TIMESTAMPTZ_END INT64_C(9223371331200000000)

static const struct {
	Oid scalar, array;
} type_oids[] = {
    [PG_BOOL] = {OID_BOOL, 1000},
    [PG_INT2] = {OID_INT2, 1005},
    [PG_INT4] = {OID_INT4, 1007},
    [PG_INT8] = {OID_INT8, 1016},
    [PG_TEXT] = {OID_TEXT, 1009},
    [PG_BYTEA] = {OID_BYTEA, 1001},
    [PG_TIMESTAMPTZ] = {OID_TIMESTAMPTZ, 1185},
    [PG_DATE] = {OID_DATE, 1182},
    [PG_UUID] = {OID_UUID, 2951},
};

/* ---- Parameters ---- */

/* A buffer that grew beyond this for one batch is not kept for the next. */
#define KEPT_BYTES_MAX (1 << 20)

/* dimensions, has NULLs, type of the elements, length, lower bound: 4 bytes each. */
#define ARRAY_HEAD_BYTES 20
/* An empty array has no dimensions, so no length and lower bound either. */
#define ARRAY_EMPTY_BYTES 12

/* One parameter: an array, or a value, which is an array of one without its head. */
struct pg_array {
	enum pg_type type;
	bool is_array;
	bool has_null;
	size_t count;
	unsigned char *bytes;
	size_t len;
	size_t size;
};

struct pg_params {
	size_t count;
	struct pg_array *columns[PG_PARAMS_MAX]; /* NULL until a position is first used */
};

struct pg_params *
pg_params_new(void)
{
	return xcalloc(1, sizeof(struct pg_params));
}

void
pg_params_free(struct pg_params *params)
{
	if (params == NULL)
		return;
	for (size_t i = 0; i < PG_PARAMS_MAX && params->columns[i] != NULL; i++) {
		free(params->columns[i]->bytes);
		free(params->columns[i]);
	}
	free(params);
}

void
pg_params_reset(struct pg_params *params)
{
	for (size_t i = 0; i < params->count; i++) {
		struct pg_array *column = params->columns[i];

		if (column->size > KEPT_BYTES_MAX) {
			free(column->bytes);
			column->bytes = NULL;
			column->size = 0;
		}
	}
	params->count = 0;
}

static struct pg_array *
column_open(struct pg_params *params, enum pg_type type, bool is_array)
{
	struct pg_array *column;

	require(params->count < PG_PARAMS_MAX);
	if (params->columns[params->count] == NULL)
		params->columns[params->count] = xcalloc(1, sizeof(*column));
	column = params->columns[params->count++];
	column->type = type;
	column->is_array = is_array;
	column->has_null = false;
	column->count = 0;
	column->len = 0;
	return column;
}

static void
column_append(struct pg_array *column, const void *bytes, size_t len)
{
	require(len < INT_MAX / 2 && column->len < INT_MAX / 2);
	if (column->len + len > column->size) {
		size_t size = column->size < 64 ? 64 : column->size * 2;

		if (size < column->len + len)
			size = column->len + len;
		column->bytes = xrealloc(column->bytes, size);
		column->size = size;
	}
	if (len > 0)
		memcpy(column->bytes + column->len, bytes, len);
	column->len += len;
}

static void
column_append_int4(struct pg_array *column, uint32_t value)
{
	value = htobe32(value);
	column_append(column, &value, sizeof(value));
}

/* One element with its length, or the value itself. */
static void
column_put(struct pg_array *column, enum pg_type type, const void *bytes, size_t len)
{
	require(column->type == type);
	require(column->is_array || column->count == 0);
	if (bytes == NULL) {
		pg_put_null(column);
		return;
	}
	if (column->is_array)
		column_append_int4(column, (uint32_t)len);
	column_append(column, bytes, len);
	column->count++;
}

void
pg_put_null(struct pg_array *array)
{
	if (array->is_array)
		column_append_int4(array, UINT32_MAX);
	array->has_null = true;
	array->count++;
}

void
pg_put_bool(struct pg_array *array, bool value)
{
	unsigned char byte = value ? 1 : 0;

	column_put(array, PG_BOOL, &byte, 1);
}

void
pg_put_int2(struct pg_array *array, int16_t value)
{
	uint16_t raw = htobe16((uint16_t)value);

	column_put(array, PG_INT2, &raw, sizeof(raw));
}

void
pg_put_int4(struct pg_array *array, int32_t value)
{
	uint32_t raw = htobe32((uint32_t)value);

	column_put(array, PG_INT4, &raw, sizeof(raw));
}

void
pg_put_int8(struct pg_array *array, int64_t value)
{
	uint64_t raw = htobe64((uint64_t)value);

	column_put(array, PG_INT8, &raw, sizeof(raw));
}

void
pg_put_text(struct pg_array *array, const char *text, size_t len)
{
	column_put(array, PG_TEXT, text, len);
}

void
pg_put_string(struct pg_array *array, const char *text)
{
	column_put(array, PG_TEXT, text, text == NULL ? 0 : strlen(text));
}

void
pg_put_bytea(struct pg_array *array, const void *bytes, size_t len)
{
	column_put(array, PG_BYTEA, bytes, len);
}

void
pg_put_instant(struct pg_array *array, instant value)
{
	uint64_t raw;

	if (value == INSTANT_NONE) {
		require(array->type == PG_TIMESTAMPTZ);
		pg_put_null(array);
		return;
	}
	if (value != INSTANT_NEVER) {
		require(value >= TIMESTAMPTZ_MIN + EPOCH_US);
		value -= EPOCH_US;
		require(value < TIMESTAMPTZ_END);
	}
	raw = htobe64((uint64_t)value);
	column_put(array, PG_TIMESTAMPTZ, &raw, sizeof(raw));
}

void
pg_put_date(struct pg_array *array, civil_date value)
{
	uint32_t raw;

	if (value == DATE_NONE) {
		require(array->type == PG_DATE);
		pg_put_null(array);
		return;
	}
	raw = htobe32((uint32_t)(value - EPOCH_DAYS));
	column_put(array, PG_DATE, &raw, sizeof(raw));
}

void
pg_put_uuid(struct pg_array *array, const unsigned char uuid[static 16])
{
	column_put(array, PG_UUID, uuid, 16);
}

size_t
pg_array_count(const struct pg_array *array)
{
	return array->count;
}

struct pg_array *
pg_bind_array(struct pg_params *params, enum pg_type type)
{
	static const unsigned char head[ARRAY_HEAD_BYTES];
	struct pg_array *column = column_open(params, type, true);

	/* Filled in by array_close, once it is known. */
	column_append(column, head, sizeof(head));
	return column;
}

void
pg_bind_bool(struct pg_params *params, bool value)
{
	pg_put_bool(column_open(params, PG_BOOL, false), value);
}

void
pg_bind_int2(struct pg_params *params, int16_t value)
{
	pg_put_int2(column_open(params, PG_INT2, false), value);
}

void
pg_bind_int4(struct pg_params *params, int32_t value)
{
	pg_put_int4(column_open(params, PG_INT4, false), value);
}

void
pg_bind_int8(struct pg_params *params, int64_t value)
{
	pg_put_int8(column_open(params, PG_INT8, false), value);
}

void
pg_bind_text(struct pg_params *params, const char *text, size_t len)
{
	pg_put_text(column_open(params, PG_TEXT, false), text, len);
}

void
pg_bind_string(struct pg_params *params, const char *text)
{
	pg_put_string(column_open(params, PG_TEXT, false), text);
}

void
pg_bind_bytea(struct pg_params *params, const void *bytes, size_t len)
{
	pg_put_bytea(column_open(params, PG_BYTEA, false), bytes, len);
}

void
pg_bind_instant(struct pg_params *params, instant value)
{
	pg_put_instant(column_open(params, PG_TIMESTAMPTZ, false), value);
}

void
pg_bind_date(struct pg_params *params, civil_date value)
{
	pg_put_date(column_open(params, PG_DATE, false), value);
}

void
pg_bind_uuid(struct pg_params *params, const unsigned char uuid[static 16])
{
	pg_put_uuid(column_open(params, PG_UUID, false), uuid);
}

void
pg_bind_null(struct pg_params *params, enum pg_type type)
{
	pg_put_null(column_open(params, type, false));
}

static void
write_int4(unsigned char *out, uint32_t value)
{
	value = htobe32(value);
	memcpy(out, &value, sizeof(value));
}

static uint32_t
read_int4(const unsigned char *in)
{
	uint32_t value;

	memcpy(&value, in, sizeof(value));
	return be32toh(value);
}

/* Writes the head of an array, and returns how long it is. */
static size_t
array_close(struct pg_array *array)
{
	write_int4(array->bytes, array->count > 0 ? 1 : 0);
	write_int4(array->bytes + 4, array->has_null ? 1 : 0);
	write_int4(array->bytes + 8, type_oids[array->type].scalar);
	write_int4(array->bytes + 12, (uint32_t)array->count);
	write_int4(array->bytes + 16, 1);
	return array->count > 0 ? array->len : ARRAY_EMPTY_BYTES;
}

void
pg_params_wire(struct pg_params *params, struct pg_wire *out)
{
	out->count = params == NULL ? 0 : (int)params->count;
	for (int i = 0; i < out->count; i++) {
		struct pg_array *column = params->columns[i];
		bool is_null = !column->is_array && column->has_null;

		out->formats[i] = 1;
		out->types[i] = column->is_array ? type_oids[column->type].array
						 : type_oids[column->type].scalar;
		out->lengths[i] = (int)(column->is_array ? array_close(column) : column->len);
		/* libpq takes a NULL pointer for NULL: an empty value needs one to something. */
		out->values[i] = is_null		 ? NULL
				 : column->bytes == NULL ? ""
							 : (const char *)column->bytes;
	}
}

/* ---- Statements ---- */

void
pg_statement_use(struct pg_statement *statement, const struct pg_wire *wire)
{
	static atomic_uint last_number; /* helper threads use statements too, of their own */

	if (statement->number != 0) {
		require(statement->param_count == wire->count);
		require(memcmp(statement->param_types, wire->types,
			    (size_t)wire->count * sizeof(Oid)) == 0);
		return;
	}
	for (const struct sql_text *row = sql_texts; statement->text == NULL; row++) {
		if (row->name == NULL) {
			log_event(LOG_ERROR, "statement_missing", "statement", "%s",
			    statement->name, NULL);
			require(row->name != NULL);
		}
		if (strcmp(row->name, statement->name) == 0)
			statement->text = row->text;
	}
	statement->number = atomic_fetch_add(&last_number, 1) + 1;
	statement->param_count = wire->count;
	memcpy(statement->param_types, wire->types, (size_t)wire->count * sizeof(Oid));
}

/* ---- Outcomes ---- */

const char *
pg_outcome_text(enum pg_outcome outcome)
{
	switch (outcome) {
	case PG_OK:
		return "ok";
	case PG_CONSTRAINT:
		return "constraint";
	case PG_RETRY:
		return "retry";
	case PG_BAD:
		return "bad";
	case PG_AWAY:
		return "away";
	case PG_LOST:
		return "lost";
	}
	log_abort("bug: no such outcome", __FILE__, __LINE__);
}

struct pg_result *
pg_result_new(size_t count)
{
	struct pg_result *result = xcalloc(1, sizeof(*result));

	result->outcome = PG_OK;
	result->count = count;
	result->failed = count;
	result->rows = xcalloc(count, sizeof(result->rows[0]));
	return result;
}

void
pg_result_free(struct pg_result *result)
{
	if (result == NULL)
		return;
	for (size_t i = 0; i < result->count; i++)
		PQclear(result->rows[i]);
	free(result->rows);
	free(result);
}

static enum pg_outcome
outcome_of(const char *sqlstate)
{
	/* Classes and codes of PostgreSQL's appendix A that may go well when tried again. */
	static const char *const again[] = {
	    "25006", /* read_only_sql_transaction: no longer the primary */
	    "40",    /* serialization failure, deadlock, unknown completion */
	    "53",    /* out of disk, memory, connections */
	    "55P03", /* lock_not_available */
	    "57014", /* query_canceled, by a person or statement_timeout */
	    "57P",   /* shutting down or starting up */
	    "58",    /* an I/O error */
	};

	if (strncmp(sqlstate, "23", 2) == 0)
		return PG_CONSTRAINT;
	for (size_t i = 0; i < sizeof(again) / sizeof(again[0]); i++)
		if (strncmp(sqlstate, again[i], strlen(again[i])) == 0)
			return PG_RETRY;
	return PG_BAD;
}

void
pg_first_line(char *out, size_t size, const char *message)
{
	size_t len = strcspn(message, "\n");

	if (len >= size)
		len = size - 1;
	memcpy(out, message, len);
	out[len] = '\0';
}

void
pg_result_fail(struct pg_result *result, size_t index, const PGresult *error)
{
	const char *sqlstate = PQresultErrorField(error, PG_DIAG_SQLSTATE);
	const char *constraint = PQresultErrorField(error, PG_DIAG_CONSTRAINT_NAME);
	const char *message = PQresultErrorField(error, PG_DIAG_MESSAGE_PRIMARY);

	if (result->outcome != PG_OK)
		return;
	result->failed = index;
	if (sqlstate == NULL) {
		/* Not the server's: libpq's own, which it makes up when the connection breaks. */
		result->outcome = PG_LOST;
		return;
	}
	result->outcome = outcome_of(sqlstate);
	pg_first_line(result->sqlstate, sizeof(result->sqlstate), sqlstate);
	if (constraint != NULL)
		pg_first_line(result->constraint, sizeof(result->constraint), constraint);
	/* Sentences about data quote it, and data are patients. */
	if (message != NULL && strncmp(sqlstate, "22", 2) != 0 && strncmp(sqlstate, "23", 2) != 0 &&
	    strncmp(sqlstate, "P0", 2) != 0)
		pg_first_line(result->message, sizeof(result->message), message);
}

/* ---- Results ---- */

const PGresult *
pg_rows(const struct pg_result *result, size_t index)
{
	require(result->outcome == PG_OK && index < result->count);
	return result->rows[index];
}

size_t
pg_row_count(const PGresult *rows)
{
	return (size_t)PQntuples(rows);
}

int64_t
pg_affected(const PGresult *rows)
{
	/* PQcmdTuples lacks a const it could have. */
	return strtoll(PQcmdTuples((PGresult *)(uintptr_t)rows), NULL, 10);
}

bool
pg_get_null(const PGresult *rows, size_t row, int column)
{
	require(row < (size_t)PQntuples(rows));
	require(column >= 0 && column < PQnfields(rows));
	return PQgetisnull(rows, (int)row, column) != 0;
}

/* The bytes of a value in binary format, NULL if it is NULL. */
static const unsigned char *
cell(const PGresult *rows, size_t row, int column, size_t *len)
{
	bool is_null = pg_get_null(rows, row, column);

	require(PQfformat(rows, column) == 1);
	*len = (size_t)PQgetlength(rows, (int)row, column);
	return is_null ? NULL : (const unsigned char *)PQgetvalue(rows, (int)row, column);
}

/* The same for a value of a type of fixed length. */
static const unsigned char *
cell_of(const PGresult *rows, size_t row, int column, Oid type, size_t size)
{
	size_t len;
	const unsigned char *bytes = cell(rows, row, column, &len);

	require(PQftype(rows, column) == type);
	require(bytes == NULL || len == size);
	return bytes;
}

static int64_t
read_int8(const unsigned char *in)
{
	uint64_t value;

	memcpy(&value, in, sizeof(value));
	return (int64_t)be64toh(value);
}

static int16_t
read_int2(const unsigned char *in)
{
	uint16_t value;

	memcpy(&value, in, sizeof(value));
	return (int16_t)be16toh(value);
}

bool
pg_get_bool(const PGresult *rows, size_t row, int column)
{
	const unsigned char *bytes = cell_of(rows, row, column, OID_BOOL, 1);

	require(bytes != NULL);
	return bytes[0] != 0;
}

int64_t
pg_get_int(const PGresult *rows, size_t row, int column)
{
	require(!pg_get_null(rows, row, column));
	return pg_get_int_or(rows, row, column, 0);
}

int64_t
pg_get_int_or(const PGresult *rows, size_t row, int column, int64_t if_null)
{
	size_t len;
	const unsigned char *bytes = cell(rows, row, column, &len);
	Oid type = PQftype(rows, column);

	require(type == OID_INT2 || type == OID_INT4 || type == OID_INT8);
	if (bytes == NULL)
		return if_null;
	if (type == OID_INT2)
		return read_int2(bytes);
	if (type == OID_INT4)
		return (int32_t)read_int4(bytes);
	return read_int8(bytes);
}

double
pg_get_double(const PGresult *rows, size_t row, int column)
{
	const unsigned char *bytes = cell_of(rows, row, column, OID_FLOAT8, 8);
	int64_t raw;
	double value;

	require(bytes != NULL);
	raw = read_int8(bytes);
	memcpy(&value, &raw, sizeof(value));
	return value;
}

struct pg_text
pg_get_text(const PGresult *rows, size_t row, int column)
{
	struct pg_text out = {NULL, 0};
	Oid type = PQftype(rows, column);

	require(type == OID_TEXT || type == OID_VARCHAR || type == OID_BPCHAR || type == OID_CHAR ||
		type == OID_NAME || type == OID_JSON || type == OID_JSONB);
	out.text = (const char *)cell(rows, row, column, &out.len);
	if (out.text != NULL && type == OID_JSONB) {
		/* A byte that says which version of jsonb's form follows. */
		require(out.len > 0 && out.text[0] == 1);
		out.text++;
		out.len--;
	}
	return out;
}

struct pg_text
pg_get_bytes(const PGresult *rows, size_t row, int column)
{
	struct pg_text out;

	require(PQftype(rows, column) == OID_BYTEA);
	out.text = (const char *)cell(rows, row, column, &out.len);
	return out;
}

instant
pg_get_instant(const PGresult *rows, size_t row, int column)
{
	const unsigned char *bytes = cell_of(rows, row, column, OID_TIMESTAMPTZ, 8);
	int64_t value = bytes == NULL ? INSTANT_NONE : read_int8(bytes);

	/* -infinity is INSTANT_NONE's number too: nothing is known of it. */
	if (value == INSTANT_NONE || value == INSTANT_NEVER)
		return value;
	return value > INSTANT_NEVER - EPOCH_US ? INSTANT_NEVER : value + EPOCH_US;
}

civil_date
pg_get_date(const PGresult *rows, size_t row, int column)
{
	const unsigned char *bytes = cell_of(rows, row, column, OID_DATE, 4);
	int32_t value;

	if (bytes == NULL)
		return DATE_NONE;
	value = (int32_t)read_int4(bytes);
	require(value > INT32_MIN && value <= INT32_MAX - EPOCH_DAYS);
	return value + EPOCH_DAYS;
}

const unsigned char *
pg_get_uuid(const PGresult *rows, size_t row, int column)
{
	return cell_of(rows, row, column, OID_UUID, 16);
}

/* An array in a result, and how far it was read. */
struct array_reader {
	const unsigned char *at;
	const unsigned char *end;
	size_t count;
};

static struct array_reader
array_open(const PGresult *rows, size_t row, int column, enum pg_type type)
{
	struct array_reader reader = {NULL, NULL, 0};
	size_t len;
	const unsigned char *bytes = cell(rows, row, column, &len);

	require(PQftype(rows, column) == type_oids[type].array);
	if (bytes == NULL || read_int4(bytes) == 0)
		return reader;
	require(len >= ARRAY_HEAD_BYTES && read_int4(bytes) == 1);
	require(read_int4(bytes + 8) == type_oids[type].scalar);
	reader.count = read_int4(bytes + 12);
	reader.at = bytes + ARRAY_HEAD_BYTES;
	reader.end = bytes + len;
	return reader;
}

/* The next element; NULL if it is NULL. size 0: any length. */
static const unsigned char *
array_next(struct array_reader *reader, size_t size, size_t *len)
{
	const unsigned char *bytes = reader->at + 4;

	require(reader->end - reader->at >= 4);
	*len = read_int4(reader->at);
	reader->at = bytes;
	if (*len == UINT32_MAX)
		return NULL;
	require(size == 0 || *len == size);
	require((size_t)(reader->end - bytes) >= *len);
	reader->at += *len;
	return bytes;
}

size_t
pg_get_int2s(const PGresult *rows, size_t row, int column, int16_t *out, size_t max)
{
	struct array_reader reader = array_open(rows, row, column, PG_INT2);
	size_t len;

	for (size_t i = 0; i < reader.count && i < max; i++) {
		const unsigned char *bytes = array_next(&reader, sizeof(out[0]), &len);

		require(bytes != NULL);
		out[i] = read_int2(bytes);
	}
	return reader.count;
}

size_t
pg_get_int4s(const PGresult *rows, size_t row, int column, int32_t *out, size_t max)
{
	struct array_reader reader = array_open(rows, row, column, PG_INT4);
	size_t len;

	for (size_t i = 0; i < reader.count && i < max; i++) {
		const unsigned char *bytes = array_next(&reader, sizeof(out[0]), &len);

		require(bytes != NULL);
		out[i] = (int32_t)read_int4(bytes);
	}
	return reader.count;
}

size_t
pg_get_int8s(const PGresult *rows, size_t row, int column, int64_t *out, size_t max)
{
	struct array_reader reader = array_open(rows, row, column, PG_INT8);
	size_t len;

	for (size_t i = 0; i < reader.count && i < max; i++) {
		const unsigned char *bytes = array_next(&reader, sizeof(out[0]), &len);

		require(bytes != NULL);
		out[i] = read_int8(bytes);
	}
	return reader.count;
}

size_t
pg_get_texts(const PGresult *rows, size_t row, int column, struct pg_text *out, size_t max)
{
	struct array_reader reader = array_open(rows, row, column, PG_TEXT);

	for (size_t i = 0; i < reader.count && i < max; i++) {
		size_t len;
		const unsigned char *bytes = array_next(&reader, 0, &len);

		out[i].text = (const char *)bytes;
		out[i].len = bytes == NULL ? 0 : len;
	}
	return reader.count;
}

size_t
pg_get_uuids(const PGresult *rows, size_t row, int column, unsigned char (*out)[16], size_t max)
{
	struct array_reader reader = array_open(rows, row, column, PG_UUID);
	size_t len;

	for (size_t i = 0; i < reader.count && i < max; i++) {
		const unsigned char *bytes = array_next(&reader, 16, &len);

		require(bytes != NULL);
		memcpy(out[i], bytes, 16);
	}
	return reader.count;
}
