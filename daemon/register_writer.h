/*
 * PUT of a unit's documents: reads and stores each in a helper thread with a connection of its own,
 * as the verb `load` does it, one after another. Owns the thread, the queue and what is answered.
 * An answer comes once the register in memory is the new one, so that who reads next sees it. Other
 * writes that may block are handed in as jobs. Knows no route and no client.
 */
#ifndef SAMORDNAD_REGISTER_WRITER_H
#define SAMORDNAD_REGISTER_WRITER_H

#include "clients.h"
#include "region_file.h"
#include "register.h"
#include "register_store.h"
#include "writer.h"

#include <stddef.h>
#include <stdint.h>

struct event_base;
struct register_writer;

#define REGISTER_WRITES_MAX 32 /* that wait, the one under way among them; beyond it: busy */

struct register_written {
	int status;	  /* 200, 201, 204, 400, 404, 422, 500, 503 */
	const char *body; /* 200, 201: the answer; else NULL */
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
	enum unit_slag slag; /* the unit's; UNIT_ITSELF says it itself */
	const char *hsa_id, *body;
	size_t len;
	struct caller caller;
};

/* Copies the document. False: too many wait, and done will not be called. */
bool register_write(struct register_writer *writer, const struct register_document *document,
    uint64_t request_id, register_writer_done *done, void *arg);

/* What came of a write; zero at first. */
struct register_told {
	int status; /* as in register_written */
	const char *detail;
	json_t *errors; /* [{pointer, detail}], or NULL */
	struct writer body;
	int64_t version; /* of the register, to be waited for; 0: none */
};
/* Ends it with a problem; detail is static. */
void register_told_fail(struct register_told *told, int status, const char *detail);
/* Adds a complaint, and makes it a 422. arg is the struct: fits region_file_complain. */
void register_told_complain(const char *pointer, const char *what, void *arg);
/* Tells of a statement that failed; what is a bug is logged. */
void register_told_result(
    struct register_told *told, const char *statement, const struct pg_result *result);
/*
 * Connects for a write, with limits on its time, in the name of who calls (0020); NULL: it has been
 * told. PQfinish() closes.
 */
PGconn *register_writer_connect(
    const char *database, const struct caller *caller, struct register_told *told);

/*
 * A write of another kind. run is called in the thread: it touches nothing of the loop's. Both get
 * input; free comes after it, or instead of it, from either.
 */
struct register_job {
	void (*run)(void *input, const char *database, struct register_told *told);
	void (*free)(void *input);
	void *input;
};
/* False: too many wait, and done will not be called; the input stays the caller's. */
bool register_writer_run(struct register_writer *writer, const struct register_job *job,
    uint64_t request_id, register_writer_done *done, void *arg);

#endif
