/*
 * The daemon's own decisions (who, which slot) written as bodies, in the words in which fields.c
 * reads them back. Units and persons stand as HSA-ids, so that a stored decision can be read
 * without the register's numbers.
 */
#include "message.h"

#include "log.h"
#include "rules/appoint.h"
#include "uuid.h"
#include "writer.h"

#include <string.h>

/* Writes ',' unless it is the first member, the key, and ':'. */
static void
write_key(struct writer *w, const char *key)
{
	if (w->text[w->len - 1] != '{')
		writer_literal(w, ",");
	writer_text(w, key);
	writer_literal(w, ":");
}

/* Each of these leaves out what is not there. */
static void
write_at(struct writer *w, const char *key, instant at)
{
	char text[INSTANT_TEXT_MAX];

	if (at == INSTANT_NONE)
		return;
	write_key(w, key);
	writer_string(w, text, instant_format(at, text));
}

static void
write_int(struct writer *w, const char *key, int32_t value)
{
	if (value == 0)
		return;
	write_key(w, key);
	writer_int(w, value);
}

static void
write_hsa(struct writer *w, const char *hsa_id)
{
	require(hsa_id != NULL);
	writer_text(w, hsa_id);
}

static void
write_staff(struct writer *w, const char *key, staff_id staff, const struct message_names *names)
{
	if (staff == 0)
		return;
	write_key(w, key);
	write_hsa(w, names->staff_hsa(names->register_, staff));
}

static void
write_unit(struct writer *w, const char *key, unit_id unit, const struct message_names *names)
{
	if (unit == 0)
		return;
	write_key(w, key);
	write_hsa(w, names->unit_hsa(names->register_, unit));
}

static void
write_units(struct writer *w, const char *key, const unit_id *units, int count,
    const struct message_names *names)
{
	write_key(w, key);
	writer_literal(w, "[");
	for (int i = 0; i < count; i++) {
		if (i > 0)
			writer_literal(w, ",");
		write_hsa(w, names->unit_hsa(names->register_, units[i]));
	}
	writer_literal(w, "]");
}

static void
write_word(struct writer *w, const char *key, const char *word)
{
	write_key(w, key);
	writer_text(w, word);
}

static void
write_mote(struct writer *w, const struct mote *mote)
{
	if (mote->start_at == INSTANT_NONE)
		return;
	write_key(w, "mote");
	writer_literal(w, "{");
	write_at(w, "end_at", mote->end_at);
	write_word(w, "form", motesform_word(mote->form));
	if (mote->plats[0] != '\0')
		write_word(w, "plats", mote->plats);
	write_at(w, "start_at", mote->start_at);
	writer_literal(w, "}");
}

/* A row is an array, without names of members: it is written with every appointment, and most of
 * its bytes would be these. */
static void
write_ranked(struct writer *w, const struct ranked *row, const struct message_names *names)
{
	writer_literal(w, "[");
	write_hsa(w, names->staff_hsa(names->register_, row->staff));
	writer_literal(w, ",");
	writer_int(w, row->load);
	for (int reason = 0; reason < RANKING_REASON_COUNT; reason++) {
		if (!(row->reasons & 1u << reason))
			continue;
		writer_literal(w, ",");
		writer_text(w, ranking_reason_word((enum ranking_reason)reason));
	}
	writer_literal(w, "]");
}

static void
write_ranking(
    struct writer *w, const struct fact_fast_vardkontakt *fvk, const struct message_names *names)
{
	if (fvk->ranked_count == 0)
		return;
	write_key(w, "ranking");
	writer_literal(w, "[");
	for (int i = 0; i < fvk->ranked_count; i++) {
		if (i > 0)
			writer_literal(w, ",");
		write_ranked(w, &fvk->ranked[i], names);
	}
	writer_literal(w, "]");
}

static void
write_policies(struct writer *w, const struct fact *f)
{
	if (f->policy_count == 0)
		return;
	write_key(w, "policies");
	writer_literal(w, "[");
	for (int i = 0; i < f->policy_count; i++) {
		if (i > 0)
			writer_literal(w, ",");
		writer_int(w, f->policies[i]);
	}
	writer_literal(w, "]");
}

static void
write_fast_vardkontakt(struct writer *w, const struct fact *f, const struct message_names *names)
{
	const struct fact_fast_vardkontakt *fvk = &f->fast_vardkontakt;

	write_word(w, "atgard", fvk_atgard_word(fvk->atgard));
	write_staff(w, "ersattare", fvk->ersattare, names);
	write_staff(w, "ersatter", fvk->ersatter, names);
	write_at(w, "from_at", fvk->from_at);
	write_staff(w, "medicinskt_ansvarig", fvk->medicinskt_ansvarig, names);
	write_at(w, "omprovas_at", fvk->omprovas_at);
	write_policies(w, f);
	write_ranking(w, fvk, names);
	write_staff(w, "staff", fvk->staff, names);
	write_int(w, "standing_decision", fvk->standing_decision);
	write_at(w, "to_at", fvk->to_at);
	write_unit(w, "unit", fvk->unit, names);
	write_staff(w, "utsedd_av", fvk->utsedd_av, names);
}

