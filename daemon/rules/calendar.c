/* Zone, holidays, clocks, opening hours and slots; see calendar.h. */
#include "calendar.h"

#include <stddef.h>

#define DAY_US (24 * HOUR)

enum {
	CET_S = 3600,
	CEST_S = 7200,
	DAY_MINUTES = 1440,
	/*
	 * On both nights the clock is changed at 01:00 UTC: 02:00 CET becomes 03:00, 03:00 CEST
	 * becomes 02:00.
	 */
	GAP_FROM_S = 2 * 3600,
	GAP_TO_S = 3 * 3600,
	DOUBLED_FROM_S = 2 * 3600,
	DOUBLED_TO_S = 3 * 3600,
	MARCH = 3,
	OCTOBER = 10
};

static bool
is_instant(instant t)
{
	return t != INSTANT_NONE && t != INSTANT_NEVER;
}

/* ---- The zone ---- */

/* March and October both have 31 days. */
static civil_date
last_sunday(int year, int month)
{
	civil_date last = date_of(year, month, 31);

	return last - (date_weekday(last) + 1) % 7;
}

static int64_t
floor_days(int64_t microseconds)
{
	return microseconds / DAY_US - (microseconds % DAY_US < 0);
}

int
calendar_offset_s(instant t)
{
	int year = date_split((civil_date)floor_days(t)).year;

	if (t < last_sunday(year, MARCH) * DAY_US + HOUR ||
	    t >= last_sunday(year, OCTOBER) * DAY_US + HOUR)
		return CET_S;
	return CEST_S;
}

struct local_time
calendar_local(instant t)
{
	int64_t shown = t + calendar_offset_s(t) * SECOND;
	int64_t days = floor_days(shown);
	int64_t of_day = shown - days * DAY_US;
	struct local_time local = {
	    .date = (civil_date)days,
	    .hour = (int)(of_day / HOUR),
	    .minute = (int)(of_day % HOUR / MINUTE),
	    .second = (int)(of_day % MINUTE / SECOND),
	    .microsecond = (int)(of_day % SECOND),
	};

	return local;
}

civil_date
calendar_date(instant t)
{
	if (!is_instant(t))
		return DATE_NONE;
	return (civil_date)floor_days(t + calendar_offset_s(t) * SECOND);
}

/* The offset of a date's seconds 0 to DAY_S by the local clock, and how often that time occurs. */
static int
local_offset_s(
    civil_date date, int of_day_s, enum calendar_which which, enum calendar_occurrence *occurs)
{
	int year = date_split(date).year;
	civil_date spring = last_sunday(year, MARCH), autumn = last_sunday(year, OCTOBER);

	*occurs = CALENDAR_ONCE;
	if (date == spring) {
		if (of_day_s >= GAP_FROM_S && of_day_s < GAP_TO_S)
			*occurs = CALENDAR_NEVER;
		return of_day_s < GAP_FROM_S ? CET_S : CEST_S;
	}
	if (date == autumn) {
		if (of_day_s >= DOUBLED_FROM_S && of_day_s < DOUBLED_TO_S) {
			*occurs = CALENDAR_TWICE;
			return which == CALENDAR_FIRST ? CEST_S : CET_S;
		}
		return of_day_s < DOUBLED_FROM_S ? CEST_S : CET_S;
	}
	return date > spring && date < autumn ? CEST_S : CET_S;
}

static instant
second_instant(civil_date date, int of_day_s, enum calendar_which which)
{
	enum calendar_occurrence occurs;
	int offset_s = local_offset_s(date, of_day_s, which, &occurs);

	if (occurs == CALENDAR_NEVER)
		of_day_s = GAP_TO_S;
	return date * DAY_US + (of_day_s - offset_s) * SECOND;
}

enum calendar_occurrence
calendar_occurs(civil_date date, int hour, int minute, int second)
{
	enum calendar_occurrence occurs;

	local_offset_s(date, hour * 3600 + minute * 60 + second, CALENDAR_FIRST, &occurs);
	return occurs;
}

instant
calendar_local_instant(civil_date date, int hour, int minute, int second, enum calendar_which which)
{
	if (date == DATE_NONE)
		return INSTANT_NONE;
	return second_instant(date, hour * 3600 + minute * 60 + second, which);
}

instant
calendar_midnight(civil_date date)
{
	if (date == DATE_NONE)
		return INSTANT_NONE;
	return second_instant(date, 0, CALENDAR_FIRST);
}

instant
calendar_midnight_after(instant t, int days)
{
	if (!is_instant(t))
		return t;
	return calendar_midnight(calendar_date(t) + days);
}

