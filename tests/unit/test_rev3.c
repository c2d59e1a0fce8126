/*
 * Findings of the third review; each case fails.
 */
#include "rules_driver.h"

#include "daemon/rules/betalning.h"
#include "daemon/rules/patientinformation.h"

#define MAY(day, clock) "2026-05-" day "T" clock ":00+02:00"

static struct region *region;

static void
setup(void)
{
	region = test_region();
	test_neighbours_add(region);
	test_policy_add(region, POLICY_FVK_MODE, 0, FVK_MANUAL);
	test_policy_add(region, POLICY_SIP_MODE, 0, SIP_MANUAL);
}

static void
teardown(void)
{
	test_region_free(region);
}

static struct fact
version(const char *sent_at, unsigned behov)
{
	struct fact f =
	    fact_inskrivningsmeddelande(sent_at, MAY("04", "02:00"), MAY("08", "12:00"));

	if (behov != 0)
		f.inskrivningsmeddelande.behov = (uint8_t)behov;
	return f;
}

/* The needs call for a SIP, or, behov 1 << BEHOV_SOCIALTJANST, do not. VC has Anna. */
static struct drive *
admitted(unsigned behov)
{
	struct drive *d = drive_new(region, 1);

	drive(d, version(MAY("04", "09:00"), behov));
	drive(d, fact_fvk(MAY("04", "10:00"), FVK_UTSE, VC, ANNA));
	return d;
}

static struct fact
summons(const char *sent_at, const char *mote)
{
	struct fact k = fact_kallelse(sent_at, VC, KALLELSE_SKICKA, ANNA);

	k.sip_kallelse.mote = mote_at(mote);
	return k;
}

static struct fact
moves(const char *sent_at, const char *mote)
{
	struct fact k = summons(sent_at, mote);

	k.sip_kallelse.atgard = KALLELSE_OMBOKA;
	return k;
}

static struct fact
late(struct fact f, const char *recorded_at)
{
	f.recorded_at = at(recorded_at);
	return f;
}

/* Ready, summoned to a meeting the next day, which was held. */
static struct drive *
after_a_meeting(void)
{
	struct drive *d = admitted(0);

	drive(d, fact_utskrivningsklar(MAY("04", "11:00")));
	drive(d, summons(MAY("04", "12:00"), MAY("05", "13:00")));
	drive(d, fact_sip(MAY("05", "14:00"), VC, SIP_GENOMFORD, NULL));
	return d;
}

static struct payment
payment_of(const struct drive *d)
{
	struct surroundings s = drive_surroundings(d);
	struct betalning b = betalning_reckon(&d->state, &s, d->now);

	ck_assert_int_gt(b.payer_count, 0);
	return b.payer[b.payer_count - 1].payment;
}

/* Due then, and nobody is late yet. */
static void
expect_open(const struct drive *d, const char *due)
{
	drive_assert_task(d, TASK_KALLA_SIP, VC, TASK_OPEN, due);
	ck_assert(drive_breach(d, BREACH_D1, VC) == NULL);
}

/* Finding 4. */
START_TEST(t_complete_plan)
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

/* Finding 4. */
START_TEST(t_plan_late_two_words)
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

/* Finding 6. */
START_TEST(t_late_word_moves_leave_clock)
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

/* Finding 5. */
START_TEST(t_late_word_after_withdrawn_word)
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

/* Finding 17. */
START_TEST(t_lapsed_while_held)
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

/* Finding 9. */
START_TEST(t_lapse_then_held_then_wish)
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
	struct payment after = payment_of(d);
	ck_assert_int_eq(after.standing, PAYMENT_CONTESTED);
	ck_assert(after.from == before.from);
	drive_free(d);
}
END_TEST

/* Finding 8. */
START_TEST(t_own_then_wished)
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

/* Finding 11. */
START_TEST(t_again_before_start)
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

/* Finding 12. */
START_TEST(t_rebooked_after_late_sip)
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

/* Finding 13. */
START_TEST(t_sender_was_kallad)
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

static int
d1_breaches(const struct drive *d)
{
	int n = 0;
	for (int i = 0; i < d->given.breach_count; i++)
		n += d->given.breaches[i].rule == BREACH_D1 &&
		     d->given.breaches[i].withdrawn_at == INSTANT_NONE;
	return n;
}

/* Finding 4. */
START_TEST(t_breach_twice)
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

/* Finding 6. */
START_TEST(t_leave_breach_twice)
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

/* Finding 10. */
START_TEST(t_f2_other_meeting)
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
	drive_until(d, MAY("14", "10:00"));
	d->now = at(MAY("14", "10:00"));
	ck_assert_int_eq(d1_breaches(d), 1);
	struct payment p = payment_of(d);
	ck_assert_int_ne(p.standing, PAYMENT_STARTS);
	drive_free(d);
}
END_TEST

/* Finding 14. */
START_TEST(t_sender_rebooks)
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

