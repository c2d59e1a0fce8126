/*
 * For tests of the rules: a small region, and builders of facts. Owns nothing of what is tested.
 *
 * The region (test_region): hospital H; primary care VC with Anna (distriktssköterska; her standing
 * deputy is Bo), Bo (sjuksköterska) and Doktor (läkare, the verksamhetschef); KH kommunal HSL, KB
 * socialtjänst; psychiatry PSYK with Kim (mentalskötare) and Ylva (läkare). All in region 12,
 * kommun 1280. VC and PSYK have a standing decision for 2026; VC has a slot on Tuesdays
 * 13:00-14:00. No policy is set: fvk_mode and sip_mode are propose. Open on working days
 * 08:00-17:00, H always. Change it with the test_*_add functions, or by hand and region_index.
 *
 * Facts have nr 0 and recorded_at = sent_at; change what a test is about: f.recorded_at = at(...).
 * test_step gives the nr.
 */
#ifndef SAMORDNAD_TESTS_RULES_HELPER_H
#define SAMORDNAD_TESTS_RULES_HELPER_H

#include "daemon/log.h"
#include "daemon/rules/episode.h"
#include "daemon/rules/region.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ROWS(table) ((int)(sizeof(table) / sizeof((table)[0])))
#define DAY (24 * HOUR)

/* As ck_assert_msg, but what holds is not noted in Check's file: for what is asked a million times.
 */
#define expect(condition, ...) \
	do { \
		if (!(condition)) \
			ck_abort_msg(__VA_ARGS__); \
	} while (0)

enum { NO_UNIT, H, VC, KH, KB, PSYK, H2, VC2, KB2 }; /* from H2 on: test_neighbours_add */
enum { NOBODY, ANNA, BO, DOKTOR, KIM, YLVA, KARIN, DISA };

#define TEST_REGION_KOD 12
#define TEST_KOMMUN 1280
#define TEST_KOMMUN_2 1281
#define TEST_PATIENT 77
#define TEST_ORG_REGION 2321000131
#define TEST_ORG_KOMMUN 2120001124

/* An instant from its text; NULL is INSTANT_NONE. */
static inline instant
at(const char *text)
{
	instant t;

	if (text == NULL)
		return INSTANT_NONE;
	expect(instant_parse(text, strlen(text), &t) == NULL, "%s", text);
	return t;
}

/* An instant as text, for messages of failed checks. Two at once may be in use. */
static inline const char *
at_text(instant t)
{
	static char text[2][INSTANT_TEXT_MAX];
	static int next;

	if (t == INSTANT_NONE || t == INSTANT_NEVER)
		return t == INSTANT_NONE ? "none" : "never";
	next = !next;
	instant_format(t, text[next]);
	return text[next];
}

