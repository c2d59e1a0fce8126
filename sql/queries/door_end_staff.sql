-- B13: who leaves, or does not after all. Arrays of one length.
-- $1 staff, $2 from then on; null: stays
update staff s set slutar_at = n.at
from unnest($1::integer[], $2::timestamptz[]) as n(staff, at)
where s.staff = n.staff and s.slutar_at is distinct from n.at
