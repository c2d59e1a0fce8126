/*
 * Owns the helper threads in which getaddrinfo may block. A thread touches only its own lookup and,
 * under the lock, the list of those that are done; everything else belongs to the loop's thread.
 * Knows nothing of who asks or why.
 */
#include "resolve.h"

#include <errno.h>
#include <netdb.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/queue.h>
#include <unistd.h>
#include <event2/event.h>

#include "log.h"

/* getaddrinfo wants some tens of kB, NSS modules more. */
#define THREAD_STACK_BYTES (256 * 1024)

struct lookup {
	TAILQ_ENTRY(lookup) link;      /* waiting or running: the loop's */
	TAILQ_ENTRY(lookup) done_link; /* done: under the lock */
	uint64_t id;
	struct done_box *box;
	resolve_callback *callback;
	void *arg;
	bool forgotten;
	char name[RESOLVE_NAME_MAX + 1];
	struct resolve_answer answer;
};

TAILQ_HEAD(lookup_list, lookup);

/* Where threads put what they have done. It outlives the resolver if a thread is still at it. */
struct done_box {
	pthread_mutex_t lock;
	struct lookup_list done;
	int wake_fd;
	size_t holders; /* the resolver and each thread */
};

struct resolver {
	struct event *wake;
	struct done_box *box;
	struct lookup_list waiting;
	struct lookup_list running; /* given away, not yet taken back from the box */
	size_t running_count;
	uint64_t last_id;
};

static void
box_leave(struct done_box *box)
{
	struct lookup *lookup;
	bool last;

	pthread_mutex_lock(&box->lock);
	last = --box->holders == 0;
	pthread_mutex_unlock(&box->lock);
	if (!last)
		return;
	while ((lookup = TAILQ_FIRST(&box->done)) != NULL) {
		TAILQ_REMOVE(&box->done, lookup, done_link);
		free(lookup);
	}
	close(box->wake_fd);
	pthread_mutex_destroy(&box->lock);
	free(box);
}

static void
lookup_fail(struct resolve_answer *answer, int code)
{
	answer->count = 0;
	switch (code) {
	case EAI_NONAME:
	case EAI_NODATA:
		answer->error = "the name has no address";
		break;
	case EAI_AGAIN:
		answer->error = "the name servers did not answer";
		break;
	default:
		answer->error = "the name cannot be looked up";
		break;
	}
}

static void
lookup_do(struct lookup *lookup, int flags)
{
	struct addrinfo hints = {.ai_family = AF_UNSPEC, .ai_socktype = SOCK_STREAM};
	struct addrinfo *found, *each;
	struct resolve_answer *answer = &lookup->answer;
	int code;

	hints.ai_flags = flags;
	memset(answer, 0, sizeof(*answer));
	if (lookup->name[0] == '\0') {
		lookup_fail(answer, EAI_NONAME);
		return;
	}
	code = getaddrinfo(lookup->name, NULL, &hints, &found);
	if (code != 0) {
		lookup_fail(answer, code);
		return;
	}
	for (each = found; each != NULL && answer->count < RESOLVE_ADDRESSES_MAX;
	     each = each->ai_next)
		if (each->ai_family == AF_INET || each->ai_family == AF_INET6)
			memcpy(
			    &answer->addresses[answer->count++], each->ai_addr, each->ai_addrlen);
	freeaddrinfo(found);
	if (answer->count == 0)
		lookup_fail(answer, EAI_NONAME);
}

static void
lookup_put_done(struct lookup *lookup)
{
	struct done_box *box = lookup->box;
	uint64_t one = 1;
	ssize_t written;

	pthread_mutex_lock(&box->lock);
	TAILQ_INSERT_TAIL(&box->done, lookup, done_link);
	pthread_mutex_unlock(&box->lock);
	do
		written = write(box->wake_fd, &one, sizeof(one));
	while (written < 0 && errno == EINTR);
}

static void *
lookup_thread(void *arg)
{
	struct lookup *lookup = arg;
	struct done_box *box = lookup->box;

	lookup_do(lookup, 0);
	lookup_put_done(lookup);
	box_leave(box);
	return NULL;
}

/* Starts a thread that takes no signals: those are the loop's. */
static bool
thread_start(struct lookup *lookup)
{
	sigset_t all, before;
	pthread_attr_t attributes;
	pthread_t thread;
	int error;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	pthread_attr_init(&attributes);
	pthread_attr_setstacksize(&attributes, THREAD_STACK_BYTES);
	pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
	error = pthread_create(&thread, &attributes, lookup_thread, lookup);
	pthread_attr_destroy(&attributes);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	return error == 0;
}

