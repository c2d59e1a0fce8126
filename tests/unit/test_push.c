/*
 * The pure parts of the push: the retry schedule, the order within an endpoint, and where
 * deliveries may go.
 */
#include "address.h"
#include "lane.h"
#include "log.h"

#include <arpa/inet.h>
#include <check.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

/* ---- The schedule ---- */

static const int32_t normal_s[] = {5, 300, 1800, 7200, 18000, 36000, 50400, 72000, 86400};
static const int32_t urgent_s[] = {5, 30, 120, 300, 1800, 7200, 18000, 36000, 50400, 72000, 86400};

static void
check_schedule(enum notice_class class, const int32_t *steps_s, int count)
{
	for (int i = 0; i < count; i++) {
		int64_t step_ms = INT64_C(1000) * steps_s[i];
		ck_assert_int_eq(lane_backoff_ms(class, i + 1, -1, 0), step_ms * 8 / 10);
		ck_assert_int_eq(lane_backoff_ms(class, i + 1, -1, UINT32_C(1) << 31), step_ms);
		int64_t most = lane_backoff_ms(class, i + 1, -1, UINT32_MAX);
		ck_assert(most > step_ms * 119 / 100 && most <= step_ms * 12 / 10);
		ck_assert_int_eq(lane_backoff_ms(class, i + 1, 0, UINT32_MAX), step_ms);
		ck_assert_int_eq(lane_backoff_ms(class, i + 1, steps_s[i] + 1, 0), step_ms + 1000);
		ck_assert_int_eq(lane_backoff_ms(class, i + 1, INT64_MAX, 0), 2 * step_ms);
	}
	ck_assert_int_eq(lane_backoff_ms(class, count + 1, -1, 0), -1);
	ck_assert_int_eq(lane_backoff_ms(class, count + 1, 10, 0), -1);
	ck_assert_int_eq(lane_backoff_ms(class, 1000, -1, 0), -1);
}

START_TEST(schedule)
{
	check_schedule(NOTICE_NORMAL, normal_s, (int)(sizeof normal_s / sizeof *normal_s));
	check_schedule(NOTICE_URGENT, urgent_s, (int)(sizeof urgent_s / sizeof *urgent_s));
}
END_TEST

/* ---- The lane ---- */

static void
add(struct lane *lane, int64_t seq, int64_t episode, enum lane_origin origin, bool behind)
{
	struct lane_item item = {.seq = seq,
	    .episode = episode,
	    .origin = origin,
	    .event = xstrdup("{}"),
	    .event_len = 2};
	ck_assert(lane_add(lane, &item, behind));
}

/* Sends what may be sent; its seq, or 0 if nothing may. */
static int64_t
send_next(struct lane *lane, int in_flight_max)
{
	struct lane_item *item = lane_next(lane, in_flight_max, LANE_ANY);
	if (item == NULL)
		return 0;
	lane_sent(lane, item);
	return item->seq;
}

static void
deliver(struct lane *lane, int64_t seq)
{
	lane_delivered(lane, lane_find(lane, seq));
}

static void
fall(struct lane *lane, int64_t seq)
{
	lane_failed(lane, lane_find(lane, seq), -1, 0);
}

/*
 * As a turn does: marks what is to be written, and ends the writing. Returns how many were marked.
 */
static int
mark(struct lane *lane)
{
	int marked = 0;
	int64_t next_seq = lane_next_seq(lane);
	for (int i = 0; i < lane->count; i++) {
		struct lane_item *item = &lane->items[i];
		if (!lane_is_settled(item) && !lane_needs_row(item, next_seq))
			continue;
		item->writing = true;
		marked++;
	}
	return marked;
}

static int
write_all(struct lane *lane)
{
	int marked = mark(lane);
	lane_written(lane, LANE_WRITE_OK);
	return marked;
}

