/* What may be read of episodes and tasks; see reads.h. */
#include "reads.h"

#include "access_log.h"
#include "answer.h"
#include "history.h"
#include "log.h"
#include "names.h"
#include "uuid.h"
#include "view.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

static struct pg_statement episode_statement = PG_STATEMENT("queries/episode_view_episode");
static struct pg_statement facts_statement = PG_STATEMENT("queries/episode_view_facts");
static struct pg_statement tasks_statement = PG_STATEMENT("queries/episode_view_tasks");
static struct pg_statement breaches_statement = PG_STATEMENT("queries/episode_view_breaches");
static struct pg_statement kontakter_statement = PG_STATEMENT("queries/episode_view_kontakter");
static struct pg_statement own_files_statement = PG_STATEMENT("queries/episode_view_own_files");
static struct pg_statement page_statement = PG_STATEMENT("queries/tasks_page");
static struct pg_statement fold_statement = PG_STATEMENT("queries/door_load_facts");

/* The statements of an episode's batch, in their order. */
enum part {
	PART_EPISODE,
	PART_FACTS,
	PART_TASKS,
	PART_BREACHES,
	PART_KONTAKTER,
	PART_OWN_FILES,
	PART_COUNT
};

struct reads {
	struct pg *pg;
	struct register_ *reg;
	struct access_log *log;
	struct pg_params *params[PART_COUNT];
};

/* One read in flight; owned by it, freed with its answer. */
struct lookup {
	struct reads *reads;
	uint64_t request_id;
	reads_done *done;
	void *arg;
	uint8_t uuid[16];
	struct reader who;
	bool whole;		  /* all facts with all bodies, and all tasks, were asked for */
	struct tasks_query query; /* of a page of tasks */
};

struct reads *
reads_new(struct pg *pg, struct register_ *reg, struct access_log *log)
{
	struct reads *r = xcalloc(1, sizeof(*r));

	r->pg = pg;
	r->reg = reg;
	r->log = log;
	for (int i = 0; i < PART_COUNT; i++)
		r->params[i] = pg_params_new();
	return r;
}

void
reads_free(struct reads *r)
{
	if (r == NULL)
		return;
	for (int i = 0; i < PART_COUNT; i++)
		pg_params_free(r->params[i]);
	free(r);
}

static struct lookup *
lookup_new(struct reads *r, uint64_t request_id, reads_done *done, void *arg)
{
	struct lookup *l = xcalloc(1, sizeof(*l));

	l->reads = r;
	l->request_id = request_id;
	l->done = done;
	l->arg = arg;
	return l;
}

static void
lookup_free(struct lookup *l)
{
	reader_free(&l->who);
	free(l);
}

static void
lookup_end(struct lookup *l, enum reads_outcome outcome, const char *body, size_t len)
{
	l->done(l->arg, l->request_id, outcome, body, len);
	lookup_free(l);
}

enum reads_outcome
reads_outcome_of(const struct pg_result *result)
{
	switch (result->outcome) {
	case PG_OK:
		return READS_OK;
	case PG_AWAY:
	case PG_LOST:
	case PG_RETRY:
		return READS_AWAY;
	case PG_CONSTRAINT:
	case PG_BAD:
		log_event(LOG_ERROR, "read_failed", "sqlstate", "%s", result->sqlstate, "statement",
		    "%d", (int)result->failed, "why", "%s", result->message, NULL);
		return READS_FAILED;
	}
	return READS_FAILED;
}

/* Ends the lookup unless the batch went well. */
static bool
lookup_failed(struct lookup *l, const struct pg_result *result)
{
	enum reads_outcome outcome = reads_outcome_of(result);

	if (outcome == READS_OK)
		return false;
	lookup_end(l, outcome, NULL, 0);
	return true;
}

/* ---- Who ---- */

struct reader
reader_of(const struct clients *clients, const struct client *client, const struct caller *caller)
{
	struct reader reader = {.caller = *caller, .org = client->org, .roles = client->roles};
	const unit_id *units = client_units(clients, client, &reader.unit_count);

	if (reader.unit_count > 0) {
		reader.units = xmalloc(sizeof(*units) * (size_t)reader.unit_count);
		memcpy(reader.units, units, sizeof(*units) * (size_t)reader.unit_count);
	}
	return reader;
}

