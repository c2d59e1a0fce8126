-- Identities as they stand from now on, new ones among them (G4). Arrays of one length.
-- $1 system, $2 varde, $3 whom they lead to; null: nobody, and they are as if they had never been named; $4 their own patient,
-- or null
with n as (
	select * from unnest($1::text[], $2::text[], $3::bigint[], $4::bigint[]) as n(system, varde, patient, own)
), gone as (
	delete from identitet i using n where n.patient is null and i.system = n.system and i.varde = n.varde
)
insert into identitet (system, varde, patient, own)
select system, varde, patient, own from n where patient is not null
on conflict (system, varde) do update set patient = excluded.patient, own = excluded.own
