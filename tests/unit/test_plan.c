/*
 * plan() as a whole: random histories, in which what the driver checks after every turn must hold
 * (rules_driver.h), and what is told to whom and when (A6, A7, A10, B4, B10, C1, C3, D2, D6a, G3).
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

/* ---- Random histories ---- */

#define EPISODES 3
#define FACTS 45
/* Several to a process: the leak check at the end of each costs more than a history. */
#define PROCESSES 20
#define HISTORIES 15

static uint64_t seed;

static uint32_t
roll(uint32_t below)
{
	seed ^= seed << 13;
	seed ^= seed >> 7;
	seed ^= seed << 17;
	return (uint32_t)((seed >> 16) % below);
}

static staff_id
roll_staff(unit_id unit)
{
	return unit == PSYK ? KIM + (staff_id)roll(2) : ANNA + (staff_id)roll(3);
}

static unit_id
roll_unit(void)
{
	return VC + (unit_id)roll(4);
}

static struct fact
roll_inskrivningsmeddelande(instant now)
{
	struct fact f = fact_inskrivningsmeddelande("2026-05-01T09:00:00+02:00",
	    "2026-05-01T02:00:00+02:00", roll(5) == 0 ? NULL : "2026-05-01T02:00:00+02:00");
	struct fact_inskrivningsmeddelande *m = &f.inskrivningsmeddelande;

	m->inskriven_at = now - roll(40) * HOUR;
	if (m->beraknad_utskrivning_at != INSTANT_NONE)
		m->beraknad_utskrivning_at = now + roll(120) * HOUR;
	m->mottagare_count = 0;
	for (unit_id u = VC; u <= PSYK; u++)
		if (roll(3) != 0)
			fact_mottagare_add(&f, u);
	if (roll(4) == 0)
		m->mottagare[m->mottagare_count++] =
		    (struct mottagare){.kommun = TEST_KOMMUN, .slag = KOMMUNAL_HSL};
	m->behov = (uint8_t)roll(32);
	m->livshotande = roll(8) == 0;
	m->skydd = roll(10) == 0 ? SKYDD_SEKRETESSMARKERING : SKYDD_NEJ;
	m->samtycke[SAMTYCKE_SIP] = (enum samtycke_status)roll(SAMTYCKE_STATUS_COUNT);
	return f;
}

static struct fact
roll_kallelse(instant now)
{
	unit_id unit = roll(4) == 0 ? PSYK : VC;
	struct fact f = fact_kallelse("2026-05-01T09:00:00+02:00", unit,
	    (enum kallelse_atgard)roll(KALLELSE_ATGARD_COUNT), roll_staff(unit));
	struct fact_sip_kallelse *m = &f.sip_kallelse;

	m->at = now;
	m->kallade_count = 0;
	for (unit_id u = VC; u <= PSYK; u++)
		if (roll(2) == 0)
			m->kallade[m->kallade_count++] = u;
	if (roll(3) != 0)
		m->mote.start_at = now + (instant)roll(300) * HOUR;
	if (m->mote.start_at != INSTANT_NONE)
		m->mote.end_at = m->mote.start_at + HOUR;
	if (roll(4) == 0)
		m->strukna[m->strukna_count++] = roll_unit();
	return f;
}

static struct fact
roll_klar(instant now)
{
	struct fact f = fact_utskrivningsklar("2026-05-01T09:00:00+02:00");
	struct fact_utskrivningsklar *m = &f.utskrivningsklar;

	m->klar_at = now - roll(5) * HOUR;
	m->underrattelse_lpt_7a = roll(4) == 0;
	m->tvangsvard_given = roll(4) == 0;
	if (m->tvangsvard_given)
		m->oppen_tvangsvard = (enum oppen_tvangsvard)roll(OPPEN_TVANGSVARD_COUNT);
	if (roll(4) == 0)
		m->undanhallen[m->undanhallen_count++] = roll_unit();
	return f;
}

static struct fact
roll_fvk(instant now)
{
	unit_id unit = roll(4) == 0 ? PSYK : VC;
	struct fact f = fact_fvk("2026-05-01T09:00:00+02:00",
	    (enum fvk_atgard)roll(FVK_ATGARD_COUNT), unit, roll_staff(unit));

	f.fast_vardkontakt.from_at = now;
	if (roll(4) == 0)
		f.fast_vardkontakt.to_at = now + roll(200) * HOUR;
	if (roll(4) == 0)
		f.fast_vardkontakt.omprovas_at = now + roll(1000) * HOUR;
	f.fast_vardkontakt.jamte = roll(8) == 0;
	return f;
}

static instant
roll_after(instant now)
{
	return now + (instant)roll(400) * HOUR;
}

static struct fact
roll_mottagare_andrad(void)
{
	static const char *const any = "2026-05-01T09:00:00+02:00";
	unit_id unit = roll(2) == 0 ? VC2 + (unit_id)roll(2) : roll_unit();
	unit_id source = roll(2) == 0 ? H : roll_unit();
	struct fact f;

	switch (roll(4)) {
	case 0:
		f = fact_borttagen(any, source, unit);
		break;
	case 1:
		f = fact_vidarebefordrad(any, source == H ? roll_unit() : source, unit);
		break;
	default:
		f = fact_tillagd(any, source, unit);
		break;
	}
	if (roll(6) == 0)
		f.mottagare_andrad.lagg_till[f.mottagare_andrad.lagg_till_count++] =
		    (struct mottagare){.kommun = TEST_KOMMUN_2, .slag = SOCIALTJANST};
	return f;
}

static struct fact
roll_patient(instant now)
{
	static const kommun_kod kommuner[] = {0, TEST_KOMMUN, TEST_KOMMUN_2};
	struct fact f = fact_patient_uppdaterad("2026-05-01T09:00:00+02:00");
	struct fact_patient_uppdaterad *m = &f.patient_uppdaterad;

	m->given = (uint8_t)roll(64);
	m->skydd = (enum skydd)roll(SKYDD_COUNT);
	m->folkbokforingskommun = kommuner[roll(ROWS(kommuner))];
	m->listad_pa = roll(2) == 0 ? VC : VC2;
	if (roll(2) == 0)
		m->from_at = now - roll(100) * HOUR;
	return f;
}

static struct plan
roll_plan(instant now)
{
	return (struct plan){.given = roll(3) != 0,
	    .saknas = (uint8_t)(roll(2) * roll(32)),
	    .uppfoljning_at = roll(2) == 0 ? roll_after(now) : INSTANT_NONE};
}

/* What is said of a SIP: in a stay, and in a patient's own file (D10). */
static struct fact
roll_sip(instant now)
{
	static const char *const any = "2026-05-01T09:00:00+02:00";
	struct fact f;

	switch (roll(3)) {
	case 0:
		f = fact_kallelse_svar(
		    any, roll_unit(), (enum kallelse_svar_ord)roll(KALLELSE_SVAR_COUNT));
		f.kallelse_svar.forslag_at = roll_after(now);
		return f;
	case 1:
		f = fact_sip(any, roll_unit(), (enum sip_utfall)roll(SIP_UTFALL_COUNT), NULL);
		f.sip.hallen_at = now - roll(48) * HOUR;
		f.sip.plan = roll_plan(now);
		return f;
	default:
		f = fact_sip_uppfoljning(any, roll_unit(), NULL);
		f.sip_uppfoljning.hallen_at = now - roll(48) * HOUR;
		f.sip_uppfoljning.plan = roll_plan(now);
		f.sip_uppfoljning.avslutad = roll(4) == 0;
		if (roll(2) == 0)
			f.sip_uppfoljning.nasta_uppfoljning_at = roll_after(now);
		return f;
	}
}

