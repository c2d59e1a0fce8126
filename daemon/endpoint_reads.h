/*
 * What is read of endpoints: a page of them, one of them, the log of deliveries. Owns those
 * statements and how an endpoint looks; never shows a secret that is stored. Knows no HTTP.
 */
#ifndef SAMORDNAD_ENDPOINT_READS_H
#define SAMORDNAD_ENDPOINT_READS_H

#include "pg.h"
#include "reads.h"
#include "writer.h"

#include <stdint.h>

#define ENDPOINTS_LIMIT_MAX 1000
#define ENDPOINTS_LIMIT_DEFAULT 100
#define ENDPOINT_COUNTED_MAX 1000 /* undelivered and given up are counted up to here */

#define DELIVERIES_LIMIT_MAX 200 /* notices of a page */
#define DELIVERIES_LIMIT_DEFAULT 50
#define DELIVERIES_REPLAYS_MAX 20  /* shown with each page: the latest */
#define DELIVERIES_ATTEMPTS_MAX 20 /* shown of a notice: the latest */

/* pg: borrowed. done as in reads.h. */

/* A page: of a unit, or 0: of all; {"endpoints": […], "next"?}. */
void endpoints_read_page(struct pg *pg, unit_id unit, int64_t after, int limit, uint64_t request_id,
    reads_done *done, void *arg);
void endpoints_read_one(
    struct pg *pg, int64_t endpoint, uint64_t request_id, reads_done *done, void *arg);

/* What has become of a notice at an endpoint; the first three are undelivered.state. */
enum delivery_state {
	DELIVERY_ANY = -1,
	DELIVERY_WAITING,
	DELIVERY_GIVEN_UP,
	DELIVERY_SUPERSEDED,
	DELIVERY_DELIVERED,
	DELIVERY_STATE_COUNT
};
/* "waiting", "given_up" …; NULL: any. */
const char *delivery_state_word(enum delivery_state state);

/* The receiver's answers are text of others. */
enum deliveries_show { DELIVERIES_WITH_ANSWERS, DELIVERIES_WITHOUT_ANSWERS };

struct deliveries_query {
	int64_t endpoint;
	int64_t before; /* only notices with a lower seq; INT64_MAX: all */
	int limit;
	enum delivery_state state;
	enum deliveries_show show;
};
/* A page of the delivery log, the newest first: {"deliveries": […], "replays": […], "next"?}. */
void endpoint_read_deliveries(struct pg *pg, const struct deliveries_query *query,
    uint64_t request_id, reads_done *done, void *arg);

/* For endpoint_store: the parameters of queries/endpoint_page, and a row of it as JSON. */
void endpoint_page_bind(struct pg_params *params, unit_id unit, int64_t after, int limit);
/* secret: one made now, told this once; else NULL. */
void endpoint_view(const PGresult *rows, size_t row, const char *secret, struct writer *w);

#endif
