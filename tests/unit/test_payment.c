/* daemon/rules/payment: F1-F6, F8, F9 by rule, and the stories' numbers. */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/rules/payment.h"

#define ROWS(table) ((int)(sizeof(table) / sizeof((table)[0])))

static instant
at(const char *text)
{
	instant t;

	if (text == NULL)
		return INSTANT_NONE;
	ck_assert_msg(instant_parse(text, strlen(text), &t) == NULL, "%s", text);
	return t;
}

/* A row: what is left out has not happened. The notice arrives when sent unless `arrived` says
 * otherwise. */
static const struct row {
	const char *rule;
	const char *admission, *admission_due;
	const char *klar, *arrived, *counts_from;
	const char *kallelse, *kallelse_due;
	const char *utskriven, *now;
	enum payment_sip sip;
	enum payment_record record;
	enum payment_late late_admission, late_kallelse;
	enum payment_kallelse_start kallelse_start;
	const char *payer_from, *payer_to; /* F4 */
	struct {
		const char *from, *to;
		enum payment_block_why why;
	} block[2]; /* F3, F8 */
	enum payment_block_after block_after;
	enum payment_discharge_day discharge_day;
	bool undanhallen, klar_missed;
	enum payment_standing standing;
	const char *from, *to;
	int days;
	unsigned grounds;
} rows[] = {
    {
	.rule = "story 2, F1: after noon, kallelse by the deputy in time",
	.admission = "2026-06-25T08:00:00+02:00",
	.admission_due = "2026-06-26T08:00:00+02:00",
	.klar = "2026-06-29T13:30:00+02:00",
	.sip = PAYMENT_SIP_TO_BE_HELD,
	.kallelse = "2026-07-01T10:00:00+02:00",
	.kallelse_due = "2026-07-03T00:00:00+02:00",
	.standing = PAYMENT_STARTS,
	.from = "2026-07-03T00:00:00+02:00",
    },
    {
	.rule = "story 3, F2, F9: parked, 33 h 40 min late",
	.admission = "2026-02-04T15:40:00+01:00",
	.admission_due = "2026-02-03T06:00:00+01:00",
	.klar = "2026-02-04T10:00:00+01:00",
	.counts_from = "2026-02-04T15:40:00+01:00",
	.standing = PAYMENT_CONTESTED,
	.from = "2026-02-08T00:00:00+01:00",
	.grounds = PAYMENT_GROUND_LATE_ADMISSION | PAYMENT_GROUND_KLAR_COUNTED_LATER |
		   PAYMENT_GROUND_SIP_NOT_APPLICABLE,
    },
    {
	.rule = "story 3: home at 17:00 the same day",
	.admission = "2026-02-04T15:40:00+01:00",
	.admission_due = "2026-02-03T06:00:00+01:00",
	.klar = "2026-02-04T10:00:00+01:00",
	.counts_from = "2026-02-04T15:40:00+01:00",
	.utskriven = "2026-02-04T17:00:00+01:00",
	.standing = PAYMENT_NOT_APPLICABLE,
	.from = "2026-02-08T00:00:00+01:00",
	.grounds = PAYMENT_GROUND_LATE_ADMISSION | PAYMENT_GROUND_KLAR_COUNTED_LATER |
		   PAYMENT_GROUND_SIP_NOT_APPLICABLE | PAYMENT_GROUND_LEFT_BEFORE,
    },
    {
	.rule = "story 7, F1, F5: 12:00:01, home before the start, 0 payable",
	.admission = "2026-03-20T08:00:00+01:00",
	.klar = "2026-03-27T12:00:01+01:00",
	.utskriven = "2026-03-29T00:10:00+01:00",
	.standing = PAYMENT_NOT_APPLICABLE,
	.from = "2026-03-31T00:00:00+02:00",
	.grounds = PAYMENT_GROUND_SIP_NOT_APPLICABLE | PAYMENT_GROUND_LEFT_BEFORE,
    },
    {
	.rule = "story 9: samtycke okant, the kallelse is waited for",
	.admission = "2026-09-21T09:00:00+02:00",
	.klar = "2026-09-23T09:30:00+02:00",
	.sip = PAYMENT_SIP_TO_BE_HELD,
	.kallelse_due = "2026-09-27T00:00:00+02:00",
	.standing = PAYMENT_NOT_YET,
	.from = "2026-09-26T00:00:00+02:00",
	.grounds = PAYMENT_GROUND_NO_KALLELSE,
    },
    {
	.rule = "story 9: samtycke withdrawn, F1 stands with SIP not applicable",
	.admission = "2026-09-21T09:00:00+02:00",
	.klar = "2026-09-23T09:30:00+02:00",
	.kallelse = "2026-09-24T15:00:00+02:00",
	.standing = PAYMENT_STARTS,
	.from = "2026-09-26T00:00:00+02:00",
	.grounds = PAYMENT_GROUND_SIP_NOT_APPLICABLE,
    },
    {
	.rule = "story 1: kallelse the day after, home before F1",
	.admission = "2026-05-01T09:00:00+02:00",
	.klar = "2026-05-04T09:00:00+02:00",
	.sip = PAYMENT_SIP_TO_BE_HELD,
	.kallelse = "2026-05-05T10:00:00+02:00",
	.kallelse_due = "2026-05-08T00:00:00+02:00",
	.utskriven = "2026-05-06T14:00:00+02:00",
	.standing = PAYMENT_NOT_APPLICABLE,
	.from = "2026-05-07T00:00:00+02:00",
	.grounds = PAYMENT_GROUND_LEFT_BEFORE,
    },
    {
	.rule = "C3: no ready notice in force",
	.admission = "2026-05-01T09:00:00+02:00",
	.standing = PAYMENT_NOT_APPLICABLE,
	.grounds = PAYMENT_GROUND_NO_KLAR,
    },
    {
	.rule = "F2: the payer has had no inskrivningsmeddelande",
	.klar = "2026-05-04T09:00:00+02:00",
	.standing = PAYMENT_NOT_YET,
	.from = "2026-05-07T00:00:00+02:00",
	.now = "2026-05-20T12:00:00+02:00",
	.grounds = PAYMENT_GROUND_NO_ADMISSION | PAYMENT_GROUND_SIP_NOT_APPLICABLE,
    },
    {
	.rule = "A1, F2: at the due instant is in time",
	.admission = "2026-05-02T09:00:00+02:00",
	.admission_due = "2026-05-02T09:00:00+02:00",
	.klar = "2026-05-04T09:00:00+02:00",
	.standing = PAYMENT_STARTS,
	.from = "2026-05-07T00:00:00+02:00",
	.grounds = PAYMENT_GROUND_SIP_NOT_APPLICABLE,
    },
    {
	.rule = "F2: late by a microsecond, void",
	.admission = "2026-05-02T09:00:00.000001+02:00",
	.admission_due = "2026-05-02T09:00:00+02:00",
	.klar = "2026-05-04T09:00:00+02:00",
	.late_admission = PAYMENT_LATE_VOID,
	.standing = PAYMENT_NOT_APPLICABLE,
	.from = "2026-05-07T00:00:00+02:00",
	.now = "2026-05-20T12:00:00+02:00",
	.grounds = PAYMENT_GROUND_LATE_ADMISSION | PAYMENT_GROUND_SIP_NOT_APPLICABLE,
    },
    {
	.rule = "F2: late, ignore",
	.admission = "2026-05-03T09:00:00+02:00",
	.admission_due = "2026-05-02T09:00:00+02:00",
	.klar = "2026-05-04T09:00:00+02:00",
	.late_admission = PAYMENT_LATE_IGNORE,
	.standing = PAYMENT_STARTS,
	.from = "2026-05-07T00:00:00+02:00",
	.now = "2026-05-09T12:00:00+02:00",
	.days = 2,
	.grounds = PAYMENT_GROUND_LATE_ADMISSION | PAYMENT_GROUND_SIP_NOT_APPLICABLE,
    },
    {
	.rule = "F2, D1: kallelse at its exclusive end is late: contested; F8: from D(kallelse)",
	.admission = "2026-05-01T09:00:00+02:00",
	.klar = "2026-05-04T09:00:00+02:00",
	.sip = PAYMENT_SIP_TO_BE_HELD,
	.kallelse = "2026-05-08T00:00:00+02:00",
	.kallelse_due = "2026-05-08T00:00:00+02:00",
	.utskriven = "2026-05-11T00:00:00+02:00",
	.standing = PAYMENT_CONTESTED,
	.from = "2026-05-08T00:00:00+02:00",
	.days = 3,
	.grounds = PAYMENT_GROUND_LATE_KALLELSE | PAYMENT_GROUND_FROM_KALLELSE,
    },
    {
	.rule = "F2, D1: a microsecond earlier is in time",
	.admission = "2026-05-01T09:00:00+02:00",
	.klar = "2026-05-04T09:00:00+02:00",
	.sip = PAYMENT_SIP_TO_BE_HELD,
	.kallelse = "2026-05-07T23:59:59.999999+02:00",
	.kallelse_due = "2026-05-08T00:00:00+02:00",
	.utskriven = "2026-05-11T00:00:00+02:00",
	.standing = PAYMENT_STARTS,
	.from = "2026-05-07T00:00:00+02:00",
	.days = 4,
    },
    {
	.rule = "F2: late kallelse, void",
	.admission = "2026-05-01T09:00:00+02:00",
	.klar = "2026-05-04T09:00:00+02:00",
	.sip = PAYMENT_SIP_TO_BE_HELD,
	.kallelse = "2026-05-09T08:00:00+02:00",
	.kallelse_due = "2026-05-08T00:00:00+02:00",
	.late_kallelse = PAYMENT_LATE_VOID,
	.standing = PAYMENT_NOT_APPLICABLE,
	.from = "2026-05-09T00:00:00+02:00",
	.grounds = PAYMENT_GROUND_LATE_KALLELSE | PAYMENT_GROUND_FROM_KALLELSE,
    },
    {
	.rule = "F2, F8: late kallelse, ignore, pay_from_kallelse off",
	.admission = "2026-05-01T09:00:00+02:00",
	.klar = "2026-05-04T09:00:00+02:00",
	.sip = PAYMENT_SIP_TO_BE_HELD,
	.kallelse = "2026-05-09T08:00:00+02:00",
	.kallelse_due = "2026-05-08T00:00:00+02:00",
	.late_kallelse = PAYMENT_LATE_IGNORE,
	.kallelse_start = PAYMENT_REGARDLESS_OF_KALLELSE,
	.now = "2026-05-09T09:00:00+02:00",
	.standing = PAYMENT_STARTS,
	.from = "2026-05-07T00:00:00+02:00",
	.days = 2,
	.grounds = PAYMENT_GROUND_LATE_KALLELSE,
    },
    {
	.rule = "F2: home, and no kallelse ever sent",
	.admission = "2026-05-01T09:00:00+02:00",
	.klar = "2026-05-04T09:00:00+02:00",
	.sip = PAYMENT_SIP_TO_BE_HELD,
	.kallelse_due = "2026-05-08T00:00:00+02:00",
	.utskriven = "2026-05-20T09:00:00+02:00",
	.standing = PAYMENT_NOT_APPLICABLE,
	.from = "2026-05-07T00:00:00+02:00",
	.grounds = PAYMENT_GROUND_NO_KALLELSE | PAYMENT_GROUND_LEFT_BEFORE,
    },
    {
	.rule = "D2, F8: a kallelse during the stay does not move the start",
	.admission = "2026-05-01T09:00:00+02:00",
	.klar = "2026-05-04T09:00:00+02:00",
	.sip = PAYMENT_SIP_TO_BE_HELD,
	.kallelse = "2026-05-02T09:00:00+02:00",
	.kallelse_due = "2026-05-08T00:00:00+02:00",
	.standing = PAYMENT_STARTS,
	.from = "2026-05-07T00:00:00+02:00",
    },
    {
	.rule = "F9: sent_at 15 min before arrival is believed",
	.admission = "2026-05-01T09:00:00+02:00",
	.klar = "2026-05-04T11:50:00+02:00",
	.arrived = "2026-05-04T12:05:00+02:00",
	.standing = PAYMENT_STARTS,
	.from = "2026-05-07T00:00:00+02:00",
	.grounds = PAYMENT_GROUND_SIP_NOT_APPLICABLE,
    },
    {
	.rule = "F9: longer before is contested",
	.admission = "2026-05-01T09:00:00+02:00",
	.klar = "2026-05-04T11:50:00+02:00",
	.arrived = "2026-05-04T12:05:00.000001+02:00",
	.standing = PAYMENT_CONTESTED,
	.from = "2026-05-07T00:00:00+02:00",
	.grounds = PAYMENT_GROUND_SIP_NOT_APPLICABLE | PAYMENT_GROUND_SENT_AT_LAG,
    },
    {
	.rule = "F9, C5: unless a downtime record bears it",
	.admission = "2026-05-01T09:00:00+02:00",
	.klar = "2026-05-04T09:00:00+02:00",
	.arrived = "2026-05-04T18:00:00+02:00",
	.record = PAYMENT_DOWNTIME_RECORD,
	.standing = PAYMENT_STARTS,
	.from = "2026-05-07T00:00:00+02:00",
	.grounds = PAYMENT_GROUND_SIP_NOT_APPLICABLE,
    },
    {
	.rule = "F5: home on the first day, 0 days, but it has started",
	.admission = "2026-05-01T09:00:00+02:00",
	.klar = "2026-05-04T09:00:00+02:00",
	.utskriven = "2026-05-07T09:00:00+02:00",
	.standing = PAYMENT_STARTS,
	.from = "2026-05-07T00:00:00+02:00",
	.grounds = PAYMENT_GROUND_SIP_NOT_APPLICABLE,
    },
    {
	.rule = "F5: home at the very instant of the start has not left before it",
	.admission = "2026-05-01T09:00:00+02:00",
	.klar = "2026-05-04T09:00:00+02:00",
	.utskriven = "2026-05-07T00:00:00+02:00",
	.standing = PAYMENT_STARTS,
	.from = "2026-05-07T00:00:00+02:00",
	.grounds = PAYMENT_GROUND_SIP_NOT_APPLICABLE,
    },
    {
	.rule = "F5: local dates over the day of 25 hours",
	.admission = "2026-10-20T09:00:00+02:00",
	.klar = "2026-10-21T09:00:00+02:00",
	.utskriven = "2026-10-27T00:30:00+01:00",
	.standing = PAYMENT_STARTS,
	.from = "2026-10-24T00:00:00+02:00",
	.days = 3,
	.grounds = PAYMENT_GROUND_SIP_NOT_APPLICABLE,
    },
    {
	.rule = "F3: no start while insatser are not there, and none in sight",
	.admission = "2026-11-16T12:00:00+01:00",
	.klar = "2026-11-23T09:00:00+01:00",
	.block = {{"2026-11-24T08:00:00+01:00", NULL}},
	.now = "2026-11-28T12:00:00+01:00",
	.standing = PAYMENT_BLOCKED,
	.from = "2026-11-26T00:00:00+01:00",
	.grounds = PAYMENT_GROUND_SIP_NOT_APPLICABLE | PAYMENT_GROUND_BLOCKED,
    },
    {
	.rule = "F3: resumes the next local date after they are there",
	.admission = "2026-11-16T12:00:00+01:00",
	.klar = "2026-11-23T09:00:00+01:00",
	.block = {{"2026-11-24T08:00:00+01:00", "2026-11-27T00:00:00+01:00"}},
	.now = "2026-11-30T12:00:00+01:00",
	.standing = PAYMENT_STARTS,
	.from = "2026-11-28T00:00:00+01:00",
	.days = 2,
	.grounds = PAYMENT_GROUND_SIP_NOT_APPLICABLE | PAYMENT_GROUND_BLOCKED,
    },
    {
	.rule = "F3: a block that is over when it would start moves nothing",
	.admission = "2026-11-16T12:00:00+01:00",
	.klar = "2026-11-23T09:00:00+01:00",
	.block = {{"2026-11-24T08:00:00+01:00", "2026-11-26T00:00:00+01:00"}},
	.now = "2026-11-27T00:00:00+01:00",
	.standing = PAYMENT_STARTS,
	.from = "2026-11-26T00:00:00+01:00",
	.days = 1,
	.grounds = PAYMENT_GROUND_SIP_NOT_APPLICABLE,
    },
    {
	.rule = "F3: one block after another",
	.admission = "2026-11-16T12:00:00+01:00",
	.klar = "2026-11-23T09:00:00+01:00",
	.block = {{"2026-11-24T08:00:00+01:00", "2026-11-26T10:00:00+01:00"},
	    {"2026-11-26T22:00:00+01:00", "2026-11-28T10:00:00+01:00"}},
	.now = "2026-11-30T00:00:00+01:00",
	.standing = PAYMENT_STARTS,
	.from = "2026-11-29T00:00:00+01:00",
	.days = 1,
	.grounds = PAYMENT_GROUND_SIP_NOT_APPLICABLE | PAYMENT_GROUND_BLOCKED,
    },
    {
	.rule = "F3, pay_block_after_start: contested by default",
	.admission = "2026-11-16T12:00:00+01:00",
	.klar = "2026-11-23T09:00:00+01:00",
	.block = {{"2026-11-27T08:00:00+01:00", "2026-11-28T08:00:00+01:00"}},
	.now = "2026-11-30T00:00:00+01:00",
	.standing = PAYMENT_CONTESTED,
	.from = "2026-11-26T00:00:00+01:00",
	.days = 4,
	.grounds = PAYMENT_GROUND_SIP_NOT_APPLICABLE | PAYMENT_GROUND_BLOCK_AFTER_START,
    },
    {
	.rule = "F3, pay_block_after_start: pause takes its dates away",
	.admission = "2026-11-16T12:00:00+01:00",
	.klar = "2026-11-23T09:00:00+01:00",
	.block = {{"2026-11-27T08:00:00+01:00", "2026-11-28T08:00:00+01:00"}},
	.block_after = PAYMENT_BLOCK_PAUSE,
	.now = "2026-11-30T00:00:00+01:00",
	.standing = PAYMENT_STARTS,
	.from = "2026-11-26T00:00:00+01:00",
	.days = 2,
	.grounds = PAYMENT_GROUND_SIP_NOT_APPLICABLE | PAYMENT_GROUND_BLOCK_AFTER_START,
    },
    {
	.rule = "F3, pay_block_after_start: ignore",
	.admission = "2026-11-16T12:00:00+01:00",
	.klar = "2026-11-23T09:00:00+01:00",
	.block = {{"2026-11-27T08:00:00+01:00", NULL}},
	.block_after = PAYMENT_BLOCK_IGNORE,
	.now = "2026-11-30T00:00:00+01:00",
	.standing = PAYMENT_STARTS,
	.from = "2026-11-26T00:00:00+01:00",
	.days = 4,
	.grounds = PAYMENT_GROUND_SIP_NOT_APPLICABLE | PAYMENT_GROUND_BLOCK_AFTER_START,
    },
    {
	.rule = "F8: insatser that the patient declined are nobody's fault",
	.admission = "2026-11-16T12:00:00+01:00",
	.klar = "2026-11-23T09:00:00+01:00",
	.block = {{"2026-11-24T08:00:00+01:00", NULL, PAYMENT_AVBOJD}},
	.now = "2026-11-30T00:00:00+01:00",
	.standing = PAYMENT_NOT_APPLICABLE,
	.from = "2026-11-26T00:00:00+01:00",
	.grounds = PAYMENT_GROUND_SIP_NOT_APPLICABLE | PAYMENT_GROUND_AVBOJD,
    },
    {
	.rule = "C1a, F2: withheld from one of the payer's units",
	.admission = "2026-11-16T12:00:00+01:00",
	.klar = "2026-11-23T09:00:00+01:00",
	.undanhallen = true,
	.now = "2026-11-30T00:00:00+01:00",
	.standing = PAYMENT_NOT_YET,
	.from = "2026-11-26T00:00:00+01:00",
	.grounds = PAYMENT_GROUND_SIP_NOT_APPLICABLE | PAYMENT_GROUND_UNDANHALLEN,
    },
    {
	.rule = "story 6, F4: 0180 pays the 26th, of which it is the last date",
	.admission = "2026-11-16T12:00:00+01:00",
	.klar = "2026-11-23T09:00:00+01:00",
	.payer_to = "2026-11-27T00:00:00+01:00",
	.utskriven = "2026-12-02T13:00:00+01:00",
	.standing = PAYMENT_STARTS,
	.from = "2026-11-26T00:00:00+01:00",
	.days = 1,
	.grounds = PAYMENT_GROUND_SIP_NOT_APPLICABLE | PAYMENT_GROUND_ANOTHERS_DATES,
    },
    {
	.rule = "story 6, F4: 0184 was notified on the 30th, and the patient left before its start",
	.admission = "2026-11-16T12:00:00+01:00",
	.klar = "2026-11-23T09:00:00+01:00",
	.counts_from = "2026-11-30T08:00:00+01:00",
	.payer_from = "2026-11-27T00:00:00+01:00",
	.utskriven = "2026-12-02T13:00:00+01:00",
	.standing = PAYMENT_NOT_APPLICABLE,
	.from = "2026-12-03T00:00:00+01:00",
	.grounds = PAYMENT_GROUND_SIP_NOT_APPLICABLE | PAYMENT_GROUND_KLAR_COUNTED_LATER |
		   PAYMENT_GROUND_LEFT_BEFORE,
    },
    {
	.rule = "F4: who became the payer after the start pays from that date",
	.admission = "2026-11-16T12:00:00+01:00",
	.klar = "2026-11-23T09:00:00+01:00",
	.payer_from = "2026-11-28T00:00:00+01:00",
	.utskriven = "2026-12-02T13:00:00+01:00",
	.standing = PAYMENT_STARTS,
	.from = "2026-11-28T00:00:00+01:00",
	.days = 4,
	.grounds = PAYMENT_GROUND_SIP_NOT_APPLICABLE | PAYMENT_GROUND_ANOTHERS_DATES,
    },
    {
	.rule = "F8: declined before the start, and then wanted: the next local date",
	.admission = "2026-11-16T12:00:00+01:00",
	.klar = "2026-11-23T09:00:00+01:00",
	.block = {{"2026-11-24T08:00:00+01:00", "2026-11-26T10:00:00+01:00", PAYMENT_AVBOJD}},
	.now = "2026-11-29T00:00:00+01:00",
	.standing = PAYMENT_STARTS,
	.from = "2026-11-27T00:00:00+01:00",
	.days = 2,
	.grounds = PAYMENT_GROUND_SIP_NOT_APPLICABLE | PAYMENT_GROUND_AVBOJD,
    },
    {
	.rule = "F8: declined when the days run: they end with that date",
	.admission = "2026-11-16T12:00:00+01:00",
	.klar = "2026-11-23T09:00:00+01:00",
	.block = {{"2026-11-28T10:00:00+01:00", NULL, PAYMENT_AVBOJD}},
	.now = "2026-11-30T00:00:00+01:00",
	.standing = PAYMENT_STARTS,
	.from = "2026-11-26T00:00:00+01:00",
	.to = "2026-11-28T00:00:00+01:00",
	.days = 2,
	.grounds = PAYMENT_GROUND_SIP_NOT_APPLICABLE | PAYMENT_GROUND_AVBOJD,
    },
    {
	.rule = "F8: and go on on the date after it was wanted again",
	.admission = "2026-11-16T12:00:00+01:00",
	.klar = "2026-11-23T09:00:00+01:00",
	.block = {{"2026-11-27T10:00:00+01:00", "2026-11-27T16:00:00+01:00", PAYMENT_AVBOJD}},
	.now = "2026-11-30T00:00:00+01:00",
	.standing = PAYMENT_STARTS,
	.from = "2026-11-26T00:00:00+01:00",
	.days = 3,
	.grounds = PAYMENT_GROUND_SIP_NOT_APPLICABLE | PAYMENT_GROUND_AVBOJD,
    },
    {
	.rule = "F3: two blocks that share a date pause it once",
	.admission = "2026-11-16T12:00:00+01:00",
	.klar = "2026-11-23T09:00:00+01:00",
	.block = {{"2026-11-27T08:00:00+01:00", "2026-11-28T08:00:00+01:00"},
	    {"2026-11-28T20:00:00+01:00", "2026-11-29T08:00:00+01:00"}},
	.block_after = PAYMENT_BLOCK_PAUSE,
	.now = "2026-12-03T00:00:00+01:00",
	.standing = PAYMENT_STARTS,
	.from = "2026-11-26T00:00:00+01:00",
	.days = 4,
	.grounds = PAYMENT_GROUND_SIP_NOT_APPLICABLE | PAYMENT_GROUND_BLOCK_AFTER_START,
    },
    {
	.rule = "F3: two units, one block within the other",
	.admission = "2026-11-16T12:00:00+01:00",
	.klar = "2026-11-23T09:00:00+01:00",
	.block = {{"2026-11-24T08:00:00+01:00", "2026-11-28T08:00:00+01:00"},
	    {"2026-11-25T08:00:00+01:00", "2026-11-26T08:00:00+01:00"}},
	.now = "2026-11-30T00:00:00+01:00",
	.standing = PAYMENT_STARTS,
	.from = "2026-11-29T00:00:00+01:00",
	.days = 1,
	.grounds = PAYMENT_GROUND_SIP_NOT_APPLICABLE | PAYMENT_GROUND_BLOCKED,
    },
    {
	.rule = "F3: a block that has not begun yet contests nothing yet",
	.admission = "2026-11-16T12:00:00+01:00",
	.klar = "2026-11-23T09:00:00+01:00",
	.block = {{"2026-11-30T08:00:00+01:00", NULL}},
	.now = "2026-11-29T00:00:00+01:00",
	.standing = PAYMENT_STARTS,
	.from = "2026-11-26T00:00:00+01:00",
	.days = 3,
	.grounds = PAYMENT_GROUND_SIP_NOT_APPLICABLE,
    },
    {
	.rule = "F4, F3: a block that runs when the payer's dates begin holds its start",
	.admission = "2026-11-16T12:00:00+01:00",
	.klar = "2026-11-23T09:00:00+01:00",
	.block = {{"2026-11-27T08:00:00+01:00", "2026-11-29T08:00:00+01:00"}},
	.payer_from = "2026-11-28T00:00:00+01:00",
	.now = "2026-12-02T00:00:00+01:00",
	.standing = PAYMENT_STARTS,
	.from = "2026-11-30T00:00:00+01:00",
	.days = 2,
	.grounds = PAYMENT_GROUND_SIP_NOT_APPLICABLE | PAYMENT_GROUND_BLOCKED |
		   PAYMENT_GROUND_ANOTHERS_DATES,
    },
    {
	.rule = "F4: another is the payer from the very date of the start",
	.admission = "2026-11-16T12:00:00+01:00",
	.klar = "2026-11-23T09:00:00+01:00",
	.payer_to = "2026-11-26T00:00:00+01:00",
	.now = "2026-11-29T00:00:00+01:00",
	.standing = PAYMENT_NOT_APPLICABLE,
	.from = "2026-11-26T00:00:00+01:00",
	.grounds = PAYMENT_GROUND_SIP_NOT_APPLICABLE | PAYMENT_GROUND_ANOTHERS_DATES,
    },
    {
	.rule = "F4, F2: another is the payer, and the first never had the inskrivningsmeddelande",
	.admission = NULL,
	.klar = "2026-11-23T09:00:00+01:00",
	.payer_to = "2026-11-28T00:00:00+01:00",
	.now = "2026-11-29T00:00:00+01:00",
	.standing = PAYMENT_NOT_APPLICABLE,
	.from = "2026-11-26T00:00:00+01:00",
	.grounds = PAYMENT_GROUND_SIP_NOT_APPLICABLE | PAYMENT_GROUND_NO_ADMISSION |
		   PAYMENT_GROUND_ANOTHERS_DATES,
    },
    {
	.rule = "F4: a move that lies ahead is a known end",
	.admission = "2026-11-16T12:00:00+01:00",
	.klar = "2026-11-23T09:00:00+01:00",
	.payer_to = "2026-11-30T08:00:00+01:00",
	.now = "2026-11-28T00:00:00+01:00",
	.standing = PAYMENT_STARTS,
	.from = "2026-11-26T00:00:00+01:00",
	.to = "2026-11-30T00:00:00+01:00",
	.days = 2,
	.grounds = PAYMENT_GROUND_SIP_NOT_APPLICABLE,
    },
    {
	.rule = "F4: home before one became the payer",
	.admission = "2026-11-16T12:00:00+01:00",
	.klar = "2026-11-23T09:00:00+01:00",
	.payer_from = "2026-11-28T00:00:00+01:00",
	.utskriven = "2026-11-27T09:00:00+01:00",
	.standing = PAYMENT_NOT_APPLICABLE,
	.from = "2026-11-28T00:00:00+01:00",
	.grounds = PAYMENT_GROUND_SIP_NOT_APPLICABLE | PAYMENT_GROUND_ANOTHERS_DATES |
		   PAYMENT_GROUND_LEFT_BEFORE,
    },
    {
	.rule = "F2: all units of the payer had left before the ready notice",
	.admission = "2026-11-16T12:00:00+01:00",
	.klar = "2026-11-23T09:00:00+01:00",
	.klar_missed = true,
	.now = "2026-11-29T00:00:00+01:00",
	.standing = PAYMENT_NOT_YET,
	.from = "2026-11-26T00:00:00+01:00",
	.grounds = PAYMENT_GROUND_SIP_NOT_APPLICABLE | PAYMENT_GROUND_KLAR_MISSED,
    },
    {
	.rule = "F5, pay_discharge_day: counted",
	.admission = "2026-11-16T12:00:00+01:00",
	.klar = "2026-11-23T09:00:00+01:00",
	.discharge_day = PAYMENT_DISCHARGE_DAY_COUNTED,
	.utskriven = "2026-11-28T09:00:00+01:00",
	.standing = PAYMENT_STARTS,
	.from = "2026-11-26T00:00:00+01:00",
	.to = "2026-11-29T00:00:00+01:00",
	.days = 3,
	.grounds = PAYMENT_GROUND_SIP_NOT_APPLICABLE,
    },
};

