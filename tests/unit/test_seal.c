/* daemon/seal: what is sealed opens with its key and in its place alone; a file of keys that is
 * none. */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "seal.h"

#define SECRET "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
#define KEY_A "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="
#define KEY_B "AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE="
#define NONCE_AT SEAL_HEAD_BYTES
#define TEXT_AT (NONCE_AT + 12)

/* Reads keys from a file that says this; whether they were taken, else why. */
static bool
keys_say(const char *text, mode_t mode, char why[static SEAL_WHY_MAX])
{
	char path[] = "/tmp/sam-seal-XXXXXX";
	int fd = mkstemp(path);
	bool taken;

	ck_assert(fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text));
	ck_assert(fchmod(fd, mode) == 0 && close(fd) == 0);
	taken = seal_keys_read(path, why);
	unlink(path);
	return taken;
}

static void
keys(const char *text)
{
	char why[SEAL_WHY_MAX] = "";

	ck_assert_msg(keys_say(text, 0640, why), "%s", why);
}

/* Whether it opens as SECRET; else *why says why not. */
static bool
opens(enum seal_what what, int64_t endpoint, struct sealed sealed, const char **why)
{
	char *text = seal_open(what, endpoint, sealed.bytes, sealed.len, why);
	bool good = text != NULL && strcmp(text, SECRET) == 0;

	ck_assert(text == NULL || good);
	seal_wipe(text);
	return good;
}

/* The AES-256-GCM that others make of it (Python's cryptography): key 0, nonce 0 to 11. */
START_TEST(as_others_seal_it)
{
	static const uint8_t made[] = {0x01, 0x66, 0x68, 0x7a, 0xad, 0xf8, 0x62, 0xbd, 0x77, 0x00,
	    0x01, 0x02, 0x03, 0x04, 0x05, 0x06, 0x07, 0x08, 0x09, 0x0a, 0x0b, 0xff, 0xa3, 0x40,
	    0x37, 0x63, 0xa2, 0xc2, 0x9f, 0x89, 0x29, 0x6b, 0x97, 0xc5, 0x44, 0x95, 0x55, 0x25,
	    0x1e, 0xfc, 0xed, 0xd5, 0xc8, 0xdf, 0xb2, 0xf7, 0x82, 0xa8, 0x5b, 0xd7, 0x7c, 0x60,
	    0x5d, 0xa0, 0x96, 0xf0, 0xc4, 0x1f, 0x10, 0x58, 0x69, 0x0d, 0xa0, 0x69, 0xc7, 0x9f,
	    0xf6, 0x6d, 0x92, 0x1e, 0xec, 0x7b, 0x96, 0x05, 0xb1};
	const char *why;

	keys(KEY_A "\n");
	ck_assert_msg(
	    opens(SEAL_SECRET, 7, (struct sealed){(uint8_t *)made, sizeof(made)}, &why), "%s", why);
}
END_TEST

START_TEST(opens_what_was_sealed)
{
	const char *why;

	keys(KEY_A "\n");
	struct sealed one = seal(SEAL_SECRET, 7, SECRET), other = seal(SEAL_SECRET, 7, SECRET);

	ck_assert(opens(SEAL_SECRET, 7, one, &why) && opens(SEAL_SECRET, 7, other, &why));
	ck_assert(seal_is(one.bytes, one.len));
	ck_assert_msg(
	    memcmp(one.bytes + NONCE_AT, other.bytes + NONCE_AT, 12) != 0, "a nonce came twice");
	ck_assert_ptr_null(memmem(one.bytes, one.len, SECRET + 6, 8));
	free(one.bytes);
	free(other.bytes);
	ck_assert_ptr_null(seal(SEAL_SECRET, 7, NULL).bytes);
	seal_wipe(NULL);
}
END_TEST

START_TEST(nowhere_else)
{
	const char *why;

	keys(KEY_A "\n");
	struct sealed sealed = seal(SEAL_SECRET, 7, SECRET);

	ck_assert(!opens(SEAL_SECRET, 8, sealed, &why));
	ck_assert_str_eq(why, "it was changed, or is another endpoint's");
	ck_assert(
	    !opens(SEAL_CLIENT_KEY, 7, sealed, &why) && !opens(SEAL_HEADERS, 7, sealed, &why));
	free(sealed.bytes);
}
END_TEST

/* Whichever bit is turned, and wherever it is cut. */
START_TEST(not_when_changed)
{
	const char *why;

	keys(KEY_A "\n");
	struct sealed sealed = seal(SEAL_SECRET, 7, SECRET);

	for (size_t bit = 0; bit < 8 * sealed.len; bit++) {
		sealed.bytes[bit / 8] ^= (uint8_t)(1 << bit % 8);
		ck_assert_msg(!opens(SEAL_SECRET, 7, sealed, &why), "bit %zu", bit);
		sealed.bytes[bit / 8] ^= (uint8_t)(1 << bit % 8);
	}
	for (size_t len = 0; len < sealed.len; len++)
		ck_assert(!opens(SEAL_SECRET, 7, (struct sealed){sealed.bytes, len}, &why));
	ck_assert(opens(SEAL_SECRET, 7, sealed, &why));
	free(sealed.bytes);
}
END_TEST

