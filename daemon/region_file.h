/*
 * The region as `samordnad load` takes it: one JSON file, checked and taken apart into flat rows.
 * Owns the file's shape and what is wrong with one; knows no database. The rows have the names of
 * the columns (0001), HSA-ids instead of numbers, and instants as RFC 3339 in UTC, so that the
 * statements register_put_*.sql can take them as they are.
 *
 *	{"units": [{"hsa_id", "namn", "slag", "kommun"?: "1280", "region"?: "12", "distrikt"?,
 *	    "sjukhus"?, "verksamhetschef"?: HSA-id, "fvk_mode"?, "sip_mode"?, "hours"? (hours.h),
 *	    "staff"?: [{"hsa_id", "namn", "profession", "legitimerad"?: false, "team"?,
 *	        "tjanstgoringsgrad"?: 100, "kapacitet"?, "ersattare"?: HSA-id, "telefon"?,
 *	        "fvk"?: true, "slutar_at"?,
 *	        "absences"?: [{"from_at", "to_at"?, "ersattare"?}]}],
 *	    "slots"?: [{"weekday", "from": "13:00", "to": "16:00", "length_minutes"?: 60,
 *	        "form"?: "fysiskt", "plats"?, "staff"?: HSA-id}],
 *	    "standing_decisions"?: [{"beslutad_av": HSA-id, "kriterier"?, "from_at"?, "to_at"?}],
 *	    "policies"?: [{"policy", "value", "from_at"?, "to_at"?}],
 *	    "endpoints"?: [{"url", "secret"?, "status"?}]}],
 *	 "policies"?: [{"policy", "value", "scope", "region"?, "kommun"?, "from_at"?, "to_at"?}]}
 *
 * null is the same as absent. A unit's members are its whole truth, but that it keeps its
 * verksamhetschef until another is named; a list that is absent is left as it is. A standing
 * decision without times runs from now for 364 days; a policy without times holds from now on (the
 * first of its name and scope: from the beginning) until it is changed.
 */
#ifndef SAMORDNAD_REGION_FILE_H
#define SAMORDNAD_REGION_FILE_H

#include "vocabulary.h"

#include <jansson.h>
#include <stdbool.h>

/* Arrays of flat rows, and of the HSA-ids whose lists were given. A person's row says by pointer
 * where the HSA-id stands, that of a decision, a policy or an endpoint where it stands itself. */
struct region_file {
	json_t *units, *staff, *absences, *slots, *standing_decisions, *policies, *endpoints;
	json_t *hours; /* of units of which nothing else is said */
	json_t *staff_of, *slots_of, *standing_decisions_of, *policies_of,
	    *endpoints_of;   /* units */
	json_t *staff_at;    /* pointers: where each list of staff_of stands */
	json_t *absences_of; /* persons */
	bool policies_given; /* the list beside the units */
	/* An object: HSA-id of each person who is named but not listed → pointer to where. */
	json_t *persons;
};

/* pointer: RFC 6901, where; what: a sentence that says what to mend. Both borrowed. */
typedef void region_file_complain(const char *pointer, const char *what, void *arg);

/*
 * Checks root and fills *out, which is to be freed with region_file_free in any case. Returns how
 * many complaints there were; the rows are only good if there were none.
 */
int region_file_read(
    const json_t *root, struct region_file *out, region_file_complain *complain, void *arg);
void region_file_free(struct region_file *file);

/*
 * One unit's documents (contract.md §3), each a piece of the file: the unit as it stands there but
 * for its endpoints, or an object with one of its members: {"staff": [...]}, {"hours": {...}} …
 */
enum unit_document {
	UNIT_ITSELF,
	UNIT_STAFF,
	UNIT_SLOTS,
	UNIT_HOURS,
	UNIT_POLICY,
	UNIT_STANDING_DECISIONS
};
/* The member's name, "staff"; "" of UNIT_ITSELF. */
const char *unit_document_member(enum unit_document what);

/*
 * The same as region_file_read for a document of that unit: pointers go into the document. slag: as
 * the register has it; UNIT_ITSELF says it itself.
 */
int region_document_read(const json_t *document, enum unit_document what, const char *hsa_id,
    enum unit_slag slag, struct region_file *out, region_file_complain *complain, void *arg);

#endif
