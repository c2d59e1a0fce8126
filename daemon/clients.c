/*
 * Clients in memory, and tokens: found by the hash of what was sent. Knows no database and no HTTP.
 */
#include "clients.h"

#include "log.h"

#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#define TOKEN_PREFIX "smd_"
#define TOKEN_BYTES 32

struct token {
	uint8_t hash[SHA256_BYTES];
	int client; /* index; -1: the place is empty */
	instant expires_at;
};

struct clients {
	struct client *client; /* sorted by number */
	struct rate *rate;     /* of each */
	int client_count, client_room;
	unit_id *unit;
	int unit_count, unit_room;
	struct token
	    *token; /* a hash table, at most half full, probed linearly by the hash's first bytes */
	uint32_t token_mask;
	int token_count, token_room;
};

struct clients *
clients_new(int client_count, int unit_count, int token_count)
{
	struct clients *c = xcalloc(1, sizeof(*c));
	uint32_t size = 8;

	require(client_count >= 0 && unit_count >= 0 && token_count >= 0);
	c->client = xcalloc((size_t)client_count, sizeof(*c->client));
	c->rate = xcalloc((size_t)client_count, sizeof(*c->rate));
	c->client_room = client_count;
	c->unit = xcalloc((size_t)unit_count, sizeof(*c->unit));
	c->unit_room = unit_count;
	while (size < 2 * (uint32_t)token_count)
		size *= 2;
	c->token = xcalloc(size, sizeof(*c->token));
	c->token_mask = size - 1;
	c->token_room = token_count;
	for (uint32_t i = 0; i < size; i++)
		c->token[i].client = -1;
	return c;
}

void
clients_free(struct clients *clients)
{
	if (clients == NULL)
		return;
	free(clients->client);
	free(clients->rate);
	free(clients->unit);
	free(clients->token);
	free(clients);
}

/* The index of a client by its number, or -1. */
static int
client_index(const struct clients *c, int64_t client)
{
	int low = 0, high = c->client_count;

	while (low < high) {
		int middle = low + (high - low) / 2;

		if (c->client[middle].client < client)
			low = middle + 1;
		else
			high = middle;
	}
	return low < c->client_count && c->client[low].client == client ? low : -1;
}

void
clients_add(struct clients *clients, const struct client *client)
{
	struct client *mine = &clients->client[clients->client_count];

	require(clients->client_count < clients->client_room);
	require(clients->client_count == 0 || mine[-1].client < client->client);
	*mine = *client;
	mine->unit_first = mine->unit_count = 0;
	clients->client_count++;
}

void
clients_add_unit(struct clients *clients, int64_t client, unit_id unit)
{
	int index = client_index(clients, client);
	struct client *mine;

	if (index < 0)
		return;
	require(clients->unit_count < clients->unit_room);
	mine = &clients->client[index];
	if (mine->unit_count == 0)
		mine->unit_first = clients->unit_count;
	require(mine->unit_first + mine->unit_count == clients->unit_count);
	clients->unit[clients->unit_count++] = unit;
	mine->unit_count++;
}

/* Where the hash's place in the table begins; a SHA-256 is as good a hash as any. */
static uint32_t
token_place(const struct clients *c, const uint8_t hash[static SHA256_BYTES])
{
	uint32_t place;

	memcpy(&place, hash, sizeof(place));
	return place & c->token_mask;
}

void
clients_add_token(struct clients *clients, const uint8_t hash[static SHA256_BYTES], int64_t client,
    instant expires_at)
{
	int index = client_index(clients, client);
	uint32_t at = token_place(clients, hash);

	if (index < 0)
		return;
	require(clients->token_count < clients->token_room);
	while (clients->token[at].client >= 0)
		at = (at + 1) & clients->token_mask;
	memcpy(clients->token[at].hash, hash, SHA256_BYTES);
	clients->token[at].client = index;
	clients->token[at].expires_at = expires_at;
	clients->token_count++;
}

const struct client *
clients_find(const struct clients *clients, const char *bearer, size_t len, instant now)
{
	uint8_t hash[SHA256_BYTES];

	signature_token_hash(bearer, len, hash);
	for (uint32_t at = token_place(clients, hash); clients->token[at].client >= 0;
	     at = (at + 1) & clients->token_mask) {
		const struct token *token = &clients->token[at];
		const struct client *client = &clients->client[token->client];

		if (!signature_equal(token->hash, hash, SHA256_BYTES))
			continue;
		return now < token->expires_at && now < client->revoked_at ? client : NULL;
	}
	return NULL;
}

bool
client_fits_certificate(const struct client *client, const char *hsa_id, size_t len)
{
	size_t wanted = strlen(client->certificate);

	return wanted == 0 || (wanted == len && memcmp(client->certificate, hsa_id, len) == 0);
}

bool
client_has_unit(
    const struct clients *clients, const struct client *client, unit_id unit, int64_t org)
{
	if (client->unit_count == 0)
		return client->org != 0 && client->org == org;
	for (int i = 0; i < client->unit_count; i++)
		if (clients->unit[client->unit_first + i] == unit)
			return true;
	return false;
}

const unit_id *
client_units(const struct clients *clients, const struct client *client, int *count)
{
	*count = client->unit_count;
	return clients->unit + client->unit_first;
}

struct rate *
client_rate(const struct clients *clients, const struct client *client)
{
	return &clients->rate[client - clients->client];
}

int
clients_count(const struct clients *clients)
{
	return clients->client_count;
}

/* ---- Words and tokens ---- */

static const struct {
	enum client_role role;
	const char *word;
} roles[] = {
    {CLIENT_HOSPITAL, "hospital"},
    {CLIENT_UNIT, "unit"},
    {CLIENT_OPS, "ops"},
    {CLIENT_ADMIN, "admin"},
};

unsigned
client_role_from(const char *word, size_t len)
{
	for (size_t i = 0; i < sizeof(roles) / sizeof(*roles); i++)
		if (strlen(roles[i].word) == len && memcmp(roles[i].word, word, len) == 0)
			return roles[i].role;
	return 0;
}

const char *
client_role_word(enum client_role role)
{
	for (size_t i = 0; i < sizeof(roles) / sizeof(*roles); i++)
		if (roles[i].role == role)
			return roles[i].word;
	log_abort("no such role", __FILE__, __LINE__);
}

void
client_token_new(char out[static CLIENT_TOKEN_TEXT_MAX])
{
	static const char digits[] =
	    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
	uint8_t bytes[TOKEN_BYTES];
	unsigned bits = 0, bit_count = 0;
	size_t len = sizeof(TOKEN_PREFIX) - 1;

	require(getrandom(bytes, sizeof(bytes), 0) == (ssize_t)sizeof(bytes));
	memcpy(out, TOKEN_PREFIX, len);
	for (size_t i = 0; i < sizeof(bytes); i++) {
		bits = (bits << 8 | bytes[i]) & 0xFFFF;
		for (bit_count += 8; bit_count >= 6; bit_count -= 6)
			out[len++] = digits[bits >> (bit_count - 6) & 63];
	}
	out[len++] = digits[bits << (6 - bit_count) & 63];
	require(len == CLIENT_TOKEN_TEXT_MAX - 1);
	out[len] = '\0';
	explicit_bzero(bytes, sizeof(bytes));
}