/* Finding 18. */
START_TEST(t_held_ahead)
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

/* Finding 19. */
START_TEST(t_own_file_two)
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

/* Finding 17. */
START_TEST(t_uteblev_with_wish)
{
	struct drive *d = admitted(0);
	drive(d, fact_utskrivningsklar(MAY("04", "11:00")));
	struct fact held = fact_sip(MAY("05", "10:00"), VC, SIP_GENOMFORD, NULL);
	drive(d, held);
	drive(d, fact_sip_behov(MAY("06", "09:00"), KB, SIP_NY));
	struct fact corrected = fact_sip(MAY("07", "12:00"), VC, SIP_UTEBLEV, NULL);
	corrected.sip.hallen_at = held.sip.hallen_at;
	drive(d, corrected);
	drive_assert_task(d, TASK_KALLA_SIP, VC, TASK_OPEN, MAY("08", "00:00"));
	drive_free(d);
}
END_TEST

/* Finding 1. */
START_TEST(t_propose_after_held)
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

/* Finding 15. */
START_TEST(t_sip_told_after_next_summons)
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

/* Finding 3. */
START_TEST(t_named_anew_same_from)
{
	struct drive *d = admitted(0);
	drive_until(d, MAY("06", "09:00"));
	d->now = at(MAY("06", "09:00"));
	for (int i = 0; i < d->kontakt_count; i++) {
		d->kontakter[i].episode += 1;
		d->kontakter[i].to_at = at(MAY("05", "10:00"));
	}
	struct fact f = fact_fvk(MAY("06", "10:00"), FVK_BEKRAFTA, VC, ANNA);
	f.fast_vardkontakt.from_at = at(MAY("04", "10:00"));
	drive(d, f);
	ck_assert_at(d->kontakter[0].to_at, NULL);
	drive_free(d);
}
END_TEST

/* Finding 20. */
START_TEST(t_e3_plan_left_out)
{
	struct drive *d = after_a_meeting();
	if (_i == 1)
		drive(d, summons(MAY("06", "12:00"), MAY("20", "13:00")));
	if (_i == 2)
		drive(d, fact_sip_behov(MAY("06", "10:00"), KB, SIP_NY));
	struct writer w = {0};
	patientinformation_write(&d->state, NULL, region, d->now, &w);
	ck_assert(strstr(w.text, "har") != NULL);
	drive_free(d);
}
END_TEST

/* Finding 3. */
START_TEST(t_announced_elsewhere)
{
	struct drive *d = admitted(0);
	drive_until(d, MAY("06", "09:00"));
	d->now = at(MAY("06", "09:00"));
	d->kontakter[0].episode += 1;
	d->kontakter[0].to_at = at(MAY("20", "10:00"));
	drive(d, fact_utskrivningsklar(MAY("06", "11:00")));
	ck_assert_at(d->kontakter[0].to_at, MAY("20", "10:00"));
	drive_free(d);
}
END_TEST

/* Finding 5. */
START_TEST(t_late_yes_bridges)
{
	struct drive *d = admitted(0);
	drive(d, fact_utskrivningsklar(MAY("04", "10:00")));
	drive(d, fact_sip_behov(MAY("05", "10:00"), VC, SIP_BEHOVS_EJ));
	drive_until(d, MAY("11", "09:00"));
	d->now = at(MAY("11", "09:00"));
	struct payment before = payment_of(d);
	ck_assert_int_eq(before.standing, PAYMENT_STARTS);
	drive(d, late(fact_sip_behov(MAY("04", "18:00"), KB, SIP_NY), MAY("11", "10:00")));
	if (_i == 0) {
		expect_open(d, MAY("15", "00:00"));
	} else if (_i == 1) {
		struct payment after = payment_of(d);
		ck_assert_int_eq(after.standing, PAYMENT_STARTS);
		ck_assert(after.from == before.from);
	} else {
		drive_until(d, MAY("13", "09:00"));
		ck_assert_int_eq(d1_breaches(d), 0);
	}
	drive_free(d);
}
END_TEST

/* Finding 7. */
START_TEST(t_ceases_after_start)
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
	struct payment after = payment_of(d);
	ck_assert_int_eq(after.standing, PAYMENT_CONTESTED);
	ck_assert(after.from == before.from);
	drive_free(d);
}
END_TEST

