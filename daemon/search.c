/* Searches, the register of fasta kontakter, a patient's access log; see search.h. */
#include "search.h"

#include "access_log.h"
#include "answer.h"
#include "hours.h"
#include "log.h"
#include "rules/kontakter.h"
#include "view.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct pg_statement identity_statement = PG_STATEMENT("queries/search_identity");
static struct pg_statement units_statement = PG_STATEMENT("queries/search_units");
static struct pg_statement patient_statement = PG_STATEMENT("queries/search_patient");
static struct pg_statement facts_statement = PG_STATEMENT("queries/door_load_facts");
static struct pg_statement known_statement = PG_STATEMENT("queries/patient_known");
static struct pg_statement states_statement = PG_STATEMENT("queries/patient_states");
static struct pg_statement contacts_statement = PG_STATEMENT("queries/patient_contacts");
static struct pg_statement access_statement = PG_STATEMENT("queries/patient_access");

struct search {
	struct pg *pg;
	struct register_ *reg;
	struct access_log *log;
};

/* An episode whose state is looked into. */
struct found {
	int64_t episode;
	uint8_t uuid[UUID_BYTES];
	int64_t org;
	enum phase phase;
	instant opened_at, due_at;
	bool hospital; /* its hospital reads */
	instant now;   /* of the page */
	bool folded;   /* the state is at hand */
	struct episode state;
};

struct contact {
	int slag;
	unit_id unit;
	staff_id staff;
	instant from_at, to_at;
	uint8_t episode[UUID_BYTES];
	bool has_episode;
};

struct access {
	int64_t nr;
	instant at;
	enum access_action action;
	unit_id unit;
	int64_t org;
	char client[CLIENT_NAME_MAX], person[IDENTITY_HSA_MAX];
	uint8_t episode[UUID_BYTES];
	bool has_episode;
	int type; /* of a message, or -1 */
};

/* One search in flight; owned by it, freed with its answer. */
struct ask {
	struct search *search;
	uint64_t request_id;
	reads_done *done;
	void *arg;
	struct reader who;
	struct question q;
	unit_id unit;
	int64_t patient;
	struct found *found;
	int found_count;
	int64_t next; /* of a page of episodes; 0: it is the last */
	struct contacts_after after;
	int64_t after_access;
	int limit;
	instant now;
	bool skydd; /* G6: one of the states is protected */
	struct contact *contacts;
	int contact_count;
	struct access *accesses;
	int access_count;
	void (*then)(struct ask *ask);	 /* with the patient's number, or 0, which nobody has */
	void (*answer)(struct ask *ask); /* with all states at hand */
};

struct search *
search_new(struct pg *pg, struct register_ *reg, struct access_log *log)
{
	struct search *s = xcalloc(1, sizeof(*s));

	s->pg = pg;
	s->reg = reg;
	s->log = log;
	return s;
}

void
search_free(struct search *s)
{
	free(s);
}

static struct ask *
ask_new(struct search *s, struct reader who, uint64_t request_id, reads_done *done, void *arg)
{
	struct ask *ask = xcalloc(1, sizeof(*ask));

	ask->search = s;
	ask->who = who;
	ask->request_id = request_id;
	ask->done = done;
	ask->arg = arg;
	return ask;
}

static void
ask_free(struct ask *ask)
{
	reader_free(&ask->who);
	free(ask->found);
	free(ask->contacts);
	free(ask->accesses);
	free(ask);
}

static void
ask_end(struct ask *ask, enum reads_outcome outcome, const char *body, size_t len)
{
	ask->done(ask->arg, ask->request_id, outcome, body, len);
	ask_free(ask);
}

/* Once it is logged what of whom is shown; w: its text is taken over. */
static void
ask_reply(struct ask *ask, const struct access_entry *entries, size_t count, const struct writer *w)
{
	access_log_answer(ask->search->log, &ask->who.caller, entries, count, w->text, w->len,
	    ask->request_id, ask->done, ask->arg);
	ask_free(ask);
}

