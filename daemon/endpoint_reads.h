/*
 * What is read of endpoints: a page of them, one of them. Owns those statements and how an endpoint
 * looks; never shows a secret that is stored. Knows no HTTP.
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

/* pg: borrowed. done as in reads.h. */

/* A page: of a unit, or 0: of all; {"endpoints": […], "next"?}. */
void endpoints_read_page(struct pg *pg, unit_id unit, int64_t after, int limit, uint64_t request_id,
    reads_done *done, void *arg);
void endpoints_read_one(
    struct pg *pg, int64_t endpoint, uint64_t request_id, reads_done *done, void *arg);

/* For endpoint_store: the parameters of queries/endpoint_page, and a row of it as JSON. */
void endpoint_page_bind(struct pg_params *params, unit_id unit, int64_t after, int limit);
/* secret: one made now, told this once; else NULL. */
void endpoint_view(const PGresult *rows, size_t row, const char *secret, struct writer *w);

#endif
