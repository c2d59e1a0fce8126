/*
 * Reads the register: one pipelined batch of selects in one snapshot, row by row into a region and
 * clients. Owns the statements register_*.sql but for those of load.c. What a newer daemon's rows
 * mean that this one does not know (a policy, a word) is left out and logged.
 */
#include "register.h"

#include "hours.h"
#include "log.h"
#include "uuid.h"

#include <inttypes.h>
#include <malloc.h>
#include <stdlib.h>
#include <string.h>

#define LOAD_TIMEOUT_MS 30000

struct register_ {
	struct region *region;
	struct clients *clients;
	void (*put)(void *arg, int64_t version);
	void *put_arg;
};

struct register_ *
register_new(void)
{
	struct register_ *reg = xcalloc(1, sizeof(*reg));

	reg->region = xcalloc(1, sizeof(*reg->region));
	region_index(reg->region);
	reg->clients = clients_new(0, 0, 0);
	return reg;
}

void
region_delete(struct region *region)
{
	if (region == NULL)
		return;
	region_free(region);
	free(region);
}

void
register_free(struct register_ *reg)
{
	if (reg == NULL)
		return;
	region_delete(reg->region);
	clients_free(reg->clients);
	free(reg);
}

void
register_put(struct register_ *reg, struct region *region, struct clients *clients)
{
	require(region != NULL && clients != NULL);
	if (region != reg->region)
		region_delete(reg->region);
	if (clients != reg->clients)
		clients_free(reg->clients);
	reg->region = region;
	reg->clients = clients;
	/*
	 * A register of 10,000 persons leaves some 10 MB of rows behind, in one piece: give them
	 * back.
	 */
	malloc_trim(0);
	if (reg->put != NULL)
		reg->put(reg->put_arg, region->version);
}

void
register_on_put(struct register_ *reg, void (*put)(void *arg, int64_t version), void *arg)
{
	reg->put = put;
	reg->put_arg = arg;
}

struct region *
register_region(struct register_ *reg)
{
	return reg->region;
}

const struct clients *
register_clients(const struct register_ *reg)
{
	return reg->clients;
}

/* ---- Rows ---- */

/* Copies a text column; the database's checks keep it short enough, and what is not is cut. */
static void
text_copy(char *out, size_t size, const PGresult *rows, size_t row, int column)
{
	struct pg_text text = pg_get_text(rows, row, column);
	size_t len = text.text == NULL ? 0 : text.len;

	if (len >= size)
		len = size - 1;
	if (len > 0)
		memcpy(out, text.text, len);
	out[len] = '\0';
}

/* A text column of any length, to be freed; NULL if it is empty. */
static char *
text_take(const PGresult *rows, size_t row, int column)
{
	struct pg_text text = pg_get_text(rows, row, column);
	char *copy;

	if (text.text == NULL || text.len == 0)
		return NULL;
	copy = xmalloc(text.len + 1);
	memcpy(copy, text.text, text.len);
	copy[text.len] = '\0';
	return copy;
}

/*
 * The enum's value of a word column by its table, or otherwise if this daemon does not know the
 * word.
 */
static int
word_get(const PGresult *rows, size_t row, int column, int (*from)(const char *, size_t),
    const char *what, int otherwise)
{
	struct pg_text word = pg_get_text(rows, row, column);
	int value = word.text == NULL ? -1 : from(word.text, word.len);

	if (value >= 0)
		return value;
	log_event(LOG_WARNING, "register_word_unknown", "what", "%s", what, NULL);
	return otherwise;
}

