/*
 * Replay: notices that are to be sent again to an endpoint, as an admin asks for (contract.md §3:
 * POST /v1/deliveries/replay). Each runs in a helper thread of daemon/register_writer, and is
 * recorded with who asked. Owns those statements; that they are sent is push's. Knows no HTTP.
 */
#ifndef SAMORDNAD_REPLAY_H
#define SAMORDNAD_REPLAY_H

#include "register_writer.h"

#include <stddef.h>
#include <stdint.h>

#define REPLAY_MAX 100000 /* notices in one */

/* What is asked for: {"endpoint", and one of "seq", "failed_since", "missing_since"}. */
struct replay_wish {
	struct caller caller;
	const char *body;
	size_t len;
};

/* Copies the wish. done as register_writer_run: 200 with how many, 422 with errors … */
bool replay_run(struct register_writer *writer, const struct replay_wish *wish, uint64_t request_id,
    register_writer_done *done, void *arg);

#endif
