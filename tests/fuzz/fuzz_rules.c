/*
 * libFuzzer target for the rules, aware of their structure: the bytes choose the policies and then
 * fact after fact of one stay, when each is sent and whether it comes late. Whatever the history:
 * what rules_driver.h checks after every turn (next_due lies ahead, planning again gives nothing,
 * no duty has two tasks, nobody is booked twice, nobody is told what is not theirs), and besides
 *
 *	- stepping fact by fact comes to the same as folding them all at once;
 *	- a state that is packed and unpacked is the same;
 *	- the numbers of tasks differ, and a task that is closed says when;
 *	- no unit of the region has an FVK named against B3.
 */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>

/* Here a check that fails ends the process, as libFuzzer wants it. */
#undef ck_abort_msg
#define ck_abort_msg(...) (fprintf(stderr, __VA_ARGS__), abort())

#include "tests/unit/rules_driver.h"

#include "daemon/rules/appoint.h"
#include "daemon/rules/betalning.h"
#include "daemon/rules/patientinformation.h"

#define FACTS_MAX 24 /* of one input */
#define MAY_4 "2026-05-04T"

int LLVMFuzzerTestOneInput(const uint8_t *input, size_t size);

/* The choices that are left; 0 when there are none. */
struct choices {
	const uint8_t *at, *end;
};

static unsigned
choose(struct choices *c, unsigned of)
{
	return c->at < c->end ? *c->at++ % of : 0;
}

static unit_id
choose_unit(struct choices *c)
{
	return (unit_id[]){VC, KB, KH, PSYK, VC2}[choose(c, 5)];
}

/* The ward, one time of five. */
static unit_id
choose_sender(struct choices *c)
{
	return choose(c, 5) == 4 ? H : choose_unit(c);
}

static const char *
later(struct choices *c, instant now)
{
	return at_text(now + (instant)choose(c, 240) * HOUR);
}

static const char *
earlier(struct choices *c, instant now)
{
	return at_text(now - (instant)choose(c, 60) * HOUR);
}

/* ---- Facts ---- */

/* What is drawn: a fact that is sent at `now`, t as text. */
typedef struct fact draw(struct choices *c, const struct drive *d, instant now, const char *t);

static struct fact
draw_version(struct choices *c, const struct drive *d, instant now, const char *t)
{
	(void)d;
	struct fact f = fact_inskrivningsmeddelande(t, MAY_4 "02:00:00+02:00", later(c, now));
	struct fact_inskrivningsmeddelande *m = &f.inskrivningsmeddelande;

	m->behov = (uint8_t)choose(c, 1 << BEHOV_COUNT);
	m->livshotande = choose(c, 4) == 3;
	m->skydd = choose(c, 8) == 7 ? SKYDD_SEKRETESSMARKERING : SKYDD_NEJ;
	m->onskad = choose(c, 4) == 3 ? BO : NOBODY;
	m->ej_onskad = choose(c, 4) == 3 ? ANNA : NOBODY;
	if (choose(c, 3) == 2)
		fact_mottagare_add(&f, PSYK);
	if (choose(c, 3) == 2)
		fact_mottagare_add(&f, KH);
	return f;
}

static struct fact
draw_inskrivning(struct choices *c, const struct drive *d, instant now, const char *t)
{
	(void)d;
	return choose(c, 2) ? fact_inskrivning(t, earlier(c, now))
			    : fact_behovsbedomning(t, (enum behov_finns)choose(c, 2), t);
}

static struct fact
draw_beraknad(struct choices *c, const struct drive *d, instant now, const char *t)
{
	(void)d;
	return fact_ny_beraknad(t, later(c, now));
}

static struct fact
draw_klar(struct choices *c, const struct drive *d, instant now, const char *t)
{
	struct fact f = fact_utskrivningsklar(t);
	struct fact_utskrivningsklar *m = &f.utskrivningsklar;

	(void)d;
	(void)now;
	if (choose(c, 4) == 3)
		return fact_at(EJ_LANGRE_UTSKRIVNINGSKLAR, t);
	m->behov_given = choose(c, 3) == 2;
	m->behov = m->behov_given ? (uint8_t)choose(c, 1 << BEHOV_COUNT) : 0;
	m->tvangsvard_given = choose(c, 6) == 5;
	m->oppen_tvangsvard = m->tvangsvard_given ? TVANGSVARD_OPT : TVANGSVARD_INGEN;
	if (choose(c, 6) == 5)
		m->undanhallen[m->undanhallen_count++] = choose_unit(c);
	return f;
}

static struct fact
draw_utskrivning(struct choices *c, const struct drive *d, instant now, const char *t)
{
	(void)d;
	return choose(c, 4) == 3 ? fact_utskrivning(t, earlier(c, now)) : fact_utskrivning(t, t);
}

