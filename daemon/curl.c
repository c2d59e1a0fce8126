/*
 * Owns the transfers under way, libcurl's sockets and its timer on the loop. Knows nothing of
 * webhooks.
 *
 * libcurl is entered only from events of the loop, never from its own callbacks: a timeout of 0 ms
 * arms an event like any other. Names are looked up by helper threads (resolve.h), since removing a
 * handle may wait for libcurl's own; each address is checked and the good ones are pinned.
 */
#include "curl.h"

#include "clock.h"
#include <arpa/inet.h>
#include <netdb.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>
#include <curl/curl.h>
#include <event2/event.h>

#include "log.h"
#include "resolve.h"

/*
 * Connections that are kept open for the next transfer to the same host; those in use are counted
 * in, so that many that hang do not have all others closed.
 */
#define CONNECTIONS_KEPT_MAX 2048L
/* Files of a request, of which copies are kept. */
enum { PEM_CA, PEM_CERT, PEM_KEY, PEM_COUNT };

struct transfer {
	TAILQ_ENTRY(transfer) link;
	uint64_t id;
	struct curl_loop *loop;
	curl_callback *callback;
	void *arg;
	CURL *easy; /* NULL until the name is looked up */
	bool is_in_multi;
	uint64_t lookup_id;  /* 0: none */
	struct event *timer; /* while the name is looked up */
	int64_t start_ms;
	unsigned connect_timeout_ms, timeout_ms;
	char *url, *host, *pems[PEM_COUNT];
	unsigned port;
	struct curl_slist *headers, *pinned;
	void *body;
	size_t body_len;
	size_t head_read, body_read; /* of the answer */
	bool refused;		     /* by the check of the address */
	char error[CURL_ERROR_SIZE];
	struct curl_answer answer;
};

TAILQ_HEAD(transfer_list, transfer);

struct curl_loop {
	struct event_base *base;
	CURLM *multi;
	struct resolver *resolver;
	struct event *timer; /* libcurl's */
	struct event *deferred;
	curl_allow *allow;
	void *allow_arg;
	struct transfer_list transfers;
	struct transfer_list
	    over; /* ended before libcurl saw them; the callback comes at the next turn */
	size_t count;
	uint64_t last_id;
};

