/*
 * What a message may do that only the register can tell (B3, D4): judged once, when it comes, and
 * stored with it.
 */
#include "appoint.h"
#include "plan.h"

/*
 * B3 binds regional units: at life-threatening a licensed physician. Here only what the register
 * knows: whether life is threatened is the state's, which a late message or a makulering may change
 * (step.c).
 */
static enum outcome
judge_fvk(const struct region *r, const struct fact *f)
{
	const struct fact_fast_vardkontakt *m = &f->fast_vardkontakt;
	const struct unit *unit = region_unit(r, m->unit);
	const struct staff *staff = region_staff(r, m->staff);

	if (unit == NULL || !unit_is_oppenvard(unit))
		return OUTCOME_APPLIED;
	if (m->atgard == FVK_AVSLUTA || (staff != NULL && appoint_is_physician(staff)))
		return OUTCOME_APPLIED;
	return OUTCOME_FVK_EJ_TILLATEN;
}

/* On the FVK's behalf by the registered deputy: named with the assignment, standing, or for the
 * absence at `at`. */
static bool
is_by_deputy(const struct region *r, const struct fvk *fvk, const struct fact_sip_kallelse *m)
{
	const struct staff *person = region_staff(r, fvk->staff);
	staff_id sender = m->skickad_av;

	if (sender == 0 || (m->for_staff != 0 && m->for_staff != fvk->staff))
		return false;
	return sender == fvk->ersattare || region_acting(r, fvk->staff, m->at) == sender ||
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

	if (unit == NULL || !unit_is_oppenvard(unit))
		return OUTCOME_KALLELSE_EJ_AV_FVK;
	if (m->atgard == KALLELSE_AVBOKA && (e->kallelse.nr == 0 || e->kallelse.unit == f->source))
		return OUTCOME_APPLIED; /* the unit that summoned may cancel, whoever of it does */
	if (by == 2 || (fvk != NULL && m->skickad_av == fvk->staff))
		return OUTCOME_APPLIED;
	if (by == 1 && fvk != NULL && is_by_deputy(r, fvk, m))
		return OUTCOME_APPLIED;
	return OUTCOME_KALLELSE_EJ_AV_FVK;
}

enum outcome
episode_judge(const struct episode *e, const struct surroundings *s, const struct fact *f)
{
	if (f->source == 0)
		return OUTCOME_APPLIED;
	if (f->type == FAST_VARDKONTAKT)
		return judge_fvk(s->region, f);
	if (f->type == SIP_KALLELSE)
		return judge_kallelse(e, s->region, f);
	return OUTCOME_APPLIED;
}
