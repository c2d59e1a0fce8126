/*
 * The tasks that the state owes: one function a rule. Level, not edge: what is owed at `now` from
 * the state alone.
 */
#include "owed.h"
#include "sip.h"

#include "log.h"

#define MISSING_MINUTES (24 * 60) /* A3: policy-free: the hospital has a day to complete */
#define ROUTING_MINUTES (4 * 60)  /* A4, A9: the routing task's time */
#define REVIEW_DAYS 14		  /* B10: the task comes so long before the date */
#define SIP_COMPLETION_DAYS 3 /* D7: working days to complete a plan, or to look into a no-show */
#define ADULT_YEARS 18
#define RENEWAL_DAYS 30 /* B4: before the end of a standing decision */
#define RENEWAL_LAST_DAYS 7
#define FOLLOW_UP_DAYS 7 /* D7: the reminder before */

void
owed_look_at(struct owed *o, instant t)
{
	if (t > o->now && t < o->next_due)
		o->next_due = t;
}

static int64_t
policy(const struct owed *o, enum policy p, unit_id unit)
{
	return region_policy(o->r, p, unit, o->now, NULL);
}

static struct duty *
owe(struct owed *o, enum task_kind kind, unit_id unit, int32_t ref, instant due_at)
{
	require(o->duty_count < DUTIES_MAX);
	struct duty *d = &o->duty[o->duty_count++];
	*d = (struct duty){.kind = kind, .unit = unit, .ref = ref, .due_at = due_at};
	return d;
}

/* Places are given in the order of the calls, also to a reminder that is not due at all: tasks
 * remember them by place. */
static void
remind(struct duty *d, instant at, enum notice_type say)
{
	require(d->reminder_count < REMINDERS_MAX);
	d->reminder[d->reminder_count++] = (struct reminder){at, say};
}

static staff_id
chef(const struct owed *o, unit_id unit)
{
	const struct unit *u = region_unit(o->r, unit);
	return u != NULL ? u->verksamhetschef : 0;
}

static instant
earlier(instant a, instant b)
{
	return a < b ? a : b;
}

/* Permission: a reminder to acknowledge that falls into it comes at its end. */
static instant
after_permission(const struct episode *e, instant t)
{
	instant to = e->permission.to_at != INSTANT_NONE ? e->permission.to_at : INSTANT_NEVER;

	if (e->permission.nr == 0 || t < e->permission.from_at)
		return t;
	if (e->utskrivning.nr != 0) /* who is home is on no permission */
		to = earlier(to, e->utskrivning.at);
	return t < to ? to : t;
}

/* Whose a task of the unit's FVK is now: who acts for that person (B13). */
static staff_id
acting(struct owed *o, unit_id unit)
{
	const struct fvk *fvk = episode_fvk(o->e, unit);
	if (fvk == NULL)
		return 0;
	owed_look_at(o, region_absence_next(o->r, fvk->staff, o->now));
	staff_id staff = region_acting(o->r, fvk->staff, o->now);
	return staff != 0 ? staff : chef(o, unit);
}

/* A0: the watch goes with the patient from ward to ward. */
static unit_id
watching_unit(const struct episode *e)
{
	return e->avdelning.nr != 0 ? e->avdelning.unit : e->inskrivning.unit;
}

/* A0: the ward is reminded of the judgement. */
static void
owe_behovsbedomning(struct owed *o)
{
	const struct episode *e = o->e;
	instant in = e->inskrivning.inskriven_at;
	unit_id unit = watching_unit(e);

	if (e->inskrivning.nr == 0)
		return;
	struct duty *d = owe(o, TASK_BEHOVSBEDOMNING, unit, e->inskrivning.nr,
	    calendar_inskrivningsmeddelande_due(in, A1_DUE_US));
	d->done = e->inskr.nr != 0 || e->utskrivning.nr != 0 ||
		  (e->behovsbedomning.nr != 0 && e->behovsbedomning.behov_finns != BEHOV_SENARE);
	remind(d, in + policy(o, POLICY_BEHOVSBEDOMNING_REMINDER, unit) * MINUTE,
	    NOTICE_TASK_DUE_SOON);
	remind(d, in + policy(o, POLICY_BEHOVSBEDOMNING_REMINDER_LAST, unit) * MINUTE,
	    NOTICE_TASK_DUE_SOON);
	remind(d, d->due_at, NOTICE_TASK_OVERDUE);
}

