/*
 * A patient's own file, outside of every stay: a request for a fast vårdkontakt (B12), the register
 * of fasta kontakter (B8, B11), B10's review, and a SIP without a stay (D10).
 */
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

#define MAY(day, time) "2026-05-" day "T" time ":00+02:00"

static void
modes(enum fvk_mode fvk)
{
	test_policy_add(region, POLICY_FVK_MODE, 0, fvk);
	test_policy_add(region, POLICY_SIP_MODE, 0, SIP_MANUAL);
}

static int32_t
annul(struct drive *d, const char *sent_at, unit_id source, int32_t nr)
{
	char id[16];

	snprintf(id, sizeof id, "m%d", nr);
	return drive(d, fact_makulering(sent_at, source, id));
}

/* The message in the patient's own file. */
static struct fact
own(struct fact f)
{
	f.patient = TEST_PATIENT;
	return f;
}

static const struct kontakt *
row_of(const struct drive *d, int slag, unit_id unit)
{
	for (int i = 0; i < d->kontakt_count; i++)
		if (d->kontakter[i].slag == slag && d->kontakter[i].unit == unit)
			return &d->kontakter[i];
	return NULL;
}

/* ---- B12 ---- */

/* A message, a task, the same ranking: proposed, appointed, or by hand. */
static const struct b12 {
	const char *rule;
	enum fvk_mode mode;
	staff_id fvk;
	const char *news;
} b12_rows[] = {
    {"B12 by hand", FVK_MANUAL, NOBODY, "VC task.created utse_fast_vardkontakt\n"},
    {"B12, B4 proposed", FVK_PROPOSE, NOBODY,
	"VC fast_vardkontakt.proposed\nVC task.created utse_fast_vardkontakt\n"},
    {"B12, B4 appointed", FVK_AUTO, ANNA, "VC fast_vardkontakt.appointed\n"},
};

START_TEST(b12)
{
	const struct b12 *row = &b12_rows[_i];
	modes(row->mode);
	struct drive *d = drive_new(region, 1);

	drive(d, fact_begaran(MAY("04", "09:00"), VC));
	const char *news = drive_news(d);
	ck_assert_msg(strcmp(news, row->news) == 0, "%s: %s", row->rule, news);
	const struct fvk *fvk = episode_fvk(&d->state, VC);
	ck_assert_int_eq(fvk != NULL ? fvk->staff : NOBODY, row->fvk);
	ck_assert_int_eq(test_staff(region, ANNA)->load, row->fvk == ANNA);
	if (row->fvk == NOBODY)
		drive_assert_task(d, TASK_UTSE_FVK, VC, TASK_OPEN, MAY("07", "09:00"));
	ck_assert_int_eq(d->given.breach_count, 0);
	drive_free(d);
}
END_TEST

/* B12: answered by the unit, by either message; an answer annulled is none. */
START_TEST(b12_answered)
{
	modes(FVK_MANUAL);
	struct drive *d = drive_new(region, 1);
	struct fact f = fact_fvk(MAY("05", "09:00"), FVK_UTSE, VC, BO);

	if (_i != 0) {
		f = fact_lakarkontakt(MAY("05", "09:00"), VC, BO);
		f.fast_kontakt.slag = KONTAKT_FVK;
	}
	drive(d, fact_begaran(MAY("04", "09:00"), VC));
	int32_t nr = drive(d, own(f));
	ck_assert_int_eq(drive_task(d, TASK_UTSE_FVK, VC)->status, TASK_DONE);
	ck_assert_int_eq(row_of(d, 1, VC)->staff, BO);
	annul(d, MAY("05", "10:00"), VC, nr);
	drive_assert_task(d, TASK_UTSE_FVK, VC, TASK_OPEN, MAY("07", "09:00"));
	ck_assert_int_eq(test_staff(region, BO)->load, 0);
	drive_free(d);
}
END_TEST

