-- An endpoint begins with what comes after now; what it had before it was deleted is done with, whoever holds its lease.
-- $1 endpoint
with gone as (
	delete from samordnad.undelivered where endpoint = $1::bigint
)
update samordnad.endpoint_cursor c
set next_seq = 1 + coalesce((select f.seq from samordnad.feed_head f where f.unit = c.unit), 0),
	lease_token = c.lease_token + 1, lease_until = null, failures = 0, failing_since = null, waiting_since = null,
	last_error = null, last_success_at = null
where c.endpoint = $1::bigint
