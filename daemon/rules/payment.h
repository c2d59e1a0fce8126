/*
 * Betalningsansvar (LUS 5 kap., rules F1-F3, F5, F6, F8, F9): from when, on what grounds, how many
 * days, how much. Reckoned for one payer. A proposal with its grounds, never an invoice (F7). Pure:
 * knows no episode, clock or policy storage; plan.c gathers the facts and the policies and asks.
 */
#ifndef SAMORDNAD_PAYMENT_H
#define SAMORDNAD_PAYMENT_H

#include <stdbool.h>
#include <stdint.h>

#include "calendar.h"
#include "instant.h"

/* What lateness does (policies pay_late_admission, pay_late_kallelse). */
enum payment_late { PAYMENT_LATE_CONTESTED, PAYMENT_LATE_VOID, PAYMENT_LATE_IGNORE };

/* F8, policy pay_from_kallelse. */
enum payment_kallelse_start { PAYMENT_NOT_BEFORE_KALLELSE, PAYMENT_REGARDLESS_OF_KALLELSE };

/* F3, policy pay_block_after_start: a block that begins when the days are running already. */
enum payment_block_after { PAYMENT_BLOCK_CONTESTED, PAYMENT_BLOCK_IGNORE, PAYMENT_BLOCK_PAUSE };

/* F5, policy pay_discharge_day. */
enum payment_discharge_day { PAYMENT_DISCHARGE_DAY_FREE, PAYMENT_DISCHARGE_DAY_COUNTED };

struct payment_policy {
	int days;				    /* F1 */
	int cutoff_s;				    /* F1: seconds after 00:00 by the local clock */
	enum payment_late late_admission;	    /* F2 */
	enum payment_late late_kallelse;	    /* F2 */
	enum payment_kallelse_start kallelse_start; /* F8 */
	int64_t sent_at_lag_max_us;		    /* F9 */
	enum payment_block_after block_after;	    /* F3 */
	enum payment_discharge_day discharge_day;   /* F5 */
};

/* The statute's and domain's defaults: 3 days, 12:00:00, contested, contested, on, 15 minutes,
 * contested, by days, without the day of discharge. */
extern const struct payment_policy payment_policy_default;

/* Is a SIP to be held for this patient, so that F2 asks for a kallelse? */
enum payment_sip { PAYMENT_SIP_NOT_APPLICABLE, PAYMENT_SIP_TO_BE_HELD };

/* F9 and C5: does a downtime record bear an early sent_at? */
enum payment_record { PAYMENT_NO_RECORD, PAYMENT_DOWNTIME_RECORD };

/* Why the patient stays without the kommun being to blame. */
enum payment_block_why {
	PAYMENT_EJ_TILLGANGLIG, /* F3: öppenvårdens insatser are unavailable or unclear */
	PAYMENT_AVBOJD		/* F8: the patient declined insatser */
};

/* [from, to); to NONE: still. */
struct payment_block {
	instant from, to;
	enum payment_block_why why;
};
#define PAYMENT_BLOCKS_MAX 16

/* What is known; INSTANT_NONE where it is not, or has not happened. */
struct payment_input {
	instant inskrivningsmeddelande_at;  /* when this payer had it */
	instant inskrivningsmeddelande_due; /* A1, A2 */
	/* The ready notice in force, as the sender says (skickats); NONE: none in force (C3). */
	instant klar_sent_at;
	instant klar_arrived_at; /* when it came to us */
	/* If it was parked, or the payer's last unit had it later: that instant; else NONE. */
	instant klar_counts_from;
	enum payment_record klar_record;
	enum payment_sip sip;
	instant kallelse_at;  /* when it was sent */
	instant kallelse_due; /* D1, exclusive */
	instant utskriven_at;
	instant now; /* up to which days are counted while the patient stays */
	/* F4: the dates on which this one is the payer: [from, to); NONE: without such an end. */
	instant payer_from, payer_to;
	/* F3, F8, in the order of from, at most PAYMENT_BLOCKS_MAX; borrowed. */
	const struct payment_block *blocks;
	int block_count;
	bool undanhallen; /* C1a: the ready notice is withheld from one of the payer's units */
	bool klar_missed; /* F2: all of the payer's units had left before the ready notice came */
};

enum payment_standing {
	/* Something that F2 asks for has not come; `from` is what F1 alone would give. */
	PAYMENT_NOT_YET,
	PAYMENT_STARTS,	   /* at `from`, which may lie ahead */
	PAYMENT_CONTESTED, /* the same, with grounds against it */
	PAYMENT_BLOCKED,   /* F3: would start at `from`, were the insatser there */
	/* No ready notice, void by policy, or the patient left, declined or
	 * became another's before a start. */
	PAYMENT_NOT_APPLICABLE
};

