/*
 * The table of outcomes: for each column a short canonical history is folded, the message judged
 * and folded behind it. Owns the small region and the plain messages for that; knows no rule.
 */
#include "outcomes.h"

#include "calendar.h"
#include "log.h"
#include "message.h"
#include "plan.h"

#include <stdlib.h>
#include <string.h>

#define HISTORY_MAX 8
#define PATIENT 1

enum { NOT_ANY_UNIT, AVDELNING, VARDCENTRAL, HEMSJUKVARD, SOCIALTJANSTEN, UNITS_END };
enum { NOT_ANYBODY, FVK_PERSON, STAFF_END };

/* ---- The region ---- */

static struct region *
small_region(void)
{
	static const enum unit_slag slag[UNITS_END] = {[AVDELNING] = SLUTENVARD,
	    [VARDCENTRAL] = PRIMARVARD,
	    [HEMSJUKVARD] = KOMMUNAL_HSL,
	    [SOCIALTJANSTEN] = SOCIALTJANST};
	struct region *r = xcalloc(1, sizeof *r);

	r->unit_count = UNITS_END - 1;
	r->units = xcalloc(UNITS_END, sizeof *r->units);
	for (int i = 0; i < r->unit_count; i++)
		r->units[i] = (struct unit){.unit = i + 1, .slag = slag[i + 1]};
	r->staff_count = 1;
	r->staff = xcalloc(STAFF_END, sizeof *r->staff);
	r->staff[0] = (struct staff){.staff = FVK_PERSON,
	    .unit = VARDCENTRAL,
	    .profession = DISTRIKTSSKOTERSKA,
	    .legitimerad = true,
	    .fvk = true,
	    .slutar_at = INSTANT_NEVER};
	for (int i = 0; i < r->unit_count; i++)
		snprintf(r->units[i].hsa_id, sizeof r->units[i].hsa_id, "U%d", i + 1);
	snprintf(r->staff[0].hsa_id, sizeof r->staff[0].hsa_id, "P1");
	region_index(r);
	return r;
}

/* ---- The plain messages ---- */

static unit_id
sender_of(enum message_type type)
{
	switch (type) {
	case INSKRIVNING:
	case BEHOVSBEDOMNING:
	case INSKRIVNINGSMEDDELANDE:
	case NY_BERAKNAD_UTSKRIVNING:
	case UTSKRIVNINGSKLAR:
	case EJ_LANGRE_UTSKRIVNINGSKLAR:
	case UTSKRIVNING:
	case UTSKRIVNINGSINFORMATION:
	case PATIENTINFORMATION:
	case MAKULERING:
	case MOTTAGARE_ANDRAD:
	case VARDFORM_ANDRAD:
	case OVERFLYTTNING:
	case PERMISSION:
	case AVLIDEN:
	case PATIENT_UPPDATERAD:
	case SAMTYCKE:
		return AVDELNING;
	case FAST_VARDKONTAKT:
	case FAST_KONTAKT:
	case SIP_BEHOV:
	case SIP_KALLELSE:
	case BEGARAN_FAST_VARDKONTAKT:
	case SIP:
	case SIP_UPPFOLJNING:
	case PERSONAL:
	case SPARR:
		return VARDCENTRAL;
	case KVITTENS:
	case KALLELSE_SVAR:
	case VARDPLAN_JUSTERAD:
	case EJ_BERORD:
	case AVVISNING:
	case INSATSER_STATUS:
		return SOCIALTJANSTEN;
	case SIP_BOKNING:
	case TIDIGARE_VARDTILLFALLE:
	case ENHET:
	case MESSAGE_TYPE_COUNT:
		break;
	}
	return NOT_ANY_UNIT;
}