START_TEST(order_within_an_episode)
{
	struct lane lane;
	lane_init(&lane, 1);
	add(&lane, 1, 7, LANE_FROM_LOG, false);
	add(&lane, 2, 7, LANE_FROM_LOG, false);
	add(&lane, 3, 8, LANE_FROM_LOG, false);
	ck_assert_int_eq(send_next(&lane, 8), 1);
	ck_assert_int_eq(send_next(&lane, 8), 3); /* 2 waits for 1, another episode goes on */
	ck_assert_int_eq(send_next(&lane, 8), 0);
	deliver(&lane, 1);
	ck_assert_int_eq(send_next(&lane, 8), 2);
	deliver(&lane, 2);
	deliver(&lane, 3);
	ck_assert_int_eq(lane_next_seq(&lane), 4);
	ck_assert(lane_is_dirty(&lane));
	ck_assert_int_eq(write_all(&lane), 3);
	ck_assert_int_eq(lane.count, 0);
	ck_assert_int_eq(lane_next_seq(&lane), 4);
	lane_clear(&lane);
}
END_TEST

START_TEST(without_an_episode_nobody_waits)
{
	struct lane lane;
	lane_init(&lane, 1);
	add(&lane, 1, 0, LANE_FROM_LOG, false);
	add(&lane, 2, 0, LANE_FROM_LOG, false);
	ck_assert_int_eq(send_next(&lane, 8), 1);
	ck_assert_int_eq(send_next(&lane, 8), 2);
	fall(&lane, 1);
	ck_assert_int_eq(lane_find(&lane, 2)->state, LANE_IN_FLIGHT);
	lane_clear(&lane);
}
END_TEST

START_TEST(failed_parks_the_later_ones)
{
	struct lane lane;
	lane_init(&lane, 1);
	add(&lane, 1, 7, LANE_FROM_LOG, false);
	add(&lane, 2, 8, LANE_FROM_LOG, false);
	add(&lane, 3, 7, LANE_FROM_LOG, false);
	ck_assert_int_eq(send_next(&lane, 8), 1);
	fall(&lane, 1);
	ck_assert_int_eq(lane_find(&lane, 1)->state, LANE_FAILED);
	ck_assert_int_eq(lane_find(&lane, 1)->delay_ms, 4000);
	ck_assert_int_eq(lane_find(&lane, 3)->state, LANE_PARKED);
	/* One that comes before the rows are written: the database could not know. */
	add(&lane, 4, 7, LANE_FROM_LOG, false);
	ck_assert_int_eq(lane_find(&lane, 4)->state, LANE_PARKED);
	ck_assert_int_eq(send_next(&lane, 8), 2);
	/* 2 is in flight below 4, which leaves: 2 needs a row, and stays. */
	ck_assert_int_eq(lane_next_seq(&lane), 5);
	ck_assert(lane_needs_row(lane_find(&lane, 2), 5));
	ck_assert_int_eq(write_all(&lane), 4);
	ck_assert_int_eq(lane.count, 1);
	ck_assert(lane_find(&lane, 2)->stored);
	ck_assert(!lane_needs_row(lane_find(&lane, 2), 5));
	/* After that the database knows: it says so of the next. */
	add(&lane, 5, 7, LANE_FROM_LOG, true);
	ck_assert_int_eq(lane_find(&lane, 5)->state, LANE_PARKED);
	lane_clear(&lane);
}
END_TEST

START_TEST(given_up_blocks_no_more)
{
	struct lane lane;
	lane_init(&lane, 10);
	struct lane_item last = {.seq = 4,
	    .episode = 7,
	    .origin = LANE_FROM_ROWS,
	    .attempts = (int)(sizeof normal_s / sizeof *normal_s),
	    .event = xstrdup("{}")};
	ck_assert(lane_add(&lane, &last, false));
	add(&lane, 10, 7, LANE_FROM_LOG, false);
	ck_assert_int_eq(send_next(&lane, 8), 4);
	ck_assert_int_eq(send_next(&lane, 8), 0);
	fall(&lane, 4);
	ck_assert_int_eq(lane_find(&lane, 4)->state, LANE_GIVEN_UP);
	ck_assert_int_eq(send_next(&lane, 8), 10);
	lane_clear(&lane);
}
END_TEST

