/*
 * The verb `client`: who may call, and their tokens. A token is shown once, when it is made; the
 * database has its hash.
 */
#include "verbs.h"

#include "clients.h"
#include "clock.h"
#include "register.h"
#include "identity.h"
#include "log.h"

#include <inttypes.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define UNITS_MAX 200
#define DAYS_MAX 3650
#define HOURS_MAX 8760
#define NO_CERTIFICATE "none"
#define HEAR_MS 5000 /* how long daemons are waited for */
#define DAEMONS_MAX 64

static struct pg_statement insert_statement = PG_STATEMENT("queries/client_create");
static struct pg_statement unknown_statement = PG_STATEMENT("queries/client_units_unknown");
static struct pg_statement list_statement = PG_STATEMENT("queries/client_list");
static struct pg_statement revoke_statement = PG_STATEMENT("queries/client_revoke");
static struct pg_statement rotate_statement = PG_STATEMENT("queries/client_rotate");
static struct pg_statement bind_statement = PG_STATEMENT("queries/client_bind");
static struct pg_statement daemons_statement = PG_STATEMENT("queries/client_daemons");

static const char usage[] =
    "client create NAME --roles hospital|unit|ops|admin[,...] [--units HSA-ID[,...]] [--org "
    "DIGITS]\n"
    "              [--days N] [--certificate HSA-ID]\n"
    "                                   makes a client and shows its token, this once\n"
    "client list                        shows all clients\n"
    "client revoke NAME                 lets it in no more\n"
    "client rotate NAME [--overlap HOURS] [--days N]\n"
    "                                   makes a new token; the old ones go on for 24 hours, or "
    "--overlap\n"
    "client bind NAME --certificate HSA-ID|none\n"
    "                                   binds it to the certificate of that HSA-id\n"
    "A client that is bound is let in only with a client certificate that holds the HSA-id; the "
    "proxy in\nfront says so (systemd/README.md).\n"
    "A token is good for --days, or until it is revoked or rotated; --overlap 0 ends the old at "
    "once.\n"
    "Without --units a client of role hospital or unit speaks for every unit of its organisation; "
    "without\n--org, the first unit's. The roles ops and admin are for the whole.\n";

/* What stands on the command line. */
struct wish {
	const char *name;
	char *roles, *units;	 /* owned */
	int64_t org;		 /* 0: not given */
	int64_t days;		 /* 0: the token does not expire */
	int64_t overlap;	 /* hours */
	const char *certificate; /* an HSA-id, or "none"; NULL: not given */
};

/* Decimal digits up to most; -1 if it is something else. */
static int64_t
number_read(const char *text, int64_t most)
{
	int64_t value = 0;

	if (text[0] == '\0')
		return -1;
	for (; *text != '\0'; text++) {
		if (*text < '0' || *text > '9')
			return -1;
		value = value * 10 + (*text - '0');
		if (value > most)
			return -1;
	}
	return value;
}

/* Takes "--name value"; returns what is wrong with it, or NULL. */
static const char *
option_take(struct wish *wish, const char *name, const char *value)
{
	char **list = strcmp(name, "--roles") == 0   ? &wish->roles
		      : strcmp(name, "--units") == 0 ? &wish->units
						     : NULL;

	if (list != NULL && *list != NULL)
		return "is given twice";
	if (list != NULL) {
		*list = xstrdup(value);
		return NULL;
	}
	if (strcmp(name, "--org") == 0) {
		wish->org = strlen(value) == 10 ? number_read(value, 9999999999) : -1;
		return wish->org > 0 ? NULL : "is the 10 digits of an organisation";
	}
	if (strcmp(name, "--days") == 0) {
		wish->days = number_read(value, DAYS_MAX);
		return wish->days > 0 ? NULL : "is a whole number of days, 1 to 3650";
	}
	if (strcmp(name, "--overlap") == 0) {
		wish->overlap = number_read(value, HOURS_MAX);
		return wish->overlap >= 0 ? NULL : "is a whole number of hours, 0 to 8760";
	}
	if (strcmp(name, "--certificate") == 0) {
		wish->certificate = value;
		return strcmp(value, NO_CERTIFICATE) == 0 ||
			       identity_hsa_valid(value, strlen(value))
			   ? NULL
			   : "is the HSA-id that the certificate holds, or none";
	}
	return "is no option of it";
}