START_TEST(reckon)
{
	const struct row *row = &rows[_i];
	struct payment_input input = {
	    .inskrivningsmeddelande_at = at(row->admission),
	    .inskrivningsmeddelande_due = at(row->admission_due),
	    .klar_sent_at = at(row->klar),
	    .klar_arrived_at = at(row->arrived != NULL ? row->arrived : row->klar),
	    .klar_counts_from = at(row->counts_from),
	    .klar_record = row->record,
	    .sip = row->sip,
	    .kallelse_at = at(row->kallelse),
	    .kallelse_due = at(row->kallelse_due),
	    .utskriven_at = at(row->utskriven),
	    .now = at(row->now),
	    .payer_from = at(row->payer_from),
	    .payer_to = at(row->payer_to),
	    .undanhallen = row->undanhallen,
	    .klar_missed = row->klar_missed,
	};
	struct payment_block blocks[2];
	struct payment_policy policy = payment_policy_default;
	struct payment payment;

	policy.late_admission = row->late_admission;
	policy.late_kallelse = row->late_kallelse;
	policy.kallelse_start = row->kallelse_start;
	policy.block_after = row->block_after;
	policy.discharge_day = row->discharge_day;
	input.blocks = blocks;
	for (; input.block_count < 2 && row->block[input.block_count].from != NULL;
	     input.block_count++)
		blocks[input.block_count] =
		    (struct payment_block){at(row->block[input.block_count].from),
			at(row->block[input.block_count].to), row->block[input.block_count].why};
	payment = payment_reckon(&input, &policy);
	ck_assert_msg(payment.standing == row->standing, "%s: %s", row->rule,
	    payment_standing_word(payment.standing));
	ck_assert_msg(payment.from == at(row->from), "%s: from", row->rule);
	ck_assert_msg(row->to == NULL || payment.to == at(row->to), "%s: to", row->rule);
	ck_assert_msg(payment.days == row->days, "%s: %d days", row->rule, payment.days);
	ck_assert_msg(payment.grounds == row->grounds, "%s: grounds %#x, not %#x", row->rule,
	    payment.grounds, row->grounds);
}
END_TEST

