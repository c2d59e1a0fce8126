-- Puts persons by HSA-id; answers those that were added or changed. $1: rows as JSON.
insert into staff (unit, hsa_id, namn, profession, legitimerad, team, tjanstgoringsgrad, kapacitet, telefon, fvk, slutar_at)
select u.unit, x.hsa_id, x.namn, x.profession, x.legitimerad, x.team, x.tjanstgoringsgrad, x.kapacitet, x.telefon, x.fvk,
	x.slutar_at
from jsonb_to_recordset($1::text::jsonb) as x (unit text, hsa_id text, namn text, profession text, legitimerad boolean,
	team text, tjanstgoringsgrad smallint, kapacitet integer, telefon text, fvk boolean, slutar_at timestamptz)
	join unit u on u.hsa_id = x.unit
on conflict (hsa_id) do update
set unit = excluded.unit, namn = excluded.namn, profession = excluded.profession, legitimerad = excluded.legitimerad,
	team = excluded.team, tjanstgoringsgrad = excluded.tjanstgoringsgrad, kapacitet = excluded.kapacitet,
	telefon = excluded.telefon, fvk = excluded.fvk, slutar_at = excluded.slutar_at
where (staff.unit, staff.namn, staff.profession, staff.legitimerad, staff.team, staff.tjanstgoringsgrad,
		staff.kapacitet, staff.telefon, staff.fvk, staff.slutar_at) is distinct from
	(excluded.unit, excluded.namn, excluded.profession, excluded.legitimerad, excluded.team, excluded.tjanstgoringsgrad,
		excluded.kapacitet, excluded.telefon, excluded.fvk, excluded.slutar_at)
returning hsa_id, xmax = 0 as added
