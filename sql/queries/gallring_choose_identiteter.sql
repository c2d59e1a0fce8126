-- Identities whose patient no episode is of any more, of those who had one that was removed, and of whom
-- the access log does not tell: numbers of patients are given in order,
-- so whoever's is higher is newer than all that was removed.
-- $1 and $2 behind which system and varde, $3 at most how many
-- Out: system, varde
select i.system, i.varde
from identitet i
where (i.system, i.varde) > ($1::text, $2::text)
	and greatest(i.patient, i.own) <= (select gallring_patient from instance)
	and not exists (select from episode e where e.patient = i.patient offset 0)
	and not exists (select from episode e where e.patient = i.own offset 0)
	and not exists (select from access_entry a where a.patient in (i.patient, i.own) offset 0)
order by i.system, i.varde
limit $3::bigint