/* Reads the words after create, revoke or rotate; false after it has said what is wrong. */
static bool
wish_read(struct wish *wish, int argc, char **argv)
{
	for (int i = 0; i < argc; i++) {
		if (strncmp(argv[i], "--", 2) == 0) {
			const char *why = i + 1 < argc ? option_take(wish, argv[i], argv[i + 1])
						       : "lacks its value";
			if (why != NULL)
				(void)verb_fail(EX_USAGE, "%.60s %s", argv[i], why);
			if (why != NULL)
				return false;
			i++;
		} else if (wish->name == NULL) {
			wish->name = argv[i];
		} else {
			(void)verb_fail(EX_USAGE, "%.60s: one NAME is enough", argv[i]);
			return false;
		}
	}
	if (wish->name != NULL && wish->name[0] != '\0' && strlen(wish->name) < CLIENT_NAME_MAX)
		return true;
	(void)verb_fail(
	    EX_USAGE, "say a NAME, of 1 to %d characters, for the client", CLIENT_NAME_MAX - 1);
	return false;
}

/* A list on the command line: what its parts must be, and what to say of one that is not. */
struct list_kind {
	bool (*valid)(const char *part, size_t len);
	const char *complaint;
};

static bool
role_valid(const char *word, size_t len)
{
	return client_role_from(word, len) != 0;
}

static const struct list_kind roles_kind = {
    role_valid, "is no role; the roles are: hospital, unit, ops, admin"};
static const struct list_kind units_kind = {
    identity_hsa_valid, "is no HSA-id: SE, 10 digits, '-', then letters and digits"};

/* Binds the comma's parts of list as text[]; false after it has said what is wrong. */
static bool
list_bind(struct pg_params *params, const char *list, const struct list_kind *kind)
{
	struct pg_array *array = pg_bind_array(params, PG_TEXT);
	char *copy = list != NULL ? xstrdup(list) : NULL, *rest = copy, *part;
	const char *complaint = NULL;

	while (complaint == NULL && rest != NULL && (part = strsep(&rest, ",")) != NULL) {
		if (!kind->valid(part, strlen(part)))
			complaint = kind->complaint;
		else if (pg_array_count(array) == UNITS_MAX)
			complaint = "is one too many";
		else
			pg_put_string(array, part);
		if (complaint != NULL)
			(void)verb_fail(EX_USAGE, "%.60s %s", part, complaint);
	}
	free(copy);
	return complaint == NULL;
}

/* Whether the register has every unit that is named; else says which it has not. */
static bool
units_known(PGconn *conn, const struct wish *wish)
{
	struct pg_params *params = pg_params_new();
	struct pg_result *result = NULL;
	const PGresult *rows;
	size_t count = 0;

	if (list_bind(params, wish->units, &units_kind))
		result = verb_run(conn, &unknown_statement, params);
	pg_params_free(params);
	if (result == NULL)
		return false;
	rows = pg_rows(result, 0);
	count = pg_row_count(rows);
	for (size_t i = 0; i < count; i++)
		fprintf(
		    stderr, "%s%s", i == 0 ? "samordnad: " : ", ", pg_get_text(rows, i, 0).text);
	if (count > 0)
		fputs(": not in the register; load it first\n", stderr);
	pg_result_free(result);
	return count == 0;
}

/* Binds the hash of a new token, which it writes to token. */
static void
token_bind(struct pg_params *params, char token[static CLIENT_TOKEN_TEXT_MAX], int64_t days)
{
	uint8_t hash[SHA256_BYTES];

	client_token_new(token);
	signature_token_hash(token, strlen(token), hash);
	pg_bind_bytea(params, hash, sizeof(hash));
	if (days > 0)
		pg_bind_int4(params, (int32_t)days);
	else
		pg_bind_null(params, PG_INT4);
}

static void
certificate_bind(struct pg_params *params, const struct wish *wish)
{
	if (wish->certificate == NULL || strcmp(wish->certificate, NO_CERTIFICATE) == 0)
		pg_bind_null(params, PG_TEXT);
	else
		pg_bind_string(params, wish->certificate);
}

static int
token_show(const char *name, const char *token)
{
	printf("token of %s, shown this once: %s\n", name, token);
	return EXIT_DONE;
}

static int
client_create(PGconn *conn, struct wish *wish)
{
	struct pg_params *params = pg_params_new();
	char token[CLIENT_TOKEN_TEXT_MAX];
	struct pg_result *result;
	int code = EX_USAGE;

	pg_bind_string(params, wish->name);
	pg_bind_int8(params, wish->org);
	if (list_bind(params, wish->roles, &roles_kind) &&
	    list_bind(params, wish->units, &units_kind)) {
		struct pg_call call = {&insert_statement, params};

		token_bind(params, token, wish->days);
		certificate_bind(params, wish);
		if (!units_known(conn, wish)) {
			pg_params_free(params);
			return EXIT_FAILED;
		}
		result = pg_sync_run(conn, &call, 1);
		if (result->outcome == PG_CONSTRAINT)
			code = verb_fail(EXIT_FAILED,
			    "there is a client of that name already: `client rotate` makes it a "
			    "new token, `client revoke` frees the name");
		else if (result->outcome != PG_OK)
			code = verb_fail(
			    EXIT_FAILED, "%s: %s", insert_statement.name, result->message);
		else if (pg_row_count(pg_rows(result, 0)) == 0)
			code = verb_fail(EXIT_FAILED, "a unit has just left the register");
		else
			code = token_show(wish->name, token);
		pg_result_free(result);
	}
	pg_params_free(params);
	return code;
}

