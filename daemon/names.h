/* The register as proto/message asks for it: HSA-ids to numbers and back. */
#ifndef SAMORDNAD_NAMES_H
#define SAMORDNAD_NAMES_H

#include "message.h"
#include "rules/region.h"

/* Borrows the region: valid as long as it is. */
struct message_names names_of(const struct region *region);

#endif
