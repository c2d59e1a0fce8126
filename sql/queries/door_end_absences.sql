-- B13: who is back. Arrays of one length.
-- $1 staff, $2 back from then on
update absence a set to_at = n.at
from unnest($1::integer[], $2::timestamptz[]) as n(staff, at)
where a.staff = n.staff and a.from_at < n.at and (a.to_at is null or a.to_at > n.at)
