/*
 * daemon/rules/calendar: every line of tests/vectors/deadlines.json and holidays.json, the zone
 * against the tz database, opening hours, working days and slots.
 */
#include <check.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "daemon/rules/calendar.h"

#define ROWS(table) ((int)(sizeof(table) / sizeof((table)[0])))

static json_t *deadlines, *holidays;

static instant
at(const char *text)
{
	instant t;
	const char *error = instant_parse(text, strlen(text), &t);

	ck_assert_msg(error == NULL, "%s: %s", text, error);
	return t;
}

static civil_date
on(const char *text)
{
	civil_date date = date_parse(text, strlen(text));

	ck_assert_msg(date != DATE_NONE, "%s", text);
	return date;
}

/* Says which instants differ, in words that a person can read. */
static void
same_instant(instant found, instant expected, const char *what)
{
	char a[INSTANT_TEXT_MAX], b[INSTANT_TEXT_MAX];

	if (found == expected)
		return;
	ck_assert_msg(found != INSTANT_NONE && found != INSTANT_NEVER, "%s: no instant", what);
	instant_format(found, a);
	instant_format(expected, b);
	ck_abort_msg("%s: %s, not %s", what, a, b);
}

static instant
field(json_t *row, const char *key)
{
	const char *text = json_string_value(json_object_get(row, key));

	ck_assert_msg(text != NULL, "no field %s", key);
	return at(text);
}

/* ---- The zone ---- */

static void
compare_with_tz(time_t seconds)
{
	struct tm tm;
	struct local_time local = calendar_local(seconds * SECOND);
	instant again = calendar_local_instant(
	    local.date, local.hour, local.minute, local.second, CALENDAR_FIRST);

	ck_assert_ptr_nonnull(localtime_r(&seconds, &tm));
	if (tm.tm_gmtoff != calendar_offset_s(seconds * SECOND) || tm.tm_hour != local.hour ||
	    tm.tm_min != local.minute || tm.tm_sec != local.second ||
	    date_of(tm.tm_year + 1900, tm.tm_mon + 1, tm.tm_mday) != local.date ||
	    (tm.tm_wday + 6) % 7 != (int)date_weekday(local.date))
		ck_abort_msg("differs from the tz database at %lld", (long long)seconds);
	/* And back: the first of a doubled hour, or else the second is this one. */
	if (again != seconds * SECOND) {
		ck_assert_int_eq(
		    calendar_occurs(local.date, local.hour, local.minute, local.second),
		    CALENDAR_TWICE);
		ck_assert_int_eq(again, seconds * SECOND - HOUR);
		ck_assert_int_eq(calendar_local_instant(local.date, local.hour, local.minute,
				     local.second, CALENDAR_SECOND),
		    seconds * SECOND);
	}
}

/* Every hour of a week around each change of 1996-2200, and each second of the two minutes at it.
 */
START_TEST(zone_changes)
{
	static const int months[] = {3, 10};
	int changes = 0;

	for (int year = 1996; year <= 2200; year++) {
		for (int i = 0; i < 2; i++) {
			/* The last Sunday is one of the month's last seven days: all are looked at.
			 */
			for (int day = 24; day <= 31; day++) {
				time_t noon =
				    date_of(year, months[i], day) * INT64_C(86400) + 43200;

				for (int hour = -12; hour < 12; hour++)
					compare_with_tz(noon + hour * 3600);
				for (int second = -60; second <= 60; second++)
					compare_with_tz(noon - 11 * 3600 + second);
				changes += calendar_offset_s((noon - 43200) * SECOND) !=
					   calendar_offset_s((noon + 43200) * SECOND);
			}
		}
	}
	ck_assert_int_eq(changes, 2 * 205);
}
END_TEST

/* Every hour of 1996-2045, and one hour a day, at a moving time, up to 2200. */
START_TEST(zone_hours)
{
	time_t seconds = date_of(1996, 1, 1) * INT64_C(86400);
	time_t dense = date_of(2046, 1, 1) * INT64_C(86400);
	time_t end = date_of(2200, 12, 31) * INT64_C(86400);

	for (; seconds < dense; seconds += 3600)
		compare_with_tz(seconds);
	for (; seconds < end; seconds += 25 * 3600)
		compare_with_tz(seconds);
}
END_TEST

