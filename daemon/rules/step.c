/*
 * step: one fact further; fold: all of them. Each message writes its own part of the state. Rule
 * ids as in domain.md. Pure; knows nothing of what is owed for it (plan.c) nor of the register
 * (judge.c says beforehand what needs it).
 */
#include "episode.h"

#include "log.h"
#include "message.h"

#include <stdlib.h>
#include <string.h>

void
episode_init(struct episode *e)
{
	memset(e, 0, sizeof *e);
	e->last_sent_at = INSTANT_NONE;
	e->fodd = DATE_NONE;
	e->inskrivning.inskriven_at = e->behovsbedomning.bedomt_at = INSTANT_NONE;
	e->inskr.sent_at = e->inskr.first_sent_at = INSTANT_NONE;
	e->inskr.recorded_at = e->inskr.first_recorded_at = INSTANT_NONE;
	e->inskr.inskriven_at = e->inskr.behov_bedomt_at = INSTANT_NONE;
	e->beraknad.at = e->beraknad.former = INSTANT_NONE;
	e->klar.klar_at = e->klar.sent_at = e->klar.recorded_at = e->klar.lamnad_at = INSTANT_NONE;
	e->aterkallad.sent_at = INSTANT_NONE;
	e->utskrivning.at = e->utskrivning.recorded_at = INSTANT_NONE;
	e->information.at = e->patientinformation.at = INSTANT_NONE;
	for (int i = 0; i < SAMTYCKE_OMFATTNING_COUNT; i++)
		e->samtycke[i].at = e->samtycke[i].reopened_at = INSTANT_NONE;
	e->avdelning.at = e->permission.from_at = e->permission.to_at = INSTANT_NONE;
	e->avliden.at = e->avliden.recorded_at = e->tvangsvard.ended_at = INSTANT_NONE;
	e->sip.hallen_at = e->sip.uppfoljning_at = e->sip.uppfoljd_at = INSTANT_NONE;
	e->tidigare.utskriven_at = INSTANT_NONE;
	e->kallelse.at = INSTANT_NONE;
	e->mote.start_at = e->mote.end_at = INSTANT_NONE;
}

/* The row of a unit, added if there is room; NULL if there is none. One just added does not take
 * part yet. */
static struct participant *
participant_row(struct episode *e, unit_id unit)
{
	struct participant *p = episode_participant(e, unit);
	if (p != NULL || e->participant_count == PARTICIPANTS_MAX)
		return p;
	p = &e->participant[e->participant_count++];
	memset(p, 0, sizeof *p);
	p->unit = unit;
	p->received_at = p->ended_at = INSTANT_NONE;
	p->kallad_at = p->kallad_since = p->sip_behov_at = INSTANT_NONE;
	p->forslag_at = p->vardplan_at = p->klar_given_at = p->klar_lamnad_at = INSTANT_NONE;
	p->fore_at = p->begaran_at = p->svar_mote_at = INSTANT_NONE;
	return p;
}

/* A9, A10, A11: out by a word about it, from when that is recorded. */
static void
leave(struct participant *p, enum uttrade uttrade, int32_t nr, instant at)
{
	p->active = false;
	p->ended_at = at;
	p->tillagd = false;
	p->uttrade = uttrade;
	p->uttrade_nr = nr;
}

/*
 * Names a participant; NULL if there is no room. It received what was recorded first (A10), and who
 * was named again no later than the end was recorded was never out. Out and in again, it needs its
 * own kallelse (D2).
 */
static struct participant *
name_participant(struct episode *e, unit_id unit, enum participant_role role, const struct fact *f)
{
	struct participant *p = participant_row(e, unit);
	if (p == NULL)
		return NULL;
	bool answered = p->fore != UTTRADE_NONE && p->received_at == INSTANT_NONE &&
			f->recorded_at <= p->fore_at;
	bool goes_on = p->active || (p->ended_at != INSTANT_NONE && f->recorded_at <= p->ended_at);
	if (!p->active)
		p->role = role;
	p->active = true;
	p->ended_at = INSTANT_NONE;
	p->uttrade = UTTRADE_NONE;
	p->uttrade_nr = 0;
	if (!goes_on) {
		p->kallad_nr = 0;
		p->kallad_at = p->kallad_since = INSTANT_NONE;
	}
	if (!goes_on || f->recorded_at < p->received_at) {
		p->added_nr = f->nr;
		p->received_at = f->recorded_at;
	}
	if (answered)
		leave(p, p->fore, p->fore_nr, p->fore_at);
	return p;
}

/* The ward that speaks; after an overflyttning the one that has the patient is named already. */
static void
name_ward(struct episode *e, const struct fact *f)
{
	if (e->avdelning.nr == 0)
		name_participant(e, f->source, ROLE_HOSPITAL, f);
}

/* What is kept, but no more waited for once the patient is home. */
static enum outcome
already_home(const struct episode *e)
{
	return e->utskrivning.nr != 0 ? OUTCOME_REDAN_UTSKRIVEN : OUTCOME_APPLIED;
}

/* G2: a readmission is a stay of its own, with an encounter of its own. */
static bool
admitted_after_discharge(const struct episode *e, instant inskriven_at)
{
	return e->utskrivning.nr != 0 && inskriven_at > e->utskrivning.at;
}

/* Of what was said before as well (0: was not), the message that came first. */
static int32_t
first_of(int32_t before, int32_t nr)
{
	return before != 0 && before < nr ? before : nr;
}

/* A0: the watch, inside the hospital. */
static enum outcome
step_inskrivning(struct episode *e, const struct fact *f)
{
	e->inskrivning.nr = f->nr;
	e->inskrivning.unit = f->source;
	e->inskrivning.inskriven_at = f->inskrivning.inskriven_at;
	name_ward(e, f);
	return admitted_after_discharge(e, f->inskrivning.inskriven_at) ? OUTCOME_REDAN_UTSKRIVEN
									: OUTCOME_APPLIED;
}

/* A0, A2: later means judged again after an answer of no or later. */
static enum outcome
step_behovsbedomning(struct episode *e, const struct fact *f)
{
	bool yes = f->behovsbedomning.behov_finns == BEHOV_JA;
	bool before = e->behovsbedomning.nr != 0 && e->behovsbedomning.behov_finns != BEHOV_JA;

	bool again = e->behovsbedomning.nr != 0 &&
		     e->behovsbedomning.behov_finns == f->behovsbedomning.behov_finns;

	e->behovsbedomning.later |= yes && before;
	e->behovsbedomning.first_nr = first_of(again ? e->behovsbedomning.first_nr : 0, f->nr);
	e->behovsbedomning.nr = f->nr;
	e->behovsbedomning.behov_finns = f->behovsbedomning.behov_finns;
	e->behovsbedomning.bedomt_at = f->behovsbedomning.bedomt_at;
	return already_home(e);
}

static struct participant *
mottagare_of(struct episode *e, unit_id unit)
{
	struct participant *p = episode_participant(e, unit);

	return p != NULL && p->active && p->role == ROLE_MOTTAGARE ? p : NULL;
}

static bool
name_unresolved(struct episode *e, const struct mottagare *named, bool tillagd)
{
	if (e->unresolved_count == UNRESOLVED_MAX)
		return false;
	e->unresolved[e->unresolved_count++] = (struct unresolved){*named, tillagd};
	return true;
}

static void
forget_unresolved(struct episode *e)
{
	int kept = 0;

	for (int i = 0; i < e->unresolved_count; i++)
		if (e->unresolved[i].tillagd)
			e->unresolved[kept++] = e->unresolved[i];
	e->unresolved_count = (uint8_t)kept;
}

/*
 * A6: a version names its mottagare anew. Who is named no longer is out; so is whom samordnad found
 * (A4), for the ground may be gone: decide() finds it again in the same instant, and then it was
 * never out. Who was added or left by a word of its own (A9, A10, A11) is not a version's to
 * change.
 */