void
reader_free(struct reader *reader)
{
	free(reader->units);
	reader->units = NULL;
	reader->unit_count = 0;
}

bool
reader_has(const struct reader *who, const struct region *region, unit_id unit)
{
	const struct unit *u = region_unit(region, unit);

	if (u == NULL)
		return false;
	if (who->unit_count == 0)
		return who->org != 0 && who->org == u->org;
	for (int i = 0; i < who->unit_count; i++)
		if (who->units[i] == unit)
			return true;
	return false;
}

unit_id
reader_at(const struct reader *who, const struct region *region, unit_id part)
{
	const struct staff *s =
	    region_staff(region, region_staff_by_hsa(region, who->caller.person));

	if (s != NULL && reader_has(who, region, s->unit))
		return s->unit;
	return who->unit_count == 1 ? who->units[0] : part;
}

static bool
is_named(const struct region *region, const struct episode *e, const struct staff *s, instant now)
{
	const struct unit *u = region_unit(region, s->unit);
	const struct unit *ward = region_unit(region, episode_hospital(e));
	const struct participant *p = episode_participant_of(e, s->unit);

	if (u == NULL)
		return false;
	if (u->slag == SLUTENVARD)
		return ward != NULL && ward->org == u->org;
	if (p != NULL && p->active && (u->verksamhetschef == s->staff || u->verksamhetschef == 0))
		return true;
	for (int i = 0; i < e->fvk_count; i++) {
		const struct fvk *f = &e->fvk[i];
		if (f->staff == s->staff || f->jamte == s->staff || f->foreslagen == s->staff ||
		    f->ersattare == s->staff ||
		    (f->staff != 0 && region_acting(region, f->staff, now) == s->staff))
			return true;
	}
	return false;
}

bool
reader_opens(
    const struct reader *who, const struct region *region, const struct episode *e, instant now)
{
	const struct staff *s =
	    region_staff(region, region_staff_by_hsa(region, who->caller.person));

	if (e->inskr.skydd == SKYDD_NEJ)
		return true;
	return s != NULL && reader_has(who, region, s->unit) && is_named(region, e, s, now);
}

bool
reader_withhold(
    const struct reader *who, const struct region *region, struct episode *e, enum phase *phase)
{
	bool withheld = false;

	for (int i = 0; i < e->participant_count; i++) {
		const struct participant *p = &e->participant[i];
		if (!p->active || p->role != ROLE_MOTTAGARE || !reader_has(who, region, p->unit))
			continue;
		if (p->undanhallen_nr != e->klar.nr)
			return false;
		withheld = true;
	}
	if (e->klar.nr == 0 || !withheld)
		return false;
	episode_hide_klar(e);
	if (*phase == PHASE_UTSKRIVNINGSKLAR)
		*phase = PHASE_INSKRIVEN;
	return true;
}

/* ---- Rows ---- */

/*
 * An episode as read: rows turned into the rules' structs. Owned by the callback, freed with
 * loaded_free.
 */
struct loaded {
	struct view view;
	struct episode episode;
	struct surroundings surroundings;
	struct kontakt *kontakter;
	struct episode *own_files;
	struct view_fact *facts;
	struct view_task *tasks;
	struct given_breach *breaches;
	unit_id own[PARTICIPANTS_MAX];
};

static void
loaded_free(struct loaded *d)
{
	free(d->kontakter);
	free(d->own_files);
	free(d->facts);
	free(d->tasks);
	free(d->breaches);
}

/*
 * Rows come last first and are wanted first first. A type or outcome of a newer daemon is left
 * out.
 */
static void
load_facts(struct loaded *d, const PGresult *rows)
{
	size_t count = pg_row_count(rows);

	d->facts = xcalloc(count + 1, sizeof(*d->facts));
	for (size_t i = count; i-- > 0;) {
		int64_t type = pg_get_int(rows, i, 1), outcome = pg_get_int(rows, i, 6);
		struct pg_text body = pg_get_text(rows, i, 7);
		if (type < 0 || type >= MESSAGE_TYPE_COUNT || outcome < 0 ||
		    outcome >= OUTCOME_COUNT)
			continue;
		d->facts[d->view.fact_count++] = (struct view_fact){
		    .nr = (int32_t)pg_get_int(rows, i, 0),
		    .type = (enum message_type)type,
		    .source = (unit_id)pg_get_int(rows, i, 2),
		    .message_id = pg_get_text(rows, i, 3).text,
		    .sent_at = pg_get_instant(rows, i, 4),
		    .recorded_at = pg_get_instant(rows, i, 5),
		    .outcome = (enum outcome)outcome,
		    .judged = (int)pg_get_int(rows, i, 8),
		    .patient = pg_get_int_or(rows, i, 9, 0),
		    .body = body.text,
		    .body_len = body.len,
		};
	}
	d->view.facts = d->facts;
}

