/*
 * Owns the order of the region's arrays, the index over them, and every look-up: of units, staff,
 * absences, deputies, standing decisions (B4), policies, loads and bookings (D6). Look-ups come
 * several times a message, so they are hash probes and binary searches over a few megabytes. Knows
 * no database and no clock: register.c fills the arrays.
 */
#include "region.h"

#include "log.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

#define DEPUTY_STEPS_MAX 4

#define POLICY_ROW(id, word, what, standard, min, max, of) {word, what, standard, min, max, of},
const struct policy_info policy_table[POLICY_COUNT] = {POLICIES(POLICY_ROW)};

/* Rows by a hash; probing is linear, the table at most half full, -1 is empty. */
struct row_hash {
	int32_t *row;
	uint32_t mask;
};

/* An instant at which something valid for this scope begins or ends. */
struct change {
	enum policy_scope scope;
	int32_t region;
	kommun_kod kommun;
	unit_id unit;
	instant at;
};

/*
 * Chains of bookings by a hash of the person, of the slot and of the episode: heads, and for each
 * booking the next; -1 ends.
 */
enum booking_key { BY_STAFF, BY_SLOT, BY_EPISODE, BOOKING_KEYS };

struct booking_index {
	int32_t *head[BOOKING_KEYS], *next[BOOKING_KEYS];
	uint32_t mask;
};

struct region_index {
	struct row_hash unit, unit_hsa, staff, staff_hsa;
	int32_t *by_kommun; /* rows of units sorted by kommun, slag, unit */
	int scope_first[POLICY_COUNT][SCOPE_UNIT + 2]; /* by scope, widest last: see scope_rows() */
	struct change *changes;
	int change_count;
	struct booking_index bookings;
};

/* ---- Words and values of policies ---- */

int
policy_from(const char *word, size_t len)
{
	for (int p = 0; p < POLICY_COUNT; p++)
		if (strlen(policy_table[p].word) == len &&
		    memcmp(policy_table[p].word, word, len) == 0)
			return p;
	return -1;
}

/* The place of a word in "a|b|c", or -1. */
static int
choice_from(const char *choices, const char *word, size_t len)
{
	for (int n = 0;; n++) {
		size_t choice_len = strcspn(choices, "|");

		if (choice_len == len && memcmp(choices, word, len) == 0)
			return n;
		if (choices[choice_len] == '\0')
			return -1;
		choices += choice_len + 1;
	}
}

const char *
policy_value_from(enum policy p, const char *text, size_t len, int64_t *out)
{
	const struct policy_info *info = &policy_table[p];
	int64_t value = 0;

	if (strchr(info->what, '|') != NULL) {
		value = choice_from(info->what, text, len);
		if (value < 0)
			return "must be one of the policy's words";
		*out = value;
		return NULL;
	}
	if (len == 0 || len > 15)
		return "must be a whole number of at most 15 digits";
	for (size_t i = 0; i < len; i++) {
		if (text[i] < '0' || text[i] > '9')
			return "must be a whole number of at most 15 digits";
		value = value * 10 + (text[i] - '0');
	}
	if (value < info->min || value > info->max)
		return "is outside the policy's range";
	*out = value;
	return NULL;
}

size_t
policy_value_format(enum policy p, int64_t value, char out[static POLICY_VALUE_TEXT_MAX])
{
	const char *choice = policy_table[p].what;
	char digits[POLICY_VALUE_TEXT_MAX];
	size_t len = 0, n = 0;

	require(value >= policy_table[p].min && value <= policy_table[p].max);
	if (strchr(choice, '|') != NULL) {
		for (int64_t i = 0; i < value; i++)
			choice += strcspn(choice, "|") + 1;
		len = strcspn(choice, "|");
		require(len < POLICY_VALUE_TEXT_MAX);
		memcpy(out, choice, len);
	} else {
		do
			digits[n++] = (char)('0' + value % 10);
		while ((value /= 10) > 0);
		while (n > 0)
			out[len++] = digits[--n];
	}
	out[len] = '\0';
	return len;
}

static const char *const scope_words[] = {"all", "region", "kommun", "region_kommun", "unit"};

const char *
policy_scope_word(enum policy_scope scope)
{
	return scope_words[scope];
}

int
policy_scope_from(const char *word, size_t len)
{
	for (int i = SCOPE_ALL; i <= SCOPE_UNIT; i++)
		if (strlen(scope_words[i]) == len && memcmp(scope_words[i], word, len) == 0)
			return i;
	return -1;
}

