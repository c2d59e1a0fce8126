/* What an admin says of an endpoint; see endpoint_form.h. */
#include "endpoint_form.h"

#include "address.h"
#include "log.h"
#include "pointer.h"
#include "seal.h"

#include <arpa/inet.h>
#include <jansson.h>
#include <netdb.h>
#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/random.h>

#define SECRET_BYTES 32
#define WHAT_MAX 200
#define HEADER_NAME_MAX 64
#define HEADER_VALUE_MAX 4000
#define PEM_BYTES_MAX 200000

/* A body being read. */
struct form {
	enum endpoint_verb verb;
	const struct config *config;
	struct endpoint_form *out;
	region_file_complain *complain;
	void *arg;
	bool good;
	json_t *object;
};

static void
complain(struct form *f, const char *pointer, const char *what)
{
	f->good = false;
	f->complain(pointer, what, f->arg);
}

/* ---- URLs ---- */

const char *
endpoint_url_refusal(const struct config *config, const char *url, char host[static CURL_HOST_MAX])
{
	const char *why = push_url_refusal(config, url);
	unsigned port;

	if (why != NULL)
		return why;
	if (strncmp(url, "http", 4) != 0)
		return "the URL's scheme must be in small letters";
	for (const char *c = url; *c != '\0'; c++)
		if (*c < '!' || *c > '~')
			return "must be visible ASCII";
	return curl_url_read(url, host, &port);
}

int
endpoint_addresses_check(const struct config *config, const char *host, int flags,
    const char *pointer, region_file_complain *complain_to, void *arg)
{
	const struct addrinfo hints = {
	    .ai_family = AF_UNSPEC, .ai_socktype = SOCK_STREAM, .ai_flags = flags};
	struct addrinfo *list = NULL;
	int code = getaddrinfo(host, NULL, &hints, &list);

	for (const struct addrinfo *a = code == 0 ? list : NULL; a != NULL; a = a->ai_next) {
		char text[INET6_ADDRSTRLEN] = "?", what[WHAT_MAX];
		const char *special = address_special(a->ai_addr);

		if (push_address_allowed(config, a->ai_addr))
			continue;
		getnameinfo(a->ai_addr, a->ai_addrlen, text, sizeof(text), NULL, 0, NI_NUMERICHOST);
		snprintf(what, sizeof(what),
		    "its address %s is %s, and in no network of push_allowed_networks", text,
		    special != NULL ? special : "special");
		complain_to(pointer, what, arg);
	}
	if (code == 0)
		freeaddrinfo(list);
	return code;
}

/* ---- Members ---- */

static void
unit_read(struct form *f, json_t *value)
{
	const char *text = json_string_value(value);

	if (text == NULL || !identity_hsa_valid(text, strlen(text)))
		complain(f, "/unit", "must be a unit's HSA-id");
	else
		snprintf(f->out->unit, sizeof(f->out->unit), "%s", text);
}

static void
complain_of_address(const char *pointer, const char *what, void *arg)
{
	complain(arg, pointer, what);
}

static void
url_read(struct form *f, json_t *value)
{
	const char *text = json_string_value(value), *why;
	char host[CURL_HOST_MAX];

	if (text == NULL || strlen(text) >= ENDPOINT_URL_MAX) {
		complain(f, "/url", "must be a URL of at most 2000 characters");
		return;
	}
	why = endpoint_url_refusal(f->config, text, host);
	if (why != NULL) {
		complain(f, "/url", why);
		return;
	}
	snprintf(f->out->url, sizeof(f->out->url), "%s", text);
	if (endpoint_addresses_check(f->config, host, 0, "/url", complain_of_address, f) != 0)
		complain(f, "/url", "its name has no address");
}

static void
secret_read(struct form *f, json_t *value)
{
	const char *text = json_string_value(value), *why = "must be text";
	struct signing_key *key = NULL;

	if (text != NULL)
		why = signing_key_new(text, strlen(text), &key);
	signing_key_free(key);
	if (why != NULL)
		complain(f, "/secret", why);
	else
		snprintf(f->out->secret, sizeof(f->out->secret), "%s", text);
}

static void
valid_days_read(struct form *f, json_t *value)
{
	json_int_t days = json_is_integer(value) ? json_integer_value(value) : -1;

	if (days < 0 || days > ENDPOINT_VALID_DAYS_MAX)
		complain(f, "/valid_days", "must be a whole number, 0 to 7");
	else
		f->out->valid_days = (int)days;
}

/* ---- Headers ---- */

/* Those that are ours, or the connection's, and so no endpoint's. */
static const char *const reserved[] = {"accept-encoding", "connection", "content-encoding",
    "content-length", "content-type", "expect", "host", "keep-alive", "te", "trailer",
    "transfer-encoding", "upgrade", "user-agent"};

