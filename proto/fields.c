/*
 * The data of each message, read by tables of fields: one table a message, one row a field, as in
 * contract.md §1; and the daemon's own decisions written in the same words. Owns what each field
 * may hold; knows no envelope.
 */
#include "fields.h"

#include "field.h"
#include "log.h"
#include "rules/appoint.h"
#include "uuid.h"
#include "writer.h"

#include <stdio.h>
#include <string.h>

#define KALLADE_MAX 64	       /* units and others */
#define PLAN_ROWS_MAX 64       /* of each part of a plan (D7) */
#define LOCAL_AHEAD (2 * HOUR) /* the most that Swedish time is ahead of UTC */
#define DAY (24 * HOUR)

WORD_LIST(behov, BEHOV)
WORD_LIST(behovsprofil, BEHOVSPROFILER)
WORD_LIST(behov_finns, BEHOV_FINNS)
WORD_LIST(samtycke_omfattning, SAMTYCKE_OMFATTNING)
WORD_LIST(samtycke_status, SAMTYCKE_STATUS)
WORD_LIST(skydd, SKYDD)
WORD_LIST(verksamhet, VERKSAMHETER)
WORD_LIST(vardform, VARDFORMER)
WORD_LIST(destination, DESTINATIONER)
WORD_LIST(fvk_atgard, FVK_ATGARDER)
WORD_LIST(sip_behov_art, SIP_BEHOV_ARTER)
WORD_LIST(kallelse_atgard, KALLELSE_ATGARDER)
WORD_LIST(bokning_atgard, BOKNING_ATGARDER)
WORD_LIST(motesform, MOTESFORMER)
WORD_LIST(oppen_tvangsvard, OPPEN_TVANGSVARD)
WORD_LIST(kallelse_svar_ord, KALLELSE_SVAREN)
WORD_LIST(sip_utfall, SIP_UTFALL)
WORD_LIST(huvudman, HUVUDMAN)
WORD_LIST(avvisning_orsak, AVVISNING_ORSAKER)
WORD_LIST(insatser_status_ord, INSATSER_STATUSAR)
WORD_LIST(personal_atgard, PERSONAL_ATGARDER)
WORD_LIST(sparr_atgard, SPARR_ATGARDER)
WORD_LIST(ranking_reason, RANKING_REASONS)

/* A mottagare is a unit that gives help afterwards (A4): no ward, no office. */
static int
mottagare_slag_from(const char *word, size_t len)
{
	int slag = unit_slag_from(word, len);

	return slag == SLUTENVARD || slag == EKONOMI ? -1 : slag;
}

static const struct word_list mottagare_slag_words = {mottagare_slag_from,
    "must be one of: primarvard specialistoppenvard kommunal_hsl socialtjanst"};

/* Outside of a stay a kontakt is named, changed or ended: nobody proposes or confirms it. */
static int
kontakt_atgard_from(const char *word, size_t len)
{
	int atgard = fvk_atgard_from(word, len);

	return atgard == FVK_BEKRAFTA || atgard == FVK_FORESLA ? -1 : atgard;
}

static const struct word_list kontakt_atgard_words = {
    kontakt_atgard_from, "must be one of: utse byt avsluta"};

/* --- the patient --- */

struct patient {
	bool has_namn, has_identitet, has_adress;
	enum skydd skydd;
	kommun_kod folkbokforingskommun, placerande_kommun;
	unit_id listad_pa;
};

static void
read_namn(struct reading *r, const struct where *at, const struct node *node, const struct field *f,
    void *slot)
{
	*(bool *)slot = expect_text(r, at, node, f->len_max);
}

/* How an address is written differs from sender to sender: any text, or any object that holds
 * something. */
static void
read_adress(struct reading *r, const struct where *at, const struct node *node,
    const struct field *f, void *slot)
{
	if (node->kind == NODE_STRING)
		*(bool *)slot = expect_text(r, at, node, f->len_max);
	else if (node->kind != NODE_OBJECT)
		refuse(r, at, "must be a string or an object");
	else if (node->len == 0)
		refuse(r, at, "must not be empty");
	else
		*(bool *)slot = true;
}

static void
read_identitet(struct reading *r, const struct where *at, const struct node *node,
    const struct field *f, void *slot)
{
	(void)f;
	if (!expect_kind(r, at, node, NODE_OBJECT))
		return;
	const struct node *system = node_member(node, NAMED("system"));
	const struct node *varde = node_member(node, NAMED("varde"));
	struct where system_at = {at, "system", 0}, varde_at = {at, "varde", 0};
	bool good = true;

	if (system == NULL)
		good = refuse(r, &system_at, "is missing");
	else if (!expect_kind(r, &system_at, system, NODE_STRING))
		good = false;
	else if (!visible_ascii(system->text, system->len, 1, IDENTITY_SYSTEM_MAX - 1))
		good = refuse(r, &system_at, "must be 1 to 128 visible ASCII characters");
	if (varde == NULL)
		good = refuse(r, &varde_at, "is missing");
	else if (!expect_kind(r, &varde_at, varde, NODE_STRING))
		good = false;
	if (!good)
		return;
	const char *problem = identity_canonical(
	    system->text, system->len, varde->text, varde->len, r->today, &r->fact->identitet);
	if (problem != NULL)
		refuse(r, &varde_at, problem);
	*(bool *)slot = problem == NULL;
}

#define PATIENT(member) offsetof(struct patient, member)

static const struct field patient_fields[] = {
    FIELD("identitet", OPTIONAL, read_identitet, PATIENT(has_identitet)),
    FIELD("namn", OPTIONAL, read_namn, PATIENT(has_namn), .len_max = NAME_BYTES_MAX),
    FIELD("folkbokforingsadress", OPTIONAL, read_adress, PATIENT(has_adress), .len_max = TEXT_MAX),
    FIELD("folkbokforingskommun", OPTIONAL, read_kommun, PATIENT(folkbokforingskommun)),
    FIELD("placerande_kommun", OPTIONAL, read_kommun, PATIENT(placerande_kommun)),
    FIELD("listad_pa", OPTIONAL, read_unit_anywhere, PATIENT(listad_pa)),
    FIELD("skyddade_personuppgifter", OPTIONAL, read_word, PATIENT(skydd), .words = &skydd_words),
    FIELDS_END,
};

/* inskrivning: whoever is admitted may be unknown yet. */
static void
read_patient(struct reading *r, const struct where *at, const struct node *node,
    const struct field *f, void *slot)
{
	struct patient p = {.skydd = SKYDD_NEJ};

	(void)f, (void)slot;
	read_fields(r, at, node, patient_fields, (char *)&p);
}

/* fast_kontakt: without episode, so the identity is all that says whose it is. */
static void
read_patient_identified(struct reading *r, const struct where *at, const struct node *node,
    const struct field *f, void *slot)
{
	read_patient(r, at, node, f, slot);
	if (node->kind == NODE_OBJECT && node_member(node, NAMED("identitet")) == NULL &&
	    r->side == READING_WIRE)
		refuse_member(r, at, "identitet", "is missing");
}

