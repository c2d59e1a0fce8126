/*
 * The bytes of HTTP/1.1: heads and bodies in, heads out. Owns the grammar (RFC 9110, 9112) and
 * nothing else: must not know sockets, clocks, routes or who asks. One byte, one step: an outcome
 * cannot depend on how bytes were split.
 */
#include "http1.h"

#include "date.h"

#include <stdio.h>
#include <string.h>

/* Sets of ASCII characters as bitmaps of 128. */
typedef uint64_t charset[2];

/* tchar, RFC 9110 5.6.2 */
static const charset token_chars = {0x03ff6cfa00000000, 0x57ffffffc7fffffe};
/* pchar, '/', '?' and '%', RFC 3986 3.3 and 3.4 */
static const charset target_chars = {0xaffffff200000000, 0x47fffffe87ffffff};
/* unreserved, sub-delims and '%': a reg-name, RFC 3986 3.2.2 */
static const charset host_chars = {0x2bff7ff200000000, 0x47fffffe87fffffe};

static bool
in_set(const charset set, unsigned char c)
{
	return c < 128 && (set[c >> 6] >> (c & 63) & 1);
}

static bool
is_digit(unsigned char c)
{
	return c >= '0' && c <= '9';
}

static int
hex_value(unsigned char c)
{
	if (is_digit(c))
		return c - '0';
	c |= 0x20;
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* field-vchar, SP and HTAB, RFC 9110 5.5: no NUL, no control. */
static bool
is_value_char(unsigned char c)
{
	return (c >= 0x20 && c != 0x7f) || c == '\t';
}

static unsigned char
lower(unsigned char c)
{
	return c >= 'A' && c <= 'Z' ? c | 0x20 : c;
}

static bool
same_word(const char *a, const char *b, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if (lower((unsigned char)a[i]) != lower((unsigned char)b[i]))
			return false;
	return true;
}

bool
http1_text_is(struct http1_text text, const char *word)
{
	return text.len == strlen(word) && same_word(text.at, word, text.len);
}

static struct http1_text
trimmed(struct http1_text text)
{
	while (text.len > 0 && (text.at[0] == ' ' || text.at[0] == '\t')) {
		text.at++;
		text.len--;
	}
	while (text.len > 0 && (text.at[text.len - 1] == ' ' || text.at[text.len - 1] == '\t'))
		text.len--;
	return text;
}

/*
 * Takes what stands before the next separator off *rest, the separator too; false: nothing left (at
 * is NULL).
 */
static bool
split_next(struct http1_text *rest, char separator, struct http1_text *part)
{
	if (rest->at == NULL)
		return false;
	const char *found = rest->len > 0 ? memchr(rest->at, separator, rest->len) : NULL;
	if (found == NULL) {
		*part = *rest;
		*rest = (struct http1_text){NULL, 0};
		return true;
	}
	*part = (struct http1_text){rest->at, (size_t)(found - rest->at)};
	rest->len -= part->len + 1;
	rest->at = found + 1;
	return true;
}

/* ---- The head. ---- */

enum head_state {
	/* the request line; S_START must be first and S_LINE_LF last of these */
	S_START,
	S_EMPTY_LF, /* one empty line before the request line is skipped, RFC 9112 2.2 */
	S_METHOD_START,
	S_METHOD,
	S_TARGET,
	S_VERSION,
	S_LINE_CR,
	S_LINE_LF,
	/* the fields */
	S_FIELD_START,
	S_NAME,
	S_BEFORE_VALUE,
	S_VALUE,
	S_VALUE_LF,
	S_END_LF,
};

static const char bare_lf[] = "A line must end with CR LF, not with LF alone.";
static const char bare_cr[] = "CR may stand only before LF.";

static void
head_refuse(struct http1_head *h, int status, const char *sentence)
{
	h->problem = (struct http1_problem){status, sentence};
	h->progress = HTTP1_BAD;
}

static struct http1_text
span_text(const struct http1_request *r, struct http1_span span)
{
	return (struct http1_text){r->bytes + span.at, span.len};
}

static struct http1_span
span_to(size_t from, size_t to)
{
	return (struct http1_span){(uint16_t)from, (uint16_t)(to - from)};
}

void
http1_head_start(struct http1_head *h, size_t head_bytes_max, size_t target_bytes_max)
{
	struct http1_request *r = &h->request;

	/*
	 * Not a memset of it all: the fields are most of it, and are written before they are read.
	 */
	memset(r, 0, offsetof(struct http1_request, fields));
	memset(&h->problem, 0, sizeof(*h) - offsetof(struct http1_head, problem));
	h->head_bytes_max = head_bytes_max < UINT16_MAX ? head_bytes_max : UINT16_MAX;
	h->target_bytes_max = target_bytes_max;
	h->state = S_START;
	h->progress = HTTP1_MORE;
}

static enum http1_method
method_of(struct http1_text name)
{
	static const char *const names[] = {
	    "GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"};

	/* Methods are case-sensitive, RFC 9110 9.1. */
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (strlen(names[i]) == name.len && memcmp(names[i], name.at, name.len) == 0)
			return (enum http1_method)i;
	return HTTP1_METHOD_OTHER;
}

/* uri-host [ ":" port ], RFC 3986 3.2.2 and 3.2.3; an empty host is none. */
static bool
host_is_valid(struct http1_text host)
{
	size_t i = 0;

	if (host.len > 0 && host.at[0] == '[') {
		for (i = 1; i < host.len && host.at[i] != ']'; i++)
			if (hex_value((unsigned char)host.at[i]) < 0 && host.at[i] != ':' &&
			    host.at[i] != '.')
				return false;
		if (i == host.len || i == 1)
			return false;
		i++;
	} else {
		while (i < host.len && in_set(host_chars, (unsigned char)host.at[i]))
			i++;
		if (i == 0)
			return false;
	}
	if (i < host.len && host.at[i] == ':')
		for (i++; i < host.len && is_digit((unsigned char)host.at[i]);)
			i++;
	return i == host.len;
}

/*
 * After "http://" or "https://" (RFC 9112 3.2.2): checks the authority, leaves *target at its path.
 */
static bool
absolute_form_skip(struct http1_text *target)
{
	static const char *const schemes[] = {"http://", "https://"};

	for (size_t s = 0; s < 2; s++) {
		size_t skip = strlen(schemes[s]);
		if (target->len <= skip || !same_word(target->at, schemes[s], skip))
			continue;
		size_t end = skip;
		while (end < target->len && target->at[end] != '/' && target->at[end] != '?')
			end++;
		if (!host_is_valid((struct http1_text){target->at + skip, end - skip}))
			return false;
		target->at += end;
		target->len -= end;
		return true;
	}
	return false;
}

/* Origin-form, or absolute-form, whose authority is as little use to us as Host. */
static void
target_done(struct http1_head *h)
{
	struct http1_request *r = &h->request;
	struct http1_text target = span_text(r, h->target);

	if (target.len == 1 && target.at[0] == '*') {
		if (r->method == HTTP1_OPTIONS)
			head_refuse(
			    h, 405, "The method OPTIONS is not offered for the server as a whole.");
		else
			head_refuse(h, 400, "The request target * is for OPTIONS only.");
		return;
	}
	if (target.at[0] != '/' && !absolute_form_skip(&target)) {
		head_refuse(h, 400, "The request target must be a path that begins with '/'.");
		return;
	}
	/* Others take what follows it for another protocol, not for a body. */
	if (http1_text_is(http1_method_text(r), "CONNECT")) {
		head_refuse(h, 501, "The method CONNECT is not offered.");
		return;
	}
	for (size_t i = 0; i < target.len; i++)
		if (target.at[i] == '%' &&
		    (i + 2 >= target.len || hex_value((unsigned char)target.at[i + 1]) < 0 ||
			hex_value((unsigned char)target.at[i + 2]) < 0)) {
			head_refuse(
			    h, 400, "In the request target, % must be followed by two hex digits.");
			return;
		}
	size_t at = (size_t)(target.at - r->bytes), end = at + target.len, mark = at;
	while (mark < end && r->bytes[mark] != '?')
		mark++;
	r->path = span_to(at, mark);
	if (mark < end)
		r->query = span_to(mark + 1, end);
	if (r->path.len ==
	    0) { /* "http://host": the path is "/", and one stands after the scheme */
		const char *slash = memchr(r->bytes + h->target.at, '/', h->target.len);
		r->path = span_to((size_t)(slash - r->bytes), (size_t)(slash - r->bytes) + 1);
	}
}

static void
version_byte(struct http1_head *h, unsigned char c)
{
	static const char pattern[] = "HTTP/0.0";
	size_t i = h->at - h->version_at;

	if (pattern[i] == '0' ? !is_digit(c) : c != (unsigned char)pattern[i]) {
		head_refuse(h, 400, "The request line must end with the version, HTTP/1.1.");
		return;
	}
	if (i < 7)
		return;
	if (h->request.bytes[h->version_at + 5] != '1' || c > '1') {
		head_refuse(h, 505, "The version must be HTTP/1.1 or HTTP/1.0.");
		return;
	}
	h->request.minor = c - '0';
	h->state = S_LINE_CR;
}

static void
method_byte(struct http1_head *h, unsigned char c)
{
	struct http1_request *r = &h->request;
	size_t len = h->at - r->method_span.at;

	if (c == ' ') {
		r->method_span.len = (uint16_t)len;
		r->method = method_of(span_text(r, r->method_span));
		h->target.at = (uint16_t)(h->at + 1);
		h->state = S_TARGET;
	} else if (!in_set(token_chars, c)) {
		head_refuse(h, 400, "The method must be a token, followed by one space.");
	} else if (len == HTTP1_METHOD_BYTES_MAX) {
		head_refuse(h, 501, "The method is not known.");
	}
}

static void
target_byte(struct http1_head *h, unsigned char c)
{
	size_t len = h->at - h->target.at;

	if (c == ' ' && len > 0) {
		h->target.len = (uint16_t)len;
		h->version_at = (unsigned)h->at + 1;
		h->state = S_VERSION;
	} else if (len == h->target_bytes_max) {
		head_refuse(h, 414, "The request target is too long.");
	} else if (c == '\r' || c == '\n') {
		head_refuse(h, 400, "The request line must end with the version, HTTP/1.1.");
	} else if (!in_set(target_chars, c)) {
		head_refuse(
		    h, 400, "The request target holds a character that must be percent-encoded.");
	}
}

static void
request_line_byte(struct http1_head *h, unsigned char c)
{
	switch ((enum head_state)h->state) {
	case S_START:
		if (c == '\r') {
			h->state = S_EMPTY_LF;
			break;
		}
		/* fall through */
	case S_METHOD_START:
		if (!in_set(token_chars, c)) {
			head_refuse(h, 400, "The request must begin with a method.");
			break;
		}
		h->request.method_span.at = (uint16_t)h->at;
		h->state = S_METHOD;
		break;
	case S_EMPTY_LF:
		if (c == '\n')
			h->state = S_METHOD_START;
		else
			head_refuse(h, 400, bare_cr);
		break;
	case S_METHOD:
		method_byte(h, c);
		break;
	case S_TARGET:
		target_byte(h, c);
		break;
	case S_VERSION:
		version_byte(h, c);
		break;
	case S_LINE_CR:
		if (c == '\r')
			h->state = S_LINE_LF;
		else
			head_refuse(h, 400, c == '\n' ? bare_lf : "The version must end the line.");
		break;
	case S_LINE_LF:
		h->state = S_FIELD_START;
		if (c == '\n')
			target_done(h);
		else
			head_refuse(h, 400, bare_cr);
		break;
	case S_FIELD_START:
	case S_NAME:
	case S_BEFORE_VALUE:
	case S_VALUE:
	case S_VALUE_LF:
	case S_END_LF:
		break;
	}
}

/*
 * The value of a field that frames the body, when its line has ended. A tab behind it belongs to it
 * and so spoils it: others read it so.
 */
static struct http1_text
framing_value(const struct http1_head *h, const struct http1_field *field)
{
	size_t at = field->value.at, end = h->at - 1; /* at the CR */

	while (end > at && h->request.bytes[end - 1] == ' ')
		end--;
	return span_text(&h->request, span_to(at, end));
}

/* RFC 9112 6.3: a length that two readers could understand differently is no length. */
static void
content_length_done(struct http1_head *h, struct http1_text value)
{
	struct http1_request *r = &h->request;

	if (h->length_count++ > 0) {
		head_refuse(h, 400, "Content-Length must stand only once.");
		return;
	}
	for (size_t i = 0; i < value.len; i++)
		if (!is_digit((unsigned char)value.at[i])) {
			head_refuse(h, 400, "Content-Length must be digits only.");
			return;
		}
	if (value.len == 0) {
		head_refuse(h, 400, "Content-Length must not be empty.");
		return;
	}
	if (value.len > HTTP1_LENGTH_DIGITS_MAX) {
		head_refuse(h, 413, "Content-Length is larger than any body may be.");
		return;
	}
	for (size_t i = 0; i < value.len; i++)
		r->content_length = r->content_length * 10 + (uint64_t)(value.at[i] - '0');
	r->framing = HTTP1_LENGTH;
}

static void
transfer_encoding_done(struct http1_head *h, struct http1_text value)
{
	struct http1_text rest = value, coding;
	int codings = 0, chunked = 0;
	bool last = false;

	if (h->encoding_count++ > 0) {
		head_refuse(h, 400, "Transfer-Encoding must stand only once.");
		return;
	}
	if (http1_text_is(value, "chunked")) {
		h->request.framing = HTTP1_CHUNKED;
		return;
	}
	while (split_next(&rest, ',', &coding)) {
		last = http1_text_is(trimmed(coding), "chunked");
		chunked += last;
		codings++;
	}
	/* Framed as it should be, but with a coding that we do not know: RFC 9112 6.1. */
	if (codings > 1 && chunked == 1 && last)
		head_refuse(h, 501, "The only Transfer-Encoding known is chunked.");
	else
		head_refuse(h, 400, "Transfer-Encoding must be chunked and nothing else.");
}

static void
connection_done(struct http1_head *h, struct http1_text value)
{
	struct http1_text option;

	while (split_next(&value, ',', &option))
		if (http1_text_is(trimmed(option), "close"))
			h->close_wished = true;
}

/* A field that frames or routes the request is looked at as soon as its line has ended. */
static void
field_done(struct http1_head *h)
{
	struct http1_request *r = &h->request;
	const struct http1_field *field = &r->fields[r->field_count - 1];
	struct http1_text name = span_text(r, field->name), value = span_text(r, field->value);

	switch (name.len) {
	case 4:
		if (!http1_text_is(name, "host"))
			break;
		if (h->host_count++ > 0)
			head_refuse(h, 400, "Host must stand only once.");
		else if (!host_is_valid(value))
			head_refuse(
			    h, 400, "Host must be a host name or address, and maybe a port.");
		break;
	case 6:
		if (!http1_text_is(name, "expect") || r->minor == 0)
			break;
		if (h->expect_count++ > 0 || !http1_text_is(value, "100-continue"))
			head_refuse(
			    h, 417, "The only expectation that can be met is 100-continue.");
		else
			r->expect_continue = true;
		break;
	case 10:
		if (http1_text_is(name, "connection"))
			connection_done(h, value);
		break;
	case 14:
		if (http1_text_is(name, "content-length"))
			content_length_done(h, framing_value(h, field));
		break;
	case 17:
		if (http1_text_is(name, "transfer-encoding"))
			transfer_encoding_done(h, framing_value(h, field));
		break;
	}
}

static void
head_done(struct http1_head *h)
{
	struct http1_request *r = &h->request;

	if (r->minor == 1 && h->host_count == 0) {
		head_refuse(h, 400, "Host is missing.");
	} else if (h->encoding_count > 0 && h->length_count > 0) {
		head_refuse(
		    h, 400, "Content-Length and Transfer-Encoding must not stand together.");
	} else if (h->encoding_count > 0 && r->minor == 0) {
		head_refuse(h, 400, "HTTP/1.0 knows no Transfer-Encoding.");
	} else {
		r->keep_alive = r->minor == 1 && !h->close_wished;
		r->head_len = h->at + 1;
		h->progress = HTTP1_DONE;
	}
}

static void
field_start_byte(struct http1_head *h, unsigned char c)
{
	struct http1_request *r = &h->request;

	if (c == '\r') {
		h->state = S_END_LF;
	} else if (c == ' ' || c == '\t') {
		head_refuse(h, 400, "A header line must not begin with white space (no folding).");
	} else if (c == '\n') {
		head_refuse(h, 400, bare_lf);
	} else if (!in_set(token_chars, c)) {
		head_refuse(h, 400, "A header field's name must be a token.");
	} else if (r->field_count == HTTP1_FIELDS_MAX) {
		head_refuse(h, 431, "There are too many header fields.");
	} else {
		r->fields[r->field_count++].name = span_to(h->at, h->at);
		h->state = S_NAME;
	}
}

static void
value_done(struct http1_head *h, struct http1_field *field, size_t end)
{
	while (end > field->value.at &&
	       (h->request.bytes[end - 1] == ' ' || h->request.bytes[end - 1] == '\t'))
		end--;
	field->value = span_to(field->value.at, end);
	h->state = S_VALUE_LF;
}

static void
field_line_byte(struct http1_head *h, struct http1_field *field, unsigned char c)
{
	switch ((enum head_state)h->state) {
	case S_NAME:
		if (c == ':') {
			field->name = span_to(field->name.at, h->at);
			h->state = S_BEFORE_VALUE;
		} else if (c == ' ' || c == '\t') {
			head_refuse(
			    h, 400, "There must be no white space before a header field's colon.");
		} else if (!in_set(token_chars, c)) {
			head_refuse(h, 400, "A header field's name must be a token.");
		}
		break;
	case S_BEFORE_VALUE:
		if (c == ' ' || c == '\t')
			break;
		field->value = span_to(h->at, h->at);
		h->state = S_VALUE;
		/* fall through */
	case S_VALUE:
		if (c == '\r')
			value_done(h, field, h->at);
		else if (!is_value_char(c))
			head_refuse(h, 400,
			    c == '\n' ? bare_lf
				      : "A header field's value holds a control character.");
		break;
	case S_VALUE_LF:
		h->state = S_FIELD_START;
		if (c == '\n')
			field_done(h);
		else
			head_refuse(h, 400, bare_cr);
		break;
	case S_START:
	case S_EMPTY_LF:
	case S_METHOD_START:
	case S_METHOD:
	case S_TARGET:
	case S_VERSION:
	case S_LINE_CR:
	case S_LINE_LF:
	case S_FIELD_START:
	case S_END_LF:
		break;
	}
}

static void
head_byte(struct http1_head *h, unsigned char c)
{
	struct http1_request *r = &h->request;

	if (h->state <= S_LINE_LF) {
		request_line_byte(h, c);
	} else if (h->state == S_FIELD_START) {
		field_start_byte(h, c);
	} else if (h->state == S_END_LF) {
		if (c == '\n')
			head_done(h);
		else
			head_refuse(h, 400, bare_cr);
	} else {
		field_line_byte(h, &r->fields[r->field_count - 1], c);
	}
}

enum http1_progress
http1_head_read(struct http1_head *h, const char *bytes, size_t len)
{
	size_t end = len < h->head_bytes_max ? len : h->head_bytes_max;

	h->request.bytes = bytes;
	while (h->progress == HTTP1_MORE && h->at < end) {
		head_byte(h, (unsigned char)bytes[h->at]);
		h->at++;
	}
	if (h->progress == HTTP1_MORE && h->at == h->head_bytes_max)
		head_refuse(h, 431, "The head of the request is too large.");
	return h->progress;
}

/* ---- The body. ---- */

enum body_state {
	B_LENGTH,
	B_SIZE, /* at least one digit is due */
	B_SIZE_MORE,
	B_SIZE_LF,
	B_DATA,
	B_DATA_CR,
	B_DATA_LF,
	B_TRAILER_START,
	B_TRAILER_NAME,
	B_TRAILER_VALUE,
	B_TRAILER_LF,
	B_END_LF,
};

static void
body_refuse(struct http1_body *b, int status, const char *sentence)
{
	b->problem = (struct http1_problem){status, sentence};
	b->progress = HTTP1_BAD;
}

enum http1_progress
http1_body_start(struct http1_body *b, const struct http1_request *request, uint64_t bytes_max)
{
	*b = (struct http1_body){.bytes_max = bytes_max, .progress = HTTP1_MORE, .state = B_SIZE};
	switch (request->framing) {
	case HTTP1_NO_BODY:
		b->progress = HTTP1_DONE;
		break;
	case HTTP1_LENGTH:
		b->state = B_LENGTH;
		b->left = b->total = request->content_length;
		if (b->total > bytes_max)
			body_refuse(b, 413, "The body is too large.");
		else if (b->total == 0)
			b->progress = HTTP1_DONE;
		break;
	case HTTP1_CHUNKED:
		break;
	}
	return b->progress;
}

static void
chunk_size_byte(struct http1_body *b, unsigned char c)
{
	int digit = hex_value(c);

	if (digit >= 0 && b->digits < HTTP1_CHUNK_SIZE_DIGITS_MAX) {
		b->left = b->left * 16 + (uint64_t)digit;
		b->digits++;
		b->state = B_SIZE_MORE;
	} else if (digit >= 0) {
		body_refuse(b, 400, "A chunk size must have at most eight digits.");
	} else if (c == '\r' && b->state == B_SIZE_MORE) {
		b->state = B_SIZE_LF;
	} else if (c == ';' && b->state == B_SIZE_MORE) {
		body_refuse(b, 400, "Chunk extensions are not taken.");
	} else {
		body_refuse(b, 400, "A chunk size must be hex digits, followed by CR LF.");
	}
}

static void
chunk_size_done(struct http1_body *b)
{
	b->digits = 0;
	if (b->left > b->bytes_max - b->total) {
		body_refuse(b, 413, "The body is too large.");
		return;
	}
	b->total += b->left;
	b->state = b->left > 0 ? B_DATA : B_TRAILER_START;
}

/* What frames or routes a request may not stand behind it, RFC 9110 6.5.1. */
static void
trailer_name_done(struct http1_body *b)
{
	struct http1_text name = {b->trailer_name, b->trailer_name_len};

	b->state = B_TRAILER_VALUE;
	if (http1_text_is(name, "content-length") || http1_text_is(name, "transfer-encoding") ||
	    http1_text_is(name, "host"))
		body_refuse(b, 400, "A trailer field must not frame or route the request.");
}

static void
trailer_byte(struct http1_body *b, unsigned char c)
{
	/* Told as soon as it is so, and before what the byte is. */
	if (++b->trailer_bytes > HTTP1_TRAILER_BYTES_MAX)
		body_refuse(b, 431, "The trailer of the body is too large.");
	else if (b->state == B_TRAILER_START && c == '\r')
		b->state = B_END_LF;
	else if (b->state == B_TRAILER_VALUE && c == '\r')
		b->state = B_TRAILER_LF;
	else if (b->state == B_TRAILER_NAME && c == ':')
		trailer_name_done(b);
	else if (b->state == B_TRAILER_VALUE ? !is_value_char(c) : !in_set(token_chars, c))
		body_refuse(b, 400, "A trailer field must be name: value, followed by CR LF.");
	else if (b->state != B_TRAILER_VALUE) {
		if (b->state == B_TRAILER_START)
			b->trailer_name_len = 0;
		b->state = B_TRAILER_NAME;
		if (b->trailer_name_len < sizeof(b->trailer_name))
			b->trailer_name[b->trailer_name_len++] = (char)c;
	}
}

static void
body_byte(struct http1_body *b, unsigned char c)
{
	switch ((enum body_state)b->state) {
	case B_SIZE:
	case B_SIZE_MORE:
		chunk_size_byte(b, c);
		break;
	case B_DATA_CR:
		b->state = B_DATA_LF;
		if (c != '\r')
			body_refuse(b, 400, "A chunk must end with CR LF where its size says.");
		break;
	case B_SIZE_LF:
	case B_DATA_LF:
	case B_TRAILER_LF:
	case B_END_LF:
		if (c != '\n')
			body_refuse(b, 400, bare_cr);
		else if (b->state == B_SIZE_LF)
			chunk_size_done(b);
		else if (b->state == B_END_LF)
			b->progress = HTTP1_DONE;
		else
			b->state = b->state == B_DATA_LF ? B_SIZE : B_TRAILER_START;
		break;
	case B_TRAILER_START:
	case B_TRAILER_NAME:
	case B_TRAILER_VALUE:
		trailer_byte(b, c);
		break;
	case B_LENGTH:
	case B_DATA:
		break;
	}
}

enum http1_progress
http1_body_read(
    struct http1_body *b, const char *bytes, size_t len, size_t *used, struct http1_text *data)
{
	size_t i = 0;

	*data = (struct http1_text){bytes, 0};
	while (i < len && b->progress == HTTP1_MORE) {
		if (b->state != B_LENGTH && b->state != B_DATA) {
			body_byte(b, (unsigned char)bytes[i++]);
			continue;
		}
		data->at = bytes + i;
		data->len = len - i < b->left ? len - i : (size_t)b->left;
		i += data->len;
		b->left -= data->len;
		if (b->left == 0 && b->state == B_LENGTH)
			b->progress = HTTP1_DONE;
		else if (b->left == 0)
			b->state = B_DATA_CR;
		break;
	}
	*used = i;
	return b->progress;
}

/* ---- Looking at a request. ---- */

struct http1_text
http1_method_text(const struct http1_request *request)
{
	return span_text(request, request->method_span);
}

struct http1_text
http1_path(const struct http1_request *request)
{
	return span_text(request, request->path);
}

struct http1_text
http1_query(const struct http1_request *request)
{
	return span_text(request, request->query);
}

void
http1_field(const struct http1_request *request, unsigned i, struct http1_text *name,
    struct http1_text *value)
{
	*name = span_text(request, request->fields[i].name);
	*value = span_text(request, request->fields[i].value);
}

unsigned
http1_header(const struct http1_request *request, const char *name, struct http1_text *value)
{
	size_t len = strlen(name);
	unsigned found = 0;

	*value = (struct http1_text){NULL, 0};
	for (unsigned i = 0; i < request->field_count; i++) {
		const struct http1_field *f = &request->fields[i];
		if (f->name.len != len || !same_word(request->bytes + f->name.at, name, len))
			continue;
		if (found++ == 0)
			*value = span_text(request, f->value);
	}
	return found;
}

bool
http1_media_type_is(struct http1_text value, const char *media_type)
{
	struct http1_text type;

	return split_next(&value, ';', &type) && http1_text_is(trimmed(type), media_type);
}

bool
http1_path_next(struct http1_text *path, struct http1_text *segment)
{
	if (path->at == NULL || path->len == 0)
		return false;
	if (path->at[0] == '/') {
		path->at++;
		path->len--;
	}
	const char *slash = path->len > 0 ? memchr(path->at, '/', path->len) : NULL;
	*segment = (struct http1_text){path->at, slash ? (size_t)(slash - path->at) : path->len};
	path->at += segment->len; /* the slash stays, so that "a/" has a last, empty segment */
	path->len -= segment->len;
	return true;
}

bool
http1_query_next(struct http1_text *query, struct http1_text *name, struct http1_text *value)
{
	struct http1_text pair;

	while (split_next(query, '&', &pair)) {
		if (pair.len == 0)
			continue;
		*value = pair;
		split_next(value, '=', name);
		if (value->at == NULL)
			*value = (struct http1_text){pair.at + pair.len, 0};
		return true;
	}
	return false;
}

enum http1_decoded
http1_decode(struct http1_text text, enum http1_part part, char *out, size_t cap, size_t *len)
{
	size_t n = 0;

	*len = 0;
	for (size_t i = 0; i < text.len; i++) {
		unsigned char c = (unsigned char)text.at[i];
		if (c == '%') {
			int high = i + 2 < text.len ? hex_value((unsigned char)text.at[i + 1]) : -1;
			int low = i + 2 < text.len ? hex_value((unsigned char)text.at[i + 2]) : -1;
			if (high < 0 || low < 0)
				return HTTP1_DECODE_BAD;
			c = (unsigned char)(high << 4 | low);
			i += 2;
		}
		if (c < 0x20 || c == 0x7f || (c == '/' && part == HTTP1_PATH_SEGMENT))
			return HTTP1_DECODE_BAD;
		if (n + 1 >= cap)
			return HTTP1_DECODE_LONG;
		out[n++] = (char)c;
	}
	if (n >= cap)
		return HTTP1_DECODE_LONG;
	out[n] = '\0';
	*len = n;
	return HTTP1_DECODED;
}

enum http1_parameter
http1_query_get(const struct http1_request *request, const char *name, char *out, size_t cap)
{
	struct http1_text query = http1_query(request), key, value, found = {NULL, 0};
	char decoded[64];
	size_t len;

	out[0] = '\0';
	while (http1_query_next(&query, &key, &value)) {
		/* A name may be percent-encoded too; one that does not decode here is nobody's. */
		if (http1_decode(key, HTTP1_QUERY_PART, decoded, sizeof(decoded), &len) !=
			HTTP1_DECODED ||
		    strcmp(decoded, name) != 0)
			continue;
		if (found.at != NULL)
			return HTTP1_PARAMETER_BAD;
		found = value;
	}
	if (found.at == NULL)
		return HTTP1_PARAMETER_ABSENT;
	if (http1_decode(found, HTTP1_QUERY_PART, out, cap, &len) == HTTP1_DECODED)
		return HTTP1_PARAMETER_FOUND;
	out[0] = '\0';
	return HTTP1_PARAMETER_BAD;
}

/* ---- The head of an answer. ---- */

const char *
http1_reason(int status)
{
	static const struct {
		int status;
		const char *reason;
	} table[] = {
	    {200, "OK"},
	    {201, "Created"},
	    {202, "Accepted"},
	    {204, "No Content"},
	    {304, "Not Modified"},
	    {400, "Bad Request"},
	    {401, "Unauthorized"},
	    {403, "Forbidden"},
	    {404, "Not Found"},
	    {405, "Method Not Allowed"},
	    {406, "Not Acceptable"},
	    {408, "Request Timeout"},
	    {409, "Conflict"},
	    {410, "Gone"},
	    {411, "Length Required"},
	    {412, "Precondition Failed"},
	    {413, "Content Too Large"},
	    {414, "URI Too Long"},
	    {415, "Unsupported Media Type"},
	    {417, "Expectation Failed"},
	    {422, "Unprocessable Content"},
	    {428, "Precondition Required"},
	    {429, "Too Many Requests"},
	    {431, "Request Header Fields Too Large"},
	    {500, "Internal Server Error"},
	    {501, "Not Implemented"},
	    {503, "Service Unavailable"},
	    {504, "Gateway Timeout"},
	    {505, "HTTP Version Not Supported"},
	};

	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++)
		if (table[i].status == status)
			return table[i].reason;
	return "Unknown";
}

