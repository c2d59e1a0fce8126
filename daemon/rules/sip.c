/*
 * Rules D0-D6, D9 as look-ups; what follows from them is in decide.c and plan.c.
 */
#include "sip.h"

#include "appoint.h"

#include <stddef.h>
#include <stdio.h>

bool
sip_is_refusal(enum samtycke_status status)
{
	return status == SAMTYCKE_NEKAT || status == SAMTYCKE_ATERKALLAT;
}

bool
sip_is_refused(const struct episode *e)
{
	return sip_is_refusal(e->samtycke[SAMTYCKE_SIP].status);
}

bool
sip_wants(enum sip_behov_art art)
{
	return art == SIP_NY || art == SIP_UPPDATERAS;
}

struct held_sip
held_sip_none(void)
{
	return (struct held_sip){.at = INSTANT_NONE,
	    .told_at = INSTANT_NONE,
	    .hallen_at = INSTANT_NONE,
	    .uppfoljning_at = INSTANT_NONE,
	    .uppfoljd_at = INSTANT_NONE};
}

bool
sip_is_held(const struct episode *e)
{
	return e->sip.nr != 0;
}

bool
sip_is_summoned(const struct episode *e)
{
	return e->kallelse.nr != 0 && !(sip_is_held(e) && e->kallelse.at < e->sip.at);
}

int
sip_word_weight(const struct participant *p)
{
	/* The ward, and who handed over to its own, spoke for a huvudman that still takes part. */
	bool spoke = p->received_at != INSTANT_NONE &&
		     (p->role == ROLE_HOSPITAL || p->uttrade == UTTRADE_VIDAREBEFORDRAD);

	if (p->sip_behov_nr == 0 || (!p->active && !spoke))
		return 0;
	if (p->role == ROLE_HOSPITAL)
		return 1;
	return sip_wants(p->sip_behov) ? 3 : 2;
}

const struct participant *
sip_word_since(const struct episode *e, instant t)
{
	const struct participant *best = NULL;
	int best_weight = 0;

	for (int i = 0; i < e->participant_count; i++) {
		const struct participant *p = &e->participant[i];
		int weight = p->sip_behov_at > t ? sip_word_weight(p) : 0;
		if (weight > best_weight || (weight == best_weight && best != NULL &&
						p->sip_behov_at >= best->sip_behov_at)) {
			best = p;
			best_weight = weight;
		}
	}
	return best;
}

bool
sip_wishes(const struct episode *e, const struct participant *p)
{
	return p->sip_behov_nr != 0 && sip_wants(p->sip_behov) && p->sip_behov_at > e->sip.at;
}

/* Does the word that counts, of those said since the last SIP was held, say that another is due? */
static bool
wanted_since(const struct episode *e)
{
	const struct participant *p = sip_word_since(e, e->sip.at);

	return p != NULL && sip_wants(p->sip_behov);
}

/* D0: the one that was held is the one that was due. */
static bool
is_held_already(const struct episode *e)
{
	return sip_is_held(e) && !wanted_since(e);
}

bool
sip_needs_call(uint8_t behov)
{
	const uint8_t hsl = 1 << BEHOV_KOMMUNAL_HSL;
	const uint8_t both = 1 << BEHOV_OPPENVARD | 1 << BEHOV_SOCIALTJANST;

	return (behov & hsl) != 0 || (behov & both) == both;
}

static bool
words_or_needs(const struct episode *e)
{
	return e->sip_behov.nr != 0 ? sip_wants(e->sip_behov.art) : sip_needs_call(e->inskr.behov);
}

/* D3: not against the patient's will. C6: the vårdplan stands in. */
static bool
is_barred(const struct episode *e)
{
	return sip_is_refused(e) || e->tvangsvard.oppen != TVANGSVARD_INGEN;
}

bool
sip_is_wanted(const struct episode *e)
{
	return words_or_needs(e) && !is_barred(e);
}

bool
sip_is_called_for(const struct episode *e)
{
	return words_or_needs(e) && !is_held_already(e);
}

/* D0: has a unit summoned on its own, to none that was held, and nobody said since that none is
 * needed? */
static bool
is_summoned_to(const struct episode *e)
{
	const struct participant *p = episode_participant_of(e, e->sip_behov.unit);
	bool taken_back = e->sip_behov.nr != 0 && p != NULL && p->sip_behov_at >= e->kallelse.at;

	return sip_is_summoned(e) && e->kallelse.egen && !taken_back;
}