/* An urgent notice never waits for hours behind a normal one's step. */
static void
add_class(struct lane *lane, int64_t seq, int64_t episode, enum lane_origin origin,
    enum notice_class class, int attempts)
{
	struct lane_item item = {.seq = seq,
	    .episode = episode,
	    .class = class,
	    .origin = origin,
	    .attempts = attempts,
	    .event = xstrdup("{}")};
	ck_assert(lane_add(lane, &item, false));
}

START_TEST(urgent_lifts_what_failed_before_it)
{
	struct lane lane;
	lane_init(&lane, 10);
	add_class(&lane, 3, 7, LANE_FROM_ROWS, NOTICE_NORMAL, 8);
	add_class(&lane, 4, 8, LANE_FROM_ROWS, NOTICE_NORMAL, 8);
	ck_assert_int_eq(send_next(&lane, 8), 3);
	ck_assert_int_eq(send_next(&lane, 8), 4);
	fall(&lane, 3);
	fall(&lane, 4);
	ck_assert_int_eq(lane_find(&lane, 3)->delay_ms, 86400 * 800);
	add_class(&lane, 10, 7, LANE_FROM_LOG, NOTICE_URGENT, 0);
	ck_assert_int_eq(lane_find(&lane, 3)->delay_ms, 5000);
	ck_assert_int_eq(lane_find(&lane, 3)->class, NOTICE_URGENT);
	ck_assert_int_eq(lane_find(&lane, 4)->delay_ms, 86400 * 800); /* another episode's */
	ck_assert_int_eq(lane_find(&lane, 10)->state, LANE_PARKED);   /* it overtakes nothing */
	lane_clear(&lane);
}
END_TEST

START_TEST(urgent_lifts_what_is_under_way)
{
	/* It comes before or after the earlier one is read. */
	struct lane lane;
	lane_init(&lane, 10);
	if (_i == 1)
		add_class(&lane, 10, 7, LANE_FROM_LOG, NOTICE_URGENT, 0);
	add_class(&lane, 3, 7, LANE_FROM_ROWS, NOTICE_NORMAL, 4);
	if (_i == 0)
		add_class(&lane, 10, 7, LANE_FROM_LOG, NOTICE_URGENT, 0);
	ck_assert_int_eq(send_next(&lane, 8), 3);
	ck_assert_int_eq(send_next(&lane, 8), 0);
	fall(&lane, 3);
	ck_assert_int_eq(lane_find(&lane, 3)->urgent_after, 3);
	ck_assert_int_eq(lane_find(&lane, 3)->attempts, 5);
	ck_assert_int_eq(lane_find(&lane, 3)->delay_ms, 24000); /* the urgent schedule's second */
	lane_clear(&lane);
}
END_TEST

START_TEST(urgent_lifts_once)
{
	struct lane lane;
	lane_init(&lane, 10);
	add_class(&lane, 3, 7, LANE_FROM_ROWS, NOTICE_NORMAL, 8);
	add_class(&lane, 10, 7, LANE_FROM_LOG, NOTICE_URGENT, 0);
	lane_find(&lane, 3)->attempts = 18;
	ck_assert_int_eq(send_next(&lane, 8), 3);
	add_class(&lane, 11, 7, LANE_FROM_LOG, NOTICE_URGENT, 0);
	fall(&lane, 3); /* the twelfth of its urgent schedule: a further urgent one begins none */
	ck_assert_int_eq(lane_find(&lane, 3)->state, LANE_GIVEN_UP);
	ck_assert_int_eq(send_next(&lane, 8), 10);
	lane_clear(&lane);
}
END_TEST