/* A task's row; its columns begin at `first`. False: of a kind that a newer daemon knows. */
static bool
task_row(const PGresult *rows, size_t row, int first, struct given_task *t)
{
	int64_t kind = pg_get_int(rows, row, first + 1), status = pg_get_int(rows, row, first + 5);

	if (kind < 0 || kind >= TASK_KIND_COUNT || status < TASK_OPEN || status > TASK_CANCELLED)
		return false;
	*t = (struct given_task){
	    .nr = (int32_t)pg_get_int(rows, row, first),
	    .kind = (enum task_kind)kind,
	    .unit = (unit_id)pg_get_int(rows, row, first + 2),
	    .ref = (int32_t)pg_get_int(rows, row, first + 3),
	    .staff = (staff_id)pg_get_int(rows, row, first + 4),
	    .status = (enum task_status)status,
	    .reminded = (int16_t)pg_get_int(rows, row, first + 6),
	    .created_at = pg_get_instant(rows, row, first + 7),
	    .due_at = pg_get_instant(rows, row, first + 8),
	    .closed_at = pg_get_instant(rows, row, first + 9),
	};
	return true;
}

static void
load_tasks(struct loaded *d, const PGresult *rows)
{
	size_t count = pg_row_count(rows);

	d->tasks = xcalloc(count + 1, sizeof(*d->tasks));
	for (size_t i = count; i-- > 0;) {
		struct view_task *t = &d->tasks[d->view.task_count];
		memcpy(t->episode, d->view.uuid, sizeof(t->episode));
		if (task_row(rows, i, 0, &t->task))
			d->view.task_count++;
	}
	d->view.tasks = d->tasks;
}

static void
load_breaches(struct loaded *d, const PGresult *rows)
{
	size_t count = pg_row_count(rows);

	d->breaches = xcalloc(count + 1, sizeof(*d->breaches));
	for (size_t i = 0; i < count; i++) {
		int64_t rule = pg_get_int(rows, i, 0), cause = pg_get_int(rows, i, 3);
		if (rule < 0 || rule >= BREACH_RULE_COUNT || cause < 0 ||
		    cause >= BREACH_CAUSE_COUNT)
			continue;
		d->breaches[d->view.breach_count++] = (struct given_breach){
		    .rule = (enum breach_rule)rule,
		    .unit = (unit_id)pg_get_int(rows, i, 1),
		    .ref = (int32_t)pg_get_int(rows, i, 2),
		    .cause = (enum breach_cause)cause,
		    .due_at = pg_get_instant(rows, i, 4),
		    .done_at = pg_get_instant(rows, i, 5),
		    .stamped_at = pg_get_instant(rows, i, 6),
		    .withdrawn_at = INSTANT_NONE,
		};
	}
	d->view.breaches = d->breaches;
}

static void
load_kontakter(struct loaded *d, const PGresult *rows)
{
	size_t count = pg_row_count(rows);

	d->kontakter = xcalloc(count + 1, sizeof(*d->kontakter));
	for (size_t i = 0; i < count; i++)
		d->kontakter[i] = (struct kontakt){
		    .patient = pg_get_int(rows, i, 0),
		    .slag = (uint8_t)pg_get_int(rows, i, 1),
		    .unit = (unit_id)pg_get_int(rows, i, 2),
		    .staff = (staff_id)pg_get_int(rows, i, 3),
		    .from_at = pg_get_instant(rows, i, 4),
		    .to_at = pg_get_instant(rows, i, 5),
		    .episode = pg_get_int(rows, i, 6),
		    .nr = (int32_t)pg_get_int(rows, i, 7),
		};
	d->surroundings.kontakter = d->kontakter;
	d->surroundings.kontakt_count = (int)count;
}

