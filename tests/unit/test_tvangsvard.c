/*
 * Compulsory care: C2, C6 and story 5. Which notices count, whose the vårdplan is, when it is drawn
 * up, and what opens when the care ends.
 */
#include "rules_driver.h"

static struct region *region;

static void
setup(void)
{
	region = test_region();
	test_policy_add(region, POLICY_FVK_MODE, 0, FVK_MANUAL);
	test_policy_add(region, POLICY_SIP_MODE, 0, SIP_MANUAL);
}

static void
teardown(void)
{
	test_region_free(region);
}

#define MARCH(day, time) "2026-03-" day "T" time ":00+01:00"

/* To VC, KB and psychiatry. */
static struct fact
admitted(enum vardform vardform)
{
	struct fact f = fact_inskrivningsmeddelande(
	    MARCH("18", "09:00"), MARCH("18", "02:00"), MARCH("27", "12:00"));

	f.inskrivningsmeddelande.vardform = vardform;
	f.inskrivningsmeddelande.verksamhet = PSYKIATRISK;
	fact_mottagare_add(&f, PSYK);
	return f;
}

static struct fact
klar(const char *sent_at, bool notice, enum oppen_tvangsvard oppen)
{
	struct fact f = fact_utskrivningsklar(sent_at);

	f.utskrivningsklar.underrattelse_lpt_7a = notice;
	f.utskrivningsklar.tvangsvard_given = true;
	f.utskrivningsklar.oppen_tvangsvard = oppen;
	return f;
}

static int32_t
annul(struct drive *d, const char *sent_at, unit_id source, int32_t nr)
{
	char id[16];

	snprintf(id, sizeof id, "m%d", nr);
	return drive(d, fact_makulering(sent_at, source, id));
}

/* ---- C2: which notices count; C6: which rules then bind ---- */

static const struct c2 {
	const char *rule;
	enum vardform vardform;
	bool notice; /* said to be one of compulsory care */
	enum oppen_tvangsvard oppen;
	enum outcome outcome;
	bool counts, sip, vardplan;
} c2_rows[] = {
    {"plain", VARDFORM_HSL, false, TVANGSVARD_INGEN, OUTCOME_APPLIED, true, true, false},
    {"C2 LPT 7 a, to no compulsory care", VARDFORM_LPT, true, TVANGSVARD_INGEN, OUTCOME_APPLIED,
	true, true, false},
    {"C2, C6 LPT 7 a, to ÖPT", VARDFORM_LPT, true, TVANGSVARD_OPT, OUTCOME_APPLIED, true, false,
	true},
    {"C6 the plain notice, to ÖPT", VARDFORM_LPT, false, TVANGSVARD_OPT, OUTCOME_APPLIED, true,
	false, true},
    {"C2 LRV 12 a", VARDFORM_LRV, true, TVANGSVARD_INGEN, OUTCOME_LRV_12A, false, false, false},
    {"C2 LRV 12 a, to ÖRV", VARDFORM_LRV, true, TVANGSVARD_ORV, OUTCOME_LRV_12A, false, false,
	false},
    {"C6 the plain notice, to ÖRV", VARDFORM_LRV, false, TVANGSVARD_ORV, OUTCOME_APPLIED, true,
	false, true},
};

