/*
 * daemon/rules/betalning: who would pay (F4), and what of an episode's state F1, F2, F6, F8 and
 * F9 are reckoned from.
 */
#include "daemon/rules/betalning.h"
#include "daemon/log.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ROWS(table) ((int)(sizeof(table) / sizeof((table)[0])))

enum { H = 1, VC, KH, KB, ANNAT, H_GOTLAND };
#define KOMMUN 180
#define ANNAN_KOMMUN 184

static struct region region;

static instant
at(const char *text)
{
	instant t;

	if (text == NULL)
		return INSTANT_NONE;
	ck_assert_msg(instant_parse(text, strlen(text), &t) == NULL, "%s", text);
	return t;
}

static void
unit_add(int i, unit_id unit, enum unit_slag slag, int32_t lan, kommun_kod kommun)
{
	struct unit *u = &region.units[i];

	u->unit = unit;
	u->slag = slag;
	u->region = lan;
	u->kommun = kommun;
	snprintf(u->hsa_id, sizeof(u->hsa_id), "SE2321000016-U%d", unit);
}

static void
setup(void)
{
	memset(&region, 0, sizeof(region));
	region.unit_count = 6;
	region.units = xcalloc(6, sizeof(*region.units));
	unit_add(0, H, SLUTENVARD, 1, 0);
	unit_add(1, VC, PRIMARVARD, 1, KOMMUN);
	unit_add(2, KH, KOMMUNAL_HSL, 1, KOMMUN);
	unit_add(3, KB, SOCIALTJANST, 1, KOMMUN);
	unit_add(4, ANNAT, KOMMUNAL_HSL, 1, ANNAN_KOMMUN);
	unit_add(5, H_GOTLAND, SLUTENVARD, 9, 980);
	region_index(&region);
}

static void
teardown(void)
{
	region_free(&region);
}

/*
 * A row: admitted 2026-05-03T09:00, notice in force from 05-03T12:00 on, needs kommunal HSL;
 * `klar` sent and recorded, the mottagare as given. What is left out has not happened.
 */
