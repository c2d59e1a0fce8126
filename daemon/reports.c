/* The reports; see reports.h. */
#include "reports.h"

#include "answer.h"
#include "log.h"
#include "rules/payment.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

VOCABULARY_DEFINE(report_by, REPORT_BYS, REPORT_BY_COUNT)

static struct pg_statement follow_up_statement = PG_STATEMENT("queries/report_follow_up");
static struct pg_statement kontakter_statement = PG_STATEMENT("queries/report_kontakter");
static struct pg_statement days_statement = PG_STATEMENT("queries/report_betalningsansvar");

/* By unit a stay stands in several rows: its total is that of the stays, asked for by itself. */
enum part { PART_ROWS, PART_KONTAKTER, PART_TOTAL, PART_COUNT };

struct reports {
	struct pg *pg;
	struct register_ *reg;
	struct pg_params *params[PART_COUNT];
};

/* One report in flight; owned by it, freed with its answer. */
struct report {
	struct reports *reports;
	struct report_query query;
	uint64_t request_id;
	reads_done *done;
	void *arg;
};

struct reports *
reports_new(struct event_base *base, const struct config *config, struct register_ *reg,
    char why[static PG_WHY_MAX])
{
	static const char *const setup[] = {"set search_path to samordnad, public",
	    "set statement_timeout = '" REPORTS_STATEMENT_S "s'",
	    "set work_mem = '" REPORTS_WORK_MEM "'",
	    /* Which index is best depends on how long the period is; jit takes longer than most. */
	    "set plan_cache_mode = force_custom_plan", "set jit = off", NULL};
	const struct pg_options options = {
	    .conninfo = config->database, .name = "reports", .setup = setup};
	struct pg *pg = pg_new(base, &options, why);

	if (pg == NULL)
		return NULL;
	struct reports *r = xcalloc(1, sizeof(*r));
	r->pg = pg;
	r->reg = reg;
	for (int i = 0; i < PART_COUNT; i++)
		r->params[i] = pg_params_new();
	return r;
}

void
reports_free(struct reports *r)
{
	if (r == NULL)
		return;
	pg_free(r->pg);
	for (int i = 0; i < PART_COUNT; i++)
		pg_params_free(r->params[i]);
	free(r);
}

/* ---- Numbers ---- */

enum number { NUMBER_WHOLE, NUMBER_SHARE, NUMBER_MEAN };

struct column {
	const char *name;
	enum number number;
};

/* The columns of queries/report_follow_up from the third on. */
static const struct column measures[] = {
    {"stays", NUMBER_WHOLE},
    {"notices_owed", NUMBER_WHOLE},
    {"notices_within_24h", NUMBER_WHOLE},
    {"notices_within_24h_share", NUMBER_SHARE},
    {"notice_minutes_median", NUMBER_WHOLE},
    {"notice_minutes_p90", NUMBER_WHOLE},
    {"mottagare", NUMBER_WHOLE},
    {"kvittenser", NUMBER_WHOLE},
    {"kvittens_minutes_median", NUMBER_WHOLE},
    {"kvittens_minutes_p90", NUMBER_WHOLE},
    {"fvk_owed", NUMBER_WHOLE},
    {"fvk_before_discharge", NUMBER_WHOLE},
    {"fvk_before_discharge_share", NUMBER_SHARE},
    {"fvk_lead_minutes_median", NUMBER_WHOLE},
    {"fvk_changes", NUMBER_WHOLE},
    {"kallelser_owed", NUMBER_WHOLE},
    {"kallelser_within_3_days", NUMBER_WHOLE},
    {"kallelser_within_3_days_share", NUMBER_SHARE},
    {"ready", NUMBER_WHOLE},
    {"ready_days_mean", NUMBER_MEAN},
    {"ready_days_mean_without_zeros", NUMBER_MEAN},
    {"ready_days_median", NUMBER_WHOLE},
    {"ready_days_p90", NUMBER_WHOLE},
    {"ready_psykiatri", NUMBER_WHOLE},
    {"ready_psykiatri_days_mean", NUMBER_MEAN},
    {"ready_psykiatri_days_mean_without_zeros", NUMBER_MEAN},
    {"ready_psykiatri_days_median", NUMBER_WHOLE},
    {"ready_psykiatri_days_p90", NUMBER_WHOLE},
    {"withdrawals", NUMBER_WHOLE},
    {"date_changes", NUMBER_WHOLE},
    {"breaches_hospital_late", NUMBER_WHOLE},
    {"breaches_unit_late", NUMBER_WHOLE},
    {"breaches_kommun_late", NUMBER_WHOLE},
    {"breaches_system", NUMBER_WHOLE},
    {"discharges_day", NUMBER_WHOLE},
    {"discharges_evening", NUMBER_WHOLE},
    {"discharges_day_off", NUMBER_WHOLE},
    {"readmissions_30_days", NUMBER_WHOLE},
    {"sip_held", NUMBER_WHOLE},
    {"sip_followed_up", NUMBER_WHOLE},
};
#define MEASURES ((int)(sizeof(measures) / sizeof(measures[0])))
#define MEASURES_FIRST 2 /* the column of the first of them */

