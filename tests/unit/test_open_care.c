/*
 * What ends a SIP that was summoned to: open compulsory care as a no does; what it leaves, and what
 * comes after it (C1a, C6, D3, D7, D11, G2, G5).
 */
#include "sip_driver.h"

#include "daemon/rules/sip.h"

static struct fact
opt(const char *sent_at)
{
	return fact_vardform_andrad(sent_at, VARDFORM_LPT, TVANGSVARD_OPT, sent_at);
}

static struct fact
ends(const char *sent_at)
{
	return fact_vardform_andrad(sent_at, VARDFORM_LPT, TVANGSVARD_INGEN, sent_at);
}

static struct fact
held_on_the(const char *sent_at, const char *hallen_at)
{
	struct fact s = fact_sip(sent_at, VC, SIP_GENOMFORD, NULL);
	s.sip.hallen_at = at(hallen_at);
	return s;
}

static void
annul(struct drive *d, const char *at, int32_t nr)
{
	char id[16];
	snprintf(id, sizeof id, "m%d", nr);
	drive(d, fact_makulering(at, H, id));
}

/* The meeting is over, what came of it not told yet; ready to OPT: no meeting is cancelled. */
START_TEST(meeting_that_is_over_is_not_cancelled)
{
	struct drive *d = admitted(0);
	drive(d, summons(MAY("04", "10:30"), MAY("05", "13:00")));
	drive(d, ready_with_opt(MAY("06", "10:00")));
	drive(d, held_on_the(MAY("06", "12:00"), MAY("05", "13:00")));
	ck_assert_int_eq(drive_told(d, KB, NOTICE_SIP_HELD), 1);
	ck_assert_int_eq(drive_told(d, KB, NOTICE_SIP_CANCELLED), 0);
	drive_free(d);
}
END_TEST

/* Held back and taken up again for another date, held, and told so; then 0: OPT, 1: no. */
START_TEST(held_meeting_is_not_cancelled)
{
	struct drive *d = admitted(0);
	drive(d, fact_utskrivningsklar(MAY("04", "11:00")));
	drive(d, summons(MAY("04", "12:00"), MAY("09", "13:00")));
	drive(d, fact_ny_beraknad(MAY("05", "09:00"), MAY("10", "12:00")));
	drive(d, fact_ny_beraknad(MAY("06", "09:00"), MAY("08", "12:00")));
	drive(d, held_on_the(MAY("09", "14:30"), MAY("09", "13:00")));
	drive(d, _i == 0 ? opt(MAY("11", "10:00"))
			 : fact_samtycke(MAY("11", "10:00"), SAMTYCKE_SIP, SAMTYCKE_NEKAT));
	ck_assert_int_eq(drive_told(d, KB, NOTICE_SIP_CANCELLED), 0);
	drive_free(d);
}
END_TEST

/* G2: 0: OPT known before the notice; 1: told late; 2: in order. The same in all. */
START_TEST(taken_over_under_open_care)
{
	struct drive *before = drive_new(region, 1), *after = drive_new(region, 2);
	drive(before, fact_inskrivningsmeddelande(
			  MAY("01", "09:00"), MAY("01", "02:00"), MAY("06", "12:00")));
	drive(before, fact_fvk(MAY("01", "10:00"), FVK_UTSE, VC, ANNA));
	drive(before, fact_utskrivningsklar(MAY("04", "09:00")));
	drive(before, summons(MAY("04", "12:00"), MAY("15", "13:00")));
	drive(before, fact_utskrivning(MAY("06", "14:00"), MAY("06", "14:00")));
	drive_follows(after, before);
	if (_i == 0)
		drive(after, opt(MAY("08", "08:30")));
	drive(after, fact_inskrivningsmeddelande(
			 MAY("08", "09:00"), MAY("08", "02:10"), MAY("14", "12:00")));
	if (_i == 1)
		drive(after, late(opt(MAY("08", "08:30")), MAY("08", "10:00")));
	if (_i == 2)
		drive(after, opt(MAY("08", "10:00")));
	drive_at(before, MAY("08", "10:30"));
	ck_assert_int_eq(after->state.kallelse.nr, 0);
	ck_assert_int_eq(episode_participant(&after->state, KB)->kallad_nr, 0);
	drive(after, fact_fvk(MAY("08", "11:00"), FVK_UTSE, VC, ANNA));
	drive(after, fact_utskrivningsklar(MAY("09", "11:00")));
	drive(after, ends(MAY("11", "09:00")));
	const struct given_task *t = drive_task(after, TASK_KALLA_SIP, VC);
	ck_assert(t != NULL && t->status == TASK_OPEN);
	drive_until(after, MAY("14", "09:00"));
	ck_assert_int_eq(payment_of(after).standing, PAYMENT_NOT_YET);
	drive_free(before);
	drive_free(after);
}
END_TEST

