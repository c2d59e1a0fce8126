/* A unit's documents; see register_view.h. Each has one function. */
#include "register_view.h"

#include "answer.h"
#include "hours.h"
#include "log.h"
#include "vocabulary.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *
staff_hsa(const struct region *r, staff_id staff)
{
	const struct staff *s = region_staff(r, staff);
	return s != NULL ? s->hsa_id : NULL;
}

/* Members that are absent where there is nothing to say: a PUT takes them so. */
static void
optional_text(struct writer *w, const char *name, const char *text)
{
	if (text != NULL && text[0] != '\0')
		answer_text(w, name, text);
}

static void
optional_instant(struct writer *w, const char *name, instant t)
{
	if (t != INSTANT_NONE && t != INSTANT_NEVER)
		answer_instant(w, name, t);
}

/* Kommunkod and länskod: digits as text; 0: none. */
static void
optional_code(struct writer *w, const char *name, int digits, int32_t code)
{
	char text[16];

	if (code == 0)
		return;
	snprintf(text, sizeof(text), "%0*d", digits, (int)code);
	answer_text(w, name, text);
}

static void
list_open(struct writer *w, const char *name)
{
	answer_key(w, name);
	answer_open(w, '[');
}

/* ---- The unit, its hours ---- */

static void
write_hours(const struct unit *u, struct writer *w)
{
	json_t *hours = hours_write(&u->hours);
	char *text = json_dumps(hours, JSON_COMPACT | JSON_ENCODE_ANY);

	require(text != NULL);
	answer_key(w, "hours");
	writer_raw(w, text, strlen(text));
	free(text);
	json_decref(hours);
}

static void
write_itself(const struct region *r, const struct unit *u, struct writer *w)
{
	answer_text(w, "hsa_id", u->hsa_id);
	answer_text(w, "namn", u->namn);
	answer_text(w, "slag", unit_slag_word(u->slag));
	optional_code(w, "kommun", 4, u->kommun);
	optional_code(w, "region", 2, u->region);
	optional_text(w, "distrikt", u->distrikt);
	optional_text(w, "sjukhus", u->sjukhus);
	optional_text(w, "verksamhetschef", staff_hsa(r, u->verksamhetschef));
	write_hours(u, w);
}

/* ---- Staff ---- */

static void
write_absences(const struct region *r, staff_id staff, instant now, struct writer *w)
{
	list_open(w, "absences");
	for (int i = region_absence_first(r, staff);
	     i < r->absence_count && r->absences[i].staff == staff; i++) {
		const struct absence *a = &r->absences[i];

		if (a->to_at <= now)
			continue;
		answer_open(w, '{');
		answer_instant(w, "from_at", a->from_at);
		optional_instant(w, "to_at", a->to_at);
		optional_text(w, "ersattare", staff_hsa(r, a->ersattare));
		answer_close(w, '}');
	}
	answer_close(w, ']');
}

static void
write_person(const struct region *r, const struct staff *s, instant now, struct writer *w)
{
	answer_open(w, '{');
	answer_text(w, "hsa_id", s->hsa_id);
	answer_text(w, "namn", s->namn);
	answer_text(w, "profession", profession_word(s->profession));
	answer_bool(w, "legitimerad", s->legitimerad);
	optional_text(w, "team", s->team);
	answer_int(w, "tjanstgoringsgrad", s->tjanstgoringsgrad);
	if (s->kapacitet != 0)
		answer_int(w, "kapacitet", s->kapacitet);
	optional_text(w, "ersattare", staff_hsa(r, s->ersattare));
	optional_text(w, "telefon", s->telefon);
	answer_bool(w, "fvk", s->fvk);
	optional_instant(w, "slutar_at", s->slutar_at);
	write_absences(r, s->staff, now, w);
	answer_close(w, '}');
}

