/*
 * curl_multi on libevent: one POST a call. Owns sockets, connection reuse, time limits, the check
 * of each address that is connected to. HTTP/1.1, no redirects, no proxy. Knows nothing of
 * webhooks, signatures or retries. Queue outside: every transfer handed in here starts at once, and
 * its time runs.
 */
#ifndef SAMORDNAD_CURL_H
#define SAMORDNAD_CURL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>

struct event_base;
struct curl_loop;

#define CURL_HOST_MAX 254	   /* of a URL, the NUL included */
#define CURL_BODY_KEPT_BYTES 2048  /* of an answer's body */
#define CURL_BODY_READ_BYTES 65536 /* then the connection is closed; the answer counts */
#define CURL_HEAD_READ_BYTES 16384 /* of an answer's head; beyond: CURL_OUTCOME_BROKEN */

enum curl_outcome {
	CURL_OUTCOME_ANSWER,  /* there is an HTTP status */
	CURL_OUTCOME_URL,     /* not a URL that may be posted to: nothing was sent */
	CURL_OUTCOME_NAME,    /* the host's name has no address */
	CURL_OUTCOME_REFUSED, /* no address of the host is allowed: nothing was sent */
	CURL_OUTCOME_CONNECT, /* no connection: nothing was sent */
	CURL_OUTCOME_TLS,     /* certificate or handshake: nothing was sent */
	CURL_OUTCOME_TIMEOUT, /* connect_timeout_ms or timeout_ms passed */
	CURL_OUTCOME_BROKEN,  /* the connection ended, or the answer is not HTTP/1.1 */
};

const char *curl_outcome_text(
    enum curl_outcome outcome); /* "answer", "url" …: for logs and metrics */

struct curl_request {
	const char *url;	    /* http or https; no user, no fragment */
	const char *const *headers; /* "name: value", ended by NULL; Content-Type among them */
	const void *body;
	size_t body_len;
	unsigned connect_timeout_ms; /* > 0; name, connection and TLS */
	unsigned timeout_ms;	     /* > 0; all of it */
	const char *ca;		     /* PEM text; NULL: the system's */
	const char *client_cert;     /* PEM text, with client_key; NULL: none */
	const char *client_key;
};

/* Borrowed: valid until the callback returns. */
struct curl_answer {
	enum curl_outcome outcome;
	int status;	       /* 100-999; 0 unless CURL_OUTCOME_ANSWER */
	const char *error;     /* a plain sentence for people; "" with CURL_OUTCOME_ANSWER */
	char address[64];      /* "192.0.2.1:443" that was connected to, or "" */
	int64_t retry_after_s; /* from Retry-After, seconds or date; -1 if there is none */
	int64_t duration_ms;   /* from curl_post on, name lookup included */
	size_t body_len;
	char body[CURL_BODY_KEPT_BYTES]; /* any bytes */
};

typedef void curl_callback(const struct curl_answer *answer, void *arg);

/*
 * Whether this address may be connected to. Asked for each address of a name and again at each use
 * of a connection.
 */
typedef bool curl_allow(const struct sockaddr *address, void *arg);

/* allow must not call back into this module. */
struct curl_loop *curl_loop_new(struct event_base *base, curl_allow *allow, void *allow_arg);
/*
 * Transfers under way are dropped without their callback. Not from within a callback. NULL is
 * allowed.
 */
void curl_loop_free(struct curl_loop *loop);

/*
 * NULL, or why this URL may not be posted to (a static sentence). Gives its host, without the
 * brackets of an IPv6 address, and its port.
 */
const char *curl_url_read(
    const char *text, char host_out[static CURL_HOST_MAX], unsigned *port_out);

/*
 * Copies the request and starts it. The callback comes once, from the loop. Returns an id, never 0.
 * For "in flight by id" arg may be an id cast to a pointer.
 */
uint64_t curl_post(
    struct curl_loop *loop, const struct curl_request *request, curl_callback *callback, void *arg);

/* Drops a transfer; its callback will not come. False if the id is not under way (any more). */
bool curl_cancel(struct curl_loop *loop, uint64_t id);

size_t curl_in_flight(const struct curl_loop *loop);

#endif
