/*
 * Sending: which endpoint is next, what is sent, what became of it (see push.h). Owns the leased
 * endpoints and what is in flight; what is written and read is push_store.c's.
 */
#include "push_internal.h"

#include "address.h"
#include "clock.h"
#include "log.h"
#include "metrics.h"
#include "seal.h"
#include "uuid.h"

#include <event2/event.h>
#include <event2/util.h>
#include <inttypes.h>
#include <openssl/crypto.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>

#define TURN_RETRY_MS 1000 /* after a turn that failed */
#define URL_SCHEME_HTTPS "https://"
#define URL_SCHEME_HTTP "http://"

/*
 * A delivery under way. It names its endpoint and notice, and holds no pointer to them: they may be
 * gone by the answer.
 */
struct push_delivery {
	LIST_ENTRY(push_delivery) link;
	struct push *push;
	uint64_t transfer; /* of daemon/curl */
	int64_t endpoint, token, seq;
	int nr;
	instant at;
	int64_t sent_ms;
	bool second; /* one of those that share half of the slots */
	bool silent; /* it holds no slot any more */
};

uint32_t
push_random32(void)
{
	uint32_t random;
	evutil_secure_rng_get_bytes(&random, sizeof random);
	return random;
}

/* ---- Where it may go ---- */

bool
push_address_allowed(const struct config *config, const struct sockaddr *address)
{
	return address_special(address) == NULL ||
	       config_networks_contain(config->push_allowed_networks, address);
}

static bool
allow(const struct sockaddr *address, void *arg)
{
	const struct push *push = arg;
	return push_address_allowed(push->config, address);
}

const char *
push_url_refusal(const struct config *config, const char *url)
{
	if (strncasecmp(url, URL_SCHEME_HTTPS, strlen(URL_SCHEME_HTTPS)) == 0)
		return NULL;
	if (strncasecmp(url, URL_SCHEME_HTTP, strlen(URL_SCHEME_HTTP)) != 0)
		return "the URL must begin with https://";
	return config->push_allow_http
		   ? NULL
		   : "the URL must begin with https:// (http:// is not allowed here)";
}

/* ---- Endpoints ---- */

static unsigned
hash_of(int64_t endpoint)
{
	return (unsigned)endpoint % PUSH_HASH;
}

struct push_endpoint *
push_find(struct push *push, int64_t endpoint)
{
	struct push_endpoint *e;
	LIST_FOREACH(e, &push->hash[hash_of(endpoint)], hash_link)
	{
		if (e->endpoint == endpoint)
			return e;
	}
	return NULL;
}

static char *
copy_or_null(struct pg_text text)
{
	char *copy = text.text != NULL ? xmalloc(text.len + 1) : NULL;

	if (copy != NULL) {
		memcpy(copy, text.text, text.len);
		copy[text.len] = '\0';
	}
	return copy;
}

static void
secret_clear(struct push_secret *secret)
{
	free(secret->sealed);
	signing_key_free(secret->key);
	*secret = (struct push_secret){.sealed = NULL};
}

/* Sets a secret and its key; it is opened only if it is another than before. */
static void
secret_set(const struct push_endpoint *e, struct push_secret *secret, struct pg_text sealed)
{
	if (secret->sealed != NULL && sealed.text != NULL && secret->sealed_len == sealed.len &&
	    memcmp(secret->sealed, sealed.text, sealed.len) == 0)
		return;
	secret_clear(secret);
	if (sealed.text == NULL)
		return;
	secret->sealed = copy_or_null(sealed);
	secret->sealed_len = sealed.len;
	char *text =
	    seal_open(SEAL_SECRET, e->endpoint, sealed.text, sealed.len, &secret->unopened);
	if (text != NULL)
		secret->unopened = signing_key_new(text, strlen(text), &secret->key);
	seal_wipe(text);
}

void
push_endpoint_set(
    struct push_endpoint *e, const char *url, struct pg_text secret, struct pg_text secret_before)
{
	if (e->url == NULL || strcmp(e->url, url) != 0) {
		free(e->url);
		e->url = xstrdup(url);
	}
	secret_set(e, &e->secret, secret);
	secret_set(e, &e->secret_before, secret_before);
}

