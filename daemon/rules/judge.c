/*
 * What a message may do that only the register can tell: judged once, when it comes, and stored
 * with it (B3, D4), or not taken at all (B4, B11, B13).
 */
#include "appoint.h"
#include "message.h"
#include "plan.h"

/* B14: beside a physician. */
static enum outcome
judge_jamte(const struct episode *e, const struct region *r, const struct fact *f)
{
	const struct fvk *fvk = episode_fvk(e, f->fast_vardkontakt.unit);
	const struct staff *person = fvk != NULL ? region_staff(r, fvk->staff) : NULL;

	return person != NULL && !appoint_is_physician(person) ? OUTCOME_FVK_EJ_LAKARE
							       : OUTCOME_APPLIED;
}

/* A10: of one huvudman, the kommun or the region. */
static bool
same_huvudman(const struct unit *a, const struct unit *b)
{
	if (a == NULL || b == NULL || unit_is_oppenvard(a) != unit_is_oppenvard(b))
		return false;
	return unit_is_oppenvard(a) ? a->region == b->region : a->kommun == b->kommun;
}

/* A10: a unit may add and forward inside its own kommun or region only; a hospital anywhere. */
static enum outcome
judge_mottagare(const struct region *r, const struct fact *f)
{
	const struct fact_mottagare_andrad *m = &f->mottagare_andrad;
	const struct unit *source = region_unit(r, f->source);
	bool own = true;

	if (source == NULL || source->slag == SLUTENVARD)
		return OUTCOME_APPLIED;
	for (int i = 0; i < m->lagg_till_count; i++)
		own &= m->lagg_till[i].unit != 0
			   ? same_huvudman(source, region_unit(r, m->lagg_till[i].unit))
			   : !unit_is_oppenvard(source) && m->lagg_till[i].kommun == source->kommun;
	for (int i = 0; i < m->ta_bort_count; i++)
		own &= same_huvudman(source, region_unit(r, m->ta_bort[i]));
	if (m->vidarebefordra != 0)
		own &= same_huvudman(source, region_unit(r, m->vidarebefordra));
	return own ? OUTCOME_APPLIED : OUTCOME_UTANFOR_HUVUDMAN;
}

/*
 * B3 binds regional units: at life-threatening a licensed physician. Here only what the register
 * knows: whether life is threatened is the state's, which a late message or a makulering may change
 * (fold.c).
 */
static enum outcome
judge_fvk(const struct episode *e, const struct region *r, const struct fact *f)
{
	const struct fact_fast_vardkontakt *m = &f->fast_vardkontakt;
	const struct unit *unit = region_unit(r, m->unit);
	const struct staff *staff = region_staff(r, m->staff);

	if (m->jamte)
		return judge_jamte(e, r, f);
	if (unit == NULL || !unit_is_oppenvard(unit))
		return OUTCOME_APPLIED;
	if (m->atgard == FVK_AVSLUTA || (staff != NULL && appoint_is_physician(staff)))
		return OUTCOME_APPLIED;
	return OUTCOME_FVK_EJ_TILLATEN;
}

/* By the register at `at`, standing or for an absence, whether or not the person is there. */
static bool
is_deputy(const struct region *r, staff_id sender, const struct staff *person, instant at)
{
	return sender != 0 && person != NULL && person->staff != sender &&
	       (person->ersattare == sender || region_acting(r, person->staff, at) == sender);
}

/*
 * Whose deputy the sender is, or NULL. One who does not say for whom stands in for the FVK as known
 * now, else for the only person of the unit whose deputy it is: a message that names the FVK then
 * may be on its way.
 */
static const struct staff *
deputy_of(const struct episode *e, const struct region *r, const struct unit *unit,
    const struct fact_sip_kallelse *m)
{
	const struct fvk *fvk = episode_fvk(e, unit->unit);
	staff_id named = m->for_staff != 0 ? m->for_staff : fvk != NULL ? fvk->staff : 0;
	const struct staff *person = region_staff(r, named), *only = NULL;

	if (is_deputy(r, m->skickad_av, person, m->at))
		return person;
	if (m->for_staff != 0)
		return NULL;
	for (int i = 0; i < unit->staff_count; i++) {
		person = &r->staff[unit->staff_first + i];
		if (!is_deputy(r, m->skickad_av, person, m->at))
			continue;
		if (only != NULL)
			return NULL;
		only = person;
	}
	return only;
}

