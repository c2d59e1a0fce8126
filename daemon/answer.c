/* JSON answers, written by hand; see answer.h. */
#include "answer.h"

#include "document.h"
#include "http1.h"
#include "uuid.h"

#include <stdlib.h>
#include <string.h>

/* Between two values stands a comma; after an opening bracket or a colon none. */
static void
comma(struct writer *w)
{
	char last = w->len > 0 ? w->text[w->len - 1] : '[';

	if (last != '{' && last != '[' && last != ':')
		writer_literal(w, ",");
}

void
answer_open(struct writer *w, char bracket)
{
	comma(w);
	writer_raw(w, &bracket, 1);
}

void
answer_close(struct writer *w, char bracket)
{
	writer_raw(w, &bracket, 1);
}

void
answer_key(struct writer *w, const char *name)
{
	comma(w);
	writer_literal(w, "\"");
	writer_raw(w, name, strlen(name));
	writer_literal(w, "\":");
}

void
answer_null(struct writer *w, const char *name)
{
	answer_key(w, name);
	writer_literal(w, "null");
}

void
answer_text(struct writer *w, const char *name, const char *text)
{
	if (text == NULL) {
		answer_null(w, name);
		return;
	}
	answer_key(w, name);
	writer_text(w, text);
}

void
answer_instant(struct writer *w, const char *name, instant t)
{
	char text[INSTANT_TEXT_MAX];

	if (t == INSTANT_NONE || t == INSTANT_NEVER) {
		answer_null(w, name);
		return;
	}
	answer_key(w, name);
	writer_string(w, text, instant_format(t, text));
}

void
answer_int(struct writer *w, const char *name, int64_t value)
{
	answer_key(w, name);
	writer_int(w, value);
}

void
answer_bool(struct writer *w, const char *name, bool value)
{
	answer_key(w, name);
	if (value)
		writer_literal(w, "true");
	else
		writer_literal(w, "false");
}

void
answer_uuid(struct writer *w, const char *name, const uint8_t uuid[static 16])
{
	char text[UUID_TEXT_MAX];

	uuid_format(uuid, text);
	answer_text(w, name, text);
}

/* How many of the bytes are one character of UTF-8; 0: none. */
static size_t
character(const char *bytes, size_t len)
{
	for (size_t n = 1; n <= 4 && n <= len; n++)
		if (utf8_valid(bytes, n))
			return n;
	return 0;
}

void
answer_foreign(struct writer *w, const char *name, const char *bytes, size_t len)
{
	static const char replacement[] = "\xef\xbf\xbd";
	struct writer text = {0};
	size_t n;

	for (size_t i = 0; i<len; i += n> 0 ? n : 1) {
		n = character(bytes + i, len - i);
		if (n > 0)
			writer_raw(&text, bytes + i, n);
		else
			writer_raw(&text, replacement, sizeof(replacement) - 1);
	}
	answer_key(w, name);
	writer_string(w, text.text != NULL ? text.text : "", text.len);
	free(text.text);
}

void
answer_element(struct writer *w, const char *text)
{
	comma(w);
	writer_text(w, text);
}

void
answer_problem(struct writer *w, const char *id, int status, const char *detail,
    const struct message_error *errors, int error_count)
{
	answer_open(w, '{');
	if (id != NULL)
		answer_text(w, "id", id[0] != '\0' ? id : NULL);
	answer_text(w, "type", "about:blank");
	answer_text(w, "title", http1_reason(status));
	answer_int(w, "status", status);
	if (detail != NULL)
		answer_text(w, "detail", detail);
	if (error_count > 0) {
		answer_key(w, "errors");
		answer_open(w, '[');
		for (int i = 0; i < error_count; i++) {
			answer_open(w, '{');
			answer_text(w, "pointer", errors[i].pointer);
			answer_text(w, "detail", errors[i].detail);
			answer_close(w, '}');
		}
		answer_close(w, ']');
	}
	answer_close(w, '}');
}