/* A1, A2: the need is judged to exist, and no message yet. */
static void
owe_inskrivningsmeddelande(struct owed *o)
{
	const struct episode *e = o->e;

	if (e->inskrivning.nr == 0 || e->behovsbedomning.nr == 0 ||
	    e->behovsbedomning.behov_finns != BEHOV_JA)
		return;
	if (e->utskrivning.nr != 0 && e->inskr.nr == 0)
		return; /* home: there is nothing to prepare any more */
	struct duty *d = owe(o, TASK_INSKRIVNINGSMEDDELANDE, watching_unit(e),
	    e->behovsbedomning.first_nr, episode_inskrivningsmeddelande_due(e));
	d->done = e->inskr.nr != 0;
	remind(d, d->due_at - 4 * HOUR, NOTICE_TASK_DUE_SOON);
	remind(d, d->due_at, NOTICE_TASK_OVERDUE);
}

/* A4: from the message on, or since one that there was has left, or since the patient is ready. */
static instant
mottagare_missing_since(const struct episode *e)
{
	instant since = instant_later(e->inskr.recorded_at, e->klar.recorded_at);

	for (int i = 0; i < e->participant_count; i++)
		if (e->participant[i].uttrade != UTTRADE_NONE)
			since = instant_later(since, e->participant[i].ended_at);
	return since;
}

/* A3, A4: what the hospital left out. */
static void
owe_completion(struct owed *o)
{
	const struct episode *e = o->e;

	/* One task a stay, whatever versions come (A6): each sets its time anew. */
	struct duty *d = owe(o, TASK_KOMPLETTERA, o->hospital, e->inskr.first_nr,
	    e->inskr.recorded_at + MISSING_MINUTES * MINUTE);
	d->done = e->inskr.saknas == 0;
	remind(d, d->due_at, NOTICE_TASK_OVERDUE);
	d = owe(o, TASK_ANGE_MOTTAGARE, o->hospital, e->inskr.first_nr,
	    mottagare_missing_since(e) + ROUTING_MINUTES * MINUTE);
	d->done = mottagare_missing(e, o->r) == 0;
	d->detail = "urgent";
	remind(d, d->due_at, NOTICE_TASK_OVERDUE);
}

/* A8, G3: kvittens of the inskrivningsmeddelande, in the unit's open hours. */
static void
owe_kvittens_inskrivning(struct owed *o, const struct participant *p)
{
	const struct unit *u = region_unit(o->r, p->unit);
	int64_t wait_us = policy(o, POLICY_KVITTENS_REMINDER, p->unit) * MINUTE;
	int minute = (int)policy(o, POLICY_KVITTENS_ESCALATION, p->unit);
	instant reminder = calendar_add_open(u != NULL ? &u->hours : NULL, p->received_at, wait_us);
	instant due = calendar_next_working_day(p->received_at, minute);

	if (due <= reminder && reminder != INSTANT_NEVER) /* some time is left after the reminder */
		due = calendar_next_working_day(reminder, minute);
	struct duty *d = owe(o, TASK_KVITTERA_INSKRIVNING, p->unit, p->added_nr, due);
	d->done = participant_kvitterat(p, p->added_nr, NULL) ||
		  participant_kvitterat(p, o->e->inskr.nr, NULL) ||
		  participant_kvitterat(p, o->e->inskr.first_nr, NULL) ||
		  p->kvitterat_version_at != INSTANT_NONE;
	d->staff = acting(
	    o, p->unit); /* where the unit has an FVK, the patient's tasks are that person's */
	remind(d, after_permission(o->e, reminder), NOTICE_TASK_DUE_SOON);
	remind(d, after_permission(o->e, due), NOTICE_TASK_ESCALATED);
}

/* G3: kvittens of what cannot wait for opening hours. */
static struct duty *
owe_kvittens_at_once(
    struct owed *o, const struct participant *p, enum task_kind kind, int32_t nr, instant from)
{
	int64_t wait_us = policy(o, POLICY_KVITTENS_REMINDER, p->unit) * MINUTE;
	int minute = (int)policy(o, POLICY_KVITTENS_ESCALATION, p->unit);
	instant due = calendar_local_instant(calendar_date(calendar_midnight_after(from, 1)),
	    minute / 60, minute % 60, 0, CALENDAR_FIRST);
	struct duty *d = owe(o, kind, p->unit, nr, due);
	d->staff = acting(o, p->unit);
	/* A11, D8: an answer to the kallelse acknowledges it. */
	d->done = participant_kvitterat(p, nr, NULL) || p->svar_kallelse_nr == nr;
	remind(d, after_permission(o->e, from + wait_us), NOTICE_TASK_DUE_SOON);
	remind(d, after_permission(o->e, due), NOTICE_TASK_ESCALATED);
	return d;
}