static struct fact
roll_annulment(const struct drive *d)
{
	int nr = 1 + (int)roll((uint32_t)d->history_count + 1);
	char id[16];

	snprintf(id, sizeof id, "m%d", nr);
	return fact_makulering("2026-05-01T09:00:00+02:00",
	    nr <= d->history_count ? d->history[nr - 1].fact.source : H, id);
}

/* The stay beyond its first messages: A9-A11, C6, F3, G1, G2, G4, G6. */
static struct fact
roll_stay(instant now)
{
	static const char *const any = "2026-05-01T09:00:00+02:00";
	struct fact f;

	switch (roll(11)) {
	case 0:
	case 1:
		return roll_mottagare_andrad();
	case 2:
		return fact_of(EJ_BERORD, roll_unit(), any);
	case 3:
		return fact_avvisning(any, roll_unit(),
		    (enum avvisning_orsak)roll(AVVISNING_ORSAK_COUNT),
		    roll(2) == 0 ? VC2 : NO_UNIT);
	case 4:
		f = fact_vardform_andrad(any, (enum vardform)roll(VARDFORM_COUNT),
		    (enum oppen_tvangsvard)roll(OPPEN_TVANGSVARD_COUNT), any);
		f.vardform_andrad.from_at = now - 24 * HOUR + roll(48) * HOUR;
		return f;
	case 5:
	case 6:
		return fact_vardplan_justerad(any, roll_unit());
	case 7:
		return fact_overflyttning(any, roll(2) == 0 ? H : H2);
	case 8:
		f = fact_permission(any, any, NULL);
		f.permission.from_at = now - 12 * HOUR + roll(24) * HOUR;
		if (roll(2) == 0)
			f.permission.to_at = f.permission.from_at + roll(72) * HOUR;
		return f;
	case 9:
		return roll_patient(now);
	default:
		if (roll(3) == 0)
			return fact_at(AVLIDEN, any);
		return fact_insatser(
		    any, roll_unit(), (enum insatser_status_ord)roll(INSATSER_STATUS_COUNT));
	}
}

/* A patient's own file: B8, B11, B12, D10, G8. */
static struct fact
roll_own(const struct drive *d, instant now)
{
	static const char *const any = "2026-05-01T09:00:00+02:00";
	struct fact f;

	switch (d->history_count == 0 ? 0 : roll(9)) { /* what opens the file comes first */
	case 0:
		f = fact_begaran(any, roll(3) == 0 ? PSYK : VC);
		f.begaran.at = now;
		break;
	case 1:
		f = fact_lakarkontakt(any, VC, roll_staff(VC));
		f.fast_kontakt.slag = (enum kontakt_slag)(KONTAKT_FVK + roll(4));
		f.fast_kontakt.atgard = roll(2) == 0 ? FVK_UTSE : FVK_AVSLUTA;
		f.fast_kontakt.from_at = now;
		if (roll(3) == 0)
			f.fast_kontakt.to_at = roll_after(now);
		break;
	case 2:
	case 3:
		f = roll_fvk(now);
		break;
	case 4:
		f = fact_sip_behov(any, roll_unit(), (enum sip_behov_art)roll(SIP_BEHOV_ART_COUNT));
		break;
	case 5:
		f = roll_kallelse(now);
		break;
	case 6:
		f = fact_kvittens(any, roll_unit(), 1 + (int32_t)roll(12));
		break;
	case 7:
		return roll_annulment(d);
	default:
		f = roll_sip(now);
		break;
	}
	f.patient = TEST_PATIENT;
	return f;
}

static struct fact
roll_fact(const struct drive *d, instant now)
{
	static const char *const any = "2026-05-01T09:00:00+02:00";
	struct fact f;

	if (d->history_count == 0 && roll(3) != 0)
		return roll_inskrivningsmeddelande(now);
	switch (roll(26)) {
	case 0:
		return roll_inskrivningsmeddelande(now);
	case 1:
		f = fact_inskrivning(any, any);
		f.inskrivning.inskriven_at = now - roll(20) * HOUR;
		return f;
	case 2:
		f = fact_behovsbedomning(any, (enum behov_finns)roll(BEHOV_FINNS_COUNT), any);
		f.behovsbedomning.bedomt_at = now;
		return f;
	case 3:
		f = fact_ny_beraknad(any, any);
		f.ny_beraknad_utskrivning.beraknad_utskrivning_at = now + roll(200) * HOUR;
		return f;
	case 4:
	case 5:
		return roll_klar(now);
	case 6:
		return fact_at(EJ_LANGRE_UTSKRIVNINGSKLAR, any);
	case 7:
		if (roll(3) != 0)
			return fact_at(PATIENTINFORMATION, any);
		return fact_utskrivning(any, any); /* at_ is set below */
	case 8:
		f = fact_at(UTSKRIVNINGSINFORMATION, any);
		f.at.at = now;
		return f;
	case 9:
	case 10:
		return roll_fvk(now);
	case 11:
		return fact_sip_behov(
		    any, roll_unit(), (enum sip_behov_art)roll(SIP_BEHOV_ART_COUNT));
	case 12:
		return roll_kallelse(now);
	case 13:
		return fact_samtycke(
		    any, SAMTYCKE_SIP, (enum samtycke_status)roll(SAMTYCKE_STATUS_COUNT));
	case 14:
	case 15:
		return fact_kvittens(any, roll_unit(), 1 + (int32_t)roll(12));
	case 16:
	case 17:
		return roll_annulment(d);
	case 18:
	case 19:
	case 20:
		return roll_sip(now);
	default:
		return roll_stay(now);
	}
}

static void
roll_region(void)
{
	test_neighbours_add(region);
	test_policy_add(region, POLICY_FVK_MODE, 0, (int64_t)roll(3));
	test_policy_add(region, POLICY_SIP_MODE, 0, (int64_t)roll(3));
	if (roll(3) == 0) { /* begin or end while patients are here */
		test_policy_between(region, POLICY_FVK_MODE, VC, (int64_t)roll(3),
		    "2026-05-06T10:00:00+02:00", "2026-05-09T10:00:00+02:00");
		test_policy_between(region, POLICY_SIP_MODE, VC, (int64_t)roll(3),
		    "2026-05-07T10:00:00+02:00", "2026-05-13T10:00:00+02:00");
		test_policy_between(region, POLICY_BEHOVSBEDOMNING_REMINDER, H, 60,
		    "2026-05-04T10:00:00+02:00", "2026-05-10T10:00:00+02:00");
		test_policy_between(region, POLICY_KVITTENS_REMINDER, KH, 1 + (int64_t)roll(600),
		    "2026-05-03T10:00:00+02:00", NULL);
	}
	for (staff_id i = ANNA; i <= YLVA; i++)
		if (roll(3) == 0)
			test_absence_add(
			    region, i, "2026-05-04T00:00:00+02:00", "2026-05-11T12:00:00+02:00", 0);
	if (roll(3) == 0)
		test_staff(region, ANNA)->slutar_at = at("2026-05-12T17:00:00+02:00");
	if (roll(2) == 0)
		test_slot_add(region, PSYK, 0, 3, 9 * 60, 11 * 60, 60);
	region_index(region);
}

