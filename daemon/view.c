/* An episode as others see it; see view.h. Each part of the answer has one function. */
#include "view.h"

#include "answer.h"
#include "document.h"
#include "names.h"
#include "rules/appoint.h"
#include "rules/betalning.h"
#include "rules/kontakter.h"
#include "rules/patientinformation.h"
#include "rules/sip.h"
#include "uuid.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define TASK_ID_MAX (UUID_TEXT_MAX + 12)
#define KOMMUN_TEXT_MAX 12

enum view_level
view_level_of(const struct episode *e)
{
	enum samtycke_status given = e->samtycke[SAMTYCKE_INFORMATIONSDELNING].status;

	if (e->inskr.skydd != SKYDD_NEJ)
		return VIEW_SKYDD;
	return given == SAMTYCKE_LAMNAT || given == SAMTYCKE_KRAVS_EJ ? VIEW_MOTTAGARE
								      : VIEW_STATUTORY;
}

static bool
is_own(const struct view *v, unit_id unit)
{
	for (int i = 0; i < v->own_count; i++)
		if (v->own[i] == unit)
			return true;
	return false;
}

static const char *
unit_hsa(const struct region *r, unit_id unit)
{
	const struct unit *u = region_unit(r, unit);
	return u != NULL ? u->hsa_id : NULL;
}

static const char *
staff_hsa(const struct region *r, staff_id staff)
{
	const struct staff *s = region_staff(r, staff);
	return s != NULL ? s->hsa_id : NULL;
}

/* G8: the organisation's data are hidden from the others, as the patient said in the own file. */
static bool
is_barred(const struct view *v, unit_id unit)
{
	const struct unit *u = region_unit(v->region, unit);

	for (int i = 0; u != NULL && i < v->own_count; i++) {
		const struct unit *own = region_unit(v->region, v->own[i]);
		if (own != NULL && own->org == u->org)
			return false;
	}
	for (int i = 0; u != NULL && i < v->episode->sparr_count; i++)
		if (v->episode->sparr[i].org == u->org)
			return true;
	return false;
}

/*
 * G5: without samtycke a unit sees what is its own, and the hospital's name; who else was told says
 * what the patient needs.
 */
static bool
sees(const struct view *v, unit_id unit)
{
	return is_own(v, unit) || (v->level <= VIEW_MOTTAGARE && !is_barred(v, unit));
}

static const struct view_fact *
fact_of(const struct view *v, int32_t nr)
{
	for (int i = v->fact_count - 1; i >= 0; i--)
		if (v->facts[i].nr == nr)
			return &v->facts[i];
	return NULL;
}

/* Also what a later word outdid: it counts if that one is annulled. */
static bool
took_effect(const struct view_fact *f)
{
	return outcome_table[f->outcome].result == RESULT_APPLIED ||
	       f->outcome == OUTCOME_SENARE_ORD;
}

/* What a row's body says. False: it is not at hand. */
static bool
read_row(const struct view *v, const struct view_fact *f, struct fact *out)
{
	struct message_names names = names_of(v->region);

	if (f->body == NULL)
		return false;
	memset(out, 0, sizeof(*out));
	out->type = f->type;
	out->nr = f->nr;
	out->source = f->source;
	out->sent_at = f->sent_at;
	out->recorded_at = f->recorded_at;
	return fact_read(f->body, f->body_len, &names, out);
}

/* ---- The patient and the hospital ---- */

static void
write_member(struct writer *w, const struct node *object, const char *name)
{
	const struct node *value = object != NULL ? node_member(object, name, strlen(name)) : NULL;

	if (value == NULL) {
		answer_null(w, name);
		return;
	}
	answer_key(w, name);
	node_write(value, w);
}

/* The fields of `patient`, and how far down each is shown. */
static const struct {
	const char *name;
	enum view_level down_to;
} patient_fields[] = {
    {"identitet", VIEW_SKYDD},
    {"skyddade_personuppgifter", VIEW_SKYDD},
    {"namn", VIEW_STATUTORY},
    {"folkbokforingsadress", VIEW_STATUTORY},
    {"folkbokforingskommun", VIEW_MOTTAGARE},
    {"placerande_kommun", VIEW_MOTTAGARE},
    {"listad_pa", VIEW_MOTTAGARE},
};
#define PATIENT_FIELDS (sizeof(patient_fields) / sizeof(patient_fields[0]))

/* The `patient` of a row's body; NULL: none. The document is the caller's to free. */
static const struct node *
patient_of(const struct view_fact *f, struct document **document)
{
	if (f->body == NULL || document_read(f->body, f->body_len, document) != NULL)
		return NULL;
	return node_member(document_root(*document), "patient", 7);
}

/* Whether the row says anew what an earlier one said of the patient: in the order of the fold. */
static bool
says_anew(const struct view *v, const struct view_fact *f, const struct view_fact *earlier)
{
	if (f->type != PATIENT_UPPDATERAD || episode_is_annulled(v->episode, f->nr) ||
	    !took_effect(f))
		return false;
	return f->sent_at > earlier->sent_at ||
	       (f->sent_at == earlier->sent_at && f->nr > earlier->nr);
}

/* A3, G4: a field of the patient as it was said last, from the notice in force on. */
static void
write_patient_field(
    const struct view *v, const struct view_fact *said, const char *name, struct writer *w)
{
	struct document *last = NULL;
	const struct node *patient = patient_of(said, &last);

	for (int i = 0; i < v->fact_count; i++) {
		struct document *document = NULL;
		const struct node *anew;
		if (!says_anew(v, &v->facts[i], said))
			continue;
		anew = patient_of(&v->facts[i], &document);
		if (anew == NULL || node_member(anew, name, strlen(name)) == NULL) {
			document_free(document);
			continue;
		}
		document_free(last);
		last = document;
		patient = anew;
		said = &v->facts[i];
	}
	write_member(w, patient, name);
	document_free(last);
}

