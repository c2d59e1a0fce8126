/*
 * The region in memory: look-ups, deputies (B13), standing decisions (B4), policies by scope and
 * date, bookings (D6).
 */
#include "daemon/rules/region.h"
#include "daemon/log.h"

#include <check.h>
#include <inttypes.h>
#include <stdlib.h>
#include <stdio.h>
#include <string.h>

#define DAY (24 * HOUR)

static struct region region;

static void
unit_add(int at, unit_id unit, enum unit_slag slag, int32_t region_kod, kommun_kod kommun,
    const char *distrikt)
{
	struct unit *u = &region.units[at];

	u->unit = unit;
	u->slag = slag;
	u->region = region_kod;
	u->kommun = kommun;
	snprintf(u->distrikt, sizeof(u->distrikt), "%s", distrikt);
	snprintf(u->hsa_id, sizeof(u->hsa_id), "SE2321000131-U%d", unit);
}

static void
staff_add(int at, staff_id staff, unit_id unit, staff_id ersattare, instant slutar_at)
{
	struct staff *s = &region.staff[at];

	s->staff = staff;
	s->unit = unit;
	s->ersattare = ersattare;
	s->slutar_at = slutar_at;
	snprintf(s->hsa_id, sizeof(s->hsa_id), "SE2321000131-P%d", staff);
}

#define UNITS 5
#define STAFF 11

/* Filled out of order on purpose: region_index sorts. */
static void
units_and_staff(void)
{
	region.units = xcalloc(UNITS, sizeof(*region.units));
	region.unit_count = UNITS;
	unit_add(0, 30, KOMMUNAL_HSL, 12, 1280, "norr");
	unit_add(1, 10, PRIMARVARD, 12, 1280, "");
	unit_add(2, 40, KOMMUNAL_HSL, 12, 1280, "soder");
	unit_add(3, 20, SPECIALISTOPPENVARD, 12, 1281, "");
	unit_add(4, 50, SLUTENVARD, 0, 0, "");
	region.staff = xcalloc(STAFF, sizeof(*region.staff));
	region.staff_count = STAFF;
	staff_add(0, 9, 20, 0, INSTANT_NEVER);
	staff_add(1, 1, 10, 2, INSTANT_NEVER); /* away days 10-20 and 30-; deputy 2 */
	staff_add(2, 2, 10, 3, INSTANT_NEVER); /* away days 15-18; deputy 3 */
	staff_add(3, 3, 10, 0, 40 * DAY);      /* away days 16-17; leaves on day 40 */
	staff_add(4, 4, 20, 5, INSTANT_NEVER); /* 4, 5: each other's deputy, both away days 1-2 */
	staff_add(5, 5, 20, 4, INSTANT_NEVER);
	staff_add(6, 11, 10, 12, INSTANT_NEVER); /* 11-15: a chain, all away on day 5 but 15 */
	staff_add(7, 12, 10, 13, INSTANT_NEVER);
	staff_add(8, 13, 10, 14, INSTANT_NEVER);
	staff_add(9, 14, 10, 15, INSTANT_NEVER);
	staff_add(10, 15, 10, 99, INSTANT_NEVER); /* away on day 6; deputy not in the register */
}

static const struct absence absences[] = {
    {2, 15 * DAY, 18 * DAY, 0},
    {1, 30 * DAY, INSTANT_NEVER, 9}, /* 9 stands in this time, not 2 */
    {1, 10 * DAY, 20 * DAY, 0},
    {3, 16 * DAY, 17 * DAY, 0},
    {4, 1 * DAY, 2 * DAY, 0},
    {5, 1 * DAY, 2 * DAY, 0},
    {11, 5 * DAY, 6 * DAY, 0},
    {12, 5 * DAY, 6 * DAY, 0},
    {13, 5 * DAY, 6 * DAY, 0},
    {14, 5 * DAY, 6 * DAY, 0},
    {15, 6 * DAY, 7 * DAY, 0},
    {14, 6 * DAY, 7 * DAY, 15},
};

