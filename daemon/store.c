/*
 * Rows to structs and structs to rows, for the door. One function a table and direction; the SQL
 * lies in sql/queries.
 */
#include "store.h"

#include "access_log.h"
#include "history.h"
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

enum what {
	CLOCK,
	LOAD_DUPLICATES,
	LOAD_EVENTS,
	LOAD_EPISODES,
	LOAD_PATIENTS,
	LOAD_IDENTITETER,
	LOAD_ERSATTER,
	LOAD_OTHERS,
	LOAD_KONTAKT_STAYS,
	LOAD_KONTAKTER,
	LOAD_PARTICIPANTS,
	LOAD_TASKS,
	LOAD_BREACHES,
	LOAD_BOOKINGS,
	LOAD_FACTS,
	FENCE,
	INSERT_EPISODES,
	UPDATE_EPISODES,
	INSERT_FACTS,
	INSERT_ACCESS,
	INSERT_PARTICIPANTS,
	UPDATE_PARTICIPANTS,
	INSERT_TASKS,
	UPDATE_TASKS,
	WRITE_BREACHES,
	WRITE_IDENTITETER,
	WRITE_ERSATTER,
	UPDATE_COUNTER,
	INSERT_KONTAKTER,
	WRITE_KONTAKTER,
	REGISTER_LOCK,
	DROP_ABSENCES,
	PUT_ABSENCES,
	END_ABSENCES,
	END_STAFF,
	DELETE_BOOKINGS,
	INSERT_BOOKINGS,
	INSERT_NOTICES,
	TELL_EVENTS,
	DELETE_MEASURES,
	WRITE_MEASURES,
	DELETE_DAYS,
	INSERT_DAYS,
	NOTIFY,
	WHAT_COUNT
};

static struct pg_statement statements[WHAT_COUNT] = {
    [CLOCK] = PG_STATEMENT("queries/door_clock"),
    [LOAD_DUPLICATES] = PG_STATEMENT("queries/door_load_duplicates"),
    [LOAD_EVENTS] = PG_STATEMENT("queries/door_load_events"),
    [LOAD_EPISODES] = PG_STATEMENT("queries/door_load_episodes"),
    [LOAD_PATIENTS] = PG_STATEMENT("queries/door_load_patients"),
    [LOAD_IDENTITETER] = PG_STATEMENT("queries/door_load_identiteter"),
    [LOAD_ERSATTER] = PG_STATEMENT("queries/door_load_ersatter"),
    [LOAD_OTHERS] = PG_STATEMENT("queries/door_load_others"),
    [LOAD_KONTAKT_STAYS] = PG_STATEMENT("queries/door_load_kontakt_stays"),
    [LOAD_KONTAKTER] = PG_STATEMENT("queries/door_load_kontakter"),
    [LOAD_PARTICIPANTS] = PG_STATEMENT("queries/door_load_participants"),
    [LOAD_TASKS] = PG_STATEMENT("queries/door_load_tasks"),
    [LOAD_BREACHES] = PG_STATEMENT("queries/door_load_breaches"),
    [LOAD_BOOKINGS] = PG_STATEMENT("queries/door_load_bookings"),
    [LOAD_FACTS] = PG_STATEMENT("queries/door_load_facts"),
    [FENCE] = PG_STATEMENT("queries/door_fence"),
    [INSERT_EPISODES] = PG_STATEMENT("queries/door_insert_episodes"),
    [UPDATE_EPISODES] = PG_STATEMENT("queries/door_update_episodes"),
    [INSERT_FACTS] = PG_STATEMENT("queries/door_insert_facts"),
    [INSERT_ACCESS] = PG_STATEMENT("queries/access_insert"),
    [INSERT_PARTICIPANTS] = PG_STATEMENT("queries/door_insert_participants"),
    [UPDATE_PARTICIPANTS] = PG_STATEMENT("queries/door_update_participants"),
    [INSERT_TASKS] = PG_STATEMENT("queries/door_insert_tasks"),
    [UPDATE_TASKS] = PG_STATEMENT("queries/door_update_tasks"),
    [WRITE_BREACHES] = PG_STATEMENT("queries/door_write_breaches"),
    [WRITE_IDENTITETER] = PG_STATEMENT("queries/door_write_identiteter"),
    [WRITE_ERSATTER] = PG_STATEMENT("queries/door_write_ersatter"),
    [UPDATE_COUNTER] = PG_STATEMENT("queries/door_update_counter"),
    [INSERT_KONTAKTER] = PG_STATEMENT("queries/door_insert_kontakter"),
    [WRITE_KONTAKTER] = PG_STATEMENT("queries/door_write_kontakter"),
    [REGISTER_LOCK] = PG_STATEMENT("queries/register_lock"),
    [DROP_ABSENCES] = PG_STATEMENT("queries/door_drop_absences"),
    [PUT_ABSENCES] = PG_STATEMENT("queries/door_put_absences"),
    [END_ABSENCES] = PG_STATEMENT("queries/door_end_absences"),
    [END_STAFF] = PG_STATEMENT("queries/door_end_staff"),
    [DELETE_BOOKINGS] = PG_STATEMENT("queries/door_delete_bookings"),
    [INSERT_BOOKINGS] = PG_STATEMENT("queries/door_insert_bookings"),
    [INSERT_NOTICES] = PG_STATEMENT("queries/door_insert_notices"),
    [TELL_EVENTS] = PG_STATEMENT("queries/door_tell_events"),
    [DELETE_MEASURES] = PG_STATEMENT("queries/door_delete_measures"),
    [WRITE_MEASURES] = PG_STATEMENT("queries/door_write_measures"),
    [DELETE_DAYS] = PG_STATEMENT("queries/door_delete_days"),
    [INSERT_DAYS] = PG_STATEMENT("queries/door_insert_days"),
    [NOTIFY] = PG_STATEMENT("queries/door_notify"),
};

#define HASH_STORED \
	16 /* bytes of a message's hash that are kept: enough to tell contents apart \
	    */

struct store {
	struct pg_params *params[WHAT_COUNT];
	struct store_calls calls;
};

struct store *
store_new(void)
{
	struct store *s = xcalloc(1, sizeof *s);
	for (int i = 0; i < WHAT_COUNT; i++)
		s->params[i] = pg_params_new();
	return s;
}

void
store_free(struct store *s)
{
	if (s == NULL)
		return;
	for (int i = 0; i < WHAT_COUNT; i++)
		pg_params_free(s->params[i]);
	free(s);
}

static struct pg_params *
begin(struct store *s, enum what what)
{
	pg_params_reset(s->params[what]);
	return s->params[what];
}

static void
add(struct store *s, enum what what)
{
	require(s->calls.count < STORE_CALLS_MAX);
	s->calls.what[s->calls.count] = what;
	s->calls.call[s->calls.count++] = (struct pg_call){&statements[what], s->params[what]};
}

/* Adds the statement if its first array has elements. */
static void
add_if(struct store *s, enum what what, const struct pg_array *first)
{
	if (pg_array_count(first) > 0)
		add(s, what);
}

static const PGresult *
rows_of(const struct store *s, const struct pg_result *result, enum what what)
{
	for (size_t i = 0; i < s->calls.count; i++)
		if (s->calls.what[i] == (int)what)
			return pg_rows(result, i);
	return NULL;
}

static size_t
count_of(const PGresult *rows)
{
	return rows != NULL ? pg_row_count(rows) : 0;
}

/* ---- The first load ---- */

