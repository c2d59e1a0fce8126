/*
 * decide: what samordnad itself decides, one thing at a time (A4, B2, B4, D6, D6a, G1, G2, G4, G6).
 * Each decision is a fact with source 0, so that a new fold never rewrites it. Pure.
 */
#include "appoint.h"
#include "owed.h"
#include "plan.h"
#include "sip.h"

#include <string.h>

/*
 * A decision stands right behind what was known when it was taken: what comes later from a sender
 * is folded after it, what comes late before it.
 */
static void
decision_init(struct fact *d, enum message_type type, const struct episode *e, instant now)
{
	memset(d, 0, sizeof *d);
	d->type = type;
	d->recorded_at = now;
	d->sent_at = e->last_sent_at;
}

/* ---- G2, G7: the stay before ---- */

/* Was the patient in that stay before this one began, home again for a while at most (policy), or
 * still there when another vårdgivare took over? */
static bool
is_followed(
    const struct episode *e, const struct surroundings *s, const struct stay *stay, instant now)
{
	const struct episode *before = stay->state;
	instant in = e->inskr.inskriven_at;
	int64_t days =
	    region_policy(s->region, POLICY_READMISSION_DAYS, episode_hospital(e), now, NULL);

	if (before->patient != e->patient || before->inskr.nr == 0 || before->avliden.nr != 0 ||
	    before->inskr.inskriven_at >= in)
		return false;
	if (before->utskrivning.nr == 0)
		return stay->org != s->org;
	return before->utskrivning.at <= in &&
	       in <= calendar_add_days(before->utskrivning.at, (int)days);
}

/* What was summoned to there and lies ahead. */
static void
take_over(struct fact_tidigare_vardtillfalle *m, const struct episode *before, instant now)
{
	if (!sip_is_summoned(before) || before->bokning.status == BOKNING_NONE ||
	    before->mote.start_at <= now)
		return;
	m->kallade_at = before->kallelse.at;
	m->unit = before->kallelse.unit;
	m->staff = before->bokning.staff;
	m->slot = before->bokning.slot;
	m->mote = before->mote;
	for (int i = 0; i < before->participant_count && m->kallade_count < MOTTAGARE_MAX; i++)
		if (before->participant[i].kallad_nr != 0 &&
		    sip_summoned_at(before, &before->participant[i]) != INSTANT_NONE)
			m->kallade[m->kallade_count++] = before->participant[i].unit;
}

static bool
decide_earlier(const struct episode *e, const struct surroundings *s, instant now, struct fact *d)
{
	const struct stay *found = NULL;

	if (e->tidigare.nr != 0)
		return false;
	for (int i = 0; i < s->stay_count; i++) {
		const struct stay *stay = &s->stays[i];
		if (is_followed(e, s, stay, now) &&
		    (found == NULL ||
			stay->state->inskr.inskriven_at > found->state->inskr.inskriven_at))
			found = stay;
	}
	if (found == NULL)
		return false;
	decision_init(d, TIDIGARE_VARDTILLFALLE, e, now);
	struct fact_tidigare_vardtillfalle *m = &d->tidigare_vardtillfalle;
	memcpy(m->episode, found->uuid, sizeof m->episode);
	m->samma_vardgivare = found->org == s->org;
	m->utskriven_at =
	    found->state->utskrivning.nr != 0 ? found->state->utskrivning.at : INSTANT_NONE;
	m->kallade_at = m->mote.start_at = m->mote.end_at = INSTANT_NONE;
	take_over(m, found->state, now);
	return true;
}

static bool
follows(const struct episode *after, const uint8_t uuid[static 16])
{
	return after->tidigare.nr != 0 &&
	       memcmp(after->tidigare.episode, uuid, sizeof after->tidigare.episode) == 0;
}

/* The other side: the stay that follows this one and has the meeting now, or NULL. */
static const struct stay *
handed_over_to(const struct episode *e, const struct surroundings *s, instant now)
{
	if (e->bokning.status == BOKNING_NONE || e->mote.start_at <= now)
		return NULL;
	for (int i = 0; i < s->stay_count; i++) {
		const struct episode *after = s->stays[i].state;
		if (after->patient == e->patient && follows(after, s->uuid) &&
		    after->kallelse.nr == after->tidigare.nr)
			return &s->stays[i];
	}
	return NULL;
}

/* ---- What is said of the patient elsewhere (G1), and what has no ground there any more ---- */

static const struct episode *
other_of(const struct surroundings *s, const uint8_t uuid[static 16])
{
	for (int i = 0; i < s->stay_count; i++)
		if (memcmp(s->stays[i].uuid, uuid, sizeof s->stays[i].uuid) == 0)
			return s->stays[i].state;
	return NULL;
}

static bool
said_here(const struct episode *e)
{
	return e->avliden.nr != 0 && episode_is_here(e->avliden.episode);
}

/* G2: an admission follows a stay; a discharge told late is followed by the next admission. G1: a
 * death, and what opens after it. G4: whose the identity is. B8: who coordinates. Whatever of these
 * is annulled. */
static const bool others[MESSAGE_TYPE_COUNT] = {
    [INSKRIVNING] = true,
    [INSKRIVNINGSMEDDELANDE] = true,
    [UTSKRIVNING] = true,
    [AVLIDEN] = true,
    [FAST_KONTAKT] = true,
    [PATIENT_UPPDATERAD] = true,
    [MAKULERING] = true,
};

