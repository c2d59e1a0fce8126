/* What samordnad itself decides, by rule: mottagare (A4), fast vårdkontakt (B2, B4, B10), the
 * meeting and the kallelse (D6, D6a). */
#include "rules_driver.h"

#include "daemon/rules/owed.h"

static struct region *region;

static void
setup(void)
{
	region = test_region();
}

static void
teardown(void)
{
	test_region_free(region);
}

/* Monday 4 May 2026, to VC and KB; expected home on Friday 8 May at noon. */
static struct fact
monday(void)
{
	return fact_inskrivningsmeddelande(
	    "2026-05-04T09:00:00+02:00", "2026-05-04T02:00:00+02:00", "2026-05-08T12:00:00+02:00");
}

/* ---- A4 ---- */

static const struct mottagare_row {
	const char *rule;
	uint8_t behov;
	enum skydd skydd;
	unit_id named, listad_pa;
	struct mottagare by_kommun; /* or kommun 0 */
	unit_id added;		    /* 0: nobody */
	bool asked;		    /* the hospital has a task */
} mottagare_rows[] = {
    {"A4 listed", 1 << BEHOV_KOMMUNAL_HSL, SKYDD_NEJ, KH, VC, {0}, VC, false},
    {"A4 there is one", 1 << BEHOV_KOMMUNAL_HSL, SKYDD_NEJ, PSYK, VC, {0}, 0, false},
    {"A4 no such need", 1 << BEHOV_SOCIALTJANST, SKYDD_NEJ, KB, VC, {0}, 0, false},
    {"A4 unknown", 1 << BEHOV_KOMMUNAL_HSL, SKYDD_NEJ, KH, 0, {0}, 0, true},
    {"A4 listed at no öppenvård", 1 << BEHOV_KOMMUNAL_HSL, SKYDD_NEJ, KH, KB, {0}, 0, true},
    {"A4 by kommun", 1 << BEHOV_OPPENVARD, SKYDD_NEJ, VC, VC,
	{.kommun = TEST_KOMMUN, .slag = KOMMUNAL_HSL}, KH, false},
    {"A4 another kommun", 1 << BEHOV_OPPENVARD, SKYDD_NEJ, VC, VC,
	{.kommun = 2480, .slag = KOMMUNAL_HSL}, 0, true},
    {"A4 a kommun's gap is no ground to tell the listed unit", 1 << BEHOV_SOCIALTJANST, SKYDD_NEJ,
	KB, VC, {.kommun = 2480, .slag = KOMMUNAL_HSL}, 0, true},
    {"G6 nothing by itself", 1 << BEHOV_KOMMUNAL_HSL, SKYDD_SEKRETESSMARKERING, KH, VC, {0}, 0,
	true},
};

START_TEST(found)
{
	const struct mottagare_row *row = &mottagare_rows[_i];
	struct drive *d = drive_new(region, 1);
	struct fact f = monday();
	struct fact_inskrivningsmeddelande *m = &f.inskrivningsmeddelande;

	m->behov = row->behov;
	m->skydd = row->skydd;
	m->listad_pa = row->listad_pa;
	m->mottagare_count = 0;
	fact_mottagare_add(&f, row->named);
	if (row->by_kommun.kommun != 0)
		m->mottagare[m->mottagare_count++] = row->by_kommun;
	drive(d, f);
	ck_assert_int_eq(d->state.participant_count, row->added != 0 ? 3 : 2);
	if (row->added != 0) {
		ck_assert(episode_participant_of(&d->state, row->added)->active);
		ck_assert_int_eq(drive_told(d, row->added, NOTICE_INSKRIVNINGSMEDDELANDE), 1);
	}
	const struct given_task *t = drive_task(d, TASK_ANGE_MOTTAGARE, H);
	ck_assert_msg((t != NULL && t->status == TASK_OPEN) == row->asked, "%s", row->rule);
	drive_free(d);
}
END_TEST