static struct fact
draw_at(struct choices *c, const struct drive *d, instant now, const char *t)
{
	(void)d;
	(void)now;
	if (choose(c, 8) == 7)
		return fact_at(AVLIDEN, t);
	return fact_at(choose(c, 2) ? UTSKRIVNINGSINFORMATION : PATIENTINFORMATION, t);
}

static struct fact
draw_tvangsvard(struct choices *c, const struct drive *d, instant now, const char *t)
{
	bool on = choose(c, 2) == 1;

	(void)d;
	if (choose(c, 4) == 3)
		return fact_vardplan_justerad(t, choose_unit(c));
	return fact_vardform_andrad(t, on ? VARDFORM_LPT : VARDFORM_HSL,
	    on ? TVANGSVARD_OPT : TVANGSVARD_INGEN, earlier(c, now));
}

static struct fact
draw_ward(struct choices *c, const struct drive *d, instant now, const char *t)
{
	(void)d;
	if (choose(c, 3) == 2)
		return fact_overflyttning(t, choose(c, 2) ? H2 : H);
	if (choose(c, 2))
		return fact_permission(t, t, later(c, now));
	return fact_flyttad(t, choose(c, 2) ? TEST_KOMMUN_2 : TEST_KOMMUN, earlier(c, now));
}

static struct fact
draw_mottagare(struct choices *c, const struct drive *d, instant now, const char *t)
{
	(void)d;
	(void)now;
	switch (choose(c, 5)) {
	case 0:
		return fact_tillagd(t, H, choose_unit(c));
	case 1:
		return fact_borttagen(t, H, choose_unit(c));
	case 2:
		return fact_of(EJ_BERORD, choose_unit(c), t);
	case 3:
		return fact_vidarebefordrad(t, choose_unit(c), choose_unit(c));
	default:
		return fact_avvisning(t, choose_unit(c),
		    (enum avvisning_orsak)choose(c, AVVISNING_ORSAK_COUNT),
		    choose(c, 2) ? choose_unit(c) : NO_UNIT);
	}
}

static struct fact
draw_samtycke(struct choices *c, const struct drive *d, instant now, const char *t)
{
	struct fact f =
	    fact_samtycke(t, (enum samtycke_omfattning)choose(c, SAMTYCKE_OMFATTNING_COUNT),
		(enum samtycke_status)choose(c, SAMTYCKE_STATUS_COUNT));

	(void)d;
	if (choose(c, 4) == 3)
		f.samtycke.at = at(earlier(c, now));
	return f;
}

static struct fact
draw_sip_behov(struct choices *c, const struct drive *d, instant now, const char *t)
{
	(void)d;
	(void)now;
	return fact_sip_behov(
	    t, choose_sender(c), (enum sip_behov_art)choose(c, SIP_BEHOV_ART_COUNT));
}

static struct fact
draw_kallelse(struct choices *c, const struct drive *d, instant now, const char *t)
{
	static const enum kallelse_atgard verbs[] = {
	    KALLELSE_SKICKA, KALLELSE_SKICKA, KALLELSE_OMBOKA, KALLELSE_AVBOKA};
	struct fact f = fact_kallelse(t, VC, verbs[choose(c, 4)], ANNA);
	struct fact_sip_kallelse *m = &f.sip_kallelse;
	unsigned who = choose(c, 8);

	(void)d;
	m->kallade_count = 0;
	for (unsigned i = 0; i < 3; i++)
		if (m->atgard != KALLELSE_AVBOKA && (who >> i & 1) != 0)
			m->kallade[m->kallade_count++] = (unit_id[]){KB, KH, PSYK}[i];
	if (m->atgard != KALLELSE_AVBOKA && choose(c, 6) != 5)
		m->mote = mote_at(later(c, now));
	if (choose(c, 5) == 4) {
		f.source = PSYK;
		m->skickad_av = KIM;
	}
	if (choose(c, 8) == 7)
		m->at = at(earlier(c, now));
	return f;
}

static struct fact
draw_svar(struct choices *c, const struct drive *d, instant now, const char *t)
{
	(void)d;
	(void)now;
	return fact_kallelse_svar(
	    t, choose_unit(c), (enum kallelse_svar_ord)choose(c, KALLELSE_SVAR_COUNT));
}

static struct fact
draw_sip(struct choices *c, const struct drive *d, instant now, const char *t)
{
	(void)d;
	if (choose(c, 4) == 3)
		return fact_sip_uppfoljning(t, choose_unit(c), choose(c, 2) ? later(c, now) : NULL);
	struct fact f = fact_sip(t, choose_unit(c), (enum sip_utfall)choose(c, SIP_UTFALL_COUNT),
	    choose(c, 2) ? later(c, now) : NULL);
	if (choose(c, 2))
		f.sip.hallen_at = at(earlier(c, now));
	return f;
}

