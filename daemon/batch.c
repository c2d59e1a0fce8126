/*
 * One batch, between loading and storing (laws 1, 2, 4): each item in its turn is stepped or
 * folded, decided and planned on the batch's copies; what must be written is collected.
 */
#include "batch.h"

#include "log.h"
#include "rules/appoint.h"
#include "signature.h"
#include "uuid.h"

#include <openssl/rand.h>
#include <stdlib.h>
#include <string.h>

#define TIME_AHEAD_MAX \
	(5 * MINUTE)	 /* of a message's time before the legal clock (contract.md §1) */
#define ROUNDS_MAX 4	 /* of looks at a patient's others */
#define DECISIONS_MAX 32 /* that one fact may bring about; more is a bug of the rules */

/* ---- The batch ---- */

int64_t *
heads_of(struct heads *h, unit_id unit)
{
	if (unit >= h->cap) {
		int cap = unit + 64;
		h->seq = xrealloc(h->seq, (size_t)cap * sizeof *h->seq);
		memset(h->seq + h->cap, 0, (size_t)(cap - h->cap) * sizeof *h->seq);
		h->cap = cap;
	}
	return &h->seq[unit];
}

void
batch_init(struct batch *b, struct item *items, int count)
{
	memset(b, 0, sizeof *b);
	b->items = items;
	b->item_count = count;
	b->last = &b->dossiers;
}

static void
dossier_free(struct dossier *d)
{
	given_free(&d->given);
	free(d->measures);
	free(d->history);
	free(d);
}

void
batch_free(struct batch *b)
{
	while (b->dossiers != NULL) {
		struct dossier *d = b->dossiers;
		b->dossiers = d->next;
		dossier_free(d);
	}
	for (int i = 0; i < b->patient_count; i++) {
		free(b->patients[i].rows);
		free(b->patients[i].changed);
	}
	for (int i = 0; i < b->fact_count; i++)
		free(b->facts[i].body);
	free(b->affected);
	free(b->patients);
	identities_free(&b->identities);
	free(b->facts);
	free(b->notices);
	free(b->dossiers_by_key.rows);
	free(b->dossiers_by_id.rows);
	free(b->patients_by_id.rows);
	free(b->items_by_message.rows);
	effects_free(&b->effects);
	memset(b, 0, sizeof *b);
}

/* ---- One item ---- */

static void
refuse(struct item *item, int status, const char *pointer, const char *detail)
{
	item->answer.status = status;
	item->answer.pointer = pointer;
	item->answer.detail = detail;
}

/* D11: whom the kallelse did not reach. */
static void
note_unreached(struct item *item, const struct episode *e, const struct fact_sip_kallelse *m,
    enum outcome outcome)
{
	struct door_answer *a = &item->answer;

	if (outcome != OUTCOME_KALLADE_EJ_MOTTAGARE &&
	    outcome != OUTCOME_KALLADE_EJ_MOTTAGARE_UPPTAGEN)
		return;
	for (int i = 0; i < m->kallade_count; i++) {
		const struct participant *p = episode_participant_of(e, m->kallade[i]);
		if (p == NULL || !p->active)
			a->unreached[a->unreached_count++] = m->kallade[i];
	}
}

static uint64_t
random_bits(void)
{
	uint64_t bits;
	require(RAND_bytes((unsigned char *)&bits, sizeof bits) == 1);
	return bits;
}

static void
dossier_number(struct batch *b, struct dossier *d)
{
	if (d->episode != 0)
		return;
	d->episode = ++b->counters->episode;
	d->opened_at = b->now;
	uuid_from_id(b->real_now, d->episode, random_bits(), d->uuid);
}

static int64_t
patient_of(struct batch *b, const struct identity *identity)
{
	if (identity->system[0] == '\0')
		return 0;
	int place = identities_place(&b->identities, identity);
	if (b->identities.rows[place].patient == 0)
		identities_admit(&b->identities, place, ++b->counters->patient);
	return b->identities.rows[place].patient;
}

/* ---- G4: what messages say of identities ---- */

static int
named_until(struct batch *b, const struct dossier *d, const struct fact *word)
{
	const struct identity *named =
	    identity_named_until(&d->state, d->history, d->history_count, word);

	return named != NULL ? identities_place(&b->identities, named) : -1;
}

