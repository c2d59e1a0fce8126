/*
 * What a stay gives to the follow-up (domain.md section 4) and to the report of betalningsansvar:
 * the measures of the stay as a whole and of each mottagare, and the days that a kommun would pay.
 * Owns what each measure is; what is summed up from them is the reports'. Pure.
 */
#ifndef SAMORDNAD_MEASURES_H
#define SAMORDNAD_MEASURES_H

#include "plan.h"

#define MEASURE_NONE (-1)     /* of a time or a number of days: there is none */
#define MEASURE_MONTHS_MAX 60 /* of one stay with days to pay; later ones are left out */

/* Was what the law asks for done in time? Not asked: it does not apply, or the time is not out. */
enum fulfilment { NOT_ASKED, NOT_FULFILLED, FULFILLED };

/* When the patient went home, by the local clock. */
enum discharge_time {
	DISCHARGE_DAY,	   /* 08:00 to 17:00 on a working day */
	DISCHARGE_EVENING, /* outside of that on a working day */
	DISCHARGE_DAY_OFF  /* Saturday, Sunday, public holiday or eve, whatever the hour */
};

/* Of one mottagare, or (unit 0) of the stay as a whole. */
struct measure {
	unit_id unit;
	/* A1, A2, A10: the inskrivningsmeddelande within 24 hours; from admission to receipt. */
	enum fulfilment notice;
	int32_t notice_minutes;
	int32_t kvittens_minutes; /* G3: from receipt to kvittens; the whole stay: NONE */
	/* B1: regional öppenvård only, and not of the stay as a whole. */
	enum fulfilment fvk;
	int32_t fvk_lead_minutes; /* from the first day of an FVK without a gap to discharge */
	int16_t fvk_changes;
	/*
	 * D1: the kallelse within three days: to the unit; of the unit that sends it, and of the
	 * stay: to all that it concerns. A SIP held since takes nothing away.
	 */
	enum fulfilment kallelse;
	int16_t breaches[BREACH_CAUSE_COUNT]; /* the unit's, or all */
};

/* F5: the days of one payer in one month. */
struct measure_days {
	kommun_kod kommun;
	int32_t month; /* as below */
	int16_t days, contested_days;
	int32_t amount; /* kr; NONE: the year has no amount */
};

struct measures {
	/*
	 * A stay is measured once it has ended by a discharge, if others were told of it or should
	 * have been (an answered need of A0): row 0 is the stay's, then its mottagare's. Else 0.
	 */
	int count;
	struct measure row[1 + PARTICIPANTS_MAX];
	int32_t month;	    /* of the local date of discharge: 202605 */
	unit_id hospital;   /* set also while the patient stays */
	kommun_kod kommun;  /* the placing kommun, else that of folkbokföring; 0: not known */
	int16_t ready_days; /* F6: D(discharge) - D(ready); NONE: not ready */
	bool psykiatrisk;   /* F6: apart */
	bool unprotected;   /* G6: no skyddade personuppgifter; set also while the patient stays */
	int16_t withdrawals, date_changes;
	enum discharge_time discharge;
	bool sip_held, sip_followed_up;
	/* By these it is known who was admitted again within 30 days of another discharge. */
	int64_t patient;
	instant inskriven_at, utskriven_at;
	/* Also while the patient stays: up to now. */
	int days_count;
	struct measure_days days[MEASURE_MONTHS_MAX];
};

/*
 * Every byte of *m is set. given: what has been planned for the state; now: legal time. The same
 * measures have the same digest, which is never 0; without any it is 0.
 */
void measure(const struct episode *e, const struct surroundings *s, const struct given *g,
    instant now, struct measures *m);
/* One more with each change of what is measured: then all are stored anew. */
#define MEASURES_LAYOUT 2
int32_t measures_digest(const struct measures *m);

#endif
