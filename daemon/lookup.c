/*
 * Hash tables with open addressing (see lookup.h).
 */
#include "lookup.h"

#include "log.h"

#include <stdlib.h>

uint64_t
hash_text(uint64_t hash, const char *text)
{
	for (; *text != '\0'; text++)
		hash = (hash ^ (uint8_t)*text) * UINT64_C(0x100000001b3);
	return hash;
}

uint64_t
hash_int(int64_t value)
{
	uint64_t x = (uint64_t)value * UINT64_C(0x9e3779b97f4a7c15);
	return x ^ x >> 32;
}

uintptr_t
lookup_next(const struct lookup *l, uint64_t hash, size_t *at)
{
	if (l->cap == 0)
		return 0;
	for (;; ++*at) {
		const struct lookup_row *row = &l->rows[*at & (l->cap - 1)];
		if (row->what == 0)
			return 0;
		if (row->hash == hash) {
			++*at;
			return row->what;
		}
	}
}

static void
lookup_put(struct lookup *l, uint64_t hash, uintptr_t what)
{
	size_t at = hash;

	while (l->rows[at & (l->cap - 1)].what != 0)
		at++;
	l->rows[at & (l->cap - 1)] = (struct lookup_row){hash, what};
}

void
lookup_add(struct lookup *l, uint64_t hash, uintptr_t what)
{
	struct lookup old = *l;

	if (2 * ++l->count > l->cap) {
		l->cap = old.cap == 0 ? 256 : 2 * old.cap;
		l->rows = xcalloc(l->cap, sizeof *l->rows);
		for (size_t i = 0; i < old.cap; i++)
			if (old.rows[i].what != 0)
				lookup_put(l, old.rows[i].hash, old.rows[i].what);
		free(old.rows);
	}
	lookup_put(l, hash, what);
}
