-- Taken times that have not ended.
select episode, staff, slot, start_at, end_at
from booking
where end_at > samordnad.now()
order by start_at
