/*
 * The verb `load`: a region's file into the register, all of it or nothing (--dry-run: only told).
 * What is in the file is put by HSA-id, what a given list no longer has is ended. The file's shape
 * is region_file's, the storing register_store's.
 */
#include "verbs.h"

#include "endpoint_form.h"
#include "region_file.h"
#include "register_store.h"
#include "seal.h"

#include <errno.h>
#include <inttypes.h>
#include <netdb.h>
#include <stdio.h>
#include <string.h>

#define COMPLAINTS_SHOWN 50

/* arg: how many there were. */
static void
complain(const char *pointer, const char *what, void *arg)
{
	int *count = arg;

	if (++*count > COMPLAINTS_SHOWN)
		return;
	if (pointer[0] != '\0')
		fprintf(stderr, "%s: %s\n", pointer, what);
	else
		fprintf(stderr, "%s\n", what);
}

static int
refuse(const char *path, int complaints)
{
	if (complaints > COMPLAINTS_SHOWN)
		fprintf(stderr, "and %d more\n", complaints - COMPLAINTS_SHOWN);
	return verb_fail(EXIT_FAILED, "%s: %d to mend; nothing was loaded", path, complaints);
}

/*
 * What the daemon would refuse to send to: a URL that is none, or that the settings forbid, or an
 * address. A name may be unknown where the file is loaded, so that is only said, and when no name
 * server answers no other name is waited for.
 */
static void
endpoints_check(const struct config *config, const struct region_file *file, int *complaints)
{
	char pointer[512], host[CURL_HOST_MAX];
	json_t *endpoint;
	int flags = 0;
	size_t i;

	json_array_foreach(file->endpoints, i, endpoint)
	{
		const char *url = json_string_value(json_object_get(endpoint, "url"));
		const char *why = endpoint_url_refusal(config, url, host);
		int code = 0;

		snprintf(pointer, sizeof(pointer), "%s/url",
		    json_string_value(json_object_get(endpoint, "pointer")));
		if (why != NULL)
			complain(pointer, why, complaints);
		else
			code = endpoint_addresses_check(
			    config, host, flags, pointer, complain, complaints);
		if (code != 0)
			fprintf(stderr,
			    "%s: no address of %s is known here, so none was looked at; each is "
			    "at each connect\n",
			    pointer, host);
		if (code == EAI_AGAIN)
			flags = AI_NUMERICHOST;
	}
}

/* Returns the exit code; EXIT_DONE: out is filled. */
static int
file_read(const struct config *config, const char *path, struct region_file *out)
{
	json_error_t error;
	FILE *file = strcmp(path, "-") == 0 ? stdin : fopen(path, "rb");
	json_t *root;
	int complaints = 0;

	memset(out, 0, sizeof(*out));
	if (file == NULL)
		return verb_fail(EXIT_FAILED, "%s: %s", path, strerror(errno));
	root = json_loadf(file, JSON_REJECT_DUPLICATES, &error);
	if (file != stdin)
		fclose(file);
	if (root == NULL)
		return verb_fail(
		    EXIT_FAILED, "%s:%d:%d: %s", path, error.line, error.column, error.text);
	(void)region_file_read(root, out, complain, &complaints);
	json_decref(root);
	if (complaints == 0)
		endpoints_check(config, out, &complaints);
	return complaints == 0 ? EXIT_DONE : refuse(path, complaints);
}

static void
report(const struct register_stored *stored, enum register_end end)
{
	bool changes = false;
	const char *url;
	json_t *secret, *ended;
	size_t row;

	for (int i = 0; i < REGISTER_CATEGORY_COUNT; i++) {
		const struct register_count *n = &stored->count[i];

		if (n->listed == 0 && n->ended == 0)
			continue;
		printf("%s: %" PRId64 " added, %" PRId64 " changed, ",
		    register_category_word((enum register_category)i), n->added, n->changed);
		if (n->ended > 0)
			printf("%" PRId64 " ended, ", n->ended);
		printf("%" PRId64 " unchanged\n", n->listed - n->added - n->changed);
		json_array_foreach(stored->ended[i], row, ended)
		{
			printf("  ended: %s\n", json_string_value(ended));
		}
		changes = changes || n->added + n->changed + n->ended > 0;
	}
	json_object_foreach(stored->secrets, url, secret)
	{
		if (end == REGISTER_COMMIT)
			printf("new endpoint %s signs with %s\n", url, json_string_value(secret));
		else
			printf("new endpoint %s\n", url);
	}
	if (!changes)
		printf("nothing changed\n");
	if (end == REGISTER_TAKE_BACK)
		printf("--dry-run: nothing of this was stored\n");
}

static int
file_store(PGconn *conn, const char *path, const struct region_file *file, enum register_end end)
{
	struct register_stored stored;
	int complaints = 0, code = EXIT_DONE;

	switch (register_store(conn, file, end, complain, &complaints, &stored)) {
	case REGISTER_STORED:
		report(&stored, end);
		break;
	case REGISTER_REFUSED:
		code = refuse(path, complaints);
		break;
	case REGISTER_AWAY:
	case REGISTER_FAILED:
		code = verb_fail(EXIT_FAILED, "%s", stored.why);
		break;
	}
	register_stored_free(&stored);
	return code;
}

int
verb_load(const struct command *command)
{
	struct region_file file;
	enum register_end end = REGISTER_COMMIT;
	const char *path = NULL;
	char why[SEAL_WHY_MAX];
	PGconn *conn = NULL;
	int code, files = 0;

	for (int i = 0; i < command->argc; i++) {
		if (strcmp(command->argv[i], "--dry-run") == 0) {
			end = REGISTER_TAKE_BACK;
			continue;
		}
		if (strncmp(command->argv[i], "--", 2) == 0)
			return verb_fail(
			    EX_USAGE, "load: %.60s is no option of it", command->argv[i]);
		path = command->argv[i];
		files++;
	}
	if (files != 1)
		return verb_fail(EX_USAGE, "load takes one file (- is standard input)");
	code = file_read(command->config, path, &file);
	if (code == EXIT_DONE && json_array_size(file.endpoints) > 0 &&
	    !seal_keys_read(command->config->secrets_key, why))
		code = verb_fail(EX_CONFIG, "%s", why);
	if (code == EXIT_DONE)
		conn = verb_connect(command, &code);
	if (conn != NULL)
		code = file_store(conn, path, &file, end);
	PQfinish(conn);
	region_file_free(&file);
	return code;
}
