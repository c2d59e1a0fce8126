/*
 * A unit's documents as the register in memory has them (contract.md §3: GET /v1/units/{hsa} and
 * what lies below it). Owns how they look: the words of proto/schemas/register.json, so that what
 * was read can be sent back by PUT. Knows no HTTP and no database.
 */
#ifndef SAMORDNAD_REGISTER_VIEW_H
#define SAMORDNAD_REGISTER_VIEW_H

#include "region_file.h"
#include "rules/region.h"
#include "writer.h"

/*
 * Writes the document as one JSON object. now: by the legal clock; what has ended by then is left
 * out: persons who have left, absences, slots, decisions, policies. row: the number of the one
 * slot, decision or policy to list, ended or not and, of policies, of whatever scope; 0: as said.
 */
void register_view(const struct region *region, const struct unit *unit, enum unit_document what,
    instant now, int32_t row, struct writer *w);

#endif
