/*
 * The calendar of the law: zone Europe/Stockholm by the EU's rule, Swedish public holidays, the
 * statute's clocks (A1, D1, E1, F1), opening hours (G3, B1a), working days (G3, D6) and weekly
 * slots (D6). Pure: no clock, no tz database, no policies' storage; what is a policy comes as an
 * argument, the statute's defaults are named here. Nothing here allocates, and every loop ends
 * after at most CALENDAR_DAYS_MAX days.
 *
 * In every function INSTANT_NONE in gives INSTANT_NONE out, INSTANT_NEVER gives INSTANT_NEVER.
 */
#ifndef SAMORDNAD_CALENDAR_H
#define SAMORDNAD_CALENDAR_H

#include <stdbool.h>
#include <stdint.h>

#include "date.h"
#include "instant.h"

#define CALENDAR_DAYS_MAX 400

/* ---- The zone. The EU's rule, in force since 1996, is applied to all years. ---- */

/* Local civil time, to the microsecond. */
struct local_time {
	civil_date date;
	int hour;	 /* 0-23 */
	int minute;	 /* 0-59 */
	int second;	 /* 0-59 */
	int microsecond; /* 0-999999 */
};

/* Which of the two instants of a doubled hour. */
enum calendar_which { CALENDAR_FIRST, CALENDAR_SECOND };

/* How often a local time occurs. */
enum calendar_occurrence {
	CALENDAR_ONCE,
	CALENDAR_TWICE, /* 02:00:00-02:59:59 on the last Sunday of October */
	CALENDAR_NEVER	/* 02:00:00-02:59:59 on the last Sunday of March */
};

/*
 * Seconds that local time is ahead of UTC: 3600 or 7200. t must be an instant, neither NONE nor
 * NEVER.
 */
int calendar_offset_s(instant t);

/* Local civil time of an instant. t must be an instant, neither NONE nor NEVER. */
struct local_time calendar_local(instant t);

/* D(x): the local date of an instant; DATE_NONE for INSTANT_NONE and INSTANT_NEVER. */
civil_date calendar_date(instant t);

/* How often hour:minute:second (00:00:00-23:59:59) occurs on the date. */
enum calendar_occurrence calendar_occurs(civil_date date, int hour, int minute, int second);

/*
 * The instant of a local time, 00:00:00 to 24:00:00. Of a doubled hour, `which` says which; a time
 * that does not occur gives the first instant after the gap (03:00:00 local), so that a later local
 * time never gives an earlier instant.
 */
instant calendar_local_instant(
    civil_date date, int hour, int minute, int second, enum calendar_which which);

/* 00:00 local of a date: its first instant. DATE_NONE gives INSTANT_NONE. */
instant calendar_midnight(civil_date date);

/* 00:00 local of D(t) + days. Calendar days: never blocks of 24 hours. */
instant calendar_midnight_after(instant t, int days);

/*
 * The same local time of day on D(t) + days (of a doubled hour the first; out of the gap, its end).
 */
instant calendar_add_days(instant t, int days);

/* ---- Holidays, 1900-2200, by today's rules in every year ---- */

enum holiday {
	HOLIDAY_NONE,
	HOLIDAY_NYARSDAGEN,
	HOLIDAY_TRETTONDEDAG_JUL,
	HOLIDAY_LANGFREDAGEN,
	HOLIDAY_PASKDAGEN,
	HOLIDAY_ANNANDAG_PASK,
	HOLIDAY_FORSTA_MAJ,
	HOLIDAY_KRISTI_HIMMELSFARDSDAG,
	HOLIDAY_PINGSTDAGEN,
	HOLIDAY_NATIONALDAGEN,
	HOLIDAY_MIDSOMMARAFTON, /* an eve: no public holiday, but lag (1930:173) 2 § names it */
	HOLIDAY_MIDSOMMARDAGEN,
	HOLIDAY_ALLA_HELGONS_DAG,
	HOLIDAY_JULAFTON, /* an eve */
	HOLIDAY_JULDAGEN,
	HOLIDAY_ANNANDAG_JUL,
	HOLIDAY_NYARSAFTON /* an eve */
};

/*
 * The holiday or eve that a date is; of two on one date the movable one. Plain Sundays and
 * Saturdays: NONE.
 */
enum holiday calendar_holiday(civil_date date);

/* Its name, ASCII-folded ("langfredagen"); "" for HOLIDAY_NONE. Static. */
const char *calendar_holiday_name(enum holiday holiday);

/* True for public holidays that are not eves (lag 1989:253), plain Sundays not among them. */
bool calendar_public_holiday(civil_date date);

/*
 * True for Monday to Friday that is neither a public holiday nor an eve: also what lag (1930:173) 2
 * § leaves.
 */
bool calendar_working_day(civil_date date);

/* lag (1930:173): the date itself if it is a working day, else the next working day. */
civil_date calendar_moved_by_1930_173(civil_date date);

