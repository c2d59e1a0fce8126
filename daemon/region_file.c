/*
 * Reads a region's file: tables say which members an object may have and what they must be, then
 * come the rules that concern several. Complaints name the place and what to mend, and go on to the
 * next.
 */
#include "region_file.h"

#include "hours.h"
#include "identity.h"
#include "instant.h"
#include "log.h"
#include "pointer.h"
#include "rules/region.h"
#include "signature.h"
#include "vocabulary.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>

#define POINTER_MAX 256
#define WHAT_MAX 400
#define SECRET_BYTES 32

/* Where we are in the file, and to whom complaints go. */
struct reader {
	struct region_file *out;
	json_t *unit_seen, *staff_seen; /* objects with HSA-ids */
	int slag;			/* of the unit whose lists are read; -1: it says none */
	char pointer[POINTER_MAX];
	region_file_complain *complain;
	void *arg;
	int complaints;
};

/* ---- Places and complaints ---- */

/* Steps into a member (name) or an element (index); returns what leave() needs. */
static size_t
enter(struct reader *r, const char *name)
{
	return pointer_enter(r->pointer, sizeof(r->pointer), name);
}

static size_t
enter_index(struct reader *r, size_t index)
{
	char text[24];

	snprintf(text, sizeof(text), "%zu", index);
	return enter(r, text);
}

static void
leave(struct reader *r, size_t len)
{
	r->pointer[len] = '\0';
}

static void
complain(struct reader *r, const char *what)
{
	r->complaints++;
	r->complain(r->pointer, what, r->arg);
}

static void
complain_at(struct reader *r, const char *member, const char *what)
{
	size_t len = enter(r, member);

	complain(r, what);
	leave(r, len);
}

/* ---- Members ---- */

enum member_kind {
	MEMBER_TEXT, /* min to max bytes */
	MEMBER_HSA,
	MEMBER_WORD, /* of the table `from` with max words `word` */
	MEMBER_BOOL,
	MEMBER_INT,	/* min to max */
	MEMBER_DIGITS,	/* of min to max digits, written as text: kommunkod, länskod */
	MEMBER_INSTANT, /* RFC 3339 */
	MEMBER_MINUTE,	/* HH:MM */
	MEMBER_LIST,
	MEMBER_OTHER /* looked at by its own function */
};
enum member_need {
	OPTIONAL,
	REQUIRED,
	READ_ONLY /* samordnad's own: as it was read it may come back, and says nothing */
};

struct member {
	const char *name;
	enum member_kind kind;
	enum member_need need;
	int64_t min, max;
	int (*from)(const char *word, size_t len);
	const char *what; /* MEMBER_WORD: the words */
};

static int
weekday_from(const char *word, size_t len)
{
	(void)len; /* JSON strings end with NUL and hold none */
	return hours_weekday_from(word);
}

static int
status_from(const char *word, size_t len)
{
	(void)len;
	return strcmp(word, "active") == 0 ? 0 : strcmp(word, "paused") == 0 ? 1 : -1;
}

static int
scope_from(const char *word, size_t len)
{
	static const char *const words[] = {"all", "region", "kommun", "region_kommun"};

	(void)len;
	for (int i = 0; i < 4; i++)
		if (strcmp(words[i], word) == 0)
			return i;
	return -1;
}

#define WORDS(LIST) LIST(WORDS_VALUE)
#define WORDS_VALUE(value, word) " " word
#define WEEKDAY_WORDS " monday tuesday wednesday thursday friday saturday sunday"