bool
tells_on_others(enum message_type said)
{
	return others[said];
}

bool
places_stay(enum message_type said)
{
	return said == INSKRIVNING || said == INSKRIVNINGSMEDDELANDE || said == UTSKRIVNING ||
	       said == AVLIDEN;
}

bool
corrects_place(const struct episode *e, const struct fact *f)
{
	bool admits = f->type == INSKRIVNING || f->type == INSKRIVNINGSMEDDELANDE;

	if (e->avliden.nr != 0 && (admits || f->type == AVLIDEN))
		return true;
	return (f->type == UTSKRIVNING && e->utskrivning.nr != 0) ||
	       (f->type == INSKRIVNINGSMEDDELANDE && e->inskr.nr != 0 &&
		   f->inskrivningsmeddelande.inskriven_at != e->inskr.inskriven_at);
}

/* Does it still follow the stay of which it said so, whenever the readmission was decided? */
static bool
still_follows(const struct episode *e, const struct episode *before)
{
	instant in = e->inskr.inskriven_at;

	if (before->patient != e->patient || before->inskr.nr == 0 ||
	    before->inskr.inskriven_at >= in)
		return false;
	return !e->tidigare.samma_vardgivare ||
	       (before->utskrivning.nr != 0 && before->utskrivning.at <= in);
}

/* Our own decision that another of the patient's no longer bears, or which bore it while it was the
 * patient's: its nr, or 0. */
static int32_t
without_ground(const struct episode *e, const struct surroundings *s)
{
	const struct episode *other = other_of(s, e->avliden.episode);

	if (e->avliden.nr != 0 && other != NULL &&
	    (!said_here(other) || other->patient != e->patient ||
		other->avliden.at < episode_inskriven_at(e)))
		return e->avliden.nr;
	other = other_of(s, e->tidigare.episode);
	if (e->tidigare.nr != 0 && other != NULL && !still_follows(e, other))
		return e->tidigare.nr;
	other = other_of(s, e->bokning.overlamnad);
	if (e->bokning.overlamnad_nr != 0 && other != NULL && !follows(other, s->uuid))
		return e->bokning.overlamnad_nr;
	return 0;
}

static bool
decide_annulment(const struct episode *e, const struct surroundings *s, instant now, struct fact *d)
{
	int32_t nr = s->facts_at_hand ? without_ground(e, s) : 0;

	if (nr == 0)
		return false;
	decision_init(d, MAKULERING, e, now);
	d->makulering.message_nr = nr;
	return true;
}

/* G4: the identity that the stay names is another patient's than it was. */
static bool
decide_patient(const struct episode *e, const struct surroundings *s, instant now, struct fact *d)
{
	if (!episode_is_named(e) || e->own_file || s->named == 0 || s->named == e->patient)
		return false;
	decision_init(d, PATIENT_UPPDATERAD, e, now);
	d->patient = s->named;
	d->patient_uppdaterad.from_at = INSTANT_NONE;
	memcpy(d->patient_uppdaterad.episode, s->said_in, sizeof s->said_in);
	return true;
}

/* D7, B10, B11: is something of it looked after, also when the stay is over? */
static bool
lasts(const struct episode *e, const struct surroundings *s, instant now)
{
	bool lasts = sip_is_held(e) && !e->sip.avslutad;

	for (int i = 0; i < e->fvk_count; i++)
		lasts |= e->fvk[i].staff != 0 && e->fvk[i].omprovas_at != INSTANT_NONE;
	for (int i = 0; i < s->kontakt_count; i++) {
		const struct kontakt *k = &s->kontakter[i];
		lasts |= k->episode == s->episode && (k->to_at == INSTANT_NONE || k->to_at > now);
	}
	return lasts;
}

const struct stay *
stay_of_death(const struct episode *e, const struct surroundings *s)
{
	for (int i = 0; i < s->stay_count; i++) {
		const struct stay *stay = &s->stays[i];
		if (said_here(stay->state) && stay->state->patient == e->patient &&
		    stay->state->avliden.at >= episode_inskriven_at(e))
			return stay;
	}
	return NULL;
}

/* G1: a death is said once, in one stay; it ends whatever else of the patient's had begun by then
 * and is not over. */
static bool
decide_death(const struct episode *e, const struct surroundings *s, instant now, struct fact *d)
{
	bool begun = episode_is_named(e) || e->own_file;

	if (e->avliden.nr != 0 || !begun ||
	    (episode_is_over(e, s->region, now) && !lasts(e, s, now)))
		return false;
	const struct stay *stay = stay_of_death(e, s);
	if (stay == NULL)
		return false;
	decision_init(d, AVLIDEN, e, now);
	d->at.at = stay->state->avliden.at;
	memcpy(d->at.episode, stay->uuid, sizeof d->at.episode);
	return true;
}

/* G6: nobody says of an own file that the patient is protected: it is while a stay is. Where none
 * of those at hand says anything of it, it is not, unless there may be more than those. */
