-- A new client with its first token. $1 name, $2 org, $3 roles, $4 HSA-ids of its units, $5 SHA-256 of the token, $6 days until
-- it expires or null, $7 HSA-id of the certificate that it is bound to or null. No row: a unit is not known, and nothing was done.
with known as (
	select unit from unit where hsa_id = any($4::text[])
), made as (
	insert into client (name, org, roles, certificate)
	select $1::text, $2::bigint, $3::text[], $7::text
	where (select count(*) from known) = (select count(distinct h) from unnest($4::text[]) h)
	returning client
), units as (
	insert into client_unit (client, unit) select made.client, known.unit from made, known
)
insert into client_token (token_hash, client, expires_at)
select $5::bytea, client, clock_timestamp() + make_interval(days => $6::integer) from made
returning client
