/*
 * The register in a real PostgreSQL: migrate, load, read into memory, and once more. What is read
 * is what was loaded; a second run changes nothing; every change gives the register a new version.
 */
#include <check.h>
#include <event2/event.h>
#include <inttypes.h>
#include <stdlib.h>
#include <unistd.h>

#include "cluster.h"
#include "config.h"
#include "log.h"
#include "migrate.h"
#include "register.h"
#include "register_watch.h"
#include "verbs.h"

#define TIMEOUT_S 20
#define VC "SE2321000131-VC1"
#define ANNA "SE2321000131-ANNA"
#define BO "SE2321000131-BO"
#define CECILIA "SE2321000131-CECILIA"

static const char region_text[] =
    "{'policies':[{'policy':'pay_days','value':4,'scope':'region','region':'12'}],"
    "'units':[{'hsa_id':'" VC "','namn':'Vårdcentralen Ett','slag':'primarvard','kommun':'1280',"
    "'region':'12','distrikt':'norr','verksamhetschef':'" CECILIA "','fvk_mode':'auto',"
    "'hours':{'week':{'monday':[['08:00','17:00']]},'closed_on_holidays':true},"
    "'staff':["
    "{'hsa_id':'" ANNA "','namn':'Anna Ek','profession':'distriktsskoterska','legitimerad':true,"
    "'team':'A','tjanstgoringsgrad':80,'kapacitet':30,'ersattare':'" BO "','telefon':'040-1',"
    "'absences':[{'from_at':'2097-06-22T00:00:00+02:00','to_at':'2097-07-20T00:00:00+02:00'}]},"
    "{'hsa_id':'" BO "','namn':'Bo Dal','profession':'sjukskoterska','fvk':false},"
    "{'hsa_id':'" CECILIA "','namn':'Cecilia Ask','profession':'lakare'}],"
    "'slots':[{'weekday':'tuesday','from':'13:00','to':'15:00','form':'video','plats':'Rum 1'},"
    "{'weekday':'sunday','from':'22:00','to':'24:00','length_minutes':30,'staff':'" ANNA "'}],"
    "'standing_decisions':[{'beslutad_av':'" CECILIA "','kriterier':'B5'}],"
    "'policies':[{'policy':'sip_window','value':20,'from_at':'2020-01-01T00:00:00Z',"
    "'to_at':'2098-01-01T00:00:00Z'}],"
    "'endpoints':[{'url':'https://vc.example/hook'}]}]}";

static char database_set[160], path[] = "/tmp/samordnad-region-XXXXXX";
/* The key under which endpoints' secrets are stored (daemon/seal). */
static char key_set[] = "secrets_key=/tmp/samordnad-key-XXXXXX";
static char *const key_path = key_set + sizeof("secrets_key=") - 1;
static PGconn *conn;
static struct config *config;
static struct event_base *base;

/*
 * Loads the region, in which ' stands for " and each `from` is replaced by `to`; returns the exit
 * code.
 */
static int
load(const char *from, const char *to)
{
	const char *at = from != NULL ? strstr(region_text, from) : NULL;
	size_t before = at != NULL ? (size_t)(at - region_text) : sizeof(region_text) - 1;
	char *argv[] = {path, NULL}, text[4096];
	struct command command = {.config = config, .argc = 1, .argv = argv};
	FILE *file = fopen(path, "w");

	ck_assert(from == NULL || at != NULL);
	snprintf(text, sizeof(text), "%.*s%s%s", (int)before, region_text, at != NULL ? to : "",
	    at != NULL ? at + strlen(from) : "");
	for (char *c = text; *c != '\0'; c++)
		fputc(*c == '\'' ? '"' : *c, file);
	fclose(file);
	return verb_load(&command);
}

static int64_t
number(const char *query)
{
	PGresult *rows = PQexec(conn, query);
	int64_t value;

	ck_assert_msg(PQntuples(rows) == 1, "%s: %s", query, PQerrorMessage(conn));
	value = strtoll(PQgetvalue(rows, 0, 0), NULL, 10);
	PQclear(rows);
	return value;
}

static void
run(const char *script)
{
	char why[PG_WHY_MAX];

	ck_assert_msg(pg_sync_script(conn, script, why), "%s: %s", script, why);
}

static int64_t
version(void)
{
	return number("select register_version from instance");
}

