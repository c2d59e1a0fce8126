-- Endpoints whose alarm of push_waiting is out; total counts them all; first those that do not fail (of which
-- push_status_endpoints does not tell), the longest first.
-- $1 at most how many
with waiting as (
	select c.endpoint, c.unit, c.waiting_since, c.failing_since, count(*) over () as total
	from samordnad.endpoint_cursor c
	join samordnad.endpoint e on e.endpoint = c.endpoint and e.status <> 'deleted'
	where c.waiting_since is not null
)
select w.total, w.endpoint, u.hsa_id, w.waiting_since, w.failing_since is not null as failing
from waiting w
join samordnad.unit u on u.unit = w.unit
order by w.failing_since is not null, w.waiting_since, w.endpoint
limit $1::bigint
