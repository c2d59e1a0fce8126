-- What happened. Arrays of one length, unnested side by side (door_insert_episodes).
insert into fact (episode, nr, type, source, message_id, hash, sent_at, recorded_at, patient, outcome, judged,
	traceparent, body)
select unnest($1::bigint[]), unnest($2::integer[]), unnest($3::smallint[]), unnest($4::integer[]), unnest($5::text[]),
	unnest($6::bytea[]), unnest($7::timestamptz[]), unnest($8::timestamptz[]), unnest($9::bigint[]),
	unnest($10::smallint[]), unnest($11::smallint[]), unnest($12::text[]), unnest($13::text[])
