/*
 * The routes: one table of method, path, roles and handler. Owns what is refused before a handler
 * runs (404, 405, 415, 401, 403), and the thin handlers themselves. Knows neither the rules nor
 * the database.
 */
#ifndef SAMORDNAD_ROUTES_H
#define SAMORDNAD_ROUTES_H

#include "config.h"
#include "door.h"
#include "feed.h"
#include "http.h"
#include "intake.h"
#include "pg.h"
#include "reads.h"
#include "register.h"
#include "register_writer.h"
#include "search.h"
#include "reports.h"
#include "status.h"

struct routes;

/* All borrowed, and outlive it. */
struct routes_parts {
	const struct config *config;
	struct register_ *reg;
	struct register_writer *writer, *endpoint_writer;
	struct pg *pg; /* for reads of endpoints */
	struct door *door;
	struct reads *reads;
	struct search *search;
	struct reports *reports;
	struct feed *feed;
	struct status *status;
};

struct routes *routes_new(const struct routes_parts *parts);
/* When every request has been answered. NULL is allowed. */
void routes_free(struct routes *routes);

/* For http_new, whose arg is the struct routes. */
extern const struct http_callbacks routes_callbacks;

/* BODY_EMPTY: none, or a JSON object without members, of whatever content type. */
enum route_body { BODY_NONE, BODY_EMPTY, BODY_MESSAGES, BODY_JSON, BODY_QUESTION };

/* The table, for the test that compares it with proto/openapi.yaml and with who may call what. */
struct route_info {
	enum http1_method method;
	const char *path; /* "/v1/episodes/{id}" */
	unsigned roles;	  /* any of these enum client_role; 0: open to all */
	bool open_on_loopback;
	enum route_body body;
};
/* The i-th route, 0 and on; false when there are no more. */
bool routes_info(size_t i, struct route_info *out);

/*
 * What an Accept header's value would rather have of a report; count 0: there is none; -1: neither.
 * The better quality counts; of equals, JSON.
 */
int routes_report_format(struct http1_text accept, unsigned count);

#endif
