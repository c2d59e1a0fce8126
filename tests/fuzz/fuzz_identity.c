/*
 * libFuzzer target for identities (G4): the first line is the system, the rest the value. What is
 * taken has a canonical form that is its own canonical form, and a birth that is not ahead; two
 * that are the same have the same digest.
 */
#include "identity.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define TODAY_TEXT "2026-11-21"

int LLVMFuzzerTestOneInput(const uint8_t *input, size_t size);

static void
check_taken(const struct identity *identity, civil_date today)
{
	struct identity again;
	civil_date birth = identity_birth_date(identity);

	if (identity_canonical(identity->system, strlen(identity->system), identity->varde,
		strlen(identity->varde), today, &again) != NULL)
		abort();
	if (again.kind != identity->kind || strcmp(again.system, identity->system) != 0 ||
	    strcmp(again.varde, identity->varde) != 0)
		abort();
	if (identity_digest(&again) != identity_digest(identity) || identity_digest(&again) == 0)
		abort();
	if (identity->kind == IDENTITY_OTHER ? birth != DATE_NONE : birth > today)
		abort();
	if (identity->kind != IDENTITY_OTHER &&
	    strspn(identity->varde, "0123456789") != 12 /* digits */)
		abort();
}

int
LLVMFuzzerTestOneInput(const uint8_t *input, size_t size)
{
	const char *text = (const char *)input;
	const char *end = size > 0 ? memchr(text, '\n', size) : NULL;
	const size_t system_len = end != NULL ? (size_t)(end - text) : size;
	const char *varde = end != NULL ? end + 1 : text + size;
	const size_t varde_len = size - (size_t)(varde - text);
	const civil_date today = date_parse(TODAY_TEXT, strlen(TODAY_TEXT));
	struct identity identity;
	const char *why = identity_canonical(text, system_len, varde, varde_len, today, &identity);

	if (why == NULL)
		check_taken(&identity, today);
	else if (*why == '\0')
		abort();
	if (identity_hsa_valid(varde, varde_len) &&
	    (varde_len >= IDENTITY_HSA_MAX || memcmp(varde, "SE", 2) != 0))
		abort();
	if (identity_kommunkod_valid(varde, varde_len) && varde_len != 4)
		abort();
	return 0;
}
