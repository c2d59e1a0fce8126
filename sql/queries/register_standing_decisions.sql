-- All standing decisions, those too that have ended: appointments cite them.
select standing_decision, unit, beslutad_av, from_at, to_at, coalesce(revoked_at, 'infinity'), kriterier
from standing_decision
order by unit, from_at
