/*
 * The region as known: units, staff, slots, standing decisions, policies, loads and bookings, in
 * memory. Pure data and look-ups; daemon/register fills it from the database and only the door
 * changes loads and bookings. Arrays are sorted as said, so that look-ups are binary searches; ids
 * are the database's.
 */
#ifndef SAMORDNAD_REGION_H
#define SAMORDNAD_REGION_H

#include "calendar.h"
#include "fact.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum fvk_mode { FVK_PROPOSE, FVK_AUTO, FVK_MANUAL }; /* B4; words: propose, auto, manual */
enum sip_mode { SIP_PROPOSE, SIP_AUTO, SIP_MANUAL }; /* D6 */

struct unit {
	unit_id unit;
	char hsa_id[32];
	int64_t org; /* organisationsnummer: the ten digits of the HSA-id */
	enum unit_slag slag;
	kommun_kod kommun;
	int32_t region;		     /* regionkod (länskod) 1..25, 0 none */
	char distrikt[DISTRIKT_MAX]; /* or "" */
	char namn[128];
	char sjukhus[128];	  /* G5: the name of the hospital, of a ward; or "" */
	staff_id verksamhetschef; /* or 0 */
	struct opening_hours hours;
	int staff_first, staff_count; /* its rows in region.staff */
	int slot_first, slot_count;   /* its rows in region.slots, those that are offered */
};

struct staff {
	staff_id staff;
	unit_id unit;
	char hsa_id[32];
	char namn[96];
	enum profession profession;
	bool legitimerad;
	char team[32];		   /* or "" */
	uint8_t tjanstgoringsgrad; /* share of full time, 1..100 per cent */
	int32_t kapacitet;	   /* soft capacity in patients (B6); 0 = unset */
	staff_id ersattare;	   /* standing deputy, or 0 */
	char telefon[32];
	bool fvk;	   /* takes assignments as fast vårdkontakt */
	instant slutar_at; /* leaves then, or INSTANT_NEVER */
	int32_t load;	   /* patients whose FVK the person is now; the door keeps it */
};

struct absence { /* sorted by staff, from_at */
	staff_id staff;
	instant from_at, to_at; /* [from, to); to_at may be INSTANT_NEVER */
	staff_id ersattare;	/* or 0: then the person's standing deputy */
};

/* A weekly slot of a unit for SIP meetings (D6). Sorted by unit; those offered no more come last.
 */
struct slot {
	int32_t slot;
	unit_id unit;
	staff_id staff;			/* only this person's; 0 = any FVK of the unit */
	uint8_t weekday;		/* 0 = Monday */
	int16_t from_minute, to_minute; /* minutes of the local day; from < to <= 1440 */
	int16_t length_minutes;		/* of one meeting: the span is cut into so long pieces */
	enum motesform form;
	char plats[96];
	instant ended_at; /* offered no more from then on; or INSTANT_NEVER */
};

struct standing_decision { /* B4; sorted by unit, from_at */
	int32_t standing_decision;
	unit_id unit;
	staff_id beslutad_av;
	instant from_at, to_at; /* [from, to), at most a year */
	instant revoked_at;	/* or INSTANT_NEVER */
	char *kriterier;	/* or NULL; owned */
};

/* Of whom a policy is asked: of units; of a caring region and a payer, which are no unit; or of
 * nobody in particular: then only a row of scope all counts. */
enum policy_of { OF_ANY_UNIT, OF_WARD, OF_OPPENVARD, OF_NO_UNIT, OF_ALL };

/*
 * Policies: what the law leaves open. value is an integer in the policy's own unit (microseconds,
 * days, minutes of the day, or an enum). The table says name, unit, default, range. A default
 * outside of the range is no value: nothing is set (F5).
 */