START_TEST(c2)
{
	const struct c2 *row = &c2_rows[_i];
	struct drive *d = drive_new(region, 1);

	drive(d, admitted(row->vardform));
	drive(d, klar(MARCH("20", "10:00"), row->notice, row->oppen));
	ck_assert_msg(d->outcome == row->outcome, "%s: outcome %d", row->rule, d->outcome);
	ck_assert_msg((d->state.klar.nr != 0) == row->counts, "%s", row->rule);
	ck_assert_msg(
	    drive_told(d, KB, NOTICE_UTSKRIVNINGSKLAR) == row->counts, "%s: told", row->rule);
	ck_assert_msg(
	    (drive_task(d, TASK_KALLA_SIP, VC) != NULL) == row->sip, "%s: SIP", row->rule);
	ck_assert_msg(drive_told(d, KB, NOTICE_SIP_DUE) == row->sip, "%s: SIP told", row->rule);
	ck_assert_msg((drive_task(d, TASK_JUSTERA_VARDPLAN, KB) != NULL) == row->vardplan,
	    "%s: vårdplan", row->rule);
	ck_assert_ptr_nonnull(drive_task(d, TASK_UTSE_FVK, VC)); /* B1 still binds */
	drive_free(d);
}
END_TEST

/* C2, C6: where the patient goes is known also of a notice that does not count. */
START_TEST(orv_is_remembered)
{
	struct drive *d = drive_new(region, 1);

	drive(d, admitted(VARDFORM_LRV));
	drive(d, klar(MARCH("20", "10:00"), true, TVANGSVARD_ORV));
	drive(d, fact_utskrivningsklar(MARCH("23", "10:00")));
	ck_assert_int_ne(d->state.klar.nr, 0);
	ck_assert_ptr_null(drive_task(d, TASK_KALLA_SIP, VC));
	drive_free(d);
}
END_TEST

/* ---- Story 5 ---- */

static struct drive *
story_5_to(const char *until)
{
	struct drive *d = drive_new(region, 1);

	drive(d, admitted(VARDFORM_LPT));
	drive(d, klar(MARCH("20", "10:00"), true, TVANGSVARD_OPT));
	drive_until_instant(d, at(until) - 1);
	drive_news(d);
	return d;
}

START_TEST(story_5)
{
	struct drive *d = story_5_to(MARCH("23", "09:00"));

	drive_assert_task(d, TASK_JUSTERA_VARDPLAN, PSYK, TASK_OPEN, MARCH("24", "00:00"));
	drive_assert_task(d, TASK_JUSTERA_VARDPLAN, KB, TASK_OPEN, MARCH("24", "00:00"));
	ck_assert_ptr_null(drive_task(d, TASK_JUSTERA_VARDPLAN, VC));
	drive(d, fact_vardplan_justerad(MARCH("23", "09:00"), PSYK));
	ck_assert_int_eq(drive_task(d, TASK_JUSTERA_VARDPLAN, PSYK)->status, TASK_DONE);
	ck_assert_int_eq(drive_told(d, 0, NOTICE_VARDPLAN), 0);
	drive(d, fact_vardplan_justerad(MARCH("24", "15:00"), KB));
	ck_assert_int_eq(drive_task(d, TASK_JUSTERA_VARDPLAN, KB)->status, TASK_DONE);
	ck_assert_int_eq(drive_told(d, H, NOTICE_VARDPLAN), 1);
	ck_assert_int_eq(drive_told(d, PSYK, NOTICE_VARDPLAN), 1);
	ck_assert_at(drive_told_at(d, H, NOTICE_VARDPLAN, -1), MARCH("24", "15:00"));
	ck_assert_ptr_null(drive_task(d, TASK_KALLA_SIP, VC));
	drive_until_instant(d, at(MARCH("27", "15:00")) - 1);
	drive_news(d);
	drive(d, fact_vardform_andrad(
		     MARCH("27", "15:00"), VARDFORM_HSL, TVANGSVARD_INGEN, MARCH("27", "15:00")));
	const char *news = drive_news(d);
	ck_assert_ptr_nonnull(strstr(news, "KB episode.vardform ingen\n"));
	ck_assert_ptr_nonnull(strstr(news, "KB sip.due\n"));
	ck_assert_ptr_null(strstr(news, "H episode.vardform"));
	drive_assert_task(d, TASK_KALLA_SIP, VC, TASK_OPEN, "2026-03-31T00:00:00+02:00");
	ck_assert_ptr_null(drive_breach(d, BREACH_D1, VC));
	drive_until(d, "2026-03-30T23:59:00+02:00");
	ck_assert_ptr_null(drive_breach(d, BREACH_D1, VC));
	drive_until(d, "2026-03-31T00:00:00+02:00");
	drive_assert_breach(d, BREACH_D1, VC, CAUSE_UNIT_LATE, "2026-03-31T00:00:00+02:00", NULL);
	drive_free(d);
}
END_TEST

