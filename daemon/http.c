/*
 * The HTTP server. Owns listeners, connections, deadlines and budgets. Must not know routes,
 * clients or messages; what bytes mean is proto/http1's.
 *
 * A connection is always in one state and on one list of those that wait for something; each list
 * is in order of deadline, because all on it wait equally long, so one timer serves all
 * connections. conn_run() steps a connection until it must wait; it runs in the event loop only.
 * Connections are freed by the sweep, when no callback is on the stack.
 */
#include "http.h"

#include "address.h"
#include "log.h"

#include <errno.h>
#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/event.h>
#include <event2/listener.h>
#include <event2/util.h>
#include <fcntl.h>
#include <inttypes.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#define LISTENERS_MAX 8
#define LISTEN_BACKLOG 1024
#define SLOT_BITS 20	       /* of a request id; the rest is a sequence number */
#define STORED_BYTES_MIN 4096  /* first size of a body's buffer */
#define SPARE_EXCHANGES_MAX 64 /* kept for reuse */
#define ACCEPT_REST_MS 200     /* after a failed accept (no file descriptors) */

/* What a connection waits for; each has its deadline. */
enum wait { WAIT_IDLE, WAIT_REQUEST, WAIT_ANSWER, WAIT_WRITE, WAIT_LINGER, WAIT_COUNT };

enum state {
	STATE_IDLE, /* no byte of a request yet */
	STATE_HEAD, /* reading a head, or inside head() */
	STATE_BODY,
	STATE_WAITING, /* the request is with the callbacks' owner */
	STATE_DISCARD, /* answered early; what is left of the body is dropped */
	STATE_WRITING, /* answered; until the client has taken it */
	STATE_LINGER,  /* our side is shut; read and drop until the client closes */
	STATE_DEAD,
};

/* What reading a request takes; only a connection that reads one has it. */
struct exchange {
	struct http1_head head;
	struct http1_body body;
	char *stored; /* head and body, when they did not come in one piece */
	size_t stored_len;
	size_t stored_cap; /* counted against bodies_bytes_total_max */
	struct exchange *next_spare;
};

struct connection {
	struct http_server *server;
	struct bufferevent *bev;
	TAILQ_ENTRY(connection) waiting;
	TAILQ_ENTRY(connection) queued; /* on server->queue, or on server->dead */
	uint64_t due_ms;
	uint64_t request_id; /* 0: no request that could be answered */
	struct exchange *exchange;
	size_t left; /* bytes to discard or to linger over */
	unsigned slot;
	unsigned request_count;
	enum wait wait;
	enum state state;
	enum http_peer peer;
	bool is_queued;
	bool running; /* conn_run() or a callback for this connection is on the stack */
	bool turned_away;
	bool no_body;	    /* the answer to HEAD */
	bool client_closes; /* the client said that this is its last request */
	bool eof;	    /* the client has shut its side */
	bool broken;	    /* nothing can be written any more */
	bool close_after;   /* the answer under way is the last */
	char peer_address[HTTP_ADDRESS_TEXT_MAX];
};

TAILQ_HEAD(connections, connection);

struct listener {
	struct evconnlistener *listener;
	char *unix_path; /* to be removed; or NULL */
};

struct http_server {
	struct event_base *base;
	struct http_limits limits;
	struct http_callbacks callbacks;
	void *arg;
	struct connections waits[WAIT_COUNT];
	struct connections queue; /* to be run by the sweep */
	struct connections dead;  /* to be freed by the sweep */
	json_t
	    *addresses; /* how many connections each has that was not turned away; not a proxy's */
	struct event *sweep;
	struct event *timer;
	struct event *rest;    /* accepting again after a failure */
	uint64_t timer_due_ms; /* 0: not armed */
	struct connection **slots;
	unsigned *free_slots;
	unsigned slot_count;
	unsigned free_slot_count;
	uint64_t sequence;
	struct exchange *spares;
	unsigned spare_count;
	struct listener listeners[LISTENERS_MAX];
	unsigned listener_count;
	struct evconnlistener *proxy; /* of those, whose connections are the proxy's; or NULL */
	struct http_stats stats;
	time_t date_s;
	char date[HTTP1_DATE_TEXT_MAX];
	bool full_logged;
	bool draining;
	void (*drained)(void *arg);
	void *drained_arg;
};

static void conn_run(struct connection *c);

/* ---- Time. ---- */

/* Coarse is enough for deadlines, and costs next to nothing. */
static uint64_t
now_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC_COARSE, &ts);
	return (uint64_t)ts.tv_sec * 1000 + (uint64_t)ts.tv_nsec / 1000000;
}

static unsigned
wait_limit_ms(const struct http_server *s, enum wait wait)
{
	switch (wait) {
	case WAIT_IDLE:
		return s->limits.idle_ms;
	case WAIT_REQUEST:
		return s->limits.request_deadline_ms;
	case WAIT_ANSWER:
		return s->limits.answer_deadline_ms;
	case WAIT_WRITE:
		return s->limits.write_deadline_ms;
	case WAIT_LINGER:
	case WAIT_COUNT:
		break;
	}
	return HTTP_LINGER_MS;
}

static void
timer_arm(struct http_server *s, uint64_t due_ms, uint64_t now)
{
	uint64_t wait_ms = due_ms > now ? due_ms - now : 1;
	struct timeval tv = {(time_t)(wait_ms / 1000), (suseconds_t)(wait_ms % 1000 * 1000)};

	s->timer_due_ms = due_ms;
	require(evtimer_add(s->timer, &tv) == 0);
}

static void
conn_wait(struct connection *c, enum wait wait)
{
	struct http_server *s = c->server;
	uint64_t now = now_ms();

	if (c->wait != WAIT_COUNT)
		TAILQ_REMOVE(&s->waits[c->wait], c, waiting);
	c->wait = wait;
	if (wait == WAIT_COUNT)
		return;
	c->due_ms = now + wait_limit_ms(s, wait);
	TAILQ_INSERT_TAIL(&s->waits[wait], c, waiting);
	if (s->timer_due_ms == 0 || c->due_ms < s->timer_due_ms)
		timer_arm(s, c->due_ms, now);
}