/* The message's word, which counts unless it was annulled before it came. */
static void
add_word(struct batch *b, const struct dossier *d, const struct fact *f, bool annulled)
{
	const struct identity *ersatter = &f->patient_uppdaterad.ersatter;
	struct identity_word w = {.named = named_until(b, d, f),
	    .identity = identities_place(&b->identities, &f->identitet),
	    .ersatter =
		ersatter->system[0] != '\0' ? identities_place(&b->identities, ersatter) : -1,
	    .episode = d->episode,
	    .nr = f->nr,
	    .sent_at = f->sent_at,
	    .annulled = annulled,
	    .changed = true};

	identities_add(&b->identities, &w);
	identities_follow(&b->identities);
}

/* Of whom the stays speak, when what they name was somebody's only by what is annulled. */
static void
admit_named(struct batch *b)
{
	for (int i = 0; i < b->identities.word_count; i++) {
		const struct identity_word *w = &b->identities.words[i];
		if (!w->annulled && w->named >= 0 && b->identities.rows[w->named].patient == 0)
			identities_admit(&b->identities, w->named, ++b->counters->patient);
	}
	for (const struct dossier *d = b->dossiers; d != NULL; d = d->next) {
		int place =
		    d->state.own_file || d->state.identitet == 0 || !episode_is_named(&d->state)
			? -1
			: identities_by_digest(&b->identities, d->state.identitet);
		if (place >= 0 && b->identities.rows[place].patient == 0)
			identities_admit(&b->identities, place, ++b->counters->patient);
	}
}

/* What the history says of identities, once something of it is annulled, or the stay is named. */
static void
settle_identities(struct batch *b, const struct dossier *d)
{
	for (int i = 0; i < d->history_count; i++) {
		const struct history *h = &d->history[i];
		struct identity_word *w =
		    says_of_identity(&h->fact)
			? identities_word(&b->identities, d->episode, h->fact.nr)
			: NULL;
		if (w == NULL)
			continue;
		int named = named_until(b, d, &h->fact);
		w->changed |= w->annulled != h->annulled || w->named != named;
		w->annulled = h->annulled;
		w->named = named;
	}
	identities_follow(&b->identities);
	admit_named(b);
}

/* The hospital that the stay is of, who takes part, or, while nobody is named yet, the organisation
 * that opened it. */
static bool
may_speak(const struct batch *b, const struct item *item, const struct dossier *d)
{
	const struct unit *source = region_unit(b->region, item->message->fact.source);

	if (source == NULL)
		return false;
	if (d->org == item->org && (source->slag == SLUTENVARD || d->state.inskr.nr == 0))
		return true;
	for (int i = 0; i < d->given.participant_count; i++)
		if (d->given.participants[i].unit == source->unit &&
		    d->given.participants[i].active)
			return true;
	return false;
}

/* A kvittens of a task is one of the fact that the task is about; of a task of another kind it is
 * of nothing. */
static const char *
bind_task(const struct dossier *d, struct fact *f)
{
	f->kvittens.message_nr = 0;
	for (int i = 0; i < d->given.task_count; i++) {
		const struct given_task *t = &d->given.tasks[i];
		if (t->nr != f->kvittens.task_nr || t->unit != f->source)
			continue;
		if (task_is_kvittens(t->kind))
			f->kvittens.message_nr = t->ref;
		return NULL;
	}
	return "no such task of this unit";
}

/* What the register took from a unit's word on its staff (B13), another word of it brings back. */
static bool
annuls_personal(const struct dossier *d, const struct fact *f)
{
	for (int i = 0; i < d->history_count; i++)
		if (d->history[i].fact.type == PERSONAL &&
		    strcmp(d->history[i].message_id, f->makulering.message_id) == 0)
			return true;
	return false;
}

/* Who takes part no longer may still take back what it said itself (A9, A11). */
static bool
annuls_own(const struct dossier *d, const struct fact *f, int64_t org)
{
	for (int i = 0; f->type == MAKULERING && i < d->history_count; i++)
		if (d->history[i].org == org &&
		    strcmp(d->history[i].message_id, f->makulering.message_id) == 0)
			return true;
	return false;
}

/* Was the message annulled before it came? */
static bool
is_awaited_by_makulering(const struct dossier *d, const struct message *m, int64_t org)
{
	for (int i = 0; i < d->history_count; i++) {
		const struct history *h = &d->history[i];
		if (h->fact.type == MAKULERING && !h->annulled && h->org == org &&
		    strcmp(h->fact.makulering.message_id, m->id) == 0)
			return true;
	}
	return false;
}

