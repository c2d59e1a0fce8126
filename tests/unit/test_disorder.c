/*
 * What is said late, by a clock that is behind, twice, by another than before, or is annulled: what
 * is owed in the end is as if all had come in its order, or not at all. Loops: 0 is the plain
 * order.
 */
#include "rules_driver.h"

#define MAY(day, clock) "2026-05-" day "T" clock ":00+02:00"
#define JUN(day, clock) "2026-06-" day "T" clock ":00+02:00"

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

static struct drive *
admitted(void)
{
	struct drive *d = drive_new(region, 1);

	drive(d, fact_inskrivningsmeddelande(
		     MAY("04", "09:00"), MAY("04", "02:00"), MAY("08", "12:00")));
	return d;
}

/* A4: the routing task has four hours from when it is owed. */
START_TEST(a4_due_when_it_arises)
{
	struct drive *d = drive_new(region, 1);
	struct fact f =
	    fact_inskrivningsmeddelande(MAY("04", "09:00"), MAY("04", "02:00"), MAY("08", "12:00"));
	f.inskrivningsmeddelande.behov = 1 << BEHOV_KOMMUNAL_HSL;
	drive(d, f);
	struct fact e = fact_of(EJ_BERORD, VC, MAY("06", "10:00"));
	drive(d, e);
	drive_assert_task(d, TASK_ANGE_MOTTAGARE, H, TASK_OPEN, MAY("06", "14:00"));
	drive_free(d);
}
END_TEST

/* A9: re-routed before the wrong unit answered. */
START_TEST(a9_rerouted_before)
{
	struct drive *d = admitted();
	drive(d, fact_tillagd(MAY("05", "09:00"), H, KB2));
	drive(d, fact_avvisning(MAY("05", "09:10"), KB, EJ_FOLKBOKFORD, 0));
	drive_until(d, MAY("07", "09:00"));
	const struct given_task *t = drive_task(d, TASK_OMDIRIGERA, H);
	ck_assert(t == NULL || t->status != TASK_OPEN);
	drive_free(d);
}
END_TEST

/* D0, G2: the hospital's word on the SIP goes with the patient to the next ward. */
START_TEST(d0_ward_changes)
{
	struct drive *d = drive_new(region, 1);
	struct fact f =
	    fact_inskrivningsmeddelande(MAY("04", "09:00"), MAY("04", "02:00"), MAY("08", "12:00"));
	f.inskrivningsmeddelande.behov = 1 << BEHOV_SOCIALTJANST;
	drive(d, f);
	drive(d, fact_sip_behov(MAY("04", "10:00"), H, SIP_NY));
	if (_i == 1)
		drive(d, fact_overflyttning(MAY("05", "10:00"), H2));
	struct fact k = fact_utskrivningsklar(MAY("06", "10:00"));
	if (_i == 1)
		k.source = H2;
	drive(d, k);
	drive_assert_task(d, TASK_KALLA_SIP, VC, TASK_OPEN, MAY("10", "00:00"));
	drive_free(d);
}
END_TEST

/* D0, A10: the kommun's word goes with the one to whom its unit forwards. */
START_TEST(d0_forwarded)
{
	struct drive *d = drive_new(region, 1);
	struct fact f =
	    fact_inskrivningsmeddelande(MAY("04", "09:00"), MAY("04", "02:00"), MAY("08", "12:00"));
	f.inskrivningsmeddelande.behov = 1 << BEHOV_SOCIALTJANST;
	drive(d, f);
	drive(d, fact_sip_behov(MAY("04", "10:00"), KB, SIP_NY));
	if (_i == 1)
		drive(d, fact_vidarebefordrad(MAY("05", "10:00"), KB, KH));
	drive(d, fact_utskrivningsklar(MAY("06", "10:00")));
	drive_assert_task(d, TASK_KALLA_SIP, VC, TASK_OPEN, MAY("10", "00:00"));
	drive_free(d);
}
END_TEST

/* B10: an end that is annulled is undone also when it has come. */
START_TEST(b10_end_annulled)
{
	struct drive *d = admitted();
	drive(d, fact_fvk(MAY("04", "10:00"), FVK_UTSE, VC, ANNA));
	struct fact end = fact_fvk(MAY("05", "10:00"), FVK_AVSLUTA, VC, ANNA);
	end.fast_vardkontakt.from_at = end.fast_vardkontakt.to_at = at(MAY("06", "10:00"));
	int32_t nr = drive(d, end);
	drive_until(d, MAY("07", "10:00"));
	ck_assert(episode_fvk(&d->state, VC) == NULL);
	char id[16];
	snprintf(id, sizeof id, "m%d", nr);
	drive(d, fact_makulering(MAY("07", "11:00"), VC, id));
	ck_assert(episode_fvk(&d->state, VC) != NULL);
	drive(d, fact_utskrivning(MAY("08", "12:00"), MAY("08", "12:00")));
	ck_assert(drive_breach(d, BREACH_B1, VC) == NULL);
	drive_free(d);
}
END_TEST

