/*
 * Whom the patient struck, and who wishes all the same; open compulsory care that was known, or was
 * not; who tells of a missed meeting; breaches of units that leave (B1, B13, C1a, C6, D1, D3, D7,
 * D11, E2, F2).
 */
#include "sip_driver.h"

#include "daemon/rules/measures.h"
#include "daemon/rules/sip.h"

/* KB is struck by the patient; PSYK is summoned. */
static struct fact
summons_striking_kb(const char *sent_at, const char *mote)
{
	struct fact k = summons(sent_at, mote);
	k.sip_kallelse.kallade[0] = PSYK;
	k.sip_kallelse.strukna[k.sip_kallelse.strukna_count++] = KB;
	return k;
}

/* As struck_stays_struck_over_a_no; KB had said BEFORE the strike that a SIP is needed. */
START_TEST(wish_before_the_strike_undoes_it_over_a_no)
{
	test_policy_between(region, POLICY_SIP_MODE, VC, SIP_AUTO, MAY("05", "20:00"), NULL);
	struct drive *d = ready_with_psyk();
	drive(d, fact_sip_behov(MAY("04", "11:30"), KB, SIP_NY));
	drive(d, summons_striking_kb(MAY("04", "12:00"), MAY("15", "13:00")));
	drive(d, fact_samtycke(MAY("05", "09:00"), SAMTYCKE_SIP, SAMTYCKE_NEKAT));
	drive(d, fact_samtycke(MAY("06", "09:00"), SAMTYCKE_SIP, SAMTYCKE_LAMNAT));
	drive_until(d, MAY("08", "10:00"));
	ck_assert_int_eq(drive_told(d, KB, NOTICE_SIP_KALLELSE), 0);
	drive_free(d);
}
END_TEST

/* The same over a held SIP. */
START_TEST(wish_before_the_strike_undoes_it_over_a_meeting)
{
	test_policy_between(region, POLICY_SIP_MODE, VC, SIP_AUTO, MAY("05", "20:00"), NULL);
	struct drive *d = ready_with_psyk();
	drive(d, fact_sip_behov(MAY("04", "11:30"), KB, SIP_NY));
	drive(d, summons_striking_kb(MAY("04", "12:00"), MAY("05", "13:00")));
	drive(d, fact_sip(MAY("05", "14:00"), VC, SIP_GENOMFORD, NULL));
	drive(d, fact_sip_behov(MAY("06", "10:00"), H, SIP_UPPDATERAS));
	drive_until(d, MAY("07", "10:00"));
	ck_assert_int_eq(drive_told(d, KB, NOTICE_SIP_KALLELSE), 0);
	drive_free(d);
}
END_TEST

/* A struck unit wishes after the three days: no breach of D1, of the SIP summoned to in time. */
START_TEST(wish_of_a_struck_unit_breaks_no_clock)
{
	struct drive *d = ready_with_psyk();
	drive(d, summons_striking_kb(MAY("05", "12:00"), MAY("15", "13:00")));
	drive_until(d, MAY("09", "08:00"));
	ck_assert_int_eq(d1_breaches(d), 0);
	drive(d, fact_sip_behov(MAY("09", "09:00"), KB, SIP_NY));
	drive_until(d, MAY("09", "10:00"));
	ck_assert_int_eq(d1_breaches(d), 0);
	drive_free(d);
}
END_TEST

/* Nor does it move the payment of its own kommun. */
START_TEST(wish_of_a_struck_unit_moves_no_start)
{
	struct drive *d = ready_with_psyk();
	drive(d, summons_striking_kb(MAY("05", "12:00"), MAY("15", "13:00")));
	stand_at(d, MAY("09", "08:00"));
	struct payment before = payment_of(d);
	ck_assert_int_eq(before.standing, PAYMENT_STARTS);
	drive(d, fact_sip_behov(MAY("09", "09:00"), KB, SIP_NY));
	stand_at(d, MAY("09", "10:00"));
	expect_stands(d, before);
	drive_free(d);
}
END_TEST