/* The hours of a row; those of the row before if they are written alike, as they mostly are. */
static void
hours_take(struct unit *units, size_t row, const PGresult *rows)
{
	struct pg_text text = pg_get_text(rows, row, 9), before = {NULL, 0};
	char pointer[HOURS_POINTER_MAX];
	const char *wrong;
	json_t *json = NULL;

	if (row > 0)
		before = pg_get_text(rows, row - 1, 9);
	if (text.text != NULL && before.text != NULL && text.len == before.len &&
	    memcmp(text.text, before.text, text.len) == 0) {
		units[row].hours = units[row - 1].hours;
		return;
	}
	if (text.text != NULL)
		json = json_loadb(text.text, text.len, JSON_REJECT_DUPLICATES, NULL);
	wrong = hours_read(json, &units[row].hours, pointer);
	if (wrong != NULL) {
		log_event(LOG_WARNING, "register_hours_bad", "unit", "%s", units[row].hsa_id, "why",
		    "%s", wrong, "at", "%s", pointer, NULL);
		(void)hours_read(NULL, &units[row].hours, pointer);
	}
	json_decref(json);
}

static void
units_take(struct region *r, const PGresult *rows)
{
	size_t count = pg_row_count(rows);

	r->units = xcalloc(count, sizeof(*r->units));
	r->unit_count = (int)count;
	for (size_t i = 0; i < count; i++) {
		struct unit *u = &r->units[i];

		u->unit = (unit_id)pg_get_int(rows, i, 0);
		text_copy(u->hsa_id, sizeof(u->hsa_id), rows, i, 1);
		u->org = pg_get_int(rows, i, 2);
		u->slag = (enum unit_slag)word_get(rows, i, 3, unit_slag_from, "slag", EKONOMI);
		u->kommun = (kommun_kod)pg_get_int_or(rows, i, 4, 0);
		u->region = (int32_t)pg_get_int_or(rows, i, 5, 0);
		text_copy(u->distrikt, sizeof(u->distrikt), rows, i, 6);
		text_copy(u->namn, sizeof(u->namn), rows, i, 7);
		u->verksamhetschef = (staff_id)pg_get_int_or(rows, i, 8, 0);
		hours_take(r->units, i, rows);
		text_copy(u->sjukhus, sizeof(u->sjukhus), rows, i, 10);
	}
}

static void
staff_take(struct region *r, const PGresult *rows)
{
	size_t count = pg_row_count(rows);

	r->staff = xcalloc(count, sizeof(*r->staff));
	r->staff_count = (int)count;
	for (size_t i = 0; i < count; i++) {
		struct staff *s = &r->staff[i];

		s->staff = (staff_id)pg_get_int(rows, i, 0);
		s->unit = (unit_id)pg_get_int(rows, i, 1);
		text_copy(s->hsa_id, sizeof(s->hsa_id), rows, i, 2);
		text_copy(s->namn, sizeof(s->namn), rows, i, 3);
		s->profession = (enum profession)word_get(
		    rows, i, 4, profession_from, "profession", ANNAN_PROFESSION);
		s->legitimerad = pg_get_bool(rows, i, 5);
		text_copy(s->team, sizeof(s->team), rows, i, 6);
		s->tjanstgoringsgrad = (uint8_t)pg_get_int(rows, i, 7);
		s->kapacitet = (int32_t)pg_get_int_or(rows, i, 8, 0);
		s->ersattare = (staff_id)pg_get_int_or(rows, i, 9, 0);
		text_copy(s->telefon, sizeof(s->telefon), rows, i, 10);
		s->fvk = pg_get_bool(rows, i, 11);
		s->slutar_at = pg_get_instant(rows, i, 12);
	}
}

static void
absences_take(struct region *r, const PGresult *rows)
{
	size_t count = pg_row_count(rows);

	r->absences = xcalloc(count, sizeof(*r->absences));
	r->absence_count = (int)count;
	for (size_t i = 0; i < count; i++)
		r->absences[i] = (struct absence){
		    .staff = (staff_id)pg_get_int(rows, i, 0),
		    .from_at = pg_get_instant(rows, i, 1),
		    .to_at = pg_get_instant(rows, i, 2),
		    .ersattare = (staff_id)pg_get_int_or(rows, i, 3, 0),
		};
}

