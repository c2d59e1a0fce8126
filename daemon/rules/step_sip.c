/*
 * The SIP: consent, need, kallelse, booked time, meeting, follow-up; and what a stay takes over
 * from the one before (D0-D11, G2).
 */
#include "step.h"

#include "calendar.h"
#include "sip.h"

#include <string.h>

struct sip_round
sip_round_none(void)
{
	return (struct sip_round){.begins_at = INSTANT_NONE, .kallelse_at = INSTANT_NONE};
}

/* D11: of that round. */
static void
mark_struck(struct participant *p, int round, bool struck)
{
	p->struken_rounds =
	    (uint8_t)((p->struken_rounds & ~(1u << round)) | (unsigned)struck << round);
}

/* What is summoned to from here on is another SIP. Whom the patient struck is struck, until a
 * person summons it, or it wishes for another than it was struck from (D11). */
static void
begin_round(struct episode *e, instant begins_at, bool refused, int32_t nr)
{
	int before = e->sip_round_nr;

	if (e->sip_round_nr < SIP_ROUNDS_MAX - 1)
		e->sip_round_nr++;
	e->sip_round[e->sip_round_nr] = sip_round_none();
	e->sip_round[e->sip_round_nr].begins_at = begins_at;
	e->sip_round[e->sip_round_nr].refused = refused;
	e->sip_round[e->sip_round_nr].nr = nr;
	for (int i = 0; i < e->participant_count; i++) {
		struct participant *p = &e->participant[i];
		p->kallelse_at[e->sip_round_nr] = INSTANT_NONE;
		mark_struck(p, e->sip_round_nr, sip_is_struck(p, before));
	}
}

/* D7: the SIP that ended the round before was not held after all: that goes on. */
static void
resume_round(struct episode *e)
{
	int now = e->sip_round_nr;

	if (now == 0 || e->sip_round[now].refused)
		return;
	for (int i = 0; i < e->participant_count; i++) {
		struct participant *p = &e->participant[i];
		p->kallelse_at[now - 1] =
		    instant_earlier(p->kallelse_at[now - 1], p->kallelse_at[now]);
		if (sip_is_struck(p, now))
			mark_struck(p, now - 1, true);
	}
	e->sip_round[now - 1].kallelse_at =
	    instant_earlier(e->sip_round[now - 1].kallelse_at, e->sip_round[now].kallelse_at);
	e->sip_round_nr--;
}

static void
free_time(struct episode *e)
{
	e->bokning.status = BOKNING_NONE;
	e->mote.start_at = e->mote.end_at = INSTANT_NONE;
}

/* D3, C6: no SIP from `at` on: another round. What was summoned to is off, and the booked time is
 * given back; a meeting that was before that is not cancelled. */
void
bar_sip(struct episode *e, instant at, const struct fact *f)
{
	bool over = e->mote.start_at != INSTANT_NONE && e->mote.start_at <= at;

	if (sip_is_summoned(e) && !over) {
		for (int i = 0; i < e->participant_count; i++) {
			e->participant[i].kallad_nr = 0;
			e->participant[i].kallad_at = INSTANT_NONE;
		}
		e->kallelse.nr = 0;
	}
	if (e->sip_round[e->sip_round_nr].kallelse_at != INSTANT_NONE)
		begin_round(e, at, true, f->nr);
	if (!over || sip_is_summoned(e))
		free_time(e);
}

void
set_samtycke(struct episode *e, enum samtycke_omfattning scope, enum samtycke_status status,
    instant at, const struct fact *f)
{
	struct samtycke *s = &e->samtycke[scope];
	bool was_refused = sip_is_refusal(s->status), refused = sip_is_refusal(status);

	if (scope == SAMTYCKE_SIP && was_refused && !refused)
		s->given_at = at;
	if (scope == SAMTYCKE_SIP && refused && !was_refused)
		s->refused_at = at;
	if (scope == SAMTYCKE_SIP && refused && (!was_refused || f->nr < s->refused_nr)) {
		s->refused_nr = f->nr;
		s->known_at = at;
	}
	s->status = status;
	s->nr = f->nr;
	s->at = at;
	if (scope == SAMTYCKE_SIP && refused && !was_refused)
		bar_sip(e, at, f);
}