/* F9: both results are shown. */
START_TEST(both_results)
{
	struct payment_input input = {
	    .inskrivningsmeddelande_at = at("2026-11-16T12:00:00+01:00"),
	    .inskrivningsmeddelande_due = INSTANT_NONE,
	    .klar_sent_at = at("2026-11-23T11:00:00+01:00"),
	    .klar_arrived_at = at("2026-11-24T13:00:00+01:00"),
	    .klar_counts_from = INSTANT_NONE,
	    .kallelse_at = INSTANT_NONE,
	    .kallelse_due = INSTANT_NONE,
	    .utskriven_at = INSTANT_NONE,
	    .now = at("2026-11-27T00:00:00+01:00"),
	    .payer_from = INSTANT_NONE,
	    .payer_to = INSTANT_NONE,
	};
	struct payment p = payment_reckon(&input, &payment_policy_default);

	ck_assert(p.from_as_sent == at("2026-11-26T00:00:00+01:00"));
	ck_assert(p.from_as_arrived == at("2026-11-28T00:00:00+01:00"));
	ck_assert_int_eq(p.standing, PAYMENT_CONTESTED);
}
END_TEST

static int
known(const void *arg, int year)
{
	(void)arg;
	return payment_amount_known(year);
}

/* F5: by each year's amount; a year without a row is refused by name. */
static const struct {
	const char *first;
	int days;
	int64_t kronor;
	int missing;
} amounts[] = {
    {"2019-12-30T00:00:00+01:00", 2, 2 * 7800, 0},
    {"2019-12-30T00:00:00+01:00", 3, 2 * 7800 + 8200, 0},
    {"2022-12-31T00:00:00+01:00", 2, 9300 + 10500, 0},
    {"2020-12-31T00:00:00+01:00", 2, -1, 2021},
    {"2026-05-04T00:00:00+02:00", 1, -1, 2026},
    {"2026-05-04T00:00:00+02:00", 0, 0, 0},
};

