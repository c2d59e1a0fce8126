/*
 * Signatures and digests: Standard Webhooks 1.0 (symmetric), SHA-256, the hash under which tokens
 * are stored, and comparing without telling by time. Pure computation by OpenSSL; knows no clock,
 * no randomness and no endpoints.
 */
#ifndef SAMORDNAD_SIGNATURE_H
#define SAMORDNAD_SIGNATURE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SIGNATURE_SECRET_BYTES_MIN 24 /* of a decoded secret, by Standard Webhooks */
#define SIGNATURE_SECRET_BYTES_MAX 64
#define SIGNATURE_SECRET_TEXT_MAX 95 /* "whsec_", 88 characters of base64 and the NUL */
#define SIGNATURE_TEXT_MAX 48	     /* "v1,", 44 characters of base64 and the NUL */
#define SHA256_BYTES 32

/* A secret made ready for many signatures. One thread at a time. */
struct signing_key;

/*
 * Reads "whsec_" and the padded base64 of 24-64 bytes; the whole of text[0..len) must be it.
 * Returns NULL and sets *out, which the caller owns; otherwise a static sentence that says what to
 * mend (never the secret).
 */
const char *signing_key_new(const char *text, size_t len, struct signing_key **out);

/* Ends a key; the copy of the secret is wiped. NULL is allowed. */
void signing_key_free(struct signing_key *key);

/* Writes the secret of `count` random bytes (24-64) as text with a NUL; returns its length. */
size_t signature_secret_format(
    const uint8_t *bytes, size_t count, char out[static SIGNATURE_SECRET_TEXT_MAX]);

/*
 * Signs one webhook: HMAC-SHA256 over id "." timestamp "." body. `id` is the header webhook-id,
 * `timestamp_s` Unix seconds as in webhook-timestamp. Writes "v1,<base64>" with a NUL: one element
 * of webhook-signature; while a secret is being rotated the header holds several, a space between
 * them.
 */
void signature_make(struct signing_key *key, const char *id, int64_t timestamp_s, const void *body,
    size_t body_len, char out[static SIGNATURE_TEXT_MAX]);

/*
 * True if any element of a webhook-signature header (elements with a space between) is this key's
 * v1 signature of the webhook. Elements of other versions are passed over. Whether the timestamp is
 * recent is for the caller.
 */
bool signature_verify(struct signing_key *key, const char *id, int64_t timestamp_s,
    const void *body, size_t body_len, const char *header);

/* SHA-256 of len bytes. One thread at a time. */
void signature_sha256(const void *bytes, size_t len, uint8_t out[static SHA256_BYTES]);

/*
 * The hash under which a bearer token is stored and looked up: SHA-256 of its bytes. Unsalted,
 * because a token is 32 random bytes and must be found by its hash.
 */
void signature_token_hash(const char *token, size_t len, uint8_t out[static SHA256_BYTES]);

/* True if the two stretches of len bytes are equal; takes the same time wherever they differ. */
bool signature_equal(const void *a, const void *b, size_t len);

#endif
