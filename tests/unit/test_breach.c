/* Breaches by rule, with their causes (A5, A10, B1, B1a, D1, E1, E2): what stands after a small
 * history. */
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

/* Admitted on Monday 4 May 2026 at 02:00, so due by Tuesday 02:00. */
static void
told(struct drive *d, const char *sent_at, const char *recorded_at)
{
	struct fact f = fact_inskrivningsmeddelande(
	    sent_at, "2026-05-04T02:00:00+02:00", "2026-05-08T12:00:00+02:00");

	f.recorded_at = at(recorded_at);
	drive(d, f);
}

static void
told_in_time(struct drive *d)
{
	told(d, "2026-05-04T09:00:00+02:00", "2026-05-04T09:00:00+02:00");
}

static void
play_a5_equal(struct drive *d)
{
	told(d, "2026-05-05T02:00:00+02:00", "2026-05-05T02:00:00+02:00");
}

static void
play_a5_late(struct drive *d)
{
	told(d, "2026-05-05T02:00:00.000001+02:00", "2026-05-05T02:00:00.000001+02:00");
}

static void
play_a5_system(struct drive *d)
{
	told(d, "2026-05-05T01:00:00+02:00", "2026-05-05T03:00:00+02:00");
}

static void
play_a5_lag(struct drive *d)
{
	told(d, "2026-05-05T01:50:00+02:00", "2026-05-05T02:01:00+02:00");
}

static void
play_a5_added(struct drive *d)
{
	struct fact f = fact_inskrivningsmeddelande(
	    "2026-05-06T09:00:00+02:00", "2026-05-04T02:00:00+02:00", "2026-05-08T12:00:00+02:00");

	told_in_time(d);
	fact_mottagare_add(&f, KH);
	drive(d, f);
}

/* Out by a mistake and in again: what it received in time it has received. */
static void
play_a5_in_again(struct drive *d)
{
	told_in_time(d);
	drive(d, fact_borttagen("2026-05-06T09:00:00+02:00", H, KB));
	drive(d, fact_tillagd("2026-05-06T10:00:00+02:00", H, KB));
}

/* A4: whom samordnad adds in the same instant is late for the same reason. */
static void
play_a5_system_listed(struct drive *d)
{
	struct fact f = fact_inskrivningsmeddelande(
	    "2026-05-05T01:00:00+02:00", "2026-05-04T02:00:00+02:00", "2026-05-08T12:00:00+02:00");

	f.inskrivningsmeddelande.behov = 1 << BEHOV_KOMMUNAL_HSL;
	f.inskrivningsmeddelande.mottagare[0].unit = KH;
	f.recorded_at = at("2026-05-05T03:00:00+02:00");
	drive(d, f);
}

static void
play_watch(struct drive *d)
{
	drive(d, fact_inskrivning("2026-05-04T02:10:00+02:00", "2026-05-04T02:00:00+02:00"));
	drive(d, fact_behovsbedomning(
		     "2026-05-04T08:00:00+02:00", BEHOV_JA, "2026-05-04T08:00:00+02:00"));
	drive_until(d, "2026-05-05T02:00:00+02:00");
	ck_assert_ptr_null(drive_breach(d, BREACH_A5, H)); /* the last instant that is in time */
	drive_until_instant(d, at("2026-05-05T02:00:00+02:00") + 1);
}

static void
home(struct drive *d, const char *t)
{
	drive(d, fact_utskrivning(t, t));
}

static void
play_home(struct drive *d)
{
	told_in_time(d);
	home(d, "2026-05-06T14:00:00+02:00");
}

static void
play_home_named(struct drive *d)
{
	told_in_time(d);
	drive(d, fact_fvk("2026-05-06T13:00:00+02:00", FVK_UTSE, VC, ANNA));
	home(d, "2026-05-06T14:00:00+02:00");
}

static void
play_named_too_late(struct drive *d)
{
	play_home(d);
	drive(d, fact_fvk("2026-05-07T10:00:00+02:00", FVK_UTSE, VC, ANNA));
}

/* She was there at discharge: that it ended later, and who came then, is no breach. */
static void
play_ended_after_home(struct drive *d)
{
	play_home_named(d);
	drive(d, fact_fvk("2026-05-12T10:00:00+02:00", FVK_AVSLUTA, VC, ANNA));
}

