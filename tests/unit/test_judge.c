/* daemon/rules/judge.c: what the register says of a message when it comes (B3, D4). */
#include "rules_helper.h"

#include "daemon/rules/plan.h"

#define T0900 "2026-06-25T08:00:00+02:00"
#define T1000 "2026-06-25T10:00:00+02:00"
#define AWAY_FROM "2026-06-22T00:00:00+02:00"
#define AWAY_TO "2026-07-20T00:00:00+02:00"
#define SENT "2026-07-01T10:00:00+02:00"
#define BACK "2026-07-21T10:00:00+02:00"
#define IN "2026-06-24T20:00:00+02:00"
#define OUT "2026-07-02T12:00:00+02:00"

enum { STRANGER = 50 }; /* not in the register */

static struct region *region;
static struct episode e;

static void
setup(void)
{
	region = test_region();
	test_staff_add(region, 20, VC, FYSIOTERAPEUT);
	region_index(region);
}

static void
teardown(void)
{
	test_region_free(region);
}

static int
judge(struct fact f)
{
	struct surroundings s = {.region = region, .episode = 1};

	f.nr = e.last_nr + 1;
	return episode_judge(&e, &s, &f);
}

/* As judged, and stepped in on a copy of the state. */
static enum outcome
take(struct fact f)
{
	struct episode copy = e;

	f.nr = e.last_nr + 1;
	return episode_step(&copy, &f, judge(f));
}

/* ---- B3 ---- */

static const struct {
	const char *rule;
	enum fvk_atgard atgard;
	unit_id unit;
	staff_id staff;
	bool unlicensed;
	int judged;
} b3[] = {
    {"B3 a licensed physician", FVK_UTSE, VC, DOKTOR, false, OUTCOME_APPLIED},
    {"B3 not licensed yet", FVK_UTSE, VC, DOKTOR, true, OUTCOME_FVK_EJ_TILLATEN},
    {"B3 a nurse", FVK_UTSE, VC, ANNA, false, OUTCOME_FVK_EJ_TILLATEN},
    {"B3 a nurse, changed to", FVK_BYT, VC, ANNA, false, OUTCOME_FVK_EJ_TILLATEN},
    {"B3 a nurse, confirmed", FVK_BEKRAFTA, VC, ANNA, false, OUTCOME_FVK_EJ_TILLATEN},
    {"B3 a nurse, proposed", FVK_FORESLA, VC, ANNA, false, OUTCOME_FVK_EJ_TILLATEN},
    {"B3 a nurse's assignment may end", FVK_AVSLUTA, VC, ANNA, false, OUTCOME_APPLIED},
    {"B3 a person unknown", FVK_UTSE, VC, STRANGER, false, OUTCOME_FVK_EJ_TILLATEN},
    {"B3 psychiatry is regional too", FVK_UTSE, PSYK, KIM, false, OUTCOME_FVK_EJ_TILLATEN},
    {"B3 psychiatry's physician", FVK_UTSE, PSYK, YLVA, false, OUTCOME_APPLIED},
    {"B3 B7 does not bind municipal units", FVK_UTSE, KH, KARIN, false, OUTCOME_APPLIED},
};

START_TEST(b3_physician)
{
	static const bool threatened[] = {true, false};

	test_staff(region, DOKTOR)->legitimerad = !b3[_i].unlicensed;
	/* The register's word is the same whatever the state says just then: a late message may
	 * change that. */
	for (int i = 0; i < 2; i++) {
		episode_init(&e);
		struct fact f = fact_inskrivningsmeddelande(T0900, IN, OUT);
		f.inskrivningsmeddelande.livshotande = threatened[i];
		test_step(&e, f);
		ck_assert_msg(judge(fact_fvk(T1000, b3[_i].atgard, b3[_i].unit, b3[_i].staff)) ==
				  b3[_i].judged,
		    "%s", b3[_i].rule);
	}
}
END_TEST

/* ---- D4 ---- */

enum { BY_FVK, BY_FVK_OR_DEPUTY, BY_UNIT };
#define BIT(n) (1u << (n))
#define NONE_OF 0u
#define ALL_OF (BIT(BY_FVK) | BIT(BY_FVK_OR_DEPUTY) | BIT(BY_UNIT))