/* Between now and next_due nothing may change: no instant was missed. */
static void
nothing_before(struct drive *d, instant until)
{
	instant end = d->next_due < until ? d->next_due : until;
	int told = d->log_count;

	if (end - d->now < 2)
		return;
	instant between =
	    d->now + 1 +
	    (instant)(roll(1u << 30) * (double)(end - d->now - 1) / (double)(1u << 30));
	drive_at_instant(d, between);
	for (int i = told; i < d->log_count; i++)
		ck_abort_msg("missed an instant: %s to %d, task %d",
		    notice_type_word(d->log[i].told.type), d->log[i].told.unit,
		    d->log[i].told.task_kind);
}

static void
random_history(int number)
{
	/* Alone, or several that compete for times; then a time given back by one is none of the
	 * other's instants. */
	int episodes = number % 2 == 0 ? 1 : EPISODES;
	struct drive *d[EPISODES];
	instant now = at("2026-05-01T08:00:00+02:00");

	bool own = number % 3 == 2;
	seed = 88172645463325252u + (uint64_t)number * 7919;
	roll_region();
	for (int i = 0; i < episodes; i++)
		d[i] = drive_new(region, i + 1);
	for (int n = 0; n < FACTS; n++) {
		struct drive *e = d[roll((uint32_t)episodes)];
		now += (instant)roll(30 * 60) * MINUTE + (instant)roll(1000000);
		for (int i = 0; i < episodes; i++) {
			drive_until_instant(d[i], now - 1);
			if (episodes == 1)
				nothing_before(d[i], now);
		}
		struct fact f = own && e == d[0] ? roll_own(e, now) : roll_fact(e, now);
		if (f.patient != 0)
			f.patient = TEST_PATIENT + (e->id - 1);
		if (f.type == UTSKRIVNING)
			f.utskrivning.utskriven_at = now - roll(10) * HOUR + HOUR;
		f.recorded_at = now;
		f.sent_at = now - (roll(4) == 0 ? (instant)roll(48) * HOUR : 0);
		drive(e, f);
	}
	for (int i = 0; i < episodes; i++) {
		drive_until_instant(d[i], now + 100 * DAY);
		nothing_before(d[i], now + 200 * DAY);
		drive_free(d[i]);
	}
}

START_TEST(random_histories)
{
	for (int n = 0; n < HISTORIES; n++) {
		setup();
		random_history(_i * HISTORIES + n);
		teardown();
	}
}
END_TEST

/* ---- Who is told what ---- */

static struct fact
monday(void)
{
	return fact_inskrivningsmeddelande(
	    "2026-05-04T09:00:00+02:00", "2026-05-04T02:00:00+02:00", "2026-05-08T12:00:00+02:00");
}

static struct drive *
manual(void)
{
	test_policy_add(region, POLICY_FVK_MODE, 0, FVK_MANUAL);
	test_policy_add(region, POLICY_SIP_MODE, 0, SIP_MANUAL);
	return drive_new(region, 1);
}

static int32_t
annul(struct drive *d, const char *sent_at, unit_id source, int32_t nr)
{
	char id[16];

	snprintf(id, sizeof id, "m%d", nr);
	return drive(d, fact_makulering(sent_at, source, id));
}

/* A0: nothing leaves the hospital; A8: all mottagare, not the sender. */
START_TEST(admitted)
{
	struct drive *d = manual();

	drive(d, fact_inskrivning("2026-05-04T02:10:00+02:00", "2026-05-04T02:00:00+02:00"));
	ck_assert_str_eq(drive_news(d), "H task.created behovsbedomning\n");
	ck_assert_int_eq(d->given.phase, PHASE_BEVAKAD);
	drive(d, monday());
	ck_assert_str_eq(drive_news(d),
	    "VC episode.inskrivningsmeddelande kvittera_inskrivningsmeddelande\n"
	    "KB episode.inskrivningsmeddelande kvittera_inskrivningsmeddelande\n"
	    "VC task.created utse_fast_vardkontakt\n");
	drive_free(d);
}
END_TEST

/* A0: no closes it without a trace outside. */
START_TEST(no_need)
{
	struct drive *d = manual();

	drive(d, fact_inskrivning("2026-05-04T02:10:00+02:00", "2026-05-04T02:00:00+02:00"));
	drive_news(d);
	drive(d, fact_behovsbedomning(
		     "2026-05-04T08:00:00+02:00", BEHOV_NEJ, "2026-05-04T08:00:00+02:00"));
	ck_assert_str_eq(drive_news(d), "");
	ck_assert_int_eq(d->given.phase, PHASE_AVSLUTAD);
	ck_assert(d->next_due == INSTANT_NEVER);
	drive_free(d);
}
END_TEST

/* A6: who is named no longer hears that, last, and nothing after it; who stays hears of a new
 * version. */
START_TEST(named_no_longer)
{
	struct drive *d = manual();
	struct fact f = monday();

	fact_mottagare_add(&f, KH);
	drive(d, f);
	drive_news(d);
	f.inskrivningsmeddelande.mottagare_count = 2;
	f.sent_at = f.recorded_at = at("2026-05-04T11:00:00+02:00");
	drive(d, f);
	ck_assert_str_eq(drive_news(d), "VC episode.inskrivningsmeddelande_andrat\n"
					"KB episode.inskrivningsmeddelande_andrat\n"
					"KH task.cancelled kvittera_inskrivningsmeddelande\n"
					"KH episode.mottagare_avslutad\n");
	f.sent_at = f.recorded_at = at("2026-05-04T12:00:00+02:00");
	drive(d, f);
	ck_assert_str_eq(drive_news(d), "VC episode.inskrivningsmeddelande_andrat\n"
					"KB episode.inskrivningsmeddelande_andrat\n");
	drive(d, fact_utskrivningsklar("2026-05-07T09:00:00+02:00"));
	ck_assert_int_eq(drive_told(d, KH, NOTICE_UTSKRIVNINGSKLAR), 0);
	drive_free(d);
}
END_TEST

/* Section 2: an annulled message is taken back where it was told, access ends, and it can be sent
 * anew. */
START_TEST(annulled)
{
	struct drive *d = manual();
	int32_t nr = drive(d, monday());

	drive_news(d);
	annul(d, "2026-05-04T11:00:00+02:00", H, nr);
	ck_assert_str_eq(drive_news(d), "VC task.cancelled kvittera_inskrivningsmeddelande\n"
					"VC task.cancelled utse_fast_vardkontakt\n"
					"KB task.cancelled kvittera_inskrivningsmeddelande\n"
					"VC episode.makulerad\n"
					"KB episode.makulerad\n");
	for (int i = 0; i < d->given.participant_count; i++)
		ck_assert(d->given.participants[i].unit == H || !d->given.participants[i].active);
	ck_assert_int_eq(d->given.phase, PHASE_MAKULERAD);
	struct fact f = monday();
	f.sent_at = f.recorded_at = at("2026-05-04T12:00:00+02:00");
	drive(d, f);
	ck_assert_int_eq(drive_told(d, VC, NOTICE_INSKRIVNINGSMEDDELANDE), 2);
	drive_free(d);
}
END_TEST

/* A7: to all but the sender; marked when it moves by more than 24 hours; the same time again is
 * none. */
