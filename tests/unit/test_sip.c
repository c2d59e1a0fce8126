/* The SIP's look-ups by rule: is one due (D0, D3), whose is it (D9), when do the clocks run (D1-D3,
 * C3-C5), which time (D6). */
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

/* ---- D0, D3 ---- */

#define NO_WORD SIP_BEHOV_ART_COUNT

static const struct due {
	const char *rule;
	uint8_t behov;
	enum samtycke_status samtycke;
	enum sip_behov_art word;
	bool due;
} due_rows[] = {
    {"D0", 1 << BEHOV_KOMMUNAL_HSL, SAMTYCKE_LAMNAT, NO_WORD, true},
    {"D0", 1 << BEHOV_OPPENVARD | 1 << BEHOV_SOCIALTJANST, SAMTYCKE_LAMNAT, NO_WORD, true},
    {"D0", 1 << BEHOV_OPPENVARD, SAMTYCKE_LAMNAT, NO_WORD, false},
    {"D0", 1 << BEHOV_SOCIALTJANST, SAMTYCKE_LAMNAT, NO_WORD, false},
    {"D0", 1 << BEHOV_REHABILITERING | 1 << BEHOV_HJALPMEDEL, SAMTYCKE_LAMNAT, NO_WORD, false},
    {"D0 said", 0, SAMTYCKE_LAMNAT, SIP_NY, true},
    {"D0 said", 0, SAMTYCKE_LAMNAT, SIP_UPPDATERAS, true},
    {"D0 said", 1 << BEHOV_KOMMUNAL_HSL, SAMTYCKE_LAMNAT, SIP_GALLANDE_FINNS, false},
    {"D0 said", 1 << BEHOV_KOMMUNAL_HSL, SAMTYCKE_LAMNAT, SIP_BEHOVS_EJ, false},
    {"D1a", 1 << BEHOV_KOMMUNAL_HSL, SAMTYCKE_OKANT, NO_WORD, true},
    {"D3", 1 << BEHOV_KOMMUNAL_HSL, SAMTYCKE_NEKAT, NO_WORD, false},
    {"D3", 1 << BEHOV_KOMMUNAL_HSL, SAMTYCKE_ATERKALLAT, SIP_NY, false},
    {"D3", 1 << BEHOV_KOMMUNAL_HSL, SAMTYCKE_KAN_EJ, NO_WORD, true},
    {"D3", 1 << BEHOV_KOMMUNAL_HSL, SAMTYCKE_KRAVS_EJ, NO_WORD, true},
};

/* Monday 4 May 2026, to VC and KB. */
static struct fact
monday(void)
{
	return fact_inskrivningsmeddelande(
	    "2026-05-04T09:00:00+02:00", "2026-05-04T02:00:00+02:00", "2026-05-08T12:00:00+02:00");
}

START_TEST(due)
{
	const struct due *row = &due_rows[_i];
	struct drive *d = drive_new(region, 1);
	struct fact f = monday();

	f.inskrivningsmeddelande.behov = row->behov;
	f.inskrivningsmeddelande.samtycke[SAMTYCKE_SIP] = row->samtycke;
	drive(d, f);
	if (row->word != NO_WORD)
		drive(d, fact_sip_behov("2026-05-04T10:00:00+02:00", KB, row->word));
	ck_assert_msg(sip_owed(&d->state) == row->due, "%s", row->rule);
	drive_free(d);
}
END_TEST

/* ---- D9, B8 ---- */

static const struct whose {
	unit_id mottagare[2], fvk[2];
	unit_id samordnande; /* the unit of that kontakt (B8), or 0 */
	unit_id whose;
} whose_rows[] = {
    {{VC, KB}, {0}, 0, VC},
    {{PSYK, KB}, {0}, 0, PSYK},
    {{PSYK, VC}, {0}, 0, VC},
    {{PSYK, VC}, {PSYK}, 0, PSYK},
    {{PSYK, VC}, {VC}, 0, VC},
    {{VC, PSYK}, {VC}, 0, VC},
    {{VC, PSYK}, {VC, PSYK}, 0, VC},
    {{VC, PSYK}, {VC, PSYK}, PSYK, PSYK},
    {{PSYK, VC}, {VC, PSYK}, VC, VC},
    {{VC, PSYK}, {VC}, PSYK, VC}, /* there is nobody here who could send it */
    {{KH, KB}, {0}, 0, 0},
};

