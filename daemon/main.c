/*
 * samordnad: the command line. One row a verb; everything else stands behind it.
 */
#include "config.h"
#include "libraries.h"
#include "log.h"
#include "migrate.h"
#include "seal.h"
#include "serve.h"
#include "status.h"
#include "verbs.h"

#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>

#define SETS_MAX 64

struct verb {
	const char *word, *arguments, *help;
	int (*run)(const struct command *command); /* NULL: serve, which takes the settings over */
};

static const struct verb verbs[] = {
    {"serve", "", "run the daemon", NULL},
    {"migrate", "", "bring the database's schema up to this version", verb_migrate},
    {"maintain", "",
	"forget what is past its time, renew statistics, seal under the first key; run it nightly",
	verb_maintain},
    {"gallra", "--dry-run | --export DIR …",
	"remove what has been over for as long as the policies say, first written to a file in "
	"DIR; --by HSA-ID: who ordered it",
	verb_gallra},
    {"client", "create|list|revoke|rotate|bind …", "who may call, and their tokens", verb_client},
    {"load", "[--dry-run] FILE",
	"put units, staff, slots, decisions, policies, endpoints from a JSON file (-: stdin); "
	"--dry-run: only tell what that would change",
	verb_load},
    {"rederive", "", "let the running daemon plan anew what is open, or lacks something",
	verb_rederive},
    {"reservlista", "--unit HSA-ID …",
	"put in --out DIR the unit's list for when samordnad is down, from base_url, by the token "
	"in --token-file FILE; --certificate FILE: the unit's, with its key; --ca FILE: the "
	"server's, if not the system's; --person HSA-ID: who asks",
	verb_reservlista},
    {"restored", "", "after a restore to an earlier point, before the first daemon starts",
	verb_restored},
    {"access-log", "FROM TO", "what was done with whose data in a time, as CSV on stdout",
	verb_access_log},
    {"verify-log", "[SEAL HASH]",
	"go through the seals of the access log; SEAL HASH: one that was noted elsewhere",
	verb_verify_log},
    {"check-config", "", "show the settings in force, or what is wrong with them",
	verb_check_config},
    {"outcomes", "", "what each message does in each state, as a table; needs no database",
	verb_outcomes},
};

static int
usage(FILE *out, int code)
{
	fputs("usage: samordnad VERB [--config FILE] [--set NAME=VALUE]… [ARGUMENTS]\n\n", out);
	for (size_t i = 0; i < sizeof(verbs) / sizeof(*verbs); i++)
		fprintf(
		    out, "  %-12s %-28s %s\n", verbs[i].word, verbs[i].arguments, verbs[i].help);
	fputs("  help                                      this, and all settings\n"
	      "  version                                   version and schema\n\n"
	      "exit codes: 0 done; 1 it cannot be done or cannot start; 64 wrong command line; 75 "
	      "the\n"
	      "database is away, try again; 78 wrong settings\n",
	    out);
	return code;
}

static int
verb_usage(const struct verb *verb)
{
	printf("usage: samordnad %s [--config FILE] [--set NAME=VALUE]… %s\n\n  %s\n"
	       "  `samordnad help` has all verbs, settings and exit codes\n",
	    verb->word, verb->arguments, verb->help);
	return EXIT_DONE;
}

/*
 * Takes --config and --set out of argv, wherever they stand behind the verb. Returns how many words
 * are left, or -1 if one lacks its value.
 */
static int
options_take(int argc, char **argv, struct serve_options *options, const char **sets)
{
	int left = 0;

	for (int i = 0; i < argc; i++) {
		bool config = strcmp(argv[i], "--config") == 0;

		if (!config && strcmp(argv[i], "--set") != 0) {
			argv[left++] = argv[i];
			continue;
		}
		if (++i == argc || (!config && options->set_count == SETS_MAX))
			return -1;
		if (config)
			options->config_path = argv[i];
		else
			sets[options->set_count++] = argv[i];
	}
	return left;
}

static int
verb_start(const struct verb *verb, int argc, char **argv)
{
	const char *sets[SETS_MAX];
	struct serve_options options = {.sets = sets};
	struct command command = {.argv = argv};
	char why[CONFIG_WHY_MAX];
	struct config *config;
	int code;

	if (argc == 1 && strcmp(argv[0], "--help") == 0 && verb->run != verb_client)
		return verb_usage(verb);
	command.argc = options_take(argc, argv, &options, sets);
	if (command.argc < 0)
		return verb_fail(EX_USAGE,
		    "--config FILE and --set NAME=VALUE: one lacks its value, or there are more "
		    "than %d",
		    SETS_MAX);
	config = config_load(options.config_path, sets, options.set_count, why);
	if (config == NULL)
		return verb_fail(EX_CONFIG, "%s", why);
	if (verb->run == NULL) {
		if (command.argc > 0)
			code = verb_fail(EX_USAGE, "serve takes no arguments");
		else if (!seal_keys_read(config->secrets_key, why))
			code = verb_fail(EX_CONFIG, "%s", why);
		else
			return serve(config, &options);
	} else {
		command.config = config;
		code = verb->run(&command);
	}
	config_free(config);
	return code;
}

/* Patients and secrets are in memory: no core file, and no reading of it by the same user. The leak
 * check of a sanitizer does read it. */
static void
memory_shut(void)
{
	const struct rlimit none = {0, 0};

	require(setrlimit(RLIMIT_CORE, &none) == 0);
#ifndef __SANITIZE_ADDRESS__
	require(prctl(PR_SET_DUMPABLE, 0) == 0);
#endif
}

/* Connections are counted by connections_max: what a shell allows at first is less than that. */
static void
files_raise(void)
{
	struct rlimit files;

	require(getrlimit(RLIMIT_NOFILE, &files) == 0);
	files.rlim_cur = files.rlim_max;
	require(setrlimit(RLIMIT_NOFILE, &files) == 0);
}

int
main(int argc, char **argv)
{
	const char *word = argc > 1 ? argv[1] : "";
	char why[128];

	memory_shut();
	files_raise();
	if (!libraries_fit(why, sizeof(why)))
		return verb_fail(EX_UNAVAILABLE, "%s", why);
	for (size_t i = 0; i < sizeof(verbs) / sizeof(*verbs); i++)
		if (strcmp(verbs[i].word, word) == 0)
			return verb_start(&verbs[i], argc - 2, argv + 2);
	if (strcmp(word, "version") == 0 || strcmp(word, "--version") == 0) {
		printf("samordnad %s, schema %d\n", SAMORDNAD_VERSION, migrate_newest());
		return EXIT_DONE;
	}
	if (strcmp(word, "help") == 0 || strcmp(word, "--help") == 0) {
		usage(stdout, EXIT_DONE);
		fputs("\nsettings, in a file as `name = value` or by --set:\n\n", stdout);
		config_help(stdout);
		return EXIT_DONE;
	}
	if (word[0] != '\0')
		(void)verb_fail(EX_USAGE, "%.60s is no verb", word);
	return usage(stderr, EX_USAGE);
}