/* B12, B10: an assignment that the unit ended has answered the request: it does not rise again. */
START_TEST(b12_answered_and_ended)
{
	modes(_i == 0 ? FVK_MANUAL : FVK_AUTO);
	struct drive *d = drive_new(region, 1);

	drive(d, fact_begaran(MAY("04", "09:00"), VC));
	if (_i == 0)
		drive(d, own(fact_fvk(MAY("05", "09:00"), FVK_UTSE, VC, ANNA)));
	drive(d, own(fact_fvk(MAY("20", "09:00"), FVK_AVSLUTA, VC, ANNA)));
	ck_assert_ptr_null(episode_fvk(&d->state, VC));
	const struct given_task *t = drive_task(d, TASK_UTSE_FVK, VC);
	ck_assert(t == NULL || t->status == TASK_DONE);
	drive(d, fact_begaran(MAY("21", "09:00"), VC)); /* asked anew, it is */
	ck_assert(episode_fvk(&d->state, VC) != NULL ||
		  drive_task(d, TASK_UTSE_FVK, VC)->status == TASK_OPEN);
	drive_free(d);
}
END_TEST

/* B12 twice: the first time stands while it is unanswered. Of two units, each has its own. */
START_TEST(b12_twice)
{
	modes(FVK_MANUAL);
	struct drive *d = drive_new(region, 1);

	drive(d, fact_begaran(MAY("04", "09:00"), VC));
	drive(d, fact_begaran(MAY("06", "09:00"), VC));
	drive_assert_task(d, TASK_UTSE_FVK, VC, TASK_OPEN, MAY("07", "09:00"));
	ck_assert_int_eq(drive_task_count(d, TASK_UTSE_FVK, VC), 1);
	drive(d, fact_begaran(MAY("06", "10:00"), PSYK));
	drive_assert_task(d, TASK_UTSE_FVK, VC, TASK_OPEN, MAY("07", "09:00"));
	drive_assert_task(d, TASK_UTSE_FVK, PSYK, TASK_OPEN, MAY("11", "10:00"));
	drive(d, own(fact_fvk(MAY("06", "11:00"), FVK_UTSE, PSYK, YLVA)));
	ck_assert_int_eq(drive_task(d, TASK_UTSE_FVK, PSYK)->status, TASK_DONE);
	drive_assert_task(d, TASK_UTSE_FVK, VC, TASK_OPEN, MAY("07", "09:00"));
	drive_free(d);
}
END_TEST

/* B12 annulled: nothing is owed; reminded a day before and when overdue. */
START_TEST(b12_annulled)
{
	modes(FVK_MANUAL);
	struct drive *d = drive_new(region, 1);

	int32_t nr = drive(d, fact_begaran(MAY("04", "09:00"), VC));
	drive_until(d, MAY("08", "09:00"));
	ck_assert_at(drive_told_at(d, VC, NOTICE_TASK_DUE_SOON, TASK_UTSE_FVK), MAY("06", "09:00"));
	ck_assert_at(drive_told_at(d, VC, NOTICE_TASK_OVERDUE, TASK_UTSE_FVK), MAY("07", "09:00"));
	annul(d, MAY("08", "10:00"), VC, nr);
	ck_assert_int_eq(drive_task(d, TASK_UTSE_FVK, VC)->status, TASK_CANCELLED);
	ck_assert(d->next_due == INSTANT_NEVER);
	drive_free(d);
}
END_TEST

/* Section 2: the request annulled when it was answered: the file is the patient's still, and the
 * FVK stays. */
START_TEST(b12_annulled_when_answered)
{
	modes(FVK_MANUAL);
	struct drive *d = drive_new(region, 1);

	int32_t nr = drive(d, fact_begaran(MAY("04", "09:00"), VC));
	drive(d, fact_fvk(MAY("05", "09:00"), FVK_UTSE, VC, ANNA)); /* it names the file */
	annul(d, MAY("05", "10:00"), VC, nr);
	ck_assert(d->state.own_file);
	ck_assert_int_eq(test_staff(region, ANNA)->load, 1);
	drive_free(d);
}
END_TEST

