/*
 * Who takes part in a stay and since when, and what each acknowledged (A4, A6, A9-A11, G3).
 */
#include "sip.h"
#include "step.h"

#include <string.h>

/* The row of a unit, added if there is room; NULL if there is none. One just added does not take
 * part yet. */
struct participant *
participant_row(struct episode *e, unit_id unit)
{
	struct participant *p = episode_participant(e, unit);
	if (p != NULL || e->participant_count == PARTICIPANTS_MAX)
		return p;
	p = &e->participant[e->participant_count++];
	memset(p, 0, sizeof *p);
	p->unit = unit;
	p->received_at = p->mottog_at = p->ended_at = INSTANT_NONE;
	p->kallad_at = p->sip_behov_at = INSTANT_NONE;
	for (int i = 0; i < SIP_ROUNDS_MAX; i++)
		p->kallelse_at[i] = INSTANT_NONE;
	p->kvitterat_version_at = p->sip_behov_first_recorded_at = p->sip_behov_first_at =
	    INSTANT_NONE;
	p->struken_at = p->struken_since = p->forslag_at = p->vardplan_at = p->klar_given_at =
	    p->klar_lamnad_at = INSTANT_NONE;
	p->fore_at = p->begaran_at = p->svar_mote_at = INSTANT_NONE;
	return p;
}

/* A9, A10, A11: out by a word about it, from when that is recorded. */
static void
leave(struct participant *p, enum uttrade uttrade, int32_t nr, instant at)
{
	p->active = false;
	p->ended_at = at;
	p->tillagd = false;
	p->uttrade = uttrade;
	p->uttrade_nr = nr;
}

/*
 * Names a participant; NULL if there is no room. It received what was recorded first (A10), and who
 * was named again no later than the end was recorded was never out. Out and in again, it needs its
 * own kallelse (D2).
 */
struct participant *
name_participant(struct episode *e, unit_id unit, enum participant_role role, const struct fact *f)
{
	struct participant *p = participant_row(e, unit);
	if (p == NULL)
		return NULL;
	bool answered = p->fore != UTTRADE_NONE && p->received_at == INSTANT_NONE &&
			f->recorded_at <= p->fore_at;
	bool goes_on = p->active || (p->ended_at != INSTANT_NONE && f->recorded_at <= p->ended_at);
	if (!p->active)
		p->role = role;
	p->active = true;
	p->ended_at = INSTANT_NONE;
	p->uttrade = UTTRADE_NONE;
	p->uttrade_nr = 0;
	if (!goes_on && p->received_at != INSTANT_NONE) /* else acknowledged by a clock behind */
		p->kvitterat_version_at = INSTANT_NONE;
	if (!goes_on) {
		p->kallad_nr = 0;
		p->kallad_at = p->kallelse_at[e->sip_round_nr] = INSTANT_NONE;
	}
	if (!goes_on || f->recorded_at < p->received_at) {
		p->added_nr = f->nr;
		p->received_at = f->recorded_at;
	}
	if (role == ROLE_MOTTAGARE &&
	    (p->mottog_at == INSTANT_NONE || f->recorded_at < p->mottog_at))
		p->mottog_at = f->recorded_at;
	if (answered)
		leave(p, p->fore, p->fore_nr, p->fore_at);
	return p;
}

static struct participant *
mottagare_of(struct episode *e, unit_id unit)
{
	struct participant *p = episode_participant(e, unit);

	return p != NULL && p->active && p->role == ROLE_MOTTAGARE ? p : NULL;
}

static bool
name_unresolved(
    struct episode *e, const struct mottagare *named, bool tillagd, unit_id by, int32_t nr)
{
	if (e->unresolved_count == UNRESOLVED_MAX)
		return false;
	e->unresolved[e->unresolved_count++] = (struct unresolved){*named, tillagd, by, nr};
	return true;
}

static void
forget_unresolved(struct episode *e)
{
	int kept = 0;

	for (int i = 0; i < e->unresolved_count; i++)
		if (e->unresolved[i].tillagd)
			e->unresolved[kept++] = e->unresolved[i];
	memset(&e->unresolved[kept], 0, (size_t)(UNRESOLVED_MAX - kept) * sizeof e->unresolved[0]);
	e->unresolved_count = (uint8_t)kept;
}

