/*
 * A unit's own file: what is told of its staff (B13), and the end of its standing decision (B4).
 * And what the register does with who is away.
 */
#include "rules_driver.h"

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

static struct fact
fact_personal(const char *sent_at, staff_id staff, const char *to_at)
{
	struct fact f = fact_of(PERSONAL, VC, sent_at);

	f.personal.staff = staff;
	f.personal.from_at = f.sent_at;
	f.personal.to_at = at(to_at);
	return f;
}

static struct fact
fact_enhet(const char *sent_at, unit_id unit)
{
	struct fact f = fact_of(ENHET, NO_UNIT, sent_at);

	f.enhet.unit = unit;
	return f;
}

/* ---- B13 ---- */

/* The last word on a person counts; of too many the oldest gives way. */
START_TEST(b13_personal)
{
	struct drive *d = drive_new(region, 1);

	drive(d, fact_personal("2026-05-04T09:00:00+02:00", ANNA, "2026-05-10T00:00:00+02:00"));
	ck_assert_int_eq(d->outcome, OUTCOME_APPLIED);
	ck_assert(d->state.own_file);
	ck_assert_int_eq(d->state.enhet, VC);
	drive(d, fact_personal("2026-05-05T09:00:00+02:00", BO, NULL));
	int32_t nr = drive(d, fact_personal("2026-05-06T09:00:00+02:00", ANNA, NULL));
	ck_assert_int_eq(d->state.personal_count, 2);
	ck_assert_int_eq(d->state.personal[0].nr, nr);
	ck_assert_int_eq(d->state.personal[0].staff, ANNA);
	ck_assert_at(d->state.personal[0].from_at, "2026-05-06T09:00:00+02:00");
	ck_assert_at(d->state.personal[0].to_at, NULL);
	for (int i = 0; i < PERSONAL_MAX - 1; i++)
		drive(d, fact_personal("2026-05-07T09:00:00+02:00", 100 + i, NULL));
	ck_assert_int_eq(d->state.personal_count, PERSONAL_MAX);
	ck_assert_int_eq(d->state.personal[0].staff, BO);
	ck_assert_int_eq(d->state.personal[PERSONAL_MAX - 1].staff, 100 + PERSONAL_MAX - 2);
	drive_free(d);
}
END_TEST

/* ---- B4 ---- */

/* A month before VC's decision ends on 1 January its verksamhetschef is told, and again. */
START_TEST(b4_renewal)
{
	struct drive *d = drive_new(region, 1);

	drive(d, fact_enhet("2026-05-04T09:00:00+02:00", VC));
	ck_assert_ptr_null(drive_task(d, TASK_FORNYA_BESLUT, VC));
	ck_assert_at(d->next_due, "2026-12-02T00:00:00+01:00");
	drive_until(d, "2026-12-02T00:00:00+01:00");
	drive_assert_task(d, TASK_FORNYA_BESLUT, VC, TASK_OPEN, "2027-01-01T00:00:00+01:00");
	ck_assert_int_eq(drive_task(d, TASK_FORNYA_BESLUT, VC)->staff, DOKTOR);
	ck_assert_int_eq(drive_told_task(d, VC, NOTICE_TASK_CREATED, TASK_FORNYA_BESLUT), 1);
	drive_until(d, "2026-12-24T23:59:00+01:00");
	ck_assert_int_eq(drive_told_task(d, VC, NOTICE_TASK_DUE_SOON, TASK_FORNYA_BESLUT), 0);
	drive_until(d, "2026-12-25T00:00:00+01:00");
	ck_assert_int_eq(drive_told_task(d, VC, NOTICE_TASK_DUE_SOON, TASK_FORNYA_BESLUT), 1);
	drive_until(d, "2027-01-01T00:00:00+01:00");
	ck_assert_int_eq(drive_told_task(d, VC, NOTICE_TASK_OVERDUE, TASK_FORNYA_BESLUT), 1);
	drive_until(d, "2027-01-30T23:59:00+01:00");
	ck_assert_int_eq(drive_task(d, TASK_FORNYA_BESLUT, VC)->status, TASK_OPEN);
	drive_until(d, "2027-01-31T00:00:00+01:00");
	ck_assert_int_ne(drive_task(d, TASK_FORNYA_BESLUT, VC)->status, TASK_OPEN);
	ck_assert(d->next_due == INSTANT_NEVER);
	drive_free(d);
}
END_TEST

/* A later decision makes the task needless; the last counts, wherever it stands. */
START_TEST(b4_renewed)
{
	struct drive *d = drive_new(region, 1);

	drive(d, fact_enhet("2026-05-04T09:00:00+02:00", VC));
	drive_until(d, "2026-12-02T00:00:00+01:00");
	test_standing_decision_add(
	    region, VC, DOKTOR, "2026-12-10T00:00:00+01:00", "2027-12-10T00:00:00+01:00");
	drive_at(d, "2026-12-10T00:00:00+01:00");
	ck_assert_int_ne(drive_task(d, TASK_FORNYA_BESLUT, VC)->status, TASK_OPEN);
	ck_assert_at(d->next_due, "2027-11-10T00:00:00+01:00");
	drive_free(d);
}
END_TEST

