/* What was said before and arrives after: owed once, and judged by when it was said (C1, D1, D3,
 * E2, G3). */
#include "rules_driver.h"

#define MAY(day, clock) "2026-05-" day "T" clock ":00+02:00"

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

/* In on Monday 4 May, ready on Tuesday at 10; VC acknowledges at once. Then another ready notice
 * comes that was sent at 09: what is owed for them is owed once. */
static struct drive *
ready_said_before(void)
{
	struct drive *d = drive_new(region, 1);

	drive(d, fact_inskrivningsmeddelande(
		     MAY("04", "09:00"), MAY("04", "02:00"), MAY("08", "12:00")));
	int32_t nr = drive(d, fact_utskrivningsklar(MAY("05", "10:00")));
	drive(d, fact_kvittens(MAY("05", "10:10"), VC, nr));
	drive_news(d);
	struct fact late = fact_utskrivningsklar(MAY("05", "09:00"));
	late.recorded_at = at(MAY("05", "11:00"));
	drive(d, late);
	return d;
}

START_TEST(ready_late_asks_once)
{
	struct drive *d = ready_said_before();

	ck_assert_int_eq(drive_task_count(d, TASK_KVITTERA_KLAR, VC), 1);
	ck_assert_int_eq(drive_task(d, TASK_KVITTERA_KLAR, VC)->status, TASK_DONE);
	ck_assert_int_eq(drive_task_count(d, TASK_KVITTERA_KLAR, KB), 1);
	drive_free(d);
}
END_TEST

START_TEST(ready_late_told_once)
{
	struct drive *d = ready_said_before();

	ck_assert_int_eq(drive_told(d, VC, NOTICE_UTSKRIVNINGSKLAR), 1);
	drive_free(d);
}
END_TEST

START_TEST(ready_late_no_breach)
{
	struct drive *d = ready_said_before();

	drive(d, fact_utskrivning(MAY("07", "14:00"), MAY("07", "14:00")));
	ck_assert(drive_breach(d, BREACH_E2, KB) != NULL);
	ck_assert(drive_breach(d, BREACH_E2, VC) == NULL);
	drive_free(d);
}
END_TEST

/* D1, D3: refused on Wednesday, given anew on Saturday: on Friday no SIP was to be summoned to. In
 * the order said (_i 0), or the refusal told last (1). */
START_TEST(refused_when_it_was_due)
{
	struct drive *d = drive_new(region, 1);
	struct fact refused = fact_samtycke(MAY("06", "09:00"), SAMTYCKE_SIP, SAMTYCKE_NEKAT);
	struct fact given = fact_samtycke(MAY("09", "09:00"), SAMTYCKE_SIP, SAMTYCKE_LAMNAT);

	drive(d, fact_inskrivningsmeddelande(
		     MAY("04", "08:00"), MAY("04", "02:00"), MAY("20", "12:00")));
	drive(d, fact_utskrivningsklar(MAY("04", "10:00")));
	if (_i == 0)
		drive(d, refused);
	drive_until(d, MAY("09", "08:00"));
	ck_assert_int_eq(drive_breach(d, BREACH_D1, VC) != NULL, _i);
	drive(d, given);
	refused.recorded_at = at(MAY("11", "09:00"));
	if (_i == 1)
		drive(d, refused);
	drive_until(d, MAY("11", "10:00"));
	ck_assert_int_ne(d->state.samtycke[SAMTYCKE_SIP].given_at, INSTANT_NONE);
	ck_assert(drive_breach(d, BREACH_D1, VC) == NULL);
	drive_free(d);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("late");
	TCase *tc = tcase_create("late");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, ready_late_asks_once);
	tcase_add_test(tc, ready_late_told_once);
	tcase_add_test(tc, ready_late_no_breach);
	tcase_add_loop_test(tc, refused_when_it_was_due, 0, 2);
	suite_add_tcase(s, tc);
	SRunner *sr = srunner_create(s);
	srunner_run_all(sr, CK_NORMAL);
	int failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed != 0;
}
