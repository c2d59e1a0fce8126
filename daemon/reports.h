/*
 * The reports: follow-up (domain.md section 4) and betalningsansvar, read from the rows that the
 * door keeps for them and written as JSON or CSV. Owns a connection of its own, so that no other
 * read waits behind a report, the names of the numbers, and how they are written. What each number
 * is, proto/manual.md says. Knows no HTTP; who may ask for what is routes.c's.
 */
#ifndef SAMORDNAD_REPORTS_H
#define SAMORDNAD_REPORTS_H

#include "config.h"
#include "pg.h"
#include "reads.h"
#include "register.h"

struct event_base;
struct reports;

#define REPORT_MONTHS_MAX 60	 /* of one report */
#define REPORTS_IN_FLIGHT_MAX 16 /* more are to come again */
#define REPORTS_TIMEOUT_MS 30000 /* below http's answer deadline */
#define REPORTS_STATEMENT_S "25" /* the server itself gives up before that */
#define REPORTS_WORK_MEM "64MB"	 /* a year of a region is sorted in memory */

/* What a row of the follow-up is of. The numbers are the statement's. */
#define REPORT_BYS(X) \
	X(REPORT_BY_MONTH, "month") \
	X(REPORT_BY_UNIT, "unit") \
	X(REPORT_BY_KOMMUN, "kommun") \
	X(REPORT_BY_HOSPITAL, "hospital")
VOCABULARY(report_by, REPORT_BYS, REPORT_BY_COUNT)

enum report_format { REPORT_JSON, REPORT_CSV };

struct report_query {
	int32_t from, to;  /* months, as 202605; both are in it */
	unit_id unit;	   /* a mottagare, or 0: all */
	unit_id hospital;  /* or 0 */
	kommun_kod kommun; /* or 0 */
	enum report_by by; /* follow-up only */
	enum report_format format;
};

/* reg: borrowed, and outlives it. NULL, with a sentence in why, if the connection string is
 * malformed. */
struct reports *reports_new(struct event_base *base, const struct config *config,
    struct register_ *reg, char why[static PG_WHY_MAX]);
/* What is in flight is answered READS_AWAY. NULL is allowed. */
void reports_free(struct reports *r);

/*
 * Both answer as reads.h says, never READS_NOT_FOUND. False: too many are in flight, and nothing
 * was asked.
 */
bool reports_follow_up(struct reports *r, const struct report_query *query, uint64_t request_id,
    reads_done *done, void *arg);
bool reports_betalningsansvar(struct reports *r, const struct report_query *query,
    uint64_t request_id, reads_done *done, void *arg);

#endif
