/*
 * The reader and writer of HTTP/1.1: malformed and edge requests with the RFC section that decides,
 * each fed whole, byte by byte, and (the short ones) split at every place; the outcome must be the
 * same.
 */
#include "http1.h"

#include <check.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define INCOMPLETE (-1)
#define BODY_MAX 64

struct outcome {
	int status;  /* 0: accepted; INCOMPLETE; or the refusal's */
	size_t used; /* of the input, when accepted */
	size_t body_len;
	char body[BODY_MAX + 1];
	struct http1_head head;
};

/* Hands over bytes as if they arrived in pieces that end at `first` and then every `step` bytes. */
static void
feed(const char *bytes, size_t len, size_t first, size_t step, struct outcome *o)
{
	struct http1_body body;
	enum http1_progress progress = HTTP1_MORE;
	size_t have = first < len ? first : len, at;

	memset(o, 0, sizeof(*o));
	http1_head_start(&o->head, HTTP1_HEAD_BYTES_MAX, HTTP1_TARGET_BYTES_MAX);
	for (;;) {
		/* A copy of exactly what has come, so that a sanitizer sees any look beyond it. */
		char *moved = malloc(have + 1);
		memcpy(moved, bytes, have);
		progress = http1_head_read(&o->head, moved, have);
		free(moved);
		if (progress != HTTP1_MORE || have == len)
			break;
		have = have + step < len ? have + step : len;
	}
	o->head.request.bytes = bytes;
	o->status = progress == HTTP1_BAD ? o->head.problem.status : INCOMPLETE;
	if (progress != HTTP1_DONE)
		return;
	at = o->head.request.head_len;
	progress = http1_body_start(&body, &o->head.request, BODY_MAX);
	while (progress == HTTP1_MORE) {
		struct http1_text data;
		size_t used;
		progress = http1_body_read(&body, bytes + at, have - at, &used, &data);
		memcpy(o->body + o->body_len, data.at, data.len);
		o->body_len += data.len;
		at += used;
		if (used == 0 && have == len)
			break;
		if (used == 0)
			have = have + step < len ? have + step : len;
	}
	o->used = at;
	o->status = progress == HTTP1_DONE  ? 0
		    : progress == HTTP1_BAD ? body.problem.status
					    : INCOMPLETE;
	if (progress == HTTP1_BAD)
		ck_assert_ptr_nonnull(body.problem.sentence);
}

/* tests/vectors/http.json: the bytes are characters of Latin-1. */
struct row {
	const char *rule; /* RFC 9112 unless it says otherwise; "own" is stricter than the RFCs */
	int status;
	char *body; /* of an accepted one */
	size_t body_len;
	char *bytes;
	size_t len;
};

static struct row *rows;
static int row_count;
static json_t *vectors;

static char *
latin1_of(const json_t *string, size_t *len)
{
	const unsigned char *utf8 = (const unsigned char *)json_string_value(string);
	size_t utf8_len = json_string_length(string), count = 0;
	char *bytes = malloc(utf8_len + 1);

	for (size_t i = 0; i < utf8_len; i++, count++) {
		bytes[count] = (char)utf8[i];
		if (utf8[i] >= 0x80) {
			bytes[count] = (char)(utf8[i] << 6 | (utf8[i + 1] & 0x3f));
			i++;
		}
	}
	bytes[count] = '\0';
	*len = count;
	return bytes;
}

static void
setup_rows(void)
{
	json_error_t error;

	vectors = json_load_file("tests/vectors/http.json", JSON_ALLOW_NUL, &error);
	ck_assert_msg(vectors != NULL, "%s", error.text);
	row_count = (int)json_array_size(vectors);
	rows = calloc((size_t)row_count, sizeof *rows);
	for (int i = 0; i < row_count; i++) {
		const json_t *v = json_array_get(vectors, (size_t)i);
		struct row *row = &rows[i];
		row->rule = json_string_value(json_object_get(v, "rule"));
		row->status = (int)json_integer_value(json_object_get(v, "status"));
		row->bytes = latin1_of(json_object_get(v, "bytes"), &row->len);
		if (row->status == 0)
			row->body = latin1_of(json_object_get(v, "body"), &row->body_len);
	}
}

