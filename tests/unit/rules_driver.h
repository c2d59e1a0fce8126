/*
 * For tests of the rules: one episode (or several on one region) driven as the door drives it: a
 * fact is judged and stepped in or folded, decided upon until there is nothing more to decide,
 * planned, and what plan says is applied to the region and the patient's kontakter. Keeps a log of
 * all notices. After every turn it checks what must always hold: next_due lies ahead, planning
 * again changes nothing, no duty has two open tasks, nobody is booked twice; and of what was told,
 * that it is for whom it was told to.
 */
#ifndef SAMORDNAD_TESTS_RULES_DRIVER_H
#define SAMORDNAD_TESTS_RULES_DRIVER_H

#include "rules_helper.h"

#include "daemon/rules/plan.h"

#define DRIVE_FACTS_MAX 1024
#define DRIVE_LOG_MAX 8192
#define DRIVE_KONTAKTER_MAX 16
#define DRIVE_DECISIONS_MAX 32

struct drive_log {
	instant at;
	struct told told;
};

struct drive {
	struct region *region; /* shared, the test's */
	int64_t id;
	struct episode state;
	struct history history[DRIVE_FACTS_MAX];
	int history_count;
	struct given given;
	struct effects effects;
	struct kontakt kontakter[DRIVE_KONTAKTER_MAX]; /* the patient's */
	int kontakt_count;
	struct stay stays[STAYS_MAX]; /* the patient's others */
	int stay_count;
	int64_t named;	      /* G4: to whom the identity leads that it names, or 0 */
	struct drive *before; /* the one that this may follow, or NULL */
	struct drive_log log[DRIVE_LOG_MAX];
	int log_count;
	int seen; /* of the log, by drive_expect */
	instant now, next_due;
	enum outcome outcome; /* of the last fact */
};

static inline struct drive *
drive_new(struct region *region, int64_t id)
{
	struct drive *d = xcalloc(1, sizeof *d);

	d->region = region;
	d->id = id;
	d->next_due = INSTANT_NEVER;
	episode_init(&d->state);
	given_init(&d->given);
	return d;
}

static inline void
drive_free(struct drive *d)
{
	given_free(&d->given);
	effects_free(&d->effects);
	free(d);
}

/* A stay's uuid: its number in the last byte. */
static inline void
drive_uuid(int64_t id, uint8_t out[static 16])
{
	memset(out, 0, 16);
	out[15] = (uint8_t)id;
}

/* `d` is admitted while `before` is a stay of the same patient (G2): its kontakter are d's too. */
static inline void drive_stay(struct drive *d, const struct drive *other);
static inline void
drive_follows(struct drive *d, struct drive *before)
{
	d->before = before;
	memcpy(d->kontakter, before->kontakter, sizeof d->kontakter);
	d->kontakt_count = before->kontakt_count;
	drive_stay(d, before);
}

/* G2: `other` is another stay of the same patient. */
static inline void
drive_stay(struct drive *d, const struct drive *other)
{
	struct stay *stay = &d->stays[d->stay_count++];

	*stay = (struct stay){.org = TEST_ORG_REGION, .state = &other->state};
	drive_uuid(other->id, stay->uuid);
}

static inline struct surroundings
drive_surroundings(const struct drive *d)
{
	struct surroundings s = {.region = d->region,
	    .kontakter = d->kontakter,
	    .kontakt_count = d->kontakt_count,
	    .episode = d->id,
	    .org = TEST_ORG_REGION,
	    .stays = d->stays,
	    .stay_count = d->stay_count,
	    .named = d->named,
	    .facts_at_hand = true};

	drive_uuid(d->id, s.uuid);
	return s;
}

/* One fact into the history and the state. A late one, or one that names another, folds all anew.
 */