static void
write_patient(const struct view *v, const struct view_fact *said, struct writer *w)
{
	if (said == NULL) {
		answer_null(w, "patient");
		return;
	}
	answer_key(w, "patient");
	answer_open(w, '{');
	for (size_t i = 0; i < PATIENT_FIELDS; i++)
		if (v->level <= patient_fields[i].down_to)
			write_patient_field(v, said, patient_fields[i].name, w);
	answer_close(w, '}');
}

/* G5: without samtycke the sending ward is masked to the hospital's name; NULL: nobody gave it. */
static const char *
hospital_name(const struct region *r, unit_id ward)
{
	const struct unit *u = region_unit(r, ward);
	return u != NULL && u->sjukhus[0] != '\0' ? u->sjukhus : NULL;
}

static bool
masks_unit(const struct view *v, unit_id unit)
{
	const struct unit *u = region_unit(v->region, unit);
	return v->level >= VIEW_STATUTORY && u != NULL && u->org == v->org && u->slag == SLUTENVARD;
}

static void
write_hospital_unit(const struct view *v, struct writer *w)
{
	unit_id unit = episode_hospital(v->episode);
	const struct unit *u = region_unit(v->region, unit);
	char org[KOMMUN_TEXT_MAX];

	snprintf(org, sizeof(org), "%010" PRId64, v->org);
	answer_text(w, "org", org);
	if (v->level >= VIEW_STATUTORY) {
		answer_text(w, "namn", hospital_name(v->region, unit));
	} else {
		answer_text(w, "unit", u != NULL ? u->hsa_id : NULL);
		answer_text(w, "namn", u != NULL ? u->namn : NULL);
	}
}

/* G2: the ward as the overflyttning names it. */
static void
write_moved_to(const struct view *v, struct writer *w)
{
	const struct view_fact *f = fact_of(v, v->episode->avdelning.nr);
	struct document *document = NULL;

	if (f != NULL && f->body != NULL && document_read(f->body, f->body_len, &document) == NULL)
		write_member(w, document_root(document), "avdelning");
	document_free(document);
}

static void
write_hospital(const struct view *v, const struct node *data, struct writer *w)
{
	answer_key(w, "hospital");
	answer_open(w, '{');
	write_hospital_unit(v, w);
	if (v->level < VIEW_STATUTORY && v->episode->avdelning.nr != 0)
		write_moved_to(v, w);
	else if (v->level < VIEW_STATUTORY)
		write_member(w, data, "avdelning");
	answer_close(w, '}');
}

/* What the hospital said of the patient: the notice in force, else the admission. */
static void
write_said(const struct view *v, struct writer *w)
{
	const struct episode *e = v->episode;
	const struct view_fact *f = fact_of(v, e->inskr.nr != 0 ? e->inskr.nr : e->inskrivning.nr);
	struct document *document = NULL;
	const struct node *data = NULL;

	if (f != NULL && f->body != NULL && document_read(f->body, f->body_len, &document) == NULL)
		data = document_root(document);
	write_patient(v, data != NULL ? f : NULL, w);
	write_hospital(v, data, w);
	document_free(document);
}

/* ---- Times and clocks ---- */

static void
write_times(const struct view *v, struct writer *w)
{
	const struct episode *e = v->episode;

	answer_instant(
	    w, "beraknad_utskrivning_at", e->beraknad.nr != 0 ? e->beraknad.at : INSTANT_NONE);
	if (v->level <= VIEW_MOTTAGARE)
		answer_instant(w, "inskriven_at",
		    e->inskr.nr != 0	     ? e->inskr.inskriven_at
		    : e->inskrivning.nr != 0 ? e->inskrivning.inskriven_at
					     : INSTANT_NONE);
	answer_instant(w, "klar_at", e->klar.nr != 0 ? e->klar.klar_at : INSTANT_NONE);
	answer_instant(
	    w, "utskriven_at", e->utskrivning.nr != 0 ? e->utskrivning.at : INSTANT_NONE);
}

static void
write_clocks(
    const struct view *v, const struct sip_clock *sip, const struct betalning *b, struct writer *w)
{
	const struct episode *e = v->episode;

	answer_key(w, "clocks");
	answer_open(w, '{');
	answer_instant(w, "inskrivningsmeddelande_due", episode_inskrivningsmeddelande_due(e));
	answer_instant(w, "sip_kallelse_due_before", sip->due_before);
	answer_instant(w, "sip_breach_from",
	    sip->due_before != INSTANT_NONE ? sip->breach_from : INSTANT_NONE);
	answer_instant(w, "betalningsansvar_from", b->payer[0].payment.from);
	answer_instant(w, "utskrivningsinformation_due",
	    e->utskrivning.nr != 0 ? calendar_utskrivningsinformation_due(e->utskrivning.at)
				   : INSTANT_NONE);
	answer_close(w, '}');
}

/* G5: that the patient declined what another unit offered. */
static bool
sees_ground(const struct view *v, enum payment_ground ground)
{
	const struct episode *e = v->episode;

	if (ground != PAYMENT_GROUND_AVBOJD || v->level <= VIEW_MOTTAGARE)
		return true;
	for (int i = 0; i < e->insatser_count; i++)
		if (is_own(v, e->insatser[i].unit) && e->insatser[i].status == INSATSER_AVBOJD)
			return true;
	return false;
}