/*
 * A6: a version names its mottagare anew. Who is named no longer is out; so is whom samordnad found
 * (A4), for the ground may be gone: decide() finds it again in the same instant, and then it was
 * never out. Who was added or left by a word of its own (A9, A10, A11) is not a version's to
 * change.
 */
bool
name_mottagare(struct episode *e, const struct fact *f)
{
	const struct fact_inskrivningsmeddelande *m = &f->inskrivningsmeddelande;
	bool room = true;

	for (int i = 0; i < e->participant_count; i++) {
		struct participant *p = &e->participant[i];
		if (!p->active || p->role != ROLE_MOTTAGARE || p->tillagd)
			continue;
		p->active = false;
		p->ended_at = f->recorded_at;
	}
	forget_unresolved(e);
	for (int i = 0; i < m->mottagare_count; i++) {
		const struct mottagare *named = &m->mottagare[i];
		const struct participant *p = episode_participant(e, named->unit);
		if (named->unit == 0)
			room &= name_unresolved(e, named, false, 0, f->nr);
		else if (p == NULL || p->uttrade == UTTRADE_NONE)
			room &= name_participant(e, named->unit, ROLE_MOTTAGARE, f) != NULL;
	}
	return room;
}

/* Is it a kvittens of something that tasks may still ask about? */
static bool
kvittens_in_force(const struct episode *e, const struct participant *p, int32_t nr)
{
	return nr == p->added_nr || nr == e->inskr.nr || nr == e->inskr.first_nr ||
	       nr == e->klar.nr || nr == e->klar.first_nr || nr == p->kallad_nr ||
	       nr == e->kallelse.nr;
}

/* The place that gives way to a new kvittens: an empty one, else the oldest of what is past, else
 * the oldest. */
static int
kvittens_place(const struct episode *e, const struct participant *p)
{
	for (int i = KVITTENS_MAX - 1; i >= 0; i--)
		if (p->kvitterat_nr[i] == 0 || !kvittens_in_force(e, p, p->kvitterat_nr[i]))
			return i;
	return KVITTENS_MAX - 1;
}

/*
 * A11, G3. Any order: what is acknowledged is kept by its nr, whether or not it, or what names the
 * unit, has been folded yet: the unit's clock may be behind the hospital's. One that names a
 * message which has not come waits for it.
 */
enum outcome
step_kvittens(struct episode *e, const struct fact *f)
{
	int32_t nr = f->kvittens.message_nr;

	if (nr == 0) {
		e->fold_anew |= f->kvittens.message_id[0] != '\0';
		return OUTCOME_INGET_ATT_KVITTERA;
	}
	struct participant *p = participant_row(e, f->source);
	if (p == NULL)
		return OUTCOME_INGET_ATT_KVITTERA;
	if (participant_kvitterat(p, nr, NULL))
		return OUTCOME_REDAN_KVITTERAD;
	size_t place = (size_t)kvittens_place(e, p);
	memmove(&p->kvitterat_nr[1], &p->kvitterat_nr[0], place * sizeof p->kvitterat_nr[0]);
	memmove(&p->kvitterat_at[1], &p->kvitterat_at[0], place * sizeof p->kvitterat_at[0]);
	p->kvitterat_nr[0] = nr;
	p->kvitterat_at[0] = f->sent_at;
	return OUTCOME_APPLIED;
}

/* A10: one mottagare more. `by`: the mottagare that names it for its own huvudman, or 0. */
static bool
add_mottagare(struct episode *e, const struct mottagare *named, unit_id by, const struct fact *f)
{
	if (named->unit == 0)
		return name_unresolved(e, named, true, by, f->nr);
	bool was = mottagare_of(e, named->unit) != NULL;
	struct participant *p = name_participant(e, named->unit, ROLE_MOTTAGARE, f);
	if (p == NULL)
		return false;
	p->tillagd |= f->source != 0;
	if (!was)
		p->forwarded_by = by;
	return true;
}

/* Was a mottagare, and is none any more. */
static bool
is_out(struct episode *e, unit_id unit)
{
	const struct participant *p = episode_participant(e, unit);

	return p != NULL && p->role == ROLE_MOTTAGARE && !p->active;
}

