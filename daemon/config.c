/*
 * Owns the settings: reading, checking, showing and changing them. What each means is the table's
 * help in config.h; this file knows only their types.
 */
#include "config.h"

#include "address.h"

#include <arpa/inet.h>
#include <errno.h>
#include <inttypes.h>
#include <netinet/in.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/un.h>
#include <libpq-fe.h>

#define LINE_BYTES_MAX 4096

enum type { TYPE_INT, TYPE_BOOL, TYPE_LEVEL, TYPE_TEXT };

/* What a text must look like. */
enum kind {
	KIND_NONE,
	KIND_CONNINFO,
	KIND_ADDRESS,
	KIND_PROXY,
	KIND_URI,
	KIND_URL,
	KIND_NETWORKS,
};

struct setting {
	const char *name;
	enum type type;
	size_t offset; /* of the field in struct config */
	int64_t least, most,
	    number; /* the default of a TYPE_INT, TYPE_BOOL or TYPE_LEVEL is number */
	const char *unit;
	enum kind kind;
	const char *text; /* the default of a TYPE_TEXT */
	enum config_change change;
	const char *help;
};

#define ROW_INT(name, initial, least, most, unit, change, help) \
	{#name, TYPE_INT, offsetof(struct config, name), least, most, initial, unit, KIND_NONE, \
	    NULL, change, help},
#define ROW_BOOL(name, initial, change, help) \
	{#name, TYPE_BOOL, offsetof(struct config, name), 0, 1, initial, NULL, KIND_NONE, NULL, \
	    change, help},
#define ROW_LEVEL(name, initial, change, help) \
	{#name, TYPE_LEVEL, offsetof(struct config, name), 0, 0, initial, NULL, KIND_NONE, NULL, \
	    change, help},
#define ROW_TEXT(name, kind, initial, change, help) \
	{#name, TYPE_TEXT, offsetof(struct config, name), 0, 0, 0, NULL, KIND_##kind, initial, \
	    change, help},

static const struct setting settings[] = {CONFIG_TABLE(ROW_INT, ROW_BOOL, ROW_LEVEL, ROW_TEXT)};

#define SETTING_COUNT (sizeof(settings) / sizeof(settings[0]))

static const struct {
	const char *name;
	enum log_level level;
} levels[] = {
    {"error", LOG_ERROR},
    {"warning", LOG_WARNING},
    {"notice", LOG_NOTICE},
    {"info", LOG_INFO},
    {"debug", LOG_DEBUG},
};

#define LEVEL_COUNT (sizeof(levels) / sizeof(levels[0]))

/* ---- Fields ---- */

static int64_t *
field_int(const struct config *config, const struct setting *setting)
{
	return (int64_t *)((uintptr_t)config + setting->offset);
}

static bool *
field_bool(const struct config *config, const struct setting *setting)
{
	return (bool *)((uintptr_t)config + setting->offset);
}

static enum log_level *
field_level(const struct config *config, const struct setting *setting)
{
	return (enum log_level *)((uintptr_t)config + setting->offset);
}

static char **
field_text(const struct config *config, const struct setting *setting)
{
	return (char **)((uintptr_t)config + setting->offset);
}

static void
field_set_number(struct config *config, const struct setting *setting, int64_t value)
{
	switch (setting->type) {
	case TYPE_INT:
		*field_int(config, setting) = value;
		break;
	case TYPE_BOOL:
		*field_bool(config, setting) = value != 0;
		break;
	case TYPE_LEVEL:
		*field_level(config, setting) = (enum log_level)value;
		break;
	case TYPE_TEXT:
		break;
	}
}

static void
field_set_text(struct config *config, const struct setting *setting, const char *value)
{
	free(*field_text(config, setting));
	*field_text(config, setting) = xstrdup(value);
}

/* Writes a value as it stands in a file; returns out, or the field's own text. */
static const char *
field_print(const struct config *config, const struct setting *setting, char out[static 32])
{
	switch (setting->type) {
	case TYPE_INT:
		snprintf(out, 32, "%" PRId64, *field_int(config, setting));
		return out;
	case TYPE_BOOL:
		return *field_bool(config, setting) ? "on" : "off";
	case TYPE_LEVEL:
		for (size_t i = 0; i < LEVEL_COUNT; i++)
			if (levels[i].level == *field_level(config, setting))
				return levels[i].name;
		break;
	case TYPE_TEXT:
		return *field_text(config, setting);
	}
	log_abort("bug: a setting without a value", __FILE__, __LINE__);
}