/* A9: an annulled avvisning brings the unit back, and its FVK. */
START_TEST(a9_annulled_fvk)
{
	struct drive *d = admitted();
	drive(d, fact_fvk(MAY("04", "10:00"), FVK_UTSE, VC, ANNA));
	int32_t nr = drive(d, fact_avvisning(MAY("05", "10:00"), VC, EJ_LISTAD, VC2));
	drive(d, fact_fvk(MAY("05", "11:00"), FVK_UTSE, VC2, DISA));
	ck_assert(episode_fvk(&d->state, VC) == NULL);
	char id[16];
	snprintf(id, sizeof id, "m%d", nr);
	drive(d, fact_makulering(MAY("06", "11:00"), VC, id));
	ck_assert(d->state.participant_count > 0);
	ck_assert(episode_fvk(&d->state, VC) != NULL);
	drive_free(d);
}
END_TEST

/* D7: the plan told anew after its follow-up. */
START_TEST(d7_retold_after_follow_up)
{
	struct drive *d = admitted();
	drive(d, fact_utskrivningsklar(MAY("05", "10:00")));
	struct fact s = fact_sip(MAY("06", "10:00"), VC, SIP_GENOMFORD, MAY("20", "10:00"));
	drive(d, s);
	drive(d, fact_sip_uppfoljning(MAY("20", "10:00"), VC, JUN("20", "10:00")));
	drive_assert_task(d, TASK_FOLJ_UPP_SIP, VC, TASK_OPEN, JUN("20", "10:00"));
	struct fact again = fact_sip(MAY("21", "10:00"), VC, SIP_GENOMFORD, MAY("20", "10:00"));
	again.sip.hallen_at = s.sip.hallen_at;
	drive(d, again);
	drive_assert_task(d, TASK_FOLJ_UPP_SIP, VC, TASK_OPEN, JUN("20", "10:00"));
	drive_free(d);
}
END_TEST

/* D7: the kommun tells of the same meeting. */
START_TEST(d7_told_by_two)
{
	struct drive *d = admitted();
	drive(d, fact_utskrivningsklar(MAY("05", "10:00")));
	struct fact s = fact_sip(MAY("06", "10:00"), VC, SIP_GENOMFORD, JUN("20", "10:00"));
	drive(d, s);
	struct fact kb = fact_sip(MAY("06", "12:00"), KB, SIP_GENOMFORD, NULL);
	kb.sip.hallen_at = s.sip.hallen_at;
	kb.sip.plan.saknas = PLAN_UPPFOLJNING;
	drive(d, kb);
	const struct given_task *t = drive_task(d, TASK_FOLJ_UPP_SIP, VC);
	ck_assert(t != NULL);
	ck_assert_str_eq(task_status_word(t->status), "open");
	drive_free(d);
}
END_TEST

/* D8: answered by a clock behind that of who summoned. */
START_TEST(d8_answer_by_slow_clock)
{
	struct drive *d = admitted();
	drive(d, fact_fvk(MAY("04", "10:00"), FVK_UTSE, VC, ANNA));
	drive(d, fact_utskrivningsklar(MAY("05", "10:00")));
	struct fact k = fact_kallelse(MAY("05", "11:00"), VC, KALLELSE_SKICKA, ANNA);
	k.sip_kallelse.mote = mote_at(MAY("12", "13:00"));
	drive(d, k);
	struct fact svar =
	    fact_kallelse_svar(_i == 0 ? MAY("05", "11:10") : MAY("05", "10:58"), KB, SVAR_NEJ);
	svar.recorded_at = at(MAY("05", "11:10"));
	drive(d, svar);
	ck_assert_str_eq(outcome_table[d->outcome].word, outcome_table[OUTCOME_APPLIED].word);
	ck_assert_ptr_nonnull(drive_task(d, TASK_BOKA_OM_SIP, VC));
	drive_free(d);
}
END_TEST

/* D1a: decided after the kan_ej by the senders' clocks; _i: which arrives first. */
START_TEST(d1a_order)
{
	struct drive *d = admitted();
	struct fact kan_ej = fact_samtycke(MAY("05", "11:00"), SAMTYCKE_SIP, SAMTYCKE_KAN_EJ);
	struct fact decided = fact_sip_behov(MAY("05", "12:00"), VC, SIP_NY);
	drive(d, fact_utskrivningsklar(MAY("05", "10:00")));
	if (_i == 0)
		drive(d, kan_ej);
	drive(d, decided);
	kan_ej.recorded_at = at(MAY("05", "13:00"));
	if (_i == 1)
		drive(d, kan_ej);
	drive_until(d, MAY("05", "14:00"));
	const struct given_task *t = drive_task(d, TASK_BESLUTA_SIP, VC);
	ck_assert(t == NULL || t->status != TASK_OPEN);
	drive_free(d);
}
END_TEST

/* C2: LRV; _i: the notice under 12 a is sent before (parked) or after the inskrivningsmeddelande.
 */
