/*
 * daemon/rules/measures: what a stay gives to the follow-up of domain.md section 4, and its days to
 * pay by month. Each row plays a stay and says all that is measured of it, where it is not as in a
 * stay without a fault.
 */
#include "rules_driver.h"

#include "daemon/rules/measures.h"

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

/* ---- Stays. All are of May 2026: Monday is the 4th. ---- */

#define MAY(day, time) "2026-05-" day "T" time ":00+02:00"

/* Admitted on Monday at 02:00, told at 09:00, to VC and KB; expected home on Friday at noon. */
static struct fact
told(const char *sent_at)
{
	return fact_inskrivningsmeddelande(sent_at, MAY("04", "02:00"), MAY("08", "12:00"));
}

/* Without a fault up to the discharge: an FVK on Tuesday, ready on Wednesday, summoned then. */
static void
cared_for(struct drive *d)
{
	int32_t nr = drive(d, told(MAY("04", "09:00")));

	drive(d, fact_kvittens(MAY("04", "10:30"), VC, nr));
	drive(d, fact_kvittens(MAY("04", "11:00"), KB, nr));
	drive(d, fact_fvk(MAY("05", "12:00"), FVK_UTSE, VC, ANNA));
	drive(d, fact_utskrivningsklar(MAY("06", "09:00")));
	for (int i = 0; i < 2; i++)
		drive(d, fact_kvittens(MAY("06", "09:05"), i == 0 ? VC : KB, d->state.klar.nr));
	drive(d, fact_kallelse(MAY("06", "10:00"), VC, KALLELSE_SKICKA, ANNA));
}

static void
home(struct drive *d, const char *when)
{
	drive(d, fact_utskrivning(when, when));
	drive(d, fact_at(UTSKRIVNINGSINFORMATION, when));
}

static void
play_good(struct drive *d)
{
	cared_for(d);
	home(d, MAY("08", "12:00"));
}

static void
play_still_in(struct drive *d)
{
	cared_for(d);
}

static void
play_said_beforehand(struct drive *d)
{
	cared_for(d);
	drive(d, fact_utskrivning(MAY("07", "12:00"), MAY("08", "12:00")));
}

static void
play_annulled(struct drive *d)
{
	char id[16];

	cared_for(d);
	int32_t nr = drive(d, fact_utskrivning(MAY("08", "12:00"), MAY("08", "12:00")));
	snprintf(id, sizeof id, "m%d", nr);
	drive(d, fact_makulering(MAY("08", "13:00"), H, id));
}

static void
play_dead_before(struct drive *d)
{
	cared_for(d);
	drive(d, fact_at(AVLIDEN, MAY("08", "11:00")));
	drive(d, fact_utskrivning(MAY("08", "12:00"), MAY("08", "12:00")));
}

static void
play_dead_after(struct drive *d)
{
	play_good(d);
	drive(d, fact_at(AVLIDEN, MAY("09", "11:00")));
}

static void
play_no_need(struct drive *d)
{
	drive(d, fact_inskrivning(MAY("04", "02:00"), MAY("04", "02:00")));
	drive(d, fact_behovsbedomning(MAY("04", "03:00"), BEHOV_NEJ, MAY("04", "03:00")));
	drive(d, fact_utskrivning(MAY("08", "12:00"), MAY("08", "12:00")));
}

static void
play_never_told(struct drive *d)
{
	drive(d, fact_inskrivning(MAY("04", "02:00"), MAY("04", "02:00")));
	drive(d, fact_behovsbedomning(MAY("04", "03:00"), BEHOV_JA, MAY("04", "03:00")));
	drive(d, fact_utskrivning(MAY("08", "12:00"), MAY("08", "12:00")));
}

static void
play_late_notice(struct drive *d)
{
	drive(d, told(MAY("05", "02:01")));
	home(d, MAY("08", "12:00"));
}

static void
play_just_in_time(struct drive *d)
{
	drive(d, told(MAY("05", "02:00")));
	home(d, MAY("08", "12:00"));
}

static void
play_judged_later(struct drive *d)
{
	struct fact f = told(MAY("05", "09:00"));

	f.inskrivningsmeddelande.behov_bedomt_at = at(MAY("05", "08:00"));
	drive(d, f);
	home(d, MAY("08", "12:00"));
}