/* Updated once a second. */
static const char *
date_text(struct http_server *s)
{
	time_t now = time(NULL);

	if (now != s->date_s) {
		s->date_s = now;
		http1_date_format(now, s->date);
	}
	return s->date;
}

/* ---- Connections: begin and end. ---- */

static unsigned
slot_take(struct http_server *s, struct connection *c)
{
	if (s->free_slot_count == 0) {
		unsigned count = s->slot_count > 0 ? 2 * s->slot_count : 64;
		s->slots = xrealloc(s->slots, count * sizeof(*s->slots));
		s->free_slots = xrealloc(s->free_slots, count * sizeof(*s->free_slots));
		for (unsigned i = count; i-- > s->slot_count;) {
			s->slots[i] = NULL;
			s->free_slots[s->free_slot_count++] = i;
		}
		s->slot_count = count;
	}
	unsigned slot = s->free_slots[--s->free_slot_count];
	require(slot < 1u << SLOT_BITS);
	s->slots[slot] = c;
	return slot;
}

static struct exchange *
exchange_take(struct http_server *s)
{
	struct exchange *e = s->spares;

	if (e != NULL) {
		s->spares = e->next_spare;
		s->spare_count--;
	} else {
		e = xmalloc(sizeof(*e));
	}
	e->stored = NULL;
	e->stored_len = e->stored_cap = 0;
	http1_head_start(&e->head, s->limits.head_bytes_max, s->limits.target_bytes_max);
	return e;
}

static void
exchange_release(struct connection *c)
{
	struct http_server *s = c->server;
	struct exchange *e = c->exchange;

	if (e == NULL)
		return;
	c->exchange = NULL;
	s->stats.bodies_bytes_now -= e->stored_cap;
	free(e->stored);
	if (s->spare_count == SPARE_EXCHANGES_MAX) {
		free(e);
		return;
	}
	e->next_spare = s->spares;
	s->spares = e;
	s->spare_count++;
}

static void
request_forget(struct connection *c)
{
	if (c->request_id != 0 && c->state == STATE_WAITING)
		c->server->stats.waiting_now--;
	c->request_id = 0;
}

static void
conn_dequeue(struct connection *c)
{
	if (c->is_queued)
		TAILQ_REMOVE(&c->server->queue, c, queued);
	c->is_queued = false;
}

/* Over what only this machine reaches a proxy speaks for all. */
static bool
is_of_proxy(const struct connection *c)
{
	return c->peer_address[0] == '\0' || strcmp(c->peer_address, "127.0.0.1") == 0 ||
	       strcmp(c->peer_address, "::1") == 0;
}

static unsigned
address_count(const struct connection *c)
{
	return (unsigned)json_integer_value(json_object_get(c->server->addresses, c->peer_address));
}

static void
address_add(const struct connection *c, int more)
{
	json_t *addresses = c->server->addresses;

	if (is_of_proxy(c))
		return;
	int count = (int)address_count(c) + more;
	require((count > 0 ? json_object_set_new(addresses, c->peer_address, json_integer(count))
			   : json_object_del(addresses, c->peer_address)) == 0);
}

/*
 * Freed by the sweep: we may be in a callback of the bufferevent, or of our own with this
 * connection below.
 */
static void
conn_close(struct connection *c)
{
	struct http_server *s = c->server;

	if (c->state == STATE_DEAD)
		return;
	request_forget(c);
	exchange_release(c);
	conn_wait(c, WAIT_COUNT);
	conn_dequeue(c);
	c->state = STATE_DEAD;
	s->slots[c->slot] = NULL;
	s->free_slots[s->free_slot_count++] = c->slot;
	if (c->turned_away)
		s->stats.turned_away_now--;
	else {
		s->stats.connections_now--;
		address_add(c, -1);
	}
	bufferevent_setcb(c->bev, NULL, NULL, NULL, NULL);
	bufferevent_disable(c->bev, EV_READ | EV_WRITE);
	TAILQ_INSERT_TAIL(&s->dead, c, queued);
	event_active(s->sweep, 0, 0);
}

/* To be run by the sweep, because the caller may be anyone. */
static void
conn_enqueue(struct connection *c)
{
	if (c->is_queued || c->state == STATE_DEAD)
		return;
	c->is_queued = true;
	TAILQ_INSERT_TAIL(&c->server->queue, c, queued);
	event_active(c->server->sweep, 0, 0);
}

static size_t
input_len(const struct connection *c)
{
	return evbuffer_get_length(bufferevent_get_input(c->bev));
}

static size_t
output_len(const struct connection *c)
{
	return evbuffer_get_length(bufferevent_get_output(c->bev));
}

/* ---- Writing. ---- */

/*
 * Straight to the socket where nothing is queued before it, which saves the copy and two turns of
 * epoll for nearly every answer; what the socket does not take goes into the bufferevent's output.
 */
static void
conn_write(
    struct connection *c, const char *head, size_t head_len, const char *body, size_t body_len)
{
	struct evbuffer *output = bufferevent_get_output(c->bev);
	struct iovec parts[2] = {
	    {(void *)(uintptr_t)head, head_len}, {(void *)(uintptr_t)body, body_len}};
	struct msghdr message = {.msg_iov = parts, .msg_iovlen = body_len > 0 ? 2 : 1};
	size_t sent = 0;

	if (c->broken)
		return;
	if (evbuffer_get_length(output) == 0) {
		ssize_t n =
		    sendmsg(bufferevent_getfd(c->bev), &message, MSG_NOSIGNAL | MSG_DONTWAIT);
		if (n >= 0)
			sent = (size_t)n;
		else if (errno != EAGAIN && errno != EWOULDBLOCK && errno != EINTR)
			c->broken = true;
		if (c->broken)
			return;
	}
	for (int i = 0; i < 2; i++) {
		size_t skip = sent < parts[i].iov_len ? sent : parts[i].iov_len;
		sent -= skip;
		if (parts[i].iov_len > skip)
			require(evbuffer_add(output, (const char *)parts[i].iov_base + skip,
				    parts[i].iov_len - skip) == 0);
	}
}

