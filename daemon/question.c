/* The bodies of searches; see question.h. */
#include "question.h"

#include "document.h"
#include "pointer.h"
#include "rules/episode.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct reading {
	struct question *q;
	struct message_error *error;
	civil_date today;
};

static bool
wrong(struct reading *r, const char *pointer, const char *detail)
{
	snprintf(r->error->pointer, sizeof(r->error->pointer), "%s", pointer);
	r->error->detail = detail;
	return false;
}

static const struct node *
text_member(const struct node *object, const char *name)
{
	const struct node *n = node_member(object, name, strlen(name));
	return n != NULL && n->kind == NODE_STRING ? n : NULL;
}

static bool
read_identitet(struct reading *r, const struct node *value, const char *pointer)
{
	const struct node *system, *varde;
	const char *detail;

	if (value == NULL || value->kind != NODE_OBJECT)
		return wrong(r, pointer, "must be an object with system and varde");
	system = text_member(value, "system");
	varde = text_member(value, "varde");
	if (system == NULL || varde == NULL)
		return wrong(r, pointer, "must have system and varde, both text");
	detail = identity_canonical(
	    system->text, system->len, varde->text, varde->len, r->today, &r->q->identitet);
	r->q->has_identitet = detail == NULL;
	return detail == NULL || wrong(r, pointer, detail);
}

static bool
read_patient(struct reading *r, const struct node *value)
{
	return read_identitet(r, node_member(value, "identitet", 9), "/patient/identitet");
}

static bool
read_identitet_alone(struct reading *r, const struct node *value)
{
	return read_identitet(r, value, "/identitet");
}

static bool
read_unit(struct reading *r, const struct node *value)
{
	if (value->kind != NODE_STRING || !identity_hsa_valid(value->text, value->len))
		return wrong(r, "/unit", "must be a unit's HSA-id");
	memcpy(r->q->unit, value->text, value->len + 1);
	return true;
}

static bool
read_phase(struct reading *r, const struct node *value)
{
	for (int p = 0; value->kind == NODE_STRING && p < PHASE_COUNT; p++) {
		if (strcmp(value->text, phase_word((enum phase)p)) != 0)
			continue;
		r->q->phases |= 1u << p;
		return true;
	}
	return false;
}

static bool
read_state(struct reading *r, const struct node *value)
{
	char at[sizeof "/state/" + 20];
	size_t i = 0;

	if (value->kind != NODE_ARRAY || value->len == 0)
		return wrong(r, "/state", "must be an array of one or more states");
	for (const struct node *n = value->first; n != NULL; n = n->next, i++) {
		if (read_phase(r, n))
			continue;
		snprintf(at, sizeof at, "/state/%zu", i);
		return wrong(r, at,
		    "must be one of okand, bevakad, inskriven, utskrivningsklar, utskriven, "
		    "avslutad, makulerad, avliden");
	}
	return true;
}

static bool
read_after(struct reading *r, const struct node *value)
{
	char *end;

	if (value->kind == NODE_STRING && value->len == QUESTION_AFTER_TEXT_MAX - 1 &&
	    strspn(value->text, "0123456789abcdef") == value->len && value->text[0] < '8') {
		r->q->after = strtoll(value->text, &end, 16);
		return true;
	}
	return wrong(r, "/after", "must be the `next` of an earlier page");
}

static bool
read_limit(struct reading *r, const struct node *value)
{
	int64_t limit;

	if (!node_int(value, &limit) || limit < 1 || limit > QUESTION_LIMIT_MAX)
		return wrong(r, "/limit", "must be a whole number, 1 to 200");
	r->q->limit = (int)limit;
	return true;
}

struct member {
	const char *name;
	bool (*read)(struct reading *r, const struct node *value);
};

static const struct member episodes_members[] = {{"patient", read_patient}, {"unit", read_unit},
    {"state", read_state}, {"after", read_after}, {"limit", read_limit}, {NULL, NULL}};
static const struct member patients_members[] = {{"identitet", read_identitet_alone}, {NULL, NULL}};

/* A filter that is not known would widen the answer if it were passed over. */
static bool
read_member(struct reading *r, const struct member *known, const struct node *value)
{
	for (; known->name != NULL; known++)
		if (strcmp(known->name, value->key) == 0)
			return known->read(r, value);
	wrong(r, "",
	    r->q->limit != 0 ? "is not known here: patient, unit, state, after, limit are"
			     : "is not known here: identitet is");
	pointer_enter(r->error->pointer, sizeof r->error->pointer, value->key);
	return false;
}

static bool
read_members(struct reading *r, enum question_kind kind, const struct node *root)
{
	const struct question *q = r->q;
	const struct member *known =
	    kind == QUESTION_EPISODES ? episodes_members : patients_members;

	if (root->kind != NODE_OBJECT)
		return wrong(r, "", "must be an object");
	for (const struct node *n = root->first; n != NULL; n = n->next)
		if (!read_member(r, known, n))
			return false;
	if (kind == QUESTION_PATIENTS)
		return q->has_identitet || wrong(r, "/identitet", "must be there");
	return q->has_identitet || q->unit[0] != '\0' || q->phases != 0 ||
	       wrong(r, "", "must have at least one of patient, unit, state");
}

int
question_read(enum question_kind kind, const char *body, size_t len, civil_date today,
    struct question *out, struct message_error *error)
{
	struct reading r = {out, error, today};
	struct document *document;
	bool good;

	memset(out, 0, sizeof(*out));
	memset(error, 0, sizeof(*error));
	out->after = INT64_MAX;
	out->limit = kind == QUESTION_EPISODES ? QUESTION_LIMIT_DEFAULT : 0;
	error->detail = document_read(body != NULL ? body : "", len, &document);
	if (error->detail != NULL)
		return 400;
	good = read_members(&r, kind, document_root(document));
	document_free(document);
	return good ? 0 : 422;
}

void
question_after_format(int64_t after, char out[static QUESTION_AFTER_TEXT_MAX])
{
	snprintf(out, QUESTION_AFTER_TEXT_MAX, "%016" PRIx64, (uint64_t)after);
}