static void
play_another_after_home(struct drive *d)
{
	play_ended_after_home(d);
	drive(d, fact_fvk("2026-05-13T10:00:00+02:00", FVK_UTSE, VC, BO));
}

static void
play_ended_before_home(struct drive *d)
{
	told_in_time(d);
	drive(d, fact_fvk("2026-05-05T13:00:00+02:00", FVK_UTSE, VC, ANNA));
	drive(d, fact_fvk("2026-05-06T13:00:00+02:00", FVK_AVSLUTA, VC, ANNA));
	home(d, "2026-05-06T14:00:00+02:00");
}

/* B1a: told 1 h 59 min of open hours before. */
static void
play_no_time(struct drive *d)
{
	told(d, "2026-05-05T15:01:00+02:00", "2026-05-05T15:01:00+02:00");
	home(d, "2026-05-05T19:00:00+02:00");
}

static void
play_just_time(struct drive *d)
{
	told(d, "2026-05-05T15:00:00+02:00", "2026-05-05T15:00:00+02:00");
	home(d, "2026-05-05T19:00:00+02:00");
}

/* Told beforehand: nothing is stamped until then. */
static void
play_home_said_beforehand(struct drive *d)
{
	told_in_time(d);
	drive(d, fact_utskrivning("2026-05-06T10:00:00+02:00", "2026-05-06T14:00:00+02:00"));
	ck_assert_int_eq(d->given.breach_count, 0);
	drive_until(d, "2026-05-06T13:59:00+02:00");
	ck_assert_int_eq(d->given.breach_count, 0);
	drive_until(d, "2026-05-06T14:00:00+02:00");
}

static void
play_klar(struct drive *d)
{
	told_in_time(d);
	drive(d, fact_fvk("2026-05-04T10:00:00+02:00", FVK_UTSE, VC, ANNA));
	drive(d, fact_utskrivningsklar("2026-05-06T09:00:00+02:00"));
}

static void
play_e2(struct drive *d)
{
	play_klar(d);
	drive(d, fact_kvittens("2026-05-06T10:00:00+02:00", VC, d->state.klar.nr));
	home(d, "2026-05-06T14:00:00+02:00");
}

static void
play_e2_late_kvittens(struct drive *d)
{
	play_e2(d);
	drive(d, fact_kvittens("2026-05-06T15:00:00+02:00", KB, d->state.klar.nr));
}

static void
play_e2_no_time(struct drive *d)
{
	play_klar(d);
	home(d, "2026-05-06T10:00:00+02:00");
}

/* C1a: who was not given the notice is not asked to acknowledge it. */
static void
play_e2_withheld(struct drive *d)
{
	struct fact f = fact_utskrivningsklar("2026-05-06T09:00:00+02:00");

	told_in_time(d);
	f.utskrivningsklar.undanhallen_count = 1;
	f.utskrivningsklar.undanhallen[0] = KB;
	drive(d, f);
	home(d, "2026-05-06T14:00:00+02:00");
}

/* D1: ready on Wednesday 6 May, so alarm before Sunday 10 May; Saturday moves to Monday: breach
 * from Tuesday. */
static void
play_d1(struct drive *d)
{
	play_klar(d);
	drive_until_instant(d, at("2026-05-12T00:00:00+02:00") - 1);
	ck_assert_ptr_null(drive_breach(d, BREACH_D1, VC));
	drive_until(d, "2026-05-12T00:00:00+02:00");
}

static void
kalla(struct drive *d, const char *sent_at, enum kallelse_atgard atgard, const char *mote)
{
	struct fact f = fact_kallelse(sent_at, VC, atgard, ANNA);

	f.sip_kallelse.mote = mote_at(mote);
	drive(d, f);
}

static void
play_d1_done_late(struct drive *d)
{
	play_d1(d);
	kalla(d, "2026-05-12T09:00:00+02:00", KALLELSE_SKICKA, "2026-05-19T13:00:00+02:00");
}

static void
play_d1_alarm_only(struct drive *d)
{
	play_klar(d);
	kalla(d, "2026-05-11T23:59:59+02:00", KALLELSE_SKICKA, "2026-05-19T13:00:00+02:00");
	drive_until(d, "2026-05-18T00:00:00+02:00");
}