static inline enum outcome
drive_take(struct drive *d, struct fact *f, int judged)
{
	expect(d->history_count < DRIVE_FACTS_MAX, "more facts than DRIVE_FACTS_MAX");
	bool names =
	    f->type == MAKULERING || (f->type == KVITTENS && f->kvittens.message_id[0] != '\0');
	bool fold = names || d->state.fold_anew || episode_place(f) < d->state.last_sent_at;
	struct history *h = &d->history[d->history_count++];

	f->nr = d->history_count;
	f->recorded_at = d->now;
	h->fact = *f;
	h->judged = judged;
	h->org = f->source;
	if (f->source != 0)
		snprintf(h->message_id, sizeof h->message_id, "m%d", f->nr);
	if (!fold)
		return episode_step(&d->state, f, judged);
	return episode_fold(&d->state, d->history, d->history_count, f->nr);
}

static inline const char *
drive_unit_name(unit_id unit)
{
	static const char *const names[] = {"-", "H", "VC", "KH", "KB", "PSYK", "H2", "VC2", "KB2"};
	return unit >= 0 && unit < ROWS(names) ? names[unit] : "?";
}

/* ---- What must always hold ---- */

static inline void
drive_same(const struct drive *d)
{
	for (int i = 0; i < d->given.participant_count; i++)
		expect(d->given.participants[i].change == SAME, "unit %d told again",
		    d->given.participants[i].unit);
	for (int i = 0; i < d->given.task_count; i++)
		expect(d->given.tasks[i].change == SAME, "%s changed again",
		    task_table[d->given.tasks[i].kind].word);
	for (int i = 0; i < d->given.breach_count; i++)
		expect(d->given.breaches[i].change == SAME, "breach %s changed again",
		    breach_rule_word(d->given.breaches[i].rule));
	expect(d->given.booking_change == SAME, "booked again");
}

static inline void
drive_forget_changes(struct drive *d)
{
	for (int i = 0; i < d->given.participant_count; i++)
		d->given.participants[i].change = SAME;
	for (int i = 0; i < d->given.task_count; i++)
		d->given.tasks[i].change = SAME;
	for (int i = 0; i < d->given.breach_count; i++)
		d->given.breaches[i].change = SAME;
	d->given.booking_change = SAME;
}

static inline void
drive_one_task_a_duty(const struct drive *d)
{
	const struct given_task *t = d->given.tasks;

	for (int i = 0; i < d->given.task_count; i++)
		for (int k = 0; k < i; k++)
			expect(t[i].kind != t[k].kind || t[i].unit != t[k].unit ||
				   t[i].ref != t[k].ref,
			    "two tasks %s of unit %d", task_table[t[i].kind].word, t[i].unit);
}

static inline void
drive_no_double_booking(const struct drive *d)
{
	const struct region *r = d->region;

	for (int i = 0; i < r->booking_count; i++)
		expect(region_free_at(r, r->bookings[i].staff, r->bookings[i].slot,
			   r->bookings[i].start_at, r->bookings[i].end_at, r->bookings[i].episode),
		    "booking %d is of a time that is another's", i);
}

static inline const struct given_participant *
drive_given(const struct drive *d, unit_id unit)
{
	for (int i = 0; i < d->given.participant_count; i++)
		if (d->given.participants[i].unit == unit)
			return &d->given.participants[i];
	return NULL;
}

/* A9, A11: who takes no part hears the end of its tasks and of its part, and nothing else. */
static inline void
drive_only_who_takes_part(const struct drive *d, const struct told *t)
{
	const struct given_participant *p = drive_given(d, t->unit);
	bool end = t->type == NOTICE_TASK_CANCELLED || t->type == NOTICE_TASK_DONE ||
		   t->type == NOTICE_MOTTAGARE_AVSLUTAD || t->type == NOTICE_MAKULERAD;
	/* D7, B10: what outlives the stay is owed by whoever began it. */
	bool lasting = t->task_kind == TASK_FOLJ_UPP_SIP || t->task_kind == TASK_OMPROVA_FVK ||
		       t->task_kind == TASK_KOMPLETTERA_SIP || t->task_kind == TASK_UTRED_SIP;

	expect((p != NULL && p->active) || end || lasting, "%s %s to %s, who takes no part",
	    notice_type_word(t->type), t->task_kind >= 0 ? task_table[t->task_kind].word : "",
	    drive_unit_name(t->unit));
}

