-- All facts of the own files of a stay's patient, and of the numbers that lead to that patient (G4), for folding (E3, D10).
-- $1 episode
-- Out: as door_load_facts
select f.episode, f.nr, f.type, f.source, f.message_id, f.sent_at, f.recorded_at, f.patient, f.judged, f.body
from (
	select e.patient from samordnad.episode e where e.episode = $1::bigint and e.org <> 0
	union
	select i.own
	from samordnad.episode e
	join samordnad.identitet i on i.patient = e.patient and i.own <> i.patient
	where e.episode = $1::bigint and e.org <> 0
) n
join samordnad.episode o on o.org = 0 and o.encounter = 'patient/' || n.patient
join samordnad.fact f on f.episode = o.episode
order by f.episode, f.nr
