/*
 * Who takes part, and who no longer does: A9, A10, A11, C1a and F4's move, with stories 6 and 10 as
 * far as the rules tell them. Each row of the table plays a small history; the news of its last
 * message are what every unit is told of it.
 */
#include "rules_driver.h"

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

#define MAY(day, time) "2026-05-" day "T" time ":00+02:00"

/* Admitted on Monday 4 May 2026 at 02:00, told 09:00, expected home on Friday at noon. */
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

/* What lies before is no news. */
static void
settle(struct drive *d, const char *until)
{
	drive_until_instant(d, at(until) - 1);
	drive_news(d);
}

static const struct given_participant *
given_of(const struct drive *d, unit_id unit)
{
	for (int i = 0; i < d->given.participant_count; i++)
		if (d->given.participants[i].unit == unit)
			return &d->given.participants[i];
	ck_abort_msg("%s never took part", drive_unit_name(unit));
	return NULL;
}

/* ---- A9, A10, A11: on time, late, twice, in the wrong order, annulled and un-annulled ---- */

static void
play_rejected(struct drive *d)
{
	drive(d, monday());
	drive_news(d);
	drive(d, fact_avvisning(MAY("04", "10:00"), KB, FELSAND, NO_UNIT));
}

static void
play_rejected_twice(struct drive *d)
{
	play_rejected(d);
	drive_news(d);
	drive(d, fact_avvisning(MAY("04", "10:05"), KB, FELSAND, NO_UNIT));
}

/* Said at 10:00, heard at 16:00, when a new version had named the unit again. */
static void
play_rejected_late(struct drive *d)
{
	struct fact f = monday();

	drive(d, f);
	f.sent_at = f.recorded_at = at(MAY("04", "12:00"));
	drive(d, f);
	settle(d, MAY("04", "16:00"));
	f = fact_avvisning(MAY("04", "10:00"), KB, FELSAND, NO_UNIT);
	f.recorded_at = at(MAY("04", "16:00"));
	drive(d, f);
}

static void
play_rejected_annulled(struct drive *d)
{
	play_rejected(d);
	drive(d, fact_utskrivningsklar(MAY("04", "11:00")));
	drive_news(d);
	annul(d, MAY("04", "12:00"), KB, 2);
}

static void
play_rejected_annulled_undone(struct drive *d)
{
	play_rejected_annulled(d);
	settle(d, MAY("04", "12:30"));
	annul(d, MAY("04", "12:30"), KB, 4);
}

static void
play_version_after_rejection(struct drive *d)
{
	struct fact f = monday();

	play_rejected(d);
	drive_news(d);
	f.sent_at = f.recorded_at = at(MAY("04", "12:00"));
	drive(d, f);
}

static void
play_added_again(struct drive *d)
{
	play_rejected(d);
	drive_news(d);
	drive(d, fact_tillagd(MAY("04", "12:00"), H, KB));
}

static void
play_listed_elsewhere(struct drive *d)
{
	drive(d, monday());
	drive(d, fact_fvk(MAY("04", "09:30"), FVK_UTSE, VC, ANNA));
	drive_news(d);
	drive(d, fact_avvisning(MAY("04", "10:00"), VC, EJ_LISTAD, VC2));
}

static void
play_listed_elsewhere_annulled(struct drive *d)
{
	play_listed_elsewhere(d);
	drive_news(d);
	annul(d, MAY("04", "11:00"), VC, 3);
}

static void
play_not_concerned(struct drive *d)
{
	drive(d, monday());
	drive_news(d);
	drive(d, fact_of(EJ_BERORD, KB, MAY("04", "10:00")));
}

/* The unit's clock is behind that of the hospital. */
static void
play_not_concerned_clock_behind(struct drive *d)
{
	drive(d, monday());
	drive_news(d);
	struct fact f = fact_of(EJ_BERORD, KB, MAY("04", "08:58"));
	f.recorded_at = at(MAY("04", "09:01"));
	drive(d, f);
}

static void
play_not_concerned_annulled(struct drive *d)
{
	play_not_concerned(d);
	drive_news(d);
	annul(d, MAY("04", "11:00"), KB, 2);
}

static void
play_never_mottagare(struct drive *d)
{
	drive(d, monday());
	drive_news(d);
	drive(d, fact_of(EJ_BERORD, KH, MAY("04", "10:00")));
}