/* patient_uppdaterad: what is given changes, what is absent stays. */
static void
read_patient_changed(struct reading *r, const struct where *at, const struct node *node,
    const struct field *f, void *slot)
{
	static const struct {
		const char *name;
		uint8_t bit;
	} members[] = {{"namn", PATIENT_NAMN}, {"folkbokforingsadress", PATIENT_ADRESS},
	    {"folkbokforingskommun", PATIENT_KOMMUN}, {"placerande_kommun", PATIENT_PLACERANDE},
	    {"listad_pa", PATIENT_LISTAD}, {"skyddade_personuppgifter", PATIENT_SKYDD}};
	struct fact_patient_uppdaterad *changed = slot;
	struct patient p = {.skydd = SKYDD_NEJ};

	(void)f;
	if (!expect_kind(r, at, node, NODE_OBJECT))
		return;
	read_fields(r, at, node, patient_fields, (char *)&p);
	for (size_t i = 0; i < sizeof members / sizeof members[0]; i++)
		if (node_member(node, members[i].name, strlen(members[i].name)) != NULL)
			changed->given |= members[i].bit;
	changed->skydd = p.skydd;
	changed->folkbokforingskommun = p.folkbokforingskommun;
	changed->placerande_kommun = p.placerande_kommun;
	changed->listad_pa = p.listad_pa;
}

/* G4: the identity that gives way, beside the one that the patient object names. */
static void
read_ersatter(struct reading *r, const struct where *at, const struct node *node,
    const struct field *f, void *slot)
{
	struct identity named = r->fact->identitet;
	bool good = false;

	read_identitet(r, at, node, f, &good);
	if (good)
		*(struct identity *)slot = r->fact->identitet;
	r->fact->identitet = named;
}

/* inskrivningsmeddelande: what A3 asks for and is absent is flagged, not refused. */
static void
read_patient_a3(struct reading *r, const struct where *at, const struct node *node,
    const struct field *f, void *slot)
{
	struct fact_inskrivningsmeddelande *im = slot;
	struct patient p = {.skydd = SKYDD_NEJ};

	(void)f;
	read_fields(r, at, node, patient_fields, (char *)&p);
	if (r->side == READING_WIRE && node->kind == NODE_OBJECT &&
	    node_member(node, NAMED("skyddade_personuppgifter")) == NULL)
		refuse_member(r, at, "skyddade_personuppgifter", "is missing");
	if (!p.has_namn)
		im->saknas |= SAKNAS_NAMN;
	if (!p.has_identitet)
		im->saknas |= SAKNAS_IDENTITET;
	if (!p.has_adress && p.skydd == SKYDD_NEJ)
		im->saknas |= SAKNAS_ADRESS;
	im->skydd = p.skydd;
	im->folkbokforingskommun = p.folkbokforingskommun;
	im->placerande_kommun = p.placerande_kommun;
	im->listad_pa = p.listad_pa;
}

/* --- mottagare, kallade, ranking --- */

#define MOTTAGARE(member) offsetof(struct mottagare, member)

static const struct field mottagare_named[] = {
    FIELD("hsa_id", REQUIRED, read_unit, MOTTAGARE(unit)),
    FIELDS_END,
};

static const struct field mottagare_by_kommun[] = {
    FIELD("kommun", REQUIRED, read_kommun, MOTTAGARE(kommun)),
    FIELD("slag", REQUIRED, read_word, MOTTAGARE(slag), .words = &mottagare_slag_words),
    FIELD("distrikt", OPTIONAL, read_kept_text, MOTTAGARE(distrikt), .len_max = DISTRIKT_MAX - 1),
    FIELDS_END,
};

/* One mottagare; false if it is to be left out: no longer in the register, or refused. */
static bool
read_one_mottagare(
    struct reading *r, const struct where *at, const struct node *node, struct mottagare *out)
{
	if (!expect_kind(r, at, node, NODE_OBJECT))
		return false;
	bool named = node_member(node, NAMED("hsa_id")) != NULL;
	if (named && node_member(node, NAMED("kommun")) != NULL)
		return refuse(r, at, "must hold either hsa_id, or kommun and slag");
	if (!named && node_member(node, NAMED("kommun")) == NULL &&
	    node_member(node, NAMED("slag")) == NULL)
		return refuse(r, at, "must hold hsa_id, or kommun and slag");
	*out = (struct mottagare){.unit = 0};
	read_fields(r, at, node, named ? mottagare_named : mottagare_by_kommun, (char *)out);
	return named ? out->unit != 0 : out->kommun != 0;
}

static void
read_mottagare(struct reading *r, const struct where *at, const struct node *node,
    const struct field *f, void *slot)
{
	struct fact_inskrivningsmeddelande *im = slot;
	size_t i = 0;

	(void)f;
	if (!expect_array(r, at, node, 1, MOTTAGARE_MAX))
		return;
	for (const struct node *n = node->first; n != NULL; n = n->next, i++) {
		struct where place = {at, NULL, i};
		struct mottagare *m = &im->mottagare[im->mottagare_count];
		int same = 0;
		if (!read_one_mottagare(r, &place, n, m)) {
			*m = (struct mottagare){.unit = 0};
			continue;
		}
		while (memcmp(&im->mottagare[same], m, sizeof(*m)) != 0)
			same++;
		if (same == im->mottagare_count)
			im->mottagare_count++;
		else
			*m = (struct mottagare){.unit = 0};
	}
}

/* Adds a unit to an array of MOTTAGARE_MAX unless it is there, or 0. False: no room. */
static bool
add_unit(unit_id *units, uint8_t *count, unit_id unit)
{
	for (int i = 0; i < *count; i++)
		if (units[i] == unit)
			return true;
	if (unit == 0)
		return true;
	if (*count == MOTTAGARE_MAX)
		return false;
	units[(*count)++] = unit;
	return true;
}

/* An array of HSA-ids; each unit once. */
static void
read_units(struct reading *r, const struct where *at, const struct node *node,
    const struct field *f, unit_id *units, uint8_t *count)
{
	size_t i = 0;

	if (!expect_array(r, at, node, 0, MOTTAGARE_MAX))
		return;
	for (const struct node *n = node->first; n != NULL; n = n->next, i++) {
		struct where place = {at, NULL, i};
		unit_id unit = 0;
		read_unit(r, &place, n, f, &unit);
		add_unit(units, count, unit);
	}
}

static const struct field kallad_person[] = {
    FIELD("namn", REQUIRED, read_text, NOWHERE, .len_max = NAME_BYTES_MAX),
    FIELD("roll", REQUIRED, read_text, NOWHERE, .len_max = NAME_BYTES_MAX),
    FIELDS_END,
};

/* D11: units and persons; samordnad reaches the units. */
static void
read_participants(struct reading *r, const struct where *at, const struct node *node,
    const struct field *f, unit_id units[static MOTTAGARE_MAX], uint8_t *count)
{
	size_t i = 0;

	if (!expect_array(r, at, node, 0, KALLADE_MAX))
		return;
	for (const struct node *n = node->first; n != NULL; n = n->next, i++) {
		struct where place = {at, NULL, i};
		unit_id unit = 0;
		if (n->kind == NODE_OBJECT)
			read_fields(r, &place, n, kallad_person, NULL);
		else if (n->kind == NODE_STRING)
			read_unit(r, &place, n, f, &unit);
		else
			refuse(r, &place, "must be an HSA-id, or an object of namn and roll");
		if (!add_unit(units, count, unit))
			refuse(r, &place, "names more than 16 units");
	}
}

static void
read_kallade(struct reading *r, const struct where *at, const struct node *node,
    const struct field *f, void *slot)
{
	struct fact_sip_kallelse *kallelse = slot;

	read_participants(r, at, node, f, kallelse->kallade, &kallelse->kallade_count);
}