/* C1, C3: of the ready notice in force; not asked for any more once the patient is home (E2), nor
 * of whom it is withheld from (C1a). */
static void
owe_kvittens_klar(struct owed *o, const struct participant *p)
{
	instant lamnad_at = episode_klar_lamnad_at(o->e, p);

	if (lamnad_at == INSTANT_NONE || o->e->utskrivning.nr != 0)
		return;
	owe_kvittens_at_once(o, p, TASK_KVITTERA_KLAR, o->e->klar.first_nr, lamnad_at)->done =
	    episode_klar_kvitterad(o->e, p, NULL);
}

/* A11: of the kallelse that reached the unit last, until its meeting; most meetings are held when
 * the patient is home. */
static void
owe_kvittens_kallelse(struct owed *o, const struct participant *p)
{
	const struct episode *e = o->e;
	bool ahead = e->bokning.status == BOKNING_NONE ? e->bokning.nr < e->kallelse.nr
						       : e->mote.start_at > o->now;

	if (p->kallad_nr == e->tidigare.nr)
		return; /* G2: asked for in the stay before; its new time will be asked for here */
	if (p->kallad_nr != 0 && sip_summoned_at(e, p) != INSTANT_NONE && sip_is_summoned(e) &&
	    p->unit != e->kallelse.unit && ahead && sip_owed(e))
		owe_kvittens_at_once(o, p, TASK_KVITTERA_KALLELSE, p->kallad_nr, p->kallad_at);
}

/* B1: before the expected discharge, the ready notice, discharge itself; a late mottagare at once.
 */
static instant
fvk_due(const struct episode *e, const struct participant *p)
{
	instant due = p->received_at + 3 * 24 * HOUR;

	if (e->beraknad.at != INSTANT_NONE)
		due = e->beraknad.at;
	if (episode_klar_lamnad_at(e, p) != INSTANT_NONE)
		due = earlier(due, e->klar.recorded_at);
	if (e->utskrivning.nr != 0)
		due = earlier(due, e->utskrivning.at);
	return due > p->received_at ? due : p->received_at;
}

/* B9's reminders: one that comes when the time is out says so; after discharge the breach has said
 * it. */
static void
remind_fvk(struct owed *o, const struct participant *p, struct duty *d)
{
	const struct episode *e = o->e;
	instant when[3] = {
	    p->received_at + policy(o, POLICY_FVK_REMINDER, p->unit) * MINUTE,
	    INSTANT_NEVER,
	    episode_klar_lamnad_at(e, p) != INSTANT_NONE ? e->klar.recorded_at : INSTANT_NEVER,
	};

	if (e->beraknad.at != INSTANT_NONE)
		when[1] = e->beraknad.at - policy(o, POLICY_FVK_REMINDER_BEFORE, p->unit) * MINUTE;
	for (int i = 0; i < 3; i++) {
		bool home = e->utskrivning.nr != 0 && when[i] >= e->utskrivning.at;
		remind(d, home || when[i] == d->due_at ? INSTANT_NEVER : when[i],
		    when[i] < d->due_at ? NOTICE_TASK_DUE_SOON : NOTICE_TASK_OVERDUE);
	}
	remind(d, d->due_at, NOTICE_TASK_OVERDUE);
}

/* Named, and from a day before the patient may go home: who is ready may go at once. */
static bool
fvk_in_time(struct owed *o, unit_id unit, instant due_at)
{
	const struct fvk *fvk = episode_fvk(o->e, unit);

	if (fvk == NULL || fvk->covered_from <= o->now)
		return fvk != NULL;
	owed_look_at(o, fvk->covered_from);
	return o->e->utskrivning.nr == 0 && fvk->covered_from <= due_at;
}

/* Who may be appointed, and by whom (B4), changes then. */
static void
look_at_ranking(struct owed *o, const struct unit *u)
{
	for (int i = 0; i < u->staff_count; i++)
		owed_look_at(
		    o, region_absence_next(o->r, o->r->staff[u->staff_first + i].staff, o->now));
	owed_look_at(o, fvk_unconfirmed_at(o->e));
	owed_look_at(o, region_next_change(o->r, u->unit, o->now));
}

