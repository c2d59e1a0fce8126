/*
 * D0, D1, F2 where words come late, are annulled, corrected or told of more than one SIP: which was
 * asked for, as it was known, and which kallelse counts for it.
 */
#include "sip_driver.h"

#include "daemon/rules/measures.h"

static struct fact
at_earlier(struct fact k, const char *at_text_)
{
	k.sip_kallelse.at = at(at_text_);
	return k;
}

/* D2, F2: kallelse by telephone before, told after the SIP was held: F2 is met. */
START_TEST(kallelse_told_after_the_sip)
{
	struct drive *d = admitted(0);
	drive(d, fact_utskrivningsklar(MAY("04", "11:00")));
	drive(d, fact_sip(MAY("05", "14:00"), VC, SIP_GENOMFORD, NULL));
	drive(d, at_earlier(summons(MAY("06", "10:00"), MAY("05", "13:00")), MAY("04", "12:00")));
	stand_at(d, MAY("08", "10:00"));
	struct payment p = payment_of(d);
	ck_assert_int_eq(p.standing, PAYMENT_STARTS);
	drive_free(d);
}
END_TEST

/* D1, D2: that kallelse is none to the next SIP. */
START_TEST(kallelse_told_after_is_none_to_the_next)
{
	struct drive *d = admitted(0);
	drive(d, fact_utskrivningsklar(MAY("04", "11:00")));
	drive(d, fact_sip(MAY("05", "14:00"), VC, SIP_GENOMFORD, NULL));
	drive(d, at_earlier(summons(MAY("06", "10:00"), MAY("05", "13:00")), MAY("04", "12:00")));
	drive(d, fact_sip_behov(MAY("07", "10:00"), KB, SIP_NY));
	expect_open(d, MAY("11", "00:00"));
	drive_free(d);
}
END_TEST

static struct fact
held_at(struct fact s, const char *hallen_at)
{
	s.sip.hallen_at = at(hallen_at);
	return s;
}

/* D7: of one meeting the last word counts, whichever hour of the day it names. */
START_TEST(last_word_of_a_meeting)
{
	struct drive *d = admitted(0);
	drive(d, fact_utskrivningsklar(MAY("04", "11:00")));
	drive(d, summons(MAY("04", "12:00"), MAY("05", "13:00")));
	enum sip_utfall first = _i == 0 ? SIP_GENOMFORD : SIP_UTEBLEV;
	enum sip_utfall last = _i == 0 ? SIP_UTEBLEV : SIP_GENOMFORD;
	drive(d, held_at(fact_sip(MAY("05", "15:00"), VC, first, NULL), MAY("05", "14:00")));
	drive(d, held_at(fact_sip(MAY("06", "10:00"), VC, last, NULL), MAY("05", "13:00")));
	ck_assert_int_eq(d->state.sip.nr != 0, _i == 1);
	ck_assert_int_eq(d->state.utebliven.nr != 0, _i == 0);
	drive_free(d);
}
END_TEST

/* D7: the plan completed, with the hour the meeting began. */
START_TEST(plan_completed_by_another_hour)
{
	struct drive *d = admitted(0);
	drive(d, fact_utskrivningsklar(MAY("04", "11:00")));
	drive(d, summons(MAY("04", "12:00"), MAY("05", "13:00")));
	struct fact s =
	    held_at(fact_sip(MAY("05", "15:00"), VC, SIP_GENOMFORD, NULL), MAY("05", "14:00"));
	s.sip.plan.saknas = PLAN_UPPFOLJNING;
	drive(d, s);
	ck_assert_int_eq(drive_task(d, TASK_KOMPLETTERA_SIP, VC)->status, TASK_OPEN);
	drive(
	    d, held_at(fact_sip(MAY("06", "10:00"), VC, SIP_GENOMFORD, "2026-06-01T10:00:00+02:00"),
		   MAY("05", "13:00")));
	ck_assert_int_ne(drive_task(d, TASK_KOMPLETTERA_SIP, VC)->status, TASK_OPEN);
	drive_free(d);
}
END_TEST