static bool
decide_skydd(const struct episode *e, const struct surroundings *s, instant now, struct fact *d)
{
	enum skydd skydd = SKYDD_NEJ;
	bool said = false;

	for (int i = 0; i < s->stay_count; i++) {
		const struct episode *stay = s->stays[i].state;
		if (stay->patient != e->patient || stay->inskr.nr == 0)
			continue;
		said = true;
		if (stay->inskr.skydd > skydd)
			skydd = stay->inskr.skydd;
	}
	bool all = s->stay_count > 0 && s->stay_count < STAYS_MAX - 1;
	if (!e->own_file || !(said || all) || skydd == e->inskr.skydd)
		return false;
	decision_init(d, PATIENT_UPPDATERAD, e, now);
	d->patient_uppdaterad.given = PATIENT_SKYDD;
	d->patient_uppdaterad.skydd = skydd;
	d->patient_uppdaterad.from_at = INSTANT_NONE;
	memcpy(d->patient_uppdaterad.episode, s->said_in, sizeof s->said_in);
	return true;
}

/* ---- A4: mottagare ---- */

static bool
has_oppenvard(const struct episode *e, const struct region *r)
{
	for (int i = 0; i < e->participant_count; i++) {
		const struct unit *u = region_unit(r, e->participant[i].unit);
		if (e->participant[i].active && u != NULL && unit_is_oppenvard(u))
			return true;
	}
	return false;
}

bool
mottagare_is_resolved(const struct episode *e, const struct region *r, const struct mottagare *m)
{
	for (int i = 0; i < e->participant_count; i++) {
		const struct participant *p = &e->participant[i];
		/* One that left by a word about it is not asked again (A9-A11). */
		if ((p->active || p->uttrade != UTTRADE_NONE) &&
		    unit_is_meant(region_unit(r, p->unit), m->kommun, m->slag, m->distrikt))
			return true;
	}
	return false;
}

/* A4; and without one, nobody could summon to a SIP that is due (D4). */
static bool
oppenvard_missing(const struct episode *e, const struct region *r)
{
	bool hsl = (e->inskr.behov & 1 << BEHOV_KOMMUNAL_HSL) != 0;

	return (hsl || (e->klar.nr != 0 && sip_is_due(e))) && !has_oppenvard(e, r);
}

/* A4 in both its parts: what is named only by kommun and slag, and the öppenvård that must be among
 * the mottagare. */
unsigned
mottagare_missing(const struct episode *e, const struct region *r)
{
	unsigned missing = oppenvard_missing(e, r) ? MISSING_OPPENVARD : 0;

	for (int i = 0; i < e->unresolved_count; i++)
		if (!mottagare_is_resolved(e, r, &e->unresolved[i].named))
			missing |= 1u << e->unresolved[i].named.slag;
	for (int i = 0; i < e->participant_count; i++)
		if (mottagare_moved(e, r, &e->participant[i]) != 0)
			missing |= 1u << region_unit(r, e->participant[i].unit)->slag;
	return missing;
}

/* D6: the meeting that a person chose is not in the register, where its time is another's. */
static bool
time_is_taken(const struct episode *e, const struct given *g)
{
	return e->bokning.status == BOKNING_BOKAD && e->bokning.staff != 0 &&
	       e->mote.start_at != INSTANT_NONE && g->booking.staff == 0;
}

bool
mottagare_is_forwarded(const struct episode *e, const struct region *r, const struct participant *p)
{
	bool forwarded = p->forwarded_by != 0;

	for (int i = 0; i < e->unresolved_count && !p->tillagd; i++) {
		const struct unresolved *u = &e->unresolved[i];
		forwarded |= u->by != 0 && p->added_nr > u->nr &&
			     unit_is_meant(region_unit(r, p->unit), u->named.kommun, u->named.slag,
				 u->named.distrikt);
	}
	return forwarded;
}

/* D6, D11: the kallelse went out. What its sender has to mend is said before what it only got wrong
 * (that there was none to change). */
static enum outcome
outcome_of_taken(enum outcome outcome)
{
	if (outcome == OUTCOME_KALLADE_EJ_MOTTAGARE)
		return OUTCOME_KALLADE_EJ_MOTTAGARE_UPPTAGEN;
	return outcome == OUTCOME_APPLIED || outcome == OUTCOME_SKICKAD_SOM_FORSTA
		   ? OUTCOME_TIDEN_UPPTAGEN
		   : outcome;
}

enum outcome
outcome_of(const struct episode *e, const struct given *g, const struct region *r,
    enum message_type said, enum outcome outcome)
{
	bool names = said == INSKRIVNINGSMEDDELANDE || said == MOTTAGARE_ANDRAD;
	bool plain = outcome == OUTCOME_APPLIED || outcome == OUTCOME_NY_VERSION;
	bool admits = said == INSKRIVNINGSMEDDELANDE || said == INSKRIVNING;

	if (admits && outcome_table[outcome].result == RESULT_APPLIED && e->avliden.nr != 0 &&
	    !episode_is_here(e->avliden.episode))
		return OUTCOME_AVLIDEN; /* G1: so it was said in another stay */
	if (names && plain && mottagare_missing(e, r) != 0)
		return OUTCOME_MOTTAGARE_SAKNAS;
	return said == SIP_KALLELSE && time_is_taken(e, g) ? outcome_of_taken(outcome) : outcome;
}

/* Has the unit taken part, and left by a word about it? */
static bool
has_left(const struct episode *e, unit_id unit)
{
	const struct participant *p = episode_participant_of(e, unit);

	return p != NULL && !p->active && p->uttrade != UTTRADE_NONE;
}

