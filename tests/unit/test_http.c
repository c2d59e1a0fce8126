/*
 * The HTTP server on loopback and unix sockets, with the client in the same process: order, exactly
 * one answer, deadlines, budgets, gone clients, drain. Nothing sleeps blindly: every wait is for a
 * condition, with an end.
 */
#include "http.h"
#include "log.h"

#include <arpa/inet.h>
#include <check.h>
#include <errno.h>
#include <event2/event.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#define IDS_MAX 64
#define BIG_BYTES (8 * 1024 * 1024)

/* What stands behind the server. */
struct app {
	struct event_base *base;
	struct event *tick;
	struct http_server *server;
	uint64_t later[IDS_MAX]; /* requests to /later, not answered yet */
	int later_count;
	int head_count;
	int request_count;
	int gone_count;
	int drained_count;
	uint64_t gone_id;
	enum http_gone gone_verdict;
	enum http_peer peer;
	char *big;
};

static const struct http_limits usual = {
    .connections_max = 100,
    .requests_per_connection_max = 1000,
    .head_bytes_max = 16384,
    .target_bytes_max = 8192,
    .body_bytes_max = 4 * 1024 * 1024,
    .bodies_bytes_total_max = 64 * 1024 * 1024,
    .request_deadline_ms = 10000,
    .idle_ms = 10000,
    .answer_deadline_ms = 10000,
    .write_deadline_ms = 10000,
};

static bool
path_is(const struct http_request *r, const char *path)
{
	struct http1_text text = http1_path(r->head);
	return text.len == strlen(path) && memcmp(text.at, path, text.len) == 0;
}

static size_t
app_head(void *arg, struct http_server *s, uint64_t id, const struct http_request *r)
{
	static const struct http1_pair challenge[] = {{"WWW-Authenticate", "Bearer"}, {NULL, NULL}};
	struct app *app = arg;

	app->head_count++;
	ck_assert_ptr_null(r->body);
	if (path_is(r, "/refuse"))
		ck_assert_int_eq(
		    http_answer_problem(s, id, 401, "A token is needed.", NULL, challenge),
		    HTTP_ANSWERED);
	return path_is(r, "/ten") ? 10 : SIZE_MAX;
}

/* The answer to everything else: method, path and body again. */
static void
answer_echo(struct http_server *s, uint64_t id, const struct http_request *r)
{
	struct http1_text method = http1_method_text(r->head), path = http1_path(r->head);
	size_t cap = method.len + path.len + r->body_len + 3;
	char *text = malloc(cap);
	int len =
	    snprintf(text, cap, "%.*s %.*s ", (int)method.len, method.at, (int)path.len, path.at);
	struct http_answer answer = {"text/plain", NULL, text, (size_t)len + r->body_len};

	if (r->body_len > 0)
		memcpy(text + len, r->body, r->body_len);
	ck_assert_int_eq(http_answer(s, id, 200, &answer), HTTP_ANSWERED);
	ck_assert_int_eq(http_answer(s, id, 200, &answer), HTTP_ANSWER_DROPPED); /* exactly once */
	free(text);
}

static void
app_request(void *arg, struct http_server *s, uint64_t id, const struct http_request *r)
{
	struct app *app = arg;

	app->request_count++;
	app->peer = r->peer;
	if (path_is(r, "/later")) {
		ck_assert_int_lt(app->later_count, IDS_MAX);
		app->later[app->later_count++] = id;
	} else if (path_is(r, "/big")) {
		struct http_answer answer = {"text/plain", NULL, app->big, BIG_BYTES};
		ck_assert_int_eq(http_answer(s, id, 200, &answer), HTTP_ANSWERED);
	} else {
		answer_echo(s, id, r);
	}
}

static enum http_gone
app_gone(void *arg, struct http_server *s, uint64_t id)
{
	struct app *app = arg;

	(void)s;
	app->gone_count++;
	app->gone_id = id;
	return app->gone_verdict;
}

static void
app_drained(void *arg)
{
	struct app *app = arg;
	app->drained_count++;
}

static void
on_tick(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	(void)arg;
}

static void
app_start(struct app *app, const struct http_limits *limits)
{
	struct http_callbacks callbacks = {app_head, app_request, app_gone};
	struct timeval tick = {0, 2000};
	char why[200];

	log_level_set(LOG_ERROR);
	memset(app, 0, sizeof(*app));
	app->base = event_base_new();
	app->tick = event_new(
	    app->base, -1, EV_PERSIST, on_tick, NULL); /* so that each turn of the loop ends */
	evtimer_add(app->tick, &tick);
	app->server = http_new(app->base, limits, &callbacks, app);
	app->big = malloc(BIG_BYTES);
	for (size_t i = 0; i < BIG_BYTES; i++)
		app->big[i] = (char)('a' + i % 23);
	ck_assert_msg(http_listen(app->server, "127.0.0.1:0", why, sizeof(why)) == 0, "%s", why);
}

static void
app_stop(struct app *app)
{
	http_free(app->server);
	event_free(app->tick);
	event_base_free(app->base);
	free(app->big);
}

static struct http_stats
stats(const struct app *app)
{
	struct http_stats s;
	http_stats_get(app->server, &s);
	return s;
}

/* Answers the oldest request to /later. */
static enum http_answered
answer_later(struct app *app, const char *body)
{
	struct http_answer answer = {"text/plain", NULL, body, strlen(body)};
	uint64_t id = app->later[0];

	ck_assert_int_gt(app->later_count, 0);
	memmove(app->later, app->later + 1, sizeof(app->later[0]) * (size_t)--app->later_count);
	return http_answer(app->server, id, 200, &answer);
}

/* ---- The client. ---- */

struct client {
	int fd;
	char *in;
	size_t len;
	size_t cap;
	size_t at; /* answers taken so far end here */
	bool closed;
	bool reset;
};

struct reply {
	int status;
	const char *head; /* ended by NUL in place of its last LF */
	const char *body;
	size_t body_len;
};

