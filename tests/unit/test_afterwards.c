/*
 * What is said late, or of what is over: breaches, payment, strikes, missed meetings, compulsory
 * care, in hindsight (B1, B3, C3, C6, D1, D3, D7, D11, F2).
 */
#include "sip_driver.h"

#include "daemon/rules/measures.h"
#include "daemon/rules/sip.h"

static void
take_back(struct drive *d, const char *sent_at, unit_id unit, int32_t nr)
{
	char id[20];

	snprintf(id, sizeof id, "m%d", nr);
	drive(d, fact_makulering(sent_at, unit, id));
}

static const struct measure *
measure_of(struct drive *d, struct measures *m, unit_id unit)
{
	struct surroundings s = drive_surroundings(d);

	measure(&d->state, &s, &d->given, d->now, m);
	for (int i = 0; i < m->count; i++)
		if (m->row[i].unit == unit)
			return &m->row[i];
	ck_abort_msg("no row");
	return NULL;
}

/* D11, section 4: KB struck by the patient, the SIP held with PSYK, discharged: KB was not asked
 * for. 0: SIP not held (control), 1: held. */
START_TEST(struck_unit_is_not_late_in_the_report)
{
	struct drive *d = ready_with_psyk();
	struct measures m;
	struct fact k = summons(MAY("04", "12:00"), MAY("05", "13:00"));
	k.sip_kallelse.kallade[0] = PSYK;
	k.sip_kallelse.strukna[k.sip_kallelse.strukna_count++] = KB;
	drive(d, k);
	if (_i == 1)
		drive(d, fact_sip(MAY("05", "14:00"), VC, SIP_GENOMFORD, NULL));
	drive(d, fact_utskrivning(MAY("06", "10:00"), MAY("06", "10:00")));
	drive_until(d, MAY("12", "10:00"));
	drive_at(d, MAY("12", "10:00"));
	ck_assert_int_eq(measure_of(d, &m, 0)->kallelse, FULFILLED);
	ck_assert_int_eq(measure_of(d, &m, PSYK)->kallelse, FULFILLED);
	ck_assert_int_eq(measure_of(d, &m, KB)->kallelse, NOT_ASKED);
	drive_free(d);
}
END_TEST

/* C6, F2: as late_refusal_moves_no_start, of open compulsory care. */
START_TEST(late_open_care_moves_no_start)
{
	struct drive *d = admitted(0);
	drive(d, fact_utskrivningsklar(MAY("04", "11:00")));
	struct fact opt = fact_vardform_andrad(
	    MAY("05", "10:00"), VARDFORM_LPT, TVANGSVARD_OPT, MAY("05", "10:00"));
	if (_i == 1)
		drive(d, opt);
	drive(d, summons(MAY("05", "12:00"), MAY("11", "13:00")));
	stand_at(d, MAY("08", "10:00"));
	struct payment before = payment_of(d);
	ck_assert_int_eq(before.standing, PAYMENT_STARTS);
	ck_assert_at(before.from, MAY("07", "00:00"));
	if (_i == 0)
		drive(d, late(opt, MAY("09", "12:00")));
	struct payment after = payment_of(d);
	ck_assert_str_eq(
	    payment_standing_word(after.standing), payment_standing_word(before.standing));
	ck_assert_at(after.from, MAY("07", "00:00"));
	drive_free(d);
}
END_TEST

/* D0, D1: a late "not needed", of before the breach: the breach goes (0); also if the same unit
 * had said before that one is due (1). */
START_TEST(late_not_needed_after_a_wish)
{
	struct drive *d = admitted(0);
	drive(d, fact_utskrivningsklar(MAY("04", "11:00")));
	if (_i == 1)
		drive(d, fact_sip_behov(MAY("04", "12:00"), VC, SIP_NY));
	drive_until(d, MAY("08", "08:00"));
	ck_assert_int_eq(d1_breaches(d), 1);
	drive(d, late(fact_sip_behov(MAY("05", "10:00"), VC, SIP_BEHOVS_EJ), MAY("08", "09:00")));
	ck_assert_int_eq(d1_breaches(d), 0);
	drive_free(d);
}
END_TEST