/* Who is to send it may change after: who did not send it in time broke it. VC has no fast
 * vårdkontakt any more, VC2 has. */
static void
play_d1_another_sends(struct drive *d)
{
	play_d1(d);
	drive(d, fact_tillagd("2026-05-12T09:00:00+02:00", H, VC2));
	drive(d, fact_fvk("2026-05-12T10:00:00+02:00", FVK_UTSE, VC2, DISA));
	drive(d, fact_fvk("2026-05-12T11:00:00+02:00", FVK_AVSLUTA, VC, ANNA));
	drive_until(d, "2026-05-13T00:00:00+02:00");
}

/* A meeting that is moved long after does not make the first kallelse late. */
static void
play_d1_moved(struct drive *d)
{
	play_klar(d);
	kalla(d, "2026-05-07T09:00:00+02:00", KALLELSE_SKICKA, "2026-05-19T13:00:00+02:00");
	kalla(d, "2026-05-15T09:00:00+02:00", KALLELSE_OMBOKA, "2026-05-26T13:00:00+02:00");
}

/* D2: before the ready notice, and through a withdrawal. */
static void
play_d2(struct drive *d)
{
	told_in_time(d);
	drive(d, fact_fvk("2026-05-04T10:00:00+02:00", FVK_UTSE, VC, ANNA));
	kalla(d, "2026-05-05T09:00:00+02:00", KALLELSE_SKICKA, "2026-05-19T13:00:00+02:00");
	drive(d, fact_utskrivningsklar("2026-05-06T09:00:00+02:00"));
	drive(d, fact_at(EJ_LANGRE_UTSKRIVNINGSKLAR, "2026-05-07T09:00:00+02:00"));
	drive(d, fact_utskrivningsklar("2026-05-11T09:00:00+02:00"));
	drive_until(d, "2026-05-20T00:00:00+02:00");
}

/* C3: what was broken before the withdrawal was broken. */
static void
play_d1_withdrawn(struct drive *d)
{
	play_d1(d);
	drive(d, fact_at(EJ_LANGRE_UTSKRIVNINGSKLAR, "2026-05-12T09:00:00+02:00"));
}

/* … also when something else is annulled later. */
static void
play_d1_withdrawn_other_annulled(struct drive *d)
{
	play_d1_withdrawn(d);
	int32_t nr =
	    drive(d, fact_ny_beraknad("2026-05-12T10:00:00+02:00", "2026-05-20T12:00:00+02:00"));
	char id[16];
	snprintf(id, sizeof id, "m%d", nr);
	drive(d, fact_makulering("2026-05-12T11:00:00+02:00", H, id));
}

/* … but what was withdrawn before, and is heard of late, was none. */
static void
withdrawn_late(struct drive *d, const char *sent_at, const char *recorded_at)
{
	struct fact f = fact_at(EJ_LANGRE_UTSKRIVNINGSKLAR, sent_at);

	f.recorded_at = at(recorded_at);
	drive(d, f);
}

static void
play_d1_withdrawn_late(struct drive *d)
{
	play_d1(d);
	withdrawn_late(d, "2026-05-11T23:59:59+02:00", "2026-05-13T09:00:00+02:00");
}

/* D0, D3, C6: said before the breach and heard of after it: there was no SIP to summon to. */
static void
off_late(struct drive *d, struct fact f)
{
	play_d1(d);
	f.recorded_at = at("2026-05-13T09:00:00+02:00");
	drive(d, f);
}

static void
play_d1_not_needed_late(struct drive *d)
{
	off_late(d, fact_sip_behov("2026-05-11T23:59:59+02:00", KB, SIP_BEHOVS_EJ));
}

static void
play_d1_not_needed_after(struct drive *d)
{
	off_late(d, fact_sip_behov("2026-05-12T00:00:00+02:00", KB, SIP_BEHOVS_EJ));
}

static void
play_d1_refused_late(struct drive *d)
{
	off_late(d, fact_samtycke("2026-05-11T10:00:00+02:00", SAMTYCKE_SIP, SAMTYCKE_NEKAT));
}

static void
play_d1_compulsory_late(struct drive *d)
{
	off_late(d, fact_vardform_andrad("2026-05-11T10:00:00+02:00", VARDFORM_LPT, TVANGSVARD_OPT,
			"2026-05-11T10:00:00+02:00"));
}

