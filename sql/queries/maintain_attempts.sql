-- Forgets, among the next of the attempts, those from before a point in time whose notice is not among the undelivered (any
-- more). Answers the last that was looked at and how many were forgotten. No row: there are no more.
-- $1 before when, $2 and $3 after which endpoint and seq, $4 how many are looked at, and the rest of the last one's notice
with piece as (
	select endpoint, seq, at
	from attempt
	where (endpoint, seq) > ($2::bigint, $3::bigint)
	order by endpoint, seq
	fetch first ($4::bigint) rows with ties
), gone as (
	delete from attempt
	where ctid = any (array(
		select old.place
		from piece
		-- The limit and the offset keep them look-ups.
		cross join lateral (
			select a.ctid as place from attempt a
			where a.endpoint = piece.endpoint and a.seq = piece.seq and a.at = piece.at
			limit 1
		) old
		where piece.at < $1::timestamptz
			and not exists (select from undelivered u where u.endpoint = piece.endpoint and u.seq = piece.seq offset 0)))
	returning 1
)
select piece.endpoint, piece.seq, (select count(*) from gone) as attempts
from piece
order by piece.endpoint desc, piece.seq desc
limit 1