bool
sip_owed(const struct episode *e)
{
	if (!episode_stands(e) || e->avliden.nr != 0 || is_barred(e))
		return false;
	return sip_is_called_for(e) || is_summoned_to(e);
}

bool
sip_is_due(const struct episode *e)
{
	return sip_owed(e) && sip_is_called_for(e);
}

/* D3: given anew, the refusal is over. */
static bool
was_refused(const struct samtycke *s, instant at)
{
	return s->refused_at != INSTANT_NONE && s->refused_at < at &&
	       (sip_is_refusal(s->status) || at <= s->given_at);
}

bool
sip_was_off(const struct episode *e, instant at)
{
	const struct participant *p = episode_participant_of(e, e->sip_behov.unit);
	bool barred = e->tvangsvard.oppen_at != INSTANT_NONE && e->tvangsvard.oppen_at < at &&
		      (e->tvangsvard.oppen != TVANGSVARD_INGEN || at <= e->tvangsvard.slut_at);
	bool needless = e->sip_behov.nr != 0 && p != NULL && !sip_wants(e->sip_behov.art) &&
			p->sip_behov_at < at;
	bool held = is_held_already(e);
	struct sip_asked asked;

	if (sip_was_due(e, at, &asked)) {
		/* A word that was known then was outweighed; another SIP than that one was due. */
		needless = needless && p->sip_behov_first_recorded_at >= at;
		held = sip_is_held(e) && e->sip_round[asked.round].begins_at < e->sip.at;
	}
	return was_refused(&e->samtycke[SAMTYCKE_SIP], at) || barred || needless ||
	       (held && e->sip.hallen_at < at);
}

bool
sip_is_struck(const struct participant *p, int round)
{
	return (p->struken_rounds >> round & 1) != 0;
}

/* Is it, or was it, of those who are summoned, whomever the patient struck? */
static bool
is_of_those(const struct region *r, const struct participant *p)
{
	const struct unit *u = region_unit(r, p->unit);

	if (p->role != ROLE_MOTTAGARE || u == NULL)
		return false;
	return unit_is_oppenvard(u) || u->slag == KOMMUNAL_HSL || u->slag == SOCIALTJANST;
}

/* The same, unless the patient struck it from that round (D11). */
static bool
is_concerned(const struct region *r, const struct participant *p, int round)
{
	return is_of_those(r, p) && !sip_is_struck(p, round);
}

bool
sip_concerns(const struct episode *e, const struct region *r, const struct participant *p)
{
	return p->active && is_concerned(r, p, e->sip_round_nr);
}

static bool
kontakt_runs(const struct kontakt *k, instant now)
{
	return k->from_at <= now && (k->to_at == INSTANT_NONE || k->to_at > now);
}

/* B8: is the unit that of the samordnande fast vårdkontakt, as entered? */
static bool
is_samordnande(const struct surroundings *s, unit_id unit, instant now)
{
	for (int i = 0; i < s->kontakt_count; i++) {
		const struct kontakt *k = &s->kontakter[i];
		if (k->slag == KONTAKT_SAMORDNANDE && kontakt_runs(k, now))
			return k->unit == unit;
	}
	return false;
}

/* B8: has the patient an established regular contact there: is listed, or has a fast läkarkontakt
 * or a fast vårdkontakt by another word than this stay's? */
static bool
is_established(const struct episode *e, const struct surroundings *s, unit_id unit, instant now)
{
	bool established = e->inskr.listad_pa == unit;

	for (int i = 0; i < s->kontakt_count; i++) {
		const struct kontakt *k = &s->kontakter[i];
		established |= k->unit == unit && k->episode != s->episode &&
			       kontakt_runs(k, now) &&
			       (k->slag == KONTAKT_FVK || k->slag == KONTAKT_LAKARE);
	}
	return established;
}

/* D9, B8: each weighs more than all below it. Of where the main disease is treated, and where the
 * patient mainly stays, nothing is told but by entering the samordnande. */