/* A4, A6: a new version is not news to the unit that samordnad found, nor is it out in between. */
START_TEST(mottagare_version)
{
	struct drive *d = drive_new(region, 1);
	struct fact f = monday();

	f.inskrivningsmeddelande.behov = 1 << BEHOV_KOMMUNAL_HSL;
	f.inskrivningsmeddelande.mottagare[0].unit = KH;
	drive(d, f);
	f.sent_at = f.recorded_at = at("2026-05-04T12:00:00+02:00");
	drive(d, f);
	ck_assert_int_eq(drive_told(d, VC, NOTICE_INSKRIVNINGSMEDDELANDE), 1);
	ck_assert_int_eq(drive_told(d, VC, NOTICE_MOTTAGARE_AVSLUTAD), 0);
	ck_assert_int_eq(drive_task_count(d, TASK_KVITTERA_INSKRIVNING, VC), 1);
	drive_free(d);
}
END_TEST

/* ---- B2, B4 ---- */

static void
no_standing_decision(void)
{
	region->standing_decision_count = 0;
	region_index(region);
}

static void
left(void)
{
	test_staff(region, ANNA)->slutar_at = at("2026-05-01T00:00:00+02:00");
	region_index(region);
}

static const struct fvk_row {
	const char *rule;
	enum fvk_mode mode;
	void (*change)(void);
	bool before;	 /* Anna was the patient's FVK at VC before */
	const char *now; /* looked at then */
	staff_id named, proposed;
	const char *from;
} fvk_rows[] = {
    {"B4 auto", FVK_AUTO, NULL, false, NULL, ANNA, 0, "2026-05-04T09:00:00+02:00"},
    {"B4 auto without a standing decision", FVK_AUTO, no_standing_decision, false,
	"2026-05-08T00:00:00+02:00", 0, ANNA, NULL},
    {"B4 propose", FVK_PROPOSE, NULL, false, "2026-05-07T11:59:59+02:00", 0, ANNA, NULL},
    {"B4 propose, not confirmed", FVK_PROPOSE, NULL, false, "2026-05-07T12:00:00+02:00", ANNA, 0,
	"2026-05-07T12:00:00+02:00"},
    {"B4 propose without a standing decision", FVK_PROPOSE, no_standing_decision, false,
	"2026-05-08T13:00:00+02:00", 0, ANNA, NULL},
    {"B4 manual", FVK_MANUAL, NULL, false, "2026-05-08T00:00:00+02:00", 0, 0, NULL},
    {"B2 manual", FVK_MANUAL, NULL, true, NULL, ANNA, 0, "2026-05-04T09:00:00+02:00"},
    {"B2 propose", FVK_PROPOSE, no_standing_decision, true, NULL, ANNA, 0,
	"2026-05-04T09:00:00+02:00"},
    {"B2 has left", FVK_AUTO, left, true, NULL, BO, 0, "2026-05-04T09:00:00+02:00"},
};

START_TEST(named)
{
	const struct fvk_row *row = &fvk_rows[_i];
	struct drive *d = drive_new(region, 1);
	const struct kontakt before = {
	    TEST_PATIENT, 1, VC, ANNA, at("2025-03-01T08:00:00+01:00"), INSTANT_NONE, 99, 1};

	test_policy_add(region, POLICY_FVK_MODE, 0, row->mode);
	if (row->change != NULL)
		row->change();
	if (row->before)
		drive_write_kontakt(d, &before);
	drive(d, monday());
	if (row->now != NULL)
		drive_until(d, row->now);
	const struct fvk *fvk = episode_fvk(&d->state, VC);
	ck_assert_msg((fvk != NULL ? fvk->staff : 0) == row->named, "%s", row->rule);
	if (row->proposed != 0)
		ck_assert_int_eq(d->state.fvk[0].foreslagen, row->proposed);
	ck_assert_int_eq(drive_told(d, VC, NOTICE_FVK_APPOINTED), row->named != 0);
	ck_assert_int_eq(drive_told(d, H, NOTICE_FVK_APPOINTED), row->named != 0);
	ck_assert_int_le(drive_told(d, VC, NOTICE_FVK_PROPOSED), 1);
	ck_assert_int_eq(drive_told(d, KB, NOTICE_FVK_PROPOSED), 0);
	if (row->named == 0)
		return;
	ck_assert_at(fvk->from_at, row->from);
	ck_assert_int_eq(fvk->standing_decision, row->before && row->named == ANNA ? 0 : 1);
	ck_assert_int_eq(test_staff(region, row->named)->load, 1);
	drive_free(d);
}
END_TEST