/* ---- Orders ---- */

/* Compares two numbers for qsort. */
static int
order(int64_t a, int64_t b)
{
	return (a > b) - (a < b);
}

static int
unit_order(const void *a, const void *b)
{
	return order(((const struct unit *)a)->unit, ((const struct unit *)b)->unit);
}

static int
staff_order(const void *a, const void *b)
{
	const struct staff *x = a, *y = b;

	return x->unit != y->unit ? order(x->unit, y->unit) : order(x->staff, y->staff);
}

static int
absence_order(const void *a, const void *b)
{
	const struct absence *x = a, *y = b;

	return x->staff != y->staff ? order(x->staff, y->staff) : order(x->from_at, y->from_at);
}

static int
slot_order(const void *a, const void *b)
{
	const struct slot *x = a, *y = b;
	bool x_ended = x->ended_at != INSTANT_NEVER, y_ended = y->ended_at != INSTANT_NEVER;

	if (x->unit != y->unit)
		return order(x->unit, y->unit);
	return x_ended != y_ended ? order(x_ended, y_ended) : order(x->slot, y->slot);
}

static int
standing_decision_order(const void *a, const void *b)
{
	const struct standing_decision *x = a, *y = b;

	return x->unit != y->unit ? order(x->unit, y->unit) : order(x->from_at, y->from_at);
}

static int
scope_order(const struct policy_row *x, const struct policy_row *y)
{
	if (x->region != y->region)
		return order(x->region, y->region);
	if (x->kommun != y->kommun)
		return order(x->kommun, y->kommun);
	return order(x->unit, y->unit);
}

static int
policy_order(const void *a, const void *b)
{
	const struct policy_row *x = a, *y = b;
	int scope;

	if (x->policy != y->policy)
		return order(x->policy, y->policy);
	if (x->scope != y->scope)
		return order(y->scope, x->scope);
	scope = scope_order(x, y);
	return scope != 0 ? scope : order(y->from_at, x->from_at);
}

static int
change_scope_order(const struct change *x, const struct change *y)
{
	if (x->scope != y->scope)
		return order(x->scope, y->scope);
	if (x->region != y->region)
		return order(x->region, y->region);
	if (x->kommun != y->kommun)
		return order(x->kommun, y->kommun);
	return order(x->unit, y->unit);
}

static int
change_order(const void *a, const void *b)
{
	const struct change *x = a, *y = b;
	int scope = change_scope_order(x, y);

	return scope != 0 ? scope : order(x->at, y->at);
}

static void
sort(void *rows, int count, size_t size, int (*compare)(const void *, const void *))
{
	require(count >= 0);
	if (count > 1)
		qsort(rows, (size_t)count, size, compare);
}

/* ---- Hashes ---- */

static uint32_t
hash_number(uint64_t n)
{
	n ^= n >> 32;
	n *= UINT64_C(0x9E3779B97F4A7C15);
	return (uint32_t)(n >> 32);
}

static uint32_t
hash_text(const char *text)
{
	uint64_t h = UINT64_C(0xCBF29CE484222325);

	for (; *text != '\0'; text++)
		h = (h ^ (unsigned char)*text) * UINT64_C(0x100000001B3);
	return hash_number(h);
}

/* A table for count rows, empty; a power of two, at most half full. */
static struct row_hash
row_hash_new(int count)
{
	struct row_hash h;
	uint32_t size = 8;

	require(count >= 0 && count < INT_MAX / 4);
	while (size < 2 * (uint32_t)count)
		size *= 2;
	h.row = xmalloc(size * sizeof(*h.row));
	h.mask = size - 1;
	memset(h.row, 0xFF, size * sizeof(*h.row));
	return h;
}

static void
row_hash_add(struct row_hash *h, uint32_t hash, int32_t row)
{
	uint32_t at = hash & h->mask;

	while (h->row[at] >= 0)
		at = (at + 1) & h->mask;
	h->row[at] = row;
}

static struct region_index *
index_free(struct region_index *index)
{
	if (index == NULL)
		return NULL;
	free(index->unit.row);
	free(index->unit_hsa.row);
	free(index->staff.row);
	free(index->staff_hsa.row);
	free(index->by_kommun);
	free(index->changes);
	for (int key = 0; key < BOOKING_KEYS; key++) {
		free(index->bookings.head[key]);
		free(index->bookings.next[key]);
	}
	free(index);
	return NULL;
}

