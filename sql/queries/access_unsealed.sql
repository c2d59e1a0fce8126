-- What no block holds.
-- Out: how many entries; whether one of them was there for longer than a sealer may take ($1 ms) when another was sealed
with sealed as (
	select coalesce(range_agg(numbers), '{}') as numbers from access_seal
), span as (
	select unnest(int8multirange(int8range(0, null)) - numbers) as numbers from sealed
), loose as (
	select a.at
	from span
	cross join lateral (
		select a.at
		from access_entry a
		where a.nr >= lower(span.numbers) and a.nr < coalesce(upper(span.numbers), 9223372036854775807)
	) a
)
select count(*),
	coalesce(min(at) < (select max(sealed_at) from access_seal) - $1::bigint * interval '1 ms', false)
from loose