/* The stated policy for hours that do not exist, or exist twice. */
static const struct {
	const char *date;
	int hour, minute, second;
	enum calendar_which which;
	enum calendar_occurrence occurs;
	const char *expected;
} local_times[] = {
    {"2026-03-29", 1, 59, 59, CALENDAR_FIRST, CALENDAR_ONCE, "2026-03-29T01:59:59+01:00"},
    {"2026-03-29", 2, 0, 0, CALENDAR_FIRST, CALENDAR_NEVER, "2026-03-29T03:00:00+02:00"},
    {"2026-03-29", 2, 30, 0, CALENDAR_FIRST, CALENDAR_NEVER, "2026-03-29T03:00:00+02:00"},
    {"2026-03-29", 2, 30, 0, CALENDAR_SECOND, CALENDAR_NEVER, "2026-03-29T03:00:00+02:00"},
    {"2026-03-29", 2, 59, 59, CALENDAR_FIRST, CALENDAR_NEVER, "2026-03-29T03:00:00+02:00"},
    {"2026-03-29", 3, 0, 0, CALENDAR_FIRST, CALENDAR_ONCE, "2026-03-29T03:00:00+02:00"},
    {"2026-03-29", 23, 59, 59, CALENDAR_FIRST, CALENDAR_ONCE, "2026-03-29T23:59:59+02:00"},
    {"2026-10-25", 1, 59, 59, CALENDAR_FIRST, CALENDAR_ONCE, "2026-10-25T01:59:59+02:00"},
    {"2026-10-25", 2, 0, 0, CALENDAR_FIRST, CALENDAR_TWICE, "2026-10-25T02:00:00+02:00"},
    {"2026-10-25", 2, 0, 0, CALENDAR_SECOND, CALENDAR_TWICE, "2026-10-25T02:00:00+01:00"},
    {"2026-10-25", 2, 59, 59, CALENDAR_FIRST, CALENDAR_TWICE, "2026-10-25T02:59:59+02:00"},
    {"2026-10-25", 2, 59, 59, CALENDAR_SECOND, CALENDAR_TWICE, "2026-10-25T02:59:59+01:00"},
    {"2026-10-25", 3, 0, 0, CALENDAR_FIRST, CALENDAR_ONCE, "2026-10-25T03:00:00+01:00"},
    {"2026-10-25", 24, 0, 0, CALENDAR_FIRST, CALENDAR_ONCE, "2026-10-26T00:00:00+01:00"},
    {"2026-12-31", 24, 0, 0, CALENDAR_FIRST, CALENDAR_ONCE, "2027-01-01T00:00:00+01:00"},
};

START_TEST(zone_local_times)
{
	civil_date date = on(local_times[_i].date);
	int hour = local_times[_i].hour, minute = local_times[_i].minute;
	int second = local_times[_i].second;

	same_instant(calendar_local_instant(date, hour, minute, second, local_times[_i].which),
	    at(local_times[_i].expected), local_times[_i].date);
	ck_assert_int_eq(calendar_occurs(date, hour, minute, second), local_times[_i].occurs);
}
END_TEST

/* Days have 23, 24 or 25 hours. */
static const struct {
	const char *from;
	int days;
	const char *expected;
} added[] = {
    {"2026-03-28T14:00:00+01:00", 1, "2026-03-29T14:00:00+02:00"},
    {"2026-10-24T14:00:00.000007+02:00", 1, "2026-10-25T14:00:00.000007+01:00"},
    {"2026-03-28T02:30:00.5+01:00", 1, "2026-03-29T03:00:00+02:00"},
    {"2026-10-24T02:30:00+02:00", 1, "2026-10-25T02:30:00+02:00"},
    {"2026-10-25T02:30:00+01:00", 0, "2026-10-25T02:30:00+01:00"},
    {"2026-10-25T02:30:00+01:00", -1, "2026-10-24T02:30:00+02:00"},
    {"2027-12-31T23:59:00+01:00", 60, "2028-02-29T23:59:00+01:00"},
};

START_TEST(zone_add_days)
{
	instant from = at(added[_i].from);

	same_instant(
	    calendar_add_days(from, added[_i].days), at(added[_i].expected), added[_i].from);
}
END_TEST

START_TEST(no_instant)
{
	static const instant none[] = {INSTANT_NONE, INSTANT_NEVER};

	for (int i = 0; i < 2; i++) {
		instant t = none[i];

		ck_assert_int_eq(calendar_date(t), DATE_NONE);
		ck_assert_int_eq(calendar_midnight_after(t, 1), t);
		ck_assert_int_eq(calendar_add_days(t, 1), t);
		ck_assert_int_eq(calendar_inskrivningsmeddelande_due(t, A1_DUE_US), t);
		ck_assert_int_eq(calendar_kallelse_due(t, D1_DAYS), t);
		ck_assert_int_eq(calendar_kallelse_breach_from(t, D1_DAYS, SIP_SHIFT_HOLIDAY), t);
		ck_assert_int_eq(calendar_utskrivningsinformation_due(t), t);
		ck_assert_int_eq(calendar_betalningsansvar_from(t, F1_DAYS, F1_CUTOFF_S), t);
		ck_assert_int_eq(calendar_next_working_day(t, 600), t);
		ck_assert_int_eq(calendar_after_working_days(t, 2), t);
		ck_assert_int_eq(calendar_add_open(NULL, t, HOUR), t);
		ck_assert_int_eq(calendar_open_between(NULL, 0, t), 0);
		ck_assert_int_eq(calendar_slot_next(WEEKDAY_MONDAY, 0, t), t);
		ck_assert(!calendar_is_open(NULL, t));
	}
	ck_assert_int_eq(calendar_midnight(DATE_NONE), INSTANT_NONE);
	ck_assert_int_eq(calendar_local_instant(DATE_NONE, 1, 2, 3, CALENDAR_FIRST), INSTANT_NONE);
}
END_TEST

