/*
 * A SIP's life from the kallelse on: answers (D8), who is struck (D11), held or not, the plan and
 * its follow-up (D7). In a stay; a patient's own file is test_egen_akt's.
 */
#include "rules_driver.h"

#include "daemon/rules/sip.h"

static struct region *region;

static void
setup(void)
{
	region = test_region();
	test_policy_add(region, POLICY_FVK_MODE, 0, FVK_MANUAL);
	test_policy_add(region, POLICY_SIP_MODE, 0, SIP_MANUAL);
}

static void
teardown(void)
{
	test_region_free(region);
}

#define MAY(day, time) "2026-05-" day "T" time ":00+02:00"
#define JUNE(day, time) "2026-06-" day "T" time ":00+02:00"
#define SEPT(day, time) "2026-09-" day "T" time ":00+02:00"

static int32_t
annul(struct drive *d, const char *sent_at, unit_id source, int32_t nr)
{
	char id[16];

	snprintf(id, sizeof id, "m%d", nr);
	return drive(d, fact_makulering(sent_at, source, id));
}

static struct fact
kallelse(const char *sent_at, enum kallelse_atgard atgard, const char *mote)
{
	struct fact f = fact_kallelse(sent_at, VC, atgard, ANNA);

	if (mote != NULL)
		f.sip_kallelse.mote = mote_at(mote);
	return f;
}

/* Ready on Thursday 7 May, Anna's kallelse to KB (nr 4) for Tuesday 12 May at 13:30. */
static struct drive *
summoned(void)
{
	struct drive *d = drive_new(region, 1);

	drive(d, fact_inskrivningsmeddelande(
		     MAY("04", "09:00"), MAY("04", "02:00"), MAY("08", "12:00")));
	drive(d, fact_fvk(MAY("04", "10:00"), FVK_UTSE, VC, ANNA));
	drive(d, fact_utskrivningsklar(MAY("07", "09:00")));
	drive(d, kallelse(MAY("07", "10:00"), KALLELSE_SKICKA, MAY("12", "13:30")));
	drive_news(d);
	return d;
}

/* And home on Friday, when all that is due then is done. */
static struct drive *
home(void)
{
	struct drive *d = summoned();

	drive(d, fact_kallelse_svar(MAY("07", "11:00"), KB, SVAR_JA));
	for (unit_id u = VC; u <= KB; u++)
		drive(d, fact_kvittens(MAY("07", "11:30"), u, 1));
	drive(d, fact_utskrivning(MAY("08", "12:00"), MAY("08", "12:00")));
	drive(d, fact_at(UTSKRIVNINGSINFORMATION, MAY("08", "13:00")));
	drive(d, fact_at(PATIENTINFORMATION, MAY("08", "13:00")));
	drive_until(d, MAY("12", "13:30"));
	drive_news(d);
	return d;
}

/* ---- D8 ---- */

static const struct svar {
	const char *rule;
	enum kallelse_svar_ord svar;
	const char *news;
	bool reopens;
} svar_rows[] = {
    {"D8 yes", SVAR_JA, "VC sip.svar ja\n", false},
    {"D8 no", SVAR_NEJ, "VC sip.svar nej\nVC task.created boka_om_sip\n", true},
    {"D8 another time", SVAR_ANNAN_TID, "VC sip.svar annan_tid\nVC task.created boka_om_sip\n",
	true},
};

/* An answer acknowledges, a no reopens the booking, not D1; a new time ends that; an annulled
 * answer is none. */
