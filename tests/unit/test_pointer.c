/* JSON Pointer (RFC 6901): how a member's name stands in it. */
#include "pointer.h"

#include <check.h>
#include <stdio.h>
#include <string.h>

#define SIXTY "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"

static const struct {
	const char *before, *name, *after;
	size_t size; /* of the array */
} rows[] = {
    {"", "units", "/units", 64},
    {"/units/0", "hsa_id", "/units/0/hsa_id", 64},
    {"", "", "/", 64},
    /* RFC 6901 section 3: "~" and "/" are escaped */
    {"", "a/b~c", "/a~1b~0c", 64},
    {"", "~1", "/~01", 64},
    {"/x", "räksmörgås", "/x/räksmörgås", 64},
    /* only whole characters and whole escapes */
    {"", SIXTY "abcdef", "/" SIXTY "abcd", 128},
    {"", SIXTY "abc\xc3\xa5", "/" SIXTY "abc", 128},
    {"", "ab\xc3\xa5", "/ab", 5},
    {"", "ab\xc3\xa5", "/ab\xc3\xa5", 6},
    {"", "ab/", "/ab", 5},
    {"", "ab/", "/ab~1", 6},
    {"/ab", "c", "/ab/", 5},
    {"/ab", "c", "/ab", 4},
};

START_TEST(names)
{
	char pointer[128];

	snprintf(pointer, sizeof(pointer), "%s", rows[_i].before);
	ck_assert_uint_eq(
	    pointer_enter(pointer, rows[_i].size, rows[_i].name), strlen(rows[_i].before));
	ck_assert_str_eq(pointer, rows[_i].after);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("pointer");
	TCase *tc = tcase_create("pointer");

	tcase_add_loop_test(tc, names, 0, (int)(sizeof(rows) / sizeof(rows[0])));
	suite_add_tcase(suite, tc);
	SRunner *runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	int failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? 0 : 1;
}
