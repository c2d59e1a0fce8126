/*
 * B5, the ranking. The first difference decides; the numbers of the keys are those of the test's
 * table.
 */
#include "appoint.h"

#include "log.h"

#include <string.h>

VOCABULARY_DEFINE(ranking_reason, RANKING_REASONS, RANKING_REASON_COUNT)

enum {
	KEY_WISH,	  /* 1 the patient's wish (a veto excludes) */
	KEY_LAKARKONTAKT, /* 2 at life-threatening, the fast läkarkontakt */
	KEY_BEFINTLIG,	  /* 3 the patient's existing FVK here */
	KEY_PROFESSION,	  /* 4 profession fits the need; else, or if none is told, a nurse; else the
			     others */
	KEY_TEAM,	  /* 5 same team as the fast läkarkontakt */
	KEY_KAPACITET,	  /* 6 below the soft capacity */
	KEY_LOAD,	  /* 7 lowest load per full-time share, in thousandths of a patient */
	KEY_COUNT	  /* 8 HSA-id */
};

#define LOAD_UNITS 1000 /* of KEY_LOAD in one patient */

struct candidate {
	const struct staff *staff;
	uint16_t reasons;
	int32_t key[KEY_COUNT];
};

bool
appoint_is_physician(const struct staff *s)
{
	return s->profession == LAKARE && s->legitimerad;
}

/* Which needs a profession answers: bits of behovsprofil. */
static uint8_t
profession_fits(enum profession p)
{
	switch (p) {
	case FYSIOTERAPEUT:
	case ARBETSTERAPEUT:
		return 1 << PROFIL_REHABILITERING;
	case DISTRIKTSSKOTERSKA:
	case SPECIALISTSJUKSKOTERSKA:
		return 1 << PROFIL_OMVARDNAD;
	case LAKARE:
		return 1 << PROFIL_INSTABIL;
	case KURATOR:
	case PSYKOLOG:
	case MENTALSKOTARE:
		return 1 << PROFIL_PSYKOSOCIAL;
	case SJUKSKOTERSKA:
	case UNDERSKOTERSKA:
	case BISTANDSHANDLAGGARE:
	case ANNAN_PROFESSION:
	case PROFESSION_COUNT:
		break;
	}
	return 0;
}

bool
appoint_fits(const struct staff *s, uint8_t behovsprofil)
{
	return (profession_fits(s->profession) & behovsprofil) != 0;
}

static uint16_t
reason(struct candidate *c, bool holds, enum ranking_reason why)
{
	if (holds)
		c->reasons |= (uint16_t)(1u << why);
	return holds ? 0 : 1;
}

/* Fine enough that only equal quotients of whole patients and per cent are equal. */
static int32_t
load_of(const struct staff *s)
{
	int share = s->tjanstgoringsgrad > 0 ? s->tjanstgoringsgrad : 100;
	int64_t load = (int64_t)s->load * (100 * LOAD_UNITS) / share;
	return load > INT32_MAX ? INT32_MAX : (int32_t)load;
}

/* The patient's veto, and B3. */
static bool
may_care(const struct appoint_case *c, const struct staff *s)
{
	return s->staff != c->ej_onskad && (!c->livshotande || appoint_is_physician(s));
}

/* Out: who takes no assignments, has left, is away for long (B13), or may not care, or whose
 * deputy, if away at discharge, may not or is none. */
static bool
eligible(const struct region *r, const struct appoint_case *c, const struct staff *s)
{
	if (!s->fvk || s->slutar_at <= c->discharge_at)
		return false;
	if (s->staff == c->avslutad || fvk_is_gone(r, s->unit, s->staff, c->now) || !may_care(c, s))
		return false;
	const struct staff *acting = region_staff(r, region_acting(r, s->staff, c->discharge_at));
	return acting != NULL && may_care(c, acting);
}

