/*
 * What a SIP that was held, or refused, ends: to the next all are summoned anew (D1, D2, D7, D9);
 * and what was asked for when betalningsansvar started, whatever came after (F2, F8).
 */
#include "sip_driver.h"

#include "daemon/rules/patientinformation.h"

#include <stdlib.h>

/* D1, D7: the plan of the SIP that was held is completed: the clock of the next is as it was. */
START_TEST(plan_completed)
{
	struct drive *d = after_a_meeting();
	drive(d, fact_sip_behov(MAY("06", "10:00"), KB, SIP_NY));
	drive(d, fact_sip_behov(MAY("08", "10:00"), _i == 0 ? VC : KB, SIP_NY));
	expect_open(d, MAY("10", "00:00"));
	struct fact s = fact_sip(MAY("09", "10:00"), VC, SIP_GENOMFORD, NULL);
	s.sip.hallen_at = at(MAY("05", "14:00"));
	drive(d, s);
	expect_open(d, MAY("10", "00:00"));
	drive_free(d);
}
END_TEST

/* D1, D7: held before two wished for another; told after both: the first counts. */
START_TEST(plan_told_after_two_words)
{
	struct drive *d = admitted(0);
	drive(d, fact_utskrivningsklar(MAY("04", "11:00")));
	drive(d, summons(MAY("04", "12:00"), MAY("05", "13:00")));
	drive(d, fact_sip_behov(MAY("06", "10:00"), KB, SIP_NY));
	drive(d, fact_sip_behov(MAY("08", "10:00"), VC, SIP_NY));
	struct fact s = fact_sip(MAY("09", "10:00"), VC, SIP_GENOMFORD, NULL);
	s.sip.hallen_at = at(MAY("05", "14:00"));
	drive(d, s);
	expect_open(d, MAY("10", "00:00"));
	drive_free(d);
}
END_TEST

/* D1: completing a plan breaks nothing twice. */
START_TEST(broken_once)
{
	struct drive *d = after_a_meeting();
	drive(d, fact_sip_behov(MAY("06", "10:00"), KB, SIP_NY));
	drive(d, fact_sip_behov(MAY("11", "10:00"), VC, SIP_NY));
	drive_until(d, MAY("12", "10:00"));
	ck_assert_int_eq(d1_breaches(d), 1);
	struct fact s = fact_sip(MAY("12", "11:00"), VC, SIP_GENOMFORD, NULL);
	s.sip.hallen_at = at(MAY("05", "14:00"));
	drive(d, s);
	drive_until(d, MAY("20", "10:00"));
	ck_assert_int_eq(d1_breaches(d), 1);
	drive_free(d);
}
END_TEST

/* D1: a word told late moves no clock that the needs had opened. */
START_TEST(late_word_beside_needs)
{
	struct drive *d = admitted(0);
	drive(d, fact_sip_behov(MAY("04", "10:30"), KB, SIP_BEHOVS_EJ));
	drive(d, fact_tillagd(MAY("04", "10:40"), H, PSYK));
	drive(d, fact_utskrivningsklar(MAY("04", "11:00")));
	drive(d, fact_of(EJ_BERORD, KB, MAY("06", "10:00")));
	expect_open(d, MAY("10", "00:00"));
	drive(d, late(fact_sip_behov(MAY("05", "10:00"), PSYK, SIP_NY), MAY("08", "10:00")));
	expect_open(d, MAY("10", "00:00"));
	drive_free(d);
}
END_TEST

/* D1: a word told late breaks nothing twice. */
START_TEST(broken_once_by_a_late_word)
{
	struct drive *d = admitted(0);
	drive(d, fact_sip_behov(MAY("04", "10:30"), KB, SIP_BEHOVS_EJ));
	drive(d, fact_tillagd(MAY("04", "10:40"), H, PSYK));
	drive(d, fact_utskrivningsklar(MAY("04", "11:00")));
	drive(d, fact_of(EJ_BERORD, KB, MAY("06", "10:00")));
	drive_until(d, MAY("12", "10:00"));
	ck_assert_int_eq(d1_breaches(d), 1);
	drive(d, late(fact_sip_behov(MAY("05", "10:00"), PSYK, SIP_NY), MAY("12", "11:00")));
	ck_assert_int_eq(drive_task(d, TASK_KALLA_SIP, VC)->status, TASK_OPEN);
	drive_until(d, MAY("20", "10:00"));
	ck_assert_int_eq(d1_breaches(d), 1);
	drive_free(d);
}
END_TEST