START_TEST(lifted_and_counted_anew)
{
	struct lane lane;
	lane_init(&lane, 10);
	struct lane_item item = {.seq = 3,
	    .episode = 7,
	    .class = NOTICE_URGENT,
	    .urgent_after = 8,
	    .origin = LANE_FROM_ROWS,
	    .event = xstrdup("{}")};
	ck_assert(lane_add(&lane, &item, false));
	ck_assert_int_eq(send_next(&lane, 8), 3);
	fall(&lane, 3);
	ck_assert_int_eq(lane_find(&lane, 3)->delay_ms, 4000);
	lane_clear(&lane);
}
END_TEST

START_TEST(normal_lifts_nothing)
{
	struct lane lane;
	lane_init(&lane, 10);
	add_class(&lane, 3, 7, LANE_FROM_ROWS, NOTICE_URGENT, 0);
	add_class(&lane, 4, 7, LANE_FROM_ROWS, NOTICE_NORMAL, 0);
	add_class(&lane, 10, 0, LANE_FROM_LOG, NOTICE_URGENT, 0);
	add_class(&lane, 11, 7, LANE_FROM_LOG, NOTICE_NORMAL, 0);
	ck_assert_int_eq(lane_find(&lane, 4)->class, NOTICE_NORMAL);
	ck_assert_int_eq(lane_find(&lane, 11)->class, NOTICE_NORMAL);
	lane_clear(&lane);
}
END_TEST

/* G1, story 8: 42 tells of a death. What is under way may arrive once, before it; nothing after. */
static void
add_supersedes(struct lane *lane, int64_t seq, int64_t episode, bool behind)
{
	struct lane_item item = {.seq = seq,
	    .episode = episode,
	    .class = NOTICE_URGENT,
	    .supersedes = true,
	    .origin = LANE_FROM_LOG,
	    .event = xstrdup("{}")};
	ck_assert(lane_add(lane, &item, behind));
}

START_TEST(superseded_in_flight)
{
	struct lane lane;
	lane_init(&lane, 41);
	add(&lane, 41, 7, LANE_FROM_LOG, false);
	ck_assert_int_eq(send_next(&lane, 8), 41);
	add_supersedes(&lane, 42, 7, false);
	ck_assert_int_eq(send_next(&lane, 8), 0); /* in order */
	if (_i == 0)
		lane_delivered(&lane, lane_find(&lane, 41));
	else
		fall(&lane, 41);
	ck_assert_int_eq(lane_find(&lane, 41)->state, _i == 0 ? LANE_DELIVERED : LANE_SUPERSEDED);
	ck_assert_int_eq(send_next(&lane, 8), 42);
	lane_clear(&lane);
}
END_TEST

START_TEST(superseded_before_it_was_sent)
{
	struct lane lane;
	lane_init(&lane, 40);
	add(&lane, 39, 7, LANE_FROM_ROWS, false);
	add(&lane, 40, 7, LANE_FROM_LOG, true);
	add(&lane, 41, 8, LANE_FROM_LOG, false);
	add_supersedes(&lane, 42, 7, true);
	ck_assert_int_eq(lane_find(&lane, 39)->state, LANE_SUPERSEDED);
	ck_assert_int_eq(lane_find(&lane, 40)->state, LANE_SUPERSEDED);
	ck_assert_int_eq(send_next(&lane, 8), 41); /* another episode's goes on */
	ck_assert_int_eq(send_next(&lane, 8), 42); /* waits for nobody */
	ck_assert_int_eq(lane_next_seq(&lane), 41);
	lane_clear(&lane);
}
END_TEST

START_TEST(superseded_as_read)
{
	struct lane lane;
	lane_init(&lane, 41);
	struct lane_item item = {.seq = 41,
	    .episode = 7,
	    .superseded = true,
	    .origin = LANE_FROM_LOG,
	    .event = xstrdup("{}")};
	ck_assert(lane_add(&lane, &item, false));
	add_supersedes(&lane, 42, 7, false);
	ck_assert_int_eq(lane_find(&lane, 41)->state, LANE_SUPERSEDED);
	ck_assert(lane_is_dirty(&lane)); /* to be listed */
	ck_assert_int_eq(send_next(&lane, 8), 42);
	lane_clear(&lane);
}
END_TEST