/* The local time of day of `local`, on another date. */
static instant
same_time_on(struct local_time local, civil_date date)
{
	int of_day_s = local.hour * 3600 + local.minute * 60 + local.second;
	enum calendar_occurrence occurs;

	local_offset_s(date, of_day_s, CALENDAR_FIRST, &occurs);
	return second_instant(date, of_day_s, CALENDAR_FIRST) +
	       (occurs == CALENDAR_NEVER ? 0 : local.microsecond);
}

instant
calendar_add_days(instant t, int days)
{
	struct local_time local;

	if (!is_instant(t) || days == 0)
		return t;
	local = calendar_local(t);
	return same_time_on(local, local.date + days);
}

/* ---- Holidays ---- */

/* Easter Sunday by the Gregorian computus: the Sunday after the paschal full moon. */
static civil_date
easter(int year)
{
	int golden = year % 19;
	int century = year / 100;
	int leap_years_left_out = century - century / 4;
	int moon_correction = (8 * century + 13) / 25;
	int epact = (19 * golden + leap_years_left_out - moon_correction + 15) % 30;
	civil_date full_moon;

	/* The full moon of 19 April, and of 18 April late in the cycle, is taken a day earlier. */
	if (epact == 29 || (epact == 28 && golden > 10))
		epact--;
	full_moon = date_of(year, MARCH, 21) + epact;
	return full_moon + 7 - (date_weekday(full_moon) + 1) % 7;
}

/* The holidays that follow Easter, by days from it. */
static enum holiday
holiday_by_easter(int days)
{
	switch (days) {
	case -2:
		return HOLIDAY_LANGFREDAGEN;
	case 0:
		return HOLIDAY_PASKDAGEN;
	case 1:
		return HOLIDAY_ANNANDAG_PASK;
	case 39:
		return HOLIDAY_KRISTI_HIMMELSFARDSDAG;
	case 49:
		return HOLIDAY_PINGSTDAGEN;
	}
	return HOLIDAY_NONE;
}

/* The holidays that are the Friday or Saturday of a certain week of the year's dates. */
static enum holiday
holiday_by_weekday(int month_day, enum weekday weekday)
{
	if (weekday == WEEKDAY_FRIDAY && month_day >= 619 && month_day <= 625)
		return HOLIDAY_MIDSOMMARAFTON;
	if (weekday == WEEKDAY_SATURDAY && month_day >= 620 && month_day <= 626)
		return HOLIDAY_MIDSOMMARDAGEN;
	if (weekday == WEEKDAY_SATURDAY && month_day >= 1031 && month_day <= 1106)
		return HOLIDAY_ALLA_HELGONS_DAG;
	return HOLIDAY_NONE;
}

static enum holiday
holiday_by_date(int month_day)
{
	switch (month_day) {
	case 101:
		return HOLIDAY_NYARSDAGEN;
	case 106:
		return HOLIDAY_TRETTONDEDAG_JUL;
	case 501:
		return HOLIDAY_FORSTA_MAJ;
	case 606:
		return HOLIDAY_NATIONALDAGEN;
	case 1224:
		return HOLIDAY_JULAFTON;
	case 1225:
		return HOLIDAY_JULDAGEN;
	case 1226:
		return HOLIDAY_ANNANDAG_JUL;
	case 1231:
		return HOLIDAY_NYARSAFTON;
	}
	return HOLIDAY_NONE;
}

enum holiday
calendar_holiday(civil_date date)
{
	struct date_parts parts = date_split(date);
	int month_day = parts.month * 100 + parts.day;
	enum holiday holiday = HOLIDAY_NONE;

	/* Easter is 22 March at the earliest, pingstdagen 13 June at the latest. */
	if (month_day >= 320 && month_day <= 613)
		holiday = holiday_by_easter(date - easter(parts.year));
	if (holiday == HOLIDAY_NONE)
		holiday = holiday_by_weekday(month_day, date_weekday(date));
	if (holiday == HOLIDAY_NONE)
		holiday = holiday_by_date(month_day);
	return holiday;
}

const char *
calendar_holiday_name(enum holiday holiday)
{
	static const char *const names[] = {
	    [HOLIDAY_NONE] = "",
	    [HOLIDAY_NYARSDAGEN] = "nyarsdagen",
	    [HOLIDAY_TRETTONDEDAG_JUL] = "trettondedag jul",
	    [HOLIDAY_LANGFREDAGEN] = "langfredagen",
	    [HOLIDAY_PASKDAGEN] = "paskdagen",
	    [HOLIDAY_ANNANDAG_PASK] = "annandag pask",
	    [HOLIDAY_FORSTA_MAJ] = "forsta maj",
	    [HOLIDAY_KRISTI_HIMMELSFARDSDAG] = "Kristi himmelsfardsdag",
	    [HOLIDAY_PINGSTDAGEN] = "pingstdagen",
	    [HOLIDAY_NATIONALDAGEN] = "nationaldagen",
	    [HOLIDAY_MIDSOMMARAFTON] = "midsommarafton",
	    [HOLIDAY_MIDSOMMARDAGEN] = "midsommardagen",
	    [HOLIDAY_ALLA_HELGONS_DAG] = "alla helgons dag",
	    [HOLIDAY_JULAFTON] = "julafton",
	    [HOLIDAY_JULDAGEN] = "juldagen",
	    [HOLIDAY_ANNANDAG_JUL] = "annandag jul",
	    [HOLIDAY_NYARSAFTON] = "nyarsafton",
	};

	return names[holiday];
}

