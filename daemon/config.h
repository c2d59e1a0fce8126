/*
 * The settings: one table, from which the struct, the parser, the manual and the dump are made, so
 * that they cannot drift apart. Secrets are not settings: libpq reads its own password file
 * (passfile= in `database`).
 */
#ifndef SAMORDNAD_CONFIG_H
#define SAMORDNAD_CONFIG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/socket.h>

#include "log.h"

/* LIVE: taken over at SIGHUP. RESTART: read once at start. */
enum config_change { CONFIG_LIVE, CONFIG_RESTART };

/*
 * INT(name, default, least, most, unit, change, help)      int64_t; the unit is shown in the manual
 * BOOL(name, default, change, help)                        bool; "on" or "off"
 * LEVEL(name, default, change, help)                       enum log_level by its name
 * TEXT(name, kind, default, change, help)                  char *; kind says what it must look like
 */
#define CONFIG_TABLE(INT, BOOL, LEVEL, TEXT) \
	TEXT(listen, ADDRESS, "127.0.0.1:8612", CONFIG_RESTART, \
	    "Where to listen: address:port, [address]:port, unix:/path, or fd:3, the socket that " \
	    "systemd holds.") \
	TEXT(proxy_listen, PROXY, "", CONFIG_RESTART, \
	    "Where the proxy that ends TLS connects, besides: unix:/path, or fd:4, held by " \
	    "systemd; nothing: there is none. Only there is the header samordnad-certificate " \
	    "believed, and nobody there is local.") \
	TEXT(database, CONNINFO, "dbname=samordnad", CONFIG_RESTART, \
	    "libpq connection string or URI. Several hosts are tried in turn. A password must be " \
	    "in a file, named by passfile=.") \
	TEXT(daemon_role, NONE, "", CONFIG_RESTART, \
	    "The database role that the daemon connects as, if it is not the schema's owner: " \
	    "`migrate`, run by the owner, lets it do what the daemon does and no more.") \
	TEXT(report_role, NONE, "", CONFIG_RESTART, \
	    "A database role for reports: `migrate` lets it read the views of the schema " \
	    "samordnad_report, and nothing else.") \
	TEXT(secrets_key, NONE, "", CONFIG_RESTART, \
	    "File of the key under which what endpoints keep secret is stored: 32 bytes in " \
	    "base64. `serve` needs it, and `load`, `migrate` and `maintain` where there are " \
	    "endpoints. It may hold several keys, a line each: the first is stored under, all " \
	    "are read by.") \
	INT(connections_max, 2000, 1, 100000, "connections", CONFIG_LIVE, \
	    "HTTP connections open at once; for more, slow and idle ones are closed, else they.") \
	INT(connections_per_address_max, 200, 0, 100000, "connections", CONFIG_LIVE, \
	    "HTTP connections open at once from one address; more are closed at once; 0: no " \
	    "limit. Not of 127.0.0.1, ::1 and unix sockets, where a proxy speaks for all.") \
	INT(request_deadline_ms, 10000, 100, 600000, "ms", CONFIG_LIVE, \
	    "A whole request must have arrived this long after its first byte, else 408.") \
	INT(idle_ms, 60000, 100, 3600000, "ms", CONFIG_LIVE, \
	    "A connection without a request is closed after this.") \
	INT(client_rate_per_s, 2000, 0, 1000000, "requests", CONFIG_LIVE, \
	    "Requests of one client in a second at most, and as many at once after a second's " \
	    "rest, else 429; 0: no limit.") \
	INT(body_bytes_max, 262144, 1024, 16777216, "bytes", CONFIG_LIVE, \
	    "Largest body of a single message, else 413.") \
	INT(batch_body_bytes_max, 4194304, 1024, 67108864, "bytes", CONFIG_LIVE, \
	    "Largest body of a batch of messages, else 413.") \
	INT(batch_events_max, 1000, 1, 10000, "messages", CONFIG_LIVE, \
	    "Most messages in a batch, else 413.") \
	INT(bodies_total_bytes_max, 67108864, 1048576, INT64_C(1) << 40, "bytes", CONFIG_LIVE, \
	    "All bodies in memory together; beyond it requests get 503.") \
	INT(queue_max, 10000, 1, 1000000, "facts", CONFIG_LIVE, \
	    "Facts that wait at the door; beyond it messages get 503.") \
	INT(door_batch_max, 512, 1, 4096, "facts", CONFIG_LIVE, "Most facts in one transaction.") \
	INT(door_wait_ms, 5000, 0, 60000, "ms", CONFIG_LIVE, \
	    "How long a message waits for a door to be taken before it gets 503.") \
	INT(push_in_flight_max, 256, 1, 10000, "deliveries", CONFIG_LIVE, \
	    "Deliveries to endpoints under way at once, and four times as many that have had no " \
	    "answer for a second.") \
	INT(push_rate_per_s, 0, 0, 100000, "deliveries", CONFIG_LIVE, \
	    "Deliveries to one endpoint in a second at most; 0: no limit.") \
	INT(push_lease_ms, 90000, 1000, 600000, "ms", CONFIG_LIVE, \
	    "How long an endpoint stays with a daemon that fell silent before another one " \
	    "goes on with it.") \
	INT(push_connect_timeout_ms, 5000, 100, 60000, "ms", CONFIG_LIVE, \
	    "Name lookup, connection and TLS of a delivery together.") \
	INT(push_timeout_ms, 15000, 100, 300000, "ms", CONFIG_LIVE, "A delivery in all.") \
	BOOL(push_allow_http, false, CONFIG_LIVE, \
	    "Whether endpoints may be http:// and not only https://.") \
	TEXT(push_allowed_networks, NETWORKS, "", CONFIG_LIVE, \
	    "Networks in CIDR form, separated by commas or spaces, to which deliveries may go " \
	    "although they are loopback, private or link-local.") \
	INT(access_seal_ms, 60000, 100, 3600000, "ms", CONFIG_LIVE, \
	    "how often the access log is sealed") \
	INT(ops_parked_ms, 3600000, 1000, 604800000, "ms", CONFIG_LIVE, \
	    "Operations are told of an episode that is still not named after this.") \
	INT(drain_ms, 10000, 0, 600000, "ms", CONFIG_LIVE, \
	    "At SIGTERM, how long requests and deliveries under way may take to end.") \
	TEXT(instance, URI, "urn:samordnad", CONFIG_RESTART, \
	    "URI of this installation: the source of the notices that are its own.") \
	TEXT(base_url, URL, "http://127.0.0.1:8612", CONFIG_LIVE, \
	    "Where others reach this installation: the start of links in notices, no slash at " \
	    "the end.") \
	LEVEL(log_level, LOG_INFO, CONFIG_LIVE, \
	    "Lines above this are not logged: error, warning, notice, info, debug.")