/* Of what is asked for by patient. */
static void
ask_reply_of_patient(struct ask *ask, enum access_action action, const struct writer *w)
{
	const struct access_entry entry = {.action = action,
	    .patient = ask->patient,
	    .unit = reader_at(&ask->who, register_region(ask->search->reg), 0)};

	ask_reply(ask, &entry, 1, w);
}

/* Ends the search unless the batch went well. */
static bool
ask_failed(struct ask *ask, const struct pg_result *result)
{
	enum reads_outcome outcome = reads_outcome_of(result);

	if (outcome == READS_OK)
		return false;
	ask_end(ask, outcome, NULL, 0);
	return true;
}

static void
ask_send(struct ask *ask, const struct pg_call *calls, size_t count, pg_callback *callback)
{
	pg_send(ask->search->pg, calls, count, READS_TIMEOUT_MS, callback, ask);
	for (size_t i = 0; i < count; i++)
		pg_params_free(calls[i].params);
}

/* ---- Whose ---- */

/*
 * G6: of an identity that nobody has, all is asked as of one that is not the reader's to know of,
 * so that no time tells which of the two it is.
 */
static void
on_identity(struct pg *pg, const struct pg_result *result, void *arg)
{
	struct ask *ask = arg;

	(void)pg;
	if (ask_failed(ask, result))
		return;
	if (pg_row_count(pg_rows(result, 0)) > 0)
		ask->patient = pg_get_int(pg_rows(result, 0), 0, 0);
	ask->then(ask);
}

static void
ask_for_patient(struct ask *ask)
{
	struct pg_params *p = pg_params_new();

	pg_bind_string(p, ask->q.identitet.system);
	pg_bind_string(p, ask->q.identitet.varde);
	ask_send(ask, &(struct pg_call){&identity_statement, p}, 1, on_identity);
}

/* Of the register's units: the reader's, its wards alone, or its whole organisation's as well. */
enum whose { OF_READER, WARDS_OF_READER, OF_ORGANISATION };

static bool
is_whose(const struct ask *ask, const struct unit *u, enum whose whose)
{
	const struct reader *who = &ask->who;
	bool own = reader_has(who, register_region(ask->search->reg), u->unit);

	switch (whose) {
	case OF_READER:
		return own;
	case WARDS_OF_READER:
		return own && u->slag == SLUTENVARD;
	case OF_ORGANISATION:
		return own || (who->org != 0 && who->org == u->org);
	}
	return false;
}

static void
bind_units(struct pg_params *p, const struct ask *ask, enum whose whose)
{
	const struct region *region = register_region(ask->search->reg);
	struct pg_array *units = pg_bind_array(p, PG_INT4);

	for (int i = 0; i < region->unit_count; i++)
		if (is_whose(ask, &region->units[i], whose))
			pg_put_int4(units, region->units[i].unit);
}

/* A hospital's: of a whole organisation, or kept to units of which one is a ward at least. */
static bool
is_hospitals(const struct ask *ask)
{
	const struct region *region = register_region(ask->search->reg);

	if (!(ask->who.roles & CLIENT_HOSPITAL))
		return false;
	for (int i = 0; i < region->unit_count && ask->who.unit_count > 0; i++)
		if (is_whose(ask, &region->units[i], WARDS_OF_READER))
			return true;
	return ask->who.unit_count == 0;
}

/* What the statements ask for to tell who may see a stay, as reads.c does of one. */
static void
bind_access(struct pg_params *p, const struct ask *ask)
{
	const struct reader *who = &ask->who;

	pg_bind_int8(p, is_hospitals(ask) ? who->org : 0);
	if (who->unit_count == 0)
		(void)pg_bind_array(p, PG_INT4);
	else
		bind_units(p, ask, WARDS_OF_READER);
	bind_units(p, ask, OF_READER);
	pg_bind_bool(p, (who->roles & CLIENT_UNIT) != 0);
}

/* ---- States ---- */

static void
unpack(struct found *f, const PGresult *rows, size_t row, int column)
{
	struct pg_text state = pg_get_bytes(rows, row, column);

	f->folded =
	    state.text != NULL && episode_unpack(&f->state, (const uint8_t *)state.text, state.len);
}