/* D1 is broken once: VC out by mistake and back, KH out meanwhile. */
START_TEST(one_breach_of_one_clock)
{
	struct drive *d = admitted(0);
	drive(d, fact_tillagd(MAY("04", "10:10"), H, KH));
	drive(d, fact_utskrivningsklar(MAY("04", "11:00")));
	int32_t nr = drive(d, fact_of(EJ_BERORD, VC, MAY("07", "19:00")));
	drive_until(d, MAY("08", "08:00"));
	ck_assert_int_eq(d1_breaches(d), 1);
	if (_i == 1)
		drive(d, fact_of(EJ_BERORD, KH, MAY("08", "08:30")));
	take_back(d, MAY("08", "09:00"), VC, nr);
	ck_assert_int_eq(d1_breaches(d), 1);
	ck_assert(drive_breach(d, BREACH_D1, H) == NULL);
	drive_free(d);
}
END_TEST

/* D11, D1: KB, not summoned, is struck after the breach: that stops the clock only. */
START_TEST(breach_stays_when_who_was_not_summoned_is_struck)
{
	struct drive *d = ready_with_psyk();
	struct fact k = summons(MAY("05", "12:00"), MAY("11", "13:00"));
	k.sip_kallelse.kallade[0] = PSYK;
	drive(d, k);
	drive_until(d, MAY("08", "08:00"));
	ck_assert_int_eq(d1_breaches(d), 1);
	k = moves(MAY("09", "12:00"), MAY("12", "13:00"));
	k.sip_kallelse.kallade[0] = PSYK;
	k.sip_kallelse.strukna[k.sip_kallelse.strukna_count++] = KB;
	drive(d, k);
	ck_assert_int_eq(d1_breaches(d), 1);
	drive_free(d);
}
END_TEST

/* D7: VC told first; KB tells of the same meeting, by its planned (earlier) hour: the task is
 * VC's. */
START_TEST(who_told_first_keeps_the_task)
{
	struct drive *d = ready_with_psyk();
	struct fact k = summons(MAY("04", "12:00"), MAY("05", "13:00"));
	k.sip_kallelse.kallade[k.sip_kallelse.kallade_count++] = PSYK;
	drive(d, k);
	drive(d, fact_sip(MAY("05", "14:00"), VC, SIP_UTEBLEV, NULL));
	struct fact again = fact_sip(MAY("05", "15:00"), KB, SIP_UTEBLEV, NULL);
	again.sip.hallen_at = at(_i == 0 ? MAY("05", "14:00") : MAY("05", "13:00"));
	drive(d, again);
	ck_assert_str_eq(task_status_word(drive_task(d, TASK_UTRED_SIP, VC)->status), "open");
	ck_assert_int_eq(drive_task_count(d, TASK_UTRED_SIP, KB), 0);
	drive_free(d);
}
END_TEST

/* And PSYK hears of it once. */
START_TEST(missed_meeting_told_once)
{
	struct drive *d = ready_with_psyk();
	struct fact k = summons(MAY("04", "12:00"), MAY("05", "13:00"));
	k.sip_kallelse.kallade[k.sip_kallelse.kallade_count++] = PSYK;
	drive(d, k);
	drive(d, fact_sip(MAY("05", "14:00"), VC, SIP_UTEBLEV, NULL));
	struct fact again = fact_sip(MAY("05", "15:00"), KB, SIP_UTEBLEV, NULL);
	again.sip.hallen_at = at(MAY("05", "14:00"));
	drive(d, again);
	ck_assert_int_eq(drive_told(d, PSYK, NOTICE_SIP_HELD), 1);
	drive_free(d);
}
END_TEST

/* D1, B1: evidence that comes late of a unit that has left since. 0: D1, kallelse sent in time;
 * 1: D1, the ready notice had been withdrawn before; 2: B1, the FVK had been named before
 * discharge. */
