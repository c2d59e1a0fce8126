/*
 * Names to addresses without blocking the loop: getaddrinfo in helper threads. Knows nothing of who
 * asks or why.
 */
#ifndef SAMORDNAD_RESOLVE_H
#define SAMORDNAD_RESOLVE_H

#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>

struct event_base;
struct resolver;

/* As many as deliveries that may be in flight by default: slow names hold up no other's. */
#define RESOLVE_THREADS_MAX 256
#define RESOLVE_ADDRESSES_MAX 8
#define RESOLVE_NAME_MAX 253

struct resolve_answer {
	const char *error; /* NULL, or why there is no address (static text) */
	size_t count;	   /* 1 to RESOLVE_ADDRESSES_MAX, or 0 with error */
	struct sockaddr_storage addresses[RESOLVE_ADDRESSES_MAX]; /* AF_INET or AF_INET6, port 0 */
};

typedef void resolve_callback(const struct resolve_answer *answer, void *arg);

/*
 * At most RESOLVE_THREADS_MAX lookups run at once, each in a thread of its own; more wait their
 * turn. One that was forgotten while it ran is counted until it has ended.
 */
struct resolver *resolver_new(struct event_base *base);
/*
 * Callbacks that have not been called will not be. A lookup under way ends by itself. NULL is
 * allowed.
 */
void resolver_free(struct resolver *resolver);

/*
 * Looks up a name (copied) or an address in text form. The callback comes once, from the loop,
 * unless the id returned is given to resolver_forget before.
 */
uint64_t resolver_ask(
    struct resolver *resolver, const char *name, resolve_callback *callback, void *arg);
/* An id that is not known is ignored. */
void resolver_forget(struct resolver *resolver, uint64_t id);

#endif