/* Writes an answer and moves on to STATE_WRITING, or to STATE_DISCARD if left is above 0. */
static void
conn_answer(struct connection *c, int status, const struct http_answer *answer, size_t left)
{
	struct http_server *s = c->server;
	char head[HTTP_ANSWER_HEAD_BYTES_MAX];
	struct http1_answer wire = {
	    .status = status,
	    .date = date_text(s),
	    .content_type = answer->content_type,
	    .content_length = answer->body_len,
	    .extra = answer->headers,
	    .connection = c->close_after ? HTTP1_CLOSE : HTTP1_KEEP_ALIVE,
	};
	size_t head_len = http1_answer_write(&wire, head, sizeof(head));
	bool with_body = !c->no_body && status != 204 && status != 304;

	require(head_len > 0);
	conn_write(c, head, head_len, answer->body, with_body ? answer->body_len : 0);
	s->stats.answers[status / 100]++;
	request_forget(c);
	c->left = left;
	if (left > 0) {
		c->state = STATE_DISCARD; /* still under the request's deadline */
		return;
	}
	c->state = STATE_WRITING;
	if (output_len(c) > 0)
		conn_wait(c, WAIT_WRITE);
}

/* The server's own errors. The connection cannot go on after them. */
static void
conn_refuse(struct connection *c, enum http_refusal refusal, int status, const char *detail)
{
	static const struct http1_pair retry[] = {{"Retry-After", "2"}, {NULL, NULL}};
	static const struct http1_pair allow[] = {
	    {"Allow", "GET, HEAD, POST, PUT, PATCH, DELETE"}, {NULL, NULL}};
	size_t len;
	char *body = http_problem_body(status, detail, NULL, &len);
	struct http_answer answer = {
	    .content_type = "application/problem+json", .body = body, .body_len = len};

	if (status == 503)
		answer.headers = retry;
	else if (status == 405)
		answer.headers = allow;
	c->server->stats.refused[refusal]++;
	log_event(LOG_DEBUG, "http_refused", "why", "%s", http_refusal_name(refusal), "status",
	    "%d", status, "peer", "%s", c->peer_address, NULL);
	c->close_after = true;
	c->client_closes = false;
	conn_answer(c, status, &answer, 0);
	free(body);
}

/*
 * An answer before the body was read: a short one is read and dropped, so that the connection can
 * go on. Where the client may or may not send it (Expect), or where it is long, the connection
 * ends.
 */
static size_t
left_after_early_answer(struct connection *c)
{
	const struct http1_request *r = &c->exchange->head.request;
	size_t left = 0;

	switch (r->framing) {
	case HTTP1_NO_BODY:
		break;
	case HTTP1_LENGTH:
		left = c->state == STATE_HEAD ? r->content_length : c->exchange->body.left;
		if (left > HTTP_DISCARD_BYTES_MAX || (left > 0 && r->expect_continue))
			c->close_after = true;
		break;
	case HTTP1_CHUNKED:
		c->close_after = true;
		break;
	}
	if (c->close_after) {
		c->client_closes = false; /* it may be sending still */
		return 0;
	}
	/* In STATE_HEAD the head has not left the input yet. */
	return c->state == STATE_HEAD ? r->head_len + left : left;
}

enum http_answered
http_answer(
    struct http_server *s, uint64_t request_id, int status, const struct http_answer *answer)
{
	unsigned slot = (unsigned)(request_id & ((1u << SLOT_BITS) - 1));
	struct connection *c = slot < s->slot_count ? s->slots[slot] : NULL;
	size_t left = 0;

	if (c == NULL || request_id == 0 || c->request_id != request_id) {
		s->stats.answers_dropped++;
		return HTTP_ANSWER_DROPPED;
	}
	if (s->draining || c->request_count >= s->limits.requests_per_connection_max ||
	    c->client_closes)
		c->close_after = true;
	if (c->state != STATE_WAITING)
		left = left_after_early_answer(c);
	conn_answer(c, status, answer, left);
	if (c->running)
		return HTTP_ANSWERED;
	if (c->state == STATE_WRITING && !c->close_after && !c->eof && !c->broken &&
	    output_len(c) == 0 && input_len(c) == 0 && c->exchange == NULL) {
		c->state = STATE_IDLE;
		conn_wait(c, WAIT_IDLE);
	} else {
		conn_enqueue(c);
	}
	return HTTP_ANSWERED;
}

enum http_answered
http_answer_problem(struct http_server *s, uint64_t request_id, int status, const char *detail,
    const json_t *extra, const struct http1_pair *headers)
{
	struct http_answer answer = {
	    .content_type = "application/problem+json", .headers = headers};
	char *body = http_problem_body(status, detail, extra, &answer.body_len);
	enum http_answered answered;

	answer.body = body;
	answered = http_answer(s, request_id, status, &answer);
	free(body);
	return answered;
}

char *
http_problem_body(int status, const char *detail, const json_t *extra, size_t *len)
{
	json_t *problem = json_pack("{s:s, s:s, s:i}", "type", "about:blank", "title",
	    http1_reason(status), "status", status);
	const char *key;
	json_t *value;

	require(problem != NULL);
	if (detail != NULL)
		require(json_object_set_new(problem, "detail", json_string(detail)) == 0);
	/* jansson's iteration takes no const object, but does not change it. */
	json_object_foreach((json_t *)(uintptr_t)extra, key, value)
	    require(json_object_set(problem, key, value) == 0);
	char *text = json_dumps(problem, JSON_COMPACT);
	require(text != NULL);
	json_decref(problem);
	*len = strlen(text);
	return text;
}

/* ---- Reading. ---- */

/* Makes room for need bytes of head and body. false: the budget of all bodies is spent. */
static bool
exchange_reserve(struct http_server *s, struct exchange *e, size_t need)
{
	const struct http1_request *r = &e->head.request;
	size_t cap = e->stored_cap;

	if (need <= cap)
		return true;
	cap = 2 * cap > need ? 2 * cap : need;
	if (cap < STORED_BYTES_MIN)
		cap = STORED_BYTES_MIN;
	if (r->framing == HTTP1_LENGTH && cap > r->head_len + r->content_length)
		cap = r->head_len + r->content_length;
	if (s->stats.bodies_bytes_now + (cap - e->stored_cap) > s->limits.bodies_bytes_total_max)
		return false;
	s->stats.bodies_bytes_now += cap - e->stored_cap;
	e->stored = xrealloc(e->stored, cap);
	e->stored_cap = cap;
	return true;
}