static void
bind_duplicates(struct store *s, const struct batch *b)
{
	struct pg_params *p = begin(s, LOAD_DUPLICATES);
	struct pg_array *place = pg_bind_array(p, PG_INT4);
	struct pg_array *source = pg_bind_array(p, PG_INT4);
	struct pg_array *id = pg_bind_array(p, PG_TEXT);

	for (int i = 0; i < b->item_count; i++) {
		const struct message *m = b->items[i].message;
		if (m == NULL)
			continue;
		pg_put_int4(place, i);
		pg_put_int4(source, m->fact.source);
		pg_put_string(id, m->id);
	}
	add_if(s, LOAD_DUPLICATES, place);
}

static void
bind_events(struct store *s, const struct batch *b)
{
	struct pg_params *p = begin(s, LOAD_EVENTS);
	struct pg_array *place = pg_bind_array(p, PG_INT4);
	struct pg_array *event = pg_bind_array(p, PG_INT8);

	for (int i = 0; i < b->item_count; i++) {
		if (b->items[i].told.event == 0)
			continue;
		pg_put_int4(place, i);
		pg_put_int8(event, b->items[i].told.event);
	}
	add_if(s, LOAD_EVENTS, place);
}

static void
bind_episodes(struct store *s, const struct batch *b, int64_t org_only)
{
	struct pg_params *p = begin(s, LOAD_EPISODES);
	struct pg_array *ids = pg_bind_array(p, PG_INT8);
	struct pg_array *orgs = pg_bind_array(p, PG_INT8);
	struct pg_array *names = pg_bind_array(p, PG_TEXT);

	for (const struct dossier *d = b->dossiers; d != NULL; d = d->next) {
		if (d->stored || (org_only >= 0 && d->org != org_only))
			continue;
		if (d->episode != 0) {
			pg_put_int8(ids, d->episode);
		} else {
			pg_put_int8(orgs, d->org);
			pg_put_string(names, d->encounter);
		}
	}
	if (pg_array_count(ids) + pg_array_count(orgs) > 0)
		add(s, LOAD_EPISODES);
}

static void
bind_patients(struct store *s, const struct batch *b)
{
	struct pg_params *p = begin(s, LOAD_PATIENTS);
	struct pg_array *place = pg_bind_array(p, PG_INT4);
	struct pg_array *system = pg_bind_array(p, PG_TEXT);
	struct pg_array *varde = pg_bind_array(p, PG_TEXT);

	for (int i = 0; i < b->identities.count; i++) {
		pg_put_int4(place, i);
		pg_put_string(system, b->identities.rows[i].identity.system);
		pg_put_string(varde, b->identities.rows[i].identity.varde);
	}
	add_if(s, LOAD_PATIENTS, place);
}

const struct store_calls *
store_load_first(struct store *s, const struct batch *b)
{
	s->calls.count = 0;
	begin(s, CLOCK);
	add(s, CLOCK);
	bind_duplicates(s, b);
	bind_events(s, b);
	bind_episodes(s, b, -1);
	bind_patients(s, b);
	return &s->calls;
}

static void
copy_text(char *out, size_t size, struct pg_text text)
{
	size_t len = text.len < size ? text.len : size - 1;
	memcpy(out, text.text, len);
	out[len] = '\0';
}

/* Same source and id: the first's answer again, if it said the same. */
static void
take_duplicates(struct batch *b, const PGresult *rows)
{
	for (size_t r = 0; r < count_of(rows); r++) {
		struct item *item = &b->items[pg_get_int(rows, r, 0)];
		struct door_answer *a = &item->answer;
		struct pg_text hash = pg_get_bytes(rows, r, 1);
		if (hash.len != HASH_STORED ||
		    memcmp(hash.text, item->message->hash, HASH_STORED) != 0) {
			a->status = 422;
			a->pointer = "/id";
			a->detail = BATCH_ID_USED;
			continue;
		}
		a->status = 200;
		a->result = ANSWER_DUPLICATE;
		a->outcome = (enum outcome)pg_get_int(rows, r, 2);
		a->first_result =
		    outcome_table[a->outcome].result == RESULT_APPLIED	  ? ANSWER_APPLIED
		    : outcome_table[a->outcome].result == RESULT_RECORDED ? ANSWER_RECORDED
									  : ANSWER_PARKED;
		a->first_recorded_at = pg_get_instant(rows, r, 3);
		memcpy(a->episode, pg_get_uuid(rows, r, 4), sizeof a->episode);
		memcpy(a->encounter, item->message->encounter, sizeof a->encounter);
	}
}

static void
take_episodes(struct batch *b, const PGresult *rows)
{
	for (size_t r = 0; r < count_of(rows); r++) {
		if (pg_get_int_or(rows, r, 0, 0) == 0)
			continue; /* none there (take_affected) */
		char encounter[MESSAGE_ENCOUNTER_MAX + 1];
		copy_text(encounter, sizeof encounter, pg_get_text(rows, r, 3));
		struct dossier *d = batch_dossier_found(
		    b, pg_get_int(rows, r, 0), pg_get_int(rows, r, 2), encounter);
		if (d == NULL || d->stored)
			continue;
		d->stored = true;
		d->episode = pg_get_int(rows, r, 0);
		memcpy(d->uuid, pg_get_uuid(rows, r, 1), sizeof d->uuid);
		d->org = pg_get_int(rows, r, 2);
		memcpy(d->encounter, encounter, sizeof encounter);
		d->patient = pg_get_int_or(rows, r, 4, 0);
		d->given.phase = (enum phase)pg_get_int(rows, r, 5);
		d->opened_at = pg_get_instant(rows, r, 6);
		d->next_due = pg_get_instant(rows, r, 7);
		d->last_nr = (int32_t)pg_get_int(rows, r, 8);
		struct pg_text state = pg_get_bytes(rows, r, 9);
		d->digest = (int32_t)pg_get_int(rows, r, 10);
		if (state.text == NULL ||
		    !episode_unpack(&d->state, (const uint8_t *)state.text, state.len)) {
			episode_init(&d->state);
			d->wants_history = true;
		}
	}
}

/* One of a newer daemon's kind is left for that daemon. */
static void
take_events(struct batch *b, const PGresult *rows)
{
	for (size_t r = 0; r < count_of(rows); r++) {
		struct endpoint_event *e = &b->items[pg_get_int(rows, r, 0)].told;
		struct pg_text word = pg_get_text(rows, r, 2);
		int type = notice_type_from(word.text, word.len);
		if (type < 0)
			continue;
		e->unit = (unit_id)pg_get_int(rows, r, 1);
		e->type = (enum notice_type)type;
		e->after_seq = pg_get_int_or(rows, r, 3, -1);
	}
}

static void
take_patients(struct batch *b, const PGresult *rows)
{
	for (size_t r = 0; r < count_of(rows); r++) {
		struct known_identity *k = &b->identities.rows[pg_get_int(rows, r, 0)];
		k->patient = pg_get_int(rows, r, 1);
		k->own = pg_get_int_or(rows, r, 2, 0);
	}
}

void
store_take_first(
    struct store *s, struct batch *b, const struct pg_result *result, int64_t *register_version)
{
	const PGresult *clock = rows_of(s, result, CLOCK);

	b->now = pg_get_instant(clock, 0, 0);
	b->real_now = pg_get_instant(clock, 0, 1);
	*register_version = pg_get_int(clock, 0, 2);
	b->gallring_version = pg_get_int(clock, 0, 3);
	take_duplicates(b, rows_of(s, result, LOAD_DUPLICATES));
	take_events(b, rows_of(s, result, LOAD_EVENTS));
	take_episodes(b, rows_of(s, result, LOAD_EPISODES));
	take_patients(b, rows_of(s, result, LOAD_PATIENTS));
}

