/*
 * Events: the three modes of CloudEvents 1.0 over HTTP, their attributes, and the hash of their
 * content. Owns the envelope; what a message says is read in fields.c. Knows no routes and no
 * answers.
 */
#include "message.h"

#include "fields.h"
#include "log.h"
#include "signature.h"
#include "writer.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define ATTRIBUTE_BYTES_MAX 256 /* longer ones are cut, and then too long for every rule */

enum attribute_name {
	SPECVERSION,
	ID,
	SOURCE,
	TYPE,
	TIME,
	TRACEPARENT,
	DATACONTENTTYPE,
	ATTRIBUTE_COUNT
};

static const struct vocabulary_row attribute_names[ATTRIBUTE_COUNT] = {
    [SPECVERSION] = {"specversion", 11},
    [ID] = {"id", 2},
    [SOURCE] = {"source", 6},
    [TYPE] = {"type", 4},
    [TIME] = {"time", 4},
    [TRACEPARENT] = {"traceparent", 11},
    [DATACONTENTTYPE] = {"datacontenttype", 15},
};

#define SAY_WORD(value, word) " " word

/* One attribute; text is NULL if it is absent or, with `present`, no string. */
struct attribute {
	bool present;
	const char *text; /* with NUL */
	size_t len;
};

/* An event's parts, wherever they stood. */
struct envelope {
	struct attribute attributes[ATTRIBUTE_COUNT];
	const struct node *data; /* or NULL */
};

/* --- attributes --- */

static void
complain_attribute(struct reading *r, int status, enum attribute_name name, const char *detail)
{
	struct where at = {NULL, attribute_names[name].word, 0};

	complain(r, status, &at, detail);
}

/* CloudEvents asks for these four as non-empty strings: without them it is no event (400). */
static void
check_event(struct reading *r, const struct envelope *e)
{
	for (enum attribute_name name = SPECVERSION; name <= TYPE; name++) {
		const struct attribute *a = &e->attributes[name];
		if (!a->present)
			complain_attribute(r, 400, name, "is missing: not a CloudEvent");
		else if (a->text == NULL || a->len == 0)
			complain_attribute(r, 400, name, "must be a string that is not empty");
		else if (name == SPECVERSION && (a->len != 3 || memcmp(a->text, "1.0", 3) != 0))
			complain_attribute(r, 400, name, "must be 1.0");
	}
}

static void
read_id(struct reading *r, const struct attribute *a)
{
	if (visible_ascii(a->text, a->len, 1, MESSAGE_ID_MAX))
		memcpy(r->message->id, a->text, a->len + 1);
	else
		complain_attribute(r, 422, ID, "must be 1 to 128 visible ASCII characters");
}

static void
read_source(struct reading *r, const struct attribute *a)
{
	if (!identity_hsa_valid(a->text, a->len)) {
		complain_attribute(
		    r, 422, SOURCE, "must be the HSA-id of the sending unit or system");
		return;
	}
	memcpy(r->message->source, a->text, a->len + 1);
	r->fact->source = r->names->unit(r->names->register_, a->text);
}

static void
read_type(struct reading *r, const struct attribute *a)
{
	static const char before[] = "samordnad.", after[] = ".v1";
	const size_t before_len = sizeof(before) - 1, after_len = sizeof(after) - 1;
	int type = -1;

	if (a->len > before_len + after_len && memcmp(a->text, before, before_len) == 0 &&
	    memcmp(a->text + a->len - after_len, after, after_len) == 0)
		type = message_type_from(a->text + before_len, a->len - before_len - after_len);
	if (type < 0 || message_type_is_own((enum message_type)type))
		complain_attribute(r, 422, TYPE,
		    "must be samordnad.<message>.v1, <message> one of:" MESSAGE_TYPES_SENT(
			SAY_WORD) " (each has its /schemas/<message>.json)");
	else
		r->fact->type = (enum message_type)type;
}

static void
read_time(struct reading *r, const struct attribute *a)
{
	if (!a->present) {
		complain_attribute(r, 422, TIME, "is missing: say when the message was sent");
		return;
	}
	if (a->text == NULL) {
		complain_attribute(r, 422, TIME, "must be a string");
		return;
	}
	const char *problem = instant_parse(a->text, a->len, &r->fact->sent_at);
	if (problem != NULL)
		complain_attribute(r, 422, TIME, problem);
}