static void
manner_clear(struct push_endpoint *e)
{
	for (int i = 0; e->headers[i] != NULL; i++) {
		OPENSSL_cleanse(e->headers[i], strlen(e->headers[i]));
		e->headers[i] = NULL;
	}
	free(e->header_lines);
	free(e->version);
	free(e->ca);
	free(e->client_cert);
	seal_wipe(e->client_key);
	e->unopened = NULL;
}

/* What is sealed in a column; NULL: nothing, or it cannot be opened. */
static char *
sealed_text(struct push_endpoint *e, enum seal_what what, struct pg_text sealed)
{
	const char *why;
	char *text;

	if (sealed.text == NULL)
		return NULL;
	text = seal_open(what, e->endpoint, sealed.text, sealed.len, &why);
	if (text == NULL)
		e->unopened = why;
	return text;
}

void
push_manner_set(struct push_endpoint *e, const PGresult *rows, size_t row, int column)
{
	enum { COL_VERSION, COL_HEADERS, COL_CA, COL_CERT, COL_KEY };
	char *version = copy_or_null(pg_get_text(rows, row, column + COL_VERSION)), *line, *rest;

	if (e->version != NULL && strcmp(e->version, version) == 0) {
		free(version);
		return;
	}
	manner_clear(e);
	e->version = version;
	e->header_lines =
	    sealed_text(e, SEAL_HEADERS, pg_get_bytes(rows, row, column + COL_HEADERS));
	rest = e->header_lines;
	for (int i = 0; i < PUSH_HEADERS_MAX && (line = strsep(&rest, "\n")) != NULL; i++)
		e->headers[i] = line;
	e->ca = copy_or_null(pg_get_text(rows, row, column + COL_CA));
	e->client_cert = copy_or_null(pg_get_text(rows, row, column + COL_CERT));
	e->client_key = sealed_text(e, SEAL_CLIENT_KEY, pg_get_bytes(rows, row, column + COL_KEY));
}

static void
endpoint_free(struct push_endpoint *e)
{
	secret_clear(&e->secret);
	secret_clear(&e->secret_before);
	free(e->url);
	manner_clear(e);
	free(e);
}

struct push_endpoint *
push_take(struct push *push, const PGresult *rows, size_t row)
{
	int64_t endpoint = pg_get_int(rows, row, 0);
	struct push_endpoint *e = push_find(push, endpoint);
	if (e != NULL) {
		/*
		 * Just given back, and taken again in the same turn; or our own lease had run out:
		 * what is under way then counts as lost.
		 */
		push_drop(push, e, e->releasing ? NULL : "lease_expired");
	}
	e = xcalloc(1, sizeof *e);
	e->endpoint = endpoint;
	e->token = pg_get_int(rows, row, 1);
	e->unit = (unit_id)pg_get_int(rows, row, 2);
	snprintf(e->unit_hsa, sizeof e->unit_hsa, "%s", pg_get_text(rows, row, 3).text);
	push_endpoint_set(e, pg_get_text(rows, row, 4).text, pg_get_bytes(rows, row, 5),
	    pg_get_bytes(rows, row, 9));
	push_manner_set(e, rows, row, 10);
	lane_init(&e->lane, pg_get_int(rows, row, 6));
	e->failures = (int)pg_get_int(rows, row, 7);
	e->failing_since = pg_get_instant(rows, row, 8);
	e->success_at = pg_get_instant(rows, row, 15);
	e->window = 1;
	e->more_log = e->more_rows = true;
	e->busy_at_ms = clock_monotonic_ms();
	LIST_INSERT_HEAD(&push->hash[hash_of(endpoint)], e, hash_link);
	LIST_INSERT_HEAD(&push->endpoints, e, link);
	push->endpoint_count++;
	return e;
}

/* It waits for none of the shared slots any more. */
static void
second_leave(struct push *push, struct push_endpoint *e)
{
	if (e->second_queued)
		TAILQ_REMOVE(&push->second_queue, e, second_link);
	e->second_queued = false;
}

void
push_drop(struct push *push, struct push_endpoint *e, const char *why)
{
	if (why != NULL)
		log_event(LOG_NOTICE, "endpoint_lease_ended", "endpoint", "%" PRId64, e->endpoint,
		    "why", "%s", why, NULL);
	if (e->queued)
		TAILQ_REMOVE(&push->queue, e, queue_link);
	second_leave(push, e);
	LIST_REMOVE(e, hash_link);
	LIST_REMOVE(e, link);
	push->endpoint_count--;
	push->items -= (size_t)e->lane.count;
	lane_clear(&e->lane);
	endpoint_free(e);
}

