/*
 * Which tasks are owed, whose, until when, and when they are reminded of: a table by rule. Each row
 * plays a small history and then lets ten days pass.
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

static void
manual(void)
{
	test_policy_add(region, POLICY_FVK_MODE, 0, FVK_MANUAL);
	test_policy_add(region, POLICY_SIP_MODE, 0, SIP_MANUAL);
}

/* Admitted on Monday 4 May 2026 at 02:00, told 09:00, expected home on Friday 8 May at noon. */
static struct fact
monday(void)
{
	return fact_inskrivningsmeddelande(
	    "2026-05-04T09:00:00+02:00", "2026-05-04T02:00:00+02:00", "2026-05-08T12:00:00+02:00");
}

static void
play_a0(struct drive *d)
{
	drive(d, fact_inskrivning("2026-05-04T02:10:00+02:00", "2026-05-04T02:00:00+02:00"));
}

static void
play_a0_later(struct drive *d)
{
	play_a0(d);
	drive(d, fact_behovsbedomning(
		     "2026-05-04T08:00:00+02:00", BEHOV_SENARE, "2026-05-04T08:00:00+02:00"));
}

static void
play_a1(struct drive *d)
{
	play_a0(d);
	drive(d, fact_behovsbedomning(
		     "2026-05-04T08:00:00+02:00", BEHOV_JA, "2026-05-04T08:00:00+02:00"));
}

static void
play_a2(struct drive *d)
{
	play_a0_later(d);
	drive(d, fact_behovsbedomning(
		     "2026-05-04T20:00:00+02:00", BEHOV_JA, "2026-05-04T20:00:00+02:00"));
}

static void
play_plain(struct drive *d)
{
	manual();
	drive(d, monday());
}

static void
play_a3(struct drive *d)
{
	struct fact f = monday();

	manual();
	f.inskrivningsmeddelande.saknas = SAKNAS_ADRESS;
	drive(d, f);
}

static void
play_a4_unknown(struct drive *d)
{
	struct fact f = monday();
	struct fact_inskrivningsmeddelande *m = &f.inskrivningsmeddelande;

	manual();
	m->behov = 1 << BEHOV_KOMMUNAL_HSL;
	m->listad_pa = 0;
	m->mottagare[0].unit = KH;
	drive(d, f);
}

static void
play_friday_evening(struct drive *d)
{
	manual();
	drive(d, fact_inskrivningsmeddelande("2026-05-08T15:00:00+02:00",
		     "2026-05-08T02:00:00+02:00", "2026-05-12T12:00:00+02:00"));
}

static void
play_klar(struct drive *d)
{
	play_plain(d);
	drive(d, fact_utskrivningsklar("2026-05-07T09:00:00+02:00"));
}

/* From the day before the expected discharge; who is ready may go before that. */
static void
named_from_thursday_evening(struct drive *d)
{
	struct fact f = fact_fvk("2026-05-04T10:00:00+02:00", FVK_UTSE, VC, ANNA);

	f.fast_vardkontakt.from_at = at("2026-05-07T18:00:00+02:00");
	drive(d, f);
}

static void
play_b1_from_later_on(struct drive *d)
{
	play_plain(d);
	named_from_thursday_evening(d);
}

static void
play_b1_from_later_than_ready(struct drive *d)
{
	play_b1_from_later_on(d);
	drive(d, fact_utskrivningsklar("2026-05-07T09:00:00+02:00"));
}

static void
play_kallelse(struct drive *d)
{
	play_klar(d);
	drive(d, fact_fvk("2026-05-07T09:30:00+02:00", FVK_UTSE, VC, ANNA));
	struct fact f = fact_kallelse("2026-05-07T19:00:00+02:00", VC, KALLELSE_SKICKA, ANNA);
	f.sip_kallelse.mote = mote_at("2026-05-19T13:00:00+02:00");
	drive(d, f);
}

