/* The stories of a stay as far as the rules tell them, driven as the door drives them
 * (rules_driver.h). */
#include "rules_driver.h"

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

static struct drive *
drive_modes(enum fvk_mode fvk, enum sip_mode sip)
{
	test_policy_add(region, POLICY_FVK_MODE, 0, fvk);
	test_policy_add(region, POLICY_SIP_MODE, 0, sip);
	return drive_new(region, 1);
}

/* Anna was the patient's FVK at VC before. */
static void
anna_before(struct drive *d)
{
	const struct kontakt k = {
	    TEST_PATIENT, 1, VC, ANNA, at("2025-03-01T08:00:00+01:00"), INSTANT_NONE, 99, 1};

	d->now = k.from_at;
	drive_write_kontakt(d, &k);
}

static struct fact
kallelse(const char *sent_at, staff_id by, staff_id for_staff, const char *mote)
{
	struct fact f = fact_kallelse(sent_at, VC, KALLELSE_SKICKA, by);

	f.sip_kallelse.for_staff = for_staff;
	f.sip_kallelse.mote = mote_at(mote);
	return f;
}

/* 1. Readmitted while waiting for the SIP: what of it lies within each stay. */
START_TEST(story_1)
{
	struct drive *d = drive_modes(FVK_AUTO, SIP_MANUAL);

	drive(d, fact_inskrivningsmeddelande("2026-05-01T09:00:00+02:00",
		     "2026-05-01T02:00:00+02:00", "2026-05-06T12:00:00+02:00"));
	int32_t klar = drive(d, fact_utskrivningsklar("2026-05-04T09:00:00+02:00"));
	drive_assert_task(d, TASK_KALLA_SIP, VC, TASK_OPEN, "2026-05-08T00:00:00+02:00");
	ck_assert_int_eq(drive_task(d, TASK_KALLA_SIP, VC)->ref, klar);
	drive(d, kallelse("2026-05-05T10:00:00+02:00", ANNA, 0, "2026-05-12T13:00:00+02:00"));
	drive_assert_task(d, TASK_KALLA_SIP, VC, TASK_DONE, "2026-05-08T00:00:00+02:00");
	drive(d, fact_utskrivning("2026-05-06T14:00:00+02:00", "2026-05-06T14:00:00+02:00"));
	drive_assert_task(
	    d, TASK_UTSKRIVNINGSINFORMATION, H, TASK_OPEN, "2026-05-07T00:00:00+02:00");
	drive(d, fact_at(UTSKRIVNINGSINFORMATION, "2026-05-06T15:00:00+02:00"));
	ck_assert_ptr_null(drive_breach(d, BREACH_E1, H));
	ck_assert_ptr_null(drive_breach(d, BREACH_D1, VC));
	ck_assert_ptr_null(drive_breach(d, BREACH_B1, VC));
	ck_assert_int_eq(test_staff(region, ANNA)->load, 1);

	struct drive *again = drive_new(region, 2);
	memcpy(again->kontakter, d->kontakter, sizeof again->kontakter);
	again->kontakt_count = d->kontakt_count;
	drive(again, fact_inskrivningsmeddelande("2026-05-08T09:00:00+02:00",
			 "2026-05-08T02:10:00+02:00", "2026-05-14T12:00:00+02:00"));
	ck_assert_int_eq(episode_fvk(&again->state, VC)->staff, ANNA);
	ck_assert_int_eq(test_staff(region, ANNA)->load, 1);
	ck_assert_int_eq(again->given.breach_count, 0);
	drive_until(d, "2026-07-01T00:00:00+02:00");
	ck_assert_int_eq(d->given.phase, PHASE_AVSLUTAD);
	drive_free(d);
	drive_free(again);
}
END_TEST

