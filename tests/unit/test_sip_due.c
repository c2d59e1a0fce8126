/*
 * Since when a SIP is called for (D0), which D1 runs from and F2 asks about, whatever order its
 * words come in; and what a unit summons to on its own.
 */
#include "sip_driver.h"

/* D1, C5: an older ready notice that comes late and brings the needs. */
START_TEST(older_notice_brings_needs)
{
	struct drive *d = admitted(1 << BEHOV_SOCIALTJANST);
	drive(d, fact_utskrivningsklar(MAY("05", "12:00")));
	drive(d, late(ready_with_needs(MAY("05", "10:00")), MAY("11", "10:00")));
	expect_open(d, MAY("15", "00:00"));
	drive_free(d);
}
END_TEST

/* D1: a wish told late, and before it was recorded a fact that alone would call for one, but did
 * not: 1: the needs of a version, when one had been held; 2: those, 3: the ward's word, against a
 * unit's. */
START_TEST(overridden_word_opens_nothing)
{
	struct drive *d = admitted(0);
	if (_i >= 2)
		drive(d, fact_sip_behov(MAY("04", "10:30"), VC, SIP_BEHOVS_EJ));
	drive(d, fact_utskrivningsklar(MAY("04", "11:00")));
	if (_i <= 1) {
		drive(d, summons(MAY("04", "12:00"), MAY("05", "13:00")));
		drive(d, fact_sip(MAY("05", "14:00"), VC, SIP_GENOMFORD, NULL));
	}
	if (_i == 1 || _i == 2)
		drive(d, version(MAY("06", "09:00"), 0));
	if (_i == 3)
		drive(d, fact_sip_behov(MAY("06", "09:00"), H, SIP_NY));
	drive(d, late(fact_sip_behov(MAY("05", "18:00"), KB, SIP_NY), MAY("11", "10:00")));
	expect_open(d, MAY("15", "00:00"));
	drive_free(d);
}
END_TEST

/* VC's meeting with KB and KH was held; then KB wishes for another. sip_mode is auto. */
static struct drive *
wished_for_anew(void)
{
	test_policy_add(region, POLICY_SIP_MODE, VC, SIP_AUTO);
	struct drive *d = drive_new(region, 1);
	struct fact f = version(MAY("04", "09:00"), 0);
	fact_mottagare_add(&f, KH);
	drive(d, f);
	drive(d, fact_fvk(MAY("04", "10:00"), FVK_UTSE, VC, ANNA));
	struct fact k = summons(MAY("04", "10:30"), MAY("05", "13:00"));
	k.sip_kallelse.kallade[k.sip_kallelse.kallade_count++] = KH;
	drive(d, k);
	drive(d, fact_utskrivningsklar(MAY("04", "11:00")));
	drive(d, fact_sip(MAY("05", "14:00"), VC, SIP_GENOMFORD, NULL));
	drive(d, fact_sip_behov(MAY("06", "10:00"), KB, SIP_NY));
	return d;
}

/* D6, D9: when another came to be due, samordnad finds a time and summons all anew. */
START_TEST(all_are_summoned_anew)
{
	struct drive *d = wished_for_anew();
	ck_assert_int_eq(d->state.bokning.status, BOKNING_BOKAD);
	ck_assert(d->state.mote.start_at > at(MAY("08", "12:00")));
	ck_assert_int_eq(drive_told(d, KH, NOTICE_SIP_KALLELSE), 2);
	ck_assert_int_eq(drive_told(d, KB, NOTICE_SIP_KALLELSE), 2);
	ck_assert(drive_task(d, TASK_KALLA_SIP, VC) == NULL);
	drive_until(d, MAY("13", "10:00"));
	ck_assert(drive_breach(d, BREACH_D1, VC) == NULL);
	drive_free(d);
}
END_TEST

/* D6, D9: to a second meeting of which the unit summoned some, samordnad summons the rest. */
START_TEST(rest_is_summoned)
{
	region->slot_count = 0;
	region_index(region);
	struct drive *d = wished_for_anew();
	drive(d, summons(MAY("07", "10:00"), MAY("12", "13:00")));
	ck_assert_int_eq(drive_task(d, TASK_KALLA_SIP, VC)->status, TASK_DONE);
	drive_free(d);
}
END_TEST

