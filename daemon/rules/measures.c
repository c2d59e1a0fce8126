/* The measures of a stay; see measures.h. One function a measure. */
#include "measures.h"

#include "betalning.h"
#include "owed.h"
#include "sip.h"

#include <string.h>

#define EVENING_HOUR 17
#define MORNING_HOUR 8

static int32_t
month_of(civil_date date)
{
	struct date_parts p = date_split(date);

	return p.year * 100 + p.month;
}

/* A sender's clock may be behind: no time is less than none. */
static int32_t
minutes_between(instant from, instant to)
{
	if (from == INSTANT_NONE || to == INSTANT_NONE)
		return MEASURE_NONE;
	return to > from ? (int32_t)((to - from) / MINUTE) : 0;
}

/* Home, and not dead before; and others were told of the stay, or should have been. */
static bool
is_measured(const struct episode *e, instant now)
{
	bool asked = e->inskr.nr != 0 ||
		     (e->behovsbedomning.nr != 0 && e->behovsbedomning.behov_finns == BEHOV_JA);

	if (e->utskrivning.nr == 0 || e->utskrivning.at > now || !asked)
		return false;
	return e->avliden.nr == 0 || e->avliden.at > e->utskrivning.at;
}

static enum discharge_time
discharge_time(instant at)
{
	struct local_time local = calendar_local(at);

	if (!calendar_working_day(local.date))
		return DISCHARGE_DAY_OFF;
	return local.hour >= EVENING_HOUR || local.hour < MORNING_HOUR ? DISCHARGE_EVENING
								       : DISCHARGE_DAY;
}

static void
measure_notice(struct measure *row, const struct episode *e, instant received_at)
{
	instant due = episode_inskrivningsmeddelande_due(e);

	row->notice = received_at != INSTANT_NONE && received_at <= due ? FULFILLED : NOT_FULFILLED;
	row->notice_minutes = minutes_between(episode_inskriven_at(e), received_at);
}

/* The first kvittens of the inskrivningsmeddelande, in whichever version. */
static void
measure_kvittens(struct measure *row, const struct episode *e, const struct participant *p)
{
	const int32_t versions[] = {p->added_nr, e->inskr.first_nr, e->inskr.nr};
	instant first = p->kvitterat_version_at, at;

	for (size_t i = 0; i < sizeof versions / sizeof versions[0]; i++)
		if (participant_kvitterat(p, versions[i], &at) &&
		    (first == INSTANT_NONE || at < first))
			first = at;
	row->kvittens_minutes = minutes_between(p->received_at, first);
}

static void
measure_fvk(struct measure *row, const struct episode *e)
{
	row->fvk = fvk_at_discharge(e, row->unit) ? FULFILLED : NOT_FULFILLED;
	for (int i = 0; i < e->fvk_count; i++) {
		const struct fvk *slot = &e->fvk[i];
		if (slot->unit != row->unit)
			continue;
		row->fvk_changes = slot->changes;
		if (row->fvk == FULFILLED)
			row->fvk_lead_minutes =
			    minutes_between(slot->covered_from, e->utskrivning.at);
	}
}

/* D1 as it ran for a stay, before a SIP held or a death took it away. */
struct kallelser {
	const struct episode *e;
	struct sip_clock clock[SIP_CLOCKS_MAX];
	int count;
	enum fulfilment whole;
};

static enum fulfilment
kallelse_in_time(instant sent_at, instant due_before, instant now)
{
	if (sent_at == INSTANT_NONE)
		return now >= due_before ? NOT_FULFILLED : NOT_ASKED;
	return sent_at < due_before ? FULFILLED : NOT_FULFILLED;
}

static void
kallelser_reckon(
    struct kallelser *k, const struct episode *e, const struct surroundings *s, instant now)
{
	k->e = e;
	k->count = sip_clocks_asked(e, s, now, k->clock);
	k->whole = k->count > 0 ? FULFILLED : NOT_ASKED;
	for (int i = 0; i < k->count; i++) {
		const struct sip_clock *c = &k->clock[i];
		enum fulfilment one =
		    kallelse_in_time(c->fulfilled ? c->sent_at : INSTANT_NONE, c->due_before, now);
		if (k->whole == FULFILLED || one == NOT_FULFILLED)
			k->whole = one;
	}
}

static enum fulfilment
kallelse_of(
    const struct kallelser *k, const struct region *r, const struct participant *p, instant now)
{
	struct sip_clock clock = sip_clock_of(k->e, p, k->clock, k->count);

	if (k->count > 0 && p->unit == k->clock[0].unit)
		return k->whole;
	if (clock.ref == 0 || !sip_concerned(k->e, r, p))
		return NOT_ASKED;
	return kallelse_in_time(sip_asked_summoned_at(k->e, p), clock.due_before, now);
}

static void
measure_breaches(struct measure *row, const struct given *g)
{
	for (int i = 0; i < g->breach_count; i++) {
		const struct given_breach *b = &g->breaches[i];
		if (b->withdrawn_at == INSTANT_NONE && (row->unit == 0 || row->unit == b->unit))
			row->breaches[b->cause]++;
	}
}

