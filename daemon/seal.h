/*
 * What endpoints keep secret, as it lies in the database: AES-256-GCM (OpenSSL's) under a key that
 * does not lie there, so that who has the database, a dump or a replica can sign and sign in as
 * nobody. Owns the keys, which are the process's: read once, before any other thread. Knows no SQL.
 *
 * A sealed value is a version byte, the key's id (the first 8 bytes of its SHA-256), a random nonce
 * of 12 bytes, the encrypted text, and a tag of 16 bytes that also binds what stands before the
 * nonce, the endpoint's number and what it is: moved to another endpoint it does not open.
 */
#ifndef SAMORDNAD_SEAL_H
#define SAMORDNAD_SEAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SEAL_KEYS_MAX 8
#define SEAL_HEAD_BYTES 9 /* version and key id */
#define SEAL_WHY_MAX 300

/* Both secrets of an endpoint are one kind: while one is replaced the same value changes column. */
enum seal_what { SEAL_SECRET, SEAL_HEADERS, SEAL_CLIENT_KEY };

struct sealed {
	uint8_t *bytes; /* the caller's, to be freed; NULL: nothing was given to seal */
	size_t len;
};

/*
 * Reads the file of keys: lines of the base64 of 32 bytes, empty ones aside; what is sealed from
 * now on is under the first, all of them open. Others than owner and group may not read it. False:
 * why says what to mend (never a key), and the keys of before stay.
 */
bool seal_keys_read(const char *path, char why[static SEAL_WHY_MAX]);

/*
 * How everything begins that is sealed under the first key. Without keys only the version byte:
 * then it tells what is sealed at all. Returns how many bytes of out.
 */
size_t seal_head(uint8_t out[static SEAL_HEAD_BYTES]);

/* Seals a text (NULL: none). There must be a key. Any thread. */
struct sealed seal(enum seal_what what, int64_t endpoint, const char *text);

/*
 * Opens what was sealed. Returns the text, to be freed with seal_wipe(), or NULL and a static
 * clause in *why. Any thread.
 */
char *seal_open(
    enum seal_what what, int64_t endpoint, const void *bytes, size_t len, const char **why);

/* Whether it is sealed, by the look of it. */
bool seal_is(const void *bytes, size_t len);

/* Overwrites a secret text, and frees it. NULL is allowed. */
void seal_wipe(char *text);

#endif
