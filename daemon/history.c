/* A stored fact, as it takes part in a fold; see history.h. */
#include "history.h"

#include <stdio.h>

bool
history_read(struct history *h, const PGresult *rows, size_t row, const struct region *region,
    const struct message_names *names)
{
	struct fact *f = &h->fact;
	struct pg_text id = pg_get_text(rows, row, 4), body = pg_get_text(rows, row, 9);

	f->nr = (int32_t)pg_get_int(rows, row, 1);
	f->type = (enum message_type)pg_get_int(rows, row, 2);
	f->source = (unit_id)pg_get_int(rows, row, 3);
	f->sent_at = pg_get_instant(rows, row, 5);
	f->recorded_at = pg_get_instant(rows, row, 6);
	f->patient = pg_get_int_or(rows, row, 7, 0);
	h->judged = (int)pg_get_int(rows, row, 8);
	if (id.text != NULL)
		snprintf(h->message_id, sizeof h->message_id, "%s", id.text);
	const struct unit *source = region_unit(region, f->source);
	h->org = source != NULL ? source->org : 0;
	if (f->type < 0 || f->type >= MESSAGE_TYPE_COUNT ||
	    !fact_read(body.text, body.len, names, f))
		return false;
	if (f->type == SPARR)
		f->sparr.org = h->org;
	return true;
}
