/*
 * daemon/rules/step.c, one fact at a time: the part of the state that each message writes, and what
 * is answered. Each row of the table is a rule's sentence and the test of it.
 */
#include "rules_helper.h"

#include "daemon/rules/sip.h"

static struct episode e;

#define T0900 "2026-05-04T09:00:00+02:00"
#define T0930 "2026-05-04T09:30:00+02:00"
#define T1000 "2026-05-04T10:00:00+02:00"
#define T1100 "2026-05-04T11:00:00+02:00"
#define T1200 "2026-05-04T12:00:00+02:00"
#define T1300 "2026-05-04T13:00:00+02:00"
#define IN "2026-05-03T20:00:00+02:00"
#define OUT "2026-05-08T12:00:00+02:00"
#define OUT_LATER "2026-05-11T12:00:00+02:00"

static enum outcome
step(struct fact f)
{
	return test_step(&e, f);
}

static enum outcome
step_judged(struct fact f, int judged)
{
	f.nr = e.last_nr + 1;
	return episode_step(&e, &f, judged);
}

/* The stay as most rows need it: VC and KB are mottagare; nr 1, sent 09:00. */
static void
begin(void)
{
	ck_assert_int_eq(step(fact_inskrivningsmeddelande(T0900, IN, OUT)), OUTCOME_APPLIED);
}

static const struct participant *
part(unit_id unit)
{
	const struct participant *p = episode_participant_of(&e, unit);
	ck_assert_ptr_nonnull(p);
	return p;
}

static bool
is_active(unit_id unit)
{
	const struct participant *p = episode_participant_of(&e, unit);
	return p != NULL && p->active;
}

static void
expect_phase(enum phase phase)
{
	ck_assert_str_eq(phase_word(episode_phase(&e)), phase_word(phase));
}

/* ---- A: admission ---- */

static void
a0_watch(void)
{
	ck_assert_int_eq(step(fact_inskrivning(T0900, IN)), OUTCOME_APPLIED);
	expect_phase(PHASE_BEVAKAD);
	ck_assert_int_eq(e.participant_count, 1);
	ck_assert_int_eq(part(H)->role, ROLE_HOSPITAL);
	ck_assert_int_eq(episode_hospital(&e), H);
	ck_assert_at(episode_inskrivningsmeddelande_due(&e), "2026-05-04T20:00:00+02:00");
	ck_assert_int_eq(e.patient, TEST_PATIENT);
}

static void
a0_no_need_closes(void)
{
	step(fact_inskrivning(T0900, IN));
	ck_assert_int_eq(step(fact_behovsbedomning(T1000, BEHOV_NEJ, T1000)), OUTCOME_APPLIED);
	expect_phase(PHASE_AVSLUTAD);
	ck_assert_int_eq(e.participant_count, 1);
}

static void
a0_need_reopens(void)
{
	step(fact_inskrivning(T0900, IN));
	step(fact_behovsbedomning(T1000, BEHOV_NEJ, T1000));
	step(fact_behovsbedomning(T1100, BEHOV_JA, T1100));
	expect_phase(PHASE_BEVAKAD);
}

static void
a0_home_closes_the_watch(void)
{
	step(fact_inskrivning(T0900, IN));
	ck_assert_int_eq(step(fact_utskrivning(T1000, T1000)), OUTCOME_APPLIED);
	expect_phase(PHASE_AVSLUTAD);
}

static void
a1_due_from_admission(void)
{
	step(fact_inskrivning(T0900, IN));
	step(fact_behovsbedomning(T1000, BEHOV_JA, T1000));
	ck_assert_at(episode_inskrivningsmeddelande_due(&e), "2026-05-04T20:00:00+02:00");
	step(fact_inskrivningsmeddelande(T1100, IN, OUT));
	ck_assert_at(episode_inskrivningsmeddelande_due(&e), "2026-05-04T20:00:00+02:00");
}

static void
a2_due_from_later_judgement(void)
{
	step(fact_inskrivning(T0900, IN));
	step(fact_behovsbedomning(T1000, BEHOV_SENARE, T1000));
	ck_assert_at(episode_inskrivningsmeddelande_due(&e), "2026-05-04T20:00:00+02:00");
	step(fact_behovsbedomning(T1100, BEHOV_JA, T1100));
	ck_assert_at(episode_inskrivningsmeddelande_due(&e), "2026-05-05T11:00:00+02:00");
}

static void
a2_due_as_the_message_says(void)
{
	struct fact f = fact_inskrivningsmeddelande(T0900, IN, OUT);
	f.inskrivningsmeddelande.behov_bedomt_at = at("2026-05-04T08:00:00+02:00");
	step(f);
	ck_assert_at(episode_inskrivningsmeddelande_due(&e), "2026-05-05T08:00:00+02:00");
}

static void
a2_judged_before_admission_is_not_later(void)
{
	struct fact f = fact_inskrivningsmeddelande(T0900, IN, OUT);
	f.inskrivningsmeddelande.behov_bedomt_at = at("2026-05-01T08:00:00+02:00");
	step(f);
	ck_assert_at(episode_inskrivningsmeddelande_due(&e), "2026-05-04T20:00:00+02:00");
}

static void
a3_lacking(void)
{
	struct fact f = fact_inskrivningsmeddelande(T0900, IN, OUT);
	f.inskrivningsmeddelande.saknas = SAKNAS_ADRESS | SAKNAS_NAMN;
	ck_assert_int_eq(step(f), OUTCOME_OFULLSTANDIG);
	ck_assert_int_eq(e.inskr.saknas, SAKNAS_ADRESS | SAKNAS_NAMN);
	expect_phase(PHASE_INSKRIVEN);
	ck_assert_int_eq(step(fact_inskrivningsmeddelande(T1000, IN, OUT)), OUTCOME_NY_VERSION);
	ck_assert_int_eq(e.inskr.saknas, 0);
}

static void
a3_beraknad_comes_after(void)
{
	ck_assert_int_eq(step(fact_inskrivningsmeddelande(T0900, IN, NULL)), OUTCOME_OFULLSTANDIG);
	step(fact_ny_beraknad(T1000, OUT));
	ck_assert_int_eq(e.inskr.saknas, 0);
}

static void
a3_beraknad_known_before(void)
{
	step(fact_inskrivning(T0900, IN));
	step(fact_ny_beraknad(T0930, OUT));
	ck_assert_int_eq(step(fact_inskrivningsmeddelande(T1000, IN, NULL)), OUTCOME_APPLIED);
	ck_assert_int_eq(e.inskr.saknas, 0);
	ck_assert_at(e.beraknad.at, OUT);
}

static void
a4_unresolved(void)
{
	struct fact f = fact_inskrivningsmeddelande(T0900, IN, OUT);
	struct mottagare *m =
	    &f.inskrivningsmeddelande.mottagare[f.inskrivningsmeddelande.mottagare_count++];
	m->kommun = TEST_KOMMUN;
	m->slag = KOMMUNAL_HSL;
	step(f);
	ck_assert_int_eq(e.unresolved_count, 1);
	ck_assert_int_eq(e.unresolved[0].named.kommun, TEST_KOMMUN);
	ck_assert_int_eq(e.unresolved[0].named.slag, KOMMUNAL_HSL);
	ck_assert_int_eq(step(fact_mottagare_andrad(T0900, KH)), OUTCOME_APPLIED);
	ck_assert(is_active(KH));
	ck_assert_int_eq(part(KH)->role, ROLE_MOTTAGARE);
	ck_assert_int_eq(part(KH)->added_nr, 2);
}

static void
a4_too_many(void)
{
	begin();
	struct fact f = fact_of(MOTTAGARE_ANDRAD, H, T1000);
	for (int i = 0; i < MOTTAGARE_MAX; i++)
		f.mottagare_andrad.lagg_till[f.mottagare_andrad.lagg_till_count++].unit = 100 + i;
	ck_assert_int_eq(step(f), OUTCOME_APPLIED);
	for (int i = 0; i < MOTTAGARE_MAX; i++)
		f.mottagare_andrad.lagg_till[i].unit = 200 + i;
	ck_assert_int_eq(step(f), OUTCOME_FOR_MANGA);
	ck_assert_int_eq(e.participant_count, PARTICIPANTS_MAX);
}

static void
a6_first_and_version(void)
{
	begin();
	struct fact f = fact_inskrivningsmeddelande(T1000, IN, OUT);
	f.inskrivningsmeddelande.livshotande = true;
	ck_assert_int_eq(step(f), OUTCOME_NY_VERSION);
	ck_assert_int_eq(e.inskr.first_nr, 1);
	ck_assert_int_eq(e.inskr.nr, 2);
	ck_assert(e.inskr.livshotande);
	ck_assert_at(e.inskr.first_sent_at, T0900);
	ck_assert_at(e.inskr.first_recorded_at, T0900);
	ck_assert_at(e.inskr.sent_at, T1000);
	ck_assert_int_eq(e.beraknad.nr, 1);
}

static void
a6_version_keeps_the_hospital(void)
{
	begin();
	step(fact_inskrivningsmeddelande(T1000, IN, OUT));
	ck_assert(is_active(H));
	ck_assert_int_eq(part(H)->role, ROLE_HOSPITAL);
}

static void
a6_version_drops_who_is_named_no_longer(void)
{
	struct fact three = fact_inskrivningsmeddelande(T0900, IN, OUT);
	fact_mottagare_add(&three, KH);
	step(three);
	step(fact_inskrivningsmeddelande(T1000, IN, OUT));
	ck_assert(!is_active(KH));
	ck_assert(is_active(VC) && is_active(KB));
	/* Named by the first and second version, dropped by the third. */
	struct fact vc_only = fact_inskrivningsmeddelande(T1100, IN, OUT);
	vc_only.inskrivningsmeddelande.mottagare_count = 1;
	step(vc_only);
	ck_assert(is_active(VC) && !is_active(KB) && is_active(H));
}

static void
a6_version_drops_whom_samordnad_found(void)
{
	begin();
	e.inskr.listad_pa = KH; /* the ground, with the need */
	e.inskr.behov = 1 << BEHOV_KOMMUNAL_HSL;
	step(fact_mottagare_andrad(T0900, KH));
	struct fact f = fact_inskrivningsmeddelande(T1000, IN, OUT);
	f.inskrivningsmeddelande.behov = 1 << BEHOV_KOMMUNAL_HSL;
	f.inskrivningsmeddelande.listad_pa = KH;
	step(f);
	ck_assert_msg(!is_active(KH), "its ground may be gone: samordnad finds it again or not");
	/* Found again at the same instant: it was never out. */
	struct fact again = fact_mottagare_andrad(T1000, KH);
	step(again);
	ck_assert(is_active(KH));
	ck_assert_int_eq(part(KH)->added_nr, 2);
	ck_assert_at(part(KH)->received_at, T0900);
}

/* A ready notice annulled, to which the listed unit was added: who else was named by kind is no
 * ground for it. */
static void
a4_listed_stands_on_its_own_ground(void)
{
	begin();
	e.inskr.listad_pa = VC2;
	e.unresolved_count = 1;
	e.unresolved[0].named.slag = SOCIALTJANST;
	step(fact_mottagare_andrad(T0900, VC2));
	ck_assert(!is_active(VC2));
	e.unresolved[0].named.slag = PRIMARVARD;
	step(fact_mottagare_andrad(T0930, VC2));
	ck_assert(is_active(VC2));
}