/* B6: nobody may be appointed: the verksamhetschef is told; somebody comes back: appointed then. */
START_TEST(b12_nobody_left)
{
	modes(FVK_AUTO);
	for (staff_id i = BO; i <= DOKTOR; i++)
		test_staff(region, i)->fvk = false;
	test_staff(region, ANNA)->ersattare = NOBODY;
	test_absence_add(region, ANNA, MAY("01", "00:00"), MAY("06", "08:00"), 0);
	struct drive *d = drive_new(region, 1);

	drive(d, fact_begaran(MAY("04", "09:00"), VC));
	ck_assert_str_eq(drive_news(d), "VC task.created utse_fast_vardkontakt urgent\n");
	ck_assert_int_eq(drive_task(d, TASK_UTSE_FVK, VC)->staff, DOKTOR);
	drive_until(d, MAY("06", "08:00"));
	ck_assert_int_eq(episode_fvk(&d->state, VC)->staff, ANNA);
	ck_assert_int_eq(drive_task(d, TASK_UTSE_FVK, VC)->status, TASK_DONE);
	drive_free(d);
}
END_TEST

/* ---- B8, B11 ---- */

/* Each kind in its place: one fast läkarkontakt and one samordnande, one of the others a unit;
 * ended, annulled, and ended by a unit whose it is not. */
START_TEST(kontakter)
{
	modes(FVK_MANUAL);
	struct drive *d = drive_new(region, 1);
	struct fact f = fact_lakarkontakt(MAY("04", "09:00"), VC, DOKTOR);

	drive(d, f);
	ck_assert_int_eq(row_of(d, KONTAKT_LAKARE, VC)->staff, DOKTOR);
	f = fact_lakarkontakt(MAY("05", "09:00"), PSYK, YLVA);
	f.fast_kontakt.atgard = FVK_BYT;
	int32_t nr = drive(d, f);
	ck_assert_int_eq(row_of(d, KONTAKT_LAKARE, PSYK)->staff, YLVA);
	ck_assert_int_ne(row_of(d, KONTAKT_LAKARE, VC)->to_at, INSTANT_NONE); /* at most one */
	annul(d, MAY("05", "10:00"), PSYK, nr);
	ck_assert_int_ne(row_of(d, KONTAKT_LAKARE, PSYK)->to_at, INSTANT_NONE);
	ck_assert_int_eq(row_of(d, KONTAKT_LAKARE, VC)->to_at, INSTANT_NONE);
	f = fact_lakarkontakt(MAY("06", "09:00"), KH, KARIN);
	f.fast_kontakt.atgard = FVK_AVSLUTA;
	drive(d, f);
	ck_assert_int_eq(d->outcome, OUTCOME_INGEN_FAST_KONTAKT);
	f = fact_lakarkontakt(MAY("07", "09:00"), VC, DOKTOR);
	f.fast_kontakt.atgard = FVK_AVSLUTA;
	drive(d, f);
	ck_assert_at(row_of(d, KONTAKT_LAKARE, VC)->to_at, MAY("07", "09:00"));
	f = fact_lakarkontakt(MAY("08", "09:00"), KH, KARIN);
	f.fast_kontakt.slag = KONTAKT_OMSORG;
	drive(d, f);
	f = fact_lakarkontakt(MAY("08", "09:00"), KH, KARIN);
	f.fast_kontakt.slag = KONTAKT_SAMORDNANDE;
	drive(d, f);
	ck_assert_int_eq(row_of(d, KONTAKT_OMSORG, KH)->to_at, INSTANT_NONE);
	ck_assert_int_eq(row_of(d, KONTAKT_SAMORDNANDE, KH)->to_at, INSTANT_NONE);
	drive_free(d);
}
END_TEST