const struct store_calls *
store_load_identities(struct store *s, const struct batch *b)
{
	s->calls.count = 0;
	bind_patients(s, b);
	return &s->calls;
}

void
store_take_identities(struct store *s, struct batch *b, const struct pg_result *result)
{
	take_patients(b, rows_of(s, result, LOAD_PATIENTS));
}

/* ---- Patients' own files ---- */

static void
put_person(void *arg, staff_id staff)
{
	pg_put_int4(arg, staff);
}

/* Three statements ask for the identities of which the batch's messages say something. */
struct asked {
	struct pg_array *system, *varde, *episodes;
};

static struct asked
bind_identiteter(struct store *s, enum what what)
{
	struct pg_params *p = begin(s, what);
	struct asked a = {pg_bind_array(p, PG_TEXT), pg_bind_array(p, PG_TEXT), NULL};

	a.episodes = pg_bind_array(p, PG_INT8);
	return a;
}

static void
put_identity(struct asked *a, const struct identity *identity)
{
	if (identity->system[0] == '\0')
		return;
	pg_put_string(a->system, identity->system);
	pg_put_string(a->varde, identity->varde);
}

static void
put_asked(struct asked *a, const struct item *item)
{
	int64_t episode = batch_settles(item);

	if (batch_says_of_identities(item) && item->dossier != NULL)
		episode = item->dossier->episode;
	if (episode != 0)
		pg_put_int8(a->episodes, episode);
	if (!batch_says_of_identities(item))
		return;
	put_identity(a, &item->message->fact.identitet);
	put_identity(a, &item->message->fact.patient_uppdaterad.ersatter);
}

const struct store_calls *
store_load_files(struct store *s, struct batch *b)
{
	s->calls.count = 0;
	batch_gather_files(b);
	bind_episodes(s, b, 0);
	struct asked asked[] = {
	    bind_identiteter(s, LOAD_IDENTITETER), bind_identiteter(s, LOAD_ERSATTER), {0}};
	struct pg_params *others = begin(s, LOAD_OTHERS);
	struct pg_array *patients = pg_bind_array(others, PG_INT8);
	asked[2].episodes = pg_bind_array(others, PG_INT8);
	struct pg_array *moved = pg_bind_array(others, PG_INT8);
	asked[2].system = pg_bind_array(others, PG_TEXT);
	asked[2].varde = pg_bind_array(others, PG_TEXT);
	struct pg_array *leaving = pg_bind_array(others, PG_INT4);
	batch_each_person(b, put_person, leaving);
	for (int i = 0; i < b->item_count; i++) {
		struct reached r = batch_reached(b, &b->items[i]);
		for (int k = 0; k < r.count; k++)
			pg_put_int8(r.facts ? moved : patients, r.patient[k]);
		for (int k = 0; k < 3; k++)
			put_asked(&asked[k], &b->items[i]);
	}
	int said = pg_array_count(asked[2].episodes) + pg_array_count(asked[2].system);
	if (said > 0) {
		add(s, LOAD_IDENTITETER);
		add(s, LOAD_ERSATTER);
	}
	if (said + pg_array_count(patients) + pg_array_count(moved) + pg_array_count(leaving) > 0)
		add(s, LOAD_OTHERS);
	struct pg_params *p = begin(s, LOAD_KONTAKT_STAYS);
	struct pg_array *persons = pg_bind_array(p, PG_INT4);
	pg_bind_int2(p, TASK_KALLA_SIP);
	struct pg_array *naming = pg_bind_array(p, PG_INT2);
	pg_put_int2(naming, TASK_UTSE_FVK);
	pg_put_int2(naming, TASK_ERSATT_FVK);
	batch_each_person(b, put_person, persons);
	add_if(s, LOAD_KONTAKT_STAYS, persons);
	return &s->calls;
}

static int
place_of(struct batch *b, const PGresult *rows, size_t r, int column)
{
	struct identity identity = {.kind = IDENTITY_OTHER};
	struct pg_text system = pg_get_text(rows, r, column);

	if (system.text == NULL)
		return -1;
	copy_text(identity.system, sizeof identity.system, system);
	copy_text(identity.varde, sizeof identity.varde, pg_get_text(rows, r, column + 1));
	return identities_place(&b->identities, &identity);
}

static void
take_identiteter(struct batch *b, const PGresult *rows)
{
	for (size_t r = 0; r < count_of(rows); r++) {
		int place = place_of(b, rows, r, 0);
		struct known_identity *k = &b->identities.rows[place];
		k->patient = pg_get_int_or(rows, r, 2, 0);
		k->own = pg_get_int_or(rows, r, 3, 0);
		k->whole = k->asked = true;
	}
}

static void
take_ersatter(struct batch *b, const PGresult *rows)
{
	for (size_t r = 0; r < count_of(rows); r++) {
		struct identity_word word = {.episode = pg_get_int(rows, r, 0),
		    .nr = (int32_t)pg_get_int(rows, r, 1),
		    .sent_at = pg_get_instant(rows, r, 2),
		    .annulled = pg_get_bool(rows, r, 3)};
		word.named = place_of(b, rows, r, 4);
		word.identity = place_of(b, rows, r, 6);
		word.ersatter = place_of(b, rows, r, 8);
		identities_add(&b->identities, &word);
	}
}

/* B13, B4: stays, and own files that may not be there yet. */
static void
take_affected(struct batch *b, const PGresult *rows)
{
	for (size_t r = 0; r < count_of(rows); r++) {
		struct affected a = {.patient = pg_get_int(rows, r, 11),
		    .unit = (unit_id)pg_get_int(rows, r, 12),
		    .staff = (staff_id)pg_get_int(rows, r, 13)};
		int64_t episode = pg_get_int_or(rows, r, 0, 0);
		a.dossier = episode != 0 ? batch_dossier_by_id(b, episode)
					 : batch_patient_file(b, a.patient);
		batch_affected_add(b, &a);
	}
	take_episodes(b, rows);
}

/* The others of patients of whom a message tells on those. */
static void
take_others(struct batch *b, const PGresult *rows)
{
	for (size_t r = 0; r < count_of(rows); r++) {
		struct dossier *d = batch_dossier_by_id(b, pg_get_int(rows, r, 0));
		struct patient_file *p = batch_patient(b, pg_get_int(rows, r, 12));
		d->wants_history |= pg_get_bool(rows, r, 11);
		if (pg_get_int(rows, r, 2) == 0)
			p->own_file = d;
		else
			batch_stay_found(b, p->patient, d);
	}
	take_episodes(b, rows);
}

void
store_take_files(struct store *s, struct batch *b, const struct pg_result *result)
{
	take_episodes(b, rows_of(s, result, LOAD_EPISODES));
	take_identiteter(b, rows_of(s, result, LOAD_IDENTITETER));
	take_ersatter(b, rows_of(s, result, LOAD_ERSATTER));
	take_others(b, rows_of(s, result, LOAD_OTHERS));
	take_affected(b, rows_of(s, result, LOAD_KONTAKT_STAYS));
}

/* ---- The rest ---- */

static struct pg_array *
bind_ids(struct store *s, enum what what)
{
	return pg_bind_array(begin(s, what), PG_INT8);
}

