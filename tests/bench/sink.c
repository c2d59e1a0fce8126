/*
 * The receiver of `make bench`: takes pushed notices as fast as they come and answers 200; on
 * another port it takes them and never answers, nor counts them. Prints both ports; a line on stdin
 * makes it print what came since the last one, as one JSON line: how many signed notices, when the
 * last one was whole, and how late they were, from the `time` in a notice to its first byte here.
 * Checks no signature and keeps no notice: it stands beside what is measured and must cost little
 * itself.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define REQUEST_BYTES_MAX 65536
#define LATENCIES_MAX (1 << 20)
#define EVENTS_MAX 256

struct connection {
	int fd;
	bool hangs;
	int64_t begun_us; /* the request's first byte */
	size_t len;
	char bytes[REQUEST_BYTES_MAX + 1];
};

static int polled;
static int64_t count, last_us;
static int64_t latencies[LATENCIES_MAX];
static size_t latency_count;

static void
fail(const char *what)
{
	fprintf(stderr, "sink: %s: %s\n", what, strerror(errno));
	exit(1);
}

static int64_t
now_us(void)
{
	struct timespec t;
	clock_gettime(CLOCK_REALTIME, &t);
	return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

/* The notice's "time":"2026-05-04T07:00:00.250000Z"; fewer digits of a second, or none, too. */
static int64_t
event_us(const char *body)
{
	struct tm tm = {0};
	const char *at = strstr(body, "\"time\":\"");
	int64_t us = 0, unit = 100000;

	if (at == NULL || (at = strptime(at + 8, "%Y-%m-%dT%H:%M:%S", &tm)) == NULL)
		return 0;
	if (*at == '.')
		for (at++; *at >= '0' && *at <= '9'; at++, unit /= 10)
			us += (*at - '0') * unit;
	return (int64_t)timegm(&tm) * 1000000 + us;
}

static void
notice_came(const struct connection *c, const char *body)
{
	if (strcasestr(c->bytes, "\nwebhook-signature: v1,") == NULL)
		return;
	count++;
	last_us = now_us();
	if (latency_count < LATENCIES_MAX)
		latencies[latency_count++] = c->begun_us - event_us(body);
}

/* The length of the whole request at the front, or 0: more must come. */
static size_t
request_whole(struct connection *c, const char **body)
{
	char *end = strstr(c->bytes, "\r\n\r\n");
	char *length = end != NULL ? strcasestr(c->bytes, "\ncontent-length:") : NULL;
	size_t whole;

	if (length == NULL || length > end)
		return 0;
	*body = end + 4;
	whole = (size_t)(*body - c->bytes) + strtoul(length + 16, NULL, 10);
	return whole <= c->len ? whole : 0;
}

static void
connection_close(struct connection *c)
{
	close(c->fd);
	free(c);
}

static void
connection_read(struct connection *c)
{
	static const char answer[] = "HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n";
	ssize_t got = recv(c->fd, c->bytes + c->len, REQUEST_BYTES_MAX - c->len, 0);
	const char *body;
	size_t whole;

	if (got <= 0) {
		connection_close(c);
		return;
	}
	if (c->len == 0)
		c->begun_us = now_us();
	c->len += (size_t)got;
	c->bytes[c->len] = '\0';
	while ((whole = request_whole(c, &body)) > 0) {
		if (!c->hangs)
			notice_came(c, body);
		c->len -= whole;
		memmove(c->bytes, c->bytes + whole, c->len + 1);
		if (!c->hangs &&
		    send(c->fd, answer, sizeof answer - 1, MSG_NOSIGNAL) != sizeof answer - 1) {
			connection_close(c);
			return;
		}
	}
}

static void
watch(int fd, void *ptr)
{
	struct epoll_event event = {.events = EPOLLIN, .data.ptr = ptr};

	if (epoll_ctl(polled, EPOLL_CTL_ADD, fd, &event) != 0)
		fail("epoll");
}

static void
connection_accept(int listening, bool hangs)
{
	int fd = accept4(listening, NULL, NULL, SOCK_CLOEXEC), on = 1;
	struct connection *c = malloc(sizeof *c);

	if (fd < 0 || c == NULL)
		fail("accept");
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
	c->fd = fd;
	c->hangs = hangs;
	c->len = 0;
	watch(fd, c);
}

static int
by_size(const void *a, const void *b)
{
	int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

	return (x > y) - (x < y);
}

static double
percentile_ms(size_t percent)
{
	return latency_count > 0 ? (double)latencies[latency_count * percent / 100] / 1000 : 0;
}

/* Ends the program with its stdin. */
static void
report(void)
{
	char line[64];

	if (read(STDIN_FILENO, line, sizeof line) <= 0)
		exit(0);
	qsort(latencies, latency_count, sizeof latencies[0], by_size);
	printf("{\"count\": %lld, \"last_s\": %.6f, \"p50_ms\": %.3f, \"p99_ms\": %.3f}\n",
	    (long long)count, (double)last_us / 1000000, percentile_ms(50), percentile_ms(99));
	fflush(stdout);
	count = last_us = 0;
	latency_count = 0;
}

static int
listen_somewhere(void)
{
	struct sockaddr_in address = {
	    .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t len = sizeof address;
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (fd < 0 || bind(fd, (struct sockaddr *)&address, len) != 0 || listen(fd, 1024) != 0 ||
	    getsockname(fd, (struct sockaddr *)&address, &len) != 0)
		fail("listen");
	printf("%d\n", ntohs(address.sin_port));
	fflush(stdout);
	return fd;
}

int
main(void)
{
	static const int stdin_mark, hanging_mark;
	int listening = listen_somewhere(), hanging = listen_somewhere();

	polled = epoll_create1(EPOLL_CLOEXEC);
	watch(listening, NULL);
	watch(hanging, (void *)&hanging_mark);
	watch(STDIN_FILENO, (void *)&stdin_mark);
	for (;;) {
		struct epoll_event events[EVENTS_MAX];
		int ready = epoll_wait(polled, events, EVENTS_MAX, -1);

		for (int i = 0; i < ready; i++) {
			if (events[i].data.ptr == NULL)
				connection_accept(listening, false);
			else if (events[i].data.ptr == (const void *)&hanging_mark)
				connection_accept(hanging, true);
			else if (events[i].data.ptr == (const void *)&stdin_mark)
				report();
			else
				connection_read(events[i].data.ptr);
		}
	}
}