static void
play_fvk_at_the_same_instant(struct drive *d)
{
	drive(d, told(MAY("04", "09:00")));
	struct fact f = fact_fvk(MAY("08", "11:00"), FVK_UTSE, VC, ANNA);
	f.fast_vardkontakt.from_at = at(MAY("08", "12:00"));
	drive(d, f);
	home(d, MAY("08", "12:00"));
}

/* Named in time, but it came here after the discharge: what was a breach is none. */
static void
play_fvk_told_late(struct drive *d)
{
	drive(d, told(MAY("04", "09:00")));
	home(d, MAY("08", "12:00"));
	struct fact f = fact_fvk(MAY("07", "12:00"), FVK_UTSE, VC, ANNA);
	f.recorded_at = at(MAY("08", "13:00"));
	drive(d, f);
}

static void
play_fvk_changed(struct drive *d)
{
	cared_for(d);
	drive(d, fact_fvk(MAY("07", "09:00"), FVK_BYT, VC, BO));
	home(d, MAY("08", "12:00"));
}

static void
play_kallelse_pending(struct drive *d)
{
	drive(d, told(MAY("04", "09:00")));
	drive(d, fact_utskrivningsklar(MAY("06", "09:00")));
	home(d, MAY("06", "12:00"));
}

static void
play_kallelse_at_the_end(struct drive *d)
{
	play_kallelse_pending(d);
	drive(d, fact_fvk(MAY("07", "12:00"), FVK_UTSE, VC, ANNA));
	drive(d, fact_kallelse(MAY("10", "00:00"), VC, KALLELSE_SKICKA, ANNA));
}

static void
play_no_information(struct drive *d)
{
	cared_for(d);
	drive(d, fact_utskrivning(MAY("08", "12:00"), MAY("08", "12:00")));
	drive_until(d, MAY("09", "00:00"));
}

static void
play_kallelse_missed(struct drive *d)
{
	play_kallelse_pending(d);
	drive_until(d, MAY("10", "00:00"));
}

static void
held(struct drive *d)
{
	struct fact f = fact_of(SIP, VC, MAY("07", "15:00"));

	cared_for(d);
	f.sip.hallen_at = f.sent_at;
	f.sip.utfall = SIP_GENOMFORD;
	f.sip.plan.uppfoljning_at = INSTANT_NONE;
	drive(d, f);
	home(d, MAY("08", "12:00"));
}

static void
play_sip_held(struct drive *d)
{
	held(d);
}

static void
play_sip_followed_up(struct drive *d)
{
	held(d);
	struct fact f = fact_of(SIP_UPPFOLJNING, VC, MAY("20", "15:00"));
	f.sip_uppfoljning.hallen_at = f.sent_at;
	f.sip_uppfoljning.nasta_uppfoljning_at = INSTANT_NONE;
	f.sip_uppfoljning.plan.uppfoljning_at = INSTANT_NONE;
	drive(d, f);
}

/* Another came to be due on Thursday the 7th after the first; who is to summon does so too late. */
static void
play_second_summoned_late(struct drive *d)
{
	held(d);
	drive(d, fact_sip_behov(MAY("07", "18:00"), KB, SIP_NY));
	drive_until(d, MAY("12", "09:00"));
	drive(d, fact_kallelse(MAY("12", "10:00"), VC, KALLELSE_SKICKA, ANNA));
	struct fact f = fact_of(SIP, VC, MAY("14", "15:00"));
	f.sip.hallen_at = f.sent_at;
	f.sip.utfall = SIP_GENOMFORD;
	f.sip.plan.uppfoljning_at = INSTANT_NONE;
	drive(d, f);
}

static void
play_sip_not_held(struct drive *d)
{
	struct fact f = fact_of(SIP, VC, MAY("07", "15:00"));

	cared_for(d);
	f.sip.hallen_at = f.sent_at;
	f.sip.utfall = SIP_UTEBLEV;
	f.sip.plan.uppfoljning_at = INSTANT_NONE;
	drive(d, f);
	home(d, MAY("08", "12:00"));
}

static void
play_no_sip(struct drive *d)
{
	cared_for(d);
	drive(d, fact_samtycke(MAY("06", "11:00"), SAMTYCKE_SIP, SAMTYCKE_NEKAT));
	home(d, MAY("08", "12:00"));
}

