/*
 * One thread at a time: it touches its own write alone, until it puts that into the box, under the
 * lock, and wakes the loop. Then the loop waits for the register to be read anew, and answers.
 */
#include "register_writer.h"

#include "answer.h"
#include "identity.h"
#include "log.h"

#include <errno.h>
#include <event2/event.h>
#include <inttypes.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/queue.h>
#include <unistd.h>

#define COMPLAINTS_MAX 50 /* told of one document */
#define SETTLE_MS 5	  /* between two looks whether the register is the new one */
#define SETTLE_LOOKS 400

/* A register is written in milliseconds; who holds it longer (a large `load`) is not waited for. */
#define SETUP \
	"set search_path to samordnad, public; set jit to off; set lock_timeout to '10s'; " \
	"set statement_timeout to '20s'"

static struct pg_statement caller_statement = PG_STATEMENT("queries/register_caller");

struct write {
	TAILQ_ENTRY(write) link;
	enum unit_document what;
	enum unit_slag slag;
	char hsa_id[IDENTITY_HSA_MAX];
	char *body, *database;
	size_t body_len;
	struct caller caller;
	uint64_t request_id;
	register_writer_done *done;
	void *arg;
	struct register_job job; /* run NULL: a document of a unit */
	struct register_told told;
};
TAILQ_HEAD(write_list, write);

/* Where the thread puts what it has done. It outlives the writer if a thread is still at it. */
struct box {
	pthread_mutex_t lock;
	struct write *done;
	int wake_fd;
	int holders; /* the writer, and the thread */
};

struct register_writer {
	struct register_ *reg;
	char *database;
	struct box *box;
	struct event *wake, *settle;
	struct write_list waiting;
	struct write *settling; /* stored; answered once the register is the new one */
	int count, looks;
	bool running;
};

static void
write_free(struct write *w)
{
	if (w == NULL)
		return;
	if (w->job.run != NULL)
		w->job.free(w->job.input);
	json_decref(w->told.errors);
	free(w->told.body.text);
	free(w->database);
	free(w->body);
	free(w);
}

/* ---- In the thread ---- */

void
register_told_fail(struct register_told *told, int status, const char *detail)
{
	told->status = status;
	told->detail = detail;
}

void
register_told_complain(const char *pointer, const char *what, void *arg)
{
	struct register_told *told = arg;

	if (told->errors == NULL)
		told->errors = json_array();
	if (json_array_size(told->errors) < COMPLAINTS_MAX)
		json_array_append_new(
		    told->errors, json_pack("{s:s, s:s}", "pointer", pointer, "detail", what));
	register_told_fail(
	    told, 422, "The document was not taken; see errors. Nothing was changed.");
}

void
register_told_result(
    struct register_told *told, const char *statement, const struct pg_result *result)
{
	switch (result->outcome) {
	case PG_OK:
		break;
	case PG_AWAY:
	case PG_LOST:
	case PG_RETRY:
		register_told_fail(told, 503, "The database does not answer.");
		break;
	case PG_CONSTRAINT:
	case PG_BAD:
		log_event(LOG_ERROR, "write_failed", "statement", "%s", statement, "sqlstate", "%s",
		    result->sqlstate, "why", "%s", result->message, NULL);
		register_told_fail(
		    told, 500, "This could not be stored; the fault has been logged.");
		break;
	}
}

static void
fail(struct write *w, int status, const char *detail)
{
	register_told_fail(&w->told, status, detail);
}

static void
answer_write(struct write *w, const struct register_stored *stored)
{
	struct writer *out = &w->told.body;

	answer_open(out, '{');
	answer_text(out, "unit", w->hsa_id);
	answer_key(out, "changes");
	answer_open(out, '[');
	for (int i = 0; i < REGISTER_CATEGORY_COUNT; i++) {
		const struct register_count *n = &stored->count[i];

		if (n->listed == 0 && n->ended == 0)
			continue;
		answer_open(out, '{');
		answer_text(out, "what", register_category_word((enum register_category)i));
		answer_int(out, "added", n->added);
		answer_int(out, "changed", n->changed);
		answer_int(out, "ended", n->ended);
		answer_int(out, "unchanged", n->listed - n->added - n->changed);
		answer_close(out, '}');
	}
	answer_close(out, ']');
	answer_close(out, '}');
	w->told.version = stored->version;
	w->told.status = 200;
}

