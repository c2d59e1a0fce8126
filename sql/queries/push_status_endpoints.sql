-- Endpoints that operations should look at: failing, or paused after they failed; the longest first.
-- $1 at most how many
select c.endpoint, u.hsa_id, c.failing_since, c.last_error, e.status = 'paused' as paused, count(*) over () as total
from samordnad.endpoint_cursor c
join samordnad.endpoint e on e.endpoint = c.endpoint and e.status <> 'deleted'
join samordnad.unit u on u.unit = c.unit
where c.failing_since is not null
order by c.failing_since, c.endpoint
limit $1::bigint