static int64_t
clock_ms(void)
{
	struct timespec ts;
	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

static void
client_read(struct client *c)
{
	for (;;) {
		if (c->cap - c->len < 65537) {
			c->cap = 2 * c->cap + 131072;
			c->in = realloc(c->in, c->cap);
		}
		ssize_t n = recv(c->fd, c->in + c->len, 65536, MSG_DONTWAIT);
		if (n <= 0) {
			c->closed |= n == 0 || errno == ECONNRESET;
			c->reset |= n < 0 && errno == ECONNRESET;
			return;
		}
		c->len += (size_t)n;
	}
}

static void
pump(struct app *app, struct client *c)
{
	event_base_loop(app->base, EVLOOP_ONCE);
	if (c != NULL)
		client_read(c);
}

#define UNTIL(condition) \
	do { \
		int64_t end_ms = clock_ms() + 8000; \
		while (!(condition)) \
			ck_assert_msg(clock_ms() < end_ms, "never: " #condition); \
	} while (0)
#define PUMP_UNTIL(app, c, condition) UNTIL((pump(app, c), (condition)))

static void
client_open(struct app *app, struct client *c)
{
	struct sockaddr_in address = {
	    .sin_family = AF_INET, .sin_port = htons(http_port(app->server))};

	memset(c, 0, sizeof(*c));
	address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	c->fd = socket(AF_INET, SOCK_STREAM, 0);
	ck_assert_int_eq(connect(c->fd, (struct sockaddr *)&address, sizeof(address)), 0);
}

static void
client_close(struct client *c)
{
	close(c->fd);
	free(c->in);
}

/* Sends all of it while the loop turns; false: the server closed. */
static bool
client_send_bytes(struct app *app, struct client *c, const char *bytes, size_t len)
{
	for (size_t at = 0; at < len;) {
		ssize_t n = send(c->fd, bytes + at, len - at, MSG_DONTWAIT | MSG_NOSIGNAL);
		if (n < 0 && errno != EAGAIN)
			return false;
		at += n > 0 ? (size_t)n : 0;
		if (at < len)
			pump(app, NULL);
	}
	return true;
}

static void
client_send(struct app *app, struct client *c, const char *text)
{
	ck_assert(client_send_bytes(app, c, text, strlen(text)));
}

static bool
reply_take(struct client *c, struct reply *r, bool to_head)
{
	c->in = c->in != NULL ? c->in : calloc(1, c->cap = 1);
	char *head = c->in + c->at;
	char *end = c->len > c->at ? memmem(head, c->len - c->at, "\r\n\r\n", 4) : NULL;

	if (end == NULL)
		return false;
	end[3] = '\0';
	const char *length = strcasestr(head, "\r\nContent-Length:");
	size_t body_len = length != NULL && !to_head ? strtoul(length + 17, NULL, 10) : 0;
	end[3] = '\n';
	if (c->len - c->at < (size_t)(end + 4 - head) + body_len)
		return false;
	end[3] = '\0';
	*r = (struct reply){(int)strtol(head + 9, NULL, 10), head, end + 4, body_len};
	c->at += (size_t)(end + 4 - head) + body_len;
	return true;
}

static void
expect_reply(struct app *app, struct client *c, struct reply *r, int status)
{
	PUMP_UNTIL(app, c, reply_take(c, r, false));
	ck_assert_msg(
	    r->status == status, "%d, not %d: %.*s", r->status, status, (int)r->body_len, r->body);
	bool server_error = status >= 400;
	ck_assert(!server_error || strstr(r->head, "application/problem+json") != NULL);
	ck_assert(strstr(r->head, "\r\nDate: ") != NULL || status < 200);
}

static void
expect_body(const struct reply *r, const char *body)
{
	ck_assert_msg(r->body_len == strlen(body) && memcmp(r->body, body, r->body_len) == 0,
	    "%.*s, not %s", (int)r->body_len, r->body, body);
}

static bool
says_close(const struct reply *r)
{
	return strstr(r->head, "\r\nConnection: close\r\n") != NULL;
}

/* The connection ends in order, with nothing more to read. */
static void
expect_end(struct app *app, struct client *c)
{
	PUMP_UNTIL(app, c, c->closed);
	ck_assert(!c->reset);
	ck_assert_uint_eq(c->len, c->at);
}

#define NOW "GET /now HTTP/1.1\r\nHost: a\r\n\r\n"
#define LATER "GET /later HTTP/1.1\r\nHost: a\r\n\r\n"

/* ---- The tests. ---- */

START_TEST(keep_alive)
{
	struct app app;
	struct client c;
	struct reply r;

	app_start(&app, &usual);
	client_open(&app, &c);
	for (int i = 0; i < 3; i++) {
		client_send(
		    &app, &c, "POST /x HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nhej");
		expect_reply(&app, &c, &r, 200);
		expect_body(&r, "POST /x hej");
		ck_assert(!says_close(&r));
	}
	struct http_stats s = stats(&app);
	ck_assert_uint_eq(s.connections_accepted, 1);
	ck_assert_uint_eq(s.connections_now, 1);
	ck_assert_uint_eq(s.requests, 3);
	ck_assert_uint_eq(s.answers[2], 3);
	ck_assert_uint_eq(s.waiting_now, 0);
	ck_assert_int_eq(app.peer, HTTP_PEER_LOOPBACK);
	client_close(&c);
	PUMP_UNTIL(&app, NULL, stats(&app).connections_now == 0);
	app_stop(&app);
}
END_TEST

START_TEST(bodies_however_they_come)
{
	static const char whole[] =
	    "POST /x HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nhej"
	    "POST /y HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
	    "2\r\nho\r\n2\r\npp\r\n0\r\nX: y\r\n\r\n" NOW;
	struct app app;
	struct reply r;

	app_start(&app, &usual);
	for (size_t split = 0; split < sizeof(whole) - 1; split += 3) {
		struct client c;
		client_open(&app, &c);
		ck_assert(client_send_bytes(&app, &c, whole, split));
		for (int i = 0; i < 3; i++)
			pump(&app, &c);
		client_send(&app, &c, whole + split);
		expect_reply(&app, &c, &r, 200);
		expect_body(&r, "POST /x hej");
		expect_reply(&app, &c, &r, 200);
		expect_body(&r, "POST /y hopp");
		expect_reply(&app, &c, &r, 200);
		expect_body(&r, "GET /now ");
		client_close(&c);
	}
	ck_assert_uint_eq(stats(&app).bodies_bytes_now, 0);
	app_stop(&app);
}
END_TEST

START_TEST(large_bodies)
{
	enum { LEN = 3 * 1024 * 1024 };
	char *body = malloc(LEN), head[100];
	struct app app;
	struct client c;
	struct reply r;

	for (size_t i = 0; i < LEN; i++)
		body[i] = (char)('a' + i % 23);
	app_start(&app, &usual);
	client_open(&app, &c);
	snprintf(
	    head, sizeof(head), "PUT /x HTTP/1.1\r\nHost: a\r\nContent-Length: %d\r\n\r\n", LEN);
	client_send(&app, &c, head);
	ck_assert(client_send_bytes(&app, &c, body, LEN));
	expect_reply(&app, &c, &r, 200);
	ck_assert_uint_eq(r.body_len, LEN + 7);
	ck_assert_int_eq(memcmp(r.body + 7, body, LEN), 0);
	client_send(&app, &c, "PUT /x HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n");
	for (size_t at = 0; at < LEN; at += 65536) {
		client_send(&app, &c, "10000\r\n");
		ck_assert(client_send_bytes(&app, &c, body + at, 65536));
		client_send(&app, &c, "\r\n");
	}
	client_send(&app, &c, "0\r\n\r\n");
	expect_reply(&app, &c, &r, 200);
	ck_assert_uint_eq(r.body_len, LEN + 7);
	ck_assert_int_eq(memcmp(r.body + 7, body, LEN), 0);
	ck_assert_uint_eq(stats(&app).bodies_bytes_now, 0);
	client_close(&c);
	app_stop(&app);
	free(body);
}
END_TEST

START_TEST(pipelining_keeps_the_order)
{
	struct app app;
	struct client c;
	struct reply r;

	app_start(&app, &usual);
	client_open(&app, &c);
	client_send(&app, &c, LATER NOW LATER NOW);
	PUMP_UNTIL(&app, &c, app.later_count == 1);
	for (int i = 0; i < 5; i++)
		pump(&app, &c);
	ck_assert_int_eq(app.request_count, 1); /* the next waits for the answer to the former */
	ck_assert_uint_eq(c.len, 0);
	ck_assert_int_eq(answer_later(&app, "one"), HTTP_ANSWERED);
	ck_assert_int_eq(app.request_count, 1); /* never from within http_answer() */
	expect_reply(&app, &c, &r, 200);
	expect_body(&r, "one");
	expect_reply(&app, &c, &r, 200);
	expect_body(&r, "GET /now ");
	PUMP_UNTIL(&app, &c, app.later_count == 1);
	ck_assert_uint_eq(stats(&app).waiting_now, 1);
	ck_assert_int_eq(answer_later(&app, "three"), HTTP_ANSWERED);
	expect_reply(&app, &c, &r, 200);
	expect_body(&r, "three");
	expect_reply(&app, &c, &r, 200);
	expect_body(&r, "GET /now ");
	client_close(&c);
	app_stop(&app);
}
END_TEST

START_TEST(much_pipelining)
{
	struct app app;
	struct client c;
	struct reply r;
	enum { COUNT = 900 };

	app_start(&app, &usual);
	client_open(&app, &c);
	for (int i = 0; i < COUNT; i++) {
		char text[80];
		snprintf(text, sizeof(text), "GET /%d HTTP/1.1\r\nHost: a\r\n\r\n", i);
		client_send(&app, &c, text);
	}
	for (int i = 0; i < COUNT; i++) {
		char text[80];
		snprintf(text, sizeof(text), "GET /%d ", i);
		expect_reply(&app, &c, &r, 200);
		expect_body(&r, text);
	}
	client_close(&c);
	app_stop(&app);
}
END_TEST

START_TEST(answers_out_of_order_among_connections)
{
	struct app app;
	struct client a, b;
	struct reply r;

	app_start(&app, &usual);
	client_open(&app, &a);
	client_open(&app, &b);
	client_send(&app, &a, LATER);
	PUMP_UNTIL(&app, &a, app.later_count == 1);
	client_send(&app, &b, LATER);
	PUMP_UNTIL(&app, &b, app.later_count == 2);
	uint64_t swap = app.later[0];
	app.later[0] = app.later[1];
	app.later[1] = swap;
	answer_later(&app, "b");
	answer_later(&app, "a");
	expect_reply(&app, &a, &r, 200);
	expect_body(&r, "a");
	expect_reply(&app, &b, &r, 200);
	expect_body(&r, "b");
	client_close(&a);
	client_close(&b);
	app_stop(&app);
}
END_TEST

START_TEST(gone_and_forgotten)
{
	struct app app;
	struct client c;

	app_start(&app, &usual);
	app.gone_verdict = HTTP_GONE_FORGET;
	client_open(&app, &c);
	client_send(&app, &c, LATER);
	PUMP_UNTIL(&app, &c, app.later_count == 1);
	uint64_t id = app.later[0];
	client_close(&c);
	PUMP_UNTIL(&app, NULL, app.gone_count == 1 && stats(&app).connections_now == 0);
	ck_assert_uint_eq(app.gone_id, id);
	ck_assert_uint_eq(stats(&app).waiting_now, 0);
	ck_assert_int_eq(answer_later(&app, "x"), HTTP_ANSWER_DROPPED);
	/* A new connection in the same place is not mistaken for the old one. */
	client_open(&app, &c);
	client_send(&app, &c, LATER);
	PUMP_UNTIL(&app, &c, app.later_count == 1);
	ck_assert_uint_ne(app.later[0], id);
	ck_assert_int_eq(
	    http_answer(app.server, id, 200, &(struct http_answer){0}), HTTP_ANSWER_DROPPED);
	ck_assert_int_eq(
	    http_answer(app.server, 0, 200, &(struct http_answer){0}), HTTP_ANSWER_DROPPED);
	ck_assert_int_eq(http_answer(app.server, UINT64_MAX, 200, &(struct http_answer){0}),
	    HTTP_ANSWER_DROPPED);
	ck_assert_uint_eq(stats(&app).answers_dropped, 4);
	client_close(&c);
	app_stop(&app);
}
END_TEST

START_TEST(half_closed_clients_get_their_answers)
{
	struct app app;
	struct client c;
	struct reply r;

	app_start(&app, &usual);
	app.gone_verdict = HTTP_GONE_ANSWER_COMES;
	client_open(&app, &c);
	client_send(&app, &c, LATER NOW);
	shutdown(c.fd, SHUT_WR);
	PUMP_UNTIL(&app, &c, app.gone_count == 1);
	ck_assert_int_eq(answer_later(&app, "late"), HTTP_ANSWERED);
	expect_reply(&app, &c, &r, 200);
	expect_body(&r, "late");
	expect_reply(&app, &c, &r, 200);
	expect_body(&r, "GET /now ");
	expect_end(&app, &c);
	ck_assert_int_eq(app.gone_count, 1);
	client_close(&c);
	app_stop(&app);
}
END_TEST

START_TEST(reset_clients_are_dropped)
{
	struct app app;
	struct client c;
	struct linger hard = {1, 0};

	app_start(&app, &usual);
	app.gone_verdict = HTTP_GONE_ANSWER_COMES;
	client_open(&app, &c);
	client_send(&app, &c, LATER);
	PUMP_UNTIL(&app, &c, app.later_count == 1);
	setsockopt(c.fd, SOL_SOCKET, SO_LINGER, &hard, sizeof(hard));
	client_close(&c);
	PUMP_UNTIL(&app, NULL, stats(&app).connections_now == 0);
	ck_assert_int_eq(app.gone_count, 1);
	ck_assert_int_eq(answer_later(&app, "x"), HTTP_ANSWER_DROPPED);

	/* The answer finds out before the loop does. */
	client_open(&app, &c);
	client_send(&app, &c, LATER NOW);
	PUMP_UNTIL(&app, &c, app.later_count == 1);
	setsockopt(c.fd, SOL_SOCKET, SO_LINGER, &hard, sizeof(hard));
	client_close(&c);
	answer_later(&app, "x");
	PUMP_UNTIL(&app, NULL, stats(&app).connections_now == 0);
	ck_assert_uint_eq(stats(&app).waiting_now, 0);
	app_stop(&app);
}
END_TEST

START_TEST(requests_that_end_too_early)
{
	static const char *const parts[] = {
	    "GET / HT", "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhej"};
	struct app app;
	struct client c;
	struct reply r;

	app_start(&app, &usual);
	for (size_t i = 0; i < 2; i++) {
		client_open(&app, &c);
		client_send(&app, &c, parts[i]);
		shutdown(c.fd, SHUT_WR);
		expect_reply(&app, &c, &r, 400);
		expect_end(&app, &c);
		client_close(&c);
	}
	ck_assert_int_eq(app.request_count, 0);
	app_stop(&app);
}
END_TEST

/* However the bytes trickle, the whole request has one deadline. */
START_TEST(slow_requests)
{
	static const char *const begins[] = {"GET / HTTP/1.1\r\nHost: a\r\nX: ",
	    "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 100000\r\n\r\n",
	    NOW "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n186a0\r\n"};
	struct http_limits limits = usual;
	struct app app;
	struct client c;
	struct reply r;

	limits.request_deadline_ms = 150;
	app_start(&app, &limits);
	for (size_t i = 0; i < 3; i++) {
		client_open(&app, &c);
		int64_t begun_ms = clock_ms();
		client_send(&app, &c, begins[i]);
		if (i == 2)
			expect_reply(&app, &c, &r, 200);
		/* A byte a millisecond: however fast the loop turns, no limit of size is met. */
		for (int64_t sent_ms = 0; !reply_take(&c, &r, false);) {
			if (clock_ms() != sent_ms)
				send(c.fd, "x", 1, MSG_DONTWAIT | MSG_NOSIGNAL);
			sent_ms = clock_ms();
			pump(&app, &c);
			ck_assert_int_lt(clock_ms() - begun_ms, 5000);
		}
		ck_assert_int_eq(r.status, 408);
		ck_assert(says_close(&r));
		ck_assert_int_ge(clock_ms() - begun_ms, 100);
		expect_end(&app, &c);
		client_close(&c);
	}
	ck_assert_uint_eq(stats(&app).refused[HTTP_REFUSED_REQUEST_SLOW], 3);
	ck_assert_uint_eq(stats(&app).bodies_bytes_now, 0);
	app_stop(&app);
}
END_TEST

START_TEST(idle_connections_are_closed_without_a_word)
{
	struct http_limits limits = usual;
	struct app app;
	struct client fresh, used;
	struct reply r;

	limits.idle_ms = 100;
	app_start(&app, &limits);
	client_open(&app, &fresh);
	client_open(&app, &used);
	client_send(&app, &used, NOW);
	expect_reply(&app, &used, &r, 200);
	expect_end(&app, &used);
	expect_end(&app, &fresh);
	ck_assert_uint_eq(fresh.len, 0);
	client_close(&fresh);
	client_close(&used);
	app_stop(&app);
}
END_TEST

START_TEST(late_answers)
{
	struct http_limits limits = usual;
	struct app app;
	struct client c;
	struct reply r;

	limits.answer_deadline_ms = 100;
	app_start(&app, &limits);
	client_open(&app, &c);
	client_send(&app, &c, LATER NOW);
	expect_reply(&app, &c, &r, 503);
	ck_assert(strstr(r.head, "\r\nRetry-After: ") != NULL && says_close(&r));
	expect_end(&app, &c);
	ck_assert_int_eq(answer_later(&app, "x"), HTTP_ANSWER_DROPPED);
	ck_assert_int_eq(app.request_count, 1);
	ck_assert_uint_eq(stats(&app).waiting_now, 0);
	client_close(&c);
	app_stop(&app);
}
END_TEST

START_TEST(large_answers_and_slow_readers)
{
	struct http_limits limits = usual;
	struct app app;
	struct client c;
	struct reply r;

	app_start(&app, &limits);
	client_open(&app, &c);
	client_send(&app, &c, "GET /big HTTP/1.1\r\nHost: a\r\n\r\n" NOW);
	expect_reply(&app, &c, &r, 200);
	ck_assert_uint_eq(r.body_len, BIG_BYTES);
	ck_assert_int_eq(memcmp(r.body, app.big, BIG_BYTES), 0);
	expect_reply(&app, &c, &r, 200);
	/* Only now: a sanitized client on a busy machine is a slow reader too. */
	limits.write_deadline_ms = 300;
	http_set_limits(app.server, &limits);
	/* More than the kernel takes in its place, however far its buffers have grown. */
	for (int i = 0; i < 32; i++)
		client_send(&app, &c, "GET /big HTTP/1.1\r\nHost: a\r\n\r\n");
	PUMP_UNTIL(&app, NULL, stats(&app).connections_now == 0); /* it takes nothing */
	ck_assert_uint_eq(stats(&app).refused[HTTP_REFUSED_WRITE_SLOW], 1);
	client_close(&c);
	app_stop(&app);
}
END_TEST

START_TEST(good_after_bad_is_not_read)
{
	static const struct {
		const char *bad;
		int status;
	} bads[] = {
	    {"GET / HTTP/1.1\nHost: a\n\n", 400},
	    {"GET / HTTP/1.1\r\n\r\n", 400},
	    {"GET / HTTP/3.0\r\nHost: a\r\n\r\n", 505},
	    {"OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n", 405},
	    {"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nContent-Length: 0\r\n\r\nhej",
		400},
	    {"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nTransfer-Encoding: "
	     "chunked\r\n\r\n0\r\n\r\n",
		400},
	    {"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n",
		501},
	    {"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: "
	     "chunked\r\n\r\n0x1\r\na\r\n0\r\n\r\n",
		400},
	    {"POST /ten HTTP/1.1\r\nHost: a\r\nContent-Length: 11\r\n\r\n12345678901", 413},
	    {"POST /ten HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: "
	     "chunked\r\n\r\nb\r\n12345678901\r\n0\r\n\r\n",
		413},
	    {"POST / HTTP/1.1\r\nHost: a\r\nExpect: tea\r\nContent-Length: 1\r\n\r\nx", 417},
	};
	char text[400];
	struct app app;
	struct client c;
	struct reply r;

	app_start(&app, &usual);
	for (size_t i = 0; i < sizeof(bads) / sizeof(bads[0]); i++) {
		int before = app.request_count;
		client_open(&app, &c);
		snprintf(text, sizeof(text), NOW "%s" NOW, bads[i].bad);
		client_send(&app, &c, text);
		expect_reply(&app, &c, &r, 200);
		expect_reply(&app, &c, &r, bads[i].status);
		ck_assert(says_close(&r));
		ck_assert(bads[i].status != 405 || strstr(r.head, "\r\nAllow: ") != NULL);
		expect_end(&app, &c);
		ck_assert_int_eq(app.request_count, before + 1);
		client_close(&c);
	}
	PUMP_UNTIL(&app, NULL, stats(&app).connections_now == 0);
	app_stop(&app);
}
END_TEST

START_TEST(heads_too_large)
{
	char *x = malloc(20001);
	struct app app;
	struct client c;
	struct reply r;

	memset(x, 'x', 20000);
	x[20000] = '\0';
	app_start(&app, &usual);
	for (int i = 0; i < 2; i++) {
		client_open(&app, &c);
		client_send(&app, &c, i == 0 ? "GET /" : "GET / HTTP/1.1\r\nHost: a\r\nX: ");
		client_send(&app, &c, x);
		expect_reply(&app, &c, &r, i == 0 ? 414 : 431);
		expect_end(&app, &c);
		client_close(&c);
	}
	ck_assert_uint_eq(stats(&app).refused[HTTP_REFUSED_HEAD_SIZE], 2);
	app_stop(&app);
	free(x);
}
END_TEST

/* A client that goes on sending a refused body, as most do, still gets to read why. */
START_TEST(lingers_until_the_answer_is_read)
{
	enum { LEN = 6 * 1024 * 1024 };
	char *body = calloc(1, LEN);
	struct app app;
	struct client c;
	struct reply r;

	app_start(&app, &usual);
	client_open(&app, &c);
	client_send(&app, &c, "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 6291456\r\n\r\n");
	ck_assert(client_send_bytes(&app, &c, body, LEN));
	expect_reply(&app, &c, &r, 413);
	expect_end(&app, &c);
	ck_assert_uint_eq(stats(&app).bodies_bytes_now, 0);
	client_close(&c);
	PUMP_UNTIL(&app, NULL, stats(&app).connections_now == 0);
	app_stop(&app);
	free(body);
}
END_TEST

START_TEST(answered_before_the_body)
{
	char *body = calloc(1, 100000);
	struct app app;
	struct client c;
	struct reply r;

	memset(body, 'x', 100000);
	app_start(&app, &usual);
	client_open(&app, &c);
	/* short: dropped, whether it is here or comes later, and the connection goes on */
	client_send(&app, &c,
	    "POST /refuse HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nhej" NOW
	    "POST /refuse HTTP/1.1\r\nHost: a\r\nContent-Length: 30000\r\n\r\n");
	expect_reply(&app, &c, &r, 401);
	ck_assert(strstr(r.head, "\r\nWWW-Authenticate: Bearer\r\n") != NULL && !says_close(&r));
	expect_reply(&app, &c, &r, 200);
	expect_reply(&app, &c, &r, 401);
	ck_assert(client_send_bytes(&app, &c, body, 30000));
	client_send(&app, &c, "GET /refuse HTTP/1.1\r\nHost: a\r\n\r\n" NOW);
	expect_reply(&app, &c, &r, 401);
	expect_reply(&app, &c, &r, 200);
	/* long: the connection ends */
	client_send(&app, &c, "POST /refuse HTTP/1.1\r\nHost: a\r\nContent-Length: 100000\r\n\r\n");
	client_send_bytes(&app, &c, body, 100000);
	expect_reply(&app, &c, &r, 401);
	ck_assert(says_close(&r));
	expect_end(&app, &c);
	client_close(&c);
	/* of a length that is not known, or that may not come */
	static const char *const unsure[] = {"Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
	    "Expect: 100-continue\r\nContent-Length: 3\r\n\r\n"};
	for (size_t i = 0; i < 2; i++) {
		client_open(&app, &c);
		client_send(&app, &c, "POST /refuse HTTP/1.1\r\nHost: a\r\n");
		client_send(&app, &c, unsure[i]);
		expect_reply(&app, &c, &r, 401);
		ck_assert(says_close(&r));
		expect_end(&app, &c);
		client_close(&c);
	}
	ck_assert_int_eq(app.request_count, 2);
	app_stop(&app);
	free(body);
}
END_TEST

START_TEST(continue_is_said)
{
	struct app app;
	struct client c;
	struct reply r;

	app_start(&app, &usual);
	client_open(&app, &c);
	client_send(&app, &c,
	    "POST /x HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 3\r\n\r\n");
	expect_reply(&app, &c, &r, 100);
	client_send(&app, &c, "hej");
	expect_reply(&app, &c, &r, 200);
	expect_body(&r, "POST /x hej");
	/* the body is here already: no need to say it */
	client_send(&app, &c,
	    "POST /x HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 3\r\n\r\nhej");
	expect_reply(&app, &c, &r, 200);
	/* a part of it is here */
	client_send(&app, &c,
	    "POST /x HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 3\r\n\r\nh");
	PUMP_UNTIL(&app, &c, stats(&app).bodies_bytes_now > 0);
	client_send(&app, &c, "ej");
	expect_reply(&app, &c, &r, 200);
	/* no body, nothing to go on with */
	client_send(&app, &c, "GET /now HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\n\r\n");
	expect_reply(&app, &c, &r, 200);
	/* refused instead */
	client_send(&app, &c,
	    "POST /ten HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 11\r\n\r\n");
	expect_reply(&app, &c, &r, 413);
	expect_end(&app, &c);
	client_close(&c);
	app_stop(&app);
}
END_TEST

START_TEST(head_gets_no_body)
{
	struct app app;
	struct client c;
	struct reply r;

	app_start(&app, &usual);
	client_open(&app, &c);
	client_send(&app, &c,
	    "HEAD /now HTTP/1.1\r\nHost: a\r\n\r\n" NOW
	    "HEAD /refuse HTTP/1.1\r\nHost: a\r\n\r\n" NOW);
	PUMP_UNTIL(&app, &c, reply_take(&c, &r, true));
	ck_assert_int_eq(r.status, 200);
	ck_assert(strstr(r.head, "\r\nContent-Length: 10\r\n") != NULL);
	expect_reply(&app, &c, &r, 200);
	expect_body(&r, "GET /now ");
	PUMP_UNTIL(&app, &c, reply_take(&c, &r, true));
	ck_assert_int_eq(r.status, 401);
	expect_reply(&app, &c, &r, 200);
	client_close(&c);
	app_stop(&app);
}
END_TEST

START_TEST(when_connections_end)
{
	static const char *const lasts[] = {"GET /now HTTP/1.0\r\n\r\n",
	    "GET /now HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n",
	    "GET /now HTTP/1.0\r\nConnection: keep-alive\r\n\r\n" NOW};
	struct http_limits limits = usual;
	struct app app;
	struct client c;
	struct reply r;

	limits.requests_per_connection_max = 3;
	app_start(&app, &limits);
	for (size_t i = 0; i < 3; i++) {
		client_open(&app, &c);
		client_send(&app, &c, lasts[i]);
		expect_reply(&app, &c, &r, 200);
		ck_assert(says_close(&r));
		expect_end(&app, &c);
		client_close(&c);
	}
	client_open(&app, &c);
	client_send(&app, &c, NOW NOW NOW NOW);
	for (int i = 0; i < 3; i++)
		expect_reply(&app, &c, &r, 200);
	ck_assert(says_close(&r));
	expect_end(&app, &c);
	client_close(&c);
	app_stop(&app);
}
END_TEST

START_TEST(limits_reloaded)
{
	struct http_limits limits = usual;
	char *x = malloc(5001);
	struct app app;
	struct client a, b;
	struct reply r;

	memset(x, 'x', 5000);
	x[5000] = '\0';
	limits.head_bytes_max = limits.target_bytes_max = 200;
	app_start(&app, &limits);
	client_open(&app, &a);
	client_open(&app, &b);
	client_send(&app, &a, NOW);
	expect_reply(&app, &a, &r, 200);
	PUMP_UNTIL(&app, NULL, stats(&app).connections_now == 2);
	http_set_limits(app.server, &usual);
	client_send(&app, &a, "GET /now HTTP/1.1\r\nHost: a\r\nX: ");
	client_send(&app, &a, x);
	client_send(&app, &a, "\r\n\r\n");
	expect_reply(&app, &a, &r, 200);
	http_set_limits(app.server, &limits);
	client_send(&app, &b, "GET /now HTTP/1.1\r\nHost: a\r\nX: ");
	client_send(&app, &b, x);
	expect_reply(&app, &b, &r, 431);
	client_close(&a);
	client_close(&b);
	app_stop(&app);
	free(x);
}
END_TEST

START_TEST(budget_of_bodies)
{
	struct http_limits limits = usual;
	char *body = calloc(1, 20000);
	struct app app;
	struct client a, b;
	struct reply r;

	limits.bodies_bytes_total_max = 30000;
	app_start(&app, &limits);
	client_open(&app, &a);
	client_open(&app, &b);
	client_send(&app, &a, "POST /x HTTP/1.1\r\nHost: a\r\nContent-Length: 20000\r\n\r\n");
	ck_assert(client_send_bytes(&app, &a, body, 19999));
	PUMP_UNTIL(&app, &a, stats(&app).bodies_bytes_now >= 19999);
	client_send(&app, &b, "POST /x HTTP/1.1\r\nHost: a\r\nContent-Length: 20000\r\n\r\n");
	client_send_bytes(&app, &b, body, 20000);
	expect_reply(&app, &b, &r, 503);
	ck_assert(strstr(r.head, "\r\nRetry-After: ") != NULL);
	expect_end(&app, &b);
	client_close(&b);
	ck_assert_uint_le(stats(&app).bodies_bytes_now, 30000);
	client_send(&app, &a, "z");
	expect_reply(&app, &a, &r, 200);
	ck_assert_uint_eq(r.body_len, 20000 + strlen("POST /x "));
	ck_assert_uint_eq(stats(&app).bodies_bytes_now, 0);
	client_open(&app, &b);
	client_send(&app, &b, "POST /x HTTP/1.1\r\nHost: a\r\nContent-Length: 20000\r\n\r\n");
	ck_assert(client_send_bytes(&app, &b, body, 20000));
	expect_reply(&app, &b, &r, 200);
	ck_assert_uint_eq(stats(&app).refused[HTTP_REFUSED_BODIES_TOTAL], 1);
	client_close(&a);
	client_close(&b);
	app_stop(&app);
	free(body);
}
END_TEST

START_TEST(cap_on_connections)
{
	struct http_limits limits = usual;
	struct app app;
	struct client a, b, c;
	struct reply r;

	limits.connections_max = 2;
	app_start(&app, &limits);
	client_open(&app, &a);
	client_send(&app, &a, LATER);
	client_open(&app, &b);
	client_send(&app, &b, LATER);
	PUMP_UNTIL(&app, NULL, app.later_count == 2);
	client_open(&app, &c);
	client_send(&app, &c, NOW);
	expect_reply(&app, &c, &r, 503);
	ck_assert(strstr(r.head, "\r\nRetry-After: ") != NULL && says_close(&r));
	expect_end(&app, &c);
	client_close(&c);
	PUMP_UNTIL(&app, NULL, stats(&app).turned_away_now == 0);
	ck_assert_uint_eq(stats(&app).connections_now, 2);
	ck_assert_uint_eq(stats(&app).refused[HTTP_REFUSED_CONNECTIONS], 1);
	answer_later(&app, "a"); /* the others are not disturbed */
	expect_reply(&app, &a, &r, 200);
	client_send(&app, &a, LATER);
	answer_later(&app, "b");
	expect_reply(&app, &b, &r, 200);
	client_close(&b);
	PUMP_UNTIL(&app, NULL, stats(&app).connections_now == 1);
	client_open(&app, &c);
	client_send(&app, &c, NOW);
	expect_reply(&app, &c, &r, 200);
	client_close(&a);
	client_close(&c);
	app_stop(&app);
}
END_TEST

/* Who has asked nothing for longest gives its place to who comes. */
START_TEST(idle_give_way)
{
	struct http_limits limits = usual;
	struct app app;
	struct client first, second, third, fourth;
	struct reply r;

	limits.connections_max = 2;
	app_start(&app, &limits);
	client_open(&app, &second);
	PUMP_UNTIL(&app, NULL, stats(&app).connections_now == 1);
	client_open(&app, &first);
	PUMP_UNTIL(&app, NULL, stats(&app).connections_now == 2);
	client_send(&app, &second, NOW); /* now the other has waited longer */
	expect_reply(&app, &second, &r, 200);
	client_open(&app, &third);
	client_send(&app, &third, LATER);
	expect_end(&app, &first);
	client_send(&app, &second, LATER);
	PUMP_UNTIL(&app, NULL, app.later_count == 2);
	client_open(&app, &fourth);
	expect_reply(&app, &fourth, &r, 503); /* none is idle */
	ck_assert_uint_eq(first.len, 0);
	ck_assert_uint_eq(stats(&app).refused[HTTP_REFUSED_CONNECTIONS], 1);
	client_close(&first);
	client_close(&second);
	client_close(&third);
	client_close(&fourth);
	app_stop(&app);
}
END_TEST

/* Slow requests take no place from who comes; they are told, and before that nobody who is idle
 * goes. */
START_TEST(slow_give_way)
{
	struct http_limits limits = usual;
	struct app app;
	struct client slow, idle, c;
	struct reply r;

	limits.connections_max = 2;
	limits.request_deadline_ms = 600000;
	app_start(&app, &limits);
	client_open(&app, &slow);
	client_send(&app, &slow, "GET /now HT");
	PUMP_UNTIL(&app, NULL, stats(&app).connections_now == 1);
	client_open(&app, &idle);
	client_send(&app, &idle, NOW);
	expect_reply(&app, &idle, &r, 200); /* and what came before has been read */
	int64_t begun_ms = clock_ms();
	PUMP_UNTIL(&app, NULL, clock_ms() > begun_ms + HTTP_SLOW_MS + 100);
	client_open(&app, &c);
	client_send(&app, &c, NOW);
	expect_reply(&app, &c, &r, 200);
	expect_reply(&app, &slow, &r, 503);
	ck_assert(strstr(r.head, "\r\nRetry-After: ") != NULL && says_close(&r));
	expect_end(&app, &slow);
	ck_assert_uint_eq(stats(&app).refused[HTTP_REFUSED_CONNECTIONS], 1);
	client_send(&app, &idle, NOW);
	expect_reply(&app, &idle, &r, 200);
	client_close(&slow);
	client_close(&idle);
	client_close(&c);
	app_stop(&app);
}
END_TEST

/* Who was refused and does not close is no longer kept when its place is wanted. */
START_TEST(lingering_give_way)
{
	struct http_limits limits = usual;
	struct app app;
	struct client bad, c;
	struct reply r;

	limits.connections_max = 1;
	app_start(&app, &limits);
	client_open(&app, &bad);
	client_send(&app, &bad, "rubbish\r\n");
	expect_reply(&app, &bad, &r, 400);
	client_open(&app, &c);
	client_send(&app, &c, NOW);
	expect_reply(&app, &c, &r, 200);
	client_close(&bad);
	client_close(&c);
	app_stop(&app);
}
END_TEST

START_TEST(turned_away_are_bounded)
{
	enum { COUNT = HTTP_TURNED_AWAY_MAX + 20 };
	struct http_limits limits = usual;
	struct app app;
	struct client first, c[COUNT];
	int answered = 0;

	limits.connections_max = 1;
	app_start(&app, &limits);
	client_open(&app, &first);
	client_send(&app, &first, LATER);
	PUMP_UNTIL(&app, NULL, app.later_count == 1);
	for (int i = 0; i < COUNT; i++)
		client_open(&app, &c[i]);
	PUMP_UNTIL(&app, NULL, stats(&app).refused[HTTP_REFUSED_CONNECTIONS] == COUNT);
	ck_assert_uint_eq(stats(&app).turned_away_now, HTTP_TURNED_AWAY_MAX);
	for (int i = 0; i < COUNT; i++) {
		PUMP_UNTIL(&app, &c[i], c[i].closed);
		answered += c[i].len > 0;
		client_close(&c[i]);
	}
	ck_assert_int_eq(answered, HTTP_TURNED_AWAY_MAX);
	PUMP_UNTIL(&app, NULL, stats(&app).turned_away_now == 0);
	client_close(&first);
	app_stop(&app);
}
END_TEST

START_TEST(drains)
{
	struct app app;
	struct client fresh, idle, busy, half;
	struct reply r;
	uint16_t port;

	app_start(&app, &usual);
	client_open(&app, &fresh);
	client_open(&app, &idle);
	client_send(&app, &idle, NOW);
	expect_reply(&app, &idle, &r, 200);
	client_open(&app, &busy);
	client_send(&app, &busy, LATER NOW);
	client_open(&app, &half);
	client_send(&app, &half, "POST /x HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nh");
	PUMP_UNTIL(&app, NULL, app.later_count == 1 && stats(&app).bodies_bytes_now > 0);
	port = http_port(app.server);
	http_drain(app.server, app_drained, &app);
	expect_end(&app, &fresh);
	expect_end(&app, &idle);
	ck_assert_int_eq(app.drained_count, 0);
	client_send(&app, &half, "ej");
	expect_reply(&app, &half, &r, 200);
	ck_assert(says_close(&r));
	expect_end(&app, &half);
	answer_later(&app, "last");
	expect_reply(&app, &busy, &r, 200);
	expect_body(&r, "last");
	ck_assert(says_close(&r));
	expect_end(&app, &busy);
	struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(port)};
	address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	int fd = socket(AF_INET, SOCK_STREAM, 0);
	ck_assert_int_ne(connect(fd, (struct sockaddr *)&address, sizeof(address)), 0);
	close(fd);
	client_close(&fresh);
	client_close(&idle);
	client_close(&busy);
	client_close(&half);
	PUMP_UNTIL(&app, NULL, app.drained_count == 1);
	for (int i = 0; i < 3; i++)
		pump(&app, NULL);
	ck_assert_int_eq(app.drained_count, 1);
	app_stop(&app);
}
END_TEST

START_TEST(drain_of_an_empty_server_ends_in_the_loop)
{
	struct app app;

	app_start(&app, &usual);
	http_drain(app.server, app_drained, &app);
	ck_assert_int_eq(app.drained_count, 0);
	PUMP_UNTIL(&app, NULL, app.drained_count == 1);
	app_stop(&app);
}
END_TEST

START_TEST(freed_in_the_middle)
{
	struct app app;
	struct client a, b, c, d;

	app_start(&app, &usual);
	client_open(&app, &a);
	client_open(&app, &b);
	client_open(&app, &c);
	client_open(&app, &d);
	client_send(&app, &a, LATER NOW);
	client_send(&app, &b, "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\nx");
	client_send(&app, &c, "GET / HTTP/2.0\r\n");
	client_send(&app, &d, "GET /big HTTP/1.1\r\nHost: a\r\n\r\n");
	PUMP_UNTIL(&app, NULL,
	    app.request_count == 2 && stats(&app).bodies_bytes_now > 0 &&
		stats(&app).refused[HTTP_REFUSED_MALFORMED] == 1);
	answer_later(&app, "and at once");
	app_stop(&app);
	client_close(&a);
	client_close(&b);
	client_close(&c);
	client_close(&d);
}
END_TEST

/* One random thing that a client may do. */
static void
stir(struct app *app, struct client *c, unsigned dice)
{
	static const char *const pieces[] = {NOW, LATER, LATER NOW NOW,
	    "GET /big HTTP/1.1\r\nHost: a\r\n\r\n", "GET ", "/x HTTP/1.1\r\nHost: a\r\n\r\n",
	    "POST /x HTTP/1.1\r\nHost: a\r\nContent-Length: 70000\r\n\r\n", "\r\n",
	    "POST /refuse HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\n123", "456789",
	    "0\r\n\r\n", "5\r\nabcde\r\n",
	    "POST /later HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n",
	    "HEAD /big HTTP/1.1\r\nHost: a\r\n\r\n", "GET /now HTTP/1.0\r\n\r\n",
	    "POST / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\n"};
	struct linger hard = {1, 0};
	const char *piece = pieces[dice / 16 % (sizeof(pieces) / sizeof(pieces[0]))];

	switch (c->fd < 0 ? 0 : dice % 16) {
	case 0:
		if (c->fd >= 0)
			client_close(c);
		client_open(app, c);
		break;
	case 1:
		setsockopt(c->fd, SOL_SOCKET, SO_LINGER, &hard, sizeof(hard));
		client_close(c);
		c->fd = -1;
		break;
	case 2:
		shutdown(c->fd, SHUT_WR);
		break;
	case 3:
	case 4:
		client_read(c);
		break;
	default:
		send(c->fd, piece, strlen(piece), MSG_DONTWAIT | MSG_NOSIGNAL);
		break;
	}
}

/*
 * Anything may happen in any order; in the end nothing is left over, and each request was answered
 * or dropped.
 */
START_TEST(whatever_clients_do)
{
	enum { CLIENTS = 12, STEPS = 6000 };
	struct http_limits limits = usual;
	struct app app;
	struct client c[CLIENTS];
	unsigned seed = 8612;

	limits.connections_max = 5;
	limits.requests_per_connection_max = 7;
	limits.bodies_bytes_total_max = 100000;
	limits.request_deadline_ms = limits.idle_ms = 40;
	limits.answer_deadline_ms = limits.write_deadline_ms = 30;
	app_start(&app, &limits);
	for (int i = 0; i < CLIENTS; i++)
		c[i] = (struct client){.fd = -1};
	for (int i = 0; i < STEPS; i++) {
		app.gone_verdict = rand_r(&seed) % 2 ? HTTP_GONE_FORGET : HTTP_GONE_ANSWER_COMES;
		stir(&app, &c[rand_r(&seed) % CLIENTS], (unsigned)rand_r(&seed));
		while (app.later_count > IDS_MAX / 2 ||
		       (app.later_count > 0 && rand_r(&seed) % 4 == 0))
			answer_later(&app, "late");
		if (rand_r(&seed) % 3 == 0)
			event_base_loop(app.base, EVLOOP_ONCE | EVLOOP_NONBLOCK);
		if (rand_r(&seed) % 40 == 0)
			pump(&app, NULL);
	}
	while (app.later_count > 0)
		answer_later(&app, "late");
	for (int i = 0; i < CLIENTS; i++)
		if (c[i].fd >= 0)
			client_close(&c[i]);
	PUMP_UNTIL(&app, NULL, stats(&app).connections_now == 0);
	/* Whether a deadline passed in the stir is the machine's to say: here one does. */
	client_open(&app, &c[0]);
	client_send(&app, &c[0], "GET ");
	uint64_t slow = stats(&app).refused[HTTP_REFUSED_REQUEST_SLOW];
	PUMP_UNTIL(&app, NULL, stats(&app).refused[HTTP_REFUSED_REQUEST_SLOW] > slow);
	http_drain(app.server, app_drained, &app);
	client_close(&c[0]);
	PUMP_UNTIL(&app, NULL, app.drained_count == 1);
	struct http_stats s = stats(&app);
	ck_assert_uint_eq(s.connections_now + s.turned_away_now + s.waiting_now, 0);
	ck_assert_uint_eq(s.bodies_bytes_now, 0);
	/* Each kind of thing did happen. */
	ck_assert_uint_gt(s.answers_dropped, 0);
	ck_assert_int_gt(app.gone_count, 0);
	app_stop(&app);
}
END_TEST

static void
client_open_unix(struct client *c, const char *path)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};

	memset(c, 0, sizeof(*c));
	snprintf(address.sun_path, sizeof(address.sun_path), "%s", path);
	c->fd = socket(AF_UNIX, SOCK_STREAM, 0);
	ck_assert_int_eq(connect(c->fd, (struct sockaddr *)&address, sizeof(address)), 0);
}