/* B4: visibly. */
START_TEST(fallen_back)
{
	struct drive *d = drive_new(region, 1);

	test_policy_add(region, POLICY_FVK_MODE, 0, FVK_AUTO);
	no_standing_decision();
	drive(d, monday());
	ck_assert_ptr_nonnull(
	    strstr(drive_news(d), "VC fast_vardkontakt.proposed no_standing_decision\n"));
	drive_free(d);
}
END_TEST

/* B4: a proposal stands though others have become less loaded, and however many there are. */
START_TEST(proposal_stands)
{
	struct drive *d = drive_new(region, 1);

	for (staff_id i = 0; i < 2 * RANKED_MAX; i++)
		test_staff_add(region, 50 + i, VC, DISTRIKTSSKOTERSKA);
	region_index(region);
	drive(d, monday());
	ck_assert_int_eq(d->state.fvk[0].foreslagen, ANNA);
	region_load_add(region, ANNA, INSTANT_NONE, 40);
	drive_at(d, "2026-05-04T12:00:00+02:00");
	ck_assert_int_eq(d->state.fvk[0].foreslagen, ANNA);
	ck_assert_int_eq(drive_told(d, VC, NOTICE_FVK_PROPOSED), 1);
	drive_free(d);
}
END_TEST

/* B5, B10: whose assignment the unit ends is not appointed again; the unit hears who is instead. */
START_TEST(ended)
{
	struct drive *d = drive_new(region, 1);

	test_policy_add(region, POLICY_FVK_MODE, 0, FVK_AUTO);
	drive(d, monday());
	drive_news(d);
	drive(d, fact_fvk("2026-05-05T09:00:00+02:00", FVK_AVSLUTA, VC, ANNA));
	ck_assert_int_eq(episode_fvk(&d->state, VC)->staff, BO);
	ck_assert_int_eq(drive_told(d, VC, NOTICE_FVK_CHANGED), 1);
	ck_assert_int_eq(drive_told(d, KB, NOTICE_FVK_CHANGED), 1);
	ck_assert_int_eq(test_staff(region, ANNA)->load, 0);
	ck_assert_int_eq(test_staff(region, BO)->load, 1);
	drive_free(d);
}
END_TEST

/* B10: an assignment with an end ends then, and the duty is there again. */
START_TEST(ends_by_itself)
{
	struct drive *d = drive_new(region, 1);
	struct fact f = fact_fvk("2026-05-04T10:00:00+02:00", FVK_UTSE, VC, ANNA);

	test_policy_add(region, POLICY_FVK_MODE, 0, FVK_MANUAL);
	drive(d, monday());
	f.fast_vardkontakt.to_at = at("2026-05-06T10:00:00+02:00");
	drive(d, f);
	drive_until_instant(d, f.fast_vardkontakt.to_at - 1);
	ck_assert_int_eq(episode_fvk(&d->state, VC)->staff, ANNA);
	ck_assert_int_eq(drive_task(d, TASK_UTSE_FVK, VC)->status, TASK_DONE);
	drive_until(d, "2026-05-06T10:00:00+02:00");
	ck_assert_ptr_null(episode_fvk(&d->state, VC));
	ck_assert_int_eq(drive_task(d, TASK_UTSE_FVK, VC)->status, TASK_OPEN);
	ck_assert_int_eq(drive_told(d, KB, NOTICE_FVK_ENDED), 1);
	drive_free(d);
}
END_TEST

/* ---- D6, D6a ---- */

static struct drive *
ready(enum sip_mode mode)
{
	struct drive *d = drive_new(region, 1);

	test_policy_add(region, POLICY_FVK_MODE, 0, FVK_AUTO);
	test_policy_add(region, POLICY_SIP_MODE, 0, mode);
	drive(d, monday());
	drive(d, fact_utskrivningsklar("2026-05-07T09:00:00+02:00"));
	return d;
}

