/* daemon/metrics.c: the numbers, and a small reader of Prometheus' text format. */
#include <check.h>
#include <ctype.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "log.h"
#include "metrics.h"

START_TEST(test_numbers)
{
	metrics_add(METRIC_HTTP_2XX, 3);
	metrics_add(METRIC_HTTP_2XX, 4);
	metrics_set(METRIC_QUEUE, 17);
	metrics_add(METRIC_QUEUE, -20);
	metrics_observe(METRIC_DOOR_BATCH_FACTS, 1);
	metrics_observe(METRIC_DOOR_BATCH_FACTS, 100000);
	ck_assert_int_eq(metrics_get(METRIC_HTTP_2XX), 7);
	ck_assert_int_eq(metrics_get(METRIC_HTTP_4XX), 0);
	ck_assert_int_eq(metrics_get(METRIC_QUEUE), -3);
	ck_assert_int_eq(metrics_get(METRIC_DOOR_BATCH_FACTS), 2);
	ck_assert_int_eq(metrics_http_status(100), METRIC_HTTP_1XX);
	ck_assert_int_eq(metrics_http_status(299), METRIC_HTTP_2XX);
	ck_assert_int_eq(metrics_http_status(503), METRIC_HTTP_5XX);
}
END_TEST

START_TEST(test_counter_falls)
{
	log_level_set((enum log_level)0);
	metrics_add(METRIC_HTTP_2XX, -1);
}
END_TEST

START_TEST(test_set_counter)
{
	log_level_set((enum log_level)0);
	metrics_set(METRIC_HTTP_2XX, 1);
}
END_TEST

START_TEST(test_observe_counter)
{
	log_level_set((enum log_level)0);
	metrics_observe(METRIC_HTTP_2XX, 1);
}
END_TEST

START_TEST(test_histogram)
{
	struct metrics_text out = {0};
	static const char *const lines[] = {
	    "\nsamordnad_door_batch_facts_bucket{le=\"1\"} 2\n",
	    "\nsamordnad_door_batch_facts_bucket{le=\"2\"} 3\n",
	    "\nsamordnad_door_batch_facts_bucket{le=\"4\"} 4\n",
	    "\nsamordnad_door_batch_facts_bucket{le=\"1024\"} 4\n",
	    "\nsamordnad_door_batch_facts_bucket{le=\"+Inf\"} 5\n",
	    "\nsamordnad_door_batch_facts_sum 2006\n",
	    "\nsamordnad_door_batch_facts_count 5\n",
	};

	/* Bounds belong to the bucket below them; a negative value is 0. */
	metrics_observe(METRIC_DOOR_BATCH_FACTS, 1);
	metrics_observe(METRIC_DOOR_BATCH_FACTS, -5);
	metrics_observe(METRIC_DOOR_BATCH_FACTS, 2);
	metrics_observe(METRIC_DOOR_BATCH_FACTS, 3);
	metrics_observe(METRIC_DOOR_BATCH_FACTS, 2000);
	metrics_render(&out);
	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++)
		ck_assert_msg(strstr(out.text, lines[i]) != NULL, "%s", lines[i]);
	metrics_text_free(&out);
}
END_TEST

static size_t
name_length(const char *text)
{
	size_t len = 0;

	while (isalnum((unsigned char)text[len]) || text[len] == '_' || text[len] == ':')
		len++;
	return isdigit((unsigned char)text[0]) ? 0 : len;
}

/* Reads {a="b",c="d"}; returns its length, 0 if it is not well-formed. */
static size_t
labels_length(const char *text)
{
	const char *at = text + 1;

	while (*at != '}') {
		size_t len = name_length(at);

		if (len == 0 || at[len] != '=' || at[len + 1] != '"')
			return 0;
		at += len + 2;
		at += strcspn(at, "\"\\\n");
		if (*at != '"')
			return 0;
		at++;
		if (*at == ',')
			at++;
	}
	return (size_t)(at - text) + 1;
}

/*
 * Every line: a comment of the right form, or name, labels, number; a family's lines stand together
 * under its TYPE.
 */
START_TEST(test_text)
{
	struct metrics_text out = {0};
	char family[100] = "", seen[8192] = "", key[300];
	unsigned samples = 0, families = 0;

	metrics_render(&out);
	ck_assert_uint_eq(strlen(out.text), out.len);
	ck_assert_int_eq(out.text[out.len - 1], '\n');
	for (const char *line = out.text; *line != '\0'; line = strchr(line, '\n') + 1) {
		size_t len;
		char *end;

		if (strncmp(line, "# HELP ", 7) == 0) {
			len = name_length(line + 7);
			ck_assert_uint_gt(len, 0);
			ck_assert_int_eq(line[7 + len], ' ');
			ck_assert_int_ne(line[7 + len + 1], '\n');
			snprintf(family, sizeof(family), "%.*s", (int)len, line + 7);
			/* A name comes once. */
			snprintf(key, sizeof(key), " %s ", family);
			ck_assert_msg(strstr(seen, key) == NULL, "%s twice", family);
			strncat(seen, key, sizeof(seen) - strlen(seen) - 1);
			families++;
			continue;
		}
		if (strncmp(line, "# TYPE ", 7) == 0) {
			len = strlen(family);
			ck_assert(strncmp(line + 7, family, len) == 0 && line[7 + len] == ' ');
			continue;
		}
		len = name_length(line);
		ck_assert_uint_gt(len, 0);
		ck_assert_msg(strncmp(line, family, strlen(family)) == 0, "%.80s", line);
		if (line[len] == '{') {
			ck_assert_uint_gt(labels_length(line + len), 0);
			len += labels_length(line + len);
		}
		ck_assert_int_eq(line[len], ' ');
		(void)strtod(line + len + 1, &end);
		ck_assert(end > line + len + 1 && *end == '\n');
		samples++;
	}
	ck_assert_uint_ge(samples, METRIC_COUNT);
	ck_assert_uint_gt(families, 10);
	metrics_text_free(&out);
	ck_assert_ptr_null(out.text);
}
END_TEST

START_TEST(test_names)
{
	struct metrics_text out = {0};

	/* Counters end in _total (Prometheus' convention, and promtool's check). */
	metrics_render(&out);
	for (const char *at = out.text; (at = strstr(at, "# TYPE ")) != NULL; at++) {
		const char *end = strchr(at, '\n');
		bool counter = strncmp(end - 8, " counter", 8) == 0;
		bool total = counter && strncmp(end - 8 - 6, "_total", 6) == 0;

		ck_assert_msg(counter == total, "%.*s", (int)(end - at), at);
	}
	metrics_text_free(&out);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("metrics");
	TCase *all = tcase_create("all");
	SRunner *runner = srunner_create(suite);
	int failed;

	tcase_add_test(all, test_numbers);
	tcase_add_test_raise_signal(all, test_counter_falls, SIGABRT);
	tcase_add_test_raise_signal(all, test_set_counter, SIGABRT);
	tcase_add_test_raise_signal(all, test_observe_counter, SIGABRT);
	tcase_add_test(all, test_histogram);
	tcase_add_test(all, test_text);
	tcase_add_test(all, test_names);
	suite_add_tcase(suite, all);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? 0 : 1;
}
