/* The routes; see routes.h. */
#include "routes_internal.h"

#include "answer.h"
#include "clock.h"
#include "contract.h"
#include "endpoint_routes.h"
#include "fields.h"
#include "identity.h"
#include "intake.h"
#include "log.h"
#include "metrics.h"
#include "register_view.h"
#include "uuid.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define DETAIL_MAX 200
#define CERTIFICATE_HEADER "samordnad-certificate"
#define EMPTY_BYTES_MAX 1024 /* of a body that may be only {} */
#define ALLOW_MAX 64	     /* all methods of a path */
#define NUMBER_DIGITS_MAX 18 /* of a number in a query: fits 64 bits */
#define TASKS_LIMIT_DEFAULT 100
#define CONTACTS_LIMIT_DEFAULT 100
#define FEED_LIMIT_DEFAULT 100
#define ACCESS_LIMIT_DEFAULT 100

static handler post_messages, post_episodes_search, post_patients_search, get_contacts,
    get_access_log, get_episode, get_tasks, get_feed, get_status, get_livez, get_readyz,
    get_metrics, get_contract, get_unit, put_unit, get_follow_up, get_betalningsansvar;

struct route {
	struct route_info info;
	handler *handle;
	const char *const *query; /* the parameters that it knows, ended by NULL */
};

static const char *const query_none[] = {NULL};
static const char *const query_readyz[] = {"door", NULL};
static const char *const query_tasks[] = {"unit", "status", "due_before", "after", "limit", NULL};
static const char *const query_row[] = {"id", NULL};
static const char *const query_page[] = {"after", "limit", NULL};
static const char *const query_deliveries[] = {"after", "limit", "state", NULL};
static const char *const query_endpoints[] = {"unit", "after", "limit", NULL};
static const char *const query_feed[] = {"unit", "after", "limit", "wait", NULL};
static const char *const query_follow_up[] = {
    "from", "to", "unit", "kommun", "hospital", "by", NULL};
static const char *const query_betalningsansvar[] = {"from", "to", "kommun", "hospital", NULL};

#define PATIENT_ROLES (CLIENT_HOSPITAL | CLIENT_UNIT)
#define UNIT_ROLES (CLIENT_HOSPITAL | CLIENT_UNIT | CLIENT_ADMIN)
/* A document of a unit: who has the unit reads it, an admin writes it too. */
#define UNITS "/v1/units/{hsa}"
#define UNIT_DOCUMENT(tail, query) \
	{{HTTP1_GET, UNITS tail, UNIT_ROLES, false, BODY_NONE}, get_unit, query}, \
	{ \
		{HTTP1_PUT, UNITS tail, CLIENT_ADMIN, false, BODY_JSON}, put_unit, query_none \
	}
static const char *const unit_tails[] = {[UNIT_ITSELF] = "",
    [UNIT_STAFF] = "/staff",
    [UNIT_SLOTS] = "/slots",
    [UNIT_HOURS] = "/hours",
    [UNIT_POLICY] = "/policy",
    [UNIT_STANDING_DECISIONS] = "/standing-decisions"};
#define WHOLE_ROLES (CLIENT_OPS | CLIENT_ADMIN) /* of what holds no patient */
static const struct route table[] = {
    /* method, path, roles, open on loopback, body; handler; query */
    {{HTTP1_POST, "/v1/messages", PATIENT_ROLES, false, BODY_MESSAGES}, post_messages, query_none},
    {{HTTP1_POST, "/v1/episodes/search", PATIENT_ROLES, false, BODY_QUESTION}, post_episodes_search,
	query_none},
    {{HTTP1_POST, "/v1/patients/search", PATIENT_ROLES, false, BODY_QUESTION}, post_patients_search,
	query_none},
    {{HTTP1_GET, "/v1/patients/{id}/contacts", PATIENT_ROLES, false, BODY_NONE}, get_contacts,
	query_page},
    {{HTTP1_GET, "/v1/patients/{id}/access-log", PATIENT_ROLES, false, BODY_NONE}, get_access_log,
	query_page},
    {{HTTP1_GET, "/v1/episodes/{id}", PATIENT_ROLES, false, BODY_NONE}, get_episode, query_none},
    {{HTTP1_GET, "/v1/tasks", PATIENT_ROLES, false, BODY_NONE}, get_tasks, query_tasks},
    {{HTTP1_GET, "/v1/feed", PATIENT_ROLES, false, BODY_NONE}, get_feed, query_feed},
    UNIT_DOCUMENT("", query_none),
    UNIT_DOCUMENT("/staff", query_none),
    UNIT_DOCUMENT("/slots", query_row),
    UNIT_DOCUMENT("/hours", query_none),
    UNIT_DOCUMENT("/policy", query_row),
    UNIT_DOCUMENT("/standing-decisions", query_row),
    {{HTTP1_GET, "/v1/endpoints", CLIENT_ADMIN, false, BODY_NONE}, get_endpoints, query_endpoints},
    {{HTTP1_POST, "/v1/endpoints", CLIENT_ADMIN, false, BODY_JSON}, post_endpoints, query_none},
    {{HTTP1_GET, "/v1/endpoints/{id}", CLIENT_ADMIN, false, BODY_NONE}, get_endpoint, query_none},
    {{HTTP1_PATCH, "/v1/endpoints/{id}", CLIENT_ADMIN, false, BODY_JSON}, patch_endpoint,
	query_none},
    {{HTTP1_DELETE, "/v1/endpoints/{id}", CLIENT_ADMIN, false, BODY_NONE}, delete_endpoint,
	query_none},
    {{HTTP1_POST, "/v1/endpoints/{id}/rotate", CLIENT_ADMIN, false, BODY_JSON}, rotate_endpoint,
	query_none},
    {{HTTP1_POST, "/v1/endpoints/{id}/pause", CLIENT_ADMIN, false, BODY_EMPTY}, pause_endpoint,
	query_none},
    {{HTTP1_POST, "/v1/endpoints/{id}/resume", CLIENT_ADMIN, false, BODY_EMPTY}, resume_endpoint,
	query_none},
    {{HTTP1_GET, "/v1/endpoints/{id}/deliveries", WHOLE_ROLES, false, BODY_NONE}, get_deliveries,
	query_deliveries},
    {{HTTP1_POST, "/v1/deliveries/replay", CLIENT_ADMIN, false, BODY_JSON}, post_replay,
	query_none},
    {{HTTP1_GET, "/v1/reports/follow-up", PATIENT_ROLES | WHOLE_ROLES, false, BODY_NONE},
	get_follow_up, query_follow_up},
    {{HTTP1_GET, "/v1/reports/betalningsansvar", PATIENT_ROLES | WHOLE_ROLES, false, BODY_NONE},
	get_betalningsansvar, query_betalningsansvar},
    {{HTTP1_POST, "/v1/endpoints/{id}/test", CLIENT_ADMIN, false, BODY_EMPTY}, test_endpoint,
	query_none},
    {{HTTP1_GET, "/status", CLIENT_OPS, true, BODY_NONE}, get_status, query_none},
    {{HTTP1_GET, "/metrics", CLIENT_OPS, true, BODY_NONE}, get_metrics, query_none},
    {{HTTP1_GET, "/livez", 0, false, BODY_NONE}, get_livez, query_none},
    {{HTTP1_GET, "/readyz", 0, false, BODY_NONE}, get_readyz, query_readyz},
    {{HTTP1_GET, "/openapi.yaml", 0, false, BODY_NONE}, get_contract, query_none},
    {{HTTP1_GET, "/schemas/{name}", 0, false, BODY_NONE}, get_contract, query_none},
};
#define ROUTES (sizeof(table) / sizeof(table[0]))

