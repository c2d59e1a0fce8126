/*
 * What befalls the patient and the stay: death (G1, story 8), protected data (G6, story 4),
 * children (G9), a new ward (G2), permission, what is said of the patient anew (A3, G4), and
 * whether help is there (F3).
 */
#include "rules_driver.h"

static struct region *region;

static void
setup(void)
{
	region = test_region();
	test_neighbours_add(region);
	test_policy_add(region, POLICY_FVK_MODE, 0, FVK_AUTO);
	test_policy_add(region, POLICY_SIP_MODE, 0, SIP_AUTO);
}

static void
teardown(void)
{
	test_region_free(region);
}

#define MAY(day, time) "2026-05-" day "T" time ":00+02:00"

static struct fact
monday(void)
{
	return fact_inskrivningsmeddelande(
	    MAY("04", "09:00"), MAY("04", "02:00"), MAY("08", "12:00"));
}

static int32_t
annul(struct drive *d, const char *sent_at, unit_id source, int32_t nr)
{
	char id[16];

	snprintf(id, sizeof id, "m%d", nr);
	return drive(d, fact_makulering(sent_at, source, id));
}

static int
open_tasks(const struct drive *d)
{
	int count = 0;

	for (int i = 0; i < d->given.task_count; i++)
		count += d->given.tasks[i].status == TASK_OPEN;
	return count;
}

/* ---- G1 ---- */

/* Summoned, with a meeting; then what the row says. */
static struct drive *
summoned(void)
{
	struct drive *d = drive_new(region, 1);

	drive(d, monday());
	drive(d, fact_utskrivningsklar(MAY("07", "08:00")));
	ck_assert_int_eq(region->booking_count, 1);
	drive_until(d, MAY("07", "09:00"));
	drive_news(d);
	return d;
}

/* 8: one word to each, not to the sender; every clock, task and booking is off, nothing follows. */
START_TEST(story_8)
{
	struct drive *d = summoned();

	if (_i == 1) /* also when home already */
		drive(d, fact_utskrivning(MAY("07", "10:00"), MAY("07", "10:00")));
	drive_news(d);
	int32_t nr = drive(d, fact_at(AVLIDEN, MAY("07", "11:00")));
	ck_assert_str_eq(drive_news(d), "VC episode.avliden\nKB episode.avliden\n");
	ck_assert_int_eq(open_tasks(d), 0);
	ck_assert_int_eq(region->booking_count, 0);
	ck_assert_int_eq(d->given.phase, PHASE_AVLIDEN);
	ck_assert(d->next_due == INSTANT_NEVER);
	for (int i = 0; i < d->kontakt_count; i++)
		ck_assert_int_ne(d->kontakter[i].to_at, INSTANT_NONE);
	ck_assert_int_eq(test_staff(region, ANNA)->load, 0);
	drive(d, fact_at(AVLIDEN, MAY("07", "11:30"))); /* twice */
	ck_assert_int_eq(d->outcome, OUTCOME_AVLIDEN);
	drive(d, fact_ny_beraknad(MAY("07", "12:00"), MAY("12", "12:00")));
	ck_assert_int_eq(d->outcome, OUTCOME_AVLIDEN);
	drive(d, fact_insatser(MAY("07", "13:00"), KB, INSATSER_OKLART));
	drive(d, fact_tillagd(MAY("07", "14:00"), H, KH));
	drive_at(d, MAY("31", "00:00"));
	ck_assert_str_eq(drive_news(d), "");
	annul(d, MAY("31", "09:00"), H, nr + 1); /* the second was nothing */
	ck_assert_int_eq(d->given.phase, PHASE_AVLIDEN);
	drive_free(d);
}
END_TEST