static const struct standing_decision decisions[] = {
    {3, 20, 9, 0, 100 * DAY, INSTANT_NEVER, NULL},
    {1, 10, 1, 10 * DAY, 20 * DAY, 15 * DAY, NULL},
    {2, 10, 1, 18 * DAY, 30 * DAY, INSTANT_NEVER, NULL},
};

static const struct policy_row policies[] = {
    {1, POLICY_SIP_WINDOW, SCOPE_ALL, 0, 0, 0, 20, 0, INSTANT_NEVER},
    {2, POLICY_SIP_WINDOW, SCOPE_REGION, 12, 0, 0, 21, 10 * DAY, 50 * DAY},
    {3, POLICY_SIP_WINDOW, SCOPE_KOMMUN, 0, 1280, 0, 22, 20 * DAY, 50 * DAY},
    {4, POLICY_SIP_WINDOW, SCOPE_REGION_KOMMUN, 12, 1280, 0, 23, 30 * DAY, 50 * DAY},
    {5, POLICY_SIP_WINDOW, SCOPE_UNIT, 0, 0, 10, 24, 40 * DAY, 45 * DAY},
    {6, POLICY_FVK_MODE, SCOPE_UNIT, 0, 0, 20, FVK_AUTO, 0, 5 * DAY},
    {7, POLICY_FVK_MODE, SCOPE_UNIT, 0, 0, 20, FVK_MANUAL, 5 * DAY, INSTANT_NEVER},
    {8, POLICY_FVK_MODE, SCOPE_UNIT, 0, 0, 20, FVK_AUTO, 8 * DAY, 9 * DAY}, /* overlaps */
};

static void *
copy(const void *rows, size_t size)
{
	return memcpy(xmalloc(size), rows, size);
}

static void
setup(void)
{
	units_and_staff();
	region.absences = copy(absences, sizeof(absences));
	region.absence_count = sizeof(absences) / sizeof(*absences);
	region.standing_decisions = copy(decisions, sizeof(decisions));
	region.standing_decision_count = sizeof(decisions) / sizeof(*decisions);
	region.policies = copy(policies, sizeof(policies));
	region.policy_count = sizeof(policies) / sizeof(*policies);
	region_index(&region);
}

static void
teardown(void)
{
	region_free(&region);
}

START_TEST(lookups)
{
	unit_id out[4];

	for (unit_id unit = 0; unit <= 60; unit++) {
		const struct unit *u = region_unit(&region, unit);
		bool known = unit >= 10 && unit <= 50 && unit % 10 == 0;

		ck_assert_int_eq(u != NULL, known);
		if (u == NULL)
			continue;
		ck_assert_int_eq(u->unit, unit);
		ck_assert_int_eq(region_unit_by_hsa(&region, u->hsa_id), unit);
		for (int i = 0; i < u->staff_count; i++)
			ck_assert_int_eq(region.staff[u->staff_first + i].unit, unit);
	}
	ck_assert_int_eq(region_unit(&region, 10)->staff_count, 8);
	ck_assert_int_eq(region_unit(&region, 20)->staff_count, 3);
	ck_assert_int_eq(region_unit(&region, 50)->staff_count, 0);
	ck_assert_int_eq(region_staff_by_hsa(&region, "SE2321000131-P9"), 9);
	ck_assert_int_eq(region_staff_by_hsa(&region, "SE2321000131-P99"), 0);
	ck_assert_int_eq(region_unit_by_hsa(&region, ""), 0);
	ck_assert_ptr_null(region_staff(&region, 0));
	ck_assert(unit_is_oppenvard(region_unit(&region, 10)));
	ck_assert(unit_is_oppenvard(region_unit(&region, 20)));
	ck_assert(!unit_is_oppenvard(region_unit(&region, 30)));
	ck_assert_int_eq(region_units_of(&region, 1280, KOMMUNAL_HSL, "", out, 4), 2);
	ck_assert_int_eq(out[0], 30);
	ck_assert_int_eq(out[1], 40);
	ck_assert_int_eq(region_units_of(&region, 1280, KOMMUNAL_HSL, "soder", out, 4), 1);
	ck_assert_int_eq(out[0], 40);
	ck_assert_int_eq(region_units_of(&region, 1280, KOMMUNAL_HSL, "", out, 1), 2);
	ck_assert_int_eq(out[0], 30);
	ck_assert_int_eq(region_units_of(&region, 1280, SOCIALTJANST, "", out, 4), 0);
	ck_assert_int_eq(region_units_of(&region, 9999, KOMMUNAL_HSL, "", out, 4), 0);
}
END_TEST