static const struct {
	const char *rule;
	unit_id source;
	staff_id skickad_av, for_staff;
	const char *at;
	unsigned may; /* under which policies kallelse_by it fulfils D1 */
} d4[] = {
    {"D4 the FVK", VC, ANNA, 0, BACK, ALL_OF},
    {"D4 the FVK, though away", VC, ANNA, 0, SENT, ALL_OF},
    {"D4 story 2: the deputy for the FVK who is away", VC, BO, ANNA, SENT,
	BIT(BY_FVK_OR_DEPUTY) | BIT(BY_UNIT)},
    {"D4 the standing deputy, for the FVK who is there", VC, BO, ANNA, BACK,
	BIT(BY_FVK_OR_DEPUTY) | BIT(BY_UNIT)},
    {"D4 the deputy, without saying for whom", VC, BO, 0, SENT,
	BIT(BY_FVK_OR_DEPUTY) | BIT(BY_UNIT)},
    {"D4 the deputy, for another person", VC, BO, DOKTOR, SENT, BIT(BY_UNIT)},
    {"D4 a colleague", VC, 20, ANNA, SENT, BIT(BY_UNIT)},
    {"D4 a person no longer known", VC, 0, 0, SENT, BIT(BY_UNIT)},
    {"D4 another regional unit without an FVK", PSYK, KIM, 0, SENT, BIT(BY_UNIT)},
    {"D4 a kommun", KH, KARIN, ANNA, SENT, NONE_OF},
    {"D4 a kommun's unit, by the FVK", KB, ANNA, 0, SENT, NONE_OF},
    {"D4 a ward", H, ANNA, 0, SENT, NONE_OF},
};

static void
with_anna(void)
{
	episode_init(&e);
	test_step(&e, fact_inskrivningsmeddelande(T0900, IN, OUT));
	test_step(&e, fact_fvk(T1000, FVK_UTSE, VC, ANNA));
	test_absence_add(region, ANNA, AWAY_FROM, AWAY_TO, 0);
}

static struct fact
row_kallelse(int i)
{
	struct fact f = fact_kallelse(d4[i].at, d4[i].source, KALLELSE_SKICKA, d4[i].skickad_av);
	f.sip_kallelse.for_staff = d4[i].for_staff;
	return f;
}

START_TEST(d4_by_whom)
{
	for (int by = BY_FVK; by <= BY_UNIT; by++) {
		enum outcome outcome =
		    (d4[_i].may & BIT(by)) != 0 ? OUTCOME_APPLIED : OUTCOME_KALLELSE_EJ_AV_FVK;
		setup();
		with_anna();
		test_policy_add(region, POLICY_KALLELSE_BY, d4[_i].source, by);
		ck_assert_msg(take(row_kallelse(_i)) == outcome, "%s, policy %d", d4[_i].rule, by);
		teardown();
	}
	/* The default is fvk_or_deputy. */
	setup();
	with_anna();
	ck_assert_msg((take(row_kallelse(_i)) == OUTCOME_APPLIED) ==
			  ((d4[_i].may & BIT(BY_FVK_OR_DEPUTY)) != 0),
	    "%s, by default", d4[_i].rule);
	teardown();
}
END_TEST

START_TEST(d4_deputy_of_the_absence)
{
	with_anna();
	region->absences[0].ersattare = 20;
	region_index(region);
	struct fact f = fact_kallelse(SENT, VC, KALLELSE_SKICKA, 20);
	ck_assert_int_eq(take(f), OUTCOME_APPLIED);
	f = fact_kallelse(BACK, VC, KALLELSE_SKICKA, 20); /* Anna is back */
	ck_assert_int_eq(take(f), OUTCOME_KALLELSE_EJ_AV_FVK);
}
END_TEST

START_TEST(d4_deputy_of_the_assignment)
{
	with_anna();
	struct fact f = fact_fvk(T1000, FVK_BYT, VC, ANNA);
	f.fast_vardkontakt.ersattare = 20;
	test_step(&e, f);
	ck_assert_int_eq(take(fact_kallelse(BACK, VC, KALLELSE_SKICKA, 20)), OUTCOME_APPLIED);
}
END_TEST

