-- New tasks. Arrays of one length, unnested side by side (door_insert_episodes).
insert into task (episode, nr, kind, unit, ref, staff, status, step, created_at, due_at, closed_at)
select unnest($1::bigint[]), unnest($2::smallint[]), unnest($3::smallint[]), unnest($4::integer[]),
	unnest($5::integer[]), unnest($6::integer[]), unnest($7::smallint[]), unnest($8::smallint[]),
	unnest($9::timestamptz[]), unnest($10::timestamptz[]), unnest($11::timestamptz[])
