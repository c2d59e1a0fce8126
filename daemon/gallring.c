/*
 * The verb `gallra`: removes episodes that have been over, and notices that are older, for as long
 * as the policies say. Each piece is first written to a file, which is on disk before the piece is
 * removed in a transaction of its own, while a daemon is the door.
 *
 * What is removed does not go through the door, for it is no fact: the door keeps what has happened
 * and may not delete it, nor may the role that it runs as. A removal and a batch of the door keep
 * apart by a fence (migrations/0024): a batch that has read what was removed reads anew, and finds
 * the episode unknown.
 */
#include "verbs.h"

#include "identity.h"
#include "instant.h"
#include "log.h"
#include "rules/plan.h"
#include "signature.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define CHOSEN_MAX 100000    /* episodes that are looked out at once: they are in memory */
#define PIECE_EPISODES 500   /* in one transaction, */
#define PIECE_FACTS 10000    /* and of these the facts; one episode with more is a piece */
#define PIECE_NOTICES 10000  /* rows */
#define PIECE_IDENTITIES 500 /* rows */
#define SHA256_HEX (2 * SHA256_BYTES + 1)

static struct pg_statement alone_statement = PG_STATEMENT("queries/gallring_alone");
static struct pg_statement begin_statement = PG_STATEMENT("queries/gallring_begin");
static struct pg_statement choose_notices = PG_STATEMENT("queries/gallring_choose_notices");
static struct pg_statement export_notices = PG_STATEMENT("queries/gallring_export_notices");
static struct pg_statement cursors_statement = PG_STATEMENT("queries/gallring_cursors");
static struct pg_statement remove_notices = PG_STATEMENT("queries/gallring_remove_notices");
static struct pg_statement choose_statement = PG_STATEMENT("queries/gallring_choose");
static struct pg_statement export_statement = PG_STATEMENT("queries/gallring_export");
static struct pg_statement remove_statement = PG_STATEMENT("queries/gallring_remove");
static struct pg_statement choose_identities = PG_STATEMENT("queries/gallring_choose_identiteter");
static struct pg_statement remove_identities = PG_STATEMENT("queries/gallring_remove_identiteter");

/* The kinds of episodes, and the policy of each. */
static const struct {
	const char *kind;
	enum policy policy;
} kinds[] = {
    {"vardtillfalle", POLICY_GALLRING_VARDTILLFALLE},
    {"patientakt", POLICY_GALLRING_PATIENTAKT},
    {"enhetsakt", POLICY_GALLRING_ENHETSAKT},
};

/* What was removed, or would be, of one kind, controller and age. */
struct total {
	char kind[16];
	int64_t org;
	instant before;
	int64_t episodes, facts, notices;
};

/* The beginning of a unit's feed. */
struct feed {
	unit_id unit;
	int64_t org, first, below;
	instant before;
};

struct run {
	PGconn *conn;
	const char *by, *dir; /* NULL in a dry run */
	bool dry;
	int fd; /* -1: nothing was written yet */
	char name[64], path[4096];
	int64_t bytes;
	EVP_MD_CTX *hash;
	struct total *totals;
	int total_count, total_cap;
	instant now;	    /* the legal clock's at the start: for all of it */
	struct feed *feeds; /* in a dry run: those whose notices would be gone */
	int feed_count, feed_cap;
	int64_t identities;
};

/* An episode that was chosen. */
struct chosen {
	int64_t episode, version, org, facts;
	char kind[16];
	instant before;
};

/* ---- What it came to ---- */

static void
total_add(struct run *run, const struct total *more)
{
	struct total *t = run->totals;

	for (int i = 0; i < run->total_count; i++, t++)
		if (strcmp(t->kind, more->kind) == 0 && t->org == more->org &&
		    t->before == more->before) {
			t->episodes += more->episodes;
			t->facts += more->facts;
			t->notices += more->notices;
			return;
		}
	t = xgrow((void **)&run->totals, &run->total_count, &run->total_cap, sizeof *t);
	*t = *more;
}

