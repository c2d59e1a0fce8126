/*
 * proto/notice: the event byte by byte, in its fullest and its barest form, and that every type has
 * a word and a class.
 */
#include "notice.h"

#include "document.h"
#include "uuid.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

#define SOURCE "https://samordnad.example/"
#define BASE "https://samordnad.example"
#define EPOCH "019e2716-0000-7000-8000-00000000000e"
#define EPISODE "019e2716-3a80-7000-8000-000001a2b3c4"

static struct notice
notice(enum notice_type type)
{
	struct notice n = {.unit = 4,
	    .seq = INT64_C(9007199254740993),
	    .type = type,
	    .unit_hsa = "SE2120000142-K0001",
	    .since = INSTANT_NONE,
	    .due_at = INSTANT_NONE};

	ck_assert_ptr_null(instant_parse("2026-05-04T09:00:00.25+02:00", 28, &n.at));
	ck_assert(uuid_parse(EPOCH, strlen(EPOCH), n.epoch));
	return n;
}

static void
assert_event(const struct notice *n, const char *expected)
{
	size_t len;
	struct document *document;
	char *event = notice_event(n, SOURCE, BASE, &len);

	ck_assert_str_eq(event, expected);
	ck_assert_uint_eq(len, strlen(expected));
	ck_assert_ptr_null(document_read(event, len, &document));
	document_free(document);
	free(event);
}

START_TEST(test_full)
{
	struct notice n = notice(NOTICE_TASK_CREATED);

	n.has_episode = true;
	ck_assert(uuid_parse(EPISODE, strlen(EPISODE), n.episode));
	n.fact_nr = 3;
	n.task_nr = 12;
	n.task_kind = "kvittera_inskrivningsmeddelande";
	ck_assert_ptr_null(instant_parse("2026-05-04T13:00:00+02:00", 25, &n.due_at));
	n.detail = "a \"word\"\n";
	n.traceparent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
	assert_event(&n,
	    "{\"specversion\":\"1.0\",\"id\":\"" EPOCH ":SE2120000142-K0001:9007199254740993\","
	    "\"source\":\"" SOURCE "\",\"type\":\"samordnad.task.created.v1\","
	    "\"time\":\"2026-05-04T07:00:00.250000Z\",\"subject\":\"" EPISODE "\","
	    "\"traceparent\":\"00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01\","
	    "\"datacontenttype\":\"application/json\",\"data\":{\"unit\":\"SE2120000142-K0001\","
	    "\"epoch\":\"" EPOCH "\",\"seq\":9007199254740993,"
	    "\"episode\":{\"id\":\"" EPISODE "\"},\"nr\":3,\"task\":\"" EPISODE ".12\","
	    "\"link\":\"" BASE "/v1/episodes/" EPISODE "\","
	    "\"kind\":\"kvittera_inskrivningsmeddelande\",\"due_at\":\"2026-05-04T11:00:00Z\","
	    "\"detail\":\"a \\\"word\\\"\\n\"}}");
}
END_TEST

START_TEST(test_endpoint)
{
	struct notice n = notice(NOTICE_ENDPOINT_FAILING);

	n.endpoint = 3;
	ck_assert_ptr_null(instant_parse("2026-05-04T08:59:00+02:00", 25, &n.since));
	n.detail = "HTTP status 503";
	assert_event(&n,
	    "{\"specversion\":\"1.0\",\"id\":\"" EPOCH ":SE2120000142-K0001:9007199254740993\","
	    "\"source\":\"" SOURCE "\",\"type\":\"samordnad.endpoint.failing.v1\","
	    "\"time\":\"2026-05-04T07:00:00.250000Z\","
	    "\"datacontenttype\":\"application/json\",\"data\":{\"unit\":\"SE2120000142-K0001\","
	    "\"epoch\":\"" EPOCH "\",\"seq\":9007199254740993,\"endpoint\":3,"
	    "\"since\":\"2026-05-04T06:59:00Z\",\"error\":\"HTTP status 503\"}}");
}
END_TEST

START_TEST(test_words)
{
	for (int t = 0; t < NOTICE_TYPE_COUNT; t++) {
		const char *word = notice_type_word((enum notice_type)t);
		ck_assert_int_eq(notice_type_from(word, strlen(word)), t);
	}
	ck_assert_int_eq(notice_type_from("endpoint.none", 13), -1);
	ck_assert_int_eq(notice_type_from("endpoint.test", 12), -1);
}
END_TEST

START_TEST(test_bare)
{
	struct notice n = notice(NOTICE_SIP_DUE);

	n.traceparent = "";
	assert_event(&n,
	    "{\"specversion\":\"1.0\",\"id\":\"" EPOCH ":SE2120000142-K0001:9007199254740993\","
	    "\"source\":\"" SOURCE "\",\"type\":\"samordnad.sip.due.v1\","
	    "\"time\":\"2026-05-04T07:00:00.250000Z\",\"datacontenttype\":\"application/json\","
	    "\"data\":{\"unit\":\"SE2120000142-K0001\",\"epoch\":\"" EPOCH "\","
	    "\"seq\":9007199254740993}}");
}
END_TEST

START_TEST(test_types)
{
	for (int t = 0; t < NOTICE_TYPE_COUNT; t++) {
		const char *dot = strchr(notice_type_word((enum notice_type)t), '.');
		ck_assert_ptr_nonnull(dot);
		ck_assert_uint_gt(strlen(dot), 1);
	}
	/* What cannot wait: C1, D1, and the taking back of them. */
	ck_assert_int_eq(notice_type_class(NOTICE_UTSKRIVNINGSKLAR), NOTICE_URGENT);
	ck_assert_int_eq(notice_type_class(NOTICE_EJ_LANGRE_UTSKRIVNINGSKLAR), NOTICE_URGENT);
	ck_assert_int_eq(notice_type_class(NOTICE_SIP_KALLELSE), NOTICE_URGENT);
	ck_assert_int_eq(notice_type_class(NOTICE_TASK_CREATED), NOTICE_NORMAL);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("notice");
	TCase *events = tcase_create("events");

	tcase_add_test(events, test_full);
	tcase_add_test(events, test_endpoint);
	tcase_add_test(events, test_words);
	tcase_add_test(events, test_bare);
	tcase_add_test(events, test_types);
	suite_add_tcase(suite, events);
	SRunner *runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	int failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