/* What was said in a message of its own stands until a version says another than the version
 * before. */
void
version_samtycke(struct episode *e, const struct fact *f)
{
	const enum samtycke_status *said = f->inskrivningsmeddelande.samtycke;

	for (int i = 0; i < SAMTYCKE_OMFATTNING_COUNT; i++) {
		const struct samtycke *s = &e->samtycke[i];
		bool news = e->inskr.nr == 0 || said[i] != e->inskr.samtycke[i];
		if (s->nr == 0 || (news && said[i] != s->status))
			set_samtycke(e, i, said[i], f->sent_at, f);
		e->inskr.samtycke[i] = said[i];
	}
}

void
settle_sip_behov(struct episode *e)
{
	const struct participant *p = sip_word_since(e, INSTANT_NONE);

	e->sip_behov.nr = p != NULL ? p->sip_behov_nr : 0;
	e->sip_behov.art = p != NULL ? p->sip_behov : 0;
	e->sip_behov.unit = p != NULL ? p->unit : 0;
}

/* C6: an end that is told beforehand bars until then; NONE: it never began. */
static instant
bar_ends_at(const struct episode *e)
{
	return e->tvangsvard.oppen_at != INSTANT_NONE ? e->tvangsvard.slut_at : INSTANT_NONE;
}

void
note_sip_wanted(struct episode *e, const struct fact *f)
{
	if (!sip_is_wanted(e)) {
		e->sip_wanted.nr = 0;
		e->sip_wanted.from_at = INSTANT_NONE;
	} else if (e->sip_wanted.nr == 0) {
		e->sip_wanted.nr = f->nr;
		e->sip_wanted.from_at = instant_later(episode_place(f), bar_ends_at(e));
	}
}

/* Of the words for another SIP than the one that was held, the one that was recorded first, as the
 * beginning of a run; nr 0: there is none. */
static struct sip_run
first_wish(const struct episode *e)
{
	struct sip_run first = {.nr = 0};

	for (int i = 0; i < e->participant_count; i++) {
		const struct participant *p = &e->participant[i];
		if (sip_word_weight(p) == 0 || !sip_wishes(e, p))
			continue;
		if (first.nr == 0 || p->sip_behov_first_recorded_at < first.since_at) {
			first.nr = p->sip_behov_first_nr;
			first.since_at = p->sip_behov_first_recorded_at;
		}
	}
	return first;
}

/* Since when the run that begins with f, of the round, is due: as it was if it goes on (D7: the SIP
 * was not held after all); of a SIP that is told late, from the word for another meanwhile. */
static struct sip_run
run_since(const struct episode *e, const struct episode *known, const struct fact *f, instant round)
{
	const struct sip_run *next = NULL;

	for (int i = e->sip_run_count - 1; i >= 0; i--) {
		const struct sip_run *run = &e->sip_run[i];
		if (run->to_at != (next != NULL ? next->from_at : f->recorded_at))
			break;
		if (run->round == round)
			return *run;
		next = run;
	}
	if (next != NULL && known->sip_round[known->sip_round_nr].refused)
		return e->sip_run[e->sip_run_count - 1]; /* a kallelse before the no came late */
	if (f->type == SIP && next != NULL && sip_is_called_for(known)) {
		struct sip_run wish = first_wish(known);
		if (wish.nr != 0)
			return wish;
	}
	return (struct sip_run){
	    .nr = f->nr, .since_at = instant_later(f->recorded_at, bar_ends_at(known))};
}

