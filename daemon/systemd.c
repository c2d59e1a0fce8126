/*
 * sd_notify(3)'s protocol, in place of libsystemd: it is one datagram, and the library brings four
 * others into a process that reads what strangers send.
 */
#include "systemd.h"

#include "log.h"

#include <errno.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

struct systemd_watchdog {
	struct event *timer;
	systemd_works *works;
	void *arg;
	int64_t limit_ms;
	bool starved;
};

static int
send_state(const char *path, const char *state)
{
	struct sockaddr_un to = {.sun_family = AF_UNIX};
	size_t length = strlen(path);
	int fd, sent;

	if ((path[0] != '/' && path[0] != '@') || length >= sizeof(to.sun_path))
		return EAFNOSUPPORT;
	memcpy(to.sun_path, path, length);
	if (path[0] == '@')
		to.sun_path[0] = '\0'; /* an abstract one: not ended by a NUL */
	fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return errno;
	sent = (int)sendto(fd, state, strlen(state), MSG_NOSIGNAL, (struct sockaddr *)&to,
		   (socklen_t)(offsetof(struct sockaddr_un, sun_path) + length)) < 0
		   ? errno
		   : 0;
	close(fd);
	return sent;
}

void
systemd_notify(const char *state)
{
	static bool logged;
	const char *path = getenv("NOTIFY_SOCKET");
	int failed = path != NULL ? send_state(path, state) : 0;

	if (failed != 0 && !logged)
		log_event(LOG_WARNING, "systemd_not_told", "why", "%s", strerror(failed), NULL);
	logged = failed != 0;
}

static void
feed(evutil_socket_t fd, short what, void *arg)
{
	struct systemd_watchdog *w = arg;
	bool works = w->works(w->limit_ms, w->arg);

	(void)fd;
	(void)what;
	if (works)
		systemd_notify("WATCHDOG=1");
	else if (!w->starved)
		log_event(
		    LOG_ERROR, "watchdog_not_fed", "why", "%s", "the work stands still", NULL);
	w->starved = !works;
}

struct systemd_watchdog *
systemd_watchdog_start(struct event_base *base, systemd_works *works, void *arg)
{
	const char *interval = getenv("WATCHDOG_USEC"), *whose = getenv("WATCHDOG_PID");
	int64_t us = interval != NULL ? strtoll(interval, NULL, 10) : 0;

	if (us <= 0 || (whose != NULL && strtoll(whose, NULL, 10) != getpid()))
		return NULL;
	struct systemd_watchdog *w = xcalloc(1, sizeof(*w));
	const struct timeval third = {us / 3 / 1000000, us / 3 % 1000000};
	w->works = works;
	w->arg = arg;
	w->limit_ms = us / 1000;
	w->timer = event_new(base, -1, EV_PERSIST, feed, w);
	require(w->timer != NULL && event_add(w->timer, &third) == 0);
	return w;
}

void
systemd_watchdog_free(struct systemd_watchdog *w)
{
	if (w == NULL)
		return;
	event_free(w->timer);
	free(w);
}