static const struct member root_members[] = {
    {"units", MEMBER_LIST, OPTIONAL, 0, 100000, NULL, NULL},
    {"policies", MEMBER_LIST, OPTIONAL, 0, 10000, NULL, NULL},
    {NULL, MEMBER_OTHER, OPTIONAL, 0, 0, NULL, NULL},
};
static const struct member unit_members[] = {
    {"hsa_id", MEMBER_HSA, REQUIRED, 0, 0, NULL, NULL},
    {"namn", MEMBER_TEXT, REQUIRED, 1, 127, NULL, NULL},
    {"slag", MEMBER_WORD, REQUIRED, 0, 0, unit_slag_from, WORDS(UNIT_SLAG)},
    {"kommun", MEMBER_DIGITS, OPTIONAL, 114, 2599, NULL, "a kommunkod of 4 digits as text"},
    {"region", MEMBER_DIGITS, OPTIONAL, 1, 25, NULL, "a länskod of 2 digits as text"},
    {"distrikt", MEMBER_TEXT, OPTIONAL, 0, DISTRIKT_MAX - 1, NULL, NULL},
    {"sjukhus", MEMBER_TEXT, OPTIONAL, 0, 127, NULL, NULL},
    {"verksamhetschef", MEMBER_HSA, OPTIONAL, 0, 0, NULL, NULL},
    {"fvk_mode", MEMBER_TEXT, OPTIONAL, 0, 31, NULL, NULL},
    {"sip_mode", MEMBER_TEXT, OPTIONAL, 0, 31, NULL, NULL},
    {"hours", MEMBER_OTHER, OPTIONAL, 0, 0, NULL, NULL},
    {"staff", MEMBER_LIST, OPTIONAL, 0, 10000, NULL, NULL},
    {"slots", MEMBER_LIST, OPTIONAL, 0, 500, NULL, NULL},
    {"standing_decisions", MEMBER_LIST, OPTIONAL, 0, 100, NULL, NULL},
    {"policies", MEMBER_LIST, OPTIONAL, 0, 500, NULL, NULL},
    {"endpoints", MEMBER_LIST, OPTIONAL, 0, 20, NULL, NULL},
    {NULL, MEMBER_OTHER, OPTIONAL, 0, 0, NULL, NULL},
};
static const struct member staff_members[] = {
    {"hsa_id", MEMBER_HSA, REQUIRED, 0, 0, NULL, NULL},
    {"namn", MEMBER_TEXT, REQUIRED, 1, 95, NULL, NULL},
    {"profession", MEMBER_WORD, REQUIRED, 0, 0, profession_from, WORDS(PROFESSIONS)},
    {"legitimerad", MEMBER_BOOL, OPTIONAL, 0, 0, NULL, NULL},
    {"team", MEMBER_TEXT, OPTIONAL, 0, 31, NULL, NULL},
    {"tjanstgoringsgrad", MEMBER_INT, OPTIONAL, 1, 100, NULL, NULL},
    {"kapacitet", MEMBER_INT, OPTIONAL, 1, 10000, NULL, NULL},
    {"ersattare", MEMBER_HSA, OPTIONAL, 0, 0, NULL, NULL},
    {"telefon", MEMBER_TEXT, OPTIONAL, 0, 31, NULL, NULL},
    {"fvk", MEMBER_BOOL, OPTIONAL, 0, 0, NULL, NULL},
    {"slutar_at", MEMBER_INSTANT, OPTIONAL, 0, 0, NULL, NULL},
    {"absences", MEMBER_LIST, OPTIONAL, 0, 200, NULL, NULL},
    {NULL, MEMBER_OTHER, OPTIONAL, 0, 0, NULL, NULL},
};
static const struct member absence_members[] = {
    {"from_at", MEMBER_INSTANT, REQUIRED, 0, 0, NULL, NULL},
    {"to_at", MEMBER_INSTANT, OPTIONAL, 0, 0, NULL, NULL},
    {"ersattare", MEMBER_HSA, OPTIONAL, 0, 0, NULL, NULL},
    {NULL, MEMBER_OTHER, OPTIONAL, 0, 0, NULL, NULL},
};
static const struct member slot_members[] = {
    {"id", MEMBER_INT, READ_ONLY, 1, INT32_MAX, NULL, NULL},
    {"weekday", MEMBER_WORD, REQUIRED, 0, 0, weekday_from, WEEKDAY_WORDS},
    {"from", MEMBER_MINUTE, REQUIRED, 0, 0, NULL, NULL},
    {"to", MEMBER_MINUTE, REQUIRED, 0, 0, NULL, NULL},
    {"length_minutes", MEMBER_INT, OPTIONAL, 5, 480, NULL, NULL},
    {"form", MEMBER_WORD, OPTIONAL, 0, 0, motesform_from, WORDS(MOTESFORMER)},
    {"plats", MEMBER_TEXT, OPTIONAL, 0, 95, NULL, NULL},
    {"staff", MEMBER_HSA, OPTIONAL, 0, 0, NULL, NULL},
    {"ended_at", MEMBER_INSTANT, READ_ONLY, 0, 0, NULL, NULL},
    {NULL, MEMBER_OTHER, OPTIONAL, 0, 0, NULL, NULL},
};
static const struct member decision_members[] = {
    {"id", MEMBER_INT, READ_ONLY, 1, INT32_MAX, NULL, NULL},
    {"beslutad_av", MEMBER_HSA, REQUIRED, 0, 0, NULL, NULL},
    {"kriterier", MEMBER_TEXT, OPTIONAL, 0, 4000, NULL, NULL},
    {"from_at", MEMBER_INSTANT, OPTIONAL, 0, 0, NULL, NULL},
    {"to_at", MEMBER_INSTANT, OPTIONAL, 0, 0, NULL, NULL},
    {"revoked_at", MEMBER_INSTANT, READ_ONLY, 0, 0, NULL, NULL},
    {NULL, MEMBER_OTHER, OPTIONAL, 0, 0, NULL, NULL},
};
static const struct member unit_policy_members[] = {
    {"id", MEMBER_INT, READ_ONLY, 1, INT32_MAX, NULL, NULL},
    {"policy", MEMBER_TEXT, REQUIRED, 1, 63, NULL, NULL},
    {"value", MEMBER_OTHER, REQUIRED, 0, 0, NULL, NULL},
    {"from_at", MEMBER_INSTANT, OPTIONAL, 0, 0, NULL, NULL},
    {"to_at", MEMBER_INSTANT, OPTIONAL, 0, 0, NULL, NULL},
    {NULL, MEMBER_OTHER, OPTIONAL, 0, 0, NULL, NULL},
};
static const struct member policy_members[] = {
    {"id", MEMBER_INT, READ_ONLY, 1, INT32_MAX, NULL, NULL},
    {"policy", MEMBER_TEXT, REQUIRED, 1, 63, NULL, NULL},
    {"value", MEMBER_OTHER, REQUIRED, 0, 0, NULL, NULL},
    {"scope", MEMBER_WORD, REQUIRED, 0, 0, scope_from, " all region kommun region_kommun"},
    {"region", MEMBER_DIGITS, OPTIONAL, 1, 25, NULL, "a länskod of 2 digits as text"},
    {"kommun", MEMBER_DIGITS, OPTIONAL, 114, 2599, NULL, "a kommunkod of 4 digits as text"},
    {"from_at", MEMBER_INSTANT, OPTIONAL, 0, 0, NULL, NULL},
    {"to_at", MEMBER_INSTANT, OPTIONAL, 0, 0, NULL, NULL},
    {NULL, MEMBER_OTHER, OPTIONAL, 0, 0, NULL, NULL},
};
static const struct member endpoint_members[] = {
    {"url", MEMBER_TEXT, REQUIRED, 1, 2000, NULL, NULL},
    {"secret", MEMBER_TEXT, OPTIONAL, 1, SIGNATURE_SECRET_TEXT_MAX - 1, NULL, NULL},
    {"status", MEMBER_WORD, OPTIONAL, 0, 0, status_from, " active paused"},
    {NULL, MEMBER_OTHER, OPTIONAL, 0, 0, NULL, NULL},
};

