/* The patient's information in writing, word for word (E3). */
#include "rules_helper.h"

#include "daemon/rules/patientinformation.h"

#define MONDAY "2026-05-04T09:00:00+02:00"
#define FRIDAY "2026-05-08T12:00:00+02:00"

static struct region *region;

static void
setup(void)
{
	region = test_region();
	snprintf(test_unit(region, VC)->namn, sizeof test_unit(region, VC)->namn, "Vårdcentralen");
	snprintf(test_unit(region, PSYK)->namn, sizeof test_unit(region, PSYK)->namn, "Psykiatrin");
	snprintf(test_unit(region, KH)->namn, sizeof test_unit(region, KH)->namn, "Hemsjukvården");
	snprintf(test_staff(region, ANNA)->namn, 96, "Anna Ek");
	snprintf(test_staff(region, ANNA)->telefon, 32, "08-000 00 01");
	snprintf(test_staff(region, BO)->namn, 96, "Bo Dal");
	snprintf(test_staff(region, BO)->telefon, 32, "08-000 00 02");
	snprintf(test_staff(region, KIM)->namn, 96, "Kim Ros");
	snprintf(test_staff(region, KARIN)->namn, 96, "Karin Sjö");
}

static void
teardown(void)
{
	test_region_free(region);
}

/* ---- What may have happened before the discharge ---- */

static void
step(struct episode *e, struct fact f)
{
	f.nr = e->last_nr + 1;
	episode_step(e, &f, OUTCOME_APPLIED);
}

static void
admitted(struct episode *e)
{
	step(e, fact_inskrivningsmeddelande(MONDAY, MONDAY, FRIDAY));
}

static void
anna(struct episode *e)
{
	admitted(e);
	step(e, fact_fvk("2026-05-04T10:00:00+02:00", FVK_UTSE, VC, ANNA));
}

static struct fact
fact_of_later(const char *sent_at, const char *from_at)
{
	struct fact f = fact_fvk(sent_at, FVK_BYT, VC, BO);

	f.fast_vardkontakt.from_at = at(from_at);
	return f;
}

/* B10: another from a later day on: until then it is Anna. */
static void
bo_later(struct episode *e)
{
	anna(e);
	step(e, fact_of_later("2026-05-05T10:00:00+02:00", "2027-01-01T00:00:00+01:00"));
}

static void
anna_away(struct episode *e)
{
	anna(e);
	test_absence_add(region, ANNA, "2026-05-07T00:00:00+02:00", NULL, 0);
}

static void
both_away(struct episode *e)
{
	anna_away(e);
	test_absence_add(region, BO, "2026-05-07T00:00:00+02:00", NULL, 0);
}

static void
more_units(struct episode *e)
{
	struct fact f = fact_inskrivningsmeddelande(MONDAY, MONDAY, FRIDAY);

	fact_mottagare_add(&f, PSYK);
	fact_mottagare_add(&f, KH);
	step(e, f);
	step(e, fact_fvk("2026-05-04T10:00:00+02:00", FVK_UTSE, PSYK, KIM));
	step(e, fact_fvk("2026-05-04T10:01:00+02:00", FVK_UTSE, KH, KARIN));
}

static void
kommun_alone(struct episode *e)
{
	struct fact f = fact_inskrivningsmeddelande(MONDAY, MONDAY, FRIDAY);

	f.inskrivningsmeddelande.mottagare[0].unit = KB;
	f.inskrivningsmeddelande.mottagare_count = 1;
	f.inskrivningsmeddelande.behov = 0;
	step(e, f);
}

static void
summon(struct episode *e, const char *start_at, enum motesform form, const char *plats)
{
	struct fact f = fact_kallelse("2026-05-05T10:00:00+02:00", VC, KALLELSE_SKICKA, ANNA);

	anna(e);
	f.sip_kallelse.mote = mote_at(start_at);
	f.sip_kallelse.mote.form = form;
	snprintf(f.sip_kallelse.mote.plats, PLATS_MAX, "%s", plats);
	step(e, f);
}

static void
meeting(struct episode *e)
{
	summon(e, "2026-05-12T13:00:00+02:00", VIDEO, "Videomöte 1");
}

static void
meeting_by_phone(struct episode *e)
{
	summon(e, "2026-05-16T08:30:00+02:00", TELEFON, "");
}

/* 23:30 UTC on Saturday is Sunday here; the clock goes back that night. */
static void
meeting_at_night(struct episode *e)
{
	summon(e, "2026-10-24T23:30:00Z", FYSISKT, "Rum 2");
}

static void
meeting_past(struct episode *e)
{
	summon(e, "2026-05-08T11:00:00+02:00", FYSISKT, "Rum 2");
}

static void
meeting_held(struct episode *e)
{
	struct fact f = fact_of(SIP_BOKNING, 0, "2026-05-06T10:00:00+02:00");

	meeting(e);
	f.sip_bokning.atgard = BOKNING_VANTA;
	f.sip_bokning.unit = VC;
	f.sip_bokning.mote = e->mote;
	step(e, f);
}