/* D0, D1: after a SIP the hospital's word opens D1; a unit's later word moves no clock. */
START_TEST(second_word_moves_no_clock)
{
	struct drive *d = after_a_meeting();
	drive(d, fact_sip_behov(MAY("06", "10:00"), H, SIP_NY));
	expect_open(d, MAY("10", "00:00"));
	if (_i == 1) {
		drive_until(d, MAY("12", "08:00"));
		ck_assert_int_eq(d1_breaches(d), 1);
		drive(d, fact_sip_behov(MAY("12", "10:00"), KB, SIP_NY));
		ck_assert_int_eq(d1_breaches(d), 1);
		drive_until(d, MAY("25", "08:00"));
		ck_assert_int_eq(d1_breaches(d), 1);
	} else {
		drive(d, fact_sip_behov(MAY("09", "10:00"), KB, SIP_NY));
		expect_open(d, MAY("10", "00:00"));
	}
	drive_free(d);
}
END_TEST

/* F2: same words, and the payment. */
START_TEST(second_word_and_the_payment)
{
	struct drive *d = after_a_meeting();
	drive(d, fact_sip_behov(MAY("06", "10:00"), H, SIP_NY));
	stand_at(d, MAY("08", "10:00"));
	struct payment before = payment_of(d);
	drive(d, fact_sip_behov(MAY("09", "10:00"), KB, SIP_NY));
	struct payment after = payment_of(d);
	ck_assert_int_eq(before.standing, after.standing);
	drive_free(d);
}
END_TEST

/* F2: the payment started with the kallelse to the second SIP; that is no more wished for. */
START_TEST(second_wish_withdrawn_after_start)
{
	struct drive *d = admitted(0);
	drive(d, fact_tillagd(MAY("04", "10:10"), H, PSYK));
	drive(d, fact_utskrivningsklar(MAY("04", "11:00")));
	struct fact k = summons(MAY("04", "12:00"), MAY("05", "13:00"));
	k.sip_kallelse.kallade[0] = PSYK;
	drive(d, k);
	drive(d, fact_sip(MAY("05", "14:00"), VC, SIP_GENOMFORD, NULL));
	drive(d, fact_sip_behov(MAY("05", "16:00"), KB, SIP_NY));
	drive(d, summons(MAY("06", "12:00"), MAY("15", "13:00")));
	stand_at(d, MAY("08", "10:00"));
	struct payment before = payment_of(d);
	ck_assert_int_eq(before.standing, PAYMENT_STARTS);
	drive(d, _i == 0 ? fact_sip_behov(MAY("08", "11:00"), KB, SIP_GALLANDE_FINNS)
			 : fact_of(EJ_BERORD, KB, MAY("08", "11:00")));
	expect_stands(d, before);
	drive_free(d);
}
END_TEST

/* F2, D3: a no that was said before the start, and told after it. */
START_TEST(refusal_told_after_start)
{
	struct drive *d = admitted(0);
	drive(d, fact_utskrivningsklar(MAY("04", "10:00")));
	drive(d, summons(MAY("05", "10:00"), MAY("15", "13:00")));
	stand_at(d, MAY("08", "10:00"));
	struct payment before = payment_of(d);
	ck_assert_int_eq(before.standing, PAYMENT_STARTS);
	struct fact f = fact_samtycke(MAY("08", "11:00"), SAMTYCKE_SIP, SAMTYCKE_ATERKALLAT);
	f.samtycke.at = at(MAY("06", "10:00"));
	if (_i == 1)
		f.sent_at = at(MAY("06", "10:00"));
	drive(d, f);
	expect_stands(d, before);
	drive_free(d);
}
END_TEST

/* C6: D1 opens when the compulsory care ends, which was said ahead, not at a word before that. */
START_TEST(word_before_announced_end)
{
	struct drive *d = admitted(_i == 0 ? 1 << BEHOV_SOCIALTJANST : 0);
	drive(d, ready_with_opt(MAY("04", "11:00")));
	drive(d, fact_vardform_andrad(
		     MAY("05", "10:00"), VARDFORM_HSL, TVANGSVARD_INGEN, MAY("18", "12:00")));
	if (_i == 0) {
		drive(d, fact_sip_behov(MAY("06", "10:00"), KB, SIP_NY));
	} else {
		drive(d, fact_samtycke(MAY("06", "10:00"), SAMTYCKE_SIP, SAMTYCKE_NEKAT));
		drive(d, fact_samtycke(MAY("07", "10:00"), SAMTYCKE_SIP, SAMTYCKE_LAMNAT));
	}
	expect_open(d, MAY("22", "00:00"));
	drive_free(d);
}
END_TEST

