/* Standard Webhooks, SHA-256, constant time; see signature.h. */
#include "signature.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/params.h>

#include "log.h"

enum { PREFIX_LEN = 6, VERSION_LEN = 3, TIMESTAMP_TEXT_MAX = 23 };

struct signing_key {
	EVP_MAC_CTX *mac; /* keyed once; started again for every signature */
};

/*
 * Base64 with padding into at most SIGNATURE_SECRET_BYTES_MAX bytes; the count, or -1. OpenSSL's
 * reader passes over spaces and stray bits, so what it read is written again and must be the same
 * text.
 */
static int
base64_read(const char *text, size_t len, uint8_t out[static SIGNATURE_SECRET_BYTES_MAX])
{
	uint8_t bytes[SIGNATURE_SECRET_TEXT_MAX];
	uint8_t again[SIGNATURE_SECRET_TEXT_MAX];
	int count;

	if (len < 4 || len % 4 != 0 || len > SIGNATURE_SECRET_TEXT_MAX - PREFIX_LEN - 1)
		return -1;
	count = EVP_DecodeBlock(bytes, (const uint8_t *)text, (int)len);
	if (count < 0)
		return -1;
	count -= (text[len - 1] == '=') + (text[len - 2] == '=');
	if (count > SIGNATURE_SECRET_BYTES_MAX ||
	    EVP_EncodeBlock(again, bytes, count) != (int)len || memcmp(again, text, len) != 0)
		count = -1;
	else
		memcpy(out, bytes, (size_t)count);
	OPENSSL_cleanse(bytes, sizeof(bytes));
	OPENSSL_cleanse(again, sizeof(again));
	return count;
}

const char *
signing_key_new(const char *text, size_t len, struct signing_key **out)
{
	uint8_t secret[SIGNATURE_SECRET_BYTES_MAX];
	char digest[] = "SHA256";
	OSSL_PARAM params[] = {
	    OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, digest, 0),
	    OSSL_PARAM_construct_end(),
	};
	struct signing_key *key;
	EVP_MAC *hmac;
	int count;

	if (len <= PREFIX_LEN || memcmp(text, "whsec_", PREFIX_LEN) != 0)
		return "must begin with whsec_";
	count = base64_read(text + PREFIX_LEN, len - PREFIX_LEN, secret);
	if (count < SIGNATURE_SECRET_BYTES_MIN)
		return "must be whsec_ and the padded base64 of 24 to 64 bytes";
	key = xcalloc(1, sizeof(*key));
	hmac = EVP_MAC_fetch(NULL, "HMAC", NULL);
	require(hmac != NULL);
	key->mac = EVP_MAC_CTX_new(hmac);
	EVP_MAC_free(hmac);
	require(key->mac != NULL && EVP_MAC_init(key->mac, secret, (size_t)count, params) == 1);
	OPENSSL_cleanse(secret, sizeof(secret));
	*out = key;
	return NULL;
}

void
signing_key_free(struct signing_key *key)
{
	if (key == NULL)
		return;
	EVP_MAC_CTX_free(key->mac);
	free(key);
}

size_t
signature_secret_format(
    const uint8_t *bytes, size_t count, char out[static SIGNATURE_SECRET_TEXT_MAX])
{
	require(count >= SIGNATURE_SECRET_BYTES_MIN && count <= SIGNATURE_SECRET_BYTES_MAX);
	memcpy(out, "whsec_", PREFIX_LEN);
	return PREFIX_LEN + (size_t)EVP_EncodeBlock((uint8_t *)out + PREFIX_LEN, bytes, (int)count);
}

void
signature_make(struct signing_key *key, const char *id, int64_t timestamp_s, const void *body,
    size_t body_len, char out[static SIGNATURE_TEXT_MAX])
{
	char timestamp[TIMESTAMP_TEXT_MAX];
	int timestamp_len = snprintf(timestamp, sizeof(timestamp), ".%" PRId64 ".", timestamp_s);
	uint8_t mac[SHA256_BYTES];
	size_t mac_len;

	/* Without a key EVP_MAC_init starts again with the one it has. */
	require(EVP_MAC_init(key->mac, NULL, 0, NULL) == 1 &&
		EVP_MAC_update(key->mac, (const uint8_t *)id, strlen(id)) == 1 &&
		EVP_MAC_update(key->mac, (const uint8_t *)timestamp, (size_t)timestamp_len) == 1 &&
		EVP_MAC_update(key->mac, body, body_len) == 1 &&
		EVP_MAC_final(key->mac, mac, &mac_len, sizeof(mac)) == 1 && mac_len == sizeof(mac));
	memcpy(out, "v1,", VERSION_LEN);
	EVP_EncodeBlock((uint8_t *)out + VERSION_LEN, mac, sizeof(mac));
}

bool
signature_verify(struct signing_key *key, const char *id, int64_t timestamp_s, const void *body,
    size_t body_len, const char *header)
{
	char expected[SIGNATURE_TEXT_MAX];
	bool found = false;

	signature_make(key, id, timestamp_s, body, body_len, expected);
	while (*header != '\0') {
		size_t len = strcspn(header, " ");

		if (len == SIGNATURE_TEXT_MAX - 1 && signature_equal(header, expected, len))
			found = true;
		header += len;
		header += *header == ' ';
	}
	return found;
}

void
signature_sha256(const void *bytes, size_t len, uint8_t out[static SHA256_BYTES])
{
	/* Fetched once: looking the digest up by name costs more than digesting a message. */
	static EVP_MD *sha256;
	static EVP_MD_CTX *context;

	if (context == NULL) {
		sha256 = EVP_MD_fetch(NULL, "SHA256", NULL);
		context = EVP_MD_CTX_new();
		require(sha256 != NULL && context != NULL);
	}
	require(EVP_DigestInit_ex2(context, sha256, NULL) == 1 &&
		EVP_DigestUpdate(context, bytes, len) == 1 &&
		EVP_DigestFinal_ex(context, out, NULL) == 1);
}

void
signature_token_hash(const char *token, size_t len, uint8_t out[static SHA256_BYTES])
{
	signature_sha256(token, len, out);
}

bool
signature_equal(const void *a, const void *b, size_t len)
{
	return CRYPTO_memcmp(a, b, len) == 0;
}