START_TEST(amount)
{
	instant first = at(amounts[_i].first);
	struct payment p = {.days = amounts[_i].days,
	    .first_day = first,
	    .last_day = calendar_midnight_after(first, amounts[_i].days)};
	int missing = 0;

	ck_assert_int_eq(payment_amount(&p, known, NULL, &missing), amounts[_i].kronor);
	ck_assert_int_eq(missing, amounts[_i].missing);
}
END_TEST

/* F3, F5: paused dates over a new year are those of their own year. */
START_TEST(amount_paused)
{
	struct payment p = {.days = 2,
	    .first_day = at("2022-12-30T00:00:00+01:00"),
	    .last_day = at("2023-01-02T00:00:00+01:00"),
	    .pause = {{date_of(2022, 12, 31), date_of(2023, 1, 1)}},
	    .pause_count = 1};
	int missing = 0;

	ck_assert_int_eq(payment_amount(&p, known, NULL, &missing), 9300 + 10500);
	ck_assert(payment_pays(&p, date_of(2022, 12, 30)));
	ck_assert(!payment_pays(&p, date_of(2022, 12, 31)));
	ck_assert(payment_pays(&p, date_of(2023, 1, 1)));
	ck_assert(!payment_pays(&p, date_of(2023, 1, 2)));
	ck_assert(!payment_pays(&p, date_of(2022, 12, 29)));
}
END_TEST

