/* proto/instant, proto/date and proto/uuid. */
#include <check.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "date.h"
#include "instant.h"
#include "uuid.h"

static const struct {
	const char *text;
	const char *utc; /* as written again; NULL: refused */
} texts[] = {
    {"2026-03-29T01:10:00+01:00", "2026-03-29T00:10:00Z"},
    {"2026-03-29T00:10:00+01:00", "2026-03-28T23:10:00Z"}, /* story 7 */
    {"2026-03-28T23:10:00Z", "2026-03-28T23:10:00Z"},
    {"2026-03-28t23:10:00z", "2026-03-28T23:10:00Z"},
    {"2026-03-28T23:10:00-00:00", "2026-03-28T23:10:00Z"},
    {"2026-03-28T23:10:00-23:59", "2026-03-29T23:09:00Z"},
    {"2026-03-28T23:10:00+23:59", "2026-03-27T23:11:00Z"},
    {"2026-03-28T23:10:00.5Z", "2026-03-28T23:10:00.500000Z"},
    {"2026-03-28T23:10:00.123456789Z", "2026-03-28T23:10:00.123456Z"},
    {"2026-03-28T23:10:00.0000009Z", "2026-03-28T23:10:00Z"},
    {"1969-12-31T23:59:59.999999Z", "1969-12-31T23:59:59.999999Z"},
    {"1970-01-01T00:00:00Z", "1970-01-01T00:00:00Z"},
    {"1900-01-01T00:00:00+01:00", "1899-12-31T23:00:00Z"},
    {"2200-12-31T23:59:59Z", "2200-12-31T23:59:59Z"},
    {"2000-02-29T12:00:00Z", "2000-02-29T12:00:00Z"},
    {"2024-02-29T12:00:00Z", "2024-02-29T12:00:00Z"}, {"2025-02-29T12:00:00Z", NULL},
    {"2100-02-29T12:00:00Z", NULL}, {"1899-12-31T23:59:59Z", NULL}, {"2201-01-01T00:00:00Z", NULL},
    {"2026-00-01T00:00:00Z", NULL}, {"2026-13-01T00:00:00Z", NULL}, {"2026-04-31T00:00:00Z", NULL},
    {"2026-04-00T00:00:00Z", NULL}, {"2026-03-29T24:00:00Z", NULL}, {"2026-03-29T12:60:00Z", NULL},
    {"2026-12-31T23:59:60Z", NULL},				   /* leap second */
    {"2026-12-31T23:59:61Z", NULL}, {"2026-03-29T02:30:00", NULL}, /* story 7: no offset */
    {"2026-03-29T02:30:00+1:00", NULL}, {"2026-03-29T02:30:00+0100", NULL},
    {"2026-03-29T02:30:00+01", NULL}, {"2026-03-29T02:30:00+24:00", NULL},
    {"2026-03-29T02:30:00+01:60", NULL}, {"2026-03-29T02:30:00 01:00", NULL},
    {"2026-03-29T02:30:00Z ", NULL}, {" 2026-03-29T02:30:00Z", NULL},
    {"2026-03-29T02:30:00Z\n", NULL}, {"2026-03-29T02:30Z", NULL}, {"2026-03-29 02:30:00Z", NULL},
    {"2026-03-29T02:30:00.Z", NULL}, {"2026-03-29T02:30:00.1234567890Z", NULL},
    {"2026-03-29T02:30:00,5Z", NULL}, {"2026-03-29T02:30:00.5", NULL},
    {"2026-3-29T02:30:00Z", NULL}, {"+026-03-29T02:30:00Z", NULL}, {"2026-03-29", NULL}, {"", NULL},
    {"20260329T023000Z", NULL}, {"2026-03-29T0\xd9\xa1:30:00Z", NULL}, /* an Arabic digit */
};

START_TEST(instant_texts)
{
	const char *text = texts[_i].text;
	instant t = 42;
	const char *error = instant_parse(text, strlen(text), &t);
	char out[INSTANT_TEXT_MAX];

	if (texts[_i].utc == NULL) {
		ck_assert_msg(error != NULL, "taken: %s", text);
		ck_assert_int_eq(t, 42);
		return;
	}
	ck_assert_msg(error == NULL, "%s: %s", text, error);
	ck_assert_uint_eq(instant_format(t, out), strlen(texts[_i].utc));
	ck_assert_str_eq(out, texts[_i].utc);
}
END_TEST