/* Kommunkod and länskod: as many digits as max has. */
static json_t *
digits_take(const json_t *value, const struct member *m)
{
	const char *text = json_string_value(value);
	size_t len = m->max > 99 ? 4 : 2;
	int64_t number = 0;

	if (text == NULL || strlen(text) != len)
		return NULL;
	for (size_t i = 0; i < len; i++) {
		if (text[i] < '0' || text[i] > '9')
			return NULL;
		number = number * 10 + (text[i] - '0');
	}
	return number >= m->min && number <= m->max ? json_integer(number) : NULL;
}

static json_t *
instant_take(const json_t *value, const char **wrong)
{
	char text[INSTANT_TEXT_MAX];
	instant t;

	*wrong = "must be a time as text, RFC 3339 with offset";
	if (!json_is_string(value))
		return NULL;
	*wrong = instant_parse(json_string_value(value), json_string_length(value), &t);
	if (*wrong != NULL)
		return NULL;
	instant_format(t, text);
	return json_string(text);
}

static json_t *
text_take(const json_t *value, const struct member *m, char what[static WHAT_MAX])
{
	size_t len = json_string_length(value);

	snprintf(
	    what, WHAT_MAX, "must be text of %" PRId64 " to %" PRId64 " bytes", m->min, m->max);
	if (!json_is_string(value) || (int64_t)len < m->min || (int64_t)len > m->max)
		return NULL;
	return json_incref((json_t *)value);
}

/*
 * The member's value in the form of its column, new; NULL with a sentence in what if it is wrong.
 */
static json_t *
member_take(const json_t *value, const struct member *m, char what[static WHAT_MAX])
{
	const char *text = json_string_value(value), *wrong;
	json_t *taken = NULL;

	switch (m->kind) {
	case MEMBER_TEXT:
		return text_take(value, m, what);
	case MEMBER_HSA:
		snprintf(what, WHAT_MAX, "must be an HSA-id: SE, 10 digits, -, letters and digits");
		return text != NULL && identity_hsa_valid(text, strlen(text)) ? json_string(text)
									      : NULL;
	case MEMBER_WORD:
		snprintf(what, WHAT_MAX, "must be one of:%s", m->what);
		return text != NULL && m->from(text, strlen(text)) >= 0 ? json_string(text) : NULL;
	case MEMBER_BOOL:
		snprintf(what, WHAT_MAX, "must be true or false");
		return json_is_boolean(value) ? json_boolean(json_is_true(value)) : NULL;
	case MEMBER_INT:
		snprintf(what, WHAT_MAX, "must be a whole number from %" PRId64 " to %" PRId64,
		    m->min, m->max);
		return json_is_integer(value) && json_integer_value(value) >= m->min &&
			       json_integer_value(value) <= m->max
			   ? json_integer(json_integer_value(value))
			   : NULL;
	case MEMBER_DIGITS:
		snprintf(what, WHAT_MAX, "must be %s", m->what);
		return digits_take(value, m);
	case MEMBER_INSTANT:
		taken = instant_take(value, &wrong);
		snprintf(what, WHAT_MAX, "%s", wrong != NULL ? wrong : "");
		return taken;
	case MEMBER_MINUTE:
		snprintf(what, WHAT_MAX, "must be a time of day \"HH:MM\", 00:00 to 24:00");
		return text != NULL && hours_minute_read(text) >= 0 ? json_string(text) : NULL;
	case MEMBER_LIST:
		snprintf(what, WHAT_MAX, "must be an array of at most %" PRId64, m->max);
		return json_is_array(value) && (int64_t)json_array_size(value) <= m->max
			   ? json_incref((json_t *)value)
			   : NULL;
	case MEMBER_OTHER:
		return json_incref((json_t *)value);
	}
	return NULL;
}