static const struct {
	const char *rule;
	staff_id staff;
	instant at;
	staff_id acting;
	instant next;
} acting_rows[] = {
    {"B13 present", 1, 9 * DAY, 1, 10 * DAY},
    {"B13 away from the first instant", 1, 10 * DAY, 2, 15 * DAY},
    {"B13 until the last", 1, 20 * DAY - 1, 2, 20 * DAY},
    {"B13 back", 1, 20 * DAY, 1, 30 * DAY},
    {"B13 the deputy's deputy", 1, 15 * DAY, 3, 16 * DAY},
    {"B13 nobody left", 1, 16 * DAY, 0, 17 * DAY},
    {"B13 this absence's own deputy, no end", 1, 30 * DAY, 9, INSTANT_NEVER},
    {"B13 before leaving", 3, 40 * DAY - 1, 3, 40 * DAY},
    {"B13 left", 3, 40 * DAY, 0, INSTANT_NEVER},
    {"B13 a circle ends", 4, 1 * DAY, 0, 2 * DAY},
    {"B13 the circle is over", 4, 2 * DAY, 4, INSTANT_NEVER},
    {"B13 four steps", 11, 5 * DAY, 15, 6 * DAY},
    {"B13 deputy not registered", 15, 6 * DAY, 0, 7 * DAY},
    {"B13 deputy away too, then nobody", 14, 6 * DAY, 0, 7 * DAY},
    {"nobody", 0, 6 * DAY, 0, INSTANT_NEVER},
};

START_TEST(acting)
{
	const instant at = acting_rows[_i].at;
	staff_id staff = acting_rows[_i].staff;

	ck_assert_msg(region_acting(&region, staff, at) == acting_rows[_i].acting, "%s: acting %d",
	    acting_rows[_i].rule, region_acting(&region, staff, at));
	ck_assert_msg(region_absence_next(&region, staff, at) == acting_rows[_i].next,
	    "%s: next after %" PRId64 " h", acting_rows[_i].rule,
	    region_absence_next(&region, staff, at) / HOUR);
}
END_TEST

static const struct {
	const char *rule;
	unit_id unit;
	instant at;
	int32_t decision;
} decision_rows[] = {
    {"B4 not yet", 10, 10 * DAY - 1, 0},
    {"B4 from", 10, 10 * DAY, 1},
    {"B4 last instant before it is revoked", 10, 15 * DAY - 1, 1},
    {"B4 revoked", 10, 15 * DAY, 0},
    {"B4 the next one", 10, 18 * DAY, 2},
    {"B4 ended", 10, 30 * DAY, 0},
    {"B4 another unit's", 20, 50 * DAY, 3},
    {"B4 none", 30, 50 * DAY, 0},
};

START_TEST(standing_decision)
{
	const struct standing_decision *s =
	    region_standing_decision(&region, decision_rows[_i].unit, decision_rows[_i].at);

	ck_assert_msg((s != NULL ? s->standing_decision : 0) == decision_rows[_i].decision, "%s",
	    decision_rows[_i].rule);
}
END_TEST