/* ---- The vectors ---- */

START_TEST(vectors_holidays)
{
	const char *year;
	json_t *names;
	int years = 0;

	json_object_foreach(json_object_get(holidays, "years"), year, names)
	{
		civil_date first = date_of((int)strtol(year, NULL, 10), 1, 1),
			   last = date_of((int)strtol(year, NULL, 10), 12, 31);

		years++;
		for (civil_date date = first; date <= last; date++) {
			char text[DATE_TEXT_MAX];
			const char *expected;

			date_format(date, text);
			expected = json_string_value(json_object_get(names, text));
			ck_assert_str_eq(calendar_holiday_name(calendar_holiday(date)),
			    expected == NULL ? "" : expected);
		}
	}
	ck_assert_int_ge(years, 5);
}
END_TEST

START_TEST(vectors_a1)
{
	json_t *row, *rows = json_object_get(deadlines, "inskrivningsmeddelande_due");
	size_t i;

	ck_assert_uint_gt(json_array_size(rows), 0);
	json_array_foreach(rows, i, row)
	    same_instant(calendar_inskrivningsmeddelande_due(field(row, "skyldig_from"), A1_DUE_US),
		field(row, "due_before_or_at"), "A1");
}
END_TEST

START_TEST(vectors_d1_f1)
{
	json_t *row, *rows = json_object_get(deadlines, "utskrivningsklar");
	size_t i;

	ck_assert_uint_gt(json_array_size(rows), 0);
	json_array_foreach(rows, i, row)
	{
		instant notice = field(row, "notice_at");
		instant due = field(row, "sip_kallelse_due_before");

		same_instant(calendar_kallelse_due(notice, D1_DAYS), due, "D1");
		same_instant(calendar_kallelse_breach_from(notice, D1_DAYS, SIP_SHIFT_HOLIDAY),
		    field(row, "sip_breach_from"), "D1 lag (1930:173)");
		same_instant(calendar_kallelse_breach_from(notice, D1_DAYS, SIP_SHIFT_NONE), due,
		    "D1 sip_shift_holiday off");
		same_instant(calendar_betalningsansvar_from(notice, F1_DAYS, F1_CUTOFF_S),
		    field(row, "betalningsansvar_from"), "F1");
	}
}
END_TEST

START_TEST(vectors_e1)
{
	json_t *row, *rows = json_object_get(deadlines, "utskrivningsinformation_due");
	size_t i;

	ck_assert_uint_gt(json_array_size(rows), 0);
	json_array_foreach(rows, i, row)
	    same_instant(calendar_utskrivningsinformation_due(field(row, "utskriven_at")),
		field(row, "due_before"), "E1");
}
END_TEST

/* The clocks that the stories of the main job name. */
enum clock { CLOCK_A1, CLOCK_D1, CLOCK_D1_BREACH, CLOCK_E1, CLOCK_F1 };

