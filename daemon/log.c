/*
 * Owns the form of a log line and the four allocators. Knows nothing of what is logged: whoever
 * calls keeps patients out of it.
 */
#include "log.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define VALUE_BYTES_MAX 200
/* One write of at most PIPE_BUF bytes is never mixed with another process's. */
#define LINE_BYTES_MAX 4096

static enum log_level level_max = LOG_INFO;

struct line {
	size_t len;
	char text[LINE_BYTES_MAX];
};

void
log_level_set(enum log_level max)
{
	level_max = max;
}

/* Room for the newline is always kept. What does not fit is left out whole. */
static bool
line_append(struct line *line, const char *text, size_t len)
{
	if (len >= sizeof(line->text) - line->len)
		return false;
	memcpy(line->text + line->len, text, len);
	line->len += len;
	return true;
}

static void
line_write(struct line *line)
{
	ssize_t written;

	line->text[line->len++] = '\n';
	do
		written = write(STDERR_FILENO, line->text, line->len);
	while (written < 0 && errno == EINTR);
}

/* How many bytes the well-formed UTF-8 character at text takes, 0 if there is none (RFC 3629). */
static size_t
utf8_character(const unsigned char *text, size_t len)
{
	static const struct {
		unsigned char lead_min, lead_max, second_min, second_max, bytes;
	} forms[] = {
	    {0x00, 0x7f, 0x00, 0xff, 1},
	    {0xc2, 0xdf, 0x80, 0xbf, 2},
	    {0xe0, 0xe0, 0xa0, 0xbf, 3},
	    {0xe1, 0xec, 0x80, 0xbf, 3},
	    {0xed, 0xed, 0x80, 0x9f, 3},
	    {0xee, 0xef, 0x80, 0xbf, 3},
	    {0xf0, 0xf0, 0x90, 0xbf, 4},
	    {0xf1, 0xf3, 0x80, 0xbf, 4},
	    {0xf4, 0xf4, 0x80, 0x8f, 4},
	};

	for (size_t i = 0; i < sizeof(forms) / sizeof(forms[0]); i++) {
		if (text[0] < forms[i].lead_min || text[0] > forms[i].lead_max)
			continue;
		if (forms[i].bytes > len)
			return 0;
		if (forms[i].bytes > 1 &&
		    (text[1] < forms[i].second_min || text[1] > forms[i].second_max))
			return 0;
		for (size_t j = 2; j < forms[i].bytes; j++)
			if ((text[j] & 0xc0) != 0x80)
				return 0;
		return forms[i].bytes;
	}
	return 0;
}

/*
 * Writes the character at text to out, escaped if it could end the line or the value or steer a
 * terminal. Returns the length written, at most 8, and in *taken how many bytes it read.
 */
static size_t
escape(const unsigned char *text, size_t len, char out[static 9], size_t *taken)
{
	static const char named[] = "\"\"\\\\\nn\rr\tt";
	size_t bytes = utf8_character(text, len);

	*taken = bytes == 0 ? 1 : bytes;
	for (const char *pair = named; *pair != '\0'; pair += 2)
		if (text[0] == (unsigned char)pair[0]) {
			out[0] = '\\';
			out[1] = pair[1];
			return 2;
		}
	if (bytes == 0 || text[0] < 0x20 || text[0] == 0x7f)
		return (size_t)snprintf(out, 9, "\\x%02x", text[0]);
	/* U+0080 to U+009F: control characters in two bytes. */
	if (text[0] == 0xc2 && text[1] < 0xa0)
		return (size_t)snprintf(out, 9, "\\x%02x\\x%02x", text[0], text[1]);
	memcpy(out, text, bytes);
	return bytes;
}

static bool
is_bare(const char *value, size_t len)
{
	if (len == 0)
		return false;
	for (size_t i = 0; i < len; i++)
		if (value[i] <= ' ' || value[i] == '=' || value[i] == '"' || value[i] == '\\' ||
		    value[i] >= 0x7f)
			return false;
	return true;
}

/* " key=value", the value quoted unless it is plain; a value that was cut ends in "...". */
static void
line_field(struct line *line, const char *key, const char *value)
{
	/* Each byte may become four; key, quotes and dots beside. */
	char field[VALUE_BYTES_MAX * 4 + 128];
	size_t len = strnlen(value, VALUE_BYTES_MAX + 1);
	bool cut = len > VALUE_BYTES_MAX;
	bool bare = !cut && is_bare(value, len);
	int head = snprintf(field, 100, " %s=%s", key, bare ? "" : "\"");
	size_t at = (size_t)head;

	require(head > 0 && head < 100);
	for (size_t i = 0; i < len;) {
		char out[9];
		size_t taken,
		    written = escape((const unsigned char *)value + i, len - i, out, &taken);

		if (i + taken + (cut ? 3 : 0) > VALUE_BYTES_MAX)
			break;
		memcpy(field + at, out, written);
		at += written;
		i += taken;
	}
	if (cut) {
		memcpy(field + at, "...", 3);
		at += 3;
	}
	if (!bare)
		field[at++] = '"';
	(void)line_append(line, field, at);
}

