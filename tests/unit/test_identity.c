/* proto/identity (G4): every line of tests/vectors/identities.json, and what the lines do not say.
 */
#include <check.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "identity.h"

static json_t *vectors;
static civil_date today; /* the vectors' reference date */

static const char *
canonical(const char *system, const char *varde, struct identity *out)
{
	return identity_canonical(system, strlen(system), varde, strlen(varde), today, out);
}

static const char *
text_of(json_t *row, const char *key)
{
	return json_string_value(json_object_get(row, key));
}

/* Every line of `list`, read as `system`, gives its canonical form and the system's short word. */
static void
all_canonical(const char *list, const char *system, enum identity_system kind)
{
	json_t *row;
	size_t i;

	ck_assert_uint_gt(json_array_size(json_object_get(vectors, list)), 0);
	json_array_foreach(json_object_get(vectors, list), i, row)
	{
		struct identity identity;
		const char *error = canonical(system, text_of(row, "in"), &identity);

		ck_assert_msg(error == NULL, "%s, line %zu: %s", list, i, error);
		ck_assert_str_eq(identity.varde, text_of(row, "canonical"));
		ck_assert_str_eq(identity.system, system);
		ck_assert_int_eq(identity.kind, kind);
	}
}

START_TEST(vectors_ok)
{
	all_canonical("personnummer_ok", "personnummer", IDENTITY_PERSONNUMMER);
	all_canonical("samordningsnummer_ok", "samordningsnummer", IDENTITY_SAMORDNINGSNUMMER);
}
END_TEST

START_TEST(vectors_bad)
{
	json_t *row;
	size_t i;

	ck_assert_uint_gt(json_array_size(json_object_get(vectors, "bad")), 0);
	json_array_foreach(json_object_get(vectors, "bad"), i, row)
	{
		struct identity identity;
		const char *in = text_of(row, "in");
		const char *errors[] = {canonical("personnummer", in, &identity),
		    canonical("samordningsnummer", in, &identity)};

		for (int j = 0; j < 2; j++) {
			ck_assert_msg(errors[j] != NULL, "line %zu: %s", i, text_of(row, "why"));
			/* The sentence never holds the value. */
			ck_assert(in[0] == '\0' || strstr(errors[j], in) == NULL);
		}
	}
}
END_TEST

START_TEST(vectors_hsa)
{
	json_t *row;
	size_t i;

	json_array_foreach(json_object_get(vectors, "hsa_id_ok"), i, row)
	    ck_assert(identity_hsa_valid(json_string_value(row), json_string_length(row)));
	ck_assert_uint_gt(i, 0);
	json_array_foreach(json_object_get(vectors, "hsa_id_bad"), i, row)
	{
		const char *in = text_of(row, "in");

		ck_assert_msg(!identity_hsa_valid(in, strlen(in)), "%s", text_of(row, "why"));
	}
	ck_assert_uint_gt(i, 0);
	ck_assert(identity_hsa_valid("SE2321000131-E12345678901234567", 31));
	ck_assert(!identity_hsa_valid("SE2321000131-E123456789012345678", 32));
	ck_assert(!identity_hsa_valid("se2321000131-E1", 15));
	ck_assert(!identity_hsa_valid("SE2321000131-E1\0", 16));
	ck_assert(!identity_hsa_valid("", 0));
}
END_TEST

