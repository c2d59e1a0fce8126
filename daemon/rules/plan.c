/*
 * plan: what is owed against what was given. Each row of given that must differ is changed and
 * marked; each change that a unit should know of becomes a notice. Nothing here knows a rule's
 * content: that is duties.c and breach.c, and below, for each topic, what a participant should have
 * been told.
 */
#include "betalning.h"
#include "owed.h"
#include "sip.h"

#include "log.h"

#include <stdlib.h>
#include <string.h>

#define TASK_ROW(value, word, rule, text) [value] = {word, rule, text},
const struct task_info task_table[TASK_KIND_COUNT] = {TASK_KINDS(TASK_ROW)};

int
task_kind_from(const char *word, size_t len)
{
	for (int i = 0; i < TASK_KIND_COUNT; i++)
		if (strlen(task_table[i].word) == len && memcmp(task_table[i].word, word, len) == 0)
			return i;
	return -1;
}

bool
task_is_kvittens(enum task_kind k)
{
	return k == TASK_KVITTERA_INSKRIVNING || k == TASK_KVITTERA_KLAR ||
	       k == TASK_KVITTERA_KALLELSE;
}

void
history_bind_tasks(struct history *facts, int count, const struct given_task *tasks, int task_count)
{
	for (int i = 0; i < count; i++) {
		struct fact *f = &facts[i].fact;
		if (f->type != KVITTENS || f->kvittens.task_nr == 0)
			continue;
		for (int k = 0; k < task_count; k++)
			if (tasks[k].nr == f->kvittens.task_nr && tasks[k].unit == f->source &&
			    task_is_kvittens(tasks[k].kind))
				f->kvittens.message_nr = tasks[k].ref;
	}
}

const char *
task_status_word(enum task_status s)
{
	static const char *const words[] = {"open", "done", "cancelled"};
	return words[s];
}

/* ---- Rows given ---- */

void
given_init(struct given *g)
{
	memset(g, 0, sizeof *g);
}

void
given_free(struct given *g)
{
	free(g->participants);
	free(g->tasks);
	free(g->breaches);
	given_init(g);
}

/* One more element at the end of an array that doubles; zeroed. */
static void *
grow(void **array, int *count, int *cap, size_t size)
{
	if (*count == *cap) {
		*cap = *cap == 0 ? 8 : 2 * *cap;
		*array = xrealloc(*array, (size_t)*cap * size);
	}
	void *row = (char *)*array + (size_t)(*count)++ * size;
	memset(row, 0, size);
	return row;
}

struct given_participant *
given_participant_add(struct given *g)
{
	return grow((void **)&g->participants, &g->participant_count, &g->participant_cap,
	    sizeof *g->participants);
}

struct given_task *
given_task_add(struct given *g)
{
	return grow((void **)&g->tasks, &g->task_count, &g->task_cap, sizeof *g->tasks);
}

struct given_breach *
given_breach_add(struct given *g)
{
	return grow((void **)&g->breaches, &g->breach_count, &g->breach_cap, sizeof *g->breaches);
}

void
effects_free(struct effects *x)
{
	free(x->told);
	memset(x, 0, sizeof *x);
}

/* ---- The work of one call ---- */

struct work {
	struct owed owed;
	const struct fact *cause;
	struct given *g;
	struct effects *x;
	unit_id newcomer; /* whom its own word brought in, who does not know what was said before */
};

static void
changed(enum change *c)
{
	if (*c == SAME)
		*c = UPDATED;
}

static struct told *
tell(struct work *w, unit_id unit, enum notice_type type, int32_t fact_nr)
{
	struct told *t = grow((void **)&w->x->told, &w->x->told_count, &w->x->told_cap, sizeof *t);
	*t = (struct told){unit, type, fact_nr, 0, -1, INSTANT_NONE, NULL};
	return t;
}

/* Did the unit itself just say this? The sender is not told of its own message. */
static bool
own_word(const struct work *w, unit_id unit)
{
	return w->cause != NULL && w->cause->source == unit;
}

/* ---- Tasks ---- */

static void
tell_task(struct work *w, const struct given_task *t, enum notice_type type, const char *detail)
{
	struct told *n = tell(w, t->unit, type, t->ref);
	n->task_nr = t->nr;
	n->task_kind = (int)t->kind;
	n->due_at = t->due_at;
	n->detail = detail;
}

static struct given_task *
given_task_of(struct given *g, const struct duty *d)
{
	for (int i = 0; i < g->task_count; i++) {
		struct given_task *t = &g->tasks[i];
		if (t->kind == d->kind && t->unit == d->unit && t->ref == d->ref)
			return t;
	}
	return NULL;
}

/*
 * Reminders that are over when the task comes, or its time changes: one that said it would be due
 * soon is not given late, one given is not given again; what still lies ahead is to come.
 */
static int16_t
reminded_before(const struct duty *d, int16_t given, instant now)
{
	int16_t reminded = 0;

	for (int i = 0; i < d->reminder_count; i++) {
		bool over = d->reminder[i].at <= now;
		if (over && (d->reminder[i].say == NOTICE_TASK_DUE_SOON || (given & 1 << i) != 0))
			reminded |= (int16_t)(1 << i);
	}
	return reminded;
}

static void
task_close(struct work *w, struct given_task *t, enum task_status status)
{
	t->status = status;
	t->closed_at = w->owed.now;
	changed(&t->change);
	if (w->owed.e->avliden.nr != 0)
		return; /* G1: that the patient is dead says it */
	if (status == TASK_CANCELLED || !own_word(w, t->unit))
		tell_task(
		    w, t, status == TASK_DONE ? NOTICE_TASK_DONE : NOTICE_TASK_CANCELLED, NULL);
}

/* Does the notice bring what the kvittens is to acknowledge? */
static bool
asks_kvittens(enum notice_type told, enum task_kind kind)
{
	switch (told) {
	case NOTICE_INSKRIVNINGSMEDDELANDE:
	case NOTICE_INSKRIVNINGSMEDDELANDE_ANDRAT:
		return kind == TASK_KVITTERA_INSKRIVNING;
	case NOTICE_UTSKRIVNINGSKLAR:
		return kind == TASK_KVITTERA_KLAR;
	case NOTICE_SIP_KALLELSE:
	case NOTICE_SIP_REBOOKED:
		return kind == TASK_KVITTERA_KALLELSE;
	default:
		return false;
	}
}

/* A kvittens is asked for by the notice that brings what is to be acknowledged: one push, not two.
 */
static bool
told_with_message(struct work *w, const struct given_task *t)
{
	for (int i = 0; i < w->x->told_count; i++) {
		struct told *n = &w->x->told[i];
		if (n->unit != t->unit || !asks_kvittens(n->type, t->kind))
			continue;
		n->task_nr = t->nr;
		n->task_kind = (int)t->kind;
		n->due_at = t->due_at;
		return true;
	}
	return false;
}

static void
task_open(struct work *w, struct given_task *t, const struct duty *d, const char *detail)
{
	t->staff = d->staff;
	t->status = TASK_OPEN;
	t->due_at = d->due_at;
	t->closed_at = INSTANT_NONE;
	t->reminded = reminded_before(d, 0, w->owed.now);
	changed(&t->change);
	if (!told_with_message(w, t))
		tell_task(w, t, NOTICE_TASK_CREATED, detail);
}

static void
task_add(struct work *w, const struct duty *d)
{
	struct given_task *t = given_task_add(w->g);

	t->nr = w->g->task_count;
	t->kind = d->kind;
	t->unit = d->unit;
	t->ref = d->ref;
	t->created_at = w->owed.now;
	t->change = INSERTED;
	task_open(w, t, d, d->detail);
}

/* Those that have come due. Looked at late, a worse one stands for "due soon", and two that say the
 * same are one. */
