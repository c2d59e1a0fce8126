/*
 * libFuzzer target for messages: the first byte of the input chooses the mode, the rest is the body
 * (in binary mode the first line is the headers, ';' between them). Whatever the bytes are: every
 * refusal says why, what was taken reads back as the same fact, and its body written again is the
 * same.
 */
#include "document.h"
#include "message.h"

#include <stdlib.h>
#include <string.h>

#define HEADERS_MAX 8
#define NAME_MAX_BYTES 31
#define EVENTS_MAX 16
#define NOW (INT64_C(1780228800) * SECOND) /* 2026-05-31T12:00:00Z */

int LLVMFuzzerTestOneInput(const uint8_t *input, size_t size);

/* A register in which every other name is known. */
static int32_t
known(const void *register_, const char *hsa_id)
{
	(void)register_;
	return hsa_id[strlen(hsa_id) - 1] % 2;
}

static const char *
named(const void *register_, int32_t nr)
{
	(void)register_;
	return nr == 0 ? NULL : "SE2321000131-H0001";
}

static const struct message_context context = {
    .names = {known, known, named, named, NULL}, .now = NOW, .events_max = EVENTS_MAX};

static void
check_taken(const struct message *m)
{
	struct fact again;
	struct document *document;
	struct writer w = {0};

	again.type = m->fact.type;
	again.source = m->fact.source;
	again.recorded_at = NOW;
	/* An unknown source's message is not stored (403), and only stored ones are read back. */
	if (m->fact.source != 0 && (!fact_read(m->body, m->body_len, &context.names, &again) ||
				       memcmp(&again.identitet, &m->fact.identitet,
					   sizeof(again) - offsetof(struct fact, identitet)) != 0))
		abort();
	if (document_read(m->body, m->body_len, &document) != NULL)
		abort();
	node_write(document_root(document), &w);
	if (w.len != m->body_len || memcmp(w.text, m->body, w.len) != 0)
		abort();
	free(w.text);
	document_free(document);
}

static void
check_message(const struct message *m)
{
	if (m->status == 0) {
		check_taken(m);
		return;
	}
	if ((m->status != 400 && m->status != 422) || m->error_count < 1 ||
	    m->error_count > MESSAGE_ERRORS_MAX || m->body != NULL)
		abort();
	for (int i = 0; i < m->error_count; i++)
		if (m->errors[i].detail == NULL ||
		    memchr(m->errors[i].pointer, '\0', POINTER_MAX + 1) == NULL)
			abort();
}

/* "name:value;name:value" up to the end of the line; returns where the body begins. */
static size_t
split_headers(const char *text, size_t size, struct message_header *headers,
    char names[HEADERS_MAX][NAME_MAX_BYTES + 1], size_t *count)
{
	const char *end = memchr(text, '\n', size), *s = text;

	*count = 0;
	if (end == NULL)
		return 0;
	while (s < end && *count < HEADERS_MAX) {
		const char *stop = memchr(s, ';', (size_t)(end - s));
		if (stop == NULL)
			stop = end;
		const char *colon = memchr(s, ':', (size_t)(stop - s));
		if (colon != NULL && colon - s <= NAME_MAX_BYTES) {
			memcpy(names[*count], s, (size_t)(colon - s));
			names[*count][colon - s] = '\0';
			headers[*count] = (struct message_header){
			    names[*count], colon + 1, (size_t)(stop - colon - 1)};
			(*count)++;
		}
		s = stop + 1;
	}
	return (size_t)(end - text) + 1;
}

int
LLVMFuzzerTestOneInput(const uint8_t *input, size_t size)
{
	struct message_header headers[HEADERS_MAX];
	char names[HEADERS_MAX][NAME_MAX_BYTES + 1];
	struct message *messages;
	const char *problem;
	size_t header_count = 0, start = 0, place;

	if (size == 0)
		return 0;
	const char *text = (const char *)input + 1;
	enum message_mode mode = (enum message_mode)(input[0] % 3);
	if (mode == MESSAGE_BINARY)
		start = split_headers(text, size - 1, headers, names, &header_count);
	int count = messages_read(mode, text + start, size - 1 - start, headers, header_count,
	    &context, &messages, &problem, &place);
	if (count == -1 && (problem == NULL || messages != NULL))
		abort();
	if (count == -1 && place != MESSAGES_NO_PLACE && place > size - 1 - start)
		abort();
	for (int i = 0; i < count; i++)
		check_message(&messages[i]);
	if (count >= 0)
		messages_free(messages, count);
	return 0;
}