/* The sender is not told of its own message; a breach or a missing FVK that follows from it is
 * news.
 */
static inline void
drive_not_the_sender(const struct told *t, const struct fact *cause)
{
	bool follows = t->type == NOTICE_AVVIKELSE || t->type == NOTICE_AVVIKELSE_ATERKALLAD ||
		       t->type == NOTICE_FVK_MISSING || t->type == NOTICE_SIP_DUE ||
		       t->type == NOTICE_VARDPLAN ||
		       strncmp(notice_type_word(t->type), "betalningsansvar.", 17) == 0;

	expect(cause == NULL || follows || t->task_nr != 0 || t->fact_nr != cause->nr ||
		   t->unit != cause->source,
	    "%s to its sender", notice_type_word(t->type));
}

/* C1a: who must not know that the patient is ready is told nothing that says so. */
static inline void
drive_not_withheld(const struct drive *d, const struct told *t)
{
	const struct participant *p = episode_participant_of(&d->state, t->unit);

	if (p == NULL || d->state.klar.nr == 0 || p->undanhallen_nr != d->state.klar.nr)
		return;
	expect(t->type != NOTICE_UTSKRIVNINGSKLAR && t->type != NOTICE_SIP_DUE,
	    "%s to %s, from whom it is withheld", notice_type_word(t->type),
	    drive_unit_name(t->unit));
}

static inline void
drive_check_told(const struct drive *d, const struct fact *cause)
{
	for (int i = 0; i < d->effects.told_count; i++) {
		const struct told *t = &d->effects.told[i];
		drive_only_who_takes_part(d, t);
		drive_not_the_sender(t, cause);
		drive_not_withheld(d, t);
		expect(d->state.inskr.skydd == SKYDD_NEJ || t->due_at == INSTANT_NONE,
		    "%s tells a time (G6)", notice_type_word(t->type));
		expect(d->state.avliden.nr == 0 || t->type == NOTICE_AVLIDEN ||
			   t->type == NOTICE_MAKULERAD || t->type == NOTICE_MOTTAGARE_AVSLUTAD,
		    "%s of a dead patient (G1)", notice_type_word(t->type));
	}
}

/* G1: no clock, booking, task or kontakt of a dead patient. */
static inline void
drive_dead(const struct drive *d)
{
	if (d->state.avliden.nr == 0)
		return;
	expect(d->next_due == INSTANT_NEVER, "something is due still: %s", at_text(d->next_due));
	expect(d->given.booking.staff == NOBODY, "a time is booked still");
	for (int i = 0; i < d->given.task_count; i++)
		expect(d->given.tasks[i].status != TASK_OPEN, "a task is open still");
	for (int i = 0; i < d->kontakt_count; i++)
		expect(d->kontakter[i].to_at != INSTANT_NONE && d->kontakter[i].to_at <= d->now,
		    "a kontakt goes on");
}

static inline void
drive_check(struct drive *d)
{
	struct surroundings s = drive_surroundings(d);
	struct fact decision;

	drive_forget_changes(d);
	expect(!decide(&d->state, &s, d->now, &decision), "decided again");
	plan(&d->state, &s, d->now, NULL, &d->given, &d->effects);
	drive_same(d);
	for (int i = 0; i < d->effects.told_count; i++)
		ck_abort_msg("told again: %s", notice_type_word(d->effects.told[i].type));
	for (int i = 0; i < d->effects.kontakt_count; i++)
		ck_abort_msg("kontakt %d of unit %d written again: %d until %s",
		    d->effects.kontakter[i].slag, d->effects.kontakter[i].unit,
		    d->effects.kontakter[i].staff, at_text(d->effects.kontakter[i].to_at));
	expect(d->effects.next_due == d->next_due, "another instant is due");
	expect(d->next_due > d->now, "next_due %s, now %s", at_text(d->next_due), at_text(d->now));
	drive_one_task_a_duty(d);
	drive_no_double_booking(d);
	drive_dead(d);
}

