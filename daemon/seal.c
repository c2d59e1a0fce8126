/* AES-256-GCM by OpenSSL's EVP, and the file of keys; see seal.h. */
#include "seal.h"

#include "log.h"
#include "signature.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/rand.h>

#define VERSION 1
#define KEY_BYTES 32
#define KEY_TEXT 44 /* its base64, padded */
#define ID_BYTES (SEAL_HEAD_BYTES - 1)
#define NONCE_BYTES 12
#define TAG_BYTES 16
#define LINE_MAX_BYTES 256

struct key {
	uint8_t bytes[KEY_BYTES], id[ID_BYTES];
};
static struct keys {
	struct key keys[SEAL_KEYS_MAX];
	size_t count;
} held;

/* ---- The file of keys ---- */

/* OpenSSL's reader takes more than base64, so what it read is written again and must be the same.
 */
static bool
key_read(const char *text, size_t len, struct key *out)
{
	uint8_t bytes[KEY_TEXT], again[KEY_TEXT + 1], digest[SHA256_BYTES];
	bool good = len == KEY_TEXT &&
		    EVP_DecodeBlock(bytes, (const uint8_t *)text, KEY_TEXT) == KEY_BYTES + 1 &&
		    EVP_EncodeBlock(again, bytes, KEY_BYTES) == KEY_TEXT &&
		    memcmp(again, text, KEY_TEXT) == 0;

	if (good) {
		signature_sha256(bytes, KEY_BYTES, digest);
		memcpy(out->bytes, bytes, KEY_BYTES);
		memcpy(out->id, digest, ID_BYTES);
	}
	OPENSSL_cleanse(bytes, sizeof(bytes));
	OPENSSL_cleanse(again, sizeof(again));
	return good;
}

/* NULL, or what is wrong with line *number. */
static const char *
lines_read(FILE *file, struct keys *out, unsigned *number)
{
	char line[LINE_MAX_BYTES];
	const char *wrong = NULL;

	setvbuf(file, NULL, _IONBF, 0); /* no copy of the keys in a buffer that is not wiped */
	while (wrong == NULL && fgets(line, sizeof(line), file) != NULL) {
		size_t len = strcspn(line, "\r\n");

		++*number;
		if (len == 0)
			continue;
		if (out->count == SEAL_KEYS_MAX)
			wrong = "is one key more than 8";
		else if (!key_read(line, len, &out->keys[out->count++]))
			wrong = "is not the base64 of 32 bytes (`openssl rand -base64 32`)";
	}
	OPENSSL_cleanse(line, sizeof(line));
	return wrong;
}

static bool
file_read(FILE *file, const char *path, struct keys *out, char why[static SEAL_WHY_MAX])
{
	struct stat status;
	unsigned number = 0;
	const char *wrong = NULL;

	require(fstat(fileno(file), &status) == 0);
	if ((status.st_mode & S_IRWXO) != 0) {
		snprintf(why, SEAL_WHY_MAX,
		    "secrets_key: %.150s is open to everyone: `chmod o=` it", path);
		return false;
	}
	wrong = lines_read(file, out, &number);
	if (ferror(file) != 0)
		snprintf(why, SEAL_WHY_MAX, "secrets_key: %.150s: %s", path, strerror(errno));
	else if (wrong != NULL)
		snprintf(why, SEAL_WHY_MAX, "secrets_key: %.150s:%u: %s", path, number, wrong);
	else if (out->count == 0)
		snprintf(why, SEAL_WHY_MAX, "secrets_key: %.150s holds no key", path);
	else
		return true;
	return false;
}

bool
seal_keys_read(const char *path, char why[static SEAL_WHY_MAX])
{
	struct keys keys = {.count = 0};
	FILE *file;
	bool good;

	if (path[0] == '\0') {
		snprintf(why, SEAL_WHY_MAX,
		    "secrets_key is not set: it names the file of the key under which endpoints' "
		    "secrets are stored; (umask 077; openssl rand -base64 32 >FILE) makes one");
		return false;
	}
	file = fopen(path, "re");
	if (file == NULL) {
		snprintf(why, SEAL_WHY_MAX, "secrets_key: %.150s: %s", path, strerror(errno));
		return false;
	}
	good = file_read(file, path, &keys, why);
	fclose(file);
	if (good)
		held = keys;
	OPENSSL_cleanse(&keys, sizeof(keys));
	return good;
}