static void
on_facts(struct pg *pg, const struct pg_result *result, void *arg)
{
	struct ask *ask = arg;

	(void)pg;
	if (ask_failed(ask, result))
		return;
	for (int i = 0; i < ask->found_count; i++)
		if (!ask->found[i].folded)
			ask->found[i].folded =
			    reads_fold(&ask->found[i].state, ask->found[i].episode,
				pg_rows(result, 0), register_region(ask->search->reg));
	ask->answer(ask);
}

/* States of another layout are folded anew from the facts, which are the truth (law 2). */
static void
answer_with_states(struct ask *ask)
{
	struct pg_params *p = pg_params_new();
	struct pg_array *episodes = pg_bind_array(p, PG_INT8);

	for (int i = 0; i < ask->found_count; i++)
		if (!ask->found[i].folded)
			pg_put_int8(episodes, ask->found[i].episode);
	if (pg_array_count(episodes) > 0) {
		ask_send(ask, &(struct pg_call){&facts_statement, p}, 1, on_facts);
		return;
	}
	pg_params_free(p);
	ask->answer(ask);
}

/* ---- Episodes ---- */

static void
write_episode(const struct ask *ask, const struct found *f, struct writer *w)
{
	struct view v = {
	    .region = register_region(ask->search->reg),
	    .episode = &f->state,
	    .org = f->org,
	    .phase = f->phase,
	    .opened_at = f->opened_at,
	    .level = f->hospital ? VIEW_HOSPITAL : view_level_of(&f->state),
	};

	memcpy(v.uuid, f->uuid, sizeof(v.uuid));
	view_row(&v, f->due_at, w);
}

static void
answer_episodes(struct ask *ask)
{
	const struct region *region = register_region(ask->search->reg);
	struct access_entry *entries = xcalloc((size_t)ask->found_count + 1, sizeof(*entries));
	unit_id at = reader_at(&ask->who, region, ask->unit);
	char next[QUESTION_AFTER_TEXT_MAX];
	struct writer w = {0};
	size_t shown = 0;

	answer_open(&w, '{');
	answer_key(&w, "episodes");
	answer_open(&w, '[');
	for (int i = 0; i < ask->found_count; i++) {
		struct found *f = &ask->found[i];
		if (!f->folded || !reader_opens(&ask->who, region, &f->state, f->now))
			continue;
		if (!f->hospital)
			reader_withhold(&ask->who, region, &f->state, &f->phase);
		if (ask->q.phases != 0 && !(ask->q.phases & 1u << f->phase))
			continue;
		write_episode(ask, f, &w);
		entries[shown++] = (struct access_entry){
		    .action = ACCESS_EPISODES_SEARCH, .episode = f->episode, .unit = at};
	}
	answer_close(&w, ']');
	if (ask->next != 0) {
		question_after_format(ask->next, next);
		answer_text(&w, "next", next);
	}
	answer_close(&w, '}');
	ask_reply(ask, entries, shown, &w);
	free(entries);
}

enum page_column { LAST, SEEN, EPISODE, UUID, ORG, PHASE, OPENED_AT, STATE, HOSPITAL, DUE_AT, NOW };

static void
page_row(struct found *f, const PGresult *rows, size_t row)
{
	f->episode = pg_get_int(rows, row, EPISODE);
	memcpy(f->uuid, pg_get_uuid(rows, row, UUID), sizeof(f->uuid));
	f->org = pg_get_int(rows, row, ORG);
	f->phase = (enum phase)pg_get_int(rows, row, PHASE);
	f->opened_at = pg_get_instant(rows, row, OPENED_AT);
	f->hospital = pg_get_bool(rows, row, HOSPITAL);
	f->due_at = pg_get_instant(rows, row, DUE_AT);
	f->now = pg_get_instant(rows, row, NOW);
	unpack(f, rows, row, STATE);
}

