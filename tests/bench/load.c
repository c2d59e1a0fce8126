/*
 * The load generator of `make bench`: posts inskrivningsmeddelanden made from a template over
 * keep-alive connections, as fast as they are answered or at a steady rate, and prints what came
 * back as one JSON line. Owns its sockets and the latencies; knows the template's marks and nothing
 * else of the contract. One process beside what is measured, so it must cost little itself: a
 * message is the template with digits put in, and an answer is only counted.
 *
 *	load [-c connections] [-b messages a request] [-r messages a second] [-s seconds]
 *	    [-n requests] [-f first number] -v vardcentraler -k kommuner -w wards
 *	    unix:/path|address:port template < token
 *
 * Marks in the template: NNNNNNNNNN the message's number; VVVV, KKKK, WW the numbers of a
 * vardcentral, a kommun and a ward, drawn from the message's number. At a steady rate a request's
 * latency counts from when it was due, so that a stall is not hidden by what it holds up.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#define ANSWER_BYTES_MAX (1 << 20)
#define LATENCIES_MAX (1 << 22)
#define MARKS_MAX 32
#define WAIT_AFTER_MS 30000 /* for the last answers */

enum mark_kind { MARK_NUMBER, MARK_VC, MARK_KOMMUN, MARK_WARD };
static const struct {
	const char *text;
	int digits;
} mark_table[] = {
    [MARK_NUMBER] = {"NNNNNNNNNN", 10},
    [MARK_VC] = {"VVVV", 4},
    [MARK_KOMMUN] = {"KKKK", 4},
    [MARK_WARD] = {"WW", 2},
};

struct mark {
	enum mark_kind kind;
	size_t at;
};

struct connection {
	int fd;
	int64_t due_us; /* when its request was to be sent; 0: idle */
	char *request;
	char *answer; /* ANSWER_BYTES_MAX, and a NUL */
	size_t request_sent, answer_len;
};

static struct {
	int connections, batch, rate, vcs, kommuner, wards;
	int64_t seconds, requests, number;
	const char *address;
} chosen = {.connections = 256, .batch = 1, .seconds = INT64_MAX / 1000000, .requests = INT64_MAX};

static char *request; /* head and body with marks; all requests have its length */
static size_t request_len;
static size_t message_at,
    message_len; /* the first message in it; the others follow, a comma between */
static struct mark marks[MARKS_MAX];
static int mark_count;

static struct connection *all;
static struct connection **idle;
static int idle_count, epoll;
static uint32_t *latencies_us;
static int64_t latency_count, requests_sent, messages_applied, messages_other, refused;
static int64_t begun_us, ended_us;

static void
die(const char *what)
{
	fprintf(stderr, "load: %s: %s\n", what, strerror(errno));
	exit(1);
}

static int64_t
now_us(void)
{
	struct timespec ts;
	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000000 + ts.tv_nsec / 1000;
}

/* ---- The request ---- */

static char *
read_all(FILE *file, size_t *len)
{
	size_t size = 65536;
	char *text = malloc(size);

	if (text == NULL)
		die("memory");
	*len = fread(text, 1, size - 1, file);
	if (ferror(file) || *len == size - 1)
		die("reading");
	while (*len > 0 && text[*len - 1] == '\n')
		(*len)--;
	text[*len] = '\0';
	return text;
}

static void
find_marks(const char *template)
{
	for (size_t at = 0; template[at] != '\0'; at++)
		for (int k = 0; k <= MARK_WARD; k++) {
			size_t digits = (size_t)mark_table[k].digits;
			if (strncmp(template + at, mark_table[k].text, digits) != 0)
				continue;
			if (mark_count == MARKS_MAX)
				die("too many marks");
			marks[mark_count++] = (struct mark){(enum mark_kind)k, at};
			at += digits - 1;
			break;
		}
}