static int
sender_weight(
    const struct episode *e, const struct surroundings *s, const struct unit *u, instant now)
{
	const struct fvk *fvk = episode_fvk(e, u->unit);
	const struct staff *person = fvk != NULL ? region_staff(s->region, fvk->staff) : NULL;
	bool primary = u->slag == PRIMARVARD;

	return 32 * (fvk != NULL) + 16 * (fvk != NULL && is_samordnande(s, u->unit, now)) +
	       8 * (primary && is_established(e, s, u->unit, now)) + 4 * primary +
	       2 * (person != NULL && appoint_fits(person, e->inskr.behovsprofil)) + 1;
}

unit_id
sip_unit(const struct episode *e, const struct surroundings *s, instant now)
{
	unit_id best = 0;
	int best_weight = 0;

	for (int i = 0; i < e->participant_count; i++) {
		const struct participant *p = &e->participant[i];
		const struct unit *u = region_unit(s->region, p->unit);
		if (!p->active || p->role != ROLE_MOTTAGARE || u == NULL || !unit_is_oppenvard(u))
			continue;
		if (e->klar.nr != 0 && p->undanhallen_nr == e->klar.nr)
			continue; /* C1a: it does not know */
		int weight = sender_weight(e, s, u, now);
		if (weight > best_weight) {
			best_weight = weight;
			best = p->unit;
		}
	}
	return best;
}

/* What opened the participant's D1, and when; INSTANT_NONE: C1a, it is not delivered. */
struct opening {
	instant at;
	int32_t ref;
};

/* C5: what the ready notice itself says is known from when that was delivered. */
static bool
is_of_klar(const struct episode *e, const struct opening *o)
{
	return (o->ref == e->klar.nr || o->ref == e->klar.first_nr) && o->at <= e->klar.recorded_at;
}

/* D1, before t, opens when the ready notice is delivered, or, if that is later, when a SIP comes to
 * be due: by words or needs, by samtycke given anew (D3), by the end of open compulsory care (C6).
 * As was known, and not before it was so. */
static struct opening
opening_of(
    const struct episode *e, const struct participant *p, const struct sip_run *run, instant t)
{
	bool so_then = e->sip_wanted.from_at < t;
	const struct opening due[] = {
	    {run->since_at, run->nr}, {e->sip_wanted.from_at, so_then ? e->sip_wanted.nr : 0}};
	struct opening o = {episode_klar_lamnad_at(e, p), e->klar.first_nr};

	if (o.at == p->klar_given_at)
		o.ref = p->klar_given_nr; /* C1a */
	else if (o.at == p->received_at && p->received_at > e->klar.recorded_at)
		o.ref = p->added_nr;
	for (int i = 0; o.at != INSTANT_NONE && i < 2; i++)
		if (due[i].ref != 0 && due[i].at > o.at && !is_of_klar(e, &due[i]))
			o = due[i];
	return o;
}

/* The run that was known last. */
static const struct sip_run *
last_run(const struct episode *e)
{
	static const struct sip_run none = {.nr = 0, .to_at = 0};

	return e->sip_run_count > 0 ? &e->sip_run[e->sip_run_count - 1] : &none;
}

instant
sip_round_name(const struct sip_round *round)
{
	if (round->refused || round->begins_at == INSTANT_NONE)
		return round->begins_at;
	return calendar_midnight(
	    calendar_date(round->begins_at)); /* a meeting is known by its day */
}

static int
round_of(const struct episode *e, const struct sip_run *run)
{
	for (int i = e->sip_round_nr; i > 0; i--)
		if (sip_round_name(&e->sip_round[i]) == run->round)
			return i;
	return 0;
}

bool
sip_was_due(const struct episode *e, instant t, struct sip_asked *asked)
{
	for (int i = 0; i < e->sip_run_count; i++) {
		const struct sip_run *run = &e->sip_run[i];
		if (run->from_at >= t || (run->to_at != INSTANT_NONE && run->to_at < t))
			continue;
		*asked = (struct sip_asked){t, *run, round_of(e, run)};
		return true;
	}
	return false;
}

instant
sip_asked_until(const struct episode *e, const struct sip_asked *asked)
{
	instant lapsed = asked->run.to_at, over = INSTANT_NONE;

	if (asked->round < e->sip_round_nr)
		over = e->sip_round[asked->round + 1].begins_at;
	if (lapsed == INSTANT_NONE || over == INSTANT_NONE)
		return lapsed == INSTANT_NONE ? over : lapsed;
	return lapsed < over ? lapsed : over;
}

instant
sip_opened_at(const struct episode *e, const struct participant *p, const struct sip_asked *asked)
{
	return opening_of(e, p, &asked->run, asked->at).at;
}

