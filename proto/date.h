/*
 * Dates of the civil (proleptic Gregorian) calendar as day numbers, so that adding days is adding
 * numbers. Owns the arithmetic of year, month, day and weekday. Pure: knows no clock, no zone and
 * no holidays (those are daemon/rules/calendar).
 */
#ifndef SAMORDNAD_DATE_H
#define SAMORDNAD_DATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Days since 1970-01-01, which is 0. Good for any year -9999 to 9999. */
typedef int32_t civil_date;

#define DATE_NONE INT32_MIN /* absent: no such date */

#define DATE_TEXT_MAX 11 /* 2026-03-29 and the NUL */

enum weekday {
	WEEKDAY_MONDAY,
	WEEKDAY_TUESDAY,
	WEEKDAY_WEDNESDAY,
	WEEKDAY_THURSDAY,
	WEEKDAY_FRIDAY,
	WEEKDAY_SATURDAY,
	WEEKDAY_SUNDAY
};

/* A date taken apart. */
struct date_parts {
	int year;
	int month; /* 1-12 */
	int day;   /* 1-31 */
};

/* True if the year has such a month and day (29 February only in leap years). */
bool date_exists(int year, int month, int day);

/* The date of a year, month (1-12) and day (1-31); the parts must exist. */
civil_date date_of(int year, int month, int day);

/* The parts of a date. */
struct date_parts date_split(civil_date date);

/* The weekday of a date. */
enum weekday date_weekday(civil_date date);

/*
 * Reads YYYY-MM-DD, years 1800-2200; the whole of text[0..len) must be it. Returns the date, or
 * DATE_NONE if it is not written so or does not exist.
 */
civil_date date_parse(const char *text, size_t len);

/* Writes YYYY-MM-DD (years 0-9999) with a NUL; returns its length, 10. */
size_t date_format(civil_date date, char out[static DATE_TEXT_MAX]);

#endif
