-- The units whose standing decisions (B4) run, or ended not long ago: each is looked at when the region changes, for the end
-- is announced beforehand.
select unit
from standing_decision
where revoked_at is null and to_at > samordnad.now() - interval '31 days'
group by unit
order by unit
