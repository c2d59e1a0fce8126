/*
 * Text that grows, and JSON written into it (see writer.h).
 */
#include "writer.h"

#include "log.h"

#include <string.h>

#define WRITER_ROOM_MIN 256
#define INT_TEXT_MAX 20 /* -9223372036854775808 */

void
writer_reserve(struct writer *w, size_t more)
{
	size_t need = w->len + more + 1;

	if (need <= w->room)
		return;
	size_t room = w->room * 2;
	if (room < WRITER_ROOM_MIN)
		room = WRITER_ROOM_MIN;
	if (room < need)
		room = need;
	w->text = xrealloc(w->text, room);
	w->room = room;
}

void
writer_raw(struct writer *w, const char *bytes, size_t len)
{
	writer_reserve(w, len);
	memcpy(w->text + w->len, bytes, len);
	w->len += len;
	w->text[w->len] = '\0';
}

/* The escape of one byte that may not stand in a JSON string as it is. */
static void
write_escape(struct writer *w, unsigned char byte)
{
	static const char hex[] = "0123456789abcdef";
	static const char short_escape[32] = {
	    ['\b'] = 'b', ['\t'] = 't', ['\n'] = 'n', ['\f'] = 'f', ['\r'] = 'r'};
	char escape[6] = {'\\', 'u', '0', '0', hex[byte >> 4], hex[byte & 15]};

	if (byte == '"' || byte == '\\') {
		escape[1] = (char)byte;
		writer_raw(w, escape, 2);
	} else if (short_escape[byte]) {
		escape[1] = short_escape[byte];
		writer_raw(w, escape, 2);
	} else {
		writer_raw(w, escape, sizeof(escape));
	}
}

void
writer_string(struct writer *w, const char *bytes, size_t len)
{
	const char *end = bytes + len;

	writer_reserve(w, len + 2);
	w->text[w->len++] = '"';
	while (bytes < end) {
		const char *run = bytes;
		while (run < end && (unsigned char)*run >= 0x20 && *run != '"' && *run != '\\')
			run++;
		writer_raw(w, bytes, (size_t)(run - bytes));
		if (run < end)
			write_escape(w, (unsigned char)*run++);
		bytes = run;
	}
	writer_literal(w, "\"");
}

void
writer_text(struct writer *w, const char *text)
{
	writer_string(w, text, strlen(text));
}

void
writer_int(struct writer *w, int64_t value)
{
	char digits[INT_TEXT_MAX];
	size_t at = sizeof(digits);
	/* As unsigned, since the least int64_t has no positive counterpart. */
	uint64_t left = value < 0 ? 0 - (uint64_t)value : (uint64_t)value;

	do {
		digits[--at] = (char)('0' + left % 10);
		left /= 10;
	} while (left > 0);
	if (value < 0)
		digits[--at] = '-';
	writer_raw(w, digits + at, sizeof(digits) - at);
}