static void
teardown_rows(void)
{
	for (int i = 0; i < row_count; i++) {
		free(rows[i].bytes);
		free(rows[i].body);
	}
	free(rows);
	json_decref(vectors);
}

#define GET "GET / HTTP/1.1\r\nHost: a\r\n"
#define POST "POST / HTTP/1.1\r\nHost: a\r\n"
#define CHUNKED POST "Transfer-Encoding: chunked\r\n\r\n"

static void
check_outcome(const struct row *row, const struct outcome *o, const char *how)
{
	ck_assert_msg(o->status == row->status, "%s (%s): %d, not %d: %s", row->rule, how,
	    o->status, row->status, row->bytes);
	if (row->status != 0)
		return;
	ck_assert_msg(
	    o->body_len == row->body_len && memcmp(o->body, row->body, row->body_len) == 0,
	    "%s (%s): another body: %s", row->rule, how, row->bytes);
}

static void
check_row(const struct row *row)
{
	struct outcome o, whole;

	feed(row->bytes, row->len, row->len, row->len + 1, &whole);
	check_outcome(row, &whole, "whole");
	feed(row->bytes, row->len, 1, 1, &o);
	check_outcome(row, &o, "byte by byte");
	ck_assert_uint_eq(o.used, whole.used);
	ck_assert_ptr_eq(o.head.problem.sentence, whole.head.problem.sentence);
	for (size_t at = 0; at < row->len; at++) {
		feed(row->bytes, row->len, at, row->len, &o);
		check_outcome(row, &o, "split");
		ck_assert_uint_eq(o.used, whole.used);
	}
}

/* No prefix of a good request may be taken for a whole one, nor be refused. */
static void
check_prefixes(const struct row *row)
{
	struct outcome whole, o;

	feed(row->bytes, row->len, row->len, 1, &whole);
	for (size_t len = 0; len < whole.used; len++) {
		feed(row->bytes, len, len, 1, &o);
		ck_assert_msg(o.status == INCOMPLETE, "%s at %zu: %s", row->rule, len, row->bytes);
	}
}

START_TEST(rows_whole_bytewise_and_split)
{
	for (int i = 0; i < row_count; i++)
		check_row(&rows[i]);
}
END_TEST

START_TEST(prefixes_are_incomplete)
{
	for (int i = 0; i < row_count; i++)
		if (rows[i].status == 0)
			check_prefixes(&rows[i]);
}
END_TEST

START_TEST(there_are_enough_rows)
{
	ck_assert_int_ge(row_count, 150);
}
END_TEST

/* A request of prefix, `count` times piece, and suffix. */
static int
status_of(const char *prefix, const char *piece, size_t count, const char *suffix, size_t step)
{
	size_t piece_len = strlen(piece), len = strlen(prefix) + count * piece_len + strlen(suffix);
	char *bytes = malloc(len + 1), *at = bytes + strlen(prefix);
	struct outcome o;

	memcpy(bytes, prefix, strlen(prefix));
	for (size_t i = 0; i < count; i++, at += piece_len)
		memcpy(at, piece, piece_len);
	memcpy(at, suffix, strlen(suffix) + 1);
	feed(bytes, len, step, step, &o);
	free(bytes);
	return o.status;
}

