-- Absences of the persons $2 that are not in the list $1; those that are over stay: nobody lists them any more.
-- Out: each, as person and from when
delete from absence a using staff s
where s.hsa_id = any($2::text[]) and a.staff = s.staff and (a.to_at is null or a.to_at > samordnad.now())
	and not exists (select from jsonb_to_recordset($1::text::jsonb)
			as x (staff text, from_at timestamptz, to_at timestamptz, ersattare text)
			left join staff d on d.hsa_id = x.ersattare
		where x.staff = s.hsa_id and x.from_at = a.from_at and x.to_at is not distinct from a.to_at
			and d.staff is not distinct from a.ersattare)
returning s.hsa_id || ' from ' || to_char(a.from_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"')