static bool
is_failing(const struct push_endpoint *e)
{
	return e->failing_since != INSTANT_NONE;
}

static bool
is_silent(const struct push_endpoint *e, int64_t now_ms)
{
	return e->lane.in_flight > 0 && now_ms - e->heard_at_ms >= PUSH_SILENT_MS;
}

bool
push_hears(const struct push_endpoint *e, int64_t now_ms)
{
	return e->window > 1 && !is_silent(e, now_ms);
}

void
push_leave(struct push_endpoint *e, enum push_leaving why)
{
	if (e->leaving != PUSH_LEAVES_GONE)
		e->leaving = why;
	if (e->lane.in_flight > 0)
		return;
	lane_leave(&e->lane);
	e->dirty = true;
}

/* ---- What became of an attempt ---- */

void
push_attempts_clear(struct push_attempts *attempts)
{
	for (size_t i = 0; i < attempts->count; i++)
		free(attempts->rows[i].answer);
	attempts->count = 0;
}

static struct push_attempt *
attempt_add(struct push_attempts *attempts)
{
	if (attempts->count == attempts->size) {
		attempts->size = attempts->size == 0 ? 64 : 2 * attempts->size;
		attempts->rows = xrealloc(attempts->rows, attempts->size * sizeof *attempts->rows);
	}
	struct push_attempt *attempt = &attempts->rows[attempts->count++];
	memset(attempt, 0, sizeof *attempt);
	attempt->delay_ms = -1;
	return attempt;
}

static void
endpoint_succeeded(struct push_endpoint *e, instant at)
{
	/* What was under way when it was held does not change why it fails. */
	if (e->held)
		return;
	if (is_failing(e)) {
		log_event(LOG_NOTICE, "endpoint_recovered", "endpoint", "%" PRId64, e->endpoint,
		    "unit", "%s", e->unit_hsa, NULL);
		breaker_reset(&e->breaker);
	}
	breaker_note(&e->breaker, clock_monotonic_ms(), BREAKER_SUCCESS);
	e->failing_since = INSTANT_NONE;
	e->failures = 0;
	e->success_at = at;
	if (e->window < PUSH_ENDPOINT_IN_FLIGHT_MAX)
		e->window++;
}

/* The pause before the next probe doubles with each failure of a failing endpoint. */
static void
probe_later(struct push_endpoint *e)
{
	int over = e->failures - PUSH_FAILING_AFTER;
	int64_t pause_ms = INT64_C(1000) << (over < 0 ? 0 : over < 5 ? over : 5);
	e->probe_at_ms =
	    clock_monotonic_ms() + (pause_ms < PUSH_PROBE_MS_MAX ? pause_ms : PUSH_PROBE_MS_MAX);
}

/* Of an endpoint that took something of late a few failures say little: it would fail and recover
 * all the time. */
static bool
fails_in_a_row(const struct push_endpoint *e, instant at)
{
	bool of_late = e->success_at != INSTANT_NONE &&
		       at - e->success_at < BREAKER_BUCKETS * BREAKER_BUCKET_MS * (SECOND / 1000);
	return e->failures >= (of_late ? BREAKER_ATTEMPTS_MIN : PUSH_FAILING_AFTER);
}

/* No second and third try is needed to know that it fails. */
static void
fails_for_certain(struct push_endpoint *e)
{
	e->success_at = INSTANT_NONE;
	if (e->failures < PUSH_FAILING_AFTER)
		e->failures = PUSH_FAILING_AFTER - 1;
}

static void
endpoint_failed(struct push_endpoint *e, const struct push_attempt *attempt)
{
	e->failures++;
	e->window = 1;
	if (e->held)
		return;
	if (attempt->status != 0)
		snprintf(e->error, sizeof e->error, "HTTP status %d", attempt->status);
	else
		memcpy(e->error, attempt->error, sizeof e->error);
	bool mostly_fails = breaker_note(&e->breaker, clock_monotonic_ms(), BREAKER_FAILURE);
	if (is_failing(e)) {
		probe_later(e);
		return;
	}
	if (!mostly_fails && !fails_in_a_row(e, attempt->at))
		return;
	e->failures = PUSH_FAILING_AFTER; /* from here the pause doubles */
	probe_later(e);
	e->failing_since = attempt->at;
	log_event(LOG_WARNING, "endpoint_failing", "endpoint", "%" PRId64, e->endpoint, "unit",
	    "%s", e->unit_hsa, "error", "%s", e->error, NULL);
}