static const struct {
	const char *rule;
	enum clock clock;
	const char *from;
	const char *expected;
} stories[] = {
    {"story 2, D1", CLOCK_D1, "2026-06-29T13:30:00+02:00", "2026-07-03T00:00:00+02:00"},
    {"story 2, F1", CLOCK_F1, "2026-06-29T13:30:00+02:00", "2026-07-03T00:00:00+02:00"},
    {"story 3, A1", CLOCK_A1, "2026-02-02T06:00:00+01:00", "2026-02-03T06:00:00+01:00"},
    {"story 3, D1", CLOCK_D1, "2026-02-04T15:40:00+01:00", "2026-02-08T00:00:00+01:00"},
    {"story 3, breach", CLOCK_D1_BREACH, "2026-02-04T15:40:00+01:00", "2026-02-10T00:00:00+01:00"},
    {"story 3, F1", CLOCK_F1, "2026-02-04T15:40:00+01:00", "2026-02-08T00:00:00+01:00"},
    {"story 7, F1", CLOCK_F1, "2026-03-27T12:00:01+01:00", "2026-03-31T00:00:00+02:00"},
    {"story 7, E1", CLOCK_E1, "2026-03-29T00:10:00+01:00", "2026-03-30T00:00:00+02:00"},
    {"story 7, E1, 25 hours", CLOCK_E1, "2026-10-25T00:10:00+02:00", "2026-10-26T00:00:00+01:00"},
    {"story 9, D1", CLOCK_D1, "2026-09-23T09:30:00+02:00", "2026-09-27T00:00:00+02:00"},
    {"story 9, breach", CLOCK_D1_BREACH, "2026-09-23T09:30:00+02:00", "2026-09-29T00:00:00+02:00"},
    {"story 9, F1", CLOCK_F1, "2026-09-23T09:30:00+02:00", "2026-09-26T00:00:00+02:00"},
    {"story 9, D1 anew", CLOCK_D1, "2026-09-28T09:00:00+02:00", "2026-10-02T00:00:00+02:00"},
    {"F1, cutoff inclusive", CLOCK_F1, "2026-09-23T12:00:00+02:00", "2026-09-26T00:00:00+02:00"},
    {"F1, a microsecond after", CLOCK_F1, "2026-09-23T12:00:00.000001+02:00",
	"2026-09-27T00:00:00+02:00"},
    {"F1, noon by the local clock", CLOCK_F1, "2026-10-25T12:00:00+01:00",
	"2026-10-28T00:00:00+01:00"},
};

static instant
clock_of(enum clock clock, instant from)
{
	switch (clock) {
	case CLOCK_A1:
		return calendar_inskrivningsmeddelande_due(from, A1_DUE_US);
	case CLOCK_D1:
		return calendar_kallelse_due(from, D1_DAYS);
	case CLOCK_D1_BREACH:
		return calendar_kallelse_breach_from(from, D1_DAYS, SIP_SHIFT_HOLIDAY);
	case CLOCK_E1:
		return calendar_utskrivningsinformation_due(from);
	case CLOCK_F1:
		return calendar_betalningsansvar_from(from, F1_DAYS, F1_CUTOFF_S);
	}
	return INSTANT_NONE;
}

START_TEST(story_clocks)
{
	same_instant(clock_of(stories[_i].clock, at(stories[_i].from)), at(stories[_i].expected),
	    stories[_i].rule);
}
END_TEST

START_TEST(story_lengths)
{
	/* Story 7: 22 h 50 min, and 24 h 50 min. */
	ck_assert_int_eq(at("2026-03-30T00:00:00+02:00") - at("2026-03-29T00:10:00+01:00"),
	    22 * HOUR + 50 * MINUTE);
	ck_assert_int_eq(at("2026-10-26T00:00:00+01:00") - at("2026-10-25T00:10:00+02:00"),
	    24 * HOUR + 50 * MINUTE);
	/* Policies other than the statute's. */
	same_instant(calendar_betalningsansvar_from(at("2026-09-23T14:00:00+02:00"), 5, 14 * 3600),
	    at("2026-09-28T00:00:00+02:00"), "F1, 5 days, 14:00");
}
END_TEST

/* ---- Holidays and working days ---- */

/* Easter by another way of reckoning it (Meeus), also for years beyond those that are promised. */
START_TEST(easter_all_years)
{
	for (int year = 1600; year <= 4000; year++) {
		int a = year % 19, b = year / 100, c = year % 100, d = b / 4, e = b % 4;
		int f = (b + 8) / 25, g = (b - f + 1) / 3, h = (19 * a + b - d - g + 15) % 30;
		int i = c / 4, k = c % 4, l = (32 + 2 * e + 2 * i - h - k) % 7;
		int m = (a + 11 * h + 22 * l) / 451, n = h + l - 7 * m + 114;
		civil_date easter = date_of(year, n / 31, n % 31 + 1);

		ck_assert_int_eq(calendar_holiday(easter), HOLIDAY_PASKDAGEN);
		ck_assert_int_eq(calendar_holiday(easter - 2), HOLIDAY_LANGFREDAGEN);
		ck_assert_int_eq(calendar_holiday(easter + 1), HOLIDAY_ANNANDAG_PASK);
		ck_assert_int_eq(calendar_holiday(easter + 39), HOLIDAY_KRISTI_HIMMELSFARDSDAG);
		ck_assert_int_eq(calendar_holiday(easter + 49), HOLIDAY_PINGSTDAGEN);
	}
}
END_TEST

/* Each year has each weekly holiday once, on its weekday, and no stretch is without a working day.
 */