/* ---- What a text must look like ---- */

static bool
port_read(const char *text, in_port_t *port)
{
	unsigned long value;

	if (text[0] == '\0' || strlen(text) > 5 || strspn(text, "0123456789") != strlen(text))
		return false;
	value = strtoul(text, NULL, 10);
	*port = htons((uint16_t)value);
	return value <= 65535;
}

static bool
unix_address(const char *path, struct sockaddr_storage *address, socklen_t *len)
{
	struct sockaddr_un *local = (struct sockaddr_un *)address;

	if (path[0] != '/' || strlen(path) >= sizeof(local->sun_path))
		return false;
	local->sun_family = AF_UNIX;
	memcpy(local->sun_path, path, strlen(path) + 1);
	*len = sizeof(*local);
	return true;
}

bool
config_address(const char *text, struct sockaddr_storage *address, socklen_t *len)
{
	struct sockaddr_in *four = (struct sockaddr_in *)address;
	struct sockaddr_in6 *six = (struct sockaddr_in6 *)address;
	const char *colon = strrchr(text, ':');
	char host[INET6_ADDRSTRLEN];
	size_t host_len;

	memset(address, 0, sizeof(*address));
	if (strncmp(text, "unix:", 5) == 0)
		return unix_address(text + 5, address, len);
	if (colon == NULL)
		return false;
	host_len = (size_t)(colon - text);
	if (text[0] == '[' && host_len > 2 && colon[-1] == ']') {
		text++;
		host_len -= 2;
		six->sin6_family = AF_INET6;
	} else {
		four->sin_family = AF_INET;
	}
	if (host_len >= sizeof(host))
		return false;
	memcpy(host, text, host_len);
	host[host_len] = '\0';
	if (address->ss_family == AF_INET6) {
		*len = sizeof(*six);
		return inet_pton(AF_INET6, host, &six->sin6_addr) == 1 &&
		       port_read(colon + 1, &six->sin6_port);
	}
	*len = sizeof(*four);
	return inet_pton(AF_INET, host, &four->sin_addr) == 1 &&
	       port_read(colon + 1, &four->sin_port);
}

bool
config_is_exposed(const struct config *config)
{
	struct sockaddr_storage address;
	socklen_t len;

	return config_address(config->listen, &address, &len) &&
	       !address_is_local((const struct sockaddr *)&address);
}

struct network {
	int family;
	unsigned bits;
	unsigned char address[16];
};

/* Reads the item at *list and moves on. False at the end; family 0 if the item is not a network. */
static bool
network_next(const char **list, struct network *out)
{
	char item[INET6_ADDRSTRLEN + 4], *slash;
	size_t len;

	*list += strspn(*list, ", ");
	len = strcspn(*list, ", ");
	if (len == 0)
		return false;
	memset(out, 0, sizeof(*out));
	snprintf(item, sizeof(item), "%.*s", (int)len, *list);
	*list += len;
	slash = strchr(item, '/');
	if (len >= sizeof(item) || slash == NULL || strlen(slash) < 2 || strlen(slash) > 4 ||
	    strspn(slash + 1, "0123456789") != strlen(slash + 1))
		return true;
	*slash = '\0';
	out->bits = (unsigned)strtoul(slash + 1, NULL, 10);
	if (inet_pton(AF_INET, item, out->address) == 1 && out->bits <= 32)
		out->family = AF_INET;
	else if (inet_pton(AF_INET6, item, out->address) == 1 && out->bits <= 128)
		out->family = AF_INET6;
	return true;
}

static bool
networks_are_well_formed(const char *list)
{
	struct network network;

	while (network_next(&list, &network))
		if (network.family == 0)
			return false;
	return true;
}

static bool
network_contains(const struct network *network, const unsigned char *address)
{
	unsigned whole = network->bits / 8, rest = network->bits % 8;
	unsigned char mask = (unsigned char)(0xff00 >> rest);

	if (memcmp(network->address, address, whole) != 0)
		return false;
	return rest == 0 || ((network->address[whole] ^ address[whole]) & mask) == 0;
}

bool
config_networks_contain(const char *networks, const struct sockaddr *address)
{
	struct network network;
	const unsigned char *bytes;
	int family = address->sa_family;

	if (family == AF_INET) {
		bytes = (const unsigned char *)&((const struct sockaddr_in *)address)->sin_addr;
	} else if (family == AF_INET6) {
		bytes = (const unsigned char *)&((const struct sockaddr_in6 *)address)->sin6_addr;
		/* ::ffff:192.0.2.1 is 192.0.2.1. */
		if (IN6_IS_ADDR_V4MAPPED(&((const struct sockaddr_in6 *)address)->sin6_addr)) {
			family = AF_INET;
			bytes += 12;
		}
	} else {
		return false;
	}
	while (network_next(&networks, &network))
		if (network.family == family && network_contains(&network, bytes))
			return true;
	return false;
}

