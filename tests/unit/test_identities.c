/* G4: whose an identity is, word by word. */
#include "rules/identities.h"

#include <check.h>
#include <stdio.h>
#include <string.h>

static struct identities ids;

static int
place(char name)
{
	struct identity identity = {IDENTITY_OTHER, "https://example.org/reserv", {name}};
	int at = identities_place(&ids, &identity);

	ids.rows[at].whole = true;
	return at;
}

static char
patient_of(char name)
{
	int64_t patient = ids.rows[place(name)].patient;

	return patient == 0 ? '-' : (char)('0' + patient);
}

static int
place_or_none(char name)
{
	return name == '.' ? -1 : place(name);
}

/*
 * One step: "+A1" A is admitted as patient 1; "2A:B>A" message 2, in a stay that names A, says that
 * B replaces A; "2A:B>." that it is B, which replaces none; "2.:B>A" in a stay that names nobody;
 * "-2" message 2 is annulled; "=2" it is valid again; "2=A" its stay is named A at last.
 */
static void
step(const char *s)
{
	if (s[0] == '+') {
		identities_admit(&ids, place(s[1]), s[2] - '0');
	} else if (s[0] == '-' || s[0] == '=') {
		identities_word(&ids, 7, s[1] - '0')->annulled = s[0] == '-';
	} else if (s[1] == '=') {
		identities_word(&ids, 7, s[0] - '0')->named = place(s[2]);
	} else {
		struct identity_word word = {.named = place_or_none(s[1]),
		    .identity = place(s[3]),
		    .ersatter = place_or_none(s[5]),
		    .episode = 7,
		    .nr = s[0] - '0'};
		identities_add(&ids, &word);
	}
	identities_follow(&ids);
}

static const struct {
	const char *what;
	const char *steps[8];
	const char *leads; /* of A, B, C, D in turn: the patient, or '-' */
} cases[] = {
    {"admitted", {"+A1", "+B2"}, "12--"},
    {"nobody had it: it is the stay's", {"+A1", "1A:B>A"}, "11--"},
    {"undone it is free", {"+A1", "1A:B>A", "-1"}, "1---"},
    {"undone and admitted", {"+A1", "1A:B>A", "-1", "+B2"}, "12--"},
    {"and valid again", {"+A1", "1A:B>A", "-1", "+B2", "=1"}, "22--"},
    {"said twice, undone once", {"+A1", "1A:B>A", "2A:B>A", "-1"}, "11--"},
    {"it is another's", {"+A1", "+B2", "1A:B>A"}, "22--"},
    {"undone", {"+A1", "+B2", "1A:B>A", "-1"}, "12--"},
    {"valid again", {"+A1", "+B2", "1A:B>A", "-1", "=1"}, "22--"},
    {"nobody moves another's", {"+A1", "+B2", "1A:A>B"}, "12--"},
    {"nor while a new one is named", {"+A1", "+B2", "1A:C>B"}, "121-"},
    {"named beside the former", {"+A1", "1A:B>."}, "11--"},
    {"undone beside the former", {"+A1", "1A:B>.", "-1"}, "1---"},
    {"nobody knows of whom", {"+A1", "1.:B>A"}, "1---"},
    {"and then it is known", {"+A1", "1.:B>A", "1=A"}, "11--"},
    {"a chain", {"+A1", "+B2", "+C3", "1A:B>A", "2B:C>B"}, "333-"},
    {"its first undone", {"+A1", "+B2", "+C3", "1A:B>A", "2B:C>B", "-1"}, "133-"},
    {"its last undone", {"+A1", "+B2", "+C3", "1A:B>A", "2B:C>B", "-2"}, "223-"},
    {"a chain by one that nobody had", {"+A1", "+C3", "1A:B>A", "2B:C>B"}, "333-"},
    {"two words on one: the last", {"+A1", "+B2", "+C3", "1A:B>A", "2A:C>A"}, "323-"},
    {"the last undone", {"+A1", "+B2", "+C3", "1A:B>A", "2A:C>A", "-2"}, "223-"},
    {"the first undone", {"+A1", "+B2", "+C3", "1A:B>A", "2A:C>A", "-1"}, "323-"},
    {"the first valid again stands before the last",
	{"+A1", "+B2", "+C3", "1A:B>A", "2A:C>A", "-1", "=1"}, "323-"},
    {"to and fro says nothing", {"+A1", "+B2", "1A:B>A", "2B:A>B"}, "22--"},
    {"also when the first is undone: B is another's", {"+A1", "+B2", "1A:B>A", "2A:A>B", "-1"},
	"12--"},
    {"what said nothing says nothing later", {"+A1", "+B2", "+C3", "1A:C>B", "2A:B>A"}, "223-"},
    {"a ring that an undoing leaves: its first word stands",
	{"+A3", "+B2", "+C1", "1A:B>A", "2A:C>A", "3B:A>B", "-2"}, "221-"},
    {"there and back", {"+A1", "1A:B>A", "+C3", "2B:C>A", "3A:B>A"}, "113-"},
    {"itself", {"+A1", "1A:A>A"}, "1---"},
    {"one leads to one that is free", {"+A1", "1A:B>A", "+C3", "2C:B>C", "-1"}, "133-"},
    {"two lead to one that is free: admitted", {"1A:B>A", "+A1", "-1", "+B4"}, "14--"},
};

