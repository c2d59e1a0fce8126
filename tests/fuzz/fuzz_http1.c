/*
 * libFuzzer target for the reader of HTTP/1.1. The first byte of the input chooses how the rest is
 * split; whatever the bytes are, reading them whole and reading them split must come to the same
 * end.
 */
#include "http1.h"

#include <stdlib.h>
#include <string.h>

#define BODY_MAX 4096

int LLVMFuzzerTestOneInput(const uint8_t *input, size_t size);

struct end {
	enum http1_progress progress;
	struct http1_problem problem;
	size_t used;
	size_t body_len;
	char body[BODY_MAX];
};

static void
read_body(
    struct end *e, const struct http1_request *request, const char *bytes, size_t len, size_t step)
{
	struct http1_body body;
	size_t have = e->used;

	e->progress = http1_body_start(&body, request, BODY_MAX);
	while (e->progress == HTTP1_MORE) {
		struct http1_text data;
		size_t used;
		e->progress = http1_body_read(&body, bytes + e->used, have - e->used, &used, &data);
		if (data.len > BODY_MAX - e->body_len || used > have - e->used)
			abort();
		memcpy(e->body + e->body_len, data.at, data.len);
		e->body_len += data.len;
		e->used += used;
		if (used == 0 && have == len)
			break;
		if (used == 0)
			have = have + step < len ? have + step : len;
	}
	if (e->progress == HTTP1_BAD)
		e->problem = body.problem;
}

static void
read_request(struct end *e, const char *bytes, size_t len, size_t step)
{
	struct http1_head head;
	struct http1_text name, value;
	size_t have = 0;

	memset(e, 0, sizeof(*e));
	http1_head_start(&head, HTTP1_HEAD_BYTES_MAX, HTTP1_TARGET_BYTES_MAX);
	do {
		have = have + step < len ? have + step : len;
		e->progress = http1_head_read(&head, bytes, have);
	} while (e->progress == HTTP1_MORE && have < len);
	e->problem = head.problem;
	if (e->progress != HTTP1_DONE)
		return;
	e->used = head.request.head_len;
	for (unsigned i = 0; i < head.request.field_count; i++) {
		http1_field(&head.request, i, &name, &value);
		if (name.len == 0 || value.at + value.len > bytes + e->used)
			abort();
	}
	struct http1_text path = http1_path(&head.request), query = http1_query(&head.request);
	char out[64];
	size_t out_len;
	while (http1_path_next(&path, &value))
		http1_decode(value, HTTP1_PATH_SEGMENT, out, sizeof(out), &out_len);
	while (http1_query_next(&query, &name, &value))
		http1_decode(value, HTTP1_QUERY_PART, out, sizeof(out), &out_len);
	http1_query_get(&head.request, "a", out, sizeof(out));
	read_body(e, &head.request, bytes, len, step);
}

int
LLVMFuzzerTestOneInput(const uint8_t *input, size_t size)
{
	static struct end whole, split;

	if (size == 0)
		return 0;
	read_request(&whole, (const char *)input + 1, size - 1, size);
	read_request(&split, (const char *)input + 1, size - 1, (size_t)input[0] % 16 + 1);
	if (whole.progress != split.progress || whole.problem.sentence != split.problem.sentence ||
	    whole.used != split.used || whole.body_len != split.body_len ||
	    memcmp(whole.body, split.body, whole.body_len) != 0)
		abort();
	return 0;
}