static void
play_withdrawn(struct drive *d)
{
	cared_for(d);
	drive(d, fact_at(EJ_LANGRE_UTSKRIVNINGSKLAR, MAY("06", "15:00")));
	drive(d, fact_ny_beraknad(MAY("06", "15:00"), MAY("11", "12:00")));
	drive(d, fact_ny_beraknad(MAY("07", "15:00"), MAY("12", "12:00")));
	home(d, MAY("08", "12:00"));
}

static void
play_evening(struct drive *d)
{
	cared_for(d);
	home(d, MAY("08", "17:00"));
}

static void
play_before_five(struct drive *d)
{
	cared_for(d);
	drive(d, fact_utskrivning("2026-05-08T16:59:59+02:00", "2026-05-08T16:59:59+02:00"));
	drive(d, fact_at(UTSKRIVNINGSINFORMATION, MAY("08", "17:00")));
}

static void
play_early(struct drive *d)
{
	cared_for(d);
	home(d, MAY("08", "07:59"));
}

static void
play_eight(struct drive *d)
{
	cared_for(d);
	home(d, MAY("08", "08:00"));
}

static void
play_saturday(struct drive *d)
{
	cared_for(d);
	home(d, MAY("09", "12:00"));
}

/* Kristi himmelsfärdsdag. */
static void
play_holiday(struct drive *d)
{
	cared_for(d);
	home(d, MAY("14", "12:00"));
}

static void
play_local_month(struct drive *d)
{
	cared_for(d);
	home(d, "2026-05-31T22:30:00Z"); /* June has begun here */
}

static void
play_psychiatry(struct drive *d)
{
	struct fact f = told(MAY("04", "09:00"));

	f.inskrivningsmeddelande.verksamhet = PSYKIATRISK;
	drive(d, f);
	home(d, MAY("08", "12:00"));
}

static void
play_placed(struct drive *d)
{
	struct fact f = told(MAY("04", "09:00"));

	f.inskrivningsmeddelande.placerande_kommun = 1281;
	drive(d, f);
	home(d, MAY("08", "12:00"));
}

static void
play_left(struct drive *d)
{
	cared_for(d);
	drive(d, fact_of(EJ_BERORD, KB, MAY("06", "11:00")));
	home(d, MAY("08", "12:00"));
}

/* Of a stay without a fault: see play_good. Each row says what is otherwise; N: nothing is there,
 * ZERO: none.
 */
