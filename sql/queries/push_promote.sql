-- The first that waits of each of these episodes is due at once if nobody has said when.
-- $1 endpoints, $2 episodes
update samordnad.undelivered u
set next_at = pg_catalog.now()
from (select distinct endpoint, episode from unnest($1::bigint[], $2::bigint[]) as r (endpoint, episode)) r
cross join lateral (
	select w.seq, w.next_at
	from samordnad.undelivered w
	where w.endpoint = r.endpoint and w.episode = r.episode and w.state = 0
	order by w.seq
	limit 1
) head
where u.endpoint = r.endpoint and u.seq = head.seq and head.next_at is null
returning u.endpoint
