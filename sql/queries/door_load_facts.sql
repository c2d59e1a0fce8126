-- All facts of episodes, for folding anew.
-- $1 episodes
select f.episode, f.nr, f.type, f.source, f.message_id, f.sent_at, f.recorded_at, f.patient, f.judged, f.body
from unnest($1::bigint[]) as i(episode)
join fact f on f.episode = i.episode
order by f.episode, f.nr