static void
task_remind(struct work *w, struct given_task *t, const struct duty *d)
{
	bool say[NOTICE_TYPE_COUNT] = {false};

	for (int i = 0; i < d->reminder_count; i++) {
		bool given = (t->reminded & 1 << i) != 0;
		if (d->reminder[i].at > w->owed.now) {
			owed_look_at(&w->owed, d->reminder[i].at);
			if (given) { /* its time has moved, not the task's: it is to come again */
				t->reminded &= (int16_t) ~(1 << i);
				changed(&t->change);
			}
			continue;
		}
		if (given)
			continue;
		say[d->reminder[i].say] = true;
		t->reminded |= (int16_t)(1 << i);
		changed(&t->change);
	}
	if (say[NOTICE_TASK_ESCALATED])
		tell_task(w, t, NOTICE_TASK_ESCALATED, NULL);
	if (say[NOTICE_TASK_OVERDUE])
		tell_task(w, t, NOTICE_TASK_OVERDUE, NULL);
	if (say[NOTICE_TASK_DUE_SOON] && !say[NOTICE_TASK_ESCALATED] && !say[NOTICE_TASK_OVERDUE])
		tell_task(w, t, NOTICE_TASK_DUE_SOON, NULL);
}

static void
give_duty(struct work *w, const struct duty *d)
{
	struct given_task *t = given_task_of(w->g, d);

	if (d->done) {
		if (t != NULL && t->status == TASK_OPEN)
			task_close(w, t, TASK_DONE);
		return;
	}
	if (t == NULL) {
		task_add(w, d);
		t = &w->g->tasks[w->g->task_count - 1];
	} else if (t->status != TASK_OPEN) {
		task_open(w, t, d, "reopened");
	} else if (t->due_at != d->due_at) {
		t->due_at = d->due_at;
		t->staff = d->staff;
		t->reminded = reminded_before(d, t->reminded, w->owed.now);
		changed(&t->change);
		tell_task(w, t, NOTICE_TASK_CHANGED, NULL);
	} else if (t->staff != d->staff) {
		t->staff = d->staff;
		changed(&t->change);
		if (d->detail != NULL) /* B6: what is urgent has come to somebody else */
			tell_task(w, t, NOTICE_TASK_CHANGED, d->detail);
	}
	task_remind(w, t, d);
}

/* D6a, D8: a kallelse to another time is what was asked for. */
static bool
has_new_time(const struct episode *e, const struct given_task *t)
{
	return t->kind == TASK_BOKA_OM_SIP && e->kallelse.nr > t->ref &&
	       e->bokning.status == BOKNING_BOKAD && e->bokning.nr > t->ref;
}

/* What is owed no longer is cancelled; done ones stay done. */
static void
cancel_tasks(struct work *w)
{
	for (int i = 0; i < w->g->task_count; i++) {
		struct given_task *t = &w->g->tasks[i];
		bool owed = t->status != TASK_OPEN;
		for (int k = 0; k < w->owed.duty_count && !owed; k++) {
			const struct duty *d = &w->owed.duty[k];
			owed = d->kind == t->kind && d->unit == t->unit && d->ref == t->ref;
		}
		if (!owed)
			task_close(w, t, has_new_time(w->owed.e, t) ? TASK_DONE : TASK_CANCELLED);
	}
}

/* ---- Breaches ---- */

static struct given_participant *
given_participant_of(struct given *g, unit_id unit)
{
	for (int i = 0; i < g->participant_count; i++)
		if (g->participants[i].unit == unit)
			return &g->participants[i];
	return NULL;
}

/* Of several breaches of one fact the hospital is told once. */
static bool
is_told(const struct work *w, unit_id unit, enum notice_type type, const struct given_breach *b)
{
	for (int i = 0; i < w->x->told_count; i++) {
		const struct told *t = &w->x->told[i];
		if (t->unit == unit && t->type == type && t->fact_nr == b->ref &&
		    t->due_at == b->due_at && t->detail == breach_rule_word(b->rule))
			return true;
	}
	return false;
}

static void
tell_breach(struct work *w, const struct given_breach *b, enum notice_type type)
{
	unit_id units[2] = {w->owed.hospital, b->unit};

	for (int i = 0; i < 2; i++) {
		const struct given_participant *p = given_participant_of(w->g, units[i]);
		if (p == NULL || !p->active || (i == 1 && units[1] == units[0]) ||
		    is_told(w, units[i], type, b))
			continue;
		struct told *n = tell(w, units[i], type, b->ref);
		n->due_at = b->due_at;
		n->detail = breach_rule_word(b->rule);
	}
}

/* B1 at discharge: everyone is told that nobody is named. E1: overdue also alarms the mottagare. */
static void
tell_others(struct work *w, const struct given_breach *b)
{
	for (int i = 0; i < w->g->participant_count; i++) {
		const struct given_participant *p = &w->g->participants[i];
		if (!p->active)
			continue;
		if (b->rule == BREACH_B1 && b->done_at == INSTANT_NONE)
			tell(w, p->unit, NOTICE_FVK_MISSING, b->ref);
		if (b->rule == BREACH_E1 && p->role == ROLE_MOTTAGARE && b->done_at == INSTANT_NONE)
			tell(w, p->unit, NOTICE_INFORMATION_FORSENAD, b->ref);
	}
}

/* When the rule was broken; D1's breach comes after the days off that follow its alarm. */
static instant
broken_at(const struct work *w, const struct given_breach *b)
{
	bool shift = region_policy(w->owed.r, POLICY_SIP_SHIFT_HOLIDAY, b->unit, w->owed.now, NULL);

	if (b->rule != BREACH_D1)
		return b->due_at;
	return calendar_kallelse_breach_from(calendar_add_days(b->due_at, -(D1_DAYS + 1)), D1_DAYS,
	    shift ? SIP_SHIFT_HOLIDAY : SIP_SHIFT_NONE);
}

/* D1: is the ward charged for want of a unit that sends kallelser, and that one was there then
 * after all (it took back that it was out)? */
static bool
is_mischarged(const struct work *w, const struct given_breach *b, const struct owed_breach *o)
{
	const struct participant *p = episode_participant_of(w->owed.e, o->unit);

	if (b->cause != CAUSE_HOSPITAL_LATE || o->cause != CAUSE_UNIT_LATE || p == NULL)
		return false;
	instant given = episode_klar_lamnad_at(w->owed.e, p);
	return given != INSTANT_NONE && given < broken_at(w, b);
}

/* D1 is broken once, by who was to send the kallelse then, whoever is to send it now. */
static bool
is_breach(const struct work *w, const struct given_breach *b, const struct owed_breach *o)
{
	if (b->rule != o->rule || b->ref != o->ref)
		return false;
	bool stands = b->rule == BREACH_D1 && b->withdrawn_at == INSTANT_NONE;
	return b->unit == o->unit || (stands && !is_mischarged(w, b, o));
}

/* One that stands, before one that was taken back. */
static struct given_breach *
given_breach_of(const struct work *w, const struct owed_breach *o)
{
	struct given_breach *found = NULL;

	for (int i = 0; i < w->g->breach_count; i++) {
		struct given_breach *b = &w->g->breaches[i];
		if (is_breach(w, b, o) && (found == NULL || b->withdrawn_at == INSTANT_NONE))
			found = b;
	}
	return found;
}

