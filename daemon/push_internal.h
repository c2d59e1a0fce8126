/*
 * What push.c (endpoints, sending, when) and push_store.c (what is written and read) share. Nobody
 * else includes this.
 *
 * A turn is one batch to the database: results are recorded, leases taken, renewed and given back,
 * and notices read. One turn is under way at a time; what comes meanwhile goes with the next, so
 * batches grow with the load (law 4). If the database refuses what is recorded, that goes again in
 * halves, before all else of its kind, until what is bad stands alone.
 */
#ifndef SAMORDNAD_PUSH_INTERNAL_H
#define SAMORDNAD_PUSH_INTERNAL_H

#include "curl.h"
#include "lane.h"
#include "pg.h"
#include "push.h"
#include "signature.h"
#include "throttle.h"
#include "uuid.h"

#include <sys/queue.h>

/*
 * Why an endpoint is to be given up: once nothing is in flight its lane is written down and the
 * lease goes back.
 */
enum push_leaving { PUSH_STAYS, PUSH_LEAVES, PUSH_LEAVES_GONE /* it said 410: it is paused */ };

/* A secret as it lies in the endpoint's row, and what it signs with. */
struct push_secret {
	char *sealed; /* NULL: there is none */
	size_t sealed_len;
	struct signing_key *key; /* NULL: none, or it cannot be used, and why: */
	const char *unopened;
};

/* An endpoint whose lease is ours. */
struct push_endpoint {
	LIST_ENTRY(push_endpoint) hash_link;
	LIST_ENTRY(push_endpoint) link;
	TAILQ_ENTRY(push_endpoint) queue_link, second_link;
	bool queued, second_queued;
	int64_t endpoint, token;
	unit_id unit;
	char unit_hsa[32];
	char epoch[UUID_TEXT_MAX]; /* the feed's, as text: part of each notice's id */
	char *url;
	struct push_secret secret;
	struct push_secret secret_before;    /* valid still, while it is replaced */
	char *version;			     /* of its row; the next five are of it */
	const char *unopened;		     /* why they cannot be used; else NULL */
	char *header_lines;		     /* the text of: */
	char *headers[PUSH_HEADERS_MAX + 1]; /* "name: value", ended by NULL */
	char *ca, *client_cert, *client_key; /* PEM; NULL: none */
	struct lane lane;
	bool more_log,
	    more_rows;	     /* the log, the undelivered rows, may hold something for the lane */
	bool asked_log_made; /* the turn under way asks for notices of the log */
	int asked_log, asked_rows; /* how many of those asked for have not come */
	enum push_leaving leaving;
	int64_t sent_at_ms;	/* the last delivery */
	int64_t heard_at_ms;	/* the last answer; or, after a rest, the first delivery */
	int window;		/* deliveries allowed in flight now: grows with success */
	int failures;		/* failed attempts in a row */
	struct breaker breaker; /* what ended of late */
	struct rate rate;
	instant failing_since; /* INSTANT_NONE: it is not failing */
	bool dirty;	       /* there is something to write */
	bool refused;	       /* … and it was in a turn that was refused */
	bool held;	       /* refused alone: nothing is sent, only how it fares is written */
	int64_t held_until_ms; /* then the rest is tried again */
	char error[PUSH_ERROR_MAX]; /* of the last failed attempt here, or "" */
	instant success_at;	    /* of the last success, or INSTANT_NONE */
	int64_t probe_at_ms;	    /* failing: not before */
	int64_t valid_until_ms;	    /* the lease, by our clock */
	int64_t busy_at_ms;	    /* when there last was something to do */
	bool writing;		    /* the turn under way writes it */
	bool releasing;		    /* … gives it back */
	bool renewing;		    /* … renews its lease */
	bool seen;		    /* a result just read named it */
};

/* An attempt that has ended, to be recorded. */
struct push_attempt {
	int64_t endpoint, seq;
	instant at;
	int nr;
	int duration_ms;
	int status; /* 0: none */
	char error[PUSH_ERROR_MAX];
	char address[64];
	char *answer;
	size_t answer_len;
	int64_t delay_ms; /* -1: no next attempt */
	bool bare;	  /* refused alone: what was said of it is left out */
};

struct push_attempts {
	struct push_attempt *rows;
	size_t count, size;
};

struct push_delivery;

#define PUSH_HASH 1024
#define PUSH_STEPS 13