static void
a10_own_time_of_receipt(void)
{
	begin();
	struct fact f = fact_inskrivningsmeddelande(T1000, IN, OUT);
	fact_mottagare_add(&f, KH);
	f.recorded_at = at(T1100);
	step(f);
	ck_assert_at(part(VC)->received_at, T0900);
	ck_assert_int_eq(part(VC)->added_nr, 1);
	ck_assert_at(part(KH)->received_at, T1100);
	ck_assert_int_eq(part(KH)->added_nr, 2);
}

static void
a10_out_and_in_again(void)
{
	begin();
	struct fact vc_only = fact_inskrivningsmeddelande(T1000, IN, OUT);
	vc_only.inskrivningsmeddelande.mottagare_count = 1;
	step(fact_kallelse(T0930, VC, KALLELSE_SKICKA, ANNA));
	step(vc_only);
	step(fact_inskrivningsmeddelande(T1100, IN, OUT));
	ck_assert_at(part(KB)->received_at, T1100);
	ck_assert_int_eq(part(KB)->added_nr, 4);
	ck_assert_msg(part(KB)->kallad_nr == 0, "D2: units added later need theirs");
}

static void
a10_first_receipt_counts(void)
{
	/* In order of sending; but the earlier sent one was recorded last. */
	struct fact late = fact_inskrivningsmeddelande(T0900, IN, OUT);
	struct fact timely = fact_inskrivningsmeddelande(T1000, IN, OUT);
	late.recorded_at = at(T1200);
	late.nr = 2;
	timely.nr = 1;
	episode_step(&e, &late, OUTCOME_APPLIED);
	episode_step(&e, &timely, OUTCOME_APPLIED);
	ck_assert_int_eq(e.inskr.nr, 1);
	ck_assert_int_eq(e.inskr.first_nr, 1);
	ck_assert_at(e.inskr.first_recorded_at, T1000);
	ck_assert_at(part(VC)->received_at, T1000);
	ck_assert_int_eq(part(VC)->added_nr, 1);
}

static void
a7_shift(void)
{
	begin();
	ck_assert_int_eq(step(fact_ny_beraknad(T1000, OUT_LATER)), OUTCOME_APPLIED);
	ck_assert_at(e.beraknad.at, OUT_LATER);
	ck_assert_at(e.beraknad.former, OUT);
	ck_assert_int_eq(e.beraknad.nr, 2);
}

static void
a7_version_with_the_same_time(void)
{
	begin();
	step(fact_ny_beraknad(T1000, OUT_LATER));
	step(fact_inskrivningsmeddelande(T1100, IN, OUT_LATER));
	ck_assert_int_eq(e.beraknad.nr, 2);
	step(fact_inskrivningsmeddelande(T1200, IN, NULL));
	ck_assert_msg(
	    e.beraknad.nr == 2 && e.inskr.saknas == 0, "a version without it takes none away");
}

static void
a7_after_discharge(void)
{
	begin();
	step(fact_utskrivning(T1000, T1000));
	ck_assert_int_eq(step(fact_ny_beraknad(T1100, OUT)), OUTCOME_REDAN_UTSKRIVEN);
}

/* Section 4: said again it is no change, nor is what comes after discharge. */
static void
a7_changes_are_counted(void)
{
	begin();
	step(fact_ny_beraknad(T0930, OUT));
	ck_assert_int_eq(e.date_changes, 0);
	step(fact_ny_beraknad(T1000, OUT_LATER));
	step(fact_inskrivningsmeddelande(T1100, IN, OUT));
	ck_assert_int_eq(e.date_changes, 2);
	step(fact_utskrivning(T1200, T1200));
	step(fact_ny_beraknad(T1300, OUT_LATER));
	ck_assert_int_eq(e.date_changes, 2);
}

/* ---- A11, G3: kvittens ---- */

static void
a6_another_person(void)
{
	struct fact f = fact_inskrivningsmeddelande(T0900, IN, OUT);

	f.patient = 1;
	ck_assert_int_eq(step(f), OUTCOME_APPLIED);
	f = fact_inskrivningsmeddelande(T1000, IN, OUT);
	f.patient = 2;
	ck_assert_int_eq(step(f), OUTCOME_ANNAN_IDENTITET);
	ck_assert_int_eq(e.patient, 2);
	f = fact_inskrivningsmeddelande(T1100, IN, OUT);
	f.patient = 2;
	ck_assert_int_eq(step(f), OUTCOME_NY_VERSION);
}

static void
e2_before_the_admission(void)
{
	step(fact_inskrivningsmeddelande(T0900, IN, OUT));
	ck_assert_int_eq(
	    step(fact_utskrivning(T1000, "2026-05-01T10:00:00+02:00")), OUTCOME_FORE_INSKRIVNING);
	ck_assert_int_eq(e.utskrivning.nr, 0);
	ck_assert_int_eq(step(fact_utskrivning(T1100, T1100)), OUTCOME_APPLIED);
}

/* A7, F6: no day of it lies before the admission, whatever is said. */
static void
a7_before_the_admission(void)
{
	step(fact_inskrivningsmeddelande(T0900, IN, OUT));
	ck_assert_int_eq(
	    step(fact_ny_beraknad(T1000, "2026-05-01T10:00:00+02:00")), OUTCOME_FORE_INSKRIVNING);
	ck_assert_at(e.beraknad.at, OUT);
	struct fact f = fact_utskrivningsklar(T1100);
	f.utskrivningsklar.klar_at = at("2026-05-01T10:00:00+02:00");
	ck_assert_int_eq(step(f), OUTCOME_KLAR_FORE_INSKRIVNING);
	ck_assert_at(episode_klar_at(&e), IN);
}

static void
g3_kvittens(void)
{
	begin();
	instant when = 0;
	ck_assert_int_eq(step(fact_kvittens(T1000, VC, 1)), OUTCOME_APPLIED);
	ck_assert(participant_kvitterat(part(VC), 1, &when));
	ck_assert_at(when, T1000);
	ck_assert(!participant_kvitterat(part(KB), 1, NULL));
	ck_assert_int_eq(step(fact_kvittens(T1100, VC, 1)), OUTCOME_REDAN_KVITTERAD);
	participant_kvitterat(part(VC), 1, &when);
	ck_assert_at(when, T1000);
}

static void
g3_nothing_to_acknowledge(void)
{
	begin();
	ck_assert_int_eq(step(fact_kvittens(T1000, VC, 0)), OUTCOME_INGET_ATT_KVITTERA);
	ck_assert(!participant_kvitterat(part(VC), 0, NULL));
}

static void
g3_clock_behind_the_hospitals(void)
{
	/* The unit's clock is behind, so its kvittens comes first in the fold. */
	struct fact f = fact_kvittens("2026-05-04T08:59:58+02:00", VC, 1);
	f.nr = 2;
	episode_step(&e, &f, OUTCOME_APPLIED);
	f = fact_inskrivningsmeddelande(T0900, IN, OUT);
	f.nr = 1;
	episode_step(&e, &f, OUTCOME_APPLIED);
	ck_assert(is_active(VC));
	ck_assert(participant_kvitterat(part(VC), 1, NULL));
	ck_assert_at(part(VC)->received_at, T0900);
}

static void
g3_what_is_in_force_is_not_forgotten(void)
{
	begin();
	step(fact_kvittens(T0930, VC, 1));
	for (int i = 0; i < 3 * KVITTENS_MAX; i++)
		step(fact_kvittens(T1000, VC, 100 + i));
	ck_assert(participant_kvitterat(part(VC), 1, NULL));
	ck_assert(participant_kvitterat(part(VC), 100 + 3 * KVITTENS_MAX - 1, NULL));
}

static void
g3_not_a_participant_is_not_named_by_it(void)
{
	begin();
	step(fact_kvittens(T1000, KH, 1));
	ck_assert(!is_active(KH));
}

/* ---- B: fast vårdkontakt ---- */

static void
b1_named(void)
{
	begin();
	ck_assert_int_eq(step(fact_fvk(T1000, FVK_UTSE, VC, ANNA)), OUTCOME_APPLIED);
	const struct fvk *fvk = episode_fvk(&e, VC);
	ck_assert_ptr_nonnull(fvk);
	ck_assert_int_eq(fvk->staff, ANNA);
	ck_assert_int_eq(fvk->nr, 2);
	ck_assert(fvk->confirmed_by_unit);
	ck_assert_at(fvk->from_at, T1000);
	ck_assert_at(fvk->covered_from, T1000);
	ck_assert_ptr_null(episode_fvk(&e, PSYK));
}

static void
b7_two_slots(void)
{
	begin();
	step(fact_fvk(T1000, FVK_UTSE, VC, ANNA));
	step(fact_fvk(T1100, FVK_UTSE, KH, KARIN));
	ck_assert_int_eq(episode_fvk(&e, VC)->staff, ANNA);
	ck_assert_int_eq(episode_fvk(&e, KH)->staff, KARIN);
}

static void
b10_change_without_a_gap(void)
{
	begin();
	step(fact_fvk(T1000, FVK_UTSE, VC, ANNA));
	step(fact_fvk(T1100, FVK_BYT, VC, BO));
	ck_assert_int_eq(episode_fvk(&e, VC)->staff, BO);
	ck_assert_at(episode_fvk(&e, VC)->from_at, T1100);
	ck_assert_at(episode_fvk(&e, VC)->covered_from, T1000);
}

static void
b10_ended_and_named_again(void)
{
	begin();
	step(fact_fvk(T1000, FVK_UTSE, VC, ANNA));
	ck_assert_int_eq(step(fact_fvk(T1100, FVK_AVSLUTA, VC, ANNA)), OUTCOME_APPLIED);
	ck_assert_ptr_null(episode_fvk(&e, VC));
	ck_assert_int_eq(e.fvk[0].avslutad, ANNA);
	ck_assert_at(e.fvk[0].to_at, T1100);
	step(fact_fvk(T1300, FVK_UTSE, VC, ANNA));
	ck_assert_at(episode_fvk(&e, VC)->covered_from, T1300);
	ck_assert_msg(
	    e.fvk[0].avslutad == 0, "named again by the unit: no longer the one it ended");
}

static void
b10_end_of_another_person(void)
{
	begin();
	step(fact_fvk(T1000, FVK_UTSE, VC, ANNA));
	step(fact_fvk(T1100, FVK_BYT, VC, BO));
	ck_assert_int_eq(step(fact_fvk(T1200, FVK_AVSLUTA, VC, ANNA)), OUTCOME_INGEN_FVK);
	ck_assert_int_eq(episode_fvk(&e, VC)->staff, BO);
}

static void
b10_nothing_to_end(void)
{
	begin();
	ck_assert_int_eq(step(fact_fvk(T1000, FVK_AVSLUTA, VC, ANNA)), OUTCOME_INGEN_FVK);
	ck_assert_int_eq(e.fvk_count, 0);
}

/* B1 asks of the instant of discharge; who is named after a later gap does not undo it. */
static void
b1_held_at_discharge(void)
{
	begin();
	step(fact_fvk(T1000, FVK_UTSE, VC, ANNA));
	step(fact_utskrivning(T1100, T1100));
	step(fact_fvk(T1200, FVK_AVSLUTA, VC, ANNA));
	step(fact_fvk(T1300, FVK_UTSE, VC, BO));
	ck_assert_at(episode_fvk(&e, VC)->covered_from, T1000);
}