/* ---- Building the index ---- */

static void
index_rows(struct region *r)
{
	struct region_index *index = r->index;

	index->unit = row_hash_new(r->unit_count);
	index->unit_hsa = row_hash_new(r->unit_count);
	for (int i = 0; i < r->unit_count; i++) {
		row_hash_add(&index->unit, hash_number((uint64_t)r->units[i].unit), i);
		row_hash_add(&index->unit_hsa, hash_text(r->units[i].hsa_id), i);
	}
	index->staff = row_hash_new(r->staff_count);
	index->staff_hsa = row_hash_new(r->staff_count);
	for (int i = 0; i < r->staff_count; i++) {
		row_hash_add(&index->staff, hash_number((uint64_t)r->staff[i].staff), i);
		row_hash_add(&index->staff_hsa, hash_text(r->staff[i].hsa_id), i);
	}
}

/* Each unit's stretches of r->staff and r->slots; all three are sorted by unit. */
static void
index_stretches(struct region *r)
{
	int staff = 0, slot = 0;

	for (int i = 0; i < r->unit_count; i++) {
		struct unit *u = &r->units[i];

		while (staff < r->staff_count && r->staff[staff].unit < u->unit)
			staff++;
		u->staff_first = staff;
		while (staff < r->staff_count && r->staff[staff].unit == u->unit)
			staff++;
		u->staff_count = staff - u->staff_first;
		while (slot < r->slot_count && r->slots[slot].unit < u->unit)
			slot++;
		u->slot_first = slot;
		while (slot < r->slot_count && r->slots[slot].unit == u->unit &&
		       r->slots[slot].ended_at == INSTANT_NEVER)
			slot++;
		u->slot_count = slot - u->slot_first;
	}
}

struct by_kommun {
	kommun_kod kommun;
	enum unit_slag slag;
	int32_t row;
};

static int
by_kommun_order(const void *a, const void *b)
{
	const struct by_kommun *x = a, *y = b;

	if (x->kommun != y->kommun)
		return order(x->kommun, y->kommun);
	return x->slag != y->slag ? order(x->slag, y->slag) : order(x->row, y->row);
}

static void
index_kommuner(struct region *r)
{
	struct by_kommun *sorted = xcalloc((size_t)r->unit_count, sizeof(*sorted));

	for (int i = 0; i < r->unit_count; i++)
		sorted[i] = (struct by_kommun){r->units[i].kommun, r->units[i].slag, i};
	sort(sorted, r->unit_count, sizeof(*sorted), by_kommun_order);
	r->index->by_kommun = xcalloc((size_t)r->unit_count, sizeof(int32_t));
	for (int i = 0; i < r->unit_count; i++)
		r->index->by_kommun[i] = sorted[i].row;
	free(sorted);
}

/*
 * scope_first[p][k]: the first row of policy p whose scope is SCOPE_UNIT - k or wider; [SCOPE_UNIT
 * + 1]: past the last.
 */
static void
index_policies(struct region *r)
{
	int row = 0;

	for (int p = 0; p < POLICY_COUNT; p++) {
		for (int k = 0; k <= SCOPE_UNIT; k++) {
			r->index->scope_first[p][k] = row;
			while (row < r->policy_count && (int)r->policies[row].policy == p &&
			       (int)r->policies[row].scope == SCOPE_UNIT - k)
				row++;
		}
		r->index->scope_first[p][SCOPE_UNIT + 1] = row;
	}
	require(row == r->policy_count);
}

static void
change_add(struct region_index *index, struct change scope, instant at)
{
	if (at == INSTANT_NONE || at == INSTANT_NEVER)
		return;
	scope.at = at;
	index->changes[index->change_count++] = scope;
}

static void
index_changes(struct region *r)
{
	struct region_index *index = r->index;
	size_t most = 2 * (size_t)r->policy_count + 3 * (size_t)r->standing_decision_count;

	index->changes = xcalloc(most, sizeof(*index->changes));
	for (int i = 0; i < r->policy_count; i++) {
		const struct policy_row *p = &r->policies[i];
		struct change scope = {p->scope, p->region, p->kommun, p->unit, 0};

		change_add(index, scope, p->from_at);
		change_add(index, scope, p->to_at);
	}
	for (int i = 0; i < r->standing_decision_count; i++) {
		const struct standing_decision *s = &r->standing_decisions[i];
		struct change scope = {SCOPE_UNIT, 0, 0, s->unit, 0};

		change_add(index, scope, s->from_at);
		change_add(index, scope, s->to_at);
		change_add(index, scope, s->revoked_at);
	}
	sort(index->changes, index->change_count, sizeof(*index->changes), change_order);
}