/* 1, G2. Readmitted: the new stay goes on with Anna and with the meeting, which is held. */
START_TEST(story_1_readmitted)
{
	struct drive *d = drive_modes(FVK_AUTO, SIP_AUTO);

	drive(d, fact_inskrivningsmeddelande("2026-05-01T09:00:00+02:00",
		     "2026-05-01T02:00:00+02:00", "2026-05-06T12:00:00+02:00"));
	drive(d, fact_utskrivningsklar("2026-05-04T09:00:00+02:00"));
	drive(d, fact_utskrivning("2026-05-06T14:00:00+02:00", "2026-05-06T14:00:00+02:00"));
	ck_assert_at(d->state.mote.start_at, "2026-05-12T13:00:00+02:00");
	staff_id fvk = episode_fvk(&d->state, VC)->staff;
	int32_t load = test_staff(region, fvk)->load;
	drive(d, fact_kvittens("2026-05-06T15:00:00+02:00", KB,
		     episode_participant_of(&d->state, KB)->kallad_nr));
	drive_until(d, "2026-05-08T09:00:00+02:00");
	drive_news(d);

	struct drive *e = drive_new(region, 2);
	drive_follows(e, d);
	drive(e, fact_inskrivningsmeddelande("2026-05-08T09:00:00+02:00",
		     "2026-05-08T02:10:00+02:00", "2026-05-14T12:00:00+02:00"));
	ck_assert_int_ne(e->state.tidigare.nr, 0);
	ck_assert_int_eq(episode_fvk(&e->state, VC)->staff, fvk);
	ck_assert_int_eq(test_staff(region, fvk)->load, load);
	ck_assert_int_eq(e->state.bokning.status, BOKNING_VANTAR);
	ck_assert_int_eq(drive_told(e, KB, NOTICE_SIP_ON_HOLD), 1);
	ck_assert_int_eq(drive_task_count(e, TASK_BOKA_OM_SIP, VC), 1);
	ck_assert_str_eq(drive_news(d), ""); /* the stay before tells of nothing */
	ck_assert_int_eq(d->state.bokning.status, BOKNING_NONE);
	ck_assert_int_eq(drive_told(d, 0, NOTICE_SIP_CANCELLED), 0);

	struct fact f = fact_kallelse("2026-05-08T11:00:00+02:00", VC, KALLELSE_OMBOKA, fvk);
	f.sip_kallelse.mote = mote_at("2026-05-18T13:00:00+02:00");
	drive(e, f);
	ck_assert_int_eq(e->state.bokning.status, BOKNING_BOKAD);
	drive(e, fact_utskrivningsklar("2026-05-13T10:00:00+02:00"));
	struct surroundings s = drive_surroundings(e);
	ck_assert(sip_clock(&e->state, &s, e->now).fulfilled);
	ck_assert_ptr_null(drive_task(e, TASK_KALLA_SIP, VC));
	drive_free(e);
	drive_free(d);
}
END_TEST

/* 1, G2. One of them was not summoned before: the stay before books no other time for it. */
START_TEST(story_1_not_all_summoned)
{
	struct drive *d = drive_modes(FVK_AUTO, SIP_PROPOSE);

	drive(d, fact_inskrivningsmeddelande("2026-05-01T09:00:00+02:00",
		     "2026-05-01T02:00:00+02:00", "2026-05-06T12:00:00+02:00"));
	drive(d, fact_utskrivningsklar("2026-05-04T09:00:00+02:00"));
	struct fact f = fact_kallelse(
	    "2026-05-05T10:00:00+02:00", VC, KALLELSE_SKICKA, episode_fvk(&d->state, VC)->staff);
	f.sip_kallelse.mote = d->state.mote;
	f.sip_kallelse.kallade_count = 1;
	f.sip_kallelse.kallade[0] = VC;
	drive(d, f);
	drive(d, fact_utskrivning("2026-05-06T14:00:00+02:00", "2026-05-06T14:00:00+02:00"));
	drive_until(d, "2026-05-08T09:00:00+02:00");

	struct drive *e = drive_new(region, 2);
	drive_follows(e, d);
	drive(e, fact_inskrivningsmeddelande("2026-05-08T09:00:00+02:00",
		     "2026-05-08T02:10:00+02:00", "2026-05-14T12:00:00+02:00"));
	ck_assert_int_eq(e->state.bokning.status, BOKNING_VANTAR);
	ck_assert_int_eq(d->state.bokning.status, BOKNING_NONE);
	drive_free(e);
	drive_free(d);
}
END_TEST

/* 1, D1, D2. Only the unit that summons is concerned: what it has done stays done when the meeting
 * goes over to the stay that follows. */