/* Report. */
START_TEST(wish_of_a_struck_unit_and_the_report)
{
	struct drive *d = ready_with_psyk();
	struct measures m;
	drive(d, summons_striking_kb(MAY("05", "12:00"), MAY("15", "13:00")));
	drive_until(d, MAY("09", "08:00"));
	drive(d, fact_sip_behov(MAY("09", "09:00"), KB, SIP_NY));
	drive(d, fact_utskrivning(MAY("09", "10:00"), MAY("09", "10:00")));
	drive_until(d, MAY("12", "10:00"));
	struct surroundings s = drive_surroundings(d);
	measure(&d->state, &s, &d->given, d->now, &m);
	ck_assert_int_eq(m.row[0].kallelse, FULFILLED);
	drive_free(d);
}
END_TEST

/* C6: a kallelse that was answered oppen_tvangsvard (known, from a day ahead) summons nobody,
 * then or later. */
START_TEST(kallelse_before_known_coming_open_care)
{
	struct drive *d = admitted(0);
	drive(d, fact_utskrivningsklar(MAY("04", "11:00")));
	drive(d, fact_vardform_andrad(
		     MAY("04", "12:00"), VARDFORM_LPT, TVANGSVARD_OPT, MAY("06", "10:00")));
	drive(d, summons(MAY("05", "12:00"), MAY("15", "13:00")));
	ck_assert_int_eq(drive_told(d, KB, NOTICE_SIP_KALLELSE), 0);
	drive(d, fact_vardform_andrad(
		     MAY("06", "09:00"), VARDFORM_LPT, TVANGSVARD_INGEN, MAY("06", "09:00")));
	drive_until(d, MAY("07", "08:00"));
	ck_assert_int_eq(drive_told(d, KB, NOTICE_SIP_KALLELSE), 0);
	const struct given_task *t = drive_task(d, TASK_KALLA_SIP, VC);
	ck_assert(t != NULL && t->status == TASK_OPEN);
	drive_until(d, MAY("12", "08:00"));
	ck_assert_int_eq(d1_breaches(d), 1);
	drive_free(d);
}
END_TEST

/* C6: known by the ready notice (OPT); kallelse answered oppen_tvangsvard; then, late, the form
 * of care is given in full (LPT + OPT). */
START_TEST(kallelse_in_known_open_care_and_late_form)
{
	struct drive *d = admitted(0);
	drive(d, ready_with_opt(MAY("04", "11:00")));
	drive(d, summons(MAY("05", "12:00"), MAY("15", "13:00")));
	ck_assert_int_eq(drive_told(d, KB, NOTICE_SIP_KALLELSE), 0);
	if (_i == 1)
		drive(d, late(fact_vardform_andrad(MAY("04", "12:00"), VARDFORM_LPT, TVANGSVARD_OPT,
				  MAY("04", "12:00")),
			     MAY("05", "15:00")));
	drive(d, fact_vardform_andrad(
		     MAY("06", "09:00"), VARDFORM_LPT, TVANGSVARD_INGEN, MAY("06", "09:00")));
	drive_until(d, MAY("07", "08:00"));
	ck_assert_int_eq(drive_told(d, KB, NOTICE_SIP_KALLELSE), 0);
	const struct given_task *t = drive_task(d, TASK_KALLA_SIP, VC);
	ck_assert(t != NULL && t->status == TASK_OPEN);
	drive_until(d, MAY("12", "08:00"));
	ck_assert_int_eq(d1_breaches(d), 1);
	drive_free(d);
}
END_TEST

/* Sent, told late that open care was known; then ended. 0: late, 1: in order. */
START_TEST(late_open_care_then_ended)
{
	struct drive *d = admitted(0);
	drive(d, fact_utskrivningsklar(MAY("04", "11:00")));
	struct fact opt = fact_vardform_andrad(
	    MAY("05", "10:00"), VARDFORM_LPT, TVANGSVARD_OPT, MAY("05", "10:00"));
	if (_i == 1) {
		drive(d, summons(MAY("05", "09:00"), MAY("15", "13:00")));
		drive(d, opt);
	} else {
		drive(d, summons(MAY("05", "12:00"), MAY("15", "13:00")));
		drive(d, late(opt, MAY("05", "15:00")));
	}
	drive(d, fact_vardform_andrad(
		     MAY("06", "09:00"), VARDFORM_LPT, TVANGSVARD_INGEN, MAY("06", "09:00")));
	drive_until(d, MAY("07", "08:00"));
	const struct given_task *t = drive_task(d, TASK_KALLA_SIP, VC);
	ck_assert(t != NULL && t->status == TASK_OPEN);
	ck_assert_int_eq(drive_told(d, KB, NOTICE_SIP_CANCELLED), 1);
	drive_until(d, MAY("12", "08:00"));
	ck_assert_int_eq(d1_breaches(d), 1);
	drive_free(d);
}
END_TEST