/* A makulering reaches its own organisation's messages only. */
static const char *
check_makulering(const struct region *r, const struct dossier *d, const struct fact *f, int64_t org)
{
	const struct unit *source = region_unit(r, f->source);
	const char *why = NULL;

	for (int i = 0; i < d->history_count; i++) {
		const struct history *h = &d->history[i];
		if (strcmp(h->message_id, f->makulering.message_id) != 0)
			continue;
		bool own = h->org == org;
		if (own && source != NULL &&
		    (message_senders(h->fact.type) & 1u << source->slag) != 0)
			return NULL;
		why = own ? "the message is of a type that this kind of unit may not send"
			  : "the message is another organisation's";
	}
	return why;
}

/* The patient's stays that were looked up, beside d and those that are there already. */
static void
add_stays(struct batch *b, const struct dossier *d, int64_t patient, struct surroundings *s,
    struct stay stays[static SURROUNDING_STAYS])
{
	const struct patient_file *p = batch_patient(b, patient);

	for (int i = 0; i < p->stay_count; i++) {
		const struct dossier *other = p->stays[i];
		bool there = other == d || other->damaged;
		for (int k = 0; k < s->stay_count; k++)
			there |= stays[k].state == &other->state;
		if (there)
			continue;
		struct stay *stay = &stays[s->stay_count++];
		memcpy(stay->uuid, other->uuid, sizeof stay->uuid);
		stay->org = other->org;
		stay->state = &other->state;
	}
}

/* Of the patient, and, while a message makes it another's, of the one whose it was (the row still
 * says so; also whom an annulled message named). */
static struct surroundings
surroundings_of(
    struct batch *b, const struct dossier *d, struct stay stays[static SURROUNDING_STAYS])
{
	struct surroundings s = {.region = b->region,
	    .episode = d->episode,
	    .org = d->org,
	    .stays = stays,
	    .facts_at_hand = d->wants_history};
	int64_t patient = d->state.patient != 0 ? d->state.patient : d->patient;

	memcpy(s.uuid, d->uuid, sizeof s.uuid);
	int named = identities_by_digest(&b->identities, d->state.identitet);
	if (named >= 0 && b->identities.rows[named].asked)
		s.named = b->identities.rows[named].patient;
	if (memcmp(b->said_in, d->uuid, sizeof b->said_in) != 0)
		memcpy(s.said_in, b->said_in, sizeof s.said_in);
	if (patient == 0)
		return s;
	add_stays(b, d, patient, &s, stays);
	if (d->patient != 0 && d->patient != patient)
		add_stays(b, d, d->patient, &s, stays);
	const struct patient_file *p = batch_patient(b, patient);
	s.kontakter = p->rows;
	s.kontakt_count = p->count;
	return s;
}

/* Takes one fact into the state, by a step or a new fold, and among what is to be written. item: of
 * a message; NULL: our own decision. */
static enum outcome
take(struct batch *b, struct dossier *d, struct fact *f, int judged, const struct item *item)
{
	const struct message *m = item != NULL ? item->message : NULL;
	enum outcome outcome;

	f->nr = ++d->last_nr;
	f->recorded_at = b->now;
	if (d->wants_history) {
		struct history *h = dossier_history_add(d);
		h->fact = *f;
		h->org = item != NULL ? item->org : 0;
		h->judged = judged;
		if (m != NULL)
			snprintf(h->message_id, sizeof h->message_id, "%s", m->id);
		outcome = episode_fold(&d->state, d->history, d->history_count, f->nr);
	} else {
		outcome = episode_step(&d->state, f, judged);
	}
	struct new_fact *n =
	    xgrow((void **)&b->facts, &b->fact_count, &b->fact_cap, sizeof *b->facts);
	n->dossier = d;
	n->fact = *f;
	n->outcome = outcome;
	n->judged = judged;
	n->message = m;
	n->caller = item != NULL ? item->caller : NULL;
	n->body = m == NULL ? fact_body(f, &b->names) : NULL;
	d->changed = true;
	return outcome;
}

