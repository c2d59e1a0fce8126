-- The notices told since then that have not arrived and do not wait, before the place in the feed where the endpoint is now;
-- none that is superseded.
-- $1 endpoint, $2 its unit, $3 since, $4 at most how many; $5 and $6 as $3 and $4 in replay_one; $7 where it is now
select n.seq, coalesce(n.episode, case when n.since is not null then -n.endpoint end, 0) as episode
from samordnad.notice n
left join samordnad.episode e on e.episode = n.episode
where n.unit = $2::integer and n.seq < $7::bigint and n.at >= $3::timestamptz
	and not (e.phase is not distinct from $6::smallint and n.type <> $5::smallint)
	and not exists (select from samordnad.undelivered r where r.endpoint = $1::bigint and r.seq = n.seq and r.state = 0)
	and not exists (select from samordnad.attempt a
		where a.endpoint = $1::bigint and a.seq = n.seq and a.status between 200 and 299)
order by n.seq
limit $4::bigint