/* A4: the unit where the patient is listed takes part for what kommunal HSL needs, or to summon. */
static bool
listed_is_needed(const struct episode *e)
{
	return (e->inskr.behov & 1 << BEHOV_KOMMUNAL_HSL) != 0 ||
	       (e->klar.nr != 0 && sip_is_due(e));
}

/* A4: was somebody named by kind alone whom the unit where the patient is listed may be? */
static bool
names_oppenvard(const struct episode *e)
{
	bool named = false;

	for (int i = 0; i < e->unresolved_count; i++) {
		enum unit_slag slag = e->unresolved[i].named.slag;
		named |= slag != KOMMUNAL_HSL && slag != SOCIALTJANST;
	}
	return named;
}

/* Whom samordnad added by itself (A4, A9, F4): if the message that was the ground turns out to be
 * annulled, the decision is void. */
static bool
has_ground(const struct episode *e, unit_id unit)
{
	bool ground = unit == e->inskr.listad_pa ? listed_is_needed(e) || names_oppenvard(e)
						 : e->unresolved_count > 0 || e->kommun_count > 1;

	for (int i = 0; i < e->participant_count; i++)
		ground |= e->participant[i].uttrade == UTTRADE_AVVISAD &&
			  e->participant[i].ratt_enhet == unit;
	return ground;
}

/*
 * A4, A9, A10, F4: added, removed, or forwarded. What a unit may say of its own huvudman's units
 * the register has judged.
 */
enum outcome
step_mottagare_andrad(struct episode *e, const struct fact *f, int judged)
{
	const struct fact_mottagare_andrad *m = &f->mottagare_andrad;
	struct participant *sender = mottagare_of(e, f->source);
	bool room = true, none = true;

	if (judged == OUTCOME_UTANFOR_HUVUDMAN)
		return OUTCOME_UTANFOR_HUVUDMAN;
	if ((m->vidarebefordra != 0 && sender == NULL) || is_out(e, f->source))
		return OUTCOME_EJ_MOTTAGARE;
	if (f->source == 0 && !has_ground(e, m->lagg_till[0].unit))
		return OUTCOME_APPLIED;
	for (int i = 0; i < m->ta_bort_count; i++) {
		struct participant *p = mottagare_of(e, m->ta_bort[i]);
		none &= p == NULL;
		if (p != NULL)
			leave(p, UTTRADE_BORTTAGEN, f->nr, f->recorded_at);
	}
	for (int i = 0; i < m->lagg_till_count; i++)
		room &= add_mottagare(e, &m->lagg_till[i], sender != NULL ? sender->unit : 0, f);
	if (m->vidarebefordra != 0) {
		struct mottagare to = {.unit = m->vidarebefordra};
		room &= add_mottagare(e, &to, sender->unit, f);
		if (m->vidarebefordra != sender->unit)
			leave(sender, UTTRADE_VIDAREBEFORDRAD, f->nr, f->recorded_at);
	}
	if (m->ta_bort_count > 0 && none && m->lagg_till_count == 0 && m->vidarebefordra == 0)
		return OUTCOME_EJ_MOTTAGARE;
	return room ? OUTCOME_APPLIED : OUTCOME_FOR_MANGA;
}

/* A9, A11: the unit itself says that the patient is none of its; by a clock behind the hospital's,
 * before it is named. */
enum outcome
step_uttrade(struct episode *e, const struct fact *f)
{
	enum uttrade uttrade = f->type == AVVISNING ? UTTRADE_AVVISAD : UTTRADE_EJ_BERORD;
	struct participant *p = participant_row(e, f->source);

	if (p == NULL || (!p->active && p->received_at != INSTANT_NONE))
		return OUTCOME_EJ_MOTTAGARE;
	if (f->type == AVVISNING) {
		p->avvisning_orsak = f->avvisning.orsak;
		p->ratt_enhet = f->avvisning.ratt_enhet;
	}
	if (mottagare_of(e, f->source) == NULL) {
		p->fore = uttrade;
		p->fore_nr = f->nr;
		p->fore_at = f->recorded_at;
		return OUTCOME_EJ_MOTTAGARE;
	}
	leave(p, uttrade, f->nr, f->recorded_at);
	return OUTCOME_APPLIED;
}