static void
give_breach(struct work *w, const struct owed_breach *o)
{
	struct given_breach *b = given_breach_of(w, o);
	bool fresh = b == NULL || b->withdrawn_at != INSTANT_NONE;
	enum breach_cause cause = !fresh && b->unit != o->unit ? b->cause : o->cause;

	if (!fresh && b->cause == cause && b->due_at == o->due_at && b->done_at == o->done_at)
		return;
	if (b == NULL) {
		b = given_breach_add(w->g);
		b->change = INSERTED;
		b->stamped_at = w->owed.now;
		b->rule = o->rule;
		b->unit = o->unit;
		b->ref = o->ref;
	}
	b->cause = cause;
	b->due_at = o->due_at;
	b->done_at = o->done_at;
	b->withdrawn_at = INSTANT_NONE;
	changed(&b->change);
	if (!fresh)
		return;
	tell_breach(w, b, NOTICE_AVVIKELSE);
	tell_others(w, b);
}

/* C3: was the ready notice withdrawn before t, the one that the breach is of, or under which
 * another word opened its clock (D1)? */
static bool
was_withdrawn(const struct episode *e, const struct given_breach *b, instant t)
{
	instant opened = calendar_add_days(b->due_at, -(D1_DAYS + 1)); /* that day */
	bool withdrawn = false;

	for (int i = 0; i < e->aterkallad_count; i++) {
		bool in_force = b->rule == BREACH_D1 && b->ref != e->klar.first_nr &&
				e->aterkallad[i].recorded_at < calendar_add_days(opened, 1) &&
				e->aterkallad[i].sent_at >= opened;
		withdrawn |=
		    (e->aterkallad[i].nr == b->ref || in_force) && e->aterkallad[i].sent_at < t;
	}
	return withdrawn;
}

/* The breach of a unit that is out: what it did not do then, or get in time (A5), it did not; but
 * the discharge is owed for by the ward that the patient left (E1). */
static bool
breach_outlasts(const struct episode *e, const struct given_breach *b, const struct participant *p)
{
	instant received = p->role == ROLE_MOTTAGARE ? p->mottog_at : e->inskr.first_recorded_at;
	instant at;

	switch (b->rule) {
	case BREACH_A5:
		return received > episode_inskrivningsmeddelande_due(e);
	case BREACH_B1:
		return !fvk_at_discharge(e, b->unit);
	case BREACH_E2:
		return !episode_klar_kvitterad(e, p, &at) || at > e->utskrivning.at;
	default:
		return false;
	}
}

/*
 * A breach stays though its clock was stopped after it (C3, D3), or its unit takes part no longer;
 * it goes if a message showed that it was none: also one that says late that the patient was not
 * ready any more before, or not home then, or that no SIP was to be summoned to.
 */
static bool
breach_stands(const struct work *w, const struct given_breach *b)
{
	const struct episode *e = w->owed.e;
	const struct participant *p = episode_participant_of(e, b->unit);
	bool runs = false, mischarged = false;

	for (int i = 0; i < w->owed.breach_count; i++) {
		const struct owed_breach *o = &w->owed.breach[i];
		if (is_breach(w, b, o))
			return true;
		mischarged |= o->rule == b->rule && o->ref == b->ref && is_mischarged(w, b, o);
	}
	if (e->inskr.nr == 0 || mischarged || episode_is_annulled(e, b->ref) ||
	    was_withdrawn(e, b, broken_at(w, b)))
		return false;
	if (p != NULL && !p->active && b->rule != BREACH_D1)
		return breach_outlasts(e, b, p);
	for (int i = 0; i < w->owed.clock_count; i++)
		runs |= w->owed.clock[i].ref == b->ref;
	bool home = e->utskrivning.nr != 0 && e->utskrivning.at == b->due_at;
	instant at = broken_at(w, b);
	if (b->rule == BREACH_D1 && runs) /* who was not summoned then has left since */
		return sip_was_unsummoned(e, w->owed.r, b->ref, at);
	return (b->rule == BREACH_D1 && !sip_was_off(e, at)) ||
	       (b->rule == BREACH_E2 && home && e->klar.first_nr != b->ref);
}

static void
withdraw_breaches(struct work *w)
{
	for (int i = 0; i < w->g->breach_count; i++) {
		struct given_breach *b = &w->g->breaches[i];
		if (b->withdrawn_at != INSTANT_NONE || breach_stands(w, b))
			continue;
		b->withdrawn_at = w->owed.now;
		changed(&b->change);
		tell_breach(w, b, NOTICE_AVVIKELSE_ATERKALLAD);
	}
}

/* ---- Participants, and what each is told by topic ---- */

/* The watch of A0 stays inside the hospital; a stay whose message was annulled is nobody else's. */
static bool
takes_part(const struct episode *e, const struct participant *p)
{
	return p != NULL && p->active && (p->role == ROLE_HOSPITAL || episode_stands(e));
}

/* A unit that takes back that it left, or a ward that takes a patient over: what others said
 * meanwhile is news to it. */
static bool
comes_by_own_word(const struct work *w, const struct participant *p)
{
	if (!own_word(w, p->unit))
		return false;
	return (w->cause->type == MAKULERING && p->role == ROLE_MOTTAGARE) ||
	       w->cause->type == OVERFLYTTNING;
}

static void
admit(struct work *w)
{
	const struct episode *e = w->owed.e;

	for (int i = 0; i < e->participant_count; i++) {
		const struct participant *p = &e->participant[i];
		struct given_participant *given = given_participant_of(w->g, p->unit);
		if (!takes_part(e, p) || (given != NULL && given->active && given->role == p->role))
			continue;
		if (given == NULL) {
			given = given_participant_add(w->g);
			given->unit = p->unit;
			given->change = INSERTED;
		}
		if (!given->active && comes_by_own_word(w, p))
			w->newcomer = p->unit;
		if (!given->active)
			memset(given->told, 0, sizeof given->told);
		given->role = p->role;
		given->active = true;
		changed(&given->change);
	}
}

/* Who is out hears nothing more, but that, last of all (A6). Also one whom no fact names any more
 * (annulled). */
static void
dismiss(struct work *w)
{
	const struct episode *e = w->owed.e;

	for (int i = 0; i < w->g->participant_count; i++) {
		struct given_participant *p = &w->g->participants[i];
		if (!p->active || takes_part(e, episode_participant_of(e, p->unit)))
			continue;
		p->active = false;
		changed(&p->change);
	}
}

/* Of the stay; of anything, in a patient's own file. */
static bool
was_told(const struct episode *e, const struct given_participant *p)
{
	bool told = p->told[TOPIC_INSKRIVNING] != 0;

	for (int i = 0; i < TOPIC_COUNT && e->own_file; i++)
		told |= p->told[i] != 0;
	return told;
}

static void
tell_dismissed(struct work *w)
{
	enum notice_type type =
	    w->owed.e->inskr.nr == 0 ? NOTICE_MAKULERAD : NOTICE_MOTTAGARE_AVSLUTAD;

	for (int i = 0; i < w->g->participant_count; i++) {
		struct given_participant *p = &w->g->participants[i];
		bool stays = p->active && (w->owed.e->inskr.nr != 0 || w->owed.e->own_file);
		if (stays || !was_told(w->owed.e, p))
			continue;
		memset(p->told, 0, sizeof p->told);
		changed(&p->change);
		if (!own_word(w, p->unit))
			tell(w, p->unit, type, 0);
	}
}

/* Whether a topic changes by that very message, which its sender knows, or only because of it. */
static bool
topic_is_said_by(enum topic topic, enum message_type type)
{
	switch (topic) {
	case TOPIC_INSKRIVNING:
	case TOPIC_BERAKNAD:
	case TOPIC_KLAR:
	case TOPIC_UTSKRIVNING:
	case TOPIC_SAMTYCKE:
	case TOPIC_AVLIDEN:
	case TOPIC_UTTRADE:
	case TOPIC_VARDFORM:
	case TOPIC_PERMISSION:
	case TOPIC_OVERFLYTTNING:
	case TOPIC_INSATSER:
	case TOPIC_PATIENT:
	case TOPIC_SVAR:
	case TOPIC_SIP_HALLEN:
		return true;
	case TOPIC_FVK:
	case TOPIC_FORSLAG:
		return type == FAST_VARDKONTAKT || type == FAST_KONTAKT;
	case TOPIC_MOTE:
		return type == SIP_KALLELSE;
	case TOPIC_SIP:
	case TOPIC_VARDPLAN:
	case TOPIC_BETALNING:
	case TOPIC_COUNT:
		break;
	}
	return false;
}