static const struct {
	const char *rule;
	struct payment_pool pool;
	enum payment_model model;
	int64_t threshold_days;
	bool over_threshold, due;
} averages[] = {
    {"F6: 10 days of 3 patients are more than 3 each", {3, 10}, PAYMENT_MODEL_AVERAGE, 3, true,
	true},
    {"F6: not more than 4 each", {3, 10}, PAYMENT_MODEL_AVERAGE, 4, false, false},
    {"F6: the threshold itself is not exceeded", {3, 9}, PAYMENT_MODEL_AVERAGE, 3, false, false},
    {"F6: by a day among many it is", {1000, 3001}, PAYMENT_MODEL_AVERAGE, 3, true, true},
    {"F6: a threshold of 0", {2, 1}, PAYMENT_MODEL_AVERAGE, 0, true, true},
    {"F6: all home on the same day", {2, 0}, PAYMENT_MODEL_AVERAGE, 0, false, false},
    {"F6: nobody was discharged", {0, 0}, PAYMENT_MODEL_AVERAGE, 3, false, false},
    {"F6: by days: due in any case", {3, 9}, PAYMENT_MODEL_DAYS, 3, false, true},
    {"F6: by days: shown all the same", {3, 10}, PAYMENT_MODEL_DAYS, 3, true, true},
};

