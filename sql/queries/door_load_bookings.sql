-- The booked times of episodes.
-- $1 episodes
select b.episode, b.staff, b.slot, b.start_at, b.end_at
from unnest($1::bigint[]) as i(episode)
join booking b on b.episode = i.episode
