-- All policies: decisions of the past are explained by those of the past.
select policy_row, policy, scope, region, kommun, unit, value, from_at, coalesce(to_at, 'infinity')
from policy
order by policy_row