/* B8, D9: in a stay the samordnande one's unit summons, if it has an FVK there. */
START_TEST(samordnande)
{
	modes(FVK_MANUAL);
	struct drive *d = drive_new(region, 1);
	struct fact f =
	    fact_inskrivningsmeddelande(MAY("04", "09:00"), MAY("04", "02:00"), MAY("08", "12:00"));
	const struct kontakt k = {TEST_PATIENT, KONTAKT_SAMORDNANDE, PSYK, YLVA,
	    at(MAY("01", "08:00")), INSTANT_NONE, 9, 1};

	d->kontakter[d->kontakt_count++] = k;
	fact_mottagare_add(&f, PSYK);
	drive(d, f);
	drive(d, fact_fvk(MAY("04", "10:00"), FVK_UTSE, VC, ANNA));
	drive(d, fact_utskrivningsklar(MAY("05", "09:00")));
	ck_assert_int_eq(drive_task(d, TASK_KALLA_SIP, VC)->status, TASK_OPEN);
	drive(d, fact_fvk(MAY("05", "10:00"), FVK_UTSE, PSYK, YLVA));
	ck_assert_int_eq(drive_task(d, TASK_KALLA_SIP, VC)->status, TASK_CANCELLED);
	drive_assert_task(d, TASK_KALLA_SIP, PSYK, TASK_OPEN, MAY("09", "00:00"));
	drive_free(d);
}
END_TEST

/* ---- B10, B14 ---- */

/* The review: fourteen days before, then when it is out; a new word on the assignment answers it.
 */
START_TEST(review)
{
	modes(FVK_MANUAL);
	struct drive *d = drive_new(region, 1);
	struct fact f = fact_fvk(MAY("04", "09:00"), FVK_UTSE, VC, ANNA);

	drive(d, fact_begaran(MAY("04", "08:00"), VC));
	f.fast_vardkontakt.omprovas_at = at("2026-09-01T09:00:00+02:00");
	drive(d, own(f));
	drive_until(d, "2026-08-18T08:59:59+02:00");
	ck_assert_ptr_null(drive_task(d, TASK_OMPROVA_FVK, VC));
	drive_until(d, "2026-08-18T09:00:00+02:00");
	drive_assert_task(d, TASK_OMPROVA_FVK, VC, TASK_OPEN, "2026-09-01T09:00:00+02:00");
	ck_assert_int_eq(drive_task(d, TASK_OMPROVA_FVK, VC)->staff, DOKTOR);
	drive_until(d, "2026-09-01T09:00:00+02:00");
	ck_assert_int_eq(drive_told_task(d, VC, NOTICE_TASK_OVERDUE, TASK_OMPROVA_FVK), 1);
	f = fact_fvk("2026-09-02T09:00:00+02:00", FVK_BEKRAFTA, VC, ANNA);
	drive(d, own(f));
	ck_assert_int_ne(drive_task(d, TASK_OMPROVA_FVK, VC)->status, TASK_OPEN);
	drive_free(d);
}
END_TEST

/* B10, B11: an assignment on which another stay has had the last word is not this one's to review.
 */
START_TEST(review_of_what_is_elsewhere)
{
	modes(FVK_MANUAL);
	struct drive *d = drive_new(region, 1);
	struct fact f = fact_fvk(MAY("04", "10:00"), FVK_UTSE, VC, ANNA);
	const struct kontakt later = {
	    TEST_PATIENT, 1, VC, BO, at("2026-06-10T09:00:00+02:00"), INSTANT_NONE, 9, 1};

	drive(d, fact_inskrivningsmeddelande(
		     MAY("04", "09:00"), MAY("04", "02:00"), MAY("08", "12:00")));
	f.fast_vardkontakt.omprovas_at = at("2026-07-01T09:00:00+02:00");
	drive(d, f);
	drive(d, fact_utskrivning(MAY("08", "12:00"), MAY("08", "12:00")));
	drive_until(d, "2026-06-10T09:00:00+02:00");
	d->kontakter[0] = later;
	drive_until(d, "2026-07-02T09:00:00+02:00");
	ck_assert_ptr_null(drive_task(d, TASK_OMPROVA_FVK, VC));
	drive_free(d);
}
END_TEST

