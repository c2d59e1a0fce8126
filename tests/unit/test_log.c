/* daemon/log.c: what a line looks like, whatever the values are. */
#include <check.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "log.h"

#define ITEMS(array) (sizeof(array) / sizeof((array)[0]))

static int saved, ends[2];

static void
capture(void)
{
	ck_assert_int_eq(pipe(ends), 0);
	saved = dup(STDERR_FILENO);
	dup2(ends[1], STDERR_FILENO);
	close(ends[1]);
}

/* What was written since capture(). */
static const char *
captured(void)
{
	static char text[16384];
	ssize_t len = 0, more;

	dup2(saved, STDERR_FILENO);
	close(saved);
	while ((more = read(ends[0], text + len, sizeof(text) - 1 - (size_t)len)) > 0)
		len += more;
	close(ends[0]);
	text[len] = '\0';
	return text;
}

START_TEST(test_values)
{
	static const struct {
		const char *value, *line;
	} rows[] = {
	    {"plain", "<6>event=x v=plain\n"},
	    {"SE2321000016-4GPX", "<6>event=x v=SE2321000016-4GPX\n"},
	    {"", "<6>event=x v=\"\"\n"},
	    {NULL, "<6>event=x v=\"\"\n"},
	    {"two words", "<6>event=x v=\"two words\"\n"},
	    {"a=b", "<6>event=x v=\"a=b\"\n"},
	    {"say \"hi\"", "<6>event=x v=\"say \\\"hi\\\"\"\n"},
	    {"back\\slash", "<6>event=x v=\"back\\\\slash\"\n"},
	    {"x\n<0>event=forged", "<6>event=x v=\"x\\n<0>event=forged\"\n"},
	    {"\r\t\x1b[2J\x01\x7f", "<6>event=x v=\"\\r\\t\\x1b[2J\\x01\\x7f\"\n"},
	    {"r\xc3\xa4tt", "<6>event=x v=\"r\xc3\xa4tt\"\n"},
	    {"\xf0\x9f\x8f\xa5", "<6>event=x v=\"\xf0\x9f\x8f\xa5\"\n"},
	    /* Not UTF-8: cut short, overlong, surrogate, beyond U+10FFFF, lone continuation. */
	    {"\xc3", "<6>event=x v=\"\\xc3\"\n"},
	    {"\xc0\xaf", "<6>event=x v=\"\\xc0\\xaf\"\n"},
	    {"\xe0\x80\xaf", "<6>event=x v=\"\\xe0\\x80\\xaf\"\n"},
	    {"\xed\xa0\x80", "<6>event=x v=\"\\xed\\xa0\\x80\"\n"},
	    {"\xf4\x90\x80\x80", "<6>event=x v=\"\\xf4\\x90\\x80\\x80\"\n"},
	    {"\x80", "<6>event=x v=\"\\x80\"\n"},
	    /* A control character of two bytes. */
	    {"\xc2\x9b", "<6>event=x v=\"\\xc2\\x9b\"\n"},
	    {"\xc2\xa0", "<6>event=x v=\"\xc2\xa0\"\n"},
	};

	for (size_t i = 0; i < ITEMS(rows); i++) {
		capture();
		log_event(LOG_INFO, "x", "v", "%s", rows[i].value, NULL);
		ck_assert_str_eq(captured(), rows[i].line);
	}
}
END_TEST

START_TEST(test_formats)
{
	capture();
	log_event(LOG_WARNING, "formats", "d", "%d", -7, "u", "%u", 4000000000u, "ld", "%" PRId64,
	    INT64_MIN, "lu", "%" PRIu64, UINT64_MAX, "zu", "%zu", (size_t)9, "f", "%.3f", 0.5, "x",
	    "%08x", 255u, "lld", "%lld", -1LL, "s", "%.3s", "abcdef", "last", "%d", 1, NULL);
	ck_assert_str_eq(captured(),
	    "<4>event=formats d=-7 u=4000000000 ld=-9223372036854775808 lu=18446744073709551615 "
	    "zu=9 f=0.500 x=000000ff lld=-1 s=abc last=1\n");
}
END_TEST

START_TEST(test_cut)
{
	static const struct {
		const char *unit; /* repeated */
		size_t length, kept;
	} rows[] = {
	    {"a", 200, 200}, /* as long as it may be */
	    {"a", 201, 197},
	    {"a", 5000, 197},
	    {"\xc3\xa4", 100, 100},
	    {"\xc3\xa4", 101, 98},
	    {"\n", 200, 200},
	    {"\xf0\x9f\x8f\xa5", 51, 49},
	};

	for (size_t i = 0; i < ITEMS(rows); i++) {
		char value[6000] = "";
		const char *line;
		size_t bytes = strlen(rows[i].unit);

		for (size_t j = 0; j < rows[i].length; j++)
			memcpy(value + j * bytes, rows[i].unit, bytes + 1);
		capture();
		log_event(LOG_INFO, "x", "v", "%s", value, "after", "%d", 1, NULL);
		line = captured();
		ck_assert_str_eq(line + strlen(line) - strlen(" after=1\n"), " after=1\n");
		if (rows[i].kept < rows[i].length)
			ck_assert_ptr_nonnull(strstr(line, "...\" after"));
		else
			ck_assert_ptr_null(strstr(line, "..."));
		if (rows[i].unit[0] != '\n')
			ck_assert_uint_eq(strspn(strchr(line, ' ') + strlen(" v=\"") -
						     (bytes == 1 && rows[i].length == 200),
					      rows[i].unit),
			    rows[i].kept * bytes);
	}
}
END_TEST