static bool
is_reserved(const char *name)
{
	for (size_t i = 0; i < sizeof(reserved) / sizeof(*reserved); i++)
		if (strcasecmp(name, reserved[i]) == 0)
			return true;
	return strncasecmp(name, "webhook-", 8) == 0 || strncasecmp(name, "proxy-", 6) == 0;
}

static bool
is_token(const char *name)
{
	size_t len = strspn(name, "!#$%&'*+-.^_`|~0123456789"
				  "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ");

	return len > 0 && len <= HEADER_NAME_MAX && name[len] == '\0';
}

/* Visible ASCII, with spaces inside. */
static bool
is_header_value(const char *text)
{
	size_t len = strlen(text);

	for (size_t i = 0; i < len; i++)
		if (text[i] < ' ' || text[i] > '~')
			return false;
	return len > 0 && len <= HEADER_VALUE_MAX && text[0] != ' ' && text[len - 1] != ' ';
}

static bool
header_listed(const struct form *f, const char *name)
{
	size_t len = strlen(name);

	for (size_t i = 0; i < f->out->header_count; i++)
		if (strncasecmp(f->out->headers[i], name, len) == 0 &&
		    f->out->headers[i][len] == ':')
			return true;
	return false;
}

static const char *
header_wrong(const struct form *f, const char *name, const char *text)
{
	if (!is_token(name))
		return "has a name that is none of a header";
	if (is_reserved(name))
		return "is set by samordnad itself, or belongs to the connection";
	if (header_listed(f, name))
		return "stands twice";
	if (text == NULL || !is_header_value(text))
		return "must be text of 1 to 4000 characters of ASCII, without spaces around it";
	return f->out->header_count == PUSH_HEADERS_MAX ? "is one more than 20" : NULL;
}

static void
header_read(struct form *f, const char *name, const json_t *value)
{
	const char *text = json_string_value(value), *why = header_wrong(f, name, text);
	char pointer[POINTER_TOKEN_MAX + 16] = "/headers", *line = NULL;

	/* A name that can be none is not said again. */
	if (is_token(name))
		pointer_enter(pointer, sizeof(pointer), name);
	if (why != NULL) {
		complain(f, pointer, why);
		return;
	}
	require(asprintf(&line, "%s: %s", name, text) > 0);
	f->out->headers[f->out->header_count++] = line;
}

static void
headers_read(struct form *f, json_t *value)
{
	const char *name;
	json_t *text;

	f->out->headers_given = true;
	if (!json_is_object(value) && !json_is_null(value))
		complain(f, "/headers", "must be an object of header names and their values");
	json_object_foreach(value, name, text)
	{
		header_read(f, name, text);
	}
}

/* ---- Certificates ---- */

/* A key under a passphrase is no use to a daemon: nobody is asked. */
static int
no_passphrase(char *out, int size, int writing, void *arg)
{
	(void)out;
	(void)size;
	(void)writing;
	(void)arg;
	return 0;
}

/* The first certificate; NULL if there is none, or another cannot be read. */
static X509 *
certificates_read(const char *pem)
{
	BIO *bio = BIO_new_mem_buf(pem, -1);
	X509 *first = NULL, *next;

	require(bio != NULL);
	ERR_clear_error();
	while ((next = PEM_read_bio_X509(bio, NULL, no_passphrase, NULL)) != NULL) {
		if (first == NULL)
			first = next;
		else
			X509_free(next);
	}
	if (ERR_GET_REASON(ERR_peek_last_error()) != PEM_R_NO_START_LINE) {
		X509_free(first);
		first = NULL;
	}
	ERR_clear_error();
	BIO_free(bio);
	return first;
}

static EVP_PKEY *
key_read(const char *pem)
{
	BIO *bio = BIO_new_mem_buf(pem, -1);
	EVP_PKEY *key;

	require(bio != NULL);
	key = PEM_read_bio_PrivateKey(bio, NULL, no_passphrase, NULL);
	ERR_clear_error();
	BIO_free(bio);
	return key;
}

static void
ca_read(struct form *f, json_t *value)
{
	const char *text = json_string_value(value);
	X509 *first = NULL;

	f->out->ca_given = true;
	if (json_is_null(value))
		return;
	if (text != NULL && strlen(text) <= PEM_BYTES_MAX)
		first = certificates_read(text);
	if (first == NULL)
		complain(f, "/ca", "must be certificates as PEM text, at most 200 kB");
	else
		f->out->ca = xstrdup(text);
	X509_free(first);
}

static void
pair_check(struct form *f, const char *cert_text, const char *key_text)
{
	X509 *cert = cert_text != NULL && strlen(cert_text) <= PEM_BYTES_MAX
			 ? certificates_read(cert_text)
			 : NULL;
	EVP_PKEY *key =
	    key_text != NULL && strlen(key_text) <= PEM_BYTES_MAX ? key_read(key_text) : NULL;

	if (cert == NULL)
		complain(f, "/client_cert", "must be certificates as PEM text, at most 200 kB");
	if (key == NULL)
		complain(f, "/client_key", "must be a private key as PEM text, without passphrase");
	if (cert != NULL && key != NULL && X509_check_private_key(cert, key) != 1)
		complain(f, "/client_key", "is not the key of the first certificate");
	ERR_clear_error();
	X509_free(cert);
	EVP_PKEY_free(key);
}

