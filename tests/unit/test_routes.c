/*
 * Routes and intake without a socket: media types, who may send what for whom, pages of tasks,
 * the contract's table.
 */
#include "daemon/contract.h"
#include "daemon/intake.h"
#include "daemon/log.h"
#include "daemon/reads.h"
#include "daemon/routes.h"
#include "proto/signature.h"
#include "proto/uuid.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ROWS(table) ((int)(sizeof(table) / sizeof((table)[0])))

/* ---- Media types ---- */

static const struct {
	const char *content_type;
	int mode; /* -1: 415 */
} types[] = {
    {"application/cloudevents+json", MESSAGE_STRUCTURED},
    {"APPLICATION/CloudEvents+JSON", MESSAGE_STRUCTURED},
    {"application/cloudevents+json; charset=utf-8", MESSAGE_STRUCTURED},
    {"application/cloudevents+json;charset=\"UTF-8\"", MESSAGE_STRUCTURED},
    {"application/cloudevents+json; x=y; charset=utf-8", MESSAGE_STRUCTURED},
    {"application/cloudevents-batch+json", MESSAGE_BATCH},
    {"application/json", MESSAGE_BINARY},
    {"application/json; charset=utf-8", MESSAGE_BINARY},
    {"application/json; charset=iso-8859-1", -1},
    {"application/json; charset=utf-80", -1},
    {"application/json; charset=utf-16", -1},
    {"application/json; charset=", -1},
    {"application/xml", -1},
    {"application/cloudevents", -1},
    {"application/cloudevents+jsonx", -1},
    {"text/plain", -1},
    {"", -1},
};

START_TEST(media_type)
{
	struct http1_text text = {types[_i].content_type, strlen(types[_i].content_type)};

	ck_assert_msg(intake_mode(text, 1) == types[_i].mode, "%s", types[_i].content_type);
	ck_assert_int_eq(intake_mode(text, 2), -1);
	ck_assert_int_eq(intake_mode(text, 0), -1);
}
END_TEST

/* ---- What a report is had as ---- */

static const struct {
	const char *accept; /* NULL: no such header */
	int format;	    /* -1: 406 */
} formats[] = {
    {NULL, REPORT_JSON},
    {"", REPORT_JSON},
    {"*/*", REPORT_JSON},
    {"application/json", REPORT_JSON},
    {"Text/CSV", REPORT_CSV},
    {"text/csv; charset=utf-8", REPORT_CSV},
    {"text/*", REPORT_CSV},
    {"application/json, text/csv", REPORT_JSON},
    {"application/json;q=0.5, text/csv", REPORT_CSV},
    {"text/csv;q=0.8,application/json; q=0.9", REPORT_JSON},
    {"text/html, */*;q=0.1, text/csv;q=0.2", REPORT_CSV},
    {"text/csv;q=0, */*", REPORT_JSON},
    {"application/json;q=0, */*;q=0.1", REPORT_CSV},
    {"text/html", -1},
    {"text/csv;q=0", -1},
    {"application/xml, text/html;q=0.9", -1},
};

START_TEST(report_format)
{
	const char *accept = formats[_i].accept;
	struct http1_text text = {accept, accept != NULL ? strlen(accept) : 0};

	ck_assert_msg(routes_report_format(text, accept != NULL) == formats[_i].format, "%s",
	    accept != NULL ? accept : "none");
}
END_TEST

/* ---- Who may send what ---- */

enum { WARD = 1, OTHER_WARD, VC, OTHER_ORGS };
#define ORG INT64_C(2321000016)

static const struct unit units[] = {
    {.unit = WARD, .org = ORG, .slag = SLUTENVARD},
    {.unit = OTHER_WARD, .org = ORG, .slag = SLUTENVARD},
    {.unit = VC, .org = ORG, .slag = PRIMARVARD},
    {.unit = OTHER_ORGS, .org = 2120000142, .slag = KOMMUNAL_HSL},
};

/* Clients: of the whole organisation with each role, and one that is kept to a ward. */
enum { HOSPITAL = 1, UNIT, BOTH, OPS, ADMIN, ONE_WARD, CLIENTS_END };
static const unsigned roles[] = {[HOSPITAL] = CLIENT_HOSPITAL,
    [UNIT] = CLIENT_UNIT,
    [BOTH] = CLIENT_HOSPITAL | CLIENT_UNIT,
    [OPS] = CLIENT_OPS,
    [ADMIN] = CLIENT_ADMIN,
    [ONE_WARD] = CLIENT_HOSPITAL | CLIENT_UNIT};

/*
 * contract.md section 1, column `from`: h hospital, u unit. Every type must have its row: see
 * all_types.
 */
