/*
 * Searches for stays and patients, the register of fasta kontakter, and a patient's access log
 * (contract.md §3, B11). Owns their statements, folding the states that they look into, and what
 * becomes of each row. Who may see a stay is what reads.h says of one; how it looks is view.c's;
 * who may see a kontakt is rules/kontakter's. Knows no HTTP.
 */
#ifndef SAMORDNAD_SEARCH_H
#define SAMORDNAD_SEARCH_H

#include "question.h"
#include "reads.h"
#include "uuid.h"

struct search;

#define SEARCH_SCAN_MAX 1000  /* stays looked at for a page; then the page is short */
#define SEARCH_STATES_MAX 200 /* of a patient: the own file and the latest stays */
#define CONTACTS_LIMIT_MAX 1000
#define ACCESS_LIMIT_MAX 1000

/* All borrowed, and outlive it. */
struct search *search_new(struct pg *pg, struct register_ *reg, struct access_log *log);
/* Only when nothing is in flight: after pg was freed. NULL is allowed. */
void search_free(struct search *s);

/*
 * {"episodes": [...], "next"?}: the stays in which the reader's units take part, the newest first.
 * unit: the one that the question names, which is the reader's, or 0. who: taken over.
 */
void search_episodes(struct search *s, const struct question *q, unit_id unit, struct reader who,
    uint64_t request_id, reads_done *done, void *arg);

/*
 * {"patients": [{"id"}]}: none if the reader has nothing to do with whoever it is. who: taken over.
 */
void search_patients(struct search *s, const struct question *q, struct reader who,
    uint64_t request_id, reads_done *done, void *arg);

/* Where a page of fasta kontakter ended: the order of the list. */
struct contacts_after {
	int slag; /* 0: from the first */
	unit_id unit;
};

/*
 * {"contacts": [...], "next"?} of a patient's (its number) fasta kontakter that have not ended, by
 * kind and unit; not found if the reader has nothing to do with the patient. who: taken over.
 */
void search_contacts(struct search *s, int64_t patient, const struct contacts_after *after,
    int limit, struct reader who, uint64_t request_id, reads_done *done, void *arg);

/*
 * {"access_log": [...], "next"?} of a patient (its number), the newest first: what the reader's
 * units and client did, and what anybody did with the stays that are the reader's as a hospital: of
 * others' clients organisation and unit alone. after: entries of lower numbers; INT64_MAX: from the
 * newest on. Not found if the reader has nothing to do with the patient. who: taken over.
 */
void search_access_log(struct search *s, int64_t patient, int64_t after, int limit,
    struct reader who, uint64_t request_id, reads_done *done, void *arg);

#endif
