-- What a death had superseded is told when that death is withdrawn: it waits again, with the whole of the schedule before it.
-- The first of each episode is due at once, the later ones wait behind it. It stands after push_page, so that all is revived
-- behind which something was told to wait there. Rows that others write are left for the next time, so that nobody waits for
-- anybody.
-- G1: $1 endpoints, $2 the phase of an episode in which it supersedes (as in push_page). Out: the endpoint, how many
with dead as (
	select u.endpoint, u.seq, u.episode
	from samordnad.undelivered u
	join samordnad.episode e on e.episode = u.episode and e.phase <> $2::smallint
	where u.state = 2 and u.endpoint = any ($1::bigint[])
	for update of u skip locked
), told as (
	update samordnad.undelivered u
	set attempts = 0, state = 0, first_at = pg_catalog.now(), urgent_after = null, ended_at = null,
		next_at = case when dead.seq = dead.first then pg_catalog.now() end
	from (select *, min(seq) over (partition by endpoint, episode) as first from dead) dead
	where u.endpoint = dead.endpoint and u.seq = dead.seq
	returning u.endpoint
)
select endpoint, count(*) from told group by endpoint