static void
slots_take(struct region *r, const PGresult *rows)
{
	size_t count = pg_row_count(rows);

	r->slots = xcalloc(count, sizeof(*r->slots));
	r->slot_count = (int)count;
	for (size_t i = 0; i < count; i++) {
		struct slot *s = &r->slots[i];

		s->slot = (int32_t)pg_get_int(rows, i, 0);
		s->unit = (unit_id)pg_get_int(rows, i, 1);
		s->staff = (staff_id)pg_get_int_or(rows, i, 2, 0);
		s->weekday = (uint8_t)pg_get_int(rows, i, 3);
		s->from_minute = (int16_t)pg_get_int(rows, i, 4);
		s->to_minute = (int16_t)pg_get_int(rows, i, 5);
		s->length_minutes = (int16_t)pg_get_int(rows, i, 6);
		s->form = (enum motesform)word_get(rows, i, 7, motesform_from, "form", FYSISKT);
		text_copy(s->plats, sizeof(s->plats), rows, i, 8);
		s->ended_at = pg_get_instant(rows, i, 9);
	}
}

static void
standing_decisions_take(struct region *r, const PGresult *rows)
{
	size_t count = pg_row_count(rows);

	r->standing_decisions = xcalloc(count, sizeof(*r->standing_decisions));
	r->standing_decision_count = (int)count;
	for (size_t i = 0; i < count; i++)
		r->standing_decisions[i] = (struct standing_decision){
		    .standing_decision = (int32_t)pg_get_int(rows, i, 0),
		    .unit = (unit_id)pg_get_int(rows, i, 1),
		    .beslutad_av = (staff_id)pg_get_int(rows, i, 2),
		    .from_at = pg_get_instant(rows, i, 3),
		    .to_at = pg_get_instant(rows, i, 4),
		    .revoked_at = pg_get_instant(rows, i, 5),
		    .kriterier = text_take(rows, i, 6),
		};
}

static void
policies_take(struct region *r, const PGresult *rows)
{
	size_t count = pg_row_count(rows);

	r->policies = xcalloc(count, sizeof(*r->policies));
	for (size_t i = 0; i < count; i++) {
		struct policy_row *p = &r->policies[r->policy_count];
		struct pg_text value = pg_get_text(rows, i, 6);
		int policy = word_get(rows, i, 1, policy_from, "policy", -1);
		int scope = word_get(rows, i, 2, policy_scope_from, "scope", -1);

		if (policy < 0 || scope < 0)
			continue;
		p->policy_row = (int32_t)pg_get_int(rows, i, 0);
		p->policy = (enum policy)policy;
		p->scope = (enum policy_scope)scope;
		p->region = (int32_t)pg_get_int_or(rows, i, 3, 0);
		p->kommun = (kommun_kod)pg_get_int_or(rows, i, 4, 0);
		p->unit = (unit_id)pg_get_int_or(rows, i, 5, 0);
		if (policy_value_from(p->policy, value.text, value.len, &p->value) != NULL) {
			log_event(LOG_WARNING, "register_policy_bad", "policy_row", "%d",
			    (int)p->policy_row, NULL);
			continue;
		}
		p->from_at = pg_get_instant(rows, i, 7);
		p->to_at = pg_get_instant(rows, i, 8);
		r->policy_count++;
	}
}

static struct clients *
clients_take(const PGresult *rows, const PGresult *units, const PGresult *tokens)
{
	struct clients *c = clients_new(
	    (int)pg_row_count(rows), (int)pg_row_count(units), (int)pg_row_count(tokens));

	for (size_t i = 0; i < pg_row_count(rows); i++) {
		struct client client = {.client = pg_get_int(rows, i, 0)};
		struct pg_text roles[8];
		size_t count = pg_get_texts(rows, i, 3, roles, 8);

		text_copy(client.name, sizeof(client.name), rows, i, 1);
		client.org = pg_get_int(rows, i, 2);
		for (size_t j = 0; j < count && j < 8; j++)
			client.roles |= client_role_from(roles[j].text, roles[j].len);
		client.revoked_at = pg_get_instant(rows, i, 4);
		text_copy(client.certificate, sizeof(client.certificate), rows, i, 5);
		clients_add(c, &client);
	}
	for (size_t i = 0; i < pg_row_count(units); i++)
		clients_add_unit(c, pg_get_int(units, i, 0), (unit_id)pg_get_int(units, i, 1));
	for (size_t i = 0; i < pg_row_count(tokens); i++)
		clients_add_token(c, (const uint8_t *)pg_get_bytes(tokens, i, 0).text,
		    pg_get_int(tokens, i, 1), pg_get_instant(tokens, i, 2));
	return c;
}