/* One that was revoked asks for none; nor does a unit that has none. */
START_TEST(b4_nothing_to_renew)
{
	struct drive *d = drive_new(region, 1), *other = drive_new(region, 2);

	for (int i = 0; i < region->standing_decision_count; i++)
		if (region->standing_decisions[i].unit == VC)
			region->standing_decisions[i].revoked_at = at("2026-05-01T00:00:00+02:00");
	drive(d, fact_enhet("2026-05-04T09:00:00+02:00", VC));
	drive(other, fact_enhet("2026-05-04T09:00:00+02:00", KH));
	ck_assert(d->next_due == INSTANT_NEVER);
	ck_assert(other->next_due == INSTANT_NEVER);
	drive_free(d);
	drive_free(other);
}
END_TEST

/* ---- B13: the register ---- */

static const struct {
	const char *what, *from, *to; /* one more absence of Anna, who is away 10-20 May */
	int count;		      /* of her absences then */
	const char *first_from;
} put_rows[] = {
    {"before it", "2026-05-01T00:00:00+02:00", "2026-05-10T00:00:00+02:00", 2,
	"2026-05-01T00:00:00+02:00"},
    {"after it", "2026-05-20T00:00:00+02:00", "2026-05-22T00:00:00+02:00", 2,
	"2026-05-10T00:00:00+02:00"},
    {"over its beginning", "2026-05-09T00:00:00+02:00", "2026-05-10T00:01:00+02:00", 1,
	"2026-05-09T00:00:00+02:00"},
    {"over its end", "2026-05-19T23:59:00+02:00", "2026-05-30T00:00:00+02:00", 1,
	"2026-05-19T23:59:00+02:00"},
    {"within it", "2026-05-12T00:00:00+02:00", "2026-05-13T00:00:00+02:00", 1,
	"2026-05-12T00:00:00+02:00"},
};

/* A new one stands in place of those that it meets, and of nobody else's. */
START_TEST(b13_absence_put)
{
	struct absence absence = {
	    .staff = ANNA, .from_at = at(put_rows[_i].from), .to_at = at(put_rows[_i].to)};
	int count = 0;

	test_absence_add(
	    region, ANNA, "2026-05-10T00:00:00+02:00", "2026-05-20T00:00:00+02:00", NOBODY);
	test_absence_add(
	    region, KIM, "2026-05-01T00:00:00+02:00", "2026-05-30T00:00:00+02:00", NOBODY);
	region_absence_put(region, &absence);
	for (int i = region->absence_count - 1; i >= 0; i--) {
		const struct absence *a = &region->absences[i];
		count += a->staff == ANNA;
		if (count == put_rows[_i].count && a->staff == ANNA)
			ck_assert_at(a->from_at, put_rows[_i].first_from);
	}
	ck_assert_msg(count == put_rows[_i].count, "%s: %d", put_rows[_i].what, count);
	ck_assert_int_eq(region->absence_count, count + 1);
}
END_TEST

/* Back: what runs then ends, what lies ahead stands, and who had left is there again. */
START_TEST(b13_back)
{
	test_absence_add(
	    region, ANNA, "2026-05-10T00:00:00+02:00", "2026-05-20T00:00:00+02:00", NOBODY);
	test_absence_add(
	    region, ANNA, "2026-06-10T00:00:00+02:00", "2026-06-20T00:00:00+02:00", NOBODY);
	test_absence_add(
	    region, KIM, "2026-05-01T00:00:00+02:00", "2026-05-30T00:00:00+02:00", NOBODY);
	region_leaves(region, ANNA, at("2026-05-11T00:00:00+02:00"));
	region_leaves(region, 999, at("2026-05-11T00:00:00+02:00"));
	ck_assert_at(region_staff(region, ANNA)->slutar_at, "2026-05-11T00:00:00+02:00");
	region_absence_end(region, ANNA, at("2026-05-12T00:00:00+02:00"));
	ck_assert(region_staff(region, ANNA)->slutar_at == INSTANT_NEVER);
	ck_assert_at(region->absences[0].to_at, "2026-05-12T00:00:00+02:00");
	ck_assert_at(region->absences[1].to_at, "2026-06-20T00:00:00+02:00");
	ck_assert_at(region->absences[2].to_at, "2026-05-30T00:00:00+02:00");
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("unit_file");
	TCase *tc = tcase_create("unit_file");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, b13_personal);
	tcase_add_test(tc, b4_renewal);
	tcase_add_test(tc, b4_renewed);
	tcase_add_test(tc, b4_nothing_to_renew);
	tcase_add_loop_test(tc, b13_absence_put, 0, ROWS(put_rows));
	tcase_add_test(tc, b13_back);
	suite_add_tcase(s, tc);
	SRunner *sr = srunner_create(s);
	srunner_run_all(sr, CK_NORMAL);
	int failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed != 0;
}