void
note_sip_run(struct episode *e, const struct episode *known, const struct fact *f)
{
	struct sip_run *last = e->sip_run_count > 0 ? &e->sip_run[e->sip_run_count - 1] : NULL;
	bool runs = last != NULL && last->to_at == INSTANT_NONE, wanted = sip_is_wanted(known);
	int nr = known->sip_round_nr;
	instant round =
	    sip_round_name(&known->sip_round[sip_is_called_for(known) || nr == 0 ? nr : nr - 1]);

	/* D7: one that was held, and that nobody asked for, is none that is asked for. */
	if (wanted == runs && (!wanted || last->round == round || !sip_is_called_for(known)))
		return;
	if (runs)
		last->to_at = instant_later(f->recorded_at, last->from_at);
	if (!wanted)
		return;
	struct sip_run run = run_since(e, known, f, round);
	run.from_at = instant_later(f->recorded_at, bar_ends_at(known));
	run.to_at = INSTANT_NONE;
	run.round = round;
	if (e->sip_run_count == SIP_RUNS_MAX)
		e->sip_run_count--;
	e->sip_run[e->sip_run_count++] = run;
}

enum outcome
step_sip_behov(struct episode *e, const struct fact *f)
{
	struct participant *p = participant_row(e, f->source);

	if (p == NULL)
		return OUTCOME_FOR_MANGA;
	if (e->own_file) /* D10: whoever wishes for one */
		name_participant(e, f->source, ROLE_MOTTAGARE, f);
	bool wants = sip_wants(f->sip_behov.behov);
	bool again =
	    p->sip_behov_nr != 0 && p->sip_behov_at > e->sip.at && sip_wants(p->sip_behov) == wants;
	if (wants && p->struken_at < e->sip_round[e->sip_round_nr].begins_at)
		mark_struck(p, e->sip_round_nr, false);
	if (!again) {
		p->sip_behov_first_nr = f->nr;
		p->sip_behov_first_at = f->sent_at;
		p->sip_behov_first_recorded_at = f->recorded_at;
	} else if (f->recorded_at < p->sip_behov_first_recorded_at) {
		p->sip_behov_first_recorded_at = f->recorded_at;
	}
	p->sip_behov_nr = f->nr;
	p->sip_behov = f->sip_behov.behov;
	p->sip_behov_at = f->sent_at;
	return OUTCOME_APPLIED;
}

/* The round in which something was said, at most that one. */
static int
round_at(const struct episode *e, instant at, int nr)
{
	while (nr > 0 && at < e->sip_round[nr].begins_at)
		nr--;
	return nr;
}

/* D1, D2: the first in its round, at most that one, is what fulfils it. */
static void
note_kallelse(struct episode *e, struct participant *p, instant at, int nr)
{
	nr = round_at(e, at, nr); /* it may be told late */
	e->sip_round[nr].kallelse_at = instant_earlier(e->sip_round[nr].kallelse_at, at);
	if (p != NULL)
		p->kallelse_at[nr] = instant_earlier(p->kallelse_at[nr], at);
}

static void
summon(struct episode *e, unit_id unit, const struct fact *f)
{
	struct participant *p = episode_participant(e, unit);
	if (e->own_file) /* D10: the kallelse is what brings them together */
		p = name_participant(e, unit, ROLE_MOTTAGARE, f);
	if (p == NULL)
		return;
	mark_struck(p, e->sip_round_nr, false);
	note_kallelse(e, p, f->sip_kallelse.at, e->sip_round_nr);
	p->kallad_nr = f->nr;
	p->kallad_at = f->sip_kallelse.at;
}

/* D11: the patient does not want that unit there. */
static void
strike(struct episode *e, unit_id unit, const struct fact *f)
{
	struct participant *p = participant_row(e, unit); /* it may become mottagare later */
	if (p == NULL)
		return;
	if (!sip_is_struck(p, e->sip_round_nr))
		p->struken_since = f->sent_at;
	p->struken_at = f->sent_at;
	p->struken_nr = f->nr;
	mark_struck(p, e->sip_round_nr, true);
	p->kallad_nr = 0;
	p->kallad_at = INSTANT_NONE;
}

