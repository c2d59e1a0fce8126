/* G4: whose an identity is, word by word. */
#include "identities.h"

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

/*
 * One step: "+A1" A is admitted as patient 1; "2:B>A1" message 2, in a stay of patient 1, says that
 * B replaces A; "2:B>A!" A is another patient's than the stay is of; "2:B>.1" B is the stay's, and
 * replaces none; "-2" message 2 is annulled; "=2" it is valid again, in a stay of patient 1.
 */
static void
step(const char *s)
{
	if (s[0] == '+') {
		identities_admit(&ids, place(s[1]), s[2] - '0');
	} else if (s[0] == '-') {
		identities_annul(&ids, identities_word(&ids, 7, s[1] - '0'));
	} else if (s[0] == '=') {
		identities_take(&ids, identities_word(&ids, 7, s[1] - '0'), 1, true);
	} else {
		struct identity_word word = {.identity = place(s[2]),
		    .ersatter = s[4] == '.' ? -1 : place(s[4]),
		    .episode = 7,
		    .nr = s[0] - '0'};
		identities_take(&ids, identities_add(&ids, &word), s[5] == '!' ? 1 : s[5] - '0',
		    s[5] != '!' && s[4] != '.');
	}
}

static const struct {
	const char *what;
	const char *steps[8];
	const char *leads; /* of A, B, C, D in turn: the patient, or '-' */
} cases[] = {
    {"admitted", {"+A1", "+B2"}, "12--"},
    {"nobody had it: it is the stay's", {"+A1", "1:B>A1"}, "11--"},
    {"undone it is free", {"+A1", "1:B>A1", "-1"}, "1---"},
    {"undone and admitted", {"+A1", "1:B>A1", "-1", "+B2"}, "12--"},
    {"and valid again", {"+A1", "1:B>A1", "-1", "+B2", "=1"}, "22--"},
    {"it is another's", {"+A1", "+B2", "1:B>A1"}, "22--"},
    {"undone", {"+A1", "+B2", "1:B>A1", "-1"}, "12--"},
    {"valid again", {"+A1", "+B2", "1:B>A1", "-1", "=1"}, "22--"},
    {"nobody moves another's", {"+A1", "+B2", "1:A>B!"}, "12--"},
    {"nor while a new one is named", {"+A1", "+B2", "1:C>B!"}, "121-"},
    {"named beside the former", {"+A1", "1:B>.1"}, "11--"},
    {"undone beside the former", {"+A1", "1:B>.1", "-1"}, "1---"},
    {"a chain", {"+A1", "+B2", "+C3", "1:B>A1", "2:C>B2"}, "333-"},
    {"its first undone", {"+A1", "+B2", "+C3", "1:B>A1", "2:C>B2", "-1"}, "133-"},
    {"its last undone", {"+A1", "+B2", "+C3", "1:B>A1", "2:C>B2", "-2"}, "223-"},
    {"a chain by one that nobody had", {"+A1", "+C3", "1:B>A1", "2:C>B1"}, "333-"},
    {"two words on one: the last", {"+A1", "+B2", "+C3", "1:B>A1", "2:C>A2"}, "323-"},
    {"the last undone", {"+A1", "+B2", "+C3", "1:B>A1", "2:C>A2", "-2"}, "223-"},
    {"the first undone", {"+A1", "+B2", "+C3", "1:B>A1", "2:C>A2", "-1"}, "323-"},
    {"the first valid again stands before the last",
	{"+A1", "+B2", "+C3", "1:B>A1", "2:C>A2", "-1", "=1"}, "323-"},
    {"said twice, undone once", {"+A1", "+B2", "1:B>A1", "2:B>A2", "-1"}, "22--"},
    {"to and fro says nothing", {"+A1", "+B2", "1:B>A1", "2:A>B2"}, "22--"},
    {"a ring, after an undoing: the lowest",
	{"+A3", "+B2", "+C1", "1:B>A3", "2:C>A2", "3:A>B1", "-2"}, "221-"},
    {"there and back", {"+A1", "1:B>A1", "+C3", "2:C>A1", "3:B>A3"}, "113-"},
    {"itself", {"+A1", "1:A>A1"}, "1---"},
    {"one leads to one that is free: admitted", {"+A1", "1:B>A1", "+C3", "2:B>C3", "-1"}, "1---"},
    {"and stands for a new one", {"+A1", "1:B>A1", "+C3", "2:B>C3", "-1", "+C4"}, "144-"},
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
	step("1:B>A1");
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
