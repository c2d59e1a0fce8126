-- The tasks of episodes, by number.
-- $1 episodes
select t.episode, t.nr, t.kind, t.unit, t.ref, t.staff, t.status, t.step, t.created_at, t.due_at, t.closed_at
from unnest($1::bigint[]) as i(episode)
join task t on t.episode = i.episode
order by t.episode, t.nr
