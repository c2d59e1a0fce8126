/*
 * What a batch must have at hand before anything is decided: the dossiers and identities that its
 * items name, what may go together, whose facts are needed, and whom else a message concerns.
 */
#include "batch.h"

#include "log.h"
#include "uuid.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- Dossiers, identities, own files, by name ---- */

static struct dossier *
dossier_add(struct batch *b)
{
	struct dossier *d = xcalloc(1, sizeof *d);

	episode_init(&d->state);
	given_init(&d->given);
	d->opened_at = d->next_due = INSTANT_NONE;
	*b->last = d;
	b->last = &d->next;
	b->dossier_count++;
	return d;
}

static uint64_t
key_hash(int64_t org, const char *encounter)
{
	return hash_text(hash_int(org), encounter);
}

static struct dossier *
find_by_key(const struct batch *b, int64_t org, const char *encounter)
{
	uint64_t hash = key_hash(org, encounter);
	size_t at = hash;
	struct dossier *d;

	while ((d = (struct dossier *)lookup_next(&b->dossiers_by_key, hash, &at)) != NULL)
		if (d->org == org && strcmp(d->encounter, encounter) == 0)
			break;
	return d;
}

struct dossier *
batch_dossier_at(const struct batch *b, int64_t episode)
{
	uint64_t hash = hash_int(episode);
	size_t at = hash;
	struct dossier *d;

	while ((d = (struct dossier *)lookup_next(&b->dossiers_by_id, hash, &at)) != NULL)
		if (d->episode == episode)
			break;
	return d;
}

static void
know_by_key(struct batch *b, struct dossier *d, int64_t org, const char *encounter)
{
	d->org = org;
	snprintf(d->encounter, sizeof d->encounter, "%s", encounter);
	lookup_add(&b->dossiers_by_key, key_hash(org, encounter), (uintptr_t)d);
}

static void
know_by_id(struct batch *b, struct dossier *d, int64_t episode)
{
	d->episode = episode;
	lookup_add(&b->dossiers_by_id, hash_int(episode), (uintptr_t)d);
}

struct dossier *
batch_dossier_by_key(struct batch *b, int64_t org, const char *encounter)
{
	struct dossier *d = find_by_key(b, org, encounter);

	if (d == NULL)
		know_by_key(b, d = dossier_add(b), org, encounter);
	return d;
}

struct dossier *
batch_dossier_by_id(struct batch *b, int64_t episode)
{
	struct dossier *d = batch_dossier_at(b, episode);

	if (d == NULL)
		know_by_id(b, d = dossier_add(b), episode);
	return d;
}

struct dossier *
batch_dossier_found(struct batch *b, int64_t episode, int64_t org, const char *encounter)
{
	struct dossier *by_id = batch_dossier_at(b, episode),
		       *by_key = find_by_key(b, org, encounter);

	if (by_id == by_key)
		return by_id;
	if (by_id == NULL) {
		know_by_id(b, by_key, episode);
		return by_key;
	}
	if (by_key != NULL) {
		for (int i = 0; i < b->item_count; i++)
			if (b->items[i].dossier == by_key)
				b->items[i].dossier = by_id;
		by_key->episode = -1; /* stands empty, and is found no more */
		by_key->encounter[0] = '\0';
	}
	know_by_key(b, by_id, org, encounter);
	return by_id;
}

struct known_identity *
batch_identity(struct batch *b, const struct identity *identity)
{
	int place = identities_place(&b->identities, identity);

	return &b->identities.rows[place];
}

struct dossier *
batch_unit_file(struct batch *b, unit_id unit)
{
	char name[32];

	snprintf(name, sizeof name, "unit/%d", (int)unit);
	return batch_dossier_by_key(b, 0, name);
}

struct dossier *
batch_patient_file(struct batch *b, int64_t patient)
{
	char name[32];

	snprintf(name, sizeof name, "patient/%lld", (long long)patient);
	return batch_dossier_by_key(b, 0, name);
}

