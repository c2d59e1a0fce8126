/*
 * A private PostgreSQL cluster for one test program: no TCP, a unix socket in a short directory
 * under /tmp, nothing of the system's. It ends with the program that started it, however that ends.
 */
#ifndef SAMORDNAD_TESTS_CLUSTER_H
#define SAMORDNAD_TESTS_CLUSTER_H

#include <grp.h>
#include <pwd.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>
#include <libpq-fe.h>

#define CLUSTER_BIN "/usr/lib/postgresql/15/bin"

static char cluster_directory[64];
static char cluster_conninfo[128];
static pid_t cluster_owner;
static pid_t cluster_postmaster;

static inline void
cluster_fail(const char *why)
{
	fprintf(stderr, "cluster: %s\n", why);
	exit(1);
}

/*
 * In the child: initdb and postgres refuse to run as root. The signal at the parent's death is lost
 * at setuid.
 */
static inline void
cluster_become_postgres(void)
{
	if (getuid() == 0) {
		struct passwd *user = getpwnam("postgres");

		if (user == NULL || initgroups("postgres", user->pw_gid) != 0 ||
		    setgid(user->pw_gid) != 0 || setuid(user->pw_uid) != 0)
			_exit(127);
	}
	if (chdir("/") != 0 || prctl(PR_SET_PDEATHSIG, SIGQUIT) != 0)
		_exit(127);
}

static inline pid_t
cluster_spawn(char *const argv[])
{
	pid_t child = fork();

	if (child == 0) {
		char log[96];

		cluster_become_postgres();
		snprintf(log, sizeof(log), "%s/log", cluster_directory);
		if (freopen(log, "a", stdout) == NULL || dup2(fileno(stdout), 2) < 0)
			_exit(127);
		execv(argv[0], argv);
		_exit(127);
	}
	if (child < 0)
		cluster_fail("fork");
	return child;
}

static inline void
cluster_stop(void)
{
	char command[128];

	/* Check's forked tests run this too at their exit. */
	if (getpid() != cluster_owner)
		return;
	if (cluster_postmaster > 0) {
		kill(cluster_postmaster, SIGQUIT);
		waitpid(cluster_postmaster, NULL, 0);
	}
	snprintf(command, sizeof(command), "rm -rf %s", cluster_directory);
	if (system(command) != 0)
		fprintf(stderr, "cluster: %s is left\n", cluster_directory);
}

static inline void
cluster_init(char *data)
{
	char *const argv[] = {CLUSTER_BIN "/initdb", "-D", data, "-A", "trust", "-U", "postgres",
	    "--no-sync", "-E", "UTF8", "--locale=C", NULL};
	int status;

	if (waitpid(cluster_spawn(argv), &status, 0) < 0 || status != 0)
		cluster_fail("initdb failed");
}

/* Returns a conninfo. Once a program; it stops at exit. */
static inline const char *
cluster_start(void)
{
	char data[96];
	char *const argv[] = {CLUSTER_BIN "/postgres", "-D", data, "-k", cluster_directory, "-c",
	    "listen_addresses=", "-c", "jit=off", "-c", "fsync=off", "-c", "shared_buffers=16MB",
	    "-c", "autovacuum=off", "-c", "log_min_messages=fatal", NULL};

	strncpy(cluster_directory, "/tmp/samordnad-XXXXXX", sizeof(cluster_directory) - 1);
	if (mkdtemp(cluster_directory) == NULL)
		cluster_fail("mkdtemp");
	cluster_owner = getpid();
	atexit(cluster_stop);
	if (getuid() == 0) {
		struct passwd *user = getpwnam("postgres");

		if (user == NULL || chown(cluster_directory, user->pw_uid, user->pw_gid) != 0)
			cluster_fail("no user postgres");
	}
	snprintf(data, sizeof(data), "%s/data", cluster_directory);
	cluster_init(data);
	cluster_postmaster = cluster_spawn(argv);
	snprintf(cluster_conninfo, sizeof(cluster_conninfo),
	    "host=%s user=postgres dbname=postgres", cluster_directory);
	for (int tries = 0; PQping(cluster_conninfo) != PQPING_OK; tries++) {
		if (tries > 600 || waitpid(cluster_postmaster, NULL, WNOHANG) != 0)
			cluster_fail("postgres did not start");
		usleep(50000);
	}
	return cluster_conninfo;
}

#endif