/* F4: one payer and its dates. */
static void
write_payer(const struct view *v, const struct payer *p, struct writer *w)
{
	char kommun[KOMMUN_TEXT_MAX], missing[32];

	snprintf(kommun, sizeof(kommun), "%04" PRId32, p->kommun);
	if (v->level <= VIEW_MOTTAGARE)
		answer_text(w, "kommun", p->kommun != 0 ? kommun : NULL);
	answer_text(w, "standing", payment_standing_word(p->payment.standing));
	answer_instant(w, "from", p->payment.from);
	answer_instant(w, "to", p->payment.to);
	answer_instant(w, "from_as_sent", p->payment.from_as_sent);
	answer_instant(w, "from_as_arrived", p->payment.from_as_arrived);
	answer_int(w, "days", p->payment.days);
	if (p->kronor >= 0)
		answer_int(w, "kronor", p->kronor);
	else
		answer_null(w, "kronor");
	answer_key(w, "grounds");
	answer_open(w, '[');
	for (unsigned bit = 1; bit <= PAYMENT_GROUND_LAST; bit <<= 1)
		if (p->payment.grounds & bit && sees_ground(v, (enum payment_ground)bit))
			answer_element(w, payment_ground_word((enum payment_ground)bit));
	if (p->kronor < 0) {
		snprintf(missing, sizeof(missing), "no_amount_for_%d", p->missing);
		answer_element(w, missing);
	}
	answer_close(w, ']');
}

/* F7: a proposal with its grounds; who paid first stands for the whole, each for itself in payers.
 */
static void
write_betalning(const struct view *v, const struct betalning *b, struct writer *w)
{
	answer_key(w, "betalningsansvar");
	answer_open(w, '{');
	write_payer(v, &b->payer[0], w);
	answer_key(w, "payers");
	answer_open(w, '[');
	for (int i = 0; i < b->payer_count; i++) {
		answer_open(w, '{');
		answer_instant(w, "payer_from", b->payer[i].from_at);
		answer_instant(w, "payer_to", b->payer[i].to_at);
		write_payer(v, &b->payer[i], w);
		answer_close(w, '}');
	}
	answer_close(w, ']');
	if (b->average_days < 0)
		answer_null(w, "average_days");
	else
		answer_int(w, "average_days", b->average_days);
	answer_close(w, '}');
}

/* ---- Mottagare ---- */

static instant
kvitterat_at(const struct participant *p, int32_t nr)
{
	instant at;
	return participant_kvitterat(p, nr, &at) ? at : INSTANT_NONE;
}

static instant
klar_kvitterad_at(const struct view *v, const struct participant *p)
{
	instant at;

	return episode_klar_kvitterad(v->episode, p, &at) ? at : INSTANT_NONE;
}

/* D8: an answer to the kallelse acknowledges it. */
static instant
kallelse_kvitterad_at(const struct view *v, const struct participant *p)
{
	instant at = kvitterat_at(p, p->kallad_nr);
	const struct view_fact *svar =
	    p->svar_kallelse_nr == p->kallad_nr ? fact_of(v, p->svar_nr) : NULL;

	return at == INSTANT_NONE && svar != NULL ? svar->sent_at : at;
}

/* Members as the message said them; f: NULL is none. */
static void
write_body_members(const struct view_fact *f, const char *const *names, struct writer *w)
{
	struct document *document = NULL;
	const struct node *data = NULL;

	if (f != NULL && f->body != NULL && document_read(f->body, f->body_len, &document) == NULL)
		data = document_root(document);
	for (; *names != NULL; names++)
		write_member(w, data, *names);
	document_free(document);
}

/* What the unit itself said of the stay and the kallelse (A9-A11, C1a, C6, D8, D11, F3). */
static void
write_unit_answers(const struct view *v, const struct participant *p, struct writer *w)
{
	static const char *const words[] = {[UTTRADE_NONE] = NULL,
	    [UTTRADE_EJ_BERORD] = "ej_berord",
	    [UTTRADE_AVVISAD] = "avvisning",
	    [UTTRADE_BORTTAGEN] = "borttagen",
	    [UTTRADE_VIDAREBEFORDRAD] = "vidarebefordrad"};
	const struct episode *e = v->episode;
	/* A9: where the hospital should turn. */
	static const char *const right_one[] = {"ratt_enhet", "ratt_kommun", NULL};
	const char *insatser = NULL;

	for (int i = 0; i < e->insatser_count; i++)
		if (e->insatser[i].unit == p->unit)
			insatser = insatser_status_ord_word(e->insatser[i].status);
	answer_text(w, "uttrade", words[p->uttrade]);
	answer_text(w, "avvisning_orsak",
	    p->uttrade == UTTRADE_AVVISAD ? avvisning_orsak_word(p->avvisning_orsak) : NULL);
	write_body_members(
	    p->uttrade == UTTRADE_AVVISAD ? fact_of(v, p->uttrade_nr) : NULL, right_one, w);
	answer_bool(w, "undanhallen", e->klar.nr != 0 && p->undanhallen_nr == e->klar.nr);
	answer_text(w, "svar",
	    p->svar_nr != 0 && p->svar_kallelse_nr == p->kallad_nr ? kallelse_svar_ord_word(p->svar)
								   : NULL);
	answer_instant(w, "forslag_at", p->svar_nr != 0 ? p->forslag_at : INSTANT_NONE);
	answer_bool(w, "struken", sip_is_struck(p, e->sip_round_nr));
	answer_instant(
	    w, "vardplan_justerad_at", p->vardplan_nr != 0 ? p->vardplan_at : INSTANT_NONE);
	answer_text(w, "insatser", insatser);
}