/* ---- That the daemons know of it ---- */

/* The daemons that do not know this version yet, by their backends' pids. */
struct unaware {
	int64_t version;
	int pids[DAEMONS_MAX];
	int count;
};

static void
take_notifies(PGconn *conn, struct unaware *u)
{
	PGnotify *told;

	while ((told = PQnotifies(conn)) != NULL) {
		for (int i = 0; i < u->count; i++)
			if (u->pids[i] == told->be_pid &&
			    strtoll(told->extra, NULL, 10) >= u->version)
				u->pids[i--] = u->pids[--u->count];
		PQfreemem(told);
	}
}

/* From here on what daemons say of the register is kept for daemons_wait. */
static bool
daemons_listen(PGconn *conn)
{
	char why[PG_WHY_MAX];

	return pg_sync_script(conn, "listen " REGISTER_KNOWN_CHANNEL, why) ||
	       verb_fail(EXIT_FAILED, "%s", why) == EXIT_DONE;
}

/* What was done holds from the next request on: it waits until each daemon that runs has read it,
 * and says how many have not. */
static void
daemons_wait(PGconn *conn)
{
	struct pg_result *result = verb_run(conn, &daemons_statement, NULL);
	int64_t end = clock_monotonic_ms() + HEAR_MS, left;
	struct unaware u = {0};
	struct pollfd fd = {.fd = PQsocket(conn), .events = POLLIN};

	for (size_t i = 0; result != NULL && i < pg_row_count(pg_rows(result, 0)); i++) {
		u.version = pg_get_int(pg_rows(result, 0), i, 0);
		if (!pg_get_null(pg_rows(result, 0), i, 1) && u.count < DAEMONS_MAX)
			u.pids[u.count++] = (int)pg_get_int(pg_rows(result, 0), i, 1);
	}
	pg_result_free(result);
	take_notifies(conn, &u);
	while (u.count > 0 && (left = end - clock_monotonic_ms()) > 0) {
		(void)poll(&fd, 1, (int)left);
		if (PQconsumeInput(conn) == 0)
			break;
		take_notifies(conn, &u);
	}
	if (u.count > 0)
		(void)verb_fail(EXIT_DONE,
		    "%d of the daemons have not read this yet: they do within 5 seconds of when "
		    "they reach the database",
		    u.count);
}

static int
client_rotate(PGconn *conn, struct wish *wish)
{
	struct pg_params *params = pg_params_new();
	char token[CLIENT_TOKEN_TEXT_MAX];
	struct pg_result *result;
	int code = EXIT_FAILED;

	pg_bind_string(params, wish->name);
	pg_bind_int4(params, (int32_t)wish->overlap);
	token_bind(params, token, wish->days);
	if (!daemons_listen(conn)) {
		pg_params_free(params);
		return EXIT_FAILED;
	}
	result = verb_run(conn, &rotate_statement, params);
	pg_params_free(params);
	if (result == NULL)
		return EXIT_FAILED;
	if (pg_row_count(pg_rows(result, 0)) == 0) {
		code = verb_fail(EXIT_FAILED, "there is no client of that name, or it is revoked");
	} else {
		daemons_wait(conn);
		code = token_show(wish->name, token);
	}
	pg_result_free(result);
	return code;
}

/* A statement on one client, which drops its parameters; it says "name what of". */
static int
client_change(PGconn *conn, struct pg_statement *statement, struct pg_params *params,
    const char *name, const char *what, const char *of)
{
	struct pg_result *result = daemons_listen(conn) ? verb_run(conn, statement, params) : NULL;
	int code = EXIT_FAILED;

	pg_params_free(params);
	if (result != NULL && pg_affected(pg_rows(result, 0)) == 0) {
		(void)verb_fail(EXIT_FAILED, "there is no client of that name, or it is revoked");
	} else if (result != NULL) {
		daemons_wait(conn);
		printf("%s %s%s\n", name, what, of);
		code = EXIT_DONE;
	}
	pg_result_free(result);
	return code;
}

static int
client_bind(PGconn *conn, struct wish *wish)
{
	struct pg_params *params = pg_params_new();

	pg_bind_string(params, wish->name);
	certificate_bind(params, wish);
	return client_change(
	    conn, &bind_statement, params, wish->name, "is bound to ", wish->certificate);
}