/* D10: each is folded from its facts; one that is damaged is left out. */
static void
load_own_files(struct loaded *d, const PGresult *rows)
{
	size_t count = pg_row_count(rows);

	for (size_t i = 0; i < count; i++) {
		int64_t episode = pg_get_int(rows, i, 0);
		if (i > 0 && episode == pg_get_int(rows, i - 1, 0))
			continue;
		d->own_files = xrealloc(
		    d->own_files, sizeof(*d->own_files) * (size_t)(d->view.own_file_count + 1));
		if (reads_fold(
			&d->own_files[d->view.own_file_count], episode, rows, d->view.region))
			d->view.own_file_count++;
	}
	d->view.own_files = d->own_files;
}

/* ---- State ---- */

/* A kvittens that names a task says nothing of the message: the task does. */
static void
bind_tasks(const struct loaded *d, struct history *history)
{
	struct given_task *tasks = xcalloc((size_t)d->view.task_count + 1, sizeof(*tasks));

	for (int i = 0; i < d->view.task_count; i++)
		tasks[i] = d->tasks[i].task;
	history_bind_tasks(history, d->view.fact_count, tasks, d->view.task_count);
	free(tasks);
}

/*
 * The stored state is of another layout: the facts are the truth (law 2). False: a body does not
 * fit its type.
 */
static bool
fold_anew(struct loaded *d)
{
	const struct region *region = d->view.region;
	struct message_names names = names_of(region);
	struct history *history = xcalloc((size_t)d->view.fact_count + 1, sizeof(*history));
	bool good = true;

	for (int i = 0; i < d->view.fact_count && good; i++) {
		const struct view_fact *f = &d->facts[i];
		const struct unit *source = region_unit(region, f->source);
		struct history *h = &history[i];
		h->fact.type = f->type;
		h->fact.nr = f->nr;
		h->fact.source = f->source;
		h->fact.sent_at = f->sent_at;
		h->fact.recorded_at = f->recorded_at;
		h->fact.patient = f->patient;
		h->org = source != NULL ? source->org : 0;
		h->judged = f->judged;
		if (f->message_id != NULL)
			memcpy(h->message_id, f->message_id,
			    strnlen(f->message_id, sizeof(h->message_id) - 1));
		good = f->body != NULL && fact_read(f->body, f->body_len, &names, &h->fact);
		if (f->type == SPARR)
			h->fact.sparr.org = h->org;
	}
	if (good) {
		bind_tasks(d, history);
		episode_fold(&d->episode, history, d->view.fact_count, 0);
	}
	free(history);
	return good;
}

static bool
has_body(const struct loaded *d, int32_t nr)
{
	if (nr == 0)
		return true;
	for (int i = 0; i < d->view.fact_count; i++)
		if (d->facts[i].nr == nr)
			return d->facts[i].body != NULL;
	return false;
}

/* Whether the bodies that the view looks into were among those read. */
static bool
has_bodies(const struct loaded *d)
{
	const struct episode *e = &d->episode;

	if (!has_body(d, e->inskr.nr) || !has_body(d, e->inskrivning.nr) ||
	    !has_body(d, e->kallelse.nr))
		return false;
	for (int i = 0; i < e->fvk_count; i++)
		if (!has_body(d, e->fvk[i].nr) || !has_body(d, e->fvk[i].forslag_nr))
			return false;
	/* Each may say another field of the patient. */
	for (int i = 0; i < d->view.fact_count; i++)
		if (d->facts[i].type == PATIENT_UPPDATERAD && d->facts[i].body == NULL)
			return false;
	return has_body(d, e->patient_nr);
}

/* ---- Access ---- */

/*
 * A hospital's client that is kept to certain wards sees the stays that these have, and those
 * that are no ward's (parked, annulled) of which they have spoken; of another ward's stay they may
 * speak, and are shown it no more for that.
 */
static bool
is_hospitals(const struct loaded *d, const struct reader *who)
{
	if (!(who->roles & CLIENT_HOSPITAL) || who->org == 0 || who->org != d->view.org)
		return false;
	if (who->unit_count == 0)
		return true;
	for (int i = 0; i < d->episode.participant_count; i++)
		if (d->episode.participant[i].role == ROLE_HOSPITAL &&
		    reader_has(who, d->view.region, d->episode.participant[i].unit))
			return true;
	if (d->view.phase != PHASE_OKAND && d->view.phase != PHASE_MAKULERAD)
		return false;
	for (int i = 0; i < d->view.fact_count; i++) {
		const struct unit *u = region_unit(d->view.region, d->facts[i].source);
		if (u != NULL && u->slag == SLUTENVARD && u->org == d->view.org &&
		    reader_has(who, d->view.region, u->unit))
			return true;
	}
	return false;
}

