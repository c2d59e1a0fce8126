/*
 * The order within an endpoint and the retry schedule (see lane.h). Owns the notices in a lane;
 * knows no clock, socket or database.
 */
#include "lane.h"

#include "log.h"

#include <stdlib.h>
#include <string.h>

/*
 * Seconds to wait after the first, second … failed attempt. Urgent notices are tried often within
 * the first half hour, while a person may still be reached, and then at the normal steps.
 */
#define STEPS_MAX 12
#define RANDOM_MIDDLE (UINT32_C(1) << 31) /* no jitter */
static const int32_t steps_s[2][STEPS_MAX] = {
    [NOTICE_NORMAL] = {5, 300, 1800, 7200, 18000, 36000, 50400, 72000, 86400},
    [NOTICE_URGENT] = {5, 30, 120, 300, 1800, 7200, 18000, 36000, 50400, 72000, 86400},
};

int64_t
lane_backoff_ms(enum notice_class class, int attempts, int64_t retry_after_s, uint32_t random)
{
	require(attempts >= 1);
	if (attempts > STEPS_MAX || steps_s[class][attempts - 1] == 0)
		return -1;
	int64_t step_ms = INT64_C(1000) * steps_s[class][attempts - 1];
	if (retry_after_s < 0) {
		int64_t jitter_ms = step_ms * 2 / 5; /* from -20 % to +20 % */
		return step_ms - jitter_ms / 2 + (int64_t)((uint64_t)jitter_ms * random >> 32);
	}
	int64_t asked_s = retry_after_s < step_ms / 500 ? retry_after_s : step_ms / 500;
	return asked_s * 1000 > step_ms ? asked_s * 1000 : step_ms;
}

void
lane_init(struct lane *lane, int64_t next_seq)
{
	memset(lane, 0, sizeof *lane);
	lane->read_seq = next_seq - 1;
}

void
lane_clear(struct lane *lane)
{
	for (int i = 0; i < lane->count; i++)
		free(lane->items[i].event);
	lane_init(lane, lane->read_seq + 1);
}

int
lane_size(const struct lane *lane, enum lane_origin origin)
{
	if (lane->narrow)
		return LANE_NARROW_MAX;
	return origin == LANE_FROM_LOG ? LANE_FIRST_MAX : LANE_RETRY_MAX;
}

int
lane_room(const struct lane *lane, enum lane_origin origin)
{
	int room =
	    lane_size(lane, origin) - (origin == LANE_FROM_LOG ? lane->from_log : lane->from_rows);
	return room > 0 ? room : 0;
}

/* Takes item number i out, which the database holds as it is here. */
static void
let_go(struct lane *lane, int i)
{
	free(lane->items[i].event);
	if (lane->items[i].origin == LANE_FROM_LOG)
		lane->from_log--;
	else
		lane->from_rows--;
	lane->count--;
	memmove(
	    &lane->items[i], &lane->items[i + 1], (size_t)(lane->count - i) * sizeof *lane->items);
}

bool
lane_narrow(struct lane *lane)
{
	int before = lane->count;
	lane->narrow = true;
	while (lane->from_log > LANE_NARROW_MAX) {
		const struct lane_item *last = &lane->items[lane->count - 1];
		if (last->origin != LANE_FROM_LOG || last->state != LANE_READY || last->stored ||
		    last->writing)
			break;
		lane->read_seq = last->seq - 1;
		let_go(lane, lane->count - 1);
	}
	for (int i = lane->count; i-- > 0 && lane->from_rows > LANE_NARROW_MAX;)
		if (lane->items[i].origin == LANE_FROM_ROWS && lane->items[i].state == LANE_READY)
			let_go(lane, i);
	return lane->count < before;
}

bool
lane_widen(struct lane *lane)
{
	bool was_narrow = lane->narrow;
	lane->narrow = false;
	return was_narrow;
}