/* C6: the end, heard late, twice, in the wrong order, annulled: D1 from when it was known, and
 * never backwards. */
static const struct ends {
	const char *rule, *sent_at, *recorded_at, *from_at, *due;
} ends_rows[] = {
    {"on time", MARCH("27", "15:00"), MARCH("27", "15:00"), MARCH("27", "15:00"),
	"2026-03-31T00:00:00+02:00"},
    {"said afterwards", MARCH("28", "09:00"), MARCH("28", "09:00"), MARCH("25", "15:00"),
	"2026-04-01T00:00:00+02:00"},
    {"heard late", MARCH("25", "15:00"), MARCH("28", "09:00"), MARCH("25", "15:00"),
	"2026-04-01T00:00:00+02:00"},
    {"said beforehand", MARCH("26", "09:00"), MARCH("26", "09:00"), MARCH("27", "15:00"),
	"2026-03-31T00:00:00+02:00"},
};

START_TEST(ends)
{
	const struct ends *row = &ends_rows[_i];
	struct drive *d = story_5_to(MARCH("24", "00:00"));
	struct fact f =
	    fact_vardform_andrad(row->sent_at, VARDFORM_HSL, TVANGSVARD_INGEN, row->from_at);

	f.recorded_at = at(row->recorded_at);
	int32_t nr = drive(d, f);
	drive_assert_task(d, TASK_KALLA_SIP, VC, TASK_OPEN, row->due);
	ck_assert_ptr_null(drive_breach(d, BREACH_D1, VC));
	ck_assert_int_eq(drive_task(d, TASK_JUSTERA_VARDPLAN, KB)->status, TASK_CANCELLED);
	f.sent_at = f.recorded_at = d->now + HOUR; /* twice: the first stands */
	drive(d, f);
	drive_assert_task(d, TASK_KALLA_SIP, VC, TASK_OPEN, row->due);
	ck_assert_int_eq(drive_task_count(d, TASK_KALLA_SIP, VC), 1);
	annul(d, "2026-03-29T09:00:00+02:00", H, nr + 1);
	drive_assert_task(d, TASK_KALLA_SIP, VC, TASK_OPEN, row->due);
	drive_news(d);
	annul(d, "2026-03-29T10:00:00+02:00", H, nr);
	const char *news = drive_news(d);
	ck_assert_msg(strstr(news, "KB episode.vardform makulerad\n") != NULL, "%s", news);
	ck_assert_int_eq(drive_task(d, TASK_KALLA_SIP, VC)->status, TASK_CANCELLED);
	ck_assert_int_eq(drive_task(d, TASK_JUSTERA_VARDPLAN, KB)->status, TASK_OPEN);
	drive_free(d);
}
END_TEST

/* C6: to ÖPT after all: the SIP that was due is off, and all are told; a booked time is given back.
 */
START_TEST(opt_after_all)
{
	struct drive *d = drive_new(region, 1);

	drive(d, admitted(VARDFORM_LPT));
	drive(d, fact_fvk(MARCH("19", "10:00"), FVK_UTSE, VC, ANNA));
	drive(d, fact_utskrivningsklar(MARCH("20", "10:00")));
	struct fact f = fact_kallelse(MARCH("20", "11:00"), VC, KALLELSE_SKICKA, ANNA);
	f.sip_kallelse.mote = mote_at("2026-03-31T13:00:00+02:00");
	drive(d, f);
	ck_assert_int_eq(region->booking_count, 1);
	drive_news(d);
	drive(d, fact_vardform_andrad(
		     MARCH("20", "12:00"), VARDFORM_LPT, TVANGSVARD_OPT, MARCH("20", "12:00")));
	const char *news = drive_news(d);
	ck_assert_ptr_nonnull(strstr(news, "KB episode.vardform OPT\n"));
	ck_assert_ptr_nonnull(strstr(news, "KB sip.cancelled\n"));
	ck_assert_ptr_nonnull(strstr(news, "VC sip.cancelled\n"));
	ck_assert_int_eq(region->booking_count, 0);
	drive_free(d);
}
END_TEST