static void
b1_a_term_that_ended(void)
{
	begin();
	struct fact f = fact_fvk(T1000, FVK_UTSE, VC, ANNA);
	f.fast_vardkontakt.to_at = at(T1100);
	step(f);
	step(fact_fvk(T1200, FVK_BYT, VC, BO));
	ck_assert_at(episode_fvk(&e, VC)->covered_from, T1200);
}

/* Section 4: the first is no change, nor is the same person named again after an end. */
static void
b10_changes_are_counted(void)
{
	begin();
	step(fact_fvk(T0930, FVK_UTSE, VC, ANNA));
	step(fact_fvk(T1000, FVK_BEKRAFTA, VC, ANNA));
	step(fact_fvk(T1000, FVK_AVSLUTA, VC, ANNA));
	step(fact_fvk(T1100, FVK_UTSE, VC, ANNA));
	ck_assert_int_eq(e.fvk[0].changes, 0);
	step(fact_fvk(T1200, FVK_BYT, VC, BO));
	ck_assert_int_eq(e.fvk[0].changes, 1);
	step(fact_fvk(T1200, FVK_AVSLUTA, VC, BO));
	step(fact_fvk(T1300, FVK_UTSE, VC, ANNA));
	ck_assert_int_eq(e.fvk[0].changes, 2);
}

static void
b10_end_said_beforehand(void)
{
	begin();
	step(fact_fvk(T1000, FVK_UTSE, VC, ANNA));
	struct fact f = fact_fvk(T1100, FVK_AVSLUTA, VC, ANNA);
	f.fast_vardkontakt.to_at = at(T1300);
	ck_assert_int_eq(step(f), OUTCOME_APPLIED);
	ck_assert_int_eq(episode_fvk(&e, VC)->staff, ANNA);
	ck_assert_at(episode_fvk(&e, VC)->to_at, T1300);
	f = fact_fvk(T1300, FVK_AVSLUTA, VC, ANNA); /* samordnad's, then */
	f.source = 0;
	step(f);
	ck_assert_ptr_null(episode_fvk(&e, VC));
}

static void
b3_refused_at_life_threatening(void)
{
	struct fact f = fact_inskrivningsmeddelande(T0900, IN, OUT);
	f.inskrivningsmeddelande.livshotande = true;
	step(f);
	ck_assert_int_eq(step_judged(fact_fvk(T1000, FVK_UTSE, VC, ANNA), OUTCOME_FVK_EJ_TILLATEN),
	    OUTCOME_FVK_EJ_TILLATEN);
	ck_assert_ptr_null(episode_fvk(&e, VC));
	ck_assert_int_eq(e.fvk_count, 0);
}

static void
b3_word_of_the_register_alone_bars_nobody(void)
{
	begin();
	ck_assert_int_eq(step_judged(fact_fvk(T1000, FVK_UTSE, VC, ANNA), OUTCOME_FVK_EJ_TILLATEN),
	    OUTCOME_APPLIED);
	ck_assert_int_eq(episode_fvk(&e, VC)->staff, ANNA);
}

static void
b4_proposed_then_confirmed(void)
{
	begin();
	struct fact f = fact_fvk(T0900, FVK_FORESLA, VC, ANNA);
	f.source = 0;
	step(f);
	ck_assert_ptr_null(episode_fvk(&e, VC));
	ck_assert_int_eq(e.fvk[0].foreslagen, ANNA);
	ck_assert_int_eq(e.fvk[0].forslag_nr, 2);
	step(fact_fvk(T1000, FVK_BEKRAFTA, VC, ANNA));
	ck_assert_int_eq(episode_fvk(&e, VC)->staff, ANNA);
	ck_assert_int_eq(e.fvk[0].foreslagen, 0);
	ck_assert(episode_fvk(&e, VC)->confirmed_by_unit);
}

static void
b4_by_standing_decision(void)
{
	begin();
	struct fact f = fact_fvk(T0900, FVK_UTSE, VC, ANNA);
	f.source = 0;
	f.fast_vardkontakt.standing_decision = 1;
	f.fast_vardkontakt.utsedd_av = DOKTOR;
	step(f);
	ck_assert(!episode_fvk(&e, VC)->confirmed_by_unit);
	ck_assert_int_eq(episode_fvk(&e, VC)->standing_decision, 1);
	ck_assert_int_eq(episode_fvk(&e, VC)->utsedd_av, DOKTOR);
	step(fact_fvk(T1000, FVK_BEKRAFTA, VC, ANNA));
	ck_assert(episode_fvk(&e, VC)->confirmed_by_unit);
	ck_assert_at(episode_fvk(&e, VC)->covered_from, T0900);
}

/* Decided while the unit's own word was on its way: in time, it would not have been decided. */
static void
b4_own_decision_yields_to_the_units(void)
{
	static const enum fvk_atgard own[] = {FVK_UTSE, FVK_BEKRAFTA, FVK_FORESLA};

	begin();
	step(fact_fvk(T1000, FVK_UTSE, VC, BO));
	for (int i = 0; i < ROWS(own); i++) {
		struct fact f = fact_fvk(T1100, own[i], VC, ANNA);
		f.source = 0;
		step(f);
		ck_assert_int_eq(episode_fvk(&e, VC)->staff, BO);
		ck_assert_int_eq(episode_fvk(&e, VC)->foreslagen, 0);
	}
}

static void
b11_lakarkontakt(void)
{
	struct fact f = fact_lakarkontakt(T0900, VC, DOKTOR);
	ck_assert_int_eq(step(f), OUTCOME_APPLIED);
	ck_assert_int_eq(e.kontakt[0].staff, DOKTOR);
	ck_assert_at(e.kontakt[0].from_at, T0900);
	ck_assert_int_eq(e.patient, TEST_PATIENT);
	f = fact_lakarkontakt(T1000, VC, DOKTOR);
	f.fast_kontakt.atgard = FVK_AVSLUTA;
	ck_assert_int_eq(step(f), OUTCOME_APPLIED);
	ck_assert_at(e.kontakt[0].to_at, T1000);
	ck_assert_at(e.kontakt[0].from_at, T0900);
}

static void
b11_end_of_another(void)
{
	step(fact_lakarkontakt(T0900, VC, DOKTOR));
	step(fact_lakarkontakt(T1000, PSYK, YLVA));
	struct fact f = fact_lakarkontakt(T1100, VC, DOKTOR);
	f.fast_kontakt.atgard = FVK_AVSLUTA;
	ck_assert_int_eq(step(f), OUTCOME_INGEN_FAST_KONTAKT);
	ck_assert_int_eq(e.kontakt[0].staff, YLVA);
	ck_assert_at(e.kontakt[0].to_at, NULL);
}

/* ---- C: ready for discharge ---- */

static void
c1_ready(void)
{
	begin();
	struct fact f = fact_utskrivningsklar(T1000);
	f.recorded_at = at(T1100);
	ck_assert_int_eq(step(f), OUTCOME_APPLIED);
	expect_phase(PHASE_UTSKRIVNINGSKLAR);
	ck_assert_at(e.klar.klar_at, T1000);
	ck_assert_at(e.klar.sent_at, T1000);
	ck_assert_at(episode_klar_lamnad_at(&e, part(VC)), T1100);
}

static void
c1_while_one_is_in_force(void)
{
	begin();
	step(fact_utskrivningsklar(T1000));
	struct fact f = fact_utskrivningsklar(T1100);
	f.utskrivningsklar.behov_given = true;
	f.utskrivningsklar.behov = 1 << BEHOV_KOMMUNAL_HSL;
	ck_assert_int_eq(step(f), OUTCOME_REDAN_UTSKRIVNINGSKLAR);
	ck_assert_int_eq(e.klar.nr, 2);
	ck_assert_at(e.klar.sent_at, T1000);
	ck_assert_int_eq(e.inskr.behov, 1 << BEHOV_KOMMUNAL_HSL);
}

static void
c3_withdrawals_are_counted(void)
{
	begin();
	step(fact_at(EJ_LANGRE_UTSKRIVNINGSKLAR, T0930));
	ck_assert_int_eq(e.withdrawals, 0);
	step(fact_utskrivningsklar(T1000));
	step(fact_at(EJ_LANGRE_UTSKRIVNINGSKLAR, T1100));
	step(fact_utskrivningsklar(T1200));
	step(fact_at(EJ_LANGRE_UTSKRIVNINGSKLAR, T1300));
	ck_assert_int_eq(e.withdrawals, 2);
}

static void
c3_withdrawn(void)
{
	begin();
	ck_assert_int_eq(
	    step(fact_at(EJ_LANGRE_UTSKRIVNINGSKLAR, T0930)), OUTCOME_EJ_UTSKRIVNINGSKLAR);
	step(fact_utskrivningsklar(T1000));
	ck_assert_int_eq(step(fact_at(EJ_LANGRE_UTSKRIVNINGSKLAR, T1100)), OUTCOME_APPLIED);
	expect_phase(PHASE_INSKRIVEN);
	ck_assert_int_eq(e.klar.nr, 0);
	ck_assert_at(e.klar.sent_at, NULL);
	ck_assert_at(episode_klar_lamnad_at(&e, part(VC)), NULL);
}

static void
c4_new_notice_starts_anew(void)
{
	begin();
	step(fact_utskrivningsklar(T1000));
	step(fact_at(EJ_LANGRE_UTSKRIVNINGSKLAR, T1100));
	ck_assert_int_eq(step(fact_utskrivningsklar(T1200)), OUTCOME_APPLIED);
	ck_assert_int_eq(e.klar.nr, 4);
	ck_assert_at(e.klar.sent_at, T1200);
}

static void
c5_delivered(void)
{
	begin();
	struct fact f = fact_tillagd(T1200, H, KH); /* named after the ready notice came */
	step(fact_utskrivningsklar(T1000));
	step(f);
	ck_assert_at(episode_klar_lamnad_at(&e, part(VC)), T1000);
	ck_assert_at(episode_klar_lamnad_at(&e, part(KH)), T1200);
}

static void
c5_downtime_record(void)
{
	begin();
	struct fact f = fact_utskrivningsklar(T1000);
	f.utskrivningsklar.reservrutin.lamnad_at = at(T0930);
	step(f);
	ck_assert_at(episode_klar_lamnad_at(&e, part(VC)), T0930);
}

static void
c5_first_arrival_counts(void)
{
	begin();
	struct fact late = fact_utskrivningsklar(T1000);
	late.recorded_at = at(T1300);
	step(late);
	step(fact_utskrivningsklar(T1100));
	ck_assert_msg(episode_klar_lamnad_at(&e, part(VC)) == at(T1100),
	    "the notice was made available when the first of the two was recorded");
	ck_assert_at(e.klar.sent_at, T1000);
}

/* ---- D: SIP ---- */

