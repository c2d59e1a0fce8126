/*
 * A JSON document, read strictly into a tree (see document.h). The text is copied once; strings are
 * unescaped in that copy, which they never outgrow, and get their NUL where the closing quote was.
 * A NUL behind the copy stops every loop, so that no step needs to ask for the end.
 */
#include "document.h"

#include "log.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define CHUNK_NODES_MIN 64
#define CHUNK_NODES_MAX 4096
#define INT_DIGITS_SAFE 18 /* any integer of so many characters fits 64 bits */

/* Nodes never move, so that they may point to each other: memory grows by chunks. */
struct chunk {
	struct chunk *next;
	size_t used, room;
	struct node nodes[];
};

struct document {
	struct chunk *chunks; /* the one in use first */
	size_t values;
	struct node *root;
	char text[];
};

struct parser {
	struct document *document;
	char *at;
	const char *end; /* where the sentinel stands */
	int depth;
	const char *problem; /* the first one */
	const char *place;   /* where it was seen */
};

static const char not_json[] = "the body is not well-formed JSON";

static bool parse_value(struct parser *p, struct node *node);

static bool
fail(struct parser *p, const char *problem)
{
	if (p->problem == NULL) {
		p->problem = problem;
		p->place = p->at;
	}
	return false;
}

static struct node *
node_new(struct parser *p)
{
	struct document *d = p->document;
	struct chunk *c = d->chunks;

	if (d->values >= DOCUMENT_VALUES_MAX) {
		fail(p, "the JSON holds more than 262144 values");
		return NULL;
	}
	if (c == NULL || c->used == c->room) {
		size_t room = c == NULL ? CHUNK_NODES_MIN : c->room * 2;
		if (room > CHUNK_NODES_MAX)
			room = CHUNK_NODES_MAX;
		c = xmalloc(sizeof(*c) + room * sizeof(c->nodes[0]));
		c->next = d->chunks;
		c->used = 0;
		c->room = room;
		d->chunks = c;
	}
	d->values++;
	struct node *node = &c->nodes[c->used++];
	*node = (struct node){.kind = NODE_NULL};
	return node;
}

static void
skip_space(struct parser *p)
{
	while (*p->at == ' ' || *p->at == '\n' || *p->at == '\t' || *p->at == '\r')
		p->at++;
}

/*
 * The length of the UTF-8 character of more than one byte at s, or 0 if there is none: too long a
 * form, a surrogate, or beyond U+10FFFF (RFC 3629). Stops at a NUL, so it never reads behind one.
 */
static size_t
utf8_char(const unsigned char *s)
{
	unsigned char low = 0x80, high = 0xbf;
	size_t len;

	if (s[0] >= 0xc2 && s[0] <= 0xdf) {
		len = 2;
	} else if (s[0] >= 0xe0 && s[0] <= 0xef) {
		len = 3;
		low = s[0] == 0xe0 ? 0xa0 : 0x80;
		high = s[0] == 0xed ? 0x9f : 0xbf;
	} else if (s[0] >= 0xf0 && s[0] <= 0xf4) {
		len = 4;
		low = s[0] == 0xf0 ? 0x90 : 0x80;
		high = s[0] == 0xf4 ? 0x8f : 0xbf;
	} else {
		return 0;
	}
	if (s[1] < low || s[1] > high)
		return 0;
	for (size_t i = 2; i < len; i++)
		if (s[i] < 0x80 || s[i] > 0xbf)
			return 0;
	return len;
}

bool
utf8_valid(const char *text, size_t len)
{
	const unsigned char *s = (const unsigned char *)text, *end = s + len;

	while (s < end) {
		unsigned char copy[5] = {0};
		if (*s == 0)
			return false;
		if (*s < 0x80) {
			s++;
			continue;
		}
		memcpy(copy, s, (size_t)(end - s) < 4 ? (size_t)(end - s) : 4);
		size_t char_len = utf8_char(copy);
		if (char_len == 0)
			return false;
		s += char_len;
	}
	return true;
}

/* Reads the four hex digits at s; -1 if they are not. */
static int
hex4(const char *s)
{
	int value = 0;

	for (int i = 0; i < 4; i++) {
		int digit;
		if (s[i] >= '0' && s[i] <= '9')
			digit = s[i] - '0';
		else if (s[i] >= 'a' && s[i] <= 'f')
			digit = s[i] - 'a' + 10;
		else if (s[i] >= 'A' && s[i] <= 'F')
			digit = s[i] - 'A' + 10;
		else
			return -1;
		value = value * 16 + digit;
	}
	return value;
}