/* F2: a payment that has started is not undone: 0: by a unit's own meeting; 1: by a word after the
 * start, where none was called for at it. */
START_TEST(start_stands)
{
	struct drive *d = admitted(_i == 0 ? 1 << BEHOV_SOCIALTJANST : 0);
	drive(d, fact_utskrivningsklar(MAY("05", "10:00")));
	if (_i == 1)
		drive(d, fact_sip_behov(MAY("06", "10:00"), VC, SIP_BEHOVS_EJ));
	stand_at(d, MAY("10", "10:00"));
	struct payment before = payment_of(d);
	ck_assert_int_eq(before.standing, PAYMENT_STARTS);
	drive(d, _i == 0 ? summons(MAY("11", "12:00"), MAY("15", "13:00"))
			 : fact_sip_behov(MAY("11", "10:00"), KB, SIP_NY));
	expect_stands(d, before);
	drive_free(d);
}
END_TEST

/* F2, F8: a late kallelse stays one, though another SIP is wished for after that was held. */
START_TEST(late_kallelse_stays_late)
{
	struct drive *d = admitted(0);
	drive(d, fact_utskrivningsklar(MAY("04", "10:00")));
	drive(d, summons(MAY("11", "10:00"), MAY("12", "13:00")));
	drive(d, fact_sip(MAY("12", "14:00"), VC, SIP_GENOMFORD, NULL));
	struct payment before = payment_of(d);
	ck_assert_int_eq(before.standing, PAYMENT_CONTESTED);
	drive(d, fact_sip_behov(MAY("13", "10:00"), KB, SIP_NY));
	expect_stands(d, before);
	drive_free(d);
}
END_TEST

/* C3: also of a clock that a word opened, a withdrawal told late shows that nothing was broken. */
START_TEST(withdrawn_in_time)
{
	struct drive *d = admitted(_i == 0 ? 0 : 1 << BEHOV_SOCIALTJANST);
	drive(d, fact_utskrivningsklar(MAY("04", "11:00")));
	if (_i == 1)
		drive(d, fact_sip_behov(MAY("04", "12:00"), KB, SIP_NY));
	drive_until(d, MAY("09", "10:00"));
	ck_assert(drive_breach(d, BREACH_D1, VC) != NULL);
	drive(d, late(fact_at(EJ_LANGRE_UTSKRIVNINGSKLAR, MAY("06", "10:00")), MAY("09", "11:00")));
	ck_assert(drive_breach(d, BREACH_D1, VC) == NULL);
	drive_free(d);
}
END_TEST

/* D7: of a meeting that is told when another was wished for already, the first kallelse was its. */
START_TEST(plan_told_late)
{
	struct drive *d = admitted(0);
	drive(d, fact_utskrivningsklar(MAY("04", "11:00")));
	drive(d, summons(MAY("04", "12:00"), MAY("05", "13:00")));
	struct fact s = fact_sip(MAY("05", "14:00"), VC, SIP_GENOMFORD, NULL);
	if (_i == 0)
		drive(d, s);
	drive(d, fact_sip_behov(MAY("07", "10:00"), KB, SIP_NY));
	if (_i != 0) {
		s.sent_at = _i == 1 ? at(MAY("08", "10:00")) : s.sip.hallen_at;
		drive(d, late(s, MAY("08", "10:00")));
	}
	ck_assert_int_eq(drive_task_count(d, TASK_KALLA_SIP, VC), 2);
	expect_open(d, MAY("11", "00:00"));
	drive_free(d);
}
END_TEST

/* D7: a meeting told as not held after all resumes no clock that had ended before it: D1 runs from
 * when the needs came back. */
