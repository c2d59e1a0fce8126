/*
 * What a message may do that only the register can tell (B3, D4): judged once, when it comes, and stored with it.
 */
#include "appoint.h"
#include "plan.h"

/* B3 binds regional units: at life-threatening a licensed physician. */
static enum outcome
judge_fvk(const struct episode *e, const struct region *r, const struct fact *f)
{
	const struct fact_fast_vardkontakt *m = &f->fast_vardkontakt;
	const struct unit *unit = region_unit(r, m->unit);
	const struct staff *staff = region_staff(r, m->staff);

	if (!e->inskr.livshotande || unit == NULL || !unit_is_oppenvard(unit))
		return OUTCOME_APPLIED;
	if (m->atgard == FVK_AVSLUTA || (staff != NULL && appoint_is_physician(staff)))
		return OUTCOME_APPLIED;
	return OUTCOME_FVK_EJ_TILLATEN;
}

/* Is `sender` the registered deputy of the FVK: named with the assignment, standing, or for the absence at `at`? */
static bool
is_deputy(const struct region *r, const struct fvk *fvk, staff_id sender, instant at)
{
	const struct staff *person = region_staff(r, fvk->staff);

	return sender == fvk->ersattare || region_acting(r, fvk->staff, at) == sender ||
	       (person != NULL && person->ersattare == sender);
}

/* D4, policy kallelse_by: 0 fvk, 1 fvk_or_deputy, 2 unit. */
static enum outcome
judge_kallelse(const struct episode *e, const struct region *r, const struct fact *f)
{
	const struct fact_sip_kallelse *m = &f->sip_kallelse;
	const struct unit *unit = region_unit(r, f->source);
	const struct fvk *fvk = episode_fvk(e, f->source);
	int64_t by = region_policy(r, POLICY_KALLELSE_BY, f->source, f->recorded_at, NULL);

	if (m->atgard == KALLELSE_AVBOKA)
		return OUTCOME_APPLIED;
	if (unit == NULL || !unit_is_oppenvard(unit))
		return OUTCOME_KALLELSE_EJ_AV_FVK;
	if (by == 2 || (fvk != NULL && m->skickad_av == fvk->staff))
		return OUTCOME_APPLIED;
	if (by == 1 && fvk != NULL && is_deputy(r, fvk, m->skickad_av, m->at))
		return OUTCOME_APPLIED;
	return OUTCOME_KALLELSE_EJ_AV_FVK;
}

enum outcome
episode_judge(const struct episode *e, const struct surroundings *s, const struct fact *f)
{
	if (f->source == 0)
		return OUTCOME_APPLIED;
	if (f->type == FAST_VARDKONTAKT)
		return judge_fvk(e, s->region, f);
	if (f->type == SIP_KALLELSE)
		return judge_kallelse(e, s->region, f);
	return OUTCOME_APPLIED;
}
