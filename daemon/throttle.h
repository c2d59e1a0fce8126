/*
 * How much one endpoint is given: the breaker, which opens when most of what was tried of late
 * failed, and the rate. Pure: the time comes from the caller, of any clock that does not go back.
 */
#ifndef SAMORDNAD_THROTTLE_H
#define SAMORDNAD_THROTTLE_H

#include <stdbool.h>
#include <stdint.h>

/* Of the attempts of the last five minutes, if they were as many, so many in 100 failed: it opens.
 */
#define BREAKER_ATTEMPTS_MIN 10
#define BREAKER_FAILED_PERCENT 70
#define BREAKER_BUCKETS 10
#define BREAKER_BUCKET_MS 30000

enum breaker_outcome { BREAKER_SUCCESS, BREAKER_FAILURE };

/* All zero: nothing was tried yet. */
struct breaker {
	struct breaker_bucket {
		int64_t number; /* of its half minute, counted from the clock's zero */
		int attempts, failed;
	} buckets[BREAKER_BUCKETS];
};

/* An attempt has ended. Returns whether that is too much of failure. */
bool breaker_note(struct breaker *breaker, int64_t now_ms, enum breaker_outcome outcome);
/* Whether a failed attempt counts still. */
bool breaker_counts_failures(const struct breaker *breaker, int64_t now_ms);
/* It closes: what was before does not count any more. */
void breaker_reset(struct breaker *breaker);

/* All zero: full. */
struct rate {
	int64_t full_at_ns; /* what was taken is earned again by then */
};

/*
 * Whether one may be sent now at per_s (0: there is no limit) in a second on average, and as many
 * at once after a second's rest; per_s may change. rate_take() then takes it.
 */
bool rate_allows(const struct rate *rate, int64_t now_ms, int64_t per_s);
void rate_take(struct rate *rate, int64_t now_ms, int64_t per_s);

#endif
