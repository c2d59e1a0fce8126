/* POST /v1/messages; see intake.h. */
#include "intake.h"

#include "answer.h"
#include "clock.h"
#include "log.h"
#include "metrics.h"
#include "names.h"
#include "rules/plan.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define RESULT_BYTES 160     /* of a usual result, to size the answer */
#define WHOLE_DETAIL_MAX 200 /* bytes of what is said of a body that cannot be read */

struct intake {
	const struct config *config;
	struct register_ *reg;
	struct door *door;
	intake_heard *heard;
	void *arg;
};

/* One event of a request that waits for the door. */
struct entry {
	size_t at, len; /* in texts: a good event's id and a NUL, or a bad one's whole problem */
	bool good;
};

/* One request that waits for the door; owned by the wait, freed with the answer. */
struct submission {
	struct intake *intake;
	struct http_server *server;
	uint64_t request_id;
	enum message_mode mode;
	int count, good;
	struct entry *entries;
	struct writer texts;
};

struct intake *
intake_new(const struct config *config, struct register_ *reg, struct door *door,
    intake_heard *heard, void *arg)
{
	struct intake *in = xcalloc(1, sizeof(*in));

	*in = (struct intake){config, reg, door, heard, arg};
	return in;
}

void
intake_free(struct intake *in)
{
	free(in);
}

/* ---- Media types ---- */

static const struct {
	const char *type;
	enum message_mode mode;
} media_types[] = {
    {"application/cloudevents+json", MESSAGE_STRUCTURED},
    {"application/cloudevents-batch+json", MESSAGE_BATCH},
    {"application/json", MESSAGE_BINARY},
};
#define MEDIA_TYPES (sizeof(media_types) / sizeof(media_types[0]))

/*
 * Parameters of a media type: any but charset are passed over, and that must be UTF-8 if it is
 * there.
 */
static bool
charset_is_utf8(struct http1_text value)
{
	char text[128];
	char *parameter, *rest;

	if (value.len >= sizeof(text))
		return false;
	memcpy(text, value.at, value.len);
	text[value.len] = '\0';
	rest = strchr(text, ';');
	while (rest != NULL) {
		parameter = rest + 1 + strspn(rest + 1, " \t");
		rest = strchr(parameter, ';');
		if (strncasecmp(parameter, "charset=", 8) != 0)
			continue;
		parameter += 8 + (parameter[8] == '"');
		if (strncasecmp(parameter, "utf-8", 5) != 0 ||
		    strchr("; \t\"", parameter[5]) == NULL)
			return false;
	}
	return true;
}

int
intake_mode(struct http1_text content_type, unsigned count)
{
	if (count != 1 || !charset_is_utf8(content_type))
		return -1;
	for (size_t i = 0; i < MEDIA_TYPES; i++)
		if (http1_media_type_is(content_type, media_types[i].type))
			return (int)media_types[i].mode;
	return -1;
}

size_t
intake_body_max(const struct config *config, enum message_mode mode)
{
	return (
	    size_t)(mode == MESSAGE_BATCH ? config->batch_body_bytes_max : config->body_bytes_max);
}

/* ---- Who may say what ---- */

const char *
intake_refusal(const struct clients *clients, const struct client *client, const struct unit *unit,
    enum message_type type, const char **pointer)
{
	unsigned role;

	*pointer = "/source";
	if (unit == NULL)
		return "no unit of this HSA-id is registered";
	if (!client_has_unit(clients, client, unit->unit, unit->org))
		return "the source is not one of this client's units";
	/* In the name of a ward speaks a hospital, in the name of any other unit a unit. */
	role = unit->slag == SLUTENVARD ? CLIENT_HOSPITAL : CLIENT_UNIT;
	if (!(client->roles & role))
		return unit->slag == SLUTENVARD
			   ? "the source is a ward: that takes the role hospital"
			   : "the source is no ward: that takes the role unit";
	*pointer = "/type";
	if (!(message_senders(type) & 1u << unit->slag))
		return "this type is not this kind of unit's to send";
	return NULL;
}

/* Marks messages that the client may not send. */
static void
refuse_foreign(struct intake *in, const struct client *client, struct message *m)
{
	const struct region *region = register_region(in->reg);
	const char *pointer;
	const char *detail = intake_refusal(register_clients(in->reg), client,
	    region_unit(region, m->fact.source), m->fact.type, &pointer);

	if (detail == NULL)
		return;
	m->status = 403;
	m->error_count = 1;
	m->errors[0].detail = detail;
	memcpy(m->errors[0].pointer, pointer, strlen(pointer) + 1);
}