static void
play_added(struct drive *d)
{
	drive(d, monday());
	drive_news(d);
	drive(d, fact_tillagd(MAY("04", "10:00"), H, KH));
}

static void
play_added_twice(struct drive *d)
{
	play_added(d);
	drive_news(d);
	drive(d, fact_tillagd(MAY("04", "10:05"), H, KH));
}

static void
play_added_annulled(struct drive *d)
{
	play_added(d);
	drive_news(d);
	annul(d, MAY("04", "11:00"), H, 2);
}

/* A10, A6: who was added by a word of its own is not a version's to drop. */
static void
play_added_and_a_version(struct drive *d)
{
	struct fact f = monday();

	play_added(d);
	drive_news(d);
	f.sent_at = f.recorded_at = at(MAY("04", "12:00"));
	drive(d, f);
}

static void
play_removed(struct drive *d)
{
	drive(d, monday());
	drive_news(d);
	drive(d, fact_borttagen(MAY("04", "10:00"), H, KB));
}

static void
play_removed_twice(struct drive *d)
{
	play_removed(d);
	drive_news(d);
	drive(d, fact_borttagen(MAY("04", "10:05"), H, KB));
}

static void
play_removed_annulled(struct drive *d)
{
	play_removed(d);
	drive_news(d);
	annul(d, MAY("04", "11:00"), H, 2);
}

static void
play_forwarded(struct drive *d)
{
	drive(d, monday());
	drive_news(d);
	drive(d, fact_vidarebefordrad(MAY("04", "10:00"), KB, KH));
}

static void
play_forwarded_to_another_kommun(struct drive *d)
{
	drive(d, monday());
	drive_news(d);
	drive(d, fact_vidarebefordrad(MAY("04", "10:00"), KB, KB2));
}

static void
play_forwarded_when_out(struct drive *d)
{
	play_rejected(d);
	drive_news(d);
	drive(d, fact_vidarebefordrad(MAY("04", "11:00"), KB, KH));
}

/* What a unit that is out adds is nobody's word. */
static void
play_added_by_one_who_is_out(struct drive *d)
{
	play_rejected(d);
	drive_news(d);
	drive(d, fact_tillagd(MAY("04", "11:00"), KB, KH));
}

static void
play_forwarded_annulled(struct drive *d)
{
	play_forwarded(d);
	drive_news(d);
	annul(d, MAY("04", "11:00"), KB, 2);
}

