/* Changes of endpoints; see endpoint_store.h. */
#include "endpoint_store.h"

#include "endpoint_reads.h"
#include "log.h"
#include "seal.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/crypto.h>

static struct pg_statement place_statement = PG_STATEMENT("queries/endpoint_place");
static struct pg_statement create_statement = PG_STATEMENT("queries/endpoint_create");
static struct pg_statement begin_statement = PG_STATEMENT("queries/endpoint_begin");
static struct pg_statement change_statement = PG_STATEMENT("queries/endpoint_change");
static struct pg_statement rotate_statement = PG_STATEMENT("queries/endpoint_rotate");
static struct pg_statement status_statement = PG_STATEMENT("queries/endpoint_status");
static struct pg_statement page_statement = PG_STATEMENT("queries/endpoint_page");

/* A change under way; the thread's own. */
struct change {
	enum endpoint_verb verb;
	int64_t endpoint;
	struct caller caller;
	char *body;
	size_t len;
	struct config config; /* of it only what endpoint_form_read reads */
	struct endpoint_form form;
	PGconn *conn;
	struct register_told *told;
};

static void
change_free(void *input)
{
	struct change *c = input;

	endpoint_form_free(&c->form);
	free(c->config.push_allowed_networks);
	OPENSSL_cleanse(c->body, c->len);
	free(c->body);
	free(c);
}

static const char *
verb_word(enum endpoint_verb verb)
{
	switch (verb) {
	case ENDPOINT_CREATE:
		return "create";
	case ENDPOINT_CHANGE:
		return "change";
	case ENDPOINT_ROTATE:
		return "rotate";
	case ENDPOINT_PAUSE:
		return "pause";
	case ENDPOINT_RESUME:
		return "resume";
	case ENDPOINT_DELETE:
		return "delete";
	}
	return NULL;
}

/* Runs one statement and drops its parameters. NULL: it has been told. */
static struct pg_result *
run(struct change *c, struct pg_statement *statement, struct pg_params *params)
{
	const struct pg_call call = {statement, params};
	struct pg_result *result = pg_sync_run(c->conn, &call, 1);

	pg_params_free(params);
	if (result->outcome == PG_OK)
		return result;
	if (result->outcome == PG_CONSTRAINT) /* (unit, url): the others are seen to before */
		register_told_complain(
		    "/url", "the unit has, or had, another endpoint with this URL", c->told);
	else
		register_told_result(c->told, statement->name, result);
	pg_result_free(result);
	return NULL;
}

/* Of the endpoint, whose number must be known. */
static void
sealed_bind(const struct change *c, struct pg_params *params, enum seal_what what, const char *text)
{
	struct sealed sealed = seal(what, c->endpoint, text);

	pg_bind_bytea(params, sealed.bytes, sealed.len);
	free(sealed.bytes);
}

/* Their names, and all that they say as one text, a line each; NULL if there are none. */
static void
headers_bind(const struct change *c, struct pg_params *params)
{
	struct pg_array *names = pg_bind_array(params, PG_TEXT);
	char *lines = NULL;
	size_t size = 0, len;
	FILE *text = c->form.header_count > 0 ? open_memstream(&lines, &size) : NULL;

	for (size_t i = 0; i < c->form.header_count; i++) {
		len = strcspn(c->form.headers[i], ":");
		pg_put_text(names, c->form.headers[i], len);
		require(text != NULL &&
			fprintf(text, "%s%s", i > 0 ? "\n" : "", c->form.headers[i]) > 0);
	}
	require(text == NULL || fclose(text) == 0);
	sealed_bind(c, params, SEAL_HEADERS, lines);
	seal_wipe(lines);
}

/* Where a new one goes. False: it has been told why nowhere. */
static bool
place(struct change *c)
{
	struct pg_params *params = pg_params_new();
	struct pg_result *result;
	const PGresult *rows;

	pg_bind_string(params, c->form.unit);
	pg_bind_string(params, c->form.url);
	result = run(c, &place_statement, params);
	if (result == NULL)
		return false;
	rows = pg_rows(result, 0);
	if (pg_row_count(rows) == 0)
		register_told_complain("/unit", "is no unit of the register", c->told);
	else if (pg_get_null(rows, 0, 0))
		register_told_complain(
		    "/url", "the unit has an endpoint with this URL already", c->told);
	else
		c->endpoint = pg_get_int(rows, 0, 0);
	pg_result_free(result);
	return c->endpoint != 0;
}

/* A new one, or one that was deleted: it begins anew, with what comes after now. */
static bool
create(struct change *c)
{
	struct pg_params *params;
	struct pg_result *result;
	bool made;

	if (!place(c))
		return false;
	params = pg_params_new();
	pg_bind_string(params, c->form.unit);
	pg_bind_string(params, c->form.url);
	pg_bind_int8(params, c->endpoint);
	sealed_bind(c, params, SEAL_SECRET, c->form.secret);
	headers_bind(c, params);
	pg_bind_string(params, c->form.ca);
	pg_bind_string(params, c->form.client_cert);
	sealed_bind(c, params, SEAL_CLIENT_KEY, c->form.client_key);
	result = run(c, &create_statement, params);
	if (result == NULL)
		return false;
	made = pg_row_count(pg_rows(result, 0)) > 0;
	pg_result_free(result);
	if (!made) {
		register_told_complain(
		    "/url", "the unit has an endpoint with this URL already", c->told);
		return false;
	}
	params = pg_params_new();
	pg_bind_int8(params, c->endpoint);
	result = run(c, &begin_statement, params);
	pg_result_free(result);
	return result != NULL;
}

