/*
 * fold: all facts of an episode, in their order, without what was annulled.
 */
#include "step.h"

#include "log.h"
#include "message.h"

#include <stdlib.h>
#include <string.h>

/* What is said outside of every stay has a patient, or a unit, for its own. */
bool
opens_own_file(const struct fact *f)
{
	return f->patient != 0 ? message_home(f->type) != HOME_EPISODE
			       : message_home(f->type) == HOME_UNIT;
}

static int
by_place(const void *a, const void *b)
{
	const struct fact *x = &((const struct history *)a)->fact;
	const struct fact *y = &((const struct history *)b)->fact;
	instant x_at = episode_place(x), y_at = episode_place(y);

	if (x_at != y_at)
		return x_at < y_at ? -1 : 1;
	return x->nr < y->nr ? -1 : 1;
}

static int
by_recorded_at(const void *a, const void *b)
{
	const struct fact *x = &((const struct history *)a)->fact;
	const struct fact *y = &((const struct history *)b)->fact;

	if (x->recorded_at != y->recorded_at)
		return x->recorded_at < y->recorded_at ? -1 : 1;
	return by_place(a, b);
}

/* What an inskrivningsmeddelande says too: the last said holds. */
static bool
is_said_by_a_notice(enum message_type type)
{
	return type == SAMTYCKE || type == NY_BERAKNAD_UTSKRIVNING || type == MOTTAGARE_ANDRAD ||
	       type == VARDFORM_ANDRAD;
}

/* Section 2: what was said before the first inskrivningsmeddelande that stands, and waits for one,
 * comes right behind it: it meets what that says (B3, C2). */
static void
name_first(struct history *facts, int count, const bool *annulled)
{
	int named = 0, waiting = 0;

	while (named < count &&
	       (facts[named].fact.type != INSKRIVNINGSMEDDELANDE || annulled[facts[named].fact.nr]))
		named++;
	if (named == count)
		return;
	struct history *waits = xmalloc((size_t)(named + 1) * sizeof *waits);
	int kept = 0;
	for (int i = 0; i <= named; i++)
		if (waits_for_a_name(&facts[i].fact) && !is_said_by_a_notice(facts[i].fact.type))
			waits[waiting++] = facts[i];
		else
			facts[kept++] = facts[i];
	memcpy(&facts[kept], waits, (size_t)waiting * sizeof *waits);
	free(waits);
}

/* D8: an answer that came after the first kallelse, by a clock that is behind, comes right behind
 * it.
 */
static void
kallelse_before_answers(struct history *facts, int count, const bool *annulled)
{
	int first = 0;

	while (first < count &&
	       (facts[first].fact.type != SIP_KALLELSE || annulled[facts[first].fact.nr]))
		first++;
	for (int i = first - 1; first < count && i >= 0; i--) {
		struct history answer = facts[i];
		if (answer.fact.type != KALLELSE_SVAR || answer.fact.nr < facts[first].fact.nr)
			continue;
		memmove(&facts[i], &facts[i + 1], (size_t)(first - i) * sizeof *facts);
		facts[first--] = answer;
	}
}

/* Is it of a kind that who annuls it may send? */
static bool
may_annul(const struct history *by, const struct history *h)
{
	unsigned sender = by->judged == JUDGED_OF_WARD	 ? SENDER_HOSPITAL
			  : by->judged == JUDGED_OF_UNIT ? SENDER_UNIT
							 : SENDER_HOSPITAL | SENDER_UNIT;

	return (message_senders(h->fact.type) & sender) != 0;
}

/*
 * How well h is the message that `by` names: 0 is not at all. Ids are unique within a source only.
 * A makulering is of its own organisation's messages, its own unit's first; a kvittens of
 * another's, one that asks for it first.
 */
static int
named_weight(const struct history *h, const struct history *by, const char *message_id)
{
	bool own = h->fact.source == by->fact.source;

	if (h == by || h->message_id[0] == '\0' || strcmp(h->message_id, message_id) != 0)
		return 0;
	if (by->fact.type == MAKULERING)
		return h->org != by->org || !may_annul(by, h) ? 0 : own ? 2 : 1;
	if (own)
		return 0;
	return h->fact.type == INSKRIVNINGSMEDDELANDE || h->fact.type == UTSKRIVNINGSKLAR ||
		       h->fact.type == SIP_KALLELSE
		   ? 2
		   : 1;
}