static void
hash_hex(const struct run *run, char out[static SHA256_HEX])
{
	uint8_t digest[SHA256_BYTES];
	EVP_MD_CTX *copy = EVP_MD_CTX_new();

	require(copy != NULL && EVP_MD_CTX_copy_ex(copy, run->hash) == 1 &&
		EVP_DigestFinal_ex(copy, digest, NULL) == 1);
	EVP_MD_CTX_free(copy);
	for (int i = 0; i < SHA256_BYTES; i++)
		snprintf(out + 2 * i, 3, "%02x", digest[i]);
}

static void
totals_print(const struct run *run)
{
	for (int i = 0; i < run->total_count; i++) {
		const struct total *t = &run->totals[i];
		char before[INSTANT_TEXT_MAX];

		instant_format(t->before, before);
		printf("%s %s of organisation %010" PRId64 " before %s: ",
		    run->dry ? "would be removed:" : "removed:", t->kind, t->org, before);
		if (t->notices > 0)
			printf("notices %" PRId64 "\n", t->notices);
		else
			printf("episodes %" PRId64 ", facts %" PRId64 "\n", t->episodes, t->facts);
	}
	if (run->total_count == 0)
		printf("nothing is past its time\n");
	if (run->identities > 0)
		printf("removed: identities that nothing names any more: %" PRId64 "\n",
		    run->identities);
	if (run->fd >= 0) {
		char hex[SHA256_HEX];

		hash_hex(run, hex);
		printf("written before: %s, bytes %" PRId64 ", SHA-256 %s\n", run->name, run->bytes,
		    hex);
	}
}

/* ---- The file ---- */

static bool
file_failed(const struct run *run, const char *what)
{
	(void)verb_fail(EXIT_FAILED, "%s %.200s: %s", what,
	    run->path[0] != '\0' ? run->path : run->dir, strerror(errno));
	return false;
}