/* D1: a word told late resumes no clock that had ended meanwhile. */
START_TEST(late_word_after_a_lapse)
{
	struct drive *d = admitted(1 << BEHOV_SOCIALTJANST);
	drive(d, fact_utskrivningsklar(MAY("04", "11:00")));
	if (_i == 0) {
		drive(d, fact_sip_behov(MAY("06", "10:00"), VC, SIP_NY));
		drive(d, fact_sip_behov(MAY("07", "10:00"), VC, SIP_BEHOVS_EJ));
	} else {
		drive(d, version(MAY("06", "10:00"), 0));
		drive(d, version(MAY("07", "10:00"), 1 << BEHOV_SOCIALTJANST));
	}
	ck_assert(drive_task(d, TASK_KALLA_SIP, VC)->status != TASK_OPEN);
	drive(d, late(fact_sip_behov(MAY("05", "10:00"), KB, SIP_NY), MAY("13", "10:00")));
	ck_assert(drive_breach(d, BREACH_D1, VC) == NULL);
	expect_open(d, MAY("17", "00:00"));
	drive_free(d);
}
END_TEST

/* D1, F2: who said that none was needed is overridden by a word told late: from then on. */
START_TEST(late_yes_bridges_nothing)
{
	struct drive *d = admitted(0);
	drive(d, fact_utskrivningsklar(MAY("04", "10:00")));
	drive(d, fact_sip_behov(MAY("05", "10:00"), VC, SIP_BEHOVS_EJ));
	stand_at(d, MAY("11", "09:00"));
	struct payment before = payment_of(d);
	ck_assert_int_eq(before.standing, PAYMENT_STARTS);
	drive(d, late(fact_sip_behov(MAY("04", "18:00"), KB, SIP_NY), MAY("11", "10:00")));
	if (_i == 0) {
		expect_open(d, MAY("15", "00:00"));
	} else if (_i == 1) {
		expect_stands(d, before);
	} else {
		drive_until(d, MAY("13", "09:00"));
		ck_assert_int_eq(d1_breaches(d), 0);
	}
	drive_free(d);
}
END_TEST

/* D1, D7: not held after all, and the needs had lapsed and come back meanwhile. */
START_TEST(lapsed_while_held)
{
	struct drive *d = admitted(0);
	drive(d, fact_utskrivningsklar(MAY("04", "11:00")));
	struct fact held = fact_sip(MAY("05", "10:00"), VC, SIP_GENOMFORD, NULL);
	drive(d, held);
	drive(d, version(MAY("06", "09:00"), 1 << BEHOV_SOCIALTJANST));
	drive(d, version(MAY("11", "09:00"), 0));
	struct fact corrected = fact_sip(MAY("11", "12:00"), VC, SIP_UTEBLEV, NULL);
	corrected.sip.hallen_at = held.sip.hallen_at;
	drive(d, corrected);
	drive_until(d, MAY("12", "10:00"));
	expect_open(d, MAY("15", "00:00"));
	drive_free(d);
}
END_TEST

/* D7: not held after all, and another was wished for: D1 is as it was. */
START_TEST(not_held_and_wished_for)
{
	struct drive *d = admitted(0);
	drive(d, fact_utskrivningsklar(MAY("04", "11:00")));
	struct fact held = fact_sip(MAY("05", "10:00"), VC, SIP_GENOMFORD, NULL);
	drive(d, held);
	drive(d, fact_sip_behov(MAY("06", "09:00"), KB, SIP_NY));
	struct fact corrected = fact_sip(MAY("07", "12:00"), VC, SIP_UTEBLEV, NULL);
	corrected.sip.hallen_at = held.sip.hallen_at;
	drive(d, corrected);
	const struct given_task *first = &d->given.tasks[0];
	while (first->kind != TASK_KALLA_SIP)
		first++;
	ck_assert_int_eq(first->status, TASK_OPEN);
	ck_assert_at(first->due_at, MAY("08", "00:00"));
	ck_assert_int_eq(drive_task(d, TASK_KALLA_SIP, VC)->status, TASK_CANCELLED);
	drive_free(d);
}
END_TEST