static void
write_mottagare(const struct view *v, const struct participant *p, struct writer *w)
{
	const struct episode *e = v->episode;
	const struct unit *u = region_unit(v->region, p->unit);

	answer_open(w, '{');
	answer_text(w, "unit", u != NULL ? u->hsa_id : NULL);
	answer_text(w, "namn", u != NULL ? u->namn : NULL);
	answer_text(w, "slag", u != NULL ? unit_slag_word(u->slag) : NULL);
	answer_instant(w, "received_at", p->received_at);
	answer_bool(w, "active", p->active);
	answer_key(w, "kvitterat");
	answer_open(w, '{');
	answer_instant(w, "inskrivningsmeddelande", kvitterat_at(p, e->inskr.nr));
	answer_instant(w, "utskrivningsklar", klar_kvitterad_at(v, p));
	answer_instant(w, "kallelse", kallelse_kvitterad_at(v, p));
	answer_close(w, '}');
	answer_instant(w, "lamnad_at", episode_klar_lamnad_at(e, p));
	answer_instant(w, "kallad_at", p->kallad_nr != 0 ? p->kallad_at : INSTANT_NONE);
	write_unit_answers(v, p, w);
	answer_close(w, '}');
}

static void
write_all_mottagare(const struct view *v, struct writer *w)
{
	answer_key(w, "mottagare");
	answer_open(w, '[');
	for (int i = 0; i < v->episode->participant_count; i++) {
		const struct participant *p = &v->episode->participant[i];
		if (p->role == ROLE_MOTTAGARE && sees(v, p->unit))
			write_mottagare(v, p, w);
	}
	answer_close(w, ']');
}

/* A4: those named by kommun and slag of which no unit takes part. */
static void
write_missing_mottagare(const struct view *v, struct writer *w)
{
	char kommun[KOMMUN_TEXT_MAX];

	answer_key(w, "mottagare_saknas");
	answer_open(w, '[');
	for (int i = 0; i < v->episode->unresolved_count; i++) {
		const struct mottagare *m = &v->episode->unresolved[i].named;
		if (mottagare_is_resolved(v->episode, v->region, m))
			continue;
		snprintf(kommun, sizeof(kommun), "%04" PRId32, m->kommun);
		answer_open(w, '{');
		answer_text(w, "kommun", kommun);
		answer_text(w, "slag", unit_slag_word(m->slag));
		answer_text(w, "distrikt", m->distrikt[0] != '\0' ? m->distrikt : NULL);
		answer_close(w, '}');
	}
	answer_close(w, ']');
}

/* ---- Fast vårdkontakt ---- */

void
view_staff(const struct region *region, const char *name, staff_id staff, struct writer *w)
{
	const struct staff *s = region_staff(region, staff);

	if (s == NULL) {
		answer_null(w, name);
		return;
	}
	answer_key(w, name);
	answer_open(w, '{');
	answer_text(w, "hsa_id", s->hsa_id);
	answer_text(w, "namn", s->namn);
	answer_text(w, "profession", profession_word(s->profession));
	answer_text(w, "telefon", s->telefon[0] != '\0' ? s->telefon : NULL);
	answer_close(w, '}');
}

static void
write_staff(const struct view *v, const char *name, staff_id staff, struct writer *w)
{
	view_staff(v->region, name, staff, w);
}

static void
write_standing_decision(const struct view *v, int32_t number, struct writer *w)
{
	const struct region *r = v->region;

	for (int i = 0; i < r->standing_decision_count; i++) {
		const struct standing_decision *d = &r->standing_decisions[i];
		if (d->standing_decision != number)
			continue;
		answer_key(w, "standing_decision");
		answer_open(w, '{');
		answer_int(w, "id", number);
		answer_text(w, "beslutad_av", staff_hsa(r, d->beslutad_av));
		answer_instant(w, "from_at", d->from_at);
		answer_instant(w, "to_at", d->to_at);
		answer_close(w, '}');
		return;
	}
	answer_null(w, "standing_decision");
}

static void
write_ranked(const struct view *v, const struct ranked *row, struct writer *w)
{
	const struct staff *s = region_staff(v->region, row->staff);

	answer_open(w, '{');
	answer_text(w, "staff", s != NULL ? s->hsa_id : NULL);
	answer_text(w, "namn", s != NULL ? s->namn : NULL);
	answer_key(w, "skal");
	answer_open(w, '[');
	for (int i = 0; i < RANKING_REASON_COUNT; i++)
		if (row->reasons & 1u << i)
			answer_element(w, ranking_reason_word((enum ranking_reason)i));
	answer_close(w, ']');
	answer_key(w, "belastning"); /* patients per full-time share, kept times 10 */
	writer_int(w, row->load / 10);
	writer_literal(w, ".");
	writer_int(w, row->load % 10);
	answer_close(w, '}');
}

static bool
read_fvk(const struct view *v, const struct view_fact *f, struct fact *out)
{
	return f != NULL && f->type == FAST_VARDKONTAKT && read_row(v, f, out);
}

enum fvk_word { FVK_NAMED, FVK_ENDED };

/*
 * The fact that named the slot's person, or the unit's own that ended it: samordnad carries out at
 * its time an end that was said beforehand, and only what was said has a reason. NULL: none at
 * hand.
 */
static const struct view_fact *
fvk_fact(const struct view *v, const struct fvk *slot, enum fvk_word word)
{
	staff_id staff = slot->staff != 0 ? slot->staff : slot->avslutad;
	const struct view_fact *last = fact_of(v, slot->nr);
	struct fact fact;

	if (read_fvk(v, last, &fact) && fact.fast_vardkontakt.atgard != FVK_AVSLUTA)
		return word == FVK_NAMED ? last : NULL;
	for (int i = v->fact_count - 1; i >= 0 && staff != 0; i--) {
		const struct view_fact *f = &v->facts[i];
		if (!took_effect(f) || episode_is_annulled(v->episode, f->nr) ||
		    !read_fvk(v, f, &fact) || fact.fast_vardkontakt.unit != slot->unit ||
		    fact.fast_vardkontakt.staff != staff ||
		    fact.fast_vardkontakt.atgard == FVK_FORESLA)
			continue;
		if (fact.fast_vardkontakt.atgard != FVK_AVSLUTA)
			return word == FVK_NAMED ? f : NULL;
		if (word == FVK_ENDED && f->source != 0)
			return f;
	}
	return NULL;
}