START_TEST(whose)
{
	const struct whose *row = &whose_rows[_i];
	struct drive *d = drive_new(region, 1);
	struct fact f = monday();

	for (int i = 0; i < 2; i++)
		f.inskrivningsmeddelande.mottagare[i].unit = row->mottagare[i];
	drive(d, f);
	for (int i = 0; i < 2 && row->fvk[i] != 0; i++)
		drive(d, fact_fvk("2026-05-04T10:00:00+02:00", FVK_UTSE, row->fvk[i],
			     row->fvk[i] == VC ? ANNA : KIM));
	if (row->samordnande != 0)
		d->kontakter[d->kontakt_count++] = (struct kontakt){.slag = KONTAKT_SAMORDNANDE,
		    .unit = row->samordnande,
		    .from_at = at("2026-05-01T00:00:00+02:00"),
		    .to_at = INSTANT_NONE};
	struct surroundings s = drive_surroundings(d);
	ck_assert_int_eq(sip_unit(&d->state, &s, d->now), row->whose);
	drive_free(d);
}
END_TEST

/* Two vårdcentraler, or two of psychiatry: what tells them apart. */
static const struct order {
	const char *rule;
	unit_id mottagare[2], fvk[2];
	uint8_t behovsprofil;
	unit_id listad_pa;
	struct {
		enum kontakt_slag slag; /* KONTAKT_INGEN: none */
		unit_id unit;
		bool here; /* written by this stay itself */
		const char *to_at;
	} kontakt;
	unit_id whose;
} order_rows[] = {
    {"B8 the listed", {VC, VC2}, {VC, VC2}, 0, VC2, {0}, VC2},
    {"B8 as told first", {VC, VC2}, {VC, VC2}, 0, 0, {0}, VC},
    {"B8 whose fast läkarkontakt the patient has", {VC, VC2}, {VC, VC2}, 0, 0,
	{KONTAKT_LAKARE, VC2, false, NULL}, VC2},
    {"B8 whose fast vårdkontakt the patient had before", {VC, VC2}, {VC, VC2}, 0, 0,
	{KONTAKT_FVK, VC2, false, NULL}, VC2},
    {"B8 not by this stay's own", {VC, VC2}, {VC, VC2}, 0, 0, {KONTAKT_FVK, VC2, true, NULL}, VC},
    {"B8 not a contact that is over", {VC, VC2}, {VC, VC2}, 0, 0,
	{KONTAKT_LAKARE, VC2, false, "2026-05-01T00:00:00+02:00"}, VC},
    {"B8 not without an FVK there", {VC, VC2}, {VC}, 0, VC2, {0}, VC},
    {"B8 the listed, if neither has one", {VC, VC2}, {0}, 0, VC2, {0}, VC2},
    {"B8 the competence", {VC2, VC}, {VC2, VC}, 1 << PROFIL_INSTABIL, 0, {0}, VC},
    {"B8 a contact before competence", {VC2, VC}, {VC2, VC}, 1 << PROFIL_INSTABIL, VC2, {0}, VC2},
    {"D9 primary care before competence", {VC, PSYK}, {VC, PSYK}, 1 << PROFIL_PSYKOSOCIAL, 0, {0},
	VC},
    {"B8 a contact is of primary care", {VC, PSYK}, {VC, PSYK}, 0, 0,
	{KONTAKT_FVK, PSYK, false, NULL}, VC},
};