static struct fact
draw_fvk(struct choices *c, const struct drive *d, instant now, const char *t)
{
	(void)d;
	(void)now;
	enum fvk_atgard verb =
	    (enum fvk_atgard[]){FVK_UTSE, FVK_BEKRAFTA, FVK_BYT, FVK_AVSLUTA}[choose(c, 4)];
	struct fact f = choose(c, 4) == 3
			    ? fact_fvk(t, verb, PSYK, choose(c, 2) ? KIM : YLVA)
			    : fact_fvk(t, verb, VC, (staff_id[]){ANNA, BO, DOKTOR}[choose(c, 3)]);

	if (choose(c, 6) == 5)
		f.fast_vardkontakt.omprovas_at = at(later(c, now));
	return f;
}

static struct fact
draw_insatser(struct choices *c, const struct drive *d, instant now, const char *t)
{
	(void)d;
	(void)now;
	return fact_insatser(
	    t, choose_unit(c), (enum insatser_status_ord)choose(c, INSATSER_STATUS_COUNT));
}

/* Of a message that came, or of one that never did. */
static struct fact
draw_kvittens(struct choices *c, const struct drive *d, instant now, const char *t)
{
	struct fact f = fact_kvittens(t, choose_unit(c), 0);

	(void)now;
	snprintf(f.kvittens.message_id, sizeof f.kvittens.message_id, "m%u",
	    1 + choose(c, (unsigned)d->history_count + 2));
	return f;
}

/* By its sender. */
static struct fact
draw_makulering(struct choices *c, const struct drive *d, instant now, const char *t)
{
	unsigned nr = 1 + choose(c, (unsigned)d->history_count + 1);
	char id[MESSAGE_ID_MAX + 1];
	unit_id source = H;

	(void)now;
	for (int i = 0; i < d->history_count; i++)
		if (d->history[i].fact.nr == (int32_t)nr && d->history[i].fact.source != 0)
			source = d->history[i].fact.source;
	snprintf(id, sizeof id, "m%u", nr);
	return fact_makulering(t, source, id);
}

static draw *const draws[] = {draw_version, draw_inskrivning, draw_beraknad, draw_klar, draw_klar,
    draw_utskrivning, draw_at, draw_tvangsvard, draw_ward, draw_mottagare, draw_mottagare,
    draw_samtycke, draw_sip_behov, draw_sip_behov, draw_kallelse, draw_kallelse, draw_svar,
    draw_sip, draw_sip, draw_fvk, draw_fvk, draw_insatser, draw_kvittens, draw_makulering};

/* ---- What must always hold ---- */

/*
 * The parts of a state that are set member by member. What lies between is copied as a whole, with
 * whatever lay between its members: of that, only what can be compared is.
 */
#define PART(from, to) \
	{ \
		offsetof(struct episode, from), offsetof(struct episode, to) \
	}
static const struct part {
	size_t from, to;
} parts[] = {PART(last_nr, sip_run), PART(sip_wanted, sip_round), PART(kallelse, sip),
    PART(utebliven, kontakt), PART(participant_count, unresolved)};

static bool
same_sip(const struct held_sip *a, const struct held_sip *b)
{
	return a->nr == b->nr && a->unit == b->unit && a->hallen_at == b->hallen_at &&
	       a->told_at == b->told_at && a->saknas == b->saknas &&
	       a->uppfoljning_at == b->uppfoljning_at && a->uppfoljd_at == b->uppfoljd_at &&
	       a->avslutad == b->avslutad;
}

static bool
same_state(const struct episode *a, const struct episode *b)
{
	for (int i = 0; i < ROWS(parts); i++)
		if (memcmp((const char *)a + parts[i].from, (const char *)b + parts[i].from,
			parts[i].to - parts[i].from) != 0)
			return false;
	for (int i = 0; i < SIP_RUNS_MAX; i++)
		if (a->sip_run[i].nr != b->sip_run[i].nr ||
		    a->sip_run[i].from_at != b->sip_run[i].from_at ||
		    a->sip_run[i].to_at != b->sip_run[i].to_at)
			return false;
	for (int i = 0; i < SIP_ROUNDS_MAX; i++)
		if (a->sip_round[i].nr != b->sip_round[i].nr ||
		    a->sip_round[i].kallelse_at != b->sip_round[i].kallelse_at)
			return false;
	return same_sip(&a->sip, &b->sip) && same_sip(&a->sip_before, &b->sip_before) &&
	       a->mote.start_at == b->mote.start_at;
}

