-- A patient's access log as a reader may see it: what was done with the stays that are the reader's as a hospital, by whom ever, and
-- what its own units and this very client did. The newest first. What led to the patient before two identities became one is there
-- too (G4).
-- $1 patient, $2 below which number, $3 at most how many; $4 hospital's organisation or 0, $5 the reader's wards in it (none: all), $6
-- its units, $7 it speaks for units: else its wards alone count; $8 the reader's client
-- Out: nr, at, action, unit, the client's organisation, the client's name, person, the stay's uuid or null, the message's type or
-- null
with who as (
	select $1::bigint as patient
	union
	select i.own from samordnad.identitet i where i.patient = $1::bigint and i.own <> i.patient
), stay as (
	select e.episode, e.uuid,
		e.org <> 0 and e.org = $4::bigint and (cardinality($5::integer[]) = 0 or exists (
			select from samordnad.participant p
			where p.episode = e.episode and p.unit = any ($5::integer[]) and p.role = 0 offset 0)) as hospital
	from who
	join samordnad.episode e on e.patient = who.patient
), entry as (
	select a.*, s.uuid, s.hospital
	from stay s
	join samordnad.access_entry a on a.episode = s.episode and a.nr < $2::bigint
	union all
	select a.*, null, false
	from who
	join samordnad.access_entry a on a.patient = who.patient and a.nr < $2::bigint
)
select e.nr, e.at, e.action, e.unit, c.org, c.name, e.person, e.uuid, f.type
from entry e
join samordnad.client c on c.client = e.client
left join samordnad.fact f on f.episode = e.episode and f.nr = e.fact_nr
where e.hospital
	or e.unit = any ($6::integer[]) and ($7::boolean or cardinality($5::integer[]) = 0 or e.unit = any ($5::integer[]))
	or e.client = $8::bigint
order by e.nr desc
limit $3::bigint