#define POLICIES(X) \
	/* name, word, what, default, min, max, whose row of scope unit counts */ \
	X(POLICY_FVK_MODE, "fvk_mode", "propose|auto|manual", FVK_PROPOSE, 0, 2, OF_OPPENVARD) \
	X(POLICY_SIP_MODE, "sip_mode", "propose|auto|manual", SIP_PROPOSE, 0, 2, OF_OPPENVARD) \
	X(POLICY_KALLELSE_BY, "kallelse_by", "fvk|fvk_or_deputy|unit", 1, 0, 2, OF_OPPENVARD) \
	X(POLICY_SIP_SHIFT_HOLIDAY, "sip_shift_holiday", "off|on", 1, 0, 1, OF_ANY_UNIT) \
	X(POLICY_SIP_MIN_NOTICE, "sip_min_notice", "working days", 2, 0, 30, OF_OPPENVARD) \
	X(POLICY_SIP_WINDOW, "sip_window", "days", 14, 1, 365, OF_ANY_UNIT) \
	X(POLICY_B1_MIN_TIME, "b1_min_time", "minutes of open hours", 120, 0, 6000, OF_OPPENVARD) \
	X(POLICY_KVITTENS_REMINDER, "kvittens_reminder", "minutes of open hours", 240, 1, 6000, \
	    OF_ANY_UNIT) \
	X(POLICY_KVITTENS_ESCALATION, "kvittens_escalation", "minute of the day", 600, 0, 1439, \
	    OF_ANY_UNIT) \
	X(POLICY_FVK_REMINDER, "fvk_reminder", "minutes after receipt", 1440, 1, 100000, \
	    OF_OPPENVARD) \
	X(POLICY_FVK_REMINDER_BEFORE, "fvk_reminder_before", "minutes before discharge", 1440, 1, \
	    100000, OF_OPPENVARD) \
	X(POLICY_SIP_REMINDER, "sip_reminder", "minutes before", 1440, 1, 100000, OF_ANY_UNIT) \
	X(POLICY_SIP_REMINDER_LAST, "sip_reminder_last", "minutes before", 240, 1, 100000, \
	    OF_ANY_UNIT) \
	X(POLICY_BEHOVSBEDOMNING_REMINDER, "behovsbedomning_reminder", "minutes after admission", \
	    720, 1, 100000, OF_WARD) \
	X(POLICY_BEHOVSBEDOMNING_REMINDER_LAST, "behovsbedomning_reminder_last", \
	    "minutes after admission", 1200, 1, 100000, OF_WARD) \
	X(POLICY_BERAKNAD_SHIFT, "beraknad_shift", "minutes", 1440, 1, 100000, OF_ANY_UNIT) \
	X(POLICY_AVSLUT_DAYS, "avslut_days", "days after discharge", 30, 1, 365, OF_WARD) \
	X(POLICY_SENT_AT_LAG_MAX, "sent_at_lag_max", "minutes", 15, 0, 10000, OF_NO_UNIT) \
	X(POLICY_PAY_DAYS, "pay_days", "days", 3, 0, 30, OF_NO_UNIT) \
	X(POLICY_PAY_CUTOFF, "pay_cutoff", "minute of the day", 720, 0, 1440, OF_NO_UNIT) \
	X(POLICY_BEGARAN_DAYS, "begaran_days", "working days", 3, 0, 60, OF_ANY_UNIT) \
	X(POLICY_VARDPLAN_DAYS, "vardplan_days", "days", 3, 0, 60, OF_ANY_UNIT) \
	X(POLICY_FVK_FRANVARO, "fvk_franvaro", "days", 28, 1, 365, OF_ANY_UNIT) \
	X(POLICY_BARN_TILLFRAGAS, "barn_tillfragas", "years of age", 12, 0, 18, OF_WARD) \
	X(POLICY_READMISSION_DAYS, "readmission_days", "days after discharge", 30, 0, 365, \
	    OF_WARD) \
	X(POLICY_PAY_LATE_ADMISSION, "pay_late_admission", "contested|void|ignore", 0, 0, 2, \
	    OF_NO_UNIT) \
	X(POLICY_PAY_LATE_KALLELSE, "pay_late_kallelse", "contested|void|ignore", 0, 0, 2, \
	    OF_NO_UNIT) \
	X(POLICY_PAY_FROM_KALLELSE, "pay_from_kallelse", "off|on", 1, 0, 1, OF_NO_UNIT) \
	X(POLICY_PAY_BLOCK_AFTER_START, "pay_block_after_start", "contested|ignore|pause", 0, 0, \
	    2, OF_NO_UNIT) \
	X(POLICY_PAY_MOVED, "pay_moved", "per_date|at_klar", 0, 0, 1, OF_WARD) \
	X(POLICY_PAY_AMOUNT, "pay_amount", "kronor a day", 0, 1, 1000000, OF_NO_UNIT) \
	X(POLICY_PAY_MODEL, "pay_model", "days|average", 0, 0, 1, OF_NO_UNIT) \
	X(POLICY_PAY_AVERAGE_DAYS, "pay_average_days", "days", 3, 0, 60, OF_NO_UNIT) \
	X(POLICY_PAY_DISCHARGE_DAY, "pay_discharge_day", "off|on", 0, 0, 1, OF_NO_UNIT) \
	X(POLICY_HEARTBEAT_HOURS, "heartbeat_hours", "hours", 0, 0, 168, OF_ANY_UNIT) \
	X(POLICY_DELIVERY_LOG_DAYS, "delivery_log_days", "days", 90, 7, 3650, OF_ALL) \
	X(POLICY_ACCESS_LOG_MONTHS, "access_log_months", "months", 60, 60, 600, OF_ALL) \
	/* patientdatalagen 3 kap. 17 §: a journal is kept for at least ten years */ \
	X(POLICY_GALLRING_VARDTILLFALLE, "gallring_vardtillfalle", "months", 120, 120, 1200, \
	    OF_WARD) \
	X(POLICY_GALLRING_PATIENTAKT, "gallring_patientakt", "months", 120, 120, 1200, \
	    OF_ANY_UNIT) \
	X(POLICY_GALLRING_ENHETSAKT, "gallring_enhetsakt", "months", 24, 3, 1200, OF_ANY_UNIT) \
	X(POLICY_GALLRING_NOTISER, "gallring_notiser", "months", 24, 3, 1200, OF_ANY_UNIT)