static void
play_d1_held_before(struct drive *d)
{
	off_late(d, fact_sip("2026-05-11T10:00:00+02:00", KB, SIP_GENOMFORD, NULL));
}

static void
play_e2_withdrawn_late(struct drive *d)
{
	play_e2(d);
	withdrawn_late(d, "2026-05-06T13:00:00+02:00", "2026-05-06T16:00:00+02:00");
}

/* The discharge was none; the patient is ready no longer. */
static void
play_e2_not_home(struct drive *d)
{
	char id[16];

	play_e2(d);
	snprintf(id, sizeof id, "m%d", d->state.utskrivning.nr);
	drive(d, fact_at(EJ_LANGRE_UTSKRIVNINGSKLAR, "2026-05-06T15:00:00+02:00"));
	drive(d, fact_makulering("2026-05-06T16:00:00+02:00", H, id));
}

static void
play_d1_annulled(struct drive *d)
{
	char id[16];

	play_d1(d);
	snprintf(id, sizeof id, "m%d", d->state.klar.nr);
	drive(d, fact_makulering("2026-05-12T11:00:00+02:00", H, id));
}

static void
play_e1(struct drive *d)
{
	play_home_named(d);
	drive_until(d, "2026-05-07T00:00:00+02:00");
}

static void
play_e1_equal(struct drive *d)
{
	play_home_named(d);
	drive(d, fact_at(UTSKRIVNINGSINFORMATION, "2026-05-07T00:00:00+02:00"));
}

static void
play_e1_in_time(struct drive *d)
{
	play_home_named(d);
	drive(d, fact_at(UTSKRIVNINGSINFORMATION, "2026-05-06T23:59:59+02:00"));
	drive_until(d, "2026-05-10T00:00:00+02:00");
}

#define NO_BREACH BREACH_CAUSE_COUNT