/* *Why this person* (B5): the ranking as it was when the decision was taken. */
static void
write_ranking(const struct view *v, const struct fact *decision, struct writer *w)
{
	answer_key(w, "ranking");
	answer_open(w, '[');
	for (int i = 0; decision != NULL && i < decision->fast_vardkontakt.ranked_count; i++)
		write_ranked(v, &decision->fast_vardkontakt.ranked[i], w);
	answer_close(w, ']');
}

/*
 * B6: whoever was chosen was at or above the soft capacity then. Loads are known only where the
 * door is open, so the ranking tells; null: it does not.
 */
static void
write_over_kapacitet(const struct view *v, const struct fact *decision, struct writer *w)
{
	const struct fact_fast_vardkontakt *m =
	    decision != NULL ? &decision->fast_vardkontakt : NULL;
	const struct staff *s = m != NULL ? region_staff(v->region, m->staff) : NULL;

	for (int i = 0; s != NULL && i < m->ranked_count; i++)
		if (m->ranked[i].staff == m->staff) {
			answer_bool(w, "over_kapacitet",
			    s->kapacitet != 0 &&
				!(m->ranked[i].reasons & 1u << RANKING_UNDER_KAPACITET));
			return;
		}
	answer_null(w, "over_kapacitet");
}

/* B2, B10: by which word, on what ground, until when, who is responsible, and why it ended: as it
 * was said. */
static void
write_assignment(const struct view *v, const struct fvk *f, struct writer *w)
{
	static const char *const named[] = {
	    "atgard", "grund", "omprovas_at", "medicinskt_ansvarig", "ersattare", NULL};
	static const char *const ended[] = {"orsak", NULL};

	write_body_members(fvk_fact(v, f, FVK_NAMED), named, w);
	answer_instant(w, "ended_at", f->staff == 0 && f->avslutad != 0 ? f->to_at : INSTANT_NONE);
	write_body_members(fvk_fact(v, f, FVK_ENDED), ended, w);
}

/* The decision whose ranking chose the person: a proposal, or what named the one who has it. */
static void
write_choice(const struct view *v, const struct fvk *f, struct writer *w)
{
	const struct view_fact *row =
	    f->foreslagen != 0 ? fact_of(v, f->forslag_nr) : fvk_fact(v, f, FVK_NAMED);
	struct fact fact;
	const struct fact *decision = read_fvk(v, row, &fact) ? &fact : NULL;

	write_over_kapacitet(v, decision, w);
	write_ranking(v, decision, w);
}

static void
write_fvk(const struct view *v, const struct fvk *f, struct writer *w)
{
	staff_id acting = f->staff != 0 ? region_acting(v->region, f->staff, v->now) : 0;

	answer_open(w, '{');
	answer_text(w, "unit", unit_hsa(v->region, f->unit));
	write_staff(v, "staff", f->staff, w);
	write_staff(v, "acting", acting != f->staff ? acting : 0, w);
	write_staff(v, "jamte", f->jamte, w);
	answer_bool(w, "away", f->staff != 0 && acting != f->staff);
	answer_instant(w, "from_at", f->from_at);
	write_staff(v, "until_from_at", v->now < f->from_at ? f->former : 0, w);
	answer_instant(w, "to_at", f->to_at);
	answer_text(w, "utsedd_av", staff_hsa(v->region, f->utsedd_av));
	answer_bool(w, "confirmed_by_unit", f->confirmed_by_unit);
	write_standing_decision(v, f->standing_decision, w);
	write_assignment(v, f, w);
	write_staff(v, "foreslagen", f->foreslagen, w);
	write_staff(v, "avslutad", f->staff == 0 ? f->avslutad : 0, w);
	write_choice(v, f, w);
	answer_close(w, '}');
}

static void
write_all_fvk(const struct view *v, struct writer *w)
{
	answer_key(w, "fast_vardkontakt");
	answer_open(w, '[');
	for (int i = 0; i < v->episode->fvk_count; i++) {
		struct fvk f = v->episode->fvk[i];
		/* Nobody is proposed who could not be named now, also when there is nobody else. */
		if (!fvk_may_be(v->episode, v->surroundings, f.unit, v->now, f.foreslagen))
			f.foreslagen = 0;
		if ((f.staff != 0 || f.foreslagen != 0 || f.avslutad != 0) && sees(v, f.unit))
			write_fvk(v, &f, w);
	}
	answer_close(w, ']');
}

/* ---- SIP ---- */

/* One's own units send or got the kallelse. */
static bool
is_summoned(const struct view *v)
{
	const struct episode *e = v->episode;

	for (int i = 0; i < e->participant_count; i++)
		if (e->participant[i].kallad_nr != 0 && is_own(v, e->participant[i].unit))
			return true;
	return is_own(v, e->bokning.unit);
}

/* G5, C1a: what comes of a SIP between the others. */
static bool
sees_sip(const struct view *v)
{
	return is_summoned(v) || (v->level <= VIEW_MOTTAGARE && !v->withheld);
}

static void
write_mote(const struct view *v, struct writer *w)
{
	const struct mote *m = &v->episode->mote;

	if (m->start_at == INSTANT_NONE || !sees_sip(v)) {
		answer_null(w, "mote");
		return;
	}
	answer_key(w, "mote");
	answer_open(w, '{');
	answer_instant(w, "start_at", m->start_at);
	answer_instant(w, "end_at", m->end_at);
	answer_text(w, "form", motesform_word(m->form));
	if (v->level != VIEW_SKYDD)
		answer_text(w, "plats", m->plats[0] != '\0' ? m->plats : NULL);
	answer_close(w, '}');
}