START_TEST(d4_no_fvk_named)
{
	with_anna();
	test_step(&e, fact_fvk(T1000, FVK_AVSLUTA, VC, ANNA));
	test_staff(region, ANNA)->ersattare = 0;
	ck_assert_int_eq(
	    take(fact_kallelse(BACK, VC, KALLELSE_SKICKA, ANNA)), OUTCOME_KALLELSE_EJ_AV_FVK);
	ck_assert_int_eq(
	    take(fact_kallelse(BACK, VC, KALLELSE_SKICKA, 0)), OUTCOME_KALLELSE_EJ_AV_FVK);
}
END_TEST

/* Without saying for whom: the FVK as known now, else the only person whose deputy the sender is.
 * A message that changes the FVK may come before one sent earlier. */
START_TEST(d4_deputy_of_whom)
{
	struct fact f = fact_kallelse(BACK, VC, KALLELSE_SKICKA, BO);

	with_anna();
	ck_assert_int_eq(judge(f), judged_deputy_of(ANNA));
	test_step(&e, fact_fvk(T1000, FVK_BYT, VC, DOKTOR));
	ck_assert_int_eq(judge(f), judged_deputy_of(ANNA));
	test_staff(region, 20)->ersattare = BO; /* of two now, and neither is the FVK */
	ck_assert_int_eq(judge(f), JUDGED_BY_DEPUTY);
	f.sip_kallelse.for_staff = 20;
	ck_assert_int_eq(judge(f), judged_deputy_of(20));
	f.sip_kallelse.for_staff = 0;
	test_step(&e, fact_fvk(T1000, FVK_BYT, VC, 20));
	ck_assert_int_eq(judge(f), judged_deputy_of(20));
	f.sip_kallelse.skickad_av = 0;
	ck_assert_int_eq(judge(f), JUDGED_BY_DEPUTY);
}
END_TEST

/* What the register says does not hang on who the FVK is known to be. */
START_TEST(d4_is_the_registers_alone)
{
	struct fact f = fact_kallelse(SENT, VC, KALLELSE_SKICKA, ANNA);

	with_anna();
	ck_assert_int_eq(judge(f), JUDGED_BY_DEPUTY);
	test_step(&e, fact_fvk(T1000, FVK_BYT, VC, BO));
	ck_assert_int_eq(judge(f), JUDGED_BY_DEPUTY);
	test_policy_add(region, POLICY_KALLELSE_BY, VC, BY_FVK);
	ck_assert_int_eq(judge(f), JUDGED_BY_FVK);
}
END_TEST

START_TEST(d4_cancelling)
{
	with_anna();
	struct fact f = fact_kallelse(SENT, VC, KALLELSE_SKICKA, ANNA);
	test_step(&e, f);
	/* The unit that summoned may, whoever of it does. */
	ck_assert_int_eq(take(fact_kallelse(BACK, VC, KALLELSE_AVBOKA, 20)), OUTCOME_APPLIED);
	ck_assert_int_eq(
	    take(fact_kallelse(BACK, KB, KALLELSE_AVBOKA, KARIN)), OUTCOME_KALLELSE_EJ_AV_FVK);
	ck_assert_int_eq(
	    take(fact_kallelse(BACK, H, KALLELSE_AVBOKA, KARIN)), OUTCOME_KALLELSE_EJ_AV_FVK);
	ck_assert_int_eq(
	    take(fact_kallelse(BACK, PSYK, KALLELSE_AVBOKA, KIM)), OUTCOME_KALLELSE_EJ_AV_FVK);
}
END_TEST

START_TEST(own_decisions_and_other_messages)
{
	with_anna();
	struct fact f = fact_kallelse(SENT, VC, KALLELSE_SKICKA, BO);
	f.source = 0;
	ck_assert_int_eq(judge(f), OUTCOME_APPLIED);
	ck_assert_int_eq(judge(fact_utskrivningsklar(SENT)), OUTCOME_APPLIED);
	ck_assert_int_eq(judge(fact_kvittens(SENT, KB, 1)), OUTCOME_APPLIED);
}
END_TEST

/* ---- Who may be named, and by whom: else it is not taken ---- */

enum said { APPOINTS, ENDS, PHYSICIAN_OF, NO_PHYSICIAN_OF_MORE, TELLS_OF };