static char *
utf8_write(char *out, int32_t code)
{
	if (code < 0x80) {
		*out++ = (char)code;
		return out;
	}
	if (code < 0x800) {
		*out++ = (char)(0xc0 | code >> 6);
	} else {
		if (code < 0x10000) {
			*out++ = (char)(0xe0 | code >> 12);
		} else {
			*out++ = (char)(0xf0 | code >> 18);
			*out++ = (char)(0x80 | (code >> 12 & 0x3f));
		}
		*out++ = (char)(0x80 | (code >> 6 & 0x3f));
	}
	*out++ = (char)(0x80 | (code & 0x3f));
	return out;
}

/* \uXXXX, or a pair of them, at s; moves *s behind it. Returns the code point, or -1 with the
 * problem set. */
static int32_t
parse_unicode(struct parser *p, char **s)
{
	int32_t code = hex4(*s + 2);

	if (code < 0) {
		fail(p, "a \\u in a string is not followed by four hex digits");
		return -1;
	}
	*s += 6;
	if (code == 0) {
		fail(p, "a string holds NUL (\\u0000)");
		return -1;
	}
	if (code < 0xd800 || code > 0xdfff)
		return code;
	int low = code < 0xdc00 && (*s)[0] == '\\' && (*s)[1] == 'u' ? hex4(*s + 2) : -1;
	if (low < 0xdc00 || low > 0xdfff) {
		fail(p, "a string holds half a surrogate pair");
		return -1;
	}
	*s += 6;
	return 0x10000 + ((code - 0xd800) << 10) + (low - 0xdc00);
}

/* An escape at *s, written to *out; both move on. */
static bool
parse_escape(struct parser *p, char **s, char **out)
{
	static const char plain[128] = {['"'] = '"',
	    ['\\'] = '\\',
	    ['/'] = '/',
	    ['b'] = '\b',
	    ['f'] = '\f',
	    ['n'] = '\n',
	    ['r'] = '\r',
	    ['t'] = '\t'};
	unsigned char letter = (unsigned char)(*s)[1];

	if (letter == 'u') {
		int32_t code = parse_unicode(p, s);
		if (code < 0)
			return false;
		*out = utf8_write(*out, code);
		return true;
	}
	if (letter >= sizeof(plain) || plain[letter] == 0)
		return fail(p, "a string holds an escape that JSON does not know");
	*(*out)++ = plain[letter];
	*s += 2;
	return true;
}

/* What no string may hold as it is, by the byte found instead. */
static bool
fail_in_string(struct parser *p, char *s)
{
	p->at = s;
	if (s == p->end)
		return fail(p, "the JSON ends in the middle of a string");
	if ((unsigned char)*s >= 0x80)
		return fail(p, "a string is not valid UTF-8");
	return fail(p, "a string holds a control character; it must be escaped");
}

/* The string at p->at, which is its opening quote. */
static bool
parse_string(struct parser *p, const char **text, uint32_t *len)
{
	char *s = p->at + 1, *out = s;

	*text = out;
	for (;;) {
		char *run = s;
		size_t char_len = 0;
		for (;; s += char_len) {
			while ((unsigned char)*s >= 0x20 && (unsigned char)*s < 0x80 && *s != '"' &&
			       *s != '\\')
				s++;
			if ((unsigned char)*s < 0x80 ||
			    (char_len = utf8_char((unsigned char *)s)) == 0)
				break;
		}
		if (out != run)
			memmove(out, run, (size_t)(s - run));
		out += s - run;
		if (*s == '"')
			break;
		if (*s != '\\')
			return fail_in_string(p, s);
		p->at = s;
		if (!parse_escape(p, &s, &out))
			return false;
	}
	p->at = s + 1;
	*len = (uint32_t)(out - *text);
	*out = '\0';
	return true;
}

static void
skip_digits(struct parser *p)
{
	while (*p->at >= '0' && *p->at <= '9')
		p->at++;
}

/* True if a number that is well-formed fits: an integer 64 bits, another one a double. */
static bool
number_fits(const char *text, size_t len, bool integer)
{
	char copy[DOCUMENT_NUMBER_MAX + 1];

	if (integer && len <= INT_DIGITS_SAFE)
		return true;
	if (len > DOCUMENT_NUMBER_MAX)
		return false;
	memcpy(copy, text, len);
	copy[len] = '\0';
	errno = 0;
	if (integer) {
		strtoll(copy, NULL, 10);
		return errno == 0;
	}
	return isfinite(strtod(copy, NULL));
}

