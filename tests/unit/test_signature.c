/* proto/signature: Standard Webhooks' published vector, SHA-256's, and what must be refused. */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "signature.h"

/* The test vector of Standard Webhooks' own libraries. */
#define SECRET "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
#define ID "msg_p5jXN8AQM9LWM0D4loKWxJek"
#define TIMESTAMP 1614265330
#define BODY "{\"test\": 2432232314}"
#define SIGNATURE "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="

#define OTHER "v1,AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="

static struct signing_key *
key_new(const char *text)
{
	struct signing_key *key = NULL;
	const char *error = signing_key_new(text, strlen(text), &key);

	ck_assert_msg(error == NULL, "%s", error);
	return key;
}

START_TEST(published_vector)
{
	struct signing_key *key = key_new(SECRET);
	char out[SIGNATURE_TEXT_MAX];

	for (int i = 0; i < 3; i++) { /* the key serves again and again */
		signature_make(key, ID, TIMESTAMP, BODY, strlen(BODY), out);
		ck_assert_str_eq(out, SIGNATURE);
		signature_make(key, "another", TIMESTAMP, "", 0, out);
		ck_assert_str_ne(out, SIGNATURE);
	}
	signing_key_free(key);
	signing_key_free(NULL);
}
END_TEST

static const struct {
	const char *header;
	bool good;
} headers[] = {
    {SIGNATURE, true},
    {OTHER " " SIGNATURE, true},
    {SIGNATURE " " OTHER, true},
    {"v1a,abc= v2,x " SIGNATURE, true},
    {OTHER, false},
    {OTHER " " OTHER, false},
    {"", false},
    {" ", false},
    {"v1,", false},
    {"g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=", false},
    {"v2,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=", false},
    {"v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE", false},
    {SIGNATURE "=", false},
    {SIGNATURE "," SIGNATURE, false},
};

START_TEST(verify_headers)
{
	struct signing_key *key = key_new(SECRET);

	ck_assert_int_eq(
	    signature_verify(key, ID, TIMESTAMP, BODY, strlen(BODY), headers[_i].header),
	    headers[_i].good);
	signing_key_free(key);
}
END_TEST

START_TEST(verify_covers_everything)
{
	struct signing_key *key = key_new(SECRET);
	struct signing_key *another = key_new("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSx");

	ck_assert(signature_verify(key, ID, TIMESTAMP, BODY, strlen(BODY), SIGNATURE));
	ck_assert(!signature_verify(another, ID, TIMESTAMP, BODY, strlen(BODY), SIGNATURE));
	ck_assert(!signature_verify(key, ID "x", TIMESTAMP, BODY, strlen(BODY), SIGNATURE));
	ck_assert(!signature_verify(key, ID, TIMESTAMP + 1, BODY, strlen(BODY), SIGNATURE));
	ck_assert(!signature_verify(key, ID, TIMESTAMP, BODY, strlen(BODY) - 1, SIGNATURE));
	signing_key_free(key);
	signing_key_free(another);
}
END_TEST

static const char *const bad_secrets[] = {
    "",
    "whsec_",
    "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
    "WHSEC_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
    "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaS",  /* a character short */
    "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaS=", /* 23 bytes */
    "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2La LaSw",
    "whsec_ MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaS",
    "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaS\n",
    "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLa-w",	  /* base64url */
    "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSwAB==", /* stray bits */
    "whsec_====",
    /* 65 to 67 bytes */
    "whsec_QUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFB"
    "QUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUE=",
    "whsec_QUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFB"
    "QUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFB",
    "whsec_QUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFB"
    "QUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQQ==",
};

START_TEST(secrets_refused)
{
	struct signing_key *key = NULL;
	const char *text = bad_secrets[_i];

	ck_assert_ptr_nonnull(signing_key_new(text, strlen(text), &key));
	ck_assert_ptr_null(key);
}
END_TEST

START_TEST(secrets_of_all_lengths)
{
	uint8_t bytes[SIGNATURE_SECRET_BYTES_MAX];
	char text[SIGNATURE_SECRET_TEXT_MAX];

	for (size_t i = 0; i < sizeof(bytes); i++)
		bytes[i] = (uint8_t)(i * 37 + 1);
	for (size_t count = SIGNATURE_SECRET_BYTES_MIN; count <= sizeof(bytes); count++) {
		struct signing_key *key;
		size_t len = signature_secret_format(bytes, count, text);

		ck_assert_uint_eq(len, strlen(text));
		ck_assert_ptr_null(signing_key_new(text, len, &key));
		signing_key_free(key);
	}
}
END_TEST

static const struct {
	const char *text;
	uint8_t digest[4]; /* its first bytes; FIPS 180-4's examples */
} digests[] = {
    {"", {0xe3, 0xb0, 0xc4, 0x42}},
    {"abc", {0xba, 0x78, 0x16, 0xbf}},
    {"abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq", {0x24, 0x8d, 0x6a, 0x61}},
};

START_TEST(sha256_examples)
{
	uint8_t out[SHA256_BYTES], token[SHA256_BYTES];

	signature_sha256(digests[_i].text, strlen(digests[_i].text), out);
	ck_assert_mem_eq(out, digests[_i].digest, 4);
	signature_token_hash(digests[_i].text, strlen(digests[_i].text), token);
	ck_assert_mem_eq(out, token, SHA256_BYTES);
}
END_TEST

START_TEST(equal)
{
	ck_assert(signature_equal("abc", "abd", 2));
	ck_assert(!signature_equal("abc", "abd", 3));
	ck_assert(signature_equal("", "x", 0));
}
END_TEST

#define ROWS(table) ((int)(sizeof(table) / sizeof((table)[0])))

int
main(void)
{
	Suite *suite = suite_create("signature");
	TCase *cases = tcase_create("signature");
	SRunner *runner;
	int failed;

	tcase_add_test(cases, published_vector);
	tcase_add_loop_test(cases, verify_headers, 0, ROWS(headers));
	tcase_add_test(cases, verify_covers_everything);
	tcase_add_loop_test(cases, secrets_refused, 0, ROWS(bad_secrets));
	tcase_add_test(cases, secrets_of_all_lengths);
	tcase_add_loop_test(cases, sha256_examples, 0, ROWS(digests));
	tcase_add_test(cases, equal);
	suite_add_tcase(suite, cases);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? 0 : 1;
}
