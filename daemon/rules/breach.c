/*
 * The breaches that the state shows at `now`, each with its cause (B1a). One function a rule.
 */
#include "owed.h"

#include "log.h"

VOCABULARY_DEFINE(breach_rule, BREACH_RULES, BREACH_RULE_COUNT)
VOCABULARY_DEFINE(breach_cause, BREACH_CAUSES, BREACH_CAUSE_COUNT)

static void
owe_breach(struct owed *o, enum breach_rule rule, unit_id unit, int32_t ref,
    enum breach_cause cause, instant due_at, instant done_at)
{
	require(o->breach_count < BREACHES_MAX);
	o->breach[o->breach_count++] =
	    (struct owed_breach){rule, unit, ref, cause, due_at, done_at};
}

/* A5: late, by how much, for each mottagare (A10). Sent in time and late here is ours. */
static void
breach_a5(struct owed *o)
{
	const struct episode *e = o->e;
	instant due = episode_inskrivningsmeddelande_due(e);
	int64_t lag = region_policy(o->r, POLICY_SENT_AT_LAG_MAX, 0, o->now, NULL) * MINUTE;

	if (due == INSTANT_NONE)
		return;
	bool asked = e->behovsbedomning.nr != 0 && e->behovsbedomning.behov_finns == BEHOV_JA;
	if (e->inskr.nr == 0) {
		if (asked && o->now > due)
			owe_breach(o, BREACH_A5, o->hospital, e->behovsbedomning.nr,
			    CAUSE_HOSPITAL_LATE, due, INSTANT_NONE);
		return;
	}
	if (asked && e->inskr.first_recorded_at > due)
		owe_breach(o, BREACH_A5, o->hospital, e->behovsbedomning.nr, CAUSE_HOSPITAL_LATE,
		    due, e->inskr.first_recorded_at);
	for (int i = 0; i < e->participant_count; i++) {
		const struct participant *p = &e->participant[i];
		if (p->role != ROLE_MOTTAGARE || !p->active || p->received_at <= due)
			continue;
		bool ours = p->added_nr == e->inskr.first_nr && e->inskr.first_sent_at <= due &&
			    p->received_at - e->inskr.first_sent_at > lag;
		owe_breach(o, BREACH_A5, p->unit, p->added_nr,
		    ours ? CAUSE_SYSTEM : CAUSE_HOSPITAL_LATE, due, p->received_at);
	}
}

/* B1, B1a: an FVK strictly before discharge; a unit that had no time is not charged. */
static void
breach_b1(struct owed *o, const struct participant *p, const struct unit *u)
{
	const struct episode *e = o->e;
	const struct fvk *fvk = episode_fvk(e, p->unit);
	instant named = fvk != NULL ? fvk->covered_from : INSTANT_NONE;
	int64_t time = region_policy(o->r, POLICY_B1_MIN_TIME, p->unit, o->now, NULL) * MINUTE;

	if (fvk != NULL && named < e->utskrivning.at)
		return;
	bool had_time = p->received_at < e->utskrivning.at &&
			calendar_open_between(&u->hours, p->received_at, e->utskrivning.at) >= time;
	owe_breach(o, BREACH_B1, p->unit, e->utskrivning.nr,
	    had_time ? CAUSE_UNIT_LATE : CAUSE_HOSPITAL_LATE, e->utskrivning.at, named);
}

/* E2: discharged with the ready notice unacknowledged: allowed, recorded, told. */
static void
breach_e2(struct owed *o, const struct participant *p, const struct unit *u)
{
	const struct episode *e = o->e;
	bool kommun = u->slag == KOMMUNAL_HSL || u->slag == SOCIALTJANST;

	if (e->klar.nr == 0 || participant_kvitterat(p, e->klar.nr, NULL))
		return;
	owe_breach(o, BREACH_E2, p->unit, e->klar.nr, kommun ? CAUSE_KOMMUN_LATE : CAUSE_UNIT_LATE,
	    e->utskrivning.at, INSTANT_NONE);
}

/* D1: stamped only after the day to which lag (1930:173) moves the last one. */
static void
breach_d1(struct owed *o)
{
	const struct episode *e = o->e;

	if (o->sip.ref == 0)
		return;
	instant sent = o->sip.fulfilled ? e->kallelse.at : INSTANT_NONE;
	instant by = o->sip.fulfilled ? sent : o->now;
	if (by == INSTANT_NONE || by < o->sip.breach_from)
		return;
	owe_breach(o, BREACH_D1, o->sip.unit != 0 ? o->sip.unit : o->hospital, o->sip.ref,
	    o->sip.unit != 0 ? CAUSE_UNIT_LATE : CAUSE_HOSPITAL_LATE, o->sip.due_before, sent);
}

static void
breach_e1(struct owed *o)
{
	const struct episode *e = o->e;
	instant due = calendar_utskrivningsinformation_due(e->utskrivning.at);
	instant at = e->information.nr != 0 ? e->information.at : INSTANT_NONE;

	if ((at != INSTANT_NONE ? at : o->now) >= due)
		owe_breach(
		    o, BREACH_E1, o->hospital, e->utskrivning.nr, CAUSE_HOSPITAL_LATE, due, at);
}

void
owe_breaches(struct owed *o)
{
	const struct episode *e = o->e;

	if (e->inskrivning.nr == 0 && e->inskr.nr == 0)
		return;
	breach_a5(o);
	if (e->inskr.nr == 0)
		return;
	breach_d1(o);
	if (e->utskrivning.nr == 0)
		return;
	breach_e1(o);
	for (int i = 0; i < e->participant_count; i++) {
		const struct participant *p = &e->participant[i];
		const struct unit *u = region_unit(o->r, p->unit);
		if (!p->active || p->role != ROLE_MOTTAGARE || u == NULL)
			continue;
		if (unit_is_oppenvard(u))
			breach_b1(o, p, u);
		breach_e2(o, p, u);
	}
}
