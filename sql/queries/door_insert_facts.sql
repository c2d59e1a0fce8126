-- What happened. Arrays of one length.
insert into fact (episode, nr, type, source, message_id, hash, sent_at, recorded_at, patient, outcome, traceparent,
	body)
select * from unnest($1::bigint[], $2::integer[], $3::smallint[], $4::integer[], $5::text[], $6::bytea[],
	$7::timestamptz[], $8::timestamptz[], $9::bigint[], $10::smallint[], $11::text[], $12::text[])