START_TEST(holidays_all_years)
{
	for (int year = 1900; year <= 2200; year++) {
		int count[HOLIDAY_NYARSAFTON + 1] = {0}, in_a_row = 0;

		for (civil_date date = date_of(year, 1, 1); date <= date_of(year, 12, 31); date++) {
			count[calendar_holiday(date)]++;
			in_a_row = calendar_working_day(date) ? 0 : in_a_row + 1;
			ck_assert_int_le(in_a_row, 6);
		}
		for (int holiday = HOLIDAY_NYARSDAGEN; holiday <= HOLIDAY_NYARSAFTON; holiday++) {
			int hidden = holiday == HOLIDAY_FORSTA_MAJ ||
				     holiday == HOLIDAY_NATIONALDAGEN; /* behind a movable one */

			ck_assert_int_le(count[holiday], 1);
			ck_assert_int_ge(count[holiday] + hidden, 1);
		}
	}
}
END_TEST

static const struct {
	const char *rule;
	const char *date;
	const char *moved;
	bool public_holiday;
} days[] = {
    {"a Wednesday", "2026-03-11", "2026-03-11", false},
    {"a Saturday", "2026-03-14", "2026-03-16", false},
    {"a Sunday", "2026-03-15", "2026-03-16", false},
    {"skartorsdagen is a working day", "2026-04-02", "2026-04-02", false},
    {"langfredagen to annandag pask", "2026-04-03", "2026-04-07", true},
    {"midsommarafton", "2026-06-19", "2026-06-22", false},
    {"midsommardagen", "2026-06-20", "2026-06-22", true},
    {"julafton to a Sunday", "2026-12-24", "2026-12-28", false},
    {"nyarsafton to a Sunday", "2026-12-31", "2027-01-04", false},
    {"nyarsdagen", "2027-01-01", "2027-01-04", true},
    {"trettondedag jul", "2026-01-06", "2026-01-07", true},
    {"trettondagsafton is a working day", "2026-01-05", "2026-01-05", false},
    {"Kristi himmelsfardsdag and forsta maj at once", "2008-05-01", "2008-05-02", true},
};

START_TEST(moved_by_1930_173)
{
	civil_date date = on(days[_i].date), moved = on(days[_i].moved);

	ck_assert_msg(calendar_moved_by_1930_173(date) == moved, "%s", days[_i].rule);
	ck_assert_msg(
	    calendar_public_holiday(date) == days[_i].public_holiday, "%s", days[_i].rule);
	ck_assert_int_eq(calendar_working_day(date), date == moved);
}
END_TEST

static const struct {
	const char *rule;
	const char *from;
	int n; /* D6: working days of notice; 0: G3, the next working day at 10:00 */
	const char *expected;
} working[] = {
    {"G3", "2026-03-10T09:00:00+01:00", 0, "2026-03-11T10:00:00+01:00"},
    {"G3, from a Friday", "2026-03-13T16:30:00+01:00", 0, "2026-03-16T10:00:00+01:00"},
    {"G3, from a Sunday", "2026-03-15T09:00:00+01:00", 0, "2026-03-16T10:00:00+01:00"},
    {"G3, before Easter", "2026-04-02T23:59:59+02:00", 0, "2026-04-07T10:00:00+02:00"},
    {"G3, before Christmas", "2026-12-23T15:00:00+01:00", 0, "2026-12-28T10:00:00+01:00"},
    {"G3, over the change", "2026-03-27T15:00:00+01:00", 0, "2026-03-30T10:00:00+02:00"},
    {"G3, 22:30 UTC is the next day", "2026-06-30T22:30:00Z", 0, "2026-07-02T10:00:00+02:00"},
    {"D6", "2026-03-10T09:00:00.25+01:00", 2, "2026-03-12T09:00:00.25+01:00"},
    {"D6, over a weekend", "2026-03-13T15:00:00+01:00", 2, "2026-03-17T15:00:00+01:00"},
    {"D6, from a Saturday", "2026-03-14T15:00:00+01:00", 2, "2026-03-17T15:00:00+01:00"},
    {"D6, over midsommar", "2026-06-18T08:00:00+02:00", 2, "2026-06-23T08:00:00+02:00"},
    {"D6, one day", "2026-12-30T08:00:00+01:00", 1, "2027-01-04T08:00:00+01:00"},
};

START_TEST(working_days)
{
	instant from = at(working[_i].from);

	same_instant(working[_i].n == 0 ? calendar_next_working_day(from, 10 * 60)
					: calendar_after_working_days(from, working[_i].n),
	    at(working[_i].expected), working[_i].rule);
}
END_TEST

