-- New participants. Arrays of one length, unnested side by side (door_insert_episodes).
insert into participant (episode, unit, role, active, told)
select unnest($1::bigint[]), unnest($2::integer[]), unnest($3::smallint[]), unnest($4::boolean[]),
	unnest($5::bytea[])
