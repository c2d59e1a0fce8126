/*
 * proto/vocabulary: every word reads back as its value; what is not in a list is not found.
 */
#include "vocabulary.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

/* One list: its words tried by value, and near misses of each. */
#define CHECK_LIST(name, count) \
	do { \
		for (int v = 0; v < (int)(count); v++) { \
			const char *word = name##_word((enum name)v); \
			size_t len = strlen(word); \
			ck_assert_uint_gt(len, 0); \
			ck_assert_int_eq(name##_from(word, len), v); \
			ck_assert_int_eq(name##_from(word, len + 1), -1); \
			ck_assert_int_ne(name##_from(word, len - 1), v); \
		} \
		ck_assert_int_eq(name##_from("", 0), -1); \
		ck_assert_int_eq(name##_from("finns_inte", 10), -1); \
	} while (0)

START_TEST(test_lists)
{
	CHECK_LIST(message_type, MESSAGE_TYPE_COUNT);
	CHECK_LIST(unit_slag, UNIT_SLAG_COUNT);
	CHECK_LIST(profession, PROFESSION_COUNT);
	CHECK_LIST(behov, BEHOV_COUNT);
	CHECK_LIST(behovsprofil, BEHOVSPROFIL_COUNT);
	CHECK_LIST(behov_finns, BEHOV_FINNS_COUNT);
	CHECK_LIST(samtycke_omfattning, SAMTYCKE_OMFATTNING_COUNT);
	CHECK_LIST(samtycke_status, SAMTYCKE_STATUS_COUNT);
	CHECK_LIST(skydd, SKYDD_COUNT);
	CHECK_LIST(verksamhet, VERKSAMHET_COUNT);
	CHECK_LIST(vardform, VARDFORM_COUNT);
	CHECK_LIST(destination, DESTINATION_COUNT);
	CHECK_LIST(fvk_atgard, FVK_ATGARD_COUNT);
	CHECK_LIST(sip_behov_art, SIP_BEHOV_ART_COUNT);
	CHECK_LIST(kallelse_atgard, KALLELSE_ATGARD_COUNT);
	CHECK_LIST(bokning_atgard, BOKNING_ATGARD_COUNT);
	CHECK_LIST(motesform, MOTESFORM_COUNT);
	CHECK_LIST(oppen_tvangsvard, OPPEN_TVANGSVARD_COUNT);
	CHECK_LIST(kallelse_svar_ord, KALLELSE_SVAR_COUNT);
	CHECK_LIST(sip_utfall, SIP_UTFALL_COUNT);
	CHECK_LIST(huvudman, HUVUDMAN_COUNT);
	CHECK_LIST(avvisning_orsak, AVVISNING_ORSAK_COUNT);
	CHECK_LIST(insatser_status_ord, INSATSER_STATUS_COUNT);
	CHECK_LIST(personal_atgard, PERSONAL_ATGARD_COUNT);
	CHECK_LIST(sparr_atgard, SPARR_ATGARD_COUNT);
	CHECK_LIST(kontakt_slag, KONTAKT_SLAG_COUNT);
}
END_TEST

/* Their numbers are stored: a change of these is a change of every database. */
START_TEST(test_numbers)
{
	ck_assert_int_eq(message_type_from("inskrivning", 11), 0);
	ck_assert_int_eq(message_type_from("makulering", 10), 15);
	ck_assert_int_eq(message_type_from("sip_bokning", 11), 17);
	ck_assert_int_eq(message_type_from("vardform_andrad", 15), 18);
	ck_assert_int_eq(message_type_from("sparr", 5), 32);
	ck_assert_int_eq(message_type_from("tidigare_vardtillfalle", 22), 33);
	ck_assert_int_eq(samtycke_status_from("okant", 5), 0);
	ck_assert_int_eq(skydd_from("nej", 3), 0);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("vocabulary");
	TCase *words = tcase_create("words");

	tcase_add_test(words, test_lists);
	tcase_add_test(words, test_numbers);
	suite_add_tcase(suite, words);
	SRunner *runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	int failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