static void
plain_stay(struct fact *f, instant at)
{
	struct fact_inskrivningsmeddelande *m = &f->inskrivningsmeddelande;

	f->patient = PATIENT;
	m->inskriven_at = at - 12 * HOUR;
	m->behov_bedomt_at = INSTANT_NONE;
	m->beraknad_utskrivning_at = at + 100 * HOUR;
	m->behov = 1 << BEHOV_OPPENVARD | 1 << BEHOV_SOCIALTJANST;
	for (int i = 0; i < SAMTYCKE_OMFATTNING_COUNT; i++)
		m->samtycke[i] = SAMTYCKE_LAMNAT;
	m->mottagare[m->mottagare_count++].unit = VARDCENTRAL;
	m->mottagare[m->mottagare_count++].unit = SOCIALTJANSTEN;
}

static void
plain_fvk(struct fact *f, instant at)
{
	struct fact_fast_vardkontakt *m = &f->fast_vardkontakt;

	m->atgard = FVK_UTSE;
	m->unit = f->source;
	m->staff = FVK_PERSON;
	m->from_at = at;
	m->to_at = m->omprovas_at = INSTANT_NONE;
}

static void
plain_kallelse(struct fact *f, instant at)
{
	struct fact_sip_kallelse *m = &f->sip_kallelse;

	m->skickad_av = FVK_PERSON;
	m->at = at;
	m->mote = (struct mote){.start_at = at + 120 * HOUR, .end_at = at + 121 * HOUR};
	m->kallade[m->kallade_count++] = SOCIALTJANSTEN;
}

/*
 * A message of the type as it is mostly sent, at `at`: all that a word list has in its first place,
 * but what is said here. A kvittens and a makulering name the first message of the history.
 */
static struct fact
plain(enum message_type type, instant at)
{
	struct fact f;

	memset(&f, 0, sizeof f);
	f.type = type;
	f.source = sender_of(type);
	f.sent_at = f.recorded_at = at;
	switch (type) {
	case INSKRIVNING:
		f.patient = PATIENT;
		f.inskrivning.inskriven_at = at - 12 * HOUR;
		break;
	case BEHOVSBEDOMNING:
		f.behovsbedomning.bedomt_at = at;
		break;
	case INSKRIVNINGSMEDDELANDE:
		plain_stay(&f, at);
		break;
	case NY_BERAKNAD_UTSKRIVNING:
		f.ny_beraknad_utskrivning.beraknad_utskrivning_at = at + 50 * HOUR;
		break;
	case UTSKRIVNINGSKLAR:
		f.utskrivningsklar.klar_at = at;
		f.utskrivningsklar.reservrutin.lamnad_at = INSTANT_NONE;
		break;
	case EJ_LANGRE_UTSKRIVNINGSKLAR:
	case UTSKRIVNINGSINFORMATION:
	case PATIENTINFORMATION:
	case AVLIDEN:
	case VARDPLAN_JUSTERAD:
		f.at.at = at;
		break;
	case BEGARAN_FAST_VARDKONTAKT:
		f.begaran.unit = f.source;
		f.begaran.at = at;
		break;
	case UTSKRIVNING:
		f.utskrivning.utskriven_at = at;
		break;
	case FAST_VARDKONTAKT:
		plain_fvk(&f, at);
		break;
	case FAST_KONTAKT:
		f.fast_kontakt.slag = KONTAKT_LAKARE;
		f.fast_kontakt.unit = f.source;
		f.fast_kontakt.staff = FVK_PERSON;
		f.fast_kontakt.from_at = at;
		f.fast_kontakt.to_at = INSTANT_NONE;
		break;
	case SIP_KALLELSE:
		plain_kallelse(&f, at);
		break;
	case SAMTYCKE:
		f.samtycke.status = SAMTYCKE_LAMNAT;
		f.samtycke.at = at;
		break;
	case KVITTENS:
		snprintf(f.kvittens.message_id, sizeof f.kvittens.message_id, "1");
		break;
	case MAKULERING:
		snprintf(f.makulering.message_id, sizeof f.makulering.message_id, "1");
		break;
	case MOTTAGARE_ANDRAD:
		f.mottagare_andrad.lagg_till[f.mottagare_andrad.lagg_till_count++].unit =
		    HEMSJUKVARD;
		break;
	case VARDFORM_ANDRAD:
		f.vardform_andrad.from_at = at;
		break;
	case OVERFLYTTNING:
		f.overflyttning.at = at;
		break;
	case PERMISSION:
		f.permission.from_at = at;
		f.permission.to_at = INSTANT_NONE;
		break;
	case PATIENT_UPPDATERAD:
		f.patient_uppdaterad.given = PATIENT_NAMN;
		f.patient_uppdaterad.from_at = INSTANT_NONE;
		break;
	case KALLELSE_SVAR:
		f.kallelse_svar.forslag_at = INSTANT_NONE;
		break;
	case SIP:
		f.sip.hallen_at = at;
		f.sip.plan.uppfoljning_at = INSTANT_NONE;
		break;
	case SIP_UPPFOLJNING:
		f.sip_uppfoljning.hallen_at = at;
		f.sip_uppfoljning.plan.uppfoljning_at = INSTANT_NONE;
		f.sip_uppfoljning.nasta_uppfoljning_at = INSTANT_NONE;
		break;
	case INSATSER_STATUS:
		f.insatser_status.from_at = INSTANT_NONE;
		break;
	case PERSONAL:
		f.personal.staff = FVK_PERSON;
		f.personal.from_at = at;
		f.personal.to_at = INSTANT_NONE;
		break;
	case SPARR:
		f.sparr.org = 1;
		f.sparr.at = at;
		break;
	case SIP_BEHOV:
	case EJ_BERORD:
	case AVVISNING:
	case SIP_BOKNING:
	case TIDIGARE_VARDTILLFALLE:
	case ENHET:
	case MESSAGE_TYPE_COUNT:
		break;
	}
	return f;
}