START_TEST(b8_order)
{
	static const staff_id person[] = {[VC] = DOKTOR, [VC2] = DISA, [PSYK] = KIM};
	const struct order *row = &order_rows[_i];
	struct drive *d = drive_new(region, 1);
	struct fact f = monday();

	test_neighbours_add(region);
	f.inskrivningsmeddelande.behovsprofil = row->behovsprofil;
	f.inskrivningsmeddelande.listad_pa = row->listad_pa;
	for (int i = 0; i < 2; i++)
		f.inskrivningsmeddelande.mottagare[i].unit = row->mottagare[i];
	drive(d, f);
	for (int i = 0; i < 2 && row->fvk[i] != 0; i++)
		drive(d, fact_fvk("2026-05-04T10:00:00+02:00", FVK_UTSE, row->fvk[i],
			     person[row->fvk[i]]));
	d->kontakt_count = 0;
	if (row->kontakt.slag != KONTAKT_INGEN)
		d->kontakter[d->kontakt_count++] = (struct kontakt){.slag = row->kontakt.slag,
		    .unit = row->kontakt.unit,
		    .from_at = at("2026-04-01T00:00:00+02:00"),
		    .to_at = at(row->kontakt.to_at),
		    .episode = row->kontakt.here ? d->id : 99};
	struct surroundings s = drive_surroundings(d);
	ck_assert_msg(sip_unit(&d->state, &s, d->now) == row->whose, "%s: %d", row->rule,
	    (int)sip_unit(&d->state, &s, d->now));
	drive_free(d);
}
END_TEST

/* ---- D1, D2, D3, C3, C4, C5 ---- */

static void
klar(struct drive *d)
{
	drive(d, monday());
	drive(d, fact_utskrivningsklar("2026-05-07T13:00:00+02:00"));
}

static void
clock_c5(struct drive *d)
{
	struct fact f = fact_utskrivningsklar("2026-05-07T00:30:00+02:00");

	drive(d, monday());
	f.utskrivningsklar.reservrutin.lamnad_at = at("2026-05-06T23:30:00+02:00");
	drive(d, f);
}

static void
clock_c5_lag(struct drive *d)
{
	struct fact f = fact_utskrivningsklar("2026-05-06T23:50:00+02:00");

	drive(d, monday());
	f.recorded_at = at("2026-05-07T00:10:00+02:00");
	drive(d, f);
}

static void
clock_c3(struct drive *d)
{
	klar(d);
	drive(d, fact_at(EJ_LANGRE_UTSKRIVNINGSKLAR, "2026-05-08T09:00:00+02:00"));
}

static void
clock_c4(struct drive *d)
{
	clock_c3(d);
	drive(d, fact_utskrivningsklar("2026-05-09T09:00:00+02:00"));
}

static void
clock_d2(struct drive *d)
{
	drive(d, monday());
	drive(d, fact_fvk("2026-05-04T10:00:00+02:00", FVK_UTSE, VC, ANNA));
	drive(d, fact_kallelse("2026-05-05T10:00:00+02:00", VC, KALLELSE_SKICKA, ANNA));
	drive(d, fact_utskrivningsklar("2026-05-07T13:00:00+02:00"));
}

static void
clock_d4_kommun(struct drive *d)
{
	klar(d);
	drive(d, fact_kallelse("2026-05-07T14:00:00+02:00", KB, KALLELSE_SKICKA, KARIN));
	ck_assert_int_eq(d->outcome, OUTCOME_KALLELSE_EJ_AV_FVK);
}

static void
clock_d3(struct drive *d)
{
	klar(d);
	drive(d, fact_samtycke("2026-05-08T09:00:00+02:00", SAMTYCKE_SIP, SAMTYCKE_NEKAT));
}

static void
clock_d3_anew(struct drive *d)
{
	clock_d3(d);
	drive(d, fact_samtycke("2026-05-10T09:00:00+02:00", SAMTYCKE_SIP, SAMTYCKE_LAMNAT));
}

static void
clock_a10(struct drive *d)
{
	struct fact f = monday();

	clock_d2(d);
	fact_mottagare_add(&f, KH);
	f.sent_at = f.recorded_at = at("2026-05-10T09:00:00+02:00");
	drive(d, f);
}

static void
clock_parked(struct drive *d)
{
	drive(d, fact_utskrivningsklar("2026-05-03T13:00:00+02:00"));
	drive(d, monday());
}

static void
clock_no_oppenvard(struct drive *d)
{
	struct fact f = monday();

	f.inskrivningsmeddelande.mottagare[0].unit = KH;
	f.inskrivningsmeddelande.listad_pa = 0;
	drive(d, f);
	drive(d, fact_utskrivningsklar("2026-05-07T13:00:00+02:00"));
	ck_assert_int_eq(drive_task(d, TASK_ANGE_MOTTAGARE, H)->status, TASK_OPEN);
}