/* One more unit is summoned meanwhile, and no new time is named. */
static void
meeting_held_still(struct episode *e)
{
	meeting_held(e);
	step(e, fact_kallelse("2026-05-06T11:00:00+02:00", VC, KALLELSE_SKICKA, ANNA));
}

static void
meeting_proposed(struct episode *e)
{
	struct fact f = fact_of(SIP_BOKNING, 0, "2026-05-06T10:00:00+02:00");

	anna(e);
	f.sip_bokning.atgard = BOKNING_BOKA;
	f.sip_bokning.unit = VC;
	f.sip_bokning.staff = ANNA;
	f.sip_bokning.slot = 1;
	f.sip_bokning.mote = mote_at("2026-05-12T13:00:00+02:00");
	step(e, f);
}

static void
refused(struct episode *e)
{
	meeting(e);
	step(e, fact_samtycke("2026-05-06T10:00:00+02:00", SAMTYCKE_SIP, SAMTYCKE_ATERKALLAT));
}

static void
plan_exists(struct episode *e)
{
	anna(e);
	step(e, fact_sip_behov("2026-05-06T10:00:00+02:00", VC, SIP_GALLANDE_FINNS));
}

static void
plan_to_be_updated(struct episode *e)
{
	anna(e);
	step(e, fact_sip_behov("2026-05-06T10:00:00+02:00", VC, SIP_UPPDATERAS));
}

static void
not_needed(struct episode *e)
{
	anna(e);
	step(e, fact_sip_behov("2026-05-06T10:00:00+02:00", VC, SIP_BEHOVS_EJ));
}

/* ---- D10: what was said outside of the stay ---- */

static void
held_outside(struct episode *own_file)
{
	step(own_file, fact_sip("2026-04-20T10:00:00+02:00", KH, SIP_GENOMFORD, NULL));
}

static void
closed_outside(struct episode *own_file)
{
	struct fact f = fact_sip_uppfoljning("2026-04-21T10:00:00+02:00", KH, NULL);

	held_outside(own_file);
	f.sip_uppfoljning.avslutad = true;
	step(own_file, f);
}

static void
summon_outside(struct episode *own_file, const char *start_at)
{
	struct fact f = fact_kallelse("2026-04-20T10:00:00+02:00", KH, KALLELSE_SKICKA, KARIN);

	f.sip_kallelse.mote = mote_at(start_at);
	f.sip_kallelse.mote.form = FYSISKT;
	snprintf(f.sip_kallelse.mote.plats, PLATS_MAX, "Rum 2");
	step(own_file, f);
}

static void
meeting_outside(struct episode *own_file)
{
	summon_outside(own_file, "2026-05-12T13:00:00+02:00");
}

static void
past_outside(struct episode *own_file)
{
	summon_outside(own_file, "2026-05-01T13:00:00+02:00");
}

static void
refused_outside(struct episode *own_file)
{
	meeting_outside(own_file);
	step(own_file,
	    fact_samtycke("2026-05-06T10:00:00+02:00", SAMTYCKE_SIP, SAMTYCKE_ATERKALLAT));
}

/* ---- What it says then ---- */

#define CONTACT "Din fasta vårdkontakt\n"
#define ANNA_EK "Anna Ek, distriktssköterska, Vårdcentralen, telefon 08-000 00 01.\n"
#define SIP "\nSamordnad individuell plan (SIP)\n"
#define WILL_COME "Du kommer att få en kallelse till ett möte om din plan.\n"
#define WELCOME "Du är välkommen till ett möte om din plan "

