/* daemon/rules/appoint.c: B5 key by key, with B3, B6, vetoes, absences and deputies. */
#include "rules_helper.h"

#include "daemon/rules/appoint.h"

#define U 10 /* the unit in question */
#define HOME "2026-06-25T12:00:00+02:00"
#define PEOPLE_MAX 10
#define WHY(x) (1u << RANKING_##x)

/* Persons are numbered from 1, which is also the order of their HSA-ids. */
struct person {
	enum profession profession;
	const char *team;
	int load, share, capacity; /* share 0: full time */
	const char *away_from, *away_to;
	staff_id deputy;
	const char *leaves;
	bool unlicensed, takes_none;
};

struct row {
	const char *rule;
	struct person people[PEOPLE_MAX];
	struct appoint_case c; /* unit and discharge_at are set by the test */
	const char *ranking;   /* the persons' numbers, best first */
};

#define N DISTRIKTSSKOTERSKA

static const struct row rows[] = {
    {"B5.8 all alike: by HSA-id", {{.profession = N}, {.profession = N}, {.profession = N}}, {0},
	"1 2 3"},
    {"B5.7 lowest load",
	{{.profession = N, .load = 5}, {.profession = N, .load = 3}, {.profession = N, .load = 4}},
	{0}, "2 3 1"},
    {"B5.7 per full-time share",
	{{.profession = N, .load = 12, .share = 50}, {.profession = N, .load = 20},
	    {.profession = N, .load = 9, .share = 40}},
	{0}, "2 3 1"},
    {"B5.7 equal per share: by HSA-id",
	{{.profession = N, .load = 20}, {.profession = N, .load = 10, .share = 50}}, {0}, "1 2"},
    {"B5.7 a small difference is one: 202.02 and 202.00 patients",
	{{.profession = N, .load = 200, .share = 99}, {.profession = N, .load = 202}}, {0}, "2 1"},
    {"B5.6 B6 below the soft capacity, then the others",
	{{.profession = N, .load = 10, .capacity = 10}, {.profession = N, .load = 30},
	    {.profession = N, .load = 40, .capacity = 41}},
	{0}, "2 3 1"},
    {"B6 over it is no bar", {{.profession = N, .load = 50, .capacity = 10}}, {0}, "1"},
    {"B5.5 same team as the fast läkarkontakt",
	{{.profession = LAKARE, .team = "norr"}, {.profession = N, .team = "soder"},
	    {.profession = N, .team = "norr", .load = 9}},
	{.lakarkontakt = 1}, "3 2 1"},
    {"B5.5 no team is no team",
	{{.profession = LAKARE}, {.profession = N, .load = 1}, {.profession = N}},
	{.lakarkontakt = 1}, "3 2 1"},
    {"B5.5 a fast läkarkontakt elsewhere has no team here",
	{{.profession = N, .load = 1, .team = "norr"}, {.profession = N}}, {.lakarkontakt = 99},
	"2 1"},
    {"B5.4 no need told: nurses, then the others",
	{{.profession = KURATOR}, {.profession = SJUKSKOTERSKA, .load = 9},
	    {.profession = N, .load = 10}, {.profession = LAKARE}},
	{0}, "2 3 1 4"},
    {"B5.4 rehabilitation",
	{{.profession = N}, {.profession = FYSIOTERAPEUT, .load = 2},
	    {.profession = ARBETSTERAPEUT, .load = 1}, {.profession = LAKARE}},
	{.behovsprofil = 1 << PROFIL_REHABILITERING}, "3 2 1 4"},
    {"B5.4 omvårdnad",
	{{.profession = SJUKSKOTERSKA}, {.profession = N, .load = 2},
	    {.profession = SPECIALISTSJUKSKOTERSKA, .load = 1}},
	{.behovsprofil = 1 << PROFIL_OMVARDNAD}, "3 2 1"},
    {"B5.4 medically unstable", {{.profession = N}, {.profession = LAKARE, .load = 5}},
	{.behovsprofil = 1 << PROFIL_INSTABIL}, "2 1"},
    {"B5.4 psychosocial",
	{{.profession = N}, {.profession = KURATOR, .load = 3}, {.profession = PSYKOLOG, .load = 2},
	    {.profession = MENTALSKOTARE, .load = 1}},
	{.behovsprofil = 1 << PROFIL_PSYKOSOCIAL}, "4 3 2 1"},
    {"B5.4 two needs: who fits one",
	{{.profession = SJUKSKOTERSKA}, {.profession = LAKARE, .load = 1},
	    {.profession = FYSIOTERAPEUT}},
	{.behovsprofil = 1 << PROFIL_INSTABIL | 1 << PROFIL_REHABILITERING}, "3 2 1"},
    {"B5.4 nobody fits: a nurse before the others",
	{{.profession = UNDERSKOTERSKA}, {.profession = SJUKSKOTERSKA, .load = 9}},
	{.behovsprofil = 1 << PROFIL_REHABILITERING}, "2 1"},
    {"B5.3 the existing FVK before who fits",
	{{.profession = FYSIOTERAPEUT}, {.profession = N, .load = 50, .capacity = 10}},
	{.befintlig = 2, .behovsprofil = 1 << PROFIL_REHABILITERING}, "2 1"},
    {"B5.2 at life-threatening, the fast läkarkontakt before the existing FVK",
	{{.profession = LAKARE}, {.profession = LAKARE, .load = 5}, {.profession = N}},
	{.livshotande = true, .befintlig = 1, .lakarkontakt = 2}, "2 1"},
    {"B5.2 otherwise not", {{.profession = LAKARE}, {.profession = LAKARE, .load = 5}},
	{.befintlig = 1, .lakarkontakt = 2}, "1 2"},
    {"B5.1 the patient's wish before all else",
	{{.profession = LAKARE}, {.profession = LAKARE, .load = 50, .capacity = 1},
	    {.profession = LAKARE}},
	{.livshotande = true, .onskad = 2, .befintlig = 1, .lakarkontakt = 3}, "2 3 1"},
    {"B3 the wish does not go before the law", {{.profession = LAKARE}, {.profession = N}},
	{.livshotande = true, .onskad = 2}, "1"},
    {"B3 not licensed", {{.profession = LAKARE, .unlicensed = true}, {.profession = LAKARE}},
	{.livshotande = true}, "2"},
    {"B3 B6 nobody left", {{.profession = N}, {.profession = KURATOR}}, {.livshotande = true}, ""},
    {"B5 a veto excludes", {{.profession = N}, {.profession = N}}, {.ej_onskad = 1}, "2"},
    {"B5 a veto of the only one", {{.profession = N}}, {.ej_onskad = 1, .befintlig = 1}, ""},
    {"B10 whom the unit ended here is not ranked again", {{.profession = N}, {.profession = N}},
	{.avslutad = 1, .befintlig = 1}, "2"},
    {"B5 who takes no assignments", {{.profession = N, .takes_none = true}, {.profession = N}},
	{.onskad = 1}, "2"},
    {"B5 who has left at discharge", {{.profession = N, .leaves = HOME}, {.profession = N}}, {0},
	"2"},
    {"B5 who leaves after it",
	{{.profession = N, .leaves = "2026-06-26T00:00:00+02:00"}, {.profession = N}}, {0}, "1 2"},
    {"B5 away over discharge, no deputy",
	{{.profession = N,
	     .away_from = "2026-06-22T00:00:00+02:00",
	     .away_to = "2026-07-20T00:00:00+02:00"},
	    {.profession = N, .load = 9}},
	{0}, "2"},
    {"B5 away over discharge, a deputy stands in",
	{{.profession = N,
	     .away_from = "2026-06-22T00:00:00+02:00",
	     .away_to = "2026-07-20T00:00:00+02:00",
	     .deputy = 2},
	    {.profession = N, .load = 9}},
	{0}, "1 2"},
    {"B5 the deputy is away too",
	{{.profession = N,
	     .away_from = "2026-06-22T00:00:00+02:00",
	     .away_to = "2026-07-20T00:00:00+02:00",
	     .deputy = 2},
	    {.profession = N,
		.away_from = "2026-06-22T00:00:00+02:00",
		.away_to = "2026-07-20T00:00:00+02:00"},
	    {.profession = N, .load = 9}},
	{0}, "3"},
    {"B5 back at discharge",
	{{.profession = N, .away_from = "2026-06-22T00:00:00+02:00", .away_to = HOME}}, {0}, "1"},
    {"B5 away from the discharge on", {{.profession = N, .away_from = HOME}}, {0}, ""},
    {"B3 a deputy who may not",
	{{.profession = LAKARE, .away_from = HOME, .deputy = 2}, {.profession = N},
	    {.profession = LAKARE, .load = 9}},
	{.livshotande = true}, "3"},
    {"B5 a deputy whom the patient does not want",
	{{.profession = N, .away_from = HOME, .deputy = 2}, {.profession = N},
	    {.profession = N, .load = 9}},
	{.ej_onskad = 2}, "3"},
    {"B5 the wish is out: the others", {{.profession = N}, {.profession = N, .away_from = HOME}},
	{.onskad = 2}, "1"},
};