START_TEST(late_evidence_of_a_unit_that_left)
{
	struct drive *d = ready_with_psyk();
	if (_i == 2) {
		drive(d, fact_utskrivning(MAY("06", "10:00"), MAY("06", "10:00")));
		drive_until(d, MAY("06", "12:00"));
		ck_assert(drive_breach(d, BREACH_B1, PSYK) != NULL);
		drive(d, fact_of(EJ_BERORD, PSYK, MAY("06", "13:00")));
		drive(
		    d, late(fact_fvk(MAY("05", "10:00"), FVK_UTSE, PSYK, KIM), MAY("06", "14:00")));
		ck_assert(drive_breach(d, BREACH_B1, PSYK) == NULL);
		drive_free(d);
		return;
	}
	drive_until(d, MAY("08", "08:00"));
	ck_assert(drive_breach(d, BREACH_D1, VC) != NULL);
	drive(d, fact_of(EJ_BERORD, VC, MAY("08", "09:00")));
	if (_i == 0) {
		struct fact k = summons(MAY("07", "10:00"), MAY("11", "13:00"));
		k.sip_kallelse.kallade[k.sip_kallelse.kallade_count++] = PSYK;
		drive(d, late(k, MAY("08", "10:00")));
	} else
		drive(d, late(fact_at(EJ_LANGRE_UTSKRIVNINGSKLAR, MAY("06", "10:00")),
			     MAY("08", "10:00")));
	ck_assert_int_eq(d1_breaches(d), 0);
	drive_free(d);
}
END_TEST

/* D3: known no of 11:00, kallelse 12:00, a late no of 10:00: sent though a no was known. */
START_TEST(kallelse_after_a_known_no_and_a_late_earlier_one)
{
	struct drive *d = admitted(0);
	drive(d, fact_samtycke(MAY("05", "11:00"), SAMTYCKE_SIP, SAMTYCKE_NEKAT));
	drive(d, summons(MAY("05", "12:00"), MAY("11", "13:00")));
	struct fact no = fact_samtycke(MAY("05", "10:00"), SAMTYCKE_SIP, SAMTYCKE_ATERKALLAT);
	drive(d, late(no, MAY("06", "12:00")));
	ck_assert(d->state.sip_round[0].kallelse_at == INSTANT_NONE);
	drive_free(d);
}
END_TEST

/* C6, D2: KB was summoned before open care was said; told by telephone kallelse later. */
START_TEST(kallelse_of_before_open_care)
{
	struct drive *d = admitted(0);
	drive(d, fact_utskrivningsklar(MAY("04", "11:00")));
	drive(d, fact_vardform_andrad(
		     MAY("05", "11:00"), VARDFORM_LPT, TVANGSVARD_OPT, MAY("05", "11:00")));
	struct fact k = summons(MAY("05", "12:00"), MAY("15", "13:00"));
	k.sip_kallelse.at = at(MAY("05", "09:00"));
	drive(d, k);
	ck_assert(d->state.sip_round[0].kallelse_at != INSTANT_NONE);
	drive_free(d);
}
END_TEST

/* D11: the patient struck KB; the SIP was held; the ward says that it is to be updated. What
 * samordnad does by itself (auto) to the one whom the patient did not want. */
START_TEST(auto_summons_nobody_who_was_struck)
{
	test_policy_between(region, POLICY_SIP_MODE, VC, SIP_AUTO, MAY("05", "20:00"), NULL);
	struct drive *d = ready_with_psyk();
	struct fact k = summons(MAY("04", "12:00"), MAY("05", "13:00"));
	k.sip_kallelse.kallade[0] = PSYK;
	k.sip_kallelse.strukna[k.sip_kallelse.strukna_count++] = KB;
	drive(d, k);
	drive(d, fact_sip(MAY("05", "14:00"), VC, SIP_GENOMFORD, NULL));
	drive(d, fact_sip_behov(MAY("06", "10:00"), H, SIP_UPPDATERAS));
	drive_until(d, MAY("07", "10:00"));
	ck_assert_int_eq(drive_told(d, KB, NOTICE_SIP_KALLELSE), 0);
	drive_free(d);
}
END_TEST

/* Without a SIP held: VC sends the same patient's kallelse anew to others (omboka); KB stays
 * struck. Then the no, and samtycke anew. */