/* ---- The batch ---- */

/* Its statements in their order; the last two before COMMIT only for the door. */
enum {
	LOAD_BEGIN,
	LOAD_INSTANCE,
	LOAD_UNITS,
	LOAD_STAFF,
	LOAD_ABSENCES,
	LOAD_SLOTS,
	LOAD_STANDING_DECISIONS,
	LOAD_POLICIES,
	LOAD_CLIENTS,
	LOAD_CLIENT_UNITS,
	LOAD_CLIENT_TOKENS,
	LOAD_LOADS,
	LOAD_BOOKINGS,
	LOAD_COUNT
};

static struct pg_statement statements[LOAD_COUNT] = {
    [LOAD_BEGIN] =
	PG_STATEMENT_TEXT("register_begin", "begin isolation level repeatable read read only"),
    [LOAD_INSTANCE] = PG_STATEMENT("queries/register_instance"),
    [LOAD_UNITS] = PG_STATEMENT("queries/register_units"),
    [LOAD_STAFF] = PG_STATEMENT("queries/register_staff"),
    [LOAD_ABSENCES] = PG_STATEMENT("queries/register_absences"),
    [LOAD_SLOTS] = PG_STATEMENT("queries/register_slots"),
    [LOAD_STANDING_DECISIONS] = PG_STATEMENT("queries/register_standing_decisions"),
    [LOAD_POLICIES] = PG_STATEMENT("queries/register_policies"),
    [LOAD_CLIENTS] = PG_STATEMENT("queries/register_clients"),
    [LOAD_CLIENT_UNITS] = PG_STATEMENT("queries/register_client_units"),
    [LOAD_CLIENT_TOKENS] = PG_STATEMENT("queries/register_client_tokens"),
    [LOAD_LOADS] = PG_STATEMENT("queries/register_loads"),
    [LOAD_BOOKINGS] = PG_STATEMENT("queries/register_bookings"),
};
static struct pg_statement commit = PG_STATEMENT_TEXT("register_commit", "commit");
static struct pg_statement rollback = PG_STATEMENT_TEXT("register_rollback", "rollback");

struct load {
	enum register_for what;
	register_done *done;
	void *arg;
};

static void
loads_take(struct region *r, const PGresult *rows)
{
	for (size_t i = 0; i < pg_row_count(rows); i++)
		for (int64_t n = pg_get_int(rows, i, 2); n > 0; n--)
			region_load_add(
			    r, (staff_id)pg_get_int(rows, i, 0), pg_get_instant(rows, i, 1), 1);
}

static void
bookings_take(struct region *r, const PGresult *rows)
{
	for (size_t i = 0; i < pg_row_count(rows); i++) {
		const struct booking b = {
		    .episode = pg_get_int(rows, i, 0),
		    .staff = (staff_id)pg_get_int(rows, i, 1),
		    .slot = (int32_t)pg_get_int(rows, i, 2),
		    .start_at = pg_get_instant(rows, i, 3),
		    .end_at = pg_get_instant(rows, i, 4),
		};

		region_book(r, &b);
	}
}