/* The columns of queries/report_betalningsansvar from the sixth on. */
static const struct column days[] = {
    {"stays", NUMBER_WHOLE},
    {"days", NUMBER_WHOLE},
    {"contested_days", NUMBER_WHOLE},
    {"amount_kr", NUMBER_WHOLE},
};
#define DAYS ((int)(sizeof(days) / sizeof(days[0])))
#define DAYS_FIRST 5

/* F6: those after them, of a row alone. */
static const struct column averages[] = {
    {"average_stays", NUMBER_WHOLE},
    {"average_days", NUMBER_WHOLE},
    {"average_days_mean", NUMBER_MEAN},
    {"average_days_mean_without_zeros", NUMBER_MEAN},
    {"average_psykiatri_stays", NUMBER_WHOLE},
    {"average_psykiatri_days", NUMBER_WHOLE},
    {"average_psykiatri_days_mean", NUMBER_MEAN},
    {"average_psykiatri_days_mean_without_zeros", NUMBER_MEAN},
};
#define AVERAGES ((int)(sizeof(averages) / sizeof(averages[0])))
#define AVERAGES_FIRST (DAYS_FIRST + DAYS)

/* F6: and what follows from them. */
static const char *const judgements[] = {
    "average_threshold_days", "average_exceeded", "model", "standing"};
#define JUDGEMENTS ((int)(sizeof(judgements) / sizeof(judgements[0])))

/* Of the total alone. kind: of B11; 0: any. */
static const struct kontakt_column {
	int kind;
	const char *patients, *persons, *each;
} kontakt_columns[] = {
    {0, "patients_with_fasta_kontakter", NULL, NULL},
    {KONTAKT_FVK, "fvk_patients", "fvk_persons", "patients_per_fvk"},
    {KONTAKT_LAKARE, "lakarkontakt_patients", "lakarkontakt_persons", "patients_per_lakarkontakt"},
    {KONTAKT_OMSORG, "omsorgskontakt_patients", "omsorgskontakt_persons",
	"patients_per_omsorgskontakt"},
};
#define KONTAKT_COLUMNS ((int)(sizeof(kontakt_columns) / sizeof(kontakt_columns[0])))
#define KONTAKT_CELLS 10 /* patients alone, then three of each kind */

/* ---- Cells, in either format ---- */

struct sheet {
	struct writer w;
	enum report_format format;
	const struct region *region;
	bool begun; /* CSV: the line has a cell */
};

/* Texts are HSA-ids, codes and words: in CSV none of them asks for quotes. NULL: there is none. */
static void
put_text(struct sheet *s, const char *name, const char *text)
{
	if (s->format == REPORT_JSON) {
		answer_text(&s->w, name, text);
		return;
	}
	if (s->begun)
		writer_literal(&s->w, ",");
	s->begun = true;
	if (text != NULL)
		writer_raw(&s->w, text, strlen(text));
}

static void
end_line(struct sheet *s)
{
	if (s->format == REPORT_CSV)
		writer_literal(&s->w, "\r\n");
	s->begun = false;
}