/* What each system says of each kind of number; test persons of the tax agency's series. */
static const struct {
	const char *system;
	const char *varde;
	const char *expected_system; /* NULL: refused */
	const char *expected_varde;
} systems[] = {
    {"personnummer", "189001019802", "personnummer", "189001019802"},
    {"urn:oid:1.2.752.129.2.1.3.1", "18900101-9802", "personnummer", "189001019802"},
    {"1.2.752.129.2.1.3.1", "900101+9802", "personnummer", "189001019802"},
    {"http://electronichealth.se/identifier/personnummer", "189001019802", "personnummer",
	"189001019802"},
    {"urn:oid:1.2.752.129.2.1.3.3", "189001619809", "samordningsnummer", "189001619809"},
    {"http://electronichealth.se/identifier/samordningsnummer", "18900161-9809",
	"samordningsnummer", "189001619809"},
    {"samordningsnummer", "900161+9809", "samordningsnummer", "189001619809"},
    {"personnummer", "189001619809", NULL, NULL},
    {"samordningsnummer", "189001019802", NULL, NULL},
    {"personnummer", "1212121212", NULL, NULL}, /* ten digits mean nothing without a separator */
    {"personnummer", "18900101+9802", NULL, NULL},
    {"personnummer", "18900101-980", NULL, NULL},
    {"personnummer", "121212-12124", NULL, NULL},
    {"personnummer", "121212--1212", NULL, NULL},
    {"personnummer", "-21212-1212", NULL, NULL},
    {"personnummer", "19-21212-1212", NULL, NULL},
    {"personnummer", "900229+9809", NULL, NULL}, /* 1890 had no 29 February */
    {"personnummer", "960229+9803", "personnummer", "189602299803"},
    {"samordningsnummer", "189001609800", NULL, NULL}, /* day 0 */
    {"Personnummer", "x", "Personnummer", "x"},	       /* an unknown system is opaque */
    {"urn:oid:1.2.752.97.3.1.3", "99A8B-1234", "urn:oid:1.2.752.97.3.1.3", "99A8B-1234"},
    {"reserv", "", NULL, NULL},
    {"reserv", "a b", NULL, NULL},
    {"reserv", "\xc3\xa5", NULL, NULL},
    {"reserv", "1234567890123456789012345678901234567890123456789012345678901234", "reserv",
	"1234567890123456789012345678901234567890123456789012345678901234"},
    {"reserv", "12345678901234567890123456789012345678901234567890123456789012345", NULL, NULL},
    {"", "1", NULL, NULL},
    {"two words", "1", NULL, NULL},
    {"line\n", "1", NULL, NULL},
};

START_TEST(identity_systems)
{
	struct identity identity = {0};
	const char *error = canonical(systems[_i].system, systems[_i].varde, &identity);

	if (systems[_i].expected_system == NULL) {
		ck_assert_ptr_nonnull(error);
		ck_assert_str_eq(identity.varde, "");
		return;
	}
	ck_assert_msg(error == NULL, "%s", error);
	ck_assert_str_eq(identity.system, systems[_i].expected_system);
	ck_assert_str_eq(identity.varde, systems[_i].expected_varde);
}
END_TEST

START_TEST(identity_system_length)
{
	char name[IDENTITY_SYSTEM_MAX + 1];
	struct identity identity;

	memset(name, 'x', sizeof(name));
	ck_assert_ptr_null(identity_canonical(name, 128, "1", 1, today, &identity));
	ck_assert_uint_eq(strlen(identity.system), 128);
	ck_assert_ptr_nonnull(identity_canonical(name, 129, "1", 1, today, &identity));
	ck_assert_ptr_nonnull(identity_canonical("reserv", 6, "1\0", 2, today, &identity));
}
END_TEST

/* Ten digits: the century follows from the separator and the date of reference. */
static const struct {
	const char *varde;
	const char *today;
	const char *expected; /* NULL: refused */
} centuries[] = {
    {"121212-1212", "2012-12-11", "191212121212"}, /* the day before: the person of 1912 */
    {"121212-1212", "2012-12-12", "201212121212"},
    {"121212+1212", "2011-12-31", "181212121212"},
    {"121212+1212", "2012-01-01", "191212121212"}, /* plus from the year of the 100th birthday */
    {"121212+1212", "2111-12-31", "191212121212"},
    {"121212+1212", "2112-01-01", "201212121212"},
    {"121212-1212", "2112-12-11", "201212121212"},
    {"189001019802", "1889-12-31", NULL},
    {"189001019802", "1890-01-01", "189001019802"},
};

START_TEST(identity_centuries)
{
	civil_date reference = date_parse(centuries[_i].today, 10);
	struct identity identity;
	const char *error = identity_canonical("personnummer", 12, centuries[_i].varde,
	    strlen(centuries[_i].varde), reference, &identity);

	ck_assert_int_ne(reference, DATE_NONE);
	if (centuries[_i].expected == NULL) {
		ck_assert_ptr_nonnull(error);
		return;
	}
	ck_assert_msg(error == NULL, "%s", error);
	ck_assert_str_eq(identity.varde, centuries[_i].expected);
}
END_TEST