START_TEST(story_1_alone)
{
	struct drive *d = drive_modes(FVK_AUTO, SIP_PROPOSE);
	struct fact in = fact_inskrivningsmeddelande(
	    "2026-05-01T09:00:00+02:00", "2026-05-01T02:00:00+02:00", "2026-05-06T12:00:00+02:00");

	in.inskrivningsmeddelande.mottagare_count = 1;
	drive(d, in);
	drive(d, fact_utskrivningsklar("2026-05-04T09:00:00+02:00"));
	drive(d, kallelse("2026-05-05T10:00:00+02:00", episode_fvk(&d->state, VC)->staff, 0,
		     "2026-05-19T13:00:00+02:00"));
	drive(d, fact_utskrivning("2026-05-06T14:00:00+02:00", "2026-05-06T14:00:00+02:00"));
	drive_until(d, "2026-05-12T09:00:00+02:00");

	struct drive *e = drive_new(region, 2);
	drive_follows(e, d);
	in = fact_inskrivningsmeddelande(
	    "2026-05-12T09:00:00+02:00", "2026-05-12T02:10:00+02:00", "2026-05-16T12:00:00+02:00");
	in.inskrivningsmeddelande.mottagare_count = 1;
	drive(e, in);
	ck_assert_int_ne(e->state.kallelse.nr, 0);
	drive_assert_task(d, TASK_KALLA_SIP, VC, TASK_DONE, "2026-05-08T00:00:00+02:00");
	ck_assert_ptr_null(drive_breach(d, BREACH_D1, VC));
	drive_free(e);
	drive_free(d);
}
END_TEST

/* 2. FVK away, deputy sends. */
START_TEST(story_2)
{
	test_absence_add(region, ANNA, "2026-06-22T00:00:00+02:00", "2026-07-20T00:00:00+02:00", 0);
	struct drive *d = drive_modes(FVK_AUTO, SIP_MANUAL);

	anna_before(d);
	drive(d, fact_inskrivningsmeddelande("2026-06-25T08:00:00+02:00",
		     "2026-06-25T01:00:00+02:00", "2026-06-30T12:00:00+02:00"));
	ck_assert_int_eq(episode_fvk(&d->state, VC)->staff, ANNA);
	ck_assert_ptr_null(drive_task(d, TASK_UTSE_FVK, VC));
	ck_assert_ptr_null(drive_task(d, TASK_ERSATT_FVK, VC));
	ck_assert_int_eq(drive_task(d, TASK_KVITTERA_INSKRIVNING, VC)->staff, BO);
	drive(d, fact_utskrivningsklar("2026-06-29T13:30:00+02:00"));
	drive_assert_task(d, TASK_KALLA_SIP, VC, TASK_OPEN, "2026-07-03T00:00:00+02:00");
	ck_assert_int_eq(drive_task(d, TASK_KALLA_SIP, VC)->staff, BO);
	drive(d, kallelse("2026-07-01T10:00:00+02:00", BO, ANNA, "2026-07-28T13:00:00+02:00"));
	ck_assert_int_eq(d->outcome, OUTCOME_APPLIED);
	drive_assert_task(d, TASK_KALLA_SIP, VC, TASK_DONE, "2026-07-03T00:00:00+02:00");
	drive_until(d, "2026-07-19T23:59:59+02:00");
	ck_assert_int_eq(drive_task(d, TASK_KVITTERA_INSKRIVNING, VC)->staff, BO);
	drive_news(d);
	drive_until(d, "2026-07-20T00:00:00+02:00");
	ck_assert_int_eq(drive_task(d, TASK_KVITTERA_INSKRIVNING, VC)->staff, ANNA);
	ck_assert_str_eq(drive_news(d), "H fast_vardkontakt.changed\n"
					"VC fast_vardkontakt.changed\n"
					"KB fast_vardkontakt.changed\n");
	ck_assert_ptr_null(drive_breach(d, BREACH_D1, VC));
	drive_free(d);
}
END_TEST