/* D11: whom the patient struck. */
static void
read_strukna(struct reading *r, const struct where *at, const struct node *node,
    const struct field *f, void *slot)
{
	struct fact_sip_kallelse *kallelse = slot;

	read_participants(r, at, node, f, kallelse->strukna, &kallelse->strukna_count);
}

/* A10. The daemon's own name units by HSA-id alone. */
static void
read_lagg_till(struct reading *r, const struct where *at, const struct node *node,
    const struct field *f, void *slot)
{
	struct fact_mottagare_andrad *andrad = slot;
	size_t i = 0;

	if (!expect_array(r, at, node, 0, MOTTAGARE_MAX))
		return;
	for (const struct node *n = node->first; n != NULL; n = n->next, i++) {
		struct where place = {at, NULL, i};
		struct mottagare *m = &andrad->lagg_till[andrad->lagg_till_count];
		*m = (struct mottagare){.unit = 0};
		if (r->fact->source == 0 && r->side == READING_STORE)
			read_unit(r, &place, n, f, &m->unit);
		else
			read_one_mottagare(r, &place, n, m);
		andrad->lagg_till_count += m->unit != 0 || m->kommun != 0;
	}
}

static void
read_kallade_units(struct reading *r, const struct where *at, const struct node *node,
    const struct field *f, void *slot)
{
	struct fact_tidigare_vardtillfalle *tidigare = slot;

	read_units(r, at, node, f, tidigare->kallade, &tidigare->kallade_count);
}

static void
read_ta_bort(struct reading *r, const struct where *at, const struct node *node,
    const struct field *f, void *slot)
{
	struct fact_mottagare_andrad *andrad = slot;

	read_units(r, at, node, f, andrad->ta_bort, &andrad->ta_bort_count);
}

/* A row as decision.c writes it: the person, the load, and the words of the reasons. */
static struct ranked
read_ranked(struct reading *r, const struct where *at, const struct node *node)
{
	struct ranked row = {0};
	int32_t load = 0;
	unsigned reasons = 0;

	if (!expect_array(r, at, node, 2, 2 + RANKING_REASON_COUNT))
		return row;
	read_staff(r, at, node->first, NULL, &row.staff);
	read_int(r, at, node->first->next, NULL, &load);
	for (const struct node *n = node->first->next->next; n != NULL; n = n->next) {
		int reason = find_word(r, at, n, &ranking_reason_words);
		if (reason >= 0)
			reasons |= 1u << reason;
	}
	row.load = (uint16_t)load;
	row.reasons = (uint16_t)reasons;
	return row;
}

_Static_assert(RANKING_REASON_COUNT <= 16, "the reasons fit the bits of struct ranked");

/* The daemon's own: why this person (B5). */
static void
read_ranking(struct reading *r, const struct where *at, const struct node *node,
    const struct field *f, void *slot)
{
	struct fact_fast_vardkontakt *fvk = slot;

	(void)f;
	if (!expect_array(r, at, node, 0, RANKED_MAX))
		return;
	for (const struct node *n = node->first; n != NULL; n = n->next)
		fvk->ranked[fvk->ranked_count++] = read_ranked(r, at, n);
}

/* The daemon's own: the policy rows by which it was decided. */
static void
read_policies(struct reading *r, const struct where *at, const struct node *node,
    const struct field *f, void *slot)
{
	struct fact *fact = slot;

	if (!expect_array(r, at, node, 0, POLICIES_CITED_MAX))
		return;
	for (const struct node *n = node->first; n != NULL; n = n->next)
		read_int(r, at, n, f, &fact->policies[fact->policy_count++]);
}

/* --- others --- */

static void
read_slag(struct reading *r, const struct where *at, const struct node *node, const struct field *f,
    void *slot)
{
	int64_t slag;

	(void)f;
	if (!node_int(node, &slag) || slag < 1 || slag > 4)
		refuse(r, at, "must be a kind of fast kontakt, 1 to 4");
	else
		*(enum kontakt_slag *)slot = (enum kontakt_slag)slag;
}

static const struct field undanhallen_fields[] = {
    FIELD("mottagare", REQUIRED, read_unit, 0),
    FIELD("orsak", REQUIRED, read_text, BODY_TEXT),
    FIELD("beslutad_av", REQUIRED, read_text, BODY_NAME),
    FIELDS_END,
};

/* C1a: from whom the notice is withheld, why, and who decided that. */
static void
read_undanhallen(struct reading *r, const struct where *at, const struct node *node,
    const struct field *f, void *slot)
{
	struct fact_utskrivningsklar *klar = slot;
	size_t i = 0;

	(void)f;
	if (!expect_array(r, at, node, 0, MOTTAGARE_MAX))
		return;
	for (const struct node *n = node->first; n != NULL; n = n->next, i++) {
		struct where place = {at, NULL, i};
		unit_id unit = 0;
		read_fields(r, &place, n, undanhallen_fields, (char *)&unit);
		add_unit(klar->undanhallen, &klar->undanhallen_count, unit);
	}
}

/* D7: "none" is an answer, so an empty list is one; each row is one measure. */
static void
read_measures(struct reading *r, const struct where *at, const struct node *node,
    const struct field *f, void *slot)
{
	size_t i = 0;

	(void)slot;
	if (!expect_array(r, at, node, f->least, PLAN_ROWS_MAX))
		return;
	for (const struct node *n = node->first; n != NULL; n = n->next, i++) {
		struct where place = {at, NULL, i};
		expect_text(r, &place, n, TEXT_MAX);
	}
}

static const struct field plan_fields[] = {
    FIELD("insatser", REQUIRED, read_measures, NOWHERE, .least = 1),
    FIELD("region", REQUIRED, read_measures, NOWHERE),
    FIELD("kommun", REQUIRED, read_measures, NOWHERE),
    FIELD("andra", REQUIRED, read_measures, NOWHERE),
    FIELD("overgripande_ansvar", REQUIRED, read_word, offsetof(struct plan, overgripande_ansvar),
	.words = &huvudman_words),
    FIELD("mal", OPTIONAL, read_measures, NOWHERE),
    FIELD("deltagare", OPTIONAL, read_measures, NOWHERE),
    FIELD("samordningsansvarig", OPTIONAL, read_text, BODY_NAME),
    FIELD("uppfoljning_at", OPTIONAL, read_at, offsetof(struct plan, uppfoljning_at)),
    FIELD("patientens_del", OPTIONAL, read_text, BODY_TEXT),
    FIELDS_END,
};

/* D7: what a plan lacks that may come later. */
static uint8_t
plan_lacks(const struct node *node)
{
	return (
	    uint8_t)((node_member(node, NAMED("mal")) == NULL ? PLAN_MAL : 0) |
		     (node_member(node, NAMED("deltagare")) == NULL ? PLAN_DELTAGARE : 0) |
		     (node_member(node, NAMED("samordningsansvarig")) == NULL
			     ? PLAN_SAMORDNINGSANSVARIG
			     : 0) |
		     (node_member(node, NAMED("uppfoljning_at")) == NULL ? PLAN_UPPFOLJNING : 0) |
		     (node_member(node, NAMED("patientens_del")) == NULL ? PLAN_PATIENTENS_DEL
									 : 0));
}

static void
read_plan(struct reading *r, const struct where *at, const struct node *node, const struct field *f,
    void *slot)
{
	struct plan *plan = slot;

	(void)f;
	plan->given = true;
	plan->uppfoljning_at = INSTANT_NONE;
	if (!expect_kind(r, at, node, NODE_OBJECT))
		return;
	read_fields(r, at, node, plan_fields, slot);
	plan->saknas = plan_lacks(node);
}

