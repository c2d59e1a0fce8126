-- Who had what sent again.
-- $1 endpoint, $2 client, $3 person or null, $4 what, $5 seq or null, $6 since or null, $7 how many
insert into samordnad.replay (endpoint, client, person, what, seq, since, count)
values ($1::bigint, $2::bigint, $3::text, $4::text, $5::bigint, $6::timestamptz, $7::integer)
