-- The absences of the list $1 that are not there yet.
insert into absence (staff, from_at, to_at, ersattare)
select s.staff, x.from_at, x.to_at, d.staff
from jsonb_to_recordset($1::text::jsonb) as x (staff text, from_at timestamptz, to_at timestamptz, ersattare text)
	join staff s on s.hsa_id = x.staff
	left join staff d on d.hsa_id = x.ersattare
where not exists (select from absence a where a.staff = s.staff and a.from_at = x.from_at)