static const struct row {
	const char *rule;
	void (*play)(struct drive *);
	enum outcome outcome;
	const char *news;
} rows[] = {
    {"A9", play_rejected, OUTCOME_APPLIED,
	"H episode.avvisning felsand\n"
	"H task.created omdirigera urgent\n"
	"KB task.cancelled kvittera_inskrivningsmeddelande\n"},
    {"A9 twice", play_rejected_twice, OUTCOME_EJ_MOTTAGARE, ""},
    {"A9 late, after a version", play_rejected_late, OUTCOME_APPLIED,
	"H episode.avvisning felsand\n"
	"H task.created omdirigera urgent\n"
	"KB task.cancelled kvittera_inskrivningsmeddelande\n"},
    {"A9 annulled: in again, and told what it missed", play_rejected_annulled, OUTCOME_APPLIED,
	"H episode.mottagare_andrad makulerad\n"
	"KB episode.inskrivningsmeddelande kvittera_inskrivningsmeddelande\n"
	"KB episode.utskrivningsklar kvittera_utskrivningsklar\n"
	"KB sip.due\n"
	"H task.cancelled omdirigera\n"},
    {"A9 annulled, and that annulled", play_rejected_annulled_undone, OUTCOME_APPLIED,
	"H episode.avvisning felsand\n"
	"H task.created omdirigera reopened\n"
	"KB task.cancelled kvittera_inskrivningsmeddelande\n"
	"KB task.cancelled kvittera_utskrivningsklar\n"},
    {"A9 a version does not bring it back", play_version_after_rejection, OUTCOME_NY_VERSION,
	"VC episode.inskrivningsmeddelande_andrat\n"},
    {"A9, A10 added again by the hospital", play_added_again, OUTCOME_APPLIED,
	"KB episode.inskrivningsmeddelande kvittera_inskrivningsmeddelande\n"
	"H task.cancelled omdirigera\n"},
    {"A9 listed elsewhere", play_listed_elsewhere, OUTCOME_APPLIED,
	"H episode.avvisning ej_listad\n"
	"VC2 episode.inskrivningsmeddelande kvittera_inskrivningsmeddelande\n"
	"VC2 fast_vardkontakt.appointed\n"
	"VC2 task.created utse_fast_vardkontakt\n"
	"VC task.cancelled kvittera_inskrivningsmeddelande\n"},
    {"A9 listed elsewhere, annulled: who took over is out", play_listed_elsewhere_annulled,
	OUTCOME_APPLIED,
	"H episode.mottagare_andrad makulerad\n"
	"VC episode.inskrivningsmeddelande kvittera_inskrivningsmeddelande\n"
	"VC fast_vardkontakt.appointed\n"
	"VC2 task.cancelled kvittera_inskrivningsmeddelande\n"
	"VC2 task.cancelled utse_fast_vardkontakt\n"
	"VC2 episode.mottagare_avslutad\n"},
    {"A11", play_not_concerned, OUTCOME_APPLIED,
	"H episode.ej_berord\n"
	"KB task.cancelled kvittera_inskrivningsmeddelande\n"},
    {"A11 the unit's clock is behind", play_not_concerned_clock_behind, OUTCOME_APPLIED,
	"H episode.ej_berord\n"
	"KB task.cancelled kvittera_inskrivningsmeddelande\n"},
    {"A11 annulled", play_not_concerned_annulled, OUTCOME_APPLIED,
	"H episode.mottagare_andrad makulerad\n"
	"KB episode.inskrivningsmeddelande kvittera_inskrivningsmeddelande\n"},
    {"A11 who never took part", play_never_mottagare, OUTCOME_EJ_MOTTAGARE, ""},
    {"A10 added", play_added, OUTCOME_APPLIED,
	"KH episode.inskrivningsmeddelande kvittera_inskrivningsmeddelande\n"},
    {"A10 added twice", play_added_twice, OUTCOME_APPLIED, ""},
    {"A10 added, annulled", play_added_annulled, OUTCOME_APPLIED,
	"KH task.cancelled kvittera_inskrivningsmeddelande\n"
	"KH episode.mottagare_avslutad\n"},
    {"A10, A6 added, and a version without it", play_added_and_a_version, OUTCOME_NY_VERSION,
	"VC episode.inskrivningsmeddelande_andrat\n"
	"KB episode.inskrivningsmeddelande_andrat\n"
	"KH episode.inskrivningsmeddelande_andrat\n"},
    {"A10 removed", play_removed, OUTCOME_APPLIED,
	"KB task.cancelled kvittera_inskrivningsmeddelande\n"
	"KB episode.mottagare_avslutad\n"},
    {"A10 removed twice", play_removed_twice, OUTCOME_EJ_MOTTAGARE, ""},
    {"A10 removed, annulled", play_removed_annulled, OUTCOME_APPLIED,
	"KB episode.inskrivningsmeddelande kvittera_inskrivningsmeddelande\n"},
    {"A10 forwarded", play_forwarded, OUTCOME_APPLIED,
	"H episode.mottagare_andrad\n"
	"KH episode.inskrivningsmeddelande kvittera_inskrivningsmeddelande\n"
	"KB task.cancelled kvittera_inskrivningsmeddelande\n"},
    {"A10 forwarded outside of its kommun", play_forwarded_to_another_kommun,
	OUTCOME_UTANFOR_HUVUDMAN, ""},
    {"A10 forwarded by one who is out", play_forwarded_when_out, OUTCOME_EJ_MOTTAGARE, ""},
    {"A10 added by one who is out", play_added_by_one_who_is_out, OUTCOME_EJ_MOTTAGARE, ""},
    {"A10 forwarded, annulled", play_forwarded_annulled, OUTCOME_APPLIED,
	"H episode.mottagare_andrad makulerad\n"
	"KB episode.inskrivningsmeddelande kvittera_inskrivningsmeddelande\n"
	"KH task.cancelled kvittera_inskrivningsmeddelande\n"
	"KH episode.mottagare_avslutad\n"},
};

START_TEST(told)
{
	const struct row *row = &rows[_i];
	struct drive *d = drive_new(region, 1);

	row->play(d);
	const char *news = drive_news(d);
	ck_assert_msg(strcmp(news, row->news) == 0, "%s:\n%snot\n%s", row->rule, news, row->news);
	ck_assert_msg(d->outcome == row->outcome, "%s: outcome %d", row->rule, d->outcome);
	drive_free(d);
}
END_TEST