/* Whom a kallelse summons, and whom the patient struck. Who takes no part is not reached. */
static enum outcome
summon_all(struct episode *e, const struct fact *f)
{
	const struct fact_sip_kallelse *m = &f->sip_kallelse;
	enum outcome outcome = OUTCOME_APPLIED;

	for (int i = 0; i < m->kallade_count; i++) {
		summon(e, m->kallade[i], f);
		const struct participant *p = episode_participant_of(e, m->kallade[i]);
		if (p == NULL || !p->active)
			outcome = OUTCOME_KALLADE_EJ_MOTTAGARE;
	}
	for (int i = 0; i < m->strukna_count; i++)
		strike(e, m->strukna[i], f);
	return outcome;
}

static enum outcome
cancel_kallelse(struct episode *e)
{
	if (!sip_is_summoned(e)) /* what was held cannot be cancelled */
		return OUTCOME_INGEN_KALLELSE;
	e->kallelse.nr = 0;
	free_time(e);
	return OUTCOME_APPLIED;
}

/* The meeting that a kallelse names. The time that samordnad booked keeps its slot; another is a
 * person's choice. */
static void
name_time(struct episode *e, const struct fact *f)
{
	const struct fact_sip_kallelse *m = &f->sip_kallelse;
	bool named = m->mote.start_at != INSTANT_NONE;
	bool other =
	    named && (m->mote.start_at != e->mote.start_at || m->mote.end_at != e->mote.end_at);

	if (named)
		e->mote = m->mote;
	if (other) {
		e->bokning.nr = f->nr;
		e->bokning.status = BOKNING_BOKAD;
		e->bokning.unit = e->kallelse.unit;
		e->bokning.staff = m->for_staff != 0 ? m->for_staff : m->skickad_av;
		e->bokning.slot = 0;
		const struct fvk *fvk = episode_fvk(e, e->bokning.unit);
		e->bokning.fvk = fvk != NULL ? fvk->staff : 0;
	} else if (m->atgard == KALLELSE_OMBOKA && e->bokning.status == BOKNING_VANTAR) {
		e->bokning.status = BOKNING_BOKAD;
		e->bokning.nr = f->nr;
	}
}

int
judged_deputy_of(staff_id staff)
{
	return JUDGED_DEPUTY_OF | (int)(staff & JUDGED_STAFF_MASK);
}

/* D4: before the assignment's end, which samordnad may have carried out earlier in the order of
 * facts than it came. */
static bool
was_fvk(const struct episode *e, unit_id unit, staff_id staff, instant sent_at)
{
	for (int i = 0; i < e->fvk_count; i++) {
		const struct fvk *slot = &e->fvk[i];
		if (slot->unit == unit && slot->staff == 0 && slot->avslutad == staff)
			return sent_at >= slot->from_at && sent_at < slot->to_at;
	}
	return false;
}

/* D4: who sends it, against the FVK at its place: one named, changed or annulled late counts as if
 * in time. */
static bool
may_summon(const struct episode *e, const struct fact *f, int judged)
{
	const struct fact_sip_kallelse *m = &f->sip_kallelse;
	const struct fvk *fvk = episode_fvk(e, f->source);
	staff_id sender = m->skickad_av;

	if (judged == OUTCOME_APPLIED || judged == OUTCOME_KALLELSE_EJ_AV_FVK)
		return judged == OUTCOME_APPLIED; /* whoever of the unit; not that unit */
	if (m->atgard == KALLELSE_AVBOKA && (e->kallelse.nr == 0 || e->kallelse.unit == f->source))
		return true; /* the unit that summoned may cancel, whoever of it does */
	if (sender != 0 && was_fvk(e, f->source, sender, f->sent_at))
		return true;
	if (fvk == NULL || sender == 0)
		return false;
	if (sender == fvk->staff || sender == fvk->jamte ||
	    (sender == fvk->former && f->sent_at < fvk->from_at))
		return true;
	if (judged == JUDGED_BY_FVK || (m->for_staff != 0 && m->for_staff != fvk->staff))
		return false;
	return sender == fvk->ersattare || judged == judged_deputy_of(fvk->staff);
}