static void
on_page(struct pg *pg, const struct pg_result *result, void *arg)
{
	struct ask *ask = arg;
	const PGresult *rows;
	size_t count;

	(void)pg;
	if (ask_failed(ask, result))
		return;
	rows = pg_rows(result, 0);
	count = pg_get_null(rows, 0, EPISODE) ? 0 : pg_row_count(rows);
	if (pg_get_int(rows, 0, SEEN) >= SEARCH_SCAN_MAX)
		ask->next = pg_get_int(rows, 0, LAST);
	if (count > (size_t)ask->q.limit) {
		count = (size_t)ask->q.limit;
		ask->next = pg_get_int(rows, count - 1, EPISODE);
	}
	ask->found = xcalloc(count + 1, sizeof(*ask->found));
	for (size_t i = 0; i < count; i++)
		page_row(&ask->found[ask->found_count++], rows, i);
	answer_with_states(ask);
}

static void
send_page(struct ask *ask)
{
	struct pg_params *p = pg_params_new();
	struct pg_array *units, *phases;
	unsigned wanted;

	if (ask->unit != 0 || ask->q.has_identitet) {
		units = pg_bind_array(p, PG_INT4);
		if (ask->unit != 0)
			pg_put_int4(units, ask->unit);
	} else {
		bind_units(p, ask, OF_READER);
	}
	bind_access(p, ask);
	phases = pg_bind_array(p, PG_INT2);
	/* C1a: to whom it is withheld that the patient is ready, the patient is in. */
	wanted = ask->q.phases;
	if (wanted & 1u << PHASE_INSKRIVEN)
		wanted |= 1u << PHASE_UTSKRIVNINGSKLAR;
	for (int i = 0; i < PHASE_COUNT; i++)
		if (wanted & 1u << i)
			pg_put_int2(phases, (int16_t)i);
	pg_bind_int8(p, ask->q.after);
	pg_bind_int8(p, (int64_t)ask->q.limit + 1); /* one more tells of a next page */
	pg_bind_int8(p, SEARCH_SCAN_MAX);
	if (ask->q.has_identitet)
		pg_bind_int8(p, ask->patient);
	ask_send(ask,
	    &(struct pg_call){ask->q.has_identitet ? &patient_statement : &units_statement, p}, 1,
	    on_page);
}

void
search_episodes(struct search *s, const struct question *q, unit_id unit, struct reader who,
    uint64_t request_id, reads_done *done, void *arg)
{
	struct ask *ask = ask_new(s, who, request_id, done, arg);

	ask->q = *q;
	ask->unit = unit;
	ask->then = send_page;
	ask->answer = answer_episodes;
	if (q->has_identitet)
		ask_for_patient(ask);
	else
		send_page(ask);
}

/* ---- What is known of a patient ---- */

static void answer_nobody(struct ask *ask);
static void answer_access_log(struct ask *ask);

/*
 * False after an answer: the patient does not exist for this reader (G6), or a state is damaged. Of
 * a protected patient the reader opens one of the stays at least: into the own file anyone can come
 * by a word of one's own.
 */
static bool
know(struct ask *ask, struct kontakter_gate *gate)
{
	const struct region *region = register_region(ask->search->reg);
	bool opens = false;

	memset(gate, 0, sizeof(*gate));
	for (int i = 0; i < ask->found_count; i++) {
		const struct episode *e = &ask->found[i].state;
		if (!ask->found[i].folded) {
			ask_end(ask, READS_FAILED, NULL, 0);
			return false;
		}
		kontakter_know(gate, e);
		ask->skydd |= e->inskr.skydd != SKYDD_NEJ;
		opens |= e->inskr.skydd != SKYDD_NEJ && !e->own_file &&
			 reader_opens(&ask->who, region, e, ask->now);
	}
	if (opens || !ask->skydd)
		return true;
	answer_nobody(ask);
	return false;
}