START_TEST(modes)
{
	static const struct {
		enum sip_mode mode;
		const char *mote;
		int booked, kallelse, due;
	} rows[] = {
	    {SIP_AUTO, "2026-05-12T13:00:00+02:00", 0, 1, 0},
	    {SIP_PROPOSE, "2026-05-12T13:00:00+02:00", 1, 0, 1},
	    {SIP_MANUAL, NULL, 0, 0, 1},
	};
	struct drive *d = ready(rows[_i].mode);

	ck_assert_at(d->state.mote.start_at, rows[_i].mote);
	ck_assert_int_eq(drive_told(d, VC, NOTICE_SIP_BOOKED), rows[_i].booked);
	ck_assert_int_eq(drive_told(d, KB, NOTICE_SIP_BOOKED), 0);
	ck_assert_int_eq(drive_told(d, VC, NOTICE_SIP_KALLELSE), rows[_i].kallelse);
	ck_assert_int_eq(drive_told(d, KB, NOTICE_SIP_KALLELSE), rows[_i].kallelse);
	ck_assert_int_eq(drive_told(d, KB, NOTICE_SIP_DUE), rows[_i].due);
	ck_assert_int_eq(region->booking_count, rows[_i].mote != NULL);
	drive_free(d);
}
END_TEST

/* D6a: the date moves past the meeting; auto moves it and says so once, propose holds it and asks
 * for a new time. */
START_TEST(moved)
{
	struct drive *d = ready(SIP_AUTO);

	drive(d, fact_ny_beraknad("2026-05-08T09:00:00+02:00", "2026-05-14T12:00:00+02:00"));
	ck_assert_at(d->state.mote.start_at, "2026-05-19T13:00:00+02:00");
	ck_assert_int_eq(drive_told(d, KB, NOTICE_SIP_REBOOKED), 1);
	ck_assert_int_eq(drive_told(d, KB, NOTICE_SIP_KALLELSE), 1);
	ck_assert_int_eq(drive_told(d, H, NOTICE_SIP_REBOOKED), 1);
	ck_assert_int_eq(region->booking_count, 1);
	ck_assert_int_eq(drive_task_count(d, TASK_KALLA_SIP, VC), 0);
	drive_free(d);
}
END_TEST

START_TEST(held_and_taken_up)
{
	struct drive *d = ready(SIP_PROPOSE);
	struct fact f = fact_kallelse("2026-05-07T10:00:00+02:00", VC, KALLELSE_SKICKA, ANNA);

	f.sip_kallelse.mote = d->state.mote;
	drive(d, f);
	drive_news(d);
	drive(d, fact_ny_beraknad("2026-05-07T11:00:00+02:00", "2026-05-14T12:00:00+02:00"));
	ck_assert_int_eq(drive_told(d, KB, NOTICE_SIP_ON_HOLD), 1);
	ck_assert_int_eq(drive_told(d, H, NOTICE_SIP_ON_HOLD), 1);
	ck_assert_int_eq(region->booking_count, 0);
	ck_assert_int_eq(drive_task(d, TASK_BOKA_OM_SIP, VC)->status, TASK_OPEN);
	drive(d, fact_ny_beraknad("2026-05-07T12:00:00+02:00", "2026-05-08T12:00:00+02:00"));
	ck_assert_int_eq(drive_told(d, KB, NOTICE_SIP_REBOOKED), 1);
	ck_assert_int_eq(drive_told(d, KB, NOTICE_SIP_KALLELSE), 1);
	ck_assert_int_eq(region->booking_count, 1);
	ck_assert_int_eq(drive_task(d, TASK_BOKA_OM_SIP, VC)->status, TASK_CANCELLED);
	drive_free(d);
}
END_TEST