/* The database, once; migrated twice. */
static void
database_make(void)
{
	char why[MIGRATE_WHY_MAX];
	const char *sets[] = {database_set};
	const struct migrate_roles no_roles = {"", ""};

	conn = pg_sync_connect(cluster_conninfo, why);
	require(conn != NULL && pg_sync_script(conn, "create database register", why));
	PQfinish(conn);
	config = config_load(NULL, sets, 1, why);
	require(config != NULL);
	conn = pg_sync_connect(config->database, why);
	require(conn != NULL && schema_check_sync(conn) == SCHEMA_MISSING);
	require(migrate_run(conn, &no_roles, stderr, why) == migrate_newest());
	require(migrate_run(conn, &no_roles, stderr, why) == 0);
	require(schema_check_sync(conn) == SCHEMA_FITS);
	PQfinish(conn);
	config_free(config);
}

/* An empty register for each test. */
static void
setup(void)
{
	char why[CONFIG_WHY_MAX];
	const char *sets[] = {database_set, key_set};

	log_level_set(LOG_ERROR);
	config = config_load(NULL, sets, 2, why);
	ck_assert_msg(config != NULL, "%s", why);
	conn = pg_sync_connect(config->database, why);
	ck_assert_ptr_nonnull(conn);
	run("set search_path to samordnad, public; truncate unit, staff, absence, slot, "
	    "standing_decision, "
	    "policy, client, client_unit, client_token, endpoint, endpoint_cursor, endpoint_event, "
	    "replay, "
	    "kontakt, "
	    "booking "
	    "restart identity; update instance set register_version = 1");
	base = event_base_new();
}

static void
teardown(void)
{
	event_base_free(base);
	PQfinish(conn);
	config_free(config);
}

/* ---- Reading ---- */

static struct register_read last;
static int reads;

static void
on_read(const struct register_read *read, void *arg)
{
	(void)arg;
	last = *read;
	reads++;
	event_base_loopbreak(base);
}

static enum register_for wanted;

static void
on_up(struct pg *pg, void *arg)
{
	register_load(pg, wanted, on_read, arg);
}

static struct pg *
reader_new(void (*connected)(struct pg *, void *), void *arg)
{
	static const char *const setup_statements[] = {
	    "set search_path to samordnad, public", NULL};
	const struct pg_options options = {.conninfo = config->database,
	    .name = "test",
	    .setup = setup_statements,
	    .connected = connected,
	    .arg = arg};
	char why[PG_WHY_MAX];

	return pg_new(base, &options, why);
}

/* Reads the register; the caller ends both parts. */
static struct region *
read_all(enum register_for what)
{
	const struct timeval limit = {TIMEOUT_S, 0};
	struct pg *pg;

	reads = 0;
	wanted = what;
	pg = reader_new(on_up, NULL);
	event_base_loopexit(base, &limit);
	event_base_dispatch(base);
	ck_assert_int_eq(reads, 1);
	ck_assert_int_eq(last.outcome, PG_OK);
	pg_free(pg);
	return last.region;
}

static void
read_end(void)
{
	region_delete(last.region);
	clients_free(last.clients);
}

static void
check_staff(const struct region *r)
{
	const struct staff *anna = region_staff(r, region_staff_by_hsa(r, ANNA));
	const struct staff *bo = region_staff(r, region_staff_by_hsa(r, BO));
	instant june = INSTANT_NONE, july = INSTANT_NONE;

	ck_assert_int_eq(r->staff_count, 3);
	ck_assert_str_eq(anna->namn, "Anna Ek");
	ck_assert_int_eq(anna->profession, DISTRIKTSSKOTERSKA);
	ck_assert(anna->legitimerad && anna->fvk);
	ck_assert_str_eq(anna->team, "A");
	ck_assert_int_eq(anna->tjanstgoringsgrad, 80);
	ck_assert_int_eq(anna->kapacitet, 30);
	ck_assert_int_eq(anna->ersattare, bo->staff);
	ck_assert_str_eq(anna->telefon, "040-1");
	ck_assert_int_eq(anna->slutar_at, INSTANT_NEVER);
	ck_assert(!bo->legitimerad && !bo->fvk);
	ck_assert_int_eq(bo->tjanstgoringsgrad, 100);
	ck_assert_int_eq(bo->kapacitet, 0);
	ck_assert_ptr_null(instant_parse("2097-06-22T00:00:00+02:00", 25, &june));
	ck_assert_ptr_null(instant_parse("2097-07-20T00:00:00+02:00", 25, &july));
	ck_assert_int_eq(region_acting(r, anna->staff, june - 1), anna->staff);
	ck_assert_int_eq(region_acting(r, anna->staff, june), bo->staff);
	ck_assert_int_eq(region_acting(r, anna->staff, july), anna->staff);
}