START_TEST(retries_and_first_attempts_take_turns)
{
	struct lane lane;
	lane_init(&lane, 100);
	for (int i = 0; i < 8; i++) {
		add(&lane, 1 + i, 20 + i, LANE_FROM_ROWS, false);
		add(&lane, 100 + i, 120 + i, LANE_FROM_LOG, false);
	}
	/* One at a time, as with a failing endpoint. */
	int64_t seqs[4];
	for (int i = 0; i < 4; i++) {
		seqs[i] = send_next(&lane, 1);
		deliver(&lane, seqs[i]);
	}
	ck_assert(seqs[0] == 1 && seqs[1] == 100 && seqs[2] == 2 && seqs[3] == 101);
	ck_assert_int_eq(lane_next(&lane, 1, LANE_FIRST_ATTEMPTS)->seq, 102);
	/* Of four slots retries get two at most while first attempts wait. */
	int retries = 0;
	for (int i = 0; i < 4; i++)
		retries += send_next(&lane, 4) < 100;
	ck_assert_int_eq(retries, 2);
	ck_assert_int_eq(send_next(&lane, 4), 0);
	lane_clear(&lane);
}
END_TEST

START_TEST(outcome_while_being_written)
{
	struct lane lane;
	lane_init(&lane, 1);
	add(&lane, 1, 7, LANE_FROM_LOG, false);
	add(&lane, 2, 8, LANE_FROM_LOG, false);
	ck_assert_int_eq(send_next(&lane, 8), 1);
	ck_assert_int_eq(send_next(&lane, 8), 2);
	deliver(&lane, 2);
	ck_assert_int_eq(mark(&lane), 2); /* a row for 1, which is in flight */
	deliver(&lane, 1);
	lane_written(&lane, LANE_WRITE_OK);
	/* 2 is gone; 1 has arrived since, and its row must be deleted. */
	ck_assert_int_eq(lane.count, 1);
	ck_assert(lane_find(&lane, 1)->stored && lane_is_dirty(&lane));
	ck_assert_int_eq(write_all(&lane), 1);
	ck_assert_int_eq(lane.count, 0);
	/* A turn that failed is written again. */
	add(&lane, 3, 7, LANE_FROM_LOG, false);
	ck_assert_int_eq(send_next(&lane, 8), 3);
	deliver(&lane, 3);
	ck_assert_int_eq(mark(&lane), 1);
	ck_assert(!lane_is_dirty(&lane));
	lane_written(&lane, LANE_WRITE_AGAIN);
	ck_assert(lane_is_dirty(&lane));
	lane_clear(&lane);
}
END_TEST

START_TEST(leaving)
{
	struct lane lane;
	lane_init(&lane, 10);
	add(&lane, 10, 7, LANE_FROM_LOG, false);
	add(&lane, 11, 8, LANE_FROM_LOG, false);
	add(&lane, 12, 7, LANE_FROM_LOG, false);
	add(&lane, 3, 9, LANE_FROM_ROWS, false);
	ck_assert_int_eq(send_next(&lane, 8), 3);
	ck_assert_int_eq(send_next(&lane, 8), 10);
	ck_assert_int_eq(send_next(&lane, 8), 11);
	deliver(&lane, 11);
	lane_leave(&lane);
	/*
	 * What has no answer becomes a row, though it came from the log; 12 is read again from
	 * there.
	 */
	ck_assert_int_eq(lane.in_flight, 0);
	ck_assert_int_eq(lane_find(&lane, 3)->state, LANE_PARKED);
	ck_assert_int_eq(lane_find(&lane, 10)->state, LANE_PARKED);
	ck_assert_int_eq(lane_find(&lane, 10)->attempts, 0);
	ck_assert_int_eq(lane_find(&lane, 12)->state, LANE_READY);
	ck_assert_int_eq(lane_next_seq(&lane), 12);
	ck_assert_int_eq(write_all(&lane), 3);
	lane_clear(&lane);
}
END_TEST

