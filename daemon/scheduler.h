/*
 * When: holds one timer, for the earliest instant that any episode owes (law 5), and hands over
 * what has come to the door, and what is to be told of endpoints. Looks at least once a second by
 * the legal clock, which may step. Runs only where the door is open.
 */
#ifndef SAMORDNAD_SCHEDULER_H
#define SAMORDNAD_SCHEDULER_H

#include "door.h"
#include "register.h"

#define SCHEDULER_CLOCK_CHANNEL \
	"samordnad_clock" /* a test that steps the legal clock says so here */

#define SCHEDULER_EVENT_CHANNEL "samordnad_event" /* an event of an endpoint waits */

struct scheduler;

/* All borrowed. */
struct scheduler *scheduler_new(
    struct event_base *base, const struct config *config, struct register_ *reg, struct door *door);
/* Connects and begins to look. The database setting is known to be well-formed. Call once. */
void scheduler_start(struct scheduler *s);
void scheduler_free(struct scheduler *s); /* NULL is allowed */

/* As of the last look, at most a second ago while the door is open. */
struct scheduler_status {
	instant next_due; /* the earliest instant owed that lies ahead, or INSTANT_NEVER */
	int overdue; /* instants that have come and are not fired yet, as far as one look reaches */
	instant overdue_since; /* the oldest of them, or INSTANT_NONE */
	int parked;	    /* episodes that wait for their inskrivningsmeddelande, at most 1,000 */
	int parked_overdue; /* of them, those that wait longer than ops_parked_ms */
	instant parked_since; /* since when the oldest waits, or INSTANT_NONE */
	instant looked_at;    /* real time of the last look, or INSTANT_NONE */
};
void scheduler_status(const struct scheduler *s, struct scheduler_status *out);

#endif