/* D6a: a person moves the held meeting: both units hear of it once. */
START_TEST(rebooked_by_person)
{
	struct drive *d = ready(SIP_PROPOSE);
	struct fact f = fact_kallelse("2026-05-07T10:00:00+02:00", VC, KALLELSE_SKICKA, ANNA);

	f.sip_kallelse.mote = d->state.mote;
	drive(d, f);
	drive(d, fact_ny_beraknad("2026-05-07T11:00:00+02:00", "2026-05-14T12:00:00+02:00"));
	f = fact_kallelse("2026-05-07T13:00:00+02:00", VC, KALLELSE_OMBOKA, ANNA);
	f.sip_kallelse.mote = mote_at("2026-05-18T10:00:00+02:00");
	drive(d, f);
	ck_assert_int_eq(drive_told(d, KB, NOTICE_SIP_REBOOKED), 1);
	ck_assert_int_eq(drive_told(d, VC, NOTICE_SIP_REBOOKED), 0);
	ck_assert_at(region->bookings[0].start_at, "2026-05-18T10:00:00+02:00");
	ck_assert_int_eq(drive_task(d, TASK_BOKA_OM_SIP, VC)->status, TASK_DONE);
	ck_assert_int_eq(drive_task(d, TASK_KALLA_SIP, VC)->status, TASK_DONE);
	drive_free(d);
}
END_TEST

/* D6a: a time that a person chose is held, not moved, also when samordnad books. */
START_TEST(chosen_by_person)
{
	struct drive *d = ready(SIP_AUTO);
	struct fact f = fact_kallelse("2026-05-07T13:00:00+02:00", VC, KALLELSE_OMBOKA, ANNA);

	f.sip_kallelse.mote = mote_at("2026-05-13T10:00:00+02:00");
	drive(d, f);
	drive(d, fact_ny_beraknad("2026-05-07T14:00:00+02:00", "2026-05-14T12:00:00+02:00"));
	ck_assert_int_eq(d->state.bokning.status, BOKNING_VANTAR);
	ck_assert_int_eq(drive_task(d, TASK_BOKA_OM_SIP, VC)->status, TASK_OPEN);
	ck_assert_int_eq(drive_told(d, KB, NOTICE_SIP_ON_HOLD), 1);
	drive_free(d);
}
END_TEST

/* D6, D11: what the sender is told of the time and of whom it reached: each alone, and both. */
static const struct said_row {
	const char *rule;
	enum kallelse_atgard atgard;
	bool taken; /* she has another meeting then */
	bool other; /* a unit that takes no part is among kallade */
	enum outcome outcome;
} said_rows[] = {
    {"nothing to say", KALLELSE_SKICKA, false, false, OUTCOME_APPLIED},
    {"D6 taken", KALLELSE_SKICKA, true, false, OUTCOME_TIDEN_UPPTAGEN},
    {"D11 no mottagare", KALLELSE_SKICKA, false, true, OUTCOME_KALLADE_EJ_MOTTAGARE},
    {"D6, D11 both", KALLELSE_SKICKA, true, true, OUTCOME_KALLADE_EJ_MOTTAGARE_UPPTAGEN},
    {"none to change", KALLELSE_OMBOKA, false, false, OUTCOME_SKICKAD_SOM_FORSTA},
    {"none to change, D6 taken", KALLELSE_OMBOKA, true, false, OUTCOME_TIDEN_UPPTAGEN},
    {"none to change, D11", KALLELSE_OMBOKA, false, true, OUTCOME_KALLADE_EJ_MOTTAGARE},
};

START_TEST(said_of_kallelse)
{
	const struct said_row *row = &said_rows[_i];
	struct drive *d = ready(SIP_MANUAL);
	struct fact f = fact_kallelse("2026-05-07T13:00:00+02:00", VC, row->atgard, ANNA);
	struct booking other = {
	    99, ANNA, 0, at("2026-05-13T10:30:00+02:00"), at("2026-05-13T11:30:00+02:00")};

	if (row->taken)
		region_book(region, &other);
	f.sip_kallelse.mote = mote_at("2026-05-13T10:00:00+02:00");
	if (row->other)
		f.sip_kallelse.kallade[f.sip_kallelse.kallade_count++] = PSYK;
	drive(d, f);
	ck_assert_msg(
	    outcome_of(&d->state, &d->given, region, SIP_KALLELSE, d->outcome) == row->outcome,
	    "%s", row->rule);
	drive_free(d);
}
END_TEST

