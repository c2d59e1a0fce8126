/*
 * Reads requests as the daemon does and says what it read, for system/test_parsers.py, which
 * compares it with what others read. In: records of two uint32_t (how many bytes, how many of them
 * arrive at a time) and the bytes, one or several requests. Out, for each record: a line "request"
 * for each request that is whole, with the place of its end, whether the connection may go on
 * (1, 0), and in hex the method, path, query, body, and each field's name and value; then a line
 * "end" with the status of what is refused, or 0.
 */
#include "http1.h"

#include <stdio.h>
#include <stdlib.h>

#define BODY_MAX (1 << 16)
#define BYTES_MAX (1 << 17)

/* What has come so far of a record, and how far it is read. */
struct stream {
	const char *bytes;
	size_t len, have, at;
	size_t step;
};

/* false: nothing more comes. */
static bool
stream_more(struct stream *in)
{
	if (in->have == in->len)
		return false;
	in->have = in->len - in->have > in->step ? in->have + in->step : in->len;
	return true;
}

static void
print_hex(struct http1_text text)
{
	putchar(' ');
	for (size_t i = 0; i < text.len; i++)
		printf("%02x", (unsigned char)text.at[i]);
}

static void
print_request(const struct http1_request *r, size_t end, struct http1_text body)
{
	struct http1_text name, value;

	printf("request %zu %d", end, r->keep_alive);
	print_hex(http1_method_text(r));
	print_hex(http1_path(r));
	print_hex(http1_query(r));
	print_hex(body);
	for (unsigned i = 0; i < r->field_count; i++) {
		http1_field(r, i, &name, &value);
		print_hex(name);
		print_hex(value);
	}
	putchar('\n');
}

/* Returns whether the next request is to be read; *status: of a refusal. */
static bool
read_request(struct stream *in, int *status)
{
	static char stored[BODY_MAX];
	struct http1_head head;
	struct http1_body body;
	const char *bytes = in->bytes + in->at;
	size_t first = in->at, used, stored_len = 0;
	enum http1_progress progress;

	http1_head_start(&head, HTTP1_HEAD_BYTES_MAX, HTTP1_TARGET_BYTES_MAX);
	while ((progress = http1_head_read(&head, bytes, in->have - first)) == HTTP1_MORE)
		if (!stream_more(in))
			return false;
	*status = head.problem.status;
	if (progress == HTTP1_BAD)
		return false;
	in->at += head.request.head_len;
	progress = http1_body_start(&body, &head.request, BODY_MAX);
	while (progress == HTTP1_MORE) {
		struct http1_text data;
		progress =
		    http1_body_read(&body, in->bytes + in->at, in->have - in->at, &used, &data);
		for (size_t i = 0; i < data.len; i++)
			stored[stored_len++] = data.at[i];
		in->at += used;
		if (used == 0 && progress == HTTP1_MORE && !stream_more(in))
			return false;
	}
	*status = body.problem.status;
	if (progress == HTTP1_BAD)
		return false;
	print_request(&head.request, in->at, (struct http1_text){stored, stored_len});
	return head.request.keep_alive;
}

int
main(void)
{
	static char bytes[BYTES_MAX];
	uint32_t record[2];

	while (fread(record, sizeof(record), 1, stdin) == 1) {
		struct stream in = {.bytes = bytes, .len = record[0], .step = record[1]};
		int status = 0;
		if (in.len > sizeof(bytes) || in.step == 0 ||
		    fread(bytes, 1, in.len, stdin) != in.len)
			return 1;
		while (read_request(&in, &status))
			;
		printf("end %d\n", status);
	}
	return 0;
}
