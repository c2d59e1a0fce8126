-- The feeds whose first notices a batch wrote. Arrays of one length.
insert into feed_head (unit, seq)
select unnest($1::integer[]), unnest($2::bigint[])
on conflict (unit) do update set seq = excluded.seq