static const struct clock {
	const char *rule;
	void (*play)(struct drive *);
	const char *due, *breach; /* NULL: does not run */
	unit_id unit;
	bool fulfilled;
} clock_rows[] = {
    {"D1", klar, "2026-05-11T00:00:00+02:00", "2026-05-12T00:00:00+02:00", VC, false},
    {"C5 documented", clock_c5, "2026-05-10T00:00:00+02:00", "2026-05-12T00:00:00+02:00", VC,
	false},
    {"C5 here", clock_c5_lag, "2026-05-11T00:00:00+02:00", "2026-05-12T00:00:00+02:00", VC, false},
    {"C3", clock_c3, NULL, NULL, 0, false},
    {"C4", clock_c4, "2026-05-13T00:00:00+02:00", "2026-05-13T00:00:00+02:00", VC, false},
    {"D2", clock_d2, "2026-05-11T00:00:00+02:00", "2026-05-12T00:00:00+02:00", VC, true},
    {"D4", clock_d4_kommun, "2026-05-11T00:00:00+02:00", "2026-05-12T00:00:00+02:00", VC, false},
    {"D3", clock_d3, NULL, NULL, 0, false},
    {"D3 anew", clock_d3_anew, "2026-05-14T00:00:00+02:00", "2026-05-14T00:00:00+02:00", VC, false},
    {"A10", clock_a10, "2026-05-14T00:00:00+02:00", "2026-05-14T00:00:00+02:00", VC, false},
    {"section 2: parked", clock_parked, "2026-05-08T00:00:00+02:00", "2026-05-08T00:00:00+02:00",
	VC, false},
    {"D9 nobody", clock_no_oppenvard, "2026-05-11T00:00:00+02:00", "2026-05-12T00:00:00+02:00", 0,
	false},
};

START_TEST(clocks)
{
	const struct clock *row = &clock_rows[_i];
	struct drive *d = drive_new(region, 1);

	row->play(d);
	struct surroundings s = drive_surroundings(d);
	struct sip_clock clock = sip_clock(&d->state, &s, d->now);
	ck_assert_int_eq(clock.ref != 0, row->due != NULL);
	ck_assert_at(clock.due_before, row->due);
	ck_assert_at(clock.breach_from, row->breach);
	ck_assert_int_eq(clock.unit, row->unit);
	ck_assert_int_eq(clock.fulfilled, row->fulfilled);
	drive_free(d);
}
END_TEST

/* D9: psychiatry has summoned all; that primary care names an FVK then, and so would be the one
 * that sends, makes no kallelse late. */
START_TEST(sender_changes)
{
	struct drive *d = drive_new(region, 1);
	struct fact f = monday();

	f.inskrivningsmeddelande.mottagare[f.inskrivningsmeddelande.mottagare_count++].unit = PSYK;
	drive(d, f);
	drive(d, fact_fvk("2026-05-04T10:00:00+02:00", FVK_UTSE, PSYK, KIM));
	drive(d, fact_utskrivningsklar("2026-05-05T09:00:00+02:00"));
	f = fact_kallelse("2026-05-05T10:00:00+02:00", PSYK, KALLELSE_SKICKA, KIM);
	f.sip_kallelse.kallade[f.sip_kallelse.kallade_count++] = VC;
	drive(d, f);
	struct surroundings s = drive_surroundings(d);
	ck_assert(sip_clock(&d->state, &s, d->now).fulfilled);
	drive(d, fact_fvk("2026-05-06T10:00:00+02:00", FVK_UTSE, VC, ANNA));
	s = drive_surroundings(d);
	ck_assert_int_eq(sip_unit(&d->state, &s, d->now), VC);
	ck_assert(sip_clock(&d->state, &s, d->now).fulfilled);
	drive_until(d, "2026-05-20T00:00:00+02:00");
	ck_assert_ptr_null(drive_breach(d, BREACH_D1, VC));
	drive_free(d);
}
END_TEST

/* D1: at one and the same moment the unit received all, and samtycke was given anew: its receipt is
 * what opened the clock. */
