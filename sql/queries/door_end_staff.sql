-- B13: who leaves. Arrays of one length.
-- $1 staff, $2 from then on
update staff s set slutar_at = n.at
from unnest($1::integer[], $2::timestamptz[]) as n(staff, at)
where s.staff = n.staff