/* A9, A11: nothing more reaches it, and its access ends; whatever comes. */
START_TEST(out_is_out)
{
	static void (*const plays[])(struct drive *) = {
	    play_rejected, play_not_concerned, play_removed, play_forwarded};
	struct drive *d = drive_new(region, 1);

	plays[_i](d);
	drive_news(d);
	ck_assert(!given_of(d, KB)->active);
	drive(d, fact_utskrivningsklar(MAY("05", "09:00")));
	drive(d, fact_ny_beraknad(MAY("05", "10:00"), MAY("15", "12:00")));
	drive(d, fact_fvk(MAY("05", "11:00"), FVK_UTSE, VC, ANNA));
	drive(d, fact_utskrivning(MAY("06", "09:00"), MAY("06", "09:00")));
	drive_until(d, MAY("31", "00:00"));
	ck_assert_ptr_null(strstr(drive_news(d), "KB "));
	for (int i = 0; i < d->given.breach_count; i++)
		ck_assert_int_ne(d->given.breaches[i].unit, KB);
	drive_free(d);
}
END_TEST

/* A10: added by kommun and slag, it stays when a version comes, as one added by name does. */
START_TEST(added_by_slag)
{
	struct drive *d = drive_new(region, 1);
	struct fact f = fact_of(MOTTAGARE_ANDRAD, H, MAY("04", "10:00"));

	drive(d, monday());
	f.mottagare_andrad.lagg_till_count = 1;
	f.mottagare_andrad.lagg_till[0] =
	    (struct mottagare){.kommun = TEST_KOMMUN, .slag = KOMMUNAL_HSL};
	drive(d, f);
	ck_assert(episode_participant_of(&d->state, KH)->active);
	f = monday();
	f.sent_at = f.recorded_at = at(MAY("04", "11:00"));
	drive_news(d);
	drive(d, f);
	ck_assert(episode_participant_of(&d->state, KH)->active);
	ck_assert_at(episode_participant_of(&d->state, KH)->received_at, MAY("04", "10:00"));
	ck_assert_ptr_null(strstr(drive_news(d), "KH task.cancelled"));
	drive_free(d);
}
END_TEST

/* A4: one of many of a kind is there: that is enough. */
START_TEST(many_of_a_kind)
{
	struct drive *d = drive_new(region, 1);
	struct fact f = monday();

	for (unit_id u = 20; u < 60; u++)
		test_unit_add(region, u, KOMMUNAL_HSL);
	region_index(region);
	fact_mottagare_add(&f, 59);
	f.inskrivningsmeddelande.mottagare[f.inskrivningsmeddelande.mottagare_count++] =
	    (struct mottagare){.kommun = TEST_KOMMUN, .slag = KOMMUNAL_HSL};
	drive(d, f);
	ck_assert_ptr_null(drive_task(d, TASK_ANGE_MOTTAGARE, H));
	drive_free(d);
}
END_TEST

/* A9: the incident's time, its end by the right unit, and not by one of another kind. */
START_TEST(rerouting)
{
	struct drive *d = drive_new(region, 1);

	play_rejected(d);
	drive_assert_task(d, TASK_OMDIRIGERA, H, TASK_OPEN, MAY("04", "14:00"));
	drive(d, fact_tillagd(MAY("04", "11:00"), H, KH)); /* health care, not social services */
	ck_assert_int_eq(drive_task(d, TASK_OMDIRIGERA, H)->status, TASK_OPEN);
	drive_until(d, MAY("04", "14:00"));
	ck_assert_int_eq(drive_told_task(d, H, NOTICE_TASK_OVERDUE, TASK_OMDIRIGERA), 1);
	drive(d, fact_tillagd(MAY("04", "15:00"), H, KB2));
	ck_assert_int_eq(drive_task(d, TASK_OMDIRIGERA, H)->status, TASK_DONE);
	ck_assert_int_eq(drive_task_count(d, TASK_OMDIRIGERA, H), 1);
	drive_free(d);
}
END_TEST

/* A9: öppenvård takes over from öppenvård: a kommun's unit is not replaced by a vårdcentral, which
 * has nothing to do with the patient. */
