-- Times taken. Arrays of one length, unnested side by side (door_insert_episodes).
insert into booking (episode, staff, start_at, end_at)
select unnest($1::bigint[]), unnest($2::integer[]), unnest($3::timestamptz[]), unnest($4::timestamptz[])
