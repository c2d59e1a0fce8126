/*
 * libFuzzer target for what else a request's head says: the first line of the input is a query,
 * the second an Accept, the third a Content-Type. Each parameter is read as the handlers do, and a
 * cursor that is taken is one that we could have written.
 */
#include "http1.h"
#include "intake.h"
#include "reads.h"
#include "reports.h"
#include "routes.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LINES 3
#define VALUE_MAX 128

int LLVMFuzzerTestOneInput(const uint8_t *input, size_t size);

static void
check_after(const char *text, size_t len)
{
	struct tasks_after after;
	char again[TASKS_AFTER_TEXT_MAX];

	if (!tasks_after_parse(text, len, &after))
		return;
	tasks_after_format(&after, again);
	if (strlen(again) != len || strcasecmp(again, text) != 0)
		abort();
}

static void
check_query(const struct http1_request *request)
{
	static const char *const names[] = {"after", "unit", "status", "limit", "", "a"};
	struct http1_text query = http1_query(request), name, value;
	char text[VALUE_MAX], all[VALUE_MAX];
	size_t len;

	for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
		if (http1_query_get(request, names[i], text, sizeof text) == HTTP1_PARAMETER_BAD)
			continue;
		check_after(text, strlen(text));
	}
	while (http1_query_next(&query, &name, &value)) {
		if (http1_decode(value, HTTP1_QUERY_PART, all, sizeof all, &len) &&
		    len >= sizeof all)
			abort();
		check_after(all, 0);
	}
}

static void
check_request(const struct http1_request *request)
{
	struct http1_text value;
	unsigned count = http1_header(request, "accept", &value);
	int format = routes_report_format(value, count);

	if (format != -1 && format != REPORT_JSON && format != REPORT_CSV)
		abort();
	count = http1_header(request, "content-type", &value);
	int mode = intake_mode(value, count);
	if (mode < -1 || mode > MESSAGE_BINARY)
		abort();
	check_query(request);
}

int
LLVMFuzzerTestOneInput(const uint8_t *input, size_t size)
{
	static const char *const before[LINES] = {"GET /v1/tasks?", "Accept: ", "Content-Type: "};
	static const char *const behind[LINES] = {" HTTP/1.1\r\nHost: a\r\n", "\r\n", "\r\n"};
	const char *at = (const char *)input, *end = at + size;
	struct http1_head head;
	char *text = NULL;
	size_t len = 0;
	FILE *out = open_memstream(&text, &len);

	if (out == NULL)
		abort();
	for (int i = 0; i < LINES; i++) {
		const char *stop = at < end ? memchr(at, '\n', (size_t)(end - at)) : NULL;
		size_t line = (size_t)((stop != NULL ? stop : end) - at);
		fputs(before[i], out);
		fwrite(at, 1, line, out);
		fputs(behind[i], out);
		at = stop != NULL ? stop + 1 : end;
	}
	fputs("\r\n", out);
	fclose(out);
	http1_head_start(&head, HTTP1_HEAD_BYTES_MAX, HTTP1_TARGET_BYTES_MAX);
	if (http1_head_read(&head, text, len) == HTTP1_DONE)
		check_request(&head.request);
	free(text);
	return 0;
}
