/* Betalningsansvar of an episode; see betalning.h. */
#include "betalning.h"

#include "sip.h"

#include <stdlib.h>
#include <string.h>

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

/* One more word on who the payer is; what was said of dates from then on is said anew. */
static void
add_payer(struct betalning *b, kommun_kod payer, instant from_at)
{
	while (b->payer_count > 0 && b->payer[b->payer_count - 1].from_at >= from_at)
		b->payer_count--;
	struct payer *before = b->payer_count > 0 ? &b->payer[b->payer_count - 1] : NULL;
	if (before != NULL && before->kommun == payer) {
		before->to_at = INSTANT_NONE;
		return;
	}
	if (before != NULL)
		before->to_at = calendar_midnight_after(from_at, 0);
	b->payer[b->payer_count++] =
	    (struct payer){.kommun = payer, .from_at = from_at, .to_at = INSTANT_NONE};
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
	for (int i = 0; i < e->kommun_count; i++)
		add_payer(b, payer_or_none(e, s, e->kommun[i].kommun), e->kommun[i].from_at);
}

static bool
is_payers(const struct unit *u, kommun_kod payer)
{
	if (u == NULL || u->kommun != payer)
		return false;
	return u->slag == KOMMUNAL_HSL || u->slag == SOCIALTJANST || u->slag == EKONOMI;
}

/* What one payer's units have had. */
struct had {
	bool undocumented; /* F9: of one of them no downtime record says when it had the notice */
	bool klar;	   /* one of them at least was there when the ready notice came */
};

/* F2: the ready notice; who had left before it came is not asked. */
static void
gather_klar(
    const struct episode *e, const struct participant *p, struct payment_input *in, struct had *had)
{
	instant lamnad_at = episode_klar_lamnad_at(e, p);

	if (!p->active && p->ended_at != INSTANT_NONE && p->ended_at <= e->klar.recorded_at)
		return;
	had->klar = true;
	had->undocumented |= p->klar_lamnad_at == INSTANT_NONE;
	in->undanhallen |= p->undanhallen_nr == e->klar.nr;
	if (lamnad_at != INSTANT_NONE && lamnad_at > e->klar.recorded_at &&
	    lamnad_at > in->klar_counts_from)
		in->klar_counts_from = lamnad_at;
}

/*
 * F2, per payer (A10): the payer had the notice when its first unit had it, and the ready notice
 * when its last had it. What a unit had stays had when it leaves (A9, A11).
 */
static void
gather_units(const struct episode *e, const struct surroundings *s, kommun_kod payer,
    struct payment_input *in)
{
	struct had had = {0};
	int count = 0;

	for (int i = 0; i < e->participant_count; i++) {
		const struct participant *p = &e->participant[i];
		const struct unit *u = region_unit(s->region, p->unit);
		if (p->role != ROLE_MOTTAGARE || !is_payers(u, payer))
			continue;
		count++;
		in->inskrivningsmeddelande_at =
		    instant_earlier(in->inskrivningsmeddelande_at, p->received_at);
		/* One that a unit of the same kommun added later (A10) keeps nobody waiting. */
		if (e->klar.nr != 0 && !mottagare_is_forwarded(e, s->region, p))
			gather_klar(e, p, in, &had);
	}
	if (had.klar && !had.undocumented)
		in->klar_record = PAYMENT_DOWNTIME_RECORD;
	in->klar_missed = count > 0 && e->klar.nr != 0 && !had.klar;
}

/* F2: the kallelse to the payer's units, and the instant before which it was to be sent (D1). None
 * of them is one to be summoned: then that of the others is asked for. */
static void
gather_kallelser(const struct episode *e, const struct surroundings *s, kommun_kod payer,
    const struct sip_asked *asked, struct payment_input *in)
{
	bool summoned = false, any = false;

	for (int i = 0; i < e->participant_count; i++) {
		const struct participant *p = &e->participant[i];
		const struct unit *u = region_unit(s->region, p->unit);
		if (p->role != ROLE_MOTTAGARE || !is_payers(u, payer))
			continue;
		any = true;
		in->kallelse_at = instant_earlier(in->kallelse_at, p->kallelse_at[asked->round]);
		if (u->slag == EKONOMI || sip_is_struck(p, asked->round))
			continue;
		summoned = true;
		instant opened_at = sip_opened_at(e, p, asked);
		if (opened_at != INSTANT_NONE)
			in->kallelse_due = instant_earlier(
			    in->kallelse_due, calendar_kallelse_due(opened_at, D1_DAYS));
	}
	if (any && !summoned)
		in->kallelse_at =
		    instant_earlier(in->kallelse_at, e->sip_round[asked->round].kallelse_at);
	/* Held, or given up, without one: none is asked for from then on, and no day before it is
	 * payable (F8). */
	instant until = sip_asked_until(e, asked);
	if (until != INSTANT_NONE && (in->kallelse_at == INSTANT_NONE || in->kallelse_at > until)) {
		in->kallelse_at = until;
		in->kallelse_due = INSTANT_NONE;
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
	    .discharge_day = (enum payment_discharge_day)PAY(POLICY_PAY_DISCHARGE_DAY),
	    .sent_at_lag_max_us = PAY(POLICY_SENT_AT_LAG_MAX) * MINUTE,
	};
#undef PAY
}

/* F3, F8: is it a status of that kind? Only öppenvård has the insatser of F3; any unit may tell
 * that the patient declined. */