enum push_step {
	STEP_CURSOR,
	STEP_DELIVERED,
	STEP_UNDELIVERED,
	STEP_LIFT,
	STEP_PROMOTE,
	STEP_ATTEMPT,
	STEP_PAUSE,
	STEP_RELEASE,
	STEP_RENEW,
	STEP_LEASE,
	STEP_PAGE,
	STEP_REVIVE,
	STEP_DUE
};

enum push_state { PUSH_RUNS, PUSH_DRAINS, PUSH_LAST_TURN, PUSH_STOPPED };

struct push {
	struct event_base *base;
	const struct config *config;
	struct pg *pg;
	struct curl_loop *curl;
	int64_t holder;
	enum push_state state;
	void (*done)(void *arg);
	void *done_arg;
	struct event *turn_event, *drain_event;

	LIST_HEAD(, push_endpoint) hash[PUSH_HASH];
	LIST_HEAD(push_endpoints, push_endpoint) endpoints;
	size_t endpoint_count;
	TAILQ_HEAD(push_queue, push_endpoint) queue; /* those that may have something to send */
	struct push_queue second_queue; /* those that wait for a slot of the shared half */
	LIST_HEAD(, push_delivery) deliveries;
	size_t in_flight, silent; /* silent: those of them that hold no slot any more */
	size_t second_in_slots;	  /* those that share half of the slots (pump_one) */
	size_t items;		  /* in all lanes */

	bool turning;	    /* a turn is under way */
	bool woken, polled; /* since the last turn began */
	/* Not woken: in these units' feeds there may be something new, some twice. */
	unit_id told[WAKE_UNITS_MAX];
	size_t told_count;
	int64_t turn_sent_ms, turn_ended_ms;
	int64_t renew_at_ms;
	int64_t not_before_ms; /* after a failed turn */
	struct push_attempts attempts, attempts_writing;
	/* While a refused turn goes again in parts: how many at once; 0: all. */
	size_t endpoints_limit, attempts_limit;
	size_t attempts_refused;	  /* of the attempts, the first */
	enum push_step steps[PUSH_STEPS]; /* of the turn under way */
	size_t step_count;

	bool asking_status;
	struct push_status status;
};

/* push.c, for push_store.c */
uint32_t push_random32(void);
/* Whether what it was sent last went well, and has not been without an answer for too long. */
bool push_hears(const struct push_endpoint *e, int64_t now_ms);
struct push_endpoint *push_find(struct push *push, int64_t endpoint); /* NULL: not ours */
/* A row of the lease statement; returns the new endpoint. What is under way of an earlier lease of
 * ours is lost. */
struct push_endpoint *push_take(struct push *push, const PGresult *rows, size_t row);
/* Forgets an endpoint; what is in flight to it will only be recorded as attempts. */
void push_drop(struct push *push, struct push_endpoint *e, const char *why);
/* Nothing more is sent to it; once nothing is in flight it is written down and given back. */
void push_leave(struct push_endpoint *e, enum push_leaving why);
/*
 * The endpoint's row may have changed; its secrets are sealed. secret_before: while a secret is
 * being replaced, else text NULL.
 */
void push_endpoint_set(
    struct push_endpoint *e, const char *url, struct pg_text secret, struct pg_text secret_before);
/*
 * What goes with each push and whom TLS trusts, from five columns of a row; nothing happens if the
 * version is the one known.
 */
void push_manner_set(struct push_endpoint *e, const PGresult *rows, size_t row, int column);
/* There may be something to send to it. */
void push_queue(struct push *push, struct push_endpoint *e);
void push_attempts_clear(struct push_attempts *attempts);
/*
 * The turn is over and its results are in place. PUSH_TURN_SPLIT: it was refused, and goes again in
 * parts.
 */
enum push_turn_end { PUSH_TURN_DONE, PUSH_TURN_SPLIT, PUSH_TURN_FAILED };
void push_turned(struct push *push, enum push_turn_end end);
/* What became of its notices cannot be recorded, because of why (an SQLSTATE). */
void push_hold(struct push *push, struct push_endpoint *e, const char *why);

/* push_store.c, for push.c: sends a turn if there is anything to do; false if there was not. */
bool push_turn(struct push *push);
/* Asks for the figures of push_status; at most one question is under way. */
void push_ask_status(struct push *push);

#endif
