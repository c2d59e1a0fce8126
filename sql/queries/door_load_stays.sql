-- The latest stays of patients who are admitted anew (G2, G7); not the patients' own files.
-- $1 patients
-- Out: as door_load_episodes
select e.episode, e.uuid, e.org, e.encounter, e.patient, e.phase, e.opened_at, e.next_due, e.last_nr, e.state, e.measures_digest
from unnest($1::bigint[]) as i(patient)
cross join lateral (select * from episode s where s.patient = i.patient and s.org <> 0 order by s.episode desc limit 3) e