/* Told for good: topic's value becomes nr; a notice unless nothing changed or the unit said it
 * itself. */
static void
tell_topic(struct work *w, struct given_participant *p, enum topic topic, int32_t nr,
    enum notice_type type, int32_t fact_nr, const char *detail)
{
	if (p->told[topic] == nr)
		return;
	p->told[topic] = nr;
	changed(&p->change);
	/* What samordnad decided upon the message has a later nr. */
	if (own_word(w, p->unit) && fact_nr <= w->cause->nr &&
	    topic_is_said_by(topic, w->cause->type) &&
	    (p->unit != w->newcomer || fact_nr == w->cause->nr))
		return;
	tell(w, p->unit, type, fact_nr)->detail = detail;
}

static void
tell_silently(struct given_participant *p, enum topic topic, int32_t nr)
{
	if (p->told[topic] == nr)
		return;
	p->told[topic] = nr;
	changed(&p->change);
}

/* News of which only the newest counts. Section 2: one that was annulled is taken back. */
static void
tell_news(struct work *w, struct given_participant *p, enum topic topic, int32_t nr,
    enum notice_type type, const char *detail)
{
	int32_t before = p->told[topic];

	if (nr > before)
		tell_topic(w, p, topic, nr, type, nr, detail);
	else if (nr < before && episode_is_annulled(w->owed.e, before))
		tell_topic(w, p, topic, nr, type, before, "makulerad");
	else
		tell_silently(p, topic, nr);
}

/* The newest of what each unit said last; NULL: nobody said anything. */
static const struct insatser *
insatser_last(const struct episode *e)
{
	const struct insatser *last = NULL;

	for (int i = 0; i < e->insatser_count; i++) {
		const struct insatser *said = &e->insatser[i];
		bool later = false;
		for (int k = i + 1; k < e->insatser_count; k++)
			later |= e->insatser[k].unit == said->unit;
		if (!later && (last == NULL || said->nr > last->nr))
			last = said;
	}
	return last;
}

static int32_t
insatser_nr(const struct episode *e)
{
	const struct insatser *last = insatser_last(e);

	return last != NULL ? last->nr : 0;
}

static void
topic_inskrivning(struct work *w, struct given_participant *p)
{
	const struct episode *e = w->owed.e;
	bool before = p->told[TOPIC_INSKRIVNING] != 0;

	if (!before) { /* said with the message itself, or by the stay as it stands (A10) */
		tell_silently(p, TOPIC_BERAKNAD, e->beraknad.nr);
		tell_silently(p, TOPIC_PERMISSION, e->permission.nr);
		tell_silently(p, TOPIC_PATIENT, e->patient_nr);
		tell_silently(p, TOPIC_INSATSER, insatser_nr(e));
		if (p->unit != e->avdelning.unit)
			tell_silently(p, TOPIC_OVERFLYTTNING, e->avdelning.nr);
	}
	tell_topic(w, p, TOPIC_INSKRIVNING, e->inskr.nr,
	    before ? NOTICE_INSKRIVNINGSMEDDELANDE_ANDRAT : NOTICE_INSKRIVNINGSMEDDELANDE,
	    e->inskr.nr, NULL);
}

/* A7: a shift of more than 24 h is marked. */
static void
topic_beraknad(struct work *w, struct given_participant *p)
{
	const struct episode *e = w->owed.e;
	int64_t shift =
	    region_policy(w->owed.r, POLICY_BERAKNAD_SHIFT, p->unit, w->owed.now, NULL) * MINUTE;
	const char *detail = NULL;

	if (e->utskrivning.nr != 0)
		return; /* none is expected of who is home; is that annulled, it is told then */
	if (e->beraknad.nr == 0) { /* what was told was annulled */
		tell_topic(w, p, TOPIC_BERAKNAD, 0, NOTICE_NY_BERAKNAD_UTSKRIVNING,
		    p->told[TOPIC_BERAKNAD], "no_date");
		return;
	}
	if (e->beraknad.former != INSTANT_NONE &&
	    llabs(e->beraknad.at - e->beraknad.former) > shift)
		detail = "shift_over_24h";
	tell_topic(w, p, TOPIC_BERAKNAD, e->beraknad.nr, NOTICE_NY_BERAKNAD_UTSKRIVNING,
	    e->beraknad.nr, detail);
}

static void
topic_events(struct work *w, struct given_participant *p)
{
	const struct episode *e = w->owed.e;
	int32_t told = p->told[TOPIC_UTSKRIVNING];

	const struct participant *of = episode_participant_of(e, p->unit);
	bool withheld = of != NULL && of->undanhallen_nr == e->klar.nr; /* C1a */
	int32_t klar = withheld ? 0 : e->klar.first_nr;
	tell_topic(w, p, TOPIC_KLAR, klar,
	    klar != 0 ? NOTICE_UTSKRIVNINGSKLAR : NOTICE_EJ_LANGRE_UTSKRIVNINGSKLAR,
	    klar != 0 ? klar : p->told[TOPIC_KLAR], NULL);
	tell_topic(w, p, TOPIC_UTSKRIVNING, e->utskrivning.nr,
	    e->utskrivning.nr != 0 ? NOTICE_UTSKRIVNING : NOTICE_UTSKRIVNING_ATERKALLAD,
	    e->utskrivning.nr != 0 ? e->utskrivning.nr : told, NULL);
}

/* D3: what changes about samtycke to the SIP goes to all; what the inskrivningsmeddelande said is
 * in it. */
static void
topic_samtycke(struct work *w, struct given_participant *p)
{
	const struct episode *e = w->owed.e;
	int32_t nr = e->samtycke[SAMTYCKE_SIP].nr;

	if (nr == 0)
		return;
	/* What the inskrivningsmeddelande says already is no news to who gets it. */
	if (p->told[TOPIC_SAMTYCKE] == 0 &&
	    e->samtycke[SAMTYCKE_SIP].status == e->inskr.samtycke[SAMTYCKE_SIP]) {
		tell_silently(p, TOPIC_SAMTYCKE, nr);
		return;
	}
	tell_topic(w, p, TOPIC_SAMTYCKE, nr, NOTICE_SAMTYCKE, nr,
	    samtycke_status_word(e->samtycke[SAMTYCKE_SIP].status));
}

static uint32_t
mix(uint32_t hash, uint32_t word)
{
	return (hash ^ word) * 16777619u;
}

/* A mark of who is FVK where, until when, and who acts or would: low four bits how many, above them
 * a hash. 0: nobody. */
static int32_t
fvk_mark(const struct work *w, int32_t *nr)
{
	const struct episode *e = w->owed.e;
	uint32_t hash = 2166136261u;
	int count = 0;

	*nr = 0;
	for (int i = 0; i < e->fvk_count; i++) {
		const struct fvk *fvk = &e->fvk[i];
		if (fvk->nr > *nr)
			*nr = fvk->nr;
		if (fvk->staff == 0)
			continue;
		count++;
		staff_id acting = region_acting(w->owed.r, fvk->staff, w->owed.now);
		hash = mix(hash, (uint32_t)fvk->unit);
		hash = mix(hash, (uint32_t)fvk->staff);
		hash = mix(hash, (uint32_t)acting);
		if (fvk->jamte != 0)
			hash = mix(hash, (uint32_t)fvk->jamte);
		if (fvk->ersattare != 0)
			hash = mix(mix(hash, 'e'), (uint32_t)fvk->ersattare);
		if (fvk->to_at != INSTANT_NONE)
			hash = mix(mix(hash, 't'), (uint32_t)(fvk->to_at / SECOND));
	}
	return count == 0 ? 0 : (int32_t)((hash & 0x07fffff0u) | (uint32_t)(count & 15));
}