START_TEST(new_date)
{
	struct drive *d = manual();

	drive(d, monday());
	drive_news(d);
	drive(d, fact_ny_beraknad("2026-05-04T10:00:00+02:00", "2026-05-09T12:00:00+02:00"));
	ck_assert_str_eq(drive_news(d), "VC episode.ny_beraknad_utskrivning\n"
					"KB episode.ny_beraknad_utskrivning\n"
					"VC task.changed utse_fast_vardkontakt\n");
	drive(d, fact_ny_beraknad("2026-05-04T10:05:00+02:00", "2026-05-11T12:00:00+02:00"));
	ck_assert_str_eq(drive_news(d), "VC episode.ny_beraknad_utskrivning shift_over_24h\n"
					"KB episode.ny_beraknad_utskrivning shift_over_24h\n"
					"VC task.changed utse_fast_vardkontakt\n");
	drive_free(d);
}
END_TEST

/* C1, C3, C4: to all at once, to the same, and again. */
START_TEST(ready_and_not)
{
	struct drive *d = manual();

	drive(d, monday());
	drive(d, fact_fvk("2026-05-04T10:00:00+02:00", FVK_UTSE, VC, ANNA));
	drive_news(d);
	drive(d, fact_utskrivningsklar("2026-05-05T09:00:00+02:00"));
	drive_until(d, "2026-05-05T12:00:00+02:00");
	drive_news(d);
	drive(d, fact_at(EJ_LANGRE_UTSKRIVNINGSKLAR, "2026-05-05T12:30:00+02:00"));
	ck_assert_str_eq(drive_news(d), "VC episode.ej_langre_utskrivningsklar\n"
					"KB episode.ej_langre_utskrivningsklar\n"
					"VC task.cancelled kvittera_utskrivningsklar\n"
					"KB task.cancelled kvittera_utskrivningsklar\n"
					"VC task.cancelled kalla_till_sip\n");
	drive(d, fact_utskrivningsklar("2026-05-06T09:00:00+02:00"));
	ck_assert_int_eq(drive_told(d, KB, NOTICE_UTSKRIVNINGSKLAR), 2);
	drive_assert_task(d, TASK_KALLA_SIP, VC, TASK_OPEN, "2026-05-10T00:00:00+02:00");
	drive_free(d);
}
END_TEST

/* G3: what is to be acknowledged asks for it itself, with its time; nothing asks a second time. */
START_TEST(kvittens_asked_for_once)
{
	struct drive *d = manual();

	drive(d, monday());
	drive(d, fact_fvk("2026-05-04T10:00:00+02:00", FVK_UTSE, VC, ANNA));
	drive_news(d);
	drive(d, fact_utskrivningsklar("2026-05-05T09:00:00+02:00"));
	ck_assert_ptr_nonnull(
	    strstr(drive_news(d), "VC episode.utskrivningsklar kvittera_utskrivningsklar\n"
				  "VC sip.due\n"
				  "KB episode.utskrivningsklar kvittera_utskrivningsklar\n"
				  "KB sip.due\n"
				  "VC task.created kalla_till_sip\n"));
	struct fact f = fact_kallelse("2026-05-05T10:00:00+02:00", VC, KALLELSE_SKICKA, ANNA);
	f.sip_kallelse.mote = mote_at("2026-05-12T13:30:00+02:00");
	drive(d, f);
	ck_assert_ptr_nonnull(strstr(drive_news(d), "H sip.kallelse\n"
						    "KB sip.kallelse kvittera_kallelse\n"));
	for (int i = TASK_KVITTERA_INSKRIVNING; i <= TASK_KVITTERA_KALLELSE; i++)
		ck_assert_int_eq(drive_told_task(d, KB, NOTICE_TASK_CREATED, (enum task_kind)i), 0);
	for (int i = 0; i < d->log_count; i++) {
		const struct told *t = &d->log[i].told;
		if (t->task_kind >= 0 && task_is_kvittens((enum task_kind)t->task_kind))
			ck_assert_int_ne(t->due_at, INSTANT_NONE);
	}
	drive_free(d);
}
END_TEST

/* B10: both units, the kommun and the ward; the unit that said it not. Of a deputy's time too
 * (B13). */
START_TEST(fvk_told)
{
	struct drive *d = manual();

	drive(d, monday());
	drive_news(d);
	drive(d, fact_fvk("2026-05-04T10:00:00+02:00", FVK_UTSE, VC, ANNA));
	ck_assert_str_eq(
	    drive_news(d), "H fast_vardkontakt.appointed\nKB fast_vardkontakt.appointed\n");
	drive(d, fact_fvk("2026-05-04T10:10:00+02:00", FVK_BYT, VC, BO));
	ck_assert_str_eq(
	    drive_news(d), "H fast_vardkontakt.changed\nKB fast_vardkontakt.changed\n");
	struct fact f = fact_fvk("2026-05-04T10:12:00+02:00", FVK_BEKRAFTA, VC, BO);
	f.fast_vardkontakt.ersattare = ANNA;
	drive(d, f);
	ck_assert_str_eq(
	    drive_news(d), "H fast_vardkontakt.changed\nKB fast_vardkontakt.changed\n");
	f.sent_at = f.recorded_at = at("2026-05-04T10:14:00+02:00");
	f.fast_vardkontakt.to_at = at("2026-05-07T10:00:00+02:00");
	drive(d, f);
	ck_assert_str_eq(
	    drive_news(d), "H fast_vardkontakt.changed\nKB fast_vardkontakt.changed\n");
	drive(d, fact_fvk("2026-05-04T10:20:00+02:00", FVK_AVSLUTA, VC, BO));
	ck_assert_str_eq(drive_news(d), "H fast_vardkontakt.ended\nKB fast_vardkontakt.ended\n"
					"VC task.created utse_fast_vardkontakt reopened\n");
	drive_free(d);
}
END_TEST

/* Closed: nothing is open, nothing is due; thirty days after discharge whatever is open. */
START_TEST(closed)
{
	struct drive *d = manual();

	drive(d, monday());
	drive(d, fact_utskrivning("2026-05-05T09:00:00+02:00", "2026-05-05T09:00:00+02:00"));
	drive_until(d, "2026-06-04T08:59:59+02:00");
	ck_assert_int_eq(d->given.phase, PHASE_UTSKRIVEN);
	drive_until(d, "2026-06-04T09:00:00+02:00");
	ck_assert_int_eq(d->given.phase, PHASE_AVSLUTAD);
	ck_assert(d->next_due == INSTANT_NEVER);
	for (int i = 0; i < d->given.task_count; i++)
		ck_assert_int_ne(d->given.tasks[i].status, TASK_OPEN);
	ck_assert_ptr_nonnull(drive_breach(d, BREACH_B1, VC));
	drive_free(d);
}
END_TEST

/* ---- The register of fasta kontakter, and booked times ---- */