static bool
name_mottagare(struct episode *e, const struct fact *f)
{
	const struct fact_inskrivningsmeddelande *m = &f->inskrivningsmeddelande;
	bool room = true;

	for (int i = 0; i < e->participant_count; i++) {
		struct participant *p = &e->participant[i];
		if (!p->active || p->role != ROLE_MOTTAGARE || p->tillagd)
			continue;
		p->active = false;
		p->ended_at = f->recorded_at;
	}
	forget_unresolved(e);
	for (int i = 0; i < m->mottagare_count; i++) {
		const struct mottagare *named = &m->mottagare[i];
		const struct participant *p = episode_participant(e, named->unit);
		if (named->unit == 0)
			room &= name_unresolved(e, named, false);
		else if (p == NULL || p->uttrade == UTTRADE_NONE)
			room &= name_participant(e, named->unit, ROLE_MOTTAGARE, f) != NULL;
	}
	return room;
}

static bool
is_refusal(enum samtycke_status status)
{
	return status == SAMTYCKE_NEKAT || status == SAMTYCKE_ATERKALLAT;
}

static void
set_samtycke(struct episode *e, enum samtycke_omfattning scope, enum samtycke_status status,
    instant at, const struct fact *f)
{
	struct samtycke *s = &e->samtycke[scope];

	/* D3: D1 anew from the day on which nothing bars the SIP any more; it runs while okant
	 * (D1a). */
	if (is_refusal(s->status) && !is_refusal(status)) {
		s->reopened_nr = f->nr;
		s->reopened_at = f->recorded_at;
	}
	s->status = status;
	s->nr = f->nr;
	s->at = at;
	if (scope != SAMTYCKE_SIP || !is_refusal(status))
		return;
	/* D3: no SIP. What was summoned is off, the booked time is given back. */
	for (int i = 0; i < e->participant_count; i++) {
		e->participant[i].kallad_nr = 0;
		e->participant[i].kallad_at = e->participant[i].kallad_since = INSTANT_NONE;
	}
	e->kallelse.nr = 0;
	e->bokning.status = BOKNING_NONE;
	e->mote.start_at = e->mote.end_at = INSTANT_NONE;
}

static void
set_beraknad(struct episode *e, instant at, const struct fact *f)
{
	if (at == e->beraknad.at)
		return; /* said again: A7's mark is of what was said before it */
	e->date_changes += e->beraknad.at != INSTANT_NONE && e->utskrivning.nr == 0;
	e->beraknad.former = e->beraknad.at;
	e->beraknad.at = at;
	e->beraknad.nr = f->nr;
}

/* What was said in a message of its own stands until a version says another than the version
 * before. */
static void
version_samtycke(struct episode *e, const struct fact *f)
{
	const enum samtycke_status *said = f->inskrivningsmeddelande.samtycke;

	for (int i = 0; i < SAMTYCKE_OMFATTNING_COUNT; i++) {
		const struct samtycke *s = &e->samtycke[i];
		bool news = e->inskr.nr == 0 || said[i] != e->inskr.samtycke[i];
		if (s->nr == 0 || (news && said[i] != s->status))
			set_samtycke(e, i, said[i], f->sent_at, f);
		e->inskr.samtycke[i] = said[i];
	}
}

/* F4: folkbokföring by date, in the order said. */
static void
note_kommun(struct episode *e, kommun_kod kommun, instant from_at, const struct fact *f)
{
	if (e->kommun_count > 0 && e->kommun[e->kommun_count - 1].kommun == kommun)
		return;
	if (e->kommun_count == 1 && e->kommun[0].kommun == 0 && f->type == INSKRIVNINGSMEDDELANDE) {
		e->kommun[0].kommun = kommun; /* A3: completed, not moved to */
		return;
	}
	if (e->kommun_count == KOMMUN_MAX)
		memmove(&e->kommun[0], &e->kommun[1], sizeof e->kommun[0] * --e->kommun_count);
	int i = e->kommun_count++;
	e->kommun[i].nr = f->nr;
	e->kommun[i].kommun = kommun;
	e->kommun[i].from_at = from_at;
}

/* C6: how it stands; the end of open compulsory care opens D1. */
static void
set_tvangsvard(struct episode *e, enum vardform vardform, enum oppen_tvangsvard oppen,
    instant from_at, const struct fact *f)
{
	bool ends = e->tvangsvard.oppen != TVANGSVARD_INGEN && oppen == TVANGSVARD_INGEN;

	if (vardform == e->tvangsvard.vardform && oppen == e->tvangsvard.oppen)
		return; /* said again */
	e->tvangsvard.nr = f->nr;
	e->tvangsvard.vardform = vardform;
	e->tvangsvard.oppen = oppen;
	if (!ends)
		return;
	e->tvangsvard.ended_nr = f->nr;
	e->tvangsvard.ended_at = from_at > f->recorded_at ? from_at : f->recorded_at;
}

static enum outcome
step_vardform_andrad(struct episode *e, const struct fact *f)
{
	const struct fact_vardform_andrad *m = &f->vardform_andrad;

	set_tvangsvard(e, m->vardform, m->oppen_tvangsvard, m->from_at, f);
	return OUTCOME_APPLIED;
}

static enum outcome
step_inskrivningsmeddelande(struct episode *e, const struct fact *f)
{
	const struct fact_inskrivningsmeddelande *m = &f->inskrivningsmeddelande;
	bool first = e->inskr.nr == 0;

	name_ward(e, f);
	note_kommun(e, m->folkbokforingskommun, first ? INSTANT_NONE : f->sent_at, f);
	if (e->tvangsvard.nr == 0)
		e->tvangsvard.vardform = m->vardform;
	bool room = name_mottagare(e, f);
	if (first || f->recorded_at < e->inskr.first_recorded_at) {
		e->inskr.first_nr = f->nr;
		e->inskr.first_sent_at = f->sent_at;
		e->inskr.first_recorded_at = f->recorded_at;
	}
	version_samtycke(e, f);
	if (m->beraknad_utskrivning_at != INSTANT_NONE)
		set_beraknad(e, m->beraknad_utskrivning_at, f);
	e->inskr.nr = f->nr;
	e->inskr.unit = f->source;
	e->inskr.sent_at = f->sent_at;
	e->inskr.recorded_at = f->recorded_at;
	e->inskr.inskriven_at = m->inskriven_at;
	e->inskr.behov_bedomt_at = m->behov_bedomt_at;
	e->inskr.saknas = m->saknas;
	if (e->beraknad.at != INSTANT_NONE)
		e->inskr.saknas &= (uint8_t)~SAKNAS_BERAKNAD;
	e->inskr.behov = m->behov;
	e->inskr.behovsprofil = m->behovsprofil;
	e->inskr.livshotande = m->livshotande;
	e->inskr.skydd = m->skydd;
	e->inskr.verksamhet = m->verksamhet;
	e->inskr.vardform = m->vardform;
	e->inskr.folkbokforingskommun = m->folkbokforingskommun;
	e->inskr.placerande_kommun = m->placerande_kommun;
	e->inskr.listad_pa = m->listad_pa;
	e->inskr.onskad = m->onskad;
	e->inskr.ej_onskad = m->ej_onskad;
	if (!room)
		return OUTCOME_FOR_MANGA;
	if (admitted_after_discharge(e, m->inskriven_at))
		return OUTCOME_REDAN_UTSKRIVEN;
	if (e->patient != 0 && f->patient != 0 && f->patient != e->patient)
		return OUTCOME_ANNAN_IDENTITET;
	if (e->inskr.saknas != 0)
		return OUTCOME_OFULLSTANDIG;
	return first ? OUTCOME_APPLIED : OUTCOME_NY_VERSION;
}