static const struct {
	const char *rule;
	enum policy policy;
	unit_id unit;
	instant at;
	int64_t value;
	int32_t row;
} policy_rows[] = {
    {"default", POLICY_PAY_DAYS, 10, 1 * DAY, 3, 0},
    {"before the first: default", POLICY_SIP_WINDOW, 10, -1, 14, 0},
    {"all", POLICY_SIP_WINDOW, 10, 0, 20, 1},
    {"region", POLICY_SIP_WINDOW, 10, 10 * DAY, 21, 2},
    {"kommun before region", POLICY_SIP_WINDOW, 10, 20 * DAY, 22, 3},
    {"region-kommun before kommun", POLICY_SIP_WINDOW, 10, 30 * DAY, 23, 4},
    {"unit before all", POLICY_SIP_WINDOW, 10, 40 * DAY, 24, 5},
    {"unit's is over", POLICY_SIP_WINDOW, 10, 45 * DAY, 23, 4},
    {"all but the widest are over", POLICY_SIP_WINDOW, 10, 50 * DAY, 20, 1},
    {"another unit of the kommun", POLICY_SIP_WINDOW, 30, 40 * DAY, 23, 4},
    {"another kommun of the region", POLICY_SIP_WINDOW, 20, 40 * DAY, 21, 2},
    {"no region, no kommun", POLICY_SIP_WINDOW, 50, 40 * DAY, 20, 1},
    {"unit 0: only all", POLICY_SIP_WINDOW, 0, 40 * DAY, 20, 1},
    {"unknown unit: only all", POLICY_SIP_WINDOW, 77, 40 * DAY, 20, 1},
    {"B4 first mode", POLICY_FVK_MODE, 20, 5 * DAY - 1, FVK_AUTO, 6},
    {"B4 next mode", POLICY_FVK_MODE, 20, 5 * DAY, FVK_MANUAL, 7},
    {"the later from_at wins", POLICY_FVK_MODE, 20, 8 * DAY, FVK_AUTO, 8},
    {"and then the one before", POLICY_FVK_MODE, 20, 9 * DAY, FVK_MANUAL, 7},
    {"B4 default mode elsewhere", POLICY_FVK_MODE, 10, 5 * DAY, FVK_PROPOSE, 0},
};

/* F4: where no unit is meant, but a caring region and a kommun. */
static const struct {
	const char *rule;
	int32_t region;
	kommun_kod kommun;
	instant at;
	int64_t value;
} pair_rows[] = {
    {"before the first: default", 12, 1280, -1, 14},
    {"all", 12, 1280, 0, 20},
    {"region", 12, 1280, 10 * DAY, 21},
    {"kommun before region", 12, 1280, 20 * DAY, 22},
    {"the pair before both", 12, 1280, 30 * DAY, 23},
    {"no unit's", 12, 1280, 40 * DAY, 23},
    {"the kommun elsewhere cared for", 14, 1280, 30 * DAY, 22},
    {"another kommun", 12, 1281, 30 * DAY, 21},
    {"region not known", 0, 1280, 30 * DAY, 22},
    {"kommun not known", 12, 0, 30 * DAY, 21},
    {"neither known", 0, 0, 30 * DAY, 20},
};

START_TEST(policy_pair)
{
	int64_t value = region_policy_pair(&region, POLICY_SIP_WINDOW, pair_rows[_i].region,
	    pair_rows[_i].kommun, pair_rows[_i].at);

	ck_assert_msg(value == pair_rows[_i].value, "%s: %" PRId64, pair_rows[_i].rule, value);
}
END_TEST

START_TEST(policy)
{
	int32_t row = -1;
	int64_t value = region_policy(
	    &region, policy_rows[_i].policy, policy_rows[_i].unit, policy_rows[_i].at, &row);

	ck_assert_msg(value == policy_rows[_i].value && row == policy_rows[_i].row,
	    "%s: value %" PRId64 ", row %d", policy_rows[_i].rule, value, row);
}
END_TEST

