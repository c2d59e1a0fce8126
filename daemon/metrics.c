/*
 * Owns the numbers and their text form. Knows nothing of what is counted beyond the table in
 * metrics.h.
 */
#include "metrics.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "log.h"

#define BUCKETS_MAX 16

enum kind { KIND_COUNTER, KIND_GAUGE, KIND_HISTOGRAM };

/* Upper bounds; what is above the last falls into +Inf. */
struct buckets {
	size_t count;
	double bounds[BUCKETS_MAX];
};

enum { SECONDS, SIZES, LATENESS };

static const struct buckets bucket_sets[] = {
    [SECONDS] = {15,
	{0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30}},
    [SIZES] = {11, {1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024}},
    [LATENESS] = {11, {0.01, 0.1, 0.5, 1, 5, 30, 60, 300, 900, 3600, 86400}},
};

struct row {
	enum kind kind;
	const char *name;
	const char *labels;
	const char *help;
	const struct buckets *buckets;
};

#define ROW_COUNTER(id, name, labels, help) {KIND_COUNTER, name, labels, help, NULL},
#define ROW_GAUGE(id, name, labels, help) {KIND_GAUGE, name, labels, help, NULL},
#define ROW_HISTOGRAM(id, name, labels, set, help) \
	{KIND_HISTOGRAM, name, labels, help, &bucket_sets[set]},

static const struct row rows[METRIC_COUNT] = {METRICS_TABLE(ROW_COUNTER, ROW_GAUGE, ROW_HISTOGRAM)};

static struct {
	int64_t count; /* the value, or how many values a histogram saw */
	double sum;
	int64_t buckets[BUCKETS_MAX]; /* not cumulated */
} cells[METRIC_COUNT];

void
metrics_add(enum metric metric, int64_t n)
{
	require(rows[metric].kind == KIND_GAUGE || (rows[metric].kind == KIND_COUNTER && n >= 0));
	cells[metric].count += n;
}

void
metrics_set(enum metric metric, int64_t value)
{
	require(rows[metric].kind == KIND_GAUGE);
	cells[metric].count = value;
}

void
metrics_observe(enum metric metric, double value)
{
	const struct buckets *buckets = rows[metric].buckets;

	require(rows[metric].kind == KIND_HISTOGRAM);
	if (!(value > 0))
		value = 0;
	cells[metric].count++;
	cells[metric].sum += value;
	for (size_t i = 0; i < buckets->count; i++)
		if (value <= buckets->bounds[i]) {
			cells[metric].buckets[i]++;
			return;
		}
}

int64_t
metrics_get(enum metric metric)
{
	return cells[metric].count;
}

enum metric
metrics_http_status(int status)
{
	static const enum metric classes[] = {
	    METRIC_HTTP_1XX, METRIC_HTTP_2XX, METRIC_HTTP_3XX, METRIC_HTTP_4XX, METRIC_HTTP_5XX};

	require(status >= 100 && status < 600);
	return classes[status / 100 - 1];
}

/* ---- The text ---- */

static __attribute__((format(printf, 2, 3))) void
text_append(struct metrics_text *out, const char *format, ...)
{
	va_list arguments;
	int len;

	for (;;) {
		va_start(arguments, format);
		len = vsnprintf(out->text == NULL ? NULL : out->text + out->len,
		    out->size - out->len, format, arguments);
		va_end(arguments);
		require(len >= 0);
		if ((size_t)len < out->size - out->len)
			break;
		out->size = out->size * 2 + (size_t)len + 1024;
		out->text = xrealloc(out->text, out->size);
	}
	out->len += (size_t)len;
}

static void
render_head(struct metrics_text *out, const struct row *row)
{
	static const char *const kinds[] = {
	    [KIND_COUNTER] = "counter", [KIND_GAUGE] = "gauge", [KIND_HISTOGRAM] = "histogram"};

	text_append(
	    out, "# HELP %s %s\n# TYPE %s %s\n", row->name, row->help, row->name, kinds[row->kind]);
}

static void
render_histogram(struct metrics_text *out, enum metric metric)
{
	const struct row *row = &rows[metric];
	const char *comma = row->labels[0] == '\0' ? "" : ",";
	const char *open = row->labels[0] == '\0' ? "" : "{",
		   *close = row->labels[0] == '\0' ? "" : "}";
	int64_t below = 0;

	for (size_t i = 0; i < row->buckets->count; i++) {
		below += cells[metric].buckets[i];
		text_append(out, "%s_bucket{%s%sle=\"%g\"} %" PRId64 "\n", row->name, row->labels,
		    comma, row->buckets->bounds[i], below);
	}
	text_append(out, "%s_bucket{%s%sle=\"+Inf\"} %" PRId64 "\n", row->name, row->labels, comma,
	    cells[metric].count);
	text_append(
	    out, "%s_sum%s%s%s %.9g\n", row->name, open, row->labels, close, cells[metric].sum);
	text_append(out, "%s_count%s%s%s %" PRId64 "\n", row->name, open, row->labels, close,
	    cells[metric].count);
}

static void
render_value(struct metrics_text *out, enum metric metric)
{
	const struct row *row = &rows[metric];

	if (row->labels[0] == '\0')
		text_append(out, "%s %" PRId64 "\n", row->name, cells[metric].count);
	else
		text_append(
		    out, "%s{%s} %" PRId64 "\n", row->name, row->labels, cells[metric].count);
}

void
metrics_render(struct metrics_text *out)
{
	out->len = 0;
	for (int i = 0; i < METRIC_COUNT; i++) {
		if (i == 0 || strcmp(rows[i].name, rows[i - 1].name) != 0)
			render_head(out, &rows[i]);
		if (rows[i].kind == KIND_HISTOGRAM)
			render_histogram(out, (enum metric)i);
		else
			render_value(out, (enum metric)i);
	}
}

void
metrics_text_free(struct metrics_text *out)
{
	free(out->text);
	*out = (struct metrics_text){0};
}
