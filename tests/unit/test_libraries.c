/* Versions of libraries, compared as numbers; and those that this is run with fit. */
#include "daemon/libraries.h"

#include <check.h>

static const struct {
	const char *version, *least;
	bool fits;
} rows[] = {
    {"2.1.12-stable", "2.1.12", true},
    {"2.1.11-stable", "2.1.12", false},
    {"2.2", "2.1.12", true},
    {"2.1", "2.1.12", false},
    {"2", "2.0", true},
    {"15.10", "15.9", true},
    {"14.20", "15", false},
    {"3.0.17", "3", true},
    {"10.0", "9.9", true},
    {"", "1", false},
};

START_TEST(compared)
{
	ck_assert_msg(version_is_at_least(rows[_i].version, rows[_i].least) == rows[_i].fits,
	    "%s, at least %s", rows[_i].version, rows[_i].least);
}
END_TEST

START_TEST(loaded)
{
	char why[128] = "";

	ck_assert_msg(libraries_fit(why, sizeof(why)), "%s", why);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("libraries");
	TCase *t = tcase_create("libraries");

	tcase_add_loop_test(t, compared, 0, sizeof(rows) / sizeof(*rows));
	tcase_add_test(t, loaded);
	suite_add_tcase(s, t);
	SRunner *r = srunner_create(s);
	srunner_run_all(r, CK_NORMAL);
	int failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed != 0;
}
