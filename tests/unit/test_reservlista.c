/* The list on paper: what it shows of an answer of the reads, in which order, and what it hides. */
#include "daemon/reservlista_text.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

#define UNIT "SE2321000016-VC1"

static char *
list_of(const char *tasks, const char *episodes)
{
	struct reservlista list = {.unit = UNIT,
	    .tasks = json_loads(tasks, 0, NULL),
	    .episodes = json_loads(episodes, 0, NULL)};

	ck_assert_ptr_null(instant_parse("2026-05-04T09:00:00+02:00", 25, &list.made_at));
	ck_assert(list.tasks != NULL && list.episodes != NULL);
	char *text = reservlista_text(&list);
	json_decref((json_t *)list.tasks);
	json_decref((json_t *)list.episodes);
	return text;
}

#define EPISODE(id, more) "{\"id\":\"" id "\",\"phase\":\"inskriven\"" more "}"
#define TASK(episode, due_at) \
	"{\"episode\":\"" episode "\",\"text\":\"kvittera\",\"due_at\":" due_at "}"

static const struct {
	const char *story, *tasks, *episodes, *shown, *hidden; /* hidden: or NULL */
} shown[] = {
    {"nothing is open", "[]", "[]",
	"RESERVLISTA " UNIT
	"\nGjord mån 2026-05-04 09:00, svensk tid, som klockan i samordnad går. "
	"Gäller tills nästa kommer.\nEfter mån 2026-05-04 10:00 är den gammal: ring avdelningen "
	"innan "
	"du handlar.\nPatientuppgifter: lås in den, förstör den när nästa har kommit.\nÖppna "
	"vårdtillfällen och akter: 0. Öppna uppgifter: 0.\n\nNÄR SAMORDNAD",
	NULL},
    {"a deadline is local, and late when it has passed",
	"[" TASK("a", "\"2026-05-04T06:59:59Z\"") "]", "[" EPISODE("a", "") "]",
	"    [ ] att göra  FÖRSENAD mån 2026-05-04 08:59  kvittera\n", NULL},
    {"a deadline ahead", "[" TASK("a", "\"2026-05-04T07:00:00Z\"") "]", "[" EPISODE("a", "") "]",
	"    [ ] att göra  senast mån 2026-05-04 09:00  kvittera\n", "FÖRSENAD"},
    {"a time that is not told", "[" TASK("a", "null") "]", "[{\"id\":\"a\"}]",
	"    [ ] att göra  senast (visas inte)  kvittera\n", "FÖRSENAD"},
    {"another's task is not its", "[" TASK("b", "null") "]", "[" EPISODE("a", "") "]",
	"    Vårdtillfälle a\n", "att göra"},
    {"G6: who is protected is shown by the id alone", "[]",
	"[" EPISODE("a",
	    ",\"patient\":{\"namn\":\"Noll\",\"skyddade_personuppgifter\":\"sekretessmarkering\"},"
	    "\"hospital\":{\"namn\":\"Avdelning 21\"}") "]",
	"  1 UPPGIFTERNA VISAS INTE HÄR\n    Obs           skyddade personuppgifter, eller "
	"enhetens "
	"egen akt: ring avdelningen\n    Vårdtillfälle a\n",
	"Avdelning 21"},
    {"G6: the name least of all", "[]",
	"[" EPISODE("a", ",\"patient\":{\"namn\":\"Noll\",\"skyddade_personuppgifter\":\"skyddad_"
			 "folkbokforing\"}") "]",
	"ring avdelningen", "Noll"},
    {"who is not protected", "[]",
	"[" EPISODE(
	    "a", ",\"patient\":{\"namn\":\"Noll\",\"skyddade_personuppgifter\":\"nej\"}") "]",
	"    Patient       Noll\n", "ring avdelningen\n    V"},
    {"what may not be opened", "[]", "[{\"id\":\"a\"}]", "ring avdelningen\n    Vårdtillfälle a\n",
	NULL},
    {"a line stays one, and a printer hears no command", "[]",
	"[" EPISODE("a", ",\"patient\":{\"namn\":\"No\\nll\\u001b[2J\\u007f\"}") "]",
	"    Patient       No ll [2J \n", "\x1b"},
    {"who stands in", "[]",
	"[" EPISODE("a",
	    ",\"fast_vardkontakt\":[{\"unit\":\"U\",\"away\":true,\"staff\":{\"namn\":\"Anna\","
	    "\"telefon\":\"1\"},\"acting\":{\"namn\":\"Bo\",\"telefon\":null},\"foreslagen\":null}"
	    "]") "]",
	"    Fast kontakt  Anna, tel 1, U\n      ersätts av  Bo, U\n", NULL},
    {"who is not away needs none", "[]",
	"[" EPISODE("a",
	    ",\"fast_vardkontakt\":[{\"unit\":\"U\",\"away\":false,\"staff\":{\"namn\":\"Anna\"},"
	    "\"acting\":{\"namn\":\"Bo\"},\"foreslagen\":{\"namn\":\"Cecilia\"}}]") "]",
	"    Fast kontakt  Anna, U\n", "Bo"},
    {"who is proposed", "[]",
	"[" EPISODE("a", ",\"fast_vardkontakt\":[{\"unit\":\"U\",\"away\":false,\"staff\":null,"
			 "\"foreslagen\":{\"namn\":\"Cecilia\"}}]") "]",
	"      föreslagen  Cecilia, U\n", NULL},
    {"a meeting", "[]",
	"[" EPISODE("a",
	    ",\"sip\":{\"owed\":true,\"due_before\":\"2026-05-08T00:00:00+02:00\",\"mote\":{"
	    "\"start_at\":\"2026-10-25T02:30:00+01:00\",\"form\":\"video\",\"plats\":null}}") "]",
	"    SIP           sön 2026-10-25 02:30, video\n", "Kalla före"},
    {"a kallelse that is owed", "[]",
	"[" EPISODE("a", ",\"sip\":{\"owed\":true,\"fulfilled\":false,\"due_before\":\"2026-05-"
			 "08T00:00:00+02:00\","
			 "\"mote\":null}") "]",
	"    Kalla före    fre 2026-05-08 00:00\n", NULL},
    {"one that has been sent", "[]",
	"[" EPISODE("a", ",\"sip\":{\"owed\":true,\"fulfilled\":true,\"due_before\":\"2026-05-"
			 "08T00:00:00+02:00\","
			 "\"mote\":null}") "]",
	"inskriven\n", "Kalla före"},
    {"who else is told", "[]",
	"[" EPISODE("a", ",\"mottagare\":[{\"namn\":\"Ett\",\"active\":true},{\"namn\":\"Noll\","
			 "\"active\":false},"
			 "{\"namn\":\"Tva\",\"active\":true}]") "]",
	"    Mottagare     Ett, Tva\n", "Noll"},
    {"its own name", "[]",
	"[" EPISODE(
	    "a", ",\"mottagare\":[{\"unit\":\"" UNIT "\",\"namn\":\"Vard\",\"active\":true}]") "]",
	"RESERVLISTA " UNIT "  Vard\n", NULL},
    {"its own name, of a ward", "[]",
	"[" EPISODE("a", ",\"hospital\":{\"unit\":\"" UNIT
			 "\",\"namn\":\"Avd 21\",\"avdelning\":\"Avd 22\"}") "]",
	"RESERVLISTA " UNIT "  Avd 21\n", NULL},
    {"the ward", "[]",
	"[" EPISODE("a", ",\"hospital\":{\"namn\":\"Avd 21\",\"avdelning\":\"Avd 22\"}") "]",
	"    Sjukhus       Avd 21, Avd 22\n", NULL},
    {"the ward once", "[]",
	"[" EPISODE("a", ",\"hospital\":{\"namn\":\"Avd 21\",\"avdelning\":\"Avd 21\"}") "]",
	"    Sjukhus       Avd 21\n", NULL},
    {"one that is not named", "[]", "[" EPISODE("a", ",\"hospital\":{\"namn\":null}") "]",
	"    Sjukhus       (visas inte)\n", NULL},
    {"what is not as the contract says", "[3,{\"episode\":4}]",
	"[7,{\"phase\":\"x\"}," EPISODE("a", ",\"patient\":[],\"mottagare\":{},\"sip\":1") "]",
	"  1 inskriven\n    Sjukhus       (visas inte)\n    Vårdtillfälle a\n", NULL},
};