static void
take_contacts(struct ask *ask, const PGresult *rows)
{
	size_t count = pg_row_count(rows);

	ask->contacts = xcalloc(count + 1, sizeof(*ask->contacts));
	for (size_t i = 0; i < count; i++) {
		struct contact *c = &ask->contacts[ask->contact_count++];
		const unsigned char *episode = pg_get_uuid(rows, i, 5);
		c->slag = (int)pg_get_int(rows, i, 0);
		c->unit = (unit_id)pg_get_int(rows, i, 1);
		c->staff = (staff_id)pg_get_int(rows, i, 2);
		c->from_at = pg_get_instant(rows, i, 3);
		c->to_at = pg_get_instant(rows, i, 4);
		c->has_episode = episode != NULL;
		if (c->has_episode)
			memcpy(c->episode, episode, sizeof(c->episode));
	}
}

/* An action of a newer daemon is left out. */
static void
take_accesses(struct ask *ask, const PGresult *rows)
{
	size_t count = pg_row_count(rows);

	ask->accesses = xcalloc(count + 1, sizeof(*ask->accesses));
	for (size_t i = 0; i < count; i++) {
		struct access *a = &ask->accesses[ask->access_count];
		const unsigned char *episode = pg_get_uuid(rows, i, 7);
		int64_t action = pg_get_int(rows, i, 2), type = pg_get_int_or(rows, i, 8, -1);
		if (action < 0 || action >= ACCESS_ACTION_COUNT)
			continue;
		ask->access_count++;
		a->nr = pg_get_int(rows, i, 0);
		a->at = pg_get_instant(rows, i, 1);
		a->action = (enum access_action)action;
		a->unit = (unit_id)pg_get_int_or(rows, i, 3, 0);
		a->org = pg_get_int(rows, i, 4);
		snprintf(a->client, sizeof(a->client), "%s", pg_get_text(rows, i, 5).text);
		snprintf(a->person, sizeof(a->person), "%s", pg_get_text(rows, i, 6).text);
		a->has_episode = episode != NULL;
		if (a->has_episode)
			memcpy(a->episode, episode, sizeof(a->episode));
		a->type = type < MESSAGE_TYPE_COUNT ? (int)type : -1;
	}
}

static void
on_patient(struct pg *pg, const struct pg_result *result, void *arg)
{
	struct ask *ask = arg;
	const PGresult *states;

	(void)pg;
	if (ask_failed(ask, result))
		return;
	ask->now = pg_get_instant(pg_rows(result, 0), 0, 0);
	if (!pg_get_bool(pg_rows(result, 0), 0, 1)) {
		answer_nobody(ask);
		return;
	}
	states = pg_rows(result, 1);
	ask->found = xcalloc(pg_row_count(states) + 1, sizeof(*ask->found));
	for (size_t i = 0; i < pg_row_count(states); i++) {
		struct found *f = &ask->found[ask->found_count++];
		f->episode = pg_get_int(states, i, 0);
		unpack(f, states, i, 1);
	}
	if (ask->answer == answer_access_log)
		take_accesses(ask, pg_rows(result, 2));
	else
		take_contacts(ask, pg_rows(result, 2));
	answer_with_states(ask);
}

static void
bind_contacts(struct pg_params *p, const struct ask *ask)
{
	pg_bind_int8(p, ask->patient);
	pg_bind_int2(p, (int16_t)ask->after.slag);
	pg_bind_int4(p, ask->after.unit);
	pg_bind_int8(p, CONTACTS_LIMIT_MAX + 1);
}

static void
bind_accesses(struct pg_params *p, const struct ask *ask)
{
	pg_bind_int8(p, ask->patient);
	pg_bind_int8(p, ask->after_access);
	pg_bind_int8(p, ask->limit + 1); /* one more tells of a next page */
	bind_access(p, ask);
	pg_bind_int8(p, ask->who.caller.client);
}

static void
send_patient(struct ask *ask)
{
	struct pg_params *known = pg_params_new(), *states = pg_params_new(),
			 *asked = pg_params_new();
	bool log = ask->answer == answer_access_log;

	pg_bind_int8(known, ask->patient);
	bind_access(known, ask);
	bind_units(known, ask, OF_ORGANISATION);
	pg_bind_int8(states, ask->patient);
	pg_bind_int8(states, SEARCH_STATES_MAX);
	if (log)
		bind_accesses(asked, ask);
	else
		bind_contacts(asked, ask);
	const struct pg_call calls[] = {{&known_statement, known}, {&states_statement, states},
	    {log ? &access_statement : &contacts_statement, asked}};
	ask_send(ask, calls, 3, on_patient);
}

