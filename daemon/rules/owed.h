/*
 * What the rules say is owed, as lists that plan.c compares with what was given. Filled by duties.c
 * and breach.c.
 */
#ifndef SAMORDNAD_OWED_H
#define SAMORDNAD_OWED_H

#include "appoint.h"
#include "plan.h"

#define DUTIES_MAX 256 /* 8 of each mottagare and its clock of D1, and a handful */
#define REMINDERS_MAX 5
#define BREACHES_MAX 128 /* 4 of each mottagare, and a handful */

/* An instant at which a task's unit is told something about it. */
struct reminder {
	instant at;
	enum notice_type say;
};

/* A task that is owed, or (done) was owed and is fulfilled. (kind, unit, ref) names it for good. */
struct duty {
	enum task_kind kind;
	unit_id unit;
	int32_t ref;
	staff_id staff; /* whose at the unit, or 0 */
	bool done;
	instant due_at;
	const char *detail; /* static word told with its creation ("urgent"), or NULL */
	int reminder_count;
	struct reminder reminder[REMINDERS_MAX]; /* each in a place of its own, whatever the time */
};

struct owed_breach {
	enum breach_rule rule;
	unit_id unit;
	int32_t ref;
	enum breach_cause cause;
	instant due_at, done_at;
};

struct owed {
	const struct episode *e;
	const struct surroundings *s;
	const struct region *r;
	instant now;
	struct sip_clock sip; /* of the episode; clock[]: of those who share one (D1, A10) */
	struct sip_clock clock[PARTICIPANTS_MAX];
	int clock_count;
	unit_id hospital;
	struct duty duty[DUTIES_MAX];
	int duty_count;
	struct owed_breach breach[BREACHES_MAX];
	int breach_count;
	instant next_due; /* besides the duties' reminders */
};

/* Look again at t, if t lies ahead. */
void owed_look_at(struct owed *o, instant t);

void owe_duties(struct owed *o);   /* duties.c */
void owe_lasting(struct owed *o);  /* duties.c: what is owed also when the stay is over (B10, D7) */
void owe_breaches(struct owed *o); /* breach.c */

/* breach.c: the unit had a fast vårdkontakt at discharge (B1); false before discharge. */
bool fvk_at_discharge(const struct episode *e, unit_id unit);

/* plan.c: so long after discharge that nothing is owed any more (policy avslut_days). */
bool episode_is_over(const struct episode *e, const struct region *r, instant now);

/* decide.c: the rank of a unit's staff now; when B4 no longer waits for the unit's word. */
/* F4: the unit of the kommun to which the patient has moved that answers to this mottagare of the
 * former one: 0 if none is missing; -1: it cannot be told which. */
unit_id mottagare_moved(
    const struct episode *e, const struct region *r, const struct participant *p);
/* A9: has q taken over from p, which rejected: the unit that p named, or one of p's kind that came
 * after? */
bool mottagare_succeeds(const struct episode *e, const struct region *r,
    const struct participant *q, const struct participant *p);
/* C6: who adjusts the vårdplan. */
bool vardplan_concerns(
    const struct episode *e, const struct region *r, const struct participant *p);
/* D8: if a mottagare's no, or other time, to the kallelse in force reopens the booking: the first
 * to that time, whoever's it was and what became of it; else 0. */
int32_t kallelse_declined(const struct episode *e, const struct region *r);
int fvk_rank(const struct episode *e, const struct surroundings *s, const struct unit *unit,
    instant now, struct ranked *out);
instant fvk_unconfirmed_at(const struct episode *e);

#endif