START_TEST(shows)
{
	char *text = list_of(shown[_i].tasks, shown[_i].episodes);

	ck_assert_msg(strstr(text, shown[_i].shown) != NULL, "%s:\n%s", shown[_i].story, text);
	ck_assert_msg(shown[_i].hidden == NULL || strstr(text, shown[_i].hidden) == NULL, "%s:\n%s",
	    shown[_i].story, text);
	free(text);
}
END_TEST

/* Not told, by the first deadline in each, by expected discharge, by number. */
START_TEST(order)
{
	static const char *const places[] = {
	    "fälle n\n", "fälle e\n", "fälle c\n", "fälle d\n", "fälle a\n", "fälle b\n"};
	char *text = list_of("[" TASK("c", "\"2026-05-06T08:00:00Z\"") "," TASK(
				 "e", "\"2026-05-05T08:00:00Z\"") "," TASK("e",
				 "\"2026-05-07T08:00:00Z\"") "," TASK("n", "null") "]",
	    "[" EPISODE("b", "") "," EPISODE("a", "") "," EPISODE(
		"d", ",\"beraknad_utskrivning_at\":\"2026-05-09T08:00:00Z\"") "," EPISODE("c",
		"") "," EPISODE("e", "") ",{\"id\":\"n\"}]");
	const char *at = text;

	for (size_t i = 0; i < sizeof places / sizeof *places; i++) {
		at = strstr(at, places[i]);
		ck_assert_msg(at != NULL, "%s is not in its place:\n%s", places[i], text);
	}
	free(text);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("reservlista");
	TCase *t = tcase_create("text");
	SRunner *runner = srunner_create(s);
	int failed;

	tcase_add_loop_test(t, shows, 0, (int)(sizeof shown / sizeof *shown));
	tcase_add_test(t, order);
	suite_add_tcase(s, t);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed != 0;
}
