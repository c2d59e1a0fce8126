/* daemon/config.c: files, the command line, reload, addresses and networks. */
#include <arpa/inet.h>
#include <check.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/un.h>
#include <unistd.h>

#include "config.h"

#define ITEMS(array) (sizeof(array) / sizeof((array)[0]))

static char path[64];

static void
write_bytes(const char *bytes, size_t len)
{
	int fd;

	snprintf(path, sizeof(path), "/tmp/samordnad-config-XXXXXX");
	fd = mkstemp(path);
	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(write(fd, bytes, len), (ssize_t)len);
	close(fd);
}

static void
write_file(const char *text)
{
	write_bytes(text, strlen(text));
}

START_TEST(test_defaults)
{
	char why[CONFIG_WHY_MAX] = "";
	struct config *config = config_load(NULL, NULL, 0, why);

	ck_assert_msg(config != NULL, "%s", why);
	ck_assert_str_eq(config->listen, "127.0.0.1:8612");
	ck_assert_int_eq(config->connections_max, 2000);
	ck_assert_int_eq(config->body_bytes_max, 262144);
	ck_assert(!config->push_allow_http);
	ck_assert_str_eq(config->push_allowed_networks, "");
	ck_assert_int_eq(config->log_level, LOG_INFO);
	config_free(config);
	config_free(NULL);
}
END_TEST

START_TEST(test_file)
{
	static const char *const sets[] = {"drain_ms=5", " idle_ms = 200 "};
	char why[CONFIG_WHY_MAX] = "";
	struct config *config;

	write_file("# a comment\n\n  listen=unix:/run/samordnad.sock\n"
		   "database = host=/tmp/a,/tmp/b dbname=x # not a comment\r\n"
		   "push_allow_http = on\nlog_level =\tdebug\ndrain_ms = 7\n"
		   "push_allowed_networks = 10.0.0.0/8, ::1/128\nbase_url = https://x.test/a");
	config = config_load(path, sets, 2, why);
	unlink(path);
	/* A comment only begins a line: here it makes the conninfo bad. */
	ck_assert_ptr_null(config);
	write_file("# a comment\n\n  listen=unix:/run/samordnad.sock\n"
		   "database = host=/tmp/a,/tmp/b dbname=x\r\n"
		   "push_allow_http = on\nlog_level =\tdebug\ndrain_ms = 7\n"
		   "push_allowed_networks = 10.0.0.0/8, ::1/128\nbase_url = https://x.test/a");
	config = config_load(path, sets, 2, why);
	unlink(path);
	ck_assert_msg(config != NULL, "%s", why);
	ck_assert_str_eq(config->listen, "unix:/run/samordnad.sock");
	ck_assert_str_eq(config->database, "host=/tmp/a,/tmp/b dbname=x");
	ck_assert(config->push_allow_http);
	ck_assert_int_eq(config->log_level, LOG_DEBUG);
	ck_assert_int_eq(config->drain_ms, 5);
	ck_assert_int_eq(config->idle_ms, 200);
	ck_assert_str_eq(config->base_url, "https://x.test/a");
	config_free(config);
}
END_TEST