/* What is to be loaded. A patient's own file is found once the patient is known. */
void
batch_gather(struct batch *b)
{
	for (int i = 0; i < b->item_count; i++) {
		struct item *item = &b->items[i];
		const struct message *m = item->message;
		item->dossier = NULL;
		if (item->told.event != 0)
			continue;
		if (m == NULL) {
			item->dossier = item->episode < 0
					    ? batch_unit_file(b, (unit_id)-item->episode)
					    : batch_dossier_by_id(b, item->episode);
			continue;
		}
		if (m->fact.identitet.system[0] != '\0')
			batch_identity(b, &m->fact.identitet);
		if (m->fact.type == PATIENT_UPPDATERAD &&
		    m->fact.patient_uppdaterad.ersatter.system[0] != '\0')
			batch_identity(b, &m->fact.patient_uppdaterad.ersatter);
		if (m->ref == EPISODE_BY_ENCOUNTER)
			item->dossier = batch_dossier_by_key(b, item->org, m->encounter);
		else if (m->ref == EPISODE_BY_ID && uuid_id(m->episode) > 0)
			item->dossier = batch_dossier_by_id(b, uuid_id(m->episode));
	}
}

/* ---- What may go together ---- */

#define KEYS_MAX 6

/* Whom an item is about: by the keys, which it shares with whatever else is of the patient. */
struct about {
	enum message_type type; /* MESSAGE_TYPE_COUNT: an instant */
	bool own;		/* a message outside of every stay */
	const struct dossier *dossier;
	const struct known_identity *named;
	uint64_t keys[KEYS_MAX];
	int key_count;
};

static void
add_patient(struct about *a, int64_t patient)
{
	if (patient != 0)
		a->keys[a->key_count++] = hash_int(patient);
}

static const struct known_identity *
add_identity(struct batch *b, struct about *a, const struct identity *identity)
{
	int place = identity->system[0] != '\0' ? identities_find(&b->identities, identity) : -1;

	if (place < 0)
		return NULL;
	const struct known_identity *k = &b->identities.rows[place];
	a->keys[a->key_count++] = identity_digest(identity);
	add_patient(a, k->patient);
	return k;
}

static struct about
about(struct batch *b, const struct item *item)
{
	struct about a = {.type = MESSAGE_TYPE_COUNT, .dossier = item->dossier};

	if (a.dossier != NULL) {
		a.keys[a.key_count++] = hash_int((intptr_t)a.dossier);
		add_patient(&a, a.dossier->patient);
	}
	if (item->message == NULL || item->answer.status != 0)
		return a;
	const struct fact *f = &item->message->fact;
	/* A name or an address tells on nobody else. */
	if (f->type != PATIENT_UPPDATERAD || f->identitet.system[0] != '\0')
		a.type = f->type;
	a.own = item->message->ref == EPISODE_NONE;
	a.named = add_identity(b, &a, &f->identitet);
	if (f->type == PATIENT_UPPDATERAD)
		add_identity(b, &a, &f->patient_uppdaterad.ersatter);
	return a;
}

/* Does it change what was said before, or of whom? */
static bool
turns(const struct about *a)
{
	return a->own || a->type == MAKULERING || a->type == PATIENT_UPPDATERAD;
}

static bool
tells(const struct about *a)
{
	return a->own || (a->type != MESSAGE_TYPE_COUNT && tells_on_others(a->type));
}

/* Whether b must not be in one batch with a, which comes before it and is of the same patient. */
static bool
goes_apart(const struct about *a, const struct about *b)
{
	if (a->dossier == NULL || a->dossier != b->dossier)
		return tells(a) || tells(b);
	if (turns(a) || turns(b))
		return true;
	return (places_stay(a->type) && places_stay(b->type)) ||
	       (a->named != NULL && b->named != NULL && a->named != b->named);
}

/* Whether it goes with all those before it, by their keys; if so, it is among them. */
static bool
joins(struct about *all, int count, struct lookup *by_key)
{
	const struct about *a = &all[count];

	for (int k = 0; k < a->key_count; k++) {
		size_t at = a->keys[k];
		uintptr_t place;
		while ((place = lookup_next(by_key, a->keys[k], &at)) != 0)
			if (goes_apart(&all[place - 1], a))
				return false;
	}
	for (int k = 0; k < a->key_count; k++)
		lookup_add(by_key, a->keys[k], (uintptr_t)count + 1);
	return true;
}

