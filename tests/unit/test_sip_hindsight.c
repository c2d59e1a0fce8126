/*
 * What is said, taken back or told late once something was broken, paid or struck: what stays as it
 * was, and what a kallelse, a refusal or a meeting is by what was known when it was sent.
 */
#include "sip_driver.h"

#include "daemon/rules/patientinformation.h"
#include "daemon/rules/sip.h"

/* D0, D1: held on the 5th; the ward asks for another on the 6th; D1 (10 May 00:00, moved to the
 * 12th) is broken; only then is it said that none is needed. The breach stays, as it does if none
 * was held before (i 1). */
START_TEST(breach_of_second_sip_stays)
{
	struct drive *d = _i == 0 ? after_a_meeting() : admitted(1 << BEHOV_SOCIALTJANST);
	if (_i == 1)
		drive(d, fact_utskrivningsklar(MAY("04", "11:00")));
	drive(d, fact_sip_behov(MAY("06", "10:00"), H, SIP_NY));
	drive_until(d, MAY("12", "08:00"));
	ck_assert_int_eq(d1_breaches(d), 1);
	drive(d, fact_sip_behov(MAY("12", "10:00"), H, SIP_BEHOVS_EJ));
	ck_assert_int_eq(d1_breaches(d), 1);
	ck_assert_int_eq(drive_told(d, 0, NOTICE_AVVIKELSE_ATERKALLAD), 0);
	drive_free(d);
}
END_TEST

/* D0, D1: VC said that none is needed, KB that one is: due. Broken; then KB is out. What was due
 * was due. */
START_TEST(breach_stays_when_who_wished_leaves)
{
	struct drive *d = admitted(1 << BEHOV_SOCIALTJANST);
	drive(d, fact_tillagd(MAY("04", "10:10"), H, PSYK));
	drive(d, fact_utskrivningsklar(MAY("04", "11:00")));
	drive(d, fact_sip_behov(MAY("04", "12:00"), VC, SIP_BEHOVS_EJ));
	drive(d, fact_sip_behov(MAY("04", "13:00"), KB, SIP_NY));
	drive_until(d, MAY("08", "08:00"));
	ck_assert_int_eq(d1_breaches(d), 1);
	drive(d, fact_of(EJ_BERORD, KB, MAY("08", "11:00")));
	ck_assert_int_eq(d1_breaches(d), 1);
	drive_free(d);
}
END_TEST

/* Section 2, D1: VC says by mistake that it is not concerned, and takes that back: the breach of
 * that night is VC's, not the ward's. */
START_TEST(annulled_ej_berord_charges_the_ward)
{
	struct drive *d = admitted(0);
	drive(d, fact_utskrivningsklar(MAY("04", "11:00")));
	int32_t nr = drive(d, fact_of(EJ_BERORD, VC, MAY("07", "19:00")));
	char id[20];
	snprintf(id, sizeof id, "m%d", nr);
	drive_until(d, MAY("08", "08:00"));
	drive(d, fact_makulering(MAY("08", "09:00"), VC, id));
	ck_assert_int_eq(d1_breaches(d), 1);
	ck_assert(drive_breach(d, BREACH_D1, H) == NULL);
	drive_assert_breach(d, BREACH_D1, VC, CAUSE_UNIT_LATE, MAY("08", "00:00"), NULL);
	drive_free(d);
}
END_TEST

/* D2, D1: KB was summoned by telephone on the 7th, in time; that is told last, after another
 * kallelse of the 8th. It was reached in time: no breach. */
START_TEST(earlier_kallelse_told_second)
{
	struct drive *d = admitted(0);
	drive(d, fact_utskrivningsklar(MAY("04", "11:00")));
	drive_until(d, MAY("08", "08:00"));
	ck_assert_int_eq(d1_breaches(d), 1);
	if (_i == 0)
		drive(d, summons(MAY("08", "10:00"), MAY("11", "13:00")));
	struct fact k = summons(MAY("08", "12:00"), MAY("11", "13:00"));
	k.sip_kallelse.at = at(MAY("07", "09:00"));
	drive(d, k);
	ck_assert_int_eq(d1_breaches(d), 0);
	drive_free(d);
}
END_TEST

/* C6: the SIP rules are off: a kallelse summons nobody, and is answered so. When the care ends D1
 * opens: it is none to that. */
START_TEST(kallelse_under_open_compulsory_care)
{
	struct drive *d = admitted(0);
	drive(d, fact_vardform_andrad(
		     MAY("04", "11:00"), VARDFORM_LPT, TVANGSVARD_OPT, MAY("04", "11:00")));
	drive(d, fact_utskrivningsklar(MAY("04", "12:00")));
	drive(d, summons(MAY("05", "12:00"), MAY("08", "13:00")));
	ck_assert_str_eq(outcome_table[d->outcome].word, "oppen_tvangsvard");
	ck_assert_int_eq(d->state.kallelse.nr, 0);
	drive(d, fact_vardform_andrad(
		     MAY("06", "09:00"), VARDFORM_HSL, TVANGSVARD_INGEN, MAY("06", "09:00")));
	drive_until(d, MAY("09", "12:00"));
	ck_assert_int_eq(drive_told(d, KB, NOTICE_SIP_KALLELSE), 0);
	drive_assert_task(d, TASK_KALLA_SIP, VC, TASK_OPEN, MAY("10", "00:00"));
	drive_free(d);
}
END_TEST