START_TEST(unix_sockets)
{
	char directory[] = "/tmp/test_http.XXXXXX", path[64], address[80], why[200];
	struct app app;
	struct client c;
	struct reply r;

	ck_assert_ptr_nonnull(mkdtemp(directory));
	snprintf(path, sizeof(path), "%s/s", directory);
	snprintf(address, sizeof(address), "unix:%s", path);
	/* left over: bound, and nobody listens any more */
	struct sockaddr_un stale = {.sun_family = AF_UNIX};
	snprintf(stale.sun_path, sizeof(stale.sun_path), "%s", path);
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);
	ck_assert_int_eq(bind(fd, (struct sockaddr *)&stale, sizeof(stale)), 0);
	close(fd);
	app_start(&app, &usual);
	ck_assert_msg(http_listen(app.server, address, why, sizeof(why)) == 0, "%s", why);
	client_open_unix(&c, path);
	client_send(&app, &c, NOW);
	expect_reply(&app, &c, &r, 200);
	ck_assert_int_eq(app.peer, HTTP_PEER_UNIX);
	/* in use, or no socket at all: left alone */
	ck_assert_int_eq(http_listen(app.server, address, why, sizeof(why)), -1);
	snprintf(address, sizeof(address), "unix:%s", directory);
	ck_assert_int_eq(http_listen(app.server, address, why, sizeof(why)), -1);
	client_send(&app, &c, NOW);
	expect_reply(&app, &c, &r, 200);
	client_close(&c);
	app_stop(&app);
	ck_assert_int_ne(access(path, F_OK), 0);
	ck_assert_int_eq(rmdir(directory), 0);
}
END_TEST