static bool
is_of_earlier_round(const struct episode *e, instant at)
{
	return e->sip_round_nr > 0 && at < e->sip_round[e->sip_round_nr].begins_at;
}

static unit_id
who_summons(const struct episode *e, const struct fact *f)
{
	return f->source != 0 ? f->source : e->bokning.unit;
}

/* D2: a kallelse to what was held, or refused, since, in that round or before: it is known to have
 * been sent, and that is all. */
static void
note_earlier(struct episode *e, const struct fact *f, int round)
{
	const struct fact_sip_kallelse *m = &f->sip_kallelse;

	note_kallelse(e, episode_participant(e, who_summons(e, f)), m->at, round);
	for (int i = 0; i < m->kallade_count; i++)
		note_kallelse(e, episode_participant(e, m->kallade[i]), m->at, round);
	for (int i = 0; i < m->strukna_count; i++) {
		struct participant *p = participant_row(e, m->strukna[i]);
		if (p != NULL)
			mark_struck(p, round_at(e, m->at, round), true);
	}
}

/* D3, C6, F2: one that was sent before what bars the SIP was known, by fact nr, as said at
 * known_at, went out: to what that ended, at ended_at. */
static void
note_barred(struct episode *e, const struct fact *f, int32_t nr, instant known_at, instant ended_at)
{
	const struct sip_round *last = &e->sip_round[e->sip_round_nr];

	if (f->nr > nr && f->sip_kallelse.at >= known_at)
		return;
	bool ended = last->refused && last->begins_at == ended_at;
	if (!ended && ended_at >= last->begins_at) {
		begin_round(e, ended_at, true, nr);
		ended = true;
	}
	int round = e->sip_round_nr - ended;
	note_earlier(e, f, round);
	for (int i = 0; i < f->sip_kallelse.strukna_count; i++)
		strike(e, f->sip_kallelse.strukna[i], f);
}

/* D2, D4: who is reached counts as summoned, also before utskrivningsklar; a cancelled meeting
 * stays summoned in law. */
enum outcome
step_sip_kallelse(struct episode *e, const struct fact *f, int judged)
{
	const struct fact_sip_kallelse *m = &f->sip_kallelse;

	if (!may_summon(e, f, judged))
		return OUTCOME_KALLELSE_EJ_AV_FVK;
	if (m->atgard == KALLELSE_AVBOKA)
		return cancel_kallelse(e);
	if (sip_is_refused(e)) {
		const struct samtycke *no = &e->samtycke[SAMTYCKE_SIP];
		note_barred(e, f, no->refused_nr, no->known_at, no->refused_at);
		return OUTCOME_SIP_UTAN_SAMTYCKE;
	}
	if (e->tvangsvard.oppen != TVANGSVARD_INGEN) {
		note_barred(
		    e, f, e->tvangsvard.known_nr, e->tvangsvard.known_at, e->tvangsvard.sagd_at);
		return OUTCOME_OPPEN_TVANGSVARD;
	}
	if (is_of_earlier_round(e, m->at)) {
		note_earlier(e, f, e->sip_round_nr);
		return OUTCOME_APPLIED;
	}
	note_kallelse(e, episode_participant(e, who_summons(e, f)), m->at, e->sip_round_nr);
	/* D9: a second is joined to the first, whose meeting stands. */
	if (m->atgard == KALLELSE_SKICKA && sip_is_summoned(e) && e->kallelse.unit != f->source &&
	    f->source != 0 && e->bokning.status == BOKNING_BOKAD && e->mote.start_at > f->sent_at)
		return summon_all(e, f);
	bool none = e->kallelse.nr == 0;
	if (!none && !sip_is_summoned(e) && e->mote.start_at == e->kallelse.mote_at)
		free_time(e); /* of what was held */
	e->kallelse.egen =
	    (sip_is_summoned(e) && e->kallelse.egen) || (f->source != 0 && !sip_is_called_for(e));
	e->kallelse.nr = f->nr;
	e->kallelse.atgard = m->atgard;
	e->kallelse.unit = who_summons(e, f);
	e->kallelse.skickad_av = m->skickad_av;
	e->kallelse.for_staff = m->for_staff;
	e->kallelse.at = m->at;
	if (e->own_file)
		name_participant(e, f->source, ROLE_MOTTAGARE, f);
	enum outcome outcome = summon_all(e, f);
	name_time(e, f);
	e->kallelse.mote_at = e->mote.start_at;
	e->kallelse.avbokad = false;
	e->bokning.beraknad_at = e->beraknad.at;
	return none && m->atgard == KALLELSE_OMBOKA && outcome == OUTCOME_APPLIED
		   ? OUTCOME_SKICKAD_SOM_FORSTA
		   : outcome;
}

