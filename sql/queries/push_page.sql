-- The next notices from the log, for many endpoints at once. The first columns are those that feed_event() reads.
-- $1 endpoints, $2 their units, $3 after which seq, $4 at most how many; $5 the phase of an episode in which a death stands (enum
-- phase): it supersedes what came before it there (G1). Where that death was withdrawn since, push_revive is about to revive it.
-- What is told of how an endpoint fares keeps its order too: in place of an episode stands the endpoint's number below 0.
with withdrawn as materialized (
	select u.endpoint, u.episode
	from samordnad.undelivered u
	join samordnad.episode e on e.episode = u.episode and e.phase <> $5::smallint
	where u.state = 2 and u.endpoint = any ($1::bigint[])
)
select n.unit, n.seq, n.at, n.type, un.hsa_id, i.epoch, e.uuid, n.fact_nr, n.task_nr, n.task_kind, n.due_at, n.detail,
	f.traceparent, n.endpoint, n.since, l.endpoint, n.lane as episode, 0::smallint as attempts,
	b.behind is not null
		or exists (select from withdrawn w where w.endpoint = l.endpoint and w.episode = n.lane) as behind,
	e.phase is not distinct from $5::smallint as dead,
	null::smallint as urgent_after
from unnest($1::bigint[], $2::integer[], $3::bigint[], $4::bigint[]) as l (endpoint, unit, after, most)
join samordnad.feed_head h on h.unit = l.unit and h.seq > l.after
cross join lateral (
	select n.*, coalesce(n.episode, case when n.since is not null then -n.endpoint end, 0) as lane
	from samordnad.notice n
	where n.unit = l.unit and n.seq > l.after order by n.seq limit l.most
) n
join samordnad.unit un on un.unit = n.unit
cross join samordnad.instance i
left join samordnad.episode e on e.episode = n.episode
left join samordnad.fact f on f.episode = n.episode and f.nr = n.fact_nr
-- The limit keeps it a look-up: an EXISTS may be planned as one read of all that is undelivered.
left join lateral (
	select true as behind
	from samordnad.undelivered w
	where w.endpoint = l.endpoint and w.episode = nullif(n.lane, 0) and w.state = 0
	limit 1
) b on true
order by l.endpoint, n.seq