/* Where seq is, or where it belongs. */
static int
place(const struct lane *lane, int64_t seq)
{
	int low = 0, high = lane->count;
	while (low < high) {
		int middle = (low + high) / 2;
		if (lane->items[middle].seq < seq)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

struct lane_item *
lane_find(struct lane *lane, int64_t seq)
{
	int i = place(lane, seq);
	return i < lane->count && lane->items[i].seq == seq ? &lane->items[i] : NULL;
}

bool
lane_is_settled(const struct lane_item *item)
{
	return item->state != LANE_READY && item->state != LANE_IN_FLIGHT;
}

/*
 * Whether an item keeps the later ones of its episode from being sent: one that failed does so
 * until its row is written, because only then the database can tell that something waits. A parked
 * one does so too, for the same reason.
 */
static bool
stands_in_the_way(const struct lane_item *item)
{
	return item->state != LANE_DELIVERED && item->state != LANE_GIVEN_UP &&
	       item->state != LANE_SUPERSEDED;
}

/* Is something earlier of its episode in the way of item number i? */
static bool
is_held(const struct lane *lane, int i)
{
	if (lane->items[i].episode == 0)
		return false;
	for (int j = 0; j < i; j++)
		if (lane->items[j].episode == lane->items[i].episode &&
		    stands_in_the_way(&lane->items[j]))
			return true;
	return false;
}

/* G1: what is under way may still arrive; all else of the episode is not sent any more. */
static void
supersede_earlier(struct lane *lane, const struct lane_item *by)
{
	for (struct lane_item *i = lane->items; i < by; i++) {
		if (i->episode != by->episode || i->writing ||
		    (i->state != LANE_READY && i->state != LANE_PARKED && i->state != LANE_FAILED))
			continue;
		i->state = LANE_SUPERSEDED;
	}
}

static bool
is_superseded(const struct lane *lane, const struct lane_item *item)
{
	for (const struct lane_item *i = item + 1; i < lane->items + lane->count; i++)
		if (i->supersedes && i->episode == item->episode)
			return true;
	return false;
}

int64_t
lane_lift_ms(uint32_t random)
{
	return lane_backoff_ms(NOTICE_URGENT, 1, -1, random);
}

/*
 * The last attempt that was made counts as the first of the urgent schedule: however many there
 * were, the next one comes after its first step. Without jitter, unlike the rows.
 */
static void
lift(struct lane_item *item)
{
	if (item->class == NOTICE_URGENT)
		return;
	item->class = NOTICE_URGENT;
	item->urgent_after = item->attempts > 0 ? item->attempts - 1 : 0;
	int64_t step_ms = lane_lift_ms(RANDOM_MIDDLE);
	if (item->state == LANE_FAILED && item->delay_ms > step_ms)
		item->delay_ms = step_ms;
}

/* An urgent one lifts those before it, and is there already when an earlier one comes as a row. */
static void
lift_around(struct lane *lane, int at)
{
	struct lane_item *item = &lane->items[at];
	for (int i = 0; i < lane->count && item->episode != 0; i++) {
		struct lane_item *other = &lane->items[i];
		if (other->episode != item->episode)
			continue;
		if (i < at && item->class == NOTICE_URGENT)
			lift(other);
		else if (i > at && other->class == NOTICE_URGENT)
			lift(item);
	}
}

bool
lane_add(struct lane *lane, const struct lane_item *item, bool behind)
{
	require(lane_room(lane, item->origin) > 0);
	if (item->origin == LANE_FROM_LOG) {
		require(item->seq > lane->read_seq);
		lane->read_seq = item->seq;
	}
	int at = place(lane, item->seq);
	if (at < lane->count && lane->items[at].seq == item->seq) {
		free(item->event);
		return false;
	}
	memmove(&lane->items[at + 1], &lane->items[at],
	    (size_t)(lane->count - at) * sizeof *lane->items);
	lane->items[at] = *item;
	lane->items[at].state = LANE_READY;
	lane->items[at].stored = item->origin == LANE_FROM_ROWS;
	lane->items[at].writing = false;
	/* Its attempts are counted anew: so is its schedule. */
	if (item->urgent_after > item->attempts)
		lane->items[at].urgent_after = 0;
	lane->count++;
	if (item->origin == LANE_FROM_LOG)
		lane->from_log++;
	else
		lane->from_rows++;
	for (int i = 0; i < at && !behind; i++)
		behind =
		    item->episode != 0 && lane->items[i].episode == item->episode &&
		    (lane->items[i].state == LANE_FAILED || lane->items[i].state == LANE_PARKED);
	if (item->superseded)
		lane->items[at].state = LANE_SUPERSEDED;
	else if (item->supersedes)
		supersede_earlier(lane, &lane->items[at]);
	else if (behind)
		lane->items[at].state = LANE_PARKED;
	lift_around(lane, at);
	return true;
}

/* The earliest item of this origin that may be sent, or NULL. */
static struct lane_item *
earliest(struct lane *lane, enum lane_origin origin)
{
	for (int i = 0; i < lane->count; i++)
		if (lane->items[i].origin == origin && lane->items[i].state == LANE_READY &&
		    !is_held(lane, i))
			return &lane->items[i];
	return NULL;
}

struct lane_item *
lane_next(struct lane *lane, int in_flight_max, enum lane_choice choice)
{
	if (lane->in_flight >= in_flight_max)
		return NULL;
	struct lane_item *first = lane->from_log ? earliest(lane, LANE_FROM_LOG) : NULL;
	struct lane_item *retry = lane->from_rows ? earliest(lane, LANE_FROM_ROWS) : NULL;
	if (choice == LANE_FIRST_ATTEMPTS)
		return first;
	if (first == NULL || retry == NULL)
		return first != NULL ? first : retry;
	int retries_max = in_flight_max / 2 > 0 ? in_flight_max / 2 : 1;
	return lane->retry_last || lane->retries_in_flight >= retries_max ? first : retry;
}

void
lane_sent(struct lane *lane, struct lane_item *item)
{
	require(item->state == LANE_READY);
	item->state = LANE_IN_FLIGHT;
	lane->in_flight++;
	lane->retry_last = item->origin == LANE_FROM_ROWS;
	lane->retries_in_flight += lane->retry_last;
}

static void
landed(struct lane *lane, struct lane_item *item)
{
	require(item->state == LANE_IN_FLIGHT);
	lane->in_flight--;
	lane->retries_in_flight -= item->origin == LANE_FROM_ROWS;
	/*
	 * What a transaction under way says of it is older than this: it has to be written again.
	 */
	if (item->writing)
		item->stored = true;
	item->writing = false;
}

void
lane_delivered(struct lane *lane, struct lane_item *item)
{
	landed(lane, item);
	item->attempts++;
	item->state = LANE_DELIVERED;
}

/* Those after item that wait for it in the lane now wait as rows. */
static void
park_later(struct lane *lane, const struct lane_item *item)
{
	for (struct lane_item *i = lane->items; i < lane->items + lane->count; i++) {
		if (i->seq <= item->seq || item->episode == 0 || i->episode != item->episode ||
		    i->state != LANE_READY)
			continue;
		i->state = LANE_PARKED;
		i->stored = i->stored || i->writing;
		i->writing = false;
	}
}

void
lane_failed(struct lane *lane, struct lane_item *item, int64_t retry_after_s, uint32_t random)
{
	landed(lane, item);
	item->attempts++;
	item->delay_ms = lane_backoff_ms(
	    item->class, item->attempts - item->urgent_after, retry_after_s, random);
	item->state = item->delay_ms < 0	  ? LANE_GIVEN_UP
		      : is_superseded(lane, item) ? LANE_SUPERSEDED
						  : LANE_FAILED;
	if (item->state == LANE_FAILED)
		park_later(lane, item);
}

void
lane_leave(struct lane *lane)
{
	for (struct lane_item *i = lane->items; i < lane->items + lane->count; i++) {
		if (i->state == LANE_IN_FLIGHT)
			landed(lane, i);
		else if (i->state != LANE_READY || !(i->stored || i->writing))
			continue;
		i->state = LANE_PARKED;
		i->stored = i->stored || i->writing;
		i->writing = false;
	}
}

int64_t
lane_next_seq(const struct lane *lane)
{
	for (int i = lane->count; i-- > 0;)
		if (lane_is_settled(&lane->items[i]) && lane->items[i].origin == LANE_FROM_LOG)
			return lane->items[i].seq + 1;
	for (int i = 0; i < lane->count; i++)
		if (lane->items[i].origin == LANE_FROM_LOG)
			return lane->items[i].seq;
	return lane->read_seq + 1;
}

bool
lane_needs_row(const struct lane_item *item, int64_t next_seq)
{
	return !lane_is_settled(item) && !item->stored && item->seq < next_seq;
}

bool
lane_is_dirty(const struct lane *lane)
{
	for (int i = 0; i < lane->count; i++)
		if (lane_is_settled(&lane->items[i]) && !lane->items[i].writing)
			return true;
	return false;
}

void
lane_written(struct lane *lane, enum lane_write write)
{
	int kept = 0;
	for (int i = 0; i < lane->count; i++) {
		struct lane_item *item = &lane->items[i];
		if (item->writing && write == LANE_WRITE_OK) {
			if (lane_is_settled(item)) {
				free(item->event);
				if (item->origin == LANE_FROM_LOG)
					lane->from_log--;
				else
					lane->from_rows--;
				continue;
			}
			item->stored = true;
		}
		item->writing = false;
		lane->items[kept++] = *item;
	}
	lane->count = kept;
}
