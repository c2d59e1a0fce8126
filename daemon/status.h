/*
 * How it stands: /status, /livez, /readyz. Owns when each unit was last heard, and a probe of the
 * database every few seconds; everything else it asks of those who know. Counts no tables, and
 * knows no HTTP.
 */
#ifndef SAMORDNAD_STATUS_H
#define SAMORDNAD_STATUS_H

#include "config.h"
#include "door.h"
#include "pg.h"
#include "push.h"
#include "register.h"
#include "scheduler.h"
#include "writer.h"

#define SAMORDNAD_VERSION "1.0.0"

#define STATUS_PROBE_MS 2000	  /* how often the database is asked how it is */
#define STATUS_SILENT_MS 10000	  /* a database that has not answered for so long counts as away */
#define STATUS_LOOK_MS 10000	  /* a scheduler that has not looked for so long stands still */
#define STATUS_OVERDUE_MS 2000	  /* an instant that it has not seen for so long is overdue */
#define STATUS_PUSH_TURN_MS 30000 /* a push worker without a turn for so long stands still */
#define STATUS_HEARD_EPISODES \
	1000 /* episodes looked through at the start for who was heard when \
	      */

struct event_base;
struct status;

/*
 * What it looks at; all borrowed, and outlive it. reads: the connection on which it probes. push
 * may be NULL.
 */
struct status_parts {
	struct event_base *base;
	const struct config *config;
	struct register_ *reg;
	struct door *door;
	struct scheduler *scheduler;
	struct push *push;
	struct pg *reads;
	struct access_sealer *sealer;
};

struct status *status_new(const struct status_parts *parts);
/* Only when nothing is in flight on reads: after it was freed. NULL is allowed. */
void status_free(struct status *st);

/*
 * A unit was heard at this instant (legal time); fits struct intake's callback. arg: the struct
 * status.
 */
void status_heard(void *arg, unit_id unit, instant at);

/* Draining: /readyz says no, so that load balancers go elsewhere. */
void status_drain(struct status *st);

/* It listens, in plain HTTP, where others than this machine reach it: /status says so. */
void status_exposed(struct status *st);

/* The whole of /status as one JSON object. */
void status_write(struct status *st, struct writer *w);

/* Brings the gauges level that say what /status says. */
void status_level_metrics(const struct status *st);

/* What the legal clock says, as far as this daemon knows. */
instant status_legal_now(const struct status *st);

/* Whom /readyz asks for: any daemon that serves, or the one that is the door (?door). */
enum status_ready { STATUS_SERVING, STATUS_DOOR };

/* NULL: ready; else a static sentence that says what is wrong. */
const char *status_ready(struct status *st, enum status_ready what);

/*
 * Has what could move moved within the limit: the door's queue, the scheduler, the push worker?
 * Where the database is away nothing can. parts.push must not be NULL.
 */
bool status_work_moves(const struct status *st, int64_t limit_ms);

#endif
