-- G4: identities that gave way to another patient's: they lead to that patient now. Arrays of one length.
-- $1 system, $2 varde, $3 patient, $4 and $5 the message that said so
with n as (
	select n.*, i.patient as former
	from unnest($1::text[], $2::text[], $3::bigint[], $4::bigint[], $5::integer[])
		as n(system, varde, patient, episode, nr)
	join identitet i on i.system = n.system and i.varde = n.varde
	where i.patient <> n.patient
), said as (
	insert into identitet_flytt (system, varde, episode, nr, former)
	select system, varde, episode, nr, former from n
)
update identitet i
set patient = n.patient
from n
where i.system = n.system and i.varde = n.varde