static void
write_kallelse(const struct view *v, struct writer *w)
{
	const struct episode *e = v->episode;
	bool shown = sees(v, e->kallelse.unit);

	if (e->kallelse.nr == 0 || !sees_sip(v)) {
		answer_null(w, "kallelse");
		return;
	}
	answer_key(w, "kallelse");
	answer_open(w, '{');
	answer_instant(w, "at", e->kallelse.at);
	answer_text(w, "unit", shown ? unit_hsa(v->region, e->kallelse.unit) : NULL);
	answer_text(w, "skickad_av", shown ? staff_hsa(v->region, e->kallelse.skickad_av) : NULL);
	answer_text(w, "for", shown ? staff_hsa(v->region, e->kallelse.for_staff) : NULL);
	answer_close(w, '}');
}

static void
write_bokning(const struct view *v, struct writer *w)
{
	static const char *const words[] = {"none", "bokad", "vantar"};
	const struct episode *e = v->episode;
	bool shown = sees(v, e->bokning.unit);

	if (e->bokning.status == BOKNING_NONE || !sees_sip(v)) {
		answer_null(w, "bokning");
		return;
	}
	answer_key(w, "bokning");
	answer_open(w, '{');
	answer_text(w, "status", words[e->bokning.status]);
	answer_text(w, "unit", shown ? unit_hsa(v->region, e->bokning.unit) : NULL);
	answer_text(w, "staff", shown ? staff_hsa(v->region, e->bokning.staff) : NULL);
	answer_close(w, '}');
}

/* D7: whether the last meeting was held, and the follow-up of the last that was; the plan itself
 * stands in the history. */
static void
write_held(const struct view *v, struct writer *w)
{
	const struct episode *e = v->episode;
	bool held = e->sip.nr != 0 && (sees_sip(v) || is_own(v, e->sip.unit));
	bool missed = e->utebliven.nr != 0 && e->utebliven.hallen_at > e->sip.hallen_at &&
		      (sees_sip(v) || is_own(v, e->utebliven.unit));
	enum sip_utfall utfall = missed ? e->utebliven.utfall : SIP_GENOMFORD;

	answer_text(w, "utfall", held || missed ? sip_utfall_word(utfall) : NULL);
	answer_instant(w, "hallen_at",
	    missed ? e->utebliven.hallen_at
	    : held ? e->sip.hallen_at
		   : INSTANT_NONE);
	answer_text(
	    w, "overgripande_ansvar", held ? huvudman_word(e->sip.overgripande_ansvar) : NULL);
	answer_instant(w, "uppfoljd_at", held ? e->sip.uppfoljd_at : INSTANT_NONE);
	answer_instant(w, "uppfoljning_at", held ? e->sip.uppfoljning_at : INSTANT_NONE);
	answer_bool(w, "avslutad", held && e->sip.avslutad);
}

static void
write_sip(const struct view *v, const struct sip_clock *clock, struct writer *w)
{
	answer_key(w, "sip");
	answer_open(w, '{');
	answer_bool(w, "owed", sip_owed(v->episode));
	answer_instant(w, "due_before", clock->due_before);
	answer_instant(w, "breach_from",
	    clock->due_before != INSTANT_NONE ? clock->breach_from : INSTANT_NONE);
	answer_text(w, "unit", sees(v, clock->unit) ? unit_hsa(v->region, clock->unit) : NULL);
	answer_bool(w, "fulfilled", clock->fulfilled);
	write_kallelse(v, w);
	write_mote(v, w);
	write_bokning(v, w);
	write_held(v, w);
	answer_close(w, '}');
}

static void
write_samtycke(const struct view *v, struct writer *w)
{
	answer_key(w, "samtycke");
	answer_open(w, '{');
	for (int i = 0; i < SAMTYCKE_OMFATTNING_COUNT; i++) {
		const struct samtycke *s = &v->episode->samtycke[i];
		answer_key(w, samtycke_omfattning_word((enum samtycke_omfattning)i));
		answer_open(w, '{');
		answer_text(w, "status", samtycke_status_word(s->status));
		answer_instant(w, "at", s->nr != 0 ? s->at : INSTANT_NONE);
		answer_close(w, '}');
	}
	answer_close(w, '}');
}

/* ---- G1, G2, C6: how the stay itself stands ---- */

static void
write_stay(const struct view *v, struct writer *w)
{
	const struct episode *e = v->episode;

	answer_instant(w, "avliden_at", e->avliden.nr != 0 ? e->avliden.at : INSTANT_NONE);
	if (v->level > VIEW_MOTTAGARE)
		return; /* G5 */
	if (e->tidigare.nr == 0) {
		answer_null(w, "tidigare_vardtillfalle");
	} else {
		answer_key(w, "tidigare_vardtillfalle");
		answer_open(w, '{');
		answer_uuid(w, "episode", e->tidigare.episode);
		answer_bool(w, "samma_vardgivare", e->tidigare.samma_vardgivare);
		answer_instant(w, "utskriven_at", e->tidigare.utskriven_at);
		answer_close(w, '}');
	}
	answer_text(w, "oppen_tvangsvard", oppen_tvangsvard_word(e->tvangsvard.oppen));
	answer_instant(
	    w, "permission_from_at", e->permission.nr != 0 ? e->permission.from_at : INSTANT_NONE);
	answer_instant(
	    w, "permission_to_at", e->permission.nr != 0 ? e->permission.to_at : INSTANT_NONE);
}

/* ---- E3 ---- */

/* The hospital hands it over; the fast vårdkontakt's unit, if it may be told, sees what was said.
 */
