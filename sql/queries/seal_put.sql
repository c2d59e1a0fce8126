-- What endpoints keep secret, sealed anew.
-- In: $1 endpoints, and of each, or null where there is none: $2 secret, $3 secret_before, $4 header_lines, $5 client_key.
update samordnad.endpoint e
set secret = x.secret, secret_before = x.secret_before,
	secret_before_until = case when x.secret_before is not null then e.secret_before_until end,
	header_lines = x.header_lines, client_key = x.client_key
from unnest($1::bigint[], $2::bytea[], $3::bytea[], $4::bytea[], $5::bytea[])
	as x (endpoint, secret, secret_before, header_lines, client_key)
where e.endpoint = x.endpoint