/* D2: the kallelse to the next meeting went out in time, though the SIP before was told later. */
START_TEST(moved_after_a_sip_told_late)
{
	struct drive *d = admitted(0);
	drive(d, fact_utskrivningsklar(MAY("04", "11:00")));
	drive(d, summons(MAY("04", "12:00"), MAY("05", "13:00")));
	drive(d, fact_sip_behov(MAY("06", "10:00"), KB, SIP_NY));
	drive(d, summons(MAY("07", "10:00"), MAY("14", "13:00")));
	struct fact s = fact_sip(MAY("08", "10:00"), VC, SIP_GENOMFORD, NULL);
	s.sip.hallen_at = at(MAY("05", "14:00"));
	drive(d, s);
	ck_assert_int_eq(drive_task(d, TASK_KALLA_SIP, VC)->status, TASK_DONE);
	drive_until(d, MAY("13", "09:00"));
	ck_assert(drive_breach(d, BREACH_D1, VC) == NULL);
	drive(d, moves(MAY("13", "10:00"), MAY("18", "13:00")));
	ck_assert(drive_breach(d, BREACH_D1, VC) == NULL);
	drive_free(d);
}
END_TEST

/* D6a: a SIP told a day late cancels no meeting that was summoned to meanwhile. */
START_TEST(told_after_the_next_summons)
{
	struct drive *d = admitted(0);
	drive(d, fact_utskrivningsklar(MAY("04", "11:00")));
	drive(d, summons(MAY("04", "12:00"), MAY("05", "13:00")));
	struct fact s = fact_sip(MAY("05", "14:00"), VC, SIP_GENOMFORD, NULL);
	if (_i == 0)
		drive(d, s);
	drive(d, summons(MAY("06", "12:00"), MAY("20", "13:00")));
	if (_i != 0) {
		s.sent_at = at(MAY("07", "10:00"));
		drive(d, late(s, MAY("07", "10:00")));
	}
	ck_assert_int_eq(drive_told(d, KB, NOTICE_SIP_CANCELLED), 0);
	ck_assert_at(d->state.mote.start_at, MAY("20", "13:00"));
	drive_free(d);
}
END_TEST

/* D9: who sends the second kallelse, and was summoned to the first, needs none. */
START_TEST(sender_was_summoned_before)
{
	struct drive *d = admitted(0);
	drive(d, fact_tillagd(MAY("04", "10:10"), H, PSYK));
	drive(d, fact_fvk(MAY("04", "10:20"), FVK_UTSE, PSYK, KIM));
	drive(d, fact_utskrivningsklar(MAY("04", "11:00")));
	struct fact k = summons(MAY("04", "12:00"), MAY("05", "13:00"));
	k.sip_kallelse.kallade[k.sip_kallelse.kallade_count++] = PSYK;
	drive(d, k);
	drive(d, fact_sip(MAY("05", "14:00"), VC, SIP_GENOMFORD, NULL));
	drive(d, fact_sip_behov(MAY("06", "10:00"), KB, SIP_NY));
	struct fact k2 = fact_kallelse(MAY("07", "12:00"), PSYK, KALLELSE_SKICKA, KIM);
	k2.sip_kallelse.mote = mote_at(MAY("14", "13:00"));
	k2.sip_kallelse.kallade_count = 0;
	k2.sip_kallelse.kallade[k2.sip_kallelse.kallade_count++] = VC;
	k2.sip_kallelse.kallade[k2.sip_kallelse.kallade_count++] = KB;
	drive(d, k2);
	drive_until(d, MAY("13", "10:00"));
	ck_assert(drive_breach(d, BREACH_D1, VC) == NULL);
	ck_assert_int_eq(drive_task(d, TASK_KALLA_SIP, VC)->status, TASK_DONE);
	drive_free(d);
}
END_TEST

/* D2: the sender moves the meeting, then its FVK leaves: it was summoned to as it was. */
START_TEST(sender_moves_and_leaves)
{
	struct drive *d = admitted(0);
	drive(d, fact_tillagd(MAY("04", "10:10"), H, PSYK));
	drive(d, fact_fvk(MAY("04", "10:20"), FVK_UTSE, PSYK, KIM));
	drive(d, fact_utskrivningsklar(MAY("04", "11:00")));
	struct fact k = summons(MAY("04", "12:00"), MAY("14", "13:00"));
	k.sip_kallelse.kallade[k.sip_kallelse.kallade_count++] = PSYK;
	drive(d, k);
	k = moves(MAY("13", "10:00"), MAY("18", "13:00"));
	k.sip_kallelse.kallade[k.sip_kallelse.kallade_count++] = PSYK;
	drive(d, k);
	ck_assert_int_eq(d1_breaches(d), 0);
	drive(d, fact_fvk(MAY("13", "12:00"), FVK_AVSLUTA, VC, ANNA));
	ck_assert_int_eq(d1_breaches(d), 0);
	drive_free(d);
}
END_TEST