START_TEST(svar)
{
	const struct svar *row = &svar_rows[_i];
	struct drive *d = summoned();

	int32_t nr = drive(d, fact_kallelse_svar(MAY("07", "11:00"), KB, row->svar));
	const char *news = drive_news(d);
	ck_assert_msg(strcmp(news, row->news) == 0, "%s: %s", row->rule, news);
	ck_assert_int_eq(drive_task(d, TASK_KVITTERA_KALLELSE, KB)->status, TASK_DONE);
	ck_assert_int_eq(drive_task(d, TASK_KALLA_SIP, VC)->status, TASK_DONE);
	ck_assert_int_eq(drive_task_count(d, TASK_BOKA_OM_SIP, VC), row->reopens);
	drive(d, fact_kallelse_svar(MAY("07", "11:05"), KB, row->svar)); /* twice: one task */
	int open = 0;
	for (int i = 0; i < d->given.task_count; i++)
		open += d->given.tasks[i].kind == TASK_BOKA_OM_SIP &&
			d->given.tasks[i].status == TASK_OPEN;
	ck_assert_int_eq(open, row->reopens);
	ck_assert_int_eq(drive_task_count(d, TASK_BOKA_OM_SIP, VC), row->reopens);
	if (row->reopens) /* before the meeting that cannot be held */
		ck_assert(drive_task(d, TASK_BOKA_OM_SIP, VC)->due_at == d->state.mote.start_at);
	annul(d, MAY("07", "11:10"), KB, nr + 1);
	drive_news(d);
	annul(d, MAY("07", "11:15"), KB, nr);
	news = drive_news(d);
	ck_assert_msg(strstr(news, "VC sip.svar makulerad\n") != NULL, "%s: %s", row->rule, news);
	ck_assert_int_eq(drive_task(d, TASK_KVITTERA_KALLELSE, KB)->status, TASK_OPEN);
	for (int i = 0; i < d->given.task_count; i++)
		ck_assert(d->given.tasks[i].kind != TASK_BOKA_OM_SIP ||
			  d->given.tasks[i].status != TASK_OPEN);
	drive_free(d);
}
END_TEST

START_TEST(no_and_a_new_time)
{
	struct drive *d = summoned();

	drive(d, fact_kallelse_svar(MAY("07", "11:00"), KB, SVAR_NEJ));
	drive(d, kallelse(MAY("07", "12:00"), KALLELSE_OMBOKA, MAY("14", "13:00")));
	const struct given_task *t = drive_task(d, TASK_BOKA_OM_SIP, VC);
	ck_assert_int_eq(t->status, TASK_DONE);
	ck_assert_int_eq(drive_told(d, VC, NOTICE_TASK_CANCELLED), 0);
	ck_assert_int_eq(drive_told(d, KB, NOTICE_SIP_REBOOKED), 1);
	/* Late: what was answered before the new time is not of it. */
	struct fact f = fact_kallelse_svar(MAY("07", "11:30"), KB, SVAR_NEJ);
	f.recorded_at = at(MAY("07", "13:00"));
	drive(d, f);
	for (int i = 0; i < d->given.task_count; i++)
		ck_assert(d->given.tasks[i].kind != TASK_BOKA_OM_SIP ||
			  d->given.tasks[i].status != TASK_OPEN);
	ck_assert_ptr_null(drive_breach(d, BREACH_D1, VC));
	drive_free(d);
}
END_TEST

/* D6a, D8: held and taken up again at the time to which a unit said no: it is no time still. */
START_TEST(no_stands_while_the_time_does)
{
	struct drive *d = summoned();

	drive(d, fact_kallelse_svar(MAY("07", "11:00"), KB, SVAR_NEJ));
	drive(d, fact_ny_beraknad(MAY("07", "12:00"), MAY("18", "12:00")));
	ck_assert_int_eq(d->state.bokning.status, BOKNING_VANTAR);
	drive(d, fact_ny_beraknad(MAY("07", "13:00"), MAY("08", "12:00")));
	ck_assert_int_eq(d->state.bokning.status, BOKNING_BOKAD);
	int open = 0;
	for (int i = 0; i < d->given.task_count; i++)
		open += d->given.tasks[i].kind == TASK_BOKA_OM_SIP &&
			d->given.tasks[i].status == TASK_OPEN;
	ck_assert_int_eq(open, 1);
	drive_free(d);
}
END_TEST

/* D8: a no to a time that is another by now, also for whom the new kallelse does not name. */
START_TEST(no_to_a_time_that_was)
{
	struct drive *d = summoned();
	struct fact f = kallelse(MAY("07", "12:00"), KALLELSE_OMBOKA, MAY("14", "13:00"));

	drive(d, fact_kallelse_svar(MAY("07", "11:00"), KB, SVAR_NEJ));
	f.sip_kallelse.kallade_count = 0;
	drive(d, f);
	ck_assert_int_ne(drive_task(d, TASK_BOKA_OM_SIP, VC)->status, TASK_OPEN);
	drive_free(d);
}
END_TEST

