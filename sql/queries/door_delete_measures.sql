-- Rows of stays whose measures changed, of units that are measured no longer.
-- $1 episodes; $2 and $3, of one length: the episode and unit of each row that stays
delete from follow_up f
using unnest($1::bigint[]) as e(episode)
where f.episode = e.episode
	and not exists (select from unnest($2::bigint[], $3::integer[]) as k(episode, unit)
		where k.episode = f.episode and k.unit = f.unit)
