-- What is known of a patient: the own files first, then the latest stays. An own file stays with the number it was said of
-- (G4): those of the numbers that lead to the patient now are the patient's as well, with their spärr (G8).
-- $1 patient, $2 at most how many
-- Out: episode, state
select s.episode, s.state
from (
	(select e.episode, e.state, e.org from samordnad.episode e
	where e.patient = $1::bigint
	order by e.org = 0 desc, e.episode desc
	limit $2::bigint)
	union all
	select e.episode, e.state, e.org
	from samordnad.identitet i
	join samordnad.episode e on e.org = 0 and e.encounter = 'patient/' || i.own
	where i.patient = $1::bigint and i.own <> i.patient
) s
order by s.org = 0 desc, s.episode desc
limit $2::bigint
