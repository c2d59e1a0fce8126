-- New tasks. Arrays of one length.
insert into task (episode, nr, kind, unit, ref, staff, status, step, created_at, due_at, closed_at)
select * from unnest($1::bigint[], $2::smallint[], $3::smallint[], $4::integer[], $5::integer[], $6::integer[],
	$7::smallint[], $8::smallint[], $9::timestamptz[], $10::timestamptz[], $11::timestamptz[])