/* A7 */
static enum outcome
step_ny_beraknad(struct episode *e, const struct fact *f)
{
	set_beraknad(e, f->ny_beraknad_utskrivning.beraknad_utskrivning_at, f);
	e->inskr.saknas &= (uint8_t)~SAKNAS_BERAKNAD;
	return already_home(e);
}

static bool
is_withheld(const struct fact *f, unit_id unit)
{
	for (int i = 0; i < f->utskrivningsklar.undanhallen_count; i++)
		if (f->utskrivningsklar.undanhallen[i] == unit)
			return true;
	return false;
}

/* C1a */
static void
withhold(struct episode *e, const struct fact *f)
{
	for (int i = 0; i < f->utskrivningsklar.undanhallen_count; i++)
		participant_row(e, f->utskrivningsklar.undanhallen[i]);
	for (int i = 0; i < e->participant_count; i++) {
		struct participant *p = &e->participant[i];
		p->undanhallen_nr = is_withheld(f, p->unit) ? f->nr : 0;
		p->klar_given_nr = 0;
		p->klar_given_at = p->klar_lamnad_at = INSTANT_NONE;
	}
}

/* C5: what the sender documents of the notice in force; the earliest counts. */
static void
note_reservrutin(struct episode *e, const struct reservrutin *r)
{
	struct participant *p = r->till != 0 ? participant_row(e, r->till) : NULL;
	instant *lamnad_at = r->till == 0 ? &e->klar.lamnad_at
			     : p != NULL  ? &p->klar_lamnad_at
					  : NULL;

	if (r->lamnad_at != INSTANT_NONE && lamnad_at != NULL &&
	    (*lamnad_at == INSTANT_NONE || r->lamnad_at < *lamnad_at))
		*lamnad_at = r->lamnad_at;
}

/* C1a, C5: a second notice delivers the one in force to whom it was withheld from. */
static void
give_withheld(struct episode *e, const struct fact *f)
{
	for (int i = 0; i < e->participant_count; i++) {
		struct participant *p = &e->participant[i];
		if (p->undanhallen_nr != e->klar.nr || is_withheld(f, p->unit))
			continue;
		p->undanhallen_nr = 0;
		p->klar_given_nr = f->nr;
		p->klar_given_at = f->recorded_at;
	}
}

/* C1, C4: a notice after a withdrawal starts the clocks at day 0; one while another is in force
 * does not. */
static enum outcome
step_utskrivningsklar(struct episode *e, const struct fact *f)
{
	const struct fact_utskrivningsklar *m = &f->utskrivningsklar;
	bool already = e->klar.nr != 0;

	if (m->tvangsvard_given) /* C6: also by a notice that does not count */
		set_tvangsvard(e, e->tvangsvard.vardform, m->oppen_tvangsvard, f->recorded_at, f);
	/* C2: under LPT 7 a § it counts, under LRV 12 a § it does not. */
	if (m->underrattelse_lpt_7a &&
	    (e->tvangsvard.vardform == VARDFORM_LRV || m->oppen_tvangsvard == TVANGSVARD_ORV))
		return OUTCOME_LRV_12A;
	if (m->behov_given)
		e->inskr.behov = m->behov;
	if (already) { /* C5: delivered when the first of them was recorded, or handed over */
		give_withheld(e, f);
		if (f->recorded_at < e->klar.recorded_at)
			e->klar.recorded_at = f->recorded_at;
		note_reservrutin(e, &m->reservrutin);
		return OUTCOME_REDAN_UTSKRIVNINGSKLAR;
	}
	e->klar.nr = f->nr;
	e->klar.klar_at = m->klar_at;
	e->klar.sent_at = f->sent_at;
	e->klar.recorded_at = f->recorded_at;
	withhold(e, f);
	note_reservrutin(e, &m->reservrutin);
	return already_home(e);
}

/* C3: the clocks D1 and F1 stop; what was summoned still counts (D2). */
static enum outcome
step_ej_langre_klar(struct episode *e, const struct fact *f)
{
	if (e->klar.nr == 0)
		return OUTCOME_EJ_UTSKRIVNINGSKLAR;
	e->aterkallad.nr = e->klar.nr;
	e->aterkallad.sent_at = f->sent_at;
	e->withdrawals++;
	memset(&e->klar, 0, sizeof e->klar);
	e->klar.klar_at = e->klar.sent_at = e->klar.recorded_at = e->klar.lamnad_at = INSTANT_NONE;
	return OUTCOME_APPLIED;
}

/* E2: samordnad records and shouts; it never refuses a discharge. */
static enum outcome
step_utskrivning(struct episode *e, const struct fact *f)
{
	bool already = e->utskrivning.nr != 0;
	instant in = e->inskr.nr != 0 ? e->inskr.inskriven_at : e->inskrivning.inskriven_at;

	if (in != INSTANT_NONE && f->utskrivning.utskriven_at < in)
		return OUTCOME_FORE_INSKRIVNING;
	e->utskrivning.first_nr = first_of(e->utskrivning.first_nr, f->nr);
	e->utskrivning.nr = f->nr;
	e->utskrivning.at = f->utskrivning.utskriven_at;
	e->utskrivning.recorded_at = f->recorded_at;
	e->utskrivning.destination = f->utskrivning.destination;
	return already ? OUTCOME_REDAN_UTSKRIVEN : OUTCOME_APPLIED;
}

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
	bool ended = slot->staff == 0 || (slot->to_at != INSTANT_NONE && slot->to_at < m->from_at);
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
	slot->livshotande = e->inskr.livshotande;
	slot->foreslagen = 0;
	if (slot->avslutad == m->staff)
		slot->avslutad = 0;
}

/* B10. Of another person than who is named now, it is over already. Said beforehand, samordnad ends
 * it then (decide.c). */