/* D6a, B13: she is away then: the deputy takes it at the same time. */
START_TEST(another_takes_it)
{
	struct drive *d = ready(SIP_AUTO);

	test_absence_add(region, ANNA, "2026-05-11T00:00:00+02:00", "2026-05-18T00:00:00+02:00", 0);
	drive_at(d, "2026-05-08T09:00:00+02:00");
	ck_assert_at(d->state.mote.start_at, "2026-05-12T13:00:00+02:00");
	ck_assert_int_eq(d->state.bokning.staff, BO);
	ck_assert_int_eq(region->bookings[0].staff, BO);
	ck_assert_int_eq(drive_told(d, KB, NOTICE_SIP_REBOOKED), 1);
	drive_free(d);
}
END_TEST

/* D2, D6a: withdrawn, the kallelse and the meeting stand; D0 the other way, the meeting is off,
 * told once. */
START_TEST(withdrawn)
{
	struct drive *d = ready(SIP_AUTO);

	drive(d, fact_at(EJ_LANGRE_UTSKRIVNINGSKLAR, "2026-05-08T09:00:00+02:00"));
	ck_assert_int_eq(d->state.bokning.status, BOKNING_BOKAD);
	ck_assert_int_eq(drive_told(d, KB, NOTICE_SIP_CANCELLED), 0);
	drive(d, fact_sip_behov("2026-05-08T10:00:00+02:00", KB, SIP_BEHOVS_EJ));
	ck_assert_int_eq(region->booking_count, 0);
	ck_assert_int_eq(drive_told(d, KB, NOTICE_SIP_CANCELLED), 1);
	ck_assert_int_eq(drive_told(d, VC, NOTICE_SIP_CANCELLED), 1);
	ck_assert_int_eq(drive_told(d, H, NOTICE_SIP_CANCELLED), 1);
	ck_assert_int_eq(drive_told(d, KB, NOTICE_SIP_KALLELSE), 1);
	ck_assert_int_eq(drive_task(d, TASK_KVITTERA_KALLELSE, KB)->status, TASK_CANCELLED);
	drive_free(d);
}
END_TEST

/* D6: a proposed time that passes without a kallelse gives way to another. */
START_TEST(proposal_passes)
{
	struct drive *d = ready(SIP_PROPOSE);

	drive_until(d, "2026-05-12T13:00:00+02:00");
	ck_assert_at(d->state.mote.start_at, "2026-05-19T13:00:00+02:00");
	ck_assert_int_eq(drive_told(d, VC, NOTICE_SIP_REBOOKED), 1);
	drive_free(d);
}
END_TEST

/* D1a, G6: nothing is summoned by itself. */
START_TEST(not_by_itself)
{
	static const struct {
		enum samtycke_status samtycke;
		enum skydd skydd;
		bool booked;
	} rows[] = {
	    {SAMTYCKE_OKANT, SKYDD_NEJ, false},
	    {SAMTYCKE_KAN_EJ, SKYDD_NEJ, false},
	    {SAMTYCKE_KRAVS_EJ, SKYDD_NEJ, true},
	    {SAMTYCKE_LAMNAT, SKYDD_SEKRETESSMARKERING, false},
	};
	struct drive *d = drive_new(region, 1);
	struct fact f = monday();

	test_policy_add(region, POLICY_FVK_MODE, 0, FVK_MANUAL);
	test_policy_add(region, POLICY_SIP_MODE, 0, SIP_AUTO);
	f.inskrivningsmeddelande.samtycke[SAMTYCKE_SIP] = rows[_i].samtycke;
	f.inskrivningsmeddelande.skydd = rows[_i].skydd;
	drive(d, f);
	drive(d, fact_fvk("2026-05-04T10:00:00+02:00", FVK_UTSE, VC, ANNA));
	drive(d, fact_utskrivningsklar("2026-05-07T09:00:00+02:00"));
	ck_assert_int_eq(d->state.kallelse.nr, 0);
	ck_assert_int_eq(d->state.bokning.status == BOKNING_BOKAD, rows[_i].booked);
	drive_assert_task(d, TASK_KALLA_SIP, VC, TASK_OPEN, "2026-05-11T00:00:00+02:00");
	drive_free(d);
}
END_TEST

