/*
 * The register as this daemon last read it: the region and the clients. Owns the statements that
 * read it and the copy in force. Reads whole, in one snapshot, off the database's own pace; who
 * changes the register gives it a new version and says so on the channel samordnad_register (0001).
 * Knows no rule and decides nothing.
 */
#ifndef SAMORDNAD_REGISTER_H
#define SAMORDNAD_REGISTER_H

#include "clients.h"
#include "pg.h"
#include "rules/region.h"

#define REGISTER_CHANNEL "samordnad_register"		  /* for LISTEN */
#define REGISTER_KNOWN_CHANNEL "samordnad_register_known" /* by queries/register_known */

/*
 * With loads and bookings, which only the door needs and only the door keeps true; or without: 0
 * and none.
 */
enum register_for { REGISTER_FOR_READS, REGISTER_FOR_DOOR };

/*
 * What was read. outcome PG_OK: region (indexed) and clients are new, and the callback's: it takes
 * them over or frees them (region_delete, clients_free). Otherwise both are NULL, and what went
 * wrong has been logged.
 */
struct register_read {
	enum pg_outcome outcome;
	struct region *region;
	struct clients *clients;
	uint8_t epoch[16]; /* of the feeds (instance.epoch) */
	instant legal_now; /* samordnad.now() of the snapshot */
};
typedef void register_done(const struct register_read *read, void *arg);

/* Reads the register over pg; done is called once, from the event loop. */
void register_load(struct pg *pg, enum register_for what, register_done *done, void *arg);

/*
 * Asks only for the register's version: done gets it, or -1 if it is not to be had. Polling is the
 * truth, NOTIFY a hint.
 */
typedef void register_version_done(int64_t version, void *arg);
void register_version(struct pg *pg, register_version_done *done, void *arg);

/* region_free, and the region itself. NULL is allowed. */
void region_delete(struct region *region);

/*
 * The copy in force, shared by door and routes on one loop. Between callbacks nobody holds pointers
 * into it (in flight by id), so that the old one is freed when the new one is put. Never without a
 * region: before the first it is empty, version 0, and nobody is let in.
 */
struct register_;
struct register_ *register_new(void);
void register_free(struct register_ *reg); /* NULL is allowed */
/*
 * Takes over region and clients; frees those it had. Not while the caller holds pointers into the
 * old ones.
 */
void register_put(struct register_ *reg, struct region *region, struct clients *clients);
/* Calls put after each register_put, with the version that is in force. */
void register_on_put(struct register_ *reg, void (*put)(void *arg, int64_t version), void *arg);
/* Borrowed until the next register_put. The door alone may change loads and bookings. */
struct region *register_region(struct register_ *reg);
const struct clients *register_clients(const struct register_ *reg);

#endif