static void
lookup_start(struct resolver *resolver, struct lookup *lookup)
{
	struct done_box *box = resolver->box;

	TAILQ_INSERT_TAIL(&resolver->running, lookup, link);
	resolver->running_count++;
	/* An address in text form needs no thread. */
	lookup_do(lookup, AI_NUMERICHOST);
	if (lookup->answer.count > 0) {
		lookup_put_done(lookup);
		return;
	}
	pthread_mutex_lock(&box->lock);
	box->holders++;
	pthread_mutex_unlock(&box->lock);
	if (thread_start(lookup))
		return;
	lookup->answer.error = "no thread to look up the name";
	lookup_put_done(lookup);
	box_leave(box);
}

static void
waiting_start(struct resolver *resolver)
{
	struct lookup *lookup;

	while (resolver->running_count < RESOLVE_THREADS_MAX &&
	       (lookup = TAILQ_FIRST(&resolver->waiting)) != NULL) {
		TAILQ_REMOVE(&resolver->waiting, lookup, link);
		lookup_start(resolver, lookup);
	}
}

static struct lookup *
box_take(struct done_box *box)
{
	struct lookup *lookup;

	pthread_mutex_lock(&box->lock);
	lookup = TAILQ_FIRST(&box->done);
	if (lookup != NULL)
		TAILQ_REMOVE(&box->done, lookup, done_link);
	pthread_mutex_unlock(&box->lock);
	return lookup;
}

static void
on_wake(evutil_socket_t fd, short what, void *arg)
{
	struct resolver *resolver = arg;
	struct lookup *lookup;
	uint64_t count;

	(void)what;
	if (read(fd, &count, sizeof(count)) < 0 && errno != EAGAIN && errno != EINTR)
		log_abort("bug: the resolver's eventfd cannot be read", __FILE__, __LINE__);
	while ((lookup = box_take(resolver->box)) != NULL) {
		TAILQ_REMOVE(&resolver->running, lookup, link);
		resolver->running_count--;
		if (!lookup->forgotten)
			lookup->callback(&lookup->answer, lookup->arg);
		free(lookup);
	}
	waiting_start(resolver);
}

struct resolver *
resolver_new(struct event_base *base)
{
	struct resolver *resolver = xcalloc(1, sizeof(*resolver));
	struct done_box *box = xcalloc(1, sizeof(*box));

	pthread_mutex_init(&box->lock, NULL);
	TAILQ_INIT(&box->done);
	box->holders = 1;
	box->wake_fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
	if (box->wake_fd < 0)
		log_abort("no eventfd for the resolver", __FILE__, __LINE__);
	TAILQ_INIT(&resolver->waiting);
	TAILQ_INIT(&resolver->running);
	resolver->box = box;
	resolver->wake = event_new(base, box->wake_fd, EV_READ | EV_PERSIST, on_wake, resolver);
	require(resolver->wake != NULL && event_add(resolver->wake, NULL) == 0);
	return resolver;
}

void
resolver_free(struct resolver *resolver)
{
	struct lookup *lookup;

	if (resolver == NULL)
		return;
	while ((lookup = TAILQ_FIRST(&resolver->waiting)) != NULL) {
		TAILQ_REMOVE(&resolver->waiting, lookup, link);
		free(lookup);
	}
	event_free(resolver->wake);
	/* What runs is freed with the box, by whoever leaves it last. */
	box_leave(resolver->box);
	free(resolver);
}

uint64_t
resolver_ask(struct resolver *resolver, const char *name, resolve_callback *callback, void *arg)
{
	struct lookup *lookup = xcalloc(1, sizeof(*lookup));
	size_t len = strlen(name);

	lookup->id = ++resolver->last_id;
	lookup->box = resolver->box;
	lookup->callback = callback;
	lookup->arg = arg;
	/* No name is that long: an empty one has no address either. */
	if (len <= RESOLVE_NAME_MAX)
		memcpy(lookup->name, name, len);
	TAILQ_INSERT_TAIL(&resolver->waiting, lookup, link);
	waiting_start(resolver);
	return lookup->id;
}

void
resolver_forget(struct resolver *resolver, uint64_t id)
{
	struct lookup *lookup;

	TAILQ_FOREACH(lookup, &resolver->waiting, link)
	{
		if (lookup->id != id)
			continue;
		TAILQ_REMOVE(&resolver->waiting, lookup, link);
		free(lookup);
		return;
	}
	TAILQ_FOREACH(lookup, &resolver->running, link)
	if (lookup->id == id)
		lookup->forgotten = true;
}