/* A9: who is listed elsewhere now has the right unit there, which takes over at once. */
static unit_id
right_unit(const struct episode *e, const struct region *r)
{
	for (int i = 0; i < e->participant_count; i++) {
		const struct participant *p = &e->participant[i];
		const struct unit *u = region_unit(r, p->ratt_enhet);
		const struct unit *left = region_unit(r, p->unit);
		if (p->uttrade != UTTRADE_AVVISAD || p->avvisning_orsak != EJ_LISTAD || u == NULL ||
		    !unit_is_oppenvard(u) || left == NULL || !unit_is_oppenvard(left))
			continue;
		const struct participant *q = episode_participant_of(e, u->unit);
		if ((q == NULL || !q->active) && !has_left(e, u->unit))
			return u->unit;
	}
	return 0;
}

unit_id
mottagare_moved(const struct episode *e, const struct region *r, const struct participant *p)
{
	const struct unit *u = region_unit(r, p->unit);
	kommun_kod kommun = e->inskr.folkbokforingskommun;
	struct mottagare meant = {.kommun = kommun};
	unit_id found[1];
	bool was = false; /* of one where the patient was registered */

	if (e->kommun_count < 2 || kommun == 0 || !p->active || p->role != ROLE_MOTTAGARE ||
	    u == NULL || unit_is_oppenvard(u) || u->kommun == kommun)
		return 0;
	for (int i = 0; i < e->kommun_count - 1; i++)
		was |= u->kommun == e->kommun[i].kommun;
	if (!was)
		return 0;
	meant.slag = u->slag;
	if (mottagare_is_resolved(e, r, &meant))
		return 0;
	return region_units_of(r, kommun, u->slag, "", found, 1) == 1 ? found[0] : -1;
}

static bool
decide_mottagare(const struct episode *e, const struct surroundings *s, instant now, struct fact *d)
{
	const struct region *r = s->region;
	unit_id unit = 0;

	if (e->inskr.skydd != SKYDD_NEJ || (mottagare_missing(e, r) == 0 && right_unit(e, r) == 0))
		return false; /* G6: no automatic routing */
	for (int i = 0; i < e->unresolved_count && unit == 0; i++) {
		const struct mottagare *m = &e->unresolved[i].named;
		unit_id found[1];
		if (!mottagare_is_resolved(e, r, m) &&
		    region_units_of(r, m->kommun, m->slag, m->distrikt, found, 1) == 1)
			unit = found[0];
	}
	for (int i = 0; i < e->participant_count && unit == 0; i++) {
		unit_id moved = mottagare_moved(e, r, &e->participant[i]);
		unit = moved > 0 ? moved : 0;
	}
	const struct unit *listed = region_unit(r, e->inskr.listad_pa);
	if (unit == 0)
		unit = right_unit(e, r);
	if (unit == 0 && listed != NULL && unit_is_oppenvard(listed) && oppenvard_missing(e, r) &&
	    !has_left(e, listed->unit))
		unit = listed->unit;
	if (unit == 0 ||
	    (e->participant_count == PARTICIPANTS_MAX && episode_participant_of(e, unit) == NULL))
		return false;
	decision_init(d, MOTTAGARE_ANDRAD, e, now);
	d->mottagare_andrad.lagg_till_count = 1;
	d->mottagare_andrad.lagg_till[0].unit = unit;
	return true;
}

/* ---- B2, B4: fast vårdkontakt ---- */

/*
 * The patient's contact of the kind now. A row that this stay itself wrote says nothing: either the
 * state says so still, or what said it was annulled.
 */
static const struct kontakt *
kontakt_of(const struct surroundings *s, int slag, unit_id unit, instant now)
{
	for (int i = 0; i < s->kontakt_count; i++) {
		const struct kontakt *k = &s->kontakter[i];
		if (k->episode != s->episode && k->slag == slag && (unit == 0 || k->unit == unit) &&
		    k->staff != 0 && (k->to_at == INSTANT_NONE || k->to_at > now))
			return k;
	}
	return NULL;
}

static const struct fvk *
slot_of(const struct episode *e, unit_id unit)
{
	for (int i = 0; i < e->fvk_count; i++)
		if (e->fvk[i].unit == unit)
			return &e->fvk[i];
	return NULL;
}

static void
fvk_decision(struct fact *d, const struct episode *e, instant now, enum fvk_atgard atgard,
    unit_id unit, staff_id staff)
{
	decision_init(d, FAST_VARDKONTAKT, e, now);
	d->fast_vardkontakt.atgard = atgard;
	d->fast_vardkontakt.unit = unit;
	d->fast_vardkontakt.staff = staff;
	d->fast_vardkontakt.from_at = now;
	d->fast_vardkontakt.to_at = d->fast_vardkontakt.omprovas_at = INSTANT_NONE;
}

/* B10: whose assignment at the unit has ended, and not because it was void (B11); 0: nobody's. */
static staff_id
ended_at(const struct episode *e, unit_id unit)
{
	const struct fvk *slot = slot_of(e, unit);

	return slot != NULL && !slot->utan_grund ? slot->avslutad : 0;
}

static struct appoint_case
case_of(const struct episode *e, const struct surroundings *s, const struct unit *unit, instant now)
{
	const struct kontakt *before = kontakt_of(s, 1, unit->unit, now);
	const struct kontakt *doctor = kontakt_of(s, 2, 0, now);

	return (struct appoint_case){
	    .unit = unit,
	    .now = now,
	    .discharge_at =
		e->beraknad.at != INSTANT_NONE && e->beraknad.at > now ? e->beraknad.at : now,
	    .livshotande = e->inskr.livshotande,
	    .behovsprofil = e->inskr.behovsprofil,
	    .onskad = e->inskr.onskad,
	    .ej_onskad = e->inskr.ej_onskad,
	    .avslutad = ended_at(e, unit->unit),
	    .befintlig = before != NULL ? before->staff : 0,
	    .lakarkontakt = doctor != NULL ? doctor->staff : 0,
	};
}