/* C1a: who may not know that the patient is ready is not summoned by samordnad. */
START_TEST(withheld_is_not_summoned)
{
	test_policy_add(region, POLICY_FVK_MODE, 0, FVK_AUTO);
	test_policy_add(region, POLICY_SIP_MODE, 0, SIP_AUTO);
	struct drive *d = drive_new(region, 1);
	struct fact f = fact_inskrivningsmeddelande(
	    "2026-05-04T09:00:00+02:00", "2026-05-04T02:00:00+02:00", "2026-05-06T12:00:00+02:00");

	f.inskrivningsmeddelande.mottagare[f.inskrivningsmeddelande.mottagare_count++].unit = KH;
	drive(d, f);
	f = fact_utskrivningsklar("2026-05-05T09:00:00+02:00");
	f.utskrivningsklar.undanhallen[f.utskrivningsklar.undanhallen_count++] = KB;
	drive(d, f);
	ck_assert_int_eq(drive_told(d, KH, NOTICE_SIP_KALLELSE), 1);
	ck_assert_int_eq(drive_told(d, KB, NOTICE_SIP_KALLELSE), 0);
	drive_free(d);
}
END_TEST

/* G5: how compulsory care stands is none of the four statutory fields. */
START_TEST(vardform_without_samtycke)
{
	struct drive *d = drive_new(region, 1);
	struct fact f = fact_inskrivningsmeddelande(
	    "2026-05-04T09:00:00+02:00", "2026-05-04T02:00:00+02:00", "2026-05-08T12:00:00+02:00");

	f.inskrivningsmeddelande.samtycke[SAMTYCKE_INFORMATIONSDELNING] =
	    _i == 0 ? SAMTYCKE_NEKAT : SAMTYCKE_LAMNAT;
	drive(d, f);
	drive_news(d);
	f = fact_of(VARDFORM_ANDRAD, H, "2026-05-05T09:00:00+02:00");
	f.vardform_andrad.oppen_tvangsvard = TVANGSVARD_OPT;
	f.vardform_andrad.from_at = f.sent_at;
	drive(d, f);
	const char *news = drive_news(d);
	ck_assert_ptr_nonnull(strstr(news, "KB episode.vardform"));
	ck_assert_int_eq(strstr(news, "OPT") != NULL, _i != 0);
	drive_free(d);
}
END_TEST

/* A9-A11: a unit that was named by kommun and slag, and left by a word about it, is not found anew.
 */
START_TEST(left_for_good)
{
	struct drive *d = drive_new(region, 1);
	struct fact f = fact_inskrivningsmeddelande(
	    "2026-05-04T09:00:00+02:00", "2026-05-04T02:00:00+02:00", "2026-05-08T12:00:00+02:00");
	struct fact_inskrivningsmeddelande *m = &f.inskrivningsmeddelande;

	m->mottagare[1] = (struct mottagare){.kommun = TEST_KOMMUN, .slag = SOCIALTJANST};
	m->mottagare_count = 2;
	m->behov = 1 << BEHOV_SOCIALTJANST;
	drive(d, f);
	ck_assert(episode_participant_of(&d->state, KB)->active);
	drive(d, fact_of(EJ_BERORD, KB, "2026-05-04T10:00:00+02:00"));
	ck_assert(!episode_participant_of(&d->state, KB)->active);
	ck_assert_uint_eq(mottagare_missing(&d->state, region), 0);
	drive_free(d);
}
END_TEST

/* B13: who is away for long is replaced by another, also one who would be back, and ranked first,
 * at discharge. */