/* The statement and its parameters for an endpoint that is there. */
static struct pg_statement *
statement_of(const struct change *c, struct pg_params *params)
{
	pg_bind_int8(params, c->endpoint);
	switch (c->verb) {
	case ENDPOINT_CREATE:
		break;
	case ENDPOINT_CHANGE:
		pg_bind_string(params, c->form.url[0] != '\0' ? c->form.url : NULL);
		pg_bind_bool(params, c->form.headers_given);
		headers_bind(c, params);
		pg_bind_bool(params, c->form.ca_given);
		pg_bind_string(params, c->form.ca);
		pg_bind_bool(params, c->form.client_cert_given);
		pg_bind_string(params, c->form.client_cert);
		sealed_bind(c, params, SEAL_CLIENT_KEY, c->form.client_key);
		return &change_statement;
	case ENDPOINT_ROTATE:
		sealed_bind(c, params, SEAL_SECRET, c->form.secret);
		pg_bind_int4(params, c->form.valid_days);
		return &rotate_statement;
	case ENDPOINT_PAUSE:
		pg_bind_string(params, "paused");
		return &status_statement;
	case ENDPOINT_RESUME:
		pg_bind_string(params, "active");
		return &status_statement;
	case ENDPOINT_DELETE:
		pg_bind_string(params, "deleted");
		return &status_statement;
	}
	return NULL;
}

/* The secret before the present one has been promised for longer (queries/endpoint_rotate). */
static void
rotated_too_soon(struct change *c, instant promised)
{
	char until[INSTANT_TEXT_MAX], what[200];

	instant_format(promised, until);
	snprintf(what, sizeof(what),
	    "the secret before the present one is valid until %s: rotate then, or at once with "
	    "valid_days 0, whereupon only the new one is valid",
	    until);
	register_told_complain("/valid_days", what, c->told);
	register_told_fail(
	    c->told, 409, "Two secrets are valid now, and no third may be; see errors.");
}

static bool
update(struct change *c)
{
	struct pg_params *params = pg_params_new();
	struct pg_statement *statement = statement_of(c, params);
	struct pg_result *result = run(c, statement, params);
	const PGresult *rows;
	bool done = false;

	if (result == NULL)
		return false;
	rows = pg_rows(result, 0);
	if (pg_row_count(rows) == 0)
		register_told_fail(c->told, 404, "There is no such endpoint.");
	else if (c->verb == ENDPOINT_ROTATE && !pg_get_null(rows, 0, 1))
		rotated_too_soon(c, pg_get_instant(rows, 0, 1));
	else
		done = true;
	pg_result_free(result);
	return done;
}

static bool
view(struct change *c)
{
	struct pg_params *params = pg_params_new();
	struct pg_result *result;
	bool with_secret = c->verb == ENDPOINT_CREATE || c->verb == ENDPOINT_ROTATE;

	endpoint_page_bind(params, 0, c->endpoint - 1, 1);
	result = run(c, &page_statement, params);
	if (result == NULL)
		return false;
	endpoint_view(pg_rows(result, 0), 0, with_secret ? c->form.secret : NULL, &c->told->body);
	pg_result_free(result);
	return true;
}

static void
store(struct change *c)
{
	char why[PG_WHY_MAX];

	if (!pg_sync_script(c->conn, "begin", why))
		register_told_fail(c->told, 503, "The database does not answer.");
	if (c->told->status != 0 || !(c->verb == ENDPOINT_CREATE ? create(c) : update(c)) ||
	    (c->verb != ENDPOINT_DELETE && !view(c)))
		return;
	if (!pg_sync_script(c->conn, "commit", why))
		register_told_fail(
		    c->told, 503, "The database did not answer; look whether it was stored.");
	else
		c->told->status = c->verb == ENDPOINT_CREATE   ? 201
				  : c->verb == ENDPOINT_DELETE ? 204
							       : 200;
}

static void
change_run(void *input, const char *database, struct register_told *told)
{
	struct change *c = input;

	c->told = told;
	if (endpoint_form_read(
		c->verb, c->body, c->len, &c->config, &c->form, register_told_complain, told)) {
		c->conn = register_writer_connect(database, &c->caller, told);
		if (c->conn != NULL)
			store(c);
		PQfinish(c->conn);
	}
	log_event(LOG_NOTICE, "endpoint_put", "endpoint", "%" PRId64, c->endpoint, "what", "%s",
	    verb_word(c->verb), "client", "%" PRId64, c->caller.client, "status", "%d",
	    told->status, NULL);
}

bool
endpoint_store(struct register_writer *writer, const struct config *config,
    const struct endpoint_wish *wish, uint64_t request_id, register_writer_done *done, void *arg)
{
	struct change *c = xcalloc(1, sizeof(*c));
	const struct register_job job = {change_run, change_free, c};

	c->verb = wish->verb;
	c->endpoint = wish->endpoint;
	c->caller = wish->caller;
	c->len = wish->len;
	c->body = xmalloc(wish->len + 1);
	if (wish->len > 0)
		memcpy(c->body, wish->body, wish->len);
	c->config.push_allow_http = config->push_allow_http;
	c->config.push_allowed_networks = xstrdup(config->push_allowed_networks);
	if (register_writer_run(writer, &job, request_id, done, arg))
		return true;
	change_free(c);
	return false;
}
