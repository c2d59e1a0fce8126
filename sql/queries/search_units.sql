-- One page of the stays in which units take part, the newest first. At most $9 stays are looked at for a page, so that
-- a filter that few pass costs no more than one that all do; seen and last tell how far it came. Parked stays have no
-- participants yet: they are those of the wards that spoke of them.
-- $1 the units; $2 hospital's organisation or 0, $3 the reader's wards in it (none: all), $4 its units, $5 it speaks for units:
-- who may see what; $6 phases (none: all); $7 before which episode, $8 at most how many, $9 looked at
-- Out: last, seen; then null, or episode, uuid, org, phase, opened_at, state, hospital, due_at, the legal now
with candidate as materialized (
	select p.episode
	from unnest($1::integer[]) as u(unit)
	cross join lateral (
		select i.episode
		from samordnad.participant i
		where i.unit = u.unit and i.episode < $7::bigint and (i.active or i.role = 0)
		order by i.episode desc
		limit $9::bigint
	) p
	union
	(select e.episode
	from samordnad.episode e
	where e.phase = 0 and e.org <> 0 and e.org = $2::bigint and e.episode < $7::bigint
		and exists (
			select from samordnad.fact f
			where f.episode = e.episode and f.source = any ($1::integer[]) offset 0)
	order by e.opened_at desc
	limit $9::bigint)
	order by episode desc
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