/* The n-th working day after the date (n >= 1; n = 0 gives the date itself). */
civil_date calendar_add_working_days(civil_date date, int n);

/*
 * The next working day after D(t), at a local minute of the day: G3's escalation is (t, 10 * 60).
 */
instant calendar_next_working_day(instant t, int minute_of_day);

/*
 * D6, sip_min_notice: the same local time of day on the n-th working day after D(t). Friday 15:00
 * and n = 2 give Tuesday 15:00. n = 0 gives t.
 */
instant calendar_after_working_days(instant t, int n);

/* ---- The statute's clocks, and its defaults ---- */

#define A1_DUE_US (24 * HOUR) /* elapsed hours, LUS 2 kap. */
#define D1_DAYS 3	      /* LUS 4 kap. */
#define F1_DAYS 3	      /* LUS 5 kap. */
#define F1_CUTOFF_S \
	(12 * 3600) /* seconds after 00:00 by the local clock; at or before counts as that day */

enum sip_shift { SIP_SHIFT_NONE, SIP_SHIFT_HOLIDAY }; /* policy sip_shift_holiday, default on */

/* A1, A2: the last instant at which the inskrivningsmeddelande is in time. */
instant calendar_inskrivningsmeddelande_due(instant owed_from, int64_t within_us);

/* D1: the kallelse is in time if sent before this instant: 00:00 of D(lamnad) + days + 1. */
instant calendar_kallelse_due(instant lamnad_at, int days);

/*
 * D1: the instant from which a missing kallelse is a breach: as above, the last day moved by lag
 * (1930:173).
 */
instant calendar_kallelse_breach_from(instant lamnad_at, int days, enum sip_shift shift);

/*
 * E1: the utskrivningsinformation is in time if handed over before this instant: 00:00 of
 * D(utskriven) + 1.
 */
instant calendar_utskrivningsinformation_due(instant utskriven_at);

/*
 * F1: the first instant of betalningsansvar: 00:00 of D(sent) + days if the local clock showed at
 * most cutoff_s (inclusive, to the microsecond) when the notice was sent, else a day later.
 */
instant calendar_betalningsansvar_from(instant sent_at, int days, int cutoff_s);

/* ---- Opening hours ---- */

#define HOURS_SPANS 2
#define HOURS_EXCEPTIONS_MAX 64
#define HOURS_KVITTENS_US (4 * HOUR) /* G3: open hours until the reminder */
#define HOURS_B1_MIN_US (2 * HOUR)   /* B1a: policy b1_min_time */

/*
 * Open from a local minute of the day up to, not including, another: 0-1440. from == to: not used.
 */
struct hours_span {
	int16_t from_min;
	int16_t to_min;
};

/* A day's spans: apart, the earlier first, unused ones last. All zeros: closed. */
struct hours_day {
	struct hours_span span[HOURS_SPANS];
};

struct hours_exception {
	civil_date date;
	struct hours_day day; /* instead of the weekday's spans, and of being closed on a holiday */
};

/* A unit's opening hours. All zeros: never open. */
struct opening_hours {
	struct hours_day week[7]; /* by enum weekday */
	bool closed_on_holidays;  /* public holidays, and midsommarafton, julafton and nyarsafton */
	int exception_count;
	struct hours_exception
	    exception[HOURS_EXCEPTIONS_MAX]; /* in any order, a date at most once */
};

/* NULL if the hours are as described above; else a static sentence that says what is wrong. */
const char *calendar_hours_check(const struct opening_hours *hours);

/* The spans of a date. */
struct hours_day calendar_hours_of(const struct opening_hours *hours, civil_date date);

/* True if the unit is open at t. */
bool calendar_is_open(const struct opening_hours *hours, instant t);

/*
 * The instant at which, from `from` on, the unit has been open for amount_us microseconds
 * (amount_us <= 0: `from` itself). INSTANT_NEVER if that takes more than CALENDAR_DAYS_MAX days.
 * hours NULL: open day and night.
 */
instant calendar_add_open(const struct opening_hours *hours, instant from, int64_t amount_us);

/*
 * Microseconds for which the unit is open in [a, b); 0 if b <= a or either is no instant. Counts no
 * more than CALENDAR_DAYS_MAX days from a. hours NULL: open day and night.
 */
int64_t calendar_open_between(const struct opening_hours *hours, instant a, instant b);

/* ---- Weekly slots (D6) ---- */

/*
 * The first instant at or after not_before that is this weekday at this minute of the day, local
 * time.
 */
instant calendar_slot_next(enum weekday weekday, int minute_of_day, instant not_before);

/*
 * The first start at or after not_before in a weekly span [from_min, to_min) cut into slots of
 * length_min: starts at from_min, from_min + length_min, ... of which the whole slot fits. The next
 * after that: ask from one microsecond later. INSTANT_NEVER if no slot fits. Holidays are slots
 * too: who skips them asks calendar_holiday().
 */
instant calendar_slot_in_span_next(
    enum weekday weekday, int from_min, int to_min, int length_min, instant not_before);

#endif
