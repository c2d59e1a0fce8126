-- The last seq of the feeds that a batch wrote to. Arrays of one length.
insert into feed_head (unit, seq)
select * from unnest($1::integer[], $2::bigint[])
on conflict (unit) do update set seq = excluded.seq
