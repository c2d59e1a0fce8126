/*
 * Messages: bytes -> CloudEvents -> facts, or the exact complaint; and the daemon's own decisions
 * -> bytes. Pure: no socket, no database. What the register knows comes in through struct
 * message_names. message.c reads the events (modes, attributes, hash); fields.c reads and writes
 * their data.
 */
#ifndef SAMORDNAD_MESSAGE_H
#define SAMORDNAD_MESSAGE_H

#include "fact.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define MESSAGE_ENCOUNTER_MAX 64 /* bytes */
#define MESSAGE_TRACEPARENT_MAX 55
#define MESSAGE_ERRORS_MAX 8
#define MESSAGE_HASH_BYTES 32
#define HSA_ID_MAX (IDENTITY_HSA_MAX - 1)
#define POINTER_MAX 127

/* How names become numbers: the caller's register. Each returns 0 (or NULL) for what it does not
 * know. */
struct message_names {
	unit_id (*unit)(const void *register_, const char *hsa_id);
	staff_id (*staff)(const void *register_, const char *hsa_id);
	const char *(*unit_hsa)(
	    const void *register_, unit_id unit); /* static as long as the register */
	const char *(*staff_hsa)(const void *register_, staff_id staff); /* the same */
	const void *register_;
};

/* One complaint: where (RFC 6901 pointer into the event, "/data/klar_at") and what to mend, in
 * plain English. */
struct message_error {
	char pointer[POINTER_MAX + 1];
	const char *detail; /* static; never echoes what was sent */
};

enum episode_ref { EPISODE_NONE, EPISODE_BY_ID, EPISODE_BY_ENCOUNTER };

/*
 * Where a message belongs: to an episode, which it names; to the patient's own file or the unit's
 * (B11-B13, D10), without one; or to an episode, else, if it names a patient instead, to that
 * patient's own file.
 */
enum message_home { HOME_EPISODE, HOME_PATIENT, HOME_UNIT, HOME_EPISODE_OR_PATIENT };
enum message_home message_home(enum message_type t);

/*
 * The kinds of unit that may send it (contract.md §1, `from`, and §4), a bit each; of what only the
 * daemon writes, none. A ward speaks for a hospital, any other for itself.
 */
enum {
	SENDER_HOSPITAL = 1 << SLUTENVARD,
	SENDER_VARD = 1 << PRIMARVARD | 1 << SPECIALISTOPPENVARD | 1 << KOMMUNAL_HSL,
	SENDER_MOTTAGARE = SENDER_VARD | 1 << SOCIALTJANST,
	SENDER_UNIT = SENDER_MOTTAGARE | 1 << EKONOMI,
};
unsigned message_senders(enum message_type type);

/* One event, read. Owns `body` (free with messages_free). */
struct message {
	char id[MESSAGE_ID_MAX + 1]; /* as far as it could be read, or "" */
	char source[HSA_ID_MAX + 1]; /* the same */
	char traceparent[MESSAGE_TRACEPARENT_MAX +
			 1];		  /* or "": absent or malformed (then ignored) */
	uint8_t hash[MESSAGE_HASH_BYTES]; /* SHA-256 over {data,id,source,time,type} as sorted
					     compact JSON */
	enum episode_ref ref;		  /* NONE: see message_home */
	uint8_t episode[16];		  /* by id: the uuid */
	char encounter[MESSAGE_ENCOUNTER_MAX + 1]; /* by encounter */
	/*
	 * type, source, sent_at, identitet and the data; the rest 0. source is 0 if the source is
	 * an HSA-id that the register does not know: whether it may send at all is for the caller.
	 */
	struct fact fact;
	char *body; /* the event's data as compact JSON with sorted keys and NUL: what is stored;
		       NULL if status */
	size_t body_len;
	int status; /* 0: good; 400 (no CloudEvent) or 422 (the contract's rules): not taken, see
		       errors */
	int error_count; /* 1..MESSAGE_ERRORS_MAX if status */
	struct message_error errors[MESSAGE_ERRORS_MAX];
};

/* What a reader needs besides the bytes. */
struct message_context {
	struct message_names names;
	instant now; /* 1970 or later; reference date of identities. How far ahead `time` may lie is
			the door's to judge */
	size_t events_max; /* events in a batch */
};

enum message_mode { MESSAGE_STRUCTURED, MESSAGE_BATCH, MESSAGE_BINARY };

/* A header of binary mode as it came; those that are not ce-* are passed over. */
struct message_header {
	const char *name; /* "ce-id", any case, with NUL */
	const char *value;
	size_t len;
};

/* messages_read's answer for a batch of more than events_max events (413). */
#define MESSAGES_TOO_MANY (-413)

/*
 * Reads a body of the given mode; headers are looked at in binary mode only, and decoded (quotes,
 * per cent) as CloudEvents' HTTP binding says. Returns the number of events (1, or 0.. in a batch)
 * and sets *out to an array of that many messages, each good or with its own complaints; the caller
 * frees it with messages_free (NULL for none). If the whole is no JSON, too deep, of bad UTF-8, has
 * a key twice, a number too large, or is no event or batch at all: returns -1 and sets *problem to
 * one static sentence (400), and *place to the byte of the body at which it was seen, or
 * MESSAGES_NO_PLACE. More events than events_max: MESSAGES_TOO_MANY.
 */
int messages_read(enum message_mode mode, const char *body, size_t len,
    const struct message_header *headers, size_t header_count,
    const struct message_context *context, struct message **out, const char **problem,
    size_t *place);
#define MESSAGES_NO_PLACE SIZE_MAX
void messages_free(struct message *messages, int count);

/*
 * Reads a stored body (message.body, or fact_body's) back into f->identitet and the data of
 * f->type: for folding anew and for views. f->type, source, sent_at and recorded_at must be set
 * before: the source decides whether the daemon's own fields are read, recorded_at the century of
 * an identity. Units and persons that the register no longer knows become 0. Returns false only if
 * the stored text does not fit the type (a bug or a damaged database).
 */
bool fact_read(const char *body, size_t len, const struct message_names *names, struct fact *f);

/*
 * The body of one of the daemon's own decisions (source 0; mottagare_andrad, sip_bokning,
 * fast_vardkontakt, sip_kallelse, begaran_fast_vardkontakt, tidigare_vardtillfalle, enhet,
 * avliden, makulering, patient_uppdaterad; another
 * type is a bug) as compact JSON with sorted keys; the caller frees it with free(). Every unit and
 * person that it names must be in the register. What fact_read makes of it equals f's data.
 */
char *fact_body(const struct fact *f, const struct message_names *names);

#endif