static void
write_staff(const struct region *r, const struct unit *u, instant now, struct writer *w)
{
	list_open(w, "staff");
	for (int i = u->staff_first; i < u->staff_first + u->staff_count; i++)
		if (r->staff[i].slutar_at > now)
			write_person(r, &r->staff[i], now, w);
	answer_close(w, ']');
}

/* ---- Slots, standing decisions ---- */

static void
write_minute(struct writer *w, const char *name, int minute)
{
	char text[16];

	snprintf(text, sizeof(text), "%02d:%02d", minute / 60, minute % 60);
	answer_text(w, name, text);
}

/* The one row that is asked for by its number, else those that have not ended. */
static bool
is_listed(int32_t asked, int32_t row, instant ends_at, instant now)
{
	return asked != 0 ? row == asked : ends_at > now;
}

static void
write_slots(
    const struct region *r, const struct unit *u, instant now, int32_t row, struct writer *w)
{
	list_open(w, "slots");
	for (int i = u->slot_first; i < r->slot_count && r->slots[i].unit == u->unit; i++) {
		const struct slot *s = &r->slots[i];

		if (!is_listed(row, s->slot, s->ended_at, now))
			continue;
		answer_open(w, '{');
		answer_int(w, "id", s->slot);
		answer_text(w, "weekday", hours_weekday_word((enum weekday)s->weekday));
		write_minute(w, "from", s->from_minute);
		write_minute(w, "to", s->to_minute);
		answer_int(w, "length_minutes", s->length_minutes);
		answer_text(w, "form", motesform_word(s->form));
		optional_text(w, "plats", s->plats);
		optional_text(w, "staff", staff_hsa(r, s->staff));
		optional_instant(w, "ended_at", s->ended_at);
		answer_close(w, '}');
	}
	answer_close(w, ']');
}

static void
write_standing_decisions(
    const struct region *r, const struct unit *u, instant now, int32_t row, struct writer *w)
{
	list_open(w, "standing_decisions");
	for (int i = 0; i < r->standing_decision_count; i++) {
		const struct standing_decision *d = &r->standing_decisions[i];

		instant ends_at = d->to_at < d->revoked_at ? d->to_at : d->revoked_at;

		if (d->unit != u->unit || !is_listed(row, d->standing_decision, ends_at, now))
			continue;
		answer_open(w, '{');
		answer_int(w, "id", d->standing_decision);
		answer_text(w, "beslutad_av", staff_hsa(r, d->beslutad_av));
		optional_text(w, "kriterier", d->kriterier);
		answer_instant(w, "from_at", d->from_at);
		answer_instant(w, "to_at", d->to_at);
		optional_instant(w, "revoked_at", d->revoked_at);
		answer_close(w, '}');
	}
	answer_close(w, ']');
}

/* ---- Policies ---- */

/* A number, or one of the policy's words; null: no value, as the default of some. */
static void
write_value(struct writer *w, const char *name, enum policy p, int64_t value)
{
	char text[POLICY_VALUE_TEXT_MAX];

	if (value < policy_table[p].min) {
		answer_null(w, name);
		return;
	}
	if (strchr(policy_table[p].what, '|') == NULL) {
		answer_int(w, name, value);
		return;
	}
	policy_value_format(p, value, text);
	answer_text(w, name, text);
}

/* Where a value comes from: the row, with what its scope names; NULL: the default. */
static void
write_source(
    const struct region *r, const char *name, const struct policy_row *row, struct writer *w)
{
	const struct unit *u = row != NULL ? region_unit(r, row->unit) : NULL;

	answer_key(w, name);
	answer_open(w, '{');
	answer_text(w, "scope", row != NULL ? policy_scope_word(row->scope) : "default");
	if (row != NULL) {
		answer_int(w, "id", row->policy_row);
		optional_code(w, "region", 2, row->region);
		optional_code(w, "kommun", 4, row->kommun);
		optional_text(w, "unit", u != NULL ? u->hsa_id : NULL);
		answer_instant(w, "from_at", row->from_at);
		answer_instant(w, "to_at", row->to_at);
	}
	answer_close(w, '}');
}

