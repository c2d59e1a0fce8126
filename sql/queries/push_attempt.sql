-- The log of attempts. Not fenced: what was sent was sent, whoever holds the lease now.
-- $1 endpoints, $2 seqs, $3 at, $4 nr, $5 duration, $6 status, $7 error, $8 address, $9 answer, $10 ms to the next or null
insert into samordnad.attempt (endpoint, seq, at, nr, duration_ms, status, error, address, answer, next_at)
select endpoint, seq, at, nr, duration_ms, status, error, address, answer,
	pg_catalog.now() + delay_ms * interval '1 ms'
from unnest($1::bigint[], $2::bigint[], $3::timestamptz[], $4::smallint[], $5::integer[], $6::smallint[], $7::text[], $8::text[], $9::bytea[], $10::bigint[])
	as r (endpoint, seq, at, nr, duration_ms, status, error, address, answer, delay_ms)
on conflict (endpoint, seq, at) do nothing