static const struct {
	enum message_type type;
	const char *from;
} froms[] = {
    {INSKRIVNING, "h"},
    {BEHOVSBEDOMNING, "h"},
    {INSKRIVNINGSMEDDELANDE, "h"},
    {NY_BERAKNAD_UTSKRIVNING, "h"},
    {UTSKRIVNINGSKLAR, "h"},
    {EJ_LANGRE_UTSKRIVNINGSKLAR, "h"},
    {UTSKRIVNING, "h"},
    {UTSKRIVNINGSINFORMATION, "h"},
    {PATIENTINFORMATION, "h"},
    {FAST_VARDKONTAKT, "u"},
    {FAST_KONTAKT, "hu"},
    {SIP_BEHOV, "hu"},
    {SIP_KALLELSE, "u"},
    {SAMTYCKE, "hu"},
    {KVITTENS, "u"},
    {MAKULERING, "hu"},
    {MOTTAGARE_ANDRAD, "hu"},
    {SIP_BOKNING, ""},
    {VARDFORM_ANDRAD, "h"},
    {OVERFLYTTNING, "h"},
    {PERMISSION, "h"},
    {AVLIDEN, "h"},
    {PATIENT_UPPDATERAD, "h"},
    {BEGARAN_FAST_VARDKONTAKT, "u"},
    {KALLELSE_SVAR, "u"},
    {SIP, "u"},
    {SIP_UPPFOLJNING, "u"},
    {VARDPLAN_JUSTERAD, "u"},
    {EJ_BERORD, "u"},
    {AVVISNING, "u"},
    {INSATSER_STATUS, "u"},
    {PERSONAL, "u"},
    {SPARR, "hu"},
    {TIDIGARE_VARDTILLFALLE, ""},
    {ENHET, ""},
};

static struct clients *clients;
static const struct client *client[CLIENTS_END];

static void
setup_clients(void)
{
	uint8_t hash[SHA256_BYTES];
	char token[CLIENT_TOKEN_TEXT_MAX];
	char tokens[CLIENTS_END][CLIENT_TOKEN_TEXT_MAX];

	clients = clients_new(CLIENTS_END, 1, CLIENTS_END);
	for (int i = HOSPITAL; i < CLIENTS_END; i++) {
		struct client c = {
		    .client = i, .org = ORG, .roles = roles[i], .revoked_at = INSTANT_NEVER};
		snprintf(c.name, sizeof(c.name), "client %d", i);
		clients_add(clients, &c);
	}
	clients_add_unit(clients, ONE_WARD, WARD);
	for (int i = HOSPITAL; i < CLIENTS_END; i++) {
		client_token_new(token);
		memcpy(tokens[i], token, sizeof(token));
		signature_sha256(token, strlen(token), hash);
		clients_add_token(clients, hash, i, INSTANT_NEVER);
	}
	for (int i = HOSPITAL; i < CLIENTS_END; i++) {
		client[i] = clients_find(clients, tokens[i], strlen(tokens[i]), 0);
		ck_assert_ptr_nonnull(client[i]);
	}
}

static void
teardown_clients(void)
{
	clients_free(clients);
}

/* What must come out: reckoned from the table above, not from the code's. */
static bool
allowed(int who, const struct unit *u, const char *from)
{
	bool ward = u->slag == SLUTENVARD;

	if (u->org != ORG || (who == ONE_WARD && u->unit != WARD))
		return false;
	if (!(roles[who] & (ward ? CLIENT_HOSPITAL : CLIENT_UNIT)))
		return false;
	return strchr(from, ward ? 'h' : 'u') != NULL;
}

START_TEST(all_types)
{
	ck_assert_int_eq(ROWS(froms), MESSAGE_TYPE_COUNT);
	for (int i = 0; i < ROWS(froms); i++)
		ck_assert_int_eq(froms[i].type, i);
}
END_TEST

START_TEST(matrix)
{
	const char *pointer;

	for (int who = HOSPITAL; who < CLIENTS_END; who++) {
		for (int u = 0; u < ROWS(units); u++) {
			const char *detail = intake_refusal(
			    clients, client[who], &units[u], froms[_i].type, &pointer);
			ck_assert_msg((detail == NULL) == allowed(who, &units[u], froms[_i].from),
			    "%s: client %d for unit %d", message_type_word(froms[_i].type), who,
			    u + 1);
			if (detail != NULL)
				ck_assert(strcmp(pointer, "/source") == 0 ||
					  strcmp(pointer, "/type") == 0);
		}
		ck_assert_ptr_nonnull(
		    intake_refusal(clients, client[who], NULL, froms[_i].type, &pointer));
		ck_assert_str_eq(pointer, "/source");
	}
}
END_TEST