size_t
seal_head(uint8_t out[static SEAL_HEAD_BYTES])
{
	out[0] = VERSION;
	if (held.count == 0)
		return 1;
	memcpy(out + 1, held.keys[0].id, ID_BYTES);
	return SEAL_HEAD_BYTES;
}

/* ---- Sealing ---- */

static const char *
what_word(enum seal_what what)
{
	switch (what) {
	case SEAL_SECRET:
		return "secret";
	case SEAL_HEADERS:
		return "headers";
	case SEAL_CLIENT_KEY:
		return "client_key";
	}
	return NULL;
}

/* Starts either way, with what is bound but not encrypted. */
static EVP_CIPHER_CTX *
begin(
    const struct key *key, enum seal_what what, int64_t endpoint, const uint8_t *head, int encrypts)
{
	EVP_CIPHER_CTX *context = EVP_CIPHER_CTX_new();
	char place[48];
	int len,
	    place_len = snprintf(place, sizeof(place), "%" PRId64 " %s", endpoint, what_word(what));

	require(context != NULL &&
		EVP_CipherInit_ex(context, EVP_aes_256_gcm(), NULL, key->bytes,
		    head + SEAL_HEAD_BYTES, encrypts) == 1 &&
		EVP_CipherUpdate(context, NULL, &len, head, SEAL_HEAD_BYTES) == 1 &&
		EVP_CipherUpdate(context, NULL, &len, (const uint8_t *)place, place_len) == 1);
	return context;
}

struct sealed
seal(enum seal_what what, int64_t endpoint, const char *text)
{
	struct sealed out = {NULL, 0};
	EVP_CIPHER_CTX *context;
	uint8_t *at;
	int len, rest;

	if (text == NULL)
		return out;
	require(held.count > 0);
	len = (int)strlen(text);
	out.len = SEAL_HEAD_BYTES + NONCE_BYTES + (size_t)len + TAG_BYTES;
	out.bytes = xmalloc(out.len);
	at = out.bytes + seal_head(out.bytes);
	require(RAND_bytes(at, NONCE_BYTES) == 1);
	at += NONCE_BYTES;
	context = begin(&held.keys[0], what, endpoint, out.bytes, 1);
	require(
	    EVP_CipherUpdate(context, at, &len, (const uint8_t *)text, len) == 1 &&
	    EVP_CipherFinal_ex(context, at + len, &rest) == 1 &&
	    EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_GCM_GET_TAG, TAG_BYTES, at + len + rest) == 1);
	EVP_CIPHER_CTX_free(context);
	return out;
}

bool
seal_is(const void *bytes, size_t len)
{
	return len >= SEAL_HEAD_BYTES + NONCE_BYTES + TAG_BYTES &&
	       *(const uint8_t *)bytes == VERSION;
}

static const struct key *
key_of(const uint8_t *id)
{
	for (size_t i = 0; i < held.count; i++)
		if (memcmp(held.keys[i].id, id, ID_BYTES) == 0)
			return &held.keys[i];
	return NULL;
}

char *
seal_open(enum seal_what what, int64_t endpoint, const void *bytes, size_t len, const char **why)
{
	const uint8_t *head = bytes, *at = head + SEAL_HEAD_BYTES + NONCE_BYTES;
	const struct key *key = seal_is(bytes, len) ? key_of(head + 1) : NULL;
	EVP_CIPHER_CTX *context;
	uint8_t tag[TAG_BYTES];
	int text_len, rest;
	char *text;
	bool good;

	*why = seal_is(bytes, len) ? "it is under none of the keys of secrets_key"
				   : "it is not sealed: run `samordnad migrate`";
	if (key == NULL)
		return NULL;
	text_len = (int)(len - (size_t)(at - head) - TAG_BYTES);
	memcpy(tag, at + text_len, TAG_BYTES);
	text = xcalloc(1, (size_t)text_len + 1);
	context = begin(key, what, endpoint, head, 0);
	good = EVP_CipherUpdate(context, (uint8_t *)text, &text_len, at, text_len) == 1 &&
	       EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_GCM_SET_TAG, TAG_BYTES, tag) == 1 &&
	       EVP_CipherFinal_ex(context, (uint8_t *)text + text_len, &rest) == 1;
	EVP_CIPHER_CTX_free(context);
	if (good)
		return text;
	*why = "it was changed, or is another endpoint's";
	seal_wipe(text);
	return NULL;
}

void
seal_wipe(char *text)
{
	if (text == NULL)
		return;
	OPENSSL_cleanse(text, strlen(text));
	free(text);
}
