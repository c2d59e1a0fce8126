/* What an admin says of an endpoint; see endpoint_form.h. */
#include "endpoint_form.h"

#include "address.h"
#include "curl.h"
#include "log.h"
#include "push.h"

#include <arpa/inet.h>
#include <jansson.h>
#include <netdb.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>

#define SECRET_BYTES 32
#define WHAT_MAX 200

/* A body being read. */
struct form {
	enum endpoint_verb verb;
	const struct config *config;
	struct endpoint_form *out;
	region_file_complain *complain;
	void *arg;
	bool good;
};

static void
complain(struct form *f, const char *pointer, const char *what)
{
	f->good = false;
	f->complain(pointer, what, f->arg);
}

/* ---- URLs ---- */

static const char *
url_refusal(const struct config *config, const char *url, char host[static CURL_HOST_MAX])
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

const char *
endpoint_url_refusal(const struct config *config, const char *url)
{
	char host[CURL_HOST_MAX];

	return url_refusal(config, url, host);
}

static void
address_read(struct form *f, const struct sockaddr *address, socklen_t len)
{
	char text[INET6_ADDRSTRLEN] = "?", what[WHAT_MAX];
	const char *special = address_special(address);

	if (push_address_allowed(f->config, address))
		return;
	getnameinfo(address, len, text, sizeof(text), NULL, 0, NI_NUMERICHOST);
	snprintf(what, sizeof(what),
	    "its address %s is %s, and in no network of push_allowed_networks", text,
	    special != NULL ? special : "special");
	complain(f, "/url", what);
}

/* Every address that the name has now must be allowed: which of them is taken is not ours to say.
 */
static void
host_look_up(struct form *f, const char *host)
{
	const struct addrinfo hints = {.ai_family = AF_UNSPEC, .ai_socktype = SOCK_STREAM};
	struct addrinfo *list = NULL;

	if (getaddrinfo(host, NULL, &hints, &list) != 0 || list == NULL) {
		complain(f, "/url", "its name has no address");
		return;
	}
	for (const struct addrinfo *a = list; a != NULL; a = a->ai_next)
		address_read(f, a->ai_addr, a->ai_addrlen);
	freeaddrinfo(list);
}

/* ---- Members ---- */

static void
unit_read(struct form *f, const json_t *value)
{
	const char *text = json_string_value(value);

	if (text == NULL || !identity_hsa_valid(text, strlen(text)))
		complain(f, "/unit", "must be a unit's HSA-id");
	else
		snprintf(f->out->unit, sizeof(f->out->unit), "%s", text);
}

static void
url_read(struct form *f, const json_t *value)
{
	const char *text = json_string_value(value), *why;
	char host[CURL_HOST_MAX];

	if (text == NULL || strlen(text) >= ENDPOINT_URL_MAX) {
		complain(f, "/url", "must be a URL of at most 2000 characters");
		return;
	}
	why = url_refusal(f->config, text, host);
	if (why != NULL) {
		complain(f, "/url", why);
		return;
	}
	snprintf(f->out->url, sizeof(f->out->url), "%s", text);
	host_look_up(f, host);
}

static void
secret_read(struct form *f, const json_t *value)
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
valid_days_read(struct form *f, const json_t *value)
{
	json_int_t days = json_is_integer(value) ? json_integer_value(value) : -1;

	if (days < 0 || days > ENDPOINT_VALID_DAYS_MAX)
		complain(f, "/valid_days", "must be a whole number, 0 to 7");
	else
		f->out->valid_days = (int)days;
}

#define OF(verb) (1u << (verb))
static const struct {
	const char *name;
	unsigned verbs, required; /* bits of enum endpoint_verb */
	void (*read)(struct form *f, const json_t *value);
} members[] = {
    {"unit", OF(ENDPOINT_CREATE), OF(ENDPOINT_CREATE), unit_read},
    {"url", OF(ENDPOINT_CREATE) | OF(ENDPOINT_CHANGE), OF(ENDPOINT_CREATE), url_read},
    {"secret", OF(ENDPOINT_CREATE) | OF(ENDPOINT_ROTATE), 0, secret_read},
    {"valid_days", OF(ENDPOINT_ROTATE), 0, valid_days_read},
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
	char pointer[64];
	const char *name;
	json_t *value;

	json_object_foreach(object, name, value)
	{
		snprintf(pointer, sizeof(pointer), "/%.60s", name);
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
	struct form f = {verb, config, out, complain_to, arg, true};
	json_t *object;

	*out = (struct endpoint_form){.valid_days = ENDPOINT_VALID_DAYS};
	secret_new(out->secret);
	if (verb >= ENDPOINT_PAUSE)
		return true;
	object = json_loadb(body, len, JSON_REJECT_DUPLICATES, NULL);
	if (json_is_object(object))
		members_read(&f, object);
	else
		complain(&f, "", "must be one JSON object in UTF-8, without doubled members");
	json_decref(object);
	return f.good;
}
