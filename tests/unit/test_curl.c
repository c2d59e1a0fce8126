/* daemon/curl.c and resolve.c against a receiver in the same loop that does what the path says. */
#include <arpa/inet.h>
#include <check.h>
#include <dlfcn.h>
#include <fcntl.h>
#include <netdb.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/event.h>
#include <event2/listener.h>
#include <openssl/ssl.h>
#include <pthread.h>
#include <stdatomic.h>

#include "curl.h"
#include "log.h"
#include "resolve.h"

#define ITEMS(array) (sizeof(array) / sizeof((array)[0]))

static struct event_base *base;
static struct curl_loop *loop;

/* ---- Names ---- */

static atomic_int lookups; /* of names that end in ".test" */

typedef int getaddrinfo_function(
    const char *, const char *, const struct addrinfo *, struct addrinfo **);

static pthread_mutex_t gate_lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t gate_moved = PTHREAD_COND_INITIALIZER;
static bool gate_open;
static int at_gate, at_gate_most;

static void
gate_wait(void)
{
	pthread_mutex_lock(&gate_lock);
	if (++at_gate > at_gate_most)
		at_gate_most = at_gate;
	pthread_cond_broadcast(&gate_moved);
	while (!gate_open)
		pthread_cond_wait(&gate_moved, &gate_lock);
	at_gate--;
	pthread_mutex_unlock(&gate_lock);
}

/*
 * In the place of the C library's, for us and for libcurl: two.test has two addresses, slow.test
 * comes late, gate.test when the gate opens.
 */
int
getaddrinfo(
    const char *name, const char *service, const struct addrinfo *hints, struct addrinfo **out)
{
	getaddrinfo_function *real;
	int code;

	*(void **)&real = dlsym(RTLD_NEXT, "getaddrinfo");
	if (name == NULL || strstr(name, ".test") == NULL || hints->ai_flags & AI_NUMERICHOST)
		return real(name, service, hints, out);
	lookups++;
	if (strcmp(name, "slow.test") == 0)
		usleep(2500000);
	if (strcmp(name, "gate.test") == 0)
		gate_wait();
	if (strcmp(name, "two.test") != 0)
		return real("127.0.0.1", service, hints, out);
	code = real("::1", service, hints, out);
	return code != 0 ? code : real("127.0.0.1", service, hints, &(*out)->ai_next);
}

/* ---- The receiver ---- */

static struct evconnlistener *listener;
static int port;
static int connections;
static atomic_int requests;
static char last_request[8192];
static SSL_CTX *tls; /* or NULL */

static void
send_fill(struct bufferevent *peer, size_t bytes)
{
	char block[1000];

	/* Lines of a head, where it is one. */
	memset(block, 'x', sizeof(block));
	memcpy(block, "\r\nX: ", 5);
	for (; bytes >= sizeof(block); bytes -= sizeof(block))
		bufferevent_write(peer, block, sizeof(block));
}

static const struct {
	const char *path, *answer;
	size_t fill; /* bytes that follow */
	bool closes;
} behaviours[] = {
    {"/ok", "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello", 0, false},
    {"/chunked",
	"HTTP/1.1 201 C\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhe\r\n3\r\nllo\r\n0\r\n\r\n", 0,
	false},
    {"/empty", "HTTP/1.1 204 No Content\r\n\r\n", 0, false},
    {"/wait", "HTTP/1.1 503 No\r\nRetry-After: 120\r\nContent-Length: 0\r\n\r\n", 0, false},
    {"/until",
	"HTTP/1.1 429 No\r\nRetry-After: Fri, 31 Dec 2100 23:59:59 GMT\r\nContent-Length: "
	"0\r\n\r\n",
	0, false},
    {"/redirect", "HTTP/1.1 302 F\r\nLocation: /ok\r\nContent-Length: 0\r\n\r\n", 0, false},
    {"/big", "HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n", 1000000, false},
    {"/3kB", "HTTP/1.1 200 OK\r\nContent-Length: 3000\r\n\r\n", 3000, false},
    {"/head", "HTTP/1.1 200 OK\r\nX: ", 60000, false},
    {"/silent", "", 0, false},
    {"/close", "", 0, true},
    {"/short", "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhel", 0, true},
    {"/stall", "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhel", 0, false},
    {"/garbage", "SSH-2.0-OpenSSH_9.2\r\n", 0, true},
};