/* G1, section 2: said in error: taken back where it was told, and all stands as before. */
START_TEST(not_dead)
{
	struct drive *d = summoned();
	int tasks = open_tasks(d);

	int32_t nr = drive(d, fact_at(AVLIDEN, MAY("07", "10:00")));
	drive_news(d);
	annul(d, MAY("07", "11:00"), H, nr);
	const char *news = drive_news(d);
	ck_assert_ptr_nonnull(strstr(news, "VC episode.avliden_aterkallad\n"));
	ck_assert_ptr_nonnull(strstr(news, "KB episode.avliden_aterkallad\n"));
	ck_assert_ptr_null(strstr(news, "H episode.avliden_aterkallad\n"));
	ck_assert_ptr_null(strstr(news, "episode.utskrivningsklar\n"));
	ck_assert_int_eq(open_tasks(d), tasks);
	ck_assert_int_eq(region->booking_count, 1);
	ck_assert_int_eq(d->given.phase, PHASE_UTSKRIVNINGSKLAR);
	ck_assert_int_eq(test_staff(region, episode_fvk(&d->state, VC)->staff)->load, 1);
	drive_free(d);
}
END_TEST

/* G1, section 2: known before the notice that names the patient, by whichever clock: those whom it
 * names are told of the death, once, and of nothing that is over. */
START_TEST(dead_before_the_notice)
{
	struct drive *d = drive_new(region, 1);

	drive(d, fact_at(AVLIDEN, _i == 0 ? MAY("04", "08:00") : MAY("04", "09:30")));
	drive(d, monday());
	ck_assert_str_eq(drive_news(d), "VC episode.avliden\nKB episode.avliden\n");
	ck_assert_int_eq(d->given.task_count, 0);
	drive_free(d);
}
END_TEST

/* G1: who left before is not told. */
START_TEST(dead_after_one_left)
{
	struct drive *d = summoned();

	drive(d, fact_of(EJ_BERORD, KB, MAY("07", "10:00")));
	drive_news(d);
	drive(d, fact_at(AVLIDEN, MAY("07", "11:00")));
	ck_assert_str_eq(drive_news(d), "VC episode.avliden\n");
	drive_free(d);
}
END_TEST

/* ---- G6 ---- */

/* 4: nothing is routed, appointed or summoned by itself, no time in any notice, no A3 task. When
 * the protection ends, what comes then has its times. */
START_TEST(story_4)
{
	struct drive *d = drive_new(region, 1);
	struct fact f = fact_inskrivningsmeddelande(
	    "2026-10-05T09:00:00+02:00", "2026-10-05T02:00:00+02:00", "2026-10-09T12:00:00+02:00");
	struct fact_inskrivningsmeddelande *m = &f.inskrivningsmeddelande;

	m->skydd = SKYDD_SKYDDAD_FOLKBOKFORING;
	m->behov = 1 << BEHOV_KOMMUNAL_HSL;
	m->mottagare_count = 0;
	fact_mottagare_add(&f, KH);
	drive(d, f);
	ck_assert_ptr_null(drive_task(d, TASK_KOMPLETTERA, H));
	ck_assert_ptr_null(episode_participant_of(&d->state, VC)); /* A4 is the hospital's here */
	ck_assert_int_eq(drive_task(d, TASK_ANGE_MOTTAGARE, H)->status, TASK_OPEN);
	drive(d, fact_tillagd("2026-10-05T10:00:00+02:00", H, VC));
	ck_assert_ptr_null(episode_fvk(&d->state, VC));
	drive(d, fact_utskrivningsklar("2026-10-08T09:00:00+02:00"));
	drive_until(d, "2026-10-12T09:59:00+02:00");
	ck_assert_int_eq(region->booking_count, 0);
	for (int i = 0; i < d->log_count; i++)
		ck_assert_at(d->log[i].told.due_at, NULL);
	int before = d->log_count;
	f = fact_patient_uppdaterad("2026-10-12T10:00:00+02:00");
	f.patient_uppdaterad.given = PATIENT_SKYDD;
	drive(d, f);
	ck_assert_ptr_nonnull(episode_fvk(&d->state, VC));
	drive_until(d, "2026-10-16T10:00:00+02:00");
	bool times = false;
	for (int i = before; i < d->log_count; i++)
		times |= d->log[i].told.due_at != INSTANT_NONE;
	ck_assert(times);
	drive_free(d);
}
END_TEST

