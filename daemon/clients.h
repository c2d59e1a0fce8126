/*
 * Who may call, and as what (contract.md §4): clients and their bearer tokens in memory. Owns the
 * form of a token, and finding a client by one. Of a token only the SHA-256 is kept, here and in
 * the database. Knows no HTTP and no routes.
 */
#ifndef SAMORDNAD_CLIENTS_H
#define SAMORDNAD_CLIENTS_H

#include "fact.h"
#include "identity.h"
#include "instant.h"
#include "signature.h"
#include "throttle.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define CLIENT_NAME_MAX 64
#define CLIENT_TOKEN_TEXT_MAX \
	48 /* "smd_", 43 characters of base64url of 32 random bytes, and the NUL */

enum client_role {
	CLIENT_HOSPITAL = 1, /* speaks for wards */
	CLIENT_UNIT = 2,     /* speaks for units that get notices */
	CLIENT_OPS = 4,	     /* runs the daemon; sees no patient */
	CLIENT_ADMIN = 8,    /* changes the register */
};

struct client {
	int64_t client; /* the database's number */
	char name[CLIENT_NAME_MAX];
	int64_t org;			    /* organisationsnummer, ten digits; 0: none */
	unsigned roles;			    /* enum client_role */
	instant revoked_at;		    /* or INSTANT_NEVER */
	char certificate[IDENTITY_HSA_MAX]; /* HSA-id of the one it is bound to; "": none */
	int unit_first,
	    unit_count; /* its rows of client units; none: every unit of its organisation */
};

/* Who calls, as it is recorded. */
struct caller {
	int64_t client;
	char person[IDENTITY_HSA_MAX]; /* the HSA-id of who stands behind it, as the client says; or
					  "" */
};

struct clients;

/*
 * Fill: clients first, then their units in the same order, then tokens; then clients_index. All are
 * copied.
 */
struct clients *clients_new(int client_count, int unit_count, int token_count);
void clients_free(struct clients *clients); /* NULL is allowed */
void clients_add(struct clients *clients, const struct client *client);
/* client: a number of clients_add, else it is ignored. */
void clients_add_unit(struct clients *clients, int64_t client, unit_id unit);
void clients_add_token(struct clients *clients, const uint8_t hash[static SHA256_BYTES],
    int64_t client, instant expires_at); /* INSTANT_NEVER: does not expire */

/*
 * The client of a bearer token (the text after "Bearer ") at now, which is real time; NULL if there
 * is none, it has expired or its client is revoked. Borrowed as long as clients.
 */
const struct client *clients_find(
    const struct clients *clients, const char *bearer, size_t len, instant now);

/*
 * Whether the client may come with the certificate that holds this HSA-id (NULL and 0: it comes
 * with none): it is the one that it is bound to, to the letter, or it is bound to none.
 */
bool client_fits_certificate(const struct client *client, const char *hsa_id, size_t len);

/*
 * Whether a client may speak and read for a unit of that number and organisation. Its roles are
 * another question.
 */
bool client_has_unit(
    const struct clients *clients, const struct client *client, unit_id unit, int64_t org);

/* The client's units as listed, *count of them; 0 if it has every unit of its organisation. */
const unit_id *client_units(const struct clients *clients, const struct client *client, int *count);

/* How much the client has asked of late; begins anew with clients. */
struct rate *client_rate(const struct clients *clients, const struct client *client);

int clients_count(const struct clients *clients);

/* "hospital", "unit", "ops", "admin"; 0 if it is none of these. */
unsigned client_role_from(const char *word, size_t len);
const char *client_role_word(enum client_role role);

/* Makes a new random token. */
void client_token_new(char out[static CLIENT_TOKEN_TEXT_MAX]);

#endif