START_TEST(ended_clock_is_not_resumed)
{
	struct drive *d = admitted(0);
	drive(d, fact_utskrivningsklar(MAY("04", "11:00")));
	drive(d, version(MAY("05", "09:00"), 1 << BEHOV_SOCIALTJANST));
	struct fact held = fact_sip(MAY("06", "10:00"), VC, SIP_GENOMFORD, NULL);
	drive(d, held);
	drive(d, version(MAY("10", "09:00"), 0));
	struct fact corrected = fact_sip(MAY("11", "12:00"), VC, SIP_UTEBLEV, NULL);
	corrected.sip.hallen_at = held.sip.hallen_at;
	drive(d, corrected);
	expect_open(d, MAY("14", "00:00"));
	drive_free(d);
}
END_TEST

/* D10: who says that a plan is in force has nothing to summon to; a wish said again is one. */
START_TEST(own_file_words)
{
	struct drive *d = drive_new(region, 1);
	if (_i == 0) {
		struct fact f = own(fact_kallelse(MAY("05", "09:00"), KH, KALLELSE_SKICKA, KARIN));
		f.sip_kallelse.mote = mote_at(MAY("12", "10:00"));
		drive(d, f);
		drive(d, own(fact_sip(
			     MAY("12", "11:00"), KH, SIP_GENOMFORD, "2026-09-01T10:00:00+02:00")));
		drive(d, own(fact_sip_behov(MAY("13", "09:00"), VC, SIP_GALLANDE_FINNS)));
		ck_assert(drive_task(d, TASK_KALLA_SIP, VC) == NULL);
	} else {
		drive(d, own(fact_sip_behov(MAY("04", "09:00"), KH, SIP_NY)));
		drive(d, own(fact_sip_behov(MAY("14", "09:00"), KH, SIP_NY)));
		ck_assert_int_eq(drive_task_count(d, TASK_KALLA_SIP, KH), 1);
		drive_assert_task(d, TASK_KALLA_SIP, KH, TASK_OPEN, MAY("18", "09:00"));
	}
	drive_free(d);
}
END_TEST

/* A4: a meeting of a unit's own adds nobody. */
START_TEST(own_meeting_adds_nobody)
{
	struct drive *d = drive_new(region, 1);
	struct fact f = version(MAY("04", "09:00"), 1 << BEHOV_SOCIALTJANST);
	f.inskrivningsmeddelande.mottagare[0].unit = PSYK;
	drive(d, f);
	drive(d, fact_fvk(MAY("04", "10:00"), FVK_UTSE, PSYK, KIM));
	drive(d, fact_utskrivningsklar(MAY("04", "11:00")));
	struct fact k = fact_kallelse(MAY("04", "12:00"), PSYK, KALLELSE_SKICKA, KIM);
	k.sip_kallelse.mote = mote_at(MAY("12", "13:00"));
	drive(d, k);
	drive(d, fact_of(EJ_BERORD, PSYK, MAY("05", "12:00")));
	ck_assert(drive_given(d, VC) == NULL);
	drive_free(d);
}
END_TEST

/* B10: the end that the unit said beforehand holds, though it was out and in again. */
START_TEST(announced_end_holds)
{
	test_policy_add(region, POLICY_FVK_MODE, PSYK, FVK_AUTO);
	test_staff(region, YLVA)->fvk = false;
	struct drive *d = admitted(0);
	drive(d, fact_tillagd(MAY("04", "10:30"), H, PSYK));
	struct fact end = fact_fvk(MAY("04", "12:00"), FVK_AVSLUTA, PSYK, KIM);
	end.fast_vardkontakt.to_at = at(MAY("08", "12:00"));
	drive(d, end);
	drive(d, fact_borttagen(MAY("05", "10:00"), H, PSYK));
	drive(d, fact_tillagd(MAY("05", "12:00"), H, PSYK));
	ck_assert(episode_fvk(&d->state, PSYK) == NULL);
	drive_free(d);
}
END_TEST

/* D1: of a word that alone makes a SIP due, the days run from when it was recorded. */
START_TEST(d1_word_told_late)
{
	struct drive *d = admitted(1 << BEHOV_SOCIALTJANST);
	drive(d, fact_utskrivningsklar(MAY("04", "10:00")));
	drive(d, late(fact_sip_behov(MAY("05", "10:00"), KB, SIP_NY), MAY("11", "10:00")));
	expect_open(d, MAY("15", "00:00"));
	drive_free(d);
}
END_TEST