START_TEST(read_is_what_was_loaded)
{
	const struct region *r;
	const struct unit *u;
	int32_t row;

	ck_assert_int_eq(load(NULL, NULL), 0);
	r = read_all(REGISTER_FOR_READS);
	ck_assert_int_eq(r->version, version());
	ck_assert_int_eq(r->unit_count, 1);
	u = region_unit(r, region_unit_by_hsa(r, VC));
	ck_assert_int_eq(u->org, 2321000131);
	ck_assert_str_eq(u->namn, "Vårdcentralen Ett");
	ck_assert_int_eq(u->slag, PRIMARVARD);
	ck_assert_int_eq(u->kommun, 1280);
	ck_assert_int_eq(u->region, 12);
	ck_assert_str_eq(u->distrikt, "norr");
	ck_assert_int_eq(u->verksamhetschef, region_staff_by_hsa(r, CECILIA));
	ck_assert_int_eq(u->hours.week[0].span[0].to_min, 17 * 60);
	ck_assert_int_eq(u->hours.week[1].span[0].to_min, 0);
	ck_assert(u->hours.closed_on_holidays);
	check_staff(r);
	ck_assert_int_eq(u->slot_count, 2);
	ck_assert_int_eq(r->slots[u->slot_first].weekday, 1);
	ck_assert_int_eq(r->slots[u->slot_first].form, VIDEO);
	ck_assert_str_eq(r->slots[u->slot_first].plats, "Rum 1");
	ck_assert_int_eq(r->slots[u->slot_first + 1].weekday, 6);
	ck_assert_int_eq(r->slots[u->slot_first + 1].from_minute, 22 * 60);
	ck_assert_int_eq(r->slots[u->slot_first + 1].to_minute, 24 * 60);
	ck_assert_int_eq(r->slots[u->slot_first + 1].length_minutes, 30);
	ck_assert_int_eq(r->slots[u->slot_first + 1].staff, region_staff_by_hsa(r, ANNA));
	ck_assert_ptr_nonnull(region_standing_decision(r, u->unit, last.legal_now));
	ck_assert_int_eq(
	    region_policy(r, POLICY_FVK_MODE, u->unit, last.legal_now, &row), FVK_AUTO);
	ck_assert_int_gt(row, 0);
	ck_assert_int_eq(region_policy(r, POLICY_FVK_MODE, u->unit, 0, &row), FVK_AUTO);
	ck_assert_int_eq(region_policy(r, POLICY_SIP_WINDOW, u->unit, last.legal_now, &row), 20);
	ck_assert_int_eq(region_policy(r, POLICY_SIP_WINDOW, u->unit, 0, &row), 14);
	ck_assert_int_eq(region_policy(r, POLICY_PAY_DAYS, u->unit, last.legal_now, &row), 4);
	read_end();
}
END_TEST

START_TEST(second_run_changes_nothing)
{
	int64_t before;

	ck_assert_int_eq(load(NULL, NULL), 0);
	before = version();
	ck_assert_int_eq(before, 2);
	ck_assert_int_eq(load(NULL, NULL), 0);
	ck_assert_int_eq(version(), before);
	ck_assert_int_eq(number("select count(*) from policy"), 3);
	ck_assert_int_eq(number("select count(*) from slot"), 2);
}
END_TEST