/* Sets the view's level and the reader's own units. False: to this reader it does not exist. */
static bool
admit(struct loaded *d, const struct reader *who)
{
	const struct episode *e = &d->episode;

	if (!reader_opens(who, d->view.region, e, d->view.now))
		return false;
	d->view.own = d->own;
	for (int i = 0; i < e->participant_count; i++) {
		const struct participant *p = &e->participant[i];
		if (p->active && p->role == ROLE_MOTTAGARE && who->roles & CLIENT_UNIT &&
		    reader_has(who, d->view.region, p->unit))
			d->own[d->view.own_count++] = p->unit;
	}
	d->view.level = is_hospitals(d, who) ? VIEW_HOSPITAL : view_level_of(e);
	if (d->view.level != VIEW_HOSPITAL)
		d->view.withheld =
		    reader_withhold(who, d->view.region, &d->episode, &d->view.phase);
	return d->view.level == VIEW_HOSPITAL || d->view.own_count > 0;
}

/* ---- The episode's view ---- */

static void episode_read(struct pg *pg, const struct pg_result *result, void *arg);

static void
episode_send(struct lookup *l)
{
	struct reads *r = l->reads;
	struct pg_call calls[PART_COUNT] = {
	    {&episode_statement, r->params[PART_EPISODE]},
	    {&facts_statement, r->params[PART_FACTS]},
	    {&tasks_statement, r->params[PART_TASKS]},
	    {&breaches_statement, r->params[PART_BREACHES]},
	    {&kontakter_statement, r->params[PART_KONTAKTER]},
	    {&own_files_statement, r->params[PART_OWN_FILES]},
	};

	for (int i = 0; i < PART_COUNT; i++) {
		pg_params_reset(r->params[i]);
		pg_bind_int8(r->params[i], uuid_id(l->uuid));
	}
	pg_bind_int8(r->params[PART_FACTS], l->whole ? INT64_MAX : READS_HISTORY_MAX);
	pg_bind_int4(r->params[PART_FACTS], l->whole ? INT32_MAX : READS_BODY_BYTES_MAX);
	pg_bind_int8(r->params[PART_TASKS], l->whole ? INT64_MAX : READS_TASKS_MAX);
	pg_bind_int8(r->params[PART_BREACHES], READS_BREACHES_MAX);
	pg_bind_int8(r->params[PART_KONTAKTER], READS_KONTAKTER_MAX);
	pg_send(r->pg, calls, PART_COUNT, READS_TIMEOUT_MS, episode_read, l);
}

void
reads_episode(struct reads *r, const uint8_t uuid[static 16], struct reader who,
    uint64_t request_id, reads_done *done, void *arg)
{
	struct lookup *l = lookup_new(r, request_id, done, arg);

	memcpy(l->uuid, uuid, sizeof(l->uuid));
	l->who = who;
	episode_send(l);
}

/*
 * The ids are partly random: whoever guesses the number only does not find it. False: there is no
 * such episode.
 */
static bool
load_episode(struct lookup *l, const struct pg_result *result, struct loaded *d)
{
	const PGresult *rows = pg_rows(result, PART_EPISODE);

	if (pg_row_count(rows) == 0 ||
	    memcmp(pg_get_uuid(rows, 0, 0), l->uuid, sizeof(l->uuid)) != 0)
		return false;
	memcpy(d->view.uuid, l->uuid, sizeof(l->uuid));
	d->view.region = d->surroundings.region = register_region(l->reads->reg);
	d->view.episode = &d->episode;
	d->view.surroundings = &d->surroundings;
	d->surroundings.episode = uuid_id(l->uuid);
	d->view.org = pg_get_int(rows, 0, 1);
	d->view.encounter = pg_get_text(rows, 0, 2).text;
	d->view.phase = (enum phase)pg_get_int(rows, 0, 3);
	d->view.opened_at = pg_get_instant(rows, 0, 4);
	d->view.now = pg_get_instant(rows, 0, 6);
	load_facts(d, pg_rows(result, PART_FACTS));
	load_tasks(d, pg_rows(result, PART_TASKS));
	load_breaches(d, pg_rows(result, PART_BREACHES));
	load_kontakter(d, pg_rows(result, PART_KONTAKTER));
	load_own_files(d, pg_rows(result, PART_OWN_FILES));
	return true;
}

