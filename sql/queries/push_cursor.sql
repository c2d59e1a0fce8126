-- Moves cursors and says how endpoints fare. Whoever's lease is another's now moves nothing and is not returned. Comes first
-- in its transaction: the locks on these rows are the fence for what follows.
-- $1 endpoints, $2 tokens, $3 next_seq, $4 failures, $5 failing since or null, $6 last error or null (as before),
-- $7 last success or null (as before), $8 holder
update samordnad.endpoint_cursor c
set next_seq = greatest(c.next_seq, r.next_seq), failures = r.failures, failing_since = r.failing_since,
	last_error = coalesce(r.last_error, c.last_error),
	last_success_at = coalesce(r.last_success_at, c.last_success_at)
from unnest($1::bigint[], $2::bigint[], $3::bigint[], $4::integer[], $5::timestamptz[], $6::text[], $7::timestamptz[])
	as r (endpoint, token, next_seq, failures, failing_since, last_error, last_success_at)
where c.endpoint = r.endpoint and c.lease_token = r.token and c.lease_holder = $8::bigint
returning c.endpoint