static void
read_take(struct register_read *read, const struct pg_result *result, enum register_for what)
{
	const PGresult *instance = pg_rows(result, LOAD_INSTANCE);
	struct region *r = xcalloc(1, sizeof(*r));
	char epoch[UUID_TEXT_MAX];

	require(pg_row_count(instance) == 1);
	r->version = pg_get_int(instance, 0, 0);
	memcpy(read->epoch, pg_get_uuid(instance, 0, 1), sizeof(read->epoch));
	read->legal_now = pg_get_instant(instance, 0, 2);
	units_take(r, pg_rows(result, LOAD_UNITS));
	staff_take(r, pg_rows(result, LOAD_STAFF));
	absences_take(r, pg_rows(result, LOAD_ABSENCES));
	slots_take(r, pg_rows(result, LOAD_SLOTS));
	standing_decisions_take(r, pg_rows(result, LOAD_STANDING_DECISIONS));
	policies_take(r, pg_rows(result, LOAD_POLICIES));
	region_index(r);
	if (what == REGISTER_FOR_DOOR) {
		loads_take(r, pg_rows(result, LOAD_LOADS));
		bookings_take(r, pg_rows(result, LOAD_BOOKINGS));
	}
	read->region = r;
	read->clients = clients_take(pg_rows(result, LOAD_CLIENTS),
	    pg_rows(result, LOAD_CLIENT_UNITS), pg_rows(result, LOAD_CLIENT_TOKENS));
	uuid_format(read->epoch, epoch);
	log_event(LOG_INFO, "register_read", "version", "%" PRId64, r->version, "units", "%d",
	    r->unit_count, "staff", "%d", r->staff_count, "clients", "%d",
	    clients_count(read->clients), "epoch", "%s", epoch, NULL);
}

static void
rolled_back(struct pg *pg, const struct pg_result *result, void *arg)
{
	(void)pg;
	(void)result;
	(void)arg;
}

static void
load_done(struct pg *pg, const struct pg_result *result, void *arg)
{
	struct load *load = arg;
	struct register_read read = {.outcome = result->outcome};
	const struct pg_call undo = {&rollback, NULL};

	switch (result->outcome) {
	case PG_OK:
		read_take(&read, result, load->what);
		break;
	case PG_CONSTRAINT:
	case PG_RETRY:
	case PG_BAD: /* the transaction that we began is still open */
		pg_send(pg, &undo, 1, LOAD_TIMEOUT_MS, rolled_back, NULL);
		/* fall through */
	case PG_AWAY:
	case PG_LOST:
		log_event(LOG_WARNING, "register_read_failed", "outcome", "%s",
		    pg_outcome_text(result->outcome), "sqlstate", "%s", result->sqlstate, "why",
		    "%s", result->message, NULL);
		break;
	}
	load->done(&read, load->arg);
	free(load);
}

void
register_load(struct pg *pg, enum register_for what, register_done *done, void *arg)
{
	struct pg_call calls[LOAD_COUNT + 1] = {0};
	size_t count = what == REGISTER_FOR_DOOR ? LOAD_COUNT : LOAD_LOADS;
	struct load *load = xmalloc(sizeof(*load));

	*load = (struct load){what, done, arg};
	for (size_t i = 0; i < count; i++)
		calls[i].statement = &statements[i];
	calls[count].statement = &commit;
	pg_send(pg, calls, count + 1, LOAD_TIMEOUT_MS, load_done, load);
}

/* ---- The version ---- */

static struct pg_statement version_statement = PG_STATEMENT("queries/register_version");

struct version_call {
	register_version_done *done;
	void *arg;
};

static void
version_done(struct pg *pg, const struct pg_result *result, void *arg)
{
	struct version_call *call = arg;
	int64_t version = -1;

	(void)pg;
	if (result->outcome == PG_OK && pg_row_count(pg_rows(result, 0)) == 1)
		version = pg_get_int(pg_rows(result, 0), 0, 0);
	call->done(version, call->arg);
	free(call);
}

void
register_version(struct pg *pg, register_version_done *done, void *arg)
{
	const struct pg_call statement = {&version_statement, NULL};
	struct version_call *call = xmalloc(sizeof(*call));

	*call = (struct version_call){done, arg};
	pg_send(pg, &statement, 1, LOAD_TIMEOUT_MS, version_done, call);
}