int
fvk_rank(const struct episode *e, const struct surroundings *s, const struct unit *unit,
    instant now, struct ranked *out)
{
	const struct appoint_case c = case_of(e, s, unit, now);

	return appoint_rank(s->region, &c, out, RANKED_MAX);
}

/* A wish goes before everything else but what excludes. */
bool
fvk_may_be(const struct episode *e, const struct surroundings *s, unit_id unit, instant now,
    staff_id staff)
{
	const struct unit *u = region_unit(s->region, unit);
	struct ranked first;

	if (u == NULL || staff == 0)
		return false;
	struct appoint_case c = case_of(e, s, u, now);
	c.onskad = staff;
	return appoint_rank(s->region, &c, &first, 1) == 1 && first.staff == staff;
}

/* B2: the person whom the patient already has at this unit goes on, unless the unit ended that here
 * or B3 forbids. */
static bool
decide_existing(const struct episode *e, const struct surroundings *s, const struct unit *unit,
    instant now, struct fact *d)
{
	const struct kontakt *before = kontakt_of(s, 1, unit->unit, now);
	const struct staff *person = before != NULL ? region_staff(s->region, before->staff) : NULL;

	if (person == NULL || person->slutar_at <= now || ended_at(e, unit->unit) != 0 ||
	    person->staff == e->inskr.ej_onskad ||
	    (e->inskr.livshotande && !appoint_is_physician(person)))
		return false;
	fvk_decision(d, e, now, FVK_BEKRAFTA, unit->unit, person->staff);
	d->fast_vardkontakt.to_at = before->to_at;
	return true;
}

/* B4: when the unit has not confirmed in time. */
instant
fvk_unconfirmed_at(const struct episode *e)
{
	return e->beraknad.at == INSTANT_NONE ? INSTANT_NEVER : e->beraknad.at - 24 * HOUR;
}

/* B4, B5; B13: `instead` is who is gone, or 0. */
static bool
decide_ranked(const struct episode *e, const struct surroundings *s, const struct unit *unit,
    staff_id instead, instant now, struct fact *d)
{
	enum fvk_mode mode =
	    (enum fvk_mode)region_policy(s->region, POLICY_FVK_MODE, unit->unit, now, NULL);
	const struct standing_decision *sd = region_standing_decision(s->region, unit->unit, now);
	const struct fvk *slot = slot_of(e, unit->unit);
	struct ranked rank[RANKED_MAX];

	if (mode == FVK_MANUAL)
		return false;
	bool may = sd != NULL && (mode == FVK_AUTO || now >= fvk_unconfirmed_at(e));
	int count = fvk_rank(e, s, unit, now, rank);
	if (count == 0)
		return false;
	if (!may && slot != NULL && fvk_may_be(e, s, unit->unit, now, slot->foreslagen))
		return false; /* a proposal stands while the person could be appointed */
	fvk_decision(d, e, now, may ? FVK_UTSE : FVK_FORESLA, unit->unit, rank[0].staff);
	d->fast_vardkontakt.ersatter = instead;
	d->fast_vardkontakt.ranked_count = (uint8_t)count;
	memcpy(d->fast_vardkontakt.ranked, rank, sizeof rank[0] * (size_t)count);
	if (may) {
		d->fast_vardkontakt.standing_decision = sd->standing_decision;
		d->fast_vardkontakt.utsedd_av = sd->beslutad_av;
	}
	return true;
}

/* A9: of one that rejected, and named one that rejected too, and so on, the last. */
static const struct participant *
last_rejecting(const struct episode *e, const struct participant *p)
{
	for (int i = 0; i < e->participant_count; i++) {
		const struct participant *next = episode_participant_of(e, p->ratt_enhet);
		if (next == NULL || next->uttrade != UTTRADE_AVVISAD)
			break;
		p = next;
	}
	return p;
}

bool
mottagare_succeeds(const struct episode *e, const struct region *r, const struct participant *q,
    const struct participant *p)
{
	p = last_rejecting(e, p);
	const struct unit *u = region_unit(r, p->unit), *v = region_unit(r, q->unit);

	if (!q->active || q->role != ROLE_MOTTAGARE || u == NULL || v == NULL)
		return false;
	const struct unit *right = region_unit(r, p->ratt_enhet);
	bool of_kind = right != NULL && unit_is_oppenvard(right) == unit_is_oppenvard(u);
	if (of_kind && !has_left(e, p->ratt_enhet))
		return q->unit == p->ratt_enhet;
	if (p->avvisning_orsak == FELSAND && u->slag == v->slag)
		return true; /* sent in error beside the right one */
	/* Re-routed before the wrong one answered. */
	if (u->slag == v->slag && (p->avvisning_orsak != EJ_FOLKBOKFORD || u->kommun != v->kommun))
		return true;
	return q->received_at >= p->ended_at &&
	       (u->slag == v->slag || (unit_is_oppenvard(u) && unit_is_oppenvard(v)));
}