static bool
member_known(const struct member *members, const char *name)
{
	for (const struct member *m = members; m->name != NULL; m++)
		if (strcmp(m->name, name) == 0)
			return true;
	return false;
}

/*
 * Checks an object by its table. Returns its members in the form of their columns, a new object in
 * which null, wrong and read-only ones are absent. Complaints say whether it is good.
 */
static json_t *
object_take(struct reader *r, const json_t *object, const struct member *members)
{
	json_t *taken = json_object(), *value;
	char what[WHAT_MAX];
	const char *key;

	if (!json_is_object(object)) {
		complain(r, "must be an object");
		return taken;
	}
	json_object_foreach((json_t *)object, key, value)
	{
		if (!member_known(members, key))
			complain_at(r, key, "is no member of this object");
	}
	for (const struct member *m = members; m->name != NULL; m++) {
		json_t *form;

		value = json_object_get(object, m->name);
		if (value == NULL || json_is_null(value)) {
			if (m->need == REQUIRED)
				complain_at(r, m->name, "is missing");
			continue;
		}
		form = member_take(value, m, what);
		if (form == NULL)
			complain_at(r, m->name, what);
		else if (m->need == READ_ONLY)
			json_decref(form);
		else
			json_object_set_new(taken, m->name, form);
	}
	return taken;
}

/* Gives a member its default if it is absent. */
static void
standard(json_t *object, const char *name, json_t *value)
{
	if (json_object_get(object, name) == NULL)
		json_object_set(object, name, value);
	json_decref(value);
}

static const char *
text_of(const json_t *object, const char *name)
{
	return json_string_value(json_object_get(object, name));
}

/* A person who is named: known if listed, else to be looked up in the database. */
static void
person_named(struct reader *r, const json_t *object, const char *member)
{
	const char *hsa_id = text_of(object, member);
	size_t len;

	if (hsa_id == NULL || json_object_get(r->out->persons, hsa_id) != NULL)
		return;
	len = enter(r, member);
	json_object_set_new(r->out->persons, hsa_id, json_string(r->pointer));
	leave(r, len);
}

static bool
times_in_order(const json_t *object)
{
	const char *from = text_of(object, "from_at"), *to = text_of(object, "to_at");
	instant from_at, to_at;

	if (from == NULL || to == NULL)
		return true;
	return instant_parse(from, strlen(from), &from_at) == NULL &&
	       instant_parse(to, strlen(to), &to_at) == NULL && from_at < to_at;
}

/* ---- Policies ---- */

/* The value as the column has it: the policy's word, or digits. */
static void
policy_value_take(struct reader *r, json_t *policy)
{
	const char *word = text_of(policy, "policy");
	const json_t *value = json_object_get(policy, "value");
	char text[POLICY_VALUE_TEXT_MAX] = "", what[WHAT_MAX];
	const char *wrong;
	int p = word != NULL ? policy_from(word, strlen(word)) : -1;
	int64_t number;

	if (word == NULL || value == NULL)
		return;
	if (p < 0) {
		complain_at(r, "policy", "is no policy that this version knows");
		return;
	}
	if (json_is_integer(value))
		snprintf(text, sizeof(text), "%" JSON_INTEGER_FORMAT, json_integer_value(value));
	else if (json_is_string(value) && json_string_length(value) < sizeof(text))
		snprintf(text, sizeof(text), "%s", json_string_value(value));
	wrong = policy_value_from((enum policy)p, text, strlen(text), &number);
	if (wrong != NULL) {
		if (strchr(policy_table[p].what, '|') != NULL)
			snprintf(what, sizeof(what), "must be one of: %s", policy_table[p].what);
		else
			snprintf(what, sizeof(what), "%s: %s, %" PRId64 " to %" PRId64, wrong,
			    policy_table[p].what, policy_table[p].min, policy_table[p].max);
		complain_at(r, "value", what);
		return;
	}
	policy_value_format((enum policy)p, number, text);
	json_object_set_new(policy, "value", json_string(text));
}

/* Whether two rows speak of the same policy and scope, so that only times can keep them apart. */
static bool
policy_same(const json_t *a, const json_t *b)
{
	static const char *const names[] = {"policy", "scope", "unit", "region", "kommun"};

	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
		const json_t *x = json_object_get(a, names[i]), *y = json_object_get(b, names[i]);

		if (x != y && (x == NULL || y == NULL || !json_equal(x, y)))
			return false;
	}
	return true;
}

static instant
instant_of(const json_t *object, const char *name, instant otherwise)
{
	const char *text = text_of(object, name);
	instant t;

	return text != NULL && instant_parse(text, strlen(text), &t) == NULL ? t : otherwise;
}

static bool
times_overlap(const json_t *a, const json_t *b)
{
	return instant_of(a, "from_at", INSTANT_NONE) < instant_of(b, "to_at", INSTANT_NEVER) &&
	       instant_of(b, "from_at", INSTANT_NONE) < instant_of(a, "to_at", INSTANT_NEVER);
}

