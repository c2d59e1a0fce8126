-- Notices are to be sent again, with the whole of the schedule before them. When, replay_due says. Whoever has the endpoint
-- in memory has it no longer, and reads it anew.
-- $1 endpoint, $2 seqs, $3 episodes
with fence as (
	update samordnad.endpoint_cursor set lease_token = lease_token + 1, lease_until = null where endpoint = $1::bigint
)
insert into samordnad.undelivered (endpoint, seq, episode, attempts, state, first_at, next_at)
select $1::bigint, r.seq, r.episode, 0, 0, pg_catalog.now(), null
from unnest($2::bigint[], $3::bigint[]) as r (seq, episode)
on conflict (endpoint, seq) do update
set attempts = 0, state = 0, first_at = excluded.first_at, next_at = null, ended_at = null