START_TEST(c2_order)
{
	struct drive *d = drive_new(region, 1);
	struct fact f =
	    fact_inskrivningsmeddelande(MAY("04", "09:00"), MAY("04", "02:00"), MAY("08", "12:00"));
	f.inskrivningsmeddelande.vardform = VARDFORM_LRV;
	f.inskrivningsmeddelande.verksamhet = PSYKIATRISK;
	struct fact k = fact_utskrivningsklar(_i == 0 ? MAY("05", "10:00") : MAY("04", "08:00"));
	k.utskrivningsklar.underrattelse_lpt_7a = true;
	if (_i == 1)
		drive(d, k);
	drive(d, f);
	if (_i == 0)
		drive(d, k);
	ck_assert_int_eq(d->state.klar.nr, 0);
	drive_free(d);
}
END_TEST

/* C6: a parked ready notice that says OPT, then LPT by the inskrivningsmeddelande. */
START_TEST(c6_order)
{
	struct drive *d = drive_new(region, 1);
	struct fact f =
	    fact_inskrivningsmeddelande(MAY("04", "09:00"), MAY("04", "02:00"), MAY("08", "12:00"));
	f.inskrivningsmeddelande.vardform = VARDFORM_LPT;
	struct fact k = fact_utskrivningsklar(_i == 0 ? MAY("05", "10:00") : MAY("04", "08:00"));
	k.utskrivningsklar.tvangsvard_given = true;
	k.utskrivningsklar.oppen_tvangsvard = TVANGSVARD_OPT;
	if (_i == 1)
		drive(d, k);
	drive(d, f);
	if (_i == 0)
		drive(d, k);
	ck_assert_int_eq(d->state.tvangsvard.vardform, VARDFORM_LPT);
	drive_free(d);
}
END_TEST

/* B3: named by a clock behind the hospital's; life is threatened. */
START_TEST(b3_order)
{
	struct drive *d = drive_new(region, 1);
	struct fact f =
	    fact_inskrivningsmeddelande(MAY("04", "09:00"), MAY("04", "02:00"), MAY("08", "12:00"));
	f.inskrivningsmeddelande.livshotande = true;
	struct fact v =
	    fact_fvk(_i == 0 ? MAY("04", "09:05") : MAY("04", "08:58"), FVK_UTSE, VC, ANNA);
	v.recorded_at = at(MAY("04", "09:05"));
	drive(d, f);
	drive(d, v);
	ck_assert_str_eq(
	    outcome_table[d->outcome].word, outcome_table[OUTCOME_FVK_EJ_TILLATEN].word);
	ck_assert(episode_fvk(&d->state, VC) == NULL);
	drive_free(d);
}
END_TEST

/* A2: said again: the judgement's time does not move. */
START_TEST(a2_said_again)
{
	struct drive *d = drive_new(region, 1);
	drive(d, fact_inskrivning(MAY("04", "02:00"), MAY("04", "02:00")));
	if (_i == 1)
		drive(
		    d, fact_behovsbedomning(MAY("04", "08:00"), BEHOV_SENARE, MAY("04", "08:00")));
	drive(d, fact_behovsbedomning(MAY("04", "10:00"), BEHOV_JA, MAY("04", "10:00")));
	drive(d, fact_behovsbedomning(MAY("05", "09:00"), BEHOV_JA, MAY("05", "09:00")));
	drive_assert_task(d, TASK_INSKRIVNINGSMEDDELANDE, H, TASK_OPEN,
	    _i == 0 ? MAY("05", "02:00") : MAY("05", "10:00"));
	drive_free(d);
}
END_TEST

/* B10, B1: prolonged in time, told late: what samordnad ended meanwhile by itself was not over. */
START_TEST(b10_prolonged_late)
{
	struct drive *d = admitted();
	struct fact anna = fact_fvk(MAY("04", "10:00"), FVK_UTSE, VC, ANNA);
	anna.fast_vardkontakt.to_at = at(MAY("06", "12:00"));
	drive(d, anna);
	struct fact longer = fact_fvk(MAY("06", "10:00"), FVK_BEKRAFTA, VC, ANNA);
	if (_i == 0)
		drive(d, longer);
	drive(d, fact_ny_beraknad(MAY("06", "11:00"), MAY("09", "12:00")));
	drive_until(d, MAY("06", "12:30"));
	longer.recorded_at = at(MAY("06", "13:00"));
	if (_i == 1)
		drive(d, longer);
	ck_assert_int_eq(d->outcome, OUTCOME_APPLIED);
	ck_assert(episode_fvk(&d->state, VC) != NULL);
	drive(d, fact_utskrivning(MAY("08", "12:00"), MAY("08", "12:00")));
	ck_assert(drive_breach(d, BREACH_B1, VC) == NULL);
	drive_free(d);
}
END_TEST