/* D2: a cancelled meeting stays summoned to in law, for who sent the kallelse too. */
START_TEST(sender_cancels_and_leaves)
{
	struct drive *d = admitted(0);
	drive(d, fact_tillagd(MAY("04", "10:10"), H, PSYK));
	drive(d, fact_fvk(MAY("04", "10:20"), FVK_UTSE, PSYK, KIM));
	drive(d, fact_utskrivningsklar(MAY("04", "11:00")));
	struct fact k = summons(MAY("04", "12:00"), MAY("14", "13:00"));
	k.sip_kallelse.kallade[k.sip_kallelse.kallade_count++] = PSYK;
	drive(d, k);
	drive(d, fact_kallelse(MAY("13", "10:00"), VC, KALLELSE_AVBOKA, ANNA));
	ck_assert_int_eq(d1_breaches(d), 0);
	drive(d, fact_fvk(MAY("13", "12:00"), FVK_AVSLUTA, VC, ANNA));
	ck_assert_int_eq(d1_breaches(d), 0);
	drive_free(d);
}
END_TEST

/* D6: held by a clock that is ahead: one kallelse to the next. */
START_TEST(held_a_little_ahead)
{
	test_policy_add(region, POLICY_SIP_MODE, VC, SIP_AUTO);
	struct drive *d = admitted(0);
	drive(d, fact_utskrivningsklar(MAY("04", "11:00")));
	struct fact s = fact_sip(MAY("06", "10:00"), VC, SIP_GENOMFORD, NULL);
	s.sip.hallen_at = at(MAY("06", "10:02"));
	drive(d, s);
	drive(d, late(fact_sip_behov(MAY("06", "10:03"), KB, SIP_NY), MAY("06", "10:00")));
	drive_free(d);
}
END_TEST

/* D6: a time that is proposed to the unit, after a SIP that was held, is no news to the others. */
START_TEST(proposed_after_a_held_one)
{
	test_policy_add(region, POLICY_SIP_MODE, VC, SIP_PROPOSE);
	struct drive *d = drive_new(region, 1);
	drive(d, version(MAY("04", "09:00"), 0));
	drive(d, fact_fvk(MAY("04", "10:00"), FVK_UTSE, VC, ANNA));
	drive(d, fact_utskrivningsklar(MAY("04", "11:00")));
	drive(d, summons(MAY("04", "12:00"), MAY("05", "13:00")));
	drive(d, fact_sip(MAY("05", "14:00"), VC, SIP_GENOMFORD, NULL));
	drive_news(d);
	drive(d, fact_sip_behov(MAY("06", "10:00"), KB, SIP_NY));
	ck_assert_int_eq(drive_told(d, KB, NOTICE_SIP_REBOOKED), 0);
	ck_assert_int_eq(drive_told(d, H, NOTICE_SIP_REBOOKED), 0);
	drive_free(d);
}
END_TEST

/* F2: a unit had summoned some on its own; then one was due, and the others are summoned late. */
START_TEST(own_then_wished)
{
	struct drive *d = admitted(1 << BEHOV_SOCIALTJANST);
	drive(d, fact_tillagd(MAY("04", "10:30"), H, PSYK));
	drive(d, fact_utskrivningsklar(MAY("04", "11:00")));
	struct fact k = summons(MAY("04", "12:00"), MAY("12", "13:00"));
	k.sip_kallelse.kallade_count = 1;
	k.sip_kallelse.kallade[0] = PSYK;
	drive(d, k);
	drive(d, fact_sip_behov(MAY("05", "10:00"), KB, SIP_NY));
	drive(d, summons(MAY("11", "10:00"), MAY("12", "13:00")));
	struct payment before = payment_of(d);
	drive(d, fact_sip(MAY("12", "14:00"), VC, SIP_GENOMFORD, NULL));
	struct payment after = payment_of(d);
	ck_assert_int_eq(before.standing, PAYMENT_CONTESTED);
	ck_assert_int_eq(after.standing, PAYMENT_CONTESTED);
	ck_assert(after.from == before.from);
	drive_free(d);
}
END_TEST