static const struct {
	const char *rule;
	enum policy policy;
	unit_id unit;
	instant at, next;
	int32_t row; /* that holds from then on; 0: the default */
} policy_change_rows[] = {
    {"the first", POLICY_SIP_WINDOW, 10, -1, 0, 1},
    {"a narrower one begins", POLICY_SIP_WINDOW, 10, 0, 10 * DAY, 2},
    {"a wider one's end is none while the narrower holds", POLICY_SIP_WINDOW, 10, 40 * DAY,
	45 * DAY, 4},
    {"all narrower ones end at once", POLICY_SIP_WINDOW, 10, 45 * DAY, 50 * DAY, 1},
    {"none is left", POLICY_SIP_WINDOW, 10, 50 * DAY, INSTANT_NEVER, 1},
    {"of another unit: none", POLICY_SIP_WINDOW, 50, 0, INSTANT_NEVER, 1},
    {"B4 the one before again", POLICY_FVK_MODE, 20, 8 * DAY, 9 * DAY, 7},
    {"no row at all", POLICY_PAY_DAYS, 10, 0, INSTANT_NEVER, 0},
    {"unknown unit", POLICY_SIP_WINDOW, 77, -1, 0, 1},
};

START_TEST(policy_change)
{
	const struct policy_row *row;
	instant at = region_policy_change(&region, policy_change_rows[_i].policy,
	    policy_change_rows[_i].unit, policy_change_rows[_i].at);

	ck_assert_msg(at == policy_change_rows[_i].next, "%s: at day %" PRId64,
	    policy_change_rows[_i].rule, at / DAY);
	row = region_policy_row(&region, policy_change_rows[_i].policy, policy_change_rows[_i].unit,
	    at == INSTANT_NEVER ? 1000 * DAY : at);
	ck_assert_msg((row != NULL ? row->policy_row : 0) == policy_change_rows[_i].row, "%s",
	    policy_change_rows[_i].rule);
}
END_TEST

static const struct {
	unit_id unit;
	instant at, next;
} change_rows[] = {
    {10, INSTANT_NONE, 0},    /* all */
    {10, 0, 10 * DAY},	      /* region; a standing decision */
    {10, 10 * DAY, 15 * DAY}, /* revoked */
    {10, 15 * DAY, 18 * DAY}, /* the next one */
    {10, 18 * DAY, 20 * DAY}, /* kommun; the first one's own end */
    {10, 45 * DAY, 50 * DAY},
    {10, 50 * DAY, INSTANT_NEVER},
    {20, 0, 5 * DAY},
    {20, 50 * DAY, 100 * DAY},
    {50, 0, INSTANT_NEVER},
    {0, -1, 0},
    {0, 0, INSTANT_NEVER},
};

START_TEST(next_change)
{
	ck_assert_int_eq(region_next_change(&region, change_rows[_i].unit, change_rows[_i].at),
	    change_rows[_i].next);
}
END_TEST

static const struct {
	const char *rule;
	staff_id staff;
	instant start, end;
	int64_t episode;
	bool is_free;
	int32_t slot; /* asked for; the booking holds slot 5 */
} free_rows[] = {
    {"D6 same time", 1, 10, 20, 7, false, 0},
    {"D6 within", 1, 12, 13, 7, false, 0},
    {"D6 around", 1, 5, 25, 7, false, 0},
    {"D6 ends when it starts", 1, 5, 10, 7, true, 0},
    {"D6 starts when it ends", 1, 20, 30, 7, true, 0},
    {"D6 overlaps its first instant", 1, 5, 11, 7, false, 0},
    {"D6 overlaps its last instant", 1, 19, 30, 7, false, 0},
    {"D6 one's own", 1, 10, 20, 100, true, 0},
    {"D6 another person", 2, 10, 20, 7, true, 0},
    {"D6 another person in the same slot", 2, 10, 20, 7, false, 5},
    {"D6 another person in another slot", 2, 10, 20, 7, true, 6},
    {"D6 the same slot later", 2, 20, 30, 7, true, 5},
};