/* The kallelse to the SIP that was held, which struck KB, is told after KB was summoned to the
 * next: KB is not struck from that. */
START_TEST(late_strike_of_a_held_sip)
{
	struct drive *d = ready_with_psyk();
	drive(d, fact_sip(MAY("05", "14:00"), VC, SIP_GENOMFORD, NULL));
	drive(d, fact_sip_behov(MAY("06", "10:00"), KB, SIP_UPPDATERAS));
	drive(d, summons(MAY("06", "11:00"), MAY("15", "13:00")));
	struct fact k = summons(MAY("07", "12:00"), MAY("05", "13:00"));
	k.sip_kallelse.at = at(MAY("04", "12:00"));
	k.sip_kallelse.kallade[0] = PSYK;
	k.sip_kallelse.strukna[k.sip_kallelse.strukna_count++] = KB;
	int before = drive_told(d, KB, NOTICE_SIP_CANCELLED);
	drive(d, k);
	struct participant *p = episode_participant(&d->state, KB);
	ck_assert_int_eq(drive_told(d, KB, NOTICE_SIP_CANCELLED), before);
	ck_assert(!sip_is_struck(p, 1) && sip_is_struck(p, 0));
	drive_free(d);
}
END_TEST

/* Struck; then a no (0), or open care (1), that is over: that SIP is another, and KB wishes. */
START_TEST(struck_wishes_for_the_sip_after_the_bar)
{
	struct drive *d = admitted(1 << BEHOV_SOCIALTJANST);
	drive(d, fact_tillagd(MAY("04", "10:10"), H, PSYK));
	drive(d, fact_utskrivningsklar(MAY("04", "11:00")));
	struct fact k = summons(MAY("04", "12:00"), MAY("15", "13:00"));
	k.sip_kallelse.kallade[0] = PSYK;
	k.sip_kallelse.strukna[k.sip_kallelse.strukna_count++] = KB;
	drive(d, k);
	drive(d, _i == 0 ? fact_samtycke(MAY("05", "09:00"), SAMTYCKE_SIP, SAMTYCKE_NEKAT)
			 : opt(MAY("05", "09:00")));
	drive(d, _i == 0 ? fact_samtycke(MAY("12", "09:00"), SAMTYCKE_SIP, SAMTYCKE_LAMNAT)
			 : ends(MAY("12", "09:00")));
	drive(d, fact_sip_behov(MAY("13", "10:00"), KB, SIP_NY));
	ck_assert(!sip_is_struck(episode_participant_of(&d->state, KB), d->state.sip_round_nr));
	drive_free(d);
}
END_TEST

/* C1a: the ready notice that said OPT was withheld from KB. 0: it is annulled; 1: withdrawn, and
 * the withdrawal is annulled. KB hears nothing. */
START_TEST(withheld_open_care_is_not_told)
{
	struct drive *d = admitted(0);
	struct fact k = ready_with_opt(MAY("04", "11:00"));
	k.utskrivningsklar.undanhallen[k.utskrivningsklar.undanhallen_count++] = KB;
	int32_t nr = drive(d, k);
	if (_i == 1)
		nr = drive(d, fact_at(EJ_LANGRE_UTSKRIVNINGSKLAR, MAY("04", "15:00")));
	annul(d, MAY("04", "16:00"), nr);
	ck_assert_int_eq(drive_told(d, KB, NOTICE_VARDFORM), 0);
	drive_free(d);
}
END_TEST

