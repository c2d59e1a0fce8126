/*
 * Owns database connections on the event loop: the turn through hosts and addresses, the pipeline,
 * and what is in flight. Knows no table and no binary format (pg_values.c).
 */
#include "pg.h"

#include <netdb.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>
#include <event2/event.h>
#include <event2/event_struct.h>

#include "log.h"
#include "pg_values.h"
#include "resolve.h"

#define ATTEMPT_MS 5000
#define PAUSE_MIN_MS 100
#define PAUSE_MAX_MS 5000
#define HOSTS_MAX 16
#define OPTIONS_MAX 64
/* A host name (253) and an address and a port. */
#define WHERE_MAX 320

/* A batch that was sent, or the preparation of one statement. Answered in the order of the list. */
struct flight {
	TAILQ_ENTRY(flight) link;
	struct pg *pg;
	struct pg_statement *preparing; /* or NULL */
	size_t preparing_index;		/* of the statement in the batch that is sent behind */
	pg_callback *callback;		/* NULL: set-up and preparation are pg's own */
	void *arg;
	struct event timer;
	size_t at;	 /* the statement whose results come next */
	bool has_result; /* of that statement */
	struct pg_result *result;
};

TAILQ_HEAD(flight_list, flight);

struct host {
	char *name;    /* as in host=: a name or a directory; NULL: the default socket */
	char *address; /* as in hostaddr=, or NULL */
	char *port;    /* or NULL */
};

enum state {
	STATE_PAUSE,   /* the timer starts a new turn */
	STATE_RESOLVE, /* of hosts[host].name */
	STATE_CONNECT, /* PQconnectPoll says what is awaited */
	STATE_SETUP,   /* connected, the set-up is in flight */
	STATE_UP,
};

struct pg {
	struct event_base *base;
	struct pg_options options; /* its conninfo is not kept */
	enum state state;
	PGconn *conn;
	struct event *readable; /* libpq's socket may change between polls */
	struct event *writable;
	struct event *timer; /* of the pause, or of the attempt */
	struct event *deferred;

	PQconninfoOption *settings;
	struct host hosts[HOSTS_MAX];
	size_t host_count, host;
	struct resolver *resolver;	 /* NULL if no host needs it */
	uint64_t lookup_id;		 /* 0: none */
	struct resolve_answer addresses; /* count 0: the host is given as it is */
	size_t address;
	unsigned pause_ms;
	unsigned failed_turns;

	bool *prepared; /* by a statement's number */
	size_t prepared_size;
	struct flight_list flights;
	size_t flight_count;
	struct flight_list away; /* to be answered PG_AWAY at the next turn */
	bool in_callback;
	bool must_drop;
	char drop_why[PG_WHY_MAX];
	char where[WHERE_MAX];
};

static void attempt_failed(struct pg *pg, const char *why);
static void connected(struct pg *pg);

static void
timer_set(struct pg *pg, unsigned ms)
{
	struct timeval delay = {.tv_sec = ms / 1000, .tv_usec = (suseconds_t)(ms % 1000) * 1000};

	require(event_add(pg->timer, &delay) == 0);
}

static unsigned
attempt_ms(const struct pg *pg)
{
	return pg->options.attempt_ms != 0 ? pg->options.attempt_ms : ATTEMPT_MS;
}

/* ---- What is in flight ---- */

static void on_flight_timeout(evutil_socket_t fd, short what, void *arg);

static struct flight *
flight_new(struct pg *pg, size_t count, pg_callback *callback, void *arg)
{
	struct flight *flight = xcalloc(1, sizeof(*flight));

	flight->pg = pg;
	flight->callback = callback;
	flight->arg = arg;
	flight->result = pg_result_new(count);
	require(event_assign(&flight->timer, pg->base, -1, 0, on_flight_timeout, flight) == 0);
	return flight;
}

/* Takes the flight out of its list and answers it. */
static void
flight_answer(struct pg *pg, struct flight_list *list, struct flight *flight)
{
	TAILQ_REMOVE(list, flight, link);
	if (list == &pg->flights)
		pg->flight_count--;
	event_del(&flight->timer);
	if (flight->callback != NULL) {
		bool before = pg->in_callback;

		pg->in_callback = true;
		flight->callback(pg, flight->result, flight->arg);
		pg->in_callback = before;
	}
	pg_result_free(flight->result);
	free(flight);
}

