-- A page of the delivery log: the notices of an endpoint, the newest first, each with its latest attempts in order; a notice
-- without any is one row. State: 0 waiting, 1 given up, 2 superseded, 3 delivered.
-- $1 endpoint, $2 before which seq, $3 at most how many notices, $4 of which state, -1: all; $5 at most how many attempts each
with cursor as (
	select unit, next_seq from samordnad.endpoint_cursor where endpoint = $1::bigint
), page as (
	select seq
	from (
		(select r.seq
		from samordnad.undelivered r
		where r.endpoint = $1::bigint and r.seq < $2::bigint and $4::integer in (-1, 0, 1, 2)
			and ($4::integer = -1 or r.state = $4::integer)
		order by r.seq desc
		limit $3::bigint)
		union
		(select a.seq
		from samordnad.attempt a
		where a.endpoint = $1::bigint and a.seq < $2::bigint and $4::integer = -1
		group by a.seq
		order by a.seq desc
		limit $3::bigint)
		union
		-- By an index of these alone, whatever failed. Here and below a limit, or an offset, keeps a look-up.
		(select a.seq
		from samordnad.attempt a
		left join lateral (
			select true as there from samordnad.undelivered r where r.endpoint = a.endpoint and r.seq = a.seq limit 1
		) r on true
		where a.endpoint = $1::bigint and a.seq < $2::bigint and $4::integer = 3 and a.status between 200 and 299
			and r.there is null
		group by a.seq
		order by a.seq desc
		limit $3::bigint)
		union
		-- Those that no attempt was made at yet.
		(select n.seq
		from cursor
		join samordnad.notice n on n.unit = cursor.unit and n.seq >= cursor.next_seq
		where n.seq < $2::bigint and $4::integer in (-1, 0)
			and not exists (select from samordnad.undelivered r where r.endpoint = $1::bigint and r.seq = n.seq)
			and not exists (select from samordnad.attempt a
				where a.endpoint = $1::bigint and a.seq = n.seq and a.status between 200 and 299)
		order by n.seq desc
		limit $3::bigint)
	) s
	order by seq desc
	limit $3::bigint
)
select page.seq, i.epoch || ':' || u.hsa_id || ':' || page.seq as id, n.type, n.at as told_at,
	case when r.state is not null then r.state::integer
		when exists (select from samordnad.attempt b
			where b.endpoint = $1::bigint and b.seq = page.seq and b.status between 200 and 299 offset 0) then 3
		when page.seq >= cursor.next_seq then 0
		else 1 end as state,
	r.next_at, a.at, a.nr, a.duration_ms, a.status, a.error, a.address, a.answer, a.next_at as then_at
from page
cross join cursor
cross join samordnad.instance i
join samordnad.unit u on u.unit = cursor.unit
left join lateral (
	select * from samordnad.notice n where n.unit = cursor.unit and n.seq = page.seq limit 1
) n on true
left join lateral (
	select * from samordnad.undelivered r where r.endpoint = $1::bigint and r.seq = page.seq limit 1
) r on true
left join lateral (
	select * from samordnad.attempt a where a.endpoint = $1::bigint and a.seq = page.seq order by a.at desc limit $5::bigint
) a on true
order by page.seq desc, a.at
