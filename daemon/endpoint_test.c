/* A test notice is asked for; see endpoint_test.h. */
#include "endpoint_test.h"

#include "log.h"

#include <stdlib.h>

static struct pg_statement test_statement = PG_STATEMENT("queries/endpoint_test");

/* In flight; owned by it, freed with its answer. */
struct test {
	uint64_t request_id;
	reads_done *done;
	void *arg;
};

static void
on_tested(struct pg *pg, const struct pg_result *result, void *arg)
{
	struct test *t = arg;
	enum reads_outcome outcome = reads_outcome_of(result);

	(void)pg;
	if (outcome == READS_OK && pg_row_count(pg_rows(result, 0)) == 0)
		outcome = READS_NOT_FOUND;
	t->done(t->arg, t->request_id, outcome, "", 0);
	free(t);
}

void
endpoint_test(struct pg *pg, int64_t endpoint, uint64_t request_id, reads_done *done, void *arg)
{
	struct test *t = xmalloc(sizeof(*t));
	struct pg_params *p = pg_params_new();
	const struct pg_call call = {&test_statement, p};

	*t = (struct test){request_id, done, arg};
	pg_bind_int8(p, endpoint);
	pg_send(pg, &call, 1, READS_TIMEOUT_MS, on_tested, t);
	pg_params_free(p);
}