enum state_found { STATE_FOUND, STATE_NEEDS_ALL, STATE_DAMAGED };

static enum state_found
load_state(struct lookup *l, const struct pg_result *result, struct loaded *d)
{
	struct pg_text state = pg_get_bytes(pg_rows(result, PART_EPISODE), 0, 5);

	if (state.text != NULL &&
	    episode_unpack(&d->episode, (const uint8_t *)state.text, state.len))
		return l->whole || has_bodies(d) ? STATE_FOUND : STATE_NEEDS_ALL;
	if (!l->whole)
		return STATE_NEEDS_ALL;
	return fold_anew(d) ? STATE_FOUND : STATE_DAMAGED;
}

/* What was read for folding and looking up is more than is shown. */
static void
cut_tasks(struct loaded *d)
{
	int over = d->view.task_count - READS_TASKS_MAX;

	if (over <= 0)
		return;
	d->view.tasks += over;
	d->view.task_count -= over;
}

static void
cut_history(struct loaded *d)
{
	int over = d->view.fact_count - READS_HISTORY_MAX;

	for (int i = 0; i < d->view.fact_count; i++)
		if (i < over)
			d->facts[i].shown = NOT_SHOWN;
		else if (d->facts[i].body_len > READS_BODY_BYTES_MAX)
			d->facts[i].shown = SHOWN_WITHOUT_DATA;
}

static void
answer_episode(struct lookup *l, struct loaded *d)
{
	struct access_entry entry = {.action = ACCESS_EPISODE, .episode = uuid_id(l->uuid)};
	struct writer w = {0};

	if (!admit(d, &l->who)) {
		lookup_end(l, READS_NOT_FOUND, NULL, 0);
		return;
	}
	cut_history(d);
	cut_tasks(d);
	writer_reserve(&w, 8192);
	view_episode(&d->view, &w);
	entry.unit = reader_at(&l->who, d->view.region, d->view.own_count > 0 ? d->view.own[0] : 0);
	access_log_answer(l->reads->log, &l->who.caller, &entry, 1, w.text, w.len, l->request_id,
	    l->done, l->arg);
	lookup_free(l);
}

static void
episode_read(struct pg *pg, const struct pg_result *result, void *arg)
{
	struct lookup *l = arg;
	struct loaded d = {0};

	(void)pg;
	if (lookup_failed(l, result))
		return;
	if (!load_episode(l, result, &d)) {
		lookup_end(l, READS_NOT_FOUND, NULL, 0);
		return;
	}
	switch (load_state(l, result, &d)) {
	case STATE_FOUND:
		answer_episode(l, &d);
		break;
	case STATE_NEEDS_ALL:
		l->whole = true;
		episode_send(l);
		break;
	case STATE_DAMAGED:
		log_event(LOG_ERROR, "fold_failed", "episode", "%" PRId64, uuid_id(l->uuid), NULL);
		lookup_end(l, READS_FAILED, NULL, 0);
		break;
	}
	loaded_free(&d);
}

/* ---- States in lists ---- */

/*
 * Tasks are not asked for: a kvittens that names one changes nothing of what is looked into in
 * lists.
 */
bool
reads_fold(struct episode *e, int64_t episode, const PGresult *rows, const struct region *region)
{
	struct message_names names = names_of(region);
	size_t count = pg_row_count(rows);
	struct history *history = NULL;
	int facts = 0;
	bool good = true;

	for (size_t i = 0; i < count && good; i++) {
		if (pg_get_int(rows, i, 0) != episode)
			continue;
		history = xrealloc(history, sizeof(*history) * (size_t)(facts + 1));
		memset(&history[facts], 0, sizeof(*history));
		good = history_read(&history[facts++], rows, i, region, &names);
	}
	good = good && facts > 0;
	if (good)
		episode_fold(e, history, facts, 0);
	else
		log_event(LOG_ERROR, "fold_failed", "episode", "%" PRId64, episode, NULL);
	free(history);
	return good;
}

/* ---- Tasks ---- */

static void
put_hex(char *out, const uint8_t *bytes, size_t count)
{
	static const char digits[] = "0123456789abcdef";

	for (size_t i = 0; i < count; i++) {
		out[2 * i] = digits[bytes[i] >> 4];
		out[2 * i + 1] = digits[bytes[i] & 15];
	}
}