/* ---- A turn ---- */

static inline bool
drive_kontakt_runs(const struct drive *d, const struct kontakt *k)
{
	return k->slag == 1 && (k->to_at == INSTANT_NONE || k->to_at > d->now);
}

static inline void
drive_write_kontakt(struct drive *d, const struct kontakt *k)
{
	int i = 0;

	while (i < d->kontakt_count &&
	       !(d->kontakter[i].slag == k->slag && d->kontakter[i].unit == k->unit))
		i++;
	if (i == d->kontakt_count)
		expect(d->kontakt_count++ < DRIVE_KONTAKTER_MAX,
		    "more kontakter than DRIVE_KONTAKTER_MAX");
	else if (drive_kontakt_runs(d, &d->kontakter[i]))
		region_load_add(d->region, d->kontakter[i].staff, d->kontakter[i].to_at, -1);
	d->kontakter[i] = *k;
	if (drive_kontakt_runs(d, k))
		region_load_add(d->region, k->staff, k->to_at, 1);
}

static inline void
drive_give(struct drive *d)
{
	for (int i = 0; i < d->effects.told_count; i++) {
		expect(d->log_count < DRIVE_LOG_MAX, "more told than DRIVE_LOG_MAX");
		d->log[d->log_count++] = (struct drive_log){d->now, d->effects.told[i]};
	}
	for (int i = 0; i < d->effects.kontakt_count; i++)
		drive_write_kontakt(d, &d->effects.kontakter[i]);
	if (d->given.booking_change != SAME && d->given.booking.staff != 0)
		region_book(d->region, &d->given.booking);
	else if (d->given.booking_change != SAME)
		region_unbook(d->region, d->id);
	d->next_due = d->effects.next_due;
}

static inline void drive_at_instant(struct drive *d, instant t);

/* G2: the stay before lets go first, as the door has it. */
static inline void
drive_hand_over(struct drive *d)
{
	drive_stay(d->before, d);
	drive_at_instant(d->before, d->now);
}

static inline void
drive_decide_and_plan(struct drive *d, const struct fact *cause)
{
	struct surroundings s = drive_surroundings(d);
	struct fact decision;

	for (int i = 0; decide(&d->state, &s, d->now, &decision); i++) {
		expect(i < DRIVE_DECISIONS_MAX, "no end of decisions");
		drive_take(d, &decision, OUTCOME_APPLIED);
		if (decision.type == TIDIGARE_VARDTILLFALLE)
			drive_hand_over(d);
	}
	drive_forget_changes(d);
	plan(&d->state, &s, d->now, cause, &d->given, &d->effects);
	drive_check_told(d, cause);
	drive_give(d);
	drive_check(d);
}

/* The instant has come, whether it is due or not. */
static inline void
drive_at_instant(struct drive *d, instant t)
{
	if (t > d->now)
		d->now = t;
	drive_decide_and_plan(d, NULL);
}

static inline void
drive_at(struct drive *d, const char *text)
{
	drive_at_instant(d, at(text));
}

/* Instant by instant through next_due, up to and including `until`. */
static inline void
drive_until_instant(struct drive *d, instant until)
{
	for (int i = 0; d->next_due <= until; i++) {
		expect(i < 1000, "no end of instants");
		drive_at_instant(d, d->next_due);
	}
}

static inline void
drive_until(struct drive *d, const char *text)
{
	drive_until_instant(d, at(text));
}

/* What is due before the fact is recorded comes first; then the fact. Returns its nr. */
static inline int32_t
drive(struct drive *d, struct fact f)
{
	drive_until_instant(d, f.recorded_at);
	if (f.recorded_at > d->now)
		d->now = f.recorded_at;
	struct surroundings s = drive_surroundings(d);
	d->outcome = drive_take(d, &f, episode_judge(&d->state, &s, &f));
	drive_decide_and_plan(d, &f);
	return f.nr;
}

/* ---- What came of it ---- */