#define ck_assert_at(t, text) \
	do { \
		instant is_ = (t), wanted_ = at(text); \
		ck_assert_msg( \
		    is_ == wanted_, "%s is %s, not %s", #t, at_text(is_), at_text(wanted_)); \
	} while (0)

/* ---- The region ---- */

static inline void
test_hours(struct opening_hours *hours, int days, int from_min, int to_min)
{
	memset(hours, 0, sizeof *hours);
	for (int d = 0; d < days; d++)
		hours->week[d].span[0] = (struct hours_span){(int16_t)from_min, (int16_t)to_min};
	hours->closed_on_holidays = days < 7;
}

/* A unit more; the row, valid until the next is added. Call region_index (or another test_*_add)
 * before use. */
static inline struct unit *
test_unit_add(struct region *r, unit_id unit, enum unit_slag slag)
{
	bool municipal = slag == KOMMUNAL_HSL || slag == SOCIALTJANST;

	r->units = xrealloc(r->units, (size_t)(r->unit_count + 1) * sizeof *r->units);
	struct unit *u = &r->units[r->unit_count++];
	memset(u, 0, sizeof *u);
	u->unit = unit;
	u->slag = slag;
	u->org = municipal ? TEST_ORG_KOMMUN : TEST_ORG_REGION;
	u->kommun = TEST_KOMMUN;
	u->region = TEST_REGION_KOD;
	snprintf(u->hsa_id, sizeof u->hsa_id, "SE%lld-U%d", (long long)u->org, unit);
	if (slag == SLUTENVARD)
		test_hours(&u->hours, 7, 0, 1440);
	else
		test_hours(&u->hours, 5, 8 * 60, 17 * 60);
	return u;
}

/* A person more, full time, licensed, takes assignments; HSA-id …-P<staff in three digits>. The row
 * as above. */
static inline struct staff *
test_staff_add(struct region *r, staff_id staff, unit_id unit, enum profession profession)
{
	r->staff = xrealloc(r->staff, (size_t)(r->staff_count + 1) * sizeof *r->staff);
	struct staff *s = &r->staff[r->staff_count++];
	memset(s, 0, sizeof *s);
	s->staff = staff;
	s->unit = unit;
	s->profession = profession;
	s->legitimerad = true;
	s->fvk = true;
	s->tjanstgoringsgrad = 100;
	s->slutar_at = INSTANT_NEVER;
	snprintf(s->hsa_id, sizeof s->hsa_id, "SE%lld-P%03d", (long long)TEST_ORG_REGION, staff);
	return s;
}

/* The row of a person, to be changed in place. */
static inline struct staff *
test_staff(struct region *r, staff_id staff)
{
	for (int i = 0; i < r->staff_count; i++)
		if (r->staff[i].staff == staff)
			return &r->staff[i];
	ck_abort_msg("no staff %d", staff);
	return NULL;
}

/* The row of a unit, to be changed in place. */
static inline struct unit *
test_unit(struct region *r, unit_id unit)
{
	for (int i = 0; i < r->unit_count; i++)
		if (r->units[i].unit == unit)
			return &r->units[i];
	ck_abort_msg("no unit %d", unit);
	return NULL;
}

/* Away [from, to); to NULL: for good. ersattare 0: the standing deputy. */
static inline void
test_absence_add(
    struct region *r, staff_id staff, const char *from, const char *to, staff_id ersattare)
{
	r->absences = xrealloc(r->absences, (size_t)(r->absence_count + 1) * sizeof *r->absences);
	r->absences[r->absence_count++] =
	    (struct absence){staff, at(from), to != NULL ? at(to) : INSTANT_NEVER, ersattare};
	region_index(r);
}

/* A policy of one unit (0: of all) from an instant on, until to (NULL: for good). */
static inline void
test_policy_between(struct region *r, enum policy policy, unit_id unit, int64_t value,
    const char *from, const char *to)
{
	r->policies = xrealloc(r->policies, (size_t)(r->policy_count + 1) * sizeof *r->policies);
	struct policy_row *row = &r->policies[r->policy_count++];
	memset(row, 0, sizeof *row);
	row->policy_row = r->policy_count;
	row->policy = policy;
	row->scope = unit != 0 ? SCOPE_UNIT : SCOPE_ALL;
	row->unit = unit;
	row->value = value;
	row->from_at = at(from);
	row->to_at = to != NULL ? at(to) : INSTANT_NEVER;
	region_index(r);
}

/* A policy of one unit (0: of all), from 2020 on. Rows are numbered from 1. */
static inline void
test_policy_add(struct region *r, enum policy policy, unit_id unit, int64_t value)
{
	test_policy_between(r, policy, unit, value, "2020-01-01T00:00:00+01:00", NULL);
}

/* weekday: 0 Monday. staff 0: any. Slots are numbered from 1. */
static inline void
test_slot_add(struct region *r, unit_id unit, staff_id staff, int weekday, int from_minute,
    int to_minute, int length_minutes)
{
	r->slots = xrealloc(r->slots, (size_t)(r->slot_count + 1) * sizeof *r->slots);
	struct slot *s = &r->slots[r->slot_count++];
	memset(s, 0, sizeof *s);
	s->slot = r->slot_count;
	s->unit = unit;
	s->staff = staff;
	s->weekday = (uint8_t)weekday;
	s->from_minute = (int16_t)from_minute;
	s->to_minute = (int16_t)to_minute;
	s->length_minutes = (int16_t)length_minutes;
	s->form = FYSISKT;
	s->ended_at = INSTANT_NEVER;
	region_index(r);
}

/* Standing decisions are numbered from 1. */
static inline void
test_standing_decision_add(
    struct region *r, unit_id unit, staff_id beslutad_av, const char *from, const char *to)
{
	r->standing_decisions = xrealloc(r->standing_decisions,
	    (size_t)(r->standing_decision_count + 1) * sizeof *r->standing_decisions);
	struct standing_decision *d = &r->standing_decisions[r->standing_decision_count++];
	*d = (struct standing_decision){
	    r->standing_decision_count, unit, beslutad_av, at(from), at(to), INSTANT_NEVER, NULL};
	region_index(r);
}

/* The region as told above. Free with test_region_free. */
static inline struct region *
test_region(void)
{
	struct region *r = xcalloc(1, sizeof *r);

	test_unit_add(r, H, SLUTENVARD);
	test_unit_add(r, VC, PRIMARVARD)->verksamhetschef = DOKTOR;
	test_unit_add(r, KH, KOMMUNAL_HSL);
	test_unit_add(r, KB, SOCIALTJANST);
	test_unit_add(r, PSYK, SPECIALISTOPPENVARD)->verksamhetschef = YLVA;
	test_staff_add(r, ANNA, VC, DISTRIKTSSKOTERSKA)->ersattare = BO;
	test_staff_add(r, BO, VC, SJUKSKOTERSKA);
	test_staff_add(r, DOKTOR, VC, LAKARE);
	test_staff_add(r, KIM, PSYK, MENTALSKOTARE);
	test_staff_add(r, YLVA, PSYK, LAKARE);
	test_staff_add(r, KARIN, KH, SJUKSKOTERSKA);
	test_standing_decision_add(
	    r, VC, DOKTOR, "2026-01-01T00:00:00+01:00", "2027-01-01T00:00:00+01:00");
	test_standing_decision_add(
	    r, PSYK, YLVA, "2026-01-01T00:00:00+01:00", "2027-01-01T00:00:00+01:00");
	test_slot_add(r, VC, 0, 1, 13 * 60, 14 * 60, 60);
	return r;
}

static inline void
test_region_free(struct region *r)
{
	region_free(r);
	free(r);
}

/* Another ward H2, another primary care VC2 with Disa (distriktssköterska), and KB2, socialtjänst
 * of the kommun beside. */
static inline void
test_neighbours_add(struct region *r)
{
	test_unit_add(r, H2, SLUTENVARD);
	test_unit_add(r, VC2, PRIMARVARD);
	test_unit_add(r, KB2, SOCIALTJANST)->kommun = TEST_KOMMUN_2;
	test_staff_add(r, DISA, VC2, DISTRIKTSSKOTERSKA);
	region_index(r);
}

/* ---- Facts ---- */

static inline struct fact
fact_of(enum message_type type, unit_id source, const char *sent_at)
{
	struct fact f;

	memset(&f, 0, sizeof f);
	f.type = type;
	f.source = source;
	f.sent_at = f.recorded_at = at(sent_at);
	return f;
}

static inline struct fact
fact_inskrivning(const char *sent_at, const char *inskriven_at)
{
	struct fact f = fact_of(INSKRIVNING, H, sent_at);

	f.patient = TEST_PATIENT;
	f.inskrivning.inskriven_at = at(inskriven_at);
	return f;
}

static inline struct fact
fact_behovsbedomning(const char *sent_at, enum behov_finns behov_finns, const char *bedomt_at)
{
	struct fact f = fact_of(BEHOVSBEDOMNING, H, sent_at);

	f.behovsbedomning.behov_finns = behov_finns;
	f.behovsbedomning.bedomt_at = at(bedomt_at);
	return f;
}

/*
 * From H to VC and KB; needs öppenvård and socialtjänst, samtycke lamnat to both, somatic, HSL.
 * beraknad_at NULL: lacking, and flagged.
 */
static inline struct fact
fact_inskrivningsmeddelande(const char *sent_at, const char *inskriven_at, const char *beraknad_at)
{
	struct fact f = fact_of(INSKRIVNINGSMEDDELANDE, H, sent_at);
	struct fact_inskrivningsmeddelande *m = &f.inskrivningsmeddelande;

	f.patient = TEST_PATIENT;
	m->inskriven_at = at(inskriven_at);
	m->behov_bedomt_at = INSTANT_NONE;
	m->beraknad_utskrivning_at = at(beraknad_at);
	m->saknas = beraknad_at == NULL ? SAKNAS_BERAKNAD : 0;
	m->behov = 1 << BEHOV_OPPENVARD | 1 << BEHOV_SOCIALTJANST;
	for (int i = 0; i < SAMTYCKE_OMFATTNING_COUNT; i++)
		m->samtycke[i] = SAMTYCKE_LAMNAT;
	m->folkbokforingskommun = TEST_KOMMUN;
	m->listad_pa = VC;
	m->mottagare[m->mottagare_count++].unit = VC;
	m->mottagare[m->mottagare_count++].unit = KB;
	return f;
}

/* Names another mottagare in an inskrivningsmeddelande. */
static inline void
fact_mottagare_add(struct fact *f, unit_id unit)
{
	struct fact_inskrivningsmeddelande *m = &f->inskrivningsmeddelande;

	expect(m->mottagare_count < MOTTAGARE_MAX, "more than MOTTAGARE_MAX");
	m->mottagare[m->mottagare_count++].unit = unit;
}

static inline struct fact
fact_ny_beraknad(const char *sent_at, const char *beraknad_at)
{
	struct fact f = fact_of(NY_BERAKNAD_UTSKRIVNING, H, sent_at);

	f.ny_beraknad_utskrivning.beraknad_utskrivning_at = at(beraknad_at);
	return f;
}

static inline struct fact
fact_utskrivningsklar(const char *sent_at)
{
	struct fact f = fact_of(UTSKRIVNINGSKLAR, H, sent_at);

	f.utskrivningsklar.klar_at = f.sent_at;
	f.utskrivningsklar.reservrutin.lamnad_at = INSTANT_NONE;
	return f;
}

/* EJ_LANGRE_UTSKRIVNINGSKLAR, UTSKRIVNINGSINFORMATION, PATIENTINFORMATION: what happened when it
 * was sent. */
static inline struct fact
fact_at(enum message_type type, const char *sent_at)
{
	struct fact f = fact_of(type, H, sent_at);

	f.at.at = f.sent_at;
	return f;
}

static inline struct fact
fact_utskrivning(const char *sent_at, const char *utskriven_at)
{
	struct fact f = fact_of(UTSKRIVNING, H, sent_at);

	f.utskrivning.utskriven_at = at(utskriven_at);
	f.utskrivning.destination = ORDINART;
	return f;
}

/* By the unit itself; from_at is sent_at. For a decision of samordnad: f.source = 0. */
static inline struct fact
fact_fvk(const char *sent_at, enum fvk_atgard atgard, unit_id unit, staff_id staff)
{
	struct fact f = fact_of(FAST_VARDKONTAKT, unit, sent_at);
	struct fact_fast_vardkontakt *m = &f.fast_vardkontakt;

	m->atgard = atgard;
	m->unit = unit;
	m->staff = staff;
	m->from_at = f.sent_at;
	m->to_at = m->omprovas_at = INSTANT_NONE;
	return f;
}

/* The patient's fast läkarkontakt (B11 kind 2). */
static inline struct fact
fact_lakarkontakt(const char *sent_at, unit_id unit, staff_id staff)
{
	struct fact f = fact_of(FAST_KONTAKT, unit, sent_at);
	struct fact_fast_kontakt *m = &f.fast_kontakt;

	f.patient = TEST_PATIENT;
	m->slag = 2;
	m->atgard = FVK_UTSE;
	m->unit = unit;
	m->staff = staff;
	m->from_at = f.sent_at;
	m->to_at = INSTANT_NONE;
	return f;
}

static inline struct fact
fact_sip_behov(const char *sent_at, unit_id source, enum sip_behov_art behov)
{
	struct fact f = fact_of(SIP_BEHOV, source, sent_at);

	f.sip_behov.behov = behov;
	return f;
}

/* To KB, no meeting named: then f.sip_kallelse.mote, f.sip_kallelse.kallade. */
static inline struct fact
fact_kallelse(const char *sent_at, unit_id source, enum kallelse_atgard atgard, staff_id skickad_av)
{
	struct fact f = fact_of(SIP_KALLELSE, source, sent_at);
	struct fact_sip_kallelse *m = &f.sip_kallelse;

	m->atgard = atgard;
	m->skickad_av = skickad_av;
	m->at = f.sent_at;
	m->mote.start_at = m->mote.end_at = INSTANT_NONE;
	m->kallade[m->kallade_count++] = KB;
	return f;
}

/* A meeting of an hour. */
static inline struct mote
mote_at(const char *start_at)
{
	return (struct mote){.start_at = at(start_at), .end_at = at(start_at) + HOUR};
}

static inline struct fact
fact_samtycke(const char *sent_at, enum samtycke_omfattning omfattning, enum samtycke_status status)
{
	struct fact f = fact_of(SAMTYCKE, H, sent_at);

	f.samtycke.omfattning = omfattning;
	f.samtycke.status = status;
	f.samtycke.at = f.sent_at;
	return f;
}

/* Of a message by its nr, as the door binds it. */
static inline struct fact
fact_kvittens(const char *sent_at, unit_id source, int32_t message_nr)
{
	struct fact f = fact_of(KVITTENS, source, sent_at);

	f.kvittens.message_nr = message_nr;
	return f;
}

static inline struct fact
fact_makulering(const char *sent_at, unit_id source, const char *message_id)
{
	struct fact f = fact_of(MAKULERING, source, sent_at);

	snprintf(f.makulering.message_id, sizeof f.makulering.message_id, "%s", message_id);
	return f;
}

/* Samordnad's own: a mottagare added (A4). */
static inline struct fact
fact_mottagare_andrad(const char *sent_at, unit_id unit)
{
	struct fact f = fact_of(MOTTAGARE_ANDRAD, 0, sent_at);

	f.mottagare_andrad.lagg_till[f.mottagare_andrad.lagg_till_count++].unit = unit;
	return f;
}

/* Samordnad's own: the meeting (D6, D6a). */
static inline struct fact
fact_bokning(const char *sent_at, enum bokning_atgard atgard, unit_id unit, staff_id staff,
    const char *start_at)
{
	struct fact f = fact_of(SIP_BOKNING, 0, sent_at);

	f.sip_bokning.atgard = atgard;
	f.sip_bokning.unit = unit;
	f.sip_bokning.staff = staff;
	f.sip_bokning.slot = 1;
	f.sip_bokning.mote = start_at != NULL
				 ? mote_at(start_at)
				 : (struct mote){.start_at = INSTANT_NONE, .end_at = INSTANT_NONE};
	return f;
}

/* A10, by H or a unit: one mottagare added. */
static inline struct fact
fact_tillagd(const char *sent_at, unit_id source, unit_id unit)
{
	struct fact f = fact_mottagare_andrad(sent_at, unit);

	f.source = source;
	return f;
}

static inline struct fact
fact_borttagen(const char *sent_at, unit_id source, unit_id unit)
{
	struct fact f = fact_of(MOTTAGARE_ANDRAD, source, sent_at);

	f.mottagare_andrad.ta_bort[f.mottagare_andrad.ta_bort_count++] = unit;
	return f;
}

static inline struct fact
fact_vidarebefordrad(const char *sent_at, unit_id source, unit_id unit)
{
	struct fact f = fact_of(MOTTAGARE_ANDRAD, source, sent_at);

	f.mottagare_andrad.vidarebefordra = unit;
	return f;
}

/* ratt_enhet: who is the right one, or 0. */
static inline struct fact
fact_avvisning(const char *sent_at, unit_id source, enum avvisning_orsak orsak, unit_id ratt_enhet)
{
	struct fact f = fact_of(AVVISNING, source, sent_at);

	f.avvisning.orsak = orsak;
	f.avvisning.ratt_enhet = ratt_enhet;
	return f;
}

static inline struct fact
fact_vardform_andrad(
    const char *sent_at, enum vardform vardform, enum oppen_tvangsvard oppen, const char *from_at)
{
	struct fact f = fact_of(VARDFORM_ANDRAD, H, sent_at);

	f.vardform_andrad.vardform = vardform;
	f.vardform_andrad.oppen_tvangsvard = oppen;
	f.vardform_andrad.from_at = at(from_at);
	return f;
}

/* C6: what happened when it was sent. */
static inline struct fact
fact_vardplan_justerad(const char *sent_at, unit_id source)
{
	struct fact f = fact_of(VARDPLAN_JUSTERAD, source, sent_at);

	f.at.at = f.sent_at;
	return f;
}

/* By the ward that takes over. */
static inline struct fact
fact_overflyttning(const char *sent_at, unit_id source)
{
	struct fact f = fact_of(OVERFLYTTNING, source, sent_at);

	f.overflyttning.at = f.sent_at;
	return f;
}

static inline struct fact
fact_permission(const char *sent_at, const char *from_at, const char *to_at)
{
	struct fact f = fact_of(PERMISSION, H, sent_at);

	f.permission.from_at = at(from_at);
	f.permission.to_at = at(to_at);
	return f;
}

/* Says nothing yet: set what is given. */
static inline struct fact
fact_patient_uppdaterad(const char *sent_at)
{
	struct fact f = fact_of(PATIENT_UPPDATERAD, H, sent_at);

	f.patient = TEST_PATIENT;
	f.patient_uppdaterad.from_at = INSTANT_NONE;
	return f;
}

/* F4: folkbokföring from a day on. */
static inline struct fact
fact_flyttad(const char *sent_at, kommun_kod kommun, const char *from_at)
{
	struct fact f = fact_patient_uppdaterad(sent_at);

	f.patient_uppdaterad.given = PATIENT_KOMMUN;
	f.patient_uppdaterad.folkbokforingskommun = kommun;
	f.patient_uppdaterad.from_at = at(from_at);
	return f;
}

/* B12, in the patient's own file. */
static inline struct fact
fact_begaran(const char *sent_at, unit_id source)
{
	struct fact f = fact_of(BEGARAN_FAST_VARDKONTAKT, source, sent_at);

	f.patient = TEST_PATIENT;
	f.begaran.unit = source;
	f.begaran.at = f.sent_at;
	return f;
}

static inline struct fact
fact_kallelse_svar(const char *sent_at, unit_id source, enum kallelse_svar_ord svar)
{
	struct fact f = fact_of(KALLELSE_SVAR, source, sent_at);

	f.kallelse_svar.svar = svar;
	f.kallelse_svar.forslag_at = INSTANT_NONE;
	return f;
}

/* Held when it was sent, with a whole plan that is to be followed up (NULL: no day is said, and
 * nothing is flagged). */
static inline struct fact
fact_sip(const char *sent_at, unit_id source, enum sip_utfall utfall, const char *uppfoljning_at)
{
	struct fact f = fact_of(SIP, source, sent_at);

	f.sip.hallen_at = f.sent_at;
	f.sip.utfall = utfall;
	f.sip.plan.given = utfall == SIP_GENOMFORD;
	f.sip.plan.uppfoljning_at = at(uppfoljning_at);
	return f;
}

static inline struct fact
fact_sip_uppfoljning(const char *sent_at, unit_id source, const char *nasta_at)
{
	struct fact f = fact_of(SIP_UPPFOLJNING, source, sent_at);

	f.sip_uppfoljning.hallen_at = f.sent_at;
	f.sip_uppfoljning.nasta_uppfoljning_at = at(nasta_at);
	f.sip_uppfoljning.plan.uppfoljning_at = INSTANT_NONE;
	return f;
}

static inline struct fact
fact_insatser(const char *sent_at, unit_id source, enum insatser_status_ord status)
{
	struct fact f = fact_of(INSATSER_STATUS, source, sent_at);

	f.insatser_status.status = status;
	f.insatser_status.from_at = INSTANT_NONE;
	return f;
}

/* ---- Steps ---- */

/* Steps a fact in with the nr after the last. */
static inline enum outcome
test_step(struct episode *e, struct fact f)
{
	f.nr = e->last_nr + 1;
	return episode_step(e, &f, OUTCOME_APPLIED);
}

#endif