/* Each of the last four digits has one value that the check digit lets through: its own. */
START_TEST(identity_check_digit)
{
	static const char good[] = "189602299803";
	struct identity identity;
	int taken = 0;

	for (int i = 8; i < 12; i++) {
		for (char digit = '0'; digit <= '9'; digit++) {
			char number[sizeof(good)];

			memcpy(number, good, sizeof(good));
			number[i] = digit;
			taken += canonical("personnummer", number, &identity) == NULL;
		}
	}
	ck_assert_int_eq(taken, 4);
}
END_TEST

START_TEST(kommunkod)
{
	ck_assert(identity_kommunkod_valid("0180", 4));
	ck_assert(identity_kommunkod_valid("2584", 4));
	ck_assert(!identity_kommunkod_valid("180", 3));
	ck_assert(!identity_kommunkod_valid("01800", 5));
	ck_assert(!identity_kommunkod_valid("018O", 4));
	ck_assert(!identity_kommunkod_valid("", 0));
}
END_TEST

#define ROWS(table) ((int)(sizeof(table) / sizeof((table)[0])))

/* G9: the day of birth that a number holds. */
static const struct {
	const char *system, *varde;
	int year, month, day; /* 0: none */
} births[] = {
    {"personnummer", "18900101-9802", 1890, 1, 1},
    {"personnummer", "121212-1212", 2012, 12, 12},
    {"personnummer", "121212+1212", 1912, 12, 12},
    {"samordningsnummer", "189001619809", 1890, 1, 1},
    {"urn:oid:1.2.752.97.1.1", "189001019802", 0, 0, 0},
};

START_TEST(identity_birth)
{
	struct identity identity;
	civil_date wanted = DATE_NONE;

	if (births[_i].year != 0)
		wanted = date_of(births[_i].year, births[_i].month, births[_i].day);
	ck_assert_ptr_null(canonical(births[_i].system, births[_i].varde, &identity));
	ck_assert_int_eq(identity_birth_date(&identity), wanted);
}
END_TEST

/* Of system and value, each with its end: what moves from one to the other is another identity. */
START_TEST(identity_digests)
{
	const struct identity none = {0},
			      known = {IDENTITY_PERSONNUMMER, "personnummer", "189001019802"},
			      a = {IDENTITY_OTHER, "ab", "c"}, b = {IDENTITY_OTHER, "a", "bc"};

	ck_assert_uint_eq(identity_digest(&none), 0);
	ck_assert_int_eq(identity_birth_date(&none), DATE_NONE);
	ck_assert_uint_eq(identity_digest(&known), UINT64_C(0xad4b68f81fa82dcd));
	ck_assert_uint_ne(identity_digest(&a), identity_digest(&b));
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("identity");
	TCase *cases = tcase_create("identity");
	SRunner *runner;
	json_error_t error;
	int failed;

	vectors = json_load_file("tests/vectors/identities.json", 0, &error);
	if (vectors == NULL) {
		fprintf(stderr, "tests/vectors/identities.json: %s\n", error.text);
		return 1;
	}
	today = date_of(2026, 11, 21);
	tcase_add_test(cases, vectors_ok);
	tcase_add_test(cases, vectors_bad);
	tcase_add_test(cases, vectors_hsa);
	tcase_add_loop_test(cases, identity_systems, 0, ROWS(systems));
	tcase_add_test(cases, identity_system_length);
	tcase_add_loop_test(cases, identity_centuries, 0, ROWS(centuries));
	tcase_add_test(cases, identity_check_digit);
	tcase_add_test(cases, kommunkod);
	tcase_add_loop_test(cases, identity_birth, 0, ROWS(births));
	tcase_add_test(cases, identity_digests);
	suite_add_tcase(suite, cases);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	json_decref(vectors);
	return failed == 0 ? 0 : 1;
}