/* D6a, A11: the unit that summoned takes part no longer: a new time is for who summons now. */
START_TEST(summoner_has_left)
{
	struct drive *d = summoned();

	drive(d, fact_tillagd(MAY("07", "10:30"), H, PSYK));
	drive(d, fact_of(EJ_BERORD, VC, MAY("07", "11:00")));
	drive(d, fact_ny_beraknad(MAY("07", "12:00"), MAY("18", "12:00")));
	drive(d, fact_at(EJ_LANGRE_UTSKRIVNINGSKLAR, MAY("07", "13:00")));
	ck_assert_ptr_null(drive_task(d, TASK_BOKA_OM_SIP, VC));
	ck_assert_int_eq(drive_task(d, TASK_BOKA_OM_SIP, PSYK)->status, TASK_OPEN);
	drive_free(d);
}
END_TEST

START_TEST(answer_of_one_not_summoned)
{
	struct drive *d = summoned();

	drive(d, fact_kallelse_svar(MAY("07", "11:00"), KH, SVAR_NEJ));
	ck_assert_int_eq(d->outcome, OUTCOME_EJ_KALLAD);
	ck_assert_str_eq(drive_news(d), "");
	drive_free(d);
}
END_TEST

/* D8 of a kallelse that names no time yet, before utskrivningsklar. */
START_TEST(no_before_there_is_a_time)
{
	struct drive *d = drive_new(region, 1);

	drive(d, fact_inskrivningsmeddelande(
		     MAY("04", "09:00"), MAY("04", "02:00"), MAY("08", "12:00")));
	drive(d, fact_fvk(MAY("04", "10:00"), FVK_UTSE, VC, ANNA));
	drive(d, kallelse(MAY("04", "11:00"), KALLELSE_SKICKA, NULL));
	drive(d, fact_kallelse_svar(MAY("04", "12:00"), KB, SVAR_ANNAN_TID));
	ck_assert_ptr_nonnull(drive_task(d, TASK_BOKA_OM_SIP, VC));
	drive_free(d);
}
END_TEST

/* D6a, D8: a person summoned where the patient cannot answer: what no longer holds asks for a new
 * time all the same. */
START_TEST(no_where_samtycke_is_unknown)
{
	struct drive *d = summoned();

	drive(d, fact_samtycke(MAY("07", "10:30"), SAMTYCKE_SIP, SAMTYCKE_KAN_EJ));
	drive(d, fact_kallelse_svar(MAY("07", "11:00"), KB, SVAR_NEJ));
	ck_assert_ptr_nonnull(drive_task(d, TASK_BOKA_OM_SIP, VC));
	drive_free(d);
}
END_TEST

/* ---- D11 ---- */

/* Struck: told that the meeting is not for it, once; no clock of its own; summoned again it is in.
 */
START_TEST(struck)
{
	struct drive *d = summoned();
	struct fact f = kallelse(MAY("07", "11:00"), KALLELSE_OMBOKA, MAY("12", "13:30"));

	f.sip_kallelse.kallade_count = 0;
	f.sip_kallelse.strukna[f.sip_kallelse.strukna_count++] = KB;
	int32_t nr = drive(d, f);
	const char *news = drive_news(d);
	ck_assert_msg(strstr(news, "KB sip.cancelled struken\n") != NULL, "%s", news);
	ck_assert_int_eq(drive_task(d, TASK_KVITTERA_KALLELSE, KB)->status, TASK_CANCELLED);
	ck_assert_ptr_null(strstr(news, "VC sip"));
	drive_until(d, MAY("12", "13:00"));
	ck_assert_ptr_null(drive_breach(d, BREACH_D1, VC));
	ck_assert_ptr_null(strstr(drive_news(d), "KB sip"));
	annul(d, MAY("12", "13:05"), VC, nr);
	news = drive_news(d);
	ck_assert_msg(strstr(news, "KB sip.kallelse") != NULL, "%s", news);
	drive_free(d);
}
END_TEST

/* D9, D11: struck in a kallelse that is joined to the first. */
START_TEST(struck_in_a_second)
{
	struct drive *d = drive_new(region, 1);
	struct fact f =
	    fact_inskrivningsmeddelande(MAY("04", "09:00"), MAY("04", "02:00"), MAY("08", "12:00"));

	fact_mottagare_add(&f, PSYK);
	drive(d, f);
	drive(d, fact_fvk(MAY("04", "10:00"), FVK_UTSE, VC, ANNA));
	drive(d, fact_fvk(MAY("04", "10:05"), FVK_UTSE, PSYK, YLVA));
	drive(d, kallelse(MAY("07", "10:00"), KALLELSE_SKICKA, MAY("12", "13:30")));
	drive_news(d);
	f = fact_kallelse(MAY("07", "11:00"), PSYK, KALLELSE_SKICKA, YLVA);
	f.sip_kallelse.kallade_count = 0;
	f.sip_kallelse.strukna[f.sip_kallelse.strukna_count++] = KB;
	drive(d, f);
	ck_assert_ptr_nonnull(strstr(drive_news(d), "KB sip.cancelled struken\n"));
	drive_free(d);
}
END_TEST