/* ---- Answers ---- */

static const char *
problem_detail(int status)
{
	switch (status) {
	case 400:
		return "This is not a CloudEvent 1.0; see errors.";
	case 403:
		return "This client may not send this; see errors.";
	case 422:
		return "The message does not follow the contract; see errors.";
	}
	return NULL;
}

static void
count(enum metric metric)
{
	metrics_add(metric, 1);
}

static void
reply(struct submission *sub, int status, const char *type, const struct writer *w)
{
	static const struct http1_pair retry[] = {{"Retry-After", "5"}, {NULL, NULL}};
	struct http_answer answer = {.content_type = type,
	    .headers = status == 503 ? retry : NULL,
	    .body = w->text,
	    .body_len = w->len};

	http_answer(sub->server, sub->request_id, status, &answer);
}

static void
submission_free(struct submission *sub)
{
	free(sub->entries);
	free(sub->texts.text);
	free(sub);
}

static const char *
result_word(int result)
{
	static const char *const words[] = {[ANSWER_APPLIED] = "applied",
	    [ANSWER_RECORDED] = "recorded",
	    [ANSWER_PARKED] = "parked",
	    [ANSWER_DUPLICATE] = "duplicate"};
	return words[result];
}

/* A4: the kinds of the mottagare that are missing. */
static void
write_missing(struct writer *w, unsigned missing)
{
	if (missing == 0)
		return;
	answer_key(w, "saknas");
	answer_open(w, '[');
	for (int slag = 0; slag < UNIT_SLAG_COUNT; slag++)
		if (missing & 1u << slag)
			answer_element(w, unit_slag_word((enum unit_slag)slag));
	if (missing & MISSING_OPPENVARD)
		answer_element(w, behov_word(BEHOV_OPPENVARD));
	answer_close(w, ']');
}

/* A3: the fields that are missing. */
static void
write_lacking(struct writer *w, uint8_t saknas)
{
	static const struct {
		uint8_t bit;
		const char *field;
	} fields[] = {{SAKNAS_NAMN, "namn"}, {SAKNAS_IDENTITET, "identitet"},
	    {SAKNAS_ADRESS, "folkbokforingsadress"}, {SAKNAS_BERAKNAD, "beraknad_utskrivning_at"}};

	if (saknas == 0)
		return;
	answer_key(w, "saknas");
	answer_open(w, '[');
	for (size_t i = 0; i < sizeof(fields) / sizeof(*fields); i++)
		if (saknas & fields[i].bit)
			answer_element(w, fields[i].field);
	answer_close(w, ']');
}

/* D11: whom a kallelse did not reach. */
static void
write_unreached(struct writer *w, const struct region *r, const struct door_answer *a)
{
	if (a->unreached_count == 0)
		return;
	answer_key(w, "ej_mottagare");
	answer_open(w, '[');
	for (int i = 0; i < a->unreached_count; i++) {
		const struct unit *u = region_unit(r, a->unreached[i]);
		if (u != NULL)
			answer_element(w, u->hsa_id);
	}
	answer_close(w, ']');
}

/* What became of a message that the database holds. */
static void
write_result(struct writer *w, const struct region *r, const char *id, const struct door_answer *a)
{
	static const uint8_t none[16];
	const struct outcome_info *outcome = &outcome_table[a->outcome];

	answer_open(w, '{');
	answer_text(w, "id", id);
	answer_text(w, "result", result_word((int)a->result));
	if (outcome->word[0] != '\0') {
		answer_key(w, "outcome");
		answer_open(w, '{');
		answer_text(w, "code", outcome->word);
		answer_text(w, "detail", outcome->detail);
		write_missing(w, a->missing);
		write_lacking(w, a->saknas);
		write_unreached(w, r, a);
		answer_close(w, '}');
	}
	if (memcmp(a->episode, none, sizeof(none)) != 0) {
		answer_key(w, "episode");
		answer_open(w, '{');
		answer_uuid(w, "id", a->episode);
		if (a->encounter[0] != '\0')
			answer_text(w, "encounter", a->encounter);
		answer_close(w, '}');
	}
	if (a->result == ANSWER_DUPLICATE) {
		answer_key(w, "first");
		answer_open(w, '{');
		answer_text(w, "result", result_word((int)a->first_result));
		answer_instant(w, "recorded_at", a->first_recorded_at);
		answer_close(w, '}');
	}
	answer_close(w, '}');
}