/* The SIP is mostly held when the patient is home: kvittens is asked for all the same. */
static void
play_kallelse_home(struct drive *d)
{
	play_kallelse(d);
	drive(d, fact_utskrivning("2026-05-07T20:00:00+02:00", "2026-05-07T20:00:00+02:00"));
}

/* Late, when the task is there only an hour before it is due: no "due soon" for what is over. */
static void
play_b9_klar_after_beraknad(struct drive *d)
{
	play_plain(d);
	drive(d, fact_utskrivningsklar("2026-05-09T09:00:00+02:00"));
}

/* The task's time stands at utskrivningsklar; the day before the new date lies ahead again. */
static void
play_b9_moved_when_klar(struct drive *d)
{
	play_klar(d);
	drive_until(d, "2026-05-07T13:00:00+02:00");
	drive(d, fact_ny_beraknad("2026-05-07T15:00:00+02:00", "2026-05-12T12:00:00+02:00"));
}

static void
play_b6(struct drive *d)
{
	for (staff_id i = ANNA; i <= DOKTOR; i++)
		test_staff(region, i)->fvk = false;
	region_index(region);
	drive(d, monday());
}

static void
play_b13_away(struct drive *d)
{
	test_staff(region, ANNA)->ersattare = 0;
	manual();
	drive(d, monday());
	drive(d, fact_fvk("2026-05-04T10:00:00+02:00", FVK_UTSE, VC, ANNA));
	test_absence_add(region, ANNA, "2026-05-06T00:00:00+02:00", NULL, 0);
	drive_at(d, "2026-05-05T00:00:00+02:00");
	drive_until(d, "2026-05-06T18:00:00+02:00");
}

static void
play_b13_left(struct drive *d)
{
	manual();
	drive(d, monday());
	drive(d, fact_fvk("2026-05-04T10:00:00+02:00", FVK_UTSE, VC, ANNA));
	test_staff(region, ANNA)->slutar_at = at("2026-05-06T17:00:00+02:00");
	region_index(region);
	drive_at(d, "2026-05-05T00:00:00+02:00");
	drive_until(d, "2026-05-06T18:00:00+02:00");
}

static void
play_d1a(struct drive *d)
{
	struct fact f = monday();

	manual();
	f.inskrivningsmeddelande.samtycke[SAMTYCKE_SIP] = SAMTYCKE_OKANT;
	drive(d, f);
	drive(d, fact_utskrivningsklar("2026-05-07T09:00:00+02:00"));
}

static void
play_d1a_kan_ej(struct drive *d)
{
	play_d1a(d);
	drive(d, fact_samtycke("2026-05-07T10:00:00+02:00", SAMTYCKE_SIP, SAMTYCKE_KAN_EJ));
}

/* D6b: no slot at all. */
static void
play_d6b(struct drive *d)
{
	test_policy_add(region, POLICY_FVK_MODE, 0, FVK_AUTO);
	region->slot_count = 0;
	region_index(region);
	struct fact f = monday();
	f.inskrivningsmeddelande.onskad = ANNA;
	drive(d, f);
	drive(d, fact_utskrivningsklar("2026-05-07T09:00:00+02:00"));
}

/* D6a: a kallelse is out, and the patient is expected home after the meeting. */
static void
play_d6a(struct drive *d)
{
	play_kallelse(d);
	drive(d, fact_ny_beraknad("2026-05-08T09:00:00+02:00", "2026-05-25T12:00:00+02:00"));
}

/* The person cancels the meeting: D1 stays fulfilled, a new time is due within the window. */
static void
play_d6a_cancelled(struct drive *d)
{
	play_kallelse(d);
	drive(d, fact_kallelse("2026-05-08T09:00:00+02:00", VC, KALLELSE_AVBOKA, ANNA));
}

static void
play_e(struct drive *d)
{
	play_plain(d);
	drive(d, fact_utskrivning("2026-05-08T14:00:00+02:00", "2026-05-08T14:00:00+02:00"));
}

