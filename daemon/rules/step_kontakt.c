/*
 * Fasta kontakter, of stays and of patients' own files, and what a unit's own file holds (B1-B14,
 * G8).
 */
#include "step.h"

#include <string.h>

static struct fvk *
fvk_slot(struct episode *e, unit_id unit)
{
	for (int i = 0; i < e->fvk_count; i++)
		if (e->fvk[i].unit == unit)
			return &e->fvk[i];
	return NULL;
}

static struct fvk *
fvk_slot_add(struct episode *e, unit_id unit)
{
	if (e->fvk_count == FVK_MAX)
		return NULL;
	struct fvk *slot = &e->fvk[e->fvk_count++];
	memset(slot, 0, sizeof *slot);
	slot->unit = unit;
	slot->from_at = slot->to_at = slot->covered_from = slot->omprovas_at = INSTANT_NONE;
	return slot;
}

/* B1 asks for one before discharge: who comes after a gap later than that does not undo it. */
static bool
covers_discharge(const struct episode *e, const struct fvk *slot)
{
	return e->utskrivning.nr != 0 && slot->covered_from != INSTANT_NONE &&
	       slot->covered_from < e->utskrivning.at && slot->to_at >= e->utskrivning.at;
}

static void
name_fvk(const struct episode *e, struct fvk *slot, const struct fact *f)
{
	const struct fact_fast_vardkontakt *m = &f->fast_vardkontakt;
	bool ended = slot->nr == 0 || (slot->to_at != INSTANT_NONE && slot->to_at < m->from_at);
	bool gap = ended && !covers_discharge(e, slot);
	staff_id before = slot->staff != 0 ? slot->staff : slot->avslutad;

	slot->changes += before != 0 && before != m->staff;
	if (gap || m->from_at < slot->covered_from)
		slot->covered_from = m->from_at;
	if (slot->staff != m->staff)
		slot->former = m->from_at > f->sent_at ? slot->staff : 0;
	slot->staff = m->staff;
	slot->nr = f->nr;
	slot->from_at = m->from_at;
	slot->to_at = m->to_at;
	slot->utsedd_av = m->utsedd_av;
	slot->ersattare = m->ersattare;
	slot->omprovas_at = m->omprovas_at;
	if (slot->jamte == m->staff)
		slot->jamte = 0;
	slot->standing_decision = m->standing_decision;
	slot->confirmed_by_unit = f->source != 0;
	slot->ej_onskad = e->inskr.ej_onskad;
	slot->foreslagen = 0;
	if (slot->avslutad == m->staff)
		slot->avslutad = 0;
}

/* Has the appointment no ground: the unit is out, or, as a notice was annulled, was never in? */
static bool
has_no_ground(const struct episode *e, const struct fvk *slot)
{
	bool never_in = !e->own_file && episode_participant_of(e, slot->unit) == NULL;

	return never_in || fvk_is_void(e, slot);
}

/* What samordnad ended by itself (decide.c): void if the end that was said, or why the unit is out,
 * turns out to be annulled, or if another word on it comes before. */
static bool
end_has_ground(const struct episode *e, const struct fvk *slot, const struct fact *f)
{
	const struct participant *p = episode_participant_of(e, slot->unit);
	const struct fact_fast_vardkontakt *m = &f->fast_vardkontakt;
	instant end = m->to_at != INSTANT_NONE ? m->to_at : m->from_at;
	bool over = slot->to_at != INSTANT_NONE && slot->to_at <= end;

	return over || has_no_ground(e, slot) ||
	       (p != NULL && p->uttrade == UTTRADE_AVVISAD && p->avvisning_orsak == EJ_LISTAD);
}

/* B10. Of another person than who is named now, it is over already. Said beforehand, samordnad ends
 * it then (decide.c). */