/* B10: changes tell both units, the kommun and the ward. */
static void
topic_fvk(struct work *w, struct given_participant *p, int32_t mark, int32_t nr)
{
	int before = p->told[TOPIC_FVK] & 15, now = mark & 15;
	enum notice_type type = now > before   ? NOTICE_FVK_APPOINTED
				: now < before ? NOTICE_FVK_ENDED
					       : NOTICE_FVK_CHANGED;

	tell_topic(w, p, TOPIC_FVK, mark, type, nr, NULL);
}

/* B4: proposed to the unit alone; without a standing decision `auto` falls back to this, visibly.
 */
static void
topic_forslag(struct work *w, struct given_participant *p)
{
	const struct episode *e = w->owed.e;

	for (int i = 0; i < e->fvk_count; i++) {
		const struct fvk *fvk = &e->fvk[i];
		if (fvk->unit != p->unit || fvk->foreslagen == 0)
			continue;
		bool fallen_back = region_policy(w->owed.r, POLICY_FVK_MODE, p->unit, w->owed.now,
				       NULL) == FVK_AUTO;
		tell_topic(w, p, TOPIC_FORSLAG, fvk->forslag_nr, NOTICE_FVK_PROPOSED,
		    fvk->forslag_nr, fallen_back ? "no_standing_decision" : NULL);
	}
}

/* D1: the clock of the unit that summons, or of one that is not summoned yet; ref 0: none. */
static struct sip_clock
clock_of(const struct work *w, unit_id unit)
{
	const struct owed *o = &w->owed;
	const struct participant *of = episode_participant_of(o->e, unit);

	if (unit == o->sip.unit)
		return o->sip;
	if (of != NULL && sip_concerns(o->e, o->r, of) && of->kallad_nr == 0)
		return sip_clock_of(o->e, of, o->clock, o->clock_count);
	return (struct sip_clock){.ref = 0};
}

/* Said to be due, and not wanted any more though the patient is ready and nobody was summoned. */
static bool
sip_is_off(const struct work *w, const struct given_participant *p)
{
	const struct participant *of = episode_participant_of(w->owed.e, p->unit);

	return p->told[TOPIC_SIP] != 0 && w->owed.e->klar.nr != 0 && of != NULL &&
	       of->kallad_nr == 0 && clock_of(w, p->unit).ref == 0;
}

/* D1: that a SIP is due, to the unit that summons and to whom it has not summoned yet. Where a
 * meeting was told, its own cancellation says that none is (topic_mote). */
static void
topic_sip(struct work *w, struct given_participant *p)
{
	struct sip_clock clock = clock_of(w, p->unit);

	if (sip_is_off(w, p) && p->told[TOPIC_MOTE] == 0)
		tell_topic(w, p, TOPIC_SIP, 0, NOTICE_SIP_CANCELLED, p->told[TOPIC_SIP], NULL);
	if (clock.ref == 0 || clock.fulfilled || p->told[TOPIC_SIP] == clock.ref)
		return;
	p->told[TOPIC_SIP] = clock.ref;
	changed(&p->change);
	tell(w, p->unit, NOTICE_SIP_DUE, clock.ref)->due_at = clock.due_before;
}

/* What is new about the meeting; `before`: what the unit was told last; kallad: the kallelse that
 * reached it. */
static enum notice_type
mote_type(const struct episode *e, int32_t before, int32_t kallad)
{
	if (e->bokning.status == BOKNING_VANTAR)
		return NOTICE_SIP_ON_HOLD;
	if (!sip_is_summoned(e))
		return before == 0 ? NOTICE_SIP_BOOKED : NOTICE_SIP_REBOOKED;
	bool moved = e->bokning.nr > kallad || e->kallelse.atgard == KALLELSE_OMBOKA;
	return before != 0 && moved ? NOTICE_SIP_REBOOKED : NOTICE_SIP_KALLELSE;
}

/* One word for the meeting and the SIP that was said to be due. */
static void
tell_no_meeting(struct work *w, struct given_participant *p, int32_t fact_nr, const char *detail)
{
	if (p->told[TOPIC_MOTE] == 0)
		return;
	tell_topic(w, p, TOPIC_MOTE, 0, NOTICE_SIP_CANCELLED, fact_nr, detail);
	if (sip_is_off(w, p))
		p->told[TOPIC_SIP] = 0;
}

/* The fact that tells of what began the round that runs; 0: it is the first. */
static int32_t
round_told_nr(const struct episode *e)
{
	if (e->sip_round_nr == 0)
		return 0;
	const struct sip_round *round = &e->sip_round[e->sip_round_nr];

	return round->refused ? round->nr : e->sip.nr;
}

/*
 * D6, D6a: the meeting, to those summoned, the unit that summons, and the ward; before the kallelse
 * to that unit only. A kallelse to one who was added later is no news to the others (D2).
 */
static void
topic_mote(struct work *w, struct given_participant *p)
{
	const struct episode *e = w->owed.e;
	const struct participant *of = episode_participant_of(e, p->unit);
	bool past = e->kallelse.nr != 0 && !sip_is_summoned(e);
	unit_id unit = sip_is_summoned(e) ? e->kallelse.unit : e->bokning.unit;
	bool meeting = e->bokning.status != BOKNING_NONE && e->mote.start_at != INSTANT_NONE;
	bool summons = p->unit == unit || p->role == ROLE_HOSPITAL;
	int32_t kallad = 0, before = p->told[TOPIC_MOTE];

	if (e->bokning.overlamnad_nr != 0 && !meeting) { /* G2: the stay that follows tells of it */
		tell_silently(p, TOPIC_MOTE, 0);
		return;
	}
	bool cancelled = e->kallelse.avbokad && !meeting;
	if (past && !cancelled &&
	    (e->bokning.nr <= e->kallelse.nr ||
		(p->unit != e->bokning.unit && before <= e->kallelse.nr)))
		return; /* D7: nothing since, but a time that is proposed to that unit */
	if (past && !cancelled && before <= e->kallelse.nr)
		before = 0;
	if (of != NULL && sip_is_struck(of, e->sip_round_nr) && !summons) { /* D11 */
		tell_no_meeting(w, p, of->struken_nr, "struken");
		return;
	}
	if (!meeting && (e->kallelse.nr == 0 || e->bokning.nr > e->kallelse.nr)) {
		tell_no_meeting(w, p, before, NULL);
		return;
	}
	bool reached = of != NULL && sip_summoned_at(e, of) != INSTANT_NONE;
	if (sip_is_summoned(e) && of != NULL)
		kallad = summons ? e->kallelse.nr : reached ? of->kallad_nr : 0;
	if (!summons && !reached && before < round_told_nr(e))
		return; /* D7: what it was told of was held */
	if (kallad == 0 && p->unit != unit && (before == 0 || !meeting))
		return; /* one that was told of a meeting is told where it went */
	int32_t last = e->bokning.nr > kallad ? e->bokning.nr : kallad;
	if (before != last)
		tell_topic(w, p, TOPIC_MOTE, last, mote_type(e, before, kallad), last, NULL);
}

/* G1: once, and taken back if it was said in error. */
static void
topic_avliden(struct work *w, struct given_participant *p)
{
	int32_t nr = w->owed.e->avliden.nr, told = p->told[TOPIC_AVLIDEN];

	tell_topic(w, p, TOPIC_AVLIDEN, nr, nr != 0 ? NOTICE_AVLIDEN : NOTICE_AVLIDEN_ATERKALLAD,
	    nr != 0 ? nr : told, NULL);
}