/* B1, B6, B9: a fast vårdkontakt before discharge. */
static void
owe_fvk(struct owed *o, const struct participant *p, const struct unit *u)
{
	struct duty *d = owe(o, TASK_UTSE_FVK, p->unit, p->added_nr, fvk_due(o->e, p));
	struct ranked rank[RANKED_MAX];

	d->done = fvk_in_time(o, p->unit, d->due_at) || fvk_at_discharge(o->e, p->unit);
	if (d->done)
		return;
	if (fvk_rank(o->e, o->s, u, o->now, rank) == 0) {
		d->staff = u->verksamhetschef;
		d->detail = "urgent"; /* B6: nobody is left */
	}
	remind_fvk(o, p, d);
	look_at_ranking(o, u);
}

/* B3, B5: since when what was said after the appointment excludes the person: a veto, or that only
 * a physician will do; INSTANT_NONE: nothing does. */
static instant
excluded_since(const struct owed *o, const struct fvk *fvk)
{
	const struct staff *person = region_staff(o->r, fvk->staff);
	const struct unit *u = region_unit(o->r, fvk->unit);

	if (fvk->staff == o->e->inskr.ej_onskad && fvk->ej_onskad != fvk->staff)
		return o->e->inskr.ej_onskad_at;
	if (o->e->inskr.livshotande && person != NULL && u != NULL && unit_is_oppenvard(u) &&
	    !appoint_is_physician(person))
		return o->e->inskr.livshotande_at;
	return INSTANT_NONE;
}

/* B13: the FVK is away or has left, and nobody stands in; or may not be it any more. */
static void
owe_replacement(struct owed *o, const struct participant *p)
{
	const struct fvk *fvk = episode_fvk(o->e, p->unit);
	const struct unit *u = region_unit(o->r, p->unit);
	int minute = (int)policy(o, POLICY_KVITTENS_ESCALATION, p->unit);

	if (fvk == NULL)
		return;
	acting(o, p->unit);
	instant excluded_at = excluded_since(o, fvk);
	if (excluded_at == INSTANT_NONE && region_acting(o->r, fvk->staff, o->now) != 0)
		return;
	const struct absence *away = region_absence(o->r, fvk->staff, o->now);
	const struct staff *person = region_staff(o->r, fvk->staff);
	instant since = fvk->from_at;
	if (excluded_at != INSTANT_NONE)
		since = excluded_at;
	else if (away != NULL && away->from_at > since)
		since = away->from_at;
	else if (away == NULL && person != NULL && person->slutar_at > since)
		since = person->slutar_at;
	struct duty *d =
	    owe(o, TASK_ERSATT_FVK, p->unit, fvk->nr, calendar_next_working_day(since, minute));
	d->staff = chef(o, p->unit);
	d->detail = "urgent";
	remind(d, d->due_at, NOTICE_TASK_OVERDUE);
	if (u != NULL)
		look_at_ranking(o, u);
}

/* B11: has another stay, or the patient's own file, had a later word on the unit's FVK? */
static bool
is_said_elsewhere(const struct owed *o, const struct fvk *fvk)
{
	for (int i = 0; i < o->s->kontakt_count; i++) {
		const struct kontakt *k = &o->s->kontakter[i];
		if (k->slag == KONTAKT_FVK && k->unit == fvk->unit && k->episode != o->s->episode &&
		    k->from_at > fvk->from_at)
			return true;
	}
	return false;
}

/* B10: the assignment is to be looked at again; a new word on it is the answer. */
static void
owe_review(struct owed *o, const struct fvk *fvk)
{
	const struct unit *u = region_unit(o->r, fvk->unit);

	if (fvk->staff == 0 || fvk->omprovas_at == INSTANT_NONE || u == NULL ||
	    is_said_elsewhere(o, fvk))
		return;
	instant from = calendar_add_days(fvk->omprovas_at, -REVIEW_DAYS);
	owed_look_at(o, from);
	if (o->now < from)
		return;
	struct duty *d = owe(o, TASK_OMPROVA_FVK, fvk->unit, fvk->nr, fvk->omprovas_at);
	d->staff = u->verksamhetschef;
	remind(d, fvk->omprovas_at, NOTICE_TASK_OVERDUE);
}

