-- Times taken. Arrays of one length.
insert into booking (episode, staff, start_at, end_at)
select * from unnest($1::bigint[], $2::integer[], $3::timestamptz[], $4::timestamptz[])