/* The row as the register of fasta kontakter has it from now on; loads follow. */
static void
write_kontakt(struct batch *b, struct patient_file *p, const struct kontakt *k)
{
	int i = 0;

	while (i < p->count && !(p->rows[i].slag == k->slag && p->rows[i].unit == k->unit))
		i++;
	if (i == p->count) {
		patient_add(p, k);
	} else {
		if (k->slag == 1)
			region_load_add(b->region, p->rows[i].staff, p->rows[i].to_at, -1);
		p->rows[i] = *k;
	}
	if (k->slag == 1 && (k->to_at == INSTANT_NONE || k->to_at > b->now))
		region_load_add(b->region, k->staff, k->to_at, 1);
	p->changed[i] = true;
}

/* G4: the stay is another patient's now: whose kontakt it named is not that of the former one. */
static void
leave_patient(struct batch *b, const struct dossier *d)
{
	if (d->patient == 0 || d->patient == d->state.patient)
		return;
	struct patient_file *p = batch_patient(b, d->patient);
	for (int i = 0; i < p->count; i++) {
		struct kontakt k = p->rows[i];
		if (k.episode != d->episode || (k.to_at != INSTANT_NONE && k.to_at <= b->now))
			continue;
		k.to_at = b->now;
		write_kontakt(b, p, &k);
	}
}

static void
give(struct batch *b, struct dossier *d)
{
	for (int i = 0; i < b->effects.told_count; i++) {
		struct new_notice *n = xgrow(
		    (void **)&b->notices, &b->notice_count, &b->notice_cap, sizeof *b->notices);
		n->dossier = d;
		n->told = b->effects.told[i];
		n->seq = ++*heads_of(b->heads, n->told.unit);
	}
	for (int i = 0; i < b->effects.kontakt_count; i++)
		write_kontakt(
		    b, batch_patient(b, b->effects.kontakter[i].patient), &b->effects.kontakter[i]);
	if (d->given.booking_change != SAME) {
		if (d->given.booking.staff != 0)
			region_book(b->region, &d->given.booking);
		else
			region_unbook(b->region, d->episode);
	}
	d->next_due = b->effects.next_due;
	leave_patient(b, d);
	d->patient = d->state.patient;
	d->changed = true;
}

/* Section 4: what is measured of the stay is stored beside it when it has changed. */
static void
measure_stay(struct batch *b, struct dossier *d, const struct surroundings *s)
{
	struct measures m;

	measure(&d->state, s, &d->given, b->now, &m);
	int32_t digest = measures_digest(&m);
	if (digest == d->digest)
		return;
	d->digest = digest;
	if (d->measures == NULL)
		d->measures = xmalloc(sizeof *d->measures);
	*d->measures = m;
}

static void decide_and_plan(struct batch *b, struct dossier *d, const struct fact *cause);

/* G2: what d takes over, the stay before lets go first: a time has one owner. */
static void
hand_over(struct batch *b, struct dossier *d, const struct fact *f)
{
	struct dossier *before = batch_dossier_at(b, uuid_id(f->tidigare_vardtillfalle.episode));

	batch_stay_found(b, d->state.patient, d);
	if (before != NULL && !before->damaged)
		decide_and_plan(b, before, NULL);
}

/* What samordnad decides, until it has no more to say; how much that was. Each decision may change
 * what surrounds it. */
static int
decide_all(struct batch *b, struct dossier *d)
{
	struct stay stays[SURROUNDING_STAYS];

	for (int count = 0;; count++) {
		struct surroundings s = surroundings_of(b, d, stays);
		struct fact decision;
		if (!decide(&d->state, &s, b->now, &decision))
			return count;
		if (count == DECISIONS_MAX) { /* a bug, but the region goes on without this stay */
			log_event(LOG_ERROR, "decisions_without_end", "episode", "%" PRId64,
			    d->episode, NULL);
			return count;
		}
		take(b, d, &decision, OUTCOME_APPLIED, NULL);
		if (decision.type == TIDIGARE_VARDTILLFALLE)
			hand_over(b, d, &decision);
		if (decision.type == PATIENT_UPPDATERAD && d->org != 0)
			batch_stay_found(b, d->state.patient, d);
	}
}

static void
plan_and_give(struct batch *b, struct dossier *d, const struct fact *cause, bool instant_only)
{
	struct stay stays[SURROUNDING_STAYS];
	struct surroundings s = surroundings_of(b, d, stays);

	s.instant_only = instant_only;
	plan(&d->state, &s, b->now, cause, &d->given, &b->effects);
	give(b, d);
	s = surroundings_of(b, d, stays); /* what was given is among it */
	measure_stay(b, d, &s);
}

