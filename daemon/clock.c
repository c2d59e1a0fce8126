/* The machine's clocks; see clock.h. */
#include "clock.h"

#include "log.h"

#include <time.h>

instant
clock_real(void)
{
	struct timespec now;

	require(clock_gettime(CLOCK_REALTIME, &now) == 0);
	return now.tv_sec * SECOND + now.tv_nsec / 1000;
}

int64_t
clock_monotonic_ms(void)
{
	struct timespec now;

	require(clock_gettime(CLOCK_MONOTONIC, &now) == 0);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}
