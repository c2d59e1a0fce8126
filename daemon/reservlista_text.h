/*
 * The list on paper for when samordnad is down (reservrutin): what it says, as plain text. Pure:
 * the answers of the reads in, text out; it adds nothing to what the reads let the unit see, and of
 * patients with skyddade personuppgifter (G6) it writes the episode's id alone.
 */
#ifndef SAMORDNAD_RESERVLISTA_TEXT_H
#define SAMORDNAD_RESERVLISTA_TEXT_H

#include "instant.h"

#include <jansson.h>

struct reservlista {
	const char *unit;	/* HSA-id */
	instant made_at;	/* by the legal clock, as the deadlines are */
	const json_t *tasks;	/* of GET /v1/tasks: the unit's open ones, by deadline */
	const json_t *episodes; /* of GET /v1/episodes/{id}, in any order; of one that the unit may
				   not open, or whose it is alone, {"id"} */
};

/*
 * UTF-8 in fixed columns, at most RESERVLISTA_COLUMNS wide where the texts in it allow; the
 * caller's to free. Episodes stand by the deadline of the first task in each; those whose deadlines
 * are not told (G6) come first, those without a task last, by expected discharge. What does not
 * have the members that the contract gives it is shown without them.
 */
#define RESERVLISTA_COLUMNS 96
char *reservlista_text(const struct reservlista *list);

#endif