/* ---- D7 ---- */

static const struct held {
	const char *rule;
	enum sip_utfall utfall;
	uint8_t saknas;
	enum outcome outcome;
	const char *news; /* of the message */
	int komplettera, utred;
} held_rows[] = {
    {"D7 held, whole", SIP_GENOMFORD, 0, OUTCOME_APPLIED,
	"H sip.held genomford\nKB sip.held genomford\nVC task.created folj_upp_sip\n", 0, 0},
    {"D7 held, goals are missing", SIP_GENOMFORD, PLAN_MAL, OUTCOME_PLAN_OFULLSTANDIG,
	"H sip.held genomford\nKB sip.held genomford\nVC task.created komplettera_sip\n"
	"VC task.created folj_upp_sip\n",
	1, 0},
    {"D7 nobody came", SIP_UTEBLEV, 0, OUTCOME_APPLIED,
	"H sip.held uteblev\nKB sip.held uteblev\nVC task.created utred_utebliven_sip\n", 0, 1},
    {"D7 broken off", SIP_AVBRUTEN, 0, OUTCOME_APPLIED,
	"H sip.held avbruten\nKB sip.held avbruten\nVC task.created utred_utebliven_sip\n", 0, 1},
};

START_TEST(held)
{
	const struct held *row = &held_rows[_i];
	struct drive *d = home();
	struct fact f = fact_sip(MAY("12", "14:30"), VC, row->utfall, SEPT("01", "10:00"));

	f.sip.plan.saknas = row->saknas;
	int32_t nr = drive(d, f);
	const char *news = drive_news(d);
	ck_assert_msg(strcmp(news, row->news) == 0, "%s: %s", row->rule, news);
	ck_assert_int_eq(d->outcome, row->outcome);
	ck_assert_int_eq(drive_task_count(d, TASK_KOMPLETTERA_SIP, VC), row->komplettera);
	ck_assert_int_eq(drive_task_count(d, TASK_UTRED_SIP, VC), row->utred);
	if (row->komplettera)
		drive_assert_task(d, TASK_KOMPLETTERA_SIP, VC, TASK_OPEN, MAY("18", "14:30"));
	if (row->utred)
		drive_assert_task(d, TASK_UTRED_SIP, VC, TASK_OPEN, MAY("18", "14:30"));
	/* Annulled: taken back where it was told, and nothing of it is owed. */
	annul(d, MAY("12", "15:00"), VC, nr);
	news = drive_news(d);
	ck_assert_msg(strstr(news, "H sip.held makulerad\n") != NULL &&
			  strstr(news, "KB sip.held makulerad\n") != NULL,
	    "%s: %s", row->rule, news);
	for (int i = 0; i < d->given.task_count; i++)
		ck_assert_int_ne(d->given.tasks[i].status, TASK_OPEN);
	drive_free(d);
}
END_TEST

/* D7: the same meeting told again, with what was missing: done, not cancelled. */
START_TEST(completed)
{
	struct drive *d = home();
	struct fact f = fact_sip(MAY("12", "14:30"), VC, SIP_GENOMFORD, SEPT("01", "10:00"));

	f.sip.plan.saknas = PLAN_MAL | PLAN_PATIENTENS_DEL;
	drive(d, f);
	drive_news(d);
	f.sip.plan.saknas = 0;
	f.sent_at = f.recorded_at = at(MAY("13", "09:00"));
	drive(d, f);
	ck_assert_int_eq(drive_task(d, TASK_KOMPLETTERA_SIP, VC)->status, TASK_DONE);
	ck_assert_int_eq(drive_task_count(d, TASK_FOLJ_UPP_SIP, VC), 1);
	ck_assert_int_eq(drive_task(d, TASK_FOLJ_UPP_SIP, VC)->status, TASK_OPEN);
	drive_free(d);
}
END_TEST

/* D7: who did not come is looked into until there is a new kallelse, or a word that none is wanted
 * now. */