START_TEST(average)
{
	struct payment_average a =
	    payment_average(&averages[_i].pool, averages[_i].model, averages[_i].threshold_days);

	ck_assert_msg(
	    a.over_threshold == averages[_i].over_threshold, "%s: over", averages[_i].rule);
	ck_assert_msg(a.due == averages[_i].due, "%s: due", averages[_i].rule);
}
END_TEST

START_TEST(defaults)
{
	ck_assert_int_eq(payment_policy_default.days, 3);
	ck_assert_int_eq(payment_policy_default.cutoff_s, 43200);
	ck_assert_int_eq(payment_policy_default.late_admission, PAYMENT_LATE_CONTESTED);
	ck_assert_int_eq(payment_policy_default.late_kallelse, PAYMENT_LATE_CONTESTED);
	ck_assert_int_eq(payment_policy_default.kallelse_start, PAYMENT_NOT_BEFORE_KALLELSE);
	ck_assert_int_eq(payment_policy_default.sent_at_lag_max_us, 15 * MINUTE);
	ck_assert_int_eq(payment_policy_default.block_after, PAYMENT_BLOCK_CONTESTED);
	ck_assert_int_eq(payment_policy_default.discharge_day, PAYMENT_DISCHARGE_DAY_FREE);
}
END_TEST

