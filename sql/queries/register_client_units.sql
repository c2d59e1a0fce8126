-- The units that clients speak for.
select client, unit
from client_unit
order by client, unit