bool
routes_info(size_t i, struct route_info *out)
{
	if (i >= ROUTES)
		return false;
	*out = table[i].info;
	return true;
}

struct routes *
routes_new(const struct routes_parts *parts)
{
	struct routes *r = xcalloc(1, sizeof(*r));

	r->parts = *parts;
	r->intake = intake_new(parts->config, parts->reg, parts->door, status_heard, parts->status);
	return r;
}

void
routes_free(struct routes *r)
{
	if (r == NULL)
		return;
	intake_free(r->intake);
	for (int i = 0; i < r->poll_count; i++)
		free(r->polls[i].wait);
	metrics_text_free(&r->metrics);
	free(r);
}

/* ---- Finding the route ---- */

/*
 * Whether a path is of a pattern, in which one {part} may stand for one segment; decodes it into
 * part.
 */
static bool
path_matches(const char *pattern, struct http1_text path, char part[static PATH_PART_MAX])
{
	struct http1_text wanted = {pattern, strlen(pattern)}, want, got;
	size_t len;

	part[0] = '\0';
	while (http1_path_next(&wanted, &want)) {
		if (!http1_path_next(&path, &got))
			return false;
		if (want.len > 0 && want.at[0] == '{') {
			if (got.len == 0 || http1_decode(got, HTTP1_PATH_SEGMENT, part,
						PATH_PART_MAX, &len) != HTTP1_DECODED)
				return false;
		} else if (got.len != want.len || memcmp(got.at, want.at, got.len) != 0) {
			return false;
		}
	}
	return !http1_path_next(&path, &got);
}

static bool
method_fits(enum http1_method allowed, enum http1_method method)
{
	return allowed == method || (allowed == HTTP1_GET && method == HTTP1_HEAD);
}

void
call_problem(
    const struct call *c, int status, const char *detail, const char *header, const char *value)
{
	struct http1_pair headers[] = {{header, value}, {NULL, NULL}};

	http_answer_problem(
	    c->server, c->request_id, status, detail, NULL, header != NULL ? headers : NULL);
}

static const char *
method_word(enum http1_method method)
{
	switch (method) {
	case HTTP1_GET:
		return "GET, HEAD";
	case HTTP1_HEAD:
		return "HEAD";
	case HTTP1_POST:
		return "POST";
	case HTTP1_PUT:
		return "PUT";
	case HTTP1_PATCH:
		return "PATCH";
	case HTTP1_DELETE:
		return "DELETE";
	case HTTP1_OPTIONS:
		return "OPTIONS";
	case HTTP1_METHOD_OTHER:
		break;
	}
	return "";
}

/* The route, or NULL after a 404 or 405. */
static const struct route *
find_route(struct call *c)
{
	const struct http1_request *head = c->request->head;
	char allow[ALLOW_MAX] = "";
	size_t len = 0;

	for (size_t i = 0; i < ROUTES; i++) {
		if (!path_matches(table[i].info.path, http1_path(head), c->part))
			continue;
		if (method_fits(table[i].info.method, head->method))
			return &table[i];
		len += (size_t)snprintf(allow + len, sizeof(allow) - len, "%s%s",
		    len > 0 ? ", " : "", method_word(table[i].info.method));
		require(len < sizeof(allow));
	}
	if (len > 0)
		call_problem(c, 405, "This method is not for this path.", "Allow", allow);
	else
		call_problem(c, 404, "There is nothing at this path.", NULL, NULL);
	return NULL;
}

/* ---- Who is it ---- */

/*
 * From this machine itself, not through a proxy on it. What a proxy says of where a request comes
 * from only ever takes away: no address in X-Forwarded-For is believed, and at the proxy's own
 * socket none is local with or without it.
 */
static bool
is_local(const struct http_request *request)
{
	struct http1_text value;

	return (request->peer == HTTP_PEER_UNIX || request->peer == HTTP_PEER_LOOPBACK) &&
	       http1_header(request->head, "forwarded", &value) == 0 &&
	       http1_header(request->head, "x-forwarded-for", &value) == 0;
}

static const struct client *
find_client(const struct call *c)
{
	static const char scheme[] = "bearer ";
	struct http1_text value, word;

	if (http1_header(c->request->head, "authorization", &value) != 1 ||
	    value.len < sizeof(scheme))
		return NULL;
	word = (struct http1_text){value.at, sizeof(scheme) - 1};
	if (!http1_text_is(word, scheme))
		return NULL;
	return clients_find(register_clients(c->routes->parts.reg), value.at + sizeof(scheme) - 1,
	    value.len - (sizeof(scheme) - 1), clock_real());
}

/*
 * The HSA-id of the certificate that the request came with, which the proxy names. From elsewhere
 * the header is refused, not overlooked: whoever sends it there would have himself taken for
 * another, or has put his proxy before the wrong address. False after a 400.
 */
