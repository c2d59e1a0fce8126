-- Fasta kontakter of patients who had no number before. Arrays of one length, unnested side by side
-- (door_insert_episodes).
insert into kontakt (patient, slag, unit, staff, from_at, to_at, episode, nr)
select unnest($1::bigint[]), unnest($2::smallint[]), unnest($3::integer[]), unnest($4::integer[]),
	unnest($5::timestamptz[]), unnest($6::timestamptz[]), unnest($7::bigint[]), unnest($8::integer[])
