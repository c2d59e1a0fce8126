/*
 * What the daemon is made of, and who knows whom: the only place where rooms are joined. Begins in
 * parts_start(), ends in drain() and parts_free(). Decides nothing.
 */
#include "serve.h"

#include "access_log.h"
#include "access_sealer.h"
#include "door.h"
#include "feed.h"
#include "http.h"
#include "log.h"
#include "metrics.h"
#include "migrate.h"
#include "pg.h"
#include "push.h"
#include "reads.h"
#include "register.h"
#include "register_watch.h"
#include "register_writer.h"
#include "reports.h"
#include "routes.h"
#include "scheduler.h"
#include "search.h"
#include "status.h"
#include "systemd.h"
#include "wake.h"

#include <event2/event.h>
#include <signal.h>
#include <string.h>
#include <sysexits.h>
#include <time.h>

#define HEAD_BYTES_MAX 16384
#define TARGET_BYTES_MAX 8192
#define REQUESTS_PER_CONNECTION_MAX 1000000
#define ANSWER_DEADLINE_MS ((FEED_WAIT_S_MAX + 10) * 1000) /* the longest poll, and then some */
#define WRITE_DEADLINE_MS 30000
#define LAST_MS 2000 /* after drain_ms, for what the door has begun */

#define EXIT_CANNOT 1

enum { SIGNAL_TERM, SIGNAL_INT, SIGNAL_HUP, SIGNAL_COUNT };

static struct pg_statement known_statement = PG_STATEMENT("queries/register_known");

struct daemon {
	struct event_base *base;
	struct config *config;
	const struct serve_options *options;
	struct event *signals[SIGNAL_COUNT], *deadline;
	struct systemd_watchdog *watchdog;
	struct register_ *reg;
	struct pg *pg; /* reads, register, probes */
	struct register_watch *watch;
	struct register_writer *writer;
	struct register_writer
	    *endpoint_writer; /* names are looked up there: it holds up no other */
	struct door *door;
	struct scheduler *scheduler;
	struct feed *feed;
	struct push *push;
	struct wake *wake;
	struct status *status;
	struct access_log *access_log;
	struct access_sealer *sealer;
	struct reads *reads;
	struct search *search;
	struct reports *reports;
	struct routes *routes;
	struct http_server *http;
	bool draining, door_draining, door_done, push_done;
	int exit_code;
};

static void
daemon_end(struct daemon *d, int exit_code)
{
	d->exit_code = exit_code;
	event_base_loopbreak(d->base);
}

/* ---- The register, and the schema ---- */

/* From the moment at which the door reads the register for itself, it is the door's. */
static bool
register_is_doors(void *arg)
{
	struct daemon *d = arg;
	struct door_status status;

	door_status(d->door, &status);
	switch (status.state) {
	case DOOR_TAKING:
	case DOOR_OPEN:
		return true;
	case DOOR_AWAY:
	case DOOR_STANDBY:
	case DOOR_CLOSED:
		return false;
	}
	return false;
}

static void
register_reread(void *arg)
{
	struct daemon *d = arg;

	door_reread(d->door);
}

static void
told_known(struct pg *pg, const struct pg_result *result, void *arg)
{
	(void)pg;
	(void)result;
	(void)arg;
}

/* Who has revoked a token waits for this (the verb `client`). */
static void
register_known(void *arg, int64_t version)
{
	struct daemon *d = arg;
	struct pg_params *params = pg_params_new();
	const struct pg_call call = {&known_statement, params};

	pg_bind_int8(params, version);
	pg_send(d->pg, &call, 1, READS_TIMEOUT_MS, told_known, NULL);
	pg_params_free(params);
}

static void
schema_checked(enum schema_fit fit, void *arg)
{
	struct daemon *d = arg;
	const struct register_door door = {register_is_doors, register_reread, d};

	switch (fit) {
	case SCHEMA_FITS:
		if (d->watch == NULL) {
			d->watch = register_watch_new(d->base, d->pg, d->reg, &door);
			door_start(d->door);
			scheduler_start(d->scheduler);
		} else {
			register_watch_look(d->watch);
		}
		return;
	case SCHEMA_UNKNOWN:
		pg_reconnect(d->pg, schema_fit_text(fit));
		return;
	case SCHEMA_MISSING:
	case SCHEMA_OLD:
	case SCHEMA_NEW:
		log_event(
		    LOG_ERROR, "schema_does_not_fit", "why", "%s", schema_fit_text(fit), NULL);
		daemon_end(d, EXIT_CANNOT);
		return;
	}
}

static void
database_connected(struct pg *pg, void *arg)
{
	schema_check(pg, schema_checked, arg);
}

static void
database_notified(struct pg *pg, const char *channel, const char *payload, void *arg)
{
	struct daemon *d = arg;

	(void)pg;
	(void)payload;
	if (d->watch != NULL && strcmp(channel, REGISTER_CHANNEL) == 0)
		register_watch_look(d->watch);
}

static void
woken(enum wake_reason reason, const unit_id *units, size_t count, void *arg)
{
	struct daemon *d = arg;

	if (reason != WAKE_ENDPOINT)
		feed_wake(d->feed);
	push_wake(d->push, reason, units, count);
}

