-- The fasta kontakter of patients.
-- $1 patients
-- Out: patient, slag, unit, staff, from_at, to_at, episode, nr
select k.patient, k.slag, k.unit, k.staff, k.from_at, k.to_at, k.episode, k.nr
from unnest($1::bigint[]) as p(patient)
join kontakt k on k.patient = p.patient