static void
on_sent(struct bufferevent *peer, void *arg)
{
	(void)arg;
	bufferevent_free(peer);
}

static void
answer(struct bufferevent *peer)
{
	for (size_t i = 0; i < ITEMS(behaviours); i++) {
		char line[64];

		snprintf(line, sizeof(line), "POST %s HTTP/1.1\r\n", behaviours[i].path);
		if (strncmp(last_request, line, strlen(line)) != 0)
			continue;
		bufferevent_write(peer, behaviours[i].answer, strlen(behaviours[i].answer));
		send_fill(peer, behaviours[i].fill);
		if (behaviours[i].closes && behaviours[i].answer[0] == '\0')
			bufferevent_free(peer);
		else if (behaviours[i].closes)
			bufferevent_setcb(peer, NULL, on_sent, NULL, NULL);
		return;
	}
	ck_abort_msg("no such path: %.40s", last_request);
}

static void
on_request(struct bufferevent *peer, void *arg)
{
	struct evbuffer *input = bufferevent_get_input(peer);
	size_t len = evbuffer_get_length(input);
	const char *head_end, *length;
	size_t whole;

	(void)arg;
	ck_assert_uint_lt(len, sizeof(last_request));
	ck_assert_int_eq(evbuffer_copyout(input, last_request, len), (int)len);
	last_request[len] = '\0';
	head_end = strstr(last_request, "\r\n\r\n");
	length = strstr(last_request, "Content-Length: ");
	whole = head_end == NULL
		    ? len + 1
		    : (size_t)(head_end + 4 - last_request) + strtoul(length + 16, NULL, 10);
	if (len < whole)
		return;
	evbuffer_drain(input, len);
	requests++;
	answer(peer);
}

static void
on_peer_event(struct bufferevent *peer, short what, void *arg)
{
	(void)arg;
	if (what & (BEV_EVENT_EOF | BEV_EVENT_ERROR))
		bufferevent_free(peer);
}

/* TLS is served by threads that may block, one a connection: each request is answered like /ok. */
static pthread_t tls_threads[16];

static void *
tls_serve(void *arg)
{
	static const char ok[] = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello";
	SSL *peer = arg;
	int fd = SSL_get_fd(peer);
	char request[4096];
	int got, len = 0;

	while (SSL_is_init_finished(peer) || SSL_accept(peer) == 1) {
		got = SSL_read(peer, request + len, (int)sizeof(request) - 1 - len);
		if (got <= 0)
			break;
		len += got;
		request[len] = '\0';
		if (strstr(request, "\r\n\r\n{\"a\":1}") == NULL)
			continue;
		len = 0;
		requests++;
		if (SSL_write(peer, ok, (int)sizeof(ok) - 1) <= 0)
			break;
	}
	SSL_free(peer);
	close(fd);
	return NULL;
}

static void
on_accept(
    struct evconnlistener *from, evutil_socket_t fd, struct sockaddr *address, int len, void *arg)
{
	struct bufferevent *peer;

	(void)from;
	(void)address;
	(void)len;
	(void)arg;
	connections++;
	if (tls != NULL) {
		SSL *session = SSL_new(tls);

		ck_assert_uint_le((size_t)connections, ITEMS(tls_threads));
		fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) & ~O_NONBLOCK);
		SSL_set_fd(session, fd);
		ck_assert_int_eq(
		    pthread_create(&tls_threads[connections - 1], NULL, tls_serve, session), 0);
		return;
	}
	peer = bufferevent_socket_new(base, fd, BEV_OPT_CLOSE_ON_FREE);
	bufferevent_setcb(peer, on_request, NULL, on_peer_event, NULL);
	bufferevent_enable(peer, EV_READ | EV_WRITE);
}

/* ---- The sender ---- */

/*
 * What the check of addresses says: the first `allowed` times yes, then no; and no to IPv6 if so
 * set.
 */
static int allowed, checks;
static bool only_ipv4;

static bool
allow(const struct sockaddr *address, void *arg)
{
	ck_assert_ptr_eq(arg, &allowed);
	ck_assert(address->sa_family == AF_INET || address->sa_family == AF_INET6);
	checks++;
	return checks <= allowed && !(only_ipv4 && address->sa_family == AF_INET6);
}