/* ---- Bookings ---- */

static int64_t
booking_key(const struct booking *b, enum booking_key key)
{
	switch (key) {
	case BY_STAFF:
		return b->staff;
	case BY_SLOT:
		return b->slot;
	case BY_EPISODE:
		return b->episode;
	case BOOKING_KEYS:
		break;
	}
	require(!"a key of bookings");
	return 0;
}

/* Where the chain of all with this key's hash begins. */
static int32_t *
booking_head(const struct region *r, enum booking_key key, int64_t value)
{
	const struct booking_index *index = &r->index->bookings;
	return &index->head[key][hash_number((uint64_t)value) & index->mask];
}

static void
booking_link(struct region *r, int32_t row)
{
	for (int key = 0; key < BOOKING_KEYS; key++) {
		int32_t *head = booking_head(r, key, booking_key(&r->bookings[row], key));
		r->index->bookings.next[key][row] = *head;
		*head = row;
	}
}

/* Takes row out of the chain that begins at *head. */
static void
chain_remove(int32_t *head, int32_t *next, int32_t row)
{
	while (*head != row) {
		require(*head >= 0);
		head = &next[*head];
	}
	*head = next[row];
}

static void
booking_unlink(struct region *r, int32_t row)
{
	for (int key = 0; key < BOOKING_KEYS; key++)
		chain_remove(booking_head(r, key, booking_key(&r->bookings[row], key)),
		    r->index->bookings.next[key], row);
}

/* Builds the chains anew for all bookings and room for cap. */
static void
index_bookings(struct region *r)
{
	struct booking_index *index = &r->index->bookings;
	size_t heads = 64, cap = r->booking_cap > 0 ? (size_t)r->booking_cap : 1;

	while (heads < cap)
		heads *= 2;
	index->mask = (uint32_t)heads - 1;
	for (int key = 0; key < BOOKING_KEYS; key++) {
		index->head[key] = xrealloc(index->head[key], heads * sizeof(int32_t));
		index->next[key] = xrealloc(index->next[key], cap * sizeof(int32_t));
		memset(index->head[key], 0xFF, heads * sizeof(int32_t));
	}
	for (int i = 0; i < r->booking_count; i++)
		booking_link(r, i);
}

/* Nothing else of that person, or of that slot, overlaps [start, end). */
static bool
key_is_free(const struct region *r, enum booking_key key, int64_t value, instant start, instant end,
    int64_t episode)
{
	int32_t row = *booking_head(r, key, value);

	for (; row >= 0; row = r->index->bookings.next[key][row]) {
		const struct booking *b = &r->bookings[row];

		if (booking_key(b, key) == value && b->episode != episode && b->start_at < end &&
		    start < b->end_at)
			return false;
	}
	return true;
}

bool
region_free_at(const struct region *r, staff_id staff, int32_t slot, instant start, instant end,
    int64_t episode)
{
	return key_is_free(r, BY_STAFF, staff, start, end, episode) &&
	       (slot == 0 || key_is_free(r, BY_SLOT, slot, start, end, episode));
}

void
region_unbook(struct region *r, int64_t episode)
{
	int32_t row = *booking_head(r, BY_EPISODE, episode);
	int32_t last = r->booking_count - 1;

	while (row >= 0 && r->bookings[row].episode != episode)
		row = r->index->bookings.next[BY_EPISODE][row];
	if (row < 0)
		return;
	booking_unlink(r, row);
	if (row != last) {
		booking_unlink(r, last);
		r->bookings[row] = r->bookings[last];
		booking_link(r, row);
	}
	r->booking_count--;
}

void
region_book(struct region *r, const struct booking *b)
{
	struct booking copy = *b; /* b may be a row of ours, which moves */

	require(copy.start_at < copy.end_at);
	region_unbook(r, copy.episode);
	if (r->booking_count == r->booking_cap) {
		require(r->booking_cap < INT_MAX / 4);
		r->booking_cap = r->booking_cap > 0 ? 2 * r->booking_cap : 64;
		r->bookings = xrealloc(r->bookings, (size_t)r->booking_cap * sizeof(*r->bookings));
		index_bookings(r);
	}
	r->bookings[r->booking_count] = copy;
	booking_link(r, r->booking_count++);
}