/* A9: the FVK of a unit at which the patient is listed no longer stays until the second has one. */
static bool
is_succeeded(const struct episode *e, const struct region *r, const struct fvk *slot)
{
	const struct participant *p = episode_participant_of(e, slot->unit);

	if (p == NULL || p->uttrade != UTTRADE_AVVISAD || p->avvisning_orsak != EJ_LISTAD)
		return false;
	for (int i = 0; i < e->participant_count; i++) {
		const struct participant *q = &e->participant[i];
		if (mottagare_succeeds(e, r, q, p) && episode_fvk(e, q->unit) != NULL)
			return true;
	}
	return false;
}

/* B10: an assignment that was given with an end, or ended beforehand, ends then; B11: one without
 * ground at once. */
static bool
decide_end(const struct episode *e, const struct region *r, const struct fvk *slot, instant now,
    struct fact *d)
{
	bool over = slot->to_at != INSTANT_NONE && slot->to_at <= now;

	if (slot->staff == 0 || (!over && !is_succeeded(e, r, slot) && !fvk_is_void(e, slot)))
		return false;
	fvk_decision(d, e, now, FVK_AVSLUTA, slot->unit, slot->staff);
	d->fast_vardkontakt.from_at = d->fast_vardkontakt.to_at = over ? slot->to_at : now;
	return true;
}

/* Whose unit's FVK samordnad looks after: a mottagare's of öppenvård, or, outside of every stay,
 * that of who was asked (B12). */
static bool
fvk_is_owed(const struct episode *e, const struct participant *p)
{
	if (!p->active || p->role != ROLE_MOTTAGARE)
		return false;
	return !e->own_file || episode_begaran_open(e, p) || episode_fvk(e, p->unit) != NULL;
}

static bool
decide_fvk(const struct episode *e, const struct surroundings *s, instant now, struct fact *d)
{
	for (int i = 0; i < e->fvk_count; i++)
		if (decide_end(e, s->region, &e->fvk[i], now, d))
			return true;
	if (e->inskr.skydd != SKYDD_NEJ)
		return false; /* G6 */
	for (int i = 0; i < e->participant_count; i++) {
		const struct participant *p = &e->participant[i];
		const struct unit *unit = region_unit(s->region, p->unit);
		bool room = e->fvk_count < FVK_MAX || slot_of(e, p->unit) != NULL;
		const struct fvk *fvk = episode_fvk(e, p->unit);
		if (!fvk_is_owed(e, p) || unit == NULL || !room || !unit_is_oppenvard(unit))
			continue;
		if (fvk != NULL && fvk_is_gone(s->region, fvk->unit, fvk->staff, now) &&
		    decide_ranked(e, s, unit, fvk->staff, now, d))
			return true;
		if (fvk != NULL || fvk_at_discharge(e, p->unit))
			continue;
		if (decide_existing(e, s, unit, now, d) || decide_ranked(e, s, unit, 0, now, d))
			return true;
	}
	return false;
}

/* ---- D6, D6a: the meeting ---- */

static void
bokning_decision(struct fact *d, const struct episode *e, instant now, enum bokning_atgard atgard)
{
	decision_init(d, SIP_BOKNING, e, now);
	d->sip_bokning.atgard = atgard;
	d->sip_bokning.unit = e->bokning.unit;
	d->sip_bokning.staff = e->bokning.staff;
	d->sip_bokning.slot = e->bokning.slot;
	d->sip_bokning.mote = e->mote;
}

static bool
book(const struct episode *e, const struct surroundings *s, const struct fvk *fvk, instant now,
    struct fact *d)
{
	struct sip_time time = sip_first_free(e, s, fvk, now);
	if (time.slot == 0)
		return false;
	bokning_decision(d, e, now, BOKNING_BOKA);
	d->sip_bokning.unit = fvk->unit;
	d->sip_bokning.staff = time.staff;
	d->sip_bokning.slot = time.slot;
	d->sip_bokning.mote = time.mote;
	return true;
}

/* D1a: who may be summoned without a person's decision. */
static bool
samtycke_allows(const struct episode *e)
{
	enum samtycke_status status = e->samtycke[SAMTYCKE_SIP].status;
	return status == SAMTYCKE_LAMNAT || status == SAMTYCKE_KRAVS_EJ;
}

/* Does the meeting still fit: not before the patient is expected home, with someone there (D6a)? A
 * person who chose the time knew of the date as it was then. */
static bool
meeting_fits(const struct episode *e, const struct surroundings *s, const struct fvk *fvk)
{
	if (e->bokning.slot == 0 && e->kallelse.nr != 0 && e->bokning.beraknad_at == e->beraknad.at)
		return true;
	if (e->utskrivning.nr == 0 && e->beraknad.at != INSTANT_NONE &&
	    e->mote.start_at < e->beraknad.at)
		return false;
	if (e->bokning.slot == 0)
		return true; /* a time that a person chose: that person knows who comes */
	return fvk != NULL &&
	       region_acting(s->region, fvk->staff, e->mote.start_at) == e->bokning.staff;
}