START_TEST(free_at)
{
	region_book(&region, &(struct booking){100, 1, 5, 10, 20});
	ck_assert_msg(
	    region_free_at(&region, free_rows[_i].staff, free_rows[_i].slot, free_rows[_i].start,
		free_rows[_i].end, free_rows[_i].episode) == free_rows[_i].is_free,
	    "%s", free_rows[_i].rule);
}
END_TEST

/* Many bookings, moved and taken back in another order: the index and a plain list agree. */
START_TEST(bookings)
{
	enum { EPISODES = 300 };
	struct booking plain[EPISODES] = {0};
	uint32_t x = 12345;

	for (int n = 0; n < 3000; n++) {
		int episode, count = 0;

		x = x * 1664525u + 1013904223u;
		episode = (int)(x >> 16) % EPISODES;
		if (x & 0x100) {
			region_unbook(&region, episode);
			plain[episode].staff = 0;
		} else {
			plain[episode] =
			    (struct booking){episode, 1 + (int)(x >> 9) % 7, 0, n, n + 50};
			region_book(&region, &plain[episode]);
		}
		for (int i = 0; i < EPISODES; i++)
			count += plain[i].staff != 0;
		ck_assert_int_eq(region.booking_count, count);
		for (staff_id staff = 1; n % 50 == 0 && staff <= 7; staff++) {
			bool is_free = true;

			for (int i = 0; i < EPISODES; i++)
				if (plain[i].staff == staff && plain[i].start_at < n + 10 &&
				    n - 10 < plain[i].end_at)
					is_free = false;
			ck_assert(region_free_at(&region, staff, 0, n - 10, n + 10, -1) == is_free);
		}
	}
	region_index(&region);
	ck_assert(!region_free_at(&region, plain[region.bookings[0].episode].staff, 0,
	    region.bookings[0].start_at, region.bookings[0].end_at, -1));
}
END_TEST

START_TEST(loads)
{
	region_load_add(&region, 9, INSTANT_NONE, 3);
	region_load_add(&region, 9, INSTANT_NONE, -1);
	ck_assert_int_eq(region_staff(&region, 9)->load, 2);
	region_load_add(&region, 9, INSTANT_NONE, -5);
	ck_assert_int_eq(region_staff(&region, 9)->load, 0);
	region_load_add(&region, 12345, INSTANT_NONE, 1);
}
END_TEST

/* An assignment that ends by time is let go once: by time, or before it. */
START_TEST(loads_end)
{
	struct region fresh = {0};

	region_load_add(&region, 9, 100, 1);
	region_load_add(&region, 9, 200, 1);
	region_load_add(&region, 9, INSTANT_NONE, 1);
	region_expire(&region, 99);
	ck_assert_int_eq(region_staff(&region, 9)->load, 3);
	region_expire(&region, 100);
	ck_assert_int_eq(region_staff(&region, 9)->load, 2);
	region_load_add(&region, 9, 100, -1);
	ck_assert_int_eq(region_staff(&region, 9)->load, 2);
	region_load_add(&region, 9, 200, -1);
	region_expire(&region, 300);
	ck_assert_int_eq(region_staff(&region, 9)->load, 1);
	region_load_add(&region, 9, 400, 1);
	region_book(&region, &(struct booking){100, 9, 5, 10, 20});
	fresh.staff = xmalloc(sizeof(struct staff));
	fresh.staff[0] = *region_staff(&region, 9);
	fresh.staff[0].load = 0;
	fresh.staff_count = 1;
	region_index(&fresh);
	region_inherit(&fresh, &region);
	ck_assert_int_eq(region_staff(&fresh, 9)->load, 2);
	ck_assert(!region_free_at(&fresh, 9, 0, 10, 20, 7));
	region_expire(&fresh, 400);
	ck_assert_int_eq(region_staff(&fresh, 9)->load, 1);
	region_free(&fresh);
}
END_TEST

