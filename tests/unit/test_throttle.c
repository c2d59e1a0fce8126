/*
 * The breaker and the rate of an endpoint.
 */
#include "throttle.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

#define BEGIN_MS INT64_C(1234567)

/* Outcomes of a word, one letter each, 'f' failed; whether the last one opened it. */
static bool
course(struct breaker *b, int64_t now_ms, const char *word)
{
	bool opens = false;
	for (; *word != '\0'; word++)
		opens = breaker_note(b, now_ms, *word == 'f' ? BREAKER_FAILURE : BREAKER_SUCCESS);
	return opens;
}

static const struct {
	const char *word;
	bool opens;
} words[] = {
    {"f", false}, {"fffffffff", false},		 /* nine are too few */
    {"ffffffffff", true}, {"sffsffsfff", true},	 /* 7 of 10 */
    {"sssfffffff", true}, {"ssssffffff", false}, /* 6 of 10 */
    {"sssssfffffffffff", false},		 /* 11 of 16 */
    {"sssssffffffffffff", true},		 /* 12 of 17 */
};

START_TEST(breaker_opens)
{
	struct breaker b = {0};
	ck_assert_int_eq(course(&b, BEGIN_MS, words[_i].word), words[_i].opens);
}
END_TEST

START_TEST(breaker_forgets)
{
	struct breaker b = {0};
	ck_assert(!course(&b, BEGIN_MS, "fffffffff"));
	/* Nine half minutes later they count still, ten later no more. */
	struct breaker copy = b;
	ck_assert(breaker_counts_failures(&copy, BEGIN_MS + 9 * BREAKER_BUCKET_MS));
	ck_assert(!breaker_counts_failures(&copy, BEGIN_MS + 10 * BREAKER_BUCKET_MS));
	ck_assert(course(&copy, BEGIN_MS + 9 * BREAKER_BUCKET_MS, "f"));
	ck_assert(!course(&b, BEGIN_MS + 10 * BREAKER_BUCKET_MS, "f"));
	breaker_reset(&copy);
	ck_assert(!course(&copy, BEGIN_MS + 9 * BREAKER_BUCKET_MS, "s"));
	ck_assert(!breaker_counts_failures(&copy, BEGIN_MS + 9 * BREAKER_BUCKET_MS));
	breaker_reset(&copy);
	ck_assert(!course(&copy, BEGIN_MS + 9 * BREAKER_BUCKET_MS, "fffffffff"));
	ck_assert(course(&copy, BEGIN_MS + 9 * BREAKER_BUCKET_MS, "f"));
}
END_TEST

/* How many may be sent at this time. */
static int
burst(struct rate *rate, int64_t now_ms, int64_t per_s)
{
	int sent = 0;
	for (; sent < 100000 && rate_allows(rate, now_ms, per_s); sent++)
		rate_take(rate, now_ms, per_s);
	return sent;
}

static const int64_t rates[] = {1, 2, 3, 7, 10, 333, 1000, 4999};

START_TEST(rate_limits)
{
	int64_t per_s = rates[_i];
	struct rate rate = {0};
	ck_assert_int_eq(burst(&rate, BEGIN_MS, per_s), per_s);
	ck_assert_int_eq(burst(&rate, BEGIN_MS, per_s), 0);
	ck_assert_int_eq(burst(&rate, BEGIN_MS + 1000, per_s), per_s); /* a second's */
	ck_assert_int_eq(burst(&rate, BEGIN_MS + 9000, per_s), per_s); /* rest does not add up */
	int sent = 0;
	for (int64_t t_ms = 1; t_ms <= 10000; t_ms++)
		sent += burst(&rate, BEGIN_MS + 9000 + t_ms, per_s);
	ck_assert_msg(sent >= 10 * per_s - 1 && sent <= 10 * per_s + per_s / 50 + 1, "%d", sent);
}
END_TEST

START_TEST(without_a_rate)
{
	struct rate rate = {0};
	ck_assert_int_eq(burst(&rate, BEGIN_MS, 0), 100000);
	ck_assert_int_eq(burst(&rate, BEGIN_MS, 5), 5); /* the setting has changed */
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("throttle");
	TCase *cases = tcase_create("throttle");
	tcase_add_loop_test(cases, breaker_opens, 0, (int)(sizeof words / sizeof *words));
	tcase_add_test(cases, breaker_forgets);
	tcase_add_loop_test(cases, rate_limits, 0, (int)(sizeof rates / sizeof *rates));
	tcase_add_test(cases, without_a_rate);
	suite_add_tcase(suite, cases);
	SRunner *runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	int failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