void
push_hold(struct push *push, struct push_endpoint *e, const char *why)
{
	char error[PUSH_ERROR_MAX];
	e->refused = false;
	push->endpoints_limit = 0;
	if (e->held) { /* even that it fails cannot be: whoever takes it next begins anew */
		push_drop(push, e, "not_recorded");
		return;
	}
	e->held = true;
	e->held_until_ms = clock_monotonic_ms() + PUSH_PROBE_MS_MAX;
	snprintf(error, sizeof error, "what became of its notices cannot be recorded (%s)", why);
	if (strcmp(e->error, error) != 0)
		log_event(LOG_ERROR, "endpoint_not_recorded", "endpoint", "%" PRId64, e->endpoint,
		    "unit", "%s", e->unit_hsa, "sqlstate", "%s", why, NULL);
	memcpy(e->error, error, sizeof e->error);
	if (!is_failing(e))
		e->failing_since = clock_real();
}

/* The outcome of an attempt, into the lane and the endpoint. retry_after_s: -1 if not asked for. */
static void
judge(struct push_endpoint *e, struct push_attempt *attempt, int64_t retry_after_s)
{
	struct lane_item *item = lane_find(&e->lane, attempt->seq);
	require(item != NULL && item->state == LANE_IN_FLIGHT);
	e->dirty = true;
	e->busy_at_ms = e->heard_at_ms = clock_monotonic_ms();
	if (attempt->status >= 200 && attempt->status <= 299) {
		lane_delivered(&e->lane, item);
		endpoint_succeeded(e, attempt->at);
		return;
	}
	if (attempt->status == 410) /* it says itself that it is gone */
		fails_for_certain(e);
	lane_failed(&e->lane, item, retry_after_s, push_random32());
	attempt->delay_ms = item->state == LANE_FAILED ? item->delay_ms : -1;
	endpoint_failed(e, attempt);
	if (item->state == LANE_GIVEN_UP)
		log_event(LOG_ERROR, "notice_given_up", "endpoint", "%" PRId64, e->endpoint, "unit",
		    "%s", e->unit_hsa, "seq", "%" PRId64, item->seq, NULL);
	if (attempt->status == 410) {
		log_event(LOG_WARNING, "endpoint_gone", "endpoint", "%" PRId64, e->endpoint, "unit",
		    "%s", e->unit_hsa, NULL);
		e->leaving = PUSH_LEAVES_GONE;
	}
}

static void
count_outcome(const struct curl_answer *answer)
{
	enum metric metric = METRIC_PUSH_FAILED;
	if (answer->outcome == CURL_OUTCOME_ANSWER)
		metric = answer->status >= 200 && answer->status <= 299 ? METRIC_PUSH_DELIVERED
									: METRIC_PUSH_REJECTED;
	else if (answer->outcome == CURL_OUTCOME_TIMEOUT)
		metric = METRIC_PUSH_TIMEOUT;
	metrics_add(metric, 1);
	metrics_observe(METRIC_PUSH_SECONDS, (double)answer->duration_ms / 1000);
}

static void
turn_soon(struct push *push)
{
	if (!push->turning && push->state != PUSH_STOPPED)
		event_active(push->turn_event, EV_TIMEOUT, 0);
}

/* A slot is free again; if it is one of the shared half, whoever waits for it is next. */
static void
slot_free(struct push *push, const struct push_delivery *d)
{
	struct push_endpoint *e = TAILQ_FIRST(&push->second_queue);
	push->second_in_slots -= d->second;
	if (!d->second || e == NULL)
		return;
	second_leave(push, e);
	if (e->queued)
		TAILQ_REMOVE(&push->queue, e, queue_link);
	e->queued = true;
	TAILQ_INSERT_HEAD(&push->queue, e, queue_link);
}