static bool
admit_certificate(struct call *c)
{
	unsigned count = http1_header(c->request->head, CERTIFICATE_HEADER, &c->certificate);

	if (count == 0)
		return true;
	if (c->request->peer != HTTP_PEER_PROXY)
		call_problem(c, 400,
		    "The header " CERTIFICATE_HEADER " is for the proxy in front alone to set.",
		    NULL, NULL);
	else if (count > 1 || !identity_hsa_valid(c->certificate.at, c->certificate.len))
		call_problem(c, 400,
		    "The serialNumber in the client certificate's subject (2.5.4.5) is not one "
		    "HSA-id.",
		    NULL, NULL);
	else
		return true;
	return false;
}

/* Counts a request of its client, once. False after a 429. */
static bool
admit_rate(const struct call *c)
{
	struct rate *rate = client_rate(register_clients(c->routes->parts.reg), c->client);
	int64_t now_ms = clock_monotonic_ms(), per_s = c->routes->parts.config->client_rate_per_s;

	if (!c->begins)
		return true;
	if (!rate_allows(rate, now_ms, per_s)) {
		call_problem(c, 429, "This client has sent too many requests within a second.",
		    "Retry-After", "1");
		return false;
	}
	rate_take(rate, now_ms, per_s);
	return true;
}

/* A token in other hands than those that it was given into, perhaps: operations hear of it. */
static void
refuse_certificate(const struct call *c)
{
	char came_with[IDENTITY_HSA_MAX] = "";

	if (c->certificate.len > 0) /* one HSA-id: it was seen to */
		memcpy(came_with, c->certificate.at, c->certificate.len);
	metrics_add(METRIC_CERTIFICATE_REFUSED, 1);
	log_event(LOG_WARNING, "certificate_refused", "client", "%s", c->client->name, "came_with",
	    "%s", came_with, NULL);
	call_problem(c, 401,
	    c->certificate.len > 0 ? "This token is good only with the client certificate that its "
				     "client is bound to; "
				     "it came with another."
				   : "This token is good only with the client certificate that its "
				     "client is bound to; "
				     "it came with none: call the proxy.",
	    "WWW-Authenticate", "Bearer");
}

/*
 * Who has no client here. Before the register was first read nobody is known, and a 401 would have
 * a sender give up a message that it need only send again.
 */
static void
refuse_stranger(struct call *c)
{
	if (register_region(c->routes->parts.reg)->version == 0)
		call_problem(
		    c, 503, "The database has not yet said who may call.", "Retry-After", RETRY_S);
	else
		call_problem(
		    c, 401, "A valid bearer token is needed.", "WWW-Authenticate", "Bearer");
}

/* False after a 401, 403, 429 or 503. */
static bool
admit_client(struct call *c, const struct route *route)
{
	if (route->info.roles == 0 || (route->info.open_on_loopback && is_local(c->request)))
		return true;
	c->client = find_client(c);
	if (c->client == NULL) {
		refuse_stranger(c);
		return false;
	}
	if (!client_fits_certificate(c->client, c->certificate.at, c->certificate.len)) {
		refuse_certificate(c);
		return false;
	}
	if (!admit_rate(c))
		return false;
	if (!(c->client->roles & route->info.roles)) {
		call_problem(c, 403, "This client does not have the role for this.", NULL, NULL);
		return false;
	}
	return true;
}

/* Who stands behind the call, for the access log: if named, then by an HSA-id. */
static bool
admit_person(const struct call *c)
{
	struct http1_text value;
	unsigned count = http1_header(c->request->head, "samordnad-person", &value);

	if (count == 0 || (count == 1 && identity_hsa_valid(value.at, value.len)))
		return true;
	call_problem(c, 400, "The header samordnad-person must be one HSA-id.", NULL, NULL);
	return false;
}

static bool
knows_parameter(const struct route *route, struct http1_text name)
{
	for (const char *const *known = route->query; *known != NULL; known++)
		if (name.len == strlen(*known) && memcmp(name.at, *known, name.len) == 0)
			return true;
	return false;
}

/* The unknown one is not named: what stands in a URL by mistake may be anything. */
static void
refuse_parameter(const struct call *c, const struct route *route)
{
	char detail[DETAIL_MAX] = "This path knows no parameters.";
	size_t len = 0;

	for (const char *const *known = route->query; *known != NULL; known++)
		len += (size_t)snprintf(detail + len, sizeof(detail) - len, "%s%s",
		    len == 0 ? "This path knows only these parameters: " : ", ", *known);
	if (len > 0)
		snprintf(detail + len, sizeof(detail) - len, ".");
	call_problem(c, 400, detail, NULL, NULL);
}

static bool
admit_query(const struct call *c, const struct route *route)
{
	struct http1_text query = http1_query(c->request->head), name, value;

	while (http1_query_next(&query, &name, &value)) {
		if (!knows_parameter(route, name)) {
			refuse_parameter(c, route);
			return false;
		}
	}
	return true;
}

/* False after a 415. */
static bool
admit_body(struct call *c, const struct route *route)
{
	struct http1_text value;
	unsigned count;
	int mode;

	if (route->info.body == BODY_NONE || route->info.body == BODY_EMPTY)
		return true;
	count = http1_header(c->request->head, "content-type", &value);
	mode = intake_mode(value, count);
	if (http1_header(c->request->head, "content-encoding", &value) != 0)
		mode = -1;
	if (route->info.body != BODY_MESSAGES && mode != MESSAGE_BINARY) {
		call_problem(c, 415,
		    "Send JSON in UTF-8, not compressed: Content-Type application/json.",
		    route->info.body == BODY_QUESTION ? "Accept-Post" : "Accept",
		    "application/json");
		return false;
	}
	if (mode < 0) {
		call_problem(c, 415,
		    "Send a CloudEvent as JSON in UTF-8, not compressed: Content-Type "
		    "application/cloudevents+json, or application/json with ce- headers.",
		    "Accept-Post", INTAKE_ACCEPT_POST);
		return false;
	}
	c->mode = (enum message_mode)mode;
	return true;
}