#define N 1000000
#define ZERO 1000001
static const struct row {
	const char *rule;
	void (*play)(struct drive *d);
	int rows; /* N: none */
	int month, kommun, ready_days, withdrawals, date_changes;
	enum discharge_time discharge;
	bool held, followed_up, psykiatrisk;
	/* Of the stay, of VC and of KB: minutes and fulfilments; 0: as in the good stay. */
	int notice, minutes, kvittens_vc, kvittens_kb, fvk, lead, changes;
	int kallelse, kallelse_kb;
	int hospital_late, unit_late, kommun_late, breaches_vc;
} rows[] = {
    {.rule = "nothing is wrong", .play = play_good},
    {.rule = "not measured: still in", .play = play_still_in, .rows = N},
    {.rule = "not measured: a discharge that lies ahead", .play = play_said_beforehand, .rows = N},
    {.rule = "not measured: the discharge was annulled", .play = play_annulled, .rows = N},
    {.rule = "F6: not measured: dead before discharge", .play = play_dead_before, .rows = N},
    {.rule = "G1: a death after discharge changes nothing", .play = play_dead_after},
    {.rule = "A0: not measured: no need", .play = play_no_need, .rows = N},
    {.rule = "A1: a notice never sent is none within 24 hours",
	.play = play_never_told,
	.rows = 1,
	.kommun = N,
	.ready_days = N,
	.notice = NOT_FULFILLED,
	.minutes = N,
	.kallelse = N,
	.hospital_late = 1},
    {.rule = "A5: 24 hours and a minute",
	.play = play_late_notice,
	.ready_days = N,
	.notice = NOT_FULFILLED,
	.minutes = 1441,
	.kvittens_vc = N,
	.kvittens_kb = N,
	.fvk = NOT_FULFILLED,
	.lead = N,
	.kallelse = N,
	.kallelse_kb = N,
	.hospital_late = 2,
	.unit_late = 1,
	.breaches_vc = 2},
    {.rule = "A1: 24 hours",
	.play = play_just_in_time,
	.ready_days = N,
	.minutes = 1440,
	.kvittens_vc = N,
	.kvittens_kb = N,
	.fvk = NOT_FULFILLED,
	.lead = N,
	.kallelse = N,
	.kallelse_kb = N,
	.unit_late = 1,
	.breaches_vc = 1},
    {.rule = "A2: the need was judged later",
	.play = play_judged_later,
	.ready_days = N,
	.minutes = 1860,
	.kvittens_vc = N,
	.kvittens_kb = N,
	.fvk = NOT_FULFILLED,
	.lead = N,
	.kallelse = N,
	.kallelse_kb = N,
	.unit_late = 1,
	.breaches_vc = 1},
    {.rule = "B1: equal instants are not before",
	.play = play_fvk_at_the_same_instant,
	.ready_days = N,
	.kvittens_vc = N,
	.kvittens_kb = N,
	.fvk = NOT_FULFILLED,
	.lead = N,
	.kallelse = N,
	.kallelse_kb = N,
	.unit_late = 1,
	.breaches_vc = 1},
    {.rule = "B1: a breach that was withdrawn is none",
	.play = play_fvk_told_late,
	.ready_days = N,
	.kvittens_vc = N,
	.kvittens_kb = N,
	.lead = 1440,
	.kallelse = N,
	.kallelse_kb = N},
    {.rule = "B10: another FVK", .play = play_fvk_changed, .changes = 1},
    {.rule = "D1: its time is not out",
	.play = play_kallelse_pending,
	.ready_days = ZERO,
	.kvittens_vc = N,
	.kvittens_kb = N,
	.fvk = NOT_FULFILLED,
	.lead = N,
	.kallelse = N,
	.kallelse_kb = N,
	.unit_late = 2,
	.kommun_late = 1,
	.breaches_vc = 2},
    {.rule = "D1: three days without a kallelse",
	.play = play_kallelse_missed,
	.ready_days = ZERO,
	.kvittens_vc = N,
	.kvittens_kb = N,
	.fvk = NOT_FULFILLED,
	.lead = N,
	.kallelse = NOT_FULFILLED,
	.kallelse_kb = NOT_FULFILLED,
	.unit_late = 2,
	.kommun_late = 1,
	.breaches_vc = 2},
    {.rule = "D1: at the instant when its time is out",
	.play = play_kallelse_at_the_end,
	.ready_days = ZERO,
	.kvittens_vc = N,
	.kvittens_kb = N,
	.fvk = NOT_FULFILLED,
	.lead = N,
	.kallelse = NOT_FULFILLED,
	.kallelse_kb = NOT_FULFILLED,
	.unit_late = 2,
	.kommun_late = 1,
	.breaches_vc = 2},
    {.rule = "E1: no information was handed over", .play = play_no_information, .hospital_late = 1},
    {.rule = "D7: held, and the kallelse still counts", .play = play_sip_held, .held = true},
    {.rule = "D7: held and followed up",
	.play = play_sip_followed_up,
	.held = true,
	.followed_up = true},
    {.rule = "D7: a no-show is not held", .play = play_sip_not_held},
    {.rule = "D1, D7: the kallelse to a second came late",
	.play = play_second_summoned_late,
	.held = true,
	.kallelse = NOT_FULFILLED,
	.kallelse_kb = NOT_FULFILLED,
	.unit_late = 1,
	.breaches_vc = 1},
    {.rule = "D3: no SIP is to be held", .play = play_no_sip, .kallelse = N, .kallelse_kb = N},
    {.rule = "C3, A7: withdrawn and moved",
	.play = play_withdrawn,
	.ready_days = N,
	.withdrawals = 1,
	.date_changes = 2,
	.kallelse = N,
	.kallelse_kb = N},
    {.rule = "the evening begins at 17:00",
	.play = play_evening,
	.discharge = DISCHARGE_EVENING,
	.lead = 4620},
    {.rule = "a second before is day", .play = play_before_five, .lead = 4619},
    {.rule = "before 08:00 is evening",
	.play = play_early,
	.discharge = DISCHARGE_EVENING,
	.lead = 4079},
    {.rule = "at 08:00 it is day", .play = play_eight, .lead = 4080},
    {.rule = "a Saturday",
	.play = play_saturday,
	.ready_days = 3,
	.discharge = DISCHARGE_DAY_OFF,
	.lead = 5760},
    {.rule = "a holiday",
	.play = play_holiday,
	.ready_days = 8,
	.discharge = DISCHARGE_DAY_OFF,
	.lead = 12960},
    {.rule = "the month is local",
	.play = play_local_month,
	.month = 202606,
	.ready_days = 26,
	.discharge = DISCHARGE_EVENING,
	.lead = 38190},
    {.rule = "F6: psychiatry apart",
	.play = play_psychiatry,
	.ready_days = N,
	.psykiatrisk = true,
	.kvittens_vc = N,
	.kvittens_kb = N,
	.fvk = NOT_FULFILLED,
	.lead = N,
	.kallelse = N,
	.kallelse_kb = N,
	.unit_late = 1,
	.breaches_vc = 1},
    {.rule = "F4: the placing kommun's",
	.play = play_placed,
	.kommun = 1281,
	.ready_days = N,
	.kvittens_vc = N,
	.kvittens_kb = N,
	.fvk = NOT_FULFILLED,
	.lead = N,
	.kallelse = N,
	.kallelse_kb = N,
	.unit_late = 1,
	.breaches_vc = 1},
    {.rule = "A11: who left is not measured", .play = play_left, .rows = 2},
};