START_TEST(struck_stays_struck_over_a_no)
{
	test_policy_between(region, POLICY_SIP_MODE, VC, SIP_AUTO, MAY("05", "20:00"), NULL);
	struct drive *d = ready_with_psyk();
	struct fact k = summons(MAY("04", "12:00"), MAY("15", "13:00"));
	k.sip_kallelse.kallade[0] = PSYK;
	k.sip_kallelse.strukna[k.sip_kallelse.strukna_count++] = KB;
	drive(d, k);
	drive(d, fact_samtycke(MAY("05", "09:00"), SAMTYCKE_SIP, SAMTYCKE_NEKAT));
	drive(d, fact_samtycke(MAY("06", "09:00"), SAMTYCKE_SIP, SAMTYCKE_LAMNAT));
	drive_until(d, MAY("08", "10:00"));
	ck_assert_int_eq(drive_told(d, KB, NOTICE_SIP_KALLELSE), 0);
	drive_free(d);
}
END_TEST

/* D11: struck in a kallelse, the kallelse (a mistake) cancelled by avboka: struck still. Then
 * held, told late. F2: payer's only unit struck. */
START_TEST(struck_payer_starts_with_the_others)
{
	struct drive *d = ready_with_psyk();
	struct fact k = summons(MAY("05", "12:00"), MAY("06", "13:00"));
	k.sip_kallelse.kallade[0] = PSYK;
	k.sip_kallelse.strukna[k.sip_kallelse.strukna_count++] = KB;
	drive(d, k);
	if (_i == 1)
		drive(d, fact_sip(MAY("06", "14:00"), VC, SIP_GENOMFORD, NULL));
	stand_at(d, MAY("08", "10:00"));
	struct payment p = payment_of(d);
	ck_assert_int_eq(p.standing, PAYMENT_STARTS);
	ck_assert_at(p.from, MAY("07", "00:00"));
	drive_free(d);
}
END_TEST

/* C6: open care was said by mistake, and is annulled: the kallelse sent meanwhile. */
START_TEST(open_care_annulled)
{
	struct drive *d = admitted(0);
	drive(d, fact_utskrivningsklar(MAY("04", "11:00")));
	int32_t nr = drive(d, fact_vardform_andrad(MAY("04", "12:00"), VARDFORM_LPT, TVANGSVARD_OPT,
				  MAY("04", "12:00")));
	drive(d, summons(MAY("05", "12:00"), MAY("15", "13:00")));
	take_back(d, MAY("05", "13:00"), H, nr);
	ck_assert_int_eq(drive_told(d, KB, NOTICE_SIP_KALLELSE), 1);
	drive_until(d, MAY("09", "13:00"));
	ck_assert_int_eq(d1_breaches(d), 0);
	drive_free(d);
}
END_TEST

/* B3, B13: a version that follows moves not the time by which a nurse is to be replaced. */
START_TEST(replacement_due_moves_with_no_version)
{
	struct drive *d = admitted(0);
	struct fact v = version(MAY("05", "09:00"), 0);
	v.inskrivningsmeddelande.livshotande = true;
	drive(d, v);
	const struct given_task *t = drive_task(d, TASK_ERSATT_FVK, VC);
	ck_assert(t != NULL && t->status == TASK_OPEN);
	instant due = t->due_at;
	v = version(MAY("07", "09:00"), 0);
	v.inskrivningsmeddelande.livshotande = true;
	drive(d, v);
	ck_assert(drive_task(d, TASK_ERSATT_FVK, VC)->due_at == due);
	drive_free(d);
}
END_TEST

/* D3, F2 with the refusal in a version of the inskrivningsmeddelande that comes late. */
START_TEST(late_refusal_by_a_version)
{
	struct drive *d = admitted(0);
	drive(d, fact_utskrivningsklar(MAY("04", "11:00")));
	drive(d, summons(MAY("05", "12:00"), MAY("11", "13:00")));
	stand_at(d, MAY("08", "10:00"));
	struct payment before = payment_of(d);
	struct fact v = version(MAY("05", "10:00"), 0);
	v.inskrivningsmeddelande.samtycke[SAMTYCKE_SIP] = SAMTYCKE_NEKAT;
	drive(d, late(v, MAY("09", "12:00")));
	ck_assert(sip_is_refused(&d->state));
	expect_stands(d, before);
	drive_free(d);
}
END_TEST