/* False after a 400. */
static bool
admit_empty(const struct call *c)
{
	json_t *object;
	bool empty;

	if (c->route->info.body != BODY_EMPTY || c->request->body_len == 0)
		return true;
	object = json_loadb(c->request->body, c->request->body_len, 0, NULL);
	empty = json_is_object(object) && json_object_size(object) == 0;
	json_decref(object);
	if (!empty)
		call_problem(
		    c, 400, "This path takes no body, or an empty JSON object.", NULL, NULL);
	return empty;
}

/* The route if the request may go on; else NULL, and it has been answered. */
static const struct route *
admit(struct call *c)
{
	const struct route *route = find_route(c);

	if (route == NULL || !admit_certificate(c) || !admit_client(c, route) || !admit_person(c) ||
	    !admit_query(c, route) || !admit_body(c, route))
		return NULL;
	c->route = route;
	return route;
}

/* ---- What http calls ---- */

static size_t
on_head(void *arg, struct http_server *s, uint64_t request_id, const struct http_request *request)
{
	struct routes *r = arg;
	struct call c = {.routes = r, .server = s, .request_id = request_id, .request = request};

	/*
	 * Without a body all is seen to in on_request, once. With one, what is refused is refused
	 * before it is read.
	 */
	if (request->head->framing == HTTP1_NO_BODY)
		return 0;
	c.begins = true;
	const struct route *route = admit(&c);
	if (route == NULL || route->info.body == BODY_NONE)
		return 0;
	if (route->info.body == BODY_EMPTY)
		return EMPTY_BYTES_MAX;
	if (route->info.body == BODY_QUESTION)
		return QUESTION_BYTES_MAX;
	return intake_body_max(
	    r->parts.config, route->info.body == BODY_JSON ? MESSAGE_BATCH : c.mode);
}

static void
on_request(
    void *arg, struct http_server *s, uint64_t request_id, const struct http_request *request)
{
	struct call c = {.routes = arg, .server = s, .request_id = request_id, .request = request};
	c.begins = request->head->framing == HTTP1_NO_BODY;
	const struct route *route = admit(&c);

	if (route != NULL && admit_empty(&c))
		route->handle(&c);
}

/* Nobody is left to be told of a notice; all other answers come soon in any case. */
static enum http_gone
on_gone(void *arg, struct http_server *s, uint64_t request_id)
{
	struct routes *r = arg;

	(void)s;
	for (int i = 0; i < r->poll_count; i++) {
		struct poll *poll = &r->polls[i];
		if (poll->wait->request_id != request_id)
			continue;
		if (!feed_cancel(r->parts.feed, poll->reader_id))
			break;
		free(poll->wait);
		*poll = r->polls[--r->poll_count];
		return HTTP_GONE_FORGET;
	}
	return HTTP_GONE_ANSWER_COMES;
}

const struct http_callbacks routes_callbacks = {
    .head = on_head, .request = on_request, .gone = on_gone};

/* ---- Answers and parameters ---- */

void
call_answer(const struct call *c, const char *type, const char *body, size_t len)
{
	static const struct http1_pair headers[] = {{"Cache-Control", "no-store"}, {NULL, NULL}};
	struct http_answer a = {
	    .content_type = type, .headers = headers, .body = body, .body_len = len};

	http_answer(c->server, c->request_id, 200, &a);
}

const char call_not_found[] = "There is no such thing, or it is not this client's to see.";

/* What a handler answers with later: where to. The server outlives every request. */
void
call_read_done(
    void *arg, uint64_t request_id, enum reads_outcome outcome, const char *body, size_t len)
{
	struct call c = {.server = arg, .request_id = request_id};

	switch (outcome) {
	case READS_OK:
		call_answer(&c, "application/json", body, len);
		break;
	case READS_NOT_FOUND:
		call_problem(&c, 404, call_not_found, NULL, NULL);
		break;
	case READS_AWAY:
		call_problem(&c, 503, "The database does not answer.", "Retry-After", RETRY_S);
		break;
	case READS_FAILED:
		call_problem(
		    &c, 500, "This could not be read; the fault has been logged.", NULL, NULL);
		break;
	}
}

/* Says what a parameter must be, with its name. */
bool
call_bad_parameter(const struct call *c, const char *name, const char *must)
{
	json_t *extra = json_pack("{s:s}", "parameter", name);
	char detail[DETAIL_MAX];

	snprintf(detail, sizeof(detail), "%s must %s.", name, must);
	http_answer_problem(c->server, c->request_id, 400, detail, extra, NULL);
	json_decref(extra);
	return false;
}

/*
 * A parameter's text; empty if it is absent. False after a 400: it comes twice, is badly encoded
 * or too long.
 */
bool
call_parameter(const struct call *c, const char *name, char out[static QUERY_VALUE_MAX])
{
	if (http1_query_get(c->request->head, name, out, QUERY_VALUE_MAX) != HTTP1_PARAMETER_BAD)
		return true;
	return call_bad_parameter(
	    c, name, "stand once, percent-encoded UTF-8 of at most 127 bytes");
}

bool
call_parameter_number(
    const struct call *c, const char *name, int64_t least, int64_t most, int64_t *value)
{
	char text[QUERY_VALUE_MAX];
	char must[DETAIL_MAX];
	size_t digits;

	if (!call_parameter(c, name, text))
		return false;
	if (text[0] == '\0')
		return true;
	digits = strspn(text, "0123456789");
	if (text[digits] == '\0' && digits <= NUMBER_DIGITS_MAX) {
		*value = strtoll(text, NULL, 10);
		if (*value >= least && *value <= most)
			return true;
	}
	snprintf(must, sizeof(must), "be a whole number, %" PRId64 " to %" PRId64, least, most);
	return call_bad_parameter(
	    c, name, most == INT64_MAX ? "be a whole number of 0 or more" : must);
}

/*
 * The unit of that HSA-id, if the client may speak and read for it. NULL after a 403 or 404: what
 * is not one's own does not exist, so that nobody learns which units there are.
 */