/* G6: protected from now on: a meeting that no longer fits is held for a person, not moved. */
START_TEST(protected_later)
{
	struct drive *d = summoned();
	struct fact f = fact_patient_uppdaterad(MAY("07", "10:00"));

	f.patient_uppdaterad.given = PATIENT_SKYDD;
	f.patient_uppdaterad.skydd = SKYDD_SEKRETESSMARKERING;
	drive(d, f);
	drive(d, fact_ny_beraknad(MAY("07", "11:00"), MAY("18", "12:00")));
	ck_assert_int_eq(d->state.bokning.status, BOKNING_VANTAR);
	ck_assert_int_eq(drive_task(d, TASK_BOKA_OM_SIP, VC)->status, TASK_OPEN);
	drive_free(d);
}
END_TEST

/* A3, G4: what was missing, told of the patient anew; annulled, it is missing again. */
START_TEST(completed)
{
	struct drive *d = drive_new(region, 1);
	struct fact f = monday();

	f.inskrivningsmeddelande.saknas = SAKNAS_NAMN | SAKNAS_ADRESS;
	drive(d, f);
	f = fact_patient_uppdaterad(MAY("04", "10:00"));
	f.patient_uppdaterad.given = PATIENT_NAMN;
	drive(d, f);
	drive_assert_task(d, TASK_KOMPLETTERA, H, TASK_OPEN, MAY("05", "09:00"));
	ck_assert_int_eq(drive_told(d, KB, NOTICE_PATIENT_UPPDATERAD), 1);
	ck_assert_int_eq(drive_told(d, H, NOTICE_PATIENT_UPPDATERAD), 0);
	f.sent_at = f.recorded_at = at(MAY("04", "11:00"));
	f.patient_uppdaterad.given = PATIENT_ADRESS;
	int32_t nr = drive(d, f);
	ck_assert_int_eq(drive_task(d, TASK_KOMPLETTERA, H)->status, TASK_DONE);
	drive_news(d);
	annul(d, MAY("04", "12:00"), H, nr);
	ck_assert_ptr_nonnull(strstr(drive_news(d), "KB episode.patient_uppdaterad makulerad\n"));
	ck_assert_int_eq(drive_task(d, TASK_KOMPLETTERA, H)->status, TASK_OPEN);
	drive_free(d);
}
END_TEST

/* ---- G9 ---- */

static const struct g9 {
	const char *rule;
	int year, month, day; /* of birth */
	const char *who;      /* asked, beside the task */
} g9_rows[] = {
    {"G9 an adult", 1990, 1, 1, NULL},
    {"G9 eighteen today", 2008, 5, 7, NULL},
    {"G9 eighteen tomorrow", 2008, 5, 8, "barn_och_vardnadshavare"},
    {"G9 twelve today", 2014, 5, 7, "barn_och_vardnadshavare"},
    {"G9 twelve tomorrow", 2014, 5, 8, "vardnadshavare"},
};

START_TEST(g9)
{
	const struct g9 *row = &g9_rows[_i];
	struct drive *d = drive_new(region, 1);
	struct fact f = monday();
	const char *who = NULL;

	f.inskrivningsmeddelande.samtycke[SAMTYCKE_SIP] = SAMTYCKE_OKANT;
	drive(d, f);
	d->state.fodd = date_of(row->year, row->month, row->day);
	drive(d, fact_utskrivningsklar(MAY("07", "09:00")));
	for (int i = 0; i < d->log_count; i++)
		if (d->log[i].told.unit == H && d->log[i].told.task_kind == TASK_FRAGA_SAMTYCKE)
			who = d->log[i].told.detail;
	ck_assert_ptr_nonnull(drive_task(d, TASK_FRAGA_SAMTYCKE, H));
	ck_assert_msg((who == NULL) == (row->who == NULL), "%s: %s", row->rule, who);
	if (who != NULL)
		ck_assert_str_eq(who, row->who);
	drive_free(d);
}
END_TEST

