/* At run time another library may be loaded than the one that was built with. */
#include "libraries.h"

#include <curl/curl.h>
#include <event2/event.h>
#include <jansson.h>
#include <libpq-fe.h>
#include <openssl/crypto.h>
#include <stdio.h>
#include <stdlib.h>

bool
version_is_at_least(const char *version, const char *least)
{
	while (*least != '\0') {
		char *rest, *rest_least;
		long has = strtol(version, &rest, 10), wants = strtol(least, &rest_least, 10);

		if (has != wants)
			return has > wants;
		version = *rest == '.' ? rest + 1 : "";
		least = *rest_least == '.' ? rest_least + 1 : "";
	}
	return true;
}

bool
libraries_fit(char *why, size_t why_cap)
{
	char libpq[16];
	const struct {
		const char *name, *version, *least;
	} libraries[] = {
	    {"libevent", event_get_version(), MINIMUM_LIBEVENT},
	    {"libpq", libpq, MINIMUM_LIBPQ},
	    {"jansson", jansson_version_str(), MINIMUM_JANSSON},
	    {"libcurl", curl_version_info(CURLVERSION_NOW)->version, MINIMUM_LIBCURL},
	    {"openssl", OpenSSL_version(OPENSSL_VERSION_STRING), MINIMUM_OPENSSL},
	};

	snprintf(libpq, sizeof(libpq), "%d.%d", PQlibVersion() / 10000, PQlibVersion() % 10000);
	for (size_t i = 0; i < sizeof(libraries) / sizeof(*libraries); i++) {
		if (version_is_at_least(libraries[i].version, libraries[i].least))
			continue;
		snprintf(why, why_cap, "%s is %s and must be at least %s", libraries[i].name,
		    libraries[i].version, libraries[i].least);
		return false;
	}
	return true;
}