START_TEST(working_days_bounds)
{
	ck_assert_int_eq(
	    calendar_after_working_days(at("2026-03-10T09:00:00Z"), 0), at("2026-03-10T09:00:00Z"));
	ck_assert_int_eq(
	    calendar_after_working_days(at("2026-03-10T09:00:00Z"), 1000000000), INSTANT_NEVER);
	ck_assert_int_eq(calendar_add_working_days(on("2026-03-10"), 1000000000), DATE_NONE);
	ck_assert_int_eq(calendar_add_working_days(on("2026-03-14"), 0), on("2026-03-14"));
}
END_TEST

/* ---- Opening hours ---- */

/*
 * Monday to Thursday 08-12 and 13-17, Friday 08-15, closed on holidays, on Tuesday 10 March 2026
 * closed, on langfredagen open 10-12; Sunday 00:30-05 so that both changes of the clock fall in
 * open time.
 */
static struct opening_hours
example_hours(void)
{
	struct opening_hours hours = {.closed_on_holidays = true, .exception_count = 2};

	for (int i = WEEKDAY_MONDAY; i <= WEEKDAY_THURSDAY; i++)
		hours.week[i] = (struct hours_day){{{8 * 60, 12 * 60}, {13 * 60, 17 * 60}}};
	hours.week[WEEKDAY_FRIDAY].span[0] = (struct hours_span){8 * 60, 15 * 60};
	hours.week[WEEKDAY_SUNDAY].span[0] = (struct hours_span){30, 5 * 60};
	hours.exception[0].date = on("2026-03-10");
	hours.exception[1].date = on("2026-04-03");
	hours.exception[1].day.span[0] = (struct hours_span){10 * 60, 12 * 60};
	return hours;
}

static const struct {
	const char *rule;
	const char *from;
	int minutes;
	const char *expected;
} open_time[] = {
    {"G3, within a span", "2026-03-11T08:00:00+01:00", 240, "2026-03-11T12:00:00+01:00"},
    {"G3, over lunch", "2026-03-11T09:30:00+01:00", 240, "2026-03-11T14:30:00+01:00"},
    {"G3, from lunch", "2026-03-11T12:30:00+01:00", 240, "2026-03-11T17:00:00+01:00"},
    {"G3, over the night", "2026-03-11T15:00:00+01:00", 240, "2026-03-12T10:00:00+01:00"},
    {"G3, from the night", "2026-03-11T22:00:00+01:00", 240, "2026-03-12T12:00:00+01:00"},
    {"G3, exception: closed", "2026-03-09T16:00:00+01:00", 240, "2026-03-11T11:00:00+01:00"},
    {"G3, over Easter, open 10-12 on langfredagen", "2026-04-02T16:00:00+02:00", 240,
	"2026-04-07T09:00:00+02:00"},
    {"B1a, over Easter", "2026-04-02T16:00:00+02:00", 120, "2026-04-03T11:00:00+02:00"},
    {"closed on julafton", "2026-12-23T16:30:00+01:00", 60, "2026-12-27T01:00:00+01:00"},
    {"a span of 3 h 30 min on the day of 23 hours", "2026-03-29T00:00:00+01:00", 210,
	"2026-03-29T05:00:00+02:00"},
    {"the hour that does not exist", "2026-03-29T00:30:00+01:00", 120, "2026-03-29T03:30:00+02:00"},
    {"the doubled hour, first", "2026-10-25T00:30:00+02:00", 120, "2026-10-25T02:30:00+02:00"},
    {"the doubled hour, second", "2026-10-25T00:30:00+02:00", 180, "2026-10-25T02:30:00+01:00"},
    {"a span of 5 h 30 min on the day of 25 hours", "2026-10-25T00:00:00+02:00", 330,
	"2026-10-25T05:00:00+01:00"},
};

START_TEST(hours_add_open)
{
	struct opening_hours hours = example_hours();
	instant from = at(open_time[_i].from), to = at(open_time[_i].expected);
	int64_t amount = open_time[_i].minutes * MINUTE;

	ck_assert_ptr_null(calendar_hours_check(&hours));
	same_instant(calendar_add_open(&hours, from, amount), to, open_time[_i].rule);
	/* The two functions are each other's reverse. */
	ck_assert_int_eq(calendar_open_between(&hours, from, to), amount);
	ck_assert_int_eq(calendar_open_between(&hours, from, to - 1), amount - 1);
}
END_TEST

/* open_between and is_open agree, minute by minute, over a month with a holiday and over both
 * changes. */