int
batch_together(struct batch *b)
{
	struct about *all = xcalloc((size_t)b->item_count + 1, sizeof *all);
	struct lookup by_key = {0};
	int count = 0;

	for (; count < b->item_count; count++) {
		all[count] = about(b, &b->items[count]);
		if (!joins(all, count, &by_key))
			break;
	}
	free(by_key.rows);
	free(all);
	return count;
}

/* ---- What hangs on them ---- */

struct patient_file *
batch_patient(struct batch *b, int64_t patient)
{
	uint64_t hash = hash_int(patient);
	size_t at = hash;
	uintptr_t place;

	while ((place = lookup_next(&b->patients_by_id, hash, &at)) != 0)
		if (b->patients[place - 1].patient == patient)
			return &b->patients[place - 1];
	struct patient_file *p =
	    xgrow((void **)&b->patients, &b->patient_count, &b->patient_cap, sizeof *b->patients);
	p->patient = patient;
	lookup_add(&b->patients_by_id, hash, (uintptr_t)b->patient_count);
	return p;
}

void
patient_add(struct patient_file *p, const struct kontakt *row)
{
	if (p->count == p->cap) {
		p->cap = p->cap == 0 ? 4 : 2 * p->cap;
		p->rows = xrealloc(p->rows, (size_t)p->cap * sizeof *p->rows);
		p->changed = xrealloc(p->changed, (size_t)p->cap * sizeof *p->changed);
	}
	p->changed[p->count] = false;
	p->rows[p->count++] = *row;
}

struct history *
dossier_history_add(struct dossier *d)
{
	return xgrow((void **)&d->history, &d->history_count, &d->history_cap, sizeof *d->history);
}

void
batch_stay_found(struct batch *b, int64_t patient, struct dossier *d)
{
	struct patient_file *p = batch_patient(b, patient);

	for (int i = 0; i < p->stay_count; i++)
		if (p->stays[i] == d)
			return;
	if (p->stay_count < STAYS_MAX)
		p->stays[p->stay_count++] = d;
}

/* Does the message make the stay another patient's? */
static bool
moves_patient(struct batch *b, const struct item *item)
{
	const struct message *m = item->message;

	if (m == NULL || item->dossier == NULL || item->dossier->patient == 0 ||
	    m->fact.identitet.system[0] == '\0')
		return false;
	return batch_identity(b, &m->fact.identitet)->patient != item->dossier->patient;
}

static bool
corrects(const struct item *item)
{
	return item->message != NULL && item->dossier != NULL &&
	       corrects_place(&item->dossier->state, &item->message->fact);
}

bool
batch_says_of_identities(const struct item *item)
{
	return item->message != NULL && item->answer.status == 0 &&
	       says_of_identity(&item->message->fact);
}

/* A makulering; or a stay is named, of which something was said before or is said again: what was
 * said there may start from another identity then. */
int64_t
batch_settles(const struct item *item)
{
	const struct dossier *d = item->dossier;

	if (item->message == NULL || d == NULL || item->answer.status != 0)
		return 0;
	bool names =
	    item->message->fact.identitet.system[0] != '\0' || !episode_is_named(&d->state);
	bool said = d->state.patient_nr != 0 || (d->wants_history && d->stored);
	return item->message->fact.type == MAKULERING || (names && said) ? d->episode : 0;
}

/*
 * The stored state makes the common case one step. A late message, a makulering, a name to be bound
 * or a state of another layout (store.c has set wants_history then) needs the facts.
 */
void
batch_choose_history(struct batch *b)
{
	for (struct dossier *d = b->dossiers; d != NULL; d = d->next) {
		d->wants_history |= d->state.fold_anew;
		d->heard_at = d->state.last_sent_at;
	}
	for (int i = 0; i < b->item_count; i++) {
		const struct message *m = b->items[i].message;
		struct dossier *d = b->items[i].dossier;
		if (d == NULL || m == NULL)
			continue;
		d->wants_history |= batch_settles(&b->items[i]) != 0 ||
				    moves_patient(b, &b->items[i]) || corrects(&b->items[i]) ||
				    (m->fact.type == KVITTENS && m->fact.kvittens.task_nr == 0) ||
				    episode_place(&m->fact) < d->heard_at;
		if (episode_place(&m->fact) > d->heard_at)
			d->heard_at = episode_place(&m->fact);
	}
}