static bool
exchange_store(struct connection *c, const char *bytes, size_t len)
{
	struct exchange *e = c->exchange;

	if (!exchange_reserve(c->server, e, e->stored_len + len)) {
		conn_refuse(c, HTTP_REFUSED_BODIES_TOTAL, 503,
		    "Too many bodies are being received at the same time; try again soon.");
		return false;
	}
	memcpy(e->stored + e->stored_len, bytes, len);
	e->stored_len += len;
	return true;
}

static void
refuse_problem(struct connection *c, const struct http1_problem *problem)
{
	enum http_refusal refusal = HTTP_REFUSED_MALFORMED;

	if (problem->status == 413)
		refusal = HTTP_REFUSED_BODY_SIZE;
	else if (problem->status == 414 || problem->status == 431)
		refusal = HTTP_REFUSED_HEAD_SIZE;
	conn_refuse(c, refusal, problem->status, problem->sentence);
}

/* One that is too large is told how large it may be. */
static void
refuse_head(struct connection *c)
{
	struct http1_problem problem = c->exchange->head.problem;
	char sentence[128];

	if (problem.status == 431) {
		snprintf(sentence, sizeof(sentence),
		    "%s At most %zu bytes and %d fields are taken.", problem.sentence,
		    c->server->limits.head_bytes_max, HTTP1_FIELDS_MAX);
		problem.sentence = sentence;
	}
	refuse_problem(c, &problem);
}

/* One that is too large is told how large it may be on this path. */
static void
refuse_body(struct connection *c)
{
	const struct http1_body *body = &c->exchange->body;
	struct http1_problem problem = body->problem;
	char sentence[96];

	if (problem.status == 413) {
		snprintf(sentence, sizeof(sentence), "%s At most %" PRIu64 " bytes are taken here.",
		    problem.sentence, body->bytes_max);
		problem.sentence = sentence;
	}
	refuse_problem(c, &problem);
}

static struct http_request
request_view(const struct connection *c, const char *body, size_t body_len)
{
	return (struct http_request){.head = &c->exchange->head.request,
	    .body = body,
	    .body_len = body_len,
	    .peer = c->peer,
	    .peer_address = c->peer_address};
}

/*
 * Hands over the whole request, then lets go of its bytes: drain_len of the input, or what was
 * stored.
 */
static void
conn_dispatch(struct connection *c, const char *body, size_t body_len, size_t drain_len)
{
	struct http_server *s = c->server;
	struct http_request request = request_view(c, body_len > 0 ? body : NULL, body_len);

	c->state = STATE_WAITING;
	s->stats.waiting_now++;
	conn_wait(c, WAIT_ANSWER);
	s->callbacks.request(s->arg, s, c->request_id, &request);
	if (drain_len > 0)
		evbuffer_drain(bufferevent_get_input(c->bev), drain_len);
	exchange_release(c);
}

/* The head is whole: who is it for, how large may its body be, and is that body here already? */
static void
head_complete(struct connection *c, size_t have)
{
	struct http_server *s = c->server;
	struct exchange *e = c->exchange;
	struct http1_request *r = &e->head.request;
	struct evbuffer *input = bufferevent_get_input(c->bev);
	size_t body_max = s->limits.body_bytes_max;

	s->stats.requests++;
	c->request_count++;
	c->request_id = ++s->sequence << SLOT_BITS | c->slot;
	c->no_body = r->method == HTTP1_HEAD;
	c->client_closes = !r->keep_alive;
	if (s->callbacks.head != NULL) {
		struct http_request request = request_view(c, NULL, 0);
		size_t wished = s->callbacks.head(s->arg, s, c->request_id, &request);
		if (c->state != STATE_HEAD)
			return; /* answered */
		body_max = wished < body_max ? wished : body_max;
	}
	switch (http1_body_start(&e->body, r, body_max)) {
	case HTTP1_BAD:
		refuse_body(c);
		return;
	case HTTP1_DONE:
		conn_dispatch(c, NULL, 0, r->head_len);
		return;
	case HTTP1_MORE:
		break;
	}
	/* Nearly always the body came with the head: then nothing is copied. */
	if (r->framing == HTTP1_LENGTH && r->content_length <= have - r->head_len) {
		size_t whole = r->head_len + r->content_length;
		r->bytes = (const char *)evbuffer_pullup(input, (ssize_t)whole);
		conn_dispatch(c, r->bytes + r->head_len, r->content_length, whole);
		return;
	}
	if (!exchange_store(c, r->bytes, r->head_len))
		return;
	evbuffer_drain(input, r->head_len);
	c->state = STATE_BODY;
	if (r->expect_continue && input_len(c) == 0)
		conn_write(c, HTTP1_CONTINUE, strlen(HTTP1_CONTINUE), NULL, 0);
}

/* Each step below returns whether there may be another one to take now. */

static bool
step_idle(struct connection *c)
{
	if (input_len(c) == 0) {
		if (c->eof || c->server->draining)
			conn_close(c);
		return false;
	}
	c->exchange = exchange_take(c->server);
	c->no_body = c->client_closes = false;
	c->state = STATE_HEAD;
	conn_wait(c, WAIT_REQUEST);
	return true;
}

static bool
step_head(struct connection *c)
{
	struct evbuffer *input = bufferevent_get_input(c->bev);
	struct http1_head *head = &c->exchange->head;
	size_t have = evbuffer_get_length(input);
	size_t look = have < head->head_bytes_max ? have : head->head_bytes_max;
	const char *bytes = (const char *)evbuffer_pullup(input, (ssize_t)look);

	switch (http1_head_read(head, bytes, look)) {
	case HTTP1_MORE:
		if (!c->eof)
			return false;
		conn_refuse(c, HTTP_REFUSED_MALFORMED, 400, "The request ended within its head.");
		break;
	case HTTP1_BAD:
		refuse_head(c);
		break;
	case HTTP1_DONE:
		head_complete(c, have);
		break;
	}
	return true;
}