/* Who comes to the proxy's socket is the proxy; who comes to another is not, and a port is none. */
START_TEST(proxy_socket)
{
	char directory[] = "/tmp/test_http.XXXXXX", paths[2][64], address[140], why[200];
	struct app app;
	struct client c;
	struct reply r;

	ck_assert_ptr_nonnull(mkdtemp(directory));
	app_start(&app, &usual);
	for (int i = 0; i < 2; i++) {
		snprintf(paths[i], sizeof(paths[i]), "%s/%d", directory, i);
		snprintf(address, sizeof(address), "unix:%s", paths[i]);
		ck_assert_msg((i == 0 ? http_listen_proxy : http_listen)(
				  app.server, address, why, sizeof(why)) == 0,
		    "%s", why);
	}
	for (int i = 0; i < 2; i++) {
		client_open_unix(&c, paths[i]);
		client_send(&app, &c, NOW);
		expect_reply(&app, &c, &r, 200);
		ck_assert_int_eq(app.peer, i == 0 ? HTTP_PEER_PROXY : HTTP_PEER_UNIX);
		client_close(&c);
	}
	ck_assert(!http_is_exposed(app.server));
	app_stop(&app);
	ck_assert_int_eq(rmdir(directory), 0);
}
END_TEST

START_TEST(proxy_port)
{
	char why[200];
	struct app app;

	app_start(&app, &usual);
	ck_assert_int_eq(http_listen_proxy(app.server, "127.0.0.1:0", why, sizeof(why)), -1);
	ck_assert_str_eq(why, "cannot listen at 127.0.0.1:0: a proxy's must be a unix socket");
	app_stop(&app);
}
END_TEST