static struct region *region;
static struct appoint_case c;

static void
people_of(const struct row *row)
{
	region = xcalloc(1, sizeof *region);
	test_unit_add(region, U, PRIMARVARD);
	test_unit_add(region, VC, PRIMARVARD);
	for (int i = 0; i < PEOPLE_MAX && row->people[i].profession != ANNAN_PROFESSION; i++) {
		const struct person *p = &row->people[i];
		struct staff *s = test_staff_add(region, i + 1, U, p->profession);
		s->load = p->load;
		s->tjanstgoringsgrad = p->share == 0 ? 100 : (uint8_t)p->share;
		s->kapacitet = p->capacity;
		s->legitimerad = !p->unlicensed;
		s->fvk = !p->takes_none;
		s->ersattare = p->deputy;
		if (p->leaves != NULL)
			s->slutar_at = at(p->leaves);
		if (p->team != NULL)
			snprintf(s->team, sizeof s->team, "%s", p->team);
	}
	snprintf(
	    test_staff_add(region, 99, VC, LAKARE)->team, sizeof region->staff[0].team, "norr");
	region_index(region);
	for (int i = 0; i < PEOPLE_MAX; i++)
		if (row->people[i].away_from != NULL)
			test_absence_add(
			    region, i + 1, row->people[i].away_from, row->people[i].away_to, 0);
	c = row->c;
	c.unit = region_unit(region, U);
	c.discharge_at = at(HOME);
}

