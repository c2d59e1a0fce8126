/*
 * The oldest libraries that the daemon may run with: the Makefile names them (MINIMUM), and builds
 * with none that is older.
 */
#ifndef SAMORDNAD_LIBRARIES_H
#define SAMORDNAD_LIBRARIES_H

#include <stdbool.h>
#include <stddef.h>

/* As "2.1.12-stable" or "1.0": numbers between dots, compared one by one; what follows the numbers
 * does not count, and a number that is missing is 0. */
bool version_is_at_least(const char *version, const char *least);

/* Are the libraries that this process has loaded new enough? False: why says which is not. */
bool libraries_fit(char *why, size_t why_cap);

#endif