static bool
get_hex(const char *text, uint8_t *bytes, size_t count)
{
	for (size_t i = 0; i < 2 * count; i++) {
		char c = text[i];
		int digit = c >= '0' && c <= '9'   ? c - '0'
			    : c >= 'a' && c <= 'f' ? c - 'a' + 10
						   : -1;
		if (digit < 0)
			return false;
		bytes[i / 2] = (uint8_t)(bytes[i / 2] << 4 | digit);
	}
	return true;
}

/* The bytes of an `after`: due_at, uuid, nr, the numbers with their highest byte first. */
enum { AFTER_DUE = 0, AFTER_UUID = 8, AFTER_NR = 24, AFTER_BYTES = 26 };

void
tasks_after_format(const struct tasks_after *after, char out[static TASKS_AFTER_TEXT_MAX])
{
	uint8_t bytes[AFTER_BYTES];

	for (int i = 0; i < 8; i++)
		bytes[AFTER_DUE + i] = (uint8_t)((uint64_t)after->due_at >> (56 - 8 * i));
	memcpy(bytes + AFTER_UUID, after->episode, 16);
	bytes[AFTER_NR] = (uint8_t)((uint16_t)after->nr >> 8);
	bytes[AFTER_NR + 1] = (uint8_t)after->nr;
	put_hex(out, bytes, AFTER_BYTES);
	out[2 * AFTER_BYTES] = '\0';
}

bool
tasks_after_parse(const char *text, size_t len, struct tasks_after *out)
{
	uint8_t bytes[AFTER_BYTES] = {0};
	uint64_t due = 0;

	if (len != 2 * AFTER_BYTES || !get_hex(text, bytes, AFTER_BYTES))
		return false;
	for (int i = 0; i < 8; i++)
		due = due << 8 | bytes[AFTER_DUE + i];
	out->due_at = (instant)due;
	memcpy(out->episode, bytes + AFTER_UUID, 16);
	out->nr = (int16_t)(bytes[AFTER_NR] << 8 | bytes[AFTER_NR + 1]);
	/* What PostgreSQL's times can hold, with room; a page never ended elsewhere. */
	return uuid_id(out->episode) >= 0 && out->due_at > -INT64_C(62000000000) * SECOND &&
	       (out->due_at < INT64_C(250000000000) * SECOND || out->due_at == INSTANT_NEVER);
}

enum page_column {
	PAGE_EPISODE,
	PAGE_UUID,
	PAGE_TASK,
	PAGE_DUE_AT = 10,
	PAGE_STATE = 12,
	PAGE_NOW
};

static bool
page_state(struct episode *e, const PGresult *rows, size_t row)
{
	struct pg_text state = pg_get_bytes(rows, row, PAGE_STATE);

	return state.text != NULL && episode_unpack(e, (const uint8_t *)state.text, state.len);
}

/* G6: as no notice has a time, the list has none either, but to who opens the episode. */
static bool
page_shows_time(const struct lookup *l, const PGresult *rows, size_t row, const PGresult *facts)
{
	const struct region *region = register_region(l->reads->reg);
	struct episode *e = xmalloc(sizeof(*e));
	bool shows = (page_state(e, rows, row) ||
			 reads_fold(e, pg_get_int(rows, row, PAGE_EPISODE), facts, region)) &&
		     reader_opens(&l->who, region, e, pg_get_instant(rows, row, PAGE_NOW));

	free(e);
	return shows;
}

/* A row of the page. False: it is not to be shown; whose time is hidden would be found out by
 * due_before. */
static bool
page_task(const struct lookup *l, const PGresult *rows, size_t row, const PGresult *facts,
    struct view_task *t)
{
	if (!task_row(rows, row, PAGE_TASK, &t->task))
		return false;
	memcpy(t->episode, pg_get_uuid(rows, row, PAGE_UUID), sizeof(t->episode));
	if (page_shows_time(l, rows, row, facts))
		return true;
	t->task.due_at = INSTANT_NONE;
	return l->query.due_before == INSTANT_NEVER;
}

