-- The fasta kontakter of an episode's patient.
-- $1 episode, $2 at most how many
select k.patient, k.slag, k.unit, k.staff, k.from_at, k.to_at, k.episode, k.nr
from samordnad.episode e
join samordnad.kontakt k on k.patient = e.patient
where e.episode = $1::bigint
order by k.slag, k.unit
limit $2::bigint