static const struct {
	const char *rule;
	int status;
	const char *prefix;
	const char *piece;
	size_t count;
	const char *suffix;
} sizes[] = {
    {"3", 0, "GET /", "a", 8191, " HTTP/1.1\r\nHost: a\r\n\r\n"},
    {"3", 414, "GET /", "a", 8192, " HTTP/1.1\r\nHost: a\r\n\r\n"},
    {"3", 414, "GET /", "a", 8192, ""},
    {"3", 414, "GET /", "a", 20000, ""},
    {"3", 0, "", "A", 32, " / HTTP/1.1\r\nHost: a\r\n\r\n"},
    {"3", 501, "", "A", 33, " / HTTP/1.1\r\nHost: a\r\n\r\n"},
    {"own", 0, GET, "X: y\r\n", 99, "\r\n"},
    {"own", 431, GET, "X: y\r\n", 100, "\r\n"},
    {"own", 0, GET "X: ", "y", 16384 - 25 - 3 - 4, "\r\n\r\n"},
    {"own", 431, GET "X: ", "y", 16384 - 25 - 3 - 3, "\r\n\r\n"},
    {"own", 431, GET "X: ", "y", 20000, ""},
    {"own", 431, GET "X:", " ", 20000, ""},
    {"own", 431, GET, "x", 20000, ""},
    {"own", 0, CHUNKED "0\r\nX: ", "y", 4096 - 3 - 2, "\r\n\r\n"},
    {"own", 431, CHUNKED "0\r\nX: ", "y", 4096, "\r\n\r\n"},
    {"own", 431, CHUNKED "0\r\n", "X:\r\n", 2000, "\r\n"},
    {"7.1", 0, CHUNKED, "1\r\nx\r\n", 64, "0\r\n\r\n"},
    {"7.1", 413, CHUNKED, "1\r\nx\r\n", 65, "0\r\n\r\n"},
    {"6.2", 0, POST "Content-Length: 64\r\n\r\n", "x", 64, ""},
};

START_TEST(sizes_at_the_limit)
{
	for (size_t step = 1; step < 40000; step = step * 5 + 2)
		ck_assert_msg(status_of(sizes[_i].prefix, sizes[_i].piece, sizes[_i].count,
				  sizes[_i].suffix, step) == sizes[_i].status,
		    "row %d, step %zu", _i, step);
}
END_TEST

static bool
text_eq(struct http1_text text, const char *expected)
{
	return text.len == strlen(expected) && memcmp(text.at, expected, text.len) == 0;
}

START_TEST(what_is_read)
{
	static const char bytes[] =
	    "PUT /v1/units/SE%2D1?a=1&b HTTP/1.1\r\nHost: h\r\nX-Long:  a b \t\r\n"
	    "Authorization: Bearer x\r\nauthorization: y\r\nEmpty:\r\n"
	    "Content-Length: 2\r\nExpect: 100-continue\r\n\r\nok";
	struct outcome o;
	struct http1_text name, value;

	feed(bytes, sizeof(bytes) - 1, 7, 3, &o);
	ck_assert_int_eq(o.status, 0);
	const struct http1_request *r = &o.head.request;
	ck_assert_int_eq(r->method, HTTP1_PUT);
	ck_assert(text_eq(http1_method_text(r), "PUT"));
	ck_assert(text_eq(http1_path(r), "/v1/units/SE%2D1"));
	ck_assert(text_eq(http1_query(r), "a=1&b"));
	ck_assert_int_eq(r->minor, 1);
	ck_assert(r->keep_alive && r->expect_continue);
	ck_assert_int_eq(r->framing, HTTP1_LENGTH);
	ck_assert_uint_eq(r->content_length, 2);
	ck_assert_uint_eq(r->field_count, 7);
	ck_assert_uint_eq(http1_header(r, "x-LONG", &value), 1);
	ck_assert(text_eq(value, "a b"));
	ck_assert_uint_eq(http1_header(r, "authorization", &value), 2);
	ck_assert(text_eq(value, "Bearer x"));
	ck_assert_uint_eq(http1_header(r, "empty", &value), 1);
	ck_assert(value.len == 0 && value.at != NULL);
	ck_assert_uint_eq(http1_header(r, "Hos", &value), 0);
	ck_assert_ptr_null(value.at);
	http1_field(r, 0, &name, &value);
	ck_assert(text_eq(name, "Host") && text_eq(value, "h"));
}
END_TEST