START_TEST(exposed)
{
	char why[200];
	struct app app;

	app_start(&app, &usual);
	ck_assert(!http_is_exposed(app.server));
	ck_assert_msg(http_listen(app.server, "0.0.0.0:0", why, sizeof(why)) == 0, "%s", why);
	ck_assert(http_is_exposed(app.server));
	app_stop(&app);
}
END_TEST

START_TEST(inherited_sockets)
{
	struct sockaddr_in any = {.sin_family = AF_INET};
	socklen_t len = sizeof(any);
	char address[32], why[200];
	struct app app;
	struct client c;
	struct reply r;

	any.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	int fd = socket(AF_INET, SOCK_STREAM, 0);
	ck_assert_int_eq(bind(fd, (struct sockaddr *)&any, sizeof(any)), 0);
	app_start(&app, &usual);
	snprintf(address, sizeof(address), "fd:%d", fd);
	ck_assert_int_eq(
	    http_listen(app.server, address, why, sizeof(why)), -1); /* not listening yet */
	ck_assert_int_eq(listen(fd, 5), 0);
	ck_assert_int_eq(http_listen(app.server, address, why, sizeof(why)), 0);
	ck_assert_int_eq(getsockname(fd, (struct sockaddr *)&any, &len), 0);
	memset(&c, 0, sizeof(c));
	c.fd = socket(AF_INET, SOCK_STREAM, 0);
	ck_assert_int_eq(connect(c.fd, (struct sockaddr *)&any, sizeof(any)), 0);
	client_send(&app, &c, NOW);
	expect_reply(&app, &c, &r, 200);
	client_close(&c);
	app_stop(&app);
}
END_TEST