/* KB struck in the kallelse, and again in the one that moves the meeting; KH summoned in time,
 * told late: the breach is none. 0: strike not repeated, 1: repeated. */
START_TEST(strike_said_again_keeps_no_breach)
{
	struct drive *d = admitted(0);
	drive(d, fact_tillagd(MAY("04", "10:10"), H, PSYK));
	drive(d, fact_tillagd(MAY("04", "10:10"), H, KH));
	drive(d, fact_utskrivningsklar(MAY("04", "11:00")));
	drive(d, summons_striking_kb(MAY("05", "12:00"), MAY("11", "13:00")));
	drive_until(d, MAY("08", "08:00"));
	ck_assert_int_eq(d1_breaches(d), 1);
	struct fact k = moves(MAY("09", "12:00"), MAY("12", "13:00"));
	k.sip_kallelse.kallade[0] = PSYK;
	k.sip_kallelse.kallade[k.sip_kallelse.kallade_count++] = KH;
	if (_i == 1)
		k.sip_kallelse.strukna[k.sip_kallelse.strukna_count++] = KB;
	drive(d, k);
	ck_assert_int_eq(d1_breaches(d), 1);
	k = summons(MAY("06", "12:00"), MAY("11", "13:00"));
	k.sip_kallelse.kallade[0] = KH;
	drive(d, late(k, MAY("09", "13:00")));
	ck_assert_int_eq(d1_breaches(d), 0);
	drive_free(d);
}
END_TEST

/* KB had left before the breach, and is struck after it. 0: not struck. */
START_TEST(strike_of_who_had_left_keeps_no_breach)
{
	struct drive *d = admitted(0);
	drive(d, fact_tillagd(MAY("04", "10:10"), H, PSYK));
	drive(d, fact_tillagd(MAY("04", "10:10"), H, KH));
	drive(d, fact_utskrivningsklar(MAY("04", "11:00")));
	struct fact k = summons(MAY("05", "12:00"), MAY("11", "13:00"));
	k.sip_kallelse.kallade[0] = PSYK;
	drive(d, k);
	drive(d, fact_of(EJ_BERORD, KB, MAY("06", "09:00")));
	drive_until(d, MAY("08", "08:00"));
	ck_assert_int_eq(d1_breaches(d), 1);
	k = moves(MAY("09", "12:00"), MAY("12", "13:00"));
	k.sip_kallelse.kallade[0] = PSYK;
	k.sip_kallelse.kallade[k.sip_kallelse.kallade_count++] = KH;
	if (_i == 1)
		k.sip_kallelse.strukna[k.sip_kallelse.strukna_count++] = KB;
	drive(d, k);
	k = summons(MAY("06", "12:00"), MAY("11", "13:00"));
	k.sip_kallelse.kallade[0] = KH;
	drive(d, late(k, MAY("09", "13:00")));
	ck_assert_int_eq(d1_breaches(d), 0);
	drive_free(d);
}
END_TEST

/* Livshotande known since the 5th; a version of before comes late, on the 7th. */
START_TEST(late_version_moves_no_replacement)
{
	struct drive *d = admitted(0);
	struct fact v = version(MAY("05", "09:00"), 0);
	v.inskrivningsmeddelande.livshotande = true;
	drive(d, v);
	const struct given_task *t = drive_task(d, TASK_ERSATT_FVK, VC);
	ck_assert(t != NULL && t->status == TASK_OPEN);
	instant due = t->due_at;
	v = version(MAY("05", "08:00"), 0);
	v.inskrivningsmeddelande.livshotande = true;
	drive(d, late(v, MAY("07", "09:00")));
	ck_assert(drive_task(d, TASK_ERSATT_FVK, VC)->due_at == due);
	drive_free(d);
}
END_TEST

/* After the meeting that was held, a person summons KB, struck before; then it turns out that it
 * was not held. */