/* A9: an incident of the hospital's, until another unit has taken over. */
static void
owe_rerouting(struct owed *o, const struct participant *p)
{
	if (p->uttrade != UTTRADE_AVVISAD)
		return;
	struct duty *d = owe(
	    o, TASK_OMDIRIGERA, o->hospital, p->uttrade_nr, p->ended_at + ROUTING_MINUTES * MINUTE);
	for (int i = 0; i < o->e->participant_count; i++)
		d->done |= mottagare_succeeds(o->e, o->r, &o->e->participant[i], p);
	d->detail = "urgent";
	remind(d, d->due_at, NOTICE_TASK_OVERDUE);
}

/* C6: who is concerned adjusts the vårdplan, which stands in for the SIP. */
static void
owe_vardplan(struct owed *o, const struct participant *p)
{
	const struct episode *e = o->e;

	if (episode_klar_lamnad_at(e, p) == INSTANT_NONE ||
	    e->tvangsvard.oppen == TVANGSVARD_INGEN || !vardplan_concerns(e, o->r, p))
		return;
	struct duty *d = owe(o, TASK_JUSTERA_VARDPLAN, p->unit, e->klar.first_nr,
	    calendar_kallelse_due(
		episode_klar_lamnad_at(e, p), (int)policy(o, POLICY_VARDPLAN_DAYS, p->unit)));
	d->done = p->vardplan_nr != 0;
	d->staff = acting(o, p->unit);
	remind(d, d->due_at - 24 * HOUR, NOTICE_TASK_DUE_SOON);
	remind(d, d->due_at, NOTICE_TASK_OVERDUE);
}

/* Has any unit said since then whether a SIP is due? */
static bool
said_of_sip_after(const struct episode *e, instant t)
{
	bool said = false;

	for (int i = 0; i < e->participant_count; i++)
		said |= e->participant[i].sip_behov_at > t;
	return said;
}

static struct duty *
owe_after_sip(struct owed *o, enum task_kind kind, unit_id unit, int32_t ref, instant hallen_at)
{
	struct duty *d =
	    owe(o, kind, unit, ref, calendar_after_working_days(hallen_at, SIP_COMPLETION_DAYS));

	d->staff = acting(o, unit);
	remind(d, d->due_at, NOTICE_TASK_OVERDUE);
	return d;
}

/* D7: the first that told that the meeting did not come off, of those that take part still. */
static unit_id
who_finds_out(const struct episode *e)
{
	const struct participant *first = NULL;

	for (int i = 0; i < e->participant_count; i++) {
		const struct participant *p = &e->participant[i];
		if (p->active && p->utebliven_nr != 0 &&
		    (first == NULL || p->utebliven_nr < first->utebliven_nr))
			first = p;
	}
	return first != NULL ? first->unit : e->utebliven.unit;
}

/* D7: what the plan lacks, and what becomes of a meeting that did not come off. */
static void
owe_sip_held(struct owed *o)
{
	const struct episode *e = o->e;
	struct duty *d;

	if (e->sip.nr != 0) {
		d = owe_after_sip(
		    o, TASK_KOMPLETTERA_SIP, e->sip.unit, e->sip.first_nr, e->sip.hallen_at);
		d->done = e->sip.saknas == 0;
	}
	if (e->utebliven.nr != 0) {
		instant at = e->utebliven.hallen_at;
		unit_id unit = who_finds_out(e);
		d = owe_after_sip(o, TASK_UTRED_SIP, unit, e->utebliven.first_nr, at);
		d->done = e->kallelse.at > at || e->sip.hallen_at > at || said_of_sip_after(e, at);
	}
}

/* D7: follow-up is a deadline, which lives on when the stay is over. */
static void
owe_follow_up(struct owed *o)
{
	const struct episode *e = o->e;
	bool none = e->sip.uppfoljning_at == INSTANT_NONE;

	if (!sip_is_held(e) || (none && e->sip.uppfoljning_nr == 0))
		return;
	struct duty *d = owe(o, TASK_FOLJ_UPP_SIP, e->sip.unit, e->sip.first_nr,
	    none ? e->sip.uppfoljd_at : e->sip.uppfoljning_at);
	d->done = none || e->sip.avslutad;
	if (d->done)
		return;
	d->staff = acting(o, e->sip.unit);
	remind(d, calendar_add_days(d->due_at, -FOLLOW_UP_DAYS), NOTICE_TASK_DUE_SOON);
	remind(d, d->due_at, NOTICE_TASK_OVERDUE);
}

/* D1, D5: the kallelse; a task for each clock, so that a mottagare added later does not undo what
 * was done. */