/* ---- The columns ---- */

/* What has been said before, in the order said. MESSAGE_TYPE_COUNT ends it. */
static const enum message_type before[OUTCOMES_COLUMNS][HISTORY_MAX] = {
    [PHASE_OKAND] = {MESSAGE_TYPE_COUNT},
    [PHASE_BEVAKAD] = {INSKRIVNING, MESSAGE_TYPE_COUNT},
    [PHASE_INSKRIVEN] = {INSKRIVNINGSMEDDELANDE, FAST_VARDKONTAKT, MESSAGE_TYPE_COUNT},
    [PHASE_UTSKRIVNINGSKLAR] = {INSKRIVNINGSMEDDELANDE, FAST_VARDKONTAKT, UTSKRIVNINGSKLAR,
	SIP_KALLELSE, MESSAGE_TYPE_COUNT},
    [PHASE_UTSKRIVEN] = {INSKRIVNINGSMEDDELANDE, FAST_VARDKONTAKT, UTSKRIVNINGSKLAR, SIP_KALLELSE,
	UTSKRIVNING, MESSAGE_TYPE_COUNT},
    [PHASE_AVSLUTAD] = {INSKRIVNING, BEHOVSBEDOMNING, MESSAGE_TYPE_COUNT},
    [PHASE_MAKULERAD] = {INSKRIVNINGSMEDDELANDE, MAKULERING, MESSAGE_TYPE_COUNT},
    [PHASE_AVLIDEN] = {INSKRIVNINGSMEDDELANDE, FAST_VARDKONTAKT, UTSKRIVNINGSKLAR, SIP_KALLELSE,
	AVLIDEN, MESSAGE_TYPE_COUNT},
    [OUTCOMES_OWN_FILE] = {SIP_BEHOV, FAST_VARDKONTAKT, SIP_KALLELSE, MESSAGE_TYPE_COUNT},
};

