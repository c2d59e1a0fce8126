/* Betalningsansvar of an episode; see betalning.h. */
#include "betalning.h"

#define REGION_GOTLAND 9
#define KOMMUN_GOTLAND 980

/* F4: none without folkbokforing, and none where payer and caring region are one. Only on Gotland
 * is a kommun also the region that cares. */
static kommun_kod
payer_or_none(const struct episode *e, const struct surroundings *s, kommun_kod payer)
{
	const struct unit *hospital = region_unit(s->region, episode_hospital(e));

	if (payer == KOMMUN_GOTLAND && hospital != NULL && hospital->region == REGION_GOTLAND)
		return 0;
	return payer;
}

/* The kommun of folkbokföring at t, by what was said of it; what was said later counts. */
static kommun_kod
kommun_at(const struct episode *e, instant t)
{
	kommun_kod kommun = e->inskr.folkbokforingskommun;

	for (int i = 0; i < e->kommun_count; i++)
		if (e->kommun[i].from_at == INSTANT_NONE || e->kommun[i].from_at <= t)
			kommun = e->kommun[i].kommun;
	return kommun;
}

/* F4: who pays for which dates: the placing kommun for all, else that of folkbokföring on each
 * date, or (policy pay_moved) that on the day of the notice for all. */
static void
gather_payers(const struct episode *e, const struct surroundings *s, struct betalning *b)
{
	bool at_klar = region_policy(s->region, POLICY_PAY_MOVED, episode_hospital(e),
			   e->klar.nr != 0 ? e->klar.recorded_at : 0, NULL) != 0;
	kommun_kod whole = e->inskr.placerande_kommun;

	if (whole == 0 && (at_klar || e->kommun_count == 0))
		whole = kommun_at(e, e->klar.nr != 0 ? e->klar.sent_at : INSTANT_NEVER);
	if (whole != 0 || e->kommun_count == 0) {
		b->payer[b->payer_count++] = (struct payer){.kommun = payer_or_none(e, s, whole),
		    .from_at = INSTANT_NONE,
		    .to_at = INSTANT_NONE};
		return;
	}
	for (int i = 0; i < e->kommun_count; i++) {
		instant from_at = e->kommun[i].from_at;
		/* What was said of dates from then on is said anew. */
		while (b->payer_count > 0 && b->payer[b->payer_count - 1].from_at >= from_at)
			b->payer_count--;
		if (b->payer_count > 0)
			b->payer[b->payer_count - 1].to_at = calendar_midnight_after(from_at, 0);
		b->payer[b->payer_count++] =
		    (struct payer){.kommun = payer_or_none(e, s, e->kommun[i].kommun),
			.from_at = from_at,
			.to_at = INSTANT_NONE};
	}
}

static bool
is_payers(const struct unit *u, kommun_kod payer)
{
	if (u == NULL || u->kommun != payer)
		return false;
	return u->slag == KOMMUNAL_HSL || u->slag == SOCIALTJANST || u->slag == EKONOMI;
}

static instant
earlier(instant a, instant b)
{
	if (a == INSTANT_NONE || b == INSTANT_NONE)
		return a == INSTANT_NONE ? b : a;
	return a < b ? a : b;
}

/*
 * F2, per payer (A10): the payer had the notice when its first unit had it, and the ready notice
 * when its last had it.
 */
static void
gather_units(const struct episode *e, const struct surroundings *s, kommun_kod payer,
    struct payment_input *in)
{
	for (int i = 0; i < e->participant_count; i++) {
		const struct participant *p = &e->participant[i];
		if (!p->active || p->role != ROLE_MOTTAGARE ||
		    !is_payers(region_unit(s->region, p->unit), payer))
			continue;
		in->inskrivningsmeddelande_at =
		    earlier(in->inskrivningsmeddelande_at, p->received_at);
		if (p->kallad_nr != 0)
			in->kallelse_at = earlier(in->kallelse_at, p->kallad_since);
		in->undanhallen |= e->klar.nr != 0 && p->undanhallen_nr == e->klar.nr;
		instant lamnad_at = episode_klar_lamnad_at(e, p);
		if (lamnad_at != INSTANT_NONE && lamnad_at > e->klar.recorded_at &&
		    lamnad_at > in->klar_counts_from)
			in->klar_counts_from = lamnad_at;
	}
}