START_TEST(with_its_key)
{
	uint8_t head[SEAL_HEAD_BYTES], later[SEAL_HEAD_BYTES];
	const char *why;

	keys(KEY_A "\n");
	struct sealed sealed = seal(SEAL_SECRET, 7, SECRET);
	ck_assert_uint_eq(seal_head(head), SEAL_HEAD_BYTES);
	ck_assert_mem_eq(sealed.bytes, head, SEAL_HEAD_BYTES);
	keys(KEY_B "\n");
	ck_assert(!opens(SEAL_SECRET, 7, sealed, &why));
	ck_assert_str_eq(why, "it is under none of the keys of secrets_key");
	keys(KEY_B "\n\n" KEY_A); /* the older one opens; what is new is under the first */
	ck_assert(opens(SEAL_SECRET, 7, sealed, &why));
	seal_head(later);
	ck_assert_mem_ne(later, head, SEAL_HEAD_BYTES);
	free(sealed.bytes);
	ck_assert(!opens(SEAL_SECRET, 7, (struct sealed){(uint8_t *)SECRET, strlen(SECRET)}, &why));
	ck_assert_str_eq(why, "it is not sealed: run `samordnad migrate`");
}
END_TEST

static const struct {
	const char *text;
	mode_t mode;
	const char *why; /* what it ends with */
} files[] = {
    {"", 0600, " holds no key"},
    {"\n\n", 0600, " holds no key"},
    {KEY_A "\n", 0604, " is open to everyone: `chmod o=` it"},
    {"AAAA\n", 0600, ":1: is not the base64 of 32 bytes (`openssl rand -base64 32`)"},
    {KEY_A "\nhej\n", 0600, ":2: is not the base64 of 32 bytes (`openssl rand -base64 32`)"},
    {KEY_A " \n", 0600, ":1: is not the base64 of 32 bytes (`openssl rand -base64 32`)"},
    /* OpenSSL's own reader would take these */
    {"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAB=", 0600,
	":1: is not the base64 of 32 bytes (`openssl rand -base64 32`)"},
    {" AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", 0600,
	":1: is not the base64 of 32 bytes (`openssl rand -base64 32`)"},
    {"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA==", 0600,
	":1: is not the base64 of 32 bytes (`openssl rand -base64 32`)"},
    {"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", 0600,
	":1: is not the base64 of 32 bytes (`openssl rand -base64 32`)"},
    {KEY_A "\n" KEY_A "\n" KEY_A "\n" KEY_A "\n" KEY_A "\n" KEY_A "\n" KEY_A "\n" KEY_A "\n" KEY_A
	   "\n",
	0600, ":9: is one key more than 8"},
};

START_TEST(a_file_that_is_none)
{
	const char *why, *end = files[_i].why;
	char said[SEAL_WHY_MAX] = "";

	keys(KEY_B);
	struct sealed sealed = seal(SEAL_SECRET, 7, SECRET);
	ck_assert(!keys_say(files[_i].text, files[_i].mode, said));
	ck_assert_msg(
	    strlen(said) > strlen(end) && strcmp(said + strlen(said) - strlen(end), end) == 0, "%s",
	    said);
	ck_assert_ptr_null(strstr(said, "AAAA"));
	ck_assert_msg(opens(SEAL_SECRET, 7, sealed, &why), "the keys of before stay");
	free(sealed.bytes);
}
END_TEST

START_TEST(no_file)
{
	uint8_t head[SEAL_HEAD_BYTES];
	char why[SEAL_WHY_MAX];

	ck_assert(!seal_keys_read("", why));
	ck_assert_ptr_nonnull(strstr(why, "secrets_key is not set"));
	ck_assert(!seal_keys_read("/nowhere/key", why));
	ck_assert_str_eq(why, "secrets_key: /nowhere/key: No such file or directory");
	ck_assert(!seal_keys_read("/tmp", why));
	ck_assert_msg(
	    seal_head(head) == 1 && head[0] == 1, "without a key only the version is known");
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("seal");
	TCase *tests = tcase_create("seal");

	tcase_add_test(tests, no_file);
	tcase_add_test(tests, as_others_seal_it);
	tcase_add_test(tests, opens_what_was_sealed);
	tcase_add_test(tests, nowhere_else);
	tcase_add_test(tests, not_when_changed);
	tcase_add_test(tests, with_its_key);
	tcase_add_loop_test(tests, a_file_that_is_none, 0, sizeof(files) / sizeof(*files));
	suite_add_tcase(suite, tests);
	SRunner *runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	int failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