START_TEST(summoned_after_all_stays_summoned)
{
	struct drive *d = ready_with_psyk();
	drive(d, summons_striking_kb(MAY("04", "12:00"), MAY("05", "13:00")));
	drive(d, fact_sip(MAY("05", "14:00"), VC, SIP_GENOMFORD, NULL));
	drive(d, summons(MAY("06", "10:00"), MAY("15", "13:00"))); /* KB and whoever */
	ck_assert_int_eq(drive_told(d, KB, NOTICE_SIP_KALLELSE), 1);
	int cancelled = drive_told(d, KB, NOTICE_SIP_CANCELLED);
	struct fact no = fact_sip(MAY("06", "15:00"), VC, SIP_UTEBLEV, NULL);
	no.sip.hallen_at = at(MAY("05", "14:00"));
	drive(d, no);
	ck_assert(!sip_is_struck(episode_participant_of(&d->state, KB), d->state.sip_round_nr));
	ck_assert_int_eq(drive_told(d, KB, NOTICE_SIP_CANCELLED), cancelled);
	drive_free(d);
}
END_TEST

/* A kallelse that was phoned before the no, told after it, and then an earlier no that was
 * known by nobody. */
START_TEST(late_earlier_no_takes_no_kallelse)
{
	struct drive *d = admitted(0);
	drive(d, fact_utskrivningsklar(MAY("04", "11:00")));
	drive(d, fact_samtycke(MAY("05", "11:00"), SAMTYCKE_SIP, SAMTYCKE_NEKAT));
	struct fact k = summons(MAY("05", "12:00"), MAY("11", "13:00"));
	k.sip_kallelse.at = at(MAY("05", "10:30"));
	drive(d, k);
	ck_assert(d->state.sip_round[0].kallelse_at != INSTANT_NONE);
	drive(d, late(fact_samtycke(MAY("05", "10:00"), SAMTYCKE_SIP, SAMTYCKE_ATERKALLAT),
		     MAY("06", "12:00")));
	ck_assert(d->state.sip_round[0].kallelse_at != INSTANT_NONE);
	drive_free(d);
}
END_TEST

/* C6, C3: the ward takes back "ready" of one who leaves to OPT, and says ready again with no
 * word of it, because it stands in the form of care (LPT, OPT) that was said again, after. */
START_TEST(open_care_said_again_after)
{
	struct drive *d = admitted(0);
	if (_i == 1)
		drive(d, fact_vardform_andrad(
			     MAY("04", "10:30"), VARDFORM_LPT, TVANGSVARD_OPT, MAY("04", "10:30")));
	drive(d, ready_with_opt(MAY("04", "11:00")));
	if (_i == 0)
		drive(d, fact_vardform_andrad(
			     MAY("04", "12:00"), VARDFORM_LPT, TVANGSVARD_OPT, MAY("04", "12:00")));
	drive(d, fact_at(EJ_LANGRE_UTSKRIVNINGSKLAR, MAY("04", "15:00")));
	ck_assert_int_eq(d->state.tvangsvard.oppen, TVANGSVARD_OPT);
	drive_free(d);
}
END_TEST

/* A person is told of the missed meeting with another outcome than said first. */
START_TEST(other_outcome_of_a_missed_meeting_is_told)
{
	struct drive *d = ready_with_psyk();
	struct fact k = summons(MAY("04", "12:00"), MAY("05", "13:00"));
	k.sip_kallelse.kallade[k.sip_kallelse.kallade_count++] = PSYK;
	drive(d, k);
	drive(d, fact_sip(MAY("05", "14:00"), VC, SIP_UTEBLEV, NULL));
	drive(d, fact_sip(MAY("05", "15:00"), VC, SIP_AVBRUTEN, NULL));
	ck_assert_int_eq(drive_told(d, PSYK, NOTICE_SIP_HELD), 2);
	drive_free(d);
}
END_TEST

