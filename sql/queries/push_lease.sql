-- Takes free endpoints for which there is something to do: notices in the log, or (when $4) a retry that is due, or what a death
-- kept back that has been withdrawn.
-- $1 holder, $2 how long in ms, $3 at most how many, $4 look for retries too; G1: $5 as $2 in push_revive; $6 of all units,
-- or of these alone: $7
with free as (
	select c.endpoint
	from samordnad.endpoint_cursor c
	join samordnad.endpoint e on e.endpoint = c.endpoint and e.status = 'active'
	where ($6::boolean or c.unit = any($7::integer[])) and (c.lease_until is null or c.lease_until < clock_timestamp())
		and (exists (select from samordnad.feed_head f where f.unit = c.unit and f.seq >= c.next_seq)
			or $4::boolean and exists (select from samordnad.undelivered u
				where u.endpoint = c.endpoint and u.next_at <= statement_timestamp())
			or $4::boolean and exists (select from samordnad.undelivered u
				join samordnad.episode p on p.episode = u.episode and p.phase <> $5::smallint
				where u.endpoint = c.endpoint and u.state = 2))
	order by c.endpoint
	limit $3::bigint
	for update of c skip locked
)
update samordnad.endpoint_cursor c
set lease_holder = $1::bigint, lease_until = clock_timestamp() + $2::bigint * interval '1 ms', lease_token = c.lease_token + 1
from free, samordnad.endpoint e, samordnad.unit u
where c.endpoint = free.endpoint and e.endpoint = c.endpoint and u.unit = c.unit
returning c.endpoint, c.lease_token, c.unit, u.hsa_id, e.url, e.secret, c.next_seq, c.failures,
	c.failing_since, case when e.secret_before_until > clock_timestamp() then e.secret_before end as secret_before,
	e.xmin::text as version, e.header_lines, e.ca, e.client_cert, e.client_key, c.last_success_at
