/*
 * A stored fact, as it takes part in a fold: how a row of queries/door_load_facts is read, for the
 * door and for reads alike. Decides nothing.
 */
#ifndef SAMORDNAD_HISTORY_H
#define SAMORDNAD_HISTORY_H

#include "message.h"
#include "pg.h"
#include "rules/episode.h"
#include "rules/region.h"

/* h is zeros before; its numbers are set also where it is false: the body does not fit the type. */
bool history_read(struct history *h, const PGresult *rows, size_t row, const struct region *region,
    const struct message_names *names);

#endif
