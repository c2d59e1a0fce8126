/*
 * Rules D0-D6, D9 as look-ups; what follows from them is in decide.c and plan.c.
 */
#include "sip.h"

#include <stddef.h>

/* D0: by a unit's word, else by the needs. D3: not against the patient's will. */
bool
sip_owed(const struct episode *e)
{
	const uint8_t hsl = 1 << BEHOV_KOMMUNAL_HSL;
	const uint8_t both = 1 << BEHOV_OPPENVARD | 1 << BEHOV_SOCIALTJANST;
	enum samtycke_status status = e->samtycke[SAMTYCKE_SIP].status;

	if (e->inskr.nr == 0 || status == SAMTYCKE_NEKAT || status == SAMTYCKE_ATERKALLAT)
		return false;
	if (e->sip_behov.nr != 0)
		return e->sip_behov.art == SIP_NY || e->sip_behov.art == SIP_UPPDATERAS;
	return (e->inskr.behov & hsl) != 0 || (e->inskr.behov & both) == both;
}

bool
sip_concerns(const struct region *r, const struct participant *p)
{
	const struct unit *u = region_unit(r, p->unit);

	if (!p->active || p->role != ROLE_MOTTAGARE || u == NULL)
		return false;
	return unit_is_oppenvard(u) || u->slag == KOMMUNAL_HSL || u->slag == SOCIALTJANST;
}

unit_id
sip_unit(const struct episode *e, const struct region *r)
{
	unit_id best = 0;
	int best_rank = 0;

	for (int i = 0; i < e->participant_count; i++) {
		const struct participant *p = &e->participant[i];
		const struct unit *u = region_unit(r, p->unit);
		if (!p->active || p->role != ROLE_MOTTAGARE || u == NULL || !unit_is_oppenvard(u))
			continue;
		int rank = 1 + (u->slag == PRIMARVARD) + 2 * (episode_fvk(e, p->unit) != NULL);
		if (rank > best_rank) {
			best_rank = rank;
			best = p->unit;
		}
	}
	return best;
}

instant
sip_opened_at(const struct episode *e, const struct participant *p)
{
	instant at = episode_klar_lamnad_at(e, p);
	instant reopened = e->samtycke[SAMTYCKE_SIP].reopened_at;

	if (at != INSTANT_NONE && reopened != INSTANT_NONE && reopened > at)
		return reopened;
	return at;
}

/* The fact that opened the participant's D1. */
static int32_t
opened_by(const struct episode *e, const struct participant *p, instant opened_at)
{
	if (opened_at == e->samtycke[SAMTYCKE_SIP].reopened_at)
		return e->samtycke[SAMTYCKE_SIP].reopened_nr;
	return opened_at == p->received_at && p->received_at > e->klar.recorded_at ? p->added_nr
										   : e->klar.nr;
}

/*
 * D1, D2. Each unit concerned has its own clock (A10); the episode's is the earliest of those not summoned yet, or of
 * all once it is fulfilled. The unit that summons is not among the summoned.
 */
struct sip_clock
sip_clock(const struct episode *e, const struct surroundings *s, instant now)
{
	struct sip_clock clock = {0, INSTANT_NONE, INSTANT_NONE, 0, false};
	instant first = INSTANT_NEVER;

	if (e->klar.nr == 0 || !sip_owed(e))
		return clock;
	clock.unit = sip_unit(e, s->region);
	clock.fulfilled = e->kallelse.nr != 0;
	for (int i = 0; i < e->participant_count; i++)
		if (sip_concerns(s->region, &e->participant[i]) &&
		    e->participant[i].unit != clock.unit && e->participant[i].kallad_nr == 0)
			clock.fulfilled = false;
	for (int i = 0; i < e->participant_count; i++) {
		const struct participant *p = &e->participant[i];
		if (!sip_concerns(s->region, p) || (!clock.fulfilled && p->kallad_nr != 0))
			continue;
		instant opened_at = sip_opened_at(e, p);
		if (opened_at < first) {
			first = opened_at;
			clock.ref = opened_by(e, p, opened_at);
		}
	}
	if (clock.ref == 0)
		return clock;
	bool shift = region_policy(s->region, POLICY_SIP_SHIFT_HOLIDAY, clock.unit, now, NULL) != 0;
	clock.due_before = calendar_kallelse_due(first, D1_DAYS);
	clock.breach_from = calendar_kallelse_breach_from(
	    first, D1_DAYS, shift ? SIP_SHIFT_HOLIDAY : SIP_SHIFT_NONE);
	return clock;
}

instant
sip_not_before(const struct episode *e)
{
	instant at = e->klar.nr != 0 ? e->klar.klar_at : e->inskr.recorded_at;

	return e->beraknad.at != INSTANT_NONE && e->beraknad.at > at ? e->beraknad.at : at;
}

/* The first time of one weekly slot in [from, to] that is free for whoever acts for the FVK then. */
static struct sip_time
first_free_in(const struct surroundings *s, const struct slot *slot, const struct fvk *fvk,
    instant from, instant to)
{
	struct sip_time none = {0, 0, {INSTANT_NONE, INSTANT_NONE, FYSISKT}};

	for (;;) {
		instant start = calendar_slot_in_span_next(
		    slot->weekday, slot->from_minute, slot->to_minute, slot->length_minutes, from);
		if (start > to)
			return none;
		instant end = start + slot->length_minutes * MINUTE;
		staff_id staff = region_acting(s->region, fvk->staff, start);
		if (staff != 0 && (slot->staff == 0 || slot->staff == staff) &&
		    calendar_holiday(calendar_date(start)) == HOLIDAY_NONE &&
		    region_free_at(s->region, staff, start, end, s->episode))
			return (struct sip_time){slot->slot, staff, {start, end, slot->form}};
		from = start + 1;
	}
}

struct sip_time
sip_first_free(
    const struct episode *e, const struct surroundings *s, const struct fvk *fvk, instant now)
{
	const struct unit *unit = region_unit(s->region, fvk->unit);
	struct sip_time best = {0, 0, {INSTANT_NEVER, INSTANT_NONE, FYSISKT}};
	int notice = (int)region_policy(s->region, POLICY_SIP_MIN_NOTICE, fvk->unit, now, NULL);
	int window = (int)region_policy(s->region, POLICY_SIP_WINDOW, fvk->unit, now, NULL);
	instant base = sip_not_before(e);
	instant from = calendar_after_working_days(now, notice);
	instant to = calendar_add_days(base, window);

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