/* ---- Pages ---- */

START_TEST(after_comes_back)
{
	struct tasks_after in = {.due_at = INT64_C(1777877999123456), .nr = 32767}, out;
	char text[TASKS_AFTER_TEXT_MAX];

	uuid_from_id(in.due_at, 123456789, 42, in.episode);
	tasks_after_format(&in, text);
	ck_assert_uint_eq(strlen(text), TASKS_AFTER_TEXT_MAX - 1);
	ck_assert(tasks_after_parse(text, strlen(text), &out));
	ck_assert_int_eq(out.due_at, in.due_at);
	ck_assert_int_eq(out.nr, in.nr);
	ck_assert_mem_eq(out.episode, in.episode, sizeof(in.episode));
	ck_assert(!tasks_after_parse(text, strlen(text) - 1, &out));
	text[3] = 'g';
	ck_assert(!tasks_after_parse(text, strlen(text), &out));
	memset(text, '0', sizeof(text) - 1); /* no uuid of ours */
	ck_assert(!tasks_after_parse(text, strlen(text), &out));
	memset(text, 'f', sizeof(text) - 1); /* no time that a page can end with */
	ck_assert(!tasks_after_parse(text, strlen(text), &out));
}
END_TEST

/* ---- The contract ---- */

static const char *
contract_file(const char *path)
{
	for (const struct contract_file *f = contract_files; f->path != NULL; f++)
		if (strcmp(f->path, path) == 0)
			return f->text;
	ck_abort_msg("%s is not embedded", path);
	return NULL;
}

/* What stands below the method's line below the path's, up to the next of either; NULL: nothing. */
static char *
operation_of(const char *yaml, const struct route_info *route)
{
	static const char *const words[] = {[HTTP1_GET] = "get",
	    [HTTP1_POST] = "post",
	    [HTTP1_PUT] = "put",
	    [HTTP1_PATCH] = "patch",
	    [HTTP1_DELETE] = "delete"};
	char line[200];
	const char *path, *next, *method, *end;

	snprintf(line, sizeof(line), "\n  %s:\n", route->path);
	path = strstr(yaml, line);
	if (path == NULL)
		return NULL;
	next = strstr(path + 1, "\n  /");
	snprintf(line, sizeof(line), "\n    %s:\n", words[route->method]);
	method = strstr(path, line);
	if (method == NULL || (next != NULL && method > next))
		return NULL;
	for (end = strchr(method + 1, '\n'); strncmp(end, "\n      ", 7) == 0;)
		end = strchr(end + 1, '\n');
	return strndup(method, (size_t)(end + 1 - method));
}

/* Every route stands in openapi.yaml with its method, and nothing stands there that is no route. */
START_TEST(openapi_has_the_routes)
{
	static const char *const methods[] = {"get", "post", "put", "patch", "delete"};
	const char *yaml = strstr(contract_file("/openapi.yaml"), "\npaths:\n");
	const char *end = yaml != NULL ? strstr(yaml, "\nwebhooks:\n") : NULL;
	struct route_info route;
	size_t count = 0, listed = 0;
	char line[200];

	ck_assert_ptr_nonnull(end);
	for (; routes_info(count, &route); count++) {
		char *operation = operation_of(yaml, &route);
		ck_assert_msg(operation != NULL, "%s is not in openapi.yaml", route.path);
		free(operation);
	}
	for (int i = 0; i < ROWS(methods); i++) {
		snprintf(line, sizeof(line), "\n    %s:\n", methods[i]);
		for (const char *at = yaml; (at = strstr(at, line)) != NULL && at < end; at++)
			listed++;
	}
	ck_assert_uint_eq(listed, count);
}
END_TEST

/* What a handler answers besides what its row of the table tells; below a path, or its method. */
static const struct {
	const char *path;
	enum http1_method method;
	int problems[5];
} answered[] = {
    {"/v1/messages", HTTP1_POST, {404, 500, 503}},
    {"/v1/episodes/search", HTTP1_POST, {404, 500, 503}},
    {"/v1/patients/search", HTTP1_POST, {500, 503}},
    {"/v1/patients/{id}/", HTTP1_GET, {404, 500, 503}},
    {"/v1/episodes/{id}", HTTP1_GET, {404, 500, 503}},
    {"/v1/tasks", HTTP1_GET, {404, 500, 503}},
    {"/v1/feed", HTTP1_GET, {404, 409, 410, 503}},
    {"/v1/units/", HTTP1_GET, {404}},
    {"/v1/units/", HTTP1_PUT, {404, 500, 503}},
    {"/v1/endpoints", HTTP1_POST, {500, 503}},
    {"/v1/endpoints", HTTP1_GET, {404, 500, 503}},
    {"/v1/endpoints/", HTTP1_GET, {404, 500, 503}},
    {"/v1/endpoints/", HTTP1_PATCH, {404, 500, 503}},
    {"/v1/endpoints/", HTTP1_DELETE, {404, 500, 503}},
    {"/v1/endpoints/{id}/rotate", HTTP1_POST, {404, 409, 500, 503}},
    {"/v1/endpoints/", HTTP1_POST, {404, 500, 503}},
    {"/v1/deliveries/replay", HTTP1_POST, {500, 503}},
    {"/v1/reports/", HTTP1_GET, {404, 406, 500, 503}},
    {"/readyz", HTTP1_GET, {503}},
    {"/schemas/{name}", HTTP1_GET, {404}},
};

