-- The notices that were given up, or have failed and wait, and of which an attempt failed since; none that is superseded.
-- $1 endpoint, $2 its unit, $3 since, $4 at most how many; $5 and $6 as $3 and $4 in replay_one
select r.seq, r.episode
from samordnad.undelivered r
join samordnad.notice n on n.unit = $2::integer and n.seq = r.seq
left join samordnad.episode e on e.episode = n.episode
where r.endpoint = $1::bigint and (r.state = 1 or r.state = 0 and r.attempts > 0)
	and (r.first_at >= $3::timestamptz or exists (
		select from samordnad.attempt a where a.endpoint = r.endpoint and a.seq = r.seq and a.at >= $3::timestamptz))
	and not (e.phase is not distinct from $6::smallint and n.type <> $5::smallint)
order by r.seq
limit $4::bigint