START_TEST(story_2_no_deputy)
{
	test_staff(region, ANNA)->ersattare = 0;
	test_absence_add(region, ANNA, "2026-06-22T00:00:00+02:00", "2026-07-20T00:00:00+02:00", 0);
	struct drive *d = drive_modes(FVK_AUTO, SIP_MANUAL);

	anna_before(d);
	drive(d, fact_inskrivningsmeddelande("2026-06-25T08:00:00+02:00",
		     "2026-06-25T01:00:00+02:00", "2026-06-30T12:00:00+02:00"));
	ck_assert_int_eq(episode_fvk(&d->state, VC)->staff, ANNA);
	drive_assert_task(d, TASK_ERSATT_FVK, VC, TASK_OPEN, "2026-06-26T10:00:00+02:00");
	ck_assert_int_eq(drive_task(d, TASK_ERSATT_FVK, VC)->staff, DOKTOR);
	ck_assert_at(drive_task(d, TASK_ERSATT_FVK, VC)->created_at, "2026-06-25T08:00:00+02:00");
	ck_assert_ptr_nonnull(
	    strstr(drive_news(d), "VC task.created ersatt_fast_vardkontakt urgent"));
	drive_until(d, "2026-07-20T00:00:00+02:00");
	ck_assert_int_eq(drive_task(d, TASK_ERSATT_FVK, VC)->status, TASK_CANCELLED);
	drive_free(d);
}
END_TEST

/* 3. Late notice, after the ready notice. */
START_TEST(story_3)
{
	struct drive *d = drive_modes(FVK_MANUAL, SIP_MANUAL);

	drive(d, fact_utskrivningsklar("2026-02-04T10:00:00+01:00"));
	ck_assert_int_eq(d->outcome, OUTCOME_PARKED);
	ck_assert_str_eq(drive_news(d), "");
	drive(d, fact_inskrivningsmeddelande("2026-02-04T15:40:00+01:00",
		     "2026-02-02T06:00:00+01:00", "2026-02-04T17:00:00+01:00"));
	ck_assert_ptr_nonnull(strstr(drive_news(d),
	    "VC episode.inskrivningsmeddelande kvittera_inskrivningsmeddelande\n"
	    "VC episode.utskrivningsklar kvittera_utskrivningsklar\n"));
	drive_assert_breach(d, BREACH_A5, KB, CAUSE_HOSPITAL_LATE, "2026-02-03T06:00:00+01:00",
	    "2026-02-04T15:40:00+01:00");
	drive_assert_breach(d, BREACH_A5, VC, CAUSE_HOSPITAL_LATE, "2026-02-03T06:00:00+01:00",
	    "2026-02-04T15:40:00+01:00");
	drive_assert_task(d, TASK_KALLA_SIP, VC, TASK_OPEN, "2026-02-08T00:00:00+01:00");
	drive(d, fact_utskrivning("2026-02-04T17:00:00+01:00", "2026-02-04T17:00:00+01:00"));
	drive_assert_breach(
	    d, BREACH_B1, VC, CAUSE_HOSPITAL_LATE, "2026-02-04T17:00:00+01:00", NULL);
	ck_assert_int_eq(drive_told(d, VC, NOTICE_FVK_MISSING), 1);
	ck_assert_int_eq(drive_told(d, KB, NOTICE_FVK_MISSING), 1);
	ck_assert_int_eq(drive_told(d, H, NOTICE_FVK_MISSING), 1);
	drive_until(d, "2026-02-09T23:59:59+01:00");
	ck_assert_ptr_null(drive_breach(d, BREACH_D1, VC));
	ck_assert_at(drive_told_at(d, VC, NOTICE_TASK_ESCALATED, TASK_KALLA_SIP),
	    "2026-02-07T00:00:00+01:00");
	ck_assert_at(drive_told_at(d, VC, NOTICE_TASK_DUE_SOON, TASK_KALLA_SIP),
	    "2026-02-07T20:00:00+01:00");
	ck_assert_at(
	    drive_told_at(d, VC, NOTICE_TASK_OVERDUE, TASK_KALLA_SIP), "2026-02-08T00:00:00+01:00");
	drive_until(d, "2026-02-10T00:00:00+01:00");
	drive_assert_breach(d, BREACH_D1, VC, CAUSE_UNIT_LATE, "2026-02-08T00:00:00+01:00", NULL);
	ck_assert_at(drive_breach(d, BREACH_D1, VC)->stamped_at, "2026-02-10T00:00:00+01:00");
	drive_free(d);
}
END_TEST

/* 7. 00:10 on a day of 23 hours, and on one of 25. An FVK named at the same instant is not before
 * it (B1). */
