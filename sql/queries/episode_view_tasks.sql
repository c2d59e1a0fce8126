-- The latest tasks of an episode, last first.
-- $1 episode, $2 at most how many
select t.nr, t.kind, t.unit, t.ref, t.staff, t.status, t.step, t.created_at, t.due_at, t.closed_at
from samordnad.task t
where t.episode = $1::bigint
order by t.nr desc
limit $2::bigint