/* B1, E2 of who left, discharge undone / another. */
START_TEST(b1_of_who_left_and_the_discharge_is_annulled)
{
	struct drive *d = ready_with_psyk();
	drive(d, fact_utskrivning(MAY("06", "10:00"), MAY("06", "10:00")));
	drive_until(d, MAY("06", "12:00"));
	ck_assert(drive_breach(d, BREACH_B1, PSYK) != NULL);
	const struct given_breach *e2 = drive_breach(d, BREACH_E2, PSYK);
	ck_assert(e2 != NULL);
	if (_i == 0) { /* named and acknowledged afterwards, then out */
		drive(d, fact_fvk(MAY("06", "13:00"), FVK_UTSE, PSYK, KIM));
		drive(d, fact_of(EJ_BERORD, PSYK, MAY("06", "14:00")));
		ck_assert(drive_breach(d, BREACH_B1, PSYK) != NULL);
		ck_assert(drive_breach(d, BREACH_E2, PSYK) != NULL);
	} else if (_i == 1) { /* removed by the ward */
		drive(d, fact_borttagen(MAY("06", "14:00"), H, PSYK));
		ck_assert(drive_breach(d, BREACH_B1, PSYK) != NULL);
		ck_assert(drive_breach(d, BREACH_E2, PSYK) != NULL);
	} else { /* forwarded */
		drive(d, fact_vidarebefordrad(MAY("06", "14:00"), PSYK, VC2));
		ck_assert(drive_breach(d, BREACH_B1, PSYK) != NULL);
		ck_assert(drive_breach(d, BREACH_E2, PSYK) != NULL);
	}
	drive_free(d);
}
END_TEST

/* D1 of VC; VC leaves after it: stays, in all ways. */
START_TEST(d1_of_a_sender_that_left_stays)
{
	struct drive *d = admitted(0);
	if (_i >= 3)
		drive(d, fact_tillagd(MAY("04", "10:10"), H, PSYK));
	drive(d, fact_utskrivningsklar(MAY("04", "11:00")));
	drive_until(d, MAY("08", "08:00"));
	ck_assert_int_eq(d1_breaches(d), 1);
	if (_i % 3 == 1)
		drive(d, summons(MAY("08", "09:00"), MAY("15", "13:00")));
	if (_i % 3 == 2)
		drive(d, fact_samtycke(MAY("08", "09:00"), SAMTYCKE_SIP, SAMTYCKE_NEKAT));
	drive(d, fact_of(EJ_BERORD, VC, MAY("08", "10:00")));
	ck_assert_int_eq(d1_breaches(d), 1);
	drive(d, fact_of(EJ_BERORD, KB, MAY("08", "11:00")));
	ck_assert_int_eq(d1_breaches(d), 1);
	drive(d, fact_at(EJ_LANGRE_UTSKRIVNINGSKLAR, MAY("08", "12:00")));
	ck_assert_int_eq(d1_breaches(d), 1);
	drive(d, fact_utskrivningsklar(MAY("08", "13:00")));
	ck_assert_int_eq(d1_breaches(d), 1);
	drive_free(d);
}
END_TEST

/* Auto, the same SIP: KB, struck by the patient, says that a SIP is needed, as it may have
 * before: samordnad itself summons it to the meeting that the patient struck it from. */
START_TEST(own_wish_gets_it_summoned_to_what_it_was_struck_from)
{
	test_policy_between(region, POLICY_SIP_MODE, VC, SIP_AUTO, MAY("05", "08:00"), NULL);
	struct drive *d = ready_with_psyk();
	drive(d, summons_striking_kb(MAY("04", "12:00"), MAY("15", "13:00")));
	drive(d, fact_sip_behov(MAY("05", "11:30"), KB, SIP_NY));
	drive_until(d, MAY("07", "10:00"));
	ck_assert_int_eq(drive_told(d, KB, NOTICE_SIP_KALLELSE), 0);
	drive_free(d);
}
END_TEST

/* Who told of the missed meeting first has left; two others told: one task, which stays. */
START_TEST(task_of_the_missed_meeting_stays)
{
	struct drive *d = ready_with_psyk();
	struct fact k = summons(MAY("04", "12:00"), MAY("05", "13:00"));
	k.sip_kallelse.kallade[k.sip_kallelse.kallade_count++] = PSYK;
	drive(d, k);
	drive(d, fact_sip(MAY("05", "14:00"), KB, SIP_UTEBLEV, NULL));
	struct fact again = fact_sip(MAY("05", "15:00"), VC, SIP_UTEBLEV, NULL);
	again.sip.hallen_at = at(MAY("05", "14:00"));
	drive(d, again);
	again = fact_sip(MAY("05", "16:00"), KB, SIP_UTEBLEV, NULL);
	again.sip.hallen_at = at(MAY("05", "14:00"));
	if (_i == 1)
		drive(d, again); /* KB says it again */
	drive(d, fact_of(EJ_BERORD, KB, MAY("05", "17:00")));
	const struct given_task *t = drive_task(d, TASK_UTRED_SIP, VC);
	ck_assert(t != NULL && t->status == TASK_OPEN);
	drive_free(d);
}
END_TEST

