/* G4: whose an identity is, word by word. */
#include "rules/identities.h"

#include <check.h>
#include <stdio.h>

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

int
main(void)
{
	Suite *s = suite_create("identities");
	TCase *tc = tcase_create("identities");

	tcase_add_loop_test(tc, leads, 0, (int)(sizeof cases / sizeof cases[0]));
	tcase_add_test(tc, moves);
	suite_add_tcase(s, tc);
	SRunner *sr = srunner_create(s);
	srunner_run_all(sr, CK_NORMAL);
	int failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed != 0;
}