/* B14: beside a physician only; ended, and gone with the physician. */
START_TEST(beside)
{
	modes(FVK_MANUAL);
	struct drive *d = drive_new(region, 1);
	struct fact f = fact_fvk(MAY("04", "10:30"), FVK_UTSE, VC, BO);

	f.fast_vardkontakt.jamte = true;
	drive(d, fact_inskrivningsmeddelande(
		     MAY("04", "09:00"), MAY("04", "02:00"), MAY("08", "12:00")));
	drive(d, f);
	ck_assert_int_eq(d->outcome, OUTCOME_INGEN_FVK);
	drive(d, fact_fvk(MAY("04", "10:40"), FVK_UTSE, VC, ANNA));
	f.sent_at = f.recorded_at = at(MAY("04", "10:50"));
	drive(d, f);
	ck_assert_int_eq(d->outcome, OUTCOME_FVK_EJ_LAKARE);
	drive(d, fact_fvk(MAY("04", "11:00"), FVK_BYT, VC, DOKTOR));
	drive_news(d);
	f.sent_at = f.recorded_at = at(MAY("04", "11:10"));
	drive(d, f);
	ck_assert_int_eq(d->outcome, OUTCOME_APPLIED);
	ck_assert_str_eq(
	    drive_news(d), "H fast_vardkontakt.changed\nKB fast_vardkontakt.changed\n");
	drive(d, fact_utskrivningsklar(MAY("05", "09:00")));
	drive(d, fact_kallelse(MAY("05", "10:00"), VC, KALLELSE_SKICKA, BO));
	ck_assert_int_eq(d->outcome, OUTCOME_APPLIED); /* D4: one of the two */
	drive(d, fact_fvk(MAY("05", "11:00"), FVK_BYT, VC, ANNA));
	ck_assert_int_eq(episode_fvk(&d->state, VC)->jamte, NOBODY);
	drive_free(d);
}
END_TEST

/* ---- D10 ---- */

/* On a unit's wish: a task within the window, the kallelse brings the units together, held,
 * followed up; a new wish is a new task. */
START_TEST(d10)
{
	modes(FVK_MANUAL);
	struct drive *d = drive_new(region, 1);

	drive(d, own(fact_sip_behov(MAY("04", "09:00"), KH, SIP_NY)));
	drive_assert_task(d, TASK_KALLA_SIP, KH, TASK_OPEN, MAY("18", "09:00"));
	drive_news(d);
	struct fact f = own(fact_kallelse(MAY("05", "09:00"), KH, KALLELSE_SKICKA, KARIN));
	f.sip_kallelse.mote = mote_at(MAY("12", "10:00"));
	f.sip_kallelse.kallade[f.sip_kallelse.kallade_count++] = VC;
	drive(d, f);
	ck_assert_int_eq(d->outcome, OUTCOME_APPLIED); /* D4 is of a stay's SIP */
	ck_assert_str_eq(drive_news(d), "KB sip.kallelse kvittera_kallelse\n"
					"VC sip.kallelse kvittera_kallelse\n");
	ck_assert_int_eq(drive_task(d, TASK_KALLA_SIP, KH)->status, TASK_DONE);
	drive(d, own(fact_kvittens(MAY("05", "10:00"), VC, 2)));
	drive(d, own(fact_kallelse_svar(MAY("05", "11:00"), KB, SVAR_NEJ)));
	ck_assert_ptr_nonnull(strstr(drive_news(d), "KH sip.svar nej\n"));
	ck_assert_ptr_nonnull(drive_task(d, TASK_BOKA_OM_SIP, KH)); /* D8 */
	f.sip_kallelse.atgard = KALLELSE_OMBOKA;
	f.sip_kallelse.mote = mote_at(MAY("13", "10:00"));
	f.sent_at = f.recorded_at = f.sip_kallelse.at = at(MAY("05", "12:00"));
	drive(d, f);
	ck_assert_int_ne(drive_task(d, TASK_BOKA_OM_SIP, KH)->status, TASK_OPEN);
	drive(d, own(fact_sip(MAY("13", "11:00"), KH, SIP_GENOMFORD, "2026-09-01T10:00:00+02:00")));
	drive_assert_task(d, TASK_FOLJ_UPP_SIP, KH, TASK_OPEN, "2026-09-01T10:00:00+02:00");
	drive(d, own(fact_sip_behov(MAY("20", "09:00"), VC, SIP_UPPDATERAS)));
	drive_assert_task(d, TASK_KALLA_SIP, VC, TASK_OPEN, "2026-06-03T09:00:00+02:00");
	ck_assert_int_eq(d->given.breach_count, 0);
	drive_free(d);
}
END_TEST