/* F2: none was called for, and one again, before the start: its late kallelse stays late. */
START_TEST(lapse_before_the_start)
{
	struct drive *d = admitted(0);
	drive(d, fact_utskrivningsklar(MAY("04", "10:00")));
	drive(d, fact_sip_behov(MAY("04", "11:00"), VC, SIP_BEHOVS_EJ));
	drive(d, fact_sip_behov(MAY("04", "15:00"), VC, SIP_NY));
	drive(d, summons(MAY("11", "10:00"), MAY("12", "13:00")));
	drive(d, fact_sip(MAY("12", "14:00"), VC, SIP_GENOMFORD, NULL));
	struct payment before = payment_of(d);
	ck_assert_int_eq(before.standing, PAYMENT_CONTESTED);
	drive(d, fact_sip_behov(MAY("13", "10:00"), KB, SIP_NY));
	expect_stands(d, before);
	drive_free(d);
}
END_TEST

/* F2, D1: what is in time for D1 is in time for the payment. */
START_TEST(again_before_the_start)
{
	struct drive *d = admitted(_i == 0 ? 0 : 1 << BEHOV_SOCIALTJANST);
	drive(d, fact_utskrivningsklar(MAY("04", "10:00")));
	if (_i == 1)
		drive(d, fact_sip_behov(MAY("04", "11:00"), KB, SIP_NY));
	drive(d, fact_sip_behov(MAY("05", "10:00"), KB, SIP_BEHOVS_EJ));
	drive(d, fact_sip_behov(MAY("06", "10:00"), KB, SIP_NY));
	expect_open(d, MAY("10", "00:00"));
	drive(d, summons(MAY("08", "12:00"), MAY("12", "13:00")));
	drive_until(d, MAY("12", "10:00"));
	ck_assert(drive_breach(d, BREACH_D1, VC) == NULL);
	struct payment p = payment_of(d);
	ck_assert_int_eq(p.standing, PAYMENT_STARTS);
	drive_free(d);
}
END_TEST

/* F2: a kallelse to what was held before another came to be due is none to that. */
START_TEST(kallelse_to_another_meeting)
{
	struct drive *d = admitted(_i == 0 ? 1 << BEHOV_SOCIALTJANST : 0);
	if (_i == 0)
		drive(d, fact_utskrivningsklar(MAY("04", "14:00")));
	drive(d, summons(MAY("04", "15:00"), MAY("05", "13:00")));
	drive(d, fact_sip(MAY("05", "14:00"), VC, SIP_GENOMFORD, NULL));
	if (_i == 1)
		drive(d, fact_utskrivningsklar(MAY("05", "15:00")));
	drive(d, fact_sip_behov(MAY("06", "10:00"), KB, SIP_NY));
	expect_open(d, MAY("10", "00:00"));
	stand_at(d, MAY("14", "10:00"));
	ck_assert_int_eq(d1_breaches(d), 1);
	struct payment p = payment_of(d);
	ck_assert_int_ne(p.standing, PAYMENT_STARTS);
	drive_free(d);
}
END_TEST

/* F2, F8: that it ceases to be due after the start changes nothing. */
START_TEST(ceases_after_the_start)
{
	struct drive *d = admitted(0);
	drive(d, fact_utskrivningsklar(MAY("04", "10:00")));
	drive(d, summons(MAY("11", "10:00"), MAY("12", "13:00")));
	if (_i <= 2)
		drive(d, fact_sip(MAY("12", "14:00"), VC, SIP_GENOMFORD, NULL));
	struct payment before = payment_of(d);
	ck_assert_int_eq(before.standing, PAYMENT_CONTESTED);
	ck_assert_at(before.from, MAY("11", "00:00"));
	struct fact k = summons(MAY("13", "10:00"), MAY("20", "13:00"));
	if (_i == 1)
		k = fact_kallelse(MAY("13", "10:00"), VC, KALLELSE_AVBOKA, ANNA);
	if (_i == 2 || _i == 4)
		k = fact_samtycke(MAY("13", "10:00"), SAMTYCKE_SIP, SAMTYCKE_ATERKALLAT);
	if (_i == 3)
		k = fact_sip_behov(MAY("13", "10:00"), H, SIP_BEHOVS_EJ);
	drive(d, k);
	expect_stands(d, before);
	drive_free(d);
}
END_TEST