static void
play_e_done(struct drive *d)
{
	play_e(d);
	drive(d, fact_at(UTSKRIVNINGSINFORMATION, "2026-05-08T15:00:00+02:00"));
	drive(d, fact_at(PATIENTINFORMATION, "2026-05-08T15:00:00+02:00"));
}

#define SAID_MAX 5
#define SOON NOTICE_TASK_DUE_SOON
#define ESCALATED NOTICE_TASK_ESCALATED
#define OVERDUE NOTICE_TASK_OVERDUE

static const struct row {
	const char *rule;
	void (*play)(struct drive *);
	enum task_kind kind;
	unit_id unit;
	staff_id staff;
	enum task_status status; /* after the history */
	const char *due;
	struct {
		enum notice_type type;
		const char *at;
	} said[SAID_MAX];
} rows[] = {
    {"A0", play_a0, TASK_BEHOVSBEDOMNING, H, 0, TASK_OPEN, "2026-05-05T02:00:00+02:00",
	{{SOON, "2026-05-04T14:00:00+02:00"}, {SOON, "2026-05-04T22:00:00+02:00"},
	    {OVERDUE, "2026-05-05T02:00:00+02:00"}}},
    {"A0", play_a0_later, TASK_BEHOVSBEDOMNING, H, 0, TASK_OPEN, "2026-05-05T02:00:00+02:00",
	{{SOON, "2026-05-04T14:00:00+02:00"}, {SOON, "2026-05-04T22:00:00+02:00"},
	    {OVERDUE, "2026-05-05T02:00:00+02:00"}}},
    {"A0", play_a1, TASK_BEHOVSBEDOMNING, H, 0, TASK_DONE, "2026-05-05T02:00:00+02:00", {{0}}},
    {"A1", play_a1, TASK_INSKRIVNINGSMEDDELANDE, H, 0, TASK_OPEN, "2026-05-05T02:00:00+02:00",
	{{SOON, "2026-05-04T22:00:00+02:00"}, {OVERDUE, "2026-05-05T02:00:00+02:00"}}},
    {"A2", play_a2, TASK_INSKRIVNINGSMEDDELANDE, H, 0, TASK_OPEN, "2026-05-05T20:00:00+02:00",
	{{SOON, "2026-05-05T16:00:00+02:00"}, {OVERDUE, "2026-05-05T20:00:00+02:00"}}},
    {"A3", play_a3, TASK_KOMPLETTERA, H, 0, TASK_OPEN, "2026-05-05T09:00:00+02:00",
	{{OVERDUE, "2026-05-05T09:00:00+02:00"}}},
    {"A4", play_a4_unknown, TASK_ANGE_MOTTAGARE, H, 0, TASK_OPEN, "2026-05-04T13:00:00+02:00",
	{{OVERDUE, "2026-05-04T13:00:00+02:00"}}},
    {"A8", play_plain, TASK_KVITTERA_INSKRIVNING, KB, 0, TASK_OPEN, "2026-05-05T10:00:00+02:00",
	{{SOON, "2026-05-04T13:00:00+02:00"}, {ESCALATED, "2026-05-05T10:00:00+02:00"}}},
    {"G3 two open hours are left on Friday", play_friday_evening, TASK_KVITTERA_INSKRIVNING, KB, 0,
	TASK_OPEN, "2026-05-12T10:00:00+02:00",
	{{SOON, "2026-05-11T10:00:00+02:00"}, {ESCALATED, "2026-05-12T10:00:00+02:00"}}},
    {"G3", play_klar, TASK_KVITTERA_KLAR, KB, 0, TASK_OPEN, "2026-05-08T10:00:00+02:00",
	{{SOON, "2026-05-07T13:00:00+02:00"}, {ESCALATED, "2026-05-08T10:00:00+02:00"}}},
    {"G3 whatever the hours", play_kallelse, TASK_KVITTERA_KALLELSE, KB, 0, TASK_OPEN,
	"2026-05-08T10:00:00+02:00",
	{{SOON, "2026-05-07T23:00:00+02:00"}, {ESCALATED, "2026-05-08T10:00:00+02:00"}}},
    {"G3 when home", play_kallelse_home, TASK_KVITTERA_KALLELSE, KB, 0, TASK_OPEN,
	"2026-05-08T10:00:00+02:00",
	{{SOON, "2026-05-07T23:00:00+02:00"}, {ESCALATED, "2026-05-08T10:00:00+02:00"}}},
    {"G3 when home", play_kallelse_home, TASK_KVITTERA_KLAR, KB, 0, TASK_CANCELLED,
	"2026-05-08T10:00:00+02:00", {{SOON, "2026-05-07T13:00:00+02:00"}}},
    {"B9", play_plain, TASK_UTSE_FVK, VC, 0, TASK_OPEN, "2026-05-08T12:00:00+02:00",
	{{SOON, "2026-05-05T09:00:00+02:00"}, {SOON, "2026-05-07T12:00:00+02:00"},
	    {OVERDUE, "2026-05-08T12:00:00+02:00"}}},
    {"B9 at utskrivningsklar, and 24 h before the expected discharge", play_klar, TASK_UTSE_FVK, VC,
	0, TASK_OPEN, "2026-05-07T09:00:00+02:00",
	{{SOON, "2026-05-05T09:00:00+02:00"}, {OVERDUE, "2026-05-07T09:00:00+02:00"},
	    {OVERDUE, "2026-05-07T12:00:00+02:00"}}},
    {"B9 at utskrivningsklar, overdue before", play_b9_klar_after_beraknad, TASK_UTSE_FVK, VC, 0,
	TASK_OPEN, "2026-05-08T12:00:00+02:00",
	{{SOON, "2026-05-05T09:00:00+02:00"}, {SOON, "2026-05-07T12:00:00+02:00"},
	    {OVERDUE, "2026-05-08T12:00:00+02:00"}, {OVERDUE, "2026-05-09T09:00:00+02:00"}}},
    {"B9 the expected discharge moves when ready", play_b9_moved_when_klar, TASK_UTSE_FVK, VC, 0,
	TASK_OPEN, "2026-05-07T09:00:00+02:00",
	{{SOON, "2026-05-05T09:00:00+02:00"}, {OVERDUE, "2026-05-07T09:00:00+02:00"},
	    {OVERDUE, "2026-05-07T12:00:00+02:00"}, {OVERDUE, "2026-05-11T12:00:00+02:00"}}},
    {"B6", play_b6, TASK_UTSE_FVK, VC, DOKTOR, TASK_OPEN, "2026-05-08T12:00:00+02:00",
	{{SOON, "2026-05-05T09:00:00+02:00"}, {SOON, "2026-05-07T12:00:00+02:00"},
	    {OVERDUE, "2026-05-08T12:00:00+02:00"}}},
    {"B1", play_kallelse, TASK_UTSE_FVK, VC, 0, TASK_DONE, "2026-05-07T09:00:00+02:00",
	{{SOON, "2026-05-05T09:00:00+02:00"}, {OVERDUE, "2026-05-07T09:00:00+02:00"}}},
    {"B1 named from a day before the expected discharge", play_b1_from_later_on, TASK_UTSE_FVK, VC,
	0, TASK_DONE, "2026-05-08T12:00:00+02:00", {{0}}},
    {"B1 named from later than the patient may go", play_b1_from_later_than_ready, TASK_UTSE_FVK,
	VC, 0, TASK_OPEN, "2026-05-07T09:00:00+02:00",
	{{OVERDUE, "2026-05-07T09:00:00+02:00"}, {OVERDUE, "2026-05-07T12:00:00+02:00"}}},
    {"B13 away", play_b13_away, TASK_ERSATT_FVK, VC, DOKTOR, TASK_OPEN, "2026-05-07T10:00:00+02:00",
	{{OVERDUE, "2026-05-07T10:00:00+02:00"}}},
    {"B13 left", play_b13_left, TASK_ERSATT_FVK, VC, DOKTOR, TASK_OPEN, "2026-05-07T10:00:00+02:00",
	{{OVERDUE, "2026-05-07T10:00:00+02:00"}}},
    {"D1 D5", play_klar, TASK_KALLA_SIP, VC, 0, TASK_OPEN, "2026-05-11T00:00:00+02:00",
	{{ESCALATED, "2026-05-10T00:00:00+02:00"}, {SOON, "2026-05-10T20:00:00+02:00"},
	    {OVERDUE, "2026-05-11T00:00:00+02:00"}}},
    {"D1", play_kallelse, TASK_KALLA_SIP, VC, ANNA, TASK_DONE, "2026-05-11T00:00:00+02:00", {{0}}},
    {"D1 unknown is not a no", play_d1a, TASK_KALLA_SIP, VC, 0, TASK_OPEN,
	"2026-05-11T00:00:00+02:00",
	{{ESCALATED, "2026-05-10T00:00:00+02:00"}, {SOON, "2026-05-10T20:00:00+02:00"},
	    {OVERDUE, "2026-05-11T00:00:00+02:00"}}},
    {"D1a", play_d1a, TASK_FRAGA_SAMTYCKE, H, 0, TASK_OPEN, "2026-05-11T00:00:00+02:00",
	{{OVERDUE, "2026-05-11T00:00:00+02:00"}}},
    {"D1a", play_d1a, TASK_FRAGA_SAMTYCKE, VC, 0, TASK_OPEN, "2026-05-11T00:00:00+02:00",
	{{OVERDUE, "2026-05-11T00:00:00+02:00"}}},
    {"D1a answered", play_d1a_kan_ej, TASK_FRAGA_SAMTYCKE, H, 0, TASK_DONE,
	"2026-05-11T00:00:00+02:00", {{0}}},
    {"D1a", play_d1a_kan_ej, TASK_BESLUTA_SIP, VC, 0, TASK_OPEN, "2026-05-11T00:00:00+02:00",
	{{OVERDUE, "2026-05-11T00:00:00+02:00"}}},
    {"D6b", play_d6b, TASK_NO_SLOT, VC, ANNA, TASK_OPEN, "2026-05-11T00:00:00+02:00",
	{{OVERDUE, "2026-05-11T00:00:00+02:00"}}},
    {"D6a", play_d6a, TASK_BOKA_OM_SIP, VC, ANNA, TASK_OPEN, "2026-05-19T13:00:00+02:00", {{0}}},
    {"D6a cancelled by the unit", play_d6a_cancelled, TASK_BOKA_OM_SIP, VC, ANNA, TASK_OPEN,
	"2026-05-22T12:00:00+02:00", {{0}}},
    {"D1 is fulfilled though the meeting is off", play_d6a_cancelled, TASK_KALLA_SIP, VC, ANNA,
	TASK_DONE, "2026-05-11T00:00:00+02:00", {{0}}},
    {"E1", play_e, TASK_UTSKRIVNINGSINFORMATION, H, 0, TASK_OPEN, "2026-05-09T00:00:00+02:00",
	{{SOON, "2026-05-08T20:00:00+02:00"}, {OVERDUE, "2026-05-09T00:00:00+02:00"}}},
    {"E1", play_e_done, TASK_UTSKRIVNINGSINFORMATION, H, 0, TASK_DONE, "2026-05-09T00:00:00+02:00",
	{{0}}},
    {"E3", play_e, TASK_PATIENTINFORMATION, H, 0, TASK_OPEN, "2026-05-09T00:00:00+02:00",
	{{OVERDUE, "2026-05-09T00:00:00+02:00"}}},
    {"E3", play_e_done, TASK_PATIENTINFORMATION, H, 0, TASK_DONE, "2026-05-09T00:00:00+02:00",
	{{0}}},
};

