-- Renews leases and tells of changed endpoints; those that are not returned are lost, or no more to be pushed to.
-- $1 endpoints, $2 tokens, $3 holder, $4 how long in ms
update samordnad.endpoint_cursor c
set lease_until = clock_timestamp() + $4::bigint * interval '1 ms'
from unnest($1::bigint[], $2::bigint[]) as l (endpoint, token), samordnad.endpoint e
where c.endpoint = l.endpoint and c.lease_token = l.token and c.lease_holder = $3::bigint
	and e.endpoint = c.endpoint and e.status = 'active'
returning c.endpoint, e.url, e.secret,
	case when e.secret_before_until > clock_timestamp() then e.secret_before end as secret_before