static bool
parse_number(struct parser *p, struct node *node)
{
	const char *start = p->at;
	bool integer = true;

	if (*p->at == '-')
		p->at++;
	const char *digits = p->at;
	skip_digits(p);
	if (p->at == digits || (*digits == '0' && p->at - digits > 1))
		return fail(p, not_json);
	if (*p->at == '.') {
		digits = ++p->at;
		skip_digits(p);
		if (p->at == digits)
			return fail(p, not_json);
		integer = false;
	}
	if (*p->at == 'e' || *p->at == 'E') {
		p->at++;
		if (*p->at == '+' || *p->at == '-')
			p->at++;
		digits = p->at;
		skip_digits(p);
		if (p->at == digits)
			return fail(p, not_json);
		integer = false;
	}
	node->kind = NODE_NUMBER;
	node->text = start;
	node->len = (uint32_t)(p->at - start);
	if (!number_fits(start, node->len, integer)) {
		p->at -= node->len;
		return fail(p, "a number is too large");
	}
	return true;
}

static bool
parse_word(struct parser *p, struct node *node, const char *word, size_t len, enum node_kind kind)
{
	if (strncmp(p->at, word, len) != 0)
		return fail(p, not_json);
	p->at += len;
	node->kind = kind;
	return true;
}

/* < 0, 0, > 0: the order of two members by the bytes of their keys. */
static int
key_order(const struct node *a, const struct node *b)
{
	uint32_t len = a->key_len < b->key_len ? a->key_len : b->key_len;
	int order = memcmp(a->key, b->key, len);

	if (order != 0)
		return order;
	return (a->key_len > b->key_len) - (a->key_len < b->key_len);
}

/* Sorts the first `count` members of a list (merge sort: no input makes it slow); returns the new
 * first one. */
static struct node *
sort_members(struct node *list, size_t count)
{
	struct node sorted, *last = &sorted, *second = list;

	if (count < 2) {
		list->next = NULL;
		return list;
	}
	for (size_t i = 0; i < count / 2; i++)
		second = second->next;
	second = sort_members(second, count - count / 2);
	list = sort_members(list, count / 2);
	while (list != NULL && second != NULL) {
		struct node **less = key_order(list, second) <= 0 ? &list : &second;
		last->next = *less;
		last = *less;
		*less = last->next;
	}
	last->next = list != NULL ? list : second;
	return sorted.next;
}

/* Goes into an array or object; what is there besides its end is read by the caller. */
static bool
enter(struct parser *p)
{
	if (p->depth >= DOCUMENT_DEPTH_MAX)
		return fail(p, "the JSON is nested more than 32 deep");
	p->depth++;
	p->at++;
	skip_space(p);
	return true;
}

/* After an element or member: true if another follows; false at the end, or with the problem set.
 */
static bool
another(struct parser *p, char close)
{
	skip_space(p);
	if (*p->at == ',') {
		p->at++;
		skip_space(p);
		return true;
	}
	if (*p->at != close)
		return fail(p, not_json);
	p->at++;
	return false;
}

static bool
parse_array(struct parser *p, struct node *node)
{
	struct node **last = &node->first;

	node->kind = NODE_ARRAY;
	if (!enter(p))
		return false;
	if (*p->at == ']') {
		p->at++;
		p->depth--;
		return true;
	}
	do {
		struct node *element = node_new(p);
		if (element == NULL || !parse_value(p, element))
			return false;
		*last = element;
		last = &element->next;
		node->len++;
	} while (another(p, ']'));
	p->depth--;
	return p->problem == NULL;
}

static struct node *
parse_member(struct parser *p)
{
	struct node *member = node_new(p);

	if (member == NULL)
		return NULL;
	if (*p->at != '"') {
		fail(p, not_json);
		return NULL;
	}
	if (!parse_string(p, &member->key, &member->key_len))
		return NULL;
	skip_space(p);
	if (*p->at != ':') {
		fail(p, not_json);
		return NULL;
	}
	p->at++;
	skip_space(p);
	return parse_value(p, member) ? member : NULL;
}