static const struct row {
	const char *rule;
	void (*play)(struct drive *);
	enum breach_rule breach;
	unit_id unit;
	enum breach_cause cause; /* NO_BREACH: there is none that stands */
	const char *due, *done;
} rows[] = {
    {"A5", told_in_time, BREACH_A5, KB, NO_BREACH, NULL, NULL},
    {"A1 the last instant", play_a5_equal, BREACH_A5, KB, NO_BREACH, NULL, NULL},
    {"A5", play_a5_late, BREACH_A5, KB, CAUSE_HOSPITAL_LATE, "2026-05-05T02:00:00+02:00",
	"2026-05-05T02:00:00.000001+02:00"},
    {"A5 sent in time, here late", play_a5_system, BREACH_A5, KB, CAUSE_SYSTEM,
	"2026-05-05T02:00:00+02:00", "2026-05-05T03:00:00+02:00"},
    {"A5 sent in time, here within the lag", play_a5_lag, BREACH_A5, KB, CAUSE_HOSPITAL_LATE,
	"2026-05-05T02:00:00+02:00", "2026-05-05T02:01:00+02:00"},
    {"A4 A5", play_a5_system_listed, BREACH_A5, VC, CAUSE_SYSTEM, "2026-05-05T02:00:00+02:00",
	"2026-05-05T03:00:00+02:00"},
    {"A10", play_a5_added, BREACH_A5, KH, CAUSE_HOSPITAL_LATE, "2026-05-05T02:00:00+02:00",
	"2026-05-06T09:00:00+02:00"},
    {"A10", play_a5_added, BREACH_A5, KB, NO_BREACH, NULL, NULL},
    {"A10 in again", play_a5_in_again, BREACH_A5, KB, NO_BREACH, NULL, NULL},
    {"A1 not sent", play_watch, BREACH_A5, H, CAUSE_HOSPITAL_LATE, "2026-05-05T02:00:00+02:00",
	NULL},
    {"B1", play_home, BREACH_B1, VC, CAUSE_UNIT_LATE, "2026-05-06T14:00:00+02:00", NULL},
    {"B1 not a kommun's", play_home, BREACH_B1, KB, NO_BREACH, NULL, NULL},
    {"B1", play_home_named, BREACH_B1, VC, NO_BREACH, NULL, NULL},
    {"B1", play_named_too_late, BREACH_B1, VC, CAUSE_UNIT_LATE, "2026-05-06T14:00:00+02:00",
	"2026-05-07T10:00:00+02:00"},
    {"B1 ended after", play_ended_after_home, BREACH_B1, VC, NO_BREACH, NULL, NULL},
    {"B1 another after", play_another_after_home, BREACH_B1, VC, NO_BREACH, NULL, NULL},
    {"B1 ended before", play_ended_before_home, BREACH_B1, VC, CAUSE_UNIT_LATE,
	"2026-05-06T14:00:00+02:00", NULL},
    {"B1a", play_no_time, BREACH_B1, VC, CAUSE_HOSPITAL_LATE, "2026-05-05T19:00:00+02:00", NULL},
    {"B1a", play_just_time, BREACH_B1, VC, CAUSE_UNIT_LATE, "2026-05-05T19:00:00+02:00", NULL},
    {"B1 at the instant", play_home_said_beforehand, BREACH_B1, VC, CAUSE_UNIT_LATE,
	"2026-05-06T14:00:00+02:00", NULL},
    {"E2", play_e2, BREACH_E2, VC, NO_BREACH, NULL, NULL},
    {"E2", play_e2, BREACH_E2, KB, CAUSE_KOMMUN_LATE, "2026-05-06T14:00:00+02:00", NULL},
    {"E2 afterwards is too late", play_e2_late_kvittens, BREACH_E2, KB, CAUSE_KOMMUN_LATE,
	"2026-05-06T14:00:00+02:00", "2026-05-06T15:00:00+02:00"},
    {"E2 B1a", play_e2_no_time, BREACH_E2, KB, CAUSE_HOSPITAL_LATE, "2026-05-06T10:00:00+02:00",
	NULL},
    {"E2 C1a", play_e2_withheld, BREACH_E2, KB, NO_BREACH, NULL, NULL},
    {"E2 C1a", play_e2_withheld, BREACH_E2, VC, CAUSE_UNIT_LATE, "2026-05-06T14:00:00+02:00", NULL},
    {"D1", play_d1, BREACH_D1, VC, CAUSE_UNIT_LATE, "2026-05-10T00:00:00+02:00", NULL},
    {"D1", play_d1_done_late, BREACH_D1, VC, CAUSE_UNIT_LATE, "2026-05-10T00:00:00+02:00",
	"2026-05-12T09:00:00+02:00"},
    {"D1 alarm only", play_d1_alarm_only, BREACH_D1, VC, NO_BREACH, NULL, NULL},
    {"D1 another sends now", play_d1_another_sends, BREACH_D1, VC, CAUSE_UNIT_LATE,
	"2026-05-10T00:00:00+02:00", NULL},
    {"D1 another sends now", play_d1_another_sends, BREACH_D1, VC2, NO_BREACH, NULL, NULL},
    {"D1 moved", play_d1_moved, BREACH_D1, VC, NO_BREACH, NULL, NULL},
    {"D2", play_d2, BREACH_D1, VC, NO_BREACH, NULL, NULL},
    {"C3", play_d1_withdrawn, BREACH_D1, VC, CAUSE_UNIT_LATE, "2026-05-10T00:00:00+02:00", NULL},
    {"C3", play_d1_withdrawn_other_annulled, BREACH_D1, VC, CAUSE_UNIT_LATE,
	"2026-05-10T00:00:00+02:00", NULL},
    {"D0 late", play_d1_not_needed_late, BREACH_D1, VC, NO_BREACH, NULL, NULL},
    {"D0 after", play_d1_not_needed_after, BREACH_D1, VC, CAUSE_UNIT_LATE,
	"2026-05-10T00:00:00+02:00", NULL},
    {"D3 late", play_d1_refused_late, BREACH_D1, VC, NO_BREACH, NULL, NULL},
    {"C6 late", play_d1_compulsory_late, BREACH_D1, VC, NO_BREACH, NULL, NULL},
    {"D7 late", play_d1_held_before, BREACH_D1, VC, NO_BREACH, NULL, NULL},
    {"C3 late", play_d1_withdrawn_late, BREACH_D1, VC, NO_BREACH, NULL, NULL},
    {"C3 late", play_e2_withdrawn_late, BREACH_E2, KB, NO_BREACH, NULL, NULL},
    {"E2 not home", play_e2_not_home, BREACH_E2, KB, NO_BREACH, NULL, NULL},
    {"D1 annulled", play_d1_annulled, BREACH_D1, VC, NO_BREACH, NULL, NULL},
    {"E1", play_e1, BREACH_E1, H, CAUSE_HOSPITAL_LATE, "2026-05-07T00:00:00+02:00", NULL},
    {"E1", play_e1_equal, BREACH_E1, H, CAUSE_HOSPITAL_LATE, "2026-05-07T00:00:00+02:00",
	"2026-05-07T00:00:00+02:00"},
    {"E1", play_e1_in_time, BREACH_E1, H, NO_BREACH, NULL, NULL},
};

