/*
 * D1, D6a, D9, F2, G2 when more than one SIP is told of in a stay: what belongs to the one that was
 * held, or given up, and what to the next.
 */
#include "sip_driver.h"

#include "daemon/rules/measures.h"
#include "daemon/rules/sip.h"

/* F2: the SIP that was due at the start lapsed after it, and the payment runs; a word after that
 * for another takes nothing away. 0: behov; 1: samtycke. */
START_TEST(lapsed_then_wished_again)
{
	struct drive *d = admitted(_i == 0 ? 1 << BEHOV_SOCIALTJANST : 0);
	drive(d, fact_utskrivningsklar(MAY("04", "11:00")));
	if (_i == 0) {
		drive(d, fact_sip_behov(MAY("05", "10:00"), KB, SIP_NY));
		drive(d, fact_sip_behov(MAY("08", "10:00"), KB, SIP_BEHOVS_EJ));
	} else {
		drive(d, fact_samtycke(MAY("08", "10:00"), SAMTYCKE_SIP, SAMTYCKE_NEKAT));
	}
	stand_at(d, MAY("20", "10:00"));
	struct payment before = payment_of(d);
	ck_assert_int_eq(before.standing, PAYMENT_STARTS);
	if (_i == 0)
		drive(d, fact_sip_behov(MAY("20", "11:00"), KB, SIP_NY));
	else
		drive(d, fact_samtycke(MAY("20", "11:00"), SAMTYCKE_SIP, SAMTYCKE_LAMNAT));
	expect_stands(d, before);
	drive_free(d);
}
END_TEST

/* F2, F8: the same, and a unit summons on its own later. */
START_TEST(lapsed_then_summoned)
{
	struct drive *d = admitted(1 << BEHOV_SOCIALTJANST);
	drive(d, fact_utskrivningsklar(MAY("04", "11:00")));
	drive(d, fact_sip_behov(MAY("05", "10:00"), KB, SIP_NY));
	drive(d, fact_sip_behov(MAY("08", "10:00"), KB, SIP_BEHOVS_EJ));
	stand_at(d, MAY("20", "10:00"));
	struct payment before = payment_of(d);
	ck_assert_int_eq(before.standing, PAYMENT_STARTS);
	drive(d, summons(MAY("20", "11:00"), MAY("28", "13:00")));
	expect_stands(d, before);
	drive_free(d);
}
END_TEST

/* D3, D1: given anew; D1 runs from that day, whatever comes late of before. 0: before it is due;
 * 1: after the breach. */
START_TEST(late_kallelse_moves_d1)
{
	struct drive *d = admitted(0);
	drive(d, fact_utskrivningsklar(MAY("04", "11:00")));
	drive(d, fact_samtycke(MAY("05", "10:00"), SAMTYCKE_SIP, SAMTYCKE_NEKAT));
	drive(d, fact_samtycke(MAY("06", "10:00"), SAMTYCKE_SIP, SAMTYCKE_LAMNAT));
	expect_open(d, MAY("10", "00:00"));
	if (_i == 1) {
		drive_until(d, MAY("12", "08:00"));
		ck_assert_int_eq(d1_breaches(d), 1);
	}
	drive(d, late(summons(MAY("04", "12:00"), MAY("15", "13:00")),
		     _i == 0 ? MAY("08", "10:00") : MAY("12", "10:00")));
	if (_i == 0)
		expect_open(d, MAY("10", "00:00"));
	else
		ck_assert_int_eq(d1_breaches(d), 1);
	if (_i == 1) {
		drive_until(d, MAY("25", "10:00"));
		ck_assert_int_eq(d1_breaches(d), 1);
	}
	drive_free(d);
}
END_TEST

/* D3, D4: the same, where what comes late is who the FVK was: the kallelse before the no is none to
 * what is due since it was given anew. */