#define SET(easy, option, value) \
	require(curl_easy_setopt(easy, CURLOPT_##option, value) == CURLE_OK)
#define SET_MULTI(multi, option, value) \
	require(curl_multi_setopt(multi, CURLMOPT_##option, value) == CURLM_OK)

static void
timer_set(struct event *timer, unsigned ms)
{
	struct timeval delay = {.tv_sec = ms / 1000, .tv_usec = (suseconds_t)(ms % 1000) * 1000};

	require(event_add(timer, &delay) == 0);
}

const char *
curl_outcome_text(enum curl_outcome outcome)
{
	switch (outcome) {
	case CURL_OUTCOME_ANSWER:
		return "answer";
	case CURL_OUTCOME_URL:
		return "url";
	case CURL_OUTCOME_NAME:
		return "name";
	case CURL_OUTCOME_REFUSED:
		return "refused";
	case CURL_OUTCOME_CONNECT:
		return "connect";
	case CURL_OUTCOME_TLS:
		return "tls";
	case CURL_OUTCOME_TIMEOUT:
		return "timeout";
	case CURL_OUTCOME_BROKEN:
		return "broken";
	}
	log_abort("bug: no such outcome", __FILE__, __LINE__);
}

/* ---- The end of a transfer ---- */

static void
transfer_free(struct transfer *transfer)
{
	struct curl_loop *loop = transfer->loop;

	if (transfer->is_in_multi)
		curl_multi_remove_handle(loop->multi, transfer->easy);
	curl_easy_cleanup(transfer->easy);
	if (transfer->lookup_id != 0)
		resolver_forget(loop->resolver, transfer->lookup_id);
	if (transfer->timer != NULL)
		event_free(transfer->timer);
	curl_slist_free_all(transfer->headers);
	curl_slist_free_all(transfer->pinned);
	for (size_t i = 0; i < PEM_COUNT; i++)
		free(transfer->pems[i]);
	free(transfer->url);
	free(transfer->host);
	free(transfer->body);
	free(transfer);
}

/* From an event of the loop only. */
static void
transfer_answer(struct transfer_list *list, struct transfer *transfer)
{
	struct curl_answer *answer = &transfer->answer;

	TAILQ_REMOVE(list, transfer, link);
	transfer->loop->count--;
	if (answer->error == NULL)
		answer->error = "";
	answer->duration_ms = clock_monotonic_ms() - transfer->start_ms;
	transfer->callback(answer, transfer->arg);
	transfer_free(transfer);
}

/* Ends a transfer that libcurl does not have, at the next turn of the loop. */
static void
transfer_end_later(struct transfer *transfer, enum curl_outcome outcome, const char *error)
{
	struct curl_loop *loop = transfer->loop;

	transfer->answer.outcome = outcome;
	transfer->answer.error = error;
	TAILQ_REMOVE(&loop->transfers, transfer, link);
	TAILQ_INSERT_TAIL(&loop->over, transfer, link);
	event_active(loop->deferred, EV_TIMEOUT, 1);
}

static void
on_deferred(evutil_socket_t fd, short what, void *arg)
{
	struct curl_loop *loop = arg;
	struct transfer *transfer;
	uint64_t last_id = loop->last_id;

	(void)fd;
	(void)what;
	/* What a callback starts and what ends at once has its turn after the loop's. */
	while ((transfer = TAILQ_FIRST(&loop->over)) != NULL && transfer->id <= last_id)
		transfer_answer(&loop->over, transfer);
}

/* What libcurl's code means, once the URL and the addresses were found good. */
static enum curl_outcome
outcome_of(const struct transfer *transfer, CURLcode code)
{
	switch (code) { /* NOLINT: not our enum, and it grows with each libcurl */
	case CURLE_OK:
		return CURL_OUTCOME_ANSWER;
	case CURLE_WRITE_ERROR:
		/* We stopped reading: the answer was there. */
		return transfer->body_read > CURL_BODY_READ_BYTES ? CURL_OUTCOME_ANSWER
								  : CURL_OUTCOME_BROKEN;
	case CURLE_ABORTED_BY_CALLBACK:
		return transfer->refused ? CURL_OUTCOME_REFUSED : CURL_OUTCOME_BROKEN;
	case CURLE_COULDNT_RESOLVE_HOST:
		return CURL_OUTCOME_NAME;
	case CURLE_COULDNT_CONNECT:
		return CURL_OUTCOME_CONNECT;
	case CURLE_OPERATION_TIMEDOUT:
		return CURL_OUTCOME_TIMEOUT;
	case CURLE_SSL_CONNECT_ERROR:
	case CURLE_PEER_FAILED_VERIFICATION:
	case CURLE_SSL_CERTPROBLEM:
	case CURLE_SSL_CIPHER:
	case CURLE_SSL_CACERT_BADFILE:
	case CURLE_SSL_ISSUER_ERROR:
	case CURLE_SSL_PINNEDPUBKEYNOTMATCH:
	case CURLE_SSL_INVALIDCERTSTATUS:
	case CURLE_SSL_CLIENTCERT:
		return CURL_OUTCOME_TLS;
	default:
		return CURL_OUTCOME_BROKEN;
	}
}

static void
transfer_done(struct transfer *transfer, CURLcode code)
{
	struct curl_answer *answer = &transfer->answer;
	const char *ip = NULL;
	long status = 0, port = 0;
	curl_off_t retry_after = 0;

	curl_easy_getinfo(transfer->easy, CURLINFO_RESPONSE_CODE, &status);
	curl_easy_getinfo(transfer->easy, CURLINFO_RETRY_AFTER, &retry_after);
	curl_easy_getinfo(transfer->easy, CURLINFO_PRIMARY_IP, &ip);
	curl_easy_getinfo(transfer->easy, CURLINFO_PRIMARY_PORT, &port);
	answer->outcome = outcome_of(transfer, code);
	if (answer->outcome == CURL_OUTCOME_ANSWER)
		answer->status = (int)status;
	else if (transfer->refused)
		answer->error = "the address may not be connected to";
	else if (transfer->head_read > CURL_HEAD_READ_BYTES)
		answer->error = "the head of the answer is too large";
	else
		answer->error =
		    transfer->error[0] != '\0' ? transfer->error : curl_easy_strerror(code);
	if (ip != NULL && ip[0] != '\0')
		snprintf(answer->address, sizeof(answer->address),
		    strchr(ip, ':') != NULL ? "[%.48s]:%ld" : "%.48s:%ld", ip, port);
	if (answer->outcome == CURL_OUTCOME_ANSWER && retry_after > 0)
		answer->retry_after_s = retry_after;
	transfer_answer(&transfer->loop->transfers, transfer);
}

/*
 * Answers all that libcurl is done with. A callback may start and cancel transfers, so each is
 * asked for anew.
 */
static void
done_take(struct curl_loop *loop)
{
	CURLMsg *message;
	int left;

	while ((message = curl_multi_info_read(loop->multi, &left)) != NULL) {
		struct transfer *transfer = NULL;
		CURLcode code = message->data.result;

		require(message->msg == CURLMSG_DONE);
		curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, &transfer);
		require(transfer != NULL);
		transfer_done(transfer, code);
	}
}

/* ---- libcurl's sockets and timer ---- */

static void
on_socket(evutil_socket_t fd, short what, void *arg)
{
	struct curl_loop *loop = arg;
	int running, bits = (what & EV_READ ? CURL_CSELECT_IN : 0) |
			    (what & EV_WRITE ? CURL_CSELECT_OUT : 0);

	curl_multi_socket_action(loop->multi, fd, bits, &running);
	done_take(loop);
}

static void
on_timer(evutil_socket_t fd, short what, void *arg)
{
	struct curl_loop *loop = arg;
	int running;

	(void)fd;
	(void)what;
	curl_multi_socket_action(loop->multi, CURL_SOCKET_TIMEOUT, 0, &running);
	done_take(loop);
}

/* libcurl's: watch this socket for that. The event is the socket's own pointer. */
static int
socket_wanted(CURL *easy, curl_socket_t fd, int what, void *arg, void *socket_arg)
{
	struct curl_loop *loop = arg;
	struct event *event = socket_arg;
	short bits = EV_PERSIST;

	(void)easy;
	if (event != NULL)
		event_free(event);
	if (what == CURL_POLL_REMOVE) {
		curl_multi_assign(loop->multi, fd, NULL);
		return 0;
	}
	if (what == CURL_POLL_IN || what == CURL_POLL_INOUT)
		bits |= EV_READ;
	if (what == CURL_POLL_OUT || what == CURL_POLL_INOUT)
		bits |= EV_WRITE;
	event = event_new(loop->base, fd, bits, on_socket, loop);
	require(event != NULL && event_add(event, NULL) == 0);
	curl_multi_assign(loop->multi, fd, event);
	return 0;
}

static int
timer_wanted(CURLM *multi, long timeout_ms, void *arg)
{
	struct curl_loop *loop = arg;

	(void)multi;
	if (timeout_ms < 0)
		event_del(loop->timer);
	else
		timer_set(loop->timer, (unsigned)timeout_ms);
	return 0;
}

/* ---- One transfer's callbacks ---- */

static size_t
head_arrives(char *bytes, size_t size, size_t count, void *arg)
{
	struct transfer *transfer = arg;

	(void)bytes;
	transfer->head_read += size * count;
	return transfer->head_read > CURL_HEAD_READ_BYTES ? 0 : size * count;
}

static size_t
body_arrives(char *bytes, size_t size, size_t count, void *arg)
{
	struct transfer *transfer = arg;
	struct curl_answer *answer = &transfer->answer;
	size_t room = sizeof(answer->body) - answer->body_len;
	size_t len = size * count, kept = len < room ? len : room;

	memcpy(answer->body + answer->body_len, bytes, kept);
	answer->body_len += kept;
	transfer->body_read += len;
	return transfer->body_read > CURL_BODY_READ_BYTES ? 0 : len;
}

static bool
address_read(const char *text, struct sockaddr_storage *out)
{
	struct sockaddr_in *four = (struct sockaddr_in *)out;
	struct sockaddr_in6 *six = (struct sockaddr_in6 *)out;

	memset(out, 0, sizeof(*out));
	if (inet_pton(AF_INET, text, &four->sin_addr) == 1) {
		four->sin_family = AF_INET;
		return true;
	}
	six->sin6_family = AF_INET6;
	return inet_pton(AF_INET6, text, &six->sin6_addr) == 1;
}

/* A connection is there, new or reused; nothing was sent on it for this transfer yet. */
static int
connection_check(void *arg, char *remote, char *local, int remote_port, int local_port)
{
	struct transfer *transfer = arg;
	struct curl_loop *loop = transfer->loop;
	struct sockaddr_storage address;

	(void)local;
	(void)remote_port;
	(void)local_port;
	if (address_read(remote, &address) &&
	    loop->allow((struct sockaddr *)&address, loop->allow_arg))
		return CURL_PREREQFUNC_OK;
	transfer->refused = true;
	return CURL_PREREQFUNC_ABORT;
}

/* ---- The beginning of a transfer ---- */

static unsigned
time_left(unsigned limit_ms, int64_t used_ms)
{
	return used_ms + 1 >= limit_ms ? 1 : limit_ms - (unsigned)used_ms;
}

/* Borrowed by libcurl: the transfer outlives its easy handle. NULL: as libcurl has it. */
static void
pem_set(CURL *easy, CURLoption option, char *pem)
{
	struct curl_blob blob = {.data = pem, .flags = CURL_BLOB_NOCOPY};

	if (pem == NULL)
		return;
	blob.len = strlen(pem);
	require(curl_easy_setopt(easy, option, &blob) == CURLE_OK);
}

static void
easy_limits(struct transfer *transfer)
{
	CURL *easy = transfer->easy;
	int64_t used_ms = clock_monotonic_ms() - transfer->start_ms;

	SET(easy, NOSIGNAL, 1L);
	SET(easy, PROTOCOLS_STR, "http,https");
	SET(easy, HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
	SET(easy, FOLLOWLOCATION, 0L);
	SET(easy, PROXY, "");
	SET(easy, CONNECTTIMEOUT_MS, (long)time_left(transfer->connect_timeout_ms, used_ms));
	SET(easy, TIMEOUT_MS, (long)time_left(transfer->timeout_ms, used_ms));
	SET(easy, SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
	/*
	 * libcurl keeps the parsed certificates for the next connection only if they come from a
	 * file alone.
	 */
	SET(easy, CAPATH, NULL);
	pem_set(easy, CURLOPT_CAINFO_BLOB, transfer->pems[PEM_CA]);
	pem_set(easy, CURLOPT_SSLCERT_BLOB, transfer->pems[PEM_CERT]);
	pem_set(easy, CURLOPT_SSLKEY_BLOB, transfer->pems[PEM_KEY]);
}

static void
easy_start(struct transfer *transfer)
{
	CURL *easy = curl_easy_init();

	if (easy == NULL)
		log_abort("out of memory", __FILE__, __LINE__);
	transfer->easy = easy;
	easy_limits(transfer);
	SET(easy, URL, transfer->url);
	SET(easy, RESOLVE, transfer->pinned);
	SET(easy, POST, 1L);
	SET(easy, POSTFIELDSIZE_LARGE, (curl_off_t)transfer->body_len);
	SET(easy, POSTFIELDS, transfer->body);
	SET(easy, USERAGENT, "samordnad");
	SET(easy, HTTPHEADER, transfer->headers);
	SET(easy, HEADERFUNCTION, head_arrives);
	SET(easy, HEADERDATA, transfer);
	SET(easy, WRITEFUNCTION, body_arrives);
	SET(easy, WRITEDATA, transfer);
	SET(easy, PREREQFUNCTION, connection_check);
	SET(easy, PREREQDATA, transfer);
	SET(easy, ERRORBUFFER, transfer->error);
	SET(easy, PRIVATE, transfer);
	require(curl_multi_add_handle(transfer->loop->multi, easy) == CURLM_OK);
	transfer->is_in_multi = true;
}

static struct curl_slist *
slist_append(struct curl_slist *list, const char *text)
{
	struct curl_slist *longer = curl_slist_append(list, text);

	if (longer == NULL)
		log_abort("out of memory", __FILE__, __LINE__);
	return longer;
}

/* Writes the address in the form of CURLOPT_RESOLVE; false if it has none there. */
static bool
address_print(const struct sockaddr_storage *address, char out[static 64])
{
	char text[NI_MAXHOST];

	if (getnameinfo((const struct sockaddr *)address, sizeof(*address), text, sizeof(text),
		NULL, 0, NI_NUMERICHOST) != 0)
		return false;
	/* A zone ("%eth0") means a link-local address, which libcurl does not take here. */
	if (strchr(text, '%') != NULL)
		return false;
	snprintf(out, 64, address->ss_family == AF_INET6 ? "[%.60s]" : "%.60s", text);
	return true;
}

/*
 * Pins the addresses that are allowed, as "+host:port:address,address". Returns how many they are.
 */
static size_t
addresses_pin(struct transfer *transfer, const struct resolve_answer *answer)
{
	const struct curl_loop *loop = transfer->loop;
	char entry[RESOLVE_NAME_MAX + 16 + RESOLVE_ADDRESSES_MAX * 64], text[64];
	struct sockaddr_storage literal;
	size_t pinned = 0, used;

	/* "+": the entry leaves libcurl's cache in time, like any other. */
	used =
	    (size_t)snprintf(entry, sizeof(entry), "+%.253s:%u:", transfer->host, transfer->port);
	for (size_t i = 0; i < answer->count; i++) {
		const struct sockaddr_storage *address = &answer->addresses[i];

		if (!loop->allow((const struct sockaddr *)address, loop->allow_arg) ||
		    !address_print(address, text))
			continue;
		used += (size_t)snprintf(
		    entry + used, sizeof(entry) - used, "%s%s", pinned == 0 ? "" : ",", text);
		pinned++;
	}
	/* An address in the URL needs no pin. */
	if (pinned > 0 && !address_read(transfer->host, &literal))
		transfer->pinned = slist_append(NULL, entry);
	return pinned;
}

static void
on_resolved(const struct resolve_answer *answer, void *arg)
{
	struct transfer *transfer = arg;

	transfer->lookup_id = 0;
	event_del(transfer->timer);
	if (answer->count == 0)
		transfer_end_later(transfer, CURL_OUTCOME_NAME, answer->error);
	else if (addresses_pin(transfer, answer) == 0)
		transfer_end_later(
		    transfer, CURL_OUTCOME_REFUSED, "the address may not be connected to");
	else
		easy_start(transfer);
}

static void
on_lookup_timeout(evutil_socket_t fd, short what, void *arg)
{
	struct transfer *transfer = arg;

	(void)fd;
	(void)what;
	resolver_forget(transfer->loop->resolver, transfer->lookup_id);
	transfer->lookup_id = 0;
	transfer_end_later(transfer, CURL_OUTCOME_TIMEOUT, "the name was not looked up in time");
}

/* NULL, or why the host may not be used. Copies it without the brackets of an IPv6 address. */
static const char *
host_read(const char *host, char out[static CURL_HOST_MAX])
{
	size_t len = strlen(host);

	for (size_t i = 0; i < len; i++)
		if (host[i] <= ' ' || host[i] >= 0x7f || host[i] == '%')
			return "the URL's host must be written in ASCII";
	if (len == 0 || len > RESOLVE_NAME_MAX || host[len - 1] == '.')
		return "the URL's host is not a name or address";
	if (host[0] == '[')
		snprintf(out, CURL_HOST_MAX, "%.*s", (int)len - 2, host + 1);
	else
		snprintf(out, CURL_HOST_MAX, "%s", host);
	return NULL;
}

const char *
curl_url_read(const char *text, char host_out[static CURL_HOST_MAX], unsigned *port_out)
{
	CURLU *url = curl_url();
	char *scheme = NULL, *host = NULL, *port = NULL, *fragment = NULL;
	const char *complaint = NULL;

	if (url == NULL)
		log_abort("out of memory", __FILE__, __LINE__);
	if (curl_url_set(url, CURLUPART_URL, text, CURLU_DISALLOW_USER) != CURLUE_OK ||
	    curl_url_get(url, CURLUPART_SCHEME, &scheme, 0) != CURLUE_OK ||
	    curl_url_get(url, CURLUPART_HOST, &host, 0) != CURLUE_OK ||
	    curl_url_get(url, CURLUPART_PORT, &port, CURLU_DEFAULT_PORT) != CURLUE_OK)
		complaint = "not a URL, or one with a user";
	else if (strcmp(scheme, "http") != 0 && strcmp(scheme, "https") != 0)
		complaint = "the URL is neither http nor https";
	else if (curl_url_get(url, CURLUPART_FRAGMENT, &fragment, 0) == CURLUE_OK)
		complaint = "the URL has a fragment";
	else
		complaint = host_read(host, host_out);
	if (complaint == NULL)
		*port_out = (unsigned)strtoul(port, NULL, 10);
	curl_free(scheme);
	curl_free(host);
	curl_free(port);
	curl_free(fragment);
	curl_url_cleanup(url);
	return complaint;
}

/* NULL, or why the URL may not be used. */
static const char *
url_read(struct transfer *transfer, const char *text)
{
	char host[CURL_HOST_MAX];
	const char *complaint = curl_url_read(text, host, &transfer->port);

	if (complaint == NULL)
		transfer->host = xstrdup(host);
	return complaint;
}

static void
request_copy(struct transfer *transfer, const struct curl_request *request)
{
	const char *pems[PEM_COUNT] = {[PEM_CA] = request->ca,
	    [PEM_CERT] = request->client_cert,
	    [PEM_KEY] = request->client_key};

	require(request->connect_timeout_ms > 0 && request->timeout_ms > 0);
	require((request->client_cert == NULL) == (request->client_key == NULL));
	transfer->connect_timeout_ms = request->connect_timeout_ms;
	transfer->timeout_ms = request->timeout_ms;
	transfer->url = xstrdup(request->url);
	for (size_t i = 0; i < PEM_COUNT; i++)
		transfer->pems[i] = pems[i] == NULL ? NULL : xstrdup(pems[i]);
	transfer->body_len = request->body_len;
	transfer->body = xmalloc(request->body_len);
	if (request->body_len > 0)
		memcpy(transfer->body, request->body, request->body_len);
	/*
	 * No "Expect: 100-continue": it costs a round trip, or a second where the receiver does not
	 * know it.
	 */
	transfer->headers = slist_append(NULL, "Expect:");
	for (const char *const *header = request->headers; header != NULL && *header != NULL;
	     header++) {
		require(strpbrk(*header, "\r\n") == NULL);
		transfer->headers = slist_append(transfer->headers, *header);
	}
}

uint64_t
curl_post(
    struct curl_loop *loop, const struct curl_request *request, curl_callback *callback, void *arg)
{
	struct transfer *transfer = xcalloc(1, sizeof(*transfer));
	unsigned lookup_ms = request->connect_timeout_ms < request->timeout_ms
				 ? request->connect_timeout_ms
				 : request->timeout_ms;
	const char *complaint;

	transfer->id = ++loop->last_id;
	transfer->loop = loop;
	transfer->callback = callback;
	transfer->arg = arg;
	transfer->start_ms = clock_monotonic_ms();
	transfer->answer.retry_after_s = -1;
	request_copy(transfer, request);
	TAILQ_INSERT_TAIL(&loop->transfers, transfer, link);
	loop->count++;
	complaint = url_read(transfer, request->url);
	if (complaint != NULL) {
		transfer_end_later(transfer, CURL_OUTCOME_URL, complaint);
		return transfer->id;
	}
	transfer->timer = evtimer_new(loop->base, on_lookup_timeout, transfer);
	require(transfer->timer != NULL);
	timer_set(transfer->timer, lookup_ms);
	transfer->lookup_id = resolver_ask(loop->resolver, transfer->host, on_resolved, transfer);
	return transfer->id;
}

bool
curl_cancel(struct curl_loop *loop, uint64_t id)
{
	struct transfer_list *lists[] = {&loop->transfers, &loop->over};
	struct transfer *transfer;

	for (size_t i = 0; i < 2; i++)
		TAILQ_FOREACH(transfer, lists[i], link)
		{
			if (transfer->id != id)
				continue;
			TAILQ_REMOVE(lists[i], transfer, link);
			loop->count--;
			transfer_free(transfer);
			return true;
		}
	return false;
}

size_t
curl_in_flight(const struct curl_loop *loop)
{
	return loop->count;
}

/* ---- The loop ---- */

struct curl_loop *
curl_loop_new(struct event_base *base, curl_allow *allow, void *allow_arg)
{
	struct curl_loop *loop = xcalloc(1, sizeof(*loop));

	if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK)
		log_abort("libcurl cannot start", __FILE__, __LINE__);
	loop->base = base;
	loop->allow = allow;
	loop->allow_arg = allow_arg;
	loop->resolver = resolver_new(base);
	TAILQ_INIT(&loop->transfers);
	TAILQ_INIT(&loop->over);
	loop->timer = evtimer_new(base, on_timer, loop);
	loop->deferred = evtimer_new(base, on_deferred, loop);
	loop->multi = curl_multi_init();
	require(loop->timer != NULL && loop->deferred != NULL && loop->multi != NULL);
	SET_MULTI(loop->multi, SOCKETFUNCTION, socket_wanted);
	SET_MULTI(loop->multi, SOCKETDATA, loop);
	SET_MULTI(loop->multi, TIMERFUNCTION, timer_wanted);
	SET_MULTI(loop->multi, TIMERDATA, loop);
	SET_MULTI(loop->multi, PIPELINING, (long)CURLPIPE_NOTHING);
	SET_MULTI(loop->multi, MAXCONNECTS, CONNECTIONS_KEPT_MAX);
	return loop;
}

void
curl_loop_free(struct curl_loop *loop)
{
	struct transfer *transfer;

	if (loop == NULL)
		return;
	while ((transfer = TAILQ_FIRST(&loop->transfers)) != NULL)
		require(curl_cancel(loop, transfer->id));
	while ((transfer = TAILQ_FIRST(&loop->over)) != NULL)
		require(curl_cancel(loop, transfer->id));
	/* Closes the idle connections, and asks for their events to be removed. */
	curl_multi_cleanup(loop->multi);
	event_free(loop->timer);
	event_free(loop->deferred);
	resolver_free(loop->resolver);
	free(loop);
	curl_global_cleanup();
}
