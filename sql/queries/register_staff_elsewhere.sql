-- Persons of the list $1 who are at work at another unit, whose own list is not among those given ($2), at $3: where
-- each stands in the document, and what is wrong.
select x.pointer, 'is a person of ' || u.hsa_id || ': let that unit''s list go first, or give both lists in one file'
from jsonb_to_recordset($1::text::jsonb) as x (pointer text, hsa_id text, unit text)
	join staff s on s.hsa_id = x.hsa_id
	join unit u on u.unit = s.unit
where u.hsa_id <> x.unit and u.hsa_id <> all($2::text[]) and (s.slutar_at is null or s.slutar_at > $3::timestamptz)
order by x.pointer
