/*
 * What an admin says of an endpoint (contract.md §3: /v1/endpoints): bytes to what is to be stored,
 * or the exact complaints. Owns what an endpoint's URL may be, also for the verb `load`. May block
 * on a name's lookup, so not for the loop. Knows no HTTP and no database.
 */
#ifndef SAMORDNAD_ENDPOINT_FORM_H
#define SAMORDNAD_ENDPOINT_FORM_H

#include "config.h"
#include "curl.h"
#include "identity.h"
#include "push.h"
#include "region_file.h"
#include "signature.h"

#include <stdbool.h>
#include <stddef.h>

#define ENDPOINT_BODY_BYTES_MAX 262144
#define ENDPOINT_URL_MAX 2001 /* the NUL included */
#define ENDPOINT_VALID_DAYS_MAX 7
#define ENDPOINT_VALID_DAYS 1 /* of a secret that is replaced, if nothing is said */

enum endpoint_verb {
	ENDPOINT_CREATE, /* {unit, url, secret?, headers?, ca?, client_cert?, client_key?} */
	ENDPOINT_CHANGE, /* {url?, headers?, ca?, client_cert?, client_key?} */
	ENDPOINT_ROTATE, /* {valid_days?, secret?} */
	ENDPOINT_PAUSE,	 /* nothing; so are the next */
	ENDPOINT_RESUME,
	ENDPOINT_DELETE
};

struct endpoint_form {
	char unit[IDENTITY_HSA_MAX];
	char url[ENDPOINT_URL_MAX]; /* "": as before */
	char secret[SIGNATURE_SECRET_TEXT_MAX];
	int valid_days;
	/* What was given; null takes away what was there. */
	bool headers_given, ca_given, client_cert_given;
	char *headers[PUSH_HEADERS_MAX]; /* "name: value"; the form's, as the next */
	size_t header_count;
	char *ca, *client_cert, *client_key; /* PEM */
};
void endpoint_form_free(struct endpoint_form *form); /* what it owns */

/*
 * Reads a body into *out, which is to be freed in any case, fresh secret included; with each member
 * that is wrong complain is called, and false returned. Names in URLs are looked up. A body that is
 * not an object: a complaint at "".
 */
bool endpoint_form_read(enum endpoint_verb verb, const char *body, size_t len,
    const struct config *config, struct endpoint_form *out, region_file_complain *complain,
    void *arg);

/*
 * NULL, and host is what it names, or why no endpoint may have this URL (a static sentence): its
 * form, and the settings; the host is not looked up.
 */
const char *endpoint_url_refusal(
    const struct config *config, const char *url, char host[static CURL_HOST_MAX]);

/*
 * Calls complain at pointer for every address that a host has now and nothing may be sent to: which
 * of them is taken is not ours to say. flags, and what is returned, are getaddrinfo's: 0, or why no
 * address is known.
 */
int endpoint_addresses_check(const struct config *config, const char *host, int flags,
    const char *pointer, region_file_complain *complain, void *arg);

#endif