static const struct {
	const char *bytes;
	const char *path;
	const char *query;
	bool keep_alive;
} targets[] = {
    {"GET / HTTP/1.1\r\nHost: a\r\n\r\n", "/", "", true},
    {"GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n", "/", "", false},
    {"GET / HTTP/1.1\r\nHost: a\r\nConnection: CLOSE\r\n\r\n", "/", "", false},
    {"GET / HTTP/1.1\r\nHost: a\r\nConnection: a\r\nConnection: b,\tclose\r\n\r\n", "/", "", false},
    {"GET / HTTP/1.1\r\nHost: a\r\nConnection: closed\r\n\r\n", "/", "", true},
    {"GET /a? HTTP/1.1\r\nHost: a\r\n\r\n", "/a", "", true},
    {"GET /a?b?c/d HTTP/1.1\r\nHost: a\r\n\r\n", "/a", "b?c/d", true},
    {"GET http://h HTTP/1.1\r\nHost: a\r\n\r\n", "/", "", true},
    {"GET http://h?q HTTP/1.1\r\nHost: a\r\n\r\n", "/", "q", true},
    {"GET http://h:1/p?q HTTP/1.1\r\nHost: a\r\n\r\n", "/p", "q", true},
    {"\r\nGET /x HTTP/1.1\r\nHost: a\r\n\r\n", "/x", "", true},
};

START_TEST(targets_and_persistence)
{
	struct outcome o;

	feed(targets[_i].bytes, strlen(targets[_i].bytes), 1, 1, &o);
	ck_assert_int_eq(o.status, 0);
	ck_assert(text_eq(http1_path(&o.head.request), targets[_i].path));
	ck_assert(text_eq(http1_query(&o.head.request), targets[_i].query));
	ck_assert_int_eq(o.head.request.keep_alive, targets[_i].keep_alive);
}
END_TEST

static struct http1_text
text_of(const char *s)
{
	return (struct http1_text){s, strlen(s)};
}

static const struct {
	const char *text;
	enum http1_part part;
	size_t cap;
	enum http1_decoded outcome;
	const char *decoded;
} codes[] = {
    {"", HTTP1_PATH_SEGMENT, 1, HTTP1_DECODED, ""},
    {"", HTTP1_PATH_SEGMENT, 0, HTTP1_DECODE_LONG, NULL},
    {"abc", HTTP1_PATH_SEGMENT, 4, HTTP1_DECODED, "abc"},
    {"abc", HTTP1_PATH_SEGMENT, 3, HTTP1_DECODE_LONG, NULL},
    {"%41%e5", HTTP1_QUERY_PART, 9, HTTP1_DECODED, "A\xe5"},
    {"a+b", HTTP1_QUERY_PART, 9, HTTP1_DECODED, "a+b"},
    {"a%2Bb%20c", HTTP1_QUERY_PART, 9, HTTP1_DECODED, "a+b c"},
    {"%2541", HTTP1_QUERY_PART, 9, HTTP1_DECODED, "%41"},
    {"a%2Fb", HTTP1_QUERY_PART, 9, HTTP1_DECODED, "a/b"},
    {"a%2fb", HTTP1_PATH_SEGMENT, 9, HTTP1_DECODE_BAD, NULL},
    {"%00", HTTP1_QUERY_PART, 9, HTTP1_DECODE_BAD, NULL},
    {"%0a", HTTP1_QUERY_PART, 9, HTTP1_DECODE_BAD, NULL},
    {"%7F", HTTP1_QUERY_PART, 9, HTTP1_DECODE_BAD, NULL},
    {"%", HTTP1_QUERY_PART, 9, HTTP1_DECODE_BAD, NULL},
    {"%4", HTTP1_QUERY_PART, 9, HTTP1_DECODE_BAD, NULL},
    {"%4g", HTTP1_QUERY_PART, 9, HTTP1_DECODE_BAD, NULL},
    {"%-1", HTTP1_QUERY_PART, 9, HTTP1_DECODE_BAD, NULL},
};

