-- Times taken. Arrays of one length, unnested side by side (door_insert_episodes).
insert into booking (episode, staff, slot, start_at, end_at)
select unnest($1::bigint[]), unnest($2::integer[]), unnest($3::integer[]), unnest($4::timestamptz[]),
	unnest($5::timestamptz[])