static const struct {
	const char *rule;
	enum said said;
	staff_id staff, utsedd_av; /* B13: or who stands in */
	const char *pointer;	   /* of what is wrong; NULL: taken */
} refusals[] = {
    {"B4 its own person, by one of its own", APPOINTS, ANNA, BO, NULL},
    {"B4 by its head, who is of another unit", APPOINTS, ANNA, YLVA, NULL},
    {"B4 by a person of another unit", APPOINTS, ANNA, KIM, "/data/utsedd_av"},
    {"B4 by nobody known", APPOINTS, ANNA, STRANGER, "/data/utsedd_av"},
    {"B4 a person of another unit", APPOINTS, KIM, BO, "/data/staff"},
    {"B4 nobody known", APPOINTS, STRANGER, BO, "/data/staff"},
    {"B4 who has left", APPOINTS, 20, BO, "/data/staff"},
    {"B10 whoever had it, it may end", ENDS, KIM, KIM, NULL},
    {"B11 a physician as fast läkarkontakt", PHYSICIAN_OF, DOKTOR, 0, NULL},
    {"B11 a nurse as fast läkarkontakt", PHYSICIAN_OF, ANNA, 0, "/data/staff"},
    {"B11 a nurse is one no more", NO_PHYSICIAN_OF_MORE, ANNA, 0, NULL},
    {"B13 of its own", TELLS_OF, ANNA, 0, NULL},
    {"B13 of one who has left", TELLS_OF, 20, 0, NULL},
    {"B13 of another unit's", TELLS_OF, KIM, 0, "/data/staff"},
    {"B13 a deputy of its own", TELLS_OF, ANNA, BO, NULL},
    {"B13 a deputy of another unit", TELLS_OF, ANNA, KIM, "/data/ersattare"},
    {"B13 a deputy who has left", TELLS_OF, ANNA, 20, "/data/ersattare"},
};

static struct fact
fact_said(enum said said, staff_id staff, staff_id utsedd_av)
{
	struct fact f = fact_fvk(SENT, said == ENDS ? FVK_AVSLUTA : FVK_UTSE, VC, staff);

	f.fast_vardkontakt.utsedd_av = utsedd_av;
	if (said == PHYSICIAN_OF || said == NO_PHYSICIAN_OF_MORE)
		f = fact_lakarkontakt(SENT, VC, staff);
	if (said == NO_PHYSICIAN_OF_MORE)
		f.fast_kontakt.atgard = FVK_AVSLUTA;
	if (said == TELLS_OF) {
		f = fact_of(PERSONAL, VC, SENT);
		f.personal.staff = staff;
		f.personal.ersattare = utsedd_av;
		f.personal.from_at = at(SENT);
	}
	return f;
}

START_TEST(persons_named)
{
	struct fact f = fact_said(refusals[_i].said, refusals[_i].staff, refusals[_i].utsedd_av);
	const char *pointer;

	test_unit(region, VC)->verksamhetschef = YLVA;
	test_staff(region, 20)->slutar_at = at(SENT);
	const char *why = judge_refusal(region, &f, &pointer);
	ck_assert_msg((why != NULL) == (refusals[_i].pointer != NULL), "%s: %s", refusals[_i].rule,
	    why != NULL ? why : "taken");
	if (why != NULL)
		ck_assert_str_eq(pointer, refusals[_i].pointer);
}
END_TEST

/* B11: a fast omsorgskontakt is social care's, which has no other. */
static const struct {
	unit_id unit;
	enum unit_slag slag;
	enum kontakt_slag kontakt;
	bool taken;
} kontakter[] = {
    {VC, PRIMARVARD, KONTAKT_FVK, true},
    {VC, PRIMARVARD, KONTAKT_SAMORDNANDE, true},
    {VC, PRIMARVARD, KONTAKT_OMSORG, false},
    {PSYK, SPECIALISTOPPENVARD, KONTAKT_OMSORG, false},
    {KH, KOMMUNAL_HSL, KONTAKT_FVK, true},
    {KH, KOMMUNAL_HSL, KONTAKT_OMSORG, false},
    {KB, SOCIALTJANST, KONTAKT_OMSORG, true},
    {KB, SOCIALTJANST, KONTAKT_FVK, false},
    {KB, SOCIALTJANST, KONTAKT_SAMORDNANDE, false},
};

