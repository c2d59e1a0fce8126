-- Forgets, among the next of the undelivered, what was given up or superseded before a point in time, and what had come to
-- wait before it at an endpoint that is deleted. Answers the last that was looked at and how many were forgotten: given up,
-- superseded, of deleted endpoints. No row: there are no more.
-- $1 before when, $2 and $3 after which endpoint and seq, $4 how many are looked at
with piece as (
	select u.ctid as place, u.endpoint, u.seq, coalesce(u.ended_at, d.first_at) as ended_at
	from undelivered u
	left join lateral (
		select u.first_at from endpoint e where e.endpoint = u.endpoint and e.status = 'deleted' and u.state = 0
	) d on true
	where (u.endpoint, u.seq) > ($2::bigint, $3::bigint)
	order by u.endpoint, u.seq
	limit $4::bigint
), gone as (
	-- Not if it has come to wait meanwhile.
	delete from undelivered
	where ctid = any (array(select place from piece where ended_at < $1::timestamptz))
		and coalesce(ended_at, first_at) < $1::timestamptz
	returning state
)
select piece.endpoint, piece.seq, (select count(*) from gone where state = 1) as given_up,
	(select count(*) from gone where state = 2) as superseded, (select count(*) from gone where state = 0) as deleted
from piece
order by piece.endpoint desc, piece.seq desc
limit 1