/* B2, B11: an older stay that is looked at again does not end what a newer one began. */
START_TEST(newer_stay_counts)
{
	struct drive *d[2] = {manual(), drive_new(region, 2)};

	drive(d[0], monday());
	drive(d[0], fact_fvk("2026-05-04T10:00:00+02:00", FVK_UTSE, VC, ANNA));
	drive(d[0], fact_fvk("2026-05-05T10:00:00+02:00", FVK_AVSLUTA, VC, ANNA));
	ck_assert_int_eq(test_staff(region, ANNA)->load, 0);
	memcpy(d[1]->kontakter, d[0]->kontakter, sizeof d[1]->kontakter);
	d[1]->kontakt_count = d[0]->kontakt_count;
	struct fact f = monday();
	f.sent_at = f.recorded_at = at("2026-05-11T09:00:00+02:00");
	drive(d[1], f);
	drive(d[1], fact_fvk("2026-05-11T10:00:00+02:00", FVK_UTSE, VC, ANNA));
	ck_assert_int_eq(test_staff(region, ANNA)->load, 1);
	memcpy(d[0]->kontakter, d[1]->kontakter, sizeof d[1]->kontakter);
	drive_at(d[0], "2026-05-12T10:00:00+02:00");
	ck_assert_int_eq(test_staff(region, ANNA)->load, 1);
	ck_assert_at(d[0]->kontakter[0].to_at, NULL);
	drive_free(d[0]);
	drive_free(d[1]);
}
END_TEST

/* An appointment that is annulled is no contact, and no load. */
START_TEST(annulled_contact)
{
	struct drive *d = manual();

	drive(d, monday());
	int32_t nr = drive(d, fact_fvk("2026-05-04T10:00:00+02:00", FVK_UTSE, VC, ANNA));
	annul(d, "2026-05-04T11:00:00+02:00", VC, nr);
	ck_assert_int_eq(test_staff(region, ANNA)->load, 0);
	ck_assert_at(d->kontakter[0].to_at, "2026-05-04T11:00:00+02:00");
	ck_assert_int_eq(drive_task(d, TASK_UTSE_FVK, VC)->status, TASK_OPEN);
	drive_free(d);
}
END_TEST

/* D6: a time that a person chose although it was taken stands; the person is in the register once.
 */
START_TEST(chosen_time_taken)
{
	struct drive *d = manual();
	struct fact f = fact_kallelse("2026-05-06T10:00:00+02:00", VC, KALLELSE_SKICKA, ANNA);

	drive(d, monday());
	drive(d, fact_fvk("2026-05-04T10:00:00+02:00", FVK_UTSE, VC, ANNA));
	const struct booking taken = {.episode = 9,
	    .staff = ANNA,
	    .start_at = at("2026-05-12T13:00:00+02:00"),
	    .end_at = at("2026-05-12T14:00:00+02:00")};
	region_book(region, &taken);
	f.sip_kallelse.mote = mote_at("2026-05-12T13:30:00+02:00");
	drive(d, f);
	ck_assert_int_eq(region->booking_count, 1);
	ck_assert_int_eq(d->given.booking.staff, NOBODY);
	ck_assert_int_eq(d->state.bokning.status, BOKNING_BOKAD);
	drive_free(d);
}
END_TEST

/* D6a: a time before the expected discharge that the FVK chose knowing it is the FVK's to choose;
 * a date that moves later asks anew. */
START_TEST(meeting_on_the_ward)
{
	struct drive *d = drive_new(region, 1);
	struct fact f = fact_kallelse("2026-05-06T10:00:00+02:00", VC, KALLELSE_SKICKA, ANNA);

	drive(d, monday());
	drive(d, fact_ny_beraknad("2026-05-04T10:00:00+02:00", "2026-05-15T10:00:00+02:00"));
	drive(d, fact_fvk("2026-05-04T10:30:00+02:00", FVK_UTSE, VC, ANNA));
	drive_news(d);
	f.sip_kallelse.mote = mote_at("2026-05-13T10:00:00+02:00");
	drive(d, f);
	ck_assert_ptr_nonnull(strstr(drive_news(d), "KB sip.kallelse kvittera_kallelse\n"));
	ck_assert_int_eq(drive_told(d, 0, NOTICE_SIP_ON_HOLD), 0);
	ck_assert_at(d->given.booking.start_at, "2026-05-13T10:00:00+02:00");
	drive(d, fact_ny_beraknad("2026-05-07T10:00:00+02:00", "2026-05-18T10:00:00+02:00"));
	ck_assert_int_eq(drive_told(d, 0, NOTICE_SIP_ON_HOLD), 3);
	drive_free(d);
}
END_TEST

/* Two öppenvård units with an FVK each; VC has summoned KB to 05-20. */
static struct drive *
two_and_a_kallelse(void)
{
	struct drive *d = manual();
	struct fact m = monday();
	struct fact first = fact_kallelse("2026-05-05T10:00:00+02:00", VC, KALLELSE_SKICKA, ANNA);

	fact_mottagare_add(&m, PSYK);
	fact_mottagare_add(&m, KH);
	drive(d, m);
	drive(d, fact_fvk("2026-05-04T10:00:00+02:00", FVK_UTSE, VC, ANNA));
	drive(d, fact_fvk("2026-05-04T10:05:00+02:00", FVK_UTSE, PSYK, YLVA));
	first.sip_kallelse.mote = mote_at("2026-05-20T10:00:00+02:00");
	first.sip_kallelse.kallade[0] = KB;
	first.sip_kallelse.kallade_count = 1;
	drive(d, first);
	return d;
}

/* D9: a second kallelse is joined to the first; the meeting stays where it was. A second that moves
 * it is told to the first. */
START_TEST(second_kallelse)
{
	struct drive *d = two_and_a_kallelse();
	struct fact second =
	    fact_kallelse("2026-05-05T11:00:00+02:00", PSYK, KALLELSE_SKICKA, YLVA);

	second.sip_kallelse.mote = mote_at("2026-05-21T10:00:00+02:00");
	second.sip_kallelse.kallade[0] = KH;
	second.sip_kallelse.kallade_count = 1;
	drive_news(d);
	drive(d, second);
	ck_assert_ptr_nonnull(strstr(drive_news(d), "KH sip.kallelse kvittera_kallelse\n"));
	ck_assert_int_eq(drive_told(d, 0, NOTICE_SIP_REBOOKED), 0);
	ck_assert_int_eq(d->given.booking.staff, ANNA);
	ck_assert_at(d->given.booking.start_at, "2026-05-20T10:00:00+02:00");
	second.sip_kallelse.atgard = KALLELSE_OMBOKA;
	second.sent_at = second.recorded_at = at("2026-05-05T12:00:00+02:00");
	drive(d, second);
	ck_assert_int_eq(drive_told(d, VC, NOTICE_SIP_REBOOKED), 1);
	drive_free(d);
}
END_TEST

/* B3, B5: a veto, or that only a physician will do, said when somebody is named already. */
START_TEST(named_and_not_allowed)
{
	struct drive *d = drive_new(region, 1);
	struct fact f = monday();

	drive(d, f);
	drive(d, fact_fvk("2026-05-04T10:00:00+02:00", FVK_UTSE, VC, ANNA));
	drive_news(d);
	f.inskrivningsmeddelande.ej_onskad = ANNA;
	f.sent_at = f.recorded_at = at("2026-05-05T11:00:00+02:00");
	drive(d, f);
	ck_assert_ptr_nonnull(
	    strstr(drive_news(d), "VC task.created ersatt_fast_vardkontakt urgent\n"));
	drive_assert_task(d, TASK_ERSATT_FVK, VC, TASK_OPEN, "2026-05-06T10:00:00+02:00");
	f.inskrivningsmeddelande.ej_onskad = NOBODY;
	f.sent_at = f.recorded_at = at("2026-05-05T12:00:00+02:00");
	drive(d, f);
	ck_assert_int_eq(drive_task(d, TASK_ERSATT_FVK, VC)->status, TASK_CANCELLED);
	f.inskrivningsmeddelande.livshotande = true;
	f.sent_at = f.recorded_at = at("2026-05-05T13:00:00+02:00");
	drive(d, f);
	ck_assert_int_eq(drive_task(d, TASK_ERSATT_FVK, VC)->status, TASK_OPEN);
	drive_free(d);
}
END_TEST