static bool
step_body(struct connection *c)
{
	struct evbuffer *input = bufferevent_get_input(c->bev);
	struct exchange *e = c->exchange;
	struct evbuffer_iovec part;

	while (evbuffer_peek(input, -1, NULL, &part, 1) > 0 && part.iov_len > 0) {
		struct http1_text data;
		size_t used;
		enum http1_progress progress =
		    http1_body_read(&e->body, part.iov_base, part.iov_len, &used, &data);
		if (data.len > 0 && !exchange_store(c, data.at, data.len))
			return true;
		evbuffer_drain(input, used);
		if (progress == HTTP1_BAD) {
			refuse_body(c);
			return true;
		}
		if (progress == HTTP1_DONE) {
			struct http1_request *r = &e->head.request;
			r->bytes = e->stored;
			conn_dispatch(c, e->stored + r->head_len, e->stored_len - r->head_len, 0);
			return true;
		}
	}
	if (!c->eof)
		return false;
	conn_refuse(c, HTTP_REFUSED_MALFORMED, 400, "The request ended within its body.");
	return true;
}

/* Drops up to left bytes of input. */
static void
input_discard(struct connection *c)
{
	size_t len = input_len(c);

	if (len > c->left)
		len = c->left;
	evbuffer_drain(bufferevent_get_input(c->bev), len);
	c->left -= len;
}

static bool
step_discard(struct connection *c)
{
	exchange_release(c);
	input_discard(c);
	if (c->left > 0) {
		if (c->eof || c->broken)
			conn_close(c);
		return false;
	}
	c->state = STATE_WRITING;
	conn_wait(c, WAIT_WRITE);
	return true;
}

static bool
step_writing(struct connection *c)
{
	exchange_release(c);
	if (c->broken) {
		conn_close(c);
		return false;
	}
	if (output_len(c) > 0)
		return false;
	if (!c->close_after) {
		c->state = STATE_IDLE;
		conn_wait(c, WAIT_IDLE);
		return true;
	}
	/*
	 * Closing with input unread would reset the connection, and the client might lose the
	 * answer.
	 */
	if (c->eof || (c->client_closes && input_len(c) == 0)) {
		conn_close(c);
		return false;
	}
	shutdown(bufferevent_getfd(c->bev), SHUT_WR);
	c->state = STATE_LINGER;
	c->left = HTTP_LINGER_BYTES_MAX;
	conn_wait(c, WAIT_LINGER);
	return true;
}

static bool
step_linger(struct connection *c)
{
	input_discard(c);
	if (c->eof || c->left == 0)
		conn_close(c);
	return false;
}

static bool
conn_step(struct connection *c)
{
	switch (c->state) {
	case STATE_IDLE:
		return step_idle(c);
	case STATE_HEAD:
		return step_head(c);
	case STATE_BODY:
		return step_body(c);
	case STATE_DISCARD:
		return step_discard(c);
	case STATE_WRITING:
		return step_writing(c);
	case STATE_LINGER:
		return step_linger(c);
	case STATE_WAITING:
	case STATE_DEAD:
		break;
	}
	return false;
}

static void
conn_run(struct connection *c)
{
	c->running = true;
	while (conn_step(c))
		;
	c->running = false;
}

/* ---- What the event loop calls. ---- */

static void
on_readable(struct bufferevent *bev, void *arg)
{
	(void)bev;
	conn_run(arg);
}

static void
on_written(struct bufferevent *bev, void *arg)
{
	(void)bev;
	conn_run(arg);
}

/* The client closed its side (eof) or broke off (broken): its request may have lost its reader. */
static void
on_event(struct bufferevent *bev, short what, void *arg)
{
	struct connection *c = arg;
	struct http_server *s = c->server;
	uint64_t id = c->state == STATE_WAITING ? c->request_id : 0;
	enum http_gone gone = HTTP_GONE_ANSWER_COMES;

	(void)bev;
	if (what & BEV_EVENT_EOF)
		c->eof = true;
	else
		c->broken = true;
	if (c->broken)
		request_forget(c);
	if (id != 0 && s->callbacks.gone != NULL) {
		c->running = true;
		gone = s->callbacks.gone(s->arg, s, id);
		c->running = false;
	}
	if (c->broken || (gone == HTTP_GONE_FORGET && c->state == STATE_WAITING))
		conn_close(c);
	else
		conn_run(c);
}

static void
conn_timeout(struct connection *c)
{
	switch (c->wait) {
	case WAIT_REQUEST:
		if (c->state == STATE_DISCARD)
			break;
		if (c->state == STATE_HEAD || c->state == STATE_BODY)
			conn_refuse(c, HTTP_REFUSED_REQUEST_SLOW, 408,
			    "The request took too long to arrive.");
		conn_run(c);
		return;
	case WAIT_ANSWER:
		if (c->state ==
		    STATE_WAITING) /* else it was answered just now, and the sweep is due */
			conn_refuse(c, HTTP_REFUSED_ANSWER_LATE, 503,
			    "The answer took too long; try again soon.");
		conn_run(c);
		return;
	case WAIT_WRITE:
		c->server->stats.refused[HTTP_REFUSED_WRITE_SLOW]++;
		break;
	case WAIT_IDLE:
	case WAIT_LINGER:
	case WAIT_COUNT:
		break;
	}
	conn_close(c);
}

static void
on_timer(evutil_socket_t fd, short what, void *arg)
{
	struct http_server *s = arg;
	uint64_t now = now_ms(), due_ms = UINT64_MAX;
	struct connection *c;

	(void)fd;
	(void)what;
	s->timer_due_ms = 0;
	for (int wait = 0; wait < WAIT_COUNT; wait++)
		while ((c = TAILQ_FIRST(&s->waits[wait])) != NULL && c->due_ms <= now)
			conn_timeout(c);
	for (int wait = 0; wait < WAIT_COUNT; wait++)
		if ((c = TAILQ_FIRST(&s->waits[wait])) != NULL && c->due_ms < due_ms)
			due_ms = c->due_ms;
	if (due_ms != UINT64_MAX)
		timer_arm(s, due_ms, now);
}

static void
free_dead(struct http_server *s)
{
	struct connection *c;

	while ((c = TAILQ_FIRST(&s->dead)) != NULL) {
		TAILQ_REMOVE(&s->dead, c, queued);
		bufferevent_free(c->bev);
		free(c);
	}
}

