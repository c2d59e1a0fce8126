/*
 * What the patient gets in writing at discharge (E3, patientlagen 3 kap. 2 b §): who the fast
 * vårdkontakt is and how to reach that person, when and where the SIP is, which plan there is. Owns
 * the words, in plain Swedish; knows nothing of the patient, so the text names none. Pure.
 */
#ifndef SAMORDNAD_PATIENTINFORMATION_H
#define SAMORDNAD_PATIENTINFORMATION_H

#include "episode.h"
#include "region.h"
#include "writer.h"

/* D10: whose the plan is that holds outside of every stay, and who summons to a meeting ahead; 0:
 * there is none. */
unit_id patientinformation_held_by(const struct episode *own_file);
unit_id patientinformation_summoned_by(const struct episode *own_file, instant now);

/*
 * Appends the text to *w: UTF-8 lines, each ended by a newline. now: a deputy is named if the
 * person is away then, and a meeting that has begun is spoken of as past. own_file: the patient's,
 * which has a plan, or NULL. All are borrowed. A
 * meeting is told of only once there is a kallelse to it: before, and while its time is held (D6a),
 * the text says that a kallelse will come.
 */
void patientinformation_write(const struct episode *e, const struct episode *own_file,
    const struct region *r, instant now, struct writer *w);

#endif