/* Numbers stand alike in both. */
static void
put_number(struct sheet *s, const char *name, double number, int digits)
{
	char text[64];

	snprintf(text, sizeof(text), "%.*f", digits, number);
	if (s->format == REPORT_CSV) {
		put_text(s, name, text);
		return;
	}
	answer_key(&s->w, name);
	writer_raw(&s->w, text, strlen(text));
}

static void
put_columns(struct sheet *s, const struct column *columns, int count, const PGresult *rows,
    size_t row, int first)
{
	for (int i = 0; i < count; i++) {
		const struct column *c = &columns[i];
		int at = first + i;
		if (pg_get_null(rows, row, at)) {
			put_text(s, c->name, NULL);
			continue;
		}
		switch (c->number) {
		case NUMBER_WHOLE:
			put_number(s, c->name, (double)pg_get_int(rows, row, at), 0);
			break;
		case NUMBER_SHARE:
			put_number(s, c->name, pg_get_double(rows, row, at), 4);
			break;
		case NUMBER_MEAN:
			put_number(s, c->name, pg_get_double(rows, row, at), 2);
			break;
		}
	}
}

static void
put_unit(struct sheet *s, const char *name, int64_t unit)
{
	const struct unit *u = region_unit(s->region, (unit_id)unit);

	put_text(s, name, u != NULL ? u->hsa_id : NULL);
}

static void
put_kommun(struct sheet *s, const char *name, int64_t kommun)
{
	char text[8];

	snprintf(text, sizeof(text), "%04d", (int)kommun);
	put_text(s, name, kommun != 0 ? text : NULL);
}

static void
put_month(struct sheet *s, const char *name, int64_t month)
{
	char text[16];

	snprintf(text, sizeof(text), "%04d-%02d", (int)(month / 100), (int)(month % 100));
	put_text(s, name, text);
}

/* What was asked for, before the rows. In CSV it stands in the address alone. */
static void
put_query(struct sheet *s, const struct report_query *q)
{
	put_month(s, "from", q->from);
	put_month(s, "to", q->to);
	put_unit(s, "hospital", q->hospital);
	put_kommun(s, "kommun", q->kommun);
}

/* The first line of CSV. */
static void
put_names(struct sheet *s, const struct column *columns, int count)
{
	for (int i = 0; i < count; i++)
		put_text(s, NULL, columns[i].name);
}

/* ---- Follow-up ---- */

static void
put_key(struct sheet *s, enum report_by by, int64_t key)
{
	switch (by) {
	case REPORT_BY_MONTH:
		put_month(s, "month", key);
		break;
	case REPORT_BY_UNIT:
		put_unit(s, "unit", key);
		break;
	case REPORT_BY_KOMMUN:
		put_kommun(s, "kommun", key);
		break;
	case REPORT_BY_HOSPITAL:
		put_unit(s, "hospital", key);
		break;
	case REPORT_BY_COUNT:
		break;
	}
}

static void
put_count(struct sheet *s, const char *name, bool asked, int64_t count)
{
	if (asked)
		put_number(s, name, (double)count, 0);
	else
		put_text(s, name, NULL);
}

/* The counts of a kind, which has no row if nobody has such a kontakt. rows NULL: not asked for. */
static void
put_kontakter(struct sheet *s, const struct kontakt_column *c, const PGresult *rows)
{
	int64_t patients = 0, persons = 0;

	for (size_t i = 0; rows != NULL && i < pg_row_count(rows); i++) {
		if (pg_get_int_or(rows, i, 0, 0) != c->kind)
			continue;
		patients = pg_get_int(rows, i, 1);
		persons = pg_get_int(rows, i, 2);
	}
	put_count(s, c->patients, rows != NULL, patients);
	if (c->persons == NULL)
		return;
	put_count(s, c->persons, rows != NULL, persons);
	if (persons > 0)
		put_number(s, c->each, (double)patients / (double)persons, 2);
	else
		put_text(s, c->each, NULL);
}

static void
put_kontakt_names(struct sheet *s, const struct kontakt_column *c)
{
	put_text(s, NULL, c->patients);
	if (c->persons == NULL)
		return;
	put_text(s, NULL, c->persons);
	put_text(s, NULL, c->each);
}

