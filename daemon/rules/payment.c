/* Betalningsansvar for one payer; see payment.h. */
#include "payment.h"

#include <stdbool.h>

const struct payment_policy payment_policy_default = {
    .days = F1_DAYS,
    .cutoff_s = F1_CUTOFF_S,
    .late_admission = PAYMENT_LATE_CONTESTED,
    .late_kallelse = PAYMENT_LATE_CONTESTED,
    .kallelse_start = PAYMENT_NOT_BEFORE_KALLELSE,
    .sent_at_lag_max_us = 15 * MINUTE,
    .block_after = PAYMENT_BLOCK_CONTESTED,
    .discharge_day = PAYMENT_DISCHARGE_DAY_FREE,
};

/* What the rules have said so far; the worst of it becomes the standing. */
struct finding {
	unsigned grounds;
	bool missing;  /* something that F2 asks for */
	bool blocked;  /* F3: still */
	bool declined; /* F8: still */
	bool contested;
	bool void_; /* by policy */
};

static void
late_found(struct finding *finding, enum payment_ground ground, enum payment_late policy)
{
	finding->grounds |= ground;
	switch (policy) {
	case PAYMENT_LATE_CONTESTED:
		finding->contested = true;
		break;
	case PAYMENT_LATE_VOID:
		finding->void_ = true;
		break;
	case PAYMENT_LATE_IGNORE:
		break;
	}
}

/*
 * F9: which instant the ready notice is reckoned from, and whether its sent_at is to be believed.
 */
static instant
klar_counted(
    const struct payment_input *input, const struct payment_policy *policy, struct finding *finding)
{
	if (input->klar_arrived_at != INSTANT_NONE && input->klar_record == PAYMENT_NO_RECORD &&
	    input->klar_arrived_at - input->klar_sent_at > policy->sent_at_lag_max_us) {
		finding->grounds |= PAYMENT_GROUND_SENT_AT_LAG;
		finding->contested = true;
	}
	if (input->klar_counts_from == INSTANT_NONE ||
	    input->klar_counts_from <= input->klar_sent_at)
		return input->klar_sent_at;
	finding->grounds |= PAYMENT_GROUND_KLAR_COUNTED_LATER;
	return input->klar_counts_from;
}

/* F2: the payer must have had the inskrivningsmeddelande, and all its units the ready notice. */
static void
notices_judged(
    const struct payment_input *input, const struct payment_policy *policy, struct finding *finding)
{
	if (input->inskrivningsmeddelande_at == INSTANT_NONE) {
		finding->grounds |= PAYMENT_GROUND_NO_ADMISSION;
		finding->missing = true;
	} else if (input->inskrivningsmeddelande_due != INSTANT_NONE &&
		   input->inskrivningsmeddelande_at > input->inskrivningsmeddelande_due) {
		late_found(finding, PAYMENT_GROUND_LATE_ADMISSION, policy->late_admission);
	}
	if (input->undanhallen) {
		finding->grounds |= PAYMENT_GROUND_UNDANHALLEN;
		finding->missing = true;
	}
	if (input->klar_missed) {
		finding->grounds |= PAYMENT_GROUND_KLAR_MISSED;
		finding->missing = true;
	}
}

/*
 * F2: where a SIP is to be held, the kallelse must have been sent; F8: and no day before it is
 * payable. What is asked for is asked at the start (payment_start).
 */
static instant
kallelse_judged(const struct payment_input *input, const struct payment_policy *policy,
    instant from, struct finding *finding)
{
	instant midnight;

	if (input->sip == PAYMENT_SIP_NOT_APPLICABLE) {
		finding->grounds |= PAYMENT_GROUND_SIP_NOT_APPLICABLE;
		return from;
	}
	if (input->kallelse_at == INSTANT_NONE) {
		finding->grounds |= PAYMENT_GROUND_NO_KALLELSE;
		finding->missing = true;
		return from;
	}
	if (input->kallelse_due != INSTANT_NONE && input->kallelse_at >= input->kallelse_due)
		late_found(finding, PAYMENT_GROUND_LATE_KALLELSE, policy->late_kallelse);
	midnight = calendar_midnight_after(input->kallelse_at, 0);
	if (policy->kallelse_start == PAYMENT_REGARDLESS_OF_KALLELSE || midnight <= from)
		return from;
	finding->grounds |= PAYMENT_GROUND_FROM_KALLELSE;
	return midnight;
}

