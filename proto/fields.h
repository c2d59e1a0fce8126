/*
 * The data of each message, read by tables of fields (contract.md §1). Between message.c and
 * fields.c only.
 */
#ifndef SAMORDNAD_FIELDS_H
#define SAMORDNAD_FIELDS_H

#include "date.h"
#include "document.h"
#include "message.h"

/* From the wire every rule of the contract holds; what is stored was taken under them, and is read
 * for its values. */
enum reading_side { READING_WIRE, READING_STORE };

/* Where a value stands, as a chain up to the event: a member's name, or (name NULL) the place in an
 * array. */
struct where {
	const struct where *up;
	const char *name; /* one of our own names: holds no '~' or '/' */
	size_t index;
};

/* One reading of one message's data. */
struct reading {
	enum reading_side side;
	const struct message_names *names;
	civil_date today;	 /* of reference for identities */
	struct fact *fact;	 /* to be filled */
	struct message *message; /* READING_WIRE: takes episode and complaints; else NULL */
	int complaint_count;
	bool task_given; /* kvittens: a task was named, of this episode */
	uint8_t task_episode[16];
};

/* Counts a complaint; from the wire notes it in the message with this status (400 outweighs 422).
 */
void complain(struct reading *r, int status, const struct where *at, const char *detail);

/*
 * Reads `data` (NULL: absent) into r->fact, whose type and source are set, and from the wire
 * data.episode into r->message. Everything of the fact behind `identitet`, and that itself, is
 * overwritten.
 */
void fields_read(struct reading *r, const struct node *data);

/* The date of reference for identities that come at an instant of 1970 or later. */
civil_date fields_today(instant now);

/* True if text[0..len) is `min` to `max` visible ASCII characters (0x21-0x7e). */
bool visible_ascii(const char *text, size_t len, size_t min, size_t max);

#endif
