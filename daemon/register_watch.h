/*
 * Keeps the register in memory fresh: asks for its version when told that it changed, and every few
 * seconds in any case. While this daemon is the door, the door reads for itself, with loads and
 * bookings, and only gets told.
 */
#ifndef SAMORDNAD_REGISTER_WATCH_H
#define SAMORDNAD_REGISTER_WATCH_H

#include "pg.h"
#include "register.h"

#include <stdbool.h>

struct event_base;
struct register_watch;

#define REGISTER_POLL_MS 5000

/* How the watch and the door keep out of each other's way; both are called from the loop. */
struct register_door {
	bool (*has_it)(
	    void *arg); /* the register in memory is the door's: nobody else may put one */
	void (*reread)(void *arg); /* it has a new version: the door is to read it */
	void *arg;
};

/* pg and reg: borrowed, and outlive it. Starts to ask at once. */
struct register_watch *register_watch_new(struct event_base *base, struct pg *pg,
    struct register_ *reg, const struct register_door *door);
/* Only when nothing is in flight on pg: after it was freed. NULL is allowed. */
void register_watch_free(struct register_watch *watch);

/* The register may have changed (REGISTER_CHANNEL), or the connection is new. */
void register_watch_look(struct register_watch *watch);

#endif