START_TEST(leads)
{
	char found[5] = "";

	for (int i = 0; i < 8 && cases[_i].steps[i] != NULL; i++)
		step(cases[_i].steps[i]);
	for (int i = 0; i < 4; i++)
		found[i] = patient_of((char)('A' + i));
	ck_assert_msg(strcmp(found, cases[_i].leads) == 0, "%s: %s, not %s", cases[_i].what, found,
	    cases[_i].leads);
	identities_free(&ids);
}
END_TEST

/* What moves is marked, with whose it was; one whose words are not at hand stays. */
START_TEST(moves)
{
	step("+A1");
	step("+B2");
	step("+D4");
	ids.rows[place('A')].moved = ids.rows[place('D')].moved = false;
	struct known_identity *part = &ids.rows[place('C')];
	part->whole = false;
	part->patient = 3;
	step("1A:B>A");
	ck_assert(ids.rows[place('A')].moved && ids.rows[place('A')].changed);
	ck_assert_int_eq(ids.rows[place('A')].before, 1);
	ck_assert(!ids.rows[place('D')].moved);
	ck_assert(!part->changed && part->patient == 3);
	identities_free(&ids);
}
END_TEST

/* G4: what the message 2 replaces is another's, and does not give way. */
static const struct {
	const char *what;
	const char *steps[8];
	bool others;
} replaced[] = {
    {"the stay's own gives way", {"+A1", "2A:B>A"}, false},
    {"another's does not", {"+A1", "+B2", "2A:C>B"}, true},
    {"it replaces none", {"+A1", "2A:B>."}, false},
    {"it replaces itself", {"+A1", "2A:A>A"}, false},
    {"its stay names nobody", {"+A1", "+B2", "2.:C>B"}, false},
    {"it is annulled", {"+A1", "+B2", "2A:C>B", "-2"}, false},
    {"it has not been said", {"+A1", "+B2", "1A:C>B"}, false},
};

START_TEST(replaces_anothers)
{
	for (int i = 0; replaced[_i].steps[i] != NULL; i++)
		step(replaced[_i].steps[i]);
	ck_assert_msg(identities_replaces_anothers(&ids, 7, 2) == replaced[_i].others, "%s",
	    replaced[_i].what);
	identities_free(&ids);
}
END_TEST

/* Which identity it was until the message 9, sent at 50: facts by when they were sent. */
static const struct {
	const char *what;
	struct {
		instant sent_at;
		enum message_type type;
		char name; /* '\0': it names nobody */
		bool annulled;
	} facts[3];
	char named; /* '\0': nobody */
} until[] = {
    {"the stay was named before", {{10, INSKRIVNINGSMEDDELANDE, 'A', false}}, 'A'},
    {"the last before",
	{{10, INSKRIVNINGSMEDDELANDE, 'A', false}, {20, PATIENT_UPPDATERAD, 'B', false}}, 'B'},
    {"in whatever order they came",
	{{20, PATIENT_UPPDATERAD, 'B', false}, {10, INSKRIVNINGSMEDDELANDE, 'A', false}}, 'B'},
    {"named after: what was said before is said of whom it named first",
	{{60, INSKRIVNINGSMEDDELANDE, 'A', false}, {70, INSKRIVNINGSMEDDELANDE, 'B', false}}, 'A'},
    {"though the patient was corrected before it was named",
	{{20, PATIENT_UPPDATERAD, 'B', false}, {60, INSKRIVNINGSMEDDELANDE, 'A', false}}, 'A'},
    {"a correction that comes after says nothing", {{60, PATIENT_UPPDATERAD, 'B', false}}, '\0'},
    {"an annulled one says nothing",
	{{10, INSKRIVNINGSMEDDELANDE, 'A', false}, {20, INSKRIVNINGSMEDDELANDE, 'B', true}}, 'A'},
    {"nor does one that names nobody", {{10, INSKRIVNINGSMEDDELANDE, '\0', false}}, '\0'},
};

START_TEST(named_until)
{
	struct history history[3];
	struct fact word = {.nr = 9, .type = PATIENT_UPPDATERAD, .source = 1, .sent_at = 50};
	struct episode e;

	memset(history, 0, sizeof history);
	episode_init(&e);
	e.inskr.nr = 1;
	for (int i = 0; i < 3; i++) {
		struct fact *f = &history[i].fact;
		*f = (struct fact){.nr = i + 1,
		    .type = until[_i].facts[i].type,
		    .source = 1,
		    .sent_at = until[_i].facts[i].sent_at};
		f->identitet = (struct identity){IDENTITY_OTHER, "", {until[_i].facts[i].name}};
		if (until[_i].facts[i].name != '\0')
			snprintf(f->identitet.system, sizeof f->identitet.system, "x");
		history[i].annulled = until[_i].facts[i].annulled;
	}
	const struct identity *named = identity_named_until(&e, history, 3, &word);
	ck_assert_msg((named != NULL ? named->varde[0] : '\0') == until[_i].named, "%s: %s",
	    until[_i].what, named != NULL ? named->varde : "nobody");
	/* A stay that is not named says of nobody. */
	e.inskr.nr = 0;
	ck_assert_ptr_null(identity_named_until(&e, history, 3, &word));
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("identities");
	TCase *tc = tcase_create("identities");

	tcase_add_loop_test(tc, leads, 0, (int)(sizeof cases / sizeof cases[0]));
	tcase_add_test(tc, moves);
	tcase_add_loop_test(tc, replaces_anothers, 0, (int)(sizeof replaced / sizeof replaced[0]));
	tcase_add_loop_test(tc, named_until, 0, (int)(sizeof until / sizeof until[0]));
	suite_add_tcase(s, tc);
	SRunner *sr = srunner_create(s);
	srunner_run_all(sr, CK_NORMAL);
	int failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed != 0;
}
