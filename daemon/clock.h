/*
 * The machine's clocks, as the daemon uses them (law 6): leases, retries, tokens and time limits.
 * The legal clock is the database's.
 */
#ifndef SAMORDNAD_CLOCK_H
#define SAMORDNAD_CLOCK_H

#include "instant.h"

#include <stdint.h>

/* Real time, which may be set. */
instant clock_real(void);
/* Milliseconds since some moment before the process began; never goes back. */
int64_t clock_monotonic_ms(void);

#endif