static void
make_request(const char *path, const char *token)
{
	FILE *file = fopen(path, "re");
	size_t body_len;
	int head;

	if (file == NULL)
		die(path);
	char *template = read_all(file, &message_len);
	fclose(file);
	find_marks(template);
	body_len = (message_len + 1) * (size_t)chosen.batch - 1 + (chosen.batch > 1 ? 2 : 0);
	request = malloc(body_len + 1024);
	if (request == NULL)
		die("memory");
	head = snprintf(request, 1024,
	    "POST /v1/messages HTTP/1.1\r\nHost: samordnad\r\nAuthorization: Bearer %s\r\n"
	    "Content-Type: application/cloudevents%s+json\r\nContent-Length: %zu\r\n\r\n%s",
	    token, chosen.batch > 1 ? "-batch" : "", body_len, chosen.batch > 1 ? "[" : "");
	if (head >= 1024)
		die("the token is too long");
	request_len = message_at = (size_t)head;
	for (int i = 0; i < chosen.batch; i++) {
		if (i > 0)
			request[request_len++] = ',';
		memcpy(request + request_len, template, message_len);
		request_len += message_len;
	}
	if (chosen.batch > 1)
		request[request_len++] = ']';
	free(template);
}

static void
put_digits(char *out, int digits, uint64_t value)
{
	for (int i = digits; i-- > 0; value /= 10)
		out[i] = (char)('0' + value % 10);
}