/* late_earlier_no_takes_no_kallelse, of open care; 1: said to have begun before the kallelse. */
START_TEST(late_earlier_open_care_takes_no_kallelse)
{
	struct drive *d = admitted(0);
	drive(d, fact_utskrivningsklar(MAY("04", "11:00")));
	struct fact f = opt(MAY("05", "11:00"));
	if (_i == 1)
		f.vardform_andrad.from_at = at(MAY("05", "08:00"));
	drive(d, f);
	struct fact k = summons(MAY("05", "12:00"), MAY("11", "13:00"));
	k.sip_kallelse.at = at(MAY("05", "10:30"));
	drive(d, k);
	ck_assert(d->state.sip_round[0].kallelse_at != INSTANT_NONE);
	drive(d, late(opt(MAY("05", "10:00")), MAY("06", "12:00")));
	ck_assert(d->state.sip_round[0].kallelse_at != INSTANT_NONE);
	drive_free(d);
}
END_TEST

/* G5: what came of the follow-up, to who was at the meeting, whatever was said after it. */
START_TEST(who_was_there_is_shown_the_follow_up)
{
	struct drive *d = drive_new(region, 1);
	struct fact v = version(MAY("04", "09:00"), 0);
	v.inskrivningsmeddelande.samtycke[SAMTYCKE_INFORMATIONSDELNING] = SAMTYCKE_OKANT;
	drive(d, v);
	drive(d, fact_fvk(MAY("04", "10:00"), FVK_UTSE, VC, ANNA));
	drive(d, fact_utskrivningsklar(MAY("04", "11:00")));
	drive(d, summons(MAY("04", "12:00"), MAY("05", "13:00")));
	drive(d, fact_sip(MAY("05", "14:00"), VC, SIP_GENOMFORD, MAY("08", "10:00")));
	if (_i == 1)
		drive(d, opt(MAY("06", "09:00")));
	drive_news(d);
	struct fact u = fact_sip_uppfoljning(MAY("08", "11:00"), VC, MAY("18", "10:00"));
	u.sip_uppfoljning.avslutad = true;
	u.sip_uppfoljning.nasta_uppfoljning_at = INSTANT_NONE;
	drive(d, u);
	ck_assert(strstr(drive_news(d), "KB sip.follow_up avslutad") != NULL);
	drive_free(d);
}
END_TEST

/* Held under open care all the same; a kallelse of before is told after it; then it turns out not
 * to have been held: the rounds are in the order of their beginnings. */
START_TEST(rounds_begin_one_after_the_other)
{
	struct drive *d = admitted(0);
	drive(d, fact_utskrivningsklar(MAY("04", "11:00")));
	drive(d, opt(MAY("04", "15:00")));
	drive(d, held_on_the(MAY("06", "14:30"), MAY("06", "13:00")));
	struct fact k = summons(MAY("06", "15:00"), MAY("06", "13:00"));
	k.sip_kallelse.at = at(MAY("04", "12:00"));
	drive(d, k);
	for (int i = 1; i < d->state.sip_round_nr; i++)
		ck_assert(d->state.sip_round[i].begins_at < d->state.sip_round[i + 1].begins_at);
	drive_free(d);
}
END_TEST

/* D7: the missed meeting was looked into, a new one was summoned to; then 0: OPT, 1: no: the task
 * is not opened again. */
START_TEST(looked_into_stays_looked_into)
{
	struct drive *d = admitted(0);
	drive(d, fact_utskrivningsklar(MAY("04", "11:00")));
	drive(d, summons(MAY("04", "12:00"), MAY("05", "13:00")));
	drive(d, fact_sip(MAY("05", "14:00"), VC, SIP_UTEBLEV, NULL));
	drive(d, summons(MAY("06", "09:00"), MAY("15", "13:00")));
	ck_assert(drive_task(d, TASK_UTRED_SIP, VC)->status != TASK_OPEN);
	drive(d, _i == 0 ? opt(MAY("07", "09:00"))
			 : fact_samtycke(MAY("07", "09:00"), SAMTYCKE_SIP, SAMTYCKE_NEKAT));
	ck_assert(drive_task(d, TASK_UTRED_SIP, VC)->status != TASK_OPEN);
	drive_free(d);
}
END_TEST

/* KB was told of a meeting in the round after a no; a form of care is said, no open care; the
 * kallelse to KB is annulled, another stands: KB hears as much as without that word (0). */