static void
d0_either_huvudman(void)
{
	begin();
	step(fact_sip_behov(T1000, KB, SIP_NY));
	ck_assert_int_eq(e.sip_behov.art, SIP_NY);
	step(fact_sip_behov(T1100, VC, SIP_BEHOVS_EJ));
	ck_assert_msg(e.sip_behov.art == SIP_NY, "the other huvudman's word does not undo it");
	ck_assert_int_eq(e.sip_behov.unit, KB);
	step(fact_sip_behov(T1200, KB, SIP_GALLANDE_FINNS));
	ck_assert_int_eq(e.sip_behov.art, SIP_GALLANDE_FINNS);
}

static void
d0_units_word_before_the_hospitals(void)
{
	begin();
	step(fact_sip_behov(T1000, VC, SIP_BEHOVS_EJ));
	step(fact_sip_behov(T1100, H, SIP_NY));
	ck_assert_int_eq(e.sip_behov.art, SIP_BEHOVS_EJ);
	ck_assert_int_eq(e.sip_behov.unit, VC);
}

static void
d0_the_hospitals_word_alone(void)
{
	begin();
	step(fact_sip_behov(T1000, H, SIP_NY));
	ck_assert_int_eq(e.sip_behov.art, SIP_NY);
	ck_assert_int_eq(e.sip_behov.nr, 2);
}

static void
d0_word_of_a_unit_that_is_out(void)
{
	begin();
	step(fact_sip_behov(T1000, KB, SIP_NY));
	struct fact vc_only = fact_inskrivningsmeddelande(T1100, IN, OUT);
	vc_only.inskrivningsmeddelande.mottagare_count = 1;
	step(vc_only);
	ck_assert_int_eq(e.sip_behov.nr, 0);
}

static void
d2_summoned_before_ready(void)
{
	begin();
	struct fact f = fact_kallelse(T1000, VC, KALLELSE_SKICKA, ANNA);
	f.sip_kallelse.mote = mote_at("2026-05-12T13:00:00+02:00");
	ck_assert_int_eq(step(f), OUTCOME_APPLIED);
	ck_assert_int_eq(part(KB)->kallad_nr, 2);
	ck_assert_at(part(KB)->kallad_at, T1000);
	ck_assert_int_eq(part(VC)->kallad_nr, 0);
	ck_assert_int_eq(e.bokning.status, BOKNING_BOKAD);
	ck_assert_int_eq(e.bokning.unit, VC);
	ck_assert_int_eq(e.bokning.staff, ANNA);
	ck_assert_int_eq(e.bokning.slot, 0);
	step(fact_utskrivningsklar(T1100));
	step(fact_at(EJ_LANGRE_UTSKRIVNINGSKLAR, T1200));
	ck_assert_msg(part(KB)->kallad_nr == 2, "survives a withdrawal");
}

static void
d2_the_first_kallelse_counts(void)
{
	begin();
	struct fact f = fact_kallelse(T1000, VC, KALLELSE_SKICKA, ANNA);
	f.sip_kallelse.mote = mote_at("2026-05-12T13:00:00+02:00");
	step(f);
	f = fact_kallelse("2026-05-11T10:00:00+02:00", VC, KALLELSE_OMBOKA, ANNA);
	f.sip_kallelse.mote = mote_at("2026-05-18T13:00:00+02:00");
	ck_assert_int_eq(step(f), OUTCOME_APPLIED);
	ck_assert_msg(part(KB)->kallelse_at[0] == at(T1000), "rebooking does not make it late");
	ck_assert_int_eq(part(KB)->kallad_nr, 3);
	ck_assert_int_eq(e.kallelse.nr, 3);
	ck_assert_at(e.mote.start_at, "2026-05-18T13:00:00+02:00");
}

/* Who takes no part is not reached, and the sender is told; who is there is. */
static void
d2_summoned_who_is_none_of_theirs(void)
{
	begin();
	struct fact f = fact_kallelse(T1000, VC, KALLELSE_SKICKA, ANNA);
	f.sip_kallelse.kallade[f.sip_kallelse.kallade_count++] = PSYK;
	ck_assert_int_eq(step(f), OUTCOME_KALLADE_EJ_MOTTAGARE);
	ck_assert_int_eq(part(KB)->kallad_nr, 2);
	ck_assert_ptr_null(episode_participant(&e, PSYK));
}

static void
d2_cancelled_stays_summoned(void)
{
	begin();
	struct fact f = fact_kallelse(T1000, VC, KALLELSE_SKICKA, ANNA);
	f.sip_kallelse.mote = mote_at("2026-05-12T13:00:00+02:00");
	step(f);
	ck_assert_int_eq(step(fact_kallelse(T1100, VC, KALLELSE_AVBOKA, ANNA)), OUTCOME_APPLIED);
	ck_assert_int_eq(part(KB)->kallad_nr, 2);
	ck_assert_int_eq(e.kallelse.nr, 0);
	ck_assert_int_eq(e.bokning.status, BOKNING_NONE);
	ck_assert_at(e.mote.start_at, NULL);
	ck_assert_int_eq(
	    step(fact_kallelse(T1200, VC, KALLELSE_AVBOKA, ANNA)), OUTCOME_INGEN_KALLELSE);
}

static void
d4_flagged(void)
{
	begin();
	ck_assert_int_eq(step_judged(fact_kallelse(T1000, KH, KALLELSE_SKICKA, KARIN),
			     OUTCOME_KALLELSE_EJ_AV_FVK),
	    OUTCOME_KALLELSE_EJ_AV_FVK);
	ck_assert_int_eq(part(KB)->kallad_nr, 0);
	ck_assert_int_eq(e.kallelse.nr, 0);
}

static void
d4_flagged_cancel(void)
{
	begin();
	step(fact_kallelse(T1000, VC, KALLELSE_SKICKA, ANNA));
	ck_assert_int_eq(step_judged(fact_kallelse(T1100, KB, KALLELSE_AVBOKA, KARIN),
			     OUTCOME_KALLELSE_EJ_AV_FVK),
	    OUTCOME_KALLELSE_EJ_AV_FVK);
	ck_assert_int_eq(e.kallelse.nr, 2);
}

/* The register's word is stored as the outcome, so the state's must not hide it from the next fold.
 */
static void
d4_flagged_while_refused(void)
{
	begin();
	step(fact_samtycke(T0930, SAMTYCKE_SIP, SAMTYCKE_NEKAT));
	ck_assert_int_eq(step_judged(fact_kallelse(T1000, KH, KALLELSE_SKICKA, KARIN),
			     OUTCOME_KALLELSE_EJ_AV_FVK),
	    OUTCOME_KALLELSE_EJ_AV_FVK);
}

/* Who may send it is what the register said; whose place it is, the state's at the message. */
static void
d4_against_the_fvk_named(void)
{
	const struct {
		const char *what;
		int judged;
		staff_id sender, for_staff;
		bool counts;
	} rows[] = {
	    {"the FVK", JUDGED_BY_FVK, ANNA, 0, true},
	    {"another", JUDGED_BY_FVK, BO, 0, false},
	    {"the assignment's deputy, policy fvk", JUDGED_BY_FVK, DOKTOR, 0, false},
	    {"the assignment's deputy", JUDGED_BY_DEPUTY, DOKTOR, 0, true},
	    {"the assignment's deputy, for another", JUDGED_BY_DEPUTY, DOKTOR, BO, false},
	    {"not a deputy", JUDGED_BY_DEPUTY, BO, ANNA, false},
	    {"nobody", JUDGED_BY_DEPUTY, 0, 0, false},
	    {"the register's deputy", judged_deputy_of(ANNA), BO, 0, true},
	    {"the register's deputy, of another", judged_deputy_of(KIM), BO, 0, false},
	    {"the register's deputy, for another", judged_deputy_of(KIM), BO, KIM, false},
	    {"anyone, policy unit", OUTCOME_APPLIED, KIM, 0, true},
	};

	for (int i = 0; i < ROWS(rows); i++) {
		episode_init(&e);
		begin();
		struct fact f = fact_kallelse(T1000, VC, KALLELSE_SKICKA, rows[i].sender);
		f.sip_kallelse.for_staff = rows[i].for_staff;
		bool alone = step_judged(f, rows[i].judged) == OUTCOME_APPLIED;
		ck_assert_msg(
		    alone == (rows[i].judged == OUTCOME_APPLIED), "%s, nobody named", rows[i].what);
		struct fact named = fact_fvk(T0930, FVK_UTSE, VC, ANNA);
		named.fast_vardkontakt.ersattare = DOKTOR;
		step(named);
		ck_assert_msg((step_judged(f, rows[i].judged) == OUTCOME_APPLIED) == rows[i].counts,
		    "%s", rows[i].what);
	}
}

/* The unit that summoned may cancel, whoever of it does; another unit's is its own FVK's matter. */
static void
d4_cancelled_by_whom(void)
{
	begin();
	step(fact_kallelse(T1000, VC, KALLELSE_SKICKA, ANNA));
	ck_assert_int_eq(
	    step_judged(fact_kallelse(T1100, PSYK, KALLELSE_AVBOKA, KIM), JUDGED_BY_DEPUTY),
	    OUTCOME_KALLELSE_EJ_AV_FVK);
	ck_assert_int_eq(e.kallelse.nr, 2);
	ck_assert_int_eq(step_judged(fact_kallelse(T1200, VC, KALLELSE_AVBOKA, KIM), JUDGED_BY_FVK),
	    OUTCOME_APPLIED);
	ck_assert_int_eq(e.kallelse.nr, 0);
}

/* Section 2: before the stay is named it waits; it is not known yet who the FVK is. */
static void
d4_before_the_stay_is_named(void)
{
	ck_assert_int_eq(
	    step_judged(fact_kallelse(T1000, VC, KALLELSE_SKICKA, ANNA), JUDGED_BY_DEPUTY),
	    OUTCOME_PARKED);
	ck_assert_int_eq(step_judged(fact_kallelse(T1000, KH, KALLELSE_SKICKA, KARIN),
			     OUTCOME_KALLELSE_EJ_AV_FVK),
	    OUTCOME_KALLELSE_EJ_AV_FVK);
}

static void
d4_by_the_deputy(void)
{
	begin();
	struct fact f = fact_kallelse(T1000, VC, KALLELSE_SKICKA, BO);
	f.sip_kallelse.for_staff = ANNA;
	f.sip_kallelse.mote = mote_at("2026-05-12T13:00:00+02:00");
	step(f);
	ck_assert_int_eq(e.kallelse.skickad_av, BO);
	ck_assert_int_eq(e.kallelse.for_staff, ANNA);
	ck_assert_int_eq(e.bokning.staff, ANNA);
}

static void
d4_rebooking_without_kallelse(void)
{
	begin();
	struct fact f = fact_kallelse(T1000, VC, KALLELSE_OMBOKA, ANNA);
	f.sip_kallelse.mote = mote_at("2026-05-12T13:00:00+02:00");
	ck_assert_int_eq(step(f), OUTCOME_SKICKAD_SOM_FORSTA);
	ck_assert_msg(e.kallelse.nr == 2, "it reaches the units all the same");
}

static void
d6_booked(void)
{
	begin();
	step(fact_bokning(T1000, BOKNING_BOKA, VC, ANNA, "2026-05-12T13:00:00+02:00"));
	ck_assert_int_eq(e.bokning.status, BOKNING_BOKAD);
	ck_assert_int_eq(e.bokning.slot, 1);
	ck_assert_at(e.mote.start_at, "2026-05-12T13:00:00+02:00");
	ck_assert_int_eq(part(KB)->kallad_nr, 0);
	/* The kallelse for that time keeps the slot. */
	struct fact f = fact_kallelse(T1000, VC, KALLELSE_SKICKA, ANNA);
	f.source = 0;
	f.sip_kallelse.mote = mote_at("2026-05-12T13:00:00+02:00");
	step(f);
	ck_assert_int_eq(e.bokning.slot, 1);
	ck_assert_int_eq(e.kallelse.unit, VC);
}

