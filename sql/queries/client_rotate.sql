-- A new token of a client; the others expire in $2 hours, if not before. $1 name, $3 SHA-256 of the token, $4 days until it
-- expires or null. No row: there is no such client.
with it as (
	select client from client where name = $1::text and revoked_at is null
), old as (
	update client_token t set expires_at = clock_timestamp() + make_interval(hours => $2::integer)
	from it
	where t.client = it.client and (t.expires_at is null
		or t.expires_at > clock_timestamp() + make_interval(hours => $2::integer))
)
insert into client_token (token_hash, client, expires_at)
select $3::bytea, client, clock_timestamp() + make_interval(days => $4::integer) from it
returning client
