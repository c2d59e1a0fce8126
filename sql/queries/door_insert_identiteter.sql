-- Identities seen for the first time. Arrays of one length.
insert into identitet (system, varde, patient)
select * from unnest($1::text[], $2::text[], $3::bigint[])