/* A kallelse of samordnad for a time that a late fact took away: the meeting is still that unit's.
 */
static void
d6_own_kallelse_with_a_time_of_its_own(void)
{
	begin();
	step(fact_bokning(T1000, BOKNING_BOKA, VC, ANNA, "2026-05-12T13:00:00+02:00"));
	struct fact f = fact_kallelse(T1000, VC, KALLELSE_SKICKA, ANNA);
	f.source = 0;
	f.sip_kallelse.mote = mote_at("2026-05-19T13:00:00+02:00");
	step(f);
	ck_assert_int_eq(e.bokning.unit, VC);
	ck_assert_int_eq(e.kallelse.unit, VC);
}

static void
d6a_held_and_taken_up(void)
{
	const char *start = "2026-05-12T13:00:00+02:00";

	begin();
	step(fact_bokning(T1000, BOKNING_BOKA, VC, ANNA, start));
	step(fact_bokning(T1100, BOKNING_VANTA, VC, ANNA, start));
	ck_assert_int_eq(e.bokning.status, BOKNING_VANTAR);
	ck_assert_at(e.mote.start_at, start);
	step(fact_bokning(T1200, BOKNING_ATERUPPTA, VC, ANNA, start));
	ck_assert_int_eq(e.bokning.status, BOKNING_BOKAD);
	ck_assert_int_eq(e.bokning.nr, 4);
	step(fact_bokning(T1300, BOKNING_AVBOKA, VC, ANNA, start));
	ck_assert_msg(e.bokning.status == BOKNING_BOKAD, "void: a SIP is due");
	step(fact_sip_behov(T1300, VC, SIP_BEHOVS_EJ));
	step(fact_bokning(T1300, BOKNING_AVBOKA, VC, ANNA, start));
	ck_assert_int_eq(e.bokning.status, BOKNING_NONE);
	ck_assert_at(e.mote.start_at, NULL);
}

static void
d6a_rebooked_while_held(void)
{
	begin();
	step(fact_bokning(T1000, BOKNING_BOKA, VC, ANNA, "2026-05-12T13:00:00+02:00"));
	step(fact_kallelse(T1000, VC, KALLELSE_SKICKA, ANNA));
	step(fact_bokning(T1100, BOKNING_VANTA, VC, ANNA, "2026-05-12T13:00:00+02:00"));
	struct fact f = fact_kallelse(T1200, VC, KALLELSE_OMBOKA, ANNA);
	f.sip_kallelse.mote = mote_at("2026-05-12T13:00:00+02:00");
	step(f);
	ck_assert_int_eq(e.bokning.status, BOKNING_BOKAD);
}

static void
d6_same_start_other_form_and_end(void)
{
	begin();
	struct fact f = fact_kallelse(T1000, VC, KALLELSE_SKICKA, ANNA);
	f.sip_kallelse.mote = mote_at("2026-05-12T13:00:00+02:00");
	step(f);
	f = fact_kallelse(T1100, VC, KALLELSE_OMBOKA, ANNA);
	f.sip_kallelse.mote = mote_at("2026-05-12T13:00:00+02:00");
	f.sip_kallelse.mote.end_at += HOUR;
	f.sip_kallelse.mote.form = VIDEO;
	step(f);
	ck_assert_at(e.mote.end_at, "2026-05-12T15:00:00+02:00");
	ck_assert_int_eq(e.mote.form, VIDEO);
}

/* What was decided about a meeting that the fold no longer knows is about nothing. */
static void
d6a_about_a_meeting_that_is_gone(void)
{
	static const enum bokning_atgard about[] = {
	    BOKNING_VANTA, BOKNING_ATERUPPTA, BOKNING_AVBOKA};

	for (int i = 0; i < ROWS(about); i++) {
		episode_init(&e);
		begin();
		step(fact_bokning(T1000, about[i], VC, ANNA, "2026-05-12T13:00:00+02:00"));
		ck_assert_int_eq(e.bokning.status, BOKNING_NONE);
		ck_assert_int_eq(e.bokning.nr, 0);
		step(fact_bokning(T1100, BOKNING_BOKA, VC, ANNA, "2026-05-19T13:00:00+02:00"));
		step(fact_bokning(T1200, about[i], VC, ANNA, "2026-05-12T13:00:00+02:00"));
		ck_assert_int_eq(e.bokning.status, BOKNING_BOKAD);
		ck_assert_at(e.mote.start_at, "2026-05-19T13:00:00+02:00");
	}
}

static void
d3_refused(void)
{
	begin();
	struct fact f = fact_kallelse(T1000, VC, KALLELSE_SKICKA, ANNA);
	f.sip_kallelse.mote = mote_at("2026-05-12T13:00:00+02:00");
	step(f);
	ck_assert_int_eq(
	    step(fact_samtycke(T1100, SAMTYCKE_SIP, SAMTYCKE_ATERKALLAT)), OUTCOME_APPLIED);
	ck_assert_int_eq(part(KB)->kallad_nr, 0);
	ck_assert_int_eq(e.kallelse.nr, 0);
	ck_assert_int_eq(e.bokning.status, BOKNING_NONE);
	ck_assert_at(e.mote.start_at, NULL);
	ck_assert_int_eq(
	    step(fact_kallelse(T1200, VC, KALLELSE_SKICKA, ANNA)), OUTCOME_SIP_UTAN_SAMTYCKE);
	step(fact_bokning(T1200, BOKNING_BOKA, VC, ANNA, "2026-05-12T13:00:00+02:00"));
	ck_assert_int_eq(e.bokning.status, BOKNING_NONE);
}

static void
d3_refusal_of_the_other_scope(void)
{
	begin();
	step(fact_kallelse(T1000, VC, KALLELSE_SKICKA, ANNA));
	step(fact_samtycke(T1100, SAMTYCKE_INFORMATIONSDELNING, SAMTYCKE_NEKAT));
	ck_assert_int_eq(part(KB)->kallad_nr, 2);
	ck_assert_int_eq(e.samtycke[SAMTYCKE_SIP].status, SAMTYCKE_LAMNAT);
}

static void
d3_given_anew(void)
{
	static const struct {
		enum samtycke_status before, after;
		bool anew;
	} rows[] = {
	    {SAMTYCKE_NEKAT, SAMTYCKE_LAMNAT, true},
	    {SAMTYCKE_ATERKALLAT, SAMTYCKE_LAMNAT, true},
	    {SAMTYCKE_ATERKALLAT, SAMTYCKE_KRAVS_EJ, true},
	    {SAMTYCKE_NEKAT, SAMTYCKE_OKANT, true}, /* D1a: the clock runs, so from now on */
	    {SAMTYCKE_NEKAT, SAMTYCKE_KAN_EJ, true},
	    {SAMTYCKE_NEKAT, SAMTYCKE_ATERKALLAT, false},
	    {SAMTYCKE_OKANT, SAMTYCKE_LAMNAT, false},
	    {SAMTYCKE_LAMNAT, SAMTYCKE_LAMNAT, false},
	};

	for (int i = 0; i < ROWS(rows); i++) {
		episode_init(&e);
		begin();
		step(fact_samtycke(T1000, SAMTYCKE_SIP, rows[i].before));
		struct fact f = fact_samtycke(T1100, SAMTYCKE_SIP, rows[i].after);
		f.recorded_at = at(T1200);
		step(f);
		ck_assert_int_eq(e.samtycke[SAMTYCKE_SIP].status, rows[i].after);
		const struct sip_run *run = &e.sip_run[e.sip_run_count - 1];
		ck_assert_msg((run->nr == 3) == rows[i].anew, "row %d", i);
		ck_assert(!rows[i].anew || run->since_at == at(T1200));
	}
}

static void
d1a_version_and_own_message(void)
{
	begin();
	step(fact_samtycke(T1000, SAMTYCKE_SIP, SAMTYCKE_ATERKALLAT));
	step(fact_inskrivningsmeddelande(T1100, IN, OUT)); /* says lamnat, as before: nothing new */
	ck_assert_int_eq(e.samtycke[SAMTYCKE_SIP].status, SAMTYCKE_ATERKALLAT);
	ck_assert_int_eq(e.samtycke[SAMTYCKE_SIP].nr, 2);
	struct fact f = fact_inskrivningsmeddelande(T1200, IN, OUT);
	f.inskrivningsmeddelande.samtycke[SAMTYCKE_SIP] = SAMTYCKE_KAN_EJ;
	step(f);
	ck_assert_int_eq(e.samtycke[SAMTYCKE_SIP].status, SAMTYCKE_KAN_EJ);
	ck_assert_int_eq(e.samtycke[SAMTYCKE_SIP].nr, 4);
}

static void
d1a_version_that_says_the_same(void)
{
	begin();
	step(fact_inskrivningsmeddelande(T1000, IN, OUT));
	ck_assert_int_eq(e.samtycke[SAMTYCKE_SIP].nr, 1);
	ck_assert_at(e.samtycke[SAMTYCKE_SIP].at, T0900);
}

static void
d3_a_first_message_that_refuses(void)
{
	step(fact_inskrivning(T0900, IN));
	step(fact_samtycke(T0930, SAMTYCKE_SIP, SAMTYCKE_LAMNAT));
	struct fact f = fact_inskrivningsmeddelande(T1000, IN, OUT);
	f.inskrivningsmeddelande.samtycke[SAMTYCKE_SIP] = SAMTYCKE_NEKAT;
	step(f);
	ck_assert_msg(
	    e.samtycke[SAMTYCKE_SIP].status == SAMTYCKE_NEKAT, "what the sender said last counts");
}

/* ---- E: discharge ---- */

static void
e1_discharge_and_information(void)
{
	begin();
	ck_assert_int_eq(step(fact_at(UTSKRIVNINGSINFORMATION, T1000)), OUTCOME_EJ_UTSKRIVEN);
	ck_assert_int_eq(step(fact_utskrivning(T1100, T1000)), OUTCOME_APPLIED);
	expect_phase(PHASE_UTSKRIVEN);
	ck_assert_at(e.utskrivning.at, T1000);
	ck_assert_at(e.utskrivning.recorded_at, T1100);
	ck_assert_int_eq(e.information.nr, 2);
	ck_assert_int_eq(step(fact_at(UTSKRIVNINGSINFORMATION, T1200)), OUTCOME_APPLIED);
	ck_assert_int_eq(step(fact_at(PATIENTINFORMATION, T1200)), OUTCOME_APPLIED);
	ck_assert_at(e.patientinformation.at, T1200);
}