/* D1: a kallelse to what was held before another came to be due is none to that. 1: the same word
 * said again, by another too, moves no clock. */
START_TEST(d1_anew)
{
	struct drive *d = after_a_meeting();
	ck_assert_int_eq(drive_task(d, TASK_KALLA_SIP, VC)->status, TASK_DONE);
	drive(d, fact_sip_behov(MAY("06", "10:00"), KB, SIP_NY));
	if (_i == 1) {
		drive(d, fact_sip_behov(MAY("07", "10:00"), KB, SIP_UPPDATERAS));
		drive(d, fact_sip_behov(MAY("08", "10:00"), VC, SIP_NY));
	}
	drive_assert_task(d, TASK_KALLA_SIP, VC, TASK_OPEN, MAY("10", "00:00"));
	ck_assert_int_eq(drive_task_count(d, TASK_KALLA_SIP, VC), 2);
	drive(d, summons(MAY("08", "12:00"), MAY("12", "13:00")));
	ck_assert_int_eq(drive_task(d, TASK_KALLA_SIP, VC)->status, TASK_DONE);
	drive_free(d);
}
END_TEST

/* D6a: whom the unit summons to another meeting, when one has been held, samordnad does not cancel.
 */
START_TEST(d6a_another_meeting)
{
	struct drive *d = after_a_meeting();
	drive(d, moves(MAY("08", "12:00"), MAY("12", "13:00")));
	ck_assert_int_eq(drive_told(d, KB, NOTICE_SIP_CANCELLED), 0);
	ck_assert_at(d->state.mote.start_at, MAY("12", "13:00"));
	ck_assert(drive_breach(d, BREACH_D1, VC) == NULL);
	drive_free(d);
}
END_TEST

/* D0: a meeting to which a unit summoned on its own stands; 1: until a unit says that none is
 * needed. */
START_TEST(d0_summoned_on_its_own)
{
	struct drive *d = admitted(1 << BEHOV_SOCIALTJANST);
	drive(d, fact_sip_behov(MAY("04", "10:30"), KB, SIP_BEHOVS_EJ));
	drive(d, fact_utskrivningsklar(MAY("04", "11:00")));
	drive(d, summons(MAY("04", "12:00"), MAY("12", "13:00")));
	drive(d, moves(MAY("05", "12:00"), MAY("12", "14:00")));
	if (_i == 1)
		drive(d, fact_sip_behov(MAY("05", "13:00"), KB, SIP_BEHOVS_EJ));
	ck_assert_int_eq(drive_told(d, KB, NOTICE_SIP_CANCELLED), _i);
	ck_assert_at(d->state.mote.start_at, _i == 0 ? MAY("12", "14:00") : NULL);
	drive_free(d);
}
END_TEST

/* D0: what a unit summons to on its own opens no clock, and samordnad neither adds to it nor
 * cancels it. */
START_TEST(d0_own_meeting_is_left)
{
	test_policy_add(region, POLICY_SIP_MODE, VC, SIP_AUTO);
	struct drive *d = admitted(1 << BEHOV_SOCIALTJANST);
	drive(d, fact_tillagd(MAY("04", "10:30"), H, PSYK));
	drive(d, fact_utskrivningsklar(MAY("04", "11:00")));
	drive(d, summons(MAY("04", "12:00"), MAY("12", "13:00")));
	if (_i == 1) { /* held, and taken up again */
		drive(d, fact_ny_beraknad(MAY("05", "10:00"), MAY("20", "12:00")));
		drive(d, fact_ny_beraknad(MAY("05", "11:00"), MAY("08", "12:00")));
	}
	drive_until(d, MAY("10", "12:00"));
	ck_assert_at(d->state.mote.start_at, MAY("12", "13:00"));
	ck_assert_int_eq(d->state.bokning.status, BOKNING_BOKAD);
	ck_assert_int_eq(drive_told(d, PSYK, NOTICE_SIP_KALLELSE), 0);
	ck_assert(drive_task(d, TASK_KALLA_SIP, VC) == NULL);
	ck_assert_int_eq(drive_told(d, 0, NOTICE_AVVIKELSE), 0);
	drive_free(d);
}
END_TEST

