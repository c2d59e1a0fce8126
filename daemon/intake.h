/*
 * POST /v1/messages: from a body to the door and back to an answer (contract.md §1). Owns the
 * media types, who may say what, and what the answers look like. Knows no socket and no rule:
 * proto/message reads, the door decides.
 */
#ifndef SAMORDNAD_INTAKE_H
#define SAMORDNAD_INTAKE_H

#include "config.h"
#include "door.h"
#include "http.h"
#include "register.h"

/* What a 415 says in Accept-Post. */
#define INTAKE_ACCEPT_POST \
	"application/cloudevents+json, application/cloudevents-batch+json, application/json"

/* A unit was heard: a good message of it came at this instant (legal time). */
typedef void intake_heard(void *arg, unit_id unit, instant at);

struct intake;

/* All borrowed; they outlive it. heard may be NULL. */
struct intake *intake_new(const struct config *config, struct register_ *reg, struct door *door,
    intake_heard *heard, void *arg);
/* When the door has answered all. NULL is allowed. */
void intake_free(struct intake *intake);

/*
 * The mode that a Content-Type means, or -1: a media type that is not taken, or a charset that is
 * not utf-8 (415). count: how many Content-Type fields there are.
 */
int intake_mode(struct http1_text content_type, unsigned count);

/* The most bytes of a body in that mode. */
size_t intake_body_max(const struct config *config, enum message_mode mode);

/*
 * Takes a whole request of this client and answers it once, now or when the door has. client:
 * borrowed for the call. caller: it, and who stands behind it.
 */
void intake_post(struct intake *intake, struct http_server *s, uint64_t request_id,
    const struct http_request *request, enum message_mode mode, const struct client *client,
    const struct caller *caller);

/*
 * Why this client may not send this message for this source: a static sentence, and *pointer
 * where; NULL: it may. unit: the source's row, or NULL if the register has none. For the matrix
 * test.
 */
const char *intake_refusal(const struct clients *clients, const struct client *client,
    const struct unit *unit, enum message_type type, const char **pointer);

#endif
