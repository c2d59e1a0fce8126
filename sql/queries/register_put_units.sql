-- Puts units by HSA-id; answers those that were added or changed. $1: rows as JSON (daemon/region_file.h).
insert into unit (hsa_id, namn, slag, kommun, region, distrikt, hours, sjukhus)
select hsa_id, namn, slag, kommun, region, distrikt, nullif(hours, 'null'), sjukhus
from jsonb_to_recordset($1::text::jsonb) as x (hsa_id text, namn text, slag text, kommun smallint, region smallint,
	distrikt text, hours jsonb, sjukhus text)
on conflict (hsa_id) do update
set namn = excluded.namn, slag = excluded.slag, kommun = excluded.kommun, region = excluded.region,
	distrikt = excluded.distrikt, hours = excluded.hours, sjukhus = excluded.sjukhus
where (unit.namn, unit.slag, unit.kommun, unit.region, unit.distrikt, unit.hours, unit.sjukhus) is distinct from
	(excluded.namn, excluded.slag, excluded.kommun, excluded.region, excluded.distrikt, excluded.hours, excluded.sjukhus)
returning hsa_id, xmax = 0 as added