START_TEST(test_complaints)
{
	static const struct {
		const char *text, *why; /* of the file, after its name */
	} rows[] = {
	    {"\nlissten = x\n", ":2: lissten is not a setting"},
	    {"drain_ms = 1\n#\ndrain_ms = 1\n", ":3: drain_ms is set twice"},
	    {"drain_ms\n", ":1: not of the form name = value"},
	    {"= 3\n", ":1: is not a setting"},
	    {"drain_ms = \n", ":1: drain_ms must be a whole number from 0 to 600000 (ms)"},
	    {"drain_ms = 5s\n", ":1: drain_ms must be a whole number from 0 to 600000 (ms)"},
	    {"drain_ms = -1\n", ":1: drain_ms must be a whole number from 0 to 600000 (ms)"},
	    {"drain_ms = 600001\n", ":1: drain_ms must be a whole number from 0 to 600000 (ms)"},
	    {"drain_ms = 99999999999999999999\n",
		":1: drain_ms must be a whole number from 0 to 600000 (ms)"},
	    {"drain_ms = +5\n", ":1: drain_ms must be a whole number from 0 to 600000 (ms)"},
	    {"push_allow_http = yes\n", ":1: push_allow_http must be on or off"},
	    {"log_level = loud\n", ":1: log_level must be error, warning, notice, info or debug"},
	    {"listen = localhost:80\n",
		":1: listen must be address:port, [address]:port, unix:/path or fd:number"},
	    {"proxy_listen = 127.0.0.1:80\n", ":1: proxy_listen must be unix:/path or fd:number: a "
					      "port has no file mode to guard it"},
	    {"proxy_listen = /run/x\n", ":1: proxy_listen must be unix:/path or fd:number: a port "
					"has no file mode to guard it"},
	    {"base_url = http://x/\n",
		":1: base_url must be an http or https URL without a slash at the end"},
	    {"base_url = ftp://x\n",
		":1: base_url must be an http or https URL without a slash at the end"},
	    {"instance = no colon\n", ":1: instance must be a URI"},
	    {"push_allowed_networks = 10.0.0.0\n",
		":1: push_allowed_networks must be networks such as 10.1.0.0/16, separated by "
		"commas"},
	    {"push_allowed_networks = 10.0.0.0/33\n",
		":1: push_allowed_networks must be networks such as 10.1.0.0/16, separated by "
		"commas"},
	    {"database = host=x passwordd=y\n",
		":1: database must be a libpq connection string or URI"},
	    {"database = password=hush\n",
		":1: database must not hold a password: name a file with passfile="},
	    {"database = postgresql://a:hush@b/c\n",
		":1: database must not hold a password: name a file with passfile="},
	};

	for (size_t i = 0; i < ITEMS(rows); i++) {
		char why[CONFIG_WHY_MAX] = "", expected[CONFIG_WHY_MAX];

		write_file(rows[i].text);
		ck_assert_ptr_null(config_load(path, NULL, 0, why));
		unlink(path);
		snprintf(expected, sizeof(expected), "%s%s", path, rows[i].why);
		ck_assert_str_eq(why, expected);
	}
}
END_TEST

/* Nothing behind a NUL is passed over unread, wherever it stands. */
START_TEST(test_nul)
{
	static const char *const rows[] = {
	    "drain_ms = 5|7\n", "|drain_ms = 5\n", "drain_ms = 5\n#|", "drain_ms = 5|"};

	for (size_t i = 0; i < ITEMS(rows); i++) {
		char why[CONFIG_WHY_MAX] = "", text[100], expected[CONFIG_WHY_MAX];

		snprintf(text, sizeof(text), "%s", rows[i]);
		*strchr(text, '|') = '\0';
		write_bytes(text, strlen(rows[i]));
		ck_assert_ptr_null(config_load(path, NULL, 0, why));
		unlink(path);
		snprintf(expected, sizeof(expected), "%s:%d: the line holds a NUL", path,
		    strchr(rows[i], '#') != NULL ? 2 : 1);
		ck_assert_str_eq(why, expected);
	}
}
END_TEST

START_TEST(test_command_line)
{
	static const struct {
		const char *sets[2];
		const char *why;
	} rows[] = {
	    {{"drain_ms=1", "drain_ms=2"}, "--set: drain_ms is set twice"},
	    {{"drain_ms=1", "what=2"}, "--set: what is not a setting"},
	    {{"body_bytes_max=5000", "batch_body_bytes_max=4000"},
		"body_bytes_max must not be more than batch_body_bytes_max"},
	    {{"push_timeout_ms=1000", "drain_ms=2"},
		"push_connect_timeout_ms must not be more than push_timeout_ms"},
	};

	for (size_t i = 0; i < ITEMS(rows); i++) {
		char why[CONFIG_WHY_MAX] = "";

		ck_assert_ptr_null(config_load(NULL, rows[i].sets, 2, why));
		ck_assert_str_eq(why, rows[i].why);
	}
}
END_TEST

START_TEST(test_no_file)
{
	char why[CONFIG_WHY_MAX] = "";
	char *line = malloc(10000);

	ck_assert_ptr_null(config_load("/tmp/samordnad-none/x", NULL, 0, why));
	ck_assert_str_eq(why, "/tmp/samordnad-none/x: No such file or directory");
	memset(line, 'a', 9999);
	line[9999] = '\0';
	write_file(line);
	ck_assert_ptr_null(config_load(path, NULL, 0, why));
	unlink(path);
	ck_assert_ptr_nonnull(strstr(why, ":1: the line is too long"));
	free(line);
}
END_TEST