/* A message that the door did not take. id: the event's, or NULL outside of a batch. */
static void
write_refused(struct writer *w, const char *id, const struct door_answer *a)
{
	struct message_error error = {.detail = a->detail};
	const char *detail = a->detail != NULL ? a->detail : problem_detail(a->status);

	if (a->pointer == NULL) {
		answer_problem(w, id, a->status, detail, NULL, 0);
		return;
	}
	require(strlen(a->pointer) < sizeof(error.pointer));
	memcpy(error.pointer, a->pointer, strlen(a->pointer) + 1);
	answer_problem(w, id, a->status, detail, &error, 1);
}

static void
count_answer(const struct door_answer *a)
{
	static const enum metric metrics[] = {[ANSWER_APPLIED] = METRIC_MESSAGE_APPLIED,
	    [ANSWER_RECORDED] = METRIC_MESSAGE_RECORDED,
	    [ANSWER_PARKED] = METRIC_MESSAGE_PARKED,
	    [ANSWER_DUPLICATE] = METRIC_MESSAGE_DUPLICATE};

	if (a->status == 200)
		count(metrics[a->result]);
	else
		count(a->status == 503 ? METRIC_MESSAGE_UNAVAILABLE : METRIC_MESSAGE_REJECTED);
}

static void
write_batch(const struct submission *sub, const struct door_answer *answers, struct writer *w)
{
	int next = 0;

	writer_literal(w, "{\"results\":[");
	for (int i = 0; i < sub->count; i++) {
		const struct entry *entry = &sub->entries[i];
		const char *text = sub->texts.text + entry->at;
		if (!entry->good) {
			/*
			 * What was written before comes as it is; the others see to their own
			 * comma.
			 */
			if (i > 0)
				writer_literal(w, ",");
			writer_raw(w, text, entry->len);
			continue;
		}
		const struct door_answer *a = &answers[next++];
		if (a->status == 200)
			write_result(w, register_region(sub->intake->reg), text, a);
		else
			write_refused(w, text, a);
	}
	writer_literal(w, "]}");
}

static bool
all_unavailable(const struct door_answer *answers, int n)
{
	for (int i = 0; i < n; i++)
		if (answers[i].status != 503)
			return false;
	return n > 0;
}

/* The door has answered (after the commit): the only way to a 2xx. */
static void
submission_done(void *arg, uint64_t ticket, const struct door_answer *answers, int n)
{
	struct submission *sub = arg;
	struct writer w = {0};

	(void)ticket;
	require(n == sub->good);
	for (int i = 0; i < n; i++)
		count_answer(&answers[i]);
	writer_reserve(&w, (size_t)sub->count * RESULT_BYTES + sub->texts.len);
	if (sub->mode == MESSAGE_BATCH && !all_unavailable(answers, n)) {
		write_batch(sub, answers, &w);
		reply(sub, 200, "application/json", &w);
	} else if (answers[0].status == 200) {
		write_result(&w, register_region(sub->intake->reg), sub->texts.text, &answers[0]);
		reply(sub, 200, "application/json", &w);
	} else {
		write_refused(&w, NULL, &answers[0]);
		reply(sub, answers[0].status, "application/problem+json", &w);
	}
	free(w.text);
	submission_free(sub);
}

/* ---- The request ---- */

/* Notes what is to be said of each event, and moves the good ones to the front. */
static void
sort_out(struct submission *sub, struct message *messages)
{
	bool batch = sub->mode == MESSAGE_BATCH;

	sub->entries = xcalloc((size_t)sub->count + 1, sizeof(*sub->entries));
	for (int i = 0; i < sub->count; i++) {
		struct message *m = &messages[i];
		struct entry *entry = &sub->entries[i];
		entry->at = sub->texts.len;
		entry->good = m->status == 0;
		if (entry->good) {
			writer_raw(&sub->texts, m->id, strlen(m->id) + 1);
			if (sub->good != i)
				messages[sub->good] = *m;
			sub->good++;
		} else {
			struct writer problem = {0};
			answer_problem(&problem, batch ? m->id : NULL, m->status,
			    problem_detail(m->status), m->errors, m->error_count);
			writer_raw(&sub->texts, problem.text, problem.len);
			free(problem.text);
			free(m->body);
			count(METRIC_MESSAGE_REJECTED);
		}
		entry->len = sub->texts.len - entry->at;
	}
}