START_TEST(hours_agree)
{
	static const char *const starts[] = {
	    "2026-03-08T00:00:00+01:00", "2026-03-25T00:00:00+01:00", "2026-10-22T00:00:00+02:00"};
	struct opening_hours hours = example_hours();

	for (int i = 0; i < ROWS(starts); i++) {
		instant start = at(starts[i]);
		int64_t sum = 0;

		for (instant t = start; t < start + 14 * 24 * HOUR; t += 10 * MINUTE) {
			int64_t open = calendar_is_open(&hours, t) ? 10 * MINUTE : 0;

			ck_assert_int_eq(calendar_open_between(&hours, t, t + 10 * MINUTE), open);
			sum += open;
		}
		ck_assert_int_eq(calendar_open_between(&hours, start, start + 14 * 24 * HOUR), sum);
	}
}
END_TEST

START_TEST(hours_bounds)
{
	static const struct opening_hours never;
	struct opening_hours doubled = {0};
	instant from = at("2026-03-11T12:30:00+01:00");

	ck_assert_int_eq(calendar_add_open(&never, from, 1), INSTANT_NEVER);
	ck_assert_int_eq(calendar_add_open(&never, from, 0), from);
	ck_assert_int_eq(calendar_open_between(&never, from, from + 9999 * 24 * HOUR), 0);
	ck_assert_int_eq(calendar_add_open(NULL, from, 4 * HOUR), from + 4 * HOUR);
	ck_assert_int_eq(calendar_add_open(NULL, from, INT64_MAX), INSTANT_NEVER);
	ck_assert_int_eq(calendar_open_between(NULL, from, from + HOUR), HOUR);
	ck_assert_int_eq(calendar_open_between(NULL, from + HOUR, from), 0);
	/* Two spans that meet in the doubled hour: no time counts twice. */
	doubled.week[WEEKDAY_SUNDAY] = (struct hours_day){{{0, 150}, {150, 300}}};
	ck_assert_ptr_null(calendar_hours_check(&doubled));
	ck_assert_int_eq(calendar_open_between(&doubled, at("2026-10-25T00:00:00+02:00"),
			     at("2026-10-26T00:00:00+01:00")),
	    6 * HOUR);
	same_instant(calendar_add_open(&doubled, at("2026-10-25T00:00:00+02:00"), 6 * HOUR),
	    at("2026-10-25T05:00:00+01:00"), "spans that meet");
	/* A span that ends in the doubled hour is open to its second occurrence. */
	doubled.week[WEEKDAY_SUNDAY] = (struct hours_day){{{0, 150}}};
	ck_assert(calendar_is_open(&doubled, at("2026-10-25T02:29:59+01:00")));
	ck_assert(!calendar_is_open(&doubled, at("2026-10-25T02:30:00+01:00")));
	/* Open to midnight. */
	doubled.week[WEEKDAY_MONDAY] = (struct hours_day){{{0, 1440}}};
	ck_assert_int_eq(calendar_open_between(&doubled, at("2026-03-16T00:00:00+01:00"),
			     at("2026-03-17T00:00:00+01:00")),
	    24 * HOUR);
}
END_TEST

static const struct hours_day bad_days[] = {
    {{{-1, 60}}},
    {{{0, 1441}}},
    {{{60, 0}}},
    {{{60, 120}, {90, 180}}},
    {{{600, 660}, {60, 120}}},
    {{{0, 0}, {60, 120}}},
};

START_TEST(hours_check)
{
	struct opening_hours hours = example_hours();

	hours.week[WEEKDAY_SATURDAY] = bad_days[_i];
	ck_assert_ptr_nonnull(calendar_hours_check(&hours));
	hours = example_hours();
	hours.exception[1].day = bad_days[_i];
	ck_assert_ptr_nonnull(calendar_hours_check(&hours));
	hours = example_hours();
	hours.exception[1].date = hours.exception[0].date;
	ck_assert_ptr_nonnull(calendar_hours_check(&hours));
	hours.exception_count = HOURS_EXCEPTIONS_MAX + 1;
	ck_assert_ptr_nonnull(calendar_hours_check(&hours));
}
END_TEST

/* ---- Slots ---- */