/* Of its own for each run; that it is there is on disk before anything is removed. */
static bool
file_open(struct run *run)
{
	char at[32];
	time_t now = time(NULL);
	struct tm tm;
	int dir;

	require(gmtime_r(&now, &tm) != NULL && strftime(at, sizeof at, "%Y%m%dT%H%M%SZ", &tm) > 0);
	snprintf(run->name, sizeof run->name, "gallring-%s-%ld.jsonl", at, (long)getpid());
	if (snprintf(run->path, sizeof run->path, "%s/%s", run->dir, run->name) >=
	    (int)sizeof run->path)
		return verb_fail(EX_USAGE, "--export: too long a name") == EXIT_DONE;
	run->fd = open(run->path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (run->fd < 0)
		return file_failed(run, "cannot make");
	dir = open(run->dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (dir < 0 || fsync(dir) != 0)
		return file_failed(run, "cannot keep");
	close(dir);
	run->hash = EVP_MD_CTX_new();
	require(run->hash != NULL && EVP_DigestInit_ex(run->hash, EVP_sha256(), NULL) == 1);
	return true;
}

static bool
file_write(struct run *run, const char *text, size_t len)
{
	require(EVP_DigestUpdate(run->hash, text, len) == 1);
	run->bytes += (int64_t)len;
	while (len > 0) {
		ssize_t n = write(run->fd, text, len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return file_failed(run, "cannot write");
		text += n;
		len -= (size_t)n;
	}
	return true;
}

/* The lines of a column, and they are on disk. */
static bool
file_lines(struct run *run, const PGresult *rows, int column)
{
	if (run->fd < 0 && !file_open(run))
		return false;
	for (size_t i = 0; i < pg_row_count(rows); i++) {
		struct pg_text line = pg_get_text(rows, i, column);

		if (!file_write(run, line.text, line.len) || !file_write(run, "\n", 1))
			return false;
	}
	return fsync(run->fd) == 0 || file_failed(run, "cannot keep");
}

/* ---- Statements ---- */

static void
bind_file(const struct run *run, struct pg_params *params)
{
	char hex[SHA256_HEX];

	hash_hex(run, hex);
	pg_bind_string(params, run->name);
	pg_bind_int8(params, run->bytes);
	pg_bind_string(params, hex);
}

static void
put_words(struct pg_params *params, const char *(*word)(int value), int count)
{
	struct pg_array *array = pg_bind_array(params, PG_TEXT);

	for (int i = 0; i < count; i++)
		pg_put_string(array, word(i));
}

#define WORD_OF(name, expression) \
	static const char *name(int value) \
	{ \
		return expression; \
	}
WORD_OF(word_of_message, message_type_word((enum message_type)value))
WORD_OF(word_of_outcome, outcome_table[value].word)
WORD_OF(word_of_phase, phase_word((enum phase)value))
WORD_OF(word_of_task, task_table[value].word)
WORD_OF(word_of_status, task_status_word((enum task_status)value))
WORD_OF(word_of_rule, breach_rule_word((enum breach_rule)value))
WORD_OF(word_of_cause, breach_cause_word((enum breach_cause)value))
WORD_OF(word_of_notice, notice_type_word((enum notice_type)value))

/* Runs them as one transaction, and frees the parameters; NULL after it has said why. */
static struct pg_result *
transaction(struct run *run, struct pg_call *calls, size_t count)
{
	struct pg_result *result = pg_sync_run(run->conn, calls, count);

	for (size_t i = 0; i < count; i++)
		pg_params_free(calls[i].params);
	if (result->outcome == PG_OK)
		return result;
	(void)verb_fail(EXIT_FAILED, "%s: %s %s; what was removed before is recorded, run it again",
	    result->failed < count ? calls[result->failed].statement->name : "commit",
	    pg_outcome_text(result->outcome), result->message);
	pg_result_free(result);
	return NULL;
}

static struct pg_result *
ask(struct run *run, struct pg_statement *statement, struct pg_params *params)
{
	return transaction(run, &(struct pg_call){statement, params}, 1);
}

/* ---- Notices ---- */

/* The first notices of the feed into the file: how many, and the last one's seq. */
static bool
notices_export(struct run *run, const struct feed *feed, int64_t *count, int64_t *last)
{
	struct pg_params *params = pg_params_new();
	struct pg_result *result;

	pg_bind_int4(params, feed->unit);
	pg_bind_int8(params, feed->below);
	pg_bind_int8(params, PIECE_NOTICES);
	put_words(params, word_of_notice, NOTICE_TYPE_COUNT);
	put_words(params, word_of_task, TASK_KIND_COUNT);
	result = ask(run, &export_notices, params);
	if (result == NULL)
		return false;
	const PGresult *rows = pg_rows(result, 0);
	*count = (int64_t)pg_row_count(rows);
	if (*count > 0)
		*last = pg_get_int(rows, (size_t)*count - 1, 0);
	bool written = *count == 0 || file_lines(run, rows, 1);
	pg_result_free(result);
	return written;
}

/* A piece: written, then removed. *more: there may be another. */
static bool
notices_piece(struct run *run, const struct feed *feed, bool *more)
{
	struct total total = {.kind = "notiser", .org = feed->org, .before = feed->before};
	int64_t count, last = 0;

	*more = false;
	if (!notices_export(run, feed, &count, &last))
		return false;
	if (count == 0)
		return true;
	struct pg_params *cursors = pg_params_new(), *params = pg_params_new();
	pg_bind_int4(cursors, feed->unit);
	pg_bind_int4(params, feed->unit);
	pg_bind_int8(params, last + 1);
	pg_bind_int8(params, feed->org);
	pg_bind_instant(params, feed->before);
	pg_bind_string(params, run->by);
	bind_file(run, params);
	struct pg_call calls[] = {{&cursors_statement, cursors}, {&remove_notices, params}};
	struct pg_result *result = transaction(run, calls, 2);
	if (result == NULL)
		return false;
	total.notices = pg_get_int(pg_rows(result, 1), 0, 0);
	*more = count == PIECE_NOTICES && total.notices == count;
	if (total.notices > 0)
		total_add(run, &total);
	pg_result_free(result);
	return true;
}

static bool
notices_remove(struct run *run)
{
	const struct policy_info *policy = &policy_table[POLICY_GALLRING_NOTISER];
	struct pg_params *params = pg_params_new();
	struct pg_result *result;
	bool done = true;

	pg_bind_string(params, policy->word);
	pg_bind_int4(params, (int32_t)policy->standard);
	pg_bind_instant(params, run->now);
	result = ask(run, &choose_notices, params);
	if (result == NULL)
		return false;
	for (size_t i = 0; done && i < pg_row_count(pg_rows(result, 0)); i++) {
		const PGresult *rows = pg_rows(result, 0);
		struct feed feed = {.unit = (unit_id)pg_get_int(rows, i, 0),
		    .org = pg_get_int(rows, i, 1),
		    .before = pg_get_instant(rows, i, 2),
		    .below = pg_get_int(rows, i, 3),
		    .first = pg_get_int(rows, i, 4)};
		struct total total = {.kind = "notiser",
		    .org = feed.org,
		    .before = feed.before,
		    .notices = feed.below - feed.first};
		bool more = !run->dry;

		if (run->dry) {
			struct feed *kept = xgrow(
			    (void **)&run->feeds, &run->feed_count, &run->feed_cap, sizeof *kept);
			*kept = feed;
			total_add(run, &total);
		}
		while (done && more)
			done = notices_piece(run, &feed, &more);
	}
	pg_result_free(result);
	return done;
}

/* ---- Episodes ---- */

static bool
episodes_export(struct run *run, const struct chosen *rows, int count)
{
	struct pg_params *params = pg_params_new();
	struct pg_array *episode = pg_bind_array(params, PG_INT8);
	struct pg_result *result;

	for (int i = 0; i < count; i++)
		pg_put_int8(episode, rows[i].episode);
	put_words(params, word_of_message, MESSAGE_TYPE_COUNT);
	put_words(params, word_of_outcome, OUTCOME_COUNT);
	put_words(params, word_of_phase, PHASE_COUNT);
	put_words(params, word_of_task, TASK_KIND_COUNT);
	put_words(params, word_of_status, TASK_CANCELLED + 1);
	put_words(params, word_of_rule, BREACH_RULE_COUNT);
	put_words(params, word_of_cause, BREACH_CAUSE_COUNT);
	result = ask(run, &export_statement, params);
	bool written = result != NULL && file_lines(run, pg_rows(result, 0), 0);
	pg_result_free(result);
	return written;
}

static bool
episodes_piece(struct run *run, const struct chosen *rows, int count)
{
	struct pg_params *params = pg_params_new();
	struct pg_array *episode = pg_bind_array(params, PG_INT8),
			*version = pg_bind_array(params, PG_INT8),
			*kind = pg_bind_array(params, PG_TEXT),
			*org = pg_bind_array(params, PG_INT8),
			*before = pg_bind_array(params, PG_TIMESTAMPTZ);

	if (!episodes_export(run, rows, count)) {
		pg_params_free(params);
		return false;
	}
	for (int i = 0; i < count; i++) {
		pg_put_int8(episode, rows[i].episode);
		pg_put_int8(version, rows[i].version);
		pg_put_string(kind, rows[i].kind);
		pg_put_int8(org, rows[i].org);
		pg_put_instant(before, rows[i].before);
	}
	pg_bind_string(params, run->by);
	bind_file(run, params);
	struct pg_call calls[] = {{&begin_statement, NULL}, {&remove_statement, params}};
	struct pg_result *result = transaction(run, calls, 2);
	for (size_t i = 0; result != NULL && i < pg_row_count(pg_rows(result, 1)); i++) {
		const PGresult *counted = pg_rows(result, 1);
		struct total total = {.org = pg_get_int(counted, i, 1),
		    .before = pg_get_instant(counted, i, 2),
		    .episodes = pg_get_int(counted, i, 3),
		    .facts = pg_get_int(counted, i, 4)};

		snprintf(total.kind, sizeof total.kind, "%s", pg_get_text(counted, i, 0).text);
		total_add(run, &total);
	}
	bool done = result != NULL;
	pg_result_free(result);
	return done;
}

/* Those that were chosen, piece by piece; in a dry run they are only counted. */
static bool
episodes_remove(struct run *run, const struct chosen *rows, int count)
{
	for (int i = 0; run->dry && i < count; i++) {
		struct total total = {.org = rows[i].org,
		    .before = rows[i].before,
		    .episodes = 1,
		    .facts = rows[i].facts};

		memcpy(total.kind, rows[i].kind, sizeof total.kind);
		total_add(run, &total);
	}
	for (int i = 0; !run->dry && i < count;) {
		int n = 0;

		for (int64_t facts = 0; i + n < count && n < PIECE_EPISODES &&
					(n == 0 || facts + rows[i + n].facts <= PIECE_FACTS);
		     n++)
			facts += rows[i + n].facts;
		if (!episodes_piece(run, rows + i, n))
			return false;
		i += n;
	}
	return true;
}

/* The next of those that are past their time, behind an episode; NULL: it has said why. */
static struct pg_result *
choose(struct run *run, int64_t after)
{
	static const int16_t over[] = {PHASE_AVSLUTAD, PHASE_MAKULERAD, PHASE_AVLIDEN};
	struct pg_params *params = pg_params_new();
	struct pg_array *kind = pg_bind_array(params, PG_TEXT);
	struct pg_array *policy = pg_bind_array(params, PG_TEXT);
	struct pg_array *standard = pg_bind_array(params, PG_INT4);

	for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
		pg_put_string(kind, kinds[i].kind);
		pg_put_string(policy, policy_table[kinds[i].policy].word);
		pg_put_int4(standard, (int32_t)policy_table[kinds[i].policy].standard);
	}
	struct pg_array *phase = pg_bind_array(params, PG_INT2);
	for (size_t i = 0; i < sizeof over / sizeof *over; i++)
		pg_put_int2(phase, over[i]);
	pg_bind_int2(params, SPARR);
	struct pg_array *unit = pg_bind_array(params, PG_INT4);
	struct pg_array *below = pg_bind_array(params, PG_INT8);
	for (int i = 0; i < run->feed_count; i++) {
		pg_put_int4(unit, run->feeds[i].unit);
		pg_put_int8(below, run->feeds[i].below);
	}
	pg_bind_int8(params, after);
	pg_bind_int8(params, CHOSEN_MAX);
	pg_bind_instant(params, run->now);
	return ask(run, &choose_statement, params);
}

static bool
episodes_all(struct run *run)
{
	int64_t after = 0;
	int count;

	do {
		struct pg_result *result = choose(run, after);
		if (result == NULL)
			return false;
		const PGresult *rows = pg_rows(result, 0);
		count = (int)pg_row_count(rows);
		struct chosen *chosen = xcalloc((size_t)count + 1, sizeof *chosen);
		for (int i = 0; i < count; i++) {
			struct chosen *c = &chosen[i];

			c->episode = pg_get_int(rows, (size_t)i, 0);
			c->version = pg_get_int(rows, (size_t)i, 1);
			snprintf(
			    c->kind, sizeof c->kind, "%s", pg_get_text(rows, (size_t)i, 2).text);
			c->org = pg_get_int(rows, (size_t)i, 3);
			c->before = pg_get_instant(rows, (size_t)i, 4);
			c->facts = pg_get_int(rows, (size_t)i, 5);
			after = c->episode;
		}
		pg_result_free(result);
		bool done = episodes_remove(run, chosen, count);
		free(chosen);
		if (!done)
			return false;
	} while (count == CHOSEN_MAX);
	return true;
}

/* ---- Identities ---- */

/* Those that no episode names any more (G4). */
static bool
identities_remove(struct run *run)
{
	char system[IDENTITY_SYSTEM_MAX] = "", varde[IDENTITY_VARDE_MAX] = "";
	size_t count;

	do {
		struct pg_params *params = pg_params_new();

		pg_bind_string(params, system);
		pg_bind_string(params, varde);
		pg_bind_int8(params, PIECE_IDENTITIES);
		struct pg_result *chosen = ask(run, &choose_identities, params);
		if (chosen == NULL)
			return false;
		const PGresult *rows = pg_rows(chosen, 0);
		count = pg_row_count(rows);
		params = pg_params_new();
		struct pg_array *systems = pg_bind_array(params, PG_TEXT);
		struct pg_array *varden = pg_bind_array(params, PG_TEXT);
		for (size_t i = 0; i < count; i++) {
			snprintf(system, sizeof system, "%s", pg_get_text(rows, i, 0).text);
			snprintf(varde, sizeof varde, "%s", pg_get_text(rows, i, 1).text);
			pg_put_string(systems, system);
			pg_put_string(varden, varde);
		}
		pg_result_free(chosen);
		struct pg_call calls[] = {{&begin_statement, NULL}, {&remove_identities, params}};
		struct pg_result *result = transaction(run, calls, 2);
		if (result == NULL)
			return false;
		run->identities += pg_get_int(pg_rows(result, 1), 0, 0);
		pg_result_free(result);
	} while (count == PIECE_IDENTITIES);
	return true;
}

/* ---- The verb ---- */

static bool
run_all(struct run *run)
{
	struct pg_result *result = ask(run, &alone_statement, NULL);

	if (result == NULL)
		return false;
	bool alone = pg_get_bool(pg_rows(result, 0), 0, 0);
	run->now = pg_get_instant(pg_rows(result, 0), 0, 1);
	pg_result_free(result);
	if (!alone)
		return verb_fail(EXIT_FAILED, "another gallring is under way") == EXIT_DONE;
	return notices_remove(run) && episodes_all(run) && (run->dry || identities_remove(run));
}

/* False after it has said what is wrong. */
static bool
options_read(struct run *run, int argc, char **argv)
{
	for (int i = 0; i < argc; i++) {
		const char **value = strcmp(argv[i], "--export") == 0 ? &run->dir
				     : strcmp(argv[i], "--by") == 0   ? &run->by
								      : NULL;
		if (strcmp(argv[i], "--dry-run") == 0)
			run->dry = true;
		else if (value != NULL && ++i < argc)
			*value = argv[i];
		else
			return verb_fail(EX_USAGE,
				   "%.60s is no option of gallra, or lacks its value",
				   argv[value != NULL ? i - 1 : i]) == EXIT_DONE;
	}
	if (run->dry ? run->dir != NULL || run->by != NULL
		     : run->dir == NULL || run->by == NULL ||
			   !identity_hsa_valid(run->by, strlen(run->by)))
		return verb_fail(EX_USAGE, "say either --dry-run, or --export DIR and --by, the "
					   "HSA-id of who ordered it") == EXIT_DONE;
	return true;
}

int
verb_gallra(const struct command *command)
{
	struct run run = {.fd = -1};
	int code = EXIT_FAILED;

	if (!options_read(&run, command->argc, command->argv))
		return EX_USAGE;
	run.conn = verb_connect(command, &code);
	if (run.conn == NULL)
		return code;
	code = run_all(&run) ? EXIT_DONE : EXIT_FAILED;
	if (code == EXIT_DONE || run.total_count > 0)
		totals_print(&run);
	PQfinish(run.conn);
	if (run.fd >= 0)
		close(run.fd);
	EVP_MD_CTX_free(run.hash);
	free(run.totals);
	free(run.feeds);
	return code;
}