/* B1 of who left, then the discharge is taken back by another time: FVK named between. */
START_TEST(struck_twice_and_wish_between)
{
	/* strike 12:00, wish 13:00 known, strike said again 14:00 in a move: struck. */
	struct drive *d = ready_with_psyk();
	drive(d, summons_striking_kb(MAY("04", "12:00"), MAY("15", "13:00")));
	drive(d, fact_sip_behov(MAY("04", "13:00"), KB, SIP_NY));
	struct fact k = summons_striking_kb(MAY("04", "14:00"), MAY("16", "13:00"));
	k.sip_kallelse.atgard = KALLELSE_OMBOKA;
	drive(d, k);
	drive(d, fact_samtycke(MAY("05", "09:00"), SAMTYCKE_SIP, SAMTYCKE_NEKAT));
	drive(d, fact_samtycke(MAY("06", "09:00"), SAMTYCKE_SIP, SAMTYCKE_LAMNAT));
	ck_assert(sip_is_struck(episode_participant_of(&d->state, KB), d->state.sip_round_nr));
	drive_free(d);
}
END_TEST

/* The wish of a unit, as in 2, in a SIP to be updated: due from the wish, not from ready. */
START_TEST(wish_after_the_meeting_opens_from_the_wish)
{
	struct drive *d = ready_with_psyk();
	drive(d, summons_striking_kb(MAY("04", "12:00"), MAY("05", "13:00")));
	drive(d, fact_sip(MAY("05", "14:00"), VC, SIP_GENOMFORD, NULL));
	drive_until(d, MAY("11", "08:00"));
	drive(d, fact_sip_behov(MAY("11", "09:00"), KB, SIP_UPPDATERAS));
	drive_until(d, MAY("11", "10:00"));
	ck_assert_int_eq(d1_breaches(d), 0);
	expect_open(d, MAY("15", "00:00"));
	drive_free(d);
}
END_TEST

/* KB struck late: told to the ward on the 9th, sent the 6th; who was unsummoned. */
START_TEST(own_kallelse_after_a_refusal)
{
	struct drive *d = ready_with_psyk();
	struct fact k = summons(MAY("05", "12:00"), MAY("11", "13:00"));
	k.sip_kallelse.kallade[0] = PSYK;
	drive(d, k);
	drive_until(d, MAY("08", "08:00"));
	ck_assert_int_eq(d1_breaches(d), 1);
	k = moves(MAY("06", "12:00"), MAY("12", "13:00"));
	k.sip_kallelse.kallade[0] = PSYK;
	k.sip_kallelse.strukna[k.sip_kallelse.strukna_count++] = KB;
	drive(d, late(k, MAY("09", "12:00")));
	ck_assert_int_eq(d1_breaches(d), 0);
	drive_free(d);
}
END_TEST

/* The kallelse that struck KB, and a late no (0) or open care (1) of before it: the strike
 * stands. */
START_TEST(strike_in_a_kallelse_that_turned_out_refused)
{
	test_policy_between(region, POLICY_SIP_MODE, VC, SIP_AUTO, MAY("06", "08:00"), NULL);
	struct drive *d = ready_with_psyk();
	drive(d, summons_striking_kb(MAY("05", "12:00"), MAY("15", "13:00")));
	if (_i == 0)
		drive(d, late(fact_samtycke(MAY("05", "10:00"), SAMTYCKE_SIP, SAMTYCKE_NEKAT),
			     MAY("05", "15:00")));
	else
		drive(d, late(fact_vardform_andrad(MAY("05", "10:00"), VARDFORM_LPT, TVANGSVARD_OPT,
				  MAY("05", "10:00")),
			     MAY("05", "15:00")));
	if (_i == 0)
		drive(d, fact_samtycke(MAY("06", "09:00"), SAMTYCKE_SIP, SAMTYCKE_LAMNAT));
	else
		drive(d, fact_vardform_andrad(MAY("06", "09:00"), VARDFORM_LPT, TVANGSVARD_INGEN,
			     MAY("06", "09:00")));
	drive_until(d, MAY("09", "10:00"));
	ck_assert_int_eq(drive_told(d, KB, NOTICE_SIP_KALLELSE), 0);
	drive_free(d);
}
END_TEST

