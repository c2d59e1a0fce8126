/*
 * The stay of the tests of the SIP: admitted on 4 May 2026, VC with Anna, KB; nothing is decided by
 * samordnad unless a test sets the policy.
 */
#ifndef SAMORDNAD_SIP_DRIVER_H
#define SAMORDNAD_SIP_DRIVER_H

#include "rules_driver.h"

#include "daemon/rules/betalning.h"

#define MAY(day, clock) "2026-05-" day "T" clock ":00+02:00"

static struct region *region;

static inline void
setup(void)
{
	region = test_region();
	test_neighbours_add(region);
	test_policy_add(region, POLICY_FVK_MODE, 0, FVK_MANUAL);
	test_policy_add(region, POLICY_SIP_MODE, 0, SIP_MANUAL);
}

static inline void
teardown(void)
{
	test_region_free(region);
}

static inline struct fact
version(const char *sent_at, unsigned behov)
{
	struct fact f =
	    fact_inskrivningsmeddelande(sent_at, MAY("04", "02:00"), MAY("08", "12:00"));

	if (behov != 0)
		f.inskrivningsmeddelande.behov = (uint8_t)behov;
	return f;
}

/* The needs call for a SIP, or, behov 1 << BEHOV_SOCIALTJANST, do not. VC has Anna. */
static inline struct drive *
admitted(unsigned behov)
{
	struct drive *d = drive_new(region, 1);

	drive(d, version(MAY("04", "09:00"), behov));
	drive(d, fact_fvk(MAY("04", "10:00"), FVK_UTSE, VC, ANNA));
	return d;
}

/* The same with PSYK as well, and ready. */
static inline struct drive *
ready_with_psyk(void)
{
	struct drive *d = admitted(0);

	drive(d, fact_tillagd(MAY("04", "10:10"), H, PSYK));
	drive(d, fact_utskrivningsklar(MAY("04", "11:00")));
	return d;
}

static inline struct fact
summons(const char *sent_at, const char *mote)
{
	struct fact k = fact_kallelse(sent_at, VC, KALLELSE_SKICKA, ANNA);

	k.sip_kallelse.mote = mote_at(mote);
	return k;
}

static inline struct fact
moves(const char *sent_at, const char *mote)
{
	struct fact k = summons(sent_at, mote);

	k.sip_kallelse.atgard = KALLELSE_OMBOKA;
	return k;
}

/* A ready notice that says open compulsory care (C6). */
static inline struct fact
ready_with_opt(const char *sent_at)
{
	struct fact k = fact_utskrivningsklar(sent_at);

	k.utskrivningsklar.tvangsvard_given = true;
	k.utskrivningsklar.oppen_tvangsvard = TVANGSVARD_OPT;
	return k;
}

/* The same, withheld from KB (C1a). */
static inline struct fact
ready_with_opt_but_kb(const char *sent_at)
{
	struct fact k = ready_with_opt(sent_at);

	k.utskrivningsklar.undanhallen[k.utskrivningsklar.undanhallen_count++] = KB;
	return k;
}

/* A ready notice that itself says needs that call for a SIP. */
static inline struct fact
ready_with_needs(const char *sent_at)
{
	struct fact k = fact_utskrivningsklar(sent_at);

	k.utskrivningsklar.behov_given = true;
	k.utskrivningsklar.behov = 1 << BEHOV_OPPENVARD | 1 << BEHOV_SOCIALTJANST;
	return k;
}

static inline struct fact
late(struct fact f, const char *recorded_at)
{
	f.recorded_at = at(recorded_at);
	return f;
}

/* Ready, summoned to a meeting the next day, which was held. */
static inline struct drive *
after_a_meeting(void)
{
	struct drive *d = admitted(0);

	drive(d, fact_utskrivningsklar(MAY("04", "11:00")));
	drive(d, summons(MAY("04", "12:00"), MAY("05", "13:00")));
	drive(d, fact_sip(MAY("05", "14:00"), VC, SIP_GENOMFORD, NULL));
	return d;
}

static inline struct payment
payment_of(const struct drive *d)
{
	struct surroundings s = drive_surroundings(d);
	struct betalning b = betalning_reckon(&d->state, &s, d->now);

	ck_assert_int_gt(b.payer_count, 0);
	return b.payer[b.payer_count - 1].payment;
}

/* The payment is as it was. */
static inline void
expect_stands(const struct drive *d, struct payment before)
{
	struct payment after = payment_of(d);

	ck_assert_str_eq(
	    payment_standing_word(after.standing), payment_standing_word(before.standing));
	ck_assert(after.from == before.from);
}

/* Everything until then has come about, and that is now. */
static inline void
stand_at(struct drive *d, const char *when)
{
	drive_until(d, when);
	d->now = at(when);
}

/* Said of the patient, outside of every stay. */
static inline struct fact
own(struct fact f)
{
	f.patient = TEST_PATIENT;
	return f;
}

/* Due then, and nobody is late yet. */
static inline void
expect_open(const struct drive *d, const char *due)
{
	drive_assert_task(d, TASK_KALLA_SIP, VC, TASK_OPEN, due);
	ck_assert(drive_breach(d, BREACH_D1, VC) == NULL);
}

/* Breaches of D1 that stand. */
static inline int
d1_breaches(const struct drive *d)
{
	int count = 0;

	for (int i = 0; i < d->given.breach_count; i++)
		count += d->given.breaches[i].rule == BREACH_D1 &&
			 d->given.breaches[i].withdrawn_at == INSTANT_NONE;
	return count;
}

#endif
