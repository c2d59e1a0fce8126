/* The embedded SQL files: generated from sql/ by sql/embed.awk, so that the daemon needs no files
 * beside it. */
#ifndef SAMORDNAD_SQL_H
#define SAMORDNAD_SQL_H

struct sql_text {
	const char *name; /* "queries/feed_page", "migrations/0001_schema" */
	const char *text; /* the file, comments and all */
};

/* Ended by a row whose name is NULL; migrations first, in their order. */
extern const struct sql_text sql_texts[];

#endif
