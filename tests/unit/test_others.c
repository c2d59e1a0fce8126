/* What is said in one of a patient's stays and tells on the others (G1, G2): the two are driven
 * side by side, as the door looks at the one when something was said in the other. */
#include "rules_driver.h"

#define MAY(day, clock) "2026-05-" day "T" clock ":00+02:00"

static struct region *region;
static struct drive *before, *after;

static void
setup(void)
{
	region = test_region();
	test_policy_add(region, POLICY_FVK_MODE, 0, FVK_AUTO);
	test_policy_add(region, POLICY_SIP_MODE, 0, SIP_AUTO);
	before = drive_new(region, 1);
	after = drive_new(region, 2);
}

static void
teardown(void)
{
	drive_free(after);
	drive_free(before);
	test_region_free(region);
}

/* In on 1 May, ready on the 4th: a meeting is summoned to on the 12th. */
static void
begin(void)
{
	drive(before, fact_inskrivningsmeddelande(
			  MAY("01", "09:00"), MAY("01", "02:00"), MAY("06", "12:00")));
	drive(before, fact_utskrivningsklar(MAY("04", "09:00")));
	ck_assert_at(before->state.mote.start_at, MAY("12", "13:00"));
}

static void
home(const char *at, const char *sent_at)
{
	drive(before, fact_utskrivning(sent_at, at));
}

static int32_t
readmitted(void)
{
	drive_follows(after, before);
	return drive(after, fact_inskrivningsmeddelande(
				MAY("08", "09:00"), MAY("08", "02:10"), MAY("14", "12:00")));
}

/* The door looks at the one: something was said in the other. */
static void
look(struct drive *d, const char *at)
{
	drive_at(d, at);
}

static void
annul(struct drive *d, const char *at, int32_t nr)
{
	char id[16];

	snprintf(id, sizeof id, "m%d", nr);
	drive(d, fact_makulering(at, H, id));
}

/* G2: the readmission was none. The meeting that it had taken over is the stay's before again, and
 * who was told of it there is told so. */
START_TEST(readmission_annulled)
{
	begin();
	home(MAY("06", "14:00"), MAY("06", "14:00"));
	int32_t nr = readmitted();
	ck_assert_int_eq(before->state.bokning.status, BOKNING_NONE);
	drive_news(before);
	annul(after, MAY("08", "10:00"), nr);
	look(before, MAY("08", "10:00"));
	ck_assert_int_eq(before->state.bokning.overlamnad_nr, 0);
	ck_assert_int_eq(before->state.bokning.status, BOKNING_BOKAD);
	ck_assert_at(before->state.mote.start_at, MAY("12", "13:00"));
	ck_assert_int_eq(before->given.booking.episode, before->id);
	ck_assert_int_eq(region->booking_count, 1);
	ck_assert_int_eq(drive_told(before, KB, NOTICE_SIP_KALLELSE), 2);
	ck_assert_int_eq(after->state.tidigare.nr, 0);
	/* Sent again, it takes the meeting over again. */
	drive(after, fact_inskrivningsmeddelande(
			 MAY("08", "11:00"), MAY("08", "02:10"), MAY("14", "12:00")));
	ck_assert_int_ne(after->state.tidigare.nr, 0);
	ck_assert_int_eq(after->state.bokning.status, BOKNING_VANTAR);
	ck_assert_int_eq(before->state.bokning.status, BOKNING_NONE);
	ck_assert_int_ne(before->state.bokning.overlamnad_nr, 0);
}
END_TEST

/* … another's time by now: the meeting stands, and its time has one owner. */
START_TEST(readmission_annulled_time_taken)
{
	begin();
	home(MAY("06", "14:00"), MAY("06", "14:00"));
	int32_t nr = readmitted();
	struct booking other = {99, before->state.bokning.staff, before->state.bokning.slot,
	    at(MAY("12", "13:00")), at(MAY("12", "14:00"))};
	region_book(region, &other);
	annul(after, MAY("08", "10:00"), nr);
	look(before, MAY("08", "10:00"));
	ck_assert_at(before->state.mote.start_at, MAY("12", "13:00"));
	ck_assert_int_eq(before->given.booking.staff, 0);
	ck_assert_int_eq(region->booking_count, 1);
}
END_TEST

