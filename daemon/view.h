/*
 * An episode as others see it: GET /v1/episodes/{id}, and tasks as rows. Owns what each kind of
 * reader may see (G5, G6) and how it looks; knows no database, no HTTP and no client. What it
 * shows was loaded and folded by reads.c.
 */
#ifndef SAMORDNAD_VIEW_H
#define SAMORDNAD_VIEW_H

#include "message.h"
#include "rules/plan.h"
#include "writer.h"

/* What the reader may see; each shows less than the one before. */
enum view_level {
	VIEW_HOSPITAL,	/* the hospital that owns the episode: all */
	VIEW_MOTTAGARE, /* samtycke to informationsdelning was given, or is not needed */
	VIEW_STATUTORY, /* G5: without it the statutory fields, the clocks, and the reader's own */
	VIEW_SKYDD	/* G6: no name, address, kommun or place either */
};

/* Whether a fact is a row of the history, and with its words. */
enum view_shown { SHOWN_WITH_DATA, SHOWN_WITHOUT_DATA, NOT_SHOWN };

/* One message or decision. Texts are borrowed. */
struct view_fact {
	int32_t nr;
	enum message_type type;
	unit_id source;		/* 0: samordnad's own decision */
	const char *message_id; /* or NULL */
	instant sent_at, recorded_at;
	enum outcome outcome;
	int judged;	  /* episode_judge's word */
	int64_t patient;  /* whom it names, or 0 */
	const char *body; /* compact JSON with NUL, or NULL: too large to be shown */
	size_t body_len;
	enum view_shown shown;
};

struct view_task {
	uint8_t episode[16];
	struct given_task task;
};

struct view {
	const struct region *region;
	const struct episode *episode;
	const struct surroundings *surroundings;
	uint8_t uuid[16];
	const char *encounter;
	int64_t org; /* whose encounter it is */
	enum phase phase;
	instant opened_at, now;
	enum view_level level;
	bool withheld;	    /* C1a: that the patient is ready is not the reader's to know */
	const unit_id *own; /* the reader's units among the participants */
	int own_count;
	const struct episode *own_files; /* the patient's (D10) */
	int own_file_count;
	const struct view_fact *facts; /* by nr */
	int fact_count;
	const struct view_task *tasks;
	int task_count;
	const struct given_breach *breaches;
	int breach_count;
};

/* Writes the whole episode as one JSON object. */
void view_episode(const struct view *v, struct writer *w);

/*
 * Writes an episode as a row of a list: what the state tells, at the view's level. due_at: of the
 * reader's next task in it, or INSTANT_NONE.
 */
void view_row(const struct view *v, instant due_at, struct writer *w);

/* Writes a person as a member: who it is and how to reach them; null if the register has none. */
void view_staff(const struct region *region, const char *name, staff_id staff, struct writer *w);

/* Writes one task as a JSON object, as an element or after a key. */
void view_task(const struct region *region, const struct view_task *task, struct writer *w);

/* What a mottagare may see of an episode, by its samtycke and skydd. */
enum view_level view_level_of(const struct episode *e);

#endif
