-- What units are told. Arrays of one length, unnested side by side (door_insert_episodes).
insert into notice (unit, seq, at, type, episode, fact_nr, task_nr, task_kind, due_at, detail)
select unnest($2::integer[]), unnest($3::bigint[]), $1::timestamptz, unnest($4::smallint[]), unnest($5::bigint[]),
	unnest($6::integer[]), unnest($7::smallint[]), unnest($8::smallint[]), unnest($9::timestamptz[]),
	unnest($10::text[])