static void
load_change(struct region *r, staff_id staff, int by)
{
	const struct staff *s = region_staff(r, staff);

	if (s != NULL) {
		struct staff *mine = &r->staff[s - r->staff];

		mine->load = mine->load + by < 0 ? 0 : mine->load + by;
	}
}

static void
expiry_add(struct region *r, struct expiry e)
{
	if (r->expiry_count == r->expiry_cap) {
		r->expiry_cap = r->expiry_cap > 0 ? 2 * r->expiry_cap : 64;
		r->expiries = xrealloc(r->expiries, (size_t)r->expiry_cap * sizeof(*r->expiries));
	}
	r->expiries[r->expiry_count++] = e;
}

/* False: there is none, so it is over already. */
static bool
expiry_remove(struct region *r, staff_id staff, instant to_at)
{
	for (int i = 0; i < r->expiry_count; i++) {
		if (r->expiries[i].staff != staff || r->expiries[i].to_at != to_at)
			continue;
		r->expiries[i] = r->expiries[--r->expiry_count];
		return true;
	}
	return false;
}

void
region_load_add(struct region *r, staff_id staff, instant to_at, int by)
{
	bool ends = to_at != INSTANT_NONE && to_at != INSTANT_NEVER;

	if (ends && by < 0 && !expiry_remove(r, staff, to_at))
		return;
	if (ends && by > 0)
		expiry_add(r, (struct expiry){staff, to_at});
	load_change(r, staff, by);
}

void
region_expire(struct region *r, instant now)
{
	for (int i = 0; i < r->expiry_count;) {
		struct expiry e = r->expiries[i];
		if (e.to_at > now) {
			i++;
			continue;
		}
		r->expiries[i] = r->expiries[--r->expiry_count];
		load_change(r, e.staff, -1);
	}
}

void
region_inherit(struct region *to, const struct region *from)
{
	for (int i = 0; i < from->staff_count; i++)
		load_change(to, from->staff[i].staff, from->staff[i].load);
	for (int i = 0; i < from->expiry_count; i++)
		expiry_add(to, from->expiries[i]);
	for (int i = 0; i < from->booking_count; i++)
		region_book(to, &from->bookings[i]);
}

/* ---- The whole ---- */

void
region_index(struct region *r)
{
	index_free(r->index);
	r->index = xcalloc(1, sizeof(*r->index));
	sort(r->units, r->unit_count, sizeof(*r->units), unit_order);
	sort(r->staff, r->staff_count, sizeof(*r->staff), staff_order);
	sort(r->absences, r->absence_count, sizeof(*r->absences), absence_order);
	sort(r->slots, r->slot_count, sizeof(*r->slots), slot_order);
	sort(r->standing_decisions, r->standing_decision_count, sizeof(*r->standing_decisions),
	    standing_decision_order);
	sort(r->policies, r->policy_count, sizeof(*r->policies), policy_order);
	index_rows(r);
	index_stretches(r);
	index_kommuner(r);
	index_policies(r);
	index_changes(r);
	if (r->booking_cap < r->booking_count)
		r->booking_cap = r->booking_count;
	index_bookings(r);
}

void
region_free(struct region *r)
{
	free(r->units);
	free(r->staff);
	free(r->absences);
	free(r->slots);
	for (int i = 0; i < r->standing_decision_count; i++)
		free(r->standing_decisions[i].kriterier);
	free(r->standing_decisions);
	free(r->policies);
	free(r->expiries);
	free(r->bookings);
	index_free(r->index);
	memset(r, 0, sizeof(*r));
}

/* ---- Units and staff ---- */

const struct unit *
region_unit(const struct region *r, unit_id unit)
{
	const struct row_hash *h = &r->index->unit;
	uint32_t at = hash_number((uint64_t)unit) & h->mask;

	for (; h->row[at] >= 0; at = (at + 1) & h->mask)
		if (r->units[h->row[at]].unit == unit)
			return &r->units[h->row[at]];
	return NULL;
}

