/*
 * The access log (HSLF-FS 2016:40 4 kap. 9 §): who did what with which patient's data. Owns the
 * entries of reads, and the connection by which they are written: what was read is answered only
 * once its entries are committed; those that come meanwhile go together. The entries of messages go
 * with the messages (store.c). Knows no HTTP and not what was read.
 */
#ifndef SAMORDNAD_ACCESS_LOG_H
#define SAMORDNAD_ACCESS_LOG_H

#include "config.h"
#include "identity.h"
#include "pg.h"
#include "reads.h"

#include <stddef.h>
#include <stdint.h>

struct event_base;

/* What was done; stored by number. */
enum access_action {
	ACCESS_MESSAGE,		/* posted a message: the fact says which */
	ACCESS_EPISODE,		/* opened an episode */
	ACCESS_EPISODES_SEARCH, /* was shown it in a search */
	ACCESS_PATIENTS_SEARCH, /* was told the patient's id */
	ACCESS_CONTACTS,	/* was shown the fasta kontakter */
	ACCESS_LOG_READ,	/* was shown these entries */
	ACCESS_ACTION_COUNT
};
/* "message", "episode" …: the wire's words; static. */
const char *access_action_word(enum access_action action);

/* Of one patient's data. */
struct access_entry {
	enum access_action action;
	int64_t episode; /* 0: none, then the patient */
	int64_t patient;
	unit_id unit; /* at which; 0: of the reader's organisation as a whole */
};

/* Binds $1 to $7 of queries/access_insert; then one row after the other is put. */
struct access_rows {
	struct pg_array *client, *episode, *patient, *unit, *fact_nr, *action, *person;
};
struct access_rows access_rows_bind(struct pg_params *params);
/* fact_nr: of a message, else 0. */
void access_rows_put(struct access_rows *rows, const struct caller *caller,
    const struct access_entry *entry, int32_t fact_nr);

struct access_log;

/* config: borrowed, and outlives it. NULL, and a sentence in why: the connection string is
 * malformed. */
struct access_log *access_log_new(
    struct event_base *base, const struct config *config, char why[static PG_WHY_MAX]);
/* What waits is answered READS_AWAY first. NULL is allowed. */
void access_log_free(struct access_log *log);

/*
 * What a caller is shown, entries, is logged; then it is answered: done with READS_OK and the
 * body, or with READS_AWAY or READS_FAILED and none of it. Not from within this call, unless there
 * are no entries. The entries are copied; body, of len bytes, is taken over.
 */
void access_log_answer(struct access_log *log, const struct caller *caller,
    const struct access_entry *entries, size_t count, char *body, size_t len, uint64_t request_id,
    reads_done *done, void *arg);

#endif