/* A9, A10, A11: the hospital is told who says that the patient is none of theirs. */
static void
topic_uttrade(struct work *w, struct given_participant *p)
{
	const struct episode *e = w->owed.e;
	const struct participant *last = NULL;

	for (int i = 0; i < e->participant_count; i++) {
		const struct participant *q = &e->participant[i];
		if (q->uttrade != UTTRADE_NONE && q->uttrade != UTTRADE_BORTTAGEN &&
		    (last == NULL || q->uttrade_nr > last->uttrade_nr))
			last = q;
	}
	if (p->role != ROLE_HOSPITAL)
		return;
	if (last == NULL || last->uttrade_nr < p->told[TOPIC_UTTRADE])
		tell_news(w, p, TOPIC_UTTRADE, last != NULL ? last->uttrade_nr : 0,
		    NOTICE_MOTTAGARE_ANDRAD, NULL);
	else if (last->uttrade == UTTRADE_AVVISAD)
		tell_news(w, p, TOPIC_UTTRADE, last->uttrade_nr, NOTICE_AVVISNING,
		    avvisning_orsak_word(last->avvisning_orsak));
	else
		tell_news(w, p, TOPIC_UTTRADE, last->uttrade_nr,
		    last->uttrade == UTTRADE_EJ_BERORD ? NOTICE_EJ_BERORD : NOTICE_MOTTAGARE_ANDRAD,
		    NULL);
}

/* G5: without samtycke to informationsdelning no more than the statutory fields and the clocks. */
static bool
may_be_shared(const struct episode *e)
{
	enum samtycke_status status = e->samtycke[SAMTYCKE_INFORMATIONSDELNING].status;

	return status == SAMTYCKE_LAMNAT || status == SAMTYCKE_KRAVS_EJ;
}

/* C6: how compulsory care stands, and that the vårdplan is drawn up: when every unit has adjusted
 * it. */
static void
topic_tvangsvard(struct work *w, struct given_participant *p)
{
	const struct episode *e = w->owed.e;
	const struct participant *of = episode_participant_of(e, p->unit);
	int32_t drawn_up = 0;
	bool all = e->klar.nr != 0 && e->tvangsvard.oppen != TVANGSVARD_INGEN;

	for (int i = 0; i < e->participant_count; i++) {
		const struct participant *q = &e->participant[i];
		if (!vardplan_concerns(e, w->owed.r, q))
			continue;
		all &= q->vardplan_nr != 0;
		if (q->vardplan_nr > drawn_up)
			drawn_up = q->vardplan_nr;
	}
	/* C1a: open care that was said with it; nor is its end told to who does not know of it. */
	bool unknown = e->tvangsvard.oppen == TVANGSVARD_INGEN && of != NULL &&
		       of->undanhallen_nr == e->tvangsvard.known_nr &&
		       p->told[TOPIC_VARDFORM] < e->tvangsvard.known_nr;
	bool withheld = of != NULL && of->undanhallen_nr != 0 &&
			(of->undanhallen_nr == e->tvangsvard.nr || unknown);
	if (e->tvangsvard.nr == e->klar.nr && !withheld &&
	    p->told[TOPIC_VARDFORM] <= e->tvangsvard.nr)
		tell_silently(p, TOPIC_VARDFORM, e->tvangsvard.nr); /* said with it */
	else if (!withheld)
		tell_news(w, p, TOPIC_VARDFORM, e->tvangsvard.nr, NOTICE_VARDFORM,
		    may_be_shared(e) ? oppen_tvangsvard_word(e->tvangsvard.oppen) : NULL);
	if (all && drawn_up != 0)
		tell_news(w, p, TOPIC_VARDPLAN, drawn_up, NOTICE_VARDPLAN, NULL);
	else if (episode_is_annulled(e, p->told[TOPIC_VARDPLAN]))
		tell_news(w, p, TOPIC_VARDPLAN, 0, NOTICE_VARDPLAN, NULL);
}

/* F3, F8: whether help is there, to the hospital and to who may have to pay. */
static void
topic_insatser(struct work *w, struct given_participant *p)
{
	const struct episode *e = w->owed.e;
	const struct unit *u = region_unit(w->owed.r, p->unit);
	const struct insatser *last = insatser_last(e);

	if (p->role != ROLE_HOSPITAL && (u == NULL || unit_is_oppenvard(u)))
		return;
	bool shown = last != NULL && (p->role == ROLE_HOSPITAL || may_be_shared(e));
	tell_news(w, p, TOPIC_INSATSER, insatser_nr(e), NOTICE_INSATSER,
	    shown ? insatser_status_ord_word(last->status) : NULL);
}

/* G2, and what else changes about the stay and the patient. */
static void
topic_stay(struct work *w, struct given_participant *p)
{
	const struct episode *e = w->owed.e;

	tell_news(w, p, TOPIC_PERMISSION, e->permission.nr, NOTICE_PERMISSION, NULL);
	tell_news(w, p, TOPIC_OVERFLYTTNING, e->avdelning.nr, NOTICE_OVERFLYTTNING, NULL);
	tell_news(w, p, TOPIC_PATIENT, e->patient_nr, NOTICE_PATIENT_UPPDATERAD, NULL);
}

/* D8: the answer, to the unit that summons. D7: held, or not; followed up: to all. */
static void
topic_sip_held(struct work *w, struct given_participant *p)
{
	const struct episode *e = w->owed.e;
	const struct participant *last = NULL, *of = episode_participant_of(e, p->unit);
	int32_t held_nr = e->sip.uppfoljning_nr != 0 ? e->sip.uppfoljning_nr : e->sip.nr;
	bool missed = e->utebliven.nr > held_nr;
	/* G5: what came of it, to who was there. */
	bool shown = p->role == ROLE_HOSPITAL || may_be_shared(e) || p->unit == e->bokning.unit ||
		     p->unit == (missed ? e->utebliven.unit : e->sip.unit) ||
		     (of != NULL && of->kallad_nr != 0);

	for (int i = 0; i < e->participant_count; i++) {
		const struct participant *q = &e->participant[i];
		if (q->svar_nr != 0 && q->svar_kallelse_nr == q->kallad_nr &&
		    (last == NULL || q->svar_nr > last->svar_nr))
			last = q;
	}
	if (p->unit == e->kallelse.unit)
		tell_news(w, p, TOPIC_SVAR, last != NULL ? last->svar_nr : 0, NOTICE_SIP_SVAR,
		    last != NULL ? kallelse_svar_ord_word(last->svar) : NULL);
	if (missed)
		tell_news(w, p, TOPIC_SIP_HALLEN, e->utebliven.utfall_nr, NOTICE_SIP_HELD,
		    shown ? sip_utfall_word(e->utebliven.utfall) : NULL);
	else if (e->sip.uppfoljning_nr != 0)
		tell_news(w, p, TOPIC_SIP_HALLEN, e->sip.uppfoljning_nr, NOTICE_SIP_FOLLOW_UP,
		    shown && e->sip.avslutad ? "avslutad" : NULL);
	else
		tell_news(w, p, TOPIC_SIP_HALLEN, e->sip.nr, NOTICE_SIP_HELD,
		    shown ? sip_utfall_word(SIP_GENOMFORD) : NULL);
}

/* How betalningsansvar stands for a unit: what it is told, marked with the day from which. */
enum payment_told { PAYMENT_TOLD_NOTHING, TOLD_STARTS, TOLD_CONTESTED, TOLD_BLOCKED, TOLD_ENDED };
#define PAYMENT_MARK(what, from) ((int32_t)(what) + 8 * calendar_date(from))

