-- Identities seen for the first time. Arrays of one length, unnested side by side (door_insert_episodes).
insert into identitet (system, varde, patient)
select unnest($1::text[]), unnest($2::text[]), unnest($3::bigint[])
