/*
 * What the hospital says of a stay: admission, dates, ready, home; and what of the patient and of
 * the care given bears on it (A0-A7, C1-C6, E1-E3, F3, F4, G1-G4).
 */
#include "step.h"

#include <string.h>

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
enum outcome
step_inskrivning(struct episode *e, const struct fact *f)
{
	if (admitted_after_discharge(e, f->inskrivning.inskriven_at))
		return OUTCOME_REDAN_UTSKRIVEN;
	e->inskrivning.nr = f->nr;
	e->inskrivning.unit = f->source;
	e->inskrivning.inskriven_at = f->inskrivning.inskriven_at;
	name_ward(e, f);
	return OUTCOME_APPLIED;
}

/* A0, A2: later means judged again after an answer of no or later. */
enum outcome
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
	if (!again || !yes) /* the first yes is what the 24 hours run from */
		e->behovsbedomning.bedomt_at = f->behovsbedomning.bedomt_at;
	return already_home(e);
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

/* F4: folkbokföring by date, in the order said. */
static void
note_kommun(struct episode *e, kommun_kod kommun, instant from_at, const struct fact *f)
{
	if (e->kommun_count > 0 && e->kommun[e->kommun_count - 1].kommun == kommun) {
		if (f->type == PATIENT_UPPDATERAD && e->kommun[e->kommun_count - 1].flyttad &&
		    f->patient_uppdaterad.from_at != INSTANT_NONE)
			e->kommun[e->kommun_count - 1].from_at = from_at; /* another date */
		return;
	}
	if (e->kommun_count == 1 && e->kommun[0].kommun == 0 && f->type == INSKRIVNINGSMEDDELANDE) {
		e->kommun[0].kommun = kommun; /* A3: completed, not moved to */
		return;
	}
	if (e->kommun_count > 0 && f->type == INSKRIVNINGSMEDDELANDE &&
	    !e->kommun[e->kommun_count - 1].flyttad) {
		e->kommun[e->kommun_count - 1].kommun = kommun; /* A6: corrected */
		return;
	}
	if (e->kommun_count == KOMMUN_MAX)
		memmove(&e->kommun[0], &e->kommun[1], sizeof e->kommun[0] * --e->kommun_count);
	int i = e->kommun_count++;
	e->kommun[i].nr = f->nr;
	e->kommun[i].kommun = kommun;
	e->kommun[i].from_at = from_at;
	e->kommun[i].flyttad = f->type == PATIENT_UPPDATERAD;
}

/* C6: how it stands. */
static void
set_tvangsvard(struct episode *e, enum vardform vardform, enum oppen_tvangsvard oppen,
    instant from_at, const struct fact *f)
{
	bool was_open = e->tvangsvard.oppen != TVANGSVARD_INGEN, open = oppen != TVANGSVARD_INGEN;

	if (open && (!was_open || f->nr < e->tvangsvard.known_nr)) {
		e->tvangsvard.known_nr = f->nr;
		e->tvangsvard.known_at = f->sent_at;
	}
	if (open && !was_open) {
		e->tvangsvard.sagd_at = f->sent_at;
		bar_sip(e, f->sent_at, f);
	}
	if (vardform == e->tvangsvard.vardform && oppen == e->tvangsvard.oppen)
		return; /* said again */
	if (!was_open && open)
		e->tvangsvard.oppen_at = from_at;
	if (was_open && !open)
		e->tvangsvard.slut_at = from_at;
	e->tvangsvard.nr = f->nr;
	e->tvangsvard.vardform = vardform;
	e->tvangsvard.oppen = oppen;
	e->tvangsvard.from_at = from_at;
}

enum outcome
step_vardform_andrad(struct episode *e, const struct fact *f)
{
	const struct fact_vardform_andrad *m = &f->vardform_andrad;

	set_tvangsvard(e, m->vardform, m->oppen_tvangsvard, m->from_at, f);
	return OUTCOME_APPLIED;
}

enum outcome
step_inskrivningsmeddelande(struct episode *e, const struct fact *f)
{
	const struct fact_inskrivningsmeddelande *m = &f->inskrivningsmeddelande;
	bool first = e->inskr.nr == 0;

	if (!first && admitted_after_discharge(e, m->inskriven_at))
		return OUTCOME_REDAN_UTSKRIVEN;
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
	if (m->livshotande && (!e->inskr.livshotande || f->recorded_at < e->inskr.livshotande_at))
		e->inskr.livshotande_at = f->recorded_at;
	if (m->ej_onskad != e->inskr.ej_onskad || f->recorded_at < e->inskr.ej_onskad_at)
		e->inskr.ej_onskad_at = f->recorded_at;
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
	if (e->patient != 0 && f->patient != 0 && f->patient != e->patient)
		return OUTCOME_ANNAN_IDENTITET;
	if (e->inskr.saknas != 0)
		return OUTCOME_OFULLSTANDIG;
	return first ? OUTCOME_APPLIED : OUTCOME_NY_VERSION;
}