START_TEST(test_long_line)
{
	char value[300];
	const char *line;

	memset(value, '\n', sizeof(value) - 1);
	value[sizeof(value) - 1] = '\0';
	capture();
	log_event(LOG_INFO, "x", "a", "%s", value, "b", "%s", value, "c", "%s", value, "d", "%s",
	    value, "e", "%s", value, "f", "%s", value, "g", "%s", value, "h", "%s", value, "i",
	    "%s", value, "j", "%s", value, "k", "%s", value, "last", "%d", 1, NULL);
	line = captured();
	ck_assert_uint_le(strlen(line), 4096);
	ck_assert_ptr_eq(strchr(line, '\n'), line + strlen(line) - 1);
}
END_TEST

START_TEST(test_levels)
{
	capture();
	log_event(LOG_DEBUG, "hidden", NULL);
	log_level_set(LOG_DEBUG);
	log_event(LOG_DEBUG, "shown", NULL);
	log_level_set(LOG_ERROR);
	log_event(LOG_WARNING, "hidden", NULL);
	log_event(LOG_ERROR, "shown", NULL);
	log_level_set(LOG_INFO);
	ck_assert_str_eq(captured(), "<7>event=shown\n<3>event=shown\n");
}
END_TEST

START_TEST(test_require)
{
	require(1 + 1 == 2);
	log_level_set((enum log_level)0);
	require(1 + 1 == 3);
}
END_TEST

START_TEST(test_bad_format)
{
	close(STDERR_FILENO);
	log_event(LOG_ERROR, "x", "v", "%d %d", 1, NULL);
}
END_TEST

START_TEST(test_allocators)
{
	char *text = xstrdup("text");

	void *nothing[] = {xmalloc(0), xcalloc(0, 0), xrealloc(NULL, 0)};

	text = xrealloc(text, 100);
	ck_assert_str_eq(text, "text");
	free(text);
	for (size_t i = 0; i < ITEMS(nothing); i++) {
		ck_assert_ptr_nonnull(nothing[i]);
		free(nothing[i]);
	}
}
END_TEST

/* Under AddressSanitizer too, what is too large is NULL, and not the sanitizer's own end. */
const char *__asan_default_options(void);
const char *
__asan_default_options(void)
{
	return "allocator_may_return_null=1";
}

/* More than there is; the compiler may not know. */
static volatile size_t too_much = SIZE_MAX / 2;

static void
ask_malloc(void)
{
	free(xmalloc(too_much));
}

static void
ask_calloc(void)
{
	free(xcalloc(2, too_much));
}

static void
ask_realloc(void)
{
	free(xrealloc(NULL, too_much));
}

static void
ask_grow(void)
{
	void *array = NULL;
	int count = 0, cap = 0;

	xgrow(&array, &count, &cap, too_much / 16);
	free(array);
}

static void (*const asked[])(void) = {ask_malloc, ask_calloc, ask_realloc, ask_grow};

/* Memory that is not to be had ends the process, with one line that says why. */
START_TEST(test_out_of_memory)
{
	int status;

	capture();
	pid_t child = fork();
	if (child == 0) {
		asked[_i]();
		_exit(0);
	}
	pid_t ended = waitpid(child, &status, 0);
	const char *said = captured();
	ck_assert_int_eq(ended, child);
	ck_assert_msg(WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT, "status %x", status);
	const char *line = strstr(said, "<3>event=abort why=\"out of memory\" at=daemon/log.c");
	ck_assert_msg(line != NULL, "said: %s", said);
	ck_assert_ptr_eq(strchr(line, '\n'), said + strlen(said) - 1);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("log");
	TCase *lines = tcase_create("lines");
	SRunner *runner = srunner_create(suite);
	int failed;

	tcase_add_test(lines, test_values);
	tcase_add_test(lines, test_formats);
	tcase_add_test(lines, test_cut);
	tcase_add_test(lines, test_long_line);
	tcase_add_test(lines, test_levels);
	tcase_add_test_raise_signal(lines, test_require, SIGABRT);
	tcase_add_test_raise_signal(lines, test_bad_format, SIGABRT);
	tcase_add_test(lines, test_allocators);
	tcase_add_loop_test(lines, test_out_of_memory, 0, ITEMS(asked));
	suite_add_tcase(suite, lines);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? 0 : 1;
}
