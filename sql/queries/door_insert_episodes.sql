-- New episodes. Arrays of one length.
insert into episode (episode, uuid, org, encounter, patient, phase, opened_at, next_due, last_nr, state)
select * from unnest($1::bigint[], $2::uuid[], $3::bigint[], $4::text[], $5::bigint[], $6::smallint[],
	$7::timestamptz[], $8::timestamptz[], $9::integer[], $10::bytea[])
