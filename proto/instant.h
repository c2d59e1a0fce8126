/*
 * Instants, and how the wire writes them (RFC 3339 with offset). Pure: knows no clock and no time
 * zone; the zone Europe/Stockholm lives in daemon/rules/calendar.
 */
#ifndef SAMORDNAD_INSTANT_H
#define SAMORDNAD_INSTANT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Microseconds since 1970-01-01T00:00:00Z, no leap seconds; PostgreSQL's timestamptz plus a
 * constant. */
typedef int64_t instant;

#define INSTANT_NONE INT64_MIN	/* absent: not known, not set, no such instant */
#define INSTANT_NEVER INT64_MAX /* later than every instant */
#define SECOND INT64_C(1000000)
#define MINUTE (60 * SECOND)
#define HOUR (60 * MINUTE)

#define INSTANT_TEXT_MAX 33 /* 2026-03-29T01:10:00.123456+01:00 and the NUL */

/*
 * Reads a full RFC 3339 date-time with offset ("2026-03-29T01:10:00+01:00"; Z, fraction of 1-9
 * digits cut to microseconds, leap second 60 refused, years 1900-2200). The whole of text[0..len)
 * must be it. Returns NULL and sets *out; otherwise a sentence that says what to mend (static,
 * never echoes the input).
 */
const char *instant_parse(const char *text, size_t len, instant *out);

/* Writes t as UTC ("2026-03-28T23:10:00Z", a fraction only if there is one) with a NUL; returns its
 * length. */
size_t instant_format(instant t, char out[static INSTANT_TEXT_MAX]);

/* The later of two; INSTANT_NONE is before every other. */
static inline instant
instant_later(instant a, instant b)
{
	return a > b ? a : b;
}

/* The earlier of two, either of which may be INSTANT_NONE: none. */
static inline instant
instant_earlier(instant a, instant b)
{
	if (a == INSTANT_NONE || b == INSTANT_NONE)
		return a == INSTANT_NONE ? b : a;
	return a < b ? a : b;
}

#endif
