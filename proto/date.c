/* Dates as day numbers; see date.h. */
#include "date.h"

#include "digits.h"

/*
 * The year is reckoned from 1 March, so that the leap day is its last; 400 years (an era) are
 * 146097 days. 719468 days lie between 0000-03-01 and 1970-01-01.
 */
enum { ERA_DAYS = 146097, ERA_YEARS = 400, EPOCH_DAYS = 719468 };

static bool
leap_year(int year)
{
	return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
}

bool
date_exists(int year, int month, int day)
{
	static const int days[12] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};

	if (month < 1 || month > 12 || day < 1)
		return false;
	return day <= days[month - 1] + (month == 2 && leap_year(year));
}

civil_date
date_of(int year, int month, int day)
{
	int march_year = month <= 2 ? year - 1 : year;
	int era = (march_year >= 0 ? march_year : march_year - (ERA_YEARS - 1)) / ERA_YEARS;
	int year_of_era = march_year - era * ERA_YEARS;
	int march_month = month <= 2 ? month + 9 : month - 3;
	int day_of_year = (153 * march_month + 2) / 5 + day - 1;
	int day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;

	return era * ERA_DAYS + day_of_era - EPOCH_DAYS;
}

struct date_parts
date_split(civil_date date)
{
	int days = date + EPOCH_DAYS;
	int era = (days >= 0 ? days : days - (ERA_DAYS - 1)) / ERA_DAYS;
	int day_of_era = days - era * ERA_DAYS;
	int year_of_era =
	    (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
	int day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
	int march_month = (5 * day_of_year + 2) / 153;
	struct date_parts parts;

	parts.day = day_of_year - (153 * march_month + 2) / 5 + 1;
	parts.month = march_month < 10 ? march_month + 3 : march_month - 9;
	parts.year = era * ERA_YEARS + year_of_era + (parts.month <= 2);
	return parts;
}

enum weekday
date_weekday(civil_date date)
{
	int since_monday = (date + 3) % 7; /* 1970-01-01 was a Thursday */

	return (enum weekday)(since_monday < 0 ? since_monday + 7 : since_monday);
}

civil_date
date_parse(const char *text, size_t len)
{
	int year, month, day;

	if (len != DATE_TEXT_MAX - 1 || text[4] != '-' || text[7] != '-')
		return DATE_NONE;
	year = digits_read(text, 4);
	month = digits_read(text + 5, 2);
	day = digits_read(text + 8, 2);
	if (year < 1800 || year > 2200 || month < 0 || day < 0 || !date_exists(year, month, day))
		return DATE_NONE;
	return date_of(year, month, day);
}

size_t
date_format(civil_date date, char out[static DATE_TEXT_MAX])
{
	struct date_parts parts = date_split(date);

	digits_write(out, parts.year, 4);
	out[4] = '-';
	digits_write(out + 5, parts.month, 2);
	out[7] = '-';
	digits_write(out + 8, parts.day, 2);
	out[10] = '\0';
	return DATE_TEXT_MAX - 1;
}