static bool
parse_object(struct parser *p, struct node *node)
{
	struct node **last = &node->first, *before = NULL;
	bool sorted = true;

	node->kind = NODE_OBJECT;
	if (!enter(p))
		return false;
	if (*p->at == '}') {
		p->at++;
		p->depth--;
		return true;
	}
	do {
		struct node *member = parse_member(p);
		if (member == NULL)
			return false;
		if (before != NULL && key_order(before, member) >= 0)
			sorted = false;
		before = *last = member;
		last = &member->next;
		node->len++;
	} while (another(p, '}'));
	p->depth--;
	if (p->problem != NULL)
		return false;
	if (sorted)
		return true;
	node->first = sort_members(node->first, node->len);
	for (struct node *m = node->first; m->next != NULL; m = m->next)
		if (key_order(m, m->next) == 0) {
			p->at = p->document->text + (m->next->key - p->document->text) - 1;
			return fail(p, "an object has the same key twice");
		}
	return true;
}

static bool
parse_value(struct parser *p, struct node *node)
{
	switch (*p->at) {
	case '{':
		return parse_object(p, node);
	case '[':
		return parse_array(p, node);
	case '"':
		node->kind = NODE_STRING;
		return parse_string(p, &node->text, &node->len);
	case 't':
		return parse_word(p, node, "true", 4, NODE_TRUE);
	case 'f':
		return parse_word(p, node, "false", 5, NODE_FALSE);
	case 'n':
		return parse_word(p, node, "null", 4, NODE_NULL);
	default:
		return parse_number(p, node);
	}
}

const char *
document_read(const char *text, size_t len, struct document **out)
{
	size_t place;

	return document_read_at(text, len, out, &place);
}

const char *
document_read_at(const char *text, size_t len, struct document **out, size_t *place)
{
	*place = DOCUMENT_NO_PLACE;
	if (len > DOCUMENT_BYTES_MAX)
		return "the body is too large";

	struct document *d = xmalloc(sizeof(*d) + len + 1);
	struct parser p = {.document = d, .at = d->text, .end = d->text + len};
	d->chunks = NULL;
	d->values = 0;
	memcpy(d->text, text, len);
	d->text[len] = '\0';
	d->root = node_new(&p);
	skip_space(&p);
	bool empty = p.at == p.end;
	if (empty)
		fail(&p, "the body is empty");
	else if (parse_value(&p, d->root)) {
		skip_space(&p);
		if (p.at != p.end)
			fail(&p, "there is something after the end of the JSON");
	}
	if (p.problem != NULL) {
		if (!empty)
			*place = (size_t)(p.place - d->text);
		document_free(d);
		return p.problem;
	}
	*out = d;
	return NULL;
}

void
document_free(struct document *document)
{
	if (document == NULL)
		return;
	for (struct chunk *c = document->chunks, *next; c != NULL; c = next) {
		next = c->next;
		free(c);
	}
	free(document);
}

const struct node *
document_root(const struct document *document)
{
	return document->root;
}

const struct node *
node_member(const struct node *node, const char *name, size_t name_len)
{
	if (node->kind != NODE_OBJECT)
		return NULL;
	for (const struct node *m = node->first; m != NULL; m = m->next)
		if (m->key_len == name_len && memcmp(m->key, name, name_len) == 0)
			return m;
	return NULL;
}

bool
node_int(const struct node *node, int64_t *out)
{
	char copy[DOCUMENT_NUMBER_MAX + 1];

	if (node->kind != NODE_NUMBER || node->len > DOCUMENT_NUMBER_MAX)
		return false;
	memcpy(copy, node->text, node->len);
	copy[node->len] = '\0';
	if (strpbrk(copy, ".eE") != NULL)
		return false;
	*out = strtoll(copy, NULL, 10);
	return true;
}

static void
write_inside(const struct node *node, struct writer *w)
{
	for (const struct node *n = node->first; n != NULL; n = n->next) {
		if (n != node->first)
			writer_literal(w, ",");
		if (node->kind == NODE_OBJECT) {
			writer_string(w, n->key, n->key_len);
			writer_literal(w, ":");
		}
		node_write(n, w);
	}
}

void
node_write(const struct node *node, struct writer *w)
{
	switch (node->kind) {
	case NODE_NULL:
		writer_literal(w, "null");
		return;
	case NODE_FALSE:
		writer_literal(w, "false");
		return;
	case NODE_TRUE:
		writer_literal(w, "true");
		return;
	case NODE_NUMBER:
		writer_raw(w, node->text, node->len);
		return;
	case NODE_STRING:
		writer_string(w, node->text, node->len);
		return;
	case NODE_ARRAY:
		writer_literal(w, "[");
		write_inside(node, w);
		writer_literal(w, "]");
		return;
	case NODE_OBJECT:
		writer_literal(w, "{");
		write_inside(node, w);
		writer_literal(w, "}");
		return;
	}
}