static enum outcome
end_fvk(struct fvk *slot, const struct fact *f)
{
	const struct fact_fast_vardkontakt *m = &f->fast_vardkontakt;

	if (slot == NULL || slot->staff == 0 || slot->staff != m->staff)
		return OUTCOME_INGEN_FVK;
	slot->nr = f->nr;
	slot->to_at = m->to_at != INSTANT_NONE ? m->to_at : m->from_at;
	if (slot->to_at > f->recorded_at)
		return OUTCOME_APPLIED;
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
static enum outcome
step_fast_vardkontakt(struct episode *e, const struct fact *f, int judged)
{
	const struct fact_fast_vardkontakt *m = &f->fast_vardkontakt;
	struct fvk *slot = fvk_slot(e, m->unit);

	if (m->jamte)
		return step_jamte(slot, f, judged);
	if (m->atgard == FVK_AVSLUTA)
		return end_fvk(slot, f);
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

/* Whose word on D0 goes before others': a huvudman's unit that says that one is due, any unit's,
 * the hospital's. */
static int
sip_behov_weight(const struct participant *p)
{
	if (!p->active || p->sip_behov_nr == 0)
		return 0;
	if (p->role == ROLE_HOSPITAL)
		return 1;
	return p->sip_behov == SIP_NY || p->sip_behov == SIP_UPPDATERAS ? 3 : 2;
}

/* D0: a SIP is due when either huvudman says so. Of equal weight, the last counts. */
static void
settle_sip_behov(struct episode *e)
{
	const struct participant *best = NULL;
	int best_weight = 0;

	for (int i = 0; i < e->participant_count; i++) {
		const struct participant *p = &e->participant[i];
		int weight = sip_behov_weight(p);
		if (weight > best_weight || (weight == best_weight && best != NULL &&
						p->sip_behov_at >= best->sip_behov_at)) {
			best = p;
			best_weight = weight;
		}
	}
	memset(&e->sip_behov, 0, sizeof e->sip_behov);
	if (best == NULL)
		return;
	e->sip_behov.nr = best->sip_behov_nr;
	e->sip_behov.art = best->sip_behov;
	e->sip_behov.unit = best->unit;
}

static enum outcome
step_sip_behov(struct episode *e, const struct fact *f)
{
	struct participant *p = participant_row(e, f->source);

	if (p == NULL)
		return OUTCOME_FOR_MANGA;
	if (e->own_file) /* D10: whoever wishes for one */
		name_participant(e, f->source, ROLE_MOTTAGARE, f);
	p->sip_behov_nr = f->nr;
	p->sip_behov = f->sip_behov.behov;
	p->sip_behov_at = f->sent_at;
	return OUTCOME_APPLIED;
}

static void
summon(struct episode *e, unit_id unit, const struct fact *f)
{
	struct participant *p = episode_participant(e, unit);
	if (e->own_file) /* D10: the kallelse is what brings them together */
		p = name_participant(e, unit, ROLE_MOTTAGARE, f);
	if (p == NULL)
		return;
	p->struken_nr = 0;
	if (p->kallad_nr == 0)
		p->kallad_since = f->sip_kallelse.at;
	p->kallad_nr = f->nr;
	p->kallad_at = f->sip_kallelse.at;
}

/* D11: the patient does not want that unit there. */
static void
strike(struct episode *e, unit_id unit, const struct fact *f)
{
	struct participant *p = episode_participant(e, unit);
	if (p == NULL)
		return;
	p->struken_nr = f->nr;
	p->kallad_nr = 0;
	p->kallad_at = p->kallad_since = INSTANT_NONE;
}

/* Whom a kallelse summons, and whom the patient struck. Who takes no part is not reached. */
static enum outcome
summon_all(struct episode *e, const struct fact *f)
{
	const struct fact_sip_kallelse *m = &f->sip_kallelse;
	enum outcome outcome = OUTCOME_APPLIED;

	for (int i = 0; i < m->kallade_count; i++) {
		summon(e, m->kallade[i], f);
		const struct participant *p = episode_participant_of(e, m->kallade[i]);
		if (p == NULL || !p->active)
			outcome = OUTCOME_KALLADE_EJ_MOTTAGARE;
	}
	for (int i = 0; i < m->strukna_count; i++)
		strike(e, m->strukna[i], f);
	return outcome;
}

/* D3 */
static bool
refused(const struct episode *e)
{
	return is_refusal(e->samtycke[SAMTYCKE_SIP].status);
}

static void
give_back(struct episode *e)
{
	e->kallelse.nr = 0;
	e->bokning.status = BOKNING_NONE;
	e->mote.start_at = e->mote.end_at = INSTANT_NONE;
}

static enum outcome
cancel_kallelse(struct episode *e)
{
	if (e->kallelse.nr == 0)
		return OUTCOME_INGEN_KALLELSE;
	give_back(e);
	return OUTCOME_APPLIED;
}

/* The meeting that a kallelse names. The time that samordnad booked keeps its slot; another is a
 * person's choice. */
static void
name_time(struct episode *e, const struct fact *f)
{
	const struct fact_sip_kallelse *m = &f->sip_kallelse;
	bool named = m->mote.start_at != INSTANT_NONE;
	bool other =
	    named && (m->mote.start_at != e->mote.start_at || m->mote.end_at != e->mote.end_at);

	if (named)
		e->mote = m->mote;
	if (other) {
		e->bokning.nr = f->nr;
		e->bokning.status = BOKNING_BOKAD;
		e->bokning.unit = e->kallelse.unit;
		e->bokning.staff = m->for_staff != 0 ? m->for_staff : m->skickad_av;
		e->bokning.slot = 0;
		const struct fvk *fvk = episode_fvk(e, e->bokning.unit);
		e->bokning.fvk = fvk != NULL ? fvk->staff : 0;
	} else if (m->atgard == KALLELSE_OMBOKA && e->bokning.status == BOKNING_VANTAR) {
		e->bokning.status = BOKNING_BOKAD;
		e->bokning.nr = f->nr;
	}
}

int
judged_deputy_of(staff_id staff)
{
	return JUDGED_DEPUTY_OF | (int)(staff & JUDGED_STAFF_MASK);
}

/* D4: who sends it, against the FVK at its place: one named, changed or annulled late counts as if
 * in time. */
static bool
may_summon(const struct episode *e, const struct fact *f, int judged)
{
	const struct fact_sip_kallelse *m = &f->sip_kallelse;
	const struct fvk *fvk = episode_fvk(e, f->source);
	staff_id sender = m->skickad_av;

	if (judged == OUTCOME_APPLIED || judged == OUTCOME_KALLELSE_EJ_AV_FVK)
		return judged == OUTCOME_APPLIED; /* whoever of the unit; not that unit */
	if (m->atgard == KALLELSE_AVBOKA && (e->kallelse.nr == 0 || e->kallelse.unit == f->source))
		return true; /* the unit that summoned may cancel, whoever of it does */
	if (fvk == NULL || sender == 0)
		return false;
	if (sender == fvk->staff || sender == fvk->jamte ||
	    (sender == fvk->former && f->sent_at < fvk->from_at))
		return true;
	if (judged == JUDGED_BY_FVK || (m->for_staff != 0 && m->for_staff != fvk->staff))
		return false;
	return sender == fvk->ersattare || judged == judged_deputy_of(fvk->staff);
}

/* D2, D4: who is reached counts as summoned, also before utskrivningsklar; a cancelled meeting
 * stays summoned in law. */
static enum outcome
step_sip_kallelse(struct episode *e, const struct fact *f, int judged)
{
	const struct fact_sip_kallelse *m = &f->sip_kallelse;

	if (!may_summon(e, f, judged))
		return OUTCOME_KALLELSE_EJ_AV_FVK;
	if (m->atgard == KALLELSE_AVBOKA)
		return cancel_kallelse(e);
	if (refused(e))
		return OUTCOME_SIP_UTAN_SAMTYCKE;
	/* D9: a second is joined to the first, whose meeting stands. */
	if (m->atgard == KALLELSE_SKICKA && e->kallelse.nr != 0 && e->kallelse.unit != f->source &&
	    f->source != 0 && e->bokning.status == BOKNING_BOKAD && e->mote.start_at > f->sent_at) {
		return summon_all(e, f);
	}
	bool none = e->kallelse.nr == 0;
	e->kallelse.nr = f->nr;
	e->kallelse.atgard = m->atgard;
	e->kallelse.unit = f->source != 0 ? f->source : e->bokning.unit;
	e->kallelse.skickad_av = m->skickad_av;
	e->kallelse.for_staff = m->for_staff;
	e->kallelse.at = m->at;
	if (e->own_file)
		name_participant(e, f->source, ROLE_MOTTAGARE, f);
	enum outcome outcome = summon_all(e, f);
	name_time(e, f);
	e->bokning.beraknad_at = e->beraknad.at;
	return none && m->atgard == KALLELSE_OMBOKA ? OUTCOME_INGEN_KALLELSE : outcome;
}

/* D6, D6a: samordnad's own decisions about the time. */
static enum outcome
step_sip_bokning(struct episode *e, const struct fact *f)
{
	const struct fact_sip_bokning *m = &f->sip_bokning;

	bool same = e->bokning.status != BOKNING_NONE && m->mote.start_at == e->mote.start_at;

	if (refused(e))
		return OUTCOME_SIP_UTAN_SAMTYCKE;
	if (m->atgard != BOKNING_BOKA && !same)
		return OUTCOME_APPLIED; /* of a meeting that late facts took away */
	e->bokning.nr = f->nr;
	switch (m->atgard) {
	case BOKNING_BOKA:
		e->bokning.status = BOKNING_BOKAD;
		e->bokning.unit = m->unit;
		e->bokning.staff = m->staff;
		e->bokning.slot = m->slot;
		e->mote = m->mote;
		break;
	case BOKNING_VANTA:
		e->bokning.status = BOKNING_VANTAR;
		break;
	case BOKNING_ATERUPPTA:
		e->bokning.status = BOKNING_BOKAD;
		break;
	case BOKNING_AVBOKA:
		e->bokning.status = BOKNING_NONE;
		e->mote.start_at = e->mote.end_at = INSTANT_NONE;
		break;
	case BOKNING_OVERLAMNA: /* G2: the stay that follows has it; who was summoned was (D2) */
		e->bokning.status = BOKNING_NONE;
		e->mote.start_at = e->mote.end_at = INSTANT_NONE;
		e->bokning.overlamnad_nr = f->nr;
		memcpy(e->bokning.overlamnad, m->episode, sizeof e->bokning.overlamnad);
		break;
	case BOKNING_ATGARD_COUNT:
		break;
	}
	return OUTCOME_APPLIED;
}

/* Is it a kvittens of something that tasks may still ask about? */
static bool
kvittens_in_force(const struct episode *e, const struct participant *p, int32_t nr)
{
	return nr == p->added_nr || nr == e->inskr.nr || nr == e->inskr.first_nr ||
	       nr == e->klar.nr || nr == p->kallad_nr || nr == e->kallelse.nr;
}

/* The place that gives way to a new kvittens: an empty one, else the oldest of what is past, else
 * the oldest. */
static int
kvittens_place(const struct episode *e, const struct participant *p)
{
	for (int i = KVITTENS_MAX - 1; i >= 0; i--)
		if (p->kvitterat_nr[i] == 0 || !kvittens_in_force(e, p, p->kvitterat_nr[i]))
			return i;
	return KVITTENS_MAX - 1;
}

/*
 * A11, G3. Any order: what is acknowledged is kept by its nr, whether or not it, or what names the
 * unit, has been folded yet: the unit's clock may be behind the hospital's. One that names a
 * message which has not come waits for it.
 */
static enum outcome
step_kvittens(struct episode *e, const struct fact *f)
{
	int32_t nr = f->kvittens.message_nr;

	if (nr == 0) {
		e->makulering_vantar |= f->kvittens.message_id[0] != '\0';
		return OUTCOME_INGET_ATT_KVITTERA;
	}
	struct participant *p = participant_row(e, f->source);
	if (p == NULL)
		return OUTCOME_INGET_ATT_KVITTERA;
	if (participant_kvitterat(p, nr, NULL))
		return OUTCOME_REDAN_KVITTERAD;
	size_t place = (size_t)kvittens_place(e, p);
	memmove(&p->kvitterat_nr[1], &p->kvitterat_nr[0], place * sizeof p->kvitterat_nr[0]);
	memmove(&p->kvitterat_at[1], &p->kvitterat_at[0], place * sizeof p->kvitterat_at[0]);
	p->kvitterat_nr[0] = nr;
	p->kvitterat_at[0] = f->sent_at;
	return OUTCOME_APPLIED;
}

/* A10: one mottagare more. `by`: the mottagare that names it for its own huvudman, or 0. */
static bool
add_mottagare(struct episode *e, const struct mottagare *named, unit_id by, const struct fact *f)
{
	if (named->unit == 0)
		return name_unresolved(e, named, true);
	bool was = mottagare_of(e, named->unit) != NULL;
	struct participant *p = name_participant(e, named->unit, ROLE_MOTTAGARE, f);
	if (p == NULL)
		return false;
	p->tillagd |= f->source != 0;
	if (!was)
		p->forwarded_by = by;
	return true;
}

/* Was a mottagare, and is none any more. */
static bool
is_out(struct episode *e, unit_id unit)
{
	const struct participant *p = episode_participant(e, unit);

	return p != NULL && p->role == ROLE_MOTTAGARE && !p->active;
}

/* Whom samordnad added by itself (A4, A9, F4): if the message that was the ground turns out to be
 * annulled, the decision is void. */
static bool
has_ground(const struct episode *e, unit_id unit)
{
	bool ground = unit == e->inskr.listad_pa || e->unresolved_count > 0 || e->kommun_count > 1;

	for (int i = 0; i < e->participant_count; i++)
		ground |= e->participant[i].uttrade == UTTRADE_AVVISAD &&
			  e->participant[i].ratt_enhet == unit;
	return ground;
}

/*
 * A4, A9, A10, F4: added, removed, or forwarded. What a unit may say of its own huvudman's units
 * the register has judged.
 */
static enum outcome
step_mottagare_andrad(struct episode *e, const struct fact *f, int judged)
{
	const struct fact_mottagare_andrad *m = &f->mottagare_andrad;
	struct participant *sender = mottagare_of(e, f->source);
	bool room = true, none = true;

	if (judged == OUTCOME_UTANFOR_HUVUDMAN)
		return OUTCOME_UTANFOR_HUVUDMAN;
	if ((m->vidarebefordra != 0 && sender == NULL) || is_out(e, f->source))
		return OUTCOME_EJ_MOTTAGARE;
	if (f->source == 0 && !has_ground(e, m->lagg_till[0].unit))
		return OUTCOME_APPLIED;
	for (int i = 0; i < m->ta_bort_count; i++) {
		struct participant *p = mottagare_of(e, m->ta_bort[i]);
		none &= p == NULL;
		if (p != NULL)
			leave(p, UTTRADE_BORTTAGEN, f->nr, f->recorded_at);
	}
	for (int i = 0; i < m->lagg_till_count; i++)
		room &= add_mottagare(e, &m->lagg_till[i], sender != NULL ? sender->unit : 0, f);
	if (m->vidarebefordra != 0) {
		struct mottagare to = {.unit = m->vidarebefordra};
		room &= add_mottagare(e, &to, sender->unit, f);
		if (m->vidarebefordra != sender->unit)
			leave(sender, UTTRADE_VIDAREBEFORDRAD, f->nr, f->recorded_at);
	}
	if (m->ta_bort_count > 0 && none && m->lagg_till_count == 0 && m->vidarebefordra == 0)
		return OUTCOME_EJ_MOTTAGARE;
	return room ? OUTCOME_APPLIED : OUTCOME_FOR_MANGA;
}

/* A9, A11: the unit itself says that the patient is none of its; by a clock behind the hospital's,
 * before it is named. */
static enum outcome
step_uttrade(struct episode *e, const struct fact *f)
{
	enum uttrade uttrade = f->type == AVVISNING ? UTTRADE_AVVISAD : UTTRADE_EJ_BERORD;
	struct participant *p = participant_row(e, f->source);

	if (p == NULL || (!p->active && p->received_at != INSTANT_NONE))
		return OUTCOME_EJ_MOTTAGARE;
	if (f->type == AVVISNING) {
		p->avvisning_orsak = f->avvisning.orsak;
		p->ratt_enhet = f->avvisning.ratt_enhet;
		p->ratt_kommun = f->avvisning.ratt_kommun;
	}
	if (mottagare_of(e, f->source) == NULL) {
		p->fore = uttrade;
		p->fore_nr = f->nr;
		p->fore_at = f->recorded_at;
		return OUTCOME_EJ_MOTTAGARE;
	}
	leave(p, uttrade, f->nr, f->recorded_at);
	return OUTCOME_APPLIED;
}

/* Transfer within a vårdgivare (G2): the same stay, another ward. */
static enum outcome
step_overflyttning(struct episode *e, const struct fact *f)
{
	unit_id ward = f->overflyttning.enhet != 0 ? f->overflyttning.enhet : f->source;

	for (int i = 0; i < e->participant_count; i++) {
		struct participant *p = &e->participant[i];
		if (!p->active || p->role != ROLE_HOSPITAL || p->unit == ward)
			continue;
		p->active = false;
		p->ended_at = f->recorded_at;
	}
	e->avdelning.nr = f->nr;
	e->avdelning.unit = ward;
	e->avdelning.at = f->overflyttning.at;
	return name_participant(e, ward, ROLE_HOSPITAL, f) != NULL ? already_home(e)
								   : OUTCOME_FOR_MANGA;
}

static enum outcome
step_permission(struct episode *e, const struct fact *f)
{
	e->permission.nr = f->nr;
	e->permission.from_at = f->permission.from_at;
	e->permission.to_at = f->permission.to_at;
	return already_home(e);
}

/* G1. What was booked is given back. */
static enum outcome
step_avliden(struct episode *e, const struct fact *f)
{
	if (e->avliden.nr != 0)
		return OUTCOME_AVLIDEN;
	e->avliden.nr = f->nr;
	e->avliden.at = f->at.at;
	e->avliden.recorded_at = f->recorded_at;
	memcpy(e->avliden.episode, f->at.episode, sizeof e->avliden.episode);
	e->bokning.status = BOKNING_NONE;
	e->mote.start_at = e->mote.end_at = INSTANT_NONE;
	return OUTCOME_APPLIED;
}

/* G4, A3, F4, G6: what is said of the patient anew. */
static enum outcome
step_patient_uppdaterad(struct episode *e, const struct fact *f)
{
	const struct fact_patient_uppdaterad *m = &f->patient_uppdaterad;

	e->patient_nr = f->nr;
	if (m->given & PATIENT_NAMN)
		e->inskr.saknas &= (uint8_t)~SAKNAS_NAMN;
	if (m->given & PATIENT_ADRESS)
		e->inskr.saknas &= (uint8_t)~SAKNAS_ADRESS;
	if (f->identitet.system[0] != '\0')
		e->inskr.saknas &= (uint8_t)~SAKNAS_IDENTITET;
	if (m->given & PATIENT_SKYDD)
		e->inskr.skydd = m->skydd;
	if (e->inskr.skydd != SKYDD_NEJ)
		e->inskr.saknas &= (uint8_t)~SAKNAS_ADRESS;
	if (m->given & PATIENT_PLACERANDE)
		e->inskr.placerande_kommun = m->placerande_kommun;
	if (m->given & PATIENT_LISTAD)
		e->inskr.listad_pa = m->listad_pa;
	if (m->given & PATIENT_KOMMUN) {
		e->inskr.folkbokforingskommun = m->folkbokforingskommun;
		note_kommun(e, m->folkbokforingskommun,
		    m->from_at != INSTANT_NONE ? m->from_at : f->sent_at, f);
	}
	return OUTCOME_APPLIED;
}

/* B12, of each unit that is asked. */
static enum outcome
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

/* D8: a unit's answer to the kallelse that reached it last. */
static enum outcome
step_kallelse_svar(struct episode *e, const struct fact *f)
{
	struct participant *p = episode_participant(e, f->source);

	if (p == NULL || p->kallad_nr == 0)
		return OUTCOME_EJ_KALLAD;
	p->svar_nr = f->nr;
	p->svar_kallelse_nr = p->kallad_nr;
	p->svar_mote_at = e->mote.start_at;
	p->svar = f->kallelse_svar.svar;
	p->forslag_at = f->kallelse_svar.forslag_at;
	return OUTCOME_APPLIED;
}

/* D7: held, or not; the last word counts. */
static enum outcome
step_sip(struct episode *e, const struct fact *f)
{
	const struct fact_sip *m = &f->sip;

	if (e->own_file)
		name_participant(e, f->source, ROLE_MOTTAGARE, f);
	bool again = e->sip.nr != 0 && e->sip.unit == f->source && e->sip.hallen_at == m->hallen_at;
	if (!again)
		e->sip.first_nr = f->nr;
	e->sip.nr = f->nr;
	e->sip.unit = f->source;
	e->sip.hallen_at = m->hallen_at;
	e->sip.utfall = m->utfall;
	e->sip.saknas = m->plan.given ? m->plan.saknas : 0;
	e->sip.overgripande_ansvar = m->plan.overgripande_ansvar;
	e->sip.uppfoljning_nr = 0;
	e->sip.uppfoljning_at = m->plan.given ? m->plan.uppfoljning_at : INSTANT_NONE;
	e->sip.uppfoljd_at = INSTANT_NONE;
	e->sip.avslutad = false;
	return e->sip.saknas != 0 ? OUTCOME_PLAN_OFULLSTANDIG : OUTCOME_APPLIED;
}

/* D7: a follow-up may change the plan, set the next one, or close. */
static enum outcome
step_sip_uppfoljning(struct episode *e, const struct fact *f)
{
	const struct fact_sip_uppfoljning *m = &f->sip_uppfoljning;

	if (e->sip.nr == 0 || e->sip.utfall != SIP_GENOMFORD)
		return OUTCOME_INGEN_SIP;
	e->sip.uppfoljning_nr = f->nr;
	e->sip.uppfoljd_at = m->hallen_at;
	e->sip.avslutad = m->avslutad;
	e->sip.uppfoljning_at = m->nasta_uppfoljning_at;
	if (m->plan.given) {
		e->sip.saknas = m->plan.saknas;
		e->sip.overgripande_ansvar = m->plan.overgripande_ansvar;
		if (e->sip.uppfoljning_at == INSTANT_NONE)
			e->sip.uppfoljning_at = m->plan.uppfoljning_at;
	}
	if (e->sip.uppfoljning_at != INSTANT_NONE || m->avslutad)
		e->sip.saknas &= (uint8_t)~PLAN_UPPFOLJNING;
	else
		e->sip.saknas |= PLAN_UPPFOLJNING;
	return e->sip.saknas != 0 ? OUTCOME_PLAN_OFULLSTANDIG : OUTCOME_APPLIED;
}

/* C6 */
static enum outcome
step_vardplan_justerad(struct episode *e, const struct fact *f)
{
	struct participant *p = participant_row(e, f->source);

	if (p == NULL)
		return OUTCOME_FOR_MANGA;
	p->vardplan_nr = f->nr;
	p->vardplan_at = f->at.at;
	return e->tvangsvard.oppen == TVANGSVARD_INGEN ? OUTCOME_INGEN_TVANGSVARD : OUTCOME_APPLIED;
}

/* F3, F8 */
static enum outcome
step_insatser_status(struct episode *e, const struct fact *f)
{
	if (e->insatser_count > 0 && e->insatser[e->insatser_count - 1].nr == f->nr)
		e->insatser_count--; /* replayed */
	if (e->insatser_count == INSATSER_MAX)
		memmove(
		    &e->insatser[0], &e->insatser[1], sizeof e->insatser[0] * --e->insatser_count);
	e->insatser[e->insatser_count++] = (struct insatser){f->nr, f->source,
	    f->insatser_status.status,
	    f->insatser_status.from_at != INSTANT_NONE ? f->insatser_status.from_at : f->sent_at};
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
static enum outcome
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
static enum outcome
open_unit(struct episode *e, unit_id unit, const struct fact *f)
{
	e->enhet = unit;
	return name_participant(e, unit, ROLE_MOTTAGARE, f) != NULL ? OUTCOME_APPLIED
								    : OUTCOME_FOR_MANGA;
}

/* B13: when to look at whose FVK the person is; who is away is the register's to know. */
static enum outcome
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
static enum outcome
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

/* G2, G7: what was summoned to in the stay before, and lies ahead, is this one's from here on. A
 * stay whose notice turns out to be annulled follows none. */
static enum outcome
step_tidigare(struct episode *e, const struct fact *f)
{
	const struct fact_tidigare_vardtillfalle *m = &f->tidigare_vardtillfalle;

	if (e->inskr.nr == 0)
		return OUTCOME_APPLIED;
	e->tidigare.nr = f->nr;
	memcpy(e->tidigare.episode, m->episode, sizeof e->tidigare.episode);
	e->tidigare.samma_vardgivare = m->samma_vardgivare;
	e->tidigare.utskriven_at = m->utskriven_at;
	if (m->kallade_at == INSTANT_NONE || e->kallelse.nr != 0 || refused(e))
		return OUTCOME_APPLIED;
	e->kallelse.nr = f->nr;
	e->kallelse.atgard = KALLELSE_SKICKA;
	e->kallelse.unit = m->unit;
	e->kallelse.skickad_av = m->staff;
	e->kallelse.at = m->kallade_at;
	for (int i = 0; i < m->kallade_count; i++) {
		struct participant *p = participant_row(e, m->kallade[i]);
		if (p == NULL)
			continue;
		p->kallad_nr = f->nr;
		p->kallad_at = p->kallad_since = m->kallade_at;
	}
	const struct fvk *fvk = episode_fvk(e, m->unit);
	e->mote = m->mote;
	e->bokning.nr = f->nr;
	e->bokning.status = m->mote.start_at != INSTANT_NONE ? BOKNING_BOKAD : BOKNING_NONE;
	e->bokning.unit = m->unit;
	e->bokning.staff = m->staff;
	e->bokning.slot = m->slot;
	e->bokning.fvk = fvk != NULL ? fvk->staff : 0;
	e->bokning.beraknad_at = INSTANT_NONE;
	return OUTCOME_APPLIED;
}

/* E1, E3: the first handover counts. */
static enum outcome
step_information(struct episode *e, const struct fact *f)
{
	if (f->type == UTSKRIVNINGSINFORMATION) {
		if (e->information.nr == 0 || f->at.at < e->information.at) {
			e->information.nr = f->nr;
			e->information.at = f->at.at;
		}
	} else if (e->patientinformation.nr == 0 || f->at.at < e->patientinformation.at) {
		e->patientinformation.nr = f->nr;
		e->patientinformation.at = f->at.at;
	}
	return e->utskrivning.nr == 0 ? OUTCOME_EJ_UTSKRIVEN : OUTCOME_APPLIED;
}

static enum outcome
step_type(struct episode *e, const struct fact *f, int judged)
{
	switch (f->type) {
	case INSKRIVNING:
		return step_inskrivning(e, f);
	case BEHOVSBEDOMNING:
		return step_behovsbedomning(e, f);
	case INSKRIVNINGSMEDDELANDE:
		return step_inskrivningsmeddelande(e, f);
	case NY_BERAKNAD_UTSKRIVNING:
		return step_ny_beraknad(e, f);
	case UTSKRIVNINGSKLAR:
		return step_utskrivningsklar(e, f);
	case EJ_LANGRE_UTSKRIVNINGSKLAR:
		return step_ej_langre_klar(e, f);
	case UTSKRIVNING:
		return step_utskrivning(e, f);
	case UTSKRIVNINGSINFORMATION:
	case PATIENTINFORMATION:
		return step_information(e, f);
	case FAST_VARDKONTAKT:
		return step_fast_vardkontakt(e, f, judged);
	case SIP_BEHOV:
		return step_sip_behov(e, f);
	case SIP_KALLELSE:
		return step_sip_kallelse(e, f, judged);
	case SAMTYCKE:
		set_samtycke(e, f->samtycke.omfattning, f->samtycke.status, f->samtycke.at, f);
		return OUTCOME_APPLIED;
	case KVITTENS:
		return step_kvittens(e, f);
	case MOTTAGARE_ANDRAD:
		return step_mottagare_andrad(e, f, judged);
	case SIP_BOKNING:
		return step_sip_bokning(e, f);
	case MAKULERING: /* the fold's */
		if (f->makulering.message_nr != 0)
			return OUTCOME_APPLIED;
		e->makulering_vantar = true;
		return OUTCOME_MEDDELANDE_OKANT;
	case FAST_KONTAKT:
		return step_fast_kontakt(e, f, judged);
	case VARDFORM_ANDRAD:
		return step_vardform_andrad(e, f);
	case OVERFLYTTNING:
		return step_overflyttning(e, f);
	case PERMISSION:
		return step_permission(e, f);
	case AVLIDEN:
		return step_avliden(e, f);
	case PATIENT_UPPDATERAD:
		return step_patient_uppdaterad(e, f);
	case BEGARAN_FAST_VARDKONTAKT:
		return step_begaran(e, f);
	case KALLELSE_SVAR:
		return step_kallelse_svar(e, f);
	case SIP:
		return step_sip(e, f);
	case SIP_UPPFOLJNING:
		return step_sip_uppfoljning(e, f);
	case VARDPLAN_JUSTERAD:
		return step_vardplan_justerad(e, f);
	case EJ_BERORD:
	case AVVISNING:
		return step_uttrade(e, f);
	case INSATSER_STATUS:
		return step_insatser_status(e, f);
	case SPARR:
		return step_sparr(e, f);
	case TIDIGARE_VARDTILLFALLE:
		return step_tidigare(e, f);
	case ENHET:
		return open_unit(e, f->enhet.unit, f);
	case PERSONAL:
		return step_personal(e, f);
	case MESSAGE_TYPE_COUNT:
		break;
	}
	return OUTCOME_APPLIED;
}

/* G1: after a death only what corrects it, or ends the stay, means anything. */
static bool
has_effect(const struct episode *e, const struct fact *f)
{
	return e->avliden.nr == 0 || f->type == MAKULERING || f->type == PATIENT_UPPDATERAD ||
	       f->type == UTSKRIVNING || f->type == AVLIDEN;
}

/* Said of a stay only: a patient's own file, which has a uuid too, knows nothing to do with it. */
static const bool of_a_stay[MESSAGE_TYPE_COUNT] = {
    [INSKRIVNING] = true,
    [BEHOVSBEDOMNING] = true,
    [INSKRIVNINGSMEDDELANDE] = true,
    [NY_BERAKNAD_UTSKRIVNING] = true,
    [UTSKRIVNINGSKLAR] = true,
    [EJ_LANGRE_UTSKRIVNINGSKLAR] = true,
    [UTSKRIVNING] = true,
    [UTSKRIVNINGSINFORMATION] = true,
    [PATIENTINFORMATION] = true,
    [MOTTAGARE_ANDRAD] = true,
    [VARDFORM_ANDRAD] = true,
    [OVERFLYTTNING] = true,
    [PERMISSION] = true,
    [VARDPLAN_JUSTERAD] = true,
    [INSATSER_STATUS] = true,
};

/* A0: what the watch inside the hospital is about; all else waits for the inskrivningsmeddelande.
 */
static const bool of_the_watch[MESSAGE_TYPE_COUNT] = {
    [INSKRIVNING] = true,
    [BEHOVSBEDOMNING] = true,
    [INSKRIVNINGSMEDDELANDE] = true,
    [UTSKRIVNING] = true,
    [MAKULERING] = true,
    [OVERFLYTTNING] = true,
    [AVLIDEN] = true,
    [PATIENT_UPPDATERAD] = true,
};

static enum outcome
step_if_it_means_anything(struct episode *e, const struct fact *f, int judged)
{
	if (e->own_file && of_a_stay[f->type])
		return OUTCOME_EJ_VARDTILLFALLE;
	if (!has_effect(e, f))
		return OUTCOME_AVLIDEN;
	enum outcome outcome = step_type(e, f, judged);
	bool waits = e->inskr.nr == 0 && !e->own_file && f->source != 0 && !of_the_watch[f->type];
	return waits && outcome_table[outcome].result == RESULT_APPLIED ? OUTCOME_EJ_ANMALD
									: outcome;
}

/* What is said outside of every stay has a patient, or a unit, for its own. */
static bool
opens_own_file(const struct fact *f)
{
	return f->patient != 0 ? message_home(f->type) != HOME_EPISODE
			       : message_home(f->type) == HOME_UNIT;
}

enum outcome
episode_step(struct episode *e, const struct fact *f, int judged)
{
	e->own_file |= opens_own_file(f);
	enum outcome outcome = step_if_it_means_anything(e, f, judged);

	if (f->nr > e->last_nr)
		e->last_nr = f->nr;
	if (e->last_sent_at == INSTANT_NONE || f->sent_at > e->last_sent_at)
		e->last_sent_at = f->sent_at;
	if (f->patient != 0) {
		e->patient = f->patient;
		e->fodd = identity_birth_date(&f->identitet);
	}
	settle_sip_behov(e);
	/* Section 2: nothing has named this stay yet. It counts, from when something does (F9). */
	bool named = e->inskr.nr != 0 || e->inskrivning.nr != 0;
	bool barred = judged != OUTCOME_APPLIED && (int)outcome == judged;
	if (!named && !barred && !e->own_file && f->source != 0 && f->type != MAKULERING)
		return OUTCOME_PARKED;
	return outcome;
}

static int
by_sent_at(const void *a, const void *b)
{
	const struct fact *x = &((const struct history *)a)->fact;
	const struct fact *y = &((const struct history *)b)->fact;

	if (x->sent_at != y->sent_at)
		return x->sent_at < y->sent_at ? -1 : 1;
	return x->nr < y->nr ? -1 : 1;
}

/*
 * How well h is the message that `by` names: 0 is not at all. Ids are unique within a source only.
 * A makulering is of its own organisation's messages, its own unit's first; a kvittens of
 * another's, one that asks for it first.
 */
static int
named_weight(const struct history *h, const struct history *by, const char *message_id)
{
	bool own = h->fact.source == by->fact.source;

	if (h == by || h->message_id[0] == '\0' || strcmp(h->message_id, message_id) != 0)
		return 0;
	if (by->fact.type == MAKULERING)
		return h->org != by->org ? 0 : own ? 2 : 1;
	if (own)
		return 0;
	return h->fact.type == INSKRIVNINGSMEDDELANDE || h->fact.type == UTSKRIVNINGSKLAR ||
		       h->fact.type == SIP_KALLELSE
		   ? 2
		   : 1;
}

/* The nr of the message that `by` names, the last of several; 0 if it has not come. */
static int32_t
named_nr(const struct history *facts, int count, const struct history *by, const char *message_id)
{
	const struct history *found = NULL;
	int found_weight = 0;

	for (int i = 0; i < count; i++) {
		int weight = named_weight(&facts[i], by, message_id);
		if (weight > found_weight ||
		    (weight != 0 && weight == found_weight && facts[i].fact.nr > found->fact.nr)) {
			found = &facts[i];
			found_weight = weight;
		}
	}
	return found != NULL ? found->fact.nr : 0;
}

/* Binds the names in kvittens and makulering to facts. */
static void
bind_names(struct history *facts, int count)
{
	for (int i = 0; i < count; i++) {
		struct fact *f = &facts[i].fact;
		if (f->type == MAKULERING && f->source != 0)
			f->makulering.message_nr =
			    named_nr(facts, count, &facts[i], f->makulering.message_id);
		else if (f->type == KVITTENS && f->kvittens.message_id[0] != '\0')
			f->kvittens.message_nr =
			    named_nr(facts, count, &facts[i], f->kvittens.message_id);
	}
}

/* Marks what is annulled, and whatever was: of those that name one another, each before what it
 * names, whenever its sender's clock says that it was said. What two say of each other, the last
 * said holds. */
static void
mark_annulled_by(const struct history *facts, int count, int by, bool *seen, bool *annulled)
{
	const struct fact *f = &facts[by].fact;

	if (f->type != MAKULERING || seen[f->nr])
		return;
	seen[f->nr] = true;
	for (int i = count - 1; i >= 0; i--)
		if (facts[i].fact.type == MAKULERING &&
		    facts[i].fact.makulering.message_nr == f->nr)
			mark_annulled_by(facts, count, i, seen, annulled);
	if (!annulled[f->nr])
		annulled[f->makulering.message_nr] = true;
}

static void
mark_annulled(const struct history *facts, int count, int32_t nr_max, bool *annulled)
{
	bool *seen = xcalloc((size_t)nr_max + 1, sizeof *seen);

	for (int i = 0; i < count; i++)
		mark_annulled_by(facts, count, i, seen, annulled);
	annulled[0] = false; /* of none that has come */
	free(seen);
}

/* A makulering of what one said before it has annulled. */
static bool
annuls_again(const struct history *facts, const struct history *h, const bool *annulled)
{
	for (const struct history *g = facts; g < h && h->fact.type == MAKULERING; g++)
		if (g->fact.type == MAKULERING && !annulled[g->fact.nr] &&
		    g->fact.makulering.message_nr == h->fact.makulering.message_nr)
			return true;
	return false;
}

/* A fact in its place; a kvittens of what is annulled is one of nothing. */
static enum outcome
fold_one(struct episode *e, const struct history *h, const bool *annulled, int32_t nr_max)
{
	if (h->fact.type == KVITTENS && h->fact.kvittens.message_nr <= nr_max &&
	    annulled[h->fact.kvittens.message_nr]) {
		struct fact f = h->fact;
		f.kvittens.message_nr = 0;
		return episode_step(e, &f, h->judged);
	}
	return episode_step(e, &h->fact, h->judged);
}

static void
note_annulled(struct episode *e, int32_t nr)
{
	memmove(
	    &e->makulerade[1], &e->makulerade[0], sizeof e->makulerade - sizeof e->makulerade[0]);
	e->makulerade[0] = nr;
	e->makulerad = true;
}

enum outcome
episode_fold(struct episode *e, struct history *facts, int count, int32_t nr)
{
	enum outcome asked = OUTCOME_APPLIED;
	int32_t nr_max = 0;

	for (int i = 0; i < count; i++)
		if (facts[i].fact.nr > nr_max)
			nr_max = facts[i].fact.nr;
	bool *annulled = xcalloc((size_t)nr_max + 1, sizeof *annulled);
	if (count > 0)
		qsort(facts, (size_t)count, sizeof *facts, by_sent_at);
	bind_names(facts, count);
	mark_annulled(facts, count, nr_max, annulled);
	episode_init(e);
	for (int i = 0; i < count; i++) /* also what is annulled opened it */
		e->own_file |= opens_own_file(&facts[i].fact);
	for (int i = 0; i < count; i++) {
		enum outcome outcome = OUTCOME_MAKULERAD;
		if (annulled[facts[i].fact.nr])
			note_annulled(e, facts[i].fact.nr);
		else
			outcome = fold_one(e, &facts[i], annulled, nr_max);
		if (outcome == OUTCOME_APPLIED && annuls_again(facts, &facts[i], annulled))
			outcome = OUTCOME_REDAN_MAKULERAD;
		if (facts[i].fact.nr == nr)
			asked = outcome;
	}
	for (int i = 0; i < e->participant_count; i++) /* it came before what names it */
		if (asked == OUTCOME_EJ_MOTTAGARE && e->participant[i].uttrade_nr == nr)
			asked = OUTCOME_APPLIED;
	e->last_nr = nr_max;
	free(annulled);
	/* Said by a clock behind that of who named the stay: it has its effect already. */
	bool named = e->inskr.nr != 0 || e->own_file;
	if (named && (asked == OUTCOME_PARKED || asked == OUTCOME_EJ_ANMALD))
		return OUTCOME_APPLIED;
	return asked;
}
