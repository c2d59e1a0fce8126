-- One notice for a replay: its episode, and whether it is superseded. No row: it is not kept, or does not exist.
-- $1 unit, $2 seq; G1: $3 the type that supersedes, $4 the phase in which it has (as in push_page)
select n.seq, coalesce(n.episode, case when n.since is not null then -n.endpoint end, 0) as episode,
	e.phase is not distinct from $4::smallint and n.type <> $3::smallint as superseded
from samordnad.notice n
left join samordnad.episode e on e.episode = n.episode
where n.unit = $1::integer and n.seq = $2::bigint