/* A row without times leaves no room for another one; rows of one unit stand together. */
static void
policy_check_alone(struct reader *r, const json_t *policy)
{
	const json_t *unit = json_object_get(policy, "unit");

	for (size_t i = json_array_size(r->out->policies); i-- > 0;) {
		const json_t *before = json_array_get(r->out->policies, i);
		const json_t *its = json_object_get(before, "unit");

		if (unit != NULL && (its == NULL || !json_equal(unit, its)))
			break;
		if (!policy_same(before, policy))
			continue;
		if (json_object_get(before, "from_at") == NULL ||
		    json_object_get(policy, "from_at") == NULL) {
			complain_at(r, "policy", "stands twice: give each from_at and to_at");
			break;
		}
		if (times_overlap(before, policy)) {
			complain_at(r, "from_at",
			    "overlaps an earlier row of the same policy and scope: end that by "
			    "a to_at, at this from_at or before");
			break;
		}
	}
}

/* Takes policy, which is the caller's no more. */
static void
policy_add(struct reader *r, json_t *policy)
{
	policy_value_take(r, policy);
	if (!times_in_order(policy))
		complain_at(r, "to_at", "must be later than from_at");
	if (json_object_get(policy, "from_at") == NULL && json_object_get(policy, "to_at") != NULL)
		complain_at(r, "from_at", "is missing: a policy that ends needs a beginning");
	policy_check_alone(r, policy);
	json_object_set_new(policy, "pointer", json_string(r->pointer));
	json_array_append_new(r->out->policies, policy);
}

static bool
scope_named(const json_t *policy, const char *scope)
{
	bool region = json_object_get(policy, "region") != NULL;
	bool kommun = json_object_get(policy, "kommun") != NULL;

	if (strcmp(scope, "all") == 0)
		return !region && !kommun;
	if (strcmp(scope, "region") == 0)
		return region && !kommun;
	if (strcmp(scope, "kommun") == 0)
		return !region && kommun;
	return region && kommun;
}

/* p, scope: -1 if it is none. */
static void
policy_scope_check(struct reader *r, int p, int scope)
{
	const char *why = p >= 0 && scope >= 0
			      ? policy_scope_refusal((enum policy)p, (enum policy_scope)scope)
			      : NULL;

	if (why != NULL)
		complain_at(r, "policy", why);
}

static void
policies_read(struct reader *r, const json_t *list)
{
	size_t len = enter(r, "policies"), i;
	json_t *row;

	json_array_foreach(list, i, row)
	{
		size_t at = enter_index(r, i);
		json_t *policy = object_take(r, row, policy_members);
		const char *scope = text_of(policy, "scope"), *word = text_of(policy, "policy");

		if (scope != NULL && !scope_named(policy, scope))
			complain(r, "must have region and kommun as its scope says, and no more");
		if (scope != NULL && word != NULL)
			policy_scope_check(r, policy_from(word, strlen(word)),
			    policy_scope_from(scope, strlen(scope)));
		policy_add(r, policy);
		leave(r, at);
	}
	leave(r, len);
}

/* p: -1 if it is no policy. */
static void
policy_unit_check(struct reader *r, int p, const char *member)
{
	const char *why = p >= 0 && r->slag >= 0
			      ? policy_unit_refusal((enum policy)p, (enum unit_slag)r->slag)
			      : NULL;

	if (why != NULL)
		complain_at(r, member, why);
}

static void
unit_policies_read(struct reader *r, const char *unit, const json_t *list)
{
	size_t len = enter(r, "policies"), i;
	json_t *row;

	json_array_foreach(list, i, row)
	{
		size_t at = enter_index(r, i);
		json_t *policy = object_take(r, row, unit_policy_members);
		const char *word = text_of(policy, "policy");

		if (word != NULL)
			policy_unit_check(r, policy_from(word, strlen(word)), "policy");
		json_object_set_new(policy, "scope", json_string("unit"));
		json_object_set_new(policy, "unit", json_string(unit));
		policy_add(r, policy);
		leave(r, at);
	}
	leave(r, len);
}

/* fvk_mode, sip_mode: policies of scope unit without times. */
static void
mode_read(struct reader *r, const char *unit, json_t *object, const char *name)
{
	const json_t *value = json_object_get(object, name);
	int p = policy_from(name, strlen(name));
	int64_t number;

	if (value == NULL)
		return;
	require(p >= 0);
	policy_unit_check(r, p, name);
	if (policy_value_from((enum policy)p, json_string_value(value), json_string_length(value),
		&number) != NULL)
		complain_at(r, name, "must be one of: propose|auto|manual");
	else
		json_array_append_new(
		    r->out->policies, json_pack("{s:s, s:s, s:s, s:O}", "policy", name, "scope",
					  "unit", "unit", unit, "value", value));
	json_object_del(object, name);
}

/* ---- What hangs on a unit ---- */

