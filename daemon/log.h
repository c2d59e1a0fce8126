/*
 * The log: one logfmt line a call, on stderr, with the journal's priority prefix
 * ("<6>event=door_taken batch=12"). Never a patient's identity, name or address, never a body.
 * Values are escaped and cut at 200 bytes.
 */
#ifndef SAMORDNAD_LOG_H
#define SAMORDNAD_LOG_H

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

enum log_level { LOG_ERROR = 3, LOG_WARNING = 4, LOG_NOTICE = 5, LOG_INFO = 6, LOG_DEBUG = 7 };

/* Lines of a level above this are not written. Default LOG_INFO. */
void log_level_set(enum log_level max);

/*
 * log_event(LOG_INFO, "door_taken", "batch", "%d", n, "unit", "%s", hsa, NULL): after the event's
 * name come triples of key, printf format, its one argument (int, int64_t by PRId64, double, or
 * char *), ended by NULL.
 */
#define log_event(level, ...) log_event_(level, __VA_ARGS__)
void log_event_(enum log_level level, const char *event, ...);

/* A bug or memory that is not to be had: one line, then abort(). */
_Noreturn void log_abort(const char *why, const char *file, int line);

/* An assertion that is always on: a bug ends the process rather than a patient's data. */
#define require(condition) \
	((condition) ? (void)0 : log_abort("bug: " #condition, __FILE__, __LINE__))

/* malloc, calloc, realloc and strdup that never return NULL (out of memory: one line and abort). */
void *xmalloc(size_t size);
void *xcalloc(size_t count, size_t size);
void *xrealloc(void *old, size_t size);
/* One more element at the end of an array that doubles; zeroed. */
void *xgrow(void **array, int *count, int *cap, size_t size);
char *xstrdup(const char *text);

#endif
