-- New episodes. Arrays of one length, unnested side by side here: a FROM would first keep each in a store of its own.
insert into episode (episode, uuid, org, encounter, patient, phase, opened_at, next_due, last_nr, state, measures_digest)
select unnest($1::bigint[]), unnest($2::uuid[]), unnest($3::bigint[]), unnest($4::text[]), unnest($5::bigint[]),
	unnest($6::smallint[]), unnest($7::timestamptz[]), unnest($8::timestamptz[]), unnest($9::integer[]),
	unnest($10::bytea[]), unnest($11::integer[])
