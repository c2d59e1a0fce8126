/*
 * What routes.c (the table, who may pass) and the files of handlers share: a request on its way to
 * its handler, its parameters and its answers. Nobody else includes this.
 */
#ifndef SAMORDNAD_ROUTES_INTERNAL_H
#define SAMORDNAD_ROUTES_INTERNAL_H

#include "routes.h"

#include "metrics.h"

#define PATH_PART_MAX 128 /* a decoded {part} of a path, the NUL included */
#define QUERY_VALUE_MAX 128
#define RETRY_S "5"

/*
 * Where the answer to a feed's reader goes. Owned by the wait: freed with the answer, or when the
 * client is gone.
 */
struct feed_wait {
	struct routes *routes;
	struct http_server *server;
	uint64_t request_id;
};

/* A long poll that waits for a notice. */
struct poll {
	uint64_t reader_id;
	struct feed_wait *wait;
};

struct routes {
	struct routes_parts parts;
	struct intake *intake;
	struct metrics_text metrics;
	struct poll polls[FEED_WAITERS_MAX + 1];
	int poll_count;
};

/* One request on its way to its handler. Borrowed for the call. */
struct call {
	struct routes *routes;
	struct http_server *server;
	uint64_t request_id;
	const struct http_request *request;
	const struct client *client;   /* NULL on routes open to all */
	const struct route *route;     /* once found */
	struct http1_text certificate; /* HSA-id of the client certificate; {NULL, 0}: none */
	char part[PATH_PART_MAX];      /* the {part} of the path, decoded */
	enum message_mode mode;	       /* of a body */
	bool begins;		       /* it is looked at for the first time */
};

typedef void handler(struct call *c);

/* Answers 200 with a body, or a problem with a header more (NULL: none). */
void call_answer(const struct call *c, const char *type, const char *body, size_t len);
void call_problem(
    const struct call *c, int status, const char *detail, const char *header, const char *value);
extern const char call_not_found[]; /* detail of a 404 */

/*
 * A parameter of the query, decoded; empty, or the value as it was, if it is absent. False after a
 * 400 that says what is wrong with it.
 */
bool call_parameter(const struct call *c, const char *name, char out[static QUERY_VALUE_MAX]);
bool call_parameter_number(
    const struct call *c, const char *name, int64_t least, int64_t most, int64_t *value);
/* Says in a 400 what a parameter must be, with its name; false. */
bool call_bad_parameter(const struct call *c, const char *name, const char *must);

/* A reads_done that answers; its arg is the server, which outlives every request. */
void call_read_done(
    void *arg, uint64_t request_id, enum reads_outcome outcome, const char *body, size_t len);

/* The client, and the person whom the header names; it was seen to. */
struct caller call_caller(const struct call *c);
/* The unit of an HSA-id for an admin: any unit of the register. NULL after a 404. */
const struct unit *call_any_unit(const struct call *c, const char *hsa_id);

#endif
