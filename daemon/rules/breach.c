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

/* F4: became the patient a resident of the unit's kommun only after t? */
static bool
moved_after(const struct episode *e, const struct unit *u, instant t)
{
	bool after = false;

	for (int i = 1; i < e->kommun_count && u != NULL; i++)
		after |= e->kommun[i].kommun == u->kommun && e->kommun[i].from_at > t;
	return after && !unit_is_oppenvard(u);
}

/* A5: sent in time and late here is ours; also of a unit that samordnad added itself (A4), in the
 * same instant. */
static enum breach_cause
a5_cause(const struct owed *o, instant received_at, instant due)
{
	const struct episode *e = o->e;
	int64_t lag = region_policy(o->r, POLICY_SENT_AT_LAG_MAX, 0, o->now, NULL) * MINUTE;
	bool ours = received_at == e->inskr.first_recorded_at && e->inskr.first_sent_at <= due &&
		    received_at - e->inskr.first_sent_at > lag;

	return ours ? CAUSE_SYSTEM : CAUSE_HOSPITAL_LATE;
}

/* A5: late, by how much, for each mottagare (A10). */
static void
breach_a5(struct owed *o)
{
	const struct episode *e = o->e;
	instant due = episode_inskrivningsmeddelande_due(e);

	if (due == INSTANT_NONE)
		return;
	bool asked = e->behovsbedomning.nr != 0 && e->behovsbedomning.behov_finns == BEHOV_JA;
	/* One breach a stay, whatever ward the patient is in by now. */
	unit_id ward = e->inskrivning.nr != 0 ? e->inskrivning.unit : o->hospital;
	if (e->inskr.nr == 0) {
		instant until = e->utskrivning.nr != 0 ? e->utskrivning.at : o->now;
		if (asked && e->utskrivning.nr == 0)
			owed_look_at(o, due + 1); /* due is the last instant that is in time */
		if (asked && until > due)
			owe_breach(o, BREACH_A5, ward, e->behovsbedomning.first_nr,
			    CAUSE_HOSPITAL_LATE, due, INSTANT_NONE);
		return;
	}
	if (asked && e->inskr.first_recorded_at > due)
		owe_breach(o, BREACH_A5, ward, e->behovsbedomning.first_nr,
		    a5_cause(o, e->inskr.first_recorded_at, due), due, e->inskr.first_recorded_at);
	for (int i = 0; i < e->participant_count; i++) {
		const struct participant *p = &e->participant[i];
		if (p->role != ROLE_MOTTAGARE || !p->active || p->mottog_at <= due)
			continue;
		/* A10: its huvudman had it, by the unit that added it. F4: it was not its huvudman.
		 */
		if (mottagare_is_forwarded(e, o->r, p) ||
		    moved_after(e, region_unit(o->r, p->unit), due))
			continue;
		owe_breach(o, BREACH_A5, p->unit, p->added_nr, a5_cause(o, p->mottog_at, due), due,
		    p->mottog_at);
	}
}

static const struct fvk *
fvk_slot_of(const struct episode *e, unit_id unit)
{
	for (int i = 0; i < e->fvk_count; i++)
		if (e->fvk[i].unit == unit)
			return &e->fvk[i];
	return NULL;
}

/* Equal instants are not before. What ended after discharge was there at discharge. */
bool
fvk_at_discharge(const struct episode *e, unit_id unit)
{
	const struct fvk *slot = fvk_slot_of(e, unit);

	if (e->utskrivning.nr == 0 || slot == NULL || slot->covered_from == INSTANT_NONE)
		return false;
	return slot->covered_from < e->utskrivning.at &&
	       (slot->to_at == INSTANT_NONE || slot->to_at >= e->utskrivning.at);
}

/* B1a: who had a notice for less than b1_min_time of its open hours before discharge is not
 * charged. */
static bool
had_time(const struct owed *o, const struct unit *u, instant from)
{
	int64_t time = region_policy(o->r, POLICY_B1_MIN_TIME, u->unit, o->now, NULL) * MINUTE;

	return from < o->e->utskrivning.at &&
	       calendar_open_between(&u->hours, from, o->e->utskrivning.at) >= time;
}

/* B1, B1a: an FVK strictly before discharge. */
static void
breach_b1(struct owed *o, const struct participant *p, const struct unit *u)
{
	const struct episode *e = o->e;
	const struct fvk *fvk = episode_fvk(e, p->unit);

	if (!fvk_at_discharge(e, p->unit))
		owe_breach(o, BREACH_B1, p->unit, e->utskrivning.first_nr,
		    had_time(o, u, p->received_at) ? CAUSE_UNIT_LATE : CAUSE_HOSPITAL_LATE,
		    e->utskrivning.at, fvk != NULL ? fvk->covered_from : INSTANT_NONE);
}

/* E2: discharged with the ready notice unacknowledged: allowed, recorded, told. A kvittens
 * afterwards is one too late. Whom it was withheld from was not asked (C1a). */
static void
breach_e2(struct owed *o, const struct participant *p, const struct unit *u)
{
	const struct episode *e = o->e;
	bool kommun = u->slag == KOMMUNAL_HSL || u->slag == SOCIALTJANST;
	instant at = INSTANT_NONE;

	if (episode_klar_lamnad_at(e, p) == INSTANT_NONE ||
	    (episode_klar_kvitterad(e, p, &at) && at <= e->utskrivning.at))
		return;
	enum breach_cause late = kommun ? CAUSE_KOMMUN_LATE : CAUSE_UNIT_LATE;
	owe_breach(o, BREACH_E2, p->unit, e->klar.first_nr,
	    had_time(o, u, episode_klar_lamnad_at(e, p)) ? late : CAUSE_HOSPITAL_LATE,
	    e->utskrivning.at, at);
}

/* D1: stamped only after the day to which lag (1930:173) moves the last one. */
static void
breach_d1(struct owed *o, const struct sip_clock *clock)
{
	instant sent = clock->fulfilled ? clock->sent_at : INSTANT_NONE;

	if (!clock->fulfilled)
		owed_look_at(o, clock->breach_from);
	if ((clock->fulfilled ? sent : o->now) < clock->breach_from)
		return;
	owe_breach(o, BREACH_D1, clock->unit != 0 ? clock->unit : o->hospital, clock->ref,
	    clock->unit != 0 ? CAUSE_UNIT_LATE : CAUSE_HOSPITAL_LATE, clock->due_before, sent);
}

static void
breach_e1(struct owed *o)
{
	const struct episode *e = o->e;
	instant due = calendar_utskrivningsinformation_due(e->utskrivning.at);
	instant at = e->information.nr != 0 ? e->information.at : INSTANT_NONE;

	if ((at != INSTANT_NONE ? at : o->now) >= due)
		owe_breach(o, BREACH_E1, o->hospital, e->utskrivning.first_nr, CAUSE_HOSPITAL_LATE,
		    due, at);
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
	for (int i = 0; i < o->clock_count; i++)
		breach_d1(o, &o->clock[i]);
	if (e->utskrivning.nr == 0)
		return;
	if (e->utskrivning.at > o->now) { /* said beforehand */
		owed_look_at(o, e->utskrivning.at);
		return;
	}
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