static void
decide_and_plan(struct batch *b, struct dossier *d, const struct fact *cause)
{
	decide_all(b, d);
	plan_and_give(b, d, cause, false);
}

static void
answer(struct item *item, const struct dossier *d, enum outcome outcome)
{
	item->answer.status = 200;
	item->answer.outcome = outcome;
	switch (outcome_table[outcome].result) {
	case RESULT_APPLIED:
		item->answer.result = ANSWER_APPLIED;
		break;
	case RESULT_RECORDED:
		item->answer.result = ANSWER_RECORDED;
		break;
	case RESULT_PARKED:
		item->answer.result = ANSWER_PARKED;
		break;
	}
	memcpy(item->answer.episode, d->uuid, sizeof d->uuid);
	memcpy(item->answer.encounter, item->message->encounter, sizeof item->answer.encounter);
}

static uint64_t
message_hash(const struct message *m)
{
	return hash_text(hash_int(m->fact.source), m->id);
}

/* Notes a message that was taken, for those that come twice in one batch. */
static void
message_taken(struct batch *b, int at)
{
	lookup_add(&b->items_by_message, message_hash(b->items[at].message), (uintptr_t)at + 1);
}

/* The item taken earlier in this very batch with the same source and id, or NULL. */
static const struct item *
taken_before(const struct batch *b, const struct message *m)
{
	uint64_t hash = message_hash(m);
	size_t at = hash;
	uintptr_t place;

	while ((place = lookup_next(&b->items_by_message, hash, &at)) != 0) {
		const struct message *n = b->items[place - 1].message;
		if (n->fact.source == m->fact.source && strcmp(n->id, m->id) == 0)
			return &b->items[place - 1];
	}
	return NULL;
}

static bool
doubled_in_batch(struct batch *b, struct item *item)
{
	const struct item *first = taken_before(b, item->message);

	if (first == NULL)
		return false;
	if (memcmp(first->message->hash, item->message->hash, sizeof first->message->hash) != 0) {
		refuse(item, 422, "/id", BATCH_ID_USED);
		return true;
	}
	item->answer = first->answer;
	item->answer.first_result = first->answer.result;
	item->answer.result = ANSWER_DUPLICATE;
	item->answer.first_recorded_at = b->now;
	return true;
}

/* What is said outside of every stay (message_home) has a file of its own: org 0, the patient's or
 * the unit's number for a name. */
static struct dossier *
own_file(struct batch *b, const struct fact *f)
{
	if (message_home(f->type) == HOME_UNIT)
		return batch_unit_file(b, f->source);
	return batch_patient_file(b, patient_of(b, &f->identitet));
}

/* ---- B13: the patients of whom a unit tells of its staff ---- */

/* The register that the batch works on; store.c writes the same (database triggers tell others). */
static void
tell_register(struct region *r, const struct fact_personal *m)
{
	struct absence away = {.staff = m->staff,
	    .from_at = m->from_at,
	    .to_at = m->to_at != INSTANT_NONE ? m->to_at : INSTANT_NEVER,
	    .ersattare = m->ersattare};

	switch (m->atgard) {
	case PERSONAL_FRANVARO:
		region_absence_put(r, &away);
		break;
	case PERSONAL_ATER:
		region_absence_end(r, m->staff, m->from_at);
		break;
	case PERSONAL_SLUTAR:
		region_leaves(r, m->staff, m->from_at);
		break;
	case PERSONAL_ATGARD_COUNT:
		break;
	}
}

/* Is a person already asked for in the patient's own file? */
static bool
is_asked_for(const struct dossier *d, unit_id unit)
{
	const struct participant *p = episode_participant_of(&d->state, unit);

	return episode_fvk(&d->state, unit) != NULL ||
	       (p != NULL && episode_begaran_open(&d->state, p));
}

/* Of a patient who is in no stay, the FVK is asked for anew in the patient's own file. */
static void
ask_for_fvk(struct batch *b, const struct affected *a)
{
	struct fact f = {.type = BEGARAN_FAST_VARDKONTAKT,
	    .sent_at = b->now,
	    .patient = a->patient,
	    .begaran = {.unit = a->unit, .at = b->now}};

	if (!fvk_is_gone(b->region, a->unit, a->staff, b->now) || is_asked_for(a->dossier, a->unit))
		return;
	dossier_number(b, a->dossier);
	take(b, a->dossier, &f, OUTCOME_APPLIED, NULL);
}