static const struct row {
	const char *what;
	void (*before)(struct episode *e);
	const char *text;
} rows[] = {
    {"no FVK yet", admitted,
	CONTACT
	"Vårdcentralen har inte utsett någon fast vårdkontakt för dig ännu.\n" SIP WILL_COME},
    {"FVK", anna, CONTACT ANNA_EK SIP WILL_COME},
    {"another later", bo_later, CONTACT ANNA_EK SIP WILL_COME},
    {"away", anna_away,
	CONTACT ANNA_EK "Anna Ek är borta just nu. Kontakta i stället Bo Dal, sjuksköterska, "
			"telefon 08-000 00 02.\n" SIP WILL_COME},
    {"away, and nobody stands in", both_away,
	CONTACT ANNA_EK
	"Anna Ek är borta just nu. Kontakta i stället Vårdcentralen.\n" SIP WILL_COME},
    {"B7: a kommun's beside them", more_units,
	CONTACT "Vårdcentralen har inte utsett någon fast vårdkontakt för dig ännu.\n"
		"Kim Ros, mentalskötare, Psykiatrin.\n"
		"Karin Sjö, sjuksköterska, Hemsjukvården.\n" SIP WILL_COME},
    {"nobody, nothing", kommun_alone,
	CONTACT "Du har ingen fast vårdkontakt.\n" SIP "Ingen SIP är planerad.\n"},
    {"meeting", meeting,
	CONTACT ANNA_EK SIP WELCOME
	"tisdag 12 maj 2026 klockan 13.00–14.00. Mötet hålls på video. Plats eller länk: "
	"Videomöte 1.\n"},
    {"by phone", meeting_by_phone,
	CONTACT ANNA_EK SIP WELCOME
	"lördag 16 maj 2026 klockan 08.30–09.30. Mötet hålls på telefon.\n"},
    {"our clock", meeting_at_night,
	CONTACT ANNA_EK SIP WELCOME
	"söndag 25 oktober 2026 klockan 01.30–02.30. Ni träffas på plats. Plats: Rum 2.\n"},
    {"past", meeting_past,
	CONTACT ANNA_EK SIP
	"Mötet om din plan var bestämt till fredag 8 maj 2026 klockan 11.00–12.00.\n"},
    {"D6a", meeting_held,
	CONTACT ANNA_EK SIP "Tiden för mötet om din plan är inte klar. Du får en ny kallelse.\n"},
    {"D6a, summoned without a time", meeting_held_still,
	CONTACT ANNA_EK SIP "Tiden för mötet om din plan är inte klar. Du får en ny kallelse.\n"},
    {"D6 propose", meeting_proposed, CONTACT ANNA_EK SIP WILL_COME},
    {"D3", refused,
	CONTACT ANNA_EK SIP
	"Ingen SIP är planerad, eftersom du har tackat nej. Du kan ändra dig när du vill.\n"},
    {"D0 valid_exists", plan_exists,
	CONTACT ANNA_EK SIP "Du har redan en SIP. Den gäller fortfarande.\n"},
    {"D0 update", plan_to_be_updated,
	CONTACT ANNA_EK SIP "Du har redan en SIP. Den ska uppdateras.\n" WILL_COME},
    {"D0 not_needed", not_needed, CONTACT ANNA_EK SIP "Ingen SIP är planerad.\n"},
};

static void
expect_text(
    const char *what, const struct episode *e, const struct episode *own_file, const char *text)
{
	struct writer w = {0};

	patientinformation_write(e, own_file, region, at(FRIDAY), &w);
	ck_assert_msg(strcmp(w.text, text) == 0, "%s:\n%s", what, w.text);
	free(w.text);
}

START_TEST(text)
{
	const struct row *row = &rows[_i];
	struct episode e;

	episode_init(&e);
	row->before(&e);
	expect_text(row->what, &e, NULL, row->text);
}
END_TEST

/* D10: beside what is said of the stay, what was said outside of it. */
static const struct outside_row {
	const char *what;
	void (*before)(struct episode *e);
	const char *text;
	void (*outside)(struct episode *own_file);
} outside_rows[] = {
    {"D10 held outside of the stay", anna,
	CONTACT ANNA_EK SIP "Du har redan en SIP. Den gäller fortfarande.\n" WILL_COME,
	held_outside},
    {"D10, and none is due", not_needed, CONTACT ANNA_EK SIP "Du har en SIP. Den gäller.\n",
	held_outside},
    {"D10, as was said of it", plan_exists, CONTACT ANNA_EK SIP "Du har en SIP. Den gäller.\n",
	held_outside},
    {"D10, to be updated", plan_to_be_updated,
	CONTACT ANNA_EK SIP "Du har redan en SIP. Den ska uppdateras.\n" WILL_COME, held_outside},
    {"D10 closed", not_needed, CONTACT ANNA_EK SIP "Ingen SIP är planerad.\n", closed_outside},
    {"D10 a meeting", not_needed,
	CONTACT ANNA_EK SIP WELCOME
	"tisdag 12 maj 2026 klockan 13.00–14.00. Ni träffas på plats. Plats: Rum 2.\n",
	meeting_outside},
    {"D10 a meeting beside the stay's", meeting_by_phone,
	CONTACT ANNA_EK SIP WELCOME
	"tisdag 12 maj 2026 klockan 13.00–14.00. Ni träffas på plats. Plats: Rum 2.\n" WELCOME
	"lördag 16 maj 2026 klockan 08.30–09.30. Mötet hålls på telefon.\n",
	meeting_outside},
    {"D10 a meeting that was", not_needed, CONTACT ANNA_EK SIP "Ingen SIP är planerad.\n",
	past_outside},
    {"D10, D3 there", not_needed, CONTACT ANNA_EK SIP "Ingen SIP är planerad.\n", refused_outside},
};

START_TEST(outside)
{
	const struct outside_row *row = &outside_rows[_i];
	struct episode e, own_file;

	episode_init(&e);
	row->before(&e);
	episode_init(&own_file);
	own_file.own_file = true;
	row->outside(&own_file);
	bool has_plan = patientinformation_held_by(&own_file) != 0 ||
			patientinformation_summoned_by(&own_file, at(FRIDAY)) != 0;
	expect_text(row->what, &e, has_plan ? &own_file : NULL, row->text);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("patientinformation");
	TCase *tc = tcase_create("patientinformation");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_loop_test(tc, text, 0, ROWS(rows));
	tcase_add_loop_test(tc, outside, 0, ROWS(outside_rows));
	suite_add_tcase(s, tc);
	SRunner *sr = srunner_create(s);
	srunner_run_all(sr, CK_NORMAL);
	int failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed != 0;
}
