-- A page of endpoints with how they fare; never a secret, and of headers their names.
-- $1 unit, 0: all; $2 after which endpoint, $3 at most how many, $4 how far undelivered and given up are counted
select e.endpoint, u.hsa_id, e.url, e.status, e.created_at,
	case when e.secret_before_until > clock_timestamp() then e.secret_before_until end as secret_before_until,
	c.next_seq, c.failing_since, c.last_error, c.last_success_at,
	least($4::bigint, w.waiting + greatest(0, coalesce(h.seq, 0) - c.next_seq + 1)) as undelivered, g.given_up,
	e.headers, e.ca is not null as has_ca, e.client_cert is not null as has_client_cert
from samordnad.endpoint e
join samordnad.endpoint_cursor c on c.endpoint = e.endpoint
join samordnad.unit u on u.unit = e.unit
left join samordnad.feed_head h on h.unit = e.unit
cross join lateral (
	select count(*) as waiting
	from (select from samordnad.undelivered r where r.endpoint = e.endpoint and r.state = 0 limit $4::bigint) r
) w
cross join lateral (
	select count(*) as given_up
	from (select from samordnad.undelivered r where r.endpoint = e.endpoint and r.state = 1 limit $4::bigint) r
) g
where e.endpoint > $2::bigint and e.status <> 'deleted' and ($1::integer = 0 or e.unit = $1::integer)
order by e.endpoint
limit $3::bigint