static void
delivery_free(struct push_delivery *d)
{
	struct push *push = d->push;
	LIST_REMOVE(d, link);
	push->in_flight--;
	if (d->silent)
		push->silent--;
	else
		slot_free(push, d);
	metrics_set(METRIC_PUSH_IN_FLIGHT, (int64_t)push->in_flight);
	free(d);
}

/* The endpoint of a delivery, if its lease is still the one under which it was sent. */
static struct push_endpoint *
delivery_endpoint(const struct push_delivery *d)
{
	struct push_endpoint *e = push_find(d->push, d->endpoint);
	return e != NULL && e->token == d->token ? e : NULL;
}

static void pump(struct push *push);

/* What a receiver's certificate says may be in it, any bytes: the database takes whole characters.
 */
static void
keep_ascii(char *text)
{
	for (; *text != '\0'; text++)
		if (*text < ' ' || *text > '~')
			*text = '?';
}

static void
on_answer(const struct curl_answer *answer, void *arg)
{
	struct push_delivery *d = arg;
	struct push *push = d->push;
	struct push_endpoint *e = delivery_endpoint(d);
	struct push_attempt *attempt = attempt_add(&push->attempts);
	attempt->endpoint = d->endpoint;
	attempt->seq = d->seq;
	attempt->at = d->at;
	attempt->nr = d->nr;
	attempt->duration_ms =
	    (int)(answer->duration_ms < INT32_MAX ? answer->duration_ms : INT32_MAX);
	attempt->status = answer->status;
	snprintf(attempt->address, sizeof attempt->address, "%s", answer->address);
	if (answer->outcome != CURL_OUTCOME_ANSWER)
		snprintf(attempt->error, sizeof attempt->error, "%s: %s",
		    curl_outcome_text(answer->outcome), answer->error);
	keep_ascii(attempt->error);
	if (answer->body_len > 0) {
		attempt->answer_len = answer->body_len;
		attempt->answer = xmalloc(answer->body_len);
		memcpy(attempt->answer, answer->body, answer->body_len);
	}
	count_outcome(answer);
	delivery_free(d);
	if (e != NULL) {
		judge(e, attempt, answer->retry_after_s);
		if (e->leaving != PUSH_STAYS)
			push_leave(e, e->leaving);
		push_queue(push, e);
	}
	turn_soon(push);
	pump(push);
}

/* ---- Sending ---- */

/* An attempt that ends before anything is sent, because of what the endpoint's row says; why may be
 * NULL. */
static void
refuse(struct push *push, struct push_endpoint *e, struct lane_item *item, const char *what,
    const char *why)
{
	struct push_attempt *attempt = attempt_add(&push->attempts);
	attempt->endpoint = e->endpoint;
	attempt->seq = item->seq;
	attempt->at = clock_real();
	attempt->nr = item->attempts + 1;
	snprintf(attempt->error, sizeof attempt->error, "refused: %s%s%s", what,
	    why != NULL ? ": " : "", why != NULL ? why : "");
	metrics_add(METRIC_PUSH_FAILED, 1);
	fails_for_certain(e);
	judge(e, attempt, -1);
	turn_soon(push);
}

/*
 * webhook-id is the event's id, as proto/notice makes it: the same over all attempts, and in the
 * feed. While the secret is being replaced both sign, the new one first.
 */
static void
post(struct push *push, struct push_endpoint *e, struct lane_item *item, struct push_delivery *d)
{
	char id[128], id_header[160], timestamp[64], signature[2 * SIGNATURE_TEXT_MAX + 32];
	char made[SIGNATURE_TEXT_MAX], made_before[SIGNATURE_TEXT_MAX] = "";
	snprintf(id, sizeof id, "%s:%s:%" PRId64, e->epoch, e->unit_hsa, item->seq);
	int64_t timestamp_s = d->at / SECOND;
	signature_make(e->secret.key, id, timestamp_s, item->event, item->event_len, made);
	snprintf(id_header, sizeof id_header, "webhook-id: %s", id);
	snprintf(timestamp, sizeof timestamp, "webhook-timestamp: %" PRId64, timestamp_s);
	if (e->secret_before.key != NULL)
		signature_make(e->secret_before.key, id, timestamp_s, item->event, item->event_len,
		    made_before);
	snprintf(signature, sizeof signature, "webhook-signature: %s%s%s", made,
	    e->secret_before.key != NULL ? " " : "", made_before);
	const char *headers[PUSH_HEADERS_MAX + 6] = {
	    "Content-Type: application/cloudevents+json; charset=utf-8", "User-Agent: samordnad",
	    id_header, timestamp, signature};
	for (int i = 0; e->headers[i] != NULL; i++)
		headers[5 + i] = e->headers[i];
	struct curl_request request = {.url = e->url,
	    .headers = headers,
	    .body = item->event,
	    .body_len = item->event_len,
	    .connect_timeout_ms = (unsigned)push->config->push_connect_timeout_ms,
	    .timeout_ms = (unsigned)push->config->push_timeout_ms,
	    .ca = e->ca,
	    .client_cert = e->client_cert,
	    .client_key = e->client_key};
	d->transfer = curl_post(push->curl, &request, on_answer, d);
}

