/*
 * The bodies of searches (contract.md §3): bytes to a question, or the exact complaint. Identities
 * stand in bodies so that no URL and no log holds one. Knows no HTTP, no database and no register.
 */
#ifndef SAMORDNAD_QUESTION_H
#define SAMORDNAD_QUESTION_H

#include "identity.h"
#include "message.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define QUESTION_BYTES_MAX 16384 /* of a body */
#define QUESTION_LIMIT_MAX 200	 /* episodes of a page */
#define QUESTION_LIMIT_DEFAULT 100
#define QUESTION_AFTER_TEXT_MAX 17 /* 16 hex digits and the NUL */

enum question_kind {
	QUESTION_EPISODES, /* {patient: {identitet}?, unit?, state?, after?, limit?} */
	QUESTION_PATIENTS  /* {identitet} */
};

struct question {
	bool has_identitet;
	struct identity identitet;
	char unit[IDENTITY_HSA_MAX]; /* or "" */
	unsigned phases;	     /* a bit for each enum phase; 0: all */
	int64_t after; /* episodes with lower numbers; INT64_MAX: from the newest on */
	int limit;     /* 1 to QUESTION_LIMIT_MAX */
};

/*
 * Reads a body. today: for identities of ten digits. 0 and *out; else 400 or 422, and *error says
 * where and what to mend (no pointer with 400).
 */
int question_read(enum question_kind kind, const char *body, size_t len, civil_date today,
    struct question *out, struct message_error *error);

/* Where a page ended, as its `next`. */
void question_after_format(int64_t after, char out[static QUESTION_AFTER_TEXT_MAX]);

#endif
