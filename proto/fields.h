/*
 * The data of each message, read by tables of fields (contract.md §1). Between message.c and
 * fields.c only.
 */
#ifndef SAMORDNAD_FIELDS_H
#define SAMORDNAD_FIELDS_H

#include "field.h"

/*
 * Reads `data` (NULL: absent) into r->fact, whose type and source are set, and from the wire
 * data.episode into r->message. Everything of the fact behind `identitet`, and that itself, is
 * overwritten.
 */
void fields_read(struct reading *r, const struct node *data);

/* The date of reference for identities that come at an instant of 1970 or later. */
civil_date fields_today(instant now);

#endif