/* D10: the wish annulled, or no more; a kallelse annulled is taken back where it was told. */
START_TEST(d10_taken_back)
{
	modes(FVK_MANUAL);
	struct drive *d = drive_new(region, 1);

	int32_t wish = drive(d, own(fact_sip_behov(MAY("04", "09:00"), KH, SIP_NY)));
	struct fact f = own(fact_kallelse(MAY("05", "09:00"), KH, KALLELSE_SKICKA, KARIN));
	f.sip_kallelse.mote = mote_at(MAY("12", "10:00"));
	int32_t nr = drive(d, f);
	ck_assert_int_eq(region->booking_count, 1);
	drive_news(d);
	annul(d, MAY("06", "09:00"), KH, nr);
	const char *news = drive_news(d);
	ck_assert_msg(strstr(news, "KB episode.makulerad\n") != NULL, "%s", news);
	ck_assert_int_eq(region->booking_count, 0);
	drive_assert_task(d, TASK_KALLA_SIP, KH, TASK_OPEN, MAY("18", "09:00"));
	annul(d, MAY("06", "10:00"), KH, wish);
	ck_assert_int_eq(drive_task(d, TASK_KALLA_SIP, KH)->status, TASK_CANCELLED);
	ck_assert(d->next_due == INSTANT_NEVER);
	drive_free(d);
}
END_TEST

/* D10, D3: samtycke is the patient's also here. */
START_TEST(d10_refused)
{
	modes(FVK_MANUAL);
	struct drive *d = drive_new(region, 1);

	drive(d, own(fact_sip_behov(MAY("04", "09:00"), KH, SIP_NY)));
	struct fact f = own(fact_kallelse(MAY("05", "09:00"), KH, KALLELSE_SKICKA, KARIN));
	f.sip_kallelse.mote = mote_at(MAY("12", "10:00"));
	drive(d, f);
	drive_news(d);
	f = own(fact_samtycke(MAY("06", "09:00"), SAMTYCKE_SIP, SAMTYCKE_ATERKALLAT));
	f.source = KH;
	drive(d, f);
	ck_assert_ptr_nonnull(strstr(drive_news(d), "KB sip.cancelled\n"));
	ck_assert_int_eq(region->booking_count, 0);
	drive_free(d);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("egen_akt");
	TCase *tc = tcase_create("egen_akt");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_loop_test(tc, b12, 0, ROWS(b12_rows));
	tcase_add_loop_test(tc, b12_answered, 0, 2);
	tcase_add_loop_test(tc, b12_answered_and_ended, 0, 2);
	tcase_add_test(tc, b12_twice);
	tcase_add_test(tc, b12_annulled);
	tcase_add_test(tc, b12_annulled_when_answered);
	tcase_add_test(tc, b12_nobody_left);
	tcase_add_test(tc, kontakter);
	tcase_add_test(tc, samordnande);
	tcase_add_test(tc, review);
	tcase_add_test(tc, review_of_what_is_elsewhere);
	tcase_add_test(tc, beside);
	tcase_add_test(tc, d10);
	tcase_add_test(tc, d10_taken_back);
	tcase_add_test(tc, d10_refused);
	suite_add_tcase(s, tc);
	SRunner *sr = srunner_create(s);
	srunner_run_all(sr, CK_NORMAL);
	int failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed != 0;
}