/* What is loaded instead of what, and a query that must then give the number. */
static const struct {
	const char *what, *from, *to, *query;
	int64_t number;
} change_rows[] = {
    {"a name", "Anna Ek", "Anna Eka", "select count(*) from staff where namn = 'Anna Eka'", 1},
    {"a deputy is no more", "'ersattare':'" BO "',", "",
	"select count(*) from staff where ersattare is not null", 0},
    {"a person is not listed: leaves", ",{'hsa_id':'" BO "','namn':'Bo Dal'",
	",{'hsa_id':'" BO "2','namn':'Bo Dal'",
	"select count(*) from staff where slutar_at <= now()", 1},
    {"opening hours", "'17:00'", "'16:00'",
	"select count(*) from unit where hours::text like '%16:00%'", 1},
    {"no opening hours: day and night",
	"{'week':{'monday':[['08:00','17:00']]},'closed_on_holidays':true}", "null",
	"select count(*) from unit where hours is null", 1},
    {"an absence is another", "2097-07-20", "2097-07-21",
	"select count(*) from absence where to_at = '2097-07-21T00:00:00+02:00'", 1},
    {"an absence is no more",
	"{'from_at':'2097-06-22T00:00:00+02:00','to_at':'2097-07-20T00:00:00+02:00'}", "",
	"select count(*) from absence", 0},
    {"a slot is another: the old one ends, and stays", "Rum 1", "Rum 2",
	"select count(*) from slot where ended_at is not null", 1},
    {"a decision is another: the old one is revoked", "'kriterier':'B5'", "'kriterier':'B5, A'",
	"select count(*) from standing_decision where revoked_at is not null", 1},
    {"a mode from now on", "'fvk_mode':'auto'", "'fvk_mode':'manual'",
	"select count(*) from policy where policy = 'fvk_mode' and ((to_at is null) = (value = "
	"'manual'))",
	2},
    {"a mode that is not named stays", "'fvk_mode':'auto',", "'sip_mode':'auto',",
	"select count(*) from policy where policy like '%mode' and to_at is null", 1},
    {"a policy ends another time", "2098-01-01", "2099-01-01",
	"select count(*) from policy where to_at = '2099-01-01Z'", 1},
    {"a policy that has begun is another", "'value':20", "'value':21", "select 1", -1},
    {"a policy beside the units is no more",
	"{'policy':'pay_days','value':4,'scope':'region','region':'12'}", "",
	"select count(*) from policy where policy = 'pay_days' and to_at <= now()", 1},
    {"an endpoint is another", "/hook", "/hooks",
	"select count(*) from endpoint where status = 'deleted'", 1},
    {"an endpoint's list is not given: stays", "'endpoints':[{'url':'https://vc.example/hook'}]",
	"'endpoints':null", "select count(*) from endpoint where status = 'active'", 1},
    {"a person who is not known", "'verksamhetschef':'" CECILIA "'",
	"'verksamhetschef':'SE2321000131-NOBODY'", "select 1", -1},
    {"a standing decision for too long", "'kriterier':'B5'",
	"'from_at':'2096-01-01T00:00:00Z','to_at':'2097-06-01T00:00:00Z'", "select 1", -1},
};

START_TEST(changes)
{
	bool refused = change_rows[_i].number < 0;
	int64_t before;
	int code;

	ck_assert_int_eq(load(NULL, NULL), 0);
	before = version();
	code = load(change_rows[_i].from, change_rows[_i].to);
	ck_assert_msg(
	    code == (refused ? EXIT_FAILED : EXIT_DONE), "%s: %d", change_rows[_i].what, code);
	if (refused) {
		ck_assert_int_eq(version(), before);
		return;
	}
	ck_assert_msg(number(change_rows[_i].query) == change_rows[_i].number, "%s: %" PRId64,
	    change_rows[_i].what, number(change_rows[_i].query));
	/* And what is loaded thus is the truth from then on. */
	before = version();
	ck_assert_int_eq(load(change_rows[_i].from, change_rows[_i].to), 0);
	ck_assert_int_eq(version(), before);
}
END_TEST

START_TEST(loads_and_bookings_are_the_doors)
{
	const struct staff *anna;
	const struct region *r;

	ck_assert_int_eq(load(NULL, NULL), 0);
	run("insert into kontakt (patient, slag, unit, staff, from_at, to_at, episode, nr) "
	    "select p, s, 1, (select staff from staff where hsa_id = '" ANNA "'), now(), e, 1, 1 "
	    "from (values (1, 1, null), (2, 1, now() + interval '1 day'), (3, 1, now() - interval "
	    "'1 s'), "
	    "(4, 2, null)) v (p, s, e)");
	run("insert into booking (episode, staff, slot, start_at, end_at) "
	    "select 7, staff, 0, '2097-03-01Z', '2097-03-02Z' from staff where hsa_id = '" ANNA
	    "'");
	run("insert into booking (episode, staff, slot, start_at, end_at) "
	    "select 8, staff, 0, '2007-03-01Z', '2007-03-02Z' from staff where hsa_id = '" ANNA
	    "'");
	r = read_all(REGISTER_FOR_DOOR);
	anna = region_staff(r, region_staff_by_hsa(r, ANNA));
	ck_assert_int_eq(anna->load, 2);
	ck_assert_int_eq(r->booking_count, 1);
	ck_assert(!region_free_at(
	    r, anna->staff, 0, r->bookings[0].start_at, r->bookings[0].start_at + 1, 9));
	read_end();
	r = read_all(REGISTER_FOR_READS);
	ck_assert_int_eq(region_staff(r, region_staff_by_hsa(r, ANNA))->load, 0);
	ck_assert_int_eq(r->booking_count, 0);
	read_end();
}
END_TEST