const struct staff *
region_staff(const struct region *r, staff_id staff)
{
	const struct row_hash *h = &r->index->staff;
	uint32_t at = hash_number((uint64_t)staff) & h->mask;

	for (; h->row[at] >= 0; at = (at + 1) & h->mask)
		if (r->staff[h->row[at]].staff == staff)
			return &r->staff[h->row[at]];
	return NULL;
}

unit_id
region_unit_by_hsa(const struct region *r, const char *hsa_id)
{
	const struct row_hash *h = &r->index->unit_hsa;
	uint32_t at = hash_text(hsa_id) & h->mask;

	for (; h->row[at] >= 0; at = (at + 1) & h->mask)
		if (strcmp(r->units[h->row[at]].hsa_id, hsa_id) == 0)
			return r->units[h->row[at]].unit;
	return 0;
}

staff_id
region_staff_by_hsa(const struct region *r, const char *hsa_id)
{
	const struct row_hash *h = &r->index->staff_hsa;
	uint32_t at = hash_text(hsa_id) & h->mask;

	for (; h->row[at] >= 0; at = (at + 1) & h->mask)
		if (strcmp(r->staff[h->row[at]].hsa_id, hsa_id) == 0)
			return r->staff[h->row[at]].staff;
	return 0;
}

static bool
is_oppenvard(enum unit_slag slag)
{
	return slag == PRIMARVARD || slag == SPECIALISTOPPENVARD;
}

bool
unit_is_oppenvard(const struct unit *u)
{
	return is_oppenvard(u->slag);
}

static const char of_all[] = "is one for all: of any other scope it would never count";

const char *
policy_scope_refusal(enum policy p, enum policy_scope scope)
{
	return policy_table[p].of == OF_ALL && scope != SCOPE_ALL ? of_all : NULL;
}

const char *
policy_unit_refusal(enum policy p, enum unit_slag slag)
{
	switch (policy_table[p].of) {
	case OF_ANY_UNIT:
		break;
	case OF_WARD:
		return slag == SLUTENVARD
			   ? NULL
			   : "is asked of a hospital's ward: of this unit it would never count";
	case OF_OPPENVARD:
		return is_oppenvard(slag) ? NULL
					  : "is asked of a unit of regional oppenvard: of this "
					    "unit it would never count";
	case OF_NO_UNIT:
		return "is asked of a caring region and a payer: of a unit it would never count";
	case OF_ALL:
		return of_all;
	}
	return NULL;
}

bool
unit_is_meant(const struct unit *u, kommun_kod kommun, enum unit_slag slag, const char *distrikt)
{
	return u != NULL && u->kommun == kommun && u->slag == slag &&
	       (distrikt[0] == '\0' || strcmp(distrikt, u->distrikt) == 0);
}

int
region_units_of(const struct region *r, kommun_kod kommun, enum unit_slag slag,
    const char *distrikt, unit_id *out, int max)
{
	int low = 0, high = r->unit_count, count = 0;

	while (low < high) {
		int middle = low + (high - low) / 2;
		const struct unit *u = &r->units[r->index->by_kommun[middle]];

		if (u->kommun < kommun || (u->kommun == kommun && u->slag < slag))
			low = middle + 1;
		else
			high = middle;
	}
	for (; low < r->unit_count; low++) {
		const struct unit *u = &r->units[r->index->by_kommun[low]];

		if (u->kommun != kommun || u->slag != slag)
			break;
		if (!unit_is_meant(u, kommun, slag, distrikt))
			continue;
		if (count < max)
			out[count] = u->unit;
		count++;
	}
	return count;
}

/* ---- Absences and deputies ---- */

