/*
 * Opening hours as JSON, on the wire and in the register:
 *	{"week": {"monday": [["08:00", "12:00"], ["13:00", "17:00"]], …},
 *	 "closed_on_holidays": true,
 *	 "exceptions": [{"date": "2026-12-23", "open": [["08:00", "12:00"]]}]}
 * A day that is absent is closed; a null instead of the whole means open day and night. Knows no
 * unit and no database.
 */
#ifndef SAMORDNAD_HOURS_H
#define SAMORDNAD_HOURS_H

#include "rules/calendar.h"

#include <jansson.h>
#include <stddef.h>

#define HOURS_POINTER_MAX 64

/*
 * Reads hours (NULL and null: open day and night). Returns NULL and sets *out; otherwise a static
 * sentence that says what to mend, and in pointer where, relative to hours ("/week/monday/0").
 */
const char *hours_read(
    const json_t *hours, struct opening_hours *out, char pointer[static HOURS_POINTER_MAX]);

/* The same shape, null for open day and night; the caller owns it. */
json_t *hours_write(const struct opening_hours *hours);

/* Reads "HH:MM", 00:00 to 24:00, as minutes of the day; -1 if it is not written so. */
int hours_minute_read(const char *text);

/* The words of the week, by enum weekday; and back, -1 if it is none. */
const char *hours_weekday_word(enum weekday weekday);
int hours_weekday_from(const char *word);

#endif