START_TEST(narrow_lets_go)
{
	struct lane lane;
	lane_init(&lane, 100);
	for (int i = 0; i < 10; i++) {
		add(&lane, 1 + i, 20 + i, LANE_FROM_ROWS, false);
		add(&lane, 100 + i, 120 + i, LANE_FROM_LOG, false);
	}
	for (int i = 0; i < 6; i++)
		ck_assert_int_ne(send_next(&lane, 8), 0);
	ck_assert(lane_narrow(&lane));
	ck_assert(!lane_narrow(&lane));
	/* Three of each are under way; one more of each is kept, the earliest. */
	ck_assert(lane.from_log == LANE_NARROW_MAX && lane.from_rows == LANE_NARROW_MAX);
	ck_assert_int_eq(lane_room(&lane, LANE_FROM_LOG), 0);
	ck_assert_int_eq(lane_room(&lane, LANE_FROM_ROWS), 0);
	ck_assert_ptr_nonnull(lane_find(&lane, 4));
	ck_assert_ptr_nonnull(lane_find(&lane, 103));
	ck_assert_int_eq(lane.read_seq, 103);
	deliver(&lane, 102);
	ck_assert_int_eq(lane_next_seq(&lane), 103);
	ck_assert(lane_widen(&lane));
	ck_assert(!lane_widen(&lane));
	add(&lane, 104, 124, LANE_FROM_LOG, false);
	lane_clear(&lane);
}
END_TEST

START_TEST(narrow_keeps_what_was_overtaken)
{
	struct lane lane;
	lane_init(&lane, 1);
	for (int i = 1; i <= 10; i++)
		add(&lane, i, i, LANE_FROM_LOG, false);
	for (int i = 1; i <= 8; i++)
		ck_assert_int_eq(send_next(&lane, 8), i);
	deliver(&lane, 8);
	/* What is below has rows, or will: only what is above may be read again. */
	ck_assert(lane_narrow(&lane));
	ck_assert_int_eq(lane.read_seq, 8);
	ck_assert_int_eq(lane.count, 8);
	ck_assert_int_eq(lane_next_seq(&lane), 9);
	lane_clear(&lane);
}
END_TEST

/*
 * Any course of events: a receiver that fails at random, rows that become due at random, turns that
 * fail at random, a lane that is narrow at random. What arrives of an episode arrives in order,
 * everything arrives, nothing twice.
 */
#define COURSE_NOTICES 400
#define COURSE_EPISODES 5

struct course {
	struct lane lane;
	unsigned seed;
	bool row[COURSE_NOTICES + 1]; /* the undelivered rows */
	int attempts[COURSE_NOTICES + 1];
	int64_t cursor;
	int64_t last[COURSE_EPISODES + 1]; /* the last seq that arrived, by episode */
	int arrived;
	int64_t in_flight[8];
	int in_flight_count;
};

static unsigned
dice(struct course *c, unsigned sides)
{
	c->seed = c->seed * 1103515245 + 12345;
	return (c->seed >> 16) % sides;
}

static int64_t
episode_of(int64_t seq)
{
	return 1 + (seq * 7919) % COURSE_EPISODES;
}

static bool
row_before(const struct course *c, int64_t seq)
{
	for (int64_t i = 1; i < seq; i++)
		if (c->row[i] && episode_of(i) == episode_of(seq))
			return true;
	return false;
}