/* F4: nobody pays for dates before those on which it is the payer. */
static instant
payer_judged(const struct payment_input *input, instant from, struct finding *finding)
{
	instant first = input->payer_from == INSTANT_NONE
			    ? INSTANT_NONE
			    : calendar_midnight_after(input->payer_from, 0);

	if (first <= from)
		return from;
	finding->grounds |= PAYMENT_GROUND_ANOTHERS_DATES;
	return first;
}

/*
 * F3: a start while the insatser are not there waits for the local date after they are. F8: so does
 * one while the patient declines them.
 */
static instant
blocks_judged(const struct payment_input *input, instant from, struct finding *finding)
{
	for (int i = 0; i < input->block_count; i++) {
		const struct payment_block *block = &input->blocks[i];
		bool avbojd = block->why == PAYMENT_AVBOJD;
		if (block->from > from || (block->to != INSTANT_NONE && block->to <= from))
			continue;
		finding->grounds |= avbojd ? PAYMENT_GROUND_AVBOJD : PAYMENT_GROUND_BLOCKED;
		if (block->to != INSTANT_NONE)
			from = calendar_midnight_after(block->to, 1);
		else if (avbojd)
			finding->declined = true;
		else
			finding->blocked = true;
	}
	return from;
}

/* Did the patient leave, or another become the payer, before a start? With something missing there
 * is none. */
static bool
over_before(const struct payment_input *input, instant from, struct finding *finding)
{
	bool waits = finding->missing || finding->blocked;
	instant payer_to = input->payer_to;

	if (input->utskriven_at != INSTANT_NONE && (waits || input->utskriven_at < from)) {
		finding->grounds |= PAYMENT_GROUND_LEFT_BEFORE;
		return true;
	}
	if (payer_to == INSTANT_NONE)
		return false;
	if (calendar_midnight_after(payer_to, 0) > from && !(waits && payer_to <= input->now))
		return false;
	finding->grounds |= PAYMENT_GROUND_ANOTHERS_DATES;
	return true;
}

/* The dates of a block are not payable; two blocks may share some. */
static void
pause(const struct payment_block *block, struct payment *payment)
{
	civil_date from = calendar_date(block->from), to = calendar_date(payment->last_day);
	int count = payment->pause_count;

	if (block->to != INSTANT_NONE && calendar_date(block->to) + 1 < to)
		to = calendar_date(block->to) + 1;
	if (count > 0 && payment->pause[count - 1].to > from)
		from = payment->pause[count - 1].to;
	if (from >= to)
		return;
	payment->pause[payment->pause_count++] = (struct payment_pause){from, to};
	payment->days -= to - from;
}

/* F3: what begins when the days are running already, by policy; F8: declined days never count. */
static void
block_after(const struct payment_block *block, const struct payment_policy *policy,
    struct payment *payment, struct finding *finding)
{
	if (block->why == PAYMENT_AVBOJD) {
		finding->grounds |= PAYMENT_GROUND_AVBOJD;
		pause(block, payment);
		if (block->to == INSTANT_NONE)
			payment->to = calendar_midnight_after(block->from, 0);
		return;
	}
	finding->grounds |= PAYMENT_GROUND_BLOCK_AFTER_START;
	switch (policy->block_after) {
	case PAYMENT_BLOCK_CONTESTED:
		finding->contested = true;
		break;
	case PAYMENT_BLOCK_IGNORE:
		break;
	case PAYMENT_BLOCK_PAUSE:
		pause(block, payment);
		break;
	}
}

