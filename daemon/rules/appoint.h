/*
 * The ranking of B5: who of a unit's staff should be a patient's fast vårdkontakt, and why. Pure.
 */
#ifndef SAMORDNAD_APPOINT_H
#define SAMORDNAD_APPOINT_H

#include "fact.h"
#include "region.h"

/* Why a person stands where they stand in a ranking; the words are shown as *why this person*. */
#define RANKING_REASONS(X) \
	X(RANKING_ONSKAD, "patientens_onskan") \
	X(RANKING_LAKARKONTAKT, "fast_lakarkontakt_vid_livshot") \
	X(RANKING_BEFINTLIG, "befintlig_fvk") \
	X(RANKING_PROFESSION, "profession_passar_behovet") \
	X(RANKING_PROFESSION_GRUND, "sjukskoterska") \
	X(RANKING_TEAM, "samma_team_som_lakarkontakten") \
	X(RANKING_UNDER_KAPACITET, "under_mjuk_kapacitet") \
	X(RANKING_LAGST_BELASTNING, "lagst_belastning") \
	X(RANKING_LEGITIMERAD_LAKARE, "legitimerad_lakare") \
	X(RANKING_ERSATTARE_FINNS, "borta_men_ersattare_finns")

VOCABULARY(ranking_reason, RANKING_REASONS, RANKING_REASON_COUNT)

/* What the ranking looks at. */
struct appoint_case {
	const struct unit *unit;
	instant now; /* who is gone then, is out (fvk_is_gone) */
	instant
	    discharge_at; /* the expected discharge, or now if it is not known: who is there then */
	bool livshotande; /* B3: licensed physicians only */
	uint8_t behovsprofil;	    /* bits 1 << enum behovsprofil */
	staff_id onskad, ej_onskad; /* the patient's wish and veto, or 0 */
	staff_id avslutad;     /* whose assignment for this patient the unit ended: out, or 0 */
	staff_id befintlig;    /* the patient's FVK at this unit already, or 0 */
	staff_id lakarkontakt; /* the patient's fast läkarkontakt, or 0 */
};

/*
 * Ranks the unit's staff, best first, into out[max]; returns how many there are (at most max, and
 * RANKED_MAX). 0: nobody is left (B6). Away at discharge, a person is ranked if whoever acts then
 * may care too (B3, the veto). A rank's reasons are those that hold for the person;
 * RANKING_LAGST_BELASTNING marks the lowest load in the list.
 */
int appoint_rank(const struct region *r, const struct appoint_case *c, struct ranked *out, int max);

/* B3: may this person be FVK for a patient whose life is threatened? */
bool appoint_is_physician(const struct staff *s);

/* B5, B8: does the person's profession fit the need? behovsprofil: bits 1 << enum behovsprofil. */
bool appoint_fits(const struct staff *s, uint8_t behovsprofil);

/* B13: has the fast vårdkontakt of the unit left, or is away for long (policy fvk_franvaro), with
 * nobody who stands in? */
bool fvk_is_gone(const struct region *r, unit_id unit, staff_id staff, instant now);

#endif
