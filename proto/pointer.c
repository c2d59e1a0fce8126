/* JSON Pointer; see pointer.h. */
#include "pointer.h"

#include <stdbool.h>
#include <string.h>

/* A byte of UTF-8 that goes on with a character. */
static bool
goes_on(char c)
{
	return ((unsigned char)c & 0xc0) == 0x80;
}

/* Appends the first count bytes of text if they fit. */
static bool
append(char *pointer, size_t size, size_t *len, const char *text, size_t count)
{
	if (*len + count >= size)
		return false;
	memcpy(pointer + *len, text, count);
	*len += count;
	pointer[*len] = '\0';
	return true;
}

size_t
pointer_enter(char *pointer, size_t size, const char *name)
{
	size_t before = strlen(pointer), len = before, count;

	if (!append(pointer, size, &len, "/", 1))
		return before;
	for (const char *c = name; *c != '\0'; c += count) {
		const char *text = *c == '~' ? "~0" : *c == '/' ? "~1" : c;

		for (count = 1; goes_on(c[count]);)
			count++;
		if ((size_t)(c - name) + count > POINTER_TOKEN_MAX ||
		    !append(pointer, size, &len, text, text == c ? count : 2))
			break;
	}
	return before;
}