static void
on_sweep(evutil_socket_t fd, short what, void *arg)
{
	struct http_server *s = arg;
	struct connection *c;

	(void)fd;
	(void)what;
	while ((c = TAILQ_FIRST(&s->queue)) != NULL) {
		conn_dequeue(c);
		conn_run(c);
	}
	free_dead(s);
	if (s->draining && s->drained != NULL &&
	    s->stats.connections_now + s->stats.turned_away_now == 0) {
		void (*drained)(void *) = s->drained;
		s->drained = NULL;
		drained(s->drained_arg);
	}
}

/* ---- Listening. ---- */

static void
peer_set(struct connection *c, const struct sockaddr *address)
{
	const struct sockaddr_in *v4 = (const struct sockaddr_in *)(const void *)address;
	const struct sockaddr_in6 *v6 = (const struct sockaddr_in6 *)(const void *)address;

	if (address->sa_family == AF_INET) {
		evutil_inet_ntop(AF_INET, &v4->sin_addr, c->peer_address, sizeof(c->peer_address));
	} else if (address->sa_family == AF_INET6) {
		evutil_inet_ntop(
		    AF_INET6, &v6->sin6_addr, c->peer_address, sizeof(c->peer_address));
	}
	c->peer = c->peer_address[0] == '\0'  ? HTTP_PEER_UNIX
		  : address_is_local(address) ? HTTP_PEER_LOOPBACK
					      : HTTP_PEER_REMOTE;
}

static void
log_full(struct http_server *s)
{
	if (s->full_logged)
		return;
	s->full_logged = true;
	log_event(LOG_WARNING, "http_connections_full", "connections_max", "%d",
	    (int)s->limits.connections_max, NULL);
}

/* Does its address have as many as it may? */
static bool
is_one_too_many(const struct connection *c)
{
	unsigned max = c->server->limits.connections_per_address_max;

	return max != 0 && !is_of_proxy(c) && address_count(c) >= max;
}

/* Has it waited for so long that another may have its place? */
static bool
is_slow(const struct connection *c)
{
	return now_ms() + wait_limit_ms(c->server, c->wait) >= c->due_ms + HTTP_SLOW_MS;
}

/* Of those that are at this, the one for longest, if it is slow. */
static struct connection *
slow_first(struct http_server *s, enum wait wait)
{
	struct connection *c = TAILQ_FIRST(&s->waits[wait]);

	return c != NULL && is_slow(c) ? c : NULL;
}

/* The same of those whose head has not come yet: nobody knows who they are. */
static struct connection *
slow_head(struct http_server *s)
{
	struct connection *c;

	TAILQ_FOREACH(c, &s->waits[WAIT_REQUEST], waiting)
	{
		if (!is_slow(c))
			return NULL;
		if (c->state != STATE_BODY)
			return c;
	}
	return NULL;
}

/* One that lingers after its last answer, and has a place. */
static struct connection *
lingering(struct http_server *s)
{
	struct connection *c = TAILQ_FIRST(&s->waits[WAIT_LINGER]);

	while (c != NULL && c->turned_away)
		c = TAILQ_NEXT(c, waiting);
	return c;
}

/*
 * All places are taken: closes one that does not use its own, and says whether there was any. Who
 * was let in with a body, or is slow to read, only when nobody idles. Who is slow to ask is told;
 * an idle client must not find an answer to what it has not asked.
 */
static bool
make_room(struct http_server *s)
{
	struct connection *c = lingering(s);

	if (c == NULL)
		c = slow_head(s);
	if (c == NULL)
		c = TAILQ_FIRST(&s->waits[WAIT_IDLE]);
	if (c == NULL)
		c = slow_first(s, WAIT_WRITE);
	if (c == NULL)
		c = slow_first(s, WAIT_REQUEST);
	if (c == NULL)
		return false;
	if (c->state == STATE_HEAD || c->state == STATE_BODY)
		conn_refuse(c, HTTP_REFUSED_CONNECTIONS, 503,
		    "There are too many connections for a request so slow; try again soon.");
	conn_close(c);
	return true;
}

static void
on_accept(struct evconnlistener *listener, evutil_socket_t fd, struct sockaddr *address,
    int address_len, void *arg)
{
	struct http_server *s = arg;
	bool full = s->stats.connections_now >= s->limits.connections_max;
	int on = 1;

	(void)address_len;
	s->stats.connections_accepted++;
	if (full)
		log_full(s);
	else if (s->stats.connections_now < s->limits.connections_max / 10 * 9)
		s->full_logged = false;
	struct connection *c = xcalloc(1, sizeof(*c));
	c->server = s;
	c->wait = WAIT_COUNT;
	peer_set(c, address);
	if (listener == s->proxy)
		c->peer = HTTP_PEER_PROXY;
	/* The cap may have been lowered: then one goes for each that comes, until it is kept. */
	c->turned_away =
	    is_one_too_many(c) ||
	    (full && !(make_room(s) && s->stats.connections_now < s->limits.connections_max));
	if (c->turned_away && s->stats.turned_away_now >= HTTP_TURNED_AWAY_MAX) {
		s->stats.refused[HTTP_REFUSED_CONNECTIONS]++;
		close(fd);
		free(c);
		return;
	}
	if (c->peer_address[0] != '\0') /* answers are whole when they are written */
		setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	c->bev = bufferevent_socket_new(s->base, fd, BEV_OPT_CLOSE_ON_FREE);
	require(c->bev != NULL);
	c->slot = slot_take(s, c);
	bufferevent_setcb(c->bev, on_readable, on_written, on_event, c);
	/* Enough for any head; bodies are taken out as they come. The client waits if we do. */
	bufferevent_setwatermark(c->bev, EV_READ, 0, s->limits.head_bytes_max);
	conn_wait(c, WAIT_IDLE);
	require(bufferevent_enable(c->bev, EV_READ | EV_WRITE) == 0);
	if (!c->turned_away) {
		s->stats.connections_now++;
		address_add(c, 1);
		return;
	}
	s->stats.turned_away_now++;
	conn_refuse(c, HTTP_REFUSED_CONNECTIONS, 503,
	    full ? "There are too many connections; try again soon."
		 : "There are too many connections from this address.");
	conn_run(c);
}