struct outcome {
	int came;
	struct curl_answer answer;
	char error[300];
};

static void
on_answer(const struct curl_answer *got, void *arg)
{
	struct outcome *outcome = arg;

	outcome->came++;
	outcome->answer = *got;
	snprintf(outcome->error, sizeof(outcome->error), "%s", got->error);
}

static void
on_guard(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	(void)arg;
	ck_abort_msg("waited in vain");
}

static void
wait_for(const int *value, int least)
{
	struct timeval limit = {.tv_sec = 20};
	struct event *guard = evtimer_new(base, on_guard, NULL);

	event_add(guard, &limit);
	while (*value < least)
		event_base_loop(base, EVLOOP_ONCE);
	event_free(guard);
}

/* One request at least has arrived. */
static void
wait_for_request(void)
{
	while (requests < 1)
		event_base_loop(base, EVLOOP_ONCE);
}

static const char *const headers[] = {
    "Content-Type: application/cloudevents+json", "webhook-id: 1", NULL};

static struct curl_request
request_to(const char *url)
{
	struct curl_request request = {.url = url,
	    .headers = headers,
	    .body = "{\"a\":1}",
	    .body_len = 7,
	    .connect_timeout_ms = 2000,
	    .timeout_ms = 5000};

	return request;
}

static const char *
url_of(const char *host, const char *path)
{
	static char url[300];

	snprintf(url, sizeof(url), "http%s://%s:%d%s", tls != NULL ? "s" : "", host, port, path);
	return url;
}

static struct outcome
post(const struct curl_request *request)
{
	struct outcome outcome = {0};

	ck_assert_uint_ne(curl_post(loop, request, on_answer, &outcome), 0);
	ck_assert_int_eq(outcome.came, 0);
	wait_for(&outcome.came, 1);
	return outcome;
}

static struct outcome
post_path(const char *path)
{
	struct curl_request request = request_to(url_of("127.0.0.1", path));

	return post(&request);
}

