/*
 * What is said of one of a patient's stays and may change another (G1, G2, G4, B8), and the outcome
 * in view of what the message led to (A4, D6, G1).
 */
#include "rules_helper.h"

#include "daemon/rules/plan.h"

static struct region *region;
static struct episode e;

static void
setup(void)
{
	region = test_region();
	region_index(region);
	episode_init(&e);
}

static void
teardown(void)
{
	test_region_free(region);
}

START_TEST(which_types)
{
	static const bool tells[MESSAGE_TYPE_COUNT] = {[INSKRIVNING] = true,
	    [INSKRIVNINGSMEDDELANDE] = true,
	    [UTSKRIVNING] = true,
	    [AVLIDEN] = true,
	    [FAST_KONTAKT] = true,
	    [PATIENT_UPPDATERAD] = true,
	    [MAKULERING] = true};
	static const bool places[MESSAGE_TYPE_COUNT] = {[INSKRIVNING] = true,
	    [INSKRIVNINGSMEDDELANDE] = true,
	    [UTSKRIVNING] = true,
	    [AVLIDEN] = true};
	enum message_type type = (enum message_type)_i;

	ck_assert_msg(tells_on_others(type) == tells[_i], "%s", message_type_word(type));
	ck_assert_msg(places_stay(type) == places[_i], "%s", message_type_word(type));
}
END_TEST

#define IN "2026-05-04T02:00:00+02:00"
#define OTHER_IN "2026-05-04T03:00:00+02:00"

static const struct {
	const char *rule, *what;
	bool admitted, discharged, dead; /* the state */
	enum message_type type;
	const char *in; /* of a version */
	bool corrects;
} correct_rows[] = {
    {"G2", "the first version", false, false, false, INSKRIVNINGSMEDDELANDE, IN, false},
    {"G2", "a version that says the same", true, false, false, INSKRIVNINGSMEDDELANDE, IN, false},
    {"G2", "a version with another admission", true, false, false, INSKRIVNINGSMEDDELANDE, OTHER_IN,
	true},
    {"G2", "the first discharge", true, false, false, UTSKRIVNING, NULL, false},
    {"G2", "another discharge", true, true, false, UTSKRIVNING, NULL, true},
    {"G2", "an inskrivning", true, true, false, INSKRIVNING, NULL, false},
    {"G1", "an inskrivning of who is dead", true, false, true, INSKRIVNING, NULL, true},
    {"G1", "a version of who is dead", true, false, true, INSKRIVNINGSMEDDELANDE, IN, true},
    {"G1", "another death", true, false, true, AVLIDEN, NULL, true},
    {"G1", "the death", true, false, false, AVLIDEN, NULL, false},
    {"G1", "what places nothing", true, true, true, KVITTENS, NULL, false},
};

START_TEST(corrects)
{
	struct fact f = fact_of(correct_rows[_i].type, H, IN);

	if (correct_rows[_i].admitted) {
		e.inskr.nr = 1;
		e.inskr.inskriven_at = at(IN);
	}
	e.utskrivning.nr = correct_rows[_i].discharged ? 2 : 0;
	e.avliden.nr = correct_rows[_i].dead ? 3 : 0;
	if (f.type == INSKRIVNINGSMEDDELANDE)
		f.inskrivningsmeddelande.inskriven_at = at(correct_rows[_i].in);
	ck_assert_msg(corrects_place(&e, &f) == correct_rows[_i].corrects, "%s %s",
	    correct_rows[_i].rule, correct_rows[_i].what);
}
END_TEST