/*
 * Every patient of the unit's persons of whom it told, in this very transaction: moved to another
 * person, or a task says that one is needed.
 */
static void
look_at_patients(struct batch *b, const struct dossier *unit)
{
	for (int i = 0; i < b->affected_count; i++) {
		const struct affected *a = &b->affected[i];
		if (a->unit != unit->state.enhet || a->dossier->damaged)
			continue;
		if (a->dossier->org == 0)
			ask_for_fvk(b, a);
		if (a->dossier->episode != 0)
			decide_and_plan(b, a->dossier, NULL);
	}
}

/* ---- What is said in one of a patient's stays, or files, and tells on the others ---- */

/* How much was decided there. Nothing is written of one on which it does not tell. */
static int
look_at_other(struct batch *b, struct dossier *d, enum message_type said)
{
	if (d->damaged)
		return 0;
	int count = decide_all(b, d);
	if (count > 0 || said == FAST_KONTAKT || said == MAKULERING)
		plan_and_give(b, d, NULL, false);
	return count;
}

/* A patient's others, as far as they were looked up, each once; how much was decided there. */
static int
look_around(struct batch *b, struct dossier *d, int64_t patient, enum message_type said)
{
	if (patient == 0)
		return 0;
	if (d->org != 0)
		batch_stay_found(b, patient, d);
	else
		batch_patient(b, patient)->own_file = d;
	const struct patient_file p = *batch_patient(b, patient);
	int count = 0;

	for (int i = 0; i < p.stay_count; i++)
		if (p.stays[i] != d)
			count += look_at_other(b, p.stays[i], said);
	if (p.own_file != NULL && p.own_file != d)
		count += look_at_other(b, p.own_file, said);
	return count;
}

/* The others, when something was said in d; what is decided there may tell on d, and on them again,
 * so in rounds: how many. */
static int
look_at_others(struct batch *b, struct dossier *d, int64_t patient, enum message_type said)
{
	int rounds = 0;

	for (; rounds < ROUNDS_MAX && look_around(b, d, patient, said) > 0; rounds++)
		look_at_other(b, d, said);
	return rounds;
}

/* Of whomever a message of d named, the annulled ones too. */
static void
each_named(struct batch *b, struct dossier *d,
    int (*look)(struct batch *, struct dossier *, int64_t, enum message_type))
{
	int64_t last = 0;

	for (int i = 0; i < d->history_count; i++) {
		int64_t patient = d->history[i].fact.patient;
		if (patient != 0 && patient != last)
			look(b, d, last = patient, MAKULERING);
	}
}

/* Of the patient whose d was, and whose it is; after a makulering, of whomever a message named. */
static void
reach_others(struct batch *b, struct dossier *d, int64_t before, enum message_type said)
{
	if (said == MAKULERING)
		each_named(b, d, look_at_others);
	bool moved = before != 0 && d->state.patient != before;
	if (said == MAKULERING || !(tells_on_others(said) || d->org == 0 || moved))
		return;
	look_at_others(b, d, before, said);
	if (d->state.patient != before)
		look_at_others(b, d, d->state.patient, said);
}

/* Every other stay that names it. */
static void
follow_identity(struct batch *b, const struct dossier *d, uint64_t digest)
{
	for (struct dossier *other = b->dossiers; other != NULL; other = other->next)
		if (other != d && (other->stored || other->last_nr > 0) && !other->state.own_file &&
		    other->state.identitet == digest)
			look_at_other(b, other, PATIENT_UPPDATERAD);
}

/* G4: the stays that name an identity which is another patient's now, and, after them, what they
 * mean to each other. */
static void
look_at_moved(struct batch *b, struct dossier *d)
{
	struct identities *ids = &b->identities;

	for (int i = 0; i < ids->count && ids->moved > 0; i++) {
		struct known_identity *k = &ids->rows[i];
		if (!k->moved)
			continue;
		k->moved = false;
		ids->moved--;
		follow_identity(b, d, identity_digest(&k->identity));
		look_at_others(b, d, k->before, PATIENT_UPPDATERAD);
		look_at_others(b, d, k->patient, PATIENT_UPPDATERAD);
	}
}

