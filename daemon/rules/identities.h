/*
 * Whose an identity is (G4), of those that a batch meets. An identity has a patient of its own from
 * the notice that first names it. A word, which a patient_uppdaterad says in a stay, makes one
 * (ersatter) give way to another: from then on it leads to whomever that one leads to. Where each
 * leads follows from all words that stand, taken in the order in which they were said; a word that
 * is annulled is as if it had not been said. Knows no SQL: store.c fills it and writes what
 * changed.
 */
#ifndef SAMORDNAD_IDENTITIES_H
#define SAMORDNAD_IDENTITIES_H

#include "episode.h"
#include "lookup.h"

#include <stdbool.h>

struct known_identity {
	struct identity identity;
	int64_t own;	 /* its own patient, by a notice; 0: none */
	int64_t patient; /* to whom it leads; 0: to nobody */
	int64_t before;	 /* while moved: to whom it led */
	int64_t ends_at; /* while words are taken: its own, or, of one that nobody had, the stay's
			    patient */
	int to;	      /* then: the place plus one of the one to which it has given way; 0: none */
	bool whole;   /* all words that bear on it are at hand */
	bool asked;   /* it is at hand so that the stays that name it can follow it */
	bool moved;   /* it leads to another, and the stays have not followed yet */
	bool changed; /* to be written */
};

/* What one message says. Identities are places in the array. */
struct identity_word {
	int named; /* the one by which the stay named its patient until then; -1: none, and it says
		      nothing yet */
	int identity;	 /* the one that the message names */
	int ersatter;	 /* the one that gives way to it; -1: none */
	int64_t episode; /* of the message, */
	int32_t nr;	 /* and its number there */
	instant sent_at; /* when it was said */
	bool annulled;
	bool changed; /* to be written */
};

struct identities {
	struct known_identity *rows;
	int count, cap;
	struct identity_word
	    *words; /* in the order in which they were said, or, of one instant, came */
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
/* Takes its place in the order. */
void identities_add(struct identities *ids, const struct identity_word *word);

/* The identity, which is nobody's, stands for this new patient. */
void identities_admit(struct identities *ids, int place, int64_t patient);
/*
 * Words were added or have changed: where each identity leads now. A word counts in a stay that
 * names somebody. What nobody has, it makes the patient's of the stay; what it replaces gives way
 * if it was the patient's of the stay: nobody moves another's identity.
 */
void identities_follow(struct identities *ids);
/* Does what this message replaces not give way, being another's? Once identities_follow took it. */
bool identities_replaces_anothers(const struct identities *ids, int64_t episode, int32_t nr);

/* Is it a patient_uppdaterad of somebody's that names an identity? */
bool says_of_identity(const struct fact *f);
/*
 * By which identity the stay named its patient until that message, by the clocks of the senders;
 * what was said before it named anybody is said of whom it named first. NULL: it names nobody yet.
 */
const struct identity *identity_named_until(const struct episode *e, const struct history *history,
    int history_count, const struct fact *word);

#endif