START_TEST(b5_ranking)
{
	const struct row *row = &rows[_i];
	struct ranked ranked[RANKED_MAX];
	char ranking[64] = "";

	people_of(row);
	int count = appoint_rank(region, &c, ranked, RANKED_MAX);
	for (int i = 0; i < count; i++)
		snprintf(ranking + strlen(ranking), sizeof ranking - strlen(ranking), "%s%d",
		    i == 0 ? "" : " ", ranked[i].staff);
	ck_assert_msg(
	    strcmp(ranking, row->ranking) == 0, "%s: %s, not %s", row->rule, ranking, row->ranking);
	test_region_free(region);
}
END_TEST

/* Why this person: what holds for each is told. */
START_TEST(b5_reasons)
{
	static const struct row row = {"B5 reasons",
	    {{.profession = LAKARE, .team = "norr", .load = 3},
		{.profession = FYSIOTERAPEUT,
		    .team = "norr",
		    .load = 6,
		    .share = 50,
		    .capacity = 6},
		{.profession = N, .away_from = HOME, .deputy = 1, .load = 1},
		{.profession = KURATOR, .load = 1}},
	    {.onskad = 4,
		.befintlig = 3,
		.lakarkontakt = 1,
		.behovsprofil = 1 << PROFIL_REHABILITERING},
	    ""};
	static const struct {
		staff_id staff;
		unsigned why;
		int load;
	} wanted[] = {
	    {4, WHY(ONSKAD) | WHY(UNDER_KAPACITET) | WHY(LAGST_BELASTNING), 10},
	    {3,
		WHY(BEFINTLIG) | WHY(PROFESSION_GRUND) | WHY(UNDER_KAPACITET) |
		    WHY(LAGST_BELASTNING) | WHY(ERSATTARE_FINNS),
		10},
	    {2, WHY(PROFESSION) | WHY(TEAM), 120},
	    {1, WHY(TEAM) | WHY(UNDER_KAPACITET), 30},
	};
	struct ranked ranked[RANKED_MAX];

	people_of(&row);
	ck_assert_int_eq(appoint_rank(region, &c, ranked, RANKED_MAX), ROWS(wanted));
	for (int i = 0; i < ROWS(wanted); i++) {
		ck_assert_int_eq(ranked[i].staff, wanted[i].staff);
		ck_assert_uint_eq(ranked[i].reasons, wanted[i].why);
		ck_assert_int_eq(ranked[i].load, wanted[i].load);
	}
	test_region_free(region);
}
END_TEST