/* D6, D6a: samordnad's own decisions about the time. */
enum outcome
step_sip_bokning(struct episode *e, const struct fact *f)
{
	const struct fact_sip_bokning *m = &f->sip_bokning;

	bool same = e->bokning.status != BOKNING_NONE && m->mote.start_at == e->mote.start_at;

	if (sip_is_refused(e))
		return OUTCOME_SIP_UTAN_SAMTYCKE;
	if (m->atgard != BOKNING_BOKA && !same)
		return OUTCOME_APPLIED; /* of a meeting that late facts took away */
	if (m->atgard == BOKNING_AVBOKA && sip_owed(e))
		return OUTCOME_APPLIED; /* D6a: who said that none is needed has taken it back */
	e->bokning.nr = f->nr;
	switch (m->atgard) {
	case BOKNING_BOKA:
		e->bokning.status = BOKNING_BOKAD;
		e->bokning.unit = m->unit;
		e->bokning.staff = m->staff;
		e->bokning.slot = m->slot;
		e->mote = m->mote;
		break;
	case BOKNING_VANTA:
		e->bokning.status = BOKNING_VANTAR;
		break;
	case BOKNING_ATERUPPTA:
		e->bokning.status = BOKNING_BOKAD;
		break;
	case BOKNING_AVBOKA:
		e->kallelse.avbokad |= e->mote.start_at == e->kallelse.mote_at;
		free_time(e);
		break;
	case BOKNING_OVERLAMNA: /* G2: the stay that follows has it; who was summoned was (D2) */
		free_time(e);
		e->bokning.overlamnad_nr = f->nr;
		memcpy(e->bokning.overlamnad, m->episode, sizeof e->bokning.overlamnad);
		break;
	case BOKNING_ATGARD_COUNT:
		break;
	}
	return OUTCOME_APPLIED;
}

/* D8: a unit's answer to the kallelse that reached it last. */
enum outcome
step_kallelse_svar(struct episode *e, const struct fact *f)
{
	struct participant *p = episode_participant(e, f->source);

	if (p == NULL || p->kallad_nr == 0)
		return OUTCOME_EJ_KALLAD;
	bool again = p->nej_nr != 0 && p->svar_kallelse_nr == p->kallad_nr &&
		     p->svar_mote_at == e->mote.start_at;
	if (!again)
		p->nej_nr = f->kallelse_svar.svar != SVAR_JA ? f->nr : 0;
	p->svar_nr = f->nr;
	p->svar_kallelse_nr = p->kallad_nr;
	p->svar_mote_at = e->mote.start_at;
	p->svar = f->kallelse_svar.svar;
	p->forslag_at = f->kallelse_svar.forslag_at;
	return OUTCOME_APPLIED;
}

static bool
is_same_day(instant a, instant b)
{
	return calendar_date(a) == calendar_date(b);
}

/* D7: of a meeting that is known, another unit's word, or one after its follow-up, only adds what
 * was missing: no day to follow it up is lost. */