/* "<episode's uuid>.<nr>" */
static void
read_task(struct reading *r, const struct where *at, const struct node *node, const struct field *f,
    void *slot)
{
	const size_t uuid_len = UUID_TEXT_MAX - 1;
	int64_t nr = 0;

	(void)f;
	if (!expect_kind(r, at, node, NODE_STRING))
		return;
	bool good = node->len > uuid_len + 1 && node->len <= uuid_len + 11 &&
		    node->text[uuid_len] == '.' && node->text[uuid_len + 1] != '0' &&
		    uuid_parse(node->text, uuid_len, r->task_episode);
	for (size_t i = uuid_len + 1; good && i < node->len; i++) {
		good = node->text[i] >= '0' && node->text[i] <= '9';
		nr = nr * 10 + (node->text[i] - '0');
	}
	if (!good || nr > INT32_MAX) {
		refuse(r, at, "must be a task's id: the episode's uuid, '.', and a number");
		return;
	}
	r->task_given = true;
	*(int32_t *)slot = (int32_t)nr;
}

/* --- the tables: contract.md §1 --- */

static const struct field inskrivning_fields[] = {
    FIELD("patient", REQUIRED, read_patient, NOWHERE),
    FIELD("inskriven_at", REQUIRED, read_happened_at, AT(inskrivning.inskriven_at)),
    FIELD("avdelning", REQUIRED, read_text, BODY_NAME),
    FIELD("encounter_class", OPTIONAL, read_text, BODY_NAME),
    FIELDS_END,
};

static const struct field behovsbedomning_fields[] = {
    FIELD("behov_finns", REQUIRED, read_word, AT(behovsbedomning.behov_finns),
	.words = &behov_finns_words),
    FIELD("bedomt_at", REQUIRED, read_happened_at, AT(behovsbedomning.bedomt_at)),
    FIELDS_END,
};

static const struct field samtycke_inside[] = {
    FIELD("informationsdelning", REQUIRED, read_word,
	SAMTYCKE_INFORMATIONSDELNING * sizeof(enum samtycke_status),
	.words = &samtycke_status_words),
    FIELD("sip", REQUIRED, read_word, SAMTYCKE_SIP * sizeof(enum samtycke_status),
	.words = &samtycke_status_words),
    FIELDS_END,
};

static const struct field onskemal_inside[] = {
    FIELD("staff", OPTIONAL, read_staff, offsetof(struct fact_inskrivningsmeddelande, onskad)),
    FIELD("ej", OPTIONAL, read_staff, offsetof(struct fact_inskrivningsmeddelande, ej_onskad)),
    FIELDS_END,
};

#define IM(member) AT(inskrivningsmeddelande.member)

static const struct field inskrivningsmeddelande_fields[] = {
    FIELD("patient", REQUIRED, read_patient_a3, AT(inskrivningsmeddelande)),
    FIELD("inskriven_at", REQUIRED, read_happened_at, IM(inskriven_at)),
    FIELD("behov_bedomt_at", OPTIONAL, read_happened_at, IM(behov_bedomt_at)),
    FIELD("beraknad_utskrivning_at", OPTIONAL, read_at, IM(beraknad_utskrivning_at)),
    FIELD("avdelning", REQUIRED, read_text, BODY_NAME),
    FIELD("mottagare", REQUIRED, read_mottagare, AT(inskrivningsmeddelande)),
    FIELD("behov", REQUIRED, read_word_bits, IM(behov), .words = &behov_words, .least = 1),
    FIELD("samtycke", REQUIRED, read_object, IM(samtycke), .inside = samtycke_inside),
    FIELD("verksamhet", REQUIRED, read_word, IM(verksamhet), .words = &verksamhet_words),
    FIELD("vardform", REQUIRED, read_word, IM(vardform), .words = &vardform_words),
    FIELD("livshotande", OPTIONAL, read_bool, IM(livshotande)),
    FIELD("behovsprofil", OPTIONAL, read_word_bits, IM(behovsprofil), .words = &behovsprofil_words),
    FIELD("onskemal", OPTIONAL, read_object, AT(inskrivningsmeddelande), .inside = onskemal_inside),
    FIELDS_END,
};

static const struct field ny_beraknad_utskrivning_fields[] = {
    FIELD("beraknad_utskrivning_at", REQUIRED, read_at,
	AT(ny_beraknad_utskrivning.beraknad_utskrivning_at)),
    FIELD("orsak", OPTIONAL, read_text, BODY_TEXT),
    FIELDS_END,
};

static const struct field reservrutin_inside[] = {
    FIELD("lamnad_at", REQUIRED, read_at, offsetof(struct reservrutin, lamnad_at)),
    FIELD("av", REQUIRED, read_text, BODY_NAME),
    FIELD(
	"till", REQUIRED, read_till, offsetof(struct reservrutin, till), .len_max = NAME_BYTES_MAX),
    FIELDS_END,
};

static const struct field utskrivningsklar_fields[] = {
    FIELD("klar_at", REQUIRED, read_happened_at, AT(utskrivningsklar.klar_at)),
    FIELD("behov", OPTIONAL, read_word_bits, AT(utskrivningsklar.behov), .words = &behov_words),
    FIELD("underrattelse_lpt_7a", OPTIONAL, read_bool, AT(utskrivningsklar.underrattelse_lpt_7a)),
    FIELD("oppen_tvangsvard", OPTIONAL, read_word, AT(utskrivningsklar.oppen_tvangsvard),
	.words = &oppen_tvangsvard_words),
    FIELD("undanhallen", OPTIONAL, read_undanhallen, AT(utskrivningsklar)),
    FIELD("reservrutin", OPTIONAL, read_object, AT(utskrivningsklar.reservrutin),
	.inside = reservrutin_inside),
    FIELDS_END,
};

static const struct field ej_langre_utskrivningsklar_fields[] = {
    FIELD("at", REQUIRED, read_happened_at, AT(at.at)),
    FIELD("orsak", OPTIONAL, read_text, BODY_TEXT),
    FIELDS_END,
};

static const struct field utskrivning_fields[] = {
    FIELD("utskriven_at", REQUIRED, read_happened_at, AT(utskrivning.utskriven_at)),
    FIELD("destination", REQUIRED, read_word, AT(utskrivning.destination),
	.words = &destination_words),
    FIELDS_END,
};

static const struct field utskrivningsinformation_fields[] = {
    FIELD("overford_at", REQUIRED, read_happened_at, AT(at.at)),
    FIELDS_END,
};

static const struct field patientinformation_fields[] = {
    FIELD("overlamnad_at", REQUIRED, read_happened_at, AT(at.at)),
    FIELDS_END,
};

#define FVK(member) AT(fast_vardkontakt.member)