static void
page_next(const PGresult *rows, size_t last, struct writer *w)
{
	struct tasks_after after = {.due_at = pg_get_instant(rows, last, PAGE_DUE_AT),
	    .nr = (int16_t)pg_get_int(rows, last, PAGE_TASK)};
	char text[TASKS_AFTER_TEXT_MAX];

	memcpy(after.episode, pg_get_uuid(rows, last, PAGE_UUID), sizeof(after.episode));
	tasks_after_format(&after, text);
	answer_text(w, "next", text);
}

/* There is a next page if there is one more to be shown, not if one is hidden: that would tell of
 * it. */
static void
page_write(struct lookup *l, const PGresult *rows, const PGresult *facts, struct writer *w)
{
	const struct region *region = register_region(l->reads->reg);
	size_t count = pg_row_count(rows), last = 0;
	int shown = 0;
	bool more = false;
	struct view_task t;

	answer_open(w, '{');
	answer_key(w, "tasks");
	answer_open(w, '[');
	for (size_t i = 0; i < count && !more; i++) {
		if (!page_task(l, rows, i, facts, &t))
			continue;
		if (shown == l->query.limit) {
			more = true;
		} else {
			view_task(region, &t, w);
			shown++;
			last = i;
		}
	}
	answer_close(w, ']');
	if (shown > 0)
		answer_instant(w, "now", pg_get_instant(rows, 0, PAGE_NOW));
	if (more)
		page_next(rows, last, w);
	else if (count > READS_TASKS_MAX)
		page_next(rows, count - 1, w);
	answer_close(w, '}');
}

static void page_read(struct pg *pg, const struct pg_result *result, void *arg);

/* stale: a page whose states of another layout are to be folded anew, or NULL. */
static void
page_send(struct lookup *l, const PGresult *stale)
{
	struct pg_params *page = l->reads->params[0], *facts = l->reads->params[1];
	struct pg_call calls[] = {{&page_statement, page}, {&fold_statement, facts}};
	const struct tasks_query *q = &l->query;
	bool first = q->after.due_at == INSTANT_NONE;
	struct pg_array *episodes;
	struct episode *e = xmalloc(sizeof(*e));

	pg_params_reset(page);
	pg_bind_int4(page, q->unit);
	pg_bind_int2(page, (int16_t)q->status);
	pg_bind_instant(page, q->due_before == INSTANT_NEVER ? INSTANT_NEVER : q->due_before - 1);
	pg_bind_instant(page, first ? 0 : q->after.due_at);
	pg_bind_int8(page, first ? -1 : uuid_id(q->after.episode));
	pg_bind_int2(page, first ? 0 : q->after.nr);
	/* One more tells whether there is a next page. By due_before some may not be shown, and as
	 * many are read whether there are such or not: neither time nor statements tell. */
	pg_bind_int8(
	    page, q->due_before == INSTANT_NEVER ? (int64_t)q->limit + 1 : READS_TASKS_MAX + 1);
	pg_params_reset(facts);
	episodes = pg_bind_array(facts, PG_INT8);
	for (size_t i = 0; stale != NULL && i < pg_row_count(stale); i++)
		if (!page_state(e, stale, i))
			pg_put_int8(episodes, pg_get_int(stale, i, PAGE_EPISODE));
	free(e);
	pg_send(l->reads->pg, calls, stale != NULL ? 2 : 1, READS_TIMEOUT_MS, page_read, l);
}

static bool
page_is_stale(const PGresult *rows)
{
	struct episode *e = xmalloc(sizeof(*e));
	bool stale = false;

	for (size_t i = 0; i < pg_row_count(rows); i++)
		stale |= !page_state(e, rows, i);
	free(e);
	return stale;
}

static void
page_read(struct pg *pg, const struct pg_result *result, void *arg)
{
	struct lookup *l = arg;
	struct writer w = {0};

	(void)pg;
	if (lookup_failed(l, result))
		return;
	if (!l->whole && page_is_stale(pg_rows(result, 0))) {
		l->whole = true;
		page_send(l, pg_rows(result, 0));
		return;
	}
	page_write(l, pg_rows(result, 0), l->whole ? pg_rows(result, 1) : NULL, &w);
	lookup_end(l, READS_OK, w.text, w.len);
	free(w.text);
}

void
reads_tasks(struct reads *r, const struct tasks_query *q, struct reader who, uint64_t request_id,
    reads_done *done, void *arg)
{
	struct lookup *l = lookup_new(r, request_id, done, arg);

	l->query = *q;
	l->who = who;
	page_send(l, NULL);
}