START_TEST(clients_are_read)
{
	char *argv[] = {"create", "vc", "--roles", "unit,ops", "--units", VC, "--days", "3", NULL};
	char *revoke[] = {"revoke", "vc", NULL};
	struct command create = {.config = config, .argc = 8, .argv = argv};
	struct command end = {.config = config, .argc = 2, .argv = revoke};
	int64_t before;

	ck_assert_int_eq(load(NULL, NULL), 0);
	before = version();
	ck_assert_int_eq(verb_client(&create), EXIT_DONE);
	ck_assert_int_eq(version(), before + 1);
	ck_assert_int_eq(verb_client(&create), EXIT_FAILED); /* the name is taken */
	(void)read_all(REGISTER_FOR_READS);
	ck_assert_int_eq(clients_count(last.clients), 1);
	read_end();
	ck_assert_int_eq(
	    number("select count(*) from client_token where octet_length(token_hash) = 32 "
		   "and expires_at > now() + interval '2 days'"),
	    1);
	ck_assert_int_eq(verb_client(&end), EXIT_DONE);
	ck_assert_int_eq(version(), before + 2);
	(void)read_all(REGISTER_FOR_READS);
	ck_assert_int_eq(clients_count(last.clients), 0);
	read_end();
}
END_TEST

/* ---- The watch ---- */

static bool door_has_it;
static int rereads;
static struct register_ *reg;
static struct register_watch *watch;

static bool
has_it(void *arg)
{
	(void)arg;
	return door_has_it;
}

static void
reread(void *arg)
{
	(void)arg;
	rereads++;
}

static void
on_watch_up(struct pg *pg, void *arg)
{
	const struct register_door door = {has_it, reread, NULL};

	(void)arg;
	watch = register_watch_new(base, pg, reg, &door);
}

/*
 * Turns the loop until the register in memory has the version, or the door was told `told` times.
 */
static void
turn_until(int64_t wanted_version, int told)
{
	for (int turns = 0; register_region(reg)->version != wanted_version || rereads < told;
	     turns++) {
		const struct timeval pause = {0, 20000};

		ck_assert_msg(turns < 50 * TIMEOUT_S, "waited in vain");
		event_base_loopexit(base, &pause);
		event_base_dispatch(base);
		if (watch != NULL)
			register_watch_look(watch);
	}
}

START_TEST(watch_keeps_fresh)
{
	struct pg *pg;

	reg = register_new();
	watch = NULL;
	door_has_it = false;
	rereads = 0;
	ck_assert_int_eq(load(NULL, NULL), 0);
	pg = reader_new(on_watch_up, NULL);
	turn_until(2, 0);
	ck_assert_int_eq(register_region(reg)->staff_count, 3);
	run("update unit set namn = 'Annat'");
	turn_until(3, 0);
	ck_assert_str_eq(register_region(reg)->units[0].namn, "Annat");
	door_has_it = true; /* from here on it only tells */
	run("update unit set namn = 'Ett tredje'");
	turn_until(3, 1);
	ck_assert_str_eq(register_region(reg)->units[0].namn, "Annat");
	pg_free(pg);
	register_watch_free(watch);
	register_free(reg);
}
END_TEST

#define ROWS(table) (int)(sizeof(table) / sizeof(*(table)))

int
main(void)
{
	Suite *suite = suite_create("register");
	TCase *tc = tcase_create("register");
	SRunner *sr;
	int failed, file;

	cluster_start();
	snprintf(database_set, sizeof(database_set),
	    "database=host=%s user=postgres dbname=register", cluster_directory);
	database_make();
	file = mkstemp(path);
	require(file >= 0 && close(file) == 0);
	file = mkstemp(key_path);
	require(dprintf(file, "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n") > 0 &&
		close(file) == 0);
	tcase_set_timeout(tc, 60);
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, read_is_what_was_loaded);
	tcase_add_test(tc, second_run_changes_nothing);
	tcase_add_loop_test(tc, changes, 0, ROWS(change_rows));
	tcase_add_test(tc, loads_and_bookings_are_the_doors);
	tcase_add_test(tc, clients_are_read);
	tcase_add_test(tc, watch_keeps_fresh);
	suite_add_tcase(suite, tc);
	sr = srunner_create(suite);
	srunner_run_all(sr, CK_NORMAL);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	unlink(path);
	unlink(key_path);
	return failed == 0 ? 0 : 1;
}