/* What a follow-up is written from. */
struct follow_up {
	const struct report_query *q;
	const PGresult *rows;  /* the last is their total */
	const PGresult *total; /* the last is the total */
	const PGresult *kontakter;
};

static void
put_total(struct sheet *s, const struct follow_up *f)
{
	put_columns(s, measures, MEASURES, f->total, pg_row_count(f->total) - 1, MEASURES_FIRST);
	for (int i = 0; i < KONTAKT_COLUMNS; i++)
		put_kontakter(s, &kontakt_columns[i], f->kontakter);
}

static void
follow_up_csv(struct sheet *s, const struct follow_up *f)
{
	put_text(s, NULL, report_by_word(f->q->by));
	put_names(s, measures, MEASURES);
	for (int i = 0; i < KONTAKT_COLUMNS; i++)
		put_kontakt_names(s, &kontakt_columns[i]);
	end_line(s);
	for (size_t i = 0; i + 1 < pg_row_count(f->rows); i++) {
		put_key(s, f->q->by, pg_get_int(f->rows, i, 1));
		put_columns(s, measures, MEASURES, f->rows, i, MEASURES_FIRST);
		for (int k = 0; k < KONTAKT_CELLS; k++)
			put_text(s, NULL, NULL);
		end_line(s);
	}
	put_text(s, NULL, "total");
	put_total(s, f);
	end_line(s);
}

static void
follow_up_json(struct sheet *s, const struct follow_up *f)
{
	answer_open(&s->w, '{');
	put_query(s, f->q);
	put_unit(s, "unit", f->q->unit);
	put_text(s, "by", report_by_word(f->q->by));
	answer_key(&s->w, "rows");
	answer_open(&s->w, '[');
	for (size_t i = 0; i + 1 < pg_row_count(f->rows); i++) {
		answer_open(&s->w, '{');
		put_key(s, f->q->by, pg_get_int(f->rows, i, 1));
		put_columns(s, measures, MEASURES, f->rows, i, MEASURES_FIRST);
		answer_close(&s->w, '}');
	}
	answer_close(&s->w, ']');
	answer_key(&s->w, "total");
	answer_open(&s->w, '{');
	put_total(s, f);
	answer_close(&s->w, '}');
	answer_close(&s->w, '}');
}

/* ---- Betalningsansvar ---- */

static const char *const days_keys[] = {"kommun", "region", "hospital", "month"};
#define DAYS_KEYS ((int)(sizeof(days_keys) / sizeof(days_keys[0])))

static void
put_region(struct sheet *s, const char *name, int64_t region)
{
	char text[8];

	snprintf(text, sizeof(text), "%02d", (int)region);
	put_text(s, name, region != 0 ? text : NULL);
}

static void
put_days_key(struct sheet *s, const PGresult *rows, size_t row)
{
	put_kommun(s, "kommun", pg_get_int(rows, row, 1));
	put_region(s, "region", pg_get_int_or(rows, row, 2, 0));
	put_unit(s, "hospital", pg_get_int_or(rows, row, 3, 0));
	put_month(s, "month", pg_get_int(rows, row, 4));
}

static void
put_bool(struct sheet *s, const char *name, bool value)
{
	if (s->format == REPORT_JSON)
		answer_bool(&s->w, name, value);
	else
		put_text(s, name, value ? "true" : "false");
}

/* The last instant of a month as 202605. */
static instant
month_end(int month)
{
	int year = month / 100 + (month % 100 == 12);

	return calendar_midnight(date_of(year, month % 100 % 12 + 1, 1)) - 1;
}

/* F6: by the model and the threshold that the payer and the region have at the month's end. */
static void
put_judgement(struct sheet *s, const PGresult *rows, size_t row)
{
	kommun_kod kommun = (kommun_kod)pg_get_int(rows, row, 1);
	int32_t region = (int32_t)pg_get_int_or(rows, row, 2, 0);
	instant end = month_end((int)pg_get_int(rows, row, 4));
	int64_t model = region_policy_pair(s->region, POLICY_PAY_MODEL, region, kommun, end);
	int64_t threshold =
	    region_policy_pair(s->region, POLICY_PAY_AVERAGE_DAYS, region, kommun, end);
	const struct payment_pool pool = {
	    pg_get_int(rows, row, AVERAGES_FIRST), pg_get_int(rows, row, AVERAGES_FIRST + 1)};
	struct payment_average average =
	    payment_average(&pool, (enum payment_model)model, threshold);
	char word[POLICY_VALUE_TEXT_MAX];

	policy_value_format(POLICY_PAY_MODEL, model, word);
	put_number(s, judgements[0], (double)threshold, 0);
	put_bool(s, judgements[1], average.over_threshold);
	put_text(s, judgements[2], word);
	put_text(s, judgements[3], average.due ? "due" : "not_due");
}