#define CONFIG_FIELD_INT(name, ...) int64_t name;
#define CONFIG_FIELD_BOOL(name, ...) bool name;
#define CONFIG_FIELD_LEVEL(name, ...) enum log_level name;
#define CONFIG_FIELD_TEXT(name, ...) char *name;

/* Text belongs to the struct and is never NULL; a reload may free it, so read it anew each time. */
struct config {
	CONFIG_TABLE(CONFIG_FIELD_INT, CONFIG_FIELD_BOOL, CONFIG_FIELD_LEVEL, CONFIG_FIELD_TEXT)
};

#define CONFIG_WHY_MAX 300

/*
 * Defaults, then the file (path; NULL: none), then sets[0..set_count) of the form "name=value"
 * (--set), then checks that concern several settings. In the file: "name = value" lines, "#" begins
 * a comment line; a value is the rest of the line without spaces around it. An unknown or doubled
 * name or a bad value is fatal: returns NULL and one line in why ("/etc/samordnad.conf:12: …"). The
 * caller frees.
 */
struct config *config_load(
    const char *path, const char *const *sets, size_t set_count, char why[static CONFIG_WHY_MAX]);
void config_free(struct config *config); /* NULL is allowed */

/*
 * Takes over from fresh what may change while running (CONFIG_LIVE). Writes to stay the names of
 * the settings that differ but need a restart, separated by spaces (""), cut if they do not fit.
 * Returns how many settings were taken over. fresh stays the caller's and is to be freed.
 */
size_t config_reload(struct config *config, struct config *fresh, char *stay, size_t stay_size);

/* The manual of all settings, and the values in force in the form of a file. */
void config_help(FILE *out);
void config_describe(const struct config *config, FILE *out);

/*
 * Reads "address:port", "[address]:port" or "unix:/path" (addresses, not names). False if it is
 * none of these; port 0 is allowed (the system picks one).
 */
bool config_address(const char *text, struct sockaddr_storage *address, socklen_t *len);

/*
 * Whether `listen` can be reached from beyond this machine, where all goes in plain HTTP. Of fd:3
 * only http_is_exposed() knows; here it is false.
 */
bool config_is_exposed(const struct config *config);

/*
 * Whether a list of networks (the form of push_allowed_networks; it must be well-formed) contains
 * the address.
 */
bool config_networks_contain(const char *networks, const struct sockaddr *address);

#endif