/* G2: the discharge is told after the patient is in again. */
START_TEST(discharge_told_late)
{
	begin();
	readmitted();
	ck_assert_int_eq(after->state.tidigare.nr, 0);
	drive_stay(before, after);
	home(MAY("06", "14:00"), MAY("08", "12:00"));
	look(after, MAY("08", "12:00"));
	ck_assert_int_ne(after->state.tidigare.nr, 0);
	ck_assert_at(after->state.tidigare.utskriven_at, MAY("06", "14:00"));
	ck_assert_int_eq(after->state.bokning.status, BOKNING_VANTAR);
	ck_assert_int_eq(before->state.bokning.status, BOKNING_NONE);
}
END_TEST

/* G1: what else of the patient's had begun ends with it, each of its units is told, and a death
 * said in error is taken back there too. */
START_TEST(death_in_another)
{
	begin();
	home(MAY("06", "14:00"), MAY("06", "14:00"));
	drive_until(before, MAY("08", "09:00"));
	readmitted();
	drive_news(before);
	int32_t nr = drive(after, fact_at(AVLIDEN, MAY("08", "11:00")));
	look(before, MAY("08", "11:00"));
	ck_assert_int_eq(before->given.phase, PHASE_AVLIDEN);
	ck_assert_at(before->state.avliden.at, MAY("08", "11:00"));
	ck_assert_str_eq(
	    drive_news(before), "H episode.avliden\nVC episode.avliden\nKB episode.avliden\n");
	ck_assert(before->next_due == INSTANT_NEVER);
	look(after, MAY("08", "11:30")); /* nor is it said back */
	ck_assert_int_eq(after->state.avliden.nr, nr);
	annul(after, MAY("08", "12:00"), nr);
	look(before, MAY("08", "12:00"));
	ck_assert_int_eq(before->state.avliden.nr, 0);
	ck_assert_int_eq(before->given.phase, PHASE_UTSKRIVEN);
	ck_assert_int_eq(drive_told(before, VC, NOTICE_AVLIDEN_ATERKALLAD), 1);
	ck_assert_int_eq(drive_told(after, VC, NOTICE_AVLIDEN_ATERKALLAD), 1);
}
END_TEST

/* G1, B11: a message to a stay that is over brings nobody back to the dead. */
START_TEST(death_stands_for_what_is_over)
{
	drive(before, fact_inskrivningsmeddelande(
			  MAY("01", "09:00"), MAY("01", "02:00"), MAY("06", "12:00")));
	drive(before, fact_fvk(MAY("02", "09:00"), FVK_UTSE, VC, ANNA));
	home(MAY("06", "14:00"), MAY("06", "14:00"));
	drive_until(before, "2026-06-15T09:00:00+02:00");
	ck_assert_int_eq(before->given.phase, PHASE_AVSLUTAD);
	drive_follows(after, before);
	drive(after, fact_inskrivningsmeddelande("2026-06-15T09:00:00+02:00",
			 "2026-06-15T02:10:00+02:00", "2026-06-20T12:00:00+02:00"));
	drive_stay(before, after);
	drive(after, fact_at(AVLIDEN, "2026-06-15T11:00:00+02:00"));
	memcpy(before->kontakter, after->kontakter, sizeof before->kontakter);
	before->kontakter[0].to_at = at("2026-06-15T11:00:00+02:00");
	drive(before, fact_at(UTSKRIVNINGSINFORMATION, "2026-06-15T12:00:00+02:00"));
	ck_assert_at(before->kontakter[0].to_at, "2026-06-15T11:00:00+02:00");
}
END_TEST