static bool
is_block(const struct unit *u, enum insatser_status_ord status, enum payment_block_why why)
{
	if (why == PAYMENT_AVBOJD)
		return status == INSATSER_AVBOJD;
	return unit_is_oppenvard(u) &&
	       (status == INSATSER_EJ_TILLGANGLIG || status == INSATSER_OKLART);
}

/* What one unit said, as blocks of one kind; what it said of the time from then on is said anew. */
static int
unit_blocks(const struct episode *e, const struct unit *u, enum payment_block_why why,
    struct payment_block out[static INSATSER_MAX])
{
	const struct participant *p = episode_participant_of(e, u->unit);
	int count = 0;

	for (int i = 0; i < e->insatser_count; i++) {
		const struct insatser *said = &e->insatser[i];
		if (said->unit != u->unit)
			continue;
		while (count > 0 && out[count - 1].from >= said->from_at)
			count--;
		bool is = is_block(u, said->status, why);
		bool on = count > 0 &&
			  (out[count - 1].to == INSTANT_NONE || out[count - 1].to > said->from_at);
		if (on)
			out[count - 1].to = is ? INSTANT_NONE : said->from_at;
		else if (is)
			out[count++] = (struct payment_block){said->from_at, INSTANT_NONE, why};
	}
	/* Who has left answers for no insatser any more. */
	if (count > 0 && out[count - 1].to == INSTANT_NONE && p != NULL && !p->active) {
		out[count - 1].to = p->ended_at;
		count -= out[count - 1].from >= p->ended_at; /* it never began */
	}
	return count;
}

static int
by_from(const void *a, const void *b)
{
	const struct payment_block *x = a, *y = b;

	if (x->from != y->from)
		return x->from < y->from ? -1 : 1;
	return (x->why > y->why) - (x->why < y->why);
}

/* Each word opens at most one block, of one kind. */
_Static_assert(PAYMENT_BLOCKS_MAX >= INSATSER_MAX, "room for a block of each word");

static int
gather_blocks(const struct episode *e, const struct surroundings *s,
    struct payment_block blocks[static PAYMENT_BLOCKS_MAX])
{
	int count = 0;

	for (int i = 0; i < e->insatser_count; i++) {
		const struct unit *u = region_unit(s->region, e->insatser[i].unit);
		bool first = u != NULL;
		for (int j = 0; j < i; j++)
			first &= e->insatser[j].unit != e->insatser[i].unit;
		for (int why = 0; first && why <= PAYMENT_AVBOJD; why++) {
			struct payment_block of_unit[INSATSER_MAX];
			int n = unit_blocks(e, u, (enum payment_block_why)why, of_unit);
			memcpy(&blocks[count], of_unit, (size_t)n * sizeof blocks[0]);
			count += n;
		}
	}
	qsort(blocks, (size_t)count, sizeof blocks[0], by_from);
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
gather(const struct episode *e, instant now)
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
	    .sip = PAYMENT_SIP_NOT_APPLICABLE,
	    .kallelse_at = INSTANT_NONE,
	    .kallelse_due = INSTANT_NONE,
	    .utskriven_at =
		instant_earlier(e->utskrivning.nr != 0 ? e->utskrivning.at : INSTANT_NONE,
		    e->avliden.nr != 0 ? e->avliden.at : INSTANT_NONE),
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
	    .to = INSTANT_NONE,
	    .from_as_sent = INSTANT_NONE,
	    .from_as_arrived = INSTANT_NONE,
	    .first_day = INSTANT_NONE,
	    .last_day = INSTANT_NONE};
	if (p->kommun == 0)
		return;
	in.payer_from = p->from_at;
	in.payer_to = p->to_at;
	gather_units(e, s, p->kommun, &in);
	struct sip_asked asked;
	if (sip_was_due(e, payment_start(&in, &policy), &asked)) {
		in.sip = PAYMENT_SIP_TO_BE_HELD;
		gather_kallelser(e, s, p->kommun, &asked, &in);
	}
	p->payment = payment_reckon(&in, &policy);
	p->payment.standing = standing_of(&p->payment, &policy);
	p->kronor = payment_amount(&p->payment, amount_of, &amounts, &p->missing);
}

static void
look_at(struct betalning *b, instant now, instant at)
{
	if (at > now && at < b->next_change)
		b->next_change = at;
}

struct betalning
betalning_reckon(const struct episode *e, const struct surroundings *s, instant now)
{
	struct payment_block blocks[PAYMENT_BLOCKS_MAX];
	struct payment_input in = gather(e, now);
	struct betalning b = {.next_change = INSTANT_NEVER,
	    .average_days = payment_average_days(
		episode_klar_at(e), e->utskrivning.nr != 0 ? e->utskrivning.at : INSTANT_NONE)};

	in.blocks = blocks;
	in.block_count = gather_blocks(e, s, blocks);
	gather_payers(e, s, &b);
	for (int i = 0; i < b.payer_count; i++) {
		struct payer *p = &b.payer[i];
		reckon(e, s, in, p);
		look_at(&b, now, p->payment.from);
		look_at(&b, now, p->payment.to);
		look_at(&b, now, p->to_at);
	}
	/* One that begins touches days that run then. */
	for (int i = 0; i < in.block_count; i++)
		look_at(&b, now, blocks[i].from + 1);
	return b;
}