static void
hear(struct intake *in, const struct message *messages, int n, instant now)
{
	unit_id last = 0;

	for (int i = 0; in->heard != NULL && i < n; i++) {
		if (messages[i].fact.source != last)
			in->heard(in->arg, messages[i].fact.source, now);
		last = messages[i].fact.source;
	}
}

/* Hands the good ones over; if there are none, the answer is known already. */
static void
submit(struct submission *sub, const struct caller *caller, struct message *messages, instant now)
{
	struct intake *in = sub->intake;
	int status = sub->count == 1 ? messages[0].status : 0;
	struct writer w = {0};

	sort_out(sub, messages);
	if (sub->good > 0) {
		hear(in, messages, sub->good, now);
		door_submit(in->door, caller, messages, sub->good, submission_done, sub);
		return;
	}
	messages_free(messages, 0);
	if (sub->mode == MESSAGE_BATCH) {
		write_batch(sub, NULL, &w);
		reply(sub, 200, "application/json", &w);
		free(w.text);
	} else {
		reply(sub, status, "application/problem+json", &sub->texts);
	}
	submission_free(sub);
}

/* The legal clock as the door last read it, for what only asks for minutes (law 6). */
static instant
legal_now(const struct door *door)
{
	struct door_status status;

	door_status(door, &status);
	return clock_real() + status.clock_offset_us;
}

static void
refuse_whole(const struct intake *in, struct http_server *s, uint64_t request_id, int n,
    const char *problem, size_t place)
{
	char detail[WHOLE_DETAIL_MAX];

	count(METRIC_MESSAGE_REJECTED);
	if (n == MESSAGES_TOO_MANY) {
		snprintf(detail, sizeof(detail),
		    "The batch holds more events than are taken at once: %d.",
		    (int)in->config->batch_events_max);
		http_answer_problem(s, request_id, 413, detail, NULL, NULL);
	} else if (place == MESSAGES_NO_PLACE)
		http_answer_problem(s, request_id, 400, problem, NULL, NULL);
	else {
		snprintf(detail, sizeof(detail), "%s, at byte %zu", problem, place);
		http_answer_problem(s, request_id, 400, detail, NULL, NULL);
	}
}

/* The headers of binary mode; how many of them. */
static size_t
ce_headers(const struct http_request *request, struct message_header out[static HTTP1_FIELDS_MAX],
    char *names, size_t names_size)
{
	struct http1_text name, value;
	size_t n = 0, used = 0;

	for (unsigned i = 0; i < request->head->field_count; i++) {
		http1_field(request->head, i, &name, &value);
		if (name.len < 3 || strncasecmp(name.at, "ce-", 3) != 0)
			continue;
		require(used + name.len + 1 <= names_size);
		memcpy(names + used, name.at, name.len);
		names[used + name.len] = '\0';
		out[n++] = (struct message_header){names + used, value.at, value.len};
		used += name.len + 1;
	}
	return n;
}

void
intake_post(struct intake *in, struct http_server *s, uint64_t request_id,
    const struct http_request *request, enum message_mode mode, const struct client *client,
    const struct caller *caller)
{
	struct message_context context = {.names = names_of(register_region(in->reg)),
	    .now = legal_now(in->door),
	    .events_max = (size_t)in->config->batch_events_max};
	struct message_header headers[HTTP1_FIELDS_MAX];
	char *names = NULL;
	size_t header_count = 0;
	struct message *messages = NULL;
	const char *problem = NULL;
	size_t place;
	struct submission *sub;
	int n;

	if (mode == MESSAGE_BINARY) {
		names = xmalloc(request->head->head_len + HTTP1_FIELDS_MAX);
		header_count =
		    ce_headers(request, headers, names, request->head->head_len + HTTP1_FIELDS_MAX);
	}
	n = messages_read(mode, request->body != NULL ? request->body : "", request->body_len,
	    headers, header_count, &context, &messages, &problem, &place);
	free(names);
	if (n < 0) {
		refuse_whole(in, s, request_id, n, problem, place);
		return;
	}
	for (int i = 0; i < n; i++)
		if (messages[i].status == 0)
			refuse_foreign(in, client, &messages[i]);
	sub = xcalloc(1, sizeof(*sub));
	*sub = (struct submission){
	    .intake = in, .server = s, .request_id = request_id, .mode = mode, .count = n};
	submit(sub, caller, messages, context.now);
}