START_TEST(replaced_by_another)
{
	test_policy_add(region, POLICY_FVK_MODE, 0, FVK_AUTO);
	test_staff(region, ANNA)->ersattare = 0;
	test_staff(region, BO)->load = 5;
	struct drive *d = drive_new(region, 1);

	drive(d, fact_inskrivningsmeddelande("2026-05-04T09:00:00+02:00",
		     "2026-05-04T02:00:00+02:00", "2026-08-20T12:00:00+02:00"));
	ck_assert_int_eq(episode_fvk(&d->state, VC)->staff, ANNA);
	for (int i = 0; i <= _i; i++)
		test_absence_add(region, i == 0 ? ANNA : BO, "2026-05-05T00:00:00+02:00",
		    "2026-08-01T00:00:00+02:00", 0);
	drive_at(d, "2026-05-06T09:00:00+02:00");
	ck_assert_int_eq(episode_fvk(&d->state, VC)->staff, _i == 0 ? BO : DOKTOR);
	drive_free(d);
}
END_TEST

/* The head of domain.md §3: each decision stores the policy rows that it used; a default has none.
 */
START_TEST(cites_its_policies)
{
	test_policy_add(region, POLICY_FVK_MODE, 0, FVK_AUTO);
	test_policy_add(region, POLICY_SIP_MODE, 0, SIP_AUTO);
	int32_t fvk_mode = 0, sip_mode = 0;
	region_policy(region, POLICY_FVK_MODE, VC, at("2026-05-04T09:00:00+02:00"), &fvk_mode);
	region_policy(region, POLICY_SIP_MODE, VC, at("2026-05-04T09:00:00+02:00"), &sip_mode);
	struct drive *d = drive_new(region, 1);
	int seen[MESSAGE_TYPE_COUNT] = {0};

	drive(d, fact_inskrivningsmeddelande("2026-05-04T09:00:00+02:00",
		     "2026-05-04T02:00:00+02:00", "2026-05-06T12:00:00+02:00"));
	drive(d, fact_utskrivningsklar("2026-05-05T09:00:00+02:00"));
	for (int i = 0; i < d->history_count; i++) {
		const struct fact *f = &d->history[i].fact;
		if (f->source != 0)
			continue;
		seen[f->type]++;
		ck_assert_int_eq(f->policy_count, 1);
		ck_assert_int_eq(f->policies[0], f->type == FAST_VARDKONTAKT ? fvk_mode : sip_mode);
	}
	ck_assert_int_ne(fvk_mode, sip_mode);
	ck_assert(seen[FAST_VARDKONTAKT] > 0 && seen[SIP_BOKNING] > 0 && seen[SIP_KALLELSE] > 0);
	drive_free(d);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("decide");
	TCase *tc = tcase_create("decide");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_loop_test(tc, found, 0, ROWS(mottagare_rows));
	tcase_add_test(tc, mottagare_version);
	tcase_add_loop_test(tc, named, 0, ROWS(fvk_rows));
	tcase_add_test(tc, fallen_back);
	tcase_add_test(tc, proposal_stands);
	tcase_add_test(tc, ended);
	tcase_add_test(tc, ends_by_itself);
	tcase_add_loop_test(tc, modes, 0, 3);
	tcase_add_test(tc, moved);
	tcase_add_test(tc, held_and_taken_up);
	tcase_add_test(tc, rebooked_by_person);
	tcase_add_test(tc, chosen_by_person);
	tcase_add_loop_test(tc, said_of_kallelse, 0, ROWS(said_rows));
	tcase_add_test(tc, another_takes_it);
	tcase_add_test(tc, withdrawn);
	tcase_add_test(tc, proposal_passes);
	tcase_add_loop_test(tc, not_by_itself, 0, 4);
	tcase_add_test(tc, left_for_good);
	tcase_add_test(tc, withheld_is_not_summoned);
	tcase_add_loop_test(tc, vardform_without_samtycke, 0, 2);
	tcase_add_loop_test(tc, replaced_by_another, 0, 2);
	tcase_add_test(tc, cites_its_policies);
	suite_add_tcase(s, tc);
	SRunner *sr = srunner_create(s);
	srunner_run_all(sr, CK_NORMAL);
	int failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed != 0;
}