int32_t
kallelse_declined(const struct episode *e, const struct region *r)
{
	int32_t first = 0;
	bool declined = false;

	for (int i = 0; i < e->participant_count && sip_is_summoned(e); i++) {
		const struct participant *p = &e->participant[i];
		bool no = p->nej_nr != 0 && p->svar_kallelse_nr == p->kallad_nr &&
			  p->svar_mote_at == e->mote.start_at;
		if (!no)
			continue;
		if (first == 0 || p->nej_nr < first)
			first = p->nej_nr;
		declined |= p->svar != SVAR_JA && p->kallad_nr != 0 && sip_concerns(e, r, p) &&
			    sip_summoned_at(e, p) != INSTANT_NONE;
	}
	return declined ? first : 0;
}

bool
vardplan_concerns(const struct episode *e, const struct region *r, const struct participant *p)
{
	const struct unit *u = region_unit(r, p->unit);
	bool psykiatri = false;

	for (int i = 0; i < e->participant_count; i++) {
		const struct unit *v = region_unit(r, e->participant[i].unit);
		psykiatri |=
		    e->participant[i].active && v != NULL && v->slag == SPECIALISTOPPENVARD;
	}
	if (!p->active || p->role != ROLE_MOTTAGARE || u == NULL)
		return false;
	return u->slag != PRIMARVARD || !psykiatri;
}

/* Is it a slot of the unit's, for this person? */
static bool
slot_serves(const struct region *r, int32_t slot, unit_id unit, staff_id staff)
{
	const struct unit *u = region_unit(r, unit);

	for (int i = 0; u != NULL && i < u->slot_count; i++) {
		const struct slot *s = &r->slots[u->slot_first + i];
		if (s->slot == slot)
			return s->staff == 0 || s->staff == staff;
	}
	return false;
}

/* The FVK changed: is the new one free at the same time? */
static bool
keep_time(const struct episode *e, const struct surroundings *s, const struct fvk *fvk, instant now,
    struct fact *d)
{
	if (fvk == NULL || e->bokning.slot == 0 ||
	    (e->utskrivning.nr == 0 && e->beraknad.at != INSTANT_NONE &&
		e->mote.start_at < e->beraknad.at))
		return false;
	staff_id staff = region_acting(s->region, fvk->staff, e->mote.start_at);
	if (staff == 0 || !slot_serves(s->region, e->bokning.slot, fvk->unit, fvk->staff) ||
	    !region_free_at(
		s->region, staff, e->bokning.slot, e->mote.start_at, e->mote.end_at, s->episode))
		return false;
	bokning_decision(d, e, now, BOKNING_BOKA);
	d->sip_bokning.unit = fvk->unit;
	d->sip_bokning.staff = staff;
	return true;
}

/* D6a: a booked meeting that no longer fits is moved (auto) or held; one held that fits again is
 * taken up. */
static bool
decide_meeting(const struct episode *e, const struct surroundings *s, const struct fvk *fvk,
    enum sip_mode mode, instant now, struct fact *d)
{
	if (e->bokning.status == BOKNING_NONE || e->mote.start_at <= now)
		return false;
	bool fits = meeting_fits(e, s, fvk);
	if (fits && e->bokning.status == BOKNING_BOKAD)
		return false;
	if (fits && region_free_at(s->region, e->bokning.staff, e->bokning.slot, e->mote.start_at,
			e->mote.end_at, s->episode)) {
		bokning_decision(d, e, now, BOKNING_ATERUPPTA);
		return true;
	}
	if (e->bokning.status == BOKNING_BOKAD && keep_time(e, s, fvk, now, d))
		return true;
	/* G2: a meeting from the stay before is held until the patient is ready again. */
	bool inherited = e->klar.nr == 0 && e->tidigare.nr != 0 && e->kallelse.nr == e->tidigare.nr;
	/* What was only proposed to another unit is no meeting of this one's. */
	bool elsewhere = mode == SIP_PROPOSE && fvk != NULL && !sip_is_summoned(e) &&
			 fvk->unit != e->bokning.unit;
	/* A time that a person chose is that person's to move. */
	bool ours =
	    (mode == SIP_AUTO || elsewhere) && fvk != NULL && e->bokning.slot != 0 && !inherited;
	if (ours && samtycke_allows(e) && book(e, s, fvk, now, d))
		return true;
	if (e->bokning.status == BOKNING_VANTAR)
		return false;
	bokning_decision(d, e, now, BOKNING_VANTA);
	return true;
}

/* A kallelse is out and the meeting has changed since: those summoned must know (D6a). */
static bool
is_moved(const struct episode *e)
{
	return sip_is_summoned(e) && e->bokning.nr > e->kallelse.nr;
}

/* D6 auto: the kallelse in the FVK's name, to all who lack it; of a moved meeting to all, but of
 * one that a unit summoned to on its own to those whom it summoned. */
static bool
decide_kallelse(const struct episode *e, const struct surroundings *s, const struct fvk *fvk,
    instant now, struct fact *d)
{
	bool moved = is_moved(e);

	if (e->bokning.status != BOKNING_BOKAD || e->mote.start_at <= now)
		return false;
	decision_init(d, SIP_KALLELSE, e, now);
	struct fact_sip_kallelse *m = &d->sip_kallelse;
	m->atgard = moved ? KALLELSE_OMBOKA : KALLELSE_SKICKA;
	m->skickad_av = region_acting(s->region, fvk->staff, now);
	if (m->skickad_av == 0)
		return false;
	m->for_staff = m->skickad_av != fvk->staff ? fvk->staff : 0;
	m->at = now;
	m->mote = e->mote;
	for (int i = 0; i < e->participant_count; i++) {
		const struct participant *p = &e->participant[i];
		bool withheld = e->klar.nr != 0 && p->undanhallen_nr == e->klar.nr; /* C1a */
		if (sip_concerns(e, s->region, p) && !withheld &&
		    m->kallade_count < MOTTAGARE_MAX &&
		    ((moved && p->kallad_nr != 0) ||
			(sip_is_called_for(e) && sip_summoned_at(e, p) == INSTANT_NONE)))
			m->kallade[m->kallade_count++] = p->unit;
	}
	return moved || m->kallade_count > 0;
}