/* The nr of the message that `by` names, the last of several; 0 if it has not come. */
static int32_t
named_nr(const struct history *facts, int count, const struct history *by, const char *message_id)
{
	const struct history *found = NULL;
	int found_weight = 0;

	for (int i = 0; i < count; i++) {
		int weight = named_weight(&facts[i], by, message_id);
		if (weight > found_weight ||
		    (weight != 0 && weight == found_weight && facts[i].fact.nr > found->fact.nr)) {
			found = &facts[i];
			found_weight = weight;
		}
	}
	return found != NULL ? found->fact.nr : 0;
}

/* Binds the names in kvittens and makulering to facts. */
static void
bind_names(struct history *facts, int count)
{
	for (int i = 0; i < count; i++) {
		struct fact *f = &facts[i].fact;
		if (f->type == MAKULERING && f->source != 0)
			f->makulering.message_nr =
			    named_nr(facts, count, &facts[i], f->makulering.message_id);
		else if (f->type == KVITTENS && f->kvittens.message_id[0] != '\0')
			f->kvittens.message_nr =
			    named_nr(facts, count, &facts[i], f->kvittens.message_id);
	}
}

/* Marks what is annulled, and whatever was: of those that name one another, each before what it
 * names, whenever its sender's clock says that it was said. What two say of each other, the last
 * said holds. */
static void
mark_annulled_by(const struct history *facts, int count, int by, bool *seen, bool *annulled)
{
	const struct fact *f = &facts[by].fact;

	if (f->type != MAKULERING || seen[f->nr])
		return;
	seen[f->nr] = true;
	for (int i = count - 1; i >= 0; i--)
		if (facts[i].fact.type == MAKULERING &&
		    facts[i].fact.makulering.message_nr == f->nr)
			mark_annulled_by(facts, count, i, seen, annulled);
	if (!annulled[f->nr])
		annulled[f->makulering.message_nr] = true;
}

static void
mark_annulled(const struct history *facts, int count, int32_t nr_max, bool *annulled)
{
	bool *seen = xcalloc((size_t)nr_max + 1, sizeof *seen);

	for (int i = 0; i < count; i++)
		mark_annulled_by(facts, count, i, seen, annulled);
	annulled[0] = false; /* of none that has come */
	free(seen);
}

/* A makulering of what one said before it has annulled. */
static bool
annuls_again(const struct history *facts, const struct history *h, const bool *annulled)
{
	for (const struct history *g = facts; g < h && h->fact.type == MAKULERING; g++)
		if (g->fact.type == MAKULERING && !annulled[g->fact.nr] &&
		    g->fact.makulering.message_nr == h->fact.makulering.message_nr)
			return true;
	return false;
}

static const struct history *
history_of(const struct history *facts, int count, int32_t nr)
{
	for (int i = 0; i < count && nr != 0; i++)
		if (facts[i].fact.nr == nr)
			return &facts[i];
	return NULL;
}

/* G3: a kvittens of what is annulled is one of nothing; one that was sent before what it
 * acknowledges, by a clock that is wrong, counts from when it came. A6: of one version, it is of
 * the stay. */
static enum outcome
fold_kvittens(
    struct episode *e, const struct history *h, const struct history *said, const bool *annulled)
{
	struct fact f = h->fact;

	if (said != NULL && annulled[said->fact.nr])
		f.kvittens.message_nr = 0;
	else if (said != NULL && f.sent_at < said->fact.sent_at)
		f.sent_at = f.recorded_at;
	enum outcome outcome = episode_step(e, &f, h->judged);
	struct participant *p = episode_participant(e, f.source);
	bool of_version = said != NULL && said->fact.type == INSKRIVNINGSMEDDELANDE &&
			  f.kvittens.message_nr != 0 && f.kvittens.message_id[0] != '\0';
	if (p != NULL && of_version && p->kvitterat_version_at == INSTANT_NONE)
		p->kvitterat_version_at = f.sent_at;
	return outcome;
}