bool
calendar_public_holiday(civil_date date)
{
	enum holiday holiday = calendar_holiday(date);

	return holiday != HOLIDAY_NONE && holiday != HOLIDAY_MIDSOMMARAFTON &&
	       holiday != HOLIDAY_JULAFTON && holiday != HOLIDAY_NYARSAFTON;
}

bool
calendar_working_day(civil_date date)
{
	return date_weekday(date) < WEEKDAY_SATURDAY && calendar_holiday(date) == HOLIDAY_NONE;
}

civil_date
calendar_moved_by_1930_173(civil_date date)
{
	/* No more than six such days stand in a row, so this ends. */
	while (!calendar_working_day(date))
		date++;
	return date;
}

civil_date
calendar_add_working_days(civil_date date, int n)
{
	for (int i = 0; i < CALENDAR_DAYS_MAX && n > 0; i++) {
		date++;
		n -= calendar_working_day(date);
	}
	return n > 0 ? DATE_NONE : date;
}

instant
calendar_next_working_day(instant t, int minute_of_day)
{
	if (!is_instant(t))
		return t;
	return second_instant(
	    calendar_add_working_days(calendar_date(t), 1), minute_of_day * 60, CALENDAR_FIRST);
}

instant
calendar_after_working_days(instant t, int n)
{
	struct local_time local;
	civil_date date;

	if (!is_instant(t) || n <= 0)
		return t;
	local = calendar_local(t);
	date = calendar_add_working_days(local.date, n);
	return date == DATE_NONE ? INSTANT_NEVER : same_time_on(local, date);
}

/* ---- The statute's clocks ---- */

instant
calendar_inskrivningsmeddelande_due(instant owed_from, int64_t within_us)
{
	return is_instant(owed_from) ? owed_from + within_us : owed_from;
}

instant
calendar_kallelse_due(instant lamnad_at, int days)
{
	return calendar_midnight_after(lamnad_at, days + 1);
}

instant
calendar_kallelse_breach_from(instant lamnad_at, int days, enum sip_shift shift)
{
	if (!is_instant(lamnad_at) || shift == SIP_SHIFT_NONE)
		return calendar_kallelse_due(lamnad_at, days);
	return calendar_midnight(calendar_moved_by_1930_173(calendar_date(lamnad_at) + days) + 1);
}

instant
calendar_utskrivningsinformation_due(instant utskriven_at)
{
	return calendar_midnight_after(utskriven_at, 1);
}

instant
calendar_betalningsansvar_from(instant sent_at, int days, int cutoff_s)
{
	struct local_time sent;
	int64_t of_day;

	if (!is_instant(sent_at))
		return sent_at;
	sent = calendar_local(sent_at);
	of_day = (sent.hour * 3600 + sent.minute * 60 + sent.second) * SECOND + sent.microsecond;
	return calendar_midnight(sent.date + days + (of_day > cutoff_s * SECOND));
}

/* ---- Opening hours ---- */

/* A stretch of time; empty if to <= from. */
struct stretch {
	instant from;
	instant to;
};

static const char *
day_check(const struct hours_day *day)
{
	int last_to = 0;
	bool unused = false;

	for (int i = 0; i < HOURS_SPANS; i++) {
		struct hours_span span = day->span[i];

		if (span.from_min < 0 || span.to_min > DAY_MINUTES || span.from_min > span.to_min)
			return "opening hours must be minutes of the day, 0 to 1440, from before "
			       "to";
		if (span.from_min == span.to_min) {
			unused = true;
			continue;
		}
		if (unused || span.from_min < last_to)
			return "a day's opening hours must be in order and not overlap";
		last_to = span.to_min;
	}
	return NULL;
}

const char *
calendar_hours_check(const struct opening_hours *hours)
{
	const char *error = NULL;

	for (int i = 0; i < 7 && error == NULL; i++)
		error = day_check(&hours->week[i]);
	if (hours->exception_count < 0 || hours->exception_count > HOURS_EXCEPTIONS_MAX)
		return "opening hours must have at most 64 exceptions";
	for (int i = 0; i < hours->exception_count && error == NULL; i++) {
		error = day_check(&hours->exception[i].day);
		for (int j = 0; j < i; j++)
			if (hours->exception[j].date == hours->exception[i].date)
				return "opening hours must have at most one exception a date";
	}
	return error;
}