static void
flights_lose(struct pg *pg)
{
	struct flight *flight;

	while ((flight = TAILQ_FIRST(&pg->flights)) != NULL) {
		flight->result->outcome = PG_LOST;
		flight_answer(pg, &pg->flights, flight);
	}
}

static void
away_answer(struct pg *pg)
{
	struct flight_list now;
	struct flight *flight;

	/* A callback that sends again is answered at the turn after this one. */
	TAILQ_INIT(&now);
	TAILQ_CONCAT(&now, &pg->away, link);
	while ((flight = TAILQ_FIRST(&now)) != NULL)
		flight_answer(pg, &now, flight);
}

/* ---- The connection ends ---- */

static void
socket_forget(struct pg *pg)
{
	if (pg->readable != NULL)
		event_free(pg->readable);
	if (pg->writable != NULL)
		event_free(pg->writable);
	pg->readable = NULL;
	pg->writable = NULL;
}

static void
connection_close(struct pg *pg)
{
	event_del(pg->timer);
	socket_forget(pg);
	if (pg->lookup_id != 0)
		resolver_forget(pg->resolver, pg->lookup_id);
	pg->lookup_id = 0;
	PQfinish(pg->conn);
	pg->conn = NULL;
	pg->must_drop = false;
}

static void
pause_start(struct pg *pg)
{
	pg->state = STATE_PAUSE;
	timer_set(pg, pg->pause_ms / 2 + arc4random_uniform(pg->pause_ms));
	if (pg->pause_ms < PAUSE_MAX_MS)
		pg->pause_ms = pg->pause_ms * 2 < PAUSE_MAX_MS ? pg->pause_ms * 2 : PAUSE_MAX_MS;
}

/* Ends an established connection. why is copied, for it may be libpq's. */
static void
connection_lose(struct pg *pg, const char *reason)
{
	bool was_up = pg->state == STATE_UP;
	char why[PG_WHY_MAX];

	pg_first_line(why, sizeof(why), reason);
	if (!was_up) {
		attempt_failed(pg, why);
		return;
	}
	connection_close(pg);
	log_event(LOG_WARNING, "database_lost", "connection", "%s", pg->options.name, "where", "%s",
	    pg->where, "why", "%s", why, NULL);
	pg_first_line(pg->where, sizeof(pg->where), why);
	pause_start(pg);
	flights_lose(pg);
	if (pg->options.lost != NULL) {
		pg->in_callback = true;
		pg->options.lost(pg, why, pg->options.arg);
		pg->in_callback = false;
	}
}

static void
drop_later(struct pg *pg, const char *why)
{
	if (!pg->must_drop)
		pg_first_line(pg->drop_why, sizeof(pg->drop_why), why);
	pg->must_drop = true;
	event_active(pg->deferred, EV_TIMEOUT, 1);
}

static void
on_deferred(evutil_socket_t fd, short what, void *arg)
{
	struct pg *pg = arg;

	(void)fd;
	(void)what;
	if (pg->must_drop && (pg->state == STATE_UP || pg->state == STATE_SETUP))
		connection_lose(pg, pg->drop_why);
	pg->must_drop = false;
	away_answer(pg);
}

static void
on_flight_timeout(evutil_socket_t fd, short what, void *arg)
{
	struct flight *flight = arg;

	(void)fd;
	(void)what;
	connection_lose(flight->pg, "no answer in time");
}

/* ---- Sending ---- */

static void
flush(struct pg *pg)
{
	int left = PQflush(pg->conn);

	if (left < 0)
		drop_later(pg, PQerrorMessage(pg->conn));
	else if (left > 0)
		event_add(pg->writable, NULL);
}

static bool *
prepared_flag(struct pg *pg, const struct pg_statement *statement)
{
	if (statement->number >= pg->prepared_size) {
		size_t size = statement->number + 32;

		pg->prepared = xrealloc(pg->prepared, size * sizeof(pg->prepared[0]));
		memset(pg->prepared + pg->prepared_size, 0,
		    (size - pg->prepared_size) * sizeof(pg->prepared[0]));
		pg->prepared_size = size;
	}
	return &pg->prepared[statement->number];
}