/* F5, F4: the local dates from the start up to, not including, that of the end, as far as they are
 * this payer's. */
static void
count_days(const struct payment_input *input, const struct payment_policy *policy,
    struct payment *payment, struct finding *finding)
{
	instant end = input->now, payer_to = input->payer_to;

	if (input->utskriven_at != INSTANT_NONE) {
		bool counted = policy->discharge_day == PAYMENT_DISCHARGE_DAY_COUNTED;
		end = payment->to = calendar_midnight_after(input->utskriven_at, counted ? 1 : 0);
	}
	if (payer_to != INSTANT_NONE) {
		payer_to = calendar_midnight_after(payer_to, 0);
		if (payer_to < end) {
			finding->grounds |= PAYMENT_GROUND_ANOTHERS_DATES;
			end = payer_to;
		}
		if (payment->to == INSTANT_NONE || payer_to < payment->to)
			payment->to = payer_to;
	}
	if (end == INSTANT_NONE || end <= payment->from)
		return;
	payment->first_day = payment->from;
	payment->last_day = calendar_midnight_after(end, 0);
	payment->days = calendar_date(end) - calendar_date(payment->from);
	for (int i = 0; i < input->block_count && i < PAYMENT_BLOCKS_MAX; i++)
		if (input->blocks[i].from > payment->from && input->blocks[i].from < end)
			block_after(&input->blocks[i], policy, payment, finding);
}

static enum payment_standing
standing(const struct payment_input *input, const struct payment_policy *policy,
    struct payment *payment, struct finding *finding)
{
	if (over_before(input, payment->from, finding) || finding->void_ || finding->declined)
		return PAYMENT_NOT_APPLICABLE;
	if (finding->missing)
		return PAYMENT_NOT_YET;
	if (finding->blocked)
		return PAYMENT_BLOCKED;
	count_days(input, policy, payment, finding);
	return finding->contested ? PAYMENT_CONTESTED : PAYMENT_STARTS;
}

instant
payment_start(const struct payment_input *input, const struct payment_policy *policy)
{
	struct finding finding = {0};

	if (input->klar_sent_at == INSTANT_NONE)
		return INSTANT_NONE;
	instant from = calendar_betalningsansvar_from(
	    klar_counted(input, policy, &finding), policy->days, policy->cutoff_s);
	from = blocks_judged(input, payer_judged(input, from, &finding), &finding);
	return finding.blocked || finding.declined ? INSTANT_NEVER : from;
}

struct payment
payment_reckon(const struct payment_input *input, const struct payment_policy *policy)
{
	struct finding finding = {0};
	struct payment payment = {.standing = PAYMENT_NOT_APPLICABLE,
	    .from = INSTANT_NONE,
	    .to = INSTANT_NONE,
	    .from_as_sent = INSTANT_NONE,
	    .from_as_arrived = INSTANT_NONE,
	    .first_day = INSTANT_NONE,
	    .last_day = INSTANT_NONE};

	if (input->klar_sent_at == INSTANT_NONE) {
		payment.grounds = PAYMENT_GROUND_NO_KLAR;
		return payment;
	}
	payment.from_as_sent =
	    calendar_betalningsansvar_from(input->klar_sent_at, policy->days, policy->cutoff_s);
	payment.from_as_arrived = calendar_betalningsansvar_from(
	    instant_later(input->klar_arrived_at, input->klar_sent_at), policy->days,
	    policy->cutoff_s);
	payment.from = calendar_betalningsansvar_from(
	    klar_counted(input, policy, &finding), policy->days, policy->cutoff_s);
	notices_judged(input, policy, &finding);
	payment.from = kallelse_judged(input, policy, payment.from, &finding);
	payment.from = payer_judged(input, payment.from, &finding);
	payment.from = blocks_judged(input, payment.from, &finding);
	payment.standing = standing(input, policy, &payment, &finding);
	payment.grounds = finding.grounds;
	return payment;
}