/* D1: an older version, or ready notice, that comes late and says what was known opens nothing
 * anew. */
START_TEST(d1_older_word_comes_late)
{
	struct drive *d = admitted(0);
	drive(d, fact_utskrivningsklar(MAY("04", "11:00")));
	struct fact old =
	    _i == 0 ? version(MAY("04", "08:00"), 0) : ready_with_needs(MAY("04", "10:00"));
	drive(d, late(old, MAY("07", "10:00")));
	drive_until(d, MAY("12", "10:00"));
	ck_assert_int_eq(drive_task_count(d, TASK_KALLA_SIP, VC), 1);
	drive_assert_task(d, TASK_KALLA_SIP, VC, TASK_OPEN, MAY("08", "00:00"));
	ck_assert(drive_breach(d, BREACH_D1, VC) != NULL);
	drive_free(d);
}
END_TEST

/* C5, D1: needs that the ready notice itself says are of when it was handed over by a downtime
 * routine. */
START_TEST(c5_needs_said_by_the_notice)
{
	struct drive *d = admitted(1 << BEHOV_SOCIALTJANST);
	struct fact k = ready_with_needs(MAY("05", "10:00"));
	k.utskrivningsklar.reservrutin.lamnad_at = k.sent_at;
	drive(d, late(k, MAY("07", "10:00")));
	drive_assert_task(d, TASK_KALLA_SIP, VC, TASK_OPEN, MAY("09", "00:00"));
	drive_free(d);
}
END_TEST

/* D7: told held, then not held after all: D1 is as it was. */
START_TEST(d7_not_held_after_all)
{
	struct drive *d = admitted(0);
	drive(d, fact_utskrivningsklar(MAY("04", "11:00")));
	struct fact held = fact_sip(MAY("07", "10:00"), VC, SIP_GENOMFORD, NULL);
	drive(d, held);
	struct fact corrected = fact_sip(MAY("07", "12:00"), VC, SIP_UTEBLEV, NULL);
	corrected.sip.hallen_at = held.sip.hallen_at;
	drive(d, corrected);
	drive_assert_task(d, TASK_KALLA_SIP, VC, TASK_OPEN, MAY("08", "00:00"));
	drive_free(d);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("sip_due");
	TCase *tc = tcase_create("sip_due");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, older_notice_brings_needs);
	tcase_add_loop_test(tc, overridden_word_opens_nothing, 0, 4);
	tcase_add_test(tc, all_are_summoned_anew);
	tcase_add_test(tc, rest_is_summoned);
	tcase_add_loop_test(tc, start_stands, 0, 2);
	tcase_add_test(tc, late_kallelse_stays_late);
	tcase_add_loop_test(tc, withdrawn_in_time, 0, 2);
	tcase_add_loop_test(tc, plan_told_late, 0, 3);
	tcase_add_test(tc, ended_clock_is_not_resumed);
	tcase_add_loop_test(tc, own_file_words, 0, 2);
	tcase_add_test(tc, own_meeting_adds_nobody);
	tcase_add_test(tc, announced_end_holds);
	tcase_add_test(tc, d1_word_told_late);
	tcase_add_loop_test(tc, d1_anew, 0, 2);
	tcase_add_test(tc, d6a_another_meeting);
	tcase_add_loop_test(tc, d0_summoned_on_its_own, 0, 2);
	tcase_add_loop_test(tc, d0_own_meeting_is_left, 0, 2);
	tcase_add_loop_test(tc, d1_older_word_comes_late, 0, 2);
	tcase_add_test(tc, c5_needs_said_by_the_notice);
	tcase_add_test(tc, d7_not_held_after_all);
	suite_add_tcase(s, tc);
	SRunner *sr = srunner_create(s);
	srunner_run_all(sr, CK_NORMAL);
	int failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed != 0;
}