static const struct field fast_vardkontakt_fields[] = {
    FIELD("atgard", REQUIRED, read_word, FVK(atgard), .words = &fvk_atgard_words),
    FIELD("staff", REQUIRED, read_staff, FVK(staff)),
    FIELD("from_at", REQUIRED, read_at, FVK(from_at)),
    FIELD("to_at", OPTIONAL, read_at, FVK(to_at)),
    FIELD("utsedd_av", REQUIRED, read_staff, FVK(utsedd_av)),
    FIELD("grund", OPTIONAL, read_text, BODY_TEXT),
    FIELD("omprovas_at", OPTIONAL, read_at, FVK(omprovas_at)),
    FIELD("ersattare", OPTIONAL, read_staff, FVK(ersattare)),
    FIELD("medicinskt_ansvarig", OPTIONAL, read_staff, FVK(medicinskt_ansvarig)),
    FIELD("orsak", OPTIONAL, read_text, BODY_TEXT),
    FIELD("jamte", OPTIONAL, read_bool, FVK(jamte)),
    FIELD("ersatter", OWN, read_staff, FVK(ersatter)),
    FIELD("policies", OWN, read_policies, 0),
    FIELD("unit", OWN, read_unit, FVK(unit)),
    FIELD("standing_decision", OWN, read_int, FVK(standing_decision)),
    FIELD("ranking", OWN, read_ranking, AT(fast_vardkontakt)),
    FIELDS_END,
};

static const struct field fast_kontakt_fields[] = {
    FIELD("slag", REQUIRED, read_slag, AT(fast_kontakt.slag)),
    FIELD("patient", REQUIRED, read_patient_identified, NOWHERE),
    FIELD("staff", REQUIRED, read_staff, AT(fast_kontakt.staff)),
    FIELD("atgard", REQUIRED, read_word, AT(fast_kontakt.atgard), .words = &kontakt_atgard_words),
    FIELD("from_at", REQUIRED, read_at, AT(fast_kontakt.from_at)),
    FIELD("to_at", OPTIONAL, read_at, AT(fast_kontakt.to_at)),
    FIELDS_END,
};

static const struct field sip_behov_fields[] = {
    FIELD("behov", REQUIRED, read_word, AT(sip_behov.behov), .words = &sip_behov_art_words),
    FIELD("orsak", OPTIONAL, read_text, BODY_TEXT),
    FIELDS_END,
};

static const struct field mote_inside[] = {
    FIELD("start_at", REQUIRED, read_at, offsetof(struct mote, start_at)),
    FIELD("end_at", REQUIRED, read_at, offsetof(struct mote, end_at)),
    FIELD("form", REQUIRED, read_word, offsetof(struct mote, form), .words = &motesform_words),
    FIELD(
	"plats", OPTIONAL, read_kept_text, offsetof(struct mote, plats), .len_max = PLATS_MAX - 1),
    FIELDS_END,
};

static const struct field sip_kallelse_fields[] = {
    FIELD("atgard", REQUIRED, read_word, AT(sip_kallelse.atgard), .words = &kallelse_atgard_words),
    FIELD("skickad_av", REQUIRED, read_staff, AT(sip_kallelse.skickad_av)),
    FIELD("for", OPTIONAL, read_staff, AT(sip_kallelse.for_staff)),
    FIELD("at", REQUIRED, read_happened_at, AT(sip_kallelse.at)),
    FIELD("mote", OPTIONAL, read_object, AT(sip_kallelse.mote), .inside = mote_inside),
    FIELD("kallade", REQUIRED, read_kallade, AT(sip_kallelse)),
    FIELD("strukna", OPTIONAL, read_strukna, AT(sip_kallelse)),
    FIELD("policies", OWN, read_policies, 0),
    FIELD("text", OPTIONAL, read_text, BODY_TEXT),
    FIELDS_END,
};

static const struct field samtycke_fields[] = {
    FIELD("omfattning", REQUIRED, read_word, AT(samtycke.omfattning),
	.words = &samtycke_omfattning_words),
    FIELD("status", REQUIRED, read_word, AT(samtycke.status), .words = &samtycke_status_words),
    FIELD("at", REQUIRED, read_happened_at, AT(samtycke.at)),
    FIELDS_END,
};

static const struct field kvittens_fields[] = {
    FIELD("task", OPTIONAL, read_task, AT(kvittens.task_nr)),
    FIELD("message_id", OPTIONAL, read_message_id, AT(kvittens.message_id)),
    FIELDS_END,
};

static const struct field makulering_fields[] = {
    FIELD("message_id", REQUIRED, read_message_id, AT(makulering.message_id)),
    FIELD("orsak", REQUIRED, read_text, BODY_TEXT),
    FIELD("nr", OWN, read_int, AT(makulering.message_nr)),
    FIELDS_END,
};

static const struct field mottagare_andrad_fields[] = {
    FIELD("lagg_till", OPTIONAL, read_lagg_till, AT(mottagare_andrad)),
    FIELD("ta_bort", OPTIONAL, read_ta_bort, AT(mottagare_andrad)),
    FIELD("vidarebefordra", OPTIONAL, read_unit, AT(mottagare_andrad.vidarebefordra)),
    FIELDS_END,
};

static const struct field vardform_andrad_fields[] = {
    FIELD("vardform", REQUIRED, read_word, AT(vardform_andrad.vardform), .words = &vardform_words),
    FIELD("from_at", REQUIRED, read_at, AT(vardform_andrad.from_at)),
    FIELD("oppen_tvangsvard", OPTIONAL, read_word, AT(vardform_andrad.oppen_tvangsvard),
	.words = &oppen_tvangsvard_words),
    FIELDS_END,
};

static const struct field overflyttning_fields[] = {
    FIELD("avdelning", REQUIRED, read_text, BODY_NAME),
    FIELD("enhet", OPTIONAL, read_unit, AT(overflyttning.enhet)),
    FIELD("at", REQUIRED, read_happened_at, AT(overflyttning.at)),
    FIELDS_END,
};

static const struct field permission_fields[] = {
    FIELD("from_at", REQUIRED, read_at, AT(permission.from_at)),
    FIELD("to_at", OPTIONAL, read_at, AT(permission.to_at)),
    FIELDS_END,
};

/* avliden, vardplan_justerad */
static const struct field avliden_fields[] = {
    FIELD("at", REQUIRED, read_happened_at, AT(at.at)),
    FIELD("episode", OWN, read_uuid, AT(at.episode)),
    FIELDS_END,
};

static const struct field at_fields[] = {
    FIELD("at", REQUIRED, read_happened_at, AT(at.at)),
    FIELDS_END,
};

static const struct field patient_uppdaterad_fields[] = {
    FIELD("patient", REQUIRED, read_patient_changed, AT(patient_uppdaterad)),
    FIELD("ersatter", OPTIONAL, read_ersatter, AT(patient_uppdaterad.ersatter)),
    FIELD("from_at", OPTIONAL, read_at, AT(patient_uppdaterad.from_at)),
    FIELD("episode", OWN, read_uuid, AT(patient_uppdaterad.episode)),
    FIELDS_END,
};

static const struct field begaran_fields[] = {
    FIELD("patient", REQUIRED, read_patient_identified, NOWHERE),
    FIELD("at", REQUIRED, read_happened_at, AT(begaran.at)),
    FIELD("unit", OWN, read_unit, AT(begaran.unit)),
    FIELDS_END,
};

/* The daemon's own: a unit's own file. */
static const struct field enhet_fields[] = {
    FIELD("unit", OWN, read_unit, AT(enhet.unit)),
    FIELDS_END,
};

static const struct field kallelse_svar_fields[] = {
    FIELD("svar", REQUIRED, read_word, AT(kallelse_svar.svar), .words = &kallelse_svar_ord_words),
    FIELD("forslag_at", OPTIONAL, read_at, AT(kallelse_svar.forslag_at)),
    FIELDS_END,
};

static const struct field sip_fields[] = {
    FIELD("hallen_at", REQUIRED, read_happened_at, AT(sip.hallen_at)),
    FIELD("utfall", REQUIRED, read_word, AT(sip.utfall), .words = &sip_utfall_words),
    FIELD("plan", OPTIONAL, read_plan, AT(sip.plan)),
    FIELDS_END,
};