/* Finding 16. */
START_TEST(t_struck_then_moved)
{
	struct drive *d = admitted(0);
	drive(d, fact_tillagd(MAY("04", "10:10"), H, PSYK));
	drive(d, fact_utskrivningsklar(MAY("04", "11:00")));
	struct fact k = summons(MAY("04", "12:00"), MAY("12", "13:00"));
	k.sip_kallelse.kallade_count = 1;
	k.sip_kallelse.kallade[0] = PSYK;
	k.sip_kallelse.strukna[k.sip_kallelse.strukna_count++] = KB;
	drive(d, k);
	drive_until(d, MAY("09", "10:00"));
	d->now = at(MAY("09", "10:00"));
	struct payment before = payment_of(d);
	ck_assert_int_eq(before.standing, PAYMENT_STARTS);
	k = moves(MAY("11", "12:00"), MAY("14", "13:00"));
	if (_i == 1)
		k = fact_kallelse(MAY("11", "12:00"), VC, KALLELSE_AVBOKA, ANNA);
	k.sip_kallelse.kallade_count = 1;
	k.sip_kallelse.kallade[0] = PSYK;
	drive(d, k);
	struct payment after = payment_of(d);
	ck_assert_int_eq(after.standing, PAYMENT_STARTS);
	ck_assert(after.from == before.from);
	drive_free(d);
}
END_TEST

static struct fact
mine(struct fact f)
{
	f.patient = TEST_PATIENT;
	return f;
}

/* Finding 19. */
START_TEST(t_own_told_late)
{
	struct drive *d = drive_new(region, 1);
	drive(d, mine(fact_sip_behov(MAY("04", "09:00"), KH, SIP_NY)));
	struct fact f = mine(fact_kallelse(MAY("05", "09:00"), KH, KALLELSE_SKICKA, KARIN));
	f.sip_kallelse.mote = mote_at(MAY("12", "10:00"));
	drive(d, f);
	struct fact s = mine(fact_sip(MAY("12", "11:00"), KH, SIP_GENOMFORD, "2026-09-01T10:00:00+02:00"));
	if (_i == 0)
		drive(d, s);
	drive(d, mine(fact_sip_behov(MAY("13", "09:00"), KH, SIP_NY)));
	if (_i == 1) {
		s.sent_at = s.recorded_at = at(MAY("20", "09:00"));
		drive(d, s);
	}
	drive_assert_task(d, TASK_KALLA_SIP, KH, TASK_OPEN, MAY("27", "09:00"));
	drive_free(d);
}
END_TEST

/* Finding 14. */
START_TEST(t_sender_cancels)
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

/* Finding 2. */
START_TEST(t_prolonged_in_next_stay)
{
	struct drive *d1 = drive_new(region, 1), *d2 = drive_new(region, 2);
	drive(d1, version(MAY("04", "09:00"), 0));
	struct fact f = fact_fvk(MAY("04", "10:00"), FVK_UTSE, VC, ANNA);
	f.fast_vardkontakt.to_at = at(MAY("20", "10:00"));
	drive(d1, f);
	drive(d1, fact_utskrivning(MAY("06", "10:00"), MAY("06", "10:00")));
	drive_until(d1, MAY("08", "09:00"));
	drive_follows(d2, d1);
	drive(d2, fact_inskrivningsmeddelande(MAY("08", "09:00"), MAY("08", "02:00"), MAY("25", "12:00")));
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
	Suite *s = suite_create("rev3");
	TCase *tc = tcase_create("rev3");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_loop_test(tc, t_complete_plan, 0, 2);
	tcase_add_test(tc, t_plan_late_two_words);
	tcase_add_test(tc, t_late_word_moves_leave_clock);
	tcase_add_loop_test(tc, t_late_word_after_withdrawn_word, 0, 2);
	tcase_add_test(tc, t_lapsed_while_held);
	tcase_add_test(tc, t_lapse_then_held_then_wish);
	tcase_add_test(tc, t_own_then_wished);
	tcase_add_loop_test(tc, t_again_before_start, 0, 2);
	tcase_add_test(tc, t_rebooked_after_late_sip);
	tcase_add_test(tc, t_sender_was_kallad);
	tcase_add_test(tc, t_breach_twice);
	tcase_add_test(tc, t_leave_breach_twice);
	tcase_add_loop_test(tc, t_f2_other_meeting, 0, 2);
	tcase_add_test(tc, t_sender_rebooks);
	tcase_add_test(tc, t_held_ahead);
	tcase_add_test(tc, t_own_file_two);
	tcase_add_test(tc, t_uteblev_with_wish);
	tcase_add_test(tc, t_propose_after_held);
	tcase_add_loop_test(tc, t_sip_told_after_next_summons, 0, 2);
	tcase_add_test(tc, t_named_anew_same_from);
	tcase_add_loop_test(tc, t_e3_plan_left_out, 0, 3);
	tcase_add_test(tc, t_announced_elsewhere);
	tcase_add_loop_test(tc, t_late_yes_bridges, 0, 3);
	tcase_add_loop_test(tc, t_ceases_after_start, 0, 5);
	tcase_add_loop_test(tc, t_struck_then_moved, 0, 2);
	tcase_add_loop_test(tc, t_own_told_late, 0, 2);
	tcase_add_test(tc, t_sender_cancels);
	tcase_add_loop_test(tc, t_prolonged_in_next_stay, 0, 2);
	suite_add_tcase(s, tc);
	SRunner *sr = srunner_create(s);
	srunner_run_all(sr, CK_NORMAL);
	int failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed != 0;
}
