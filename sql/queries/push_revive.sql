-- What a death had superseded is told when that death is withdrawn: it waits again, with the whole of the schedule before it.
-- That all are due at once does no harm: of an episode push_due takes the first that waits. Rows that another daemon writes
-- are left for the next time, so that nobody waits for anybody.
-- G1: $1 the phase of an episode in which it supersedes (as in push_page), $2 at most how many
with told as (
	select u.endpoint, u.seq
	from samordnad.undelivered u
	join samordnad.endpoint p on p.endpoint = u.endpoint and p.status <> 'deleted'
	join samordnad.episode e on e.episode = u.episode and e.phase <> $1::smallint
	where u.state = 2
	order by u.endpoint, u.seq
	limit $2::bigint
	for update of u skip locked
)
update samordnad.undelivered u
set attempts = 0, state = 0, first_at = pg_catalog.now(), next_at = pg_catalog.now(), urgent_after = null,
	ended_at = null
from told
where u.endpoint = told.endpoint and u.seq = told.seq