START_TEST(looked_into)
{
	struct drive *d = home();

	drive(d, fact_sip(MAY("12", "14:30"), VC, SIP_UTEBLEV, NULL));
	drive(d, kallelse(MAY("13", "10:00"), KALLELSE_SKICKA, MAY("19", "13:00")));
	ck_assert_int_eq(drive_task(d, TASK_UTRED_SIP, VC)->status, TASK_DONE);
	drive(d, fact_sip(MAY("19", "14:00"), VC, SIP_UTEBLEV, NULL));
	ck_assert_int_eq(drive_task_count(d, TASK_UTRED_SIP, VC), 2);
	drive(d, fact_sip_behov(MAY("20", "10:00"), VC, SIP_BEHOVS_EJ));
	ck_assert_int_eq(drive_task(d, TASK_UTRED_SIP, VC)->status, TASK_DONE);
	drive_free(d);
}
END_TEST

/* D7: a second meeting that did not come off leaves the SIP that was held, and its follow-up. */
START_TEST(second_not_held)
{
	struct drive *d = home();

	drive(d, fact_sip(MAY("12", "14:30"), VC, SIP_GENOMFORD, SEPT("01", "10:00")));
	drive_news(d);
	drive(d, fact_sip(MAY("14", "10:00"), VC, SIP_UTEBLEV, NULL));
	ck_assert_ptr_nonnull(strstr(drive_news(d), "KB sip.held uteblev\n"));
	ck_assert(sip_is_held(&d->state));
	ck_assert(!sip_is_called_for(&d->state));
	drive_assert_task(d, TASK_FOLJ_UPP_SIP, VC, TASK_OPEN, SEPT("01", "10:00"));
	drive_assert_task(d, TASK_UTRED_SIP, VC, TASK_OPEN, MAY("19", "10:00"));
	drive(d, fact_sip(MAY("15", "10:00"), VC, SIP_GENOMFORD, SEPT("08", "10:00")));
	ck_assert_int_eq(drive_task(d, TASK_UTRED_SIP, VC)->status, TASK_DONE);
	drive_free(d);
}
END_TEST

/* D7: said to be held, which it was not: the one before is in force again, else none. */
START_TEST(not_held_after_all)
{
	struct drive *d = home();

	drive(d, fact_sip(MAY("12", "14:30"), VC, SIP_GENOMFORD, SEPT("01", "10:00")));
	drive(d, fact_sip(MAY("14", "10:00"), VC, SIP_GENOMFORD, SEPT("08", "10:00")));
	struct fact f = fact_sip(MAY("14", "10:00"), VC, SIP_UTEBLEV, NULL);
	f.sent_at = f.recorded_at = at(MAY("14", "12:00"));
	drive(d, f);
	ck_assert_at(d->state.sip.hallen_at, MAY("12", "14:30"));
	ck_assert_at(d->state.sip.uppfoljning_at, SEPT("01", "10:00"));
	f = fact_sip(MAY("12", "14:30"), VC, SIP_AVBRUTEN, NULL);
	f.sent_at = f.recorded_at = at(MAY("14", "13:00"));
	drive(d, f);
	ck_assert(!sip_is_held(&d->state));
	ck_assert(sip_is_called_for(&d->state));
	f = fact_sip(MAY("12", "14:30"), VC, SIP_GENOMFORD, SEPT("01", "10:00"));
	f.sent_at = f.recorded_at = at(MAY("14", "14:00"));
	drive(d, f);
	ck_assert(sip_is_held(&d->state));
	ck_assert_at(d->state.utebliven.hallen_at, MAY("14", "10:00"));
	drive_free(d);
}
END_TEST

/* D7: the follow-up is a deadline that outlives the stay; it sets the next, changes the plan, or
 * closes. */