/*
 * Half of the slots are for first attempts to endpoints whose last attempt went well: all else
 * shares the other half, so that the others find a slot however many hang or are tried again.
 */
static bool
is_second(const struct push_endpoint *e, const struct lane_item *item)
{
	return e->failures > 0 || item->origin == LANE_FROM_ROWS;
}

static void
send_notice(struct push *push, struct push_endpoint *e, struct lane_item *item)
{
	int64_t now_ms = clock_monotonic_ms();
	if (e->lane.in_flight == 0)
		e->heard_at_ms = now_ms;
	lane_sent(&e->lane, item);
	const char *why = NULL, *what = push_url_refusal(push->config, e->url);
	if (what == NULL && e->secret.key == NULL) {
		what = "the endpoint's secret cannot be used";
		why = e->secret.unopened;
	} else if (what == NULL && e->unopened != NULL) {
		what = "the endpoint's headers or client key cannot be used";
		why = e->unopened;
	}
	if (what != NULL) {
		refuse(push, e, item, what, why);
		return;
	}
	struct push_delivery *d = xcalloc(1, sizeof *d);
	d->push = push;
	d->endpoint = e->endpoint;
	d->token = e->token;
	d->seq = item->seq;
	d->nr = item->attempts + 1;
	d->at = clock_real();
	d->sent_ms = now_ms;
	d->second = is_second(e, item);
	if (d->second)
		second_leave(push, e);
	LIST_INSERT_HEAD(&push->deliveries, d, link);
	push->in_flight++;
	push->second_in_slots += d->second;
	metrics_set(METRIC_PUSH_IN_FLIGHT, (int64_t)push->in_flight);
	post(push, e, item, d);
}

void
push_queue(struct push *push, struct push_endpoint *e)
{
	if (e->queued || e->leaving != PUSH_STAYS || e->lane.count == 0)
		return;
	e->queued = true;
	TAILQ_INSERT_TAIL(&push->queue, e, queue_link);
}

static void
second_queue(struct push *push, struct push_endpoint *e)
{
	if (e->second_queued)
		return;
	e->second_queued = true;
	TAILQ_INSERT_TAIL(&push->second_queue, e, second_link);
}

/* Sends one notice of the endpoint; false: there is none that may be sent now. */
static bool
pump_one(struct push *push, struct push_endpoint *e, int64_t now_ms)
{
	if (e->leaving != PUSH_STAYS || e->held || now_ms >= e->valid_until_ms)
		return false;
	/* One that is silent is asked once a second: it may be one notice that it cannot take. */
	if ((is_silent(e, now_ms) && now_ms - e->sent_at_ms < PUSH_SILENT_MS) ||
	    (is_failing(e) && now_ms < e->probe_at_ms))
		return false;
	if (!rate_allows(&e->rate, now_ms, push->config->push_rate_per_s))
		return false;
	int in_flight_max = is_failing(e) ? 1 : e->window;
	struct lane_item *item = lane_next(&e->lane, in_flight_max, LANE_ANY);
	if (item == NULL)
		return false;
	size_t slots = (size_t)push->config->push_in_flight_max;
	if (is_second(e, item) && push->second_in_slots >= (slots > 1 ? slots / 2 : 1)) {
		second_queue(push, e);
		item = lane_next(&e->lane, in_flight_max, LANE_FIRST_ATTEMPTS);
		if (item == NULL || is_second(e, item))
			return false;
	}
	rate_take(&e->rate, now_ms, push->config->push_rate_per_s);
	e->sent_at_ms = now_ms;
	send_notice(push, e, item);
	return true;
}

