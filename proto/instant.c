/* RFC 3339 date-times; see instant.h. */
#include "instant.h"

#include "date.h"
#include "digits.h"
#include "log.h"

#define DAY_US (24 * HOUR)

enum { SECONDS_END = 19 }; /* the length of YYYY-MM-DDThh:mm:ss */

static const char not_rfc3339[] =
    "must be an RFC 3339 date and time with offset, such as 2026-03-29T01:10:00+01:00";

/*
 * Reads the fraction at *at, if there is one, and steps over it. Digits after the sixth are cut
 * off.
 */
static const char *
fraction_read(const char *text, size_t len, size_t *at, int64_t *microseconds)
{
	size_t first = *at + 1, i;
	int64_t unit = SECOND;

	*microseconds = 0;
	if (*at >= len || text[*at] != '.')
		return NULL;
	for (i = first; i < len && text[i] >= '0' && text[i] <= '9'; i++) {
		unit /= 10;
		*microseconds += (text[i] - '0') * unit;
	}
	if (i == first || i - first > 9)
		return "must have 1 to 9 digits in its fraction of a second";
	*at = i;
	return NULL;
}

/* Reads the offset, which must be all that is left from `at` on. */
static const char *
offset_read(const char *text, size_t len, size_t at, int64_t *offset)
{
	int hours, minutes;

	*offset = 0;
	if (at == len)
		return "must end with an offset from UTC, such as +01:00 or Z";
	if (len - at == 1 && (text[at] == 'Z' || text[at] == 'z'))
		return NULL;
	if (len - at != 6 || (text[at] != '+' && text[at] != '-') || text[at + 3] != ':')
		return not_rfc3339;
	hours = digits_read(text + at + 1, 2);
	minutes = digits_read(text + at + 4, 2);
	if (hours < 0 || minutes < 0)
		return not_rfc3339;
	if (hours > 23 || minutes > 59)
		return "must have an offset from -23:59 to +23:59";
	*offset = hours * HOUR + minutes * MINUTE;
	if (text[at] == '-')
		*offset = -*offset;
	return NULL;
}

const char *
instant_parse(const char *text, size_t len, instant *out)
{
	int year, month, day, hour, minute, second;
	size_t at = SECONDS_END;
	int64_t microseconds, offset;
	const char *error;

	if (len < SECONDS_END || text[4] != '-' || text[7] != '-' ||
	    (text[10] != 'T' && text[10] != 't') || text[13] != ':' || text[16] != ':')
		return not_rfc3339;
	year = digits_read(text, 4);
	month = digits_read(text + 5, 2);
	day = digits_read(text + 8, 2);
	hour = digits_read(text + 11, 2);
	minute = digits_read(text + 14, 2);
	second = digits_read(text + 17, 2);
	if ((year | month | day | hour | minute | second) < 0)
		return not_rfc3339;
	if (year < 1900 || year > 2200)
		return "must be a year from 1900 to 2200";
	if (!date_exists(year, month, day))
		return "must be a date that exists";
	if (second == 60)
		return "must not be a leap second (60)";
	if (hour > 23 || minute > 59 || second > 59)
		return "must be a time from 00:00:00 to 23:59:59";
	if ((error = fraction_read(text, len, &at, &microseconds)) != NULL ||
	    (error = offset_read(text, len, at, &offset)) != NULL)
		return error;
	*out = date_of(year, month, day) * DAY_US + hour * HOUR + minute * MINUTE +
	       second * SECOND + microseconds - offset;
	return NULL;
}

size_t
instant_format(instant t, char out[static INSTANT_TEXT_MAX])
{
	int64_t days = t / DAY_US - (t % DAY_US < 0);
	int64_t of_day = t - days * DAY_US;
	size_t len = SECONDS_END;

	/* Years 0-9999 fit the format; INSTANT_NONE and INSTANT_NEVER have no text. */
	require(days >= date_of(0, 1, 1) && days <= date_of(9999, 12, 31));
	date_format((civil_date)days, out);
	out[10] = 'T';
	digits_write(out + 11, (int)(of_day / HOUR), 2);
	out[13] = ':';
	digits_write(out + 14, (int)(of_day % HOUR / MINUTE), 2);
	out[16] = ':';
	digits_write(out + 17, (int)(of_day % MINUTE / SECOND), 2);
	if (of_day % SECOND != 0) {
		out[len] = '.';
		digits_write(out + len + 1, (int)(of_day % SECOND), 6);
		len += 7;
	}
	out[len++] = 'Z';
	out[len] = '\0';
	return len;
}
