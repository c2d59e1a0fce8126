-- The breaches of an episode that stand.
-- $1 episode, $2 at most how many
select b.rule, b.unit, b.ref, b.cause, b.due_at, b.done_at, b.stamped_at
from samordnad.breach b
where b.episode = $1::bigint and b.withdrawn_at is null
order by b.rule, b.unit, b.ref
limit $2::bigint
