-- Identities seen for the first time, and by which message if it was not an admission's (G4). Arrays of one length, unnested
-- side by side (door_insert_episodes). One that stands already, because its message was annulled and is valid again, stays.
insert into identitet (system, varde, patient, episode, nr)
select unnest($1::text[]), unnest($2::text[]), unnest($3::bigint[]), unnest($4::bigint[]), unnest($5::integer[])
on conflict (system, varde) do nothing