static const struct unit *
clients_unit(const struct call *c, const char *hsa_id)
{
	struct register_ *reg = c->routes->parts.reg;
	const struct region *region = register_region(reg);
	const struct unit *unit = region_unit(region, region_unit_by_hsa(region, hsa_id));

	if (unit == NULL ||
	    !client_has_unit(register_clients(reg), c->client, unit->unit, unit->org)) {
		call_problem(c, 404, call_not_found, NULL, NULL);
		return NULL;
	}
	if (!(c->client->roles & (unit->slag == SLUTENVARD ? CLIENT_HOSPITAL : CLIENT_UNIT))) {
		call_problem(c, 403, "This client does not have the role for this kind of unit.",
		    NULL, NULL);
		return NULL;
	}
	return unit;
}

const struct unit *
call_any_unit(const struct call *c, const char *hsa_id)
{
	const struct region *region = register_region(c->routes->parts.reg);
	const struct unit *unit = region_unit(region, region_unit_by_hsa(region, hsa_id));

	if (unit == NULL)
		call_problem(c, 404, call_not_found, NULL, NULL);
	return unit;
}

/* The unit that the query names, which must be the client's. NULL after a 400, 403 or 404. */
static const struct unit *
parameter_unit(const struct call *c)
{
	char text[QUERY_VALUE_MAX];

	if (!call_parameter(c, "unit", text))
		return NULL;
	if (!identity_hsa_valid(text, strlen(text))) {
		call_bad_parameter(c, "unit", "be a unit's HSA-id");
		return NULL;
	}
	return clients_unit(c, text);
}

struct caller
call_caller(const struct call *c)
{
	struct caller caller = {.client = c->client->client};
	struct http1_text person;

	if (http1_header(c->request->head, "samordnad-person", &person) == 1)
		memcpy(caller.person, person.at, person.len);
	return caller;
}

static struct reader
call_reader(const struct call *c)
{
	const struct caller caller = call_caller(c);

	return reader_of(register_clients(c->routes->parts.reg), c->client, &caller);
}

/* ---- Handlers ---- */

static void
post_messages(struct call *c)
{
	const struct caller caller = call_caller(c);

	intake_post(
	    c->routes->intake, c->server, c->request_id, c->request, c->mode, c->client, &caller);
}

static void
get_episode(struct call *c)
{
	uint8_t uuid[UUID_BYTES];

	if (!uuid_parse(c->part, strlen(c->part), uuid) || uuid_id(uuid) < 0) {
		call_problem(c, 404, call_not_found, NULL, NULL);
		return;
	}
	reads_episode(
	    c->routes->parts.reads, uuid, call_reader(c), c->request_id, call_read_done, c->server);
}

/* ---- Searches ---- */

/* False after a 400 or 422. */
static bool
question_of(const struct call *c, enum question_kind kind, struct question *q)
{
	struct message_error error;
	struct writer w = {0};
	int status = question_read(
	    kind, c->request->body, c->request->body_len, fields_today(clock_real()), q, &error);

	if (status == 400)
		call_problem(c, 400, error.detail, NULL, NULL);
	if (status != 422)
		return status == 0;
	answer_problem(&w, NULL, 422, "The question breaks the contract.", &error, 1);
	http_answer(c->server, c->request_id, 422,
	    &(struct http_answer){
		.content_type = "application/problem+json", .body = w.text, .body_len = w.len});
	free(w.text);
	return false;
}

static void
post_episodes_search(struct call *c)
{
	const struct unit *unit = NULL;
	struct question q;

	if (!question_of(c, QUESTION_EPISODES, &q))
		return;
	if (q.unit[0] != '\0' && (unit = clients_unit(c, q.unit)) == NULL)
		return;
	search_episodes(c->routes->parts.search, &q, unit != NULL ? unit->unit : 0, call_reader(c),
	    c->request_id, call_read_done, c->server);
}

static void
post_patients_search(struct call *c)
{
	struct question q;

	if (question_of(c, QUESTION_PATIENTS, &q))
		search_patients(c->routes->parts.search, &q, call_reader(c), c->request_id,
		    call_read_done, c->server);
}

/* "<slag>.<HSA-id>", the kind and unit with which a page ended. False after a 400. */
static bool
contacts_after(const struct call *c, struct contacts_after *after)
{
	const struct region *region = register_region(c->routes->parts.reg);
	char text[QUERY_VALUE_MAX];

	if (!call_parameter(c, "after", text))
		return false;
	if (text[0] == '\0')
		return true;
	if (text[0] >= '0' && text[0] < '0' + KONTAKT_SLAG_COUNT && text[1] == '.') {
		after->slag = text[0] - '0';
		after->unit = region_unit_by_hsa(region, text + 2);
	}
	return after->unit != 0 ||
	       call_bad_parameter(c, "after", "be the `next` of an earlier page");
}

/* The patient of the path; 0 after a 404. */
static int64_t
path_patient(const struct call *c)
{
	int64_t patient = -1;
	uint8_t uuid[UUID_BYTES];

	if (uuid_parse(c->part, strlen(c->part), uuid))
		patient = uuid_patient(uuid);
	if (patient > 0)
		return patient;
	call_problem(c, 404, call_not_found, NULL, NULL);
	return 0;
}

static void
get_access_log(struct call *c)
{
	int64_t limit = ACCESS_LIMIT_DEFAULT, after = INT64_MAX, patient = path_patient(c);

	if (patient != 0 && call_parameter_number(c, "after", 1, INT64_MAX, &after) &&
	    call_parameter_number(c, "limit", 1, ACCESS_LIMIT_MAX, &limit))
		search_access_log(c->routes->parts.search, patient, after, (int)limit,
		    call_reader(c), c->request_id, call_read_done, c->server);
}

static void
get_contacts(struct call *c)
{
	struct contacts_after after = {0};
	int64_t limit = CONTACTS_LIMIT_DEFAULT, patient = path_patient(c);

	if (patient != 0 && contacts_after(c, &after) &&
	    call_parameter_number(c, "limit", 1, CONTACTS_LIMIT_MAX, &limit))
		search_contacts(c->routes->parts.search, patient, &after, (int)limit,
		    call_reader(c), c->request_id, call_read_done, c->server);
}

/* ---- Tasks, feeds and the daemon itself ---- */

