/* Betalningsansvar of an episode; see betalning.h. */
#include "betalning.h"

#define REGION_GOTLAND 9
#define KOMMUN_GOTLAND 980

/*
 * F4: no payer without folkbokforing, and none where payer and caring region are one. Only on
 * Gotland is a kommun also the region that cares.
 */
static kommun_kod
payer_of(const struct episode *e, const struct surroundings *s)
{
	const struct unit *hospital = region_unit(s->region, episode_hospital(e));
	kommun_kod payer = e->inskr.placerande_kommun != 0 ? e->inskr.placerande_kommun
							   : e->inskr.folkbokforingskommun;

	if (payer == KOMMUN_GOTLAND && hospital != NULL && hospital->region == REGION_GOTLAND)
		return 0;
	return payer;
}

static bool
is_payers(const struct unit *u, kommun_kod payer)
{
	if (u == NULL || u->kommun != payer)
		return false;
	return u->slag == KOMMUNAL_HSL || u->slag == SOCIALTJANST || u->slag == EKONOMI;
}

static instant
earlier(instant a, instant b)
{
	if (a == INSTANT_NONE || b == INSTANT_NONE)
		return a == INSTANT_NONE ? b : a;
	return a < b ? a : b;
}

/*
 * F2, per payer (A10): the payer had the notice when its first unit had it, and the ready notice
 * when its last had it.
 */
static void
gather_units(const struct episode *e, const struct surroundings *s, kommun_kod payer,
    struct payment_input *in)
{
	for (int i = 0; i < e->participant_count; i++) {
		const struct participant *p = &e->participant[i];
		if (!p->active || p->role != ROLE_MOTTAGARE ||
		    !is_payers(region_unit(s->region, p->unit), payer))
			continue;
		in->inskrivningsmeddelande_at =
		    earlier(in->inskrivningsmeddelande_at, p->received_at);
		if (p->kallad_nr != 0)
			in->kallelse_at = earlier(in->kallelse_at, p->kallad_since);
		instant lamnad_at = episode_klar_lamnad_at(e, p);
		if (lamnad_at != INSTANT_NONE && lamnad_at > e->klar.recorded_at &&
		    lamnad_at > in->klar_counts_from)
			in->klar_counts_from = lamnad_at;
	}
}

static struct payment_policy
policy_of(const struct episode *e, const struct surroundings *s, instant now)
{
	struct payment_policy policy = payment_policy_default;
	unit_id unit = episode_hospital(e);
	/* A policy binds what is decided after it: the one in force when the notice came. */
	instant at = e->klar.nr != 0 ? e->klar.recorded_at : now;

	policy.days = (int)region_policy(s->region, POLICY_PAY_DAYS, unit, at, NULL);
	policy.cutoff_s = (int)region_policy(s->region, POLICY_PAY_CUTOFF, unit, at, NULL) * 60;
	policy.sent_at_lag_max_us =
	    region_policy(s->region, POLICY_SENT_AT_LAG_MAX, unit, at, NULL) * MINUTE;
	return policy;
}

/*
 * While something that F2 asks for may still come, nothing starts; but what was late stays late,
 * and both are to be seen: a start that is already contested is shown as such, with what is
 * missing among its grounds.
 */
static enum payment_standing
standing_of(const struct payment *p, const struct payment_policy *policy)
{
	unsigned against = PAYMENT_GROUND_SENT_AT_LAG;

	if (policy->late_admission == PAYMENT_LATE_CONTESTED)
		against |= PAYMENT_GROUND_LATE_ADMISSION;
	if (policy->late_kallelse == PAYMENT_LATE_CONTESTED)
		against |= PAYMENT_GROUND_LATE_KALLELSE;
	if (p->standing == PAYMENT_NOT_YET && (p->grounds & against) != 0)
		return PAYMENT_CONTESTED;
	return p->standing;
}

struct betalning
betalning_reckon(const struct episode *e, const struct surroundings *s, instant now)
{
	struct payment_policy policy = policy_of(e, s, now);
	struct payment_input in = {
	    .inskrivningsmeddelande_at = INSTANT_NONE,
	    .inskrivningsmeddelande_due = episode_inskrivningsmeddelande_due(e),
	    .klar_sent_at = e->klar.nr != 0 ? e->klar.sent_at : INSTANT_NONE,
	    .klar_arrived_at = e->klar.nr != 0 ? e->klar.recorded_at : INSTANT_NONE,
	    .klar_counts_from = INSTANT_NONE,
	    .klar_record = e->klar.nr != 0 && e->klar.lamnad_at != INSTANT_NONE
			       ? PAYMENT_DOWNTIME_RECORD
			       : PAYMENT_NO_RECORD,
	    .sip = sip_owed(e) ? PAYMENT_SIP_TO_BE_HELD : PAYMENT_SIP_NOT_APPLICABLE,
	    .kallelse_at = INSTANT_NONE,
	    .kallelse_due = sip_clock(e, s, now).due_before,
	    .utskriven_at = e->utskrivning.nr != 0 ? e->utskrivning.at : INSTANT_NONE,
	    .now = now,
	};
	struct betalning b = {.payer = payer_of(e, s),
	    .payment = {.standing = PAYMENT_NOT_APPLICABLE, .from = INSTANT_NONE},
	    .average_days = payment_average_days(
		e->klar.nr != 0 ? e->klar.klar_at : INSTANT_NONE, in.utskriven_at)};

	if (b.payer == 0)
		return b;
	gather_units(e, s, b.payer, &in);
	b.payment = payment_reckon(&in, &policy);
	b.payment.standing = standing_of(&b.payment, &policy);
	return b;
}
