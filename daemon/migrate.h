/*
 * The schema's version: which migrations there are, which were applied, and whether this daemon and
 * that schema fit. Forward only; a daemon runs if the schema's min_daemon <= its own newest
 * migration <= the schema's version, so that daemons can be upgraded one by one: expand first,
 * contract a release later.
 */
#ifndef SAMORDNAD_MIGRATE_H
#define SAMORDNAD_MIGRATE_H

#include "pg.h"

#include <stdbool.h>
#include <stdio.h>

#define MIGRATE_WHY_MAX 400

/* Number of the newest migration that this binary holds. */
int migrate_newest(void);

enum schema_fit {
	SCHEMA_FITS,
	SCHEMA_MISSING, /* never migrated */
	SCHEMA_OLD,	/* `samordnad migrate` of this version comes first */
	SCHEMA_NEW,	/* min_daemon is newer than this daemon: upgrade it */
	SCHEMA_UNKNOWN	/* the database did not answer */
};

/* What version and min_daemon of the schema mean to this daemon (version 0: never migrated). */
enum schema_fit schema_fit(int version, int min_daemon);

/* A static sentence for people that says what to do. */
const char *schema_fit_text(enum schema_fit fit);

/* Asks over a connection of the daemon's; done is called once, from the loop. */
typedef void schema_check_done(enum schema_fit fit, void *arg);
void schema_check(struct pg *pg, schema_check_done *done, void *arg);

/* The same, blocking. */
enum schema_fit schema_check_sync(PGconn *conn);

/*
 * Applies what is missing, each file in a transaction of its own, under an advisory lock; prints
 * each to out. Then lets each role that is not "" do what it is for and no more. Returns how many
 * were applied, or -1 with a sentence in why. Blocking; leaves samordnad and public in the search
 * path.
 */
struct migrate_roles {
	const char *daemon, *report;
};
int migrate_run(
    PGconn *conn, const struct migrate_roles *roles, FILE *out, char why[static MIGRATE_WHY_MAX]);

#endif
