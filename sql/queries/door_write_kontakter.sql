-- Fasta kontakter as they stand now. Arrays of one length.
insert into kontakt (patient, slag, unit, staff, from_at, to_at, episode, nr)
select * from unnest($1::bigint[], $2::smallint[], $3::integer[], $4::integer[], $5::timestamptz[],
	$6::timestamptz[], $7::bigint[], $8::integer[])
on conflict (patient, slag, unit) do update
set staff = excluded.staff, from_at = excluded.from_at, to_at = excluded.to_at, episode = excluded.episode,
	nr = excluded.nr