static bool
sees_patientinformation(const struct view *v)
{
	if (v->phase != PHASE_UTSKRIVNINGSKLAR && v->phase != PHASE_UTSKRIVEN &&
	    v->phase != PHASE_AVSLUTAD)
		return false;
	if (v->level == VIEW_HOSPITAL)
		return true;
	for (int i = 0; v->level == VIEW_MOTTAGARE && i < v->own_count; i++)
		if (episode_fvk(v->episode, v->own[i]) != NULL)
			return true;
	return false;
}

/* D10: an own file that tells of a plan, and of none of which the hospital may not know (B11, G8);
 * or NULL. */
static const struct episode *
plan_outside(const struct view *v)
{
	struct kontakter_gate gate = {0};

	kontakter_know(&gate, v->episode);
	for (int i = 0; i < v->own_file_count; i++)
		kontakter_know(&gate, &v->own_files[i]);
	for (int i = 0; i < v->own_file_count; i++) {
		const struct episode *e = &v->own_files[i];
		const unit_id by[] = {
		    patientinformation_held_by(e), patientinformation_summoned_by(e, v->now)};
		bool shown = by[0] != 0 || by[1] != 0;
		for (int k = 0; k < 2; k++) {
			const struct unit *u = region_unit(v->region, by[k]);
			shown &= by[k] == 0 ||
				 (u != NULL && kontakter_shown(&gate, u, v->org, GREN_VARD));
		}
		if (shown)
			return e;
	}
	return NULL;
}

static void
write_patientinformation(const struct view *v, struct writer *w)
{
	const struct episode *e = v->episode;
	struct writer text = {0};

	if (!sees_patientinformation(v)) {
		answer_null(w, "patientinformation");
		return;
	}
	patientinformation_write(e, plan_outside(v), v->region, v->now, &text);
	answer_key(w, "patientinformation");
	answer_open(w, '{');
	answer_text(w, "text", text.text);
	answer_instant(w, "overlamnad_at",
	    e->patientinformation.nr != 0 ? e->patientinformation.at : INSTANT_NONE);
	answer_close(w, '}');
	free(text.text);
}

/* ---- Tasks, breaches, history ---- */

void
view_task(const struct region *region, const struct view_task *row, struct writer *w)
{
	const struct given_task *t = &row->task;
	const struct task_info *info = &task_table[t->kind];
	char uuid[UUID_TEXT_MAX], id[TASK_ID_MAX];

	uuid_format(row->episode, uuid);
	snprintf(id, sizeof(id), "%s.%" PRId32, uuid, t->nr);
	answer_open(w, '{');
	answer_text(w, "id", id);
	answer_text(w, "episode", uuid);
	answer_text(w, "kind", info->word);
	answer_text(w, "text", info->text);
	answer_text(w, "rule", info->rule);
	answer_text(w, "unit", unit_hsa(region, t->unit));
	if (t->staff != 0)
		answer_text(w, "staff", staff_hsa(region, t->staff));
	answer_text(w, "status", task_status_word(t->status));
	answer_instant(w, "created_at", t->created_at);
	answer_instant(w, "due_at", t->due_at);
	if (t->closed_at != INSTANT_NONE)
		answer_instant(w, "closed_at", t->closed_at);
	answer_close(w, '}');
}

static void
write_tasks(const struct view *v, struct writer *w)
{
	answer_key(w, "tasks");
	answer_open(w, '[');
	for (int i = 0; i < v->task_count; i++)
		if (sees(v, v->tasks[i].task.unit))
			view_task(v->region, &v->tasks[i], w);
	answer_close(w, ']');
}

static void
write_breach(const struct view *v, const struct given_breach *b, struct writer *w)
{
	instant until = b->done_at != INSTANT_NONE ? b->done_at : v->now;

	answer_open(w, '{');
	answer_text(w, "rule", breach_rule_word(b->rule));
	answer_text(w, "unit", unit_hsa(v->region, b->unit));
	answer_text(w, "cause", breach_cause_word(b->cause));
	answer_instant(w, "due_at", b->due_at);
	answer_instant(w, "done_at", b->done_at);
	answer_int(w, "late_s", until > b->due_at ? (until - b->due_at) / SECOND : 0);
	answer_instant(w, "stamped_at", b->stamped_at);
	answer_close(w, '}');
}

static void
write_breaches(const struct view *v, struct writer *w)
{
	answer_key(w, "breaches");
	answer_open(w, '[');
	for (int i = 0; i < v->breach_count; i++) {
		const struct given_breach *b = &v->breaches[i];
		if (b->withdrawn_at == INSTANT_NONE && sees(v, b->unit))
			write_breach(v, b, w);
	}
	answer_close(w, ']');
}

static const char *
outcome_word(enum outcome o)
{
	return outcome_table[o].word[0] != '\0' ? outcome_table[o].word : NULL;
}

/* C1a: why a notice is withheld, and from whom, is the hospital's to know. */
static void
write_body(const struct view *v, const struct view_fact *f, struct writer *w)
{
	struct document *document = NULL;

	answer_key(w, "data");
	if (v->level == VIEW_HOSPITAL || f->type != UTSKRIVNINGSKLAR ||
	    document_read(f->body, f->body_len, &document) != NULL) {
		writer_raw(w, f->body, f->body_len);
		return;
	}
	answer_open(w, '{');
	for (const struct node *n = document_root(document)->first; n != NULL; n = n->next)
		if (strcmp(n->key, "undanhallen") != 0) {
			answer_key(w, n->key);
			node_write(n, w);
		}
	answer_close(w, '}');
	document_free(document);
}

/*
 * The words of others are shown only where the hospital's information may be shared; one's own
 * always.
 */
