/*
 * Whose an identity is, word by word (see identities.h).
 */
#include "identities.h"

#include "log.h"

#include <stdlib.h>
#include <string.h>

void
identities_free(struct identities *ids)
{
	free(ids->rows);
	free(ids->words);
	free(ids->by_digest.rows);
	memset(ids, 0, sizeof *ids);
}

int
identities_find(const struct identities *ids, const struct identity *identity)
{
	uint64_t digest = identity_digest(identity);
	size_t at = digest;
	uintptr_t what;

	while ((what = lookup_next(&ids->by_digest, digest, &at)) != 0) {
		const struct identity *known = &ids->rows[what - 1].identity;
		if (strcmp(known->varde, identity->varde) == 0 &&
		    strcmp(known->system, identity->system) == 0)
			return (int)what - 1;
	}
	return -1;
}

int
identities_by_digest(const struct identities *ids, uint64_t digest)
{
	size_t at = digest;

	return (int)lookup_next(&ids->by_digest, digest, &at) - 1;
}

int
identities_place(struct identities *ids, const struct identity *identity)
{
	int place = identities_find(ids, identity);

	if (place >= 0)
		return place;
	struct known_identity *k =
	    xgrow((void **)&ids->rows, &ids->count, &ids->cap, sizeof *ids->rows);
	k->identity = *identity;
	lookup_add(&ids->by_digest, identity_digest(identity), (uintptr_t)ids->count);
	return ids->count - 1;
}

struct identity_word *
identities_word(const struct identities *ids, int64_t episode, int32_t nr)
{
	for (int i = 0; i < ids->word_count; i++)
		if (ids->words[i].episode == episode && ids->words[i].nr == nr)
			return &ids->words[i];
	return NULL;
}

/* To which one this one has given way by the last word on it. */
static void
find_way(struct identities *ids, int place)
{
	ids->rows[place].to = 0;
	for (int i = 0; i < ids->word_count; i++)
		if (ids->words[i].gives_way && ids->words[i].ersatter == place)
			ids->rows[place].to = ids->words[i].identity + 1;
}

struct identity_word *
identities_add(struct identities *ids, const struct identity_word *word)
{
	struct identity_word *w =
	    xgrow((void **)&ids->words, &ids->word_count, &ids->word_cap, sizeof *ids->words);

	*w = *word;
	if (w->gives_way)
		find_way(ids, w->ersatter);
	return w;
}

/* Does the way from there lead by this one? */
static bool
leads_by(const struct identities *ids, int place, int other)
{
	for (int i = 0; i < ids->count && place != other && ids->rows[place].to != 0; i++)
		place = ids->rows[place].to - 1;
	return place == other;
}

/* Where it leads in the end. What is annulled may leave words that lead in a ring: then any of it.
 */
static int
end_of(const struct identities *ids, int place)
{
	for (int i = 0; i < ids->count && ids->rows[place].to != 0; i++)
		place = ids->rows[place].to - 1;
	return place;
}

/* Of a ring the lowest, wherever it is entered. */
static int64_t
patient_at(const struct identities *ids, int place)
{
	int end = end_of(ids, place), at = end;
	int64_t patient = 0;

	do {
		int64_t own = ids->rows[at].own;
		if (own != 0 && (patient == 0 || own < patient))
			patient = own;
		at = ids->rows[at].to - 1;
	} while (at >= 0 && at != end);
	return patient;
}

/* Words have changed: where does each identity lead now? */
static void
follow(struct identities *ids)
{
	for (int i = 0; i < ids->count; i++) {
		struct known_identity *k = &ids->rows[i];
		int64_t patient = k->whole ? patient_at(ids, i) : k->patient;
		if (patient == k->patient)
			continue;
		if (!k->moved) {
			k->before = k->patient;
			ids->moved++;
		}
		k->patient = patient;
		k->moved = k->changed = true;
	}
}

static void
stand_for(struct known_identity *k, int64_t patient)
{
	k->own = patient;
	k->changed = true;
}

void
identities_admit(struct identities *ids, int place, int64_t patient)
{
	struct known_identity *k = &ids->rows[place];

	if (!k->whole) { /* nobody has named it: no word leads to it, or from it */
		stand_for(k, patient);
		k->patient = patient;
		return;
	}
	stand_for(&ids->rows[end_of(ids, place)], patient);
	follow(ids);
}

void
identities_take(struct identities *ids, struct identity_word *word, int64_t patient, bool is_theirs)
{
	struct known_identity *k = &ids->rows[word->identity];

	word->changed = true;
	word->fresh = k->patient == 0 && k->to == 0;
	if (k->patient == 0)
		stand_for(&ids->rows[end_of(ids, word->identity)], patient);
	word->gives_way = is_theirs && !leads_by(ids, word->identity, word->ersatter);
	if (word->gives_way)
		find_way(ids, word->ersatter);
	follow(ids);
}

void
identities_annul(struct identities *ids, struct identity_word *word)
{
	if (!word->fresh && !word->gives_way)
		return;
	if (word->fresh)
		stand_for(&ids->rows[word->identity], 0);
	word->fresh = word->gives_way = false;
	word->changed = true;
	if (word->ersatter >= 0)
		find_way(ids, word->ersatter);
	follow(ids);
}
