-- Another secret for an endpoint; the one before stays valid beside it for so many days, 0: no other is valid any more. Answers
-- the endpoint and null, or until when the one before the present one is promised to be valid: then nothing is changed. No
-- row: there is no such endpoint.
-- $1 endpoint, $2 secret, sealed, $3 days
with there as (
	select endpoint, case when $3::integer > 0 and secret_before_until > clock_timestamp() then secret_before_until end as promised
	from samordnad.endpoint
	where endpoint = $1::bigint and status <> 'deleted'
	for update
), rotated as (
	update samordnad.endpoint e
	set secret = $2::bytea,
		secret_before = case when $3::integer > 0 then e.secret end,
		secret_before_until = case when $3::integer > 0 then clock_timestamp() + make_interval(days => $3::integer) end
	from there
	where e.endpoint = there.endpoint and there.promised is null
)
select endpoint, promised from there