/* RFC 3986: a scheme, a colon, and no character that may not stand in a URI. */
static bool
is_uri(const char *text)
{
	size_t scheme =
	    strspn(text, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789+-.");

	if (scheme == 0 || text[scheme] != ':' || text[scheme + 1] == '\0')
		return false;
	for (const char *at = text; *at != '\0'; at++)
		if (*at <= ' ' || *at >= 0x7f || strchr("\"<>\\^`{|}", *at) != NULL)
			return false;
	return true;
}

static bool
is_url(const char *text)
{
	size_t skip = strncmp(text, "https://", 8) == 0	 ? 8
		      : strncmp(text, "http://", 7) == 0 ? 7
							 : 0;

	return skip > 0 && is_uri(text) && text[skip] != '\0' && text[skip] != '/' &&
	       text[strlen(text) - 1] != '/' && strpbrk(text, "?#") == NULL;
}

/* A socket that whoever started this process listens at. */
static bool
is_inherited(const char *text)
{
	return strncmp(text, "fd:", 3) == 0 && text[3] != '\0' && strlen(text) < 12 &&
	       text[3 + strspn(text + 3, "0123456789")] == '\0';
}

/* A password here would be shown by check-config, and by ps if it came from the command line. */
static const char *
conninfo_complaint(const char *text)
{
	PQconninfoOption *parts = PQconninfoParse(text, NULL);
	bool password = false;

	if (parts == NULL)
		return "must be a libpq connection string or URI";
	for (const PQconninfoOption *each = parts; each->keyword != NULL; each++)
		if (each->val != NULL && (strcmp(each->keyword, "password") == 0 ||
					     strcmp(each->keyword, "sslpassword") == 0))
			password = true;
	PQconninfoFree(parts);
	return password ? "must not hold a password: name a file with passfile=" : NULL;
}

/* NULL, or what the text must be. */
static const char *
kind_complaint(enum kind kind, const char *text)
{
	struct sockaddr_storage address;
	socklen_t len;

	switch (kind) {
	case KIND_NONE:
		return NULL;
	case KIND_CONNINFO:
		return conninfo_complaint(text);
	case KIND_ADDRESS:
		return is_inherited(text) || config_address(text, &address, &len)
			   ? NULL
			   : "must be address:port, [address]:port, unix:/path or fd:number";
	case KIND_PROXY:
		return text[0] == '\0' || is_inherited(text) ||
			       (config_address(text, &address, &len) &&
				   address.ss_family == AF_UNIX)
			   ? NULL
			   : "must be unix:/path or fd:number: a port has no file mode to guard it";
	case KIND_URI:
		return is_uri(text) ? NULL : "must be a URI";
	case KIND_URL:
		return is_url(text) ? NULL
				    : "must be an http or https URL without a slash at the end";
	case KIND_NETWORKS:
		return networks_are_well_formed(text)
			   ? NULL
			   : "must be networks such as 10.1.0.0/16, separated by commas";
	}
	log_abort("bug: no such kind of setting", __FILE__, __LINE__);
}

/* ---- Reading ---- */

static const char *
set_int(struct config *config, const struct setting *setting, const char *text)
{
	static char complaint[120];
	char *end;
	long long value;

	errno = 0;
	value = strtoll(text, &end, 10);
	if (text[0] != '\0' && strspn(text, "-0123456789") == strlen(text) && *end == '\0' &&
	    errno == 0 && value >= setting->least && value <= setting->most) {
		field_set_number(config, setting, value);
		return NULL;
	}
	snprintf(complaint, sizeof(complaint),
	    "must be a whole number from %" PRId64 " to %" PRId64 " (%s)", setting->least,
	    setting->most, setting->unit);
	return complaint;
}

static const char *
set_level(struct config *config, const struct setting *setting, const char *text)
{
	for (size_t i = 0; i < LEVEL_COUNT; i++)
		if (strcmp(text, levels[i].name) == 0) {
			field_set_number(config, setting, levels[i].level);
			return NULL;
		}
	return "must be error, warning, notice, info or debug";
}

/* Returns NULL, or what the value must be (valid until the next call). */
static const char *
set_value(struct config *config, const struct setting *setting, const char *text)
{
	const char *complaint;

	switch (setting->type) {
	case TYPE_INT:
		return set_int(config, setting, text);
	case TYPE_BOOL:
		if (strcmp(text, "on") != 0 && strcmp(text, "off") != 0)
			return "must be on or off";
		field_set_number(config, setting, strcmp(text, "on") == 0);
		return NULL;
	case TYPE_LEVEL:
		return set_level(config, setting, text);
	case TYPE_TEXT:
		complaint = kind_complaint(setting->kind, text);
		if (complaint == NULL)
			field_set_text(config, setting, text);
		return complaint;
	}
	log_abort("bug: no such type of setting", __FILE__, __LINE__);
}

static char *
trim(char *text)
{
	size_t len;

	text += strspn(text, " \t");
	len = strlen(text);
	while (len > 0 && strchr(" \t\r\n", text[len - 1]) != NULL)
		len--;
	text[len] = '\0';
	return text;
}

/* Where an assignment stands, for the complaint. */
struct place {
	const char *path; /* NULL: the command line */
	unsigned line;	  /* 0: the file as a whole */
};

static bool
complain(char why[static CONFIG_WHY_MAX], const struct place *place, const char *name,
    const char *complaint)
{
	char where[160] = "--set";

	if (place->path != NULL && place->line > 0)
		snprintf(where, sizeof(where), "%.140s:%u", place->path, place->line);
	else if (place->path != NULL)
		snprintf(where, sizeof(where), "%.140s", place->path);
	/* A value may be a password: it is not repeated. */
	snprintf(why, CONFIG_WHY_MAX, "%s: %.40s%s%.90s", where, name, name[0] == '\0' ? "" : " ",
	    complaint);
	return false;
}

/* "name = value"; seen says which settings this place has set before. */
static bool
assign(struct config *config, char *text, bool seen[static SETTING_COUNT],
    const struct place *place, char why[static CONFIG_WHY_MAX])
{
	char *equals = strchr(text, '='), *name, *value;
	const char *complaint;

	if (equals == NULL)
		return complain(why, place, "", "not of the form name = value");
	*equals = '\0';
	name = trim(text);
	value = trim(equals + 1);
	for (size_t i = 0; i < SETTING_COUNT; i++) {
		if (strcmp(name, settings[i].name) != 0)
			continue;
		if (seen[i])
			return complain(why, place, name, "is set twice");
		seen[i] = true;
		complaint = set_value(config, &settings[i], value);
		return complaint == NULL || complain(why, place, name, complaint);
	}
	return complain(why, place, name, "is not a setting");
}

static bool
read_lines(struct config *config, FILE *file, struct place *place, char why[static CONFIG_WHY_MAX])
{
	bool seen[SETTING_COUNT] = {false}, good = true;
	char *line = NULL;
	size_t cap = 0;
	ssize_t len;

	while (good && (len = getline(&line, &cap, file)) >= 0) {
		bool has_nul = strlen(line) != (size_t)len; /* else it would hide the rest */
		char *text = trim(line);

		place->line++;
		if (len >= LINE_BYTES_MAX)
			good = complain(why, place, "", "the line is too long");
		else if (has_nul)
			good = complain(why, place, "", "the line holds a NUL");
		else if (text[0] != '\0' && text[0] != '#')
			good = assign(config, text, seen, place, why);
	}
	if (good && ferror(file) != 0)
		good = complain(why, place, "", strerror(errno));
	free(line);
	return good;
}

static bool
read_file(struct config *config, const char *path, char why[static CONFIG_WHY_MAX])
{
	struct place place = {path, 0};
	FILE *file = fopen(path, "re");
	bool done;

	if (file == NULL)
		return complain(why, &place, "", strerror(errno));
	done = read_lines(config, file, &place, why);
	fclose(file);
	return done;
}

static bool
read_sets(
    struct config *config, const char *const *sets, size_t count, char why[static CONFIG_WHY_MAX])
{
	static const struct place place = {NULL, 0};
	bool seen[SETTING_COUNT] = {false};
	bool done = true;

	for (size_t i = 0; i < count && done; i++) {
		char *text = xstrdup(sets[i]);

		done = assign(config, text, seen, &place, why);
		free(text);
	}
	return done;
}

/* What concerns two settings: the least must not be more than the most, nor two listeners one. */
static bool
check_pairs(const struct config *config, char why[static CONFIG_WHY_MAX])
{
	const struct {
		int64_t small, large;
		const char *complaint;
	} pairs[] = {
	    {config->body_bytes_max, config->batch_body_bytes_max,
		"body_bytes_max must not be more than batch_body_bytes_max"},
	    {config->batch_body_bytes_max, config->bodies_total_bytes_max,
		"batch_body_bytes_max must not be more than bodies_total_bytes_max"},
	    {config->batch_events_max, config->queue_max,
		"batch_events_max must not be more than queue_max"},
	    {config->push_connect_timeout_ms, config->push_timeout_ms,
		"push_connect_timeout_ms must not be more than push_timeout_ms"},
	};

	for (size_t i = 0; i < sizeof(pairs) / sizeof(pairs[0]); i++)
		if (pairs[i].small > pairs[i].large) {
			snprintf(why, CONFIG_WHY_MAX, "%s", pairs[i].complaint);
			return false;
		}
	if (strcmp(config->listen, config->proxy_listen) == 0) {
		snprintf(why, CONFIG_WHY_MAX, "proxy_listen must not be the same as listen");
		return false;
	}
	return true;
}

struct config *
config_load(
    const char *path, const char *const *sets, size_t set_count, char why[static CONFIG_WHY_MAX])
{
	struct config *config = xcalloc(1, sizeof(*config));

	for (size_t i = 0; i < SETTING_COUNT; i++)
		if (settings[i].type == TYPE_TEXT)
			field_set_text(config, &settings[i], settings[i].text);
		else
			field_set_number(config, &settings[i], settings[i].number);
	if ((path == NULL || read_file(config, path, why)) &&
	    read_sets(config, sets, set_count, why) && check_pairs(config, why))
		return config;
	config_free(config);
	return NULL;
}

void
config_free(struct config *config)
{
	if (config == NULL)
		return;
	for (size_t i = 0; i < SETTING_COUNT; i++)
		if (settings[i].type == TYPE_TEXT)
			free(*field_text(config, &settings[i]));
	free(config);
}

/* ---- Changing and showing ---- */

static void
field_swap(struct config *config, struct config *fresh, const struct setting *setting)
{
	char *old;

	switch (setting->type) {
	case TYPE_INT:
		*field_int(config, setting) = *field_int(fresh, setting);
		break;
	case TYPE_BOOL:
		*field_bool(config, setting) = *field_bool(fresh, setting);
		break;
	case TYPE_LEVEL:
		*field_level(config, setting) = *field_level(fresh, setting);
		break;
	case TYPE_TEXT:
		old = *field_text(config, setting);
		*field_text(config, setting) = *field_text(fresh, setting);
		*field_text(fresh, setting) = old;
		break;
	}
}

size_t
config_reload(struct config *config, struct config *fresh, char *stay, size_t stay_size)
{
	size_t taken = 0, used = 0;

	stay[0] = '\0';
	for (size_t i = 0; i < SETTING_COUNT; i++) {
		char one[32], other[32];
		size_t len = strlen(settings[i].name);

		if (strcmp(field_print(config, &settings[i], one),
			field_print(fresh, &settings[i], other)) == 0)
			continue;
		if (settings[i].change == CONFIG_LIVE) {
			field_swap(config, fresh, &settings[i]);
			taken++;
		} else if (used + len + 2 <= stay_size) {
			used += (size_t)snprintf(stay + used, stay_size - used, "%s%s",
			    used == 0 ? "" : " ", settings[i].name);
		}
	}
	return taken;
}

void
config_help(FILE *out)
{
	char why[CONFIG_WHY_MAX], value[32];
	struct config *initial = config_load(NULL, NULL, 0, why);

	require(initial != NULL);
	for (size_t i = 0; i < SETTING_COUNT; i++) {
		const struct setting *setting = &settings[i];

		fprintf(out, "%s = %s\n\t", setting->name, field_print(initial, setting, value));
		if (setting->type == TYPE_INT)
			fprintf(out, "%" PRId64 " to %" PRId64 " %s; ", setting->least,
			    setting->most, setting->unit);
		fprintf(out, "%s\n\t%s\n",
		    setting->change == CONFIG_LIVE ? "taken over at SIGHUP" : "needs a restart",
		    setting->help);
	}
	config_free(initial);
}

void
config_describe(const struct config *config, FILE *out)
{
	char value[32];

	for (size_t i = 0; i < SETTING_COUNT; i++)
		fprintf(
		    out, "%s = %s\n", settings[i].name, field_print(config, &settings[i], value));
}
