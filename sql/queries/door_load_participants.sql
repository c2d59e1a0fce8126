-- Who takes part in episodes, and what each was told.
-- $1 episodes
select p.episode, p.unit, p.role, p.active, p.told
from unnest($1::bigint[]) as i(episode)
join participant p on p.episode = i.episode
order by p.episode