static void
flight_launch(struct pg *pg, struct flight *flight, unsigned timeout_ms)
{
	struct timeval delay = {
	    .tv_sec = timeout_ms / 1000, .tv_usec = (suseconds_t)(timeout_ms % 1000) * 1000};

	TAILQ_INSERT_TAIL(&pg->flights, flight, link);
	pg->flight_count++;
	require(timeout_ms > 0 && event_add(&flight->timer, &delay) == 0);
}

/*
 * A transaction of its own, so that whether the statement is prepared does not depend on what else
 * a batch holds: what is sent behind it may rely on it at once.
 */
static bool
prepare(struct pg *pg, struct pg_statement *statement, size_t index, unsigned timeout_ms)
{
	struct flight *flight = flight_new(pg, 1, NULL, NULL);

	flight->preparing = statement;
	flight->preparing_index = index;
	flight_launch(pg, flight, timeout_ms);
	*prepared_flag(pg, statement) = true;
	return PQsendPrepare(pg->conn, statement->name, statement->text, statement->param_count,
		   statement->param_types) == 1 &&
	       PQpipelineSync(pg->conn) == 1;
}

static bool
calls_prepare(struct pg *pg, const struct pg_call *calls, size_t count, unsigned timeout_ms)
{
	struct pg_wire wire;

	for (size_t i = 0; i < count; i++) {
		pg_params_wire(calls[i].params, &wire);
		pg_statement_use(calls[i].statement, &wire);
		if (*prepared_flag(pg, calls[i].statement))
			continue;
		if (!prepare(pg, calls[i].statement, i, timeout_ms))
			return false;
	}
	return true;
}

static bool
calls_send(struct pg *pg, const struct pg_call *calls, size_t count)
{
	struct pg_wire wire;

	for (size_t i = 0; i < count; i++) {
		pg_params_wire(calls[i].params, &wire);
		if (PQsendQueryPrepared(pg->conn, calls[i].statement->name, wire.count, wire.values,
			wire.lengths, wire.formats, 1) != 1)
			return false;
	}
	return PQpipelineSync(pg->conn) == 1;
}

void
pg_send(struct pg *pg, const struct pg_call *calls, size_t count, unsigned timeout_ms,
    pg_callback *callback, void *arg)
{
	struct flight *flight = flight_new(pg, count, callback, arg);

	require(count > 0);
	if (pg->state != STATE_UP || pg->must_drop) {
		flight->result->outcome = PG_AWAY;
		TAILQ_INSERT_TAIL(&pg->away, flight, link);
		event_active(pg->deferred, EV_TIMEOUT, 1);
		return;
	}
	if (!calls_prepare(pg, calls, count, timeout_ms)) {
		flight_launch(pg, flight, timeout_ms);
		drop_later(pg, PQerrorMessage(pg->conn));
		return;
	}
	flight_launch(pg, flight, timeout_ms);
	if (!calls_send(pg, calls, count))
		drop_later(pg, PQerrorMessage(pg->conn));
	else
		flush(pg);
}

/* ---- Receiving ---- */

/*
 * The batch for which it was prepared fails for the same reason, and says so instead of "no such
 * statement".
 */
static void
preparation_failed(struct pg *pg, struct flight *flight, const PGresult *error)
{
	struct flight *batch = flight;

	*prepared_flag(pg, flight->preparing) = false;
	while (batch != NULL && batch->preparing != NULL)
		batch = TAILQ_NEXT(batch, link);
	if (batch != NULL)
		pg_result_fail(batch->result, flight->preparing_index, error);
	log_event(LOG_ERROR, "statement_bad", "connection", "%s", pg->options.name, "statement",
	    "%s", flight->preparing->name, "sqlstate", "%s", flight->result->sqlstate, "why", "%s",
	    flight->result->message, NULL);
}

/* The batch is over. */
static void
flight_land(struct pg *pg, struct flight *flight)
{
	const struct pg_result *result = flight->result;
	char why[PG_WHY_MAX];

	if (pg->state == STATE_SETUP) {
		bool done = result->outcome == PG_OK;

		snprintf(why, sizeof(why), "set-up: %s %.150s", result->sqlstate, result->message);
		flight_answer(pg, &pg->flights, flight);
		if (done)
			connected(pg);
		else
			attempt_failed(pg, why);
		return;
	}
	/* The host became a standby: look for the one that is the primary now. */
	if (strcmp(result->sqlstate, "25006") == 0)
		drop_later(pg, "the server is read-only");
	flight_answer(pg, &pg->flights, flight);
}

