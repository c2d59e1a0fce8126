-- The latest facts of an episode, last first. A body larger than $3 bytes stays away: few are, and seldom needed.
-- $1 episode, $2 at most how many, $3 bytes
select f.nr, f.type, f.source, f.message_id, f.sent_at, f.recorded_at, f.outcome,
	case when octet_length(f.body) <= $3::integer then f.body end, f.judged, f.patient
from samordnad.fact f
where f.episode = $1::bigint
order by f.nr desc
limit $2::bigint