static void
e2_discharge_is_never_refused(void)
{
	begin();
	step(fact_utskrivningsklar(T1000));
	ck_assert_int_eq(step(fact_utskrivning(T1100, T1100)), OUTCOME_APPLIED);
	ck_assert_int_eq(step(fact_utskrivning(T1200, T1200)), OUTCOME_UTSKRIVNING_ANDRAD);
	ck_assert_at(e.utskrivning.at, T1200);
	int32_t nr = e.utskrivning.nr;
	ck_assert_int_eq(step(fact_utskrivning(T1300, T1200)), OUTCOME_REDAN_UTSKRIVEN);
	ck_assert_int_eq(e.utskrivning.nr, nr);
	ck_assert_int_eq(step(fact_utskrivningsklar(T1300)), OUTCOME_REDAN_UTSKRIVNINGSKLAR);
}

static void
e1_of_a_first_handover(void)
{
	begin();
	step(fact_utskrivning(T1000, T1000));
	step(fact_at(UTSKRIVNINGSINFORMATION, T1100));
	step(fact_at(UTSKRIVNINGSINFORMATION, OUT_LATER));
	ck_assert_msg(e.information.at == at(T1100), "handed over again: not late by that");
}

/* ---- Section 2: parked ---- */

static void
parked(void)
{
	ck_assert_int_eq(step(fact_utskrivningsklar(T0900)), OUTCOME_PARKED);
	expect_phase(PHASE_OKAND);
	ck_assert_int_eq(step(fact_utskrivning(T0930, T0930)), OUTCOME_PARKED);
	ck_assert_int_eq(step(fact_ny_beraknad(T1000, OUT)), OUTCOME_PARKED);
	ck_assert_int_eq(step(fact_at(UTSKRIVNINGSINFORMATION, T1000)), OUTCOME_PARKED);
	ck_assert_int_eq(step(fact_behovsbedomning(T1000, BEHOV_JA, T1000)), OUTCOME_PARKED);
	expect_phase(PHASE_OKAND);
	ck_assert_int_eq(step(fact_inskrivning(T1100, IN)), OUTCOME_APPLIED);
	expect_phase(PHASE_AVSLUTAD);
	ck_assert_int_eq(step(fact_inskrivningsmeddelande(T1200, IN, OUT)), OUTCOME_APPLIED);
	expect_phase(PHASE_UTSKRIVEN);
	/* F9: delivered from when the message that names the patient came. */
	ck_assert_at(episode_klar_lamnad_at(&e, part(KB)), T1200);
}

static void
parked_word_that_contradicts(void)
{
	ck_assert_int_eq(step(fact_at(EJ_LANGRE_UTSKRIVNINGSKLAR, T0900)), OUTCOME_PARKED);
	ck_assert_int_eq(step(fact_utskrivningsklar(T0930)), OUTCOME_PARKED);
	ck_assert_int_eq(step(fact_utskrivningsklar(T1000)), OUTCOME_PARKED);
}

/* A0: nothing leaves the hospital before an inskrivningsmeddelande, and the sender is told so. */
static void
a0_nothing_leaves(void)
{
	step(fact_inskrivning(T0900, IN));
	ck_assert_int_eq(step(fact_utskrivningsklar(T0930)), OUTCOME_EJ_ANMALD);
	ck_assert_int_eq(
	    step(fact_samtycke(T0930, SAMTYCKE_SIP, SAMTYCKE_LAMNAT)), OUTCOME_EJ_ANMALD);
	ck_assert_int_eq(step(fact_at(EJ_LANGRE_UTSKRIVNINGSKLAR, T1000)), OUTCOME_EJ_ANMALD);
	ck_assert_int_eq(
	    step(fact_at(EJ_LANGRE_UTSKRIVNINGSKLAR, T1000)), OUTCOME_EJ_UTSKRIVNINGSKLAR);
	ck_assert_int_eq(step(fact_utskrivningsklar(T1000)), OUTCOME_EJ_ANMALD);
	ck_assert_int_eq(step(fact_behovsbedomning(T1000, BEHOV_JA, T1000)), OUTCOME_APPLIED);
	begin();
	expect_phase(PHASE_UTSKRIVNINGSKLAR); /* it was kept */
	ck_assert_int_eq(step(fact_at(EJ_LANGRE_UTSKRIVNINGSKLAR, T1100)), OUTCOME_APPLIED);
}

/* A0, G2: said when the patient is home, there is nothing left to watch or to move. */
static void
after_discharge(void)
{
	struct fact moved = fact_of(OVERFLYTTNING, H, T1200);

	begin();
	step(fact_utskrivning(T1000, T1000));
	ck_assert_int_eq(
	    step(fact_behovsbedomning(T1100, BEHOV_JA, T1100)), OUTCOME_REDAN_UTSKRIVEN);
	ck_assert_int_eq(step(moved), OUTCOME_REDAN_UTSKRIVEN);
	ck_assert_int_eq(step(fact_inskrivning(T1200, IN)), OUTCOME_APPLIED);
	ck_assert_int_eq(step(fact_inskrivningsmeddelande(T1200, IN, OUT)), OUTCOME_NY_VERSION);
	/* G2: in again, and told of as the stay that is over. */
	ck_assert_int_eq(step(fact_inskrivning(T1300, T1200)), OUTCOME_REDAN_UTSKRIVEN);
	ck_assert_int_eq(
	    step(fact_inskrivningsmeddelande(T1300, T1200, OUT)), OUTCOME_REDAN_UTSKRIVEN);
}

/* D10: what is said of a stay is nothing to a patient's own file. */
static void
d10_own_file_is_no_stay(void)
{
	struct fact wish = fact_sip_behov(T0900, VC, SIP_NY);

	wish.patient = TEST_PATIENT;
	ck_assert_int_eq(step(wish), OUTCOME_APPLIED);
	ck_assert_int_eq(
	    step(fact_inskrivningsmeddelande(T0930, IN, OUT)), OUTCOME_EJ_VARDTILLFALLE);
	ck_assert_int_eq(step(fact_utskrivningsklar(T0930)), OUTCOME_EJ_VARDTILLFALLE);
	ck_assert_int_eq(step(fact_utskrivning(T1000, T1000)), OUTCOME_EJ_VARDTILLFALLE);
	ck_assert_int_eq(e.inskr.nr + e.klar.nr + e.utskrivning.nr, 0);
	ck_assert_int_eq(step(fact_fvk(T1000, FVK_UTSE, VC, ANNA)), OUTCOME_APPLIED);
}

/* ---- The messages beside the main way: what each leaves behind ---- */

static void
a9_out_by_its_own_word(void)
{
	struct fact not_ours = fact_of(AVVISNING, KB, T0930);

	not_ours.avvisning.orsak = EJ_FOLKBOKFORD;
	ck_assert_int_eq(step(not_ours), OUTCOME_PARKED);
	episode_init(&e);
	begin();
	ck_assert_int_eq(step(not_ours), OUTCOME_APPLIED);
	ck_assert(!is_active(KB));
	ck_assert_int_eq(part(KB)->uttrade, UTTRADE_AVVISAD);
	ck_assert_at(part(KB)->ended_at, T0930);
	ck_assert_int_eq(step(not_ours), OUTCOME_EJ_MOTTAGARE);
	step(fact_inskrivningsmeddelande(T1000, IN, OUT));
	ck_assert_msg(!is_active(KB), "a version does not bring it back");
	struct fact again = fact_mottagare_andrad(T1100, KB);
	again.source = H;
	ck_assert_int_eq(step(again), OUTCOME_APPLIED);
	ck_assert(is_active(KB));
	ck_assert_int_eq(part(KB)->uttrade, UTTRADE_NONE);
}

static void
a10_added_removed_forwarded(void)
{
	struct fact on = fact_of(MOTTAGARE_ANDRAD, KB, T0930);
	struct fact out = fact_of(MOTTAGARE_ANDRAD, H, T1100);

	on.mottagare_andrad.vidarebefordra = KH;
	out.mottagare_andrad.ta_bort[out.mottagare_andrad.ta_bort_count++] = KH;
	begin();
	ck_assert_int_eq(step_judged(on, OUTCOME_UTANFOR_HUVUDMAN), OUTCOME_UTANFOR_HUVUDMAN);
	ck_assert(is_active(KB) && !is_active(KH));
	ck_assert_int_eq(step(on), OUTCOME_APPLIED);
	ck_assert(!is_active(KB) && is_active(KH));
	ck_assert_int_eq(part(KH)->forwarded_by, KB);
	ck_assert_at(part(KH)->received_at, T0930);
	ck_assert_int_eq(step(on), OUTCOME_EJ_MOTTAGARE);
	step(fact_inskrivningsmeddelande(T1000, IN, OUT));
	ck_assert_msg(is_active(KH), "a version does not end what was added");
	ck_assert_int_eq(step(out), OUTCOME_APPLIED);
	ck_assert(!is_active(KH));
	ck_assert_int_eq(step(out), OUTCOME_EJ_MOTTAGARE);
}

static void
a11_not_concerned(void)
{
	begin();
	ck_assert_int_eq(step(fact_of(EJ_BERORD, KB, T0930)), OUTCOME_APPLIED);
	ck_assert(!is_active(KB));
	ck_assert_int_eq(part(KB)->uttrade, UTTRADE_EJ_BERORD);
	ck_assert_int_eq(step(fact_of(EJ_BERORD, KH, T1000)), OUTCOME_EJ_MOTTAGARE);
}

static void
b12_asked_for_without_a_stay(void)
{
	struct fact f = fact_of(BEGARAN_FAST_VARDKONTAKT, VC, T0900);

	f.patient = TEST_PATIENT;
	f.begaran.unit = VC;
	f.begaran.at = f.sent_at;
	ck_assert_int_eq(step(f), OUTCOME_APPLIED);
	ck_assert(e.own_file && is_active(VC));
	ck_assert_int_eq(episode_begaran_open(&e, part(VC)), 1);
}

static void
b14_one_more_beside_a_physician(void)
{
	struct fact beside = fact_fvk(T1000, FVK_UTSE, VC, ANNA);

	beside.fast_vardkontakt.jamte = true;
	begin();
	ck_assert_int_eq(step(beside), OUTCOME_INGEN_FVK);
	step(fact_fvk(T0930, FVK_UTSE, VC, DOKTOR));
	ck_assert_int_eq(step_judged(beside, OUTCOME_FVK_EJ_LAKARE), OUTCOME_FVK_EJ_LAKARE);
	ck_assert_int_eq(step(beside), OUTCOME_APPLIED);
	ck_assert_int_eq(episode_fvk(&e, VC)->staff, DOKTOR);
	ck_assert_int_eq(episode_fvk(&e, VC)->jamte, ANNA);
	beside.fast_vardkontakt.atgard = FVK_AVSLUTA;
	ck_assert_int_eq(step(beside), OUTCOME_APPLIED);
	ck_assert_int_eq(episode_fvk(&e, VC)->jamte, 0);
	ck_assert_int_eq(step(beside), OUTCOME_INGEN_FVK);
}

static void
c1a_withheld(void)
{
	struct fact f = fact_utskrivningsklar(T0930);

	f.utskrivningsklar.undanhallen[f.utskrivningsklar.undanhallen_count++] = KB;
	begin();
	ck_assert_int_eq(step(f), OUTCOME_APPLIED);
	ck_assert_int_eq(part(KB)->undanhallen_nr, e.klar.nr);
	ck_assert_int_eq(part(VC)->undanhallen_nr, 0);
}