static void
course_read(struct course *c)
{
	for (int64_t seq = c->lane.read_seq + 1;
	     seq <= COURSE_NOTICES && lane_room(&c->lane, LANE_FROM_LOG) > 0; seq++)
		add(&c->lane, seq, episode_of(seq), LANE_FROM_LOG, row_before(c, seq));
	for (int64_t seq = 1; seq <= COURSE_NOTICES; seq++) {
		if (!c->row[seq] || row_before(c, seq) || lane_find(&c->lane, seq) != NULL ||
		    lane_room(&c->lane, LANE_FROM_ROWS) == 0)
			continue;
		struct lane_item item = {.seq = seq,
		    .episode = episode_of(seq),
		    .origin = LANE_FROM_ROWS,
		    .attempts = c->attempts[seq] % 3,
		    .event = xstrdup("{}")};
		lane_add(&c->lane, &item, false);
	}
}

static void
course_answer(struct course *c)
{
	if (c->in_flight_count == 0)
		return;
	int i = (int)dice(c, (unsigned)c->in_flight_count);
	int64_t seq = c->in_flight[i];
	c->in_flight[i] = c->in_flight[--c->in_flight_count];
	if (dice(c, 3) == 0) {
		fall(&c->lane, seq);
		return;
	}
	deliver(&c->lane, seq);
	ck_assert_int_gt(seq, c->last[episode_of(seq)]);
	c->last[episode_of(seq)] = seq;
	c->arrived++;
}

static void
course_write(struct course *c)
{
	int64_t next_seq = lane_next_seq(&c->lane);
	mark(&c->lane);
	if (dice(c, 5) == 0) {
		lane_written(&c->lane, LANE_WRITE_AGAIN);
		return;
	}
	for (int i = 0; i < c->lane.count; i++) {
		const struct lane_item *item = &c->lane.items[i];
		if (!item->writing)
			continue;
		c->row[item->seq] = item->state != LANE_DELIVERED;
		c->attempts[item->seq] = item->attempts;
	}
	if (next_seq > c->cursor)
		c->cursor = next_seq;
	/* Answers may come before the database's. */
	if (dice(c, 2) == 0)
		course_answer(c);
	lane_written(&c->lane, LANE_WRITE_OK);
	for (int64_t seq = c->lane.read_seq; seq >= c->cursor; seq--)
		ck_assert(!c->row[seq]);
}

START_TEST(any_course)
{
	static struct course c;
	memset(&c, 0, sizeof c);
	c.seed = (unsigned)_i + 1;
	lane_init(&c.lane, 1);
	for (int step = 0; step < 100000 && c.arrived < COURSE_NOTICES; step++) {
		if (dice(&c, 10) == 0)
			dice(&c, 2) == 0 ? lane_narrow(&c.lane) : lane_widen(&c.lane);
		switch (dice(&c, 4)) {
		case 0:
			course_read(&c);
			break;
		case 1:
			course_answer(&c);
			break;
		case 2:
			course_write(&c);
			break;
		case 3: {
			int64_t seq = send_next(&c.lane, 8);
			if (seq != 0)
				c.in_flight[c.in_flight_count++] = seq;
			break;
		}
		}
	}
	ck_assert_int_eq(c.arrived, COURSE_NOTICES);
	lane_clear(&c.lane);
}
END_TEST

/* ---- Addresses ---- */

