-- A new endpoint; one that was deleted comes back with the new secret. Answers the endpoint; no row: the unit has one with this
-- URL by now.
-- $1 HSA-id of the unit, $2 URL, $3 endpoint (endpoint_place), $4 secret, sealed, $5 headers' names, $6 headers, sealed, $7 CA,
-- $8 client certificate, $9 its key, sealed; nulls: none
insert into samordnad.endpoint as e (endpoint, unit, url, secret, headers, header_lines, ca, client_cert, client_key)
overriding system value
select $3::bigint, unit, $2::text, $4::bytea, $5::text[], $6::bytea, $7::text, $8::text, $9::bytea
from samordnad.unit
where hsa_id = $1::text
on conflict (unit, url) do update
set secret = excluded.secret, secret_before = null, secret_before_until = null, status = 'active',
	created_at = excluded.created_at, headers = excluded.headers, header_lines = excluded.header_lines, ca = excluded.ca,
	client_cert = excluded.client_cert, client_key = excluded.client_key
where e.status = 'deleted' and e.endpoint = excluded.endpoint
returning endpoint
