/*
 * libFuzzer target for the region's file and the units' documents: the first byte chooses which
 * (the file; one of enum unit_document), the rest is JSON. What is refused has its complaints, each
 * of them with a pointer and a sentence that can be answered as JSON.
 */
#include "document.h"
#include "region_file.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define KINDS (UNIT_STANDING_DECISIONS + 2)

int LLVMFuzzerTestOneInput(const uint8_t *input, size_t size);

static void
complain(const char *pointer, const char *what, void *arg)
{
	if ((pointer[0] != '\0' && pointer[0] != '/') || !utf8_valid(pointer, strlen(pointer)) ||
	    what[0] == '\0' || !utf8_valid(what, strlen(what)))
		abort();
	++*(int *)arg;
}

int
LLVMFuzzerTestOneInput(const uint8_t *input, size_t size)
{
	struct region_file file;
	int heard = 0, complaints;

	if (size == 0)
		return 0;
	json_t *root = json_loadb((const char *)input + 1, size - 1, JSON_REJECT_DUPLICATES, NULL);
	if (root == NULL)
		return 0;
	int kind = input[0] % KINDS;
	if (kind == KINDS - 1)
		complaints = region_file_read(root, &file, complain, &heard);
	else
		complaints = region_document_read(root, (enum unit_document)kind,
		    "SE2321000131-V0001", PRIMARVARD, &file, complain, &heard);
	if (complaints != heard)
		abort();
	region_file_free(&file);
	json_decref(root);
	return 0;
}