/* D11, F2: the payer's unit is struck: the first kallelse to the others counts. */
START_TEST(struck_then_moved)
{
	struct drive *d = admitted(0);
	drive(d, fact_tillagd(MAY("04", "10:10"), H, PSYK));
	drive(d, fact_utskrivningsklar(MAY("04", "11:00")));
	struct fact k = summons(MAY("04", "12:00"), MAY("12", "13:00"));
	k.sip_kallelse.kallade_count = 1;
	k.sip_kallelse.kallade[0] = PSYK;
	k.sip_kallelse.strukna[k.sip_kallelse.strukna_count++] = KB;
	drive(d, k);
	stand_at(d, MAY("09", "10:00"));
	struct payment before = payment_of(d);
	ck_assert_int_eq(before.standing, PAYMENT_STARTS);
	k = moves(MAY("11", "12:00"), MAY("14", "13:00"));
	if (_i == 1)
		k = fact_kallelse(MAY("11", "12:00"), VC, KALLELSE_AVBOKA, ANNA);
	k.sip_kallelse.kallade_count = 1;
	k.sip_kallelse.kallade[0] = PSYK;
	drive(d, k);
	expect_stands(d, before);
	drive_free(d);
}
END_TEST

/* D10: of two that wish for one, the first summons; its day stands. */
START_TEST(first_wish_summons)
{
	struct drive *d = drive_new(region, 1);
	struct fact w = fact_sip_behov(MAY("04", "09:00"), KH, SIP_NY);
	w.patient = TEST_PATIENT;
	drive(d, w);
	drive_assert_task(d, TASK_KALLA_SIP, KH, TASK_OPEN, MAY("18", "09:00"));
	w = fact_sip_behov(MAY("17", "09:00"), VC, SIP_NY);
	w.patient = TEST_PATIENT;
	drive(d, w);
	drive_assert_task(d, TASK_KALLA_SIP, KH, TASK_OPEN, MAY("18", "09:00"));
	drive_free(d);
}
END_TEST

/* D10: the wish after a meeting is of the next, also if the meeting is told later. */
START_TEST(own_wish_before_the_last_is_told)
{
	struct drive *d = drive_new(region, 1);
	drive(d, own(fact_sip_behov(MAY("04", "09:00"), KH, SIP_NY)));
	struct fact f = own(fact_kallelse(MAY("05", "09:00"), KH, KALLELSE_SKICKA, KARIN));
	f.sip_kallelse.mote = mote_at(MAY("12", "10:00"));
	drive(d, f);
	struct fact s =
	    own(fact_sip(MAY("12", "11:00"), KH, SIP_GENOMFORD, "2026-09-01T10:00:00+02:00"));
	if (_i == 0)
		drive(d, s);
	drive(d, own(fact_sip_behov(MAY("13", "09:00"), KH, SIP_NY)));
	if (_i == 1) {
		s.sent_at = s.recorded_at = at(MAY("20", "09:00"));
		drive(d, s);
	}
	drive_assert_task(d, TASK_KALLA_SIP, KH, TASK_OPEN, MAY("27", "09:00"));
	drive_free(d);
}
END_TEST

/* E3: the text tells of the SIP in force, also if another is summoned to, or wished for. */
START_TEST(text_tells_of_what_is_in_force)
{
	struct drive *d = after_a_meeting();
	if (_i == 1)
		drive(d, summons(MAY("06", "12:00"), MAY("20", "13:00")));
	if (_i == 2)
		drive(d, fact_sip_behov(MAY("06", "10:00"), KB, SIP_NY));
	struct writer w = {0};
	patientinformation_write(&d->state, NULL, region, d->now, &w);
	ck_assert(strstr(w.text, "har") != NULL);
	free(w.text);
	drive_free(d);
}
END_TEST

/* B10, B11: an end that another stay announced stays. */
START_TEST(announced_elsewhere)
{
	struct drive *d = admitted(0);
	stand_at(d, MAY("06", "09:00"));
	d->kontakter[0].episode += 1;
	d->kontakter[0].to_at = at(MAY("20", "10:00"));
	drive(d, fact_utskrivningsklar(MAY("06", "11:00")));
	ck_assert_at(d->kontakter[0].to_at, MAY("20", "10:00"));
	drive_free(d);
}
END_TEST

