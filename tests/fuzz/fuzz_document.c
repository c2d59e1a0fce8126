/*
 * libFuzzer target for the reader of JSON. What is refused is refused with a reason and a place
 * within the text; what was taken and written again is read as the same.
 */
#include "document.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *input, size_t size);

/* Every value is looked at, each member found by its name. Returns how many values there are. */
static size_t
walk(const struct node *node)
{
	size_t values = 1, inside = 0;
	int64_t number;

	if (node_int(node, &number) && node->kind != NODE_NUMBER)
		abort();
	if (node->kind == NODE_STRING &&
	    (node->text[node->len] != '\0' || !utf8_valid(node->text, node->len)))
		abort();
	if (node->kind != NODE_ARRAY && node->kind != NODE_OBJECT)
		return values;
	for (const struct node *n = node->first; n != NULL; n = n->next, inside++) {
		if (node->kind == NODE_OBJECT && node_member(node, n->key, n->key_len) != n)
			abort();
		values += walk(n);
	}
	if (inside != node->len || values > DOCUMENT_VALUES_MAX)
		abort();
	return values;
}

static struct writer
written(const struct document *document)
{
	struct writer w = {0};

	node_write(document_root(document), &w);
	return w;
}

int
LLVMFuzzerTestOneInput(const uint8_t *input, size_t size)
{
	struct document *document, *again;
	size_t place;
	const char *why = document_read_at((const char *)input, size, &document, &place);

	if (why != NULL) {
		if (*why == '\0' || (place > size && place != DOCUMENT_NO_PLACE))
			abort();
		return 0;
	}
	walk(document_root(document));
	struct writer once = written(document);
	if (document_read(once.text, once.len, &again) != NULL)
		abort();
	struct writer twice = written(again);
	if (once.len != twice.len || memcmp(once.text, twice.text, once.len) != 0)
		abort();
	free(once.text);
	free(twice.text);
	document_free(document);
	document_free(again);
	return 0;
}
