/*
 * daemon/rules/betalning: who would pay (F4), and what of an episode's state F1-F3, F5, F6, F8 and
 * F9 are reckoned from.
 */
#include "daemon/rules/betalning.h"
#include "daemon/log.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ROWS(table) ((int)(sizeof(table) / sizeof((table)[0])))

enum { H = 1, VC, KH, KB, ANNAT, H_GOTLAND, VC2, EK };
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
	region.unit_count = 8;
	region.units = xcalloc(8, sizeof(*region.units));
	unit_add(0, H, SLUTENVARD, 1, 0);
	unit_add(1, VC, PRIMARVARD, 1, KOMMUN);
	unit_add(2, KH, KOMMUNAL_HSL, 1, KOMMUN);
	unit_add(3, KB, SOCIALTJANST, 1, KOMMUN);
	unit_add(4, ANNAT, KOMMUNAL_HSL, 1, ANNAN_KOMMUN);
	unit_add(5, H_GOTLAND, SLUTENVARD, 9, 980);
	unit_add(6, VC2, PRIMARVARD, 1, KOMMUN);
	unit_add(7, EK, EKONOMI, 1, KOMMUN);
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
	for (int i = 0; i < SIP_ROUNDS_MAX; i++)
		p->kallelse_at[i] = i == 0 ? at(kallad) : INSTANT_NONE;
	p->ended_at = p->klar_given_at = p->klar_lamnad_at = INSTANT_NONE;
}

static struct sip_run
run_from(int32_t nr, instant at)
{
	return (struct sip_run){nr, at, at, INSTANT_NONE, INSTANT_NONE};
}