static void
measure_now(const struct drive *d, struct measures *m)
{
	struct surroundings s = drive_surroundings(d);

	measure(&d->state, &s, &d->given, d->now, m);
}

static int
or_good(int said, int good)
{
	return said == 0 ? good : said == N ? MEASURE_NONE : said == ZERO ? 0 : said;
}

static const struct measure *
row_of_unit(const struct measures *m, unit_id unit)
{
	for (int i = 0; i < m->count; i++)
		if (m->row[i].unit == unit)
			return &m->row[i];
	return NULL;
}

#define EXPECT(is, wanted) \
	ck_assert_msg((int)(is) == (int)(wanted), "%s: %s is %d, not %d", row->rule, #is, \
	    (int)(is), (int)(wanted))

static void
expect_units(const struct row *row, const struct measures *m)
{
	const struct measure *vc = row_of_unit(m, VC), *kb = row_of_unit(m, KB);

	if (vc == NULL)
		return;
	EXPECT(vc->notice, or_good(row->notice, FULFILLED));
	EXPECT(vc->kvittens_minutes, or_good(row->kvittens_vc, 90));
	EXPECT(vc->fvk, or_good(row->fvk, FULFILLED));
	EXPECT(vc->fvk_lead_minutes, or_good(row->lead, 4320));
	EXPECT(vc->fvk_changes, row->changes);
	EXPECT(vc->kallelse, row->kallelse == N ? NOT_ASKED : or_good(row->kallelse, FULFILLED));
	EXPECT(vc->breaches[CAUSE_HOSPITAL_LATE] + vc->breaches[CAUSE_UNIT_LATE], row->breaches_vc);
	if (kb == NULL)
		return;
	EXPECT(kb->kvittens_minutes, or_good(row->kvittens_kb, 120));
	EXPECT(kb->fvk, NOT_ASKED);
	EXPECT(kb->fvk_lead_minutes, MEASURE_NONE);
	EXPECT(
	    kb->kallelse, row->kallelse_kb == N ? NOT_ASKED : or_good(row->kallelse_kb, FULFILLED));
}