static void
check_said(const struct row *row, const struct drive *d)
{
	int n = 0;

	for (int i = 0; i < d->log_count; i++) {
		const struct told *t = &d->log[i].told;
		if (t->unit != row->unit || t->task_kind != (int)row->kind ||
		    (t->type != SOON && t->type != ESCALATED && t->type != OVERDUE))
			continue;
		ck_assert_msg(n < SAID_MAX && row->said[n].at != NULL, "%s: %s at %s too many",
		    row->rule, notice_type_word(t->type), at_text(d->log[i].at));
		ck_assert_msg(t->type == row->said[n].type && d->log[i].at == at(row->said[n].at),
		    "%s: %s at %s", row->rule, notice_type_word(t->type), at_text(d->log[i].at));
		n++;
	}
	ck_assert_msg(
	    n == SAID_MAX || row->said[n].at == NULL, "%s: only %d reminders", row->rule, n);
}

START_TEST(duty)
{
	const struct row *row = &rows[_i];
	struct drive *d = drive_new(region, 1);

	row->play(d);
	drive_assert_task(d, row->kind, row->unit, row->status, row->due);
	const struct given_task *t = drive_task(d, row->kind, row->unit);
	ck_assert_int_eq(t->staff, row->staff);
	ck_assert_int_eq(drive_task_count(d, row->kind, row->unit), 1);
	drive_until_instant(d, d->now + 10 * DAY);
	check_said(row, d);
	drive_free(d);
}
END_TEST