/* D4, policy kallelse_by: 0 fvk, 1 fvk_or_deputy, 2 unit. Who the FVK is, is the state's to say at
 * the message's place (step_sip.c). */
static int
judge_kallelse(const struct episode *e, const struct region *r, const struct fact *f)
{
	const struct unit *unit = region_unit(r, f->source);
	int64_t by = region_policy(r, POLICY_KALLELSE_BY, f->source, f->recorded_at, NULL);

	if (e->own_file || f->patient != 0)
		return OUTCOME_APPLIED; /* D10: D4 is of the stay's SIP */
	if (unit == NULL || !unit_is_oppenvard(unit))
		return OUTCOME_KALLELSE_EJ_AV_FVK;
	if (by == 2)
		return OUTCOME_APPLIED;
	if (by != 1)
		return JUDGED_BY_FVK;
	const struct staff *person = deputy_of(e, r, unit, &f->sip_kallelse);
	return person != NULL ? judged_deputy_of(person->staff) : JUDGED_BY_DEPUTY;
}

/* Only what it may send itself a unit may annul. */
static int
judge_makulering(const struct region *r, const struct fact *f)
{
	const struct unit *u = region_unit(r, f->source);

	if (u == NULL)
		return OUTCOME_APPLIED;
	return u->slag == SLUTENVARD ? JUDGED_OF_WARD : JUDGED_OF_UNIT;
}

int
episode_judge(const struct episode *e, const struct surroundings *s, const struct fact *f)
{
	if (f->source == 0)
		return OUTCOME_APPLIED;
	if (f->type == FAST_VARDKONTAKT)
		return judge_fvk(e, s->region, f);
	if (f->type == MOTTAGARE_ANDRAD)
		return judge_mottagare(s->region, f);
	if (f->type == SIP_KALLELSE)
		return judge_kallelse(e, s->region, f);
	if (f->type == MAKULERING)
		return judge_makulering(s->region, f);
	return OUTCOME_APPLIED;
}

/* B4: by the unit itself, or by its head, who may be head of several. */
static bool
may_appoint(const struct region *r, const struct fact *f)
{
	const struct staff *person = region_staff(r, f->fast_vardkontakt.utsedd_av);
	const struct unit *unit = region_unit(r, f->source);

	return person != NULL && unit != NULL &&
	       (person->unit == f->source || person->staff == unit->verksamhetschef);
}

static const char no_person[] = "is not a person of this unit", has_left[] = "has left this unit";

/* B13: so is who stands in for somebody who is away. */
static const char *
deputy_refusal(const struct region *r, const struct fact *f, const char **pointer)
{
	const struct staff *deputy = region_staff(r, f->personal.ersattare);

	*pointer = "/data/ersattare";
	if (f->personal.atgard != PERSONAL_FRANVARO || f->personal.ersattare == 0)
		return NULL;
	if (deputy == NULL || deputy->unit != f->source)
		return no_person;
	return deputy->slutar_at <= f->personal.from_at ? has_left : NULL;
}

/* A4: those who carry out care at home. */
static bool
may_be_mottagare(const struct region *r, unit_id unit)
{
	const struct unit *u = region_unit(r, unit);

	return u == NULL || u->slag == PRIMARVARD || u->slag == SPECIALISTOPPENVARD ||
	       u->slag == KOMMUNAL_HSL || u->slag == SOCIALTJANST;
}

_Static_assert(MOTTAGARE_MAX == 16, "PLACES names them all");
#define PLACE(list, i) "/data/" list "/" #i "/hsa_id"
#define PLACES(list) \
	{ \
		PLACE(list, 0), PLACE(list, 1), PLACE(list, 2), PLACE(list, 3), PLACE(list, 4), \
		    PLACE(list, 5), PLACE(list, 6), PLACE(list, 7), PLACE(list, 8), \
		    PLACE(list, 9), PLACE(list, 10), PLACE(list, 11), PLACE(list, 12), \
		    PLACE(list, 13), PLACE(list, 14), PLACE(list, 15) \
	}

