/* The handlers of /v1/endpoints and of replay, for the table of daemon/routes. */
#ifndef SAMORDNAD_ENDPOINT_ROUTES_H
#define SAMORDNAD_ENDPOINT_ROUTES_H

#include "routes_internal.h"

handler get_endpoints, get_endpoint, get_deliveries, post_endpoints, patch_endpoint,
    rotate_endpoint, pause_endpoint, resume_endpoint, delete_endpoint, test_endpoint, post_replay;

#endif