#define POLICY_VALUE(id, word, what, standard, min, max, of) id,
enum policy { POLICIES(POLICY_VALUE) POLICY_COUNT };

struct policy_info {
	const char *word,
	    *what; /* what: the unit, or the words of an enum from 0 on, parted by | */
	int64_t standard, min, max;
	enum policy_of of;
};
extern const struct policy_info policy_table[POLICY_COUNT];
int policy_from(const char *word, size_t len); /* or -1 */
/* NULL, or a static sentence: why a row of such a unit's own would never count. */
const char *policy_unit_refusal(enum policy p, enum unit_slag slag);

/*
 * A policy's value from its text (the word of an enum, else decimal digits), and back.
 * policy_value_from returns NULL and sets *out, or a static sentence that says what it must be.
 */
#define POLICY_VALUE_TEXT_MAX 32
const char *policy_value_from(enum policy p, const char *text, size_t len, int64_t *out);
size_t policy_value_format(enum policy p, int64_t value, char out[static POLICY_VALUE_TEXT_MAX]);

/*
 * Scopes from the widest to the narrowest; the narrowest that is valid then wins, the later from_at
 * among equals.
 */
enum policy_scope { SCOPE_ALL, SCOPE_REGION, SCOPE_KOMMUN, SCOPE_REGION_KOMMUN, SCOPE_UNIT };

const char *policy_scope_word(enum policy_scope scope); /* "all", "region_kommun", "unit" */
int policy_scope_from(const char *word, size_t len);	/* or -1 */
/* NULL, or a static sentence: why a row of that scope would never count, whatever it names. */
const char *policy_scope_refusal(enum policy p, enum policy_scope scope);

/* Sorted by policy, then scope downwards, then what the scope names, then from_at downwards. */
struct policy_row {
	int32_t policy_row;
	enum policy policy;
	enum policy_scope scope;
	int32_t region;	   /* SCOPE_REGION, SCOPE_REGION_KOMMUN; else 0 */
	kommun_kod kommun; /* SCOPE_KOMMUN, SCOPE_REGION_KOMMUN; else 0 */
	unit_id unit;	   /* SCOPE_UNIT; else 0 */
	int64_t value;
	instant from_at, to_at; /* [from, to); to_at may be INSTANT_NEVER */
};

/* An assignment that ends by time: the person's load falls then. */
struct expiry {
	staff_id staff;
	instant to_at;
};

/*
 * A taken time of a person, and of a slot: one slot holds one meeting at a time, for its place and
 * those who are summoned to it are the same. In no order: few a person, reached through a hash.
 */
struct booking {
	int64_t episode;
	staff_id staff;
	int32_t slot; /* 0: a time that a person chose outside of the slots */
	instant start_at, end_at;
};

struct region {
	int64_t version;    /* of the register, from the database */
	struct unit *units; /* sorted by unit; */
	int unit_count;
	struct staff *staff; /* sorted by unit, staff */
	int staff_count;
	struct absence *absences;
	int absence_count;
	struct slot *slots;
	int slot_count;
	struct standing_decision *standing_decisions;
	int standing_decision_count;
	struct policy_row *policies;
	int policy_count;
	struct region_index *index; /* HSA-ids and staff ids to rows; owned by region.c */
	struct expiry *expiries;    /* of assignments that end by time; owned */
	int expiry_count, expiry_cap;
	struct booking *bookings; /* active ones that have not ended; owned, grown by region_book */
	int booking_count, booking_cap;
};

/*
 * Sorts the arrays, sets each unit's staff_first … slot_count and builds the index, after the
 * arrays were filled. Units, staff and their HSA-ids occur once. Loads and bookings stay as they
 * are. To be called again when arrays have changed.
 */
void region_index(struct region *r);
void region_free(struct region *r); /* all that it owns, and r's contents; not r itself */

