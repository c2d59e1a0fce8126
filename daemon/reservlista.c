/*
 * The verb `reservlista`: fetches what a unit needs when samordnad is down, and keeps it on disk,
 * as text for a printer. It asks the daemon's own reads over HTTP, with the unit's token: so it
 * runs at the unit too, which has no database and, when the list is needed, perhaps no network;
 * what the unit may see is decided where it always is, and each read is logged like any other. What
 * it has not fetched whole it does not put in place of the list before.
 */
#include "verbs.h"

#include "clock.h"
#include "identity.h"
#include "log.h"
#include "reservlista_text.h"

#include <curl/curl.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define PAGE_ROWS 200
#define ANSWER_BYTES_MAX (8 * 1024 * 1024)
#define CONNECT_TIMEOUT_MS 10000L
#define TIMEOUT_MS 30000L /* of one question */
#define SLOWER_MS 1000	  /* after 429, and how often in all */
#define SLOWER_MAX 120
#define TOKEN_MAX 256

struct wish {
	const char *unit, *token_file, *dir, *person;
	const char *certificate; /* PEM, with its key; NULL: none */
	const char *ca;		 /* PEM, of the server's; NULL: the system's */
};

struct fetch {
	const struct command *command;
	const struct wish *wish;
	CURL *curl;
	struct curl_slist *headers;
	int slower;  /* times that it was told to ask more slowly */
	int code;    /* the verb's, once something failed */
	instant now; /* the legal clock's, once an answer has told it; till then this machine's */
	char *bytes;
	size_t len, size;
};

/* ---- Questions ---- */

static size_t
on_bytes(char *bytes, size_t one, size_t len, void *arg)
{
	struct fetch *f = arg;

	(void)one;
	if (f->len + len > ANSWER_BYTES_MAX)
		return 0;
	if (f->len + len > f->size) {
		f->size = 2 * (f->len + len);
		f->bytes = xrealloc(f->bytes, f->size);
	}
	memcpy(f->bytes + f->len, bytes, len);
	f->len += len;
	return len;
}

/* One exchange; its status, or 0 and *error. */
static long
exchange(struct fetch *f, const char *url, const char *body, CURLcode *error)
{
	long status = 0;

	f->len = 0;
	curl_easy_setopt(f->curl, CURLOPT_URL, url);
	if (body != NULL)
		curl_easy_setopt(f->curl, CURLOPT_COPYPOSTFIELDS, body);
	else
		curl_easy_setopt(f->curl, CURLOPT_HTTPGET, 1L);
	*error = curl_easy_perform(f->curl);
	if (*error == CURLE_OK)
		curl_easy_getinfo(f->curl, CURLINFO_RESPONSE_CODE, &status);
	return status;
}

/* Why there is no answer; the verb's code: what asking again may mend is 75. */
static int
unreachable(CURLcode error)
{
	bool tls = error == CURLE_SSL_CONNECT_ERROR || error == CURLE_SSL_CERTPROBLEM ||
		   error == CURLE_SSL_CACERT_BADFILE || error == CURLE_PEER_FAILED_VERIFICATION;

	return verb_fail(tls ? EXIT_FAILED : EX_TEMPFAIL,
	    "samordnad does not answer (%s): the list before stays", curl_easy_strerror(error));
}

/* The same of an answer that is not 200 or 404. */
static int
refused(const struct fetch *f, long status)
{
	json_t *problem = json_loadb(f->bytes, f->len, 0, NULL);
	const char *detail = json_string_value(json_object_get(problem, "detail"));
	int code = verb_fail(status >= 500 || status == 429 ? EX_TEMPFAIL : EXIT_FAILED,
	    "samordnad answered %ld (%.200s): the list before stays", status,
	    detail != NULL ? detail : "without a word of its own: a proxy, perhaps");

	json_decref(problem);
	return code;
}

/*
 * Asks; body NULL: a GET. The answer is the caller's; NULL: there is no such thing (404), or it
 * failed, which f->code says then.
 */
static json_t *
ask(struct fetch *f, const char *path, const char *body)
{
	char url[1024];
	json_t *answer = NULL;
	CURLcode error;
	long status;

	if (snprintf(url, sizeof url, "%s%s", f->command->config->base_url, path) >=
	    (int)sizeof url) {
		f->code = verb_fail(EX_CONFIG, "base_url is too long");
		return NULL;
	}
	while ((status = exchange(f, url, body, &error)) == 429 && f->slower < SLOWER_MAX) {
		f->slower++;
		usleep(SLOWER_MS * 1000);
	}
	if (status == 200)
		answer = json_loadb(f->bytes, f->len, 0, NULL);
	if (answer == NULL && status == 0)
		f->code = unreachable(error);
	else if (answer == NULL && status != 404)
		f->code = refused(f, status);
	return answer;
}