static const struct {
	const char *rule;
	enum message_type said;
	enum outcome stepped, outcome;
	bool missing; /* A4: a mottagare */
	bool taken;   /* D6: the person has another meeting then */
	bool dead;    /* G1: said in another stay */
} outcome_rows[] = {
    {"A4", INSKRIVNINGSMEDDELANDE, OUTCOME_APPLIED, OUTCOME_APPLIED, false, false, false},
    {"A4", INSKRIVNINGSMEDDELANDE, OUTCOME_APPLIED, OUTCOME_MOTTAGARE_SAKNAS, true, false, false},
    {"A4", INSKRIVNINGSMEDDELANDE, OUTCOME_NY_VERSION, OUTCOME_MOTTAGARE_SAKNAS, true, false,
	false},
    {"A4", MOTTAGARE_ANDRAD, OUTCOME_APPLIED, OUTCOME_MOTTAGARE_SAKNAS, true, false, false},
    {"A4", MOTTAGARE_ANDRAD, OUTCOME_FOR_MANGA, OUTCOME_FOR_MANGA, true, false, false},
    {"A4", KVITTENS, OUTCOME_APPLIED, OUTCOME_APPLIED, true, false, false},
    {"D6", SIP_KALLELSE, OUTCOME_APPLIED, OUTCOME_APPLIED, false, false, false},
    {"D6", SIP_KALLELSE, OUTCOME_APPLIED, OUTCOME_TIDEN_UPPTAGEN, false, true, false},
    {"D6", SIP_KALLELSE, OUTCOME_SKICKAD_SOM_FORSTA, OUTCOME_TIDEN_UPPTAGEN, false, true, false},
    {"D6", SIP_KALLELSE, OUTCOME_KALLADE_EJ_MOTTAGARE, OUTCOME_KALLADE_EJ_MOTTAGARE_UPPTAGEN, false,
	true, false},
    {"D6", SIP_KALLELSE, OUTCOME_KALLELSE_EJ_AV_FVK, OUTCOME_KALLELSE_EJ_AV_FVK, false, true,
	false},
    {"D6", KVITTENS, OUTCOME_APPLIED, OUTCOME_APPLIED, false, true, false},
    {"G1", INSKRIVNING, OUTCOME_APPLIED, OUTCOME_AVLIDEN, false, false, true},
    {"G1", INSKRIVNINGSMEDDELANDE, OUTCOME_NY_VERSION, OUTCOME_AVLIDEN, true, false, true},
    {"G1", INSKRIVNING, OUTCOME_REDAN_UTSKRIVEN, OUTCOME_REDAN_UTSKRIVEN, false, false, true},
    {"G1", UTSKRIVNING, OUTCOME_APPLIED, OUTCOME_APPLIED, false, false, true},
};

START_TEST(outcomes)
{
	struct given given;

	given_init(&given);
	struct fact f = fact_inskrivningsmeddelande("2026-05-04T09:00:00+02:00", IN, NULL);
	if (outcome_rows[_i].missing) { /* öppenvård, which the need asks for */
		f.inskrivningsmeddelande.behov = 1 << BEHOV_KOMMUNAL_HSL;
		f.inskrivningsmeddelande.mottagare[0].unit = KH;
	}
	test_step(&e, f);
	ck_assert_int_eq(mottagare_missing(&e, region) != 0, outcome_rows[_i].missing);
	if (outcome_rows[_i].taken) {
		e.bokning.status = BOKNING_BOKAD;
		e.bokning.staff = ANNA;
		e.mote = mote_at("2026-05-08T13:00:00+02:00");
	}
	e.avliden.nr = outcome_rows[_i].dead ? 3 : 0;
	e.avliden.episode[0] = outcome_rows[_i].dead ? 1 : 0;
	enum outcome outcome =
	    outcome_of(&e, &given, region, outcome_rows[_i].said, outcome_rows[_i].stepped);
	ck_assert_msg(outcome == outcome_rows[_i].outcome, "%s, row %d: %d", outcome_rows[_i].rule,
	    _i, outcome);
	given_free(&given);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("places");
	TCase *tc = tcase_create("places");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_loop_test(tc, which_types, 0, MESSAGE_TYPE_COUNT);
	tcase_add_loop_test(tc, corrects, 0, ROWS(correct_rows));
	tcase_add_loop_test(tc, outcomes, 0, ROWS(outcome_rows));
	suite_add_tcase(s, tc);
	SRunner *sr = srunner_create(s);
	srunner_run_all(sr, CK_NORMAL);
	int failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed != 0;
}