/* B13: one word on a person a batch, for the register takes them all at once. */
static bool
told_of_before(const struct batch *b, staff_id staff)
{
	for (int i = 0; i < b->fact_count; i++)
		if (b->facts[i].fact.type == PERSONAL && b->facts[i].fact.personal.staff == staff)
			return true;
	return false;
}

/* A ward's has one, without a look at all units. */
static bool
has_hospital(const struct region *r, unit_id source, int64_t org)
{
	const struct unit *u = region_unit(r, source);

	if (u != NULL && u->slag == SLUTENVARD)
		return true;
	for (int i = 0; i < r->unit_count; i++)
		if (r->units[i].org == org && r->units[i].slag == SLUTENVARD)
			return true;
	return false;
}

static void
process_message(struct batch *b, int at)
{
	struct item *item = &b->items[at];
	const struct message *m = item->message;
	struct fact f = m->fact;
	struct dossier *d = item->dossier;
	const char *why = NULL;

	if (item->answer.status != 0 || doubled_in_batch(b, item))
		return;
	if (f.sent_at > b->now + TIME_AHEAD_MAX) {
		refuse(
		    item, 422, "/time", "lies more than 5 minutes ahead of this service's clock");
		return;
	}
	/* A clock that runs a little ahead must not outdo what is said after it: nothing was said
	 * later than it was recorded. */
	if (f.sent_at > b->now)
		f.sent_at = b->now;
	if (m->ref == EPISODE_NONE && d == NULL)
		d = item->dossier = own_file(b, &f);
	bool known = d != NULL && (d->stored || d->last_nr > 0);
	if (d == NULL || (m->ref == EPISODE_BY_ID &&
			     (!known || memcmp(d->uuid, m->episode, sizeof d->uuid) != 0))) {
		refuse(item, 404, "/data/episode/id", "no such episode");
		return;
	}
	if (!known && m->ref == EPISODE_BY_ENCOUNTER &&
	    !has_hospital(b->region, f.source, item->org)) {
		refuse(item, 404, "/data/episode/encounter",
		    "no such episode: encounter is a hospital's own name of a stay, and this "
		    "organisation has no hospital; name the episode by its id");
		return;
	}
	if (known && d->damaged) {
		refuse(item, 500, NULL,
		    "the stored history cannot be read; operations have been told");
		return;
	}
	if (known && m->ref != EPISODE_NONE && !may_speak(b, item, d) &&
	    (!annuls_own(d, &f, item->org) ||
		check_makulering(b->region, d, &f, item->org) != NULL)) {
		refuse(item, 404,
		    m->ref == EPISODE_BY_ID ? "/data/episode/id" : "/data/episode/encounter",
		    "no such episode");
		return;
	}
	if (f.type == KVITTENS && f.kvittens.task_nr != 0 && (why = bind_task(d, &f)) != NULL) {
		refuse(item, 422, "/data/task", why);
		return;
	}
	if (f.type == MAKULERING && annuls_personal(d, &f)) {
		refuse(item, 422, "/data/message_id",
		    "what a unit told of its staff is not annulled: send another personal");
		return;
	}
	if (f.type == MAKULERING && (why = check_makulering(b->region, d, &f, item->org)) != NULL) {
		refuse(item, 403, "/data/message_id", why);
		return;
	}
	if (f.type == PERSONAL && told_of_before(b, f.personal.staff)) {
		refuse(item, 503, NULL,
		    "another word on this person is being taken: send this one again");
		return;
	}
	const char *pointer;
	if ((why = judge_refusal(b->region, &f, &pointer)) != NULL) {
		refuse(item, 422, pointer, why);
		return;
	}
	dossier_number(b, d);
	memcpy(b->said_in, d->uuid, sizeof b->said_in);
	int64_t before = d->state.patient;
	bool was_named = episode_is_named(&d->state);
	if (f.type == SPARR)
		f.sparr.org = item->org;
	f.nr = d->last_nr + 1;
	if (says_of_identity(&f))
		add_word(b, d, &f, is_awaited_by_makulering(d, m, item->org));
	/* Whose a number is that nobody has had, is said once the stay is named. */
	f.patient = says_of_identity(&f) && !was_named ? batch_identity(b, &f.identitet)->patient
						       : patient_of(b, &f.identitet);
	struct stay stays[SURROUNDING_STAYS];
	struct surroundings s = surroundings_of(b, d, stays);
	int judged = episode_judge(&d->state, &s, &f);
	enum outcome outcome = take(b, d, &f, judged, item);
	int taken = b->fact_count - 1;
	if (d->wants_history &&
	    (f.type == MAKULERING || f.identitet.system[0] != '\0' || !was_named))
		settle_identities(b, d);
	/* B11, G1: what the others lost by what is annulled is theirs again before d decides, which
	 * may need it (a fast kontakt that the patient had). */
	if (f.type == MAKULERING)
		each_named(b, d, look_around);
	if (f.type == PERSONAL)
		tell_register(b->region, &f.personal);
	decide_and_plan(b, d, &f);
	outcome = outcome_of(&d->state, &d->given, b->region, f.type, outcome);
	if (outcome == OUTCOME_APPLIED && says_of_identity(&f) &&
	    identities_replaces_anothers(&b->identities, d->episode, f.nr))
		outcome = OUTCOME_ERSATTER_ANNANS;
	b->facts[taken].outcome = outcome;
	if (d->state.personal_count > 0)
		look_at_patients(b, d);
	reach_others(b, d, before, f.type);
	look_at_moved(b, d);
	answer(item, d, outcome);
	item->answer.missing =
	    outcome == OUTCOME_MOTTAGARE_SAKNAS ? mottagare_missing(&d->state, b->region) : 0;
	item->answer.saknas = outcome == OUTCOME_OFULLSTANDIG ? d->state.inskr.saknas : 0;
	if (f.type == SIP_KALLELSE)
		note_unreached(item, &d->state, &f.sip_kallelse, outcome);
	message_taken(b, at);
}