static void
put_days(struct sheet *s, const PGresult *rows, size_t row)
{
	put_days_key(s, rows, row);
	put_columns(s, days, DAYS, rows, row, DAYS_FIRST);
	put_columns(s, averages, AVERAGES, rows, row, AVERAGES_FIRST);
	put_judgement(s, rows, row);
}

static void
days_csv(struct sheet *s, const PGresult *rows)
{
	size_t count = pg_row_count(rows);

	for (int i = 0; i < DAYS_KEYS; i++)
		put_text(s, NULL, days_keys[i]);
	put_names(s, days, DAYS);
	put_names(s, averages, AVERAGES);
	for (int i = 0; i < JUDGEMENTS; i++)
		put_text(s, NULL, judgements[i]);
	end_line(s);
	for (size_t i = 0; i + 1 < count; i++) {
		put_days(s, rows, i);
		end_line(s);
	}
	for (int i = 0; i < DAYS_KEYS; i++)
		put_text(s, NULL, i == 0 ? "total" : NULL);
	put_columns(s, days, DAYS, rows, count - 1, DAYS_FIRST);
	for (int i = 0; i < AVERAGES + JUDGEMENTS; i++)
		put_text(s, NULL, NULL);
	end_line(s);
}

static void
days_json(struct sheet *s, const struct report_query *q, const PGresult *rows)
{
	size_t count = pg_row_count(rows);

	answer_open(&s->w, '{');
	put_query(s, q);
	answer_key(&s->w, "rows");
	answer_open(&s->w, '[');
	for (size_t i = 0; i + 1 < count; i++) {
		answer_open(&s->w, '{');
		put_days(s, rows, i);
		answer_close(&s->w, '}');
	}
	answer_close(&s->w, ']');
	answer_key(&s->w, "total");
	answer_open(&s->w, '{');
	put_columns(s, days, DAYS, rows, count - 1, DAYS_FIRST);
	answer_close(&s->w, '}');
	answer_close(&s->w, '}');
}

/* ---- Asking and answering ---- */

static void
report_end(struct report *report, enum reads_outcome outcome, const struct sheet *s)
{
	report->done(report->arg, report->request_id, outcome, s != NULL ? s->w.text : NULL,
	    s != NULL ? s->w.len : 0);
	free(report);
}

/* Ends the report unless the batch went well. */
static bool
report_failed(struct report *report, const struct pg_result *result)
{
	switch (result->outcome) {
	case PG_OK:
		return false;
	case PG_AWAY:
	case PG_LOST:
	case PG_RETRY:
		report_end(report, READS_AWAY, NULL);
		return true;
	case PG_CONSTRAINT:
	case PG_BAD:
		log_event(LOG_ERROR, "report_failed", "sqlstate", "%s", result->sqlstate,
		    "statement", "%d", (int)result->failed, "why", "%s", result->message, NULL);
		report_end(report, READS_FAILED, NULL);
		return true;
	}
	return true;
}

static bool
has_total(const struct report_query *q)
{
	return q->by == REPORT_BY_UNIT && q->unit == 0;
}