static void
owe_kallelse(struct owed *o, const struct sip_clock *clock)
{
	unit_id unit = clock->unit;
	struct duty *d = owe(o, TASK_KALLA_SIP, unit, clock->ref, clock->due_before);

	d->done = clock->fulfilled;
	d->staff = acting(o, unit);
	remind(d, d->due_at - policy(o, POLICY_SIP_REMINDER, unit) * MINUTE, NOTICE_TASK_ESCALATED);
	remind(d, d->due_at - policy(o, POLICY_SIP_REMINDER_LAST, unit) * MINUTE,
	    NOTICE_TASK_DUE_SOON);
	remind(d, d->due_at, NOTICE_TASK_OVERDUE);
}

static int
years_between(civil_date from, civil_date to)
{
	struct date_parts a = date_split(from), b = date_split(to);

	return b.year - a.year - (b.month < a.month || (b.month == a.month && b.day < a.day));
}

/* G9: for a child the vårdnadshavare answer; both are asked as age allows. NULL: the patient. */
static const char *
who_answers(const struct owed *o)
{
	if (o->e->fodd == DATE_NONE)
		return NULL;
	int age = years_between(o->e->fodd, calendar_date(o->now));
	if (age >= ADULT_YEARS)
		return NULL;
	return age < policy(o, POLICY_BARN_TILLFRAGAS, o->hospital) ? "vardnadshavare"
								    : "barn_och_vardnadshavare";
}

static void
owe_question(struct owed *o, enum task_kind kind, unit_id unit, bool done)
{
	if (unit == 0)
		return;
	struct duty *d = owe(o, kind, unit, o->e->klar.first_nr, o->sip.due_before);
	d->done = done;
	d->detail = who_answers(o);
	if (unit != o->hospital)
		d->staff = acting(o, unit);
	remind(d, d->due_at, NOTICE_TASK_OVERDUE);
}

/* D1a: ask; or, where the patient cannot answer, a named person decides. Any answer is one, also a
 * no (D3). */
static void
owe_samtycke(struct owed *o)
{
	const struct samtycke *samtycke = &o->e->samtycke[SAMTYCKE_SIP];
	bool asked = samtycke->status == SAMTYCKE_OKANT;
	const struct participant *p = episode_participant_of(o->e, o->e->sip_behov.unit);
	bool decided = p != NULL && p->sip_behov_nr != 0 && p->sip_behov_at >= samtycke->at;
	bool running = o->sip.ref != 0 && !o->sip.fulfilled;
	unit_id unit = sip_unit(o->e, o->s, o->now);

	if (o->e->klar.nr == 0)
		return;
	if (!asked || running) {
		owe_question(o, TASK_FRAGA_SAMTYCKE, o->hospital, !asked);
		owe_question(o, TASK_FRAGA_SAMTYCKE, unit, !asked);
	}
	if (samtycke->status == SAMTYCKE_KAN_EJ && (decided || running))
		owe_question(o, TASK_BESLUTA_SIP, unit, decided);
}

/* Whose the meeting is: of those that still take part. */
static unit_id
meeting_unit(struct owed *o)
{
	const struct episode *e = o->e;
	const unit_id units[] = {o->sip.unit, e->bokning.unit,
	    e->kallelse.nr != 0 ? e->kallelse.unit : 0, sip_unit(e, o->s, o->now)};

	for (size_t i = 0; i < sizeof units / sizeof units[0]; i++) {
		const struct participant *p = episode_participant_of(e, units[i]);
		if (p != NULL && p->active)
			return units[i];
	}
	return 0;
}

static void
owe_new_time(struct owed *o, unit_id unit, int32_t ref, instant due)
{
	struct duty *d = owe(o, TASK_BOKA_OM_SIP, unit, ref, due);

	d->staff = acting(o, unit);
	remind(d, d->due_at, NOTICE_TASK_OVERDUE);
}