/* The certificate and its key come, and go, together. */
static void
client_cert_read(struct form *f, json_t *value)
{
	const json_t *key = json_object_get(f->object, "client_key");

	f->out->client_cert_given = true;
	if (key == NULL) {
		complain(f, "/client_key", "is missing");
		return;
	}
	if (json_is_null(value) && json_is_null(key))
		return;
	pair_check(f, json_string_value(value), json_string_value(key));
	if (!f->good)
		return;
	f->out->client_cert = xstrdup(json_string_value(value));
	f->out->client_key = xstrdup(json_string_value(key));
}

static void
client_key_read(struct form *f, json_t *value)
{
	(void)value;
	if (json_object_get(f->object, "client_cert") == NULL)
		complain(f, "/client_cert", "is missing");
}

#define OF(verb) (1u << (verb))
static const struct {
	const char *name;
	unsigned verbs, required; /* bits of enum endpoint_verb */
	void (*read)(struct form *f, json_t *value);
} members[] = {
    {"unit", OF(ENDPOINT_CREATE), OF(ENDPOINT_CREATE), unit_read},
    {"url", OF(ENDPOINT_CREATE) | OF(ENDPOINT_CHANGE), OF(ENDPOINT_CREATE), url_read},
    {"secret", OF(ENDPOINT_CREATE) | OF(ENDPOINT_ROTATE), 0, secret_read},
    {"valid_days", OF(ENDPOINT_ROTATE), 0, valid_days_read},
    {"headers", OF(ENDPOINT_CREATE) | OF(ENDPOINT_CHANGE), 0, headers_read},
    {"ca", OF(ENDPOINT_CREATE) | OF(ENDPOINT_CHANGE), 0, ca_read},
    {"client_cert", OF(ENDPOINT_CREATE) | OF(ENDPOINT_CHANGE), 0, client_cert_read},
    {"client_key", OF(ENDPOINT_CREATE) | OF(ENDPOINT_CHANGE), 0, client_key_read},
};
#define MEMBERS (sizeof(members) / sizeof(*members))

static bool
knows(enum endpoint_verb verb, const char *name)
{
	for (size_t i = 0; i < MEMBERS; i++)
		if (members[i].verbs & OF(verb) && strcmp(members[i].name, name) == 0)
			return true;
	return false;
}

static void
members_read(struct form *f, json_t *object)
{
	char pointer[POINTER_TOKEN_MAX + 2];
	const char *name;
	json_t *value;

	json_object_foreach(object, name, value)
	{
		pointer[0] = '\0';
		pointer_enter(pointer, sizeof(pointer), name);
		if (!knows(f->verb, name))
			complain(f, pointer, "is no member of this object");
	}
	for (size_t i = 0; i < MEMBERS; i++) {
		snprintf(pointer, sizeof(pointer), "/%s", members[i].name);
		value = json_object_get(object, members[i].name);
		if (value == NULL && members[i].required & OF(f->verb))
			complain(f, pointer, "is missing");
		else if (value != NULL && members[i].verbs & OF(f->verb))
			members[i].read(f, value);
	}
}

static void
secret_new(char out[static SIGNATURE_SECRET_TEXT_MAX])
{
	uint8_t bytes[SECRET_BYTES];

	require(getrandom(bytes, sizeof(bytes), 0) == (ssize_t)sizeof(bytes));
	signature_secret_format(bytes, sizeof(bytes), out);
}

bool
endpoint_form_read(enum endpoint_verb verb, const char *body, size_t len,
    const struct config *config, struct endpoint_form *out, region_file_complain *complain_to,
    void *arg)
{
	struct form f = {verb, config, out, complain_to, arg, true, NULL};
	json_t *object;

	*out = (struct endpoint_form){.valid_days = ENDPOINT_VALID_DAYS};
	secret_new(out->secret);
	if (verb >= ENDPOINT_PAUSE)
		return true;
	object = json_loadb(body, len, JSON_REJECT_DUPLICATES, NULL);
	f.object = object;
	if (json_is_object(object))
		members_read(&f, object);
	else
		complain(&f, "", "must be one JSON object in UTF-8, without doubled members");
	json_decref(object);
	return f.good;
}

void
endpoint_form_free(struct endpoint_form *form)
{
	for (size_t i = 0; i < form->header_count; i++)
		seal_wipe(form->headers[i]);
	free(form->ca);
	free(form->client_cert);
	seal_wipe(form->client_key);
	OPENSSL_cleanse(form->secret, sizeof(form->secret));
}
