/*
 * A lane: the notices of one endpoint that are in memory now, and what may be sent next. Owns the
 * order (law 7: a later notice of an episode never overtakes an earlier one; other episodes go on),
 * the retry schedule and what has to be written down. Knows no clock, socket or database: push.c
 * feeds it and asks it.
 *
 * A notice comes in from the log (first attempt) or from the undelivered rows (retry), is sent, and
 * leaves when its outcome has been written. One that fails leaves as a row with the time of its
 * next attempt; the later ones of its episode are parked: they leave as rows that wait behind it.
 */
#ifndef SAMORDNAD_LANE_H
#define SAMORDNAD_LANE_H

#include "notice.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define LANE_FIRST_MAX 64 /* notices in a lane that came from the log */
#define LANE_RETRY_MAX 32 /* notices in a lane that came from the undelivered rows */
#define LANE_MAX (LANE_FIRST_MAX + LANE_RETRY_MAX)
#define LANE_NARROW_MAX 4 /* of either, while it is narrow */

enum lane_state {
	LANE_READY,	 /* to be sent, once nothing earlier of its episode is in the way */
	LANE_IN_FLIGHT,	 /* being sent */
	LANE_DELIVERED,	 /* the endpoint has it */
	LANE_FAILED,	 /* to be tried again after delay_ms */
	LANE_GIVEN_UP,	 /* the last attempt of the schedule failed */
	LANE_SUPERSEDED, /* not to be sent any more: it would speak of a living patient (G1) */
	LANE_PARKED,	 /* waits as a row behind an earlier notice of its episode */
};

enum lane_origin { LANE_FROM_LOG, LANE_FROM_ROWS };

struct lane_item {
	int64_t seq;
	int64_t episode; /* 0: none; such notices wait for nobody. Below 0: how -endpoint fares */
	enum notice_class class; /* on which schedule it is */
	int urgent_after;	 /* attempts made before it was lifted to the urgent one; else 0 */
	bool supersedes; /* what came before it in its episode is not to be sent after it (G1) */
	bool superseded; /* it came before such a one */
	enum lane_origin origin;
	enum lane_state state;
	int attempts;	  /* made so far */
	int64_t delay_ms; /* LANE_FAILED: until the next attempt */
	bool stored;	  /* has a row among the undelivered */
	bool writing;	  /* its state is in a transaction that is under way */
	char *event;	  /* the bytes to be sent; malloc'ed, the lane's */
	size_t event_len;
};

struct lane {
	struct lane_item items[LANE_MAX]; /* sorted by seq */
	int count;
	bool narrow;
	int from_log, from_rows; /* how many of each origin */
	int in_flight, retries_in_flight;
	bool retry_last;  /* the last one sent was a retry: a first attempt goes next */
	int64_t read_seq; /* the log has been read up to here */
};

/* Starts a lane that will read the log from next_seq on. */
void lane_init(struct lane *lane, int64_t next_seq);
/* Frees the events and empties the lane. */
void lane_clear(struct lane *lane);

/* How many notices of this origin it may hold now, and how many more may be added. */
int lane_size(const struct lane *lane, enum lane_origin origin);
int lane_room(const struct lane *lane, enum lane_origin origin);

/*
 * A lane that gets nowhere is narrow: it has room for a few only, and lets go of what it holds
 * beyond them. What is under way or to be written stays. Of the log the last are let go of, so
 * read_seq falls: no page of the log may be under way. Both return whether there may be more to
 * read than before.
 */
bool lane_narrow(struct lane *lane);
bool lane_widen(struct lane *lane);

/*
 * Takes a notice in, with seq, episode, class, urgent_after, supersedes, superseded, origin,
 * attempts, event and event_len of `item`; the event is the lane's from here on. One that
 * supersedes waits for nobody, and what is not sent yet of its episode is not sent any more. An
 * urgent one lifts what is in the lane of its episode before it to the urgent schedule, so that it
 * does not wait for hours behind a normal one's step; the rows are the caller's to lift. behind: a
 * row of the same episode waits among the undelivered, so it must be parked. There must be room;
 * from the log each seq must be above read_seq, which it raises. Returns false (the event is freed)
 * if it is in the lane already.
 */
bool lane_add(struct lane *lane, const struct lane_item *item, bool behind);

/*
 * The notice to send next, or NULL: the earliest that nothing of its episode stands in the way of.
 * First attempts and retries take turns, and while first attempts wait retries get at most half of
 * in_flight_max (at least 1). LANE_FIRST_ATTEMPTS: of those from the log only. The caller says
 * lane_sent() for it.
 */
enum lane_choice { LANE_ANY, LANE_FIRST_ATTEMPTS };
struct lane_item *lane_next(struct lane *lane, int in_flight_max, enum lane_choice choice);
void lane_sent(struct lane *lane, struct lane_item *item);

/* The notice with this seq, or NULL. Valid until the next lane_add, lane_written or lane_clear. */
struct lane_item *lane_find(struct lane *lane, int64_t seq);

/*
 * Ends an attempt of a notice in flight. Failed: its state becomes LANE_FAILED with delay_ms,
 * LANE_GIVEN_UP, or LANE_SUPERSEDED; the later ones of its episode are parked, or go on.
 * retry_after_s: what the endpoint asked for, -1 nothing. random: any 32 bits.
 */
void lane_delivered(struct lane *lane, struct lane_item *item);
void lane_failed(struct lane *lane, struct lane_item *item, int64_t retry_after_s, uint32_t random);

/*
 * Turns what is not sent, or was and has no answer, into rows where it has to be: the lane is about
 * to be left.
 */
void lane_leave(struct lane *lane);

/*
 * From which seq on the log must be read again by whoever comes next: everything below is delivered
 * or is to have a row. So the unsent ones below it that have none must get one: lane_needs_row().
 */
int64_t lane_next_seq(const struct lane *lane);
/*
 * Not resolved, without a row, and below lane_next_seq(): to be written as a row (it stays in the
 * lane).
 */
bool lane_needs_row(const struct lane_item *item, int64_t next_seq);
/* Resolved or parked: to be written, whereupon it leaves. */
bool lane_is_settled(const struct lane_item *item);

/* Is there anything to write that is not being written? */
bool lane_is_dirty(const struct lane *lane);

enum lane_write { LANE_WRITE_OK, LANE_WRITE_AGAIN };
/*
 * Ends the writing of all items marked `writing`: OK, settled ones leave and others are stored;
 * AGAIN, all as before.
 */
void lane_written(struct lane *lane, enum lane_write write);

/* Until the next attempt of one that failed and was lifted. random: any 32 bits. */
int64_t lane_lift_ms(uint32_t random);

/*
 * The schedule: how long to wait after `attempts` (1..) failed attempts, with 20 % jitter either
 * way, or between one and two times the step if the endpoint asked for a time. -1: there is no next
 * attempt, it is given up.
 */
int64_t lane_backoff_ms(
    enum notice_class class, int attempts, int64_t retry_after_s, uint32_t random);

#endif