START_TEST(breach)
{
	const struct row *row = &rows[_i];
	struct drive *d = drive_new(region, 1);

	row->play(d);
	const struct given_breach *b = drive_breach(d, row->breach, row->unit);
	if (row->cause == NO_BREACH)
		ck_assert_msg(b == NULL, "%s: a breach", row->rule);
	else
		drive_assert_breach(d, row->breach, row->unit, row->cause, row->due, row->done);
	drive_free(d);
}
END_TEST

/* What is taken back is told to whom it was told, and only once. */
START_TEST(taken_back)
{
	struct drive *d = drive_new(region, 1);
	char id[16];

	play_home(d);
	ck_assert_int_eq(drive_told(d, VC, NOTICE_AVVIKELSE), 1);
	ck_assert_int_eq(drive_told(d, H, NOTICE_AVVIKELSE), 1);
	ck_assert_int_eq(drive_told(d, KB, NOTICE_FVK_MISSING), 1);
	snprintf(id, sizeof id, "m%d", d->state.utskrivning.nr);
	drive(d, fact_makulering("2026-05-06T15:00:00+02:00", H, id));
	ck_assert_ptr_null(drive_breach(d, BREACH_B1, VC));
	ck_assert_int_eq(drive_told(d, VC, NOTICE_AVVIKELSE_ATERKALLAD), 1);
	ck_assert_int_eq(drive_told(d, VC, NOTICE_UTSKRIVNING_ATERKALLAD), 1);
	ck_assert_int_eq(drive_told(d, H, NOTICE_UTSKRIVNING_ATERKALLAD), 0);
	drive_free(d);
}
END_TEST

/* Said again, by the ward or by its system: nothing is broken, and nobody is asked, a second time.
 */
START_TEST(home_said_again)
{
	struct drive *d = drive_new(region, 1);

	play_home(d);
	int32_t nr = d->state.utskrivning.nr;
	home(d, "2026-05-06T14:00:00+02:00");
	home(d, "2026-05-06T14:30:00+02:00");
	ck_assert_int_ne(d->state.utskrivning.nr, nr);
	drive_assert_breach(d, BREACH_B1, VC, CAUSE_UNIT_LATE, "2026-05-06T14:30:00+02:00", NULL);
	ck_assert_int_eq(drive_told(d, VC, NOTICE_AVVIKELSE), 1);
	ck_assert_int_eq(drive_told(d, VC, NOTICE_AVVIKELSE_ATERKALLAD), 0);
	ck_assert_int_eq(drive_task(d, TASK_UTSKRIVNINGSINFORMATION, H)->ref, nr);
	ck_assert_int_eq(drive_told(d, H, NOTICE_TASK_CREATED), 2);
	ck_assert_int_eq(drive_told(d, H, NOTICE_TASK_CANCELLED), 0);
	drive_free(d);
}
END_TEST

/* A1: judged again with the same answer, it is the same duty. */
START_TEST(judged_again)
{
	struct drive *d = drive_new(region, 1);

	play_watch(d);
	int32_t nr = d->state.behovsbedomning.nr;
	drive(d, fact_behovsbedomning(
		     "2026-05-05T08:00:00+02:00", BEHOV_JA, "2026-05-04T08:00:00+02:00"));
	ck_assert_int_eq(drive_breach(d, BREACH_A5, H)->ref, nr);
	ck_assert_int_eq(drive_task(d, TASK_INSKRIVNINGSMEDDELANDE, H)->ref, nr);
	ck_assert_int_eq(drive_told(d, H, NOTICE_AVVIKELSE), 1);
	ck_assert_int_eq(drive_told(d, H, NOTICE_TASK_CANCELLED), 0);
	drive_free(d);
}
END_TEST