/* All pages of a list, into rows. */
static bool
ask_pages(struct fetch *f, const char *member, json_t *rows,
    json_t *(*page)(struct fetch *f, const char *after))
{
	char after[128] = "";
	bool last = false;

	while (!last) {
		json_t *answer = page(f, after);
		const char *next = json_string_value(json_object_get(answer, "next"));

		if (answer == NULL && f->code == EXIT_DONE)
			f->code = verb_fail(EXIT_FAILED,
			    "samordnad knows no unit %s of this token's", f->wish->unit);
		if (answer != NULL && !json_is_array(json_object_get(answer, member)))
			f->code = verb_fail(
			    EX_TEMPFAIL, "what answered is not samordnad: the list before stays");
		if (answer == NULL || f->code != EXIT_DONE) {
			json_decref(answer);
			return false;
		}
		json_array_extend(rows, json_object_get(answer, member));
		last = next == NULL;
		snprintf(after, sizeof after, "%s", last ? "" : next);
		json_decref(answer);
	}
	return true;
}

static json_t *
tasks_page(struct fetch *f, const char *after)
{
	const char *now;
	char path[512];

	snprintf(path, sizeof path, "/v1/tasks?unit=%s&status=open&limit=%d%s%s", f->wish->unit,
	    PAGE_ROWS, after[0] != '\0' ? "&after=" : "", after);
	json_t *answer = ask(f, path, NULL);
	now = json_string_value(json_object_get(answer, "now"));
	if (now != NULL)
		(void)instant_parse(now, strlen(now), &f->now);
	return answer;
}

static json_t *
episodes_page(struct fetch *f, const char *after)
{
	json_t *question = json_pack("{s:s, s:[ssss], s:i}", "unit", f->wish->unit, "state",
	    "bevakad", "inskriven", "utskrivningsklar", "utskriven", "limit", PAGE_ROWS);
	char *body;
	json_t *answer;

	require(question != NULL);
	if (after[0] != '\0')
		json_object_set_new(question, "after", json_string(after));
	body = json_dumps(question, JSON_COMPACT);
	answer = ask(f, "/v1/episodes/search", body);
	free(body);
	json_decref(question);
	return answer;
}

/* Each episode once, whole or, if it may not be opened, by its id. */
static bool
episodes_open(struct fetch *f, const json_t *ids, json_t *episodes)
{
	const char *id;
	json_t *value;

	json_object_foreach((json_t *)ids, id, value)
	{
		char path[128];
		json_t *episode;

		snprintf(path, sizeof path, "/v1/episodes/%.64s", id);
		episode = ask(f, path, NULL);
		if (episode == NULL && f->code != EXIT_DONE)
			return false;
		json_array_append_new(
		    episodes, episode != NULL ? episode : json_pack("{s:s}", "id", id));
	}
	return true;
}

static void
ids_add(json_t *ids, const json_t *rows, const char *name)
{
	const json_t *row;
	size_t i;

	json_array_foreach(rows, i, row)
	{
		const char *id = json_string_value(json_object_get(row, name));
		if (id != NULL)
			json_object_set_new(ids, id, json_true());
	}
}

/* The list's text; NULL after it has said why. */
static char *
fetch_list(struct fetch *f)
{
	json_t *tasks = json_array(), *rows = json_array(), *ids = json_object(),
	       *episodes = json_array();
	char *text = NULL;

	require(tasks != NULL && rows != NULL && ids != NULL && episodes != NULL);
	f->now = clock_real();
	if (ask_pages(f, "tasks", tasks, tasks_page) &&
	    ask_pages(f, "episodes", rows, episodes_page)) {
		ids_add(ids, tasks, "episode");
		ids_add(ids, rows, "id");
		if (episodes_open(f, ids, episodes)) {
			const struct reservlista list = {.unit = f->wish->unit,
			    .made_at = f->now,
			    .tasks = tasks,
			    .episodes = episodes};
			text = reservlista_text(&list);
		}
	}
	json_decref(tasks);
	json_decref(rows);
	json_decref(ids);
	json_decref(episodes);
	return text;
}

/* ---- What it is told ---- */

/* A token must not cross a network in the clear. */
static bool
base_url_fits(const char *url)
{
	static const char *const good[] = {
	    "https://", "http://127.0.0.1:", "http://localhost:", "http://[::1]:"};

	for (size_t i = 0; i < sizeof good / sizeof *good; i++)
		if (strncmp(url, good[i], strlen(good[i])) == 0)
			return true;
	(void)verb_fail(
	    EX_CONFIG, "base_url: https, or http on this machine: the token goes there");
	return false;
}

static struct curl_slist *
header(struct curl_slist *headers, const char *name, const char *value)
{
	char line[TOKEN_MAX + 64];

	snprintf(line, sizeof line, "%s: %s", name, value);
	headers = curl_slist_append(headers, line);
	require(headers != NULL);
	return headers;
}

/* "Bearer …" from the file; false after it has said why. */
static bool
token_read(const char *path, char out[static TOKEN_MAX])
{
	FILE *file = fopen(path, "re");
	size_t len = 0;

	snprintf(out, TOKEN_MAX, "Bearer ");
	if (file != NULL && fgets(out + 7, TOKEN_MAX - 7, file) != NULL)
		len = strcspn(out + 7, "\r\n ");
	if (file != NULL)
		fclose(file);
	out[7 + len] = '\0';
	if (len == 0)
		(void)verb_fail(EXIT_FAILED, "no token in %.200s", path);
	return len > 0;
}

