/* daemon/rules/kontakter: who may see a patient's fasta kontakter (B11, G8). */
#include "rules_helper.h"

#include "daemon/rules/kontakter.h"

#define OTHER_ORG 5560000001
#define CARE GREN_VARD
#define SOCIAL GREN_SOCIALTJANST

static struct region *region;

static void
setup(void)
{
	region = test_region();
	region_index(region);
}

static void
teardown(void)
{
	test_region_free(region);
}

/* B11: secrecy stands within a kommun too, between its socialtjänst and its health care. */
START_TEST(branches)
{
	static const enum verksamhetsgren wanted[UNIT_SLAG_COUNT] = {[PRIMARVARD] = CARE,
	    [SPECIALISTOPPENVARD] = CARE,
	    [KOMMUNAL_HSL] = CARE,
	    [SLUTENVARD] = CARE,
	    [SOCIALTJANST] = SOCIAL,
	    [EKONOMI] = GREN_INGEN};

	ck_assert_int_eq(verksamhetsgren_of((enum unit_slag)_i), wanted[_i]);
}
END_TEST

/* A state in which this was said of informationsdelning; status -1: nothing. */
static struct episode
said(int status, const char *when)
{
	struct episode e;

	episode_init(&e);
	if (status >= 0)
		e.samtycke[SAMTYCKE_INFORMATIONSDELNING] = (struct samtycke){
		    .status = (enum samtycke_status)status, .nr = 1, .at = at(when)};
	return e;
}

static struct episode
blocked(int64_t org)
{
	struct episode e = said(-1, NULL);

	e.sparr[e.sparr_count++].org = org;
	return e;
}

#define LATER "2026-05-05T10:00:00+02:00"
#define EARLIER "2026-05-04T10:00:00+02:00"

static const struct {
	const char *rule, *what;
	unit_id holder;
	int64_t org;	   /* of the reader */
	unsigned grenar;   /* of the reader */
	int first, second; /* what was said at EARLIER, in one state, and at LATER, in another */
	int64_t blocked;   /* G8 */
	bool shown;
} rows[] = {
    {"B11", "one's own", VC, TEST_ORG_REGION, CARE, -1, -1, 0, true},
    {"B11", "one's own, though it is blocked to others", VC, TEST_ORG_REGION, CARE, -1, -1,
	TEST_ORG_REGION, true},
    {"B11", "another's, nothing said", VC, TEST_ORG_KOMMUN, CARE, -1, -1, 0, false},
    {"B11", "another's, allowed", VC, TEST_ORG_KOMMUN, CARE, SAMTYCKE_LAMNAT, -1, 0, true},
    {"B11", "another's, not needed", VC, TEST_ORG_KOMMUN, CARE, -1, SAMTYCKE_KRAVS_EJ, 0, true},
    {"B11", "another's, refused", VC, TEST_ORG_KOMMUN, CARE, SAMTYCKE_NEKAT, -1, 0, false},
    {"B11", "the last word counts: taken back", VC, TEST_ORG_KOMMUN, CARE, SAMTYCKE_LAMNAT,
	SAMTYCKE_ATERKALLAT, 0, false},
    {"B11", "the last word counts: given", VC, TEST_ORG_KOMMUN, CARE, SAMTYCKE_NEKAT,
	SAMTYCKE_LAMNAT, 0, true},
    {"B11", "the kommun's other branch, nothing said", KB, TEST_ORG_KOMMUN, CARE, -1, -1, 0, false},
    {"B11", "the kommun's other branch, allowed", KB, TEST_ORG_KOMMUN, CARE, SAMTYCKE_LAMNAT, -1, 0,
	true},
    {"B11", "the kommun's same branch", KB, TEST_ORG_KOMMUN, SOCIAL, -1, -1, 0, true},
    {"B11", "of both branches", KB, TEST_ORG_KOMMUN, CARE | SOCIAL, -1, -1, 0, true},
    {"G8", "blocked, though allowed", VC, TEST_ORG_KOMMUN, CARE, SAMTYCKE_LAMNAT, -1,
	TEST_ORG_REGION, false},
    {"G8", "another's is blocked", VC, TEST_ORG_KOMMUN, CARE, SAMTYCKE_LAMNAT, -1, OTHER_ORG, true},
};

