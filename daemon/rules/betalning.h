/*
 * Betalningsansvar of an episode: who would pay, and what payment.h is to reckon with. Owns the
 * gathering of what F1, F2, F4, F5, F6, F8 and F9 ask for from an episode's state; payment.c does
 * the reckoning. Pure.
 */
#ifndef SAMORDNAD_BETALNING_H
#define SAMORDNAD_BETALNING_H

#include "payment.h"
#include "plan.h"

struct betalning {
	/*
	 * F4: the placing kommun, else that of folkbokforing; 0: nobody (then the standing is
	 * NOT_APPLICABLE).
	 */
	kommun_kod payer;
	struct payment payment;
	int average_days; /* F6: ready notice to discharge; -1: not both yet */
};

/*
 * As it stands at `now` (legal time). e must have been folded; s: the register and the episode's
 * surroundings.
 */
struct betalning betalning_reckon(
    const struct episode *e, const struct surroundings *s, instant now);

#endif
