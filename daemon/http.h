/*
 * The HTTP server: listeners, connections, limits, deadlines, and that each request is answered
 * exactly once. Knows no route, no client and no message: what a request means is for the
 * callbacks. What the bytes mean is for proto/http1. One thread, one event loop; nothing here
 * blocks.
 *
 * A connection's requests are handled one after the other: the next is not read before the former
 * is answered. A request is known by an id, never by a pointer; an answer for a request whose
 * connection is gone is dropped.
 *
 * Whatever the server itself refuses leaves as application/problem+json (RFC 9457). After an error
 * that loses the framing it answers, closes its sending side, and reads on for a while, so that the
 * client gets to read the answer.
 *
 * Too many connections: who comes gets the place of one that does not use its own: that has its
 * last answer, whose request has been coming for HTTP_SLOW_MS, or that asks nothing; the longest
 * first. So those who are slow on purpose keep nobody out. If all use theirs, who comes is accepted
 * and answered 503 at once, because a client that hangs in the kernel's queue learns nothing and a
 * load balancer could not tell a full daemon from a dead one. HTTP_TURNED_AWAY_MAX at a time are
 * seen out properly, those beyond are just closed.
 */
#ifndef SAMORDNAD_HTTP_H
#define SAMORDNAD_HTTP_H

#include "http1.h"

#include <jansson.h>
#include <stddef.h>
#include <stdint.h>

struct event_base;
struct http_server;

#define HTTP_ADDRESS_TEXT_MAX 46	/* an IPv6 address and the NUL */
#define HTTP_ANSWER_HEAD_BYTES_MAX 8192 /* a larger one is a bug of the caller */
#define HTTP_TURNED_AWAY_MAX 64 /* connections over the cap that get a 503 at the same time */
#define HTTP_SLOW_MS 1000	/* a request that takes longer may lose its place, see above */
#define HTTP_LINGER_MS \
	5000 /* how long a broken connection is read on, so that the answer arrives */
#define HTTP_LINGER_BYTES_MAX (16 * 1024 * 1024) /* how much of it */
#define HTTP_DISCARD_BYTES_MAX \
	65536 /* a refused body of at most this is read and dropped, the connection stays */

/*
 * All must be set. Besides its body, a connection holds at most one head and head_bytes_max of
 * unread input.
 */
struct http_limits {
	unsigned connections_max;	      /* 1 to 1,000,000; over it: 503, see above */
	unsigned connections_per_address_max; /* 0: no limit; the same; not of 127.0.0.1, ::1 and
						 unix sockets, where a proxy speaks for all */
	unsigned requests_per_connection_max; /* 1 and up: then the answer says Connection: close */
	size_t head_bytes_max;		      /* 64 to 65535; over it: 431 */
	size_t target_bytes_max;	      /* 1 to head_bytes_max; over it: 414 */
	size_t body_bytes_max;	       /* of one request, whatever head() says; over it: 413 */
	size_t bodies_bytes_total_max; /* of all bodies being received; over it: 503 */
	unsigned request_deadline_ms;  /* from a request's first byte to its last; over it: 408 */
	unsigned idle_ms; /* without a request's first byte; then closed without a word */
	unsigned answer_deadline_ms; /* from a request's last byte to its answer; over it: 503 */
	unsigned write_deadline_ms;  /* until the client has taken the answer; then closed */
};

/* From where: HTTP_PEER_PROXY came by http_listen_proxy(), whatever the sender's address. */
enum http_peer { HTTP_PEER_UNIX, HTTP_PEER_LOOPBACK, HTTP_PEER_REMOTE, HTTP_PEER_PROXY };

/*
 * A request; all of it borrowed until the callback returns, even if the request was answered
 * inside.
 */
struct http_request {
	const struct http1_request *head;
	const char *body; /* not ended by NUL; NULL in head() and if there is none */
	size_t body_len;
	enum http_peer peer;
	const char *peer_address; /* "192.0.2.1", "2001:db8::1"; "" for unix sockets */
};

enum http_gone {
	HTTP_GONE_FORGET,	/* no answer will come: close the connection */
	HTTP_GONE_ANSWER_COMES, /* an answer will be given all the same */
};

/*
 * All are called from the event loop, never from within a function of this file that the caller
 * called. Inside each of them http_answer() may be called for the request in question or any other.
 */
struct http_callbacks {
	/*
	 * The head is complete, the body not yet read. Either answer it here (401, 405, 413, 415:
	 * then request() is not called), or return the maximum of this request's body in bytes,
	 * above 0 only if a body makes sense. May be NULL.
	 */
	size_t (*head)(void *arg, struct http_server *s, uint64_t request_id,
	    const struct http_request *request);
	/* The request is whole. It must be answered once, now or later. */
	void (*request)(void *arg, struct http_server *s, uint64_t request_id,
	    const struct http_request *request);
	/*
	 * While the request waits for its answer, the client closed its side (it may still read) or
	 * broke off. Called at most once per request. May be NULL: the answer comes.
	 */
	enum http_gone (*gone)(void *arg, struct http_server *s, uint64_t request_id);
};