START_TEST(percent_decoding)
{
	char out[16];
	size_t len;

	ck_assert_int_eq(
	    http1_decode(text_of(codes[_i].text), codes[_i].part, out, codes[_i].cap, &len),
	    codes[_i].outcome);
	if (codes[_i].decoded != NULL) {
		ck_assert_str_eq(out, codes[_i].decoded);
		ck_assert_uint_eq(len, strlen(codes[_i].decoded));
	}
}
END_TEST

START_TEST(paths_in_segments)
{
	static const struct {
		const char *path;
		const char *segments; /* each in angle brackets */
	} paths[] = {{"/", "<>"}, {"/a", "<a>"}, {"/a/", "<a><>"}, {"//a", "<><a>"},
	    {"/v1/b/c%20", "<v1><b><c%20>"}};

	for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++) {
		struct http1_text rest = text_of(paths[i].path), segment;
		char seen[64];
		int len = 0;
		while (http1_path_next(&rest, &segment))
			len += snprintf(seen + len, sizeof(seen) - (size_t)len, "<%.*s>",
			    (int)segment.len, segment.at);
		ck_assert_str_eq(seen, paths[i].segments);
	}
}
END_TEST

START_TEST(query_parameters)
{
	static const char bytes[] =
	    "GET /?a=1&&b=%20x&c&=d&e=1&e=2&%66=six&g=%2&h=long=er& HTTP/1.1\r\nHost: a\r\n\r\n";
	static const struct {
		const char *name;
		enum http1_parameter outcome;
		const char *value;
	} expected[] = {{"a", HTTP1_PARAMETER_FOUND, "1"}, {"b", HTTP1_PARAMETER_FOUND, " x"},
	    {"c", HTTP1_PARAMETER_FOUND, ""}, {"d", HTTP1_PARAMETER_ABSENT, ""},
	    {"", HTTP1_PARAMETER_FOUND, "d"}, {"e", HTTP1_PARAMETER_BAD, ""},
	    {"f", HTTP1_PARAMETER_FOUND, "six"}, {"h", HTTP1_PARAMETER_BAD, ""},
	    {"z", HTTP1_PARAMETER_ABSENT, ""}};
	char good[sizeof(bytes)], out[7];
	struct outcome o;

	/* A bad encoding does not get past the head; so take it out here. */
	memcpy(good, bytes, sizeof(bytes));
	memcpy(strstr(good, "%2&"), "xx", 2);
	feed(good, strlen(good), 1, 1, &o);
	ck_assert_int_eq(o.status, 0);
	for (size_t i = 0; i < sizeof(expected) / sizeof(expected[0]); i++) {
		ck_assert_int_eq(
		    http1_query_get(&o.head.request, expected[i].name, out, sizeof(out)),
		    expected[i].outcome);
		ck_assert_str_eq(out, expected[i].value);
	}
}
END_TEST

START_TEST(media_types)
{
	ck_assert(http1_media_type_is(text_of("application/json"), "application/json"));
	ck_assert(
	    http1_media_type_is(text_of("Application/JSON ; charset=utf-8"), "application/json"));
	ck_assert(!http1_media_type_is(text_of("application/jsonx"), "application/json"));
	ck_assert(!http1_media_type_is(text_of("application/json, text/html"), "application/json"));
	ck_assert(!http1_media_type_is(text_of(""), "application/json"));
	ck_assert(!http1_media_type_is((struct http1_text){NULL, 0}, "application/json"));
}
END_TEST

