/*
 * One batch: the facts that go together, the episodes that they are about (dossiers), and what
 * comes of them. Owns the decisions between loading and storing: duplicates, who may speak of an
 * episode, folding, deciding, planning, numbering. Knows neither SQL nor the event loop; store.c
 * fills it and writes it, door.c drives it.
 */
#ifndef SAMORDNAD_BATCH_H
#define SAMORDNAD_BATCH_H

#include "door.h"
#include "lookup.h"
#include "rules/identities.h"
#include "rules/measures.h"
#include "rules/plan.h"

/* Why a message is refused whose id another one has. */
#define BATCH_ID_USED \
	"this id was used for another message of this source, which is stored: send that one " \
	"unchanged to have its answer, or give this one an id of its own"

/* What is to be told of an endpoint (sql/migrations/0008). */
struct endpoint_event {
	int64_t event;
	unit_id unit; /* 0: not found, it was told already */
	enum notice_type type;
	int64_t after_seq; /* told only if the feed still ends there; -1: in any case */
	int64_t seq;	   /* of its notice; 0: none */
};

/* A message that waits, an instant that has come (message NULL), or what is to be told of an
 * endpoint (told.event not 0; of no dossier). */
struct item {
	struct message *message; /* borrowed from its submission */
	const struct caller *caller;
	int64_t episode; /* of an instant; below 0: a unit's own file, -unit */
	struct endpoint_event told;
	int64_t org;		 /* of the sending unit */
	struct dossier *dossier; /* while in a batch */
	struct door_answer answer;
};

/* What the database knows of an episode, and what the batch makes of it. */
struct dossier {
	int64_t episode; /* 0: not numbered yet */
	uint8_t uuid[16];
	int64_t org;
	char encounter[MESSAGE_ENCOUNTER_MAX + 1];
	bool stored;	    /* a row exists */
	bool changed;	    /* something is to be written */
	bool wants_history; /* folded from its facts, not stepped */
	bool damaged;	    /* its stored facts cannot be read: nothing is done with it */
	int64_t patient;
	instant opened_at, next_due;
	int32_t last_nr;
	struct episode state;
	struct given given;
	int32_t digest;		   /* of the measures that are stored; 0: none */
	struct measures *measures; /* to be stored instead; NULL: they are the same */
	struct history *history;
	int history_count, history_cap;
	instant heard_at; /* the latest sent_at so far, while histories are chosen */
	struct dossier *next;
};

/* A patient's fasta kontakter; changed[i] marks rows[i] for writing. */
struct patient_file {
	int64_t patient;
	struct kontakt *rows;
	bool *changed;
	int count, cap;
	struct dossier *stays[STAYS_MAX]; /* the latest, of a patient of whose others a message says
					     something */
	int stay_count;
	struct dossier *own_file; /* then also, or NULL: none there */
};

struct new_fact {
	struct dossier *dossier;
	struct fact fact;
	enum outcome outcome;
	int judged;		       /* episode_judge's word, for the next fold */
	const struct message *message; /* NULL: our own */
	const struct caller *caller;
	char *body; /* our own: owned */
};

struct new_notice {
	const struct dossier *dossier;
	struct told told;
	int64_t seq;
};

/* The last seq of every unit's feed, kept by the door; index is the unit's number. */
struct heads {
	int64_t *seq;
	int cap;
};
int64_t *heads_of(struct heads *h, unit_id unit);

/* B13: a patient whose fast vårdkontakt a unit has told something of. */
struct affected {
	struct dossier *dossier; /* an open stay, or the patient's own file */
	int64_t patient;
	unit_id unit;
	staff_id staff;
};

struct counters {
	int64_t episode, patient; /* the last ones given */
};