int
region_absence_first(const struct region *r, staff_id staff)
{
	int low = 0, high = r->absence_count;

	while (low < high) {
		int middle = low + (high - low) / 2;

		if (r->absences[middle].staff < staff)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

const struct absence *
region_absence(const struct region *r, staff_id staff, instant t)
{
	for (int i = region_absence_first(r, staff); i < r->absence_count; i++) {
		const struct absence *a = &r->absences[i];

		if (a->staff != staff || a->from_at > t)
			break;
		if (t < a->to_at)
			return a;
	}
	return NULL;
}

void
region_absence_put(struct region *r, const struct absence *absence)
{
	int kept = 0;

	for (int i = 0; i < r->absence_count; i++) {
		const struct absence *a = &r->absences[i];
		if (a->staff != absence->staff || a->to_at <= absence->from_at ||
		    a->from_at >= absence->to_at)
			r->absences[kept++] = *a;
	}
	r->absences = xrealloc(r->absences, (size_t)(kept + 1) * sizeof(*r->absences));
	r->absences[kept] = *absence;
	r->absence_count = kept + 1;
	sort(r->absences, r->absence_count, sizeof(*r->absences), absence_order);
}

void
region_leaves(struct region *r, staff_id staff, instant at)
{
	struct staff *s = (struct staff *)region_staff(r, staff);

	if (s != NULL)
		s->slutar_at = at;
}

void
region_absence_end(struct region *r, staff_id staff, instant at)
{
	for (int i = region_absence_first(r, staff); i < r->absence_count; i++) {
		struct absence *a = &r->absences[i];
		if (a->staff != staff)
			break;
		if (a->from_at < at && a->to_at > at)
			a->to_at = at;
	}
	region_leaves(r, staff, INSTANT_NEVER);
}

/* The next instant after t at which one person's absence begins or ends, or the person leaves. */
static instant
person_next(const struct region *r, const struct staff *s, instant t)
{
	instant next = s->slutar_at > t ? s->slutar_at : INSTANT_NEVER;

	for (int i = region_absence_first(r, s->staff); i < r->absence_count; i++) {
		const struct absence *a = &r->absences[i];

		if (a->staff != s->staff || a->from_at >= next)
			break;
		if (a->from_at > t)
			next = a->from_at;
		else if (a->to_at > t && a->to_at < next)
			next = a->to_at;
	}
	return next;
}

/* Who stands in for a person who is away at t, NULL if nobody does; the person while not away. */
static const struct staff *
deputy_step(const struct region *r, const struct staff *s, instant t)
{
	const struct absence *a;

	if (s->slutar_at <= t)
		return NULL;
	a = region_absence(r, s->staff, t);
	if (a == NULL)
		return s;
	return region_staff(r, a->ersattare != 0 ? a->ersattare : s->ersattare);
}

instant
region_absence_next(const struct region *r, staff_id staff, instant t)
{
	const struct staff *s = region_staff(r, staff);
	instant next = INSTANT_NEVER;

	for (int step = 0; s != NULL && step <= DEPUTY_STEPS_MAX; step++) {
		const struct staff *deputy = deputy_step(r, s, t);
		instant own = person_next(r, s, t);

		if (own < next)
			next = own;
		if (deputy == s)
			break;
		s = deputy;
	}
	return next;
}

staff_id
region_acting(const struct region *r, staff_id staff, instant t)
{
	const struct staff *s = region_staff(r, staff);

	for (int step = 0; s != NULL && step <= DEPUTY_STEPS_MAX; step++) {
		const struct staff *deputy = deputy_step(r, s, t);

		if (deputy == s)
			return s->staff;
		s = deputy;
	}
	return 0;
}

/* ---- Standing decisions and policies ---- */

const struct standing_decision *
region_standing_decision(const struct region *r, unit_id unit, instant t)
{
	int low = 0, high = r->standing_decision_count;

	while (low < high) {
		int middle = low + (high - low) / 2;

		if (r->standing_decisions[middle].unit < unit)
			low = middle + 1;
		else
			high = middle;
	}
	for (; low < r->standing_decision_count; low++) {
		const struct standing_decision *s = &r->standing_decisions[low];

		if (s->unit != unit || s->from_at > t)
			break;
		if (t < s->to_at && t < s->revoked_at)
			return s;
	}
	return NULL;
}

/*
 * What a scope names for a unit, in the form of the rows' own columns. False if the unit has no
 * such (no kommun, or no unit at all).
 */
static bool
scope_of(const struct unit *u, enum policy_scope scope, struct change *out)
{
	*out = (struct change){.scope = scope};
	if (scope == SCOPE_ALL)
		return true;
	if (u == NULL)
		return false;
	switch (scope) {
	case SCOPE_ALL:
		break;
	case SCOPE_REGION:
		out->region = u->region;
		return u->region != 0;
	case SCOPE_KOMMUN:
		out->kommun = u->kommun;
		return u->kommun != 0;
	case SCOPE_REGION_KOMMUN:
		out->region = u->region;
		out->kommun = u->kommun;
		return u->region != 0 && u->kommun != 0;
	case SCOPE_UNIT:
		out->unit = u->unit;
		return true;
	}
	return false;
}

/*
 * The row among r->policies[low, high), all of one policy and scope, that is valid for the scope at
 * t, or NULL.
 */
static const struct policy_row *
policy_find(const struct region *r, int low, int high, const struct change *scope, instant t)
{
	struct policy_row wanted = {
	    .region = scope->region, .kommun = scope->kommun, .unit = scope->unit};
	int end = high;

	while (low < high) {
		int middle = low + (high - low) / 2;

		if (scope_order(&r->policies[middle], &wanted) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	for (; low < end && scope_order(&r->policies[low], &wanted) == 0; low++)
		if (r->policies[low].from_at <= t && t < r->policies[low].to_at)
			return &r->policies[low];
	return NULL;
}

/* The row by the unit (NULL: only scope all), from the narrowest scope on, or NULL. */
static const struct policy_row *
row_for(const struct region *r, enum policy p, const struct unit *u, instant t)
{
	const int *first = r->index->scope_first[p];
	struct change scope;

	for (int k = 0; k <= SCOPE_UNIT; k++) {
		const struct policy_row *found;

		if (first[k] == first[k + 1] ||
		    !scope_of(u, (enum policy_scope)(SCOPE_UNIT - k), &scope))
			continue;
		found = policy_find(r, first[k], first[k + 1], &scope, t);
		if (found != NULL)
			return found;
	}
	return NULL;
}

const struct policy_row *
region_policy_row(const struct region *r, enum policy p, unit_id unit, instant t)
{
	const int *first = r->index->scope_first[p];

	if (first[0] == first[SCOPE_UNIT + 1])
		return NULL;
	return row_for(r, p, unit != 0 ? region_unit(r, unit) : NULL, t);
}

int64_t
region_policy(const struct region *r, enum policy p, unit_id unit, instant t, int32_t *row)
{
	const struct policy_row *found = region_policy_row(r, p, unit, t);

	if (row != NULL)
		*row = found != NULL ? found->policy_row : 0;
	return found != NULL ? found->value : policy_table[p].standard;
}

int64_t
region_policy_pair(
    const struct region *r, enum policy p, int32_t region, kommun_kod kommun, instant t)
{
	const struct unit nobody = {.region = region, .kommun = kommun};
	const struct policy_row *found = row_for(r, p, &nobody, t);

	return found != NULL ? found->value : policy_table[p].standard;
}

/* The next instant after t at which a row of the policy that may touch the unit begins or ends. */
static instant
policy_edge(const struct region *r, enum policy p, const struct unit *u, instant t)
{
	const int *first = r->index->scope_first[p];
	instant next = INSTANT_NEVER;

	for (int i = first[0]; i < first[SCOPE_UNIT + 1]; i++) {
		const struct policy_row *row = &r->policies[i];
		struct change scope;

		if (!scope_of(u, row->scope, &scope) || scope.region != row->region ||
		    scope.kommun != row->kommun || scope.unit != row->unit)
			continue;
		if (row->from_at > t && row->from_at < next)
			next = row->from_at;
		if (row->to_at > t && row->to_at < next)
			next = row->to_at;
	}
	return next;
}

instant
region_policy_change(const struct region *r, enum policy p, unit_id unit, instant t)
{
	const struct policy_row *held = region_policy_row(r, p, unit, t);
	const struct unit *u = unit != 0 ? region_unit(r, unit) : NULL;
	instant at = policy_edge(r, p, u, t);

	while (at != INSTANT_NEVER && region_policy_row(r, p, unit, at) == held)
		at = policy_edge(r, p, u, at);
	return at;
}

instant
region_next_change(const struct region *r, unit_id unit, instant t)
{
	const struct region_index *index = r->index;
	const struct unit *u = unit != 0 ? region_unit(r, unit) : NULL;
	instant next = INSTANT_NEVER;
	struct change wanted;

	for (int k = SCOPE_ALL; k <= SCOPE_UNIT; k++) {
		int low = 0, high = index->change_count;

		if (!scope_of(u, (enum policy_scope)k, &wanted))
			continue;
		wanted.at = t;
		while (low < high) { /* the first after t */
			int middle = low + (high - low) / 2;

			if (change_order(&index->changes[middle], &wanted) <= 0)
				low = middle + 1;
			else
				high = middle;
		}
		if (low < index->change_count &&
		    change_scope_order(&index->changes[low], &wanted) == 0 &&
		    index->changes[low].at < next)
			next = index->changes[low].at;
	}
	return next;
}