static void
absences_read(struct reader *r, const char *staff, const json_t *list)
{
	size_t len = enter(r, "absences"), i;
	instant ended_at = INSTANT_NONE, from_at, to_at;
	json_t *row;

	json_array_foreach(list, i, row)
	{
		size_t at = enter_index(r, i);
		json_t *absence = object_take(r, row, absence_members);
		const char *from = text_of(absence, "from_at"), *to = text_of(absence, "to_at");
		const char *ersattare = text_of(absence, "ersattare");

		person_named(r, absence, "ersattare");
		if (!times_in_order(absence))
			complain_at(r, "to_at", "must be later than from_at");
		if (ersattare != NULL && strcmp(ersattare, staff) == 0)
			complain_at(r, "ersattare", "must be another person");
		if (from != NULL && instant_parse(from, strlen(from), &from_at) == NULL) {
			if (from_at < ended_at)
				complain_at(r, "from_at",
				    "must not be before the absence above has ended: list them in "
				    "order");
			ended_at = INSTANT_NEVER;
			if (to != NULL && instant_parse(to, strlen(to), &to_at) == NULL)
				ended_at = to_at;
		}
		json_object_set_new(absence, "staff", json_string(staff));
		json_array_append_new(r->out->absences, absence);
		leave(r, at);
	}
	json_array_append_new(r->out->absences_of, json_string(staff));
	leave(r, len);
}

static void
person_read(struct reader *r, const char *unit, const json_t *row)
{
	json_t *person = object_take(r, row, staff_members);
	json_t *absences = json_incref(json_object_get(person, "absences"));
	const char *hsa_id = text_of(person, "hsa_id"), *ersattare = text_of(person, "ersattare");

	json_object_del(person, "absences");
	standard(person, "legitimerad", json_false());
	standard(person, "fvk", json_true());
	standard(person, "team", json_string(""));
	standard(person, "telefon", json_string(""));
	standard(person, "tjanstgoringsgrad", json_integer(100));
	json_object_set_new(person, "unit", json_string(unit));
	person_named(r, person, "ersattare");
	size_t len = enter(r, "hsa_id");
	json_object_set_new(person, "pointer", json_string(r->pointer));
	leave(r, len);
	if (hsa_id != NULL) {
		if (json_object_get(r->staff_seen, hsa_id) != NULL)
			complain_at(
			    r, "hsa_id", "stands twice in the file: a person belongs to one unit");
		json_object_set_new(r->staff_seen, hsa_id, json_true());
		if (ersattare != NULL && strcmp(ersattare, hsa_id) == 0)
			complain_at(r, "ersattare", "must be another person");
		if (absences != NULL)
			absences_read(r, hsa_id, absences);
	}
	json_array_append_new(r->out->staff, person);
	json_decref(absences);
}

static void
slot_read(struct reader *r, const char *unit, const json_t *row)
{
	json_t *slot = object_take(r, row, slot_members), *before;
	const char *from = text_of(slot, "from"), *to = text_of(slot, "to");
	size_t i;

	standard(slot, "length_minutes", json_integer(60));
	standard(slot, "form", json_string(motesform_word(FYSISKT)));
	standard(slot, "plats", json_string(""));
	json_object_set_new(slot, "unit", json_string(unit));
	person_named(r, slot, "staff");
	if (from != NULL && to != NULL &&
	    hours_minute_read(to) - hours_minute_read(from) <
		json_integer_value(json_object_get(slot, "length_minutes")))
		complain_at(r, "to", "must leave room for one meeting of length_minutes");
	for (i = json_array_size(r->out->slots); i-- > 0;) {
		before = json_array_get(r->out->slots, i);
		if (strcmp(text_of(before, "unit"), unit) != 0)
			break;
		if (json_equal(before, slot))
			complain(r, "stands twice");
	}
	json_array_append_new(r->out->slots, slot);
}

static void
decision_read(struct reader *r, const char *unit, const json_t *row)
{
	json_t *decision = object_take(r, row, decision_members);

	standard(decision, "kriterier", json_string(""));
	json_object_set_new(decision, "unit", json_string(unit));
	json_object_set_new(decision, "pointer", json_string(r->pointer));
	person_named(r, decision, "beslutad_av");
	if (!times_in_order(decision))
		complain_at(r, "to_at", "must be later than from_at");
	if ((json_object_get(decision, "from_at") == NULL) !=
	    (json_object_get(decision, "to_at") == NULL))
		complain(r, "must have both from_at and to_at, or neither");
	json_array_append_new(r->out->standing_decisions, decision);
}

/* A webhook secret for an endpoint that comes without one. */
static json_t *
secret_new(void)
{
	uint8_t bytes[SECRET_BYTES];
	char text[SIGNATURE_SECRET_TEXT_MAX];

	require(getrandom(bytes, sizeof(bytes), 0) == (ssize_t)sizeof(bytes));
	signature_secret_format(bytes, sizeof(bytes), text);
	return json_string(text);
}

static bool
endpoint_listed(const struct reader *r, const char *unit, const char *url)
{
	for (size_t i = json_array_size(r->out->endpoints); i-- > 0;) {
		const json_t *before = json_array_get(r->out->endpoints, i);

		if (strcmp(text_of(before, "unit"), unit) != 0)
			return false;
		if (text_of(before, "url") != NULL && strcmp(text_of(before, "url"), url) == 0)
			return true;
	}
	return false;
}