/* W3C Trace Context: a malformed one is ignored, since tracing must not stop a message. */
static void
read_traceparent(struct message *m, const struct attribute *a)
{
	if (a->text == NULL || a->len != MESSAGE_TRACEPARENT_MAX)
		return;
	for (size_t i = 0; i < a->len; i++) {
		bool dash = i == 2 || i == 35 || i == 52;
		bool hex = (a->text[i] >= '0' && a->text[i] <= '9') ||
			   (a->text[i] >= 'a' && a->text[i] <= 'f');
		if (dash ? a->text[i] != '-' : !hex)
			return;
	}
	memcpy(m->traceparent, a->text, a->len + 1);
}

static void
check_content_type(struct reading *r, const struct attribute *a)
{
	static const char json[] = "application/json";

	if (!a->present)
		return;
	if (a->text == NULL || strncasecmp(a->text, json, sizeof(json) - 1) != 0)
		complain_attribute(r, 422, DATACONTENTTYPE, "must be application/json");
}

/* --- events --- */

/*
 * The body and the hash over sorted compact JSON of data, id, source, time and type: the data are
 * written once, and the body is cut out of what was hashed.
 */
static void
keep_content(struct message *m, const struct envelope *e, size_t size_hint)
{
	static const enum attribute_name sorted[] = {ID, SOURCE, TIME, TYPE};
	struct writer w = {0};

	writer_reserve(&w, size_hint + ATTRIBUTE_BYTES_MAX);
	writer_literal(&w, "{\"data\":");
	size_t start = w.len;
	node_write(e->data, &w);
	m->body_len = w.len - start;
	for (size_t i = 0; i < sizeof(sorted) / sizeof(sorted[0]); i++) {
		const struct attribute *a = &e->attributes[sorted[i]];
		writer_literal(&w, ",");
		writer_text(&w, attribute_names[sorted[i]].word);
		writer_literal(&w, ":");
		writer_string(&w, a->text, a->len);
	}
	writer_literal(&w, "}");
	signature_sha256(w.text, w.len, m->hash);
	memmove(w.text, w.text + start, m->body_len);
	w.text[m->body_len] = '\0';
	m->body = w.text;
}

static void
read_envelope(const struct envelope *e, const struct message_context *context, size_t size_hint,
    struct message *m)
{
	struct reading r = {.side = READING_WIRE,
	    .names = &context->names,
	    .today = fields_today(context->now),
	    .fact = &m->fact,
	    .message = m};

	check_event(&r, e);
	if (m->status == 400)
		return;
	read_id(&r, &e->attributes[ID]);
	read_source(&r, &e->attributes[SOURCE]);
	read_type(&r, &e->attributes[TYPE]);
	read_time(&r, &e->attributes[TIME]);
	read_traceparent(m, &e->attributes[TRACEPARENT]);
	check_content_type(&r, &e->attributes[DATACONTENTTYPE]);
	if (m->status != 0)
		return;
	fields_read(&r, e->data);
	if (m->status == 0)
		keep_content(m, e, size_hint);
}

/* An event of the JSON format (structured, batch). By that format's rule a null attribute is an
 * absent one. */
static void
read_event(const struct node *event, const struct message_context *context, size_t size_hint,
    struct message *m)
{
	struct envelope e = {.data = NULL};

	if (event->kind != NODE_OBJECT) {
		struct reading r = {.message = m};
		complain(&r, 400, NULL, "must be an object: not a CloudEvent");
		return;
	}
	for (const struct node *member = event->first; member != NULL; member = member->next) {
		int name =
		    vocabulary_find(attribute_names, ATTRIBUTE_COUNT, member->key, member->key_len);
		if (member->kind == NODE_NULL)
			continue;
		if (name >= 0)
			e.attributes[name] = (struct attribute){.present = true,
			    .text = member->kind == NODE_STRING ? member->text : NULL,
			    .len = member->kind == NODE_STRING ? member->len : 0};
		else if (member->key_len == 4 && memcmp(member->key, "data", 4) == 0)
			e.data = member;
	}
	read_envelope(&e, context, size_hint, m);
}

/* --- binary mode --- */

static int
hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

/*
 * A header's value decoded (CloudEvents' HTTP binding 3.1.3.2): surrounding double quotes and the
 * backslashes in them, then one round of per cent. Cut at ATTRIBUTE_BYTES_MAX. False: not so
 * encoded, or no text.
 */