/* F2, D11: KB, summoned in time, is struck after the start. */
START_TEST(struck_after_start)
{
	struct drive *d = admitted(0);
	drive(d, fact_tillagd(MAY("04", "10:10"), H, KH));
	drive(d, fact_utskrivningsklar(MAY("04", "11:00")));
	drive(d, summons(MAY("05", "12:00"), MAY("15", "13:00")));
	stand_at(d, MAY("08", "10:00"));
	struct payment before = payment_of(d);
	ck_assert_int_eq(before.standing, PAYMENT_STARTS);
	struct fact k = moves(MAY("11", "12:00"), MAY("18", "13:00"));
	k.sip_kallelse.kallade[0] = KH;
	k.sip_kallelse.strukna[k.sip_kallelse.strukna_count++] = KB;
	drive(d, k);
	expect_stands(d, before);
	drive_free(d);
}
END_TEST

/* Section 2: a word that was annulled never was. */
START_TEST(wish_annulled)
{
	struct drive *d = admitted(1 << BEHOV_SOCIALTJANST);
	drive(d, fact_utskrivningsklar(MAY("04", "11:00")));
	drive(d, fact_sip_behov(MAY("05", "10:00"), KB, SIP_NY));
	int nr = d->history_count;
	char id[16];
	snprintf(id, sizeof id, "m%d", nr);
	drive(d, fact_makulering(MAY("08", "10:00"), KB, id));
	stand_at(d, MAY("10", "10:00"));
	struct payment after = payment_of(d);
	ck_assert_int_eq(after.standing, PAYMENT_STARTS);
	drive_free(d);
}
END_TEST

/* F2: a wish that lapsed after the start, never summoned to, is not asked for any more. */
START_TEST(lapsed_after_start_never_met)
{
	struct drive *d = admitted(1 << BEHOV_SOCIALTJANST);
	drive(d, fact_utskrivningsklar(MAY("04", "11:00")));
	drive(d, fact_sip_behov(MAY("05", "10:00"), KB, SIP_NY));
	drive(d, fact_sip_behov(MAY("08", "10:00"), KB, SIP_BEHOVS_EJ));
	stand_at(d, MAY("20", "10:00"));
	struct payment after = payment_of(d);
	ck_assert_int_ne(after.standing, PAYMENT_NOT_YET);
	drive_free(d);
}
END_TEST

/* F3, F2: the start was put off; a SIP came to be due before it. */
START_TEST(due_before_a_late_start)
{
	struct drive *d = admitted(1 << BEHOV_SOCIALTJANST);
	drive(d, fact_utskrivningsklar(MAY("04", "11:00")));
	drive(d, fact_insatser(MAY("05", "10:00"), VC, INSATSER_EJ_TILLGANGLIG));
	drive(d, fact_sip_behov(MAY("08", "10:00"), KB, SIP_NY));
	struct fact i = fact_insatser(MAY("18", "10:00"), VC, INSATSER_TILLGANGLIG);
	drive(d, i);
	stand_at(d, MAY("25", "10:00"));
	struct payment after = payment_of(d);
	ck_assert_int_ne(after.standing, PAYMENT_STARTS);
	drive_free(d);
}
END_TEST

/* F2: held without a kallelse that we know: nothing is left to be summoned to. */
START_TEST(held_without_kallelse)
{
	struct drive *d = admitted(0);
	drive(d, fact_utskrivningsklar(MAY("04", "11:00")));
	drive(d, fact_sip(MAY("05", "14:00"), VC, SIP_GENOMFORD, NULL));
	stand_at(d, MAY("20", "10:00"));
	struct payment after = payment_of(d);
	ck_assert_int_ne(after.standing, PAYMENT_NOT_YET);
	drive(d, fact_sip_behov(MAY("20", "11:00"), KB, SIP_NY)); /* nor is it undone by the next */
	ck_assert_int_eq(payment_of(d).standing, after.standing);
	drive_free(d);
}
END_TEST

/* D0: the hospital's word for another, where a unit had wished for the one that was held. */
START_TEST(hospital_wishes_for_another)
{
	struct drive *d = admitted(1 << BEHOV_SOCIALTJANST);
	drive(d, fact_utskrivningsklar(MAY("04", "11:00")));
	drive(d, fact_sip_behov(MAY("04", "11:30"), KB, SIP_NY));
	drive(d, summons(MAY("04", "12:00"), MAY("05", "13:00")));
	drive(d, fact_sip(MAY("05", "14:00"), VC, SIP_GENOMFORD, NULL));
	drive(d, fact_sip_behov(MAY("06", "10:00"), H, SIP_NY));
	expect_open(d, MAY("10", "00:00"));
	drive_free(d);
}
END_TEST

