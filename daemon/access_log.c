/* The access log's entries of reads; see access_log.h. */
#include "access_log.h"

#include "log.h"

#include <stdlib.h>

/* What is answered when its entries are committed. */
struct answer {
	uint64_t request_id;
	reads_done *done;
	void *arg;
	char *body;
	size_t len;
	struct answer *next;
};

struct access_log {
	struct pg *pg;
	struct pg_params *params; /* of what waits */
	struct access_rows rows;
	struct answer *waiting, **waiting_last, *sent;
};

static struct pg_statement insert_statement = PG_STATEMENT("queries/access_insert");

static const char *const setup[] = {"set search_path = samordnad, public", "set jit = off", NULL};

const char *
access_action_word(enum access_action action)
{
	static const char *const words[] = {[ACCESS_MESSAGE] = "message",
	    [ACCESS_EPISODE] = "episode",
	    [ACCESS_EPISODES_SEARCH] = "episodes_search",
	    [ACCESS_PATIENTS_SEARCH] = "patients_search",
	    [ACCESS_CONTACTS] = "contacts",
	    [ACCESS_LOG_READ] = "access_log"};
	return words[action];
}

struct access_rows
access_rows_bind(struct pg_params *params)
{
	struct access_rows rows;

	rows.client = pg_bind_array(params, PG_INT8);
	rows.episode = pg_bind_array(params, PG_INT8);
	rows.patient = pg_bind_array(params, PG_INT8);
	rows.unit = pg_bind_array(params, PG_INT4);
	rows.fact_nr = pg_bind_array(params, PG_INT4);
	rows.action = pg_bind_array(params, PG_INT2);
	rows.person = pg_bind_array(params, PG_TEXT);
	return rows;
}

static void
put_int8_or_null(struct pg_array *array, int64_t value)
{
	if (value != 0)
		pg_put_int8(array, value);
	else
		pg_put_null(array);
}

static void
put_int4_or_null(struct pg_array *array, int32_t value)
{
	if (value != 0)
		pg_put_int4(array, value);
	else
		pg_put_null(array);
}

void
access_rows_put(struct access_rows *rows, const struct caller *caller,
    const struct access_entry *entry, int32_t fact_nr)
{
	pg_put_int8(rows->client, caller->client);
	put_int8_or_null(rows->episode, entry->episode);
	put_int8_or_null(rows->patient, entry->episode == 0 ? entry->patient : 0);
	put_int4_or_null(rows->unit, entry->unit);
	put_int4_or_null(rows->fact_nr, fact_nr);
	pg_put_int2(rows->action, (int16_t)entry->action);
	pg_put_string(rows->person, caller->person);
}

/* ---- What waits, and what was sent ---- */

static void
answer_all(struct answer *first, enum reads_outcome outcome)
{
	while (first != NULL) {
		struct answer *a = first;
		first = a->next;
		if (outcome == READS_OK)
			a->done(a->arg, a->request_id, outcome, a->body, a->len);
		else
			a->done(a->arg, a->request_id, outcome, NULL, 0);
		free(a->body);
		free(a);
	}
}

static void
begin(struct access_log *log)
{
	pg_params_reset(log->params);
	log->rows = access_rows_bind(log->params);
	log->waiting = NULL;
	log->waiting_last = &log->waiting;
}

static void send_waiting(struct access_log *log);

static void
on_inserted(struct pg *pg, const struct pg_result *result, void *arg)
{
	struct access_log *log = arg;
	struct answer *sent = log->sent;

	(void)pg;
	log->sent = NULL;
	send_waiting(log);
	answer_all(sent, reads_outcome_of(result));
}

/* Alone an entry goes at once; what comes while one is under way goes with the next. */
static void
send_waiting(struct access_log *log)
{
	const struct pg_call call = {&insert_statement, log->params};

	if (log->sent != NULL || log->waiting == NULL)
		return;
	log->sent = log->waiting;
	pg_send(log->pg, &call, 1, READS_TIMEOUT_MS, on_inserted, log);
	begin(log);
}

struct access_log *
access_log_new(struct event_base *base, const struct config *config, char why[static PG_WHY_MAX])
{
	struct access_log *log = xcalloc(1, sizeof(*log));
	const struct pg_options options = {
	    .conninfo = config->database, .name = "access_log", .setup = setup, .arg = log};

	log->params = pg_params_new();
	begin(log);
	log->pg = pg_new(base, &options, why);
	if (log->pg != NULL)
		return log;
	access_log_free(log);
	return NULL;
}

void
access_log_free(struct access_log *log)
{
	if (log == NULL)
		return;
	answer_all(log->waiting, READS_AWAY);
	log->waiting = NULL;
	pg_free(log->pg);
	pg_params_free(log->params);
	free(log);
}

void
access_log_answer(struct access_log *log, const struct caller *caller,
    const struct access_entry *entries, size_t count, char *body, size_t len, uint64_t request_id,
    reads_done *done, void *arg)
{
	struct answer *a;

	if (count == 0) {
		done(arg, request_id, READS_OK, body, len);
		free(body);
		return;
	}
	for (size_t i = 0; i < count; i++)
		access_rows_put(&log->rows, caller, &entries[i], 0);
	a = xmalloc(sizeof(*a));
	*a = (struct answer){request_id, done, arg, body, len, NULL};
	*log->waiting_last = a;
	log->waiting_last = &a->next;
	send_waiting(log);
}
