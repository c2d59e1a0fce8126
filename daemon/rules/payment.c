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
};

/* What the rules have said so far; the worst of it becomes the standing. */
struct finding {
	unsigned grounds;
	bool missing; /* something that F2 asks for */
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

/* F2: the payer must have had the inskrivningsmeddelande. */
static void
admission_judged(
    const struct payment_input *input, const struct payment_policy *policy, struct finding *finding)
{
	if (input->inskrivningsmeddelande_at == INSTANT_NONE) {
		finding->grounds |= PAYMENT_GROUND_NO_ADMISSION;
		finding->missing = true;
	} else if (input->inskrivningsmeddelande_due != INSTANT_NONE &&
		   input->inskrivningsmeddelande_at > input->inskrivningsmeddelande_due) {
		late_found(finding, PAYMENT_GROUND_LATE_ADMISSION, policy->late_admission);
	}
}

/*
 * F2: where a SIP is to be held, the kallelse must have been sent; F8: and no day before it is
 * payable.
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

/* F5: the local dates from the start up to, not including, that of the end. */
static int
days_payable(instant from, instant end)
{
	if (end == INSTANT_NONE || end <= from)
		return 0;
	return calendar_date(end) - calendar_date(from);
}

struct payment
payment_reckon(const struct payment_input *input, const struct payment_policy *policy)
{
	bool left = input->utskriven_at != INSTANT_NONE;
	struct finding finding = {0};
	struct payment payment = {.standing = PAYMENT_NOT_APPLICABLE, .from = INSTANT_NONE};

	if (input->klar_sent_at == INSTANT_NONE) {
		payment.grounds = PAYMENT_GROUND_NO_KLAR;
		return payment;
	}
	payment.from = calendar_betalningsansvar_from(
	    klar_counted(input, policy, &finding), policy->days, policy->cutoff_s);
	admission_judged(input, policy, &finding);
	payment.from = kallelse_judged(input, policy, payment.from, &finding);
	/* Who leaves while something is missing has left before any start. */
	if (left && (finding.missing || input->utskriven_at < payment.from))
		finding.grounds |= PAYMENT_GROUND_LEFT_BEFORE;
	payment.grounds = finding.grounds;
	if (finding.void_ || finding.grounds & PAYMENT_GROUND_LEFT_BEFORE)
		return payment;
	if (finding.missing) {
		payment.standing = PAYMENT_NOT_YET;
		return payment;
	}
	payment.standing = finding.contested ? PAYMENT_CONTESTED : PAYMENT_STARTS;
	payment.days = days_payable(payment.from, left ? input->utskriven_at : input->now);
	return payment;
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
	}
	return "";
}