START_TEST(form_of_care_hides_no_move)
{
	struct drive *d = ready_with_psyk();
	drive(d, summons(MAY("04", "12:00"), MAY("15", "13:00")));
	drive(d, fact_samtycke(MAY("05", "09:00"), SAMTYCKE_SIP, SAMTYCKE_NEKAT));
	drive(d, fact_samtycke(MAY("05", "10:00"), SAMTYCKE_SIP, SAMTYCKE_LAMNAT));
	int32_t k2 = drive(d, summons(MAY("05", "12:00"), MAY("15", "13:00")));
	if (_i == 1)
		drive(d, ends(MAY("05", "13:00")));
	struct fact k = summons(MAY("05", "14:00"), MAY("15", "13:00"));
	k.sip_kallelse.kallade[0] = PSYK;
	drive(d, k);
	char id[16];
	snprintf(id, sizeof id, "m%d", k2);
	drive_news(d);
	drive(d, fact_makulering(MAY("05", "15:00"), VC, id));
	ck_assert(strstr(drive_news(d), "KB sip.") != NULL);
	drive_free(d);
}
END_TEST

/* The end of OPT said beforehand: a kallelse before it fulfils what opens then. */
START_TEST(end_said_beforehand)
{
	struct drive *d = admitted(0);
	drive(d, fact_utskrivningsklar(MAY("04", "11:00")));
	drive(d, summons(MAY("04", "12:00"), MAY("15", "13:00")));
	drive(d, opt(MAY("05", "09:00")));
	struct fact f = ends(MAY("06", "09:00"));
	f.vardform_andrad.from_at = at(MAY("10", "09:00"));
	drive(d, f);
	if (_i == 0)
		drive(d, summons(MAY("08", "12:00"), MAY("15", "13:00")));
	drive_until(d, MAY("13", "20:00"));
	ck_assert_int_eq(d1_breaches(d), 0);
	drive_until(d, MAY("20", "20:00"));
	ck_assert_int_eq(d1_breaches(d), _i);
	drive_free(d);
}
END_TEST

/* Two spells of OPT: in each all are summoned anew, told once of each. */
START_TEST(open_care_twice)
{
	struct drive *d = admitted(0);
	drive(d, fact_utskrivningsklar(MAY("04", "11:00")));
	drive(d, summons(MAY("04", "12:00"), MAY("15", "13:00")));
	drive(d, opt(MAY("05", "09:00")));
	drive(d, ends(MAY("06", "09:00")));
	drive(d, summons(MAY("06", "12:00"), MAY("15", "13:00")));
	drive(d, opt(MAY("07", "09:00")));
	drive(d, fact_vardform_andrad(
		     MAY("07", "12:00"), VARDFORM_LRV, TVANGSVARD_ORV, MAY("07", "12:00")));
	drive(d, ends(MAY("08", "09:00")));
	drive(d, summons(MAY("08", "12:00"), MAY("15", "13:00")));
	ck_assert_int_eq(drive_told(d, KB, NOTICE_SIP_KALLELSE), 3);
	ck_assert_int_eq(drive_told(d, KB, NOTICE_SIP_CANCELLED), 2);
	drive_until(d, MAY("14", "20:00"));
	ck_assert_int_eq(d1_breaches(d), 0);
	drive_free(d);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("open_care");
	TCase *t = tcase_create("open_care");
	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_test(t, meeting_that_is_over_is_not_cancelled);
	tcase_add_loop_test(t, held_meeting_is_not_cancelled, 0, 2);
	tcase_add_loop_test(t, taken_over_under_open_care, 0, 3);
	tcase_add_test(t, late_strike_of_a_held_sip);
	tcase_add_loop_test(t, struck_wishes_for_the_sip_after_the_bar, 0, 2);
	tcase_add_loop_test(t, withheld_open_care_is_not_told, 0, 2);
	tcase_add_loop_test(t, late_earlier_open_care_takes_no_kallelse, 0, 2);
	tcase_add_loop_test(t, who_was_there_is_shown_the_follow_up, 0, 2);
	tcase_add_test(t, rounds_begin_one_after_the_other);
	tcase_add_loop_test(t, looked_into_stays_looked_into, 0, 2);
	tcase_add_loop_test(t, form_of_care_hides_no_move, 0, 2);
	tcase_add_loop_test(t, end_said_beforehand, 0, 2);
	tcase_add_test(t, open_care_twice);
	suite_add_tcase(s, t);
	SRunner *r = srunner_create(s);
	srunner_run_all(r, CK_NORMAL);
	int failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed != 0;
}