/* Takes over rows (owned). */
static void
flight_take(struct pg *pg, struct flight *flight, PGresult *rows)
{
	struct pg_result *result = flight->result;

	switch (PQresultStatus(rows)) {
	case PGRES_PIPELINE_SYNC:
		PQclear(rows);
		flight_land(pg, flight);
		return;
	case PGRES_COMMAND_OK:
	case PGRES_TUPLES_OK:
	case PGRES_EMPTY_QUERY:
		require(flight->at < result->count && !flight->has_result);
		result->rows[flight->at] = rows;
		flight->has_result = true;
		return;
	case PGRES_BAD_RESPONSE:
	case PGRES_NONFATAL_ERROR:
	case PGRES_FATAL_ERROR:
		pg_result_fail(result, flight->at, rows);
		if (flight->preparing != NULL)
			preparation_failed(pg, flight, rows);
		break;
	case PGRES_PIPELINE_ABORTED:
		break;
	case PGRES_COPY_OUT:
	case PGRES_COPY_IN:
	case PGRES_COPY_BOTH:
	case PGRES_SINGLE_TUPLE:
		log_abort("bug: a statement that cannot be pipelined", __FILE__, __LINE__);
	}
	PQclear(rows);
	flight->has_result = true;
}

/*
 * Takes in what has arrived. In pipeline mode a NULL ends the results of each statement; a sync has
 * none.
 */
static void
results_take(struct pg *pg)
{
	struct flight *flight;
	unsigned nothing = 0;

	while (pg->conn != NULL && (flight = TAILQ_FIRST(&pg->flights)) != NULL && nothing < 2 &&
	       PQisBusy(pg->conn) == 0) {
		PGresult *rows = PQgetResult(pg->conn);

		if (rows != NULL) {
			nothing = 0;
			flight_take(pg, flight, rows);
			continue;
		}
		/* A connection that broke has nothing but NULL for ever. */
		nothing++;
		if (flight->has_result)
			flight->at++;
		flight->has_result = false;
	}
}

static void
notifications_take(struct pg *pg)
{
	PGnotify *notify;

	while (pg->state == STATE_UP && (notify = PQnotifies(pg->conn)) != NULL) {
		if (pg->options.notified != NULL) {
			pg->in_callback = true;
			pg->options.notified(pg, notify->relname, notify->extra, pg->options.arg);
			pg->in_callback = false;
		}
		PQfreemem(notify);
	}
}

static void
on_readable(evutil_socket_t fd, short what, void *arg)
{
	struct pg *pg = arg;
	bool alive = PQconsumeInput(pg->conn) == 1;

	(void)fd;
	(void)what;
	results_take(pg);
	if (pg->conn == NULL || (pg->state != STATE_UP && pg->state != STATE_SETUP))
		return;
	notifications_take(pg);
	if (!alive || PQstatus(pg->conn) == CONNECTION_BAD)
		connection_lose(pg, PQerrorMessage(pg->conn));
	else
		flush(pg);
}

static void
on_writable(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	flush(arg);
}

/* ---- The connection begins ---- */

static void
connected(struct pg *pg)
{
	pg->state = STATE_UP;
	pg->pause_ms = PAUSE_MIN_MS;
	event_del(pg->timer);
	log_event(LOG_INFO, "database_connected", "connection", "%s", pg->options.name, "where",
	    "%s", pg->where, "failed_turns", "%u", pg->failed_turns, NULL);
	pg->failed_turns = 0;
	if (pg->options.connected != NULL) {
		pg->in_callback = true;
		pg->options.connected(pg, pg->options.arg);
		pg->in_callback = false;
	}
}

static void
ignore_notice(void *arg, const PGresult *notice)
{
	(void)arg;
	(void)notice;
}

static bool
setup_send(struct pg *pg)
{
	size_t count = 0;
	struct flight *flight;

	while (pg->options.setup[count] != NULL)
		count++;
	flight = flight_new(pg, count, NULL, NULL);
	flight_launch(pg, flight, attempt_ms(pg));
	for (size_t i = 0; i < count; i++)
		if (PQsendQueryParams(
			pg->conn, pg->options.setup[i], 0, NULL, NULL, NULL, NULL, 1) != 1)
			return false;
	return PQpipelineSync(pg->conn) == 1;
}