/* Who is summoned by whom: the unit that summons is not among them, unless it is the only one
 * concerned. */
static bool
is_to_be_summoned(const struct episode *e, const struct region *r, const struct participant *p,
    unit_id sender, int round)
{
	if (!p->active || !is_concerned(r, p, round))
		return false;
	if (p->unit != sender)
		return true;
	for (int i = 0; i < e->participant_count; i++) {
		const struct participant *other = &e->participant[i];
		if (other->unit != sender && other->active && is_concerned(r, other, round))
			return false;
	}
	return true;
}

instant
sip_summoned_at(const struct episode *e, const struct participant *p)
{
	return p->kallelse_at[e->sip_round_nr];
}

/* One unit more on the clock: it is fulfilled when the last of them is summoned. */
static void
count_in(struct sip_clock *clock, instant at)
{
	if (at == INSTANT_NONE)
		clock->fulfilled = false;
	else if (at > clock->sent_at)
		clock->sent_at = at;
}

/* D1 of the SIP that was due last. */
static int
clocks_of(const struct episode *e, const struct surroundings *s, instant now,
    const struct sip_run *run, struct sip_clock out[static SIP_CLOCKS_MAX])
{
	int count = 0, round = round_of(e, run);

	unit_id sender = sip_unit(e, s, now);
	bool shift = region_policy(s->region, POLICY_SIP_SHIFT_HOLIDAY, sender, now, NULL) != 0;
	for (int i = 0; i < e->participant_count; i++) {
		const struct participant *p = &e->participant[i];
		if (!is_to_be_summoned(e, s->region, p, sender, round))
			continue;
		struct opening o = opening_of(e, p, run, INSTANT_NEVER);
		if (o.at == INSTANT_NONE)
			continue;
		int k = 0;
		while (k < count && out[k].ref != o.ref)
			k++;
		if (k == count) {
			out[count++] =
			    (struct sip_clock){o.ref, calendar_kallelse_due(o.at, D1_DAYS),
				calendar_kallelse_breach_from(
				    o.at, D1_DAYS, shift ? SIP_SHIFT_HOLIDAY : SIP_SHIFT_NONE),
				sender, true, INSTANT_NONE};
		}
		count_in(&out[k], p->kallelse_at[round]);
	}
	return count;
}

int
sip_clocks(const struct episode *e, const struct surroundings *s, instant now,
    struct sip_clock out[static SIP_CLOCKS_MAX])
{
	if (e->klar.nr == 0 || !sip_is_due(e))
		return 0;
	return clocks_of(e, s, now, last_run(e), out);
}

int
sip_clocks_asked(const struct episode *e, const struct surroundings *s, instant now,
    struct sip_clock out[static SIP_CLOCKS_MAX])
{
	const struct sip_run *run = last_run(e);
	int next = round_of(e, run) + 1;
	bool held = next <= e->sip_round_nr && !e->sip_round[next].refused;

	if (e->klar.nr == 0 || e->sip_run_count == 0 || (run->to_at != INSTANT_NONE && !held))
		return 0;
	return clocks_of(e, s, now, last_run(e), out);
}

instant
sip_asked_summoned_at(const struct episode *e, const struct participant *p)
{
	return p->kallelse_at[round_of(e, last_run(e))];
}

bool
sip_concerned(const struct episode *e, const struct region *r, const struct participant *p)
{
	return p->active && is_concerned(r, p, round_of(e, last_run(e)));
}

struct sip_clock
sip_clock_of(
    const struct episode *e, const struct participant *p, const struct sip_clock *clocks, int count)
{
	struct opening o = opening_of(e, p, last_run(e), INSTANT_NEVER);

	for (int i = 0; i < count && o.at != INSTANT_NONE; i++)
		if (clocks[i].ref == o.ref)
			return clocks[i];
	return (struct sip_clock){.due_before = INSTANT_NONE, .breach_from = INSTANT_NONE};
}

