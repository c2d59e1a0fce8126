/*
 * Counters, gauges and histograms, and their text for Prometheus (exposition format 0.0.4). One
 * table; labels are fixed in it. Only for the event loop's thread; adding allocates nothing.
 */
#ifndef SAMORDNAD_METRICS_H
#define SAMORDNAD_METRICS_H

#include <stddef.h>
#include <stdint.h>

/*
 * COUNTER(id, name, labels, help)  GAUGE(id, name, labels, help)
 * HISTOGRAM(id, name, labels, buckets, help)
 * Rows of one name stand together and share the first one's help. Labels: "" or "key=\"value\"".
 * Buckets: SECONDS, SIZES or LATENESS (metrics.c).
 */
#define METRICS_TABLE(COUNTER, GAUGE, HISTOGRAM) \
	GAUGE( \
	    START_TIME, "samordnad_start_time_seconds", "", "When this daemon started, Unix time") \
	GAUGE(HTTP_CONNECTIONS, "samordnad_http_connections", "", "HTTP connections open") \
	COUNTER(HTTP_REFUSED, "samordnad_http_connections_refused_total", "", \
	    "HTTP connections closed because there were too many, or of one address") \
	COUNTER(HTTP_1XX, "samordnad_http_requests_total", "status=\"1xx\"", \
	    "HTTP requests answered, by class of status") \
	COUNTER(HTTP_2XX, "samordnad_http_requests_total", "status=\"2xx\"", "") \
	COUNTER(HTTP_3XX, "samordnad_http_requests_total", "status=\"3xx\"", "") \
	COUNTER(HTTP_4XX, "samordnad_http_requests_total", "status=\"4xx\"", "") \
	COUNTER(HTTP_5XX, "samordnad_http_requests_total", "status=\"5xx\"", "") \
	GAUGE( \
	    BODIES_BYTES, "samordnad_http_bodies_bytes", "", "Bytes of request bodies in memory") \
	COUNTER(MESSAGE_APPLIED, "samordnad_messages_total", "result=\"applied\"", \
	    "Messages taken, by result") \
	COUNTER(MESSAGE_RECORDED, "samordnad_messages_total", "result=\"recorded\"", "") \
	COUNTER(MESSAGE_PARKED, "samordnad_messages_total", "result=\"parked\"", "") \
	COUNTER(MESSAGE_DUPLICATE, "samordnad_messages_total", "result=\"duplicate\"", "") \
	COUNTER(MESSAGE_REJECTED, "samordnad_messages_total", "result=\"rejected\"", "") \
	COUNTER(MESSAGE_UNAVAILABLE, "samordnad_messages_total", "result=\"unavailable\"", "") \
	GAUGE(DOOR_HELD, "samordnad_door_held", "", "1 while this daemon is the door") \
	GAUGE(FEED_WAITING, "samordnad_feed_waiting", "", "Readers that wait for a notice") \
	GAUGE(QUEUE, "samordnad_queue_facts", "", "Facts that wait at the door") \
	COUNTER(DOOR_BATCHES, "samordnad_door_batches_total", "outcome=\"ok\"", \
	    "Batches of the door, by outcome") \
	COUNTER(DOOR_BATCHES_FAILED, "samordnad_door_batches_total", "outcome=\"failed\"", "") \
	HISTOGRAM(DOOR_BATCH_FACTS, "samordnad_door_batch_facts", "", SIZES, \
	    "Facts in a batch of the door") \
	HISTOGRAM(COMMIT_SECONDS, "samordnad_door_commit_seconds", "", SECONDS, \
	    "Time from sending a batch's transaction to its commit") \
	GAUGE( \
	    DATABASE_UP, "samordnad_database_connected", "", "1 while the database is connected") \
	COUNTER(DATABASE_LOST, "samordnad_database_lost_total", "", "Database connections lost") \
	COUNTER(INSTANTS_FIRED, "samordnad_instants_fired_total", "", "Due instants fired") \
	HISTOGRAM(INSTANT_LATENESS, "samordnad_instant_lateness_seconds", "", LATENESS, \
	    "How late a due instant fired") \
	GAUGE(INSTANTS_OVERDUE, "samordnad_instants_overdue", "", \
	    "Instants that have come and are not fired; of the daemon that is the door") \
	GAUGE(PARKED, "samordnad_parked", "", \
	    "Stays that wait for their inskrivningsmeddelande; of the daemon that is the door") \
	GAUGE(PARKED_OVERDUE, "samordnad_parked_overdue", "", \
	    "Of them, those that wait for longer than ops_parked_ms") \
	COUNTER(PUSH_DELIVERED, "samordnad_pushes_total", "outcome=\"delivered\"", \
	    "Delivery attempts, by outcome") \
	COUNTER(PUSH_REJECTED, "samordnad_pushes_total", "outcome=\"rejected\"", "") \
	COUNTER(PUSH_TIMEOUT, "samordnad_pushes_total", "outcome=\"timeout\"", "") \
	COUNTER(PUSH_FAILED, "samordnad_pushes_total", "outcome=\"failed\"", "") \
	COUNTER(CERTIFICATE_REFUSED, "samordnad_certificates_refused_total", "", \
	    "Requests with a good token and another client certificate than its client is bound " \
	    "to") \
	GAUGE(PUSH_IN_FLIGHT, "samordnad_pushes_in_flight", "", "Delivery attempts under way") \
	GAUGE(PUSH_WAITING, "samordnad_endpoints_waiting", "", \
	    "Endpoints, also failing ones, whose oldest undelivered notice waits for over 15 " \
	    "minutes") \
	GAUGE(ENDPOINTS_FAILING, "samordnad_endpoints_failing", "", \
	    "Endpoints that fail, or are paused after they failed") \
	GAUGE(GIVEN_UP, "samordnad_notices_given_up", "", \
	    "Notices given up and not replayed, as far as they are counted") \
	GAUGE(ACCESS_UNSEALED_SECONDS, "samordnad_access_log_unsealed_seconds", "", \
	    "Since when the access log may have entries that are not sealed; 0 if this daemon is " \
	    "not the door") \
	GAUGE(UNDELIVERED_SECONDS, "samordnad_oldest_undelivered_seconds", "", \
	    "Age of the oldest notice that has not arrived; 0: there is none") \
	HISTOGRAM(PUSH_SECONDS, "samordnad_push_seconds", "", SECONDS, "Time of a delivery attempt")