const struct store_calls *
store_load_rest(struct store *s, const struct batch *b)
{
	static const enum what by_episode[] = {
	    LOAD_PARTICIPANTS, LOAD_TASKS, LOAD_BREACHES, LOAD_BOOKINGS};
	struct pg_array *kontakter = bind_ids(s, LOAD_KONTAKTER);
	struct pg_array *facts = bind_ids(s, LOAD_FACTS);

	s->calls.count = 0;
	for (size_t i = 0; i < sizeof by_episode / sizeof by_episode[0]; i++) {
		struct pg_array *ids = bind_ids(s, by_episode[i]);
		for (const struct dossier *d = b->dossiers; d != NULL; d = d->next)
			if (d->stored)
				pg_put_int8(ids, d->episode);
		add_if(s, by_episode[i], ids);
	}
	for (const struct dossier *d = b->dossiers; d != NULL; d = d->next) {
		if (d->stored && d->patient != 0)
			pg_put_int8(kontakter, d->patient);
		if (d->stored && d->wants_history)
			pg_put_int8(facts, d->episode);
	}
	for (int i = 0; i < b->identities.count; i++) {
		const struct known_identity *k = &b->identities.rows[i];
		if (k->patient != 0)
			pg_put_int8(kontakter, k->patient);
		if (k->own != 0 && k->own != k->patient)
			pg_put_int8(kontakter, k->own);
	}
	for (int i = 0; i < b->affected_count; i++)
		pg_put_int8(kontakter, b->affected[i].patient);
	add_if(s, LOAD_KONTAKTER, kontakter);
	add_if(s, LOAD_FACTS, facts);
	return &s->calls;
}

/* Rows of one episode mostly stand together: the last dossier is tried first. */
static struct dossier *
stored_dossier(struct batch *b, struct dossier *last, int64_t episode)
{
	if (last != NULL && last->episode == episode)
		return last;
	return batch_dossier_by_id(b, episode);
}

/* The told column (sql/migrations/0004): pairs of a topic and a fact's number. */
#define TOLD_BYTES 5

static void
take_told(struct given_participant *p, struct pg_text told)
{
	for (size_t i = 0; i + TOLD_BYTES <= told.len; i += TOLD_BYTES) {
		const uint8_t *pair = (const uint8_t *)told.text + i;
		if (pair[0] < TOPIC_COUNT)
			p->told[pair[0]] =
			    (int32_t)((uint32_t)pair[1] << 24 | (uint32_t)pair[2] << 16 |
				      (uint32_t)pair[3] << 8 | pair[4]);
	}
}

static void
put_told(struct pg_array *a, const struct given_participant *p)
{
	uint8_t bytes[TOPIC_COUNT * TOLD_BYTES];
	size_t n = 0;

	for (int t = 0; t < TOPIC_COUNT; t++) {
		uint32_t nr = (uint32_t)p->told[t];
		if (nr == 0)
			continue;
		bytes[n++] = (uint8_t)t;
		for (int shift = 24; shift >= 0; shift -= 8)
			bytes[n++] = (uint8_t)(nr >> shift);
	}
	pg_put_bytea(a, bytes, n);
}

static void
take_participants(struct batch *b, const PGresult *rows)
{
	struct dossier *d = NULL;

	for (size_t r = 0; r < count_of(rows); r++) {
		d = stored_dossier(b, d, pg_get_int(rows, r, 0));
		struct given_participant *p = given_participant_add(&d->given);
		p->unit = (unit_id)pg_get_int(rows, r, 1);
		p->role = (enum participant_role)pg_get_int(rows, r, 2);
		p->active = pg_get_bool(rows, r, 3);
		take_told(p, pg_get_bytes(rows, r, 4));
	}
}

static void
take_tasks(struct batch *b, const PGresult *rows)
{
	struct dossier *d = NULL;

	for (size_t r = 0; r < count_of(rows); r++) {
		d = stored_dossier(b, d, pg_get_int(rows, r, 0));
		struct given_task *t = given_task_add(&d->given);
		t->nr = (int32_t)pg_get_int(rows, r, 1);
		t->kind = (enum task_kind)pg_get_int(rows, r, 2);
		t->unit = (unit_id)pg_get_int(rows, r, 3);
		t->ref = (int32_t)pg_get_int(rows, r, 4);
		t->staff = (staff_id)pg_get_int(rows, r, 5);
		t->status = (enum task_status)pg_get_int(rows, r, 6);
		t->reminded = (int16_t)pg_get_int(rows, r, 7);
		t->created_at = pg_get_instant(rows, r, 8);
		t->due_at = pg_get_instant(rows, r, 9);
		t->closed_at = pg_get_instant(rows, r, 10);
	}
}

static void
take_breaches(struct batch *b, const PGresult *rows)
{
	struct dossier *d = NULL;

	for (size_t r = 0; r < count_of(rows); r++) {
		d = stored_dossier(b, d, pg_get_int(rows, r, 0));
		struct given_breach *x = given_breach_add(&d->given);
		x->rule = (enum breach_rule)pg_get_int(rows, r, 1);
		x->unit = (unit_id)pg_get_int(rows, r, 2);
		x->ref = (int32_t)pg_get_int(rows, r, 3);
		x->cause = (enum breach_cause)pg_get_int(rows, r, 4);
		x->due_at = pg_get_instant(rows, r, 5);
		x->done_at = pg_get_instant(rows, r, 6);
		x->stamped_at = pg_get_instant(rows, r, 7);
		x->withdrawn_at = pg_get_instant(rows, r, 8);
	}
}

static void
take_kontakter(struct batch *b, const PGresult *rows)
{
	for (size_t r = 0; r < count_of(rows); r++) {
		struct kontakt k = {
		    .patient = pg_get_int(rows, r, 0),
		    .slag = (uint8_t)pg_get_int(rows, r, 1),
		    .unit = (unit_id)pg_get_int(rows, r, 2),
		    .staff = (staff_id)pg_get_int(rows, r, 3),
		    .from_at = pg_get_instant(rows, r, 4),
		    .to_at = pg_get_instant(rows, r, 5),
		    .episode = pg_get_int(rows, r, 6),
		    .nr = (int32_t)pg_get_int(rows, r, 7),
		};
		struct patient_file *p = batch_patient(b, k.patient);
		bool there = false; /* asked for by two of its episodes */
		for (int i = 0; i < p->count; i++)
			there |= p->rows[i].slag == k.slag && p->rows[i].unit == k.unit;
		if (!there)
			patient_add(p, &k);
	}
}

static void
take_facts(struct batch *b, const PGresult *rows)
{
	struct dossier *d = NULL;

	for (size_t r = 0; r < count_of(rows); r++) {
		d = stored_dossier(b, d, pg_get_int(rows, r, 0));
		struct history *h = dossier_history_add(d);
		if (history_read(h, rows, r, b->region, &b->names))
			continue;
		if (!d->damaged)
			log_event(LOG_ERROR, "episode_damaged", "episode", "%" PRId64, d->episode,
			    "fact", "%d", (int)h->fact.nr, NULL);
		d->damaged = true;
	}
}

void
store_take_rest(struct store *s, struct batch *b, const struct pg_result *result)
{
	const PGresult *bookings = rows_of(s, result, LOAD_BOOKINGS);

	take_participants(b, rows_of(s, result, LOAD_PARTICIPANTS));
	take_tasks(b, rows_of(s, result, LOAD_TASKS));
	take_breaches(b, rows_of(s, result, LOAD_BREACHES));
	for (size_t r = 0; r < count_of(bookings); r++) {
		struct dossier *d = batch_dossier_by_id(b, pg_get_int(bookings, r, 0));
		d->given.booking = (struct booking){d->episode,
		    (staff_id)pg_get_int(bookings, r, 1), (int32_t)pg_get_int(bookings, r, 2),
		    pg_get_instant(bookings, r, 3), pg_get_instant(bookings, r, 4)};
	}
	take_kontakter(b, rows_of(s, result, LOAD_KONTAKTER));
	take_facts(b, rows_of(s, result, LOAD_FACTS));
}