static const struct field sip_uppfoljning_fields[] = {
    FIELD("hallen_at", REQUIRED, read_happened_at, AT(sip_uppfoljning.hallen_at)),
    FIELD("plan", OPTIONAL, read_plan, AT(sip_uppfoljning.plan)),
    FIELD("nasta_uppfoljning_at", OPTIONAL, read_at, AT(sip_uppfoljning.nasta_uppfoljning_at)),
    FIELD("avslutad", OPTIONAL, read_bool, AT(sip_uppfoljning.avslutad)),
    FIELDS_END,
};

static const struct field ej_berord_fields[] = {
    FIELD("orsak", OPTIONAL, read_text, BODY_TEXT),
    FIELDS_END,
};

static const struct field avvisning_fields[] = {
    FIELD("orsak", REQUIRED, read_word, AT(avvisning.orsak), .words = &avvisning_orsak_words),
    FIELD("ratt_enhet", OPTIONAL, read_unit_anywhere, AT(avvisning.ratt_enhet)),
    FIELD("ratt_kommun", OPTIONAL, read_kommun, AT(avvisning.ratt_kommun)),
    FIELDS_END,
};

static const struct field insatser_status_fields[] = {
    FIELD("status", REQUIRED, read_word, AT(insatser_status.status),
	.words = &insatser_status_ord_words),
    FIELD("from_at", OPTIONAL, read_at, AT(insatser_status.from_at)),
    FIELDS_END,
};

static const struct field personal_fields[] = {
    FIELD("staff", REQUIRED, read_staff, AT(personal.staff)),
    FIELD("atgard", REQUIRED, read_word, AT(personal.atgard), .words = &personal_atgard_words),
    FIELD("from_at", REQUIRED, read_at, AT(personal.from_at)),
    FIELD("to_at", OPTIONAL, read_at, AT(personal.to_at)),
    FIELD("ersattare", OPTIONAL, read_staff, AT(personal.ersattare)),
    FIELDS_END,
};

static const struct field sparr_fields[] = {
    FIELD("patient", REQUIRED, read_patient_identified, NOWHERE),
    FIELD("atgard", REQUIRED, read_word, AT(sparr.atgard), .words = &sparr_atgard_words),
    FIELD("at", REQUIRED, read_happened_at, AT(sparr.at)),
    FIELDS_END,
};

#define TIDIGARE(member) AT(tidigare_vardtillfalle.member)

/* The daemon's own: the stay that this one follows (G2, G7). */
static const struct field tidigare_vardtillfalle_fields[] = {
    FIELD("episode", OWN, read_uuid, TIDIGARE(episode)),
    FIELD("samma_vardgivare", OWN, read_bool, TIDIGARE(samma_vardgivare)),
    FIELD("policies", OWN, read_policies, 0),
    FIELD("utskriven_at", OWN, read_at, TIDIGARE(utskriven_at)),
    FIELD("kallade_at", OWN, read_at, TIDIGARE(kallade_at)),
    FIELD("unit", OWN, read_unit, TIDIGARE(unit)),
    FIELD("staff", OWN, read_staff, TIDIGARE(staff)),
    FIELD("slot", OWN, read_int, TIDIGARE(slot)),
    FIELD("mote", OWN, read_object, TIDIGARE(mote), .inside = mote_inside),
    FIELD("kallade", OWN, read_kallade_units, AT(tidigare_vardtillfalle)),
    FIELDS_END,
};

/* The daemon's own: which slot (D6, D6a). */
static const struct field sip_bokning_fields[] = {
    FIELD("atgard", OWN, read_word, AT(sip_bokning.atgard), .words = &bokning_atgard_words),
    FIELD("policies", OWN, read_policies, 0),
    FIELD("unit", OWN, read_unit, AT(sip_bokning.unit)),
    FIELD("staff", OWN, read_staff, AT(sip_bokning.staff)),
    FIELD("slot", OWN, read_int, AT(sip_bokning.slot)),
    FIELD("mote", OWN, read_object, AT(sip_bokning.mote), .inside = mote_inside),
    FIELD("episode", OWN, read_uuid, AT(sip_bokning.episode)),
    FIELDS_END,
};

/* --- what one field cannot see --- */

static void
check_after(struct reading *r, const struct where *data, const char *name, instant value,
    instant start, const char *detail)
{
	if (value != INSTANT_NONE && start != INSTANT_NONE && value <= start)
		refuse_member(r, data, name, detail);
}

static void
check_inskrivningsmeddelande(struct reading *r, const struct where *data, const struct node *node)
{
	const struct fact_inskrivningsmeddelande *im = &r->fact->inskrivningsmeddelande;
	struct where onskemal = {data, "onskemal", 0};

	(void)node;
	if (im->onskad != 0 && im->onskad == im->ej_onskad)
		refuse_member(r, &onskemal, "ej", "must not be the person who is wished for");
	if (im->beraknad_utskrivning_at != INSTANT_NONE &&
	    im->beraknad_utskrivning_at < im->inskriven_at)
		refuse_member(
		    r, data, "beraknad_utskrivning_at", "must not be before inskriven_at");
}

static void
check_utskrivningsklar(struct reading *r, const struct where *data, const struct node *node)
{
	struct where reservrutin = {data, "reservrutin", 0};
	instant lamnad_at = r->fact->utskrivningsklar.reservrutin.lamnad_at;

	(void)node;
	if (lamnad_at != INSTANT_NONE && lamnad_at < r->fact->utskrivningsklar.klar_at)
		refuse_member(r, &reservrutin, "lamnad_at",
		    "must not be before klar_at: what is delivered is the judgement");
	if (lamnad_at != INSTANT_NONE && lamnad_at > r->fact->sent_at)
		refuse_member(r, &reservrutin, "lamnad_at",
		    "must not be later than time: the notice documents an earlier delivery");
}

static void
check_fast_vardkontakt(struct reading *r, const struct where *data, const struct node *node)
{
	const struct fact_fast_vardkontakt *fvk = &r->fact->fast_vardkontakt;

	(void)node;
	check_after(r, data, "to_at", fvk->to_at, fvk->from_at, "must be later than from_at");
	check_after(
	    r, data, "omprovas_at", fvk->omprovas_at, fvk->from_at, "must be later than from_at");
	if (fvk->ersattare != 0 && fvk->ersattare == fvk->staff)
		refuse_member(r, data, "ersattare", "must be another person than staff");
}

static void
check_fast_kontakt(struct reading *r, const struct where *data, const struct node *node)
{
	(void)node;
	check_after(r, data, "to_at", r->fact->fast_kontakt.to_at, r->fact->fast_kontakt.from_at,
	    "must be later than from_at");
}

static void
check_sip_kallelse(struct reading *r, const struct where *data, const struct node *node)
{
	const struct fact_sip_kallelse *kallelse = &r->fact->sip_kallelse;
	const struct node *mote = node_member(node, NAMED("mote"));
	const struct node *kallade = node_member(node, NAMED("kallade"));
	struct where mote_at = {data, "mote", 0};

	if (kallelse->atgard != KALLELSE_AVBOKA && kallade->len == 0)
		refuse_member(r, data, "kallade", "must name at least one");
	if (mote == NULL)
		return;
	check_after(r, &mote_at, "end_at", kallelse->mote.end_at, kallelse->mote.start_at,
	    "must be later than start_at");
	if (kallelse->atgard != KALLELSE_AVBOKA)
		check_after(r, &mote_at, "start_at", kallelse->mote.start_at, kallelse->at,
		    "must be later than the kallelse's at");
	if (kallelse->mote.form == FYSISKT && node_member(mote, NAMED("plats")) == NULL)
		refuse_member(r, &mote_at, "plats", "is missing: say where the meeting is");
}