/* The facts in their places; the outcome of that of nr. */
static enum outcome
fold_all(struct episode *e, struct history *facts, int count, const bool *annulled, int32_t nr_max,
    int32_t nr)
{
	enum outcome asked = OUTCOME_APPLIED;

	episode_init(e);
	for (int i = 0; i < count; i++) /* also what is annulled opened it */
		e->own_file |= opens_own_file(&facts[i].fact);
	for (int i = 0; i < count; i++) {
		enum outcome outcome = OUTCOME_MAKULERAD;
		facts[i].annulled = annulled[facts[i].fact.nr];
		if (facts[i].annulled)
			episode_note_annulled(e, facts[i].fact.nr);
		else if (facts[i].fact.type == KVITTENS)
			outcome = fold_kvittens(e, &facts[i],
			    history_of(facts, count, facts[i].fact.kvittens.message_nr), annulled);
		else
			outcome = episode_step(e, &facts[i].fact, facts[i].judged);
		if (outcome == OUTCOME_APPLIED && annuls_again(facts, &facts[i], annulled))
			outcome = OUTCOME_REDAN_MAKULERAD;
		if (facts[i].fact.nr == nr)
			asked = outcome;
	}
	for (int i = 0; i < e->participant_count; i++) /* it came before what names it */
		if (asked == OUTCOME_EJ_MOTTAGARE && e->participant[i].uttrade_nr == nr)
			asked = OUTCOME_APPLIED;
	e->last_nr = nr_max;
	return asked;
}

/* All that it says of the patient is said later anew; but what it says of identities stands beside
 * that (G4), and where the patient was registered counts by its date (F4). */
static bool
patient_is_outdone(
    const struct history *facts, int count, const bool *annulled, const struct history *h)
{
	uint8_t given = h->fact.patient_uppdaterad.given;

	if (h->fact.identitet.system[0] != '\0' || (given & PATIENT_KOMMUN) != 0)
		return false;
	for (const struct history *later = h + 1; later < facts + count; later++)
		if (later->fact.type == PATIENT_UPPDATERAD && !annulled[later->fact.nr])
			given &= (uint8_t)~later->fact.patient_uppdaterad.given;
	return given == 0;
}

static bool
fvk_is_outdone(const struct episode *e, const struct fact *f)
{
	const struct fact_fast_vardkontakt *m = &f->fast_vardkontakt;
	const struct fvk *slot = episode_fvk(e, m->unit);

	return !m->jamte && m->atgard != FVK_AVSLUTA && m->atgard != FVK_FORESLA && slot != NULL &&
	       slot->nr != f->nr && slot->staff != m->staff;
}

static bool
insatser_are_outdone(const struct episode *e, const struct fact *f)
{
	int i = e->insatser_count - 1;

	while (i >= 0 && e->insatser[i].unit != f->source)
		i--;
	return i >= 0 && e->insatser[i].nr != f->nr &&
	       e->insatser[i].status != f->insatser_status.status;
}

static bool
sip_behov_is_outdone(const struct episode *e, const struct fact *f)
{
	const struct participant *p = episode_participant_of(e, f->source);

	return p != NULL && p->sip_behov_nr != f->nr && p->sip_behov != f->sip_behov.behov;
}

/* A word of what holds one at a time: what was said later, by the senders' clocks, holds instead.
 */
static bool
is_outdone(const struct episode *e, const struct history *facts, int count, const bool *annulled,
    const struct history *h)
{
	const struct fact *f = &h->fact;

	switch (f->type) {
	case INSKRIVNINGSMEDDELANDE:
		return e->inskr.nr != f->nr;
	case NY_BERAKNAD_UTSKRIVNING:
		return e->beraknad.at != f->ny_beraknad_utskrivning.beraknad_utskrivning_at;
	case UTSKRIVNING:
		return e->utskrivning.at != f->utskrivning.utskriven_at ||
		       e->utskrivning.destination != f->utskrivning.destination;
	case SAMTYCKE:
		return e->samtycke[f->samtycke.omfattning].status != f->samtycke.status;
	case OVERFLYTTNING:
		return e->avdelning.nr != f->nr;
	case PERMISSION:
		return e->permission.nr != f->nr;
	case VARDFORM_ANDRAD:
		return e->tvangsvard.vardform != f->vardform_andrad.vardform ||
		       e->tvangsvard.oppen != f->vardform_andrad.oppen_tvangsvard;
	case FAST_VARDKONTAKT:
		return fvk_is_outdone(e, f);
	case INSATSER_STATUS:
		return insatser_are_outdone(e, f);
	case SIP_BEHOV:
		return sip_behov_is_outdone(e, f);
	case PATIENT_UPPDATERAD:
		return patient_is_outdone(facts, count, annulled, h);
	default:
		return false;
	}
}

