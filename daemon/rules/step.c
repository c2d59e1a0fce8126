/*
 * step: one fact further. Each message writes its own part of the state: which function does is
 * said here, and what means nothing where it comes. Rule ids as in domain.md. Pure; knows nothing
 * of what is owed for it (plan.c) nor of the register (judge.c says beforehand what needs it).
 */
#include "step.h"

#include "sip.h"

#include "message.h"

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
	episode_clear_klar(e);
	e->utskrivning.at = e->utskrivning.recorded_at = INSTANT_NONE;
	e->information.at = e->patientinformation.at = INSTANT_NONE;
	for (int i = 0; i < SAMTYCKE_OMFATTNING_COUNT; i++)
		e->samtycke[i].at = e->samtycke[i].refused_at = e->samtycke[i].given_at =
		    INSTANT_NONE;
	e->avdelning.at = e->permission.from_at = e->permission.to_at = INSTANT_NONE;
	e->avliden.at = e->avliden.recorded_at = INSTANT_NONE;
	e->tvangsvard.from_at = e->tvangsvard.oppen_at = e->tvangsvard.slut_at = INSTANT_NONE;
	e->sip = e->sip_before = held_sip_none();
	e->utebliven.hallen_at = e->utebliven.told_at = INSTANT_NONE;
	e->tidigare.utskriven_at = INSTANT_NONE;
	e->kallelse.at = e->kallelse.mote_at = INSTANT_NONE;
	e->sip_wanted.from_at = INSTANT_NONE;
	for (int i = 0; i < SIP_ROUNDS_MAX; i++)
		e->sip_round[i] = sip_round_none();
	e->mote.start_at = e->mote.end_at = INSTANT_NONE;
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
		e->fold_anew = true;
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

/* G1: after a death only what corrects it, ends the stay, or names it first, means anything; and,
 * where the death was said in another stay, an admission, which may lie after it. */
static bool
has_effect(const struct episode *e, const struct fact *f)
{
	bool names = (!episode_is_here(e->avliden.episode) || !episode_is_named(e)) &&
		     (f->type == INSKRIVNINGSMEDDELANDE || f->type == INSKRIVNING);

	return e->avliden.nr == 0 || names || f->type == MAKULERING ||
	       f->type == PATIENT_UPPDATERAD || f->type == UTSKRIVNING || f->type == AVLIDEN;
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
static const bool of_watch[MESSAGE_TYPE_COUNT] = {
    [INSKRIVNING] = true,
    [BEHOVSBEDOMNING] = true,
    [INSKRIVNINGSMEDDELANDE] = true,
    [UTSKRIVNING] = true,
    [MAKULERING] = true,
    [OVERFLYTTNING] = true,
    [AVLIDEN] = true,
    [PATIENT_UPPDATERAD] = true,
};

bool
waits_for_a_name(const struct fact *f)
{
	return f->source != 0 && !of_watch[f->type];
}

static enum outcome
step_if_it_means_anything(struct episode *e, const struct fact *f, int judged)
{
	if (e->own_file && of_a_stay[f->type])
		return OUTCOME_EJ_VARDTILLFALLE;
	if (!has_effect(e, f))
		return OUTCOME_AVLIDEN;
	enum outcome outcome = step_type(e, f, judged);
	bool waits = e->inskr.nr == 0 && !e->own_file && waits_for_a_name(f);
	e->fold_anew |= waits;
	return waits && outcome_table[outcome].result == RESULT_APPLIED ? OUTCOME_EJ_ANMALD
									: outcome;
}

/* G4: of whom it is. Our own says only that it is another's now. */
static void
name_patient(struct episode *e, const struct fact *f)
{
	bool own = f->source == 0 && f->type == PATIENT_UPPDATERAD;

	if (f->patient != 0)
		e->patient = f->patient;
	if (own || f->identitet.system[0] == '\0')
		return;
	e->identitet = identity_digest(&f->identitet);
	e->fodd = identity_birth_date(&f->identitet);
}

instant
episode_place(const struct fact *f)
{
	return f->type == SIP && f->sip.hallen_at < f->sent_at ? f->sip.hallen_at : f->sent_at;
}

enum outcome
episode_step(struct episode *e, const struct fact *f, int judged)
{
	e->own_file |= opens_own_file(f);
	enum outcome outcome = step_if_it_means_anything(e, f, judged);

	if (f->nr > e->last_nr)
		e->last_nr = f->nr;
	if (e->last_sent_at == INSTANT_NONE || episode_place(f) > e->last_sent_at)
		e->last_sent_at = episode_place(f);
	name_patient(e, f);
	settle_sip_behov(e);
	note_sip_run(e, e, f);
	note_sip_wanted(e, f);
	/* Section 2: of a stay that nothing has named yet it counts from when something does (F9).
	 */
	bool barred = judged != OUTCOME_APPLIED && (int)outcome == judged;
	if (!episode_is_named(e) && !barred && !e->own_file && f->source != 0 &&
	    f->type != MAKULERING)
		return OUTCOME_PARKED;
	return outcome;
}