/* The stays that name these may have to follow them, or what is said of them starts from these. */
bool
batch_gather_identities(struct batch *b)
{
	int before = b->identities.count;

	for (int i = 0; i < b->item_count; i++) {
		const struct dossier *d = b->items[i].dossier;
		if (batch_settles(&b->items[i]) == 0 && !batch_says_of_identities(&b->items[i]) &&
		    !moves_patient(b, &b->items[i]))
			continue;
		if (b->items[i].message->fact.identitet.system[0] != '\0')
			batch_identity(b, &b->items[i].message->fact.identitet)->asked = true;
		for (int k = 0; d != NULL && k < d->history_count; k++)
			if (d->history[k].fact.identitet.system[0] != '\0')
				batch_identity(b, &d->history[k].fact.identitet)->asked = true;
	}
	return b->identities.count > before;
}

void
batch_gather_files(struct batch *b)
{
	for (int i = 0; i < b->item_count; i++) {
		const struct message *m = b->items[i].message;
		if (m == NULL || m->ref != EPISODE_NONE || b->items[i].answer.status != 0)
			continue;
		int64_t patient;
		if (message_home(m->fact.type) == HOME_UNIT)
			b->items[i].dossier = batch_unit_file(b, m->fact.source);
		else if ((patient = batch_identity(b, &m->fact.identitet)->patient) != 0)
			b->items[i].dossier = batch_patient_file(b, patient);
	}
}

/* ---- B13: what units tell of their staff ---- */

/* The person, and for whom the person stands in, always or for an absence. */
static void
each_concerned(
    const struct region *r, staff_id staff, void (*each)(void *arg, staff_id staff), void *arg)
{
	const struct staff *person = region_staff(r, staff);
	const struct unit *u = person != NULL ? region_unit(r, person->unit) : NULL;

	each(arg, staff);
	for (int i = 0; u != NULL && i < u->staff_count; i++) {
		const struct staff *other = &r->staff[u->staff_first + i];
		if (other->ersattare == staff)
			each(arg, other->staff);
	}
	for (int i = 0; i < r->absence_count; i++)
		if (r->absences[i].ersattare == staff)
			each(arg, r->absences[i].staff);
}

void
batch_each_person(const struct batch *b, void (*each)(void *arg, staff_id staff), void *arg)
{
	for (int i = 0; i < b->item_count; i++) {
		const struct item *item = &b->items[i];
		const struct dossier *d = item->dossier;
		if (item->message != NULL && item->message->fact.type == PERSONAL)
			each_concerned(b->region, item->message->fact.personal.staff, each, arg);
		int told = item->message == NULL && d != NULL ? d->state.personal_count : 0;
		for (int k = 0; k < told; k++)
			each_concerned(b->region, d->state.personal[k].staff, each, arg);
	}
}

void
batch_affected_add(struct batch *b, const struct affected *a)
{
	struct affected *row =
	    xgrow((void **)&b->affected, &b->affected_count, &b->affected_cap, sizeof *b->affected);

	*row = *a;
}

/* ---- On whom it tells ---- */

static void
add_reached(struct reached *r, int64_t patient)
{
	if (patient != 0 && (r->count == 0 || r->patient[0] != patient))
		r->patient[r->count++] = patient;
}

struct reached
batch_reached(struct batch *b, const struct item *item)
{
	const struct message *m = item->message;
	const struct dossier *d = item->dossier;
	struct reached r = {0};

	if (m == NULL || d == NULL || item->answer.status != 0)
		return r;
	bool version = m->fact.type == INSKRIVNINGSMEDDELANDE && d->state.inskr.nr != 0; /* A6 */
	bool own = m->ref == EPISODE_NONE && message_home(m->fact.type) != HOME_UNIT;
	r.facts = moves_patient(b, item) || corrects(item);
	if (!r.facts && (version || !(own || tells_on_others(m->fact.type))))
		return r;
	add_reached(&r, d->patient);
	if (m->fact.identitet.system[0] != '\0')
		add_reached(&r, batch_identity(b, &m->fact.identitet)->patient);
	return r;
}