static void
store(struct write *w, PGconn *conn, const struct region_file *file)
{
	struct register_stored stored;

	switch (register_store(
	    conn, file, REGISTER_COMMIT, register_told_complain, &w->told, &stored)) {
	case REGISTER_STORED:
		answer_write(w, &stored);
		break;
	case REGISTER_REFUSED:
		break;
	case REGISTER_AWAY:
		fail(w, 503,
		    "The database did not take it, or the register is being written; try "
		    "again.");
		break;
	case REGISTER_FAILED:
		log_event(LOG_ERROR, "register_write_failed", "unit", "%s", w->hsa_id, "why", "%s",
		    stored.why, NULL);
		fail(w, 500, "This could not be stored; the fault has been logged.");
		break;
	}
	register_stored_free(&stored);
}

static bool
call_by(PGconn *conn, const struct caller *caller)
{
	struct pg_params *params = pg_params_new();
	const struct pg_call call = {&caller_statement, params};
	struct pg_result *result;
	bool done;

	pg_bind_int8(params, caller->client);
	pg_bind_string(params, caller->person);
	result = pg_sync_run(conn, &call, 1);
	done = result->outcome == PG_OK;
	pg_result_free(result);
	pg_params_free(params);
	return done;
}

PGconn *
register_writer_connect(
    const char *database, const struct caller *caller, struct register_told *told)
{
	char why[PG_WHY_MAX];
	PGconn *conn = pg_sync_connect(database, why);

	if (conn != NULL && pg_sync_script(conn, SETUP, why) && call_by(conn, caller))
		return conn;
	register_told_fail(told, 503, "The database does not answer.");
	PQfinish(conn);
	return NULL;
}

static void
connect_and_store(struct write *w, const struct region_file *file)
{
	PGconn *conn = register_writer_connect(w->database, &w->caller, &w->told);

	if (conn != NULL)
		store(w, conn, file);
	PQfinish(conn);
}

static void
document_do(struct write *w)
{
	json_t *document = json_loadb(w->body, w->body_len, JSON_REJECT_DUPLICATES, NULL);
	struct region_file file;

	if (document == NULL) {
		fail(w, 400, "The body must be one JSON object in UTF-8, without doubled members.");
		return;
	}
	if (region_document_read(document, w->what, w->hsa_id, w->slag, &file,
		register_told_complain, &w->told) == 0)
		connect_and_store(w, &file);
	region_file_free(&file);
	json_decref(document);
}

static void
write_do(struct write *w)
{
	if (w->job.run != NULL)
		w->job.run(w->job.input, w->database, &w->told);
	else
		document_do(w);
}

static void
box_leave(struct box *box)
{
	bool last;

	pthread_mutex_lock(&box->lock);
	last = --box->holders == 0;
	pthread_mutex_unlock(&box->lock);
	if (!last)
		return;
	write_free(box->done);
	close(box->wake_fd);
	pthread_mutex_destroy(&box->lock);
	free(box);
}

static void
box_put(struct box *box, struct write *w)
{
	uint64_t one = 1;
	ssize_t written;

	pthread_mutex_lock(&box->lock);
	box->done = w;
	pthread_mutex_unlock(&box->lock);
	do
		written = write(box->wake_fd, &one, sizeof(one));
	while (written < 0 && errno == EINTR);
}

/* What the thread is given; it frees this. */
struct errand {
	struct box *box;
	struct write *write;
};

static void *
thread_run(void *arg)
{
	struct errand errand = *(struct errand *)arg;

	free(arg);
	write_do(errand.write);
	box_put(errand.box, errand.write);
	box_leave(errand.box);
	return NULL;
}

/* Starts a thread that takes no signals: those are the loop's. */
static bool
thread_start(struct errand *errand)
{
	sigset_t all, before;
	pthread_attr_t attributes;
	pthread_t thread;
	int error;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	pthread_attr_init(&attributes);
	pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
	error = pthread_create(&thread, &attributes, thread_run, errand);
	pthread_attr_destroy(&attributes);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	return error == 0;
}

/* ---- In the loop ---- */

static void
next_start(struct register_writer *writer)
{
	struct write *w = TAILQ_FIRST(&writer->waiting);
	struct box *box = writer->box;
	struct errand *errand;

	if (w == NULL || writer->running || writer->settling != NULL)
		return;
	TAILQ_REMOVE(&writer->waiting, w, link);
	writer->running = true;
	errand = xmalloc(sizeof(*errand));
	*errand = (struct errand){box, w};
	pthread_mutex_lock(&box->lock);
	box->holders++;
	pthread_mutex_unlock(&box->lock);
	if (thread_start(errand))
		return;
	free(errand);
	fail(w, 503, "No thread is free to store this.");
	box_put(box, w);
	box_leave(box);
}

