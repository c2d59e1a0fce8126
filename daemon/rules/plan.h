/*
 * What is owed now, compared with what was given. plan() returns the difference: level, not edge,
 * so that a restart, an outage, a late message and a change of policy take one path. decide() says
 * what samordnad itself decides next (who, which slot); a decision becomes a fact, so a new fold
 * never rewrites it. Pure.
 */
#ifndef SAMORDNAD_PLAN_H
#define SAMORDNAD_PLAN_H

#include "episode.h"
#include "notice.h"
#include "region.h"
#include "task.h"

#include <stdbool.h>
#include <stdint.h>

/* A row of a patient's fasta kontakter (B11). */
struct kontakt {
	int64_t patient;
	uint8_t slag; /* 1 fast vårdkontakt, 2 fast läkarkontakt */
	unit_id unit;
	staff_id staff;
	instant from_at, to_at; /* to_at NONE: holds on */
	int64_t episode;
	int32_t nr;
};

/* Another stay of the same patient (G2, G7). Borrowed. */
struct stay {
	uint8_t uuid[16];
	int64_t org; /* the vårdgivare */
	const struct episode *state;
};
#define STAYS_MAX 4			  /* of one patient that are looked at */
#define SURROUNDING_STAYS (2 * STAYS_MAX) /* of two, while a message makes a stay another's */

/* What the rules may look at besides the episode. Borrowed. */
struct surroundings {
	const struct region *region;
	const struct kontakt *kontakter; /* the patient's */
	int kontakt_count;
	int64_t episode;
	uint8_t uuid[16]; /* of the episode */
	int64_t org;
	const struct stay *stays; /* the patient's others, as far as a message of one had them
				     looked up */
	int stay_count;
	int64_t named; /* G4: to whom the identity leads that the stay names; 0: not at hand */
	uint8_t said_in[16]; /* in which other episode that was said; zeros: in this one */
	bool facts_at_hand;  /* so that a decision whose ground is gone can be annulled */
	bool instant_only;   /* nothing was said or decided, only an instant has come: the register
				of fasta kontakter, in which others have had their say, stands */
};

enum change { SAME, INSERTED, UPDATED }; /* of a given row since it was loaded */

/* The topics on which each participant is told; told[] is the fact told of (or, for FVK, a mark of
 * what was told). The numbers are stored: never renumber, only add at the end. */
enum topic {
	TOPIC_INSKRIVNING,
	TOPIC_BERAKNAD,
	TOPIC_KLAR,
	TOPIC_UTSKRIVNING,
	TOPIC_SAMTYCKE,
	TOPIC_FVK,
	TOPIC_FORSLAG,
	TOPIC_SIP,
	TOPIC_MOTE,
	TOPIC_AVLIDEN,
	TOPIC_UTTRADE,
	TOPIC_VARDFORM,
	TOPIC_VARDPLAN,
	TOPIC_PERMISSION,
	TOPIC_OVERFLYTTNING,
	TOPIC_INSATSER,
	TOPIC_PATIENT,
	TOPIC_SVAR,
	TOPIC_SIP_HALLEN,
	TOPIC_BETALNING,
	TOPIC_COUNT
};

struct given_participant {
	unit_id unit;
	enum participant_role role;
	bool active;
	int32_t told[TOPIC_COUNT];
	enum change change;
};

struct given_task {
	int32_t nr;
	enum task_kind kind;
	unit_id unit;
	int32_t ref;
	staff_id staff;
	enum task_status status;
	int16_t reminded; /* bits 1 << place of the duty's reminders: given, or too late to give */
	instant created_at, due_at, closed_at;
	enum change change;
};

#define BREACH_RULES(X) \
	X(BREACH_A5, "A5") \
	X(BREACH_B1, "B1") \
	X(BREACH_D1, "D1") \
	X(BREACH_E1, "E1") \
	X(BREACH_E2, "E2")
#define BREACH_CAUSES(X) \
	X(CAUSE_HOSPITAL_LATE, "hospital_late") \
	X(CAUSE_UNIT_LATE, "unit_late") \
	X(CAUSE_KOMMUN_LATE, "kommun_late") \
	X(CAUSE_SYSTEM, "system")
VOCABULARY(breach_rule, BREACH_RULES, BREACH_RULE_COUNT)
VOCABULARY(breach_cause, BREACH_CAUSES, BREACH_CAUSE_COUNT)

struct given_breach {
	enum breach_rule rule;
	unit_id unit;
	int32_t ref;
	enum breach_cause cause;
	instant due_at, done_at, stamped_at, withdrawn_at;
	enum change change;
};

/* All that an episode has given: rows of participant, task, breach. Arrays are owned (given_free).
 */
struct given {
	struct given_participant *participants;
	int participant_count, participant_cap;
	struct given_task *tasks;
	int task_count, task_cap;
	struct given_breach *breaches;
	int breach_count, breach_cap;
	struct booking booking;	    /* staff 0: none */
	enum change booking_change; /* INSERTED: written or replaced; UPDATED: removed */
	enum phase phase;
};
void given_init(struct given *g);
void given_free(struct given *g);
struct given_participant *given_participant_add(struct given *g);
struct given_task *given_task_add(struct given *g);
struct given_breach *given_breach_add(struct given *g);