/* ---- The transaction ---- */

static void
put_or_null(struct pg_array *a, int64_t value)
{
	if (value != 0)
		pg_put_int8(a, value);
	else
		pg_put_null(a);
}

static void
put_state(struct pg_array *a, const struct episode *e)
{
	size_t len;
	uint8_t *bytes = episode_pack(e, &len);
	pg_put_bytea(a, bytes, len);
	free(bytes);
}

static instant
due_or_none(instant t)
{
	return t == INSTANT_NEVER ? INSTANT_NONE : t;
}

static void
write_new_episodes(struct store *s, const struct batch *b)
{
	struct pg_params *p = begin(s, INSERT_EPISODES);
	struct pg_array *id = pg_bind_array(p, PG_INT8), *uuid = pg_bind_array(p, PG_UUID);
	struct pg_array *org = pg_bind_array(p, PG_INT8), *encounter = pg_bind_array(p, PG_TEXT);
	struct pg_array *patient = pg_bind_array(p, PG_INT8), *phase = pg_bind_array(p, PG_INT2);
	struct pg_array *opened = pg_bind_array(p, PG_TIMESTAMPTZ),
			*due = pg_bind_array(p, PG_TIMESTAMPTZ);
	struct pg_array *last = pg_bind_array(p, PG_INT4), *state = pg_bind_array(p, PG_BYTEA);
	struct pg_array *digest = pg_bind_array(p, PG_INT4);

	for (const struct dossier *d = b->dossiers; d != NULL; d = d->next) {
		if (!d->changed || d->stored)
			continue;
		pg_put_int8(id, d->episode);
		pg_put_uuid(uuid, d->uuid);
		pg_put_int8(org, d->org);
		pg_put_string(encounter, d->encounter);
		put_or_null(patient, d->patient);
		pg_put_int2(phase, (int16_t)d->given.phase);
		pg_put_instant(opened, d->opened_at);
		pg_put_instant(due, due_or_none(d->next_due));
		pg_put_int4(last, d->last_nr);
		put_state(state, &d->state);
		pg_put_int4(digest, d->digest);
	}
	add_if(s, INSERT_EPISODES, id);
}

static void
write_old_episodes(struct store *s, const struct batch *b)
{
	struct pg_params *p = begin(s, UPDATE_EPISODES);
	struct pg_array *id = pg_bind_array(p, PG_INT8), *patient = pg_bind_array(p, PG_INT8);
	struct pg_array *phase = pg_bind_array(p, PG_INT2), *due = pg_bind_array(p, PG_TIMESTAMPTZ);
	struct pg_array *last = pg_bind_array(p, PG_INT4), *state = pg_bind_array(p, PG_BYTEA);
	struct pg_array *digest = pg_bind_array(p, PG_INT4);

	for (const struct dossier *d = b->dossiers; d != NULL; d = d->next) {
		if (!d->changed || !d->stored)
			continue;
		pg_put_int8(id, d->episode);
		put_or_null(patient, d->patient);
		pg_put_int2(phase, (int16_t)d->given.phase);
		pg_put_instant(due, due_or_none(d->next_due));
		pg_put_int4(last, d->last_nr);
		put_state(state, &d->state);
		pg_put_int4(digest, d->digest);
	}
	add_if(s, UPDATE_EPISODES, id);
}

static void
write_facts(struct store *s, const struct batch *b)
{
	struct pg_params *p = begin(s, INSERT_FACTS);
	struct pg_array *episode = pg_bind_array(p, PG_INT8), *nr = pg_bind_array(p, PG_INT4);
	struct pg_array *type = pg_bind_array(p, PG_INT2), *source = pg_bind_array(p, PG_INT4);
	struct pg_array *id = pg_bind_array(p, PG_TEXT), *hash = pg_bind_array(p, PG_BYTEA);
	struct pg_array *sent = pg_bind_array(p, PG_TIMESTAMPTZ),
			*recorded = pg_bind_array(p, PG_TIMESTAMPTZ);
	struct pg_array *patient = pg_bind_array(p, PG_INT8), *outcome = pg_bind_array(p, PG_INT2);
	struct pg_array *judged = pg_bind_array(p, PG_INT2);
	struct pg_array *trace = pg_bind_array(p, PG_TEXT), *body = pg_bind_array(p, PG_TEXT);

	for (int i = 0; i < b->fact_count; i++) {
		const struct new_fact *n = &b->facts[i];
		const struct message *m = n->message;
		pg_put_int8(episode, n->dossier->episode);
		pg_put_int4(nr, n->fact.nr);
		pg_put_int2(type, (int16_t)n->fact.type);
		pg_put_int4(source, n->fact.source);
		pg_put_string(id, m != NULL ? m->id : NULL);
		pg_put_bytea(hash, m != NULL ? m->hash : NULL, HASH_STORED);
		pg_put_instant(sent, n->fact.sent_at);
		pg_put_instant(recorded, n->fact.recorded_at);
		put_or_null(patient, n->fact.patient);
		pg_put_int2(outcome, (int16_t)n->outcome);
		pg_put_int2(judged, (int16_t)n->judged);
		pg_put_string(
		    trace, m != NULL && m->traceparent[0] != '\0' ? m->traceparent : NULL);
		if (m != NULL)
			pg_put_text(body, m->body, m->body_len);
		else
			pg_put_string(body, n->body);
	}
	add_if(s, INSERT_FACTS, episode);
}

/* The access log: who posted each message, at the unit that it is from. */
static void
write_access(struct store *s, const struct batch *b)
{
	struct access_rows rows = access_rows_bind(begin(s, INSERT_ACCESS));

	for (int i = 0; i < b->fact_count; i++) {
		const struct new_fact *n = &b->facts[i];
		const struct access_entry entry = {.action = ACCESS_MESSAGE,
		    .episode = n->dossier->episode,
		    .unit = n->fact.source};
		if (n->message != NULL)
			access_rows_put(&rows, n->caller, &entry, n->fact.nr);
	}
	add_if(s, INSERT_ACCESS, rows.client);
}

/* Participants that are new, or that changed: the same columns. */
static void
write_participants(struct store *s, const struct batch *b, enum what what, enum change change)
{
	struct pg_params *p = begin(s, what);
	struct pg_array *episode = pg_bind_array(p, PG_INT8), *unit = pg_bind_array(p, PG_INT4);
	struct pg_array *role = pg_bind_array(p, PG_INT2), *active = pg_bind_array(p, PG_BOOL);
	struct pg_array *told = pg_bind_array(p, PG_BYTEA);

	for (const struct dossier *d = b->dossiers; d != NULL; d = d->next) {
		for (int i = 0; i < d->given.participant_count; i++) {
			const struct given_participant *g = &d->given.participants[i];
			if (g->change != change)
				continue;
			pg_put_int8(episode, d->episode);
			pg_put_int4(unit, g->unit);
			pg_put_int2(role, (int16_t)g->role);
			pg_put_bool(active, g->active);
			put_told(told, g);
		}
	}
	add_if(s, what, episode);
}