/* Section 2: what samordnad did by itself upon an annulled message is given back. */
START_TEST(annulled_gives_back)
{
	struct drive *d;
	int32_t nr;

	test_policy_add(region, POLICY_FVK_MODE, 0, FVK_AUTO);
	test_policy_add(region, POLICY_SIP_MODE, 0, SIP_AUTO);
	d = drive_new(region, 1);
	nr = drive(d, monday());
	drive(d, fact_utskrivningsklar("2026-05-04T10:00:00+02:00"));
	ck_assert_int_eq(region->booking_count, 1);
	ck_assert_int_eq(d->kontakter[0].to_at, INSTANT_NONE);
	annul(d, "2026-05-04T11:00:00+02:00", H, nr);
	ck_assert_int_eq(region->booking_count, 0);
	ck_assert_at(d->kontakter[0].to_at, "2026-05-04T11:00:00+02:00");
	drive_free(d);
}
END_TEST

/* B2: who goes on does so until the end that the unit had set. */
START_TEST(goes_on_until)
{
	struct drive *d = drive_new(region, 1);

	d->kontakter[d->kontakt_count++] = (struct kontakt){.patient = TEST_PATIENT,
	    .slag = 1,
	    .unit = VC,
	    .staff = ANNA,
	    .from_at = at("2026-01-01T00:00:00+01:00"),
	    .to_at = at("2026-05-06T00:00:00+02:00"),
	    .episode = 9,
	    .nr = 1};
	drive(d, monday());
	ck_assert_int_eq(episode_fvk(&d->state, VC)->staff, ANNA);
	ck_assert_at(episode_fvk(&d->state, VC)->to_at, "2026-05-06T00:00:00+02:00");
	drive_until(d, "2026-05-06T12:00:00+02:00");
	ck_assert_int_eq(drive_task(d, TASK_UTSE_FVK, VC)->status, TASK_OPEN);
	drive_free(d);
}
END_TEST

/* Section 2: a date that was told and annulled is taken back. */
START_TEST(date_taken_back)
{
	struct drive *d = manual();
	int32_t nr;

	drive(d, fact_inskrivningsmeddelande(
		     "2026-05-04T09:00:00+02:00", "2026-05-04T02:00:00+02:00", NULL));
	nr = drive(d, fact_ny_beraknad("2026-05-04T10:00:00+02:00", "2026-05-08T12:00:00+02:00"));
	drive_news(d);
	annul(d, "2026-05-04T11:00:00+02:00", H, nr);
	ck_assert_ptr_nonnull(
	    strstr(drive_news(d), "KB episode.ny_beraknad_utskrivning no_date\n"));
	drive_free(d);
}
END_TEST

/* B1, B9: a person named for a day after the expected discharge leaves the days before it open. */
START_TEST(named_for_later)
{
	struct drive *d = manual();
	struct fact f = fact_fvk("2026-05-04T10:00:00+02:00", FVK_UTSE, VC, ANNA);

	drive(d, monday());
	f.fast_vardkontakt.from_at = at("2026-05-20T08:00:00+02:00");
	drive(d, f);
	drive_assert_task(d, TASK_UTSE_FVK, VC, TASK_OPEN, "2026-05-08T12:00:00+02:00");
	drive(d, fact_ny_beraknad("2026-05-05T10:00:00+02:00", "2026-05-22T12:00:00+02:00"));
	ck_assert_int_eq(drive_task(d, TASK_UTSE_FVK, VC)->status, TASK_DONE);
	drive_free(d);
}
END_TEST

/* B10, D4: until the day from which another is named, the former is the FVK and may summon. */
START_TEST(former_until_then)
{
	struct drive *d = manual();
	struct fact other = fact_fvk("2026-05-05T10:00:00+02:00", FVK_BYT, VC, DOKTOR);
	struct fact f = fact_kallelse("2026-05-06T10:00:00+02:00", VC, KALLELSE_SKICKA, ANNA);

	drive(d, monday());
	drive(d, fact_fvk("2026-05-04T10:00:00+02:00", FVK_UTSE, VC, ANNA));
	other.fast_vardkontakt.from_at = at("2026-05-07T08:00:00+02:00");
	drive(d, other);
	f.sip_kallelse.mote = mote_at("2026-05-12T13:30:00+02:00");
	drive(d, f);
	ck_assert_int_eq(d->outcome, OUTCOME_APPLIED);
	f.sip_kallelse.mote = mote_at("2026-05-12T14:30:00+02:00");
	f.sip_kallelse.atgard = KALLELSE_OMBOKA;
	f.sent_at = f.recorded_at = at("2026-05-07T09:00:00+02:00");
	drive(d, f);
	ck_assert_int_eq(d->outcome, OUTCOME_KALLELSE_EJ_AV_FVK);
	drive_free(d);
}
END_TEST

/* Section 2: a SIP that was said to be due and is no longer wanted; with a meeting, one word for
 * both. */
START_TEST(sip_not_wanted)
{
	struct drive *d = manual();
	struct fact f = fact_kallelse("2026-05-05T10:00:00+02:00", VC, KALLELSE_SKICKA, ANNA);

	drive(d, monday());
	drive(d, fact_fvk("2026-05-04T10:00:00+02:00", FVK_UTSE, VC, ANNA));
	drive(d, fact_utskrivningsklar("2026-05-05T09:00:00+02:00"));
	ck_assert_int_eq(drive_told(d, KB, NOTICE_SIP_DUE), 1);
	drive(d, fact_sip_behov("2026-05-05T09:30:00+02:00", VC, SIP_BEHOVS_EJ));
	ck_assert_int_eq(drive_told(d, KB, NOTICE_SIP_CANCELLED), 1);
	drive(d, fact_sip_behov("2026-05-05T09:40:00+02:00", VC, SIP_NY));
	ck_assert_int_eq(drive_told(d, KB, NOTICE_SIP_DUE), 2);
	f.sip_kallelse.mote = mote_at("2026-05-12T13:30:00+02:00");
	drive(d, f);
	drive(d, fact_samtycke("2026-05-05T11:00:00+02:00", SAMTYCKE_SIP, SAMTYCKE_NEKAT));
	ck_assert_int_eq(drive_told(d, KB, NOTICE_SIP_CANCELLED), 2);
	drive_free(d);
}
END_TEST

/* D6a: a time that the former FVK chose is the new one's; the former is free again. */
START_TEST(chosen_time_of_a_former)
{
	struct drive *d = manual();
	struct fact f = fact_kallelse("2026-05-05T10:00:00+02:00", VC, KALLELSE_SKICKA, ANNA);

	drive(d, monday());
	drive(d, fact_fvk("2026-05-04T10:00:00+02:00", FVK_UTSE, VC, ANNA));
	f.sip_kallelse.mote = mote_at("2026-05-12T13:30:00+02:00");
	drive(d, f);
	ck_assert_int_eq(d->given.booking.staff, ANNA);
	drive(d, fact_fvk("2026-05-06T10:00:00+02:00", FVK_BYT, VC, DOKTOR));
	ck_assert_int_eq(d->given.booking.staff, DOKTOR);
	ck_assert_at(d->given.booking.start_at, "2026-05-12T13:30:00+02:00");
	drive_free(d);
}
END_TEST