/* Discharged to OPT, then, contradicting, "not ready any more". */
START_TEST(withdrawal_after_discharge_to_open_care)
{
	struct drive *d = admitted(0);
	drive(d, ready_with_opt(MAY("04", "11:00")));
	drive(d, fact_utskrivning(MAY("06", "10:00"), MAY("06", "10:00")));
	drive(d, fact_at(EJ_LANGRE_UTSKRIVNINGSKLAR, MAY("07", "10:00")));
	ck_assert_int_eq(d->state.tvangsvard.oppen, TVANGSVARD_OPT);
	ck_assert(drive_task(d, TASK_KALLA_SIP, VC) == NULL);
	drive_free(d);
}
END_TEST

/* E2 of who left, then "not ready any more", said after the discharge. */
START_TEST(e2_of_who_left_and_a_later_withdrawal)
{
	struct drive *d = ready_with_psyk();
	drive(d, fact_utskrivning(MAY("06", "10:00"), MAY("06", "10:00")));
	drive_until(d, MAY("06", "12:00"));
	ck_assert(drive_breach(d, BREACH_E2, PSYK) != NULL);
	if (_i == 1)
		drive(d, fact_of(EJ_BERORD, PSYK, MAY("06", "14:00")));
	drive(d, fact_at(EJ_LANGRE_UTSKRIVNINGSKLAR, MAY("07", "10:00")));
	ck_assert(drive_breach(d, BREACH_E2, PSYK) != NULL);
	ck_assert(drive_breach(d, BREACH_B1, PSYK) != NULL);
	drive_free(d);
}
END_TEST

/* C1a: the ready notice, which says OPT, was withheld from KB. It is withdrawn: KB hears of
 * no form of care. */
START_TEST(withheld_open_care_is_not_told_by_the_withdrawal)
{
	struct drive *d = admitted(0);
	drive(d, ready_with_opt_but_kb(MAY("04", "11:00")));
	drive(d, fact_at(EJ_LANGRE_UTSKRIVNINGSKLAR, MAY("04", "15:00")));
	ck_assert_int_eq(drive_told(d, KB, NOTICE_VARDFORM), 0);
	drive_free(d);
}
END_TEST

/* What the ready notice did not say anew: ready to OPT, withdrawn, ready to OPT again: told as
 * one with the notice, the vardplan asked for. */
START_TEST(ready_to_open_care_twice)
{
	struct drive *d = admitted(0);
	struct fact k = ready_with_opt(MAY("04", "11:00"));
	drive(d, k);
	drive(d, fact_vardplan_justerad(MAY("04", "12:00"), VC));
	drive(d, fact_at(EJ_LANGRE_UTSKRIVNINGSKLAR, MAY("04", "15:00")));
	k.sent_at = at(MAY("05", "11:00"));
	k.utskrivningsklar.klar_at = at(MAY("05", "11:00"));
	drive(d, k);
	const struct given_task *t = drive_task(d, TASK_JUSTERA_VARDPLAN, KB);
	ck_assert(t != NULL && t->status == TASK_OPEN);
	ck_assert(drive_task(d, TASK_KALLA_SIP, VC) == NULL);
	drive_until(d, MAY("12", "08:00"));
	ck_assert_int_eq(d1_breaches(d), 0);
	drive_free(d);
}
END_TEST

/* D8: two decline, who did so first says yes after all (0), leaves (1), or leaves and another is
 * summoned to the same time (2): the task stands, as one. Nobody is left who declined: it is not
 * done, for there is no other time (3). */
START_TEST(first_no_is_taken_back)
{
	struct drive *d = ready_with_psyk();
	struct fact k = summons(MAY("04", "12:00"), MAY("15", "13:00"));

	k.sip_kallelse.kallade[k.sip_kallelse.kallade_count++] = PSYK;
	drive(d, k);
	drive(d, fact_kallelse_svar(MAY("05", "09:00"), KB, SVAR_NEJ));
	if (_i < 3)
		drive(d, fact_kallelse_svar(MAY("05", "09:30"), PSYK, SVAR_ANNAN_TID));
	drive(d, _i == 0 ? fact_kallelse_svar(MAY("05", "10:00"), KB, SVAR_JA)
			 : fact_borttagen(MAY("05", "10:00"), H, KB));
	if (_i >= 2) {
		drive(d, fact_tillagd(MAY("05", "10:30"), H, KH));
		k = summons(MAY("05", "11:00"), MAY("15", "13:00"));
		k.sip_kallelse.kallade[0] = KH;
		drive(d, k);
	}
	int open = 0, done = 0;
	for (int i = 0; i < d->given.task_count; i++) {
		open += d->given.tasks[i].kind == TASK_BOKA_OM_SIP &&
			d->given.tasks[i].status == TASK_OPEN;
		done += d->given.tasks[i].kind == TASK_BOKA_OM_SIP &&
			d->given.tasks[i].status == TASK_DONE;
	}
	ck_assert_int_eq(open, _i < 3);
	ck_assert_int_eq(done, 0);
	drive_free(d);
}
END_TEST