START_TEST(late_fvk_fulfils_d1)
{
	struct drive *d = drive_new(region, 1);
	drive(d, version(MAY("04", "09:00"), 0));
	drive(d, fact_utskrivningsklar(MAY("04", "11:00")));
	drive(d, summons(MAY("04", "12:00"), MAY("15", "13:00")));
	drive(d, fact_samtycke(MAY("05", "10:00"), SAMTYCKE_SIP, SAMTYCKE_NEKAT));
	drive(d, fact_samtycke(MAY("06", "10:00"), SAMTYCKE_SIP, SAMTYCKE_LAMNAT));
	expect_open(d, MAY("10", "00:00"));
	drive(d, late(fact_fvk(MAY("04", "10:00"), FVK_UTSE, VC, ANNA), MAY("07", "10:00")));
	drive_assert_task(d, TASK_KALLA_SIP, VC, TASK_OPEN, MAY("10", "00:00"));
	drive_free(d);
}
END_TEST

/* D9: a kallelse to another SIP than the one that was held is joined to none. 0: nothing held
 * before, as it should be; 1: after one that was held. */
START_TEST(joined_to_what_was_held)
{
	test_policy_add(region, POLICY_SIP_MODE, VC, SIP_PROPOSE);
	struct drive *d = admitted(0);
	drive(d, fact_tillagd(MAY("04", "10:10"), H, PSYK));
	drive(d, fact_fvk(MAY("04", "10:20"), FVK_UTSE, PSYK, KIM));
	drive(d, fact_utskrivningsklar(MAY("04", "11:00")));
	if (_i == 1) {
		drive(d, summons(MAY("04", "12:00"), MAY("05", "13:00")));
		drive(d, fact_sip(MAY("05", "14:00"), VC, SIP_GENOMFORD, NULL));
		drive(d, fact_sip_behov(MAY("06", "10:00"), KB, SIP_NY));
	}
	ck_assert_int_eq(d->state.bokning.status, BOKNING_BOKAD); /* proposed to VC */
	int before = drive_told(d, KB, NOTICE_SIP_KALLELSE);
	struct fact k = summons(MAY("06", "12:00"), MAY("26", "13:00"));
	k.source = PSYK;
	k.sip_kallelse.skickad_av = KIM;
	drive(d, k);
	ck_assert(sip_is_summoned(&d->state));
	ck_assert_int_eq(drive_told(d, KB, NOTICE_SIP_KALLELSE), before + 1);
	ck_assert(d->state.mote.start_at == at(MAY("26", "13:00")));
	drive_free(d);
}
END_TEST

/* D2, D6: a kallelse by telephone to the SIP that was held, told when the next is summoned to: the
 * meeting ahead stands. 0: with the meeting's time; 1: without. */
START_TEST(told_late_takes_the_next)
{
	struct drive *d = admitted(0);
	drive(d, fact_utskrivningsklar(MAY("04", "11:00")));
	drive(d, fact_sip(MAY("05", "14:00"), VC, SIP_GENOMFORD, NULL));
	drive(d, fact_sip_behov(MAY("06", "10:00"), KB, SIP_NY));
	drive(d, summons(MAY("06", "12:00"), MAY("20", "13:00")));
	ck_assert(sip_is_summoned(&d->state));
	struct fact k = summons(MAY("07", "10:00"), MAY("05", "13:00"));
	k.sip_kallelse.at = at(MAY("04", "12:00"));
	if (_i == 1)
		k.sip_kallelse.mote.start_at = k.sip_kallelse.mote.end_at = INSTANT_NONE;
	drive(d, k);
	ck_assert(sip_is_summoned(&d->state));
	ck_assert(d->state.mote.start_at == at(MAY("20", "13:00")));
	ck_assert_int_eq(d->state.bokning.status, BOKNING_BOKAD);
	drive_free(d);
}
END_TEST