static void
follow_up_read(struct pg *pg, const struct pg_result *result, void *arg)
{
	struct report *report = arg;
	const struct report_query *q = &report->query;

	(void)pg;
	if (report_failed(report, result))
		return;
	struct sheet s = {.format = q->format, .region = register_region(report->reports->reg)};
	/* A hospital has no fasta kontakter. */
	bool asked = q->hospital == 0 || q->unit != 0;
	const struct follow_up f = {
	    .q = q,
	    .rows = pg_rows(result, PART_ROWS),
	    .total = pg_rows(result, has_total(q) ? PART_TOTAL : PART_ROWS),
	    .kontakter = asked ? pg_rows(result, PART_KONTAKTER) : NULL,
	};
	if (q->format == REPORT_CSV)
		follow_up_csv(&s, &f);
	else
		follow_up_json(&s, &f);
	report_end(report, READS_OK, &s);
	free(s.w.text);
}

static void
days_read(struct pg *pg, const struct pg_result *result, void *arg)
{
	struct report *report = arg;
	const struct report_query *q = &report->query;

	(void)pg;
	if (report_failed(report, result))
		return;
	struct sheet s = {.format = q->format, .region = register_region(report->reports->reg)};
	if (q->format == REPORT_CSV)
		days_csv(&s, pg_rows(result, PART_ROWS));
	else
		days_json(&s, q, pg_rows(result, PART_ROWS));
	report_end(report, READS_OK, &s);
	free(s.w.text);
}

static struct report *
report_new(struct reports *r, const struct report_query *query, uint64_t request_id,
    reads_done *done, void *arg)
{
	struct report *report = xmalloc(sizeof(*report));

	*report = (struct report){r, *query, request_id, done, arg};
	for (int i = 0; i < PART_COUNT; i++)
		pg_params_reset(r->params[i]);
	return report;
}

/*
 * Whose fasta kontakter are asked for: the unit's, the kommun's units', or all; a hospital has
 * none.
 */
static void
bind_units(struct pg_params *p, const struct region *region, const struct report_query *q)
{
	struct pg_array *units = pg_bind_array(p, PG_INT4);
	bool all = q->unit == 0 && q->kommun == 0 && q->hospital == 0;

	pg_bind_bool(p, all);
	for (int i = 0; i < region->unit_count && !all; i++) {
		const struct unit *u = &region->units[i];
		if (u->unit == q->unit || (q->unit == 0 && u->kommun == q->kommun))
			pg_put_int4(units, u->unit);
	}
}

static void
bind_follow_up(struct pg_params *p, const struct report_query *q, enum report_by by)
{
	pg_bind_int4(p, q->from);
	pg_bind_int4(p, q->to);
	pg_bind_int4(p, q->unit);
	pg_bind_int4(p, q->hospital);
	pg_bind_int4(p, q->kommun);
	pg_bind_int2(p, (int16_t)by);
}

bool
reports_follow_up(struct reports *r, const struct report_query *query, uint64_t request_id,
    reads_done *done, void *arg)
{
	const struct pg_call calls[PART_COUNT] = {{&follow_up_statement, r->params[PART_ROWS]},
	    {&kontakter_statement, r->params[PART_KONTAKTER]},
	    {&follow_up_statement, r->params[PART_TOTAL]}};

	if (pg_in_flight(r->pg) >= REPORTS_IN_FLIGHT_MAX)
		return false;
	struct report *report = report_new(r, query, request_id, done, arg);
	bind_follow_up(r->params[PART_ROWS], query, query->by);
	bind_units(r->params[PART_KONTAKTER], register_region(r->reg), query);
	bind_follow_up(r->params[PART_TOTAL], query, REPORT_BY_MONTH);
	pg_send(r->pg, calls, has_total(query) ? PART_COUNT : PART_TOTAL, REPORTS_TIMEOUT_MS,
	    follow_up_read, report);
	return true;
}

bool
reports_betalningsansvar(struct reports *r, const struct report_query *query, uint64_t request_id,
    reads_done *done, void *arg)
{
	struct pg_params *p = r->params[PART_ROWS];
	const struct pg_call call = {&days_statement, p};

	if (pg_in_flight(r->pg) >= REPORTS_IN_FLIGHT_MAX)
		return false;
	struct report *report = report_new(r, query, request_id, done, arg);
	pg_bind_int4(p, query->from);
	pg_bind_int4(p, query->to);
	pg_bind_int4(p, query->kommun);
	pg_bind_int4(p, query->hospital);
	pg_send(r->pg, &call, 1, REPORTS_TIMEOUT_MS, days_read, report);
	return true;
}
