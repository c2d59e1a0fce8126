/*
 * The fuzzing targets (tests/fuzz) with their seeds, without libFuzzer: none may abort, nor, under
 * sanitizers, do what it must not.
 */
#include "daemon/log.h"

#include <check.h>
#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A file of the seeds; a larger one is a mistake. */
#define SEED_BYTES_MAX (1 << 20)

typedef int target(const uint8_t *input, size_t size);

#define TARGETS(X) \
	X(config) \
	X(document) \
	X(endpoint) \
	X(http1) \
	X(identity) \
	X(message) \
	X(query) \
	X(question) \
	X(register) \
	X(rules)
#define TARGET_DECLARED(name) target fuzz_##name;
TARGETS(TARGET_DECLARED)

#define TARGET_ROW(name) {#name, fuzz_##name},
static const struct {
	const char *name;
	target *run;
} targets[] = {TARGETS(TARGET_ROW)};
#define TARGET_COUNT ((int)(sizeof(targets) / sizeof(*targets)))

static void
replay_file(target *run, const char *path)
{
	/* Its own memory, of its own size: a byte read beyond it is seen. */
	uint8_t *bytes = xmalloc(SEED_BYTES_MAX);
	FILE *file = fopen(path, "rb");

	ck_assert_msg(file != NULL, "%s", path);
	size_t len = fread(bytes, 1, SEED_BYTES_MAX, file);
	ck_assert_msg(len < SEED_BYTES_MAX, "%s is too large", path);
	fclose(file);
	bytes = xrealloc(bytes, len);
	fprintf(stderr, "%s\n", path);
	ck_assert_int_eq(run(bytes, len), 0);
	free(bytes);
}

START_TEST(replay)
{
	char folder[200], path[500];
	struct dirent *entry;
	int count = 0;

	snprintf(folder, sizeof folder, SEEDS "/%s", targets[_i].name);
	DIR *dir = opendir(folder);
	ck_assert_msg(dir != NULL, "%s: no seeds", folder);
	while ((entry = readdir(dir)) != NULL) {
		if (entry->d_name[0] == '.')
			continue;
		snprintf(path, sizeof path, "%s/%s", folder, entry->d_name);
		replay_file(targets[_i].run, path);
		count++;
	}
	closedir(dir);
	ck_assert_msg(count >= 5, "%s: only %d seeds", folder, count);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("fuzz");
	TCase *tc = tcase_create("seeds");

	tcase_add_loop_test(tc, replay, 0, TARGET_COUNT);
	suite_add_tcase(s, tc);
	SRunner *sr = srunner_create(s);
	srunner_run_all(sr, CK_NORMAL);
	int failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed != 0;
}