/* Looked at late, what stands for it is said once, at once; reminders that are over are not. */
START_TEST(looked_at_late)
{
	struct drive *d = drive_new(region, 1);

	play_klar(d);
	drive_news(d);
	drive_at(d, "2026-05-11T08:00:00+02:00");
	ck_assert_int_eq(drive_told_task(d, VC, OVERDUE, TASK_KALLA_SIP), 1);
	ck_assert_int_eq(drive_told_task(d, VC, ESCALATED, TASK_KALLA_SIP), 1);
	ck_assert_int_eq(drive_told_task(d, VC, SOON, TASK_KALLA_SIP), 0);
	drive_free(d);
}
END_TEST

/* What is owed in the end is the same, instant by instant or looked at late. */
START_TEST(late_is_the_same)
{
	struct drive *d[2] = {
	    drive_new(region, 1), drive_new(region, 3601)}; /* looked at daily at the same second */

	for (int i = 0; i < 2; i++)
		rows[_i].play(d[i]);
	instant end = d[0]->now + 10 * DAY;
	drive_until_instant(d[0], end);
	for (int i = 0; i < 2; i++)
		drive_at_instant(d[i], end);
	ck_assert(d[0]->next_due == d[1]->next_due);
	ck_assert_int_eq(d[0]->given.phase, d[1]->given.phase);
	ck_assert_int_eq(d[0]->given.breach_count, d[1]->given.breach_count);
	for (int i = 0; i < d[1]->given.task_count; i++) {
		const struct given_task *late = &d[1]->given.tasks[i];
		const struct given_task *t = drive_task(d[0], late->kind, late->unit);
		ck_assert_ptr_nonnull(t);
		ck_assert_int_eq(t->status, late->status);
		ck_assert(t->due_at == late->due_at && t->staff == late->staff);
	}
	drive_free(d[0]);
	drive_free(d[1]);
}
END_TEST

