-- The oldest notice that has not arrived at an active endpoint, and whose it is: one that failed, or one not yet tried. And
-- how many were given up, counted up to $1.
select o.endpoint, u.hsa_id, o.seq, o.at, g.given_up,
	greatest(0, extract(epoch from samordnad.now() - o.at) * 1000)::bigint as age_ms
from (
	select count(*) as given_up
	from (
		select from samordnad.undelivered u
		join samordnad.endpoint e on e.endpoint = u.endpoint and e.status <> 'deleted'
		where u.state = 1 order by u.endpoint, u.seq limit $1::bigint
	) u
) g
left join (
	select c.endpoint, c.unit, n.seq, n.at
	from samordnad.endpoint_cursor c
	join samordnad.endpoint e on e.endpoint = c.endpoint and e.status = 'active'
	join samordnad.feed_head h on h.unit = c.unit
	left join lateral (
		select w.seq from samordnad.undelivered w
		where w.endpoint = c.endpoint and w.state = 0 and w.attempts >= 0 -- the index is for this alone
		order by w.seq
		limit 1
	) w on true
	cross join lateral (
		select n.seq, n.at from samordnad.notice n
		where n.unit = c.unit and n.seq = coalesce(w.seq, c.next_seq) and (w.seq is not null or c.next_seq <= h.seq)
		limit 1
	) n
	order by n.at
	limit 1
) o on true
left join samordnad.unit u on u.unit = o.unit