static const struct story_7 {
	const char *home, *fvk, *due;
	bool breach;
} story_7_rows[] = {
    {"2026-03-29T00:10:00+01:00", "2026-03-28T23:10:00Z", "2026-03-30T00:00:00+02:00", true},
    {"2026-03-29T00:10:00+01:00", "2026-03-28T23:09:59.999999Z", "2026-03-30T00:00:00+02:00",
	false},
    {"2026-10-25T00:10:00+02:00", "2026-10-24T22:10:00Z", "2026-10-26T00:00:00+01:00", true},
};

START_TEST(story_7)
{
	const struct story_7 *row = &story_7_rows[_i];
	struct drive *d = drive_modes(FVK_MANUAL, SIP_MANUAL);
	bool spring = _i < 2;

	drive(
	    d, fact_inskrivningsmeddelande(
		   spring ? "2026-03-26T09:00:00+01:00" : "2026-10-22T09:00:00+02:00",
		   spring ? "2026-03-26T02:00:00+01:00" : "2026-10-22T02:00:00+02:00", row->home));
	drive(d, fact_utskrivningsklar(
		     spring ? "2026-03-27T12:00:01+01:00" : "2026-10-23T12:00:01+02:00"));
	if (spring)
		drive_assert_task(d, TASK_KALLA_SIP, VC, TASK_OPEN, "2026-03-31T00:00:00+02:00");
	drive(d, fact_fvk(row->fvk, FVK_UTSE, VC, ANNA));
	drive(d, fact_utskrivning(row->home, row->home));
	drive_assert_task(d, TASK_UTSKRIVNINGSINFORMATION, H, TASK_OPEN, row->due);
	ck_assert_int_eq(drive_breach(d, BREACH_B1, VC) != NULL, row->breach);
	drive_until_instant(d, at(row->due) - 1);
	ck_assert_ptr_null(drive_breach(d, BREACH_E1, H));
	drive_until(d, row->due);
	drive_assert_breach(d, BREACH_E1, H, CAUSE_HOSPITAL_LATE, row->due, NULL);
	ck_assert_int_eq(drive_told(d, KB, NOTICE_INFORMATION_FORSENAD), 1);
	ck_assert_int_eq(drive_told(d, H, NOTICE_INFORMATION_FORSENAD), 0);
	drive_free(d);
}
END_TEST

/* 9. Samtycke okänt, given, withdrawn, given. */
START_TEST(story_9)
{
	struct drive *d = drive_modes(FVK_AUTO, SIP_AUTO);
	struct fact f = fact_inskrivningsmeddelande(
	    "2026-09-21T09:00:00+02:00", "2026-09-21T02:00:00+02:00", "2026-09-24T12:00:00+02:00");

	f.inskrivningsmeddelande.samtycke[SAMTYCKE_SIP] = SAMTYCKE_OKANT;
	drive(d, f);
	drive(d, fact_utskrivningsklar("2026-09-23T09:30:00+02:00"));
	drive_assert_task(d, TASK_KALLA_SIP, VC, TASK_OPEN, "2026-09-27T00:00:00+02:00");
	drive_assert_task(d, TASK_FRAGA_SAMTYCKE, H, TASK_OPEN, "2026-09-27T00:00:00+02:00");
	drive_assert_task(d, TASK_FRAGA_SAMTYCKE, VC, TASK_OPEN, "2026-09-27T00:00:00+02:00");
	ck_assert_int_eq(drive_task(d, TASK_FRAGA_SAMTYCKE, VC)->staff, ANNA);
	ck_assert_int_eq(d->state.kallelse.nr, 0);
	drive_news(d);
	drive(d, fact_samtycke("2026-09-24T15:00:00+02:00", SAMTYCKE_SIP, SAMTYCKE_LAMNAT));
	ck_assert_at(d->state.mote.start_at, "2026-09-29T13:00:00+02:00");
	ck_assert_int_eq(d->given.booking.staff, ANNA);
	drive_assert_task(d, TASK_KALLA_SIP, VC, TASK_DONE, "2026-09-27T00:00:00+02:00");
	ck_assert_int_eq(drive_task(d, TASK_FRAGA_SAMTYCKE, H)->status, TASK_DONE);
	ck_assert_int_eq(drive_task(d, TASK_FRAGA_SAMTYCKE, VC)->status, TASK_DONE);
	ck_assert_int_eq(drive_told(d, KB, NOTICE_SIP_KALLELSE), 1);
	ck_assert_int_eq(region->booking_count, 1);
	drive(d, fact_kvittens("2026-09-24T15:30:00+02:00", KB, d->state.kallelse.nr));
	ck_assert_int_eq(drive_task(d, TASK_KVITTERA_KALLELSE, KB)->status, TASK_DONE);
	drive_news(d);
	drive(d, fact_samtycke("2026-09-25T10:00:00+02:00", SAMTYCKE_SIP, SAMTYCKE_ATERKALLAT));
	ck_assert_int_eq(region->booking_count, 0);
	ck_assert_str_eq(drive_news(d), "H sip.cancelled\n"
					"VC episode.samtycke aterkallat\n"
					"VC sip.cancelled\n"
					"KB episode.samtycke aterkallat\n"
					"KB sip.cancelled\n");
	drive_until(d, "2026-09-28T08:00:00+02:00");
	drive(d, fact_samtycke("2026-09-28T09:00:00+02:00", SAMTYCKE_SIP, SAMTYCKE_LAMNAT));
	struct surroundings s = drive_surroundings(d);
	struct sip_clock clock = sip_clock(&d->state, &s, d->now);
	ck_assert_at(clock.due_before, "2026-10-02T00:00:00+02:00");
	ck_assert(clock.fulfilled);
	ck_assert_at(d->state.mote.start_at, "2026-10-06T13:00:00+02:00");
	drive_until(d, "2026-10-05T00:00:00+02:00");
	ck_assert_ptr_null(drive_breach(d, BREACH_D1, VC));
	drive_free(d);
}
END_TEST