/* A date that moves moves the task, says so once, and reminds anew of what lies ahead again; not of
 * what was said. */
START_TEST(moved_date)
{
	struct drive *d = drive_new(region, 1);

	play_plain(d);
	drive_until(d, "2026-05-08T12:00:00+02:00");
	ck_assert_int_eq(drive_told_task(d, VC, OVERDUE, TASK_UTSE_FVK), 1);
	drive(d, fact_ny_beraknad("2026-05-08T13:00:00+02:00", "2026-05-08T10:00:00+02:00"));
	ck_assert_int_eq(drive_told_task(d, VC, NOTICE_TASK_CHANGED, TASK_UTSE_FVK), 1);
	ck_assert_int_eq(drive_told_task(d, VC, OVERDUE, TASK_UTSE_FVK), 1);
	drive(d, fact_ny_beraknad("2026-05-08T14:00:00+02:00", "2026-05-12T12:00:00+02:00"));
	drive_until(d, "2026-05-13T00:00:00+02:00");
	ck_assert_int_eq(drive_told_task(d, VC, SOON, TASK_UTSE_FVK), 3);
	ck_assert_at(drive_told_at(d, VC, SOON, TASK_UTSE_FVK), "2026-05-11T12:00:00+02:00");
	ck_assert_int_eq(drive_told_task(d, VC, OVERDUE, TASK_UTSE_FVK), 2);
	drive_free(d);
}
END_TEST