static void
setup_start(struct pg *pg)
{
	int fd = PQsocket(pg->conn);

	socket_forget(pg);
	pg->readable = event_new(pg->base, fd, EV_READ | EV_PERSIST, on_readable, pg);
	pg->writable = event_new(pg->base, fd, EV_WRITE, on_writable, pg);
	require(pg->readable != NULL && pg->writable != NULL);
	require(event_add(pg->readable, NULL) == 0);
	if (pg->prepared != NULL)
		memset(pg->prepared, 0, pg->prepared_size * sizeof(pg->prepared[0]));
	PQsetNoticeReceiver(pg->conn, ignore_notice, NULL);
	if (PQsetnonblocking(pg->conn, 1) != 0 || PQenterPipelineMode(pg->conn) != 1) {
		attempt_failed(pg, PQerrorMessage(pg->conn));
		return;
	}
	pg->state = STATE_SETUP;
	if (pg->options.setup == NULL || pg->options.setup[0] == NULL)
		connected(pg);
	else if (!setup_send(pg))
		attempt_failed(pg, PQerrorMessage(pg->conn));
	else
		flush(pg);
}

static void on_poll(evutil_socket_t fd, short what, void *arg);

static void
poll_wait(struct pg *pg, short what)
{
	socket_forget(pg);
	pg->readable = event_new(pg->base, PQsocket(pg->conn), what, on_poll, pg);
	require(pg->readable != NULL && event_add(pg->readable, NULL) == 0);
}

static void
on_poll(evutil_socket_t fd, short what, void *arg)
{
	struct pg *pg = arg;

	(void)fd;
	(void)what;
	switch (PQconnectPoll(pg->conn)) {
	case PGRES_POLLING_READING:
		poll_wait(pg, EV_READ);
		return;
	case PGRES_POLLING_WRITING:
	case PGRES_POLLING_ACTIVE:
		poll_wait(pg, EV_WRITE);
		return;
	case PGRES_POLLING_OK:
		setup_start(pg);
		return;
	case PGRES_POLLING_FAILED:
		attempt_failed(pg, PQerrorMessage(pg->conn));
		return;
	}
}

/* The settings of conninfo with one host of it, and what we want that it does not say. */
static PGconn *
connection_open(const struct pg *pg, const char *address)
{
	static const struct {
		const char *keyword, *value;
	} wanted[] = {
	    {"target_session_attrs", "read-write"},
	    {"tcp_user_timeout", "10000"},
	    {"keepalives_idle", "30"},
	    /* Looking for Kerberos tickets may block. */
	    {"gssencmode", "disable"},
	    {"client_encoding", "UTF8"},
	};
	const struct host *host = &pg->hosts[pg->host];
	const char *keywords[OPTIONS_MAX], *values[OPTIONS_MAX];
	char application[64];
	size_t count = 0;

	snprintf(application, sizeof(application), "samordnad %s", pg->options.name);
	for (size_t i = 0; i < sizeof(wanted) / sizeof(wanted[0]); i++) {
		keywords[count] = wanted[i].keyword;
		values[count++] = wanted[i].value;
	}
	keywords[count] = "fallback_application_name";
	values[count++] = application;
	/* The last of a keyword counts, and NULL values are passed over. */
	for (const PQconninfoOption *each = pg->settings; each->keyword != NULL; each++) {
		if (each->val == NULL || strcmp(each->keyword, "host") == 0 ||
		    strcmp(each->keyword, "hostaddr") == 0 || strcmp(each->keyword, "port") == 0)
			continue;
		require(count < OPTIONS_MAX - 4);
		keywords[count] = each->keyword;
		values[count++] = each->val;
	}
	keywords[count] = "host";
	values[count++] = host->name;
	keywords[count] = "hostaddr";
	values[count++] = address;
	keywords[count] = "port";
	values[count++] = host->port;
	keywords[count] = NULL;
	values[count] = NULL;
	return PQconnectStartParams(keywords, values, 0);
}