static const struct {
	const char *rule;
	enum weekday weekday;
	int from_min, to_min, length_min;
	const char *not_before;
	const char *expected; /* NULL: never */
} slots[] = {
    {"D6, Tuesday 13:00", WEEKDAY_TUESDAY, 780, 840, 60, "2026-05-05T10:00:00+02:00",
	"2026-05-05T13:00:00+02:00"},
    {"D6, at the instant itself", WEEKDAY_TUESDAY, 780, 840, 60, "2026-05-05T13:00:00+02:00",
	"2026-05-05T13:00:00+02:00"},
    {"D6, a microsecond late", WEEKDAY_TUESDAY, 780, 840, 60, "2026-05-05T13:00:00.000001+02:00",
	"2026-05-12T13:00:00+02:00"},
    {"D6, from another weekday", WEEKDAY_MONDAY, 780, 840, 60, "2026-05-05T10:00:00+02:00",
	"2026-05-11T13:00:00+02:00"},
    {"D6, the second of three", WEEKDAY_TUESDAY, 780, 870, 30, "2026-05-05T13:00:01+02:00",
	"2026-05-05T13:30:00+02:00"},
    {"D6, only whole slots", WEEKDAY_TUESDAY, 780, 865, 30, "2026-05-05T13:30:01+02:00",
	"2026-05-12T13:00:00+02:00"},
    {"D6, over the change", WEEKDAY_MONDAY, 540, 600, 60, "2026-03-23T09:00:01+01:00",
	"2026-03-30T09:00:00+02:00"},
    {"D6, a time that does not exist is passed over", WEEKDAY_SUNDAY, 150, 180, 30,
	"2026-03-28T12:00:00+01:00", "2026-04-05T02:30:00+02:00"},
    {"D6, too short", WEEKDAY_TUESDAY, 780, 800, 30, "2026-05-05T10:00:00+02:00", NULL},
    {"D6, no length", WEEKDAY_TUESDAY, 780, 800, 0, "2026-05-05T10:00:00+02:00", NULL},
    {"D6, to midnight", WEEKDAY_TUESDAY, 1410, 1440, 30, "2026-05-05T10:00:00+02:00",
	"2026-05-05T23:30:00+02:00"},
};

START_TEST(slots_next)
{
	instant not_before = at(slots[_i].not_before);
	instant found = calendar_slot_in_span_next(slots[_i].weekday, slots[_i].from_min,
	    slots[_i].to_min, slots[_i].length_min, not_before);

	if (slots[_i].expected == NULL) {
		ck_assert_int_eq(found, INSTANT_NEVER);
		return;
	}
	same_instant(found, at(slots[_i].expected), slots[_i].rule);
	ck_assert_int_le(
	    calendar_slot_next(slots[_i].weekday, slots[_i].from_min, not_before) - found,
	    7 * 24 * HOUR);
}
END_TEST

START_TEST(slots_by_minute)
{
	same_instant(
	    calendar_slot_next(WEEKDAY_TUESDAY, 13 * 60, at("2026-05-05T13:00:00.000001+02:00")),
	    at("2026-05-12T13:00:00+02:00"), "D6");
	same_instant(calendar_slot_next(WEEKDAY_SUNDAY, 0, at("2026-10-25T00:00:00+02:00")),
	    at("2026-10-25T00:00:00+02:00"), "D6");
}
END_TEST

static void
add_cases(TCase *cases)
{
	tcase_add_test(cases, zone_changes);
	tcase_add_test(cases, zone_hours);
	tcase_add_loop_test(cases, zone_local_times, 0, ROWS(local_times));
	tcase_add_loop_test(cases, zone_add_days, 0, ROWS(added));
	tcase_add_test(cases, no_instant);
	tcase_add_test(cases, vectors_holidays);
	tcase_add_test(cases, vectors_a1);
	tcase_add_test(cases, vectors_d1_f1);
	tcase_add_test(cases, vectors_e1);
	tcase_add_loop_test(cases, story_clocks, 0, ROWS(stories));
	tcase_add_test(cases, story_lengths);
	tcase_add_test(cases, easter_all_years);
	tcase_add_test(cases, holidays_all_years);
	tcase_add_loop_test(cases, moved_by_1930_173, 0, ROWS(days));
	tcase_add_loop_test(cases, working_days, 0, ROWS(working));
	tcase_add_test(cases, working_days_bounds);
	tcase_add_loop_test(cases, hours_add_open, 0, ROWS(open_time));
	tcase_add_test(cases, hours_agree);
	tcase_add_test(cases, hours_bounds);
	tcase_add_loop_test(cases, hours_check, 0, ROWS(bad_days));
	tcase_add_loop_test(cases, slots_next, 0, ROWS(slots));
	tcase_add_test(cases, slots_by_minute);
}

int
main(void)
{
	Suite *suite = suite_create("calendar");
	TCase *cases = tcase_create("calendar");
	SRunner *runner;
	int failed;

	deadlines = json_load_file("tests/vectors/deadlines.json", 0, NULL);
	holidays = json_load_file("tests/vectors/holidays.json", 0, NULL);
	if (deadlines == NULL || holidays == NULL) {
		fprintf(stderr, "tests/vectors: cannot be read\n");
		return 1;
	}
	/* Without the tz database the C library would take the zone for UTC, and zone_* would fail.
	 */
	setenv("TZ", ":Europe/Stockholm", 1);
	tzset();
	tcase_set_timeout(cases, 120);
	add_cases(cases);
	suite_add_tcase(suite, cases);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	json_decref(deadlines);
	json_decref(holidays);
	return failed == 0 ? 0 : 1;
}
