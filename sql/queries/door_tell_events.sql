-- Events of endpoints become notices; where seq is null there is nothing to tell any more. All of them are gone with that.
-- $1 now, $2 events, $3 seqs or null, $4 types
with told as (
	delete from endpoint_event e
	using unnest($2::bigint[], $3::bigint[], $4::smallint[]) as r (event, seq, type)
	where e.event = r.event
	returning e.unit, r.seq, r.type, e.endpoint, e.since, e.detail
)
insert into notice (unit, seq, at, type, fact_nr, task_nr, endpoint, since, detail)
select unit, seq, $1::timestamptz, type, 0, 0, endpoint, since, detail
from told
where seq is not null