static enum outcome
add_to_sip(struct episode *e, const struct fact_sip *m)
{
	if (m->plan.given) {
		e->sip.saknas &= m->plan.saknas;
		if (e->sip.uppfoljning_at == INSTANT_NONE && e->sip.uppfoljning_nr == 0)
			e->sip.uppfoljning_at = m->plan.uppfoljning_at;
	}
	return e->sip.saknas != 0 ? OUTCOME_PLAN_OFULLSTANDIG : OUTCOME_APPLIED;
}

/* D7: who tells of it first finds out why; if that one leaves, the next. */
static void
note_teller(struct episode *e, const struct fact *f, bool again)
{
	struct participant *p = participant_row(e, f->source);

	for (int i = 0; !again && i < e->participant_count; i++)
		e->participant[i].utebliven_nr = 0;
	if (p != NULL && (p->utebliven_nr == 0 || f->nr < p->utebliven_nr))
		p->utebliven_nr = f->nr;
}

/* D7: what was said to be held that day was not; what was held before was. */
static enum outcome
step_utebliven(struct episode *e, const struct fact *f)
{
	const struct fact_sip *m = &f->sip;
	bool again = e->utebliven.nr != 0 && is_same_day(e->utebliven.hallen_at, m->hallen_at);

	if (sip_is_held(e) && is_same_day(e->sip.hallen_at, m->hallen_at)) {
		if (f->sent_at < e->sip.told_at)
			return OUTCOME_APPLIED; /* and since then it was said to be held */
		e->sip = e->sip_before;
		e->sip_before = held_sip_none();
		resume_round(e);
	}
	note_teller(e, f, again);
	if (!again || f->nr < e->utebliven.first_nr) {
		e->utebliven.first_nr = f->nr;
		e->utebliven.unit = f->source;
	}
	if (!again || m->utfall != e->utebliven.utfall)
		e->utebliven.utfall_nr = f->nr;
	e->utebliven.nr = f->nr;
	e->utebliven.hallen_at = m->hallen_at;
	if (!again || f->sent_at > e->utebliven.told_at)
		e->utebliven.told_at = f->sent_at;
	e->utebliven.utfall = m->utfall;
	return OUTCOME_APPLIED;
}

/* D7: held, or not; of one meeting the last word counts. */
enum outcome
step_sip(struct episode *e, const struct fact *f)
{
	const struct fact_sip *m = &f->sip;

	if (e->own_file)
		name_participant(e, f->source, ROLE_MOTTAGARE, f);
	if (m->utfall != SIP_GENOMFORD)
		return step_utebliven(e, f);
	if (e->utebliven.nr != 0 && is_same_day(e->utebliven.hallen_at, m->hallen_at)) {
		if (f->sent_at < e->utebliven.told_at)
			return OUTCOME_APPLIED; /* and since then it was said not to be held */
		e->utebliven.nr = 0;
	}
	bool same = sip_is_held(e) && is_same_day(e->sip.hallen_at, m->hallen_at);
	if (same && f->sent_at < e->sip.told_at) {
		if (f->nr < e->sip.first_nr)
			e->sip.first_nr = f->nr;
		return add_to_sip(e, m);
	}
	if (same && (e->sip.unit != f->source || e->sip.uppfoljning_nr != 0)) {
		e->sip.told_at = f->sent_at;
		return add_to_sip(e, m);
	}
	int32_t first_nr = same ? e->sip.first_nr : f->nr;
	if (!same) {
		e->sip_before = e->sip;
		begin_round(e, episode_place(f), false, f->nr);
	}
	e->sip = held_sip_none();
	e->sip.nr = f->nr;
	e->sip.first_nr = first_nr;
	e->sip.unit = f->source;
	e->sip.hallen_at = m->hallen_at;
	e->sip.at = episode_place(f);
	e->sip.told_at = f->sent_at;
	e->sip.saknas = m->plan.given ? m->plan.saknas : 0;
	e->sip.overgripande_ansvar = m->plan.overgripande_ansvar;
	e->sip.uppfoljning_at = m->plan.given ? m->plan.uppfoljning_at : INSTANT_NONE;
	return e->sip.saknas != 0 ? OUTCOME_PLAN_OFULLSTANDIG : OUTCOME_APPLIED;
}

