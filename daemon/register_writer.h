/*
 * PUT of a unit's documents: reads and stores each in a helper thread with a connection of its own,
 * as the verb `load` does it, one after another. Owns the thread, the queue and what is answered.
 * An answer comes once the register in memory is the new one, so that who reads next sees it. Knows
 * no route and no client.
 */
#ifndef SAMORDNAD_REGISTER_WRITER_H
#define SAMORDNAD_REGISTER_WRITER_H

#include "region_file.h"
#include "register.h"

#include <stddef.h>
#include <stdint.h>

struct event_base;
struct register_writer;

#define REGISTER_WRITES_MAX 32 /* that wait, the one under way among them; beyond it: busy */

struct register_written {
	int status;	  /* 200, 400, 422, 500, 503 */
	const char *body; /* 200: the answer; else NULL */
	size_t body_len;
	const char *detail;  /* of a problem; static; else NULL */
	const json_t *extra; /* its "errors"; or NULL */
};
/* Borrowed until it returns. Called once, from the loop; not any more after register_writer_free.
 */
typedef void register_writer_done(
    void *arg, uint64_t request_id, const struct register_written *written);

/* database: the conninfo, copied. reg: borrowed, and outlives it. */
struct register_writer *register_writer_new(
    struct event_base *base, const char *database, struct register_ *reg);
/* What is under way ends by itself. NULL is allowed. */
void register_writer_free(struct register_writer *writer);

/* What is to be written: a document of the unit hsa_id, as client sent it. */
struct register_document {
	enum unit_document what;
	const char *hsa_id, *body;
	size_t len;
	int64_t client;
};

/* Copies the document. False: too many wait, and done will not be called. */
bool register_write(struct register_writer *writer, const struct register_document *document,
    uint64_t request_id, register_writer_done *done, void *arg);

#endif