/* By the caring region and the payer. A policy binds what is decided after it: the one in force
 * when the notice came. */
static struct payment_policy
policy_of(const struct episode *e, const struct surroundings *s, kommun_kod payer, instant now)
{
	const struct unit *hospital = region_unit(s->region, episode_hospital(e));
	int32_t region = hospital != NULL ? hospital->region : 0;
	instant at = e->klar.nr != 0 ? e->klar.recorded_at : now;
#define PAY(p) region_policy_pair(s->region, p, region, payer, at)

	return (struct payment_policy){
	    .days = (int)PAY(POLICY_PAY_DAYS),
	    .cutoff_s = (int)PAY(POLICY_PAY_CUTOFF) * 60,
	    .late_admission = (enum payment_late)PAY(POLICY_PAY_LATE_ADMISSION),
	    .late_kallelse = (enum payment_late)PAY(POLICY_PAY_LATE_KALLELSE),
	    .kallelse_start = PAY(POLICY_PAY_FROM_KALLELSE) != 0 ? PAYMENT_NOT_BEFORE_KALLELSE
								 : PAYMENT_REGARDLESS_OF_KALLELSE,
	    .block_after = (enum payment_block_after)PAY(POLICY_PAY_BLOCK_AFTER_START),
	    .sent_at_lag_max_us = PAY(POLICY_SENT_AT_LAG_MAX) * MINUTE,
	};
#undef PAY
}

/* F3: when insatser of any unit of öppenvård were not there, as blocks without overlaps. F8:
 * whether the patient declined them. */
static int
gather_blocks(const struct episode *e, const struct surroundings *s,
    struct payment_block blocks[static INSATSER_MAX], bool *declined)
{
	int count = 0;

	for (int i = 0; i < e->insatser_count; i++) {
		const struct insatser *said = &e->insatser[i];
		const struct unit *u = region_unit(s->region, said->unit);
		bool away =
		    said->status == INSATSER_EJ_TILLGANGLIG || said->status == INSATSER_OKLART;
		*declined = said->status == INSATSER_AVBOJD ||
			    (*declined && said->status != INSATSER_TILLGANGLIG);
		if (u == NULL || !unit_is_oppenvard(u))
			continue;
		bool open = count > 0 && blocks[count - 1].to == INSTANT_NONE;
		if (away && !open)
			blocks[count++] = (struct payment_block){said->from_at, INSTANT_NONE};
		else if (!away && open)
			blocks[count - 1].to = said->from_at;
	}
	return count;
}

/* F5: a policy row for the year's first day, else what is known. */
struct amounts {
	const struct region *region;
	int32_t lan;
	kommun_kod payer;
};

static struct amounts
amounts_of(const struct episode *e, const struct surroundings *s, kommun_kod payer)
{
	const struct unit *hospital = region_unit(s->region, episode_hospital(e));

	return (struct amounts){s->region, hospital != NULL ? hospital->region : 0, payer};
}

static int
amount_of(const void *arg, int year)
{
	const struct amounts *a = arg;
	int64_t kronor = region_policy_pair(
	    a->region, POLICY_PAY_AMOUNT, a->lan, a->payer, calendar_midnight(date_of(year, 1, 1)));

	return kronor != 0 ? (int)kronor : payment_amount_known(year);
}

int
betalning_amount(const struct episode *e, const struct surroundings *s, kommun_kod payer, int year)
{
	struct amounts amounts = amounts_of(e, s, payer);

	return amount_of(&amounts, year);
}