/* A7 */
enum outcome
step_ny_beraknad(struct episode *e, const struct fact *f)
{
	instant at = f->ny_beraknad_utskrivning.beraknad_utskrivning_at;

	if (at < episode_inskriven_at(e))
		return OUTCOME_FORE_INSKRIVNING;
	if (e->utskrivning.nr != 0)
		return OUTCOME_REDAN_UTSKRIVEN;
	set_beraknad(e, at, f);
	e->inskr.saknas &= (uint8_t)~SAKNAS_BERAKNAD;
	return OUTCOME_APPLIED;
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

	if (r->lamnad_at < episode_inskriven_at(e))
		return; /* none, or of another stay */
	instant *lamnad_at = r->till == 0 ? &e->klar.lamnad_at
			     : p != NULL  ? &p->klar_lamnad_at
					  : NULL;

	if (lamnad_at != NULL && r->lamnad_at != INSTANT_NONE &&
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
enum outcome
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
	if (m->behov_given && f->sent_at >= e->inskr.sent_at) /* the last said */
		e->inskr.behov = m->behov;
	if (already) { /* C5: delivered when the first of them was recorded, or handed over */
		give_withheld(e, f);
		e->klar.first_nr = first_of(e->klar.first_nr, f->nr);
		if (f->recorded_at < e->klar.recorded_at)
			e->klar.recorded_at = f->recorded_at;
		note_reservrutin(e, &m->reservrutin);
		return OUTCOME_REDAN_UTSKRIVNINGSKLAR;
	}
	e->klar.nr = e->klar.first_nr = f->nr;
	e->klar.klar_at = m->klar_at;
	e->klar.sent_at = f->sent_at;
	e->klar.recorded_at = f->recorded_at;
	withhold(e, f);
	note_reservrutin(e, &m->reservrutin);
	return e->utskrivning.nr == 0 && m->klar_at < episode_inskriven_at(e)
		   ? OUTCOME_KLAR_FORE_INSKRIVNING
		   : already_home(e);
}

/* C3: the clocks D1 and F1 stop; what was summoned still counts (D2). */
enum outcome
step_ej_langre_klar(struct episode *e, const struct fact *f)
{
	if (e->klar.nr == 0)
		return OUTCOME_EJ_UTSKRIVNINGSKLAR;
	if (e->aterkallad_count == ATERKALLAD_MAX)
		memmove(&e->aterkallad[0], &e->aterkallad[1],
		    sizeof e->aterkallad[0] * --e->aterkallad_count);
	e->aterkallad[e->aterkallad_count].nr = e->klar.first_nr;
	e->aterkallad[e->aterkallad_count].recorded_at = e->klar.recorded_at;
	e->aterkallad[e->aterkallad_count++].sent_at = f->sent_at;
	e->withdrawals++;
	episode_clear_klar(e);
	return OUTCOME_APPLIED;
}

/* E2: samordnad records and shouts; it never refuses a discharge. */
enum outcome
step_utskrivning(struct episode *e, const struct fact *f)
{
	const struct fact_utskrivning *m = &f->utskrivning;
	bool already = e->utskrivning.nr != 0;

	if (m->utskriven_at < episode_inskriven_at(e))
		return OUTCOME_FORE_INSKRIVNING;
	if (already && m->utskriven_at == e->utskrivning.at &&
	    m->destination == e->utskrivning.destination)
		return OUTCOME_REDAN_UTSKRIVEN;
	e->utskrivning.first_nr = first_of(e->utskrivning.first_nr, f->nr);
	e->utskrivning.nr = f->nr;
	e->utskrivning.at = m->utskriven_at;
	e->utskrivning.recorded_at = f->recorded_at;
	e->utskrivning.destination = m->destination;
	return already ? OUTCOME_UTSKRIVNING_ANDRAD : OUTCOME_APPLIED;
}

/* Transfer within a vårdgivare (G2): the same stay, another ward. */
enum outcome
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

enum outcome
step_permission(struct episode *e, const struct fact *f)
{
	if (e->utskrivning.nr != 0)
		return OUTCOME_REDAN_UTSKRIVEN;
	e->permission.nr = f->nr;
	e->permission.from_at = f->permission.from_at;
	e->permission.to_at = f->permission.to_at;
	return OUTCOME_APPLIED;
}

/* G1. What was booked is given back. */
enum outcome
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
enum outcome
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

/* C6 */
enum outcome
step_vardplan_justerad(struct episode *e, const struct fact *f)
{
	struct participant *p = participant_row(e, f->source);

	if (p == NULL)
		return OUTCOME_FOR_MANGA;
	p->vardplan_nr = f->nr;
	p->vardplan_at = f->at.at;
	return e->tvangsvard.oppen == TVANGSVARD_INGEN ? OUTCOME_INGEN_TVANGSVARD : OUTCOME_APPLIED;
}

/* The oldest word that another of the same unit has followed; else the oldest of all. */
static int
insatser_to_forget(const struct episode *e)
{
	for (int i = 0; i < e->insatser_count; i++)
		for (int k = i + 1; k < e->insatser_count; k++)
			if (e->insatser[k].unit == e->insatser[i].unit)
				return i;
	return 0;
}

static const struct insatser *
last_of_unit(const struct episode *e, unit_id unit)
{
	for (int i = e->insatser_count - 1; i >= 0; i--)
		if (e->insatser[i].unit == unit)
			return &e->insatser[i];
	return NULL;
}

/* F3, F8 */
enum outcome
step_insatser_status(struct episode *e, const struct fact *f)
{
	struct insatser said = {.nr = f->nr,
	    .unit = f->source,
	    .status = f->insatser_status.status,
	    .from_at = f->insatser_status.from_at != INSTANT_NONE ? f->insatser_status.from_at
								  : f->sent_at};
	const struct insatser *last = last_of_unit(e, f->source);

	if (last != NULL && last->status == said.status && last->from_at <= said.from_at)
		return OUTCOME_APPLIED; /* said again */
	if (e->insatser_count == INSATSER_MAX) {
		int i = insatser_to_forget(e);
		e->insatser_count--;
		memmove(&e->insatser[i], &e->insatser[i + 1],
		    sizeof e->insatser[0] * (size_t)(e->insatser_count - i));
	}
	e->insatser[e->insatser_count++] = said;
	return OUTCOME_APPLIED;
}

/* E1, E3: the first handover counts. */
enum outcome
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