static enum outcome
end_fvk(const struct episode *e, struct fvk *slot, const struct fact *f)
{
	const struct fact_fast_vardkontakt *m = &f->fast_vardkontakt;

	if (slot != NULL && f->source == 0 && !end_has_ground(e, slot, f))
		return OUTCOME_APPLIED;
	if (slot == NULL || slot->staff == 0 || slot->staff != m->staff)
		return OUTCOME_INGEN_FVK;
	bool limited = slot->to_at != INSTANT_NONE; /* it had been said when it ends */
	slot->nr = f->nr;
	slot->to_at = m->to_at != INSTANT_NONE ? m->to_at : m->from_at;
	if (slot->to_at > f->recorded_at)
		return OUTCOME_APPLIED;
	slot->utan_grund = f->source == 0 && !limited && has_no_ground(e, slot);
	slot->avslutad = slot->staff;
	slot->staff = slot->jamte = 0;
	return OUTCOME_APPLIED;
}

/* B14: beside a physician one more person, who shares the unit's slot. */
static enum outcome
step_jamte(struct fvk *slot, const struct fact *f, int judged)
{
	const struct fact_fast_vardkontakt *m = &f->fast_vardkontakt;

	if (slot == NULL || slot->staff == 0 || slot->staff == m->staff)
		return OUTCOME_INGEN_FVK;
	if (m->atgard == FVK_AVSLUTA) {
		if (slot->jamte != m->staff)
			return OUTCOME_INGEN_FVK;
		slot->jamte = 0;
		return OUTCOME_APPLIED;
	}
	if (judged == OUTCOME_FVK_EJ_LAKARE)
		return OUTCOME_FVK_EJ_LAKARE;
	slot->jamte = m->staff;
	return OUTCOME_APPLIED;
}

/*
 * B1, B3, B4, B10. Two units have two slots (B7, B8). What samordnad decides, it decides for a unit
 * that has nobody: if the unit's own word turns out to stand before it, it is void.
 */
enum outcome
step_fast_vardkontakt(struct episode *e, const struct fact *f, int judged)
{
	const struct fact_fast_vardkontakt *m = &f->fast_vardkontakt;
	struct fvk *slot = fvk_slot(e, m->unit);

	if (m->jamte)
		return step_jamte(slot, f, judged);
	if (m->atgard == FVK_AVSLUTA)
		return end_fvk(e, slot, f);
	if (judged == OUTCOME_FVK_EJ_TILLATEN && e->inskr.livshotande)
		return OUTCOME_FVK_EJ_TILLATEN;
	if (slot == NULL)
		slot = fvk_slot_add(e, m->unit);
	if (slot == NULL)
		return OUTCOME_FOR_MANGA;
	if (f->source == 0 && slot->staff != m->ersatter)
		return OUTCOME_APPLIED;
	if (e->own_file) /* whose the patient is then */
		name_participant(e, m->unit, ROLE_MOTTAGARE, f);
	if (m->atgard == FVK_FORESLA) {
		slot->foreslagen = m->staff;
		slot->forslag_nr = f->nr;
	} else {
		name_fvk(e, slot, f);
		if (judged == OUTCOME_FVK_EJ_TILLATEN)
			slot->jamte = 0; /* B14: no physician any more */
	}
	return OUTCOME_APPLIED;
}

/* B12, of each unit that is asked. */
enum outcome
step_begaran(struct episode *e, const struct fact *f)
{
	struct participant *p = name_participant(e, f->begaran.unit, ROLE_MOTTAGARE, f);

	if (p == NULL)
		return OUTCOME_FOR_MANGA;
	if (episode_begaran_open(e, p))
		return OUTCOME_APPLIED; /* asked again: its time stands */
	p->begaran_nr = f->nr;
	p->begaran_at = f->begaran.at;
	return OUTCOME_APPLIED;
}

/* The place of a kontakt in a patient's own file: one fast läkarkontakt and one samordnande, one of
 * the others for each unit. */