/* D7: of one meeting the last word counts, whoever said it and whenever it comes. */
START_TEST(last_word_of_two_units)
{
	struct drive *d = admitted(0);
	drive(d, fact_utskrivningsklar(MAY("04", "11:00")));
	drive(d, summons(MAY("04", "12:00"), MAY("05", "13:00")));
	struct fact f = fact_sip(MAY("05", "15:00"), VC, SIP_GENOMFORD, NULL);
	f.sip.hallen_at = at(MAY("05", "13:00"));
	drive(d, f);
	struct fact g = fact_sip(MAY("05", "17:00"), KB, SIP_GENOMFORD, NULL);
	g.sip.hallen_at = at(MAY("05", "13:00"));
	struct fact u = fact_sip(MAY("05", "16:00"), VC, SIP_UTEBLEV, NULL);
	u.sip.hallen_at = at(MAY("05", "13:00"));
	if (_i == 0) {
		drive(d, u);
		drive(d, g);
	} else {
		drive(d, g);
		drive(d, late(u, MAY("05", "18:00")));
	}
	ck_assert_int_ne(d->state.sip.nr, 0);
	ck_assert_int_eq(d->state.utebliven.nr, 0);
	drive_free(d);
}
END_TEST

/* D6a: a time was proposed to VC; PSYK summons to another: VC is told where it went. 0: of the
 * first SIP; 1: of the next. */
START_TEST(proposed_and_gone)
{
	test_policy_add(region, POLICY_SIP_MODE, VC, SIP_PROPOSE);
	struct drive *d = admitted(0);
	drive(d, fact_tillagd(MAY("04", "10:10"), H, PSYK));
	drive(d, fact_fvk(MAY("04", "10:20"), FVK_UTSE, PSYK, KIM));
	drive(d, fact_utskrivningsklar(MAY("04", "11:00")));
	if (_i == 1) {
		drive(d, summons(MAY("04", "12:00"), MAY("05", "13:00")));
		drive(d, fact_sip(MAY("05", "14:00"), VC, SIP_GENOMFORD, NULL));
		drive(d, fact_sip_behov(MAY("06", "10:00"), KB, SIP_NY));
	}
	ck_assert_int_eq(d->state.bokning.status, BOKNING_BOKAD); /* proposed to VC */
	ck_assert_int_ge(drive_told(d, VC, NOTICE_SIP_BOOKED), 1);
	int n = drive_told(d, VC, NOTICE_SIP_KALLELSE) + drive_told(d, VC, NOTICE_SIP_REBOOKED) +
		drive_told(d, VC, NOTICE_SIP_CANCELLED);
	struct fact k = moves(MAY("06", "12:00"), MAY("26", "13:00"));
	k.source = PSYK;
	k.sip_kallelse.skickad_av = KIM;
	drive(d, k);
	ck_assert(d->state.mote.start_at == at(MAY("26", "13:00")));
	ck_assert_int_eq(drive_told(d, VC, NOTICE_SIP_KALLELSE) +
			     drive_told(d, VC, NOTICE_SIP_REBOOKED) +
			     drive_told(d, VC, NOTICE_SIP_CANCELLED),
	    n + 1);
	drive_free(d);
}
END_TEST

/* Section 4: summoned to too late, held; then "a valid one exists". */
START_TEST(measured_after_gallande_finns)
{
	struct drive *d = admitted(0);
	static struct measures m;
	drive(d, fact_utskrivningsklar(MAY("04", "11:00")));
	drive_until(d, MAY("12", "10:00"));
	ck_assert_int_eq(d1_breaches(d), 1);
	drive(d, summons(MAY("12", "12:00"), MAY("14", "13:00")));
	drive(d, fact_sip(MAY("14", "14:00"), VC, SIP_GENOMFORD, NULL));
	if (_i == 1)
		drive(d, fact_sip_behov(MAY("14", "16:00"), KB, SIP_GALLANDE_FINNS));
	if (_i == 2)
		drive(d, fact_samtycke(MAY("14", "16:00"), SAMTYCKE_SIP, SAMTYCKE_ATERKALLAT));
	drive(d, fact_utskrivning(MAY("20", "10:00"), MAY("20", "10:00")));
	struct surroundings s = drive_surroundings(d);
	measure(&d->state, &s, &d->given, d->now, &m);
	ck_assert_int_eq(d1_breaches(d), 1);
	ck_assert_int_eq(m.row[0].kallelse, NOT_FULFILLED);
	drive_free(d);
}
END_TEST