static void
check_same_folded(const struct drive *d)
{
	static struct history copy[DRIVE_FACTS_MAX];
	static struct episode folded;

	memcpy(copy, d->history, sizeof *copy * (size_t)d->history_count);
	episode_fold(&folded, copy, d->history_count, 0);
	expect(same_state(&folded, &d->state), "stepped is not as folded\n");
}

static void
check_same_packed(const struct drive *d)
{
	static struct episode back;
	size_t len;
	uint8_t *bytes = episode_pack(&d->state, &len);

	expect(episode_unpack(&back, bytes, len), "what was packed is not unpacked\n");
	expect(memcmp(&back, &d->state, sizeof back) == 0, "packed and unpacked is another\n");
	free(bytes);
}

static void
check_tasks(const struct drive *d)
{
	const struct given_task *t = d->given.tasks;

	for (int i = 0; i < d->given.task_count; i++) {
		expect((t[i].status == TASK_OPEN) == (t[i].closed_at == INSTANT_NONE),
		    "a task %s is closed and has no time, or the other way\n",
		    task_status_word(t[i].status));
		for (int k = 0; k < i; k++)
			expect(t[i].nr != t[k].nr, "two tasks have number %d\n", t[i].nr);
	}
}

/* B3: of the facts from `first` on, who was named when it was known that life is threatened. */
static void
check_b3(const struct drive *d, int first)
{
	for (int i = first; i < d->history_count; i++) {
		const struct fact *f = &d->history[i].fact;
		const struct fact_fast_vardkontakt *m = &f->fast_vardkontakt;
		if (f->type != FAST_VARDKONTAKT || m->atgard == FVK_AVSLUTA ||
		    !d->state.inskr.livshotande || f->recorded_at <= d->state.inskr.livshotande_at)
			continue;
		const struct unit *u = region_unit(d->region, m->unit);
		const struct staff *s = region_staff(d->region, m->staff);
		const struct fvk *slot = episode_fvk(&d->state, m->unit);
		bool counts = slot != NULL && (slot->nr == f->nr || slot->forslag_nr == f->nr);
		expect(!counts || u == NULL || !unit_is_oppenvard(u) ||
			   (s != NULL && appoint_is_physician(s)),
		    "%d is the FVK of unit %d, or proposed, against B3\n", m->staff, m->unit);
	}
}

static void
check_texts(const struct drive *d)
{
	struct surroundings s = drive_surroundings(d);
	struct betalning b = betalning_reckon(&d->state, &s, d->now);
	struct writer w = {0};

	for (int i = 0; i < b.payer_count; i++)
		expect(payment_standing_word(b.payer[i].payment.standing) != NULL, "no word\n");
	patientinformation_write(&d->state, NULL, d->region, d->now, &w);
	free(w.text);
}

/* ---- A history ---- */

static struct region *
draw_region(struct choices *c)
{
	struct region *r = test_region();

	test_neighbours_add(r);
	test_policy_add(r, POLICY_FVK_MODE, 0, choose(c, 3));
	test_policy_add(r, POLICY_SIP_MODE, 0, choose(c, 3));
	test_policy_add(r, POLICY_KALLELSE_BY, 0, choose(c, 3));
	if (choose(c, 3) == 2)
		test_absence_add(r, ANNA, "2026-05-06T00:00:00+02:00",
		    choose(c, 2) ? "2026-06-20T00:00:00+02:00" : NULL, NOBODY);
	return r;
}

static void
turn(struct drive *d, struct choices *c, instant now)
{
	int before = d->history_count;
	instant sent = choose(c, 5) == 4 ? now - (instant)choose(c, 90) * HOUR : now;
	char t[INSTANT_TEXT_MAX];

	drive_until_instant(d, now);
	instant_format(sent, t);
	struct fact f = draws[choose(c, ROWS(draws))](c, d, sent, t);
	f.recorded_at = now;
	drive(d, f);
	check_same_folded(d);
	check_same_packed(d);
	check_tasks(d);
	check_b3(d, before);
	check_texts(d);
}

int
LLVMFuzzerTestOneInput(const uint8_t *input, size_t size)
{
	struct choices c = {input, input + size};
	struct region *region = draw_region(&c);
	struct drive *d = drive_new(region, 1);
	instant now = at(MAY_4 "09:00:00+02:00");

	for (int i = 0; i < FACTS_MAX && c.at < c.end; i++) {
		turn(d, &c, now);
		now += (instant)choose(&c, 48) * HOUR + (instant)choose(&c, 60) * MINUTE;
	}
	drive_free(d);
	test_region_free(region);
	return 0;
}