/* A unit's own file begins when there is something to look at in it. */
static void
open_unit_file(struct batch *b, struct dossier *d, unit_id unit)
{
	struct fact f = {.type = ENHET, .sent_at = b->now, .enhet = {.unit = unit}};

	dossier_number(b, d);
	take(b, d, &f, OUTCOME_APPLIED, NULL);
}

static void
process_instant(struct batch *b, struct item *item)
{
	struct dossier *d = item->dossier;

	item->answer.status = d->damaged ? 500 : 200;
	memset(b->said_in, 0, sizeof b->said_in);
	if (item->episode < 0 && d->episode == 0)
		open_unit_file(b, d, (unit_id)-item->episode);
	else if (!d->stored)
		return;
	if (d->damaged)
		return;
	bool decided = decide_all(b, d) > 0;
	plan_and_give(b, d, NULL, !decided);
	if (d->state.personal_count > 0)
		look_at_patients(b, d);
}

/* A word on an endpoint for its unit's feed. */
static void
process_event(struct batch *b, struct item *item)
{
	struct endpoint_event *e = &item->told;

	item->answer.status = 200;
	if (e->unit == 0)
		return;
	int64_t *head = heads_of(b->heads, e->unit);
	if (e->after_seq >= 0 && e->after_seq != *head)
		return;
	e->seq = ++*head;
}

/* In the order of the feeds' index, which is cheaper to write from one end to the other. */
static int
by_feed(const void *one, const void *other)
{
	const struct new_notice *a = one, *b = other;

	if (a->told.unit != b->told.unit)
		return a->told.unit < b->told.unit ? -1 : 1;
	return (a->seq > b->seq) - (a->seq < b->seq);
}

void
batch_process(struct batch *b)
{
	b->patients_before = b->counters->patient;
	region_expire(b->region, b->now);
	for (struct dossier *d = b->dossiers; d != NULL; d = d->next) {
		if (!d->wants_history || d->history_count == 0 || d->damaged)
			continue;
		history_bind_tasks(
		    d->history, d->history_count, d->given.tasks, d->given.task_count);
		episode_fold(&d->state, d->history, d->history_count, 0);
	}
	for (int i = 0; i < b->item_count; i++) {
		if (b->items[i].told.event != 0)
			process_event(b, &b->items[i]);
		else if (b->items[i].message != NULL)
			process_message(b, i);
		else
			process_instant(b, &b->items[i]);
	}
	if (b->notice_count > 0)
		qsort(b->notices, (size_t)b->notice_count, sizeof *b->notices, by_feed);
}