#define METRICS_ID_OF_VALUE(id, name, labels, help) METRIC_##id,
#define METRICS_ID_OF_HISTOGRAM(id, name, labels, buckets, help) METRIC_##id,
enum metric {
	METRICS_TABLE(METRICS_ID_OF_VALUE, METRICS_ID_OF_VALUE, METRICS_ID_OF_HISTOGRAM)
	    METRIC_COUNT
};

/* A counter (n ≥ 0) or a gauge. */
void metrics_add(enum metric metric, int64_t n);
/* A gauge. */
void metrics_set(enum metric metric, int64_t value);
/*
 * A histogram; value ≥ 0, in the unit of its name; what is less than 0 counts as 0 (a clock was set
 * back).
 */
void metrics_observe(enum metric metric, double value);
/* The value of a counter or gauge; for a histogram how many values it saw. */
int64_t metrics_get(enum metric metric);
/* The counter of a class of HTTP status (100-599). */
enum metric metrics_http_status(int status);

/* Grows as needed and is kept from one rendering to the next. Starts as {0}. */
struct metrics_text {
	char *text; /* ended by NUL */
	size_t len;
	size_t size;
};

/* Content-Type of what metrics_render writes. */
#define METRICS_CONTENT_TYPE "text/plain; version=0.0.4; charset=utf-8"

void metrics_render(struct metrics_text *out);
void metrics_text_free(struct metrics_text *out);

#endif