static struct measure *
add_row(struct measures *m, unit_id unit)
{
	struct measure *row = &m->row[m->count++];

	row->unit = unit;
	row->notice_minutes = row->kvittens_minutes = row->fvk_lead_minutes = MEASURE_NONE;
	return row;
}

static void
measure_rows(struct measures *m, const struct episode *e, const struct surroundings *s,
    const struct given *g, instant now)
{
	struct kallelser k;
	struct measure *row = add_row(m, 0);

	kallelser_reckon(&k, e, s, now);
	measure_notice(row, e, e->inskr.nr != 0 ? e->inskr.first_recorded_at : INSTANT_NONE);
	row->kallelse = k.whole;
	measure_breaches(row, g);
	for (int i = 0; i < e->participant_count && e->inskr.nr != 0; i++) {
		const struct participant *p = &e->participant[i];
		const struct unit *u = region_unit(s->region, p->unit);
		if (!p->active || p->role != ROLE_MOTTAGARE || u == NULL)
			continue;
		row = add_row(m, p->unit);
		if (!mottagare_is_forwarded(
			e, s->region, p)) /* A10: its huvudman had it, by the unit that added it */
			measure_notice(row, e, p->mottog_at);
		measure_kvittens(row, e, p);
		if (unit_is_oppenvard(u))
			measure_fvk(row, e);
		row->kallelse = kallelse_of(&k, s->region, p, now);
		measure_breaches(row, g);
	}
}

/* The row of a payer and month, added if there is room; a payer may come again (F4). */
static struct measure_days *
days_row(struct measures *m, kommun_kod kommun, int32_t month)
{
	for (int i = 0; i < m->days_count; i++)
		if (m->days[i].kommun == kommun && m->days[i].month == month)
			return &m->days[i];
	if (m->days_count == MEASURE_MONTHS_MAX)
		return NULL;
	struct measure_days *row = &m->days[m->days_count++];
	row->kommun = kommun;
	row->month = month;
	return row;
}

static void
measure_day(struct measures *m, const struct episode *e, const struct surroundings *s,
    const struct payer *p, civil_date date)
{
	struct measure_days *row = days_row(m, p->kommun, month_of(date));
	int amount = betalning_amount(e, s, p->kommun, date_split(date).year);

	if (row == NULL)
		return;
	row->days++;
	row->contested_days += p->payment.standing == PAYMENT_CONTESTED;
	row->amount =
	    amount != 0 ? row->amount + amount : MEASURE_NONE; /* a month is of one year */
}

/* F4, F5: the days of each payer, each in its month. */
static void
measure_payer(struct measures *m, const struct episode *e, const struct surroundings *s,
    const struct payer *p)
{
	if (p->payment.days == 0)
		return;
	civil_date end = calendar_date(p->payment.last_day);
	for (civil_date date = calendar_date(p->payment.first_day); date < end; date++)
		if (payment_pays(&p->payment, date))
			measure_day(m, e, s, p, date);
}

static void
measure_days(struct measures *m, const struct episode *e, const struct surroundings *s, instant now)
{
	if (e->klar.nr == 0)
		return;
	struct betalning b = betalning_reckon(e, s, now);
	for (int i = 0; i < b.payer_count; i++)
		measure_payer(m, e, s, &b.payer[i]);
}

void
measure(const struct episode *e, const struct surroundings *s, const struct given *g, instant now,
    struct measures *m)
{
	memset(m, 0, sizeof *m);
	m->ready_days = MEASURE_NONE;
	m->hospital = episode_hospital(e);
	m->unprotected = e->inskr.skydd == SKYDD_NEJ;
	measure_days(m, e, s, now);
	if (!is_measured(e, now))
		return;
	m->month = month_of(calendar_date(e->utskrivning.at));
	m->kommun = e->inskr.placerande_kommun != 0 ? e->inskr.placerande_kommun
						    : e->inskr.folkbokforingskommun;
	m->ready_days = (int16_t)payment_average_days(episode_klar_at(e), e->utskrivning.at);
	m->psykiatrisk = e->inskr.nr != 0 && e->inskr.verksamhet == PSYKIATRISK;
	m->withdrawals = e->withdrawals;
	m->date_changes = e->date_changes;
	m->discharge = discharge_time(e->utskrivning.at);
	m->sip_held = sip_is_held(e);
	m->sip_followed_up = m->sip_held && e->sip.uppfoljning_nr != 0;
	m->patient = e->patient;
	m->inskriven_at = episode_inskriven_at(e);
	m->utskriven_at = e->utskrivning.at;
	measure_rows(m, e, s, g, now);
}

int32_t
measures_digest(const struct measures *m)
{
	const uint8_t *bytes = (const uint8_t *)m;
	uint32_t hash = 2166136261u ^ MEASURES_LAYOUT; /* FNV-1a */

	if (m->count == 0 && m->days_count == 0)
		return 0;
	for (size_t i = 0; i < sizeof *m; i++)
		hash = (hash ^ bytes[i]) * 16777619u;
	return hash != 0 ? (int32_t)hash : 1;
}