/* What is answered. Pointers are borrowed for the call. */
struct http_answer {
	const char *content_type;	  /* or NULL: no body */
	const struct http1_pair *headers; /* ended by a pair whose name is NULL; or NULL */
	const char *body;		  /* or NULL if body_len is 0 */
	size_t body_len;
};

enum http_answered {
	HTTP_ANSWERED,
	HTTP_ANSWER_DROPPED, /* no such request: its connection is gone, or it was answered */
};

/* Why the server itself refused something. The names in metrics are in http_refusal_name(). */
enum http_refusal {
	HTTP_REFUSED_CONNECTIONS,  /* 503: too many connections */
	HTTP_REFUSED_MALFORMED,	   /* 400, 405, 417, 501, 505 */
	HTTP_REFUSED_HEAD_SIZE,	   /* 414, 431 */
	HTTP_REFUSED_BODY_SIZE,	   /* 413 */
	HTTP_REFUSED_BODIES_TOTAL, /* 503: body budget spent */
	HTTP_REFUSED_REQUEST_SLOW, /* 408 */
	HTTP_REFUSED_ANSWER_LATE,  /* 503: no answer in time */
	HTTP_REFUSED_WRITE_SLOW,   /* closed: the client does not take its answer */
	HTTP_REFUSAL_COUNT,
};

/* Counters since the start, unless "now" is said. */
struct http_stats {
	unsigned connections_now; /* those turned away not counted */
	unsigned turned_away_now;
	unsigned waiting_now;	       /* requests without an answer yet */
	size_t bodies_bytes_now;       /* held for bodies that are being received */
	uint64_t connections_accepted; /* those turned away counted */
	uint64_t requests;	       /* heads read */
	uint64_t answers[6];	       /* by the status's first digit; index 0 and 1 are not used */
	uint64_t answers_dropped;
	uint64_t refused[HTTP_REFUSAL_COUNT];
};

/*
 * A server without listeners. base, and what arg points to, must outlive it; limits and callbacks
 * are copied. Ignores SIGPIPE for the process, since a client may close at any time. Free with
 * http_free().
 */
struct http_server *http_new(struct event_base *base, const struct http_limits *limits,
    const struct http_callbacks *callbacks, void *arg);

/* Closes everything at once. Not from within a callback of this server. NULL is fine. */
void http_free(struct http_server *s);

/*
 * Listens at "127.0.0.1:8612", "[::1]:8612" (addresses only, no names; port 0: any), "unix:/path"
 * (a stale socket there is removed, one in use is not; removed by http_free and http_drain), or
 * "fd:3" (inherited, bound and listening). May be called several times. 0, or -1 with a sentence in
 * why[0..why_cap).
 */
int http_listen(struct http_server *s, const char *address, char *why, size_t why_cap);

/*
 * The same, once at most, for the proxy that ends TLS in front: who connects there is
 * HTTP_PEER_PROXY. "unix:/path" or "fd:4", a unix socket too: its file's mode is what keeps others
 * from speaking for the proxy, and no port has such.
 */
int http_listen_proxy(struct http_server *s, const char *address, char *why, size_t why_cap);

/* Whether one of its addresses is reached from beyond this machine: in plain HTTP. */
bool http_is_exposed(const struct http_server *s);

/* The TCP port of the first TCP listener; 0 if there is none. */
uint16_t http_port(const struct http_server *s);

/*
 * New limits from now on, for SIGHUP; open connections and requests begun keep the deadlines they
 * have.
 */
void http_set_limits(struct http_server *s, const struct http_limits *limits);

/*
 * Answers a request, once; status 200 to 599. May be called inside callbacks or any time later.
 * HEAD, 204 and 304 send no body. The answer may close the connection (see limits, draining, a body
 * left unread).
 */
enum http_answered http_answer(
    struct http_server *s, uint64_t request_id, int status, const struct http_answer *answer);

/*
 * Answers with a problem: http_problem_body() as application/problem+json. headers as in struct
 * http_answer: 405 needs Allow, 415 Accept-Post, 429 and 503 Retry-After, 401 WWW-Authenticate.
 */
enum http_answered http_answer_problem(struct http_server *s, uint64_t request_id, int status,
    const char *detail, const json_t *extra, const struct http1_pair *headers);

/*
 * RFC 9457: {"type":"about:blank","title":<by status>,"status":...,"detail":...} and the members of
 * extra (an object, borrowed, or NULL). detail: UTF-8, or NULL; never a patient's identity. Returns
 * compact JSON with a NUL, to be freed with free().
 */
char *http_problem_body(int status, const char *detail, const json_t *extra, size_t *len);

/*
 * For SIGTERM: stops listening, closes idle connections, answers what has begun with Connection:
 * close. done is called once from the event loop when no connection is left; from then on
 * http_free() is cheap. Call once.
 */
void http_drain(struct http_server *s, void (*done)(void *arg), void *arg);

void http_stats_get(const struct http_server *s, struct http_stats *out);

/* "connections", "malformed", ... */
const char *http_refusal_name(enum http_refusal refusal);

#endif
