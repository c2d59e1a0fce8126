/*
 * Changes of endpoints in the database, each in a helper thread of daemon/register_writer: checked,
 * stored whole or not at all, logged. Owns the statements that change endpoints. Knows no HTTP.
 */
#ifndef SAMORDNAD_ENDPOINT_STORE_H
#define SAMORDNAD_ENDPOINT_STORE_H

#include "config.h"
#include "endpoint_form.h"
#include "register_writer.h"

#include <stdint.h>

/* What is to be done. */
struct endpoint_wish {
	enum endpoint_verb verb;
	int64_t endpoint; /* 0 with ENDPOINT_CREATE */
	struct caller caller;
	const char *body;
	size_t len;
};

/*
 * Copies the wish, and of config what concerns where pushes may go. done as register_writer_run:
 * 201 and 200 with the endpoint (and its secret if it was made now), 204, 404, 422 with errors …
 */
bool endpoint_store(struct register_writer *writer, const struct config *config,
    const struct endpoint_wish *wish, uint64_t request_id, register_writer_done *done, void *arg);

#endif