/*
 * Endpoints take turns, one notice each, until nothing may be sent or all slots are taken. One that
 * waits for a time, an answer or one of the shared slots leaves the queue and is put back when that
 * has come, or by the next poll.
 */
static void
pump(struct push *push)
{
	int64_t now_ms = clock_monotonic_ms();
	struct push_endpoint *e;
	while (push->state == PUSH_RUNS && (e = TAILQ_FIRST(&push->queue)) != NULL &&
	       push->in_flight - push->silent < (size_t)push->config->push_in_flight_max) {
		TAILQ_REMOVE(&push->queue, e, queue_link);
		e->queued = false;
		if (pump_one(push, e, now_ms))
			push_queue(push, e);
	}
}

/* ---- Turns ---- */

static void
stopped(struct push *push)
{
	push->state = PUSH_STOPPED;
	event_del(push->drain_event);
	log_event(LOG_INFO, "push_stopped", NULL);
	push->done(push->done_arg);
}

/* Nothing is in flight any more: all lanes are written down and all leases go back. */
static void
begin_last_turn(struct push *push)
{
	push->state = PUSH_LAST_TURN;
	struct push_endpoint *e;
	LIST_FOREACH(e, &push->endpoints, link)
	{
		push_leave(e, PUSH_LEAVES);
	}
}

static void
turn(struct push *push)
{
	if (push->turning || push->state == PUSH_STOPPED)
		return;
	if (push->state == PUSH_DRAINS && push->in_flight == 0)
		begin_last_turn(push);
	if (push->state == PUSH_LAST_TURN) {
		if (!push_turn(push))
			stopped(push);
		return;
	}
	if (pg_is_up(push->pg) && clock_monotonic_ms() >= push->not_before_ms)
		push_turn(push);
}

static void
on_turn_event(evutil_socket_t fd, short what, void *arg)
{
	(void)fd, (void)what;
	turn(arg);
}

void
push_turned(struct push *push, enum push_turn_end end)
{
	if (push->state == PUSH_LAST_TURN && end == PUSH_TURN_FAILED) {
		stopped(push);
		return;
	}
	if (end == PUSH_TURN_FAILED)
		push->not_before_ms = clock_monotonic_ms() + TURN_RETRY_MS;
	pump(push);
	turn_soon(push);
}

/* Once a second: what has had no answer for too long holds no slot any more. */
static void
poll_deliveries(struct push *push)
{
	int64_t now_ms = clock_monotonic_ms();
	size_t most = PUSH_SILENT_PER_SLOT * (size_t)push->config->push_in_flight_max;
	struct push_delivery *d;
	LIST_FOREACH(d, &push->deliveries, link)
	{
		if (d->silent || now_ms - d->sent_ms < PUSH_SILENT_MS || push->silent >= most)
			continue;
		d->silent = true;
		push->silent++;
		slot_free(push, d);
	}
}

/*
 * Once a second: retries, probes and leases hang on time, not on notices. The breaker's counts go
 * with the lease, so an idle endpoint is not given back while a failure counts. A daemon that takes
 * it over counts anew; it knows from the database how many failed in a row, since when it
 * fails and when something last arrived.
 */
static void
poll_endpoints(struct push *push)
{
	int64_t now_ms = clock_monotonic_ms();
	struct push_endpoint *e;
	LIST_FOREACH(e, &push->endpoints, link)
	{
		if (e->held && now_ms >= e->held_until_ms) { /* alone, not to have others refused */
			e->held = false;
			e->dirty = e->refused = true;
			push->endpoints_limit = 1;
		}
		if (e->leaving == PUSH_STAYS && e->lane.count == 0 && !e->dirty &&
		    now_ms - e->busy_at_ms > PUSH_IDLE_MS &&
		    !breaker_counts_failures(&e->breaker, now_ms))
			push_leave(e, PUSH_LEAVES);
		push_queue(push, e);
	}
}

/* There may be something new in the units' feeds; count 0: in any. */
static void
note_told(struct push *push, const unit_id *units, size_t count)
{
	if (count == 0 || count > WAKE_UNITS_MAX - push->told_count) {
		push->woken = true;
		return;
	}
	memcpy(&push->told[push->told_count], units, count * sizeof units[0]);
	push->told_count += count;
}