START_TEST(received_and_reopened_at_once)
{
	struct drive *d = drive_new(region, 1);
	struct fact f = fact_inskrivningsmeddelande(
	    "2026-05-06T09:00:00+02:00", "2026-05-04T02:00:00+02:00", "2026-05-08T12:00:00+02:00");

	drive(d, monday());
	drive(d, fact_samtycke("2026-05-04T10:00:00+02:00", SAMTYCKE_SIP, SAMTYCKE_ATERKALLAT));
	drive(d, fact_makulering("2026-05-04T11:00:00+02:00", H, "m1"));
	drive(d, fact_utskrivningsklar("2026-05-05T09:00:00+02:00"));
	f.inskrivningsmeddelande.mottagare[1] =
	    (struct mottagare){.kommun = TEST_KOMMUN, .slag = SOCIALTJANST};
	drive(d, f);
	struct surroundings s = drive_surroundings(d);
	int32_t ref = sip_clock(&d->state, &s, d->now).ref;
	ck_assert_int_eq(ref, episode_participant_of(&d->state, KB)->added_nr);
	ck_assert_int_eq(d->history[ref - 1].fact.type, MOTTAGARE_ANDRAD);
	drive_free(d);
}
END_TEST

/* U: without the shift of lag (1930:173) the breach comes with the alarm. */
START_TEST(no_shift)
{
	struct drive *d = drive_new(region, 1);

	test_policy_add(region, POLICY_SIP_SHIFT_HOLIDAY, 0, 0);
	klar(d);
	struct surroundings s = drive_surroundings(d);
	ck_assert_at(sip_clock(&d->state, &s, d->now).breach_from, "2026-05-11T00:00:00+02:00");
	drive_free(d);
}
END_TEST

/* ---- D6: the first free time ---- */

static void
anna_booked(const char *start)
{
	region_book(region, &(struct booking){9, ANNA, 0, at(start), at(start) + HOUR});
}

static void
time_booked(void)
{
	anna_booked("2026-05-12T13:00:00+02:00");
}

static void
time_overlap(void)
{
	anna_booked("2026-05-12T13:59:00+02:00");
}

static void
time_more_slots(void)
{
	test_slot_add(region, VC, 0, 0, 8 * 60, 10 * 60, 30);
}

static void
time_others_slot(void)
{
	test_slot_add(region, VC, BO, 0, 8 * 60, 10 * 60, 30);
}

static void
time_own_slot(void)
{
	test_slot_add(region, VC, ANNA, 0, 8 * 60, 10 * 60, 30);
}

static void
time_holiday(void)
{
	region->slots[0].weekday = 3; /* Thursday: 14 May is Kristi himmelsfärdsdag */
	region_index(region);
}

static void
time_away(void)
{
	test_absence_add(region, ANNA, "2026-05-11T00:00:00+02:00", "2026-05-13T00:00:00+02:00", 0);
}

static void
time_away_alone(void)
{
	test_staff(region, ANNA)->ersattare = 0;
	time_away();
}

static void
time_short_window(void)
{
	test_policy_add(region, POLICY_SIP_WINDOW, 0, 3);
}

static void
time_long_notice(void)
{
	test_policy_add(region, POLICY_SIP_MIN_NOTICE, 0, 4);
}

