/* Where something stands in an array, by the hash of its key; equal hashes are told apart by
 * whoever looks. */
#ifndef SAMORDNAD_LOOKUP_H
#define SAMORDNAD_LOOKUP_H

#include <stddef.h>
#include <stdint.h>

struct lookup_row {
	uint64_t hash;
	uintptr_t what; /* a place in an array plus one, or a pointer; 0: free */
};
struct lookup {
	struct lookup_row *rows; /* owned: free() */
	size_t count, cap;	 /* cap: 0 or a power of two */
};

/* A text's hash, begun with another's, and a number's. */
uint64_t hash_text(uint64_t hash, const char *text);
uint64_t hash_int(int64_t value);

/* The first or, *at going on from there, the next that has this hash; 0 if there is none. *at
 * begins as the hash. */
uintptr_t lookup_next(const struct lookup *l, uint64_t hash, size_t *at);
/* what is not 0. The rows stay at most half full. */
void lookup_add(struct lookup *l, uint64_t hash, uintptr_t what);

#endif