struct batch {
	struct item *items; /* borrowed */
	int item_count;
	instant now, real_now;
	int64_t gallring_version; /* of what had been removed when it began to read */
	struct region *region;
	struct message_names names;
	struct counters *counters;
	struct heads *heads;
	struct dossier *dossiers; /* in the order in which they came */
	struct dossier **last;
	int dossier_count;
	struct lookup dossiers_by_key, dossiers_by_id, patients_by_id;
	struct lookup items_by_message; /* that were taken in this batch */
	int64_t patients_before;	/* higher numbers were given in this batch */
	struct patient_file *patients;
	int patient_count, patient_cap;
	struct identities identities;
	struct new_fact *facts;
	int fact_count, fact_cap;
	struct new_notice *notices;
	int notice_count, notice_cap;
	struct affected *affected; /* in the order in which they are looked at */
	int affected_count, affected_cap;
	uint8_t said_in[16]; /* the episode of the message that is being taken; zeros: of none */
	struct effects effects;
};

void batch_init(struct batch *b, struct item *items, int count);
void batch_free(struct batch *b);

/* Before loading: the items' dossiers, by key; asked again for a key it gives the same one. */
struct dossier *batch_dossier_by_key(struct batch *b, int64_t org, const char *encounter);
struct dossier *batch_dossier_by_id(struct batch *b, int64_t episode);
/* The one that is there; NULL: nobody asked for this episode. */
struct dossier *batch_dossier_at(const struct batch *b, int64_t episode);
/*
 * The dossier that asked for this stored episode, by number or by name, now known by both; NULL if
 * none did. If two did, the items of one go to the other, and the one stands empty.
 */
struct dossier *batch_dossier_found(
    struct batch *b, int64_t episode, int64_t org, const char *encounter);
void batch_gather(struct batch *b);
/*
 * How many of the items, from the first on, may go together, once stays and identities are known:
 * what is decided in one of a patient's stays because of what is said in another, or of the
 * identity, starts from what is stored. The rest is for the batch after.
 */
int batch_together(struct batch *b);
/* After the first load, when patients are known: the own files that messages without an episode are
 * of. */
void batch_gather_files(struct batch *b);

/* The episode in which, because of the item, what was said of identities may count, or count no
 * more (G4); 0: in none. */
int64_t batch_settles(const struct item *item);
/* G4: does the item say something of identities? Then those that it names. */
bool batch_says_of_identities(const struct item *item);
/* G4: also those that the stays named in which something is said of identities, or is annulled,
 * once the facts are loaded; false: no others. */
bool batch_gather_identities(struct batch *b);

/* The patients on whose other stays, and own files, the item's message tells; not those who are
 * new. */
struct reached {
	int64_t patient[2]; /* whose the stay was, and whom the message names */
	int count;
	bool facts; /* something that was decided there may lose its ground */
};
struct reached batch_reached(struct batch *b, const struct item *item);
/* One of the patient's stays is d; those beyond STAYS_MAX are passed over. */
void batch_stay_found(struct batch *b, int64_t patient, struct dossier *d);

/* B13: calls back with each person whose patients are to be looked at: of whom a unit tells, or, at
 * an instant, has told, and for whom that one stands in; some twice. */
void batch_each_person(const struct batch *b, void (*each)(void *arg, staff_id staff), void *arg);
/* The patient's file and the unit's, by name; a dossier that is not stored if there is none yet. */
struct dossier *batch_patient_file(struct batch *b, int64_t patient);
struct dossier *batch_unit_file(struct batch *b, unit_id unit);
/* What is known of an identity, which from now on is to be looked up. Good until another is added.
 */
struct known_identity *batch_identity(struct batch *b, const struct identity *identity);
void batch_affected_add(struct batch *b, const struct affected *a);

/* Loading: what store.c reads. */
struct patient_file *batch_patient(struct batch *b, int64_t patient);
void patient_add(struct patient_file *p, const struct kontakt *row);
struct history *dossier_history_add(struct dossier *d);

/* After the first load: which dossiers must be folded from their facts. */
void batch_choose_history(struct batch *b);

/* After loading: each item in its turn. Changes the region's loads and bookings, the counters and
 * the heads. */
void batch_process(struct batch *b);

#endif