static void
c2_under_which_law(void)
{
	struct fact f = fact_utskrivningsklar(T1000), lrv = fact_of(VARDFORM_ANDRAD, H, T0930);

	f.utskrivningsklar.underrattelse_lpt_7a = true;
	lrv.vardform_andrad.vardform = VARDFORM_LRV;
	lrv.vardform_andrad.from_at = lrv.sent_at;
	begin();
	step(lrv);
	ck_assert_int_eq(step(f), OUTCOME_LRV_12A);
	ck_assert_int_eq(e.klar.nr, 0);
	lrv.vardform_andrad.vardform = VARDFORM_LPT;
	step(lrv);
	ck_assert_int_eq(step(f), OUTCOME_APPLIED);
}

static void
c6_open_compulsory_care(void)
{
	struct fact f = fact_utskrivningsklar(T0930),
		    adjusted = fact_of(VARDPLAN_JUSTERAD, KB, T1000);
	struct fact ends = fact_of(VARDFORM_ANDRAD, H, T1100);

	adjusted.at.at = adjusted.sent_at;
	f.utskrivningsklar.tvangsvard_given = true;
	f.utskrivningsklar.oppen_tvangsvard = TVANGSVARD_OPT;
	ends.vardform_andrad.from_at = at(T1200);
	begin();
	ck_assert_int_eq(step(adjusted), OUTCOME_INGEN_TVANGSVARD);
	step(f);
	ck_assert_int_eq(e.tvangsvard.oppen, TVANGSVARD_OPT);
	ck_assert_int_eq(step(adjusted), OUTCOME_APPLIED);
	ck_assert_int_eq(part(KB)->vardplan_nr, e.last_nr);
	step(ends);
	const struct sip_run *run = &e.sip_run[e.sip_run_count - 1];
	ck_assert_int_eq(run->nr, e.last_nr);
	ck_assert_msg(run->since_at == at(T1200), "it ends when it ends, not when it is said");
}

static void
d7_held_and_followed_up(void)
{
	struct fact held = fact_of(SIP, VC, T1000), followed = fact_of(SIP_UPPFOLJNING, VC, T1100);

	held.sip.hallen_at = held.sent_at;
	held.sip.plan =
	    (struct plan){true, PLAN_MAL | PLAN_UPPFOLJNING, HUVUDMAN_KOMMUN, INSTANT_NONE};
	followed.sip_uppfoljning.hallen_at = followed.sent_at;
	followed.sip_uppfoljning.plan.uppfoljning_at = INSTANT_NONE;
	followed.sip_uppfoljning.nasta_uppfoljning_at = at(OUT_LATER);
	begin();
	ck_assert_int_eq(step(followed), OUTCOME_INGEN_SIP);
	ck_assert_int_eq(step(held), OUTCOME_PLAN_OFULLSTANDIG);
	ck_assert_int_eq(e.sip.overgripande_ansvar, HUVUDMAN_KOMMUN);
	ck_assert_int_eq(step(followed), OUTCOME_PLAN_OFULLSTANDIG);
	ck_assert_int_eq(e.sip.saknas, PLAN_MAL);
	ck_assert_at(e.sip.uppfoljning_at, OUT_LATER);
	followed.sip_uppfoljning.plan = (struct plan){true, 0, HUVUDMAN_REGION, INSTANT_NONE};
	followed.sip_uppfoljning.avslutad = true;
	ck_assert_int_eq(step(followed), OUTCOME_APPLIED);
	ck_assert(e.sip.avslutad);
	held.sip.utfall = SIP_UTEBLEV;
	held.sip.plan.given = false;
	ck_assert_int_eq(step(held), OUTCOME_APPLIED);
	ck_assert_int_eq(step(followed), OUTCOME_INGEN_SIP);
}

static void
d8_an_answer_is_to_a_kallelse(void)
{
	struct fact f = fact_of(KALLELSE_SVAR, KB, T1000);

	f.kallelse_svar.svar = SVAR_ANNAN_TID;
	f.kallelse_svar.forslag_at = at(OUT_LATER);
	begin();
	ck_assert_int_eq(step(f), OUTCOME_EJ_KALLAD);
	step(fact_kallelse(T0930, VC, KALLELSE_SKICKA, ANNA));
	ck_assert_int_eq(step(f), OUTCOME_APPLIED);
	ck_assert_int_eq(part(KB)->svar_kallelse_nr, part(KB)->kallad_nr);
	ck_assert_at(part(KB)->forslag_at, OUT_LATER);
}

/* The first meeting stands; the units of the second are summoned to it. */
static void
d9_a_second_is_joined(void)
{
	struct fact first = fact_kallelse(T0930, VC, KALLELSE_SKICKA, ANNA);
	struct fact second = fact_kallelse(T1000, PSYK, KALLELSE_SKICKA, KIM);

	first.sip_kallelse.mote = mote_at(OUT);
	second.sip_kallelse.mote = mote_at(OUT_LATER);
	second.sip_kallelse.kallade[0] = KH;
	begin();
	struct fact added = fact_mottagare_andrad(T0900, KH);
	added.source = H;
	step(added);
	step(first);
	ck_assert_int_eq(step(second), OUTCOME_APPLIED);
	ck_assert_at(e.mote.start_at, OUT);
	ck_assert_int_eq(e.kallelse.unit, VC);
	ck_assert_int_eq(part(KH)->kallad_nr, e.last_nr);
}

static void
d11_struck_by_the_patient(void)
{
	struct fact f = fact_kallelse(T1000, VC, KALLELSE_OMBOKA, ANNA);

	f.sip_kallelse.kallade_count = 0;
	f.sip_kallelse.strukna[f.sip_kallelse.strukna_count++] = KB;
	begin();
	step(fact_kallelse(T0930, VC, KALLELSE_SKICKA, ANNA));
	step(f);
	ck_assert_int_eq(part(KB)->struken_nr, e.last_nr);
	ck_assert_int_eq(part(KB)->kallad_nr, 0);
	step(fact_kallelse(T1100, VC, KALLELSE_SKICKA, ANNA));
	ck_assert_msg(!sip_is_struck(part(KB), 0), "summoned after all");
}

static void
f3_insatser_in_the_order_said(void)
{
	struct fact f = fact_of(INSATSER_STATUS, KB, T0930);

	f.insatser_status.status = INSATSER_OKLART;
	f.insatser_status.from_at = INSTANT_NONE;
	begin();
	ck_assert_int_eq(step(f), OUTCOME_APPLIED);
	ck_assert_msg(e.insatser[0].from_at == at(T0930), "since it was said");
	f.source = VC;
	for (int i = 0; i < 2 * INSATSER_MAX; i++) {
		f.insatser_status.status = i % 2 == 0 ? INSATSER_TILLGANGLIG : INSATSER_AVBOJD;
		step(f);
		step(f); /* again: no other word */
	}
	ck_assert_int_eq(e.insatser_count, INSATSER_MAX);
	ck_assert_msg(e.insatser[0].unit == KB, "no unit's many words push out another's");
	ck_assert_int_eq(e.insatser[INSATSER_MAX - 1].status, INSATSER_AVBOJD);
	ck_assert_int_eq(e.insatser[INSATSER_MAX - 2].status, INSATSER_TILLGANGLIG);
}

static void
f4_moved(void)
{
	struct fact f = fact_of(PATIENT_UPPDATERAD, H, T1000);

	f.patient_uppdaterad.given = PATIENT_KOMMUN;
	f.patient_uppdaterad.folkbokforingskommun = 1281;
	f.patient_uppdaterad.from_at = at(T0930);
	begin();
	step(f);
	ck_assert_int_eq(e.kommun_count, 2);
	ck_assert_at(e.kommun[1].from_at, T0930);
	step(f);
	ck_assert_msg(e.kommun_count == 2, "said again");
	ck_assert_int_eq(e.inskr.folkbokforingskommun, 1281);
}

/* A6: a version corrects what the one before said; it does not what was said of a move. */
static void
f4_corrected(void)
{
	struct fact f = fact_inskrivningsmeddelande(T1000, IN, OUT);

	f.inskrivningsmeddelande.folkbokforingskommun = 1281;
	begin();
	step(f);
	ck_assert_int_eq(e.kommun_count, 1);
	ck_assert_int_eq(e.kommun[0].kommun, 1281);
	ck_assert_at(e.kommun[0].from_at, NULL);
	struct fact moved = fact_of(PATIENT_UPPDATERAD, H, T1100);
	moved.patient_uppdaterad.given = PATIENT_KOMMUN;
	moved.patient_uppdaterad.folkbokforingskommun = 1282;
	moved.patient_uppdaterad.from_at = at(T1100);
	step(moved);
	f.inskrivningsmeddelande.folkbokforingskommun = 1283;
	f.sent_at = f.recorded_at = at(T1200);
	step(f);
	ck_assert_int_eq(e.kommun_count, 3);
	ck_assert_int_eq(e.kommun[1].kommun, 1282);
}

/* G1: what was booked is given back; then only corrections and the discharge mean anything. */
static void
g1_dead(void)
{
	struct fact booked = fact_kallelse(T0930, VC, KALLELSE_SKICKA, ANNA);

	booked.sip_kallelse.mote = mote_at(OUT);
	begin();
	step(booked);
	ck_assert_int_eq(step(fact_at(AVLIDEN, T1000)), OUTCOME_APPLIED);
	expect_phase(PHASE_AVLIDEN);
	ck_assert_int_eq(e.bokning.status, BOKNING_NONE);
	ck_assert_int_eq(step(fact_at(AVLIDEN, T1100)), OUTCOME_AVLIDEN);
	ck_assert_int_eq(step(fact_utskrivningsklar(T1100)), OUTCOME_AVLIDEN);
	ck_assert_int_eq(e.klar.nr, 0);
	ck_assert_int_eq(step(fact_of(PATIENT_UPPDATERAD, H, T1100)), OUTCOME_APPLIED);
	ck_assert_int_eq(step(fact_utskrivning(T1200, T1200)), OUTCOME_APPLIED);
}

/* Section 2, G1: a death that was told first takes effect when the stay is named, whatever the
 * clocks of those who told say. */
static void
g1_dead_before_named(void)
{
	ck_assert_int_eq(step(fact_at(AVLIDEN, T0900)), OUTCOME_PARKED);
	ck_assert_int_eq(step(fact_utskrivningsklar(T0930)), OUTCOME_PARKED);
	ck_assert_int_eq(step(fact_inskrivningsmeddelande(T1000, IN, OUT)), OUTCOME_APPLIED);
	expect_phase(PHASE_AVLIDEN);
	ck_assert_int_eq(step(fact_inskrivning(T1100, IN)), OUTCOME_AVLIDEN);
}

/* G7: the stay goes on; G2: in another ward. */
static void
g2_permission_and_another_ward(void)
{
	struct fact leave = fact_of(PERMISSION, H, T0930), moved = fact_of(OVERFLYTTNING, H, T1000);

	leave.permission.from_at = leave.sent_at;
	leave.permission.to_at = at(T1300);
	moved.overflyttning.enhet = PSYK;
	moved.overflyttning.at = moved.sent_at;
	begin();
	ck_assert_int_eq(step(leave), OUTCOME_APPLIED);
	ck_assert_at(e.permission.to_at, T1300);
	expect_phase(PHASE_INSKRIVEN);
	ck_assert_int_eq(step(moved), OUTCOME_APPLIED);
	ck_assert_int_eq(episode_hospital(&e), PSYK);
	ck_assert(is_active(PSYK) && !is_active(H));
	step(fact_utskrivning(T1100, T1100));
	ck_assert_int_eq(step(leave), OUTCOME_REDAN_UTSKRIVEN);
}