START_TEST(stays)
{
	const struct row *row = &rows[_i];
	struct drive *d = drive_new(region, 1);
	struct measures m;

	row->play(d);
	measure_now(d, &m);
	EXPECT(m.count, row->rows == N ? 0 : or_good(row->rows, 3));
	if (row->rows != N) {
		const struct measure *stay = &m.row[0];
		EXPECT(m.hospital, H);
		EXPECT(m.ready_days, or_good(row->ready_days, 2));
		EXPECT(m.month, or_good(row->month, 202605));
		EXPECT(m.kommun, row->kommun == N ? 0 : or_good(row->kommun, TEST_KOMMUN));
		EXPECT(m.withdrawals, row->withdrawals);
		EXPECT(m.date_changes, row->date_changes);
		EXPECT(m.discharge, row->discharge);
		EXPECT(m.sip_held, row->held);
		EXPECT(m.sip_followed_up, row->followed_up);
		ck_assert_int_eq(m.patient, d->state.patient);
		ck_assert_int_eq(m.inskriven_at, at(MAY("04", "02:00")));
		ck_assert_int_eq(m.utskriven_at, d->state.utskrivning.at);
		EXPECT(m.psykiatrisk, row->psykiatrisk);
		ck_assert(m.unprotected);
		EXPECT(stay->unit, 0);
		EXPECT(stay->notice, or_good(row->notice, FULFILLED));
		EXPECT(stay->notice_minutes, or_good(row->minutes, 420));
		EXPECT(stay->kvittens_minutes, MEASURE_NONE);
		EXPECT(stay->fvk, NOT_ASKED);
		EXPECT(stay->kallelse,
		    row->kallelse == N ? NOT_ASKED : or_good(row->kallelse, FULFILLED));
		EXPECT(stay->breaches[CAUSE_HOSPITAL_LATE], row->hospital_late);
		EXPECT(stay->breaches[CAUSE_UNIT_LATE], row->unit_late);
		EXPECT(stay->breaches[CAUSE_KOMMUN_LATE], row->kommun_late);
		expect_units(row, &m);
	}
	drive_free(d);
}
END_TEST

/* G6: said also of one who is still there, for the days to pay. */
START_TEST(protected)
{
	struct drive *d = drive_new(region, 1);
	struct measures m;

	drive(d, told(MAY("04", "09:00")));
	measure_now(d, &m);
	ck_assert(m.unprotected);
	for (int skydd = SKYDD_SEKRETESSMARKERING; skydd < SKYDD_COUNT; skydd++) {
		d->state.inskr.skydd = (enum skydd)skydd;
		measure_now(d, &m);
		ck_assert(!m.unprotected);
	}
	drive_free(d);
}
END_TEST

/* B1, B7: each mottagare has its own FVK. */
START_TEST(two_fvk)
{
	struct drive *d = drive_new(region, 1);
	struct measures m;
	struct fact f = told(MAY("04", "09:00"));

	fact_mottagare_add(&f, PSYK);
	drive(d, f);
	drive(d, fact_fvk(MAY("05", "12:00"), FVK_UTSE, PSYK, YLVA));
	drive(d, fact_fvk(MAY("06", "12:00"), FVK_BYT, PSYK, KIM));
	drive(d, fact_fvk(MAY("07", "12:00"), FVK_UTSE, VC, ANNA));
	home(d, MAY("08", "12:00"));
	measure_now(d, &m);
	ck_assert_int_eq(row_of_unit(&m, VC)->fvk_lead_minutes, 1440);
	ck_assert_int_eq(row_of_unit(&m, VC)->fvk_changes, 0);
	ck_assert_int_eq(row_of_unit(&m, PSYK)->fvk_lead_minutes, 4320);
	ck_assert_int_eq(row_of_unit(&m, PSYK)->fvk_changes, 1);
	drive_free(d);
}
END_TEST

/* G3, A6: of two versions that were both acknowledged, the first kvittens counts. */
START_TEST(first_kvittens)
{
	struct drive *d = drive_new(region, 1);
	struct measures m;
	int32_t nr = drive(d, told(MAY("04", "09:00")));

	drive(d, fact_kvittens(MAY("04", "10:00"), VC, nr));
	nr = drive(d, told(MAY("04", "11:00")));
	drive(d, fact_kvittens(MAY("04", "12:00"), VC, nr));
	home(d, MAY("08", "12:00"));
	measure_now(d, &m);
	ck_assert_int_eq(row_of_unit(&m, VC)->kvittens_minutes, 60);
	drive_free(d);
}
END_TEST

/* A10: whom a unit of its own huvudman brought in owes nobody a notice within 24 hours. */
START_TEST(forwarded)
{
	struct drive *d = drive_new(region, 1);
	struct measures m;

	drive(d, told(MAY("04", "09:00")));
	struct fact f = fact_mottagare_andrad(MAY("06", "09:00"), KH);
	f.source = KB;
	drive(d, f);
	home(d, MAY("08", "12:00"));
	measure_now(d, &m);
	ck_assert_int_eq(m.count, 4);
	ck_assert_int_eq(row_of_unit(&m, KB)->notice, FULFILLED);
	ck_assert_int_eq(row_of_unit(&m, KH)->notice, NOT_ASKED);
	ck_assert_int_eq(row_of_unit(&m, KH)->notice_minutes, MEASURE_NONE);
	drive_free(d);
}
END_TEST