/* A named limit is never a crash: as many mottagare as an episode holds, all late, all without FVK,
 * home. */
START_TEST(many)
{
	struct drive *d = drive_new(region, 1);
	struct fact f = fact_inskrivningsmeddelande(
	    "2026-05-06T09:00:00+02:00", "2026-05-04T02:00:00+02:00", "2026-05-08T12:00:00+02:00");

	for (unit_id u = 10; u < 10 + PARTICIPANTS_MAX; u++)
		test_unit_add(region, u, u % 2 == 0 ? PRIMARVARD : SPECIALISTOPPENVARD);
	region->policy_count = 0;
	test_policy_add(region, POLICY_FVK_MODE, 0, FVK_PROPOSE);
	for (unit_id u = 10; u < 10 + PARTICIPANTS_MAX; u++) {
		test_staff_add(region, 100 + u, u, LAKARE);
		region_index(region);
	}
	f.inskrivningsmeddelande.mottagare_count = 0;
	for (unit_id u = 10; u < 10 + MOTTAGARE_MAX; u++)
		fact_mottagare_add(&f, u);
	drive(d, f);
	for (unit_id u = 10 + MOTTAGARE_MAX; u < 9 + PARTICIPANTS_MAX; u++) {
		f = fact_tillagd("2026-05-06T09:30:00+02:00", H, u);
		drive(d, f);
	}
	drive(d, fact_utskrivningsklar("2026-05-06T10:00:00+02:00"));
	home(d, "2026-05-06T14:00:00+02:00");
	drive_until(d, "2026-06-20T00:00:00+02:00");
	ck_assert_int_eq(d->state.participant_count, PARTICIPANTS_MAX);
	drive_free(d);
}
END_TEST

/* A5: one late notice is one to the hospital, however many it was late to. */
START_TEST(told_once)
{
	struct drive *d = drive_new(region, 1);

	play_a5_late(d);
	ck_assert_ptr_nonnull(drive_breach(d, BREACH_A5, VC));
	ck_assert_ptr_nonnull(drive_breach(d, BREACH_A5, KB));
	ck_assert_int_eq(drive_told(d, H, NOTICE_AVVIKELSE), 1);
	ck_assert_int_eq(drive_told(d, KB, NOTICE_AVVIKELSE), 1);
	drive_free(d);
}
END_TEST

/* A10, A5: KB adds its kommun's other unit on Wednesday: its huvudman had the notice in time,
 * whether the unit is named by its number (_i 0) or by kommun and slag (1). */
START_TEST(added_by_kind)
{
	struct drive *d = drive_new(region, 1);
	struct fact f = fact_inskrivningsmeddelande(
	    "2026-05-04T09:00:00+02:00", "2026-05-04T02:00:00+02:00", "2026-05-12T12:00:00+02:00");
	struct fact_inskrivningsmeddelande *m = &f.inskrivningsmeddelande;

	m->mottagare_count = 0;
	fact_mottagare_add(&f, VC);
	fact_mottagare_add(&f, KB);
	drive(d, f);
	f = fact_tillagd("2026-05-06T09:00:00+02:00", KB, KH);
	if (_i == 1) {
		f.mottagare_andrad.lagg_till[0] = (struct mottagare){
		    .kommun = region_unit(region, KB)->kommun, .slag = KOMMUNAL_HSL};
	}
	drive(d, f);
	ck_assert(episode_participant_of(&d->state, KH)->active);
	ck_assert(drive_breach(d, BREACH_A5, KH) == NULL);
	drive_free(d);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("breach");
	TCase *tc = tcase_create("breach");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_loop_test(tc, breach, 0, ROWS(rows));
	tcase_add_loop_test(tc, added_by_kind, 0, 2);
	tcase_add_test(tc, told_once);
	tcase_add_test(tc, taken_back);
	tcase_add_test(tc, home_said_again);
	tcase_add_test(tc, judged_again);
	tcase_add_test(tc, many);
	suite_add_tcase(s, tc);
	SRunner *sr = srunner_create(s);
	srunner_run_all(sr, CK_NORMAL);
	int failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed != 0;
}