/* A6: a new version asks the same once more, not anew: one task of A3, one of A4, one to
 * acknowledge. */
START_TEST(versions)
{
	struct drive *d = drive_new(region, 1);
	struct fact f = monday();

	manual();
	f.inskrivningsmeddelande.saknas = SAKNAS_ADRESS;
	f.inskrivningsmeddelande.mottagare[2] =
	    (struct mottagare){.kommun = 2480, .slag = SOCIALTJANST};
	f.inskrivningsmeddelande.mottagare_count = 3;
	drive(d, f);
	f.sent_at = f.recorded_at = at("2026-05-04T11:00:00+02:00");
	drive(d, f);
	static const enum task_kind kinds[] = {TASK_KOMPLETTERA, TASK_ANGE_MOTTAGARE};
	for (int i = 0; i < ROWS(kinds); i++) {
		ck_assert_int_eq(drive_task_count(d, kinds[i], H), 1);
		ck_assert_int_eq(drive_told_task(d, H, NOTICE_TASK_CREATED, kinds[i]), 1);
	}
	drive_assert_task(d, TASK_KOMPLETTERA, H, TASK_OPEN, "2026-05-05T11:00:00+02:00");
	ck_assert_int_eq(drive_task_count(d, TASK_KVITTERA_INSKRIVNING, KB), 1);
	drive_assert_task(d, TASK_KVITTERA_INSKRIVNING, KB, TASK_OPEN, "2026-05-05T10:00:00+02:00");
	drive_free(d);
}
END_TEST

/* A0, A1: home without a message: nothing is to be prepared any more, and nothing left the
 * hospital. */
START_TEST(home_without_message)
{
	struct drive *d = drive_new(region, 1);

	play_a1(d);
	drive(d, fact_utskrivning("2026-05-04T15:00:00+02:00", "2026-05-04T15:00:00+02:00"));
	ck_assert_int_eq(drive_task(d, TASK_INSKRIVNINGSMEDDELANDE, H)->status, TASK_CANCELLED);
	ck_assert_int_eq(d->given.phase, PHASE_AVSLUTAD);
	ck_assert_int_eq(d->given.breach_count, 0);
	for (int i = 0; i < d->log_count; i++)
		ck_assert_int_eq(d->log[i].told.unit, H);
	drive_free(d);
}
END_TEST

/* D1, A10: one who was added after the kallelse has a clock of its own, and the first one's task
 * stays done. */