START_TEST(policy_words)
{
	char text[POLICY_VALUE_TEXT_MAX];
	int64_t value;

	for (int p = 0; p < POLICY_COUNT; p++) {
		const struct policy_info *info = &policy_table[p];
		bool none = info->standard < info->min; /* F5 */
		const int64_t values[] = {info->min, none ? info->min : info->standard, info->max};

		ck_assert_int_eq(policy_from(info->word, strlen(info->word)), p);
		for (int i = 0; i < 3; i++) {
			size_t len = policy_value_format((enum policy)p, values[i], text);

			ck_assert_uint_eq(len, strlen(text));
			ck_assert_ptr_null(policy_value_from((enum policy)p, text, len, &value));
			ck_assert_int_eq(value, values[i]);
		}
		snprintf(text, sizeof(text), "%" PRId64, info->max + 1);
		ck_assert_ptr_nonnull(
		    policy_value_from((enum policy)p, text, strlen(text), &value));
	}
	ck_assert_ptr_nonnull(policy_value_from(POLICY_PAY_AMOUNT, "0", 1, &value));
	ck_assert_int_eq(policy_from("fvk_mod", 7), -1);
	ck_assert_ptr_null(policy_value_from(POLICY_FVK_MODE, "auto", 4, &value));
	ck_assert_int_eq(value, FVK_AUTO);
	ck_assert_ptr_nonnull(policy_value_from(POLICY_FVK_MODE, "aut", 3, &value));
	ck_assert_ptr_nonnull(policy_value_from(POLICY_SIP_WINDOW, "", 0, &value));
	ck_assert_ptr_nonnull(policy_value_from(POLICY_SIP_WINDOW, "-3", 2, &value));
	ck_assert_ptr_nonnull(policy_value_from(POLICY_SIP_WINDOW, "0", 1, &value));
}
END_TEST

/* A region without rows answers, too. */
START_TEST(empty)
{
	struct region none = {0};
	unit_id out[1];

	region_index(&none);
	ck_assert_ptr_null(region_unit(&none, 1));
	ck_assert_int_eq(region_staff_by_hsa(&none, "SE2321000131-P1"), 0);
	ck_assert_int_eq(region_units_of(&none, 1280, PRIMARVARD, "", out, 1), 0);
	ck_assert_int_eq(region_policy(&none, POLICY_PAY_DAYS, 1, 0, NULL), 3);
	ck_assert_int_eq(region_next_change(&none, 1, 0), INSTANT_NEVER);
	ck_assert(region_free_at(&none, 1, 0, 0, 1, 1));
	ck_assert_ptr_null(region_standing_decision(&none, 1, 0));
	region_free(&none);
}
END_TEST

#define ROWS(table) (int)(sizeof(table) / sizeof(*(table)))

int
main(void)
{
	Suite *suite = suite_create("region");
	TCase *tc = tcase_create("region");
	SRunner *sr;
	int failed;

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, lookups);
	tcase_add_loop_test(tc, acting, 0, ROWS(acting_rows));
	tcase_add_loop_test(tc, standing_decision, 0, ROWS(decision_rows));
	tcase_add_loop_test(tc, policy, 0, ROWS(policy_rows));
	tcase_add_loop_test(tc, policy_pair, 0, ROWS(pair_rows));
	tcase_add_loop_test(tc, policy_change, 0, ROWS(policy_change_rows));
	tcase_add_loop_test(tc, next_change, 0, ROWS(change_rows));
	tcase_add_loop_test(tc, free_at, 0, ROWS(free_rows));
	tcase_add_test(tc, bookings);
	tcase_add_test(tc, loads);
	tcase_add_test(tc, loads_end);
	tcase_add_test(tc, policy_words);
	tcase_add_test(tc, empty);
	suite_add_tcase(suite, tc);
	sr = srunner_create(suite);
	srunner_run_all(sr, CK_NORMAL);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed == 0 ? 0 : 1;
}