bool
sip_was_unsummoned(const struct episode *e, const struct region *r, int32_t ref, instant t)
{
	const struct sip_run *run = last_run(e);
	int round = round_of(e, run);
	bool unsummoned = false;

	for (int i = 0; i < e->participant_count; i++) {
		const struct participant *p = &e->participant[i];
		instant at = p->kallelse_at[round];
		bool struck = sip_is_struck(p, round), is_there = p->active && !struck;
		bool was_there =
		    (p->active || p->ended_at >= t) && !(struck && p->struken_since < t);
		if (!is_of_those(r, p) || !was_there || is_there)
			continue;
		unsummoned |= opening_of(e, p, run, INSTANT_NEVER).ref == ref &&
			      (at == INSTANT_NONE || at >= t);
	}
	return unsummoned;
}

/* The one that is to be looked at first: of those that run, else of those fulfilled, the earliest.
 */
struct sip_clock
sip_clock(const struct episode *e, const struct surroundings *s, instant now)
{
	struct sip_clock clocks[SIP_CLOCKS_MAX];
	struct sip_clock first = {0, INSTANT_NONE, INSTANT_NONE, 0, false, INSTANT_NONE};
	int count = sip_clocks(e, s, now, clocks);

	for (int i = 0; i < count; i++) {
		const struct sip_clock *c = &clocks[i];
		bool sooner = c->fulfilled == first.fulfilled ? c->due_before < first.due_before
							      : first.fulfilled;
		if (first.ref == 0 || sooner)
			first = *c;
	}
	return first;
}

instant
sip_not_before(const struct episode *e)
{
	instant at = e->klar.nr != 0 ? e->klar.klar_at : e->inskr.recorded_at;
	instant home = e->utskrivning.nr != 0 ? e->utskrivning.at : e->beraknad.at;

	return home > at ? home : at; /* INSTANT_NONE lies before every instant */
}

instant
sip_not_after(const struct episode *e, const struct region *r, unit_id unit, instant now)
{
	return calendar_add_days(
	    sip_not_before(e), (int)region_policy(r, POLICY_SIP_WINDOW, unit, now, NULL));
}

static struct sip_time
time_of(const struct slot *slot, staff_id staff, instant start, instant end)
{
	struct sip_time time = {slot->slot, staff, {.start_at = start, .end_at = end}};

	time.mote.form = slot->form;
	snprintf(time.mote.plats, sizeof time.mote.plats, "%s", slot->plats);
	return time;
}

/* The first time of one weekly slot in [from, to] that is free for whoever acts for the FVK then.
 */
static struct sip_time
first_free_in(const struct surroundings *s, const struct slot *slot, const struct fvk *fvk,
    instant from, instant to)
{
	const struct sip_time none = {.mote = {.start_at = INSTANT_NONE, .end_at = INSTANT_NONE}};

	for (;;) {
		instant start = calendar_slot_in_span_next(
		    slot->weekday, slot->from_minute, slot->to_minute, slot->length_minutes, from);
		if (start > to)
			return none;
		instant end = start + slot->length_minutes * MINUTE;
		staff_id staff = region_acting(s->region, fvk->staff, start);
		if (staff != 0 && (slot->staff == 0 || slot->staff == staff) &&
		    calendar_holiday(calendar_date(start)) == HOLIDAY_NONE &&
		    region_free_at(s->region, staff, slot->slot, start, end, s->episode))
			return time_of(slot, staff, start, end);
		from = start + 1;
	}
}

/* D6: days off give no notice: what comes on one counts from the next working day's beginning. */
static instant
after_notice(instant now, int working_days)
{
	if (!calendar_working_day(calendar_date(now)))
		now = calendar_next_working_day(now, 0);
	return calendar_after_working_days(now, working_days);
}

struct sip_time
sip_first_free(
    const struct episode *e, const struct surroundings *s, const struct fvk *fvk, instant now)
{
	const struct unit *unit = region_unit(s->region, fvk->unit);
	struct sip_time best = {.mote = {.start_at = INSTANT_NEVER, .end_at = INSTANT_NONE}};
	int notice = (int)region_policy(s->region, POLICY_SIP_MIN_NOTICE, fvk->unit, now, NULL);
	instant base = sip_not_before(e);
	instant from = after_notice(now, notice);
	instant to = sip_not_after(e, s->region, fvk->unit, now);

	if (from < base)
		from = base;
	for (int i = 0; unit != NULL && i < unit->slot_count; i++) {
		const struct slot *slot = &s->region->slots[unit->slot_first + i];
		struct sip_time time = first_free_in(s, slot, fvk, from, to);
		if (time.slot != 0 && time.mote.start_at < best.mote.start_at)
			best = time;
	}
	return best;
}