static void
build(const struct row *row, struct episode *e)
{
	episode_init(e);
	e->inskr.nr = e->inskr.first_nr = 1;
	e->inskr.unit = row->hospital != 0 ? row->hospital : H;
	e->inskr.inskriven_at = at("2026-05-03T09:00:00+02:00");
	e->inskr.behov = row->no_sip ? 0 : 1 << BEHOV_KOMMUNAL_HSL;
	if (!row->no_sip)
		e->sip_run[e->sip_run_count++] = run_from(1, e->inskr.inskriven_at);
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
		e->kallelse.at = e->sip_round[0].kallelse_at = at(row->kallelse);
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

/* A10, F2: forwarded inside the kommun, what it had is not had later. */
START_TEST(forwarded)
{
	const struct row row = {.rule = "A10",
	    .payer = KOMMUN,
	    .klar = "2026-05-04T09:00:00+02:00",
	    .kallelse = "2026-05-05T10:00:00+02:00",
	    .kh_received = "2026-05-03T12:00:00+02:00",
	    .kb_received = "2026-05-06T14:00:00+02:00"};
	struct surroundings s = {.region = &region};
	struct episode e;

	build(&row, &e);
	for (int i = 0; i < e.participant_count; i++)
		if (e.participant[i].unit == KB && _i == 1)
			e.participant[i].forwarded_by = KH;
	struct betalning b = betalning_reckon(&e, &s, at("2026-05-08T12:00:00+02:00"));
	ck_assert(b.payer[0].payment.from ==
		  at(_i == 1 ? "2026-05-07T00:00:00+02:00" : "2026-05-10T00:00:00+02:00"));
}
END_TEST

/*
 * What happened by and by: admitted 2026-11-16T09:00, registered in 0180, needs kommunal HSL; VC
 * and KH had the inskrivningsmeddelande at 12:00, KH and ANNAT the kallelse if they are said to.
 * Ready 2026-11-23T09:00 (F1 11-26T00:00).
 */
#define E(day, time) "2026-11-" day "T" time "+01:00"
#define DEC(day, time) "2026-12-" day "T" time "+01:00"

struct expected {
	kommun_kod kommun;
	enum payment_standing standing;
	const char *from, *to;
	int days;
	int64_t kronor;
	unsigned grounds;
};

static const struct life {
	const char *rule;
	struct {
		kommun_kod kommun;
		const char *from;
	} moves[3];
	struct {
		unit_id unit;
		enum insatser_status_ord status;
		const char *from;
	} insatser[4];
	const char *kh_kallad, *annat_received, *annat_kallad;
	const char *kh_left, *vc_left;
	const char *sip_held, *reopened;
	const char *utskriven, *now;
	enum policy policy[2];
	int64_t value[2];
	kommun_kod policy_kommun;
	bool ekonomi_only;
	const char *next_change; /* unless NULL */
	int payers;
	struct expected expected[2];
} lives[] = {
    {
	.rule = "story 6, F4: each pays its own dates; what a unit had stays had when it leaves",
	.moves = {{ANNAN_KOMMUN, E("27", "00:00:00")}},
	.kh_kallad = E("24", "10:00:00"),
	.kh_left = E("30", "08:00:00"),
	.annat_received = E("30", "08:00:00"),
	.annat_kallad = DEC("01", "10:00:00"),
	.utskriven = DEC("02", "13:00:00"),
	.now = DEC("05", "00:00:00"),
	.payers = 2,
	.expected = {{KOMMUN, PAYMENT_STARTS, E("26", "00:00:00"), E("27", "00:00:00"), 1, 10500,
			 PAYMENT_GROUND_ANOTHERS_DATES},
	    {ANNAN_KOMMUN, PAYMENT_NOT_APPLICABLE, DEC("03", "00:00:00"), NULL, 0, 0,
		PAYMENT_GROUND_LATE_ADMISSION | PAYMENT_GROUND_KLAR_COUNTED_LATER |
		    PAYMENT_GROUND_LEFT_BEFORE}},
    },
    {
	.rule = "story 6, D1, F2: the kallelse must reach 0184 before 12-04, and then it starts",
	.moves = {{ANNAN_KOMMUN, E("27", "00:00:00")}},
	.kh_kallad = E("24", "10:00:00"),
	.annat_received = E("30", "08:00:00"),
	.annat_kallad = DEC("02", "23:59:59"),
	.now = DEC("02", "23:59:59"),
	.next_change = DEC("03", "00:00:00"),
	.payers = 2,
	.expected = {{KOMMUN, PAYMENT_STARTS, E("26", "00:00:00"), E("27", "00:00:00"), 1, 10500,
			 PAYMENT_GROUND_ANOTHERS_DATES},
	    {ANNAN_KOMMUN, PAYMENT_CONTESTED, DEC("03", "00:00:00"), NULL, 0, 0,
		PAYMENT_GROUND_LATE_ADMISSION | PAYMENT_GROUND_KLAR_COUNTED_LATER}},
    },
    {
	.rule = "F4: a move that was none after all",
	.moves = {{ANNAN_KOMMUN, E("27", "00:00:00")}, {KOMMUN, E("27", "00:00:00")}},
	.kh_kallad = E("24", "10:00:00"),
	.now = E("29", "00:00:00"),
	.payers = 1,
	.expected = {{KOMMUN, PAYMENT_STARTS, E("26", "00:00:00"), NULL, 3, 31500, 0}},
    },
    {
	.rule = "F4, pay_moved: at_klar",
	.moves = {{ANNAN_KOMMUN, E("27", "00:00:00")}},
	.kh_kallad = E("24", "10:00:00"),
	.policy = {POLICY_PAY_MOVED},
	.value = {1},
	.now = E("29", "00:00:00"),
	.payers = 1,
	.expected = {{KOMMUN, PAYMENT_STARTS, E("26", "00:00:00"), NULL, 3, 31500, 0}},
    },
    {
	.rule = "F4: the move lies ahead; then the standing changes",
	.moves = {{ANNAN_KOMMUN, E("28", "08:00:00")}},
	.kh_kallad = E("24", "10:00:00"),
	.now = E("27", "12:00:00"),
	.next_change = E("28", "00:00:00"),
	.payers = 2,
	.expected = {{KOMMUN, PAYMENT_STARTS, E("26", "00:00:00"), E("28", "00:00:00"), 1, 10500,
			 0},
	    {ANNAN_KOMMUN, PAYMENT_NOT_YET, E("28", "00:00:00"), NULL, 0, 0,
		PAYMENT_GROUND_NO_ADMISSION | PAYMENT_GROUND_NO_KALLELSE |
		    PAYMENT_GROUND_ANOTHERS_DATES}},
    },
    {
	.rule = "F4, F2: who pays moves out of the country, and nothing has started",
	.moves = {{0, E("28", "08:00:00")}},
	.now = E("27", "12:00:00"),
	.next_change = E("28", "00:00:00"),
	.payers = 2,
	.expected = {{KOMMUN, PAYMENT_NOT_YET, E("26", "00:00:00"), NULL, 0, 0,
			 PAYMENT_GROUND_NO_KALLELSE},
	    {0, PAYMENT_NOT_APPLICABLE, NULL, NULL, 0, 0, 0}},
    },
    {
	.rule = "F3: one unit's insatser are not there, whatever another says",
	.insatser = {{VC, INSATSER_EJ_TILLGANGLIG, E("24", "08:00:00")},
	    {VC2, INSATSER_TILLGANGLIG, E("25", "08:00:00")}},
	.kh_kallad = E("24", "10:00:00"),
	.now = E("29", "00:00:00"),
	.next_change = NULL,
	.payers = 1,
	.expected = {{KOMMUN, PAYMENT_BLOCKED, E("26", "00:00:00"), NULL, 0, 0,
	    PAYMENT_GROUND_BLOCKED}},
    },
    {
	.rule = "F3: unclear, then there, then unclear again when the days run",
	.insatser = {{VC, INSATSER_OKLART, E("24", "08:00:00")},
	    {VC, INSATSER_TILLGANGLIG, E("26", "08:00:00")},
	    {VC, INSATSER_OKLART, E("28", "08:00:00")}},
	.kh_kallad = E("24", "10:00:00"),
	.now = E("29", "00:00:00"),
	.payers = 1,
	.expected = {{KOMMUN, PAYMENT_CONTESTED, E("27", "00:00:00"), NULL, 2, 21000,
	    PAYMENT_GROUND_BLOCKED | PAYMENT_GROUND_BLOCK_AFTER_START}},
    },
    {
	.rule = "F3: what is said later of an earlier time says the rest anew",
	.insatser = {{VC, INSATSER_EJ_TILLGANGLIG, E("25", "08:00:00")},
	    {VC, INSATSER_TILLGANGLIG, E("24", "08:00:00")}},
	.kh_kallad = E("24", "10:00:00"),
	.now = E("29", "00:00:00"),
	.payers = 1,
	.expected = {{KOMMUN, PAYMENT_STARTS, E("26", "00:00:00"), NULL, 3, 31500, 0}},
    },
    {
	.rule = "F3: a block that is told of beforehand contests when it begins",
	.insatser = {{VC, INSATSER_EJ_TILLGANGLIG, E("28", "08:00:00")}},
	.kh_kallad = E("24", "10:00:00"),
	.now = E("27", "00:00:00"),
	.next_change = "2026-11-28T08:00:00.000001+01:00",
	.payers = 1,
	.expected = {{KOMMUN, PAYMENT_STARTS, E("26", "00:00:00"), NULL, 1, 10500, 0}},
    },
    {
	.rule = "F3: the kommun's own insatser are no ground",
	.insatser = {{KH, INSATSER_EJ_TILLGANGLIG, E("24", "08:00:00")}},
	.kh_kallad = E("24", "10:00:00"),
	.now = E("29", "00:00:00"),
	.payers = 1,
	.expected = {{KOMMUN, PAYMENT_STARTS, E("26", "00:00:00"), NULL, 3, 31500, 0}},
    },
    {
	.rule = "F3, A9: a unit that left answers for no insatser",
	.insatser = {{VC, INSATSER_EJ_TILLGANGLIG, E("24", "08:00:00")}},
	.vc_left = E("26", "08:00:00"),
	.kh_kallad = E("24", "10:00:00"),
	.now = E("29", "00:00:00"),
	.payers = 1,
	.expected = {{KOMMUN, PAYMENT_STARTS, E("27", "00:00:00"), NULL, 2, 21000,
	    PAYMENT_GROUND_BLOCKED}},
    },
    {
	.rule = "F8: declined, as one unit says; another's insatser being there unsays nothing",
	.insatser = {{KH, INSATSER_AVBOJD, E("24", "08:00:00")},
	    {VC, INSATSER_TILLGANGLIG, E("25", "08:00:00")}},
	.kh_kallad = E("24", "10:00:00"),
	.now = E("29", "00:00:00"),
	.payers = 1,
	.expected = {{KOMMUN, PAYMENT_NOT_APPLICABLE, E("26", "00:00:00"), NULL, 0, 0,
	    PAYMENT_GROUND_AVBOJD}},
    },
    {
	.rule = "F2, A11: the payer's only unit had left before the ready notice",
	.kh_left = E("20", "08:00:00"),
	.kh_kallad = E("19", "10:00:00"),
	.now = E("29", "00:00:00"),
	.payers = 1,
	.expected = {{KOMMUN, PAYMENT_NOT_YET, E("26", "00:00:00"), NULL, 0, 0,
	    PAYMENT_GROUND_KLAR_MISSED}},
    },
    {
	.rule = "F2: a SIP that was held had a late kallelse nonetheless",
	.kh_kallad = E("28", "10:00:00"),
	.sip_held = DEC("01", "10:00:00"),
	.now = DEC("02", "00:00:00"),
	.payers = 1,
	.expected = {{KOMMUN, PAYMENT_CONTESTED, E("28", "00:00:00"), NULL, 4, 42000,
	    PAYMENT_GROUND_LATE_KALLELSE | PAYMENT_GROUND_FROM_KALLELSE}},
    },
    {
	.rule = "story 5, story 9, F2: D1 opened after the start: it goes on",
	.reopened = E("27", "15:00:00"),
	.now = E("29", "00:00:00"),
	.payers = 1,
	.expected = {{KOMMUN, PAYMENT_STARTS, E("26", "00:00:00"), NULL, 3, 31500,
	    PAYMENT_GROUND_SIP_NOT_APPLICABLE}},
    },
    {
	.rule =
	    "F2: a payer none of whose units is to be summoned: the others' kallelse is asked for",
	.ekonomi_only = true,
	.kh_kallad = E("24", "10:00:00"),
	.now = E("29", "00:00:00"),
	.payers = 1,
	.expected = {{KOMMUN, PAYMENT_STARTS, E("26", "00:00:00"), NULL, 3, 31500, 0}},
    },
    {
	.rule = "F1, F2: policies of the pair of region and payer",
	.kh_kallad = E("28", "10:00:00"),
	.policy = {POLICY_PAY_LATE_KALLELSE, POLICY_PAY_DAYS},
	.value = {PAYMENT_LATE_VOID, 5},
	.policy_kommun = KOMMUN,
	.now = DEC("02", "00:00:00"),
	.payers = 1,
	.expected = {{KOMMUN, PAYMENT_NOT_APPLICABLE, E("28", "00:00:00"), NULL, 0, 0,
	    PAYMENT_GROUND_LATE_KALLELSE}},
    },
    {
	.rule = "F1, F2: policies of another pair",
	.kh_kallad = E("28", "10:00:00"),
	.policy = {POLICY_PAY_LATE_KALLELSE, POLICY_PAY_DAYS},
	.value = {PAYMENT_LATE_VOID, 5},
	.policy_kommun = ANNAN_KOMMUN,
	.now = E("29", "00:00:00"),
	.payers = 1,
	.expected = {{KOMMUN, PAYMENT_CONTESTED, E("28", "00:00:00"), NULL, 1, 10500,
	    PAYMENT_GROUND_LATE_KALLELSE | PAYMENT_GROUND_FROM_KALLELSE}},
    },
    {
	.rule = "F5, pay_discharge_day, and an amount of the year",
	.kh_kallad = E("24", "10:00:00"),
	.policy = {POLICY_PAY_AMOUNT, POLICY_PAY_DISCHARGE_DAY},
	.value = {11000, PAYMENT_DISCHARGE_DAY_COUNTED},
	.policy_kommun = KOMMUN,
	.utskriven = E("28", "09:00:00"),
	.now = E("30", "00:00:00"),
	.payers = 1,
	.expected = {{KOMMUN, PAYMENT_STARTS, E("26", "00:00:00"), E("29", "00:00:00"), 3, 33000,
	    0}},
    },
    {
	.rule = "F5: no amount for 2026",
	.kh_kallad = E("24", "10:00:00"),
	.policy = {POLICY_PAY_AMOUNT},
	.value = {0},
	.now = E("27", "00:00:00"),
	.payers = 1,
	.expected = {{KOMMUN, PAYMENT_STARTS, E("26", "00:00:00"), NULL, 1, -1, 0}},
    },
};

static void
policy_add(enum policy policy, kommun_kod kommun, int64_t value)
{
	region.policies[region.policy_count++] =
	    (struct policy_row){.policy_row = (int32_t)policy + 1,
		.policy = policy,
		.scope = kommun != 0 ? SCOPE_REGION_KOMMUN : SCOPE_ALL,
		.region = kommun != 0 ? 1 : 0,
		.kommun = kommun,
		.value = value,
		.from_at = 0,
		.to_at = INSTANT_NEVER};
}

/* The life's policies, and 10 500 kr a day unless it says what the amount is. */
static void
life_policies(const struct life *life)
{
	bool amount = true;

	region.policies = xcalloc(3, sizeof *region.policies);
	for (int i = 0; i < 2; i++) {
		amount &= life->policy[i] != POLICY_PAY_AMOUNT;
		if (life->policy[i] != 0)
			policy_add(life->policy[i], life->policy_kommun, life->value[i]);
	}
	if (amount)
		policy_add(POLICY_PAY_AMOUNT, 0, 10500);
	region_index(&region);
}

static void
unit_left(struct episode *e, unit_id unit, const char *left)
{
	struct participant *p = episode_participant(e, unit);

	p->ended_at = at(left);
	p->active = left == NULL;
}

static void
live(const struct life *life, struct episode *e)
{
	const struct row row = {.klar = E("23", "09:00:00"),
	    .kh_received = life->ekonomi_only ? NULL : E("16", "12:00:00"),
	    .kallelse = life->kh_kallad,
	    .utskriven = life->utskriven};

	build(&row, e);
	e->inskr.inskriven_at = at(E("16", "09:00:00"));
	e->kommun[e->kommun_count].from_at = INSTANT_NONE;
	e->kommun[e->kommun_count++].kommun = KOMMUN;
	for (int i = 0; i < 3 && life->moves[i].from != NULL; i++) {
		e->kommun[e->kommun_count].from_at = at(life->moves[i].from);
		e->kommun[e->kommun_count++].kommun = life->moves[i].kommun;
	}
	for (int i = 0; i < 4 && life->insatser[i].unit != 0; i++)
		e->insatser[e->insatser_count++] = (struct insatser){10 + i, life->insatser[i].unit,
		    life->insatser[i].status, at(life->insatser[i].from)};
	if (life->sip_held != NULL) {
		e->sip.nr = 5;
		e->sip.hallen_at = at(life->sip_held);
	}
	if (life->reopened != NULL)
		e->sip_run[0] = run_from(6, at(life->reopened));
	if (life->ekonomi_only)
		mottagare_add(e, EK, E("16", "12:00:00"), NULL);
	else
		unit_left(e, KH, life->kh_left);
	mottagare_add(e, VC, E("16", "12:00:00"), life->kh_kallad);
	unit_left(e, VC, life->vc_left);
	mottagare_add(e, ANNAT, life->annat_received, life->annat_kallad);
}

static void
same_payer(const char *rule, const struct payer *p, const struct expected *wanted)
{
	ck_assert_msg(p->kommun == wanted->kommun, "%s: payer %d", rule, p->kommun);
	ck_assert_msg(p->payment.standing == wanted->standing, "%s: %d %s", rule, p->kommun,
	    payment_standing_word(p->payment.standing));
	ck_assert_msg(p->payment.from == at(wanted->from), "%s: %d from", rule, p->kommun);
	ck_assert_msg(p->payment.to == at(wanted->to), "%s: %d to", rule, p->kommun);
	ck_assert_msg(p->payment.days == wanted->days, "%s: %d has %d days", rule, p->kommun,
	    p->payment.days);
	ck_assert_msg(
	    p->kronor == wanted->kronor, "%s: %d pays %d kr", rule, p->kommun, (int)p->kronor);
	ck_assert_msg(p->payment.grounds == wanted->grounds, "%s: %d grounds %#x", rule, p->kommun,
	    p->payment.grounds);
}

START_TEST(lived)
{
	const struct life *life = &lives[_i];
	struct surroundings s = {.region = &region};
	struct episode e;

	life_policies(life);
	live(life, &e);
	struct betalning b = betalning_reckon(&e, &s, at(life->now));
	ck_assert_msg(b.payer_count == life->payers, "%s: %d payers", life->rule, b.payer_count);
	for (int i = 0; i < life->payers; i++)
		same_payer(life->rule, &b.payer[i], &life->expected[i]);
	ck_assert_msg(life->next_change == NULL || b.next_change == at(life->next_change),
	    "%s: next change", life->rule);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("betalning");
	TCase *tcase = tcase_create("rows");

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_loop_test(tcase, reckons, 0, ROWS(rows));
	tcase_add_loop_test(tcase, forwarded, 0, 2);
	tcase_add_loop_test(tcase, lived, 0, ROWS(lives));
	suite_add_tcase(suite, tcase);
	SRunner *runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	int failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed > 0;
}