static bool
decode_header(const struct message_header *h, char *out, size_t *out_len)
{
	const char *s = h->value, *end = s + h->len;
	bool quoted = h->len >= 2 && s[0] == '"' && end[-1] == '"';
	size_t len = 0;

	if (quoted) {
		s++;
		end--;
	}
	while (s < end && len < ATTRIBUTE_BYTES_MAX) {
		if (quoted && *s == '\\' && ++s == end)
			return false;
		if (*s == '%') {
			int high = end - s > 2 ? hex_digit(s[1]) : -1;
			int low = end - s > 2 ? hex_digit(s[2]) : -1;
			if (high < 0 || low < 0)
				return false;
			out[len++] = (char)(high << 4 | low);
			s += 3;
		} else {
			out[len++] = *s++;
		}
	}
	out[len] = '\0';
	*out_len = len;
	/* A character that the cut broke is no fault of the sender's. */
	return s < end || utf8_valid(out, len);
}

/* One header into the envelope, its text into `texts`. Returns NULL, or what is wrong. */
static const char *
take_header(const struct message_header *h, struct envelope *e,
    char texts[ATTRIBUTE_COUNT][ATTRIBUTE_BYTES_MAX + 1])
{
	char name[16] = "";

	if (strncasecmp(h->name, "ce-", 3) != 0 || strlen(h->name + 3) >= sizeof(name))
		return NULL;
	for (size_t i = 0; h->name[3 + i] != '\0'; i++) {
		char c = h->name[3 + i];
		name[i] = c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
	}
	int found = vocabulary_find(attribute_names, ATTRIBUTE_COUNT, name, strlen(name));
	/* In binary mode the content type is HTTP's own header. */
	if (found < 0 || found == DATACONTENTTYPE)
		return NULL;
	struct attribute *a = &e->attributes[found];
	if (a->present)
		return "a ce- header stands twice";
	if (!decode_header(h, texts[found], &a->len))
		return "a ce- header is not percent-encoded UTF-8 text";
	a->present = true;
	a->text = texts[found];
	return NULL;
}

static const char *
read_binary(const struct node *data, size_t len, const struct message_header *headers,
    size_t header_count, const struct message_context *context, struct message *m)
{
	struct envelope e = {.data = data};
	char texts[ATTRIBUTE_COUNT][ATTRIBUTE_BYTES_MAX + 1];

	for (size_t i = 0; i < header_count; i++) {
		const char *problem = take_header(&headers[i], &e, texts);
		if (problem != NULL)
			return problem;
	}
	if (header_count == 0)
		return "application/json needs the attributes in ce- headers; an event with them "
		       "in the body is application/cloudevents+json";
	read_envelope(&e, context, len, m);
	return NULL;
}

/* --- bodies --- */

static int
read_batch(const struct node *batch, size_t len, const struct message_context *context,
    struct message **out, const char **problem)
{
	struct message *m;
	int count = 0;

	if (batch->kind != NODE_ARRAY) {
		*problem = "a batch must be an array of events";
		return -1;
	}
	if (batch->len > context->events_max)
		return MESSAGES_TOO_MANY;
	if (batch->len == 0)
		return 0;
	m = *out = xcalloc(batch->len, sizeof(*m));
	for (const struct node *event = batch->first; event != NULL; event = event->next)
		read_event(event, context, len / batch->len, &m[count++]);
	return count;
}

static int
read_single(enum message_mode mode, const struct node *root, size_t len,
    const struct message_header *headers, size_t header_count,
    const struct message_context *context, struct message **out, const char **problem)
{
	struct message *m;

	if (mode == MESSAGE_STRUCTURED && root->kind != NODE_OBJECT) {
		*problem = "the event must be an object: not a CloudEvent";
		return -1;
	}
	m = xcalloc(1, sizeof(*m));
	if (mode == MESSAGE_STRUCTURED)
		read_event(root, context, len, m);
	else
		*problem = read_binary(root, len, headers, header_count, context, m);
	if (*problem != NULL) {
		messages_free(m, 1);
		return -1;
	}
	*out = m;
	return 1;
}

int
messages_read(enum message_mode mode, const char *body, size_t len,
    const struct message_header *headers, size_t header_count,
    const struct message_context *context, struct message **out, const char **problem,
    size_t *place)
{
	struct document *document;
	int count;

	*out = NULL;
	*problem = document_read_at(body, len, &document, place);
	if (*problem != NULL)
		return -1;
	if (mode == MESSAGE_BATCH)
		count = read_batch(document_root(document), len, context, out, problem);
	else
		count = read_single(mode, document_root(document), len, headers, header_count,
		    context, out, problem);
	document_free(document);
	return count;
}

void
messages_free(struct message *messages, int count)
{
	for (int i = 0; i < count; i++)
		free(messages[i].body);
	free(messages);
}