START_TEST(right_unit_of_another_kind)
{
	struct drive *d = drive_new(region, 1);

	drive(d, monday());
	drive(d, fact_avvisning(MAY("04", "10:00"), KB, EJ_LISTAD, VC2));
	const struct participant *p = episode_participant_of(&d->state, VC2);
	ck_assert(p == NULL || !p->active);
	drive_assert_task(d, TASK_OMDIRIGERA, H, TASK_OPEN, MAY("04", "14:00"));
	drive(d, fact_tillagd(MAY("04", "11:00"), H, VC2)); /* nor by the hospital's word */
	ck_assert_int_eq(drive_task(d, TASK_OMDIRIGERA, H)->status, TASK_OPEN);
	drive(d, fact_tillagd(MAY("04", "12:00"), H, KB2));
	ck_assert_int_eq(drive_task(d, TASK_OMDIRIGERA, H)->status, TASK_DONE);
	drive_free(d);
}
END_TEST

static int
open_reroutings(const struct drive *d)
{
	int count = 0;

	for (int i = 0; i < d->given.task_count; i++)
		count += d->given.tasks[i].kind == TASK_OMDIRIGERA &&
			 d->given.tasks[i].status == TASK_OPEN;
	return count;
}

/* A9: who was named as the right one says so of another. */
START_TEST(right_unit_rejects_too)
{
	struct drive *d = drive_new(region, 1);

	drive(d, monday());
	drive(d, fact_avvisning(MAY("04", "10:00"), KB, EJ_FOLKBOKFORD, KB2));
	drive(d, fact_tillagd(MAY("04", "11:00"), H, KB2));
	drive(d, fact_avvisning(MAY("04", "12:00"), KB2, EJ_FOLKBOKFORD, _i == 0 ? KH : 0));
	ck_assert_int_eq(drive_task(d, TASK_OMDIRIGERA, H)->status, TASK_OPEN);
	ck_assert_int_eq(open_reroutings(d), 2);
	test_unit_add(region, 20, SOCIALTJANST);
	region_index(region);
	drive(d, fact_tillagd(MAY("04", "13:00"), H, _i == 0 ? KH : 20));
	ck_assert_int_eq(open_reroutings(d), 0);
	drive_free(d);
}
END_TEST

/* A9: the right unit was among the mottagare already. */
START_TEST(right_unit_is_there)
{
	struct drive *d = drive_new(region, 1);
	struct fact f = monday();

	fact_mottagare_add(&f, VC2);
	drive(d, f);
	drive(d, fact_avvisning(MAY("04", "10:00"), VC, EJ_LISTAD, VC2));
	const struct given_task *t = drive_task(d, TASK_OMDIRIGERA, H);
	ck_assert(t == NULL || t->status != TASK_OPEN);
	drive_free(d);
}
END_TEST

/* A9: the FVK of the first stays until the second has one: not until just any other unit has. */
START_TEST(fvk_stays)
{
	struct drive *d = drive_new(region, 1);
	struct fact f = monday();

	fact_mottagare_add(&f, PSYK);
	drive(d, f);
	drive(d, fact_fvk(MAY("04", "09:30"), FVK_UTSE, VC, ANNA));
	drive(d, fact_fvk(MAY("04", "09:40"), FVK_UTSE, PSYK, YLVA));
	drive(d, fact_avvisning(MAY("04", "10:00"), VC, EJ_LISTAD, VC2));
	ck_assert_ptr_nonnull(episode_fvk(&d->state, VC));
	ck_assert_int_eq(test_staff(region, ANNA)->load, 1);
	drive(d, fact_fvk(MAY("04", "11:00"), FVK_UTSE, VC2, DISA));
	ck_assert_ptr_null(episode_fvk(&d->state, VC));
	ck_assert_int_eq(test_staff(region, ANNA)->load, 0);
	ck_assert_ptr_null(drive_breach(d, BREACH_B1, VC));
	drive_free(d);
}
END_TEST

/* A10: A5, B1 and D1 are reckoned for each from its own receipt; D1's clock of a late one is its
 * own, and does not move that of the others. */
