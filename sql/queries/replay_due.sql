-- Of what waits at an endpoint without a time, the first of each episode is due at once; the later ones wait behind it.
-- $1 endpoint
update samordnad.undelivered u
set next_at = pg_catalog.now()
where u.endpoint = $1::bigint and u.state = 0 and u.next_at is null
	and (u.episode = 0 or not exists (
		select from samordnad.undelivered w
		where w.endpoint = u.endpoint and w.episode = u.episode and w.state = 0 and w.seq < u.seq))