/* F6: same-day ones are 0, which is a number of days and not none. */
static const struct {
	const char *rule, *klar, *home;
	int days;
} ready[] = {
    {"the same day", MAY("06", "09:00"), MAY("06", "23:59"), 0},
    {"over midnight", MAY("06", "23:59"), MAY("07", "00:01"), 1},
    {"calendar days, not 24 hours", MAY("06", "23:00"), MAY("08", "01:00"), 2},
    {"ready after the discharge is not ready", MAY("08", "09:00"), MAY("07", "12:00"), -1},
};

START_TEST(ready_days)
{
	struct drive *d = drive_new(region, 1);
	struct measures m;

	drive(d, told(MAY("04", "09:00")));
	struct fact klar = fact_utskrivningsklar(ready[_i].klar);
	drive(d, klar);
	struct fact f = fact_utskrivning(MAY("09", "12:00"), ready[_i].home);
	drive(d, f);
	measure_now(d, &m);
	ck_assert_msg(m.ready_days == ready[_i].days, "%s: %d", ready[_i].rule, m.ready_days);
	drive_free(d);
}
END_TEST

/* ---- Days to pay ---- */

/* Ready on Wednesday the 27th, summoned the same day: F1 from Saturday the 30th. */
static void
play_to_pay(struct drive *d)
{
	drive(d, told(MAY("04", "09:00")));
	drive(d, fact_fvk(MAY("05", "12:00"), FVK_UTSE, VC, ANNA));
	drive(d, fact_utskrivningsklar(MAY("27", "09:00")));
	drive(d, fact_kallelse(MAY("27", "10:00"), VC, KALLELSE_SKICKA, ANNA));
}

START_TEST(days_by_month)
{
	struct drive *d = drive_new(region, 1);
	struct measures m;

	play_to_pay(d);
	measure_now(d, &m);
	ck_assert_int_eq(m.days_count, 0);
	drive_until(d, MAY("31", "05:00")); /* while the patient stays: as of the nightly look */
	measure_now(d, &m);
	ck_assert_int_eq(m.count, 0);
	ck_assert_int_eq(m.days_count, 1);
	ck_assert_int_eq(m.hospital, H);
	ck_assert_int_eq(m.days[0].days, 1);
	home(d, "2026-06-04T12:00:00+02:00");
	measure_now(d, &m);
	ck_assert_int_eq(m.days_count, 2);
	ck_assert_int_eq(m.days[0].month, 202605);
	ck_assert_int_eq(m.days[0].kommun, TEST_KOMMUN);
	ck_assert_int_eq(m.days[0].days, 2);
	ck_assert_int_eq(m.days[0].contested_days, 0);
	ck_assert_int_eq(m.days[0].amount, MEASURE_NONE);
	ck_assert_int_eq(m.days[1].month, 202606);
	ck_assert_int_eq(m.days[1].days, 3);
	test_policy_add(region, POLICY_PAY_AMOUNT, 0, 11000);
	measure_now(d, &m);
	ck_assert_int_eq(m.days[0].amount, 22000);
	ck_assert_int_eq(m.days[1].amount, 33000);
	drive_free(d);
}
END_TEST

/* F3: paused dates are those of their own month. */
START_TEST(days_paused)
{
	struct drive *d = drive_new(region, 1);
	struct measures m;

	test_policy_add(region, POLICY_PAY_BLOCK_AFTER_START, 0, 2);
	play_to_pay(d);
	drive(d, fact_insatser(MAY("30", "08:00"), VC, INSATSER_EJ_TILLGANGLIG));
	drive(d, fact_insatser(MAY("31", "08:00"), VC, INSATSER_TILLGANGLIG));
	home(d, "2026-06-04T12:00:00+02:00");
	measure_now(d, &m);
	ck_assert_int_eq(m.days_count, 1);
	ck_assert_int_eq(m.days[0].month, 202606);
	ck_assert_int_eq(m.days[0].days, 3);
	drive_free(d);
}
END_TEST