/* B10, B1: an end said in error is annulled after the patient went home. */
START_TEST(b10_end_annulled_breach)
{
	struct drive *d = admitted();
	drive(d, fact_fvk(MAY("04", "10:00"), FVK_UTSE, VC, ANNA));
	struct fact end = fact_fvk(MAY("05", "10:00"), FVK_AVSLUTA, VC, ANNA);
	end.fast_vardkontakt.from_at = end.fast_vardkontakt.to_at = at(MAY("06", "10:00"));
	int32_t nr = drive(d, end);
	drive(d, fact_utskrivning(MAY("08", "12:00"), MAY("08", "12:00")));
	ck_assert(drive_breach(d, BREACH_B1, VC) != NULL);
	char id[16];
	snprintf(id, sizeof id, "m%d", nr);
	drive(d, fact_makulering(MAY("08", "13:00"), VC, id));
	ck_assert(drive_breach(d, BREACH_B1, VC) == NULL);
	drive_free(d);
}
END_TEST

/* D4: sent by the FVK while it was; all comes after an outage, in the order said. */
START_TEST(d4_outage)
{
	struct drive *d = admitted();
	struct fact anna = fact_fvk(MAY("04", "10:00"), FVK_UTSE, VC, ANNA);
	anna.fast_vardkontakt.to_at = at(MAY("06", "12:00"));
	struct fact k = fact_kallelse(MAY("05", "11:00"), VC, KALLELSE_SKICKA, ANNA);
	k.sip_kallelse.mote = mote_at(MAY("12", "13:00"));
	if (_i == 1)
		anna.recorded_at = k.recorded_at = at(MAY("06", "13:00"));
	drive(d, anna);
	drive(d, k);
	ck_assert_str_eq(outcome_table[d->outcome].word, outcome_table[OUTCOME_APPLIED].word);
	drive_free(d);
}
END_TEST

/* B1: of one until the 6th, then goes on; discharge lies between; all told late. */
START_TEST(b1_outage)
{
	struct drive *d = admitted();
	struct fact one = fact_fvk(MAY("04", "10:00"), FVK_UTSE, VC, ANNA);
	struct fact two = fact_fvk(MAY("06", "08:00"), FVK_BEKRAFTA, VC, ANNA);
	struct fact home = fact_utskrivning(MAY("06", "09:00"), MAY("06", "07:00"));
	one.fast_vardkontakt.to_at = at(MAY("06", "12:00"));
	if (_i == 1)
		one.recorded_at = two.recorded_at = home.recorded_at = at(MAY("06", "13:00"));
	drive(d, one);
	drive(d, two);
	drive(d, home);
	drive_until(d, MAY("06", "14:00"));
	ck_assert(drive_breach(d, BREACH_B1, VC) == NULL);
	drive_free(d);
}
END_TEST

/* D6a: no SIP is wanted, said in error, and annulled: the meeting stands, or a task asks for one.
 */
START_TEST(d6a_annulled)
{
	struct drive *d = admitted();
	drive(d, fact_fvk(MAY("04", "10:00"), FVK_UTSE, VC, ANNA));
	struct fact k = fact_kallelse(MAY("05", "11:00"), VC, KALLELSE_SKICKA, ANNA);
	k.sip_kallelse.mote = mote_at(MAY("12", "13:00"));
	drive(d, k);
	int32_t nr = drive(d, fact_sip_behov(MAY("05", "12:00"), KB, SIP_BEHOVS_EJ));
	ck_assert_int_eq(d->state.bokning.status, BOKNING_NONE);
	char id[16];
	snprintf(id, sizeof id, "m%d", nr);
	drive(d, fact_makulering(MAY("05", "13:00"), KB, id));
	const struct given_task *t = drive_task(d, TASK_BOKA_OM_SIP, VC);
	ck_assert(
	    d->state.bokning.status == BOKNING_BOKAD || (t != NULL && t->status == TASK_OPEN));
	drive_free(d);
}
END_TEST

/* B1, B3: life is threatened; the unit's clock lies behind; no physician before discharge. */
START_TEST(b3_order_breach)
{
	struct drive *d = drive_new(region, 1);
	struct fact f =
	    fact_inskrivningsmeddelande(MAY("04", "09:00"), MAY("04", "02:00"), MAY("08", "12:00"));
	f.inskrivningsmeddelande.livshotande = true;
	struct fact v =
	    fact_fvk(_i == 0 ? MAY("04", "09:05") : MAY("04", "08:58"), FVK_UTSE, VC, ANNA);
	v.recorded_at = at(MAY("04", "09:05"));
	drive(d, f);
	drive(d, v);
	drive(d, fact_utskrivning(MAY("06", "12:00"), MAY("06", "12:00")));
	ck_assert(drive_breach(d, BREACH_B1, VC) != NULL);
	drive_free(d);
}
END_TEST

/* C2, D1: what the parked notice under LRV 12 a starts. */
START_TEST(c2_clock)
{
	struct drive *d = drive_new(region, 1);
	struct fact f =
	    fact_inskrivningsmeddelande(MAY("04", "09:00"), MAY("04", "02:00"), MAY("08", "12:00"));
	f.inskrivningsmeddelande.vardform = VARDFORM_LRV;
	f.inskrivningsmeddelande.verksamhet = PSYKIATRISK;
	struct fact k = fact_utskrivningsklar(_i == 0 ? MAY("04", "10:00") : MAY("04", "08:00"));
	k.utskrivningsklar.underrattelse_lpt_7a = true;
	if (_i == 1)
		drive(d, k);
	drive(d, f);
	if (_i == 0)
		drive(d, k);
	ck_assert_int_eq(drive_told(d, KB, NOTICE_UTSKRIVNINGSKLAR), 0);
	ck_assert(drive_task(d, TASK_KALLA_SIP, VC) == NULL);
	drive_until(d, MAY("13", "10:00"));
	ck_assert(drive_breach(d, BREACH_D1, VC) == NULL);
	drive_free(d);
}
END_TEST