/* More rounds than are kept. */
START_TEST(many_rounds)
{
	struct drive *d = admitted(0);
	drive(d, fact_utskrivningsklar(MAY("04", "10:00")));
	drive(d, summons(MAY("04", "12:00"), MAY("08", "13:00")));
	stand_at(d, MAY("08", "10:00"));
	struct payment before = payment_of(d);
	ck_assert_int_eq(before.standing, PAYMENT_STARTS);
	for (int i = 0; i < 5; i++) {
		char t[40];
		snprintf(t, sizeof t, "2026-05-%02dT13:00:00+02:00", 11 + 3 * i);
		drive(d, fact_sip(t, VC, SIP_GENOMFORD, NULL));
		snprintf(t, sizeof t, "2026-05-%02dT13:00:00+02:00", 12 + 3 * i);
		drive(d, fact_sip_behov(t, KB, SIP_NY));
		struct payment p = payment_of(d);
		ck_assert_msg(p.standing == before.standing && p.from == before.from, "held %d: %s",
		    i, payment_standing_word(p.standing));
	}
	drive_free(d);
}
END_TEST

/* More runs than are kept. */
START_TEST(many_runs)
{
	struct drive *d = admitted(0);
	drive(d, fact_utskrivningsklar(MAY("04", "10:00")));
	drive(d, summons(MAY("11", "12:00"), MAY("28", "13:00")));
	struct payment before = payment_of(d);
	ck_assert_int_eq(before.standing, PAYMENT_CONTESTED);
	for (int i = 0; i < 9; i++) {
		char t[40];
		snprintf(t, sizeof t, "2026-05-%02dT13:00:00+02:00", 12 + i);
		drive(d, fact_sip_behov(t, KB, SIP_BEHOVS_EJ));
		snprintf(t, sizeof t, "2026-05-%02dT14:00:00+02:00", 12 + i);
		drive(d, fact_sip_behov(t, KB, SIP_NY));
		struct payment p = payment_of(d);
		ck_assert_msg(p.standing == before.standing && p.from == before.from, "run %d: %s",
		    i, payment_standing_word(p.standing));
	}
	drive_free(d);
}
END_TEST

/* D6a: what samordnad decided on hearing of a SIP stands behind it, also in a later fold: the
 * meeting ahead is cancelled once. 0: a late message; 1: a kvittens by message_id; 2: without end.
 */
START_TEST(decision_stands_behind_the_sip)
{
	struct drive *d = admitted(0);
	drive(d, fact_utskrivningsklar(MAY("04", "11:00")));
	drive(d, summons(MAY("04", "12:00"), MAY("20", "13:00")));
	if (_i == 2) /* names what has not come: all is folded, as batch.c does with a history */
		drive(d, fact_makulering(MAY("05", "10:00"), KB, "m99"));
	drive(
	    d, held_at(fact_sip(MAY("06", "15:00"), VC, SIP_GENOMFORD, NULL), MAY("06", "14:00")));
	ck_assert_int_eq(d->state.bokning.status, BOKNING_NONE);
	int facts = d->history_count;
	if (_i == 0) {
		drive(d, late(fact_ny_beraknad(MAY("06", "13:00"), MAY("09", "12:00")),
			     MAY("06", "16:00")));
	} else {
		struct fact k = fact_kvittens(MAY("06", "16:00"), KB, 0);
		snprintf(k.kvittens.message_id, sizeof k.kvittens.message_id, "m3");
		drive(d, k);
	}
	ck_assert_int_eq(d->history_count, facts + 1);
	drive_free(d);
}
END_TEST

/* F2: a SIP that is told after the start is not what was known at it. */
START_TEST(sip_told_after_start)
{
	struct drive *d = admitted(0);
	drive(d, fact_utskrivningsklar(MAY("04", "11:00")));
	drive(d, summons(MAY("04", "12:00"), MAY("06", "12:00")));
	drive(d, fact_sip_behov(MAY("06", "18:00"), VC, SIP_NY));
	stand_at(d, MAY("07", "20:00"));
	struct payment before = payment_of(d);
	ck_assert_int_eq(before.standing, PAYMENT_STARTS);
	drive(
	    d, held_at(fact_sip(MAY("07", "21:00"), VC, SIP_GENOMFORD, NULL), MAY("06", "13:00")));
	expect_stands(d, before);
	drive_free(d);
}
END_TEST

