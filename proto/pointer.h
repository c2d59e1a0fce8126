/*
 * JSON Pointer (RFC 6901): where in a document a complaint points to.
 */
#ifndef SAMORDNAD_POINTER_H
#define SAMORDNAD_POINTER_H

#include <stddef.h>

#define POINTER_TOKEN_MAX \
	64 /* bytes of a name that are shown: more than the longest that is known */

/*
 * Appends "/" and the name of a member, escaped, to pointer, an array of size bytes that holds a
 * text. name: UTF-8; of one that is too long only the whole characters that fit. Returns the length
 * that pointer had before, to cut it there again.
 */
size_t pointer_enter(char *pointer, size_t size, const char *name);

#endif
