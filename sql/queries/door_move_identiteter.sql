-- G4: identities that gave way to another patient's: they lead to that patient now. Arrays of one length.
-- $1 system, $2 varde, $3 patient, $4 and $5 the message that said so
update identitet i
set patient = n.patient, former = coalesce(i.former, i.patient), episode = n.episode, nr = n.nr
from unnest($1::text[], $2::text[], $3::bigint[], $4::bigint[], $5::integer[]) as n(system, varde, patient, episode, nr)
where i.system = n.system and i.varde = n.varde and i.patient <> n.patient
