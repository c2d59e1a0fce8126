-- Episodes that are past their time: over, nothing open in them or ahead of them, and named by no kept notice; last said or done
-- in them before the policies' time of every unit that they are kept for. Those are: of a stay, its hospital's units in it; of a
-- patient's own file, all that have a part in it; of a unit's own, that one. The newest episode stays: it is the counter
-- (door_counters). A patient's own file goes when no stay of the patient is left, for their views draw on it (E3, D10), and not
-- while a spärr is in force in it (G8).
-- An episode of which the access log still tells stays too: that is of whose data it is.
-- $1 kinds, $2 their policies and $3 the defaults in months; $4 phases of a stay that is over (enum phase), $5 SPARR (enum
-- message_type); $6 units and $7 below which seq their notices are to go as well; $8 behind which episode, $9 at most how many; $10 the legal
-- now
-- Out: episode, xmin, kind, the controller's organisation, before when, how many facts; by episode
with kept as materialized (
	select k.kind, m.unit, samordnad.gallring_before(m.months, $10::timestamptz) as before
	from unnest($1::text[], $2::text[], $3::integer[]) as k(kind, policy, standard)
	cross join lateral samordnad.gallring_months(k.policy, k.standard, $10::timestamptz) m
), named as materialized (
	select distinct n.episode
	from notice n
	left join unnest($6::integer[], $7::bigint[]) as b(unit, seq) on b.unit = n.unit
	where n.episode is not null and n.seq >= coalesce(b.seq, 0)
), over as (
	select e.*, e.xmin::text::bigint as version,
		case when e.org <> 0 then 'vardtillfalle' when e.encounter like 'patient/%' then 'patientakt' else 'enhetsakt' end as kind,
		case when e.org = 0 then split_part(e.encounter, '/', 2)::bigint end as own
	from episode e
	where e.next_due is null and (e.org = 0 or e.phase = any ($4::smallint[])) and e.episode > $8::bigint
		and e.episode < (select max(m.episode) from episode m)
)
select o.episode, o.version, o.kind, case when o.org <> 0 then o.org else coalesce(c.org, 0) end, k.before, o.last_nr
from over o
cross join lateral (
	select f.recorded_at from fact f where f.episode = o.episode and f.nr = o.last_nr offset 0
) f
-- Who takes part, and who has said something.
cross join lateral (
	select array_agg(distinct p.unit) as units
	from (
		select p.unit from participant p where p.episode = o.episode
		union
		select s.source from fact s where s.episode = o.episode and s.source <> 0
		union
		select o.own::integer where o.kind = 'enhetsakt'
	) p
	join unit u on u.unit = p.unit
	where (o.org = 0 or u.org = o.org) and (o.kind <> 'enhetsakt' or u.unit = o.own)
) p
-- The controller of an own file: who said something in it first, else of those who have a part in it the one longest here.
left join lateral (
	select u.org
	from unit u
	left join lateral (
		select min(s.nr) as nr from fact s where s.episode = o.episode and s.source = u.unit
	) s on true
	where u.unit = any (p.units)
	order by s.nr nulls last, u.unit
	limit 1
) c on true
cross join lateral (
	select min(k.before) as before from kept k
	where k.kind = o.kind and (k.unit = any (p.units) or p.units is null and k.unit is null)
) k
where f.recorded_at < k.before
	and not exists (select from named n where n.episode = o.episode)
	and not exists (select from task t
		where t.episode = o.episode and (t.closed_at is null or t.closed_at >= k.before) offset 0)
	and not exists (select from breach b
		where b.episode = o.episode and greatest(b.stamped_at, b.done_at, b.withdrawn_at) >= k.before offset 0)
	and not exists (select from booking b where b.episode = o.episode and b.end_at >= k.before offset 0)
	and not exists (select from lacking l where l.episode = o.episode offset 0)
	and not exists (select from access_entry a where a.episode = o.episode offset 0)
	and not exists (select from kontakt i
		where i.episode = o.episode and (i.to_at is null or i.to_at >= k.before)
			and i.patient in (select s.patient from fact s where s.episode = o.episode union select o.patient) offset 0)
	and not (o.kind = 'patientakt' and (
		exists (select from episode s
			where s.org <> 0 and s.patient in (
				select o.own union select o.patient
				union select i.patient from identitet i where i.own = o.own and i.own <> i.patient) offset 0)
		or exists (select from (
				select distinct on (s.source) s.body::json ->> 'atgard' as atgard from fact s
				where s.episode = o.episode and s.type = $5::smallint
				order by s.source, s.sent_at desc, s.nr desc
			) s where s.atgard = 'satt' offset 0)))
order by o.episode
limit $9::bigint