static bool
options_read(struct wish *wish, int argc, char **argv)
{
	for (int i = 0; i < argc; i += 2) {
		const char **value = strcmp(argv[i], "--unit") == 0	     ? &wish->unit
				     : strcmp(argv[i], "--token-file") == 0  ? &wish->token_file
				     : strcmp(argv[i], "--out") == 0	     ? &wish->dir
				     : strcmp(argv[i], "--person") == 0	     ? &wish->person
				     : strcmp(argv[i], "--certificate") == 0 ? &wish->certificate
				     : strcmp(argv[i], "--ca") == 0	     ? &wish->ca
									     : NULL;
		if (value == NULL || i + 1 == argc) {
			(void)verb_fail(EX_USAGE,
			    "%.60s is no option of reservlista, or lacks its value", argv[i]);
			return false;
		}
		*value = argv[i + 1];
	}
	if (wish->unit != NULL && identity_hsa_valid(wish->unit, strlen(wish->unit)) &&
	    wish->token_file != NULL && wish->dir != NULL &&
	    (wish->person == NULL || identity_hsa_valid(wish->person, strlen(wish->person))))
		return true;
	(void)verb_fail(EX_USAGE, "say --unit HSA-ID, --token-file FILE and --out DIR");
	return false;
}

/* ---- On disk ---- */

static bool
write_all(int fd, const char *text)
{
	size_t len = strlen(text);

	while (len > 0) {
		ssize_t n = write(fd, text, len);

		if (n < 0 && errno != EINTR)
			return false;
		text += n > 0 ? n : 0;
		len -= n > 0 ? (size_t)n : 0;
	}
	return fsync(fd) == 0;
}

/* In place of the list before, whole or not at all. */
static bool
put_in_place(const struct wish *wish, const char *text)
{
	char name[64], temporary[96];
	int dir = open(wish->dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	bool done = false;

	snprintf(name, sizeof name, "reservlista-%s.txt", wish->unit);
	snprintf(temporary, sizeof temporary, ".%s", name);
	if (dir >= 0) /* of a run that was killed: it holds patients too */
		(void)unlinkat(dir, temporary, 0);
	int fd = dir < 0 ? -1
			 : openat(dir, temporary,
			       O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0640);
	if (fd >= 0) {
		done = write_all(fd, text) && renameat(dir, temporary, dir, name) == 0 &&
		       fsync(dir) == 0;
		int why = errno;
		if (!done)
			unlinkat(dir, temporary, 0);
		close(fd);
		errno = why;
	}
	if (!done)
		(void)verb_fail(
		    EXIT_FAILED, "cannot write in %.200s: %s", wish->dir, strerror(errno));
	if (dir >= 0)
		close(dir);
	return done;
}

int
verb_reservlista(const struct command *command)
{
	struct wish wish = {0};
	struct fetch f = {.command = command, .wish = &wish, .code = EXIT_DONE};
	char token[TOKEN_MAX];
	char *text;

	if (!options_read(&wish, command->argc, command->argv))
		return EX_USAGE;
	if (!base_url_fits(command->config->base_url))
		return EX_CONFIG;
	if (!token_read(wish.token_file, token))
		return EXIT_FAILED;
	require(curl_global_init(CURL_GLOBAL_DEFAULT) == CURLE_OK);
	f.curl = curl_easy_init();
	require(f.curl != NULL);
	f.headers = header(f.headers, "Authorization", token);
	f.headers = header(f.headers, "Content-Type", "application/json");
	if (wish.person != NULL)
		f.headers = header(f.headers, "samordnad-person", wish.person);
	curl_easy_setopt(f.curl, CURLOPT_HTTPHEADER, f.headers);
	curl_easy_setopt(f.curl, CURLOPT_WRITEFUNCTION, on_bytes);
	curl_easy_setopt(f.curl, CURLOPT_WRITEDATA, &f);
	curl_easy_setopt(f.curl, CURLOPT_CONNECTTIMEOUT_MS, CONNECT_TIMEOUT_MS);
	curl_easy_setopt(f.curl, CURLOPT_TIMEOUT_MS, TIMEOUT_MS);
	curl_easy_setopt(f.curl, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(f.curl, CURLOPT_PROXY, "");
	if (wish.ca != NULL)
		curl_easy_setopt(f.curl, CURLOPT_CAINFO, wish.ca);
	if (wish.certificate != NULL) {
		curl_easy_setopt(f.curl, CURLOPT_SSLCERT, wish.certificate);
		curl_easy_setopt(f.curl, CURLOPT_SSLKEY, wish.certificate);
	}
	text = fetch_list(&f);
	if (text != NULL && !put_in_place(&wish, text))
		f.code = EXIT_FAILED;
	free(text);
	free(f.bytes);
	curl_slist_free_all(f.headers);
	curl_easy_cleanup(f.curl);
	curl_global_cleanup();
	return f.code;
}
