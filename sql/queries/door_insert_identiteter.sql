-- Identities seen for the first time, and by which message if it was not an admission's (G4). Arrays of one length.
-- One that stands already stays.
-- $1 system, $2 varde, $3 patient, $4 and $5 that message, or null
with n as (
	select * from unnest($1::text[], $2::text[], $3::bigint[], $4::bigint[], $5::integer[])
		as n(system, varde, patient, episode, nr)
), fresh as (
	insert into identitet (system, varde, patient)
	select system, varde, patient from n
	on conflict (system, varde) do nothing
	returning system, varde
)
insert into identitet_flytt (system, varde, episode, nr)
select n.system, n.varde, n.episode, n.nr from n join fresh using (system, varde) where n.episode is not null