/* D6a, D6b: no time, or a time that no longer holds. */
static void
owe_time(struct owed *o)
{
	const struct episode *e = o->e;
	unit_id unit = meeting_unit(o);
	const struct fvk *fvk = episode_fvk(e, unit);
	enum samtycke_status status = e->samtycke[SAMTYCKE_SIP].status;
	bool wanted = (status == SAMTYCKE_LAMNAT || status == SAMTYCKE_KRAVS_EJ) && sip_owed(e);
	bool held = e->bokning.status == BOKNING_VANTAR;

	if (wanted && fvk != NULL && o->sip.ref != 0 && e->inskr.skydd == SKYDD_NEJ &&
	    policy(o, POLICY_SIP_MODE, unit) != SIP_MANUAL && !o->sip.fulfilled &&
	    e->bokning.status == BOKNING_NONE && sip_first_free(e, o->s, fvk, o->now).slot == 0) {
		struct duty *d = owe(o, TASK_NO_SLOT, unit, o->sip.ref, o->sip.due_before);
		d->staff = acting(o, unit);
		d->detail = "urgent";
		remind(d, d->due_at, NOTICE_TASK_OVERDUE);
	}
	bool given_back = e->kallelse.nr == 0 || e->bokning.nr > e->kallelse.nr;
	bool cancelled = e->bokning.status == BOKNING_NONE && o->sip.fulfilled && given_back;
	int32_t declined = kallelse_declined(e, o->r);
	if (unit == 0 || !sip_owed(e) || e->bokning.overlamnad_nr != 0)
		return;
	if (held || cancelled || declined != 0) /* D8: a no reopens booking */
		owe_new_time(o, unit, declined != 0 && !held ? declined : e->bokning.nr,
		    e->mote.start_at != INSTANT_NONE ? e->mote.start_at
						     : sip_not_after(e, o->r, unit, o->now));
}

/* E1, E3: what the hospital owes at discharge. */
static void
owe_discharge(struct owed *o)
{
	const struct episode *e = o->e;
	instant due = calendar_utskrivningsinformation_due(e->utskrivning.at);

	struct duty *d =
	    owe(o, TASK_UTSKRIVNINGSINFORMATION, o->hospital, e->utskrivning.first_nr, due);
	d->done = e->information.nr != 0;
	remind(d, due - 4 * HOUR, NOTICE_TASK_DUE_SOON);
	remind(d, due, NOTICE_TASK_OVERDUE);
	d = owe(o, TASK_PATIENTINFORMATION, o->hospital, e->utskrivning.first_nr, due);
	d->done = e->patientinformation.nr != 0;
	remind(d, due, NOTICE_TASK_OVERDUE);
}

static void
owe_of_mottagare(struct owed *o, const struct participant *p)
{
	const struct unit *u = region_unit(o->r, p->unit);

	owe_kvittens_inskrivning(o, p);
	owe_kvittens_klar(o, p);
	owe_kvittens_kallelse(o, p);
	owe_vardplan(o, p);
	if (u != NULL && unit_is_oppenvard(u)) {
		owe_fvk(o, p, u);
		owe_replacement(o, p);
	}
}

/* B12: an FVK without any stay. */
static void
owe_begaran(struct owed *o, const struct participant *p)
{
	const struct episode *e = o->e;
	const struct unit *u = region_unit(o->r, p->unit);
	struct ranked rank[RANKED_MAX];

	if (p->begaran_nr == 0 || u == NULL)
		return;
	struct duty *d = owe(o, TASK_UTSE_FVK, u->unit, p->begaran_nr,
	    calendar_after_working_days(
		p->begaran_at, (int)policy(o, POLICY_BEGARAN_DAYS, u->unit)));
	d->done = !episode_begaran_open(e, p);
	if (d->done)
		return;
	if (fvk_rank(e, o->s, u, o->now, rank) == 0) {
		d->staff = u->verksamhetschef;
		d->detail = "urgent"; /* B6 */
	}
	look_at_ranking(o, u);
	remind(d, d->due_at - 24 * HOUR, NOTICE_TASK_DUE_SOON);
	remind(d, d->due_at, NOTICE_TASK_OVERDUE);
}

static instant
own_sip_due(struct owed *o, instant from)
{
	int64_t days = policy(o, POLICY_SIP_WINDOW, o->e->sip_behov.unit);

	return calendar_add_days(from, (int)days);
}

/* D10: of those who wish for one, who did first. */
static const struct participant *
first_to_wish(const struct episode *e)
{
	const struct participant *first = NULL;

	for (int i = 0; i < e->participant_count; i++) {
		const struct participant *p = &e->participant[i];
		bool wishes = p->active && sip_wishes(e, p);
		if (wishes && (first == NULL || p->sip_behov_first_at < first->sip_behov_first_at))
			first = p;
	}
	return first;
}

