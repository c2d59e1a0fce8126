-- One page of a unit's feed. The first columns are those that feed_event() reads.
-- $1 unit, $2 after which seq, $3 at most how many
select n.unit, n.seq, n.at, n.type, un.hsa_id, i.epoch, e.uuid, n.fact_nr, n.task_nr, n.task_kind, n.due_at, n.detail,
	f.traceparent, n.endpoint, n.since
from samordnad.notice n
join samordnad.unit un on un.unit = n.unit
cross join samordnad.instance i
left join samordnad.episode e on e.episode = n.episode
left join samordnad.fact f on f.episode = n.episode and f.nr = n.fact_nr
where n.unit = $1::integer and n.seq > $2::bigint
order by n.seq
limit $3::bigint