START_TEST(added_after_kallelse)
{
	struct drive *d = drive_new(region, 1);
	struct fact f = monday();

	play_kallelse(d);
	int32_t first = drive_task(d, TASK_KALLA_SIP, VC)->ref;
	fact_mottagare_add(&f, KH);
	f.sent_at = f.recorded_at = at("2026-05-08T15:00:00+02:00");
	int32_t added = drive(d, f);
	ck_assert_int_eq(drive_task_count(d, TASK_KALLA_SIP, VC), 2);
	drive_assert_task(d, TASK_KALLA_SIP, VC, TASK_OPEN, "2026-05-12T00:00:00+02:00");
	ck_assert_int_eq(drive_task(d, TASK_KALLA_SIP, VC)->ref, added);
	ck_assert_int_eq(drive_told(d, KB, NOTICE_SIP_DUE), 1);
	ck_assert_int_eq(drive_told(d, KH, NOTICE_SIP_DUE), 1);
	ck_assert_int_eq(drive_told(d, KB, NOTICE_SIP_KALLELSE), 1);
	f = fact_kallelse("2026-05-09T09:00:00+02:00", VC, KALLELSE_SKICKA, ANNA);
	f.sip_kallelse.kallade[0] = KH;
	f.sip_kallelse.mote = mote_at("2026-05-19T13:00:00+02:00");
	drive(d, f);
	for (int i = 0; i < d->given.task_count; i++)
		if (d->given.tasks[i].kind == TASK_KALLA_SIP)
			ck_assert_int_eq(d->given.tasks[i].status, TASK_DONE);
	ck_assert_int_ne(first, added);
	ck_assert_int_eq(drive_told(d, KB, NOTICE_SIP_KALLELSE), 1);
	ck_assert_int_eq(drive_told(d, KH, NOTICE_SIP_KALLELSE), 1);
	ck_assert_int_eq(drive_task_count(d, TASK_KVITTERA_KALLELSE, KB), 1);
	ck_assert_int_eq(drive_task_count(d, TASK_KVITTERA_KALLELSE, KH), 1);
	drive_until_instant(d, d->now + 10 * DAY);
	ck_assert_ptr_null(drive_breach(d, BREACH_D1, VC));
	drive_free(d);
}
END_TEST

/* G9, policy barn_tillfragas: of a child the vårdnadshavare are asked, and the child as age allows.
 */
static const struct asked {
	int year, month, day; /* born */
	const char *who;
} asked_rows[] = {
    {2026, 4, 1, "vardnadshavare"},
    {2014, 5, 8, "vardnadshavare"},
    {2014, 5, 7, "barn_och_vardnadshavare"},
    {2008, 5, 8, "barn_och_vardnadshavare"},
    {2008, 5, 7, NULL},
    {1918, 1, 1, NULL},
};

START_TEST(g9_who_is_asked)
{
	const struct asked *row = &asked_rows[_i];
	struct drive *d = drive_new(region, 1);
	struct fact f = monday();

	manual();
	f.inskrivningsmeddelande.samtycke[SAMTYCKE_SIP] = SAMTYCKE_OKANT;
	drive(d, f);
	d->state.fodd = date_of(row->year, row->month, row->day);
	drive(d, fact_utskrivningsklar("2026-05-07T09:00:00+02:00"));
	ck_assert_int_eq(drive_told_task(d, H, NOTICE_TASK_CREATED, TASK_FRAGA_SAMTYCKE), 1);
	for (int i = 0; i < d->log_count; i++)
		if (d->log[i].told.task_kind == TASK_FRAGA_SAMTYCKE)
			ck_assert_pstr_eq(d->log[i].told.detail, row->who);
	drive_free(d);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("duties");
	TCase *tc = tcase_create("duties");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_loop_test(tc, duty, 0, ROWS(rows));
	tcase_add_loop_test(tc, late_is_the_same, 0, ROWS(rows));
	tcase_add_test(tc, looked_at_late);
	tcase_add_test(tc, moved_date);
	tcase_add_test(tc, versions);
	tcase_add_test(tc, home_without_message);
	tcase_add_test(tc, added_after_kallelse);
	tcase_add_loop_test(tc, g9_who_is_asked, 0, ROWS(asked_rows));
	suite_add_tcase(s, tc);
	SRunner *sr = srunner_create(s);
	srunner_run_all(sr, CK_NORMAL);
	int failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed != 0;
}