static void
write_new_tasks(struct store *s, const struct batch *b)
{
	struct pg_params *p = begin(s, INSERT_TASKS);
	struct pg_array *episode = pg_bind_array(p, PG_INT8), *nr = pg_bind_array(p, PG_INT2);
	struct pg_array *kind = pg_bind_array(p, PG_INT2), *unit = pg_bind_array(p, PG_INT4);
	struct pg_array *ref = pg_bind_array(p, PG_INT4), *staff = pg_bind_array(p, PG_INT4);
	struct pg_array *status = pg_bind_array(p, PG_INT2), *step = pg_bind_array(p, PG_INT2);
	struct pg_array *created = pg_bind_array(p, PG_TIMESTAMPTZ),
			*due = pg_bind_array(p, PG_TIMESTAMPTZ);
	struct pg_array *closed = pg_bind_array(p, PG_TIMESTAMPTZ);

	for (const struct dossier *d = b->dossiers; d != NULL; d = d->next) {
		for (int i = 0; i < d->given.task_count; i++) {
			const struct given_task *t = &d->given.tasks[i];
			if (t->change != INSERTED)
				continue;
			pg_put_int8(episode, d->episode);
			pg_put_int2(nr, (int16_t)t->nr);
			pg_put_int2(kind, (int16_t)t->kind);
			pg_put_int4(unit, t->unit);
			pg_put_int4(ref, t->ref);
			pg_put_int4(staff, t->staff);
			pg_put_int2(status, (int16_t)t->status);
			pg_put_int2(step, t->reminded);
			pg_put_instant(created, t->created_at);
			pg_put_instant(due, t->due_at);
			pg_put_instant(closed, t->closed_at);
		}
	}
	add_if(s, INSERT_TASKS, episode);
}

static void
write_old_tasks(struct store *s, const struct batch *b)
{
	struct pg_params *p = begin(s, UPDATE_TASKS);
	struct pg_array *episode = pg_bind_array(p, PG_INT8), *nr = pg_bind_array(p, PG_INT2);
	struct pg_array *staff = pg_bind_array(p, PG_INT4), *status = pg_bind_array(p, PG_INT2);
	struct pg_array *step = pg_bind_array(p, PG_INT2), *due = pg_bind_array(p, PG_TIMESTAMPTZ);
	struct pg_array *closed = pg_bind_array(p, PG_TIMESTAMPTZ);

	for (const struct dossier *d = b->dossiers; d != NULL; d = d->next) {
		for (int i = 0; i < d->given.task_count; i++) {
			const struct given_task *t = &d->given.tasks[i];
			if (t->change != UPDATED)
				continue;
			pg_put_int8(episode, d->episode);
			pg_put_int2(nr, (int16_t)t->nr);
			pg_put_int4(staff, t->staff);
			pg_put_int2(status, (int16_t)t->status);
			pg_put_int2(step, t->reminded);
			pg_put_instant(due, t->due_at);
			pg_put_instant(closed, t->closed_at);
		}
	}
	add_if(s, UPDATE_TASKS, episode);
}

static void
write_breaches(struct store *s, const struct batch *b)
{
	struct pg_params *p = begin(s, WRITE_BREACHES);
	struct pg_array *episode = pg_bind_array(p, PG_INT8), *rule = pg_bind_array(p, PG_INT2);
	struct pg_array *unit = pg_bind_array(p, PG_INT4), *ref = pg_bind_array(p, PG_INT4);
	struct pg_array *cause = pg_bind_array(p, PG_INT2), *due = pg_bind_array(p, PG_TIMESTAMPTZ);
	struct pg_array *done = pg_bind_array(p, PG_TIMESTAMPTZ),
			*stamped = pg_bind_array(p, PG_TIMESTAMPTZ);
	struct pg_array *withdrawn = pg_bind_array(p, PG_TIMESTAMPTZ);

	for (const struct dossier *d = b->dossiers; d != NULL; d = d->next) {
		for (int i = 0; i < d->given.breach_count; i++) {
			const struct given_breach *x = &d->given.breaches[i];
			if (x->change == SAME)
				continue;
			pg_put_int8(episode, d->episode);
			pg_put_int2(rule, (int16_t)x->rule);
			pg_put_int4(unit, x->unit);
			pg_put_int4(ref, x->ref);
			pg_put_int2(cause, (int16_t)x->cause);
			pg_put_instant(due, x->due_at);
			pg_put_instant(done, x->done_at);
			pg_put_instant(stamped, x->stamped_at);
			pg_put_instant(withdrawn, x->withdrawn_at);
		}
	}
	add_if(s, WRITE_BREACHES, episode);
}

static void
write_identiteter(struct store *s, const struct batch *b)
{
	struct pg_params *p = begin(s, WRITE_IDENTITETER);
	struct pg_array *system = pg_bind_array(p, PG_TEXT), *varde = pg_bind_array(p, PG_TEXT);
	struct pg_array *patient = pg_bind_array(p, PG_INT8), *own = pg_bind_array(p, PG_INT8);

	for (int i = 0; i < b->identities.count; i++) {
		const struct known_identity *k = &b->identities.rows[i];
		if (!k->changed)
			continue;
		pg_put_string(system, k->identity.system);
		pg_put_string(varde, k->identity.varde);
		put_or_null(patient, k->patient);
		put_or_null(own, k->own);
	}
	add_if(s, WRITE_IDENTITETER, system);
}

static void
put_place(const struct batch *b, int place, struct pg_array *system, struct pg_array *varde)
{
	if (place < 0) {
		pg_put_null(system);
		pg_put_null(varde);
		return;
	}
	pg_put_string(system, b->identities.rows[place].identity.system);
	pg_put_string(varde, b->identities.rows[place].identity.varde);
}

static void
write_ersatter(struct store *s, const struct batch *b)
{
	struct pg_params *p = begin(s, WRITE_ERSATTER);
	struct pg_array *episode = pg_bind_array(p, PG_INT8), *nr = pg_bind_array(p, PG_INT4);
	struct pg_array *sent_at = pg_bind_array(p, PG_TIMESTAMPTZ);
	struct pg_array *annulled = pg_bind_array(p, PG_BOOL);
	struct pg_array *named = pg_bind_array(p, PG_TEXT),
			*named_varde = pg_bind_array(p, PG_TEXT);
	struct pg_array *system = pg_bind_array(p, PG_TEXT), *varde = pg_bind_array(p, PG_TEXT);
	struct pg_array *of = pg_bind_array(p, PG_TEXT), *of_varde = pg_bind_array(p, PG_TEXT);

	for (int i = 0; i < b->identities.word_count; i++) {
		const struct identity_word *w = &b->identities.words[i];
		if (!w->changed)
			continue;
		pg_put_int8(episode, w->episode);
		pg_put_int4(nr, w->nr);
		pg_put_instant(sent_at, w->sent_at);
		pg_put_bool(annulled, w->annulled);
		put_place(b, w->named, named, named_varde);
		put_place(b, w->identity, system, varde);
		put_place(b, w->ersatter, of, of_varde);
	}
	add_if(s, WRITE_ERSATTER, episode);
}

/* Patients: who they are (G4), and the last number. */
static void
write_patients(struct store *s, const struct batch *b)
{
	write_identiteter(s, b);
	write_ersatter(s, b);
	if (b->counters->patient == b->patients_before)
		return;
	pg_bind_int8(begin(s, UPDATE_COUNTER), b->counters->patient);
	add(s, UPDATE_COUNTER);
}

/* A patient who was given a number in this batch has no rows yet; another's may be there, loaded or
 * not. */
