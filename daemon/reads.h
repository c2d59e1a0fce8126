/*
 * What may be read of episodes and tasks: one pipelined batch, one answer. Owns the statements of
 * these reads, who may see an episode, and folding a stored state of another layout anew. Knows
 * no HTTP; how an episode looks is view.c's.
 */
#ifndef SAMORDNAD_READS_H
#define SAMORDNAD_READS_H

#include "identity.h"
#include "pg.h"
#include "register.h"
#include "rules/episode.h"
#include "rules/task.h"

#include <stddef.h>
#include <stdint.h>

struct reads;

#define READS_HISTORY_MAX 500 /* messages and decisions shown of an episode: the latest */
#define READS_BODY_BYTES_MAX \
	16384		     /* a larger body is read only where it is needed, and not shown */
#define READS_TASKS_MAX 1000 /* tasks shown of an episode, and of a page */
#define READS_BREACHES_MAX 1000
#define READS_KONTAKTER_MAX 100
#define READS_TIMEOUT_MS \
	8000 /* then the connection counts as lost; below http's answer deadline \
	      */

/* Who reads. A copy, since the register may change while the database answers. */
struct reader {
	struct caller caller;
	int64_t org;
	unsigned roles; /* enum client_role */
	int unit_count; /* 0: every unit of org */
	unit_id *units; /* owned */
};
struct reader reader_of(
    const struct clients *clients, const struct client *client, const struct caller *caller);
void reader_free(struct reader *reader); /* what it owns */
/* Whether a unit of the register is the reader's. */
bool reader_has(const struct reader *who, const struct region *region, unit_id unit);
/* At which unit this is read, for the access log: the named person's, if it is the reader's; else
 * the only one that the reader has; else part, one that takes part, or 0. */
unit_id reader_at(const struct reader *who, const struct region *region, unit_id part);
/*
 * G6: only named persons open what is said of a patient with skyddade personuppgifter; to others it
 * does not exist. Named is, of one of the reader's units, whoever a ward of the hospital's
 * organisation, or a unit that takes part and has no verksamhetschef, has in the register; else
 * that unit's verksamhetschef, and who is, stands in for, or is proposed as fast vårdkontakt. True
 * of a patient who is not protected.
 */
bool reader_opens(
    const struct reader *who, const struct region *region, const struct episode *e, instant now);

/* C1a: of whose units that take part the ready notice in force is withheld from all sees the stay
 * as before it: takes it out of what was read, and is true. Of the hospital this is not asked. */
bool reader_withhold(
    const struct reader *who, const struct region *region, struct episode *e, enum phase *phase);

enum reads_outcome {
	READS_OK,	 /* 200 with body */
	READS_NOT_FOUND, /* 404: no such episode, or not this reader's to see */
	READS_AWAY,	 /* 503: the database did not answer */
	READS_FAILED	 /* 500: it answered with an error, which has been logged */
};

/* What a batch's end means; an error is logged. */
enum reads_outcome reads_outcome_of(const struct pg_result *result);

/*
 * Called exactly once, from the loop, never from within the function that asked; body is borrowed
 * until it returns.
 */
typedef void reads_done(
    void *arg, uint64_t request_id, enum reads_outcome outcome, const char *body, size_t len);

struct access_log;

/* All borrowed, and outlive it. */
struct reads *reads_new(struct pg *pg, struct register_ *reg, struct access_log *log);
/* Only when nothing is in flight: after pg was freed. NULL is allowed. */
void reads_free(struct reads *r);

/*
 * The view of an episode: its hospital sees all; a unit that takes part sees what samtycke and
 * skydd allow (G5, G6); to others it does not exist. who: taken over.
 */
void reads_episode(struct reads *r, const uint8_t uuid[static 16], struct reader who,
    uint64_t request_id, reads_done *done, void *arg);

#define TASKS_AFTER_TEXT_MAX 53 /* 52 hex digits and the NUL */

/* Where a page ended: the order of the list. */
struct tasks_after {
	instant due_at;
	uint8_t episode[16]; /* uuid */
	int16_t nr;
};
/* Reads the `next` of a page; false if it is none. */
bool tasks_after_parse(const char *text, size_t len, struct tasks_after *out);
void tasks_after_format(const struct tasks_after *after, char out[static TASKS_AFTER_TEXT_MAX]);

struct tasks_query {
	unit_id unit;
	enum task_status status;
	instant due_before;	  /* exclusive; INSTANT_NEVER: all */
	struct tasks_after after; /* due_at INSTANT_NONE: from the first */
	int limit;		  /* 1 to READS_TASKS_MAX */
};

/*
 * A page of a unit's worklist, by deadline: {"tasks": [...], "next"?}. Whether the unit is the
 * reader's was seen to; what the reader does not open (G6) has no due_at. who: taken over.
 */
void reads_tasks(struct reads *r, const struct tasks_query *query, struct reader who,
    uint64_t request_id, reads_done *done, void *arg);

/* Folds a stored state of another layout anew, for a list; facts: rows of queries/door_load_facts,
 * others' among them. False after a log: they cannot be read. */
bool reads_fold(
    struct episode *e, int64_t episode, const PGresult *facts, const struct region *region);

#endif