/* ---- Patients ---- */

static void
answer_patients(struct ask *ask)
{
	struct kontakter_gate gate;
	uint8_t uuid[UUID_BYTES];
	struct writer w = {0};

	if (!know(ask, &gate))
		return;
	uuid_from_patient(ask->patient, uuid);
	answer_open(&w, '{');
	answer_key(&w, "patients");
	answer_open(&w, '[');
	answer_open(&w, '{');
	answer_uuid(&w, "id", uuid);
	answer_close(&w, '}');
	answer_close(&w, ']');
	answer_close(&w, '}');
	ask_reply_of_patient(ask, ACCESS_PATIENTS_SEARCH, &w);
}

/* No difference between who is not there and who is not the reader's to know of. */
static void
answer_nobody(struct ask *ask)
{
	static const char nobody[] = "{\"patients\":[]}";

	if (ask->answer == answer_patients)
		ask_end(ask, READS_OK, nobody, sizeof(nobody) - 1);
	else
		ask_end(ask, READS_NOT_FOUND, NULL, 0);
}

void
search_patients(struct search *s, const struct question *q, struct reader who, uint64_t request_id,
    reads_done *done, void *arg)
{
	struct ask *ask = ask_new(s, who, request_id, done, arg);

	ask->q = *q;
	ask->then = send_patient;
	ask->answer = answer_patients;
	ask_for_patient(ask);
}

/* ---- Fasta kontakter ---- */

static unsigned
grenar_of(const struct reader *who, const struct region *region)
{
	unsigned grenar = 0;

	for (int i = 0; i < region->unit_count; i++)
		if (reader_has(who, region, region->units[i].unit))
			grenar |= verksamhetsgren_of(region->units[i].slag);
	return grenar;
}

static void
write_unit(const struct unit *u, struct writer *w)
{
	json_t *hours = hours_write(&u->hours);
	char *text = json_dumps(hours, JSON_COMPACT | JSON_ENCODE_ANY);

	require(text != NULL);
	answer_key(w, "unit");
	answer_open(w, '{');
	answer_text(w, "hsa_id", u->hsa_id);
	answer_text(w, "namn", u->namn);
	answer_text(w, "slag", unit_slag_word(u->slag));
	answer_key(w, "hours");
	writer_raw(w, text, strlen(text));
	answer_close(w, '}');
	free(text);
	json_decref(hours);
}

static void
write_contact(
    const struct ask *ask, const struct contact *c, const struct unit *u, struct writer *w)
{
	const struct region *region = register_region(ask->search->reg);
	staff_id acting = region_acting(region, c->staff, ask->now);

	answer_open(w, '{');
	answer_int(w, "slag", c->slag);
	answer_text(w, "benamning", kontakt_slag_word((enum kontakt_slag)c->slag));
	write_unit(u, w);
	view_staff(region, "staff", c->staff, w);
	view_staff(region, "acting", acting != c->staff ? acting : 0, w);
	answer_bool(w, "away", acting != c->staff);
	answer_instant(w, "from_at", c->from_at);
	answer_instant(w, "to_at", c->to_at);
	if (c->has_episode)
		answer_uuid(w, "episode", c->episode);
	else
		answer_null(w, "episode");
	answer_close(w, '}');
}

/* G6: of a protected patient nothing is shown of others' that the reader does not open. */
static bool
opens_contact(const struct ask *ask, const struct contact *c)
{
	const struct region *region = register_region(ask->search->reg);

	if (reader_has(&ask->who, region, c->unit))
		return true;
	for (int i = 0; i < ask->found_count && c->has_episode; i++)
		if (ask->found[i].episode == uuid_id(c->episode))
			return reader_opens(&ask->who, region, &ask->found[i].state, ask->now);
	return !ask->skydd;
}