/* as late_refusal_moves_no_start, then given anew on the 10th: start as it was; D1 anew. */
START_TEST(late_refusal_and_given_anew)
{
	struct drive *d = admitted(0);
	drive(d, fact_utskrivningsklar(MAY("04", "11:00")));
	drive(d, summons(MAY("05", "12:00"), MAY("11", "13:00")));
	stand_at(d, MAY("08", "10:00"));
	struct payment before = payment_of(d);
	drive(d, late(fact_samtycke(MAY("05", "10:00"), SAMTYCKE_SIP, SAMTYCKE_NEKAT),
		     MAY("09", "12:00")));
	drive(d, fact_samtycke(MAY("10", "12:00"), SAMTYCKE_SIP, SAMTYCKE_LAMNAT));
	expect_stands(d, before);
	expect_open(d, MAY("14", "00:00"));
	drive(d, summons(MAY("12", "12:00"), MAY("19", "13:00")));
	ck_assert_int_eq(drive_task(d, TASK_KALLA_SIP, VC)->status, TASK_DONE);
	expect_stands(d, before);
	drive_free(d);
}
END_TEST

/* D7: the second meeting on another day missed as well: a task of its own, of who told it. */
START_TEST(second_missed_meeting)
{
	struct drive *d = admitted(0);
	drive(d, fact_utskrivningsklar(MAY("04", "11:00")));
	drive(d, summons(MAY("04", "12:00"), MAY("05", "13:00")));
	drive(d, fact_sip(MAY("05", "14:00"), VC, SIP_UTEBLEV, NULL));
	drive(d, moves(MAY("06", "12:00"), MAY("07", "13:00")));
	drive(d, fact_sip(MAY("07", "14:00"), KB, SIP_UTEBLEV, NULL));
	ck_assert(drive_task(d, TASK_UTRED_SIP, KB) != NULL);
	ck_assert_int_eq(drive_task(d, TASK_UTRED_SIP, KB)->status, TASK_OPEN);
	drive_free(d);
}
END_TEST

/* D7: who told first has left: the one who told too finds out. */
START_TEST(who_told_first_has_left)
{
	struct drive *d = ready_with_psyk();
	drive(d, summons(MAY("04", "12:00"), MAY("05", "13:00")));
	drive(d, fact_sip(MAY("05", "14:00"), KB, SIP_UTEBLEV, NULL));
	struct fact again = fact_sip(MAY("05", "15:00"), VC, SIP_UTEBLEV, NULL);
	again.sip.hallen_at = at(MAY("05", "14:00"));
	drive(d, again);
	drive(d, fact_of(EJ_BERORD, KB, MAY("05", "16:00")));
	const struct given_task *kb = drive_task(d, TASK_UTRED_SIP, KB);
	ck_assert_str_ne(task_status_word(kb->status), "open");
	drive_free(d);
}
END_TEST

/* B1, B11: who was appointed by a notice, and ended as the unit left; that notice is annulled, and
 * another names the unit anew: an appointment of its own. */
START_TEST(appointed_anew_by_another_notice)
{
	test_policy_between(region, POLICY_FVK_MODE, VC, FVK_AUTO, MAY("01", "20:00"), NULL);
	struct drive *d = drive_new(region, 1);
	struct fact v = version(MAY("04", "09:00"), 1 << BEHOV_KOMMUNAL_HSL);
	v.inskrivningsmeddelande.mottagare_count = 0;
	fact_mottagare_add(&v, KH);
	v.inskrivningsmeddelande.listad_pa = VC;
	int32_t nr = drive(d, v);
	staff_id staff = episode_fvk(&d->state, VC)->staff;
	drive(d, fact_of(EJ_BERORD, VC, MAY("04", "12:00")));
	ck_assert(episode_fvk(&d->state, VC) == NULL);
	take_back(d, MAY("05", "07:00"), H, nr);
	ck_assert(episode_fvk(&d->state, VC) == NULL);
	v.sent_at = at(MAY("07", "09:00"));
	nr = drive(d, v);
	const struct fvk *fvk = episode_fvk(&d->state, VC);
	ck_assert(fvk != NULL && fvk->nr > nr && fvk->staff == staff);
	drive_free(d);
}
END_TEST

