-- Entries of the access log (0019). Arrays of one length, unnested side by side (door_insert_episodes).
-- $1 client, $2 episode or null, $3 patient or null, $4 unit or null, $5 fact_nr or null, $6 action, $7 person
insert into access_entry (client, episode, patient, unit, fact_nr, action, person)
select unnest($1::bigint[]), unnest($2::bigint[]), unnest($3::bigint[]), unnest($4::integer[]), unnest($5::integer[]),
	unnest($6::smallint[]), unnest($7::text[])