/* What a column's history and its messages say otherwise than plainly. */
static void
adapt(struct fact *f, int column)
{
	bool own = column == OUTCOMES_OWN_FILE;

	if (column == PHASE_AVSLUTAD && f->type == BEHOVSBEDOMNING && f->nr == 2)
		f->behovsbedomning.behov_finns = BEHOV_NEJ;
	if (own && message_home(f->type) != HOME_EPISODE && message_home(f->type) != HOME_UNIT)
		f->patient = PATIENT;
	if (own && f->type == MAKULERING)
		f->source = VARDCENTRAL;
	if (own && f->type == KVITTENS)
		f->kvittens.message_id[0] = '3'; /* the kallelse */
}

/* One message more: judged as the door does, and folded behind what was said before. */
static enum outcome
say(struct history *history, int *count, enum message_type type, int column,
    const struct surroundings *s)
{
	instant first = calendar_midnight(date_of(2026, 3, 2)) + 9 * HOUR;
	struct history *h = &history[*count];
	struct episode e;

	episode_fold(&e, history, *count, 0);
	memset(h, 0, sizeof *h);
	h->fact = plain(type, first + *count * HOUR);
	h->fact.nr = ++*count;
	adapt(&h->fact, column);
	h->org = h->fact.source == AVDELNING ? 1 : 2;
	snprintf(h->message_id, sizeof h->message_id, "%d", *count);
	h->judged = episode_judge(&e, s, &h->fact);
	return episode_fold(&e, history, *count, *count);
}

/* What is said outside of every stay is said of none. */
static bool
is_said_there(enum message_type type, int column)
{
	enum message_home home = message_home(type);

	return column == OUTCOMES_OWN_FILE || (home != HOME_PATIENT && home != HOME_UNIT);
}

int
outcomes_of(enum message_type type, int column)
{
	struct history history[HISTORY_MAX];
	struct region *r = small_region();
	struct episode e;
	const struct surroundings s = {.region = r, .episode = 1};
	bool personal = message_home(type) == HOME_UNIT;
	int count = 0, outcome = -1;

	if (is_said_there(type, column)) {
		for (int i = 0; !personal && before[column][i] != MESSAGE_TYPE_COUNT; i++)
			say(history, &count, before[column][i], column, &s);
		episode_fold(&e, history, count, 0);
		require(column == OUTCOMES_OWN_FILE || episode_phase(&e) == (enum phase)column);
		outcome = (int)say(history, &count, type, column, &s);
	}
	region_free(r);
	free(r);
	return outcome;
}

/* ---- As text ---- */

static const enum message_type sent[] = {
#define SENT_VALUE(value, word) value,
    MESSAGE_TYPES_SENT(SENT_VALUE)};

static const char *
result_word(enum outcome_result result)
{
	static const char *const words[] = {"applied", "recorded", "parked"};
	return words[result];
}

static void
print_cell(FILE *out, int outcome)
{
	if (outcome < 0) {
		fputs(" – |", out);
		return;
	}
	const struct outcome_info *o = &outcome_table[outcome];
	fprintf(out, " %s%s%s |", result_word(o->result), o->word[0] != '\0' ? " " : "", o->word);
}

void
outcomes_print(FILE *out)
{
	fputs("| message |", out);
	for (int c = 0; c < OUTCOMES_COLUMNS; c++)
		fprintf(out, " %s |", c < PHASE_COUNT ? phase_word((enum phase)c) : "own file");
	fputs("\n|", out);
	for (int c = 0; c <= OUTCOMES_COLUMNS; c++)
		fputs("---|", out);
	for (size_t i = 0; i < sizeof sent / sizeof *sent; i++) {
		fprintf(out, "\n| `%s` |", message_type_word(sent[i]));
		for (int c = 0; c < OUTCOMES_COLUMNS; c++)
			print_cell(out, outcomes_of(sent[i], c));
	}
	fputs("\n\n| outcome | result | what it says |\n|---|---|---|\n", out);
	for (int o = 0; o < OUTCOME_COUNT; o++)
		if (outcome_table[o].word[0] != '\0')
			fprintf(out, "| `%s` | %s | %s |\n", outcome_table[o].word,
			    result_word(outcome_table[o].result), outcome_table[o].detail);
}