/* Whichever state comes first. */
START_TEST(shown)
{
	struct episode states[] = {
	    said(rows[_i].first, EARLIER), said(rows[_i].second, LATER), blocked(rows[_i].blocked)};

	for (int turned = 0; turned < 2; turned++) {
		struct kontakter_gate gate = {0};
		for (int i = 0; i < ROWS(states); i++)
			kontakter_know(&gate, &states[turned ? ROWS(states) - 1 - i : i]);
		ck_assert_msg(kontakter_shown(&gate, region_unit(region, rows[_i].holder),
				  rows[_i].org, rows[_i].grenar) == rows[_i].shown,
		    "%s %s", rows[_i].rule, rows[_i].what);
	}
}
END_TEST

/* More organisations than are kept do not fit: those that were kept stay. */
START_TEST(too_many_blocked)
{
	struct kontakter_gate gate = {0};

	for (int i = 0; i < SPARR_MAX + 1; i++) {
		struct episode e = blocked(OTHER_ORG + i);
		kontakter_know(&gate, &e);
	}
	ck_assert_int_eq(gate.blocked_count, SPARR_MAX);
	ck_assert_int_eq(gate.blocked[SPARR_MAX - 1], OTHER_ORG + SPARR_MAX - 1);
}
END_TEST

static struct fact
fact_sparr(enum sparr_atgard atgard, int64_t org)
{
	struct fact f = fact_of(SPARR, VC, LATER);

	f.patient = TEST_PATIENT;
	f.sparr.org = org;
	f.sparr.atgard = atgard;
	f.sparr.at = f.sent_at;
	return f;
}

/* G8: one for each organisation; what is lifted was set; of too many none gives way. */
START_TEST(g8_sparr)
{
	struct episode e;

	episode_init(&e);
	ck_assert_int_eq(test_step(&e, fact_sparr(SPARR_HAVD, OTHER_ORG)), OUTCOME_INGEN_SPARR);
	for (int i = 0; i < SPARR_MAX; i++)
		ck_assert_int_eq(
		    test_step(&e, fact_sparr(SPARR_SATT, OTHER_ORG + i)), OUTCOME_APPLIED);
	ck_assert_int_eq(test_step(&e, fact_sparr(SPARR_SATT, OTHER_ORG)), OUTCOME_APPLIED);
	ck_assert_int_eq(e.sparr_count, SPARR_MAX);
	ck_assert_int_eq(test_step(&e, fact_sparr(SPARR_SATT, TEST_ORG_KOMMUN)), OUTCOME_FOR_MANGA);
	ck_assert_int_eq(test_step(&e, fact_sparr(SPARR_HAVD, OTHER_ORG)), OUTCOME_APPLIED);
	ck_assert_int_eq(e.sparr_count, SPARR_MAX - 1);
	for (int i = 0; i < e.sparr_count; i++)
		ck_assert_int_ne(e.sparr[i].org, OTHER_ORG);
	ck_assert_int_eq(test_step(&e, fact_sparr(SPARR_HAVD, OTHER_ORG)), OUTCOME_INGEN_SPARR);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("kontakter");
	TCase *tc = tcase_create("kontakter");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_loop_test(tc, branches, 0, UNIT_SLAG_COUNT);
	tcase_add_loop_test(tc, shown, 0, ROWS(rows));
	tcase_add_test(tc, too_many_blocked);
	tcase_add_test(tc, g8_sparr);
	suite_add_tcase(s, tc);
	SRunner *sr = srunner_create(s);
	srunner_run_all(sr, CK_NORMAL);
	int failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed != 0;
}
