-- One notice for a replay: its episode, and whether it is superseded. No row: it is not kept, or does not exist.
-- $1 endpoint, $2 its unit, $3 seq; G1: $4 the type that supersedes, $5 the phase in which it has (as in push_page)
select n.seq, coalesce(n.episode, case when n.since is not null then -n.endpoint end, 0) as episode,
	coalesce(r.state = 2, false) or e.phase is not distinct from $5::smallint and n.type <> $4::smallint as superseded
from samordnad.notice n
left join samordnad.episode e on e.episode = n.episode
left join samordnad.undelivered r on r.endpoint = $1::bigint and r.seq = n.seq
where n.unit = $2::integer and n.seq = $3::bigint