static bool
tasks_status(const struct call *c, enum task_status *status)
{
	char text[QUERY_VALUE_MAX];

	if (!call_parameter(c, "status", text))
		return false;
	if (text[0] == '\0')
		return true;
	for (int s = TASK_OPEN; s <= TASK_CANCELLED; s++) {
		if (strcmp(text, task_status_word((enum task_status)s)) == 0) {
			*status = (enum task_status)s;
			return true;
		}
	}
	return call_bad_parameter(c, "status", "be one of: open, done, cancelled");
}

static bool
tasks_window(const struct call *c, struct tasks_query *q)
{
	char text[QUERY_VALUE_MAX];

	if (!call_parameter(c, "due_before", text))
		return false;
	if (text[0] != '\0' && instant_parse(text, strlen(text), &q->due_before) != NULL)
		return call_bad_parameter(
		    c, "due_before", "be an RFC 3339 time with offset (a + may be sent as it is)");
	if (!call_parameter(c, "after", text))
		return false;
	if (text[0] != '\0' && !tasks_after_parse(text, strlen(text), &q->after))
		return call_bad_parameter(c, "after", "be the `next` of an earlier page");
	return true;
}

static void
get_tasks(struct call *c)
{
	struct tasks_query q = {
	    .status = TASK_OPEN, .due_before = INSTANT_NEVER, .after = {.due_at = INSTANT_NONE}};
	int64_t limit = TASKS_LIMIT_DEFAULT;
	const struct unit *unit = parameter_unit(c);

	if (unit == NULL || !tasks_status(c, &q.status) || !tasks_window(c, &q) ||
	    !call_parameter_number(c, "limit", 1, READS_TASKS_MAX, &limit))
		return;
	q.unit = unit->unit;
	q.limit = (int)limit;
	reads_tasks(
	    c->routes->parts.reads, &q, call_reader(c), c->request_id, call_read_done, c->server);
}

/* ---- Reports ---- */

/* The quality, in thousandths, that stands after a media range; without one it is 1. */
static int
quality_of(struct http1_text parameters)
{
	const char *end = parameters.at + parameters.len;

	for (const char *at = parameters.at; at + 3 < end; at++) {
		if (*at != ';')
			continue;
		const char *q = at + 1;
		while (q < end && (*q == ' ' || *q == '\t'))
			q++;
		if (end - q < 3 || (q[0] != 'q' && q[0] != 'Q') || q[1] != '=')
			continue;
		int value = q[2] == '1' ? 1000 : 0, unit = 100;
		for (q += 3; q < end && (*q == '.' || (*q >= '0' && *q <= '9')); q++) {
			value += *q != '.' ? (*q - '0') * unit : 0;
			unit = *q != '.' ? unit / 10 : unit;
		}
		return value > 1000 ? 1000 : value;
	}
	return 1000;
}

/* The quality of type/subtype: of the range that names it most closely; 0: not wanted. */
static int
accepted(struct http1_text accept, const char *exact, const char *group)
{
	const char *const ranges[] = {"*/*", group, exact};
	const char *end = accept.at + accept.len;
	int best = -1, quality = 0;

	for (const char *at = accept.at; at < end; at++) {
		const char *comma = memchr(at, ',', (size_t)(end - at));
		const char *stop = comma != NULL ? comma : end;
		while (at < stop && (*at == ' ' || *at == '\t'))
			at++;
		struct http1_text one = {at, (size_t)(stop - at)};
		for (int i = 0; i < 3; i++) {
			if (i <= best || !http1_media_type_is(one, ranges[i]))
				continue;
			best = i;
			quality = quality_of(one);
		}
		at = stop;
	}
	return quality;
}

int
routes_report_format(struct http1_text accept, unsigned count)
{
	if (count == 0 || accept.len == 0)
		return REPORT_JSON;
	int json = accepted(accept, "application/json", "application/*");
	int csv = accepted(accept, "text/csv", "text/*");
	if (json == 0 && csv == 0)
		return -1;
	return csv > json ? REPORT_CSV : REPORT_JSON;
}

static bool
report_format(const struct call *c, struct report_query *q)
{
	struct http1_text value;
	unsigned count = http1_header(c->request->head, "accept", &value);
	int format = routes_report_format(value, count);

	if (format < 0) {
		call_problem(
		    c, 406, "A report is had as application/json or as text/csv.", NULL, NULL);
		return false;
	}
	q->format = (enum report_format)format;
	return true;
}

static bool
parameter_month(const struct call *c, const char *name, int32_t *month)
{
	char text[QUERY_VALUE_MAX], day[DATE_TEXT_MAX];

	if (!call_parameter(c, name, text))
		return false;
	snprintf(day, sizeof(day), "%.7s-01", text);
	civil_date date = strlen(text) == 7 ? date_parse(day, strlen(day)) : DATE_NONE;
	if (date == DATE_NONE)
		return call_bad_parameter(c, name, "be a month, as 2026-05");
	struct date_parts parts = date_split(date);
	*month = parts.year * 100 + parts.month;
	return true;
}

static bool
report_period(const struct call *c, struct report_query *q)
{
	if (!parameter_month(c, "from", &q->from) || !parameter_month(c, "to", &q->to))
		return false;
	int months = (q->to / 100 - q->from / 100) * 12 + q->to % 100 - q->from % 100 + 1;
	if (months >= 1 && months <= REPORT_MONTHS_MAX)
		return true;
	return call_bad_parameter(
	    c, "to", "be the month from or a later one, of at most 60 in all");
}

/* Whether the client has a municipal unit of the kommun. */
static bool
is_clients_kommun(const struct call *c, kommun_kod kommun)
{
	struct register_ *reg = c->routes->parts.reg;
	const struct region *region = register_region(reg);

	for (int i = 0; i < region->unit_count; i++) {
		const struct unit *u = &region->units[i];
		bool municipal =
		    u->slag == KOMMUNAL_HSL || u->slag == SOCIALTJANST || u->slag == EKONOMI;
		if (municipal && u->kommun == kommun && (c->client->roles & CLIENT_UNIT) &&
		    client_has_unit(register_clients(reg), c->client, u->unit, u->org))
			return true;
	}
	return false;
}