static void
endpoint_read(struct reader *r, const char *unit, const json_t *row)
{
	json_t *endpoint = object_take(r, row, endpoint_members);
	const char *url = text_of(endpoint, "url"), *secret = text_of(endpoint, "secret");
	struct signing_key *key = NULL;
	const char *wrong = NULL;

	if (url != NULL) {
		if (strncmp(url, "https://", 8) != 0 && strncmp(url, "http://", 7) != 0)
			complain_at(r, "url", "must begin with https:// (or http://)");
		for (const char *c = url; *c != '\0'; c++)
			if (*c < '!' || *c > '~')
				wrong = "must be visible ASCII";
		if (wrong != NULL)
			complain_at(r, "url", wrong);
		if (endpoint_listed(r, unit, url))
			complain_at(r, "url", "stands twice");
	}
	if (secret != NULL) {
		wrong = signing_key_new(secret, strlen(secret), &key);
		if (wrong != NULL)
			complain_at(r, "secret", wrong);
		else
			signing_key_free(key);
	}
	json_object_set_new(endpoint, "fresh", secret_new());
	json_object_set_new(endpoint, "unit", json_string(unit));
	json_object_set_new(endpoint, "pointer", json_string(r->pointer));
	json_array_append_new(r->out->endpoints, endpoint);
}

/* Reads one of a unit's lists, if it is given, row by row; notes that it was given. */
static void
list_read(struct reader *r, const char *unit, json_t *object, const char *name, json_t *given,
    void (*read)(struct reader *, const char *, const json_t *))
{
	json_t *list = json_incref(json_object_get(object, name)), *row;
	size_t len, i;

	if (list == NULL)
		return;
	json_object_del(object, name);
	len = enter(r, name);
	json_array_foreach(list, i, row)
	{
		size_t at = enter_index(r, i);

		read(r, unit, row);
		leave(r, at);
	}
	leave(r, len);
	json_array_append_new(given, json_string(unit));
	json_decref(list);
}

static void
hours_check(struct reader *r, json_t *unit)
{
	struct opening_hours hours;
	char pointer[HOURS_POINTER_MAX];
	const char *wrong = hours_read(json_object_get(unit, "hours"), &hours, pointer);
	size_t len = enter(r, "hours"), end = strlen(r->pointer);

	if (wrong != NULL) {
		snprintf(r->pointer + end, sizeof(r->pointer) - end, "%s", pointer);
		complain(r, wrong);
	} else {
		json_object_set_new(unit, "hours", hours_write(&hours));
	}
	leave(r, len);
}

static void
unit_lists_read(struct reader *r, const char *hsa_id, json_t *unit)
{
	struct region_file *out = r->out;
	json_t *policies = json_incref(json_object_get(unit, "policies"));

	if (json_object_get(unit, "staff") != NULL) {
		size_t len = enter(r, "staff");

		json_array_append_new(out->staff_at, json_string(r->pointer));
		leave(r, len);
	}
	list_read(r, hsa_id, unit, "staff", out->staff_of, person_read);
	list_read(r, hsa_id, unit, "slots", out->slots_of, slot_read);
	list_read(r, hsa_id, unit, "standing_decisions", out->standing_decisions_of, decision_read);
	list_read(r, hsa_id, unit, "endpoints", out->endpoints_of, endpoint_read);
	mode_read(r, hsa_id, unit, "fvk_mode");
	mode_read(r, hsa_id, unit, "sip_mode");
	if (policies != NULL) {
		json_object_del(unit, "policies");
		unit_policies_read(r, hsa_id, policies);
		json_array_append_new(out->policies_of, json_string(hsa_id));
		json_decref(policies);
	}
}

static void
unit_read(struct reader *r, const json_t *row)
{
	json_t *unit = object_take(r, row, unit_members);
	const char *slag = text_of(unit, "slag");
	char hsa_id[IDENTITY_HSA_MAX] = "";

	if (text_of(unit, "hsa_id") != NULL)
		snprintf(hsa_id, sizeof(hsa_id), "%s", text_of(unit, "hsa_id"));
	if (hsa_id[0] != '\0' && json_object_get(r->unit_seen, hsa_id) != NULL)
		complain_at(r, "hsa_id", "stands twice in the file");
	json_object_set_new(r->unit_seen, hsa_id, json_true());
	r->slag = slag != NULL ? unit_slag_from(slag, strlen(slag)) : -1;
	standard(unit, "distrikt", json_string(""));
	standard(unit, "sjukhus", json_string(""));
	person_named(r, unit, "verksamhetschef");
	hours_check(r, unit);
	unit_lists_read(r, hsa_id, unit);
	json_array_append_new(r->out->units, unit);
}

