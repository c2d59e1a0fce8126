-- One page of a patient's stays, the newest first, as search_units does it; index episode_patient.
-- $1 the units, one of which takes part (none: any); $2 to $9 as there; $10 patient
-- Out: as there
with candidate as materialized (
	select e.episode
	from samordnad.episode e
	where e.patient = $10::bigint and e.episode < $7::bigint
		and (cardinality($1::integer[]) = 0 or exists (
			select from samordnad.participant p
			where p.episode = e.episode and p.unit = any ($1::integer[]) and (p.active or p.role = 0)
			offset 0))
	order by e.episode desc
	limit $9::bigint
)
select c.last, c.seen, r.episode, r.uuid, r.org, r.phase, r.opened_at, r.state, r.hospital, r.due_at, samordnad.now()
from (select min(k.episode) as last, count(*) as seen from candidate k) c
left join lateral (
	select e.*, a.hospital,
		(select min(t.due_at) from samordnad.task t
		where t.episode = e.episode and t.status = 0 and t.unit = any ($4::integer[])) as due_at
	from candidate k
	cross join lateral (
		select i.episode, i.uuid, i.org, i.phase, i.opened_at, i.state
		from samordnad.episode i where i.episode = k.episode
		offset 0
	) e
	cross join lateral (
		select e.org = $2::bigint and (cardinality($3::integer[]) = 0 or e.phase in (0, 6) and exists (
				select from samordnad.fact f
				where f.episode = e.episode and f.source = any ($3::integer[]) offset 0) or exists (
				select from samordnad.participant p
				where p.episode = e.episode and p.unit = any ($3::integer[]) and p.role = 0 offset 0)) as hospital,
			$5::boolean and exists (
				select from samordnad.participant p
				where p.episode = e.episode and p.unit = any ($4::integer[]) and p.active and p.role = 1
				offset 0) as mottagare
	) a
	where e.org <> 0 and (a.hospital or a.mottagare)
		and (cardinality($6::smallint[]) = 0 or e.phase = any ($6::smallint[]))
	order by e.episode desc
	limit $8::bigint
) r on true
order by r.episode desc
