-- The oldest notice that has not arrived at an active endpoint, and whose it is: one that failed, or one not yet tried. And
-- how many were given up, counted up to $1.
select o.endpoint, u.hsa_id, o.seq, o.at, g.given_up,
	greatest(0, extract(epoch from samordnad.now() - o.at) * 1000)::bigint as age_ms
from (select count(*) as given_up from (select from samordnad.undelivered where state = 1 limit $1::bigint) g) g
left join (
	(
		select c.endpoint, c.unit, n.seq, n.at
		from (
			select w.endpoint, w.seq, w.first_at from samordnad.undelivered w
			where w.state = 0 order by w.first_at limit 100
		) w
		join samordnad.endpoint_cursor c on c.endpoint = w.endpoint
		join samordnad.endpoint e on e.endpoint = c.endpoint and e.status = 'active'
		join samordnad.notice n on n.unit = c.unit and n.seq = w.seq
		order by w.first_at
		limit 1
	)
	union all
	(
		select c.endpoint, c.unit, n.seq, n.at
		from samordnad.endpoint_cursor c
		join samordnad.endpoint e on e.endpoint = c.endpoint and e.status = 'active'
		join samordnad.feed_head h on h.unit = c.unit and h.seq >= c.next_seq
		join samordnad.notice n on n.unit = c.unit and n.seq = c.next_seq
		order by n.at
		limit 1
	)
	order by 4
	limit 1
) o on true
left join samordnad.unit u on u.unit = o.unit