/* A9: the FVK whom samordnad ended for an avvisning that is annulled: breach at discharge. */
START_TEST(a9_annulled_breach)
{
	struct drive *d = admitted();
	drive(d, fact_fvk(MAY("04", "10:00"), FVK_UTSE, VC, ANNA));
	int32_t nr = drive(d, fact_avvisning(MAY("05", "10:00"), VC, EJ_LISTAD, VC2));
	drive(d, fact_fvk(MAY("05", "11:00"), FVK_UTSE, VC2, DISA));
	char id[16];
	snprintf(id, sizeof id, "m%d", nr);
	drive(d, fact_makulering(MAY("06", "11:00"), VC, id));
	drive(d, fact_utskrivning(MAY("08", "12:00"), MAY("08", "12:00")));
	ck_assert(drive_breach(d, BREACH_B1, VC) == NULL);
	drive_free(d);
}
END_TEST

/* D6a, D9: summoned by psychiatry to its slot; then primary care names its FVK. */
START_TEST(d6a_other_unit_names)
{
	test_policy_add(region, POLICY_SIP_MODE, PSYK, SIP_PROPOSE);
	test_policy_add(region, POLICY_SIP_MODE, VC, _i == 1 ? SIP_AUTO : SIP_PROPOSE);
	test_slot_add(region, PSYK, 0, 2, 10 * 60, 11 * 60, 60);
	struct drive *d = drive_new(region, 1);
	struct fact f =
	    fact_inskrivningsmeddelande(MAY("04", "09:00"), MAY("04", "02:00"), MAY("08", "12:00"));
	fact_mottagare_add(&f, PSYK);
	drive(d, f);
	drive(d, fact_fvk(MAY("04", "10:00"), FVK_UTSE, PSYK, KIM));
	drive(d, fact_utskrivningsklar(MAY("05", "10:00")));
	ck_assert_int_eq(d->state.bokning.status, BOKNING_BOKAD);
	ck_assert_int_eq(d->state.bokning.unit, PSYK);
	ck_assert_at(d->state.mote.start_at, MAY("13", "10:00"));
	struct fact k = fact_kallelse(MAY("05", "11:00"), PSYK, KALLELSE_SKICKA, KIM);
	k.sip_kallelse.mote = d->state.mote;
	k.sip_kallelse.kallade[k.sip_kallelse.kallade_count++] = VC;
	drive(d, k);
	ck_assert_int_eq(drive_told(d, KB, NOTICE_SIP_KALLELSE), 1);
	drive_news(d);
	drive(d, fact_fvk(MAY("05", "14:00"), FVK_UTSE, VC, ANNA));
	const char *news = drive_news(d);
	ck_assert_msg(
	    d->state.bokning.status == BOKNING_BOKAD && d->state.bokning.unit == PSYK, "%s", news);
	drive_free(d);
}
END_TEST

static struct fact
of_message(struct fact f, const char *message_id)
{
	snprintf(f.kvittens.message_id, sizeof f.kvittens.message_id, "%s", message_id);
	return f;
}

/* D6a, D9: a time that was only proposed to psychiatry gives way to one of primary care's own. */
START_TEST(d6a_proposed_to_another)
{
	test_policy_add(region, POLICY_SIP_MODE, PSYK, SIP_PROPOSE);
	test_policy_add(region, POLICY_SIP_MODE, VC, _i == 1 ? SIP_MANUAL : SIP_PROPOSE);
	test_slot_add(region, PSYK, 0, 2, 10 * 60, 11 * 60, 60);
	struct drive *d = drive_new(region, 1);
	struct fact f =
	    fact_inskrivningsmeddelande(MAY("04", "09:00"), MAY("04", "02:00"), MAY("08", "12:00"));
	fact_mottagare_add(&f, PSYK);
	drive(d, f);
	drive(d, fact_fvk(MAY("04", "10:00"), FVK_UTSE, PSYK, KIM));
	drive(d, fact_utskrivningsklar(MAY("05", "10:00")));
	ck_assert_int_eq(d->state.bokning.unit, PSYK);
	drive(d, fact_fvk(MAY("05", "14:00"), FVK_UTSE, VC, ANNA));
	ck_assert_int_eq(d->state.bokning.status, _i == 1 ? BOKNING_VANTAR : BOKNING_BOKAD);
	ck_assert_int_eq(d->state.bokning.unit, _i == 1 ? PSYK : VC);
	ck_assert_int_eq(drive_told(d, VC, NOTICE_SIP_BOOKED), _i == 0);
	drive_free(d);
}
END_TEST

/* G3, A6: who has acknowledged a version is not asked again for the next; 1: of one that is not the
 * last any more. */