/* D6: a time proposed to VC for the next SIP; VC has no FVK any more, PSYK has: the time is
 * proposed to PSYK. */
START_TEST(proposed_elsewhere)
{
	test_policy_add(region, POLICY_SIP_MODE, VC, SIP_PROPOSE);
	test_policy_add(region, POLICY_SIP_MODE, PSYK, SIP_PROPOSE);
	test_slot_add(region, PSYK, 0, 2, 13 * 60, 14 * 60, 60);
	struct drive *d = admitted(0);
	drive(d, fact_tillagd(MAY("04", "10:10"), H, PSYK));
	drive(d, fact_fvk(MAY("04", "10:20"), FVK_UTSE, PSYK, KIM));
	drive(d, fact_utskrivningsklar(MAY("04", "11:00")));
	if (_i == 1) {
		drive(d, summons(MAY("04", "12:00"), MAY("05", "13:00")));
		drive(d, fact_sip(MAY("05", "14:00"), VC, SIP_GENOMFORD, NULL));
		drive(d, fact_sip_behov(MAY("06", "10:00"), KB, SIP_NY));
	}
	ck_assert_int_eq(d->state.bokning.status, BOKNING_BOKAD);
	ck_assert_int_eq(d->state.bokning.unit, VC);
	drive(d, fact_fvk(MAY("06", "12:00"), FVK_AVSLUTA, VC, ANNA));
	ck_assert_int_eq(d->state.bokning.unit, PSYK);
	ck_assert_int_eq(d->state.bokning.status, BOKNING_BOKAD);
	drive_free(d);
}
END_TEST

/* G2, D2: a time was only proposed for the next SIP: who was summoned to the one that was held is
 * not summoned to it, in the stay that follows neither. 0: nothing was held, as it should be. */
START_TEST(proposal_taken_over_as_summoned)
{
	test_policy_add(region, POLICY_SIP_MODE, VC, SIP_PROPOSE);
	struct drive *d = admitted(0), *next = drive_new(region, 2);
	drive(d, fact_utskrivningsklar(MAY("04", "11:00")));
	if (_i == 1) {
		drive(d, summons(MAY("04", "12:00"), MAY("05", "13:00")));
		drive(d, fact_sip(MAY("05", "14:00"), VC, SIP_GENOMFORD, NULL));
		drive(d, fact_sip_behov(MAY("05", "16:00"), KB, SIP_NY));
	}
	ck_assert(d->state.bokning.status == BOKNING_BOKAD && !sip_is_summoned(&d->state));
	drive(d, fact_utskrivning(MAY("06", "14:00"), MAY("06", "14:00")));
	drive_until(d, MAY("08", "09:00"));
	drive_follows(next, d);
	drive(next, fact_inskrivningsmeddelande(
			MAY("08", "09:00"), MAY("08", "02:10"), MAY("14", "12:00")));
	ck_assert_int_ne(next->state.tidigare.nr, 0);
	drive(next, fact_utskrivningsklar(MAY("13", "10:00")));
	ck_assert(!sip_is_summoned(&next->state));
	struct surroundings s = drive_surroundings(next);
	ck_assert(!sip_clock(&next->state, &s, next->now).fulfilled);
	drive_free(next);
	drive_free(d);
}
END_TEST