START_TEST(reckoned_for_each)
{
	struct drive *d = drive_new(region, 1);

	drive(d, monday());
	drive(d, fact_fvk(MAY("04", "09:30"), FVK_UTSE, VC, ANNA));
	drive(d, fact_utskrivningsklar(MAY("05", "10:00")));
	drive_assert_task(d, TASK_KALLA_SIP, VC, TASK_OPEN, MAY("09", "00:00"));
	drive(d, fact_tillagd(MAY("06", "11:00"), H, KH));
	drive_assert_breach(
	    d, BREACH_A5, KH, CAUSE_HOSPITAL_LATE, MAY("05", "02:00"), MAY("06", "11:00"));
	ck_assert_ptr_null(drive_breach(d, BREACH_A5, KB));
	ck_assert_int_eq(drive_task_count(d, TASK_KALLA_SIP, VC), 2);
	drive_assert_task(d, TASK_KALLA_SIP, VC, TASK_OPEN, MAY("10", "00:00"));
	struct fact f = fact_kallelse(MAY("08", "10:00"), VC, KALLELSE_SKICKA, ANNA);
	f.sip_kallelse.mote = mote_at(MAY("12", "13:30"));
	drive(d, f);
	drive_assert_task(d, TASK_KALLA_SIP, VC, TASK_OPEN, MAY("10", "00:00"));
	drive_until(d, MAY("13", "00:00"));
	/* Sunday 10 May is moved: the last day is Monday, and then it is a breach of KH's clock. */
	drive_assert_breach(d, BREACH_D1, VC, CAUSE_UNIT_LATE, MAY("10", "00:00"), NULL);
	ck_assert_int_eq(drive_breach(d, BREACH_D1, VC)->ref, 4);
	int breaches = 0;
	for (int i = 0; i < d->given.breach_count; i++)
		breaches += d->given.breaches[i].rule == BREACH_D1;
	ck_assert_int_eq(breaches, 1);
	drive_free(d);
}
END_TEST

/* A10: who forwards late is not the hospital's breach. */
START_TEST(forwarded_late)
{
	struct drive *d = drive_new(region, 1);

	drive(d, monday());
	drive(d, fact_vidarebefordrad(MAY("06", "10:00"), KB, KH));
	ck_assert_ptr_null(drive_breach(d, BREACH_A5, KH));
	ck_assert_at(episode_participant_of(&d->state, KH)->received_at, MAY("06", "10:00"));
	drive_free(d);
}
END_TEST

/* ---- What a newcomer is told ---- */

/* A10: the stay as it stands, not what happened in it before: the ward, permissions, help, answers.
 */
START_TEST(newcomer)
{
	struct drive *d = drive_new(region, 1);

	drive(d, monday());
	drive(d, fact_overflyttning(MAY("04", "10:00"), H2));
	drive(d, fact_permission(MAY("04", "11:00"), MAY("04", "12:00"), MAY("04", "18:00")));
	struct fact f = fact_patient_uppdaterad(MAY("04", "12:00"));
	f.patient_uppdaterad.given = PATIENT_NAMN;
	drive(d, f);
	drive(d, fact_insatser(MAY("04", "13:00"), KB, INSATSER_OKLART));
	settle(d, MAY("04", "15:00"));
	drive(d, fact_tillagd(MAY("04", "15:00"), H, KH));
	ck_assert_str_eq(
	    drive_news(d), "KH episode.inskrivningsmeddelande kvittera_inskrivningsmeddelande\n");
	drive_free(d);
}
END_TEST

/* ---- C1a: withheld for secrecy ---- */

static struct fact
klar_withheld(const char *sent_at, unit_id unit)
{
	struct fact f = fact_utskrivningsklar(sent_at);

	f.utskrivningsklar.undanhallen[f.utskrivningsklar.undanhallen_count++] = unit;
	return f;
}

/* Nothing speaks of it: no notice, no kvittens, no clock, no breach, and no withdrawal. */
START_TEST(withheld)
{
	struct drive *d = drive_new(region, 1);

	drive(d, monday());
	drive(d, fact_fvk(MAY("04", "09:30"), FVK_UTSE, VC, ANNA));
	drive(d, fact_kvittens(MAY("04", "09:40"), KB, 1));
	drive_news(d);
	drive(d, klar_withheld(MAY("05", "09:00"), KB));
	ck_assert_ptr_null(strstr(drive_news(d), "KB "));
	ck_assert_at(
	    episode_klar_lamnad_at(&d->state, episode_participant_of(&d->state, KB)), NULL);
	drive(d, fact_at(EJ_LANGRE_UTSKRIVNINGSKLAR, MAY("05", "10:00")));
	ck_assert_ptr_null(strstr(drive_news(d), "KB "));
	drive(d, klar_withheld(MAY("05", "11:00"), KB));
	drive_until(d, MAY("14", "00:00"));
	ck_assert_ptr_null(strstr(drive_news(d), "KB "));
	ck_assert_ptr_null(drive_task(d, TASK_KVITTERA_KLAR, KB));
	drive(d, fact_utskrivning(MAY("14", "09:00"), MAY("14", "09:00")));
	ck_assert_ptr_null(drive_breach(d, BREACH_E2, KB));
	ck_assert_ptr_nonnull(drive_breach(d, BREACH_E2, VC));
	drive_free(d);
}
END_TEST