/* What is described can be read again, and means the same. */
START_TEST(test_describe)
{
	static const char *const sets[] = {
	    "log_level=warning", "push_allow_http=on", "idle_ms=1234", "instance=urn:x:y"};
	char why[CONFIG_WHY_MAX] = "", stay[100], help[20000] = "";
	struct config *config = config_load(NULL, sets, 4, why), *again;
	FILE *out;

	write_file("");
	out = fopen(path, "w");
	config_describe(config, out);
	fclose(out);
	again = config_load(path, NULL, 0, why);
	unlink(path);
	ck_assert_msg(again != NULL, "%s", why);
	ck_assert_uint_eq(config_reload(config, again, stay, sizeof(stay)), 0);
	ck_assert_str_eq(stay, "");
	config_free(again);
	config_free(config);
	out = fmemopen(help, sizeof(help), "w");
	config_help(out);
	fclose(out);
	ck_assert_ptr_nonnull(strstr(help, "drain_ms = 10000\n\t0 to 600000 ms; taken over at "));
	ck_assert_ptr_nonnull(strstr(help, "log_level = info\n"));
}
END_TEST

START_TEST(test_reload)
{
	static const char *const sets[] = {"listen=[::1]:80", "idle_ms=1234", "push_allow_http=on",
	    "log_level=error", "base_url=http://b", "instance=urn:b"};
	char why[CONFIG_WHY_MAX] = "", stay[100];
	struct config *config = config_load(NULL, NULL, 0, why);
	struct config *fresh = config_load(NULL, sets, 6, why);

	ck_assert_uint_eq(config_reload(config, fresh, stay, sizeof(stay)), 4);
	ck_assert_str_eq(stay, "listen instance");
	config_free(fresh);
	ck_assert_str_eq(config->listen, "127.0.0.1:8612");
	ck_assert_int_eq(config->idle_ms, 1234);
	ck_assert(config->push_allow_http);
	ck_assert_int_eq(config->log_level, LOG_ERROR);
	ck_assert_str_eq(config->base_url, "http://b");
	ck_assert_str_eq(config->instance, "urn:samordnad");
	fresh = config_load(NULL, sets, 6, why);
	ck_assert_uint_eq(config_reload(config, fresh, stay, 8), 0);
	ck_assert_str_eq(stay, "listen");
	config_free(fresh);
	config_free(config);
}
END_TEST

START_TEST(test_addresses)
{
	static const struct {
		const char *text;
		int family; /* 0: none */
		int port;
	} rows[] = {
	    {"127.0.0.1:8612", AF_INET, 8612},
	    {"0.0.0.0:0", AF_INET, 0},
	    {"[::1]:65535", AF_INET6, 65535},
	    {"[::]:1", AF_INET6, 1},
	    {"unix:/run/x", AF_UNIX, 0},
	    {"unix:run/x", 0, 0},
	    {"::1:80", 0, 0},
	    {"[127.0.0.1]:80", 0, 0},
	    {"[::1]", 0, 0},
	    {"[::1]80", 0, 0},
	    {"127.0.0.1", 0, 0},
	    {"127.0.0.1:", 0, 0},
	    {"127.0.0.1:65536", 0, 0},
	    {"127.0.0.1:-1", 0, 0},
	    {"127.0.0.1:8 ", 0, 0},
	    {"localhost:80", 0, 0},
	    {":80", 0, 0},
	    {"", 0, 0},
	    {"[]:80", 0, 0},
	};

	for (size_t i = 0; i < ITEMS(rows); i++) {
		struct sockaddr_storage address;
		socklen_t len;
		bool good = config_address(rows[i].text, &address, &len);

		ck_assert_msg(good == (rows[i].family != 0), "%s", rows[i].text);
		if (!good)
			continue;
		ck_assert_int_eq(address.ss_family, rows[i].family);
		if (rows[i].family == AF_INET)
			ck_assert_int_eq(
			    ntohs(((struct sockaddr_in *)&address)->sin_port), rows[i].port);
		if (rows[i].family == AF_INET6)
			ck_assert_int_eq(
			    ntohs(((struct sockaddr_in6 *)&address)->sin6_port), rows[i].port);
		if (rows[i].family == AF_UNIX)
			ck_assert_str_eq(((struct sockaddr_un *)&address)->sun_path, "/run/x");
	}
}
END_TEST