START_TEST(followed_up)
{
	struct drive *d = home();

	drive(d, fact_sip(MAY("12", "14:30"), VC, SIP_GENOMFORD, SEPT("01", "10:00")));
	drive_assert_task(d, TASK_FOLJ_UPP_SIP, VC, TASK_OPEN, SEPT("01", "10:00"));
	drive_until(d, SEPT("01", "10:00"));
	ck_assert_int_eq(d->given.phase, PHASE_AVSLUTAD);
	ck_assert_at(drive_told_at(d, VC, NOTICE_TASK_DUE_SOON, TASK_FOLJ_UPP_SIP),
	    "2026-08-25T10:00:00+02:00");
	ck_assert_at(
	    drive_told_at(d, VC, NOTICE_TASK_OVERDUE, TASK_FOLJ_UPP_SIP), SEPT("01", "10:00"));
	drive_news(d);
	drive(d, fact_sip_uppfoljning(SEPT("02", "10:00"), VC, "2026-12-01T10:00:00+01:00"));
	const char *news = drive_news(d);
	ck_assert_msg(strstr(news, "KB sip.follow_up\n") != NULL, "%s", news);
	drive_assert_task(d, TASK_FOLJ_UPP_SIP, VC, TASK_OPEN, "2026-12-01T10:00:00+01:00");
	struct fact f =
	    fact_sip_uppfoljning("2026-12-01T11:00:00+01:00", VC, "2027-03-01T10:00:00+01:00");
	f.sip_uppfoljning.avslutad = true;
	int32_t nr = drive(d, f);
	ck_assert_int_eq(drive_task(d, TASK_FOLJ_UPP_SIP, VC)->status, TASK_DONE);
	ck_assert_ptr_nonnull(strstr(drive_news(d), "KB sip.follow_up avslutad\n"));
	annul(d, "2026-12-01T12:00:00+01:00", VC, nr);
	drive_assert_task(d, TASK_FOLJ_UPP_SIP, VC, TASK_OPEN, "2026-12-01T10:00:00+01:00");
	drive_free(d);
}
END_TEST

/* D7: a follow-up that neither closes the plan nor sets a day leaves that missing. */
START_TEST(followed_up_without_a_day)
{
	struct drive *d = home();

	drive(d, fact_sip(MAY("12", "14:30"), VC, SIP_GENOMFORD, MAY("20", "10:00")));
	drive(d, fact_sip_uppfoljning(MAY("20", "10:30"), VC, NULL));
	ck_assert_int_eq(d->outcome, OUTCOME_PLAN_OFULLSTANDIG);
	ck_assert_int_eq(drive_task(d, TASK_KOMPLETTERA_SIP, VC)->status, TASK_OPEN);
	drive(d, fact_sip_uppfoljning(MAY("21", "10:30"), VC, SEPT("01", "10:00")));
	ck_assert_int_eq(drive_task(d, TASK_KOMPLETTERA_SIP, VC)->status, TASK_DONE);
	drive_free(d);
}
END_TEST

/* D7: in the wrong order, and of what was not held. */
START_TEST(follow_up_of_nothing)
{
	struct drive *d = home();

	drive(d, fact_sip_uppfoljning(MAY("12", "15:00"), VC, SEPT("01", "10:00")));
	ck_assert_int_eq(d->outcome, OUTCOME_INGEN_SIP);
	struct fact f = fact_sip(MAY("12", "14:30"), VC, SIP_GENOMFORD, MAY("20", "10:00"));
	f.recorded_at = at(MAY("12", "16:00"));
	drive(d, f);
	drive_assert_task(d, TASK_FOLJ_UPP_SIP, VC, TASK_OPEN, SEPT("01", "10:00"));
	drive_free(d);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("sip_life");
	TCase *tc = tcase_create("sip_life");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_loop_test(tc, svar, 0, ROWS(svar_rows));
	tcase_add_test(tc, no_and_a_new_time);
	tcase_add_test(tc, no_stands_while_the_time_does);
	tcase_add_test(tc, no_to_a_time_that_was);
	tcase_add_test(tc, summoner_has_left);
	tcase_add_test(tc, answer_of_one_not_summoned);
	tcase_add_test(tc, no_before_there_is_a_time);
	tcase_add_test(tc, no_where_samtycke_is_unknown);
	tcase_add_test(tc, struck);
	tcase_add_test(tc, struck_in_a_second);
	tcase_add_loop_test(tc, held, 0, ROWS(held_rows));
	tcase_add_test(tc, completed);
	tcase_add_test(tc, looked_into);
	tcase_add_test(tc, second_not_held);
	tcase_add_test(tc, not_held_after_all);
	tcase_add_test(tc, followed_up);
	tcase_add_test(tc, followed_up_without_a_day);
	tcase_add_test(tc, follow_up_of_nothing);
	suite_add_tcase(s, tc);
	SRunner *sr = srunner_create(s);
	srunner_run_all(sr, CK_NORMAL);
	int failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed != 0;
}
