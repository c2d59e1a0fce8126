-- Whose fast vårdkontakt these persons are (B13): each patient's open stays, or, without one, the patient's own file; and
-- where one is still to be named at their unit (B4). Those with an open duty to summon come first.
-- $1 persons; $2 the kind of the duty to summon (enum task_kind; smallint), $3 those of the duties to name
-- Out: as door_load_episodes, all null if there is no own file yet; then patient, unit, staff
select e.episode, e.uuid, e.org, e.encounter, e.patient, e.phase, e.opened_at, e.next_due, e.last_nr, e.state,
	e.measures_digest, i.patient, i.unit, i.staff
from (
	select k.patient, k.unit, k.staff, s.episode
	from kontakt k
	left join lateral (
		select e.episode from episode e
		where e.patient = k.patient and e.org <> 0 and e.phase between 1 and 4
		union all
		select e.episode from episode e
		where e.org = 0 and e.encounter = 'patient/' || k.patient and not exists (
			select from episode o where o.patient = k.patient and o.org <> 0 and o.phase between 1 and 4)
	) s on true
	where k.slag = 1 and k.staff = any ($1::integer[]) and (k.to_at is null or k.to_at > samordnad.now())
	union all
	select f.patient, p.unit, p.staff, f.episode
	from (select unit, min(staff) as staff from staff where staff = any ($1::integer[]) group by unit) p
	cross join lateral (
		select distinct t.episode from task t
		where t.unit = p.unit and t.status = 0 and t.kind = any ($3::smallint[]) offset 0
	) t
	cross join lateral (select * from episode e where e.episode = t.episode offset 0) f
	where f.patient is not null
) i
left join lateral (select * from episode f where f.episode = i.episode offset 0) e on true
order by (select min(t.due_at) from task t where t.episode = i.episode and t.kind = $2 and t.status = 0) nulls last,
	i.patient, i.episode
