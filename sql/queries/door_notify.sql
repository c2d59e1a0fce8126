-- One NOTIFY a transaction wakes pushes and long polls of all daemons; polling is the truth.
-- $1 the units in whose feeds there is something new, some twice. They are the payload, between commas; it is empty if they
-- are more than 600 (a payload has 8,000 bytes).
select pg_notify('samordnad_notice',
	case when count(distinct unit) <= 600 then string_agg(distinct unit::text, ',') else '' end)
from unnest($1::integer[]) unit