/* D8: who declined leaves, and who takes its place is summoned to the same time at once: no other
 * time was found, so that is off and not done. */
START_TEST(who_declined_is_replaced)
{
	test_policy_between(region, POLICY_SIP_MODE, VC, SIP_AUTO, MAY("04", "00:00"), NULL);
	struct drive *d = ready_with_psyk();

	ck_assert_int_eq(drive_told(d, PSYK, NOTICE_SIP_KALLELSE), 1);
	drive(d, fact_kallelse_svar(MAY("04", "12:00"), PSYK, SVAR_NEJ));
	ck_assert_int_eq(drive_task(d, TASK_BOKA_OM_SIP, VC)->status, TASK_OPEN);
	drive(d, fact_avvisning(MAY("04", "13:00"), PSYK, EJ_LISTAD, VC2));
	ck_assert_int_eq(drive_told(d, VC2, NOTICE_SIP_KALLELSE), 1);
	ck_assert_int_eq(drive_task(d, TASK_BOKA_OM_SIP, VC)->status, TASK_CANCELLED);
	drive_free(d);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("second_thoughts");
	TCase *t = tcase_create("second_thoughts");
	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_test(t, wish_before_the_strike_undoes_it_over_a_no);
	tcase_add_test(t, wish_before_the_strike_undoes_it_over_a_meeting);
	tcase_add_test(t, wish_of_a_struck_unit_breaks_no_clock);
	tcase_add_test(t, wish_of_a_struck_unit_moves_no_start);
	tcase_add_test(t, wish_of_a_struck_unit_and_the_report);
	tcase_add_test(t, kallelse_before_known_coming_open_care);
	tcase_add_loop_test(t, kallelse_in_known_open_care_and_late_form, 0, 2);
	tcase_add_loop_test(t, late_open_care_then_ended, 0, 2);
	tcase_add_loop_test(t, strike_said_again_keeps_no_breach, 0, 2);
	tcase_add_loop_test(t, strike_of_who_had_left_keeps_no_breach, 0, 2);
	tcase_add_test(t, late_version_moves_no_replacement);
	tcase_add_test(t, summoned_after_all_stays_summoned);
	tcase_add_test(t, late_earlier_no_takes_no_kallelse);
	tcase_add_loop_test(t, open_care_said_again_after, 0, 2);
	tcase_add_test(t, other_outcome_of_a_missed_meeting_is_told);
	tcase_add_loop_test(t, b1_of_who_left_and_the_discharge_is_annulled, 0, 3);
	tcase_add_loop_test(t, d1_of_a_sender_that_left_stays, 0, 6);
	tcase_add_test(t, own_wish_gets_it_summoned_to_what_it_was_struck_from);
	tcase_add_loop_test(t, task_of_the_missed_meeting_stays, 0, 2);
	tcase_add_test(t, struck_twice_and_wish_between);
	tcase_add_test(t, wish_after_the_meeting_opens_from_the_wish);
	tcase_add_test(t, own_kallelse_after_a_refusal);
	tcase_add_loop_test(t, strike_in_a_kallelse_that_turned_out_refused, 0, 2);
	tcase_add_test(t, withdrawal_after_discharge_to_open_care);
	tcase_add_loop_test(t, e2_of_who_left_and_a_later_withdrawal, 0, 2);
	tcase_add_test(t, withheld_open_care_is_not_told_by_the_withdrawal);
	tcase_add_test(t, ready_to_open_care_twice);
	tcase_add_loop_test(t, first_no_is_taken_back, 0, 4);
	tcase_add_test(t, who_declined_is_replaced);
	suite_add_tcase(s, t);
	SRunner *r = srunner_create(s);
	srunner_run_all(r, CK_NORMAL);
	int failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed != 0;
}