/* Neighbouring numbers go to units that are not neighbours (splitmix64). */
static uint64_t
scatter(uint64_t x)
{
	x += UINT64_C(0x9e3779b97f4a7c15);
	x = (x ^ (x >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
	x = (x ^ (x >> 27)) * UINT64_C(0x94d049bb133111eb);
	return x ^ (x >> 31);
}

static void
put_message(char *message, int64_t number)
{
	uint64_t drawn = scatter((uint64_t)number);
	uint64_t vc = drawn % (uint64_t)chosen.vcs;
	const uint64_t values[] = {
	    [MARK_NUMBER] = (uint64_t)number,
	    [MARK_VC] = vc,
	    [MARK_KOMMUN] = vc % (uint64_t)chosen.kommuner,
	    [MARK_WARD] = (drawn >> 32) % (uint64_t)chosen.wards,
	};

	for (int i = 0; i < mark_count; i++)
		put_digits(
		    message + marks[i].at, mark_table[marks[i].kind].digits, values[marks[i].kind]);
}

/* ---- Connections ---- */

static int
address_read(const char *text, struct sockaddr_storage *out, socklen_t *len)
{
	struct sockaddr_un *local = (struct sockaddr_un *)out;
	struct sockaddr_in *four = (struct sockaddr_in *)out;
	char host[INET_ADDRSTRLEN];
	const char *colon = strrchr(text, ':');

	memset(out, 0, sizeof(*out));
	if (strncmp(text, "unix:", 5) == 0 && strlen(text + 5) < sizeof(local->sun_path)) {
		local->sun_family = AF_UNIX;
		memcpy(local->sun_path, text + 5, strlen(text + 5) + 1);
		*len = sizeof(*local);
		return AF_UNIX;
	}
	errno = EINVAL;
	if (colon == NULL || (size_t)(colon - text) >= sizeof(host))
		die(text);
	snprintf(host, sizeof(host), "%.*s", (int)(colon - text), text);
	four->sin_family = AF_INET;
	four->sin_port = htons((uint16_t)strtoul(colon + 1, NULL, 10));
	if (inet_pton(AF_INET, host, &four->sin_addr) != 1)
		die(text);
	*len = sizeof(*four);
	return AF_INET;
}

static void
connection_open(struct connection *c)
{
	struct sockaddr_storage address;
	socklen_t len;
	int family = address_read(chosen.address, &address, &len), on = 1;
	struct epoll_event event = {.events = EPOLLIN, .data.ptr = c};

	c->fd = socket(family, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (c->fd < 0 || connect(c->fd, (struct sockaddr *)&address, len) < 0)
		die("connect");
	if (family == AF_INET)
		setsockopt(c->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	if (epoll_ctl(epoll, EPOLL_CTL_ADD, c->fd, &event) < 0)
		die("epoll_ctl");
}

static void
connections_open(void)
{
	all = calloc((size_t)chosen.connections, sizeof(*all));
	idle = calloc((size_t)chosen.connections, sizeof(*idle));
	if (all == NULL || idle == NULL)
		die("memory");
	for (int i = 0; i < chosen.connections; i++) {
		all[i].request = malloc(request_len);
		all[i].answer = malloc(ANSWER_BYTES_MAX + 1);
		if (all[i].request == NULL || all[i].answer == NULL)
			die("memory");
		memcpy(all[i].request, request, request_len);
		connection_open(&all[i]);
		idle[idle_count++] = &all[i];
	}
}

/* Blocks if the socket is full, which a request of this size only meets in batches, one at a time.
 */
static void
connection_send(struct connection *c, int64_t due_us)
{
	for (int i = 0; i < chosen.batch; i++)
		put_message(
		    c->request + message_at + (size_t)i * (message_len + 1), chosen.number++);
	c->due_us = due_us;
	c->answer_len = 0;
	for (size_t sent = 0; sent < request_len;) {
		ssize_t n = send(c->fd, c->request + sent, request_len - sent, MSG_NOSIGNAL);
		if (n < 0)
			die("send");
		sent += (size_t)n;
	}
	requests_sent++;
}

static int64_t
count_text(const char *in, const char *text)
{
	int64_t n = 0;

	for (in = strstr(in, text); in != NULL; in = strstr(in + 1, text))
		n++;
	return n;
}

/* True when the whole answer is there; it is counted. */
static bool
answer_take(struct connection *c)
{
	const char *body, *length;
	int64_t applied;

	c->answer[c->answer_len] = '\0';
	body = strstr(c->answer, "\r\n\r\n");
	if (body == NULL)
		return false;
	length = strcasestr(c->answer, "\r\nContent-Length:");
	if (length == NULL || length > body)
		die("an answer without Content-Length");
	body += 4;
	if (c->answer_len - (size_t)(body - c->answer) < strtoul(length + 17, NULL, 10))
		return false;
	if (strncmp(c->answer, "HTTP/1.1 200 ", 13) != 0 && refused++ == 0)
		fprintf(stderr, "load: %.*s\n", (int)c->answer_len, c->answer);
	applied = count_text(body, "\"result\":\"applied\"");
	if (applied < chosen.batch && messages_other == 0)
		fprintf(stderr, "load: not all applied: %.600s\n", body);
	messages_applied += applied;
	messages_other += chosen.batch - applied;
	return true;
}

static void
connection_read(struct connection *c)
{
	ssize_t n = recv(c->fd, c->answer + c->answer_len, ANSWER_BYTES_MAX - c->answer_len, 0);
	int64_t now;

	if (n < 0 || (n == 0 && c->due_us != 0))
		die("recv: an answer is missing");
	if (n == 0) { /* closed between two requests, as it may be */
		close(c->fd);
		connection_open(c);
		return;
	}
	c->answer_len += (size_t)n;
	if (!answer_take(c))
		return;
	now = now_us();
	if (latency_count < LATENCIES_MAX)
		latencies_us[latency_count++] = (uint32_t)(now - c->due_us);
	c->due_us = 0;
	idle[idle_count++] = c;
	ended_us = now;
}

/* ---- The run ---- */

static bool
is_over(int64_t now)
{
	return requests_sent >= chosen.requests || now - begun_us >= chosen.seconds * 1000000;
}

/* Sends what is due; returns how long to wait for the next, in microseconds, -1: until an answer
 * comes. */
static int64_t
send_due(void)
{
	int64_t now = now_us();

	while (idle_count > 0 && !is_over(now)) {
		int64_t due = now;
		if (chosen.rate > 0) {
			due = begun_us + requests_sent * chosen.batch * 1000000 / chosen.rate;
			if (due > now)
				return due - now;
		}
		connection_send(idle[--idle_count], due);
	}
	return -1;
}

static void
run(void)
{
	struct epoll_event events[256];

	begun_us = now_us();
	for (;;) {
		int64_t wait_us = send_due();
		if (idle_count == chosen.connections && is_over(now_us()))
			return;
		if (wait_us < 0)
			wait_us = WAIT_AFTER_MS * 1000;
		struct timespec wait = {wait_us / 1000000, wait_us % 1000000 * 1000};
		int n = epoll_pwait2(epoll, events, 256, &wait, NULL);
		if (n < 0)
			die("epoll_pwait2");
		if (n == 0 && wait_us == WAIT_AFTER_MS * 1000) {
			errno = ETIMEDOUT;
			die("waiting for answers");
		}
		for (int i = 0; i < n; i++)
			connection_read(events[i].data.ptr);
	}
}

static int
compare(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
	return (x > y) - (x < y);
}

static double
percentile_ms(double share)
{
	if (latency_count == 0)
		return 0;
	return latencies_us[(int64_t)((double)(latency_count - 1) * share)] / 1000.0;
}

static void
report(void)
{
	struct rusage used;
	double cpu_us;

	getrusage(RUSAGE_SELF, &used);
	cpu_us = (double)(used.ru_utime.tv_sec + used.ru_stime.tv_sec) * 1e6 +
		 (double)(used.ru_utime.tv_usec + used.ru_stime.tv_usec);
	qsort(latencies_us, (size_t)latency_count, sizeof(*latencies_us), compare);
	printf("{\"applied\": %lld, \"other\": %lld, \"seconds\": %.6f, \"p50_ms\": %.3f, "
	       "\"p99_ms\": %.3f, \"max_ms\": %.3f, \"own_cpu_us\": %.2f, \"body_bytes\": %zu}\n",
	    (long long)messages_applied, (long long)messages_other,
	    (double)(ended_us - begun_us) / 1e6, percentile_ms(0.5), percentile_ms(0.99),
	    percentile_ms(1), cpu_us / (double)(messages_applied + messages_other), message_len);
}

static int64_t
number_of(const char *text)
{
	char *end;
	long long value = strtoll(text, &end, 10);

	errno = EINVAL;
	if (end == text || *end != '\0' || value < 0)
		die(text);
	return value;
}

static void
choose(int argc, char **argv)
{
	for (int letter; (letter = getopt(argc, argv, "c:b:r:s:n:f:v:k:w:")) != -1;) {
		int64_t value = letter != '?' ? number_of(optarg) : 0;
		switch (letter) {
		case 'c':
			chosen.connections = (int)value;
			break;
		case 'b':
			chosen.batch = (int)value;
			break;
		case 'r':
			chosen.rate = (int)value;
			break;
		case 's':
			chosen.seconds = value;
			break;
		case 'n':
			chosen.requests = value;
			break;
		case 'f':
			chosen.number = value;
			break;
		case 'v':
			chosen.vcs = (int)value;
			break;
		case 'k':
			chosen.kommuner = (int)value;
			break;
		case 'w':
			chosen.wards = (int)value;
			break;
		default:
			exit(2);
		}
	}
	errno = EINVAL;
	if (argc - optind != 2 || chosen.connections < 1 || chosen.batch < 1 || chosen.vcs < 1 ||
	    chosen.kommuner < 1 || chosen.wards < 1)
		die("arguments");
	chosen.address = argv[optind];
}

int
main(int argc, char **argv)
{
	size_t token_len;

	choose(argc, argv);
	latencies_us = malloc(LATENCIES_MAX * sizeof(*latencies_us));
	epoll = epoll_create1(EPOLL_CLOEXEC);
	if (latencies_us == NULL || epoll < 0)
		die("start");
	make_request(argv[optind + 1], read_all(stdin, &token_len));
	connections_open();
	run();
	report();
	return messages_other == 0 && refused == 0 ? 0 : 1;
}