/* The unit of that HSA-id, if reports of it are the client's to see. NULL after a 403 or 404. */
static const struct unit *
reported_unit(const struct call *c, const char *hsa_id)
{
	const struct region *region = register_region(c->routes->parts.reg);
	const struct unit *unit = region_unit(region, region_unit_by_hsa(region, hsa_id));

	if (!(c->client->roles & WHOLE_ROLES))
		return clients_unit(c, hsa_id);
	if (unit == NULL)
		call_problem(c, 404, call_not_found, NULL, NULL);
	return unit;
}

/* A mottagare (ward false), or a ward. 0 if the query names none. */
static bool
report_unit(const struct call *c, const char *name, bool ward, unit_id *out)
{
	char text[QUERY_VALUE_MAX];
	const struct unit *unit;

	if (!call_parameter(c, name, text))
		return false;
	if (text[0] == '\0')
		return true;
	if (!identity_hsa_valid(text, strlen(text)))
		return call_bad_parameter(c, name, "be a unit's HSA-id");
	unit = reported_unit(c, text);
	if (unit == NULL)
		return false;
	if ((unit->slag == SLUTENVARD) != ward)
		return call_bad_parameter(c, name,
		    ward ? "be a hospital's unit"
			 : "be no ward: of a ward it is asked by hospital");
	*out = unit->unit;
	return true;
}

static bool
report_kommun(const struct call *c, kommun_kod *kommun)
{
	char text[QUERY_VALUE_MAX];

	if (!call_parameter(c, "kommun", text))
		return false;
	if (text[0] == '\0')
		return true;
	if (!identity_kommunkod_valid(text, strlen(text)))
		return call_bad_parameter(c, "kommun", "be a kommunkod of 4 digits");
	*kommun = (kommun_kod)strtol(text, NULL, 10);
	return true;
}

/*
 * What is asked for, and whether it is this client's to see: ops and admin see all; others what
 * they took part in, by a unit or hospital of theirs, or the kommun whose unit they have.
 */
static bool
report_scope(const struct call *c, struct report_query *q, bool with_unit)
{
	if ((with_unit && !report_unit(c, "unit", false, &q->unit)) ||
	    !report_unit(c, "hospital", true, &q->hospital) || !report_kommun(c, &q->kommun))
		return false;
	if (c->client->roles & WHOLE_ROLES || q->unit != 0 || q->hospital != 0)
		return true;
	if (q->kommun == 0 || q->by == REPORT_BY_UNIT) {
		call_problem(c, 403,
		    with_unit ? "This client sees its own alone: name one of its units by unit or "
				"hospital, or, unless by=unit, its kommun."
			      : "This client sees its own alone: name its kommun, or one of its "
				"units by hospital.",
		    NULL, NULL);
		return false;
	}
	if (is_clients_kommun(c, q->kommun))
		return true;
	call_problem(c, 404, call_not_found, NULL, NULL);
	return false;
}

static bool
report_by(const struct call *c, struct report_query *q)
{
	char text[QUERY_VALUE_MAX];
	int by;

	if (!call_parameter(c, "by", text))
		return false;
	if (text[0] == '\0')
		return true;
	by = report_by_from(text, strlen(text));
	if (by < 0)
		return call_bad_parameter(c, "by", "be one of: month, unit, kommun, hospital");
	q->by = (enum report_by)by;
	return true;
}

static void
csv_done(void *arg, uint64_t request_id, enum reads_outcome outcome, const char *body, size_t len)
{
	struct call c = {.server = arg, .request_id = request_id};

	if (outcome == READS_OK)
		call_answer(&c, "text/csv; charset=utf-8; header=present", body, len);
	else
		call_read_done(arg, request_id, outcome, body, len);
}

static reads_done *
done_of(const struct report_query *q)
{
	return q->format == REPORT_CSV ? csv_done : call_read_done;
}

static void
refuse_report(const struct call *c)
{
	call_problem(c, 503, "Too many reports are being made already.", "Retry-After", RETRY_S);
}

static void
get_follow_up(struct call *c)
{
	struct report_query q = {.by = REPORT_BY_MONTH};

	if (!report_format(c, &q) || !report_period(c, &q) || !report_by(c, &q) ||
	    !report_scope(c, &q, true))
		return;
	if (!reports_follow_up(c->routes->parts.reports, &q, c->request_id, done_of(&q), c->server))
		refuse_report(c);
}

static void
get_betalningsansvar(struct call *c)
{
	struct report_query q = {.by = REPORT_BY_MONTH};

	if (!report_format(c, &q) || !report_period(c, &q) || !report_scope(c, &q, false))
		return;
	if (!reports_betalningsansvar(
		c->routes->parts.reports, &q, c->request_id, done_of(&q), c->server))
		refuse_report(c);
}

static void
feed_done(const struct feed_answer *a, void *arg)
{
	struct feed_wait *wait = arg;
	struct call c = {.server = wait->server, .request_id = wait->request_id};
	struct routes *r = wait->routes;
	json_t *extra;

	for (int i = 0; i < r->poll_count; i++)
		if (r->polls[i].wait == wait)
			r->polls[i--] = r->polls[--r->poll_count];
	free(wait);
	switch (a->outcome) {
	case FEED_OK:
		call_answer(&c, "application/json", a->body, a->body_len);
		break;
	case FEED_GONE:
		extra = json_pack("{s:I}", "first_seq", (json_int_t)a->first_seq);
		http_answer_problem(c.server, c.request_id, 410,
		    "What came next is no longer kept; read on from first_seq.", extra, NULL);
		json_decref(extra);
		break;
	case FEED_BEYOND:
		extra = json_pack("{s:s, s:I, s:s}", "parameter", "after", "last_seq",
		    (json_int_t)a->last_seq, "epoch", a->epoch);
		http_answer_problem(c.server, c.request_id, 409,
		    "The feed ends at last_seq, before after. If the epoch is another than yours, "
		    "its database was restored to an earlier point: begin again with after=0. Else "
		    "after is none that this feed gave.",
		    extra, NULL);
		json_decref(extra);
		break;
	case FEED_NO_UNIT:
		call_problem(&c, 404, call_not_found, NULL, NULL);
		break;
	case FEED_FULL:
		call_problem(&c, 503, "Too many wait already; ask again without wait.",
		    "Retry-After", RETRY_S);
		break;
	case FEED_AWAY:
		call_problem(&c, 503, "The database does not answer.", "Retry-After", RETRY_S);
		break;
	}
}