static int
client_revoke(PGconn *conn, struct wish *wish)
{
	struct pg_params *params = pg_params_new();

	pg_bind_string(params, wish->name);
	return client_change(conn, &revoke_statement, params, wish->name, "is revoked", "");
}

static int
client_list(PGconn *conn, struct wish *wish)
{
	struct pg_result *result = verb_run(conn, &list_statement, NULL);
	const PGresult *rows;

	(void)wish;
	if (result == NULL)
		return EXIT_FAILED;
	rows = pg_rows(result, 0);
	for (size_t i = 0; i < pg_row_count(rows); i++) {
		struct pg_text name = pg_get_text(rows, i, 0), roles = pg_get_text(rows, i, 2);
		struct pg_text units = pg_get_text(rows, i, 3), state = pg_get_text(rows, i, 5);
		struct pg_text certificate = pg_get_text(rows, i, 4);

		printf("%.*s  org %010" PRId64 "  %.*s  %.*s  %.*s  %.*s\n", (int)name.len,
		    name.text, pg_get_int(rows, i, 1), (int)roles.len, roles.text, (int)units.len,
		    units.text, (int)certificate.len, certificate.text, (int)state.len, state.text);
	}
	if (pg_row_count(rows) == 0)
		printf("there are no clients\n");
	pg_result_free(result);
	return EXIT_DONE;
}

enum name_need { NAME_NONE, NAME_NEEDED };

static const struct {
	const char *word;
	enum name_need name;
	int (*run)(PGconn *conn, struct wish *wish);
} actions[] = {
    {"create", NAME_NEEDED, client_create},
    {"list", NAME_NONE, client_list},
    {"revoke", NAME_NEEDED, client_revoke},
    {"rotate", NAME_NEEDED, client_rotate},
    {"bind", NAME_NEEDED, client_bind},
};

/* Whether one of the roles is bound to units; ops and admin are not. */
static bool
speaks_for_units(const struct wish *wish)
{
	return strstr(wish->roles, "hospital") != NULL || strstr(wish->roles, "unit") != NULL;
}

/* False after it has said which word is no role, or no HSA-id. */
static bool
lists_valid(const struct wish *wish)
{
	struct pg_params *params = pg_params_new();
	bool valid = list_bind(params, wish->roles, &roles_kind) &&
		     list_bind(params, wish->units, &units_kind);

	pg_params_free(params);
	return valid;
}

/*
 * Whose organisation: as said, else that of the first unit's HSA-id. False if a client would speak
 * for nobody, or if it names units that would not bind it.
 */
static bool
wish_complete(struct wish *wish)
{
	if (wish->roles == NULL)
		return false;
	if (wish->org == 0 && wish->units != NULL && strlen(wish->units) > 12) {
		char digits[11] = "";

		memcpy(digits, wish->units + 2, 10);
		wish->org = number_read(digits, 9999999999);
		if (wish->org < 0)
			return false;
	}
	return speaks_for_units(wish) ? wish->org > 0 : wish->units == NULL;
}

static bool
action_is_known(const char *word)
{
	for (size_t i = 0; i < sizeof(actions) / sizeof(*actions); i++)
		if (strcmp(actions[i].word, word) == 0)
			return true;
	return false;
}

int
verb_client(const struct command *command)
{
	struct wish wish = {.overlap = 24};
	int code = EX_USAGE;

	if (command->argc == 1 && strcmp(command->argv[0], "--help") == 0) {
		fputs(usage, stdout);
		return EXIT_DONE;
	}
	for (size_t i = 0; command->argc > 0 && i < sizeof(actions) / sizeof(*actions); i++) {
		PGconn *conn;

		if (strcmp(actions[i].word, command->argv[0]) != 0)
			continue;
		if (actions[i].name == NAME_NEEDED &&
		    !wish_read(&wish, command->argc - 1, command->argv + 1))
			break;
		if (actions[i].run == client_create && !lists_valid(&wish))
			break;
		if (actions[i].run == client_create && !wish_complete(&wish)) {
			(void)verb_fail(EX_USAGE,
			    "say --roles; for hospital and unit, for whom it speaks by --units or "
			    "--org; ops and admin take no --units");
			break;
		}
		if (actions[i].run == client_bind && wish.certificate == NULL) {
			(void)verb_fail(EX_USAGE, "say --certificate, an HSA-id or none");
			break;
		}
		conn = verb_connect(command, &code);
		if (conn != NULL)
			code = actions[i].run(conn, &wish);
		PQfinish(conn);
		free(wish.roles);
		free(wish.units);
		return code;
	}
	if (command->argc > 0 && !action_is_known(command->argv[0]))
		(void)verb_fail(
		    EX_USAGE, "client %.60s is nothing that can be done", command->argv[0]);
	free(wish.roles);
	free(wish.units);
	fputs(usage, stderr);
	return code;
}