static const struct {
	const char *address;
	bool special;
} addresses[] = {
    {"8.8.8.8", false},
    {"1.1.1.1", false},
    {"0.0.0.0", true},
    {"0.255.255.255", true},
    {"9.255.255.255", false},
    {"10.0.0.0", true},
    {"10.255.255.255", true},
    {"11.0.0.0", false},
    {"100.63.255.255", false},
    {"100.64.0.0", true},
    {"100.127.255.255", true},
    {"100.128.0.0", false},
    {"127.0.0.1", true},
    {"127.255.255.254", true},
    {"169.253.255.255", false},
    {"169.254.169.254", true},
    {"172.15.255.255", false},
    {"172.16.0.0", true},
    {"172.31.255.255", true},
    {"172.32.0.0", false},
    {"192.0.0.8", true},
    {"192.0.2.1", true},
    {"192.88.99.1", true},
    {"192.167.255.255", false},
    {"192.168.0.0", true},
    {"192.169.0.0", false},
    {"198.17.255.255", false},
    {"198.18.0.0", true},
    {"198.19.255.255", true},
    {"198.51.100.7", true},
    {"203.0.113.7", true},
    {"223.255.255.255", false},
    {"224.0.0.1", true},
    {"240.0.0.1", true},
    {"255.255.255.255", true},
    {"::", true},
    {"::1", true},
    {"::8.8.8.8", false}, /* IPv4-compatible: judged by what is within */
    {"::127.0.0.1", true},
    {"::ffff:8.8.8.8", false},
    {"::ffff:127.0.0.1", true},
    {"::ffff:10.1.2.3", true},
    {"::ffff:169.254.169.254", true},
    {"64:ff9b::8.8.8.8", false},
    {"64:ff9b::10.0.0.1", true},
    {"64:ff9b:1::8.8.8.8", true},
    {"100::1", true},
    {"2001::1", true},
    {"2001:1ff:ffff::1", true},
    {"2001:200::1", false},
    {"2001:db8::1", true},
    {"2001:67c::1", false},
    {"2002:0808:0808::1", false},
    {"2002:7f00:0001::1", true},
    {"2002:c0a8:0101::1", true},
    {"2a00:1450:400f::1", false},
    {"2620:4f:8000::1", true},
    {"3fff::1", true},
    {"3fff:1000::1", false},
    {"4000::1", true},
    {"5f00::1", true},
    {"fc00::1", true},
    {"fdff::1", true},
    {"fe80::1", true},
    {"febf::1", true},
    {"fec0::1", true},
    {"ff02::1", true},
};

START_TEST(address)
{
	const char *text = addresses[_i].address;
	struct sockaddr_in in = {.sin_family = AF_INET};
	struct sockaddr_in6 in6 = {.sin6_family = AF_INET6};
	const struct sockaddr *a = (const struct sockaddr *)&in6;
	if (inet_pton(AF_INET, text, &in.sin_addr) == 1)
		a = (const struct sockaddr *)&in;
	else
		ck_assert_int_eq(inet_pton(AF_INET6, text, &in6.sin6_addr), 1);
	ck_assert_msg((address_special(a) != NULL) == addresses[_i].special, "%s", text);
}
END_TEST

START_TEST(other_families)
{
	struct sockaddr unix_socket = {.sa_family = AF_UNIX};
	ck_assert_ptr_nonnull(address_special(&unix_socket));
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("push");
	TCase *cases = tcase_create("push");
	tcase_add_test(cases, schedule);
	tcase_add_test(cases, order_within_an_episode);
	tcase_add_test(cases, without_an_episode_nobody_waits);
	tcase_add_test(cases, failed_parks_the_later_ones);
	tcase_add_test(cases, given_up_blocks_no_more);
	tcase_add_test(cases, urgent_lifts_what_failed_before_it);
	tcase_add_loop_test(cases, urgent_lifts_what_is_under_way, 0, 2);
	tcase_add_test(cases, urgent_lifts_once);
	tcase_add_test(cases, lifted_and_counted_anew);
	tcase_add_test(cases, normal_lifts_nothing);
	tcase_add_loop_test(cases, superseded_in_flight, 0, 2);
	tcase_add_test(cases, superseded_before_it_was_sent);
	tcase_add_test(cases, superseded_as_read);
	tcase_add_test(cases, retries_and_first_attempts_take_turns);
	tcase_add_test(cases, outcome_while_being_written);
	tcase_add_test(cases, leaving);
	tcase_add_test(cases, narrow_lets_go);
	tcase_add_test(cases, narrow_keeps_what_was_overtaken);
	tcase_add_loop_test(cases, any_course, 0, 50);
	tcase_add_loop_test(cases, address, 0, (int)(sizeof addresses / sizeof *addresses));
	tcase_add_test(cases, other_families);
	suite_add_tcase(suite, cases);
	SRunner *runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	int failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