/* Without file descriptors the loop would spin: rest, then accept again. */
static void
on_accept_error(struct evconnlistener *listener, void *arg)
{
	struct http_server *s = arg;
	struct timeval tv = {0, ACCEPT_REST_MS * 1000};

	(void)listener;
	log_event(LOG_WARNING, "http_accept_failed", "why", "%s", strerror(errno), NULL);
	for (unsigned i = 0; i < s->listener_count; i++)
		evconnlistener_disable(s->listeners[i].listener);
	require(evtimer_add(s->rest, &tv) == 0);
}

static void
on_rested(evutil_socket_t fd, short what, void *arg)
{
	struct http_server *s = arg;

	(void)fd;
	(void)what;
	for (unsigned i = 0; i < s->listener_count; i++)
		evconnlistener_enable(s->listeners[i].listener);
}

static void
listeners_close(struct http_server *s)
{
	for (unsigned i = 0; i < s->listener_count; i++) {
		struct listener *l = &s->listeners[i];
		evconnlistener_free(l->listener);
		if (l->unix_path != NULL)
			unlink(l->unix_path);
		free(l->unix_path);
	}
	s->listener_count = 0;
	s->proxy = NULL;
}

/* A socket file that nobody answers at is left over from a daemon that was killed. */
static bool
unix_path_free(const char *path, const struct sockaddr_un *address)
{
	struct stat st;

	if (lstat(path, &st) != 0)
		return errno == ENOENT;
	if (!S_ISSOCK(st.st_mode))
		return false;
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return false;
	bool stale =
	    connect(fd, (const struct sockaddr *)(const void *)address, sizeof(*address)) != 0 &&
	    errno == ECONNREFUSED;
	close(fd);
	return stale && unlink(path) == 0;
}

static const unsigned listen_flags =
    LEV_OPT_CLOSE_ON_FREE | LEV_OPT_CLOSE_ON_EXEC | LEV_OPT_REUSEABLE;

static const char *
listen_unix(struct http_server *s, struct listener *l, const char *path)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};

	if (path[0] == '\0' || strlen(path) >= sizeof(address.sun_path))
		return "the path of a unix socket must have 1 to 107 bytes";
	memcpy(address.sun_path, path, strlen(path) + 1);
	if (!unix_path_free(path, &address))
		return "something else is at that path";
	l->listener = evconnlistener_new_bind(s->base, on_accept, s, listen_flags, LISTEN_BACKLOG,
	    (struct sockaddr *)(void *)&address, sizeof(address));
	if (l->listener == NULL)
		return strerror(errno);
	l->unix_path = xstrdup(path);
	return chmod(path, 0660) == 0 ? NULL : strerror(errno);
}

static const char *
listen_inherited(struct http_server *s, struct listener *l, const char *number)
{
	char *end;
	long fd = strtol(number, &end, 10);
	int listening = 0;
	socklen_t len = sizeof(listening);

	if (end == number || *end != '\0' || fd < 0 || fd > INT32_MAX)
		return "after fd: there must be the number of a file descriptor";
	if (getsockopt((int)fd, SOL_SOCKET, SO_ACCEPTCONN, &listening, &len) != 0 || !listening)
		return "that file descriptor is not a listening socket";
	if (evutil_make_socket_nonblocking((int)fd) != 0 ||
	    evutil_make_socket_closeonexec((int)fd) != 0)
		return strerror(errno);
	l->listener = evconnlistener_new(s->base, on_accept, s, listen_flags, 0, (int)fd);
	return l->listener != NULL ? NULL : strerror(errno);
}

/*
 * "127.0.0.1:8612" or "[::1]:8612" into *address; its length, or 0. (evutil's parser takes no port
 * 0.)
 */
static int
tcp_address(const char *text, struct sockaddr_storage *address)
{
	struct sockaddr_in *v4 = (struct sockaddr_in *)(void *)address;
	struct sockaddr_in6 *v6 = (struct sockaddr_in6 *)(void *)address;
	const char *colon = strrchr(text, ':');
	char host[HTTP_ADDRESS_TEXT_MAX + 2], *end;
	size_t len = colon != NULL ? (size_t)(colon - text) : 0;

	if (len == 0 || len >= sizeof(host) || colon[1] < '0' || colon[1] > '9')
		return 0;
	unsigned long port = strtoul(colon + 1, &end, 10);
	if (*end != '\0' || port > UINT16_MAX)
		return 0;
	memcpy(host, text, len);
	host[len] = '\0';
	memset(address, 0, sizeof(*address));
	if (host[0] == '[' && host[len - 1] == ']') {
		host[len - 1] = '\0';
		v6->sin6_family = AF_INET6;
		v6->sin6_port = htons((uint16_t)port);
		return evutil_inet_pton(AF_INET6, host + 1, &v6->sin6_addr) == 1 ? sizeof(*v6) : 0;
	}
	v4->sin_family = AF_INET;
	v4->sin_port = htons((uint16_t)port);
	return evutil_inet_pton(AF_INET, host, &v4->sin_addr) == 1 ? sizeof(*v4) : 0;
}

static const char *
listen_tcp(struct http_server *s, struct listener *l, const char *text)
{
	struct sockaddr_storage address;
	int len = tcp_address(text, &address);

	if (len == 0)
		return "an address must be like 127.0.0.1:8612, [::1]:8612, unix:/path or fd:3";
	l->listener = evconnlistener_new_bind(s->base, on_accept, s, listen_flags, LISTEN_BACKLOG,
	    (struct sockaddr *)(void *)&address, len);
	return l->listener != NULL ? NULL : strerror(errno);
}

int
http_listen(struct http_server *s, const char *address, char *why, size_t why_cap)
{
	struct listener l = {NULL, NULL};
	const char *wrong;

	if (s->listener_count == LISTENERS_MAX)
		wrong = "there are too many addresses to listen at";
	else if (strncmp(address, "unix:", 5) == 0)
		wrong = listen_unix(s, &l, address + 5);
	else if (strncmp(address, "fd:", 3) == 0)
		wrong = listen_inherited(s, &l, address + 3);
	else
		wrong = listen_tcp(s, &l, address);
	if (l.listener != NULL)
		s->listeners[s->listener_count++] = l;
	if (wrong != NULL) {
		snprintf(why, why_cap, "cannot listen at %s: %s", address, wrong);
		return -1;
	}
	evconnlistener_set_error_cb(l.listener, on_accept_error);
	log_event(LOG_NOTICE, "http_listening", "at", "%s", address, NULL);
	return 0;
}