START_TEST(kinds_of_kontakt)
{
	enum { PERSON = 30 };
	struct fact f = fact_lakarkontakt(SENT, kontakter[_i].unit, PERSON);
	const char *pointer;

	test_staff_add(region, PERSON, kontakter[_i].unit, LAKARE);
	region_index(region);
	f.fast_kontakt.slag = (uint8_t)kontakter[_i].kontakt;
	bool taken = judge_refusal(region, &f, &pointer) == NULL;
	ck_assert_int_eq(region_unit(region, kontakter[_i].unit)->slag, kontakter[_i].slag);
	ck_assert_int_eq(taken, kontakter[_i].taken);
	if (!taken)
		ck_assert_str_eq(pointer, "/data/slag");
}
END_TEST

/* A4, A9, A10: who may be mottagare. */
static const struct {
	const char *rule, *pointer; /* NULL: taken */
	struct fact_mottagare_andrad said;
} mottagare[] = {
    {"A10 of each kind", NULL,
	{.lagg_till_count = 4,
	    .lagg_till = {{.unit = VC}, {.unit = KH}, {.unit = KB}, {.unit = PSYK}}}},
    {"A10 by kommun and slag", NULL, {.lagg_till_count = 1, .lagg_till = {{.kommun = 1}}}},
    {"A10 a ward", "/data/lagg_till/1/hsa_id",
	{.lagg_till_count = 2, .lagg_till = {{.unit = VC}, {.unit = H}}}},
    {"A10 forwarded", NULL, {.vidarebefordra = VC}},
    {"A10 forwarded to a ward", "/data/vidarebefordra", {.vidarebefordra = H}},
};

START_TEST(kinds_of_mottagare)
{
	const struct fact_mottagare_andrad *m = &mottagare[_i].said;
	struct fact f = fact_of(MOTTAGARE_ANDRAD, H, SENT);
	const char *pointer;

	f.mottagare_andrad = *m;
	const char *why = judge_refusal(region, &f, &pointer);
	ck_assert_msg((why != NULL) == (mottagare[_i].pointer != NULL), "%s", mottagare[_i].rule);
	if (why != NULL)
		ck_assert_str_eq(pointer, mottagare[_i].pointer);
	f = fact_inskrivningsmeddelande(SENT, SENT, NULL);
	ck_assert_ptr_null(judge_refusal(region, &f, &pointer));
	fact_mottagare_add(&f, H);
	ck_assert_ptr_nonnull(judge_refusal(region, &f, &pointer));
	ck_assert_str_eq(pointer, "/data/mottagare/2/hsa_id");
	f = fact_avvisning(SENT, VC, FELSAND, PSYK);
	ck_assert_ptr_null(judge_refusal(region, &f, &pointer));
	f.avvisning.ratt_enhet = H;
	ck_assert_ptr_nonnull(judge_refusal(region, &f, &pointer));
	ck_assert_str_eq(pointer, "/data/ratt_enhet");
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("judge");
	TCase *c = tcase_create("judge"), *bare = tcase_create("kallelse_by");
	SRunner *runner = srunner_create(suite);

	tcase_add_checked_fixture(c, setup, teardown);
	tcase_add_loop_test(c, b3_physician, 0, ROWS(b3));
	tcase_add_test(c, d4_deputy_of_the_absence);
	tcase_add_test(c, d4_deputy_of_the_assignment);
	tcase_add_test(c, d4_no_fvk_named);
	tcase_add_test(c, d4_deputy_of_whom);
	tcase_add_test(c, d4_is_the_registers_alone);
	tcase_add_test(c, d4_cancelling);
	tcase_add_test(c, own_decisions_and_other_messages);
	tcase_add_loop_test(c, persons_named, 0, ROWS(refusals));
	tcase_add_loop_test(c, kinds_of_kontakt, 0, ROWS(kontakter));
	tcase_add_loop_test(c, kinds_of_mottagare, 0, ROWS(mottagare));
	tcase_add_loop_test(bare, d4_by_whom, 0, ROWS(d4));
	suite_add_tcase(suite, c);
	suite_add_tcase(suite, bare);
	srunner_run_all(runner, CK_NORMAL);
	int failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? 0 : 1;
}