static int64_t
value_of(const struct policy_row *row, enum policy p)
{
	return row != NULL ? row->value : policy_table[p].standard;
}

static void
write_next(const struct region *r, enum policy p, unit_id unit, instant now, struct writer *w)
{
	instant at = region_policy_change(r, p, unit, now);
	const struct policy_row *row;

	if (at == INSTANT_NEVER) {
		answer_null(w, "next");
		return;
	}
	row = region_policy_row(r, p, unit, at);
	answer_key(w, "next");
	answer_open(w, '{');
	answer_instant(w, "at", at);
	write_value(w, "value", p, value_of(row, p));
	write_source(r, "source", row, w);
	answer_close(w, '}');
}

static void
write_effective(
    const struct region *r, const struct unit *u, enum policy p, instant now, struct writer *w)
{
	const struct policy_row *row = region_policy_row(r, p, u->unit, now);

	answer_open(w, '{');
	answer_text(w, "policy", policy_table[p].word);
	answer_text(w, "what", policy_table[p].what);
	write_value(w, "value", p, value_of(row, p));
	write_value(w, "default", p, policy_table[p].standard);
	write_source(r, "source", row, w);
	write_next(r, p, u->unit, now, w);
	answer_close(w, '}');
}

/* A row as a file takes it: what it is of, if it is not the unit's own. */
static void
write_policy(const struct policy_row *row, struct writer *w)
{
	answer_open(w, '{');
	answer_int(w, "id", row->policy_row);
	answer_text(w, "policy", policy_table[row->policy].word);
	write_value(w, "value", row->policy, row->value);
	if (row->scope != SCOPE_UNIT)
		answer_text(w, "scope", policy_scope_word(row->scope));
	optional_code(w, "region", 2, row->region);
	optional_code(w, "kommun", 4, row->kommun);
	answer_instant(w, "from_at", row->from_at);
	optional_instant(w, "to_at", row->to_at);
	answer_close(w, '}');
}

/* The unit's own rows, as a PUT takes them; or the one asked for. */
static void
write_rows(
    const struct region *r, const struct unit *u, instant now, int32_t asked, struct writer *w)
{
	list_open(w, "policies");
	for (int i = 0; i < r->policy_count; i++) {
		const struct policy_row *row = &r->policies[i];
		bool own = row->scope == SCOPE_UNIT && row->unit == u->unit;

		if ((own || (asked != 0 && row->scope != SCOPE_UNIT)) &&
		    is_listed(asked, row->policy_row, row->to_at, now))
			write_policy(row, w);
	}
	answer_close(w, ']');
}

static void
write_policies(
    const struct region *r, const struct unit *u, instant now, int32_t row, struct writer *w)
{
	answer_instant(w, "at", now);
	list_open(w, "effective");
	for (int p = 0; p < POLICY_COUNT; p++)
		write_effective(r, u, (enum policy)p, now, w);
	answer_close(w, ']');
	write_rows(r, u, now, row, w);
}

void
register_view(const struct region *r, const struct unit *unit, enum unit_document what, instant now,
    int32_t row, struct writer *w)
{
	answer_open(w, '{');
	switch (what) {
	case UNIT_ITSELF:
		write_itself(r, unit, w);
		break;
	case UNIT_STAFF:
		write_staff(r, unit, now, w);
		break;
	case UNIT_SLOTS:
		write_slots(r, unit, now, row, w);
		break;
	case UNIT_HOURS:
		write_hours(unit, w);
		break;
	case UNIT_POLICY:
		write_policies(r, unit, now, row, w);
		break;
	case UNIT_STANDING_DECISIONS:
		write_standing_decisions(r, unit, now, row, w);
		break;
	}
	answer_close(w, '}');
}