START_TEST(instant_values)
{
	instant t;

	ck_assert_ptr_null(instant_parse("1970-01-01T00:00:00.000001Z", 27, &t));
	ck_assert_int_eq(t, 1);
	ck_assert_ptr_null(instant_parse("2001-09-09T01:46:40Z", 20, &t));
	ck_assert_int_eq(t, INT64_C(1000000000) * SECOND);
	/* Bytes after len are not looked at, and a NUL inside is no end. */
	ck_assert_ptr_null(instant_parse("2001-09-09T01:46:40ZZZ", 20, &t));
	ck_assert_ptr_nonnull(instant_parse("2001-09-09T01:46:40Z\0", 21, &t));
	ck_assert_ptr_nonnull(instant_parse("2001-09-09T01:46:40\0Z", 21, &t));
}
END_TEST

/* Every day of four centuries and more: apart, together, weekday, text. */
START_TEST(date_every_day)
{
	int year = 1800, month = 1, day = 1, weekday = WEEKDAY_WEDNESDAY;
	char text[DATE_TEXT_MAX], expected[64];

	for (civil_date date = date_of(1800, 1, 1); date <= date_of(2200, 12, 31); date++) {
		struct date_parts parts = date_split(date);

		ck_assert(date_exists(year, month, day));
		if (parts.year != year || parts.month != month || parts.day != day ||
		    date_of(year, month, day) != date || (int)date_weekday(date) != weekday)
			ck_abort_msg("%04d-%02d-%02d", year, month, day);
		ck_assert_uint_eq(date_format(date, text), 10);
		snprintf(expected, sizeof(expected), "%04d-%02d-%02d", year, month, day);
		ck_assert_str_eq(text, expected);
		ck_assert_int_eq(date_parse(text, 10), date);
		weekday = (weekday + 1) % 7;
		if (!date_exists(year, month, ++day)) {
			day = 1;
			month = month % 12 + 1;
			year += month == 1;
		}
	}
	ck_assert_int_eq(year, 2201);
	ck_assert_int_eq(date_of(1970, 1, 1), 0);
	ck_assert_int_eq(date_of(-9999, 1, 1), date_of(-9998, 1, 1) - 365);
}
END_TEST

static const char *const bad_dates[] = {"", "2026-02-29", "2026-2-29", "2026-13-01", "2026-00-01",
    "2026-01-00", "1799-12-31", "2201-01-01", "2026-01-01T", "2026/01/01", "20260101",
    "2026-01-0a"};

START_TEST(date_bad)
{
	ck_assert_int_eq(date_parse(bad_dates[_i], strlen(bad_dates[_i])), DATE_NONE);
}
END_TEST

START_TEST(uuid_carries_id)
{
	static const int64_t ids[] = {
	    0, 1, 0xfffffff, 0x10000000, INT64_C(0x123456789a), UUID_ID_MAX};
	static const uint64_t randoms[] = {0, 1, UINT64_C(0x3ffffffff), UINT64_MAX};
	instant created;
	uint8_t uuid[UUID_BYTES], again[UUID_BYTES];
	char text[UUID_TEXT_MAX];

	ck_assert_ptr_null(instant_parse("2026-03-29T01:10:00.123456+01:00", 32, &created));
	for (size_t i = 0; i < sizeof(ids) / sizeof(ids[0]); i++) {
		for (size_t j = 0; j < sizeof(randoms) / sizeof(randoms[0]); j++) {
			uuid_from_id(created, ids[i], randoms[j], uuid);
			ck_assert_int_eq(uuid_id(uuid), ids[i]);
			ck_assert_int_eq(uuid_created(uuid), created - 456);
			ck_assert_int_eq(uuid[6] >> 4, 7);
			ck_assert_int_eq(uuid[8] >> 6, 2);
			uuid_format(uuid, text);
			ck_assert_uint_eq(strlen(text), 36);
			ck_assert(uuid_parse(text, 36, again));
			ck_assert_mem_eq(uuid, again, UUID_BYTES);
		}
	}
	uuid_from_id(created, 7, 0, uuid);
	uuid_from_id(created, 7, 1, again);
	ck_assert_mem_ne(uuid, again, UUID_BYTES);
	uuid_from_id(created, 8, 0, again);
	ck_assert_mem_lt(uuid, again, UUID_BYTES); /* ordered by id within a millisecond */
	uuid_from_id(created + SECOND, 0, 0, again);
	ck_assert_mem_lt(uuid, again, UUID_BYTES); /* and by time before that */
}
END_TEST

