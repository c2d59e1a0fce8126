-- Those that failed, were given up, wait behind another, or are still under way while later ones have arrived.
-- $1 endpoints, $2 tokens, $3 seqs, $4 episodes, $5 attempts, $6 states, $7 ms to the next attempt or null, $8 holder
insert into samordnad.undelivered (endpoint, seq, episode, attempts, state, first_at, next_at)
select r.endpoint, r.seq, r.episode, r.attempts, r.state, pg_catalog.now(),
	pg_catalog.now() + r.delay_ms * interval '1 ms'
from unnest($1::bigint[], $2::bigint[], $3::bigint[], $4::bigint[], $5::smallint[], $6::smallint[], $7::bigint[]) as r (endpoint, token, seq, episode, attempts, state, delay_ms)
join samordnad.endpoint_cursor c
	on c.endpoint = r.endpoint and c.lease_token = r.token and c.lease_holder = $8::bigint
on conflict (endpoint, seq) do update
set attempts = excluded.attempts, state = excluded.state, next_at = excluded.next_at
