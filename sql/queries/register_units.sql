-- All units.
select unit, hsa_id, org, slag, kommun, region, distrikt, namn, verksamhetschef, hours, sjukhus
from unit
order by unit