/* A7: of who is home no expected discharge is told; that the discharge is annulled tells it. */
START_TEST(expected_discharge_of_who_is_home)
{
	struct drive *d = admitted(0);

	drive(d, fact_utskrivningsklar(MAY("04", "11:00")));
	int32_t home = drive(d, fact_utskrivning(MAY("06", "10:00"), MAY("06", "10:00")));
	drive_news(d);
	drive(d, fact_ny_beraknad(MAY("06", "11:00"), MAY("12", "12:00")));
	ck_assert_str_eq(drive_news(d), "");
	take_back(d, MAY("06", "12:00"), H, home);
	ck_assert_ptr_nonnull(
	    strstr(drive_news(d), "KB episode.ny_beraknad_utskrivning shift_over_24h\n"));
	drive_free(d);
}
END_TEST

/* G2: answered redan_utskriven, it changes nothing and nobody is told: leave (0), a version that
 * says an admission after the discharge (1), an admission (2). */
START_TEST(nothing_begins_for_who_is_home)
{
	struct drive *d = admitted(0);
	struct fact said[] = {fact_at(PERMISSION, MAY("06", "12:00")),
	    version(MAY("06", "12:00"), 0), fact_at(INSKRIVNING, MAY("06", "12:00"))};

	said[0].permission.from_at = at(MAY("06", "13:00"));
	said[0].permission.to_at = INSTANT_NONE;
	said[1].inskrivningsmeddelande.inskriven_at = at(MAY("06", "11:00"));
	said[2].inskrivning.inskriven_at = at(MAY("06", "11:00"));
	drive(d, fact_utskrivningsklar(MAY("04", "11:00")));
	drive(d, fact_utskrivning(MAY("06", "10:00"), MAY("06", "10:00")));
	drive_news(d);
	drive(d, said[_i]);
	ck_assert_int_eq(d->outcome, OUTCOME_REDAN_UTSKRIVEN);
	ck_assert_str_eq(drive_news(d), "");
	ck_assert_at(episode_inskriven_at(&d->state), MAY("04", "02:00"));
	ck_assert_int_eq(d->state.permission.nr, 0);
	drive_free(d);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("afterwards");
	TCase *t = tcase_create("afterwards");
	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_loop_test(t, struck_unit_is_not_late_in_the_report, 0, 2);
	tcase_add_loop_test(t, late_open_care_moves_no_start, 0, 2);
	tcase_add_loop_test(t, late_not_needed_after_a_wish, 0, 2);
	tcase_add_loop_test(t, one_breach_of_one_clock, 0, 2);
	tcase_add_test(t, breach_stays_when_who_was_not_summoned_is_struck);
	tcase_add_loop_test(t, who_told_first_keeps_the_task, 0, 2);
	tcase_add_test(t, missed_meeting_told_once);
	tcase_add_loop_test(t, late_evidence_of_a_unit_that_left, 0, 3);
	tcase_add_test(t, kallelse_after_a_known_no_and_a_late_earlier_one);
	tcase_add_test(t, kallelse_of_before_open_care);
	tcase_add_test(t, auto_summons_nobody_who_was_struck);
	tcase_add_test(t, struck_stays_struck_over_a_no);
	tcase_add_loop_test(t, struck_payer_starts_with_the_others, 0, 2);
	tcase_add_test(t, open_care_annulled);
	tcase_add_test(t, replacement_due_moves_with_no_version);
	tcase_add_test(t, late_refusal_by_a_version);
	tcase_add_test(t, late_refusal_and_given_anew);
	tcase_add_test(t, second_missed_meeting);
	tcase_add_test(t, who_told_first_has_left);
	tcase_add_test(t, appointed_anew_by_another_notice);
	tcase_add_test(t, expected_discharge_of_who_is_home);
	tcase_add_loop_test(t, nothing_begins_for_who_is_home, 0, 3);
	suite_add_tcase(s, t);
	SRunner *r = srunner_create(s);
	srunner_run_all(r, CK_NORMAL);
	int failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed != 0;
}