/* RFC 9562, A.6: the example of version 7, Unix milliseconds 0x017F22E279B0. */
/* A patient's id is the number and nothing else, so that another one is no patient's. */
START_TEST(uuid_of_patient)
{
	uint8_t uuid[UUID_BYTES], other[UUID_BYTES];

	for (int64_t patient = 1; patient < UUID_ID_MAX; patient *= 7) {
		uuid_from_patient(patient, uuid);
		ck_assert_int_eq(uuid_patient(uuid), patient);
		for (int i = 0; i < UUID_BYTES; i++) {
			memcpy(other, uuid, sizeof(other));
			other[i] ^= 0x40;
			ck_assert_int_ne(uuid_patient(other), patient);
		}
		uuid_from_id(INT64_C(1777877999123456), patient, 0, other);
		ck_assert_int_eq(uuid_patient(other), -1);
		uuid_from_id(0, patient, 1, other);
		ck_assert_int_eq(uuid_patient(other), -1);
	}
}
END_TEST

START_TEST(uuid_rfc_example)
{
	static const char text[] = "017F22E2-79B0-7CC3-98C4-DC0C0C07398F";
	uint8_t uuid[UUID_BYTES];
	char lower[UUID_TEXT_MAX];

	ck_assert(uuid_parse(text, 36, uuid));
	ck_assert_int_eq(uuid_created(uuid), INT64_C(0x017F22E279B0) * 1000);
	ck_assert_int_ge(uuid_id(uuid), 0);
	uuid_format(uuid, lower);
	ck_assert_str_eq(lower, "017f22e2-79b0-7cc3-98c4-dc0c0c07398f");
	/* Version 4 and another variant carry no id. */
	ck_assert(uuid_parse("919108f7-52d1-4320-9bac-f847db4148a8", 36, uuid));
	ck_assert_int_eq(uuid_id(uuid), -1);
	ck_assert_int_eq(uuid_created(uuid), INSTANT_NONE);
	ck_assert(uuid_parse("017f22e2-79b0-7cc3-58c4-dc0c0c07398f", 36, uuid));
	ck_assert_int_eq(uuid_id(uuid), -1);
}
END_TEST

static const char *const bad_uuids[] = {"", "017f22e2-79b0-7cc3-98c4-dc0c0c07398",
    "017f22e2-79b0-7cc3-98c4-dc0c0c07398f0", "017f22e279b07cc398c4dc0c0c07398f",
    "017f22e2-79b0-7cc3-98c4-dc0c0c07398g", "017f22e2-79b0-7cc3-98c40dc0c0c07398f",
    "{17f22e2-79b0-7cc3-98c4-dc0c0c07398}", "017f22e-279b0-7cc3-98c4-dc0c0c07398f"};

START_TEST(uuid_bad)
{
	uint8_t uuid[UUID_BYTES];

	ck_assert(!uuid_parse(bad_uuids[_i], strlen(bad_uuids[_i]), uuid));
}
END_TEST

#define ROWS(table) ((int)(sizeof(table) / sizeof((table)[0])))

int
main(void)
{
	Suite *suite = suite_create("instant");
	TCase *cases = tcase_create("instant");
	SRunner *runner;
	int failed;

	tcase_set_timeout(cases, 60);
	tcase_add_loop_test(cases, instant_texts, 0, ROWS(texts));
	tcase_add_test(cases, instant_values);
	tcase_add_test(cases, date_every_day);
	tcase_add_loop_test(cases, date_bad, 0, ROWS(bad_dates));
	tcase_add_test(cases, uuid_carries_id);
	tcase_add_test(cases, uuid_of_patient);
	tcase_add_test(cases, uuid_rfc_example);
	tcase_add_loop_test(cases, uuid_bad, 0, ROWS(bad_uuids));
	suite_add_tcase(suite, cases);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? 0 : 1;
}
