-- Whose fast vårdkontakt these persons are (B13): each patient's open stays, those with an open duty to summon first;
-- of a patient without one, the patient's own file.
-- $1 persons; $2 the kind of that duty (enum task_kind; smallint)
-- Out: as door_load_episodes, all null if there is no own file yet; then patient, unit, staff
select s.episode, s.uuid, s.org, s.encounter, s.patient, s.phase, s.opened_at, s.next_due, s.last_nr, s.state,
	s.measures_digest, k.patient, k.unit, k.staff
from kontakt k
left join lateral (
	select e.* from episode e
	where e.patient = k.patient and e.org <> 0 and e.phase between 1 and 4
	union all
	select e.* from episode e
	where e.org = 0 and e.encounter = 'patient/' || k.patient
		and not exists (select from episode o where o.patient = k.patient and o.org <> 0 and o.phase between 1 and 4)
) s on true
where k.slag = 1 and k.staff = any ($1::integer[]) and (k.to_at is null or k.to_at > samordnad.now())
order by (select min(t.due_at) from task t where t.episode = s.episode and t.kind = $2 and t.status = 0) nulls last,
	k.patient, s.episode