static void
set_up(void)
{
	struct sockaddr_in address = {
	    .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t len = sizeof(address);

	signal(SIGPIPE, SIG_IGN);
	/* Must not be heeded. */
	setenv("http_proxy", "http://127.0.0.1:1", 1);
	setenv("all_proxy", "http://127.0.0.1:1", 1);
	connections = checks = 0;
	requests = 0;
	allowed = 1000000;
	base = event_base_new();
	listener = evconnlistener_new_bind(base, on_accept, NULL, LEV_OPT_CLOSE_ON_FREE, 500,
	    (struct sockaddr *)&address, sizeof(address));
	ck_assert_ptr_nonnull(listener);
	getsockname(evconnlistener_get_fd(listener), (struct sockaddr *)&address, &len);
	port = ntohs(address.sin_port);
	loop = curl_loop_new(base, allow, &allowed);
}

static void
tear_down(void)
{
	curl_loop_free(loop);
	/* Lets the receiver see that its connections are closed, and free them. */
	event_base_loop(base, EVLOOP_NONBLOCK);
	event_base_loop(base, EVLOOP_NONBLOCK);
	evconnlistener_free(listener);
	event_base_free(base);
}

/* ---- Answers ---- */

START_TEST(test_answers)
{
	static const struct {
		const char *path;
		enum curl_outcome outcome;
		int status;
		int64_t retry_after_s; /* 1: any that is more */
		size_t body_len;
	} rows[] = {
	    {"/ok", CURL_OUTCOME_ANSWER, 200, -1, 5},
	    {"/chunked", CURL_OUTCOME_ANSWER, 201, -1, 5},
	    {"/empty", CURL_OUTCOME_ANSWER, 204, -1, 0},
	    {"/wait", CURL_OUTCOME_ANSWER, 503, 120, 0},
	    {"/until", CURL_OUTCOME_ANSWER, 429, 1, 0},
	    {"/redirect", CURL_OUTCOME_ANSWER, 302, -1, 0},
	    {"/3kB", CURL_OUTCOME_ANSWER, 200, -1, CURL_BODY_KEPT_BYTES},
	    {"/big", CURL_OUTCOME_ANSWER, 200, -1, CURL_BODY_KEPT_BYTES},
	    {"/head", CURL_OUTCOME_BROKEN, 0, -1, 0},
	    {"/close", CURL_OUTCOME_BROKEN, 0, -1, 0},
	    {"/short", CURL_OUTCOME_BROKEN, 0, -1, 3},
	    {"/garbage", CURL_OUTCOME_BROKEN, 0, -1, 0},
	};

	for (size_t i = 0; i < ITEMS(rows); i++) {
		struct outcome outcome = post_path(rows[i].path);
		const struct curl_answer *got = &outcome.answer;

		ck_assert_msg(got->outcome == rows[i].outcome, "%s: %s, %s", rows[i].path,
		    curl_outcome_text(got->outcome), outcome.error);
		ck_assert_int_eq(got->status, rows[i].status);
		ck_assert_int_eq(outcome.error[0] == '\0', rows[i].outcome == CURL_OUTCOME_ANSWER);
		if (rows[i].retry_after_s == 1)
			ck_assert_int_gt(got->retry_after_s, 1000);
		else
			ck_assert_int_eq(got->retry_after_s, rows[i].retry_after_s);
		ck_assert_uint_eq(got->body_len, rows[i].body_len);
		if (got->body_len == 5)
			ck_assert_mem_eq(got->body, "hello", 5);
		ck_assert(strncmp(got->address, "127.0.0.1:", 10) == 0);
		ck_assert_int_eq((int)strtol(got->address + 10, NULL, 10), port);
		ck_assert_uint_eq(curl_in_flight(loop), 0);
	}
}
END_TEST

START_TEST(test_request)
{
	ck_assert_int_eq(post_path("/ok").answer.status, 200);
	ck_assert(strncmp(last_request, "POST /ok HTTP/1.1\r\n", 19) == 0);
	ck_assert_ptr_nonnull(
	    strstr(last_request, "\r\nContent-Type: application/cloudevents+json\r\n"));
	ck_assert_ptr_nonnull(strstr(last_request, "\r\nwebhook-id: 1\r\n"));
	ck_assert_ptr_nonnull(strstr(last_request, "\r\nUser-Agent: samordnad\r\n"));
	ck_assert_ptr_nonnull(strstr(last_request, "\r\n\r\n{\"a\":1}"));
	ck_assert_ptr_null(strstr(last_request, "Expect"));
}
END_TEST

START_TEST(test_reuse)
{
	for (int i = 0; i < 5; i++)
		ck_assert_int_eq(post_path("/ok").answer.status, 200);
	ck_assert_int_eq(connections, 1);
	ck_assert_int_eq(requests, 5);
	/* Checked for each use: before it, and on the connection. */
	ck_assert_int_eq(checks, 10);
}
END_TEST

/* A receiver that says nothing delays nobody else. */
START_TEST(test_many)
{
	static struct outcome slow[50], fast[50];
	struct curl_request request = request_to(url_of("127.0.0.1", "/silent"));

	request.timeout_ms = 6000; /* far longer than the fast take on any machine */
	for (size_t i = 0; i < ITEMS(slow); i++)
		curl_post(loop, &request, on_answer, &slow[i]);
	request = request_to(url_of("127.0.0.1", "/ok"));
	for (size_t i = 0; i < ITEMS(fast); i++)
		curl_post(loop, &request, on_answer, &fast[i]);
	for (size_t i = 0; i < ITEMS(fast); i++) {
		wait_for(&fast[i].came, 1);
		ck_assert_int_eq(fast[i].answer.status, 200);
	}
	for (size_t i = 0; i < ITEMS(slow); i++)
		ck_assert_int_eq(slow[i].came, 0);
	for (size_t i = 0; i < ITEMS(slow); i++) {
		wait_for(&slow[i].came, 1);
		ck_assert_int_eq(slow[i].answer.outcome, CURL_OUTCOME_TIMEOUT);
		ck_assert_int_ge(slow[i].answer.duration_ms, 5990);
	}
}
END_TEST

START_TEST(test_timeouts)
{
	static const char *const paths[] = {"/silent", "/stall"};

	for (size_t i = 0; i < ITEMS(paths); i++) {
		struct curl_request request = request_to(url_of("127.0.0.1", paths[i]));
		struct outcome outcome;

		request.timeout_ms = 200;
		outcome = post(&request);
		ck_assert_int_eq(outcome.answer.outcome, CURL_OUTCOME_TIMEOUT);
		ck_assert_int_ge(outcome.answer.duration_ms, 190);
	}
}
END_TEST

/* ---- Where to ---- */

START_TEST(test_urls)
{
	static const struct {
		const char *url;
		enum curl_outcome outcome;
	} rows[] = {
	    {"", CURL_OUTCOME_URL},
	    {"ftp://127.0.0.1/", CURL_OUTCOME_URL},
	    {"file:///etc/passwd", CURL_OUTCOME_URL},
	    {"http://user:hush@127.0.0.1/", CURL_OUTCOME_URL},
	    {"http://127.0.0.1:1/#fragment", CURL_OUTCOME_URL},
	    {"http://127.0.0.1:99999/", CURL_OUTCOME_URL},
	    {"http://r\xc3\xa4tt.invalid/", CURL_OUTCOME_URL},
	    {"http://localhost./", CURL_OUTCOME_URL},
	    {"http://", CURL_OUTCOME_URL},
	    {"http://name.invalid/", CURL_OUTCOME_NAME},
	    {"http://127.0.0.1:1/", CURL_OUTCOME_CONNECT},
	    {"http://[::1]:1/", CURL_OUTCOME_CONNECT},
	};

	for (size_t i = 0; i < ITEMS(rows); i++) {
		struct curl_request request = request_to(rows[i].url);
		struct outcome outcome = post(&request);

		ck_assert_msg(outcome.answer.outcome == rows[i].outcome, "%s: %s, %s", rows[i].url,
		    curl_outcome_text(outcome.answer.outcome), outcome.error);
		ck_assert_int_eq(outcome.answer.status, 0);
		ck_assert_int_ne(outcome.error[0], '\0');
	}
}
END_TEST

START_TEST(test_names)
{
	struct curl_request request = request_to(url_of("LocalHost", "/ok"));

	ck_assert_int_eq(post(&request).answer.status, 200);
	ck_assert_int_eq(post(&request).answer.status, 200);
	ck_assert_int_eq(connections, 1);
}
END_TEST

/*
 * A name with an address that is allowed and one that is not: only the former is ever connected to.
 */
START_TEST(test_pinned)
{
	struct curl_request request = request_to(url_of("two.test", "/ok"));
	struct outcome outcome;

	only_ipv4 = true;
	lookups = 0;
	for (int i = 1; i <= 2; i++) {
		outcome = post(&request);
		ck_assert_msg(outcome.answer.status == 200, "%s", outcome.error);
		ck_assert(strncmp(outcome.answer.address, "127.0.0.1:", 10) == 0);
		/* Ours; libcurl makes none. */
		ck_assert_int_eq(lookups, i);
	}
	/* Both are allowed, but nobody listens at the first. */
	only_ipv4 = false;
	curl_loop_free(loop);
	loop = curl_loop_new(base, allow, &allowed);
	ck_assert_int_eq(post(&request).answer.status, 200);
}
END_TEST

START_TEST(test_slow_name)
{
	struct curl_request request = request_to(url_of("slow.test", "/ok"));
	struct outcome slow = {0}, fast;

	request.connect_timeout_ms = 2000;
	curl_post(loop, &request, on_answer, &slow);
	/* Delays nobody else. */
	fast = post_path("/ok");
	ck_assert_int_eq(fast.answer.status, 200);
	ck_assert_int_eq(slow.came, 0);
	wait_for(&slow.came, 1);
	ck_assert_int_eq(slow.answer.outcome, CURL_OUTCOME_TIMEOUT);
	/* In time. */
	request = request_to(url_of("slow.test", "/ok"));
	request.connect_timeout_ms = request.timeout_ms = 20000;
	slow = post(&request);
	ck_assert_int_eq(slow.answer.status, 200);
	ck_assert_int_ge(slow.answer.duration_ms, 2490);
}
END_TEST

START_TEST(test_refused)
{
	static const char *const hosts[] = {
	    "127.0.0.1", "localhost", "2130706433", "0x7f.1", "[::ffff:127.0.0.1]"};

	allowed = 0;
	for (size_t i = 0; i < ITEMS(hosts); i++) {
		struct curl_request request = request_to(url_of(hosts[i], "/ok"));
		struct outcome outcome = post(&request);

		ck_assert_int_eq(outcome.answer.outcome, CURL_OUTCOME_REFUSED);
		ck_assert_str_eq(outcome.error, "the address may not be connected to");
	}
	ck_assert_int_gt(checks, 0);
	ck_assert_int_eq(connections, 0);
}
END_TEST

/*
 * Allowed before the connection, refused on it: nothing is sent. Then the same on one that is
 * reused.
 */
START_TEST(test_refused_late)
{
	allowed = 1;
	ck_assert_int_eq(post_path("/ok").answer.outcome, CURL_OUTCOME_REFUSED);
	ck_assert_int_eq(checks, 2);
	ck_assert_int_eq(requests, 0);
	allowed = checks + 3;
	ck_assert_int_eq(post_path("/ok").answer.outcome, CURL_OUTCOME_ANSWER);
	ck_assert_int_eq(post_path("/ok").answer.outcome, CURL_OUTCOME_REFUSED);
	ck_assert_int_eq(requests, 1);
}
END_TEST

/* ---- Giving up ---- */

START_TEST(test_cancel)
{
	struct outcome outcomes[3] = {0};
	struct curl_request request = request_to(url_of("127.0.0.1", "/silent"));
	uint64_t ids[3];

	ids[0] = curl_post(loop, &request, on_answer, &outcomes[0]);
	wait_for_request();
	ck_assert(curl_cancel(loop, ids[0]));
	ck_assert(!curl_cancel(loop, ids[0]));
	/* Before its name is looked up, and before its failure is told. */
	ids[1] = curl_post(loop, &request, on_answer, &outcomes[1]);
	ck_assert(curl_cancel(loop, ids[1]));
	request = request_to("nonsense://");
	ids[2] = curl_post(loop, &request, on_answer, &outcomes[2]);
	ck_assert_uint_eq(curl_in_flight(loop), 1);
	ck_assert(curl_cancel(loop, ids[2]));
	ck_assert_uint_eq(curl_in_flight(loop), 0);
	ck_assert_int_eq(post_path("/ok").answer.status, 200);
	for (size_t i = 0; i < 3; i++)
		ck_assert_int_eq(outcomes[i].came, 0);
}
END_TEST

static int chained;

/* Starts another, and cancels one that is under way, from within a callback. */
static void
on_chained(const struct curl_answer *got, void *arg)
{
	uint64_t *victim = arg;
	struct curl_request request =
	    request_to(chained % 2 == 0 ? "nonsense://" : url_of("127.0.0.1", "/ok"));

	(void)got;
	if (*victim != 0)
		ck_assert(curl_cancel(loop, *victim));
	*victim = 0;
	if (++chained < 6)
		curl_post(loop, &request, on_chained, arg);
}

START_TEST(test_from_callback)
{
	struct outcome outcome = {0};
	struct curl_request request = request_to(url_of("127.0.0.1", "/silent"));
	uint64_t victim = curl_post(loop, &request, on_answer, &outcome);

	chained = 0;
	wait_for_request();
	request = request_to(url_of("127.0.0.1", "/ok"));
	curl_post(loop, &request, on_chained, &victim);
	wait_for(&chained, 6);
	ck_assert_int_eq(outcome.came, 0);
	ck_assert_uint_eq(curl_in_flight(loop), 0);
}
END_TEST

START_TEST(test_free_with_transfers)
{
	struct outcome outcomes[3] = {0};
	struct curl_request request = request_to(url_of("127.0.0.1", "/silent"));

	curl_post(loop, &request, on_answer, &outcomes[0]);
	wait_for_request();
	request = request_to(url_of("name.invalid", "/"));
	curl_post(loop, &request, on_answer, &outcomes[1]);
	request = request_to("nonsense://");
	curl_post(loop, &request, on_answer, &outcomes[2]);
	curl_loop_free(loop);
	loop = NULL;
	event_base_loop(base, EVLOOP_NONBLOCK);
	for (size_t i = 0; i < 3; i++)
		ck_assert_int_eq(outcomes[i].came, 0);
}
END_TEST

/* ---- TLS ---- */

static char tls_directory[64], certificate[96], key[96];

/* Once for the program, so that a test that fails leaves nothing behind. */
static void
certificate_make(void)
{
	char command[600];

	snprintf(tls_directory, sizeof(tls_directory), "/tmp/samordnad-tls-XXXXXX");
	require(mkdtemp(tls_directory) != NULL);
	snprintf(certificate, sizeof(certificate), "%s/cert.pem", tls_directory);
	snprintf(key, sizeof(key), "%s/key.pem", tls_directory);
	snprintf(command, sizeof(command),
	    "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 "
	    "-subj /CN=localhost -addext subjectAltName=DNS:localhost -keyout %s -out %s "
	    "2>/dev/null",
	    key, certificate);
	require(system(command) == 0);
}

#define PEM_MAX 8192
static char certificate_pem[PEM_MAX], key_pem[PEM_MAX];

static void
certificate_remove(void)
{
	unlink(certificate);
	unlink(key);
	rmdir(tls_directory);
}

static void
pem_read(const char *path, char out[static PEM_MAX])
{
	FILE *file = fopen(path, "r");

	ck_assert_ptr_nonnull(file);
	out[fread(out, 1, PEM_MAX - 1, file)] = '\0';
	fclose(file);
}

static void
tls_set_up(void)
{
	pem_read(certificate, certificate_pem);
	pem_read(key, key_pem);
	tls = SSL_CTX_new(TLS_server_method());
	ck_assert_int_eq(SSL_CTX_use_certificate_file(tls, certificate, SSL_FILETYPE_PEM), 1);
	ck_assert_int_eq(SSL_CTX_use_PrivateKey_file(tls, key, SSL_FILETYPE_PEM), 1);
	set_up();
}

static void
tls_tear_down(void)
{
	tear_down();
	for (int i = 0; i < connections; i++)
		pthread_join(tls_threads[i], NULL);
	SSL_CTX_free(tls);
	tls = NULL;
}

START_TEST(test_tls)
{
	struct curl_request request = request_to(url_of("localhost", "/ok"));
	struct outcome outcome;

	request.ca = certificate_pem;
	outcome = post(&request);
	ck_assert_msg(outcome.answer.status == 200, "%s", outcome.error);
	ck_assert_int_eq(post(&request).answer.status, 200);
	ck_assert_int_eq(connections, 1);
	/* Not signed by those whom the system trusts; another name than the certificate's. */
	request.ca = NULL;
	ck_assert_int_eq(post(&request).answer.outcome, CURL_OUTCOME_TLS);
	request = request_to(url_of("127.0.0.1", "/ok"));
	request.ca = certificate_pem;
	ck_assert_int_eq(post(&request).answer.outcome, CURL_OUTCOME_TLS);
	ck_assert_int_eq(requests, 2);
}
END_TEST

START_TEST(test_client_certificate)
{
	struct curl_request request = request_to(url_of("localhost", "/ok"));

	SSL_CTX_load_verify_locations(tls, certificate, NULL);
	SSL_CTX_set_verify(tls, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, NULL);
	request.ca = certificate_pem;
	ck_assert_int_ne(post(&request).answer.outcome, CURL_OUTCOME_ANSWER);
	ck_assert_int_eq(requests, 0);
	request.client_cert = certificate_pem;
	request.client_key = key_pem;
	ck_assert_int_eq(post(&request).answer.status, 200);
}
END_TEST

START_TEST(test_not_tls)
{
	char url[100];
	struct curl_request request;

	snprintf(url, sizeof(url), "https://127.0.0.1:%d/ok", port);
	request = request_to(url);
	request.timeout_ms = 1000;
	ck_assert_int_eq(post(&request).answer.outcome, CURL_OUTCOME_TIMEOUT);
	ck_assert_int_eq(requests, 0);
}
END_TEST

/* ---- The resolver ---- */

struct resolved {
	int came;
	struct resolve_answer answer;
};

static void
on_resolved(const struct resolve_answer *got, void *arg)
{
	struct resolved *resolved = arg;

	resolved->came++;
	resolved->answer = *got;
}

/* Lookups that were forgotten hold their threads, but never more than there may be. */
START_TEST(test_forgotten_lookups_are_bounded)
{
	struct resolver *resolver = resolver_new(base);
	struct resolved got = {0};

	for (int i = 0; i < 3 * RESOLVE_THREADS_MAX; i++)
		resolver_forget(resolver, resolver_ask(resolver, "gate.test", on_resolved, &got));
	pthread_mutex_lock(&gate_lock);
	while (at_gate < RESOLVE_THREADS_MAX)
		pthread_cond_wait(&gate_moved, &gate_lock);
	pthread_mutex_unlock(&gate_lock);
	resolver_ask(resolver, "gate.test", on_resolved, &got); /* waits for a thread */
	pthread_mutex_lock(&gate_lock);
	gate_open = true;
	pthread_cond_broadcast(&gate_moved);
	pthread_mutex_unlock(&gate_lock);
	while (got.came == 0)
		event_base_loop(base, EVLOOP_ONCE);
	ck_assert_int_eq(got.came, 1); /* of those that were forgotten none came */
	ck_assert_int_eq(at_gate_most, RESOLVE_THREADS_MAX);
	resolver_free(resolver);
}
END_TEST

START_TEST(test_resolve)
{
	static const struct {
		const char *name;
		bool found;
	} rows[] = {
	    {"127.0.0.1", true},
	    {"::1", true},
	    {"localhost", true},
	    {"name.invalid", false},
	    {"", false},
	    {"not a name", false},
	};
	struct resolver *resolver = resolver_new(base);
	static struct resolved many[100];
	char long_name[400];
	uint64_t id;

	for (size_t i = 0; i < ITEMS(rows); i++) {
		struct resolved got = {0};

		resolver_ask(resolver, rows[i].name, on_resolved, &got);
		ck_assert_int_eq(got.came, 0);
		wait_for(&got.came, 1);
		ck_assert_int_eq(got.answer.count > 0, rows[i].found);
		ck_assert_int_eq(got.answer.error == NULL, rows[i].found);
	}
	memset(long_name, 'a', sizeof(long_name) - 1);
	long_name[sizeof(long_name) - 1] = '\0';
	/* More than run at once; every other one is forgotten. */
	for (size_t i = 0; i < ITEMS(many); i++) {
		id = resolver_ask(
		    resolver, i == 99 ? long_name : "localhost", on_resolved, &many[i]);
		if (i % 2 == 0)
			resolver_forget(resolver, id);
	}
	resolver_forget(resolver, 4711);
	for (size_t i = 1; i < ITEMS(many); i += 2) {
		wait_for(&many[i].came, 1);
		ck_assert_int_eq(many[i - 1].came, 0);
		ck_assert_int_eq(many[i].answer.count > 0, i != 99);
	}
	resolver_ask(resolver, "localhost", on_resolved, &many[0]);
	resolver_free(resolver);
	event_base_loop(base, EVLOOP_NONBLOCK);
	ck_assert_int_eq(many[0].came, 0);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("curl");
	TCase *plain = tcase_create("plain"), *with_tls = tcase_create("tls");
	SRunner *runner = srunner_create(suite);
	int failed;

	tcase_add_checked_fixture(plain, set_up, tear_down);
	tcase_add_test(plain, test_answers);
	tcase_add_test(plain, test_request);
	tcase_add_test(plain, test_reuse);
	tcase_add_test(plain, test_many);
	tcase_add_test(plain, test_timeouts);
	tcase_add_test(plain, test_urls);
	tcase_add_test(plain, test_names);
	tcase_add_test(plain, test_pinned);
	tcase_add_test(plain, test_slow_name);
	tcase_add_test(plain, test_refused);
	tcase_add_test(plain, test_refused_late);
	tcase_add_test(plain, test_cancel);
	tcase_add_test(plain, test_from_callback);
	tcase_add_test(plain, test_free_with_transfers);
	tcase_add_test(plain, test_not_tls);
	tcase_add_test(plain, test_resolve);
	tcase_add_test(plain, test_forgotten_lookups_are_bounded);
	tcase_add_checked_fixture(with_tls, tls_set_up, tls_tear_down);
	tcase_add_test(with_tls, test_tls);
	tcase_add_test(with_tls, test_client_certificate);
	tcase_set_timeout(plain, 60);
	tcase_set_timeout(with_tls, 60);
	suite_add_tcase(suite, plain);
	suite_add_tcase(suite, with_tls);
	certificate_make();
	srunner_run_all(runner, CK_NORMAL);
	certificate_remove();
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? 0 : 1;
}
