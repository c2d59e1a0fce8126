-- All persons, those too who have left: facts name them.
select staff, unit, hsa_id, namn, profession, legitimerad, team, tjanstgoringsgrad, kapacitet, ersattare, telefon, fvk,
	coalesce(slutar_at, 'infinity')
from staff
order by unit, staff
