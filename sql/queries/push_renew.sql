-- Renews leases and tells of changed endpoints; those that are not returned are lost. One that is paused or deleted keeps its
-- lease until what is under way to it is recorded.
-- What is large is told only if the row is another version than the one known.
-- $1 endpoints, $2 tokens, $3 holder, $4 how long in ms, $5 versions
update samordnad.endpoint_cursor c
set lease_until = clock_timestamp() + $4::bigint * interval '1 ms'
from unnest($1::bigint[], $2::bigint[], $5::text[]) as l (endpoint, token, version), samordnad.endpoint e
where c.endpoint = l.endpoint and c.lease_token = l.token and c.lease_holder = $3::bigint
	and e.endpoint = c.endpoint
returning c.endpoint, e.url, e.secret,
	case when e.secret_before_until > clock_timestamp() then e.secret_before end as secret_before,
	e.xmin::text as version, case when e.xmin::text <> l.version then e.header_lines end as header_lines,
	case when e.xmin::text <> l.version then e.ca end as ca,
	case when e.xmin::text <> l.version then e.client_cert end as client_cert,
	case when e.xmin::text <> l.version then e.client_key end as client_key,
	e.status = 'active' as active