/* B10, B11: the end said in one stay ends no assignment that the next has prolonged. */
START_TEST(prolonged_in_the_next_stay)
{
	struct drive *d1 = drive_new(region, 1), *d2 = drive_new(region, 2);
	drive(d1, version(MAY("04", "09:00"), 0));
	struct fact f = fact_fvk(MAY("04", "10:00"), FVK_UTSE, VC, ANNA);
	f.fast_vardkontakt.to_at = at(MAY("20", "10:00"));
	drive(d1, f);
	drive(d1, fact_utskrivning(MAY("06", "10:00"), MAY("06", "10:00")));
	drive_until(d1, MAY("08", "09:00"));
	drive_follows(d2, d1);
	drive(d2, fact_inskrivningsmeddelande(
		      MAY("08", "09:00"), MAY("08", "02:00"), MAY("25", "12:00")));
	ck_assert_int_eq(episode_fvk(&d2->state, VC)->staff, ANNA); /* B2 */
	f = fact_fvk(MAY("15", "10:00"), FVK_BEKRAFTA, VC, ANNA);
	f.fast_vardkontakt.from_at = at(MAY("15", "10:00"));
	drive(d2, f);
	ck_assert_int_eq(d2->kontakt_count, 1);
	ck_assert_at(d2->kontakter[0].to_at, NULL);
	d1->kontakter[0] = d2->kontakter[0];
	drive_until(d1, MAY("20", "12:00"));
	drive_until(d2, MAY("20", "12:00"));
	d2->now = at(MAY("20", "12:00"));
	d2->kontakter[0] = d1->kontakter[0];
	if (_i == 0) {
		ck_assert_at(d1->kontakter[0].to_at, NULL);
	} else {
		drive_until(d2, MAY("21", "10:00"));
		drive(d2, fact_utskrivningsklar(MAY("21", "11:00")));
		ck_assert_int_eq(episode_fvk(&d2->state, VC)->staff, ANNA);
		ck_assert_at(d2->kontakter[0].to_at, NULL);
	}
	drive_free(d1);
	drive_free(d2);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("sip_rounds");
	TCase *tc = tcase_create("sip_rounds");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_loop_test(tc, plan_completed, 0, 2);
	tcase_add_test(tc, plan_told_after_two_words);
	tcase_add_test(tc, broken_once);
	tcase_add_test(tc, late_word_beside_needs);
	tcase_add_test(tc, broken_once_by_a_late_word);
	tcase_add_loop_test(tc, late_word_after_a_lapse, 0, 2);
	tcase_add_loop_test(tc, late_yes_bridges_nothing, 0, 3);
	tcase_add_test(tc, lapsed_while_held);
	tcase_add_test(tc, not_held_and_wished_for);
	tcase_add_test(tc, moved_after_a_sip_told_late);
	tcase_add_loop_test(tc, told_after_the_next_summons, 0, 2);
	tcase_add_test(tc, sender_was_summoned_before);
	tcase_add_test(tc, sender_moves_and_leaves);
	tcase_add_test(tc, sender_cancels_and_leaves);
	tcase_add_test(tc, held_a_little_ahead);
	tcase_add_test(tc, proposed_after_a_held_one);
	tcase_add_test(tc, own_then_wished);
	tcase_add_test(tc, lapse_before_the_start);
	tcase_add_loop_test(tc, again_before_the_start, 0, 2);
	tcase_add_loop_test(tc, kallelse_to_another_meeting, 0, 2);
	tcase_add_loop_test(tc, ceases_after_the_start, 0, 5);
	tcase_add_loop_test(tc, struck_then_moved, 0, 2);
	tcase_add_test(tc, first_wish_summons);
	tcase_add_loop_test(tc, own_wish_before_the_last_is_told, 0, 2);
	tcase_add_loop_test(tc, text_tells_of_what_is_in_force, 0, 3);
	tcase_add_test(tc, announced_elsewhere);
	tcase_add_loop_test(tc, prolonged_in_the_next_stay, 0, 2);
	suite_add_tcase(s, tc);
	SRunner *sr = srunner_create(s);
	srunner_run_all(sr, CK_NORMAL);
	int failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed != 0;
}