/* Where the first of those named is that may not; NULL: all may. */
static const char *
first_refused_at(const struct region *r, const struct mottagare *named, int count,
    const char *const places[static MOTTAGARE_MAX])
{
	for (int i = 0; i < count; i++)
		if (!may_be_mottagare(r, named[i].unit))
			return places[i];
	return NULL;
}

/* A4, A9, A10: where one is named whose kind of unit is no mottagare; NULL: nowhere. */
static const char *
mottagare_refused_at(const struct region *r, const struct fact *f)
{
	static const char *const mottagare[MOTTAGARE_MAX] = PLACES("mottagare");
	static const char *const lagg_till[MOTTAGARE_MAX] = PLACES("lagg_till");
	const struct fact_inskrivningsmeddelande *im = &f->inskrivningsmeddelande;
	const struct fact_mottagare_andrad *m = &f->mottagare_andrad;

	if (f->type == INSKRIVNINGSMEDDELANDE)
		return first_refused_at(r, im->mottagare, im->mottagare_count, mottagare);
	if (f->type == AVVISNING && !may_be_mottagare(r, f->avvisning.ratt_enhet))
		return "/data/ratt_enhet";
	if (f->type != MOTTAGARE_ANDRAD)
		return NULL;
	const char *at = first_refused_at(r, m->lagg_till, m->lagg_till_count, lagg_till);
	if (at == NULL && !may_be_mottagare(r, m->vidarebefordra))
		return "/data/vidarebefordra";
	return at;
}

/* A4: who may be mottagare. B4, B11, B13: a unit names its own persons, while they are there; a
 * fast läkarkontakt is a physician. */
/* B11: a fast omsorgskontakt is social care's, which has no other. */
static const char *
kind_refusal(const struct region *r, const struct fact *f, const char **pointer)
{
	const struct unit *u = region_unit(r, f->source);

	*pointer = "/data/slag";
	if (u == NULL || (u->slag == SOCIALTJANST) == (f->fast_kontakt.slag == KONTAKT_OMSORG))
		return NULL;
	return "a fast omsorgskontakt is the socialtjanst's to name, and its only one";
}

const char *
judge_refusal(const struct region *r, const struct fact *f, const char **pointer)
{
	const struct staff *person;
	const char *why;

	if ((*pointer = mottagare_refused_at(r, f)) != NULL)
		return "names a unit that can be no mottagare: its kind is none of primarvard, "
		       "specialistoppenvard, kommunal_hsl, socialtjanst";
	*pointer = "/data/staff";
	if (f->type == PERSONAL)
		person = region_staff(r, f->personal.staff);
	else if (f->type == FAST_VARDKONTAKT && f->fast_vardkontakt.atgard != FVK_AVSLUTA)
		person = region_staff(r, f->fast_vardkontakt.staff);
	else if (f->type == FAST_KONTAKT && f->fast_kontakt.atgard != FVK_AVSLUTA)
		person = region_staff(r, f->fast_kontakt.staff);
	else
		return NULL;
	if (person == NULL || person->unit != f->source)
		return no_person;
	if (f->type != PERSONAL && person->slutar_at <= f->sent_at)
		return has_left;
	if (f->type == PERSONAL)
		return deputy_refusal(r, f, pointer);
	if (f->type == FAST_KONTAKT && f->fast_kontakt.slag == KONTAKT_LAKARE &&
	    !appoint_is_physician(person))
		return "is no licensed physician: that is what a fast lakarkontakt is";
	if (f->type == FAST_KONTAKT && (why = kind_refusal(r, f, pointer)) != NULL)
		return why;
	*pointer = "/data/utsedd_av";
	if (f->type == FAST_VARDKONTAKT && !may_appoint(r, f))
		return "is neither a person of this unit nor its verksamhetschef";
	return NULL;
}