/* D11, D0, D1: KB was struck from the first SIP, which was held; now KB itself says that another is
 * due: it is to be summoned to that. */
START_TEST(struck_from_the_first_wishes_for_the_next)
{
	struct drive *d = ready_with_psyk();
	struct fact k = summons(MAY("04", "12:00"), MAY("05", "13:00"));
	k.sip_kallelse.kallade[0] = PSYK;
	k.sip_kallelse.strukna[k.sip_kallelse.strukna_count++] = KB;
	drive(d, k);
	drive(d, fact_sip(MAY("05", "14:00"), VC, SIP_GENOMFORD, NULL));
	drive(d, fact_sip_behov(MAY("06", "10:00"), KB, SIP_NY));
	k = summons(MAY("06", "12:00"), MAY("15", "13:00"));
	k.sip_kallelse.kallade[0] = PSYK;
	drive(d, k);
	expect_open(d, MAY("10", "00:00"));
	drive_free(d);
}
END_TEST

/* D1: KB was summoned in time, PSYK never; the breach stands. Days later PSYK is out: that stops
 * the clock, and shows nothing of before. 1: PSYK says so itself, 2: all are out and nobody runs.
 */
START_TEST(breach_stays_when_who_was_not_summoned_leaves)
{
	struct drive *d = ready_with_psyk();
	drive(d, summons(MAY("05", "12:00"), MAY("11", "13:00")));
	drive_until(d, MAY("08", "08:00"));
	ck_assert_int_eq(d1_breaches(d), 1);
	drive(d, _i == 0 ? fact_borttagen(MAY("09", "12:00"), H, PSYK)
			 : fact_of(EJ_BERORD, PSYK, MAY("09", "12:00")));
	ck_assert_int_eq(d1_breaches(d), 1);
	drive_free(d);
}
END_TEST

/* F2, D3: KB was summoned on the 5th and the payment started on the 7th. On the 9th a refusal is
 * told that was sent before the kallelse. Known in time it would start on the 7th (no SIP is to be
 * held); not known, too. */
START_TEST(late_refusal_moves_no_start)
{
	struct drive *d = admitted(0);
	drive(d, fact_utskrivningsklar(MAY("04", "11:00")));
	struct fact no = fact_samtycke(MAY("05", "10:00"), SAMTYCKE_SIP, SAMTYCKE_NEKAT);
	if (_i == 1)
		drive(d, no);
	drive(d, summons(MAY("05", "12:00"), MAY("11", "13:00")));
	stand_at(d, MAY("08", "10:00"));
	struct payment before = payment_of(d);
	ck_assert_int_eq(before.standing, PAYMENT_STARTS);
	ck_assert_at(before.from, MAY("07", "00:00"));
	if (_i == 0)
		drive(d, late(no, MAY("09", "12:00")));
	struct payment after = payment_of(d);
	ck_assert_str_eq(
	    payment_standing_word(after.standing), payment_standing_word(before.standing));
	ck_assert_at(after.from, MAY("07", "00:00"));
	drive_free(d);
}
END_TEST

/* D3: a no that was known, and another that is told late, of before the kallelse: that was sent
 * though it was known, and is none. */
START_TEST(kallelse_after_a_no_that_was_known)
{
	struct drive *d = admitted(0);
	drive(d, fact_samtycke(MAY("05", "10:00"), SAMTYCKE_SIP, SAMTYCKE_NEKAT));
	drive(d, summons(MAY("05", "12:00"), MAY("11", "13:00")));
	struct fact no = fact_samtycke(MAY("05", "11:00"), SAMTYCKE_SIP, SAMTYCKE_ATERKALLAT);
	drive(d, late(no, MAY("06", "12:00")));
	ck_assert_int_eq(d->state.sip_round_nr, 0);
	ck_assert(d->state.sip_round[0].kallelse_at == INSTANT_NONE);
	drive_free(d);
}
END_TEST

/* D7: one meeting did not come off; 0: KB says so too, 1: VC says so again with another hour. One
 * task, of who told first; PSYK hears of it once. */
