-- What is known of a patient: the own file first, then the latest stays.
-- $1 patient, $2 at most how many
-- Out: episode, state
select e.episode, e.state
from samordnad.episode e
where e.patient = $1::bigint
order by e.org = 0 desc, e.episode desc
limit $2::bigint