static void
write_history_row(const struct view *v, const struct view_fact *f, struct writer *w)
{
	static const char *const results[] = {[RESULT_APPLIED] = "applied",
	    [RESULT_RECORDED] = "recorded",
	    [RESULT_PARKED] = "parked"};
	bool masked = masks_unit(v, f->source);

	answer_open(w, '{');
	answer_int(w, "nr", f->nr);
	answer_text(w, "type", message_type_word(f->type));
	answer_text(w, "source", masked || f->source == 0 ? NULL : unit_hsa(v->region, f->source));
	answer_text(w, "by",
	    f->source == 0 ? "samordnad"
	    : masked	   ? hospital_name(v->region, f->source)
			   : NULL);
	answer_text(w, "id", f->message_id);
	answer_instant(w, "sent_at", f->sent_at);
	answer_instant(w, "recorded_at", f->recorded_at);
	answer_text(w, "result", results[outcome_table[f->outcome].result]);
	answer_text(w, "outcome", outcome_word(f->outcome));
	if (f->shown == SHOWN_WITH_DATA && f->body != NULL && sees(v, f->source))
		write_body(v, f, w);
	answer_close(w, '}');
}

static bool
is_own_among(const struct view *v, const unit_id *units, int count)
{
	for (int i = 0; i < count; i++)
		if (is_own(v, units[i]))
			return true;
	return false;
}

/* Whether a decision of samordnad's own is about one of the reader's units. */
static bool
concerns_own(const struct view *v, const struct view_fact *f)
{
	const struct staff *sender;
	struct fact fact;

	if (!read_row(v, f, &fact))
		return false;
	if (fact.type == FAST_VARDKONTAKT)
		return is_own(v, fact.fast_vardkontakt.unit);
	if (fact.type == SIP_BOKNING)
		return is_own(v, fact.sip_bokning.unit);
	for (int i = 0; fact.type == MOTTAGARE_ANDRAD && i < fact.mottagare_andrad.lagg_till_count;
	     i++)
		if (is_own(v, fact.mottagare_andrad.lagg_till[i].unit))
			return true;
	if (fact.type != SIP_KALLELSE)
		return false;
	sender = region_staff(v->region, fact.sip_kallelse.skickad_av);
	return (sender != NULL && is_own(v, sender->unit)) ||
	       is_own_among(v, fact.sip_kallelse.kallade, fact.sip_kallelse.kallade_count);
}

/* G5: that another unit acknowledged, answered or booked tells that it was told. */
static bool
shows_row(const struct view *v, const struct view_fact *f)
{
	bool summons = f->type == SIP_BOKNING || f->type == SIP_KALLELSE;

	if (f->shown == NOT_SHOWN || (summons && v->withheld && !is_summoned(v)))
		return false;
	/* G8: samordnad's own tells of whom a spärr hides. */
	bool barred = f->source == 0 && v->episode->sparr_count > 0 && v->level != VIEW_HOSPITAL;
	if (!barred && (sees(v, f->source) || masks_unit(v, f->source)))
		return true;
	return f->source == 0 && concerns_own(v, f);
}

/* C1a: a notice that is withheld from all the reader's units. */
static bool
is_withheld(const struct view *v, const struct view_fact *f)
{
	struct fact fact;

	if (v->level == VIEW_HOSPITAL || !read_row(v, f, &fact))
		return v->level != VIEW_HOSPITAL;
	for (int i = 0; i < v->own_count; i++) {
		bool named = false;
		for (int k = 0; k < fact.utskrivningsklar.undanhallen_count; k++)
			named |= fact.utskrivningsklar.undanhallen[k] == v->own[i];
		if (!named)
			return false;
	}
	return true;
}

static void
write_history(const struct view *v, struct writer *w)
{
	bool told = true; /* of the last that the patient is ready, or is not any more */

	answer_key(w, "history");
	answer_open(w, '[');
	for (int i = 0; i < v->fact_count; i++) {
		const struct view_fact *f = &v->facts[i];
		bool klar = f->type == UTSKRIVNINGSKLAR;
		if (klar)
			told = !is_withheld(v, f);
		if (shows_row(v, f) && (told || !(klar || f->type == EJ_LANGRE_UTSKRIVNINGSKLAR)))
			write_history_row(v, f, w);
	}
	answer_close(w, ']');
}

void
view_episode(const struct view *v, struct writer *w)
{
	struct sip_clock clock = sip_clock(v->episode, v->surroundings, v->now);
	struct betalning betalning = betalning_reckon(v->episode, v->surroundings, v->now);

	answer_open(w, '{');
	answer_uuid(w, "id", v->uuid);
	if (v->level == VIEW_HOSPITAL)
		answer_text(w, "encounter", v->encounter);
	answer_text(w, "phase", phase_word(v->phase));
	answer_instant(w, "opened_at", v->opened_at);
	write_said(v, w);
	write_times(v, w);
	write_clocks(v, &clock, &betalning, w);
	write_betalning(v, &betalning, w);
	write_all_mottagare(v, w);
	if (v->level == VIEW_HOSPITAL)
		write_missing_mottagare(v, w);
	write_all_fvk(v, w);
	write_sip(v, &clock, w);
	write_stay(v, w);
	write_samtycke(v, w);
	write_patientinformation(v, w);
	write_tasks(v, w);
	write_breaches(v, w);
	write_history(v, w);
	answer_close(w, '}');
}

void
view_row(const struct view *v, instant due_at, struct writer *w)
{
	answer_open(w, '{');
	answer_uuid(w, "id", v->uuid);
	answer_text(w, "phase", phase_word(v->phase));
	answer_instant(w, "opened_at", v->opened_at);
	answer_key(w, "hospital");
	answer_open(w, '{');
	write_hospital_unit(v, w);
	answer_close(w, '}');
	write_times(v, w);
	answer_instant(w, "due_at", due_at);
	answer_close(w, '}');
}