/* Withheld at first, given by a second notice: delivered then, and its clocks from then (C5, D1).
 */
START_TEST(withheld_then_given)
{
	struct drive *d = drive_new(region, 1);

	drive(d, monday());
	drive(d, fact_fvk(MAY("04", "09:30"), FVK_UTSE, VC, ANNA));
	drive(d, klar_withheld(MAY("05", "09:00"), KB));
	drive_news(d);
	drive(d, fact_utskrivningsklar(MAY("06", "09:00")));
	ck_assert_ptr_nonnull(
	    strstr(drive_news(d), "KB episode.utskrivningsklar kvittera_utskrivningsklar\n"));
	ck_assert_int_eq(drive_told(d, VC, NOTICE_UTSKRIVNINGSKLAR), 1);
	ck_assert_at(episode_klar_lamnad_at(&d->state, episode_participant_of(&d->state, KB)),
	    MAY("06", "09:00"));
	drive_assert_task(d, TASK_KALLA_SIP, VC, TASK_OPEN, MAY("10", "00:00"));
	drive_free(d);
}
END_TEST

/* Withheld from the öppenvård: B1 binds it all the same, but its time does not speak of it. */
START_TEST(withheld_from_oppenvard)
{
	struct drive *d = drive_new(region, 1);

	drive(d, monday());
	drive(d, fact_kvittens(MAY("04", "09:40"), VC, 1));
	drive_news(d);
	drive(d, klar_withheld(MAY("05", "08:00"), VC));
	ck_assert_ptr_null(strstr(drive_news(d), "VC "));
	drive_assert_task(d, TASK_UTSE_FVK, VC, TASK_OPEN, MAY("08", "12:00"));
	drive_free(d);
}
END_TEST

/* ---- F4: moved while in hospital ---- */

/* 6. Moved kommun: the new one is told at once, and has a D1 of its own; the hospital was not late.
 */
START_TEST(story_6)
{
	struct drive *d = drive_new(region, 1);
	struct fact f = fact_inskrivningsmeddelande(
	    "2026-11-20T09:00:00+01:00", "2026-11-20T02:00:00+01:00", "2026-11-24T12:00:00+01:00");

	drive(d, f);
	drive(d, fact_fvk("2026-11-20T10:00:00+01:00", FVK_UTSE, VC, ANNA));
	drive(d, fact_utskrivningsklar("2026-11-23T09:00:00+01:00"));
	drive(d, fact_kallelse("2026-11-24T09:00:00+01:00", VC, KALLELSE_SKICKA, ANNA));
	drive_until(d, "2026-11-30T07:59:00+01:00");
	drive_news(d);
	int32_t moved = drive(d,
	    fact_flyttad("2026-11-30T08:00:00+01:00", TEST_KOMMUN_2, "2026-11-27T00:00:00+01:00"));
	ck_assert_ptr_nonnull(strstr(drive_news(d),
	    "KB2 episode.inskrivningsmeddelande kvittera_inskrivningsmeddelande\n"
	    "KB2 episode.utskrivningsklar kvittera_utskrivningsklar\n"));
	ck_assert_at(episode_klar_lamnad_at(&d->state, episode_participant_of(&d->state, KB2)),
	    "2026-11-30T08:00:00+01:00");
	drive_assert_task(d, TASK_KALLA_SIP, VC, TASK_OPEN, "2026-12-04T00:00:00+01:00");
	ck_assert_ptr_null(drive_breach(d, BREACH_A5, KB2));
	ck_assert(given_of(d, KB)->active);
	annul(d, "2026-11-30T09:00:00+01:00", H, moved);
	ck_assert(!given_of(d, KB2)->active);
	ck_assert_int_eq(drive_told(d, KB2, NOTICE_MOTTAGARE_AVSLUTAD), 1);
	drive_free(d);
}
END_TEST