/* One address of one host. */
static void
attempt_start(struct pg *pg)
{
	const struct host *host = &pg->hosts[pg->host];
	char numeric[NI_MAXHOST];
	const char *address = host->address;

	if (pg->addresses.count > 0) {
		const struct sockaddr_storage *found = &pg->addresses.addresses[pg->address];

		if (getnameinfo((const struct sockaddr *)found, sizeof(*found), numeric,
			sizeof(numeric), NULL, 0, NI_NUMERICHOST) == 0)
			address = numeric;
	}
	snprintf(pg->where, sizeof(pg->where), "%.255s%s%.50s:%.5s",
	    host->name != NULL ? host->name : "(default)", address != NULL ? "/" : "",
	    address != NULL ? address : "", host->port != NULL ? host->port : "5432");
	pg->state = STATE_CONNECT;
	pg->conn = connection_open(pg, address);
	if (pg->conn == NULL)
		log_abort("out of memory", __FILE__, __LINE__);
	timer_set(pg, attempt_ms(pg));
	if (PQstatus(pg->conn) == CONNECTION_BAD)
		attempt_failed(pg, PQerrorMessage(pg->conn));
	else
		poll_wait(pg, EV_WRITE);
}

static void
on_resolved(const struct resolve_answer *answer, void *arg)
{
	struct pg *pg = arg;

	pg->lookup_id = 0;
	pg->addresses = *answer;
	pg->address = 0;
	if (answer->count == 0)
		attempt_failed(pg, answer->error);
	else
		attempt_start(pg);
}

static bool
host_needs_lookup(const struct host *host)
{
	return host->address == NULL && host->name != NULL && host->name[0] != '/' &&
	       host->name[0] != '@';
}

static void
host_start(struct pg *pg)
{
	const struct host *host = &pg->hosts[pg->host];

	memset(&pg->addresses, 0, sizeof(pg->addresses));
	pg->address = 0;
	if (!host_needs_lookup(host)) {
		attempt_start(pg);
		return;
	}
	pg->state = STATE_RESOLVE;
	pg_first_line(pg->where, sizeof(pg->where), host->name);
	timer_set(pg, attempt_ms(pg));
	pg->lookup_id = resolver_ask(pg->resolver, host->name, on_resolved, pg);
}

static void
turn_start(struct pg *pg)
{
	pg->host = 0;
	host_start(pg);
}

/* The turn is over without a connection; said once, then only to those who look closely. */
static void
turn_failed(struct pg *pg, const char *why)
{
	pg->failed_turns++;
	log_event(pg->failed_turns == 1 ? LOG_WARNING : LOG_DEBUG, "database_unreachable",
	    "connection", "%s", pg->options.name, "where", "%s", pg->where, "why", "%s", why, NULL);
	pg_first_line(pg->where, sizeof(pg->where), why);
	pause_start(pg);
}

/* On to the next address, the next host, or a pause. */
static void
attempt_failed(struct pg *pg, const char *reason)
{
	char why[PG_WHY_MAX];

	pg_first_line(why, sizeof(why), reason);
	connection_close(pg);
	flights_lose(pg);
	if (pg->address + 1 < pg->addresses.count) {
		pg->address++;
		attempt_start(pg);
	} else if (pg->host + 1 < pg->host_count) {
		pg->host++;
		host_start(pg);
	} else {
		turn_failed(pg, why);
	}
}

static void
on_timer(evutil_socket_t fd, short what, void *arg)
{
	struct pg *pg = arg;

	(void)fd;
	(void)what;
	if (pg->state == STATE_PAUSE)
		turn_start(pg);
	else
		attempt_failed(pg, "no answer in time");
}

/* ---- Which hosts ---- */

/* A setting of conninfo, or what the environment says, or NULL. */
static const char *
setting(const PQconninfoOption *settings, const PQconninfoOption *defaults, const char *keyword)
{
	const PQconninfoOption *lists[] = {settings, defaults};

	for (size_t i = 0; i < 2; i++)
		for (const PQconninfoOption *each = lists[i]; each->keyword != NULL; each++)
			if (strcmp(each->keyword, keyword) == 0 && each->val != NULL &&
			    each->val[0] != '\0')
				return each->val;
	return NULL;
}

/* Item number index of a list with commas, to be freed; NULL if it is empty or not there. */
static char *
list_item(const char *list, size_t index)
{
	for (; list != NULL && index > 0; index--) {
		list = strchr(list, ',');
		if (list != NULL)
			list++;
	}
	if (list == NULL || strcspn(list, ",") == 0)
		return NULL;
	return strndup(list, strcspn(list, ","));
}

static size_t
list_count(const char *list)
{
	size_t count = list == NULL ? 0 : 1;

	for (; list != NULL && *list != '\0'; list++)
		count += *list == ',';
	return count;
}

