-- A new endpoint; one that was deleted comes back with the new secret. Answers whether the unit is known, and the endpoint:
-- null if the unit has one with this URL already.
-- $1 HSA-id of the unit, $2 URL, $3 secret
with known as (
	select unit from samordnad.unit where hsa_id = $1::text
), made as (
	insert into samordnad.endpoint as e (unit, url, secret)
	select unit, $2::text, $3::text from known
	on conflict (unit, url) do update
	set secret = excluded.secret, secret_before = null, secret_before_until = null, status = 'active',
		created_at = excluded.created_at
	where e.status = 'deleted'
	returning endpoint
)
select exists (select from known) as known, (select endpoint from made) as endpoint
