/*
 * The verb `serve`: the daemon itself. Owns the event loop, what runs on it, and the order in which
 * it begins and ends. SIGTERM and SIGINT drain (twice: end at once), SIGHUP rereads the settings.
 */
#ifndef SAMORDNAD_SERVE_H
#define SAMORDNAD_SERVE_H

#include "config.h"

/* Where the settings came from, to read them again. */
struct serve_options {
	const char *config_path; /* or NULL */
	const char *const *sets;
	size_t set_count;
};

/*
 * Runs until it is told to end; takes over config. Returns the exit code: 0, or 1 if it cannot
 * start or cannot go on.
 */
int serve(struct config *config, const struct serve_options *options);

#endif
