-- Those that failed, were given up, wait behind another, or are still under way while later ones have arrived.
-- $1 endpoints, $2 tokens, $3 seqs, $4 episodes, $5 attempts, $6 states, $7 ms to the next attempt or null, $8 attempts made
-- before it came on the urgent schedule or null, $9 holder
-- It waits since it was told (by the legal clock, turned into real time), however late its first attempt was.
insert into samordnad.undelivered (endpoint, seq, episode, attempts, state, first_at, next_at, urgent_after, ended_at)
select r.endpoint, r.seq, r.episode, r.attempts, r.state,
	coalesce((select least(pg_catalog.now(), n.at + (clock_timestamp() - samordnad.now()))
		from samordnad.notice n where n.unit = c.unit and n.seq = r.seq), pg_catalog.now()),
	pg_catalog.now() + r.delay_ms * interval '1 ms', r.urgent_after, case when r.state <> 0 then pg_catalog.now() end
from unnest($1::bigint[], $2::bigint[], $3::bigint[], $4::bigint[], $5::smallint[], $6::smallint[], $7::bigint[], $8::smallint[])
	as r (endpoint, token, seq, episode, attempts, state, delay_ms, urgent_after)
join samordnad.endpoint_cursor c
	on c.endpoint = r.endpoint and c.lease_token = r.token and c.lease_holder = $9::bigint
on conflict (endpoint, seq) do update
set attempts = excluded.attempts, state = excluded.state, next_at = excluded.next_at,
	urgent_after = excluded.urgent_after, ended_at = excluded.ended_at