static void
get_feed(struct call *c)
{
	struct routes *r = c->routes;
	int64_t after = 0, limit = FEED_LIMIT_DEFAULT, wait_s = 0;
	const struct unit *unit = parameter_unit(c);
	struct feed_wait *wait;
	uint64_t reader;

	if (unit == NULL || !call_parameter_number(c, "after", 0, INT64_MAX, &after) ||
	    !call_parameter_number(c, "limit", 1, FEED_LIMIT_MAX, &limit) ||
	    !call_parameter_number(c, "wait", 0, FEED_WAIT_S_MAX, &wait_s))
		return;
	wait = xmalloc(sizeof(*wait));
	*wait = (struct feed_wait){r, c->server, c->request_id};
	reader =
	    feed_read(r->parts.feed, unit->unit, after, (int)limit, (int)wait_s, feed_done, wait);
	if (wait_s > 0 && r->poll_count < (int)(sizeof(r->polls) / sizeof(r->polls[0])))
		r->polls[r->poll_count++] = (struct poll){reader, wait};
}

/* The unit of the path: any unit for an admin, else one of the client's. NULL after 403 or 404. */
static const struct unit *
path_unit(const struct call *c)
{
	if (!(c->client->roles & CLIENT_ADMIN))
		return clients_unit(c, c->part);
	return call_any_unit(c, c->part);
}

static enum unit_document
path_document(const struct call *c)
{
	const char *tail = c->route->info.path + sizeof(UNITS) - 1;
	int what = UNIT_ITSELF;

	while (strcmp(unit_tails[what], tail) != 0)
		what++;
	return (enum unit_document)what;
}

static void
get_unit(struct call *c)
{
	const struct unit *unit = path_unit(c);
	struct writer w = {0};
	int64_t row = 0;

	if (unit == NULL || !call_parameter_number(c, "id", 1, INT32_MAX, &row))
		return;
	register_view(register_region(c->routes->parts.reg), unit, path_document(c),
	    status_legal_now(c->routes->parts.status), (int32_t)row, &w);
	call_answer(c, "application/json", w.text, w.len);
	free(w.text);
}

static void
unit_written(void *arg, uint64_t request_id, const struct register_written *written)
{
	struct call c = {.server = arg, .request_id = request_id};
	const struct http1_pair again[] = {{"Retry-After", RETRY_S}, {NULL, NULL}};

	if (written->status == 200)
		call_answer(&c, "application/json", written->body, written->body_len);
	else
		http_answer_problem(c.server, c.request_id, written->status, written->detail,
		    written->extra, written->status == 503 ? again : NULL);
}

/* A unit that is not there yet is made by its own document. */
static void
put_unit(struct call *c)
{
	const struct http_request *request = c->request;
	enum unit_document what = path_document(c);
	const struct unit *unit = NULL;

	if (!identity_hsa_valid(c->part, strlen(c->part))) {
		call_problem(c, 404, call_not_found, NULL, NULL);
		return;
	}
	if (what != UNIT_ITSELF && (unit = path_unit(c)) == NULL)
		return;
	const struct register_document document = {.what = what,
	    .slag = unit != NULL ? unit->slag : 0,
	    .hsa_id = c->part,
	    .body = request->body != NULL ? request->body : "",
	    .len = request->body_len,
	    .caller = call_caller(c)};
	if (!register_write(
		c->routes->parts.writer, &document, c->request_id, unit_written, c->server))
		call_problem(c, 503, "Too many changes of the register wait already.",
		    "Retry-After", RETRY_S);
}

static void
get_status(struct call *c)
{
	struct writer w = {0};

	writer_reserve(&w, 4096);
	status_write(c->routes->parts.status, &w);
	call_answer(c, "application/json", w.text, w.len);
	free(w.text);
}

/* The server counts by itself; the metrics are brought level when they are asked for. */
static void
level_http_metrics(const struct http_server *server)
{
	struct http_stats stats;

	http_stats_get(server, &stats);
	metrics_set(METRIC_HTTP_CONNECTIONS, (int64_t)stats.connections_now);
	metrics_set(METRIC_BODIES_BYTES, (int64_t)stats.bodies_bytes_now);
	metrics_add(METRIC_HTTP_REFUSED,
	    (int64_t)stats.refused[HTTP_REFUSED_CONNECTIONS] - metrics_get(METRIC_HTTP_REFUSED));
	for (int class = 2; class <= 5; class ++) {
		enum metric metric = metrics_http_status(class * 100);
		metrics_add(metric, (int64_t)stats.answers[class] - metrics_get(metric));
	}
}

static void
get_metrics(struct call *c)
{
	struct metrics_text *m = &c->routes->metrics;

	level_http_metrics(c->server);
	status_level_metrics(c->routes->parts.status);
	metrics_render(m);
	call_answer(c, METRICS_CONTENT_TYPE, m->text, m->len);
}

/* That this is answered at all says that the loop turns. */
static void
get_livez(struct call *c)
{
	static const char body[] = "{\"status\":\"alive\"}";
	call_answer(c, "application/json", body, sizeof(body) - 1);
}

static void
get_readyz(struct call *c)
{
	static const char body[] = "{\"status\":\"ready\"}";
	char text[QUERY_VALUE_MAX];
	enum http1_parameter door = http1_query_get(c->request->head, "door", text, sizeof(text));
	const char *why = status_ready(
	    c->routes->parts.status, door == HTTP1_PARAMETER_ABSENT ? STATUS_SERVING : STATUS_DOOR);

	if (why == NULL)
		call_answer(c, "application/json", body, sizeof(body) - 1);
	else
		call_problem(c, 503, why, "Retry-After", RETRY_S);
}

static void
get_contract(struct call *c)
{
	struct http1_text path = http1_path(c->request->head);

	for (const struct contract_file *f = contract_files; f->path != NULL; f++) {
		if (strlen(f->path) != path.len || memcmp(f->path, path.at, path.len) != 0)
			continue;
		call_answer(c, c->part[0] != '\0' ? "application/schema+json" : "application/yaml",
		    f->text, strlen(f->text));
		return;
	}
	call_problem(c, 404, call_not_found, NULL, NULL);
}
