-- Endpoints that said 410 (Gone) get nothing more until someone sets them active again.
-- Whoever's lease is another's now pauses nothing.
-- $1 endpoints, $2 tokens, $3 holder
update samordnad.endpoint e
set status = 'paused'
from unnest($1::bigint[], $2::bigint[]) as l (endpoint, token), samordnad.endpoint_cursor c
where e.endpoint = l.endpoint and e.status = 'active'
	and c.endpoint = l.endpoint and c.lease_token = l.token and c.lease_holder = $3::bigint