static bool
work_moves(int64_t limit_ms, void *arg)
{
	return status_work_moves(arg, limit_ms);
}

/* ---- The parts ---- */

static struct http_limits
http_limits_of(const struct config *config)
{
	size_t body = (size_t)(config->batch_body_bytes_max > config->body_bytes_max
				   ? config->batch_body_bytes_max
				   : config->body_bytes_max);

	return (struct http_limits){
	    .connections_max = (unsigned)config->connections_max,
	    .connections_per_address_max = (unsigned)config->connections_per_address_max,
	    .requests_per_connection_max = REQUESTS_PER_CONNECTION_MAX,
	    .head_bytes_max = HEAD_BYTES_MAX,
	    .target_bytes_max = TARGET_BYTES_MAX,
	    .body_bytes_max = body,
	    .bodies_bytes_total_max = (size_t)config->bodies_total_bytes_max,
	    .request_deadline_ms = (unsigned)config->request_deadline_ms,
	    .idle_ms = (unsigned)config->idle_ms,
	    .answer_deadline_ms = ANSWER_DEADLINE_MS,
	    .write_deadline_ms = WRITE_DEADLINE_MS,
	};
}

/*
 * What speaks to the database. False, with a sentence in why, if the connection string is
 * malformed.
 */
static bool
database_parts_start(struct daemon *d, char why[static PG_WHY_MAX])
{
	static const char *const setup[] = {"set search_path to samordnad, public",
	    "set jit to off", "listen " REGISTER_CHANNEL, NULL};
	const struct pg_options options = {
	    .conninfo = d->config->database,
	    .name = "reads",
	    .setup = setup,
	    .connected = database_connected,
	    .notified = database_notified,
	    .arg = d,
	};

	d->reg = register_new();
	d->pg = pg_new(d->base, &options, why);
	if (d->pg == NULL)
		return false;
	register_on_put(d->reg, register_known, d);
	d->door = door_new(d->base, d->config, d->reg);
	d->scheduler = scheduler_new(d->base, d->config, d->reg, d->door);
	d->writer = register_writer_new(d->base, d->config->database, d->reg);
	d->endpoint_writer = register_writer_new(d->base, d->config->database, d->reg);
	d->access_log = access_log_new(d->base, d->config, why);
	d->sealer = access_sealer_new(d->base, d->config, d->door, why);
	if (d->access_log == NULL || d->sealer == NULL)
		return false;
	d->reads = reads_new(d->pg, d->reg, d->access_log);
	d->search = search_new(d->pg, d->reg, d->access_log);
	d->reports = reports_new(d->base, d->config, d->reg, why);
	if (d->reports == NULL)
		return false;
	d->feed = feed_new(d->base, d->pg, d->config);
	d->push = push_start(d->base, d->config, why);
	if (d->push == NULL)
		return false;
	d->wake = wake_new(d->base, d->config->database, woken, d, why);
	return d->wake != NULL;
}

/* What listens, once everything behind it is there. */
static bool
http_parts_start(struct daemon *d, char why[static PG_WHY_MAX])
{
	const struct status_parts status = {
	    .base = d->base,
	    .config = d->config,
	    .reg = d->reg,
	    .door = d->door,
	    .scheduler = d->scheduler,
	    .push = d->push,
	    .reads = d->pg,
	    .sealer = d->sealer,
	};
	struct http_limits limits = http_limits_of(d->config);
	struct routes_parts routes = {
	    .config = d->config,
	    .reg = d->reg,
	    .writer = d->writer,
	    .endpoint_writer = d->endpoint_writer,
	    .door = d->door,
	    .pg = d->pg,
	    .reads = d->reads,
	    .search = d->search,
	    .reports = d->reports,
	    .feed = d->feed,
	};

	d->status = status_new(&status);
	routes.status = d->status;
	d->routes = routes_new(&routes);
	d->http = http_new(d->base, &limits, &routes_callbacks, d->routes);
	if (http_listen(d->http, d->config->listen, why, PG_WHY_MAX) != 0 ||
	    (d->config->proxy_listen[0] != '\0' &&
		http_listen_proxy(d->http, d->config->proxy_listen, why, PG_WHY_MAX) != 0))
		return false;
	if (http_is_exposed(d->http)) {
		status_exposed(d->status);
		log_event(LOG_WARNING, "exposed", "listen", "%s", d->config->listen, "why", "%s",
		    "it is reached from beyond this machine, in plain HTTP: put a proxy in front "
		    "that ends TLS",
		    NULL);
	}
	return true;
}

static void
parts_free(struct daemon *d)
{
	/*
	 * Connections first: what was in flight is answered once more, to parts that still stand.
	 */
	pg_free(d->pg);
	access_log_free(d->access_log);
	access_sealer_free(d->sealer);
	reports_free(d->reports);
	scheduler_free(d->scheduler);
	door_free(d->door);
	push_free(d->push);
	wake_free(d->wake);
	http_free(d->http);
	routes_free(d->routes);
	status_free(d->status);
	feed_free(d->feed);
	reads_free(d->reads);
	search_free(d->search);
	register_watch_free(d->watch);
	register_writer_free(d->writer);
	register_writer_free(d->endpoint_writer);
	register_free(d->reg);
}