/* Grounds, as bits: what was found, whether or not it changed the standing. */
enum payment_ground {
	PAYMENT_GROUND_NO_KLAR = 1 << 0,      /* C3: no ready notice in force */
	PAYMENT_GROUND_NO_ADMISSION = 1 << 1, /* F2: the payer has had no inskrivningsmeddelande */
	PAYMENT_GROUND_LATE_ADMISSION = 1 << 2,	    /* F2, A5 */
	PAYMENT_GROUND_NO_KALLELSE = 1 << 3,	    /* F2: a SIP is to be held, no kallelse sent */
	PAYMENT_GROUND_LATE_KALLELSE = 1 << 4,	    /* F2, D1 */
	PAYMENT_GROUND_SIP_NOT_APPLICABLE = 1 << 5, /* F2: so no kallelse is asked for */
	PAYMENT_GROUND_FROM_KALLELSE = 1 << 6,	    /* F8 moved the start to D(kallelse) */
	PAYMENT_GROUND_KLAR_COUNTED_LATER = 1 << 7, /* F9, F2: from klar_counts_from */
	PAYMENT_GROUND_SENT_AT_LAG = 1 << 8,	    /* F9: sent_at long before arrival, no record */
	PAYMENT_GROUND_LEFT_BEFORE = 1 << 9,	    /* the patient left before the start */
	PAYMENT_GROUND_BLOCKED = 1 << 10,	    /* F3: a block moved the start, or holds it */
	PAYMENT_GROUND_BLOCK_AFTER_START = 1 << 11, /* F3 */
	PAYMENT_GROUND_AVBOJD = 1 << 12,	    /* F8: the patient declined insatser */
	PAYMENT_GROUND_UNDANHALLEN = 1 << 13,	    /* C1a, F2 */
	PAYMENT_GROUND_ANOTHERS_DATES = 1 << 14,    /* F4: dates of another payer are not counted */
	PAYMENT_GROUND_KLAR_MISSED = 1 << 15,	    /* F2: no unit was left to have it */
	PAYMENT_GROUND_LAST = PAYMENT_GROUND_KLAR_MISSED
};

struct payment {
	enum payment_standing standing;
	instant from; /* the first instant, 00:00 local; INSTANT_NONE without a ready notice */
	/* 00:00 local after the last payable date, which may lie ahead; NONE: not known, or no
	 * start. */
	instant to;
	/* F5: local dates from the start up to, not including, discharge (or now). */
	int days;
	unsigned grounds; /* of enum payment_ground */
	/* F9: what F1 gives by sent_at alone, and by arrival alone; NONE without a ready notice. */
	instant from_as_sent, from_as_arrived;
	instant first_day,
	    last_day; /* F5: midnights of the first day counted, and after the last */
	/* F3, F8: dates [from, to) among these that are not payable; without overlaps. */
	struct payment_pause {
		civil_date from, to;
	} pause[PAYMENT_BLOCKS_MAX];
	int pause_count;
};

/* F1, F3, F4: where the start would be, if no kallelse were asked for: F2 asks for what was due
 * then. INSTANT_NONE: no ready notice in force; INSTANT_NEVER: it is blocked. */
instant payment_start(const struct payment_input *input, const struct payment_policy *policy);

/* F1-F6, F8, F9 for one payer. */
struct payment payment_reckon(
    const struct payment_input *input, const struct payment_policy *policy);

/* Is the local date among the days that p counts? */
bool payment_pays(const struct payment *p, civil_date date);

/*
 * F5: what the counted days come to, by each year's amount. amount(arg, year): kronor a day, 0 if
 * there is none. Returns kronor, or -1 and sets *missing to the first year without a row: it is
 * refused by name, never guessed.
 */
int64_t payment_amount(const struct payment *p, int (*amount)(const void *arg, int year),
    const void *arg, int *missing);

/* F5: the amounts that are known, in kronor a day; 0 for another year. */
int payment_amount_known(int year);

/* F6, policy pay_model: what a kommun and a region have agreed to. */
enum payment_model { PAYMENT_MODEL_DAYS, PAYMENT_MODEL_AVERAGE };

/*
 * F6: the discharged patients of a kommun in a month and the two before. Psychiatry, the deceased
 * and the never notified are not among them.
 */
struct payment_pool {
	int64_t patients, days; /* those of the same day as 0: payment_average_days */
};
struct payment_average {
	bool over_threshold; /* the mean is more than the threshold; never that of nobody */
	bool due;	     /* the days of the month, as the model has it */
};
struct payment_average payment_average(
    const struct payment_pool *pool, enum payment_model model, int64_t threshold_days);

/*
 * F6: D(utskriven) - D(klar), same-day ones 0; -1 if either has not happened or the notice came
 * after.
 */
int payment_average_days(instant klar_at, instant utskriven_at);

/*
 * The word for a standing, as the wire says it ("not_yet", "starts", "contested", "blocked",
 * "not_applicable"). Static.
 */
const char *payment_standing_word(enum payment_standing standing);

/* The word for one ground ("late_admission"); static; "" if it is not a single known ground. */
const char *payment_ground_word(enum payment_ground ground);

#endif