static bool
handler_answers(const struct route_info *route, int problem)
{
	for (int i = 0; i < ROWS(answered); i++) {
		const char *path = answered[i].path;
		size_t len = strlen(path);
		if (answered[i].method != route->method || strncmp(path, route->path, len) != 0 ||
		    (path[len - 1] != '/' && route->path[len] != '\0'))
			continue;
		for (int k = 0; k < ROWS(answered[i].problems); k++)
			if (answered[i].problems[k] == problem)
				return true;
		return false;
	}
	return false;
}

static bool
answers(const struct route_info *route, int problem)
{
	bool reads = route->body != BODY_NONE && route->body != BODY_EMPTY;

	switch (problem) {
	case 400:
		return true;
	case 401:
	case 429:
	case 403:
		return route->roles != 0;
	case 413:
		return route->body != BODY_NONE;
	case 408:
	case 415:
	case 422:
		return reads;
	default:
		return handler_answers(route, problem);
	}
}

/* Of HTTP itself, whatever the route: these may be listed. */
static bool
is_anywhere(int problem)
{
	return problem == 405 || problem == 408 || problem == 413 || problem == 431 ||
	       problem == 503;
}

/* Each operation lists the problems that it may be answered with, and no others. */
START_TEST(openapi_has_the_problems)
{
	const char *yaml = strstr(contract_file("/openapi.yaml"), "\npaths:\n");
	struct route_info route;
	char line[40];

	for (size_t i = 0; routes_info(i, &route); i++) {
		char *operation = operation_of(yaml, &route);
		for (int problem = 400; problem < 600; problem++) {
			snprintf(line, sizeof(line), "\n        \"%d\":\n", problem);
			bool listed = strstr(operation, line) != NULL;
			bool answered_here = answers(&route, problem);
			ck_assert_msg(listed || !answered_here,
			    "%d of %d %s is not in openapi.yaml", problem, route.method,
			    route.path);
			ck_assert_msg(!listed || answered_here || is_anywhere(problem),
			    "%d of %d %s is in openapi.yaml, and never answered", problem,
			    route.method, route.path);
		}
		free(operation);
	}
}
END_TEST

/* Only what holds no patient is open to all. */
START_TEST(roles_of_routes)
{
	static const char *const open[] = {
	    "/livez", "/readyz", "/openapi.yaml", "/schemas/{name}", NULL};
	struct route_info route;

	for (size_t i = 0; routes_info(i, &route); i++) {
		bool listed = false;
		for (int k = 0; open[k] != NULL; k++)
			listed |= strcmp(open[k], route.path) == 0;
		ck_assert_msg((route.roles == 0) == listed, "%s", route.path);
		/* Reports hold none, nor does the log of deliveries. */
		if (strncmp(route.path, "/v1/reports/", 12) == 0 ||
		    strcmp(route.path, "/v1/endpoints/{id}/deliveries") == 0)
			continue;
		if (strncmp(route.path, "/v1/", 4) == 0)
			ck_assert_msg(!(route.roles & CLIENT_OPS) && !route.open_on_loopback,
			    "%s: ops sees no patient", route.path);
	}
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("routes");
	TCase *pure = tcase_create("pure"), *who = tcase_create("who");

	tcase_add_loop_test(pure, media_type, 0, ROWS(types));
	tcase_add_loop_test(pure, report_format, 0, ROWS(formats));
	tcase_add_test(pure, all_types);
	tcase_add_test(pure, after_comes_back);
	tcase_add_test(pure, openapi_has_the_routes);
	tcase_add_test(pure, openapi_has_the_problems);
	tcase_add_test(pure, roles_of_routes);
	tcase_add_unchecked_fixture(who, setup_clients, teardown_clients);
	tcase_add_loop_test(who, matrix, 0, ROWS(froms));
	suite_add_tcase(suite, pure);
	suite_add_tcase(suite, who);
	SRunner *runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	int failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed > 0;
}