static const struct when {
	const char *rule;
	void (*change)(void);
	const char *beraknad, *now;
	const char *start; /* NULL: none */
	staff_id staff;
} when_rows[] = {
    {"D6", NULL, "2026-05-08T12:00:00+02:00", "2026-05-07T13:00:00+02:00",
	"2026-05-12T13:00:00+02:00", ANNA},
    {"D6 not before the expected discharge", NULL, "2026-05-12T14:00:00+02:00",
	"2026-05-07T13:00:00+02:00", "2026-05-19T13:00:00+02:00", ANNA},
    {"D6 at it", NULL, "2026-05-12T13:00:00+02:00", "2026-05-07T13:00:00+02:00",
	"2026-05-12T13:00:00+02:00", ANNA},
    {"D6 two working days", NULL, "2026-05-08T12:00:00+02:00", "2026-05-08T13:00:00+02:00",
	"2026-05-12T13:00:00+02:00", ANNA},
    {"D6 two working days", NULL, "2026-05-08T12:00:00+02:00", "2026-05-08T13:00:01+02:00",
	"2026-05-19T13:00:00+02:00", ANNA},
    {"D6 a Sunday gives no notice", NULL, "2026-05-08T12:00:00+02:00", "2026-05-10T01:00:00+02:00",
	"2026-05-19T13:00:00+02:00", ANNA},
    {"D6 booked", time_booked, "2026-05-08T12:00:00+02:00", "2026-05-07T13:00:00+02:00",
	"2026-05-19T13:00:00+02:00", ANNA},
    {"D6 overlapping", time_overlap, "2026-05-08T12:00:00+02:00", "2026-05-07T13:00:00+02:00",
	"2026-05-19T13:00:00+02:00", ANNA},
    {"D6 the first of all slots", time_more_slots, "2026-05-08T12:00:00+02:00",
	"2026-05-07T08:30:00+02:00", "2026-05-11T08:30:00+02:00", ANNA},
    {"D6 another's", time_others_slot, "2026-05-08T12:00:00+02:00", "2026-05-07T08:30:00+02:00",
	"2026-05-12T13:00:00+02:00", ANNA},
    {"D6 her own", time_own_slot, "2026-05-08T12:00:00+02:00", "2026-05-07T08:30:00+02:00",
	"2026-05-11T08:30:00+02:00", ANNA},
    {"D6 not on a holiday", time_holiday, "2026-05-08T12:00:00+02:00", "2026-05-07T13:00:00+02:00",
	"2026-05-21T13:00:00+02:00", ANNA},
    {"B13 the deputy", time_away, "2026-05-08T12:00:00+02:00", "2026-05-07T13:00:00+02:00",
	"2026-05-12T13:00:00+02:00", BO},
    {"B13 no deputy", time_away_alone, "2026-05-08T12:00:00+02:00", "2026-05-07T13:00:00+02:00",
	"2026-05-19T13:00:00+02:00", ANNA},
    {"D6 within the window", time_short_window, "2026-05-08T12:00:00+02:00",
	"2026-05-07T13:00:00+02:00", NULL, 0},
    {"D6 policy", time_long_notice, "2026-05-08T12:00:00+02:00", "2026-05-07T13:00:00+02:00",
	"2026-05-19T13:00:00+02:00", ANNA},
};

START_TEST(when)
{
	const struct when *row = &when_rows[_i];
	struct drive *d = drive_new(region, 1);
	struct fact f = fact_inskrivningsmeddelande(
	    "2026-05-04T09:00:00+02:00", "2026-05-04T02:00:00+02:00", row->beraknad);

	drive(d, f);
	drive(d, fact_fvk("2026-05-04T10:00:00+02:00", FVK_UTSE, VC, ANNA));
	drive(d, fact_utskrivningsklar("2026-05-07T08:00:00+02:00"));
	if (row->change != NULL)
		row->change();
	struct surroundings s = drive_surroundings(d);
	struct sip_time time =
	    sip_first_free(&d->state, &s, episode_fvk(&d->state, VC), at(row->now));
	ck_assert_msg((time.slot != 0) == (row->start != NULL), "%s", row->rule);
	if (row->start != NULL) {
		ck_assert_at(time.mote.start_at, row->start);
		ck_assert_int_eq(time.staff, row->staff);
	}
	drive_free(d);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("sip");
	TCase *tc = tcase_create("sip");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_loop_test(tc, due, 0, ROWS(due_rows));
	tcase_add_loop_test(tc, whose, 0, ROWS(whose_rows));
	tcase_add_loop_test(tc, b8_order, 0, ROWS(order_rows));
	tcase_add_loop_test(tc, clocks, 0, ROWS(clock_rows));
	tcase_add_test(tc, received_and_reopened_at_once);
	tcase_add_test(tc, no_shift);
	tcase_add_test(tc, sender_changes);
	tcase_add_loop_test(tc, when, 0, ROWS(when_rows));
	suite_add_tcase(s, tc);
	SRunner *sr = srunner_create(s);
	srunner_run_all(sr, CK_NORMAL);
	int failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed != 0;
}