/* D6a: a meeting ahead that is cancelled because the SIP was held before it: those summoned are
 * told. */
START_TEST(cancelled_ahead_is_told)
{
	struct drive *d = admitted(0);
	drive(d, fact_utskrivningsklar(MAY("04", "11:00")));
	drive(d, summons(MAY("04", "12:00"), MAY("20", "13:00")));
	ck_assert_int_eq(drive_told(d, KB, NOTICE_SIP_KALLELSE), 1);
	drive(d, fact_sip(MAY("06", "15:00"), VC, SIP_GENOMFORD, NULL));
	ck_assert_int_eq(d->state.bokning.status, BOKNING_NONE);
	ck_assert_int_eq(drive_told(d, KB, NOTICE_SIP_CANCELLED), 1);
	drive_free(d);
}
END_TEST

/* D3, D6a: a no after a SIP was held cancels no meeting. */
START_TEST(refused_after_held)
{
	struct drive *d = after_a_meeting();
	drive(d, fact_samtycke(MAY("08", "10:00"), SAMTYCKE_SIP, SAMTYCKE_ATERKALLAT));
	ck_assert_int_eq(drive_told(d, KB, NOTICE_SIP_CANCELLED), 0);
	drive_free(d);
}
END_TEST

/* Section 2: an annulled word that none was needed: no new three days. */
START_TEST(annulled_not_needed)
{
	struct drive *d = admitted(0);
	drive(d, fact_utskrivningsklar(MAY("04", "11:00")));
	drive(d, fact_sip_behov(MAY("05", "10:00"), VC, SIP_BEHOVS_EJ));
	char id[16];
	snprintf(id, sizeof id, "m%d", d->history_count);
	drive(d, fact_makulering(MAY("06", "10:00"), VC, id));
	expect_open(d, MAY("08", "00:00"));
	drive_free(d);
}
END_TEST

/* D1: the SIP was summoned to in time; that more were held after it takes nothing away. */
START_TEST(measured_after_three)
{
	struct drive *d = after_a_meeting();
	static struct measures m;
	if (_i >= 1)
		drive(d, fact_sip(MAY("11", "14:00"), VC, SIP_GENOMFORD, NULL));
	if (_i >= 2)
		drive(d, fact_sip(MAY("18", "14:00"), VC, SIP_GENOMFORD, NULL));
	drive(d, fact_utskrivning(MAY("20", "10:00"), MAY("20", "10:00")));
	struct surroundings s = drive_surroundings(d);
	measure(&d->state, &s, &d->given, d->now, &m);
	for (int i = 0; i < 1 + PARTICIPANTS_MAX; i++)
		ck_assert_int_ne(m.row[i].kallelse, NOT_FULFILLED);
	drive_free(d);
}
END_TEST

/* D6a: summoned to a second meeting, which lies ahead; a SIP is held before it. */
START_TEST(cancelled_by_the_unit_is_told)
{
	struct drive *d = after_a_meeting();
	drive(d, fact_sip_behov(MAY("06", "10:00"), KB, SIP_NY));
	drive(d, summons(MAY("06", "12:00"), MAY("20", "13:00")));
	int before = drive_told(d, KB, NOTICE_SIP_CANCELLED);
	drive(d, fact_sip(MAY("08", "14:00"), VC, SIP_GENOMFORD, NULL));
	ck_assert_int_eq(d->state.bokning.status, BOKNING_NONE);
	ck_assert_int_eq(drive_told(d, KB, NOTICE_SIP_CANCELLED), before + 1);
	drive_free(d);
}
END_TEST

/* D1, D2: KB was summoned to the first SIP only; of the second meeting it is told when it is
 * summoned to that, and owes no kvittens of the first kallelse. */