/* D10: a SIP outside of every stay, on a unit's or the patient's wish. */
static void
owe_sip_wish(struct owed *o)
{
	const struct episode *e = o->e;

	bool wanted = e->sip_behov.nr != 0 && sip_wants(e->sip_behov.art);

	if (!wanted || (e->kallelse.nr == 0 && !sip_owed(e)))
		return;
	const struct participant *p = first_to_wish(e);
	if (p == NULL) /* since the last was held nobody does */
		p = episode_participant_of(e, e->sip_behov.unit);
	if (p == NULL)
		return;
	unit_id unit = p->unit;
	instant since = /* D3: given anew, from then */
	    instant_later(p->sip_behov_first_at, e->samtycke[SAMTYCKE_SIP].given_at);
	struct duty *d = owe(o, TASK_KALLA_SIP, unit, p->sip_behov_first_nr, own_sip_due(o, since));
	bool met = p->sip_behov_at <= e->sip.at; /* one held before the wish is not it */
	d->done = e->kallelse.nr != 0 && (met || sip_is_summoned(e));
	d->staff = acting(o, unit);
	remind(d, d->due_at - policy(o, POLICY_SIP_REMINDER, unit) * MINUTE, NOTICE_TASK_ESCALATED);
	remind(d, d->due_at, NOTICE_TASK_OVERDUE);
}

/* The unit's standing decision that ends last, not one that was revoked; or NULL. */
static const struct standing_decision *
last_decision(const struct region *r, unit_id unit)
{
	const struct standing_decision *last = NULL;

	for (int i = 0; i < r->standing_decision_count; i++) {
		const struct standing_decision *sd = &r->standing_decisions[i];
		if (sd->unit == unit && sd->revoked_at == INSTANT_NEVER &&
		    (last == NULL || sd->to_at > last->to_at))
			last = sd;
	}
	return last;
}

/* B4: a standing decision ends by itself: a month before, the verksamhetschef is told. */
static void
owe_renewal(struct owed *o, unit_id unit)
{
	const struct standing_decision *sd = last_decision(o->r, unit);

	if (sd == NULL)
		return;
	instant from = calendar_add_days(sd->to_at, -RENEWAL_DAYS);
	instant until = calendar_add_days(sd->to_at, RENEWAL_DAYS);
	owed_look_at(o, from);
	owed_look_at(o, until);
	if (o->now < from || o->now >= until)
		return;
	struct duty *d = owe(o, TASK_FORNYA_BESLUT, unit, sd->standing_decision, sd->to_at);
	d->staff = chef(o, unit);
	remind(d, calendar_add_days(sd->to_at, -RENEWAL_LAST_DAYS), NOTICE_TASK_DUE_SOON);
	remind(d, sd->to_at, NOTICE_TASK_OVERDUE);
}

/* What a patient's own file owes. */
static void
owe_own_file(struct owed *o)
{
	const struct episode *e = o->e;

	owe_sip_wish(o);
	for (int i = 0; i < e->participant_count; i++) {
		const struct participant *p = &e->participant[i];
		if (!p->active)
			continue;
		owe_begaran(o, p);
		owe_kvittens_kallelse(o, p);
	}
	int32_t declined = kallelse_declined(e, o->r);
	if (declined != 0 && sip_owed(e))
		owe_new_time(o, e->kallelse.unit, declined,
		    e->mote.start_at != INSTANT_NONE ? e->mote.start_at
						     : own_sip_due(o, e->kallelse.at));
	for (int i = 0; i < e->fvk_count; i++) {
		const struct participant *p = episode_participant_of(e, e->fvk[i].unit);
		if (p != NULL)
			owe_replacement(o, p);
	}
	owe_sip_held(o);
}

void
owe_lasting(struct owed *o)
{
	for (int i = 0; i < o->e->fvk_count; i++)
		owe_review(o, &o->e->fvk[i]);
	owe_follow_up(o);
}

void
owe_duties(struct owed *o)
{
	const struct episode *e = o->e;

	if (e->enhet != 0) {
		owe_renewal(o, e->enhet);
		return;
	}
	if (e->own_file) {
		owe_own_file(o);
		return;
	}
	owe_behovsbedomning(o);
	owe_inskrivningsmeddelande(o);
	if (e->inskr.nr == 0)
		return;
	owe_completion(o);
	for (int i = 0; i < e->participant_count; i++) {
		const struct participant *p = &e->participant[i];
		if (p->active && p->role == ROLE_MOTTAGARE)
			owe_of_mottagare(o, p);
		else
			owe_rerouting(o, p);
	}
	for (int i = 0; i < o->clock_count; i++)
		if (o->clock[i].unit != 0)
			owe_kallelse(o, &o->clock[i]);
	owe_samtycke(o);
	owe_time(o);
	owe_sip_held(o);
	if (e->utskrivning.nr != 0)
		owe_discharge(o);
}