/* ---- G2: the ward ---- */

/* The same stay: the tasks are the new ward's, which is told what it needs; the old one is out. */
START_TEST(new_ward)
{
	struct drive *d = drive_new(region, 1);
	struct fact f = monday();

	f.inskrivningsmeddelande.saknas = SAKNAS_ADRESS;
	drive(d, f);
	drive_news(d);
	int32_t nr = drive(d, fact_overflyttning(MAY("04", "10:00"), H2));
	const char *news = drive_news(d);
	ck_assert_ptr_nonnull(strstr(news, "H2 episode.inskrivningsmeddelande\n"));
	ck_assert_ptr_nonnull(strstr(news, "KB episode.overflyttning\n"));
	ck_assert_ptr_nonnull(strstr(news, "H2 task.created komplettera_uppgifter\n"));
	ck_assert_ptr_nonnull(strstr(news, "H task.cancelled komplettera_uppgifter\n"));
	ck_assert_ptr_nonnull(strstr(news, "H episode.mottagare_avslutad\n"));
	ck_assert_ptr_null(strstr(news, "H2 episode.overflyttning"));
	ck_assert_int_eq(open_tasks(d), 3); /* to complete, and two to acknowledge */
	drive(d, fact_utskrivning(MAY("06", "09:00"), MAY("06", "09:00")));
	ck_assert_ptr_nonnull(drive_task(d, TASK_UTSKRIVNINGSINFORMATION, H2));
	ck_assert_ptr_null(drive_task(d, TASK_UTSKRIVNINGSINFORMATION, H));
	ck_assert_int_eq(drive_told(d, H2, NOTICE_UTSKRIVNING), 1);
	annul(d, MAY("06", "10:00"), H2, nr);
	ck_assert_ptr_nonnull(drive_task(d, TASK_UTSKRIVNINGSINFORMATION, H));
	ck_assert_int_eq(drive_told(d, H2, NOTICE_MOTTAGARE_AVSLUTAD), 0); /* its own word */
	drive_free(d);
}
END_TEST

/* A0, A1: the watch goes with the patient: reminders come to who has the patient. */
START_TEST(new_ward_in_the_watch)
{
	struct drive *d = drive_new(region, 1);

	drive(d, fact_inskrivning(MAY("04", "02:10"), MAY("04", "02:00")));
	drive(d, fact_overflyttning(MAY("04", "08:00"), H2));
	drive_news(d);
	drive_until(d, MAY("04", "14:00"));
	ck_assert_str_eq(drive_news(d), "H2 task.due_soon behovsbedomning\n");
	struct fact f = fact_behovsbedomning(MAY("04", "15:00"), BEHOV_JA, MAY("04", "15:00"));
	f.source = H2;
	drive(d, f);
	ck_assert_int_eq(drive_task(d, TASK_INSKRIVNINGSMEDDELANDE, H2)->status, TASK_OPEN);
	drive_until(d, MAY("06", "00:00"));
	int breaches = 0;
	for (int i = 0; i < d->given.breach_count; i++)
		breaches += d->given.breaches[i].rule == BREACH_A5;
	ck_assert_int_eq(breaches, 1);
	drive(d, fact_overflyttning(MAY("06", "08:00"), H)); /* the breach is not the next ward's */
	breaches = 0;
	for (int i = 0; i < d->given.breach_count; i++)
		breaches += d->given.breaches[i].rule == BREACH_A5;
	ck_assert_int_eq(breaches, 1);
	drive_free(d);
}
END_TEST

/* ---- Permission ---- */

/* Reminders to acknowledge pause, legal clocks go on; it ends at its end, when it is annulled, or
 * at discharge. */