/* ---- Ending ---- */

static void
drain_check(struct daemon *d)
{
	if (d->door_done && d->push_done)
		daemon_end(d, d->exit_code);
}

static void
door_drained(void *arg)
{
	struct daemon *d = arg;

	d->door_done = true;
	drain_check(d);
}

static void
push_drained(void *arg)
{
	struct daemon *d = arg;

	d->push_done = true;
	drain_check(d);
}

/* No request is left, or time is up: the door finishes what it has. */
static void
http_drained(void *arg)
{
	struct daemon *d = arg;

	if (d->door_draining)
		return;
	d->door_draining = true;
	door_drain(d->door, door_drained, d);
}

static void
deadline_struck(evutil_socket_t unused, short what, void *arg)
{
	const struct timeval last = {LAST_MS / 1000, LAST_MS % 1000 * 1000};
	struct daemon *d = arg;

	(void)unused;
	(void)what;
	if (!d->door_draining) {
		http_drained(d);
		require(evtimer_add(d->deadline, &last) == 0);
		return;
	}
	log_event(LOG_WARNING, "drain_incomplete", "door", "%s", d->door_done ? "done" : "waits",
	    "push", "%s", d->push_done ? "done" : "waits", NULL);
	daemon_end(d, d->exit_code);
}

static void
drain(struct daemon *d)
{
	const struct timeval limit = {
	    d->config->drain_ms / 1000, d->config->drain_ms % 1000 * 1000};

	log_event(LOG_NOTICE, "draining", NULL);
	systemd_notify("STOPPING=1");
	d->draining = true;
	require(evtimer_add(d->deadline, &limit) == 0);
	status_drain(d->status);
	feed_drain(d->feed);
	push_stop(d->push, push_drained, d);
	http_drain(d->http, http_drained, d);
}

/* ---- Signals ---- */

static void
settings_reload(struct daemon *d)
{
	char why[CONFIG_WHY_MAX], stay[CONFIG_WHY_MAX];
	struct config *fresh =
	    config_load(d->options->config_path, d->options->sets, d->options->set_count, why);
	struct http_limits limits;
	size_t count;

	if (fresh == NULL) {
		log_event(LOG_ERROR, "settings_refused", "why", "%s", why, NULL);
		return;
	}
	count = config_reload(d->config, fresh, stay, sizeof(stay));
	config_free(fresh);
	limits = http_limits_of(d->config);
	http_set_limits(d->http, &limits);
	log_level_set(d->config->log_level);
	log_event(LOG_NOTICE, "settings_reread", "changed", "%d", (int)count, "need_restart", "%s",
	    stay, NULL);
}

static void
signal_came(evutil_socket_t signal_number, short what, void *arg)
{
	struct daemon *d = arg;

	(void)what;
	if (signal_number == SIGHUP)
		settings_reload(d);
	else if (!d->draining)
		drain(d);
	else
		daemon_end(d, d->exit_code);
}

static void
signals_start(struct daemon *d)
{
	static const int numbers[SIGNAL_COUNT] = {SIGTERM, SIGINT, SIGHUP};

	for (int i = 0; i < SIGNAL_COUNT; i++) {
		d->signals[i] = evsignal_new(d->base, numbers[i], signal_came, d);
		require(d->signals[i] != NULL && event_add(d->signals[i], NULL) == 0);
	}
	d->deadline = evtimer_new(d->base, deadline_struck, d);
	require(d->deadline != NULL);
}

static void
signals_free(struct daemon *d)
{
	for (int i = 0; i < SIGNAL_COUNT; i++)
		if (d->signals[i] != NULL)
			event_free(d->signals[i]);
	if (d->deadline != NULL)
		event_free(d->deadline);
}

int
serve(struct config *config, const struct serve_options *options)
{
	struct daemon d = {.config = config, .options = options};
	char why[PG_WHY_MAX];

	log_level_set(config->log_level);
	d.base = event_base_new();
	require(d.base != NULL);
	metrics_set(METRIC_START_TIME, (int64_t)time(NULL));
	if (database_parts_start(&d, why) && http_parts_start(&d, why)) {
		signals_start(&d);
		d.watchdog = systemd_watchdog_start(d.base, work_moves, d.status);
		systemd_notify("READY=1");
		log_event(LOG_NOTICE, "serving", "listen", "%s", config->listen, "version", "%s",
		    SAMORDNAD_VERSION, NULL);
		event_base_dispatch(d.base);
		log_event(LOG_NOTICE, "ended", "code", "%d", d.exit_code, NULL);
	} else {
		log_event(LOG_ERROR, "cannot_start", "why", "%s", why, NULL);
		d.exit_code = EXIT_CANNOT;
	}
	systemd_watchdog_free(d.watchdog);
	parts_free(&d);
	signals_free(&d);
	config_free(config);
	event_base_free(d.base);
	libevent_global_shutdown();
	return d.exit_code;
}