START_TEST(addresses_refused)
{
	static const char *const bad[] = {"", "8612", "localhost:8612", "127.0.0.1",
	    "127.0.0.1:", "127.0.0.1:70000", "[::1]", "::1:8612:x", "unix:", "unix:/nowhere/at/all",
	    "fd:", "fd:x", "fd:0x3", "fd:-1", "fd:1000000", "192.0.2.1:80"};
	char why[200];
	struct app app;

	app_start(&app, &usual);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		why[0] = '\0';
		ck_assert_msg(
		    http_listen(app.server, bad[i], why, sizeof(why)) == -1, "%s", bad[i]);
		ck_assert_uint_gt(strlen(why), 10);
	}
	app_stop(&app);
}
END_TEST

START_TEST(problems)
{
	size_t len;
	json_t *extra = json_pack("{s:[{s:s}]}", "errors", "pointer", "/data");
	char *text = http_problem_body(422, "Mend \"it\".", extra, &len);
	json_t *problem = json_loadb(text, len, 0, NULL);

	ck_assert_ptr_nonnull(problem);
	ck_assert_str_eq(json_string_value(json_object_get(problem, "type")), "about:blank");
	ck_assert_str_eq(
	    json_string_value(json_object_get(problem, "title")), "Unprocessable Content");
	ck_assert_int_eq(json_integer_value(json_object_get(problem, "status")), 422);
	ck_assert_str_eq(json_string_value(json_object_get(problem, "detail")), "Mend \"it\".");
	ck_assert_uint_eq(json_array_size(json_object_get(problem, "errors")), 1);
	json_decref(problem);
	free(text);
	json_decref(extra);
	text = http_problem_body(404, NULL, NULL, &len);
	ck_assert_str_eq(text, "{\"type\":\"about:blank\",\"title\":\"Not Found\",\"status\":404}");
	free(text);
	for (int i = 0; i < HTTP_REFUSAL_COUNT; i++)
		ck_assert_str_ne(http_refusal_name((enum http_refusal)i), "unknown");
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("http");
	TCase *tc = tcase_create("http");

	tcase_set_timeout(tc, 60);
	tcase_add_test(tc, keep_alive);
	tcase_add_test(tc, bodies_however_they_come);
	tcase_add_test(tc, large_bodies);
	tcase_add_test(tc, pipelining_keeps_the_order);
	tcase_add_test(tc, much_pipelining);
	tcase_add_test(tc, answers_out_of_order_among_connections);
	tcase_add_test(tc, gone_and_forgotten);
	tcase_add_test(tc, half_closed_clients_get_their_answers);
	tcase_add_test(tc, reset_clients_are_dropped);
	tcase_add_test(tc, requests_that_end_too_early);
	tcase_add_test(tc, slow_requests);
	tcase_add_test(tc, idle_connections_are_closed_without_a_word);
	tcase_add_test(tc, late_answers);
	tcase_add_test(tc, large_answers_and_slow_readers);
	tcase_add_test(tc, good_after_bad_is_not_read);
	tcase_add_test(tc, heads_too_large);
	tcase_add_test(tc, lingers_until_the_answer_is_read);
	tcase_add_test(tc, answered_before_the_body);
	tcase_add_test(tc, continue_is_said);
	tcase_add_test(tc, head_gets_no_body);
	tcase_add_test(tc, when_connections_end);
	tcase_add_test(tc, limits_reloaded);
	tcase_add_test(tc, budget_of_bodies);
	tcase_add_test(tc, cap_on_connections);
	tcase_add_test(tc, idle_give_way);
	tcase_add_test(tc, slow_give_way);
	tcase_add_test(tc, lingering_give_way);
	tcase_add_test(tc, turned_away_are_bounded);
	tcase_add_test(tc, drains);
	tcase_add_test(tc, drain_of_an_empty_server_ends_in_the_loop);
	tcase_add_test(tc, freed_in_the_middle);
	tcase_add_test(tc, whatever_clients_do);
	tcase_add_test(tc, unix_sockets);
	tcase_add_test(tc, proxy_socket);
	tcase_add_test(tc, proxy_port);
	tcase_add_test(tc, exposed);
	tcase_add_test(tc, inherited_sockets);
	tcase_add_test(tc, addresses_refused);
	tcase_add_test(tc, problems);
	suite_add_tcase(suite, tc);
	SRunner *runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	int failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? 0 : 1;
}