static const char *
hosts_read(struct pg *pg, const PQconninfoOption *defaults)
{
	const char *names = setting(pg->settings, defaults, "host");
	const char *addresses = setting(pg->settings, defaults, "hostaddr");
	const char *ports = setting(pg->settings, defaults, "port");
	size_t count = list_count(addresses != NULL ? addresses : names);

	count = count == 0 ? 1 : count;
	if (count > HOSTS_MAX)
		return "more than 16 hosts";
	if (addresses != NULL && names != NULL && list_count(names) != count)
		return "host and hostaddr name different numbers of hosts";
	if (list_count(ports) > 1 && list_count(ports) != count)
		return "host and port name different numbers of hosts";
	pg->host_count = count;
	for (size_t i = 0; i < count; i++) {
		struct host *host = &pg->hosts[i];

		host->name = list_item(names, i);
		host->address = list_item(addresses, i);
		host->port = list_item(ports, list_count(ports) > 1 ? i : 0);
		if (host_needs_lookup(host) && pg->resolver == NULL)
			pg->resolver = resolver_new(pg->base);
	}
	return NULL;
}

static const char *
conninfo_read(struct pg *pg, const char *conninfo, char why[static PG_WHY_MAX])
{
	PQconninfoOption *defaults;
	char *error = NULL;
	const char *complaint;

	pg->settings = PQconninfoParse(conninfo, &error);
	if (pg->settings == NULL) {
		pg_first_line(why, PG_WHY_MAX, error != NULL ? error : "out of memory");
		PQfreemem(error);
		return why;
	}
	defaults = PQconndefaults();
	if (defaults == NULL)
		log_abort("out of memory", __FILE__, __LINE__);
	if (setting(pg->settings, defaults, "service") != NULL)
		complaint = "service= is not supported: its hosts would be tried by libpq itself";
	else
		complaint = hosts_read(pg, defaults);
	PQconninfoFree(defaults);
	return complaint;
}

/* ---- Begin, end, look ---- */

struct pg *
pg_new(struct event_base *base, const struct pg_options *options, char why[static PG_WHY_MAX])
{
	struct pg *pg = xcalloc(1, sizeof(*pg));
	const char *complaint;

	pg->base = base;
	pg->options = *options;
	pg->options.conninfo = NULL;
	pg->pause_ms = PAUSE_MIN_MS;
	TAILQ_INIT(&pg->flights);
	TAILQ_INIT(&pg->away);
	pg->timer = evtimer_new(base, on_timer, pg);
	pg->deferred = evtimer_new(base, on_deferred, pg);
	require(pg->timer != NULL && pg->deferred != NULL);
	pg_first_line(pg->where, sizeof(pg->where), "not tried yet");
	complaint = conninfo_read(pg, options->conninfo, why);
	if (complaint != NULL) {
		if (complaint != why)
			pg_first_line(why, PG_WHY_MAX, complaint);
		pg_free(pg);
		return NULL;
	}
	pg->state = STATE_PAUSE;
	timer_set(pg, 0);
	return pg;
}

void
pg_free(struct pg *pg)
{
	if (pg == NULL)
		return;
	require(!pg->in_callback);
	connection_close(pg);
	pg->state = STATE_PAUSE;
	flights_lose(pg);
	while (!TAILQ_EMPTY(&pg->away))
		away_answer(pg);
	event_free(pg->timer);
	event_free(pg->deferred);
	resolver_free(pg->resolver);
	for (size_t i = 0; i < pg->host_count; i++) {
		free(pg->hosts[i].name);
		free(pg->hosts[i].address);
		free(pg->hosts[i].port);
	}
	PQconninfoFree(pg->settings);
	free(pg->prepared);
	free(pg);
}

bool
pg_is_up(const struct pg *pg)
{
	return pg->state == STATE_UP;
}

size_t
pg_in_flight(const struct pg *pg)
{
	return pg->flight_count;
}

int
pg_backend_pid(const struct pg *pg)
{
	return pg->state == STATE_UP ? PQbackendPID(pg->conn) : 0;
}

const char *
pg_where(const struct pg *pg)
{
	return pg->where;
}

void
pg_reconnect(struct pg *pg, const char *why)
{
	if (pg->state == STATE_UP || pg->state == STATE_SETUP)
		drop_later(pg, why);
}
