/*
 * Betalningsansvar of an episode: who would pay, and what payment.h is to reckon with. Owns the
 * gathering of what F1-F6, F8 and F9 ask for from an episode's state; payment.c does
 * the reckoning. Pure.
 */
#ifndef SAMORDNAD_BETALNING_H
#define SAMORDNAD_BETALNING_H

#include "payment.h"
#include "plan.h"

/* F4: one payer, for the dates [from_at, to_at) on which it is; NONE: without such an end. */
struct payer {
	kommun_kod kommun; /* 0: nobody: then the standing is NOT_APPLICABLE */
	instant from_at, to_at;
	struct payment payment;
	int64_t kronor; /* F5; -1: the year `missing` has no amount */
	int missing;
};
#define PAYERS_MAX KOMMUN_MAX

struct betalning {
	struct payer payer[PAYERS_MAX]; /* by date; the last is the payer now */
	int payer_count;		/* 1 or more */
	int average_days;		/* F6: ready notice to discharge; -1: not both yet */
	/* The next instant at which a start, an end or another standing lies ahead by itself;
	 * INSTANT_NEVER: none does. */
	instant next_change;
};

/*
 * As it stands at `now` (legal time). e must have been folded; s: the register and the episode's
 * surroundings.
 */
struct betalning betalning_reckon(
    const struct episode *e, const struct surroundings *s, instant now);

/* F5: what a day of the year costs the payer, in kronor; 0: there is no amount for that year. */
int betalning_amount(
    const struct episode *e, const struct surroundings *s, kommun_kod payer, int year);

#endif
