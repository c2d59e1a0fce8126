-- The breaches of episodes, withdrawn ones among them.
-- $1 episodes
select b.episode, b.rule, b.unit, b.ref, b.cause, b.due_at, b.done_at, b.stamped_at, b.withdrawn_at
from unnest($1::bigint[]) as i(episode)
join breach b on b.episode = i.episode