/* D9, D6a: what is on hold has no time that stands: a second kallelse names one. */
START_TEST(second_kallelse_of_one_held)
{
	struct drive *d = two_and_a_kallelse();
	struct fact second =
	    fact_kallelse("2026-05-06T11:00:00+02:00", PSYK, KALLELSE_SKICKA, YLVA);
	drive(d, fact_ny_beraknad("2026-05-05T12:00:00+02:00", "2026-05-25T12:00:00+02:00"));
	ck_assert_int_eq(d->state.bokning.status, BOKNING_VANTAR);
	second.sip_kallelse.mote = mote_at("2026-05-28T10:00:00+02:00");
	second.sip_kallelse.kallade[0] = KH;
	second.sip_kallelse.kallade_count = 1;
	drive(d, second);
	ck_assert_at(d->given.booking.start_at, "2026-05-28T10:00:00+02:00");
	drive_free(d);
}
END_TEST

/* D6a: a date said after the kallelse puts the meeting on hold, whichever was heard first. */
static void
meeting_and_a_later_date(bool late)
{
	struct drive *d = manual();
	struct fact f = fact_kallelse("2026-05-05T10:00:00+02:00", VC, KALLELSE_SKICKA, ANNA);
	f.sip_kallelse.mote = mote_at("2026-05-12T13:30:00+02:00");
	drive(d, monday());
	drive(d, fact_fvk("2026-05-04T10:00:00+02:00", FVK_UTSE, VC, ANNA));
	if (!late)
		drive(d, f);
	drive(d, fact_ny_beraknad("2026-05-05T11:00:00+02:00", "2026-05-20T12:00:00+02:00"));
	f.recorded_at = at("2026-05-05T12:00:00+02:00");
	if (late)
		drive(d, f);
	ck_assert_int_ne(d->state.kallelse.nr, 0);
	ck_assert_int_eq(d->state.bokning.status, BOKNING_VANTAR);
	drive_free(d);
}

START_TEST(date_after_the_kallelse)
{
	meeting_and_a_later_date(_i != 0);
}
END_TEST

/* D6a: a kallelse heard after the change of FVK that it came before. */
START_TEST(chosen_time_heard_late)
{
	struct drive *d = manual();
	struct fact f = fact_kallelse("2026-05-05T10:00:00+02:00", VC, KALLELSE_SKICKA, ANNA);
	drive(d, monday());
	drive(d, fact_fvk("2026-05-04T10:00:00+02:00", FVK_UTSE, VC, ANNA));
	drive(d, fact_fvk("2026-05-06T10:00:00+02:00", FVK_BYT, VC, DOKTOR));
	f.sip_kallelse.mote = mote_at("2026-05-12T13:30:00+02:00");
	f.recorded_at = at("2026-05-06T11:00:00+02:00");
	drive(d, f);
	ck_assert_int_ne(d->state.kallelse.nr, 0);
	ck_assert_int_eq(d->given.booking.staff, DOKTOR);
	drive_free(d);
}
END_TEST

/* B10, D4: a change for a later day, heard when that day has come, takes nothing back. */
START_TEST(former_heard_late)
{
	struct drive *d = manual();
	struct fact other = fact_fvk("2026-05-05T10:00:00+02:00", FVK_BYT, VC, DOKTOR);
	struct fact f = fact_kallelse("2026-05-06T10:00:00+02:00", VC, KALLELSE_SKICKA, ANNA);
	drive(d, monday());
	drive(d, fact_fvk("2026-05-04T10:00:00+02:00", FVK_UTSE, VC, ANNA));
	f.sip_kallelse.mote = mote_at("2026-05-12T13:30:00+02:00");
	drive(d, f);
	ck_assert_int_ne(d->state.kallelse.nr, 0);
	other.fast_vardkontakt.from_at = at("2026-05-07T08:00:00+02:00");
	other.recorded_at = at("2026-05-07T09:00:00+02:00");
	drive(d, other);
	ck_assert_int_ne(d->state.kallelse.nr, 0);
	drive_free(d);
}
END_TEST

/* B5: a unit that names somebody against a veto knew of it; a new version that repeats it is no
 * news. */
START_TEST(named_against_a_veto)
{
	struct drive *d = manual();
	struct fact f = monday();
	f.inskrivningsmeddelande.ej_onskad = ANNA;
	drive(d, f);
	drive(d, fact_fvk("2026-05-04T10:00:00+02:00", FVK_UTSE, VC, ANNA));
	ck_assert_ptr_null(drive_task(d, TASK_ERSATT_FVK, VC));
	f.sent_at = f.recorded_at = at("2026-05-04T12:00:00+02:00");
	drive(d, f);
	ck_assert_ptr_null(drive_task(d, TASK_ERSATT_FVK, VC));
	drive_free(d);
}
END_TEST

/* C5: a second notice that was handed over earlier, in the downtime routine, counts from then. */
START_TEST(handed_over_before)
{
	struct drive *d = manual();
	struct fact f = fact_utskrivningsklar("2026-05-07T00:05:00+02:00");

	drive(d, monday());
	drive(d, f);
	drive_assert_task(d, TASK_KALLA_SIP, VC, TASK_OPEN, "2026-05-11T00:00:00+02:00");
	f.sent_at = f.recorded_at = at("2026-05-07T08:00:00+02:00");
	f.utskrivningsklar.reservrutin.lamnad_at = at("2026-05-06T20:00:00+02:00");
	drive(d, f);
	drive_assert_task(d, TASK_KALLA_SIP, VC, TASK_OPEN, "2026-05-10T00:00:00+02:00");
	drive_free(d);
}
END_TEST

/* F7: the start is told when it comes, to the hospital and the kommun, and so is the end; nothing
 * without a kallelse (F2). */
START_TEST(payment_told)
{
	struct drive *d = manual();
	static const unit_id payers[] = {H, KB};

	drive(d, monday());
	drive(d, fact_fvk("2026-05-04T10:00:00+02:00", FVK_UTSE, VC, ANNA));
	drive(d, fact_utskrivningsklar("2026-05-05T09:00:00+02:00"));
	drive_until(d, "2026-05-08T00:00:00+02:00");
	ck_assert_int_eq(drive_told(d, 0, NOTICE_BETALNING_STARTS), 0);
	struct fact f = fact_kallelse("2026-05-08T08:00:00+02:00", VC, KALLELSE_SKICKA, ANNA);
	drive(d, f);
	for (int i = 0; i < ROWS(payers); i++) /* F8: from D(kallelse) */
		ck_assert_int_eq(drive_told(d, payers[i], NOTICE_BETALNING_STARTS), 1);
	ck_assert_int_eq(drive_told(d, VC, NOTICE_BETALNING_STARTS), 0);
	drive_until(d, "2026-05-09T10:00:00+02:00");
	drive(d, fact_utskrivning("2026-05-09T10:00:00+02:00", "2026-05-09T10:00:00+02:00"));
	for (int i = 0; i < ROWS(payers); i++) {
		ck_assert_int_eq(drive_told(d, payers[i], NOTICE_BETALNING_STARTS), 1);
		ck_assert_int_eq(drive_told(d, payers[i], NOTICE_BETALNING_ENDED), 1);
	}
	drive_free(d);
}
END_TEST

