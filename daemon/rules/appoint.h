/*
 * The ranking of B5: who of a unit's staff should be a patient's fast vårdkontakt, and why. Pure.
 */
#ifndef SAMORDNAD_APPOINT_H
#define SAMORDNAD_APPOINT_H

#include "fact.h"

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

#endif