int
payment_amount_known(int year)
{
	static const struct {
		int year, kronor;
	} amounts[] = {{2019, 7800}, {2020, 8200}, {2022, 9300}, {2023, 10500}};

	for (size_t i = 0; i < sizeof amounts / sizeof amounts[0]; i++)
		if (amounts[i].year == year)
			return amounts[i].kronor;
	return 0;
}

bool
payment_pays(const struct payment *p, civil_date date)
{
	if (p->days == 0 || date < calendar_date(p->first_day) ||
	    date >= calendar_date(p->last_day))
		return false;
	for (int i = 0; i < p->pause_count; i++)
		if (p->pause[i].from <= date && date < p->pause[i].to)
			return false;
	return true;
}

int64_t
payment_amount(const struct payment *p, int (*amount)(const void *arg, int year), const void *arg,
    int *missing)
{
	int64_t kronor = 0;

	if (p->days == 0)
		return 0;
	for (civil_date date = calendar_date(p->first_day); date < calendar_date(p->last_day);
	     date++) {
		if (!payment_pays(p, date))
			continue;
		int year = date_split(date).year;
		int a_day = amount(arg, year);
		if (a_day == 0) {
			*missing = year;
			return -1;
		}
		kronor += a_day;
	}
	return kronor;
}

struct payment_average
payment_average(const struct payment_pool *pool, enum payment_model model, int64_t threshold_days)
{
	struct payment_average average = {
	    .over_threshold = pool->days > threshold_days * pool->patients, .due = true};

	switch (model) {
	case PAYMENT_MODEL_DAYS:
		break;
	case PAYMENT_MODEL_AVERAGE:
		average.due = average.over_threshold;
		break;
	}
	return average;
}

int
payment_average_days(instant klar_at, instant utskriven_at)
{
	if (klar_at == INSTANT_NONE || utskriven_at == INSTANT_NONE || utskriven_at < klar_at)
		return -1;
	return calendar_date(utskriven_at) - calendar_date(klar_at);
}

const char *
payment_standing_word(enum payment_standing standing)
{
	switch (standing) {
	case PAYMENT_NOT_YET:
		return "not_yet";
	case PAYMENT_STARTS:
		return "starts";
	case PAYMENT_CONTESTED:
		return "contested";
	case PAYMENT_BLOCKED:
		return "blocked";
	case PAYMENT_NOT_APPLICABLE:
		return "not_applicable";
	}
	return "";
}

const char *
payment_ground_word(enum payment_ground ground)
{
	switch (ground) {
	case PAYMENT_GROUND_NO_KLAR:
		return "no_klar";
	case PAYMENT_GROUND_NO_ADMISSION:
		return "no_admission";
	case PAYMENT_GROUND_LATE_ADMISSION:
		return "late_admission";
	case PAYMENT_GROUND_NO_KALLELSE:
		return "no_kallelse";
	case PAYMENT_GROUND_LATE_KALLELSE:
		return "late_kallelse";
	case PAYMENT_GROUND_SIP_NOT_APPLICABLE:
		return "sip_not_applicable";
	case PAYMENT_GROUND_FROM_KALLELSE:
		return "from_kallelse";
	case PAYMENT_GROUND_KLAR_COUNTED_LATER:
		return "klar_counted_later";
	case PAYMENT_GROUND_SENT_AT_LAG:
		return "sent_at_lag";
	case PAYMENT_GROUND_LEFT_BEFORE:
		return "left_before";
	case PAYMENT_GROUND_BLOCKED:
		return "insatser_ej_tillgangliga";
	case PAYMENT_GROUND_BLOCK_AFTER_START:
		return "insatser_ej_tillgangliga_efter_start";
	case PAYMENT_GROUND_AVBOJD:
		return "insatser_avbojda";
	case PAYMENT_GROUND_UNDANHALLEN:
		return "undanhallen";
	case PAYMENT_GROUND_ANOTHERS_DATES:
		return "annan_betalare";
	case PAYMENT_GROUND_KLAR_MISSED:
		return "klar_ej_lamnad";
	}
	return "";
}
