-- The retries that are due, for many endpoints at once; of an episode only the first that waits. Columns as in push_page.
-- $1 endpoints, $2 their units, $3 at most how many, $4 as $5 there
select n.unit, n.seq, n.at, n.type, un.hsa_id, i.epoch, e.uuid, n.fact_nr, n.task_nr, n.task_kind, n.due_at, n.detail,
	f.traceparent, n.endpoint, n.since, l.endpoint, u.episode, u.attempts, false as behind,
	e.phase is not distinct from $4::smallint as dead, u.urgent_after
from unnest($1::bigint[], $2::integer[], $3::bigint[]) as l (endpoint, unit, most)
cross join lateral (
	select *
	from samordnad.undelivered u
	where u.endpoint = l.endpoint and u.next_at <= statement_timestamp()
		and (u.episode = 0 or not exists (
			select from samordnad.undelivered w
			where w.endpoint = u.endpoint and w.episode = u.episode and w.state = 0 and w.seq < u.seq))
	order by u.next_at
	limit l.most
) u
-- The limit keeps it a look-up: where little is undelivered a join may be planned as one read of the units' whole feeds.
cross join lateral (select * from samordnad.notice n where n.unit = l.unit and n.seq = u.seq limit 1) n
join samordnad.unit un on un.unit = n.unit
cross join samordnad.instance i
left join samordnad.episode e on e.episode = n.episode
left join samordnad.fact f on f.episode = n.episode and f.nr = n.fact_nr
order by l.endpoint, u.next_at
