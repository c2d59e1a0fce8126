-- Changes an endpoint. No row: there is no such one.
-- $1 endpoint, $2 URL or null (as before), $3 whether the headers are named $4 and say $5, sealed, $6 whether the CA is $7, $8
-- whether the client certificate is $9 and its key, sealed, $10
update samordnad.endpoint
set url = coalesce($2::text, url),
	headers = case when $3::boolean then $4::text[] else headers end,
	header_lines = case when $3::boolean then $5::bytea else header_lines end,
	ca = case when $6::boolean then $7::text else ca end,
	client_cert = case when $8::boolean then $9::text else client_cert end,
	client_key = case when $8::boolean then $10::bytea else client_key end
where endpoint = $1::bigint and status <> 'deleted'
returning endpoint
