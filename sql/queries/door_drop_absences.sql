-- B13: absences that give way to one that a unit told of (door_put_absences). Arrays of one length.
-- $1 staff, $2 from, $3 to (null: no end known)
delete from absence a
using unnest($1::integer[], $2::timestamptz[], $3::timestamptz[]) as n(staff, from_at, to_at)
where a.staff = n.staff and tstzrange(a.from_at, a.to_at) && tstzrange(n.from_at, n.to_at)