static const struct {
	const char *rule;
	const char *klar, *utskriven;
	int days;
} days_to_leave[] = {
    {"story 7, F6", "2026-03-27T12:00:01+01:00", "2026-03-29T00:10:00+01:00", 2},
    {"F6, the same day", "2026-03-27T00:00:01+01:00", "2026-03-27T23:59:59+01:00", 0},
    {"F6, local dates", "2026-06-30T21:59:00Z", "2026-06-30T22:01:00Z", 1},
    {"F6, still there", "2026-03-27T12:00:01+01:00", NULL, -1},
    {"F6, never notified", NULL, "2026-03-29T00:10:00+01:00", -1},
    {"F6, notified after", "2026-03-29T00:10:01+01:00", "2026-03-29T00:10:00+01:00", -1},
};

START_TEST(average_days)
{
	ck_assert_msg(payment_average_days(at(days_to_leave[_i].klar),
			  at(days_to_leave[_i].utskriven)) == days_to_leave[_i].days,
	    "%s", days_to_leave[_i].rule);
}
END_TEST

START_TEST(words)
{
	for (int i = 0; 1 << i <= PAYMENT_GROUND_LAST; i++) {
		ck_assert_str_ne(payment_ground_word((enum payment_ground)(1 << i)), "");
		for (int j = 0; j < i; j++)
			ck_assert_str_ne(payment_ground_word((enum payment_ground)(1 << i)),
			    payment_ground_word((enum payment_ground)(1 << j)));
	}
	ck_assert_str_eq(payment_standing_word(PAYMENT_CONTESTED), "contested");
	ck_assert_str_eq(payment_standing_word(PAYMENT_NOT_YET), "not_yet");
	ck_assert_str_eq(payment_standing_word(PAYMENT_STARTS), "starts");
	ck_assert_str_eq(payment_standing_word(PAYMENT_NOT_APPLICABLE), "not_applicable");
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("payment");
	TCase *cases = tcase_create("payment");
	SRunner *runner;
	int failed;

	tcase_add_loop_test(cases, reckon, 0, ROWS(rows));
	tcase_add_test(cases, both_results);
	tcase_add_loop_test(cases, amount, 0, ROWS(amounts));
	tcase_add_test(cases, amount_paused);
	tcase_add_loop_test(cases, average, 0, ROWS(averages));
	tcase_add_test(cases, defaults);
	tcase_add_loop_test(cases, average_days, 0, ROWS(days_to_leave));
	tcase_add_test(cases, words);
	suite_add_tcase(suite, cases);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? 0 : 1;
}
