-- B13: absences that units told of; what of the same person overlapped is gone (door_drop_absences). Arrays of one length.
-- $1 staff, $2 from, $3 to (null: no end known), $4 deputy (null: the standing one)
insert into absence (staff, from_at, to_at, ersattare)
select unnest($1::integer[]), unnest($2::timestamptz[]), unnest($3::timestamptz[]), unnest($4::integer[])
