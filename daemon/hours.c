/*
 * Opening hours from JSON and to JSON. What hours may be is calendar.c's to say; here is only how
 * they are written.
 */
#include "hours.h"

#include "log.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#define DAY_MINUTES 1440

static const char *const weekdays[7] = {
    "monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"};

const char *
hours_weekday_word(enum weekday weekday)
{
	return weekdays[weekday];
}

int
hours_weekday_from(const char *word)
{
	for (int i = 0; i < 7; i++)
		if (strcmp(weekdays[i], word) == 0)
			return i;
	return -1;
}

int
hours_minute_read(const char *text)
{
	int minute;

	if (strlen(text) != 5 || text[2] != ':')
		return -1;
	for (int i = 0; i < 5; i++)
		if (i != 2 && (text[i] < '0' || text[i] > '9'))
			return -1;
	if (text[3] > '5')
		return -1;
	minute = ((text[0] - '0') * 10 + text[1] - '0') * 60 + (text[3] - '0') * 10 + text[4] - '0';
	return minute <= DAY_MINUTES ? minute : -1;
}

/* [["08:00", "12:00"], …] */
static const char *
day_read(const json_t *spans, struct hours_day *out)
{
	memset(out, 0, sizeof(*out));
	if (!json_is_array(spans) || json_array_size(spans) > HOURS_SPANS)
		return "must be an array of at most two spans [\"HH:MM\", \"HH:MM\"]";
	for (size_t i = 0; i < json_array_size(spans); i++) {
		const json_t *span = json_array_get(spans, i);
		const char *from = json_string_value(json_array_get(span, 0));
		const char *to = json_string_value(json_array_get(span, 1));
		int from_min = from != NULL ? hours_minute_read(from) : -1;
		int to_min = to != NULL ? hours_minute_read(to) : -1;

		if (json_array_size(span) != 2 || from_min < 0 || to_min < 0)
			return "must hold spans [\"HH:MM\", \"HH:MM\"], 00:00 to 24:00";
		if (from_min >= to_min)
			return "must hold spans that end after they begin";
		out->span[i] = (struct hours_span){(int16_t)from_min, (int16_t)to_min};
	}
	return NULL;
}

static const char *
week_read(const json_t *week, struct opening_hours *out, char pointer[static HOURS_POINTER_MAX])
{
	const char *key;
	json_t *spans;

	snprintf(pointer, HOURS_POINTER_MAX, "/week");
	if (!json_is_object(week))
		return "must be an object with the days on which the unit opens";
	json_object_foreach((json_t *)week, key, spans)
	{
		int weekday = hours_weekday_from(key);
		const char *wrong;

		snprintf(pointer, HOURS_POINTER_MAX, "/week");
		if (weekday < 0)
			return "may only have the members monday to sunday";
		snprintf(pointer, HOURS_POINTER_MAX, "/week/%s", key);
		wrong = day_read(spans, &out->week[weekday]);
		if (wrong != NULL)
			return wrong;
	}
	return NULL;
}

static const char *
exceptions_read(
    const json_t *exceptions, struct opening_hours *out, char pointer[static HOURS_POINTER_MAX])
{
	snprintf(pointer, HOURS_POINTER_MAX, "/exceptions");
	if (exceptions == NULL)
		return NULL;
	if (!json_is_array(exceptions) || json_array_size(exceptions) > HOURS_EXCEPTIONS_MAX)
		return "must be an array of at most 64 dates";
	for (size_t i = 0; i < json_array_size(exceptions); i++) {
		const json_t *row = json_array_get(exceptions, i);
		const char *date = json_string_value(json_object_get(row, "date"));
		struct hours_exception *exception = &out->exception[i];
		const char *wrong;

		snprintf(pointer, HOURS_POINTER_MAX, "/exceptions/%zu", i);
		if (date == NULL || json_object_size(row) != 2)
			return "must be {\"date\": \"YYYY-MM-DD\", \"open\": [spans]}";
		exception->date = date_parse(date, strlen(date));
		if (exception->date == DATE_NONE)
			return "must have a date YYYY-MM-DD that exists";
		wrong = day_read(json_object_get(row, "open"), &exception->day);
		if (wrong != NULL)
			return wrong;
	}
	out->exception_count = (int)json_array_size(exceptions);
	return NULL;
}

static bool
members_known(const json_t *hours)
{
	size_t known = 0;

	known += json_object_get(hours, "week") != NULL;
	known += json_object_get(hours, "closed_on_holidays") != NULL;
	known += json_object_get(hours, "exceptions") != NULL;
	return json_object_size(hours) == known;
}

const char *
hours_read(const json_t *hours, struct opening_hours *out, char pointer[static HOURS_POINTER_MAX])
{
	const json_t *closed = json_object_get(hours, "closed_on_holidays");
	const char *wrong;

	memset(out, 0, sizeof(*out));
	pointer[0] = '\0';
	if (hours == NULL || json_is_null(hours)) {
		for (int i = 0; i < 7; i++)
			out->week[i].span[0] = (struct hours_span){0, DAY_MINUTES};
		return NULL;
	}
	if (!json_is_object(hours))
		return "must be an object, or null: open day and night";
	if (!members_known(hours))
		return "may only have the members week, closed_on_holidays, exceptions";
	wrong = week_read(json_object_get(hours, "week"), out, pointer);
	if (wrong != NULL)
		return wrong;
	wrong = exceptions_read(json_object_get(hours, "exceptions"), out, pointer);
	if (wrong != NULL)
		return wrong;
	pointer[0] = '\0';
	if (closed != NULL && !json_is_boolean(closed))
		return "must have true or false as closed_on_holidays";
	out->closed_on_holidays = json_is_true(closed);
	return calendar_hours_check(out);
}

static json_t *
day_write(const struct hours_day *day)
{
	json_t *spans = json_array();

	for (int i = 0; i < HOURS_SPANS; i++) {
		const struct hours_span *s = &day->span[i];

		if (s->from_min < s->to_min)
			json_array_append_new(spans,
			    json_pack("[o, o]",
				json_sprintf("%02d:%02d", s->from_min / 60, s->from_min % 60),
				json_sprintf("%02d:%02d", s->to_min / 60, s->to_min % 60)));
	}
	return spans;
}

/* Whether every minute of every day is open, so that null says the same. */
static bool
always_open(const struct opening_hours *hours)
{
	for (int i = 0; i < 7; i++)
		if (hours->week[i].span[0].from_min != 0 ||
		    hours->week[i].span[0].to_min != DAY_MINUTES)
			return false;
	return !hours->closed_on_holidays && hours->exception_count == 0;
}

json_t *
hours_write(const struct opening_hours *hours)
{
	json_t *week = json_object(), *exceptions = json_array();

	if (always_open(hours)) {
		json_decref(week);
		json_decref(exceptions);
		return json_null();
	}
	for (int i = 0; i < 7; i++) {
		json_t *spans = day_write(&hours->week[i]);

		if (json_array_size(spans) > 0)
			json_object_set(week, weekdays[i], spans);
		json_decref(spans);
	}
	for (int i = 0; i < hours->exception_count; i++) {
		char date[DATE_TEXT_MAX];

		date_format(hours->exception[i].date, date);
		json_array_append_new(exceptions, json_pack("{s:s, s:o}", "date", date, "open",
						      day_write(&hours->exception[i].day)));
	}
	return json_pack("{s:o, s:b, s:o}", "week", week, "closed_on_holidays",
	    hours->closed_on_holidays, "exceptions", exceptions);
}
