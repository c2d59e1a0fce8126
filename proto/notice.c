/*
 * Notices as CloudEvents (see notice.h). Owns the words of the types and the shape of the event;
 * knows no feed.
 */
#include "notice.h"

#include "log.h"
#include "uuid.h"
#include "writer.h"

#include <string.h>

#define EVENT_BYTES_TYPICAL 768

struct notice_type_row {
	const char *word;
	enum notice_class class;
};

#define NOTICE_TYPE_ROW(value, type_word, type_class) \
	[value] = {.word = type_word, .class = NOTICE_##type_class},

static const struct notice_type_row types[NOTICE_TYPE_COUNT] = {NOTICE_TYPES(NOTICE_TYPE_ROW)};

const char *
notice_type_word(enum notice_type t)
{
	require((unsigned)t < NOTICE_TYPE_COUNT);
	return types[t].word;
}

enum notice_class
notice_type_class(enum notice_type t)
{
	require((unsigned)t < NOTICE_TYPE_COUNT);
	return types[t].class;
}

int
notice_type_from(const char *word, size_t len)
{
	for (int t = 0; t < NOTICE_TYPE_COUNT; t++)
		if (strlen(types[t].word) == len && memcmp(types[t].word, word, len) == 0)
			return t;
	return -1;
}

static void
write_raw_text(struct writer *w, const char *text)
{
	writer_raw(w, text, strlen(text));
}

static void
write_at(struct writer *w, instant at)
{
	char text[INSTANT_TEXT_MAX];

	writer_string(w, text, instant_format(at, text));
}

/* Which episode and task; the episode as an object, so that an answer can give it back as it
 * stands. */
static void
write_subject(struct writer *w, const struct notice *n, const char *episode, const char *base_url)
{
	writer_literal(w, ",\"episode\":{\"id\":");
	writer_text(w, episode);
	writer_literal(w, "}");
	if (n->fact_nr != 0) {
		writer_literal(w, ",\"nr\":");
		writer_int(w, n->fact_nr);
	}
	if (n->task_nr != 0) {
		writer_literal(w, ",\"task\":\"");
		write_raw_text(w, episode);
		writer_literal(w, ".");
		writer_int(w, n->task_nr);
		writer_literal(w, "\"");
	}
	/* The link's parts need no escapes: base_url is a setting that was checked, episode a uuid.
	 */
	writer_literal(w, ",\"link\":\"");
	write_raw_text(w, base_url);
	writer_literal(w, "/v1/episodes/");
	write_raw_text(w, episode);
	writer_literal(w, "\"");
}

static void
write_data(struct writer *w, const struct notice *n, const char *epoch, const char *episode,
    const char *base_url)
{
	writer_literal(w, "{\"unit\":");
	writer_text(w, n->unit_hsa);
	writer_literal(w, ",\"epoch\":");
	writer_text(w, epoch);
	writer_literal(w, ",\"seq\":");
	writer_int(w, n->seq);
	if (n->has_episode)
		write_subject(w, n, episode, base_url);
	if (n->endpoint != 0) {
		writer_literal(w, ",\"endpoint\":");
		writer_int(w, n->endpoint);
	}
	if (n->since != INSTANT_NONE) {
		writer_literal(w, ",\"since\":");
		write_at(w, n->since);
	}
	if (n->task_kind != NULL) {
		writer_literal(w, ",\"kind\":");
		writer_text(w, n->task_kind);
	}
	if (n->due_at != INSTANT_NONE) {
		writer_literal(w, ",\"due_at\":");
		write_at(w, n->due_at);
	}
	if (n->detail != NULL) {
		if (n->type == NOTICE_ENDPOINT_FAILING)
			writer_literal(w, ",\"error\":");
		else
			writer_literal(w, ",\"detail\":");
		writer_text(w, n->detail);
	}
	writer_literal(w, "}");
}

char *
notice_event(const struct notice *n, const char *source, const char *base_url, size_t *len)
{
	struct writer w = {0};
	char epoch[UUID_TEXT_MAX], episode[UUID_TEXT_MAX];

	uuid_format(n->epoch, epoch);
	uuid_format(n->episode, episode);
	writer_reserve(&w, EVENT_BYTES_TYPICAL);
	writer_literal(&w, "{\"specversion\":\"1.0\",\"id\":\"");
	/* An HSA-id holds letters, digits and a dash: nothing to escape. */
	write_raw_text(&w, epoch);
	writer_literal(&w, ":");
	write_raw_text(&w, n->unit_hsa);
	writer_literal(&w, ":");
	writer_int(&w, n->seq);
	writer_literal(&w, "\",\"source\":");
	writer_text(&w, source);
	writer_literal(&w, ",\"type\":\"samordnad.");
	write_raw_text(&w, notice_type_word(n->type));
	writer_literal(&w, ".v1\",\"time\":");
	write_at(&w, n->at);
	if (n->has_episode) {
		writer_literal(&w, ",\"subject\":");
		writer_text(&w, episode);
	}
	if (n->traceparent != NULL && n->traceparent[0] != '\0') {
		writer_literal(&w, ",\"traceparent\":");
		writer_text(&w, n->traceparent);
	}
	writer_literal(&w, ",\"datacontenttype\":\"application/json\",\"data\":");
	write_data(&w, n, epoch, episode, base_url);
	writer_literal(&w, "}");
	*len = w.len;
	return w.text;
}
