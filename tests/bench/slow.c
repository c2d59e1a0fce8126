/*
 * The slow clients of `make bench`: many connections that each send a request's head a byte at a
 * time and never end it; one that is cut or refused connects anew. Owns its sockets and knows
 * nothing of the contract.
 *
 *	slow connections interval_ms address:port
 *
 * Prints a line when every connection has sent its first byte, and one when the first was answered
 * 408; goes on until standard input ends; then one JSON line: how often a connection was answered
 * 408, was answered otherwise, and ended without an answer.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define STEP_MS 5 /* how often it looks which connection's turn has come */

static const char head[] = "GET /livez HTTP/1.1\r\nHost: samordnad\r\nX-Slow: ";

struct connection {
	int fd;
	size_t sent;
};

static struct sockaddr_in address;
static struct connection *all;
static int epoll;
static int64_t timeouts, other_answers, silent_ends;

/* A line for whoever waits for it. */
static void
tell(const char *what)
{
	puts(what);
	fflush(stdout);
}

static void
die(const char *what)
{
	fprintf(stderr, "slow: %s: %s\n", what, strerror(errno));
	exit(1);
}

static int64_t
now_ms(void)
{
	struct timespec ts;
	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

static void
connection_open(struct connection *c)
{
	struct epoll_event event = {.events = EPOLLIN, .data.ptr = c};

	c->sent = 0;
	c->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (c->fd < 0 || connect(c->fd, (struct sockaddr *)&address, sizeof(address)) < 0)
		die("connect");
	if (epoll_ctl(epoll, EPOLL_CTL_ADD, c->fd, &event) < 0)
		die("epoll_ctl");
}

/* The server has spoken, or has ended it: count what, and begin anew. */
static void
connection_ended(struct connection *c)
{
	char answer[1024];
	ssize_t n = recv(c->fd, answer, sizeof(answer), MSG_DONTWAIT);

	if (n <= 0)
		silent_ends++;
	else if (n < 13 || memcmp(answer, "HTTP/1.1 408 ", 13) != 0)
		other_answers++;
	else if (timeouts++ == 0)
		tell("the first was cut");
	close(c->fd);
	connection_open(c);
}

static void
connection_send_byte(struct connection *c)
{
	char byte = c->sent < sizeof(head) - 1 ? head[c->sent] : 'x';

	/* If it has ended in between, epoll says so. */
	if (send(c->fd, &byte, 1, MSG_NOSIGNAL | MSG_DONTWAIT) == 1)
		c->sent++;
}

/* How many turns there have been after so long; the first round is slower, so that not all are cut
 * at once. */
static int64_t
turns_until(int64_t passed_ms, int count, int interval_ms)
{
	int64_t first_ms = interval_ms * 5 / 2;

	if (passed_ms < first_ms)
		return passed_ms * count / first_ms;
	return count + (passed_ms - first_ms) * count / interval_ms;
}

/* Once in interval_ms each connection has its turn, evenly spread. */
static void
run(int count, int interval_ms)
{
	struct epoll_event events[256];
	int64_t begun_ms = now_ms(), turns = 0;

	for (bool told = false;;) {
		int64_t due = turns_until(now_ms() - begun_ms, count, interval_ms);
		for (; turns < due; turns++)
			connection_send_byte(&all[turns % count]);
		if (!told && turns >= count) {
			told = true;
			tell("all are connected");
		}
		int n = epoll_wait(epoll, events, 256, STEP_MS);
		if (n < 0)
			die("epoll_wait");
		for (int i = 0; i < n; i++) {
			if (events[i].data.ptr == NULL)
				return; /* standard input has ended */
			connection_ended(events[i].data.ptr);
		}
	}
}

int
main(int argc, char **argv)
{
	struct epoll_event input = {.events = EPOLLIN | EPOLLHUP, .data.ptr = NULL};
	struct rlimit files;
	char *colon = argc == 4 ? strchr(argv[3], ':') : NULL;
	int count = argc == 4 ? (int)strtol(argv[1], NULL, 10) : 0;
	int interval_ms = argc == 4 ? (int)strtol(argv[2], NULL, 10) : 0;

	errno = EINVAL;
	if (colon == NULL || count < 1 || interval_ms < 1)
		die("arguments");
	*colon = '\0';
	address.sin_family = AF_INET;
	address.sin_port = htons((uint16_t)strtoul(colon + 1, NULL, 10));
	if (inet_pton(AF_INET, argv[3], &address.sin_addr) != 1)
		die(argv[3]);
	if (getrlimit(RLIMIT_NOFILE, &files) < 0)
		die("getrlimit");
	files.rlim_cur = files.rlim_max;
	if (setrlimit(RLIMIT_NOFILE, &files) < 0)
		die("setrlimit");
	all = calloc((size_t)count, sizeof(*all));
	epoll = epoll_create1(EPOLL_CLOEXEC);
	if (all == NULL || epoll < 0 || epoll_ctl(epoll, EPOLL_CTL_ADD, 0, &input) < 0)
		die("start");
	for (int i = 0; i < count; i++)
		connection_open(&all[i]);
	run(count, interval_ms);
	printf("{\"timeouts\": %lld, \"other_answers\": %lld, \"silent_ends\": %lld}\n",
	    (long long)timeouts, (long long)other_answers, (long long)silent_ends);
	return 0;
}
