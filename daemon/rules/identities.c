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

void
identities_add(struct identities *ids, const struct identity_word *word)
{
	struct identity_word *w =
	    xgrow((void **)&ids->words, &ids->word_count, &ids->word_cap, sizeof *ids->words);

	for (; w > ids->words && w[-1].sent_at > word->sent_at; w--)
		*w = w[-1];
	*w = *word;
}

/* Does the way from there lead by this one? */
static bool
leads_by(const struct identities *ids, int place, int other)
{
	for (int i = 0; i < ids->count && place != other && ids->rows[place].to != 0; i++)
		place = ids->rows[place].to - 1;
	return place == other;
}

/* The last on the way; words do not lead in a ring (take_word). */
static struct known_identity *
end_of(const struct identities *ids, int place)
{
	while (ids->rows[place].to != 0)
		place = ids->rows[place].to - 1;
	return &ids->rows[place];
}

static int64_t
patient_at(const struct identities *ids, int place)
{
	const struct known_identity *end = end_of(ids, place);

	return end->whole ? end->ends_at : end->patient;
}

/* What was said before stands; one that would lead back to itself says nothing. */
static void
take_word(struct identities *ids, const struct identity_word *w)
{
	int64_t patient = w->named >= 0 ? patient_at(ids, w->named) : 0;

	if (w->annulled || patient == 0)
		return;
	if (patient_at(ids, w->identity) == 0)
		end_of(ids, w->identity)->ends_at = patient;
	if (w->ersatter < 0 || patient_at(ids, w->ersatter) != patient)
		return;
	int before = ids->rows[w->ersatter].to;
	ids->rows[w->ersatter].to = 0;
	ids->rows[w->ersatter].to =
	    leads_by(ids, w->identity, w->ersatter) ? before : w->identity + 1;
}

static void
move(struct identities *ids, struct known_identity *k, int64_t patient)
{
	if (!k->moved) {
		k->before = k->patient;
		ids->moved++;
	}
	k->patient = patient;
	k->moved = k->changed = true;
}

void
identities_follow(struct identities *ids)
{
	for (int i = 0; i < ids->count; i++) {
		ids->rows[i].to = 0;
		ids->rows[i].ends_at = ids->rows[i].own;
	}
	for (int i = 0; i < ids->word_count; i++)
		take_word(ids, &ids->words[i]);
	for (int i = 0; i < ids->count; i++) {
		struct known_identity *k = &ids->rows[i];
		int64_t patient = k->whole ? patient_at(ids, i) : k->patient;
		if (patient != k->patient)
			move(ids, k, patient);
	}
}

void
identities_admit(struct identities *ids, int place, int64_t patient)
{
	struct known_identity *k = &ids->rows[place];

	k->own = patient;
	k->changed = true;
	if (k->whole)
		identities_follow(ids);
	else /* nobody has named it: no word leads to it, or from it */
		k->patient = patient;
}

bool
identities_replaces_anothers(const struct identities *ids, int64_t episode, int32_t nr)
{
	const struct identity_word *w = identities_word(ids, episode, nr);

	return w != NULL && !w->annulled && w->named >= 0 && w->ersatter >= 0 &&
	       w->ersatter != w->identity && ids->rows[w->ersatter].to != w->identity + 1;
}

bool
says_of_identity(const struct fact *f)
{
	return f->type == PATIENT_UPPDATERAD && f->source != 0 && f->identitet.system[0] != '\0';
}

static bool
comes_before(const struct fact *f, const struct fact *other)
{
	return f->sent_at < other->sent_at || (f->sent_at == other->sent_at && f->nr < other->nr);
}

const struct identity *
identity_named_until(const struct episode *e, const struct history *history, int history_count,
    const struct fact *word)
{
	const struct fact *last = NULL, *first = NULL;
	bool noticed = false; /* before that message */

	for (int i = 0; i < history_count && episode_is_named(e); i++) {
		const struct fact *f = &history[i].fact;
		if (history[i].annulled || f->identitet.system[0] == '\0' || f->nr == word->nr)
			continue;
		if (comes_before(f, word)) {
			noticed |= !says_of_identity(f);
			last = last == NULL || comes_before(last, f) ? f : last;
		} else if (!says_of_identity(f)) {
			first = first == NULL || comes_before(f, first) ? f : first;
		}
	}
	if (!noticed && first != NULL)
		last = first;
	return last != NULL ? &last->identitet : NULL;
}
