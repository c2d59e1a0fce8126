-- Gives leases back.
-- $1 endpoints, $2 tokens, $3 holder
update samordnad.endpoint_cursor c
set lease_until = null
from unnest($1::bigint[], $2::bigint[]) as l (endpoint, token)
where c.endpoint = l.endpoint and c.lease_token = l.token and c.lease_holder = $3::bigint