void
push_wake(struct push *push, enum wake_reason reason, const unit_id *units, size_t count)
{
	if (push->state != PUSH_RUNS)
		return;
	switch (reason) {
	case WAKE_NOTICE:
		note_told(push, units, count);
		break;
	case WAKE_ENDPOINT:
		push->woken = true; /* it may be free now, to be taken */
		push->renew_at_ms = 0;
		break;
	case WAKE_POLL:
		push->woken = push->polled = true;
		poll_endpoints(push);
		poll_deliveries(push);
		push_ask_status(push);
		pump(push);
		break;
	}
	turn_soon(push);
}

/* ---- Life ---- */

static void
on_connected(struct pg *pg, void *arg)
{
	(void)pg;
	push_wake(arg, WAKE_POLL, NULL, 0);
}

/*
 * Plans are made while the tables are empty and kept: they must be those of full ones. What is said
 * of synchronous_commit stands in push.h.
 */
static const char *const setup[] = {"set search_path to samordnad, public",
    "set enable_seqscan to off", "set enable_bitmapscan to off", "set enable_hashjoin to off",
    "set enable_mergejoin to off", "set jit to off", "set plan_cache_mode to force_generic_plan",
    "set synchronous_commit to off", NULL};

static void
on_drain_over(evutil_socket_t fd, short what, void *arg)
{
	struct push *push = arg;
	(void)fd, (void)what;
	struct push_delivery *d;
	while ((d = LIST_FIRST(&push->deliveries)) != NULL) {
		curl_cancel(push->curl, d->transfer);
		struct push_endpoint *e = delivery_endpoint(d);
		if (e != NULL)
			lane_leave(&e->lane);
		delivery_free(d);
	}
	turn_soon(push);
}

struct push *
push_start(struct event_base *base, const struct config *config, char *why)
{
	struct push *push = xcalloc(1, sizeof *push);
	push->base = base;
	push->config = config;
	LIST_INIT(&push->endpoints);
	LIST_INIT(&push->deliveries);
	TAILQ_INIT(&push->queue);
	TAILQ_INIT(&push->second_queue);
	evutil_secure_rng_get_bytes(&push->holder, sizeof push->holder);
	push->turn_ended_ms = clock_monotonic_ms();
	struct pg_options options = {.conninfo = config->database,
	    .name = "push",
	    .setup = setup,
	    .connected = on_connected,
	    .arg = push};
	push->pg = pg_new(base, &options, why);
	if (push->pg == NULL) {
		free(push);
		return NULL;
	}
	push->curl = curl_loop_new(base, allow, push);
	push->turn_event = event_new(base, -1, 0, on_turn_event, push);
	push->drain_event = event_new(base, -1, 0, on_drain_over, push);
	require(push->turn_event != NULL && push->drain_event != NULL);
	return push;
}

void
push_stop(struct push *push, void (*done)(void *arg), void *arg)
{
	require(push->state == PUSH_RUNS);
	push->state = PUSH_DRAINS;
	push->done = done;
	push->done_arg = arg;
	struct timeval drain = {.tv_sec = push->config->drain_ms / 1000,
	    .tv_usec = push->config->drain_ms % 1000 * 1000};
	require(event_add(push->drain_event, &drain) == 0);
	turn_soon(push);
}

void
push_free(struct push *push)
{
	if (push == NULL)
		return;
	push->state = PUSH_STOPPED;
	event_free(push->turn_event);
	event_free(push->drain_event);
	curl_loop_free(push->curl);
	pg_free(push->pg);
	struct push_delivery *d;
	while ((d = LIST_FIRST(&push->deliveries)) != NULL)
		delivery_free(d);
	struct push_endpoint *e;
	while ((e = LIST_FIRST(&push->endpoints)) != NULL)
		push_drop(push, e, NULL);
	push_attempts_clear(&push->attempts);
	push_attempts_clear(&push->attempts_writing);
	free(push->attempts.rows);
	free(push->attempts_writing.rows);
	free(push);
}

const struct push_status *
push_status(struct push *push)
{
	push->status.connected = pg_is_up(push->pg);
	push->status.turn_age_ms = clock_monotonic_ms() - push->turn_ended_ms;
	push->status.in_flight = push->in_flight;
	push->status.leased = push->endpoint_count;
	return &push->status;
}