/* G1: an admission after it: that death was another's, or its time is wrong. A person must look;
 * the patient is cared for meanwhile. */
START_TEST(admitted_after_death)
{
	begin();
	drive(before, fact_at(AVLIDEN, MAY("05", "11:00")));
	readmitted();
	ck_assert_int_eq(after->state.avliden.nr, 0);
	ck_assert_int_eq(after->given.phase, PHASE_INSKRIVEN);
}
END_TEST

/* Section 2: of a stay that is over nobody is told anything, unless its SIP is still followed up,
 * or its fast vårdkontakt is the patient's still. */
START_TEST(death_long_after)
{
	begin();
	home(MAY("06", "14:00"), MAY("06", "14:00"));
	if (_i == 1) {
		drive(before,
		    fact_sip(MAY("12", "15:00"), KB, SIP_GENOMFORD, "2026-09-01T09:00:00+02:00"));
	}
	if (_i != 2)
		drive(before, fact_fvk(MAY("13", "10:00"), FVK_AVSLUTA, VC,
				  episode_fvk(&before->state, VC)->staff));
	drive_until(before, "2026-08-01T09:00:00+02:00");
	drive_follows(after, before);
	drive(after, fact_inskrivningsmeddelande("2026-08-01T09:00:00+02:00",
			 "2026-08-01T02:10:00+02:00", "2026-08-14T12:00:00+02:00"));
	drive_stay(before, after);
	drive(after, fact_at(AVLIDEN, "2026-08-02T11:00:00+02:00"));
	drive_news(before);
	look(before, "2026-08-02T11:00:00+02:00");
	ck_assert_int_eq(before->state.avliden.nr != 0, _i != 0);
	ck_assert_int_eq(drive_news(before)[0] != '\0', _i != 0);
	const struct given_task *t = drive_task(before, TASK_FOLJ_UPP_SIP, KB);
	ck_assert(_i == 1 ? t->status == TASK_CANCELLED : t == NULL);
}
END_TEST

/* G4: the number that the stay names is found to be another patient's, and then not to be; all are
 * told. Of a stay that names nobody yet, and where nobody knows, nothing is said. */
START_TEST(number_of_another)
{
	drive(before, fact_inskrivningsmeddelande(
			  MAY("01", "09:00"), MAY("01", "02:00"), MAY("06", "12:00")));
	before->named = _i == 0 ? TEST_PATIENT + 1 : 0;
	look(before, MAY("02", "10:00"));
	ck_assert_int_eq(before->state.patient, _i == 0 ? TEST_PATIENT + 1 : TEST_PATIENT);
	ck_assert_int_eq(drive_told(before, VC, NOTICE_PATIENT_UPPDATERAD), _i == 0);
	before->named = TEST_PATIENT;
	look(before, MAY("02", "11:00"));
	ck_assert_int_eq(before->state.patient, TEST_PATIENT);
	ck_assert_int_eq(drive_told(before, VC, NOTICE_PATIENT_UPPDATERAD), _i == 0 ? 2 : 0);
	after->named = TEST_PATIENT;
	look(after, MAY("02", "11:00"));
	ck_assert_int_eq(after->state.patient, 0);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("others");
	TCase *tc = tcase_create("others");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, readmission_annulled);
	tcase_add_test(tc, readmission_annulled_time_taken);
	tcase_add_test(tc, discharge_told_late);
	tcase_add_test(tc, death_in_another);
	tcase_add_test(tc, death_stands_for_what_is_over);
	tcase_add_test(tc, admitted_after_death);
	tcase_add_loop_test(tc, death_long_after, 0, 3);
	tcase_add_loop_test(tc, number_of_another, 0, 2);
	suite_add_tcase(s, tc);
	SRunner *sr = srunner_create(s);
	srunner_run_all(sr, CK_NORMAL);
	int failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed != 0;
}
