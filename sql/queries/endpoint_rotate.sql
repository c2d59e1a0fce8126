-- Another secret for an endpoint; the one before stays valid beside it for so many days. No row: there is no such endpoint.
-- $1 endpoint, $2 secret, $3 days
update samordnad.endpoint
set secret = $2::text,
	secret_before = case when $3::integer > 0 then secret end,
	secret_before_until = case when $3::integer > 0 then clock_timestamp() + make_interval(days => $3::integer) end
where endpoint = $1::bigint and status <> 'deleted'
returning endpoint