/* Is there no time, or one that is over and was never summoned to, or was held before another came
 * to be due? */
static bool
needs_time(const struct episode *e, instant now)
{
	return e->bokning.status == BOKNING_NONE ||
	       (e->bokning.status == BOKNING_BOKAD && e->mote.start_at <= now &&
		   !sip_is_summoned(e));
}

/* D9: a meeting that was summoned to is its unit's while that takes part, whoever is to summon now.
 */
static const struct fvk *
meeting_fvk(const struct episode *e, const struct fvk *sender)
{
	const struct participant *p = episode_participant_of(e, e->bokning.unit);
	bool theirs =
	    sip_is_summoned(e) && e->kallelse.unit == e->bokning.unit && p != NULL && p->active;

	return theirs ? episode_fvk(e, e->bokning.unit) : sender;
}

static bool
decide_sip(const struct episode *e, const struct surroundings *s, instant now, struct fact *d)
{
	struct sip_clock clock = sip_clock(e, s, now);
	unit_id unit = clock.unit != 0 ? clock.unit : e->bokning.unit;
	const struct fvk *fvk = unit != 0 ? episode_fvk(e, unit) : NULL;
	enum sip_mode mode =
	    (enum sip_mode)region_policy(s->region, POLICY_SIP_MODE, unit, now, NULL);

	if (e->inskr.skydd != SKYDD_NEJ)
		mode = SIP_MANUAL; /* G6 */
	if (e->bokning.status != BOKNING_NONE && e->mote.start_at > now && !sip_owed(e)) {
		bokning_decision(d, e, now, BOKNING_AVBOKA);
		return true;
	}
	const struct stay *after = handed_over_to(e, s, now);
	if (after != NULL) {
		bokning_decision(d, e, now, BOKNING_OVERLAMNA);
		memcpy(d->sip_bokning.episode, after->uuid, sizeof after->uuid);
		return true;
	}
	if (decide_meeting(e, s, meeting_fvk(e, fvk), mode, now, d))
		return true;
	if (mode == SIP_MANUAL || fvk == NULL || !samtycke_allows(e))
		return false;
	/* G2: what was handed over is the stay's that follows, also for whom it was not sent to. */
	bool due = clock.ref != 0 && !clock.fulfilled && e->bokning.overlamnad_nr == 0;
	if (due && needs_time(e, now))
		return book(e, s, fvk, now, d);
	return (due || is_moved(e)) && mode == SIP_AUTO &&
	       e->samtycke[SAMTYCKE_SIP].status == SAMTYCKE_LAMNAT &&
	       decide_kallelse(e, s, fvk, now, d);
}

static void
cite(struct fact *d, const struct region *r, enum policy p, unit_id unit, instant now)
{
	int32_t row;

	region_policy(r, p, unit, now, &row);
	if (row != 0)
		d->policies[d->policy_count++] = row;
}

/* Each decision says by which policy rows it was taken. */
static void
cite_policies(const struct episode *e, const struct region *r, instant now, struct fact *d)
{
	switch (d->type) {
	case FAST_VARDKONTAKT:
		cite(d, r, POLICY_FVK_MODE, d->fast_vardkontakt.unit, now);
		if (d->fast_vardkontakt.ersatter != 0)
			cite(d, r, POLICY_FVK_FRANVARO, d->fast_vardkontakt.unit, now);
		break;
	case SIP_BOKNING:
		cite(d, r, POLICY_SIP_MODE, d->sip_bokning.unit, now);
		cite(d, r, POLICY_SIP_WINDOW, d->sip_bokning.unit, now);
		cite(d, r, POLICY_SIP_MIN_NOTICE, d->sip_bokning.unit, now);
		break;
	case SIP_KALLELSE:
		cite(d, r, POLICY_SIP_MODE, e->bokning.unit, now);
		break;
	case TIDIGARE_VARDTILLFALLE:
		cite(d, r, POLICY_READMISSION_DAYS, episode_hospital(e), now);
		break;
	default: /* no policy decides it */
		break;
	}
}

static bool
decide_next(
    const struct episode *e, const struct surroundings *s, instant now, struct fact *decision)
{
	if (decide_annulment(e, s, now, decision) || decide_patient(e, s, now, decision) ||
	    decide_death(e, s, now, decision) || decide_skydd(e, s, now, decision))
		return true;
	if (!episode_stands(e) || e->avliden.nr != 0 || episode_is_over(e, s->region, now))
		return false;
	if (e->own_file)
		return decide_fvk(e, s, now, decision);
	return decide_earlier(e, s, now, decision) || decide_mottagare(e, s, now, decision) ||
	       decide_fvk(e, s, now, decision) || decide_sip(e, s, now, decision);
}

bool
decide(const struct episode *e, const struct surroundings *s, instant now, struct fact *decision)
{
	if (!decide_next(e, s, now, decision))
		return false;
	cite_policies(e, s->region, now, decision);
	return true;
}
