/*
 * The door: the one writer (laws 1, 3, 4). Facts wait here, go together in batches: one pipelined
 * load, fold and plan one after the other, one pipelined transaction, then the answers. Holds the
 * advisory lock on the connection that writes. Knows the rules and the store; knows no HTTP and no
 * JSON but the bodies of its own decisions.
 */
#ifndef SAMORDNAD_DOOR_H
#define SAMORDNAD_DOOR_H

#include "clients.h"
#include "config.h"
#include "message.h"
#include "register.h"
#include "rules/episode.h"

#include <event2/event.h>

enum door_state {
	DOOR_AWAY,    /* no database connection */
	DOOR_STANDBY, /* another daemon holds the lock; we try for it */
	DOOR_TAKING,  /* the lock is ours; reading register, loads, bookings, counters */
	DOOR_OPEN,
	DOOR_CLOSED /* draining: nothing more is taken */
};
const char *door_state_word(enum door_state s);

/* What became of one message. status 200: result, outcome, episode; else a problem with detail and
 * perhaps pointer. */
struct door_answer {
	int status; /* 200, 403, 404, 422, 503 */
	enum {
		ANSWER_APPLIED,
		ANSWER_RECORDED,
		ANSWER_PARKED,
		ANSWER_DUPLICATE
	} result,
	    first_result;
	enum outcome outcome;
	unsigned missing; /* A4: which mottagare, as mottagare_missing; 0: it is another outcome */
	uint8_t saknas;	  /* A3: bits SAKNAS_; 0: nothing, or it is another outcome */
	int unreached_count;
	unit_id unreached[MOTTAGARE_MAX];	   /* D11: of those kallade, who take no part */
	instant first_recorded_at;		   /* of a duplicate's first */
	uint8_t episode[16];			   /* uuid; all zero if there is none */
	char encounter[MESSAGE_ENCOUNTER_MAX + 1]; /* if the message names it so, or "" */
	const char *pointer;			   /* static, or NULL */
	const char *detail;			   /* static, or NULL */
};

/*
 * The answers to a submission, in its order; borrowed until it returns. Called exactly once, never
 * from within door_submit. ticket as door_submit returned it.
 */
typedef void (*door_done)(void *arg, uint64_t ticket, const struct door_answer *answers, int count);

struct door;

/* All borrowed. While it is open the door alone puts new copies into reg. */
struct door *door_new(struct event_base *base, const struct config *config, struct register_ *reg);
/* Connects, and tries for the lock from then on. The database setting is known to be well-formed.
 * Call once. */
void door_start(struct door *d);
/* What the legal clock says now: for what is judged between batches, and /status. */
void door_clock(struct door *d, instant legal_now);
/* The register has a new version: read it before the next batch. Nothing unless the door is open.
 */
void door_reread(struct door *d);
/* Called from the loop after each commit and when the door opens: something may be due earlier now.
 */
void door_on_commit(struct door *d, void (*committed)(void *arg), void *arg);
/* Takes nothing more, finishes what waits, calls done (once) when all is answered. */
void door_drain(struct door *d, void (*done)(void *arg), void *arg);
void door_free(struct door *d);

/*
 * Hands over the messages of one request (each with status 0; the door owns them and the array from
 * here on). While the door is not open they wait up to door_wait_ms, then are answered 503; so too
 * at once if more than queue_max would wait, or bodies of more than bodies_total_bytes_max. Returns
 * the ticket, never 0.
 */
uint64_t door_submit(struct door *d, const struct caller *caller, struct message *messages,
    int count, door_done done, void *arg);

/* An instant has come (law 5): the scheduler's only way in; of an episode, or (-unit) of a unit's
 * own file, which begins if there is none. False if that one already waits. */
bool door_instant(struct door *d, int64_t episode);
/* Something is to be told of an endpoint (the table endpoint_event). False if it already waits. */
bool door_event(struct door *d, int64_t event);
/* Have all that were handed over so been committed? *lost: how many never were, since the start. */
bool door_instants_done(const struct door *d, int64_t *lost);

/* For /status, /readyz and metrics: all from memory. */
struct door_status {
	enum door_state state;
	instant state_since;	   /* real time */
	int waiting;		   /* facts */
	int64_t oldest_waiting_ms; /* 0: none waits */
	int64_t batches, facts;
	instant last_commit_at;	 /* legal time, or NONE */
	instant legal_now;	 /* as of the last batch or tick, or NONE */
	int64_t clock_offset_us; /* legal minus real, when last read */
};
void door_status(const struct door *d, struct door_status *out);

#endif
