/*
 * The SIP (LUS 4 kap., rules D): who is concerned, whose it is, when the clocks run, which slot is
 * free. Pure. sip_owed and sip_clock stand in plan.h.
 */
#ifndef SAMORDNAD_SIP_H
#define SAMORDNAD_SIP_H

#include "plan.h"

/* D1: an active mottagare whose unit is to be summoned. */
bool sip_concerns(const struct episode *e, const struct region *r, const struct participant *p);
/* The same of the SIP that was asked for last, as sip_clocks_asked. */
bool sip_concerned(const struct episode *e, const struct region *r, const struct participant *p);
/* D11: has the patient struck it from the SIP of that round? */
bool sip_is_struck(const struct participant *p, int round);

/* D9, B8: the unit of öppenvård that sends the kallelse, or 0: with an FVK before without; that of
 * the samordnande; primary care, where the patient has an established contact first; where the
 * FVK's profession fits the need. */
unit_id sip_unit(const struct episode *e, const struct surroundings *s, instant now);

/* D3: is there a no to it, or one taken back? */
bool sip_is_refusal(enum samtycke_status status);
bool sip_is_refused(const struct episode *e);
/* D0: does the word say that one is due? */
bool sip_wants(enum sip_behov_art art);
/* D0: does its own last word say that one is due, besides any that was held before it? */
bool sip_wishes(const struct episode *e, const struct participant *p);
/* D7: none. */
struct held_sip held_sip_none(void);
/* D7: has one been held? Its day may lie before the last kallelse. */
bool sip_is_held(const struct episode *e);
/* D2, D7: has a kallelse gone out, and not to what was held since? */
bool sip_is_summoned(const struct episode *e);
/* D0: do these needs call for one? */
bool sip_needs_call(uint8_t behov);
/* D0: is one wanted, by a unit's word, else by the needs, and not barred by a no (D3) or open
 * compulsory care (C6)? One that was held may be what was wanted. Since when: episode.sip_run. */
bool sip_is_wanted(const struct episode *e);
/* D0: is one called for, by a unit's word, else by the needs, and none held since? Samtycke and
 * open compulsory care may still bar it: sip_owed; to which a unit may have summoned on its own. */
bool sip_is_called_for(const struct episode *e);
/* D0: is one due in law, so that the clocks run? A meeting may be owed that none calls for. */
bool sip_is_due(const struct episode *e);
/* D2, D9: when the participant was first reached by a kallelse of this round, or sent one, whoever
 * is to send now; INSTANT_NONE: not yet. One to what was held before another came to be due is none
 * to that. */
instant sip_summoned_at(const struct episode *e, const struct participant *p);

/* What tells a round of another: the day of the SIP that began it, or when the refusal did; NONE:
 * the first. */
instant sip_round_name(const struct sip_round *round);
/* D0: whose word goes before others': a huvudman's unit that says that one is due, any unit's, the
 * hospital's; 0: it has said none that counts. */
int sip_word_weight(const struct participant *p);
/* D0: whose word counts, of those said after t (INSTANT_NONE: of all): a SIP is due when either
 * huvudman says so; of equal weight, the last. NULL: nobody's. */
const struct participant *sip_word_since(const struct episode *e, instant t);

/* F2: what was asked for at an instant: the SIP, since when, and the round of episode.sip_round. */
struct sip_asked {
	instant at;
	struct sip_run run;
	int round;
};
/* F2: was a SIP due at t, as was known then, whatever came after? *asked is set if so. */
bool sip_was_due(const struct episode *e, instant t, struct sip_asked *asked);
/* F2: until when that was asked for: it was held, refused, or not wanted any more; INSTANT_NONE:
 * still. */
instant sip_asked_until(const struct episode *e, const struct sip_asked *asked);
/* F2: when the participant's own D1 opened for that; INSTANT_NONE: C1a. */
instant sip_opened_at(
    const struct episode *e, const struct participant *p, const struct sip_asked *asked);

/*
 * D1 as it runs for the units concerned, reckoned for each (A10): those for whom one fact opened it
 * share a clock. The unit that summons is not among the summoned, unless it is alone. Written to
 * out, none if D1 does not run; returns how many there are.
 */
#define SIP_CLOCKS_MAX PARTICIPANTS_MAX
int sip_clocks(const struct episode *e, const struct surroundings *s, instant now,
    struct sip_clock out[static SIP_CLOCKS_MAX]);
/* Section 4: the same of the SIP that was asked for last, also if it was held; and when the
 * participant was summoned to that, as sip_summoned_at. */
int sip_clocks_asked(const struct episode *e, const struct surroundings *s, instant now,
    struct sip_clock out[static SIP_CLOCKS_MAX]);
instant sip_asked_summoned_at(const struct episode *e, const struct participant *p);
/* The one of clocks[count] that the participant shares; ref 0 if there is none. */
struct sip_clock sip_clock_of(const struct episode *e, const struct participant *p,
    const struct sip_clock *clocks, int count);

/* A meeting for a person. */
struct sip_time {
	int32_t slot; /* 0: none found */
	staff_id staff;
	struct mote mote;
};

/*
 * D6: the first slot of the unit that is free for the FVK (or who acts then), not before the
 * expected discharge, at least sip_min_notice ahead of now, within sip_window, not on a holiday.
 */
struct sip_time sip_first_free(
    const struct episode *e, const struct surroundings *s, const struct fvk *fvk, instant now);

/* The earliest instant at which a meeting makes sense: discharge or the expected one, or when the
 * patient was ready. */
instant sip_not_before(const struct episode *e);

/* D6: the last instant at which a meeting may begin, by the unit's policy sip_window. */
instant sip_not_after(const struct episode *e, const struct region *r, unit_id unit, instant now);

#endif