START_TEST(b3_b5_reasons_at_life_threatening)
{
	static const struct row row = {"B3 reasons", {{.profession = LAKARE}},
	    {.livshotande = true, .lakarkontakt = 1, .behovsprofil = 1 << PROFIL_INSTABIL}, ""};
	struct ranked ranked[RANKED_MAX];

	people_of(&row);
	ck_assert_int_eq(appoint_rank(region, &c, ranked, RANKED_MAX), 1);
	ck_assert_uint_eq(ranked[0].reasons, WHY(LEGITIMERAD_LAKARE) | WHY(LAKARKONTAKT) |
						 WHY(PROFESSION) | WHY(UNDER_KAPACITET) |
						 WHY(LAGST_BELASTNING));
	test_region_free(region);
}
END_TEST

START_TEST(b5_no_need_told_is_no_need_met)
{
	static const struct row row = {"", {{.profession = N}}, {0}, ""};
	struct ranked ranked[RANKED_MAX];

	people_of(&row);
	appoint_rank(region, &c, ranked, RANKED_MAX);
	ck_assert((ranked[0].reasons & WHY(PROFESSION)) == 0);
	ck_assert((ranked[0].reasons & WHY(PROFESSION_GRUND)) != 0);
	test_region_free(region);
}
END_TEST

/* More than are kept: the best, whatever the order of the rows. */
START_TEST(b5_the_best_of_many)
{
	struct ranked ranked[RANKED_MAX + 4];

	region = xcalloc(1, sizeof *region);
	test_unit_add(region, U, PRIMARVARD);
	for (int i = 1; i <= 40; i++)
		test_staff_add(region, i, U, N)->load = (i * 17) % 41;
	region_index(region);
	memset(&c, 0, sizeof c);
	c.unit = region_unit(region, U);
	c.discharge_at = at(HOME);
	ck_assert_int_eq(appoint_rank(region, &c, ranked, RANKED_MAX + 4), RANKED_MAX);
	for (int i = 0; i < RANKED_MAX; i++)
		ck_assert_int_eq(ranked[i].load, 10 * (i + 1));
	ck_assert_int_eq(appoint_rank(region, &c, ranked, 1), 1);
	ck_assert_int_eq(ranked[0].load, 10);
	ck_assert_int_eq(appoint_rank(region, &c, ranked, 0), 0);
	/* A load beyond what the row can tell is told as the most it can. */
	for (int i = 1; i <= 40; i++)
		test_staff(region, i)->load = 1000000 + i;
	ck_assert_int_eq(appoint_rank(region, &c, ranked, 2), 2);
	ck_assert_int_eq(ranked[0].load, UINT16_MAX);
	ck_assert_int_eq(ranked[0].staff, 1);
	test_region_free(region);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("appoint");
	TCase *t = tcase_create("B5");
	SRunner *runner = srunner_create(suite);

	tcase_add_loop_test(t, b5_ranking, 0, ROWS(rows));
	tcase_add_test(t, b5_reasons);
	tcase_add_test(t, b3_b5_reasons_at_life_threatening);
	tcase_add_test(t, b5_no_need_told_is_no_need_met);
	tcase_add_test(t, b5_the_best_of_many);
	suite_add_tcase(suite, t);
	srunner_run_all(runner, CK_NORMAL);
	int failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? 0 : 1;
}
