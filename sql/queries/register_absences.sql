-- Absences that have not ended.
select staff, from_at, coalesce(to_at, 'infinity'), ersattare
from absence
where to_at is null or to_at > samordnad.now()
order by staff, from_at
