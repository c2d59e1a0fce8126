-- Standing decisions that have not ended.
select standing_decision, unit, beslutad_av, from_at, to_at, coalesce(revoked_at, 'infinity'), kriterier
from standing_decision
where to_at > samordnad.now() and (revoked_at is null or revoked_at > samordnad.now())
order by unit, from_at