static void
lists_new(struct region_file *f)
{
	json_t **const arrays[] = {&f->units, &f->hours, &f->staff, &f->absences, &f->slots,
	    &f->standing_decisions, &f->policies, &f->endpoints, &f->staff_of, &f->slots_of,
	    &f->standing_decisions_of, &f->policies_of, &f->endpoints_of, &f->absences_of,
	    &f->staff_at};

	memset(f, 0, sizeof(*f));
	for (size_t i = 0; i < sizeof(arrays) / sizeof(*arrays); i++)
		*arrays[i] = json_array();
	f->persons = json_object();
}

static struct reader
reader_begin(struct region_file *out, region_file_complain *complain_to, void *arg)
{
	lists_new(out);
	return (struct reader){.out = out,
	    .unit_seen = json_object(),
	    .staff_seen = json_object(),
	    .complain = complain_to,
	    .arg = arg};
}

/* Those who are listed need not be known; returns how many complaints there were. */
static int
reader_end(struct reader *r)
{
	const char *key;
	json_t *seen;

	json_object_foreach(r->staff_seen, key, seen)
	{
		json_object_del(r->out->persons, key);
	}
	json_decref(r->unit_seen);
	json_decref(r->staff_seen);
	return r->complaints;
}

int
region_file_read(
    const json_t *root, struct region_file *out, region_file_complain *complain_to, void *arg)
{
	struct reader r = reader_begin(out, complain_to, arg);
	json_t *top, *row;
	size_t i, len;

	top = object_take(&r, root, root_members);
	len = enter(&r, "units");
	json_array_foreach(json_object_get(top, "units"), i, row)
	{
		size_t at = enter_index(&r, i);

		unit_read(&r, row);
		leave(&r, at);
	}
	leave(&r, len);
	out->policies_given = json_object_get(top, "policies") != NULL;
	if (out->policies_given)
		policies_read(&r, json_object_get(top, "policies"));
	json_decref(top);
	return reader_end(&r);
}

/* ---- One unit's documents ---- */

const char *
unit_document_member(enum unit_document what)
{
	switch (what) {
	case UNIT_ITSELF:
		return "";
	case UNIT_STAFF:
		return "staff";
	case UNIT_SLOTS:
		return "slots";
	case UNIT_HOURS:
		return "hours";
	case UNIT_POLICY:
		return "policies";
	case UNIT_STANDING_DECISIONS:
		return "standing_decisions";
	}
	return NULL;
}

static void
itself_read(struct reader *r, const char *hsa_id, const json_t *document)
{
	const char *its = json_string_value(json_object_get(document, "hsa_id"));

	if (its != NULL && strcmp(its, hsa_id) != 0)
		complain_at(r, "hsa_id", "must be the unit that the path names");
	if (json_object_get(document, "endpoints") != NULL)
		complain_at(r, "endpoints", "are no part of this document");
	unit_read(r, document);
}

/* An object with this one member, by its row among the unit's; null only where that means
 * something. What stands beside the policies where they are read says nothing. */
static void
member_read(struct reader *r, const char *hsa_id, const json_t *document, const char *name)
{
	const struct member *m = unit_members;
	struct member members[4] = {
	    {NULL, MEMBER_OTHER, OPTIONAL, 0, 0, NULL, NULL},
	    {"at", MEMBER_INSTANT, READ_ONLY, 0, 0, NULL, NULL},
	    {"effective", MEMBER_LIST, READ_ONLY, 0, POLICY_COUNT, NULL, NULL},
	    {NULL, MEMBER_OTHER, OPTIONAL, 0, 0, NULL, NULL},
	};
	bool hours = strcmp(name, "hours") == 0;
	json_t *unit;

	while (strcmp(m->name, name) != 0)
		m++;
	if (strcmp(name, "policies") != 0)
		members[1] = members[0];
	members[0] = *m;
	members[0].need = hours ? OPTIONAL : REQUIRED;
	unit = object_take(r, document, members);
	if (hours && json_is_object(document) && json_object_get(document, name) == NULL)
		complain_at(r, name, "is missing: null means open day and night");
	if (hours) {
		hours_check(r, unit);
		json_object_set_new(unit, "hsa_id", json_string(hsa_id));
		json_array_append(r->out->hours, unit);
	} else {
		unit_lists_read(r, hsa_id, unit);
	}
	json_decref(unit);
}

int
region_document_read(const json_t *document, enum unit_document what, const char *hsa_id,
    enum unit_slag slag, struct region_file *out, region_file_complain *complain_to, void *arg)
{
	struct reader r = reader_begin(out, complain_to, arg);

	r.slag = (int)slag;
	if (what == UNIT_ITSELF)
		itself_read(&r, hsa_id, document);
	else
		member_read(&r, hsa_id, document, unit_document_member(what));
	return reader_end(&r);
}

void
region_file_free(struct region_file *file)
{
	json_t *const all[] = {file->units, file->hours, file->staff, file->absences, file->slots,
	    file->standing_decisions, file->policies, file->endpoints, file->staff_of,
	    file->slots_of, file->standing_decisions_of, file->policies_of, file->endpoints_of,
	    file->absences_of, file->staff_at, file->persons};

	for (size_t i = 0; i < sizeof(all) / sizeof(*all); i++)
		json_decref(all[i]);
	memset(file, 0, sizeof(*file));
}