START_TEST(g3_version_acknowledged)
{
	struct drive *d = admitted();
	struct fact again =
	    fact_inskrivningsmeddelande(MAY("04", "10:00"), MAY("04", "02:00"), MAY("09", "12:00"));
	int32_t second = drive(d, again);
	char id[16];
	snprintf(id, sizeof id, "m%d", second);
	struct fact kvittens =
	    of_message(fact_kvittens(_i == 0 ? MAY("04", "11:00") : MAY("04", "13:00"), VC, 0), id);
	if (_i == 0)
		drive(d, kvittens);
	drive(d, fact_inskrivningsmeddelande(
		     MAY("04", "12:00"), MAY("04", "02:00"), MAY("10", "12:00")));
	if (_i == 1)
		drive(d, kvittens);
	ck_assert_int_eq(drive_task(d, TASK_KVITTERA_INSKRIVNING, VC)->status, TASK_DONE);
	ck_assert_int_eq(drive_task(d, TASK_KVITTERA_INSKRIVNING, KB)->status, TASK_OPEN);
	drive_free(d);
}
END_TEST

/* C3: the first of two withdrawals, told after the second, was in time. */
START_TEST(c3_two_withdrawals)
{
	struct drive *d = admitted();
	drive(d, fact_utskrivningsklar(MAY("04", "10:00")));
	struct fact ready = fact_utskrivningsklar(MAY("06", "10:00"));
	ready.recorded_at = at(MAY("09", "10:00"));
	drive(d, ready);
	ck_assert(drive_breach(d, BREACH_D1, VC) != NULL);
	struct fact last = fact_at(EJ_LANGRE_UTSKRIVNINGSKLAR, MAY("08", "10:00"));
	last.recorded_at = at(MAY("09", "11:00"));
	drive(d, last);
	ck_assert(drive_breach(d, BREACH_D1, VC) != NULL);
	struct fact first = fact_at(EJ_LANGRE_UTSKRIVNINGSKLAR, MAY("05", "10:00"));
	first.recorded_at = at(MAY("09", "12:00"));
	drive(d, first);
	ck_assert(drive_breach(d, BREACH_D1, VC) == NULL);
	drive_free(d);
}
END_TEST

/* A5: a version that shows it in time shows that also of a unit that has left. */
START_TEST(a5_corrected_after_leaving)
{
	struct drive *d = drive_new(region, 1);
	drive(d, fact_inskrivningsmeddelande(
		     MAY("06", "09:00"), MAY("04", "02:00"), MAY("08", "12:00")));
	drive(d, fact_avvisning(MAY("06", "10:00"), KB, EJ_FOLKBOKFORD, 0));
	ck_assert(drive_breach(d, BREACH_A5, KB) != NULL);
	struct fact version =
	    fact_inskrivningsmeddelande(MAY("06", "11:00"), MAY("05", "20:00"), MAY("08", "12:00"));
	if (_i == 1)
		version.inskrivningsmeddelande.inskriven_at = at(MAY("04", "03:00"));
	drive(d, version);
	ck_assert_int_eq(drive_breach(d, BREACH_A5, VC) == NULL, _i == 0);
	ck_assert_int_eq(drive_breach(d, BREACH_A5, KB) == NULL, _i == 0);
	drive_free(d);
}
END_TEST

/* A5, B1a: sent in time and recorded late is not the ward's fault, either as its own breach. */
START_TEST(a5_cause_of_ward)
{
	struct drive *d = drive_new(region, 1);
	drive(d, fact_inskrivning(MAY("04", "03:00"), MAY("04", "02:00")));
	drive(d, fact_behovsbedomning(MAY("04", "04:00"), BEHOV_JA, MAY("04", "04:00")));
	struct fact f =
	    fact_inskrivningsmeddelande(MAY("04", "09:00"), MAY("04", "02:00"), MAY("08", "12:00"));
	f.recorded_at = at(MAY("06", "09:00"));
	drive(d, f);
	ck_assert_int_eq(drive_breach(d, BREACH_A5, H)->cause, CAUSE_SYSTEM);
	ck_assert_int_eq(drive_breach(d, BREACH_A5, VC)->cause, CAUSE_SYSTEM);
	drive_free(d);
}
END_TEST

static instant
fvk_until(const struct drive *d, unit_id unit)
{
	for (int i = 0; i < d->kontakt_count; i++)
		if (d->kontakter[i].slag == 1 && d->kontakter[i].unit == unit)
			return d->kontakter[i].to_at;
	ck_abort_msg("no row");
	return INSTANT_NONE;
}

/* B11: whom samordnad appointed by itself at a unit that was added in error is nobody's fast
 * vardkontakt, until that is taken back. 1: whom the unit appointed goes on. */
