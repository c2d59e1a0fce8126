/*
 * Whose an identity is (G4), of those that a batch meets. An identity has a patient of its own from
 * the message that first names it. A word, which a patient_uppdaterad says, makes it (ersatter)
 * give way to another: from then on it leads to whomever that one leads to. Of several words on one
 * identity the last counts; a word that is annulled is as if it had not been said. Knows
 * no SQL: store.c fills it and writes what changed.
 */
#ifndef SAMORDNAD_IDENTITIES_H
#define SAMORDNAD_IDENTITIES_H

#include "identity.h"
#include "lookup.h"

#include <stdbool.h>

struct known_identity {
	struct identity identity;
	int64_t own;	 /* the patient that it stands for by itself; 0: none */
	int64_t patient; /* to whom it leads; 0: to nobody */
	int64_t before;	 /* while moved: to whom it led */
	bool moved;	 /* it leads to another, and the stays have not been looked at yet */
	int to;		 /* to which it has given way: the place plus one; 0: to none */
	bool whole;	 /* all words on it, and on what it leads to, are at hand */
	bool changed;	 /* to be written */
};

/* Places in the array of identities. Words stand in the order in which they were said. */
struct identity_word {
	int identity;	 /* the one that the message names */
	int ersatter;	 /* the one that gives way to it; -1: none */
	int64_t episode; /* of the message, */
	int32_t nr;	 /* and its number there */
	bool fresh;	 /* nobody had the identity: the stay's patient is its own by this word */
	bool gives_way;	 /* ersatter does, by this word */
	bool changed;	 /* to be written */
};

struct identities {
	struct known_identity *rows;
	int count, cap;
	struct identity_word *words;
	int word_count, word_cap;
	struct lookup by_digest;
	int moved; /* how many are */
};

void identities_free(struct identities *ids);

/* The place of the identity, which is added if it is not there; nobody's, until store.c knows. */
int identities_place(struct identities *ids, const struct identity *identity);
/* The place, or -1. */
int identities_find(const struct identities *ids, const struct identity *identity);
/* The place of one of that digest (identity_digest), or -1. */
int identities_by_digest(const struct identities *ids, uint64_t digest);

/* The word that this message said, or NULL. Good until another is added. */
struct identity_word *identities_word(const struct identities *ids, int64_t episode, int32_t nr);
/* Adds a word as it is; a new one counts only once it is taken. */
struct identity_word *identities_add(struct identities *ids, const struct identity_word *word);

/* The identity stands for this new patient. */
void identities_admit(struct identities *ids, int place, int64_t patient);
/*
 * The word counts from now on. patient: the stay's, which an identity that nobody has stands for.
 * is_theirs: ersatter leads to the patient of the stay: nobody moves another's identity.
 */
void identities_take(
    struct identities *ids, struct identity_word *word, int64_t patient, bool is_theirs);
void identities_annul(struct identities *ids, struct identity_word *word);

#endif