static void
weigh(const struct region *r, const struct appoint_case *c, const struct staff *s,
    struct candidate *out)
{
	const struct staff *doctor = c->lakarkontakt != 0 ? region_staff(r, c->lakarkontakt) : NULL;
	bool nurse = s->profession == DISTRIKTSSKOTERSKA || s->profession == SJUKSKOTERSKA;
	bool fits = appoint_fits(s, c->behovsprofil);

	out->staff = s;
	out->reasons = 0;
	reason(out, c->livshotande, RANKING_LEGITIMERAD_LAKARE);
	reason(
	    out, region_acting(r, s->staff, c->discharge_at) != s->staff, RANKING_ERSATTARE_FINNS);
	out->key[KEY_WISH] = reason(out, c->onskad == s->staff, RANKING_ONSKAD);
	out->key[KEY_LAKARKONTAKT] =
	    reason(out, c->livshotande && c->lakarkontakt == s->staff, RANKING_LAKARKONTAKT);
	out->key[KEY_BEFINTLIG] = reason(out, c->befintlig == s->staff, RANKING_BEFINTLIG);
	out->key[KEY_PROFESSION] = reason(out, fits, RANKING_PROFESSION) == 0	       ? 0
				   : reason(out, nurse, RANKING_PROFESSION_GRUND) == 0 ? 1
										       : 2;
	out->key[KEY_TEAM] = reason(out,
	    doctor != NULL && doctor->unit == s->unit && doctor->team[0] != '\0' &&
		strcmp(doctor->team, s->team) == 0,
	    RANKING_TEAM);
	out->key[KEY_KAPACITET] =
	    reason(out, s->kapacitet == 0 || s->load < s->kapacitet, RANKING_UNDER_KAPACITET);
	out->key[KEY_LOAD] = load_of(s);
}

static int
compare(const struct candidate *a, const struct candidate *b)
{
	for (int i = 0; i < KEY_COUNT; i++)
		if (a->key[i] != b->key[i])
			return a->key[i] < b->key[i] ? -1 : 1;
	return strcmp(a->staff->hsa_id, b->staff->hsa_id);
}

int
appoint_rank(const struct region *r, const struct appoint_case *c, struct ranked *out, int max)
{
	struct candidate best[RANKED_MAX];
	int count = 0;
	int32_t lowest = INT32_MAX;

	if (max > RANKED_MAX)
		max = RANKED_MAX;
	for (int i = 0; i < c->unit->staff_count; i++) {
		const struct staff *s = &r->staff[c->unit->staff_first + i];
		struct candidate candidate;
		if (!eligible(r, c, s))
			continue;
		weigh(r, c, s, &candidate);
		if (candidate.key[KEY_LOAD] < lowest)
			lowest = candidate.key[KEY_LOAD];
		int at = count < max ? count++ : max;
		for (; at > 0 && compare(&candidate, &best[at - 1]) < 0; at--)
			if (at < max)
				best[at] = best[at - 1];
		if (at < max)
			best[at] = candidate;
	}
	for (int i = 0; i < count; i++) {
		reason(&best[i], best[i].key[KEY_LOAD] == lowest, RANKING_LAGST_BELASTNING);
		out[i].staff = best[i].staff->staff;
		out[i].reasons = best[i].reasons;
		int32_t load = best[i].key[KEY_LOAD] / (LOAD_UNITS / 10);
		out[i].load = load > UINT16_MAX ? UINT16_MAX : (uint16_t)load;
	}
	return count;
}

bool
fvk_is_gone(const struct region *r, unit_id unit, staff_id staff, instant now)
{
	const struct staff *person = region_staff(r, staff);
	const struct absence *away = region_absence(r, staff, now);
	int64_t days = region_policy(r, POLICY_FVK_FRANVARO, unit, now, NULL);

	if (region_acting(r, staff, now) != 0)
		return false;
	if (person == NULL || person->slutar_at <= now)
		return true;
	return away != NULL && (away->to_at == INSTANT_NEVER ||
				   away->to_at > calendar_add_days(away->from_at, (int)days));
}
