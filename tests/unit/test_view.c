/* An episode as others see it: what is shown of the patient, as it was said last (A3, G4). */
#include "rules_helper.h"

#include "daemon/view.h"

#define SENT "2026-05-04T09:00:00+02:00"
#define BEFORE "2026-05-04T08:00:00+02:00"
#define AFTER "2026-05-04T10:00:00+02:00"
#define LATER "2026-05-04T11:00:00+02:00"

#define PATIENT "\"patient\":{\"identitet\":null,\"skyddade_personuppgifter\":null,"

static const struct {
	const char *story;
	const char *first, *second; /* when each patient_uppdaterad was sent, or NULL */
	int32_t annulled;	    /* the fact's nr, or 0 */
	enum outcome outcome;	    /* of the first */
	const char *shown;	    /* after PATIENT */
} said[] = {
    {"as the notice has it", NULL, NULL, 0, OUTCOME_APPLIED,
	"\"namn\":\"Noll\",\"folkbokforingsadress\":null"},
    {"what was missing comes", AFTER, NULL, 0, OUTCOME_APPLIED,
	"\"namn\":\"Ett\",\"folkbokforingsadress\":\"Vag 1\""},
    {"what a later one does not name stays", AFTER, LATER, 0, OUTCOME_APPLIED,
	"\"namn\":\"Tva\",\"folkbokforingsadress\":\"Vag 1\""},
    {"the last sent counts, not the last that came", LATER, AFTER, 0, OUTCOME_APPLIED,
	"\"namn\":\"Ett\",\"folkbokforingsadress\":\"Vag 1\""},
    {"sent before the notice in force", BEFORE, NULL, 0, OUTCOME_APPLIED,
	"\"namn\":\"Noll\",\"folkbokforingsadress\":null"},
    {"annulled", AFTER, NULL, 2, OUTCOME_APPLIED,
	"\"namn\":\"Noll\",\"folkbokforingsadress\":null"},
    {"without effect", AFTER, NULL, 0, OUTCOME_AVLIDEN,
	"\"namn\":\"Noll\",\"folkbokforingsadress\":null"},
};

static struct view_fact
row(int32_t nr, enum message_type type, const char *sent_at, const char *body)
{
	return (struct view_fact){
	    .nr = nr, .type = type, .sent_at = at(sent_at), .body = body, .body_len = strlen(body)};
}

static void
view_init(struct view *v, struct episode *e, struct region *region, struct view_fact *facts)
{
	static struct surroundings surroundings;

	episode_init(e);
	surroundings = (struct surroundings){.region = region};
	*v = (struct view){.region = region,
	    .episode = e,
	    .surroundings = &surroundings,
	    .phase = PHASE_INSKRIVEN,
	    .opened_at = at(SENT),
	    .now = at(LATER),
	    .level = VIEW_MOTTAGARE,
	    .facts = facts};
}

START_TEST(patient_as_said_last)
{
	struct region *region = test_region();
	struct episode *e = calloc(1, sizeof *e);
	struct writer w = {0};
	struct view v;
	struct view_fact facts[3] = {
	    row(1, INSKRIVNINGSMEDDELANDE, SENT, "{\"patient\":{\"namn\":\"Noll\"}}")};

	view_init(&v, e, region, facts);
	e->inskr.nr = 1;
	v.fact_count = 1;
	if (said[_i].first != NULL) {
		facts[v.fact_count++] = row(2, PATIENT_UPPDATERAD, said[_i].first,
		    "{\"patient\":{\"namn\":\"Ett\",\"folkbokforingsadress\":\"Vag 1\"}}");
		facts[1].outcome = said[_i].outcome;
	}
	if (said[_i].second != NULL)
		facts[v.fact_count++] =
		    row(3, PATIENT_UPPDATERAD, said[_i].second, "{\"patient\":{\"namn\":\"Tva\"}}");
	if (said[_i].annulled != 0)
		episode_note_annulled(e, said[_i].annulled);
	view_episode(&v, &w);
	const char *patient = strstr(w.text, PATIENT);
	ck_assert_msg(patient != NULL && strncmp(patient + strlen(PATIENT), said[_i].shown,
					     strlen(said[_i].shown)) == 0,
	    "%s: %s", said[_i].story, w.text);
	free(w.text);
	free(e);
	test_region_free(region);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("view");
	TCase *t = tcase_create("patient");
	SRunner *runner = srunner_create(s);
	int failed;

	tcase_add_loop_test(t, patient_as_said_last, 0, ROWS(said));
	suite_add_tcase(s, t);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed != 0;
}