START_TEST(not_summoned_to_the_second)
{
	struct drive *d = admitted(0);
	drive(d, fact_tillagd(MAY("04", "10:10"), H, PSYK));
	drive(d, fact_utskrivningsklar(MAY("04", "11:00")));
	drive(d, summons(MAY("04", "12:00"), MAY("05", "13:00")));
	drive(d, fact_sip(MAY("05", "14:00"), VC, SIP_GENOMFORD, NULL));
	drive(d, fact_sip_behov(MAY("06", "10:00"), PSYK, SIP_NY));
	struct fact k = summons(MAY("06", "12:00"), MAY("20", "13:00"));
	k.sip_kallelse.kallade[0] = PSYK;
	drive(d, k);
	if (_i == 0)
		ck_assert_int_eq(drive_told(d, KB, NOTICE_SIP_REBOOKED), 0);
	else
		ck_assert_int_ne(drive_task(d, TASK_KVITTERA_KALLELSE, KB)->status, TASK_OPEN);
	drive_free(d);
}
END_TEST

/* D6 auto: the kallelse to the next SIP is a kallelse, not the first one moved. */
START_TEST(auto_summons_anew)
{
	test_policy_add(region, POLICY_SIP_MODE, VC, SIP_AUTO);
	struct drive *d = admitted(0);
	drive(d, fact_utskrivningsklar(MAY("04", "11:00")));
	drive(d, summons(MAY("04", "12:00"), MAY("05", "13:00")));
	drive(d, fact_sip(MAY("05", "14:00"), VC, SIP_GENOMFORD, NULL));
	int before = drive_told(d, KB, NOTICE_SIP_KALLELSE);
	drive(d, fact_sip_behov(MAY("06", "10:00"), KB, SIP_NY));
	ck_assert_int_ne(d->state.kallelse.nr, 0);
	ck_assert_int_eq(drive_told(d, KB, NOTICE_SIP_REBOOKED), 0);
	ck_assert_int_eq(drive_told(d, KB, NOTICE_SIP_KALLELSE), before + 1);
	drive_free(d);
}
END_TEST

/* F2, D1: held before the patient was ready: D1 never asks for a kallelse. */
START_TEST(held_before_ready)
{
	struct drive *d = admitted(0);
	drive(d, fact_sip(MAY("05", "14:00"), VC, SIP_GENOMFORD, NULL));
	drive(d, fact_utskrivningsklar(MAY("06", "10:00")));
	ck_assert(drive_task(d, TASK_KALLA_SIP, VC) == NULL);
	stand_at(d, MAY("20", "10:00"));
	struct payment after = payment_of(d);
	ck_assert_int_eq(after.standing, PAYMENT_STARTS);
	drive_free(d);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("sip_asked");
	TCase *tc = tcase_create("sip_asked");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, kallelse_told_after_the_sip);
	tcase_add_test(tc, kallelse_told_after_is_none_to_the_next);
	tcase_add_loop_test(tc, last_word_of_a_meeting, 0, 2);
	tcase_add_test(tc, plan_completed_by_another_hour);
	tcase_add_loop_test(tc, second_word_moves_no_clock, 0, 2);
	tcase_add_test(tc, second_word_and_the_payment);
	tcase_add_loop_test(tc, second_wish_withdrawn_after_start, 0, 1);
	tcase_add_loop_test(tc, refusal_told_after_start, 0, 2);
	tcase_add_loop_test(tc, word_before_announced_end, 0, 2);
	tcase_add_test(tc, struck_after_start);
	tcase_add_test(tc, wish_annulled);
	tcase_add_test(tc, lapsed_after_start_never_met);
	tcase_add_test(tc, due_before_a_late_start);
	tcase_add_test(tc, held_without_kallelse);
	tcase_add_test(tc, hospital_wishes_for_another);
	tcase_add_test(tc, many_rounds);
	tcase_add_test(tc, many_runs);
	tcase_add_loop_test(tc, decision_stands_behind_the_sip, 0, 3);
	tcase_add_test(tc, sip_told_after_start);
	tcase_add_test(tc, cancelled_ahead_is_told);
	tcase_add_test(tc, refused_after_held);
	tcase_add_test(tc, annulled_not_needed);
	tcase_add_loop_test(tc, measured_after_three, 0, 3);
	tcase_add_test(tc, cancelled_by_the_unit_is_told);
	tcase_add_loop_test(tc, not_summoned_to_the_second, 0, 2);
	tcase_add_test(tc, auto_summons_anew);
	tcase_add_test(tc, held_before_ready);
	suite_add_tcase(s, tc);
	SRunner *sr = srunner_create(s);
	srunner_run_all(sr, CK_NORMAL);
	int failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed != 0;
}