/* D8: a no to the meeting that was held reopens no booking when another SIP comes to be due. */
START_TEST(declined_what_was_held)
{
	struct drive *d = admitted(0);
	drive(d, fact_utskrivningsklar(MAY("04", "11:00")));
	drive(d, summons(MAY("04", "12:00"), MAY("05", "13:00")));
	drive(d, fact_kallelse_svar(MAY("04", "13:00"), KB, SVAR_NEJ));
	drive(d, fact_sip(MAY("05", "14:00"), VC, SIP_GENOMFORD, NULL));
	const struct given_task *t = drive_task(d, TASK_BOKA_OM_SIP, VC);
	ck_assert(t == NULL || t->status != TASK_OPEN);
	drive(d, fact_sip_behov(MAY("06", "10:00"), KB, SIP_NY));
	t = drive_task(d, TASK_BOKA_OM_SIP, VC);
	ck_assert(t == NULL || t->status != TASK_OPEN);
	drive_free(d);
}
END_TEST

/* F2, F8: no kallelse was ever sent to the SIP that was due at the start (7 May). What ends that on
 * 20 May makes the kommun pay from then, as a kallelse on that day would, not for the days
 * before. 0: held; 1: no more wished for; 2: refused. */
START_TEST(never_summoned_pays_back)
{
	struct drive *d = admitted(0);
	drive(d, fact_utskrivningsklar(MAY("04", "11:00")));
	stand_at(d, MAY("20", "10:00"));
	ck_assert_int_eq(payment_of(d).standing, PAYMENT_NOT_YET);
	if (_i == 0)
		drive(d, fact_sip(MAY("20", "11:00"), VC, SIP_GENOMFORD, NULL));
	else if (_i == 1)
		drive(d, fact_sip_behov(MAY("20", "11:00"), KB, SIP_BEHOVS_EJ));
	else
		drive(d, fact_samtycke(MAY("20", "11:00"), SAMTYCKE_SIP, SAMTYCKE_NEKAT));
	struct payment p = payment_of(d);
	ck_assert_msg(p.from >= at(MAY("20", "00:00")), "%s from %s, %d days",
	    payment_standing_word(p.standing), at_text(p.from), p.days);
	drive_free(d);
}
END_TEST

/* D6a, D7: a meeting that was held cannot be cancelled afterwards. */
START_TEST(held_is_not_cancelled)
{
	struct drive *d = after_a_meeting();
	drive(d, fact_kallelse(MAY("06", "10:00"), VC, KALLELSE_AVBOKA, ANNA));
	ck_assert_int_eq(d->outcome, OUTCOME_INGEN_KALLELSE);
	ck_assert_int_eq(drive_told(d, KB, NOTICE_SIP_CANCELLED), 0);
	drive_free(d);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("sip_next");
	TCase *tc = tcase_create("sip_next");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_loop_test(tc, lapsed_then_wished_again, 0, 2);
	tcase_add_test(tc, lapsed_then_summoned);
	tcase_add_loop_test(tc, late_kallelse_moves_d1, 0, 2);
	tcase_add_test(tc, late_fvk_fulfils_d1);
	tcase_add_loop_test(tc, joined_to_what_was_held, 0, 2);
	tcase_add_loop_test(tc, told_late_takes_the_next, 0, 2);
	tcase_add_loop_test(tc, last_word_of_two_units, 0, 2);
	tcase_add_loop_test(tc, proposed_and_gone, 0, 2);
	tcase_add_loop_test(tc, measured_after_gallande_finns, 0, 3);
	tcase_add_loop_test(tc, proposed_elsewhere, 0, 2);
	tcase_add_loop_test(tc, proposal_taken_over_as_summoned, 0, 2);
	tcase_add_test(tc, declined_what_was_held);
	tcase_add_loop_test(tc, never_summoned_pays_back, 0, 3);
	tcase_add_test(tc, held_is_not_cancelled);
	suite_add_tcase(s, tc);
	SRunner *sr = srunner_create(s);
	srunner_run_all(sr, CK_NORMAL);
	int failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed != 0;
}