enum argument {
	ARGUMENT_INT,
	ARGUMENT_UNSIGNED,
	ARGUMENT_LONG,
	ARGUMENT_LONG_LONG,
	ARGUMENT_SIZE,
	ARGUMENT_DOUBLE,
	ARGUMENT_TEXT,
	ARGUMENT_NOT_KNOWN,
};

/* What one argument the only conversion of format takes. */
static enum argument
argument_of(const char *format)
{
	const char *at = strchr(format, '%');
	int longs = 0;
	bool size = false;

	if (at == NULL)
		return ARGUMENT_NOT_KNOWN;
	at += 1 + strspn(at + 1, "-+ #0123456789.");
	for (; *at == 'l' || *at == 'z'; at++)
		if (*at == 'l')
			longs++;
		else
			size = true;
	if (strchr(at, '%') != NULL || *at == '\0')
		return ARGUMENT_NOT_KNOWN;
	if (*at == 's')
		return ARGUMENT_TEXT;
	if (strchr("fge", *at) != NULL)
		return ARGUMENT_DOUBLE;
	if (strchr("diuxX", *at) == NULL)
		return ARGUMENT_NOT_KNOWN;
	if (size)
		return ARGUMENT_SIZE;
	if (longs > 0)
		return longs == 1 ? ARGUMENT_LONG : ARGUMENT_LONG_LONG;
	return *at == 'd' || *at == 'i' ? ARGUMENT_INT : ARGUMENT_UNSIGNED;
}

/* What is written is one more than a value may be long, so that the cut shows. */
#define VALUE_BUFFER_BYTES (VALUE_BYTES_MAX + 2)

static void
value_print(char out[static VALUE_BUFFER_BYTES], const char *format, va_list *arguments)
{
	const char *text;

	switch (argument_of(format)) {
	case ARGUMENT_INT:
		snprintf(out, VALUE_BUFFER_BYTES, format, va_arg(*arguments, int));
		break;
	case ARGUMENT_UNSIGNED:
		snprintf(out, VALUE_BUFFER_BYTES, format, va_arg(*arguments, unsigned));
		break;
	case ARGUMENT_LONG:
		snprintf(out, VALUE_BUFFER_BYTES, format, va_arg(*arguments, long));
		break;
	case ARGUMENT_LONG_LONG:
		snprintf(out, VALUE_BUFFER_BYTES, format, va_arg(*arguments, long long));
		break;
	case ARGUMENT_SIZE:
		snprintf(out, VALUE_BUFFER_BYTES, format, va_arg(*arguments, size_t));
		break;
	case ARGUMENT_DOUBLE:
		snprintf(out, VALUE_BUFFER_BYTES, format, va_arg(*arguments, double));
		break;
	case ARGUMENT_TEXT:
		text = va_arg(*arguments, const char *);
		snprintf(out, VALUE_BUFFER_BYTES, format, text == NULL ? "" : text);
		break;
	case ARGUMENT_NOT_KNOWN:
		log_abort("bug: a log format that is not known", __FILE__, __LINE__);
	}
}

void
log_event_(enum log_level level, const char *event, ...)
{
	struct line line = {.len = 0};
	char prefix[8], value[VALUE_BUFFER_BYTES];
	va_list arguments;
	const char *key;

	if (level > level_max)
		return;
	snprintf(prefix, sizeof(prefix), "<%d>", (int)level);
	(void)line_append(&line, prefix, strlen(prefix));
	(void)line_append(&line, "event=", 6);
	(void)line_append(&line, event, strnlen(event, 100));
	va_start(arguments, event);
	while ((key = va_arg(arguments, const char *)) != NULL) {
		value_print(value, va_arg(arguments, const char *), &arguments);
		line_field(&line, key, value);
	}
	va_end(arguments);
	line_write(&line);
}

_Noreturn void
log_abort(const char *why, const char *file, int line)
{
	log_event(LOG_ERROR, "abort", "why", "%s", why, "at", "%s", file, "line", "%d", line, NULL);
	abort();
}

void *
xmalloc(size_t size)
{
	void *memory = malloc(size > 0 ? size : 1);

	if (memory == NULL)
		log_abort("out of memory", __FILE__, __LINE__);
	return memory;
}

void *
xcalloc(size_t count, size_t size)
{
	void *memory = calloc(count > 0 ? count : 1, size > 0 ? size : 1);

	if (memory == NULL)
		log_abort("out of memory", __FILE__, __LINE__);
	return memory;
}

void *
xrealloc(void *old, size_t size)
{
	void *memory = realloc(old, size > 0 ? size : 1);

	if (memory == NULL)
		log_abort("out of memory", __FILE__, __LINE__);
	return memory;
}

void *
xgrow(void **array, int *count, int *cap, size_t size)
{
	if (*count == *cap) {
		*cap = *cap == 0 ? 16 : 2 * *cap;
		*array = xrealloc(*array, (size_t)*cap * size);
	}
	void *row = (char *)*array + (size_t)(*count)++ * size;
	memset(row, 0, size);
	return row;
}

char *
xstrdup(const char *text)
{
	char *copy = strdup(text);

	if (copy == NULL)
		log_abort("out of memory", __FILE__, __LINE__);
	return copy;
}
