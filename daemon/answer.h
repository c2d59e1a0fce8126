/*
 * JSON answers, written by hand into a writer: commas, members, and the values that answers are
 * made of. Owns how an instant, an absent value and a problem look on the wire; knows no route
 * and no table. A comma is written where the text before it asks for one, so that callers only
 * name members.
 */
#ifndef SAMORDNAD_ANSWER_H
#define SAMORDNAD_ANSWER_H

#include "instant.h"
#include "message.h"
#include "writer.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Begins an object or array, as an element or after answer_key(); ends it. */
void answer_open(struct writer *w, char bracket);  /* '{' or '[' */
void answer_close(struct writer *w, char bracket); /* '}' or ']' */

/* Writes a member's name and its colon; a value must follow. name: plain ASCII without quotes. */
void answer_key(struct writer *w, const char *name);

/*
 * Members of an object. Absent values are written as null: text NULL, INSTANT_NONE and
 * INSTANT_NEVER.
 */
void answer_text(struct writer *w, const char *name, const char *text);
void answer_instant(struct writer *w, const char *name, instant t);
void answer_int(struct writer *w, const char *name, int64_t value);
void answer_bool(struct writer *w, const char *name, bool value);
void answer_null(struct writer *w, const char *name);
void answer_uuid(struct writer *w, const char *name, const uint8_t uuid[static 16]);

/*
 * A member of others' bytes (NULL if len is 0), of which nothing is known: what is no text is
 * replaced by U+FFFD, byte by byte.
 */
void answer_foreign(struct writer *w, const char *name, const char *bytes, size_t len);

/* An element of an array. */
void answer_element(struct writer *w, const char *text);

/*
 * RFC 9457: {"type":"about:blank","title","status","detail"} with "id" before them (the event's,
 * in a batch; "" is written as null; NULL: left out) and "errors" after them (none: left out).
 * Texts are static or valid UTF-8, and never a patient's.
 */
void answer_problem(struct writer *w, const char *id, int status, const char *detail,
    const struct message_error *errors, int error_count);

#endif