struct hours_day
calendar_hours_of(const struct opening_hours *hours, civil_date date)
{
	static const struct hours_day closed;

	for (int i = 0; i < hours->exception_count; i++)
		if (hours->exception[i].date == date)
			return hours->exception[i].day;
	if (hours->closed_on_holidays && calendar_holiday(date) != HOLIDAY_NONE)
		return closed;
	return hours->week[date_weekday(date)];
}

/*
 * A span of a date as instants. A doubled hour is open from its first beginning to its second end;
 * what of a span does not occur is left out.
 */
static struct stretch
span_stretch(civil_date date, struct hours_span span)
{
	struct stretch stretch;

	if (span.from_min >= span.to_min)
		return (struct stretch){0, 0};
	stretch.from = second_instant(date, span.from_min * 60, CALENDAR_FIRST);
	stretch.to = second_instant(date, span.to_min * 60, CALENDAR_SECOND);
	return stretch;
}

bool
calendar_is_open(const struct opening_hours *hours, instant t)
{
	struct hours_day day;

	if (!is_instant(t))
		return false;
	if (hours == NULL)
		return true;
	day = calendar_hours_of(hours, calendar_date(t));
	for (int i = 0; i < HOURS_SPANS; i++) {
		struct stretch open = span_stretch(calendar_date(t), day.span[i]);

		if (t >= open.from && t < open.to)
			return true;
	}
	return false;
}

instant
calendar_add_open(const struct opening_hours *hours, instant from, int64_t amount_us)
{
	civil_date first;

	if (!is_instant(from) || amount_us <= 0)
		return from;
	if (hours == NULL)
		return amount_us < INSTANT_NEVER - from ? from + amount_us : INSTANT_NEVER;
	first = calendar_date(from);
	for (civil_date date = first; date < first + CALENDAR_DAYS_MAX; date++) {
		struct hours_day day = calendar_hours_of(hours, date);

		for (int i = 0; i < HOURS_SPANS; i++) {
			struct stretch open = span_stretch(date, day.span[i]);

			/* What was counted before is not counted again, also in a doubled hour. */
			if (open.from < from)
				open.from = from;
			if (open.to <= open.from)
				continue;
			if (open.to - open.from >= amount_us)
				return open.from + amount_us;
			amount_us -= open.to - open.from;
			from = open.to;
		}
	}
	return INSTANT_NEVER;
}

int64_t
calendar_open_between(const struct opening_hours *hours, instant a, instant b)
{
	civil_date first;
	int64_t sum = 0;

	if (!is_instant(a) || !is_instant(b) || b <= a)
		return 0;
	if (hours == NULL)
		return b - a;
	first = calendar_date(a);
	for (civil_date date = first; date < first + CALENDAR_DAYS_MAX && a < b; date++) {
		struct hours_day day = calendar_hours_of(hours, date);

		if (calendar_midnight(date) >= b)
			break;
		for (int i = 0; i < HOURS_SPANS; i++) {
			struct stretch open = span_stretch(date, day.span[i]);

			if (open.from < a)
				open.from = a;
			if (open.to > b)
				open.to = b;
			if (open.to <= open.from)
				continue;
			sum += open.to - open.from;
			a = open.to;
		}
	}
	return sum;
}

/* ---- Weekly slots ---- */

/* The first date from `date` on that is this weekday. */
static civil_date
weekday_from(civil_date date, enum weekday weekday)
{
	return date + ((int)weekday - (int)date_weekday(date) + 7) % 7;
}

instant
calendar_slot_next(enum weekday weekday, int minute_of_day, instant not_before)
{
	return calendar_slot_in_span_next(weekday, minute_of_day, minute_of_day + 1, 1, not_before);
}

instant
calendar_slot_in_span_next(
    enum weekday weekday, int from_min, int to_min, int length_min, instant not_before)
{
	civil_date first;

	if (!is_instant(not_before))
		return not_before;
	if (length_min <= 0 || from_min < 0 || to_min > DAY_MINUTES)
		return INSTANT_NEVER;
	first = calendar_date(not_before);
	for (civil_date date = weekday_from(first, weekday); date < first + CALENDAR_DAYS_MAX;
	     date += 7) {
		for (int start = from_min; start + length_min <= to_min; start += length_min) {
			instant t = second_instant(date, start * 60, CALENDAR_FIRST);
			enum calendar_occurrence occurs;

			local_offset_s(date, start * 60, CALENDAR_FIRST, &occurs);
			if (t >= not_before && occurs != CALENDAR_NEVER)
				return t;
		}
	}
	return INSTANT_NEVER;
}