static void
write_sip_kallelse(struct writer *w, const struct fact *f, const struct message_names *names)
{
	const struct fact_sip_kallelse *kallelse = &f->sip_kallelse;

	write_at(w, "at", kallelse->at);
	write_word(w, "atgard", kallelse_atgard_word(kallelse->atgard));
	write_staff(w, "for", kallelse->for_staff, names);
	write_units(w, "kallade", kallelse->kallade, kallelse->kallade_count, names);
	write_mote(w, &kallelse->mote);
	write_policies(w, f);
	write_staff(w, "skickad_av", kallelse->skickad_av, names);
}

/* Another of the patient's; zeros are left out. */
static void
write_episode(struct writer *w, const uint8_t uuid[static 16])
{
	static const uint8_t none[16];
	char text[UUID_TEXT_MAX];

	if (memcmp(uuid, none, sizeof none) == 0)
		return;
	uuid_format(uuid, text);
	write_word(w, "episode", text);
}

static void
write_sip_bokning(struct writer *w, const struct fact *f, const struct message_names *names)
{
	const struct fact_sip_bokning *bokning = &f->sip_bokning;

	write_word(w, "atgard", bokning_atgard_word(bokning->atgard));
	write_episode(w, bokning->episode);
	write_mote(w, &bokning->mote);
	write_policies(w, f);
	write_int(w, "slot", bokning->slot);
	write_staff(w, "staff", bokning->staff, names);
	write_unit(w, "unit", bokning->unit, names);
}

static void
write_mottagare_andrad(struct writer *w, const struct fact *f, const struct message_names *names)
{
	const struct fact_mottagare_andrad *m = &f->mottagare_andrad;
	unit_id units[MOTTAGARE_MAX];

	for (int i = 0; i < m->lagg_till_count; i++)
		units[i] = m->lagg_till[i].unit;
	write_units(w, "lagg_till", units, m->lagg_till_count, names);
}

static void
write_begaran(struct writer *w, const struct fact *f, const struct message_names *names)
{
	write_at(w, "at", f->begaran.at);
	write_unit(w, "unit", f->begaran.unit, names);
}

static void
write_enhet(struct writer *w, const struct fact *f, const struct message_names *names)
{
	write_unit(w, "unit", f->enhet.unit, names);
}

static void
write_tidigare_vardtillfalle(
    struct writer *w, const struct fact *f, const struct message_names *names)
{
	const struct fact_tidigare_vardtillfalle *m = &f->tidigare_vardtillfalle;

	write_episode(w, m->episode);
	write_units(w, "kallade", m->kallade, m->kallade_count, names);
	write_at(w, "kallade_at", m->kallade_at);
	write_mote(w, &m->mote);
	write_policies(w, f);
	write_key(w, "samma_vardgivare");
	writer_raw(w, m->samma_vardgivare ? "true" : "false", m->samma_vardgivare ? 4 : 5);
	write_int(w, "slot", m->slot);
	write_staff(w, "staff", m->staff, names);
	write_unit(w, "unit", m->unit, names);
	write_at(w, "utskriven_at", m->utskriven_at);
}

static void
write_avliden(struct writer *w, const struct fact *f, const struct message_names *names)
{
	(void)names;
	write_at(w, "at", f->at.at);
	write_episode(w, f->at.episode);
}

static void
write_patient_uppdaterad(struct writer *w, const struct fact *f, const struct message_names *names)
{
	(void)names;
	write_episode(w, f->patient_uppdaterad.episode);
	if (f->patient_uppdaterad.given & PATIENT_SKYDD) { /* G6 */
		write_key(w, "patient");
		writer_literal(w, "{");
		write_word(w, "skyddade_personuppgifter", skydd_word(f->patient_uppdaterad.skydd));
		writer_literal(w, "}");
	}
}

static void
write_makulering(struct writer *w, const struct fact *f, const struct message_names *names)
{
	(void)names;
	write_int(w, "nr", f->makulering.message_nr);
}

typedef void decision_writer(
    struct writer *w, const struct fact *f, const struct message_names *names);

/* What the daemon decides, and so writes. */
static decision_writer *const writers[MESSAGE_TYPE_COUNT] = {
    [FAST_VARDKONTAKT] = write_fast_vardkontakt,
    [SIP_KALLELSE] = write_sip_kallelse,
    [MOTTAGARE_ANDRAD] = write_mottagare_andrad,
    [SIP_BOKNING] = write_sip_bokning,
    [BEGARAN_FAST_VARDKONTAKT] = write_begaran,
    [TIDIGARE_VARDTILLFALLE] = write_tidigare_vardtillfalle,
    [ENHET] = write_enhet,
    [AVLIDEN] = write_avliden,
    [MAKULERING] = write_makulering,
    [PATIENT_UPPDATERAD] = write_patient_uppdaterad,
};

char *
fact_body(const struct fact *f, const struct message_names *names)
{
	struct writer w = {0};

	require(f->source == 0 && writers[f->type] != NULL);
	writer_literal(&w, "{");
	writers[f->type](&w, f, names);
	writer_literal(&w, "}");
	return w.text;
}