static void
write_kontakter(struct store *s, const struct batch *b, enum what what)
{
	struct pg_params *p = begin(s, what);
	struct pg_array *patient = pg_bind_array(p, PG_INT8), *slag = pg_bind_array(p, PG_INT2);
	struct pg_array *unit = pg_bind_array(p, PG_INT4), *staff = pg_bind_array(p, PG_INT4);
	struct pg_array *from = pg_bind_array(p, PG_TIMESTAMPTZ),
			*to = pg_bind_array(p, PG_TIMESTAMPTZ);
	struct pg_array *episode = pg_bind_array(p, PG_INT8), *nr = pg_bind_array(p, PG_INT4);

	for (int i = 0; i < b->patient_count; i++) {
		bool fresh = b->patients[i].patient > b->patients_before;
		if (fresh != (what == INSERT_KONTAKTER))
			continue;
		for (int k = 0; k < b->patients[i].count; k++) {
			const struct kontakt *row = &b->patients[i].rows[k];
			if (!b->patients[i].changed[k])
				continue;
			pg_put_int8(patient, row->patient);
			pg_put_int2(slag, row->slag);
			pg_put_int4(unit, row->unit);
			pg_put_int4(staff, row->staff);
			pg_put_instant(from, row->from_at);
			pg_put_instant(to, row->to_at);
			pg_put_int8(episode, row->episode);
			pg_put_int4(nr, row->nr);
		}
	}
	add_if(s, what, patient);
}

/* All changed bookings go before any comes, so that times may change owners within a batch. */
/* B13: what units told of their staff. */
static void
write_personal(struct store *s, const struct batch *b)
{
	struct pg_params *drop = begin(s, DROP_ABSENCES), *put = begin(s, PUT_ABSENCES);
	struct pg_params *end = begin(s, END_ABSENCES), *leave = begin(s, END_STAFF);
	struct pg_array *away[2], *from[2], *to[2];
	for (int i = 0; i < 2; i++) {
		struct pg_params *p = i == 0 ? drop : put;
		away[i] = pg_bind_array(p, PG_INT4);
		from[i] = pg_bind_array(p, PG_TIMESTAMPTZ);
		to[i] = pg_bind_array(p, PG_TIMESTAMPTZ);
	}
	struct pg_array *ersattare = pg_bind_array(put, PG_INT4);
	struct pg_array *back = pg_bind_array(end, PG_INT4);
	struct pg_array *back_at = pg_bind_array(end, PG_TIMESTAMPTZ);
	struct pg_array *gone = pg_bind_array(leave, PG_INT4);
	struct pg_array *gone_at = pg_bind_array(leave, PG_TIMESTAMPTZ);

	for (int i = 0; i < b->fact_count; i++) {
		const struct fact_personal *m = &b->facts[i].fact.personal;
		if (b->facts[i].fact.type != PERSONAL)
			continue;
		switch (m->atgard) {
		case PERSONAL_FRANVARO:
			for (int k = 0; k < 2; k++) {
				pg_put_int4(away[k], m->staff);
				pg_put_instant(from[k], m->from_at);
				pg_put_instant(to[k], m->to_at);
			}
			if (m->ersattare != 0)
				pg_put_int4(ersattare, m->ersattare);
			else
				pg_put_null(ersattare);
			break;
		case PERSONAL_ATER:
			pg_put_int4(back, m->staff);
			pg_put_instant(back_at, m->from_at);
			pg_put_int4(gone, m->staff);
			pg_put_null(gone_at);
			break;
		case PERSONAL_SLUTAR:
			pg_put_int4(gone, m->staff);
			pg_put_instant(gone_at, m->from_at);
			break;
		case PERSONAL_ATGARD_COUNT:
			break;
		}
	}
	/* In the order in which a load takes its locks. */
	if (pg_array_count(away[0]) + pg_array_count(back) + pg_array_count(gone) > 0) {
		begin(s, REGISTER_LOCK);
		add(s, REGISTER_LOCK);
	}
	add_if(s, DROP_ABSENCES, away[0]);
	add_if(s, PUT_ABSENCES, away[1]);
	add_if(s, END_ABSENCES, back);
	add_if(s, END_STAFF, gone);
}

static void
write_bookings(struct store *s, const struct batch *b)
{
	struct pg_array *gone = pg_bind_array(begin(s, DELETE_BOOKINGS), PG_INT8);
	struct pg_params *p = begin(s, INSERT_BOOKINGS);
	struct pg_array *episode = pg_bind_array(p, PG_INT8), *staff = pg_bind_array(p, PG_INT4);
	struct pg_array *slot = pg_bind_array(p, PG_INT4);
	struct pg_array *start = pg_bind_array(p, PG_TIMESTAMPTZ),
			*end = pg_bind_array(p, PG_TIMESTAMPTZ);

	for (const struct dossier *d = b->dossiers; d != NULL; d = d->next) {
		const struct booking *k = &d->given.booking;
		if (d->given.booking_change == SAME)
			continue;
		if (d->stored)
			pg_put_int8(gone, d->episode);
		if (k->staff == 0)
			continue;
		pg_put_int8(episode, d->episode);
		pg_put_int4(staff, k->staff);
		pg_put_int4(slot, k->slot);
		pg_put_instant(start, k->start_at);
		pg_put_instant(end, k->end_at);
	}
	add_if(s, DELETE_BOOKINGS, gone);
	add_if(s, INSERT_BOOKINGS, episode);
}

static void
write_notices(struct store *s, const struct batch *b)
{
	struct pg_params *p = begin(s, INSERT_NOTICES);
	pg_bind_instant(p, b->now);
	struct pg_array *unit = pg_bind_array(p, PG_INT4), *seq = pg_bind_array(p, PG_INT8);
	struct pg_array *type = pg_bind_array(p, PG_INT2), *episode = pg_bind_array(p, PG_INT8);
	struct pg_array *fact = pg_bind_array(p, PG_INT4), *task = pg_bind_array(p, PG_INT2);
	struct pg_array *kind = pg_bind_array(p, PG_INT2), *due = pg_bind_array(p, PG_TIMESTAMPTZ);
	struct pg_array *detail = pg_bind_array(p, PG_TEXT);

	for (int i = 0; i < b->notice_count; i++) {
		const struct told *t = &b->notices[i].told;
		pg_put_int4(unit, t->unit);
		pg_put_int8(seq, b->notices[i].seq);
		pg_put_int2(type, (int16_t)t->type);
		pg_put_int8(episode, b->notices[i].dossier->episode);
		pg_put_int4(fact, t->fact_nr);
		pg_put_int2(task, (int16_t)t->task_nr);
		if (t->task_kind >= 0)
			pg_put_int2(kind, (int16_t)t->task_kind);
		else
			pg_put_null(kind);
		pg_put_instant(due, due_or_none(t->due_at));
		pg_put_string(detail, t->detail);
	}
	add_if(s, INSERT_NOTICES, unit);
}

static void
write_events(struct store *s, const struct batch *b)
{
	struct pg_params *p = begin(s, TELL_EVENTS);
	pg_bind_instant(p, b->now);
	struct pg_array *event = pg_bind_array(p, PG_INT8), *seq = pg_bind_array(p, PG_INT8);
	struct pg_array *type = pg_bind_array(p, PG_INT2);

	for (int i = 0; i < b->item_count; i++) {
		const struct endpoint_event *e = &b->items[i].told;
		if (e->unit == 0)
			continue;
		pg_put_int8(event, e->event);
		put_or_null(seq, e->seq);
		pg_put_int2(type, (int16_t)e->type);
	}
	add_if(s, TELL_EVENTS, event);
}

static void
put_or_none(struct pg_array *a, int32_t value)
{
	if (value != MEASURE_NONE)
		pg_put_int4(a, value);
	else
		pg_put_null(a);
}

static void
put_fulfilment(struct pg_array *a, enum fulfilment value)
{
	if (value != NOT_ASKED)
		pg_put_bool(a, value == FULFILLED);
	else
		pg_put_null(a);
}

