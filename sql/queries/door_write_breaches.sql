-- Breaches stamped, mended in time or cause, or withdrawn. Arrays of one length.
insert into breach (episode, rule, unit, ref, cause, due_at, done_at, stamped_at, withdrawn_at)
select * from unnest($1::bigint[], $2::smallint[], $3::integer[], $4::integer[], $5::smallint[],
	$6::timestamptz[], $7::timestamptz[], $8::timestamptz[], $9::timestamptz[])
on conflict (episode, rule, unit, ref) do update
set cause = excluded.cause, due_at = excluded.due_at, done_at = excluded.done_at,
	withdrawn_at = excluded.withdrawn_at