static void
check_kvittens(struct reading *r, const struct where *data, const struct node *node)
{
	const struct message *m = r->message;

	if (r->task_given == (node_member(node, NAMED("message_id")) != NULL)) {
		refuse(r, data, "must hold either task or message_id");
		return;
	}
	if (r->task_given && m->ref == EPISODE_BY_ID &&
	    memcmp(r->task_episode, m->episode, sizeof(m->episode)) != 0)
		refuse_member(r, data, "task", "must be a task of this episode");
}

static void
check_mottagare_andrad(struct reading *r, const struct where *data, const struct node *node)
{
	const struct fact_mottagare_andrad *m = &r->fact->mottagare_andrad;

	(void)node;
	if (m->lagg_till_count == 0 && m->ta_bort_count == 0 && m->vidarebefordra == 0)
		refuse(
		    r, data, "must hold lagg_till, ta_bort or vidarebefordra, naming at least one");
}

static void
check_patient_uppdaterad(struct reading *r, const struct where *data, const struct node *node)
{
	const struct fact *f = r->fact;

	(void)node;
	if (f->patient_uppdaterad.ersatter.system[0] != '\0' && f->identitet.system[0] == '\0') {
		struct where patient = {data, "patient", 0};
		refuse_member(r, &patient, "identitet", "is missing: ersatter gives way to it");
	}
}

static void
check_permission(struct reading *r, const struct where *data, const struct node *node)
{
	(void)node;
	check_after(r, data, "to_at", r->fact->permission.to_at, r->fact->permission.from_at,
	    "must be later than from_at");
}

static void
check_kallelse_svar(struct reading *r, const struct where *data, const struct node *node)
{
	(void)node;
	if (r->fact->kallelse_svar.svar != SVAR_ANNAN_TID &&
	    r->fact->kallelse_svar.forslag_at != INSTANT_NONE)
		refuse_member(r, data, "forslag_at", "goes with svar annan_tid only");
}

/* D7: a SIP that was held has its plan. */
static void
check_sip(struct reading *r, const struct where *data, const struct node *node)
{
	(void)node;
	if (r->fact->sip.utfall == SIP_GENOMFORD && !r->fact->sip.plan.given)
		refuse_member(r, data, "plan", "is missing: a SIP that was held has a plan");
}

static void
check_sip_uppfoljning(struct reading *r, const struct where *data, const struct node *node)
{
	const struct fact_sip_uppfoljning *m = &r->fact->sip_uppfoljning;

	(void)node;
	if (m->avslutad && m->nasta_uppfoljning_at != INSTANT_NONE)
		refuse_member(r, data, "nasta_uppfoljning_at", "goes not with avslutad");
}

static void
check_personal(struct reading *r, const struct where *data, const struct node *node)
{
	const struct fact_personal *m = &r->fact->personal;

	(void)node;
	check_after(r, data, "to_at", m->to_at, m->from_at, "must be later than from_at");
	if (m->ersattare != 0 && m->ersattare == m->staff)
		refuse_member(r, data, "ersattare", "must be another person than staff");
}

/* --- the messages --- */

struct message_fields {
	const struct field *fields;
	void (*check)(struct reading *r, const struct where *data, const struct node *node);
};

static const struct message_fields messages[MESSAGE_TYPE_COUNT] = {
    [INSKRIVNING] = {inskrivning_fields, NULL},
    [BEHOVSBEDOMNING] = {behovsbedomning_fields, NULL},
    [INSKRIVNINGSMEDDELANDE] = {inskrivningsmeddelande_fields, check_inskrivningsmeddelande},
    [NY_BERAKNAD_UTSKRIVNING] = {ny_beraknad_utskrivning_fields, NULL},
    [UTSKRIVNINGSKLAR] = {utskrivningsklar_fields, check_utskrivningsklar},
    [EJ_LANGRE_UTSKRIVNINGSKLAR] = {ej_langre_utskrivningsklar_fields, NULL},
    [UTSKRIVNING] = {utskrivning_fields, NULL},
    [UTSKRIVNINGSINFORMATION] = {utskrivningsinformation_fields, NULL},
    [PATIENTINFORMATION] = {patientinformation_fields, NULL},
    [FAST_VARDKONTAKT] = {fast_vardkontakt_fields, check_fast_vardkontakt},
    [FAST_KONTAKT] = {fast_kontakt_fields, check_fast_kontakt},
    [SIP_BEHOV] = {sip_behov_fields, NULL},
    [SIP_KALLELSE] = {sip_kallelse_fields, check_sip_kallelse},
    [SAMTYCKE] = {samtycke_fields, NULL},
    [KVITTENS] = {kvittens_fields, check_kvittens},
    [MAKULERING] = {makulering_fields, NULL},
    [MOTTAGARE_ANDRAD] = {mottagare_andrad_fields, check_mottagare_andrad},
    [SIP_BOKNING] = {sip_bokning_fields, NULL},
    [VARDFORM_ANDRAD] = {vardform_andrad_fields, NULL},
    [OVERFLYTTNING] = {overflyttning_fields, NULL},
    [PERMISSION] = {permission_fields, check_permission},
    [AVLIDEN] = {avliden_fields, NULL},
    [PATIENT_UPPDATERAD] = {patient_uppdaterad_fields, check_patient_uppdaterad},
    [BEGARAN_FAST_VARDKONTAKT] = {begaran_fields, NULL},
    [KALLELSE_SVAR] = {kallelse_svar_fields, check_kallelse_svar},
    [SIP] = {sip_fields, check_sip},
    [SIP_UPPFOLJNING] = {sip_uppfoljning_fields, check_sip_uppfoljning},
    [VARDPLAN_JUSTERAD] = {at_fields, NULL},
    [EJ_BERORD] = {ej_berord_fields, NULL},
    [AVVISNING] = {avvisning_fields, NULL},
    [INSATSER_STATUS] = {insatser_status_fields, NULL},
    [PERSONAL] = {personal_fields, check_personal},
    [SPARR] = {sparr_fields, NULL},
    [TIDIGARE_VARDTILLFALLE] = {tidigare_vardtillfalle_fields, NULL},
    [ENHET] = {enhet_fields, NULL},
};

/*
 * The kinds of unit that may send each type (contract.md §1, `from`); those that only the daemon
 * writes have none.
 */