/* Rows that are measured no longer; of a new episode there are none. */
static void
write_measures_gone(struct store *s, const struct batch *b)
{
	struct pg_params *p = begin(s, DELETE_MEASURES);
	struct pg_array *episode = pg_bind_array(p, PG_INT8);
	struct pg_array *kept = pg_bind_array(p, PG_INT8), *unit = pg_bind_array(p, PG_INT4);

	for (const struct dossier *d = b->dossiers; d != NULL; d = d->next) {
		if (d->measures == NULL || !d->stored)
			continue;
		pg_put_int8(episode, d->episode);
		for (int i = 0; i < d->measures->count; i++) {
			pg_put_int8(kept, d->episode);
			pg_put_int4(unit, d->measures->row[i].unit);
		}
	}
	add_if(s, DELETE_MEASURES, episode);
}

/* The columns of door_write_measures: of the stay, in each of its rows, then of the row. */
static const enum pg_type measure_columns[] = {PG_INT8, PG_INT4, PG_INT4, PG_INT2, PG_INT4, PG_BOOL,
    PG_INT2, PG_INT2, PG_INT2, PG_BOOL, PG_BOOL, PG_INT8, PG_TIMESTAMPTZ, PG_TIMESTAMPTZ, PG_BOOL,
    PG_INT4, PG_BOOL, PG_INT4, PG_INT4, PG_BOOL, PG_INT4, PG_INT2, PG_BOOL, PG_INT2, PG_INT2,
    PG_INT2, PG_INT2};
#define MEASURE_COLUMNS (sizeof measure_columns / sizeof measure_columns[0])

static void
put_measure(struct pg_array *const *a, const struct dossier *d, const struct measure *row)
{
	const struct measures *m = d->measures;

	pg_put_int8(*a++, d->episode);
	pg_put_int4(*a++, m->month);
	pg_put_int4(*a++, m->hospital);
	pg_put_int2(*a++, (int16_t)m->kommun);
	put_or_none(*a++, m->ready_days);
	pg_put_bool(*a++, m->psykiatrisk);
	pg_put_int2(*a++, m->withdrawals);
	pg_put_int2(*a++, m->date_changes);
	pg_put_int2(*a++, (int16_t)m->discharge);
	pg_put_bool(*a++, m->sip_held);
	pg_put_bool(*a++, m->sip_followed_up);
	pg_put_int8(*a++, m->patient);
	pg_put_instant(*a++, m->inskriven_at);
	pg_put_instant(*a++, m->utskriven_at);
	pg_put_bool(*a++, m->unprotected);
	pg_put_int4(*a++, row->unit);
	put_fulfilment(*a++, row->notice);
	put_or_none(*a++, row->notice_minutes);
	put_or_none(*a++, row->kvittens_minutes);
	put_fulfilment(*a++, row->fvk);
	put_or_none(*a++, row->fvk_lead_minutes);
	pg_put_int2(*a++, row->fvk_changes);
	put_fulfilment(*a++, row->kallelse);
	for (int cause = 0; cause < BREACH_CAUSE_COUNT; cause++)
		pg_put_int2(*a++, row->breaches[cause]);
}

static void
write_measures(struct store *s, const struct batch *b)
{
	struct pg_params *p = begin(s, WRITE_MEASURES);
	struct pg_array *columns[MEASURE_COLUMNS];

	for (size_t c = 0; c < MEASURE_COLUMNS; c++)
		columns[c] = pg_bind_array(p, measure_columns[c]);
	for (const struct dossier *d = b->dossiers; d != NULL; d = d->next)
		for (int i = 0; d->measures != NULL && i < d->measures->count; i++)
			put_measure(columns, d, &d->measures->row[i]);
	add_if(s, WRITE_MEASURES, columns[0]);
}

/* F5: few stays have any, so all of one go before its present ones come. */
static void
write_days(struct store *s, const struct batch *b)
{
	struct pg_array *gone = pg_bind_array(begin(s, DELETE_DAYS), PG_INT8);
	struct pg_params *p = begin(s, INSERT_DAYS);
	struct pg_array *episode = pg_bind_array(p, PG_INT8), *month = pg_bind_array(p, PG_INT4);
	struct pg_array *kommun = pg_bind_array(p, PG_INT2), *hospital = pg_bind_array(p, PG_INT4);
	struct pg_array *days = pg_bind_array(p, PG_INT2), *contested = pg_bind_array(p, PG_INT2);
	struct pg_array *amount = pg_bind_array(p, PG_INT4),
			*unprotected = pg_bind_array(p, PG_BOOL);

	for (const struct dossier *d = b->dossiers; d != NULL; d = d->next) {
		const struct measures *m = d->measures;
		if (m != NULL && d->stored)
			pg_put_int8(gone, d->episode);
		for (int i = 0; m != NULL && i < m->days_count; i++) {
			pg_put_int8(episode, d->episode);
			pg_put_int4(month, m->days[i].month);
			pg_put_int2(kommun, (int16_t)m->days[i].kommun);
			pg_put_int4(hospital, m->hospital);
			pg_put_int2(days, m->days[i].days);
			pg_put_int2(contested, m->days[i].contested_days);
			put_or_none(amount, m->days[i].amount);
			pg_put_bool(unprotected, m->unprotected);
		}
	}
	add_if(s, DELETE_DAYS, gone);
	add_if(s, INSERT_DAYS, episode);
}

/* Whose feeds have something new, some twice. */
static void
write_told(struct store *s, const struct batch *b)
{
	struct pg_array *unit = pg_bind_array(begin(s, NOTIFY), PG_INT4);

	for (int i = 0; i < b->notice_count; i++)
		pg_put_int4(unit, b->notices[i].told.unit);
	for (int i = 0; i < b->item_count; i++)
		if (b->items[i].told.seq != 0)
			pg_put_int4(unit, b->items[i].told.unit);
	add_if(s, NOTIFY, unit);
}

/* What the batch rests on must not be removed (gallring) before it is written. */
static void
write_fence(struct store *s, const struct batch *b)
{
	struct pg_params *p = begin(s, FENCE);

	pg_bind_int8(p, b->gallring_version);
	struct pg_array *episode = pg_bind_array(p, PG_INT8);
	struct pg_array *system = pg_bind_array(p, PG_TEXT);
	struct pg_array *varde = pg_bind_array(p, PG_TEXT);

	for (const struct dossier *d = b->dossiers; d != NULL; d = d->next)
		if (d->stored && d->changed)
			pg_put_int8(episode, d->episode);
	for (int i = 0; i < b->identities.count; i++) {
		const struct known_identity *k = &b->identities.rows[i];
		if (k->patient == 0 || k->patient > b->patients_before || k->changed)
			continue;
		pg_put_string(system, k->identity.system);
		pg_put_string(varde, k->identity.varde);
	}
	add(s, FENCE);
}

const struct store_calls *
store_write(struct store *s, const struct batch *b)
{
	s->calls.count = 0;
	write_fence(s, b);
	write_new_episodes(s, b);
	write_old_episodes(s, b);
	write_facts(s, b);
	write_access(s, b);
	write_participants(s, b, INSERT_PARTICIPANTS, INSERTED);
	write_participants(s, b, UPDATE_PARTICIPANTS, UPDATED);
	write_new_tasks(s, b);
	write_old_tasks(s, b);
	write_breaches(s, b);
	write_patients(s, b);
	write_kontakter(s, b, INSERT_KONTAKTER);
	write_kontakter(s, b, WRITE_KONTAKTER);
	write_bookings(s, b);
	write_personal(s, b);
	write_notices(s, b);
	write_events(s, b);
	write_measures_gone(s, b);
	write_measures(s, b);
	write_days(s, b);
	write_told(s, b);
	if (s->calls.count == 1) /* the fence alone */
		s->calls.count = 0;
	return &s->calls;
}