static void
write_next(const struct contact *last, const struct region *region, struct writer *w)
{
	char text[IDENTITY_HSA_MAX + 4];

	snprintf(text, sizeof(text), "%d.%s", last->slag, region_unit(region, last->unit)->hsa_id);
	answer_text(w, "next", text);
}

static void
answer_contacts(struct ask *ask)
{
	const struct region *region = register_region(ask->search->reg);
	unsigned grenar = grenar_of(&ask->who, region);
	const struct contact *last = NULL;
	struct kontakter_gate gate;
	struct writer w = {0};
	int shown = 0;

	if (!know(ask, &gate))
		return;
	answer_open(&w, '{');
	answer_key(&w, "contacts");
	answer_open(&w, '[');
	for (int i = 0; i < ask->contact_count && shown <= ask->limit; i++) {
		const struct contact *c = &ask->contacts[i];
		const struct unit *u = region_unit(region, c->unit);
		if (u == NULL || c->slag >= KONTAKT_SLAG_COUNT ||
		    !kontakter_shown(&gate, u, ask->who.org, grenar) || !opens_contact(ask, c) ||
		    shown++ == ask->limit)
			continue;
		write_contact(ask, c, u, &w);
		last = c;
	}
	answer_close(&w, ']');
	if (shown > ask->limit)
		write_next(last, region, &w);
	answer_close(&w, '}');
	ask_reply_of_patient(ask, ACCESS_CONTACTS, &w);
}

void
search_contacts(struct search *s, int64_t patient, const struct contacts_after *after, int limit,
    struct reader who, uint64_t request_id, reads_done *done, void *arg)
{
	struct ask *ask = ask_new(s, who, request_id, done, arg);

	ask->patient = patient;
	ask->after = *after;
	ask->limit = limit;
	ask->answer = answer_contacts;
	send_patient(ask);
}

/* ---- The access log ---- */

/* Who of another organisation it was is that organisation's to tell. */
static void
write_access(const struct ask *ask, const struct access *a, struct writer *w)
{
	const struct unit *u = region_unit(register_region(ask->search->reg), a->unit);
	bool own = a->org == ask->who.org;
	char org[12];

	snprintf(org, sizeof(org), "%010" PRId64, a->org);
	answer_open(w, '{');
	answer_instant(w, "at", a->at);
	answer_text(w, "action", access_action_word(a->action));
	answer_text(w, "type", a->type >= 0 ? message_type_word((enum message_type)a->type) : NULL);
	answer_text(w, "organisation", org);
	answer_text(w, "unit", u != NULL ? u->hsa_id : NULL);
	answer_text(w, "client", own ? a->client : NULL);
	answer_text(w, "person", own && a->person[0] != '\0' ? a->person : NULL);
	if (a->has_episode)
		answer_uuid(w, "episode", a->episode);
	else
		answer_null(w, "episode");
	answer_close(w, '}');
}

static void
answer_access_log(struct ask *ask)
{
	int shown = ask->access_count < ask->limit ? ask->access_count : ask->limit;
	struct kontakter_gate gate;
	struct writer w = {0};
	char next[24];

	if (!know(ask, &gate))
		return;
	answer_open(&w, '{');
	answer_key(&w, "access_log");
	answer_open(&w, '[');
	for (int i = 0; i < shown; i++)
		write_access(ask, &ask->accesses[i], &w);
	answer_close(&w, ']');
	if (ask->access_count > shown) {
		snprintf(next, sizeof(next), "%" PRId64, ask->accesses[shown - 1].nr);
		answer_text(&w, "next", next);
	}
	answer_close(&w, '}');
	ask_reply_of_patient(ask, ACCESS_LOG_READ, &w);
}

void
search_access_log(struct search *s, int64_t patient, int64_t after, int limit, struct reader who,
    uint64_t request_id, reads_done *done, void *arg)
{
	struct ask *ask = ask_new(s, who, request_id, done, arg);

	ask->patient = patient;
	ask->after_access = after;
	ask->limit = limit;
	ask->answer = answer_access_log;
	send_patient(ask);
}