/* Where the writer stands. full: it did not fit, or something did not belong there. */
struct writer {
	char *out;
	size_t cap;
	size_t len;
	bool full;
};

static void
put(struct writer *w, const char *text, size_t len)
{
	if (w->full || len > w->cap - w->len) {
		w->full = true;
		return;
	}
	memcpy(w->out + w->len, text, len);
	w->len += len;
}

static void
put_field(struct writer *w, const char *name, const char *value)
{
	size_t name_len = strlen(name), value_len = strlen(value);

	for (size_t i = 0; i < name_len; i++)
		if (!in_set(token_chars, (unsigned char)name[i]))
			w->full = true;
	for (size_t i = 0; i < value_len; i++)
		if (!is_value_char((unsigned char)value[i]))
			w->full = true;
	put(w, name, name_len);
	put(w, ": ", 2);
	put(w, value, value_len);
	put(w, "\r\n", 2);
}

/* Decimal digits into the end of out[0..21); returns where they begin. */
static const char *
decimal(uint64_t value, char out[static 21])
{
	char *at = out + 20;

	*at = '\0';
	do {
		*--at = (char)('0' + value % 10);
		value /= 10;
	} while (value > 0);
	return at;
}

size_t
http1_answer_write(const struct http1_answer *answer, char *out, size_t cap)
{
	struct writer w = {.out = out, .cap = cap};
	const char *reason = http1_reason(answer->status);
	char digits[21];

	if (answer->status < 200 || answer->status > 599)
		return 0;
	put(&w, "HTTP/1.1 ", 9);
	put(&w, decimal((uint64_t)answer->status, digits), 3);
	put(&w, " ", 1);
	put(&w, reason, strlen(reason));
	put(&w, "\r\n", 2);
	if (answer->date != NULL)
		put_field(&w, "Date", answer->date);
	if (answer->content_type != NULL)
		put_field(&w, "Content-Type", answer->content_type);
	if (answer->status != 204)
		put_field(&w, "Content-Length", decimal(answer->content_length, digits));
	for (const struct http1_pair *p = answer->extra; p != NULL && p->name != NULL; p++)
		put_field(&w, p->name, p->value);
	if (answer->connection == HTTP1_CLOSE)
		put_field(&w, "Connection", "close");
	put(&w, "\r\n", 2);
	return w.full ? 0 : w.len;
}

void
http1_date_format(int64_t unix_s, char out[static HTTP1_DATE_TEXT_MAX])
{
	static const char days[] = "MonTueWedThuFriSatSun";
	static const char months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
	civil_date date = (civil_date)(unix_s / 86400);
	struct date_parts parts = date_split(date);
	int second = (int)(unix_s % 86400);
	char text[64];

	snprintf(text, sizeof(text), "%.3s, %02d %.3s %04d %02d:%02d:%02d GMT",
	    days + 3 * (int)date_weekday(date), parts.day, months + 3 * (parts.month - 1),
	    parts.year, second / 3600, second / 60 % 60, second % 60);
	memcpy(out, text, HTTP1_DATE_TEXT_MAX - 1);
	out[HTTP1_DATE_TEXT_MAX - 1] = '\0';
}
