/*
 * What leaves: sends the notices of the feeds to the units' endpoints, signed by Standard Webhooks
 * 1.0, until each has arrived or is given up. Owns the leased endpoints, what is in flight, and
 * their records; its own connection to the database. Knows no episode's rules and no HTTP server;
 * the order within an endpoint is daemon/lane's.
 *
 * At least once: a notice whose answer was lost is sent again under the same webhook-id. Records
 * are committed without waiting for the disk: a crash of the database can only lose the knowledge
 * that something had arrived.
 */
#ifndef SAMORDNAD_PUSH_H
#define SAMORDNAD_PUSH_H

#include "config.h"
#include "instant.h"
#include "wake.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>

struct event_base;
struct push;

#define PUSH_ENDPOINT_IN_FLIGHT_MAX 8 /* deliveries under way to one endpoint */
/*
 * Failed attempts in a row after which an endpoint is failing, and the alarm goes out, if nothing
 * arrived in the breaker's five minutes; else it takes as many as the breaker looks at, or most of
 * many (daemon/throttle). Then one probe goes at a time.
 */
#define PUSH_FAILING_AFTER 3
/*
 * A delivery that has had no answer for so long gives its slot to another, and its endpoint gets
 * one more each such time until something is heard of it; so it may be that many times
 * push_in_flight_max are under way besides those in the slots.
 */
#define PUSH_SILENT_MS 1000
#define PUSH_SILENT_PER_SLOT 4
/* An endpoint whose oldest undelivered notice has waited for longer has an alarm of its own. */
#define PUSH_WAITING_MS (15 * 60 * 1000)
/* A failing endpoint is tried at least this often while something waits. */
#define PUSH_PROBE_MS_MAX 30000
/*
 * An endpoint that was paused, or whose secret was changed, is known as such after this though
 * nobody told (WAKE_ENDPOINT).
 */
#define PUSH_RENEW_MS_MAX 5000
/* An endpoint without work is given back after this, unless a failure counts still (throttle.h). */
#define PUSH_IDLE_MS 5000
#define PUSH_LEASES_MAX 100  /* taken in one turn */
#define PUSH_ITEMS_MAX 32768 /* notices in memory, of all endpoints together */
#define PUSH_ERROR_MAX 200
#define PUSH_STATUS_ROWS 20
#define PUSH_HEADERS_MAX 20	   /* of an endpoint's own */
#define PUSH_GIVEN_UP_COUNTED 1000 /* counted up to here */

/*
 * Connects to config->database and begins when push_wake() is called. config is borrowed and read
 * anew each time. NULL, and the reason in why (PG_WHY_MAX), if the connection string is malformed.
 */
struct push *push_start(struct event_base *base, const struct config *config, char *why);

/*
 * There may be something to do; units and count as daemon/wake gives them. WAKE_POLL must come
 * about every second: retries and leases hang on it.
 */
void push_wake(struct push *push, enum wake_reason reason, const unit_id *units, size_t count);

/*
 * Starts nothing more; what is in flight may end within drain_ms, the rest is dropped and will be
 * sent again. Then results are written, leases given back, and done is called once, from the loop.
 */
void push_stop(struct push *push, void (*done)(void *arg), void *arg);

/*
 * Not from within done. What was not stopped before is dropped as by a kill -9. NULL is allowed.
 */
void push_free(struct push *push);

/*
 * Whether deliveries may go to this address: it is one of the open internet (daemon/address), or in
 * one of the networks of the setting push_allowed_networks. For the check when an endpoint is made,
 * too.
 */
bool push_address_allowed(const struct config *config, const struct sockaddr *address);

/* Why nothing may be sent to this URL (a static sentence), or NULL. Does not look at addresses. */
const char *push_url_refusal(const struct config *config, const char *url);

struct push_status_endpoint {
	int64_t endpoint;
	char unit_hsa[32];
	instant failing_since; /* real time */
	char last_error[PUSH_ERROR_MAX];
	bool paused; /* it said 410, or someone paused it meanwhile */
};

struct push_status_waiting {
	int64_t endpoint;
	char unit_hsa[32];
	instant since; /* real time: since when its oldest undelivered notice waits */
};

/*
 * For /status and /readyz. Of all daemons that share the database, as of the last poll, but for the
 * first four.
 */
struct push_status {
	bool connected;
	/* Since the database last answered the worker; more than seconds: it stands still. */
	int64_t turn_age_ms;
	size_t in_flight; /* deliveries under way from here */
	size_t leased;	  /* endpoints that are ours now */
	int64_t failing;  /* endpoints failing; the longest PUSH_STATUS_ROWS of them: */
	size_t endpoint_count;
	struct push_status_endpoint endpoints[PUSH_STATUS_ROWS];
	/* Endpoints that do not fail, yet a notice has waited for PUSH_WAITING_MS; the longest. */
	size_t waiting_count;
	struct push_status_waiting waiting[PUSH_STATUS_ROWS];
	/* If there is any: the oldest notice that has not arrived (paused endpoints aside). */
	bool any_undelivered;
	int64_t oldest_endpoint;
	char oldest_unit_hsa[32];
	int64_t oldest_seq;
	instant oldest_at;     /* legal clock */
	int64_t oldest_age_ms; /* at the last poll */
	int64_t given_up;      /* notices given up, PUSH_GIVEN_UP_COUNTED: or more */
};

/*
 * Borrowed: valid until the loop turns. Counts no tables: the figures are those of the last poll.
 */
const struct push_status *push_status(struct push *push);

#endif