static struct fast_kontakt *
kontakt_place(struct episode *e, enum kontakt_slag slag, unit_id unit)
{
	bool one = slag == KONTAKT_LAKARE || slag == KONTAKT_SAMORDNANDE;

	for (int i = 0; i < e->kontakt_count; i++)
		if (e->kontakt[i].slag == slag && (one || e->kontakt[i].unit == unit))
			return &e->kontakt[i];
	return NULL;
}

/* B11, B12: a fast vårdkontakt by whichever message has the unit's one place. */
static enum outcome
step_kontakt_fvk(struct episode *e, const struct fact *f, int judged)
{
	const struct fact_fast_kontakt m = f->fast_kontakt;
	struct fact as = *f;

	as.fast_vardkontakt = (struct fact_fast_vardkontakt){.atgard = m.atgard,
	    .unit = m.unit,
	    .staff = m.staff,
	    .from_at = m.from_at,
	    .to_at = m.to_at,
	    .omprovas_at = INSTANT_NONE};
	return step_fast_vardkontakt(e, &as, judged);
}

/* B8, B11, outside of every stay. */
enum outcome
step_fast_kontakt(struct episode *e, const struct fact *f, int judged)
{
	const struct fact_fast_kontakt *m = &f->fast_kontakt;
	struct fast_kontakt *k = kontakt_place(e, m->slag, m->unit);

	if (m->slag == KONTAKT_FVK)
		return step_kontakt_fvk(e, f, judged);

	if (m->atgard == FVK_AVSLUTA) {
		if (k == NULL || k->unit != m->unit || k->staff != m->staff)
			return OUTCOME_INGEN_FAST_KONTAKT;
		k->nr = f->nr;
		k->to_at = m->to_at != INSTANT_NONE ? m->to_at : m->from_at;
		return OUTCOME_APPLIED;
	}
	if (k == NULL && e->kontakt_count == KONTAKT_MAX)
		return OUTCOME_FOR_MANGA;
	if (k == NULL)
		k = &e->kontakt[e->kontakt_count++];
	*k = (struct fast_kontakt){f->nr, m->slag, m->unit, m->staff, m->from_at, m->to_at};
	return OUTCOME_APPLIED;
}

/* A unit's own file: the unit alone takes part. */
enum outcome
open_unit(struct episode *e, unit_id unit, const struct fact *f)
{
	e->enhet = unit;
	return name_participant(e, unit, ROLE_MOTTAGARE, f) != NULL ? OUTCOME_APPLIED
								    : OUTCOME_FOR_MANGA;
}

/* B13: when to look at whose FVK the person is; who is away is the register's to know. */
enum outcome
step_personal(struct episode *e, const struct fact *f)
{
	const struct fact_personal *m = &f->personal;
	int i = 0;

	while (i < e->personal_count && e->personal[i].staff != m->staff)
		i++;
	if (i == PERSONAL_MAX) {
		i--;
		memmove(&e->personal[0], &e->personal[1], sizeof e->personal[0] * (size_t)i);
	}
	if (i == e->personal_count)
		e->personal_count++;
	e->personal[i].nr = f->nr;
	e->personal[i].staff = m->staff;
	e->personal[i].from_at = m->from_at;
	e->personal[i].to_at = m->to_at;
	return open_unit(e, f->source, f);
}

/* G8: the data of one organisation, to the others. */
enum outcome
step_sparr(struct episode *e, const struct fact *f)
{
	int64_t org = f->sparr.org;
	int i = 0;

	while (i < e->sparr_count && e->sparr[i].org != org)
		i++;
	if (f->sparr.atgard == SPARR_HAVD) {
		if (i == e->sparr_count)
			return OUTCOME_INGEN_SPARR;
		e->sparr[i] = e->sparr[--e->sparr_count];
		return OUTCOME_APPLIED;
	}
	if (i == SPARR_MAX)
		return OUTCOME_FOR_MANGA;
	if (i == e->sparr_count)
		e->sparr_count++;
	e->sparr[i].nr = f->nr;
	e->sparr[i].org = org;
	return OUTCOME_APPLIED;
}