static int32_t
payment_mark(const struct work *w, const struct payment *p)
{
	const unsigned missing = PAYMENT_GROUND_NO_KALLELSE | PAYMENT_GROUND_NO_ADMISSION |
				 PAYMENT_GROUND_UNDANHALLEN | PAYMENT_GROUND_KLAR_MISSED;
	bool left =
	    w->owed.e->utskrivning.nr != 0 || (p->to != INSTANT_NONE && p->to <= w->owed.now);

	if (p->standing == PAYMENT_BLOCKED)
		return PAYMENT_MARK(TOLD_BLOCKED, p->from);
	if ((p->standing != PAYMENT_STARTS && p->standing != PAYMENT_CONTESTED) ||
	    p->from > w->owed.now || (p->grounds & missing) != 0)
		return PAYMENT_TOLD_NOTHING;
	if (left)
		return p->days > 0 ? PAYMENT_MARK(TOLD_ENDED, p->from) : PAYMENT_TOLD_NOTHING;
	return PAYMENT_MARK(p->standing == PAYMENT_STARTS ? TOLD_STARTS : TOLD_CONTESTED, p->from);
}

/* F7: a proposal, told to the hospital and to the units of the kommun that would pay. */
static void
topic_betalning(struct work *w, struct given_participant *p, const struct betalning *b)
{
	static const enum notice_type types[] = {[PAYMENT_TOLD_NOTHING] = NOTICE_BETALNING_ENDED,
	    [TOLD_STARTS] = NOTICE_BETALNING_STARTS,
	    [TOLD_CONTESTED] = NOTICE_BETALNING_CONTESTED,
	    [TOLD_BLOCKED] = NOTICE_BETALNING_BLOCKED,
	    [TOLD_ENDED] = NOTICE_BETALNING_ENDED};
	const struct unit *u = region_unit(w->owed.r, p->unit);
	const struct payment *payment = NULL;

	if (u == NULL || unit_is_oppenvard(u))
		return;
	for (int i = 0; i < b->payer_count; i++)
		if (p->role == ROLE_HOSPITAL || u->kommun == b->payer[i].kommun)
			payment = &b->payer[i].payment;
	int32_t mark = payment != NULL ? payment_mark(w, payment) : PAYMENT_TOLD_NOTHING;
	tell_topic(w, p, TOPIC_BETALNING, mark, types[mark & 7],
	    w->owed.e->klar.nr != 0 ? w->owed.e->klar.nr : p->told[TOPIC_KLAR], NULL);
}

static void
give_topics(struct work *w, bool over)
{
	int32_t nr, mark = fvk_mark(w, &nr);
	struct betalning betalning = {.payer_count = 0};

	if (w->owed.e->klar.nr != 0 && !over) {
		betalning = betalning_reckon(w->owed.e, w->owed.s, w->owed.now);
		owed_look_at(&w->owed, betalning.next_change);
	}

	for (int i = 0; i < w->g->participant_count; i++) {
		struct given_participant *p = &w->g->participants[i];
		if (!p->active || !episode_stands(w->owed.e))
			continue;
		if (w->owed.e->avliden.nr != 0) { /* G1: the last that is told */
			topic_avliden(w, p);
			continue;
		}
		if (w->owed.e->inskr.nr != 0) {
			topic_inskrivning(w, p);
			topic_beraknad(w, p);
			topic_events(w, p);
			topic_samtycke(w, p);
			topic_uttrade(w, p);
			topic_tvangsvard(w, p);
			topic_insatser(w, p);
			topic_stay(w, p);
		}
		topic_avliden(w, p);
		topic_sip_held(w, p);
		if (over)
			continue; /* who acts for whom is nobody's news any more */
		topic_fvk(w, p, mark, nr);
		topic_forslag(w, p);
		topic_sip(w, p);
		topic_mote(w, p);
		topic_betalning(w, p, &betalning);
	}
}

/* ---- The register of fasta kontakter, and booked times ---- */

static const struct kontakt *
row_of(const struct surroundings *s, int slag, unit_id unit)
{
	for (int i = 0; i < s->kontakt_count; i++)
		if (s->kontakter[i].slag == slag && s->kontakter[i].unit == unit)
			return &s->kontakter[i];
	return NULL;
}

static void
write_kontakt(struct work *w, const struct kontakt *k)
{
	if (w->x->kontakt_count < KONTAKT_CHANGES_MAX)
		w->x->kontakter[w->x->kontakt_count++] = *k;
}

/* Another episode's word on the kontakt holds: it is a later one, or ended this very assignment. */
static bool
is_said_later(const struct kontakt *row, staff_id staff, instant from_at)
{
	bool ended = row->staff == staff && row->from_at == from_at && row->to_at != INSTANT_NONE;

	return row->from_at > from_at || ended;
}

/* This episode's word on one kontakt: it holds unless another episode said something later. */
static void
give_kontakt(struct work *w, int slag, unit_id unit, staff_id staff, instant from_at, instant to_at,
    int32_t nr)
{
	const struct surroundings *s = w->owed.s;
	const struct kontakt *row = row_of(s, slag, unit);
	struct kontakt k = {
	    w->owed.e->patient, (uint8_t)slag, unit, staff, from_at, to_at, s->episode, nr};

	if (row != NULL) {
		bool ours = row->episode == s->episode;
		if (row->staff == staff && row->to_at == to_at)
			return;
		if (!ours && is_said_later(row, staff, from_at))
			return;
	}
	write_kontakt(w, &k);
}

/* G1: nobody is a dead patient's kontakt. */
static void
end_kontakter(struct work *w)
{
	const struct surroundings *s = w->owed.s;

	for (int i = 0; i < s->kontakt_count; i++) {
		struct kontakt k = s->kontakter[i];
		if (k.to_at != INSTANT_NONE && k.to_at <= w->owed.now)
			continue;
		k.to_at = w->owed.now;
		write_kontakt(w, &k);
	}
}

/* Another episode's word on it is of after this assignment. */
static bool
is_begun_elsewhere(const struct work *w, const struct kontakt *row, const struct fvk *fvk)
{
	return row->episode != w->owed.s->episode && row->from_at > fvk->from_at;
}

static void
give_kontakter(struct work *w)
{
	const struct episode *e = w->owed.e;
	const struct surroundings *s = w->owed.s;

	bool stands = episode_stands(e); /* not annulled */

	if (e->avliden.nr != 0) {
		end_kontakter(w);
		return;
	}
	if (stay_of_death(e, s) != NULL) /* of a stay that is over, to which it was not said */
		return;

	for (int i = 0; stands && e->patient != 0 && i < e->fvk_count; i++) {
		const struct fvk *fvk = &e->fvk[i];
		const struct kontakt *row = row_of(s, 1, fvk->unit);
		if (fvk->staff != 0)
			give_kontakt(
			    w, 1, fvk->unit, fvk->staff, fvk->from_at, fvk->to_at, fvk->nr);
		else if (row != NULL && row->staff == fvk->avslutad && fvk->avslutad != 0 &&
			 row->from_at <= fvk->to_at && !is_begun_elsewhere(w, row, fvk))
			give_kontakt(
			    w, 1, fvk->unit, row->staff, row->from_at, fvk->to_at, fvk->nr);
	}
	for (int i = 0; e->patient != 0 && i < e->kontakt_count; i++) {
		const struct fast_kontakt *k = &e->kontakt[i];
		give_kontakt(w, (int)k->slag, k->unit, k->staff, k->from_at, k->to_at, k->nr);
	}
	/* What this episode wrote and now says no longer (annulled) ends. */
	for (int i = 0; i < s->kontakt_count; i++) {
		struct kontakt k = s->kontakter[i];
		bool said = false;
		for (int j = 0; j < e->kontakt_count; j++)
			said |= (int)e->kontakt[j].slag == k.slag && e->kontakt[j].unit == k.unit;
		for (int j = 0; j < e->fvk_count && k.slag == 1; j++)
			said |= stands && e->fvk[j].unit == k.unit && e->fvk[j].nr != 0;
		if (k.episode != s->episode || said || k.to_at != INSTANT_NONE)
			continue;
		k.to_at = w->owed.now;
		write_kontakt(w, &k);
	}
}

