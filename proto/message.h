/*
 * Messages: bytes -> CloudEvents -> facts, or the exact complaint; and the daemon's own decisions -> bytes.
 * Pure: no socket, no database. What the register knows comes in through struct message_names.
 */
#ifndef SAMORDNAD_MESSAGE_H
#define SAMORDNAD_MESSAGE_H

#include "fact.h"

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

#define MESSAGE_ENCOUNTER_MAX 64
#define MESSAGE_TRACEPARENT_MAX 55
#define MESSAGE_ERRORS_MAX 8
#define HSA_ID_MAX 31
#define POINTER_MAX 127

/* How names become numbers: the caller's register. Each returns 0 for a name that it does not know. */
struct message_names {
	unit_id (*unit)(const void *register_, const char *hsa_id);
	staff_id (*staff)(const void *register_, const char *hsa_id);
	const char *(*unit_hsa)(
	    const void *register_, unit_id unit); /* static as long as the register */
	const char *(*staff_hsa)(const void *register_, staff_id staff); /* the same */
	const void *register_;
};

/* One complaint: where (RFC 6901 pointer into the event, "/data/klar_at") and what to mend, in plain English. */
struct message_error {
	char pointer[POINTER_MAX + 1];
	const char *detail; /* static; never echoes what was sent */
};

enum episode_ref { EPISODE_NONE, EPISODE_BY_ID, EPISODE_BY_ENCOUNTER };

/* One event, read. Owns `body` (free with message_free). */
struct message {
	char id[MESSAGE_ID_MAX + 1];
	char source[HSA_ID_MAX + 1];
	char traceparent[MESSAGE_TRACEPARENT_MAX + 1]; /* or "" */
	uint8_t hash[32]; /* SHA-256 over sorted compact JSON of type, source, id, time, data */
	enum episode_ref ref;
	uint8_t episode[16];			   /* by id: the uuid */
	char encounter[MESSAGE_ENCOUNTER_MAX + 1]; /* by encounter */
	struct fact fact; /* type, source, sent_at, identitet and the data; nr and the like 0 */
	char *
	    body; /* the event's data as compact JSON with sorted keys, NUL-terminated: what is stored */
	int status; /* 0: good; 400 or 422: not taken, see errors */
	int error_count;
	struct message_error errors[MESSAGE_ERRORS_MAX];
};

/* What a reader needs besides the bytes. */
struct message_context {
	struct message_names names;
	instant now;	   /* reference date of identities; `time` at most 5 minutes ahead of it */
	size_t events_max; /* events in a batch */
};

enum message_mode { MESSAGE_STRUCTURED, MESSAGE_BATCH, MESSAGE_BINARY };

/* A ce-* header of binary mode, percent-decoded by the reader as CloudEvents' HTTP binding says. */
struct message_header {
	const char *name; /* "ce-id", any case */
	const char *value;
	size_t len;
};

/*
 * Reads a body of the given mode. On success returns the number of events (1, or 0.. in a batch) and sets *out to an
 * array of that many messages (each good or with its own complaint; free with messages_free). If the whole is no
 * JSON, too deep, of bad UTF-8, has duplicate keys, or no batch: returns -1 and sets *problem to one static sentence
 * (400), or -413 for more events than events_max.
 */
int messages_read(enum message_mode mode, const char *body, size_t len,
    const struct message_header *headers, size_t header_count,
    const struct message_context *context, struct message **out, const char **problem);
void messages_free(struct message *messages, int count);

/*
 * Reads a stored body (message.body, or fact_body's) back into f->type's data: for folding anew and for views.
 * f->type must be set. Returns false only if the stored text does not fit the type (a bug or a damaged database).
 */
bool fact_read(const char *body, size_t len, const struct message_names *names, struct fact *f);

/* The body of one of the daemon's own decisions (source 0), as compact JSON; the caller frees it with free(). */
char *fact_body(const struct fact *f, const struct message_names *names);

#endif
