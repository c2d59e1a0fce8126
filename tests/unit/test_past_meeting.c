/*
 * What becomes of the SIP when its meeting's time is past: a no or open compulsory care after it, a
 * second kallelse that names no time (C1a, C6, D3, D8).
 */
#include "sip_driver.h"

#include "daemon/rules/sip.h"

/* What bars a SIP, and what ends that: the patient (0), open compulsory care (1). */
static struct fact
bar(int which, const char *sent_at)
{
	return which == 1 ? fact_vardform_andrad(sent_at, VARDFORM_LPT, TVANGSVARD_OPT, sent_at)
			  : fact_samtycke(sent_at, SAMTYCKE_SIP, SAMTYCKE_NEKAT);
}

static struct fact
bar_ends(int which, const char *sent_at)
{
	return which == 1 ? fact_vardform_andrad(sent_at, VARDFORM_LPT, TVANGSVARD_INGEN, sent_at)
			  : fact_samtycke(sent_at, SAMTYCKE_SIP, SAMTYCKE_LAMNAT);
}

/* D3, C6: the meeting's time is past, nothing is told of it (0, 1) or that the patient stayed away
 * (2, 3), or it lies ahead (4, 5): the bar over, all are to be summoned anew. What is past is not
 * cancelled. */
START_TEST(bar_after_the_meeting)
{
	struct drive *d = admitted(0);

	drive(d, fact_utskrivningsklar(MAY("04", "11:00")));
	drive(d, summons(MAY("04", "12:00"), _i >= 4 ? MAY("15", "13:00") : MAY("05", "13:00")));
	if (_i / 2 == 1)
		drive(d, fact_sip(MAY("05", "14:00"), VC, SIP_UTEBLEV, NULL));
	drive(d, bar(_i & 1, MAY("05", "14:30")));
	ck_assert_int_eq(drive_told(d, KB, NOTICE_SIP_CANCELLED), _i >= 4);
	drive(d, bar_ends(_i & 1, MAY("11", "10:00")));
	expect_open(d, MAY("15", "00:00"));
	drive_until(d, MAY("16", "10:00"));
	ck_assert_int_eq(d1_breaches(d), 1);
	drive_free(d);
}
END_TEST

/* As before, where samordnad books: a new time, and a kallelse to it. */
START_TEST(booked_anew_after_the_bar)
{
	test_policy_between(region, POLICY_SIP_MODE, VC, SIP_AUTO, MAY("11", "00:00"), NULL);
	struct drive *d = admitted(0);

	drive(d, fact_utskrivningsklar(MAY("04", "11:00")));
	drive(d, summons(MAY("04", "12:00"), MAY("05", "13:00")));
	drive(d, bar(_i, MAY("05", "14:30")));
	drive(d, bar_ends(_i, MAY("11", "10:00")));
	drive_until(d, MAY("11", "12:00"));
	ck_assert_int_eq(drive_told(d, KB, NOTICE_SIP_REBOOKED), 1);
	ck_assert(d->state.mote.start_at > at(MAY("11", "10:00")));
	drive_free(d);
}
END_TEST

/* D0, D7: that it was held is told after the bar: none is due when that is over. */
START_TEST(held_before_the_bar)
{
	struct drive *d = admitted(0);

	drive(d, fact_utskrivningsklar(MAY("04", "11:00")));
	drive(d, summons(MAY("04", "12:00"), MAY("05", "13:00")));
	drive(d, bar(_i, MAY("05", "14:30")));
	struct fact held = fact_sip(MAY("05", "16:00"), VC, SIP_GENOMFORD, NULL);
	held.sip.hallen_at = at(MAY("05", "13:00"));
	drive(d, held);
	drive(d, bar_ends(_i, MAY("11", "10:00")));
	drive_until(d, MAY("16", "10:00"));
	const struct given_task *t = drive_task(d, TASK_KALLA_SIP, VC);
	ck_assert(t == NULL || t->status != TASK_OPEN);
	ck_assert_int_eq(d1_breaches(d), 0);
	ck_assert_int_eq(drive_told(d, KB, NOTICE_SIP_CANCELLED), 0);
	drive_free(d);
}
END_TEST

/* One was held, KB wishes for another, and is summoned: no time is named. */
static struct drive *
second_without_time(void)
{
	struct drive *d = after_a_meeting();

	drive(d, fact_sip_behov(MAY("06", "10:00"), KB, SIP_UPPDATERAS));
	drive(d, fact_kallelse(MAY("07", "09:00"), VC, KALLELSE_SKICKA, ANNA));
	return d;
}

/* D8: KB does not come: a time is to be found, by the end of the window and not by the first. */
START_TEST(second_without_time_declined)
{
	struct drive *d = second_without_time();

	drive(d, fact_kallelse_svar(MAY("08", "09:00"), KB, SVAR_NEJ));
	const struct given_task *t = drive_task(d, TASK_BOKA_OM_SIP, VC);
	ck_assert_ptr_nonnull(t);
	ck_assert(t->due_at > d->now);
	ck_assert_int_eq(drive_told(d, VC, NOTICE_TASK_OVERDUE), 0);
	drive_free(d);
}
END_TEST

/* D3, C6: what is barred is the second, and it is cancelled. */
START_TEST(second_without_time_barred)
{
	struct drive *d = second_without_time();

	drive(d, bar(_i, MAY("08", "09:00")));
	ck_assert_int_eq(drive_told(d, KB, NOTICE_SIP_CANCELLED), 1);
	drive(d, bar_ends(_i, MAY("11", "09:00")));
	expect_open(d, MAY("15", "00:00"));
	drive_free(d);
}
END_TEST

/* C1a: KB does not know of the open care that the ready notice said, nor of its end (0); it hears
 * of open care that is said later (1). */
START_TEST(end_of_care_that_was_withheld)
{
	struct drive *d = admitted(0);
	drive(d, ready_with_opt_but_kb(MAY("04", "11:00")));
	drive(d, bar_ends(1, MAY("04", "15:00")));
	ck_assert_int_eq(drive_told(d, KB, NOTICE_VARDFORM), 0);
	ck_assert_int_eq(drive_told(d, VC, NOTICE_VARDFORM), 1);
	if (_i == 1) {
		drive(d, bar(1, MAY("05", "10:00")));
		ck_assert_int_eq(drive_told(d, KB, NOTICE_VARDFORM), 1);
		drive(d, bar_ends(1, MAY("06", "15:00")));
		ck_assert_int_eq(drive_told(d, KB, NOTICE_VARDFORM), 2);
	}
	drive_free(d);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("past_meeting");
	TCase *t = tcase_create("past_meeting");

	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_loop_test(t, bar_after_the_meeting, 0, 6);
	tcase_add_loop_test(t, booked_anew_after_the_bar, 0, 2);
	tcase_add_loop_test(t, held_before_the_bar, 0, 2);
	tcase_add_test(t, second_without_time_declined);
	tcase_add_loop_test(t, second_without_time_barred, 0, 2);
	tcase_add_loop_test(t, end_of_care_that_was_withheld, 0, 2);
	suite_add_tcase(s, t);
	SRunner *r = srunner_create(s);
	srunner_run_all(r, CK_NORMAL);
	int failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed != 0;
}