/* 6, G6: of one with skydd nothing is routed by itself: the hospital is asked. */
START_TEST(moved_with_skydd)
{
	struct drive *d = drive_new(region, 1);
	struct fact f = monday();

	f.inskrivningsmeddelande.skydd = SKYDD_SEKRETESSMARKERING;
	drive(d, f);
	drive(d, fact_flyttad(MAY("05", "08:00"), TEST_KOMMUN_2, MAY("05", "00:00")));
	ck_assert_ptr_null(episode_participant_of(&d->state, KB2));
	ck_assert_int_eq(drive_task(d, TASK_ANGE_MOTTAGARE, H)->status, TASK_OPEN);
	drive_free(d);
}
END_TEST

/* 10. Wrong kommun. */
START_TEST(story_10)
{
	struct drive *d = drive_new(region, 1);
	struct fact f = fact_inskrivningsmeddelande(
	    "2026-10-12T09:00:00+02:00", "2026-10-11T20:00:00+02:00", "2026-10-16T12:00:00+02:00");

	fact_mottagare_add(&f, KH);
	drive(d, f);
	drive(d, fact_fvk("2026-10-12T10:00:00+02:00", FVK_UTSE, VC, ANNA));
	f = fact_avvisning("2026-10-13T08:30:00+02:00", KB, EJ_FOLKBOKFORD, NO_UNIT);
	f.avvisning.ratt_kommun = TEST_KOMMUN_2;
	drive(d, f);
	f = fact_of(EJ_BERORD, KH, "2026-10-13T08:30:00+02:00");
	drive(d, f);
	ck_assert_int_eq(drive_task(d, TASK_KVITTERA_INSKRIVNING, KB)->status, TASK_CANCELLED);
	ck_assert_int_eq(drive_task(d, TASK_KVITTERA_INSKRIVNING, KH)->status, TASK_CANCELLED);
	ck_assert(!given_of(d, KB)->active && !given_of(d, KH)->active);
	ck_assert_at(episode_participant_of(&d->state, KB)->ended_at, "2026-10-13T08:30:00+02:00");
	drive_assert_task(d, TASK_OMDIRIGERA, H, TASK_OPEN, "2026-10-13T12:30:00+02:00");
	drive(d, fact_tillagd("2026-10-13T10:00:00+02:00", H, KB2));
	drive_assert_breach(d, BREACH_A5, KB2, CAUSE_HOSPITAL_LATE, "2026-10-12T20:00:00+02:00",
	    "2026-10-13T10:00:00+02:00");
	ck_assert_int_eq(drive_task(d, TASK_OMDIRIGERA, H)->status, TASK_DONE);
	ck_assert_int_eq(episode_fvk(&d->state, VC)->staff, ANNA);
	ck_assert_ptr_null(drive_breach(d, BREACH_A5, KB));
	ck_assert_int_eq(d->given.breach_count, 1);
	drive_free(d);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("mottagare");
	TCase *tc = tcase_create("mottagare");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_loop_test(tc, told, 0, ROWS(rows));
	tcase_add_loop_test(tc, out_is_out, 0, 4);
	tcase_add_test(tc, rerouting);
	tcase_add_test(tc, right_unit_of_another_kind);
	tcase_add_loop_test(tc, right_unit_rejects_too, 0, 2);
	tcase_add_test(tc, added_by_slag);
	tcase_add_test(tc, many_of_a_kind);
	tcase_add_test(tc, right_unit_is_there);
	tcase_add_test(tc, fvk_stays);
	tcase_add_test(tc, reckoned_for_each);
	tcase_add_test(tc, forwarded_late);
	tcase_add_test(tc, newcomer);
	tcase_add_test(tc, withheld);
	tcase_add_test(tc, withheld_then_given);
	tcase_add_test(tc, withheld_from_oppenvard);
	tcase_add_test(tc, story_6);
	tcase_add_test(tc, moved_with_skydd);
	tcase_add_test(tc, story_10);
	suite_add_tcase(s, tc);
	SRunner *sr = srunner_create(s);
	srunner_run_all(sr, CK_NORMAL);
	int failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed != 0;
}