static void
give_booking(struct work *w)
{
	const struct episode *e = w->owed.e;
	struct booking *b = &w->g->booking;
	struct booking want = {0};

	if (episode_stands(e) && e->bokning.status == BOKNING_BOKAD &&
	    e->mote.start_at != INSTANT_NONE) {
		instant end =
		    e->mote.end_at != INSTANT_NONE ? e->mote.end_at : e->mote.start_at + HOUR;
		/* A time that was named for the FVK is that of who is it by now, and acts then. */
		const struct fvk *fvk = episode_fvk(e, e->bokning.unit);
		staff_id whose =
		    fvk != NULL && fvk->staff != e->bokning.fvk ? fvk->staff : e->bokning.staff;
		staff_id acting = region_acting(w->owed.r, whose, e->mote.start_at);
		want = (struct booking){w->owed.s->episode,
		    e->bokning.slot == 0 && acting != 0 ? acting : e->bokning.staff,
		    e->bokning.slot, e->mote.start_at, end};
		/* A time that a person chose although it was taken: the meeting stands, the
		 * register has one owner. */
		if (!region_free_at(
			w->owed.r, want.staff, want.slot, want.start_at, want.end_at, want.episode))
			want = (struct booking){0};
	}
	if (want.staff == b->staff && want.slot == b->slot &&
	    (want.staff == 0 || (want.start_at == b->start_at && want.end_at == b->end_at)))
		return;
	w->g->booking_change = want.staff != 0 ? INSERTED : UPDATED;
	*b = want;
}

/* ---- Closing ---- */

/* Section 2: avslutad when nothing is open, at the latest some days after discharge (policy). */
static instant
over_at(const struct episode *e, const struct region *r, instant now)
{
	int64_t days = region_policy(r, POLICY_AVSLUT_DAYS, episode_hospital(e), now, NULL);

	return calendar_add_days(e->utskrivning.at, (int)days);
}

bool
episode_is_over(const struct episode *e, const struct region *r, instant now)
{
	return episode_phase(e) == PHASE_UTSKRIVEN && now >= over_at(e, r, now);
}

static enum phase
closing_phase(struct work *w)
{
	const struct episode *e = w->owed.e;
	enum phase phase = episode_phase(e);

	if (phase != PHASE_UTSKRIVEN || e->own_file)
		return phase;
	bool open = e->mote.start_at != INSTANT_NONE && e->mote.start_at > w->owed.now;
	for (int i = 0; i < w->g->task_count; i++)
		open |= w->g->tasks[i].status == TASK_OPEN;
	if (!open || episode_is_over(e, w->owed.r, w->owed.now))
		return PHASE_AVSLUTAD;
	owed_look_at(&w->owed, over_at(e, w->owed.r, w->owed.now));
	return PHASE_UTSKRIVEN;
}

/*
 * What surrounds an open episode changes without a word to it: a slot falls free, a person's
 * absence or a policy is entered. So each is looked at every night, spread over an hour by its
 * number.
 */
static instant
daily_look(instant now, int64_t episode)
{
	instant at = calendar_midnight_after(now, 0) + 3 * HOUR + episode % 3600 * SECOND;

	return at > now ? at : calendar_midnight_after(now, 1) + 3 * HOUR + episode % 3600 * SECOND;
}

/* A patient's own file in which nothing is open and nothing lies ahead. */
static bool
rests(const struct work *w)
{
	const struct episode *e = w->owed.e;

	if (!e->own_file || e->mote.start_at > w->owed.now)
		return false;
	for (int i = 0; i < w->g->task_count; i++)
		if (w->g->tasks[i].status == TASK_OPEN)
			return false;
	return true;
}

/* What a policy or a standing decision decides may be owed otherwise once it begins or ends. */
static void
look_at_policies(struct work *w)
{
	const struct episode *e = w->owed.e;
	enum phase phase = episode_phase(e);

	if (phase == PHASE_AVLIDEN || (phase != PHASE_BEVAKAD && !episode_stands(e)) || rests(w))
		return;
	owed_look_at(&w->owed, region_next_change(w->owed.r, w->owed.hospital, w->owed.now));
	for (int i = 0; i < e->participant_count; i++)
		owed_look_at(
		    &w->owed, region_next_change(w->owed.r, e->participant[i].unit, w->owed.now));
}

/* Instants at which something not tied to a task begins or ends. */
static void
look_ahead(struct work *w)
{
	const struct episode *e = w->owed.e;

	look_at_policies(w);
	if (episode_phase(e) == PHASE_AVSLUTAD || !episode_stands(e))
		return;
	for (int i = 0; i < e->fvk_count; i++) {
		const struct fvk *fvk = &e->fvk[i];
		if (fvk->staff == 0)
			continue;
		owed_look_at(&w->owed, region_absence_next(w->owed.r, fvk->staff, w->owed.now));
		owed_look_at(&w->owed, fvk->to_at);
	}
	if (!rests(w))
		owed_look_at(&w->owed, daily_look(w->owed.now, w->owed.s->episode));
	for (int i = 0; i < e->personal_count; i++) {
		owed_look_at(&w->owed, e->personal[i].from_at);
		owed_look_at(&w->owed, e->personal[i].to_at);
	}
	owed_look_at(&w->owed, e->mote.start_at);
	if (e->utskrivning.nr == 0 && e->beraknad.at != INSTANT_NONE)
		owed_look_at(&w->owed, e->beraknad.at);
}

void
plan(const struct episode *e, const struct surroundings *s, instant now, const struct fact *cause,
    struct given *g, struct effects *x)
{
	static struct work w; /* large; one thread, never entered twice */

	w.cause = cause;
	w.g = g;
	w.x = x;
	w.owed.e = e;
	w.owed.s = s;
	w.owed.r = s->region;
	w.owed.now = now;
	w.owed.sip = sip_clock(e, s, now);
	w.owed.clock_count = sip_clocks(e, s, now, w.owed.clock);
	w.owed.hospital = episode_hospital(e);
	w.owed.duty_count = w.owed.breach_count = 0;
	w.owed.next_due = INSTANT_NEVER;
	x->told_count = x->kontakt_count = 0;
	w.newcomer = 0;
	bool dead = e->avliden.nr != 0;
	bool over = dead || episode_is_over(e, s->region, now);
	admit(&w);
	dismiss(&w);
	give_topics(&w, over);
	if (!over) {
		owe_duties(&w.owed);
		owe_breaches(&w.owed);
	}
	if (!dead && episode_stands(e))
		owe_lasting(&w.owed);
	for (int i = 0; i < w.owed.duty_count; i++)
		give_duty(&w, &w.owed.duty[i]);
	cancel_tasks(&w);
	if (!over) {
		for (int i = 0; i < w.owed.breach_count; i++)
			give_breach(&w, &w.owed.breach[i]);
		withdraw_breaches(&w);
	}
	tell_dismissed(&w);
	if (!s->instant_only)
		give_kontakter(&w);
	give_booking(&w);
	if (!over)
		look_ahead(&w);
	g->phase = closing_phase(&w);
	if (dead || episode_phase(e) == PHASE_AVSLUTAD)
		w.owed.next_due = INSTANT_NEVER;
	if (e->inskr.skydd != SKYDD_NEJ) /* G6: no time in any notice */
		for (int i = 0; i < x->told_count; i++)
			x->told[i].due_at = INSTANT_NONE;
	x->next_due = w.owed.next_due;
}