/* C6: adjusted before it is known that the patient leaves to ÖPT; the last word of a unit annulled;
 * one who comes late must adjust it too. */
START_TEST(adjusted)
{
	struct drive *d = drive_new(region, 1);

	drive(d, admitted(VARDFORM_LPT));
	drive(d, fact_vardplan_justerad(MARCH("19", "09:00"), PSYK));
	ck_assert_int_eq(d->outcome, OUTCOME_INGEN_TVANGSVARD);
	drive(d, klar(MARCH("20", "10:00"), true, TVANGSVARD_OPT));
	ck_assert_ptr_null(drive_task(d, TASK_JUSTERA_VARDPLAN, PSYK));
	int32_t nr = drive(d, fact_vardplan_justerad(MARCH("20", "12:00"), KB));
	ck_assert_int_eq(drive_told(d, H, NOTICE_VARDPLAN), 1);
	drive_news(d);
	annul(d, MARCH("20", "13:00"), KB, nr);
	const char *news = drive_news(d);
	ck_assert_msg(strstr(news, "H episode.vardplan makulerad\n") != NULL, "%s", news);
	ck_assert_int_eq(drive_task(d, TASK_JUSTERA_VARDPLAN, KB)->status, TASK_OPEN);
	drive(d, fact_vardplan_justerad(MARCH("20", "14:00"), KB));
	ck_assert_int_eq(drive_told(d, H, NOTICE_VARDPLAN), 3);
	drive(d, fact_tillagd(MARCH("20", "15:00"), H, KH));
	drive_assert_task(d, TASK_JUSTERA_VARDPLAN, KH, TASK_OPEN, MARCH("24", "00:00"));
	ck_assert_int_eq(drive_told(d, H, NOTICE_VARDPLAN), 3);
	drive(d, fact_vardplan_justerad(MARCH("23", "14:00"), KH));
	ck_assert_int_eq(drive_told(d, H, NOTICE_VARDPLAN), 4);
	drive_free(d);
}
END_TEST

/* C6: reminded a day before and when overdue. */
START_TEST(reminded)
{
	struct drive *d = story_5_to(MARCH("28", "00:00"));

	ck_assert_at(drive_told_at(d, KB, NOTICE_TASK_DUE_SOON, TASK_JUSTERA_VARDPLAN),
	    MARCH("23", "00:00"));
	ck_assert_at(
	    drive_told_at(d, KB, NOTICE_TASK_OVERDUE, TASK_JUSTERA_VARDPLAN), MARCH("24", "00:00"));
	ck_assert_int_eq(d->given.breach_count, 0);
	drive_free(d);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("tvangsvard");
	TCase *tc = tcase_create("tvangsvard");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_loop_test(tc, c2, 0, ROWS(c2_rows));
	tcase_add_test(tc, orv_is_remembered);
	tcase_add_test(tc, story_5);
	tcase_add_loop_test(tc, ends, 0, ROWS(ends_rows));
	tcase_add_test(tc, opt_after_all);
	tcase_add_test(tc, adjusted);
	tcase_add_test(tc, reminded);
	suite_add_tcase(s, tc);
	SRunner *sr = srunner_create(s);
	srunner_run_all(sr, CK_NORMAL);
	int failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed != 0;
}