static void
settled(struct register_writer *writer)
{
	struct write *w = writer->settling;
	const struct register_told *told = &w->told;
	json_t *extra = told->errors != NULL ? json_pack("{s:O}", "errors", told->errors) : NULL;
	const struct register_written written = {
	    .status = told->status,
	    .body = told->status < 300 ? told->body.text : NULL,
	    .body_len = told->body.len,
	    .detail = told->detail,
	    .extra = extra,
	};

	if (w->job.run == NULL)
		log_event(LOG_NOTICE, "register_put", "unit", "%s", w->hsa_id, "what", "%s",
		    unit_document_member(w->what), "client", "%" PRId64, w->caller.client, "status",
		    "%d", told->status, NULL);
	writer->settling = NULL;
	writer->count--;
	w->done(w->arg, w->request_id, &written);
	json_decref(extra);
	write_free(w);
	next_start(writer);
}

/* Read anew, or not in a long time: it is stored, and read sooner or later. */
static void
settle(struct register_writer *writer)
{
	const struct timeval pause = {.tv_usec = SETTLE_MS * 1000};
	const struct write *w = writer->settling;

	if (w->told.status != 200 || register_region(writer->reg)->version >= w->told.version ||
	    ++writer->looks > SETTLE_LOOKS)
		settled(writer);
	else
		require(event_add(writer->settle, &pause) == 0);
}

static void
on_settle(evutil_socket_t unused, short what, void *arg)
{
	(void)unused;
	(void)what;
	settle(arg);
}

static void
on_wake(evutil_socket_t fd, short what, void *arg)
{
	struct register_writer *writer = arg;
	struct box *box = writer->box;
	uint64_t count;

	(void)what;
	if (read(fd, &count, sizeof(count)) < 0 && errno != EAGAIN && errno != EINTR)
		log_abort("bug: the register writer's eventfd cannot be read", __FILE__, __LINE__);
	pthread_mutex_lock(&box->lock);
	writer->settling = box->done;
	box->done = NULL;
	pthread_mutex_unlock(&box->lock);
	if (writer->settling == NULL)
		return;
	writer->running = false;
	writer->looks = 0;
	settle(writer);
}

struct register_writer *
register_writer_new(struct event_base *base, const char *database, struct register_ *reg)
{
	struct register_writer *writer = xcalloc(1, sizeof(*writer));
	struct box *box = xcalloc(1, sizeof(*box));

	pthread_mutex_init(&box->lock, NULL);
	box->holders = 1;
	box->wake_fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
	if (box->wake_fd < 0)
		log_abort("no eventfd for the register writer", __FILE__, __LINE__);
	TAILQ_INIT(&writer->waiting);
	writer->reg = reg;
	writer->database = xstrdup(database);
	writer->box = box;
	writer->wake = event_new(base, box->wake_fd, EV_READ | EV_PERSIST, on_wake, writer);
	writer->settle = evtimer_new(base, on_settle, writer);
	require(
	    writer->wake != NULL && writer->settle != NULL && event_add(writer->wake, NULL) == 0);
	return writer;
}

void
register_writer_free(struct register_writer *writer)
{
	struct write *w;

	if (writer == NULL)
		return;
	while ((w = TAILQ_FIRST(&writer->waiting)) != NULL) {
		TAILQ_REMOVE(&writer->waiting, w, link);
		write_free(w);
	}
	write_free(writer->settling);
	event_free(writer->wake);
	event_free(writer->settle);
	box_leave(writer->box);
	free(writer->database);
	free(writer);
}

static void
write_queue(struct register_writer *writer, struct write *w)
{
	w->database = xstrdup(writer->database);
	TAILQ_INSERT_TAIL(&writer->waiting, w, link);
	writer->count++;
	next_start(writer);
}

bool
register_write(struct register_writer *writer, const struct register_document *document,
    uint64_t request_id, register_writer_done *done, void *arg)
{
	struct write *w;

	if (writer->count >= REGISTER_WRITES_MAX)
		return false;
	w = xcalloc(1, sizeof(*w));
	*w = (struct write){.what = document->what,
	    .slag = document->slag,
	    .caller = document->caller,
	    .body_len = document->len,
	    .request_id = request_id,
	    .done = done,
	    .arg = arg};
	snprintf(w->hsa_id, sizeof(w->hsa_id), "%s", document->hsa_id);
	w->body = xmalloc(document->len + 1);
	memcpy(w->body, document->body, document->len);
	write_queue(writer, w);
	return true;
}

bool
register_writer_run(struct register_writer *writer, const struct register_job *job,
    uint64_t request_id, register_writer_done *done, void *arg)
{
	struct write *w;

	if (writer->count >= REGISTER_WRITES_MAX)
		return false;
	w = xcalloc(1, sizeof(*w));
	*w = (struct write){.job = *job, .request_id = request_id, .done = done, .arg = arg};
	write_queue(writer, w);
	return true;
}