/* 12. One slot, three patients in the same second: whoever their FVK is. */
START_TEST(story_12)
{
	struct drive *d[3] = {
	    drive_modes(FVK_AUTO, SIP_AUTO), drive_new(region, 2), drive_new(region, 3)};
	static const char *const times[3] = {
	    "2026-05-12T13:00:00+02:00", "2026-05-19T13:00:00+02:00", NULL};

	for (int i = 0; i < 3; i++) {
		struct fact f = fact_inskrivningsmeddelande("2026-05-01T09:00:00+02:00",
		    "2026-05-01T02:00:00+02:00", "2026-05-06T12:00:00+02:00");
		f.patient = TEST_PATIENT + i;
		drive(d[i], f);
	}
	for (int i = 0; i < 3; i++)
		drive(d[i], fact_utskrivningsklar("2026-05-04T09:00:00+02:00"));
	for (int i = 0; i < 3; i++) {
		ck_assert_at(d[i]->state.mote.start_at, times[i]);
		struct surroundings s = drive_surroundings(d[i]);
		ck_assert_at(
		    sip_clock(&d[i]->state, &s, d[i]->now).due_before, "2026-05-08T00:00:00+02:00");
		ck_assert_int_eq(drive_told(d[i], KB, NOTICE_SIP_KALLELSE), times[i] != NULL);
	}
	ck_assert_ptr_null(drive_task(d[1], TASK_NO_SLOT, VC));
	drive_assert_task(d[2], TASK_NO_SLOT, VC, TASK_OPEN, "2026-05-08T00:00:00+02:00");
	ck_assert_at(drive_task(d[2], TASK_NO_SLOT, VC)->created_at, "2026-05-04T09:00:00+02:00");
	ck_assert_ptr_nonnull(strstr(drive_news(d[2]), "VC task.created no_slot urgent"));
	drive_assert_task(d[2], TASK_KALLA_SIP, VC, TASK_OPEN, "2026-05-08T00:00:00+02:00");
	for (int i = 0; i < 3; i++)
		drive_free(d[i]);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("stories");
	TCase *tc = tcase_create("stories");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, story_1);
	tcase_add_test(tc, story_1_readmitted);
	tcase_add_test(tc, story_1_not_all_summoned);
	tcase_add_test(tc, story_1_alone);
	tcase_add_test(tc, story_2);
	tcase_add_test(tc, story_2_no_deputy);
	tcase_add_test(tc, story_3);
	tcase_add_loop_test(tc, story_7, 0, ROWS(story_7_rows));
	tcase_add_test(tc, story_9);
	tcase_add_test(tc, story_12);
	suite_add_tcase(s, tc);
	SRunner *sr = srunner_create(s);
	srunner_run_all(sr, CK_NORMAL);
	int failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed != 0;
}
