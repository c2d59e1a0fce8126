/*
 * POST /v1/endpoints/{id}/test: leaves word that a test notice is to be told (sql/migrations/0008).
 * The door writes it. Knows no HTTP and no rights.
 */
#ifndef SAMORDNAD_ENDPOINT_TEST_H
#define SAMORDNAD_ENDPOINT_TEST_H

#include "reads.h"

/*
 * pg: borrowed. endpoint: its number. done: as of reads.h; READS_OK, with an empty body, when the
 * word is committed; READS_NOT_FOUND if there is no such endpoint, or it is deleted.
 */
void endpoint_test(
    struct pg *pg, int64_t endpoint, uint64_t request_id, reads_done *done, void *arg);

#endif
