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
#define SEEDS 300

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
	return f;
}

static struct fact
roll_fact(const struct drive *d, instant now)
{
	static const char *const any = "2026-05-01T09:00:00+02:00";
	struct fact f;

	if (d->history_count == 0 && roll(3) != 0)
		return roll_inskrivningsmeddelande(now);
	switch (roll(17)) {
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
		f = fact_utskrivningsklar(any);
		f.utskrivningsklar.klar_at = now - roll(5) * HOUR;
		return f;
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
	default: {
		char id[16];
		int nr = 1 + (int)roll((uint32_t)d->history_count + 1);
		snprintf(id, sizeof id, "m%d", nr);
		return fact_makulering(
		    any, nr <= d->history_count ? d->history[nr - 1].fact.source : H, id);
	}
	}
}

static void
roll_region(void)
{
	test_policy_add(region, POLICY_FVK_MODE, 0, (int64_t)roll(3));
	test_policy_add(region, POLICY_SIP_MODE, 0, (int64_t)roll(3));
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

START_TEST(random_histories)
{
	/* Alone, or several that compete for times; then a time given back by one is none of the
	 * other's instants. */
	int episodes = _i % 2 == 0 ? 1 : EPISODES;
	struct drive *d[EPISODES];
	instant now = at("2026-05-01T08:00:00+02:00");

	seed = 88172645463325252u + (uint64_t)_i * 7919;
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
		struct fact f = roll_fact(e, now);
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
END_TEST

int
main(void)
{
	Suite *s = suite_create("plan");
	TCase *tc = tcase_create("random");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_loop_test(tc, random_histories, 0, SEEDS);
	suite_add_tcase(s, tc);
	SRunner *sr = srunner_create(s);
	srunner_run_all(sr, CK_NORMAL);
	int failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed != 0;
}
