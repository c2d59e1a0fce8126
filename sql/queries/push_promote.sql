-- The first that waits of each of these episodes is due at once if nobody has said when. They are looked for once, as in
-- replay_due; that one of the same seq elsewhere is no first is seen at the row.
-- $1 endpoints, $2 episodes
update samordnad.undelivered u
set next_at = pg_catalog.now()
where u.endpoint = any ($1::bigint[]) and u.seq = any (array(
	select head.seq
	from (select distinct endpoint, episode from unnest($1::bigint[], $2::bigint[]) as r (endpoint, episode)) r
	cross join lateral (
		select w.seq, w.next_at
		from samordnad.undelivered w
		where w.endpoint = r.endpoint and w.episode = r.episode and w.state = 0
		order by w.seq
		limit 1
	) head
	where head.next_at is null))
	and u.state not in (1, 2) and u.next_at is null -- not "= 0", by which an index that is for episodes would serve as well
	and u.seq = (
		select w.seq from samordnad.undelivered w
		where w.endpoint = u.endpoint and w.episode = u.episode and w.state = 0 order by w.seq limit 1)
returning u.endpoint