/* ---- Policies that begin and end ---- */

static void
play_admission(struct drive *d)
{
	drive(d, fact_inskrivning("2026-05-04T02:10:00+02:00", "2026-05-04T02:00:00+02:00"));
}

static void
play_ready(struct drive *d)
{
	drive(d, monday());
	drive(d, fact_fvk("2026-05-04T10:00:00+02:00", FVK_UTSE, VC, ANNA));
	drive(d, fact_utskrivningsklar("2026-05-07T09:00:00+02:00"));
}

/* B12: without a stay. */
static void
play_asked_for(struct drive *d)
{
	struct fact f = fact_of(BEGARAN_FAST_VARDKONTAKT, VC, "2026-05-04T09:00:00+02:00");

	f.patient = TEST_PATIENT;
	f.begaran.unit = VC;
	f.begaran.at = f.sent_at;
	drive(d, f);
}

/* Whoever a policy or a standing decision may touch is looked at when it begins and ends. */
static const struct {
	const char *rule;
	enum policy policy;
	unit_id unit;
	int64_t value;
	const char *from, *to;
	void (*play)(struct drive *);
	const char *before, *look_at;
} policy_rows[] = {
    {"A0: before a notice, the ward's", POLICY_BEHOVSBEDOMNING_REMINDER, H, 600,
	"2026-05-04T06:00:00+02:00", NULL, play_admission, "2026-05-04T02:10:01+02:00",
	"2026-05-04T06:00:00+02:00"},
    {"A0: it ends", POLICY_BEHOVSBEDOMNING_REMINDER, H, 1000, "2026-05-04T01:00:00+02:00",
	"2026-05-04T06:00:00+02:00", play_admission, "2026-05-04T02:10:01+02:00",
	"2026-05-04T06:00:00+02:00"},
    {"D6: a mottagare's", POLICY_SIP_MODE, VC, SIP_PROPOSE, "2026-05-07T10:10:00+02:00", NULL,
	play_ready, "2026-05-07T10:05:00+02:00", "2026-05-07T10:10:00+02:00"},
    {"B4: in a patient's own file", POLICY_FVK_MODE, VC, FVK_PROPOSE, "2026-05-04T09:30:00+02:00",
	NULL, play_asked_for, "2026-05-04T09:10:00+02:00", "2026-05-04T09:30:00+02:00"},
    {"D6: of all", POLICY_SIP_MODE, 0, SIP_PROPOSE, "2026-05-01T00:00:00+02:00",
	"2026-05-07T10:10:00+02:00", play_ready, "2026-05-07T10:05:00+02:00",
	"2026-05-07T10:10:00+02:00"},
};

START_TEST(policy_begins_and_ends)
{
	test_policy_between(region, policy_rows[_i].policy, policy_rows[_i].unit,
	    policy_rows[_i].value, policy_rows[_i].from, policy_rows[_i].to);
	struct drive *d = drive_new(region, 1);

	policy_rows[_i].play(d);
	drive_until(d, policy_rows[_i].before);
	ck_assert_msg(d->next_due == at(policy_rows[_i].look_at), "%s: looks at %s",
	    policy_rows[_i].rule, at_text(d->next_due));
	drive_free(d);
}
END_TEST

/* ---- Words and numbers ---- */

START_TEST(task_words)
{
	const struct task_info *task = &task_table[_i];

	ck_assert_int_eq(task_kind_from(task->word, strlen(task->word)), _i);
	ck_assert_int_eq(task_kind_from(task->word, strlen(task->word) - 1), -1);
	ck_assert_int_eq(task_kind_from("", 0), -1);
}
END_TEST

/* G3: a kvittens of a task is one of what the task is about, if it is the sender's, and such a one.
 */
static const struct {
	const char *what;
	unit_id source;
	int32_t task_nr, message_nr;
} bound_rows[] = {
    {"of VC's own", VC, 1, 11},
    {"of KB's own", KB, 2, 12},
    {"of another's", VC, 2, 0},
    {"of one that no kvittens closes", VC, 3, 0},
    {"of one that there is not", VC, 9, 0},
};

START_TEST(kvittens_bound)
{
	const struct given_task tasks[] = {
	    {.nr = 1, .kind = TASK_KVITTERA_INSKRIVNING, .unit = VC, .ref = 11},
	    {.nr = 2, .kind = TASK_KVITTERA_KLAR, .unit = KB, .ref = 12},
	    {.nr = 3, .kind = TASK_UTSE_FVK, .unit = VC, .ref = 13}};
	struct history facts[2] = {
	    {.fact = fact_at(PATIENTINFORMATION, "2026-05-04T09:00:00+02:00")},
	    {.fact = fact_kvittens("2026-05-04T10:00:00+02:00", bound_rows[_i].source, 0)}};

	facts[1].fact.kvittens.task_nr = bound_rows[_i].task_nr;
	history_bind_tasks(facts, 2, tasks, ROWS(tasks));
	ck_assert_msg(facts[1].fact.kvittens.message_nr == bound_rows[_i].message_nr, "%s: %d",
	    bound_rows[_i].what, facts[1].fact.kvittens.message_nr);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("plan");
	TCase *tc = tcase_create("random");

	tcase_add_loop_test(tc, random_histories, 0, PROCESSES);
	suite_add_tcase(s, tc);
	tc = tcase_create("words");
	tcase_add_loop_test(tc, task_words, 0, TASK_KIND_COUNT);
	tcase_add_loop_test(tc, kvittens_bound, 0, ROWS(bound_rows));
	suite_add_tcase(s, tc);
	tc = tcase_create("told");
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, admitted);
	tcase_add_test(tc, no_need);
	tcase_add_test(tc, named_no_longer);
	tcase_add_test(tc, annulled);
	tcase_add_test(tc, new_date);
	tcase_add_test(tc, ready_and_not);
	tcase_add_test(tc, kvittens_asked_for_once);
	tcase_add_test(tc, meeting_on_the_ward);
	tcase_add_test(tc, second_kallelse);
	tcase_add_test(tc, named_and_not_allowed);
	tcase_add_test(tc, annulled_gives_back);
	tcase_add_test(tc, goes_on_until);
	tcase_add_test(tc, date_taken_back);
	tcase_add_test(tc, named_for_later);
	tcase_add_test(tc, former_until_then);
	tcase_add_test(tc, second_kallelse_of_one_held);
	tcase_add_loop_test(tc, date_after_the_kallelse, 0, 2);
	tcase_add_test(tc, chosen_time_heard_late);
	tcase_add_test(tc, former_heard_late);
	tcase_add_test(tc, named_against_a_veto);
	tcase_add_test(tc, handed_over_before);
	tcase_add_test(tc, payment_told);
	tcase_add_test(tc, sip_not_wanted);
	tcase_add_test(tc, chosen_time_of_a_former);
	tcase_add_test(tc, fvk_told);
	tcase_add_test(tc, closed);
	tcase_add_loop_test(tc, policy_begins_and_ends, 0, ROWS(policy_rows));
	tcase_add_test(tc, newer_stay_counts);
	tcase_add_test(tc, annulled_contact);
	tcase_add_test(tc, chosen_time_taken);
	suite_add_tcase(s, tc);
	SRunner *sr = srunner_create(s);
	srunner_run_all(sr, CK_NORMAL);
	int failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed != 0;
}
