/*
 * One question at a time: the version, and if it is another one, the register.
 */
#include "register_watch.h"

#include "log.h"

#include <event2/event.h>
#include <stdlib.h>

struct register_watch {
	struct pg *pg;
	struct register_ *reg;
	struct register_door door;
	struct event *timer;
	bool asking; /* the version or the register is under way */
	bool again;  /* told meanwhile: ask once more */
};

static void
loaded(const struct register_read *read, void *arg)
{
	struct register_watch *watch = arg;

	watch->asking = false;
	if (read->outcome != PG_OK)
		return;				   /* the timer asks again */
	if (watch->door.has_it(watch->door.arg)) { /* the door came first, and knows more */
		region_delete(read->region);
		clients_free(read->clients);
		return;
	}
	register_put(watch->reg, read->region, read->clients);
	if (watch->again)
		register_watch_look(watch);
}

static void
version_known(int64_t version, void *arg)
{
	struct register_watch *watch = arg;

	watch->asking = false;
	if (version < 0)
		return;
	if (version != register_region(watch->reg)->version) {
		if (watch->door.has_it(watch->door.arg)) {
			watch->door.reread(watch->door.arg);
			return;
		}
		watch->asking = true;
		register_load(watch->pg, REGISTER_FOR_READS, loaded, watch);
	} else if (watch->again) {
		register_watch_look(watch);
	}
}

void
register_watch_look(struct register_watch *watch)
{
	if (watch->asking) {
		watch->again = true;
		return;
	}
	watch->again = false;
	if (!pg_is_up(watch->pg))
		return;
	watch->asking = true;
	register_version(watch->pg, version_known, watch);
}

static void
timer_struck(evutil_socket_t unused, short what, void *arg)
{
	(void)unused;
	(void)what;
	register_watch_look(arg);
}

struct register_watch *
register_watch_new(
    struct event_base *base, struct pg *pg, struct register_ *reg, const struct register_door *door)
{
	const struct timeval every = {REGISTER_POLL_MS / 1000, REGISTER_POLL_MS % 1000 * 1000};
	struct register_watch *watch = xcalloc(1, sizeof(*watch));

	*watch = (struct register_watch){.pg = pg, .reg = reg, .door = *door};
	watch->timer = event_new(base, -1, EV_PERSIST, timer_struck, watch);
	require(watch->timer != NULL && event_add(watch->timer, &every) == 0);
	register_watch_look(watch);
	return watch;
}

void
register_watch_free(struct register_watch *watch)
{
	if (watch == NULL)
		return;
	event_free(watch->timer);
	free(watch);
}