/* A3, G6: what is said of the patient completes the message; skydd waives the address. */
static void
g6_patient_said_anew(void)
{
	struct fact f = fact_inskrivningsmeddelande(T0900, IN, OUT);
	struct fact said = fact_of(PATIENT_UPPDATERAD, H, T0930);

	f.inskrivningsmeddelande.saknas = SAKNAS_NAMN | SAKNAS_ADRESS;
	said.patient_uppdaterad.given = PATIENT_NAMN;
	ck_assert_int_eq(step(f), OUTCOME_OFULLSTANDIG);
	step(said);
	ck_assert_int_eq(e.inskr.saknas, SAKNAS_ADRESS);
	said.patient_uppdaterad.given = PATIENT_SKYDD;
	said.patient_uppdaterad.skydd = SKYDD_SEKRETESSMARKERING;
	step(said);
	ck_assert_int_eq(e.inskr.saknas, 0);
	ck_assert_int_eq(e.inskr.skydd, SKYDD_SEKRETESSMARKERING);
}

static void
g8_sparr_of_an_organisation(void)
{
	struct fact f = fact_of(SPARR, VC, T0900);

	f.patient = TEST_PATIENT;
	f.sparr.org = TEST_ORG_REGION;
	f.sparr.atgard = SPARR_HAVD;
	ck_assert_int_eq(step(f), OUTCOME_INGEN_SPARR);
	f.sparr.atgard = SPARR_SATT;
	ck_assert_int_eq(step(f), OUTCOME_APPLIED);
	ck_assert_int_eq(step(f), OUTCOME_APPLIED);
	ck_assert_msg(e.sparr_count == 1, "set again is set once");
	f.sparr.atgard = SPARR_HAVD;
	ck_assert_int_eq(step(f), OUTCOME_APPLIED);
	ck_assert_int_eq(e.sparr_count, 0);
}

static void
g4_the_last_identity(void)
{
	begin();
	struct fact f = fact_inskrivningsmeddelande(T1000, IN, OUT);
	f.patient = 78;
	step(f);
	step(fact_ny_beraknad(T1100, OUT));
	ck_assert_int_eq(e.patient, 78);
}

static void
last_of_the_fold(void)
{
	begin();
	step(fact_utskrivningsklar(T1000));
	struct fact f = fact_ny_beraknad(T0930, OUT);
	step(f);
	ck_assert_int_eq(e.last_nr, 3);
	ck_assert_at(e.last_sent_at, T1000);
}

static const struct row {
	const char *rule;
	void (*play)(void);
} rows[] = {
    {"A0 the watch, inside the hospital", a0_watch},
    {"A0 no need: closed without a trace outside", a0_no_need_closes},
    {"A0 judged again", a0_need_reopens},
    {"A0 home without a need", a0_home_closes_the_watch},
    {"A1 24 hours after admission", a1_due_from_admission},
    {"A2 24 hours after the later judgement", a2_due_from_later_judgement},
    {"A2 as the message says", a2_due_as_the_message_says},
    {"A2 never earlier than A1", a2_judged_before_admission_is_not_later},
    {"A3 lacking is accepted and flagged", a3_lacking},
    {"A3 completed by ny_beraknad_utskrivning", a3_beraknad_comes_after},
    {"A3 known already", a3_beraknad_known_before},
    {"A4 named by kommun and slag, found by samordnad", a4_unresolved},
    {"A4 more than an episode holds", a4_too_many},
    {"A6 a new version", a6_first_and_version},
    {"A6 the hospital stays", a6_version_keeps_the_hospital},
    {"A6 who is named no longer is out", a6_version_drops_who_is_named_no_longer},
    {"A6 A4 whom samordnad found", a6_version_drops_whom_samordnad_found},
    {"A4 the listed unit's own ground", a4_listed_stands_on_its_own_ground},
    {"A6 another person", a6_another_person},
    {"A7 before the admission", a7_before_the_admission},
    {"E2 before the admission", e2_before_the_admission},
    {"A10 own time of receipt", a10_own_time_of_receipt},
    {"A10 D2 out and in again", a10_out_and_in_again},
    {"A10 A5 what was recorded first was received first", a10_first_receipt_counts},
    {"A7 a new time, with the one before", a7_shift},
    {"A7 A6 a version with the same time", a7_version_with_the_same_time},
    {"A7 after discharge", a7_after_discharge},
    {"A7 section 4: changes are counted", a7_changes_are_counted},
    {"A8 A11 G3 kvittens: who and when", g3_kvittens},
    {"G3 nothing to acknowledge", g3_nothing_to_acknowledge},
    {"G3 a clock behind", g3_clock_behind_the_hospitals},
    {"G3 what is in force is not forgotten", g3_what_is_in_force_is_not_forgotten},
    {"G3 names nobody", g3_not_a_participant_is_not_named_by_it},
    {"B1 B4 named by the unit", b1_named},
    {"B7 two slots", b7_two_slots},
    {"B10 B1 a change leaves no gap", b10_change_without_a_gap},
    {"B10 ended, and named again", b10_ended_and_named_again},
    {"B10 the end of another's assignment", b10_end_of_another_person},
    {"B10 nothing to end", b10_nothing_to_end},
    {"B1 held at discharge", b1_held_at_discharge},
    {"B1 a term that ended", b1_a_term_that_ended},
    {"B10 an end said beforehand", b10_end_said_beforehand},
    {"B10 section 4: changes are counted", b10_changes_are_counted},
    {"B3 barred", b3_refused_at_life_threatening},
    {"B3 binds at life-threatening only", b3_word_of_the_register_alone_bars_nobody},
    {"B4 propose", b4_proposed_then_confirmed},
    {"B4 by standing decision", b4_by_standing_decision},
    {"B4 the unit's word goes before samordnad's", b4_own_decision_yields_to_the_units},
    {"B11 fast läkarkontakt", b11_lakarkontakt},
    {"B11 the end of another's", b11_end_of_another},
    {"C1 ready", c1_ready},
    {"C1 while one is in force", c1_while_one_is_in_force},
    {"C3 withdrawn", c3_withdrawn},
    {"C3 section 4: withdrawals are counted", c3_withdrawals_are_counted},
    {"C4 anew", c4_new_notice_starts_anew},
    {"C5 delivered, per mottagare", c5_delivered},
    {"C5 downtime record", c5_downtime_record},
    {"C5 the first arrival", c5_first_arrival_counts},
    {"D0 either huvudman", d0_either_huvudman},
    {"D0 a unit's word overrides", d0_units_word_before_the_hospitals},
    {"D0 the hospital's word alone", d0_the_hospitals_word_alone},
    {"D0 A6 word of a unit that is out", d0_word_of_a_unit_that_is_out},
    {"D1a A6 a version and a message of its own", d1a_version_and_own_message},
    {"D1a A6 a version that says the same", d1a_version_that_says_the_same},
    {"D2 summoned before ready, survives a withdrawal", d2_summoned_before_ready},
    {"D2 D1 the first kallelse counts", d2_the_first_kallelse_counts},
    {"D2 summoned who is none of theirs", d2_summoned_who_is_none_of_theirs},
    {"D2 cancelled stays summoned", d2_cancelled_stays_summoned},
    {"D3 refused", d3_refused},
    {"D3 the other scope", d3_refusal_of_the_other_scope},
    {"D3 D1 given anew", d3_given_anew},
    {"D3 a first message that refuses", d3_a_first_message_that_refuses},
    {"D4 not by the FVK: flagged", d4_flagged},
    {"D4 cancelled by another: flagged", d4_flagged_cancel},
    {"D4 D3 flagged while refused", d4_flagged_while_refused},
    {"D4 by the deputy", d4_by_the_deputy},
    {"D4 against the FVK named", d4_against_the_fvk_named},
    {"D4 cancelled by whom", d4_cancelled_by_whom},
    {"D4 before the stay is named", d4_before_the_stay_is_named},
    {"D4 rebooked without a kallelse", d4_rebooking_without_kallelse},
    {"D6 booked", d6_booked},
    {"D6 own kallelse with a time of its own", d6_own_kallelse_with_a_time_of_its_own},
    {"D6 same start, other end and form", d6_same_start_other_form_and_end},
    {"D6a held, taken up, given back", d6a_held_and_taken_up},
    {"D6a rebooked while held", d6a_rebooked_while_held},
    {"D6a about a meeting that is gone", d6a_about_a_meeting_that_is_gone},
    {"E1 E3 information", e1_discharge_and_information},
    {"E1 handed over twice", e1_of_a_first_handover},
    {"E2 never refused", e2_discharge_is_never_refused},
    {"2 F9 parked", parked},
    {"2 parked, though it contradicts", parked_word_that_contradicts},
    {"A0 nothing leaves the hospital", a0_nothing_leaves},
    {"A0 G2 after discharge", after_discharge},
    {"D10 an own file is no stay", d10_own_file_is_no_stay},
    {"A9 out by its own word", a9_out_by_its_own_word},
    {"A10 added, removed, forwarded", a10_added_removed_forwarded},
    {"A11 not concerned", a11_not_concerned},
    {"B12 asked for without a stay", b12_asked_for_without_a_stay},
    {"B14 one more beside a physician", b14_one_more_beside_a_physician},
    {"C1a withheld", c1a_withheld},
    {"C2 under which law", c2_under_which_law},
    {"C6 open compulsory care", c6_open_compulsory_care},
    {"D7 held and followed up", d7_held_and_followed_up},
    {"D8 an answer is to a kallelse", d8_an_answer_is_to_a_kallelse},
    {"D9 a second is joined", d9_a_second_is_joined},
    {"D11 struck by the patient", d11_struck_by_the_patient},
    {"F3 F8 insatser in the order said", f3_insatser_in_the_order_said},
    {"F4 moved", f4_moved},
    {"F4 corrected", f4_corrected},
    {"G1 dead", g1_dead},
    {"G1 dead before named", g1_dead_before_named},
    {"G2 G7 permission, and another ward", g2_permission_and_another_ward},
    {"A3 G6 of the patient anew", g6_patient_said_anew},
    {"G8 a sparr of an organisation", g8_sparr_of_an_organisation},
    {"G4 the last identity", g4_the_last_identity},
    {"2 what a fold goes on from", last_of_the_fold},
};

START_TEST(rules)
{
	episode_init(&e);
	rows[_i].play();
}
END_TEST

START_TEST(every_outcome_has_its_words)
{
	for (int i = 0; i < OUTCOME_COUNT; i++) {
		ck_assert_ptr_nonnull(outcome_table[i].word);
		ck_assert((outcome_table[i].word[0] == '\0') == (i == OUTCOME_APPLIED));
		ck_assert_ptr_nonnull(outcome_table[i].detail);
	}
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("step");
	TCase *c = tcase_create("rules");
	SRunner *runner = srunner_create(suite);

	tcase_add_loop_test(c, rules, 0, ROWS(rows));
	tcase_add_test(c, every_outcome_has_its_words);
	suite_add_tcase(suite, c);
	srunner_run_all(runner, CK_NORMAL);
	int failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? 0 : 1;
}
