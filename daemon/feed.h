/*
 * GET /v1/feed: pages of a unit's log of notices, and those who wait for its next one (long poll).
 * Owns the waiting readers. Knows no HTTP and no rights: who may read which unit is decided before.
 * Readers are known by id.
 */
#ifndef SAMORDNAD_FEED_H
#define SAMORDNAD_FEED_H

#include "config.h"
#include "notice.h"
#include "pg.h"
#include "uuid.h"

#include <stddef.h>
#include <stdint.h>

struct event_base;
struct feed;

#define FEED_LIMIT_MAX 1000 /* notices in a page */
#define FEED_WAIT_S_MAX 60  /* of a long poll */
#define FEED_WAITERS_MAX \
	1000 /* at once; who comes then and finds nothing is answered FEED_FULL \
	      */

enum feed_outcome {
	FEED_OK,     /* 200 with body */
	FEED_BEYOND, /* 409: `after` lies beyond the feed's end, last_seq: it was read in another
			epoch, before the database was restored to an earlier point */
	FEED_GONE,   /* 410: what comes after `after` is not kept; first_seq is the first that is */
	FEED_NO_UNIT, /* 404: there is no such unit */
	FEED_FULL,    /* 503: nothing new, and too many wait already */
	FEED_AWAY,    /* 503: no database */
};

/* Borrowed: valid until the callback returns. */
struct feed_answer {
	enum feed_outcome outcome;
	int64_t first_seq;	   /* FEED_OK, FEED_GONE */
	int64_t last_seq;	   /* FEED_BEYOND */
	char epoch[UUID_TEXT_MAX]; /* FEED_OK, FEED_BEYOND */
	/*
	 * FEED_OK: {"unit": hsa, "epoch": uuid, "first_seq": n, "next_after": n, "events":
	 * [CloudEvents]}. next_after is the last event's seq, or `after` if there are none.
	 */
	const char *body;
	size_t body_len;
};

/* Called once, from the loop; not for a reader that was cancelled. */
typedef void feed_callback(const struct feed_answer *answer, void *arg);

/* reads: whose connection is used, borrowed. config: borrowed, read anew each time. */
struct feed *feed_new(struct event_base *base, struct pg *reads, const struct config *config);

/*
 * Only when `reads` has been freed or has nothing in flight. Readers are dropped without their
 * callback. NULL is allowed.
 */
void feed_free(struct feed *feed);

/*
 * Reads the notices of unit with seq > after (0..), at most limit (1 to FEED_LIMIT_MAX). If there
 * are none yet: waits up to wait_s (0 to FEED_WAIT_S_MAX) for one. Returns the reader's id, never
 * 0.
 */
uint64_t feed_read(struct feed *feed, unit_id unit, int64_t after, int limit, int wait_s,
    feed_callback *callback, void *arg);

/* The client is gone: its callback will not come. False if the id is not (any more) known. */
bool feed_cancel(struct feed *feed, uint64_t id);

/* There may be new notices (daemon/wake). */
void feed_wake(struct feed *feed);

/*
 * Draining: those who wait are answered at once with what there is: nothing; so are those who come.
 */
void feed_drain(struct feed *feed);

/*
 * The event of one row of queries/feed_page, push_page or push_due, whose first columns are alike:
 * malloc'ed bytes, the same for feed and push. NULL if the row's type is of a newer daemon, which
 * must tell of it.
 */
char *feed_event(
    const PGresult *rows, size_t row, const struct config *config, struct notice *out, size_t *len);

#endif