/* A notice to be written: which unit, of what. detail is static. */
struct told {
	unit_id unit;
	enum notice_type type;
	int32_t fact_nr;
	int32_t task_nr;
	int task_kind; /* enum task_kind, or -1 */
	instant due_at;
	const char *detail;
};

#define KONTAKT_CHANGES_MAX (2 * FVK_MAX)

struct effects {
	struct told *told; /* owned, kept between uses; in the order to be written */
	int told_count, told_cap;
	struct kontakt kontakter[KONTAKT_CHANGES_MAX]; /* rows to be written, whole */
	int kontakt_count;
	instant next_due; /* look again then; INSTANT_NEVER: no need */
};
void effects_free(struct effects *x);

/* Binds kvittens of tasks in a history to the facts that the tasks are about; before a fold of
 * stored facts. */
void history_bind_tasks(
    struct history *facts, int count, const struct given_task *tasks, int task_count);

/* Judges what needs the register before a fact is stepped in (B3, D4): what episode_step takes, an
 * outcome or a JUDGED_ (episode.h); OUTCOME_APPLIED if there is nothing to say. */
int episode_judge(const struct episode *e, const struct surroundings *s, const struct fact *f);
/* Why the register lets f not be said at all (B4, B11, B13): a static sentence, and *pointer to
 * what is wrong in the message; NULL: it does. */
const char *judge_refusal(const struct region *r, const struct fact *f, const char **pointer);

/* B4, B5: would the ranking of the unit take the person now, at whatever place? staff: may be 0. */
bool fvk_may_be(const struct episode *e, const struct surroundings *s, unit_id unit, instant now,
    staff_id staff);

/*
 * The next thing that samordnad itself decides, as a fact without nr (source 0, sent_at and
 * recorded_at set): the stay that this one follows (G2, G7), a mottagare added (A4), a fast
 * vårdkontakt confirmed, appointed or proposed (B2, B4), a meeting booked, held or given back (D6,
 * D6a), a kallelse sent (D6). False: nothing. To be stepped in and asked again until false.
 */
bool decide(
    const struct episode *e, const struct surroundings *s, instant now, struct fact *decision);

/*
 * Brings *g to what is owed at `now` (rows changed are marked), and collects the notices in *x
 * (emptied first). cause: the fact just stepped in, or NULL for an instant; its sender is not told
 * of its own message.
 */
void plan(const struct episode *e, const struct surroundings *s, instant now,
    const struct fact *cause, struct given *g, struct effects *x);

/* D1's clock; sip_clock: of the episode as a whole, the one to look at first. For views too. */
struct sip_clock {
	int32_t ref;	    /* the fact that opened it; 0: not running */
	instant due_before; /* D1's alarm; INSTANT_NONE if not running */
	instant breach_from;
	unit_id unit;	 /* who is to send the kallelse (D9), or 0: nobody */
	bool fulfilled;	 /* all units concerned are summoned */
	instant sent_at; /* when the last of them that is was first summoned, or INSTANT_NONE */
};
struct sip_clock sip_clock(const struct episode *e, const struct surroundings *s, instant now);
/* A4: does a unit take part, or has one left by a word about it (A9-A11), that is of kommun and
 * slag (and distrikt)? */
bool mottagare_is_resolved(
    const struct episode *e, const struct region *r, const struct mottagare *m);
/* A4: the kinds (bits, by enum unit_slag) of which a mottagare is missing, or is named so that no
 * unit can be told from it; 0: none is. */
#define MISSING_OPPENVARD (1u << UNIT_SLAG_COUNT) /* of either kind of öppenvård */
unsigned mottagare_missing(const struct episode *e, const struct region *r);
/* The outcome of what was said, in view of what it led to: a mottagare that is missing (A4), a
 * meeting of a person who has another one then (D6). */
enum outcome outcome_of(const struct episode *e, const struct given *g, const struct region *r,
    enum message_type said, enum outcome outcome);
/* G1: the stay among the surroundings in which the patient's death was said, after this one began;
 * or NULL. */
const struct stay *stay_of_death(const struct episode *e, const struct surroundings *s);

/* May it change what is decided in another of the patient's stays, or in the own file? */
bool tells_on_others(enum message_type said);
/* Does the place of a stay among the patient's others, and before or after a death, hang on it (G1,
 * G2)? And does f say it anew of e? */
bool places_stay(enum message_type said);
bool corrects_place(const struct episode *e, const struct fact *f);
bool sip_owed(const struct episode *e); /* D0, D3 */
/* Was it said of that time, whenever it came, that no SIP was to be summoned to then (D0, D3, C6,
 * D7)? */
bool sip_was_off(const struct episode *e, instant at);
/* D1: had a unit that has left since, and that the clock of ref ran for, not been summoned by t? */
bool sip_was_unsummoned(const struct episode *e, const struct region *r, int32_t ref, instant t);
/* A10: named by a mottagare of its own huvudman, which had it all, whether by HSA-id or by kommun
 * and slag. */
bool mottagare_is_forwarded(
    const struct episode *e, const struct region *r, const struct participant *p);

#endif
