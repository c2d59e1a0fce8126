/*
 * The breaker and the rate of an endpoint (see throttle.h).
 */
#include "throttle.h"

#include <string.h>

#define SECOND_NS INT64_C(1000000000)

bool
breaker_note(struct breaker *breaker, int64_t now_ms, enum breaker_outcome outcome)
{
	int64_t number = now_ms / BREAKER_BUCKET_MS;
	struct breaker_bucket *bucket = &breaker->buckets[number % BREAKER_BUCKETS];
	if (bucket->number != number)
		*bucket = (struct breaker_bucket){.number = number};
	bucket->attempts++;
	bucket->failed += outcome == BREAKER_FAILURE;
	int attempts = 0, failed = 0;
	for (int i = 0; i < BREAKER_BUCKETS; i++) {
		if (breaker->buckets[i].number <= number - BREAKER_BUCKETS)
			continue;
		attempts += breaker->buckets[i].attempts;
		failed += breaker->buckets[i].failed;
	}
	return attempts >= BREAKER_ATTEMPTS_MIN &&
	       failed * 100 >= attempts * BREAKER_FAILED_PERCENT;
}

bool
breaker_counts_failures(const struct breaker *breaker, int64_t now_ms)
{
	for (int i = 0; i < BREAKER_BUCKETS; i++)
		if (breaker->buckets[i].number > now_ms / BREAKER_BUCKET_MS - BREAKER_BUCKETS &&
		    breaker->buckets[i].failed > 0)
			return true;
	return false;
}

void
breaker_reset(struct breaker *breaker)
{
	memset(breaker, 0, sizeof *breaker);
}

/*
 * A bucket of tokens, kept as the time at which it will be full again: each token taken moves it by
 * its share of a second, in nanoseconds lest high rates are lost to rounding.
 */
bool
rate_allows(const struct rate *rate, int64_t now_ms, int64_t per_s)
{
	return per_s == 0 || rate->full_at_ns - now_ms * 1000000 <= SECOND_NS - SECOND_NS / per_s;
}

void
rate_take(struct rate *rate, int64_t now_ms, int64_t per_s)
{
	if (per_s == 0)
		return;
	int64_t now_ns = now_ms * 1000000;
	rate->full_at_ns =
	    (rate->full_at_ns > now_ns ? rate->full_at_ns : now_ns) + SECOND_NS / per_s;
}