static const struct row {
	const char *rule;
	unit_id hospital;
	kommun_kod folkbokford, placerad;
	const char *kh_received, *kb_received, *annat_received;
	const char *klar, *klar_recorded, *lamnad;
	const char *kallelse, *utskriven, *now;
	bool no_sip;
	kommun_kod payer;
	enum payment_standing standing;
	const char *from;
	int days, average_days;
	unsigned grounds;
} rows[] = {
    {
	.rule = "F1: all in time, kallelse sent",
	.kh_received = "2026-05-03T12:00:00+02:00",
	.klar = "2026-05-04T09:00:00+02:00",
	.kallelse = "2026-05-05T10:00:00+02:00",
	.now = "2026-05-09T08:00:00+02:00",
	.payer = KOMMUN,
	.standing = PAYMENT_STARTS,
	.from = "2026-05-07T00:00:00+02:00",
	.days = 2,
	.average_days = -1,
    },
    {
	.rule = "F2: a SIP is to be held and no kallelse was sent",
	.kh_received = "2026-05-03T12:00:00+02:00",
	.klar = "2026-05-04T09:00:00+02:00",
	.now = "2026-05-09T08:00:00+02:00",
	.payer = KOMMUN,
	.standing = PAYMENT_NOT_YET,
	.from = "2026-05-07T00:00:00+02:00",
	.average_days = -1,
	.grounds = PAYMENT_GROUND_NO_KALLELSE,
    },
    {
	.rule = "F2: no SIP, so no kallelse is asked for",
	.kh_received = "2026-05-03T12:00:00+02:00",
	.klar = "2026-05-04T09:00:00+02:00",
	.no_sip = true,
	.now = "2026-05-05T08:00:00+02:00",
	.payer = KOMMUN,
	.standing = PAYMENT_STARTS,
	.from = "2026-05-07T00:00:00+02:00",
	.average_days = -1,
	.grounds = PAYMENT_GROUND_SIP_NOT_APPLICABLE,
    },
    {
	.rule = "F2, A5: late notice, kallelse yet to come: contested already, and what is missing "
		"is said",
	.kh_received = "2026-05-06T15:40:00+02:00",
	.klar = "2026-05-04T09:00:00+02:00",
	.now = "2026-05-06T16:00:00+02:00",
	.payer = KOMMUN,
	.standing = PAYMENT_CONTESTED,
	.from = "2026-05-10T00:00:00+02:00",
	.average_days = -1,
	.grounds = PAYMENT_GROUND_LATE_ADMISSION | PAYMENT_GROUND_KLAR_COUNTED_LATER |
		   PAYMENT_GROUND_NO_KALLELSE,
    },
    {
	.rule = "F2, A10: the payer's last unit had the ready notice a day later",
	.kh_received = "2026-05-03T12:00:00+02:00",
	.kb_received = "2026-05-05T09:00:00+02:00",
	.klar = "2026-05-04T09:00:00+02:00",
	.kallelse = "2026-05-05T10:00:00+02:00",
	.now = "2026-05-05T12:00:00+02:00",
	.payer = KOMMUN,
	.standing = PAYMENT_STARTS,
	.from = "2026-05-08T00:00:00+02:00",
	.average_days = -1,
	.grounds = PAYMENT_GROUND_KLAR_COUNTED_LATER,
    },
    {
	.rule = "F2: another kommun's unit had it, the payer's had not",
	.annat_received = "2026-05-03T12:00:00+02:00",
	.klar = "2026-05-04T09:00:00+02:00",
	.kallelse = "2026-05-05T10:00:00+02:00",
	.now = "2026-05-05T12:00:00+02:00",
	.payer = KOMMUN,
	.standing = PAYMENT_NOT_YET,
	.from = "2026-05-07T00:00:00+02:00",
	.average_days = -1,
	.grounds = PAYMENT_GROUND_NO_ADMISSION | PAYMENT_GROUND_NO_KALLELSE,
    },
    {
	.rule = "F4: the placing kommun pays",
	.placerad = ANNAN_KOMMUN,
	.kh_received = "2026-05-05T12:00:00+02:00",
	.annat_received = "2026-05-03T12:00:00+02:00",
	.klar = "2026-05-04T09:00:00+02:00",
	.kallelse = "2026-05-05T10:00:00+02:00",
	.now = "2026-05-05T12:00:00+02:00",
	.payer = ANNAN_KOMMUN,
	.standing = PAYMENT_STARTS,
	.from = "2026-05-07T00:00:00+02:00",
	.average_days = -1,
    },
    {
	.rule = "F4: nobody without folkbokforing",
	.folkbokford = -1,
	.kh_received = "2026-05-03T12:00:00+02:00",
	.klar = "2026-05-04T09:00:00+02:00",
	.now = "2026-05-09T08:00:00+02:00",
	.standing = PAYMENT_NOT_APPLICABLE,
	.average_days = -1,
    },
    {
	.rule = "F4: a Gotlander at home: payer and caring region are one",
	.hospital = H_GOTLAND,
	.folkbokford = 980,
	.klar = "2026-05-04T09:00:00+02:00",
	.now = "2026-05-09T08:00:00+02:00",
	.standing = PAYMENT_NOT_APPLICABLE,
	.average_days = -1,
    },
    {
	.rule = "F4: a Gotlander in another region is Gotland's to pay",
	.folkbokford = 980,
	.klar = "2026-05-04T09:00:00+02:00",
	.no_sip = true,
	.now = "2026-05-04T10:00:00+02:00",
	.payer = 980,
	.standing = PAYMENT_NOT_YET,
	.from = "2026-05-07T00:00:00+02:00",
	.average_days = -1,
	.grounds = PAYMENT_GROUND_NO_ADMISSION | PAYMENT_GROUND_SIP_NOT_APPLICABLE,
    },
    {
	.rule = "F9: recorded long after it is said to have been sent",
	.kh_received = "2026-05-03T12:00:00+02:00",
	.klar = "2026-05-04T09:00:00+02:00",
	.klar_recorded = "2026-05-04T13:00:00+02:00",
	.kallelse = "2026-05-05T10:00:00+02:00",
	.now = "2026-05-05T12:00:00+02:00",
	.payer = KOMMUN,
	.standing = PAYMENT_CONTESTED,
	.from = "2026-05-07T00:00:00+02:00",
	.average_days = -1,
	.grounds = PAYMENT_GROUND_SENT_AT_LAG,
    },
    {
	.rule = "F9, C5: a downtime record bears it",
	.kh_received = "2026-05-03T12:00:00+02:00",
	.klar = "2026-05-04T09:00:00+02:00",
	.klar_recorded = "2026-05-04T13:00:00+02:00",
	.lamnad = "2026-05-04T09:05:00+02:00",
	.kallelse = "2026-05-05T10:00:00+02:00",
	.now = "2026-05-05T12:00:00+02:00",
	.payer = KOMMUN,
	.standing = PAYMENT_STARTS,
	.from = "2026-05-07T00:00:00+02:00",
	.average_days = -1,
    },
    {
	.rule = "F5, F6: home on the third payable day",
	.kh_received = "2026-05-03T12:00:00+02:00",
	.klar = "2026-05-04T09:00:00+02:00",
	.kallelse = "2026-05-05T10:00:00+02:00",
	.utskriven = "2026-05-09T14:00:00+02:00",
	.now = "2026-06-01T08:00:00+02:00",
	.payer = KOMMUN,
	.standing = PAYMENT_STARTS,
	.from = "2026-05-07T00:00:00+02:00",
	.days = 2,
	.average_days = 5,
    },
    {
	.rule = "C3: no ready notice in force",
	.kh_received = "2026-05-03T12:00:00+02:00",
	.now = "2026-05-09T08:00:00+02:00",
	.payer = KOMMUN,
	.standing = PAYMENT_NOT_APPLICABLE,
	.average_days = -1,
	.grounds = PAYMENT_GROUND_NO_KLAR,
    },
};