START_TEST(answers_written)
{
	static const struct http1_pair extra[] = {{"Allow", "GET"}, {"X-Y", ""}, {NULL, NULL}};
	static const char whole[] =
	    "HTTP/1.1 405 Method Not Allowed\r\nDate: Sun, 06 Nov 1994 08:49:37 GMT\r\n"
	    "Content-Type: text/plain\r\nContent-Length: 12\r\nAllow: GET\r\nX-Y: \r\n"
	    "Connection: close\r\n\r\n";
	struct http1_answer a = {
	    405, "Sun, 06 Nov 1994 08:49:37 GMT", "text/plain", 12, extra, HTTP1_CLOSE};
	char out[512];
	size_t len = http1_answer_write(&a, out, sizeof(out));

	ck_assert_uint_eq(len, sizeof(whole) - 1);
	ck_assert_int_eq(memcmp(out, whole, len), 0);
	for (size_t cap = 0; cap < len; cap++)
		ck_assert_uint_eq(http1_answer_write(&a, out, cap), 0);
	a = (struct http1_answer){.status = 204};
	len = http1_answer_write(&a, out, sizeof(out));
	ck_assert_str_eq((out[len] = '\0', out), "HTTP/1.1 204 No Content\r\n\r\n");
	a = (struct http1_answer){.status = 299, .content_length = UINT64_MAX};
	len = http1_answer_write(&a, out, sizeof(out));
	ck_assert_str_eq((out[len] = '\0', out),
	    "HTTP/1.1 299 Unknown\r\nContent-Length: 18446744073709551615\r\n\r\n");
}
END_TEST

START_TEST(answers_that_would_split)
{
	static const struct http1_pair bad[][2] = {{{"X", "a\r\nB: c"}, {NULL, NULL}},
	    {{"X:", "a"}, {NULL, NULL}}, {{"X Y", "a"}, {NULL, NULL}},
	    {{"X", "\x7f"}, {NULL, NULL}}};
	char out[512];

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct http1_answer a = {.status = 200, .extra = bad[i]};
		ck_assert_uint_eq(http1_answer_write(&a, out, sizeof(out)), 0);
	}
	struct http1_answer a = {.status = 100};
	ck_assert_uint_eq(http1_answer_write(&a, out, sizeof(out)), 0);
	a = (struct http1_answer){.status = 200, .content_type = "a\nb"};
	ck_assert_uint_eq(http1_answer_write(&a, out, sizeof(out)), 0);
}
END_TEST

START_TEST(dates_written)
{
	char out[HTTP1_DATE_TEXT_MAX];

	http1_date_format(784111777, out);
	ck_assert_str_eq(out, "Sun, 06 Nov 1994 08:49:37 GMT");
	http1_date_format(0, out);
	ck_assert_str_eq(out, "Thu, 01 Jan 1970 00:00:00 GMT");
	http1_date_format(1709251199, out);
	ck_assert_str_eq(out, "Thu, 29 Feb 2024 23:59:59 GMT");
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("http1");
	TCase *tc = tcase_create("http1");

	tcase_add_unchecked_fixture(tc, setup_rows, teardown_rows);
	tcase_set_timeout(tc, 60);
	tcase_add_test(tc, rows_whole_bytewise_and_split);
	tcase_add_test(tc, prefixes_are_incomplete);
	tcase_add_test(tc, there_are_enough_rows);
	tcase_add_loop_test(tc, sizes_at_the_limit, 0, (int)(sizeof(sizes) / sizeof(sizes[0])));
	tcase_add_test(tc, what_is_read);
	tcase_add_loop_test(
	    tc, targets_and_persistence, 0, (int)(sizeof(targets) / sizeof(targets[0])));
	tcase_add_loop_test(tc, percent_decoding, 0, (int)(sizeof(codes) / sizeof(codes[0])));
	tcase_add_test(tc, paths_in_segments);
	tcase_add_test(tc, query_parameters);
	tcase_add_test(tc, media_types);
	tcase_add_test(tc, answers_written);
	tcase_add_test(tc, answers_that_would_split);
	tcase_add_test(tc, dates_written);
	suite_add_tcase(suite, tc);
	SRunner *runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	int failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? 0 : 1;
}
