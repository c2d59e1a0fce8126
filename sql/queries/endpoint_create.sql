-- A new endpoint; one that was deleted comes back with the new secret. Answers whether the unit is known, and the endpoint:
-- null if the unit has one with this URL already.
-- $1 HSA-id of the unit, $2 URL, $3 secret, $4 headers, $5 CA, $6 client certificate, $7 its key; nulls: none
with known as (
	select unit from samordnad.unit where hsa_id = $1::text
), made as (
	insert into samordnad.endpoint as e (unit, url, secret, headers, ca, client_cert, client_key)
	select unit, $2::text, $3::text, $4::text[], $5::text, $6::text, $7::text from known
	on conflict (unit, url) do update
	set secret = excluded.secret, secret_before = null, secret_before_until = null, status = 'active',
		created_at = excluded.created_at, headers = excluded.headers, ca = excluded.ca, client_cert = excluded.client_cert,
		client_key = excluded.client_key
	where e.status = 'deleted'
	returning endpoint
)
select exists (select from known) as known, (select endpoint from made) as endpoint
