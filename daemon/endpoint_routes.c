/* The handlers of /v1/endpoints: thin; see endpoint_store.h and endpoint_reads.h. */
#include "endpoint_routes.h"

#include "endpoint_reads.h"
#include "endpoint_store.h"
#include "endpoint_test.h"
#include "identity.h"
#include "replay.h"

#include <stdlib.h>
#include <string.h>

/* The number of the endpoint that the path names. 0 after a 404. */
static int64_t
path_endpoint(const struct call *c)
{
	size_t digits = strspn(c->part, "0123456789");
	int64_t endpoint = digits <= 18 && c->part[digits] == '\0' ? strtoll(c->part, NULL, 10) : 0;

	if (endpoint == 0)
		call_problem(c, 404, call_not_found, NULL, NULL);
	return endpoint;
}

/* ---- Reading ---- */

void
get_endpoints(struct call *c)
{
	int64_t after = 0, limit = ENDPOINTS_LIMIT_DEFAULT;
	const struct unit *unit = NULL;
	char text[QUERY_VALUE_MAX];

	if (!call_parameter(c, "unit", text) ||
	    !call_parameter_number(c, "after", 0, INT64_MAX, &after) ||
	    !call_parameter_number(c, "limit", 1, ENDPOINTS_LIMIT_MAX, &limit) ||
	    (text[0] != '\0' && (unit = call_any_unit(c, text)) == NULL))
		return;
	endpoints_read_page(c->routes->parts.pg, unit != NULL ? unit->unit : 0, after, (int)limit,
	    c->request_id, call_read_done, c->server);
}

void
get_endpoint(struct call *c)
{
	int64_t endpoint = path_endpoint(c);

	if (endpoint != 0)
		endpoints_read_one(
		    c->routes->parts.pg, endpoint, c->request_id, call_read_done, c->server);
}

static bool
deliveries_state(const struct call *c, enum delivery_state *state)
{
	char text[QUERY_VALUE_MAX];

	if (!call_parameter(c, "state", text))
		return false;
	if (text[0] == '\0')
		return true;
	for (int s = 0; s < DELIVERY_STATE_COUNT; s++) {
		if (strcmp(text, delivery_state_word((enum delivery_state)s)) == 0) {
			*state = (enum delivery_state)s;
			return true;
		}
	}
	return call_bad_parameter(
	    c, "state", "be one of: waiting, given_up, superseded, delivered");
}

/* What a receiver answered may be anything; operations get along without it. */
void
get_deliveries(struct call *c)
{
	struct deliveries_query q = {.before = INT64_MAX, .state = DELIVERY_ANY};
	int64_t limit = DELIVERIES_LIMIT_DEFAULT;

	q.endpoint = path_endpoint(c);
	if (q.endpoint == 0 || !deliveries_state(c, &q.state) ||
	    !call_parameter_number(c, "after", 0, INT64_MAX, &q.before) ||
	    !call_parameter_number(c, "limit", 1, DELIVERIES_LIMIT_MAX, &limit))
		return;
	q.limit = (int)limit;
	q.show =
	    c->client->roles & CLIENT_ADMIN ? DELIVERIES_WITH_ANSWERS : DELIVERIES_WITHOUT_ANSWERS;
	endpoint_read_deliveries(c->routes->parts.pg, &q, c->request_id, call_read_done, c->server);
}

/* ---- Writing ---- */

static void
endpoint_written(void *arg, uint64_t request_id, const struct register_written *written)
{
	static const struct http1_pair again[] = {{"Retry-After", RETRY_S}, {NULL, NULL}};
	static const struct http1_pair headers[] = {{"Cache-Control", "no-store"}, {NULL, NULL}};
	const struct http_answer a = {
	    .content_type = written->body != NULL ? "application/json" : NULL,
	    .headers = headers,
	    .body = written->body,
	    .body_len = written->body_len};

	if (written->status < 300)
		http_answer(arg, request_id, written->status, &a);
	else
		http_answer_problem(arg, request_id, written->status, written->detail,
		    written->extra, written->status == 503 ? again : NULL);
}

static void
wish(const struct call *c, enum endpoint_verb verb, int64_t endpoint)
{
	const struct endpoint_wish w = {.verb = verb,
	    .endpoint = endpoint,
	    .caller = call_caller(c),
	    .body = c->request->body,
	    .len = c->request->body_len};

	if (w.len > ENDPOINT_BODY_BYTES_MAX)
		call_problem(c, 413, "The body of an endpoint is at most 256 KiB.", NULL, NULL);
	else if (!endpoint_store(c->routes->parts.endpoint_writer, c->routes->parts.config, &w,
		     c->request_id, endpoint_written, c->server))
		call_problem(
		    c, 503, "Too many changes of endpoints wait already.", "Retry-After", RETRY_S);
}

static void
wish_of_path(const struct call *c, enum endpoint_verb verb)
{
	int64_t endpoint = path_endpoint(c);

	if (endpoint != 0)
		wish(c, verb, endpoint);
}

void
post_endpoints(struct call *c)
{
	wish(c, ENDPOINT_CREATE, 0);
}

void
patch_endpoint(struct call *c)
{
	wish_of_path(c, ENDPOINT_CHANGE);
}

void
rotate_endpoint(struct call *c)
{
	wish_of_path(c, ENDPOINT_ROTATE);
}

void
pause_endpoint(struct call *c)
{
	wish_of_path(c, ENDPOINT_PAUSE);
}

void
resume_endpoint(struct call *c)
{
	wish_of_path(c, ENDPOINT_RESUME);
}

void
delete_endpoint(struct call *c)
{
	wish_of_path(c, ENDPOINT_DELETE);
}

void
post_replay(struct call *c)
{
	const struct replay_wish w = {
	    .caller = call_caller(c), .body = c->request->body, .len = c->request->body_len};
	if (w.len > ENDPOINT_BODY_BYTES_MAX)
		call_problem(c, 413, "The body of a replay is at most 256 KiB.", NULL, NULL);
	else if (!replay_run(c->routes->parts.endpoint_writer, &w, c->request_id, endpoint_written,
		     c->server))
		call_problem(
		    c, 503, "Too many changes of endpoints wait already.", "Retry-After", RETRY_S);
}

static void
on_tested(void *arg, uint64_t request_id, enum reads_outcome outcome, const char *body, size_t len)
{
	if (outcome == READS_OK)
		http_answer(arg, request_id, 202, &(struct http_answer){0});
	else
		call_read_done(arg, request_id, outcome, body, len);
}

void
test_endpoint(struct call *c)
{
	int64_t endpoint = path_endpoint(c);

	if (endpoint != 0)
		endpoint_test(c->routes->parts.pg, endpoint, c->request_id, on_tested, c->server);
}