/*
 * While something that F2 asks for may still come, nothing starts; but what was late stays late,
 * and both are to be seen: a start that is already contested is shown as such, with what is
 * missing among its grounds.
 */
static enum payment_standing
standing_of(const struct payment *p, const struct payment_policy *policy)
{
	unsigned against = PAYMENT_GROUND_SENT_AT_LAG;

	if (policy->late_admission == PAYMENT_LATE_CONTESTED)
		against |= PAYMENT_GROUND_LATE_ADMISSION;
	if (policy->late_kallelse == PAYMENT_LATE_CONTESTED)
		against |= PAYMENT_GROUND_LATE_KALLELSE;
	if (p->standing == PAYMENT_NOT_YET && (p->grounds & against) != 0)
		return PAYMENT_CONTESTED;
	return p->standing;
}

static struct payment_input
gather(const struct episode *e, const struct surroundings *s, instant now)
{
	return (struct payment_input){
	    .inskrivningsmeddelande_at = INSTANT_NONE,
	    .inskrivningsmeddelande_due = episode_inskrivningsmeddelande_due(e),
	    .klar_sent_at = e->klar.nr != 0 ? e->klar.sent_at : INSTANT_NONE,
	    .klar_arrived_at = e->klar.nr != 0 ? e->klar.recorded_at : INSTANT_NONE,
	    .klar_counts_from = INSTANT_NONE,
	    .klar_record = e->klar.nr != 0 && e->klar.lamnad_at != INSTANT_NONE
			       ? PAYMENT_DOWNTIME_RECORD
			       : PAYMENT_NO_RECORD,
	    .sip = sip_owed(e) ? PAYMENT_SIP_TO_BE_HELD : PAYMENT_SIP_NOT_APPLICABLE,
	    .kallelse_at = INSTANT_NONE,
	    .kallelse_due = sip_clock(e, s, now).due_before,
	    .utskriven_at = e->utskrivning.nr != 0 ? e->utskrivning.at
			    : e->avliden.nr != 0   ? e->avliden.at
						   : INSTANT_NONE,
	    .now = now,
	};
}

static void
reckon(
    const struct episode *e, const struct surroundings *s, struct payment_input in, struct payer *p)
{
	struct payment_policy policy = policy_of(e, s, p->kommun, in.now);
	struct amounts amounts = amounts_of(e, s, p->kommun);

	p->payment = (struct payment){.standing = PAYMENT_NOT_APPLICABLE,
	    .from = INSTANT_NONE,
	    .from_as_sent = INSTANT_NONE,
	    .from_as_arrived = INSTANT_NONE};
	if (p->kommun == 0)
		return;
	in.payer_from = p->from_at;
	in.payer_to = p->to_at;
	gather_units(e, s, p->kommun, &in);
	p->payment = payment_reckon(&in, &policy);
	p->payment.standing = standing_of(&p->payment, &policy);
	p->kronor = payment_amount(&p->payment, amount_of, &amounts, &p->missing);
}

struct betalning
betalning_reckon(const struct episode *e, const struct surroundings *s, instant now)
{
	_Static_assert(INSATSER_MAX <= PAYMENT_PAUSES_MAX, "each block may pause");
	struct payment_block blocks[INSATSER_MAX];
	struct payment_input in = gather(e, s, now);
	struct betalning b = {.next_change = INSTANT_NEVER,
	    .average_days = payment_average_days(e->klar.nr != 0 ? e->klar.klar_at : INSTANT_NONE,
		e->utskrivning.nr != 0 ? e->utskrivning.at : INSTANT_NONE)};

	in.blocks = blocks;
	in.block_count = gather_blocks(e, s, blocks, &in.declined);
	gather_payers(e, s, &b);
	for (int i = 0; i < b.payer_count; i++) {
		struct payer *p = &b.payer[i];
		reckon(e, s, in, p);
		if (p->payment.from > now && p->payment.from < b.next_change)
			b.next_change = p->payment.from;
	}
	return b;
}