static struct sockaddr_storage
listener_address(const struct listener *l)
{
	struct sockaddr_storage address = {.ss_family = AF_UNSPEC};
	socklen_t len = sizeof(address);

	getsockname(evconnlistener_get_fd(l->listener), (struct sockaddr *)(void *)&address, &len);
	return address;
}

int
http_listen_proxy(struct http_server *s, const char *address, char *why, size_t why_cap)
{
	require(s->proxy == NULL);
	if (http_listen(s, address, why, why_cap) != 0)
		return -1;
	const struct listener *l = &s->listeners[s->listener_count - 1];
	if (listener_address(l).ss_family != AF_UNIX) {
		snprintf(
		    why, why_cap, "cannot listen at %s: a proxy's must be a unix socket", address);
		return -1;
	}
	s->proxy = l->listener;
	return 0;
}

bool
http_is_exposed(const struct http_server *s)
{
	for (unsigned i = 0; i < s->listener_count; i++) {
		struct sockaddr_storage address = listener_address(&s->listeners[i]);
		if (!address_is_local((const struct sockaddr *)(const void *)&address))
			return true;
	}
	return false;
}

uint16_t
http_port(const struct http_server *s)
{
	for (unsigned i = 0; i < s->listener_count; i++) {
		struct sockaddr_storage address = listener_address(&s->listeners[i]);
		if (address.ss_family == AF_INET)
			return ntohs(((struct sockaddr_in *)(void *)&address)->sin_port);
		if (address.ss_family == AF_INET6)
			return ntohs(((struct sockaddr_in6 *)(void *)&address)->sin6_port);
	}
	return 0;
}

/* ---- The server. ---- */

void
http_set_limits(struct http_server *s, const struct http_limits *limits)
{
	require(limits->connections_max >= 1 && limits->connections_max <= 1000000);
	require(limits->head_bytes_max >= 64 && limits->head_bytes_max <= UINT16_MAX);
	require(
	    limits->target_bytes_max >= 1 && limits->target_bytes_max <= limits->head_bytes_max);
	require(limits->requests_per_connection_max >= 1);
	s->limits = *limits;
	/* A head as large as is allowed now must fit. Never lowered: one may be under way. */
	for (unsigned i = 0; i < s->slot_count; i++) {
		size_t low, high;
		if (s->slots[i] == NULL)
			continue;
		bufferevent_getwatermark(s->slots[i]->bev, EV_READ, &low, &high);
		if (high < limits->head_bytes_max)
			bufferevent_setwatermark(
			    s->slots[i]->bev, EV_READ, 0, limits->head_bytes_max);
	}
}

struct http_server *
http_new(struct event_base *base, const struct http_limits *limits,
    const struct http_callbacks *callbacks, void *arg)
{
	struct http_server *s = xcalloc(1, sizeof(*s));

	require(callbacks->request != NULL);
	/* A bufferevent writes with writev(), which knows no MSG_NOSIGNAL. */
	signal(SIGPIPE, SIG_IGN);
	s->base = base;
	http_set_limits(s, limits);
	s->callbacks = *callbacks;
	s->arg = arg;
	for (int wait = 0; wait < WAIT_COUNT; wait++)
		TAILQ_INIT(&s->waits[wait]);
	TAILQ_INIT(&s->queue);
	TAILQ_INIT(&s->dead);
	s->addresses = json_object();
	require(s->addresses != NULL);
	s->sweep = event_new(base, -1, 0, on_sweep, s);
	s->timer = evtimer_new(base, on_timer, s);
	s->rest = evtimer_new(base, on_rested, s);
	require(s->sweep != NULL && s->timer != NULL && s->rest != NULL);
	return s;
}

void
http_free(struct http_server *s)
{
	struct connection *c;

	if (s == NULL)
		return;
	listeners_close(s);
	for (int wait = 0; wait < WAIT_COUNT; wait++)
		while ((c = TAILQ_FIRST(&s->waits[wait])) != NULL)
			conn_close(c);
	free_dead(s);
	for (struct exchange *e = s->spares, *next; e != NULL; e = next) {
		next = e->next_spare;
		free(e);
	}
	json_decref(s->addresses);
	event_free(s->sweep);
	event_free(s->timer);
	event_free(s->rest);
	free(s->slots);
	free(s->free_slots);
	free(s);
}

void
http_drain(struct http_server *s, void (*done)(void *arg), void *arg)
{
	struct connection *c, *next;

	require(!s->draining);
	s->draining = true;
	s->drained = done;
	s->drained_arg = arg;
	evtimer_del(s->rest);
	listeners_close(s);
	for (c = TAILQ_FIRST(&s->waits[WAIT_IDLE]); c != NULL; c = next) {
		next = TAILQ_NEXT(c, waiting);
		if (c->state == STATE_IDLE && !c->running)
			conn_close(c);
	}
	event_active(s->sweep, 0, 0);
}

void
http_stats_get(const struct http_server *s, struct http_stats *out)
{
	*out = s->stats;
}

const char *
http_refusal_name(enum http_refusal refusal)
{
	switch (refusal) {
	case HTTP_REFUSED_CONNECTIONS:
		return "connections";
	case HTTP_REFUSED_MALFORMED:
		return "malformed";
	case HTTP_REFUSED_HEAD_SIZE:
		return "head_size";
	case HTTP_REFUSED_BODY_SIZE:
		return "body_size";
	case HTTP_REFUSED_BODIES_TOTAL:
		return "bodies_total";
	case HTTP_REFUSED_REQUEST_SLOW:
		return "request_slow";
	case HTTP_REFUSED_ANSWER_LATE:
		return "answer_late";
	case HTTP_REFUSED_WRITE_SLOW:
		return "write_slow";
	case HTTP_REFUSAL_COUNT:
		break;
	}
	return "unknown";
}
