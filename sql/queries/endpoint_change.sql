-- Changes an endpoint. No row: there is no such one.
-- $1 endpoint, $2 URL or null (as before), $3 whether the headers are $4, $5 whether the CA is $6, $7 whether the client
-- certificate is $8 and its key $9
update samordnad.endpoint
set url = coalesce($2::text, url),
	headers = case when $3::boolean then $4::text[] else headers end,
	ca = case when $5::boolean then $6::text else ca end,
	client_cert = case when $7::boolean then $8::text else client_cert end,
	client_key = case when $7::boolean then $9::text else client_key end
where endpoint = $1::bigint and status <> 'deleted'
returning endpoint
