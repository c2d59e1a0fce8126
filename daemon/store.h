/*
 * The door's statements: a batch's loads and its one transaction, as pipelined calls. Owns which
 * columns go where; decides nothing. Parameters are kept from batch to batch, so that a batch
 * allocates little.
 */
#ifndef SAMORDNAD_STORE_H
#define SAMORDNAD_STORE_H

#include "batch.h"
#include "pg.h"

#define STORE_CALLS_MAX 32

struct store;

/* Statements in the order in which they go; sent with pg_send(pg, calls, count, …). Borrowed until
 * the next call here. */
struct store_calls {
	struct pg_call call[STORE_CALLS_MAX];
	int what[STORE_CALLS_MAX]; /* enum of store.c: which statement stands at which place */
	size_t count;
};

struct store *store_new(void);
void store_free(struct store *s);

/* The first load: clock and register version, duplicates, episodes, patients. */
const struct store_calls *store_load_first(struct store *s, const struct batch *b);
/* Takes its rows in: answers of duplicates (status 422 for another content), dossiers, identities;
 * now and real_now. */
void store_take_first(
    struct store *s, struct batch *b, const struct pg_result *result, int64_t *register_version);

/* Own files (message_home), and the stays before an admission (G2); no calls if there are none.
 * Also makes their dossiers. */
const struct store_calls *store_load_files(struct store *s, struct batch *b);
void store_take_files(struct store *s, struct batch *b, const struct pg_result *result);

/* What hangs on the episodes found; no calls if none was. */
const struct store_calls *store_load_rest(struct store *s, const struct batch *b);
void store_take_rest(struct store *s, struct batch *b, const struct pg_result *result);

/* The patients of identities that were gathered since the first load. */
const struct store_calls *store_load_identities(struct store *s, const struct batch *b);
void store_take_identities(struct store *s, struct batch *b, const struct pg_result *result);

/* Everything that a processed batch made, one transaction; no calls if it made nothing. */
const struct store_calls *store_write(struct store *s, const struct batch *b);

#endif