START_TEST(b11_added_in_error)
{
	test_policy_add(region, POLICY_FVK_MODE, PSYK, _i == 0 ? FVK_AUTO : FVK_MANUAL);
	struct drive *d = admitted();
	drive(d, fact_tillagd(MAY("04", "10:00"), H, PSYK));
	if (_i == 1)
		drive(d, fact_fvk(MAY("04", "11:00"), FVK_UTSE, PSYK, KIM));
	ck_assert(episode_fvk(&d->state, PSYK) != NULL);
	int32_t nr = drive(d, fact_borttagen(MAY("05", "10:00"), H, PSYK));
	ck_assert_int_eq(episode_fvk(&d->state, PSYK) == NULL, _i == 0);
	ck_assert_at(fvk_until(d, PSYK), _i == 0 ? MAY("05", "10:00") : NULL);
	char id[16];
	snprintf(id, sizeof id, "m%d", nr);
	drive(d, fact_makulering(MAY("05", "11:00"), H, id));
	ck_assert(episode_fvk(&d->state, PSYK) != NULL);
	ck_assert_at(fvk_until(d, PSYK), NULL);
	drive_free(d);
}
END_TEST

/* A4: whom samordnad added because the patient was ready is out when that is annulled. */
START_TEST(a4_ready_annulled)
{
	struct drive *d = drive_new(region, 1);
	struct fact f =
	    fact_inskrivningsmeddelande(MAY("04", "09:00"), MAY("04", "02:00"), MAY("08", "12:00"));
	f.inskrivningsmeddelande.behov = 1 << BEHOV_SOCIALTJANST;
	f.inskrivningsmeddelande.mottagare[0].unit = KB;
	f.inskrivningsmeddelande.mottagare_count = 1;
	drive(d, f);
	drive(d, fact_sip_behov(MAY("04", "10:00"), KB, SIP_NY));
	ck_assert(drive_given(d, VC) == NULL);
	int32_t nr = drive(d, fact_utskrivningsklar(MAY("05", "10:00")));
	ck_assert(drive_given(d, VC)->active);
	char id[16];
	snprintf(id, sizeof id, "m%d", nr);
	drive(d, fact_makulering(MAY("05", "11:00"), H, id));
	ck_assert(!drive_given(d, VC)->active);
	ck_assert_int_eq(drive_told(d, VC, NOTICE_MOTTAGARE_AVSLUTAD), 1);
	drive_free(d);
}
END_TEST

/* E1: broken once, by the ward that had the patient, also if the transfer is told late. */
START_TEST(e1_transfer_told_late)
{
	struct drive *d = admitted();
	drive(d, fact_utskrivning(MAY("08", "12:00"), MAY("08", "12:00")));
	drive_until(d, MAY("09", "10:00"));
	ck_assert(drive_breach(d, BREACH_E1, H) != NULL);
	struct fact f = fact_overflyttning(MAY("07", "10:00"), H2);
	f.recorded_at = at(MAY("10", "10:00"));
	drive(d, f);
	ck_assert(drive_breach(d, BREACH_E1, H2) != NULL);
	ck_assert(drive_breach(d, BREACH_E1, H) == NULL);
	drive_free(d);
}
END_TEST

/* D7: what becomes of a no-show is said by whichever unit says so, also beside another's earlier
 * wish. */
START_TEST(d7_no_show_looked_into)
{
	struct drive *d = admitted();
	drive(d, fact_sip_behov(MAY("04", "10:00"), KB, SIP_NY));
	drive(d, fact_sip(MAY("12", "13:00"), VC, SIP_UTEBLEV, NULL));
	ck_assert_int_eq(drive_task(d, TASK_UTRED_SIP, VC)->status, TASK_OPEN);
	drive(d, fact_sip_behov(MAY("13", "10:00"), VC, SIP_BEHOVS_EJ));
	ck_assert_int_eq(drive_task(d, TASK_UTRED_SIP, VC)->status, TASK_DONE);
	drive_free(d);
}
END_TEST

/* D11: whom the patient struck is not asked for, also if it becomes mottagare only then. */
START_TEST(d11_struck_before)
{
	struct drive *d = admitted();
	drive(d, fact_fvk(MAY("04", "10:00"), FVK_UTSE, VC, ANNA));
	drive(d, fact_utskrivningsklar(MAY("05", "10:00")));
	struct fact k = fact_kallelse(MAY("05", "11:00"), VC, KALLELSE_SKICKA, ANNA);
	k.sip_kallelse.mote = mote_at(MAY("12", "13:00"));
	k.sip_kallelse.strukna[k.sip_kallelse.strukna_count++] = KH;
	drive(d, k);
	drive(d, fact_tillagd(MAY("06", "10:00"), H, KH));
	const struct given_task *t = drive_task(d, TASK_KALLA_SIP, VC);
	ck_assert_int_eq(t->status, TASK_DONE);
	ck_assert_int_eq(drive_told(d, KH, NOTICE_SIP_DUE), 0);
	drive_free(d);
}
END_TEST