static const unsigned senders[MESSAGE_TYPE_COUNT] = {
    [INSKRIVNING] = SENDER_HOSPITAL,
    [BEHOVSBEDOMNING] = SENDER_HOSPITAL,
    [INSKRIVNINGSMEDDELANDE] = SENDER_HOSPITAL,
    [NY_BERAKNAD_UTSKRIVNING] = SENDER_HOSPITAL,
    [UTSKRIVNINGSKLAR] = SENDER_HOSPITAL,
    [EJ_LANGRE_UTSKRIVNINGSKLAR] = SENDER_HOSPITAL,
    [UTSKRIVNING] = SENDER_HOSPITAL,
    [UTSKRIVNINGSINFORMATION] = SENDER_HOSPITAL,
    [PATIENTINFORMATION] = SENDER_HOSPITAL,
    [FAST_VARDKONTAKT] = SENDER_VARD, /* social care has none */
    [FAST_KONTAKT] = SENDER_HOSPITAL | SENDER_MOTTAGARE,
    [SIP_BEHOV] = SENDER_HOSPITAL | SENDER_MOTTAGARE,
    [SIP_KALLELSE] = SENDER_MOTTAGARE,
    [SAMTYCKE] = SENDER_HOSPITAL | SENDER_MOTTAGARE,
    [KVITTENS] = SENDER_UNIT,
    [MAKULERING] = SENDER_HOSPITAL | SENDER_UNIT,
    [MOTTAGARE_ANDRAD] = SENDER_HOSPITAL | SENDER_MOTTAGARE,
    [VARDFORM_ANDRAD] = SENDER_HOSPITAL,
    [OVERFLYTTNING] = SENDER_HOSPITAL,
    [PERMISSION] = SENDER_HOSPITAL,
    [AVLIDEN] = SENDER_HOSPITAL,
    [PATIENT_UPPDATERAD] = SENDER_HOSPITAL,
    [BEGARAN_FAST_VARDKONTAKT] = SENDER_VARD,
    [KALLELSE_SVAR] = SENDER_MOTTAGARE,
    [SIP] = SENDER_MOTTAGARE,
    [SIP_UPPFOLJNING] = SENDER_MOTTAGARE,
    [VARDPLAN_JUSTERAD] = SENDER_MOTTAGARE,
    [EJ_BERORD] = SENDER_MOTTAGARE,
    [AVVISNING] = SENDER_MOTTAGARE,
    [INSATSER_STATUS] = SENDER_MOTTAGARE,
    [PERSONAL] = SENDER_UNIT,
    [SPARR] = SENDER_HOSPITAL | SENDER_MOTTAGARE,
};

unsigned
message_senders(enum message_type type)
{
	return senders[type];
}

enum message_home
message_home(enum message_type t)
{
	switch (t) {
	case FAST_KONTAKT:
	case BEGARAN_FAST_VARDKONTAKT:
	case SPARR:
		return HOME_PATIENT;
	case PERSONAL:
	case ENHET:
		return HOME_UNIT;
	case SIP_BEHOV: /* D10 */
	case SIP_KALLELSE:
	case SIP:
	case SIP_UPPFOLJNING:
	case SAMTYCKE:
		return HOME_EPISODE_OR_PATIENT;
	default:
		return HOME_EPISODE;
	}
}

/* D10: without an episode, the patient says whose file it is. NULL: an episode does, or neither. */
static const struct node *
patient_instead(enum message_type type, const struct node *data)
{
	if (message_home(type) != HOME_EPISODE_OR_PATIENT ||
	    node_member(data, NAMED("episode")) != NULL)
		return NULL;
	return node_member(data, NAMED("patient"));
}

static void
read_patient_instead(struct reading *r, const struct where *data, const struct node *node)
{
	struct where at = {data, "patient", 0};
	const struct node *patient = patient_instead(r->fact->type, node);

	if (patient != NULL)
		read_patient_identified(r, &at, patient, NULL, NULL);
}

/* data.episode: our uuid, or the sender's own encounter; see message_home. */
static void
read_episode(struct reading *r, const struct where *data, const struct node *node)
{
	struct message *m = r->message;
	struct where at = {data, "episode", 0};
	struct where id_at = {&at, "id", 0}, encounter_at = {&at, "encounter", 0};
	const struct node *episode = node_member(node, NAMED("episode"));
	enum message_home home = message_home(r->fact->type);

	if (home == HOME_PATIENT || home == HOME_UNIT)
		return; /* whatever it names: it is not said of a stay */
	if (episode == NULL) {
		if (patient_instead(r->fact->type, node) == NULL)
			refuse(r, &at,
			    home == HOME_EPISODE ? "is missing"
						 : "is missing: name an episode, or a patient");
		return;
	}
	if (home == HOME_EPISODE_OR_PATIENT && node_member(node, NAMED("patient")) != NULL) {
		struct where patient_at = {data, "patient", 0};
		refuse(r, &patient_at, "must not stand beside an episode: name one of them");
	}
	if (!expect_kind(r, &at, episode, NODE_OBJECT))
		return;
	const struct node *id = node_member(episode, NAMED("id"));
	const struct node *encounter = node_member(episode, NAMED("encounter"));
	if ((id == NULL) == (encounter == NULL)) {
		refuse(r, &at, "must hold either id or encounter");
	} else if (id != NULL) {
		if (!expect_kind(r, &id_at, id, NODE_STRING))
			return;
		if (!uuid_parse(id->text, id->len, m->episode))
			refuse(r, &id_at, "must be an episode's uuid");
		m->ref = EPISODE_BY_ID;
	} else if (expect_text(r, &encounter_at, encounter, MESSAGE_ENCOUNTER_MAX)) {
		memcpy(m->encounter, encounter->text, encounter->len + 1);
		m->ref = EPISODE_BY_ENCOUNTER;
	}
}

/* What follows from which fields were there. */
static void
derive(struct fact *fact, const struct node *data)
{
	if (fact->type == INSKRIVNINGSMEDDELANDE &&
	    fact->inskrivningsmeddelande.beraknad_utskrivning_at == INSTANT_NONE)
		fact->inskrivningsmeddelande.saknas |= SAKNAS_BERAKNAD;
	if (fact->type == UTSKRIVNINGSKLAR) {
		fact->utskrivningsklar.behov_given = node_member(data, NAMED("behov")) != NULL;
		fact->utskrivningsklar.tvangsvard_given =
		    node_member(data, NAMED("oppen_tvangsvard")) != NULL;
	}
	if (fact->type == FAST_VARDKONTAKT && fact->source != 0)
		fact->fast_vardkontakt.unit = fact->source;
	if (fact->type == FAST_KONTAKT)
		fact->fast_kontakt.unit = fact->source;
	if (fact->type == BEGARAN_FAST_VARDKONTAKT && fact->source != 0)
		fact->begaran.unit = fact->source;
}

void
fields_read(struct reading *r, const struct node *data)
{
	struct where at = {NULL, "data", 0};
	struct fact *fact = r->fact;
	const struct message_fields *m = &messages[fact->type];

	memset(&fact->identitet, 0, sizeof(*fact) - offsetof(struct fact, identitet));
	blank_fields(m->fields, (char *)fact);
	if (data == NULL) {
		refuse(r, &at, "is missing");
		return;
	}
	if (!expect_kind(r, &at, data, NODE_OBJECT))
		return;
	if (r->side == READING_WIRE)
		read_episode(r, &at, data);
	read_patient_instead(r, &at, data);
	read_fields(r, &at, data, m->fields, (char *)fact);
	derive(fact, data);
	if (r->complaint_count == 0 && r->side == READING_WIRE && m->check != NULL)
		m->check(r, &at, data);
}

civil_date
fields_today(instant now)
{
	return (civil_date)((now + LOCAL_AHEAD) / DAY);
}

bool
fact_read(const char *body, size_t len, const struct message_names *names, struct fact *f)
{
	struct document *document;
	struct reading r = {.side = READING_STORE,
	    .names = names,
	    .today = fields_today(f->recorded_at),
	    .fact = f};

	if (document_read(body, len, &document) != NULL)
		return false;
	fields_read(&r, document_root(document));
	document_free(document);
	return r.complaint_count == 0;
}