/* Look-ups: NULL (or 0) if there is none. What they return is valid as long as the region. */
const struct unit *region_unit(const struct region *r, unit_id unit);
const struct staff *region_staff(const struct region *r, staff_id staff);
unit_id region_unit_by_hsa(const struct region *r, const char *hsa_id);
staff_id region_staff_by_hsa(const struct region *r, const char *hsa_id);

/* Regional öppenvård (primarvard, specialistoppenvard) in the sense of A4 and B1. */
bool unit_is_oppenvard(const struct unit *u);

/* The person's first row of r->absences; r->absence_count or another's if there is none. */
int region_absence_first(const struct region *r, staff_id staff);

/*
 * The absence that covers t, or NULL. The next instant after t at which region_acting may answer
 * otherwise: an absence of the person, or of the deputy who acts at t, begins or ends, or one of
 * them leaves; INSTANT_NEVER if there is none.
 */
const struct absence *region_absence(const struct region *r, staff_id staff, instant t);
instant region_absence_next(const struct region *r, staff_id staff, instant t);

/*
 * Who acts for the person at t: the person, or the deputy while absent (followed at most 4 steps,
 * B13), or 0: nobody. Who has left (slutar_at) acts no more, and no deputy for them: their patients
 * need a person of their own.
 */
staff_id region_acting(const struct region *r, staff_id staff, instant t);

/* The standing decision of the unit that is valid at t, or NULL (B4). */
const struct standing_decision *region_standing_decision(
    const struct region *r, unit_id unit, instant t);

/*
 * The policy's value for a unit (its region, kommun) at t; unit 0, or unknown: only scope all. Sets
 * *row (unless NULL) to the row used, or 0: the default.
 */
int64_t region_policy(const struct region *r, enum policy p, unit_id unit, instant t, int32_t *row);

/* The same where no unit is meant, but a caring region and a kommun (F4): 0 for one not known. */
int64_t region_policy_pair(
    const struct region *r, enum policy p, int32_t region, kommun_kod kommun, instant t);

/*
 * The row that holds for the unit then, NULL: the default does. The next instant after t at which
 * another row, or the default, holds; INSTANT_NEVER if there is none.
 */
const struct policy_row *region_policy_row(
    const struct region *r, enum policy p, unit_id unit, instant t);
instant region_policy_change(const struct region *r, enum policy p, unit_id unit, instant t);

/*
 * The next instant after t at which a policy row or a standing decision that may touch the unit
 * begins or ends, or INSTANT_NEVER. unit 0, or unknown: only scope all.
 */
instant region_next_change(const struct region *r, unit_id unit, instant t);

/* Is the unit, which may be NULL, one of that kommun and slag (and distrikt unless "")? */
bool unit_is_meant(
    const struct unit *u, kommun_kod kommun, enum unit_slag slag, const char *distrikt);
/*
 * Units of a kommun and slag (and distrikt unless ""): writes up to max, returns how many there are
 * (A4).
 */
int region_units_of(const struct region *r, kommun_kod kommun, enum unit_slag slag,
    const char *distrikt, unit_id *out, int max);

/*
 * B13, what a unit tells of its staff; only the door calls these, which keep the order of the rows.
 * region_absence_put: away [from, to), in place of what overlaps it. region_absence_end: back at
 * `at` from an absence that runs then, and leaves no more. region_leaves: leaves at `at`. Nothing
 * happens for a person who is not in the register.
 */
void region_absence_put(struct region *r, const struct absence *absence);
void region_absence_end(struct region *r, staff_id staff, instant at);
void region_leaves(struct region *r, staff_id staff, instant at);

/*
 * Loads and bookings; only the door calls the changing ones. An unknown person's load is nobody's;
 * a load never falls below 0. An assignment counts (by 1) until to_at (INSTANT_NONE: without end):
 * region_expire lets those that are over go, and what is over is not taken away (by -1) again.
 * region_inherit gives a fresh copy of the register the loads and bookings of the old one. free:
 * nothing of that person, nor of that slot (0: none), overlaps [start, end), this episode's own
 * booking aside. region_book copies b and replaces the episode's booking; region_unbook removes it
 * if there is one. The order of bookings changes by both.
 */
void region_load_add(struct region *r, staff_id staff, instant to_at, int by);
void region_expire(struct region *r, instant now);
void region_inherit(struct region *to, const struct region *from);
bool region_free_at(const struct region *r, staff_id staff, int32_t slot, instant start,
    instant end, int64_t episode);
void region_book(struct region *r, const struct booking *b);
void region_unbook(struct region *r, int64_t episode);

#endif