/* G3: out and in again, the stay is acknowledged anew, by whatever way it was before. */
START_TEST(g3_named_again)
{
	struct drive *d = drive_new(region, 1);
	struct fact with_kb[3], without = fact_inskrivningsmeddelande(
				    MAY("05", "12:00"), MAY("04", "02:00"), MAY("09", "12:00"));
	static const char *const when[] = {
	    MAY("04", "09:00"), MAY("05", "09:00"), MAY("06", "09:00")};
	for (int i = 0; i < 3; i++)
		with_kb[i] =
		    fact_inskrivningsmeddelande(when[i], MAY("04", "02:00"), MAY("09", "12:00"));
	without.inskrivningsmeddelande.mottagare_count = 1;
	drive(d, with_kb[0]);
	char id[16];
	snprintf(id, sizeof id, "m%d", drive(d, with_kb[1]));
	drive(d, of_message(fact_kvittens(MAY("05", "10:00"), KB, 0), id));
	drive(d, without);
	drive(d, with_kb[2]);
	ck_assert_int_eq(drive_task(d, TASK_KVITTERA_INSKRIVNING, KB)->status, TASK_OPEN);
	drive_free(d);
}
END_TEST

/* B11: who was samordnad's own at a unit added in error may be named when it is added rightly. */
START_TEST(b11_added_again)
{
	test_policy_add(region, POLICY_FVK_MODE, PSYK, FVK_AUTO);
	test_staff(region, YLVA)->fvk = false;
	struct drive *d = admitted();
	drive(d, fact_tillagd(MAY("04", "10:00"), H, PSYK));
	ck_assert_int_eq(episode_fvk(&d->state, PSYK)->staff, KIM);
	drive(d, fact_borttagen(MAY("05", "10:00"), H, PSYK));
	drive(d, fact_tillagd(MAY("05", "12:00"), H, PSYK));
	ck_assert_int_eq(episode_fvk(&d->state, PSYK)->staff, KIM);
	drive_free(d);
}
END_TEST

/* B11, G1: a stay brings back nobody whom another has ended, 0: by a word on that assignment, 1: by
 * a death, if only an instant has come. */
START_TEST(b11_ended_elsewhere)
{
	struct drive *d = admitted();
	drive(d, fact_fvk(MAY("04", "10:00"), FVK_UTSE, VC, ANNA));
	for (int i = 0; i < d->kontakt_count; i++) {
		d->kontakter[i].episode += _i == 0;
		d->kontakter[i].to_at = at(MAY("05", "10:00"));
	}
	struct surroundings s = drive_surroundings(d);
	s.instant_only = _i == 1;
	drive_forget_changes(d);
	plan(&d->state, &s, at(MAY("06", "10:00")), NULL, &d->given, &d->effects);
	ck_assert_int_eq(d->effects.kontakt_count, 0);
	drive_free(d);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("disorder");
	TCase *tc = tcase_create("disorder");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, a4_due_when_it_arises);
	tcase_add_test(tc, a9_rerouted_before);
	tcase_add_loop_test(tc, d0_ward_changes, 0, 2);
	tcase_add_loop_test(tc, d0_forwarded, 0, 2);
	tcase_add_test(tc, b10_end_annulled);
	tcase_add_test(tc, a9_annulled_fvk);
	tcase_add_test(tc, d7_retold_after_follow_up);
	tcase_add_test(tc, d7_told_by_two);
	tcase_add_loop_test(tc, d8_answer_by_slow_clock, 0, 2);
	tcase_add_loop_test(tc, d1a_order, 0, 2);
	tcase_add_loop_test(tc, c2_order, 0, 2);
	tcase_add_loop_test(tc, c6_order, 0, 2);
	tcase_add_loop_test(tc, b3_order, 0, 2);
	tcase_add_loop_test(tc, a2_said_again, 0, 2);
	tcase_add_loop_test(tc, b10_prolonged_late, 0, 2);
	tcase_add_test(tc, b10_end_annulled_breach);
	tcase_add_loop_test(tc, d4_outage, 0, 2);
	tcase_add_loop_test(tc, b1_outage, 0, 2);
	tcase_add_test(tc, d6a_annulled);
	tcase_add_loop_test(tc, b3_order_breach, 0, 2);
	tcase_add_loop_test(tc, c2_clock, 0, 2);
	tcase_add_test(tc, a9_annulled_breach);
	tcase_add_loop_test(tc, d6a_other_unit_names, 0, 2);
	tcase_add_loop_test(tc, d6a_proposed_to_another, 0, 2);
	tcase_add_loop_test(tc, g3_version_acknowledged, 0, 2);
	tcase_add_test(tc, c3_two_withdrawals);
	tcase_add_loop_test(tc, a5_corrected_after_leaving, 0, 2);
	tcase_add_test(tc, a5_cause_of_ward);
	tcase_add_loop_test(tc, b11_added_in_error, 0, 2);
	tcase_add_test(tc, a4_ready_annulled);
	tcase_add_test(tc, e1_transfer_told_late);
	tcase_add_test(tc, d7_no_show_looked_into);
	tcase_add_test(tc, d11_struck_before);
	tcase_add_test(tc, g3_named_again);
	tcase_add_test(tc, b11_added_again);
	tcase_add_loop_test(tc, b11_ended_elsewhere, 0, 2);
	suite_add_tcase(s, tc);
	SRunner *sr = srunner_create(s);
	srunner_run_all(sr, CK_NORMAL);
	int failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed != 0;
}