/* What only this machine reaches is not exposed; of an inherited socket nothing is known yet. */
START_TEST(test_exposed)
{
	static const struct {
		const char *listen;
		bool exposed;
	} rows[] = {
	    {"listen=127.0.0.1:1", false},
	    {"listen=127.9.9.9:1", false},
	    {"listen=[::1]:1", false},
	    {"listen=[::ffff:127.0.0.1]:1", false},
	    {"listen=unix:/run/x", false},
	    {"listen=fd:3", false},
	    {"listen=0.0.0.0:1", true},
	    {"listen=[::]:1", true},
	    {"listen=10.0.0.1:1", true},
	    {"listen=[::ffff:10.0.0.1]:1", true},
	    {"listen=[2002:7f00:1::1]:1", true},
	    {"listen=[64:ff9b::127.0.0.1]:1", true},
	};
	char why[CONFIG_WHY_MAX];

	for (size_t i = 0; i < ITEMS(rows); i++) {
		struct config *config = config_load(NULL, &rows[i].listen, 1, why);

		ck_assert_msg(config != NULL, "%s", why);
		ck_assert_msg(config_is_exposed(config) == rows[i].exposed, "%s", rows[i].listen);
		config_free(config);
	}
}
END_TEST

START_TEST(test_proxy_listen)
{
	static const char *const good[] = {
	    "proxy_listen=unix:/run/x", "proxy_listen=fd:4", "proxy_listen="};
	static const char *const same[] = {"listen=fd:3", "proxy_listen=fd:3"};
	char why[CONFIG_WHY_MAX];

	for (size_t i = 0; i < ITEMS(good); i++) {
		struct config *config = config_load(NULL, &good[i], 1, why);

		ck_assert_msg(config != NULL, "%s", why);
		config_free(config);
	}
	ck_assert_ptr_null(config_load(NULL, same, 2, why));
	ck_assert_str_eq(why, "proxy_listen must not be the same as listen");
}
END_TEST

START_TEST(test_networks)
{
	static const struct {
		const char *networks, *address;
		bool inside;
	} rows[] = {
	    {"", "127.0.0.1", false},
	    {"127.0.0.0/8", "127.255.0.1", true},
	    {"127.0.0.0/8", "128.0.0.1", false},
	    {"10.1.2.3/32", "10.1.2.3", true},
	    {"10.1.2.3/32", "10.1.2.2", false},
	    {"10.128.0.0/9", "10.255.0.1", true},
	    {"10.128.0.0/9", "10.127.0.1", false},
	    {"0.0.0.0/0", "192.0.2.1", true},
	    {"0.0.0.0/0", "::1", false},
	    {"0.0.0.0/0", "::ffff:192.0.2.1", true},
	    {"::/0", "192.0.2.1", false},
	    {"::1/128,10.0.0.0/8", "10.0.0.1", true},
	    {"10.0.0.0/8 fd00::/8", "fdff::1", true},
	    {"10.0.0.0/8 fd00::/8", "fe80::1", false},
	    {"2001:db8::/33", "2001:db8:7fff::1", true},
	    {"2001:db8::/33", "2001:db8:8000::1", false},
	};

	for (size_t i = 0; i < ITEMS(rows); i++) {
		struct sockaddr_in four = {.sin_family = AF_INET};
		struct sockaddr_in6 six = {.sin6_family = AF_INET6};
		bool is_four = inet_pton(AF_INET, rows[i].address, &four.sin_addr) == 1;

		ck_assert(is_four || inet_pton(AF_INET6, rows[i].address, &six.sin6_addr) == 1);
		ck_assert_msg(config_networks_contain(rows[i].networks,
				  is_four ? (struct sockaddr *)&four : (struct sockaddr *)&six) ==
				  rows[i].inside,
		    "%s %s", rows[i].networks, rows[i].address);
	}
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("config");
	TCase *all = tcase_create("all");
	SRunner *runner = srunner_create(suite);
	int failed;

	tcase_add_test(all, test_defaults);
	tcase_add_test(all, test_file);
	tcase_add_test(all, test_complaints);
	tcase_add_test(all, test_nul);
	tcase_add_test(all, test_command_line);
	tcase_add_test(all, test_no_file);
	tcase_add_test(all, test_describe);
	tcase_add_test(all, test_reload);
	tcase_add_test(all, test_addresses);
	tcase_add_test(all, test_exposed);
	tcase_add_test(all, test_proxy_listen);
	tcase_add_test(all, test_networks);
	suite_add_tcase(suite, all);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? 0 : 1;
}