/* F4: moves on 31 May, as is known before: each kommun its own dates, in their months. */
START_TEST(days_by_payer)
{
	struct drive *d = drive_new(region, 1);
	struct measures m;
	const struct measure_days wanted[] = {{.kommun = TEST_KOMMUN, .month = 202605, .days = 1},
	    {.kommun = 1281, .month = 202605, .days = 1},
	    {.kommun = 1281, .month = 202606, .days = 9}};

	test_unit_add(region, 9, SOCIALTJANST)->kommun = 1281;
	region_index(region);
	drive(d, told(MAY("04", "09:00")));
	drive(d, fact_flyttad(MAY("20", "09:00"), 1281, MAY("31", "00:00")));
	drive(d, fact_fvk(MAY("21", "12:00"), FVK_UTSE, VC, ANNA));
	drive(d, fact_utskrivningsklar(MAY("27", "09:00")));
	drive(d, fact_kallelse(MAY("27", "10:00"), VC, KALLELSE_SKICKA, ANNA));
	struct fact f = fact_kallelse(MAY("28", "10:00"), VC, KALLELSE_OMBOKA, ANNA);
	f.sip_kallelse.kallade[f.sip_kallelse.kallade_count++] = 9;
	drive(d, f);
	home(d, "2026-06-10T12:00:00+02:00");
	measure_now(d, &m);
	ck_assert_int_eq(m.days_count, ROWS(wanted));
	for (int i = 0; i < ROWS(wanted); i++) {
		ck_assert_int_eq(m.days[i].kommun, wanted[i].kommun);
		ck_assert_int_eq(m.days[i].month, wanted[i].month);
		ck_assert_int_eq(m.days[i].days, wanted[i].days);
	}
	drive_free(d);
}
END_TEST

/* F9: a ready notice that came long after it was sent is contested, and so is each day. */
START_TEST(contested_days)
{
	struct drive *d = drive_new(region, 1);
	struct measures m;

	drive(d, told(MAY("04", "09:00")));
	drive(d, fact_fvk(MAY("05", "12:00"), FVK_UTSE, VC, ANNA));
	struct fact f = fact_utskrivningsklar(MAY("06", "09:00"));
	f.recorded_at = at(MAY("06", "11:00"));
	drive(d, f);
	drive(d, fact_kallelse(MAY("06", "11:30"), VC, KALLELSE_SKICKA, ANNA));
	home(d, MAY("12", "12:00"));
	measure_now(d, &m);
	ck_assert_int_eq(m.days_count, 1);
	ck_assert_int_eq(m.days[0].days, 3);
	ck_assert_int_eq(m.days[0].contested_days, 3);
	drive_free(d);
}
END_TEST

/* ---- The digest ---- */

START_TEST(digest)
{
	struct drive *d = drive_new(region, 1);
	struct measures m;
	int32_t before;

	drive(d, told(MAY("04", "09:00")));
	measure_now(d, &m);
	ck_assert_int_eq(measures_digest(&m), 0);
	home(d, MAY("08", "12:00"));
	measure_now(d, &m);
	before = measures_digest(&m);
	ck_assert_int_ne(before, 0);
	drive_until(d, MAY("20", "12:00"));
	measure_now(d, &m);
	ck_assert_msg(measures_digest(&m) == before, "nothing has happened");
	drive(d, fact_kvittens(MAY("20", "13:00"), KB, 1));
	measure_now(d, &m);
	ck_assert_int_ne(measures_digest(&m), before);
	drive_free(d);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("measures");
	TCase *c = tcase_create("measures");
	SRunner *runner = srunner_create(suite);

	tcase_add_checked_fixture(c, setup, teardown);
	tcase_add_loop_test(c, stays, 0, ROWS(rows));
	tcase_add_test(c, protected);
	tcase_add_test(c, two_fvk);
	tcase_add_test(c, first_kvittens);
	tcase_add_test(c, forwarded);
	tcase_add_loop_test(c, ready_days, 0, ROWS(ready));
	tcase_add_test(c, days_by_month);
	tcase_add_test(c, days_paused);
	tcase_add_test(c, days_by_payer);
	tcase_add_test(c, contested_days);
	tcase_add_test(c, digest);
	suite_add_tcase(suite, c);
	srunner_run_all(runner, CK_NORMAL);
	int failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? 0 : 1;
}
