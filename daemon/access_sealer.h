/*
 * The sealer of the access log: every access_seal_ms the daemon that is the door chains what is new
 * in blocks by hash (queries/access_seal). Owns when, and the connection for it. Each seal's hash
 * goes to the log: noted outside of the database, it binds who owns that.
 */
#ifndef SAMORDNAD_ACCESS_SEALER_H
#define SAMORDNAD_ACCESS_SEALER_H

#include "config.h"
#include "door.h"
#include "instant.h"
#include "pg.h"

struct event_base;
struct access_sealer;

#define ACCESS_SEAL_ENTRIES 10000 /* of a block at most */
#define ACCESS_SEAL_BACK 1440 /* blocks, a day, in which numbers that came late are looked for */
#define ACCESS_SEAL_HEX 65    /* of a hash, and the NUL */

/* base, config, door: borrowed, and outlive it. NULL, and why: the connection string is malformed.
 */
struct access_sealer *access_sealer_new(struct event_base *base, const struct config *config,
    const struct door *door, char why[static PG_WHY_MAX]);
void access_sealer_free(struct access_sealer *s); /* NULL is allowed */

struct access_sealer_status {
	int64_t seal;		    /* the last one of this daemon; 0: none yet */
	char hash[ACCESS_SEAL_HEX]; /* its; "" if there is none */
	instant
	    sealed_until; /* real time: all that was there then is sealed; INSTANT_NONE: not yet */
};
const struct access_sealer_status *access_sealer_status(const struct access_sealer *s);

#endif
