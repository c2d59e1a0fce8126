/*
 * What was read of a region's file, or of one unit's document, into the database: all of it or
 * nothing, and what that changed. May block: for the verb `load` and for helper threads, one of
 * them at a time. Knows no file's shape, no HTTP and no command line.
 */
#ifndef SAMORDNAD_REGISTER_STORE_H
#define SAMORDNAD_REGISTER_STORE_H

#include "pg.h"
#include "region_file.h"

#include <stdint.h>

enum register_category {
	REGISTER_UNITS,
	REGISTER_HOURS,
	REGISTER_STAFF,
	REGISTER_ABSENCES,
	REGISTER_SLOTS,
	REGISTER_STANDING_DECISIONS,
	REGISTER_POLICIES,
	REGISTER_ENDPOINTS,
	REGISTER_CATEGORY_COUNT
};
/* "units", "standing decisions". */
const char *register_category_word(enum register_category category);

#define REGISTER_WHY_MAX (2 * PG_WHY_MAX + 128)

struct register_count {
	int64_t listed, added, changed, ended; /* the rest of listed was so already */
};

enum register_outcome {
	REGISTER_STORED,
	REGISTER_REFUSED, /* there were complaints; nothing was stored */
	REGISTER_AWAY,	  /* the database did not answer, or was busy: try again */
	REGISTER_FAILED	  /* it answered with an error; why says which */
};

struct register_stored {
	struct register_count count[REGISTER_CATEGORY_COUNT];
	json_t *secrets;			/* URL → a secret made here, to be shown once */
	json_t *ended[REGISTER_CATEGORY_COUNT]; /* what each was, as text; or NULL */
	int64_t version;			/* of the register, after this */
	char why[REGISTER_WHY_MAX];
};

/* Whether what was done is kept. */
enum register_end { REGISTER_COMMIT, REGISTER_TAKE_BACK };

/*
 * Stores the rows over conn, whose search path has the schema, in a transaction of its own, or does
 * all of that and takes it back; unless it returns REGISTER_STORED, conn may still be in it and is
 * to be closed. Complaints as region_file_read gives them; "" as the pointer: the whole. *out is to
 * be freed with register_stored_free in any case. If the file has endpoints, daemon/seal has keys.
 */
enum register_outcome register_store(PGconn *conn, const struct region_file *file,
    enum register_end end, region_file_complain *complain, void *arg, struct register_stored *out);
void register_stored_free(struct register_stored *stored);

#endif