static int32_t
last_nr(const struct history *facts, int count)
{
	int32_t last = 0;

	for (int i = 0; i < count; i++)
		if (facts[i].fact.nr > last)
			last = facts[i].fact.nr;
	return last;
}

/* The facts put in their places, and folded; annulled[nr]: which are. */
static enum outcome
fold_in_place(struct episode *e, struct history *facts, int count, bool *annulled, int32_t nr)
{
	int32_t nr_max = last_nr(facts, count);

	if (count > 0)
		qsort(facts, (size_t)count, sizeof *facts, by_place);
	bind_names(facts, count);
	mark_annulled(facts, count, nr_max, annulled);
	name_first(facts, count, annulled);
	kallelse_before_answers(facts, count, annulled);
	return fold_all(e, facts, count, annulled, nr_max, nr);
}

static bool
came_in_their_places(const struct history *facts, int count)
{
	for (int i = 1; i < count; i++)
		if (by_recorded_at(&facts[i - 1], &facts[i]) > 0)
			return false;
	return true;
}

/* What says nothing of whether a SIP is wanted, of who takes part, or of who may summon (D4). */
static const bool beside_sip[MESSAGE_TYPE_COUNT] = {
    [KVITTENS] = true,
    [KALLELSE_SVAR] = true,
    [SIP_BOKNING] = true,
    [SIP_UPPFOLJNING] = true,
    [FAST_KONTAKT] = true,
    [PERSONAL] = true,
    [SPARR] = true,
    [NY_BERAKNAD_UTSKRIVNING] = true,
    [UTSKRIVNING] = true,
    [UTSKRIVNINGSINFORMATION] = true,
    [PATIENTINFORMATION] = true,
    [PATIENT_UPPDATERAD] = true,
    [PERMISSION] = true,
    [INSATSER_STATUS] = true,
    [VARDPLAN_JUSTERAD] = true,
};

/* D1: what was known is what the facts said that had been recorded by then, in their places; what
 * was annulled is as if it had not come. */
static void
fold_sip_runs(struct episode *e, const struct history *facts, int count)
{
	size_t marks = (size_t)last_nr(facts, count) + 1;
	struct history *recorded = xmalloc((size_t)count * sizeof *recorded),
		       *known = xmalloc((size_t)count * sizeof *known);
	bool *annulled = xmalloc(marks * sizeof *annulled);
	struct episode *then = xmalloc(sizeof *then);
	int kept = 0;

	for (int i = 0; i < count; i++)
		if (!facts[i].annulled && facts[i].fact.type != MAKULERING)
			recorded[kept++] = facts[i];
	qsort(recorded, (size_t)kept, sizeof *recorded, by_recorded_at);
	memset(e->sip_run, 0, sizeof e->sip_run);
	e->sip_run_count = 0;
	for (int i = 0; i < kept; i++) {
		if (beside_sip[recorded[i].fact.type])
			continue;
		memset(annulled, 0, marks * sizeof *annulled);
		memcpy(known, recorded, (size_t)(i + 1) * sizeof *known);
		fold_in_place(then, known, i + 1, annulled, 0);
		note_sip_run(e, then, &recorded[i].fact);
	}
	free(recorded);
	free(known);
	free(annulled);
	free(then);
}

enum outcome
episode_fold(struct episode *e, struct history *facts, int count, int32_t nr)
{
	bool *annulled = xcalloc((size_t)last_nr(facts, count) + 1, sizeof *annulled);
	enum outcome asked = fold_in_place(e, facts, count, annulled, nr);
	/* Said by a clock behind that of who named the stay: it has its effect already. */
	bool named = e->inskr.nr != 0 || e->own_file;
	if (named && (asked == OUTCOME_PARKED || asked == OUTCOME_EJ_ANMALD))
		asked = OUTCOME_APPLIED;
	const struct history *h = history_of(facts, count, nr);
	if (h != NULL && h + 1 < facts + count && outcome_table[asked].result == RESULT_APPLIED &&
	    is_outdone(e, facts, count, annulled, h))
		asked = OUTCOME_SENARE_ORD;
	if (!came_in_their_places(facts, count))
		fold_sip_runs(e, facts, count);
	free(annulled);
	return asked;
}