/* D7: a follow-up may change the plan, set the next one, or close. */
enum outcome
step_sip_uppfoljning(struct episode *e, const struct fact *f)
{
	const struct fact_sip_uppfoljning *m = &f->sip_uppfoljning;

	if (!sip_is_held(e))
		return OUTCOME_INGEN_SIP;
	e->sip.uppfoljning_nr = f->nr;
	e->sip.uppfoljd_at = m->hallen_at;
	e->sip.avslutad = m->avslutad;
	e->sip.uppfoljning_at = m->nasta_uppfoljning_at;
	if (m->plan.given) {
		e->sip.saknas = m->plan.saknas;
		e->sip.overgripande_ansvar = m->plan.overgripande_ansvar;
		if (e->sip.uppfoljning_at == INSTANT_NONE)
			e->sip.uppfoljning_at = m->plan.uppfoljning_at;
	}
	if (e->sip.uppfoljning_at != INSTANT_NONE || m->avslutad)
		e->sip.saknas &= (uint8_t)~PLAN_UPPFOLJNING;
	else
		e->sip.saknas |= PLAN_UPPFOLJNING;
	return e->sip.saknas != 0 ? OUTCOME_PLAN_OFULLSTANDIG : OUTCOME_APPLIED;
}

/* G2, G7: what was summoned to in the stay before, and lies ahead, is this one's from here on. A
 * stay whose notice turns out to be annulled follows none. */
enum outcome
step_tidigare(struct episode *e, const struct fact *f)
{
	const struct fact_tidigare_vardtillfalle *m = &f->tidigare_vardtillfalle;

	if (e->inskr.nr == 0)
		return OUTCOME_APPLIED;
	e->tidigare.nr = f->nr;
	memcpy(e->tidigare.episode, m->episode, sizeof e->tidigare.episode);
	e->tidigare.samma_vardgivare = m->samma_vardgivare;
	e->tidigare.utskriven_at = m->utskriven_at;
	if (m->kallade_at == INSTANT_NONE || e->kallelse.nr != 0 || sip_is_refused(e) ||
	    e->tvangsvard.oppen != TVANGSVARD_INGEN)
		return OUTCOME_APPLIED;
	e->kallelse.nr = f->nr;
	e->kallelse.egen = !sip_is_called_for(e); /* it was where it was sent */
	e->kallelse.atgard = KALLELSE_SKICKA;
	e->kallelse.unit = m->unit;
	e->kallelse.skickad_av = m->staff;
	e->kallelse.at = m->kallade_at;
	note_kallelse(e, episode_participant(e, m->unit), m->kallade_at, e->sip_round_nr);
	for (int i = 0; i < m->kallade_count; i++) {
		struct participant *p = participant_row(e, m->kallade[i]);
		if (p == NULL)
			continue;
		p->kallad_nr = f->nr;
		p->kallad_at = m->kallade_at;
		note_kallelse(e, p, m->kallade_at, e->sip_round_nr);
	}
	const struct fvk *fvk = episode_fvk(e, m->unit);
	e->mote = m->mote;
	e->kallelse.mote_at = m->mote.start_at;
	e->kallelse.avbokad = false;
	e->bokning.nr = f->nr;
	e->bokning.status = m->mote.start_at != INSTANT_NONE ? BOKNING_BOKAD : BOKNING_NONE;
	e->bokning.unit = m->unit;
	e->bokning.staff = m->staff;
	e->bokning.slot = m->slot;
	e->bokning.fvk = fvk != NULL ? fvk->staff : 0;
	e->bokning.beraknad_at = INSTANT_NONE;
	return OUTCOME_APPLIED;
}