/* The last task of the kind and unit, or NULL. */
static inline const struct given_task *
drive_task(const struct drive *d, enum task_kind kind, unit_id unit)
{
	const struct given_task *found = NULL;

	for (int i = 0; i < d->given.task_count; i++)
		if (d->given.tasks[i].kind == kind && d->given.tasks[i].unit == unit)
			found = &d->given.tasks[i];
	return found;
}

static inline int
drive_task_count(const struct drive *d, enum task_kind kind, unit_id unit)
{
	int count = 0;

	for (int i = 0; i < d->given.task_count; i++)
		count += d->given.tasks[i].kind == kind && d->given.tasks[i].unit == unit;
	return count;
}

/* The last breach of the rule and unit that stands, or NULL. */
static inline const struct given_breach *
drive_breach(const struct drive *d, enum breach_rule rule, unit_id unit)
{
	const struct given_breach *found = NULL;

	for (int i = 0; i < d->given.breach_count; i++) {
		const struct given_breach *b = &d->given.breaches[i];
		if (b->rule == rule && b->unit == unit && b->withdrawn_at == INSTANT_NONE)
			found = b;
	}
	return found;
}

/* How often the unit (0: any) was told this, so far. */
static inline int
drive_told(const struct drive *d, unit_id unit, enum notice_type type)
{
	int count = 0;

	for (int i = 0; i < d->log_count; i++)
		count += (unit == 0 || d->log[i].told.unit == unit) && d->log[i].told.type == type;
	return count;
}

/* How often the unit was told this of a task of the kind. */
static inline int
drive_told_task(const struct drive *d, unit_id unit, enum notice_type type, enum task_kind kind)
{
	int count = 0;

	for (int i = 0; i < d->log_count; i++) {
		const struct told *t = &d->log[i].told;
		count += t->unit == unit && t->type == type && t->task_kind == (int)kind;
	}
	return count;
}

/* When the unit was last told this of a task of the kind (-1: of none); INSTANT_NONE: never. */
static inline instant
drive_told_at(const struct drive *d, unit_id unit, enum notice_type type, int kind)
{
	instant when = INSTANT_NONE;

	for (int i = 0; i < d->log_count; i++) {
		const struct told *t = &d->log[i].told;
		if (t->unit == unit && t->type == type && t->task_kind == kind)
			when = d->log[i].at;
	}
	return when;
}

/* The notices since the last call, a line each: "VC task.created kalla_till_sip urgent". */
static inline const char *
drive_news(struct drive *d)
{
	static char text[1 << 16];
	size_t n = 0;

	text[0] = '\0';
	for (; d->seen < d->log_count; d->seen++) {
		const struct told *t = &d->log[d->seen].told;
		n += (size_t)snprintf(text + n, sizeof text - n, "%s %s%s%s%s%s\n",
		    drive_unit_name(t->unit), notice_type_word(t->type),
		    t->task_kind >= 0 ? " " : "",
		    t->task_kind >= 0 ? task_table[t->task_kind].word : "",
		    t->detail != NULL ? " " : "", t->detail != NULL ? t->detail : "");
		ck_assert_uint_lt(n, sizeof text);
	}
	return text;
}

#define drive_assert_task(d, kind, unit, wanted_status, due_text) \
	do { \
		const struct given_task *task_ = drive_task(d, kind, unit); \
		ck_assert_msg(task_ != NULL, "no task %s", task_table[kind].word); \
		ck_assert_str_eq( \
		    task_status_word(task_->status), task_status_word(wanted_status)); \
		ck_assert_at(task_->due_at, due_text); \
	} while (0)

#define drive_assert_breach(d, rule_, unit_, cause_, due_text, done_text) \
	do { \
		const struct given_breach *breach_ = drive_breach(d, rule_, unit_); \
		ck_assert_msg(breach_ != NULL, "no breach %s", breach_rule_word(rule_)); \
		ck_assert_str_eq(breach_cause_word(breach_->cause), breach_cause_word(cause_)); \
		ck_assert_at(breach_->due_at, due_text); \
		ck_assert_at(breach_->done_at, done_text); \
	} while (0)

#endif