static void
mottagare_add(struct episode *e, unit_id unit, const char *received, const char *kallad)
{
	struct participant *p = &e->participant[e->participant_count];

	if (received == NULL)
		return;
	e->participant_count++;
	p->unit = unit;
	p->role = ROLE_MOTTAGARE;
	p->active = true;
	p->received_at = at(received);
	p->kallad_nr = kallad != NULL ? 3 : 0;
	p->kallad_at = at(kallad);
}

static void
build(const struct row *row, struct episode *e)
{
	episode_init(e);
	e->inskr.nr = e->inskr.first_nr = 1;
	e->inskr.unit = row->hospital != 0 ? row->hospital : H;
	e->inskr.inskriven_at = at("2026-05-03T09:00:00+02:00");
	e->inskr.behov = row->no_sip ? 0 : 1 << BEHOV_KOMMUNAL_HSL;
	e->inskr.placerande_kommun = row->placerad;
	e->inskr.folkbokforingskommun = row->folkbokford == 0  ? KOMMUN
					: row->folkbokford < 0 ? 0
							       : row->folkbokford;
	if (row->klar != NULL) {
		e->klar.nr = 2;
		e->klar.klar_at = e->klar.sent_at = at(row->klar);
		e->klar.recorded_at =
		    at(row->klar_recorded != NULL ? row->klar_recorded : row->klar);
		e->klar.lamnad_at = at(row->lamnad);
	}
	if (row->kallelse != NULL) {
		e->kallelse.nr = 3;
		e->kallelse.at = at(row->kallelse);
	}
	if (row->utskriven != NULL) {
		e->utskrivning.nr = 4;
		e->utskrivning.at = e->utskrivning.recorded_at = at(row->utskriven);
	}
	mottagare_add(e, KH, row->kh_received, row->kallelse);
	mottagare_add(e, KB, row->kb_received, row->kallelse);
	/* Another kommun's unit is summoned only where it is the payer's. */
	mottagare_add(e, ANNAT, row->annat_received, row->placerad != 0 ? row->kallelse : NULL);
}

START_TEST(reckons)
{
	const struct row *row = &rows[_i];
	struct surroundings s = {.region = &region};
	struct episode e;

	build(row, &e);
	struct betalning b = betalning_reckon(&e, &s, at(row->now));
	ck_assert_msg(
	    b.payer[0].kommun == row->payer, "%s: payer %d", row->rule, b.payer[0].kommun);
	ck_assert_msg(b.payer[0].payment.standing == row->standing, "%s: %s", row->rule,
	    payment_standing_word(b.payer[0].payment.standing));
	ck_assert_msg(b.payer[0].payment.from == at(row->from), "%s: from", row->rule);
	ck_assert_msg(b.payer[0].payment.days == row->days, "%s: %d days", row->rule,
	    b.payer[0].payment.days);
	ck_assert_msg(
	    b.average_days == row->average_days, "%s: average %d", row->rule, b.average_days);
	ck_assert_msg(b.payer[0].payment.grounds == row->grounds, "%s: grounds %#x", row->rule,
	    b.payer[0].payment.grounds);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("betalning");
	TCase *tcase = tcase_create("rows");

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_loop_test(tcase, reckons, 0, ROWS(rows));
	suite_add_tcase(suite, tcase);
	SRunner *runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	int failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed > 0;
}