START_TEST(missed_meeting_told_twice)
{
	struct drive *d = ready_with_psyk();
	struct fact k = summons(MAY("04", "12:00"), MAY("05", "13:00"));
	k.sip_kallelse.kallade[k.sip_kallelse.kallade_count++] = PSYK;
	drive(d, k);
	drive(d, fact_sip(MAY("05", "14:00"), VC, SIP_UTEBLEV, NULL));
	ck_assert_int_eq(drive_task(d, TASK_UTRED_SIP, VC)->status, TASK_OPEN);
	ck_assert_int_eq(drive_told(d, PSYK, NOTICE_SIP_HELD), 1);
	struct fact again = fact_sip(MAY("05", "15:00"), _i == 0 ? KB : VC, SIP_UTEBLEV, NULL);
	again.sip.hallen_at = at(_i == 0 ? MAY("05", "14:00") : MAY("05", "14:30"));
	drive(d, again);
	ck_assert_int_eq(drive_task(d, TASK_UTRED_SIP, VC)->status, TASK_OPEN);
	ck_assert_int_eq(drive_task_count(d, TASK_UTRED_SIP, VC), 1);
	ck_assert_int_eq(drive_task_count(d, TASK_UTRED_SIP, KB), 0);
	drive_free(d);
}
END_TEST

/* D3, D10: a wish outside of every stay; refused, and given anew weeks later: the time for it runs
 * from then, and nobody is late at once. */
START_TEST(own_wish_given_anew)
{
	struct drive *d = drive_new(region, 1);
	drive(d, own(fact_sip_behov(MAY("04", "09:00"), VC, SIP_NY)));
	drive(d, own(fact_samtycke(MAY("05", "09:00"), SAMTYCKE_SIP, SAMTYCKE_NEKAT)));
	struct fact yes =
	    own(fact_samtycke("2026-08-20T09:00:00+02:00", SAMTYCKE_SIP, SAMTYCKE_LAMNAT));
	drive(d, yes);
	const struct given_task *t = drive_task(d, TASK_KALLA_SIP, VC);
	ck_assert(t != NULL && t->status == TASK_OPEN);
	ck_assert_msg(t->due_at > yes.sent_at, "due %s", at_text(t->due_at));
	drive_free(d);
}
END_TEST

/* E3, D3: a SIP was held and is in force; the patient wants no other. The text tells of the plan.
 */
START_TEST(plan_in_force_after_a_no)
{
	struct drive *d = after_a_meeting();
	drive(d, fact_samtycke(MAY("06", "09:00"), SAMTYCKE_SIP, SAMTYCKE_NEKAT));
	ck_assert(sip_is_held(&d->state));
	struct writer w = {0};
	patientinformation_write(&d->state, NULL, region, d->now, &w);
	ck_assert_msg(
	    strstr(w.text, "har redan en SIP") != NULL || strstr(w.text, "har en SIP") != NULL,
	    "%s", w.text);
	free(w.text);
	drive_free(d);
}
END_TEST

/* B3, B13: that life is threatened is told when samordnad has named a nurse: the nurse stands, and
 * the unit is asked for another. 0: of now; 1: of before the nurse was named. */
START_TEST(life_threatened_told_late)
{
	test_policy_between(region, POLICY_FVK_MODE, VC, FVK_AUTO, MAY("05", "08:00"), NULL);
	struct drive *d = drive_new(region, 1);
	drive(d, version(MAY("04", "09:00"), 0));
	drive_until(d, MAY("06", "08:00"));
	const struct fvk *fvk = episode_fvk(&d->state, VC);
	ck_assert(fvk != NULL);
	staff_id nurse = fvk->staff;
	ck_assert_int_ne(nurse, DOKTOR);
	ck_assert_at(fvk->from_at, MAY("05", "08:00"));
	ck_assert(drive_task(d, TASK_ERSATT_FVK, VC) == NULL);
	struct fact v = version(_i == 0 ? MAY("06", "09:00") : MAY("04", "20:00"), 0);
	v.inskrivningsmeddelande.livshotande = true;
	drive(d, late(v, MAY("06", "09:00")));
	fvk = episode_fvk(&d->state, VC);
	ck_assert(fvk != NULL && fvk->staff == nurse);
	const struct given_task *t = drive_task(d, TASK_ERSATT_FVK, VC);
	ck_assert(t != NULL && t->status == TASK_OPEN);
	drive_free(d);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("sip_hindsight");
	TCase *t = tcase_create("sip_hindsight");
	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_loop_test(t, breach_of_second_sip_stays, 0, 2);
	tcase_add_test(t, breach_stays_when_who_wished_leaves);
	tcase_add_test(t, annulled_ej_berord_charges_the_ward);
	tcase_add_loop_test(t, earlier_kallelse_told_second, 0, 2);
	tcase_add_test(t, kallelse_under_open_compulsory_care);
	tcase_add_test(t, struck_from_the_first_wishes_for_the_next);
	tcase_add_loop_test(t, breach_stays_when_who_was_not_summoned_leaves, 0, 2);
	tcase_add_loop_test(t, late_refusal_moves_no_start, 0, 2);
	tcase_add_test(t, kallelse_after_a_no_that_was_known);
	tcase_add_loop_test(t, missed_meeting_told_twice, 0, 2);
	tcase_add_test(t, own_wish_given_anew);
	tcase_add_test(t, plan_in_force_after_a_no);
	tcase_add_loop_test(t, life_threatened_told_late, 0, 2);
	suite_add_tcase(s, t);
	SRunner *r = srunner_create(s);
	srunner_run_all(r, CK_NORMAL);
	int failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed != 0;
}