static const struct permission {
	const char *rule, *to_at, *ends_by, *reminded;
} permission_rows[] = {
    {"until then", MAY("06", "08:00"), NULL, MAY("06", "08:00")},
    {"until further notice", NULL, NULL, NULL},
    {"annulled", NULL, "annulled", MAY("06", "09:00")},
    {"another says when", NULL, "said", MAY("06", "09:30")},
    {"home", NULL, "home", MAY("06", "09:00")},
};

START_TEST(permission)
{
	const struct permission *row = &permission_rows[_i];
	struct drive *d = drive_new(region, 1);

	drive(d, monday());
	drive(d, fact_utskrivningsklar(MAY("05", "08:00")));
	int32_t nr = drive(d, fact_permission(MAY("05", "08:30"), MAY("05", "09:00"), row->to_at));
	ck_assert_int_eq(drive_told(d, KB, NOTICE_PERMISSION), 1);
	drive_until_instant(d, at(MAY("06", "09:00")) - 1);
	ck_assert_int_eq(drive_told_task(d, KB, NOTICE_TASK_ESCALATED, TASK_KVITTERA_KALLELSE), 0);
	if (row->ends_by == NULL)
		drive_until(d, MAY("06", "09:00"));
	else if (strcmp(row->ends_by, "annulled") == 0)
		annul(d, MAY("06", "09:00"), H, nr);
	else if (strcmp(row->ends_by, "said") == 0)
		drive(
		    d, fact_permission(MAY("06", "09:00"), MAY("05", "09:00"), MAY("06", "09:30")));
	else
		drive(d, fact_utskrivning(MAY("06", "09:00"), MAY("06", "09:00")));
	drive_until(d, MAY("06", "12:00"));
	instant soon = drive_told_at(d, KB, NOTICE_TASK_DUE_SOON, TASK_KVITTERA_KALLELSE);
	ck_assert_msg(soon == at(row->reminded), "%s: %s", row->rule, at_text(soon));
	drive_free(d);
}
END_TEST

/* ---- F3 ---- */

/* To the hospital and the kommun; each unit's last word, also when heard late. */
START_TEST(help)
{
	struct drive *d = drive_new(region, 1);
	struct fact f = monday();

	fact_mottagare_add(&f, KH);
	drive(d, f);
	drive_news(d);
	drive(d, fact_insatser(MAY("04", "10:00"), KB, INSATSER_EJ_TILLGANGLIG));
	ck_assert_str_eq(drive_news(d),
	    "H episode.insatser ej_tillganglig\nKH episode.insatser ej_tillganglig\n");
	f = fact_insatser(MAY("04", "09:30"), KH, INSATSER_OKLART); /* heard late */
	f.recorded_at = at(MAY("04", "10:30"));
	drive(d, f);
	ck_assert_str_eq(drive_news(d), "H episode.insatser oklart\nKB episode.insatser oklart\n");
	f = fact_insatser(MAY("04", "09:45"), KB, INSATSER_TILLGANGLIG); /* older than its last */
	f.recorded_at = at(MAY("04", "10:40"));
	drive(d, f);
	ck_assert_str_eq(drive_news(d), "");
	drive_free(d);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("patient");
	TCase *tc = tcase_create("patient");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_loop_test(tc, story_8, 0, 2);
	tcase_add_test(tc, not_dead);
	tcase_add_loop_test(tc, dead_before_the_notice, 0, 2);
	tcase_add_test(tc, dead_after_one_left);
	tcase_add_test(tc, story_4);
	tcase_add_test(tc, protected_later);
	tcase_add_test(tc, completed);
	tcase_add_loop_test(tc, g9, 0, ROWS(g9_rows));
	tcase_add_test(tc, new_ward);
	tcase_add_test(tc, new_ward_in_the_watch);
	tcase_add_loop_test(tc, permission, 0, ROWS(permission_rows));
	tcase_add_test(tc, help);
	suite_add_tcase(s, tc);
	SRunner *sr = srunner_create(s);
	srunner_run_all(sr, CK_NORMAL);
	int failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed != 0;
}
